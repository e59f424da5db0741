-- Streams and wikis are switched by data; private wikis are kept apart, whatever the data say.
\pset format unaligned
\pset footer off
\set SHOW_CONTEXT never
SET t.streams = '.';
SELECT t.follow();
-- a page made and edited, with a row for each stream, by the number of a GTID: on which streams that is told of, and how
CREATE SEQUENCE t.choices START 1;
CREATE FUNCTION t.story(gtid int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n int := nextval('t.choices');
BEGIN
	PERFORM t.page(41000 + n, 0, 'Choice_' || n, 410000 + 10 * n, 1, 'made', 900);
	PERFORM t.edit(41000 + n, 410001 + 10 * n, 1, 'edited', 900);
	INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id) VALUES ('testwiki', 410000 + n, 410001 + 10 * n, 1);
	INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_type, rc_source, rc_new_len) VALUES ('testwiki', 410000 + n, 0, 'mw.edit', 0);
	INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level) VALUES ('testwiki', 410000 + n, 41000 + n, 'edit', 'sysop');
	INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', 41000 + n, 'noindex', '');
	INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path) VALUES ('testwiki', 410000 + n, 41000 + n, 'https://org.', '/');
	PERFORM t.mark(gtid);
	PERFORM t.edit(41000 + n, 410002 + 10 * n, 1, 'edited again', 901);
	PERFORM t.mark(gtid + 1);
