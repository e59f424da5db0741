/*
 * sql/functions/indexes.sql
 *	  Indexes that are there, beside those that mirror_index says, and the statements that make one of the other. They are run one by one, by
 *	  mwmirror indexes or psql's \gexec: an index that is built while the mirror is written to needs a transaction of its own.
 */

CREATE FUNCTION mwmirror.index_definition(of_table text, definition text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	part text;
	made text := '';
	shown text;
BEGIN
	-- names with a brace before them, each with what stands behind it
	FOREACH part IN ARRAY string_to_array('}' || definition, '%{') LOOP
		IF part NOT LIKE '}%' THEN
			shown := mwmirror.public_shown(of_table, of_table, split_part(part, '}', 1));
			IF shown IS NULL THEN
				RETURN NULL;
			END IF;
			made := made || '(' || shown || ')';
		END IF;
		made := made || substr(part, strpos(part, '}') + 1);
	END LOOP;
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.index_definition(text, text) IS
	'SQL of a definition of mwmirror.mirror_index: with columns as the views show them. NULL if the views do not show one of them.';

CREATE FUNCTION mwmirror.index_shape(of_index oid)
RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT substring(pg_get_indexdef(of_index) from ' USING (.*)$')
$function$;
COMMENT ON FUNCTION mwmirror.index_shape(oid) IS
	'What follows USING in the definition of an index, as PostgreSQL writes it: the same of two indexes that answer the same.';

CREATE FUNCTION mwmirror.index_wanted()
RETURNS TABLE (table_name text, index_name text, index_set text, definition text, shape text, missing text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	of_table text;
BEGIN
	-- PostgreSQL writes a definition in its own way: each is asked of an empty table like the real one
	FOR of_table IN
		SELECT DISTINCT i.table_name FROM mwmirror.mirror_index AS i WHERE to_regclass(format('mediawiki.%I', i.table_name)) IS NOT NULL
	LOOP
		EXECUTE format('CREATE TEMP TABLE %I (LIKE mediawiki.%1$I)', of_table);
		FOR table_name, index_name, index_set, definition, missing IN
			SELECT i.table_name, i.index_name, i.index_set, mwmirror.index_definition(i.table_name, i.definition), CASE
					WHEN i.needs_extension IS NOT NULL AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = i.needs_extension)
						THEN 'extension ' || i.needs_extension
				END
			FROM mwmirror.mirror_index AS i WHERE i.table_name = of_table ORDER BY i.index_name
		LOOP
			shape := NULL;
			IF definition IS NULL THEN
				missing := 'a column that views show';
			ELSIF missing IS NULL THEN
				EXECUTE format('CREATE INDEX %I ON pg_temp.%I USING %s', index_name, of_table, definition);
				shape := mwmirror.index_shape(format('pg_temp.%I', index_name)::regclass);
			END IF;
			RETURN NEXT;
		END LOOP;
		EXECUTE format('DROP TABLE pg_temp.%I', of_table);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.index_wanted() IS
	'The indexes of mwmirror.mirror_index whose tables are there, with what follows USING in CREATE INDEX, the same in PostgreSQL''s words, and what is not there that they need. For the owner of the extension.';

CREATE FUNCTION mwmirror.index_plan(of_set text)
RETURNS TABLE (place bigint, table_name text, index_name text, index_set text, state text, command text)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF of_set NOT IN ('minimal', 'replica') THEN
		RAISE EXCEPTION 'there is no index set %', of_set USING ERRCODE = 'invalid_parameter_value', HINT = 'There are minimal and replica.';
	END IF;
	RETURN QUERY
	WITH there AS (
		SELECT t.relname AS of_table, c.relname AS name, c.oid, i.indisvalid AS valid, mwmirror.index_shape(c.oid) AS shape,
			coalesce(obj_description(c.oid, 'pg_class') LIKE 'mwmirror indexes: %', false) AS made, r.index_name IS NULL AS of_no_row,
			r.index_set = 'minimal' OR r.index_set = of_set AS stays, t.relkind = 'p' AS parted
		FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
		LEFT JOIN mwmirror.mirror_index AS r ON r.index_name = c.relname
		WHERE t.relnamespace = 'mediawiki'::regnamespace
	), known AS (
		SELECT w.*, i.reason, c.relkind = 'p' AS parted, of_set = 'replica' OR w.index_set = 'minimal' AS chosen,
			(SELECT min(e.name) FROM there AS e WHERE e.of_table = w.table_name AND e.valid AND e.shape = w.shape AND e.name <> w.index_name AND (e.stays OR NOT e.made)) AS other,
			n.name IS NOT NULL AS named, n.valid, n.of_table = w.table_name AND n.shape = w.shape AS same, n.made,
			-- built, and nobody was there any more to say so; those of minimal may be the extension's
			w.index_set <> 'minimal' AND n.valid AND NOT n.made AND n.of_table = w.table_name AND n.shape = w.shape AS unsaid
		FROM mwmirror.index_wanted() AS w
		JOIN mwmirror.mirror_index AS i ON i.index_name = w.index_name
		JOIN pg_class AS c ON c.oid = format('mediawiki.%I', w.table_name)::regclass
		LEFT JOIN there AS n ON n.name = w.index_name
	), judged AS (
		SELECT k.*, CASE
			WHEN k.chosen AND k.named AND k.valid AND k.same THEN 'there'
			WHEN k.chosen AND k.other IS NOT NULL AND (NOT k.named OR k.valid) THEN 'there as ' || k.other
			WHEN k.named AND NOT k.valid THEN 'not finished'
			WHEN k.named AND (k.made OR k.unsaid) AND (NOT k.chosen OR k.missing IS NOT NULL) THEN 'not wanted'
			WHEN k.missing IS NOT NULL THEN 'needs ' || k.missing
			WHEN k.named AND k.made THEN 'outdated'
			WHEN k.named AND k.chosen THEN 'the name is of another index'
			WHEN k.chosen THEN 'missing'
			WHEN k.named THEN 'not made by mwmirror indexes'
			ELSE 'not wanted, not there'
		END AS judgement FROM known AS k
	), made AS (
		SELECT j.*, j.chosen AND j.missing IS NULL AND j.other IS NULL AND j.judgement IN ('missing', 'outdated', 'not finished') AS to_make,
			j.judgement IN ('not wanted', 'outdated', 'not finished') AS to_drop, j.judgement = 'there' AND j.unsaid AS to_say
		FROM judged AS j
	), steps AS (
		SELECT m.table_name, m.index_name, m.index_set, m.judgement, 1 AS step, NULL AS sql FROM made AS m WHERE NOT m.to_make AND NOT m.to_drop AND m.to_say IS NOT TRUE
		UNION ALL
		SELECT m.table_name, m.index_name, m.index_set, m.judgement, 2,
			format('DROP INDEX %smediawiki.%I', CASE WHEN NOT m.parted THEN 'CONCURRENTLY ' END, m.index_name) FROM made AS m WHERE m.to_drop
		UNION ALL
		SELECT t.of_table, t.name, NULL, 'not wanted', 2, format('DROP INDEX %smediawiki.%I', CASE WHEN NOT t.parted THEN 'CONCURRENTLY ' END, t.name) FROM there AS t WHERE t.made AND t.of_no_row
		UNION ALL
		SELECT m.table_name, m.index_name, m.index_set, m.judgement, 3,
			format('CREATE INDEX %s%I ON mediawiki.%I USING %s', CASE WHEN NOT m.parted THEN 'CONCURRENTLY ' END, m.index_name, m.table_name, m.definition)
		FROM made AS m WHERE m.to_make
		UNION ALL
		SELECT m.table_name, m.index_name, m.index_set, m.judgement, 4,
			format('COMMENT ON INDEX mediawiki.%I IS %L', m.index_name, 'mwmirror indexes: ' || m.reason) FROM made AS m WHERE m.to_make OR m.to_say
		UNION ALL
		-- the planner knows nothing of expressions before
		SELECT m.table_name, NULL, NULL, 'made', 5, format('ANALYZE mediawiki.%I', m.table_name) FROM made AS m WHERE m.to_make OR m.to_say GROUP BY m.table_name
	)
	SELECT row_number() OVER (ORDER BY s.table_name COLLATE "C", s.index_name COLLATE "C" NULLS LAST, s.step), s.table_name, s.index_name, s.index_set, s.judgement, s.sql
	FROM steps AS s
	ORDER BY 1;
END
$function$;
COMMENT ON FUNCTION mwmirror.index_plan(text) IS
	'What each index of mwmirror.mirror_index is, and the statements that are to be run one by one, in their order, so that those of the set are there, and no others that were made so; NULL where there is nothing to do. An index with the same definition counts whatever its name; with the same name, too, it is one that was made so. For the owner of the extension. Arg: minimal or replica, which has those of minimal, too. Errors: 22023 for another set.';
