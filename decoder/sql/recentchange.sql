-- mediawiki.recentchange: rows that appear in recentchanges, of which nothing is hidden; in both modes.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'recentchange';
UPDATE mwmirror.wiki SET script_path = '/w' WHERE wiki_id = 'testwiki';
CREATE FUNCTION t.recent(id bigint, type int, source text, ns int, title text, comment text, s int, actor bigint DEFAULT 1,
	rev bigint DEFAULT 0, prior bigint DEFAULT 0, bits int DEFAULT 0, log bigint DEFAULT 0, log_type text DEFAULT NULL,
	log_action text DEFAULT '', params text DEFAULT '', old_len int DEFAULT NULL, new_len int DEFAULT 0)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_namespace, rc_title, rc_comment_id, rc_minor, rc_bot,
			rc_this_oldid, rc_last_oldid, rc_type, rc_source, rc_patrolled, rc_old_len, rc_new_len, rc_deleted, rc_logid, rc_log_type,
			rc_log_action, rc_params)
		VALUES ('testwiki', id, t.at(s), actor, ns, title, t.comment(comment), id % 2 = 0, id % 3 = 0, rev, prior, type, source, id % 4,
			old_len, new_len, bits, log, log_type, log_action, params)
$$;
BEGIN;
SELECT t.page(8500, 0, 'Recent_page', 55000, 1, 'made', 850), t.edit(8500, 55001, 2, 'edited', 851);
SELECT t.mark(851);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ '^mediawiki';

-- a new page, an edit, a log entry, a change of a category: each in a transaction of its own
BEGIN;
SELECT t.recent(1, 1, 'mw.new', 0, 'Recent_page', 'made', 850, 1, 55000, new_len => 10);
SELECT t.mark(852);
SELECT t.recent(2, 0, 'mw.edit', 0, 'Recent_page', '', 851, 2, 55001, 55000, old_len => 10, new_len => 0);
SELECT t.mark(853);
SELECT t.log(200, 'move', 'move', 3, 'moved "it"', 2, 'Some_user/a_b', 8500, 854);
SELECT t.mark(854);
SELECT t.recent(3, 3, 'mw.log', 2, 'Some_user/a_b', 'moved "it"', 854, 3, 0, 0, log => 200, log_type => 'move', log_action => 'move',
	params => 'a:2:{s:9:"4::target";s:4:"Talk";s:10:"5::noredir";s:1:"1";}');
SELECT t.mark(855);
SELECT t.recent(4, 6, 'mw.categorize', 4, 'Kinds', '[[:Recent page]] added', 855, 5, 55001, 55000);
SELECT t.mark(856);
COMMIT;
SELECT jsonb_pretty(e) FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb - 'meta' AS e FROM t.lines('mode', 'parity') l WHERE l ~ '^mediawiki') x;
-- what is said of meta, and the bytes of one
BEGIN;
SELECT t.recent(5, 0, 'mw.edit', 1, 'Éa_&', 'c', 856, 5, 55001, 55000);
SELECT t.mark(857);
COMMIT;
SELECT l FROM t.lines() l WHERE l ~ '^mediawiki';

CREATE FUNCTION t.recent_of(l text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e->>'id', e->>'type', e->>'title', e->>'log_type', e->>'log_action', e->>'log_params', e->'revision', e->'length')
	FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e) x$$;
-- kinds of extensions, and of other wikis; numbers alone, as older rows have them; parameters that are lines, or cannot be read
BEGIN;
SELECT t.recent(10, 142, 'flow', 0, 'A', 'c', 858), t.recent(11, 5, 'wb', 0, 'CANARY', 'CANARY', 858), t.recent(12, 5, 'mw.external', 0, 'CANARY', 'CANARY', 858),
	t.recent(13, 3, '', 0, 'B', 'c', 858, log_type => 'old', log_action => 'lines', params => E'one\ntwo'),
	t.recent(14, 3, 'mw.log', -1, 'C', 'c', 858, log_type => 'bad', params => 'a:1:{i:0;O:8:"stdClass":0:{}}'),
	t.recent(15, 0, 'mw.log', 0, 'D', 'c', 858, log_type => 'x', params => 'a:0:{}'), t.recent(16, 3, 'mw.edit', 0, 'E', 'c', 858);
