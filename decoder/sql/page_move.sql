-- mediawiki.page-move: every page whose title changes; in all modes.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-move';
CREATE FUNCTION t.rename(p bigint, ns int, title text) RETURNS void LANGUAGE sql AS
	$$UPDATE mediawiki.page SET page_namespace = ns, page_title = title WHERE wiki_id = 'testwiki' AND page_id = p$$;
BEGIN;
SELECT t.page(7300, 0, 'Mover', 43200, 2, 'made', 870), t.mark(870);
SELECT t.rename(7300, 2, 'Moved'), t.edit(7300, 43201, 1, 'moved page', 871), t.page(7301, 0, 'Mover', 43202, 1, 'left', 871, 'Moved');
SELECT t.log(1300, 'move', 'move', 1, 'mv', 0, 'Mover', 7300, 871), t.mark(871);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

CREATE FUNCTION t.moved(e jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT concat_ws(' ', e->>'page_namespace', e->>'page_title', e->>'page_id', e->>'rev_id', 'was', e->'prior_state', 'left', e->'new_redirect_page',
		'redirect', e->>'page_is_redirect', 'by', e->'performer'->>'user_text', 'because', e->>'comment')$$;
BEGIN;
-- without a redirect and a reason; then over the redirect that it had left
SELECT t.rename(7300, 1, 'Moved again'), t.edit(7300, 43203, 3, 'moved page', 872), t.log(1301, 'move', 'move', 3, '', 2, 'Moved', 7300, 872), t.mark(872);
SELECT t.delete(7301), t.rename(7300, 0, 'Mover'), t.edit(7300, 43204, 5, 'moved page', 873), t.page(7302, 1, 'Moved again', 43205, 5, 'left', 873, 'Mover');
SELECT t.log(1302, 'move', 'move_redir', 5, 'back', 1, 'Moved again', 7300, 873), t.mark(873);
-- of a redirect
SELECT t.rename(7302, 0, 'Leads'), t.edit(7302, 43206, 1, 'moved page', 874), t.log(1303, 'move', 'move', 1, 'mv', 1, 'Moved again', 7302, 874), t.mark(874);
-- two pages change places
SELECT t.rename(7300, 0, 'Between'), t.rename(7302, 0, 'Mover'), t.rename(7300, 0, 'Leads'), t.mark(875);
-- a script repairs a title: it adds no revision and logs nothing
SELECT t.rename(7300, 0, 'Repaired'), t.mark(876);
-- away and back, an edit
SELECT t.rename(7300, 0, 'There'), t.rename(7300, 0, 'Repaired'), t.edit(7300, 43207, 1, 'c', 877), t.mark(877);
-- what was the latest revision is none that the schema has: no event; nor has the redirect that is left such a one
UPDATE mediawiki.page SET page_latest = -5 WHERE wiki_id = 'testwiki' AND page_id = 7302;
SELECT t.mark(878);
SELECT t.rename(7302, 0, 'No prior'), t.revision(43208, 7302, 1, 'c', 0, 879);
UPDATE mediawiki.page SET page_latest = 43208 WHERE wiki_id = 'testwiki' AND page_id = 7302;
SELECT t.mark(879);
SELECT t.rename(7302, 0, 'Prior'), t.edit(7302, 43209, 1, 'c', 880);
INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title, page_is_redirect, page_latest) VALUES ('testwiki', 7303, 0, 'No prior', true, -7);
SELECT t.mark(880);
COMMIT;
SELECT mode, count(*) FROM unnest('{complete,parity-1.43,parity-1.45,parity-1.47}'::text[]) mode,
	LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode) WHERE t.shown(data) AND data ~ '^mediawiki' GROUP BY mode ORDER BY mode;
SELECT t.moved(e) FROM t.events() e;

-- what is hidden in the log row, and of the revision, whose text would have said that it is a redirect
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 70, NULL, 'canary-user');
SELECT t.page(7310 + b, 0, 'Hidden by ' || b, 43210 + b, 1, 'c', 881, 'Repaired') FROM generate_series(0, 4) b;
SELECT t.mark(881);
SELECT t.rename(7310 + b, 0, 'Away ' || b), t.edit(7310 + b, 43220 + b, CASE WHEN b & 4 > 0 THEN 70 ELSE 1 END, 'canary', 882), t.log(1310 + b, 'move', 'move',
	CASE WHEN b & 5 > 0 THEN 70 ELSE 1 END, CASE WHEN b & 3 > 0 THEN 'canary' ELSE 'why' END, 0, 'Hidden by ' || b, 7310 + b, 882) FROM generate_series(0, 4) b;
UPDATE mediawiki.logging SET log_deleted = log_id - 1310 WHERE wiki_id = 'testwiki' AND log_id BETWEEN 1310 AND 1314;
UPDATE mediawiki.revision SET rev_deleted = 7 WHERE wiki_id = 'testwiki' AND rev_id = 43224;
SELECT t.mark(882);
COMMIT;
CREATE TEMP TABLE seen AS SELECT l FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT t.moved(substring(l FROM '^\S+ \S+ (.*)$')::jsonb) FROM seen;
SELECT count(*) FILTER (WHERE l ~ 'canary') AS leaks FROM seen;
RESET t.streams;
