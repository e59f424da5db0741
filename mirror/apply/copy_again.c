/*
 * apply/copy_again.c
 *	  Tables that are copied again; see copy_again.h.
 */
#include "apply/copy_again.h"

#include "apply/take.h"
#include "support/log.h"
#include "support/pg.h"

#define DOING "have a table copied again"
#define REFUSED "run mwmirror init, and grant mwmirror_writer to this role"

status
copy_again_table(applier *a, const wiki *w, const char *bare, const char *why)
{
	const char *params[] = {w->wiki_id, bare, why};
	PGresult *res = NULL;
	status result = group_begin(a->group);

	if (result == STATUS_OK)
		result = row_batch_send(a->batch);
	if (result == STATUS_OK)
		result =
		    pipeline_ask(a->pipe, "SELECT mwmirror.copy_again($1, $2, $3)", 3, params, DOING, &res);
	if (result == STATUS_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		result = pg_fail(a->conn, res, DOING, REFUSED);
	if (result == STATUS_OK)
		result = copy_watch_reload(a->copies);
	if (result == STATUS_OK)
		log_info("table %s of wiki %s is copied again: %s", bare, w->wiki_id, why);
	PQclear(res);
	return result;
}
