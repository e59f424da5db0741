-- Several source transactions in one PG transaction: each sees the state at its own mark.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 80, NULL, 'Before');
SELECT t.page(80, 0, 'Group', 700, 80, 'one', 140);
SELECT t.mark(140);
UPDATE mediawiki.actor SET actor_name = 'After' WHERE wiki_id = 'testwiki' AND actor_id = 80;
SELECT t.edit(80, 701, 80, 'two', 141);
SELECT t.mark(141);
DELETE FROM mediawiki.actor WHERE wiki_id = 'testwiki' AND actor_id = 80;
SELECT t.edit(80, 702, 80, 'three', 142);
SELECT t.mark(142);
INSERT INTO mediawiki.actor VALUES ('testwiki', 80, NULL, 'Reborn');
SELECT t.edit(80, 703, 80, 'four', 143);
SELECT t.mark(143);
-- a mark without events takes an ordinal too
SELECT t.mark(144);
-- names, namespaces and settings of the wiki change between marks
INSERT INTO mediawiki.content_models VALUES ('testwiki', 90, 'first-name');
SELECT t.revision(704, 80, 80, 'five', 703, 145, model => 90);
UPDATE mediawiki.page SET page_latest = 704, page_namespace = 4 WHERE wiki_id = 'testwiki' AND page_id = 80;
SELECT t.mark(145);
UPDATE mediawiki.content_models SET model_name = 'second-name' WHERE wiki_id = 'testwiki' AND model_id = 90;
UPDATE mwmirror.wiki_namespace SET namespace_name = 'Testwiki' WHERE wiki_id = 'testwiki' AND namespace_id = 4;
UPDATE mwmirror.wiki SET domain = 'new.example.org' WHERE wiki_id = 'testwiki';
SELECT t.revision(705, 80, 80, 'six', 704, 146, model => 90);
UPDATE mediawiki.page SET page_latest = 705 WHERE wiki_id = 'testwiki' AND page_id = 80;
SELECT t.mark(146);
COMMIT;
-- later changes are not seen by what came before
UPDATE mediawiki.actor SET actor_name = 'Much later' WHERE wiki_id = 'testwiki' AND actor_id = 80;
UPDATE mwmirror.wiki SET domain = 'test.example.org' WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki_namespace SET namespace_name = 'Project' WHERE wiki_id = 'testwiki' AND namespace_id = 4;
SELECT t.mark(147);
VACUUM mediawiki.actor, mediawiki.page, mediawiki.revision, mwmirror.wiki;
CREATE TEMP TABLE seen AS SELECT row_number() OVER () AS n, l FROM t.lines() l;
SELECT l FROM seen WHERE l ~ '^(BEGIN|COMMIT) ' ORDER BY n;
SELECT e->'revision'->'comment' AS comment, e->'revision'->'editor'->>'user_text' AS editor, e->'page'->>'page_title' AS title,
	e->'meta'->>'domain' AS domain, e->'revision'->'content_slots'->'main'->>'content_model' AS model
	FROM seen, LATERAL (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e) x WHERE l !~ '^(BEGIN|COMMIT) ' ORDER BY n;
-- reading again gives the same bytes
BEGIN;
SELECT t.page(81, 0, 'Again', 710, 1, 'one', 148);
SELECT t.mark(148);
COMMIT;
SET t.streams = '.';
CREATE TEMP TABLE peeked AS
	SELECT t.noted(data) AS data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text');
SELECT count(*) FROM (SELECT data FROM peeked EXCEPT ALL SELECT t.lines()) x;
RESET t.streams;
-- two wikis in one source transaction
BEGIN;
SELECT t.page(82, 0, 'First', 711, 1, 'one', 149);
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_latest) VALUES ('tempwiki', 82, 2, 'Second', 711);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_actor, rev_comment_id, rev_timestamp, rev_deleted)
	VALUES ('tempwiki', 711, 82, 1, 1, t.at(149), 0);
SELECT t.mark(149);
COMMIT;
SELECT e->>'wiki_id' AS wiki, e->'page' AS page, e->'meta'->>'uri' AS uri FROM t.events() e;
