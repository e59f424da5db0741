/*
 * sql/functions/export.sql
 *	  What dumps in MediaWiki's XML are made of, by the rules of public_table and public_column.
 */

CREATE FUNCTION mwmirror.xml_hidden(of_member text)
RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	-- what is in no rule is hidden
	SELECT coalesce((SELECT mwmirror.public_hidden('r', t.bits_column, c.hidden_by)
			FROM mwmirror.public_table t JOIN mwmirror.public_column c USING (table_name)
			WHERE t.table_name = 'revision' AND c.column_name = of_member), 'true')
$function$;
COMMENT ON FUNCTION mwmirror.xml_hidden(text) IS
	'SQL that is true if a member of the revision r is hidden. Arg: column_name of public_column.';

CREATE FUNCTION mwmirror.xml_rows_query(latest boolean)
RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT format('SELECT p.wiki_id, p.page_id, r.rev_page, p.page_namespace, p.page_title, rd.rd_interwiki, rd.rd_namespace, rd.rd_title,'
		' r.rev_id, r.rev_parent_id, %1$s AS rev_timestamp, r.rev_minor_edit, %2$s AS user_hidden, a.actor_id IS NOT NULL AS user_known,'
		' %4$s AS comment_hidden, %5$s AS text_hidden, CASE WHEN %3$s THEN a.actor_user END AS user_id, CASE WHEN %3$s THEN a.actor_name END AS user_name,'
		' c.comment_text, CASE WHEN NOT (%6$s) THEN r.rev_sha1 END AS rev_sha1, o.role_name, s.slot_origin,'
		' coalesce(m.model_name, p.page_content_model, ''wikitext'') AS model_name, n.content_size, n.content_sha1, n.content_id, n.content_address'
		' FROM mediawiki.page p'
		' JOIN mediawiki.revision r ON r.wiki_id = p.wiki_id AND r.rev_page = p.page_id%7$s'
		' LEFT JOIN mediawiki.redirect rd ON p.page_is_redirect AND rd.wiki_id = p.wiki_id AND rd.rd_from = p.page_id AND %8$s'
		' LEFT JOIN mediawiki.actor a ON a.wiki_id = r.wiki_id AND a.actor_id = CASE WHEN NOT (%2$s) THEN r.rev_actor END'
		' LEFT JOIN mediawiki.comment c ON c.wiki_id = r.wiki_id AND c.comment_id = CASE WHEN NOT (%4$s) THEN r.rev_comment_id END'
		' LEFT JOIN mediawiki.slots s ON s.wiki_id = r.wiki_id AND s.slot_revision_id = CASE WHEN NOT (%5$s) THEN r.rev_id END'
		' LEFT JOIN mediawiki.slot_roles o ON o.wiki_id = s.wiki_id AND o.role_id = s.slot_role_id'
		' LEFT JOIN mediawiki.content n ON n.wiki_id = s.wiki_id AND n.content_id = s.slot_content_id'
		' LEFT JOIN mediawiki.content_models m ON m.wiki_id = n.wiki_id AND m.model_id = n.content_model'
		' WHERE EXISTS (SELECT FROM mwmirror.wiki w WHERE w.wiki_id = p.wiki_id AND NOT w.private) AND %9$s AND %10$s',
		mwmirror.state_value('r', 'rev_timestamp', 'timestamptz'), mwmirror.xml_hidden('user'), mwmirror.public_not_of_hidden('actor', 'a', 'actor_user'),
		mwmirror.xml_hidden('comment'), mwmirror.xml_hidden('slots'), mwmirror.xml_hidden('rev_sha1'), CASE WHEN latest THEN ' AND r.rev_id = p.page_latest' ELSE '' END,
		mwmirror.public_condition('redirect', 'rd'), mwmirror.public_condition('page', 'p'), mwmirror.public_condition('revision', 'r'))
$function$;
COMMENT ON FUNCTION mwmirror.xml_rows_query(boolean) IS
	'The query that gives the public pages with their revisions, a row a slot, as mwmirror export --format xml writes them, without contents. What is hidden is NULL, also the name of a hidden account that is known; a revision without slots is a row. Arg: of each page only the latest revision.';
