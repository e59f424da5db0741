/*
 * source/sql_token.c
 *	  Words, names and symbols of an SQL text.
 */
#include "source/sql_token.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '$' || (unsigned char) c >= 0x80;
}

static bool
starts_with(const sql_tokens *t, const char *text)
{
	size_t len = strlen(text);

	return (size_t) (t->end - t->next) >= len && memcmp(t->next, text, len) == 0;
}

static void
skip_line(sql_tokens *t)
{
	while (t->next < t->end && *t->next != '\n')
		t->next++;
}

/* A comment that MariaDB executes is only opened; its end counts as a blank. */
static void
skip_comment(sql_tokens *t)
{
	t->next += 2;
	if (starts_with(t, "!") || starts_with(t, "M!"))
	{
		t->next += *t->next == 'M' ? 2 : 1;
		while (t->next < t->end && *t->next >= '0' && *t->next <= '9')
			t->next++;
		return;
	}
	while (t->next < t->end && !starts_with(t, "*/"))
		t->next++;
	t->next = t->end - t->next < 2 ? t->end : t->next + 2;
}

static void
skip_blanks(sql_tokens *t)
{
	for (;;)
	{
		if (t->next < t->end && is_blank(*t->next))
			t->next++;
		else if (starts_with(t, "#") || starts_with(t, "-- ") || starts_with(t, "--\n") ||
		         starts_with(t, "--\t"))
			skip_line(t);
		else if (starts_with(t, "/*"))
			skip_comment(t);
		else if (starts_with(t, "*/"))
			t->next += 2;
		else
			return;
	}
}

/* Reads up to the closing quote, which is doubled (or, in strings, escaped) inside. */
static void
take_quoted(sql_tokens *t, char quote)
{
	t->token.start = ++t->next;
	while (t->next < t->end)
	{
		if (*t->next == '\\' && quote == '\'' && t->end - t->next > 1)
			t->next += 2;
		else if (*t->next != quote)
			t->next++;
		else if (t->end - t->next > 1 && t->next[1] == quote)
			t->next += 2;
		else
			break;
	}
	t->token.len = (size_t) (t->next - t->token.start);
	if (t->next < t->end)
		t->next++;
}

void
sql_tokens_next(sql_tokens *t)
{
	skip_blanks(t);
	t->token = (sql_token){SQL_TOKEN_END, t->next, 0};
	if (t->next == t->end)
		return;
	if (*t->next == '`' || *t->next == '"')
	{
		t->token.kind = SQL_TOKEN_NAME;
		take_quoted(t, *t->next);
	}
	else if (*t->next == '\'')
	{
		t->token.kind = SQL_TOKEN_STRING;
		take_quoted(t, '\'');
	}
	else if (is_word(*t->next))
	{
		t->token.kind = SQL_TOKEN_WORD;
		while (t->next < t->end && is_word(*t->next))
			t->next++;
		t->token.len = (size_t) (t->next - t->token.start);
	}
	else
	{
		t->token.kind = SQL_TOKEN_SYMBOL;
		t->token.len = 1;
		t->next++;
	}
}

void
sql_tokens_open(sql_tokens *t, const char *sql, size_t len)
{
	*t = (sql_tokens){.next = sql, .end = sql + len};
	sql_tokens_next(t);
}

bool
sql_tokens_is(const sql_tokens *t, const char *word)
{
	return t->token.kind == SQL_TOKEN_WORD && t->token.len == strlen(word) &&
	       strncasecmp(t->token.start, word, t->token.len) == 0;
}

bool
sql_tokens_accept(sql_tokens *t, const char *word)
{
	if (!sql_tokens_is(t, word))
		return false;
	sql_tokens_next(t);
	return true;
}

bool
sql_tokens_is_symbol(const sql_tokens *t, char symbol)
{
	return t->token.kind == SQL_TOKEN_SYMBOL && *t->token.start == symbol;
}
