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
	mode           text COLLATE "C" NOT NULL CHECK (mode IN ('first', 'again')),
	state          text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'copying', 'copied')),
	begin_gtid_pos text COLLATE "C",
	key_column     text COLLATE "C",
	key_kind       text COLLATE "C" CHECK (key_kind IN ('integer', 'bytes')),
	settled_upper  bytea,
	next_lower     bytea,
	next_ordinal   integer NOT NULL DEFAULT 1,
	rows_total     bigint,
	rows_done      bigint NOT NULL DEFAULT 0,
	reason         text,
	error          text,
	started_at     timestamptz,
	ended_at       timestamptz,
	version        bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (wiki_id, source_table),
	CHECK ((key_column IS NULL) = (key_kind IS NULL))
);
CREATE INDEX copy_table_version ON mwmirror.copy_table (source_name, version);
COMMENT ON TABLE mwmirror.copy_table IS 'Source tables that are being copied, or have been.';
COMMENT ON COLUMN mwmirror.copy_table.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.copy_table.source_table IS 'Its name at the source, without the prefix.';
COMMENT ON COLUMN mwmirror.copy_table.source_name IS 'mwmirror.source.source_name: the source of the wiki.';
COMMENT ON COLUMN mwmirror.copy_table.mode IS 'first: its rows are added, and no event tells of them. again: the mirror has rows of it, follow compares them with the source and what differs is written and told.';
COMMENT ON COLUMN mwmirror.copy_table.state IS 'waiting, copying (chunks are handed out) or copied (all chunks are).';
COMMENT ON COLUMN mwmirror.copy_table.begin_gtid_pos IS 'GTID list of the source when the copy of the wiki, or again of the table, began.';
COMMENT ON COLUMN mwmirror.copy_table.key_column IS 'First column of its primary key, whose ranges are the chunks; NULL: it has none that can be cut, and is one chunk.';
COMMENT ON COLUMN mwmirror.copy_table.key_kind IS 'integer: bounds are decimal numbers as text; bytes: they are the column''s bytes (BINARY and VARBINARY).';
COMMENT ON COLUMN mwmirror.copy_table.settled_upper IS 'Below it all chunks are copied and follow is behind their GTIDs, so their rows are gone from copy_chunk and follow applies what it reads; NULL: nothing is settled, or all if state is copied and there is no chunk.';
COMMENT ON COLUMN mwmirror.copy_table.next_lower IS 'Where the next chunk begins; NULL: at the first row, or none is left if next_ordinal is above 1.';
COMMENT ON COLUMN mwmirror.copy_table.next_ordinal IS 'Number of the next chunk.';
COMMENT ON COLUMN mwmirror.copy_table.rows_total IS 'How many rows the source said it has, roughly, when the copy began.';
COMMENT ON COLUMN mwmirror.copy_table.rows_done IS 'Source rows that have been read so far.';
COMMENT ON COLUMN mwmirror.copy_table.reason IS 'Why it is copied again.';
COMMENT ON COLUMN mwmirror.copy_table.error IS 'What the last attempt failed with; NULL if it did not.';
COMMENT ON COLUMN mwmirror.copy_table.started_at IS 'When its first chunk was announced.';
COMMENT ON COLUMN mwmirror.copy_table.ended_at IS 'When its last one was copied.';
COMMENT ON COLUMN mwmirror.copy_table.version IS 'copy_version.version when mode, state, key or settled_upper last changed; a trigger sets it.';

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
COMMENT ON TABLE mwmirror.copy_chunk IS 'Chunks of copy_table that follow must know of.';
COMMENT ON COLUMN mwmirror.copy_chunk.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.copy_chunk.source_table IS 'As in copy_table.';
COMMENT ON COLUMN mwmirror.copy_chunk.ordinal IS 'Number of the chunk, in the order of the bounds.';
COMMENT ON COLUMN mwmirror.copy_chunk.lower IS 'Its rows have a key from this on, as key_kind says; NULL: from the first on.';
COMMENT ON COLUMN mwmirror.copy_chunk.upper IS 'And below this; NULL: to the last, and all that come behind it.';
COMMENT ON COLUMN mwmirror.copy_chunk.state IS 'reading: announced; somebody reads it who holds the lock copy_chunk_lock, or has died. copied: its rows are in the mirror.';
COMMENT ON COLUMN mwmirror.copy_chunk.gtid_pos IS 'GTID list of the source that its rows are of.';
COMMENT ON COLUMN mwmirror.copy_chunk.version IS 'copy_version.version when it was announced.';

