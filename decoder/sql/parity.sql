-- The modes of parity: each tells what EventBus of its MediaWiki versions does, as what that does.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(140, 0, 'Protected', 980, 1, 'c', 230);
SELECT t.mark(230);
-- protection: a null revision
SELECT t.revision(981, 140, 1, 'Protected "[[Protected]]"', 980, 231, content => 1980);
UPDATE mediawiki.page SET page_latest = 981 WHERE wiki_id = 'testwiki' AND page_id = 140;
SELECT t.log(60, 'protect', 'protect', 1, 'because', 0, 'Protected', 140, 231);
SELECT t.mark(231);
-- a revert takes old content, but not the parent's
SELECT t.edit(140, 982, 1, 'vandalism', 232);
SELECT t.mark(232);
SELECT t.revision(983, 140, 1, 'rollback', 982, 233, content => 1980);
UPDATE mediawiki.page SET page_latest = 983 WHERE wiki_id = 'testwiki' AND page_id = 140;
SELECT t.mark(233);
-- hide-user
UPDATE mediawiki.revision SET rev_deleted = 12 WHERE wiki_id = 'testwiki' AND rev_id = 983;
SELECT t.mark(234);
COMMIT;
CREATE FUNCTION t.short(line text) RETURNS text LANGUAGE sql AS
	$$SELECT e->>'page_change_kind' || ' ' || (e->'revision'->>'rev_id') FROM (SELECT substring(line FROM '^\S+ \S+ (.*)$')::jsonb e) x$$;
SELECT t.short(data) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'parity')
	WHERE data ~ '^mediawiki' AND t.shown(data);
SELECT t.short(l) FROM t.lines('mode', 'complete') l WHERE l ~ '^mediawiki';

-- each of the cases that they differ in, once; what each mode tells of it
CREATE TEMP TABLE cases (s int PRIMARY KEY, what text);
INSERT INTO cases VALUES (240, 'pages are made'), (241, 'restored, is the latest'), (242, 'restored, older ones'), (243, 'merged from it, redirect left'),
	(244, 'script: another is the latest'), (245, 'merged into it, is the latest'), (246, 'merged from it, page gone'),
	(247, 'import by a script, new page'), (248, 'import by a script, on top'), (249, 'import through the API'), (250, 'import''s dummy'),
	(251, 'moved'), (252, 'made again, archive row goes later'), (253, 'hidden, logged'), (254, 'restored with another edit on top');
BEGIN;
SELECT t.page(141, 0, 'Restored', 1100, 1, 'c', 240), t.edit(141, 1101, 1, 'c', 240), t.edit(141, 1102, 1, 'c', 240), t.archive(141, NULL, '{1100,1102}');
UPDATE mediawiki.page SET page_latest = 1101 WHERE wiki_id = 'testwiki' AND page_id = 141;
SELECT t.page(142, 0, 'Source', 1110, 1, 'c', 240), t.page(143, 0, 'Destination', 1111, 1, 'c', 240), t.edit(143, 1112, 1, 'c', 240);
SELECT t.page(144, 0, 'Source gone', 1113, 1, 'c', 240);
SELECT t.mark(240);
SELECT t.restore('{1102}', 141, 0, 'Restored'), t.log(61, 'delete', 'restore', 3, 'newer', 0, 'Restored', 141, 241), t.mark(241);
SELECT t.restore('{1100}', 141, 0, 'Restored'), t.log(62, 'delete', 'restore', 3, 'older', 0, 'Restored', 141, 242), t.mark(242);
UPDATE mediawiki.revision SET rev_page = 143 WHERE wiki_id = 'testwiki' AND rev_id = 1110;
SELECT t.edit(142, 1114, 2, 'merged', 243), t.log(63, 'merge', 'merge', 2, 'merged', 0, 'Source', 142, 243), t.mark(243);
UPDATE mediawiki.page SET page_latest = 1111 WHERE wiki_id = 'testwiki' AND page_id = 143;
SELECT t.mark(244);
UPDATE mediawiki.revision SET rev_page = 143 WHERE wiki_id = 'testwiki' AND rev_id = 1114;
UPDATE mediawiki.page SET page_latest = 1114 WHERE wiki_id = 'testwiki' AND page_id = 143;
SELECT t.edit(142, 1115, 2, 'merged', 245), t.log(64, 'merge', 'merge', 2, 'merged', 0, 'Source', 142, 245), t.mark(245);
UPDATE mediawiki.revision SET rev_page = 143 WHERE wiki_id = 'testwiki' AND rev_id = 1113;
SELECT t.edit(144, 1116, 2, 'merged', 246), t.delete(144), t.log(65, 'delete', 'delete', 2, 'merged', 0, 'Source gone', 144, 246), t.mark(246);
SELECT t.page(145, 0, 'Imported', 1120, 1, 'c', 247 - 3601), t.mark(247);
SELECT t.edit(145, 1121, 1, 'c', 248 - 3601), t.mark(248);
SELECT t.page(146, 0, 'Uploaded', 1122, 1, 'c', 249 - 3601), t.revision(1123, 146, 1, 'imported', 1122, 249, content => 2122);
UPDATE mediawiki.page SET page_latest = 1123 WHERE wiki_id = 'testwiki' AND page_id = 146;
SELECT t.log(66, 'import', 'upload', 1, 'imported', 0, 'Uploaded', 146, 249), t.mark(249);
SELECT t.revision(1124, 145, 1, 'imported', 1121, 250, content => 2121);
UPDATE mediawiki.page SET page_latest = 1124 WHERE wiki_id = 'testwiki' AND page_id = 145;
SELECT t.log(67, 'import', 'interwiki', 1, 'imported', 0, 'Imported', 145, 250), t.mark(250);
UPDATE mediawiki.page SET page_title = 'Moved' WHERE wiki_id = 'testwiki' AND page_id = 145;
SELECT t.edit(145, 1125, 1, 'moved', 251), t.log(68, 'move', 'move', 1, 'why', 0, 'Imported', 145, 251), t.mark(251);
COMMIT;
BEGIN;
-- the row in archive goes in a transaction of its own
INSERT INTO mediawiki.archive (wiki_id, ar_id, ar_namespace, ar_title, ar_comment_id, ar_actor, ar_timestamp, ar_minor_edit, ar_rev_id, ar_deleted, ar_len,
		ar_page_id, ar_parent_id, ar_sha1)
	SELECT wiki_id, 9000, 0, 'Moved', rev_comment_id, rev_actor, rev_timestamp, false, 1126, 0, rev_len, 145, 1125, rev_sha1
	FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_id = 1125;
