/*
 * apply/request_body.c
 *	  SQL function mwmirror.request_body(): writes a row of content_body that the mirror does not keep into the WAL, as a row that is
 *	  referred to (wire/reference.h).
 *
 * It is in front of its mark, so it counts for what a request tells there.
 */
#include "postgres.h"

#include "apply/caller.h"
#include "apply/graph.h"
#include "apply/message.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "wire/reference.h"

PG_FUNCTION_INFO_V1(mwmirror_request_body);

#define TABLE "content_body"
#define COLUMNS 4

static const char *const columns[COLUMNS] = {"wiki_id", "content_id", "body", "body_status"};

/* How references find such rows; NULL: none that is followed does. */
static const graph_target *
find_target(const graph *g)
{
	for (int i = 0; i < g->target_count; i++)
		if (strcmp(g->targets[i].table, TABLE) == 0 && g->targets[i].is_needed)
			return &g->targets[i];
	return NULL;
}

/* mwmirror.request_body(wiki text, content_id bigint, body bytea, status text) returns void; body may be NULL. */
Datum
mwmirror_request_body(PG_FUNCTION_ARGS)
{
	const graph_target *target;
	Datum values[MaxHeapAttributeNumber] = {0};
	bool nulls[MaxHeapAttributeNumber];
	message m;

	caller_origin();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		                errmsg("not of a row of %s: NULL", TABLE)));
	target = find_target(graph_get());
	if (target == NULL)
		PG_RETURN_VOID();
	memset(nulls, true, sizeof(nulls));
	for (int i = 0; i < COLUMNS; i++)
	{
		const AttrNumber column = get_attnum(target->relid, columns[i]);

		if (column == InvalidAttrNumber || PG_ARGISNULL(i))
			continue;
		values[column - 1] = PG_GETARG_DATUM(i);
		nulls[column - 1] = false;
	}
	message_begin(&m);
	message_put_shape(&m, target);
	message_put_wiki(&m, VARDATA_ANY(PG_GETARG_TEXT_PP(0)),
	                 VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)));
	message_put_row(&m, target, values, nulls);
	message_write(&m, REFERENCE_HEAD, strlen(REFERENCE_HEAD));
	PG_RETURN_VOID();
}