CREATE TABLE mwmirror.copy_version (
	source_name text COLLATE "C" PRIMARY KEY,
	version     bigint NOT NULL,
	wikis       bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
COMMENT ON TABLE mwmirror.copy_version IS 'Number of the last change of copy_table, copy_chunk or the list of wikis that follow must know of before its next group.';
COMMENT ON COLUMN mwmirror.copy_version.source_name IS 'mwmirror.source.source_name.';
COMMENT ON COLUMN mwmirror.copy_version.version IS 'Goes up with each.';
COMMENT ON COLUMN mwmirror.copy_version.wikis IS 'What version was when the wikis of the source last changed.';

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
	PERFORM mwmirror.copy_lock(source, true);
	INSERT INTO mwmirror.copy_version AS v (source_name, version) VALUES (source, 1)
		ON CONFLICT (source_name) DO UPDATE SET version = v.version + 1
		RETURNING version INTO changed;
	RETURN changed;
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_change(text) IS
	'To be called first in a transaction that changes copy_table, the announced chunks or the wikis of a source: waits for follow''s group to end, and the next one will know. Returns the new version.';

CREATE FUNCTION mwmirror.copy_announce(wiki text, source_table text, lower bytea, upper bytea, ordinal integer)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	of_source text := (SELECT t.source_name FROM mwmirror.copy_table AS t WHERE t.wiki_id = wiki AND t.source_table = copy_announce.source_table);
	changed bigint := mwmirror.copy_change(of_source);
BEGIN
	INSERT INTO mwmirror.copy_chunk AS c (wiki_id, source_table, ordinal, lower, upper, version)
		VALUES (wiki, copy_announce.source_table, copy_announce.ordinal, copy_announce.lower, copy_announce.upper, changed)
		ON CONFLICT ON CONSTRAINT copy_chunk_pkey DO UPDATE SET version = changed WHERE c.state = 'reading';
	UPDATE mwmirror.copy_table AS t SET started_at = coalesce(started_at, clock_timestamp()), state = 'copying'
		WHERE t.wiki_id = wiki AND t.source_table = copy_announce.source_table AND state = 'waiting';
	RETURN coalesce((SELECT gtid_pos FROM mwmirror.source WHERE source_name = of_source), '');
END
$function$;
COMMENT ON FUNCTION mwmirror.copy_announce(text, text, bytea, bytea, integer) IS
	'Announces a chunk to follow, in a transaction of its own, by who holds copy_chunk_lock. Returns the GTID list that the snapshot which is begun next must cover. Args: wiki_id; source table without prefix; bounds and number as in copy_chunk.';

CREATE FUNCTION mwmirror.copy_copied(wiki text, source_table text, ordinal integer, gtid_pos text, rows bigint)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE mwmirror.copy_chunk AS c SET state = 'copied', gtid_pos = copy_copied.gtid_pos
		WHERE c.wiki_id = wiki AND c.source_table = copy_copied.source_table AND c.ordinal = copy_copied.ordinal;
	UPDATE mwmirror.copy_table AS t SET rows_done = rows_done + rows, error = NULL
		WHERE t.wiki_id = wiki AND t.source_table = copy_copied.source_table;
$function$;
COMMENT ON FUNCTION mwmirror.copy_copied(text, text, integer, text, bigint) IS
	'In the transaction that writes a chunk''s rows: it is copied. Args: wiki_id; source table; number; GTID list of the snapshot; source rows.';

-- What changes says so: a copy that follow does not know of would be silent.
CREATE FUNCTION mwmirror.copy_table_changed()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	new.version := mwmirror.copy_change(new.source_name);
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
COMMENT ON FUNCTION mwmirror.copy_wiki_changed() IS 'Calls copy_change for a wiki that comes, goes, or has other settings that count for follow, and notes it in copy_version.wikis.';
CREATE TRIGGER row_changes AFTER INSERT OR DELETE ON mwmirror.wiki
	FOR EACH ROW EXECUTE FUNCTION mwmirror.copy_wiki_changed();
CREATE TRIGGER update_changes AFTER UPDATE ON mwmirror.wiki
	FOR EACH ROW WHEN ((old.wiki_id, old.source_name, old.table_prefix, old.content_policy, old.content_limit, old.legacy_encoding, old.snapshot_gtid)
		IS DISTINCT FROM (new.wiki_id, new.source_name, new.table_prefix, new.content_policy, new.content_limit, new.legacy_encoding, new.snapshot_gtid))
	EXECUTE FUNCTION mwmirror.copy_wiki_changed();
