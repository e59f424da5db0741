/*
 * sql/functions/partition.sql
 *	  Mirror tables that are partitioned by wiki: a partition for each large wiki, and one for all others. Partitions are in schema
 *	  mediawiki_partition; all else goes by the table in schema mediawiki, whose name, columns and rights stay.
 */

CREATE FUNCTION mwmirror.partition_by_wiki(of_table text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s' -- who reads the table for long, such as a dump, must not hold up follow
AS $function$
DECLARE
	whole CONSTANT text := format('mediawiki.%I', of_table);
	rest CONSTANT text := format('mediawiki_partition.%I', of_table);
	was CONSTANT regclass := to_regclass(whole);
	command text;
	commands text[];
	depends text;
	has_views boolean;
BEGIN
	IF was IS NULL OR NOT EXISTS (
		SELECT FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'wiki_id' AND NOT a.attisdropped
		WHERE c.oid = was AND c.relkind = 'r' AND NOT c.relispartition)
	THEN
		RAISE EXCEPTION 'there is no table % that could be partitioned by wiki', whole USING ERRCODE = 'invalid_parameter_value';
	END IF;
	-- public views and the policies below them are made anew at the end
	has_views := EXISTS (SELECT FROM pg_policy WHERE polrelid = was AND polname = 'mwmirror_public');
	-- what else goes by the table itself would have the one partition from then on, and no policy would be asked
	SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), ', ') INTO depends
		FROM pg_depend AS d
		LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
		LEFT JOIN pg_class AS v ON v.oid = r.ev_class
		LEFT JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
		WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = was
			AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass)
			AND NOT coalesce(has_views AND (v.relowner = 'mwmirror_views'::regrole OR v.relnamespace = to_regnamespace('mwmirror_all') OR p.polname IN ('mwmirror_public', 'mwmirror_others')), false);
	IF depends IS NULL AND NOT has_views AND (SELECT relrowsecurity FROM pg_class WHERE oid = was) THEN
		depends := 'row-level security';
	END IF;
	IF depends IS NOT NULL THEN
		RAISE EXCEPTION 'table % cannot be partitioned while it has %', whole, depends
			USING ERRCODE = 'dependent_objects_still_exist', HINT = 'Take that away, and make it anew when the table is partitioned.';
	END IF;
	IF to_regnamespace('mediawiki_partition') IS NULL THEN
		CREATE SCHEMA mediawiki_partition;
	END IF;
	EXECUTE format('LOCK TABLE %s', whole);
	IF has_views THEN
		PERFORM mwmirror.guard_drop(of_table);
		EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', whole);
		EXECUTE format('REVOKE ALL ON %s FROM mwmirror_views', whole);
	END IF;
	-- what the new table needs beside its columns
	SELECT array_agg(c.command ORDER BY c.place, c.command) INTO commands FROM (
		SELECT 1 AS place, format('ALTER TABLE %s OWNER TO %I', whole, pg_get_userbyid(relowner)) AS command FROM pg_class WHERE oid = was
		UNION ALL
		SELECT 2, format('GRANT %s%s ON %s TO %s%s', a.privilege_type, ' (' || quote_ident(g.of_column) || ')', whole,
			CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
		FROM (
			SELECT relowner, relacl AS acl, NULL AS of_column FROM pg_class WHERE oid = was
			UNION ALL
			SELECT c.relowner, t.attacl, t.attname FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid WHERE c.oid = was AND NOT t.attisdropped
		) AS g CROSS JOIN aclexplode(g.acl) AS a WHERE a.grantee <> g.relowner
		UNION ALL
		SELECT 3, format('ALTER TABLE %s ADD CONSTRAINT %I %s', whole, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = was AND contype = 'p'
		UNION ALL
		-- the definition has the name as it is written without a search_path, in full
		SELECT 4, replace(pg_get_indexdef(indexrelid), format(' ON %s USING ', was), format(' ON %s USING ', whole)) FROM pg_index WHERE indrelid = was AND NOT indisprimary
		UNION ALL
		SELECT 5, format('ALTER TABLE %s REPLICA IDENTITY FULL', whole) FROM pg_class WHERE oid = was AND relreplident = 'f'
		UNION ALL
		SELECT 6, format('COMMENT ON TABLE %s IS %L', whole, obj_description(was, 'pg_class'))
		UNION ALL
		SELECT 6, format('COMMENT ON INDEX mediawiki.%I IS %L', c.relname, obj_description(c.oid, 'pg_class')) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
		WHERE i.indrelid = was AND obj_description(c.oid, 'pg_class') IS NOT NULL
		UNION ALL
		SELECT 7, format('DROP TRIGGER %I ON %s', tgname, rest) FROM pg_trigger WHERE tgrelid = was AND NOT tgisinternal
		UNION ALL
		SELECT 8, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = was AND NOT tgisinternal
		UNION ALL
		SELECT 9, format('ALTER EXTENSION mwmirror ADD TABLE %s', whole) FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = was AND deptype = 'e'
	) AS c;
	EXECUTE format('ALTER TABLE %s SET SCHEMA mediawiki_partition', whole);
	EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS INCLUDING STORAGE INCLUDING GENERATED) PARTITION BY LIST (wiki_id)',
		whole, rest);
	FOREACH command IN ARRAY commands LOOP
		EXECUTE command;
	END LOOP;
	-- with its indexes, which are those of the new table from now on
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s DEFAULT', whole, rest);
	IF has_views THEN
		PERFORM mwmirror.refresh_views();
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.partition_by_wiki(text) IS
	'Makes a mirror table one that is partitioned by wiki; its rows stay where they are, in the partition of wikis that have none of their own. For the owner of the extension. Arg: table without schema. Errors: 22023 if it is none, or partitioned; 2BP01 if views, functions, policies or publications depend on it, other than public views; 55P03 if it is being read for long.';

