/*
 * sql/functions/wiki_told.sql
 *	  Settings of wikis on a stream: mwmirror.wiki and its kin change in transactions of add-wiki and of people, which tell the decoder nothing. A trigger asks
 *	  follow, by a request of kind wiki, to look; it writes into mwmirror.wiki_told what differs, between two source transactions.
 */

CREATE TABLE mwmirror.wiki_told (
	wiki_id  text COLLATE "C" PRIMARY KEY,
	private  boolean NOT NULL,
	settings jsonb NOT NULL
);
ALTER TABLE mwmirror.wiki_told REPLICA IDENTITY FULL;
COMMENT ON TABLE mwmirror.wiki_told IS 'The settings of each wiki as the decoder was last told of them; follow writes it.';
COMMENT ON COLUMN mwmirror.wiki_told.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.wiki_told.private IS 'mwmirror.wiki.private.';
COMMENT ON COLUMN mwmirror.wiki_told.settings IS 'mwmirror.wiki_settings(), to compare; events have theirs from mwmirror.wiki.';

CREATE FUNCTION mwmirror.wiki_settings(wiki text)
RETURNS jsonb
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT jsonb_build_object('private', w.private, 'domain', w.domain, 'canonical_server', w.canonical_server, 'article_path', w.article_path,
			'script_path', w.script_path, 'language', w.language, 'generator', w.generator, 'temp_accounts', w.temp_accounts,
			'local_central_ids', w.local_central_ids, 'autoconfirm_age', w.autoconfirm_age, 'autoconfirm_count', w.autoconfirm_count, 'bot_groups', w.bot_groups,
			'namespaces', (SELECT jsonb_agg(to_jsonb(n) - 'wiki_id' ORDER BY n.namespace_id) FROM mwmirror.wiki_namespace AS n WHERE n.wiki_id = wiki),
			'streams', (
				SELECT jsonb_agg(d.name ORDER BY d.name)
				FROM mwmirror.stream_defaults() AS d LEFT JOIN mwmirror.stream AS s ON s.stream_name = d.name
				WHERE d.private = w.private
					AND (d.name = ANY (w.streams_on) OR coalesce(s.enabled, d.enabled) AND NOT w.streams_off && ARRAY[d.name, '*'])))
	FROM mwmirror.wiki AS w
	WHERE w.wiki_id = wiki
$function$;
COMMENT ON FUNCTION mwmirror.wiki_settings(text) IS 'All that events of mwmirror.wiki_change.v1 say of a wiki, and whether it is private. Arg: wiki. NULL if there is none.';

CREATE FUNCTION mwmirror.wiki_step(source text, OUT id bigint, OUT wrote integer)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	r record;
	settings jsonb;
BEGIN
	SELECT q.id, q.wiki_id, q.rows_done, q.updated_at, w.private INTO r
	FROM mwmirror.request AS q JOIN mwmirror.wiki AS w ON w.wiki_id = q.wiki_id AND w.source_name = source
	WHERE q.kind = 'wiki' AND q.state = 'waiting' AND w.snapshot_gtid IS NOT NULL
	ORDER BY q.id LIMIT 1
	FOR UPDATE OF q SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	settings := mwmirror.wiki_settings(r.wiki_id);
	INSERT INTO mwmirror.wiki_told AS t (wiki_id, private, settings) VALUES (r.wiki_id, r.private, settings)
	ON CONFLICT (wiki_id) DO UPDATE SET private = excluded.private, settings = excluded.settings WHERE t.settings <> excluded.settings;
	GET DIAGNOSTICS wrote = ROW_COUNT;
	IF wrote > 0 THEN
		PERFORM mwmirror.request_mark(r.id, r.rows_done + 1, r.updated_at, r.wiki_id);
	END IF;
	id := r.id;
	UPDATE mwmirror.request AS q
	SET source_name = source, state = 'done', rows_done = q.rows_done + wrote, updated_at = clock_timestamp()
	WHERE q.id = r.id;
END
$function$;
COMMENT ON FUNCTION mwmirror.wiki_step(text) IS
	'Tells the decoder of the settings of a wiki, if somebody has changed them. For request_step(). Arg: source whose writer the session is. Returns the request of kind wiki, NULL for none, and whether there was something to tell.';

CREATE FUNCTION mwmirror.ask_to_tell()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	wiki text; -- NULL: all
BEGIN
	IF tg_level = 'ROW' AND tg_op = 'DELETE' THEN
		wiki := old.wiki_id;
	ELSIF tg_level = 'ROW' THEN
		wiki := new.wiki_id;
	END IF;
	UPDATE mwmirror.request AS q
	SET state = 'waiting', source_name = w.source_name, updated_at = clock_timestamp()
	FROM mwmirror.wiki AS w
	WHERE q.kind = 'wiki' AND q.wiki_id = w.wiki_id AND w.wiki_id = coalesce(wiki, w.wiki_id) AND (q.state = 'done' OR q.source_name <> w.source_name);
	INSERT INTO mwmirror.request (kind, source_name, wiki_id)
	SELECT 'wiki', w.source_name, w.wiki_id
	FROM mwmirror.wiki AS w
	WHERE w.wiki_id = coalesce(wiki, w.wiki_id) AND w.is_wiki AND NOT EXISTS (SELECT FROM mwmirror.request AS q WHERE q.kind = 'wiki' AND q.wiki_id = w.wiki_id)
	ON CONFLICT DO NOTHING;
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.ask_to_tell() IS 'Asks follow to tell of a wiki''s settings, which may have changed.';
CREATE TRIGGER ask_to_tell AFTER INSERT OR UPDATE ON mwmirror.wiki
	FOR EACH ROW EXECUTE FUNCTION mwmirror.ask_to_tell();
CREATE TRIGGER ask_to_tell AFTER INSERT OR UPDATE OR DELETE ON mwmirror.wiki_namespace
	FOR EACH ROW EXECUTE FUNCTION mwmirror.ask_to_tell();
CREATE TRIGGER ask_to_tell AFTER INSERT OR UPDATE OR DELETE ON mwmirror.stream
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.ask_to_tell();
