-- State streams of whole rows: of every table with a key, whatever its columns, and of private wikis too.
\pset format unaligned
\pset footer off

-- an extension's table, by mapping data alone
CREATE TABLE mediawiki.gadget (
	wiki_id text COLLATE "C" NOT NULL,
	g_name  text COLLATE "C" NOT NULL,
	g_id    integer NOT NULL,
	g_text  text COLLATE "C",
	g_blob  bytea,
	g_time  timestamptz,
	g_on    boolean,
	g_small smallint,
	g_rate  double precision,
	g_list  integer[],
	g_twice integer GENERATED ALWAYS AS (g_id * 2) STORED,
	PRIMARY KEY (wiki_id, g_name, g_id)
);
ALTER TABLE mediawiki.gadget ALTER g_text SET STORAGE EXTERNAL;
CREATE TABLE mediawiki.keyless (wiki_id text COLLATE "C" NOT NULL, k integer);
INSERT INTO mwmirror.table_map (source_table, target_table, ordinal) VALUES ('gadget', 'gadget', 900), ('keyless', 'keyless', 901);
SELECT name, private, enabled, key, partitions, cleanup, retention_ms, compaction_lag_ms, wikis, of_table
	FROM mwmirror.streams() WHERE of_table IN ('gadget', 'keyless', 'page', 'oldimage', 'content_body', 'recentchanges', 'user');

-- one on for all wikis, one for one of them, and what cannot be
SELECT mwmirror.stream_switch('mwmirror.state.gadget.private.v1', true);
SELECT mwmirror.stream_switch('mwmirror.state.page_props.private.v1', true, 'tempwiki');
SELECT mwmirror.stream_switch('mwmirror.state.keyless.private.v1', true);
-- a dump that is restored has keys last
BEGIN;
SET LOCAL check_function_bodies = off;
SELECT mwmirror.stream_switch('mwmirror.state.keyless.private.v1', true);
SELECT mwmirror.stream_switch('mwmirror.state.keyless.private.v1', true, 'tempwiki');
ROLLBACK;
SELECT mwmirror.stream_switch('mwmirror.state.content_body.private.v1', true);
INSERT INTO mwmirror.stream (stream_name, key) VALUES ('mwmirror.state.user.private.v1', 'wiki');
SELECT name, wikis FROM mwmirror.streams() WHERE of_table IS NOT NULL AND enabled;
SET t.streams = 'state\.';

SELECT t.follow();
BEGIN;
-- each type, each with nothing in it
INSERT INTO mediawiki.gadget (wiki_id, g_name, g_id, g_text, g_blob, g_time, g_on, g_small, g_rate, g_list) VALUES
	('testwiki', 'All "of" it', 1, E'tab\tnew\nline \u00e9 \\', '\x00ff10', '2023-11-14 22:13:20+00', true, -3, 0.1, '{1,NULL,3}'),
	('testwiki', 'None', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('testwiki', 'Odd', 3, '', '', 'infinity', false, 0, 'NaN', '{}'),
	('tempwiki', 'Odd', 3, 'other wiki', NULL, '2023-11-14 22:13:20.25+00', NULL, NULL, 1e300, NULL);
INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', 1, 'off', 'x'), ('tempwiki', 1, 'on', 'x');
SELECT t.mark(3001);
-- the net effect: changed twice; came and went; went and came; another key; went
INSERT INTO mediawiki.gadget (wiki_id, g_name, g_id) VALUES ('testwiki', 'Passing', 9);
UPDATE mediawiki.gadget SET g_small = 1 WHERE wiki_id = 'testwiki' AND g_name = 'None';
DELETE FROM mediawiki.gadget WHERE wiki_id = 'testwiki' AND g_name = 'Passing';
UPDATE mediawiki.gadget SET g_small = 2 WHERE wiki_id = 'testwiki' AND g_name = 'None';
DELETE FROM mediawiki.gadget WHERE wiki_id = 'testwiki' AND g_name = 'Odd';
INSERT INTO mediawiki.gadget (wiki_id, g_name, g_id, g_text) VALUES ('testwiki', 'Odd', 3, 'again');
UPDATE mediawiki.gadget SET g_id = 7 WHERE wiki_id = 'testwiki' AND g_name LIKE 'All%';
DELETE FROM mediawiki.gadget WHERE wiki_id = 'tempwiki';
SELECT t.mark(3002);
COMMIT;
SELECT * FROM t.lines();

-- values that an UPDATE leaves alone are out of line, and told all the same: of a table with REPLICA IDENTITY FULL; of a row that its PG transaction
-- changed; and of one that mwmirror.apply() changed, which tells it once more. What a statement leaves so is not told at all
CREATE FUNCTION t.long_texts() RETURNS TABLE (small text, length int, md5 text) LANGUAGE sql AS $$
	SELECT v->>'g_small', length(v->>'g_text'), left(md5(v->>'g_text'), 8)
	FROM t.lines() l, LATERAL (SELECT substring(l FROM '^\S+ \{.*?\} (\{.*)$')::jsonb AS v) x WHERE l LIKE 'mwmirror%'$$;
ALTER TABLE mediawiki.gadget REPLICA IDENTITY FULL;
BEGIN;
INSERT INTO mediawiki.gadget (wiki_id, g_name, g_id, g_text) VALUES ('testwiki', 'Long', 1, repeat('long text ', 1000));
SELECT t.mark(3003);
COMMIT;
BEGIN;
UPDATE mediawiki.gadget SET g_small = 4 WHERE wiki_id = 'testwiki' AND g_name = 'Long';
SELECT t.mark(3004);
COMMIT;
SELECT * FROM t.long_texts();
ALTER TABLE mediawiki.gadget REPLICA IDENTITY DEFAULT;
BEGIN;
UPDATE mediawiki.gadget SET g_text = repeat('other text ', 1000) WHERE wiki_id = 'testwiki' AND g_name = 'Long';
UPDATE mediawiki.gadget SET g_small = 5 WHERE wiki_id = 'testwiki' AND g_name = 'Long';
SELECT t.mark(3005);
UPDATE mediawiki.gadget SET g_small = 6 WHERE wiki_id = 'testwiki' AND g_name = 'Long';
SELECT t.mark(3006);
COMMIT;
SELECT * FROM t.long_texts();
BEGIN;
UPDATE mediawiki.gadget SET g_small = 7 WHERE wiki_id = 'testwiki' AND g_name = 'Long';
SELECT t.mark(3007);
COMMIT;
SELECT * FROM t.long_texts();
INSERT INTO mwmirror.stream (stream_name, enabled) VALUES ('mwmirror.state.image.private.v1', true);
BEGIN;
INSERT INTO mediawiki.image (wiki_id, img_name, img_metadata) VALUES ('testwiki', 'Long.png', decode(repeat('00112233445566778899aabbccddeeff', 1000), 'hex'));
ALTER TABLE mediawiki.image ALTER img_metadata SET STORAGE EXTERNAL;
UPDATE mediawiki.image SET img_metadata = img_metadata || '\x00' WHERE wiki_id = 'testwiki' AND img_name = 'Long.png';
SELECT t.mark(3008);
COMMIT;
SELECT count(*) FROM t.lines();
CREATE FUNCTION t.metadata() RETURNS TABLE (width text, length int, md5 text) LANGUAGE sql AS $$
	SELECT v->>'img_width', length(decode(v->>'img_metadata', 'base64')), left(md5(decode(v->>'img_metadata', 'base64')), 8)
	FROM t.lines() l, LATERAL (SELECT substring(l FROM '^\S+ \{.*?\} (\{.*)$')::jsonb AS v) x WHERE l LIKE 'mwmirror%'$$;
BEGIN;
UPDATE mediawiki.image SET img_width = 3 WHERE wiki_id = 'testwiki' AND img_name = 'Long.png';
SELECT t.mark(3009);
UPDATE mediawiki.image SET img_width = 4 WHERE wiki_id = 'testwiki' AND img_name = 'Long.png';
UPDATE mediawiki.image SET img_width = 5 WHERE wiki_id = 'testwiki' AND img_name = 'Long.png';
SELECT t.mark(3010);
COMMIT;
-- what a message has no room for is left out of it
SELECT kb, substring(data FROM '"img_width":\d+'), substring(data FROM '"img_metadata":[^,]{4}'), length(data) < 1000 AS is_short
FROM (VALUES ('8'), ('16'), ('32')) AS room (kb), pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'content', kb) WHERE data LIKE 'mwmirror%';
SELECT * FROM t.metadata();

