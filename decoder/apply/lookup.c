/*
 * apply/lookup.c
 *	  What was looked for in a PostgreSQL transaction, by its key; see lookup.h.
 */
#include "apply/lookup.h"

#include "access/xact.h"
#include "apply/compat.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/memutils.h"

typedef struct key_bytes
{
	const char *data;
	uint32 len;
} key_bytes;

typedef struct key_element
{
	key_bytes key;
	lookup *lookup;
	uint32 hash;
	char status;
} key_element;

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE key_element
#define SH_KEY_TYPE key_bytes
#define SH_KEY key
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key).data, (int) (key).len)
#define SH_EQUAL(tb, a, b) ((a).len == (b).len && memcmp((a).data, (b).data, (a).len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static lookups *remembered;

static void
forget(lookups *l)
{
	if (l->context != NULL)
		MemoryContextDelete(l->context);
	l->context = NULL;
	l->stale = true;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	/* it is in the transaction's memory */
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		remembered = NULL;
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *arg)
{
	/* what was written in it is not decoded */
	if (event == SUBXACT_EVENT_ABORT_SUB && remembered != NULL)
		forget(remembered);
}

static void
watch_transactions(void)
{
	static bool watched = false;

	if (watched)
		return;
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
	watched = true;
}

/* Begins to remember, by that graph. */
static void
remember(lookups *l, const graph *g)
{
	l->context = AllocSetContextCreate(TopTransactionContext, "mwmirror referred rows",
	                                   ALLOCSET_DEFAULT_SIZES);
	l->keys = keys_create(l->context, 64, NULL);
	l->graph_version = g->version;
	l->shape_sent = MemoryContextAllocZero(l->context, Max(g->target_count, 1) * sizeof(bool));
	l->sent = 0;
}

lookups *
lookups_get(const graph *g)
{
	lookups *l = remembered;
	MemoryContext old;

	watch_transactions();
	if (l == NULL)
	{
		l = MemoryContextAllocZero(TopTransactionContext, sizeof(lookups));
		l->stale = true;
		old = MemoryContextSwitchTo(TopTransactionContext);
		initStringInfo(&l->key);
		MemoryContextSwitchTo(old);
		remembered = l;
	}
	else if (l->context != NULL &&
	         (l->graph_version != g->version || l->next != GetCurrentCommandId(false)))
		forget(l);
	if (l->context == NULL)
		remember(l, g);
	return l;
}

void
lookups_start_anew(lookups *l, const graph *g)
{
	forget(l);
	remember(l, g);
}

bool
lookups_any(const lookups *l)
{
	return l->keys->members > 0;
}

static void
append_key_value(StringInfo key, const graph_target *target, int i, Datum value)
{
	if (target->by_value[i])
		appendBinaryStringInfo(key, (const char *) &value, sizeof(value));
	else if (target->lengths[i] == -1)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
		uint32 len = VARSIZE_ANY_EXHDR(bytes);

		appendBinaryStringInfo(key, (const char *) &len, sizeof(len));
		appendBinaryStringInfo(key, VARDATA_ANY(bytes), (int) len);
	}
	else
		appendBinaryStringInfo(key, DatumGetPointer(value), target->lengths[i]);
}

/* The key of what the values find, in l->key. */
static key_bytes
make_key(lookups *l, const graph_target *target, const Datum *values)
{
	resetStringInfo(&l->key);
	appendBinaryStringInfo(&l->key, (const char *) &target->number, sizeof(target->number));
	for (int i = 0; i <= target->find_count; i++)
		append_key_value(&l->key, target, i, values[i]);
	return (key_bytes){l->key.data, (uint32) l->key.len};
}

static lookup *
make_lookup(const graph_target *target, const Datum *values)
{
	lookup *e = palloc0(sizeof(lookup));

	e->target = target;
	for (int i = 0; i <= target->find_count; i++)
		e->values[i] = target->lengths[i] == -1
		                   ? PointerGetDatum(PG_DETOAST_DATUM_COPY(values[i]))
		                   : datumCopy(values[i], target->by_value[i], target->lengths[i]);
	return e;
}

lookup *
lookups_add(lookups *l, const graph_target *target, const Datum *values)
{
	bool found;
	key_element *element = keys_insert(l->keys, make_key(l, target, values), &found);

	if (!found)
	{
		MemoryContext old = MemoryContextSwitchTo(l->context);

		element->key.data = memcpy(palloc(l->key.len), l->key.data, l->key.len);
		element->lookup = make_lookup(target, values);
		MemoryContextSwitchTo(old);
	}
	return element->lookup;
}

lookup *
lookups_find(lookups *l, const graph_target *target, const Datum *values)
{
	key_element *element = keys_lookup(l->keys, make_key(l, target, values));

	return element != NULL ? element->lookup : NULL;
}
