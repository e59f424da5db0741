/*
 * sql/functions/views.sql
 *	  Public views: for a wiki a schema <wiki_id>_p with MediaWiki's tables as everyone may read them, and mediawiki_p of all wikis. Made of
 *	  public_table and public_column, as state topics are, and only where they are asked for.
 *
 * Rows are hidden by row level security of the mirror tables, to which the views' owner mwmirror_views is subject; columns by masks in the views, which
 * are plain: a security_barrier view is planned by itself, so that no join could use an index of it. What policies ask of other tables they read
 * through schema mwmirror_all, whose views their tables' owner has, or policies would ask one another without end.
 *
 * Nothing of it is there until the first create_views(): a server without public views pays nothing, and COPY FROM goes on for writers.
 */

/* ---- what is shown, as SQL ---- */

CREATE FUNCTION mwmirror.public_policy(of_table text)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	-- the table has its own name in a policy, and rules give others one letter
	IF length(of_table) < 2 THEN
		RAISE EXCEPTION 'table "%" cannot have public views: its name is too short', of_table USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN format('mwmirror.is_public_wiki(%I.wiki_id, (SELECT w.wikis FROM mwmirror_all.public_wikis w)) AND (%s)', of_table,
		mwmirror.public_condition(of_table, of_table, 'mwmirror_all'));
END
$function$;
COMMENT ON FUNCTION mwmirror.public_policy(text) IS 'SQL of the policy that shows the views'' owner the public rows of a mirror table, of public wikis.';

