-- What the mirror lacks stops with an SQLSTATE of the plugin's own and says what to do. Each is past once the slot is moved.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT t.follow();
CREATE FUNCTION t.advance() RETURNS void LANGUAGE sql AS
	$$SELECT pg_replication_slot_advance('regression_slot', pg_current_wal_lsn())$$;
-- an old row that is missing
ALTER TABLE mediawiki.page REPLICA IDENTITY DEFAULT;
SELECT t.edit(150, 996, 1, 'c', 240), t.mark(240);
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.page REPLICA IDENTITY FULL;
-- a wiki that was never registered
BEGIN;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('nowiki', 1, 0, 'X', 1);
SELECT t.mark(241, '{nowiki}');
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- a column that is missing, or has another type: of a row that changed
BEGIN;
SET LOCAL session_replication_role = replica;
SELECT t.page(155, 0, 'Column', 9950, 1, 'c', 242);
ALTER TABLE mediawiki.revision RENAME COLUMN rev_len TO rev_length;
UPDATE mediawiki.revision SET rev_length = 1 WHERE wiki_id = 'testwiki' AND rev_id = 9950;
SELECT t.mark(242);
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.revision RENAME COLUMN rev_length TO rev_len;
ALTER TABLE mediawiki.redirect ALTER COLUMN rd_interwiki TYPE bytea USING NULL;
SET session_replication_role = replica;
INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title) VALUES ('testwiki', 155, 0, 'X');
RESET session_replication_role;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.redirect ALTER COLUMN rd_interwiki TYPE text USING NULL;
-- of a row that is referred to
ALTER TABLE mediawiki.actor RENAME COLUMN actor_name TO actor_title;
SELECT t.edit(155, 9960, 1, 'c', 243), t.mark(243);
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.actor RENAME COLUMN actor_title TO actor_name;
ALTER TABLE mediawiki.actor ALTER COLUMN actor_name TYPE bytea USING actor_name::bytea;
SELECT t.edit(155, 9970, 1, 'c', 244), t.mark(244);
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.actor ALTER COLUMN actor_name TYPE text COLLATE "C" USING convert_from(actor_name, 'UTF8');
-- no old row of what goes, and a large value that an UPDATE left as it was
ALTER TABLE mediawiki.slots REPLICA IDENTITY NOTHING;
DELETE FROM mediawiki.slots WHERE wiki_id = 'testwiki' AND slot_revision_id = 9970;
ALTER TABLE mediawiki.slots REPLICA IDENTITY DEFAULT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text)
	SELECT 'testwiki', 90001, string_agg(md5(n::text), '') FROM generate_series(1, 1000) n;
ALTER TABLE mediawiki.comment REPLICA IDENTITY DEFAULT;
SET session_replication_role = replica;
UPDATE mediawiki.comment SET comment_hash = 1 WHERE wiki_id = 'testwiki' AND comment_id = 90001;
RESET session_replication_role;
ALTER TABLE mediawiki.comment REPLICA IDENTITY FULL;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- of the tables that are read: an index; one by a language's order is of no use
BEGIN;
ALTER TABLE mwmirror.wiki_namespace DROP CONSTRAINT wiki_namespace_pkey;
CREATE INDEX by_language ON mwmirror.wiki_namespace (wiki_id COLLATE "en-x-icu", namespace_id);
SELECT t.page(156, 0, 'Index', 9980, 1, 'c', 245), t.mark(245);
DROP INDEX mwmirror.by_language;
ALTER TABLE mwmirror.wiki_namespace ADD PRIMARY KEY (wiki_id, namespace_id);
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- a column's type
BEGIN;
ALTER TABLE mwmirror.wiki_namespace SET (user_catalog_table = false);
ALTER TABLE mwmirror.wiki_namespace ALTER COLUMN namespace_id TYPE bigint;
ALTER TABLE mwmirror.wiki_namespace SET (user_catalog_table = true);
SELECT t.page(157, 0, 'Type', 9990, 1, 'c', 246), t.mark(246);
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mwmirror.wiki_namespace SET (user_catalog_table = false);
ALTER TABLE mwmirror.wiki_namespace ALTER COLUMN namespace_id TYPE integer;
ALTER TABLE mwmirror.wiki_namespace SET (user_catalog_table = true);
-- a table
BEGIN;
ALTER TABLE mwmirror.wiki_namespace RENAME TO namespace;
SELECT t.page(158, 0, 'Table', 100000, 1, 'c', 247), t.mark(247);
ALTER TABLE mwmirror.namespace RENAME TO wiki_namespace;
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- one that may not be read while decoding
ALTER TABLE mwmirror.wiki SET (user_catalog_table = false);
SELECT t.page(159, 0, 'Catalog', 100010, 1, 'c', 248), t.mark(248);
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mwmirror.wiki SET (user_catalog_table = true);
-- another database's encoding
CREATE DATABASE mwmirror_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
\set dbname :DBNAME
\c mwmirror_ascii
SELECT slot_name FROM pg_create_logical_replication_slot('ascii_slot', 'mwmirror');
SELECT * FROM pg_logical_slot_peek_changes('ascii_slot', NULL, NULL, 'format', 'text');
\echo :LAST_ERROR_SQLSTATE
SELECT pg_drop_replication_slot('ascii_slot');
\c :dbname
DROP DATABASE mwmirror_ascii;
SELECT t.follow();
SELECT t.edit(159, 100020, 1, 'all is well again', 249), t.mark(249);
SELECT l FROM t.lines() l WHERE l ~ '^(BEGIN|COMMIT) ';
