/*
 * sql/functions/streams_renamed.sql
 *	  An account that is renamed: the public state of rows that say its name is told again, by requests (request.sql).
 */

CREATE FUNCTION mwmirror.state_renamed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF old.actor_name = new.actor_name THEN
		RETURN NULL;
	END IF;
	INSERT INTO mwmirror.request (kind, source_name, wiki_id, table_name, key_columns, streams, only_column, only_value, rows_per_second)
	SELECT DISTINCT 'state', w.source_name, w.wiki_id, c.table_name, mwmirror.request_key(c.table_name, false), ARRAY[of.stream], c.source_column, new.actor_id, 1000
	FROM mwmirror.wiki AS w, mwmirror.public_column AS c, LATERAL (SELECT format('mwmirror.state.%s.v1', c.table_name) AS stream) AS of
	WHERE w.wiki_id = new.wiki_id AND c.shown = 'user' AND of.stream IN (SELECT mwmirror.streams_of(new.wiki_id));
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.state_renamed() IS
	'Has the rows told again that say the name of an actor, on the state streams of their tables that are on.';
CREATE TRIGGER state_renamed AFTER UPDATE ON mediawiki.actor
	FOR EACH ROW EXECUTE FUNCTION mwmirror.state_renamed();
