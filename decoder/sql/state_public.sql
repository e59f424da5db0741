-- State streams of what everyone may read, by mwmirror.public_table and public_column: shown, hidden, shown again, and what others hide.
\pset format unaligned
\pset footer off
SET t.streams = 'state\.';
-- each message without $schema and meta, and without what is NULL in it
CREATE TABLE t.told_states (n serial, stream text, key jsonb, value jsonb);
CREATE FUNCTION t.states() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	parts text[];
BEGIN
	FOR line IN SELECT * FROM t.lines() l WHERE l ~ '^mwmirror' LOOP
		parts := regexp_match(line, '^mwmirror\.state\.(\S+)\.v1 (\{.*?\}) (-|\{.*\})$');
		INSERT INTO t.told_states (stream, key, value) VALUES (parts[1], parts[2]::jsonb, nullif(parts[3], '-')::jsonb - '$schema' - 'meta');
		RETURN NEXT parts[1] || ' ' || (parts[2]::jsonb - 'wiki_id')::text || ' ' ||
			coalesce((jsonb_strip_nulls(nullif(parts[3], '-')::jsonb) - '$schema' - 'meta' - 'wiki_id')::text, '-');
	END LOOP;
END$$;
-- what was told last of each key, and is not what the query of public rows finds for it; nothing if all is well
CREATE FUNCTION t.differences() RETURNS TABLE (stream text, key jsonb, told jsonb, found jsonb) LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT DISTINCT s.stream FROM t.told_states s LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, k.key, k.value, f.found
			FROM (SELECT DISTINCT ON (key) key, value FROM t.told_states WHERE stream = %L ORDER BY key, n DESC) k
			LEFT JOIN (SELECT to_jsonb(r) AS found FROM (%s) r) f ON f.found @> k.key
			WHERE k.value IS DISTINCT FROM f.found', t.stream, t.stream, mwmirror.public_rows_query(t.stream));
	END LOOP;
END$$;

SELECT mwmirror.state_switch(true, false);
SELECT count(*) > 20 AS many, bool_and(NOT private AND enabled AND cleanup = 'compact') FROM mwmirror.streams() WHERE of_table IS NOT NULL AND private IS NOT NULL;
SELECT t.follow();

-- a page: its revision with comment, user and slots; hidden bit by bit, all hidden, and shown again
BEGIN;
SELECT t.page(88001, 0, 'State', 880010, 1, 'the comment', 88), t.mark(88);
COMMIT;
SELECT * FROM t.states();
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 880010;
SELECT t.mark(89);
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 880010;
SELECT t.mark(90);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 4 WHERE wiki_id = 'testwiki' AND rev_id = 880010;
SELECT t.mark(91);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 15 WHERE wiki_id = 'testwiki' AND rev_id = 880010;
SELECT t.mark(92);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id = 880010;
SELECT t.mark(93);
COMMIT;
SELECT * FROM t.states();
-- a whole line, and a tombstone's
BEGIN;
UPDATE mediawiki.revision SET rev_minor_edit = true WHERE wiki_id = 'testwiki' AND rev_id = 880010;
INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title) VALUES ('testwiki', 88001, 0, 'Elsewhere');
SELECT t.mark(193);
DELETE FROM mediawiki.redirect WHERE wiki_id = 'testwiki' AND rd_from = 88001;
SELECT t.mark(194);
COMMIT;
SELECT * FROM t.lines();
-- slots that come later tell their revision again, alone in their transaction
BEGIN;
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address) VALUES ('testwiki', 88101, 7, 'sha', 3, 'tt:88101');
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES ('testwiki', 880010, 2, 88101, 880010);
SELECT t.mark(94);
COMMIT;
SELECT * FROM t.states();
-- deleted: revisions are archived; and with suppression
BEGIN;
SELECT t.delete(88001), t.mark(95);
COMMIT;
SELECT * FROM t.states();
BEGIN;
UPDATE mediawiki.archive SET ar_deleted = 15 WHERE wiki_id = 'testwiki' AND ar_rev_id = 880010;
SELECT t.mark(96);
COMMIT;
SELECT * FROM t.states();

-- log entries: of types that are public; hidden and shown again; whose type or parameters are not public: never there, so nothing is told of them
BEGIN;
SELECT t.log(88001, 'delete', 'delete', 1, 'why', 0, 'State', 88001, 97), t.log(88002, 'suppress', 'delete', 1, 'secret', 0, 'State', 88001, 97);
INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_action, log_actor, log_params, log_timestamp) VALUES ('testwiki', 88003, 'tag', 'update', 1, 'a:1:{s:4:"tags";s:14:"mw-private-one";}', t.at(1));
SELECT t.mark(97);
COMMIT;
SELECT * FROM t.states();
BEGIN;
UPDATE mediawiki.logging SET log_deleted = 7 WHERE wiki_id = 'testwiki' AND log_id = 88001;
SELECT t.mark(98);
COMMIT;
BEGIN;
UPDATE mediawiki.logging SET log_deleted = 0 WHERE wiki_id = 'testwiki' AND log_id = 88001;
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 88002;
SELECT t.mark(99);
COMMIT;
SELECT * FROM t.states();

