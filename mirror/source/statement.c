/*
 * source/statement.c
 *	  The SQL text of QUERY events: what a statement does, and to which tables.
 */
#include "source/statement.h"

#include <string.h>
#include "source/statement_parse.h"

/* Statements that their first word decides. */
static const struct
{
	const char *word;
	statement_kind kind;
} first_words[] = {
    {"BEGIN", STATEMENT_BEGIN},      {"START", STATEMENT_BEGIN},
    {"COMMIT", STATEMENT_COMMIT},    {"RELEASE", STATEMENT_NEUTRAL},
    {"INSERT", STATEMENT_CHANGE},    {"UPDATE", STATEMENT_CHANGE},
    {"DELETE", STATEMENT_CHANGE},    {"REPLACE", STATEMENT_CHANGE},
    {"LOAD", STATEMENT_CHANGE},      {"CALL", STATEMENT_CHANGE},
    {"DO", STATEMENT_CHANGE},        {"WITH", STATEMENT_CHANGE},
    {"SELECT", STATEMENT_CHANGE},    {"VALUES", STATEMENT_CHANGE},
    {"EXECUTE", STATEMENT_CHANGE},   {"GRANT", STATEMENT_NEUTRAL},
    {"REVOKE", STATEMENT_NEUTRAL},   {"FLUSH", STATEMENT_NEUTRAL},
    {"OPTIMIZE", STATEMENT_NEUTRAL}, {"REPAIR", STATEMENT_NEUTRAL},
    {"CHECK", STATEMENT_NEUTRAL},    {"CHECKSUM", STATEMENT_NEUTRAL},
    {"INSTALL", STATEMENT_NEUTRAL},  {"UNINSTALL", STATEMENT_NEUTRAL},
    {"USE", STATEMENT_NEUTRAL},      {"LOCK", STATEMENT_NEUTRAL},
    {"UNLOCK", STATEMENT_NEUTRAL},   {"SHOW", STATEMENT_NEUTRAL},
    {"PREPARE", STATEMENT_NEUTRAL},  {"DEALLOCATE", STATEMENT_NEUTRAL},
    {"PURGE", STATEMENT_NEUTRAL},    {"RESET", STATEMENT_NEUTRAL},
    {"CACHE", STATEMENT_NEUTRAL},
};

bool
parse_accept_any(sql_tokens *t, const char *one, const char *other)
{
	return sql_tokens_accept(t, one) || sql_tokens_accept(t, other);
}

void
parse_skip_if_exists(sql_tokens *t)
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
	char quote = token->kind != SQL_TOKEN_NAME ? '\0'
	             : token->start[-1] == '['     ? ']'
	                                           : token->start[-1];
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

bool
parse_at_name(const sql_tokens *t)
{
	return (t->token.kind == SQL_TOKEN_WORD || t->token.kind == SQL_TOKEN_NAME) &&
	       !sql_tokens_is_foreign(t);
}

/* Room for one more of an array in the arena; NULL without memory. */
static void *
grow(parse *p, void *items, size_t count, size_t *capacity, size_t size)
{
	void *grown;

	if (count < *capacity)
		return items;
	*capacity = *capacity == 0 ? 2 : *capacity * 2;
	grown = arena_alloc_zero(p->arena, *capacity * size);
	if (grown == NULL)
		p->no_memory = true;
	else if (count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

static bool
add_table(parse *p, const char *schema, const char *table, table_effect effect)
{
	statement *s = p->out;
	statement_table *tables;

	if (schema == NULL || table == NULL)
		return false;
	tables = grow(p, s->tables, s->table_count, &p->table_capacity, sizeof(*tables));
	if (tables == NULL)
		return false;
	s->tables = tables;
	s->tables[s->table_count++] = (statement_table){schema, table, effect};
	return true;
}

bool
parse_add_column(parse *p, const sql_token *name, const sql_token *next,
                 statement_column_change change)
{
	statement *s = p->out;
	statement_column column = {.change = change}, *columns;

	column.name = copy_name(p, name);
	column.next = next == NULL ? NULL : copy_name(p, next);
	columns = grow(p, s->columns, s->column_count, &p->column_capacity, sizeof(*columns));
	if (p->no_memory)
		return false;
	s->columns = columns;
	s->columns[s->column_count++] = column;
	return true;
}

bool
parse_table(parse *p, table_effect effect)
{
	sql_token first = p->tokens.token, second = {0};

	if (!parse_at_name(&p->tokens))
		return false;
	sql_tokens_next(&p->tokens);
	if (sql_tokens_is_symbol(&p->tokens, '.'))
	{
		sql_tokens_next(&p->tokens);
		if (!parse_at_name(&p->tokens))
			return false;
		second = p->tokens.token;
		sql_tokens_next(&p->tokens);
	}
	if (second.start == NULL)
	{
		second = first;
		first = (sql_token){SQL_TOKEN_WORD, p->database, p->database_len};
	}
	return add_table(p, copy_name(p, &first), copy_name(p, &second), effect);
}

static statement_kind
take_database(parse *p, statement_ddl ddl)
{
	parse_skip_if_exists(&p->tokens);
	if (!parse_at_name(&p->tokens))
		return STATEMENT_UNKNOWN;
	if (!add_table(p, copy_name(p, &p->tokens.token), "", TABLE_NAMED))
		return STATEMENT_UNKNOWN;
	p->out->ddl = ddl;
	return STATEMENT_TABLE_DDL;
}

/* True at SYSTEM VERSIONING, which is then taken. */
static bool
accept_versioning(sql_tokens *t)
{
	return sql_tokens_accept_all(t, "SYSTEM VERSIONING");
}

/* True at ON DELETE or ON UPDATE with CASCADE, SET NULL or SET DEFAULT, which is then taken. */
static bool
accept_cascade(sql_tokens *t)
{
	if (!sql_tokens_accept(t, "ON") || !parse_accept_any(t, "DELETE", "UPDATE"))
		return false;
	return sql_tokens_accept(t, "CASCADE") ||
	       (sql_tokens_accept(t, "SET") && parse_accept_any(t, "NULL", "DEFAULT"));
}

void
parse_clause(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_accept(t, "WITHOUT"))
		accept_versioning(t);
	else if (accept_versioning(t))
		p->out->ddl = DDL_VERSIONING;
	else if (accept_cascade(t))
		p->out->ddl = DDL_CASCADE;
	else
		sql_tokens_skip(t);
}

void
parse_engine(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_is_symbol(t, '='))
		sql_tokens_next(t);
	p->out->no_transactions = sql_tokens_is_any(t, "ARIA MYISAM");
	if (!sql_tokens_is_any(t, "INNODB ARIA MYISAM ROCKSDB") && p->out->ddl != DDL_VERSIONING &&
	    p->out->ddl != DDL_CASCADE)
		p->out->ddl = DDL_ENGINE;
	sql_tokens_next(t);
}

