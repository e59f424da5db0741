/*
 * sql/functions/replication.sql
 *	  What the mirror says to logical decoding.
 */

CREATE FUNCTION mwmirror.emit_mark(source text, gtid text, wikis text[], commit_time timestamptz DEFAULT clock_timestamp())
RETURNS pg_lsn
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	seconds numeric;
	named text := '';
	wiki text;
BEGIN
	IF gtid !~ '^[0-9]+-[0-9]+-[0-9]+$' THEN
		RAISE EXCEPTION 'not a GTID: "%"', gtid
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A GTID is domain-server-sequence, such as 0-1-123.';
	END IF;
	PERFORM mwmirror.origin_name(source, 'follow');
	IF NOT isfinite(commit_time) THEN
		RAISE EXCEPTION 'commit time must be finite' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	seconds := extract(epoch FROM commit_time);
	IF seconds = trunc(seconds) THEN
		seconds := trunc(seconds);
	END IF;
	FOREACH wiki IN ARRAY wikis LOOP
		IF coalesce(octet_length(wiki), 0) NOT BETWEEN 1 AND 255 THEN
			RAISE EXCEPTION 'not a wiki''s id: "%"', wiki USING ERRCODE = 'invalid_parameter_value';
		END IF;
		named := named || format(' %s:%s', octet_length(wiki), wiki);
	END LOOP;
	RETURN pg_logical_emit_message(true, 'mwmirror', format(E'U %s %s %s%s\n', gtid, seconds, source, named));
END
$function$;
COMMENT ON FUNCTION mwmirror.emit_mark(text, text, text[], timestamptz) IS
	'Ends a source transaction in the WAL with the mark of decoder/wire/mark.h; returns its LSN. The mirror writes its marks itself: this is for tests. Args: source name, GTID, wikis of which rows were changed, commit time at the source. Errors: 22023 for what is none of these.';
