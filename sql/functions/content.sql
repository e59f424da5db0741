/*
 * sql/functions/content.sql
 *	  Wikis that keep the contents of pages' latest revisions only.
 *
 * mwmirror.content_latest has which pages these are of, for a content may be that of several. follow tells of pages and contents at the end of each
 * of its transactions, so content_body is right after every commit.
 */

CREATE TABLE mwmirror.content_latest (
	wiki_id    text COLLATE "C" NOT NULL,
	content_id bigint NOT NULL,
	page_id    bigint NOT NULL,
	PRIMARY KEY (wiki_id, content_id, page_id)
);
CREATE INDEX content_latest_page ON mwmirror.content_latest (wiki_id, page_id);
COMMENT ON TABLE mwmirror.content_latest IS 'Contents of pages'' latest revisions, of wikis with content_policy latest.';
COMMENT ON COLUMN mwmirror.content_latest.wiki_id IS 'mwmirror.wiki.wiki_id.';
COMMENT ON COLUMN mwmirror.content_latest.content_id IS 'mediawiki.content.content_id.';
COMMENT ON COLUMN mwmirror.content_latest.page_id IS 'A page whose latest revision has it in a slot.';

CREATE FUNCTION mwmirror.content_keep_latest(of_wiki text, of_pages bigint[], of_contents bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $function$
DECLARE
	gone bigint[];
BEGIN
	-- rows are looked up by key, in this order (OFFSET 0 keeps it): by statistics of a time when the wiki was small, tables would be joined by wiki_id alone
	WITH deleted AS (
		DELETE FROM mwmirror.content_latest AS l
		WHERE l.wiki_id = of_wiki AND l.page_id = ANY (of_pages) AND l.content_id <> ALL (ARRAY(
			SELECT s.slot_content_id
			FROM (SELECT page_latest FROM mediawiki.page WHERE wiki_id = of_wiki AND page_id = l.page_id OFFSET 0) AS p
			CROSS JOIN LATERAL (SELECT slot_content_id FROM mediawiki.slots WHERE wiki_id = of_wiki AND slot_revision_id = p.page_latest OFFSET 0) AS s))
		RETURNING l.content_id
	)
	SELECT array_agg(content_id) INTO gone FROM deleted;
	INSERT INTO mwmirror.content_latest (wiki_id, content_id, page_id)
	SELECT DISTINCT of_wiki, s.slot_content_id, c.page_id
	FROM unnest(of_pages) AS c (page_id)
	CROSS JOIN LATERAL (SELECT page_latest FROM mediawiki.page WHERE wiki_id = of_wiki AND page_id = c.page_id OFFSET 0) AS p
	CROSS JOIN LATERAL (SELECT slot_content_id FROM mediawiki.slots WHERE wiki_id = of_wiki AND slot_revision_id = p.page_latest OFFSET 0) AS s
	ON CONFLICT DO NOTHING;
	DELETE FROM mediawiki.content_body AS b
	WHERE b.wiki_id = of_wiki AND b.content_id = ANY (of_contents || gone)
		AND (SELECT true FROM mwmirror.content_latest AS l WHERE l.wiki_id = of_wiki AND l.content_id = b.content_id LIMIT 1) IS NULL;
END
$function$;
COMMENT ON FUNCTION mwmirror.content_keep_latest(text, bigint[], bigint[]) IS
	'Deletes contents that are those of no page''s latest revision any more. Args: wiki id; pages that changed or went; contents that were written.';

CREATE FUNCTION mwmirror.content_latest_make(of_wiki text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	DELETE FROM mwmirror.content_latest WHERE wiki_id = of_wiki;
	IF NOT EXISTS (SELECT FROM mwmirror.wiki WHERE wiki_id = of_wiki AND content_policy = 'latest') THEN
		RETURN;
	END IF;
	INSERT INTO mwmirror.content_latest (wiki_id, content_id, page_id)
	SELECT DISTINCT of_wiki, s.slot_content_id, p.page_id
	FROM mediawiki.page AS p JOIN mediawiki.slots AS s ON s.wiki_id = p.wiki_id AND s.slot_revision_id = p.page_latest
	WHERE p.wiki_id = of_wiki;
	DELETE FROM mediawiki.content_body AS b
	WHERE b.wiki_id = of_wiki AND NOT EXISTS (
		SELECT FROM mwmirror.content_latest AS l WHERE l.wiki_id = of_wiki AND l.content_id = b.content_id);
END
$function$;
COMMENT ON FUNCTION mwmirror.content_latest_make(text) IS
	'Makes the rows of content_latest of a wiki anew, none if its content_policy is not latest; else contents that no page''s latest revision has go. Arg: wiki id.';

CREATE FUNCTION mwmirror.content_begin(of_source text)
RETURNS void
LANGUAGE sql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT mwmirror.content_latest_make(w.wiki_id)
	FROM mwmirror.wiki AS w
	WHERE w.source_name = of_source
		AND (w.content_policy = 'latest') <> EXISTS (SELECT FROM mwmirror.content_latest AS l WHERE l.wiki_id = w.wiki_id)
$function$;
COMMENT ON FUNCTION mwmirror.content_begin(text) IS
	'Before follow begins: does what it means that the content_policy of wikis became latest, or another. Arg: source name.';
