-- create: field order, titles, URLs, and every sort of user.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(1, 0, 'Zürich_東京_&_(q)_"x"_é', 1, 1, 'create ünïcode — 東京 ''q'' "dq" \ <script>', 1);
SELECT t.mark(1);
COMMIT;
-- whole lines: what a consumer gets
SELECT * FROM t.lines();

BEGIN;
SELECT t.page(2, 3, 'New~comer/sub page%2F;@$!*,:+', 2, 2, '', 2);
SELECT t.mark(2);
SELECT t.page(3, 4, 'Bots', 3, 3, 'c', 3);
SELECT t.mark(3);
SELECT t.page(4, 6, 'System.png', 4, 4, 'c', 4);
SELECT t.mark(4);
SELECT t.page(5, 1, 'By_address', 5, 5, 'c', 5);
SELECT t.mark(5);
-- a namespace that is not configured
SELECT t.page(6, 828, 'Lua', 6, 5, 'c', 6);
SELECT t.mark(6);
COMMIT;
SELECT e->'page'->>'page_title' AS title, e->'meta'->>'uri' AS uri, e->'performer' AS performer,
	e->'performer' = e->'revision'->'editor' AS same, e ? 'comment' AS has_comment, e->'revision'->'comment' AS comment
	FROM t.events() e;

-- temporary accounts
BEGIN;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest)
	VALUES ('tempwiki', 1, 0, 'A', 1), ('tempwiki', 2, 0, 'B', 2);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_comment_id, rev_timestamp, rev_deleted, rev_sha1, rev_len)
	VALUES ('tempwiki', 1, 1, 1, 1, t.at(7), 0, '', NULL), ('tempwiki', 2, 2, 2, 1, t.at(7), 0, '', NULL);
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES ('tempwiki', 1, 'c');
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
	VALUES ('tempwiki', 1, 1, 1, 1), ('tempwiki', 1, 2, 2, 1), ('tempwiki', 2, 1, 3, 2);
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model)
	VALUES ('tempwiki', 1, 10, 'one', 1), ('tempwiki', 2, 20, 'two', 3), ('tempwiki', 3, 30, 'three', 4);
SELECT t.mark(7);
COMMIT;
SELECT e->'meta'->>'uri' AS uri, e->'performer' AS performer, (e->'revision') - 'editor' AS revision FROM t.events() e;

-- a creation in steps, as maintenance scripts write it: the event comes with the revision
BEGIN;
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('testwiki', 7, 0, 'Steps', 0);
SELECT t.mark(8);
COMMIT;
BEGIN;
SELECT t.revision(7, 7, 1, 'c', 0, 9);
UPDATE mediawiki.page SET page_latest = 7 WHERE wiki_id = 'testwiki' AND page_id = 7;
SELECT t.mark(9);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page' AS page, e ? 'prior_state' AS prior FROM t.events() e;

-- a redirect
BEGIN;
SELECT t.page(8, 0, 'Redirect', 8, 1, 'c', 10, 'Steps');
SELECT t.page(9, 0, 'Red_redirect', 9, 1, 'c', 10, 'Nowhere');
SELECT t.page(10, 0, 'Interwiki', 10, 1, 'c', 10, 'Elsewhere');
UPDATE mediawiki.redirect SET rd_interwiki = 'de', rd_namespace = 0 WHERE rd_from = 10;
SELECT t.page(11, 0, 'To_special', 11, 1, 'c', 10, 'RecentChanges');
UPDATE mediawiki.redirect SET rd_namespace = -1 WHERE rd_from = 11;
SELECT t.mark(10);
COMMIT;
SELECT e->'page' AS page FROM t.events() e;
