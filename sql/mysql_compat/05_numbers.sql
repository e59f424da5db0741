/*
 * sql/mysql_compat/05_numbers.sql
 *	  Numbers: integers are divided with a rest, what is divided by zero is NULL.
 */

-- what MariaDB goes on with: digits in groups of nine; and what it shows
CREATE FUNCTION mysql_compat.quotient(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN trunc(pg_catalog.round(a, 40) / nullif(b, 0), 9 * ((pg_catalog.scale(a) + 12) / 9));
COMMENT ON FUNCTION mysql_compat.quotient(numeric, numeric) IS 'a / b with all digits that MariaDB has when it goes on with it; NULL by zero.';
CREATE FUNCTION mysql_compat.divide(a numeric, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.round(mysql_compat.quotient(a, b), pg_catalog.scale(a) + 4);
CREATE FUNCTION mysql_compat.divide(a bigint, b bigint) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.divide(a::numeric, b::numeric);
CREATE FUNCTION mysql_compat.divide(a integer, b integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.divide(a::bigint, b::bigint);
CREATE FUNCTION mysql_compat.divide(a integer, b bigint) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.divide(a::bigint, b);
CREATE FUNCTION mysql_compat.divide(a bigint, b integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.divide(a, b::bigint);
CREATE FUNCTION mysql_compat.divide(a double precision, b double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN a / nullif(b, 0);
CREATE OPERATOR mysql_compat./ (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = mysql_compat.divide);
CREATE OPERATOR mysql_compat./ (LEFTARG = integer, RIGHTARG = integer, FUNCTION = mysql_compat.divide);
CREATE OPERATOR mysql_compat./ (LEFTARG = integer, RIGHTARG = bigint, FUNCTION = mysql_compat.divide);
CREATE OPERATOR mysql_compat./ (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = mysql_compat.divide);
CREATE OPERATOR mysql_compat./ (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = mysql_compat.divide);
CREATE OPERATOR mysql_compat./ (LEFTARG = double precision, RIGHTARG = double precision, FUNCTION = mysql_compat.divide);

CREATE FUNCTION mysql_compat.remainder(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.mod(a, nullif(b, 0));
CREATE FUNCTION mysql_compat.remainder(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.mod(a, nullif(b, 0));
CREATE OPERATOR mysql_compat.% (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = mysql_compat.remainder);
CREATE OPERATOR mysql_compat.% (LEFTARG = integer, RIGHTARG = integer, FUNCTION = mysql_compat.remainder);
CREATE FUNCTION mysql_compat.mod(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pg_catalog.mod(a, nullif(b, 0));
CREATE FUNCTION mysql_compat.mod(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pg_catalog.mod(a, nullif(b, 0));

CREATE FUNCTION mysql_compat.log(x double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN x > 0 THEN ln(x) END;
CREATE FUNCTION mysql_compat.log(x numeric) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN x > 0 THEN ln(x::double precision) END;
CREATE FUNCTION mysql_compat.ln(x double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN x > 0 THEN pg_catalog.ln(x) END;
CREATE FUNCTION mysql_compat.log10(x double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN x > 0 THEN pg_catalog.log(x) END;
CREATE FUNCTION mysql_compat.log2(x double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN x > 0 THEN ln(x) / ln(2::double precision) END;
CREATE FUNCTION mysql_compat.round(x double precision, digits integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.round(x::numeric, digits);
CREATE FUNCTION mysql_compat.truncate(x numeric, digits integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN trunc(x, digits);
CREATE FUNCTION mysql_compat.format(x numeric, digits integer) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	RETURN to_char(pg_catalog.round(x, digits), 'FM999,999,999,999,999,999,990' || CASE WHEN digits > 0 THEN '.' || repeat('0', digits) ELSE '' END);
CREATE FUNCTION mysql_compat.inet_aton(address text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN address ~ '^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$' THEN address::inet - inet '0.0.0.0' END;
CREATE FUNCTION mysql_compat.inet_ntoa(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN number BETWEEN 0 AND 4294967295 THEN host(inet '0.0.0.0' + number) END;
CREATE FUNCTION mysql_compat.rand() RETURNS double precision LANGUAGE sql VOLATILE PARALLEL RESTRICTED
	RETURN random();

-- four digits behind the point
CREATE FUNCTION mysql_compat.average_bigint(state internal) RETURNS numeric LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_average_bigint';
CREATE FUNCTION mysql_compat.average_integer(state bigint[]) RETURNS numeric LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_average_integer';
CREATE AGGREGATE mysql_compat.avg(bigint) (SFUNC = int8_avg_accum, STYPE = internal, SSPACE = 48, FINALFUNC = mysql_compat.average_bigint,
	COMBINEFUNC = int8_avg_combine, SERIALFUNC = int8_avg_serialize, DESERIALFUNC = int8_avg_deserialize, PARALLEL = SAFE);
CREATE AGGREGATE mysql_compat.avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = mysql_compat.average_integer,
	COMBINEFUNC = int4_avg_combine, PARALLEL = SAFE);
CREATE AGGREGATE mysql_compat.avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = mysql_compat.average_integer,
	COMBINEFUNC = int4_avg_combine, PARALLEL = SAFE);