CREATE FUNCTION mwmirror.partition_add(of_table text, wiki text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s' -- who reads the table for long, such as a dump, must not hold up follow
AS $function$
DECLARE
	whole CONSTANT text := format('mediawiki.%I', of_table);
	rest CONSTANT text := format('mediawiki_partition.%I', of_table);
	part CONSTANT text := format('mediawiki_partition.%I', of_table || '_' || wiki);
	options text;
	moved bigint;
BEGIN
	IF to_regclass(rest) IS NULL THEN
		RAISE EXCEPTION 'table % is not partitioned', whole USING ERRCODE = 'invalid_parameter_value', HINT = 'Run mwmirror.partition_by_wiki first.';
	END IF;
	EXECUTE format('LOCK TABLE %s', whole);
	EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', part, rest);
	SELECT string_agg(o, ', ') INTO options FROM pg_class AS c CROSS JOIN unnest(c.reloptions) AS o WHERE c.oid = rest::regclass;
	IF options IS NOT NULL THEN
		EXECUTE format('ALTER TABLE %s SET (%s)', part, options);
	END IF;
	IF (SELECT relreplident = 'f' FROM pg_class WHERE oid = rest::regclass) THEN
		EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', part);
	END IF;
	EXECUTE format('ALTER TABLE %s OWNER TO %I', part, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = rest::regclass));
	-- no source's writer does this, so nothing is told of it
	EXECUTE format('WITH moved AS (DELETE FROM %s WHERE wiki_id = $1 RETURNING *) INSERT INTO %s SELECT * FROM moved', rest, part) USING wiki;
	GET DIAGNOSTICS moved = ROW_COUNT;
	EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%L)', whole, part, wiki);
	RETURN moved;
END
$function$;
COMMENT ON FUNCTION mwmirror.partition_add(text, text) IS
	'Gives a wiki a partition of its own, and moves the rows that it has into it, while all others wait: best before the wiki is copied. For the owner of the extension. Args: table without schema, which partition_by_wiki has partitioned; wiki_id. Returns how many rows were moved. Errors: 22023 if it is not partitioned, 42P07 if the wiki has a partition, 55P03 if the table is being read for long.';
