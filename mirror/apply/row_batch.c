/*
 * apply/row_batch.c
 *	  Row changes gathered into batches; see row_batch.h.
 */
#include "apply/row_batch.h"

#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define MOST_CHANGES 4000
#define MOST_BYTES (1 << 20)
#define KEPT_BYTES (4 << 20) /* memory of a larger batch is given back */
#define LOOK_EVERY 128       /* changes between two looks whether the server rests */
#define LEAST_ROOM (64 << 10)

/* Bytes of an item without its values, and of a value without its bytes, at most. */
#define ITEM_BYTES 7
#define VALUE_BYTES 5
#define HEAD_BYTES 7
#define DONE_BYTES 6

typedef struct buffer
{
	char *data;
	size_t len;
	size_t room;
} buffer;

struct row_batch
{
	pipeline *pipe;
	buffer items;
	buffer shapes;
	uint32_t shape_count;
	uint64_t number; /* of this batch, from 1 */

	bool in_source;   /* a source transaction has begun in this batch and not ended */
	gtid id;          /* the one that began last */
	const char *name; /* in place of its GTID; NULL: it has one */

	uint32_t changes;
	uint64_t least; /* rows that they change at least */
	bool each;      /* one of them may change any number of rows */
	bool plain;

	uint64_t sent;
	uint64_t statements;
};

/* ---- shapes ---- */

row_shape *
row_shape_create(const char *schema, const char *table, uint32_t finds, uint32_t columns,
                 const char *const *names)
{
	row_shape *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->counts.finds = finds;
	s->counts.columns = columns;
	s->len = batch_write_shape(NULL, schema, table, finds, columns, names);
	s->bytes = malloc(s->len);
	if (s->bytes == NULL)
	{
		free(s);
		return NULL;
	}
	batch_write_shape(s->bytes, schema, table, finds, columns, names);
	return s;
}

void
row_shape_destroy(row_shape *s)
{
	if (s == NULL)
		return;
	free(s->bytes);
	free(s);
}

/* ---- memory ---- */

row_batch *
row_batch_create(pipeline *p)
{
	row_batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->pipe = p;
	b->number = 1;
	return b;
}

void
row_batch_destroy(row_batch *b)
{
	if (b == NULL)
		return;
	free(b->items.data);
	free(b->shapes.data);
	free(b);
}

/* Where size more bytes go; NULL without memory (logged). */
static char *
reserve(buffer *to, size_t size)
{
	size_t room = to->room == 0 ? LEAST_ROOM : to->room;
	char *data;

	while (room - to->len < size)
		room *= 2;
	if (room != to->room)
	{
		/* a large row is alone in its batch: no more than it needs */
		if (room > KEPT_BYTES)
			room = to->len + size;
		data = realloc(to->data, room);
		if (data == NULL)
		{
			log_error("out of memory for a batch of %zu bytes", room);
			return NULL;
		}
		to->data = data;
		to->room = room;
	}
	return to->data + to->len;
}

static void
clear(buffer *b)
{
	b->len = 0;
	if (b->room <= KEPT_BYTES)
		return;
	free(b->data);
	b->data = NULL;
	b->room = 0;
}

/* ---- adding ---- */

/* Gives the shape a number in this batch. */
static status
number_shape(row_batch *b, row_shape *s)
{
	status result = STATUS_OK;
	char *out;

	if (s->batch == b->number)
		return STATUS_OK;
	if (b->shape_count == BATCH_SHAPES_MAX)
		result = row_batch_send(b);
	if (result != STATUS_OK)
		return result;
	out = reserve(&b->shapes, s->len);
	if (out == NULL)
		return STATUS_MEMORY;
	memcpy(out, s->bytes, s->len);
	b->shapes.len += s->len;
	s->batch = b->number;
	s->number = b->shape_count++;
	return STATUS_OK;
}

static status
add_text(row_batch *b, batch_kind kind, const char *text, size_t len)
{
	char *out = reserve(&b->items, ITEM_BYTES + len);

	if (out == NULL)
		return STATUS_MEMORY;
	b->items.len += batch_write_text(out, kind, text, len);
	return STATUS_OK;
}

/* What follows is of the source transaction. */
static status
begin_source(row_batch *b, const gtid *id)
{
	char text[GTID_TEXT_SIZE];

	if (b->in_source)
		return STATUS_OK;
	gtid_format(id, text);
	b->in_source = true;
	b->id = *id;
	return b->name != NULL ? add_text(b, BATCH_SOURCE, b->name, strlen(b->name))
	                       : add_text(b, BATCH_SOURCE, text, strlen(text));
}

void
row_batch_name(row_batch *b, const char *name)
{
	b->name = name;
}

static size_t
values_size(const batch_value *values, uint32_t count)
{
	size_t size = 0;

	for (uint32_t i = 0; i < count; i++)
		size += VALUE_BYTES + values[i].len;
	return size;
}

