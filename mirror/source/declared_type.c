/*
 * source/declared_type.c
 *	  Types of source columns, and what a change of one does to values; see declared_type.h.
 */
#include "source/declared_type.h"

#include <stdio.h>
#include <string.h>
#include "rows/types.h"

typedef struct type_word
{
	const char *words; /* in upper case, separated by blanks; the first is what is written */
	declared_kind kind;
	uint64_t size; /* bytes of an integer; length at most */
} type_word;

static const type_word type_words[] = {
    {"TINYINT INT1 BOOL BOOLEAN", DECLARED_INTEGER, 1},
    {"SMALLINT INT2", DECLARED_INTEGER, 2},
    {"MEDIUMINT INT3 MIDDLEINT", DECLARED_INTEGER, 3},
    {"INT INTEGER INT4", DECLARED_INTEGER, 4},
    {"BIGINT INT8", DECLARED_INTEGER, 8},
    {"VARBINARY", DECLARED_BYTES, 0},
    {"TINYBLOB", DECLARED_BYTES, 0xff},
    {"BLOB", DECLARED_BYTES, 0xffff},
    {"MEDIUMBLOB", DECLARED_BYTES, 0xffffff},
    {"LONGBLOB", DECLARED_BYTES, 0xffffffff},
    {"BINARY", DECLARED_PADDED, 1},
    {"ENUM", DECLARED_ENUM, 0},
};

#define LABELS_MAX 4000 /* bytes; a longer list is not known */
#define TYPE_WORDS (sizeof(type_words) / sizeof(*type_words))

static void
set_range(declared_type *d, uint64_t bytes, bool is_unsigned)
{
	const uint64_t all = UINT64_MAX >> (64 - 8 * bytes);

	d->least = is_unsigned ? 0 : -(int64_t) (all / 2) - 1;
	d->most = is_unsigned ? all : all / 2;
}

/* ---- SQL ---- */

static bool
at_end(const sql_tokens *t)
{
	return t->token.kind == SQL_TOKEN_END || sql_tokens_is_symbol(t, ',') ||
	       sql_tokens_is_symbol(t, ')');
}

/* A word of up to ten digits. */
static bool
read_digits(const sql_token *token, uint64_t *out)
{
	if (token->kind != SQL_TOKEN_WORD || token->len > 10)
		return false;
	*out = 0;
	for (size_t i = 0; i < token->len; i++)
	{
		if (token->start[i] < '0' || token->start[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t) (token->start[i] - '0');
	}
	return true;
}

/* (n); *found false: there is none. False: it is something else. */
static bool
take_number(sql_tokens *t, uint64_t *out, bool *found)
{
	*found = sql_tokens_is_symbol(t, '(');
	if (!*found)
		return true;
	sql_tokens_next(t);
	if (!read_digits(&t->token, out))
		return false;
	sql_tokens_next(t);
	if (!sql_tokens_is_symbol(t, ')'))
		return false;
	sql_tokens_next(t);
	return true;
}

static bool
is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) text[i] < ' ' || (unsigned char) text[i] > '~' || text[i] == '\'' ||
		    text[i] == '\\' || text[i] == '"')
			return false;
	}
	return true;
}

/* Adds a label. False: it is not plain, or there is no room. */
static bool
add_label(arena *a, declared_type *d, const char *label, size_t len)
{
	const char *before = d->labels != NULL ? d->labels : "";
	size_t size = strlen(before) + len + 4;
	char *all;

	if (!is_plain(label, len) || size > LABELS_MAX || (all = arena_alloc(a, size)) == NULL)
		return false;
	snprintf(all, size, "%s%s'%.*s'", before, *before != '\0' ? "," : "", (int) len, label);
	d->labels = all;
	return true;
}

static bool
take_labels(sql_tokens *t, arena *a, declared_type *d)
{
	if (!sql_tokens_is_symbol(t, '('))
		return false;
	do
	{
		sql_tokens_next(t);
		if (t->token.kind != SQL_TOKEN_STRING || !add_label(a, d, t->token.start, t->token.len))
			return false;
		sql_tokens_next(t);
	} while (sql_tokens_is_symbol(t, ','));
	if (!sql_tokens_is_symbol(t, ')'))
		return false;
	sql_tokens_next(t);
	return true;
}

