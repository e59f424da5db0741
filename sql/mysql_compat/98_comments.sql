/*
 * sql/mysql_compat/98_comments.sql
 *	  What each function says of itself that has not said it where it is made; all of a name say the same.
 */

DO $do$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT p.oid::regprocedure AS of_function, CASE p.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS kind, v.comment
		FROM (VALUES
			('ascii', 'The first byte.'),
			('average_add', 'For avg(boolean).'), ('average_end', 'For avg(boolean).'), ('average_bigint', 'For avg(bigint).'), ('average_integer', 'For avg(integer).'),
			('avg', 'The average, with four digits behind the point.'),
			('boolean_eq', 'A flag beside a number: =.'), ('boolean_ne', 'A flag beside a number: <>.'), ('boolean_lt', 'A flag beside a number: <.'),
			('boolean_le', 'A flag beside a number: <=.'), ('boolean_gt', 'A flag beside a number: >.'), ('boolean_ge', 'A flag beside a number: >=.'),
			('curdate', 'Today, in UTC.'), ('date', 'The day, in UTC.'),
			('date_add', 'A time later by an interval; as in MariaDB the last day of a month where the day is not there.'), ('date_sub', 'A time earlier by an interval.'),
			('date_format', 'A time by a format of MariaDB.'), ('datediff', 'Days from the second to the first.'),
			('day', 'The day of the month.'), ('dayofmonth', 'The day of the month.'), ('dayname', 'The day''s name, in English.'), ('dayofweek', 'The day of the week, Sunday is 1.'),
			('dayofyear', 'The day of the year.'), ('divide', 'a / b with four digits more than a has; NULL by zero.'), ('elt', 'The text of that number in a list.'),
			('field', 'The number of a value in a list; 0: it is not there.'), ('find_in_set', 'The number of a text among those that commas part; 0: it is not there.'),
			('first_value_of', 'For any_value().'), ('format', 'A number with commas, and so many digits behind the point.'),
			('from_days', 'The day of a number, as to_days() numbers them.'), ('from_unixtime', 'The time of a number of seconds since 1970; with a format its text.'),
			('greater', 'For max(boolean).'), ('smaller', 'For min(boolean).'), ('sum_add', 'For sum(boolean).'),
			('group_concat_add', 'For group_concat().'), ('group_concat_with_add', 'For group_concat_with().'), ('group_concat_end', 'For group_concat().'),
			('hex', 'Bytes, or a number, in hexadecimal digits.'), ('hour', 'The hour, in UTC.'), ('if', 'The second if the first is true, or not 0; else the third.'),
			('ifnull', 'The first that is not NULL.'), ('nvl', 'The first that is not NULL.'), ('isnull', 'Is it NULL?'), ('null_safe_equal', 'Equal, or both NULL.'),
			('inet_aton', 'An IPv4 address as a number.'), ('inet_ntoa', 'A number as an IPv4 address.'),
			('instr', 'Where the second is in the first, in characters; 0: nowhere.'), ('locate', 'Where the first is in the second, in characters; 0: nowhere.'),
			('last_day', 'The last day of the month.'), ('lcase', 'In small letters.'), ('lower', 'In small letters.'), ('ucase', 'In capitals.'), ('upper', 'In capitals.'),
			('left', 'The first characters.'), ('right', 'The last characters.'), ('length', 'Bytes; of a timestamp, digits.'),
			('substr', 'From a character on, counted from the end if below zero; so many.'), ('substring', 'As substr().'), ('mid', 'As substr().'),
			('ln', 'The natural logarithm; NULL if there is none.'), ('log', 'The natural logarithm; NULL if there is none.'), ('log2', 'The logarithm to base 2.'),
			('log10', 'The logarithm to base 10; NULL if there is none.'),
			('max', 'The greatest, as 0 or 1.'), ('min', 'The smallest, as 0 or 1.'), ('minute', 'The minute.'), ('month', 'The month.'), ('monthname', 'The month''s name, in English.'),
			('mod', 'What is left of a division; NULL by zero.'), ('remainder', 'What is left of a division; NULL by zero.'), ('quarter', 'The quarter of the year.'),
			('rand', 'A number by chance, from 0 up to before 1.'), ('regexp_replace', 'All matches replaced.'), ('regexp_substr', 'The first match; no text if there is none.'),
			('round', 'Rounded to so many digits.'), ('truncate', 'Cut to so many digits.'), ('second', 'The second.'),
			('str_to_date', 'A time by its format; NULL if the text does not fit.'), ('space', 'So many blanks.'), ('strcmp', '-1, 0 or 1, as the first is before, equal or behind.'),
			('sysdate', 'Now, not when the statement began.'), ('utc_date', 'Today, in UTC.'), ('utc_timestamp', 'Now.'),
			('timestamp14_eq', 'A timestamp beside digits: =.'), ('timestamp14_ne', 'A timestamp beside digits: <>.'), ('timestamp14_lt', 'A timestamp beside digits: <.'),
			('timestamp14_le', 'A timestamp beside digits: <=.'), ('timestamp14_gt', 'A timestamp beside digits: >.'), ('timestamp14_ge', 'A timestamp beside digits: >=.'),
			('timestamp14_plus', 'The digits as a number, and more.'), ('timestamp14_minus', 'The digits as a number, and less.'),
			('to_days', 'The number of the day, counted from the year 0.'), ('unix_timestamp', 'Seconds since 1970.'), ('week', 'The week, by one of MariaDB''s eight modes.'),
			('weekday', 'The day of the week, Monday is 0.'), ('weekofyear', 'The week, as ISO 8601 numbers them.'), ('year', 'The year.'), ('yearweek', 'Year and week, by a mode.')
		) v (name, comment)
		JOIN pg_catalog.pg_proc p ON p.pronamespace = 'mysql_compat'::regnamespace AND p.proname = v.name AND obj_description(p.oid, 'pg_proc') IS NULL
	LOOP
		EXECUTE format('COMMENT ON %s %s IS %L', c.kind, c.of_function, c.comment);
	END LOOP;
	FOR c IN
		SELECT o.oid::regoperator AS of_operator, p.proname AS called
		FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
		WHERE o.oprnamespace = 'mysql_compat'::regnamespace AND obj_description(o.oid, 'pg_operator') IS NULL
	LOOP
		EXECUTE format('COMMENT ON OPERATOR %s IS %L', c.of_operator, format('As MariaDB has it; see function %s().', c.called));
	END LOOP;
END
$do$;
