/*
 * tests/sql_check.sql
 *	  The comparisons of tests/sql_check; it has loaded mw_column and mw_key. One row a problem.
 */

-- what the extension says of itself
SELECT 'check_mapping', problem, source_table, target_table, column_name
FROM mwmirror.check_mapping();

SELECT 'check_public', problem, table_name, column_name
FROM mwmirror.check_public();

-- every table and column of MediaWiki is mapped or left behind on purpose
SELECT 'unknown table', c.version, c.table_name
FROM (SELECT DISTINCT version, table_name FROM mw_column) c
WHERE NOT EXISTS (SELECT FROM mwmirror.table_map m WHERE m.source_table = c.table_name)
	AND NOT EXISTS (SELECT FROM mwmirror.table_skipped s WHERE s.source_table = c.table_name);

SELECT 'column neither mapped nor left behind', c.version, c.table_name, c.name
FROM mw_column c
WHERE EXISTS (SELECT FROM mwmirror.table_map m WHERE m.source_table = c.table_name)
	AND NOT EXISTS (SELECT FROM mwmirror.column_map m
		WHERE m.source_table = c.table_name AND c.name = ANY (m.source_columns))
	AND NOT EXISTS (SELECT FROM mwmirror.column_private p
		WHERE p.source_table = c.table_name AND p.source_column = c.name);

-- and nothing else is named
SELECT DISTINCT 'mapping names a column that MediaWiki has not', named.source_table, named.name
FROM (
	SELECT source_table, unnest(source_columns || null_when || null_unless || requires_columns) AS name
	FROM mwmirror.column_map
	UNION ALL
	SELECT source_table, unnest(ARRAY[source_column, private_when]) FROM mwmirror.column_private
) named
WHERE named.name IS NOT NULL
	AND NOT EXISTS (SELECT FROM mw_column c WHERE c.table_name = named.source_table AND c.name = named.name);

-- in each version each mirror column has exactly one best source
CREATE TEMP VIEW best AS
SELECT v.version, m.*, rank() OVER (
		PARTITION BY v.version, m.source_table, m.target_table, m.target_column ORDER BY m.priority) AS rank
FROM (SELECT DISTINCT version, table_name FROM mw_column) v
JOIN mwmirror.column_map m ON m.source_table = v.table_name
WHERE NOT EXISTS (
	SELECT FROM unnest(m.source_columns || m.requires_columns) AS needed
	WHERE NOT EXISTS (SELECT FROM mw_column c
		WHERE c.version = v.version AND c.table_name = v.table_name AND c.name = needed));

SELECT 'mirror column without a source in this version', v.version, m.source_table, m.target_table, m.target_column
FROM (SELECT DISTINCT version, table_name FROM mw_column) v
JOIN (SELECT DISTINCT source_table, target_table, target_column FROM mwmirror.column_map) m
	ON m.source_table = v.table_name
WHERE NOT EXISTS (SELECT FROM best b WHERE b.version = v.version AND b.source_table = m.source_table
	AND b.target_table = m.target_table AND b.target_column = m.target_column);

SELECT 'column that mwmirror.unmapped_lost() misses in this version', c.version, c.table_name, lost
FROM (SELECT version, table_name, array_agg(name) AS names FROM mw_column GROUP BY version, table_name) c
CROSS JOIN LATERAL mwmirror.unmapped_lost(c.table_name, c.names) AS lost;

SELECT 'two sources of the same priority', version, source_table, target_table, target_column
FROM best
WHERE rank = 1
GROUP BY version, source_table, target_table, target_column
HAVING count(*) > 1;

-- the mirror's key is MediaWiki's
SELECT 'key column of MediaWiki is not in the mirror''s key', k.version, k.table_name, m.target_table, part
FROM mw_key k
CROSS JOIN LATERAL unnest(string_to_array(replace(k.columns, ' ', ''), ',')) AS part
JOIN mwmirror.table_map m ON m.source_table = k.table_name AND m.row_mode = 'row'
WHERE k.kind = 'PRIMARY KEY' AND NOT EXISTS (
	SELECT FROM best b
	JOIN pg_attribute a ON a.attrelid = format('mediawiki.%I', b.target_table)::regclass AND a.attname = b.target_column
	JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::smallint[])
	WHERE b.rank = 1 AND b.version = k.version AND b.source_table = k.table_name
		AND b.target_table = m.target_table AND part = ANY (b.source_columns));

