/*
 * apply/message.c
 *	  Items of wire/reference.h; see message.h.
 */
#include "apply/message.h"

#include "apply/compat.h"
#include "apply/switched.h"
#include "catalog/pg_type.h"
#include "plugin/core/registry.h"
#include "wire/mark.h"
#include "wire/pack.h"
#include "wire/reference.h"

void
message_begin(message *m)
{
	initStringInfo(&m->items);
	m->wiki = NULL;
	m->wiki_len = 0;
}

Size
message_size(const message *m)
{
	return (Size) m->items.len;
}

static void
put_number(StringInfo out, uint32 n)
{
	char bytes[PACK_BYTES_MAX];

	appendBinaryStringInfo(out, bytes, (int) pack_write(bytes, n));
}

static void
put_string(StringInfo out, const char *data, uint32 len)
{
	put_number(out, len);
	appendBinaryStringInfo(out, data, (int) len);
}

void
message_put_forget(message *m)
{
	appendStringInfoChar(&m->items, REFERENCE_FORGET);
}

void
message_put_lacking(message *m, uint64 lacking, bool no_states)
{
	const uint64 states = switched_states();
	const char *names[REGISTRY_MOST];
	uint32 count = 0;
	size_t len;

	if (no_states && states != 0 && (lacking & states) == states)
	{
		names[count++] = REFERENCE_STATES;
		lacking &= ~states;
	}
	for (int i = 0; i < REGISTRY_MOST; i++)
		if ((lacking >> i & 1) != 0)
			names[count++] = switched_name(i);
	len = reference_write_lacking(NULL, count, names);
	enlargeStringInfo(&m->items, (int) len);
	reference_write_lacking(m->items.data + m->items.len, count, names);
	m->items.len += (int) len;
}

void
message_put_told(message *m, const char *at, uint32 count, const char *const *names,
                 const char *const *topics)
{
	const size_t len = reference_write_told(NULL, at, count, names, topics);

	enlargeStringInfo(&m->items, (int) len);
	reference_write_told(m->items.data + m->items.len, at, count, names, topics);
	m->items.len += (int) len;
}

void
message_put_shape(message *m, const graph_target *target)
{
	appendBinaryStringInfo(&m->items, target->item.data, (int) target->item.len);
}

void
message_put_wiki(message *m, const char *wiki, uint32 len)
{
	if (m->wiki != NULL && m->wiki_len == len && memcmp(m->wiki, wiki, len) == 0)
		return;
	m->wiki = wiki;
	m->wiki_len = len;
	appendStringInfoChar(&m->items, REFERENCE_WIKI);
	put_string(&m->items, wiki, len);
}

/* Whether it is an integer that is not negative. */
static bool
get_integer(Oid type, Datum value, int64 *out)
{
	switch (type)
	{
		case INT2OID:
			*out = DatumGetInt16(value);
			break;
		case INT4OID:
			*out = DatumGetInt32(value);
			break;
		case INT8OID:
			*out = DatumGetInt64(value);
			break;
		default:
			return false;
	}
	return *out >= 0;
}

static void
put_integer(StringInfo out, int64 value)
{
	char bytes[REFERENCE_INTEGER_MAX];

	appendBinaryStringInfo(out, bytes, (int) reference_write_integer(bytes, value));
}

static void
put_value(StringInfo out, const graph_target *target, uint32 i, Datum value)
{
	const Oid type = target->types[i];
	struct varlena *bytes;
	int64 integer;

	if (get_integer(type, value, &integer))
	{
		put_integer(out, integer);
		return;
	}
	/* a send function would give text in the client's encoding */
	if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID)
		bytes = PG_DETOAST_DATUM_PACKED(value);
	else
		bytes = SendFunctionCall(&target->send[i], value);
	put_number(out, (uint32) VARSIZE_ANY_EXHDR(bytes) << 2 | REFERENCE_VALUE);
	appendBinaryStringInfo(out, VARDATA_ANY(bytes), (int) VARSIZE_ANY_EXHDR(bytes));
}

void
message_put_row(message *m, const graph_target *target, const Datum *values, const bool *nulls)
{
	appendStringInfoChar(&m->items, REFERENCE_ROW);
	put_number(&m->items, target->number);
	put_number(&m->items, target->shape.columns - 1);
	for (uint32 i = 1; i < target->shape.columns; i++)
	{
		const AttrNumber attnum = target->attnums[i];

		if (nulls[attnum - 1])
			put_number(&m->items, REFERENCE_NULL);
		else
			put_value(&m->items, target, i, values[attnum - 1]);
	}
}

void
message_write(message *m, const char *head, size_t len)
{
	StringInfoData whole;

	initStringInfo(&whole);
	appendBinaryStringInfo(&whole, head, (int) len);
	appendBinaryStringInfo(&whole, m->items.data, m->items.len);
	compat_log_message(MARK_PREFIX, whole.data, whole.len);
	pfree(whole.data);
	resetStringInfo(&m->items);
	m->wiki = NULL;
}
