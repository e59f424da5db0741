-- mediawiki.revision-create: every revision that appears, with what is not hidden; in both modes.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'revision-create';
BEGIN;
SELECT t.page(7000, 2, 'Revised', 41000, 1, 'made', 700);
SELECT t.mark(700);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;
CREATE FUNCTION t.brief(e jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT concat_ws(' ', e->>'page_title', e->>'rev_id', 'of', e->>'rev_parent_id', 'at', e->>'dt', 'changed', e->>'rev_content_changed',
		'redirect', e->>'page_is_redirect', e->>'comment', e->'performer', e->'rev_slots')$$;

BEGIN;
-- an edit, without an account and without a comment
SELECT t.edit(7000, 41001, 5, '', 701);
SELECT t.mark(701);
-- a null revision
SELECT t.revision(41002, 7000, 2, 'protected', 41001, 702, content => 42001, minor => true);
UPDATE mediawiki.page SET page_latest = 41002 WHERE wiki_id = 'testwiki' AND page_id = 7000;
SELECT t.mark(702);
-- a move's revision, under the new title
UPDATE mediawiki.page SET page_title = 'Renamed' WHERE wiki_id = 'testwiki' AND page_id = 7000;
SELECT t.revision(41003, 7000, 3, 'moved', 41002, 703, content => 42001);
UPDATE mediawiki.page SET page_latest = 41003 WHERE wiki_id = 'testwiki' AND page_id = 7000;
SELECT t.mark(703);
-- an import below the latest revision
SELECT t.revision(40990, 7000, 2, 'imported', 0, -100000000);
SELECT t.mark(704);
-- a redirect, and a model without a format
SELECT t.page(7001, 0, 'Redirect', 41010, 1, 'to', 705, 'Renamed');
SELECT t.revision(41004, 7000, 1, 'model', 41003, 705, model => 4);
UPDATE mediawiki.page SET page_latest = 41004 WHERE wiki_id = 'testwiki' AND page_id = 7000;
SELECT t.mark(705);
COMMIT;
SELECT t.brief(e) FROM t.events() e;

-- all of them come back with a page, each with its own bits; the parent's text is hidden, and so is whether it was another
SELECT t.delete(7000), t.log(90, 'delete', 'delete', 1, 'rm', 2, 'Renamed', 7000, 706), t.mark(706);
UPDATE mediawiki.archive SET ar_deleted = ar_rev_id - 41000 WHERE wiki_id = 'testwiki' AND ar_page_id = 7000 AND ar_rev_id > 41000;
SELECT t.mark(707);
SELECT t.restore('{41000,41001,41002,41003,41004}', 7000, 2, 'Renamed'), t.log(91, 'delete', 'restore', 1, 'back', 2, 'Renamed', 7000, 708), t.mark(708);
SELECT e->>'rev_id' AS rev, e->>'rev_content_changed' AS changed, e ? 'rev_sha1' AS sha1, e ? 'rev_len' AS len, e ? 'rev_slots' AS slots,
	e->>'comment' AS comment, e->'performer'->>'user_text' AS performer, e->>'rev_content_model' AS model FROM t.events() e;
-- a redirect whose text is hidden is not called one
BEGIN;
SELECT t.revision(41011, 7001, 1, 'hidden', 41010, 709, bits => 1);
UPDATE mediawiki.page SET page_latest = 41011 WHERE wiki_id = 'testwiki' AND page_id = 7001;
SELECT t.mark(709);
COMMIT;
SELECT t.brief(e) FROM t.events() e;

-- made and deleted again, or put in another's place, within a source transaction: only what there is at its end
BEGIN;
SELECT t.page(7002, 0, 'Brief', 41020, 1, 'c', 710);
SELECT t.delete(7002);
SELECT t.edit(7001, 41012, 1, 'c', 710);
DELETE FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_id = 41012;
SELECT t.edit(7001, 41013, 1, 'c', 710);
SELECT t.mark(710);
COMMIT;
SELECT e->>'rev_id' AS rev FROM t.events() e;

-- what is missing is left out: user, comment, content; without a page there is no event
BEGIN;
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit, rev_deleted, rev_parent_id, rev_sha1)
	VALUES ('testwiki', 41014, 7001, 0, 0, 'infinity', false, 0, 1, ''), ('testwiki', 41015, 7099, 0, 0, t.at(711), false, 0, 0, 'sha1');
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
	VALUES ('testwiki', 41014, 1, 997099, 0), ('testwiki', 41014, 2, 42010, 41010), ('testwiki', 41014, 77, 42010, 41010);
SELECT t.mark(711);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- the order of events is that of the rows that caused them, then that of the streams
SET t.streams = '.';
BEGIN;
SELECT t.page(7003, 0, 'Ordered', 41030, 1, 'c', 712);
SELECT t.edit(7000, 41005, 1, 'c', 712);
SELECT t.mark(712);
COMMIT;
SELECT substring(l FROM '^\S+') AS stream, coalesce(e->'revision'->'rev_id', e->'rev_id') AS rev
	FROM t.lines('mode', 'parity') l, LATERAL (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e) x WHERE l ~ '^mediawiki';
