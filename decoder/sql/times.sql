-- Times of every kind that a row can have, as an event says them.
\pset format unaligned
\pset footer off
SET timezone = 'UTC';
SELECT t.follow();
CREATE TABLE t.times (id bigint PRIMARY KEY, at timestamptz);
-- a page and a revision for each
CREATE FUNCTION t.write_times() RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) SELECT 'testwiki', id, 0, 'Time_' || id, id FROM t.times;
	INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_comment_id, rev_timestamp, rev_deleted)
		SELECT 'testwiki', id, id, 1, 0, at, 0 FROM t.times;
$$;
INSERT INTO t.times SELECT 8400000 + n, time::timestamptz FROM unnest('{
	-infinity, 4713-01-01 BC, 0002-12-31 23:59:59.999999 BC, 0001-01-01 BC, 0001-02-29 12:00:00 BC, 0001-12-31 23:59:59.999999 BC, 0001-01-01,
	1582-10-10, 1600-02-29, 1900-02-28 23:59:59, 1900-03-01, 1969-12-31 23:59:59.999999, 1970-01-01, 1999-12-31 23:59:59.999999,
	2000-01-01, 2000-02-28 23:59:59, 2000-02-29, 2000-12-31, 2004-02-29, 2038-01-19 03:14:08, 2100-02-28 23:59:59, 2100-03-01,
	9999-12-31 23:59:59.999999, 10000-01-01, 294276-12-31 23:59:59.999999, infinity, NULL}'::text[]) WITH ORDINALITY u(time, n);
BEGIN;
SELECT t.write_times();
SELECT t.mark(8400);
COMMIT;
-- what has no year of four digits is not known: the time of the commit stands in
SELECT at, e->>'dt' AS dt, e->>'dt' = e->'revision'->>'rev_dt' AS same, e->>'dt' = e->'meta'->>'dt' AS stands_in
	FROM t.events() e JOIN t.times ON id = (e->'page'->>'page_id')::bigint ORDER BY id;
-- over all years, at any time of the day: as PostgreSQL says it
TRUNCATE t.times;
INSERT INTO t.times SELECT 8401000 + n, '0001-01-01'::timestamptz + n * interval '4570 days 7:13:17.654321' FROM generate_series(0, 799) n;
BEGIN;
SELECT t.write_times();
SELECT t.mark(8401);
COMMIT;
SELECT max(at) > '9998-01-01' AS to_the_end, count(*), count(*) FILTER (WHERE e->>'dt' = to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS same
	FROM t.events() e JOIN t.times ON id = (e->'page'->>'page_id')::bigint;
-- a user's registration; one that no event can hold is left out
BEGIN;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration, user_editcount, user_is_temp, user_is_system) VALUES
	('testwiki', 8401, 'First', '0001-01-01 BC', 0, false, false), ('testwiki', 8402, 'Before_first', '4713-01-01 BC', 0, false, false),
	('testwiki', 8403, 'Last', '9999-12-31 23:59:59.999999', 0, false, false), ('testwiki', 8404, 'After_last', '10000-01-01', 0, false, false),
	('testwiki', 8405, 'Never', 'infinity', 0, false, false), ('testwiki', 8406, 'Always', '-infinity', 0, false, false);
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name)
	SELECT 'testwiki', user_id, user_id, user_name FROM mediawiki."user" WHERE wiki_id = 'testwiki' AND user_id BETWEEN 8401 AND 8406;
SELECT t.page(8402000 + actor, 0, 'Registered_' || actor, 8402000 + actor, actor, '', 8402) FROM generate_series(8401, 8406) actor;
SELECT t.mark(8402);
COMMIT;
SELECT e->'performer'->>'user_text' AS name, e->'performer'->>'registration_dt' AS registration FROM t.events() e;
DROP FUNCTION t.write_times;
DROP TABLE t.times;