static bool
take_type(sql_tokens *t, arena *a, declared_type *d)
{
	size_t i = 0;
	uint64_t number;
	bool found;

	while (i < TYPE_WORDS && !sql_tokens_is_any(t, type_words[i].words))
		i++;
	if (t->token.kind != SQL_TOKEN_WORD || i == TYPE_WORDS)
		return false;
	sql_tokens_next(t);
	d->kind = type_words[i].kind;
	d->length = type_words[i].size;
	if (d->kind == DECLARED_ENUM)
		return take_labels(t, a, d);
	if (!take_number(t, &number, &found))
		return false;
	if (d->kind == DECLARED_INTEGER)
	{
		bool is_unsigned = false;

		while (sql_tokens_is_any(t, "SIGNED UNSIGNED ZEROFILL"))
		{
			is_unsigned = is_unsigned || !sql_tokens_is(t, "SIGNED");
			sql_tokens_next(t);
		}
		set_range(d, d->length, is_unsigned);
		d->length = 0;
		return true;
	}
	if (found)
		d->length = number;
	/* of BLOB(n) the server chooses the type */
	return d->length > 0 &&
	       (!found || d->kind == DECLARED_PADDED || strcmp(type_words[i].words, "VARBINARY") == 0);
}

/* A default is of rows that are to come. */
static void
take_default(sql_tokens *t)
{
	if (sql_tokens_is_symbol(t, '-') || sql_tokens_is_symbol(t, '+'))
		sql_tokens_next(t);
	sql_tokens_skip(t);
	if (sql_tokens_is_symbol(t, '('))
		sql_tokens_skip(t);
}

/* One word, or some that belong together, behind the type. False: not known. */
static bool
take_attribute(sql_tokens *t, declared_type *d)
{
	if (sql_tokens_accept_all(t, "NOT NULL"))
		d->nullable = false;
	else if (sql_tokens_accept(t, "DEFAULT"))
		take_default(t);
	else if (sql_tokens_accept(t, "AUTO_INCREMENT"))
	{
		d->counted = true;
		d->nullable = false;
	}
	else if (sql_tokens_accept_all(t, "PRIMARY KEY"))
		d->nullable = false;
	else if (sql_tokens_accept(t, "AFTER") || sql_tokens_accept(t, "COMMENT"))
		sql_tokens_next(t);
	else if (sql_tokens_is_any(t, "NULL FIRST UNIQUE KEY INVISIBLE"))
		sql_tokens_next(t);
	else
		return false;
	return true;
}

declared_type
declared_type_parse(sql_tokens *t, arena *a)
{
	declared_type d = {.nullable = true};
	bool known = take_type(t, a, &d);

	while (known && !at_end(t))
		known = take_attribute(t, &d);
	return known ? d : (declared_type){.kind = DECLARED_UNKNOWN};
}

declared_type
declared_type_read(const char *text, arena *a)
{
	const sql_dialect dialect = {0};
	sql_tokens t;

	sql_tokens_open(&t, text, strlen(text), &dialect);
	return declared_type_parse(&t, a);
}

/* The word of a type that holds so much. */
static const char *
find_word(const declared_type *d)
{
	for (size_t i = 0; i < TYPE_WORDS; i++)
	{
		declared_type other = {0};

		if (d->kind != DECLARED_INTEGER || type_words[i].kind != DECLARED_INTEGER)
			continue;
		set_range(&other, type_words[i].size, d->least == 0);
		if (other.most == d->most)
			return type_words[i].words;
	}
	return "BIGINT";
}

