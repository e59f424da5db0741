/*
 * sql/functions/check_mapping.sql
 *	  Does the mapping fit the mirror tables? Asked by follow and snapshot before they begin, by tests/sql_check, and by whoever adds a table.
 */

-- What a kind of mirror/mapping/convert.h can give, and of how many source columns it makes one value.
CREATE FUNCTION mwmirror.column_kinds()
RETURNS TABLE (kind text, target_types regtype[], gathered integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT known.kind, known.target_types::regtype[], known.gathered
	FROM (VALUES
		('int', '{smallint,integer,bigint}', 1),
		('bool', '{boolean}', 1),
		('float', '{real,double precision}', 1),
		('text', '{text}', 1),
		('key_text', '{text}', 1),
		('bytes', '{bytea}', 1),
		('timestamp', '{timestamptz,timestamp}', 1),
		('enum', '{text}', 1),
		('content', '{text,bytea}', 2),
		('content_flags', '{text}', 2),
		('body', '{bytea}', 1),
		('body_status', '{text}', 1),
		('negated', '{integer,bigint}', 1),
		('constant', NULL, 0),
		('token_invalid', '{boolean}', 1),
		('email_empty', '{boolean}', 1),
		('password_unusable', '{boolean}', 1),
		('inet', '{inet,text}', 1),
		('inet_text', '{inet,text}', 1),
		('uuid', '{uuid,text}', 1),
		('uuid_text', '{uuid,text}', 1),
		('numeric', '{numeric}', 1),
		('date', '{date}', 1),
		('time', '{interval,time}', 1),
		('json', '{json,jsonb}', 1),
		('list', '{text[]}', 1),
		('int_list', '{bigint[]}', 1)
	) AS known (kind, target_types, gathered);
END;
COMMENT ON FUNCTION mwmirror.column_kinds() IS
	'Kinds of column_map.kinds: types of mirror columns they fit (NULL: any, as an expression gives the value) and how many source columns they gather into it.';

CREATE FUNCTION mwmirror.private_reason(source_table text, source_column text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT reason FROM (
		SELECT CASE WHEN p.kind = 'private' AND p.private_when IS NULL THEN p.reason END AS reason, 1 AS place
		FROM mwmirror.column_private AS p
		WHERE p.source_table = private_reason.source_table AND lower(p.source_column) = lower(private_reason.source_column)
		UNION ALL
		(SELECT format('%s, as its name is like %s', n.reason, n.pattern), 2
		FROM mwmirror.private_name AS n
		WHERE lower(private_reason.source_column COLLATE "C") LIKE n.pattern -- in each language the same
		ORDER BY n.pattern LIMIT 1)
	) AS said
	ORDER BY place LIMIT 1
$function$;
COMMENT ON FUNCTION mwmirror.private_reason(text, text) IS
	'Why the values of a source column must not leave MariaDB, by column_private, or, if that does not have it, by private_name; NULL: they may. Args: source table without prefix; its column, in any case.';

CREATE FUNCTION mwmirror.check_mapping()
RETURNS TABLE (problem text, source_table text, target_table text, column_name text, stops boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
WITH mirror_table AS (
	SELECT oid, relname::text AS name
	FROM pg_class
	WHERE relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
), mirror_column AS (
	SELECT t.oid, t.name AS table_name, a.attname::text AS name, a.attnum, a.atttypid::regtype AS type,
		a.attcollation, k.position AS key_position, k.position IS NOT NULL AS in_key, a.atthasdef AS has_default
	FROM mirror_table t
	JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN LATERAL (
		SELECT array_position(i.indkey::smallint[], a.attnum) AS position -- from 0
		FROM pg_index i
		WHERE i.indrelid = t.oid AND i.indisprimary AND a.attnum = ANY (i.indkey::smallint[])
	) k ON true
), mapped AS (
	SELECT m.*, c.type, c.in_key, c.has_default
	FROM mwmirror.column_map m
	LEFT JOIN mirror_column c ON c.table_name = m.target_table AND c.name = m.target_column
), found (problem, source_table, target_table, column_name) AS (
SELECT 'mapped to a table that does not exist', m.source_table, m.target_table, NULL
FROM mwmirror.table_map m
WHERE NOT EXISTS (SELECT FROM mirror_table t WHERE t.name = m.target_table)
UNION ALL
SELECT 'mirror table without a source', NULL, t.name, NULL
FROM mirror_table t
WHERE NOT EXISTS (SELECT FROM mwmirror.table_map m WHERE m.target_table = t.name AND m.row_mode = 'row')
UNION ALL
SELECT 'table both mapped and skipped', s.source_table, NULL, NULL
FROM mwmirror.table_skipped s
WHERE EXISTS (SELECT FROM mwmirror.table_map m WHERE m.source_table = s.source_table)
UNION ALL
SELECT 'mapped to a column that does not exist', m.source_table, m.target_table, m.target_column
FROM mapped m
WHERE m.type IS NULL OR m.target_column IN ('wiki_id', 'ended_at')
UNION ALL
SELECT 'mirror column without a mapping', m.source_table, m.target_table, c.name
FROM mwmirror.table_map m
JOIN mirror_column c ON c.table_name = m.target_table AND c.name NOT IN ('wiki_id', 'ended_at') -- the mirror's own
WHERE m.row_mode = 'row' AND NOT EXISTS (
	SELECT FROM mwmirror.column_map o
	WHERE o.source_table = m.source_table AND o.target_table = m.target_table AND o.target_column = c.name)
UNION ALL
SELECT 'key column without a mapping', m.source_table, m.target_table, c.name
FROM mwmirror.table_map m
JOIN mirror_column c ON c.table_name = m.target_table AND c.in_key AND c.name <> 'wiki_id'
WHERE m.row_mode = 'merge' AND NOT EXISTS (
	SELECT FROM mwmirror.column_map o
	WHERE o.source_table = m.source_table AND o.target_table = m.target_table AND o.target_column = c.name)
UNION ALL
SELECT format('unknown kind %s', kind), m.source_table, m.target_table, m.target_column
FROM mapped m, unnest(m.kinds) AS kind
WHERE kind IS NULL OR kind NOT IN (SELECT known.kind FROM mwmirror.column_kinds() known)
UNION ALL
SELECT format('kind %s does not fit type %s', known.kind, m.type), m.source_table, m.target_table, m.target_column
FROM mapped m
JOIN mwmirror.column_kinds() known ON known.kind = m.kinds[1]
WHERE m.expression IS NULL AND m.type <> ALL (known.target_types)
UNION ALL
SELECT format('kind %s wants %s source columns', known.kind, known.gathered),
	m.source_table, m.target_table, m.target_column
FROM mapped m
JOIN mwmirror.column_kinds() known ON known.kind = m.kinds[1]
WHERE m.expression IS NULL AND cardinality(m.source_columns) <> known.gathered
UNION ALL
SELECT 'constant without an expression', m.source_table, m.target_table, m.target_column
FROM mapped m
WHERE m.kinds[1] = 'constant' AND m.expression IS NULL
UNION ALL
SELECT 'NULL for some versions, but the mirror column has a default or is of the key', m.source_table, m.target_table, m.target_column
FROM mapped m
WHERE m.expression = 'NULL' AND (m.in_key OR m.has_default)
UNION ALL
SELECT format('expression names %%%s of %s source columns', n[1], cardinality(m.source_columns)),
	m.source_table, m.target_table, m.target_column
FROM mapped m, regexp_matches(replace(m.expression, '%%', ''), '%([0-9]+)', 'g') AS n
WHERE n[1]::numeric NOT BETWEEN 1 AND cardinality(m.source_columns)
UNION ALL
SELECT format('expression names %%{%s}, which is none of its source columns', n[1]), m.source_table, m.target_table, m.target_column
FROM mapped m, regexp_matches(replace(m.expression, '%%', ''), '%\{([^}]*)\}', 'g') AS n
WHERE lower(n[1]) <> ALL (lower(m.source_columns::text)::text[])
UNION ALL
SELECT 'text of a key is not key_text', m.source_table, m.target_table, m.target_column
FROM mapped m
WHERE m.in_key AND m.type = 'text'::regtype AND m.expression IS NULL AND m.kinds <> '{key_text}'
UNION ALL
SELECT format('private column %s is read for a column that is not derived: %s', source_column, mwmirror.private_reason(m.source_table, source_column)),
	m.source_table, m.target_table, m.target_column
FROM mapped m, unnest(m.source_columns) AS source_column
WHERE mwmirror.private_reason(m.source_table, source_column) IS NOT NULL AND NOT m.kinds <@ '{token_invalid,email_empty,password_unusable}'
UNION ALL
SELECT format('column %s is private when %s, but not NULL then', p.source_column, p.private_when),
	m.source_table, m.target_table, m.target_column
FROM mapped m
JOIN mwmirror.column_private p ON p.source_table = m.source_table AND lower(p.source_column) = ANY (lower(m.source_columns::text)::text[])
WHERE p.private_when IS NOT NULL AND lower(p.private_when) <> ALL (lower(m.null_when::text)::text[])
UNION ALL
SELECT format('%s columns, and 64 is what can be written beside wiki_id', count(*) - 1), NULL, c.table_name, NULL
FROM mirror_column c
GROUP BY c.table_name
HAVING count(*) > 65
UNION ALL
SELECT format('%s source columns, and 16 is what can be read for one', greatest(cardinality(m.source_columns), cardinality(m.null_when),
		cardinality(m.null_unless), cardinality(m.requires_columns))),
	m.source_table, m.target_table, m.target_column
FROM mapped m
WHERE greatest(cardinality(m.source_columns), cardinality(m.null_when), cardinality(m.null_unless), cardinality(m.requires_columns)) > 16
UNION ALL
SELECT 'wiki_id is not the first column and the first of the key', NULL, c.table_name, c.name
FROM mirror_column c
WHERE (c.attnum = 1) <> (c.name = 'wiki_id') OR (c.key_position = 0 AND c.name <> 'wiki_id')
UNION ALL
SELECT format('neither a primary key nor an index %s_match', t.name), NULL, t.name, NULL
FROM mirror_table t
WHERE NOT EXISTS (SELECT FROM mirror_column c WHERE c.oid = t.oid AND c.in_key)
	AND NOT EXISTS (
		SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
		WHERE i.indrelid = t.oid AND x.relname = t.name || '_match')
UNION ALL
SELECT 'text is not COLLATE "C"', NULL, c.table_name, c.name
FROM mirror_column c
WHERE c.type = 'text'::regtype AND c.attcollation <> 'pg_catalog."C"'::regcollation
)
SELECT f.*, f.problem NOT IN ('mirror table without a source', 'mirror column without a mapping')
FROM found AS f
ORDER BY 3, 2, 4, 1
$function$;
COMMENT ON FUNCTION mwmirror.check_mapping() IS
	'What is wrong with table_map, column_map, column_private and the mirror tables, one row a problem; no row: all fits. stops: follow and snapshot do not begin with it.';
