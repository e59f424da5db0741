-- What ends by itself: blocks, protection and groups, told at their time by a request of kind expire, once.
\pset format unaligned
\pset footer off
\set VERBOSITY terse
SELECT t.follow();
SET t.streams = 'user-blocks-change|user_change|page-restrictions-change';
UPDATE mwmirror.wiki SET snapshot_gtid = NULL WHERE wiki_id = 'tempwiki';
-- what had ended before the copy is not told
SELECT mwmirror.expire_copied('testwiki');
SELECT ug_group, ended_at = ug_expiry AS over FROM mediawiki.user_groups WHERE wiki_id = 'testwiki' AND ug_user = 1 AND ug_expiry < 'infinity';
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());

-- a step of follow, which knows of all changes up to then; and all that are due, in one transaction
CREATE FUNCTION t.expire_part(s numeric, OUT wrote int, OUT state text, OUT error text, OUT wait_ms int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('t.writer', '', false);
	SELECT x.wrote, x.state, x.error, x.wait_ms INTO wrote, state, error, wait_ms FROM mwmirror.request_step('test', to_timestamp(1700000000 + s)) x;
	PERFORM set_config('t.writer', 'test', false);
END$$;
CREATE FUNCTION t.expire_at(s numeric, OUT wrote int, OUT error text, OUT wait_ms int) LANGUAGE plpgsql AS $$
DECLARE
	part record;
BEGIN
	wrote := 0;
	LOOP
		part := t.expire_part(s);
		wrote := wrote + part.wrote;
		error := part.error;
		wait_ms := part.wait_ms;
		EXIT WHEN part.state IS NULL OR error IS NOT NULL;
	END LOOP;
END$$;
CREATE FUNCTION t.brief_end(l text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN l ~ '^mediawiki.user-blocks' THEN 'block ' || right(e#>>'{meta,dt}', 9) || ' ' || t.brief_block(e)
		WHEN l ~ '^mediawiki.user_change' THEN 'user ' || t.brief_user(e)
		WHEN l ~ '^mediawiki.page-restr' THEN concat_ws(' ', 'page', right(e#>>'{meta,dt}', 9), e->>'page_id', e->>'page_restrictions', 'by ' || (e#>>'{performer,user_text}'), e->>'reason')
		ELSE regexp_replace(l, 'Q\d+\.', 'Q<id>.') END
	FROM (SELECT substring(l FROM '^\S+ \S+ (\{.*)$')::jsonb AS e) x$$;
CREATE FUNCTION t.heard(VARIADIC options text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql AS
	$$SELECT t.brief_end(l) FROM t.lines(VARIADIC options) l$$;
CREATE FUNCTION t.guard(id bigint, p bigint, type text, level text, expiry timestamptz) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level, pr_cascade, pr_expiry) VALUES ('testwiki', id, p, type, level, false, expiry)$$;

-- nothing is due, but the wiki's settings
SELECT wrote, state FROM t.expire_part(100);
SELECT * FROM t.expire_at(100);
-- one of each, at different times; and what never ends
BEGIN;
SELECT t.page(888100, 0, 'Guarded', 8852000, 1, 'made', 1000), t.mark(1000);
SELECT t.blockee(100, 2, 'Newcomer'), t.block(100, 100, 1001, t.at(1010), sitewide => false), t.restrict(100, 1, 888100),
	t.log(80100, 'block', 'block', 1, 'for a while', 2, 'Newcomer', 0, 1001), t.mark(1001);
SELECT t.guard(100, 888100, 'edit', 'sysop', t.at(1011)), t.guard(101, 888100, 'move', 'sysop', 'infinity'),
	t.log(80101, 'protect', 'protect', 1, 'for a while', 0, 'Guarded', 888100, 1002), t.mark(1002);
SELECT t.join(2, 'trainee', t.at(1012)), t.join(2, 'member', 'infinity'), t.join(2, 'friend'), t.log(80102, 'rights', 'rights', 1, 'for a while', 2, 'Newcomer', 0, 1003), t.mark(1003);
SELECT t.blockee(101, NULL, '192.0.2.7'), t.block(101, 101, 1004), t.mark(1004);
COMMIT;
SELECT * FROM t.heard();
SELECT * FROM t.expire_at(1005);
SELECT * FROM mwmirror.expire_next('test');
-- without a time that is known nothing ends
SELECT wrote, wait_ms FROM mwmirror.request_step('test');
SELECT * FROM t.heard();
-- due: in the order of the times, a mark of its own each; whole lines
SELECT * FROM t.expire_at(1012);
SELECT coalesce((substring(l FROM '^mediawiki\S+ \S+ (\{.*)$')::jsonb #- '{meta,id}' #- '{meta,request_id}')::text, regexp_replace(l, 'Q\d+\.', 'Q<id>.'))
FROM t.lines() l WHERE l !~ '^mediawiki' OR l ~ 'blocks-change';
SELECT kind, state, last_key = ARRAY[t.at(1012)::text] AS up_to, rows_done, error FROM mwmirror.request WHERE kind = 'expire';
SELECT * FROM t.expire_at(1012);
SELECT * FROM t.heard();

-- the rows go later, as MediaWiki purges them: nothing more is said
BEGIN;
SELECT t.unblock(100), t.unblockee(100), t.mark(1020);
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_id = 100;
SELECT t.mark(1021);
SELECT t.leave(2, 'trainee'), t.mark(1022);
COMMIT;
SELECT * FROM t.heard();

-- they go before anybody said that they are over: then that says it
BEGIN;
SELECT t.blockee(102, 2, 'Newcomer'), t.block(102, 102, 1030, t.at(1035)), t.guard(102, 888100, 'edit', 'sysop', t.at(1035)), t.join(2, 'trainee', t.at(1035)), t.mark(1030);
SELECT t.unblock(102), t.unblockee(102), t.mark(1036);
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_id = 102;
SELECT t.leave(2, 'trainee'), t.mark(1036);
COMMIT;
SELECT * FROM t.expire_at(1040);
SELECT * FROM t.heard();

-- all three at the same time: one mark. Several of one account, one page
BEGIN;
SELECT t.blockee(103, 2, 'Newcomer'), t.block(103, 103, 1050, t.at(1055)), t.mark(1050);
SELECT t.guard(103, 888100, 'edit', 'sysop', t.at(1055)), t.guard(104, 888100, 'upload', 'sysop', t.at(1055)), t.mark(1050);
SELECT t.join(2, 'trainee', t.at(1055)), t.join(2, 'bot', t.at(1055)), t.mark(1050);
COMMIT;
SELECT count(*) FROM t.heard();
SELECT * FROM t.expire_at(1055);
SELECT * FROM t.heard();
-- other changes of rows that are over: none of it is a change
BEGIN;
UPDATE mediawiki.block SET bl_block_email = true WHERE wiki_id = 'testwiki' AND bl_id = 103;
DELETE FROM mediawiki.ipblocks_restrictions WHERE wiki_id = 'testwiki' AND ir_ipb_id = 103;
UPDATE mediawiki.block SET bl_expiry = t.at(1054) WHERE wiki_id = 'testwiki' AND bl_id = 103;
UPDATE mediawiki.user_groups SET ug_expiry = t.at(1054) WHERE wiki_id = 'testwiki' AND ug_group = 'bot' AND ug_user = 2;
UPDATE mediawiki.page_restrictions SET pr_expiry = t.at(1054) WHERE wiki_id = 'testwiki' AND pr_id = 103;
SELECT t.mark(1056);
-- another group: those that are over are neither there before nor now
SELECT t.join(2, 'helper', t.at(1900)), t.mark(1057);
COMMIT;
SELECT * FROM t.expire_at(1060);
SELECT * FROM t.heard();
-- set on, with another end: that counts again, as new; and ends once more
BEGIN;
UPDATE mediawiki.block SET bl_expiry = t.at(1075) WHERE wiki_id = 'testwiki' AND bl_id = 103;
UPDATE mediawiki.user_groups SET ug_expiry = t.at(1075) WHERE wiki_id = 'testwiki' AND ug_group = 'bot' AND ug_user = 2;
UPDATE mediawiki.page_restrictions SET pr_expiry = t.at(1075) WHERE wiki_id = 'testwiki' AND pr_id = 103;
SELECT t.mark(1070);
COMMIT;
SELECT * FROM t.heard();
SELECT * FROM t.expire_at(1080);
SELECT * FROM t.heard();
-- set on before it ended, and made endless: it does not end then
BEGIN;
SELECT t.join(2, 'trial', t.at(1085)), t.mark(1081);
UPDATE mediawiki.user_groups SET ug_expiry = t.at(1095) WHERE wiki_id = 'testwiki' AND ug_group = 'trial';
SELECT t.mark(1082);
COMMIT;
SELECT wrote FROM t.expire_at(1090);
UPDATE mediawiki.user_groups SET ug_expiry = NULL WHERE wiki_id = 'testwiki' AND ug_group = 'trial';
SELECT t.mark(1091);
SELECT wrote FROM t.expire_at(1099);
SELECT * FROM t.heard();
-- deleted and inserted again with the same end, and protected anew by hand while the old rows are over: the log entry tells
BEGIN;
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_page = 888100;
SELECT t.log(80103, 'protect', 'unprotect', 1, 'no more', 0, 'Guarded', 888100, 1100), t.mark(1100);
COMMIT;
BEGIN;
SELECT t.guard(110, 888100, 'edit', 'sysop', t.at(1101)), t.mark(1101);
COMMIT;
SELECT wrote FROM t.expire_at(1101);
BEGIN;
DELETE FROM mediawiki.page_restrictions WHERE wiki_id = 'testwiki' AND pr_page = 888100;
SELECT t.log(80104, 'protect', 'unprotect', 1, 'over anyway', 0, 'Guarded', 888100, 1102), t.mark(1102);
COMMIT;
SELECT * FROM t.heard();

-- the target has another block: that is what remains; both end at once: nothing does
BEGIN;
SELECT t.blockee(120, 3, 'Robot'), t.block(120, 120, 1110, t.at(1115)), t.mark(1110);
SELECT t.block(121, 120, 1111, t.at(1117), sitewide => false), t.mark(1111);
SELECT t.blockee(122, NULL, '192.0.2.22'), t.block(122, 122, 1111, t.at(1118)), t.block(123, 122, 1112, t.at(1118), talk => true), t.mark(1112);
COMMIT;
SELECT count(*) FROM t.heard();
SELECT wrote FROM t.expire_at(1120);
SELECT * FROM t.heard();
-- a new block where an old one is over; the old one is purged beside it
BEGIN;
SELECT t.unblock(120), t.unblock(121), t.block(124, 120, 1121), t.log(80105, 'block', 'block', 1, 'again', 2, 'Robot', 0, 1121), t.mark(1121);
COMMIT;
SELECT * FROM t.heard();
-- autoblocks are private; a hidden account stays hidden as long as the row is there
BEGIN;
SELECT t.blockee(130, 4, 'Maintenance script'), t.block(130, 130, 1130, t.at(1135), hides => true), t.mark(1130);
SELECT t.blockee(131, NULL, 'CANARYaddress', true), t.block(131, 131, 1130, t.at(1135), parent => 101), t.mark(1130);
SELECT t.join(4, 'trainee', t.at(1135)), t.mark(1131);
COMMIT;
SELECT wrote FROM t.expire_at(1140);
BEGIN;
SELECT t.unblock(131), t.unblockee(131), t.mark(1141);
COMMIT;
SELECT * FROM t.heard();
BEGIN;
SELECT t.unblock(130), t.unblockee(130), t.mark(1142);
COMMIT;
SELECT * FROM t.heard();

-- parity tells of no end, and of the groups that are effective
BEGIN;
SELECT t.blockee(140, 2, 'Newcomer'), t.block(140, 140, 1150, t.at(1155)), t.guard(140, 888100, 'edit', 'sysop', t.at(1155)), t.join(2, 'brief', t.at(1155)), t.mark(1150);
COMMIT;
SELECT wrote FROM t.expire_at(1156);
BEGIN;
SELECT t.join(2, 'patroller'), t.log(80106, 'rights', 'rights', 1, '', 2, 'Newcomer', 0, 1157), t.mark(1157);
COMMIT;
SELECT brief FROM (SELECT t.brief_end(data) AS brief FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'parity-1.47')
	WHERE data ~ ' |^(mediawiki.(user|page-rest))') x WHERE brief !~ '^(BEGIN|COMMIT|mediawiki|resource|mwmirror)';
SELECT * FROM t.heard();

-- an identity of its own, the same however often it is decoded
BEGIN;
SELECT t.join(2, 'once', t.at(1160)), t.mark(1159);
COMMIT;
SELECT wrote FROM t.expire_at(1160);
SELECT count(DISTINCT e#>>'{meta,id}') AS ids, count(*) AS events, bool_and(e#>>'{meta,id}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-5') AS version_5 FROM (
	SELECT substring(data FROM '^\S+ \S+ (\{.*)$')::jsonb AS e FROM generate_series(1, 2) AS n,
		LATERAL (SELECT data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'memory', (64 * n)::text)) x
	WHERE data ~ '^mediawiki.user_change.v1') y;
SELECT t.brief_end(l) FROM t.lines() l;

-- many: parts of 1000 rows, each a transaction of its own, in order
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration, user_editcount, user_is_temp, user_is_system)
	SELECT 'testwiki', n, 'Many ' || n, '2020-01-01', 0, false, false FROM generate_series(5001, 7500) n;
SELECT set_config('t.writer', '', false);
INSERT INTO mediawiki.user_groups (wiki_id, ug_user, ug_group, ug_expiry) SELECT 'testwiki', n, 'crowd', t.at(1200) FROM generate_series(5001, 7500) n;
SELECT t.follow();
SELECT count(*) > 0 AS passed FROM t.lines();
SELECT wrote, state, wait_ms FROM t.expire_part(1200);
SELECT wrote, state, wait_ms FROM t.expire_part(1200);
SELECT wrote, state, wait_ms FROM t.expire_part(1200);
SELECT wrote FROM t.expire_part(1200);
CREATE TEMP TABLE many AS SELECT row_number() OVER () AS n, l FROM t.lines() l;
SELECT count(*) FILTER (WHERE l ~ '^BEGIN') AS marks, count(*) FILTER (WHERE l ~ '^mediawiki') AS events,
	count(DISTINCT substring(l FROM '"id":"([^"]*)"')) AS ids, bool_and(l ~ '"groups":\["\*","user","autoconfirmed"\]|^(BEGIN|COMMIT)' OR l ~ '"prior_state"') AS ended FROM many;
DROP TABLE many;

-- a row that cannot be changed puts the wiki off, and is told when it is free; a request that is cancelled tells nothing
SELECT t.join(2, 'locked', t.at(1300)), t.mark(1299);
CREATE FUNCTION t.no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not now'; END$$;
CREATE TRIGGER no BEFORE UPDATE ON mediawiki.user_groups FOR EACH ROW WHEN (new.ug_group = 'locked') EXECUTE FUNCTION t.no();
SELECT wrote, error FROM t.expire_at(1300);
SELECT wrote FROM t.expire_at(1300);
SELECT state, error, due_at > clock_timestamp() AS later FROM mwmirror.request WHERE kind = 'expire';
DROP TRIGGER no ON mediawiki.user_groups;
UPDATE mwmirror.request SET due_at = clock_timestamp() WHERE kind = 'expire';
SELECT count(*) FROM t.heard();
SELECT wrote, error FROM t.expire_at(1300);
SELECT * FROM t.heard();
SELECT t.join(2, 'newest', t.at(1310)), t.mark(1305);
SELECT mwmirror.request_cancel(id) FROM mwmirror.request WHERE kind = 'expire';
SELECT wrote, wait_ms FROM t.expire_at(1310);
SELECT count(*) FROM t.heard();
UPDATE mwmirror.request SET state = 'running' WHERE kind = 'expire';
-- undone with its transaction
BEGIN;
SELECT wrote FROM t.expire_at(1310);
ROLLBACK;
SELECT * FROM t.heard();
SELECT wrote FROM t.expire_at(1310);
SELECT * FROM t.heard();
-- times that no mark can have; of other sources, and of wikis that are not copied, nothing
SELECT t.join(2, 'ancient', '0044-03-15 00:00:00+00 BC'), t.join(2, 'odd', '-infinity'), t.join(2, 'late', '9999-12-31'), t.mark(1320);
INSERT INTO mediawiki.user_groups (wiki_id, ug_user, ug_group, ug_expiry) VALUES ('tempwiki', 1, 'uncopied', t.at(1)), ('elsewhere', 1, 'other', t.at(1));
SELECT t.mark(1320, '{testwiki,tempwiki,elsewhere}');
SELECT count(*) > 0 AS passed FROM t.heard();
-- a part that has taken its time leaves the rest to the next one
CREATE FUNCTION t.slowly() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(0.06); RETURN new; END$$;
CREATE TRIGGER slowly BEFORE UPDATE ON mediawiki.user_groups FOR EACH ROW EXECUTE FUNCTION t.slowly();
SELECT * FROM t.expire_part(1330);
DROP TRIGGER slowly ON mediawiki.user_groups;
SELECT * FROM t.expire_at(1330);
SELECT * FROM t.heard();
-- who may
SELECT mwmirror.request_mark(0, 1, t.at(1), 'testwiki');
SELECT mwmirror.request_mark(1, 1, 'infinity', 'testwiki');
SELECT mwmirror.request_mark(1, 1, t.at(1), '');
SELECT mwmirror.request_mark(1, 1, t.at(1), repeat('w', 256));
SELECT pg_replication_origin_session_reset();
SELECT mwmirror.request_mark(1, 1, t.at(1), 'testwiki');
SET ROLE mwmirror_reader;
SELECT mwmirror.expire_step('test', '2023-01-01');
RESET ROLE;

-- used by tests that follow
SELECT set_config('t.writer', '', false);
DELETE FROM mediawiki.block;
DELETE FROM mediawiki.block_target;
DELETE FROM mediawiki.ipblocks_restrictions;
DELETE FROM mediawiki.page_restrictions WHERE pr_page = 888100;
DELETE FROM mediawiki.user_groups WHERE ug_user IN (2, 4) OR ug_group IN ('crowd', 'uncopied', 'other');
DELETE FROM mediawiki."user" WHERE user_id BETWEEN 5001 AND 7500;
DELETE FROM mwmirror.request WHERE kind = 'expire';
DELETE FROM mwmirror.wiki_told;
SELECT slot_name FROM pg_replication_slot_advance('regression_slot', pg_current_wal_lsn());
UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1' WHERE wiki_id = 'tempwiki';