const char *
declared_type_format(const declared_type *d, arena *a)
{
	const char *rest = d->nullable ? "" : d->counted ? " NOT NULL AUTO_INCREMENT" : " NOT NULL";
	size_t size = 100 + (d->labels != NULL ? strlen(d->labels) : 0);
	char *text = arena_alloc(a, size);

	if (text == NULL)
		return NULL;
	switch (d->kind)
	{
		case DECLARED_UNKNOWN:
			return NULL;
		case DECLARED_INTEGER:
		{
			const char *word = find_word(d);

			snprintf(text, size, "%.*s%s%s", (int) strcspn(word, " "), word,
			         d->least == 0 ? " UNSIGNED" : "", rest);
			break;
		}
		case DECLARED_BYTES:
		case DECLARED_PADDED:
			snprintf(text, size, "%s(%llu)%s", d->kind == DECLARED_PADDED ? "BINARY" : "VARBINARY",
			         (unsigned long long) d->length, rest);
			break;
		case DECLARED_ENUM:
			snprintf(text, size, "ENUM(%s)%s", d->labels, rest);
			break;
	}
	return text;
}

/* ---- the binlog ---- */

declared_type
declared_type_of(const column_def *c, arena *a)
{
	static const uint8_t sizes[256] = {
	    [TYPE_TINY] = 1, [TYPE_SHORT] = 2, [TYPE_INT24] = 3, [TYPE_LONG] = 4, [TYPE_LONGLONG] = 8};
	declared_type d = {.nullable = c->nullable};

	if (sizes[c->type] > 0)
	{
		d.kind = DECLARED_INTEGER;
		set_range(&d, sizes[c->type], c->is_unsigned);
	}
	else if (c->type == TYPE_ENUM)
	{
		d.kind = c->label_count > 0 ? DECLARED_ENUM : DECLARED_UNKNOWN;
		for (unsigned i = 0; i < c->label_count && d.kind != DECLARED_UNKNOWN; i++)
		{
			if (!add_label(a, &d, c->labels[i], c->label_lengths[i]))
				d.kind = DECLARED_UNKNOWN;
		}
	}
	else if (c->charset == COLLATION_BINARY && c->type == TYPE_BLOB && c->meta >= 1 && c->meta <= 4)
	{
		d.kind = DECLARED_BYTES;
		d.length = UINT64_MAX >> (64 - 8 * c->meta);
	}
	else if (c->charset == COLLATION_BINARY && (c->type == TYPE_VARCHAR || c->type == TYPE_STRING))
	{
		d.kind = c->type == TYPE_VARCHAR ? DECLARED_BYTES : DECLARED_PADDED;
		d.length = c->length;
	}
	return d;
}

/* ---- what changes ---- */

/* True if each label of the one is a label of the other: by its text the server finds it again. */
static bool
labels_stay(const char *old, const char *all)
{
	while (*old != '\0')
	{
		size_t len = strcspn(old + 1, "'") + 2;
		const char *found = all;

		while (strncmp(found, old, len) != 0)
		{
			found += strcspn(found + 1, "'") + 2;
			if (*found == '\0')
				return false;
			found++;
		}
		old += len + (old[len] == ',');
	}
	return true;
}

static declared_change
compare_integers(const declared_type *old, const declared_type *new_type)
{
	declared_change c = {.least = new_type->least, .most = new_type->most};

	if (new_type->counted && !old->counted && c.least < 1)
		c.least = 1;
	c.below = old->least < c.least;
	c.above = old->most > c.most;
	return c;
}

declared_change
declared_type_compare(const declared_type *old, const declared_type *new_type)
{
	declared_change c = {0};

	if (old->kind == DECLARED_UNKNOWN || new_type->kind == DECLARED_UNKNOWN)
		c.any = true;
	else if (old->kind == DECLARED_BYTES && new_type->kind == DECLARED_PADDED)
	{
		c.any = new_type->length < old->length;
		c.padded = true;
	}
	else if (old->kind != new_type->kind)
		c.any = true;
	else if (old->kind == DECLARED_INTEGER)
		c = compare_integers(old, new_type);
	else if (old->kind == DECLARED_BYTES)
		c.any = new_type->length < old->length;
	else if (old->kind == DECLARED_PADDED)
		c.any = new_type->length != old->length;
	else
		c.any = !labels_stay(old->labels, new_type->labels);
	c.null = old->nullable && !new_type->nullable;
	return c;
}
