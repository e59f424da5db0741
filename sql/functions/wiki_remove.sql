/*
 * sql/functions/wiki_remove.sql
 *	  A wiki goes: first what makes it one, so that nobody writes or tells of it any more, then its rows, some at a time.
 */

CREATE FUNCTION mwmirror.wiki_remove(wiki text)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text := (SELECT w.source_name FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki);
	kept record;
BEGIN
	IF source IS NOT NULL THEN
		PERFORM mwmirror.copy_change(source);
	END IF;
	-- all that is kept of wikis beside their rows: wiki, wiki_namespace, copy_table, request...
	FOR kept IN
		SELECT c.oid::regclass AS name
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'wiki_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'mwmirror'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('raw_value', 'content_latest')
		ORDER BY c.relname
	LOOP
		EXECUTE format('DELETE FROM %s WHERE wiki_id = $1', kept.name) USING wiki;
	END LOOP;
	IF source IS NOT NULL THEN
		BEGIN
			PERFORM mwmirror.drop_views(wiki);
		EXCEPTION WHEN dependent_objects_still_exist OR lock_not_available THEN
			RAISE WARNING 'public views of wiki "%" stay, without a row, as others hang on them, or they are being read', wiki USING HINT = format('DROP SCHEMA %I CASCADE', mwmirror.views_schema(wiki));
		END;
	END IF;
	RETURN source;
END
$function$;
COMMENT ON FUNCTION mwmirror.wiki_remove(text) IS
	'Takes a wiki out: follow, which may run, goes on without it. Returns its source, NULL if it was not there. Its rows are for wiki_remove_rows, under the replication origin of a copy: else it is decoded that they go. For the extension''s owner. Arg: wiki_id.';

CREATE FUNCTION mwmirror.wiki_gone(wiki text, gtid text)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	DELETE FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki;
	SELECT mwmirror.source_type_forget(wiki, NULL);
	UPDATE mwmirror.wiki AS w SET gone_gtid = gtid WHERE w.wiki_id = wiki;
$function$;
COMMENT ON FUNCTION mwmirror.wiki_gone(text, text) IS
	'Its database was dropped at the source: it is not followed any more, until add-wiki and a copy. For follow, in its group. Args: wiki_id; GTID of that.';

CREATE FUNCTION mwmirror.wiki_remove_rows(wiki text, most integer)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $function$
DECLARE
	of_table record;
	gone bigint;
BEGIN
	IF EXISTS (SELECT FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki) THEN
		RAISE EXCEPTION 'wiki "%" is mirrored', wiki USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	FOR of_table IN
		SELECT c.oid::regclass AS name
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'wiki_id' AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND (c.relnamespace = 'mediawiki'::regnamespace
			OR c.relnamespace = 'mwmirror'::regnamespace AND c.relname IN ('raw_value', 'content_latest'))
		ORDER BY c.relname
	LOOP
		-- places are of one partition each, and a wiki is in one
		EXECUTE format('DELETE FROM %1$s WHERE wiki_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE wiki_id = $1 LIMIT $2))', of_table.name) USING wiki, most;
		GET DIAGNOSTICS gone = ROW_COUNT;
		IF gone > 0 THEN
			RETURN gone;
		END IF;
	END LOOP;
	RETURN 0;
END
$function$;
COMMENT ON FUNCTION mwmirror.wiki_remove_rows(text, integer) IS
	'Deletes some rows of a wiki that is not mirrored any more; returns how many, 0: there are none left. Args: wiki_id; how many at most. Errors: 55000 if it is mirrored.';