END$$;
CREATE FUNCTION t.told(OUT n bigint, OUT stream text, OUT key text, OUT id text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT row_number() OVER (), substring(l FROM '^\S+'), substring(l FROM '^\S+ (\S+) '),
		substring(l FROM '^\S+ \S+ (.*)$')::jsonb->'meta'->>'id'
	FROM t.lines() l WHERE l !~ '^(BEGIN|COMMIT) '
$$;
CREATE FUNCTION t.count_told(OUT stream text, OUT count bigint) RETURNS SETOF record LANGUAGE sql AS
	$$SELECT stream, count(*) FROM t.told() GROUP BY stream ORDER BY min(n)$$;
SELECT count(*) >= 0 AS said FROM t.lines();

-- all that can happen to a page, a source transaction each, by the number of the first GTID
CREATE FUNCTION t.flow(gtid int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n int := nextval('t.choices');
	p int := 42000 + 10 * n;
	r int := 420000 + 100 * n;
BEGIN
	PERFORM t.page(p, 0, 'Flow_' || n, r, 1, 'made', 910), t.mark(gtid);
	PERFORM t.edit(p, r + 1, 2, 'edited', 911), t.mark(gtid + 1);
	PERFORM t.revision(r + 2, p, 1, 'moved', r + 1, 912, r + 1001);
	UPDATE mediawiki.page SET page_title = 'Moved_' || n, page_latest = r + 2 WHERE wiki_id = 'testwiki' AND page_id = p;
	PERFORM t.page(p + 1, 0, 'Flow_' || n, r + 3, 1, 'a redirect', 912, 'Moved_' || n);
	PERFORM t.log(r, 'move', 'move', 1, 'moved', 0, 'Flow_' || n, p, 912), t.mark(gtid + 2);
	UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = r + 2;
	PERFORM t.log(r + 1, 'delete', 'revision', 1, 'hidden', 0, 'Moved_' || n, p, 913), t.mark(gtid + 3);
	PERFORM t.delete(p + 1);
	DELETE FROM mediawiki.redirect WHERE wiki_id = 'testwiki' AND rd_from = p + 1;
	PERFORM t.log(r + 2, 'delete', 'delete', 1, 'deleted', 0, 'Flow_' || n, p + 1, 914), t.mark(gtid + 4);
	PERFORM t.restore(ARRAY[r + 3], p + 2, 0, 'Flow_' || n);
	PERFORM t.log(r + 3, 'delete', 'restore', 1, 'restored', 0, 'Flow_' || n, p + 2, 915), t.mark(gtid + 5);
	PERFORM t.archive(p, NULL, ARRAY[r]), t.mark(gtid + 6);
	PERFORM t.restore(ARRAY[r], p, 0, 'Moved_' || n);
	PERFORM t.log(r + 4, 'delete', 'restore', 1, 'restored', 0, 'Moved_' || n, p, 916), t.mark(gtid + 7);
	UPDATE mediawiki.revision SET rev_page = p WHERE wiki_id = 'testwiki' AND rev_id = r + 3;
	UPDATE mediawiki.page SET page_latest = r + 3 WHERE wiki_id = 'testwiki' AND page_id = p;
	PERFORM t.mark(gtid + 8);
	UPDATE mediawiki.page SET page_touched = t.at(917) WHERE wiki_id = 'testwiki' AND page_id = p;
	INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id) VALUES ('testwiki', r, r + 3, 900);
	UPDATE mediawiki.change_tag_def SET ctd_count = ctd_count + 1 WHERE wiki_id = 'testwiki' AND ctd_id = 900;
	INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_type, rc_source, rc_actor, rc_this_oldid, rc_new_len)
		VALUES ('testwiki', r, 0, 'mw.edit', 1, r + 3, 0);
	PERFORM t.mark(gtid + 9);
	PERFORM t.page(p + 3, 0, 'Suppressed_' || n, r + 4, 2, 'made', 918), t.mark(gtid + 10);
	PERFORM t.delete(p + 3, 8), t.log(r + 5, 'suppress', 'delete', 1, 'suppressed', 0, 'Suppressed_' || n, p + 3, 919), t.mark(gtid + 11);
	-- what is of a page: it is added, and then it is other, and gone
	INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', r, 0, 'Linked_' || n);
	INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', p, 'page_image', 'One'), ('testwiki', p, 'noindex', '');
	INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level) VALUES ('testwiki', r, p, 'edit', 'sysop'), ('testwiki', r + 1, p, 'move', 'sysop');
	PERFORM t.mark(gtid + 12);
	INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) VALUES ('testwiki', p, r);
	INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path) VALUES ('testwiki', r, p, 'https://org.example.', '/');
	PERFORM t.mark(gtid + 13);
	UPDATE mediawiki.page_props SET pp_value = 'Two' WHERE wiki_id = 'testwiki' AND pp_page = p AND pp_propname = 'page_image';
	DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_id = r + 1;
	PERFORM t.mark(gtid + 14);
	DELETE FROM mediawiki.pagelinks WHERE wiki_id = 'testwiki' AND pl_from = p;
	DELETE FROM mediawiki.externallinks WHERE wiki_id = 'testwiki' AND el_from = p;
	PERFORM t.mark(gtid + 15);
	-- an account in a group, and no more
	INSERT INTO mediawiki.user_groups (wiki_id, ug_user, ug_group) VALUES ('testwiki', 2, 'chosen');
	PERFORM t.log(r + 6, 'rights', 'rights', 1, 'chosen', 2, 'Newcomer', 0, 920), t.mark(gtid + 16);
	DELETE FROM mediawiki.user_groups WHERE wiki_id = 'testwiki' AND ug_group = 'chosen';
	PERFORM t.mark(gtid + 17);
END$$;
-- what it makes, and of what: names of members, and values that are no id, no number and no time
CREATE FUNCTION t.made(line text) RETURNS text LANGUAGE sql AS
	$$SELECT regexp_replace(regexp_replace(line, '"id":"[^"]*"', '', 'g'), '[0-9]+', '0', 'g') || substring(line FROM '"id":"([^"]*)"')$$;
