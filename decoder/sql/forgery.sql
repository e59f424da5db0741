-- Marks count only from a source's writer: messages and rows of others make no event, set no position and stop nothing.
\pset format unaligned
\pset footer off
CREATE ROLE t_stranger;
GRANT USAGE ON SCHEMA t TO t_stranger;
-- a stranger cannot pass for the writer
SET ROLE t_stranger;
SELECT mwmirror.origin_setup('test', 'follow');
SELECT pg_replication_origin_session_setup('x');
SELECT mwmirror.emit_mark('test', '0-1-1', '{testwiki}');
-- but may write messages: a mark, another source's, what was one once, noise; with a transaction and without
CREATE FUNCTION pg_temp.forge(transactional boolean) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(pg_logical_emit_message(transactional, 'mwmirror', m)) FROM unnest(ARRAY[
		E'U 9-9-999999 1800000000 test 8:testwiki\n', E'U 9-9-999999 1800000000 other\n', 'T 9-9-999999 1800000000', 'K 3000',
		'', E'\n', 'nonsense', repeat('x', 100000)]) m
$$;
SELECT pg_temp.forge(true), pg_temp.forge(false);
RESET ROLE;
-- so may one who may write the mirror's tables, but is not the writer
BEGIN;
SELECT t.page(650, 0, 'Forged', 6500, 1, 'c', 650);
SELECT pg_temp.forge(true);
SELECT t.page(651, 0, 'Forged_too', 6510, 1, 'c', 650), t.mark(650);
COMMIT;
-- even what would stop the writer
ALTER TABLE mediawiki.page REPLICA IDENTITY DEFAULT;
UPDATE mediawiki.page SET page_title = 'Renamed_by_hand' WHERE wiki_id = 'testwiki' AND page_id = 650;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('nowiki', 650, 0, 'Unknown', 1);
DELETE FROM mediawiki.page WHERE wiki_id = 'nowiki';
ALTER TABLE mediawiki.page REPLICA IDENTITY FULL;
-- the position has no GTID of theirs
CREATE FUNCTION t.positions() RETURNS TABLE (frame text) LANGUAGE sql AS $$
	SELECT type || CASE WHEN type IN ('B', 'C') THEN ' ' || t.texts(d, at + CASE type WHEN 'B' THEN 25 ELSE 29 END) ELSE '' END FROM t.frames()
$$;
SELECT frame, count(*) > 0 AS there FROM t.positions() GROUP BY frame;
-- it is said once a session that a message is passed over, and of each transaction that its rows are; this reads the server's log
CREATE FUNCTION t.logged(pattern text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM regexp_matches(pg_read_file('/proc/self/fd/2'), pattern, 'g')$$;
SELECT t.logged('ignoring a logical message') AS messages, t.logged('changes of the mirror in PostgreSQL transaction') AS rows \gset
SELECT count(*) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text');
SELECT t.logged('ignoring a logical message') - :messages AS messages,
	t.logged('changes of the mirror in PostgreSQL transaction') - :rows AS rows;
SELECT * FROM t.lines();
-- the writer goes on: what others changed is there, and each event is the writer's own
SELECT t.follow();
BEGIN;
SELECT t.edit(650, 6501, 2, 'by the writer', 651), t.mark(651);
SELECT t.edit(651, 6511, 2, 'by the writer', 652), t.mark(652);
COMMIT;
SELECT frame FROM t.positions() WHERE frame ~ '^B|C .*\d';
SELECT e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, e->'prior_state'->'revision'->>'rev_id' AS prior FROM t.events() e;
DROP OWNED BY t_stranger;
DROP ROLE t_stranger;
