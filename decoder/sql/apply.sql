-- mwmirror.apply: rows are written in the batch's order, as plain SQL would write them
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT always
-- statements are plain ones here
DROP TRIGGER write ON mediawiki.page_restrictions;

-- Batches in SQL, by wire/batch.h; the tests that follow use them as well.
-- b.v: a value, NULL as NULL; b.absent; b.keep: a form that is none.
CREATE SCHEMA b;
CREATE FUNCTION b.n(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT t.n(n)$$;
CREATE FUNCTION b.text(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT t.string(convert_to($1, 'UTF8'))$$;
CREATE FUNCTION b.v(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT t.value($1)$$;
CREATE FUNCTION b.v(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT b.v(textsend($1))$$;
CREATE FUNCTION b.v(bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT b.v(int8send($1))$$;
CREATE FUNCTION b.v(integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT b.v(int4send($1))$$;
CREATE FUNCTION b.absent() RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT '\x02'::bytea$$;
CREATE FUNCTION b.keep(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.n(octet_length($1) * 4 + 3) || textsend($1)$$;
CREATE FUNCTION b.shape(name text, finds int, VARIADIC columns text[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT b.text(split_part(name, '.', 1)) || b.text(split_part(name, '.', 2)) || b.n(finds) || b.n(cardinality(columns)) ||
		(SELECT string_agg(b.text(c), '' ORDER BY i) FROM unnest(columns) WITH ORDINALITY u(c, i))$$;
CREATE FUNCTION b.change(kind text, flags int, shape int, VARIADIC "values" bytea[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_to(kind, 'UTF8') || set_byte('\x00', 0, flags) || b.n(shape) || string_agg(v, '' ORDER BY i)
	FROM unnest("values") WITH ORDINALITY u(v, i)$$;
CREATE TYPE b.part AS (bytes bytea, changes int);
CREATE FUNCTION b.raw(bytes bytea, changes int DEFAULT 0) RETURNS b.part LANGUAGE sql IMMUTABLE AS $$SELECT ROW(bytes, changes)::b.part$$;
CREATE FUNCTION b.source(gtid text, VARIADIC changes bytea[] DEFAULT '{}') RETURNS b.part LANGUAGE sql IMMUTABLE AS $$
	SELECT b.raw('G' || b.text(gtid) || coalesce(string_agg(c, '' ORDER BY i), '') || 'E' || b.text(format(E'U %s 1700000000 test 1:w\n', gtid)), count(c)::int)
	FROM unnest(changes) WITH ORDINALITY u(c, i)$$;
CREATE FUNCTION b.batch(shapes bytea[], VARIADIC parts b.part[] DEFAULT '{}') RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT '\x0100' || b.n(cardinality(shapes)) ||
		(SELECT coalesce(string_agg(c, '' ORDER BY i), '') FROM unnest(shapes) WITH ORDINALITY u(c, i)) ||
		(SELECT coalesce(string_agg(bytes, '' ORDER BY i), '') || 'Z' || b.n(coalesce(sum(changes), 0)::int)
			FROM unnest(parts) WITH ORDINALITY u(bytes, changes, i))$$;
-- one source transaction of changes of one shape
CREATE FUNCTION b.one(shape bytea, VARIADIC changes bytea[] DEFAULT '{}') RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.batch(ARRAY[shape], b.source('0-1-1', VARIADIC changes))$$;
CREATE FUNCTION b.page() RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.shape('mediawiki.page', 2, 'wiki_id', 'page_id', 'page_namespace', 'page_title', 'page_lang')$$;
CREATE FUNCTION b.restriction() RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.shape('mediawiki.page_restrictions', 2, 'wiki_id', 'pr_id', 'pr_page', 'pr_type', 'pr_level')$$;

-- not without the mirror's origin, nor under another
SELECT mwmirror.apply(b.batch('{}'));
\echo :SQLSTATE
SELECT 1 FROM pg_replication_origin_create('mwmirror/1/test/follow');
SELECT pg_replication_origin_session_setup('mwmirror/1/test/follow');
SELECT mwmirror.apply(b.batch('{}'));
SELECT pg_replication_origin_session_reset();
SELECT pg_replication_origin_drop('mwmirror/1/test/follow');
SELECT name ~ '^mwmirror/\d+/test/follow$' AS set_up FROM t.take_origin('test') name;
SELECT mwmirror.apply(b.batch('{}'));
SELECT mwmirror.apply(b.batch(ARRAY[b.page()]));

-- insert with defaults, update of some columns, of the key, delete; the same row several times, over a boundary
SELECT mwmirror.apply(b.batch(ARRAY[b.page(), b.shape('mediawiki.redirect', 2, 'wiki_id', 'rd_from')],
	b.source('0-1-1',
		b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(0), b.v('One'), b.v(NULL::bytea)),
		b.change('I', 0, 0, b.v('w'), b.v(2::bigint), b.v(1), b.v('Two'), b.v('de')),
		b.change('I', 0, 1, b.v('w'), b.v(1::bigint)),
		b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.v('Uno'), b.absent())),
	b.source('0-1-2',
		b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.v(4), b.absent(), b.absent()),
		b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.v(5), b.absent(), b.v('fr')),
		b.change('U', 0, 0, b.v('w'), b.v(2::bigint), b.absent(), b.v(3::bigint), b.absent(), b.absent(), b.v(NULL::bytea)),
		b.change('I', 0, 0, b.v('w'), b.v(4::bigint), b.absent(), b.v('Four'), b.absent()),
		b.change('D', 0, 0, b.v('w'), b.v(4::bigint)))));
SELECT page_id, page_namespace, page_title, page_lang, page_is_new, page_latest FROM mediawiki.page WHERE wiki_id = 'w' ORDER BY page_id;
SELECT * FROM mediawiki.redirect WHERE wiki_id = 'w';

-- upsert: of a row that is there, of one that this batch wrote, of none; what is absent becomes the default
SELECT mwmirror.apply(b.one(b.page(),
	b.change('I', 1, 0, b.v('w'), b.v(1::bigint), b.v(8), b.v('Eins'), b.absent()),
	b.change('I', 1, 0, b.v('w'), b.v(1::bigint), b.v(9), b.absent(), b.absent()),
	b.change('I', 1, 0, b.v('w'), b.v(5::bigint), b.v(0), b.v('Five'), b.absent())));
SELECT page_id, page_namespace, page_title, page_lang, page_is_new FROM mediawiki.page WHERE wiki_id = 'w' ORDER BY page_id;

-- what is not there: an error, or not
SELECT mwmirror.apply(b.one(b.page(),
	b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.v(1), b.absent(), b.absent()),
	b.change('D', 0, 0, b.v('w'), b.v(77::bigint))));
\echo :SQLSTATE
SELECT mwmirror.apply(b.one(b.page(),
	b.change('U', 0, 0, b.v('w'), b.v(-77::bigint), b.absent(), b.absent(), b.v(1), b.absent(), b.absent())));
SELECT mwmirror.apply(b.one(b.page(),
	b.change('U', 2, 0, b.v('w'), b.v(77::bigint), b.absent(), b.absent(), b.v(1), b.absent(), b.absent()),
	b.change('D', 2, 0, b.v('w'), b.v(77::bigint)),
	b.change('D', 4, 0, b.v('w'), b.v(77::bigint))));
SELECT page_namespace FROM mediawiki.page WHERE wiki_id = 'w' AND page_id = 1;

-- each row that is found: by a prefix of the key, all of a wiki
SELECT mwmirror.apply(b.batch(ARRAY[b.shape('mwmirror.raw_value', 3, 'wiki_id', 'table_name', 'row_key', 'column_name', 'raw'),
		b.shape('mediawiki.page', 1, 'wiki_id')],
	b.source('0-1-1',
		b.change('I', 0, 0, b.v('w'), b.v('page'), b.v('1'), b.v('a'), b.v('\xff'::bytea)),
		b.change('I', 0, 0, b.v('w'), b.v('page'), b.v('1'), b.v('b'), b.v(''::bytea)),
		b.change('I', 0, 0, b.v('w'), b.v('page'), b.v('2'), b.v('b'), b.v('\x00'::bytea)),
		b.change('U', 4, 0, b.v('w'), b.v('page'), b.v('1'), b.absent(), b.absent(), b.v('3'), b.absent(), b.absent()))));
SELECT * FROM mwmirror.raw_value ORDER BY row_key, column_name;
SELECT mwmirror.apply(b.batch(ARRAY[b.shape('mwmirror.raw_value', 2, 'wiki_id', 'table_name'), b.shape('mediawiki.page', 1, 'wiki_id'),
		b.shape('mediawiki.redirect', 1, 'wiki_id')],
	b.source('0-1-1', b.change('D', 4, 0, b.v('w'), b.v('page')), b.change('D', 4, 1, b.v('w')), b.change('D', 4, 2, b.v('w')))));
SELECT count(*) FROM mediawiki.page WHERE wiki_id = 'w';

-- a long source transaction over batches: each says whose changes it holds
SELECT mwmirror.apply(b.batch(ARRAY[b.restriction()], b.raw('G' || b.text('0-1-5') || b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.absent()), 1)));
SELECT mwmirror.apply(b.batch(ARRAY[b.restriction()], b.source('0-1-5', b.change('D', 0, 0, b.v('w'), b.v(1::bigint)))));

-- without a key: rows may repeat, NULL equals NULL, exactly one is changed
SELECT mwmirror.apply(b.one(b.shape('mediawiki.user_newtalk', 4, 'wiki_id', 'user_id', 'user_ip', 'user_last_timestamp'),
	b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.v(NULL::bytea)),
	b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.v(NULL::bytea)),
	b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.v(timestamptz_send('2020-01-01 00:00:00+00'))),
	b.change('D', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.v(NULL::bytea)),
	b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.v(timestamptz_send('2020-01-01 00:00:00+00')),
		b.absent(), b.v(2::bigint), b.absent(), b.absent())));
SELECT user_id, user_ip, user_last_timestamp AT TIME ZONE 'UTC' FROM mediawiki.user_newtalk WHERE wiki_id = 'w' ORDER BY 1, 3;
SELECT mwmirror.apply(b.one(b.shape('mediawiki.user_newtalk', 4, 'wiki_id', 'user_id', 'user_ip', 'user_last_timestamp'),
	b.change('D', 0, 0, b.v('w'), b.v(1::bigint), b.v('x'), b.absent()),
	b.change('D', 0, 0, b.v('w'), b.v(2::bigint), b.v('x'), b.v(NULL::bytea))));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.user_newtalk', 4, 'wiki_id', 'user_id', 'user_ip', 'user_last_timestamp'),
	b.change('D', 0, 0, b.v('w'), b.absent(), b.v('x'), b.v(NULL::bytea))));
