-- mediawiki.user_change.v1: accounts that are made, renamed, and in other groups.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'user_change';

CREATE FUNCTION t.account(id bigint, name text, s int, temp boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration, user_editcount, user_is_temp, user_is_system)
		VALUES ('testwiki', id, name, t.at(s), 0, temp, false);
	INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('testwiki', id, id, name)
$$;
CREATE FUNCTION t.rename(id bigint, name text) RETURNS void LANGUAGE sql AS $$
	UPDATE mediawiki."user" SET user_name = name WHERE wiki_id = 'testwiki' AND user_id = id;
	UPDATE mediawiki.actor SET actor_name = name WHERE wiki_id = 'testwiki' AND actor_user = id
$$;
CREATE FUNCTION t.join(id bigint, grp text, expiry timestamptz DEFAULT NULL) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.user_groups (wiki_id, ug_user, ug_group, ug_expiry) VALUES ('testwiki', id, grp, expiry)$$;
CREATE FUNCTION t.leave(id bigint, grp text) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.user_groups WHERE wiki_id = 'testwiki' AND ug_user = id AND ug_group = grp$$;
CREATE FUNCTION t.brief_user(e jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', e->>'user_change_kind', right(e->>'dt', 9), e#>>'{user,user_id}', e#>>'{user,user_text}', e#>>'{user,groups}',
		'by ' || (e#>>'{performer,user_text}'), e->>'comment', 'auto ' || (e->>'is_autocreate'), 'before ' || (e#>>'{prior_state,user}'), e#>>'{meta,uri}')$$;

-- made by itself
BEGIN;
SELECT t.account(50, 'New account', 900);
UPDATE mediawiki."user" SET user_editcount = 1 WHERE wiki_id = 'testwiki' AND user_id = 50;
SELECT t.log(900, 'newusers', 'create', 50, '', 2, 'New_account', 0, 901), t.mark(902);
COMMIT;
SELECT line FROM t.lines() line;
BEGIN;
-- made by somebody; by another wiki; by a script, without a log row; with groups at once; a temporary one
SELECT t.account(51, 'Made for', 903), t.log(901, 'newusers', 'create2', 1, 'asked for', 2, 'Made_for', 0, 903), t.mark(903);
SELECT t.account(52, 'Auto', 904), t.log(902, 'newusers', 'autocreate', 52, '', 2, 'Auto', 0, 904), t.mark(904);
SELECT t.account(53, 'By script', 905), t.mark(905);
SELECT t.account(54, 'Founder', 906), t.join(54, 'sysop'), t.join(54, 'bureaucrat'), t.mark(906);
SELECT t.account(55, '~2026-1', 907, true), t.join(55, 'sysop'), t.mark(907);
-- made and gone, in one source transaction
SELECT t.account(56, 'Brief', 908);
DELETE FROM mediawiki.actor WHERE wiki_id = 'testwiki' AND actor_id = 56;
DELETE FROM mediawiki."user" WHERE wiki_id = 'testwiki' AND user_id = 56;
SELECT t.mark(908);
-- an edit, and what is no account's name
UPDATE mediawiki."user" SET user_editcount = 2 WHERE wiki_id = 'testwiki' AND user_id = 50;
UPDATE mediawiki.actor SET actor_name = '192.0.2.9' WHERE wiki_id = 'testwiki' AND actor_id = 5;
UPDATE mediawiki.actor SET actor_name = '192.0.2.1' WHERE wiki_id = 'testwiki' AND actor_id = 5;
SELECT t.mark(909);
COMMIT;
SELECT t.brief_user(e) FROM t.events() e;

BEGIN;
-- renamed; twice; there and back; by hand
SELECT t.rename(50, 'Old account'), t.log(903, 'renameuser', 'renameuser', 1, 'on request', 2, 'New_account', 0, 910), t.mark(911);
SELECT t.rename(50, 'Older account'), t.rename(50, 'Oldest account'), t.mark(912);
SELECT t.rename(51, 'Elsewhere'), t.rename(51, 'Made for'), t.mark(913);
-- two that change places
SELECT t.rename(51, 'x'), t.rename(52, 'Made for'), t.rename(51, 'Auto'), t.mark(914);
COMMIT;
SELECT t.brief_user(e) FROM t.events() e;

BEGIN;
-- several groups in one change; one that is taken; one that comes and goes; the same again
SELECT t.join(50, 'sysop'), t.join(50, 'bot', t.at(1000)), t.log(904, 'rights', 'rights', 1, 'elected', 2, 'Oldest_account', 0, 915), t.mark(915);
SELECT t.leave(50, 'sysop'), t.join(50, 'Zeta'), t.mark(916);
SELECT t.join(50, 'brief'), t.leave(50, 'brief'), t.mark(917);
SELECT t.leave(50, 'Zeta'), t.join(50, 'Zeta'), t.mark(918);
-- when it ends is no other group
UPDATE mediawiki.user_groups SET ug_expiry = t.at(920) WHERE wiki_id = 'testwiki' AND ug_user = 50 AND ug_group = 'bot';
SELECT t.mark(919);
-- that it has ended is told when it is removed, by a job that logs nothing
SELECT t.leave(50, 'bot'), t.mark(930);
-- promoted by the wiki itself: the log row names the account
SELECT t.join(50, 'confirmed'), t.log(905, 'rights', 'autopromote', 50, 'CANARYauto', 2, 'Oldest_account', 0, 931), t.mark(931);
-- groups of an account that has no row
SELECT t.join(997, 'sysop'), t.mark(932);
COMMIT;
SELECT t.brief_user(e) FROM t.events() e;
SELECT t.leave(50, 'confirmed'), t.log(906, 'rights', 'rights', 3, 'no more', 2, 'Oldest_account', 0, 933), t.mark(933);
SELECT jsonb_pretty(e - 'meta') FROM t.events() e;

-- whose page it is depends on the user's gender; the preference is not written here
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value) VALUES ('testwiki', 50, 'gender', 'female');
UPDATE mwmirror.wiki_namespace SET female_name = 'Useress' WHERE wiki_id = 'testwiki' AND namespace_id = 2;
SELECT t.mark(934);
BEGIN;
SELECT t.join(50, 'Alpha'), t.mark(935);
COMMIT;
BEGIN;
SELECT t.rename(50, 'Old again'), t.mark(936);
COMMIT;
BEGIN;
SELECT t.rename(50, 'Oldest account'), t.leave(50, 'Alpha'), t.mark(937);
COMMIT;
BEGIN;
SELECT t.blockee(33, 50, 'Oldest account'), t.block(33, 33, 938), t.mark(938);
COMMIT;
SET t.streams = 'user';
SELECT e#>>'{meta,stream}' AS stream, e#>>'{meta,uri}' AS uri FROM t.events() e;
SET t.streams = 'user_change';
UPDATE mwmirror.wiki_namespace SET female_name = NULL WHERE wiki_id = 'testwiki' AND namespace_id = 2;
DELETE FROM mediawiki.user_properties WHERE up_user = 50;
SELECT t.unblock(33), t.unblockee(33), t.mark(939);

-- of an account that is hidden: what changed, by its id alone; the blocks of others hide nothing
BEGIN;
SELECT t.account(57, 'CANARYname', 940), t.mark(940);
COMMIT;
SELECT count(*) FROM t.lines() l WHERE l ~ 'CANARYname';
BEGIN;
SELECT t.blockee(30, 57, 'CANARYname'), t.block(30, 30, 941, hides => true), t.blockee(31, 50, 'Oldest account'), t.block(31, 31, 941), t.mark(941);
COMMIT;
BEGIN;
SELECT t.join(57, 'sysop'), t.log(907, 'rights', 'rights', 57, 'CANARYreason', 2, 'CANARYname', 0, 942), t.mark(942);
SELECT t.rename(57, 'CANARYother'), t.log(908, 'renameuser', 'renameuser', 1, 'CANARYreason', 2, 'CANARYname', 0, 943), t.mark(943);
SELECT t.join(50, 'sysop'), t.mark(944);
-- hidden when it is made
SELECT t.account(58, 'Once hidden', 945), t.blockee(32, 58, 'Once hidden'), t.block(32, 32, 945, hides => true),
	t.log(909, 'newusers', 'create', 58, '', 2, 'Once_hidden', 0, 945), t.mark(945);
-- shown again
DELETE FROM mediawiki.block WHERE wiki_id = 'testwiki' AND bl_id = 32;
SELECT t.mark(946), t.rename(58, 'Shown'), t.mark(946);
COMMIT;
SELECT line FROM t.lines() line WHERE line ^@ 'mediawiki.';

-- log rows that are partly hidden
BEGIN;
SELECT t.join(51, 'a'), t.log(910, 'rights', 'rights', 1, 'CANARYcomment', 2, 'Auto', 0, 947);
UPDATE mediawiki.logging SET log_deleted = 2 WHERE wiki_id = 'testwiki' AND log_id = 910;
SELECT t.mark(948);
SELECT t.join(51, 'b'), t.log(911, 'rights', 'rights', 1, 'who', 2, 'Auto', 0, 949);
UPDATE mediawiki.logging SET log_deleted = 4 WHERE wiki_id = 'testwiki' AND log_id = 911;
SELECT t.mark(950);
SELECT t.join(51, 'c'), t.log(912, 'rights', 'rights', 1, 'CANARYaction', 2, 'Auto', 0, 951);
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 912;
SELECT t.mark(952);
COMMIT;
SELECT t.brief_user(e) FROM t.events() e;

-- what EventBus hears of: nothing before 1.47; then what is logged
CREATE FUNCTION t.changes() RETURNS void LANGUAGE sql AS $$
	SELECT t.account(59, 'Parity', 953);
	SELECT t.mark(953), t.join(59, 'sysop'), t.mark(954), t.join(59, 'bot'), t.log(nextval('t.comments'), 'rights', 'rights', 1, 'logged', 2, 'Parity', 0, 955), t.mark(955);
	SELECT t.rename(59, 'Untold'), t.mark(956);
	DELETE FROM mediawiki.user_groups WHERE ug_user = 59;
	DELETE FROM mediawiki.actor WHERE actor_id = 59;
	DELETE FROM mediawiki."user" WHERE user_id = 59;
	SELECT t.mark(957);
$$;
SELECT t.changes();
SELECT line FROM t.lines('mode', 'parity-1.43') line WHERE line ^@ 'mediawiki.';
SELECT t.changes();
SELECT line FROM t.lines('mode', 'parity-1.45') line WHERE line ^@ 'mediawiki.';
SELECT t.changes();
SELECT t.brief_user(substring(l FROM '^\S+ \S+ (.*)$')::jsonb) FROM t.lines('mode', 'parity-1.47') l WHERE l ^@ 'mediawiki.';

-- a name that was none: no event
SELECT t.account(59, '', 957), t.mark(957);
SELECT t.rename(59, 'Named'), t.mark(957), t.rename(59, 'Renamed'), t.mark(957);
SELECT t.brief_user(e) FROM t.events() e;

-- on a wiki whose central ids are its own
UPDATE mwmirror.wiki SET local_central_ids = true WHERE wiki_id = 'testwiki';
SELECT t.leave(50, 'sysop'), t.mark(958);
SELECT e->'user' FROM t.events() e;
UPDATE mwmirror.wiki SET local_central_ids = false WHERE wiki_id = 'testwiki';
DELETE FROM mediawiki.block;
DELETE FROM mediawiki.block_target;
DELETE FROM mediawiki.user_groups WHERE ug_user > 49;
DELETE FROM mediawiki.actor WHERE actor_id BETWEEN 50 AND 59;
DELETE FROM mediawiki."user" WHERE user_id > 49;
SELECT t.mark(959);
SELECT count(*) > 0 AS said FROM t.lines();
