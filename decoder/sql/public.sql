-- mwmirror.public_rows_query(): what everyone may read, by the rules in public_table and public_column. All in a transaction that is rolled back.
\pset format unaligned
\pset footer off
SELECT * FROM mwmirror.check_public();

BEGIN;
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language, private)
	VALUES ('openwiki', 'public', 'open.example.org', 'https://open.example.org', '/wiki/$1', 'en', false),
		('shutwiki', 'public', 'shut.example.org', 'https://shut.example.org', '/wiki/$1', 'en', true);
CREATE FUNCTION pg_temp.public_rows(of_table text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT to_jsonb(r) - ''wiki_id'' FROM (%s) r WHERE wiki_id = ''openwiki''', mwmirror.public_rows_query(of_table));
END$$;
-- what of the row with these bits is not as in the row with none
CREATE FUNCTION pg_temp.hidden(of_table text, key text, bits text) RETURNS TABLE (bits int, hidden text) LANGUAGE sql AS $$
	WITH row AS (SELECT r, (r->>$3)::int AS bits FROM pg_temp.public_rows($1) r)
	SELECT row.bits, string_agg(m.name || CASE WHEN m.value = 'null' THEN '' ELSE '=' || m.value::text END, ' ' ORDER BY m.name)
	FROM row, row AS all_shown, jsonb_each(row.r) AS m (name, value)
	WHERE all_shown.bits = 0 AND m.value <> all_shown.r->m.name AND m.name NOT IN ($2, $3)
	GROUP BY row.bits
	UNION ALL
	SELECT row.bits, 'nothing' FROM row, row AS all_shown WHERE all_shown.bits = 0 AND row.r - $2 - $3 = all_shown.r - $2 - $3
	ORDER BY 1
$$;
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) VALUES ('openwiki', 1, 1, 'Somebody'), ('openwiki', 2, NULL, '192.0.2.1'),
	('openwiki', 3, 3, 'Hidden'), ('openwiki', 4, NULL, '192.0.2.4'), ('openwiki', 5, 5, 'Never acted');
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) SELECT 'openwiki', i, 'comment ' || i FROM generate_series(1, 12) i;
INSERT INTO mediawiki.slot_roles (wiki_id, role_id, role_name) VALUES ('openwiki', 1, 'main'), ('openwiki', 2, 'other');
INSERT INTO mediawiki.content_models (wiki_id, model_id, model_name) VALUES ('openwiki', 1, 'wikitext');
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
	SELECT 'openwiki', i, 5, 'sha1 ' || i, 1, 'tt:' || i FROM generate_series(1, 4) i;

-- each bit of each table that has bits
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin)
	SELECT 'openwiki', i, role, role, 100 FROM generate_series(100, 131) i, generate_series(1, 2) role;
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_deleted, rev_len, rev_parent_id, rev_sha1)
	SELECT 'openwiki', 100 + bits, 1, 1, 1, t.at(1), bits, 5, 0, 'sha1' FROM generate_series(0, 15) bits;
SELECT jsonb_pretty(r) FROM pg_temp.public_rows('revision') r WHERE r->'rev_id' = '100';
SELECT * FROM pg_temp.hidden('revision', 'rev_id', 'rev_deleted');
INSERT INTO mediawiki.archive (wiki_id, ar_id, ar_title, ar_comment_id, ar_actor, ar_timestamp, ar_rev_id, ar_deleted, ar_len, ar_page_id, ar_sha1)
	SELECT 'openwiki', bits, 'Title', 2, 1, t.at(1), NULL, bits, 5, 2, 'sha1' FROM generate_series(0, 15) bits;
SELECT jsonb_pretty(r) FROM pg_temp.public_rows('archive') r WHERE r->'ar_id' = '0';
SELECT * FROM pg_temp.hidden('archive', 'ar_id', 'ar_deleted');
INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_action, log_timestamp, log_actor, log_namespace, log_title, log_page, log_comment_id, log_params, log_deleted)
	SELECT 'openwiki', bits, 'move', 'move', t.at(1), 1, 0, 'Title', 1, 3, 'a:0:{}', bits FROM generate_series(0, 15) bits;
SELECT jsonb_pretty(r) FROM pg_temp.public_rows('logging') r WHERE r->'log_id' = '0';
SELECT * FROM pg_temp.hidden('logging', 'log_id', 'log_deleted');
INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_title, rc_comment_id, rc_cur_id, rc_old_len, rc_new_len, rc_deleted, rc_log_type, rc_log_action, rc_params)
	SELECT 'openwiki', bits, t.at(1), 1, 'Title', 3, 1, 1, 2, bits, 'move', 'move', 'a:0:{}' FROM generate_series(0, 15) bits;
SELECT * FROM pg_temp.hidden('recentchanges', 'rc_id', 'rc_deleted');
INSERT INTO mediawiki.oldimage (wiki_id, oi_name, oi_archive_name, oi_size, oi_width, oi_height, oi_bits, oi_description_id, oi_actor, oi_timestamp, oi_metadata, oi_media_type,
		oi_major_mime, oi_minor_mime, oi_deleted, oi_sha1)
	SELECT 'openwiki', 'A.png', 'old', 1, 2, 3, 4, 4, 1, t.at(1), 'metadata', 'BITMAP', 'image', 'png', bits, 'sha1' FROM generate_series(0, 15) bits;
SELECT * FROM pg_temp.hidden('oldimage', '', 'oi_deleted');
INSERT INTO mediawiki.filearchive (wiki_id, fa_id, fa_name, fa_archive_name, fa_storage_group, fa_deleted_user, fa_deleted_timestamp, fa_deleted_reason_id, fa_size, fa_width,
		fa_height, fa_metadata, fa_bits, fa_media_type, fa_major_mime, fa_minor_mime, fa_description_id, fa_actor, fa_timestamp, fa_deleted, fa_sha1)
	SELECT 'openwiki', bits, 'A.png', 'old', 'deleted', 1, t.at(2), 5, 1, 2, 3, repeat('metadata', 20)::bytea, 4, 'BITMAP', 'image', 'png', 6, 1, t.at(1), bits, 'sha1'
	FROM generate_series(0, 15) bits;
SELECT jsonb_pretty(r) FROM pg_temp.public_rows('filearchive') r WHERE r->'fa_id' = '0';
SELECT * FROM pg_temp.hidden('filearchive', 'fa_id', 'fa_deleted');

-- rows by the type of their log, and what names tags that only some may see
INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_params)
	SELECT 'openwiki', 100 + n, type, params FROM (VALUES (0, 'suppress', ''), (1, 'managetags', 'a:1:{s:3:"tag";s:3:"new"}'), (2, 'managetags', 'a:1:{s:3:"tag";s:12:"mw-private-x"}'),
		(3, 'titleblacklist', ''), (4, '', ''), (5, NULL, NULL), (6, 'tag', NULL), (7, 'own', '')) AS l (n, type, params);
SELECT string_agg(r->>'log_id', ' ' ORDER BY r->'log_id') FROM pg_temp.public_rows('logging') r WHERE (r->'log_id')::int >= 100;
INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_log_type, rc_params) VALUES ('openwiki', 100, NULL, NULL), ('openwiki', 101, '', ''), ('openwiki', 102, 'suppress', ''),
	('openwiki', 103, 'managetags', 'mw-private-x');
SELECT string_agg(r->>'rc_id', ' ' ORDER BY r->'rc_id') FROM pg_temp.public_rows('recentchanges') r WHERE (r->'rc_id')::int >= 100;
INSERT INTO mediawiki.change_tag_def (wiki_id, ctd_id, ctd_name) VALUES ('openwiki', 1, 'mobile edit'), ('openwiki', 2, 'mw-private-x'), ('openwiki', 3, 'mw-undo');
INSERT INTO mediawiki.change_tag (wiki_id, ct_id, ct_rev_id, ct_tag_id) SELECT 'openwiki', i, 100, i FROM generate_series(1, 4) i; -- 4 has no name
SELECT r FROM pg_temp.public_rows('change_tag_def') r ORDER BY r->'ctd_id';
SELECT r FROM pg_temp.public_rows('change_tag') r ORDER BY r->'ct_id';
INSERT INTO mediawiki.user_properties (wiki_id, up_user, up_property, up_value)
	SELECT 'openwiki', u, p, 'value' FROM unnest('{1,3}'::int[]) u, unnest('{gender,nickname,language,watchlisttoken,gadget-x}'::text[]) p;
SELECT r FROM pg_temp.public_rows('user_properties') r ORDER BY 1;

-- accounts that a block hides, and their blocks: 3 by its second one; an address is never hidden; 7 has no target
INSERT INTO mediawiki."user" (wiki_id, user_id, user_name, user_registration) VALUES ('openwiki', 1, 'Somebody', t.at(0)), ('openwiki', 3, 'Hidden', t.at(0)), ('openwiki', 5, 'Never acted', NULL);
INSERT INTO mediawiki.block_target (wiki_id, bt_id, bt_address, bt_user, bt_user_text, bt_auto) VALUES ('openwiki', 1, NULL, 1, 'Somebody', false), ('openwiki', 3, NULL, 3, 'Hidden', false),
	('openwiki', 4, '192.0.2.0/24', NULL, NULL, false), ('openwiki', 5, NULL, NULL, NULL, true);
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted) VALUES ('openwiki', 1, 1, 1, 7, t.at(1), 'infinity', false),
	('openwiki', 3, 3, 1, 8, t.at(1), 'infinity', false), ('openwiki', 4, 4, 1, 7, t.at(1), t.at(2), false), ('openwiki', 5, 5, 1, 7, t.at(1), t.at(2), false),
	('openwiki', 7, 9, 1, 7, t.at(1), t.at(2), false);
SELECT r->'user_id' FROM pg_temp.public_rows('user') r ORDER BY 1;
SELECT r->'bl_id' FROM pg_temp.public_rows('block') r ORDER BY 1;
INSERT INTO mediawiki.block (wiki_id, bl_id, bl_target, bl_by_actor, bl_reason_id, bl_timestamp, bl_expiry, bl_deleted) VALUES ('openwiki', 6, 3, 1, 9, t.at(1), 'infinity', true);
SELECT r FROM pg_temp.public_rows('user') r ORDER BY 1;
SELECT r FROM pg_temp.public_rows('block') r ORDER BY 1;
SELECT DISTINCT r->'up_user' FROM pg_temp.public_rows('user_properties') r;

-- rows of links say where to; bytes are base64 in one line
INSERT INTO mediawiki.linktarget (wiki_id, lt_id, lt_namespace, lt_title) VALUES ('openwiki', 1, 0, 'Linked'), ('openwiki', 2, 10, 'Template'), ('openwiki', 3, 14, 'Not any more');
INSERT INTO mediawiki.pagelinks (wiki_id, pl_from, pl_target_id) VALUES ('openwiki', 1, 1), ('openwiki', 1, 9);
INSERT INTO mediawiki.templatelinks (wiki_id, tl_from, tl_target_id) VALUES ('openwiki', 1, 2);
INSERT INTO mediawiki.categorylinks (wiki_id, cl_from, cl_target_id, cl_sortkey, cl_timestamp) VALUES ('openwiki', 1, 3, repeat(E'\u00ff', 60)::bytea, t.at(1));
SELECT r FROM pg_temp.public_rows('pagelinks') r ORDER BY 1;
SELECT r FROM pg_temp.public_rows('templatelinks') r;
SELECT r FROM pg_temp.public_rows('categorylinks') r;

-- what is public only because a public row shows it: 2 is of archive alone, 9 of a block that hides, 10 of a hidden log, 11 of nothing; of actors 3 is hidden,
-- 4 is of a hidden edit, 5 is an account
INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_actor, log_comment_id) VALUES ('openwiki', 200, 'suppress', 4, 10);
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_deleted) VALUES ('openwiki', 201, 3, 12, 2, t.at(1), 0), ('openwiki', 202, 3, 12, 4, t.at(1), 4),
	('openwiki', 203, 3, 12, 3, t.at(1), 0), ('openwiki', 204, 3, 12, 1, t.at(1), 1);
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES ('openwiki', 201, 1, 3, 201), ('openwiki', 204, 1, 4, 204);
INSERT INTO mediawiki.ip_changes (wiki_id, ipc_rev_id, ipc_hex) VALUES ('openwiki', 201, 'C0000201'), ('openwiki', 202, 'C0000204');
SELECT string_agg(r->>'comment_id', ' ' ORDER BY r->'comment_id') FROM pg_temp.public_rows('comment') r;
SELECT string_agg(r->>'actor_id', ' ' ORDER BY r->'actor_id') FROM pg_temp.public_rows('actor') r;
SELECT string_agg(r->>'content_id', ' ' ORDER BY r->'content_id') FROM pg_temp.public_rows('content') r;
SELECT string_agg(r->>'slot_revision_id', ' ' ORDER BY r->'slot_revision_id') FROM pg_temp.public_rows('slots') r WHERE r->'slot_role_id' = '1';
SELECT string_agg(r->>'lt_id', ' ' ORDER BY r->'lt_id') FROM pg_temp.public_rows('linktarget') r;
SELECT string_agg(r->>'bt_id', ' ' ORDER BY r->'bt_id') FROM pg_temp.public_rows('block_target') r;
SELECT r FROM pg_temp.public_rows('ip_changes') r;

-- nothing of a private wiki, but all of its rows to those who are trusted
INSERT INTO mediawiki.page (wiki_id, page_id, page_title, page_random) VALUES ('openwiki', 1, 'Open', 0.1), ('shutwiki', 1, 'Shut', 0.1);
DO $$
DECLARE
	of_table record;
	rows bigint;
BEGIN
	FOR of_table IN SELECT table_name AS name FROM mwmirror.public_table ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM (%s) r WHERE wiki_id = ''shutwiki''', mwmirror.public_rows_query(of_table.name)) INTO rows;
		IF rows > 0 THEN
			RAISE WARNING '% rows of a private wiki in %', rows, of_table.name;
		END IF;
	END LOOP;
