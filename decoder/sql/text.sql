-- Text: quotes, backslashes, control characters, every plane of Unicode; long comments; empty ones.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(130, 0, '"\/', 970, 1, E'quote " slash / backslash \\ tab \t newline \n return \r bell \x07 backspace \b feed \f del \x7f', 220);
SELECT t.mark(220);
SELECT t.page(131, 0, 'Ünïcödé', 971, 1, U&'\00e9 \20ac \+01F600 \+10FFFF \FFFD \2028 </script>', 221);
SELECT t.mark(221);
SELECT t.page(132, 0, 'Long', 972, 1, repeat('ä', 100000), 222);
SELECT t.mark(222);
COMMIT;
-- longer than MediaWiki lets it be, and not compressible: stored out of line
BEGIN;
SELECT t.page(133, 0, 'Out_of_line', 973, 1, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i), 223);
SELECT t.mark(223);
COMMIT;
SELECT pg_relation_size(reltoastrelid) > 0 AS toasted FROM pg_class WHERE oid = 'mediawiki.comment'::regclass;
CREATE TEMP TABLE seen AS SELECT row_number() OVER () AS n, l FROM t.lines() l;
SELECT substring(l FROM '"comment":("(?:[^"\\]|\\.)*")') AS comment FROM seen WHERE l ~ 'page_id":13[01]}' ORDER BY n;
SELECT e->>'page_title' AS title
	FROM seen, LATERAL (SELECT (substring(l FROM '^\S+ \S+ (.*)$')::jsonb)->'page' e) x WHERE l !~ '^(BEGIN|COMMIT) ' ORDER BY n;
SELECT length((substring(l FROM '^\S+ \S+ (.*)$')::jsonb)->'revision'->>'comment') AS length FROM seen WHERE l ~ 'page_id":13[23]}' ORDER BY n;
