/*
 * sql/functions/wiki.sql
 *	  Wikis, their namespaces, and rules of URLs and of what is public, are read while decoding: a commit that changed them says so, or decoding
 *	  that was restarted meanwhile could miss it.
 */

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.wiki
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.wiki_namespace
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.purge_rule
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.public_table
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.public_column
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
