/*
 * sql/functions/unmapped.sql
 *	  What of the sources has no place in the mirror: kept by follow and snapshot as long as it is so, and shown by mwmirror status.
 */

CREATE TABLE mwmirror.unmapped (
	wiki_id       text COLLATE "C" NOT NULL,
	source_table  text COLLATE "C" NOT NULL,
	source_column text COLLATE "C" NOT NULL DEFAULT '',
	kind          text COLLATE "C" NOT NULL CHECK (kind IN ('unknown', 'lost')),
	since         timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (wiki_id, source_table, source_column)
);
COMMENT ON TABLE mwmirror.unmapped IS 'Tables and columns of wikis that have no place in the mirror, and those that the mirror has and the wiki no longer.';
COMMENT ON COLUMN mwmirror.unmapped.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.unmapped.source_table IS 'Its name at the source, without the prefix.';
COMMENT ON COLUMN mwmirror.unmapped.source_column IS 'Column of it, as the source spells it; empty: the table itself.';
COMMENT ON COLUMN mwmirror.unmapped.kind IS 'unknown: the source has it, and neither table_map, column_map, column_private nor table_skipped names it. lost: the mapping names it, and it was dropped or renamed at the source.';
COMMENT ON COLUMN mwmirror.unmapped.since IS 'When that was seen first.';

CREATE FUNCTION mwmirror.unmapped_knows(source_table text, source_column text)
RETURNS boolean
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE WHEN unmapped_knows.source_column = ''
		THEN EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = unmapped_knows.source_table)
			OR EXISTS (SELECT FROM mwmirror.table_skipped AS s WHERE s.source_table = unmapped_knows.source_table)
		-- MariaDB compares names of columns without case
		ELSE EXISTS (SELECT FROM mwmirror.column_map AS m, unnest(m.source_columns || m.null_when || m.null_unless || m.requires_columns) AS named (name)
				WHERE m.source_table = unmapped_knows.source_table AND lower(named.name) = lower(unmapped_knows.source_column))
			OR EXISTS (SELECT FROM mwmirror.column_private AS p
				WHERE p.source_table = unmapped_knows.source_table AND lower(p.source_column) = lower(unmapped_knows.source_column))
	END
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_knows(text, text) IS 'True if the mapping names a table, or a column of one. Args: source table; column, empty: the table.';

CREATE FUNCTION mwmirror.unmapped_counts(wiki text, source_table text)
RETURNS boolean
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT NOT EXISTS (SELECT FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki AND NOT w.is_wiki)
		OR EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = unmapped_counts.source_table AND NOT m.shipped)
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_counts(text, text) IS 'False of a table that is nobody''s business: in a database that is no wiki all but those that were added. Args: wiki_id; source table.';

