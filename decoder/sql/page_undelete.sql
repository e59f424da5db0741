-- mediawiki.page-undelete: every page that revisions were restored into; in all modes.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-undelete';
BEGIN;
SELECT t.page(7200, 0, 'Gone', 43100, 2, 'made', 840), t.edit(7200, 43101, 1, 'c', 840), t.edit(7200, 43102, 1, 'c', 840), t.mark(840);
SELECT t.delete(7200), t.log(1200, 'delete', 'delete', 1, 'rm', 0, 'Gone', 7200, 841), t.mark(841);
SELECT t.restore('{43101}', 7200, 0, 'Gone'), t.log(1201, 'delete', 'restore', 1, 'back', 0, 'Gone', 7200, 842), t.mark(842);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

CREATE FUNCTION t.undeleted(e jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT concat_ws(' ', e->>'page_title', e->>'page_id', e->>'rev_id', 'was', e->'prior_state'->>'page_id', 'redirect', e->>'page_is_redirect',
		'by', e->'performer'->>'user_text', 'because', e->>'comment')$$;
BEGIN;
-- into the page that is there: what becomes its latest revision, and what does not
SELECT t.restore('{43102}', 7200, 0, 'Gone'), t.log(1202, 'delete', 'restore', 3, 'newer', 0, 'Gone', 7200, 843), t.mark(843);
SELECT t.restore('{43100}', 7200, 0, 'Gone'), t.log(1203, 'delete', 'restore', 3, 'older', 0, 'Gone', 7200, 844), t.mark(844);
-- an edit, a page that is made
SELECT t.edit(7200, 43103, 1, 'c', 845), t.page(7201, 0, 'Made', 43104, 1, 'c', 845), t.mark(845);
-- under another id and title, for its own is taken; of a redirect, with no reason
SELECT t.page(7202, 0, 'Led', 43105, 1, 'c', 846, 'Gone'), t.mark(846);
SELECT t.delete(7202), t.log(1204, 'delete', 'delete', 1, 'rm', 0, 'Led', 7202, 847), t.mark(847);
SELECT t.page(7202, 0, 'Another', 43106, 1, 'c', 848), t.mark(848);
SELECT t.restore('{43105}', 7203, 1, 'Led');
UPDATE mediawiki.page SET page_is_redirect = true WHERE wiki_id = 'testwiki' AND page_id = 7203;
SELECT t.log(1205, 'delete', 'restore', 2, '', 1, 'Led', 7203, 849), t.mark(849);
-- a script commits the log row later
SELECT t.delete(7203), t.log(1206, 'delete', 'delete', 1, 'rm', 1, 'Led', 7203, 850), t.mark(850);
SELECT t.restore('{43105}', 7203, 1, 'Led'), t.mark(851);
SELECT t.log(1207, 'delete', 'restore', 2, 'late', 1, 'Led', 7203, 852), t.mark(852);
COMMIT;
SELECT t.undeleted(e) FROM t.events() e;

-- what is hidden in the log row, and of the revision, whose text would have said that it is a redirect
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 69, NULL, 'canary-user');
SELECT t.page(7210 + b, 0, 'Hidden by ' || b, 43110 + b, 1, 'c', 853, 'Gone') FROM generate_series(0, 4) b;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 43114;
SELECT t.mark(853);
SELECT t.delete(7210 + b) FROM generate_series(0, 4) b;
SELECT t.mark(854);
SELECT t.restore(ARRAY[43110 + b], 7210 + b, 0, 'Hidden by ' || b), t.log(1210 + b, 'delete', 'restore', CASE WHEN b & 5 > 0 THEN 69 ELSE 1 END,
	CASE WHEN b & 3 > 0 THEN 'canary' ELSE 'why' END, 0, 'Hidden by ' || b, 7210 + b, 855) FROM generate_series(0, 4) b;
UPDATE mediawiki.page SET page_is_redirect = true WHERE wiki_id = 'testwiki' AND page_id BETWEEN 7210 AND 7214;
UPDATE mediawiki.logging SET log_deleted = log_id - 1210 WHERE wiki_id = 'testwiki' AND log_id BETWEEN 1210 AND 1214;
SELECT t.mark(855);
COMMIT;
CREATE TEMP TABLE seen AS SELECT l FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT t.undeleted(substring(l FROM '^\S+ \S+ (.*)$')::jsonb) FROM seen;
SELECT count(*) FILTER (WHERE l ~ 'canary') AS leaks FROM seen;

-- all modes tell of each kind
SELECT t.archive(7200, NULL, '{43100,43101}'), t.delete(7201), t.mark(856);
SELECT t.restore('{43104}', 7201, 0, 'Made'), t.mark(857);
SELECT t.restore('{43100}', 7200, 0, 'Gone'), t.mark(858);
UPDATE mediawiki.page SET page_latest = 43102 WHERE wiki_id = 'testwiki' AND page_id = 7200;
SELECT t.archive(7200, NULL, '{43103}'), t.mark(859);
SELECT t.restore('{43103}', 7200, 0, 'Gone'), t.mark(860);
SELECT mode, string_agg((substring(data FROM '^\S+ \S+ (.*)$')::jsonb)->>'rev_id', ' ') AS told
	FROM unnest('{complete,parity-1.43,parity-1.45,parity-1.47}'::text[]) mode,
		LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode) WHERE t.shown(data) AND data ~ '^mediawiki' GROUP BY mode ORDER BY mode;
SELECT count(*) AS events FROM t.events();
RESET t.streams;
