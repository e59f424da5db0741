-- mwmirror.file_change.v1: what happens to files, from the rows of image, oldimage and filearchive.
\pset format unaligned
\pset footer off
SELECT t.follow();
SET t.streams = 'file_change';
SELECT mwmirror.stream_switch('mwmirror.file_change.v1', true);
CREATE FUNCTION t.image(name text, s int, actor bigint, comment text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.image (wiki_id, img_name, img_size, img_width, img_height, img_media_type, img_major_mime, img_minor_mime,
			img_description_id, img_actor, img_timestamp, img_sha1)
		VALUES ('testwiki', name, s, s + 1, s + 2, 'BITMAP', 'image', 'png', t.comment(comment), actor, t.at(s), 'sha' || s)
$$;
-- as MediaWiki does: the row goes to oldimage, and becomes the new version
CREATE FUNCTION t.image_over(name text, s int, actor bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.oldimage (wiki_id, oi_name, oi_archive_name, oi_size, oi_width, oi_height, oi_media_type, oi_major_mime, oi_minor_mime,
			oi_description_id, oi_actor, oi_timestamp, oi_sha1)
		SELECT wiki_id, img_name, to_char(img_timestamp AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISS') || '!' || img_name, img_size, img_width, img_height, img_media_type, img_major_mime, img_minor_mime,
			img_description_id, img_actor, img_timestamp, img_sha1 FROM mediawiki.image WHERE wiki_id = 'testwiki' AND img_name = name;
	UPDATE mediawiki.image SET img_size = s, img_actor = actor, img_timestamp = t.at(s), img_sha1 = 'sha' || s WHERE wiki_id = 'testwiki' AND img_name = name;
$$;
CREATE FUNCTION t.file_delete(name text, id bigint, bits int DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.filearchive (wiki_id, fa_id, fa_name, fa_archive_name, fa_size, fa_width, fa_height, fa_media_type, fa_major_mime, fa_minor_mime,
			fa_description_id, fa_actor, fa_timestamp, fa_deleted, fa_sha1)
		SELECT wiki_id, id, img_name, NULL, img_size, img_width, img_height, img_media_type, img_major_mime, img_minor_mime,
			img_description_id, img_actor, img_timestamp, coalesce(bits, 0), img_sha1 FROM mediawiki.image WHERE wiki_id = 'testwiki' AND img_name = name;
	INSERT INTO mediawiki.filearchive (wiki_id, fa_id, fa_name, fa_archive_name, fa_size, fa_media_type, fa_timestamp, fa_deleted, fa_sha1)
		SELECT wiki_id, id + row_number() OVER (ORDER BY oi_timestamp), oi_name, oi_archive_name, oi_size, oi_media_type, oi_timestamp, coalesce(bits, oi_deleted), oi_sha1
		FROM mediawiki.oldimage WHERE wiki_id = 'testwiki' AND oi_name = name;
	DELETE FROM mediawiki.oldimage WHERE wiki_id = 'testwiki' AND oi_name = name;
	DELETE FROM mediawiki.image WHERE wiki_id = 'testwiki' AND img_name = name;
$$;
CREATE FUNCTION t.file_restore(name text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO mediawiki.image (wiki_id, img_name, img_size, img_media_type, img_major_mime, img_minor_mime, img_actor, img_timestamp, img_sha1)
		SELECT wiki_id, fa_name, fa_size, fa_media_type, fa_major_mime, fa_minor_mime, fa_actor, fa_timestamp, fa_sha1
		FROM mediawiki.filearchive WHERE wiki_id = 'testwiki' AND fa_name = name AND fa_archive_name IS NULL;
	INSERT INTO mediawiki.oldimage (wiki_id, oi_name, oi_archive_name, oi_size, oi_media_type, oi_timestamp, oi_deleted, oi_sha1)
		SELECT wiki_id, fa_name, fa_archive_name, fa_size, fa_media_type, fa_timestamp, fa_deleted & 7, fa_sha1
		FROM mediawiki.filearchive WHERE wiki_id = 'testwiki' AND fa_name = name AND fa_archive_name IS NOT NULL;
	DELETE FROM mediawiki.filearchive WHERE wiki_id = 'testwiki' AND fa_name = name;
$$;
CREATE FUNCTION t.file_events() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e->>'changelog_kind', e->>'file_change_kind', e->>'dt', e->'file', e->'version_count', 'by', e->'performer'->'user_text', e->'comment', 'was', e->'prior_state')
	FROM t.events() e$$;

-- whole lines: an upload, whose log row has no page yet; another file's log row has none either; one without a log row; a new version
BEGIN;
SELECT t.image('Dot.png', 900, 1, 'first'), t.log(1900, 'upload', 'upload', 1, 'first', 6, 'Dot.png', 0, 900);
SELECT t.image('Line.png', 901, 2, 'second'), t.mark(900);
SELECT t.image_over('Dot.png', 902, 2), t.log(1901, 'upload', 'overwrite', 2, 'better', 6, 'Dot.png', 9000, 902), t.mark(902);
COMMIT;
SELECT * FROM t.lines();
-- reverted; metadata that were read anew are nothing; moved with its versions
BEGIN;
SELECT t.image_over('Dot.png', 904, 1), t.log(1902, 'upload', 'revert', 1, 'back', 6, 'Dot.png', 9000, 904), t.mark(904);
UPDATE mediawiki.image SET img_metadata = 'new', img_bits = 8 WHERE wiki_id = 'testwiki' AND img_name = 'Dot.png';
SELECT t.mark(905);
UPDATE mediawiki.image SET img_name = 'Point.png' WHERE wiki_id = 'testwiki' AND img_name = 'Dot.png';
UPDATE mediawiki.oldimage SET oi_name = 'Point.png', oi_archive_name = replace(oi_archive_name, 'Dot', 'Point') WHERE wiki_id = 'testwiki' AND oi_name = 'Dot.png';
SELECT t.log(1903, 'move', 'move', 2, 'mv', 6, 'Dot.png', 9000, 906), t.mark(906);
COMMIT;
SELECT * FROM t.file_events();
-- an old version is hidden, one bit after the other, restricted, and shown again; what came back in the same transaction is nothing
BEGIN;
CREATE FUNCTION t.hide(bits int, s int) RETURNS void LANGUAGE sql AS $$
	UPDATE mediawiki.oldimage SET oi_deleted = bits WHERE wiki_id = 'testwiki' AND oi_name = 'Point.png' AND oi_sha1 = 'sha900'$$;
SELECT t.hide(1, 910), t.log(1904, 'delete', 'revision', 1, 'hid', 6, 'Point.png', 9000, 910), t.mark(910);
SELECT t.hide(3, 911), t.mark(911);
SELECT t.hide(7, 912), t.mark(912);
SELECT t.hide(15, 913), t.log(1905, 'suppress', 'revision', 1, 'canary', 6, 'Point.png', 9000, 913), t.mark(913);
SELECT t.hide(7, 914), t.log(1906, 'delete', 'revision', 1, 'canary', 6, 'Point.png', 9000, 914), t.mark(914);
SELECT t.hide(0, 915), t.hide(7, 915), t.mark(915);
COMMIT;
SELECT * FROM t.file_events();
-- an old version is deleted, and comes back
BEGIN;
INSERT INTO mediawiki.filearchive (wiki_id, fa_id, fa_name, fa_archive_name, fa_size, fa_sha1, fa_deleted) VALUES ('testwiki', 900, 'Point.png', 'old!Point.png', 902, 'sha902', 0);
DELETE FROM mediawiki.oldimage WHERE wiki_id = 'testwiki' AND oi_name = 'Point.png' AND oi_sha1 = 'sha902';
SELECT t.log(1910, 'delete', 'delete', 1, 'an old one', 6, 'Point.png', 9000, 920), t.mark(920);
INSERT INTO mediawiki.oldimage (wiki_id, oi_name, oi_archive_name, oi_size, oi_sha1) VALUES ('testwiki', 'Point.png', 'old!Point.png', 902, 'sha902');
DELETE FROM mediawiki.filearchive WHERE wiki_id = 'testwiki' AND fa_id = 900;
SELECT t.log(1911, 'delete', 'restore', 1, 'again', 6, 'Point.png', 9000, 921), t.mark(921);
COMMIT;
SELECT * FROM t.file_events();
-- the file with all versions is deleted; a deleted version is hidden; all are restored; deleted with suppression; what is erased is gone already
BEGIN;
SELECT t.file_delete('Point.png', 910), t.log(1920, 'delete', 'delete', 1, 'rm', 6, 'Point.png', 9000, 930), t.mark(930);
UPDATE mediawiki.filearchive SET fa_deleted = 1 WHERE wiki_id = 'testwiki' AND fa_id = 912;
SELECT t.log(1921, 'delete', 'revision', 2, 'hid', 6, 'Point.png', 9000, 931), t.mark(931);
SELECT t.file_restore('Point.png'), t.log(1922, 'delete', 'restore', 2, 'un', 6, 'Point.png', 9000, 932), t.mark(932);
SELECT t.file_delete('Point.png', 920, 15), t.log(1923, 'suppress', 'delete', 1, 'canary', 6, 'Point.png', 9000, 933), t.mark(933);
DELETE FROM mediawiki.filearchive WHERE wiki_id = 'testwiki';
SELECT t.mark(934);
SELECT t.image('Gone.png', 935, 1, 'c'), t.file_delete('Gone.png', 940), t.mark(935);
COMMIT;
SELECT * FROM t.file_events();
-- a log row whose user, comment or action is hidden; numbers that no event can hold; no name
BEGIN;
SELECT t.image('Hidden.png', 940, 3, 'canary'), t.log(1930, 'upload', 'upload', 3, 'canary', 6, 'Hidden.png', 0, 940);
UPDATE mediawiki.logging SET log_deleted = 6 WHERE log_id = 1930;
SELECT t.mark(940);
INSERT INTO mediawiki.image (wiki_id, img_name, img_size, img_width, img_sha1, img_actor) VALUES ('testwiki', 'Absurd"x', -1, -2, '', 12345), ('testwiki', '', 1, 1, 'x', 1);
SELECT t.mark(941);
UPDATE mediawiki.image SET img_name = 'Named.png' WHERE wiki_id = 'testwiki' AND img_name = '';
SELECT t.mark(942);
COMMIT;
SELECT * FROM t.file_events();
-- in parity mode the same; off, nothing
SELECT t.image('Parity.png', 950, 1, 'c'), t.mark(950);
SELECT count(*) FROM t.lines('mode', 'parity-1.45') l WHERE l !~ '^(BEGIN|COMMIT) ';
SELECT mwmirror.stream_switch('mwmirror.file_change.v1', NULL);
SELECT t.image('Off.png', 951, 1, 'c'), t.mark(951);
SELECT count(*) FROM t.lines() l WHERE l ~ '^mwmirror';
DELETE FROM mwmirror.stream;
