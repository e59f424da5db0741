/*
 * plugin/state/state.c
 *	  Changed rows to messages of state streams; see state.h.
 */
#include "plugin/state/state.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "plugin/core/errors.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/core/output.h"
#include "plugin/core/value_json.h"
#include "plugin/entity/entities.h"
#include "plugin/entity/states.h"
#include "plugin/entity/wiki.h"
#include "plugin/state/again.h"
#include "plugin/state/public.h"
#include "plugin/state/value.h"
#include "plugin/stream/message.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* The streams of a table that tell of a wiki, by their sides; -1: not that. */
typedef struct told_on
{
	int places[2];
} told_on;

static bool
find_told_on(session *s, whole_table *t, int wiki, told_on *out)
{
	const struct wiki *w = wiki_find(s, wiki);
	bool any = false;

	for (state_side side = STATE_PUBLIC; side <= STATE_PRIVATE; side++)
	{
		int place = w == NULL || w->states == NULL ? -1 : states_of_table(s, t, side);

		if (place >= 0 && s->told.is_active &&
		    !bms_is_member(states_get(s, place)->number, s->told.states))
			place = -1;
		out->places[side] = place >= 0 && bms_is_member(place, w->states) ? place : -1;
		any |= out->places[side] >= 0;
	}
	return any;
}

/* ---- changes ---- */

/* A tuple as values of the table's columns, in the current memory. */
static void
spread(const whole_table *t, TupleDesc desc, HeapTuple tuple, whole_row *row)
{
	Datum *values = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));

	heap_deform_tuple(tuple, desc, values, nulls);
	row->values = palloc(Max(t->column_count, 1) * sizeof(Datum));
	row->nulls = palloc(Max(t->column_count, 1) * sizeof(bool));
	for (int i = 0; i < t->column_count; i++)
	{
		row->values[i] = values[t->columns[i].attno - 1];
		row->nulls[i] = nulls[t->columns[i].attno - 1];
	}
}

/* fail_key: a row before a change is not even known by its key. */
static void
fail_key(const whole_table *t)
{
	ereport(ERROR,
	        (errcode(MW_NO_OLD_ROW),
	         errmsg("a change of table %s.%s came without its old key", TABLE_SCHEMA, t->name),
	         errdetail("A state stream of the table is on, which names rows by the primary key."),
	         errhint("ALTER TABLE %s.%s REPLICA IDENTITY FULL. " MW_GIVE_UP, TABLE_SCHEMA,
	                 quote_identifier(t->name))));
}

void
state_write_key(session *s, whole_row *row)
{
	const whole_table *t = row->table;
	StringInfoData key;

	initStringInfo(&key);
	json_begin_object(&key);
	json_put_string(&key, TABLE_WIKI_COLUMN, wiki_ids_text(s->wiki_ids, row->wiki));
	for (int i = 0; i < t->key_count; i++)
	{
		const whole_column *column = &t->columns[t->key[i]];

		if (row->nulls[t->key[i]])
			fail_key(t);
		json_key_escaped(&key, column->name);
		value_json(&key, column->type, row->values[t->key[i]]);
	}
	json_end_object(&key);
	row->key = key.data;
	row->key_len = (uint32) key.len;
}

static bool
is_left_alone(const whole_column *column, Datum value)
{
	return column->is_long && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
}

/*
 * complete
 *	 Takes from the row before what the new one does not hold: large values that an UPDATE leaves as they are. Without REPLICA IDENTITY FULL that is the row
 *	 as it is known, from its changes or a message.
 */
static void
complete(session *s, whole_row *row, const whole_row *before)
{
	const whole_table *t = row->table;
	whole_row known = {0};

	for (int i = 0; i < t->column_count; i++)
	{
		if (row->nulls[i] || !is_left_alone(&t->columns[i], row->values[i]))
			continue;
		if (before == NULL && known.table == NULL &&
		    whole_rows_find(s->whole_rows, t->relid, row->key, row->key_len, &known) &&
		    !known.is_incomplete && known.table == row->table)
			before = &known;
		row->is_incomplete |= before == NULL;
		row->nulls[i] = before == NULL || before->nulls[i];
		if (!row->nulls[i])
			row->values[i] = before->values[i];
	}
}

static void
put_gone(session *s, const whole_row *before)
{
	whole_row gone = *before;

	gone.is_gone = true;
	gone.is_secret = public_never_was(s, before);
	whole_rows_put(s->whole_rows, &gone, WHOLE_GONE);
}

