-- mediawiki.page.state.v1: a document of each page, whenever anything of it changes; a tombstone when it is gone.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page.state';
-- what is not the same in every document, or all of it
CREATE FUNCTION t.documents(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (key text, document jsonb) LANGUAGE sql AS $$
	SELECT substring(l FROM '^\S+ (\S+) '), CASE WHEN l ~ '^\S+ \S+ -$' THEN NULL ELSE substring(l FROM '^\S+ \S+ (.*)$')::jsonb - '{meta,wiki_id,$schema}'::text[] END
	FROM t.lines(VARIADIC options) l WHERE l !~ '^(BEGIN|COMMIT) '
$$;
-- of each list how many there are, and which were left out
CREATE FUNCTION t.counts(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (page text, content text, lists text, left_out jsonb) LANGUAGE sql AS $$
	SELECT document->'page'->>'page_title', left(document->'revision'->'content_slots'->'main'->>'content_body', 20),
		(SELECT string_agg(format('%s %s', k, CASE jsonb_typeof(v) WHEN 'array' THEN jsonb_array_length(v) ELSE (SELECT count(*) FROM jsonb_object_keys(v)) END), ', ' ORDER BY k)
			FROM jsonb_each(document) e(k, v) WHERE k NOT IN ('page', 'revision', 'left_out')),
		document->'left_out'
	FROM t.documents(VARIADIC options)
$$;
CREATE FUNCTION t.yield(p bigint, name text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title)
		VALUES ('testwiki', p * 10 + 1, 14, name), ('testwiki', p * 10 + 2, 6, name || '.png'), ('testwiki', p * 10 + 3, 6, name || ' other.png');
	INSERT INTO mediawiki.categorylinks (wiki_id, cl_from, cl_target_id, cl_sortkey, cl_sortkey_prefix, cl_timestamp, cl_collation_id, cl_type)
		VALUES ('testwiki', p, p * 10 + 1, convert_to(upper(name) || E'\n', 'UTF8'), 'k"ey', t.at(0), 1, 'page');
	INSERT INTO mediawiki.templatelinks (wiki_id, tl_from, tl_target_id) VALUES ('testwiki', p, 6009801), ('testwiki', p, 6009802);
	INSERT INTO mediawiki.imagelinks (wiki_id, il_from, il_target_id) VALUES ('testwiki', p, p * 10 + 2);
	INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) VALUES ('testwiki', p, 6009803), ('testwiki', p, 6009801);
	INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path)
		VALUES ('testwiki', p * 100000, p, 'https://org.example.', '/' || name), ('testwiki', p * 100000 + 1, p, 'https://org.example.', '/' || name);
	INSERT INTO mediawiki.langlinks (wiki_id, ll_from, ll_lang, ll_title) VALUES ('testwiki', p, 'de', name || ' da'), ('testwiki', p, 'cs', 'tam');
	INSERT INTO mediawiki.iwlinks (wiki_id, iwl_from, iwl_prefix, iwl_title) VALUES ('testwiki', p, 'wikt', name);
	INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', p, 'displaytitle', name || E'"\\'), ('testwiki', p, 'a', NULL);
$$;
CREATE FUNCTION t.protected(p bigint, id bigint, type text, level text, expiry timestamptz DEFAULT 'infinity', cascade boolean DEFAULT false) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level, pr_expiry, pr_cascade) VALUES ('testwiki', id, p, type, level, expiry, cascade)$$;
CREATE FUNCTION t.target_of(id bigint, ns int, title text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', id, ns, title)$$;
INSERT INTO mwmirror.wiki_namespace VALUES ('testwiki', 10, 'Template'), ('testwiki', 14, 'Category');

-- off: nothing, and the rows that only it needs are not written
SELECT t.target_of(6009801, 10, 'Box'), t.target_of(6009802, 2, 'Admin/sub "page"'), t.target_of(6009803, 0, 'Æther'), t.body(9500, 'before'),
	t.page(950, 0, 'Stated', 9500, 1, 'made', 940), t.yield(950, 'Off'), t.mark(940);
SELECT * FROM t.lines();
SELECT mwmirror.stream_switch('mediawiki.page.state.v1', true);

-- whole lines: a page that is made, and what its text yields later
BEGIN;
SELECT t.body(9510, E'one "line"\nÆ'), t.page(951, 0, 'Document', 9510, 1, 'made', 941), t.mark(941);
COMMIT;
SELECT * FROM t.lines();
BEGIN;
UPDATE mediawiki.page SET page_links_updated = t.at(942), page_touched = t.at(942), page_content_model = 'wikitext', page_lang = 'de' WHERE wiki_id = 'testwiki' AND page_id = 951;
SELECT t.yield(951, 'First'), t.protected(951, 9511, 'move', 'sysop'), t.protected(951, 9512, 'edit', 'autoconfirmed', '2030-01-02 03:04:05+00', true), t.mark(942);
COMMIT;
SELECT * FROM t.lines();

-- what was there before it was switched on is told with any change
BEGIN;
UPDATE mediawiki.page SET page_lang = 'fr' WHERE wiki_id = 'testwiki' AND page_id = 950;
SELECT t.mark(943);
COMMIT;
SELECT document->'page' AS page, document->'left_out' AS left_out FROM t.documents();
-- that it was touched is no change, nor are rows of what is no page
BEGIN;
UPDATE mediawiki.page SET page_touched = t.at(944), page_links_updated = t.at(944), page_len = 5 WHERE wiki_id = 'testwiki' AND page_id = 950;
UPDATE mediawiki.pagelinks SET pl_from_namespace = 1 WHERE wiki_id = 'testwiki' AND pl_from = 950;
UPDATE mediawiki.page_props SET pp_sortkey = 1 WHERE wiki_id = 'testwiki' AND pp_page = 950;
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) VALUES ('testwiki', 999999, 6009801), ('testwiki', 0, 6009801);
SELECT t.mark(944);
COMMIT;
SELECT count(*) FROM t.lines();

