/*
 * sql/functions/request.sql
 *	  Requests: what "mwmirror follow" is asked to write into the WAL between two source transactions, in order with the live changes.
 *
 * Each call of request_step() is a transaction of its own that holds one message (decoder/wire/request.h) and, in the request's row, how far
 * it is: both are there or neither is.
 */

CREATE TABLE mwmirror.request (
	id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind            text COLLATE "C" NOT NULL CHECK (kind IN ('backfill', 'expire', 'wiki')),
	source_name     text COLLATE "C" NOT NULL,
	wiki_id         text COLLATE "C" NOT NULL,
	table_name      text COLLATE "C" CHECK (table_name IS NOT NULL OR kind <> 'backfill'),
	lower_key       text[],
	upper_key       text[],
	rows_per_second integer CHECK (rows_per_second > 0),
	state           text COLLATE "C" NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	last_key        text[],
	rows_done       bigint NOT NULL DEFAULT 0,
	due_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
	error           text,
	created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
CREATE INDEX request_unfinished ON mwmirror.request (source_name) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX request_expire ON mwmirror.request (wiki_id) WHERE kind = 'expire';
CREATE UNIQUE INDEX request_wiki ON mwmirror.request (wiki_id) WHERE kind = 'wiki';
COMMENT ON TABLE mwmirror.request IS 'What mwmirror follow is asked to write into the WAL beside the live changes; rows are added by mwmirror.request_backfill, and by follow itself.';
COMMENT ON COLUMN mwmirror.request.id IS 'Number of the request, which the decoder says with what comes of it.';
COMMENT ON COLUMN mwmirror.request.kind IS 'backfill: the rows of a key range, as they are when they are written. expire: what ends by itself, one row a wiki that never is done. wiki: its settings, one row a wiki that waits again whenever they change.';
COMMENT ON COLUMN mwmirror.request.source_name IS 'mwmirror.source.source_name: whose follow does it.';
COMMENT ON COLUMN mwmirror.request.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.request.table_name IS 'Table in schema mediawiki; NULL but for backfill.';
COMMENT ON COLUMN mwmirror.request.lower_key IS 'Values of the first columns of its key behind wiki_id, as text: rows from it on; NULL: from the first.';
COMMENT ON COLUMN mwmirror.request.upper_key IS 'Likewise: rows up to before it; NULL: to the last.';
COMMENT ON COLUMN mwmirror.request.rows_per_second IS 'The most that is written; NULL: as fast as live changes leave time.';
COMMENT ON COLUMN mwmirror.request.state IS 'waiting, running, done, failed (see error) or cancelled.';
COMMENT ON COLUMN mwmirror.request.last_key IS 'Key of the last row that is written, without wiki_id; of expire the time up to which it was told.';
COMMENT ON COLUMN mwmirror.request.rows_done IS 'Rows written so far.';
COMMENT ON COLUMN mwmirror.request.due_at IS 'When the next rows may be written.';
COMMENT ON COLUMN mwmirror.request.error IS 'Why it failed, or was put off.';
COMMENT ON COLUMN mwmirror.request.created_at IS 'When it was made.';
COMMENT ON COLUMN mwmirror.request.updated_at IS 'When it last changed.';

CREATE FUNCTION mwmirror.request_check_key(table_name text, key text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	columns text[];
	types text[];
	ignored boolean;
BEGIN
	SELECT array_agg(attname ORDER BY k.n), array_agg(format_type(atttypid, NULL) ORDER BY k.n) INTO columns, types
	FROM pg_index JOIN pg_class AS c ON c.oid = indrelid, unnest(indkey::integer[]) WITH ORDINALITY AS k(attnum, n), pg_attribute AS a
	WHERE c.relname = table_name AND relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p')
		AND indisprimary AND k.n <= indnkeyatts AND a.attrelid = c.oid AND a.attnum = k.attnum;
	IF columns[1] IS DISTINCT FROM 'wiki_id' OR cardinality(columns) < 2 THEN
		RAISE EXCEPTION 'not a table of the mirror with a key: "%"', table_name
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a table in schema mediawiki whose primary key begins with wiki_id.';
	END IF;
	IF key IS NULL THEN
		RETURN;
	END IF;
	IF array_ndims(key) IS DISTINCT FROM 1 OR cardinality(key) >= cardinality(columns) OR array_position(key, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'not a key of table "%": %', table_name, key
			USING ERRCODE = 'invalid_parameter_value', HINT = format('It has values for the first of these columns: %s.', array_to_string(columns[2:], ', '));
	END IF;
	FOR i IN 1 .. cardinality(key) LOOP
		EXECUTE format('SELECT CAST($1 AS %s) IS NULL', types[i + 1]) INTO ignored USING key[array_lower(key, 1) + i - 1];
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_check_key(text, text[]) IS
	'Checks that a table has a key, and that the values are of its first columns behind wiki_id. Args: table in schema mediawiki; values as text, or NULL. Errors: 22023; those of the types for values that are none of theirs.';

CREATE FUNCTION mwmirror.request_backfill(wiki text, table_name text, lower_key text[] DEFAULT NULL, upper_key text[] DEFAULT NULL,
	rows_per_second integer DEFAULT 1000)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text;
	made bigint;
BEGIN
	SELECT w.source_name INTO source FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'not a wiki of the mirror: "%"', wiki USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF rows_per_second < 1 THEN
		RAISE EXCEPTION 'rows a second must be at least 1' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM mwmirror.request_check_key(table_name, lower_key);
	PERFORM mwmirror.request_check_key(table_name, upper_key);
	INSERT INTO mwmirror.request AS r (kind, source_name, wiki_id, table_name, lower_key, upper_key, rows_per_second)
	VALUES ('backfill', source, wiki, request_backfill.table_name, request_backfill.lower_key, request_backfill.upper_key,
		request_backfill.rows_per_second)
	RETURNING r.id INTO made;
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_backfill(text, text, text[], text[], integer) IS
	'Asks follow to write the rows of a table into the WAL, in the order of its key, as they are then; returns the request''s id. Args: wiki; table in schema mediawiki; values of the first columns of its key behind wiki_id, as text, from which on and up to before which, NULL for no limit; rows a second, NULL for no limit. Errors: 22023 if there is no such wiki, table or key.';

CREATE FUNCTION mwmirror.request_cancel(id bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	UPDATE mwmirror.request AS r SET state = 'cancelled', updated_at = clock_timestamp()
	WHERE r.id = request_cancel.id AND r.state IN ('waiting', 'running');
	RETURN FOUND;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_cancel(bigint) IS
	'Ends a request: what is written stays, no more follows. Returns false if it had ended before. Arg: its id.';

-- Plans are made for the key's index, whatever is known of the table yet; keys are the same text in any session.
CREATE FUNCTION mwmirror.request_rows(source text, id bigint, number bigint, kind text, wiki text, table_name text,
	lower_key text[], upper_key text[], after_key text[], most_rows integer, most_bytes integer,
	OUT rows integer, OUT last_key text[], OUT done boolean)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET datestyle = 'ISO'
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET lock_timeout = '1s'
AS 'MODULE_PATHNAME', 'mwmirror_request_rows';
COMMENT ON FUNCTION mwmirror.request_rows(text, bigint, bigint, text, text, text, text[], text[], text[], integer, integer) IS
	'Writes the next rows of a request as one message into the WAL (decoder/wire/request.h). For request_step(). Args: source whose writer the session is; id of the request, number of its next row and its kind; wiki, table, and limits of the key as in mwmirror.request; the last key that is written, NULL for none; the most rows and bytes, of which a row is written in any case. Returns the number of rows, the key of the last one, and whether none is left. Errors: 55000 if the session is not that writer, 42809 if the table has no such key.';

CREATE FUNCTION mwmirror.request_mark(id bigint, number bigint, at timestamptz, wiki text)
RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mwmirror_request_mark';
COMMENT ON FUNCTION mwmirror.request_mark(bigint, bigint, timestamptz, text) IS
	'Ends what a request made of rows of a wiki with a mark (decoder/wire/mark.h), with what the noted rows refer to. For the steps of requests. Args: id of the request, a number that it uses once, when that happened, wiki. Errors: 55000 if the session is no writer, 22023.';

CREATE FUNCTION mwmirror.request_step(source text, until timestamptz DEFAULT NULL, OUT id bigint, OUT wrote integer, OUT state text, OUT error text, OUT wait_ms integer)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	most_rows CONSTANT integer := 1000;
	most_bytes CONSTANT integer := 262144;
	r mwmirror.request;
	part record;
	next_end timestamptz;
BEGIN
	IF until IS NOT NULL THEN
		SELECT s.id, s.wrote, s.error, s.next_end INTO id, wrote, error, next_end FROM mwmirror.expire_step(source, until) AS s;
	END IF;
	IF id IS NOT NULL THEN
		state := 'running';
		wait_ms := CASE WHEN error IS NULL THEN 0 END;
		RETURN;
	END IF;
	IF until IS NOT NULL THEN
		SELECT s.id, coalesce(s.wrote, 0) INTO id, wrote FROM mwmirror.wiki_step(source) AS s;
	END IF;
	IF id IS NOT NULL THEN
		state := 'done';
		wait_ms := 0;
		RETURN;
	END IF;
	-- a row that somebody else has locked is another time's
	SELECT q.* INTO r
	FROM mwmirror.request AS q JOIN mwmirror.wiki AS w ON w.wiki_id = q.wiki_id AND w.source_name = q.source_name
	WHERE q.kind = 'backfill' AND q.source_name = source AND q.state IN ('waiting', 'running') AND q.due_at <= clock_timestamp()
		AND w.snapshot_gtid IS NOT NULL
	ORDER BY q.due_at, q.id LIMIT 1
	FOR UPDATE OF q SKIP LOCKED;
	IF FOUND THEN
		BEGIN
			SELECT * INTO part
			FROM mwmirror.request_rows(source, r.id, r.rows_done + 1, r.kind, r.wiki_id, r.table_name, r.lower_key, r.upper_key, r.last_key,
				least(most_rows, r.rows_per_second), most_bytes);
			wrote := part.rows;
			state := CASE WHEN part.done THEN 'done' ELSE 'running' END;
			r.last_key := coalesce(part.last_key, r.last_key);
			r.due_at := clock_timestamp() + coalesce(wrote * interval '1 second' / r.rows_per_second, interval '0');
		EXCEPTION
			WHEN object_not_in_prerequisite_state THEN
				RAISE;
			WHEN lock_not_available OR transaction_rollback OR insufficient_resources OR system_error THEN
				state := r.state;
				error := SQLERRM;
				r.due_at := clock_timestamp() + interval '10 seconds';
			WHEN OTHERS THEN
				state := 'failed';
				error := SQLERRM;
		END;
		id := r.id;
		wrote := coalesce(wrote, 0);
		UPDATE mwmirror.request AS q
		SET state = request_step.state, error = request_step.error, last_key = r.last_key, rows_done = q.rows_done + wrote,
			due_at = r.due_at, updated_at = clock_timestamp()
		WHERE q.id = r.id;
	END IF;
	SELECT least(CASE WHEN count(*) > 0 THEN greatest(ceil(extract(epoch FROM min(q.due_at) - clock_timestamp()) * 1000), 0) END,
		CASE WHEN next_end IS NOT NULL THEN least(ceil(extract(epoch FROM next_end - until) * 1000), 86400000) END)::integer INTO wait_ms
	FROM mwmirror.request AS q JOIN mwmirror.wiki AS w ON w.wiki_id = q.wiki_id AND w.source_name = q.source_name
	WHERE q.kind = 'backfill' AND q.source_name = source AND q.state IN ('waiting', 'running') AND w.snapshot_gtid IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_step(text, timestamptz) IS
	'Does a part of the request of a source that is due, if there is one; first what has ended. For follow, between two source transactions, in a transaction of its own. Args: source whose writer the session is; up to when its changes are known to be applied, by the source''s clock, NULL: what ends waits. Returns id of that request, rows written, its state and error then, and milliseconds until one is due, NULL for none. What fails fails the request; what may pass puts it off.';
