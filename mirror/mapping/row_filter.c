/*
 * mapping/row_filter.c
 *	  Which rows of a source table are mirrored; see row_filter.h.
 */
#include "mapping/row_filter.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include "mapping/target_value.h"
#include "mapping/timestamp.h"
#include "rows/types.h"
#include "source/sql_name.h"

#define CONDITIONS_MAX 64
#define TEXTS_MAX 1000

/* ---- reading ---- */

typedef struct cursor
{
	const char *start;
	const char *at;
	arena *memory;
	convert_error *err;
} cursor;

static bool
fail_at(cursor *c, const char *wanted)
{
	return convert_fail(c->err, "%s expected at character %zu (\"%.20s\")", wanted,
	                    (size_t) (c->at - c->start) + 1, c->at);
}

static void
skip_space(cursor *c)
{
	c->at += strspn(c->at, " \t\r\n");
}

static bool
is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '_' || ch == '$';
}

static bool
take_symbol(cursor *c, const char *symbol)
{
	skip_space(c);
	if (strncmp(c->at, symbol, strlen(symbol)) != 0)
		return false;
	c->at += strlen(symbol);
	return true;
}

static bool
take_word(cursor *c, const char *word)
{
	const size_t len = strlen(word);

	skip_space(c);
	if (strncasecmp(c->at, word, len) != 0 || is_name_char(c->at[len]))
		return false;
	c->at += len;
	return true;
}

static bool
take_column(cursor *c, const char **out)
{
	const char *end;

	skip_space(c);
	if (*c->at == '`')
	{
		c->at++;
		end = strchr(c->at, '`');
		if (end == NULL)
			return fail_at(c, "the end of a name, `,");
	}
	else
		for (end = c->at; is_name_char(*end); end++)
			;
	if (end == c->at)
		return fail_at(c, "the name of a column");
	*out = arena_copy(c->memory, c->at, (size_t) (end - c->at));
	c->at = end + (*end == '`');
	return *out != NULL || convert_fail_memory(c->err, (size_t) (end - c->at));
}

static bool
take_quoted(cursor *c, row_filter_text *out)
{
	char *text = arena_alloc(c->memory, strlen(c->at) + 1);

	if (text == NULL)
		return convert_fail_memory(c->err, strlen(c->at) + 1);
	out->data = text;
	for (c->at++; *c->at != '\'' || c->at[1] == '\''; c->at++)
	{
		if (*c->at == '\0')
			return fail_at(c, "the end of a text, ',");
		c->at += *c->at == '\'';
		*text++ = *c->at;
	}
	c->at++;
	out->len = (size_t) (text - out->data);
	return true;
}

static bool
take_literal(cursor *c, row_filter_text *out)
{
	const char *end;

	skip_space(c);
	if (*c->at == '\'')
		return take_quoted(c, out);
	end = c->at + (*c->at == '-');
	if (*end < '0' || *end > '9' || (*end == '0' && end[1] >= '0' && end[1] <= '9'))
		return fail_at(c, "a text in '' or an integer");
	end += strspn(end, "0123456789");
	if (is_name_char(*end) || *end == '.')
		return fail_at(c, "a text in '' or an integer");
	out->data = arena_copy(c->memory, c->at, (size_t) (end - c->at));
	out->len = (size_t) (end - c->at);
	c->at = end;
	return out->data != NULL || convert_fail_memory(c->err, out->len);
}

static bool
take_list(cursor *c, row_filter_condition *out)
{
	do
	{
		if (out->text_count == TEXTS_MAX)
			return fail_at(c, "a list of fewer than 1000 values, so )");
		if (!take_literal(c, &out->texts[out->text_count]))
			return false;
		out->text_count++;
	} while (take_symbol(c, ","));
	return take_symbol(c, ")") || fail_at(c, ", or )");
}

/* What a pattern may hold, so that no character means another thing to MariaDB. */
static bool
check_pattern(cursor *c, const row_filter_text *pattern)
{
	for (size_t i = 0; i < pattern->len; i++)
	{
		const char ch = pattern->data[i];

		if ((ch & 0x80) != 0 || ch == '_')
			return convert_fail(c->err,
			                    "a pattern of LIKE has ASCII characters, and _ only as \\_");
		if (ch == '\\' && ++i == pattern->len)
			return convert_fail(c->err, "a pattern of LIKE ends with \\");
		if (ch == '\\' && (pattern->data[i] & 0x80) != 0)
			return convert_fail(c->err, "a pattern of LIKE has ASCII characters");
	}
	return true;
}

