/*
 * apply/switched.c
 *	  Which streams are on; see switched.h.
 */
#include "apply/switched.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "plugin/core/registry.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define STATE_PREFIX "mwmirror.state."
#define ALL_ON                                                                                     \
	"SELECT array_agg(name), array_agg(DISTINCT of_table) FILTER (WHERE of_table IS NOT NULL) "    \
	"FROM mwmirror.streams() WHERE enabled"

/*
 * State streams that references need, which are not in the module's table: the last bits, from the highest down, in the order in which the session met
 * them.
 */
static const char *states[REGISTRY_MOST];
static int state_count;

static uint64
state_bit(int i)
{
	return UINT64CONST(1) << (REGISTRY_MOST - 1 - i);
}

static uint64
find_state(const char *name, uint32 len)
{
	for (int i = 0; i < state_count; i++)
		if (strlen(states[i]) == len && memcmp(states[i], name, len) == 0)
			return state_bit(i);
	return 0;
}

/* add_state gives a state stream a bit. */
static uint64
add_state(const char *name, uint32 len)
{
	MemoryContext old;

	if (stream_count + state_count == REGISTRY_MOST)
		elog(ERROR, "mwmirror.reference names more than %d streams", REGISTRY_MOST);
	old = MemoryContextSwitchTo(TopMemoryContext);
	states[state_count] = pnstrdup(name, len);
	MemoryContextSwitchTo(old);
	return state_bit(state_count++);
}

static uint64
find_one(const struct varlena *name)
{
	for (int i = 0; i < stream_count; i++)
		if (strlen(streams[i]->name) == VARSIZE_ANY_EXHDR(name) &&
		    memcmp(streams[i]->name, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)) == 0)
			return UINT64CONST(1) << i;
	return find_state(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

uint64
switched_states(void)
{
	uint64 all = 0;

	for (int i = 0; i < state_count; i++)
		all |= state_bit(i);
	return all;
}

const char *
switched_name(int number)
{
	return number < stream_count ? streams[number]->name : states[REGISTRY_MOST - 1 - number];
}

void
switched_add(Datum names)
{
	Datum *items;
	int count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
	                  &count);
	for (int i = 0; i < count; i++)
	{
		const struct varlena *name = PG_DETOAST_DATUM_PACKED(items[i]);

		if (find_one(name) == 0 && VARSIZE_ANY_EXHDR(name) > strlen(STATE_PREFIX) &&
		    memcmp(VARDATA_ANY(name), STATE_PREFIX, strlen(STATE_PREFIX)) == 0)
			add_state(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
}

uint64
switched_find(Datum names)
{
	uint64 found = 0;
	Datum *items;
	bool *nulls;
	int count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
	                  &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			found |= find_one(PG_DETOAST_DATUM_PACKED(items[i]));
	return found;
}

static List *
read_tables(Datum names)
{
	List *tables = NIL;
	Datum *items;
	int count;

	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL,
	                  &count);
	for (int i = 0; i < count; i++)
		tables = lappend(tables, TextDatumGetCString(items[i]));
	return tables;
}

uint64
switched_on(Snapshot snapshot, List **state_tables)
{
	MemoryContext callers = CurrentMemoryContext;
	uint64 on = 0;
	SPIPlanPtr plan;
	bool is_null;
	Datum names;

	*state_tables = NIL;
	SPI_connect();
	plan = SPI_prepare(ALL_ON, 0, NULL);
	if (plan == NULL || SPI_execute_snapshot(plan, NULL, NULL, snapshot, InvalidSnapshot, true,
	                                         false, 1) != SPI_OK_SELECT)
		elog(ERROR, "mwmirror.streams() cannot be asked");
	names = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
	if (!is_null)
		on = switched_find(names);
	names = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &is_null);
	if (!is_null)
	{
		MemoryContext old = MemoryContextSwitchTo(callers);

		*state_tables = read_tables(names);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return on;
}
