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

CREATE FUNCTION mwmirror.mostly_true(internal)
RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'mwmirror_mostly_true';
COMMENT ON FUNCTION mwmirror.mostly_true(internal) IS 'Support function, for the planner: true of nearly all rows.';

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

CREATE FUNCTION mwmirror.is_public_wiki(wiki_id text, public_wikis text[])
RETURNS boolean
LANGUAGE C STABLE LEAKPROOF PARALLEL SAFE SUPPORT mwmirror.mostly_true
AS 'MODULE_PATHNAME', 'mwmirror_is_public_wiki';
COMMENT ON FUNCTION mwmirror.is_public_wiki(text, text[]) IS 'Whether a wiki is in a list, which is the same for all rows of a query, without NULLs; no list: it is not.';

CREATE FUNCTION mwmirror.is_guarded(of_table regclass, of_schema text, of_view text)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_is_guarded';
COMMENT ON FUNCTION mwmirror.is_guarded(regclass, text, text) IS 'Whether row level security of a table is on for the owner of a view: without it a public view shows nothing.';

CREATE FUNCTION mwmirror.utf8_text(body bytea)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'mwmirror_utf8_text';
COMMENT ON FUNCTION mwmirror.utf8_text(bytea) IS 'Bytes in UTF-8 as text; NULL of all others.';
