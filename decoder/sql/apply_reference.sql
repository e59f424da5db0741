-- The rows that changes refer to go into the WAL with the marks: once each, as they are at that mark
\pset format unaligned
\pset footer off
\pset tuples_only on
\set SHOW_CONTEXT never
SET bytea_output = hex;
SELECT name ~ '^mwmirror/\d+/test/follow$' AS set_up FROM t.take_origin('test') name;

-- what is needed by streams alone that are off at first: each mark would name them
CREATE TEMPORARY TABLE off AS SELECT array_agg(name) AS names FROM mwmirror.streams() WHERE name ~ '^mediawiki.page(_content_change|.state)[.]';
DELETE FROM mwmirror.reference WHERE streams <@ (SELECT names FROM off) OR streams::text LIKE '%mwmirror.state.%';
UPDATE mwmirror.reference SET streams = ARRAY(SELECT unnest(streams) EXCEPT SELECT unnest(names) FROM off) WHERE streams && (SELECT names FROM off);

-- b.whole: as b.batch, and with references
CREATE FUNCTION b.whole(shapes bytea[], VARIADIC parts b.part[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT set_byte(b.batch(shapes, VARIADIC parts), 1, 1)$$;
-- what is in the WAL, by wire/reference.h, a line an item; rows without NULLs
CREATE FUNCTION b.show(m bytea) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	at int := position('\x0a' IN m);
	kind text;
	n bigint;
	number bigint;
	name text;
	line text;
BEGIN
	RETURN NEXT convert_from(substr(m, 1, at - 1), 'UTF8');
	at := at + 1;
	WHILE at <= octet_length(m) LOOP
		kind := convert_from(substr(m, at, 1), 'UTF8');
		at := at + 1;
		IF kind = 'F' THEN
			RETURN NEXT '  forget';
			DELETE FROM known_shapes;
		ELSIF kind = 'W' THEN
			SELECT * INTO name, at FROM b.take_text(m, at);
			RETURN NEXT '  wiki ' || name;
		ELSIF kind = 'S' THEN
			SELECT * INTO number, at FROM b.take(m, at);
			SELECT * INTO name, at FROM b.take_name(m, at);
			line := name || ':';
			SELECT * INTO n, at FROM b.take(m, at);
			FOR i IN 1 .. n LOOP
				SELECT * INTO name, at FROM b.take_name(m, at);
				line := line || ' ' || name;
				SELECT t.n, t.rest INTO name, at FROM b.take(m, at) t;
				line := line || '/' || name::oid::regtype::text;
			END LOOP;
			RETURN NEXT '  shape ' || line;
			INSERT INTO known_shapes VALUES (number, line) ON CONFLICT (id) DO UPDATE SET columns = line;
		ELSIF kind = 'R' THEN
			SELECT * INTO number, at FROM b.take(m, at);
			SELECT columns INTO STRICT name FROM known_shapes WHERE id = number;
			line := split_part(name, ':', 1);
			SELECT * INTO n, at FROM b.take(m, at);
			FOR i IN 1 .. n LOOP
				SELECT * INTO number, at FROM b.take(m, at);
				CONTINUE WHEN number = 1;
				line := line || ' ' || regexp_replace(split_part(name, ' ', i + 1), '/.*', '=') ||
					CASE WHEN split_part(name, ' ', i + 1) ~ '/text$' THEN convert_from(substr(m, at, (number / 4)::int), 'UTF8')
					ELSE ('x' || lpad(encode(substr(m, at, (number / 4)::int), 'hex'), 16, '0'))::bit(64)::bigint::text END;
				at := at + (number / 4)::int;
			END LOOP;
			RETURN NEXT '  row ' || line;
		ELSIF kind = 'L' THEN
			SELECT * INTO n, at FROM b.take(m, at);
			line := '  lacking';
			FOR i IN 1 .. n LOOP
				SELECT * INTO name, at FROM b.take_name(m, at);
				line := line || ' ' || name;
			END LOOP;
			RETURN NEXT line;
		ELSE
			RAISE EXCEPTION 'item % at %', kind, at;
		END IF;
	END LOOP;
END$$;
CREATE TEMPORARY TABLE known_shapes (id bigint PRIMARY KEY, columns text);
CREATE FUNCTION b.take(m bytea, at int, OUT n bigint, OUT rest int) LANGUAGE plpgsql AS $$
DECLARE
	shift int := 0;
BEGIN
	n := 0;
	rest := at;
	LOOP
		n := n | ((get_byte(m, rest - 1) & 127)::bigint << shift);
		rest := rest + 1;
		EXIT WHEN get_byte(m, rest - 2) < 128;
		shift := shift + 7;
	END LOOP;
END$$;
CREATE FUNCTION b.take_text(m bytea, at int, OUT t text, OUT rest int) LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	SELECT * INTO n, rest FROM b.take(m, at);
	t := convert_from(substr(m, rest, n::int), 'UTF8');
	rest := rest + n::int;
END$$;
-- wire/names.h
CREATE FUNCTION b.numbered(number int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT (regexp_split_to_array('revision rev_id rev_page rev_comment_id rev_actor rev_timestamp rev_minor_edit rev_deleted rev_len rev_parent_id
	rev_sha1 actor actor_id actor_user actor_name comment comment_id comment_hash comment_text comment_data slots
	slot_revision_id slot_role_id slot_content_id slot_origin content content_id content_size content_sha1 content_model
	content_address content_models model_id model_name slot_roles role_id role_name page page_id page_namespace page_title
	page_is_redirect page_is_new page_random page_touched page_links_updated page_latest page_len page_content_model
	page_lang user user_id user_name user_real_name user_registration user_editcount user_is_temp user_is_system
	user_groups ug_user ug_group ug_expiry redirect rd_from rd_namespace rd_title rd_interwiki rd_fragment archive ar_id
	ar_namespace ar_title ar_comment_id ar_actor ar_timestamp ar_minor_edit ar_rev_id ar_deleted ar_len ar_page_id
	ar_parent_id ar_sha1 mediawiki.recentchange mediawiki.revision-tags-change mediawiki.page-links-change mediawiki.page-properties-change
	mediawiki.page-restrictions-change mediawiki.user_change.v1 mediawiki.page_content_change.v1 mediawiki.page_content_change.private.v1
	content_body body body_status mwmirror.state.* mediawiki.page.state.v1 mediawiki.page.state.private.v1 linktarget lt_id lt_namespace lt_title
	pagelinks pl_from pl_target_id pl_from_namespace templatelinks tl_from tl_target_id tl_from_namespace imagelinks il_from il_target_id il_from_namespace
	categorylinks cl_from cl_target_id cl_sortkey cl_sortkey_prefix cl_timestamp cl_collation_id cl_type
	externallinks el_id el_from el_to_domain_index el_to_path langlinks ll_from ll_lang ll_title
	iwlinks iwl_from iwl_prefix iwl_title page_props pp_page pp_propname pp_value pp_sortkey
	page_restrictions pr_id pr_page pr_type pr_level pr_cascade pr_expiry ended_at', '\s+'))[number + 1]$$;
CREATE FUNCTION b.take_name(m bytea, at int, OUT t text, OUT rest int) LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	SELECT * INTO n, rest FROM b.take(m, at);
	IF n % 2 = 1 THEN
		t := b.numbered(n / 2);
	ELSE
		t := convert_from(substr(m, rest, n / 2), 'UTF8');
		rest := rest + n / 2;
	END IF;
END$$;
CREATE FUNCTION b.wal() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT line FROM pg_logical_slot_get_binary_changes('apply_slot', NULL, NULL, 'include-xids', '0', 'skip-empty-xacts', '1') WITH ORDINALITY c(lsn, xid, data, n),
		LATERAL (SELECT position('content:'::bytea IN data) AS at) p,
		LATERAL (SELECT b.show(substr(data, at + 8)) AS line WHERE at > 0
			UNION ALL SELECT convert_from(split_part(encode(data, 'escape'), ': ', 1)::bytea, 'UTF8') || ' ' ||
				split_part(encode(data, 'escape'), ': ', 2) WHERE at = 0 AND data ~~ 'table%'::bytea) l
	ORDER BY n$$;

-- tables of their own: a item names its maker and its parent, a maker a home; a tag is of an item
CREATE TABLE mediawiki.t_home (wiki_id text COLLATE "C", home_id bigint, home_name text, PRIMARY KEY (wiki_id, home_id));
CREATE TABLE mediawiki.t_maker (wiki_id text COLLATE "C", maker_id bigint, maker_home bigint, maker_count bigint, PRIMARY KEY (wiki_id, maker_id));
CREATE TABLE mediawiki.t_item (wiki_id text COLLATE "C", item_id bigint, item_maker bigint, item_parent bigint, item_note text, PRIMARY KEY (wiki_id, item_id));
CREATE TABLE mediawiki.t_tag (wiki_id text COLLATE "C", tag_item bigint, tag_name text COLLATE "C", PRIMARY KEY (wiki_id, tag_item, tag_name));
INSERT INTO mwmirror.reference VALUES ('t_item', '{item_maker}', 't_maker', '{maker_id}', false),
	('t_maker', '{maker_home}', 't_home', '{home_id}', false), ('t_item', '{item_parent}', 't_item', '{item_id}', true),
	('t_item', '{item_id}', 't_tag', '{tag_item}', false);
INSERT INTO mediawiki.t_home VALUES ('w', 1, 'here'), ('w', 2, 'there'), ('v', 1, 'of v');
INSERT INTO mediawiki.t_maker VALUES ('w', 5, 1, 0), ('w', 6, 2, 0), ('v', 5, 1, 0);
INSERT INTO mediawiki.t_item VALUES ('w', 10, 5, 0, 'ten'), ('w', 11, 6, 10, 'eleven'), ('v', 10, 5, NULL, 'ten of v');
INSERT INTO mediawiki.t_tag VALUES ('w', 10, 'a'), ('w', 10, 'b'), ('w', 11, 'c');
CREATE FUNCTION b.shapes() RETURNS bytea[] LANGUAGE sql IMMUTABLE AS $$SELECT ARRAY[
	b.shape('mediawiki.t_item', 2, 'wiki_id', 'item_id', 'item_maker', 'item_parent', 'item_note'),
	b.shape('mediawiki.t_maker', 2, 'wiki_id', 'maker_id', 'maker_home', 'maker_count'),
	b.shape('mediawiki.t_tag', 3, 'wiki_id', 'tag_item', 'tag_name')]$$;
CREATE FUNCTION b.item(wiki text, id bigint, maker bigint, parent bigint, note text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.change('I', 0, 0, b.v(wiki), b.v(id), b.v(maker), b.v(parent), b.v(note))$$;
CREATE FUNCTION b.edit(id bigint, note text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.change('U', 0, 0, b.v('w'), b.v(id), b.absent(), b.absent(), b.absent(), b.absent(), b.v(note))$$;
CREATE FUNCTION b.made(id bigint, count bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.change('U', 0, 1, b.v('w'), b.v(id), b.absent(), b.absent(), b.absent(), b.v(count))$$;
SELECT 1 FROM pg_create_logical_replication_slot('apply_slot', 'test_decoding');

-- maker, home and parent of a new item; not the parent's parent; its own tags are no references
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-1', b.item('w', 12, 6, 11, 'twelve'),
	b.change('I', 0, 2, b.v('w'), b.v(12::bigint), b.v('d')))));
SELECT * FROM b.wal();

-- once in a PostgreSQL transaction, in any number of batches; a row that changed again; that of another wiki is another
BEGIN;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-2', b.edit(10, 'x')), b.source('0-1-3', b.edit(10, 'y')),
	b.source('0-1-4', b.made(5, 7)), b.source('0-1-5', b.edit(10, 'z'))));
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-6', b.edit(10, 'u')), b.source('0-1-7', b.made(5, 8), b.edit(10, 'v')),
	b.source('0-1-8', b.item('v', 13, 5, 10, 'of v'))));
COMMIT;
SELECT * FROM b.wal();

-- as it was and as it becomes; what goes away; what names nothing
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-9',
		b.change('U', 0, 0, b.v('w'), b.v(12::bigint), b.absent(), b.absent(), b.v(5::bigint), b.v(0::bigint), b.absent())),
	b.source('0-1-10', b.change('D', 0, 0, b.v('w'), b.v(12::bigint)), b.change('D', 0, 2, b.v('w'), b.v(12::bigint), b.v('d'))),
	b.source('0-1-11', b.item('w', 14, NULL, 999, 'nobody'), b.item('w', 15, 0, 0, 'nothing'))));
