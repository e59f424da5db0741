-- undelete: into a new page, under another id, into an existing page; what a deletion counts after a restore.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(50, 0, 'Back', 400, 1, 'c', 80);
SELECT t.edit(50, 401, 1, 'd', 80);
SELECT t.mark(80);
SELECT t.delete(50);
SELECT t.log(30, 'delete', 'delete', 1, 'rm', 0, 'Back', 50, 81);
SELECT t.mark(81);
SELECT t.restore('{400,401}', 50, 0, 'Back');
SELECT t.log(31, 'delete', 'restore', 1, 'back', 0, 'Back', 50, 82);
SELECT t.mark(82);
COMMIT;
SELECT l FROM t.lines() l WHERE l ~ '"undelete"|^BEGIN';

-- deleted again, restored in part, deleted: as MediaWiki does it counts all of the title's revisions that are archived
BEGIN;
SELECT t.delete(50);
SELECT t.log(32, 'delete', 'delete', 1, 'rm', 0, 'Back', 50, 83);
SELECT t.mark(83);
SELECT t.restore('{400}', 50, 0, 'Back');
SELECT t.log(33, 'delete', 'restore', 1, 'some', 0, 'Back', 50, 84);
SELECT t.mark(84);
SELECT t.delete(50);
SELECT t.log(34, 'delete', 'delete', 1, 'rm', 0, 'Back', 50, 85);
SELECT t.mark(85);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page' AS page, e->'revision'->'rev_id' AS rev, e->>'comment' AS comment FROM t.events() e;

-- restored in part, edited, deleted in batches, each a transaction of PostgreSQL: what was archived before any of them is counted too, but not
-- what was archived under another title
BEGIN;
SELECT t.page(53, 0, 'Batches', 420, 1, 'c', 95), t.edit(53, 421, 1, 'c', 95), t.edit(53, 422, 1, 'c', 95), t.archive(53, NULL, '{420}');
UPDATE mediawiki.page SET page_title = 'Batches_moved' WHERE wiki_id = 'testwiki' AND page_id = 53;
SELECT t.mark(95);
COMMIT;
SELECT t.delete(53), t.mark(96);
SELECT t.restore('{422}', 53, 0, 'Batches_moved'), t.mark(97);
SELECT t.edit(53, 423, 1, 'c', 98), t.edit(53, 424, 1, 'c', 98), t.mark(98);
SELECT t.archive(53, NULL, '{422}'), t.mark(99);
SELECT t.archive(53, NULL, '{423}'), t.mark(100);
SELECT t.delete(53), t.log(45, 'delete', 'delete', 1, 'rm', 0, 'Batches_moved', 53, 101), t.mark(101);
SELECT e->>'page_change_kind' AS kind, e->'page'->'revision_count' AS revisions, e->'revision'->'rev_id' AS rev FROM t.events() e
	WHERE e->>'page_change_kind' = 'delete';

-- under another id, because the old one is taken
BEGIN;
SELECT t.restore('{400,401}', 51, 0, 'Back');
SELECT t.log(35, 'delete', 'restore', 1, 'elsewhere', 0, 'Back', 51, 86);
SELECT t.mark(86);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page' AS page, e->'prior_state' AS prior FROM t.events() e;

-- into an existing page: an edit, if the latest revision changes
BEGIN;
SELECT t.page(52, 0, 'Existing', 410, 1, 'c', 87);
SELECT t.edit(52, 411, 1, 'c', 87);
SELECT t.edit(52, 412, 1, 'c', 87);
SELECT t.mark(87);
SELECT t.delete(52);
SELECT t.mark(88);
SELECT t.restore('{411}', 52, 0, 'Existing');
SELECT t.mark(89);
SELECT t.restore('{410}', 52, 0, 'Existing');
SELECT t.log(36, 'delete', 'restore', 1, 'older', 0, 'Existing', 52, 90);
SELECT t.mark(90);
SELECT t.restore('{412}', 52, 0, 'Existing');
SELECT t.log(37, 'delete', 'restore', 3, 'newer', 0, 'Existing', 52, 91);
SELECT t.mark(91);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'revision'->'rev_id' AS rev,
	e->'prior_state'->'revision'->'rev_id' AS prior, e->'performer'->'user_text' AS performer FROM t.events() e OFFSET 2;

-- a script commits the log row later: it says nothing of the event
SELECT t.delete(52), t.log(38, 'delete', 'delete', 1, 'rm', 0, 'Existing', 52, 92), t.mark(92);
SELECT t.restore('{410,411,412}', 52, 0, 'Existing'), t.mark(93);
SELECT t.log(39, 'delete', 'restore', 3, 'late', 0, 'Existing', 52, 94), t.mark(94);
SELECT e->>'page_change_kind' AS kind, e->>'dt' AS dt, e->'meta'->>'dt' AS committed, e->'performer'->>'user_text' AS performer,
	e->>'comment' AS comment FROM t.events() e;
