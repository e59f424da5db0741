-- mediawiki.page-create: every page that is made; in parity mode those that were saved.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-create';
BEGIN;
SELECT t.page(7010, 0, 'Made', 41100, 2, 'made', 720);
SELECT t.mark(720);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

BEGIN;
-- an edit makes no page
SELECT t.edit(7010, 41101, 1, 'c', 721);
SELECT t.mark(721);
-- a move and the redirect that it leaves
UPDATE mediawiki.page SET page_title = 'Made elsewhere' WHERE wiki_id = 'testwiki' AND page_id = 7010;
SELECT t.page(7011, 0, 'Made', 41102, 1, 'left', 722, 'Made elsewhere');
SELECT t.log(100, 'move', 'move', 1, 'mv', 0, 'Made', 7010, 722);
SELECT t.mark(722);
-- an import through the API: one transaction, with a revision of the import's own on top
SELECT t.page(7012, 0, 'Imported', 41103, 5, 'old', -100000000);
SELECT t.edit(7012, 41104, 1, '2 revisions imported', 723);
SELECT t.log(101, 'import', 'upload', 1, '2 revisions', 0, 'Imported', 7012, 723);
SELECT t.mark(723);
-- by a script: it logs nothing
SELECT t.page(7013, 0, 'Imported by a script', 41105, 5, 'old', -100000000);
SELECT t.mark(724);
-- there is a page only once it has a revision; a revision of unknown time is no import
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('testwiki', 7014, 0, 'Later', 0);
SELECT t.mark(725);
UPDATE mediawiki.page SET page_latest = 41999 WHERE wiki_id = 'testwiki' AND page_id = 7014;
SELECT t.mark(726);
-- deleted and restored: it had been made before
SELECT t.delete(7011), t.log(102, 'delete', 'delete', 1, 'rm', 0, 'Made', 7011, 727), t.mark(727);
SELECT t.restore('{41102}', 7011, 0, 'Made'), t.log(103, 'delete', 'restore', 1, 'back', 0, 'Made', 7011, 728), t.mark(728);
-- made, but with its text, comment and author hidden
SELECT t.page(7015, 0, 'Hidden', 41106, 1, 'canary', 729, 'Made');
UPDATE mediawiki.revision SET rev_deleted = 7 WHERE wiki_id = 'testwiki' AND rev_id = 41106;
SELECT t.mark(729);
COMMIT;
CREATE TABLE t.parity_made AS SELECT substring(data FROM '^\S+ \S+ (.*)$')::jsonb AS e
	FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'parity') WHERE data ~ '^mediawiki.page-create';
SELECT e->>'page_title' AS page, e->>'rev_id' AS rev, e->>'dt' AS dt, e->>'page_is_redirect' AS redirect, e->>'comment' AS comment,
	e->'performer'->>'user_text' AS performer, e ? 'rev_slots' AS slots, EXISTS (SELECT FROM t.parity_made p WHERE p.e->'page_id' = m.e->'page_id') AS parity
	FROM t.events() m(e);
