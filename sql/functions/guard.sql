/*
 * sql/functions/guard.sql
 *	  What public views and the policies below them call: C, in the module. Everybody may, as rights on functions are those of who asks, not of the
 *	  view's owner.
 */

CREATE FUNCTION mwmirror.rarely_true(internal)
RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'mwmirror_rarely_true';
COMMENT ON FUNCTION mwmirror.rarely_true(internal) IS 'Support function, for the planner: true of few rows.';

CREATE FUNCTION mwmirror.public_tag_planned(internal)
RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'mwmirror_public_tag_planned';
COMMENT ON FUNCTION mwmirror.public_tag_planned(internal) IS 'Support function, for the planner: true of nearly all rows; of a query for one wiki it is asked with that.';

CREATE FUNCTION mwmirror.public_wiki_planned(internal)
RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'mwmirror_public_wiki_planned';
COMMENT ON FUNCTION mwmirror.public_wiki_planned(internal) IS 'Support function, for the planner: true of nearly all rows; and of a query for one wiki, true of all of them or of none.';

CREATE FUNCTION mwmirror.has_bits(bits smallint, mask integer)
RETURNS boolean
LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE SUPPORT mwmirror.rarely_true
AS 'MODULE_PATHNAME', 'mwmirror_has_bits_smallint';
COMMENT ON FUNCTION mwmirror.has_bits(smallint, integer) IS 'Whether any of the mask''s bits is set; NULL has none. Leakproof, so that indexes on expressions with it serve public views.';

CREATE FUNCTION mwmirror.has_bits(bits integer, mask integer)
RETURNS boolean
LANGUAGE C IMMUTABLE LEAKPROOF PARALLEL SAFE SUPPORT mwmirror.rarely_true
AS 'MODULE_PATHNAME', 'mwmirror_has_bits_integer';
COMMENT ON FUNCTION mwmirror.has_bits(integer, integer) IS 'As has_bits(smallint, integer), of a wider column.';

CREATE FUNCTION mwmirror.is_public_wiki(wiki_id text)
RETURNS boolean
LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL SAFE SUPPORT mwmirror.public_wiki_planned
AS 'MODULE_PATHNAME', 'mwmirror_is_public_wiki';
COMMENT ON FUNCTION mwmirror.is_public_wiki(text) IS 'Whether a wiki is one of this mirror and not private.';

CREATE FUNCTION mwmirror.public_wiki(wiki_id text)
RETURNS text
LANGUAGE C STABLE STRICT LEAKPROOF PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_public_wiki';
COMMENT ON FUNCTION mwmirror.public_wiki(text) IS 'The wiki, if it is one of this mirror and not private; else NULL.';

CREATE FUNCTION mwmirror.public_tags(of_table text, of_wiki text)
RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	-- not LANGUAGE sql, which would plan it for each query
	RETURN ARRAY(
		SELECT d.ctd_id FROM mediawiki.change_tag_def d
		WHERE d.wiki_id = of_wiki AND (
			SELECT bool_and(d.ctd_name NOT LIKE ALL (r.patterns))
			FROM mwmirror.public_table t
			JOIN mwmirror.public_column c ON c.table_name = t.table_name AND c.shown = 'tag'
			CROSS JOIN LATERAL (VALUES (t.row_column, t.row_rule, t.row_values), (t.also_column, t.also_rule, t.also_values)) AS r (column_name, rule, patterns)
			WHERE t.table_name = of_table AND r.column_name = c.column_name AND r.rule = 'none_like')
		ORDER BY 1);
END
$function$;
COMMENT ON FUNCTION mwmirror.public_tags(text, text) IS 'Ids of the tags of a wiki, public or not, that rows of a mirror table may be shown with, by its rule none_like; in order.';

CREATE FUNCTION mwmirror.has_public_tag(of_table text, wiki_id text, tag_id bigint)
RETURNS boolean
LANGUAGE C STABLE LEAKPROOF PARALLEL SAFE SUPPORT mwmirror.public_tag_planned
AS 'MODULE_PATHNAME', 'mwmirror_has_public_tag';
COMMENT ON FUNCTION mwmirror.has_public_tag(text, text, bigint) IS 'Whether a row of a mirror table, of a public wiki, may be shown, by its tag: as public_tags() says, which is asked once a query and wiki.';

CREATE FUNCTION mwmirror.is_guarded(of_table regclass, of_schema text, of_view text)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_is_guarded';
COMMENT ON FUNCTION mwmirror.is_guarded(regclass, text, text) IS 'Whether row level security of a table is on for the owner of a view, and no policy but mwmirror_public shows it rows: else a public view shows nothing.';

CREATE FUNCTION mwmirror.utf8_text(body bytea)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_utf8_text';
COMMENT ON FUNCTION mwmirror.utf8_text(bytea) IS 'Bytes in UTF-8 as text; NULL of all others.';