static void
put_change(session *s, whole_table *t, TupleDesc desc, int wiki, bool is_insert,
           HeapTuple old_tuple, HeapTuple new_tuple)
{
	whole_row before = {.table = t, .wiki = wiki};
	whole_row row = {.table = t, .wiki = wiki};
	bool is_moved = false;

	if (old_tuple != NULL)
	{
		spread(t, desc, old_tuple, &before);
		state_write_key(s, &before);
	}
	if (new_tuple != NULL)
	{
		spread(t, desc, new_tuple, &row);
		state_write_key(s, &row);
		is_moved = old_tuple != NULL && strcmp(row.key, before.key) != 0;
	}
	if (new_tuple == NULL || is_moved)
		put_gone(s, &before);
	if (new_tuple == NULL)
		return;
	complete(s, &row, t->is_full ? &before : NULL);
	whole_rows_put(s->whole_rows, &row, is_insert ? WHOLE_INSERTED : WHOLE_UPDATED);
}

static int
wiki_of(session *s, const mirror_relation *described, TupleDesc desc, HeapTuple tuple)
{
	bool is_null;
	Datum value = heap_getattr(tuple, described->wiki, desc, &is_null);
	const struct varlena *text = is_null ? NULL : PG_DETOAST_DATUM_PACKED(value);

	return is_null ? -1 : wiki_ids_number(s->wiki_ids, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

void
state_change(session *s, mirror_relation *described, Relation relation, bool is_insert,
             HeapTuple old_tuple, HeapTuple new_tuple)
{
	TupleDesc desc = RelationGetDescr(relation);
	HeapTuple tuple = new_tuple != NULL ? new_tuple : old_tuple;
	int wiki = tuple == NULL ? -1 : wiki_of(s, described, desc, tuple);
	MemoryContext old;
	whole_table *t;
	told_on on;

	if (wiki < 0 || !state_wants_row(s, wiki))
		return;
	again_note(s, described, desc, wiki, old_tuple, new_tuple);
	t = whole_table_describe(s, described, relation);
	if (t->key_count == 0 || !find_told_on(s, t, wiki, &on))
		return;
	gather_note_wiki(s->gather, wiki);
	old = MemoryContextSwitchTo(s->event_context);
	put_change(s, t, desc, wiki, is_insert, old_tuple, new_tuple);
	MemoryContextSwitchTo(old);
	MemoryContextReset(s->event_context);
}

/* ---- rows of messages ---- */

int
state_find(session *s, const char *name)
{
	int place = states_find(s, name);

	return place < 0 ? -1 : states_get(s, place)->number;
}

bool
state_wants_row(session *s, int wiki)
{
	const struct wiki *w = wiki_find(s, wiki);

	return w != NULL && w->states != NULL;
}

void
state_take_row(session *s, whole_shape *shape, int wiki, batch_bytes values, bool is_told)
{
	whole_row row = {.table = shape->table, .wiki = wiki};
	told_on on;

	if (shape->table == NULL || shape->table->key_count == 0 ||
	    !find_told_on(s, shape->table, wiki, &on))
		return;
	/* one that changes refer to matters if it may be told again, or is one of them */
	if (!is_told && !whole_rows_are_incomplete(s->whole_rows) &&
	    (on.places[STATE_PUBLIC] < 0 || !again_may_tell(shape->table)))
		return;
	row.values = palloc(Max(row.table->column_count, 1) * sizeof(Datum));
	row.nulls = palloc(Max(row.table->column_count, 1) * sizeof(bool));
	whole_shape_read(s, shape, values, row.values, row.nulls);
	state_write_key(s, &row);
	if (is_told)
		gather_note_wiki(s->gather, wiki);
	whole_rows_put(s->whole_rows, &row, is_told ? WHOLE_TOLD : WHOLE_REFERRED);
}

/* ---- messages ---- */

/* What was sent of the source transaction. */
typedef struct progress
{
	uint32 *index;
	uint32 *numbers; /* messages so far, of each stream and in it of each wiki */
	int wikis;
	int streams; /* that there is room for: one may be named for the first time when a wiki is read again */
} progress;

/* number_of returns the number of messages so far of a wiki on a stream. */
static uint32 *
number_of(session *s, progress *p, int wiki, int place)
{
	const Size row = p->wikis * sizeof(uint32);
	const int count = list_length(s->state_streams);

	if (place >= p->streams)
	{
		uint32 *numbers = MemoryContextAllocZero(s->source_context, count * row);

		if (p->numbers != NULL)
			memcpy(numbers, p->numbers, p->streams * row);
		p->numbers = numbers;
		p->streams = count;
	}
	return &p->numbers[(Size) place * p->wikis + wiki];
}

static void
put_columns(session *s, const whole_row *row, StringInfo out)
{
	for (int i = 0; i < row->table->column_count; i++)
	{
		json_key_escaped(out, row->table->columns[i].name);
		state_put_value(s, row, i, out);
	}
}

static void
put_value(session *s, const state_stream *of, const whole_row *row, uint32 number, StringInfo out)
{
	const struct wiki *w = wiki_get(s, row->wiki);

	json_begin_object(out);
	json_put_string(out, TABLE_WIKI_COLUMN, w->wiki_id);
	if (of->is_private)
		put_columns(s, row, out);
	else
		public_put_members(s, row, out);
	json_put_string(out, "$schema", of->schema);
	message_put_meta(s, of->name, w, NULL, number, out);
	json_end_object(out);
}

/* emit_message sends the row, or a tombstone. */
static void
emit_message(session *s, progress *p, int place, const whole_row *row, bool is_there)
{
	const state_stream *of = states_get(s, place);
	uint32 *number = number_of(s, p, row->wiki, place);

	s->lacks = 0;
	++*number;
	if (is_there)
		put_value(s, of, row, *number, &s->value);
	if (*p->index == 0)
		output_begin(s);
	appendBinaryStringInfo(&s->key, row->key, (int) row->key_len);
	output_event(s, of->number, of->name, ++*p->index, &s->key, &s->value);
	session_empty_buffer(s, &s->key);
	session_empty_buffer(s, &s->value);
}

/*
 * emit_public
 *	 Sends what everyone may read of the row. What is not public may have been, so there is a tombstone, unless it is new. A stream that was off while the
 *	 source transaction was written begins after it: what the row names may not be known.
 */
static void
emit_public(session *s, progress *p, int place, const whole_row *row)
{
	public_view view;

	if (s->lacks_all_states || bms_is_member(states_get(s, place)->number, s->lacking_states))
		return;
	if (row->is_gone)
		view = row->is_secret ? PUBLIC_NEVER : PUBLIC_HIDDEN;
	else
		view = public_row_view(s, row);
	if (view == PUBLIC_NEVER || (view == PUBLIC_HIDDEN && row->is_inserted))
		return;
	emit_message(s, p, place, row, view == PUBLIC_SHOWN);
}

/* report_incomplete: less than the row is not told. mwmirror.apply() writes what an UPDATE leaves alone; others do not. */
static void
report_incomplete(session *s, const whole_row *row)
{
	if (s->reported_incomplete)
		return;
	s->reported_incomplete = true;
	ereport(LOG,
	        (errmsg("row %.*s of table %s.%s is not told as it became in source transaction %s",
	                (int) row->key_len, row->key, TABLE_SCHEMA, row->table->name, s->mark.gtid),
	         errdetail("It was updated by a statement that left a large value alone, which is "
	                   "not in the WAL; further ones are not logged."),
	         errhint("ALTER TABLE %s.%s REPLICA IDENTITY FULL, and have the row told again.",
	                 TABLE_SCHEMA, quote_identifier(row->table->name))));
}

static void
emit_row(session *s, progress *p, const whole_row *row)
{
	told_on on;

	if (!find_told_on(s, row->table, row->wiki, &on))
		return;
	if (row->is_incomplete)
	{
		report_incomplete(s, row);
		return;
	}
	if (on.places[STATE_PUBLIC] >= 0)
		emit_public(s, p, on.places[STATE_PUBLIC], row);
	if (on.places[STATE_PRIVATE] >= 0)
		emit_message(s, p, on.places[STATE_PRIVATE], row, !row->is_gone);
}

bool
state_is_told(const session *s)
{
	return whole_rows_are_told(s->whole_rows) || again_is_noted(s);
}

void
state_emit(session *s, uint32 *index)
{
	progress p = {.index = index, .wikis = wiki_ids_count(s->wiki_ids)};
	uint64 place = 0;
	MemoryContext old;
	whole_row row;

	if (!state_is_told(s))
		return;
	again_resolve(s);
	old = MemoryContextSwitchTo(s->event_context);
	while (whole_rows_next(s->whole_rows, &place, &row))
	{
		output_keep_alive(s);
		emit_row(s, &p, &row);
		entities_end_event(s);
		MemoryContextReset(s->event_context);
	}
	MemoryContextSwitchTo(old);
}
