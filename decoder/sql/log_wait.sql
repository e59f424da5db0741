-- log_wait_ms: events wait for a log row that a later source transaction brings.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
-- one line a frame, in order: BEGIN and COMMIT as they are, events by what the log row decides
CREATE FUNCTION t.waited(VARIADIC options text[] DEFAULT '{log_wait_ms,2000}') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT CASE WHEN e IS NULL THEN l ELSE concat_ws(' ', ' ', e->>'page_change_kind', e->'page'->>'page_title', e->>'dt',
			'by', e->'performer'->>'user_text', 'because', e->>'comment') END
	FROM (SELECT l, CASE WHEN l !~ '^(BEGIN|COMMIT) ' THEN substring(l FROM '^\S+ \S+ (.*)$')::jsonb END AS e
		FROM t.lines(VARIADIC options) l) x
$$;
CREATE FUNCTION t.tick(ms int) RETURNS void LANGUAGE sql AS
	$$SELECT pg_logical_emit_message(true, 'mwmirror', 'K ' || ms)$$;

BEGIN;
SELECT t.page(p, 0, 'Late_' || p, p * 10, 2, 'c', 1000) FROM generate_series(700, 712) p;
SELECT t.mark(1000);
COMMIT;
SELECT count(*) FROM t.lines();

-- found: deletion, undeletion, move and a restore into the page, each with its row one source transaction later
SELECT t.delete(700), t.mark(1001);
SELECT t.log(700, 'delete', 'delete', 1, 'rm', 0, 'Late_700', 700, 1002), t.mark(1002);
SELECT t.restore('{7000}', 700, 0, 'Late_700'), t.mark(1003);
-- what follows goes out behind it
SELECT t.edit(701, 7011, 3, 'behind', 1003), t.mark(1004);
-- the row says no page id
SELECT t.log(701, 'delete', 'restore', 3, 'back', 0, 'Late_700', 0, 1005), t.mark(1005);
BEGIN;
UPDATE mediawiki.page SET page_title = 'Late_new' WHERE wiki_id = 'testwiki' AND page_id = 701;
SELECT t.mark(1006);
COMMIT;
SELECT t.log(702, 'move', 'move', 1, 'mv', 0, 'Late_701', 701, 1007), t.mark(1007);
BEGIN;
SELECT t.archive(701, NULL, '{7011}');
UPDATE mediawiki.page SET page_latest = 7010 WHERE wiki_id = 'testwiki' AND page_id = 701;
SELECT t.log(703, 'delete', 'revision', 1, 'no', 0, 'Late_new', 701, 1008), t.mark(1008);
COMMIT;
SELECT t.restore('{7011}', 701, 0, 'Late_new'), t.mark(1009);
SELECT t.log(704, 'delete', 'restore', 3, 'again', 0, 'Late_new', 701, 1010), t.mark(1010);
SELECT t.mark(1020);
-- not in place of members, but between them; the same bytes as with the row in the source transaction but for dt and groups
CREATE TEMP TABLE late AS SELECT data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL,
	'format', 'text', 'log_wait_ms', '2000');
SELECT data FROM late WHERE data ~ '"delete"';
-- without the option text does not wait, with 0 neither
SELECT (SELECT string_agg(data, ' ') FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text')) =
	(SELECT string_agg(data, ' ') FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '0'))
	AS same;
SELECT * FROM t.waited();

-- an undeletion's own row in its source transaction: no wait; the same row does not serve another event
SELECT t.delete(700), t.log(710, 'delete', 'delete', 1, 'in time', 0, 'Late_700', 700, 1030), t.mark(1030);
SELECT t.delete(702), t.mark(1031);
BEGIN;
SELECT t.page(720, 0, 'Late_702', 7200, 1, 'same title', 1032), t.mark(1032);
SELECT t.delete(720), t.log(711, 'delete', 'delete', 3, 'of the new page', 0, 'Late_702', 720, 1033), t.mark(1033);
COMMIT;
SELECT t.mark(1040);
SELECT * FROM t.waited();

