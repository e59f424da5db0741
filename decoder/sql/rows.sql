-- Rows that are known follow every change of their transaction.
\pset format unaligned
\pset footer off
SELECT t.follow();
-- what the events say, one line each
CREATE FUNCTION t.said(OUT rev text, OUT comment text, OUT editor text, OUT groups text, OUT edits text, OUT size text, OUT slots text,
	OUT prior text, OUT prior_editor text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT e->'revision'->>'rev_id', e->'revision'->>'comment', e->'revision'->'editor'->>'user_text',
		e->'revision'->'editor'->>'groups', e->'revision'->'editor'->>'edit_count',
		e->'revision'->'content_slots'->'main'->>'content_size',
		(SELECT string_agg(k, ',') FROM jsonb_object_keys(e->'revision'->'content_slots') k),
		e->'prior_state'->'revision'->>'comment', e->'prior_state'->'revision'->'editor'->>'user_text'
	FROM t.events() e
$$;
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration, user_editcount) VALUES ('testwiki', 60, 'Keeper', '2020-01-01', 1);
INSERT INTO mediawiki.actor VALUES ('testwiki', 60, 60, 'Keeper');
SELECT t.mark(600);
SELECT t.page(600, 0, 'Kept', 6000, 60, 'one', 600);
SELECT t.mark(600);

-- they are changed, deleted, inserted again; in the same transaction, in another, in one that is undone
BEGIN;
SELECT t.edit(600, 6001, 60, 'two', 601);
SELECT t.mark(601);
COMMIT;
BEGIN;
UPDATE mediawiki."user" SET user_editcount = 2 WHERE wiki_id = 'testwiki' AND user_id = 60;
INSERT INTO mediawiki.user_groups VALUES ('testwiki', 60, 'sysop');
UPDATE mediawiki.comment SET comment_text = 'two, changed' WHERE wiki_id = 'testwiki' AND comment_text = 'two';
SELECT t.edit(600, 6002, 60, 'three', 602);
SELECT t.mark(602);
SAVEPOINT undone;
UPDATE mediawiki.actor SET actor_name = 'Nobody' WHERE wiki_id = 'testwiki' AND actor_id = 60;
DELETE FROM mediawiki.slots WHERE wiki_id = 'testwiki' AND slot_revision_id = 6002;
ROLLBACK TO undone;
SELECT t.edit(600, 6003, 60, 'four', 603);
SELECT t.mark(603);
COMMIT;
BEGIN;
UPDATE mediawiki.actor SET actor_name = 'Renamed' WHERE wiki_id = 'testwiki' AND actor_id = 60;
DELETE FROM mediawiki.user_groups WHERE wiki_id = 'testwiki' AND ug_user = 60;
UPDATE mediawiki.content SET content_size = 99 WHERE wiki_id = 'testwiki' AND content_id = 7003;
SELECT t.mark(604);
COMMIT;
BEGIN;
SELECT t.edit(600, 6004, 60, 'five', 605);
-- another slot for a revision that has one, and one for a revision that has not been seen
INSERT INTO mediawiki.slots VALUES ('testwiki', 6004, 2, 7003, 6003);
SELECT t.mark(605);
DELETE FROM mediawiki.slots WHERE wiki_id = 'testwiki' AND slot_revision_id = 6004 AND slot_role_id = 1;
UPDATE mediawiki.slots SET slot_role_id = 1, slot_content_id = 7001 WHERE wiki_id = 'testwiki' AND slot_revision_id = 6004;
UPDATE mediawiki.revision SET rev_id = 6006 WHERE wiki_id = 'testwiki' AND rev_id = 6004;
UPDATE mediawiki.slots SET slot_revision_id = 6006 WHERE wiki_id = 'testwiki' AND slot_revision_id = 6004;
INSERT INTO mediawiki.slots VALUES ('testwiki', 6006, 2, 7002, 6006);
UPDATE mediawiki.page SET page_latest = 6006 WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(606);
COMMIT;
-- a revision whose slots stayed when it went and came back, as an undeletion's do
BEGIN;
SELECT t.archive(600, NULL, '{6003}');
SELECT t.restore('{6003}', 600, 0, 'Kept');
UPDATE mediawiki.page SET page_latest = 6003 WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(607);
COMMIT;
SELECT * FROM t.said();
-- a long text that an UPDATE leaves as it is, and only the old row holds
SET session_replication_role = replica;
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text)
	SELECT 'testwiki', 600600, string_agg(md5(n::text), '') FROM generate_series(1, 1000) n;
SELECT t.mark(608);
BEGIN;
UPDATE mediawiki.comment SET comment_hash = 1 WHERE wiki_id = 'testwiki' AND comment_id = 600600;
RESET session_replication_role;
SELECT t.revision(6007, 600, 60, 'short', 6003, 608);
UPDATE mediawiki.revision SET rev_comment_id = 600600 WHERE wiki_id = 'testwiki' AND rev_id = 6007;
UPDATE mediawiki.page SET page_latest = 6007 WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(609);
COMMIT;
SELECT rev, length(comment), left(comment, 32) = md5('1') AS comment, editor, prior FROM t.said();
-- a page that is touched alone brings no rows with it; what follows in the transaction, or came before, lacks none
BEGIN;
UPDATE mediawiki.page SET page_touched = '2024-01-01' WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(610);
SELECT t.edit(600, 6008, 60, 'six', 611);
UPDATE mediawiki.page SET page_touched = '2024-01-02' WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(611);
COMMIT;
BEGIN;
UPDATE mediawiki.page SET page_touched = '2024-01-03' WHERE wiki_id = 'testwiki' AND page_id = 600;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 6008;
SELECT t.mark(612);
UPDATE mediawiki.page SET page_touched = '2024-01-04' WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(613);
UPDATE mediawiki.page SET page_title = 'Moved without a revision' WHERE wiki_id = 'testwiki' AND page_id = 600;
SELECT t.mark(614);
COMMIT;
SELECT e->>'page_change_kind' AS kind, e->'page'->>'page_title' AS title, e->'revision'->>'rev_id' AS rev, e->'revision'->>'comment' AS comment,
	e->'revision'->'editor'->>'user_text' AS editor, e->'prior_state'->'revision' ? 'comment' AS prior,
	e->'revision'->'content_slots' IS NOT NULL AS slots FROM t.events() e;
