/*
 * plugin/core/origin.c
 *	  Whose transaction it is; see origin.h.
 */
#include "plugin/core/origin.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_replication_origin.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#define FOLLOW "follow"
#define COPY "copy"

origin
origin_parse(const char *name)
{
	origin out = {.worker = ORIGIN_NONE};
	char prefix[32];
	const char *slash;

	snprintf(prefix, sizeof(prefix), "mwmirror/%u/", MyDatabaseId);
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return out;
	name += strlen(prefix);
	slash = strchr(name, '/');
	if (slash == NULL || !mark_source_is_valid(name, slash - name))
		return out;
	if (strcmp(slash + 1, FOLLOW) == 0)
		out.worker = ORIGIN_FOLLOW;
	else if (strncmp(slash + 1, COPY, strlen(COPY)) == 0)
		out.worker = ORIGIN_COPY;
	if (out.worker != ORIGIN_NONE)
		memcpy(out.source, name, slash - name);
	return out;
}

/*
 * The last answers. Both are asked for often and mostly for the same origin: the one for each transaction, the other for
 * each record that has an origin.
 */
static ReplOriginId known_id = InvalidReplOriginId;
static origin known_origin;
static ReplOriginId known_filtered = InvalidReplOriginId;
static bool known_is_copy;

static void
origin_forget(Datum arg, int cacheid, uint32 hashvalue)
{
	known_id = InvalidReplOriginId;
	known_filtered = InvalidReplOriginId;
}

/* origin_scan looks an origin up without the system cache: there the filter leaves what is true now. */
static origin
origin_scan(ReplOriginId id)
{
	Relation relation = table_open(ReplicationOriginRelationId, AccessShareLock);
	origin out = {.worker = ORIGIN_NONE};
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple tuple;

	ScanKeyInit(&key, Anum_pg_replication_origin_roident, BTEqualStrategyNumber, F_OIDEQ,
	            ObjectIdGetDatum((Oid) id));
	scan = systable_beginscan(relation, ReplicationOriginIdentIndex, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		char *name = text_to_cstring(&((Form_pg_replication_origin) GETSTRUCT(tuple))->roname);

		out = origin_parse(name);
		pfree(name);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return out;
}

origin
origin_of_transaction(const ReorderBufferTXN *txn)
{
	ReplOriginId id = txn->origin_id;

	if (id == InvalidReplOriginId || id == DoNotReplicateId)
		return (origin){.worker = ORIGIN_NONE};
	if (id != known_id)
	{
		known_origin = origin_scan(id);
		known_id = id;
	}
	return known_origin;
}

void
origin_watch(void)
{
	static bool registered = false;

	origin_forget((Datum) 0, 0, 0);
	if (registered)
		return;
	CacheRegisterSyscacheCallback(REPLORIGIDENT, origin_forget, (Datum) 0);
	CacheRegisterSyscacheCallback(REPLORIGNAME, origin_forget, (Datum) 0);
	registered = true;
}

bool
origin_is_copy(ReplOriginId id)
{
	/* A walsender reads WAL outside of a transaction, an SQL function inside of one. */
	bool need_transaction = !IsTransactionState();
	MemoryContext old = CurrentMemoryContext;
	char *name;

	if (id == known_filtered)
		return known_is_copy;
	if (id == DoNotReplicateId)
		return false;
	if (need_transaction)
		StartTransactionCommand();
	known_is_copy = replorigin_by_oid(id, true, &name) && origin_parse(name).worker == ORIGIN_COPY;
	known_filtered = id;
	if (need_transaction)
	{
		CommitTransactionCommand();
		MemoryContextSwitchTo(old);
	}
	return known_is_copy;
}