static size_t
count_commas(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == ',';
	return count;
}

static bool
take_comparison(cursor *c, row_filter_condition *out)
{
	const size_t room = count_commas(c->at) + 1;

	out->texts = arena_alloc_zero(c->memory, room * sizeof(row_filter_text));
	if (out->texts == NULL)
		return convert_fail_memory(c->err, room * sizeof(row_filter_text));
	out->op = ROW_FILTER_IN;
	out->text_count = 0;
	if (take_symbol(c, "<>"))
		out->negated = true;
	else if (!take_symbol(c, "="))
	{
		out->negated = take_word(c, "NOT");
		if (take_word(c, "IN"))
			return (take_symbol(c, "(") || fail_at(c, "(")) && take_list(c, out);
		if (!take_word(c, "LIKE"))
			return fail_at(c, out->negated ? "IN or LIKE" : "IN, LIKE, NOT, IS, = or <>");
		out->op = ROW_FILTER_LIKE;
		skip_space(c);
		if (*c->at != '\'')
			return fail_at(c, "a pattern in ''");
	}
	out->text_count = 1;
	return take_literal(c, out->texts) &&
	       (out->op == ROW_FILTER_IN || check_pattern(c, out->texts));
}

static bool
take_condition(cursor *c, row_filter_condition *out)
{
	if (!take_column(c, &out->column))
		return false;
	if (!take_word(c, "IS"))
		return take_comparison(c, out);
	out->op = ROW_FILTER_NULL;
	out->negated = take_word(c, "NOT");
	return take_word(c, "NULL") || fail_at(c, "NULL");
}

bool
row_filter_parse(const char *text, arena *a, row_filter *out, convert_error *err)
{
	cursor c = {.start = text, .at = text, .memory = a, .err = err};

	out->count = 0;
	out->conditions = arena_alloc_zero(a, CONDITIONS_MAX * sizeof(row_filter_condition));
	if (out->conditions == NULL)
		return convert_fail_memory(err, CONDITIONS_MAX * sizeof(row_filter_condition));
	do
	{
		if (out->count == CONDITIONS_MAX)
			return convert_fail(err, "it has more than %d conditions", CONDITIONS_MAX);
		if (!take_condition(&c, &out->conditions[out->count]))
			return false;
		out->count++;
	} while (take_word(&c, "AND"));
	skip_space(&c);
	return *c.at == '\0' || fail_at(&c, "AND or the end");
}

/* ---- asking ---- */

static char
fold(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char) (ch - 'A' + 'a') : ch;
}

static bool
is_like(const row_filter_text *pattern, const char *text, size_t len)
{
	const char *p = pattern->data, *p_end = p + pattern->len;
	const char *t = text, *t_end = text + len;
	const char *retry_p = NULL, *retry_t = NULL;

	while (t < t_end)
	{
		if (p < p_end && *p == '%')
		{
			retry_p = ++p;
			retry_t = t;
			continue;
		}
		if (p < p_end)
		{
			const char *literal = *p == '\\' ? p + 1 : p;

			if (fold(*literal) == fold(*t))
			{
				p = literal + 1;
				t++;
				continue;
			}
		}
		if (retry_p == NULL)
			return false;
		p = retry_p;
		t = ++retry_t;
	}
	while (p < p_end && *p == '%')
		p++;
	return p == p_end;
}

static bool
matches(const row_filter_condition *c, const char *text, size_t len)
{
	if (c->op == ROW_FILTER_LIKE)
		return is_like(c->texts, text, len);
	for (unsigned i = 0; i < c->text_count; i++)
	{
		if (c->texts[i].len == len && memcmp(c->texts[i].data, text, len) == 0)
			return true;
	}
	return false;
}

