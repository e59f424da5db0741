/*
 * sql/functions/request.sql
 *	  Requests: what "mwmirror follow" is asked to write into the WAL between two source transactions, in order with the live changes.
 *
 * Each call of request_step() is a transaction of its own that holds one message (decoder/wire/request.h) and, in the request's row, how far
 * it is: both are there or neither is.
 */

CREATE TABLE mwmirror.request (
	id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind            text COLLATE "C" NOT NULL CHECK (kind IN ('backfill', 'state', 'expire', 'wiki', 'again')),
	source_name     text COLLATE "C" NOT NULL,
	wiki_id         text COLLATE "C" NOT NULL,
	table_name      text COLLATE "C" CHECK (table_name IS NOT NULL OR kind NOT IN ('backfill', 'state')),
	lower_key       text[],
	upper_key       text[],
	key_columns     text[],
	by_page         boolean NOT NULL DEFAULT false,
	since           timestamptz,
	only_column     text COLLATE "C",
	only_value      bigint,
	listed          boolean NOT NULL DEFAULT false,
	streams         text[] NOT NULL DEFAULT '{}' CHECK (cardinality(streams) <= 64 AND array_position(streams, NULL) IS NULL),
	topics          text[] CHECK (cardinality(topics) = cardinality(streams) AND array_position(topics, NULL) IS NULL),
	rows_per_second integer CHECK (rows_per_second > 0),
	state           text COLLATE "C" NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
	last_key        text[],
	rows_done       bigint NOT NULL DEFAULT 0,
	rows_read       bigint NOT NULL DEFAULT 0,
	rows_total      bigint,
	first_gtid_pos  text,
	first_lsn       pg_lsn,
	last_gtid_pos   text,
	last_lsn        pg_lsn,
	due_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
	error           text,
	created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
CREATE INDEX request_unfinished ON mwmirror.request (source_name) WHERE state IN ('waiting', 'running');
CREATE UNIQUE INDEX request_expire ON mwmirror.request (wiki_id) WHERE kind = 'expire';
CREATE UNIQUE INDEX request_wiki ON mwmirror.request (wiki_id) WHERE kind = 'wiki';
CREATE UNIQUE INDEX request_again ON mwmirror.request (wiki_id) WHERE kind = 'again';
COMMENT ON TABLE mwmirror.request IS 'What mwmirror follow is asked to write into the WAL beside the live changes; rows are added by mwmirror.request_backfill, and by follow itself.';
COMMENT ON COLUMN mwmirror.request.id IS 'Number of the request, which the decoder says with what comes of it.';
COMMENT ON COLUMN mwmirror.request.kind IS 'backfill: the rows of a key range, as they are when they are written. state: likewise, rows that say something of another one that changed, by only_column. expire: what ends by itself, one row a wiki that never is done. wiki: its settings, one row a wiki that waits again whenever they change. again: what differed where tables were copied again, one row a wiki whose rows_done counts marks.';
COMMENT ON COLUMN mwmirror.request.source_name IS 'mwmirror.source.source_name: whose follow does it.';
COMMENT ON COLUMN mwmirror.request.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.request.table_name IS 'Table in schema mediawiki; NULL but for backfill and state.';
COMMENT ON COLUMN mwmirror.request.lower_key IS 'Values of the first columns of its key behind wiki_id, as text: rows from it on; NULL: from the first.';
COMMENT ON COLUMN mwmirror.request.upper_key IS 'Likewise: rows up to before it; NULL: to the last.';
COMMENT ON COLUMN mwmirror.request.key_columns IS 'The columns behind wiki_id by which it goes through the table, as they were when it was made: if they are others since, it fails.';
COMMENT ON COLUMN mwmirror.request.by_page IS 'True: revisions of one page after the other, in the order of their times; false: in the order of the primary key.';
COMMENT ON COLUMN mwmirror.request.since IS 'Only rows whose time (mwmirror.request_time_column) is not before; NULL: all.';
COMMENT ON COLUMN mwmirror.request.only_column IS 'Only rows in which this column is only_value; NULL: all.';
COMMENT ON COLUMN mwmirror.request.only_value IS 'See only_column.';
COMMENT ON COLUMN mwmirror.request.listed IS 'True: only the pages that mwmirror.request_page names.';
COMMENT ON COLUMN mwmirror.request.streams IS 'The streams that tell of the rows; none: only the text format of the output plugin shows them.';
COMMENT ON COLUMN mwmirror.request.topics IS 'A topic for each of streams, to which nothing else goes; NULL: the streams'' own.';
COMMENT ON COLUMN mwmirror.request.rows_per_second IS 'The most that is written; NULL: as fast as live changes leave time.';
COMMENT ON COLUMN mwmirror.request.state IS 'waiting, running, done, failed (see error) or cancelled.';
COMMENT ON COLUMN mwmirror.request.last_key IS 'Key of the last row that is written, without wiki_id; of expire the time up to which it was told.';
COMMENT ON COLUMN mwmirror.request.rows_done IS 'Rows written so far.';
COMMENT ON COLUMN mwmirror.request.rows_read IS 'Rows looked at so far: with since not all of them are written.';
COMMENT ON COLUMN mwmirror.request.rows_total IS 'How many there were when it was made, as far as could be told in a moment; NULL: not known.';
COMMENT ON COLUMN mwmirror.request.first_gtid_pos IS 'mwmirror.source.gtid_pos at which the first part is the state. A part after it says its own in the messages.';
COMMENT ON COLUMN mwmirror.request.first_lsn IS 'Where the first part was written into the WAL, or a little before.';
COMMENT ON COLUMN mwmirror.request.last_gtid_pos IS 'The same of the last part so far.';
COMMENT ON COLUMN mwmirror.request.last_lsn IS 'Likewise, or a little behind it.';
COMMENT ON COLUMN mwmirror.request.due_at IS 'When the next rows may be written.';
COMMENT ON COLUMN mwmirror.request.error IS 'Why it failed, or was put off.';
COMMENT ON COLUMN mwmirror.request.created_at IS 'When it was made.';
COMMENT ON COLUMN mwmirror.request.updated_at IS 'When it last changed.';

CREATE TABLE mwmirror.request_page (
	request_id  bigint NOT NULL REFERENCES mwmirror.request ON DELETE CASCADE,
	listed_page bigint NOT NULL,
	PRIMARY KEY (request_id, listed_page)
);
COMMENT ON TABLE mwmirror.request_page IS 'The pages of requests that are listed.';
COMMENT ON COLUMN mwmirror.request_page.request_id IS 'mwmirror.request.id.';
COMMENT ON COLUMN mwmirror.request_page.listed_page IS 'page_id.';

CREATE FUNCTION mwmirror.request_key(table_name text, by_page boolean)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE
		WHEN by_page THEN ARRAY['rev_page', 'rev_timestamp', 'rev_id']
		ELSE (
			SELECT array_agg(attname::text ORDER BY k.n)
			FROM pg_index JOIN pg_class AS c ON c.oid = indrelid, unnest(indkey::integer[]) WITH ORDINALITY AS k(attnum, n), pg_attribute AS a
			WHERE c.relname = table_name AND relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p')
				AND indisprimary AND k.n BETWEEN 2 AND indnkeyatts AND a.attrelid = c.oid AND a.attnum = k.attnum)
	END
$function$;
COMMENT ON FUNCTION mwmirror.request_key(text, boolean) IS
	'The columns behind wiki_id by which a request goes through a table. Args: table in schema mediawiki; whether it is revision and goes by page. NULL if there is no such key.';

CREATE FUNCTION mwmirror.request_time_column(table_name text)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT attname::text
	FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
	WHERE c.relname = table_name AND relnamespace = 'mediawiki'::regnamespace AND attnum > 0 AND NOT attisdropped
		AND atttypid = 'timestamptz'::regtype AND attname ~ '_(timestamp|touched)$'
	ORDER BY attnum LIMIT 1
$function$;
COMMENT ON FUNCTION mwmirror.request_time_column(text) IS
	'The column that says when a row of a table last changed, or was made: page_touched, rev_timestamp and so on. NULL if it has none. Arg: table in schema mediawiki.';

CREATE FUNCTION mwmirror.request_check_key(table_name text, key text[], by_page boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	columns text[] := mwmirror.request_key(table_name, by_page);
	type text;
	ignored boolean;
BEGIN
	IF columns IS NULL OR NOT EXISTS (
		SELECT FROM pg_index JOIN pg_class AS c ON c.oid = indrelid JOIN pg_attribute AS a ON attrelid = c.oid AND attnum = indkey[0]
		WHERE c.relname = table_name AND relnamespace = 'mediawiki'::regnamespace AND indisprimary AND attname = 'wiki_id')
	THEN
		RAISE EXCEPTION 'not a table of the mirror with a key: "%"', table_name
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a table in schema mediawiki whose primary key begins with wiki_id.';
	END IF;
	IF key IS NULL THEN
		RETURN;
	END IF;
	IF array_ndims(key) IS DISTINCT FROM 1 OR cardinality(key) > cardinality(columns) OR array_position(key, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'not a key of table "%": %', table_name, key
			USING ERRCODE = 'invalid_parameter_value', HINT = format('It has values for the first of these columns: %s.', array_to_string(columns, ', '));
	END IF;
	FOR i IN 1 .. cardinality(key) LOOP
		SELECT format_type(atttypid, NULL) INTO type
		FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
		WHERE c.relname = table_name AND relnamespace = 'mediawiki'::regnamespace AND attname = columns[i];
		EXECUTE format('SELECT CAST($1 AS %s) IS NULL', type) INTO ignored USING key[array_lower(key, 1) + i - 1];
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_check_key(text, text[], boolean) IS
	'Checks that a table has a key, and that the values are of its first columns behind wiki_id. Args: table in schema mediawiki; values as text, or NULL; whether it goes by page. Errors: 22023; those of the types for values that are none of theirs.';

CREATE FUNCTION mwmirror.request_count(wiki text, table_name text, lower_key text[], upper_key text[], by_page boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
	columns text[] := mwmirror.request_key(table_name, by_page);
	limits text := '';
	plan json;
	side record;
BEGIN
	FOR side IN SELECT * FROM (VALUES (lower_key, '>='), (upper_key, '<')) AS v(key, operator) WHERE key IS NOT NULL LOOP
		limits := limits || format(' AND (%s) %s (%s)',
			(SELECT string_agg(format('%I', c), ', ' ORDER BY n) FROM unnest(columns) WITH ORDINALITY AS u(c, n) WHERE n <= cardinality(side.key)),
			side.operator, (SELECT string_agg(format('%L', v), ', ' ORDER BY n) FROM unnest(side.key) WITH ORDINALITY AS u(v, n)));
	END LOOP;
	EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM mediawiki.%I WHERE wiki_id = %L%s', table_name, wiki, limits) INTO plan;
	RETURN (plan->0->'Plan'->>'Plan Rows')::bigint;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_count(text, text, text[], text[], boolean) IS
	'About how many rows a request has, by the statistics of the server. Args: as of request_backfill().';

CREATE FUNCTION mwmirror.request_check_topics(streams text[], topics text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	wanted record;
	other text;
BEGIN
	FOR wanted IN SELECT u.topic, u.stream FROM unnest(topics, streams) AS u(topic, stream) LOOP
		IF wanted.topic !~ '^[A-Za-z0-9._-]{1,200}$' OR wanted.topic IN ('.', '..') THEN
			RAISE EXCEPTION 'not the name of a topic: "%"', wanted.topic
				USING ERRCODE = 'invalid_parameter_value', HINT = 'It has at most 200 letters, digits, ".", "_" and "-".';
		END IF;
		SELECT s.name INTO other FROM mwmirror.streams() AS s WHERE wanted.topic IN (s.name, s.topic);
		IF NOT FOUND THEN
			SELECT u.stream INTO other
			FROM mwmirror.request AS q, unnest(q.topics, q.streams) AS u(topic, stream)
			WHERE u.topic = wanted.topic AND u.stream <> wanted.stream LIMIT 1;
		END IF;
		IF NOT FOUND THEN
			SELECT u.stream INTO other FROM unnest(topics, streams) AS u(topic, stream)
			WHERE u.topic = wanted.topic AND u.stream <> wanted.stream LIMIT 1;
		END IF;
		IF FOUND THEN
			RAISE EXCEPTION 'topic "%" is that of stream "%"', wanted.topic, other
				USING ERRCODE = 'invalid_parameter_value', HINT = 'A topic has messages of one stream.';
		END IF;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_check_topics(text[], text[]) IS
	'Refuses topics that are those of other streams, or no topics. Args: streams; a topic for each of them. Errors: 22023.';

CREATE FUNCTION mwmirror.request_backfill(wiki text, table_name text, lower_key text[] DEFAULT NULL, upper_key text[] DEFAULT NULL,
	rows_per_second integer DEFAULT 1000, streams text[] DEFAULT '{}', topics text[] DEFAULT NULL, since timestamptz DEFAULT NULL,
	pages bigint[] DEFAULT NULL, by_page boolean DEFAULT false)
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
	IF by_page AND table_name <> 'revision' OR pages IS NOT NULL AND NOT by_page AND table_name <> 'page' THEN
		RAISE EXCEPTION 'rows of table "%" are not told by page', table_name USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF since IS NOT NULL AND mwmirror.request_time_column(table_name) IS NULL THEN
		RAISE EXCEPTION 'rows of table "%" have no time', table_name USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM mwmirror.request_check_key(table_name, lower_key, by_page);
	PERFORM mwmirror.request_check_key(table_name, upper_key, by_page);
	PERFORM mwmirror.request_check_topics(streams, topics);
	INSERT INTO mwmirror.request AS r (kind, source_name, wiki_id, table_name, lower_key, upper_key, rows_per_second, streams, topics, since, listed,
		by_page, key_columns, rows_total)
	VALUES ('backfill', source, wiki, request_backfill.table_name, request_backfill.lower_key, request_backfill.upper_key,
		request_backfill.rows_per_second, request_backfill.streams, request_backfill.topics, request_backfill.since, pages IS NOT NULL,
		request_backfill.by_page, mwmirror.request_key(request_backfill.table_name, request_backfill.by_page),
		CASE
			WHEN pages IS NULL THEN mwmirror.request_count(wiki, request_backfill.table_name, request_backfill.lower_key, request_backfill.upper_key,
				request_backfill.by_page)
			WHEN NOT request_backfill.by_page THEN (SELECT count(DISTINCT p) FROM unnest(pages) AS p)
		END)
	RETURNING r.id INTO made;
	INSERT INTO mwmirror.request_page SELECT DISTINCT made, p FROM unnest(pages) AS p WHERE p IS NOT NULL;
	RETURN made;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_backfill(text, text, text[], text[], integer, text[], text[], timestamptz, bigint[], boolean) IS
	'Asks follow to write the rows of a table into the WAL, in the order of its key, as they are then; returns the request''s id. Args: wiki; table in schema mediawiki; values of the first columns of its key behind wiki_id, as text, from which on and up to before which, NULL for no limit; rows a second, NULL for no limit; streams that tell of them; a topic of its own for each, NULL for the streams'' own; only rows that are not older; only these pages; revisions by page. Errors: 22023 if there is no such wiki, table, key or topic.';

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

CREATE FUNCTION mwmirror.request_resume(id bigint, rows_per_second integer DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	UPDATE mwmirror.request AS r
	SET state = CASE WHEN r.state IN ('failed', 'cancelled') THEN 'waiting' ELSE r.state END, error = NULL, due_at = clock_timestamp(),
		rows_per_second = nullif(coalesce(request_resume.rows_per_second, r.rows_per_second), 0), updated_at = clock_timestamp()
	WHERE r.id = request_resume.id AND r.kind IN ('backfill', 'state') AND r.state <> 'done';
	RETURN EXISTS (SELECT FROM mwmirror.request AS r WHERE r.id = request_resume.id AND r.kind IN ('backfill', 'state'));
END
$function$;
COMMENT ON FUNCTION mwmirror.request_resume(bigint, integer) IS
	'Goes on with a backfill that failed or was cancelled, behind the last row that is written; changes the rate of any that is not done. Returns false if there is no such. Args: its id; rows a second, 0: no limit, NULL: as they are.';

-- Plans are made for the key's index, whatever is known of the table yet; keys are the same text in any session.
CREATE FUNCTION mwmirror.request_rows(source text, id bigint, number bigint, kind text, wiki text, table_name text,
	lower_key text[], upper_key text[], after_key text[], most_rows integer, most_bytes integer,
	streams text[] DEFAULT NULL, topics text[] DEFAULT NULL, at text DEFAULT NULL, key_columns text[] DEFAULT NULL, listed boolean DEFAULT false,
	since_column text DEFAULT NULL, since timestamptz DEFAULT NULL, size_column text DEFAULT NULL, only_column text DEFAULT NULL, only_value bigint DEFAULT NULL,
	OUT rows integer, OUT last_key text[], OUT done boolean, OUT read integer)
LANGUAGE C VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
SET datestyle = 'ISO'
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET lock_timeout = '1s'
AS 'MODULE_PATHNAME', 'mwmirror_request_rows';
COMMENT ON FUNCTION mwmirror.request_rows(text, bigint, bigint, text, text, text, text[], text[], text[], integer, integer, text[], text[], text, text[], boolean, text, timestamptz, text, text, bigint) IS
	'Writes the next rows of a request as one message into the WAL (decoder/wire/request.h). For request_step(). Args: source whose writer the session is; id of the request, number of its next row and its kind; wiki, table, and limits of the key as in mwmirror.request; the last key that is written, NULL for none; the most rows and bytes, of which a row is written in any case; streams that tell of them, their topics, and the position of the source; columns of the key, NULL for the primary key; whether only listed pages; column and time of rows that are not older; column with the size of what the streams tell beside the rows; column and value of the rows that are meant, if not all are. The rows are noted for the next mark if streams are named. Returns the number of rows, the key of the last one that was looked at, whether none is left, and how many were looked at. Errors: 55000 if the session is not that writer, 42809 if the table has no such key.';

CREATE FUNCTION mwmirror.request_mark(id bigint, number bigint, at timestamptz, wiki text)
RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mwmirror_request_mark';
COMMENT ON FUNCTION mwmirror.request_mark(bigint, bigint, timestamptz, text) IS
	'Ends what a request made of rows of a wiki with a mark (decoder/wire/mark.h), with what the noted rows refer to. For the steps of requests. Args: id of the request, a number that it uses once, when that happened, wiki. Errors: 55000 if the session is no writer, 22023.';

CREATE FUNCTION mwmirror.request_put_off(id bigint, error text)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE mwmirror.request AS r SET error = request_put_off.error, due_at = clock_timestamp() + interval '1 minute', updated_at = clock_timestamp()
	WHERE r.id = request_put_off.id AND r.state IN ('waiting', 'running')
$function$;
COMMENT ON FUNCTION mwmirror.request_put_off(bigint, text) IS
	'A request has to wait for a minute: its contents cannot be read from the source. For follow. Args: its id; why.';

CREATE FUNCTION mwmirror.request_check(r mwmirror.request)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	off text;
BEGIN
	IF to_regclass(format('mediawiki.%I', r.table_name)) IS NULL THEN
		RAISE EXCEPTION 'table "mediawiki.%" does not exist', r.table_name USING ERRCODE = 'undefined_table';
	END IF;
	IF mwmirror.request_key(r.table_name, r.by_page) IS DISTINCT FROM r.key_columns THEN
		RAISE EXCEPTION 'the key of table "%" is not (%) any more', r.table_name, array_to_string(r.key_columns, ', ') USING ERRCODE = 'invalid_table_definition';
	END IF;
	SELECT s INTO off FROM unnest(r.streams) AS s WHERE s NOT IN (SELECT mwmirror.streams_of(r.wiki_id)) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'stream "%" is off of wiki "%"', off, r.wiki_id USING ERRCODE = 'invalid_parameter_value';
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_check(mwmirror.request) IS
	'Fails if what a request was made for is not so any more: the key of its table, or a stream that is off. For request_step().';

CREATE FUNCTION mwmirror.request_body(wiki text, content_id bigint, body bytea, status text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mwmirror_request_body';
COMMENT ON FUNCTION mwmirror.request_body(text, bigint, bytea, text) IS
	'Writes a row of content_body that is not in the mirror into the WAL, for what is told before the next mark. For request_step(). Args: wiki; the row. Errors: 55000 if the session is no writer.';

CREATE FUNCTION mwmirror.request_lacking(r mwmirror.request, upto text[])
RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $function$
DECLARE
	low bigint := coalesce(CASE WHEN r.by_page THEN r.last_key[1]::bigint ELSE r.last_key[1]::bigint + 1 END, r.lower_key[1]::bigint, -9223372036854775808);
	page text := CASE WHEN r.by_page THEN 'rev_page' ELSE 'page_id' END;
	lacking jsonb;
BEGIN
	EXECUTE format('SELECT jsonb_agg(DISTINCT jsonb_build_array(c.content_id, c.content_address))
		FROM (SELECT %s AS rev FROM mediawiki.%I WHERE wiki_id = $1 AND %s%s%s) AS t
		JOIN mediawiki.revision AS v ON v.wiki_id = $1 AND v.rev_id = t.rev AND coalesce(v.rev_deleted, 0) & 1 = 0 -- what is hidden is not told
		JOIN mediawiki.slots AS s ON s.wiki_id = $1 AND s.slot_revision_id = v.rev_id
		JOIN mediawiki.content AS c ON c.wiki_id = $1 AND c.content_id = s.slot_content_id
		WHERE NOT EXISTS (SELECT FROM mediawiki.content_body AS b WHERE b.wiki_id = $1 AND b.content_id = c.content_id)',
		CASE WHEN r.by_page THEN 'rev_id' ELSE 'page_latest' END, r.table_name,
		CASE WHEN r.listed THEN page || ' = ANY (ARRAY(SELECT listed_page FROM mwmirror.request_page WHERE request_id = $2 AND listed_page BETWEEN $3 AND $4))'
			ELSE page || ' BETWEEN $3 AND $4' END,
		CASE WHEN r.since IS NOT NULL THEN format(' AND %I >= $5', mwmirror.request_time_column(r.table_name)) END,
		CASE WHEN r.by_page THEN ' AND (rev_page, rev_timestamp, rev_id) <= ($7[1]::bigint, $7[2]::timestamptz, $7[3]::bigint)' END
			|| CASE WHEN r.last_key IS NOT NULL THEN ' AND (rev_page, rev_timestamp, rev_id) > ($6[1]::bigint, $6[2]::timestamptz, $6[3]::bigint)' ELSE '' END)
	INTO lacking USING r.wiki_id, r.id, low, upto[1]::bigint, r.since, r.last_key, upto;
	RETURN lacking;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_lacking(mwmirror.request, text[]) IS
	'Contents of the next part of a request of pages or revisions that content_body does not have: pairs of content_id and address. For request_step(). Args: the request as before the part; the last key of the part.';

CREATE FUNCTION mwmirror.request_step(source text, until timestamptz DEFAULT NULL, of_id bigint DEFAULT NULL, of_rows integer DEFAULT NULL,
	content_ids bigint[] DEFAULT '{}', bodies bytea[] DEFAULT '{}', statuses text[] DEFAULT '{}',
	OUT id bigint, OUT wrote integer, OUT state text, OUT error text, OUT wait_ms integer, OUT contents jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	most_rows CONSTANT integer := 1000;
	most_bytes CONSTANT integer := 262144;
	r mwmirror.request;
	part record;
	at text;
	told_contents boolean;
	lacking jsonb;
	next_end timestamptz;
BEGIN
	IF until IS NOT NULL AND of_id IS NULL THEN
		SELECT s.id, s.wrote, s.error, s.next_end INTO id, wrote, error, next_end FROM mwmirror.expire_step(source, until) AS s;
	END IF;
	IF id IS NOT NULL THEN
		state := 'running';
		wait_ms := CASE WHEN error IS NULL THEN 0 END;
		RETURN;
	END IF;
	IF until IS NOT NULL AND of_id IS NULL THEN
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
	WHERE q.kind IN ('backfill', 'state') AND q.source_name = source AND q.state IN ('waiting', 'running') AND q.due_at <= clock_timestamp()
		AND w.snapshot_gtid IS NOT NULL
		AND q.id = coalesce(of_id, q.id)
	ORDER BY q.due_at, q.id LIMIT 1
	FOR UPDATE OF q SKIP LOCKED;
	IF FOUND THEN
		told_contents := array_to_string(r.streams, ' ') ~ '_content_change|page\.state';
		SELECT m.gtid_pos INTO at FROM mwmirror.source AS m WHERE m.source_name = request_step.source;
		BEGIN
			PERFORM mwmirror.request_check(r);
			SELECT * INTO part
			FROM mwmirror.request_rows(source, r.id, r.rows_done + 1, r.kind, r.wiki_id, r.table_name, r.lower_key, r.upper_key, r.last_key,
				least(most_rows, r.rows_per_second, of_rows), most_bytes, r.streams, r.topics, at, r.key_columns, r.listed,
				CASE WHEN r.since IS NOT NULL THEN mwmirror.request_time_column(r.table_name) END, r.since,
				CASE WHEN told_contents THEN CASE r.table_name WHEN 'page' THEN 'page_len' WHEN 'revision' THEN 'rev_len' END END, r.only_column, r.only_value);
			IF told_contents AND part.rows > 0 AND (SELECT w.content_policy <> 'none' FROM mwmirror.wiki AS w WHERE w.wiki_id = r.wiki_id) THEN
				lacking := mwmirror.request_lacking(r, part.last_key);
				IF EXISTS (SELECT FROM jsonb_array_elements(lacking) AS l WHERE (l->>0)::bigint <> ALL (content_ids)) THEN
					RAISE EXCEPTION USING ERRCODE = 'MWB01', MESSAGE = 'contents are not there', DETAIL = part.read::text;
				END IF;
				PERFORM mwmirror.request_body(r.wiki_id, g.content_id, g.body, g.status)
				FROM unnest(content_ids, bodies, statuses) AS g(content_id, body, status);
			END IF;
			IF part.rows > 0 AND r.streams <> '{}' THEN
				PERFORM mwmirror.request_mark(r.id, r.rows_done + 1, clock_timestamp(), r.wiki_id);
			END IF;
			wrote := part.rows;
			state := CASE WHEN part.done THEN 'done' ELSE 'running' END;
			r.last_key := coalesce(part.last_key, r.last_key);
			r.rows_read := r.rows_read + part.read;
			r.first_gtid_pos := coalesce(r.first_gtid_pos, at);
			r.first_lsn := coalesce(r.first_lsn, pg_current_wal_insert_lsn());
			r.last_gtid_pos := at;
			r.due_at := clock_timestamp() + coalesce(wrote * interval '1 second' / r.rows_per_second, interval '0');
			IF part.done AND r.listed THEN
				DELETE FROM mwmirror.request_page AS p WHERE p.request_id = r.id;
			END IF;
		EXCEPTION
			WHEN SQLSTATE 'MWB01' THEN -- nothing is written: follow reads them, and calls again
				GET STACKED DIAGNOSTICS error = PG_EXCEPTION_DETAIL;
				contents := jsonb_build_object('wiki_id', r.wiki_id, 'rows', error::integer, 'contents', lacking);
				id := r.id;
				wrote := 0;
				state := r.state;
				error := NULL;
				wait_ms := 0;
				RETURN;
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
		SET state = request_step.state, error = request_step.error, last_key = r.last_key, rows_done = q.rows_done + wrote, rows_read = r.rows_read,
			first_gtid_pos = r.first_gtid_pos, first_lsn = r.first_lsn, last_gtid_pos = r.last_gtid_pos, last_lsn = pg_current_wal_insert_lsn(),
			due_at = r.due_at, updated_at = clock_timestamp()
		WHERE q.id = r.id;
	END IF;
	SELECT least(CASE WHEN count(*) > 0 THEN greatest(ceil(extract(epoch FROM min(q.due_at) - clock_timestamp()) * 1000), 0) END,
		CASE WHEN next_end IS NOT NULL THEN least(ceil(extract(epoch FROM next_end - until) * 1000), 86400000) END)::integer INTO wait_ms
	FROM mwmirror.request AS q JOIN mwmirror.wiki AS w ON w.wiki_id = q.wiki_id AND w.source_name = q.source_name
	WHERE q.kind IN ('backfill', 'state') AND q.source_name = source AND q.state IN ('waiting', 'running') AND w.snapshot_gtid IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.request_step(text, timestamptz, bigint, integer, bigint[], bytea[], text[]) IS
	'Does a part of the request of a source that is due, if there is one; first what has ended. For follow, between two source transactions, in a transaction of its own. Args: source whose writer the session is; up to when its changes are known to be applied, by the source''s clock, NULL: what ends waits; if it is called again for contents: the request, rows that the part looks at, and the contents as content_body has them. Returns id of that request, rows written, its state and error then, and milliseconds until one is due, NULL for none; contents that the mirror does not keep, and that are to be read from the source: then nothing is written, and it is to be called again with them. What fails fails the request; what may pass puts it off.';
