-- mediawiki.page_content_change.v1: page_change with what is in the slots.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'page_content_change';
CREATE FUNCTION t.body(rev bigint, content text, status text DEFAULT 'ok') RETURNS void LANGUAGE sql AS
	$$INSERT INTO mediawiki.content_body (wiki_id, content_id, body, body_status) VALUES ('testwiki', rev + 1000, convert_to(content, 'UTF8'), status)$$;
-- the kind, and of which slots what is in them
CREATE FUNCTION t.contents(VARIADIC options text[] DEFAULT '{}') RETURNS TABLE (kind text, rev text, content text, prior text) LANGUAGE sql AS $$
	SELECT e->>'page_change_kind', e->'revision'->>'rev_id',
		(SELECT string_agg(format('%s: %s', role, coalesce(left(slot->>'content_body', 60) || CASE WHEN length(slot->>'content_body') > 60 THEN '... ' || length(slot->>'content_body') ELSE '' END, '-')), '; ' ORDER BY role)
			FROM jsonb_each(e->'revision'->'content_slots') s(role, slot)),
		(SELECT string_agg(slot->>'content_body', '; ') FROM jsonb_each(e->'prior_state'->'revision'->'content_slots') s(role, slot))
	FROM (SELECT substring(l FROM '^\S+ \S+ (.*)$')::jsonb AS e FROM t.lines(VARIADIC options) l WHERE l !~ '^(BEGIN|COMMIT) ') x
$$;

-- off: nothing, and the rows that only it needs are not written
BEGIN;
SELECT t.body(9200, 'before');
SELECT t.page(920, 0, 'Off', 9200, 1, 'c', 900);
SELECT t.mark(900);
COMMIT;
SELECT * FROM t.lines();
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', true);

-- a whole event
BEGIN;
SELECT t.body(9201, E'one "line"\nÆ\\\t{{x}}');
SELECT t.page(921, 0, 'Content', 9201, 1, 'made', 901);
SELECT t.mark(901);
COMMIT;
SELECT * FROM t.lines() OFFSET 1;

-- edits: the content of the revision, not that of its parent; each in a transaction of its own, and both in one
BEGIN;
SELECT t.body(9202, 'two');
SELECT t.edit(921, 9202, 2, 'c', 902);
SELECT t.mark(902);
COMMIT;
BEGIN;
SELECT t.body(9203, 'three');
SELECT t.edit(921, 9203, 2, 'c', 903);
SELECT t.mark(903);
SELECT t.body(9204, 'four');
SELECT t.edit(921, 9204, 2, 'c', 904);
SELECT t.mark(904);
COMMIT;
SELECT * FROM t.contents();

-- content that was there before: a page from before the stream, one that is moved, with a revision of the same content
BEGIN;
UPDATE mediawiki.page SET page_title = 'Moved_off' WHERE wiki_id = 'testwiki' AND page_id = 920;
SELECT t.mark(905);
COMMIT;
BEGIN;
SELECT t.revision(9205, 921, 1, 'moved', 9204, 906, content => 10204);
UPDATE mediawiki.page SET page_title = 'Moved', page_latest = 9205 WHERE wiki_id = 'testwiki' AND page_id = 921;
SELECT t.mark(906);
COMMIT;
SELECT * FROM t.contents();

-- deleted: none; restored: that of the latest
BEGIN;
SELECT t.delete(921);
SELECT t.mark(907);
COMMIT;
BEGIN;
SELECT t.restore('{9201,9202,9203,9204,9205}', 921, 0, 'Moved');
SELECT t.mark(908);
COMMIT;
SELECT * FROM t.contents();

-- hidden: none; shown again: it is there; an old revision is no event; with the comment alone the content stays
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id IN (9205, 9204);
SELECT t.mark(909);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 2 WHERE wiki_id = 'testwiki' AND rev_id = 9205;
SELECT t.mark(910);
COMMIT;
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 0 WHERE wiki_id = 'testwiki' AND rev_id = 9204;
SELECT t.mark(911);
COMMIT;
SELECT * FROM t.contents();

-- hidden and moved at the same time, edited and hidden
BEGIN;
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 9205;
UPDATE mediawiki.page SET page_title = 'Moved_again' WHERE wiki_id = 'testwiki' AND page_id = 921;
SELECT t.mark(912);
SELECT t.body(9206, 'planted secret');
SELECT t.edit(921, 9206, 1, 'c', 913);
UPDATE mediawiki.revision SET rev_deleted = 1 WHERE wiki_id = 'testwiki' AND rev_id = 9206;
SELECT t.mark(913);
COMMIT;
SELECT l ~ 'secret|"four"' AS found, l ~ '"content_body"' AS any FROM t.lines() l WHERE l ~ '^mediawiki';

-- several slots; what is not kept, is lost, is no text, is empty
BEGIN;
SELECT t.page(922, 6, 'Slots', 9210, 1, 'c', 914);
SELECT t.body(9210, 'main text');
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
	VALUES ('testwiki', 10299, 2, 'x', 3, 'tt:299');