SELECT t.mark(858);
COMMIT;
SELECT t.recent_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';
-- an update is none, nor is what goes; nor what went before the mark
BEGIN;
UPDATE mediawiki.recentchanges SET rc_patrolled = 1 WHERE wiki_id = 'testwiki' AND rc_id = 2;
DELETE FROM mediawiki.recentchanges WHERE wiki_id = 'testwiki' AND rc_id = 1;
SELECT t.recent(20, 0, 'mw.edit', 0, 'F', 'c', 859);
DELETE FROM mediawiki.recentchanges WHERE wiki_id = 'testwiki' AND rc_id = 20;
SELECT t.mark(859);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ '^mediawiki';

-- what is hidden is not told: by each bit of the row, at once or before the mark; of its revision; of its log entry; or if these are not known; of the suppression log
BEGIN;
SELECT t.recent(30 + bit, 0, 'mw.edit', 0, 'CANARY', 'CANARY', 860, bits => 1 << bit) FROM generate_series(0, 3) bit;
SELECT t.recent(35, 0, 'mw.edit', 0, 'CANARY', 'CANARY', 860);
UPDATE mediawiki.recentchanges SET rc_deleted = 4 WHERE wiki_id = 'testwiki' AND rc_id = 35;
SELECT t.mark(860);
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 55001;
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 200;
SELECT t.mark(861);
COMMIT;
BEGIN;
SELECT t.recent(36, 0, 'mw.edit', 0, 'CANARY', 'CANARY', 862, rev => 55001), t.recent(37, 3, 'mw.log', 0, 'CANARY', 'CANARY', 862, log => 200, log_type => 'move'),
	t.recent(34, 0, 'mw.edit', 0, 'CANARY', 'CANARY', 862, rev => 5500199), t.recent(29, 3, 'mw.log', 0, 'CANARY', 'CANARY', 862, log => 20099, log_type => 'move'),
	t.recent(38, 3, 'mw.log', 0, 'CANARY', 'CANARY', 862, log_type => 'suppress'), t.recent(39, 0, 'mw.edit', 0, 'Shown', 'c', 862, rev => 55000);
SELECT t.mark(862);
COMMIT;
SELECT t.recent_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';

-- the size of a text before that is hidden; a page of a user whom a block hides
BEGIN;
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_user) VALUES ('testwiki', 1, 2), ('testwiki', 2, 3), ('testwiki', 3, 2);
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_deleted) VALUES ('testwiki', 1, 1, false), ('testwiki', 2, 2, false), ('testwiki', 3, 3, true);
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 55001;
SELECT t.mark(863);
COMMIT;
SELECT t.recent(40, 0, 'mw.edit', 0, 'Recent_page', 'c', 864, rev => 55000, prior => 55001, old_len => 987654, new_len => 5),
	t.recent(41, 3, 'mw.log', 2, 'Newcomer', 'CANARY', 864, log_type => 'rights'), t.recent(42, 3, 'mw.log', 3, 'Newcomer/CANARY', 'c', 864, log_type => 'move'),
	t.recent(43, 3, 'mw.log', 2, 'Robot', 'c', 864, log_type => 'rights'), t.recent(44, 3, 'mw.log', 0, 'Newcomer', 'c', 864, log_type => 'move'), t.mark(864);
SELECT t.recent_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';

-- what is missing, or what no event can hold, is left out
BEGIN;
INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_namespace, rc_title, rc_comment_id, rc_type, rc_this_oldid, rc_last_oldid, rc_old_len, rc_new_len)
	VALUES ('testwiki', 50, 'infinity', 999999, 77, NULL, 999999, 0, -9223372036854775807, -1, -5, -5),
		('testwiki', 9223372036854775807, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0),
		('testwiki', 51, '1969-12-31 23:59:59+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
SELECT t.mark(865);
COMMIT;
SELECT e - 'meta' FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e FROM t.lines() l WHERE l ~ '^mediawiki') x;

-- rows that rebuildrecentchanges.php writes anew: of edits without a size, of log entries that are older than an hour; an upload may be as old
BEGIN;
SELECT t.recent(60, 0, 'mw.edit', 0, 'CANARY', 'CANARY', 866, new_len => NULL), t.recent(61, 1, 'mw.new', 0, 'CANARY', 'CANARY', 866, new_len => NULL),
	t.recent(62, 3, 'mw.log', 0, 'CANARY', 'CANARY', 866 - 3601, log_type => 'move'), t.recent(63, 3, 'mw.log', 0, 'Young', 'c', 866 - 3600, log_type => 'move'),
	t.recent(64, 3, 'mw.log', 6, 'Old.png', 'c', 866 - 9000, log_type => 'upload'), t.recent(65, 6, 'mw.categorize', 14, 'Kinds', 'c', 866 - 9000);
SELECT t.mark(866);
COMMIT;
SELECT t.recent_of(l) FROM t.lines() l WHERE l ~ '^mediawiki';
