/*
 * source/statement_alter.c
 *	  ALTER TABLE: which of its actions leave rows and values as they are.
 *
 * The lists say what does; everything else has the table's rows read again.
 */
#include "source/statement_parse.h"

/* Actions that change no row and no value, by their first words; IGNORE, before all, may delete rows by any of them. */
static const char *const harmless_actions[] = {
    "ADD INDEX",
    "ADD KEY",
    "ADD UNIQUE",
    "ADD FULLTEXT",
    "ADD SPATIAL",
    "ADD VECTOR INDEX",
    "ADD VECTOR KEY",
    "ADD FOREIGN KEY",
    "ADD CHECK",
    "ADD PARTITION",
    "ALTER",
    "DROP INDEX",
    "DROP KEY",
    "DROP PRIMARY KEY",
    "DROP FOREIGN KEY",
    "DROP CONSTRAINT",
    "RENAME INDEX",
    "RENAME KEY",
    "ORDER BY",
    "ENABLE KEYS",
    "DISABLE KEYS",
    "FORCE",
    "PARTITION BY",
    "REMOVE PARTITIONING",
    "COALESCE PARTITION",
    "REORGANIZE PARTITION",
    "REBUILD PARTITION",
    "ANALYZE PARTITION",
    "CHECK PARTITION",
    "OPTIMIZE PARTITION",
    /* until IMPORT nobody has the rows */
    "DISCARD",
};

/* Options of tables that change no row and no value; each has a value of one token. */
static const char harmless_options[] =
    "ALGORITHM AUTO_INCREMENT AVG_ROW_LENGTH CHARSET CHECKSUM COLLATE COMMENT DELAY_KEY_WRITE "
    "ENCRYPTED "
    "ENCRYPTION_KEY_ID KEY_BLOCK_SIZE LOCK MAX_ROWS MIN_ROWS PACK_KEYS PAGE_CHECKSUM "
    "PAGE_COMPRESSED "
    "PAGE_COMPRESSION_LEVEL ROW_FORMAT STATS_AUTO_RECALC STATS_PERSISTENT STATS_SAMPLE_PAGES "
    "TABLE_CHECKSUM TRANSACTIONAL";

/*
 * Words of a new column's definition with which rows that are there get NULL. Not among them: NOT NULL, other defaults, what computes a
 * value, and TIMESTAMP, which may be NOT NULL by itself.
 */
static const char nullable_words[] =
    "BIGINT BINARY BIT BLOB BOOL BOOLEAN BYTE CHAR CHARACTER COMPRESSED DATE DATETIME DEC DECIMAL "
    "DOUBLE ENUM FIRST FIXED FLOAT GEOMETRY INET4 INET6 INT INTEGER INVISIBLE JSON LONG LONGBLOB "
    "LONGTEXT MEDIUMBLOB MEDIUMINT MEDIUMTEXT NATIONAL NCHAR NULL NUMERIC NVARCHAR POINT PRECISION "
    "REAL SET "
    "SIGNED SMALLINT TEXT TIME TINYBLOB TINYINT TINYTEXT UNSIGNED UUID VARBINARY VARCHAR VARYING "
    "YEAR "
    "ZEROFILL";

static bool
at_end(const sql_tokens *t)
{
	return t->token.kind == SQL_TOKEN_END || sql_tokens_is_symbol(t, ',') ||
	       sql_tokens_is_symbol(t, ')');
}

static void
skip_action(parse *p)
{
	while (!at_end(&p->tokens))
		parse_clause(p);
}

/* The table's rows, or their values, may be others than before. */
static void
read_again(parse *p, const char *why)
{
	if (p->out->table_count > 0 && p->out->tables[0].effect == TABLE_NAMED)
		p->out->tables[0].effect = TABLE_AGAIN;
	if (p->out->why == NULL)
		p->out->why = why;
}

/* Reads a new column's definition up to its end. True if rows that are there get NULL in it. */
static bool
take_definition(parse *p)
{
	sql_tokens *t = &p->tokens;
	bool nullable = true;

	while (!at_end(t))
	{
		if (parse_accept_any(t, "COLLATE", "CHARSET") ||
		    sql_tokens_accept_all(t, "CHARACTER SET") || parse_accept_any(t, "AFTER", "COMMENT"))
			sql_tokens_next(t);
		else if (sql_tokens_accept_all(t, "DEFAULT NULL"))
			continue;
		else if (sql_tokens_is_any(t, nullable_words))
		{
			sql_tokens_next(t);
			if (sql_tokens_is_symbol(t, '('))
				sql_tokens_skip(t);
		}
		else
		{
			nullable = false;
			parse_clause(p);
		}
	}
	return nullable;
}

/* What the definition that comes says of the type; it is still to be read. */
static declared_type
peek_type(const parse *p)
{
	sql_tokens ahead = p->tokens;

	return declared_type_parse(&ahead, p->arena);
}

