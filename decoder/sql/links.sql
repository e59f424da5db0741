-- mediawiki.page-links-change: links to pages and to other sites that appeared and went.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-links-change';
CREATE FUNCTION t.target(id bigint, ns int, title text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', id, ns, title)$$;
CREATE FUNCTION t.link(p bigint, target bigint) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id, pl_from_namespace) VALUES ('testwiki', p, target, 0)$$;
CREATE FUNCTION t.no_link(p bigint, target bigint) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.pagelinks WHERE wiki_id = 'testwiki' AND pl_from = p AND pl_target_id = target$$;
CREATE FUNCTION t.external(p bigint, id bigint, domain text, path text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path) VALUES ('testwiki', id, p, domain, path)$$;
CREATE FUNCTION t.no_external(id bigint) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.externallinks WHERE wiki_id = 'testwiki' AND el_id = id$$;
CREATE FUNCTION t.peeked_links(mode text) RETURNS SETOF jsonb LANGUAGE sql AS
	$$SELECT substring(data FROM '^\S+ \S+ (.*)$')::jsonb FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode)
		WHERE data ~ '^mediawiki.page-links-change'$$;
SELECT t.page(887300, 0, 'Linking', 8844000, 1, 'made', 760), t.page(887301, 3, 'Other', 8844050, 1, 'made', 760, 'Linking'),
	t.target(1, 0, 'Plain'), t.target(2, 2, 'Zürich/a b&c?d=e"f'), t.target(3, 99, 'Unknown'), t.target(-1, 0, 'Own'), t.mark(760);
SELECT t.link(887300, 1), t.link(887300, 2), t.link(887301, -1), t.link(887301, 3), t.external(887300, 1, 'https://org.example.www.', '/a?b=c&d=%20#e'), t.mark(761);
SELECT jsonb_pretty(e) FROM t.peeked_links('parity') e LIMIT 1;
SELECT e - 'meta' FROM t.events() e;

-- what comes and goes within a source transaction, or is only touched, is nothing; another row of the same URL is the same link
BEGIN;
SELECT t.no_link(887300, 1), t.no_external(1), t.external(887300, 2, 'https://org.example.', ''), t.mark(762);
SELECT t.link(887300, 1), t.no_link(887300, 1), t.no_external(2), t.external(887300, 3, 'https://org.example.', ''), t.mark(763);
UPDATE mediawiki.pagelinks SET pl_from_namespace = 4 WHERE wiki_id = 'testwiki';
SELECT t.mark(764);
UPDATE mediawiki.pagelinks SET pl_target_id = 1 WHERE wiki_id = 'testwiki' AND pl_from = 887301 AND pl_target_id = 3;
UPDATE mediawiki.externallinks SET el_to_path = '/moved', el_from = 887301 WHERE wiki_id = 'testwiki' AND el_id = 3;
SELECT t.mark(765);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- hosts are turned round
SELECT t.external(887300, 10 + n::int, domain, path), t.mark(770 + n::int) FROM unnest(ARRAY[
	'http://org.example.:8080', 'https://V4.192.0.2.1.', 'http://V6.2001.DB8.0.0.0.0.0.1.:81', 'mailto:org.example.@some.one', 'mailto:no.body', 'ftp://host.', 'irc://',
	'', 'odd', 'https://org.exa%20mple.', 'https://...', 'news:org.example.', 'mailto:@', NULL],
	ARRAY['/', '/p', '/q', '', '', '/r', '', '/s', '/t', NULL, '/u', '', '', '/v']) WITH ORDINALITY x(domain, path, n);
SELECT e->'added_links'->0->>'link' AS link FROM t.events() e;

-- the rows of a page that was deleted are deleted later; it is told of by its last title, but not if its text is hidden
BEGIN;
SELECT t.delete(887300), t.log(70120, 'delete', 'delete', 1, 'rm', 0, 'Linking', 0, 790), t.mark(790);
SELECT t.delete(887301, 15), t.log(70121, 'suppress', 'delete', 1, 'rm', 3, 'Other', 0, 791), t.mark(791);
COMMIT;
SELECT count(*) FROM t.lines();
BEGIN;
DELETE FROM mediawiki.pagelinks WHERE wiki_id = 'testwiki' AND pl_from IN (887300, 887301);
DELETE FROM mediawiki.externallinks WHERE wiki_id = 'testwiki' AND el_from IN (887300, 887301) AND el_id IN (3, 11);
SELECT t.mark(792);
COMMIT;
SELECT e - 'meta' FROM t.events() e;
-- the same in one transaction, as a script may do
SELECT t.page(887302, 1, 'Brief', 8844060, 1, 'made', 793), t.link(887302, 1), t.mark(793);
BEGIN;
SELECT t.delete(887302), t.no_link(887302, 1), t.mark(794);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- rows that no wiki has: no page, no target, no title
SELECT t.page(887303, 0, 'Odd', 8844070, 1, 'made', 795), t.target(5, 0, NULL), t.mark(795);
SELECT t.link(887399, 1), t.link(0, 1), t.link(887303, 0), t.link(887303, 99), t.link(887303, 5), t.link(887303, 1), t.external(NULL, 90, 'https://org.', '/'), t.mark(796);
SELECT e - 'meta' FROM t.events() e;

