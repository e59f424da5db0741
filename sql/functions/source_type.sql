/*
 * sql/functions/source_type.sql
 *	  Types of the sources' columns as follow saw them last, so that it can tell whether an ALTER TABLE changes values.
 */

CREATE TABLE mwmirror.source_type (
	wiki_id      text COLLATE "C" NOT NULL,
	source_table text COLLATE "C" NOT NULL,
	columns      jsonb NOT NULL,
	PRIMARY KEY (wiki_id, source_table)
);
COMMENT ON TABLE mwmirror.source_type IS 'Mirrored tables of the sources as of the position: types of their columns, those that follow can compare.';
COMMENT ON COLUMN mwmirror.source_type.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.source_type.source_table IS 'Its name at the source, without the prefix.';
COMMENT ON COLUMN mwmirror.source_type.columns IS 'Of each column, in lower case, its type as SQL (mirror/source/declared_type.h).';

CREATE FUNCTION mwmirror.source_type_object(names text[], types text[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	-- MariaDB compares names of columns without case
	SELECT coalesce(jsonb_object_agg(lower(c.name), c.type), '{}') FROM unnest(names, types) AS c (name, type)
$function$;
COMMENT ON FUNCTION mwmirror.source_type_object(text[], text[]) IS 'mwmirror.source_type.columns. Args: names of columns; their types.';

CREATE FUNCTION mwmirror.source_type_seen(wiki text, source_table text, names text[], types text[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	found jsonb := mwmirror.source_type_object(names, types);
BEGIN
	IF NOT EXISTS (SELECT FROM mwmirror.source_type AS s
			WHERE s.wiki_id = wiki AND s.source_table = source_type_seen.source_table AND s.columns = found) THEN
		INSERT INTO mwmirror.source_type AS s (wiki_id, source_table, columns) VALUES (wiki, source_table, found)
			ON CONFLICT ON CONSTRAINT source_type_pkey DO UPDATE SET columns = EXCLUDED.columns;
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.source_type_seen(text, text, text[], text[]) IS
	'A mirrored table has these columns, as its rows in the binlog show. For follow. Args: wiki_id; source table; names of columns; their types.';

CREATE FUNCTION mwmirror.source_type_inventory(wiki text, source_tables text[], names text[], types text[])
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	-- of what is copied already, or being copied, the types that count are those of before
	INSERT INTO mwmirror.source_type (wiki_id, source_table, columns)
		SELECT wiki, c.source_table, mwmirror.source_type_object(array_agg(c.name), array_agg(c.type))
		FROM unnest(source_tables, names, types) AS c (source_table, name, type)
		WHERE c.type <> '' AND EXISTS (SELECT FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki AND w.snapshot_gtid IS NULL)
			AND EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = c.source_table)
			AND NOT EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = c.source_table)
		GROUP BY c.source_table
		ON CONFLICT ON CONSTRAINT source_type_pkey DO UPDATE SET columns = EXCLUDED.columns
$function$;
COMMENT ON FUNCTION mwmirror.source_type_inventory(text, text[], text[], text[]) IS
	'A copy of a wiki is to begin, and its tables have these columns. For snapshot, before it reads a row of them. Args: wiki_id; of each column the table, its name, its type, empty: not known.';

CREATE FUNCTION mwmirror.source_type_alter(wiki text, source_table text, gone text[], names text[], types text[])
RETURNS TABLE (name text, type text)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	RETURN QUERY
		SELECT c.key, c.value FROM mwmirror.source_type AS s, jsonb_each_text(s.columns) AS c
		WHERE s.wiki_id = wiki AND s.source_table = source_type_alter.source_table;
	UPDATE mwmirror.source_type AS s
		SET columns = s.columns - ARRAY(SELECT lower(g.name) FROM unnest(gone) AS g (name)) || mwmirror.source_type_object(names, types)
		WHERE s.wiki_id = wiki AND s.source_table = source_type_alter.source_table;
END
$function$;
COMMENT ON FUNCTION mwmirror.source_type_alter(text, text, text[], text[], text[]) IS
	'A mirrored table is altered. Returns names and types of its columns from before. For follow. Args: wiki_id; source table; columns that go, or have another type that is not known; columns that come or have another type; their types.';

CREATE FUNCTION mwmirror.source_type_forget(wiki text, source_table text)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
	DELETE FROM mwmirror.source_type AS s
		WHERE s.wiki_id = source_type_forget.wiki AND (s.source_table = source_type_forget.source_table OR source_type_forget.source_table IS NULL)
$function$;
COMMENT ON FUNCTION mwmirror.source_type_forget(text, text) IS
	'It is not known any more what a table is made of. Args: wiki_id; source table, NULL: all of the wiki.';
