-- mediawiki.page-properties-change: what the rows of page_props say more, less or otherwise than before.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-properties-change';
CREATE FUNCTION t.prop(p bigint, name text, value text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', p, name, value)$$;
CREATE FUNCTION t.no_prop(p bigint, name text) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.page_props WHERE wiki_id = 'testwiki' AND pp_page = p AND pp_propname = name$$;
SELECT t.page(887200, 0, 'Sorted', 8843000, 1, 'made', 740), t.page(887201, 2, 'Other', 8843050, 1, 'made', 740), t.mark(740);
SELECT t.prop(887200, 'defaultsort', 'Sorted, the'), t.prop(887200, 'noindex', ''), t.mark(741);
SELECT jsonb_pretty(e) FROM t.events() e LIMIT 1;

-- a row deleted and inserted, one updated, one that only its sort key changes of, two pages
BEGIN;
SELECT t.no_prop(887200, 'defaultsort'), t.prop(887200, 'defaultsort', 'Sorted, a'), t.prop(887201, 'page_image_free', 'A "b".png'), t.no_prop(887200, 'noindex'), t.mark(742);
UPDATE mediawiki.page_props SET pp_value = repeat('long ', 1000) WHERE wiki_id = 'testwiki' AND pp_page = 887201;
SELECT t.mark(743);
UPDATE mediawiki.page_props SET pp_sortkey = 1 WHERE wiki_id = 'testwiki' AND pp_page = 887201;
SELECT t.no_prop(887200, 'defaultsort'), t.prop(887200, 'defaultsort', 'Sorted, a'), t.prop(887200, 'brief', '1'), t.no_prop(887200, 'brief'), t.mark(744);
UPDATE mediawiki.page_props SET pp_page = 887200, pp_propname = 'taken' WHERE wiki_id = 'testwiki' AND pp_page = 887201;
SELECT t.mark(745);
COMMIT;
SELECT replace((e - 'meta')::text, repeat('long ', 1000), 'LONG') FROM t.events() e;

-- the rows of a page that was deleted are deleted later; it is told of by its last title, but not if its text is hidden
BEGIN;
SELECT t.edit(887201, 8843051, 1, 'c', 746), t.prop(887201, 'hidden', 'CANARY'), t.mark(746);
SELECT t.delete(887200), t.log(70110, 'delete', 'delete', 1, 'rm', 0, 'Sorted', 0, 747), t.mark(747);
SELECT t.delete(887201, 15), t.log(70111, 'suppress', 'delete', 1, 'rm', 2, 'Other', 0, 748), t.mark(748);
COMMIT;
SELECT count(*) FROM t.lines();
BEGIN;
DELETE FROM mediawiki.page_props WHERE wiki_id = 'testwiki' AND pp_page = 887201;
SELECT t.mark(749);
DELETE FROM mediawiki.page_props WHERE wiki_id = 'testwiki' AND pp_page = 887200;
SELECT t.mark(750);
COMMIT;
SELECT replace((e - 'meta')::text, repeat('long ', 1000), 'LONG') FROM t.events() e;

-- rows that no wiki has: no value, no page
SELECT t.page(887202, 0, 'Odd', 8843060, 1, 'made', 751), t.mark(751);
SELECT t.prop(887202, '', 'empty name'), t.prop(887202, E'q"\\\x01', E'\x01'), t.prop(887202, 'none', NULL), t.prop(887299, 'a', 'b'), t.prop(0, 'a', 'b'),
	t.prop(-1, 'a', 'b'), t.mark(752);
SELECT e - 'meta' FROM t.events() e;

-- more than one event holds is told in several; each property is in one of them
BEGIN;
DO $$BEGIN FOR i IN 1 .. 40 LOOP PERFORM t.prop(887202, 'p' || i, repeat('v', 20000)); END LOOP; END$$;
SELECT t.mark(753);
COMMIT;
SELECT count(*) AS events, sum(n) AS properties, max(len) < 400000 AS small FROM (SELECT octet_length(e::text) AS len,
	(SELECT count(*) FROM jsonb_object_keys(e->'added_properties')) AS n FROM t.events() e) x;
