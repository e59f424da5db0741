/*
 * tests/fuzz/fuzz_wire.c
 *	  What passes between mirror, plugin and relay: batches, marks, requests, references, frames.
 *
 * Input: u8 which of them, then the message.
 */
#include "fuzz.h"
#include "wire/batch.h"
#include "wire/mark.h"
#include "wire/reference.h"
#include "wire/request.h"
#include "wire/wire.h"

static void
touch_values(const batch_value *values, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
	{
		if (values[i].form == BATCH_VALUE)
			fuzz_touch(values[i].data, values[i].len);
	}
}

static void
use_items(batch_reader *r, const batch_shape *shapes, uint32_t count)
{
	static batch_value find[BATCH_COLUMNS_MAX], set[BATCH_COLUMNS_MAX];
	batch_item item = {.find = find, .set = set};

	while (batch_read_item(r, shapes, count, &item) && item.kind != BATCH_DONE)
	{
		if (item.kind == BATCH_SOURCE || item.kind == BATCH_END)
			fuzz_touch(item.text.data, item.text.len);
		if (item.kind == BATCH_UPDATE || item.kind == BATCH_DELETE)
			touch_values(find, shapes[item.shape].finds);
		if (item.kind == BATCH_UPDATE || item.kind == BATCH_INSERT)
			touch_values(set, shapes[item.shape].columns);
	}
	fuzz_touch_text(r->why);
	if (batch_offset(r) > (size_t) (r->end - r->start))
		abort();
}

static void
use_batch(const char *data, size_t len)
{
	static batch_shape shapes[BATCH_SHAPES_MAX];
	batch_reader r;
	uint32_t count;

	if (!batch_begin(&r, data, len, &count))
		return;
	for (uint32_t i = 0; i < count; i++)
	{
		batch_bytes names;

		if (!batch_read_shape(&r, &shapes[i]))
			return;
		names = shapes[i].names;
		for (uint32_t j = 0; j < shapes[i].columns; j++)
		{
			batch_bytes name = batch_next_name(&names);

			fuzz_touch(name.data, name.len);
		}
	}
	use_items(&r, shapes, count);
}

static void
use_mark(const char *data, size_t len)
{
	mark m, again;
	mark_text wiki;
	size_t used, written;
	char *text;

	if (!mark_read(data, len, &m, &used))
		return;
	text = malloc(MARK_HEAD_SIZE + m.wikis.len);
	if (used > len || text == NULL)
		abort();
	written = mark_format(&m, text);
	if (!mark_parse(text, written, &again) || strcmp(again.gtid, m.gtid) != 0 ||
	    again.commit_time != m.commit_time)
		abort();
	while (mark_next_wiki(&m.wikis, &wiki))
		fuzz_touch(wiki.data, wiki.len);
	free(text);
}

static void
use_parts(reference_item *item)
{
	for (uint32_t i = 0; i < item->count; i++)
	{
		batch_bytes bytes = {0}, topic = {0};
		uint32_t type;

		if (item->kind == REFERENCE_SHAPE)
			bytes = reference_next_column(&item->parts, &type);
		else if (item->kind == REFERENCE_ROW)
		{
			reference_value v = reference_next_value(&item->parts);

			if (v.form == REFERENCE_VALUE)
				bytes = v.bytes;
		}
		else if (item->kind == REFERENCE_LACKING)
			bytes = reference_next_name(&item->parts);
		else if (item->kind == REFERENCE_TOLD)
			bytes = reference_next_stream(&item->parts, &topic);
		fuzz_touch(bytes.data, bytes.len);
		fuzz_touch(topic.data, topic.len);
	}
}

static void
use_references(const char *data, size_t len)
{
	reference_reader r = {data, data + len};
	reference_item item;

	while (reference_more(&r) && reference_read(&r, &item))
		use_parts(&item);
}

static void
use_request(const char *data, size_t len)
{
	request_head h;
	size_t used;

	if (request_is(data, len) && request_head_read(data, len, &h, &used))
	{
		fuzz_touch_text(h.kind);
		if (used > len)
			abort();
	}
}

static void
use_frames(const char *data, size_t len)
{
	const char *next = data;
	wire_frame f;

	while (next < data + len && wire_frame_read(&next, data + len, &f))
	{
		char *copy = malloc(wire_frame_size(&f));

		if (copy == NULL)
			abort();
		wire_frame_write(&f, copy);
		free(copy);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const uses[])(const char *data, size_t len) = {
	    use_batch, use_mark, use_references, use_request, use_frames};
	fuzz_input in = {data, size};
	const uint8_t which = fuzz_byte(&in);
	size_t len;
	char *bytes = fuzz_bytes(&in, in.left, &len);

	uses[which % (sizeof(uses) / sizeof(uses[0]))](bytes, len);
	free(bytes);
	return 0;
}