END$$;
CREATE FUNCTION pg_temp.private_rows(of_table text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT to_jsonb(r) FROM (%s) r WHERE wiki_id ~ ''(open|shut)wiki''', mwmirror.private_rows_query(of_table));
END$$;
SELECT r FROM pg_temp.private_rows('page') r ORDER BY r->>'wiki_id';

-- a table that nothing is said of is hidden; one more by data alone; names are quoted
SAVEPOINT before;
SELECT mwmirror.public_rows_query('watchlist');
ROLLBACK TO before;
CREATE TABLE mediawiki."a b""; --" (wiki_id text COLLATE "C", "x'; --" text, other text, seen timestamptz, PRIMARY KEY (wiki_id, "x'; --"));
INSERT INTO mediawiki."a b""; --" VALUES ('openwiki', 'x', 'hidden', 'infinity'), ('openwiki', 'y', 'hidden', t.at(1));
INSERT INTO mwmirror.public_table (table_name, in_stream, row_column, row_rule, row_values, reason) VALUES ('a b"; --', true, 'x''; --', 'none_like', '{"y''); --","y"}', 'test');
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal) VALUES ('a b"; --', 'x''; --', 1), ('a b"; --', 'seen', 2);
SELECT * FROM mwmirror.check_public();
SELECT r FROM pg_temp.public_rows('a b"; --') r;
SELECT * FROM mwmirror.public_rules() WHERE table_name = 'a b"; --';

-- what does not fit
INSERT INTO mwmirror.public_table (table_name, in_stream, bits_column, reason) VALUES ('oldimage2', true, 'bits', 'test');
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown, source_column, hidden_by) VALUES ('page', 'page_nothing', 50, 'value', NULL, 1), ('log_search', 'ls_field', 1, 'value', NULL, 0),
	('page', 'page_lang2', 51, 'comment', 'page_none', 0);
UPDATE mwmirror.public_column SET shown = 'comment', source_column = 'page_len' WHERE table_name = 'page' AND column_name = 'page_lang';
DELETE FROM mwmirror.public_column WHERE table_name = 'redirect' AND column_name = 'rd_from' OR table_name = 'change_tag' AND column_name = 'tag';
SELECT * FROM mwmirror.check_public();
SAVEPOINT before;
SELECT mwmirror.public_rows_query('change_tag');
ROLLBACK TO before;
SAVEPOINT before;
INSERT INTO mwmirror.public_table (table_name, row_column, row_rule, reason) VALUES ('x', 'a', 'one_of', 'test');
ROLLBACK TO before;
INSERT INTO mwmirror.public_table (table_name, in_stream, row_column, row_rule, reason) VALUES ('x', true, 'a', 'referred', 'test');
ROLLBACK TO before;
INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, shown) VALUES ('x', 'a', 1, 'comment');
ROLLBACK;
