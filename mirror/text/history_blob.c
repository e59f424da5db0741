/*
 * text/history_blob.c
 *	  MediaWiki's objects for texts; see history_blob.h. What their classes write (includes/historyblob/, 1.39 to 1.43; names of
 *	  classes in lower case and members that are all public are of older ones):
 *
 *	ConcatenatedGzipHistoryBlob	mCompressed bool; mItems, if it is true deflated and serialized: array of MD5 => text;
 *								mDefaultHash: the key of the default text
 *	HistoryBlobStub				mOldId: text.old_id of the row with the object, integer or digits; mHash: the key
 *	HistoryBlobCurStub			mCurId: cur.cur_id
 *	DiffHistoryBlob				mCompressed, deflated and serialized: array of
 *								diffs => list of differences (binary_diff.c), each from the text of the one before, the first
 *								from no bytes; map => the number of each one's text, as difference from the number before it,
 *								with commas; default => the number of the default text, else 0.
 *								Older: base => text 0, diffs => those after it, in order, without a map; MediaWiki does not
 *								find the last of them. Or false: no texts
 */
#include "text/history_blob.h"

#include <string.h>
#include <strings.h>
#include "text/address.h"
#include "text/binary_diff.h"
#include "text/inflate.h"

#define DEPTH_MOST 4 /* of what is skipped */

/*
 * What the texts before the one that is asked for may amount to, as a multiple of the limit: MediaWiki ends an object at
 * 10,000,000 bytes, a few bytes of hostile differences make as many as one likes.
 */
#define WORK_MOST 16

static text_status
malformed(text_error *err, const char *what)
{
	return text_fail(err, TEXT_BROKEN, "a history blob is malformed: %s", what);
}

static bool
span_is(php_span a, php_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* ---- objects ---- */

static bool
kind_of_class(php_span name, history_kind *out)
{
	static const char *const classes[] = {[HISTORY_TEXTS] = "ConcatenatedGzipHistoryBlob",
	                                      [HISTORY_DIFFS] = "DiffHistoryBlob",
	                                      [HISTORY_STUB] = "HistoryBlobStub",
	                                      [HISTORY_CUR_STUB] = "HistoryBlobCurStub"};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i]) == name.len && strncasecmp(classes[i], name.at, name.len) == 0)
		{
			*out = (history_kind) i;
			return true;
		}
	return false;
}

static bool
id_of(const php_value *v, uint64_t *out)
{
	return (v->kind == PHP_INT || v->kind == PHP_STRING) && text_id_parse(v->text, out);
}

/* take_member notes what a member says; r: behind its value's head. False: it has no such value. */
static bool
take_member(history_blob *object, php_span name, const php_value *v, const php_reader *r)
{
	if (object->kind == HISTORY_CUR_STUB)
		return !php_member(name, "mCurId") || id_of(v, &object->id);
	if (object->kind == HISTORY_STUB)
	{
		if (php_member(name, "mOldId"))
			return id_of(v, &object->id);
		if (php_member(name, "mHash"))
			object->key = v->text;
		return true;
	}
	if (object->kind == HISTORY_DIFFS)
	{
		if (php_member(name, "mCompressed"))
			object->compressed = v->text;
		return true;
	}
	if (php_member(name, "mCompressed"))
		object->is_compressed = v->number != 0;
	else if (php_member(name, "mDefaultHash"))
		object->key = v->text;
	else if (php_member(name, "mItems"))
	{
		object->compressed = v->text;
		object->items = *r;
		object->item_count = v->kind == PHP_ARRAY ? v->count : 0;
	}
	return true;
}

static text_status
parse_members(php_reader *r, size_t count, history_blob *out, text_error *err)
{
	for (size_t i = 0; i < count; i++)
	{
		php_reader value;
		php_value name, v;

		if (!php_read_key(r, &name))
			return malformed(err, "not PHP's serialization");
		value = *r;
		if (!php_skip(r, DEPTH_MOST) || !php_read(&value, &v))
			return malformed(err, "not PHP's serialization");
		if (!take_member(out, name.text, &v, &value))
			return malformed(err, "a stub without an id");
	}
	return php_read_end(r) ? TEXT_OK : malformed(err, "its end is missing");
}

