/*
 * source/statement.c
 *	  The SQL text of QUERY events: what a statement does, and to which tables.
 */
#include "source/statement.h"

#include <string.h>
#include "source/sql_token.h"

/* A statement being read; without an arena only the kind is wanted. */
typedef struct parse
{
	sql_tokens tokens;
	const char *database;
	size_t database_len;
	arena *arena;
	size_t capacity;
	bool no_memory;
	statement *out;
} parse;

/* Statements that their first word decides. */
static const struct
{
	const char *word;
	statement_kind kind;
} first_words[] = {
    {"BEGIN", STATEMENT_BEGIN},       {"START", STATEMENT_BEGIN},
    {"COMMIT", STATEMENT_COMMIT},     {"SAVEPOINT", STATEMENT_SAVEPOINT},
    {"RELEASE", STATEMENT_SAVEPOINT}, {"XA", STATEMENT_XA},
    {"INSERT", STATEMENT_CHANGE},     {"UPDATE", STATEMENT_CHANGE},
    {"DELETE", STATEMENT_CHANGE},     {"REPLACE", STATEMENT_CHANGE},
    {"LOAD", STATEMENT_CHANGE},       {"CALL", STATEMENT_CHANGE},
    {"DO", STATEMENT_CHANGE},         {"WITH", STATEMENT_CHANGE},
    {"SELECT", STATEMENT_CHANGE},     {"VALUES", STATEMENT_CHANGE},
    {"EXECUTE", STATEMENT_CHANGE},    {"GRANT", STATEMENT_NEUTRAL},
    {"REVOKE", STATEMENT_NEUTRAL},    {"FLUSH", STATEMENT_NEUTRAL},
    {"OPTIMIZE", STATEMENT_NEUTRAL},  {"REPAIR", STATEMENT_NEUTRAL},
    {"CHECK", STATEMENT_NEUTRAL},     {"CHECKSUM", STATEMENT_NEUTRAL},
    {"INSTALL", STATEMENT_NEUTRAL},   {"UNINSTALL", STATEMENT_NEUTRAL},
    {"USE", STATEMENT_NEUTRAL},       {"LOCK", STATEMENT_NEUTRAL},
    {"UNLOCK", STATEMENT_NEUTRAL},    {"SHOW", STATEMENT_NEUTRAL},
    {"PREPARE", STATEMENT_NEUTRAL},   {"DEALLOCATE", STATEMENT_NEUTRAL},
    {"PURGE", STATEMENT_NEUTRAL},     {"RESET", STATEMENT_NEUTRAL},
    {"CACHE", STATEMENT_NEUTRAL},
};

static bool
accept_any(sql_tokens *t, const char *one, const char *other)
{
	return sql_tokens_accept(t, one) || sql_tokens_accept(t, other);
}

static void
skip_if_exists(sql_tokens *t)
{
	if (sql_tokens_accept(t, "IF"))
	{
		sql_tokens_accept(t, "NOT");
		sql_tokens_accept(t, "EXISTS");
	}
}

/* WAIT n, NOWAIT: how long to wait for locks. */
static void
skip_wait(sql_tokens *t)
{
	if (sql_tokens_accept(t, "WAIT"))
		sql_tokens_next(t);
	else
		sql_tokens_accept(t, "NOWAIT");
}

/* Copies a name without its quotes, with doubled ones made single. */
static const char *
copy_name(parse *p, const sql_token *token)
{
	char quote = token->kind == SQL_TOKEN_NAME ? token->start[-1] : '\0';
	char *name = arena_alloc(p->arena, token->len + 1), *n = name;

	if (name == NULL)
	{
		p->no_memory = true;
		return NULL;
	}
	for (size_t i = 0; i < token->len; i++)
	{
		*n++ = token->start[i];
		if (quote != '\0' && token->start[i] == quote)
			i++;
	}
	*n = '\0';
	return name;
}