SELECT * FROM b.wal();

-- a source transaction over two batches: its rows are its own in both
BEGIN;
SELECT mwmirror.apply(b.whole(b.shapes(), b.raw('G' || b.text('0-1-12') || b.item('w', 16, 5, 11, 'a'), 1)));
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-12', b.item('w', 17, 6, 16, 'b'))));
COMMIT;
SELECT * FROM b.wal();

-- what others write meanwhile in the transaction, and what is rolled back, is not taken for known
BEGIN;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-13', b.edit(11, 'x'))));
UPDATE mediawiki.t_home SET home_name = 'elsewhere' WHERE wiki_id = 'w' AND home_id = 2;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-14', b.edit(11, 'y'))));
SAVEPOINT s;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-15', b.edit(10, 'y'))));
ROLLBACK TO s;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-15', b.edit(10, 'z'))));
COMMIT;
SELECT * FROM b.wal();

-- also in the midst of a source transaction: the next one says anew what it uses
BEGIN;
SELECT mwmirror.apply(b.whole(b.shapes(), b.raw('G' || b.text('0-1-150') || b.edit(11, 'a'), 1)));
SAVEPOINT s;
SELECT mwmirror.apply(b.whole(b.shapes(), b.raw('G' || b.text('0-1-150') || b.edit(10, 'b'), 1)));
ROLLBACK TO s;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-150', b.edit(11, 'c'))));
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-151', b.edit(10, 'd')), b.source('0-1-152', b.edit(11, 'e'))));
COMMIT;
SELECT * FROM b.wal();