CREATE TABLE t.made_lines (n serial, mode text, choice text, stream text, made text);
CREATE FUNCTION t.keep(of_mode text, choice text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO t.made_lines (mode, choice, stream, made) SELECT of_mode, choice, substring(l FROM '^\S+'), t.made(l)
		FROM t.lines('mode', of_mode) l WHERE l !~ '^(BEGIN|COMMIT) '
$$;
-- all of them
INSERT INTO mediawiki.change_tag_def (wiki_id, ctd_id, ctd_name, ctd_user_defined, ctd_count) VALUES ('testwiki', 900, 'chosen', true, 1);
SELECT count(mwmirror.stream_switch(name, true)) > 0 FROM mwmirror.streams() WHERE of_table IS NULL;
SELECT t.flow(900);
SELECT t.keep('complete', '');
SELECT t.flow(900);
SELECT t.keep('parity', '');
SELECT mode, count(DISTINCT stream) AS streams,
		count(DISTINCT substring(made FROM '"page_change_kind":"(\w+)')) AS kinds
	FROM t.made_lines GROUP BY 1 ORDER BY 1;
SELECT mode, stream, substring(made FROM '"redirect_page_link":\{"page_title":"(\w+)') AS led_to FROM t.made_lines
	WHERE made ~ '"page_change_kind":"delete"' ORDER BY n;
-- Each stream off, and each alone: the others, or it, say what they said, with the ids and in the order that they had.
\set ECHO none
SELECT format('SELECT mwmirror.stream_switch(name, (name = %L) = %L) FROM mwmirror.streams() WHERE of_table IS NULL', name, how = 'alone'),
		'SELECT t.flow(900)', format('SELECT t.keep(%L, %L)', mode, how || ' ' || name)
	FROM mwmirror.streams(), unnest(ARRAY['complete', 'parity']) mode, unnest(ARRAY['without', 'alone']) how WHERE NOT private AND of_table IS NULL
\o /dev/null
\gexec
DELETE FROM mwmirror.stream;
\o
\set ECHO all
WITH chosen AS (
	SELECT of_mode, how, (SELECT array_agg(made ORDER BY n) FROM t.made_lines
			WHERE mode = of_mode AND choice = '' AND (stream = name) = (how = 'alone')) AS said,
		(SELECT array_agg(made ORDER BY n) FROM t.made_lines WHERE mode = of_mode AND choice = how || ' ' || name) AS says
	FROM mwmirror.streams(), unnest(ARRAY['complete', 'parity']) of_mode, unnest(ARRAY['without', 'alone']) how WHERE NOT private AND of_table IS NULL
)
SELECT of_mode, how, bool_and(said IS NOT DISTINCT FROM says) AS same, count(*) = (SELECT count(*) FROM mwmirror.streams() WHERE NOT private AND of_table IS NULL) AS each_one
	FROM chosen GROUP BY 1, 2 ORDER BY 1, 2;

-- all off: nothing is said, and no row is asked for that is not there
SELECT count(mwmirror.stream_switch(name, false)) > 0 FROM mwmirror.streams() WHERE of_table IS NULL;
SELECT t.story(902);
SELECT l FROM t.lines() l WHERE l !~ '^COMMIT ';
-- one on again
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', true);
SELECT t.story(904);
SELECT * FROM t.count_told();
DELETE FROM mwmirror.stream;

-- a wiki: what it says of itself comes before what is said of the stream
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', false, 'testwiki');
SELECT t.story(906);
SELECT count(*) FROM t.told() WHERE stream = 'mediawiki.page_change.v1';
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', false);
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', true, 'testwiki');
SELECT streams_on, streams_off FROM mwmirror.wiki WHERE wiki_id = 'testwiki';
SELECT name, enabled FROM mwmirror.streams() WHERE name = 'mediawiki.page_change.v1';
SELECT t.story(908);
SELECT count(*) FROM t.told() WHERE stream = 'mediawiki.page_change.v1';
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', NULL, 'testwiki');
SELECT t.story(910);
SELECT count(*) FROM t.told() WHERE stream = 'mediawiki.page_change.v1';
SELECT name, enabled FROM mwmirror.streams() WHERE name = 'mediawiki.page_change.v1';
DELETE FROM mwmirror.stream;
-- all of a wiki, and all but one; of another nothing changes
UPDATE mwmirror.wiki SET streams_off = '{*}' WHERE wiki_id = 'testwiki';
SELECT t.story(912), t.other_wiki(910, 910), t.mark(914, '{tempwiki}');
SELECT l ~ '"(wiki_id|database)":"tempwiki"' AS other, count(*) > 0 AS told FROM t.lines() l WHERE l !~ '^(BEGIN|COMMIT) ' GROUP BY 1;
UPDATE mwmirror.wiki SET streams_on = '{mediawiki.page_change.v1}' WHERE wiki_id = 'testwiki';
SELECT t.story(916);
SELECT * FROM t.count_told();
UPDATE mwmirror.wiki SET streams_on = '{}', streams_off = '{}' WHERE wiki_id = 'testwiki';
-- A switch counts from its commit on, in the order of the WAL.
SELECT t.story(918);
SELECT count(mwmirror.stream_switch(name, false)) > 0 FROM mwmirror.streams() WHERE of_table IS NULL;
SELECT t.story(920);
DELETE FROM mwmirror.stream;
SELECT t.story(922);
SELECT substring(l FROM 'BEGIN test (\S+)') AS gtid FROM t.lines() l WHERE l ~ '^BEGIN';

-- The rows that only it needs are written from the next source transaction on: of the one that it was switched on in it says nothing.
SELECT mwmirror.stream_switch('mediawiki.recentchange', false);
BEGIN;
INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_type, rc_source, rc_actor, rc_new_len) VALUES ('testwiki', 410924, 0, 'mw.edit', 1, 0);
SELECT mwmirror.stream_switch('mediawiki.recentchange', true);
SELECT t.mark(940);
INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_type, rc_source, rc_actor, rc_new_len) VALUES ('testwiki', 410925, 0, 'mw.edit', 1, 0);
SELECT t.mark(941);
COMMIT;
SELECT l::jsonb->'id' AS id, l::jsonb->'user' AS user FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$') FROM t.lines() l WHERE l ~ '^mediawiki.recentchange ') x (l);
DELETE FROM mwmirror.stream;