text_status
history_blob_parse(const char *data, size_t len, bool twice, history_blob *out, text_error *err)
{
	php_reader r = {data, data + len};
	php_value v;
	text_status status;

	memset(out, 0, sizeof(*out));
	if (!php_read(&r, &v))
		return malformed(err, "not PHP's serialization");
	if (twice && v.kind == PHP_STRING)
		return history_blob_parse(v.text.at, v.text.len, false, out, err);
	if (v.kind != PHP_OBJECT)
		return malformed(err, "no object");
	if (!kind_of_class(v.text, &out->kind))
		return text_fail(err, TEXT_UNKNOWN, "texts in an object of the class %.*s are not known",
		                 v.text.len < 80 ? (int) v.text.len : 80, v.text.at);
	status = parse_members(&r, v.count, out, err);
	if (status == TEXT_OK && out->kind >= HISTORY_STUB && out->id == 0)
		return malformed(err, "a stub without an id");
	return status;
}

/* ---- ConcatenatedGzipHistoryBlob ---- */

/* find_text finds an item of an array; of a key that comes twice the later, as PHP. */
static text_status
find_text(php_reader r, size_t count, php_span wanted, php_span *out, text_error *err)
{
	bool found = false;

	for (size_t i = 0; i < count; i++)
	{
		php_value key, v;

		if (!php_read_key(&r, &key) || !php_read(&r, &v) || v.kind != PHP_STRING)
			return malformed(err, "an item that is no text");
		if (!span_is(key.text, wanted))
			continue;
		found = true;
		*out = v.text;
	}
	if (!php_read_end(&r))
		return malformed(err, "the end of its items is missing");
	return found ? TEXT_OK
	             : text_fail(err, TEXT_MISSING, "the object has no item %.*s",
	                         wanted.len < 40 ? (int) wanted.len : 40, wanted.at);
}

static text_status
take_text(text_bytes *b, const history_blob *object, php_span key, size_t limit, text_error *err)
{
	text_bytes items = {object->compressed.at, object->compressed.len, NULL};
	php_reader r = object->items;
	php_value head = {.count = object->item_count};
	text_status status = TEXT_OK;
	php_span text = {NULL, 0};

	if (object->is_compressed)
	{
		status = text_inflate(&items, limit, err);
		if (status != TEXT_OK)
			return status;
		r = (php_reader){items.data, items.data + items.len};
		if (!php_read(&r, &head) || head.kind != PHP_ARRAY)
			status = malformed(err, "its items are no array");
	}
	else if (r.next == NULL)
		return malformed(err, "it has no items");
	if (status == TEXT_OK)
		status = find_text(r, head.count, key, &text, err);
	if (status != TEXT_OK)
	{
		text_bytes_free(&items);
		return status;
	}
	if (items.owned != NULL)
		text_bytes_replace(b, items.owned, items.len);
	b->data = text.at;
	b->len = text.len;
	return TEXT_OK;
}

/* ---- DiffHistoryBlob ---- */

/* The array in mCompressed. */
typedef struct diff_list
{
	bool has_base;
	php_span base;
	php_reader diffs;
	size_t count;
	php_span map;
	php_span default_key;
} diff_list;

/* parse_list parses the array; false: it is none. */
static bool
parse_list(php_reader r, diff_list *out)
{
	php_value head, key, v;

	memset(out, 0, sizeof(*out));
	out->default_key = (php_span){"0", 1};
	if (!php_read(&r, &head) || head.kind != PHP_ARRAY)
		return false;
	for (size_t i = 0; i < head.count; i++)
	{
		php_reader value;

		if (!php_read_key(&r, &key))
			return false;
		value = r;
		if (!php_skip(&r, DEPTH_MOST) || !php_read(&value, &v))
			return false;
		if (php_member(key.text, "base"))
		{
			out->has_base = true;
			out->base = v.text;
		}
		else if (php_member(key.text, "map"))
			out->map = v.text;
		else if (php_member(key.text, "default"))
			out->default_key = v.text;
		else if (php_member(key.text, "diffs") && v.kind == PHP_ARRAY)
		{
			out->diffs = value;
			out->count = v.count;
		}
	}
	return php_read_end(&r);
}

