/*
 * sql/functions/copy_again.sql
 *	  Tables that the mirror has and that are copied again: follow compares them with the source, a range of keys at a time, and writes what differs
 *	  as changes, with marks, so that the streams tell of it.
 *
 * A range is done at the GTID of the consistent snapshot that its rows were read in, which is follow's position then: nothing before it is to come
 * for the range, so it is settled at once, and there is no chunk. What is not done yet follow leaves out.
 */

CREATE INDEX copy_table_again ON mwmirror.copy_table (source_name) WHERE mode = 'again' AND state <> 'copied';

CREATE FUNCTION mwmirror.copy_again(wiki text, source_table text, reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text := (SELECT w.source_name FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki);
BEGIN
	IF source IS NULL THEN
		RAISE EXCEPTION 'not a wiki of the mirror: "%"', wiki USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF NOT EXISTS (SELECT FROM mwmirror.table_map AS m WHERE m.source_table = copy_again.source_table) THEN
		RAISE EXCEPTION 'table "%" is not mirrored', source_table
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a source_table of mwmirror.table_map: a name at the source, without the wiki''s prefix.';
	END IF;
	PERFORM mwmirror.copy_change(source);
	DELETE FROM mwmirror.copy_chunk AS c WHERE c.wiki_id = wiki AND c.source_table = copy_again.source_table;
	DELETE FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = copy_again.source_table;
	INSERT INTO mwmirror.copy_table AS t (wiki_id, source_table, source_name, mode, begin_gtid_pos, reason)
		SELECT wiki, copy_again.source_table, source, 'again', (SELECT s.gtid_pos FROM mwmirror.source AS s WHERE s.source_name = source), copy_again.reason;
	RETURN (SELECT v.version FROM mwmirror.copy_version AS v WHERE v.source_name = source);
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again(text, text, text) IS
	'Has follow compare a table with the source from its first row on and write what differs, with events of it; what it reads of the table meanwhile it leaves out where that is not done yet. Nothing is deleted now. Returns the new mwmirror.copy_version.version. Args: wiki_id; source table without prefix; why, for people, NULL: not said. Errors: 22023 if there is no such wiki, or the table is not mirrored.';

CREATE FUNCTION mwmirror.copy_again_all(wiki text, reason text, newest text DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text := (SELECT w.source_name FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki);
	tables integer;
BEGIN
	-- one version for all: each new one looks through those before it that its transaction has made
	PERFORM set_config('mwmirror.change_version', mwmirror.copy_change(source)::text, true);
	PERFORM set_config('mwmirror.change_source', source, true);
	-- there may be an ALTER TABLE in what is passed
	PERFORM mwmirror.source_type_forget(wiki, NULL);
	UPDATE mwmirror.wiki AS w SET snapshot_gtid = newest WHERE w.wiki_id = wiki AND w.snapshot_gtid IS NOT NULL AND newest IS NOT NULL;
	SELECT count(mwmirror.copy_again(wiki, m.source_table, reason)) INTO tables
	FROM (
		SELECT DISTINCT t.source_table FROM mwmirror.table_map AS t
		WHERE NOT t.shipped OR (SELECT w.is_wiki FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki)
		ORDER BY t.source_table
	) AS m;
	PERFORM set_config('mwmirror.change_source', '', true);
	RETURN tables;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_all(text, text, text) IS
	'copy_again for each mirrored table of a wiki; returns how many. Args: wiki_id; why; GTID list that the source is at: what the wiki did up to there is passed, for no range is compared that is older; NULL: all is applied that can be.';

CREATE FUNCTION mwmirror.copy_again_range(wiki text, source_table text, key_column text, key_kind text, key bytea, reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	changed bigint := mwmirror.copy_change(w.source_name) FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki;
	known record;
BEGIN
	SELECT * INTO known FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = copy_again_range.source_table;
	IF known.mode = 'again' AND known.state = 'waiting' THEN
		RETURN changed;
	ELSIF known.mode IS NOT NULL AND (known.key_column, known.key_kind) IS DISTINCT FROM (copy_again_range.key_column, copy_again_range.key_kind) THEN
		RETURN mwmirror.copy_again(wiki, copy_again_range.source_table, copy_again_range.reason);
	END IF;
	INSERT INTO mwmirror.copy_table AS t (wiki_id, source_table, source_name, mode, state, key_column, key_kind, begin_gtid_pos, reason, started_at)
		SELECT wiki, copy_again_range.source_table, w.source_name, 'ranges', 'copying', copy_again_range.key_column, copy_again_range.key_kind, s.gtid_pos,
			copy_again_range.reason, clock_timestamp()
		FROM mwmirror.wiki AS w LEFT JOIN mwmirror.source AS s USING (source_name)
		WHERE w.wiki_id = wiki
		ON CONFLICT ON CONSTRAINT copy_table_pkey DO UPDATE
			SET version = changed, reason = excluded.reason,
				mode = CASE WHEN t.mode = 'again' AND t.state = 'copied' THEN 'ranges' ELSE t.mode END,
				state = CASE WHEN t.mode = 'ranges' OR (t.mode = 'again' AND t.state = 'copied') THEN 'copying' ELSE t.state END;
	INSERT INTO mwmirror.copy_range (wiki_id, source_table, number, one_key, lower) VALUES (wiki, copy_again_range.source_table, changed, true, key);
	RETURN changed;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_range(text, text, text, text, bytea, text) IS
	'Has follow compare the rows of a table that have a key, and leaves the rest as it is: applied, or being copied; but all of it if that is cut by another key. Returns the new mwmirror.copy_version.version. For follow. Args: wiki_id; source table; first column of its primary key; what it is, and the key, as in copy_table and copy_chunk; why.';

CREATE FUNCTION mwmirror.copy_again_begun(wiki text, reason text)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	changed bigint := mwmirror.copy_change(w.source_name) FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki;
	tables integer;
BEGIN
	-- what is compared begins anew
	PERFORM mwmirror.copy_again(wiki, t.source_table, copy_again_begun.reason) FROM mwmirror.copy_table AS t
		WHERE t.wiki_id = wiki AND t.mode <> 'first';
	DELETE FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki;
	INSERT INTO mwmirror.copy_range (wiki_id, source_table, number, one_key, upper, behind)
		SELECT t.wiki_id, t.source_table, changed, false, t.next_lower, t.next_ordinal FROM mwmirror.copy_table AS t
		WHERE t.wiki_id = wiki AND t.mode = 'first' AND t.next_ordinal > 1;
	GET DIAGNOSTICS tables = ROW_COUNT;
	UPDATE mwmirror.copy_table AS t SET version = changed, reason = copy_again_begun.reason
		WHERE t.wiki_id = wiki AND EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki AND r.source_table = t.source_table);
	RETURN tables;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_begun(text, text) IS
	'Has follow compare what is copied of a wiki whose first copy is not complete, as far as chunks are handed out by now; the copy goes on beside that, and ends behind it. For follow. Args: wiki_id; why. Returns of how many tables.';

CREATE FUNCTION mwmirror.copy_again_from(source text, gtid_pos text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.copy_change(source);
	UPDATE mwmirror.source AS s SET gtid_pos = copy_again_from.gtid_pos, last_gtid = NULL, prior_gtid = NULL, source_commit_time = NULL
		WHERE s.source_name = source;
	PERFORM mwmirror.source_type_forget(w.wiki_id, NULL) FROM mwmirror.wiki AS w WHERE w.source_name = source;
	-- what was copied of others is of another history, or lacks what came since
	DELETE FROM mwmirror.copy_table AS t USING mwmirror.wiki AS w
		WHERE t.source_name = source AND w.wiki_id = t.wiki_id AND w.snapshot_gtid IS NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_from(text, text) IS
	'Moves the position of a source, from which it cannot be followed any more; no follow runs. In the transaction that has all its copied wikis copied again: what came before is found so. Copies that are not complete begin anew. Args: source name; GTID list of the source.';

/*
 * An event of a page says what its revision is, and that of a revision on which page: so what pages and revisions refer to comes before them, and what refers
 * to them behind.
 */
CREATE FUNCTION mwmirror.copy_again_place(source_table text)
RETURNS integer
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT coalesce(array_position('{actor,user,comment,content_models,slot_roles,change_tag_def,linktarget,text,content,slots,archive,page,revision,ipblocks}', source_table), 100)
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_place(text) IS 'Where a table stands among those of a wiki that are copied again. Arg: source table.';

CREATE FUNCTION mwmirror.copy_again_next(source text, OUT wiki_id text, OUT source_table text, OUT state text, OUT key_column text, OUT key_kind text,
	OUT next_lower bytea, OUT version bigint, OUT failed boolean)
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT t.wiki_id, t.source_table, t.state, t.key_column, t.key_kind, t.next_lower, t.version, t.error IS NOT NULL
	FROM mwmirror.copy_table AS t JOIN mwmirror.wiki AS w ON w.wiki_id = t.wiki_id AND w.source_name = t.source_name
	WHERE t.source_name = source AND t.mode = 'again' AND t.state <> 'copied'
	ORDER BY t.error IS NOT NULL, t.failed_at NULLS FIRST, t.wiki_id, mwmirror.copy_again_place(t.source_table), t.source_table
	LIMIT 1
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_next(text) IS
	'The table of a source that is to be copied again next, and where its next range begins; NULL: none. Those that could not be read (failed) come last, and take turns. For follow. Arg: source name.';

CREATE FUNCTION mwmirror.copy_again_next_ranges(source text, most integer, OUT wiki_id text, OUT source_table text, OUT key_column text, OUT key_kind text,
	OUT failed boolean, OUT numbers bigint[], OUT one_key boolean, OUT lowers text[], OUT upper text)
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	SELECT t.wiki_id, t.source_table, t.key_column, t.key_kind, t.error IS NOT NULL, r.one_key, ARRAY[r.number], ARRAY[encode(r.lower, 'hex')], encode(r.upper, 'hex')
	INTO wiki_id, source_table, key_column, key_kind, failed, one_key, numbers, lowers, upper
	FROM mwmirror.copy_range AS r JOIN mwmirror.copy_table AS t USING (wiki_id, source_table)
		JOIN mwmirror.wiki AS w ON w.wiki_id = t.wiki_id AND w.source_name = t.source_name
	WHERE t.source_name = source AND NOT EXISTS (
		SELECT FROM mwmirror.copy_chunk AS c
		WHERE c.wiki_id = r.wiki_id AND c.source_table = r.source_table AND c.state = 'reading' AND c.ordinal < r.behind)
	ORDER BY t.error IS NOT NULL, t.failed_at NULLS FIRST, t.wiki_id, mwmirror.copy_again_place(t.source_table), t.source_table, r.number
	LIMIT 1;
	IF one_key THEN
		SELECT array_agg(r.number), array_agg(encode(r.lower, 'hex')) INTO numbers, lowers
		FROM (
			SELECT * FROM mwmirror.copy_range AS x
			WHERE x.wiki_id = copy_again_next_ranges.wiki_id AND x.source_table = copy_again_next_ranges.source_table AND x.one_key
			ORDER BY x.number LIMIT most) AS r;
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_next_ranges(text, integer) IS
	'What of copy_range is to be compared next, of one table: a range, or some keys. wiki_id NULL: nothing. Bounds are hexadecimal. For follow. Args: source name; so many keys at most.';

CREATE FUNCTION mwmirror.copy_again_merged(wiki text, source_table text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.copy_again(wiki, m.source_table, format('it merges into rows that come of %s', copy_again_merged.source_table))
	FROM mwmirror.table_map AS own JOIN mwmirror.table_map AS m ON m.target_table = own.target_table AND m.row_mode = 'merge'
	WHERE own.source_table = copy_again_merged.source_table AND own.row_mode = 'row'
		AND NOT EXISTS (
			SELECT FROM mwmirror.copy_table AS t
			WHERE t.wiki_id = wiki AND t.source_table = m.source_table AND (t.mode = 'first' OR t.state = 'waiting'));
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_merged(text, text) IS
	'Has what other tables merge into the rows of a table compared, too: what came of them while rows were left out found none. When the table is compared. Args: wiki_id; source table.';

CREATE FUNCTION mwmirror.copy_again_ranges_done(wiki text, source_table text, numbers bigint[], upper bytea, rows bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	changed bigint := mwmirror.copy_change(w.source_name) FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki;
BEGIN
	IF upper IS NULL THEN
		DELETE FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki AND r.source_table = copy_again_ranges_done.source_table AND r.number = ANY (numbers);
	ELSE
		UPDATE mwmirror.copy_range AS r SET lower = copy_again_ranges_done.upper, number = changed
		WHERE r.wiki_id = wiki AND r.source_table = copy_again_ranges_done.source_table AND r.number = ANY (numbers);
	END IF;
	UPDATE mwmirror.copy_table AS t
	SET version = changed, rows_done = rows_done + CASE WHEN t.mode = 'first' THEN 0 ELSE rows END, error = NULL, failed_at = NULL,
		state = CASE
			WHEN t.mode <> 'ranges' OR EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki AND r.source_table = t.source_table) THEN t.state
			ELSE 'copied' END
	WHERE t.wiki_id = wiki AND t.source_table = copy_again_ranges_done.source_table;
	IF EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = copy_again_ranges_done.source_table AND t.state = 'copied') THEN
		PERFORM mwmirror.copy_again_merged(wiki, copy_again_ranges_done.source_table);
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_ranges_done(text, text, bigint[], bytea, bigint) IS
	'In the transaction that writes what differs in ranges of copy_range: they are done. For follow. Args: wiki_id; source table; numbers; NULL, or up to where it is if that is not all of the one range; source rows.';

CREATE FUNCTION mwmirror.copy_again_begin(wiki text, source_table text, key_column text, key_kind text, rows_total bigint)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE mwmirror.copy_table AS t
	SET state = 'copying', key_column = copy_again_begin.key_column, key_kind = copy_again_begin.key_kind, rows_total = copy_again_begin.rows_total,
		started_at = clock_timestamp()
	WHERE t.wiki_id = wiki AND t.source_table = copy_again_begin.source_table AND t.mode = 'again' AND t.state = 'waiting'
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_begin(text, text, text, text, bigint) IS
	'Begins to copy a table again. For follow. Args: wiki_id; source table; what its ranges are of and how bounds are said, as in copy_table; about how many rows it has.';

CREATE FUNCTION mwmirror.copy_again_mark(wiki text)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	q record;
BEGIN
	INSERT INTO mwmirror.request AS r (kind, source_name, wiki_id, state, rows_done)
		SELECT 'again', w.source_name, w.wiki_id, 'running', 1 FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki
		ON CONFLICT (wiki_id) WHERE kind = 'again' DO UPDATE SET rows_done = r.rows_done + 1, source_name = excluded.source_name, updated_at = clock_timestamp()
		RETURNING r.id, r.rows_done INTO q;
	RETURN format('Q%s.%s', q.id, q.rows_done);
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_mark(text) IS
	'The id of the next mark of what is copied again of a wiki (decoder/wire/mark.h): no other mark has it, whatever is copied again how often. For follow. Arg: wiki_id.';

CREATE FUNCTION mwmirror.copy_again_done(wiki text, source_table text, upper bytea, rows bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	UPDATE mwmirror.copy_table AS t
	SET settled_upper = upper, next_lower = upper, next_ordinal = next_ordinal + 1, rows_done = rows_done + rows, error = NULL, failed_at = NULL,
		state = CASE WHEN upper IS NULL THEN 'copied' ELSE 'copying' END, ended_at = CASE WHEN upper IS NULL THEN clock_timestamp() END
	WHERE t.wiki_id = wiki AND t.source_table = copy_again_done.source_table AND t.mode = 'again';
	IF upper IS NULL THEN
		PERFORM mwmirror.copy_again_merged(wiki, copy_again_done.source_table);
	END IF;
	RETURN (SELECT v.version FROM mwmirror.copy_version AS v JOIN mwmirror.wiki AS w ON w.source_name = v.source_name WHERE w.wiki_id = wiki);
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_done(text, text, bytea, bigint) IS
	'In the transaction that writes what differs in a range: it is done. Returns the new copy_version.version. For follow. Args: wiki_id; source table; upper bound of the range, NULL: it was the last; source rows.';

CREATE FUNCTION mwmirror.copy_again_failed(wiki text, source_table text, error text)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE mwmirror.copy_table AS t SET error = copy_again_failed.error, failed_at = clock_timestamp()
	WHERE t.wiki_id = wiki AND t.source_table = copy_again_failed.source_table
$function$;
COMMENT ON FUNCTION mwmirror.copy_again_failed(text, text, text) IS 'A table could not be copied again, and is tried again later. For follow. Args: wiki_id; source table; why.';

CREATE FUNCTION mwmirror.row_filter_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.mapping_changed();
	PERFORM mwmirror.copy_again(w.wiki_id, new.source_table, 'row_filter of table_map has changed')
	FROM mwmirror.wiki AS w
	WHERE (w.snapshot_gtid IS NOT NULL
			OR EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = w.wiki_id AND t.source_table = new.source_table AND t.next_ordinal > 1))
		AND w.gone_gtid IS NULL AND (w.is_wiki OR NOT new.shipped)
	ORDER BY w.wiki_id;
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.row_filter_changed() IS 'Has the table of wikis that are copied, or of which some is, compared with the source by the new row_filter: rows come and go, and the streams tell of it.';
CREATE TRIGGER filter_changes AFTER UPDATE ON mwmirror.table_map
	FOR EACH ROW WHEN (old.row_filter IS DISTINCT FROM new.row_filter) EXECUTE FUNCTION mwmirror.row_filter_changed();
