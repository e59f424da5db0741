-- Statements over a whole table (maintenance/deleteArchivedRevisions.php, deleteOldRevisions.php) that make no event keep nothing of their rows.
\pset format unaligned
\pset footer off
-- rows of three tables, as a copy leaves them
SELECT 1 FROM mwmirror.origin_setup('test', 'copy1');
INSERT INTO mediawiki.archive (wiki_id, ar_id, ar_namespace, ar_title, ar_comment_id, ar_actor, ar_timestamp, ar_rev_id, ar_page_id)
	SELECT 'testwiki', n, 0, 'A', 0, 1, t.at(0), n, 1 FROM generate_series(1000001, 1060000) n;
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp)
	SELECT 'testwiki', n, 1, 0, 1, t.at(0) FROM generate_series(2000001, 2060000) n;
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) SELECT 'testwiki', n, 'c' FROM generate_series(3000001, 3060000) n;
SELECT 1 FROM t.lines();
-- the most memory that decoding a deletion of all of them takes, in a session of its own
CREATE TABLE t.peak (name text, kilobytes bigint);
CREATE FUNCTION t.peak() RETURNS bigint LANGUAGE sql AS
	$$SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint$$;
CREATE FUNCTION t.measure(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	before bigint := t.peak();
BEGIN
	PERFORM count(*) FROM t.lines();
	INSERT INTO t.peak VALUES (name, t.peak() - before);
END$$;
SELECT t.follow();
SET session_replication_role = replica;
WITH gone AS (DELETE FROM mediawiki.comment WHERE comment_id > 3000000 RETURNING 1) SELECT t.mark(700) FROM (SELECT count(*) FROM gone) x;
\c
SELECT t.measure('comment');
SELECT t.follow();
SET session_replication_role = replica;
WITH gone AS (DELETE FROM mediawiki.archive WHERE ar_id > 1000000 RETURNING 1) SELECT t.mark(701) FROM (SELECT count(*) FROM gone) x;
\c
SELECT t.measure('archive');
SELECT t.follow();
SET session_replication_role = replica;
WITH gone AS (DELETE FROM mediawiki.revision WHERE rev_id > 2000000 RETURNING 1) SELECT t.mark(702) FROM (SELECT count(*) FROM gone) x;
\c
SELECT t.measure('revision');
-- the server's own part is the same for all; what the plugin would keep of 60,000 rows is 6 to 9 MB
SELECT name, kilobytes - (SELECT kilobytes FROM t.peak WHERE name = 'comment') < 3072 AS like_comment FROM t.peak ORDER BY name;
