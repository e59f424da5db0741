/*
 * plugin/origin.c
 *	  Names of replication origins, asked for outside of a decoded transaction.
 */
#include "plugin/origin.h"

#include "access/xact.h"
#include "catalog/pg_replication_origin.h"
#include "replication/origin.h"
#include "utils/inval.h"
#include "utils/syscache.h"

/*
 * The last answer. The filter runs for every record that has an origin, mostly the same, and the map of
 * numbers to names is the cluster's, so one answer per backend is enough.
 */
static RepOriginId known_origin = InvalidRepOriginId;
static bool known_is_snapshot = false;

static void
origin_forget(Datum arg, int cacheid, uint32 hashvalue)
{
	known_origin = InvalidRepOriginId;
}

void
origin_watch(void)
{
	static bool registered = false;

	known_origin = InvalidRepOriginId;
	if (registered)
		return;
	CacheRegisterSyscacheCallback(REPLORIGIDENT, origin_forget, (Datum) 0);
	CacheRegisterSyscacheCallback(REPLORIGNAME, origin_forget, (Datum) 0);
	registered = true;
}

bool
origin_is_snapshot(RepOriginId origin)
{
	/* A walsender reads WAL outside of a transaction, an SQL function inside of one. */
	bool need_transaction = !IsTransactionState();
	MemoryContext old = CurrentMemoryContext;
	char *name = NULL;

	if (origin == known_origin)
		return known_is_snapshot;
	if (need_transaction)
		StartTransactionCommand();
	known_is_snapshot =
	    replorigin_by_oid(origin, true, &name) && strcmp(name, ORIGIN_SNAPSHOT) == 0;
	known_origin = origin;
	if (need_transaction)
	{
		CommitTransactionCommand();
		MemoryContextSwitchTo(old);
	}
	return known_is_snapshot;
}
