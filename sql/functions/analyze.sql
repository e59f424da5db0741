/*
 * sql/functions/analyze.sql
 *	  Statistics for the planner: only a table's owner may make them, and a copy runs as mwmirror_writer.
 */

CREATE FUNCTION mwmirror.analyze(relation regclass, written bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	known pg_class;
BEGIN
	SELECT * INTO known FROM pg_class
	WHERE oid = relation AND relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p');
	IF NOT FOUND THEN
		RAISE EXCEPTION 'not a table of the mirror: %', relation
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Run ANALYZE as its owner.';
	END IF;
	IF known.reltuples > 0 AND written < known.reltuples / 10
		-- of one that is partitioned its partitions have the pages
		AND (known.relkind = 'p' OR pg_relation_size(relation) / current_setting('block_size')::bigint <= known.relpages * 1.1)
	THEN
		RETURN false;
	END IF;
	EXECUTE format('ANALYZE %s', relation);
	RETURN true;
END
$function$;
COMMENT ON FUNCTION mwmirror.analyze(regclass, bigint) IS
	'Makes statistics of a mirror table if it has none, or a tenth of it is new since; returns whether it did. Args: a table of schema mediawiki; number of rows that the caller has written to it. Errors: 22023 for any other relation.';
