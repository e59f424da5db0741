/*
 * sql/functions/origin.sql
 *	  Replication origins: one for each source and worker. They tell the decoder whose rows a transaction carries.
 *
 * Name: mwmirror/<oid of the database>/<source>/<worker>; worker is follow, or copy1, copy2, ... for the initial copy, whose
 * transactions the decoder leaves out. Origins belong to the whole server, so the database is part of the name. Only these
 * functions make them: a role that may call pg_replication_origin_session_setup itself could pass for any of them.
 */

CREATE FUNCTION mwmirror.origin_name(source text, worker text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF source !~ '^[A-Za-z0-9_.-]{1,63}$' THEN
		RAISE EXCEPTION 'not the name of a source: "%"', source
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is 1 to 63 letters, digits, "_", "." and "-".';
	END IF;
	IF worker !~ '^(follow|copy[1-9][0-9]{0,3})$' THEN
		RAISE EXCEPTION 'not the name of a worker: "%"', worker
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is follow, or copy and a number from 1.';
	END IF;
	RETURN format('mwmirror/%s/%s/%s', (SELECT oid FROM pg_database WHERE datname = current_database()), source, worker);
END
$function$;
COMMENT ON FUNCTION mwmirror.origin_name(text, text) IS
	'Name of the replication origin of a source''s worker in this database. Args: source name; follow or copy1, copy2.... Errors: 22023 for other names.';

CREATE FUNCTION mwmirror.origin_setup(source text, worker text)
RETURNS text
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	name text := mwmirror.origin_name(source, worker);
BEGIN
	-- several workers begin at once; the table, and not what this session knows of it
	PERFORM pg_advisory_xact_lock(hashtextextended('mwmirror origin ' || name, 0));
	IF NOT EXISTS (SELECT FROM pg_replication_origin WHERE roname = name) THEN
		PERFORM pg_replication_origin_create(name);
	END IF;
	PERFORM pg_replication_origin_session_setup(name);
	RETURN name;
END
$function$;
COMMENT ON FUNCTION mwmirror.origin_setup(text, text) IS
	'Makes the session the given worker of a source: its transactions carry that replication origin until the session ends. Returns its name. Args: as origin_name. Errors: 55006 while another session is this worker, 53400 if max_replication_slots (max_active_replication_origins from PostgreSQL 18) is too small.';

CREATE FUNCTION mwmirror.source_remove(source text)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	prefix text := regexp_replace(mwmirror.origin_name(source, 'follow'), 'follow$', '');
	origin record;
	behind text;
	dropped integer := 0;
BEGIN
	IF EXISTS (SELECT FROM mwmirror.wiki WHERE source_name = source_remove.source) THEN
		RAISE EXCEPTION 'source "%" still has wikis', source
			USING ERRCODE = 'object_not_in_prerequisite_state';
	END IF;
	FOR origin IN
		SELECT roname, nullif(local_lsn, '0/0') AS last_lsn
		FROM pg_replication_origin LEFT JOIN pg_show_replication_origin_status() ON external_id = roname
		WHERE starts_with(roname, prefix)
	LOOP
		-- without its origin a copy would be decoded into events
		SELECT slot_name INTO behind
		FROM pg_replication_slots
		WHERE plugin = 'mwmirror' AND database = current_database()
			AND confirmed_flush_lsn < coalesce(origin.last_lsn, pg_current_wal_flush_lsn());
		IF FOUND THEN
			RAISE EXCEPTION 'slot "%" has not passed the last rows of source "%"', behind, source
				USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = 'Let mwmirror relay catch up, or drop the slot, and try again.';
		END IF;
		PERFORM pg_replication_origin_drop(origin.roname);
		dropped := dropped + 1;
	END LOOP;
	DELETE FROM mwmirror.request WHERE source_name = source_remove.source;
	DELETE FROM mwmirror.xa_prepared WHERE source_name = source_remove.source;
	DELETE FROM mwmirror.cluster WHERE source_name = source_remove.source;
	DELETE FROM mwmirror.source WHERE source_name = source_remove.source;
	RETURN dropped;
END
$function$;
COMMENT ON FUNCTION mwmirror.source_remove(text) IS
	'Forgets a source that has no wikis left: its position, its requests and its replication origins, of which it returns the number. For the extension''s owner; also to run before DROP EXTENSION, which leaves origins behind. Errors: 55000 if wikis or rows that were not decoded yet are left, 55006 if it is being written.';
