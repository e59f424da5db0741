/*
 * sql/functions/reference.sql
 *	  Which rows refer to which: the rows that mwmirror.apply() writes into the WAL with those that changed.
 */

CREATE FUNCTION mwmirror.invalidate()
RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'mwmirror_invalidate';
COMMENT ON FUNCTION mwmirror.invalidate() IS
	'Statement trigger of a table that C code keeps a copy of: the commit tells all sessions, and decoding, that the table changed.';

CREATE TABLE mwmirror.reference (
	from_table   text COLLATE "C" NOT NULL,
	from_columns text[] NOT NULL,
	to_table     text COLLATE "C" NOT NULL,
	to_columns   text[] NOT NULL,
	only_changed boolean NOT NULL DEFAULT false,
	of_changed   text COLLATE "C" NOT NULL DEFAULT 'both' CHECK (of_changed IN ('both', 'new', 'kept', 'updated', 'gone', 'told', 'none')),
	update_of    text[],
	ends         boolean NOT NULL DEFAULT false,
	user_page    boolean NOT NULL DEFAULT false,
	constants    text[] NOT NULL DEFAULT '{}',
	found_by     text[],
	member       text COLLATE "C",
	streams      text[],
	way          text COLLATE "C" NOT NULL DEFAULT '',
	found_way    text COLLATE "C" NOT NULL DEFAULT '',
	odd          text COLLATE "C",
	shipped      boolean NOT NULL DEFAULT false,
	PRIMARY KEY (from_table, from_columns, to_table, to_columns, way, found_way),
	CHECK (NOT only_changed OR of_changed <> 'none'),
	CHECK (cardinality(update_of) BETWEEN 1 AND 8),
	CHECK (cardinality(from_columns) BETWEEN 1 AND 4 AND cardinality(to_columns) <= 4),
	CHECK (cardinality(to_columns) = CASE WHEN user_page THEN 1 ELSE cardinality(from_columns) END + cardinality(constants)),
	CHECK (NOT user_page OR cardinality(from_columns) = 2),
	CHECK (member IS NULL OR (cardinality(from_columns) = 1 AND NOT user_page)),
	CHECK (cardinality(streams) > 0)
);
COMMENT ON TABLE mwmirror.reference IS 'Which rows of the mirror refer to which, inside of a wiki: what an event may say about a row that changed.';
COMMENT ON COLUMN mwmirror.reference.from_table IS 'Table in schema mediawiki whose rows refer.';
COMMENT ON COLUMN mwmirror.reference.from_columns IS 'Its columns that name the other row or rows; NULL in one of them, or 0 in an only one, names none.';
COMMENT ON COLUMN mwmirror.reference.to_table IS 'Table whose rows are referred to.';
COMMENT ON COLUMN mwmirror.reference.to_columns IS 'Its columns that hold the same values, beside wiki_id: a key or the beginning of an index.';
COMMENT ON COLUMN mwmirror.reference.only_changed IS 'True: followed from rows that changed, not from rows that are referred to themselves.';
COMMENT ON COLUMN mwmirror.reference.of_changed IS 'From which rows that changed it is followed: both (as they were and as they become), new (as they become), kept (as they were and as they become, of those that do not go away), updated (as they become by an UPDATE), gone (those that go away), told (those that a request tells again, as are both and new), none (only from rows that are referred to themselves).';
COMMENT ON COLUMN mwmirror.reference.update_of IS 'Columns of from_table: it is not followed from a row that an UPDATE changed if all of them are as they were. NULL: from all.';
COMMENT ON COLUMN mwmirror.reference.ends IS 'True: rows that are found by it are of interest, but not what they refer to. Counts if all references by these columns say so.';
COMMENT ON COLUMN mwmirror.reference.user_page IS 'True: from_columns are namespace and title of a page, to_columns the name of the user whose page or talk page it is; pages of other namespaces name none.';
COMMENT ON COLUMN mwmirror.reference.constants IS 'Values of the last to_columns, which no column of from_table holds.';
COMMENT ON COLUMN mwmirror.reference.found_by IS 'Columns of from_table: of rows that are referred to themselves it is followed only from those that were found by them. NULL: from all.';
COMMENT ON COLUMN mwmirror.reference.member IS 'The value is not what from_columns holds, the parameters of a log entry as PHP serializes them, but the text in them under this name. NULL: it is.';
COMMENT ON COLUMN mwmirror.reference.streams IS 'The streams that need it, if others do not: it is not followed while they are off of all wikis. NULL: always.';
COMMENT ON COLUMN mwmirror.reference.way IS 'A name for what is found by it, for references with this found_way.';
COMMENT ON COLUMN mwmirror.reference.found_way IS 'Of rows that are referred to themselves it is followed only from those that a reference with this way found. Empty: from all.';
COMMENT ON COLUMN mwmirror.reference.odd IS 'A smallint column of from_table: it is followed only from rows in which that is odd, such as rev_deleted of a hidden text. NULL: from all.';
COMMENT ON COLUMN mwmirror.reference.shipped IS 'True if the row came with the extension; others are dumped by pg_dump.';

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.reference
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