static bool
is_name(const sql_tokens *t)
{
	return t->token.kind == SQL_TOKEN_WORD || t->token.kind == SQL_TOKEN_NAME;
}

static bool
add_table(parse *p, const char *schema, const char *table)
{
	statement *s = p->out;

	if (schema == NULL || table == NULL)
		return false;
	if (s->table_count == p->capacity)
	{
		size_t capacity = p->capacity == 0 ? 2 : p->capacity * 2;
		statement_table *tables = arena_alloc_zero(p->arena, capacity * sizeof(*tables));

		if (tables == NULL)
		{
			p->no_memory = true;
			return false;
		}
		if (s->table_count > 0)
			memcpy(tables, s->tables, s->table_count * sizeof(*tables));
		s->tables = tables;
		p->capacity = capacity;
	}
	s->tables[s->table_count++] = (statement_table){schema, table};
	return true;
}

/* Reads [schema.]table. */
static bool
take_table(parse *p)
{
	sql_token first = p->tokens.token, second = {0};

	if (!is_name(&p->tokens))
		return false;
	sql_tokens_next(&p->tokens);
	if (sql_tokens_is_symbol(&p->tokens, '.'))
	{
		sql_tokens_next(&p->tokens);
		if (!is_name(&p->tokens))
			return false;
		second = p->tokens.token;
		sql_tokens_next(&p->tokens);
	}
	if (p->arena == NULL)
		return true;
	if (second.start == NULL)
	{
		second = first;
		first = (sql_token){SQL_TOKEN_WORD, p->database, p->database_len};
	}
	return add_table(p, copy_name(p, &first), copy_name(p, &second));
}

static statement_kind
take_database(parse *p, statement_ddl ddl)
{
	skip_if_exists(&p->tokens);
	if (!is_name(&p->tokens))
		return STATEMENT_UNKNOWN;
	if (p->arena != NULL && !add_table(p, copy_name(p, &p->tokens.token), ""))
		return STATEMENT_UNKNOWN;
	p->out->ddl = ddl;
	return STATEMENT_TABLE_DDL;
}

/* True at SYSTEM VERSIONING, which is then taken. */
static bool
accept_versioning(sql_tokens *t)
{
	return sql_tokens_accept(t, "SYSTEM") && sql_tokens_accept(t, "VERSIONING");
}

/* True at ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT, which is then taken. */
static bool
accept_cascade(sql_tokens *t)
{
	if (!sql_tokens_accept(t, "ON") || !accept_any(t, "DELETE", "UPDATE"))
		return false;
	return sql_tokens_accept(t, "CASCADE") ||
	       (sql_tokens_accept(t, "SET") && accept_any(t, "NULL", "DEFAULT"));
}

/* Takes a clause that a table's definition and ALTER TABLE share, or else one token. */
static void
take_clause(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_accept(t, "WITHOUT"))
		accept_versioning(t);
	else if (accept_versioning(t))
		p->out->ddl = DDL_VERSIONING;
	else if (accept_cascade(t))
		p->out->ddl = DDL_CASCADE;
	else
		sql_tokens_next(t);
}

/* Looks through what follows the name of a CREATE TABLE. */
static statement_kind
parse_definition(parse *p)
{
	sql_tokens *t = &p->tokens;

	while (t->token.kind != SQL_TOKEN_END)
	{
		if (sql_tokens_is(t, "SELECT"))
			return STATEMENT_CHANGE;
		take_clause(p);
	}
	return STATEMENT_TABLE_DDL;
}

static statement_kind
parse_create(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_accept(t, "OR"))
		p->out->replaces = sql_tokens_accept(t, "REPLACE");
	if (accept_any(t, "DATABASE", "SCHEMA"))
		return take_database(p, DDL_CREATE_DATABASE);
	/* everything else but tables, temporary ones included, holds no rows that are mirrored */
	if (!sql_tokens_accept(t, "TABLE"))
		return STATEMENT_NEUTRAL;
	skip_if_exists(t);
	p->out->ddl = DDL_CREATE_TABLE;
	return take_table(p) ? parse_definition(p) : STATEMENT_UNKNOWN;
}

