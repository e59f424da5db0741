/*
 * sql/mysql_compat/01_timestamps.sql
 *	  MediaWiki's timestamps are 14 digits in MariaDB and timestamptz in the mirror. Here they are compared with texts and numbers as MariaDB compares
 *	  the digits, byte by byte; what is compared with a constant becomes a comparison of timestamps, which an index serves.
 */

CREATE FUNCTION mysql_compat.timestamp14(t timestamptz)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
AS 'MODULE_PATHNAME', 'mwmirror_mysql_timestamp14';
COMMENT ON FUNCTION mysql_compat.timestamp14(timestamptz) IS 'The 14 digits in UTC that MediaWiki has for a timestamp, or infinity.';

CREATE FUNCTION mysql_compat.timestamp14_ceiling(digits text)
RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
AS 'MODULE_PATHNAME', 'mwmirror_mysql_timestamp14_ceiling';
COMMENT ON FUNCTION mysql_compat.timestamp14_ceiling(text) IS 'The first timestamp whose digits are not before the text, which may be cut (2024) or nonsense.';

CREATE FUNCTION mysql_compat.timestamp14_floor(digits text)
RETURNS timestamptz
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
AS 'MODULE_PATHNAME', 'mwmirror_mysql_timestamp14_floor';
COMMENT ON FUNCTION mysql_compat.timestamp14_floor(text) IS 'The last timestamp whose digits are not behind the text.';

CREATE FUNCTION mysql_compat.timestamp14_like(t timestamptz, pattern text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN t >= mysql_compat.timestamp14_ceiling(substring(pattern, '^\d*')) AND t <= mysql_compat.timestamp14_floor(substring(pattern, '^\d*') || '~')
	AND mysql_compat.timestamp14(t) LIKE pattern;
COMMENT ON FUNCTION mysql_compat.timestamp14_like(timestamptz, text) IS 'LIKE on the 14 digits; what the pattern begins with makes a range, which an index serves.';

CREATE FUNCTION mysql_compat.timestamp14_not_like(t timestamptz, pattern text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mysql_compat.timestamp14(t) NOT LIKE pattern;
COMMENT ON FUNCTION mysql_compat.timestamp14_not_like(timestamptz, text) IS 'NOT LIKE on the 14 digits.';

CREATE OPERATOR mysql_compat.~~ (LEFTARG = timestamptz, RIGHTARG = text, FUNCTION = mysql_compat.timestamp14_like, NEGATOR = OPERATOR(mysql_compat.!~~), RESTRICT = likesel);
CREATE OPERATOR mysql_compat.!~~ (LEFTARG = timestamptz, RIGHTARG = text, FUNCTION = mysql_compat.timestamp14_not_like, NEGATOR = OPERATOR(mysql_compat.~~), RESTRICT = nlikesel);

-- comparisons, in both directions: with texts, and with numbers of 14 digits; as a number infinity is 0 in MariaDB
DO $do$
DECLARE
	o record;
	side record;
	way record;
BEGIN
	FOR o IN
		WITH rule (operator, commutator, negator, name, selectivity, body, of_numbers) AS (
			VALUES
				('=', '=', '<>', 'eq', 'eq', 't = mysql_compat.timestamp14_ceiling(%1$s) AND t = mysql_compat.timestamp14_floor(%1$s)', ''),
				('<>', '<>', '=', 'ne', 'neq', 't <> mysql_compat.timestamp14_ceiling(%1$s) OR t <> mysql_compat.timestamp14_floor(%1$s)', ''),
				('<', '>', '>=', 'lt', 'scalarlt', 't < mysql_compat.timestamp14_ceiling(%1$s)', ' OR t = ''infinity'''),
				('<=', '>=', '>', 'le', 'scalarle', 't <= mysql_compat.timestamp14_floor(%1$s)', ' OR t = ''infinity'''),
				('>', '<', '<=', 'gt', 'scalargt', 't > mysql_compat.timestamp14_floor(%1$s)', ' AND t < ''infinity'''),
				('>=', '<=', '<', 'ge', 'scalarge', 't >= mysql_compat.timestamp14_ceiling(%1$s)', ' AND t < ''infinity''')
		)
		SELECT r.*, c.body AS turned_body, c.of_numbers AS turned_of_numbers FROM rule r JOIN rule c ON c.operator = r.commutator
	LOOP
		FOR side IN
			SELECT * FROM (VALUES ('text', 'digits'), ('bigint', 'lpad(least(digits, 99999999999999)::text, 14, ''0'')')) v (of_type, as_text)
		LOOP
			FOR way IN
				SELECT * FROM (VALUES ('t timestamptz', 'digits ' || side.of_type, 'timestamptz', side.of_type, o.body, o.of_numbers),
					('digits ' || side.of_type, 't timestamptz', side.of_type, 'timestamptz', o.turned_body, o.turned_of_numbers))
					v (first, second, left_type, right_type, body, of_numbers)
			LOOP
				EXECUTE format('CREATE FUNCTION mysql_compat.timestamp14_%s(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %s',
					o.name, way.first, way.second, format(way.body, side.as_text) || CASE side.of_type WHEN 'bigint' THEN way.of_numbers ELSE '' END);
				EXECUTE format('CREATE OPERATOR mysql_compat.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = mysql_compat.timestamp14_%s, '
					'COMMUTATOR = OPERATOR(mysql_compat.%s), NEGATOR = OPERATOR(mysql_compat.%s), RESTRICT = %7$ssel, JOIN = %7$sjoinsel)',
					o.operator, way.left_type, way.right_type, o.name, o.commutator, o.negator, o.selectivity);
			END LOOP;
		END LOOP;
	END LOOP;
END
$do$;

-- NOW() + 0 is how a time becomes a number
CREATE FUNCTION mysql_compat.timestamp14_plus(t timestamptz, number integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.timestamp14(t)::bigint + number;
CREATE FUNCTION mysql_compat.timestamp14_minus(t timestamptz, number integer) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.timestamp14(t)::bigint - number;
CREATE OPERATOR mysql_compat.+ (LEFTARG = timestamptz, RIGHTARG = integer, FUNCTION = mysql_compat.timestamp14_plus);
CREATE OPERATOR mysql_compat.- (LEFTARG = timestamptz, RIGHTARG = integer, FUNCTION = mysql_compat.timestamp14_minus);

-- parts of the digits; texts have their functions in 04_strings.sql
CREATE FUNCTION mysql_compat.left(t timestamptz, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.left(mysql_compat.timestamp14(t), CASE WHEN count < 0 THEN 0 ELSE count END);
CREATE FUNCTION mysql_compat.right(t timestamptz, count integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.right(mysql_compat.timestamp14(t), CASE WHEN count < 0 THEN 0 ELSE count END);
CREATE FUNCTION mysql_compat.length(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.length(mysql_compat.timestamp14(t));
