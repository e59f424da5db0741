/*
 * source/statement_change.c
 *	  Changes of rows in STATEMENT format: which tables they may write.
 *
 * What a view, a trigger or a function that the statement uses writes cannot be told from it.
 */
#include "source/statement_parse.h"

static void
skip_words(sql_tokens *t, const char *words)
{
	while (sql_tokens_is_any(t, words))
		sql_tokens_next(t);
}

/* Reads the tables of a FROM or UPDATE clause, joins and all. */
static bool
take_references(parse *p)
{
	sql_tokens *t = &p->tokens;
	bool expecting = true;

	while (t->token.kind != SQL_TOKEN_END)
	{
		if (!expecting)
		{
			if (sql_tokens_is_any(t, "SET WHERE ORDER LIMIT RETURNING"))
				return true;
			expecting = sql_tokens_is_symbol(t, ',') || sql_tokens_is_any(t, "JOIN STRAIGHT_JOIN");
			/* an alias, a condition, columns, hints, or the end of joins in parentheses */
			sql_tokens_skip(t);
		}
		else if (sql_tokens_is_symbol(t, '('))
		{
			sql_tokens ahead = *t;

			sql_tokens_next(&ahead);
			if (sql_tokens_is_any(&ahead, "SELECT WITH VALUES"))
			{
				sql_tokens_skip(t);
				expecting = false;
			}
			else
				*t = ahead;
		}
		else if (!parse_table(p, TABLE_NAMED))
			return false;
		else
			expecting = false;
	}
	return !expecting;
}

/* table, ... of a DELETE of several tables; they may be aliases of the tables behind. */
static bool
take_targets(parse *p)
{
	sql_tokens *t = &p->tokens;

	for (;;)
	{
		if (!parse_table(p, TABLE_NAMED))
			return false;
		if (!sql_tokens_is_symbol(t, ','))
			return true;
		sql_tokens_next(t);
	}
}

static bool
take_delete(parse *p)
{
	sql_tokens *t = &p->tokens;

	skip_words(t, "LOW_PRIORITY QUICK IGNORE HISTORY");
	if (sql_tokens_accept(t, "FROM"))
		return take_targets(p) && (!sql_tokens_accept(t, "USING") || take_references(p));
	return take_targets(p) && sql_tokens_accept(t, "FROM") && take_references(p);
}

static bool
take_load(parse *p)
{
	sql_tokens *t = &p->tokens;

	while (t->token.kind != SQL_TOKEN_END)
	{
		if (sql_tokens_accept_all(t, "INTO TABLE"))
			return parse_table(p, TABLE_NAMED);
		sql_tokens_next(t);
	}
	return false;
}

static bool
take_tables(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (parse_accept_any(t, "INSERT", "REPLACE"))
	{
		skip_words(t, "LOW_PRIORITY DELAYED HIGH_PRIORITY IGNORE INTO");
		return parse_table(p, TABLE_NAMED);
	}
	if (sql_tokens_accept(t, "UPDATE"))
	{
		skip_words(t, "LOW_PRIORITY IGNORE");
		return take_references(p) && sql_tokens_is(t, "SET");
	}
	if (sql_tokens_accept(t, "DELETE"))
		return take_delete(p);
	if (sql_tokens_accept(t, "LOAD"))
		return take_load(p);
	return false;
}

/* SELECT of a sequence's functions and of nothing else; sequences are not mirrored. */
static bool
only_moves_sequence(parse *p)
{
	sql_tokens t = p->tokens;

	if (sql_tokens_accept_all(&t, "SELECT SETVAL") || sql_tokens_accept_all(&t, "SELECT NEXTVAL"))
		sql_tokens_skip(&t);
	else if (!sql_tokens_accept_all(&t, "SELECT NEXT VALUE FOR"))
		return false;
	else
	{
		while (t.token.kind == SQL_TOKEN_WORD || t.token.kind == SQL_TOKEN_NAME ||
		       sql_tokens_is_symbol(&t, '.'))
			sql_tokens_next(&t);
	}
	return t.token.kind == SQL_TOKEN_END;
}

statement_kind
parse_change(parse *p)
{
	if (only_moves_sequence(p))
		return STATEMENT_NEUTRAL;
	if (!take_tables(p))
		p->out->table_count = 0;
	return STATEMENT_CHANGE;
}
