-- Options: each mistake is named.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'xml');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'partial');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'page_change_schema', '1.11.0');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'include-xids', '1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'protocol', '9');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'protocol', '4');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'protocol', '4', 'mode', 'complete');
SELECT t.follow();
-- binary: the frames' types and fields that do not change from run to run
BEGIN;
SELECT t.page(120, 0, 'Framed', 960, 1, 'c', 210);
SELECT t.mark(210);
SELECT t.mark(211);
SELECT t.page(121, 0, 'Framed too', 961, 1, 'c', 212);
SELECT t.page(122, 0, 'Framed last', 962, 1, 'c', 212);
SELECT t.mark(212);
COMMIT;
CREATE FUNCTION t.u32(bytea, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS
	$$SELECT ('x' || encode(substr($1, $2, 4), 'hex'))::bit(32)::bigint$$;
-- source and GTID, each behind its length of two bytes
CREATE FUNCTION t.texts(bytea, int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_from(substr($1, $2 + 2, n), 'UTF8') || ' ' || convert_from(substr($1, $2 + 4 + n, get_byte($1, $2 + 2 + n)), 'UTF8')
	FROM (SELECT get_byte($1, $2) AS n) x
$$;
-- what the slot would say, and where in it which frame begins
CREATE FUNCTION t.frames(OUT d bytea, OUT at int, OUT type text, OUT length bigint) RETURNS SETOF record LANGUAGE sql AS $$
	WITH RECURSIVE message AS (
		SELECT string_agg(data, '' ORDER BY n) AS d
		FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'protocol', '4') WITH ORDINALITY x(lsn, xid, data, n)
	), frame(at, type, length) AS (
		SELECT 1, chr(get_byte(d, 0)), t.u32(d, 2) FROM message
		UNION ALL
		SELECT at + 5 + length::int, chr(get_byte(d, at + 4 + length::int)), t.u32(d, at + 6 + length::int)
		FROM frame, message WHERE at + 5 + length < octet_length(d)
	)
	SELECT d, at, type, length FROM frame, message
$$;
SELECT type,
	CASE type
		WHEN 'D' THEN 'number ' || get_byte(d, at + 5) || ' is ' || convert_from(substr(d, at + 9, get_byte(d, at + 7)), 'UTF8')
		WHEN 'B' THEN 'ordinal ' || t.u32(d, at + 13) || ' of ' || t.texts(d, at + 25)
		WHEN 'E' THEN 'index ' || t.u32(d, at + 5) || ' stream ' || get_byte(d, at + 17) || ' flags ' || get_byte(d, at + 18)
		WHEN 'C' THEN 'of ' || t.texts(d, at + 29)
		ELSE 'length ' || length
	END AS fields
	FROM t.frames() ORDER BY at;
-- and the list of them, which is for all roles that publish or look
SELECT * FROM mwmirror.streams() WHERE of_table IS NULL;
SELECT rolname, has_function_privilege(rolname, 'mwmirror.streams()', 'execute') FROM pg_roles
	WHERE rolname LIKE 'mwmirror\_%' ORDER BY rolname;
SELECT count(*) > 0 AS said FROM t.lines();
