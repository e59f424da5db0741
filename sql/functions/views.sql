/*
 * sql/functions/views.sql
 *	  Public views: for a wiki a schema <wiki_id>_p with MediaWiki's tables as everyone may read them, and mediawiki_p of all wikis. Made of
 *	  public_table and public_column, as state topics are, and only where they are asked for.
 *
 * Rows are hidden by row level security of the mirror tables (policies.sql), to which the views' owner mwmirror_views is subject; columns by masks in the
 * views, which are plain: a security_barrier view is planned by itself, so that no join could use an index of it.
 *
 * Nothing of it is there until the first create_views(): a server without public views pays nothing, and COPY FROM goes on for writers.
 */

/* ---- schemas ---- */

CREATE FUNCTION mwmirror.views_schema(of_wiki text)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE
			WHEN of_wiki IS NULL THEN 'mediawiki_p'
			WHEN of_wiki = 'mediawiki' THEN 'mediawiki_wiki_p'
			WHEN octet_length(of_wiki) <= 61 AND of_wiki <> 'mediawiki_wiki' AND of_wiki !~ '^.{7}_[0-9a-f]{32}$' THEN of_wiki || '_p'
			ELSE left(of_wiki, 7) || '_' || md5(of_wiki) || '_p' -- a character has up to four bytes
		END
$function$;
COMMENT ON FUNCTION mwmirror.views_schema(text) IS
	'Schema of a wiki''s public views: <wiki_id>_p; with a digest in place of what a name has no room for, or what is another wiki''s; mediawiki_wiki_p of a wiki mediawiki. NULL: mediawiki_p, of all wikis.';

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
		SELECT 1, 'wiki', array_agg(c.name ORDER BY c.ordinal), array_agg('t.' || c.name ORDER BY c.ordinal), 'mwmirror_all.public_wiki t',
			'The wikis that are not private: those of which there are rows in the other views here.', array_agg(c.said ORDER BY c.ordinal)
		FROM (VALUES (1, 'wiki_id', 'Database name of the wiki; its own views, where there are any, are in the schema of that name with _p behind it.'), (2, 'site_name', 'Name of the wiki; NULL: not known.'),
			(3, 'language', 'Content language code.'), (4, 'domain', 'Host of the wiki.'), (5, 'canonical_server', 'Scheme and host.'), (6, 'article_path', 'Path of a page, with $1 for the title.'),
			(7, 'script_path', 'Path of index.php and api.php.'), (8, 'generator', 'Name and version of the software.'), (9, 'is_copied', 'False until its first copy is complete: rows are missing.'),
			(10, 'is_gone', 'True if its database was dropped at the source: its rows are as they were.')) AS c (ordinal, name, said)
		-- where it is not the name of what somebody made public
		HAVING nullif(of_wiki, '') IS NULL AND NOT EXISTS (SELECT FROM base b WHERE b.table_name = 'wiki') AND NOT EXISTS (SELECT FROM mwmirror.public_view v WHERE v.view_name = 'wiki')
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

CREATE FUNCTION mwmirror.views_make(of_wiki text, made_of text DEFAULT NULL)
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
	digest CONSTANT text := coalesce(made_of, mwmirror.views_digest());
BEGIN
	PERFORM mwmirror.wait_briefly(clock_timestamp());
	PERFORM mwmirror.guard_wikis();
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
		IF stands AND made_of IS NOT NULL THEN -- what is made is locked, and a server has room for some thousand locks
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
COMMENT ON FUNCTION mwmirror.views_make(text, text) IS 'Makes the public views of a wiki, NULL: of all, of the rules as they are now; with made_of, the digest of those, only what was made of others. Returns how many there are.';

CREATE FUNCTION mwmirror.views_turn()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	key CONSTANT bigint := hashtextextended('mwmirror views', 0);
	own CONSTANT text := current_setting('lock_timeout');
	holder record;
BEGIN
	IF own::interval = interval '0' OR own::interval > interval '30 seconds' THEN
		PERFORM set_config('lock_timeout', '30s', true);
	END IF;
	BEGIN
		PERFORM pg_advisory_xact_lock(key);
	EXCEPTION WHEN lock_not_available THEN
		SELECT a.pid, a.usename, a.application_name INTO holder
			FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND (l.classid::bigint << 32 | l.objid::bigint) = key AND l.database = a.datid;
		RAISE EXCEPTION 'another session makes public views, or changes their rules: %',
			CASE WHEN FOUND THEN format('pid %s, application "%s", role %s', holder.pid, holder.application_name, holder.usename) ELSE 'which has ended' END
			USING ERRCODE = 'object_in_use', HINT = CASE WHEN FOUND THEN format('Wait for its end, or SELECT pg_terminate_backend(%s), and do this again.', holder.pid) ELSE 'Do this again.' END;
	END;
	PERFORM set_config('lock_timeout', own, true);
END
$function$;
COMMENT ON FUNCTION mwmirror.views_turn() IS
	'Until the end of the transaction nobody else makes public views or changes their rules. Waits for half a minute, or for a shorter lock_timeout. Errors: 55006 after it, with who does.';

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
	PERFORM mwmirror.views_turn();
	PERFORM mwmirror.guard_check();
	made := mwmirror.views_make(of_wiki);
	PERFORM mwmirror.guard_tables(); -- last, as the tables are locked from then on
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.create_views(text) IS
	'Makes schema <wiki_id>_p with public views of a wiki, for members of mwmirror_analyst; without a wiki mediawiki_p, with all that are not private and wiki_id as first column. Returns how many views. For the extension''s owner; may be called again. Errors: 55000 if the wiki is private, or a writer lacks BYPASSRLS; 55P03 if tables are in use: call it again; 55006 if another session makes views all the time.';

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
	PERFORM mwmirror.views_turn();
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
	PERFORM mwmirror.views_turn();
	PERFORM mwmirror.guard_check();
	digest := mwmirror.views_digest();
	FOR s IN SELECT * FROM mwmirror.views_schemas() LOOP
		IF s.made_of IS DISTINCT FROM digest THEN
			PERFORM mwmirror.views_make(s.of_wiki, digest);
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