static bool
add_typed(parse *p, const sql_token *name, const sql_token *next, statement_column_change change,
          const declared_type *type)
{
	if (!parse_add_column(p, name, next, change))
		return false;
	p->out->columns[p->out->column_count - 1].type = *type;
	return true;
}

/* [[database.]table.]column: its last part. */
static bool
take_column_name(sql_tokens *t, sql_token *name)
{
	for (;;)
	{
		if (sql_tokens_is_symbol(t, '.'))
			sql_tokens_next(t);
		*name = t->token;
		if (!parse_at_name(t))
			return false;
		sql_tokens_next(t);
		if (!sql_tokens_is_symbol(t, '.'))
			return true;
	}
}

static bool
take_new_column(parse *p)
{
	sql_token name;
	declared_type type;

	if (!take_column_name(&p->tokens, &name))
		return false;
	type = peek_type(p);
	return add_typed(p, &name, NULL, take_definition(p) ? COLUMN_ADDED_NULL : COLUMN_ADDED, &type);
}

/* ADD PRIMARY KEY (column, ...), at PRIMARY. The action's end is its caller's. */
static bool
take_primary_key(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (!sql_tokens_accept_all(t, "PRIMARY KEY") || !sql_tokens_is_symbol(t, '('))
	{
		read_again(p, "ADD PRIMARY KEY");
		return true;
	}
	do
	{
		sql_token name;

		sql_tokens_next(t);
		name = t->token;
		if (!parse_at_name(t) || !parse_add_column(p, &name, NULL, COLUMN_KEYED))
			return false;
		sql_tokens_next(t);
		while (sql_tokens_is_any(t, "ASC DESC") || sql_tokens_is_symbol(t, '('))
			sql_tokens_skip(t);
	} while (sql_tokens_is_symbol(t, ','));
	if (!sql_tokens_is_symbol(t, ')'))
		return false;
	sql_tokens_next(t);
	return true;
}

/* ADD (column, column, key...) */
static bool
take_column_list(parse *p)
{
	sql_tokens *t = &p->tokens;

	do
	{
		sql_tokens_next(t);
		if (sql_tokens_is_any(t, "PRIMARY CONSTRAINT PERIOD"))
		{
			read_again(p, "ADD PRIMARY KEY");
			skip_action(p);
		}
		else if (sql_tokens_is_any(t, "INDEX KEY UNIQUE FULLTEXT SPATIAL FOREIGN CHECK"))
			skip_action(p);
		else if (!take_new_column(p))
			return false;
	} while (sql_tokens_is_symbol(t, ','));
	if (!sql_tokens_is_symbol(t, ')'))
		return false;
	sql_tokens_next(t);
	return true;
}

static bool
take_add(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (sql_tokens_accept(t, "CONSTRAINT"))
	{
		if (!sql_tokens_is_any(t, "PRIMARY UNIQUE FOREIGN CHECK"))
			sql_tokens_next(t);
		parse_skip_if_exists(t);
		return !sql_tokens_is(t, "PRIMARY") || take_primary_key(p);
	}
	if (sql_tokens_is(t, "PRIMARY"))
		return take_primary_key(p);
	if (sql_tokens_accept_all(t, "PERIOD FOR"))
		read_again(p, "ADD PERIOD");
	else if (sql_tokens_accept_all(t, "SYSTEM VERSIONING"))
		p->out->ddl = DDL_VERSIONING;
	else
	{
		sql_tokens_accept(t, "COLUMN");
		parse_skip_if_exists(t);
		return sql_tokens_is_symbol(t, '(') ? take_column_list(p) : take_new_column(p);
	}
	return true;
}

static bool
take_drop(parse *p)
{
	sql_tokens *t = &p->tokens;
	sql_token name;

	if (sql_tokens_is(t, "PARTITION"))
		read_again(p, "DROP PARTITION");
	else if (sql_tokens_accept_all(t, "SYSTEM VERSIONING"))
		read_again(p, "DROP SYSTEM VERSIONING");
	else if (sql_tokens_accept_all(t, "PERIOD FOR"))
		return true;
	else
	{
		sql_tokens_accept(t, "COLUMN");
		parse_skip_if_exists(t);
		name = t->token;
		return parse_at_name(t) && parse_add_column(p, &name, NULL, COLUMN_DROPPED);
	}
	return true;
}

