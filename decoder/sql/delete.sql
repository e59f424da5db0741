-- delete: counts, batches, suppression, no log row.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(40, 0, 'Doomed', 300, 1, 'c', 60);
SELECT t.edit(40, 301, 1, 'd', 60);
SELECT t.edit(40, 302, 2, 'e', 60);
SELECT t.mark(60);
SELECT t.delete(40);
SELECT t.log(20, 'delete', 'delete', 1, 'rm', 0, 'Doomed', 40, 61);
SELECT t.mark(61);
COMMIT;
SELECT l FROM t.lines() l OFFSET 2;

-- in batches: nothing until the page row goes, then all are counted; the log row says no page id
BEGIN;
SELECT t.page(41, 0, 'Big', 310, 1, 'c', 62);
SELECT t.edit(41, 311, 1, 'd', 62);
SELECT t.edit(41, 312, 1, 'e', 62);
SELECT t.mark(62);
SELECT t.archive(41, NULL, '{310,311}');
SELECT t.mark(63);
SELECT t.delete(41);
SELECT t.log(21, 'delete', 'delete', 1, 'batches', 0, 'Big', 0, 64);
SELECT t.mark(64);
COMMIT;
SELECT e->>'dt' AS dt, e->'page' AS page, e->>'comment' AS comment, e->'revision'->'rev_id' AS rev
	FROM t.events() e WHERE e->>'page_change_kind' = 'delete';

-- suppressed: neither who nor why nor what
BEGIN;
SELECT t.page(42, 0, 'Suppressed', 320, 2, 'secret summary', 65);
SELECT t.mark(65);
SELECT t.delete(42, 15);
SELECT t.log(22, 'suppress', 'delete', 1, 'secret reason', 0, 'Suppressed', 42, 66);
SELECT t.mark(66);
-- the restriction alone says so too
SELECT t.page(43, 0, 'Suppressed_too', 321, 2, 'secret summary', 67);
UPDATE mediawiki.revision SET rev_deleted = 4 WHERE wiki_id = 'testwiki' AND rev_id = 321;
SELECT t.mark(67);
SELECT t.delete(43, 15);
SELECT t.mark(68);
COMMIT;
SELECT e - 'meta' AS event FROM t.events() e WHERE e->>'page_change_kind' = 'delete';

-- the revision of a page is at another since, and what is deleted was made just now: a history merge of a page that can be no redirect
BEGIN;
SELECT t.page(46, 0, 'Merged', 340, 1, 'is at another page', 68);
SELECT t.page(47, 0, 'Destination', 341, 1, 'c', 68);
SELECT t.mark(68);
UPDATE mediawiki.revision SET rev_page = 47 WHERE wiki_id = 'testwiki' AND rev_id = 340;
SELECT t.edit(46, 342, 2, 'is deleted', 69);
SELECT t.delete(46);
SELECT t.log(23, 'delete', 'delete', 1, 'merged', 0, 'Merged', 46, 69);
SELECT t.mark(69);
COMMIT;
SELECT e->'page' AS page, e->>'comment' AS comment, e->'revision'->'rev_id' AS rev, e->'revision'->'comment' AS "of"
	FROM t.events() e WHERE e->>'page_change_kind' = 'delete';

-- without archive (nukePage) and without a revision at all
BEGIN;
SELECT t.page(44, 0, 'Nuked', 330, 2, 'c', 69);
SELECT t.page(45, 0, 'Nothing', 331, 2, 'c', 69);
SELECT t.mark(69);
DELETE FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id IN (44, 45);
DELETE FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_id = 331;
SELECT t.mark(70);
COMMIT;
SELECT e - 'meta' #- '{revision,content_slots}' AS event FROM t.events() e WHERE e->>'page_change_kind' = 'delete';
-- a row whose latest revision was a number that no event can hold as it went: the page is gone all the same
BEGIN;
SELECT t.page(9148, 0, 'Ends_oddly', 91480, 1, 'c', 71), t.mark(71);
UPDATE mediawiki.page SET page_latest = -1 WHERE wiki_id = 'testwiki' AND page_id = 9148;
DELETE FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = 9148;
SELECT t.mark(72);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page'->'page_id' AS page, e->'revision'->'rev_id' AS rev FROM t.events() e;