/* The value's text as the filter compares it. False: it has none. */
static bool
read_text(const value *v, arena *a, char printed[TIMESTAMP_TEXT_SIZE], const char **text,
          size_t *len, convert_error *err)
{
	bool damaged;

	*text = printed;
	switch (v->kind)
	{
		case VALUE_INT:
			*len = (size_t) snprintf(printed, TIMESTAMP_TEXT_SIZE, "%" PRId64, v->i);
			return true;
		case VALUE_UINT:
			*len = (size_t) snprintf(printed, TIMESTAMP_TEXT_SIZE, "%" PRIu64, v->u);
			return true;
		case VALUE_TIMESTAMP:
			*len = timestamp_print(v, printed);
			return true;
		case VALUE_BYTES:
			if (v->charset != 0 && v->charset != COLLATION_BINARY)
				return target_value_read_text(v->bytes.data, v->bytes.len, v->charset, a, text, len,
				                              &damaged, err);
			*text = v->bytes.data;
			*len = v->bytes.len;
			return true;
		default:
			return convert_fail(err, "row_filter cannot compare %s", convert_kind_of_value(v));
	}
}

static row_filter_answer
ask_condition(const row_filter_condition *c, const value *v, arena *a, convert_error *err)
{
	char printed[TIMESTAMP_TEXT_SIZE];
	const char *text;
	size_t len;
	bool holds;

	if (v->kind == VALUE_ABSENT)
		return ROW_FILTER_UNKNOWN;
	if (c->op == ROW_FILTER_NULL)
		holds = (v->kind == VALUE_NULL) != c->negated;
	else if (v->kind == VALUE_NULL)
		holds = false;
	else if (read_text(v, a, printed, &text, &len, err))
		holds = matches(c, text, len) != c->negated;
	else
		return ROW_FILTER_FAILED;
	return holds ? ROW_FILTER_MIRRORED : ROW_FILTER_LEFT_OUT;
}

row_filter_answer
row_filter_ask(const row_filter *f, const value *row, arena *a, unsigned *column,
               convert_error *err)
{
	row_filter_answer all = ROW_FILTER_MIRRORED;

	for (unsigned i = 0; i < f->count; i++)
	{
		const row_filter_condition *c = &f->conditions[i];
		const row_filter_answer one = ask_condition(c, &row[c->source], a, err);

		*column = c->source;
		if (one == ROW_FILTER_FAILED || one == ROW_FILTER_LEFT_OUT)
			return one;
		if (one == ROW_FILTER_UNKNOWN)
			all = one;
	}
	return all;
}

/* ---- as SQL ---- */

/* A text in hexadecimal: no sql_mode, and no charset of the session, makes another thing of it. */
static void
write_text(FILE *out, const char *data, size_t len)
{
	fputs("X'", out);
	for (size_t i = 0; i < len; i++)
		fprintf(out, "%02X", (unsigned char) data[i]);
	fputc('\'', out);
}

/* The column's text as bytes: in UTF-8, or as they are where it is binary. */
static void
write_column(FILE *out, const char *column)
{
	fputs("IF(CHARSET(", out);
	sql_name_write(out, column);
	fputs(") = 'binary', CAST(", out);
	sql_name_write(out, column);
	fputs(" AS BINARY), CAST(CONVERT(", out);
	sql_name_write(out, column);
	fputs(" USING utf8mb4) AS BINARY))", out);
}

static void
write_in(FILE *out, const row_filter_condition *c)
{
	write_column(out, c->column);
	fputs(c->negated ? " NOT IN (" : " IN (", out);
	for (unsigned i = 0; i < c->text_count; i++)
	{
		fputs(i == 0 ? "" : ", ", out);
		write_text(out, c->texts[i].data, c->texts[i].len);
	}
	fputc(')', out);
}

/* In latin1, where a character is a byte, so that LOWER has an alphabet and bytes of UTF-8 stay apart. */
static void
write_like(FILE *out, const row_filter_condition *c)
{
	fputs("LOWER(CONVERT(", out);
	write_column(out, c->column);
	fprintf(out, " USING latin1)) COLLATE latin1_bin %sLIKE LOWER(CONVERT(",
	        c->negated ? "NOT " : "");
	write_text(out, c->texts[0].data, c->texts[0].len);
	fputs(" USING latin1)) COLLATE latin1_bin ESCAPE CHAR(92)", out);
}

void
row_filter_write(FILE *out, const row_filter *f)
{
	for (unsigned i = 0; i < f->count; i++)
	{
		const row_filter_condition *c = &f->conditions[i];

		fputs(i == 0 ? "(" : " AND (", out);
		if (c->op == ROW_FILTER_IN)
			write_in(out, c);
		else if (c->op == ROW_FILTER_LIKE)
			write_like(out, c);
		else
		{
			sql_name_write(out, c->column);
			fputs(c->negated ? " IS NOT NULL" : " IS NULL", out);
		}
		fputc(')', out);
	}
}
