/*
 * sql/functions/apply.sql
 *	  How the mirror writes rows.
 */

CREATE FUNCTION mwmirror.apply(batch bytea)
RETURNS bigint
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mwmirror_apply';
COMMENT ON FUNCTION mwmirror.apply(bytea) IS
	'Writes a batch of row changes (decoder/wire/batch.h) in its order, and the marks of the source transactions that end in it; returns the number of rows changed. For the mirror itself: needs its replication origin (mwmirror.origin_setup) and the rights on the tables. Errors leave nothing of the batch; their context begins with the number of the change. MWA01: a row to change is not there; MWA02: malformed batch; 40001: somebody else changed the row; 55000: no origin of the mirror.';

CREATE FUNCTION mwmirror.note_row(written record, gone boolean)
RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'mwmirror_note_row';
COMMENT ON FUNCTION mwmirror.note_row(record, boolean) IS
	'For RETURNING of statements that the mirror writes rows with beside mwmirror.apply(): what the row refers to goes into the WAL with the next mark as well. gone: it was deleted.';

CREATE FUNCTION mwmirror.image_lacks(old_value anyelement, of_wiki text)
RETURNS anyelement
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	RAISE EXCEPTION 'the row image lacks a value that is not hidden any more; SET GLOBAL binlog_row_image = FULL at the source, and copy wiki % again', of_wiki
		USING ERRCODE = 'MWA03';
END
$function$;
COMMENT ON FUNCTION mwmirror.image_lacks(anyelement, text) IS
	'Fails: what hid a value in the mirror has gone, and the row image does not have the value.';
