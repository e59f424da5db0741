/*
 * sql/finish.sql
 *	  What holds for all tables: storage of looked-up text, and what pg_dump has to keep.
 */

-- Decoding reads these tables, but vacuum does not spare the TOAST of a user catalog table: text stays inline.
DO $do$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT attrelid::regclass AS name, attname
		FROM pg_catalog.pg_attribute
		JOIN pg_catalog.pg_class ON pg_class.oid = attrelid
		WHERE relnamespace IN ('mediawiki'::regnamespace, 'mwmirror'::regnamespace) AND relkind = 'r'
			AND 'user_catalog_table=true' = ANY (reloptions)
			AND attnum > 0 AND attstorage = 'x'
	LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE MAIN', c.name, c.attname);
	END LOOP;
END
$do$;

UPDATE mwmirror.table_map SET shipped = true;
UPDATE mwmirror.column_map SET shipped = true;
UPDATE mwmirror.column_private SET shipped = true;
UPDATE mwmirror.private_name SET shipped = true;
UPDATE mwmirror.column_migration SET shipped = true;
UPDATE mwmirror.table_skipped SET shipped = true;
UPDATE mwmirror.reference SET shipped = true;
UPDATE mwmirror.purge_rule SET shipped = true;
UPDATE mwmirror.public_table SET shipped = true;
UPDATE mwmirror.public_column SET shipped = true;
UPDATE mwmirror.public_view SET shipped = true;
UPDATE mwmirror.mirror_index SET shipped = true;

-- one call a statement: each changes the same row of pg_extension
DO $do$
DECLARE
	kept record;
BEGIN
	FOR kept IN
		SELECT oid::regclass AS name, CASE
				WHEN relname IN ('table_map', 'column_map', 'column_private', 'private_name', 'column_migration', 'table_skipped', 'reference', 'purge_rule', 'public_table', 'public_column', 'public_view', 'mirror_index') THEN 'WHERE NOT shipped'
				ELSE ''
			END AS filter
		FROM pg_catalog.pg_class
		WHERE relnamespace IN ('mediawiki'::regnamespace, 'mwmirror'::regnamespace) AND relkind IN ('r', 'S')
			-- slots are not in a dump either; what versions count begins anew
			AND relname NOT IN ('slot', 'copy_version')
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(kept.name, kept.filter);
	END LOOP;
END
$do$;

-- last of all: tables with pending events cannot be altered
CREATE CONSTRAINT TRIGGER public_rules_changed AFTER INSERT OR UPDATE OR DELETE ON mwmirror.public_table
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mwmirror.public_rules_changed();
CREATE CONSTRAINT TRIGGER public_rules_changed AFTER INSERT OR UPDATE OR DELETE ON mwmirror.public_column
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mwmirror.public_rules_changed();
CREATE CONSTRAINT TRIGGER public_rules_changed AFTER INSERT OR UPDATE OR DELETE ON mwmirror.public_view
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mwmirror.public_rules_changed();

CREATE TRIGGER public_row_kept BEFORE INSERT OR UPDATE ON mwmirror.public_table FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_noted AFTER DELETE ON mwmirror.public_table FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_kept BEFORE INSERT OR UPDATE ON mwmirror.public_column FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_noted AFTER DELETE ON mwmirror.public_column FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_kept BEFORE INSERT OR UPDATE ON mwmirror.public_view FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_noted AFTER DELETE ON mwmirror.public_view FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_kept();
CREATE TRIGGER public_row_withdrawn AFTER INSERT ON mwmirror.public_withdrawn FOR EACH ROW EXECUTE FUNCTION mwmirror.public_row_withdrawn();