-- tags
BEGIN;
INSERT INTO mediawiki.change_tag_def (wiki_id, ctd_id, ctd_name, ctd_user_defined, ctd_count) VALUES ('testwiki', 8801, 'seen', true, 1), ('testwiki', 8802, 'mw-private-two', true, 1);
INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id) VALUES ('testwiki', 8801, 880010, 8801), ('testwiki', 8802, 880010, 8802);
SELECT t.mark(100);
COMMIT;
BEGIN;
UPDATE mediawiki.change_tag SET ct_params = 'x' WHERE wiki_id = 'testwiki' AND ct_id IN (8801, 8802);
SELECT t.mark(101);
COMMIT;
SELECT * FROM t.states();

-- an account: preferences that are public, an edit more; hidden by a block, which has another beside it; and shown again by its end
BEGIN;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_editcount) VALUES ('testwiki', 8801, 'Vandal', 1);
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('testwiki', 8801, 8801, 'Vandal');
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 8801, 'gender', 'female'), ('testwiki', 8801, 'email-secret', 'x'),
	('testwiki', 8801, 'nickname', '[[User:Vandal]]');
SELECT t.mark(102);
UPDATE mediawiki."user" SET user_editcount = 2 WHERE wiki_id = 'testwiki' AND user_id = 8801;
SELECT t.mark(103);
COMMIT;
SELECT * FROM t.states();
-- a preference that is not public: by its key it never was, so that it goes, or becomes one that is, says nothing of it
BEGIN;
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 8802, 'email-secret', 'x'), ('testwiki', 8802, 'email-other', 'x'),
	('testwiki', 8802, 'disablemail', '1');
SELECT t.mark(1021);
COMMIT;
BEGIN;
DELETE FROM mediawiki.user_properties WHERE wiki_id = 'testwiki' AND up_user = 8802 AND up_property IN ('email-secret', 'disablemail');
UPDATE mediawiki.user_properties SET up_property = 'fancysig' WHERE wiki_id = 'testwiki' AND up_user = 8802 AND up_property = 'email-other';
SELECT t.mark(1022);
COMMIT;
SELECT * FROM t.states();
BEGIN;
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_user, bt_user_text, bt_auto) VALUES ('testwiki', 8801, 8801, 'Vandal', false);
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted) VALUES ('testwiki', 8801, 8801, 1, t.comment('blocked'), t.at(104), 'infinity', false);
SELECT t.mark(104);
COMMIT;
SELECT * FROM t.states();
BEGIN;
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_user, bt_user_text, bt_auto) VALUES ('testwiki', 8802, 8801, 'Vandal', false);
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted) VALUES ('testwiki', 8802, 8802, 1, t.comment('hidden'), t.at(105), 'infinity', true);
SELECT t.mark(105);
COMMIT;
SELECT * FROM t.states();
-- while it is hidden nothing of it is told but that it is not there
BEGIN;
UPDATE mediawiki."user" SET user_editcount = 3 WHERE wiki_id = 'testwiki' AND user_id = 8801;
UPDATE mediawiki.user_properties SET up_value = 'unknown' WHERE wiki_id = 'testwiki' AND up_user = 8801 AND up_property = 'gender';
SELECT t.mark(106);
COMMIT;
SELECT * FROM t.states();
SELECT * FROM t.differences();
BEGIN;
DELETE FROM mediawiki.block WHERE wiki_id = 'testwiki' AND bl_id = 8802;
DELETE FROM mediawiki.block_target WHERE wiki_id = 'testwiki' AND bt_id = 8802;
SELECT t.mark(107);
COMMIT;
SELECT * FROM t.states();
-- another name of a target
BEGIN;
UPDATE mediawiki.block_target SET bt_user_text = 'Renamed' WHERE wiki_id = 'testwiki' AND bt_id = 8801;
SELECT t.mark(108);
COMMIT;
SELECT * FROM t.states();
-- the same block hides the account, and then does not
BEGIN;
UPDATE mediawiki.block SET bl_deleted = true WHERE wiki_id = 'testwiki' AND bl_id = 8801;
SELECT t.mark(109);
COMMIT;
BEGIN;
UPDATE mediawiki.block SET bl_deleted = false WHERE wiki_id = 'testwiki' AND bl_id = 8801;
SELECT t.mark(110);
COMMIT;
SELECT * FROM t.states();

