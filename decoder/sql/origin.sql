-- Replication origins: the writer's transactions give events, those of copies are left out, any other's give none.
\pset format unaligned
\pset footer off
CREATE FUNCTION t.set_origin(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF pg_replication_origin_session_is_setup() THEN
		PERFORM pg_replication_origin_session_reset();
	END IF;
	IF pg_replication_origin_oid(name) IS NULL THEN
		PERFORM pg_replication_origin_create(name);
	END IF;
	PERFORM pg_replication_origin_session_setup(name), set_config('t.writer', '', false);
END$$;
CREATE FUNCTION t.origin(worker text, source text DEFAULT 'test', database oid DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT format('mwmirror/%s/%s/%s', coalesce(database, (SELECT oid FROM pg_database WHERE datname = current_database())), source, worker)
$$;
-- copies of any source
SELECT t.set_origin(mwmirror.origin_name('test', 'copy1'));
SELECT t.page(110, 0, 'Copied', 950, 1, 'c', 200), t.mark(200);
SELECT t.set_origin(mwmirror.origin_name('other.source', 'copy12'));
SELECT t.page(112, 0, 'Copied_too', 953, 1, 'c', 200), t.mark(200);
-- others, and names that only look like the writer's
DO $$
DECLARE
	name text;
	n int := 200;
BEGIN
	FOREACH name IN ARRAY ARRAY['another', t.origin('follow', database => 1), t.origin('follower'), t.origin('follow/'),
		t.origin(''), t.origin('follow', 'a/b'), 'mwmirror', 'mwmirror/', 'x' || t.origin('follow')]
	LOOP
		PERFORM t.set_origin(name);
		PERFORM t.page(n, 0, 'Foreign_' || n, 9500 + n, 1, 'c', 201), t.mark(201);
		COMMIT;
		PERFORM pg_replication_origin_session_reset(), pg_replication_origin_drop(name);
		COMMIT;
		n := n + 1;
	END LOOP;
END$$;
SELECT * FROM t.lines();
-- what was copied is there for later changes to refer to
SELECT t.follow();
BEGIN;
SELECT t.edit(110, 952, 1, 'd', 202);
SELECT t.mark(202);
SELECT t.edit(112, 954, 1, 'd', 203);
SELECT t.mark(203);
COMMIT;
SELECT e->'page'->>'page_title' AS title, e->>'page_change_kind' AS kind, e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e;
-- a writer's origin that was dropped since, its number another's now: what it wrote gives events; a copy's still none
SELECT t.follow('gone');
SELECT t.edit(110, 955, 1, 'by a source that is gone', 204), t.mark(204, source => 'gone');
SELECT t.set_origin(mwmirror.origin_name('gone', 'copy1'));
SELECT t.page(113, 0, 'Copied_by_a_source_that_is_gone', 956, 1, 'c', 205), t.mark(205, source => 'gone');
SELECT pg_replication_origin_session_reset();
SELECT pg_replication_origin_drop(mwmirror.origin_name('gone', 'follow'));
SELECT pg_replication_origin_drop(mwmirror.origin_name('gone', 'copy1'));
SELECT count(pg_replication_origin_create('new_' || n)) FROM generate_series(1, 2) n;
SELECT l FROM t.lines() l WHERE l ~ '^(BEGIN|COMMIT) ';
SELECT count(pg_replication_origin_drop(roname)) FROM pg_replication_origin
	WHERE roname <> mwmirror.origin_name('test', 'follow');
