-- Redaction in the streams of what texts yield, of accounts, and of recent changes: each rule, in transactions that follow the hiding.
\pset format unaligned
\pset footer off
SELECT t.follow();
CREATE SCHEMA r;
-- what a text yields: links and properties; not those of a hidden one, nor those that went with it, whatever yields them now
CREATE FUNCTION r.yields(p bigint, id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('testwiki', id, 0, 'Link_' || id);
	INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id, pl_from_namespace) VALUES ('testwiki', p, id, 0);
	INSERT INTO mediawiki.externallinks (wiki_id, el_id, el_from, el_to_domain_index, el_to_path) VALUES ('testwiki', id, p, 'https://org.', '/' || id);
	INSERT INTO mediawiki.page_props (wiki_id, pp_page, pp_propname, pp_value) VALUES ('testwiki', p, 'p' || id, 'v' || id);
$$;
CREATE FUNCTION r.yields_no_more(p bigint, id bigint) RETURNS void LANGUAGE sql AS $$
	DELETE FROM mediawiki.pagelinks WHERE wiki_id = 'testwiki' AND pl_from = p AND pl_target_id = id;
	DELETE FROM mediawiki.externallinks WHERE wiki_id = 'testwiki' AND el_from = p AND el_id = id;
	DELETE FROM mediawiki.page_props WHERE wiki_id = 'testwiki' AND pp_page = p AND pp_propname = 'p' || id;
$$;
CREATE FUNCTION r.hide(rev bigint, bits int) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.revision SET rev_deleted = bits WHERE wiki_id = 'testwiki' AND rev_id = rev$$;
CREATE FUNCTION r.yielded() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e->>'rev_id', (SELECT string_agg(k || ':' || v::text, ' ' ORDER BY k) FROM jsonb_each(e) x(k, v) WHERE k ~ '^(added|removed)'))
	FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e FROM t.lines() l WHERE l ~ '^mediawiki') x$$;
SET t.streams = 'page-(links|properties)-change';
SELECT t.page(887773, 0, 'Yields', 88776630, 1, 'c', 140), t.mark(140), r.yields(887773, 887301), t.mark(141);
SELECT r.yielded();
-- each in a transaction of its own: the latest hidden; made anew by a visible text on top; what that yields is told
SELECT r.hide(88776630, 3), t.mark(142), r.yields(887773, 887302), r.yields_no_more(887773, 887301), t.mark(143);
SELECT count(*) AS hidden FROM r.yielded();
SELECT t.edit(887773, 88776631, 1, 'c', 144), t.mark(144), r.yields(887773, 887303), r.yields_no_more(887773, 887302), t.mark(145);
SELECT r.yielded();
-- a property with another value
BEGIN;
UPDATE mediawiki.page_props SET pp_value = 'w' WHERE wiki_id = 'testwiki' AND pp_page = 887773 AND pp_propname = 'p887303';
SELECT r.hide(88776630, 0), t.mark(146);
UPDATE mediawiki.page_props SET pp_value = 'x' WHERE wiki_id = 'testwiki' AND pp_page = 887773 AND pp_propname = 'p887303';
SELECT r.hide(88776630, 3), t.mark(146);
COMMIT;
SELECT r.yielded();
-- hidden after it was replaced, but before the links follow
SELECT r.hide(88776630, 0), t.edit(887773, 88776632, 1, 'c', 147), r.hide(88776631, 1), t.mark(147), r.yields_no_more(887773, 887303), r.yields(887773, 887304), t.mark(148);
SELECT r.yielded();
-- other bits hide nothing of it; a parent that is not known may be hidden
SELECT r.hide(88776631, 14), r.hide(88776632, 2), t.mark(149), r.yields_no_more(887773, 887304), r.yields(887773, 887305), t.mark(150);
SELECT r.yielded();
BEGIN;
UPDATE mediawiki.revision SET rev_parent_id = 88776629 WHERE wiki_id = 'testwiki' AND rev_id = 88776632;
SELECT t.mark(151);
COMMIT;
SELECT r.yields_no_more(887773, 887305), r.yields(887773, 887306), t.mark(152);
SELECT r.yielded();
-- of a page that is gone: by its last text, and the one before
BEGIN;
UPDATE mediawiki.revision SET rev_parent_id = 88776631 WHERE wiki_id = 'testwiki' AND rev_id = 88776632;
SELECT r.hide(88776631, 0), r.hide(88776632, 0), t.delete(887773), t.mark(153);
COMMIT;
SELECT r.yields_no_more(887773, 887306), t.mark(154);
SELECT r.yielded();
SELECT t.page(887774, 0, 'Yields_too', 88776640, 1, 'c', 155), t.edit(887774, 88776641, 1, 'c', 155), r.yields(887774, 887401), r.hide(88776640, 1), t.mark(155);
SELECT r.yielded();
SELECT t.delete(887774), t.mark(156), r.yields_no_more(887774, 887401), t.mark(157);
SELECT count(*) AS hidden FROM r.yielded();

