-- Marks: good, bad, foreign, and changes without one.
\pset format unaligned
\pset footer off
SELECT t.follow();
-- messages of others, in the writer's transaction too
SELECT 1 FROM pg_logical_emit_message(true, 'mwmirror2', E'U 0-1-1 1700000000 test\n');
SELECT 1 FROM pg_logical_emit_message(false, 'mwmirror', E'U 0-1-1 1700000000 test\n');
SELECT * FROM t.lines();
-- a fraction of a second does not show in the event
BEGIN;
SELECT t.page(100, 0, 'Marked', 900, 1, 'c', 180);
SELECT 1 FROM pg_logical_emit_message(true, 'other', 'foreign');
SELECT 1 FROM pg_logical_emit_message(true, 'mwmirror',
	E'U 4294967295-1-18446744073709551615 1700000180.123456 test 8:testwiki\n');
COMMIT;
SELECT l FROM t.lines() l WHERE l ~ '^(BEGIN|COMMIT) ' OR l ~ '"dt":"2023-11-14T22:16:20Z"}}$';
-- the extension's own function
SELECT 1 FROM mwmirror.emit_mark('test', '0-1-180', '{testwiki}', t.at(180));
SELECT * FROM t.lines();
-- changes without a mark are of no source transaction
SELECT t.edit(100, 901, 1, 'by hand', 181);
BEGIN;
SELECT t.edit(100, 902, 1, 'marked', 182);
SELECT t.mark(182);
SELECT t.edit(100, 903, 1, 'by hand', 182);
COMMIT;
SELECT e->'revision'->'comment' AS comment, e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e;
-- what is not a mark of the writer's source stops: two source transactions would become one
\set VERBOSITY terse
SELECT 1 FROM pg_logical_emit_message(true, 'mwmirror', E'T 0-1-183 1700000183\n');
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT 1 FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
SELECT t.edit(100, 904, 1, 'c', 183), t.mark(183, source => 'test2');
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT 1 FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
-- so do rows that cannot be read: cut off, of a shape that was not said, with other values, of no wiki
CREATE FUNCTION t.rows(m text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_logical_emit_message(true, 'mwmirror', convert_to(E'R\n', 'UTF8') || m::bytea);
END$$;
\set refused 'SELECT * FROM t.lines(); SELECT 1 FROM pg_replication_slot_advance(''regression_slot'', pg_current_wal_lsn());'
SELECT t.rows('S'); :refused
SELECT t.rows('Q'); :refused
SELECT t.rows('W\001wR\001\000'); :refused
-- a table that is not of interest; then too few values, no wiki; a shape that was forgotten
SELECT t.rows('S\001\002x\001\002c\031W\001wR\001\001\004cR\001\000'); :refused
SELECT t.rows('S\001\002x\001\002c\031R\001\001\004c'); :refused
SELECT t.rows('S\001\002x\001\002c\031FW\001wR\001\001\004c'); :refused
-- a text as a number
SELECT t.rows('S\001\027\003\031\024\033\024\035\031W\001wR\001\003\002\002\002'); :refused
\echo :LAST_ERROR_SQLSTATE
-- and so does a mark that does not name the wiki of a row before it
SELECT t.edit(100, 905, 1, 'c', 184), t.mark(184, '{tempwiki,testwik,estwiki}');
SELECT * FROM t.lines();
\echo :LAST_ERROR_SQLSTATE
SELECT 1 FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
\set VERBOSITY default
-- TRUNCATE gives no event
CREATE TEMP TABLE kept AS SELECT * FROM mediawiki.redirect;
BEGIN;
TRUNCATE mediawiki.redirect;
SELECT t.mark(184);
COMMIT;
INSERT INTO mediawiki.redirect SELECT * FROM kept;
SELECT * FROM t.lines();
