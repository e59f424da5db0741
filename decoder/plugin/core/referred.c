/*
 * plugin/core/referred.c
 *	  Rows from messages; see referred.h.
 */
#include "plugin/core/referred.h"

#include "plugin/core/errors.h"
#include "plugin/core/registry.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire/reference.h"

#define SHAPES_MOST 65536

/* What of a table a message's rows hold. */
struct referred_shape
{
	mirror_table table;
	uint32 count;
	Oid *types;
	int *columns; /* numbers in table.h; -1: of no interest */
	/* as it was said, for who wants all columns */
	batch_bytes name;
	batch_bytes parts;
	whole_shape *whole; /* NULL: not made yet */
};

typedef referred_shape shape;

struct referred
{
	MemoryContext context; /* of the shapes */
	MemoryContext row;     /* of the row that is read */
	shape **shapes;        /* by number; NULL: not known */
	uint32 room;
};

referred *
referred_create(MemoryContext parent)
{
	referred *f = MemoryContextAllocZero(parent, sizeof(referred));

	f->context = AllocSetContextCreate(parent, "mwmirror shapes of messages", ALLOCSET_SMALL_SIZES);
	f->row = AllocSetContextCreate(parent, "mwmirror row of a message", ALLOCSET_SMALL_SIZES);
	return f;
}

void
referred_forget(referred *f)
{
	MemoryContextReset(f->context);
	f->shapes = NULL;
	f->room = 0;
}

void
referred_fail(const session *s, const char *why)
{
	ereport(ERROR, (errcode(MW_BAD_MARK),
	                errmsg("the writer of source \"%s\" wrote rows that cannot be read: %s",
	                       s->origin.source, why),
	                errhint("Install the server's module and \"mwmirror follow\" from one "
	                        "build. " MW_GIVE_UP)));
}

/* ---- shapes ---- */

/* require_columns checks that the rows have all columns that events need. */
static void
require_columns(const shape *s)
{
	int count = mirror_table_column_count(s->table);

	for (int column = WIKI_ID + 1; column < count; column++)
	{
		uint32 i = 0;

		while (i < s->count && s->columns[i] != column)
			i++;
		if (i == s->count)
			mirror_table_report_no_column(s->table, column);
		if (!mirror_table_type_fits(s->table, column, s->types[i]))
			mirror_table_report_type(s->table, column, s->types[i]);
	}
}

static batch_bytes
copy(batch_bytes bytes)
{
	return (batch_bytes){memcpy(palloc(Max(bytes.len, 1)), bytes.data, bytes.len), bytes.len};
}

shape *
referred_make_shape(const reference_item *item)
{
	shape *s = palloc0(sizeof(shape));
	batch_bytes parts = item->parts;

	s->table = mirror_table_find("mediawiki", item->text.data, item->text.len);
	s->count = item->count;
	s->name = copy(item->text);
	s->parts = copy(item->parts);
	if (s->table == TABLE_NONE)
		return s;
	s->types = palloc(item->count * sizeof(Oid));
	s->columns = palloc(item->count * sizeof(int));
	for (uint32 i = 0; i < item->count; i++)
	{
		batch_bytes name = reference_next_column(&parts, &s->types[i]);

		s->columns[i] = mirror_table_find_column(s->table, name.data, name.len);
	}
	require_columns(s);
	return s;
}

static void
add_shape(session *s, const reference_item *item)
{
	referred *f = s->referred;
	MemoryContext old = MemoryContextSwitchTo(f->context);

	if (item->shape >= SHAPES_MOST)
		referred_fail(s, "a shape's number is too large");
	if (item->shape >= f->room)
	{
		uint32 room = Max(64, item->shape + 1);
		shape **shapes = palloc0(room * sizeof(shape *));

		if (f->room > 0)
			memcpy(shapes, f->shapes, f->room * sizeof(shape *));
		f->shapes = shapes;
		f->room = room;
	}
	f->shapes[item->shape] = referred_make_shape(item);
	MemoryContextSwitchTo(old);
}

/* ---- rows ---- */

/* read_number reads an integer, a boolean or a time. */
static int64
read_number(const session *s, const reference_value *value)
{
	const char *data = value->bytes.data;
	uint16 n2;
	uint32 n4;
	uint64 n8;

	if (value->form == REFERENCE_INTEGER)
		return value->integer;
	switch (value->bytes.len)
	{
		case 1:
			return (int64) *data;
		case sizeof(n2):
			memcpy(&n2, data, sizeof(n2));
			return (int16) pg_ntoh16(n2);
		case sizeof(n4):
			memcpy(&n4, data, sizeof(n4));
			return (int32) pg_ntoh32(n4);
		case sizeof(n8):
			memcpy(&n8, data, sizeof(n8));
			return (int64) pg_ntoh64(n8);
	}
	referred_fail(s, "a number has a wrong length");
}

