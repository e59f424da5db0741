/*
 * plugin/state/again.c
 *	  Rows that are told again; see again.h.
 */
#include "plugin/state/again.h"

#include "miscadmin.h"
#include "plugin/core/spool.h"
#include "plugin/entity/block.h"
#include "plugin/entity/tables.h"
#include "plugin/state/state.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* What changed. */
typedef enum noted_kind
{
	NOTED_SLOTS,  /* of a revision */
	NOTED_TARGET, /* of blocks */
	NOTED_HIDING, /* by a block, of what its target names */
	NOTED_ACCOUNT /* of a target that went, perhaps with such a block */
} noted_kind;

typedef struct noted
{
	uint32 size;
	int32 wiki;
	noted_kind kind;
	int64 id;
} noted;

struct again
{
	spool *log;
	bool hides; /* a block hides, or did */
};

again *
again_create(MemoryContext parent, uint64 memory)
{
	again *a = MemoryContextAllocZero(parent, sizeof(again));

	a->log = spool_create(parent, memory);
	return a;
}

void
again_forget(session *s)
{
	if (!again_is_noted(s))
		return;
	spool_reset(s->again->log);
	s->again->hides = false;
}

void
again_abandon(session *s)
{
	spool_abandon(s->again->log);
	s->again->hides = false;
}

bool
again_is_noted(const session *s)
{
	return spool_end(s->again->log) != SPOOL_FIRST_PLACE;
}

/* ---- changes ---- */

static void
note(session *s, int wiki, noted_kind kind, int64 id)
{
	const noted n = {.size = MAXALIGN(sizeof(noted)), .wiki = wiki, .kind = kind, .id = id};

	if (id != 0)
		spool_append(s->again->log, &n);
}

static void
note_row(session *s, int wiki, const mirror_row *row, bool is_gone)
{
	switch (row->relation->table)
	{
		case TABLE_SLOTS:
			note(s, wiki, NOTED_SLOTS, mirror_row_int(row, SLOT_REVISION_ID));
			break;
		case TABLE_BLOCK:
			if (mirror_row_int(row, BL_DELETED) == 0)
				break;
			note(s, wiki, NOTED_HIDING, mirror_row_int(row, BL_TARGET));
			s->again->hides = true;
			break;
		case TABLE_BLOCK_TARGET:
			if (is_gone)
				note(s, wiki, NOTED_ACCOUNT, mirror_row_int(row, BT_USER));
			else
				note(s, wiki, NOTED_TARGET, mirror_row_int(row, BT_ID));
			break;
	}
}

void
again_note(session *s, mirror_relation *described, TupleDesc desc, int wiki, HeapTuple old_tuple,
           HeapTuple new_tuple)
{
	mirror_row row;

	if (described->table != TABLE_SLOTS && described->table != TABLE_BLOCK &&
	    described->table != TABLE_BLOCK_TARGET)
		return;
	if (old_tuple != NULL)
	{
		mirror_row_read(&row, described, desc, old_tuple);
		note_row(s, wiki, &row, new_tuple == NULL);
	}
	if (new_tuple != NULL)
	{
		mirror_row_read(&row, described, desc, new_tuple);
		note_row(s, wiki, &row, false);
	}
}

/* ---- the mark ---- */

#define REVISION "revision"
#define BLOCK "block"
#define USER "user"
#define PREFERENCES "user_properties"

bool
again_may_tell(const whole_table *t)
{
	static const char *const names[] = {REVISION, BLOCK, USER, PREFERENCES};

	for (size_t i = 0; i < lengthof(names); i++)
		if (strcmp(t->name, names[i]) == 0)
			return true;
	return false;
}

/* tell has the row told that has the key in the values of the columns behind wiki_id. */
static void
tell(session *s, const char *table, int wiki, int64 number, const char *text)
{
	whole_table *t = whole_table_find(s, table);
	whole_row row = {.table = t, .wiki = wiki};
	whole_row known;

	if (t == NULL || t->key_count != (text == NULL ? 1 : 2))
		return;
	row.values = palloc0(t->column_count * sizeof(Datum));
	row.nulls = palloc0(t->column_count * sizeof(bool));
	row.values[t->key[0]] = t->columns[t->key[0]].type == INT4OID ? Int32GetDatum((int32) number)
	                                                              : Int64GetDatum(number);
	if (text != NULL)
		row.values[t->key[1]] = CStringGetTextDatum(text);
	state_write_key(s, &row);
	if (whole_rows_find(s->whole_rows, t->relid, row.key, row.key_len, &known) && !known.is_told)
		whole_rows_put(s->whole_rows, &known, WHOLE_TOLD);
}

static void
tell_blocks(session *s, int wiki, int64 target_id)
{
	rows_scan scan;
	mirror_row row;
	List *ids = NIL;
	ListCell *cell;

	rows_find(&scan, s->rows, TABLE_BLOCK, BLOCK_BY_TARGET, wiki,
	          &(rows_value){.number = target_id});
	while (rows_next(&scan, &row))
	{
		int64 *id = palloc(sizeof(int64));

		*id = mirror_row_int(&row, BL_ID);
		ids = lappend(ids, id);
	}
	foreach (cell, ids)
		tell(s, BLOCK, wiki, *(int64 *) lfirst(cell), NULL);
}

/* tell_account tells what a block that hides an account hides. */
static void
tell_account(session *s, int wiki, int64 user_id)
{
	rows_scan scan;
	mirror_row row;
	List *names = NIL;
	List *targets = NIL;
	ListCell *cell;

	if (user_id == 0)
		return;
	rows_find(&scan, s->rows, TABLE_USER_PROPERTIES, PREFERENCES_BY_USER, wiki,
	          &(rows_value){.number = user_id});
	while (rows_next(&scan, &row))
		names = lappend(names, mirror_row_text(&row, UP_PROPERTY));
	rows_find(&scan, s->rows, TABLE_BLOCK_TARGET, BLOCK_TARGET_BY_USER, wiki,
	          &(rows_value){.number = user_id});
	while (rows_next(&scan, &row))
	{
		int64 *id = palloc(sizeof(int64));

		*id = mirror_row_int(&row, BT_ID);
		targets = lappend(targets, id);
	}
	tell(s, USER, wiki, user_id, NULL);
	foreach (cell, names)
		tell(s, PREFERENCES, wiki, user_id, lfirst(cell));
	foreach (cell, targets)
		tell_blocks(s, wiki, *(int64 *) lfirst(cell));
}

static void
resolve(session *s, const noted *n)
{
	const block_target *target;

	switch (n->kind)
	{
		case NOTED_SLOTS:
			tell(s, REVISION, n->wiki, n->id, NULL);
			break;
		case NOTED_TARGET:
			tell_blocks(s, n->wiki, n->id);
			break;
		case NOTED_HIDING:
			target = block_find_target(s, n->wiki, n->id);
			if (target != NULL)
				tell_account(s, n->wiki, target->user_id);
			break;
		case NOTED_ACCOUNT:
			if (s->again->hides)
				tell_account(s, n->wiki, n->id);
			break;
	}
}

void
again_resolve(session *s)
{
	MemoryContext old = MemoryContextSwitchTo(s->event_context);

	for (uint64 place = SPOOL_FIRST_PLACE; place < spool_end(s->again->log);
	     place += MAXALIGN(sizeof(noted)))
	{
		noted n = *(const noted *) spool_load(s->again->log, place, 0);

		CHECK_FOR_INTERRUPTS();
		resolve(s, &n);
		entities_end_event(s);
		MemoryContextReset(s->event_context);
	}
	MemoryContextSwitchTo(old);
}