SELECT t.edit(145, 1126, 1, 'again', 252), t.mark(252);
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 1126;
SELECT t.log(69, 'delete', 'revision', 1, 'why', 0, 'Moved', 145, 253), t.mark(253);
SELECT t.archive(141, NULL, '{1100}'), t.restore('{1100}', 141, 0, 'Restored'), t.edit(141, 1103, 1, 'on top', 254), t.mark(254);
COMMIT;
CREATE TEMP TABLE told AS
	SELECT mode, substring(t.noted(data) FROM '^\S+ \S+ (.*)$')::jsonb AS e
	FROM unnest('{complete,parity,parity-1.43,parity-1.45,parity-1.47}'::text[]) mode,
		LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode)
	WHERE data !~ '^(BEGIN|COMMIT) ' AND t.shown(data);
SELECT s, what, mode, string_agg(e->>'page_change_kind' || ' of ' || (e->'page'->>'page_title') || ' ' || (e->'revision'->>'rev_id'), ', ' ORDER BY e->'page'->'page_id') AS told
	FROM cases JOIN told ON (e->'meta'->>'dt')::timestamptz = t.at(s) WHERE mode <> 'parity' GROUP BY s, what, mode ORDER BY s, mode;
SELECT count(*) AS differences FROM (SELECT e FROM told WHERE mode = 'parity') a FULL JOIN (SELECT e FROM told WHERE mode = 'parity-1.43') b USING (e)
	WHERE a IS NULL OR b IS NULL;
-- an undeletion into an existing page: who restored, why, when; nothing of what was the latest
SELECT e - '{meta,$schema,revision}'::text[] AS event FROM told
	WHERE mode = 'parity-1.43' AND e->>'page_change_kind' = 'undelete' AND e->'page'->>'page_title' = 'Restored' ORDER BY e->>'dt';
-- the schema is that of the mode, or the one that is asked for
SELECT DISTINCT mode, e->>'$schema' AS schema FROM told ORDER BY mode;
SELECT asked, mode, substring(t.noted(data) FROM '"\$schema":"([^"]*)"') AS schema
	FROM unnest('{auto,1.2.0,1.3.0}'::text[]) asked, unnest('{complete,parity-1.47}'::text[]) mode,
		LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, 1, 'format', 'text', 'mode', mode, 'page_change_schema', asked)
	WHERE data !~ '^(BEGIN|COMMIT) ' AND t.shown(data) GROUP BY asked, mode, schema ORDER BY mode, asked;
-- the central id, from 1.3.0 on, where it is the wiki's own
UPDATE mwmirror.wiki SET local_central_ids = true WHERE wiki_id = 'testwiki';
SELECT t.page(147, 0, 'Central', 1130, 1, 'c', 255), t.page(148, 0, 'Not', 1131, 5, 'c', 255), t.mark(255);
SELECT asked, e->'performer'->'user_id' AS id, e->'performer'->'user_central_id' AS central, e->'revision'->'editor'->'user_central_id' AS editor
	FROM unnest('{1.2.0,1.3.0}'::text[]) asked,
		LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'page_change_schema', asked),
		LATERAL (SELECT substring(data FROM '^\S+ \S+ (.*)$')::jsonb AS e WHERE data !~ '^(BEGIN|COMMIT) ') v
	WHERE e->'page'->>'page_title' IN ('Central', 'Not') ORDER BY asked, id;
UPDATE mwmirror.wiki SET local_central_ids = false WHERE wiki_id = 'testwiki';
SELECT count(*) > 0 AS consumed FROM t.lines();
