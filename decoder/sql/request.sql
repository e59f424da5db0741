-- Requests: rows of a key range as messages of the writer, in order with the live changes, each once and as of its message.
\pset format unaligned
\pset footer off
\set VERBOSITY terse
-- columns that all differ, each type that the mirror has, and a value that is stored out of line and does not compress
CREATE TABLE mediawiki.t_kinds (
	wiki_id text COLLATE "C" NOT NULL, gone integer, k_title text COLLATE "C" NOT NULL, k_number bigint NOT NULL,
	k_small smallint, k_flag boolean, k_time timestamptz, k_bytes bytea, k_float double precision, k_real real, k_date date, k_text text,
	PRIMARY KEY (wiki_id, k_number, k_title)
);
ALTER TABLE mediawiki.t_kinds DROP COLUMN gone;
ALTER TABLE mediawiki.t_kinds ALTER k_text SET STORAGE EXTERNAL;
INSERT INTO mediawiki.t_kinds VALUES
	('testwiki', E'a"\\\n\u00e4', 1, -1, true, '2020-01-02 03:04:05.678+02', '\x00ff', 0.1, 0.1, '2020-01-02', repeat('x', 20000)),
	('testwiki', 'b', 1, NULL, false, 'infinity', '', 'NaN', '-Infinity', '-infinity', ''),
	('testwiki', 'a', 9007199254740993, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('tempwiki', 'a', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'of another wiki');
CREATE TABLE mediawiki.t_many (wiki_id text COLLATE "C" NOT NULL, m_id integer NOT NULL, m_text text, PRIMARY KEY (wiki_id, m_id));
INSERT INTO mediawiki.t_many SELECT w, n, 'row ' || n FROM generate_series(1, 2500) n, unnest(ARRAY['testwiki', 'tempwiki']) w;
CREATE TABLE mediawiki.t_keyless (wiki_id text COLLATE "C" NOT NULL, n integer);
CREATE TABLE mediawiki.t_other_key (wiki_id text COLLATE "C" NOT NULL, n integer, PRIMARY KEY (n, wiki_id));
UPDATE mwmirror.wiki SET snapshot_gtid = NULL WHERE wiki_id = 'tempwiki';
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
-- what is no request
SELECT mwmirror.request_backfill('nowiki', 'page');
SELECT mwmirror.request_backfill('testwiki', 'nowhere');
SELECT mwmirror.request_backfill('testwiki', 't_keyless');
SELECT mwmirror.request_backfill('testwiki', 't_other_key');
SELECT mwmirror.request_backfill('testwiki', 'oldimage');
SELECT mwmirror.request_backfill('testwiki', 'page', '{1,2}');
SELECT mwmirror.request_backfill('testwiki', 'page', '{x}');
SELECT mwmirror.request_backfill('testwiki', 'page', '{}');
SELECT mwmirror.request_backfill('testwiki', 'page', NULL, ARRAY[NULL]);
SELECT mwmirror.request_backfill('testwiki', 'page', NULL, NULL, 0);
-- who may: the writer, and only in its origin
SET ROLE mwmirror_reader;
SELECT mwmirror.request_backfill('testwiki', 'page');
SELECT mwmirror.request_step('test');
SELECT count(*) FROM mwmirror.request;
RESET ROLE;
GRANT SELECT ON mediawiki.t_kinds, mediawiki.t_many TO mwmirror_writer;
SET ROLE mwmirror_writer;
SELECT mwmirror.request_backfill('testwiki', 't_kinds') AS kinds \gset
SELECT state, last_key, rows_done, rows_per_second FROM mwmirror.request WHERE id = :kinds;
SELECT mwmirror.request_step('test');
RESET ROLE;
SELECT t.follow('other');
SELECT mwmirror.request_rows('test', 1, 1, 'backfill', 'testwiki', 't_many', NULL, NULL, NULL, 1, 1);
SELECT wrote, wait_ms FROM mwmirror.request_step('other');
-- nothing was written, nothing is lost
SELECT * FROM t.lines();
SELECT t.follow();
SET ROLE mwmirror_writer;
-- the session's settings show in nothing
SET datestyle = 'German'; SET timezone = 'Asia/Tokyo'; SET bytea_output = 'escape'; SET extra_float_digits = -15;
SELECT id = :kinds AS it, wrote, state, error FROM mwmirror.request_step('test');
RESET ROLE;
SELECT replace(l, repeat('x', 20000), '<20000 x>') FROM t.lines() l;
RESET datestyle; RESET timezone; RESET bytea_output; RESET extra_float_digits;
SELECT state, last_key, rows_done FROM mwmirror.request WHERE id = :kinds;
-- it is done: nothing more is due
SELECT id, wrote, wait_ms FROM mwmirror.request_step('test');
SELECT * FROM t.lines();
-- limits: from the lower on, up to before the upper, by the first columns of the key
CREATE FUNCTION t.all_steps() RETURNS TABLE (rows bigint, messages bigint) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	rows := 0;
	messages := 0;
	LOOP
		UPDATE mwmirror.request SET due_at = now() WHERE state = 'running';
		SELECT * INTO step FROM mwmirror.request_step('test');
		EXIT WHEN step.id IS NULL;
		rows := rows + step.wrote;
		messages := messages + 1;
	END LOOP;
	RETURN NEXT;
END$$;
CREATE FUNCTION t.keys(name text) RETURNS SETOF text LANGUAGE sql AS
	$$SELECT substring(l FROM '^row \S+ (.*)$')::jsonb->>name FROM t.lines() l WHERE l ~ '^row '$$;
SELECT mwmirror.request_backfill('testwiki', 't_many', '{2}', '{4}') \gset
SELECT * FROM t.all_steps();
SELECT * FROM t.lines();
SELECT mwmirror.request_backfill('testwiki', 't_kinds', '{1,b}') \gset
SELECT * FROM t.all_steps();
SELECT * FROM t.keys('k_title');
SELECT mwmirror.request_backfill('testwiki', 't_kinds', '{1}', '{1,b}') \gset
SELECT * FROM t.all_steps();
SELECT t.keys('k_number');
-- an empty range ends too
SELECT mwmirror.request_backfill('testwiki', 't_many', '{9000}') AS empty \gset
SELECT * FROM t.all_steps();
SELECT replace(l, ' ' || :'empty' || ' ', ' <id> ') FROM t.lines() l;
-- all of it in parts: each row once, in order, each message numbered by its first row
SELECT mwmirror.request_backfill('testwiki', 't_many', NULL, NULL, NULL) AS many \gset
SELECT rows, messages >= 3 AS parts FROM t.all_steps();
CREATE TEMP TABLE said AS SELECT row_number() OVER () AS n, l FROM t.lines() l;
SELECT count(*), count(*) = count(*) FILTER (WHERE (substring(l FROM '\{.*')::jsonb->>'m_id')::int = n) AS in_order
FROM (SELECT row_number() OVER (ORDER BY n) AS n, l FROM said WHERE l ~ '^row ') x;
SELECT bool_and(split_part(l, ' ', 3)::int = 1 + (SELECT count(*) FROM said r WHERE r.n < h.n AND r.l ~ '^row ')) AS numbered,
	count(*) FILTER (WHERE l ~ ' last$') AS ends FROM said h WHERE l ~ '^REQUEST ';
-- bytes limit a message; a value beyond the limit goes alone
SELECT rows, last_key, done FROM mwmirror.request_rows('test', 99, 1, 'backfill', 'testwiki', 't_kinds', NULL, NULL, NULL, 100, 1000);
SELECT rows, last_key, done FROM mwmirror.request_rows('test', 99, 2, 'backfill', 'testwiki', 't_kinds', NULL, NULL, ARRAY['1', E'a"\\\n\u00e4'], 100, 1000);
SELECT rows, last_key, done FROM mwmirror.request_rows('test', 98, 1, 'backfill', 'testwiki', 't_many', NULL, NULL, NULL, 3, 1000000);
SELECT l FROM t.lines() l WHERE l ~ '^REQUEST';
-- a rate: what is due later is not written now, and a part is no more than a second's
SELECT mwmirror.request_backfill('testwiki', 't_many', NULL, NULL, 10) AS slow \gset
SELECT id = :slow AS it, wrote, state, wait_ms BETWEEN 500 AND 1000 AS waits FROM mwmirror.request_step('test');
SELECT id, wait_ms > 0 AS waits FROM mwmirror.request_step('test');
-- cancelled: what is written stays, no more follows
SELECT mwmirror.request_cancel(:slow), mwmirror.request_cancel(:slow), mwmirror.request_cancel(0);
SELECT id, wait_ms FROM mwmirror.request_step('test');
SELECT state, last_key, rows_done FROM mwmirror.request WHERE id = :slow;
SELECT count(*) FROM t.keys('m_id');
-- a wiki that is not copied waits
SELECT mwmirror.request_backfill('tempwiki', 't_many') AS uncopied \gset
SELECT id, wait_ms FROM mwmirror.request_step('test');
SELECT mwmirror.request_cancel(:uncopied);
-- a request that fails is marked, leaves nothing, and others go on
SELECT mwmirror.request_backfill('testwiki', 't_kinds') AS bad \gset
SELECT mwmirror.request_backfill('testwiki', 't_many', '{1}', '{3}') AS good \gset
ALTER TABLE mediawiki.t_kinds RENAME TO t_renamed;
SELECT id = :bad AS it, wrote, state, error FROM mwmirror.request_step('test');
SELECT id = :good AS it, wrote, state, error FROM mwmirror.request_step('test');
ALTER TABLE mediawiki.t_renamed RENAME TO t_kinds;
SELECT * FROM t.keys('m_id');
-- undone with its transaction: neither rows nor how far it came
SELECT mwmirror.request_backfill('testwiki', 't_many', '{7}', '{9}') AS again \gset
BEGIN;
SELECT wrote FROM mwmirror.request_step('test');
ROLLBACK;
SELECT state, rows_done FROM mwmirror.request WHERE id = :again;
SELECT wrote FROM mwmirror.request_step('test');
SELECT * FROM t.keys('m_id');
-- among live changes: a row as of its message; what was changed before is in it, what is changed later follows
SELECT t.page(660, 0, 'Before', 6600, 1, 'c', 660), t.mark(660);
SELECT mwmirror.request_backfill('testwiki', 'page', '{660}', '{661}') \gset
SELECT wrote FROM mwmirror.request_step('test');
BEGIN;
SELECT t.move(660, 0, 'After', 6601, 661), t.mark(661);
COMMIT;
SELECT mwmirror.request_backfill('testwiki', 'page', '{660}', '{661}') \gset
SELECT wrote FROM mwmirror.request_step('test');
SELECT CASE split_part(l, ' ', 1) WHEN 'row' THEN 'row ' || (substring(l FROM '\{.*')::jsonb->>'page_title')
	WHEN 'REQUEST' THEN 'REQUEST' WHEN 'BEGIN' THEN l WHEN 'COMMIT' THEN l
	ELSE substring(l FROM '"page_change_kind":"[a-z]*"') END FROM t.lines() l;
-- forged: messages of others are passed over, whatever they hold
SELECT pg_replication_origin_session_reset();
CREATE FUNCTION pg_temp.forge(transactional boolean) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(pg_logical_emit_message(transactional, 'mwmirror', m)) FROM unnest(ARRAY[
		E'Q 1 1 backfill last\n', E'Q 1 1 backfill more\nS\001\001\001', 'Q ', E'Q 0 0 x y\n']) m
$$;
SELECT pg_temp.forge(true), pg_temp.forge(false);
SELECT * FROM t.lines();
-- torn: of the writer itself they are an error
SELECT t.follow();
CREATE FUNCTION t.torn(message bytea) RETURNS void LANGUAGE sql AS $$SELECT pg_logical_emit_message(true, 'mwmirror', message)$$;
SELECT t.torn(E'Q 1 0 backfill last\n');
SELECT * FROM t.lines();
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
SELECT t.torn(E'Q 1 1 backfill last\n'::bytea || 'F');
SELECT * FROM t.lines();
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
SELECT t.torn(E'Q 1 1 backfill last\n'::bytea || '\x5201');
SELECT * FROM t.lines();
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
-- binary: checked, and nothing is said of it but that the transaction is over
SELECT mwmirror.request_backfill('testwiki', 't_many', '{1}', '{5}') \gset
SELECT wrote FROM mwmirror.request_step('test');
SELECT count(*) > 0 AS said, bool_and(get_byte(data, 0) = ascii('C')) AS commits
FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'protocol', '4');
DROP FUNCTION t.all_steps, t.keys, t.torn;
DROP TABLE mediawiki.t_kinds, mediawiki.t_many, mediawiki.t_keyless, mediawiki.t_other_key;
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1' WHERE wiki_id = 'tempwiki';
