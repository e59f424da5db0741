-- move: with and without a redirect, over a redirect, of a redirect, without a revision.
\pset format unaligned
\pset footer off
SELECT t.follow();
CREATE FUNCTION t.move(p bigint, ns int, title text, rev bigint, s int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	old mediawiki.page;
BEGIN
	SELECT * INTO old FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = p;
	UPDATE mediawiki.page SET page_namespace = ns, page_title = title WHERE wiki_id = 'testwiki' AND page_id = p;
	PERFORM t.revision(rev, p, 1, format('Admin moved page [[%s]] to [[%s]]', old.page_title, title), old.page_latest, s,
		content => (SELECT slot_content_id FROM mediawiki.slots WHERE wiki_id = 'testwiki' AND slot_revision_id = old.page_latest),
		minor => true);
	UPDATE mediawiki.page SET page_latest = rev WHERE wiki_id = 'testwiki' AND page_id = p;
END$$;

BEGIN;
SELECT t.page(30, 0, 'Mover', 200, 1, 'c', 40);
SELECT t.mark(40);
SELECT t.move(30, 0, 'Moved', 201, 41);
SELECT t.page(31, 0, 'Mover', 202, 1, 'redirect', 41, 'Moved');
SELECT t.log(10, 'move', 'move', 1, 'mv', 0, 'Mover', 30, 41);
SELECT t.mark(41);
COMMIT;
-- the move, then the redirect's own creation
SELECT l FROM t.lines() l OFFSET 2;

-- no redirect, another namespace, no log row
BEGIN;
SELECT t.move(30, 4, 'Moved_again', 203, 42);
SELECT t.mark(42);
COMMIT;
SELECT e - 'revision' - 'meta' AS event FROM t.events() e;

-- over a redirect: its deletion first; what the redirect pointed to is told as it was before
BEGIN;
SELECT t.page(32, 0, 'Target', 204, 1, 'c', 43);
SELECT t.page(33, 0, 'Old_name', 205, 1, 'c', 43, 'Target');
SELECT t.mark(43);
SELECT t.delete(33);
SELECT t.log(11, 'delete', 'delete_redir', 1, 'Deleted to make way', 0, 'Old_name', 33, 44);
SELECT t.move(32, 0, 'Old_name', 206, 44);
SELECT t.page(34, 0, 'Target', 207, 1, 'redirect', 44, 'Old_name');
SELECT t.log(12, 'move', 'move_redir', 1, 'back', 0, 'Target', 32, 44);
SELECT t.mark(44);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page' AS page, e->>'comment' AS comment,
	e->'created_redirect_page' AS redirect, e->'prior_state'->'page' AS prior FROM t.events() e OFFSET 2;

-- a title repaired by a script: no revision, so no prior revision either
BEGIN;
UPDATE mediawiki.page SET page_title = 'Repaired' WHERE wiki_id = 'testwiki' AND page_id = 34;
SELECT t.mark(45);
UPDATE mediawiki.page SET page_title = 'There' WHERE wiki_id = 'testwiki' AND page_id = 34;
UPDATE mediawiki.page SET page_title = 'Repaired' WHERE wiki_id = 'testwiki' AND page_id = 34;
SELECT t.mark(46);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'page' AS page, e->'prior_state' AS prior FROM t.events() e;
