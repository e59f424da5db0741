-- Backfill: what is there is told again, by streams that a request names, between live changes and as of its place; hidden is what is hidden.
\pset format unaligned
\pset footer off
\set VERBOSITY terse
SELECT t.follow();
SET t.streams = 'page_change|page_content_change|REQUEST|row';
UPDATE mwmirror.wiki SET content_policy = 'all' WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET snapshot_gtid = NULL WHERE wiki_id = 'tempwiki';
INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ('test', '0-1-900,1-1-7') ON CONFLICT (source_name) DO UPDATE SET gtid_pos = excluded.gtid_pos;
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', true);
-- all settings of wikis are told first, to streams that are off
CREATE FUNCTION t.told(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT CASE WHEN l ~ '^mediawiki' THEN concat_ws(' ', substring(l FROM '^mediawiki\.(\S+)\.v1'), e->>'page_change_kind', e->>'changelog_kind', e#>>'{page,page_id}',
			e#>>'{page,page_title}', 'rev ' || (e#>>'{revision,rev_id}'), (e->>'dt') = (e#>>'{revision,rev_dt}'), 'by ' || (e#>>'{performer,user_text}'),
			'"' || (e#>>'{revision,comment}') || '"', (e#>>'{revision,content_slots,main,content_body}'), 'to ' || (e#>>'{page,redirect_page_link,page_title}'),
			'prior ' || (e->>'prior_state'))
		WHEN l ~ '^(row|REQUEST)' THEN NULL
		ELSE regexp_replace(l, 'Q\d+\.', 'Q<id>.') END
	FROM (SELECT l, substring(l FROM '^\S+ \S+ (\{.*)$')::jsonb AS e FROM t.lines(VARIADIC options) l WHERE l !~ '^(row|REQUEST)') x$$;
CREATE FUNCTION t.steps() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	step record;
BEGIN
	PERFORM set_config('t.writer', '', false);
	LOOP
		UPDATE mwmirror.request SET due_at = now() WHERE state = 'running' AND kind = 'backfill';
		SELECT * INTO step FROM mwmirror.request_step('test');
		EXIT WHEN step.id IS NULL;
		IF step.contents IS NOT NULL THEN -- as follow reads them from the source
			RETURN NEXT concat_ws(' ', step.wrote, 'asks for', step.contents);
			SELECT s.* INTO step FROM (
				SELECT array_agg((c->>0)::bigint) AS ids, array_agg(convert_to('read at ' || (c->>1), 'UTF8')) AS bodies, array_agg('ok'::text) AS statuses
				FROM jsonb_array_elements(step.contents->'contents') c) x,
				mwmirror.request_step('test', NULL, step.id, (step.contents->>'rows')::int, x.ids, x.bodies, x.statuses) s;
		END IF;
		RETURN NEXT concat_ws(' ', step.wrote, step.state, step.error);
	END LOOP;
	PERFORM set_config('t.writer', 'test', false);
END$$;
CREATE FUNCTION t.fill(content bigint, body text) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.content_body (wiki_id, content_id, body, body_status) VALUES ('testwiki', content, convert_to(body, 'UTF8'), 'ok')$$;
BEGIN;
SELECT t.page(770001, 0, 'One', 7700011, 1, 'made', 1), t.fill(7701011, 'first'), t.mark(1);
SELECT t.edit(770001, 7700012, 2, 'edited', 2), t.fill(7701012, 'second'), t.mark(2);
SELECT t.page(770002, 0, 'Leads', 7700021, 1, 'redirect', 3, 'One'), t.fill(7701021, '#REDIRECT [[One]]'), t.mark(3);
SELECT t.page(770003, 0, 'Veiled', 7700031, 1, 'made', 4), t.fill(7701031, 'SECRET body'), t.mark(4);
UPDATE mediawiki.revision SET rev_deleted = 7 WHERE wiki_id = 'testwiki' AND rev_id = 7700031;
SELECT t.mark(5);
SELECT t.page(770004, 0, 'Gone', 7700041, 1, 'made', 6), t.mark(6);
SELECT t.delete(770004), t.mark(7);
SELECT t.page(770005, 0, 'Bodyless', 7700051, 1, 'made', 8), t.mark(8);
COMMIT;
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
-- what cannot be asked for
SELECT mwmirror.backfill('nowiki');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page-move}');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.private.v1}');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', topic => 'a b');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', topic => 'mediawiki.page-move');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', topic => repeat('x', 201));
SELECT mwmirror.backfill('testwiki', of_tables => '{nowhere}');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', lower_key => '{x}');
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', lower_key => ARRAY[$$1'; DROP TABLE mediawiki.page; --$$]);
SELECT mwmirror.request_backfill('testwiki', 'slots', since => '2020-01-01');
SELECT mwmirror.request_backfill('testwiki', 'slots', pages => '{1}');
SELECT count(*) FROM mwmirror.request WHERE kind = 'backfill' AND streams <> '{}';
-- both streams, in the order of the key, each page's latest revision; a deleted page is none; what is hidden stays so
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1,mediawiki.page_content_change.v1}', lower_key => '{770001}', upper_key => '{770009}') AS it \gset
SELECT table_name, key_columns, streams, topics, rows_total > 0 AS counted FROM mwmirror.request WHERE id = :it;
SELECT t.steps();
SELECT * FROM t.told();
SELECT rows_done, rows_read, last_key, state, first_gtid_pos, last_gtid_pos, first_lsn <= last_lsn AS placed FROM mwmirror.request WHERE id = :it;
-- one of them: only what it needs is written
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', pages => '{770001,770003,4711}') AS it \gset
SELECT t.steps();
SELECT (SELECT count(*) FROM t.lines() l WHERE l ~ 'SECRET|second') AS bodies;
-- whole line: meta, key
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', lower_key => '{770001}', upper_key => '{770002}') AS it \gset
SELECT t.steps();
SELECT regexp_replace(regexp_replace(regexp_replace(l, '^mediawiki', ''), '"(id|request_id|dt)":"[^"]*"', '"\1":"..."', 'g'), 'Q\d+\.', 'Q<id>.') FROM t.lines() l WHERE l ~ '^(mediawiki|BEGIN|COMMIT)';
-- each revision, page by page; the page that leads somewhere does so by its latest revision alone
SELECT t.edit(770002, 7700022, 1, 'again', 9), t.mark(9);
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', lower_key => '{770001}', upper_key => '{770009}', history => true) AS it \gset
SELECT table_name, key_columns FROM mwmirror.request WHERE id = :it;
SELECT t.steps();
SELECT * FROM t.told();
-- since: what was touched, and revisions that were made
UPDATE mediawiki.page SET page_touched = '2024-05-05' WHERE wiki_id = 'testwiki' AND page_id = 770005;
SELECT t.mark(10);
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', since => '2024-05-05', lower_key => '{770001}', upper_key => '{770009}') AS it \gset
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', since => t.at(9), lower_key => '{770001}', upper_key => '{770009}', history => true) AS it2 \gset
SELECT t.steps();
SELECT * FROM t.told();
SELECT rows_done, rows_read FROM mwmirror.request WHERE id IN (:it, :it2) ORDER BY id;
-- among live changes: what was before is in it, what is later follows
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', pages => '{770001}') AS it \gset
BEGIN;
SELECT t.move(770001, 0, 'Displaced', 7700013, 11), t.mark(11);
COMMIT;
SELECT t.steps();
SELECT t.edit(770001, 7700014, 2, 'later', 12), t.fill(7701014, 'fourth'), t.mark(12);
SELECT * FROM t.told();
-- a topic of its own: announced beside the stream, and of that request alone
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', topic => 'mine', pages => '{770001}') AS it \gset
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1,mediawiki.page_content_change.v1}', topic => 'both', pages => '{770001}') AS it2 \gset
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', topic => 'mine');
INSERT INTO mwmirror.stream (stream_name, topic) VALUES ('mediawiki.page-move', 'mine');
SELECT id - :it AS n, streams, topics FROM mwmirror.request WHERE id IN (:it, :it2);
SELECT t.steps();
SELECT t.edit(770001, 7700015, 2, 'live', 13), t.fill(7701015, 'fifth'), t.mark(13);
SELECT DISTINCT m[1] AS announced FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'protocol', '4'),
	regexp_matches(encode(data, 'escape'), '(mediawiki\.page_(?:content_)?change\.v1(?:\\000.(?:mine|both[a-z_.0-9]*))?)', 'g') AS m ORDER BY 1;