/* CHANGE [COLUMN] old new ..., MODIFY [COLUMN] name ..., RENAME COLUMN old TO new. */
static bool
take_changed_column(parse *p, bool renames)
{
	sql_tokens *t = &p->tokens;
	sql_token name, next;
	declared_type type;

	sql_tokens_accept(t, "COLUMN");
	parse_skip_if_exists(t);
	if (!renames)
	{
		if (!take_column_name(t, &name))
			return false;
		type = peek_type(p);
		return add_typed(p, &name, NULL, COLUMN_CHANGED, &type);
	}
	name = t->token;
	if (!parse_at_name(t))
		return false;
	sql_tokens_next(t);
	sql_tokens_accept(t, "TO");
	if (!take_column_name(t, &next))
		return false;
	type = peek_type(p);
	return add_typed(p, &name, &next, COLUMN_CHANGED, &type);
}

/* CONVERT TO CHARACTER SET; CONVERT TABLE t TO PARTITION p; CONVERT PARTITION p TO TABLE t. */
/* The table that TABLE names further on in the action; *found false: there is none. */
static bool
parse_table_behind(parse *p, bool *found)
{
	sql_tokens *t = &p->tokens;

	while (!at_end(t))
	{
		*found = sql_tokens_accept(t, "TABLE");
		if (*found)
			return parse_table(p, TABLE_AGAIN);
		sql_tokens_next(t);
	}
	*found = false;
	return true;
}

static bool
take_convert(parse *p)
{
	sql_tokens *t = &p->tokens;
	bool found;

	read_again(p, "CONVERT");
	if (sql_tokens_accept(t, "TABLE"))
		return parse_table(p, TABLE_GONE);
	return parse_table_behind(p, &found);
}

static bool
take_exchange(parse *p)
{
	bool found;

	read_again(p, "EXCHANGE PARTITION");
	return parse_table_behind(p, &found) && found;
}

static bool
take_rename(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (!parse_accept_any(t, "TO", "AS") && sql_tokens_is_symbol(t, '='))
		sql_tokens_next(t);
	if (p->out->table_count > 0)
		p->out->tables[0].effect = TABLE_GONE;
	return parse_table(p, TABLE_AGAIN);
}

/* Options of the table, separated by blanks. False if one is not known. */
static bool
take_options(parse *p)
{
	sql_tokens *t = &p->tokens;

	while (!at_end(t))
	{
		if (sql_tokens_accept(t, "ENGINE"))
		{
			parse_engine(p);
			continue;
		}
		if (sql_tokens_is_any(t, "PARTITION REMOVE"))
		{
			/* PARTITION BY, REMOVE PARTITIONING, behind the last action */
			skip_action(p);
			continue;
		}
		sql_tokens_accept(t, "DEFAULT");
		if (!sql_tokens_accept_all(t, "CHARACTER SET") &&
		    !sql_tokens_accept_all(t, "DATA DIRECTORY") &&
		    !sql_tokens_accept_all(t, "INDEX DIRECTORY"))
		{
			if (!sql_tokens_is_any(t, harmless_options))
				return false;
			sql_tokens_next(t);
		}
		if (sql_tokens_is_symbol(t, '='))
			sql_tokens_next(t);
		sql_tokens_next(t);
	}
	return true;
}

static bool
take_harmless(sql_tokens *t)
{
	for (size_t i = 0; i < sizeof(harmless_actions) / sizeof(*harmless_actions); i++)
	{
		if (sql_tokens_accept_all(t, harmless_actions[i]))
			return true;
	}
	return false;
}

/* One action up to its end; false if a name in it cannot be read. */
static bool
take_action(parse *p)
{
	sql_tokens *t = &p->tokens;

	if (take_harmless(t))
		return true;
	if (sql_tokens_accept(t, "ADD"))
		return take_add(p);
	if (sql_tokens_accept(t, "DROP"))
		return take_drop(p);
	if (sql_tokens_accept(t, "CHANGE") || sql_tokens_accept_all(t, "RENAME COLUMN"))
		return take_changed_column(p, true);
	if (sql_tokens_accept(t, "MODIFY"))
		return take_changed_column(p, false);
	if (sql_tokens_accept(t, "RENAME"))
		return take_rename(p);
	if (sql_tokens_accept(t, "CONVERT"))
		return take_convert(p);
	if (sql_tokens_accept(t, "EXCHANGE"))
		return take_exchange(p);
	if (sql_tokens_is_any(t, "TRUNCATE IMPORT"))
		read_again(p, sql_tokens_is(t, "IMPORT") ? "IMPORT TABLESPACE" : "TRUNCATE PARTITION");
	else if (!take_options(p))
		read_again(p, "an action that is not known");
	return true;
}

statement_kind
parse_alter_actions(parse *p)
{
	sql_tokens *t = &p->tokens;

	for (;;)
	{
		if (!take_action(p))
			return STATEMENT_UNKNOWN;
		skip_action(p);
		/* a parenthesis that nothing has opened: not read as the server did */
		if (sql_tokens_is_symbol(t, ')'))
			return STATEMENT_UNKNOWN;
		if (t->token.kind == SQL_TOKEN_END)
			return STATEMENT_TABLE_DDL;
		sql_tokens_next(t);
	}
}
