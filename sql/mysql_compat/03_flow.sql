/*
 * sql/mysql_compat/03_flow.sql
 *	  IF, IFNULL, ISNULL, and comparisons that know NULL. Bodies of functions of any type are text, in which no name depends on search_path.
 */

CREATE FUNCTION mysql_compat.if(condition boolean, yes anycompatible, no anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT CASE WHEN condition THEN yes ELSE no END';
CREATE FUNCTION mysql_compat.if(condition bigint, yes anycompatible, no anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT CASE WHEN condition OPERATOR(pg_catalog.<>) 0 THEN yes ELSE no END';

CREATE FUNCTION mysql_compat.ifnull(value anycompatible, otherwise anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT coalesce(value, otherwise)';
CREATE FUNCTION mysql_compat.nvl(value anycompatible, otherwise anycompatible) RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT coalesce(value, otherwise)';

CREATE FUNCTION mysql_compat.isnull(value anyelement) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT value IS NULL';

CREATE FUNCTION mysql_compat.null_safe_equal(a anycompatible, b anycompatible) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
	AS 'SELECT a IS NOT DISTINCT FROM b';
CREATE OPERATOR mysql_compat.<=> (LEFTARG = anycompatible, RIGHTARG = anycompatible, FUNCTION = mysql_compat.null_safe_equal, COMMUTATOR = OPERATOR(mysql_compat.<=>));
