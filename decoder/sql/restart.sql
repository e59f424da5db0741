-- Decoding that begins anew says the same: what an event says is in the WAL of its own transaction.
\pset format unaligned
\pset footer off
CREATE EXTENSION dblink SCHEMA t;
-- writers in sessions of their own, whose transactions are open while this one decodes
CREATE FUNCTION t.session(name text, source text) RETURNS void LANGUAGE sql AS $$
	SELECT t.dblink_connect(name, format('host=%s port=%s dbname=%s', current_setting('unix_socket_directories'), current_setting('port'), current_database()));
	SELECT FROM t.dblink(name, format('SELECT t.follow(%L)', source)) r(x text);
$$;
CREATE FUNCTION t.run(name text, command text) RETURNS void LANGUAGE sql AS
	$$SELECT CASE WHEN command ~ '^(SELECT)' THEN (SELECT count(*) FROM t.dblink(name, command) r(x text))::text ELSE t.dblink_exec(name, command) END$$;
SELECT t.session('writer', 'test');

-- A transaction is open at a checkpoint, from where decoding begins anew when the next is open at the checkpoint after that.
-- First what the tables of MediaWiki hold, then the settings of the wiki.
SELECT t.run('writer', 'BEGIN');
SELECT t.run('writer', $$INSERT INTO mediawiki.actor VALUES ('testwiki', 900, NULL, 'Newborn')$$);
CHECKPOINT;
SELECT * FROM t.lines();
SELECT t.run('writer', 'SELECT t.mark(800)');
SELECT t.run('writer', 'COMMIT');
SELECT t.run('writer', 'BEGIN');
SELECT t.run('writer', $$SELECT t.page(800, 0, 'Restarted', 8000, 900, 'by an actor of the transaction before', 801)$$);
CHECKPOINT;
SELECT l FROM t.lines() l;
SELECT t.run('writer', 'SELECT t.mark(801)');
SELECT t.run('writer', 'COMMIT');
SELECT e->'performer'->>'user_text' AS performer, e->'revision'->'editor'->>'user_text' AS editor, e->'revision'->>'comment' AS comment
	FROM t.events() e;
BEGIN;
UPDATE mwmirror.wiki SET domain = 'renamed.example.org' WHERE wiki_id = 'testwiki';
SELECT t.session('reader', 'none');
SELECT t.run('reader', 'CHECKPOINT');
SELECT t.run('reader', 'SELECT t.lines()');
COMMIT;
SELECT t.run('writer', 'BEGIN');
SELECT t.run('writer', $$SELECT t.edit(800, 8001, 900, 'under a new name', 802)$$);
CHECKPOINT;
SELECT l FROM t.lines() l;
SELECT t.run('writer', 'SELECT t.mark(802)');
SELECT t.run('writer', 'COMMIT');
SELECT e->'meta'->>'domain' AS domain, e->'prior_state'->'revision'->>'comment' AS prior FROM t.events() e;
UPDATE mwmirror.wiki SET domain = 'test.example.org' WHERE wiki_id = 'testwiki';
-- and what is said of the streams
BEGIN;
INSERT INTO mwmirror.stream (stream_name, key) VALUES ('mediawiki.page_change.v1', 'wiki');
SELECT t.run('reader', 'CHECKPOINT');
SELECT t.run('reader', 'SELECT t.lines()');
COMMIT;
SELECT t.run('writer', 'BEGIN');
SELECT t.run('writer', $$SELECT t.edit(800, 8002, 900, 'with another key', 803)$$);
CHECKPOINT;
SELECT l FROM t.lines() l;
SELECT t.run('writer', 'SELECT t.mark(803)');
SELECT t.run('writer', 'COMMIT');
SELECT substring(l FROM '^\S+ (\S+) ') AS key FROM t.lines() l WHERE l ~ '^mediawiki';
DELETE FROM mwmirror.stream;
-- and which URLs show a page
SELECT mwmirror.stream_switch('resource-purge', true);
SET t.streams = 'resource';
BEGIN;
INSERT INTO mwmirror.purge_rule (rule_name, pattern) VALUES ('own', 'urn:{title}');
SELECT t.run('reader', 'CHECKPOINT');
SELECT t.run('reader', 'SELECT t.lines()');
COMMIT;
SELECT t.run('writer', 'BEGIN');
SELECT t.run('writer', $$SELECT t.edit(800, 8003, 900, 'under another URL', 804)$$);
CHECKPOINT;
SELECT l FROM t.lines() l;
SELECT t.run('writer', 'SELECT t.mark(804)');
SELECT t.run('writer', 'COMMIT');
SELECT substring(l FROM '"uri":"(urn:[^"]*)"') AS uri FROM t.lines() l WHERE l ~ 'urn:';
RESET t.streams;
DELETE FROM mwmirror.stream;
DELETE FROM mwmirror.purge_rule WHERE NOT shipped;

