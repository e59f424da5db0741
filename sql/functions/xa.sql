/*
 * sql/functions/xa.sql
 *	  XA transactions of the sources that are prepared and not ended, as far as they have rows of mirrored tables.
 */

CREATE TABLE mwmirror.xa_prepared (
	source_name  text COLLATE "C" NOT NULL,
	xa_id        text COLLATE "C" NOT NULL,
	wiki_id      text COLLATE "C" NOT NULL,
	source_table text COLLATE "C" NOT NULL,
	PRIMARY KEY (source_name, xa_id, wiki_id, source_table)
);
COMMENT ON TABLE mwmirror.xa_prepared IS 'Tables of which an XA transaction that is prepared at the source has rows: follow has left these out, and has the tables copied again when it is committed.';
COMMENT ON COLUMN mwmirror.xa_prepared.source_name IS 'mwmirror.source.source_name.';
COMMENT ON COLUMN mwmirror.xa_prepared.xa_id IS 'Its format (4 bytes, the lowest first), the lengths of its two parts (1 byte each) and these, as XA RECOVER shows them, hexadecimal.';
COMMENT ON COLUMN mwmirror.xa_prepared.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.xa_prepared.source_table IS 'Its name at the source, without the prefix.';