-- too late: two seconds are waited, three are not; a clock set back ends it too
SELECT t.delete(703), t.mark(1100);
SELECT t.mark(1102);
SELECT t.log(720, 'delete', 'delete', 1, 'just in time', 0, 'Late_703', 703, 1102), t.mark(1102);
SELECT t.delete(704), t.mark(1110);
SELECT t.log(721, 'delete', 'delete', 1, 'too late', 0, 'Late_704', 704, 1113), t.mark(1113);
SELECT t.restore('{7040}', 704, 0, 'Late_704'), t.mark(1120);
SELECT t.mark(1117);
SELECT t.log(722, 'delete', 'restore', 1, 'too late', 0, 'Late_704', 704, 1120), t.mark(1120);
SELECT * FROM t.waited();

-- two that wait; the second's row comes first: both go out in order, then what is behind
SELECT t.delete(705), t.mark(1200);
SELECT t.delete(706), t.mark(1201);
SELECT t.edit(707, 7071, 3, 'behind', 1201), t.mark(1202);
SELECT t.log(730, 'delete', 'delete', 3, 'second', 0, 'Late_706', 706, 1202), t.mark(1202);
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '2000');
SELECT t.log(731, 'delete', 'delete', 1, 'first', 0, 'Late_705', 705, 1202), t.mark(1202);
SELECT * FROM t.waited();

-- in one PG transaction, with what is not held before it; several events of one source transaction
BEGIN;
SELECT t.edit(707, 7072, 3, 'before', 1210), t.mark(1210);
SELECT t.delete(707), t.delete(708), t.log(740, 'delete', 'delete', 1, 'of 708', 0, 'Late_708', 708, 1211), t.mark(1211);
SELECT t.log(741, 'delete', 'delete', 3, 'of 707', 0, 'Late_707', 707, 1211), t.mark(1212);
COMMIT;
SELECT * FROM t.waited();

-- ticks: shorter than the wait, then long enough; they are no source transactions
SELECT t.delete(709), t.mark(1300);
SELECT t.tick(1000);
SELECT t.tick(1999);
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '2000');
SELECT t.tick(2000);
SELECT t.log(750, 'delete', 'delete', 1, 'too late', 0, 'Late_709', 709, 1300), t.mark(1301);
SELECT * FROM t.waited();

-- the count: of this wiki's source transactions only
SELECT t.delete(710), t.mark(1400);
SELECT count(t.mark(1400)) FROM generate_series(1, 150);
DO $$BEGIN
	FOR i IN 1 .. 99 LOOP
		UPDATE mediawiki.page SET page_is_redirect = NOT page_is_redirect WHERE wiki_id = 'testwiki' AND page_id = 711;
		PERFORM t.mark(1400);
	END LOOP;
END$$;
SELECT count(*) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '2000');
BEGIN;
UPDATE mediawiki.page SET page_is_redirect = NOT page_is_redirect WHERE wiki_id = 'testwiki' AND page_id = 711;
SELECT t.mark(1401);
COMMIT;
SELECT t.log(760, 'delete', 'delete', 1, 'too late', 0, 'Late_710', 710, 1401), t.mark(1401);
SELECT l FROM t.waited() l WHERE l ~ 'delete';

-- the bytes: what is behind it, and what is too large by itself
SELECT t.delete(711), t.mark(1500);
BEGIN;
SELECT t.edit(712, 7121, 3, repeat('x', 400), 1500);
SELECT t.mark(1500);
COMMIT;
DO $$BEGIN
	FOR i IN 1 .. 800 LOOP
		PERFORM t.edit(712, 8000 + i, 3, 'behind', 1500);
		PERFORM t.mark(1500);
	END LOOP;
END$$;
SELECT t.log(770, 'delete', 'delete', 1, 'too late', 0, 'Late_711', 711, 1501), t.mark(1501);
SELECT l FROM t.waited() l WHERE l ~ 'delete';
BEGIN;
SELECT count(t.page(p, 0, 'Many_' || p, p * 10, 2, repeat('y', 200), 1600)) FROM generate_series(21000, 22000) p;
SELECT t.mark(1600);
SELECT count(t.delete(p)) FROM generate_series(21000, 22000) p;
SELECT t.mark(1601);
SELECT t.log(p, 'delete', 'delete', 1, 'late', 0, 'Many_' || p, p, 1602) FROM (VALUES (21000), (22000)) v(p);
SELECT t.mark(1602);
COMMIT;
CREATE TEMP TABLE many AS SELECT row_number() OVER () AS n, l FROM t.waited() l;
SELECT l FROM many WHERE l ~ '^(BEGIN|COMMIT) ' ORDER BY n;
SELECT count(*), count(DISTINCT l), count(*) FILTER (WHERE l ~ 'because late') AS by_log FROM many WHERE l ~ ' delete ';

