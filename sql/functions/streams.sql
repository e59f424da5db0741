/*
 * sql/functions/streams.sql
 *	  Which streams the module writes, for those who make their topics and publish to them; and how they are switched.
 */

CREATE FUNCTION mwmirror.stream_defaults(OUT name text, OUT schema text, OUT private boolean, OUT enabled boolean, OUT key text,
	OUT partitions integer, OUT cleanup text, OUT retention_ms text, OUT compaction_lag_ms text)
RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_stream_defaults';
COMMENT ON FUNCTION mwmirror.stream_defaults() IS
	'The streams of events that the output plugin can write, as the module has them.';

CREATE FUNCTION mwmirror.event_columns(OUT table_name text, OUT column_name text)
RETURNS SETOF record
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_event_columns';
COMMENT ON FUNCTION mwmirror.event_columns() IS
	'The tables and columns of schema mediawiki that the output plugin makes events of.';

CREATE FUNCTION mwmirror.streams(OUT name text, OUT schema text, OUT private boolean, OUT enabled boolean, OUT topic text, OUT key text,
	OUT partitions integer, OUT cleanup text, OUT retention_ms text, OUT compaction_lag_ms text, OUT wikis bigint, OUT of_table text)
RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	WITH made AS (
		SELECT d.*, NULL AS of_table FROM mwmirror.stream_defaults() d
		UNION ALL
		SELECT * FROM mwmirror.state_streams()
	)
	SELECT d.name, d.schema, d.private,
		coalesce(s.enabled, d.enabled)
			OR EXISTS (SELECT FROM mwmirror.wiki w WHERE w.private = coalesce(d.private, w.private) AND d.name = ANY (w.streams_on)),
		coalesce(s.topic, d.name), CASE WHEN s.key <> 'own' THEN s.key ELSE d.key END,
		coalesce(s.partitions, d.partitions), coalesce(s.cleanup, d.cleanup), coalesce(s.retention_ms::text, d.retention_ms),
		coalesce(s.compaction_lag_ms::text, d.compaction_lag_ms),
		(SELECT count(*) FROM mwmirror.wiki w WHERE w.private = coalesce(d.private, w.private)
			AND (d.name = ANY (w.streams_on) OR coalesce(s.enabled, d.enabled) AND NOT w.streams_off && ARRAY[d.name, '*'])),
		d.of_table
	FROM (SELECT m.*, row_number() OVER () AS ordinality FROM made m) d
	LEFT JOIN mwmirror.stream s ON s.stream_name = d.name
	ORDER BY d.ordinality
$function$;
COMMENT ON FUNCTION mwmirror.streams() IS
	'The streams of events, as the module and mwmirror.stream say: name; $schema of its events; whether it tells of private wikis, or of the others (NULL: of all); whether it is on, of one wiki at least; topic without the prefix; key of its messages (own, wiki, none); and of its topic the number of partitions, cleanup.policy, retention.ms, and max.compaction.lag.ms (NULL: the broker''s own); of how many wikis it tells; of a state stream its table.';

CREATE FUNCTION mwmirror.streams_of(wiki text)
RETURNS SETOF text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT d.name
	FROM mwmirror.wiki AS w, (
			SELECT m.name, m.private, m.enabled FROM mwmirror.stream_defaults() AS m
			UNION ALL
			SELECT m.name, m.private, m.enabled FROM mwmirror.state_streams() AS m
		) AS d LEFT JOIN mwmirror.stream AS s ON s.stream_name = d.name
	WHERE w.wiki_id = wiki AND coalesce(d.private, w.private) = w.private
		AND (d.name = ANY (w.streams_on) OR coalesce(s.enabled, d.enabled) AND NOT w.streams_off && ARRAY[d.name, '*'])
$function$;
COMMENT ON FUNCTION mwmirror.streams_of(text) IS 'The streams that tell of a wiki. Arg: wiki.';

