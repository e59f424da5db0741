-- the extension mwmirror_mysql_compat, by itself; tests/e2e/test_mysql_compat.py compares it with MariaDB
CREATE EXTENSION mwmirror_mysql_compat CASCADE;
SET search_path = mysql_compat, pg_catalog;
SET timezone = 'UTC';

-- the first timestamp that is not before a text, and the last that is not behind it
SELECT s, timestamp14_ceiling(s), timestamp14_floor(s)
FROM unnest(ARRAY['', '2', '2024', '202402', '20240229', '20240230', '202413', '20240101000000', '20240101000001x', '20241231235959', '20241231235960',
	'0000', '99991231235959', '9999123123596', 'infinity', 'infinitz', 'h', 'x', '-', E'2024\n']) s;
-- whatever the text, the two are next to each other, and on the right side of it
SELECT count(*), count(*) FILTER (WHERE f <= c AND timestamp14(c) COLLATE "C" >= s AND timestamp14(f) COLLATE "C" <= s) AS right_side
FROM (SELECT s COLLATE "C" AS s, timestamp14_ceiling(s) c, timestamp14_floor(s) f
	FROM generate_series(1, 20000) i, LATERAL (SELECT substr(lpad((i::bigint * 7919 * 104729 * 13 % 99999999999999)::text, 14, '0'), 1, i % 15 + 1) AS s) x
	WHERE s >= '0001' AND s < '99991231235959') y;
SELECT timestamp14(t) FROM unnest(ARRAY['2024-02-29 23:59:59.999+00', '2024-01-01 00:00:00+02', 'infinity', '-infinity']::timestamptz[]) t;
SELECT mysql_compat.concat(d, ' ', d::timestamp) FROM unnest('{infinity,-infinity,2024-02-29,0001-01-01}'::date[]) d;
SELECT mysql_compat.concat('5000000-01-01'::date);
-- whatever the text, it takes a moment
SET statement_timeout = '10s';
SELECT count(timestamp14_floor('x' || i)), count(timestamp14_ceiling('9999' || chr(200 + i))) FROM generate_series(1, 30000) i;
