-- edit: the parent as prior state, net effect, null edits, content models, imports, merges.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(20, 0, 'Edited', 100, 1, 'create', 20);
SELECT t.mark(20);
SELECT t.edit(20, 101, 2, 'edit', 21);
SELECT t.mark(21);
COMMIT;
SELECT l FROM t.lines() l OFFSET 2;

-- only page_touched: nothing
BEGIN;
UPDATE mediawiki.page SET page_touched = t.at(22), page_links_updated = t.at(22) WHERE wiki_id = 'testwiki' AND page_id = 20;
SELECT t.mark(22);
COMMIT;
SELECT * FROM t.lines();

-- a revision id that was taken: inserted, deleted, inserted under another; and two edits in one source transaction
BEGIN;
SELECT t.revision(102, 20, 2, 'lost', 101, 23);
DELETE FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_id = 102;
SELECT t.edit(20, 103, 2, 'first', 23);
SELECT t.edit(20, 104, 2, 'second', 23);
SELECT t.mark(23);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'revision'->'rev_id' AS rev, e->'prior_state'->'revision'->'rev_id' AS prior FROM t.events() e;

-- another content model
BEGIN;
SELECT t.revision(105, 20, 1, 'model', 104, 24, model => 2, minor => true);
UPDATE mediawiki.page SET page_latest = 105, page_content_model = 'json' WHERE wiki_id = 'testwiki' AND page_id = 20;
SELECT t.mark(24);
COMMIT;
SELECT e->'revision'->'is_minor_edit' AS minor, e->'revision'->'content_slots' AS slots,
	e->'prior_state'->'revision'->'content_slots' AS prior FROM t.events() e;

-- rev_sha1 of the slots where the row does not have it, here that of a file of Commons: its roles' ids are not in the order of their names
BEGIN;
INSERT INTO mediawiki.slot_roles VALUES ('testwiki', 8, 'mediainfo'), ('testwiki', 9, 'main');
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
	VALUES ('testwiki', 901, 10, 'm90k2zfbwag2a9aas3zellewegk0hv1', 1, 'tt:901'), ('testwiki', 902, 11, 'spohp31hti1xz1lf3kpxazirnvbw1pk', 3, 'tt:902'),
		('testwiki', 903, 11, '', 3, 'tt:903');
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
	VALUES ('testwiki', 120, 9, 901, 120), ('testwiki', 120, 8, 902, 120), ('testwiki', 121, 9, 901, 120), ('testwiki', 122, 9, 901, 120), ('testwiki', 122, 8, 903, 122);
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('testwiki', 23, 6, 'Dog.jpg', 120);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_len, rev_parent_id, rev_sha1)
	SELECT 'testwiki', rev, 23, t.comment('c'), 1, t.at(31), 10, parent, sha1
	FROM (VALUES (120, 0, NULL), (121, 120, ''), (122, 121, NULL), (123, 122, '')) v(rev, parent, sha1);
SELECT t.mark(31);
UPDATE mediawiki.page SET page_latest = 121 WHERE wiki_id = 'testwiki' AND page_id = 23;
SELECT t.mark(32);
UPDATE mediawiki.page SET page_latest = 122 WHERE wiki_id = 'testwiki' AND page_id = 23;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 120;
SELECT t.mark(33);
UPDATE mediawiki.page SET page_latest = 120 WHERE wiki_id = 'testwiki' AND page_id = 23;
SELECT t.mark(34);
UPDATE mediawiki.page SET page_latest = 123 WHERE wiki_id = 'testwiki' AND page_id = 23;
SELECT t.mark(35);
COMMIT;
SELECT e->'revision'->'rev_id' AS rev, e->'revision'->>'rev_sha1' AS sha1, e->'prior_state'->'revision'->'rev_id' AS prior,
	e->'prior_state'->'revision'->>'rev_sha1' AS prior_sha1, e->'revision'->'is_content_visible' AS visible FROM t.events() e;

-- a maintenance script commits the revision first, the page later
BEGIN;
SELECT t.revision(106, 20, 3, 'imported', 105, 1);
SELECT t.mark(27);
UPDATE mediawiki.page SET page_latest = 106 WHERE wiki_id = 'testwiki' AND page_id = 20;
SELECT t.mark(28);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'performer'->>'user_text' AS performer FROM t.events() e;

-- history merge: the newest revision of one page goes to another, both change their latest to an existing one
BEGIN;
SELECT t.page(21, 0, 'Source', 110, 1, 'c', 25);
SELECT t.edit(21, 111, 1, 'c', 25);
SELECT t.page(22, 0, 'Destination', 109, 1, 'c', 25);
SELECT t.mark(25);
UPDATE mediawiki.revision SET rev_page = 22 WHERE wiki_id = 'testwiki' AND rev_id = 111;
UPDATE mediawiki.page SET page_latest = 110 WHERE wiki_id = 'testwiki' AND page_id = 21;
UPDATE mediawiki.page SET page_latest = 111 WHERE wiki_id = 'testwiki' AND page_id = 22;
SELECT t.log(1, 'merge', 'merge', 1, 'merging', 0, 'Source', 21, 30);
SELECT t.mark(26);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'page'->'page_id' AS page, e->'revision'->'rev_id' AS rev,
	e->'prior_state'->'revision'->'rev_id' AS prior, e->'performer'->'user_text' AS performer FROM t.events() e OFFSET 2;
