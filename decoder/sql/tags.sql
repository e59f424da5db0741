-- mediawiki.revision-tags-change: the tags of a revision, now and before, in both modes; what may not be told.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'revision-tags-change';
INSERT INTO mediawiki.change_tag_def (wiki_id, ctd_id, ctd_name, ctd_user_defined, ctd_count)
	VALUES ('testwiki', 1, 'mw-undo', false, 1), ('testwiki', 2, 'mobile edit', true, 1), ('testwiki', 3, 'mw-private-patrol', false, 1),
		('testwiki', 4, 'rare', false, 1), ('testwiki', 5, 'bot''s "own"', true, 1);
BEGIN;
SELECT t.page(8000, 2, 'Tagged', 51000, 1, 'made', 800), t.edit(8000, 51001, 2, 'second', 801);
SELECT t.mark(801);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ '^mediawiki';
CREATE FUNCTION t.tag(id bigint, rev bigint, tag bigint, rc bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id, ct_rc_id) VALUES ('testwiki', id, rev, tag, rc)$$;
CREATE FUNCTION t.untag(rev bigint, tag bigint) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.change_tag WHERE wiki_id = 'testwiki' AND ct_rev_id = rev AND ct_tag_id = tag$$;
-- MediaWiki counts at the end of the transaction
CREATE FUNCTION t.count_tag(tag bigint, n bigint) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.change_tag_def SET ctd_count = ctd_count + n WHERE wiki_id = 'testwiki' AND ctd_id = tag$$;
CREATE FUNCTION t.tags_of(l text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e->>'rev_id', e->'prior_state'->'tags', e->'tags', e->'performer'->>'user_text', e->>'comment')
	FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e) x$$;

-- a transaction of its own after the edit, by software
BEGIN;
SELECT t.tag(1, 51001, 1, 700), t.count_tag(1, 1);
SELECT t.mark(802);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;
-- by a user, with a log row: one more, and one less
BEGIN;
SELECT t.tag(2, 51001, 2), t.untag(51001, 1), t.log(95, 'tag', 'update', 3, 'why', 2, 'Tagged', 8000, 803), t.count_tag(2, 1), t.count_tag(1, -1);
SELECT t.mark(803);
COMMIT;
SELECT e->'performer' AS performer, e->'tags' AS now, e->'prior_state' AS prior_state FROM t.events() e;
-- two revisions, and several tags of one, told once each, in the order of the first rows; tags of log entries are none of a revision
BEGIN;
INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_log_id, ct_tag_id) VALUES ('testwiki', 10, 95, 1);
INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id) VALUES ('testwiki', 11, 0, 1);
SELECT t.tag(12, 51001, 5), t.tag(13, 51000, 5), t.tag(14, 51001, 1), t.count_tag(5, 2), t.count_tag(1, 1);
SELECT t.mark(804);
COMMIT;
SELECT t.tags_of(l) FROM t.lines('mode', 'parity') l WHERE l ~ '^mediawiki';
-- taken away and given again, or given twice: nothing
BEGIN;
SELECT t.untag(51001, 5), t.tag(15, 51001, 5), t.tag(16, 51001, 4), t.untag(51001, 4);
SELECT t.tag(17, 51001, 1);
SELECT t.mark(805);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ '^mediawiki';
-- the last use takes the name along
BEGIN;
SELECT t.tag(18, 51000, 4), t.count_tag(4, 1);
SELECT t.mark(806);
SELECT t.untag(51000, 4), t.count_tag(4, -2);
DELETE FROM mediawiki.change_tag_def WHERE wiki_id = 'testwiki' AND ctd_id = 4;
SELECT t.mark(807);
COMMIT;
SELECT t.tags_of(l) FROM t.lines('mode', 'parity') l WHERE l ~ '^mediawiki';
-- a row that goes to another revision
BEGIN;
UPDATE mediawiki.change_tag SET ct_rev_id = 51000 WHERE wiki_id = 'testwiki' AND ct_id = 2;
SELECT t.mark(808);
COMMIT;
SELECT t.tags_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';

-- a tag that is deleted everywhere is not counted: only the complete mode tells of it
BEGIN;
UPDATE mediawiki.change_tag_def SET ctd_user_defined = false WHERE wiki_id = 'testwiki' AND ctd_id = 5;
DELETE FROM mediawiki.change_tag WHERE wiki_id = 'testwiki' AND ct_tag_id = 5;
DELETE FROM mediawiki.change_tag_def WHERE wiki_id = 'testwiki' AND ctd_id = 5;
SELECT t.mark(809);
COMMIT;
SELECT count(*) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'parity')
	WHERE data ~ '^mediawiki' AND t.shown(data);
SELECT t.tags_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';

-- a restricted tag: alone it is no event, with others it is left out, of the tags before too
BEGIN;
SELECT t.tag(20, 51000, 3), t.count_tag(3, 1);
SELECT t.mark(810);
SELECT t.tag(21, 51000, 1), t.count_tag(1, 1);
SELECT t.mark(811);
SELECT t.untag(51000, 3), t.untag(51000, 1), t.count_tag(3, -1), t.count_tag(1, -1);
SELECT t.mark(812);
COMMIT;
SELECT t.tags_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT t.tag(22, 51000, 3), t.tag(23, 51000, 1), t.mark(813);
SELECT t.tags_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';

-- hidden: text, comment, user; who tagged is told, unless that is the hidden editor, or hidden in the log
UPDATE mediawiki.revision SET rev_deleted = 7 WHERE wiki_id = 'testwiki' AND rev_id = 51001;
SELECT t.mark(814);
BEGIN;
SELECT t.tag(30, 51001, 3), t.untag(51001, 1), t.log(96, 'tag', 'update', 2, 'CANARY', 2, 'Tagged', 8000, 815);
SELECT t.mark(815);
SELECT t.tag(31, 51001, 1), t.log(97, 'tag', 'update', 3, 'CANARY', 2, 'Tagged', 8000, 816);
SELECT t.mark(816);
SELECT t.untag(51001, 1), t.log(98, 'tag', 'update', 3, 'CANARY', 2, 'Tagged', 8000, 817);
UPDATE mediawiki.logging SET log_deleted = 4 WHERE wiki_id = 'testwiki' AND log_id = 98;
SELECT t.mark(817);
COMMIT;
SELECT e - 'meta' FROM t.events() e;

-- archived, or gone: no event; without a name a tag is left out
BEGIN;
SELECT t.tag(40, 51001, 99), t.tag(41, 51001, 1), t.mark(818);
COMMIT;
SELECT t.tags_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT t.delete(8000), t.mark(819);
BEGIN;
SELECT t.tag(42, 51000, 2), t.tag(43, 59999, 2), t.mark(820);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ '^mediawiki';