/* PARTITION or TABLE behind TRUNCATE, DROP, EXCHANGE or CONVERT: rows go or move, maybe to or from WITH or TO TABLE. */
static bool
take_moved_rows(parse *p)
{
	sql_tokens *t = &p->tokens;

	p->out->ddl = DDL_ALTER_ROWS;
	while (t->token.kind != SQL_TOKEN_END && !sql_tokens_is_symbol(t, ','))
	{
		if (!sql_tokens_accept(t, "TABLE"))
			sql_tokens_next(t);
		else if (!take_table(p))
			return false;
	}
	return true;
}

/* Looks through an ALTER TABLE's actions for those that move the table or drop rows. */
static statement_kind
parse_alter_actions(parse *p)
{
	sql_tokens *t = &p->tokens;

	while (t->token.kind != SQL_TOKEN_END)
	{
		if (sql_tokens_accept(t, "RENAME"))
		{
			if (sql_tokens_is(t, "COLUMN") || sql_tokens_is(t, "INDEX") || sql_tokens_is(t, "KEY"))
				continue;
			if (!accept_any(t, "TO", "AS") && sql_tokens_is_symbol(t, '='))
				sql_tokens_next(t);
			if (!take_table(p))
				return STATEMENT_UNKNOWN;
		}
		else if (accept_any(t, "TRUNCATE", "EXCHANGE") || accept_any(t, "DROP", "CONVERT"))
		{
			/* DROP COLUMN, DROP SYSTEM VERSIONING and CONVERT TO CHARACTER SET leave the rows */
			if ((sql_tokens_is(t, "PARTITION") || sql_tokens_is(t, "TABLE")) && !take_moved_rows(p))
				return STATEMENT_UNKNOWN;
			accept_versioning(t);
		}
		else if (accept_any(t, "DISCARD", "IMPORT"))
		{
			if (sql_tokens_is(t, "TABLESPACE") || sql_tokens_is(t, "PARTITION"))
				p->out->ddl = DDL_ALTER_ROWS;
		}
		else
			take_clause(p);
	}
	return STATEMENT_TABLE_DDL;
}

static statement_kind
parse_alter(parse *p)
{
	sql_tokens *t = &p->tokens;

	sql_tokens_accept(t, "ONLINE");
	sql_tokens_accept(t, "IGNORE");
	if (!sql_tokens_accept(t, "TABLE"))
		return STATEMENT_NEUTRAL;
	skip_if_exists(t);
	p->out->ddl = DDL_ALTER_TABLE;
	if (!take_table(p))
		return STATEMENT_UNKNOWN;
	skip_wait(t);
	return parse_alter_actions(p);
}

static statement_kind
parse_drop(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (accept_any(t, "DATABASE", "SCHEMA"))
		return take_database(p, DDL_DROP_DATABASE);
	if (!accept_any(t, "TABLE", "TABLES"))
		return STATEMENT_NEUTRAL;
	skip_if_exists(t);
	p->out->ddl = DDL_DROP_TABLE;
	for (;;)
	{
		if (!take_table(p))
			return STATEMENT_UNKNOWN;
		if (!sql_tokens_is_symbol(t, ','))
			return STATEMENT_TABLE_DDL;
		sql_tokens_next(t);
	}
}

static statement_kind
parse_truncate(parse *p)
{
	sql_tokens_accept(&p->tokens, "TABLE");
	p->out->ddl = DDL_TRUNCATE_TABLE;
	return take_table(p) ? STATEMENT_TABLE_DDL : STATEMENT_UNKNOWN;
}