/* Looks through what follows the name of a CREATE TABLE: (columns and keys) and options, LIKE or SELECT. */
static statement_kind
parse_definition(parse *p)
{
	sql_tokens *t = &p->tokens;
	int depth = 0;

	while (t->token.kind != SQL_TOKEN_END)
	{
		if (sql_tokens_is(t, "SELECT"))
			return STATEMENT_CHANGE;
		depth += sql_tokens_is_symbol(t, '(') - sql_tokens_is_symbol(t, ')');
		if (depth == 0 && sql_tokens_accept(t, "ENGINE"))
			parse_engine(p);
		else if (sql_tokens_is_symbol(t, '('))
			sql_tokens_next(t);
		else
			parse_clause(p);
	}
	return STATEMENT_TABLE_DDL;
}

static statement_kind
parse_create(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_accept(t, "OR"))
		p->out->replaces = sql_tokens_accept(t, "REPLACE");
	if (parse_accept_any(t, "DATABASE", "SCHEMA"))
		return take_database(p, DDL_CREATE_DATABASE);
	/* everything else but tables, temporary ones included, holds no rows that are mirrored */
	if (!sql_tokens_accept(t, "TABLE"))
		return STATEMENT_NEUTRAL;
	parse_skip_if_exists(t);
	p->out->ddl = DDL_CREATE_TABLE;
	return parse_table(p, p->out->replaces ? TABLE_EMPTIED : TABLE_NAMED) ? parse_definition(p)
	                                                                      : STATEMENT_UNKNOWN;
}

static statement_kind
parse_alter(parse *p)
{
	sql_tokens *t = &p->tokens;
	bool ignore;

	sql_tokens_accept(t, "ONLINE");
	ignore = sql_tokens_accept(t, "IGNORE");
	if (!sql_tokens_accept(t, "TABLE"))
		return STATEMENT_NEUTRAL;
	parse_skip_if_exists(t);
	p->out->ddl = DDL_ALTER_TABLE;
	if (!parse_table(p, ignore ? TABLE_AGAIN : TABLE_NAMED))
		return STATEMENT_UNKNOWN;
	p->out->why = ignore ? "IGNORE" : NULL;
	skip_wait(t);
	return parse_alter_actions(p);
}