-- a change of the references, and of a table, counts from the next call on
BEGIN;
SELECT mwmirror.apply(b.whole(b.shapes(), b.source('0-1-16', b.edit(11, 'a'))));
DELETE FROM mwmirror.reference WHERE from_table IN ('t_item') AND to_table <> 't_maker';
ALTER TABLE mediawiki.t_maker DROP COLUMN maker_count;
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-17', b.edit(11, 'b'))));
COMMIT;
SELECT * FROM b.wal();
INSERT INTO mwmirror.reference VALUES ('t_item', '{item_note}', 't_maker', '{maker_id}');
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-18', b.edit(11, 'c'))));
UPDATE mwmirror.reference SET from_columns = '{item_nothing}' WHERE from_columns = '{item_note}';
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-18', b.edit(11, 'c'))));
-- sides of a changed row: an update has both, a deletion one
DELETE FROM mwmirror.reference WHERE from_table ^@ 't_';
INSERT INTO mwmirror.reference VALUES ('t_item', '{item_maker}', 't_maker', '{maker_id}');
INSERT INTO mediawiki.t_maker (wiki_id, maker_id) VALUES ('s', 1), ('s', 2);
CREATE PROCEDURE b.change_with(sides text) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE mwmirror.reference SET of_changed = sides WHERE from_table = 't_item';
	COMMIT;
	PERFORM mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-30', b.item('s', 1, 1, NULL, 'new'))));
	COMMIT;
	PERFORM mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-31',
		b.change('U', 0, 0, b.v('s'), b.v(1::bigint), b.absent(), b.absent(), b.v(2::bigint), b.absent(), b.absent()))));
	COMMIT;
	PERFORM mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-32', b.change('D', 0, 0, b.v('s'), b.v(1::bigint)))));
