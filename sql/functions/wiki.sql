/*
 * sql/functions/wiki.sql
 *	  Wikis and their namespaces are read while decoding: a commit that changed them says so, or decoding that was restarted
 *	  meanwhile could miss it.
 */

CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.wiki
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mwmirror.wiki_namespace
	FOR EACH STATEMENT EXECUTE FUNCTION mwmirror.invalidate();
