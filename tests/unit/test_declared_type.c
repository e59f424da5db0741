/*
 * tests/unit/test_declared_type.c
 *	  Types of columns: read from SQL and from the binlog, written, and compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "rows/types.h"
#include "source/declared_type.h"

static arena *memory;

static const char *
written(const char *definition)
{
	declared_type d = declared_type_read(definition, memory);
	const char *text = declared_type_format(&d, memory);

	return text != NULL ? text : "";
}

static void
check(const char *definition, const char *expected)
{
	if (strcmp(written(definition), expected) != 0)
		fail_msg("%s: %s, not %s", definition, written(definition), expected);
	/* what is kept is read as it was written */
	assert_string_equal(written(expected), expected);
}

static void
definitions_are_read(void **state)
{
	(void) state;
	check("INT", "INT");
	check("int(10) unsigned not null auto_increment", "INT UNSIGNED NOT NULL AUTO_INCREMENT");
	check("TINYINT(1) DEFAULT 0 NOT NULL", "TINYINT NOT NULL");
	check("bool", "TINYINT");
	check("BIGINT ZEROFILL NULL DEFAULT NULL", "BIGINT UNSIGNED");
	check("MEDIUMINT DEFAULT -1 AFTER `a,b`", "MEDIUMINT");
	check("SMALLINT COMMENT 'x, y)' FIRST", "SMALLINT");
	check("VARBINARY(255) NOT NULL default ''", "VARBINARY(255) NOT NULL");
	check("BINARY(14)", "BINARY(14)");
	check("BINARY NOT NULL", "BINARY(1) NOT NULL");
	check("BLOB DEFAULT NULL", "VARBINARY(65535)");
	check("tinyblob", "VARBINARY(255)");
	check("LONGBLOB NOT NULL", "VARBINARY(4294967295) NOT NULL");
	check("INT DEFAULT (1 + 2) NOT NULL, ADD b INT", "INT NOT NULL");
	check("INT PRIMARY KEY", "INT NOT NULL");
	check("ENUM(\n 'unknown', 'application') DEFAULT 'unknown' NOT NULL",
	      "ENUM('unknown','application') NOT NULL");
}

static void
others_are_not_known(void **state)
{
	static const char *const others[] = {"",
	                                     "VARCHAR(255)",
	                                     "TEXT",
	                                     "VARBINARY",
	                                     "VARBINARY(x)",
	                                     "BLOB(100)",
	                                     "DECIMAL(10,2)",
	                                     "INT GENERATED ALWAYS AS (a + 1)",
	                                     "INT AS (a + 1)",
	                                     "TIMESTAMP",
	                                     "VARBINARY(10) COMPRESSED",
	                                     "INT CHECK (a > 0)",
	                                     "ENUM('a''b')",
	                                     "ENUM('\xc3\xa9')",
	                                     "ENUM('a') CHARACTER SET ucs2",
	                                     "SERIAL"};

	(void) state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_string_equal(written(others[i]), "");
}

static void
of_binlog(column_def c, const char *expected)
{
	declared_type d = declared_type_of(&c, memory);
	const char *text = declared_type_format(&d, memory);

	assert_string_equal(text != NULL ? text : "", expected);
}

static void
columns_are_read(void **state)
{
	const char *labels[] = {"a", "b c"};
	size_t lengths[] = {1, 3};

	(void) state;
	of_binlog((column_def){.type = TYPE_LONG, .is_unsigned = true}, "INT UNSIGNED NOT NULL");
	of_binlog((column_def){.type = TYPE_INT24, .nullable = true}, "MEDIUMINT");
	of_binlog((column_def){.type = TYPE_VARCHAR, .charset = COLLATION_BINARY, .length = 300},
	          "VARBINARY(300) NOT NULL");
	of_binlog((column_def){.type = TYPE_STRING, .charset = COLLATION_BINARY, .length = 14},
	          "BINARY(14) NOT NULL");
	of_binlog((column_def){.type = TYPE_BLOB, .charset = COLLATION_BINARY, .meta = 3},
	          "VARBINARY(16777215) NOT NULL");
	of_binlog((column_def){.type = TYPE_ENUM,
	                       .labels = labels,
	                       .label_lengths = lengths,
	                       .label_count = 2,
	                       .nullable = true},
	          "ENUM('a','b c')");
	of_binlog((column_def){.type = TYPE_VARCHAR, .charset = 8, .length = 300}, "");
	of_binlog((column_def){.type = TYPE_BLOB, .charset = 45, .meta = 2}, "");
	of_binlog((column_def){.type = TYPE_VARCHAR_COMPRESSED, .charset = COLLATION_BINARY}, "");
	of_binlog((column_def){.type = TYPE_DOUBLE}, "");
}

