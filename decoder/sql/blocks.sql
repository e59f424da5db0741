-- mediawiki.user-blocks-change: blocks that are set, changed and end; the tables are those that both ipblocks and block become.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'user-blocks-change';

CREATE FUNCTION t.blockee(id bigint, usr bigint, name text, auto boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_address, bt_user, bt_user_text, bt_auto, bt_range_start, bt_count)
		VALUES ('testwiki', id, CASE WHEN usr IS NULL THEN name END, usr, CASE WHEN usr IS NOT NULL THEN name END, auto,
			CASE WHEN name LIKE '%/%' THEN 'C0000200' END, 1)
$$;
CREATE FUNCTION t.block(id bigint, target bigint, s int, expiry timestamptz DEFAULT 'infinity', hides boolean DEFAULT false,
	sitewide boolean DEFAULT true, talk boolean DEFAULT false, parent bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted, bl_block_email,
			bl_allow_usertalk, bl_create_account, bl_sitewide, bl_parent_block_id)
		VALUES ('testwiki', id, target, 1, 1, t.at(s), expiry, hides, false, talk, true, sitewide, parent)
$$;
CREATE FUNCTION t.restrict(id bigint, type int, value bigint) RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.ipblocks_restrictions VALUES ('testwiki', id, type, value)$$;
CREATE FUNCTION t.unblock(id bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM mediawiki.block WHERE wiki_id = 'testwiki' AND bl_id = id;
	DELETE FROM mediawiki.ipblocks_restrictions WHERE wiki_id = 'testwiki' AND ir_ipb_id = id;
$$;
CREATE FUNCTION t.unblockee(id bigint) RETURNS void LANGUAGE sql AS
	$$DELETE FROM mediawiki.block_target WHERE wiki_id = 'testwiki' AND bt_id = id$$;
CREATE FUNCTION t.what(b jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_each(b) x(k, v) WHERE v = 'true'), b->>'restrictions', 'until ' || (b->>'expiry_dt'))$$;
CREATE FUNCTION t.brief_block(e jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', e->>'user_text', coalesce(e->>'user_id', '-'), coalesce(e->>'user_groups', '-'),
		'by ' || (e->'performer'->>'user_text'), e->>'comment', 'now: ' || t.what(e->'blocks'), CASE WHEN e ? 'prior_state' THEN 'before: ' || t.what(e#>'{prior_state,blocks}') END)$$;

BEGIN;
SELECT t.blockee(1, 2, 'Newcomer');
SELECT t.block(1, 1, 800);
SELECT t.log(800, 'block', 'block', 1, 'vandal', 2, 'Newcomer', 0, 800);
SELECT t.mark(800);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

-- changed to one of pages and namespaces that ends; then only its restrictions; actions are none of the schema's
BEGIN;
UPDATE mediawiki.block SET bl_sitewide = false, bl_expiry = '2030-01-01 00:00:00+00', bl_create_account = false, bl_allow_usertalk = true, bl_block_email = true,
	bl_timestamp = t.at(801) WHERE wiki_id = 'testwiki' AND bl_id = 1;
SELECT t.restrict(1, 2, 4), t.restrict(1, 1, 7000), t.restrict(1, 1, 120), t.restrict(1, 3, 1);
SELECT t.log(801, 'block', 'reblock', 1, 'less', 2, 'Newcomer', 0, 801);
SELECT t.mark(801);
COMMIT;
BEGIN;
DELETE FROM mediawiki.ipblocks_restrictions WHERE wiki_id = 'testwiki' AND ir_ipb_id = 1 AND ir_type = 1;
SELECT t.restrict(1, 1, 121), t.mark(802);
COMMIT;
-- the account's new name is no change of the block, nor is what does not change anything
BEGIN;
UPDATE mediawiki.block_target SET bt_user_text = 'Newcomer' WHERE wiki_id = 'testwiki' AND bt_id = 1;
UPDATE mediawiki.block SET bl_enable_autoblock = false WHERE wiki_id = 'testwiki' AND bl_id = 1;
SELECT t.mark(803);
COMMIT;
-- ended by somebody; the target goes with it, or stays
BEGIN;
SELECT t.unblock(1), t.unblockee(1), t.log(804, 'block', 'unblock', 3, 'sorry', 2, 'Newcomer', 0, 804), t.mark(804);
COMMIT;
SELECT t.brief_block(e) FROM t.events() e;

-- an address with a block that expired and is set anew, as MediaWiki 1.39 (targets of their own) and 1.43 do; then it expires again
BEGIN;
SELECT t.blockee(-2, NULL, '192.0.2.1'), t.block(2, -2, 805, t.at(806)), t.log(805, 'block', 'block', 1, '', 2, '192.0.2.1', 0, 805), t.mark(805);
SELECT t.unblock(2), t.unblockee(-2), t.blockee(-3, NULL, '192.0.2.1'), t.block(3, -3, 807, t.at(808)),
	t.log(807, 'block', 'block', 1, 'again', 2, '192.0.2.1', 0, 807), t.mark(807);
SELECT t.unblock(3), t.block(4, -3, 809, t.at(810)), t.log(809, 'block', 'block', 1, 'and again', 2, '192.0.2.1', 0, 809), t.mark(809);
SELECT t.unblock(4), t.unblockee(-3), t.mark(811);
-- a range; the log's title is its own
SELECT t.blockee(5, NULL, '192.0.2.0/24'), t.block(5, 5, 812), t.log(812, 'block', 'block', 1, 'range', 2, '192.0.2.0/24', 0, 812), t.mark(812);
-- two blocks of one account: when one ends the other remains
SELECT t.blockee(6, 3, 'Robot'), t.block(6, 6, 813), t.mark(813);
SELECT t.block(7, 6, 814, sitewide => false), t.restrict(7, 1, 9), t.mark(814);
SELECT t.unblock(6), t.mark(815);
SELECT t.unblock(7), t.unblockee(6), t.mark(816);
-- set and ended in one source transaction is nothing
SELECT t.blockee(8, 3, 'Robot'), t.block(8, 8, 817), t.unblock(8), t.unblockee(8), t.mark(817);
COMMIT;
SELECT t.brief_block(e) FROM t.events() e;

-- autoblocks are private, whatever their rows say
BEGIN;
SELECT t.blockee(9, 2, 'Newcomer'), t.block(9, 9, 818), t.blockee(10, NULL, NULL, true), t.block(10, 10, 818, t.at(900), parent => 9);
SELECT t.blockee(11, NULL, 'CANARYaddress', true), t.block(11, 11, 818), t.mark(818);
UPDATE mediawiki.block SET bl_expiry = t.at(901) WHERE wiki_id = 'testwiki' AND bl_id IN (10, 11);
SELECT t.mark(818);
SELECT t.unblock(10), t.unblockee(10), t.unblock(11), t.unblockee(11), t.mark(819);
COMMIT;
SELECT t.brief_block(e) FROM t.events() e;
-- of an account that becomes hidden, is hidden, and has another block, or is hidden at once: nothing
BEGIN;
SELECT t.blockee(20, 4, 'Maintenance script'), t.block(20, 20, 820, hides => true), t.log(820, 'suppress', 'block', 1, 'CANARYreason', 2, 'Maintenance_script', 0, 820),
	t.mark(820);
UPDATE mediawiki.block SET bl_deleted = true, bl_timestamp = t.at(821) WHERE wiki_id = 'testwiki' AND bl_id = 9;
SELECT t.log(821, 'suppress', 'reblock', 1, 'CANARYreason', 2, 'Newcomer', 0, 821), t.mark(821);
UPDATE mediawiki.block SET bl_block_email = true, bl_timestamp = t.at(822) WHERE wiki_id = 'testwiki' AND bl_id = 9;
SELECT t.log(822, 'suppress', 'reblock', 1, 'CANARYreason', 2, 'Newcomer', 0, 822), t.mark(822);
SELECT t.blockee(-12, 2, 'Newcomer'), t.block(12, -12, 823), t.mark(823);
SELECT t.unblock(12), t.unblockee(-12), t.mark(824);
COMMIT;
SELECT count(*) = 0 AS silent FROM t.lines() l WHERE l ^@ 'mediawiki.';
-- shown again: what it was while hidden is not said, nor who shows it and why, where the log of suppressions says so
BEGIN;
UPDATE mediawiki.block SET bl_deleted = false, bl_timestamp = t.at(825) WHERE wiki_id = 'testwiki' AND bl_id = 9;
SELECT t.log(825, 'suppress', 'reblock', 1, 'CANARYreason', 2, 'Newcomer', 0, 825), t.mark(825);
UPDATE mediawiki.block SET bl_deleted = true, bl_timestamp = t.at(826) WHERE wiki_id = 'testwiki' AND bl_id = 9;
SELECT t.mark(826);
SELECT t.unblock(9), t.unblockee(9), t.log(827, 'block', 'unblock', 1, 'shown', 2, 'Newcomer', 0, 827), t.mark(827);
COMMIT;
SELECT t.brief_block(e) FROM t.events() e;

-- log rows that are partly hidden; one who acted and has no row has no groups
BEGIN;
SELECT t.blockee(13, 2, 'Newcomer'), t.block(13, 13, 828), t.log(828, 'block', 'block', 1, 'CANARYcomment', 2, 'Newcomer', 0, 828);
UPDATE mediawiki.logging SET log_deleted = 2 WHERE wiki_id = 'testwiki' AND log_id = 828;
SELECT t.mark(828);
UPDATE mediawiki.block SET bl_timestamp = t.at(829) WHERE wiki_id = 'testwiki' AND bl_id = 13;
SELECT t.log(829, 'block', 'reblock', 1, 'who', 2, 'Newcomer', 0, 829);
UPDATE mediawiki.logging SET log_deleted = 4 WHERE wiki_id = 'testwiki' AND log_id = 829;
SELECT t.mark(829);
UPDATE mediawiki.block SET bl_timestamp = t.at(830) WHERE wiki_id = 'testwiki' AND bl_id = 13;
SELECT t.log(830, 'block', 'reblock', 1, 'CANARYaction', 2, 'Newcomer', 0, 830);
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 830;
SELECT t.mark(830);
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('testwiki', 90, 999, 'Rowless');
UPDATE mediawiki.block SET bl_timestamp = t.at(831) WHERE wiki_id = 'testwiki' AND bl_id = 13;
SELECT t.log(831, 'block', 'reblock', 90, 'rowless', 2, 'Newcomer', 0, 831), t.mark(831);
-- an account that has no row; a target without a name, and one that is not there, are none
SELECT t.blockee(14, 998, 'Gone account'), t.block(14, 14, 832), t.mark(832);
SELECT t.blockee(15, NULL, NULL), t.block(15, 15, 833), t.block(16, 99, 833), t.mark(833);
COMMIT;
SELECT t.brief_block(e) FROM t.events() e;

-- what EventBus hears of
BEGIN;
UPDATE mediawiki.block SET bl_timestamp = t.at(834) WHERE wiki_id = 'testwiki' AND bl_id = 13;
SELECT t.mark(834);
SELECT t.unblock(13), t.unblockee(13), t.log(835, 'block', 'unblock', 1, 'untold', 2, 'Newcomer', 0, 835), t.mark(835);
COMMIT;
SELECT t.brief_block(substring(l FROM '^\S+ \S+ (.*)$')::jsonb) FROM t.lines('mode', 'parity-1.43') l WHERE l ^@ 'mediawiki.';
DELETE FROM mediawiki.block;
DELETE FROM mediawiki.block_target;
DELETE FROM mediawiki.actor WHERE actor_id = 90;
SELECT t.mark(836);
SELECT count(*) > 0 AS said FROM t.lines();
