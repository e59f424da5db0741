-- visibility_change: only of the latest revision, only booleans that changed; hide-user.
\pset format unaligned
\pset footer off
SELECT t.follow();
CREATE FUNCTION t.hide(rev bigint, bits int) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.revision SET rev_deleted = bits WHERE wiki_id = 'testwiki' AND rev_id = rev$$;

BEGIN;
SELECT t.page(60, 0, 'Secret', 500, 2, 'old', 100);
SELECT t.edit(60, 501, 2, 'new', 100);
SELECT t.mark(100);
-- an old revision: nothing
SELECT t.hide(500, 1);
SELECT t.log(40, 'delete', 'revision', 1, 'hiding', 0, 'Secret', 60, 101);
SELECT t.mark(101);
-- comment and editor of the latest
SELECT t.hide(501, 6);
SELECT t.log(41, 'delete', 'revision', 1, 'hiding', 0, 'Secret', 60, 102);
SELECT t.mark(102);
COMMIT;
SELECT l FROM t.lines() l OFFSET 2;

BEGIN;
-- suppressed: no performer; shown again: still none, for the bits before were restricted
SELECT t.hide(501, 14);
SELECT t.log(42, 'suppress', 'revision', 1, 'secret reason', 0, 'Secret', 60, 103);
SELECT t.mark(103);
SELECT t.hide(501, 0);
SELECT t.log(43, 'suppress', 'revision', 1, 'secret reason', 0, 'Secret', 60, 104);
SELECT t.mark(104);
-- there and back in one source transaction: nothing
SELECT t.hide(501, 4);
SELECT t.hide(501, 0);
SELECT t.mark(105);
-- hidden, then no longer the latest: only the edit
SELECT t.hide(501, 2);
SELECT t.edit(60, 502, 2, 'newer', 106);
SELECT t.mark(106);
-- edited, then hidden: the revision was never seen otherwise, and the old one is not the latest
SELECT t.edit(60, 503, 2, 'newest', 107);
SELECT t.hide(503, 4);
SELECT t.hide(502, 4);
SELECT t.mark(107);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e ? 'performer' AS performer, e ? 'comment' AS comment,
	e->'revision'->'rev_id' AS rev, e->'revision' ? 'editor' AS editor, (e->'prior_state'->'revision') - 'content_slots' - 'editor' AS prior
	FROM t.events() e;

-- hide-user: every revision of the actor, an event for each page whose latest is among them
BEGIN;
SELECT t.page(61, 0, 'One', 510, 2, 'c', 108);
SELECT t.page(62, 0, 'Two', 511, 2, 'c', 108);
SELECT t.edit(62, 512, 1, 'c', 108);
SELECT t.page(63, 0, 'Three', 513, 2, 'c', 108);
SELECT t.mark(108);
UPDATE mediawiki.revision SET rev_deleted = rev_deleted | 12 WHERE wiki_id = 'testwiki' AND rev_actor = 2 AND rev_id > 509;
SELECT t.log(44, 'suppress', 'block', 1, 'secret', 2, 'Newcomer', 0, 109);
SELECT t.mark(109);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'page'->'page_id' AS page, e ? 'performer' AS performer,
	e->'revision' ? 'editor' AS editor, e->'prior_state' AS prior FROM t.events() e OFFSET 3;
