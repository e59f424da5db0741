-- mediawiki.page-delete and mediawiki.page-suppress: every page that is deleted, on one of them; in all modes.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page-(delete|suppress)';
BEGIN;
SELECT t.page(7100, 2, 'Doomed', 43000, 2, 'made', 800), t.edit(7100, 43001, 1, 'c', 800), t.mark(800);
SELECT t.delete(7100), t.log(1100, 'delete', 'delete', 1, 'rm', 2, 'Doomed', 7100, 801), t.mark(801);
COMMIT;
SELECT jsonb_pretty(e) FROM t.events() e;

CREATE FUNCTION t.deleted(e jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT concat_ws(' ', e->'meta'->>'stream', e->>'page_title', e->>'page_id', e->>'rev_id', 'of', e->>'rev_count', 'redirect', e->>'page_is_redirect',
		'by', e->'performer'->>'user_text', 'because', e->>'comment')$$;
BEGIN;
-- a redirect that stands in the way of a move; the log row says no page id
SELECT t.page(7101, 0, 'In the way', 43010, 1, 'left', 802, 'Elsewhere'), t.mark(802);
SELECT t.delete(7101), t.log(1101, 'delete', 'delete_redir', 3, 'Deleted to make way', 0, 'In the way', 0, 803), t.mark(803);
-- in batches
SELECT t.page(7102, 0, 'Big', 43011, 1, 'c', 804), t.edit(7102, 43012, 1, 'c', 804), t.mark(804);
SELECT t.archive(7102, NULL, '{43011}'), t.mark(805);
SELECT t.delete(7102), t.log(1102, 'delete', 'delete', 1, '', 0, 'Big', 7102, 806), t.mark(806);
-- by a script: no log row, no archive, no revision
SELECT t.page(7103, 0, 'Nuked', 43013, 1, 'c', 807), t.mark(807);
DELETE FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = 7103;
DELETE FROM mediawiki.revision WHERE wiki_id = 'testwiki' AND rev_id = 43013;
SELECT t.mark(808);
-- made and deleted within a source transaction: it never was
SELECT t.page(7104, 0, 'Brief', 43014, 1, 'c', 809), t.delete(7104), t.mark(809);
-- who did it has no row as a user: without groups nobody can be named
INSERT INTO mediawiki.actor VALUES ('testwiki', 67, 6767, 'Without a row');
SELECT t.page(7105, 0, 'By whom', 43015, 1, 'c', 810), t.mark(810);
SELECT t.delete(7105), t.log(1103, 'delete', 'delete', 67, 'why', 0, 'By whom', 7105, 811), t.mark(811);
-- by somebody without an account
SELECT t.page(7106, 0, 'By an address', 43016, 1, 'c', 812), t.mark(812);
SELECT t.delete(7106), t.log(1104, 'delete', 'delete', 5, 'why', 0, 'By an address', 7106, 813), t.mark(813);
COMMIT;
SELECT t.deleted(e) FROM t.events() e;

-- what is hidden: in the log row one by one; of the revision, whose text would have said that it is a redirect
BEGIN;
INSERT INTO mediawiki.actor VALUES ('testwiki', 68, NULL, 'canary-user');
SELECT t.page(7110 + b, 0, 'Hidden by ' || b, 43020 + b, 1, 'c', 820) FROM generate_series(0, 4) b;
SELECT t.page(7119, 0, 'Hidden redirect', 43029, 1, 'c', 820, 'Elsewhere');
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 43029;
SELECT t.mark(820);
SELECT t.delete(7110 + b), t.log(1110 + b, 'delete', 'delete', CASE WHEN b & 5 > 0 THEN 68 ELSE 1 END, CASE WHEN b & 3 > 0 THEN 'canary' ELSE 'why' END,
	0, 'Hidden by ' || b, 7110 + b, 821) FROM generate_series(0, 4) b;
UPDATE mediawiki.logging SET log_deleted = log_id - 1110 WHERE wiki_id = 'testwiki' AND log_id BETWEEN 1110 AND 1114;
SELECT t.delete(7119), t.mark(821);
-- suppressed: by the log; by the restriction that archiving puts on the revision, though the log row is another's or late
SELECT t.page(7120, 0, 'Suppressed', 43030, 2, 'canary', 822, 'Elsewhere'), t.page(7121, 0, 'Restricted', 43031, 2, 'canary', 822), t.page(7122, 0, 'Late', 43032, 2, 'c', 822),
	t.mark(822);
SELECT t.delete(7120, 15), t.log(1120, 'suppress', 'delete', 1, 'canary', 0, 'Suppressed', 7120, 823), t.mark(823);
SELECT t.delete(7121, 15), t.log(1121, 'delete', 'delete', 1, 'canary', 0, 'Restricted', 7121, 824), t.mark(824);
SELECT t.delete(7122, 15), t.mark(825);
COMMIT;
CREATE TEMP TABLE seen AS SELECT l FROM t.lines() l WHERE l ~ '^mediawiki';
SELECT t.deleted(substring(l FROM '^\S+ \S+ (.*)$')::jsonb), l ~ '^\S+ - ' AS no_key FROM seen;
SELECT l FROM seen WHERE l ~ '^mediawiki.page-suppress' LIMIT 1;
SELECT count(*) FILTER (WHERE l ~ 'canary') AS leaks FROM seen;

-- both modes tell the same, of ids that the schema does not have nothing
SELECT t.page(7130, 0, 'In parity', 43040, 1, 'c', 826), t.mark(826);
SELECT t.delete(7130), t.log(1130, 'delete', 'delete', 1, 'why', 0, 'In parity', 7130, 827), t.mark(827);
SELECT t.page(-3, 0, 'No id', 43041, 1, 'c', 828), t.mark(828);
SELECT t.delete(-3), t.mark(829);
SELECT mode, count(*) FROM unnest('{complete,parity-1.43,parity-1.45,parity-1.47}'::text[]) mode,
	LATERAL pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', mode) WHERE t.shown(data) AND data ~ '^mediawiki' GROUP BY mode ORDER BY mode;
SELECT t.deleted(e) FROM t.events() e;
RESET t.streams;