-- each kind of row is a change, and the document has all that did not change: alone, and all in one PG transaction
CREATE FUNCTION t.change_each(p bigint, s int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	FOREACH statement IN ARRAY ARRAY[
		'UPDATE mediawiki.categorylinks SET cl_sortkey_prefix = $2 WHERE wiki_id = ''testwiki'' AND cl_from = $1',
		'DELETE FROM mediawiki.templatelinks WHERE wiki_id = ''testwiki'' AND tl_from = $1 AND tl_target_id = 6009802',
		'INSERT INTO mediawiki.imagelinks (wiki_id, il_from, il_target_id) VALUES (''testwiki'', $1, $1 * 10 + 3)',
		'DELETE FROM mediawiki.pagelinks WHERE wiki_id = ''testwiki'' AND pl_from = $1 AND pl_target_id = 6009801',
		'UPDATE mediawiki.externallinks SET el_to_path = $2 WHERE wiki_id = ''testwiki'' AND el_from = $1 AND el_id % 10 = 1',
		'UPDATE mediawiki.langlinks SET ll_title = $2 WHERE wiki_id = ''testwiki'' AND ll_from = $1 AND ll_lang = ''cs''',
		'INSERT INTO mediawiki.iwlinks (wiki_id, iwl_from, iwl_prefix, iwl_title) VALUES (''testwiki'', $1, ''b'', $2)',
		'UPDATE mediawiki.page_props SET pp_value = $2 WHERE wiki_id = ''testwiki'' AND pp_page = $1 AND pp_propname = ''displaytitle''',
		'DELETE FROM mediawiki.page_restrictions WHERE wiki_id = ''testwiki'' AND pr_page = $1 AND pr_type = ''move''',
		'UPDATE mediawiki.page SET page_content_model = ''json'' WHERE wiki_id = ''testwiki'' AND page_id = $1'] LOOP
		EXECUTE statement USING p, 'of ' || s;
		PERFORM t.mark(s);
		s := s + 1;
	END LOOP;
END$$;
SELECT t.change_each(951, 950);
SELECT jsonb_pretty(document - 'revision') FROM t.documents() OFFSET 9;
BEGIN;
SELECT t.body(9520, 'two'), t.page(952, 0, 'Together', 9520, 1, 'made', 960), t.mark(960);
SELECT t.yield(952, 'Second'), t.protected(952, 9521, 'move', 'sysop'), t.mark(961);
SELECT t.change_each(952, 962);
COMMIT;
SELECT page, content, lists, left_out FROM t.counts();

-- edits; a move, which may leave a redirect; redirects to elsewhere
SELECT t.body(9511, 'two'), t.edit(951, 9511, 2, 'c', 972), t.mark(972);
SELECT document->'revision'->>'rev_id' AS rev, document->'revision'->'content_slots'->'main'->>'content_body' AS content, jsonb_array_length(document->'templates') AS templates FROM t.documents();
BEGIN;
UPDATE mediawiki.page SET page_namespace = 4, page_title = 'Stated elsewhere' WHERE wiki_id = 'testwiki' AND page_id = 951;
SELECT t.body(9530, '#REDIRECT [[Project:Stated elsewhere]]'), t.page(953, 0, 'Document', 9530, 1, 'moved', 973, 'x');
UPDATE mediawiki.redirect SET rd_namespace = 4, rd_title = 'Stated elsewhere', rd_fragment = 'Top "part"' WHERE wiki_id = 'testwiki' AND rd_from = 953;
SELECT t.mark(973);
COMMIT;
SELECT document->'page' AS page, document->'revision'->'rev_id' AS rev FROM t.documents();
BEGIN;
UPDATE mediawiki.redirect SET rd_namespace = 0, rd_title = 'There', rd_interwiki = 'de', rd_fragment = '' WHERE wiki_id = 'testwiki' AND rd_from = 953;
SELECT t.mark(974);
COMMIT;
BEGIN;
UPDATE mediawiki.redirect SET rd_namespace = -1, rd_title = 'Version', rd_interwiki = '' WHERE wiki_id = 'testwiki' AND rd_from = 953;
SELECT t.mark(975);
COMMIT;
SELECT document->'page'->'redirect_page_link' AS link FROM t.documents();

-- what is hidden: text, with all that it yields; user and comment
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 7 WHERE wiki_id = 'testwiki' AND rev_id IN (9511, 9530);
SELECT t.mark(976);
COMMIT;
SELECT document FROM t.documents();
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id IN (9511, 9530);
SELECT t.mark(977);
COMMIT;
SELECT * FROM t.counts();
-- what a hidden text yielded is left out until its successor's rows are there, and nothing of an earlier revision is else told
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 9511;
SELECT t.mark(978);
COMMIT;
SELECT t.body(9512, 'three'), t.edit(951, 9512, 2, 'c', 979), t.mark(979);
BEGIN;
UPDATE mediawiki.page SET page_links_updated = t.at(979) WHERE wiki_id = 'testwiki' AND page_id = 951;
DELETE FROM mediawiki.imagelinks WHERE wiki_id = 'testwiki' AND il_from = 951 AND il_target_id = 9512;
SELECT t.mark(980);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id = 9511;
SELECT t.mark(981);
COMMIT;
SELECT * FROM t.counts();

-- protection that is over
BEGIN;
UPDATE mediawiki.page_restrictions SET ended_at = pr_expiry WHERE wiki_id = 'testwiki' AND pr_id = 9512;
SELECT t.mark(982);
COMMIT;
SELECT document->'restrictions' AS restrictions FROM t.documents();

-- deleted, its rows later; restored with the same id; both in one source transaction
SELECT t.delete(951), t.log(79501, 'delete', 'delete', 1, 'rm', 4, 'Stated elsewhere', 0, 983), t.mark(983);
BEGIN;
DELETE FROM mediawiki.categorylinks WHERE wiki_id = 'testwiki' AND cl_from = 951;
SELECT t.mark(984);
COMMIT;
SELECT t.restore('{9510,9511,9512}', 951, 4, 'Stated elsewhere'), t.mark(985);
SELECT * FROM t.lines();
BEGIN;
SELECT t.delete(951), t.restore('{9510,9511,9512}', 951, 4, 'Stated elsewhere'), t.mark(986);
SELECT t.page(954, 0, 'Brief', 9540, 1, 'made', 987), t.delete(954), t.mark(987);
COMMIT;
SELECT key, document IS NULL AS tombstone FROM t.documents();

-- what a message has no room for: the content first, then lists by their order; whatever stays in memory
BEGIN;
SET LOCAL t.writer = '';
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) SELECT 'testwiki', 7000000 + n, 0, 'Linked_' || n FROM generate_series(1, 5000) n;
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id, pl_from_namespace) SELECT 'testwiki', 952, 7000000 + n, 0 FROM generate_series(1, 5000) n;
SET LOCAL t.writer = 'test';
SELECT t.mark(988);
COMMIT;
SELECT t.body(9521, repeat('long ', 3000)), t.edit(952, 9521, 2, 'c', 989), t.mark(989);
CREATE FUNCTION t.peeked_state(VARIADIC options text[]) RETURNS TABLE (digest text, size int, content int, links int, left_out jsonb) LANGUAGE sql AS $$
	SELECT left(md5(data), 8), length(data), length(e->'revision'->'content_slots'->'main'->>'content_body'), jsonb_array_length(e->'links'), e->'left_out'
	FROM (SELECT data, substring(data FROM '^\S+ \S+ (.*)$')::jsonb AS e FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, VARIADIC ARRAY['format', 'text'] || options)
		WHERE data ~ '^mediawiki.page.state') x
