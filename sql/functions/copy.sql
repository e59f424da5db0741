/*
 * sql/functions/copy.sql
 *	  Copying of source tables by chunks, while follow runs or not: which tables, how far, and what follow must know of it.
 *
 * A chunk is a range of the first column of the source table's primary key. Its rows are of one consistent snapshot of the source, whose
 * GTID position is the chunk's: of the range follow leaves out what that covers, and applies the rest. What is in no chunk is not copied yet, and follow leaves
 * it out. A chunk is announced before its snapshot begins, under a lock that no group of follow's is open with, so follow never applies a row of it
 * while it is read: it waits for the chunk.
 */

CREATE TABLE mwmirror.copy_table (
	wiki_id        text COLLATE "C" NOT NULL,
	source_table   text COLLATE "C" NOT NULL,
	source_name    text COLLATE "C" NOT NULL,
	mode           text COLLATE "C" NOT NULL CHECK (mode IN ('first', 'again', 'ranges')),
	state          text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'copying', 'copied')),
	begin_gtid_pos text COLLATE "C",
	key_column     text COLLATE "C",
	key_kind       text COLLATE "C" CHECK (key_kind IN ('integer', 'bytes')),
	settled_upper  bytea,
	next_settled   integer NOT NULL DEFAULT 1,
	next_lower     bytea,
	next_ordinal   integer NOT NULL DEFAULT 1,
	rows_total     bigint,
	rows_done      bigint NOT NULL DEFAULT 0,
	reason         text,
	error          text,
	started_at     timestamptz,
	ended_at       timestamptz,
	version        bigint NOT NULL DEFAULT 0,
	failed_at      timestamptz,
	begun          bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (wiki_id, source_table),
	CHECK ((key_column IS NULL) = (key_kind IS NULL))
);
CREATE INDEX copy_table_version ON mwmirror.copy_table (source_name, version);
COMMENT ON TABLE mwmirror.copy_table IS 'Source tables that are being copied, or have been.';
COMMENT ON COLUMN mwmirror.copy_table.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.copy_table.source_table IS 'Its name at the source, without the prefix.';
COMMENT ON COLUMN mwmirror.copy_table.source_name IS 'mwmirror.source.source_name: the source of the wiki.';
COMMENT ON COLUMN mwmirror.copy_table.mode IS 'first: its rows are added, and no event tells of them. again: the mirror has rows of it, follow compares them with the source and what differs is written and told. ranges: the same of what copy_range has alone.';
COMMENT ON COLUMN mwmirror.copy_table.state IS 'waiting, copying (chunks are handed out) or copied (all chunks are).';
COMMENT ON COLUMN mwmirror.copy_table.begin_gtid_pos IS 'GTID list of the source when the copy of the wiki, or again of the table, began.';
COMMENT ON COLUMN mwmirror.copy_table.key_column IS 'First column of its primary key, whose ranges are the chunks; NULL: it has none that can be cut, and is one chunk.';
COMMENT ON COLUMN mwmirror.copy_table.key_kind IS 'integer: bounds are decimal numbers as text; bytes: they are the column''s bytes (BINARY and VARBINARY).';
COMMENT ON COLUMN mwmirror.copy_table.settled_upper IS 'Below it all chunks are copied and follow is behind their GTIDs, so their rows are gone from copy_chunk and follow applies what it reads; NULL: nothing is settled, or all if state is copied and there is no chunk.';
COMMENT ON COLUMN mwmirror.copy_table.next_settled IS 'Lowest number that copy_chunk can have of it.';
COMMENT ON COLUMN mwmirror.copy_table.next_lower IS 'Where the next chunk begins; NULL: at the first row, or none is left if next_ordinal is above 1.';
COMMENT ON COLUMN mwmirror.copy_table.next_ordinal IS 'Number of the next chunk.';
COMMENT ON COLUMN mwmirror.copy_table.rows_total IS 'How many rows the source said it has, roughly, when the copy began.';
COMMENT ON COLUMN mwmirror.copy_table.rows_done IS 'Source rows that have been read so far.';
COMMENT ON COLUMN mwmirror.copy_table.reason IS 'Why it is copied again.';
COMMENT ON COLUMN mwmirror.copy_table.error IS 'What the last attempt failed with; NULL if it did not.';
COMMENT ON COLUMN mwmirror.copy_table.started_at IS 'When its first chunk was announced.';
COMMENT ON COLUMN mwmirror.copy_table.ended_at IS 'When its last one was copied.';
COMMENT ON COLUMN mwmirror.copy_table.version IS 'copy_version.version when mode, state, key or settled_upper last changed; a trigger sets it.';
COMMENT ON COLUMN mwmirror.copy_table.begun IS 'copy_version.version when its copy began, or began anew: chunks that follow knows are of it; a trigger sets it.';
COMMENT ON COLUMN mwmirror.copy_table.failed_at IS 'When what it is copied again by last failed; NULL: it did not.';

