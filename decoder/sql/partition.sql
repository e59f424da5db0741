-- partition: tables that are partitioned by wiki, while the slot is behind: the same events. MWMIRROR_PARTITIONED=1 runs the other tests so (setup.sql).
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT t.follow();
BEGIN;
SELECT t.page(900, 0, 'Partitioned', 9001, 1, 'before', 900);
SELECT t.mark(900);
COMMIT;

-- by somebody who writes no source
SELECT pg_replication_origin_session_reset(), set_config('t.writer', '', false);
-- what goes by the table itself would lose rows, or hide none
CREATE VIEW t.pages AS SELECT page_id FROM mediawiki.page;
CREATE POLICY others ON mediawiki.page TO mwmirror_reader USING (wiki_id <> 'testwiki');
SELECT mwmirror.partition_by_wiki('page');
DROP VIEW t.pages;
DROP POLICY others ON mediawiki.page;
ALTER TABLE mediawiki.page ENABLE ROW LEVEL SECURITY;
SELECT mwmirror.partition_by_wiki('page');
ALTER TABLE mediawiki.page DISABLE ROW LEVEL SECURITY;
GRANT SELECT (wiki_id, page_id) ON mediawiki.page TO mwmirror_reader WITH GRANT OPTION;
SELECT mwmirror.partition_by_wiki(name) FROM unnest(ARRAY['page', 'revision', 'comment', 'user_newtalk']) AS name;
SELECT has_column_privilege('mwmirror_reader', 'mediawiki.page', 'page_id', 'SELECT WITH GRANT OPTION') AS one, has_column_privilege('mwmirror_reader', 'mediawiki.page', 'page_title', 'SELECT') AS other;
REVOKE SELECT (wiki_id, page_id) ON mediawiki.page FROM mwmirror_reader;
SELECT mwmirror.partition_by_wiki('page');
SELECT mwmirror.partition_by_wiki('none');
SELECT mwmirror.partition_add('actor', 'testwiki');
SELECT mwmirror.partition_add(name, 'testwiki') > 0 AS moved FROM unnest(ARRAY['page', 'revision', 'comment']) AS name;
SELECT mwmirror.partition_add('page', 'testwiki');
SELECT c.relkind, c.relreplident, has_table_privilege('mwmirror_writer', c.oid, 'INSERT') AS writes, obj_description(c.oid, 'pg_class') <> '' AS has_comment,
	(SELECT count(*) FROM pg_index WHERE indrelid = c.oid AND NOT indisvalid) AS invalid,
	(SELECT count(*) FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') AS member
	FROM pg_class AS c WHERE c.oid = 'mediawiki.page'::regclass;

SELECT mwmirror.analyze('mediawiki.revision', 0) AS first, mwmirror.analyze('mediawiki.revision', 0) AS again;

SELECT t.follow();
-- one that was there before, one that is new
BEGIN;
SELECT t.edit(900, 9002, 2, 'moved', 901);
SELECT t.page(901, 0, 'Its_own', 9003, 1, 'own', 901);
SELECT t.mark(901);
UPDATE mediawiki.page SET page_title = 'Moved' WHERE wiki_id = 'testwiki' AND page_id = 901;
SELECT t.mark(902);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, e->'revision'->'rev_id' AS rev, e->'revision'->>'comment' AS comment,
	e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e WHERE e->'page' IS NOT NULL;

-- each description of a partition goes by what the table is called now
ALTER TABLE mediawiki.page RENAME TO other;
ALTER TABLE mediawiki.other RENAME TO page;
BEGIN;
SELECT t.edit(901, 9004, 2, 'named again', 903);
SELECT t.mark(903);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e;
SELECT tableoid::regclass, count(*) FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id IN (900, 901) GROUP BY 1;

-- of a partition that is being detached PostgreSQL knows no table: somebody else's, which wait for a transaction that reads the whole
CREATE TABLE t.others (a integer) PARTITION BY LIST (a);
CREATE TABLE t.others_1 PARTITION OF t.others FOR VALUES IN (1);
BEGIN;
LOCK TABLE t.others IN ACCESS SHARE MODE;
PREPARE TRANSACTION 'reads the whole';
SET lock_timeout = '100ms';
ALTER TABLE t.others DETACH PARTITION t.others_1 CONCURRENTLY;
RESET lock_timeout;
SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 't.others_1'::regclass;
INSERT INTO t.others_1 VALUES (1);
BEGIN;
INSERT INTO t.others_1 VALUES (1);
SELECT t.edit(901, 9005, 2, 'while it is', 904);
SELECT t.mark(904);
COMMIT;
SELECT e->'revision'->'rev_id' AS rev FROM t.events() e;
ROLLBACK PREPARED 'reads the whole';
DROP TABLE t.others_1, t.others;
