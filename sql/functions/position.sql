/*
 * sql/functions/position.sql
 *	  Which state of each source is shown here, and how old it is: for who reads the mirror or a standby of it.
 *
 * All of it is a row that follow writes in the transaction of the rows, so what a transaction reads of it is what it reads of the tables.
 */

CREATE FUNCTION mwmirror.position()
RETURNS TABLE (source_name text, gtid text, source_commit_time timestamptz, applied_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT s.source_name, s.gtid_pos, s.source_commit_time, s.applied_at FROM mwmirror.source AS s ORDER BY s.source_name
$function$;
COMMENT ON FUNCTION mwmirror.position() IS
	'The state of each source that this snapshot shows: source; GTID list (d-s-n,d-s-n) up to which all is there, and nothing behind it; when the last of it was committed at the source, and applied here. In a transaction of ISOLATION LEVEL REPEATABLE READ it is that of all its queries.';

CREATE FUNCTION mwmirror.lag()
RETURNS TABLE (source_name text, lag interval, known_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
	-- a quiet source is heard of once a second, times of others are whole seconds, and both take a moment to get here: that is no lag
	SELECT s.source_name, date_trunc('milliseconds', greatest(statement_timestamp() - s.known_at - interval '2 seconds', interval '0')), s.known_at
	FROM mwmirror.source AS s ORDER BY s.source_name
$function$;
COMMENT ON FUNCTION mwmirror.lag() IS
	'How old what this snapshot shows is: source; how much longer ago than two seconds known_at is, which is 0 while the source is quiet and grows while it, follow or the replay of a standby stands still; known_at, the time up to which all of the source is here. NULL: not known yet.';

CREATE FUNCTION mwmirror.wait_for(gtid text, at_most interval DEFAULT '10 seconds', of_source text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	until CONSTANT timestamptz := clock_timestamp() + at_most;
	source CONSTANT text := coalesce(of_source, (SELECT min(s.source_name) FROM mwmirror.source AS s HAVING count(*) = 1));
	at text;
BEGIN
	IF gtid IS NULL OR gtid !~ '^[0-9]+-[0-9]+-[0-9]+(,[0-9]+-[0-9]+-[0-9]+)*$' OR until IS NULL THEN
		RAISE EXCEPTION 'not a GTID: "%"', gtid
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A GTID is domain-server-sequence, such as 0-1-123; several are separated by commas.';
	END IF;
	IF source IS NULL THEN
		RAISE EXCEPTION 'which source is meant?'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'There are several, or none: name one of mwmirror.position() as third argument.';
	END IF;
	LOOP
		SELECT s.gtid_pos INTO at FROM mwmirror.source AS s WHERE s.source_name = source;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'there is no source "%"', source USING ERRCODE = 'invalid_parameter_value';
		END IF;
		IF mwmirror.gtid_covers(at, gtid) THEN
			RETURN true;
		END IF;
		IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
			RAISE EXCEPTION 'this transaction will always see %, which is before %', at, gtid
				USING ERRCODE = 'invalid_transaction_state', HINT = 'Wait before the transaction begins.';
		END IF;
		IF clock_timestamp() >= until THEN
			RETURN false;
		END IF;
		-- a standby has nothing else to wait by
		PERFORM pg_sleep(least(0.02, greatest(extract(epoch FROM until - clock_timestamp()), 0)));
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.wait_for(text, interval, text) IS
	'Waits until what is shown here has a source transaction, on a standby too; true, or false if it has not in time. Args: GTID or list of them (MariaDB: SELECT @@last_gtid after COMMIT); how long at most; source, NULL if there is one only. Errors: 22023 for what is none of these, 25000 in a transaction that sees nothing newer.';