CREATE FUNCTION mwmirror.stream_switch(of_stream text, is_on boolean, of_wiki text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF of_wiki IS NULL THEN
		UPDATE mwmirror.stream SET enabled = is_on WHERE stream_name = of_stream;
		IF NOT FOUND THEN
			INSERT INTO mwmirror.stream (stream_name, enabled) VALUES (of_stream, is_on);
		END IF;
		RETURN;
	END IF;
	UPDATE mwmirror.wiki SET
			streams_on = array_remove(streams_on, of_stream) || CASE WHEN is_on THEN ARRAY[of_stream] ELSE '{}' END,
			streams_off = array_remove(streams_off, of_stream) || CASE WHEN NOT is_on THEN ARRAY[of_stream] ELSE '{}' END
		WHERE wiki_id = of_wiki;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no wiki "%"', of_wiki
			USING ERRCODE = 'no_data_found', HINT = 'SELECT wiki_id FROM mwmirror.wiki';
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.stream_switch(text, boolean, text) IS
	'Switches a stream on or off, for one wiki or, without its name, for all that say nothing else; NULL: as it was at first.';

CREATE FUNCTION mwmirror.state_switch(is_on boolean, private boolean, of_wiki text DEFAULT NULL)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT mwmirror.stream_switch(d.name, is_on, of_wiki) FROM mwmirror.state_streams() d WHERE (d.private IS NULL) = state_switch.private
$function$;
COMMENT ON FUNCTION mwmirror.state_switch(boolean, boolean, text) IS
	'Switches all state streams, as stream_switch() does one: those of the rows as they are (private true), or those of what everyone may read.';

CREATE FUNCTION mwmirror.state_may_come(stream text)
RETURNS boolean
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT current_setting('check_function_bodies') = 'off' AND EXISTS ( -- as what pg_dump writes sets it
		SELECT FROM pg_class c
		WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')
			AND stream IN (format('mwmirror.state.%s.v1', c.relname), format('mwmirror.state.%s.private.v1', c.relname))
			AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
$function$;
COMMENT ON FUNCTION mwmirror.state_may_come(text) IS
	'True while a dump is restored, of a state stream of a table that is not the extension''s own, and so has no primary key yet. Arg: name.';

CREATE FUNCTION mwmirror.check_stream()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	made record;
	other text;
BEGIN
	LOCK TABLE mwmirror.stream IN SHARE ROW EXCLUSIVE MODE; -- else two that do not see each other take one topic
	SELECT * INTO made FROM mwmirror.streams() WHERE name = new.stream_name;
	IF NOT FOUND THEN
		IF mwmirror.state_may_come(new.stream_name) THEN
			RETURN NULL;
		END IF;
		RAISE EXCEPTION 'there is no stream "%"', new.stream_name
			USING ERRCODE = 'check_violation', HINT = 'SELECT name FROM mwmirror.streams()';
	END IF;
	SELECT name INTO other FROM mwmirror.streams() WHERE made.topic IN (name, topic) AND name <> made.name;
	IF FOUND THEN
		RAISE EXCEPTION 'topic "%" of stream "%" is that of stream "%"', made.topic, made.name, other
			USING ERRCODE = 'unique_violation', HINT = 'Each stream has a topic of its own, that was never another''s.';
	END IF;
	SELECT u.stream INTO other FROM mwmirror.request AS q, unnest(q.topics, q.streams) AS u(topic, stream) WHERE u.topic = made.topic LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'topic "%" of stream "%" is that of a request for stream "%"', made.topic, made.name, other
			USING ERRCODE = 'unique_violation', HINT = 'SELECT id, topics FROM mwmirror.request';
	END IF;
	IF made.of_table IS NOT NULL AND made.key <> 'own' THEN
		RAISE EXCEPTION 'the messages of stream "%" cannot have another key than their own', made.name
			USING ERRCODE = 'check_violation', HINT = 'A tombstone says by its key what is no more.';
	END IF;
	IF made.cleanup LIKE 'compact%' AND made.key <> 'own' THEN
		RAISE EXCEPTION 'the topic of stream "%" cannot be compacted: its messages have the key "%"', made.name, made.key
			USING ERRCODE = 'check_violation', HINT = 'Compaction keeps the last message of each key. Set cleanup to delete.';
	END IF;
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.check_stream() IS 'Refuses what no stream can be.';
CREATE TRIGGER check_stream AFTER INSERT OR UPDATE ON mwmirror.stream
	FOR EACH ROW EXECUTE FUNCTION mwmirror.check_stream();

CREATE FUNCTION mwmirror.check_wiki_streams()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	unknown text;
BEGIN
	SELECT name INTO unknown FROM unnest(new.streams_on || array_remove(new.streams_off, '*')) AS u(name)
		WHERE name IS NULL OR (name NOT IN (SELECT d.name FROM mwmirror.streams() d) AND NOT mwmirror.state_may_come(name));
	IF FOUND THEN
		RAISE EXCEPTION 'there is no stream "%"', unknown
			USING ERRCODE = 'check_violation', HINT = 'SELECT name FROM mwmirror.streams()';
	END IF;
	RETURN new;
END
$function$;
COMMENT ON FUNCTION mwmirror.check_wiki_streams() IS 'Refuses names of streams that there are not.';
CREATE TRIGGER check_wiki_streams BEFORE INSERT OR UPDATE OF streams_on, streams_off ON mwmirror.wiki
	FOR EACH ROW WHEN (new.streams_on <> '{}' OR new.streams_off <> '{}') EXECUTE FUNCTION mwmirror.check_wiki_streams();

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.stream
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
