-- A transaction that is larger than what stays in memory: with next to none the events are the same.
\pset format unaligned
\pset footer off
SELECT t.follow();
CREATE FUNCTION t.churn(pages int, s int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p int;
BEGIN
	FOR p IN 50001 .. 50000 + pages LOOP
		PERFORM t.page(p, 0, 'Spilled_' || p, p * 10, 1 + p % 5, repeat('c', p % 300), s, CASE WHEN p % 4 = 0 THEN 'Spilled_' || p - 1 END);
	END LOOP;
	PERFORM t.mark(s);
	-- all kinds of changes of what is long gone from memory, in an order of its own
	FOR p IN SELECT n FROM generate_series(50001, 50000 + pages) n ORDER BY md5(n::text) LOOP
		CASE p % 6
			WHEN 0 THEN PERFORM t.edit(p, p * 10 + 1, 1 + p % 4, 'edit', s + 1);
			WHEN 1 THEN PERFORM t.delete(p, CASE WHEN p % 5 = 0 THEN 15 END);
				PERFORM t.log(p, CASE WHEN p % 5 = 0 THEN 'suppress' ELSE 'delete' END, 'delete', 1, 'rm', 0, 'Spilled_' || p, 0, s + 1);
			WHEN 2 THEN UPDATE mediawiki.page SET page_title = 'Moved_' || p WHERE wiki_id = 'testwiki' AND page_id = p;
				PERFORM t.log(p, 'move', 'move', 2, 'mv', 0, 'Spilled_' || p, p, s + 1);
			WHEN 3 THEN UPDATE mediawiki.revision SET rev_deleted = 1 + p % 15 WHERE wiki_id = 'testwiki' AND rev_id = p * 10;
			WHEN 4 THEN UPDATE mediawiki.page SET page_touched = now() WHERE wiki_id = 'testwiki' AND page_id = p;
			ELSE NULL;
		END CASE;
	END LOOP;
	PERFORM t.mark(s + 1);
	FOR p IN 50001 .. 50000 + pages LOOP
		IF p % 6 = 1 AND p % 5 <> 0 THEN
			PERFORM t.restore(ARRAY[p * 10], p, 0, 'Spilled_' || p);
		END IF;
	END LOOP;
	PERFORM t.mark(s + 2);
END$$;
SELECT t.churn(1500, 900);
CREATE FUNCTION t.peek(memory text) RETURNS TABLE (n bigint, line text) LANGUAGE sql AS
	$$SELECT ordinality, t.noted(data) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'memory', memory) WITH ORDINALITY x(lsn, xid, data)$$;
CREATE TABLE t.large AS SELECT * FROM t.peek('16384');
CREATE TABLE t.small AS SELECT * FROM t.peek('64');
SELECT count(*) FROM t.large FULL JOIN t.small USING (n) WHERE large.line IS DISTINCT FROM small.line;
SELECT line::jsonb->>'page_change_kind' AS kind, count(*) FROM (SELECT substring(line FROM '^\S+ \S+ (.*)$') AS line FROM t.small WHERE line LIKE 'mediawiki.page_change%') x
	GROUP BY 1 ORDER BY 1;
SELECT pg_stat_force_next_flush();
SELECT temp_files > 50 AS spilled FROM pg_stat_database WHERE datname = current_database();
SELECT count(*) > 0 FROM t.lines();
