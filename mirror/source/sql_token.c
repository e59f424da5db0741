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
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
starts_with(const sql_tokens *t, const char *text)
{
	size_t len = strlen(text);

	return (size_t) (t->end - t->next) >= len && memcmp(t->next, text, len) == 0;
}

/*
 * Bytes of the character at next. In these character sets, by their collations' numbers, the second byte of a character
 * may be what is a quote, a backslash or a letter elsewhere.
 */
static size_t
character_size(const sql_tokens *t)
{
	static const uint16_t collations[] = {
	    1,  84, 1025, 1108, /* big5 */
	    13, 88, 1037, 1112, /* sjis */
	    19, 85, 1043, 1109, /* euckr */
	    28, 87, 1052, 1111, /* gbk */
	    95, 96, 1119, 1120, /* cp932 */
	};
	const unsigned char *c = (const unsigned char *) t->next;
	bool sjis;

	if (c[0] <= 0x80 || c[0] == 0xff || t->end - t->next < 2 || c[1] < 0x40 || c[1] == 0x7f)
		return 1;
	for (size_t i = 0; i < sizeof(collations) / sizeof(*collations); i++)
	{
		if (collations[i] != t->dialect.charset)
			continue;
		sjis = i / 4 == 1 || i / 4 == 4;
		/* katakana of a byte each */
		return sjis && (c[0] == 0xa0 || (c[0] > 0xa0 && c[0] < 0xe0)) ? 1 : 2;
	}
	return 1;
}

/* True of UTF-8, and of what MariaDB takes as it is: binary, ASCII. Names in the binlog's other events are in UTF-8. */
static bool
charset_is_utf8(uint16_t c)
{
	static const uint16_t others[] = {0, 11, 33, 45, 46, 63, 65, 76, 83, 1057, 1069, 1070, 1107};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
	{
		if (others[i] == c)
			return true;
	}
	return (c >= 192 && c <= 247) || (c >= 576 && c <= 640) || (c >= 1216 && c <= 1271) ||
	       c >= 2048;
}

static void
skip_line(sql_tokens *t)
{
	while (t->next < t->end && *t->next != '\n')
		t->next++;
}

/* Behind the end of a comment. nested: it may hold other comments. */
static void
skip_to_comment_end(sql_tokens *t, bool nested)
{
	while (t->next < t->end && !starts_with(t, "*/"))
	{
		if (nested && starts_with(t, "/*"))
		{
			t->next += 2;
			skip_to_comment_end(t, false);
		}
		else
			t->next++;
	}
	t->next = t->end - t->next < 2 ? t->end : t->next + 2;
}

/*
 * What is in a comment that begins with ! or M! is executed, with a version of 5 or 6 digits only by servers from it on. MariaDB leaves MySQL's
 * from 5.7 on alone. Such a comment is only opened here; its end counts as a blank.
 */
static void
skip_comment(sql_tokens *t)
{
	unsigned long version = 0;
	unsigned digits = 0;
	bool maria;

	t->next += 2;
	maria = starts_with(t, "M!");
	if (!maria && !starts_with(t, "!"))
	{
		skip_to_comment_end(t, false);
		return;
	}
	t->next += maria ? 2 : 1;
	while (digits < 6 && t->end - t->next > digits && is_digit(t->next[digits]))
		version = version * 10 + (unsigned long) (t->next[digits++] - '0');
	if (digits < 5)
		return;
	t->next += digits;
	if (!maria && version >= 50700 && version <= 99999)
		skip_to_comment_end(t, true);
}

/* Two dashes begin a comment if a blank, a control character or the end comes behind them. */
static bool
at_line_comment(const sql_tokens *t)
{
	return starts_with(t, "#") ||
	       (starts_with(t, "--") &&
	        (t->end - t->next == 2 || (unsigned char) t->next[2] <= ' ' || t->next[2] == 0x7f));
}

static void
skip_blanks(sql_tokens *t)
{
	for (;;)
	{
		if (t->next < t->end && is_blank(*t->next))
			t->next++;
		else if (at_line_comment(t))
			skip_line(t);
		else if (starts_with(t, "/*"))
			skip_comment(t);
		else if (starts_with(t, "*/"))
			t->next += 2;
		else
			return;
	}
}

