/*
 * sql/functions/table_add.sql
 *	  Tables that MediaWiki's core does not have: one call makes the mirror table, its rights and its mapping, and has it copied into the wikis that are
 *	  copied already; another takes it out again.
 *
 * Such tables are not the extension's own, so pg_dump has them whole, and their rows of the mapping, which are not shipped. follow needs no restart.
 */

-- The mapping is read when an attempt of follow begins: one that runs ends at the next group, and the next has what is new.
CREATE FUNCTION mwmirror.mapping_table_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.mapping_changed();
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.mapping_table_changed() IS 'Calls mapping_changed, whoever changes the mapping.';
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.table_map
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.column_map
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.column_private
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.private_name
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.table_skipped
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();
CREATE TRIGGER mapping_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.column_migration
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.mapping_table_changed();

CREATE FUNCTION mwmirror.add_table_columns(columns json, key text[], match text[])
RETURNS TABLE (ordinal bigint, source_column text, type text, kind text, target_column text, in_key boolean, in_match boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT said.ordinal, said.name, format_type(said.type, NULL), coalesce(said.kind, CASE
			WHEN said.type IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN 'int'
			WHEN said.type = 'text'::regtype THEN CASE WHEN said.is_key OR said.is_match THEN 'key_text' ELSE 'text' END
			WHEN said.type IN ('inet'::regtype, 'uuid'::regtype) THEN said.type::text || '_text'
			ELSE (SELECT min(k.kind) FROM mwmirror.column_kinds() AS k WHERE said.type = ANY (k.target_types) AND k.kind IN ('bool', 'float', 'bytes', 'timestamp', 'numeric', 'date', 'time', 'json', 'list', 'int_list'))
		END), coalesce(said.target, said.name), said.is_key, said.is_match
	FROM (
		SELECT e.ordinal, e.name, coalesce(e.value->>0, e.value#>>'{}')::regtype AS type, e.value->>1 AS kind, e.value->>2 AS target,
			e.name = ANY (coalesce(add_table_columns.key, '{}')) AS is_key, e.name = ANY (coalesce(add_table_columns.match, '{}')) AS is_match
		FROM json_each(add_table_columns.columns) WITH ORDINALITY AS e (name, value, ordinal)
	) AS said
$function$;
COMMENT ON FUNCTION mwmirror.add_table_columns(json, text[], text[]) IS 'What add_table makes of its arguments columns, key and match_columns.';

CREATE FUNCTION mwmirror.add_table_make(source_table text, target text, columns json, key text[], match text[])
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	list text;
BEGIN
	SELECT string_agg(format('%I %s%s%s', c.target_column, c.type, CASE WHEN c.type = 'text' THEN ' COLLATE "C"' ELSE '' END,
			CASE WHEN c.in_key THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY c.ordinal) INTO list
		FROM mwmirror.add_table_columns(columns, key, match) AS c;
	EXECUTE format('CREATE TABLE mediawiki.%I (wiki_id text COLLATE "C" NOT NULL, %s)', target, list);
	SELECT string_agg(quote_ident(c.target_column), ', ' ORDER BY array_position(coalesce(key, match), c.source_column)) INTO list
		FROM mwmirror.add_table_columns(columns, key, match) AS c WHERE c.source_column = ANY (coalesce(key, match));
	IF key IS NOT NULL THEN
		EXECUTE format('ALTER TABLE mediawiki.%I ADD PRIMARY KEY (wiki_id, %s)', target, list);
	ELSE
		EXECUTE format('CREATE INDEX %I ON mediawiki.%I (wiki_id%s)', target || '_match', target, ', ' || list);
		EXECUTE format('ALTER TABLE mediawiki.%I REPLICA IDENTITY FULL', target);
	END IF;
	EXECUTE format('COMMENT ON TABLE mediawiki.%I IS %L', target, format('Table %s of wikis, added by add_table.', source_table));
	EXECUTE format('COMMENT ON COLUMN mediawiki.%I.wiki_id IS %L', target, 'Database name of the wiki: mwmirror.wiki.wiki_id.');
	EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON mediawiki.%I TO mwmirror_writer', target);
END
$function$;
COMMENT ON FUNCTION mwmirror.add_table_make(text, text, json, text[], text[]) IS 'The mirror table of add_table, and what writers may do with it. Args: source table; mirror table; as those of add_table.';

CREATE FUNCTION mwmirror.add_table(source_table text, columns json, key text[] DEFAULT NULL, target_table text DEFAULT NULL, match_columns text[] DEFAULT '{}',
	left_out text[] DEFAULT '{}', harmless text[] DEFAULT '{}', row_filter text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	target text := coalesce(target_table, source_table);
	wrong record;
	list text;
	waiting integer;
BEGIN
	key := nullif(key, '{}');
	IF EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = add_table.source_table) THEN
		RAISE EXCEPTION 'table "%" is mirrored already', source_table
			USING ERRCODE = 'duplicate_table', HINT = 'To have it mirrored in another way, call mwmirror.remove_table first.';
	END IF;
	SELECT s.reason INTO wrong FROM mwmirror.table_skipped AS s WHERE s.source_table = add_table.source_table AND s.shipped;
	IF FOUND THEN
		RAISE EXCEPTION 'table "%" is not to be mirrored: %', source_table, wrong.reason USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF target !~ '^[A-Za-z0-9_$-]{1,56}$' OR to_regclass(format('mediawiki.%I', target)) IS NOT NULL THEN
		RAISE EXCEPTION 'the mirror cannot have a table mediawiki."%"', target
			USING ERRCODE = 'invalid_parameter_value', HINT = 'There is one already, or its name has other characters than letters, digits, _, $ and -, or more than 56: give another one as target_table.';
	END IF;
	FOREACH list IN ARRAY coalesce(key, '{}') || match_columns
	LOOP
		IF (SELECT count(*) FROM json_object_keys(columns) AS name WHERE name = list) <> 1 THEN
			RAISE EXCEPTION 'column "%" of the key is not among the columns, or is there twice', list USING ERRCODE = 'invalid_parameter_value';
		END IF;
	END LOOP;
	SELECT c.source_column, c.type INTO wrong FROM mwmirror.add_table_columns(columns, key, match_columns) AS c
		WHERE NOT EXISTS (SELECT FROM mwmirror.column_kinds() AS k WHERE k.kind = c.kind AND c.type::regtype = ANY (k.target_types)) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" cannot be mirrored as %', wrong.source_column, wrong.type
			USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT kind, target_types FROM mwmirror.column_kinds()';
	END IF;
	PERFORM mwmirror.add_table_make(source_table, target, columns, key, match_columns);
	DELETE FROM mwmirror.table_skipped AS s WHERE s.source_table = add_table.source_table;
	DELETE FROM mwmirror.column_private AS p WHERE p.source_table = add_table.source_table AND NOT p.shipped;
	INSERT INTO mwmirror.table_map (source_table, target_table, ordinal, mw_group, row_filter)
		SELECT add_table.source_table, target, 1 + greatest(1000, max(m.ordinal)), 'added', add_table.row_filter FROM mwmirror.table_map AS m;
	INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
		SELECT add_table.source_table, target, c.target_column, ARRAY[c.source_column], ARRAY[c.kind]
		FROM mwmirror.add_table_columns(columns, key, match_columns) AS c;
	INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
		SELECT add_table.source_table, name, 'private', 'left out when the table was added' FROM unnest(left_out) AS name
		UNION ALL
		SELECT add_table.source_table, name, 'harmless', 'said to be when the table was added' FROM unnest(harmless) AS name;
	SELECT p.problem, p.column_name INTO wrong FROM mwmirror.check_mapping() AS p WHERE p.target_table = target OR p.source_table = add_table.source_table LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'table "%" cannot be mirrored so: %', source_table, concat_ws(' of column ', wrong.problem, quote_ident(wrong.column_name)) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	DELETE FROM mwmirror.unmapped AS u WHERE u.source_table = add_table.source_table AND mwmirror.unmapped_knows(u.source_table, u.source_column);
	-- it may have been mirrored once, and altered since
	DELETE FROM mwmirror.source_type AS t WHERE t.source_table = add_table.source_table;
	-- of what is not copied, nor begun, it is copied with all the rest
	INSERT INTO mwmirror.copy_table (wiki_id, source_table, source_name, mode)
		SELECT w.wiki_id, add_table.source_table, w.source_name, 'first' FROM mwmirror.wiki AS w
		WHERE w.gone_gtid IS NULL AND (w.snapshot_gtid IS NOT NULL OR EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = w.wiki_id))
		ORDER BY w.wiki_id;
	GET DIAGNOSTICS waiting = ROW_COUNT;
	RETURN waiting;
END
$function$;
COMMENT ON FUNCTION mwmirror.add_table(text, json, text[], text, text[], text[], text[], text) IS
	'Has a table of the source mirrored that is not: makes mediawiki.<target_table>, grants, and maps it; follow, which may run, goes on with it. Returns into how many wikis mwmirror snapshot is to copy it. mwmirror add-table writes the call. For the extension''s owner. Args: source table without prefix; its columns, {"column": "type"}, or ["type", "kind", "name in the mirror"] in place of a type, in the order of the mirror''s columns; columns of its key, which must be the source''s, NULL: it has none; name in the mirror, NULL: the same; of a table without key columns by which rows are found, which are never NULL; columns that are left behind on purpose; columns that may be mirrored though their names are like those of private ones (mwmirror.private_name); which rows are mirrored, as in table_map.row_filter, NULL: all. Errors: 42P07 if it is mirrored; 22023 if it cannot be so.';

CREATE FUNCTION mwmirror.add_column(source_table text, source_column text, type text, kind text DEFAULT NULL, target_column text DEFAULT NULL, harmless boolean DEFAULT false)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	target text;
	made record;
	wrong record;
	wikis integer;
BEGIN
	SELECT m.target_table INTO target FROM mwmirror.table_map AS m WHERE m.source_table = add_column.source_table AND NOT m.shipped AND m.row_mode = 'row';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'table "%" is none that was added', source_table USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT c.* INTO made FROM mwmirror.add_table_columns(json_build_object(source_column, json_build_array(type, kind, target_column)), '{}', '{}') AS c;
	DELETE FROM mwmirror.column_private AS p WHERE p.source_table = add_column.source_table AND p.source_column = add_column.source_column AND NOT p.shipped;
	INSERT INTO mwmirror.column_private (source_table, source_column, kind, reason)
		SELECT add_column.source_table, add_column.source_column, 'harmless', 'said to be when the column was added' WHERE harmless;
	INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)
		VALUES (source_table, target, made.target_column, ARRAY[source_column], ARRAY[made.kind]);
	PERFORM set_config('lock_timeout', '2s', true); -- who reads the table for long must not hold up follow
	EXECUTE format('ALTER TABLE mediawiki.%I ADD COLUMN %I %s%s', target, made.target_column, made.type, CASE WHEN made.type = 'text' THEN ' COLLATE "C"' ELSE '' END);
	SELECT p.problem INTO wrong FROM mwmirror.check_mapping() AS p WHERE (p.target_table = target OR p.source_table = add_column.source_table) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" cannot be mirrored so: %', source_column, wrong.problem USING ERRCODE = 'invalid_parameter_value';
	END IF;
	DELETE FROM mwmirror.unmapped AS u WHERE u.source_table = add_column.source_table AND lower(u.source_column) = lower(add_column.source_column);
	SELECT count(mwmirror.copy_again(w.wiki_id, add_column.source_table, 'a column was added: ' || add_column.source_column)) INTO wikis
	FROM (
		SELECT k.wiki_id FROM mwmirror.wiki AS k
		WHERE k.gone_gtid IS NULL AND (k.snapshot_gtid IS NOT NULL OR EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = k.wiki_id))
		ORDER BY k.wiki_id
	) AS w;
	RETURN wikis;
