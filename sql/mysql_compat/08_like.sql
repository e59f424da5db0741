/*
 * sql/mysql_compat/08_like.sql
 *	  LIKE that is leakproof: on the views, whose tables have row policies, no index serves PostgreSQL's own. With this one 'Foo%' is a range of a
 *	  btree index, and '%foo%' what a trigram index finds (mwmirror.mirror_index, page_title_part).
 */

CREATE FUNCTION mysql_compat.like_support(internal)
RETURNS internal
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'mwmirror_mysql_like_support';
COMMENT ON FUNCTION mysql_compat.like_support(internal) IS 'For the planner: which values of an index may be like a pattern.';

CREATE FUNCTION mysql_compat.text_like(value text, pattern text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF SUPPORT mysql_compat.like_support
AS 'MODULE_PATHNAME', 'mwmirror_mysql_like';
COMMENT ON FUNCTION mysql_compat.text_like(text, text) IS 'LIKE: % is any text, _ one character, a backslash takes the next one as it is, also at the end of the pattern. By bytes, whatever the collation.';

CREATE FUNCTION mysql_compat.text_not_like(value text, pattern text)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
AS 'MODULE_PATHNAME', 'mwmirror_mysql_not_like';
COMMENT ON FUNCTION mysql_compat.text_not_like(text, text) IS 'NOT LIKE, see text_like.';

CREATE OPERATOR mysql_compat.~~ (FUNCTION = mysql_compat.text_like, LEFTARG = text, RIGHTARG = text, NEGATOR = OPERATOR(mysql_compat.!~~),
	RESTRICT = likesel, JOIN = likejoinsel);
CREATE OPERATOR mysql_compat.!~~ (FUNCTION = mysql_compat.text_not_like, LEFTARG = text, RIGHTARG = text, NEGATOR = OPERATOR(mysql_compat.~~),
	RESTRICT = nlikesel, JOIN = nlikejoinsel);
COMMENT ON OPERATOR mysql_compat.~~ (text, text) IS 'LIKE, see mysql_compat.text_like.';
COMMENT ON OPERATOR mysql_compat.!~~ (text, text) IS 'NOT LIKE, see mysql_compat.text_like.';

-- pg_trgm's functions, for the operator above alone: 3 is its number of LIKE
CREATE OPERATOR CLASS mysql_compat.title_trgm_ops FOR TYPE text USING gin AS
	OPERATOR 3 mysql_compat.~~ (text, text),
	FUNCTION 1 btint4cmp (integer, integer),
	FUNCTION 2 gin_extract_value_trgm (text, internal),
	FUNCTION 3 gin_extract_query_trgm (text, internal, int2, internal, internal, internal, internal),
	FUNCTION 4 gin_trgm_consistent (internal, int2, text, int4, internal, internal, internal, internal),
	FUNCTION 6 gin_trgm_triconsistent (internal, int2, text, int4, internal, internal, internal),
	STORAGE integer;
COMMENT ON OPERATOR CLASS mysql_compat.title_trgm_ops USING gin IS 'Trigrams of texts, by which LIKE of mysql_compat finds a part.';