-- keys
INSERT INTO mwmirror.stream (stream_name, key) VALUES ('mediawiki.page_change.v1', 'wiki');
SELECT t.story(924);
SELECT DISTINCT key FROM t.told() WHERE stream = 'mediawiki.page_change.v1';
UPDATE mwmirror.stream SET key = 'none';
SELECT t.story(926);
SELECT DISTINCT key FROM t.told() WHERE stream = 'mediawiki.page_change.v1';
UPDATE mwmirror.stream SET key = 'own';
SELECT t.story(928);
SELECT count(DISTINCT key) FROM t.told() WHERE stream = 'mediawiki.page_change.v1' AND key ~ '^\{"wiki_id":"testwiki","page_id":\d+\}$';
DELETE FROM mwmirror.stream;

-- Private: no public stream, however it is switched. All that is there is switched on in every way.
UPDATE mwmirror.wiki SET private = true, streams_on = (SELECT array_agg(name) FROM mwmirror.streams() WHERE of_table IS NULL) WHERE wiki_id = 'testwiki';
SELECT count(mwmirror.stream_switch(name, true)) > 0 FROM mwmirror.streams() WHERE of_table IS NULL;
SELECT t.story(930);
SELECT private, count(DISTINCT stream) = (SELECT count(*) FROM mwmirror.streams() m WHERE m.private) AS all_of_them, count(*) AS told
	FROM t.told() JOIN mwmirror.streams() ON name = stream GROUP BY 1;
