-- What a role that may read the views alone tries, to read more. Each attack begins with "-- answered:" or "-- refused STATE:" and what it is;
-- so it must end, or nothing was tried (00000: or it is answered). It is a session of its own, and a statement ends with ; at the end of a line. An attack with {view} is made
-- on each view of a wiki and of all wikis, with {column} on each column of those of a wiki, with {table} on each table of the mirror and its
-- bookkeeping. {hidden}, {toast}, {object}, {slot}: names that the test gives. Functions, types and operators are those of "setup".

-- setup
CREATE FUNCTION own.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 PARALLEL SAFE AS 'BEGIN RAISE NOTICE ''%'', value; RETURN true; END';
CREATE FUNCTION own.leak(value text, other text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', value, other; RETURN true; END';
CREATE FUNCTION own.leak(value bigint, other bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS 'BEGIN RAISE NOTICE ''% %'', value, other; RETURN true; END';
CREATE FUNCTION own.leak_step(state text, value text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', value; RETURN state; END';
CREATE AGGREGATE own.leak_all(text) (SFUNC = own.leak_step, STYPE = text, INITCOND = '');
-- estimates are made by an operator's function, of what the statistics have
CREATE OPERATOR own.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = own.leak, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR own.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = own.leak, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR own.<<< (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = own.leak, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR own.=== (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = own.leak, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE DOMAIN own.leaky AS text CHECK (own.leak(value));
CREATE TYPE own.other AS (value text);
CREATE FUNCTION own.to_other(text) RETURNS own.other LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN row($1)::own.other; END';
CREATE CAST (text AS own.other) WITH FUNCTION own.to_other(text);
-- what views and policies might find in place of PostgreSQL's own
CREATE FUNCTION own.has_bits(bits smallint, mask integer) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION own.never(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR own.= (LEFTARG = text, RIGHTARG = text, FUNCTION = own.never);
CREATE OPERATOR own.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = own.never);
CREATE OPERATOR own.!~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = own.never);
CREATE VIEW own.wiki AS SELECT 'secretwiki'::text AS wiki_id, false AS private;

-- answered: a function that costs nothing sees the rows of a view
SELECT count(*) FROM {view} r WHERE own.leak(r::text);

-- answered: in a row of JSON
SELECT count(*) FROM {view} r WHERE own.leak(to_jsonb(r)::text) AND own.leak(row_to_json(r)::text);

-- answered: beside, in and behind a subquery
SELECT count(*) FROM {view} r, LATERAL (SELECT own.leak(r::text) OFFSET 0) l;
SELECT count(*) FROM (SELECT r FROM {view} r WHERE own.leak(r::text) OFFSET 0) s WHERE own.leak((s.r)::text);
SELECT count(*) FROM {view} r WHERE EXISTS (SELECT FROM {view} s WHERE own.leak(s::text) AND own.leak(r::text));
SELECT (SELECT count(*) FROM {view} s WHERE own.leak(s::text) IS NOT DISTINCT FROM (r IS NULL)) FROM {view} r LIMIT 1;

-- answered: WITH, recursive too
WITH m AS NOT MATERIALIZED (SELECT * FROM {view}) SELECT count(*) FROM m WHERE own.leak(m::text);
WITH m AS MATERIALIZED (SELECT * FROM {view}) SELECT count(*) FROM m WHERE own.leak(m::text);
WITH RECURSIVE m AS (SELECT r::text AS value, 1 AS depth FROM {view} r UNION SELECT value, depth + 1 FROM m WHERE own.leak(value) AND depth < 2) SELECT * FROM m;

-- answered: in groups, orders and windows
SELECT own.leak_all(r::text), own.leak_all(r::text ORDER BY r::text) FILTER (WHERE own.leak(r::text)) FROM {view} r;
SELECT DISTINCT ON (own.leak(r::text)) r, row_number() OVER (ORDER BY own.leak(r::text)) FROM {view} r ORDER BY own.leak(r::text);
SELECT own.leak_all(r::text) OVER (ORDER BY r::text ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM {view} r;
SELECT r::text, count(*) FROM {view} r GROUP BY GROUPING SETS ((r::text), ()) HAVING own.leak(r::text);

-- answered: joins of each kind
SET jit = off; SET enable_hashjoin = off;
SELECT count(*) FROM {view} a LEFT JOIN {view} b ON own.leak(a::text) AND own.leak(b::text) AND a::text = b::text;
SET enable_hashjoin = on; SET enable_nestloop = off; SET enable_mergejoin = off;
SELECT count(*) FROM {view} a FULL JOIN {view} b ON a::text = b::text WHERE own.leak(a::text) OR own.leak(b::text);

-- answered: sets
SELECT r::text FROM {view} r WHERE own.leak(r::text) EXCEPT SELECT NULL;
SELECT count(*) FROM (SELECT r::text AS value FROM {view} r UNION ALL SELECT 'x') s WHERE own.leak(value);

-- answered: no index, no bitmap, no plan but the one
SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM {view} r WHERE own.leak(r::text);
SET enable_indexscan = off; SET enable_indexonlyscan = off; SET from_collapse_limit = 1; SET join_collapse_limit = 1; SET geqo_threshold = 2;
SELECT count(*) FROM {view} r WHERE own.leak(r::text);

-- answered: parallel workers and JIT
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SELECT count(*) FROM mediawiki_p.comment r WHERE own.leak(r::text);
SELECT count(*) FROM mediawiki_p.logging r WHERE own.leak(r::text);
SELECT count(*) FROM pubwiki_p.revision r WHERE own.leak(r::text);

-- answered: prepared, with a plan for all values
SET plan_cache_mode = force_generic_plan;
PREPARE p(text) AS SELECT count(*) FROM {view} r WHERE own.leak(r::text) AND $1 IS NOT NULL;
EXECUTE p('x');
EXECUTE p('y');
EXPLAIN (ANALYZE, VERBOSE) EXECUTE p('z');

-- answered: cursors
BEGIN;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT r FROM {view} r WHERE own.leak(r::text);
FETCH ALL FROM c;
MOVE BACKWARD ALL FROM c;
COMMIT;
FETCH ALL FROM c;

-- answered: in a block, and by names that are put together
DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM {view}' LOOP RAISE NOTICE '%', r; END LOOP; END $$;

-- answered: COPY of a query
COPY (SELECT r FROM {view} r WHERE own.leak(r::text)) TO STDOUT;

-- answered: the row is taken apart
SELECT (s.r).* FROM (SELECT r FROM {view} r) s;
SELECT e.* FROM {view} r, jsonb_each(to_jsonb(r)) e WHERE own.leak(e.value::text);
SELECT j.* FROM {view} r, jsonb_populate_record(NULL::{view}, to_jsonb(r)) j;

-- answered: what it makes of its own
CREATE TEMP VIEW v WITH (security_barrier) AS SELECT * FROM {view} r WHERE own.leak(r::text);
CREATE TEMP VIEW w WITH (security_invoker) AS SELECT * FROM v;
SELECT * FROM w;
CREATE TEMP TABLE t AS SELECT * FROM {view} r WHERE own.leak(r::text);
SELECT * FROM t;
CREATE MATERIALIZED VIEW own.m AS SELECT r::text AS value FROM {view} r;
SELECT * FROM own.m WHERE own.leak(value);
DROP MATERIALIZED VIEW own.m;

-- answered: EXPLAIN
EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL) SELECT * FROM {view} r WHERE own.leak(r::text);
EXPLAIN (VERBOSE, FORMAT json) SELECT * FROM {view};

-- answered: what the server tells of its work
SET client_min_messages = debug5; SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on;
SELECT * FROM {view} LIMIT 1;

-- answered: XML of a query
SELECT query_to_xml('SELECT * FROM {view}', true, true, ''), query_to_xmlschema('SELECT * FROM {view}', true, true, '');

-- answered: other operators and functions of the same names
SET search_path = own, pg_temp, pg_catalog;
CREATE TEMP VIEW wiki AS SELECT * FROM own.wiki;
SELECT r FROM {view} r;

-- answered: a function, and an error that tells it, of each column
SELECT count(*) FROM {view} WHERE own.leak({column}::text);
SELECT count(*) FROM {view} WHERE {column} IS DISTINCT FROM NULL AND own.leak({column}::text) ORDER BY 1;
SELECT count({column}), max({column}::text), min({column}::text), string_agg({column}::text, ',') FROM {view};
SELECT {column}::text, count(*) FROM {view} GROUP BY {column}::text HAVING own.leak({column}::text);

-- refused 22P02,00000: a cast whose error tells the value
SELECT count(*) FROM {view} WHERE ('x' || coalesce({column}::text, 'nothing'))::bigint > 0;
-- refused 22P02,00000: likewise among what is shown
SELECT ('x' || coalesce({column}::text, 'nothing'))::uuid FROM {view};
-- answered: a cast to a type of its own
SELECT count(*) FROM {view} WHERE {column}::text::own.leaky IS NOT NULL AND ({column}::text::own.other) IS NOT NULL;

-- answered: estimates by an operator of its own
SET search_path = own, pg_catalog;
EXPLAIN SELECT * FROM {view} WHERE {column}::text <<< 'm' OR {column}::text === 'm';
-- answered: estimates of a join by an operator of its own
SET search_path = own, pg_catalog;
EXPLAIN SELECT * FROM {view} a JOIN {view} b ON a.{column}::text === b.{column}::text;

-- answered: functions that are asked before policies are
SELECT count(*) FROM {view} WHERE mwmirror.is_public_wiki({column}::text) OR mwmirror.public_wiki({column}::text) = {column}::text OR mwmirror.has_public_tag({column}::text, {column}::text, length({column}::text)) OR mwmirror.has_bits(length({column}::text), length({column}::text));
SELECT count(*) FROM {view} WHERE {column}::text OPERATOR(mysql_compat.~~) ({column}::text || repeat('%_', 30)) AND mysql_compat.to_datetime({column}::text) IS NULL;

-- refused 42501: what is read is locked
SELECT * FROM {view} FOR UPDATE;
-- refused 42501: what is read is locked, for sharing
SELECT * FROM {view} FOR KEY SHARE;
-- refused 42703: places of rows
SELECT ctid, xmin, tableoid FROM {view};
-- refused 0A000: a sample of rows, which is read before conditions are
SELECT * FROM {view} TABLESAMPLE system (100);
-- refused 42501,55000: a row is written and given back
DELETE FROM {view} r RETURNING r;
-- refused 42501,0A000,55000: a row is written
INSERT INTO {view} SELECT * FROM {view} RETURNING *;
-- refused 42501: a trigger of a view
CREATE TRIGGER t INSTEAD OF INSERT ON {view} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- refused 42501: a rule of a view
CREATE RULE r AS ON UPDATE TO {view} DO INSTEAD NOTHING;
-- refused 42501: the view is another
ALTER VIEW {view} SET (security_barrier = false);
-- refused 42501: the view is another's
ALTER VIEW {view} OWNER TO CURRENT_USER;
-- answered: rights on a view, which it cannot give
GRANT ALL ON {view} TO PUBLIC;
-- refused 42809: a view whole
COPY {view} TO STDOUT;

-- refused 42501: a table of the mirror
SELECT * FROM {table};
-- refused 42501: its number of rows
SELECT count(*) FROM {table};
-- refused 42501: it is locked
BEGIN;
LOCK TABLE {table} IN ACCESS SHARE MODE;
-- refused 42501: as XML
SELECT table_to_xml('{table}', true, true, '');
-- refused 42501: as XML of a query
SELECT query_to_xml('SELECT * FROM {table}', true, true, '');
-- refused 42501: words of it
SELECT * FROM ts_stat('SELECT to_tsvector(t::text) FROM {table} t');
-- refused 42501,428C9: written
INSERT INTO {table} SELECT * FROM {table};
-- refused 42501: emptied
TRUNCATE {table};
-- refused 42501: a trigger
CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- refused 42501: another's row security
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
-- refused 42501: a policy
CREATE POLICY p ON {table} USING (own.leak('x'));
-- refused 42501: statistics of its own
CREATE STATISTICS own.s ON one, another FROM {table};
-- refused 42501: an index
CREATE INDEX i ON {table} ((own.leak(wiki_id)));
-- refused 42501: a child
CREATE TABLE own.child () INHERITS ({table});
-- refused 42501: a publication
CREATE PUBLICATION p FOR TABLE {table};
-- refused 42501,00000: it is analyzed, or passed over
ANALYZE VERBOSE {table};

-- refused 42501: a foreign key, which tells what is there
CREATE TABLE own.probe (wiki_id text, id bigint, FOREIGN KEY (wiki_id, id) REFERENCES mediawiki.comment);
-- refused 42501: rows without row security
SET row_security = off;
SELECT * FROM pubwiki_p.comment;
-- refused 42501: the views' owner
SET ROLE mwmirror_views;
-- refused 42501: the writer
SET ROLE mwmirror_writer;
-- refused 42501: a superuser
SET SESSION AUTHORIZATION postgres;
-- refused 42501: row security is no concern of its own
ALTER ROLE CURRENT_USER BYPASSRLS;
-- refused 42501: member of others
GRANT mwmirror_views TO CURRENT_USER;
-- refused 42501: a role
CREATE ROLE another SUPERUSER;
-- refused 42501: triggers are off
SET session_replication_role = replica;
-- refused 42501: rights of others' later things
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO PUBLIC;
-- refused 42501: a function that is trusted
CREATE FUNCTION own.trusted(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true';
-- refused 42501: one that is, later
ALTER FUNCTION own.leak(text) LEAKPROOF;
-- refused 42501: a function that helps the planner
CREATE FUNCTION own.helped(text) RETURNS boolean LANGUAGE sql SUPPORT textlike_support AS 'SELECT true';
-- refused 42501: a function in C
CREATE FUNCTION own.shell(cstring) RETURNS integer LANGUAGE c AS '$libdir/../../libc.so.6', 'system';
-- refused 42501: an order of its own
CREATE OPERATOR CLASS own.ops FOR TYPE text USING btree AS OPERATOR 1 own.<<<;
-- refused 42501: an event trigger
CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger();
-- refused 42501: a module
LOAD '$libdir/../mwmirror';
-- refused 42501: an extension
CREATE EXTENSION file_fdw;
-- refused 42501: the mirror's
ALTER EXTENSION mwmirror DROP TABLE mediawiki.comment;

-- refused 42501: statistics as they are
SELECT * FROM pg_statistic;
-- refused 42501: statistics of several columns
SELECT * FROM pg_statistic_ext_data;
-- answered: statistics that it may see
SELECT * FROM pg_stats;
SELECT * FROM pg_stats_ext;
SELECT * FROM pg_stats_ext_exprs;
-- answered: what others do
SELECT * FROM pg_stat_activity;
SELECT pg_stat_get_activity(pid) FROM pg_stat_activity;
SELECT pg_stat_get_backend_activity(g) FROM generate_series(1, 20) g;
SELECT * FROM pg_stat_replication;
SELECT * FROM pg_locks;
SELECT * FROM pg_prepared_xacts;
SELECT * FROM pg_cursors;
SELECT * FROM pg_prepared_statements;
-- answered: what others have done
SELECT * FROM public.pg_stat_statements;
SELECT * FROM public.pg_stat_statements(true);

-- answered: the texts of rules
SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v';
SELECT pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy;
SELECT pg_get_indexdef(indexrelid), pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid) FROM pg_index;
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE prokind = 'f';
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef;
SELECT pg_get_constraintdef(oid) FROM pg_constraint;
SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext;
SELECT pg_get_triggerdef(oid) FROM pg_trigger;
SELECT * FROM pg_description;
SELECT * FROM pg_sequences;
-- answered: all that it can read as XML
SELECT database_to_xml(true, true, '');
-- refused 42501: the mirror as XML
SELECT schema_to_xml('mediawiki', true, true, '');

-- refused 42501: a large object
SELECT lo_get({object});
-- refused 42501: a large object, by its pages
SELECT * FROM pg_largeobject;
-- refused 42501: a file as a large object
SELECT lo_import('/etc/passwd');
-- refused 42501: long values apart from their rows
SELECT * FROM {toast};
-- refused 42501: a file
SELECT pg_read_file('postgresql.conf');
-- refused 42501: a file, as bytes
SELECT pg_read_binary_file('PG_VERSION');
-- refused 42501: a folder
SELECT pg_ls_dir('base');
-- refused 42501: the log
SELECT pg_ls_logdir();
-- refused 42501: COPY to a program
COPY (SELECT 1) TO PROGRAM 'cat';
-- refused 42501: COPY from a file
CREATE TEMP TABLE t (line text);
COPY t FROM '/etc/passwd';
-- refused 42501: passwords
SELECT * FROM pg_authid;
-- refused 42501: settings of files
SELECT * FROM pg_file_settings;
-- refused 42501: a page of a table
SELECT * FROM public.heap_page_items(public.get_raw_page('mediawiki.comment', 0));
-- refused 42501: a page of an index
SELECT * FROM public.bt_page_items('mediawiki.comment_pkey', 1);
-- refused 42501: rows that are dead
SELECT * FROM public.pgstattuple('mediawiki.comment');
-- refused 42501: rows that are locked
SELECT * FROM public.pgrowlocks('mediawiki.comment');
-- refused 42501: a table is checked
SELECT * FROM public.verify_heapam('mediawiki.comment');
-- refused 42501: a table is read into memory
SELECT public.pg_prewarm('mediawiki.comment');
-- refused 42501: what is in memory
SELECT * FROM public.pg_buffercache;
-- refused 42501: the WAL
SELECT * FROM public.pg_get_wal_records_info('0/1000000', '0/2000000');

-- refused 2F003: another connection, as the server's own user
SELECT public.dblink_connect('host={host} dbname={database} user=postgres');
-- refused 42501: another connection without a password
SELECT public.dblink_connect_u('host={host} dbname={database} user=postgres');
-- refused 42501: another server
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}');
-- refused 42501: a subscription
CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p;
-- refused 42501: a publication of all
CREATE PUBLICATION p FOR ALL TABLES;
-- refused 42501: a slot
SELECT pg_create_logical_replication_slot('another', 'mwmirror');
-- refused 42501: a slot of bytes
SELECT pg_create_physical_replication_slot('another', true);
-- refused 42501: what a slot has
SELECT * FROM pg_logical_slot_peek_changes('{slot}', NULL, NULL, 'format', 'text');
-- refused 42501: it is taken
SELECT * FROM pg_logical_slot_get_binary_changes('{slot}', NULL, NULL);
-- refused 42501: a copy of it
SELECT pg_copy_logical_replication_slot('{slot}', 'another');
-- refused 42501: origins
SELECT pg_replication_origin_create('another');
-- refused 42501: a backup
SELECT pg_backup_start('x');

-- answered: a snapshot for others, messages, channels
SELECT pg_export_snapshot();
SELECT pg_logical_emit_message(false, 'mwmirror', 'x');
LISTEN mwmirror;
SELECT pg_notify('mwmirror', 'x');
-- answered: titles as MariaDB compares them
SET search_path = pubwiki_p, mysql_compat, own, pg_catalog;
SELECT comment_text FROM comment WHERE comment_text LIKE 'c%' AND own.leak(comment_text);
SELECT lt_title FROM linktarget WHERE lt_title LIKE '%nry%' AND own.leak(lt_title);
SELECT actor_name FROM actor WHERE actor_name NOT LIKE 'x%' AND own.leak(actor_name);
-- answered: where the mirror is
SELECT * FROM mwmirror.position();
SELECT * FROM mwmirror.lag();
-- answered: where the mirror is, among things of its own
CREATE TEMP VIEW source AS SELECT * FROM own.wiki;
CREATE TEMP VIEW wiki AS SELECT * FROM own.wiki;
SET search_path = pg_temp, own, pg_catalog;
SELECT * FROM mwmirror.position();
SELECT * FROM mwmirror.lag();
-- answered: bits
SELECT mwmirror.has_bits(g::smallint, 4), mwmirror.has_bits(NULL, 1), mwmirror.has_bits(1::smallint, NULL) FROM generate_series(0, 15) g;
-- refused 42501: SQL of the views
SELECT mwmirror.public_rows_query('comment');
-- refused 42501: views of a private wiki
SELECT mwmirror.create_views('secretwiki');
-- refused 42501: views are gone
SELECT mwmirror.drop_views('pubwiki');
-- refused 42501: views anew
SELECT mwmirror.refresh_views();
-- refused 42P01: a private wiki
SELECT * FROM secretwiki_p.page;