CREATE TABLE mwmirror.copy_chunk (
	wiki_id      text COLLATE "C" NOT NULL,
	source_table text COLLATE "C" NOT NULL,
	ordinal      integer NOT NULL,
	lower        bytea,
	upper        bytea,
	state        text COLLATE "C" NOT NULL DEFAULT 'reading' CHECK (state IN ('reading', 'copied')),
	gtid_pos     text COLLATE "C",
	version      bigint NOT NULL,
	PRIMARY KEY (wiki_id, source_table, ordinal),
	FOREIGN KEY (wiki_id, source_table) REFERENCES mwmirror.copy_table ON DELETE CASCADE,
	CHECK ((state = 'copied') = (gtid_pos IS NOT NULL))
);
CREATE INDEX copy_chunk_version ON mwmirror.copy_chunk (version);
CREATE INDEX copy_chunk_reading ON mwmirror.copy_chunk (wiki_id, source_table, ordinal) WHERE state = 'reading';
COMMENT ON TABLE mwmirror.copy_chunk IS 'Chunks of copy_table that follow must know of.';
COMMENT ON COLUMN mwmirror.copy_chunk.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.copy_chunk.source_table IS 'As in copy_table.';
COMMENT ON COLUMN mwmirror.copy_chunk.ordinal IS 'Number of the chunk, in the order of the bounds.';
COMMENT ON COLUMN mwmirror.copy_chunk.lower IS 'Its rows have a key from this on, as key_kind says; NULL: from the first on.';
COMMENT ON COLUMN mwmirror.copy_chunk.upper IS 'And below this; NULL: to the last, and all that come behind it.';
COMMENT ON COLUMN mwmirror.copy_chunk.state IS 'reading: announced; somebody reads it who holds the lock copy_chunk_lock, or has died. copied: its rows are in the mirror.';
COMMENT ON COLUMN mwmirror.copy_chunk.gtid_pos IS 'GTID list of the source that its rows are of.';
COMMENT ON COLUMN mwmirror.copy_chunk.version IS 'copy_version.version when it was announced.';

CREATE TABLE mwmirror.copy_range (
	wiki_id      text COLLATE "C" NOT NULL,
	source_table text COLLATE "C" NOT NULL,
	number       bigint NOT NULL,
	one_key      boolean NOT NULL,
	lower        bytea,
	upper        bytea,
	behind       integer NOT NULL DEFAULT 0,
	PRIMARY KEY (wiki_id, source_table, number),
	FOREIGN KEY (wiki_id, source_table) REFERENCES mwmirror.copy_table ON DELETE CASCADE,
	CHECK (NOT one_key OR lower IS NOT NULL)
);
COMMENT ON TABLE mwmirror.copy_range IS 'Ranges of tables of copy_table whose rows, as far as the mirror has them, may differ from the source: follow leaves out what it reads of them, and compares them.';
COMMENT ON COLUMN mwmirror.copy_range.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.copy_range.source_table IS 'As in copy_table.';
COMMENT ON COLUMN mwmirror.copy_range.number IS 'copy_version.version when it came, or when its lower bound last rose.';
COMMENT ON COLUMN mwmirror.copy_range.one_key IS 'It is the rows with the key lower, and has no upper bound.';
COMMENT ON COLUMN mwmirror.copy_range.lower IS 'As of copy_chunk.';
COMMENT ON COLUMN mwmirror.copy_range.upper IS 'As of copy_chunk.';
COMMENT ON COLUMN mwmirror.copy_range.behind IS 'Chunks with a number below this are in it: it is compared when none of them is being read.';