$$;
SELECT * FROM t.peeked_state('memory', '16384');
SELECT * FROM t.peeked_state('memory', '64');
SELECT * FROM t.peeked_state('content', '128');
SELECT * FROM t.peeked_state('content', '16');
SELECT * FROM t.peeked_state('content', '1');
SELECT count(*) FROM t.lines();

-- what the text before was is heeded wherever it comes to: the document is told when its rows are of the latest although they are the same
CREATE FUNCTION t.links(p bigint) RETURNS TABLE (page text, links int, left_out jsonb) LANGUAGE sql AS
	$$SELECT document->'page'->>'page_title', jsonb_array_length(document->'links'), document->'left_out' FROM t.documents() WHERE key LIKE '%:' || p || '}'$$;
BEGIN;
SELECT t.body(9550, 'one'), t.page(955, 0, 'Before', 9550, 1, 'made', 9900), t.mark(9900);
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) VALUES ('testwiki', 955, 6009803);
UPDATE mediawiki.page SET page_links_updated = t.at(9900) WHERE wiki_id = 'testwiki' AND page_id = 955;
SELECT t.mark(9901);
COMMIT;
SELECT t.body(9551, 'two'), t.edit(955, 9551, 2, 'c', 9902), t.mark(9902);
SELECT * FROM t.links(955);
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 9550;
SELECT t.mark(9903);
COMMIT;
SELECT * FROM t.links(955);
BEGIN;
UPDATE mediawiki.page SET page_links_updated = t.at(9904) WHERE wiki_id = 'testwiki' AND page_id = 955;
SELECT t.mark(9904);
COMMIT;
SELECT * FROM t.links(955);
-- one that is shown changes nothing
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 9550;
SELECT t.mark(9905);
COMMIT;
BEGIN;
UPDATE mediawiki.page SET page_links_updated = t.at(9906) WHERE wiki_id = 'testwiki' AND page_id = 955;
SELECT t.mark(9906);
COMMIT;
SELECT * FROM t.links(955);
-- it goes to another page (a merged history), is deleted with that, restored, and comes back
SELECT t.body(9560, 'other'), t.page(956, 0, 'Other', 9560, 1, 'made', 9907), t.mark(9907);
BEGIN;
UPDATE mediawiki.revision SET rev_page = 956 WHERE wiki_id = 'testwiki' AND rev_id = 9550;
UPDATE mediawiki.page SET page_touched = t.at(9908) WHERE wiki_id = 'testwiki' AND page_id IN (955, 956);
SELECT t.mark(9908);
COMMIT;
SELECT * FROM t.links(955);
SELECT t.delete(956), t.mark(9909);
SELECT t.restore('{9550,9560}', 956, 0, 'Other'), t.mark(9910);
SELECT * FROM t.links(955);
BEGIN;
UPDATE mediawiki.revision SET rev_page = 955 WHERE wiki_id = 'testwiki' AND rev_id = 9550;
SELECT t.mark(9911);
COMMIT;
SELECT * FROM t.links(955);
-- or is restored later than the latest
SELECT t.delete(955), t.mark(9912);
SELECT t.restore('{9551}', 955, 0, 'Before'), t.mark(9913);
SELECT * FROM t.links(955);
SELECT t.restore('{9550}', 955, 0, 'Before'), t.mark(9914);
SELECT * FROM t.links(955);

-- of a latest revision that is not there its number is said, and nothing that it may hide
BEGIN;
UPDATE mediawiki.page SET page_latest = 9999999 WHERE wiki_id = 'testwiki' AND page_id = 953;
SELECT t.mark(9915);
COMMIT;
SELECT document->'page' AS page, document->'revision' AS revision, document->'left_out' AS left_out FROM t.documents();
BEGIN;
UPDATE mediawiki.page SET page_latest = 9530 WHERE wiki_id = 'testwiki' AND page_id = 953;
SELECT t.mark(9916);
COMMIT;
SELECT document->'page' AS page FROM t.documents();

-- private wikis have a stream of their own
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'testwiki';
SELECT mwmirror.stream_switch('mediawiki.page.state.private.v1', true);
SELECT t.protected(953, 9531, 'edit', 'sysop'), t.mark(990);
SELECT substring(l FROM '^\S+ \S+') FROM t.lines() l;
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
SELECT mwmirror.stream_switch('mediawiki.page.state.private.v1', NULL);
SELECT mwmirror.stream_switch('mediawiki.page.state.v1', NULL);
DELETE FROM mwmirror.wiki_namespace WHERE wiki_id = 'testwiki' AND namespace_id IN (10, 14);