-- an account that a block hides is renamed: neither name is told, at once or when the recent change comes later; nor of one that is not known
SET t.streams = '(recentchange|user_change|user-blocks-change)';
CREATE FUNCTION r.renamed(id bigint, old text, new text, s int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_namespace, rc_title, rc_comment_id, rc_type, rc_source, rc_log_type,
			rc_log_action, rc_params)
		VALUES ('testwiki', id, t.at(s), 1, 2, old, t.comment('why'), 3, 'mw.log', 'renameuser', 'renameuser',
			format('a:3:{s:10:"4::olduser";s:%s:"%s";s:10:"5::newuser";s:%s:"%s";s:8:"6::edits";i:1;}', octet_length(old), old, octet_length(new), new))$$;
CREATE FUNCTION r.logged(id bigint, type text, params text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_namespace, rc_title, rc_comment_id, rc_type, rc_source, rc_log_type, rc_log_action, rc_params)
		VALUES ('testwiki', id, t.at(167), 1, 0, 'Logged', t.comment('c'), 3, 'mw.log', type, 'a', params)$$;
CREATE FUNCTION r.rename(id bigint, new text) RETURNS void LANGUAGE sql AS $$
	UPDATE mediawiki."user" SET user_name = new WHERE wiki_id = 'testwiki' AND user_id = id;
	UPDATE mediawiki.actor SET actor_name = new WHERE wiki_id = 'testwiki' AND actor_user = id;
$$;
CREATE FUNCTION r.told() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', substring(l FROM '^\S+'), e->>'title', coalesce(e->>'user_text', e#>>'{user,user_text}'), e->>'log_params',
		'by ' || coalesce(e->>'user', e#>>'{performer,user_text}'), e->>'comment', 'before ' || (e->>'prior_state'))
	FROM (SELECT l, substring(l FROM '^\S+ (?:-|\{.*?\}) (.*)$')::jsonb AS e FROM t.lines() l WHERE l ~ '^mediawiki') x$$;
BEGIN;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name) VALUES ('testwiki', 887770, 'Before é'), ('testwiki', 887771, 'CANARYbefore');
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('testwiki', 887770, 887770, 'Before é'), ('testwiki', 887771, 887771, 'CANARYbefore');
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_user, bt_user_text) VALUES ('testwiki', 887771, 887771, 'CANARYbefore');
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_deleted) VALUES ('testwiki', 887771, 887771, true);
SELECT t.mark(160);
COMMIT;
SELECT count(*) FILTER (WHERE l ~ 'CANARY') FROM t.lines() l;
SELECT r.rename(887770, 'After "é"'), t.log(7001, 'renameuser', 'renameuser', 1, 'why', 2, 'Before_é', 0, 161), t.mark(161), r.renamed(7001, 'Before_é', 'After "é"', 161), t.mark(162);
SELECT r.rename(887771, 'CANARYafter'), t.log(7002, 'renameuser', 'renameuser', 1, 'CANARY', 2, 'CANARYbefore', 0, 163), t.mark(163),
	r.renamed(7002, 'CANARYbefore', 'CANARYafter', 163), t.mark(164);
