/*
 * sql/functions/public.sql
 *	  SQL that reads what public_table and public_column say is public. All names and values in its text come from catalogs and from those two
 *	  tables, quoted by format().
 */

CREATE FUNCTION mwmirror.state_value(of_alias text, of_column text, of_type regtype)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT format(CASE
			WHEN of_type = 'timestamptz'::regtype THEN
				'CASE WHEN isfinite(%1$I.%2$I) THEN to_char(%1$I.%2$I AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS"Z"'') ELSE %1$I.%2$I::text END'
			WHEN of_type = 'bytea'::regtype THEN 'translate(encode(%1$I.%2$I, ''base64''), chr(10), '''')'
			WHEN of_type IN ('numeric', 'json', 'jsonb', 'text[]', 'bigint[]') THEN '%1$I.%2$I::text'
			ELSE '%1$I.%2$I'
		END, of_alias, of_column)
$function$;
COMMENT ON FUNCTION mwmirror.state_value(text, text, regtype) IS
	'SQL that gives a column as state topics have it: times as RFC 3339 in UTC, or infinity; bytea as base64; numeric, JSON and arrays as their text; others as they are.';

CREATE FUNCTION mwmirror.public_member(of_alias text, shown_as text, of_column text, of_schema text DEFAULT 'mediawiki')
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT format(CASE shown_as
			WHEN 'comment' THEN '(SELECT c.comment_text FROM %3$I.comment c WHERE c.wiki_id = %1$I.wiki_id AND c.comment_id = %1$I.%2$I)'
			WHEN 'user' THEN '(SELECT jsonb_build_object(''actor_id'', a.actor_id, ''user_id'', a.actor_user, ''user_name'', a.actor_name)'
				' FROM %3$I.actor a WHERE a.wiki_id = %1$I.wiki_id AND a.actor_id = %1$I.%2$I)'
			WHEN 'slots' THEN '(SELECT coalesce(jsonb_object_agg(r.role_name, jsonb_build_object(''slot_content_id'', s.slot_content_id,'
				' ''slot_origin'', s.slot_origin, ''content_size'', c.content_size, ''content_sha1'', c.content_sha1, ''content_model'', m.model_name)), ''{}'')'
				' FROM %3$I.slots s'
				' JOIN %3$I.slot_roles r ON r.wiki_id = s.wiki_id AND r.role_id = s.slot_role_id'
				' LEFT JOIN %3$I.content c ON c.wiki_id = s.wiki_id AND c.content_id = s.slot_content_id'
				' LEFT JOIN %3$I.content_models m ON m.wiki_id = s.wiki_id AND m.model_id = c.content_model'
				' WHERE s.wiki_id = %1$I.wiki_id AND s.slot_revision_id = %1$I.%2$I)'
			WHEN 'target' THEN '(SELECT jsonb_build_object(''namespace'', l.lt_namespace, ''title'', l.lt_title)'
				' FROM %3$I.linktarget l WHERE l.wiki_id = %1$I.wiki_id AND l.lt_id = %1$I.%2$I)'
			WHEN 'tag' THEN '(SELECT d.ctd_name FROM %3$I.change_tag_def d WHERE d.wiki_id = %1$I.wiki_id AND d.ctd_id = %1$I.%2$I)'
			WHEN 'blocked' THEN '(SELECT jsonb_build_object(''bt_id'', b.bt_id, ''bt_address'', b.bt_address, ''bt_user'', b.bt_user,'
				' ''bt_user_text'', b.bt_user_text, ''bt_auto'', b.bt_auto, ''bt_range_start'', b.bt_range_start, ''bt_range_end'', b.bt_range_end)'
				' FROM %3$I.block_target b WHERE b.wiki_id = %1$I.wiki_id AND b.bt_id = %1$I.%2$I)'
		END, of_alias, of_column, of_schema)
$function$;
COMMENT ON FUNCTION mwmirror.public_member(text, text, text, text) IS
	'SQL that gives a member of public_column, by its shown and source_column, from tables in a schema.';

CREATE FUNCTION mwmirror.public_hidden(of_alias text, bits_column text, bits integer)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE WHEN bits_column IS NULL OR bits = 0 THEN 'false' ELSE format('mwmirror.has_bits(%s%I, %s)', coalesce(quote_ident(of_alias) || '.', ''), bits_column, bits) END
$function$;
COMMENT ON FUNCTION mwmirror.public_hidden(text, text, integer) IS
	'SQL that is true if any of the bits is set. Args: alias, NULL: none is needed; column, NULL: there are no bits; bits.';

CREATE FUNCTION mwmirror.public_column_hidden(of_table text, of_alias text, of_column text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT mwmirror.public_hidden(of_alias, t.bits_column, c.hidden_by) || CASE
			WHEN c.hidden_with IS NULL THEN ''
			-- of a table that is not public any more nothing is told
			WHEN o.table_name IS NULL THEN ' OR true'
			ELSE format(' OR coalesce((SELECT %5$s FROM mediawiki.%1$I w WHERE w.wiki_id = %2$I.wiki_id AND w.%3$I = %2$I.%4$I LIMIT 1), false)', o.table_name,
				coalesce(of_alias, of_table), c.hidden_with[2], c.hidden_with[3], mwmirror.public_hidden('w', o.bits_column, c.hidden_by))
		END
	FROM mwmirror.public_column c
	JOIN mwmirror.public_table t USING (table_name)
	LEFT JOIN mwmirror.public_table o ON o.table_name = c.hidden_with[1]
	WHERE c.table_name = of_table AND c.column_name = of_column
$function$;
COMMENT ON FUNCTION mwmirror.public_column_hidden(text, text, text) IS
	'SQL that is true if a column or member of public_column is hidden in a public row. Args: table; its alias, NULL: none is needed; column.';

CREATE FUNCTION mwmirror.public_shown(of_table text, of_alias text, of_column text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE
			WHEN c.shown = 'null' THEN format('NULL::%s', format_type(a.atttypid, a.atttypmod))
			WHEN c.hidden_by = 0 THEN v.value
			ELSE format('CASE WHEN %s THEN %s ELSE %s END', mwmirror.public_column_hidden(of_table, of_alias, of_column),
				coalesce(format('%L::%s', c.hidden_as, format_type(a.atttypid, a.atttypmod)), 'NULL'), v.value)
		END
	FROM mwmirror.public_column c
	JOIN mwmirror.public_table t USING (table_name)
	JOIN pg_attribute a ON a.attrelid = to_regclass(format('mediawiki.%I', of_table)) AND a.attname = of_column AND a.attnum > 0 AND NOT a.attisdropped
	CROSS JOIN LATERAL (SELECT coalesce(quote_ident(of_alias) || '.', '') || quote_ident(of_column)) AS v (value)
	WHERE c.table_name = of_table AND c.column_name = of_column AND c.shown IN ('value', 'null')
$function$;
COMMENT ON FUNCTION mwmirror.public_shown(text, text, text) IS
	'SQL that gives a column of a public row as public views show it: an index on it serves them. NULL: it is not shown. Args: mirror table; its alias, NULL: none is needed; column.';

CREATE FUNCTION mwmirror.public_row_rule(of_table text, of_alias text, of_column text, rule text, of_values text[], of_schema text DEFAULT 'mediawiki')
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	c mwmirror.public_column;
	value text := format('%I.%I::text', of_alias, of_column); -- SQL
	or_null text := ' OR ' || value || ' IS NULL'; -- a column that is NULL is as good as empty, a member that is not there is not
	fits text;
	is_flag CONSTANT boolean := EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(format('mediawiki.%I', of_table)) AND attname = of_column AND atttypid = 'boolean'::regtype);
BEGIN
	SELECT * INTO c FROM mwmirror.public_column p WHERE p.table_name = of_table AND p.column_name = of_column;
	IF c.shown NOT IN ('value', 'null') THEN
		value := CASE c.shown WHEN 'tag' THEN 'd.ctd_name' ELSE mwmirror.public_member(of_alias, c.shown, c.source_column, of_schema) END;
		or_null := '';
	END IF;
	fits := CASE rule
		WHEN 'zero' THEN CASE WHEN is_flag THEN format('%I.%I IS NOT TRUE', of_alias, of_column) ELSE format('(%s IN (''0'', ''false'', '''')%s)', value, or_null) END
		-- by the column itself where that will do: of an expression the planner has no statistics
		WHEN 'one_of' THEN CASE WHEN '' = ANY (of_values) THEN format('(%s = ANY (%L::text[])%s)', value, of_values, or_null) ELSE format('%s = ANY (%L::text[])', value, of_values) END
		WHEN 'none_like' THEN format('%s NOT LIKE ALL (%L::text[])', CASE or_null WHEN '' THEN value ELSE format('coalesce(%s, '''')', value) END, of_values)
	END;
	IF c.shown = 'tag' AND rule = 'none_like' AND of_schema = 'mwmirror_all' THEN
		-- a policy is asked for each row
		RETURN format('mwmirror.has_public_tag(%L, %I.wiki_id, %2$I.%I)', of_table, of_alias, c.source_column);
	ELSIF c.shown = 'tag' THEN
		RETURN format('EXISTS (SELECT FROM %I.change_tag_def d WHERE d.wiki_id = %I.wiki_id AND d.ctd_id = %2$I.%I AND %s)', of_schema, of_alias, c.source_column, fits);
	END IF;
	RETURN fits;
END
$function$;
COMMENT ON FUNCTION mwmirror.public_row_rule(text, text, text, text, text[], text) IS
	'SQL that is true of a row that fits a rule of public_table other than referred.';

CREATE FUNCTION mwmirror.public_not_of_hidden(of_table text, of_alias text, of_column text, of_schema text DEFAULT 'mediawiki')
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	target text; -- the column with the id of a block's target
BEGIN
	SELECT p.source_column INTO target FROM mwmirror.public_column p WHERE p.table_name = of_table AND p.column_name = of_column AND p.shown = 'blocked';
	IF NOT FOUND THEN
		RETURN format('NOT EXISTS (SELECT FROM %3$I.block_target h JOIN %3$I.block x ON x.wiki_id = h.wiki_id AND x.bl_target = h.bt_id AND x.bl_deleted'
			' WHERE h.wiki_id = %1$I.wiki_id AND h.bt_user = %1$I.%2$I)', of_alias, of_column, of_schema);
	END IF;
	-- a target that is not there may be anybody's. Few are hidden: so asked, they are a set that is read once, where many rows ask
	RETURN format('EXISTS (SELECT FROM %3$I.block_target g WHERE g.wiki_id = %1$I.wiki_id AND g.bt_id = %1$I.%2$I)'
		' AND NOT EXISTS (SELECT FROM %3$I.block_target g JOIN %3$I.block_target h ON h.wiki_id = g.wiki_id AND h.bt_user = g.bt_user'
		' JOIN %3$I.block x ON x.wiki_id = h.wiki_id AND x.bl_target = h.bt_id AND x.bl_deleted WHERE g.wiki_id = %1$I.wiki_id AND g.bt_id = %1$I.%2$I)',
		of_alias, target, of_schema);
END
$function$;
COMMENT ON FUNCTION mwmirror.public_not_of_hidden(text, text, text, text) IS
	'SQL that is true if no block hides the account of a row, by public_table.of_hidden_users.';

CREATE FUNCTION mwmirror.public_tells_no_more(of_table text, of_alias text, of_schema text DEFAULT 'mediawiki')
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	-- a subquery for a row: EXISTS would be planned to read all of the other table
	SELECT string_agg(format('coalesce((SELECT coalesce(m.%1$I, 0) & ~coalesce(%2$I.%3$I, 0) = 0 FROM %4$I.%5$I m WHERE m.wiki_id = %2$I.wiki_id AND m.%6$I = %2$I.%7$I LIMIT 1), true)',
		o.bits_column, of_alias, t.bits_column, of_schema, o.table_name, t.tells_of[n][2], t.tells_of[n][3]), ' AND ' ORDER BY n)
	FROM mwmirror.public_table t
	CROSS JOIN generate_subscripts(t.tells_of, 1) AS n
	JOIN mwmirror.public_table o ON o.table_name = t.tells_of[n][1] AND o.bits_column IS NOT NULL
	WHERE t.table_name = of_table
$function$;
COMMENT ON FUNCTION mwmirror.public_tells_no_more(text, text, text) IS
	'SQL that is true if a row does not show what rows hide of which it tells, by public_table.tells_of. NULL: it tells of none.';

CREATE FUNCTION mwmirror.public_condition(of_table text, of_alias text, of_schema text DEFAULT 'mediawiki', of_blocks boolean DEFAULT true)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	t mwmirror.public_table;
	of_relation CONSTANT regclass := to_regclass(format('mediawiki.%I', of_table));
	missing text;
	rules text[] := '{}';
BEGIN
	SELECT * INTO t FROM mwmirror.public_table p WHERE p.table_name = of_table;
	IF NOT FOUND THEN
		RETURN 'false';
	END IF;
	SELECT n.name INTO missing FROM unnest(ARRAY[t.row_column, t.also_column, t.of_hidden_users]) WITH ORDINALITY AS n (name, ordinal)
	WHERE NOT EXISTS (SELECT FROM mwmirror.public_column c WHERE c.table_name = of_table AND c.column_name = n.name AND c.shown NOT IN ('value', 'null'))
		AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = of_relation AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped)
		AND n.name IS NOT NULL AND of_relation IS NOT NULL
	ORDER BY n.ordinal LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'rows of table "%" are public by "%", which is no column of it, and no member in public_column', of_table, missing
			USING ERRCODE = 'undefined_object', HINT = 'Put its row of mwmirror.public_column back, or delete the table''s of mwmirror.public_table, which hides all of it.';
	END IF;
	IF t.row_rule = 'referred' THEN
		rules := rules || mwmirror.public_referred(of_table, of_alias, t.row_column, t.row_values, of_schema);
	ELSIF t.row_rule IS NOT NULL THEN
		rules := rules || mwmirror.public_row_rule(of_table, of_alias, t.row_column, t.row_rule, t.row_values, of_schema);
	END IF;
	IF t.also_rule IS NOT NULL THEN
		rules := rules || mwmirror.public_row_rule(of_table, of_alias, t.also_column, t.also_rule, t.also_values, of_schema);
	END IF;
	IF t.of_hidden_users IS NOT NULL AND of_blocks THEN
		rules := rules || mwmirror.public_not_of_hidden(of_table, of_alias, t.of_hidden_users, of_schema);
	END IF;
	IF t.tells_of IS NOT NULL THEN
		rules := rules || mwmirror.public_tells_no_more(of_table, of_alias, of_schema);
	END IF;
	RETURN coalesce(nullif(array_to_string(rules, ' AND '), ''), 'true');
END
$function$;
COMMENT ON FUNCTION mwmirror.public_condition(text, text, text, boolean) IS
	'SQL that is true of the rows of a mirror table that are public, whether its wiki is or not. Args: table; its alias; schema of the tables that are asked; false: blocks that hide an account are left out. Errors: 42704 if a rule asks what is not there.';

CREATE FUNCTION mwmirror.public_ways(of_table text, of_alias text, of_column text, of_values text[], of_schema text, OUT way text, OUT only_if text, OUT place bigint)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH embedding (shown, embedded, path, via, alone) AS ( -- how a row of a table is found from the id, %1$s, in a row o that embeds it; only of table alone
		VALUES
			('comment', 'comment', '%1$s = %2$I.comment_id', '', NULL),
			('user', 'actor', '%1$s = %2$I.actor_id', '', NULL),
			('slots', 'slots', '%1$s = %2$I.slot_revision_id', '', NULL),
			('slots', 'content', 's.slot_content_id = %2$I.content_id AND %1$s = s.slot_revision_id', ' JOIN %I.slots s ON s.wiki_id = o.wiki_id', NULL),
			('slots', 'content_body', 's.slot_content_id = %2$I.content_id AND %1$s = s.slot_revision_id', ' JOIN %I.slots s ON s.wiki_id = o.wiki_id', 'revision'),
			('target', 'linktarget', '%1$s = %2$I.lt_id', '', NULL),
			('tag', 'change_tag_def', '%1$s = %2$I.ctd_id', '', NULL),
			('blocked', 'block_target', '%1$s = %2$I.bt_id', '', NULL)
	), apart (table_name, rule) AS ( -- which rows alone a table refers to: others need not be looked for in it
		VALUES
			('imagelinks', '%I.lt_namespace = 6'),
			('categorylinks', '%I.lt_namespace = 14')
	), way AS ( -- the id as views show it: of that there are indexes
		SELECT c.table_name, c.hidden_by, c.shown = 'blocked' AS asks_blocks, format(e.path, coalesce(mwmirror.public_shown(c.table_name, 'o', c.source_column), format('o.%I', c.source_column)), of_alias) AS path, format(e.via, of_schema) AS via
		FROM mwmirror.public_column c
		JOIN embedding e USING (shown)
		WHERE e.embedded = of_table AND c.table_name = coalesce(e.alone, c.table_name)
		UNION ALL
		SELECT of_values[1], coalesce((SELECT c.hidden_by FROM mwmirror.public_column c WHERE c.table_name = of_values[1] AND c.column_name = of_values[3]), 0),
			(SELECT p.of_hidden_users = of_values[2] FROM mwmirror.public_table p WHERE p.table_name = of_values[1]),
			format('o.%I = %I.%I', of_values[2], of_alias, of_column), ''
		WHERE of_values IS NOT NULL
	)
	SELECT format('FROM %1$I.%2$I o%3$s WHERE o.wiki_id = %4$I.wiki_id AND %5$s AND NOT (%6$s) AND %7$s', of_schema, t.table_name, way.via, of_alias, way.path,
			mwmirror.public_hidden('o', t.bits_column, way.hidden_by),
			-- the row that asks has looked at the blocks of this account itself
			mwmirror.public_condition(t.table_name, 'o', of_schema, asks.of_hidden_users IS NULL OR way.asks_blocks IS NOT TRUE)),
		format(apart.rule, of_alias),
		-- what most are found by is first
		row_number() OVER (ORDER BY t.table_name IS DISTINCT FROM of_values[1], apart.rule IS NULL,
			coalesce(array_position('{revision,pagelinks,logging,templatelinks}', t.table_name), 9), t.table_name, way.path)
	FROM way
	LEFT JOIN apart USING (table_name)
	JOIN mwmirror.public_table t USING (table_name)
	JOIN mwmirror.public_table asks ON asks.table_name = of_table
	WHERE t.row_rule IS DISTINCT FROM 'referred'
$function$;
COMMENT ON FUNCTION mwmirror.public_ways(text, text, text, text[], text) IS
	'Of a row that others show: SQL from FROM on, each of the rows of another table that are public and show it; and SQL that is true of the rows that may be found there, NULL: all.';

CREATE FUNCTION mwmirror.public_referred(of_table text, of_alias text, of_column text, of_values text[], of_schema text DEFAULT 'mediawiki')
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	-- LIMIT, not EXISTS: that would be planned to read and hash all of a table, such as revision, for a few rows that are asked about. The first that is true ends the search
	SELECT coalesce('(' || string_agg(concat(w.only_if || ' AND ', format('coalesce((SELECT true %s LIMIT 1), false)', w.way)), ' OR ' ORDER BY w.place) || ')', 'false')
	FROM mwmirror.public_ways(of_table, of_alias, of_column, of_values, of_schema) AS w
$function$;
COMMENT ON FUNCTION mwmirror.public_referred(text, text, text, text[], text) IS
	'SQL that is true of a row that a public row of another table shows.';

CREATE FUNCTION mwmirror.public_of_part(of_table text, rows_query text, part text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	t mwmirror.public_table;
	ways text;
BEGIN
	SELECT * INTO t FROM mwmirror.public_table p WHERE p.table_name = of_table;
	IF t.row_rule IS DISTINCT FROM 'referred' THEN
		RETURN rows_query;
	END IF;
	SELECT string_agg(format('SELECT t.tableoid, t.ctid FROM mediawiki.%I t, %s AND %s', of_table, substring(w.way FROM 6), concat_ws(' AND ', part, w.only_if)), ' UNION ALL ' ORDER BY w.place) INTO ways
		FROM mwmirror.public_ways(of_table, 't', t.row_column, t.row_values, 'mediawiki') AS w;
	RETURN replace(rows_query, mwmirror.public_referred(of_table, 't', t.row_column, t.row_values), coalesce(format('(t.tableoid, t.ctid) IN (%s)', ways), 'false'));
END
$function$;
COMMENT ON FUNCTION mwmirror.public_of_part(text, text, text) IS
	'A query for public rows, made for many of them: those that others show are found by joins, once, not each by itself, which without the indexes of the set replica would take as long as there are rows of both. Args: table, t in the query; query; SQL that is true of the rows t that are wanted.';

CREATE FUNCTION mwmirror.public_rows_query(table_name text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	columns text;
BEGIN
	IF NOT EXISTS (SELECT FROM mwmirror.public_table p WHERE p.table_name = public_rows_query.table_name) THEN
		RAISE EXCEPTION 'nothing of table "%" is public', table_name
			USING ERRCODE = 'no_data_found', HINT = 'SELECT table_name FROM mwmirror.public_table';
	END IF;
	SELECT string_agg(format(CASE WHEN c.hidden_by <> 0 THEN 'CASE WHEN %3$s THEN %4$s ELSE %1$s END AS %2$I' ELSE '%1$s AS %2$I' END,
			CASE c.shown
				WHEN 'value' THEN mwmirror.state_value('t', a.attname, a.atttypid)
				WHEN 'null' THEN 'NULL::' || a.atttypid::regtype
				ELSE mwmirror.public_member('t', c.shown, c.source_column)
			END, c.column_name, mwmirror.public_column_hidden(c.table_name, 't', c.column_name), coalesce(quote_literal(c.hidden_as), 'NULL')), ', ' ORDER BY c.ordinal)
		INTO columns
		FROM mwmirror.public_column c
		LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(format('mediawiki.%I', c.table_name)) AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.table_name = public_rows_query.table_name AND (a.attname IS NOT NULL OR c.shown NOT IN ('value', 'null'));
	RETURN format('SELECT t.wiki_id%s FROM mediawiki.%I t WHERE t.wiki_id IN (SELECT w.wiki_id FROM mwmirror.wiki w WHERE NOT w.private) AND %s',
		coalesce(', ' || columns, ''), table_name, mwmirror.public_condition(table_name, 't'));
END
$function$;
COMMENT ON FUNCTION mwmirror.public_rows_query(text) IS
	'The query that gives the public rows of a mirror table, of all wikis that are not private, as the state topic mwmirror.state.<table>.v1 has them: SELECT to_jsonb(r) FROM (...) r.';

CREATE FUNCTION mwmirror.private_rows_query(table_name text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT format('SELECT %s FROM mediawiki.%I t', string_agg(format('%s AS %I', mwmirror.state_value('t', attname, atttypid), attname), ', ' ORDER BY attnum), table_name)
	FROM pg_attribute
	WHERE attrelid = to_regclass(format('mediawiki.%I', table_name)) AND attnum > 0 AND NOT attisdropped
$function$;
COMMENT ON FUNCTION mwmirror.private_rows_query(text) IS
	'The query that gives all rows of a mirror table, of all wikis, as the state topic mwmirror.state.<table>.private.v1 has them.';

CREATE FUNCTION mwmirror.public_rules(OUT table_name text, OUT column_name text, OUT rule text, OUT reason text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH mirrored AS (
		SELECT c.relname::text AS table_name, a.attname::text AS column_name, a.attnum
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'wiki_id'
		WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')
	), words (rule, words) AS (
		VALUES ('zero', '%1$s is zero'), ('one_of', '%1$s is one of %2$s'), ('none_like', '%1$s is like none of %2$s'), ('referred', 'a public row shows its %1$s')
	), said AS (
		SELECT t.table_name, NULL AS column_name, 0 AS place,
			concat_ws('; ', CASE WHEN t.in_stream THEN 'stream and view' ELSE 'view' END,
				'rows: ' || coalesce(nullif(concat_ws(', and ',
					(SELECT format(w.words, t.row_column, array_to_string(t.row_values, ', ')) FROM words w WHERE w.rule = t.row_rule)
						|| CASE WHEN t.row_rule = 'referred' AND t.row_values IS NOT NULL THEN format(', or it is a shown %s', array_to_string(t.row_values, '.')) ELSE '' END,
					(SELECT format(w.words, t.also_column, array_to_string(t.also_values, ', ')) FROM words w WHERE w.rule = t.also_rule),
					'no block hides the account ' || t.of_hidden_users,
					(SELECT string_agg(format('%s.%s = %s hides no more', t.tells_of[n][1], t.tells_of[n][2], t.tells_of[n][3]), ', and ' ORDER BY n) FROM generate_subscripts(t.tells_of, 1) AS n)
					), ''), 'all')) AS rule, t.reason
		FROM mwmirror.public_table t
		UNION ALL
		SELECT c.table_name, c.column_name, c.ordinal,
			concat_ws('; ', CASE c.shown WHEN 'value' THEN 'shown' WHEN 'null' THEN 'NULL' ELSE format('%s of %s', c.shown, c.source_column) END,
				CASE WHEN c.hidden_by <> 0 THEN format('%s if %s & %s', coalesce(c.hidden_as, 'NULL'), t.bits_column, c.hidden_by) END
				|| coalesce(format(', or that of %s.%s = %s', c.hidden_with[1], c.hidden_with[2], c.hidden_with[3]), '')), c.reason
		FROM mwmirror.public_column c
		JOIN mwmirror.public_table t USING (table_name)
		UNION ALL
		SELECT DISTINCT m.table_name, NULL, 0, 'hidden', NULL
		FROM mirrored m
		WHERE NOT EXISTS (SELECT FROM mwmirror.public_table t WHERE t.table_name = m.table_name)
		UNION ALL
		SELECT m.table_name, m.column_name, 1000 + m.attnum, 'hidden', NULL
		FROM mirrored m
		WHERE EXISTS (SELECT FROM mwmirror.public_table t WHERE t.table_name = m.table_name)
			AND NOT EXISTS (SELECT FROM mwmirror.public_column c WHERE c.table_name = m.table_name AND c.column_name = m.column_name)
	)
	SELECT s.table_name, s.column_name, s.rule, s.reason FROM said s ORDER BY s.table_name, s.place
$function$;
COMMENT ON FUNCTION mwmirror.public_rules() IS
	'What everyone may read of each mirror table (column_name NULL) and column, in words, and what says so.';

CREATE FUNCTION mwmirror.check_public()
RETURNS TABLE (problem text, table_name text, column_name text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH mirrored AS (
		SELECT c.relname::text AS table_name, a.attname::text AS column_name, coalesce(a.attnum = ANY (i.indkey::smallint[]), false) AS in_key
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')
	), named AS ( -- columns of the mirror that rules name
		SELECT t.table_name, n.column_name, 'rows are public by what is no column and no member: put it back, or delete the row of public_table' AS problem
		FROM mwmirror.public_table t, unnest(ARRAY[t.row_column, t.also_column, t.of_hidden_users]) AS n (column_name)
		WHERE NOT EXISTS (SELECT FROM mwmirror.public_column c WHERE c.table_name = t.table_name AND c.column_name = n.column_name AND c.shown NOT IN ('value', 'null'))
		UNION ALL
		SELECT n.*, 'a rule names a column that does not exist' FROM (
			SELECT t.table_name, t.bits_column FROM mwmirror.public_table t
			UNION ALL
			SELECT c.table_name, CASE WHEN c.shown IN ('value', 'null') THEN c.column_name ELSE c.source_column END FROM mwmirror.public_column c
			UNION ALL
			SELECT t.row_values[1], t.row_values[2] FROM mwmirror.public_table t WHERE t.row_rule = 'referred' AND t.row_values IS NOT NULL
			UNION ALL
			SELECT o.* FROM mwmirror.public_table t, generate_subscripts(t.tells_of, 1) AS n, LATERAL (VALUES (t.tells_of[n][1], t.tells_of[n][2]), (t.table_name, t.tells_of[n][3])) AS o
			UNION ALL
			SELECT n.* FROM mwmirror.public_column c, LATERAL (VALUES (c.hidden_with[1], c.hidden_with[2]), (c.table_name, c.hidden_with[3])) AS n WHERE c.hidden_with IS NOT NULL
		) AS n
	)
	SELECT n.problem, n.table_name, n.column_name
	FROM named n
	WHERE n.column_name IS NOT NULL
		AND NOT EXISTS (SELECT FROM mirrored m WHERE m.table_name = n.table_name AND m.column_name = n.column_name)
	UNION ALL
	SELECT 'columns of a table that is not public', c.table_name, c.column_name
	FROM mwmirror.public_column c
	WHERE NOT EXISTS (SELECT FROM mwmirror.public_table t WHERE t.table_name = c.table_name)
	UNION ALL
	SELECT 'a member has the name of a column', c.table_name, c.column_name
	FROM mwmirror.public_column c
	JOIN mirrored m USING (table_name, column_name)
	WHERE c.shown NOT IN ('value', 'null')
	UNION ALL
	SELECT 'hidden by bits of a table that has none', c.table_name, c.column_name
	FROM mwmirror.public_column c
	JOIN mwmirror.public_table t USING (table_name)
	WHERE c.hidden_by <> 0 AND t.bits_column IS NULL
	UNION ALL
	SELECT 'hidden with a row of a table that has no bits', c.table_name, c.column_name
	FROM mwmirror.public_column c
	WHERE c.hidden_with IS NOT NULL AND NOT EXISTS (SELECT FROM mwmirror.public_table o WHERE o.table_name = c.hidden_with[1] AND o.bits_column IS NOT NULL)
	UNION ALL
	SELECT 'tells of a table that has no bits', t.table_name, t.tells_of[n][1]
	FROM mwmirror.public_table t, generate_subscripts(t.tells_of, 1) AS n
	WHERE NOT EXISTS (SELECT FROM mwmirror.public_table o WHERE o.table_name = t.tells_of[n][1] AND o.bits_column IS NOT NULL)
	UNION ALL
	SELECT 'hidden with a row of another table, which streams do not know', c.table_name, c.column_name
	FROM mwmirror.public_column c
	JOIN mwmirror.public_table t USING (table_name)
	WHERE c.hidden_with IS NOT NULL AND t.in_stream
	UNION ALL
	SELECT 'a stream of a table without a key that begins with wiki_id, or that hides a part of it', t.table_name, NULL
	FROM mwmirror.public_table t
	WHERE t.in_stream AND (NOT EXISTS (SELECT FROM mirrored m WHERE m.table_name = t.table_name AND m.column_name = 'wiki_id' AND m.in_key)
		OR EXISTS (SELECT FROM mirrored m WHERE m.table_name = t.table_name AND m.in_key AND m.column_name <> 'wiki_id'
			AND NOT EXISTS (SELECT FROM mwmirror.public_column c
				WHERE c.table_name = m.table_name AND c.column_name = m.column_name AND c.shown = 'value' AND c.hidden_by = 0)))
	ORDER BY 2, 3, 1
$function$;
COMMENT ON FUNCTION mwmirror.check_public() IS
	'What is wrong with public_table and public_column, one row a problem; no row: all fits.';
