/*
 * plugin/entity/choice.c
 *	  Which streams tell of which wiki; see choice.h.
 */
#include "plugin/entity/choice.h"

#include "access/genam.h"
#include "catalog/pg_type_d.h"
#include "plugin/entity/tables.h"
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

bool
choice_needs_rows(mirror_table table, uint64 on)
{
	for (; on != 0; on &= on - 1)
		if (streams[pg_rightmost_one_pos64(on)]->own_table == table)
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

/* take_row takes a row of mwmirror.stream. */
static void
take_row(choice *c, const mirror_row *row)
{
	char *name = mirror_row_text(row, STREAM_NAME);
	uint64 named = find_streams(name);

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
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		mirror_row_read(&row, relation, RelationGetDescr(table), tuple);
		take_row(c, &row);
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

/* read_names returns the streams that are named in a column. */
static uint64
read_names(const mirror_row *row, int column)
{
	uint64 named = 0;
	Datum *values;
	bool *nulls;
	int n;

	if (mirror_row_is_null(row, column))
		return 0;
	deconstruct_array(DatumGetArrayTypeP(row->values[column]), TEXTOID, -1, false, TYPALIGN_INT,
	                  &values, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		const char *name = nulls[i] ? "" : TextDatumGetCString(values[i]);

		named |= strcmp(name, ALL_STREAMS) == 0 ? ~UINT64CONST(0) : find_streams(name);
	}
	return named;
}

uint64
choice_of_wiki(session *s, const mirror_row *row)
{
	choice *c = s->choice;
	/* what is not known to be public is private */
	bool is_private =
	    mirror_row_is_null(row, WIKI_PRIVATE) || mirror_row_int(row, WIKI_PRIVATE) != 0;

	if (!c->is_read)
		read_streams(s);
	return ((c->on & ~read_names(row, WIKI_STREAMS_OFF)) | read_names(row, WIKI_STREAMS_ON)) &
	       (is_private ? c->is_private : ~c->is_private);
}
