/*
 * sql/functions/state.sql
 *	  State streams: of each table of the mirror one of all its rows, and one of what everyone may read of them. The module writes what is named
 *	  here (decoder/plugin/entity/states.h); none is on at first.
 */

CREATE FUNCTION mwmirror.state_streams(OUT name text, OUT schema text, OUT private boolean, OUT enabled boolean, OUT key text,
	OUT partitions integer, OUT cleanup text, OUT retention_ms text, OUT compaction_lag_ms text, OUT of_table text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT format('mwmirror.state.%s%s.v1', t.relname, s.suffix), format('/mwmirror/state/%s%s/1.0.0', t.relname, replace(s.suffix, '.', '/')),
		s.private, false, 'own', 1, 'compact', NULL, '86400000', t.relname::text
	FROM (
		SELECT DISTINCT c.relname
		FROM mwmirror.table_map m
		JOIN pg_class c ON c.relname = m.target_table AND c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')
		JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts > 1
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.attname = 'wiki_id'
		WHERE c.relname <> 'content_body' -- bodies are in page_content_change, and may not be stored
	) t
	CROSS JOIN (VALUES ('', false), ('.private', NULL::boolean)) s (suffix, private)
	WHERE s.private IS NULL OR EXISTS (SELECT FROM mwmirror.public_table p WHERE p.table_name = t.relname AND p.in_stream)
	ORDER BY t.relname, s.private NULLS LAST
$function$;
COMMENT ON FUNCTION mwmirror.state_streams() IS
	'The state streams that there can be, as mwmirror.stream_defaults() has the others: of each table that is mirrored and has a key one of its rows as they are (private is NULL: of all wikis), and one of its public rows, if mwmirror.public_table says so.';

CREATE FUNCTION mwmirror.state_type_schema(of_type regtype, nullable boolean)
RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT jsonb_build_object('type', CASE WHEN nullable THEN to_jsonb(ARRAY[t.json, 'null']) ELSE to_jsonb(t.json) END) || t.more
	FROM (SELECT CASE
			WHEN of_type IN ('smallint', 'integer', 'bigint') THEN 'integer'
			WHEN of_type = 'boolean'::regtype THEN 'boolean'
			ELSE 'string'
		END, CASE of_type
			WHEN 'timestamptz'::regtype THEN '{"pattern": "^(-?infinity|\\d{4,}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|\\+00:00 BC))$"}'::jsonb
			WHEN 'bytea'::regtype THEN '{"pattern": "^[A-Za-z0-9+/]*={0,2}$", "contentEncoding": "base64"}'
			ELSE '{}'
		END) t (json, more)
	WHERE of_type NOT IN ('real', 'double precision')
	UNION ALL
	SELECT jsonb_build_object('type', to_jsonb(ARRAY['number', 'string'] || CASE WHEN nullable THEN ARRAY['null'] ELSE '{}' END)) -- not finite: a string
	WHERE of_type IN ('real', 'double precision')
$function$;
COMMENT ON FUNCTION mwmirror.state_type_schema(regtype, boolean) IS
	'JSON schema of a column in state topics.';

CREATE FUNCTION mwmirror.state_member_schema(shown text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT jsonb_build_object('type', '["object", "null"]'::jsonb, 'additionalProperties', false, 'required', (SELECT jsonb_agg(k) FROM jsonb_object_keys(m.members) k), 'properties', m.members)
	FROM (VALUES
		('user', '{"actor_id": {"type": "integer"}, "user_id": {"type": ["integer", "null"]}, "user_name": {"type": ["string", "null"]}}'::jsonb),
		('target', '{"namespace": {"type": ["integer", "null"]}, "title": {"type": ["string", "null"]}}'),
		('blocked', '{"bt_id": {"type": "integer"}, "bt_address": {"type": ["string", "null"]}, "bt_user": {"type": ["integer", "null"]},
			"bt_user_text": {"type": ["string", "null"]}, "bt_auto": {"type": ["boolean", "null"]}, "bt_range_start": {"type": ["string", "null"]},
			"bt_range_end": {"type": ["string", "null"]}}')
	) m (shown, members)
	WHERE m.shown = state_member_schema.shown
	UNION ALL
	SELECT '{"type": ["object", "null"], "additionalProperties": {"type": "object", "additionalProperties": false,
		"required": ["slot_content_id", "slot_origin", "content_size", "content_sha1", "content_model"],
		"properties": {"slot_content_id": {"type": ["integer", "null"]}, "slot_origin": {"type": ["integer", "null"]}, "content_size": {"type": ["integer", "null"]},
			"content_sha1": {"type": ["string", "null"]}, "content_model": {"type": ["string", "null"]}}}}'
	WHERE shown = 'slots'
	UNION ALL
	SELECT '{"type": ["string", "null"]}' WHERE shown IN ('comment', 'tag')
	UNION ALL
	SELECT '{"type": "null"}' WHERE shown = 'null'
$function$;
COMMENT ON FUNCTION mwmirror.state_member_schema(text) IS
	'JSON schema of a member of public_column in state topics, by its shown.';

CREATE FUNCTION mwmirror.state_schema(stream text)
RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH stream AS (
		SELECT d.schema, d.private, d.of_table, c.oid AS relation
		FROM mwmirror.state_streams() d
		JOIN pg_class c ON c.relname = d.of_table AND c.relnamespace = 'mediawiki'::regnamespace -- who asks need not have USAGE of that schema
		WHERE d.name = state_schema.stream
	), member (name, schema) AS (
		SELECT a.attname, mwmirror.state_type_schema(a.atttypid, a.attname <> 'wiki_id' AND NOT a.attnum = ANY (i.indkey::smallint[]))
		FROM stream s
		JOIN pg_attribute a ON a.attrelid = s.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		JOIN pg_index i ON i.indrelid = s.relation AND i.indisprimary
		WHERE s.private IS NULL OR a.attname = 'wiki_id'
		UNION ALL
		SELECT c.column_name, CASE WHEN c.shown = 'value' THEN mwmirror.state_type_schema(a.atttypid, true) ELSE mwmirror.state_member_schema(c.shown) END
		FROM stream s
		JOIN mwmirror.public_column c ON c.table_name = s.of_table
		LEFT JOIN pg_attribute a ON a.attrelid = s.relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped
		WHERE NOT s.private AND (a.attname IS NOT NULL OR c.shown NOT IN ('value', 'null'))
	)
	SELECT jsonb_build_object('$schema', 'http://json-schema.org/draft-07/schema#', '$id', s.schema, 'type', 'object', 'additionalProperties', false,
		'description', CASE WHEN s.private IS NULL THEN 'A row of ' ELSE 'What everyone may read of a row of ' END || s.of_table,
		'required', (SELECT jsonb_agg(name ORDER BY name) FROM (SELECT name FROM member UNION ALL VALUES ('$schema'), ('meta')) r),
		'properties', (SELECT jsonb_object_agg(name, schema) FROM member) || jsonb_build_object('$schema', jsonb_build_object('const', s.schema), 'meta',
			'{"type": "object", "required": ["stream", "id", "request_id", "dt"], "additionalProperties": false, "properties": {"stream": {"type": "string"},
				"id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}, "request_id": {"type": "string"}, "domain": {"type": "string", "minLength": 1},
				"dt": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"}}}'::jsonb))
	FROM stream s
$function$;
COMMENT ON FUNCTION mwmirror.state_schema(text) IS
	'JSON schema of the messages of a state stream that are no tombstones, as the mirror''s tables and mwmirror.public_column are now. Arg: name. NULL: there is no such stream.';