/* take_number takes a number of the map and the comma behind it. */
static bool
take_number(php_span *map, int64_t *out)
{
	const char *comma = map->len == 0 ? NULL : memchr(map->at, ',', map->len);
	size_t len = comma == NULL ? map->len : (size_t) (comma - map->at);
	bool negative = len > 0 && map->at[0] == '-';
	size_t i = negative ? 1 : 0;

	if (len == i || len > 10)
		return false;
	for (*out = 0; i < len; i++)
	{
		if (map->at[i] < '0' || map->at[i] > '9')
			return false;
		*out = *out * 10 + (map->at[i] - '0');
	}
	*out = negative ? -*out : *out;
	map->at += comma == NULL ? len : len + 1;
	map->len -= comma == NULL ? len : len + 1;
	return true;
}

/* find_diff says which difference leads to the text with that number: the last, as PHP has it; -1: none. */
static int64_t
find_diff(const diff_list *list, int64_t number)
{
	php_span map = list->map;
	int64_t sum = 0, found = -1, step;

	for (size_t i = 0; i < list->count && take_number(&map, &step); i++)
	{
		sum += step;
		if (sum == number)
			found = (int64_t) i;
	}
	return found;
}

/* apply_diffs goes from text to text over so many differences. */
static text_status
apply_diffs(const diff_list *list, int64_t count, size_t limit, text_bytes *text, text_error *err)
{
	php_reader r = list->diffs;
	size_t work = 0;

	for (int64_t i = 0; i < count; i++)
	{
		php_value key, diff;
		text_status status;

		if (!php_read_key(&r, &key) || key.kind != PHP_INT || key.number != i ||
		    !php_read(&r, &diff) || diff.kind != PHP_STRING)
			return malformed(err, "its differences are no list of texts");
		status = binary_diff_apply(text, diff.text, limit, err);
		if (status != TEXT_OK)
			return status;
		work += text->len;
		if (work / WORK_MOST > limit)
			return text_fail(err, TEXT_LARGE, "the texts of a history blob are too long");
	}
	return TEXT_OK;
}

static text_status
take_diffs(const diff_list *list, php_span key, size_t limit, text_bytes *text, text_error *err)
{
	int64_t number, last;

	if (!take_number(&key, &number) || key.len > 0)
		return text_fail(err, TEXT_MISSING, "a history blob is asked for an item without a number");
	last = list->has_base ? number - 1 : find_diff(list, number);
	if (list->has_base ? number != 0 && (number < 0 || number >= (int64_t) list->count) : last < 0)
		return text_fail(err, TEXT_MISSING, "the object has no item %lld", (long long) number);
	if (list->has_base)
		*text = (text_bytes){list->base.at, list->base.len, NULL};
	return apply_diffs(list, last + 1, limit, text, err);
}

static text_status
take_diff(text_bytes *b, const history_blob *object, const php_span *key, size_t limit,
          text_error *err)
{
	text_bytes packed = {object->compressed.at, object->compressed.len, NULL};
	text_bytes text = {NULL, 0, NULL};
	text_status status = text_inflate(&packed, limit, err);
	diff_list list;

	if (status != TEXT_OK)
		return status;
	if (packed.len == 4 && memcmp(packed.data, "b:0;", 4) == 0)
		status = text_fail(err, TEXT_MISSING, "the object has no items");
	else if (!parse_list((php_reader){packed.data, packed.data + packed.len}, &list))
		status = malformed(err, "its differences are no array");
	else
		status = take_diffs(&list, key != NULL ? *key : list.default_key, limit, &text, err);
	if (status != TEXT_OK)
		text_bytes_free(&text);
	else if (text.owned != NULL)
		text_bytes_replace(b, text.owned, text.len);
	else
	{
		/* the base, which is in what was inflated */
		text_bytes_replace(b, packed.owned, packed.len);
		b->data = text.data;
		b->len = text.len;
		return TEXT_OK;
	}
	text_bytes_free(&packed);
	return status;
}

text_status
history_blob_take(text_bytes *b, const history_blob *object, const php_span *key, size_t limit,
                  text_error *err)
{
	if (object->kind == HISTORY_TEXTS)
		return take_text(b, object, key == NULL ? object->key : *key, limit, err);
	if (object->kind == HISTORY_DIFFS)
		return take_diff(b, object, key, limit, err);
	return text_fail(err, TEXT_BROKEN, "a stub has no items");
}