-- rows that statements write, as those of MediaWiki 1.39 are, whose values SQL computes
BEGIN;
SET LOCAL t.writer = '';
INSERT INTO mediawiki.pagelinks AS t (wiki_id, pl_from, pl_target_id) VALUES ('testwiki', 887303, -1), ('testwiki', 887303, 2) RETURNING mwmirror.note_row(t, false);
DELETE FROM mediawiki.pagelinks AS t WHERE wiki_id = 'testwiki' AND pl_from = 887303 AND pl_target_id = 1 RETURNING mwmirror.note_row(t, true);
SET LOCAL t.writer = 'test';
SELECT t.mark(796);
-- they are of that source transaction, not of the next one
DELETE FROM mediawiki.pagelinks WHERE wiki_id = 'testwiki' AND pl_from = 887303 AND pl_target_id = 2;
SELECT t.mark(797);
COMMIT;
SELECT e - 'meta' FROM t.events() e;
SELECT mwmirror.note_row(ROW(1, 2), false);
SELECT mwmirror.note_row(NULL, false);

-- a link whose target gets another number is the same link; one that gets another title is not
SELECT t.target(-2, 0, 'Filled'), t.target(-3, 0, 'Other'), t.target(8, 0, 'Filled'), t.link(887303, -2), t.link(887303, -3), t.mark(797);
SELECT count(*) FROM t.events() e;
CREATE FUNCTION t.renumber(was bigint, becomes bigint) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.pagelinks AS t SET pl_target_id = becomes FROM mediawiki.pagelinks AS o WHERE o.wiki_id = 'testwiki' AND o.pl_from = 887303 AND o.pl_target_id = was
		AND t.wiki_id = o.wiki_id AND t.pl_from = o.pl_from AND t.pl_target_id = o.pl_target_id RETURNING mwmirror.note_row(o, true), mwmirror.note_row(t, false)$$;
BEGIN;
SET LOCAL t.writer = '';
SELECT t.renumber(-2, 8);
SET LOCAL t.writer = 'test';
SELECT t.mark(797);
SET LOCAL t.writer = '';
SELECT t.renumber(-3, 1);
SET LOCAL t.writer = 'test';
SELECT t.mark(797);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- pages of users by their gender
UPDATE mwmirror.wiki_namespace SET female_name = 'Userin' WHERE wiki_id = 'testwiki' AND namespace_id = 2;
BEGIN;
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 1, 'gender', 'female');
SELECT t.target(6, 2, 'Admin'), t.mark(797);
SELECT t.link(887303, 6), t.target(7, 2, 'Admin/sub'), t.link(887303, 7), t.mark(798);
DELETE FROM mediawiki.user_properties WHERE wiki_id = 'testwiki';
SELECT t.mark(799);
COMMIT;
SELECT e->'added_links' FROM t.events() e;
UPDATE mwmirror.wiki_namespace SET female_name = NULL WHERE wiki_id = 'testwiki';

-- 100,000 links of one page: several events with each link in one of them, whatever stays in memory
BEGIN;
SET LOCAL t.writer = '';
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) SELECT 'testwiki', 200000 + n, 0, 'New_' || n FROM generate_series(1, 50000) n;
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id, pl_from_namespace) SELECT 'testwiki', 887303, 200000 + n, 0 FROM generate_series(1, 50000) n;
INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path)
	SELECT 'testwiki', 1000 + n, 887303, 'https://org.example.', '/' || n || '/' || repeat('x', n % 50) FROM generate_series(1, 50000) n;
SET LOCAL t.writer = 'test';
SELECT t.edit(887303, 8844071, 1, 'c', 800);
UPDATE mediawiki.page SET page_links_updated = now() WHERE wiki_id = 'testwiki' AND page_id = 887303;
SELECT t.mark(800);
COMMIT;
CREATE FUNCTION t.many(memory text) RETURNS TABLE (n bigint, line text) LANGUAGE sql AS
	$$SELECT ordinality, data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'memory', memory) WITH ORDINALITY x(lsn, xid, data)$$;
CREATE TABLE t.many_large AS SELECT * FROM t.many('16384');
CREATE TABLE t.many_small AS SELECT * FROM t.many('64');
SELECT count(*) FROM t.many_large FULL JOIN t.many_small USING (n) WHERE many_large.line IS DISTINCT FROM many_small.line;
SELECT count(DISTINCT e->'meta'->>'id') > 10 AS several, max(octet_length(e::text)) < 1000000 AS small, sum(jsonb_array_length(e->'added_links')) AS links,
	count(e->'removed_links') AS removed FROM t.events() e;
SELECT count(DISTINCT link->>'link') FROM t.many_small, LATERAL jsonb_array_elements(substring(line FROM '^\S+ \S+ (.*)$')::jsonb->'added_links') link
	WHERE line LIKE 'mediawiki.page-links-change%';
