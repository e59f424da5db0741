/*
 * sql/functions/revision_comment.sql
 *	  Keeps rev_comment_id of wikis that have it in revision_comment_temp (MediaWiki 1.39).
 *
 * There revision.rev_comment_id is always 0, and a full row image of any later update, such as one of
 * rev_deleted, says so again. No version of MediaWiki takes the comment of a revision away.
 */

CREATE FUNCTION mwmirror.revision_keep_comment()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	NEW.rev_comment_id := OLD.rev_comment_id;
	RETURN NEW;
END
$function$;
COMMENT ON FUNCTION mwmirror.revision_keep_comment() IS 'Trigger: an update to rev_comment_id 0 leaves it as it is.';

CREATE TRIGGER revision_keep_comment
BEFORE UPDATE ON mediawiki.revision
FOR EACH ROW WHEN (NEW.rev_comment_id = 0 AND OLD.rev_comment_id <> 0 AND NEW.rev_id = OLD.rev_id)
EXECUTE FUNCTION mwmirror.revision_keep_comment();
ALTER TABLE mediawiki.revision ENABLE ALWAYS TRIGGER revision_keep_comment;