DELETE FROM mediawiki.user_newtalk WHERE wiki_id = 'w';

-- an INSERT of a row that is there, and values that do not fit: which row it was
SELECT mwmirror.apply(b.one(b.restriction(),
	b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop')),
	b.change('I', 0, 0, b.v('w'), b.v(2::bigint), b.v(7::bigint), b.v('move'), b.v('sysop')),
	b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(NULL::bytea), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(1), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
\echo :SQLSTATE
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v('\x000000000000000100'::bytea), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('\xc3'::bytea), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('\x410042'::bytea), b.v(1::bigint), b.v(7::bigint), b.v('e'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v(repeat('ä', 100)), b.v(1::bigint))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v(repeat('a', 63) || 'ä' || repeat('a', 63)), b.v(1::bigint))));
SELECT count(*) FROM mediawiki.page_restrictions WHERE wiki_id = 'w';

-- shapes that do not fit the tables
SELECT mwmirror.apply(b.one(b.shape('mediawiki.nothing', 0, 'a')));
SELECT mwmirror.apply(b.one(b.shape('nowhere.page', 0, 'a')));
SELECT mwmirror.apply(b.one(b.shape('mwmirror.source', 0, 'gtid_pos')));
SELECT mwmirror.apply(b.one(b.shape('pg_catalog.pg_authid', 0, 'rolname')));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.page', 0, 'wiki_id', 'page_x')));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.page', 0, 'wiki_id', 'ctid')));
SELECT mwmirror.apply(b.one(b.shape('mediawiki.page', 0, 'wiki_id', 'wiki_id')));