/* Bytes of a change at most. */
static size_t
change_size(const row_shape *s, const batch_item *item)
{
	size_t size = ITEM_BYTES;

	if (item->kind != BATCH_INSERT)
		size += values_size(item->find, s->counts.finds);
	if (item->kind != BATCH_DELETE)
		size += values_size(item->set, s->counts.columns);
	return size;
}

/* Does a batch for the server to work on wait long enough? */
static status
send_if_due(row_batch *b)
{
	status result = STATUS_OK;

	if (b->items.len >= MOST_BYTES || b->changes >= MOST_CHANGES)
		return row_batch_send(b);
	if (b->changes % LOOK_EVERY != 0)
		return STATUS_OK;
	result = pipeline_poll(b->pipe);
	return result == STATUS_OK && pipeline_rests(b->pipe) ? row_batch_send(b) : result;
}

status
row_batch_add(row_batch *b, const gtid *id, row_shape *s, batch_item *item, bool plain)
{
	const size_t size = change_size(s, item);
	status result = STATUS_OK;
	char *out;

	if (size > BATCH_LENGTH_MAX - MOST_BYTES)
	{
		log_error_hint("make the row smaller at the source, then copy the wiki again with mwmirror "
		               "snapshot --force; the position is before it",
		               "a row change of %zu bytes is more than PostgreSQL takes at once", size);
		return STATUS_DATA;
	}
	if (b->changes > 0 && b->items.len + size > MOST_BYTES)
		result = row_batch_send(b);
	if (result == STATUS_OK)
		result = number_shape(b, s);
	if (result == STATUS_OK)
		result = begin_source(b, id);
	if (result != STATUS_OK)
		return result;
	out = reserve(&b->items, size);
	if (out == NULL)
		return STATUS_MEMORY;
	item->shape = s->number;
	b->items.len += batch_write_change(out, item, &s->counts);
	b->changes++;
	if (item->kind == BATCH_INSERT || (item->flags & (BATCH_MAY_MISS | BATCH_EACH)) == 0)
		b->least++;
	b->each = b->each || (item->kind != BATCH_INSERT && (item->flags & BATCH_EACH) != 0);
	b->plain = b->plain || plain;
	return send_if_due(b);
}

status
row_batch_end_source(row_batch *b, const gtid *id, const mark *m)
{
	status result = begin_source(b, id);
	char *text;

	if (result != STATUS_OK)
		return result;
	text = malloc(MARK_HEAD_SIZE + m->wikis.len);
	if (text == NULL)
	{
		log_error("out of memory for a mark");
		return STATUS_MEMORY;
	}
	result = add_text(b, BATCH_END, text, mark_format(m, text));
	free(text);
	b->in_source = false;
	return result;
}

/* ---- sending ---- */

const char *
row_batch_finish(row_batch *b, size_t *len)
{
	char head[HEAD_BYTES];
	size_t head_len = batch_write_begin(head, true, b->shape_count);
	size_t before = head_len + b->shapes.len;

	if (reserve(&b->items, DONE_BYTES + before) == NULL)
		return NULL;
	b->items.len += batch_write_done(b->items.data + b->items.len, b->changes);
	memmove(b->items.data + before, b->items.data, b->items.len);
	memcpy(b->items.data, head, head_len);
	if (b->shapes.len > 0)
		memcpy(b->items.data + head_len, b->shapes.data, b->shapes.len);
	b->items.len += before;
	*len = b->items.len;
	return b->items.data;
}

/* The next batch begins. */
static void
forget(row_batch *b)
{
	clear(&b->items);
	clear(&b->shapes);
	b->shape_count = 0;
	b->number++;
	b->in_source = false;
	b->changes = 0;
	b->least = 0;
	b->each = false;
	b->plain = false;
}

void
row_batch_discard(row_batch *b)
{
	forget(b);
}

status
row_batch_send(row_batch *b)
{
	pipeline_op op = {.verb = "a batch of row changes",
	                  .expect = EXPECT_ANSWER,
	                  .least = b->least,
	                  .most = b->each ? UINT64_MAX : b->changes,
	                  .plain = b->plain,
	                  .id = b->id};
	const char *bytes;
	status result;
	size_t len;

	if (b->items.len == 0)
		return STATUS_OK;
	bytes = row_batch_finish(b, &len);
	if (bytes == NULL)
		return STATUS_MEMORY;
	result = pipeline_apply(b->pipe, bytes, len, &op);
	b->sent++;
	forget(b);
	return result;
}

status
row_batch_statement(row_batch *b, param_set *set, const char *statement, const pipeline_op *op)
{
	status result = row_batch_send(b);

	b->statements++;
	return result == STATUS_OK ? pipeline_send(b->pipe, set, statement, op) : result;
}

void
row_batch_counts(const row_batch *b, uint64_t *batches, uint64_t *statements)
{
	*batches = b->sent;
	*statements = b->statements;
}