-- hidden: a late row of the suppression log suppresses the whole event; bits of the row count
BEGIN;
SELECT t.page(p, 0, 'Hidden_' || p, p * 10, 2, 'secret summary', 1700) FROM generate_series(731, 735) p;
SELECT t.mark(1700);
COMMIT;
SELECT count(*) FROM t.lines();
SELECT t.delete(731), t.mark(1701);
SELECT t.log(780, 'suppress', 'delete', 3, 'secret reason', 0, 'Hidden_731', 731, 1702), t.mark(1702);
SELECT e - 'meta' AS event FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e FROM t.lines('log_wait_ms', '2000') l
	WHERE l !~ '^(BEGIN|COMMIT) ') x;
SELECT t.delete(732, 15), t.mark(1703);
SELECT t.log(781, 'delete', 'delete', 3, 'secret reason', 0, 'Hidden_732', 732, 1704), t.mark(1704);
SELECT e - 'meta' AS event FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e FROM t.lines('log_wait_ms', '2000') l
	WHERE l !~ '^(BEGIN|COMMIT) ') x;
SELECT t.delete(733), t.delete(734), t.delete(735), t.mark(1705);
BEGIN;
INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_action, log_timestamp, log_actor, log_namespace, log_title, log_page,
		log_comment_id, log_deleted)
	SELECT 'testwiki', p * 100, 'delete', 'delete', t.at(1706), 3, 0, 'Hidden_' || p, p, t.comment('reason ' || p), bits
	FROM (VALUES (733, 1), (734, 2), (735, 4)) v(p, bits);
SELECT t.mark(1706);
COMMIT;
SELECT * FROM t.waited();

-- decoding that begins at the hold ends it at the same place, and decoding again gives the same bytes
SELECT t.restore('{7330}', 733, 0, 'Hidden_733'), t.mark(1800);
SELECT t.edit(712, 9000, 3, 'behind', 1800), t.mark(1801);
SELECT t.log(790, 'delete', 'restore', 3, 'late', 0, 'Hidden_733', 733, 1801), t.mark(1801);
CREATE TEMP TABLE again AS SELECT data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL,
	'format', 'text', 'log_wait_ms', '3000');
SELECT count(*) FROM (SELECT data FROM again EXCEPT ALL SELECT t.lines('log_wait_ms', '2000')) x;

-- frames: 'W' at the end of the PG transaction that is held, and after all that was
SELECT t.delete(712), t.mark(1900);
SELECT t.edit(733, 9001, 3, 'behind', 1900), t.mark(1901);
SELECT t.log(791, 'delete', 'delete', 3, 'late', 0, 'Late_712', 712, 1901), t.mark(1901);
CREATE TEMP TABLE message AS SELECT row_number() OVER () AS n, data AS d
	FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'protocol', '1');
SELECT n, types FROM message, LATERAL (
	WITH RECURSIVE frame(at, type, length) AS (
		SELECT 1, chr(get_byte(d, 0)), t.u32(d, 2)
		UNION ALL
		SELECT at + 5 + length::int, chr(get_byte(d, at + 4 + length::int)), t.u32(d, at + 6 + length::int)
		FROM frame WHERE at + 5 + length < octet_length(d)
	)
	SELECT string_agg(CASE WHEN type = 'W' THEN CASE WHEN substr(d, at + 5, 8) = '\x0000000000000000' THEN 'W0' ELSE 'W' END ELSE type END,
		' ' ORDER BY at) AS types FROM frame) x ORDER BY n;

-- options
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '3001');
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '-1');
SELECT * FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'log_wait_ms', '2s');