INSERT INTO mediawiki.content_body VALUES ('testwiki', 10299, '{}', 'ok');
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES ('testwiki', 9210, 2, 10299, 9210);
SELECT t.mark(914);
SELECT t.page(923, 0, 'Not_kept', 9211, 1, 'c', 915);
SELECT t.mark(915);
SELECT t.page(924, 0, 'Lost', 9212, 1, 'c', 916);
SELECT t.body(9212, NULL, 'lost');
SELECT t.mark(916);
SELECT t.page(925, 0, 'No_text', 9213, 1, 'c', 917);
INSERT INTO mediawiki.content_body VALUES ('testwiki', 10213, '\x61ff', 'ok');
SELECT t.mark(917);
SELECT t.page(926, 0, 'NUL', 9214, 1, 'c', 918);
INSERT INTO mediawiki.content_body VALUES ('testwiki', 10214, '\x610062', 'ok');
SELECT t.mark(918);
SELECT t.page(927, 0, 'Empty', 9215, 1, 'c', 919);
SELECT t.body(9215, '');
SELECT t.mark(919);
SELECT t.page(932, 0, 'Too_large_to_keep', 9220, 1, 'c', 919);
SELECT t.body(9220, NULL, 'too large');
SELECT t.mark(930);
COMMIT;
-- and the frames' flags say why
SELECT get_byte(d, at + 18) & 6 AS lacks, count(*) FROM t.frames() WHERE type = 'E' AND get_byte(d, at + 18) & 6 <> 0 GROUP BY 1 ORDER BY 1;
SELECT * FROM t.contents();

-- large: out of line in the table, and more than may be; with little memory, again
BEGIN;
SELECT t.page(928, 0, 'Large', 9216, 1, 'c', 920);
SELECT t.body(9216, (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 3000) n));
SELECT t.mark(920);
COMMIT;
BEGIN;
UPDATE mediawiki.page SET page_title = 'Large_moved' WHERE wiki_id = 'testwiki' AND page_id = 928;
SELECT t.mark(921);
SELECT t.page(929, 0, 'Too_large', 9217, 1, 'c', 922);
SELECT t.body(9217, repeat(E'\n', 60000));
SELECT t.mark(922);
COMMIT;
CREATE TEMPORARY TABLE large AS SELECT substring(data FROM '^\S+') AS first, md5(data) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'content', '110', 'memory', '64');
SELECT count(*) FROM large l FULL JOIN (SELECT substring(data FROM '^\S+') AS first, md5(data) FROM pg_logical_slot_peek_changes('regression_slot', NULL, NULL, 'format', 'text', 'content', '110')) m
	USING (first, md5) WHERE l.md5 IS NULL OR m.md5 IS NULL;
SELECT * FROM t.contents('content', '110');

-- told in the WAL, and not stored: the event has it; later ones of the same content may lack it
CREATE FUNCTION t.tell(rev bigint, content text) RETURNS bigint LANGUAGE sql AS $$
	SELECT mwmirror.apply(t.batch(t.string('mediawiki') || t.string('content_body') || t.n(2) || t.n(4) || t.string('wiki_id') || t.string('content_id') || t.string('body') || t.string('body_status'),
		'0-1-0', '\x490800'::bytea || t.value('testwiki') || t.value(int8send(rev + 1000)) || t.value(convert_to(content, 'UTF8')) || t.value('ok'), 1))
$$;
BEGIN;
SELECT t.tell(9230, 'told alone');
SELECT t.page(930, 0, 'Told', 9230, 1, 'c', 931);
SELECT t.mark(931);
UPDATE mediawiki.page SET page_title = 'Told_moved' WHERE wiki_id = 'testwiki' AND page_id = 930;
SELECT t.mark(932);
SELECT t.tell(9231, (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 10000) n));
SELECT t.edit(930, 9231, 1, 'c', 933);
SELECT t.mark(933);
COMMIT;
BEGIN;
UPDATE mediawiki.page SET page_title = 'Told_again' WHERE wiki_id = 'testwiki' AND page_id = 930;
SELECT t.mark(934);
COMMIT;
SELECT count(*) FROM mediawiki.content_body WHERE content_id IN (10230, 10231);
SELECT * FROM t.contents();

-- a wiki that does not have it on: its contents are not kept while decoding, and not told
UPDATE mwmirror.wiki SET streams_off = '{mediawiki.page_content_change.v1}' WHERE wiki_id = 'testwiki';
BEGIN;
SELECT t.body(9218, 'not told');
SELECT t.edit(927, 9218, 1, 'c', 923);
SELECT t.mark(923);
COMMIT;
SELECT * FROM t.contents();
UPDATE mwmirror.wiki SET streams_off = '{}' WHERE wiki_id = 'testwiki';

-- of a private wiki on the other stream alone
SELECT mwmirror.stream_switch('mediawiki.page_content_change.private.v1', true);
UPDATE mwmirror.wiki SET private = true WHERE wiki_id = 'testwiki';
BEGIN;
SELECT t.body(9219, 'private');
SELECT t.edit(927, 9219, 1, 'c', 924);
SELECT t.mark(924);
COMMIT;
SELECT substring(l FROM '^\S+') AS stream, l ~ '"content_body":"private"' AS content FROM t.lines() l WHERE l ~ '^mediawiki';
UPDATE mwmirror.wiki SET private = false WHERE wiki_id = 'testwiki';
SELECT mwmirror.stream_switch('mediawiki.page_content_change.private.v1', NULL);
SELECT mwmirror.stream_switch('mediawiki.page_content_change.v1', NULL);