END$$;
CALL b.change_with('both');
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
CALL b.change_with('new');
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
CALL b.change_with('kept');
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
CALL b.change_with('gone');
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
CALL b.change_with('none');
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
-- columns: an update that leaves them as they were is of no interest, however it says so
CALL b.change_with('both');
SELECT count(*) FROM b.wal();
UPDATE mwmirror.reference SET update_of = '{item_parent,item_note}' WHERE from_table = 't_item';
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-33', b.item('s', 1, 1, NULL, 'new')),
	b.source('0-1-34', b.change('U', 0, 0, b.v('s'), b.v(1::bigint), b.absent(), b.absent(), b.v(2::bigint), b.absent(), b.v('new'))),
	b.source('0-1-35', b.change('U', 0, 0, b.v('s'), b.v(1::bigint), b.absent(), b.absent(), b.absent(), b.v(0::bigint), b.absent()))));
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-36', b.edit(11, 'another')), b.source('0-1-37', b.edit(11, 'another')),
	b.source('0-1-38', b.change('D', 0, 0, b.v('s'), b.v(1::bigint)))));
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
UPDATE mwmirror.reference SET update_of = '{}' WHERE from_table = 't_item';
UPDATE mwmirror.reference SET update_of = NULL WHERE from_table = 't_item';
-- what is found by a reference that ends is told, but not what it refers to
INSERT INTO mwmirror.reference VALUES ('t_item', '{item_parent}', 't_item', '{item_id}');
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-41', b.item('s', 5, 1, NULL, 'parent'))));
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-42', b.item('s', 6, NULL, 5, 'follows'))));
UPDATE mwmirror.reference SET ends = true WHERE from_columns = '{item_parent}';
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-43', b.item('s', 7, NULL, 5, 'ends'))));
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
DELETE FROM mwmirror.reference WHERE from_columns = '{item_parent}';
-- what only streams need that are off is not followed, and each mark says so; also of a source transaction that began before
UPDATE mwmirror.reference SET streams = '{mediawiki.recentchange,mediawiki.page-links-change,a stream of another module}' WHERE from_table = 't_item';
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-44', b.item('s', 8, 1, NULL, 'on'))));
SELECT mwmirror.stream_switch(s, false) FROM unnest('{mediawiki.recentchange,mediawiki.page-links-change}'::text[]) s;
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-45', b.item('s', 9, 1, NULL, 'off')), b.source('0-1-46', b.item('s', 10, 2, NULL, 'off'))));
SELECT mwmirror.stream_switch('mediawiki.page-links-change', true);
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-47', b.item('s', 11, 1, NULL, 'one is on'))));
SELECT mwmirror.stream_switch('mediawiki.page-links-change', false);
BEGIN;
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.raw('G' || b.text('0-1-48') || b.item('s', 12, 1, NULL, 'off'), 1)));
SELECT mwmirror.stream_switch('mediawiki.recentchange', true, 'testwiki');
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], b.source('0-1-48', b.item('s', 13, 2, NULL, 'on of one wiki')),
	b.source('0-1-49', b.item('s', 14, 1, NULL, 'on'))));
