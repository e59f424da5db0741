/*
 * sql/functions/expire.sql
 *	  What ends by itself: blocks, protection of pages, groups of accounts. MediaWiki leaves the rows, and deletes them at some later time or never.
 *
 * A row is over once it says so in ended_at, the mirror's own column: the expiry at which the decoder was told. follow sets it when the row is due, in
 * a transaction of its own between two source transactions, with a mark of the request of kind expire. So what was told, and what was not, is
 * in the WAL with each change of the row: who deletes it later tells nothing more, and a later expiry makes it count again.
 *
 * What is due is found by the indexes bl_due, pr_due and ug_due, which hold what has an expiry and is not over.
 */

CREATE FUNCTION mwmirror.expire_next(source text, OUT wiki_id text, OUT expiry timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $function$
BEGIN
	WITH wiki AS NOT MATERIALIZED (
		SELECT w.wiki_id
		FROM mwmirror.wiki AS w
		WHERE w.source_name = source AND w.snapshot_gtid IS NOT NULL AND NOT EXISTS (
			SELECT FROM mwmirror.request AS q
			WHERE q.kind = 'expire' AND q.wiki_id = w.wiki_id AND (q.state = 'cancelled' OR q.due_at > clock_timestamp()))
	)
	SELECT f.wiki_id, f.expiry INTO wiki_id, expiry
	FROM (
		(SELECT b.wiki_id, b.bl_expiry AS expiry FROM mediawiki.block AS b JOIN wiki ON wiki.wiki_id = b.wiki_id
			WHERE b.bl_expiry < 'infinity' AND (b.ended_at IS NULL OR b.ended_at < b.bl_expiry)
			ORDER BY b.bl_expiry, b.wiki_id LIMIT 1)
		UNION ALL
		(SELECT p.wiki_id, p.pr_expiry FROM mediawiki.page_restrictions AS p JOIN wiki ON wiki.wiki_id = p.wiki_id
			WHERE p.pr_expiry < 'infinity' AND (p.ended_at IS NULL OR p.ended_at < p.pr_expiry)
			ORDER BY p.pr_expiry, p.wiki_id LIMIT 1)
		UNION ALL
		(SELECT g.wiki_id, g.ug_expiry FROM mediawiki.user_groups AS g JOIN wiki ON wiki.wiki_id = g.wiki_id
			WHERE g.ug_expiry < 'infinity' AND (g.ended_at IS NULL OR g.ended_at < g.ug_expiry)
			ORDER BY g.ug_expiry, g.wiki_id LIMIT 1)
	) AS f
	ORDER BY f.expiry, f.wiki_id
	LIMIT 1;
END
$function$;
COMMENT ON FUNCTION mwmirror.expire_next(text) IS
	'What ends next of all copied wikis of a source: the wiki and the time, NULL if nothing does. What has ended and was not told is first. Arg: source name.';

CREATE FUNCTION mwmirror.expire_rows(wiki text, expiry timestamptz, most integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
SET lock_timeout = '1s'
AS $function$
DECLARE
	done integer := 0;
	ended integer;
BEGIN
	WITH due AS MATERIALIZED (
		SELECT bl_id FROM mediawiki.block
		WHERE wiki_id = wiki AND bl_expiry = expire_rows.expiry AND bl_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < bl_expiry)
		ORDER BY bl_id LIMIT most
	), written AS (
		UPDATE mediawiki.block AS b SET ended_at = b.bl_expiry
		FROM due WHERE b.wiki_id = wiki AND b.bl_id = due.bl_id
		RETURNING mwmirror.note_row(b, false)
	)
	SELECT count(*) INTO ended FROM written;
	done := done + ended;
	WITH due AS MATERIALIZED (
		SELECT pr_id FROM mediawiki.page_restrictions
		WHERE wiki_id = wiki AND pr_expiry = expire_rows.expiry AND pr_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < pr_expiry)
		ORDER BY pr_id LIMIT most - done
	), written AS (
		UPDATE mediawiki.page_restrictions AS p SET ended_at = p.pr_expiry
		FROM due WHERE p.wiki_id = wiki AND p.pr_id = due.pr_id
		RETURNING mwmirror.note_row(p, false)
	)
	SELECT count(*) INTO ended FROM written;
	done := done + ended;
	WITH due AS MATERIALIZED (
		SELECT ug_user, ug_group FROM mediawiki.user_groups
		WHERE wiki_id = wiki AND ug_expiry = expire_rows.expiry AND ug_expiry < 'infinity' AND (ended_at IS NULL OR ended_at < ug_expiry)
		ORDER BY ug_user, ug_group LIMIT most - done
	), written AS (
		UPDATE mediawiki.user_groups AS g SET ended_at = g.ug_expiry
		FROM due WHERE g.wiki_id = wiki AND g.ug_user = due.ug_user AND g.ug_group = due.ug_group
		RETURNING mwmirror.note_row(g, false)
	)
	SELECT count(*) INTO ended FROM written;
	RETURN done + ended;