SELECT count(*) FROM t.told() l WHERE l ~ '^page_';
-- a stream that is switched off meanwhile: the request fails, says so, and goes on where it was
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', lower_key => '{770001}', upper_key => '{770009}', rows_per_second => 1) AS it \gset
SELECT wrote, state FROM mwmirror.request_step('test');
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', false);
SELECT t.steps();
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', true);
SELECT mwmirror.request_resume(:it, 1000), mwmirror.request_resume(0);
SELECT t.steps();
SELECT * FROM t.told();
SELECT mwmirror.request_resume(:it) AS done_is_done;
SELECT state FROM mwmirror.request WHERE id = :it;
-- a table with another key than it was begun with
SELECT mwmirror.request_backfill('testwiki', 'change_tag_def', streams => '{mediawiki.page_change.v1}') AS it \gset
ALTER TABLE mediawiki.change_tag_def DROP CONSTRAINT change_tag_def_pkey, ADD PRIMARY KEY (wiki_id, ctd_name, ctd_id);
SELECT t.steps();
ALTER TABLE mediawiki.change_tag_def DROP CONSTRAINT change_tag_def_pkey, ADD PRIMARY KEY (wiki_id, ctd_id);
-- cancelled between two parts
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_change.v1}', lower_key => '{770001}', upper_key => '{770009}', rows_per_second => 2) AS it \gset
SELECT wrote, state FROM mwmirror.request_step('test');
SELECT mwmirror.request_cancel(:it);
SELECT t.steps();
SELECT * FROM t.told();
-- documents of pages, as they are: with all that a page has, and hidden what is hidden; none of a page that is gone
SELECT mwmirror.stream_switch('mediawiki.page.state.v1', true);
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', 770001, 0, 'Target');
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) SELECT 'testwiki', n, 770001 FROM generate_series(770001, 770005) n;
INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', 770001, 'name', 'value'), ('testwiki', 770003, 'name', 'SECRET');
SELECT t.mark(12);
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
SELECT mwmirror.backfill('testwiki', '{mediawiki.page.state.v1}', lower_key => '{770001}', upper_key => '{770009}') AS it \gset
SELECT t.steps();
SELECT substring(l FROM '^\S+ \S+ ') AS key, e->'page' AS page, e->'revision'->'content_slots'->'main'->>'content_body' AS content, e->'links' AS links, e->'page_properties' AS properties, e->'left_out' AS left_out
	FROM (SELECT l, substring(l FROM '^\S+ \S+ (\{.*)$')::jsonb AS e FROM pg_logical_slot_get_changes('regression_slot', NULL, NULL, 'format', 'text') x(lsn, xid, l) WHERE l ~ '^mediawiki.page.state') y;