CREATE FUNCTION mwmirror.views_schema(of_wiki text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE
			WHEN of_wiki IS NULL THEN 'mediawiki_p'
			WHEN of_wiki = 'mediawiki' THEN 'mediawiki_wiki_p'
			WHEN octet_length(of_wiki) <= 61 THEN of_wiki || '_p'
			ELSE left(of_wiki, 7) || '_' || md5(of_wiki) || '_p' -- a character has up to four bytes
		END
$function$;
COMMENT ON FUNCTION mwmirror.views_schema(text) IS
	'Schema of a wiki''s public views: <wiki_id>_p; with a digest in place of what a name has no room for; mediawiki_wiki_p of a wiki mediawiki. NULL: mediawiki_p, of all wikis.';

CREATE FUNCTION mwmirror.views_schemas(OUT of_wiki text, OUT schema_name text, OUT made_of text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT w.wiki_id, n.nspname::text, substring(obj_description(n.oid, 'pg_namespace') FROM '\[([0-9a-f]{32})\]$')
	FROM (SELECT wiki_id FROM mwmirror.wiki UNION ALL SELECT NULL) AS w (wiki_id)
	JOIN pg_namespace n ON n.nspname = mwmirror.views_schema(w.wiki_id)
	JOIN pg_roles r ON r.oid = n.nspowner AND r.rolname = 'mwmirror_views'
	ORDER BY 1 NULLS FIRST
$function$;
COMMENT ON FUNCTION mwmirror.views_schemas() IS 'Schemas with public views: their wiki, NULL: all; and a digest of the rules that they were made of, NULL: unknown.';

/* ---- tables with policies ---- */

CREATE FUNCTION mwmirror.views_writers_held_back()
RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT r.rolname::text FROM pg_roles r
	WHERE r.rolcanlogin AND NOT r.rolbypassrls AND NOT r.rolsuper AND pg_has_role(r.oid, 'mwmirror_writer', 'MEMBER')
	ORDER BY 1
$function$;
COMMENT ON FUNCTION mwmirror.views_writers_held_back() IS 'Login roles that are members of mwmirror_writer, and whose COPY FROM row level security refuses: they need BYPASSRLS.';

CREATE FUNCTION mwmirror.guard_wanted(OUT table_name text, OUT rule text, OUT columns text, OUT others text, OUT sign text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH wanted AS (
		SELECT t.table_name, mwmirror.public_policy(t.table_name) AS rule,
			(
				SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
				FROM pg_attribute a
				WHERE a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attname IN ('wiki_id', t.bits_column)
					OR EXISTS (SELECT FROM mwmirror.public_column c WHERE c.table_name = t.table_name AND (c.column_name = a.attname AND c.shown = 'value' OR c.hidden_with[3] = a.attname)
						OR c.hidden_with[1] = t.table_name AND c.hidden_with[2] = a.attname))
			) AS columns,
			-- who has rights on the table sees all of it, as before
			(
				SELECT string_agg(DISTINCT quote_ident(r.rolname), ', ')
				FROM pg_roles r
				WHERE r.rolname IN ('mwmirror_writer', 'pg_read_all_data', 'pg_write_all_data') OR r.oid <> m.relowner AND r.rolname <> 'mwmirror_views' AND (
					r.oid IN (SELECT a.grantee FROM aclexplode(m.relacl) a)
					OR r.oid IN (SELECT a.grantee FROM pg_attribute c CROSS JOIN aclexplode(c.attacl) a WHERE c.attrelid = m.oid))
			) AS others
		FROM mwmirror.public_table t
		JOIN pg_class m ON m.oid = to_regclass(format('mediawiki.%I', t.table_name))
	)
	SELECT w.table_name, w.rule, w.columns, w.others, md5(concat_ws('|', w.rule, w.columns, w.others)) FROM wanted w ORDER BY 1
$function$;
COMMENT ON FUNCTION mwmirror.guard_wanted() IS
	'What each public mirror table needs for public views: the rule of its rows; the columns that views may read; the roles that see all; and a digest of that, which the policy''s comment has.';

CREATE FUNCTION mwmirror.guard_asked()
RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT p.table_name FROM mwmirror.public_table p WHERE to_regclass(format('mediawiki.%I', p.table_name)) IS NOT NULL
	UNION
	-- those that public_member and public_not_of_hidden ask, public or not
	SELECT unnest('{actor,block,block_target,change_tag_def,comment,content,content_models,linktarget,slot_roles,slots}'::text[])
	ORDER BY 1
$function$;
COMMENT ON FUNCTION mwmirror.guard_asked() IS 'Mirror tables that policies ask.';

CREATE FUNCTION mwmirror.guard_sources()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	t record;
BEGIN
	IF to_regclass('mwmirror_all.public_wikis') IS NULL THEN
		CREATE SCHEMA IF NOT EXISTS mwmirror_all; -- DROP EXTENSION leaves it
		REVOKE ALL ON SCHEMA mwmirror_all FROM PUBLIC;
		GRANT USAGE ON SCHEMA mwmirror_all, mediawiki TO mwmirror_views;
		COMMENT ON SCHEMA mwmirror_all IS 'All rows of the mirror''s public tables, for the policies of those tables alone.';
		CREATE VIEW mwmirror_all.public_wikis AS SELECT array_agg(w.wiki_id ORDER BY w.wiki_id) AS wikis FROM mwmirror.wiki w WHERE NOT w.private;
		COMMENT ON VIEW mwmirror_all.public_wikis IS 'Wikis that are not private, in one row.';
		EXECUTE format('ALTER VIEW mwmirror_all.public_wikis OWNER TO %I', (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'mwmirror.wiki'::regclass));
		GRANT SELECT ON mwmirror_all.public_wikis TO mwmirror_views;
	END IF;
	FOR t IN
		SELECT p.table_name, m.relowner::regrole AS owner, v.oid AS view_oid,
			ARRAY(SELECT attname || ' ' || atttypid FROM pg_attribute WHERE attrelid = m.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS has,
			ARRAY(SELECT attname || ' ' || atttypid FROM pg_attribute WHERE attrelid = v.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS had,
			EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
				WHERE r.ev_class = v.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = m.oid) AS is_of_it
		FROM mwmirror.guard_asked() AS p (table_name)
		JOIN pg_class m ON m.oid = to_regclass(format('mediawiki.%I', p.table_name))
		LEFT JOIN pg_class v ON v.oid = to_regclass(format('mwmirror_all.%I', p.table_name))
		ORDER BY 1
	LOOP
		CONTINUE WHEN t.has = t.had AND t.is_of_it;
		IF t.view_oid IS NOT NULL AND t.has[1:cardinality(t.had)] <> t.had THEN
			PERFORM mwmirror.guard_drop();
			EXECUTE format('DROP VIEW mwmirror_all.%I', t.table_name);
		END IF;
		EXECUTE format('CREATE OR REPLACE VIEW mwmirror_all.%1$I AS SELECT * FROM mediawiki.%1$I', t.table_name);
		EXECUTE format('ALTER VIEW mwmirror_all.%I OWNER TO %s', t.table_name, t.owner);
		EXECUTE format('GRANT SELECT ON mwmirror_all.%I TO mwmirror_views', t.table_name);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_sources() IS 'Makes the views of schema mwmirror_all that are missing or not as their tables are.';

CREATE FUNCTION mwmirror.guard_drop(of_table text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	p record;
BEGIN
	FOR p IN
		SELECT polname, polrelid::regclass AS name FROM pg_policy
		WHERE polname IN ('mwmirror_public', 'mwmirror_others') AND (of_table IS NULL OR polrelid = to_regclass(format('mediawiki.%I', of_table)))
	LOOP
		EXECUTE format('DROP POLICY %I ON %s', p.polname, p.name);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_drop(text) IS 'Drops the policies of a mirror table, NULL: of all. Until they are made anew no public view shows a row of it.';

CREATE FUNCTION mwmirror.guard_table(of_table text, rule text, columns text, others text, sign text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.guard_drop(of_table);
	EXECUTE format('CREATE POLICY mwmirror_public ON mediawiki.%I FOR SELECT TO mwmirror_views USING (%s)', of_table, rule);
	EXECUTE format('CREATE POLICY mwmirror_others ON mediawiki.%I TO %s USING (true) WITH CHECK (true)', of_table, others);
	EXECUTE format('COMMENT ON POLICY mwmirror_public ON mediawiki.%I IS %L', of_table, format('Rows that everyone may read, for public views; made by mwmirror.create_views() [%s]', sign));
	EXECUTE format('COMMENT ON POLICY mwmirror_others ON mediawiki.%I IS %L', of_table, 'Who has rights on the table has them on all rows.');
	EXECUTE format('REVOKE ALL ON mediawiki.%I FROM mwmirror_views', of_table);
	EXECUTE format('GRANT SELECT (%s) ON mediawiki.%I TO mwmirror_views', columns, of_table);
	EXECUTE format('ALTER TABLE mediawiki.%I ENABLE ROW LEVEL SECURITY', of_table);
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_table(text, text, text, text, text) IS 'Gives a mirror table the policies and rights that guard_wanted says, in place of those it has.';

CREATE FUNCTION mwmirror.guard_stands(of_table text, sign text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT EXISTS (
		SELECT FROM pg_class c
		JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'mwmirror_public'
		WHERE c.oid = to_regclass(format('mediawiki.%I', of_table)) AND c.relrowsecurity
			AND obj_description(p.oid, 'pg_policy') LIKE '%[' || sign || ']'
			AND EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = c.oid AND o.polname = 'mwmirror_others'))
$function$;
COMMENT ON FUNCTION mwmirror.guard_stands(text, text) IS 'Whether a mirror table has the policies of this digest, and they are on.';

CREATE FUNCTION mwmirror.guard_check()
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	wrong text;
BEGIN
	-- whoever sees the rules as they were would bring back what somebody has hidden since
	IF current_setting('transaction_isolation') <> 'read committed' THEN
		RAISE EXCEPTION 'public views are made, and their rules changed, in transactions that are READ COMMITTED'
			USING ERRCODE = 'invalid_transaction_state', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED';
	END IF;
	SELECT string_agg(quote_ident(name), ', ') INTO wrong FROM mwmirror.views_writers_held_back() AS name;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'public views need row level security, which refuses COPY of these roles: %', wrong
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = (SELECT string_agg(format('ALTER ROLE %I BYPASSRLS;', name), ' ') FROM mwmirror.views_writers_held_back() AS name);
	END IF;
	-- policies for everybody, or for groups that the views' owner is in, would show it everything
	SELECT string_agg(c.oid::regclass::text, ', ') INTO wrong FROM pg_class c WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')
		AND (EXISTS (SELECT FROM aclexplode(c.relacl) a WHERE a.grantee = 0)
			OR EXISTS (SELECT FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) a WHERE t.attrelid = c.oid AND a.grantee = 0));
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'PUBLIC has rights on mirror tables: %', wrong
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'REVOKE ALL ON ALL TABLES IN SCHEMA mediawiki FROM PUBLIC';
	END IF;
	IF EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'mwmirror_views')
		OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'mwmirror_views' AND (r.rolsuper OR r.rolbypassrls OR r.rolcanlogin))
	THEN
		RAISE EXCEPTION 'role mwmirror_views must be in no other role, have no attributes, and not log in: it is what public views may read'
			USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	SELECT string_agg(m.member::regrole::text, ', ') INTO wrong FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'mwmirror_views';
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'role mwmirror_views is for nobody, and these are members of it, who may read all that is hidden: %', wrong
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('REVOKE mwmirror_views FROM %s; analysts are members of mwmirror_analyst.', wrong);
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_check() IS 'Whether public views may be made. Errors: 55000 if a writer would be held back, or the views'' owner is not what it must be; 25000 in a transaction that is not READ COMMITTED.';

CREATE FUNCTION mwmirror.wait_briefly(since timestamptz)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT set_config('lock_timeout', greatest(1, 800 - round(1000 * extract(epoch FROM clock_timestamp() - since)))::integer || 'ms', true)
$function$;
COMMENT ON FUNCTION mwmirror.wait_briefly(timestamptz) IS
	'Sets lock_timeout to what is left of 0.8 seconds since then: less than deadlock_timeout, so that follow is never the one that gives way, and waits no longer in all. The caller restores it (SET lock_timeout of a function).';

CREATE FUNCTION mwmirror.guard_tables()
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	of_table record;
	begun CONSTANT timestamptz := clock_timestamp();
	made integer := 0;
BEGIN
	PERFORM mwmirror.guard_check();
	PERFORM mwmirror.wait_briefly(begun);
	PERFORM mwmirror.guard_sources();
	FOR of_table IN SELECT w.* FROM mwmirror.guard_wanted() w WHERE NOT mwmirror.guard_stands(w.table_name, w.sign)
	LOOP
		PERFORM mwmirror.wait_briefly(begun);
		EXECUTE format('LOCK TABLE mediawiki.%I IN ACCESS EXCLUSIVE MODE', of_table.table_name);
	END LOOP;
	FOR of_table IN SELECT w.* FROM mwmirror.guard_wanted() w WHERE NOT mwmirror.guard_stands(w.table_name, w.sign)
	LOOP
		PERFORM mwmirror.guard_table(of_table.table_name, of_table.rule, of_table.columns, of_table.others, of_table.sign);
		made := made + 1;
	END LOOP;
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_tables() IS
	'Switches row level security of the public mirror tables on, with policies as the rules are now; returns of how many tables that had to be changed. They are locked till the end of the transaction. Errors: those of guard_check; 55P03 if a table is in use.';

/* ---- views ---- */

CREATE FUNCTION mwmirror.view_said(of_table text, of_column text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT concat_ws(' ', col_description(a.attrelid, a.attnum), CASE
			WHEN c.shown = 'null' THEN 'Always NULL here.'
			WHEN c.hidden_by <> 0 THEN format('%s if %s & %s.', coalesce(c.hidden_as, 'NULL'), t.bits_column, c.hidden_by)
		END)
	FROM mwmirror.public_table t
	JOIN pg_attribute a ON a.attrelid = to_regclass(format('mediawiki.%I', of_table)) AND a.attname = of_column
	LEFT JOIN mwmirror.public_column c ON c.table_name = of_table AND c.column_name = of_column
	WHERE t.table_name = of_table
$function$;
COMMENT ON FUNCTION mwmirror.view_said(text, text) IS 'Comment of a column of a public view: what it is in the mirror, and when it is hidden.';

CREATE FUNCTION mwmirror.view_sql(template text, of_wiki text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	name text;
	made text := regexp_replace(template, '\{([^{}]+)\}', E'\x01\\1\x01', 'g'); -- names of wikis may have braces
BEGIN
	FOR name IN SELECT DISTINCT m[1] FROM regexp_matches(template, '\{([^{}]+)\}', 'g') AS m LOOP
		made := replace(made, E'\x01' || name || E'\x01', CASE
			WHEN name ~ '^[a-z](,[a-z])?$' THEN
				CASE WHEN of_wiki = '' THEN format('%s.wiki_id = %s.wiki_id', left(name, 1), CASE WHEN length(name) = 1 THEN 't' ELSE right(name, 1) END) ELSE 'true' END
			WHEN EXISTS (SELECT FROM mwmirror.public_table p WHERE p.table_name = name) THEN
				format('%I.%I', mwmirror.views_schema(nullif(of_wiki, '')), name)
		END);
	END LOOP;
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.view_sql(text, text) IS 'SQL of public_view for the views of a wiki, '''': of all; NULL if it names what is not public.';

CREATE FUNCTION mwmirror.view_wanted(of_wiki text, OUT view_name text, OUT names text[], OUT shown text[], OUT source text, OUT said text, OUT columns_said text[])
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH wiki_column AS ( -- first, in views of all wikis
		SELECT 'wiki_id' AS name, 't.wiki_id' AS shown, 'Database name of the wiki.' AS said, 0 AS ordinal WHERE of_wiki IS NULL
	), base AS (
		SELECT t.table_name, array_agg(c.name ORDER BY c.ordinal) AS names, array_agg(c.shown ORDER BY c.ordinal) AS shown, array_agg(c.said ORDER BY c.ordinal) AS columns_said
		FROM mwmirror.public_table t
		CROSS JOIN LATERAL (
			SELECT * FROM wiki_column
			UNION ALL
			SELECT c.column_name, mwmirror.public_shown(t.table_name, 't', c.column_name), mwmirror.view_said(t.table_name, c.column_name), c.ordinal
			FROM mwmirror.public_column c
			WHERE c.table_name = t.table_name AND c.shown IN ('value', 'null') AND mwmirror.public_shown(t.table_name, 't', c.column_name) IS NOT NULL
		) AS c
		WHERE to_regclass(format('mediawiki.%I', t.table_name)) IS NOT NULL
		GROUP BY t.table_name
	), rules AS (
		SELECT r.table_name, substring(r.rule FROM 'rows: (.*)$') AS rows FROM mwmirror.public_rules() r WHERE r.column_name IS NULL
	), wanted AS (
		SELECT 0 AS place, b.table_name, b.names, b.shown,
			format('mediawiki.%I t WHERE mwmirror.is_guarded(%L::regclass, %L, %L)%s', b.table_name, format('mediawiki.%I', b.table_name), mwmirror.views_schema(of_wiki), b.table_name,
				' AND t.wiki_id = ' || quote_literal(of_wiki)) AS source,
			concat(obj_description(format('mediawiki.%I', b.table_name)::regclass, 'pg_class'), ' Rows here: ' || nullif(r.rows, 'all') || '.') AS said, b.columns_said
		FROM base b LEFT JOIN rules r USING (table_name)
		UNION ALL
		SELECT 1, v.view_name, c.names, c.shown, mwmirror.view_sql(format('{%s} t%s%s', v.of_view, ' ' || v.joined, ' WHERE ' || v.condition), coalesce(of_wiki, '')),
			format('%s%s', v.of_view, CASE WHEN v.condition IS NULL THEN ', with what it refers to.' ELSE format(', rows for which %s.', regexp_replace(v.condition, '\yt\.|[{}]|\{o\} AND ', '', 'g')) END),
			c.columns_said
		FROM mwmirror.public_view v
		CROSS JOIN LATERAL (
			SELECT array_agg(c.name ORDER BY c.ordinal) AS names, array_agg(c.shown ORDER BY c.ordinal) AS shown, array_agg(c.said ORDER BY c.ordinal) AS columns_said
			FROM (
				SELECT * FROM wiki_column
				UNION ALL
				SELECT n.name, 't.' || quote_ident(n.name), b.columns_said[n.ordinal], n.ordinal
				FROM base b CROSS JOIN unnest(b.names) WITH ORDINALITY AS n (name, ordinal) WHERE v.own_columns AND b.table_name = v.of_view AND n.name <> 'wiki_id'
					AND NOT EXISTS (SELECT FROM generate_subscripts(v.more, 1) AS i WHERE v.more[i][1] = n.name)
				UNION ALL
				SELECT v.more[i][1], mwmirror.view_sql(v.more[i][2], coalesce(of_wiki, '')), v.more[i][3], 1000 + i FROM generate_subscripts(v.more, 1) AS i
				-- what is hidden of t is so here
				WHERE NOT EXISTS (SELECT FROM base b WHERE b.table_name = v.of_view AND substring(v.more[i][2] FROM '^t\.(\w+)$') <> ALL (b.names))
			) AS c
		) AS c
		WHERE v.view_name NOT IN (SELECT b.table_name FROM base b)
	)
	SELECT w.table_name, w.names, w.shown, w.source, w.said, w.columns_said FROM wanted w WHERE w.source IS NOT NULL ORDER BY w.place, w.table_name
$function$;
COMMENT ON FUNCTION mwmirror.view_wanted(text) IS
	'The public views of a wiki, NULL: of all, those that others are made of first: their names, and those of their columns; SQL that gives these, and what follows FROM; comments. For create_views.';

CREATE FUNCTION mwmirror.view_make(schema_name text, view_name text, names text[], shown text[], source text, said text DEFAULT NULL, columns_said text[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	whole CONSTANT text := format('%I.%I', schema_name, view_name);
	was CONSTANT regclass := to_regclass(whole);
	had text[] := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = was AND attnum > 0 ORDER BY attnum);
	list text;
BEGIN
	IF was IS NOT NULL AND had <> names THEN
		-- views of ours that are made of it would hold it back: they are made anew afterwards
		PERFORM mwmirror.view_drop(schema_name, c.relname)
			FROM pg_class c
			WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind = 'v' AND c.relowner = 'mwmirror_views'::regrole AND c.oid <> was
				AND EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
					WHERE r.ev_class = c.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = was);
		IF mwmirror.view_drop(schema_name, view_name) THEN
			had := '{}';
		END IF; -- else somebody's views are made of it: they keep their columns, and what is shown no more is NULL
	END IF;
	SELECT string_agg(format('%s AS %I', c.value, c.name), ', ' ORDER BY c.ordinal) INTO list
	FROM (
		SELECT h.name, h.ordinal, coalesce(shown[array_position(names, h.name)],
			format('NULL::%s%s', format_type(a.atttypid, a.atttypmod), ' COLLATE ' || nullif(nullif(a.attcollation, 0)::regcollation::text, '"default"'))) AS value
		FROM unnest(had) WITH ORDINALITY AS h (name, ordinal)
		JOIN pg_attribute a ON a.attrelid = was AND a.attname = h.name
		UNION ALL
		SELECT n.name, 10000 + n.ordinal, shown[n.ordinal] FROM unnest(names) WITH ORDINALITY AS n (name, ordinal) WHERE n.name <> ALL (had)
	) AS c;
	EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s', whole, list, source);
	EXECUTE format('ALTER VIEW %s OWNER TO mwmirror_views', whole);
	EXECUTE format('GRANT SELECT ON %s TO mwmirror_analyst', whole);
	EXECUTE format('COMMENT ON VIEW %s IS %L', whole, said);
	FOR i IN 1 .. cardinality(columns_said) LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', whole, names[i], columns_said[i]);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.view_make(text, text, text[], text[], text, text, text[]) IS 'Makes a public view, or makes it anew: one on which others hang keeps its columns. Args: as of view_wanted.';

CREATE FUNCTION mwmirror.view_drop(schema_name text, view_name text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	EXECUTE format('DROP VIEW %I.%I', schema_name, view_name);
	RETURN true;
EXCEPTION
	WHEN dependent_objects_still_exist THEN
		RETURN false;
	WHEN undefined_table THEN
		RETURN true;
END
$function$;
COMMENT ON FUNCTION mwmirror.view_drop(text, text) IS 'Drops a public view, if it is there, unless others hang on it: then false.';

CREATE FUNCTION mwmirror.views_digest()
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT md5(string_agg(v::text, '' ORDER BY v.view_name) || coalesce((SELECT string_agg(format('mediawiki.%I', t.table_name)::regclass::oid::text, ' ' ORDER BY t.table_name)
		FROM mwmirror.public_table t WHERE to_regclass(format('mediawiki.%I', t.table_name)) IS NOT NULL), ''))
	FROM mwmirror.view_wanted('') AS v
$function$;
COMMENT ON FUNCTION mwmirror.views_digest() IS 'Digest of what public views are made of: they are made anew when it is another.';

CREATE FUNCTION mwmirror.view_stands(schema_name text, view_name text, sign text)
RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT EXISTS (
		SELECT FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
		WHERE c.oid = to_regclass(format('%I.%I', schema_name, view_name)) AND c.relkind = 'v' AND c.relowner = 'mwmirror_views'::regrole
			AND obj_description(r.oid, 'pg_rewrite') = sign)
$function$;
COMMENT ON FUNCTION mwmirror.view_stands(text, text, text) IS 'Whether there is a public view made of what has this digest, which the comment of its rule has.';

CREATE FUNCTION mwmirror.views_make(of_wiki text, changed_only boolean DEFAULT false)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	schema_name CONSTANT text := mwmirror.views_schema(of_wiki);
	v record;
	stands boolean;
	made integer := 0;
	names text[] := '{}';
	digest CONSTANT text := mwmirror.views_digest();
BEGIN
	PERFORM mwmirror.wait_briefly(clock_timestamp());
	IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I AUTHORIZATION mwmirror_views', schema_name);
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO mwmirror_analyst', schema_name);
	ELSIF (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = schema_name) <> 'mwmirror_views' THEN
		RAISE EXCEPTION 'there is a schema "%" that is not of public views', schema_name
			USING ERRCODE = 'duplicate_schema', HINT = format('ALTER SCHEMA %I RENAME TO ...', schema_name);
	END IF;
	FOR v IN
		SELECT w.*, t.table_name IS NOT NULL AS is_of_table, md5(concat(w, to_regclass(format('mediawiki.%I', w.view_name))::oid)) AS sign
		FROM mwmirror.view_wanted(of_wiki) w LEFT JOIN mwmirror.public_table t ON t.table_name = w.view_name
	LOOP
		stands := mwmirror.view_stands(schema_name, v.view_name, v.sign);
		IF stands AND changed_only THEN -- what is made is locked, and a server has room for some thousand locks
			names := names || v.view_name;
			made := made + 1;
			CONTINUE;
		ELSIF NOT stands AND NOT v.is_of_table THEN
			PERFORM mwmirror.view_drop(schema_name, v.view_name); -- types of columns may be others
		END IF;
		BEGIN
			PERFORM mwmirror.view_make(schema_name, v.view_name, v.names, v.shown, v.source, v.said, v.columns_said);
			EXECUTE format('COMMENT ON RULE "_RETURN" ON %I.%I IS %L', schema_name, v.view_name, v.sign);
			names := names || v.view_name;
			made := made + 1;
		EXCEPTION WHEN undefined_column OR undefined_table THEN
			-- of a table there would be no such error
			RAISE WARNING 'there is no public view %.% any more: what it names is hidden', schema_name, v.view_name USING DETAIL = SQLERRM, HINT = 'Change its row of mwmirror.public_view, or delete it.';
		END;
	END LOOP;
	FOR v IN
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind = 'v' AND c.relowner = 'mwmirror_views'::regrole AND c.relname <> ALL (names)
		ORDER BY c.oid DESC -- views of views came later
	LOOP
		IF NOT mwmirror.view_drop(schema_name, v.relname) THEN
			PERFORM mwmirror.view_make(schema_name, v.relname, '{}', '{}', '(SELECT) AS nothing WHERE false');
		END IF;
	END LOOP;
	EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, format('What everyone may read of %s, with MediaWiki''s names; made by mwmirror.create_views() [%s]',
		CASE WHEN of_wiki IS NULL THEN 'all public wikis' ELSE 'wiki ' || of_wiki END, digest));
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.views_make(text, boolean) IS 'Makes the public views of a wiki, NULL: of all, of the rules as they are now; with changed_only those alone that were made of others. Returns how many there are.';

CREATE FUNCTION mwmirror.create_views(of_wiki text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	made integer;
BEGIN
	IF of_wiki IS NOT NULL AND NOT EXISTS (SELECT FROM mwmirror.wiki w WHERE w.wiki_id = of_wiki) THEN
		RAISE EXCEPTION 'there is no wiki "%"', of_wiki USING ERRCODE = 'no_data_found', HINT = 'SELECT wiki_id FROM mwmirror.wiki';
	END IF;
	IF of_wiki IS NOT NULL AND (SELECT w.private FROM mwmirror.wiki w WHERE w.wiki_id = of_wiki) THEN
		RAISE EXCEPTION 'wiki "%" is private', of_wiki USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'mwmirror add-wiki --public says that everyone may read it.';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('mwmirror views', 0)); -- one at a time
	PERFORM mwmirror.guard_check();
	made := mwmirror.views_make(of_wiki);
	PERFORM mwmirror.guard_tables(); -- last, as the tables are locked from then on
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.create_views(text) IS
	'Makes schema <wiki_id>_p with public views of a wiki, for members of mwmirror_analyst; without a wiki mediawiki_p, with all that are not private and wiki_id as first column. Returns how many views. For the extension''s owner; may be called again. Errors: 55000 if the wiki is private, or a writer lacks BYPASSRLS; 55P03 if tables are in use: call it again.';

CREATE FUNCTION mwmirror.drop_views(of_wiki text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	schema_name CONSTANT text := mwmirror.views_schema(of_wiki);
	v record;
BEGIN
	IF (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = schema_name) IS DISTINCT FROM 'mwmirror_views' THEN
		RETURN false;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('mwmirror views', 0)); -- one at a time
	PERFORM mwmirror.wait_briefly(clock_timestamp());
	FOR v IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind = 'v' AND c.relowner = 'mwmirror_views'::regrole
		ORDER BY c.oid DESC -- views of views came later
	LOOP
		EXECUTE format('DROP VIEW %s', v.name);
	END LOOP;
	EXECUTE format('DROP SCHEMA %I', schema_name);
	RETURN true;
END
$function$;
COMMENT ON FUNCTION mwmirror.drop_views(text) IS
	'Drops the public views of a wiki, or mediawiki_p; says if there were any. Row level security of the tables stays. For the extension''s owner. Errors: 2BP01 if views of others hang on them; 55P03 if they are being read.';

CREATE FUNCTION mwmirror.refresh_views()
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	s record;
	digest text;
	made integer := 0;
BEGIN
	IF to_regnamespace('mwmirror_all') IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('mwmirror views', 0)); -- one at a time
	PERFORM mwmirror.guard_check();
	digest := mwmirror.views_digest();
	FOR s IN SELECT * FROM mwmirror.views_schemas() LOOP
		IF s.made_of IS DISTINCT FROM digest THEN
			PERFORM mwmirror.views_make(s.of_wiki, true);
			made := made + 1;
		END IF;
	END LOOP;
	PERFORM mwmirror.guard_tables(); -- last, as the tables are locked from then on
	PERFORM mwmirror.guard_ends();
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.refresh_views() IS
	'Makes all public views that there are, and the policies below them, as the rules of public_table and public_column are now; returns of how many schemas they were not. Called when the rules change. For the extension''s owner. Errors: as create_views.';

CREATE FUNCTION mwmirror.guard_ends()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = 0
AS $function$
DECLARE
	t record;
BEGIN
	PERFORM mwmirror.wait_briefly(clock_timestamp());
	FOR t IN
		SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'mwmirror_public'
		WHERE c.relnamespace = 'mediawiki'::regnamespace AND NOT EXISTS (SELECT FROM mwmirror.public_table o WHERE o.table_name = c.relname)
	LOOP
		PERFORM mwmirror.guard_drop(t.relname);
		EXECUTE format('REVOKE ALL ON mediawiki.%I FROM mwmirror_views', t.relname);
		EXECUTE format('ALTER TABLE mediawiki.%I DISABLE ROW LEVEL SECURITY', t.relname);
	END LOOP;
	FOR t IN
		SELECT v.relname FROM pg_class v
		WHERE v.relnamespace = to_regnamespace('mwmirror_all') AND v.relkind = 'v' AND v.relname <> 'public_wikis'
			AND v.relname NOT IN (SELECT mwmirror.guard_asked())
	LOOP
		EXECUTE format('DROP VIEW mwmirror_all.%I', t.relname);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_ends() IS 'Takes from mirror tables that are not public any more what public views needed of them.';

/* ---- the rules change ---- */

CREATE FUNCTION mwmirror.public_rules_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	rules text;
BEGIN
	-- while a dump is restored there are rules before there are policies
	IF EXISTS (SELECT FROM pg_policy WHERE polname = 'mwmirror_public') THEN
		-- of many rows the first that is looked at finds them all changed
		rules := pg_current_xact_id() || ' ' || md5(concat((SELECT string_agg(t::text, '' ORDER BY t.table_name) FROM mwmirror.public_table t),
			(SELECT string_agg(c::text, '' ORDER BY c.table_name, c.column_name) FROM mwmirror.public_column c), (SELECT string_agg(v::text, '' ORDER BY v.view_name) FROM mwmirror.public_view v)));
		IF current_setting('mwmirror.views_made_of', true) IS DISTINCT FROM rules THEN
			PERFORM mwmirror.refresh_views();
			PERFORM set_config('mwmirror.views_made_of', rules, true);
		END IF;
	END IF;
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.public_rules_changed() IS 'Calls refresh_views at the commit of who changes what is public.';