COMMIT;
SELECT line FROM b.wal() line WHERE line !~ '^(BEGIN|COMMIT|table|  shape|  wiki)';
SELECT mwmirror.stream_switch('mediawiki.recentchange', NULL, 'testwiki');
SELECT mwmirror.stream_switch(s, NULL) FROM unnest('{mediawiki.recentchange,mediawiki.page-links-change}'::text[]) s;
-- without references the mark is alone
SELECT mwmirror.apply(b.batch((b.shapes())[1:1], b.source('0-1-19', b.edit(11, 'd'))));
SELECT * FROM b.wal();
DELETE FROM mwmirror.reference WHERE from_table ^@ 't_';

-- many and large rows: several messages, and the reader is told to forget
INSERT INTO mwmirror.reference VALUES ('t_item', '{item_parent}', 't_item', '{item_id}', true);
ALTER TABLE mediawiki.t_item ALTER COLUMN item_note SET STORAGE EXTERNAL;
INSERT INTO mediawiki.t_item SELECT 'w', 1000 + g, NULL, NULL, repeat('x', 100000) FROM generate_series(1, 100) g;
SELECT count(*) FROM b.wal();
SELECT mwmirror.apply(b.batch((b.shapes())[1:1], b.source('0-1-20', b.item('w', 2000, NULL, NULL, ''))));
SELECT mwmirror.apply(b.whole((b.shapes())[1:1], VARIADIC array_agg(p ORDER BY n)))
	FROM (VALUES (1, b.source('0-1-21', b.edit(2000, 'before'))), (2, b.source('0-1-22', VARIADIC (SELECT array_agg(
			b.change('U', 0, 0, b.v('w'), b.v(2000::bigint), b.absent(), b.absent(), b.absent(), b.v(1000::bigint + g), b.absent()) ORDER BY g)
			FROM generate_series(1, 100) g))),
		(3, b.source('0-1-23', b.edit(2000, 'after')))) v(n, p);