static statement_kind
parse_drop(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (parse_accept_any(t, "DATABASE", "SCHEMA"))
		return take_database(p, DDL_DROP_DATABASE);
	if (!parse_accept_any(t, "TABLE", "TABLES"))
		return STATEMENT_NEUTRAL;
	parse_skip_if_exists(t);
	p->out->ddl = DDL_DROP_TABLE;
	for (;;)
	{
		if (!parse_table(p, TABLE_GONE))
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
	return parse_table(p, TABLE_EMPTIED) ? STATEMENT_TABLE_DDL : STATEMENT_UNKNOWN;
}

static statement_kind
parse_rename(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (!parse_accept_any(t, "TABLE", "TABLES"))
		return STATEMENT_NEUTRAL;
	parse_skip_if_exists(t);
	p->out->ddl = DDL_RENAME_TABLE;
	for (;;)
	{
		if (!parse_table(p, TABLE_GONE))
			return STATEMENT_UNKNOWN;
		skip_wait(t);
		if (!sql_tokens_accept(t, "TO") || !parse_table(p, TABLE_AGAIN))
			return STATEMENT_UNKNOWN;
		if (!sql_tokens_is_symbol(t, ','))
			return STATEMENT_TABLE_DDL;
		sql_tokens_next(t);
	}
}

static void
take_savepoint(parse *p)
{
	if (parse_at_name(&p->tokens))
		p->out->savepoint = copy_name(p, &p->tokens.token);
}

static statement_kind
parse_xa(parse *p)
{
	if (sql_tokens_is(&p->tokens, "COMMIT"))
		return STATEMENT_XA_COMMIT;
	return sql_tokens_is(&p->tokens, "ROLLBACK") ? STATEMENT_XA_ROLLBACK : STATEMENT_XA;
}

static statement_kind
parse_savepoint(parse *p)
{
	take_savepoint(p);
	return STATEMENT_SAVEPOINT;
}

static statement_kind
parse_rollback(parse *p)
{
	sql_tokens *t = &p->tokens;

	sql_tokens_accept(t, "WORK");
	if (!sql_tokens_accept(t, "TO"))
		return STATEMENT_ROLLBACK;
	sql_tokens_accept(t, "SAVEPOINT");
	take_savepoint(p);
	return STATEMENT_ROLLBACK_TO;
}

/* ANALYZE TABLE only reads; ANALYZE UPDATE and the like do what they say. */
static statement_kind
parse_analyze(parse *p)
{
	sql_tokens *t = &p->tokens;

	(void) parse_accept_any(t, "LOCAL", "NO_WRITE_TO_BINLOG");
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

/* Behind SET STATEMENT variable = expression, ... FOR. */
static bool
skip_set_statement(sql_tokens *t)
{
	int depth = 0;

	while (t->token.kind != SQL_TOKEN_END && (depth > 0 || !sql_tokens_is(t, "FOR")))
	{
		depth += sql_tokens_is_symbol(t, '(') - sql_tokens_is_symbol(t, ')');
		sql_tokens_next(t);
	}
	return sql_tokens_accept(t, "FOR");
}

/* SET STATEMENT ... FOR what counts; any other SET changes no rows. */
static statement_kind
parse_set(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (!sql_tokens_accept(t, "STATEMENT"))
		return STATEMENT_NEUTRAL;
	if (!skip_set_statement(t) || sql_tokens_is(t, "SET"))
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
	} parsers[] = {{"CREATE", parse_create},
	               {"ALTER", parse_alter},
	               {"DROP", parse_drop},
	               {"TRUNCATE", parse_truncate},
	               {"RENAME", parse_rename},
	               {"ROLLBACK", parse_rollback},
	               {"SET", parse_set},
	               {"ANALYZE", parse_analyze},
	               {"SAVEPOINT", parse_savepoint},
	               {"XA", parse_xa}};
	sql_tokens *t = &p->tokens;

	for (size_t i = 0; i < sizeof(parsers) / sizeof(*parsers); i++)
		if (sql_tokens_accept(t, parsers[i].word))
			return parsers[i].parse(p);
	for (size_t i = 0; i < sizeof(first_words) / sizeof(*first_words); i++)
	{
		if (!sql_tokens_is(t, first_words[i].word))
			continue;
		return first_words[i].kind == STATEMENT_CHANGE ? parse_change(p) : first_words[i].kind;
	}
	return STATEMENT_UNKNOWN;
}

bool
statement_parse(const char *sql, size_t len, const char *database, size_t database_len,
                const sql_dialect *dialect, arena *a, statement *out)
{
	parse p = {.database = database, .database_len = database_len, .arena = a, .out = out};

	*out = (statement){0};
	sql_tokens_open(&p.tokens, sql, len, dialect);
	set_word(out, &p.tokens.token);
	out->kind = parse_statement(&p);
	if (p.tokens.opaque)
		out->kind = STATEMENT_UNKNOWN;
	if (out->kind != STATEMENT_TABLE_DDL)
	{
		out->ddl = DDL_NONE;
		out->replaces = false;
		out->column_count = 0;
		if (out->kind != STATEMENT_CHANGE)
			out->table_count = 0;
	}
	return !p.no_memory;
}

bool
statement_replaces_rows(const char *sql, size_t len)
{
	static const sql_dialect usual; /* no mode changes what stands in front */
	sql_tokens t;

	sql_tokens_open(&t, sql, len, &usual);
	if (sql_tokens_accept(&t, "SET") && sql_tokens_accept(&t, "STATEMENT"))
		skip_set_statement(&t);
	if (sql_tokens_is(&t, "ANALYZE") || sql_tokens_is(&t, "LOAD"))
		while (t.token.kind != SQL_TOKEN_END && !sql_tokens_is(&t, "REPLACE") &&
		       !sql_tokens_is(&t, "INTO"))
			sql_tokens_next(&t);
	return sql_tokens_is(&t, "REPLACE");
}