-- and of a public one no private stream
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
SELECT t.story(932);
SELECT private, count(DISTINCT stream) > 1 AS several FROM t.told() JOIN mwmirror.streams() ON name = stream GROUP BY 1;
UPDATE mwmirror.wiki SET streams_on = '{}' WHERE wiki_id = 'testwiki';
DELETE FROM mwmirror.stream;
-- what is not known to be public is private: a row that does not say, or of a table that was made by hand
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language)
	VALUES ('unsaid', 'test', 'unsaid.example.org', 'https://unsaid.example.org', '/wiki/$1', 'en');
ALTER TABLE mwmirror.wiki ALTER private DROP NOT NULL;
UPDATE mwmirror.wiki SET private = NULL WHERE wiki_id = 'testwiki';
SELECT t.story(934);
SELECT * FROM t.count_told();
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
ALTER TABLE mwmirror.wiki ALTER private SET NOT NULL;
SELECT wiki_id FROM mwmirror.wiki WHERE private;
DELETE FROM mwmirror.wiki WHERE wiki_id = 'unsaid';
-- what it says there
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'testwiki';
BEGIN;
SELECT t.page(41900, 0, 'Private', 419000, 1, 'for few', 936);
SELECT t.mark(936);
COMMIT;
SELECT key, e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, (e->'meta') - '{id,dt}'::text[] AS meta
	FROM t.lines() l, LATERAL (SELECT substring(l FROM '^\S+ (\S+) ') AS key, substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e) x WHERE l !~ '^(BEGIN|COMMIT) ';
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
-- a wiki that is not copied yet tells nothing, whatever is chosen: what its rows refer to may not be there
UPDATE mwmirror.wiki SET snapshot_gtid = NULL, streams_on = (SELECT array_agg(name) FROM mwmirror.streams() WHERE NOT private AND of_table IS NULL) WHERE wiki_id = 'testwiki';
SELECT t.story(938);
SELECT * FROM t.count_told();
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1' WHERE wiki_id = 'testwiki';
SELECT t.story(940);
SELECT count(*) > 0 AS told FROM t.told();
UPDATE mwmirror.wiki SET streams_on = '{}' WHERE wiki_id = 'testwiki';

-- what is refused
SELECT mwmirror.stream_switch('mediawiki.page-chnge', true);
SELECT mwmirror.stream_switch('mediawiki.page-chnge', true, 'testwiki');
SELECT mwmirror.stream_switch('mediawiki.page_change.v1', true, 'nowiki');
UPDATE mwmirror.wiki SET streams_off = '{mediawiki.page_change.v1,NULL}' WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET streams_on = '{*}' WHERE wiki_id = 'testwiki';
INSERT INTO mwmirror.stream (stream_name, topic) VALUES ('mediawiki.page_change.private.v1', 'mediawiki.page_change.v1');
INSERT INTO mwmirror.stream (stream_name, topic) VALUES ('mediawiki.page_change.private.v1', 'no topic');
INSERT INTO mwmirror.stream (stream_name, partitions) VALUES ('mediawiki.page_change.v1', 0);
INSERT INTO mwmirror.stream (stream_name, cleanup) VALUES ('mediawiki.page_change.v1', 'never');
INSERT INTO mwmirror.stream (stream_name, retention_ms) VALUES ('mediawiki.page_change.v1', -2);
INSERT INTO mwmirror.stream (stream_name, key) VALUES ('mediawiki.page_change.v1', 'page');
INSERT INTO mwmirror.stream (stream_name, cleanup, key) VALUES ('mediawiki.page_change.v1', 'compact', 'wiki');
-- and what is not
INSERT INTO mwmirror.stream VALUES ('mediawiki.page_change.v1', false, 'changes', 'own', 3, 'compact,delete', -1);
SELECT * FROM mwmirror.streams() WHERE name = 'mediawiki.page_change.v1';
INSERT INTO mwmirror.stream (stream_name, topic) VALUES ('mediawiki.page_change.private.v1', 'mediawiki.page_change.v1');
DELETE FROM mwmirror.stream;
SELECT count(*) >= 0 AS said FROM t.lines();