static Datum
read_text(const session *s, const reference_value *value)
{
	if (value->form != REFERENCE_VALUE)
		referred_fail(s, "a text is a number");
	return PointerGetDatum(cstring_to_text_with_len(value->bytes.data, (int) value->bytes.len));
}

bool
referred_read_row(const session *s, const shape *known, const reference_item *item, mirror_row *row)
{
	batch_bytes parts = item->parts;

	if (known->count != item->count)
		referred_fail(s, "a row has another number of values than its shape");
	if (known->table == TABLE_NONE)
		return false;
	row->relation = mirror_row_plain(known->table);
	row->nulls[WIKI_ID] = true;
	for (uint32 i = 0; i < item->count; i++)
	{
		reference_value value = reference_next_value(&parts);
		int column = known->columns[i];

		if (column < 0)
			continue;
		row->nulls[column] = value.form == REFERENCE_NULL;
		if (value.form == REFERENCE_NULL)
			continue;
		if (mirror_table_column_is_text(known->table, column))
			row->values[column] = read_text(s, &value);
		else
			row->values[column] = Int64GetDatum(read_number(s, &value));
	}
	return true;
}

void
referred_take_whole(session *s, shape *known, const reference_item *item, int wiki, bool is_told)
{
	MemoryContext old;

	if (!s->wants_row(s, wiki))
		return;
	if (known->whole == NULL)
	{
		old = MemoryContextSwitchTo(GetMemoryChunkContext(known));
		known->whole = whole_shape_make(s, known->name, known->count, known->parts);
		MemoryContextSwitchTo(old);
	}
	s->take_row(s, known->whole, wiki, item->parts, is_told);
}

static void
add_row(session *s, const reference_item *item, int wiki)
{
	const referred *f = s->referred;
	shape *known = item->shape < f->room ? f->shapes[item->shape] : NULL;
	MemoryContext old;
	mirror_row row;

	if (known == NULL)
		referred_fail(s, "a row has a shape that was not said");
	old = MemoryContextSwitchTo(f->row);
	if (referred_read_row(s, known, item, &row))
		rows_put(s->rows, wiki, &row, ROW_REFERRED);
	referred_take_whole(s, known, item, wiki, false);
	MemoryContextSwitchTo(old);
	MemoryContextReset(f->row);
}

static void
note_lacking_state(session *s, const batch_bytes *name)
{
	const char *text = pnstrdup(name->data, name->len);
	int number = s->find_state(s, text);
	MemoryContext old = MemoryContextSwitchTo(s->pg_context);

	s->lacks_all_states |= strcmp(text, REFERENCE_STATES) == 0;
	if (number >= 0)
		s->lacking_states = bms_add_member(s->lacking_states, number);
	MemoryContextSwitchTo(old);
}

/* note_lacking notes the streams that are named; one that this module has not writes nothing anyway. */
static void
note_lacking(session *s, const reference_item *item)
{
	batch_bytes parts = item->parts;

	for (uint32 i = 0; i < item->count; i++)
	{
		batch_bytes name = reference_next_name(&parts);

		for (int number = 0; number < stream_count; number++)
			if (strlen(streams[number]->name) == name.len &&
			    memcmp(streams[number]->name, name.data, name.len) == 0)
				s->lacking |= UINT64CONST(1) << number;
		note_lacking_state(s, &name);
	}
}

void
referred_read(session *s, const char *items, size_t len)
{
	reference_reader reader = {.next = items, .end = items + len};
	MemoryContext old = MemoryContextSwitchTo(s->event_context);
	int wiki = -1;
	reference_item item;

	while (reference_more(&reader))
	{
		if (!reference_read(&reader, &item))
			referred_fail(s, "they are malformed");
		switch (item.kind)
		{
			case REFERENCE_FORGET:
				referred_forget(s->referred);
				rows_forget_old(s->rows);
				whole_rows_forget_old(s->whole_rows);
				break;
			case REFERENCE_SHAPE:
				add_shape(s, &item);
				break;
			case REFERENCE_WIKI:
				wiki = wiki_ids_number(s->wiki_ids, item.text.data, item.text.len);
				break;
			case REFERENCE_ROW:
				if (wiki < 0)
					referred_fail(s, "a row has no wiki");
				add_row(s, &item, wiki);
				break;
			case REFERENCE_LACKING:
				note_lacking(s, &item);
				break;
			case REFERENCE_TOLD:
				referred_fail(s, "they are a request's");
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(s->event_context);
}
