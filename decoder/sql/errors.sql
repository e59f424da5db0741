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
-- a column that is missing, or has another type
BEGIN;
SELECT t.page(155, 0, 'Column', 995, 1, 'c', 242);
ALTER TABLE mediawiki.revision RENAME COLUMN rev_len TO rev_length;
SELECT t.mark(242);
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.revision RENAME COLUMN rev_length TO rev_len;
ALTER TABLE mediawiki.redirect SET (user_catalog_table = false);
ALTER TABLE mediawiki.redirect ALTER COLUMN rd_interwiki TYPE bytea USING NULL;
INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title) VALUES ('testwiki', 155, 0, 'X');
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.redirect ALTER COLUMN rd_interwiki TYPE text USING NULL;
ALTER TABLE mediawiki.redirect SET (user_catalog_table = true);
-- an index
BEGIN;
ALTER TABLE mediawiki.slots DROP CONSTRAINT slots_pkey;
SELECT t.page(156, 0, 'Index', 997, 1, 'c', 243), t.mark(243);
ALTER TABLE mediawiki.slots ADD PRIMARY KEY (wiki_id, slot_revision_id, slot_role_id);
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- a table
BEGIN;
ALTER TABLE mediawiki.actor RENAME TO actress;
SELECT t.page(157, 0, 'Table', 998, 1, 'c', 244), t.mark(244);
ALTER TABLE mediawiki.actress RENAME TO actor;
COMMIT;
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
-- one that may not be read while decoding
ALTER TABLE mediawiki.comment SET (user_catalog_table = false);
SELECT t.page(158, 0, 'Catalog', 999, 1, 'c', 245), t.mark(245);
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT t.advance();
ALTER TABLE mediawiki.comment SET (user_catalog_table = true);
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
SELECT t.edit(158, 1000, 1, 'all is well again', 246), t.mark(246);
SELECT l FROM t.lines() l WHERE l ~ '^(BEGIN|COMMIT) ';
SELECT pg_drop_replication_slot('regression_slot');
