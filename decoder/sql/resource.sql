-- resource_change and resource-purge: pages that were only touched, and the URLs that show a page which changed.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'resource';
SELECT enabled, count(*) FROM mwmirror.streams() WHERE name ~ '^resource' GROUP BY 1;
SELECT count(mwmirror.stream_switch(name, true)) FROM mwmirror.streams() WHERE name ~ '^resource';
-- stream, tags and URL of each
CREATE FUNCTION t.uris() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT CASE WHEN l ~ '^(BEGIN|COMMIT) ' THEN l ELSE concat_ws(' ', substring(l FROM '^\S+'), e->'tags'->>0, e->'meta'->>'uri') END
	FROM t.lines() l, LATERAL (SELECT CASE WHEN l !~ '^(BEGIN|COMMIT) ' THEN substring(l FROM '^\S+ \S+ (.*)$')::jsonb END AS e) x
$$;
CREATE FUNCTION t.touch(p bigint, s int) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.page SET page_touched = t.at(s) WHERE wiki_id = 'testwiki' AND page_id = p$$;
UPDATE mwmirror.wiki SET script_path = '/w' WHERE wiki_id = 'testwiki';

-- whole lines: one event, several messages, each with an id of its own
BEGIN;
SELECT t.page(8000, 0, 'Été_&_C', 48000, 1, 'made', 800);
SELECT t.mark(800);
COMMIT;
SELECT * FROM t.lines();
-- an edit touches too, and that is the edit; a touch alone; twice is once; what else changes of a page's row is nothing
BEGIN;
SELECT t.edit(8000, 48001, 1, 'edited', 801), t.touch(8000, 801), t.mark(801);
SELECT t.touch(8000, 802), t.mark(802);
SELECT t.touch(8000, 803), t.touch(8000, 804), t.mark(803);
UPDATE mediawiki.page SET page_links_updated = t.at(804) WHERE wiki_id = 'testwiki' AND page_id = 8000;
SELECT t.mark(804);
UPDATE mediawiki.page SET page_touched = NULL WHERE wiki_id = 'testwiki' AND page_id = 8000;
SELECT t.mark(805);
COMMIT;
SELECT * FROM t.uris();
SELECT t.touch(8000, 806), t.mark(806);
SELECT * FROM t.lines();

-- moved onto its talk page's title, leaving a redirect: each URL once an event; hidden; deleted; restored
BEGIN;
UPDATE mediawiki.page SET page_namespace = 1 WHERE wiki_id = 'testwiki' AND page_id = 8000;
SELECT t.revision(48002, 8000, 1, 'moved', 48001, 810, content => 49001);
UPDATE mediawiki.page SET page_latest = 48002 WHERE wiki_id = 'testwiki' AND page_id = 8000;
SELECT t.page(8001, 0, 'Été_&_C', 48010, 1, 'left', 810, 'Elsewhere');
SELECT t.mark(810);
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 48002;
SELECT t.mark(811);
SELECT t.delete(8000), t.mark(812);
SELECT t.restore('{48000}', 8000, 1, 'Été_&_C'), t.mark(813);
SELECT t.restore('{48001,48002}', 8000, 1, 'Été_&_C'), t.mark(814);
COMMIT;
SELECT * FROM t.uris();

-- scripts and styles of the site and of users; a namespace without another; none can be in a special one
BEGIN;
INSERT INTO mwmirror.wiki_namespace VALUES ('testwiki', 8, 'MediaWiki');
COMMIT;
BEGIN;
SELECT t.page(8010, 8, 'Common.css', 48020, 1, 'c', 820), t.mark(820);
SELECT t.page(8011, 2, 'Admin/x.json', 48021, 1, 'c', 821), t.page(8012, 2, 'Admin.js', 48022, 1, 'c', 821), t.mark(821);
SELECT t.page(8013, -1, 'Version', 48023, 1, 'c', 822), t.mark(822);
COMMIT;
SELECT * FROM t.uris();

-- rules are data: of a wiki in place of one of all, of mobile sites, of some events; they count from their commit on
INSERT INTO mwmirror.purge_rule (wiki_id, rule_name, pattern, enabled) VALUES ('testwiki', '20-history', '{url}', false);
INSERT INTO mwmirror.purge_rule (wiki_id, rule_name, pattern, events, namespaces, title_like)
	VALUES ('testwiki', '25-own', '{server}{script}?t={title}&h={host9}{host2}', '{edit,delete}', '{0}', 'R%');
INSERT INTO mwmirror.purge_rule (wiki_id, rule_name, pattern) SELECT 'testwiki', rule_name, pattern FROM mwmirror.purge_rule WHERE rule_name ~ 'mobile';
SELECT t.page(8020, 0, 'Ruled', 48030, 1, 'c', 830), t.mark(830);
SELECT t.edit(8020, 48031, 1, 'c', 831), t.mark(831);
SELECT t.edit(8010, 48024, 1, 'c', 832), t.mark(832);
DELETE FROM mwmirror.purge_rule WHERE wiki_id = 'testwiki';
SELECT t.edit(8020, 48032, 1, 'c', 833), t.mark(833);
SELECT * FROM t.uris();
INSERT INTO mwmirror.purge_rule (rule_name, pattern) VALUES ('wrong', '{url}{titel}');
INSERT INTO mwmirror.purge_rule (rule_name, pattern) VALUES ('wrong', '');
INSERT INTO mwmirror.purge_rule (rule_name, pattern, title_like) VALUES ('wrong', '{url}', 'a\');
INSERT INTO mwmirror.purge_rule (rule_name, pattern, events) VALUES ('wrong', '{url}', '{created}');

-- redirects to the page, where they are referred to
SELECT t.page(8021, 0, 'Leads_there', 48040, 1, 'c', 840, 'Ruled'), t.mark(840);
SELECT t.edit(8020, 48033, 1, 'c', 841), t.mark(841);
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, only_changed, of_changed, update_of)
	VALUES ('page', '{page_namespace,page_title}', 'redirect', '{rd_namespace,rd_title}', true, 'both', '{page_id,page_latest,page_namespace,page_title}');
SELECT t.edit(8020, 48034, 1, 'c', 842), t.mark(842);
SELECT t.touch(8020, 843), t.mark(843);
SELECT * FROM t.uris();
DELETE FROM mwmirror.reference WHERE NOT shipped;

-- the same in parity mode; off, nothing
SELECT t.edit(8020, 48035, 1, 'c', 850), t.touch(8021, 850), t.mark(850);
SELECT substring(l FROM '^\S+') AS stream, count(*) FROM t.lines('mode', 'parity') l WHERE l !~ '^(BEGIN|COMMIT) ' GROUP BY 1 ORDER BY 1;
SELECT count(mwmirror.stream_switch(name, NULL)) FROM mwmirror.streams() WHERE name ~ '^resource';
SELECT t.edit(8020, 48036, 1, 'c', 851), t.touch(8021, 851), t.mark(851);
SELECT * FROM t.uris();
DELETE FROM mwmirror.stream;
