/*
 * plugin/core/request.c
 *	  Rows of requests; see request.h.
 *
 * Of any table of the mirror, so values are read by their types' own functions; all of a type is in the catalog, which
 * decoding may read. Nothing of the session's settings shows in the text.
 */
#include "plugin/core/request.h"

#include "catalog/pg_type_d.h"
#include "fmgr.h"
#include "plugin/core/json.h"
#include "plugin/core/output.h"
#include "plugin/core/referred.h"
#include "plugin/core/registry.h"
#include "plugin/core/value_json.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "wire/reference.h"
#include "wire/request.h"

typedef struct column
{
	const char *name;
	Oid type;
	Oid parameter; /* of the receive function */
	FmgrInfo receive;
	FmgrInfo output;
} column;

/* What is known inside of a message; everything is in the event's memory but row, which is a child of it. */
typedef struct reading
{
	session *s;
	const char *table; /* NULL: no shape was said */
	uint32 shape;
	uint32 count;
	column *columns;
	const char *wiki; /* NULL: not said */
	int wiki_number;
	referred_shape *known; /* of the rows that are told */
	request_tell tell;
	MemoryContext row;
} reading;

static const char *
copy_text(batch_bytes text)
{
	return pnstrdup(text.data, text.len);
}

static void
read_shape(reading *r, const reference_item *item)
{
	batch_bytes parts = item->parts;

	if (r->table != NULL)
		referred_fail(r->s, "a request has two shapes");
	r->table = copy_text(item->text);
	if (r->s->told.is_active)
		r->known = referred_make_shape(item);
	r->shape = item->shape;
	r->count = item->count;
	r->columns = palloc0(Max(item->count, 1) * sizeof(column));
	for (uint32 i = 0; i < item->count; i++)
	{
		column *c = &r->columns[i];
		Oid function;
		bool is_varlena;

		c->name = copy_text(reference_next_column(&parts, &c->type));
		getTypeBinaryInputInfo(c->type, &function, &c->parameter);
		fmgr_info(function, &c->receive);
		getTypeOutputInfo(c->type, &function, &is_varlena);
		fmgr_info(function, &c->output);
	}
}

/* ---- values ---- */

static Datum
receive(const reading *r, column *c, const batch_bytes *value)
{
	StringInfoData bytes;
	Datum datum;

	initStringInfo(&bytes);
	appendBinaryStringInfo(&bytes, value->data, (int) value->len);
	datum = ReceiveFunctionCall(&c->receive, &bytes, c->parameter, -1);
	if (bytes.cursor != bytes.len)
		referred_fail(r->s, "a value is too long");
	return datum;
}

static void
put_bytes(StringInfo out, const batch_bytes *value)
{
	char *hex = palloc(2 * (Size) value->len + 3);

	hex[0] = '\\';
	hex[1] = 'x';
	hex[2 + hex_encode(value->data, value->len, hex + 2)] = '\0';
	json_string(out, hex);
}

static void
put_value(const reading *r, StringInfo out, column *c, const batch_bytes *value)
{
	const int utc = 0;
	char time[MAXDATELEN + 1];

	switch (c->type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			json_string(out, pnstrdup(value->data, value->len));
			break;
		case BYTEAOID:
			put_bytes(out, value);
			break;
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
			value_json(out, c->type, receive(r, c, value));
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			json_string(out, JsonEncodeDateTime(time, receive(r, c, value), c->type,
			                                    c->type == TIMESTAMPTZOID ? &utc : NULL));
			break;
		default:
			json_string(out, OutputFunctionCall(&c->output, receive(r, c, value)));
	}
}

/* ---- rows ---- */

static void
print_row(reading *r, batch_bytes parts)
{
	StringInfoData json;

	initStringInfo(&json);
	json_begin_object(&json);
	json_put_string(&json, "wiki_id", r->wiki);
	for (uint32 i = 0; i < r->count; i++)
	{
		const reference_value value = reference_next_value(&parts);

		json_key_escaped(&json, r->columns[i].name);
		if (value.form == REFERENCE_NULL)
			appendStringInfoString(&json, "null");
		else if (value.form == REFERENCE_INTEGER)
			appendStringInfo(&json, INT64_FORMAT, value.integer);
		else
			put_value(r, &json, &r->columns[i], &value.bytes);
	}
	json_end_object(&json);
	output_line(r->s, false, "row %s %s", r->table, json.data);
}