/* expected: any, or < least, > most, NULL, padded, in this order; empty: all values stay. */
static void
change(const char *old, const char *next, const char *expected)
{
	declared_type from = declared_type_read(old, memory), to = declared_type_read(next, memory);
	declared_change c = declared_type_compare(&from, &to);
	char found[100] = "";
	size_t len = 0;

	if (c.any)
		len += (size_t) snprintf(found, sizeof(found), " any");
	else
	{
		if (c.below)
			len += (size_t) snprintf(found, sizeof(found), " <%lld", (long long) c.least);
		if (c.above)
			len += (size_t) snprintf(found + len, sizeof(found) - len, " >%llu",
			                         (unsigned long long) c.most);
		if (c.null)
			len += (size_t) snprintf(found + len, sizeof(found) - len, " NULL");
		if (c.padded)
			snprintf(found + len, sizeof(found) - len, " padded");
	}
	if (strcmp(found, expected) != 0)
		fail_msg("%s to %s:%s, not%s", old, next, found, expected);
}

static void
changes_are_judged(void **state)
{
	(void) state;
	change("INT UNSIGNED NOT NULL", "BIGINT UNSIGNED NOT NULL", "");
	change("INT UNSIGNED NOT NULL", "BIGINT NOT NULL", "");
	change("INT NOT NULL", "INT UNSIGNED NOT NULL", " <0");
	change("INT UNSIGNED", "INT", " >2147483647");
	change("BIGINT", "TINYINT UNSIGNED NOT NULL", " <0 >255 NULL");
	change("BIGINT UNSIGNED", "BIGINT", " >9223372036854775807");
	change("INT NOT NULL", "INT", "");
	change("INT UNSIGNED", "INT UNSIGNED NOT NULL", " NULL");
	/* 0 becomes a number */
	change("INT UNSIGNED NOT NULL", "INT UNSIGNED AUTO_INCREMENT", " <1");
	change("INT UNSIGNED AUTO_INCREMENT", "INT UNSIGNED AUTO_INCREMENT NOT NULL", "");
	change("VARBINARY(255) NOT NULL", "VARBINARY(255) NOT NULL DEFAULT ''", "");
	change("VARBINARY(255) NOT NULL", "VARBINARY(254) NOT NULL", " any");
	change("VARBINARY(255) NOT NULL", "BLOB", "");
	change("BLOB", "TINYBLOB", " any");
	change("VARBINARY(14)", "BINARY(14)", " padded");
	change("VARBINARY(15)", "BINARY(14)", " any");
	change("BINARY(14)", "BINARY(14) NOT NULL", " NULL");
	change("BINARY(14)", "BINARY(16)", " any");
	change("BINARY(14)", "VARBINARY(14)", " any");
	change("VARBINARY(10)", "INT", " any");
	change("INT", "VARCHAR(10)", " any");
	change("TEXT", "TEXT", " any");
	change("ENUM('a','b')", "ENUM('c','b','a')", "");
	change("ENUM('a','bc')", "ENUM('a','b')", " any");
	change("ENUM('b')", "ENUM('ab','b')", "");
	change("ENUM('a')", "ENUM('ab')", " any");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(definitions_are_read),
	    cmocka_unit_test(others_are_not_known),
	    cmocka_unit_test(columns_are_read),
	    cmocka_unit_test(changes_are_judged),
	};
	int failed;

	memory = arena_create(4096);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_destroy(memory);
	return failed;
}
