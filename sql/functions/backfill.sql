/*
 * sql/functions/backfill.sql
 *	  What "mwmirror backfill" asks: which requests (request.sql) tell streams what is there, and how far they are.
 */

CREATE FUNCTION mwmirror.backfill_table(stream text, history boolean)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT CASE
		WHEN stream ~ '^mediawiki\.page(_content)?_change(\.private)?\.v1$' THEN CASE WHEN history THEN 'revision' ELSE 'page' END
		WHEN stream ~ '^mediawiki\.page\.state(\.private)?\.v1$' THEN 'page'
		ELSE substring(stream FROM '^mwmirror\.state\.(.+?)(?:\.private)?\.v1$')
	END
$function$;
COMMENT ON FUNCTION mwmirror.backfill_table(text, boolean) IS
	'The table whose rows a stream can tell again; NULL if it tells of changes only. Args: name of the stream; whether it is to tell of all revisions.';

CREATE FUNCTION mwmirror.backfill_pages(wiki text, titles text[], OUT title text, OUT page_id bigint)
RETURNS SETOF record
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT t.title, coalesce(
			(SELECT p.page_id FROM mediawiki.page AS p WHERE t.title ~ '^#?[0-9]{1,18}$' AND p.wiki_id = wiki AND p.page_id = ltrim(t.title, '#')::bigint),
			(SELECT p.page_id FROM mediawiki.page AS p WHERE p.wiki_id = wiki AND p.page_namespace = n.namespace_id AND p.page_title = n.rest
				ORDER BY p.page_id DESC LIMIT 1), -- a mirror may have a title twice while it is copied
			(SELECT p.page_id FROM mediawiki.page AS p WHERE p.wiki_id = wiki AND p.page_namespace = n.namespace_id
				AND p.page_title = upper(left(n.rest, 1)) || substr(n.rest, 2)
				ORDER BY p.page_id DESC LIMIT 1))
	FROM unnest(titles) AS t(title), LATERAL (
		SELECT coalesce(m.namespace_id, 0) AS namespace_id, CASE WHEN m.namespace_id IS NULL THEN s.whole ELSE s.rest END AS rest
		FROM (SELECT replace(t.title, ' ', '_') AS whole, regexp_replace(replace(t.title, ' ', '_'), '^[^:]*:_*', '') AS rest) AS s
		LEFT JOIN LATERAL (
			SELECT w.namespace_id FROM mwmirror.wiki_namespace AS w
			WHERE w.wiki_id = wiki AND w.namespace_id <> 0 AND position(':' IN s.whole) > 0
				AND lower(replace(w.namespace_name, ' ', '_')) = lower(split_part(s.whole, ':', 1))
			LIMIT 1) AS m ON true
	) AS n
$function$;
COMMENT ON FUNCTION mwmirror.backfill_pages(text, text[]) IS
	'The pages of a wiki that titles name: prefixed titles, or page ids as digits; page_id is NULL where there is none. Args: wiki, titles.';

CREATE FUNCTION mwmirror.backfill(wiki text, of_streams text[] DEFAULT '{}', of_tables text[] DEFAULT '{}', topic text DEFAULT NULL, lower_key text[] DEFAULT NULL,
	upper_key text[] DEFAULT NULL, since timestamptz DEFAULT NULL, pages bigint[] DEFAULT NULL, history boolean DEFAULT false,
	rows_per_second integer DEFAULT 1000)
RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	on_now text[] := ARRAY(SELECT s FROM mwmirror.streams_of(wiki) AS s ORDER BY s);
	chosen text[];
	wrong text;
	part record;
BEGIN
	IF NOT EXISTS (SELECT FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki) THEN
		RAISE EXCEPTION 'not a wiki of the mirror: "%"', wiki USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT wiki_id FROM mwmirror.wiki';
	END IF;
	SELECT t INTO wrong FROM unnest(of_tables) AS t WHERE NOT EXISTS (SELECT FROM unnest(on_now) AS s WHERE mwmirror.backfill_table(s, false) = t) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'no stream that is on tells of table "%" of wiki "%"', wrong, wiki
			USING ERRCODE = 'invalid_parameter_value', HINT = 'mwmirror.stream_switch() and mwmirror.state_switch() switch streams on.';
	END IF;
	SELECT array_agg(DISTINCT s ORDER BY s) INTO chosen
	FROM unnest(of_streams || ARRAY(
		SELECT s FROM unnest(on_now) AS s
		WHERE mwmirror.backfill_table(s, history) IS NOT NULL
			AND (mwmirror.backfill_table(s, false) = ANY (of_tables) AND s LIKE 'mwmirror.state.%' OR of_streams = '{}' AND of_tables = '{}'))) AS s;
	SELECT s INTO wrong FROM unnest(chosen) AS s WHERE mwmirror.backfill_table(s, history) IS NULL LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'stream "%" tells of changes only', wrong
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Told again are mediawiki.page_change, mediawiki.page_content_change, mediawiki.page.state and mwmirror.state.';
	END IF;
	SELECT s INTO wrong FROM unnest(chosen) AS s WHERE s <> ALL (on_now) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'stream "%" is off of wiki "%"', wrong, wiki
			USING ERRCODE = 'invalid_parameter_value', HINT = format('SELECT mwmirror.stream_switch(%L, true, %L)', wrong, wiki);
	END IF;
	IF chosen IS NULL THEN
		RAISE EXCEPTION 'no stream of wiki "%" that is on can be told again', wiki USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF (lower_key IS NOT NULL OR upper_key IS NOT NULL) AND
		(SELECT count(DISTINCT mwmirror.backfill_table(s, history)) FROM unnest(chosen) AS s) > 1
	THEN
		RAISE EXCEPTION 'a key range is of one table, but the streams tell of several' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	FOR part IN
		SELECT mwmirror.backfill_table(s, history) AS table_name, array_agg(s ORDER BY s) AS streams,
			array_agg(topic || CASE WHEN cardinality(chosen) > 1 THEN '.' || s ELSE '' END ORDER BY s) AS topics
		FROM unnest(chosen) AS s GROUP BY 1 ORDER BY 1
	LOOP
		RETURN NEXT mwmirror.request_backfill(wiki, part.table_name, lower_key, upper_key, rows_per_second, part.streams,
			CASE WHEN topic IS NOT NULL THEN part.topics END, since, pages, history AND part.table_name = 'revision');
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.backfill(text, text[], text[], text, text[], text[], timestamptz, bigint[], boolean, integer) IS
	'Makes the requests, one a table, by which streams tell again what is there; returns their ids. Args: wiki; streams; tables, for their state streams that are on; without both all streams that are on; a topic of their own, with the stream''s name behind it if they are several; limits of the key; only what changed since; only these pages; each revision and not the latest alone; rows a second of each. Errors: 22023.';
