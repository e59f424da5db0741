/*
 * plugin/change.c
 *	  A changed row to the aggregates and to the rows that are known; see change.h.
 */
#include "plugin/change.h"

#include "plugin/core/errors.h"
#include "plugin/core/missing.h"
#include "plugin/core/registry.h"
#include "plugin/entity/choice.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/wiki.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

/* Of each table: the aggregates that look at it, as bits, and whether one needs its rows from before an UPDATE. */
typedef struct interest
{
	uint64 aggregates;
	bool needs_old;
} interest;

static const interest *
find_interest(mirror_table table)
{
	static interest all[TABLE_COUNT];
	static bool is_known;

	for (int i = 0; !is_known && i < aggregate_count; i++)
		for (int j = 0; j < aggregates[i]->input_count; j++)
		{
			const aggregate_input *input = &aggregates[i]->inputs[j];

			all[input->table].aggregates |= UINT64CONST(1) << i;
			all[input->table].needs_old |= input->needs_old;
		}
	is_known = true;
	return &all[table];
}

/* require_old checks that a changed row came with its row before. */
static void
require_old(mirror_table table, HeapTuple old_tuple)
{
	if (old_tuple == NULL)
		ereport(ERROR,
		        (errcode(MW_NO_OLD_ROW),
		         errmsg("a change of table %s came without its old row", mirror_table_name(table)),
		         errdetail("Events need the state before the change."),
		         errhint("ALTER TABLE %s REPLICA IDENTITY FULL. " MW_GIVE_UP,
		                 mirror_table_name(table))));
}

/*
 * complete_row
 *	 Takes from the old row what the new one does not hold: large values that an UPDATE leaves as they are. Without old rows,
 *	 in tables whose texts MediaWiki keeps short, such a value is not known.
 */
static void
complete_row(session *s, mirror_row *row, const mirror_row *old_row)
{
	mirror_table table = row->relation->table;

	for (int i = 0; i < row->relation->column_count; i++)
	{
		if (row->nulls[i] || !mirror_table_column_is_text(table, i) ||
		    !VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(row->values[i])))
			continue;
		row->nulls[i] = old_row == NULL || old_row->nulls[i];
		if (!row->nulls[i])
			row->values[i] = old_row->values[i];
		else if (mirror_tables[table].is_full)
			require_old(table, NULL);
		else
			missing_report_value(s, table, i, wiki_ids_number_of(s->wiki_ids, row),
			                     mirror_row_int(row, mirror_tables[table].keys[0][0]));
	}
}

/* wanted_aggregates returns those that need a wiki's changes: all of one that is not known, which is told at the mark. */
static uint64
wanted_aggregates(session *s, int wiki)
{
	const struct wiki *w = wiki_find(s, wiki);

	return w == NULL ? ~UINT64CONST(0) : w->aggregates;
}

/* is_needed is true if a stream of the wiki names the table; of a wiki that is not known all rows are kept. */
static bool
is_needed(session *s, mirror_table table, int wiki)
{
	const struct wiki *w = wiki_find(s, wiki);

	return w == NULL || choice_needs_rows(table, w->streams);
}

/* add_facts gives a change to the wanted aggregates, which look at its table. */
static void
add_facts(session *s, const change *c, uint64 wanted)
{
	MemoryContext old = MemoryContextSwitchTo(s->event_context);

	for (; wanted != 0; wanted &= wanted - 1)
	{
		const aggregate *of = aggregates[pg_rightmost_one_pos64(wanted)];

		for (int i = 0; i < of->input_count; i++)
			if (of->inputs[i].table == c->table)
				of->inputs[i].add(s, c);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(s->event_context);
}

void
change_add(session *s, mirror_relation *described, TupleDesc desc, bool is_insert,
           HeapTuple old_tuple, HeapTuple new_tuple)
{
	change c = {.table = described->table, .is_insert = is_insert};
	const interest *of = find_interest(c.table);
	mirror_row old_row;
	mirror_row new_row;
	uint64 wanted;
	bool has_states;

	if (new_tuple == NULL || (!is_insert && of->needs_old))
		require_old(c.table, old_tuple);
	if (old_tuple != NULL)
	{
		mirror_row_read(&old_row, described, desc, old_tuple);
		c.old_row = &old_row;
	}
	if (new_tuple != NULL)
	{
		mirror_row_read(&new_row, described, desc, new_tuple);
		complete_row(s, &new_row, c.old_row);
		c.new_row = &new_row;
	}
	c.wiki = wiki_ids_number_of(s->wiki_ids, c.new_row != NULL ? c.new_row : c.old_row);
	gather_note_wiki(s->gather, c.wiki);
	wanted = wanted_aggregates(s, c.wiki);
	has_states = s->wants_row(s, c.wiki);
	if (wanted == 0 && !has_states)
		return; /* nothing is told of the wiki, so nothing of it is asked for */
	add_facts(s, &c, wanted & of->aggregates);
	if (mirror_tables[c.table].is_passing ||
	    (mirror_tables[c.table].is_own && (wanted & of->aggregates) == 0 && !has_states) ||
	    (mirror_tables[c.table].is_named && !is_needed(s, c.table, c.wiki)))
		return;
	if (old_tuple != NULL && (new_tuple == NULL || !rows_same_key(&old_row, &new_row)))
		rows_remove(s->rows, wiki_ids_number_of(s->wiki_ids, &old_row), &old_row);
	if (new_tuple != NULL)
		rows_put(s->rows, c.wiki, &new_row, is_insert ? ROW_INSERTED : ROW_UPDATED);
}

void
change_tell(session *s, int wiki, const mirror_row *row)
{
	const change c = {.table = row->relation->table, .wiki = wiki, .new_row = row};
	uint64 wanted = wanted_aggregates(s, wiki);

	for (; wanted != 0; wanted &= wanted - 1)
	{
		const aggregate *of = aggregates[pg_rightmost_one_pos64(wanted)];

		if (of->tell != NULL)
			of->tell(s, &c);
	}
}
