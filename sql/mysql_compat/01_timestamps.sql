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
