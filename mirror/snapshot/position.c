/*
 * snapshot/position.c
 *	  The source's position when all is copied anew; see position.h.
 */
#include "snapshot/position.h"

#include <stdlib.h>
#include <string.h>
#include "apply/target.h"
#include "mapping/wiki.h"
#include "snapshot/session.h"
#include "source/gtid.h"
#include "support/log.h"

/* No wiki of the source counts as copied any more, and its position is open: whatever history it has now is right. */
status
position_forget(PGconn *conn, const char *source_name)
{
	const char *params[] = {source_name};
	status result = target_execute(conn, "BEGIN");

	if (result == STATUS_OK)
		result = session_ask(conn,
		                     "UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL "
		                     "WHERE source_name = $1",
		                     1, params, NULL);
	if (result == STATUS_OK)
		result = session_ask(conn,
		                     "UPDATE mwmirror.source SET gtid_pos = '', last_gtid = NULL, "
		                     "prior_gtid = NULL, source_commit_time = NULL "
		                     "WHERE source_name = $1",
		                     1, params, NULL);
	return result == STATUS_OK ? target_execute(conn, "COMMIT") : result;
}

/* The oldest of all copies in each domain; false without memory. Domains that a copy lacks are left out. */
static bool
oldest_copy(const wiki_list *wikis, gtid_list *out)
{
	const wiki *first = NULL;

	for (size_t i = 0; i < wikis->count && first == NULL; i++)
		first = wikis->items[i].snapshot_text == NULL ? NULL : &wikis->items[i];
	for (size_t d = 0; first != NULL && d < first->snapshot.count; d++)
	{
		gtid least = first->snapshot.items[d];
		bool everywhere = true;

		for (size_t i = 0; i < wikis->count; i++)
		{
			const gtid_list *other = &wikis->items[i].snapshot;
			bool found = wikis->items[i].snapshot_text == NULL;

			for (size_t k = 0; k < other->count && !found; k++)
			{
				if (other->items[k].domain != least.domain)
					continue;
				found = true;
				if (other->items[k].sequence < least.sequence)
					least = other->items[k];
			}
			everywhere = everywhere && found;
		}
		if (everywhere && !gtid_list_set(out, &least))
			return false;
	}
	return true;
}

static bool
is_ahead(const gtid_list *list, const gtid_list *position)
{
	return gtid_list_covers_all(list, position) && !gtid_list_covers_all(position, list);
}

static status
write_position(PGconn *conn, const char *source_name, const gtid_list *list)
{
	char *text = gtid_list_format(list);
	const char *params[] = {source_name, text};
	status result;

	if (text == NULL)
		return STATUS_MEMORY;
	log_info("all wikis of source %s are copied at GTID %s or later: follow begins there",
	         source_name, text);
	result = session_ask(conn, "UPDATE mwmirror.source SET gtid_pos = $2 WHERE source_name = $1", 2,
	                     params, NULL);
	free(text);
	return result;
}

/* Where every wiki has been copied again, follow need not read what is before the oldest copy. */
status
position_advance(PGconn *conn, const char *source_name)
{
	wiki_list wikis = {0};
	gtid_list position = {0};
	gtid_list oldest = {0};
	bool found;
	status result = wiki_list_load(conn, source_name, &wikis);

	if (result == STATUS_OK)
		result = target_read_position(conn, source_name, &position, NULL, &found);
	if (result == STATUS_OK && found && !oldest_copy(&wikis, &oldest))
	{
		log_error("out of memory for the position");
		result = STATUS_MEMORY;
	}
	if (result == STATUS_OK && found && is_ahead(&oldest, &position))
		result = write_position(conn, source_name, &oldest);
	gtid_list_free(&oldest);
	gtid_list_free(&position);
	wiki_list_free(&wikis);
	return result;
}