END
$function$;
COMMENT ON FUNCTION mwmirror.expire_rows(text, timestamptz, integer) IS
	'Says of rows that end at a time that they are over, and notes them for the next mark; returns how many. For expire_step(). Args: wiki, time, the most rows.';

CREATE FUNCTION mwmirror.expire_step(source text, until timestamptz, OUT id bigint, OUT wrote integer, OUT error text, OUT next_end timestamptz)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	most_rows CONSTANT integer := 1000;
	most_time CONSTANT interval := '50 milliseconds'; -- live changes wait meanwhile
	started CONSTANT timestamptz := clock_timestamp();
	due record;
	r record;
	ended integer;
BEGIN
	wrote := 0;
	LOOP
		SELECT * INTO due FROM mwmirror.expire_next(source);
		next_end := due.expiry;
		EXIT WHEN due.expiry IS NULL OR due.expiry > until;
		SELECT q.id, q.rows_done INTO r FROM mwmirror.request AS q WHERE q.kind = 'expire' AND q.wiki_id = due.wiki_id FOR UPDATE;
		IF NOT FOUND THEN
			INSERT INTO mwmirror.request AS q (kind, source_name, wiki_id, state) VALUES ('expire', source, due.wiki_id, 'running')
			RETURNING q.id, q.rows_done INTO r;
		END IF;
		id := r.id;
		BEGIN
			ended := mwmirror.expire_rows(due.wiki_id, due.expiry, most_rows);
			IF ended = 0 THEN
				RAISE EXCEPTION 'rows that end at % were not changed', due.expiry;
			END IF;
			PERFORM mwmirror.request_mark(r.id, r.rows_done + 1, greatest(due.expiry, 'epoch'), due.wiki_id);
			UPDATE mwmirror.request AS q
			SET source_name = source, state = 'running', error = NULL, rows_done = q.rows_done + ended, last_key = ARRAY[due.expiry::text], updated_at = clock_timestamp()
			WHERE q.id = r.id;
			wrote := wrote + ended;
		EXCEPTION
			WHEN object_not_in_prerequisite_state THEN
				RAISE;
			WHEN OTHERS THEN
				error := SQLERRM;
				UPDATE mwmirror.request AS q
				SET error = expire_step.error, due_at = clock_timestamp() + interval '10 seconds', updated_at = clock_timestamp()
				WHERE q.id = r.id;
		END;
		EXIT WHEN error IS NOT NULL OR wrote >= most_rows OR clock_timestamp() - started > most_time;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.expire_step(text, timestamptz) IS
	'Tells the decoder what has ended up to a time, in the order of the times: some of it, a mark for each wiki and time. For request_step(). Args: source whose writer the session is; the time, NULL for nothing. Returns the request of kind expire of the last wiki, rows, an error that has put that wiki off, and when something ends next as far as it has come.';

CREATE FUNCTION mwmirror.expire_copied(wiki text)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE mediawiki.block SET ended_at = bl_expiry WHERE wiki_id = wiki AND bl_expiry <= clock_timestamp();
	UPDATE mediawiki.page_restrictions SET ended_at = pr_expiry WHERE wiki_id = wiki AND pr_expiry <= clock_timestamp();
	UPDATE mediawiki.user_groups SET ended_at = ug_expiry WHERE wiki_id = wiki AND ug_expiry <= clock_timestamp();
$function$;
COMMENT ON FUNCTION mwmirror.expire_copied(text) IS
	'What has ended before a wiki was copied is over, and not to be told. For mwmirror snapshot. Arg: wiki.';
