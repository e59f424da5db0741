-- Rows that miss what they name: the event goes out without it.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SELECT t.follow();
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 201, 999, 'No account row'), ('testwiki', 202, NULL, NULL);
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES
	('testwiki', 150, 0, 'No_user', 990), ('testwiki', 151, 0, 'No_actor', 991), ('testwiki', 152, 0, 'No_revision', 992),
	('testwiki', 153, 0, 'Nulls', 993), ('testwiki', 154, 0, NULL, 994);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_comment_id, rev_timestamp, rev_deleted) VALUES
	('testwiki', 990, 150, 201, 0, t.at(240), 0), ('testwiki', 991, 151, 202, 123456789, 'infinity', NULL),
	('testwiki', 993, 153, NULL, NULL, NULL, NULL), ('testwiki', 994, 154, 99999, 0, '-infinity', 0);
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES
	('testwiki', 990, 1, 123456789, 990), ('testwiki', 990, 77, 1, 990), ('testwiki', 993, 1, NULL, NULL);
SELECT t.mark(240);
COMMIT;
SELECT e - 'meta' - '$schema' AS event FROM t.events() e;
-- numbers that no event can hold, nulls, bits that mean nothing: left out
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 203, 1::bigint << 53, 'No such user'), ('testwiki', 204, NULL, ''), ('testwiki', 205, 205, 'Minus');
INSERT INTO mediawiki."user" (wiki_id, user_id, user_editcount) VALUES ('testwiki', 205, -1);
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_model) VALUES
	('testwiki', 81501, -1, 1), ('testwiki', 81502, NULL, 1), ('testwiki', 81503, 3, 8);
INSERT INTO mediawiki.content_models VALUES ('testwiki', 8, '');
INSERT INTO mediawiki.slot_roles VALUES ('testwiki', 28, ''), ('testwiki', 29, 'main'), ('testwiki', 30, 'third'), ('testwiki', 31, 'third');
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES
	('testwiki', 8155, 0, 'Numbers', 81501), ('testwiki', 8156, 0, 'Empty_name', 81502), ('testwiki', 8157, 0, 'Roles', 81503);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_timestamp, rev_deleted, rev_len, rev_parent_id) VALUES
	('testwiki', 81501, 8155, 203, t.at(241), 16, -1, -1), ('testwiki', 81502, 8156, 204, t.at(241), 256, (1::bigint << 53), 1::bigint << 53),
	('testwiki', 81503, 8157, 205, t.at(241), 0, (1::bigint << 53) - 1, (1::bigint << 53) - 1);
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES
	('testwiki', 81501, 1, 81501, -1), ('testwiki', 81502, 1, 81502, 1::bigint << 53),
	('testwiki', 81503, 1, 81503, 81503), ('testwiki', 81503, 28, 81503, 81503), ('testwiki', 81503, 29, 81501, 1), ('testwiki', 81503, 30, 81503, 1),
	('testwiki', 81503, 31, 81501, 2);
SELECT t.mark(241);
COMMIT;
SELECT e->'page'->'page_id' AS page, e->'performer' AS performer,
	(e->'revision') - '{editor,rev_dt,is_minor_edit,is_editor_visible}'::text[] AS revision FROM t.events() e;
-- each member once, which jsonb does not tell
BEGIN;
SELECT t.edit(8157, 81504, 1, 'c', 242);
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES ('testwiki', 81504, 29, 81501, 1);
SELECT t.mark(242);
COMMIT;
SELECT (length(l) - length(replace(l, '"main":', ''))) / 7 AS of_two_revisions FROM t.lines() l WHERE l !~ '^(BEGIN|COMMIT) ';
-- bits that mean nothing change nothing, nor do they hide that others do
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 16 WHERE wiki_id = 'testwiki' AND rev_id = 81504;
SELECT t.mark(243);
UPDATE mediawiki.revision SET rev_deleted = 256 | 2 WHERE wiki_id = 'testwiki' AND rev_id = 81504;
SELECT t.mark(244);
COMMIT;
SELECT e->'meta'->'dt' AS dt, e->>'page_change_kind' AS kind, e->'prior_state' AS prior FROM t.events() e;
-- ids that no event can hold: of the page or its latest revision there is no event, of others they are left out
BEGIN;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES
	('testwiki', -1, 0, 'Below', 81501), ('testwiki', 1::bigint << 53, 0, 'Beyond', 81501), ('testwiki', 8158, 0, 'Latest_below', -1),
	('testwiki', 8159, 0, 'Latest_beyond', 1::bigint << 53), ('testwiki', 8160, 0, 'To_below', 81501), ('testwiki', (1::bigint << 53) - 1, 0, 'Last', 81501);
