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

-- as the module has it
SELECT t.story(900);
CREATE TABLE t.first AS SELECT * FROM t.told();
SELECT stream, name IS NOT NULL AS enabled FROM (SELECT DISTINCT stream FROM t.first) f
	LEFT JOIN (SELECT name FROM mwmirror.streams() WHERE enabled AND NOT private) s ON name = stream ORDER BY stream;

-- Each stream off, one by one: the others say what they said, with the ids and in the order that they had.
CREATE TABLE t.differences (off text, differences bigint, told bigint);
CREATE FUNCTION t.compare(off text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO t.differences
		SELECT off, count(*) FILTER (WHERE (a.id, a.stream) IS DISTINCT FROM (b.id, b.stream)), count(b.id)
		FROM (SELECT row_number() OVER (ORDER BY n) AS i, * FROM t.first WHERE stream <> off) a
		FULL JOIN (SELECT row_number() OVER (ORDER BY n) AS i, * FROM t.told()) b USING (i)
$$;
\set ECHO none
SELECT format('SELECT mwmirror.stream_switch(%L, false)', name), 'SELECT t.story(900)', format('SELECT t.compare(%L)', name),
		format('SELECT mwmirror.stream_switch(%L, NULL)', name)
	FROM mwmirror.streams() WHERE NOT private
\o /dev/null
\gexec
\o
\set ECHO all
SELECT count(*) = (SELECT count(*) FROM mwmirror.streams() WHERE NOT private) AS each_one, sum(differences) AS differences,
		bool_and(told = (SELECT count(*) FROM t.first WHERE stream <> off)) AS others_told FROM t.differences;
SELECT enabled, count(*) > 0 FROM mwmirror.stream GROUP BY 1;
DELETE FROM mwmirror.stream;

-- all off: nothing is said, and no row is asked for that is not there
SELECT count(mwmirror.stream_switch(name, false)) > 0 FROM mwmirror.streams();
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
SELECT count(mwmirror.stream_switch(name, false)) > 0 FROM mwmirror.streams();
SELECT t.story(920);
DELETE FROM mwmirror.stream;
SELECT t.story(922);
SELECT substring(l FROM 'BEGIN test (\S+)') AS gtid FROM t.lines() l WHERE l ~ '^BEGIN';

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
UPDATE mwmirror.wiki SET private = true, streams_on = (SELECT array_agg(name) FROM mwmirror.streams()) WHERE wiki_id = 'testwiki';
SELECT count(mwmirror.stream_switch(name, true)) > 0 FROM mwmirror.streams();
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