SELECT regexp_replace(line, 'x{100,}', '...') AS line, count(*) FROM
	(SELECT regexp_replace(line, 'item_id=1\d+', 'item_id=...') AS line, row_number() OVER () AS n FROM b.wal() line) l GROUP BY 1 ORDER BY min(n);
DELETE FROM mwmirror.reference WHERE from_table ^@ 't_';
DROP TABLE mediawiki.t_home, mediawiki.t_maker, mediawiki.t_item, mediawiki.t_tag;

-- from a page to its user by name, and of the user's preferences one, which other users are not told with
CREATE TABLE mediawiki.t_page (wiki_id text COLLATE "C", page bigint, space integer, title text COLLATE "C", maker bigint, PRIMARY KEY (wiki_id, page));
CREATE TABLE mediawiki.t_user (wiki_id text COLLATE "C", id bigint, name text COLLATE "C", PRIMARY KEY (wiki_id, id));
CREATE TABLE mediawiki.t_pref (wiki_id text COLLATE "C", owner bigint, name text COLLATE "C", PRIMARY KEY (wiki_id, owner, name));
CREATE INDEX ON mediawiki.t_user (wiki_id, name);
INSERT INTO mediawiki.t_user VALUES ('w', 1, 'A B'), ('w', 2, 'C'), ('v', 3, 'C'), ('w', 4, '');
INSERT INTO mediawiki.t_pref SELECT wiki_id, id, p FROM mediawiki.t_user, unnest('{gender,token}'::text[]) p;
INSERT INTO mwmirror.reference (from_table, from_columns, to_table, to_columns, user_page, constants, found_by) VALUES
	('t_page', '{space,title}', 't_user', '{name}', true, '{}', NULL), ('t_page', '{maker}', 't_user', '{id}', false, '{}', NULL),
	('t_user', '{id}', 't_pref', '{owner,name}', false, '{gender}', '{name}');
CREATE FUNCTION b.paged(id bigint, space int, title text, maker bigint DEFAULT NULL) RETURNS bytea LANGUAGE sql IMMUTABLE AS
	$$SELECT b.change('I', 0, 0, b.v('w'), b.v(id), b.v(space), b.v(title), b.v(maker))$$;
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')],
	b.source('0-1-50', b.paged(1, 2, 'A_B/C_d/e')), b.source('0-1-51', b.paged(2, 3, 'C', 1)), b.source('0-1-52', b.paged(3, 0, 'C'), b.paged(4, 2, NULL)),
	b.source('0-1-53', b.paged(5, 3, 'c'), b.paged(6, 2, '/C'))));
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
-- the columns must fit, and so must the ways to be found
UPDATE mwmirror.reference SET from_columns = '{page,title}' WHERE user_page AND from_table = 't_page';
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-54', b.paged(7, 0, 'D'))));
UPDATE mwmirror.reference SET constants = '{gender}', from_columns = '{maker}', to_columns = '{id,id}', user_page = false WHERE user_page AND from_table = 't_page';
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-54', b.paged(7, 0, 'D'))));
UPDATE mwmirror.reference SET constants = '{}' WHERE from_table = 't_user';
DELETE FROM mwmirror.reference WHERE from_table = 't_page' AND cardinality(constants) = 1;
-- only from rows in which a number is odd
ALTER TABLE mediawiki.t_page ADD COLUMN bits smallint;
UPDATE mwmirror.reference SET odd = 'space' WHERE from_table = 't_page';
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-54', b.paged(7, 0, 'D'))));
UPDATE mwmirror.reference SET odd = 'bits' WHERE from_table = 't_page';
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker', 'bits')], b.source('0-1-54',
	b.change('I', 0, 0, b.v('w'), b.v(11::bigint), b.v(0), b.v('D'), b.v(1::bigint), '\x01'::bytea), b.change('I', 0, 0, b.v('w'), b.v(12::bigint), b.v(0), b.v('D'), b.v(1::bigint), b.v(int2send(6::int2))),
	b.change('I', 0, 0, b.v('w'), b.v(13::bigint), b.v(0), b.v('D'), b.v(2::bigint), b.v(int2send(3::int2))))));
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
ALTER TABLE mediawiki.t_page DROP COLUMN bits;
UPDATE mwmirror.reference SET odd = NULL WHERE from_table = 't_page';
-- a table of another version of the extension, where a column is not there or is another's
BEGIN;
ALTER TABLE mwmirror.reference DROP COLUMN odd;
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-54', b.paged(7, 0, 'D'))));
ROLLBACK;
BEGIN;
ALTER TABLE mwmirror.reference DROP COLUMN odd;
ALTER TABLE mwmirror.reference ADD COLUMN odd integer;
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-54', b.paged(7, 0, 'D'))));
ROLLBACK;
-- a table in whose place another session puts another one, while this one knows the old one: what its rows name is followed
SELECT b.whole(ARRAY[b.shape('mediawiki.t_user', 2, 'wiki_id', 'id')], b.source('0-1-56')) AS nothing,
	b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-57', b.paged(21, 0, 'E', 1))) AS page \gset