UPDATE mediawiki.page SET page_is_redirect = true WHERE wiki_id = 'testwiki' AND page_id = 8160;
INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title) VALUES ('testwiki', 8160, 0, 'Below');
SELECT t.mark(245);
UPDATE mediawiki.page SET page_latest = 81501 WHERE wiki_id = 'testwiki' AND page_id IN (8158, 8159);
UPDATE mediawiki.page SET page_title = 'Was_below' WHERE wiki_id = 'testwiki' AND page_id = -1;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 81501;
SELECT t.mark(246);
DELETE FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id IN (-1, 8160, 1::bigint << 53, (1::bigint << 53) - 1);
SELECT t.mark(247);
COMMIT;
SELECT e->'meta'->'dt' AS dt, e->>'page_change_kind' AS kind, e->'page' AS page, e->'revision'->'rev_id' AS rev, e->'prior_state'->'revision'->'rev_id' AS prior
	FROM t.events() e;
BEGIN;
SELECT t.page(8161, 0, 'Moves', 81505, 1, 'c', 248);
SELECT t.mark(248);
UPDATE mediawiki.page SET page_title = 'Moved' WHERE wiki_id = 'testwiki' AND page_id = 8161;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest, page_is_redirect)
	VALUES ('testwiki', -2, 0, 'Moves', 81505, true);
SELECT t.mark(249);
SELECT t.delete(8161);
UPDATE mediawiki.archive SET ar_page_id = -8161 WHERE wiki_id = 'testwiki' AND ar_rev_id = 81505;
SELECT t.mark(250);
SELECT t.restore('{81505}', 8162, 0, 'Moves');
SELECT t.mark(251);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page'->'page_id' AS page, e->'created_redirect_page' AS redirect, e->'prior_state'->'page' AS prior FROM t.events() e;
-- a title whose URL is longer than the schema lets it be
BEGIN;
SELECT t.page(8163, 0, repeat('é', 1360), 81506, 1, 'c', 252), t.page(8164, 0, repeat('é', 1361), 81507, 1, 'c', 252);
SELECT t.mark(252);
COMMIT;
SELECT e->'page'->'page_id' AS page, length(e->'page'->>'page_title') AS title, length(e->'meta'->>'uri') AS uri FROM t.events() e;
-- a revision with the id of none, hidden
BEGIN;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('testwiki', 8165, 0, 'Not_yet', 0);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_timestamp) VALUES ('testwiki', 0, 8165, t.at(253));
SELECT t.mark(253);
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 0;
SELECT t.mark(254);
-- what other tests cannot use
UPDATE mediawiki.revision SET rev_len = 0 WHERE wiki_id = 'testwiki' AND rev_len >= 1::bigint << 31;
SELECT t.mark(255);
COMMIT;
SELECT * FROM t.lines();
-- a large value that an UPDATE leaves alone, in a table without old rows, is not known
BEGIN;
SELECT t.page(8166, 0, 'Large', 81510, 1, 'c', 256);
UPDATE mediawiki.content SET content_sha1 = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n)
	WHERE wiki_id = 'testwiki' AND content_id = 82510;
SELECT t.mark(256);
SET LOCAL session_replication_role = replica;
SELECT mwmirror.apply('\x010102' ||
	t.string('mediawiki') || t.string('content') || t.n(2) || t.n(3) || t.string('wiki_id') || t.string('content_id') || t.string('content_size') ||
	t.string('mediawiki') || t.string('page') || t.n(2) || t.n(3) || t.string('wiki_id') || t.string('page_id') || t.string('page_title') ||
	'G' || t.string('0-1-257') ||
	'U\000\000' || t.value('testwiki') || t.value(int8send(82510)) || t.value('testwiki') || t.value(int8send(82510)) || t.value(int8send(4)) ||
	'U\000\001' || t.value('testwiki') || t.value(int8send(8166)) || t.value('testwiki') || t.value(int8send(8166)) || t.value('Larger') ||
	'E' || t.string(E'U 0-1-257 1700000257 test 8:testwiki\n') || 'Z' || t.n(2));
COMMIT;
SELECT e->>'page_change_kind' AS kind, length(slot->>'content_sha1') AS sha1, slot - 'content_sha1' AS slot
	FROM t.events() e, LATERAL (SELECT e->'revision'->'content_slots'->'main' slot) x;