-- switched off, a table tells no more; nothing of it stays in other streams' events
SELECT mwmirror.state_switch(false, true);
SELECT name FROM mwmirror.streams() WHERE enabled AND of_table IS NOT NULL;
UPDATE mwmirror.wiki SET streams_on = '{}' WHERE wiki_id = 'tempwiki';
BEGIN;
UPDATE mediawiki.gadget SET g_small = 8 WHERE wiki_id = 'testwiki' AND g_name = 'Long';
SELECT t.mark(3011);
COMMIT;
SELECT * FROM t.lines();

-- all of them, of private wikis too, with little memory and with much: the same bytes
SELECT mwmirror.state_switch(true, true);
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'tempwiki';
BEGIN;
INSERT INTO mediawiki.gadget (wiki_id, g_name, g_id, g_text) SELECT CASE WHEN n % 2 = 0 THEN 'testwiki' ELSE 'tempwiki' END, 'Many', n, repeat(n::text, 10)
	FROM generate_series(1, 3000) n;
UPDATE mediawiki.gadget SET g_small = g_id % 1000 WHERE g_name = 'Many' AND g_id % 3 = 0;
DELETE FROM mediawiki.gadget WHERE g_name = 'Many' AND g_id % 5 = 0;
SELECT t.mark(3012);
DELETE FROM mediawiki.gadget WHERE g_name = 'Many';
SELECT t.mark(3013);
COMMIT;
CREATE TABLE t.much AS SELECT row_number() OVER () AS n, data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'memory', '65536');
CREATE TABLE t.little AS SELECT row_number() OVER () AS n, t.noted(data) AS data FROM pg_logical_slot_get_changes('regression_slot', NULL, NULL, 'format', 'text', 'memory', '64');
SELECT count(*) AS lines, count(*) FILTER (WHERE m.data = l.data) AS same, count(*) FILTER (WHERE l.data LIKE '% -') AS tombstones,
		count(*) FILTER (WHERE l.data LIKE '%{"wiki_id":"tempwiki"%' AND l.data !~ '^mwmirror\.state\.gadget\.private\.v1 ') AS elsewhere
	FROM t.much m FULL JOIN t.little l USING (n);
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'tempwiki';

-- the other streams' ids are as without them, and messages of a stream are as their schema says
SELECT mwmirror.state_schema('mwmirror.state.gadget.private.v1');
SELECT t.state_schemas() > 40 AS all_of_them;
SELECT mwmirror.state_switch(false, true);
DROP TABLE mediawiki.gadget, mediawiki.keyless;
DELETE FROM mwmirror.table_map WHERE NOT shipped;
