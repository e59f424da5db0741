-- mode=parity: what EventBus of MediaWiki 1.43 leaves out is left out.
\pset format unaligned
\pset footer off
SELECT t.follow();
BEGIN;
SELECT t.page(140, 0, 'Protected', 980, 1, 'c', 230);
SELECT t.mark(230);
-- protection: a null revision
SELECT t.revision(981, 140, 1, 'Protected "[[Protected]]"', 980, 231, content => 1980);
UPDATE mediawiki.page SET page_latest = 981 WHERE wiki_id = 'testwiki' AND page_id = 140;
SELECT t.log(60, 'protect', 'protect', 1, 'because', 0, 'Protected', 140, 231);
SELECT t.mark(231);
-- a revert takes old content, but not the parent's
SELECT t.edit(140, 982, 1, 'vandalism', 232);
SELECT t.mark(232);
SELECT t.revision(983, 140, 1, 'rollback', 982, 233, content => 1980);
UPDATE mediawiki.page SET page_latest = 983 WHERE wiki_id = 'testwiki' AND page_id = 140;
SELECT t.mark(233);
-- hide-user
UPDATE mediawiki.revision SET rev_deleted = 12 WHERE wiki_id = 'testwiki' AND rev_id = 983;
SELECT t.mark(234);
COMMIT;
SELECT data FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'parity') WHERE data ~ '^(BEGIN|COMMIT)';
SELECT data FROM pg_logical_slot_get_changes('regression_slot', NULL, NULL, 'format', 'text', 'mode', 'complete') WHERE data ~ '^(BEGIN|COMMIT)';