/* Reads up to the closing quote, which is doubled (or, with backslash, escaped) inside. */
static void
take_quoted(sql_tokens *t, char quote, bool backslash)
{
	t->token.start = ++t->next;
	while (t->next < t->end)
	{
		if (*t->next == '\\' && backslash && t->end - t->next > 1)
		{
			t->next++;
			t->next += character_size(t);
		}
		else if (*t->next != quote)
			t->next += character_size(t);
		else if (t->end - t->next > 1 && t->next[1] == quote)
			t->next += 2;
		else
			break;
	}
	t->token.len = (size_t) (t->next - t->token.start);
	if (t->next < t->end)
		t->next++;
}

static void
take_word(sql_tokens *t)
{
	while (t->next < t->end && is_word(*t->next))
		t->next += character_size(t);
	t->token.len = (size_t) (t->next - t->token.start);
}

/* The kind of what a quote opens, and in *close what ends it; SQL_TOKEN_SYMBOL if it is none. */
static sql_token_kind
quote_kind(const sql_tokens *t, char c, char *close)
{
	*close = c;
	if (c == '[' && (t->dialect.mode & SQL_MODE_MSSQL) != 0)
		*close = ']';
	else if (c == '\'' || (c == '"' && (t->dialect.mode & SQL_MODE_ANSI_QUOTES) == 0))
		return SQL_TOKEN_STRING;
	else if (c != '`' && c != '"')
		return SQL_TOKEN_SYMBOL;
	return SQL_TOKEN_NAME;
}

bool
sql_tokens_is_foreign(const sql_tokens *t)
{
	for (size_t i = 0; i < t->token.len && !charset_is_utf8(t->dialect.charset); i++)
	{
		if ((unsigned char) t->token.start[i] >= 0x80)
			return true;
	}
	return false;
}

void
sql_tokens_next(sql_tokens *t)
{
	char close;

	skip_blanks(t);
	t->token = (sql_token){SQL_TOKEN_END, t->next, 0};
	if (t->next == t->end)
		return;
	if (is_word(*t->next))
	{
		t->token.kind = SQL_TOKEN_WORD;
		take_word(t);
		/* a blank of many character sets of a byte each */
		if (memchr(t->token.start, 0xa0, t->token.len) != NULL && sql_tokens_is_foreign(t))
			t->opaque = true;
		return;
	}
	t->token.kind = quote_kind(t, *t->next, &close);
	if (t->token.kind == SQL_TOKEN_SYMBOL)
	{
		t->token.len = 1;
		t->next++;
		return;
	}
	take_quoted(t, close,
	            t->token.kind == SQL_TOKEN_STRING &&
	                (t->dialect.mode & SQL_MODE_NO_BACKSLASH_ESCAPES) == 0);
}

void
sql_tokens_open(sql_tokens *t, const char *sql, size_t len, const sql_dialect *dialect)
{
	*t = (sql_tokens){.next = sql, .end = sql + len, .dialect = *dialect};
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
sql_tokens_accept_all(sql_tokens *t, const char *words)
{
	sql_tokens ahead = *t;

	while (*words != '\0')
	{
		size_t len = strcspn(words, " ");

		if (ahead.token.kind != SQL_TOKEN_WORD || ahead.token.len != len ||
		    strncasecmp(ahead.token.start, words, len) != 0)
			return false;
		sql_tokens_next(&ahead);
		words += len + (words[len] == ' ');
	}
	*t = ahead;
	return true;
}

bool
sql_tokens_is_any(const sql_tokens *t, const char *words)
{
	while (t->token.kind == SQL_TOKEN_WORD && *words != '\0')
	{
		size_t len = strcspn(words, " ");

		if (t->token.len == len && strncasecmp(t->token.start, words, len) == 0)
			return true;
		words += len + (words[len] == ' ');
	}
	return false;
}

bool
sql_tokens_is_symbol(const sql_tokens *t, char symbol)
{
	return t->token.kind == SQL_TOKEN_SYMBOL && *t->token.start == symbol;
}

void
sql_tokens_skip(sql_tokens *t)
{
	int depth = 0;

	do
	{
		depth += sql_tokens_is_symbol(t, '(') - sql_tokens_is_symbol(t, ')');
		sql_tokens_next(t);
	} while (depth > 0 && t->token.kind != SQL_TOKEN_END);
}
