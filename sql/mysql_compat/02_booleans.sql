/*
 * sql/mysql_compat/02_booleans.sql
 *	  Flags are 0 and 1 in MariaDB and boolean in the mirror: they are compared with numbers, and added up.
 */

DO $do$
DECLARE
	o record;
	way record;
BEGIN
	FOR o IN
		WITH rule (operator, commutator, negator, name, selectivity, body) AS (
			VALUES -- with a constant 0 or 1 the first two are the flag itself, as indexes and statistics know it
				('=', '=', '<>', 'eq', 'eq', 'CASE i WHEN 1 THEN b WHEN 0 THEN NOT b ELSE b::integer = i END'),
				('<>', '<>', '=', 'ne', 'neq', 'CASE i WHEN 1 THEN NOT b WHEN 0 THEN b ELSE b::integer <> i END'),
				('<', '>', '>=', 'lt', 'scalarlt', 'b::integer < i'),
				('<=', '>=', '>', 'le', 'scalarle', 'b::integer <= i'),
				('>', '<', '<=', 'gt', 'scalargt', 'b::integer > i'),
				('>=', '<=', '<', 'ge', 'scalarge', 'b::integer >= i')
		)
		SELECT r.*, c.body AS turned_body FROM rule r JOIN rule c ON c.operator = r.commutator
	LOOP
		FOR way IN
			SELECT * FROM (VALUES ('b boolean', 'i integer', o.body), ('i integer', 'b boolean', o.turned_body)) v (first, second, body)
		LOOP
			EXECUTE format('CREATE FUNCTION mysql_compat.boolean_%s(%s, %s) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %s',
				o.name, way.first, way.second, way.body);
			EXECUTE format('CREATE OPERATOR mysql_compat.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = mysql_compat.boolean_%s, '
				'COMMUTATOR = OPERATOR(mysql_compat.%s), NEGATOR = OPERATOR(mysql_compat.%s), RESTRICT = %7$ssel, JOIN = %7$sjoinsel)',
				o.operator, split_part(way.first, ' ', 2), split_part(way.second, ' ', 2), o.name, o.commutator, o.negator, o.selectivity);
		END LOOP;
	END LOOP;
END
$do$;

CREATE FUNCTION mysql_compat.sum_add(total bigint, b boolean) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN b IS NULL THEN total ELSE coalesce(total, 0) + b::integer END;
CREATE AGGREGATE mysql_compat.sum(boolean) (SFUNC = mysql_compat.sum_add, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);
COMMENT ON AGGREGATE mysql_compat.sum(boolean) IS 'How often it is true; NULL without rows.';

CREATE FUNCTION mysql_compat.average_add(state bigint[], b boolean) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN b IS NULL THEN state ELSE ARRAY[state[1] + b::integer, state[2] + 1] END;
CREATE FUNCTION mysql_compat.average_end(state bigint[]) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN round(state[1]::numeric / nullif(state[2], 0), 4);
CREATE AGGREGATE mysql_compat.avg(boolean) (SFUNC = mysql_compat.average_add, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = mysql_compat.average_end, PARALLEL = SAFE);
COMMENT ON AGGREGATE mysql_compat.avg(boolean) IS 'The part of rows for which it is true, with four digits.';

CREATE FUNCTION mysql_compat.greater(a integer, b boolean) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN greatest(a, b::integer);
CREATE FUNCTION mysql_compat.smaller(a integer, b boolean) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN least(a, b::integer);
CREATE AGGREGATE mysql_compat.max(boolean) (SFUNC = mysql_compat.greater, STYPE = integer, PARALLEL = SAFE);
CREATE AGGREGATE mysql_compat.min(boolean) (SFUNC = mysql_compat.smaller, STYPE = integer, PARALLEL = SAFE);
