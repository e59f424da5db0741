/*
 * tests/fuzz/fuzz_statement.c
 *	  SQL texts of QUERY events. Input: a byte of sql_mode's bits that matter, the charset u16, the text.
 */
#include "fuzz.h"
#include "source/statement.h"

static void
use_statement(const statement *s)
{
	for (size_t i = 0; i < s->table_count; i++)
	{
		fuzz_touch_text(s->tables[i].schema);
		fuzz_touch_text(s->tables[i].table);
	}
	for (size_t i = 0; i < s->column_count; i++)
	{
		fuzz_touch_text(s->columns[i].name);
		fuzz_touch_text(s->columns[i].next);
	}
	fuzz_touch_text(s->savepoint);
	fuzz_touch_text(s->why);
	fuzz_touch_text(s->word);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	const uint8_t mode = fuzz_byte(&in);
	const sql_dialect dialect = {.mode = (mode & 1 ? SQL_MODE_ANSI_QUOTES : 0) |
	                                     (mode & 2 ? SQL_MODE_MSSQL : 0) |
	                                     (mode & 4 ? SQL_MODE_NO_BACKSLASH_ESCAPES : 0),
	                             .charset = fuzz_word(&in)};
	size_t len;
	char *sql = fuzz_bytes(&in, in.left, &len);
	arena *a = arena_create(4096);
	statement s;

	if (a == NULL)
		abort();
	if (statement_parse(sql, len, "wiki", 4, &dialect, a, &s))
		use_statement(&s);
	arena_destroy(a);
	free(sql);
	return 0;
}
