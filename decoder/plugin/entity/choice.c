/*
 * plugin/entity/choice.c
 *	  Which streams tell of which wiki; see choice.h.
 */
#include "plugin/entity/choice.h"

#include "access/genam.h"
#include "catalog/pg_type_d.h"
#include "plugin/entity/states.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/wiki.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define ALL_STREAMS "*" /* in mwmirror.wiki.streams_off */

struct choice
{
	/* as the module has it */
	uint64 on_at_first;
	uint64 is_private;
	uint64 takers[REGISTRY_MOST]; /* of each aggregate: the streams that may tell of its events */
	uint64 needs
	    [REGISTRY_MOST]; /* of each stream: the aggregates that it needs, with those that they use */

	/* as mwmirror.stream has it */
	bool is_read;
	uint64 on;
	stream_key keys[REGISTRY_MOST];
	Bitmapset *states_on; /* state streams, by their places */
};

#define BIT(number) (UINT64CONST(1) << (number))

/* ---- the module's tables ---- */

static int
aggregate_number(const aggregate *of)
{
	int number = 0;

	while (aggregates[number] != of)
		number++;
	return number;
}

/* with_used returns the aggregates and all whose facts they ask for. */
static uint64
with_used(uint64 known, const aggregate *of)
{
	uint64 own = BIT(aggregate_number(of));

	if (known & own)
		return known;
	known |= own;
	for (int i = 0; of->uses[i] != NULL; i++)
		known = with_used(known, of->uses[i]);
	return known;
}

choice *
choice_create(MemoryContext parent)
{
	choice *c = MemoryContextAllocZero(parent, sizeof(choice));

	if (stream_count > REGISTRY_MOST || aggregate_count > REGISTRY_MOST)
		elog(ERROR, "more than %d streams or aggregates", REGISTRY_MOST);
	for (int i = 0; i < stream_count; i++)
	{
		const stream *of = streams[i];

		c->on_at_first |= of->is_on ? BIT(i) : 0;
		c->is_private |= of->is_private ? BIT(i) : 0;
		for (int j = 0; of->aggregates[j] != NULL; j++)
		{
			c->takers[aggregate_number(of->aggregates[j])] |= BIT(i);
			c->needs[i] = with_used(c->needs[i], of->aggregates[j]);
		}
	}
	return c;
}

uint64
choice_aggregates(const session *s, uint64 chosen)
{
	uint64 needed = 0;

	for (int i = 0; i < stream_count; i++)
		if (chosen & BIT(i))
			needed |= s->choice->needs[i];
	return needed;
}

/* names_table is true if it is in a list that ends with 0. */
static bool
names_table(const mirror_table *list, mirror_table table)
{
	while (list != NULL && *list != 0 && *list != table)
		list++;
	return list != NULL && *list == table;
}

bool
choice_needs_rows(mirror_table table, uint64 on)
{
	for (; on != 0; on &= on - 1)
		if (names_table(streams[pg_rightmost_one_pos64(on)]->own_tables, table))
			return true;
	return false;
}

uint64
choice_takers(const session *s, const aggregate *of, uint64 chosen)
{
	return s->choice->takers[aggregate_number(of)] & chosen;
}

/* ---- mwmirror.stream ---- */

/* find_streams returns the streams of that name: one, or none if this module has it not. */
static uint64
find_streams(const char *name)
{
	for (int i = 0; i < stream_count; i++)
		if (strcmp(streams[i]->name, name) == 0)
			return BIT(i);
	return 0;
}

static stream_key
read_key(const mirror_row *row)
{
	if (mirror_row_is_null(row, STREAM_KEY))
		return STREAM_KEY_OWN;
	if (mirror_row_text_equals(row, STREAM_KEY, "wiki", strlen("wiki")))
		return STREAM_KEY_WIKI;
	return mirror_row_text_equals(row, STREAM_KEY, "none", strlen("none")) ? STREAM_KEY_NONE
	                                                                       : STREAM_KEY_OWN;
}