END
$function$;
COMMENT ON FUNCTION mwmirror.add_column(text, text, text, text, text, boolean) IS
	'Has one more column of a table that was added mirrored: makes and maps it, and has follow compare the table with the source, of each wiki that is copied or is being so. Returns of how many. For the extension''s owner. Args: source table; its column; type, kind (NULL: that of the type) and name (NULL: the same) in the mirror; whether it may be mirrored though its name is like that of a private one. Errors: 22023 if it cannot be so; 55P03 if the table is in use for longer than two seconds.';

CREATE FUNCTION mwmirror.remove_table(source_table text)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	target text;
	told text[];
BEGIN
	SELECT m.target_table INTO target FROM mwmirror.table_map AS m WHERE m.source_table = remove_table.source_table AND NOT m.shipped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'table "%" is none that was added', source_table USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- follow's groups end before any lock of the table is waited for
	DELETE FROM mwmirror.column_map AS c WHERE c.source_table = remove_table.source_table;
	DELETE FROM mwmirror.table_map AS m WHERE m.source_table = remove_table.source_table;
	DELETE FROM mwmirror.column_private AS p WHERE p.source_table = remove_table.source_table AND NOT p.shipped;
	DELETE FROM mwmirror.copy_table AS t WHERE t.source_table = remove_table.source_table;
	DELETE FROM mwmirror.unmapped AS u WHERE u.source_table = remove_table.source_table;
	IF EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.target_table = target) THEN
		RETURN NULL; -- others fill it
	END IF;
	DELETE FROM mwmirror.raw_value AS r WHERE r.table_name = target;
	DELETE FROM mwmirror.reference AS r WHERE r.from_table = target OR r.to_table = target;
	told := ARRAY[format('mwmirror.state.%s.v1', target), format('mwmirror.state.%s.private.v1', target)];
	DELETE FROM mwmirror.stream AS s WHERE s.stream_name = ANY (told);
	UPDATE mwmirror.wiki AS w SET streams_on = ARRAY(SELECT n FROM unnest(w.streams_on) AS n WHERE n <> ALL (told)),
			streams_off = ARRAY(SELECT n FROM unnest(w.streams_off) AS n WHERE n <> ALL (told))
		WHERE told && (w.streams_on || w.streams_off);
	DELETE FROM mwmirror.public_column AS p WHERE p.table_name = target;
	DELETE FROM mwmirror.public_table AS p WHERE p.table_name = target;
	UPDATE mwmirror.request AS q SET state = 'cancelled', updated_at = clock_timestamp() WHERE q.table_name = target AND q.state IN ('waiting', 'running');
	-- who reads it for long must not hold up follow
	PERFORM set_config('lock_timeout', '2s', true);
	PERFORM mwmirror.refresh_views();
	EXECUTE format('DROP TABLE IF EXISTS mediawiki.%I', target);
	RETURN target;
END
$function$;
COMMENT ON FUNCTION mwmirror.remove_table(text) IS
	'Has a table that was added mirrored no longer, and drops its mirror table, unless others fill it, too; follow may run. Returns its name, NULL if it stays. For the extension''s owner. Arg: source table. Errors: 22023 if it is none that was added; 55P03 if it is in use for longer than two seconds.';