/* tell_row makes the row known, and has it told. */
static void
tell_row(reading *r, const reference_item *item)
{
	mirror_row row;

	referred_take_whole(r->s, r->known, item, r->wiki_number, true);
	if (!referred_read_row(r->s, r->known, item, &row))
		return;
	rows_put(r->s->rows, r->wiki_number, &row, ROW_REFERRED);
	r->tell(r->s, r->wiki_number, &row);
}

static void
read_row(reading *r, const reference_item *item)
{
	MemoryContext old;

	if (r->table == NULL || item->shape != r->shape || item->count != r->count)
		referred_fail(r->s, "a row of a request is not of its shape");
	if (r->wiki == NULL)
		referred_fail(r->s, "a row of a request has no wiki");
	old = MemoryContextSwitchTo(r->row);
	if (r->s->options.format == FORMAT_TEXT)
		print_row(r, item->parts);
	if (r->s->told.is_active)
		tell_row(r, item);
	MemoryContextSwitchTo(old);
	MemoryContextReset(r->row);
}

/* ---- by which streams ---- */

static int
find_stream(session *s, const batch_bytes *name)
{
	for (int number = 0; number < stream_count; number++)
		if (strlen(streams[number]->name) == name->len &&
		    memcmp(streams[number]->name, name->data, name->len) == 0)
			return number;
	return s->find_state(s, copy_text(*name));
}

/* read_told notes them, until their mark; a stream that this module has not tells nothing. */
static void
read_told(session *s, const reference_item *item)
{
	MemoryContext old = MemoryContextSwitchTo(s->pg_context);
	batch_bytes parts = item->parts;
	told *t = &s->told;

	memset(t, 0, sizeof(*t));
	t->is_active = true;
	t->at = copy_text(item->text);
	t->topics = palloc(Max(item->count, 1) * sizeof(*t->topics));
	for (uint32 i = 0; i < item->count; i++)
	{
		batch_bytes topic;
		const batch_bytes name = reference_next_stream(&parts, &topic);
		const int number = find_stream(s, &name);

		if (number < 0)
			continue;
		if (number < stream_count)
			t->streams |= UINT64CONST(1) << number;
		else
			t->states = bms_add_member(t->states, number);
		if (topic.len > 0)
			t->topics[t->topic_count++] =
			    (struct told_topic){.stream = number, .topic = copy_text(topic)};
	}
	MemoryContextSwitchTo(old);
}

void
request_forget(session *s)
{
	memset(&s->told, 0, sizeof(s->told));
}

static void
read_wiki(reading *r, const reference_item *item)
{
	r->wiki = copy_text(item->text);
	r->wiki_number = wiki_ids_number(r->s->wiki_ids, item->text.data, item->text.len);
	if (r->s->told.is_active)
		gather_note_wiki(r->s->gather, r->wiki_number);
}

static void
read_item(reading *r, const reference_item *item)
{
	switch (item->kind)
	{
		case REFERENCE_TOLD:
			if (r->table != NULL)
				referred_fail(r->s, "a request says too late who is told");
			read_told(r->s, item);
			break;
		case REFERENCE_SHAPE:
			read_shape(r, item);
			break;
		case REFERENCE_WIKI:
			read_wiki(r, item);
			break;
		case REFERENCE_ROW:
			read_row(r, item);
			break;
		case REFERENCE_FORGET:
		case REFERENCE_LACKING:
			referred_fail(r->s, "those of a request are malformed");
	}
}

static void
read_items(reading *r, const char *items, size_t len)
{
	reference_reader reader = {.next = items, .end = items + len};
	reference_item item;

	while (reference_more(&reader))
	{
		if (!reference_read(&reader, &item))
			referred_fail(r->s, "those of a request are malformed");
		read_item(r, &item);
	}
}

static void
print_head(session *s, const request_head *head)
{
	if (s->options.format == FORMAT_TEXT)
		output_line(s, false, "REQUEST " INT64_FORMAT " " INT64_FORMAT " %s %s", head->id,
		            head->number, head->kind, head->last ? "last" : "more");
}

void
request_read(session *s, const char *message, size_t len, request_tell tell)
{
	MemoryContext old = MemoryContextSwitchTo(s->event_context);
	reading r = {.s = s, .tell = tell};
	request_head head;
	size_t used;

	if (!request_head_read(message, len, &head, &used))
		referred_fail(s, "a request has a malformed head");
	r.row = AllocSetContextCreate(s->event_context, "mwmirror row of a request",
	                              ALLOCSET_DEFAULT_SIZES);
	print_head(s, &head);
	read_items(&r, message + used, len - used);
	MemoryContextSwitchTo(old);
	MemoryContextReset(s->event_context);
}
