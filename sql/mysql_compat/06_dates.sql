/*
 * sql/mysql_compat/06_dates.sql
 *	  Days and times, in UTC whatever the session's time zone; dates and times of other types become timestamptz, texts by to_datetime().
 */

CREATE FUNCTION mysql_compat.to_datetime(t text) RETURNS timestamptz LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_to_datetime';
COMMENT ON FUNCTION mysql_compat.to_datetime(text) IS 'What MariaDB takes for a time: 14 or 8 digits, or parts with anything between; NULL if it is none.';

CREATE FUNCTION mysql_compat.date_format(t timestamptz, format text) RETURNS text LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_date_format';
CREATE FUNCTION mysql_compat.str_to_date(t text, format text) RETURNS timestamptz LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_str_to_date';
COMMENT ON FUNCTION mysql_compat.str_to_date(text, text) IS 'A time by its format; NULL if the text does not fit, or says no whole day.';
CREATE FUNCTION mysql_compat.str_to_date(t timestamptz, format text) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.str_to_date(mysql_compat.timestamp14(t), format);
CREATE FUNCTION mysql_compat.timestampdiff(unit text, from_time timestamptz, to_time timestamptz) RETURNS bigint LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_timestampdiff';
COMMENT ON FUNCTION mysql_compat.timestampdiff(text, timestamptz, timestamptz) IS 'Whole units (''day'', ''month'', ...) from one to the other.';
CREATE FUNCTION mysql_compat.week(t timestamptz, mode integer DEFAULT 0) RETURNS integer LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_week';
CREATE FUNCTION mysql_compat.yearweek(t timestamptz, mode integer DEFAULT 0) RETURNS integer LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'mwmirror_mysql_yearweek';

CREATE FUNCTION mysql_compat.date(t timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (t AT TIME ZONE 'UTC')::date;
CREATE FUNCTION mysql_compat.year(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('year', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.quarter(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('quarter', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.month(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('month', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.day(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('day', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.dayofmonth(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('day', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.dayofyear(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('doy', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.dayofweek(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('dow', t AT TIME ZONE 'UTC')::integer + 1;
CREATE FUNCTION mysql_compat.weekday(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('isodow', t AT TIME ZONE 'UTC')::integer - 1;
CREATE FUNCTION mysql_compat.weekofyear(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('week', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.hour(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('hour', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.minute(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date_part('minute', t AT TIME ZONE 'UTC')::integer;
CREATE FUNCTION mysql_compat.second(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN floor(date_part('second', t AT TIME ZONE 'UTC'))::integer;
CREATE FUNCTION mysql_compat.dayname(t timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.date_format(t, '%W');
CREATE FUNCTION mysql_compat.monthname(t timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.date_format(t, '%M');
CREATE FUNCTION mysql_compat.last_day(t timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (date_trunc('month', t AT TIME ZONE 'UTC') + interval '1 month - 1 day')::date;
CREATE FUNCTION mysql_compat.to_days(t timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.date(t) - date '0001-01-01' + 366;
CREATE FUNCTION mysql_compat.unix_timestamp(t timestamptz) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN round(floor(extract(epoch FROM t)), 6);
CREATE FUNCTION mysql_compat.datediff(a timestamptz, b timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.date(a) - mysql_compat.date(b);
CREATE FUNCTION mysql_compat.date_add(t timestamptz, step interval) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ((t AT TIME ZONE 'UTC') + step) AT TIME ZONE 'UTC';
CREATE FUNCTION mysql_compat.date_sub(t timestamptz, step interval) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ((t AT TIME ZONE 'UTC') - step) AT TIME ZONE 'UTC';

-- the same of texts
DO $do$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT p.proname AS name, p.prorettype::regtype AS returns,
			array_to_string(ARRAY(SELECT format('a%s %s', i, CASE WHEN i = 1 OR t = 'timestamptz'::regtype THEN 'text' ELSE t::text END
					|| CASE WHEN i = 2 AND p.pronargdefaults > 0 THEN ' DEFAULT 0' ELSE '' END)
				FROM unnest(p.proargtypes::oid[]::regtype[]) WITH ORDINALITY a (t, i) ORDER BY i), ', ') AS arguments,
			array_to_string(ARRAY(SELECT CASE WHEN t = 'timestamptz'::regtype THEN format('mysql_compat.to_datetime(a%s)', i) ELSE 'a' || i END
				FROM unnest(p.proargtypes::oid[]::regtype[]) WITH ORDINALITY a (t, i) ORDER BY i), ', ') AS "values"
		FROM pg_catalog.pg_proc p
		WHERE p.pronamespace = 'mysql_compat'::regnamespace AND p.proname IN ('date_format', 'week', 'yearweek', 'date', 'year', 'quarter', 'month', 'day', 'dayofmonth',
			'dayofyear', 'dayofweek', 'weekday', 'weekofyear', 'hour', 'minute', 'second', 'dayname', 'monthname', 'last_day', 'to_days', 'unix_timestamp', 'datediff', 'date_add', 'date_sub')
	LOOP
		EXECUTE format('CREATE FUNCTION mysql_compat.%I(%s) RETURNS %s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.%I(%s)',
			f.name, f.arguments, f.returns, f.name, f."values");
	END LOOP;
END
$do$;

CREATE FUNCTION mysql_compat.datediff(a timestamptz, b text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.datediff(a, mysql_compat.to_datetime(b));
CREATE FUNCTION mysql_compat.datediff(a text, b timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN mysql_compat.datediff(mysql_compat.to_datetime(a), b);
CREATE FUNCTION mysql_compat.from_unixtime(seconds numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN to_timestamp(seconds::double precision);
CREATE FUNCTION mysql_compat.from_unixtime(seconds numeric, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN mysql_compat.date_format(to_timestamp(seconds::double precision), format);
CREATE FUNCTION mysql_compat.from_days(number integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN date '0001-01-01' + (number - 366);
CREATE FUNCTION mysql_compat.unix_timestamp() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN floor(date_part('epoch', now()))::bigint;
CREATE FUNCTION mysql_compat.curdate() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN mysql_compat.date(now());
CREATE FUNCTION mysql_compat.utc_date() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN mysql_compat.date(now());
CREATE FUNCTION mysql_compat.utc_timestamp() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE RETURN now();
CREATE FUNCTION mysql_compat.sysdate() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE RETURN clock_timestamp();