-- an account with another name: rows that say it are told again by a request, and no others
UPDATE mwmirror.wiki SET snapshot_gtid = coalesce(snapshot_gtid, '0-1-1') WHERE wiki_id = 'testwiki';
BEGIN;
SELECT t.page(88003, 0, 'Of_vandal', 880030, 8801, 'theirs', 208), t.log(88008, 'move', 'move', 8801, 'theirs', 0, 'Of_vandal', 88003, 208), t.mark(208);
COMMIT;
BEGIN;
UPDATE mediawiki.actor SET actor_name = 'Renamed' WHERE wiki_id = 'testwiki' AND actor_id = 8801;
SELECT t.mark(209);
COMMIT;
SELECT count(*) > 0 AS told FROM t.states();
SELECT kind, table_name, only_column, only_value, streams FROM mwmirror.request WHERE kind = 'state' ORDER BY table_name;
\set ECHO none
SELECT 'SELECT mwmirror.request_step(''test'')' FROM generate_series(1, 100)
\o /dev/null
\gexec
\o
\set ECHO all
SELECT kind, state, rows_done, rows_read > rows_done AS passed_over, error FROM mwmirror.request WHERE kind = 'state' ORDER BY table_name;
SELECT * FROM t.states();
SELECT * FROM t.differences();

-- files, links, protected titles: with what they name
BEGIN;
INSERT INTO mediawiki.image (wiki_id, img_name, img_size, img_actor, img_description_id, img_timestamp) VALUES ('testwiki', 'State.png', 5, 1, t.comment('uploaded'), t.at(111));
INSERT INTO mediawiki.filearchive (wiki_id, fa_id, fa_name, fa_deleted, fa_deleted_user, fa_deleted_reason_id, fa_description_id, fa_actor, fa_timestamp, fa_sha1)
	VALUES ('testwiki', 8801, 'State.png', 0, 1, t.comment('gone'), t.comment('old'), 1, t.at(1), 'sha'), ('testwiki', 8802, 'Secret.png', 15, 1, t.comment('gone'), t.comment('old'), 1, t.at(1), 'sha');
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', 8801, 10, 'Template');
INSERT INTO mediawiki.templatelinks (wiki_id, tl_from, tl_target_id, tl_from_namespace) VALUES ('testwiki', 88001, 8801, 0);
INSERT INTO mediawiki.protected_titles (wiki_id, pt_namespace, pt_title, pt_user, pt_reason_id, pt_create_perm) VALUES ('testwiki', 0, 'Never', 1, t.comment('salted'), 'sysop');
SELECT t.mark(111);
COMMIT;
BEGIN;
INSERT INTO mediawiki.templatelinks (wiki_id, tl_from, tl_target_id, tl_from_namespace) VALUES ('testwiki', 88002, 8801, 0);
DELETE FROM mediawiki.templatelinks WHERE wiki_id = 'testwiki' AND tl_from = 88001;
SELECT t.mark(112);
COMMIT;
SELECT * FROM t.states();
SELECT * FROM t.differences();

-- a rule that changes counts from its commit on; and a table that none names any more has no stream
UPDATE mwmirror.public_column SET hidden_by = 8 WHERE table_name = 'logging' AND column_name = 'log_title';
BEGIN;
UPDATE mediawiki.logging SET log_deleted = 8 WHERE wiki_id = 'testwiki' AND log_id = 88001;
SELECT t.mark(113);
COMMIT;
SELECT * FROM t.states();
SELECT * FROM t.differences();
UPDATE mwmirror.public_column SET hidden_by = 1 WHERE table_name = 'logging' AND column_name = 'log_title';
UPDATE mwmirror.public_table SET in_stream = false WHERE table_name = 'logging';
BEGIN;
UPDATE mediawiki.logging SET log_deleted = 0 WHERE wiki_id = 'testwiki' AND log_id = 88001;
SELECT t.mark(114);
COMMIT;
SELECT * FROM t.states();
UPDATE mwmirror.public_table SET in_stream = true WHERE table_name = 'logging';

-- of a private wiki nothing is public
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'testwiki';
BEGIN;
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 88001;
SELECT t.mark(115);
COMMIT;
SELECT * FROM t.states();
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';

-- and all off again
SELECT mwmirror.state_switch(false, false);
SELECT t.state_schemas() > 0 AS schemas;
SET ROLE mwmirror_reader;
SELECT mwmirror.state_schema('mwmirror.state.page.v1')->'properties'->'page_id' AS schema_for_who_reads_no_rows;
RESET ROLE;
DROP TABLE t.told_states;
