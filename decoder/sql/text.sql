-- Text: quotes, backslashes, control characters, every plane of Unicode; long comments; empty ones.
\pset format unaligned
\pset footer off
BEGIN;
SELECT t.page(130, 0, '"\/', 970, 1, E'quote " slash / backslash \\ tab \t newline \n return \r bell \x07 backspace \b feed \f del \x7f', 220);
SELECT t.mark(220);
SELECT t.page(131, 0, 'Ünïcödé', 971, 1, U&'\00e9 \20ac \+01F600 \+10FFFF \FFFD \2028 </script>', 221);
SELECT t.mark(221);
SELECT t.page(132, 0, 'Long', 972, 1, repeat('ä', 100000), 222);
SELECT t.mark(222);
COMMIT;
CREATE TEMP TABLE seen AS SELECT row_number() OVER () AS n, l FROM t.lines() l;
SELECT substring(l FROM '"comment":("(?:[^"\\]|\\.)*")') AS comment FROM seen WHERE l ~ 'page_id":13[01]}' ORDER BY n;
SELECT convert_from(decode(substring(encode(convert_to(e->>'page_title', 'UTF8'), 'hex') FROM '.*'), 'hex'), 'UTF8') AS title
	FROM seen, LATERAL (SELECT (substring(l FROM '^\S+ \S+ (.*)$')::jsonb)->'page' e) x WHERE l !~ '^(BEGIN|COMMIT) ' ORDER BY n;
SELECT length((substring(l FROM '^\S+ \S+ (.*)$')::jsonb)->'revision'->>'comment') AS length FROM seen WHERE l ~ 'page_id":132}';