/* take_state takes a row of mwmirror.stream whose name is none of the table of streams; one that this module has not is passed over. */
static void
take_state(session *s, const mirror_row *row, const char *name)
{
	int place = states_find(s, name);
	MemoryContext old;

	if (place < 0 || mirror_row_is_null(row, STREAM_ENABLED) ||
	    mirror_row_int(row, STREAM_ENABLED) == 0)
		return;
	old = MemoryContextSwitchTo(s->context);
	s->choice->states_on = bms_add_member(s->choice->states_on, place);
	MemoryContextSwitchTo(old);
}

/* take_row takes a row of mwmirror.stream. */
static void
take_row(session *s, const mirror_row *row)
{
	choice *c = s->choice;
	char *name = mirror_row_text(row, STREAM_NAME);
	uint64 named = find_streams(name);

	if (named == 0)
		take_state(s, row, name);
	pfree(name);
	if (named == 0)
		return;
	if (!mirror_row_is_null(row, STREAM_ENABLED))
		c->on = mirror_row_int(row, STREAM_ENABLED) != 0 ? c->on | named : c->on & ~named;
	c->keys[pg_rightmost_one_pos64(named)] = read_key(row);
}

static void
read_streams(session *s)
{
	choice *c = s->choice;
	mirror_relation *relation;
	Relation table = relations_open(s->relations, TABLE_STREAM, &relation);
	SysScanDesc scan = systable_beginscan(table, relation->index, true, NULL, 0, NULL);
	HeapTuple tuple;
	mirror_row row;

	c->on = c->on_at_first;
	memset(c->keys, 0, sizeof(c->keys));
	bms_free(c->states_on);
	c->states_on = NULL;
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		mirror_row_read(&row, relation, RelationGetDescr(table), tuple);
		take_row(s, &row);
	}
	systable_endscan(scan);
	c->is_read = true;
}

stream_key
choice_key(session *s, int stream_number)
{
	if (!s->choice->is_read)
		read_streams(s);
	return s->choice->keys[stream_number];
}

void
choice_forget(session *s)
{
	s->choice->is_read = false;
}

/* ---- mwmirror.wiki ---- */

/* What a column names. */
typedef struct named
{
	uint64 streams;
	Bitmapset *states; /* in the current memory */
	bool all;          /* by ALL_STREAMS, besides */
} named;

static void
take_name(session *s, named *n, const char *name)
{
	uint64 found = find_streams(name);
	int place = found == 0 ? states_find(s, name) : -1;

	n->streams |= found;
	if (place >= 0)
		n->states = bms_add_member(n->states, place);
	if (strcmp(name, ALL_STREAMS) == 0)
	{
		n->streams = ~UINT64CONST(0);
		n->all = true;
	}
}

static named
read_names(session *s, const mirror_row *row, int column)
{
	named n = {0};
	Datum *values;
	bool *nulls;
	int count;

	if (mirror_row_is_null(row, column))
		return n;
	deconstruct_array(DatumGetArrayTypeP(row->values[column]), TEXTOID, -1, false, TYPALIGN_INT,
	                  &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			take_name(s, &n, TextDatumGetCString(values[i]));
	return n;
}

/* choose_states returns the state streams that tell of a wiki: those of what everyone may read only of one that everyone may. */
static Bitmapset *
choose_states(session *s, const named *on, const named *off, bool is_private)
{
	Bitmapset *chosen = off->all ? NULL : bms_difference(s->choice->states_on, off->states);
	int place = -1;

	chosen = bms_add_members(chosen, on->states);
	while (is_private && (place = bms_next_member(chosen, place)) >= 0)
		if (!states_get(s, place)->is_private)
			chosen = bms_del_member(chosen, place);
	return bms_is_empty(chosen) ? NULL : chosen;
}

void
choice_of_wiki(session *s, const mirror_row *row, struct wiki *w)
{
	choice *c = s->choice;
	/* what is not known to be public is private */
	bool is_private =
	    mirror_row_is_null(row, WIKI_PRIVATE) || mirror_row_int(row, WIKI_PRIVATE) != 0;
	named off;
	named on;

	if (!c->is_read)
		read_streams(s);
	off = read_names(s, row, WIKI_STREAMS_OFF);
	on = read_names(s, row, WIKI_STREAMS_ON);
	w->streams =
	    ((c->on & ~off.streams) | on.streams) & (is_private ? c->is_private : ~c->is_private);
	w->states = choose_states(s, &on, &off, is_private);
}
