/*
 * sql/functions/policies.sql
 *	  Row level security of mirror tables, below public views (views.sql): policies made of public_table, for the views' owner mwmirror_views. Whoever
 *	  else has rights on a table sees all rows of it.
 *
 * What policies ask of other tables they read through schema mwmirror_all, whose views their tables' owner has, or policies would ask one another
 * without end.
 */

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
	RETURN format('mwmirror.is_public_wiki(%I.wiki_id) AND (%s)', of_table,
		mwmirror.public_condition(of_table, of_table, 'mwmirror_all'));
END
$function$;
COMMENT ON FUNCTION mwmirror.public_policy(text) IS 'SQL of the policy that shows the views'' owner the public rows of a mirror table, of public wikis.';

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

CREATE FUNCTION mwmirror.guard_wikis()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	-- DROP EXTENSION leaves the first
	IF to_regnamespace('mwmirror_all') IS NULL OR NOT has_schema_privilege('mwmirror_views', 'mediawiki', 'USAGE') THEN
		CREATE SCHEMA IF NOT EXISTS mwmirror_all;
		REVOKE ALL ON SCHEMA mwmirror_all FROM PUBLIC;
		GRANT USAGE ON SCHEMA mwmirror_all, mediawiki TO mwmirror_views;
		COMMENT ON SCHEMA mwmirror_all IS 'All rows of the mirror''s public tables, for the policies of those tables alone; and the public wikis.';
	END IF;
	IF to_regclass('mwmirror_all.public_wiki') IS NULL THEN
		-- a barrier, as what somebody asks of a row may tell it
		CREATE VIEW mwmirror_all.public_wiki WITH (security_barrier) AS
			SELECT w.wiki_id, s.site_name, w.language, w.domain, w.canonical_server, w.article_path, w.script_path, w.generator, w.snapshot_gtid IS NOT NULL AS is_copied, w.gone_gtid IS NOT NULL AS is_gone
			FROM mwmirror.wiki w LEFT JOIN mwmirror.wiki_site s USING (wiki_id) WHERE NOT w.private AND w.is_wiki;
		COMMENT ON VIEW mwmirror_all.public_wiki IS 'Wikis that are not private, for the view of them.';
		EXECUTE format('ALTER VIEW mwmirror_all.public_wiki OWNER TO %I', (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'mwmirror.wiki'::regclass));
		GRANT SELECT ON mwmirror_all.public_wiki TO mwmirror_views;
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_wikis() IS 'Makes schema mwmirror_all, with its view of wikis, if it is not there.';

CREATE FUNCTION mwmirror.guard_sources()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	t record;
BEGIN
	PERFORM mwmirror.guard_wikis();
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

CREATE FUNCTION mwmirror.guard_foreign(OUT of_table regclass, OUT policy_name text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT p.polrelid, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid AND c.relnamespace = 'mediawiki'::regnamespace
	WHERE p.polpermissive AND p.polcmd IN ('*', 'r') AND p.polname <> 'mwmirror_public' AND p.polroles && ARRAY[0, 'mwmirror_views'::regrole::oid]
$function$;
COMMENT ON FUNCTION mwmirror.guard_foreign() IS 'Policies of mirror tables, of whoever made them, that would show public views rows as well: policies add up.';

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
			AND EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = c.oid AND o.polname = 'mwmirror_others')
			AND NOT EXISTS (SELECT FROM mwmirror.guard_foreign() f WHERE f.of_table = c.oid))
$function$;
COMMENT ON FUNCTION mwmirror.guard_stands(text, text) IS 'Whether a mirror table has the policies of this digest, and they are on, and none of others that shows more.';

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
	SELECT string_agg(format('%I of %s', f.policy_name, f.of_table), ', ') INTO wrong FROM mwmirror.guard_foreign() f;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION 'policies of others would show public views what is hidden: %', wrong
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'ALTER POLICY ... TO the roles that they are for, which is everybody where it is not said; or make them AS RESTRICTIVE.';
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
		WHERE v.relnamespace = to_regnamespace('mwmirror_all') AND v.relkind = 'v' AND v.relname <> 'public_wiki'
			AND v.relname NOT IN (SELECT mwmirror.guard_asked())
	LOOP
		EXECUTE format('DROP VIEW mwmirror_all.%I', t.relname);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.guard_ends() IS 'Takes from mirror tables that are not public any more what public views needed of them.';