SELECT setting AS bindir FROM pg_config() WHERE name = 'BINDIR' \gset
\setenv PGDATABASE :DBNAME
\setenv BINDIR :bindir
BEGIN;
SELECT mwmirror.apply(:'nothing');
\! "$BINDIR/psql" -X -q -t -A -c "SELECT mwmirror.partition_by_wiki('t_page')"
SELECT mwmirror.apply(:'page');
COMMIT;
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
SELECT count(*) FROM mediawiki_partition.t_page WHERE page = 21;
-- nothing finds rows so: it is never followed
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.t_page', 2, 'wiki_id', 'page', 'space', 'title', 'maker')], b.source('0-1-55', b.paged(8, 0, 'D', 2))));
SELECT line FROM b.wal() line WHERE line ~ '^(U|  row)';
DELETE FROM mwmirror.reference WHERE from_table ^@ 't_';
DROP TABLE mediawiki.t_page, mediawiki.t_user, mediawiki.t_pref;

-- those that come with the extension fit its tables: all rows that a new revision of a page refers to
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.revision', 2, 'wiki_id', 'rev_id', 'rev_page', 'rev_actor', 'rev_comment_id', 'rev_parent_id'),
		b.shape('mediawiki.slots', 3, 'wiki_id', 'slot_revision_id', 'slot_role_id', 'slot_content_id')],
	b.source('0-1-20', b.change('I', 0, 0, b.v('testwiki'), b.v(70001::bigint), b.v(1::bigint), b.v(1::bigint), b.v(1::bigint),
		b.v((SELECT page_latest FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = 1))),
		b.change('I', 0, 1, b.v('testwiki'), b.v(70001::bigint), b.v(1), b.v(1001::bigint)))));
SELECT regexp_replace(substring(line FROM '^  row (\w+ \w+=\S*)'), '=.*', '') AS row, count(*) FROM b.wal() line WHERE line ^@ '  row' GROUP BY 1 ORDER BY 1;
-- a page that is only touched refers to nothing, nor does a log entry that is hidden
CREATE FUNCTION b.page(at timestamptz, latest bigint DEFAULT NULL) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT b.change('U', 0, 0, b.v('testwiki'), b.v(1::bigint), b.absent(), b.absent(), b.v(timestamptz_send(at)),
		CASE WHEN latest IS NULL THEN b.absent() ELSE b.v(latest) END)$$;
SELECT mwmirror.apply(b.whole(ARRAY[b.shape('mediawiki.page', 2, 'wiki_id', 'page_id', 'page_touched', 'page_latest'),
		b.shape('mediawiki.logging', 2, 'wiki_id', 'log_id', 'log_deleted')],
	b.source('0-1-21', b.page('2024-01-01')),
	b.source('0-1-22', b.change('U', 0, 1, b.v('testwiki'), b.v((SELECT max(log_id) FROM mediawiki.logging WHERE wiki_id = 'testwiki')),
		b.absent(), b.absent(), b.v(int2send(1::smallint)))),
	b.source('0-1-23', b.page('2024-01-02', 70001))));
SELECT substring(line FROM '^(?:U|  row \w+) \S+') FROM b.wal() line WHERE line ~ '^(U|  row)';
SELECT pg_drop_replication_slot('apply_slot');
