/*
 * sql/mysql_compat/07_aggregates.sql
 *	  GROUP_CONCAT, and ANY_VALUE, which PostgreSQL has from 16 on.
 */

CREATE FUNCTION mysql_compat.group_concat_add(state internal, VARIADIC "any") RETURNS internal LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_group_concat_add';
CREATE FUNCTION mysql_compat.group_concat_with_add(state internal, separator text, VARIADIC "any") RETURNS internal LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_group_concat_with_add';
CREATE FUNCTION mysql_compat.group_concat_end(state internal) RETURNS text LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_group_concat_end';
CREATE AGGREGATE mysql_compat.group_concat(VARIADIC "any") (SFUNC = mysql_compat.group_concat_add, STYPE = internal, FINALFUNC = mysql_compat.group_concat_end, PARALLEL = SAFE);
COMMENT ON AGGREGATE mysql_compat.group_concat("any") IS 'Values of a row one behind the other, rows with commas between, without rows that have a NULL; takes DISTINCT and ORDER BY.';
CREATE AGGREGATE mysql_compat.group_concat_with(separator text, VARIADIC "any") (SFUNC = mysql_compat.group_concat_with_add, STYPE = internal,
	FINALFUNC = mysql_compat.group_concat_end, PARALLEL = SAFE);
COMMENT ON AGGREGATE mysql_compat.group_concat_with(text, "any") IS 'group_concat with another separator, which is SEPARATOR in MariaDB.';

CREATE FUNCTION mysql_compat.first_value_of(state anyelement, value anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	AS 'SELECT state';
CREATE AGGREGATE mysql_compat.any_value(anyelement) (SFUNC = mysql_compat.first_value_of, STYPE = anyelement, PARALLEL = SAFE);
COMMENT ON AGGREGATE mysql_compat.any_value(anyelement) IS 'One of the values, none of which is NULL if there is another.';