BEGIN;
SELECT r.rename(887771, 'CANARYlast'), t.log(7003, 'renameuser', 'renameuser', 1, 'CANARY', 2, 'CANARYafter', 0, 165), r.renamed(7003, 'CANARYafter', 'CANARYlast', 165), t.mark(165);
COMMIT;
SELECT r.renamed(7004, 'CANARYbefore', 'CANARYafter', 166), r.renamed(7005, 'CANARYa', 'CANARYb', 166), t.mark(166);
SELECT r.logged(7006, 'renameuser', E'CANARY\nCANARY'), r.logged(7007, 'renameuser', 'a:1:{s:10:"5::newuser";s:11:"CANARYlast";}'), t.mark(167);
SELECT r.told();
-- shown again by an entry of the public log: who and why are told as anywhere, what the block was is not
BEGIN;
UPDATE mediawiki.block SET bl_deleted = false, bl_timestamp = t.at(168) WHERE wiki_id = 'testwiki' AND bl_id = 887771;
SELECT t.log(7006, 'block', 'reblock', 1, 'public', 2, 'CANARYbefore', 0, 168), t.mark(168);
COMMIT;
SELECT replace(told, 'CANARYbefore', 'shown') FROM r.told() told;

-- restricted tags are in no parameters of logs of tags; a page may have such a name
SELECT r.logged(7010, 'managetags', 'a:1:{s:6:"4::tag";s:17:"mw-private-CANARY";}'), r.logged(7011, 'managetags', 'a:1:{s:6:"4::tag";s:6:"public";}'),
	r.logged(7012, 'tag', 'a:1:{s:16:"6:list:tagsAdded";a:2:{i:0;s:6:"public";i:1;s:17:"mw-private-CANARY";}}'),
	r.logged(7013, 'move', 'a:1:{s:9:"4::target";s:15:"mw-private-page";}'), t.mark(170);
SELECT r.told();

-- a log of suppressions says neither who nor why, also of what is not restricted; nor does another log of what is
SET t.streams = '(page_change|revision-visibility-change|page-suppress|page-delete|file_change|page-restrictions-change|user-blocks-change)';
CREATE FUNCTION r.done() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', substring(l FROM '^\S+'), 'by ' || (e#>>'{performer,user_text}'), coalesce(e->>'comment', e->>'reason'),
		'redirect ' || (e->>'page_is_redirect'), 'before ' || (e->>'prior_state'), 'file ' || (e->>'file'))
	FROM (SELECT l, substring(l FROM '^\S+ (?:-|\{.*?\}) (.*)$')::jsonb AS e FROM t.lines() l WHERE l ~ '^(mediawiki|mwmirror)') x$$;