CREATE TABLE mwmirror.copy_version (
	source_name text COLLATE "C" PRIMARY KEY,
	version     bigint NOT NULL,
	wikis       bigint NOT NULL DEFAULT 0,
	mapping     bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
COMMENT ON TABLE mwmirror.copy_version IS 'Number of the last change of copy_table, copy_chunk or the list of wikis that follow must know of before its next group.';
COMMENT ON COLUMN mwmirror.copy_version.source_name IS 'mwmirror.source.source_name.';
COMMENT ON COLUMN mwmirror.copy_version.version IS 'Goes up with each.';
COMMENT ON COLUMN mwmirror.copy_version.wikis IS 'What version was when the wikis of the source last changed.';
COMMENT ON COLUMN mwmirror.copy_version.mapping IS 'What version was when the mapping last changed.';

-- Advisory locks: two keys each, so that they meet none of one key.
CREATE FUNCTION mwmirror.copy_lock(source text, own boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF own THEN
		PERFORM pg_advisory_xact_lock(hashtext('mwmirror copy'), hashtext(source));
	ELSE
		PERFORM pg_advisory_xact_lock_shared(hashtext('mwmirror copy'), hashtext(source));
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_lock(text, boolean) IS
	'Locks what is copied of a source until the transaction ends: follow in each of its groups (false), whoever changes it (true), and waits for the other.';

CREATE FUNCTION mwmirror.copy_chunk_lock(wiki text, source_table text, ordinal integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT hashtextextended(format('mwmirror copy %s %s %s', wiki, source_table, ordinal), 0)
$function$;
COMMENT ON FUNCTION mwmirror.copy_chunk_lock(text, text, integer) IS
	'Key of the advisory lock that whoever reads a chunk holds from before it is announced until it is copied; who gets it while state is reading knows that the reader died.';

CREATE FUNCTION mwmirror.copy_version(source text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.copy_lock(source, false);
	-- a statement of its own: it sees what was committed while the lock was waited for
	RETURN coalesce((SELECT version FROM mwmirror.copy_version WHERE source_name = source), 0);
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_version(text) IS
	'Begins a group of follow''s: nothing that is copied of the source changes until the transaction ends. Returns mwmirror.copy_version.version, 0 if there is none.';

CREATE FUNCTION mwmirror.copy_versions(source text, OUT version bigint, OUT wikis bigint, OUT mapping bigint)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	version := mwmirror.copy_version(source);
	-- behind the lock, too: beside it in one statement it would be as it was before
	SELECT v.wikis, v.mapping INTO wikis, mapping FROM mwmirror.copy_version AS v WHERE v.source_name = source;
	wikis := coalesce(wikis, 0);
	mapping := coalesce(mapping, 0);
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_versions(text) IS
	'Begins a group of follow''s as copy_version does. Returns mwmirror.copy_version.version, wikis and mapping, 0 if there are none.';

CREATE FUNCTION mwmirror.copy_expect(source text, known bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	found bigint := mwmirror.copy_version(source);
BEGIN
	IF found <> known THEN
		RAISE EXCEPTION 'what is copied of source "%" has changed: % is not %', source, known, found USING ERRCODE = 'MWC01';
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_expect(text, bigint) IS
	'Begins a group of follow''s as copy_version does, if that is what follow knows. Args: source; version that it knows. Errors: MWC01 if it is another.';

CREATE FUNCTION mwmirror.copy_change(source text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	changed bigint;
BEGIN
	-- of a function that changes many tables, which no one sees apart
	IF current_setting('mwmirror.change_source', true) = source THEN
		RETURN current_setting('mwmirror.change_version')::bigint;
	END IF;
	PERFORM mwmirror.copy_lock(source, true);
	INSERT INTO mwmirror.copy_version AS v (source_name, version) VALUES (source, 1)
		ON CONFLICT (source_name) DO UPDATE SET version = v.version + 1
		RETURNING version INTO changed;
	RETURN changed;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_change(text) IS
	'To be called first in a transaction that changes copy_table, the announced chunks or the wikis of a source: waits for follow''s group to end, and the next one will know. Returns the new version.';

CREATE FUNCTION mwmirror.gtid_covers(list text, other text)
RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT NOT EXISTS (
		SELECT FROM unnest(string_to_array(other, ',')) AS o
		WHERE trim(o) <> '' AND NOT EXISTS (
			SELECT FROM unnest(string_to_array(list, ',')) AS l
			WHERE trim(split_part(l, '-', 1)) = trim(split_part(o, '-', 1)) AND split_part(l, '-', 3)::numeric >= split_part(o, '-', 3)::numeric))
$function$;
COMMENT ON FUNCTION mwmirror.gtid_covers(text, text) IS 'Whether a MariaDB GTID list is at or behind another one in each domain that the other has.';

CREATE FUNCTION mwmirror.copy_dispense(wiki text, source_table text, OUT what text, OUT ordinal integer, OUT lower bytea, OUT upper bytea,
	OUT key_column text, OUT key_kind text)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	t record;
	c record;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(format('mwmirror copy dispense %s %s', wiki, copy_dispense.source_table), 0));
	SELECT * INTO t FROM mwmirror.copy_table AS x WHERE x.wiki_id = wiki AND x.source_table = copy_dispense.source_table AND x.mode = 'first';
	IF NOT FOUND THEN
		what := 'gone';
		RETURN;
	END IF;
	key_column := t.key_column;
	key_kind := t.key_kind;
	what := 'none';
	FOR c IN
		SELECT * FROM mwmirror.copy_chunk AS x
		WHERE x.wiki_id = wiki AND x.source_table = copy_dispense.source_table AND x.state = 'reading'
		ORDER BY x.ordinal
	LOOP
		IF pg_try_advisory_lock(mwmirror.copy_chunk_lock(wiki, copy_dispense.source_table, c.ordinal)) THEN
			-- it may have been copied just now
			PERFORM FROM mwmirror.copy_chunk AS x
			WHERE x.wiki_id = wiki AND x.source_table = copy_dispense.source_table AND x.ordinal = c.ordinal AND x.state = 'reading';
			IF FOUND THEN
				what := 'dead';
				ordinal := c.ordinal;
				lower := c.lower;
				upper := c.upper;
				RETURN;
			END IF;
			PERFORM pg_advisory_unlock(mwmirror.copy_chunk_lock(wiki, copy_dispense.source_table, c.ordinal));
		ELSE
			what := 'busy';
		END IF;
	END LOOP;
	IF t.state = 'copied' THEN
		what := 'copied';
	ELSIF t.next_lower IS NOT NULL OR t.next_ordinal = 1 THEN
		ordinal := t.next_ordinal;
		lower := t.next_lower;
		-- of a copy that began anew somebody may still read the chunk of this number
		what := CASE WHEN pg_try_advisory_lock(mwmirror.copy_chunk_lock(wiki, copy_dispense.source_table, t.next_ordinal)) THEN 'new' ELSE 'busy' END;
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_dispense(text, text) IS
	'Which chunk to copy next, in the transaction that announces it; the session gets its copy_chunk_lock. Args: wiki; source table. what: new (its lower bound is known), dead (announced by who has died; both bounds), busy (others read all that is left), none (all is copied but for copy_end), copied, gone (not to be copied any more). key_column, key_kind: as in copy_table.';

CREATE FUNCTION mwmirror.copy_settle(wiki text, source_table text)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	most CONSTANT integer := 50;
	at text;
	next integer;
	c record;
	settled bytea;
	passed integer := 0;
BEGIN
	SELECT s.gtid_pos, t.next_settled INTO at, next
	FROM mwmirror.copy_table AS t JOIN mwmirror.source AS s USING (source_name)
	WHERE t.wiki_id = wiki AND t.source_table = copy_settle.source_table;
	LOOP
		-- from a number on, as what was deleted before it is still in the index
		SELECT x.ordinal, x.upper, x.state, x.gtid_pos INTO c FROM mwmirror.copy_chunk AS x
		WHERE x.wiki_id = wiki AND x.source_table = copy_settle.source_table AND x.ordinal >= next
		ORDER BY x.ordinal LIMIT 1;
		EXIT WHEN NOT FOUND OR c.state <> 'copied' OR c.upper IS NULL OR passed = most OR NOT mwmirror.gtid_covers(at, c.gtid_pos);
		DELETE FROM mwmirror.copy_chunk AS x WHERE x.wiki_id = wiki AND x.source_table = copy_settle.source_table AND x.ordinal = c.ordinal;
		settled := c.upper;
		next := c.ordinal + 1;
		passed := passed + 1;
	END LOOP;
	IF passed > 0 THEN
		UPDATE mwmirror.copy_table AS t SET settled_upper = settled, next_settled = next
		WHERE t.wiki_id = wiki AND t.source_table = copy_settle.source_table;
	END IF;
	RETURN passed;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_settle(text, text) IS
	'Chunks from the lowest on that are copied and that follow is behind go, some at a time; not the last one, which copy_clear takes. Args: wiki; source table. Returns how many.';

CREATE FUNCTION mwmirror.copy_announce(wiki text, source_table text, lower bytea, upper bytea, ordinal integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	of_source text := (SELECT t.source_name FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = copy_announce.source_table);
	changed bigint;
	t record;
BEGIN
	IF of_source IS NULL THEN
		RETURN NULL;
	END IF;
	changed := mwmirror.copy_change(of_source);
	PERFORM mwmirror.copy_settle(wiki, copy_announce.source_table);
	SELECT * INTO t FROM mwmirror.copy_table AS x
	WHERE x.wiki_id = wiki AND x.source_table = copy_announce.source_table AND x.mode = 'first' FOR UPDATE;
	-- it may be copied again by now
	IF NOT FOUND THEN
		RETURN NULL;
	END IF;
	UPDATE mwmirror.copy_chunk AS c SET version = changed
	WHERE c.wiki_id = wiki AND c.source_table = copy_announce.source_table AND c.ordinal = copy_announce.ordinal AND c.state = 'reading'
		AND (c.lower, c.upper) IS NOT DISTINCT FROM (copy_announce.lower, copy_announce.upper);
	IF NOT FOUND THEN
		IF t.next_ordinal <> copy_announce.ordinal OR t.next_lower IS DISTINCT FROM copy_announce.lower
			OR t.state = 'copied' OR (t.next_lower IS NULL AND t.next_ordinal > 1)
		THEN
			RETURN NULL;
		END IF;
		INSERT INTO mwmirror.copy_chunk (wiki_id, source_table, ordinal, lower, upper, version)
		VALUES (wiki, copy_announce.source_table, copy_announce.ordinal, copy_announce.lower, copy_announce.upper, changed);
		UPDATE mwmirror.copy_table AS x
		SET state = 'copying', started_at = coalesce(started_at, clock_timestamp()), next_lower = copy_announce.upper, next_ordinal = t.next_ordinal + 1
		WHERE x.wiki_id = wiki AND x.source_table = copy_announce.source_table;
	END IF;
	RETURN coalesce((SELECT gtid_pos FROM mwmirror.source WHERE source_name = of_source), '');
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_announce(text, text, bytea, bytea, integer) IS
	'Announces a chunk to follow, in a transaction of its own, by who holds copy_chunk_lock. Returns the GTID list that the snapshot which is begun next must cover; NULL if the table is not to be copied any more, or its copy began anew. Args: wiki_id; source table without prefix; bounds and number as in copy_chunk.';

CREATE FUNCTION mwmirror.copy_copied(wiki text, source_table text, ordinal integer, gtid_pos text, rows bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	UPDATE mwmirror.copy_chunk AS c SET state = 'copied', gtid_pos = copy_copied.gtid_pos
	WHERE c.wiki_id = wiki AND c.source_table = copy_copied.source_table AND c.ordinal = copy_copied.ordinal AND c.state = 'reading';
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	UPDATE mwmirror.copy_table AS t SET rows_done = rows_done + rows, error = NULL
	WHERE t.wiki_id = wiki AND t.source_table = copy_copied.source_table;
	RETURN true;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_copied(text, text, integer, text, bigint) IS
	'In the transaction that writes a chunk''s rows: it is copied. False: the copy of the table began anew meanwhile, and the transaction is to be rolled back. Args: wiki_id; source table; number; GTID list of the snapshot; source rows.';

CREATE FUNCTION mwmirror.copy_end(wiki text, source_table text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.copy_change(t.source_name) FROM mwmirror.copy_table AS t
	WHERE t.wiki_id = wiki AND t.source_table = copy_end.source_table;
	UPDATE mwmirror.copy_table AS t SET state = 'copied', ended_at = clock_timestamp(), error = NULL
	WHERE t.wiki_id = wiki AND t.source_table = copy_end.source_table AND t.state = 'copying' AND t.next_lower IS NULL AND t.next_ordinal > 1
		AND NOT EXISTS (
			SELECT FROM mwmirror.copy_chunk AS c
			WHERE c.wiki_id = wiki AND c.source_table = copy_end.source_table AND c.state = 'reading');
	RETURN FOUND;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_end(text, text) IS
	'Says that a table is copied, if all its chunks are. Args: wiki; source table. Returns whether it was said now.';

CREATE FUNCTION mwmirror.copy_wiki_end(wiki text, begin_gtid_pos text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.mode = 'first' AND t.state <> 'copied') THEN
		RETURN false;
	END IF;
	-- what follow copies again of a wiki that has told nothing yet is no event either
	IF EXISTS (
		SELECT FROM mwmirror.copy_table AS t JOIN mwmirror.wiki AS w USING (wiki_id)
		WHERE t.wiki_id = wiki AND w.snapshot_gtid IS NULL
			AND (t.state <> 'copied' OR EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki AND r.source_table = t.source_table)))
	THEN
		RETURN false;
	END IF;
	UPDATE mwmirror.wiki AS w SET snapshot_gtid = copy_wiki_end.begin_gtid_pos, snapshot_at = clock_timestamp()
	WHERE w.wiki_id = wiki AND w.snapshot_gtid IS NULL;
	IF FOUND THEN
		PERFORM mwmirror.expire_copied(wiki);
		PERFORM mwmirror.content_latest_make(wiki);
	END IF;
	RETURN true;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_wiki_end(text, text) IS
	'Behind copy_change in one transaction: a wiki is copied, if all its tables are; its events begin. Args: wiki; GTID list of the source when its copy began. Returns whether all is copied.';

CREATE FUNCTION mwmirror.copy_forget(wiki text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text := (SELECT w.source_name FROM mwmirror.wiki AS w WHERE w.wiki_id = wiki);
BEGIN
	PERFORM mwmirror.copy_change(source);
	UPDATE mwmirror.wiki AS w SET snapshot_gtid = NULL, snapshot_at = NULL WHERE w.wiki_id = wiki AND w.snapshot_gtid IS NOT NULL;
	DELETE FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki;
	-- follow sees rows that have changed, but none that are gone: it begins anew
	IF FOUND THEN
		UPDATE mwmirror.copy_version SET wikis = version WHERE source_name = source;
	END IF;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_forget(text) IS 'From here on a wiki counts as not copied, and nothing as being copied of it. Arg: wiki.';

CREATE FUNCTION mwmirror.copy_clear(source text, known bigint)
RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	gone integer;
BEGIN
	DELETE FROM mwmirror.copy_table AS t
	USING mwmirror.source AS s, mwmirror.wiki AS w
	WHERE t.source_name = source AND s.source_name = source AND w.wiki_id = t.wiki_id AND t.state = 'copied' AND w.snapshot_gtid IS NOT NULL
		AND t.version <= known
		AND NOT EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = t.wiki_id AND r.source_table = t.source_table)
		AND NOT EXISTS (
			SELECT FROM mwmirror.copy_chunk AS c
			WHERE c.wiki_id = t.wiki_id AND c.source_table = t.source_table AND (c.state <> 'copied' OR NOT mwmirror.gtid_covers(s.gtid_pos, c.gtid_pos)));
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN gone;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_clear(text, bigint) IS
	'Forgets tables that are copied and that follow is behind: it goes on by mwmirror.wiki alone. For follow, which is told of no row that is gone. Args: source; copy_version.version that it knows: what has changed since stays. Returns how many.';

CREATE FUNCTION mwmirror.copy_wait(wiki text, source_table text, ordinal integer)
RETURNS TABLE (ended boolean, gtid_pos text)
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5s' -- more than deadlock_timeout, so that a deadlock is seen
AS $function$
DECLARE
	key bigint := mwmirror.copy_chunk_lock(wiki, source_table, ordinal);
BEGIN
	BEGIN
		PERFORM pg_advisory_lock_shared(key);
		PERFORM pg_advisory_unlock_shared(key);
		ended := true;
	EXCEPTION WHEN lock_not_available THEN
		ended := false;
	END;
	gtid_pos := (SELECT c.gtid_pos FROM mwmirror.copy_chunk AS c WHERE c.wiki_id = wiki AND c.source_table = copy_wait.source_table AND c.ordinal = copy_wait.ordinal);
	RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_wait(text, text, integer) IS
	'Waits for who reads a chunk, for some seconds. Returns whether that has ended, and the GTID list of the chunk if it is copied: NULL when it has ended says that the reader died. Args: as copy_chunk_lock.';

CREATE FUNCTION mwmirror.copy_restart(wiki text, source_table text, keeps_key boolean)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	DELETE FROM mwmirror.copy_chunk AS c WHERE c.wiki_id = wiki AND c.source_table = copy_restart.source_table;
	DELETE FROM mwmirror.copy_range AS r WHERE r.wiki_id = wiki AND r.source_table = copy_restart.source_table;
	UPDATE mwmirror.copy_table AS t
	SET state = 'waiting', settled_upper = NULL, next_settled = 1, next_lower = NULL, next_ordinal = 1, rows_done = 0, started_at = NULL, ended_at = NULL,
		key_column = CASE WHEN keeps_key THEN t.key_column END, key_kind = CASE WHEN keeps_key THEN t.key_kind END
	WHERE t.wiki_id = wiki AND t.source_table = copy_restart.source_table;
$function$;
COMMENT ON FUNCTION mwmirror.copy_restart(text, text, boolean) IS
	'Has a table copied from its first row on; its rows in the mirror are the caller''s, who is follow in a group, and no chunk is read. Args: wiki_id; source table; whether it is cut by the same key as before, else it is one chunk.';

-- What changes says so: a copy that follow does not know of would be silent.
CREATE FUNCTION mwmirror.copy_table_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	new.version := mwmirror.copy_change(new.source_name);
	IF TG_OP = 'INSERT' OR (new.state = 'waiting' AND old.state <> 'waiting') THEN
		new.begun := new.version;
	END IF;
	RETURN new;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_table_changed() IS 'Calls copy_change for a table that is to be copied, or of which more or all is.';
CREATE TRIGGER add_changes BEFORE INSERT ON mwmirror.copy_table
	FOR EACH ROW EXECUTE FUNCTION mwmirror.copy_table_changed();
CREATE TRIGGER update_changes BEFORE UPDATE ON mwmirror.copy_table
	FOR EACH ROW WHEN ((old.mode, old.state, old.key_column, old.key_kind, old.settled_upper)
		IS DISTINCT FROM (new.mode, new.state, new.key_column, new.key_kind, new.settled_upper))
	EXECUTE FUNCTION mwmirror.copy_table_changed();

CREATE FUNCTION mwmirror.copy_wiki_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text;
	changed bigint;
BEGIN
	FOR source IN
		SELECT DISTINCT name FROM unnest(ARRAY[
			CASE WHEN TG_OP <> 'INSERT' THEN old.source_name END, CASE WHEN TG_OP <> 'DELETE' THEN new.source_name END]) AS name
		WHERE name IS NOT NULL ORDER BY name
	LOOP
		changed := mwmirror.copy_change(source);
		UPDATE mwmirror.copy_version SET wikis = changed WHERE source_name = source;
	END LOOP;
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_wiki_changed() IS 'Calls copy_change for a wiki that is followed and comes, goes, or has other settings that count for follow, and notes it in copy_version.wikis.';
-- one that is not copied is no matter of follow until copy_table has it
CREATE TRIGGER insert_changes AFTER INSERT ON mwmirror.wiki
	FOR EACH ROW WHEN (new.snapshot_gtid IS NOT NULL) EXECUTE FUNCTION mwmirror.copy_wiki_changed();
CREATE TRIGGER delete_changes AFTER DELETE ON mwmirror.wiki
	FOR EACH ROW EXECUTE FUNCTION mwmirror.copy_wiki_changed();
CREATE TRIGGER update_changes AFTER UPDATE ON mwmirror.wiki
	FOR EACH ROW WHEN ((old.wiki_id, old.source_name, old.table_prefix, old.content_policy, old.content_limit, old.legacy_encoding, old.snapshot_gtid, old.gone_gtid)
		IS DISTINCT FROM (new.wiki_id, new.source_name, new.table_prefix, new.content_policy, new.content_limit, new.legacy_encoding, new.snapshot_gtid, new.gone_gtid))
	EXECUTE FUNCTION mwmirror.copy_wiki_changed();

CREATE FUNCTION mwmirror.mapping_changed()
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	source text;
	changed bigint;
BEGIN
	FOR source IN SELECT s.source_name FROM mwmirror.source AS s ORDER BY s.source_name
	LOOP
		changed := mwmirror.copy_change(source);
		UPDATE mwmirror.copy_version SET mapping = changed WHERE source_name = source;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION mwmirror.mapping_changed() IS
	'In a transaction that changes the mapping, which calls it by triggers: follow, if it runs, reads it anew before its next group.';