-- together with statements in one transaction; what decoding sees: the source's order and its boundaries
SELECT 1 FROM pg_create_logical_replication_slot('apply_slot', 'test_decoding');
BEGIN;
INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id) VALUES ('w', 10);
SELECT mwmirror.apply(b.batch(ARRAY[b.restriction(), b.shape('mediawiki.ip_changes', 2, 'wiki_id', 'ipc_rev_id')],
	b.source('0-1-7',
		b.change('U', 0, 0, b.v('w'), b.v(10::bigint), b.absent(), b.absent(), b.v(7::bigint), b.absent(), b.absent()),
		b.change('I', 0, 1, b.v('w'), b.v(1::bigint)),
		b.change('I', 0, 0, b.v('w'), b.v(11::bigint), b.absent(), b.absent(), b.absent())),
	b.source('0-1-8', b.change('D', 0, 1, b.v('w'), b.v(1::bigint)))));
UPDATE mediawiki.page_restrictions SET pr_page = 8 WHERE pr_id IN (10, 11);
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v('w'), b.v(10::bigint)), b.change('D', 0, 0, b.v('w'), b.v(11::bigint))));
COMMIT;
SELECT data FROM pg_logical_slot_get_changes('apply_slot', NULL, NULL, 'include-xids', '0', 'skip-empty-xacts', '1');
SELECT pg_drop_replication_slot('apply_slot');

