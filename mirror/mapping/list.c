/*
 * mapping/list.c
 *	  Comma lists as arrays; see list.h.
 */
#include "mapping/list.h"

#include <stdint.h>
#include <string.h>
#include "mapping/number.h"

#define HEAD 20
#define TEXT_OID 25
#define INT8_OID 20

static char *
put(char *out, uint64_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		*out++ = (char) (n >> 8 * (size - 1 - i));
	return out;
}

static size_t
item_length(const char *item, const char *end)
{
	const char *comma = memchr(item, ',', (size_t) (end - item));

	return (size_t) ((comma == NULL ? end : comma) - item);
}

/* Returns the end, or NULL if the item is no integer. */
static char *
put_item(char *out, const char *item, size_t len, bool integers)
{
	const value v = {.kind = VALUE_BYTES, .bytes = {item, len}};
	convert_error err;
	int64_t i;

	if (!integers)
	{
		out = put(out, len, 4);
		memcpy(out, item, len);
		return out + len;
	}
	if (!number_read_int(&v, &i, &err))
		return NULL;
	return put(put(out, 8, 4), (uint64_t) i, 8);
}

list_answer
list_make(const char *text, size_t len, bool integers, arena *a, const char **out, size_t *out_len)
{
	const char *end = text + len;
	size_t items = len == 0 ? 0 : 1;
	char *array, *next;

	for (size_t i = 0; i < len; i++)
		items += text[i] == ',';
	array = items > INT32_MAX / 16 ? NULL : arena_alloc(a, HEAD + len + items * 12);
	if (array == NULL)
		return LIST_NO_MEMORY;
	next = put(array, items > 0, 4);
	next = put(next, 0, 4);
	next = put(next, integers ? INT8_OID : TEXT_OID, 4);
	if (items > 0)
		next = put(put(next, items, 4), 1, 4);
	for (; next != NULL && items > 0; items--)
	{
		const size_t item_len = item_length(text, end);

		next = put_item(next, text, item_len, integers);
		text += item_len + 1;
	}
	*out = array;
	*out_len = next == NULL ? 0 : (size_t) (next - array);
	return next == NULL ? LIST_MALFORMED : LIST_MADE;
}
