-- mediawiki.revision-visibility-change: every revision of which something is hidden or shown; in parity mode what RevisionDelete does.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'revision-visibility-change';
BEGIN;
SELECT t.page(7400, 2, 'Partly', 43300, 2, 'made', 900), t.edit(7400, 43301, 2, 'kept', 900), t.edit(7400, 43302, 2, 'c', 900), t.mark(900);
-- of an old revision the comment and the author
SELECT t.hide(43301, 6), t.log(1400, 'delete', 'revision', 1, 'why', 2, 'Partly', 7400, 901), t.mark(901);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

CREATE FUNCTION t.hidden(e jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e->>'page_title', e->>'page_id', e->>'rev_id', translate(concat(e->'prior_state'->'visibility', ' -> ', e->'visibility'), '"{}', ''),
		CASE WHEN e ? 'rev_sha1' THEN 'sha1' END, CASE WHEN e ? 'rev_len' THEN 'len' END, 'redirect', e->>'page_is_redirect', e->>'comment', 'by', e->'performer'->>'user_text')$$;
BEGIN;
-- all at once, each with what it was before, in the order of the rows
SELECT t.hide(43302, 1), t.hide(43300, 4), t.hide(43301, 1), t.log(1401, 'delete', 'revision', 3, 'why', 2, 'Partly', 7400, 902), t.mark(902);
-- suppressed, and shown again: who did it is for few
SELECT t.hide(43300, 13), t.log(1402, 'suppress', 'revision', 1, 'canary', 2, 'Partly', 7400, 903), t.mark(903);
SELECT t.hide(43300, 0), t.log(1403, 'suppress', 'revision', 1, 'canary', 2, 'Partly', 7400, 904), t.mark(904);
-- only the restriction is new: what is visible is as before
SELECT t.hide(43301, 9), t.log(1404, 'suppress', 'revision', 1, 'canary', 2, 'Partly', 7400, 905), t.mark(905);
-- there and back, other columns, bits that mean nothing: nothing
SELECT t.hide(43300, 7), t.hide(43300, 0);
UPDATE mediawiki.revision SET rev_minor_edit = true WHERE wiki_id = 'testwiki' AND rev_id = 43300;
UPDATE mediawiki.revision SET rev_deleted = 16 WHERE wiki_id = 'testwiki' AND rev_id = 43300;
SELECT t.mark(906);
-- hidden when it is made, or deleted with its page: nobody saw another state
SELECT t.edit(7400, 43303, 2, 'c', 907), t.hide(43303, 1), t.mark(907);
SELECT t.page(7401, 0, 'Short', 43304, 2, 'c', 908), t.mark(908);
SELECT t.hide(43304, 2), t.delete(7401), t.mark(909);
-- of archived revisions nothing is said: they have no page
UPDATE mediawiki.archive SET ar_deleted = 7 WHERE wiki_id = 'testwiki' AND ar_rev_id = 43304;
SELECT t.log(1405, 'delete', 'revision', 1, 'why', 0, 'Short', 0, 910), t.mark(910);
-- with a move in the same source transaction: the title is that at its end
SELECT t.hide(43302, 2);
UPDATE mediawiki.page SET page_title = 'Partly moved' WHERE wiki_id = 'testwiki' AND page_id = 7400;
SELECT t.mark(911);
-- what the log hides of itself; of a redirect whose text is hidden
SELECT t.page(7402, 0, 'Leads', 43305, 2, 'c', 912, 'Elsewhere'), t.edit(7402, 43306, 2, 'c', 912), t.mark(912);
SELECT t.hide(43305, 2), t.log(1406, 'delete', 'revision', 1, 'why', 0, 'Leads', 7402, 913);
UPDATE mediawiki.logging SET log_deleted = 4 WHERE wiki_id = 'testwiki' AND log_id = 1406;
SELECT t.mark(913);
SELECT t.hide(43305, 1), t.log(1407, 'delete', 'revision', 1, 'why', 0, 'Leads', 7402, 914);
UPDATE mediawiki.logging SET log_deleted = 1 WHERE wiki_id = 'testwiki' AND log_id = 1407;
SELECT t.mark(914);
-- its page is not known: reported, and not sent
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp) VALUES ('testwiki', 43307, 7499, 0, 1, t.at(915));
SELECT t.mark(915);
SELECT t.hide(43307, 1), t.mark(916);
COMMIT;
SELECT t.hidden(e) FROM t.events() e;

-- hide-user: every revision of the actor, without a log row that says so; in parity mode nothing
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 71, NULL, 'canary-user');
SELECT t.page(7410, 0, 'One', 43310, 71, 'c', 920), t.edit(7410, 43311, 71, 'c', 920), t.page(7411, 0, 'Two', 43312, 71, 'c', 920), t.edit(7411, 43313, 1, 'c', 920), t.mark(920);
UPDATE mediawiki.revision SET rev_deleted = rev_deleted | 12 WHERE wiki_id = 'testwiki' AND rev_actor = 71;
SELECT t.log(1410, 'suppress', 'block', 1, 'canary', 2, 'canary-user', 0, 921), t.mark(921);
-- hidden by RevisionDelete in each mode
SELECT t.hide(43313, 2), t.log(1411, 'delete', 'revision', 1, 'why', 0, 'Two', 7411, 922), t.mark(922);
COMMIT;
SELECT mode, string_agg((substring(data FROM '^\S+ \S+ (.*)$')::jsonb)->>'rev_id', ' ') AS told
	FROM unnest('{complete,parity-1.43,parity-1.45,parity-1.47}'::text[]) mode,
		LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode)
	WHERE t.shown(data) AND data ~ '^mediawiki' GROUP BY mode ORDER BY mode;
-- beside page_change, which tells of the latest only
SET t.streams = '(revision-visibility-change|page_change)';
CREATE TEMP TABLE seen AS SELECT l FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT substring(l FROM '^\S+') AS stream, coalesce(e->>'rev_id', e->'revision'->>'rev_id') AS rev, e->'performer'->>'user_text' AS performer,
	l ~ 'canary' AND (e->'meta'->>'dt')::timestamptz > t.at(920) AS leaks
	FROM seen, LATERAL (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb e) x WHERE coalesce(e->>'page_change_kind', 'visibility_change') = 'visibility_change';
RESET t.streams;