-- somebody else changes the row meanwhile
CREATE EXTENSION dblink SCHEMA b;
SELECT b.dblink_connect('other', format('host=%s port=%s dbname=%s', current_setting('unix_socket_directories'), current_setting('port'), current_database()));
INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id) VALUES ('w', 1), ('w', 2);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM mediawiki.page_restrictions WHERE wiki_id = 'w';
SELECT b.dblink_exec('other', $$UPDATE mediawiki.page_restrictions SET pr_page = 5 WHERE pr_id = 1$$);
SELECT mwmirror.apply(b.one(b.restriction(), b.change('U', 0, 0, b.v('w'), b.v(1::bigint), b.absent(), b.absent(), b.v(6::bigint), b.absent(), b.absent())));
\echo :SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM mediawiki.page_restrictions WHERE wiki_id = 'w';
SELECT b.dblink_exec('other', $$DELETE FROM mediawiki.page_restrictions WHERE pr_id = 2$$);
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v('w'), b.v(2::bigint))));
\echo :SQLSTATE
ROLLBACK;
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v('w'), b.v(1::bigint))));
SELECT b.dblink_disconnect('other');

-- not read only, not by others, nor without rights on the table
BEGIN READ ONLY;
SELECT mwmirror.apply(b.batch('{}'));
ROLLBACK;
GRANT USAGE ON SCHEMA b, t, mwmirror TO PUBLIC;
CREATE ROLE regress_nobody;
SET ROLE regress_nobody;
SELECT mwmirror.apply(b.batch('{}'));
RESET ROLE;
GRANT EXECUTE ON FUNCTION mwmirror.apply(bytea) TO regress_nobody;
SET ROLE regress_nobody;
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
RESET ROLE;
GRANT INSERT, SELECT ON mediawiki.page_restrictions TO regress_nobody;
SET ROLE regress_nobody;
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 1, 0, b.v('w'), b.v(1::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v('w'), b.v(1::bigint))));
RESET ROLE;
ALTER TABLE mediawiki.page_restrictions ENABLE ROW LEVEL SECURITY;
SET ROLE regress_nobody;
SELECT mwmirror.apply(b.one(b.restriction(), b.change('I', 0, 0, b.v('w'), b.v(2::bigint), b.v(7::bigint), b.v('edit'), b.v('sysop'))));
RESET ROLE;
ALTER TABLE mediawiki.page_restrictions DISABLE ROW LEVEL SECURITY;
SET ROLE mwmirror_writer;
SELECT mwmirror.apply(b.one(b.restriction(), b.change('D', 0, 0, b.v('w'), b.v(1::bigint))));
RESET ROLE;
REVOKE ALL ON mediawiki.page_restrictions FROM regress_nobody;
REVOKE EXECUTE ON FUNCTION mwmirror.apply(bytea) FROM regress_nobody;
REVOKE USAGE ON SCHEMA b, t, mwmirror FROM PUBLIC;
DROP ROLE regress_nobody;