CREATE FUNCTION mwmirror.unmapped_seen(wiki text, source_table text, source_column text, is_there boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	is_known boolean := mwmirror.unmapped_knows(source_table, source_column);
	added integer;
BEGIN
	IF NOT mwmirror.unmapped_counts(wiki, source_table) THEN
		RETURN false;
	END IF;
	IF is_there = is_known OR source_column = '' AND NOT is_there THEN
		DELETE FROM mwmirror.unmapped AS u
			WHERE u.wiki_id = wiki AND u.source_table = unmapped_seen.source_table
				AND (lower(u.source_column) = lower(unmapped_seen.source_column) OR unmapped_seen.source_column = '' AND NOT is_there);
	END IF;
	IF is_there <> is_known
		-- what is left behind on purpose may go
		AND (is_there OR NOT EXISTS (SELECT FROM mwmirror.table_skipped AS s WHERE s.source_table = unmapped_seen.source_table)
			AND NOT EXISTS (SELECT FROM mwmirror.column_private AS p
				WHERE p.source_table = unmapped_seen.source_table AND lower(p.source_column) = lower(unmapped_seen.source_column))) THEN
		INSERT INTO mwmirror.unmapped (wiki_id, source_table, source_column, kind)
			VALUES (wiki, source_table, source_column, CASE WHEN is_there THEN 'unknown' ELSE 'lost' END)
			ON CONFLICT ON CONSTRAINT unmapped_pkey DO NOTHING;
		GET DIAGNOSTICS added = ROW_COUNT;
		RETURN added > 0;
	END IF;
	RETURN false;
END
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_seen(text, text, text, boolean) IS
	'A table or column of a wiki has come (true) or gone at the source. Returns true if that is news for mwmirror.unmapped. For follow. Args: wiki_id; source table; column, empty: the table itself; is it there?';

CREATE FUNCTION mwmirror.unmapped_lost(source_table text, source_columns text[])
RETURNS SETOF text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH there AS (
		SELECT lower(c.name) AS name FROM unnest(source_columns) AS c (name)
	), way AS (
		SELECT m.target_table, m.target_column, m.priority, m.source_columns AS of, n.name, lower(n.name) IN (SELECT name FROM there) AS is_there
		FROM mwmirror.column_map AS m
		-- one that needs none counts, too
		LEFT JOIN LATERAL unnest(m.source_columns || m.null_when || m.null_unless || m.requires_columns) AS n (name) ON true
		WHERE m.source_table = unmapped_lost.source_table
	), alternative AS (
		SELECT target_table, target_column, priority, bool_and(coalesce(is_there, true)) AS fits
		FROM way
		GROUP BY target_table, target_column, priority, of
	), without AS (
		SELECT target_table, target_column, min(priority) AS priority
		FROM alternative
		GROUP BY target_table, target_column
		HAVING NOT bool_or(fits)
	)
	SELECT DISTINCT w.name
	FROM without AS o JOIN way AS w USING (target_table, target_column, priority)
	WHERE NOT w.is_there
		-- what is left behind on purpose may go
		AND NOT EXISTS (SELECT FROM mwmirror.column_private AS p
			WHERE p.source_table = unmapped_lost.source_table AND lower(p.source_column) = lower(w.name))
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_lost(text, text[]) IS
	'Columns that a source table lacks, so that mirror columns come of nothing: of their ways in column_map the first one is named. Args: source table; the columns that it has.';

CREATE FUNCTION mwmirror.unmapped_shape(wiki text, source_table text, source_columns text[])
RETURNS TABLE (source_column text, is_there boolean)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	DELETE FROM mwmirror.unmapped AS u
		WHERE u.wiki_id = wiki AND u.source_table = unmapped_shape.source_table
			AND CASE WHEN EXISTS (SELECT FROM unnest(source_columns) AS c (name) WHERE lower(c.name) = lower(u.source_column)) THEN u.kind = 'lost'
				ELSE u.kind = 'unknown' OR u.source_column = '' OR lower(u.source_column) NOT IN (
					SELECT lower(l) FROM mwmirror.unmapped_lost(unmapped_shape.source_table, source_columns) AS l) END;
	RETURN QUERY
	INSERT INTO mwmirror.unmapped AS u (wiki_id, source_table, source_column, kind)
		SELECT wiki, unmapped_shape.source_table, c.name, 'unknown' FROM unnest(source_columns) AS c (name)
		WHERE NOT mwmirror.unmapped_knows(unmapped_shape.source_table, c.name)
		UNION ALL
		SELECT wiki, unmapped_shape.source_table, l, 'lost' FROM mwmirror.unmapped_lost(unmapped_shape.source_table, source_columns) AS l
		WHERE NOT EXISTS (SELECT FROM mwmirror.unmapped AS h
			WHERE h.wiki_id = wiki AND h.source_table = unmapped_shape.source_table AND lower(h.source_column) = lower(l))
		ON CONFLICT ON CONSTRAINT unmapped_pkey DO NOTHING
		RETURNING u.source_column, u.kind = 'unknown';
END
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_shape(text, text, text[]) IS
	'These are the columns of a mirrored table. Returns what is news for mwmirror.unmapped, and whether it is a column that is there, or one that is not. For follow. Args: wiki_id; source table; its columns.';

CREATE FUNCTION mwmirror.unmapped_inventory(wiki text, source_tables text[], source_columns text[])
RETURNS TABLE (source_table text, source_column text)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	-- what is lost stays so until it is back
	DELETE FROM mwmirror.unmapped AS u
		WHERE u.wiki_id = wiki AND (u.kind = 'unknown' OR EXISTS (SELECT FROM unnest(source_tables, source_columns) AS s (t, c)
			WHERE s.t = u.source_table AND (u.source_column = '' OR lower(s.c) = lower(u.source_column))));
	RETURN QUERY
	WITH found AS (
		SELECT s.t, '' AS c FROM (SELECT DISTINCT t FROM unnest(source_tables) AS t) AS s
		WHERE NOT mwmirror.unmapped_knows(s.t, '') AND mwmirror.unmapped_counts(wiki, s.t)
		UNION ALL
		SELECT s.t, s.c FROM unnest(source_tables, source_columns) AS s (t, c)
		WHERE EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = s.t) AND NOT mwmirror.unmapped_knows(s.t, s.c)
			AND mwmirror.unmapped_counts(wiki, s.t)
	)
	INSERT INTO mwmirror.unmapped AS u (wiki_id, source_table, source_column, kind)
		SELECT wiki, f.t, f.c, 'unknown' FROM found AS f
		ON CONFLICT ON CONSTRAINT unmapped_pkey DO NOTHING
		RETURNING u.source_table, u.source_column;
END
$function$;
COMMENT ON FUNCTION mwmirror.unmapped_inventory(text, text[], text[]) IS
	'Writes to mwmirror.unmapped what a wiki has that is unknown, and returns it. For snapshot. Args: wiki_id; of each column of the wiki''s tables the table and the column.';
