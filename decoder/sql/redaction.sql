-- Redaction: no hidden value in any event, whether of the revision, its parent, a log row or the archive.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 66, NULL, 'canary-user');
SELECT t.page(70, 0, 'Canaries', 600, 66, 'canary-comment', 120);
UPDATE mediawiki.revision SET rev_deleted = 7, rev_sha1 = 'canary-sha1', rev_len = 987654
	WHERE wiki_id = 'testwiki' AND rev_id = 600;
UPDATE mediawiki.content SET content_sha1 = 'canary-sha1', content_size = 987654
	WHERE wiki_id = 'testwiki' AND content_id = 1600;
SELECT t.mark(120);
-- as the parent of an edit
SELECT t.edit(70, 601, 1, 'visible', 121);
SELECT t.mark(121);
-- as the current revision again, with the bits of one after the other taken away
UPDATE mediawiki.page SET page_latest = 600 WHERE wiki_id = 'testwiki' AND page_id = 70;
SELECT t.mark(122);
UPDATE mediawiki.revision SET rev_deleted = 15 WHERE wiki_id = 'testwiki' AND rev_id = 600;
SELECT t.log(50, 'suppress', 'revision', 66, 'canary-reason', 0, 'Canaries', 70, 123);
SELECT t.mark(123);
-- deleted and restored, each with a log row whose user and comment are hidden
SELECT t.delete(70);
SELECT t.log(51, 'delete', 'delete', 66, 'canary-reason', 0, 'Canaries', 70, 124);
UPDATE mediawiki.logging SET log_deleted = 6 WHERE wiki_id = 'testwiki' AND log_id = 51;
SELECT t.mark(124);
SELECT t.restore('{600,601}', 70, 0, 'Canaries');
SELECT t.log(52, 'delete', 'restore', 66, 'canary-reason', 0, 'Canaries', 70, 125);
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 52;
SELECT t.mark(125);
COMMIT;
SET t.streams = '.';
CREATE TEMP TABLE seen AS SELECT l FROM t.lines() l;
RESET t.streams;
SELECT count(*) FILTER (WHERE t.shown(l)) AS events, count(*) FILTER (WHERE l ~ 'canary|987654') AS leaks FROM seen WHERE l !~ '^(BEGIN|COMMIT) ';
SELECT e->>'page_change_kind' AS kind, e->'performer'->>'user_text' AS performer, e->>'comment' AS comment, e->>'dt' AS dt,
	(e->'revision') - 'editor' AS revision
	FROM seen, LATERAL (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e) x WHERE l !~ '^(BEGIN|COMMIT) ' AND t.shown(l);
-- one bit at a time
BEGIN;
SELECT t.page(71, 0, 'Bits', 610, 66, 'canary', 126);
SELECT t.mark(126);
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 610;
SELECT t.mark(127);
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 610;
SELECT t.mark(128);
UPDATE mediawiki.revision SET rev_deleted = 4 WHERE wiki_id = 'testwiki' AND rev_id = 610;
SELECT t.mark(129);
COMMIT;
SELECT (e->'revision') - 'rev_dt' AS revision, e->'prior_state' AS prior FROM t.events() e OFFSET 1;
-- where a redirect leads to is told by its text: hidden, shown again, and the page deleted with suppression
BEGIN;
SELECT t.page(72, 0, 'Leads', 620, 1, 'c', 130, 'Canary_target');
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 620;
SELECT t.mark(130);
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id = 620;
SELECT t.mark(131);
SELECT t.delete(72);
SELECT t.log(53, 'suppress', 'delete', 1, 'why', 0, 'Leads', 72, 132);
SELECT t.mark(132);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page' AS page FROM t.events() e;