SELECT mwmirror.stream_switch('mediawiki.page.state.v1', NULL);
-- contents that are asked for, of one page among others that did not change: the part is as long as that which asked
UPDATE mwmirror.wiki SET content_policy = 'stream' WHERE wiki_id = 'testwiki';
UPDATE mediawiki.page SET page_touched = '2025-05-05' WHERE wiki_id = 'testwiki' AND page_id = 770005;
SELECT t.mark(14);
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', since => '2025-05-05', lower_key => '{770001}', upper_key => '{770009}') AS it \gset
SELECT t.steps();
SELECT * FROM t.told() l WHERE l ~ '^page_content';
SELECT rows_done, rows_read FROM mwmirror.request WHERE id = :it;
-- what is hidden is not asked for
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 7700051;
SELECT t.mark(31);
SELECT mwmirror.backfill('testwiki', '{mediawiki.page_content_change.v1}', lower_key => '{770005}', upper_key => '{770006}') AS it \gset
SELECT t.steps();
SELECT count(*) FROM t.lines();
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id = 7700051;
SELECT t.mark(32);
SELECT count(*) FROM t.lines();
-- private: its own stream, and no other
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'testwiki';
SELECT mwmirror.backfill('testwiki', pages => '{770002}') AS it \gset
SELECT t.steps();
SELECT * FROM t.told();
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
-- titles and ids to pages
SELECT * FROM mwmirror.backfill_pages('testwiki', '{displaced,Displaced,770002,#770003,User:Displaced,Talk:no,9:1,99999999999999999999}');
-- torn
SELECT pg_logical_emit_message(true, 'mwmirror', E'Q 1 1 backfill last\n'::bytea || 'T') IS NOT NULL AS x;
SELECT * FROM t.lines();
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
SELECT pg_logical_emit_message(true, 'mwmirror', E'R\n'::bytea || 'T\000\000'::bytea) IS NOT NULL AS x;
SELECT * FROM t.lines();
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
DROP FUNCTION t.told, t.steps, t.fill;
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', NULL);
UPDATE mwmirror.wiki SET content_policy = DEFAULT WHERE wiki_id = 'testwiki';
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1' WHERE wiki_id = 'tempwiki';
DELETE FROM mwmirror.source WHERE source_name = 'test';
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