-- types hold every value, defaults are MediaWiki's: a MINIMAL row image leaves out what is the default
CREATE TEMP VIEW plain AS
SELECT b.version, b.source_table, b.target_table, b.target_column, b.kinds[1] AS kind,
	regexp_replace(upper(c.type), '[( ].*', '') || CASE WHEN c.type ~ 'UNSIGNED' THEN ' UNSIGNED' ELSE '' END AS source_type,
	a.atttypid::regtype::text AS type,
	CASE WHEN c.default_value <> 'NULL' AND c.name <> ALL (b.null_unless) THEN c.default_value END AS source_default,
	replace(pg_get_expr(d.adbin, d.adrelid), '''1970-01-01 00:00:00+00''::timestamp with time zone',
		'''19700101000000''') AS target_default
FROM best b
JOIN mwmirror.table_map m ON m.source_table = b.source_table AND m.target_table = b.target_table AND m.row_mode = 'row'
JOIN mw_column c ON c.version = b.version AND c.table_name = b.source_table AND c.name = b.source_columns[1]
JOIN pg_attribute a ON a.attrelid = format('mediawiki.%I', b.target_table)::regclass AND a.attname = b.target_column
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE b.rank = 1 AND b.expression IS NULL AND cardinality(b.source_columns) = 1 AND b.kinds <> '{negated}'
	AND NOT b.kinds <@ '{token_invalid,email_empty,password_unusable}';

SELECT 'type cannot hold every value', version, target_table, target_column, source_type, type
FROM plain
WHERE kind = 'int' AND NOT CASE source_type
	WHEN 'TINYINT' THEN type IN ('smallint', 'integer', 'bigint')
	WHEN 'TINYINT UNSIGNED' THEN type IN ('smallint', 'integer', 'bigint')
	WHEN 'SMALLINT UNSIGNED' THEN type IN ('integer', 'bigint')
	WHEN 'INT' THEN type IN ('integer', 'bigint')
	WHEN 'INT UNSIGNED' THEN type = 'bigint'
	WHEN 'BIGINT' THEN type = 'bigint'
	WHEN 'BIGINT UNSIGNED' THEN type = 'bigint'
	ELSE false
END;

SELECT 'default is not MediaWiki''s', version, target_table, target_column, source_default, target_default
FROM (
	SELECT *,
		CASE WHEN kind = 'bool' THEN CASE source_default WHEN '0' THEN 'false' WHEN '1' THEN 'true' END
			ELSE source_default END AS expected,
		regexp_replace(replace(target_default, '\x', ''), '::.*', '') AS got
	FROM plain
) p
WHERE expected IS DISTINCT FROM got
	-- one that a version has not is NULL there
	AND NOT EXISTS (SELECT FROM mwmirror.column_map m WHERE m.target_table = p.target_table AND m.target_column = p.target_column AND m.expression = 'NULL')
	-- a default that one version has does no harm in another, where the column is always given
	AND NOT (expected IS NULL AND EXISTS (
		SELECT FROM plain o
		WHERE o.target_table = p.target_table AND o.target_column = p.target_column
			AND o.version <> p.version AND o.source_default IS NOT NULL));

-- the minimal index set is what sql/tables makes; the other one names what is there, and each column that may be hidden as views show it
SELECT 'index set', table_name, index_name, state FROM mwmirror.index_plan('minimal') WHERE index_set = 'minimal' AND state <> 'there';

SELECT 'index of no set', c.relname
FROM pg_class c
JOIN pg_index i ON i.indexrelid = c.oid AND NOT i.indisunique
WHERE c.relnamespace = 'mediawiki'::regnamespace AND NOT EXISTS (SELECT FROM mwmirror.mirror_index m WHERE m.index_name = c.relname);

SELECT 'index set', table_name, index_name, state FROM mwmirror.index_plan('replica')
WHERE index_set = 'replica' AND state <> 'missing' AND state NOT LIKE 'needs extension %';

SELECT 'index that no view can use', m.index_name, c.column_name
FROM mwmirror.mirror_index m
LEFT JOIN mwmirror.public_column c ON c.table_name = m.table_name AND c.hidden_by <> 0
	AND replace(regexp_replace(m.definition, ' INCLUDE \(.*', ''), format('%%{%s}', c.column_name), '') ~ ('\m' || c.column_name || '\M')
WHERE m.index_set = 'replica'
	AND (c.column_name IS NOT NULL OR NOT EXISTS (SELECT FROM mwmirror.public_table t WHERE t.table_name = m.table_name));

-- an analyst meets no table or column without a comment
SELECT 'no comment', c.oid::regclass, a.attname
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	AND col_description(c.oid, a.attnum) IS NULL
WHERE c.relnamespace IN ('mediawiki'::regnamespace, 'mwmirror'::regnamespace) AND c.relkind IN ('r', 'v')
	AND (a.attname IS NOT NULL OR obj_description(c.oid, 'pg_class') IS NULL);

SELECT 'no comment', p.oid::regprocedure
FROM pg_proc p
WHERE p.pronamespace IN ('mwmirror'::regnamespace, 'mysql_compat'::regnamespace) AND obj_description(p.oid, 'pg_proc') IS NULL;
