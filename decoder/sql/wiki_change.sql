-- mwmirror.wiki_change.v1: settings of wikis, told between two source transactions after somebody has changed them.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'wiki_change';
CREATE FUNCTION t.ask(until timestamptz DEFAULT t.at(0), OUT kind text, OUT wiki text, OUT wrote int, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	step := mwmirror.request_step('test', until);
	SELECT q.kind, q.wiki_id, step.wrote, q.state INTO kind, wiki, wrote, state FROM mwmirror.request q WHERE q.id = step.id;
END$$;
CREATE FUNCTION t.settings(name text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT CASE WHEN l ~ '^mwmirror' THEN concat_ws(' ', split_part(l, ' ', 2), e->>'changelog_kind', e->'wiki'->>name) ELSE regexp_replace(l, 'Q\d+\.', 'Q<id>.') END
	FROM (SELECT l, substring(l FROM '^\S+ \S+ (\{.*)$')::jsonb AS e FROM t.lines() l) x$$;

UPDATE mwmirror.wiki SET snapshot_gtid = NULL;
-- each wiki has waited since it was registered; those that are not copied go on to
SELECT kind, wiki_id, source_name, state FROM mwmirror.request WHERE kind = 'wiki' AND wiki_id IN ('testwiki', 'tempwiki') ORDER BY wiki_id;
SELECT * FROM t.ask();
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1' WHERE wiki_id = 'testwiki';
-- without a time that is known nothing is told: such are the steps of tests
SELECT id, wrote FROM mwmirror.request_step('test');
-- what is off is told to nobody, but is known to have been told
SELECT * FROM t.ask();
SELECT * FROM t.ask();
SELECT regexp_replace(l, 'Q\d+\.', 'Q<id>.') AS l FROM t.lines() l;
SELECT private, settings - 'streams' - 'namespaces' AS settings, jsonb_array_length(settings->'namespaces') AS namespaces FROM mwmirror.wiki_told WHERE wiki_id = 'testwiki';
-- that it is on now is a change of each wiki's settings, so all that a reader needs comes
SELECT mwmirror.stream_switch('mwmirror.wiki_change.v1', true);
SELECT * FROM t.ask();
SELECT * FROM t.ask();
SELECT CASE WHEN l ~ '^mwmirror' THEN (substring(l FROM '^\S+ \S+ (\{.*)$')::jsonb - 'dt' #- '{meta,dt}' #- '{meta,id}' #- '{meta,request_id}')::text
	ELSE regexp_replace(l, 'Q\d+\.', 'Q<id>.') END FROM t.lines() l;
-- each setting; several changes, and what changes nothing
UPDATE mwmirror.wiki SET domain = 'new.example.org', canonical_server = 'https://new.example.org' WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET bot_groups = '{bot,robots}', generator = 'MediaWiki "1"' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
SELECT * FROM t.settings('bot_groups');
UPDATE mwmirror.wiki SET snapshot_at = now(), table_prefix = 'x' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
INSERT INTO mwmirror.wiki_namespace VALUES ('testwiki', 100, 'Portal'), ('testwiki', -2, 'Media');
UPDATE mwmirror.wiki_namespace SET female_name = 'Userin' WHERE wiki_id = 'testwiki' AND namespace_id = 2;
SELECT * FROM t.ask();
DELETE FROM mwmirror.wiki_namespace WHERE wiki_id = 'testwiki' AND namespace_id IN (100, -2);
SELECT * FROM t.ask();
SELECT mwmirror.stream_switch('mediawiki.page-create', false, 'testwiki');
SELECT * FROM t.ask();
SELECT * FROM t.settings('namespaces');
-- in order with live changes: what is edited before has the domain before
BEGIN;
SELECT t.page(889100, 0, 'Settings', 8862000, 1, 'made', 1500), t.mark(1500);
COMMIT;
UPDATE mwmirror.wiki SET domain = 'test.example.org', canonical_server = 'https://test.example.org' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
BEGIN;
SELECT t.edit(889100, 8862001, 1, 'edited', 1501), t.mark(1501);
COMMIT;
SET t.streams = 'wiki_change|page_change';
SELECT e#>>'{meta,stream}' AS stream, e#>>'{meta,domain}' AS domain, e#>>'{wiki,domain}' AS told FROM t.events() e;
SET t.streams = 'wiki_change';
-- undone with its transaction, and told then; ids are the same however often it is decoded
UPDATE mwmirror.wiki SET language = 'de' WHERE wiki_id = 'testwiki';
BEGIN;
SELECT * FROM t.ask();
ROLLBACK;
SELECT * FROM t.ask();
SELECT count(DISTINCT id) AS ids, count(*) AS said FROM (
	SELECT substring(data FROM '"id":"([^"]*)"') AS id FROM generate_series(1, 3), LATERAL (
		SELECT data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text')) x WHERE data ~ '^mwmirror.wiki_change') y;
SELECT * FROM t.settings('language');
-- private wikis are on no stream of the others; one that becomes public is new, and says nothing of before
UPDATE mwmirror.wiki SET private = true, language = 'CANARYlanguage' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
UPDATE mwmirror.wiki SET domain = 'CANARYdomain' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
SELECT * FROM t.settings('language');
UPDATE mwmirror.wiki SET private = false, language = 'en', domain = 'test.example.org', bot_groups = '{bot}', generator = NULL WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
SELECT * FROM t.settings('language');
-- cancelled: it is not told
SELECT mwmirror.request_cancel(id) FROM mwmirror.request WHERE kind = 'wiki' AND wiki_id = 'testwiki';
UPDATE mwmirror.request SET state = 'cancelled' WHERE kind = 'wiki' AND wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET language = 'fr' WHERE wiki_id = 'testwiki';
SELECT * FROM t.ask();
-- as it was
UPDATE mwmirror.request SET state = 'done' WHERE kind = 'wiki' AND wiki_id = 'testwiki';
UPDATE mwmirror.wiki_namespace SET female_name = NULL WHERE wiki_id = 'testwiki' AND namespace_id = 2;
UPDATE mwmirror.wiki SET language = 'en', table_prefix = '', streams_off = '{}', snapshot_at = NULL WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1';
DELETE FROM mwmirror.stream;
DELETE FROM mwmirror.wiki_told;
SELECT * FROM t.lines();
