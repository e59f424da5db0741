/*
 * sql/mysql_compat/04_strings.sql
 *	  Texts. Positions and lengths are characters, but for length().
 */

CREATE FUNCTION mysql_compat.concat(VARIADIC "any") RETURNS text LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_concat';
COMMENT ON FUNCTION mysql_compat.concat("any") IS 'All of it, one behind the other; NULL if one is. Flags are 0 and 1, timestamps MediaWiki''s digits.';

CREATE FUNCTION mysql_compat.concat_ws(separator text, VARIADIC "any") RETURNS text LANGUAGE C STABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_concat_ws';
COMMENT ON FUNCTION mysql_compat.concat_ws(text, "any") IS 'What is not NULL, with the separator between.';

CREATE FUNCTION mysql_compat.length(t text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN octet_length(t);
COMMENT ON FUNCTION mysql_compat.length(text) IS 'Bytes.';

CREATE FUNCTION mysql_compat.left(t text, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.left(t, CASE WHEN count < 0 THEN 0 ELSE count END);
CREATE FUNCTION mysql_compat.right(t text, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.right(t, CASE WHEN count < 0 THEN 0 ELSE count END);

-- a position below zero is counted from the end; at zero, or before the beginning, there is nothing
CREATE FUNCTION mysql_compat.substr(t text, first integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN first > 0 THEN pg_catalog.substr(t, first) WHEN first = 0 OR -first > char_length(t) THEN pg_catalog.left(t, 0) ELSE pg_catalog.right(t, -first) END;
CREATE FUNCTION mysql_compat.substr(t text, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.left(mysql_compat.substr(t, first), CASE WHEN count < 0 THEN 0 ELSE count END);
CREATE FUNCTION mysql_compat.substring(t text, first integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.substr(t, first);
CREATE FUNCTION mysql_compat.substring(t text, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.substr(t, first, count);
CREATE FUNCTION mysql_compat.mid(t text, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.substr(t, first, count);
CREATE FUNCTION mysql_compat.substr(t timestamptz, first integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.substr(mysql_compat.timestamp14(t), first);
CREATE FUNCTION mysql_compat.substr(t timestamptz, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.substr(mysql_compat.timestamp14(t), first, count);
CREATE FUNCTION mysql_compat.substring(t timestamptz, first integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.substr(mysql_compat.timestamp14(t), first);
CREATE FUNCTION mysql_compat.substring(t timestamptz, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.substr(mysql_compat.timestamp14(t), first, count);
CREATE FUNCTION mysql_compat.mid(t timestamptz, first integer, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.substr(mysql_compat.timestamp14(t), first, count);

CREATE FUNCTION mysql_compat.substring_index(t text, delimiter text, count integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN t IS NULL OR delimiter IS NULL OR count IS NULL THEN NULL
	WHEN count = 0 OR delimiter = '' THEN ''
	WHEN count > 0 THEN array_to_string((string_to_array(t, delimiter))[:count], delimiter)
	ELSE array_to_string((string_to_array(t, delimiter))[greatest(cardinality(string_to_array(t, delimiter)) + count + 1, 1):], delimiter)
END;
COMMENT ON FUNCTION mysql_compat.substring_index(text, text, integer) IS 'What is before the delimiter, the count-th; below zero, what is behind it, counted from the end.';

CREATE FUNCTION mysql_compat.locate(part text, t text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN strpos(t, part);
CREATE FUNCTION mysql_compat.locate(part text, t text, first integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN part IS NULL OR t IS NULL THEN NULL
		WHEN first < 1 OR first > char_length(t) + 1 THEN 0
		WHEN strpos(pg_catalog.substr(t, first), part) = 0 THEN 0
		ELSE strpos(pg_catalog.substr(t, first), part) + first - 1
	END;
CREATE FUNCTION mysql_compat.instr(t text, part text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN strpos(t, part);

CREATE FUNCTION mysql_compat.field(t text, VARIADIC list text[]) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(array_position(list, t) * (t IS NOT NULL)::integer, 0);
CREATE FUNCTION mysql_compat.field(number bigint, VARIADIC list bigint[]) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(array_position(list, number) * (number IS NOT NULL)::integer, 0);
CREATE FUNCTION mysql_compat.elt(number integer, VARIADIC list text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN list[number];
CREATE FUNCTION mysql_compat.find_in_set(t text, list text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN t IS NULL OR list IS NULL THEN NULL WHEN list = '' THEN 0 ELSE coalesce(array_position(string_to_array(list, ','), t), 0) END;

-- of all letters, whatever the locale of the database; mirror tables have texts with the collation C, which knows those of ASCII alone
CREATE FUNCTION mysql_compat.lower(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pg_catalog.lower(t COLLATE "und-x-icu");
CREATE FUNCTION mysql_compat.upper(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN pg_catalog.upper(t COLLATE "und-x-icu");
CREATE FUNCTION mysql_compat.lcase(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.lower(t);
CREATE FUNCTION mysql_compat.ucase(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.upper(t);
CREATE FUNCTION mysql_compat.space(count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN repeat(' ', count);
CREATE FUNCTION mysql_compat.strcmp(a text, b text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN (a COLLATE "C") < b THEN -1 WHEN a = b THEN 0 WHEN (a COLLATE "C") > b THEN 1 END;
CREATE FUNCTION mysql_compat.ascii(t text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN t = '' THEN 0 ELSE get_byte(convert_to(t, 'UTF8'), 0) END;
CREATE FUNCTION mysql_compat.hex(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN upper(encode(convert_to(t, 'UTF8'), 'hex'));
CREATE FUNCTION mysql_compat.hex(number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN upper(to_hex(number));

CREATE FUNCTION mysql_compat.fold(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.upper(pg_catalog.regexp_replace(normalize(t, NFD), U&'[\0300-\036F]', '', 'g') COLLATE "und-x-icu") COLLATE "C";
COMMENT ON FUNCTION mysql_compat.fold(text) IS 'A text without case and accents, as utf8mb4_general_ci compares: two texts are equal there if their folds are.';

-- all matches are replaced, and what is not found is no NULL
CREATE FUNCTION mysql_compat.regexp_replace(t text, pattern text, replacement text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.regexp_replace(t, pattern, replacement, 'g');
CREATE FUNCTION mysql_compat.regexp_substr(t text, pattern text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN t IS NOT NULL AND pattern IS NOT NULL THEN coalesce(pg_catalog.regexp_substr(t, pattern), '') END;

CREATE FUNCTION mysql_compat.to_number(t text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN t IS NOT NULL THEN coalesce(pg_catalog.substring(t, '^\s*([+-]?(?:\d+\.?\d*|\.\d+))')::numeric, 0) END;
COMMENT ON FUNCTION mysql_compat.to_number(text) IS 'The number with which a text begins; 0 if with none.';
CREATE FUNCTION mysql_compat.to_integer(t text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT CASE
		WHEN t IS NULL THEN NULL
		WHEN n IS NULL THEN 0
		WHEN n < -9223372036854775808 THEN -9223372036854775808
		WHEN n > 18446744073709551615 THEN -1
		WHEN n > 9223372036854775807 THEN (n - 18446744073709551616)::bigint
		ELSE n::bigint
	END FROM (SELECT pg_catalog.substring(t, '^\s*([+-]?\d+)')::numeric) AS x (n));
COMMENT ON FUNCTION mysql_compat.to_integer(text) IS 'What CAST(t AS SIGNED) is in MariaDB: the digits with which it begins; 0 if with none; one of 64 bits whatever they are.';
