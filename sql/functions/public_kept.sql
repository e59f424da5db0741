/*
 * sql/functions/public_kept.sql
 *	  What an operator changes of the shipped rows of public_table, public_column and public_view is in a dump, and so hidden again when it is restored.
 *
 * pg_dump has rows that are not shipped. So a row that is changed is shipped no more, one that is inserted takes the place of the shipped one, which the
 * restored extension has brought, and one that is deleted is noted. The triggers are made last (finish.sql).
 */

CREATE TABLE mwmirror.public_withdrawn (
	of_table    text COLLATE "C" NOT NULL CONSTRAINT of_table_is_of_rules CHECK (of_table IN ('public_table', 'public_column', 'public_view')),
	name        text COLLATE "C" NOT NULL,
	column_name text COLLATE "C" NOT NULL DEFAULT '',
	PRIMARY KEY (of_table, name, column_name)
);
COMMENT ON TABLE mwmirror.public_withdrawn IS 'Shipped rows of public_table, public_column and public_view that were deleted: with a row here they are again.';
COMMENT ON COLUMN mwmirror.public_withdrawn.of_table IS 'public_table, public_column or public_view.';
COMMENT ON COLUMN mwmirror.public_withdrawn.name IS 'Its table_name, or view_name.';
COMMENT ON COLUMN mwmirror.public_withdrawn.column_name IS 'Its column_name, of public_column.';

CREATE FUNCTION mwmirror.public_row_withdraw(of_table text, name text, column_name text)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
	DELETE FROM mwmirror.public_table t WHERE of_table = 'public_table' AND t.table_name = name AND t.shipped;
	DELETE FROM mwmirror.public_column c WHERE of_table = 'public_column' AND c.table_name = name AND c.column_name = public_row_withdraw.column_name AND c.shipped;
	DELETE FROM mwmirror.public_view v WHERE of_table = 'public_view' AND v.view_name = name AND v.shipped;
$function$;
COMMENT ON FUNCTION mwmirror.public_row_withdraw(text, text, text) IS 'Deletes a shipped row. Args: as public_withdrawn.';

CREATE FUNCTION mwmirror.public_row_kept()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	this CONSTANT jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN old ELSE new END);
	row_name CONSTANT text := coalesce(this->>'view_name', this->>'table_name');
	row_column CONSTANT text := coalesce(this->>'column_name', '');
BEGIN
	IF TG_OP = 'DELETE' THEN -- afterwards
		IF old.shipped THEN
			INSERT INTO mwmirror.public_withdrawn (of_table, name, column_name) VALUES (TG_TABLE_NAME, row_name, row_column) ON CONFLICT DO NOTHING;
		END IF;
		RETURN NULL;
	ELSIF TG_OP = 'INSERT' THEN
		PERFORM mwmirror.public_row_withdraw(TG_TABLE_NAME, row_name, row_column);
		DELETE FROM mwmirror.public_withdrawn w WHERE w.of_table = TG_TABLE_NAME AND w.name = row_name AND w.column_name = row_column;
	ELSIF old.shipped AND new IS DISTINCT FROM old THEN
		new.shipped := false;
	END IF;
	RETURN new;
END
$function$;
COMMENT ON FUNCTION mwmirror.public_row_kept() IS 'Has a dump keep what is changed of shipped rows.';

CREATE FUNCTION mwmirror.public_row_withdrawn()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM mwmirror.public_row_withdraw(new.of_table, new.name, new.column_name);
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.public_row_withdrawn() IS 'Deletes the shipped row that a row of public_withdrawn names: so it is gone after a restore, too.';
