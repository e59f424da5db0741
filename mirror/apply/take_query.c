/*
 * apply/take_query.c
 *	  QUERY events: statements that end, undo or are a source transaction, and DDL; see take.h.
 */
#include <string.h>
#include "apply/ddl.h"
#include "apply/take.h"
#include "source/event.h"
#include "source/statement.h"
#include "support/log.h"

/* True if a mirrored table may be changed: where the statement's tables cannot be told, the text decides. */
static bool
query_matters(const applier *a, const query_event *q, const statement *s)
{
	if (s->table_count > 0)
		return ddl_names_mirrored(a, s);
	return ddl_text_concerns(a->wikis, &a->id, q->database, q->database_len, q->sql, q->sql_len);
}

static status
fail_statement(const query_event *q, const char *what)
{
	size_t len = 0;

	/* not its values: they may be what must not leave the source */
	while (len < q->sql_len && len < 200 && strchr("'\"=", q->sql[len]) == NULL)
		len++;
	log_error_hint(
	    "make the source write ROW format only (SET GLOBAL binlog_format = 'ROW', and no "
	    "session that changes it), then copy the wikis of this database again with "
	    "mwmirror snapshot --force; the position is before it",
	    "%s, database %.*s: %.*s%s", what, (int) q->database_len, q->database, (int) len, q->sql,
	    len < q->sql_len ? "..." : "");
	return STATUS_DATA;
}

static status
set_savepoint(applier *a, const statement *s)
{
	if (undone_savepoint(a->undone, s->savepoint))
		return STATUS_OK;
	log_error("out of memory for a savepoint");
	return STATUS_MEMORY;
}

static status
undo_to_savepoint(applier *a, const statement *s)
{
	if (undone_to_savepoint(a->undone, s->savepoint) || a->rows == 0)
		return STATUS_OK;
	log_error_hint(
	    TAKE_REMEDY,
	    "the source has undone a part of a transaction, to a savepoint that this program "
	    "does not know: '%s'",
	    s->savepoint == NULL ? "" : s->savepoint);
	return STATUS_DATA;
}

static status
take_statement(applier *a, const query_event *q, const statement *s)
{
	switch (s->kind)
	{
		case STATEMENT_ROLLBACK:
			undone_all(a->undone);
			return STATUS_OK;
		case STATEMENT_SAVEPOINT:
			return set_savepoint(a, s);
		case STATEMENT_ROLLBACK_TO:
			return undo_to_savepoint(a, s);
		case STATEMENT_XA_COMMIT:
		case STATEMENT_XA_ROLLBACK:
			return xa_end(a, s->kind == STATEMENT_XA_COMMIT);
		case STATEMENT_CHANGE:
			if (!query_matters(a, q, s))
				return STATUS_OK;
			return fail_statement(q, "a change in STATEMENT format");
		case STATEMENT_UNKNOWN:
			if (!query_matters(a, q, s))
				return STATUS_OK;
			return fail_statement(q, "a statement that is not understood");
		case STATEMENT_TABLE_DDL:
			return a->unmade ? STATUS_OK : ddl_take(a, s);
		default:
			return STATUS_OK;
	}
}

status
take_query(applier *a, const reader_item *item, uint32_t *microseconds)
{
	query_event q;
	statement s;
	decode_error err;
	status result;

	if (!event_parse_query(item->type, item->body, item->len, a->scratch, &q, &err))
	{
		log_error_hint(TAKE_REMEDY, "a QUERY event cannot be read: %s", err.message);
		return STATUS_DATA;
	}
	*microseconds = q.microseconds;
	if (!statement_parse(q.sql, q.sql_len, q.database, q.database_len, &q.dialect, a->scratch, &s))
	{
		log_error("out of memory for a statement");
		return STATUS_MEMORY;
	}
	result = take_statement(a, &q, &s);
	arena_reset(a->scratch);
	return result;
}