-- Two writers with their groups, checkpoints meanwhile; then a slot that reads on from ever other places.
SELECT t.session('other', 'second');
SELECT setseed(0.618);
CREATE FUNCTION t.step(n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	name text := CASE WHEN random() < 0.5 THEN 'writer' ELSE 'other' END;
	source text := CASE name WHEN 'writer' THEN 'test' ELSE 'second' END;
	own int := CASE name WHEN 'writer' THEN 810 ELSE 820 END + (random() * 4)::int;
	open bool := coalesce(current_setting('t.open_' || name, true), '') = 'yes';
BEGIN
	IF NOT open THEN
		PERFORM t.run(name, 'BEGIN'), set_config('t.open_' || name, 'yes', false);
	END IF;
	PERFORM t.run(name, CASE
		WHEN random() < 0.2 THEN format('UPDATE mediawiki.actor SET actor_name = %L WHERE wiki_id = ''testwiki'' AND actor_id = %s', 'name ' || n, own)
		WHEN random() < 0.2 THEN format('UPDATE mediawiki.revision SET rev_deleted = 7 - rev_deleted WHERE wiki_id = ''testwiki'' AND rev_id = (SELECT page_latest FROM mediawiki.page WHERE wiki_id = ''testwiki'' AND page_id = %s)', own)
		ELSE format('SELECT t.edit(%s, %s, %s, %L, %s)', own, 8100 + n, own, 'edit ' || n, n) END);
	PERFORM t.run(name, format('SELECT t.mark(%s, source => %L)', 1000 + n, source));
	IF n % 7 = 0 THEN
		CHECKPOINT;
	END IF;
	IF random() < 0.3 THEN
		PERFORM t.run(name, 'COMMIT'), set_config('t.open_' || name, '', false);
	END IF;
END$$;
INSERT INTO mediawiki.actor SELECT 'testwiki', n, NULL, 'Actor ' || n FROM generate_series(810, 824) n;
SELECT t.run('writer', format('SELECT t.page(%s, 0, %L, %s, %s, %L, 803)', n, 'Random_' || n, 8010 + n, n, 'new')) FROM generate_series(810, 824) n;
SELECT t.run('writer', 'SELECT t.mark(803)');
SELECT count(*) > 0 FROM t.lines();
SELECT 1 FROM pg_copy_logical_replication_slot('regression_slot', 'restart_slot');
SELECT count(t.step(n)) FROM generate_series(1, 150) n;
SELECT t.run(name, 'COMMIT') FROM unnest(ARRAY['writer', 'other']) name WHERE current_setting('t.open_' || name, true) = 'yes';
-- all at once
CREATE TABLE t.whole AS SELECT row_number() OVER () AS n, t.noted(data) AS data FROM pg_logical_slot_peek_changes('restart_slot', NULL, NULL, 'format', 'text');
SELECT count(*) > 200 AS many, count(*) FILTER (WHERE data ~ '"editor":') > 100 AS edits FROM t.whole;
-- the same in pieces, each of which begins anew
CREATE TABLE t.pieces (n serial, data text);
CREATE FUNCTION t.read_pieces() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	pieces int := 0;
BEGIN
	LOOP
		INSERT INTO t.pieces (data) SELECT data
			FROM pg_logical_slot_get_changes('restart_slot', NULL, 1 + (random() * 6)::int, 'format', 'text');
		IF NOT FOUND THEN
			RETURN pieces;
		END IF;
		pieces := pieces + 1;
	END LOOP;
END$$;
SELECT t.read_pieces() > 30 AS pieces;
SELECT count(*) AS differences FROM t.whole FULL JOIN t.pieces USING (n) WHERE whole.data IS DISTINCT FROM pieces.data;
SELECT count(*) > 0 FROM t.lines();
SELECT pg_drop_replication_slot('restart_slot');
SELECT t.dblink_disconnect(name) FROM unnest(ARRAY['writer', 'other', 'reader']) name;
DROP EXTENSION dblink;
