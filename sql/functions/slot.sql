/*
 * sql/functions/slot.sql
 *	  The decoder's replication slot, and what is remembered of its beginning.
 */

-- The mirror's position is read after the slot was made, by a statement of its own: it is never before the slot's. Slots are
-- not undone with a transaction: one whose row is missing counts as a slot that was read before.
CREATE FUNCTION mwmirror.slot_create(slot text)
RETURNS pg_lsn
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	start pg_lsn;
BEGIN
	-- from PostgreSQL 17 on standbys keep a copy of it (sync_replication_slots)
	EXECUTE format('SELECT lsn FROM pg_create_logical_replication_slot($1, ''mwmirror''%s)',
			CASE WHEN current_setting('server_version_num')::integer >= 170000 THEN ', failover => true' ELSE '' END)
		INTO start USING slot;
	INSERT INTO mwmirror.slot (slot_name, made_lsn, source_name, gtid_pos)
	SELECT slot, start, CASE count(*) WHEN 1 THEN min(source_name) END, CASE count(*) WHEN 1 THEN min(s.gtid_pos) END
	FROM mwmirror.source AS s
	WHERE s.gtid_pos <> ''
	ON CONFLICT (slot_name) DO UPDATE
	SET made_lsn = EXCLUDED.made_lsn, made_at = EXCLUDED.made_at, source_name = EXCLUDED.source_name,
		gtid_pos = EXCLUDED.gtid_pos;
	RETURN start;
END
$function$;
COMMENT ON FUNCTION mwmirror.slot_create(text) IS
	'Makes a logical replication slot for the decoder and remembers where in mwmirror.slot. Returns its position. Arg: name. The transaction must not have written before. Errors: those of pg_create_logical_replication_slot.';
