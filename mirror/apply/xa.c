/*
 * apply/xa.c
 *	  XA transactions; see xa.h.
 */
#include "apply/xa.h"

#include <stdlib.h>
#include <string.h>
#include "apply/copy_again.h"
#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"

#define DOING "write mwmirror.xa_prepared"

/* A table that the branch has rows of. */
typedef struct note
{
	const wiki *wiki;
	char *bare;
} note;

struct xa_watch
{
	const char *source_name;
	bool any; /* branches may be in mwmirror.xa_prepared */

	/* the source transaction */
	bool prepared;
	char id[2 * GTID_XA_MOST + 1]; /* of its branch, hexadecimal; empty: it has none */
	note *notes;
	size_t count;
	size_t size;
};

status
xa_load(PGconn *conn, const char *source_name, xa_watch **out)
{
	const char *params[] = {source_name};
	xa_watch *x = calloc(1, sizeof(*x));
	PGresult *res;
	status result;

	*out = x;
	if (x == NULL)
	{
		log_error("out of memory for XA transactions");
		return STATUS_MEMORY;
	}
	x->source_name = source_name;
	result = pg_execute_params(
	    conn, "SELECT EXISTS (SELECT FROM mwmirror.xa_prepared WHERE source_name = $1)", 1, params,
	    "read mwmirror.xa_prepared", NULL, 0, &res);
	if (result == STATUS_OK)
		x->any = *PQgetvalue(res, 0, 0) == 't';
	PQclear(res);
	return result;
}

static void
forget_notes(xa_watch *x)
{
	for (size_t i = 0; i < x->count; i++)
		free(x->notes[i].bare);
	x->count = 0;
}

void
xa_destroy(xa_watch *x)
{
	if (x == NULL)
		return;
	forget_notes(x);
	free(x->notes);
	free(x);
}

void
xa_begin(xa_watch *x, const gtid_event *event)
{
	static const char digits[] = "0123456789abcdef";
	char *p = x->id;

	forget_notes(x);
	x->prepared = (event->flags & GTID_FLAG_PREPARED_XA) != 0;
	for (size_t i = 0; i < event->xa_len; i++)
	{
		*p++ = digits[event->xa[i] >> 4];
		*p++ = digits[event->xa[i] & 15];
	}
	*p = '\0';
}

bool
xa_is_prepared(const xa_watch *x)
{
	return x->prepared;
}

status
xa_note(xa_watch *x, const source_table *t)
{
	note *grown;

	for (size_t i = 0; i < x->count; i++)
		if (x->notes[i].wiki == t->wiki && strcmp(x->notes[i].bare, t->bare) == 0)
			return STATUS_OK;
	if (x->count == x->size)
	{
		grown = realloc(x->notes, (x->size + 8) * sizeof(*grown));
		if (grown == NULL)
		{
			log_error("out of memory for an XA transaction");
			return STATUS_MEMORY;
		}
		x->notes = grown;
		x->size += 8;
	}
	x->notes[x->count] = (note){t->wiki, strdup(t->bare)};
	if (x->notes[x->count].bare == NULL)
	{
		log_error("out of memory for an XA transaction");
		return STATUS_MEMORY;
	}
	x->count++;
	return STATUS_OK;
}

status
xa_prepare(applier *a)
{
	static const char sql[] =
	    "INSERT INTO mwmirror.xa_prepared (source_name, xa_id, wiki_id, source_table) "
	    "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1";
	xa_watch *x = a->xa;
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < x->count; i++)
	{
		const char *params[] = {x->source_name, x->id, x->notes[i].wiki->wiki_id, x->notes[i].bare};
		PGresult *res;

		result = group_ask(a->group, a->conn, sql, 4, params, DOING, &res);
		PQclear(res);
		x->any = true;
	}
	return result;
}

/* NULL: it is not followed any more. */
static const wiki *
find_wiki(const applier *a, const char *wiki_id)
{
	for (size_t i = 0; i < a->wikis->count; i++)
		if (strcmp(a->wikis->items[i].wiki_id, wiki_id) == 0)
			return &a->wikis->items[i];
	return NULL;
}

status
xa_end(applier *a, bool committed)
{
	xa_watch *x = a->xa;
	const char *params[] = {x->source_name, x->id};
	PGresult *res = NULL;
	status result;

	if (!x->any)
		return STATUS_OK;
	if (x->id[0] == '\0')
	{
		log_error_hint(TAKE_REMEDY, "the end of an XA transaction does not say of which");
		return STATUS_DATA;
	}
	result = group_ask(a->group, a->conn,
	                   "DELETE FROM mwmirror.xa_prepared WHERE source_name = $1 AND xa_id = $2 "
	                   "RETURNING wiki_id, source_table",
	                   2, params, DOING, &res);
	for (int i = 0; committed && result == STATUS_OK && i < PQntuples(res); i++)
	{
		const wiki *w = find_wiki(a, PQgetvalue(res, i, 0));

		if (w != NULL)
			result = copy_again_table(a, w, PQgetvalue(res, i, 1),
			                          "an XA transaction that changed it was committed");
	}
	PQclear(res);
	return result;
}