static statement_kind
parse_rename(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (!accept_any(t, "TABLE", "TABLES"))
		return STATEMENT_NEUTRAL;
	skip_if_exists(t);
	p->out->ddl = DDL_RENAME_TABLE;
	for (;;)
	{
		if (!take_table(p))
			return STATEMENT_UNKNOWN;
		skip_wait(t);
		if (!sql_tokens_accept(t, "TO") || !take_table(p))
			return STATEMENT_UNKNOWN;
		if (!sql_tokens_is_symbol(t, ','))
			return STATEMENT_TABLE_DDL;
		sql_tokens_next(t);
	}
}

static statement_kind
parse_rollback(parse *p)
{
	sql_tokens_accept(&p->tokens, "WORK");
	return sql_tokens_is(&p->tokens, "TO") ? STATEMENT_ROLLBACK_TO : STATEMENT_ROLLBACK;
}

/* ANALYZE TABLE only reads; ANALYZE UPDATE and the like do what they say. */
static statement_kind
parse_analyze(parse *p)
{
	sql_tokens *t = &p->tokens;

	(void) accept_any(t, "LOCAL", "NO_WRITE_TO_BINLOG");
	return sql_tokens_is(t, "TABLE") || sql_tokens_is(t, "TABLES") ? STATEMENT_NEUTRAL
	                                                               : STATEMENT_CHANGE;
}

static statement_kind parse_statement(parse *p);

static void
set_word(statement *s, const sql_token *token)
{
	size_t len = token->len < sizeof(s->word) - 1 ? token->len : sizeof(s->word) - 1;

	for (size_t i = 0; i < len; i++)
	{
		char c = token->start[i];

		s->word[i] = (char) (c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	s->word[len] = '\0';
}

/* SET STATEMENT variable = expression, ... FOR what counts; any other SET changes no rows. */
static statement_kind
parse_set(parse *p)
{
	sql_tokens *t = &p->tokens;
	int depth = 0;

	if (!sql_tokens_accept(t, "STATEMENT"))
		return STATEMENT_NEUTRAL;
	while (t->token.kind != SQL_TOKEN_END && (depth > 0 || !sql_tokens_is(t, "FOR")))
	{
		depth += sql_tokens_is_symbol(t, '(') - sql_tokens_is_symbol(t, ')');
		sql_tokens_next(t);
	}
	if (!sql_tokens_accept(t, "FOR") || sql_tokens_is(t, "SET"))
		return STATEMENT_UNKNOWN;
	set_word(p->out, &t->token);
	return parse_statement(p);
}

static statement_kind
parse_statement(parse *p)
{
	static const struct
	{
		const char *word;
		statement_kind (*parse)(parse *);
	} parsers[] = {{"CREATE", parse_create}, {"ALTER", parse_alter},
	               {"DROP", parse_drop},     {"TRUNCATE", parse_truncate},
	               {"RENAME", parse_rename}, {"ROLLBACK", parse_rollback},
	               {"SET", parse_set},       {"ANALYZE", parse_analyze}};
	sql_tokens *t = &p->tokens;

	for (size_t i = 0; i < sizeof(parsers) / sizeof(*parsers); i++)
		if (sql_tokens_accept(t, parsers[i].word))
			return parsers[i].parse(p);
	for (size_t i = 0; i < sizeof(first_words) / sizeof(*first_words); i++)
		if (sql_tokens_is(t, first_words[i].word))
			return first_words[i].kind;
	return STATEMENT_UNKNOWN;
}

bool
statement_parse(const char *sql, size_t len, const char *database, size_t database_len, arena *a,
                statement *out)
{
	parse p = {.database = database, .database_len = database_len, .arena = a, .out = out};

	*out = (statement){0};
	sql_tokens_open(&p.tokens, sql, len);
	set_word(out, &p.tokens.token);
	out->kind = parse_statement(&p);
	if (out->kind != STATEMENT_TABLE_DDL)
	{
		out->ddl = DDL_NONE;
		out->replaces = false;
	}
	return !p.no_memory;
}

statement_kind
statement_classify(const char *sql, size_t len)
{
	statement s = {0};
	parse p = {.out = &s};

	sql_tokens_open(&p.tokens, sql, len);
	return parse_statement(&p);
}