SELECT t.page(887775, 0, 'Done', 88776650, 1, 'c', 171), t.mark(171);
SELECT count(*) FROM t.lines();
SELECT r.hide(88776650, 2), t.log(887701, 'suppress', 'revision', 1, 'CANARY', 0, 'Done', 887775, 172), t.mark(172);
SELECT r.hide(88776650, 10), t.log(887702, 'delete', 'revision', 1, 'CANARY', 0, 'Done', 887775, 173), t.mark(173);
SELECT r.hide(88776650, 4), t.log(887703, 'delete', 'revision', 1, 'CANARY', 0, 'Done', 887775, 174), t.mark(174);
SELECT r.hide(88776650, 0), t.log(887704, 'delete', 'revision', 1, 'why', 0, 'Done', 887775, 175), t.mark(175);
SELECT r.done();
-- a deletion that the log alone calls a suppression: nothing of the text, and what was visible before
SELECT t.page(887776, 0, 'Gone', 88776660, 1, 'c', 176, 'Done'), t.mark(176);
SELECT count(*) FROM t.lines();
SELECT t.delete(887776), t.log(887705, 'suppress', 'delete', 1, 'CANARY', 0, 'Gone', 887776, 177), t.mark(177);
SELECT r.done();
-- a log entry whose action is hidden says nothing: of files, protection, a new account; nor who uploaded a version that hides that
CREATE FUNCTION r.hide_log(id bigint, bits int) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.logging SET log_deleted = bits WHERE wiki_id = 'testwiki' AND log_id = id$$;
CREATE FUNCTION r.version(name text, archived text, bits int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.oldimage (wiki_id, oi_name, oi_archive_name, oi_size, oi_actor, oi_timestamp, oi_deleted, oi_sha1)
		VALUES ('testwiki', name, archived, 987654, 887779, t.at(178), bits, 'CANARY')$$;
CREATE FUNCTION r.hide_version(name text, archived text, bits int) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.oldimage SET oi_deleted = bits WHERE wiki_id = 'testwiki' AND oi_name = name AND oi_archive_name = archived$$;
SELECT mwmirror.stream_switch('mwmirror.file_change.v1', true);
BEGIN;
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('testwiki', 887779, NULL, '192.0.2.79');
SELECT r.version('Hides.png', '1!Hides.png', 5), r.version('Shows.png', '1!Shows.png', 1), t.mark(178);
COMMIT;
SELECT t.log(887706, 'delete', 'revision', 1, 'CANARY', 6, 'Hides.png', 0, 179), r.hide_log(887706, 1), r.hide_version('Hides.png', '1!Hides.png', 1), t.mark(179);
SELECT t.log(887707, 'suppress', 'revision', 1, 'CANARY', 6, 'Hides.png', 0, 180), r.hide_version('Hides.png', '1!Hides.png', 3), t.mark(180);
SELECT t.log(887708, 'delete', 'revision', 1, 'CANARY', 6, 'Hides.png', 0, 181), r.hide_version('Hides.png', '1!Hides.png', 11), t.mark(181);
SELECT t.log(887709, 'delete', 'revision', 1, 'why', 6, 'Shows.png', 0, 182), r.hide_version('Shows.png', '1!Shows.png', 3), t.mark(182);
BEGIN;
INSERT INTO mediawiki.page_restrictions (wiki_id, pr_id, pr_page, pr_type, pr_level) VALUES ('testwiki', 887775, 887775, 'edit', 'sysop');
SELECT t.log(887710, 'protect', 'protect', 1, 'CANARY', 0, 'Done', 887775, 183), r.hide_log(887710, 1), t.mark(183);
COMMIT;
SELECT r.done();
SET t.streams = 'user_change';
UPDATE mwmirror.wiki SET local_central_ids = true WHERE wiki_id = 'testwiki';
BEGIN;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration) VALUES ('testwiki', 887772, 'New', t.at(184)), ('testwiki', 887773, 'CANARY', t.at(184));
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_user, bt_user_text) VALUES ('testwiki', 887773, 887773, 'CANARY');
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_deleted) VALUES ('testwiki', 887773, 887773, true);
SELECT t.log(887711, 'newusers', 'autocreate', 1, 'CANARY', 2, 'New', 0, 184), r.hide_log(887711, 1), t.mark(184);
COMMIT;
SELECT e->'user' AS account, e->'is_autocreate' AS autocreate, e->'performer' AS performer FROM t.events() e;
UPDATE mwmirror.wiki SET local_central_ids = false WHERE wiki_id = 'testwiki';
-- blocks that the log of suppressions tells of, though they hide nobody; and such as hide who is no account
SET t.streams = 'user-blocks-change';
CREATE FUNCTION r.block(id bigint, usr bigint, name text, hides boolean, s int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_address, bt_user, bt_user_text, bt_auto, bt_count)
		VALUES ('testwiki', id, CASE WHEN usr IS NULL THEN name END, usr, CASE WHEN usr IS NOT NULL THEN name END, false, 1);
	INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted) VALUES ('testwiki', id, id, 1, 1, t.at(s), 'infinity', hides)$$;
SELECT r.block(887774, 887772, 'New', false, 185), t.log(887712, 'suppress', 'block', 1, 'CANARY', 2, 'New', 0, 185), t.mark(185);
SELECT r.block(887775, NULL, 'CANARY', true, 186), t.mark(186);
SELECT r.done();
SELECT mwmirror.stream_switch('mwmirror.file_change.v1', NULL);
RESET t.streams;
