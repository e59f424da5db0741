/*
 * tests/unit/test_text.c
 *	  Stored texts: what MediaWiki reads of its own databases (tests/data/text) is read; whatever the bytes are, the answer is a
 *	  text within the limit, or a reason.
 *
 * With the path of such a file it only compares what that one says (tests/e2e/test_stored_text.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>
#include "text/address.h"
#include "text/binary_diff.h"
#include "text/encoding.h"
#include "text/expand.h"
#include "text/flags.h"
#include "text/history_blob.h"
#include "text/inflate.h"

#define LIMIT ((size_t) 16 << 20)
#define ROWS_MOST 2000

/* ---- recorded databases ---- */

/* A row that can be fetched, or an answer of MediaWiki. */
typedef struct row
{
	text_place_kind kind;
	char *cluster;
	uint64_t id;
	unsigned flags;
	char *data; /* malloc'd with exactly len bytes, so that a read behind it is seen */
	size_t len;
} row;

typedef struct answer
{
	char *address;
	bool is_text;
	char *data;
	size_t len;
} answer;

typedef struct store
{
	char *content; /* of the file */
	char encoding[40];
	row rows[ROWS_MOST];
	size_t row_count;
	answer answers[ROWS_MOST];
	size_t answer_count;
	unsigned damage; /* seed of what fetch does to the bytes; 0: nothing */
} store;

static uint32_t seed = 1;

static uint32_t
dice(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* A copy with exactly its bytes. */
static char *
exact_copy(const char *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static char *
unhex(const char *hex, size_t *len)
{
	char *out;

	*len = strlen(hex) / 2;
	out = malloc(*len > 0 ? *len : 1);
	assert_non_null(out);
	for (size_t i = 0; i < *len; i++)
	{
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (char) byte;
	}
	return out;
}

static char *
word(char **line)
{
	char *found = strsep(line, "\t");

	assert_non_null(found);
	return found;
}

static void
load_row(store *s, const char *kind, char **line)
{
	row *r = &s->rows[s->row_count++];

	assert_true(s->row_count < ROWS_MOST);
	r->kind = strcmp(kind, "row") == 0    ? TEXT_PLACE_ROW
	          : strcmp(kind, "blob") == 0 ? TEXT_PLACE_BLOB
	                                      : TEXT_PLACE_CUR;
	if (r->kind == TEXT_PLACE_BLOB)
		r->cluster = word(line);
	r->id = strtoull(word(line), NULL, 10);
	if (r->kind == TEXT_PLACE_ROW)
	{
		const char *flags = word(line);

		r->flags = text_flags_parse(flags, strlen(flags));
	}
	r->data = unhex(word(line), &r->len);
}

static void
load_line(store *s, char *line)
{
	const char *kind = word(&line);
	answer *a;

	if (strcmp(kind, "encoding") == 0)
		snprintf(s->encoding, sizeof(s->encoding), "%s", word(&line));
	else if (strcmp(kind, "text") == 0 || strcmp(kind, "none") == 0)
	{
		a = &s->answers[s->answer_count++];
		assert_true(s->answer_count < ROWS_MOST);
		a->address = word(&line);
		a->is_text = kind[0] == 't';
		if (a->is_text)
			a->data = unhex(word(&line), &a->len);
	}
	else
		load_row(s, kind, &line);
}

static store *
store_load(const char *path)
{
	store *s = calloc(1, sizeof(*s));
	FILE *f = fopen(path, "rb");
	char *rest, *line;
	long size;

	assert_non_null(s);
	if (f == NULL)
		fail_msg("there is no %s", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	rest = s->content = calloc(1, (size_t) size + 1);
	assert_int_equal(fread(s->content, 1, (size_t) size, f), size);
	fclose(f);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0' && *line != '#')
			load_line(s, line);
	return s;
}

static void
store_free(store *s)
{
	for (size_t i = 0; i < s->row_count; i++)
		free(s->rows[i].data);
	for (size_t i = 0; i < s->answer_count; i++)
		free(s->answers[i].data);
	free(s->content);
	free(s);
}

/* Changes, cuts or lengthens bytes. */
static void
spoil(char **data, size_t *len)
{
	static const char likely[] = "0123456789:;{}\"saObiN-\x01\x02\x03";

	for (uint32_t n = dice(4); n > 0 && *len > 0; n--)
		(*data)[dice((uint32_t) *len)] =
		    (char) (dice(2) == 0 ? (uint32_t) likely[dice(sizeof(likely) - 1)] : dice(256));
	if (dice(6) == 0)
	{
		char *cut = exact_copy(*data, *len = dice((uint32_t) *len + 1));

		free(*data);
		*data = cut;
	}
}

static text_status
store_fetch(void *context, const text_place *place, text_bytes *out, unsigned *flags,
            text_error *err)
{
	store *s = context;

	for (size_t i = 0; i < s->row_count; i++)
	{
		const row *r = &s->rows[i];

		if (r->kind != place->kind || r->id != place->id ||
		    (r->kind == TEXT_PLACE_BLOB &&
		     (strlen(r->cluster) != place->cluster.len ||
		      memcmp(r->cluster, place->cluster.at, place->cluster.len) != 0)))
			continue;
		out->len = r->len;
		out->data = out->owned = exact_copy(r->data, r->len);
		if (s->damage)
		{
			spoil(&out->owned, &out->len);
			out->data = out->owned;
		}
		*flags = r->flags;
		return TEXT_OK;
	}
	return text_fail(err, TEXT_MISSING, "no row %llu", (unsigned long long) place->id);
}

static text_source
source_of(store *s)
{
	return (text_source){store_fetch, s, s->encoding[0] == '\0' ? NULL : s->encoding, LIMIT};
}

/* compare returns how many of MediaWiki's answers are ours. */
static size_t
compare(store *s)
{
	text_source source = source_of(s);
	size_t same = 0;

	for (size_t i = 0; i < s->answer_count; i++)
	{
		const answer *a = &s->answers[i];
		text_error err = {""};
		text_bytes out;
		text_status status = text_read(&source, a->address, strlen(a->address), &out, &err);

		if ((status == TEXT_OK) != a->is_text)
			print_error("%s: MediaWiki %s, here it is %s: %s\n", a->address,
			            a->is_text ? "reads a text" : "reads nothing", text_status_name(status),
			            err.message);
		else if (status == TEXT_OK &&
		         (out.len != a->len || (a->len > 0 && memcmp(out.data, a->data, a->len) != 0)))
			print_error("%s: another text\n", a->address);
		else
			same++;
		assert_true(status == TEXT_OK || (out.owned == NULL && err.message[0] != '\0'));
		text_bytes_free(&out);
	}
	return same;
}

static const char *const recorded[] = {"mediawiki-1.39", "mediawiki-1.43"};

static store *
store_recorded(size_t number)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/text/%s.store", TEST_DATA, recorded[number]);
	return store_load(path);
}

static void
test_as_mediawiki_reads(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++)
	{
		store *s = store_recorded(i);

		assert_true(s->answer_count > 100);
		assert_int_equal(compare(s), s->answer_count);
		store_free(s);
	}
}

/* Each allocation of the damaged is checked by the sanitizers; here, that an answer is within the limit and a failure says why. */
static void
test_damaged(void **state)
{
	size_t failed = 0, read = 0;

	(void) state;
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++)
	{
		store *s = store_recorded(i);
		text_source source = source_of(s);

		source.limit = 20000;
		s->damage = 1;
		for (int round = 0; round < 15; round++)
			for (size_t k = 0; k < s->answer_count; k++)
			{
				const char *address = s->answers[k].address;
				text_error err = {""};
				text_bytes out;

				if (text_read(&source, address, strlen(address), &out, &err) == TEXT_OK)
				{
					read++;
					assert_true(out.len <= source.limit);
				}
				else
				{
					failed++;
					assert_true(out.data == NULL && err.message[0] != '\0');
				}
				text_bytes_free(&out);
			}
		store_free(s);
	}
	assert_true(read > 500 && failed > 500);
}

/* ---- deflate ---- */

static text_bytes
deflated(const char *data, size_t len)
{
	size_t room = compressBound(len) + 64;
	text_bytes b = {.owned = malloc(room)};
	z_stream z = {0};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *) data;
	z.avail_in = (uInt) len;
	z.next_out = (Bytef *) b.owned;
	z.avail_out = (uInt) room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	b.data = b.owned;
	b.len = z.total_out;
	deflateEnd(&z);
	return b;
}

static void
test_inflate_limit(void **state)
{
	const size_t sizes[] = {0, 1, 255, 256, 257, 1000, 100000, 1 << 20};
	char *plain = calloc(1, 1 << 20);

	(void) state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		text_bytes b = deflated(plain, sizes[i]);
		size_t len = b.len;
		text_error err;

		if (sizes[i] > 0)
		{
			assert_int_equal(text_inflate(&b, sizes[i] - 1, &err), TEXT_LARGE);
			assert_int_equal(b.len, len);
		}
		assert_int_equal(text_inflate(&b, sizes[i], &err), TEXT_OK);
		assert_int_equal(b.len, sizes[i]);
		assert_memory_equal(b.data, plain, sizes[i]);
		text_bytes_free(&b);
	}
	free(plain);
}

/* ---- binary differences ---- */

static text_status
apply(const char *base, size_t base_len, const void *diff, size_t len, size_t limit,
      text_bytes *out)
{
	char *copy = exact_copy(diff, len);
	text_error err;
	text_status status;

	*out = (text_bytes){base, base_len, NULL};
	status = binary_diff_apply(out, (php_span){copy, len}, limit, &err);
	free(copy);
	return status;
}

/* Adler-32 of "abc" from 0 is 0x024A0126, which MediaWiki's xdiffAdler32() gives as well. */
#define HEAD_ABC "\x26\x01\x4A\x02\x03\0\0\0"
#define APPLY(diff, limit) apply("abc", 3, diff, sizeof(diff) - 1, limit, &out)

static void
test_binary_diff(void **state)
{
	text_bytes out;

	(void) state;
	assert_int_equal(APPLY(HEAD_ABC "\2\1\0\0\0\2\0\0\0\1\1x\3\2\0\0\0yz\2\0\0\0\0\3\0\0\0", 8),
	                 TEXT_OK);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.data, "bcxyzabc", 8);
	text_bytes_free(&out);
	assert_int_equal(APPLY(HEAD_ABC, 0), TEXT_OK);
	assert_int_equal(out.len, 0);
	text_bytes_free(&out);
	assert_int_equal(apply(NULL, 0, "\0\0\0\0\0\0\0\0\1\1x", 11, 1, &out), TEXT_OK);
	assert_memory_equal(out.data, "x", 1);
	text_bytes_free(&out);
	assert_int_equal(APPLY(HEAD_ABC "\2\1\0\0\0\2\0\0\0\1\1x", 2), TEXT_LARGE);
	/* four GiB from a few bytes */
	assert_int_equal(APPLY(HEAD_ABC "\2\0\0\0\0\xFF\xFF\xFF\xFF", LIMIT), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\3\xFF\xFF\xFF\xFFx", LIMIT), TEXT_BROKEN);
	/* of another text, by the sum and by the length */
	assert_int_equal(APPLY("\x27\x01\x4A\x02\x03\0\0\0", 9), TEXT_BROKEN);
	assert_int_equal(APPLY("\x26\x01\x4A\x02\x02\0\0\0", 9), TEXT_BROKEN);
	assert_int_equal(APPLY("\x26\x01\x4A\x02\x03\0\0", 9), TEXT_BROKEN);
	/* behind the text, an operation that is none or is cut off */
	assert_int_equal(APPLY(HEAD_ABC "\2\3\0\0\0\1\0\0\0", 9), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\2\4\0\0\0\0\0\0\0", 9), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\4", 9), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\1", 9), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\1\2x", 9), TEXT_BROKEN);
	assert_int_equal(APPLY(HEAD_ABC "\2\0\0\0\0\1\0\0", 9), TEXT_BROKEN);
}

/* ---- objects ---- */

/* Puts together what PHP would serialize: an object of one member, or mItems with mCompressed. */
static text_bytes
object_of(const char *class, const char *members, text_bytes packed)
{
	size_t room = packed.len + strlen(members) + 200;
	text_bytes b = {.owned = malloc(room)};
	int n;

	n = snprintf(b.owned, room, "O:%zu:\"%s\":%d:{%ss:%zu:\"", strlen(class), class,
	             strstr(members, "b:1") != NULL ? 2 : 1, members, packed.len);
	memcpy(b.owned + n, packed.data, packed.len);
	memcpy(b.owned + n + packed.len, "\";}", 3);
	b.data = b.owned;
	b.len = (size_t) n + packed.len + 3;
	text_bytes_free(&packed);
	return b;
}

#define DIFFS "DiffHistoryBlob", "s:11:\"mCompressed\";"
#define TEXTS "ConcatenatedGzipHistoryBlob", "s:11:\"mCompressed\";b:1;s:6:\"mItems\";"

static text_status
take(text_bytes b, const char *key, size_t limit, text_bytes *out)
{
	php_span item = {key, key == NULL ? 0 : strlen(key)};
	history_blob object;
	text_error err;
	text_status status = history_blob_parse(b.data, b.len, false, &object, &err);

	if (status == TEXT_OK)
		status = history_blob_take(&b, &object, key == NULL ? NULL : &item, limit, &err);
	*out = b;
	return status;
}

static void
assert_take(text_bytes b, const char *key, const char *expected)
{
	text_bytes out;

	assert_int_equal(take(b, key, LIMIT, &out), TEXT_OK);
	assert_int_equal(out.len, strlen(expected));
	assert_memory_equal(out.data, expected, out.len);
	text_bytes_free(&out);
}

static void
assert_take_fails(text_bytes b, const char *key, size_t limit, text_status expected)
{
	text_bytes out;
	size_t len = b.len;

	assert_int_equal(take(b, key, limit, &out), expected);
	assert_int_equal(out.len, len);
	text_bytes_free(&out);
}

#define PACKED(text) deflated(text, sizeof(text) - 1)
#define DIFF_A "s:11:\"\0\0\0\0\0\0\0\0\1\1a\";"                        /* "a" of nothing */
#define DIFF_AB "s:20:\"\x61\0\x61\0\1\0\0\0\2\0\0\0\0\1\0\0\0\1\1b\";" /* "ab" of "a" */

static void
test_diff_objects(void **state)
{
	(void) state;
#define LIST(map) "a:2:{s:5:\"diffs\";a:2:{i:0;" DIFF_A "i:1;" DIFF_AB "}s:3:\"map\";" map "}"
	assert_take(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "0", "a");
	assert_take(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "1", "ab");
	assert_take(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), NULL, "a");
	assert_take(object_of(DIFFS, PACKED(LIST("s:4:\"7,-4\";"))), "3", "ab");
	/* of a number that comes twice PHP has the later text */
	assert_take(object_of(DIFFS, PACKED(LIST("s:3:\"0,0\";"))), "0", "ab");
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "2", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "-1", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "1x", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:0:\"\";"))), "0", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:9:\"999999999\";"))), "0", LIMIT,
	                  TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED(LIST("N;"))), "0", LIMIT, TEXT_MISSING);
	/* what is inflated counts, too */
	assert_take_fails(object_of(DIFFS, PACKED(LIST("s:3:\"0,1\";"))), "0", 50, TEXT_LARGE);
	assert_take_fails(object_of(DIFFS, PACKED("b:0;")), "0", LIMIT, TEXT_MISSING);
	assert_take_fails(object_of(DIFFS, PACKED("i:0;")), "0", LIMIT, TEXT_BROKEN);
	assert_take_fails(object_of(DIFFS, PACKED("a:0:{}")), "0", LIMIT, TEXT_MISSING);
	/* differences that are no list of texts, or are of other texts */
	assert_take_fails(
	    object_of(DIFFS, PACKED("a:2:{s:3:\"map\";s:1:\"0\";s:5:\"diffs\";a:1:{i:1;" DIFF_A "}}")),
	    "0", LIMIT, TEXT_BROKEN);
	assert_take_fails(
	    object_of(DIFFS, PACKED("a:2:{s:3:\"map\";s:1:\"0\";s:5:\"diffs\";a:1:{i:0;N;}}")), "0",
	    LIMIT, TEXT_BROKEN);
	assert_take_fails(
	    object_of(DIFFS, PACKED("a:2:{s:3:\"map\";s:1:\"0\";s:5:\"diffs\";a:1:{i:0;" DIFF_AB "}}")),
	    "0", LIMIT, TEXT_BROKEN);
}

/* The form that came first: a text and the differences of those after it. MediaWiki does not find the last of them. */
static void
test_older_diff_objects(void **state)
{
	(void) state;
#define OLDER(diffs) PACKED("a:2:{s:5:\"diffs\";" diffs "s:4:\"base\";s:1:\"a\";}")
	assert_take(object_of(DIFFS, OLDER("a:1:{i:0;" DIFF_AB "}")), "0", "a");
	assert_take_fails(object_of(DIFFS, OLDER("a:1:{i:0;" DIFF_AB "}")), "1", LIMIT, TEXT_MISSING);
	assert_take(object_of(DIFFS, OLDER("a:2:{i:0;" DIFF_AB "i:1;" DIFF_AB "}")), "1", "ab");
	assert_take(object_of(DIFFS, OLDER("a:0:{}")), "0", "a");
}

/* Also what is not packed has at most as many bytes as are allowed. */
static void
test_limit(void **state)
{
	text_source source = {.limit = 3};
	text_bytes b = {"four", 4, NULL};
	text_error err;

	(void) state;
	assert_int_equal(text_expand(&source, &b, TEXT_FLAG_UTF8, &err), TEXT_LARGE);
	assert_int_equal(b.len, 0);
	b = (text_bytes){"two", 3, NULL};
	assert_int_equal(text_expand(&source, &b, TEXT_FLAG_UTF8, &err), TEXT_OK);
	assert_int_equal(b.len, 3);
}

static void
test_text_objects(void **state)
{
	(void) state;
	assert_take(object_of(TEXTS, PACKED("a:2:{s:1:\"k\";s:3:\"one\";i:12;s:3:\"two\";}")), "k",
	            "one");
	/* of digits PHP makes an integer */
	assert_take(object_of(TEXTS, PACKED("a:2:{s:1:\"k\";s:3:\"one\";i:12;s:3:\"two\";}")), "12",
	            "two");
	assert_take(object_of(TEXTS, PACKED("a:2:{s:1:\"k\";s:3:\"one\";s:1:\"k\";s:3:\"two\";}")), "k",
	            "two");
	assert_take_fails(object_of(TEXTS, PACKED("a:1:{s:1:\"k\";s:3:\"one\";}")), "kk", LIMIT,
	                  TEXT_MISSING);
	assert_take_fails(object_of(TEXTS, PACKED("a:1:{s:1:\"k\";s:3:\"one\";}")), NULL, LIMIT,
	                  TEXT_MISSING);
	assert_take_fails(object_of(TEXTS, PACKED("a:2:{s:1:\"k\";s:3:\"one\";}")), "k", LIMIT,
	                  TEXT_BROKEN);
	assert_take_fails(object_of(TEXTS, PACKED("a:1:{s:1:\"k\";s:3:\"one\";")), "k", LIMIT,
	                  TEXT_BROKEN);
	assert_take_fails(object_of(TEXTS, PACKED("a:1:{s:1:\"k\";i:3;}")), "k", LIMIT, TEXT_BROKEN);
	assert_take_fails(object_of(TEXTS, PACKED("s:3:\"one\";")), "k", LIMIT, TEXT_BROKEN);
	assert_take_fails(object_of(TEXTS, PACKED("a:1:{s:1:\"k\";s:3:\"one\";}")), "k", 20,
	                  TEXT_LARGE);
}

/* repeated returns an object of so many texts, each a copy of the one before, of 60,000 bytes. */
static text_bytes
repeated(int count)
{
	const uint32_t len = 60000;
	char *list = calloc(1, 200000), *at = list, *text;
	uint32_t head[2] = {0, len};
	text_bytes packed;

	at += sprintf(at, "a:2:{s:3:\"map\";s:%d:\"0", 2 * count - 1);
	for (int i = 1; i < count; i++)
		at += sprintf(at, ",1");
	at += sprintf(at, "\";s:5:\"diffs\";a:%d:{i:0;s:%u:\"", count, 8 + 5 + len);
	memcpy(at + 8, "\3", 1);
	memcpy(at + 9, &len, 4);
	text = at + 13;
	memset(text, 'a', len);
	head[0] = (uint32_t) adler32(0, (const Bytef *) text, len);
	at = text + len;
	for (int i = 1; i < count; i++)
	{
		at += sprintf(at, "\";i:%d;s:17:\"", i);
		memcpy(at, head, 8);
		memcpy(at + 8, "\2\0\0\0\0", 5);
		memcpy(at + 13, &len, 4);
		at += 17;
	}
	at += sprintf(at, "\";}}");
	packed = deflated(list, (size_t) (at - list));
	free(list);
	return object_of(DIFFS, packed);
}

/* A few bytes of differences make as many texts as one likes: the work has an end. (On a little endian machine.) */
static void
test_diff_work(void **state)
{
	const size_t limit = 1 << 17;
	text_bytes out;

	(void) state;
	assert_int_equal(take(repeated(30), "29", limit, &out), TEXT_OK);
	assert_int_equal(out.len, 60000);
	text_bytes_free(&out);
	assert_take_fails(repeated(100), "99", limit, TEXT_LARGE);
}

static text_status
parse(const char *data, size_t len, bool twice)
{
	char *copy = exact_copy(data, len);
	history_blob object;
	text_error err;
	text_status status = history_blob_parse(copy, len, twice, &object, &err);

	free(copy);
	return status;
}

/* parse_deep parses a stub with a member of so many arrays in each other. */
static text_status
parse_deep(size_t depth)
{
	static const char head[] = "O:15:\"HistoryBlobStub\":2:{s:6:\"mOldId\";i:1;s:1:\"x\";";
	char *text = malloc(sizeof(head) + depth * 10 + 3), *at = text;
	text_status status;

	memcpy(at, head, sizeof(head) - 1);
	at += sizeof(head) - 1;
	for (size_t i = 0; i < depth; i++, at += 9)
		memcpy(at, "a:1:{i:0;", 9);
	memcpy(at, "N;", 2);
	memset(at + 2, '}', depth + 1);
	status = parse(text, (size_t) (at - text) + 3 + depth, false);
	free(text);
	return status;
}

#define PARSE(text) parse(text, sizeof(text) - 1, false)
#define STUB "O:15:\"HistoryBlobStub\":"

static void
test_parse(void **state)
{
	(void) state;
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";s:2:\"12\";}"), TEXT_OK);
	assert_int_equal(PARSE(STUB "1:{s:9:\"\0*\0mOldId\";i:12;}"), TEXT_OK);
	assert_int_equal(PARSE(STUB "1:{s:23:\"\0HistoryBlobStub\0mOldId\";i:12;}"), TEXT_OK);
	assert_int_equal(PARSE(STUB "2:{s:1:\"x\";a:1:{i:0;O:1:\"y\":0:{}}s:6:\"mOldId\";i:12;}"),
	                 TEXT_OK);
	assert_int_equal(PARSE(STUB "0:{}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";i:0;}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";i:-1;}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";d:1.5;}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";N;}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "9999999999:{s:6:\"mOldId\";i:1;}"), TEXT_BROKEN);
	assert_int_equal(PARSE(STUB "1:{s:6:\"mOldId\";R:1;}"), TEXT_BROKEN);
	assert_int_equal(PARSE("O:16:\"HistoryBlobStubs\":0:{}"), TEXT_UNKNOWN);
	assert_int_equal(PARSE("O:99:\"HistoryBlobStub\":0:{}"), TEXT_BROKEN);
	assert_int_equal(PARSE("a:0:{}"), TEXT_BROKEN);
	assert_int_equal(PARSE(""), TEXT_BROKEN);
	assert_int_equal(parse_deep(4), TEXT_OK);
	assert_int_equal(parse_deep(5), TEXT_BROKEN);
	assert_int_equal(parse_deep(1000000), TEXT_BROKEN);
}

/* Lists that are changed before they are deflated: no checksum of what is around them stops the change. */
static void
test_damaged_lists(void **state)
{
	static const char diffs[] = LIST("s:3:\"0,1\";");
	static const char texts[] = "a:2:{s:1:\"0\";s:3:\"one\";i:1;s:3:\"two\";}";
	size_t taken = 0, failed = 0;

	(void) state;
	for (int round = 0; round < 15000; round++)
	{
		bool of_diffs = round % 2 == 0;
		size_t len = of_diffs ? sizeof(diffs) - 1 : sizeof(texts) - 1;
		char *list = exact_copy(of_diffs ? diffs : texts, len);
		text_bytes packed, out;

		spoil(&list, &len);
		packed = deflated(list, len);
		free(list);
		if (take(of_diffs ? object_of(DIFFS, packed) : object_of(TEXTS, packed),
		         dice(2) == 0 ? "0" : "1", 1000, &out) == TEXT_OK)
		{
			taken++;
			assert_true(out.len <= 1000);
		}
		else
			failed++;
		text_bytes_free(&out);
	}
	assert_true(taken > 2000 && failed > 2000);
}

/* ---- addresses ---- */

static void
assert_url(const char *text, const char *cluster, uint64_t id, const char *item)
{
	char *copy = exact_copy(text, strlen(text));
	text_error err;
	text_url url;

	assert_int_equal(text_url_parse(copy, strlen(text), &url, &err), TEXT_OK);
	assert_int_equal(url.cluster.len, strlen(cluster));
	assert_memory_equal(url.cluster.at, cluster, url.cluster.len);
	assert_int_equal(url.id, id);
	assert_int_equal(url.has_item, item != NULL);
	if (item != NULL)
	{
		assert_int_equal(url.item.len, strlen(item));
		assert_memory_equal(url.item.at, item, url.item.len);
	}
	free(copy);
}

static text_status
url_status(const char *text)
{
	text_error err;
	text_url url;

	return text_url_parse(text, strlen(text), &url, &err);
}

static void
test_urls(void **state)
{
	(void) state;
	assert_url("DB://cluster1/12", "cluster1", 12, NULL);
	assert_url("db://c/9223372036854775807", "c", INT64_MAX, NULL);
	assert_url("DB://cluster1/12/ab", "cluster1", 12, "ab");
	assert_url("DB://cluster1/12/", "cluster1", 12, "");
	assert_url("DB://cluster1/12/3/4", "cluster1", 12, "3");
	assert_int_equal(url_status("DB://cluster1/9223372036854775808"), TEXT_BROKEN);
	assert_int_equal(url_status("DB://cluster1/99999999999999999999"), TEXT_BROKEN);
	assert_int_equal(url_status("DB://cluster1/"), TEXT_BROKEN);
	assert_int_equal(url_status("DB://cluster1/0"), TEXT_BROKEN);
	assert_int_equal(url_status("DB://cluster1"), TEXT_BROKEN);
	assert_int_equal(url_status("DB:///1"), TEXT_BROKEN);
	assert_int_equal(url_status("DB://"), TEXT_BROKEN);
	assert_int_equal(url_status("mwstore://x/1"), TEXT_UNKNOWN);
	assert_int_equal(url_status(""), TEXT_UNKNOWN);
}

static text_status
address_status(const char *text, text_address *out)
{
	text_error err;

	return text_address_parse(text, strlen(text), out, &err);
}

static void
test_addresses(void **state)
{
	text_address a;

	(void) state;
	assert_int_equal(address_status("tt:12", &a), TEXT_OK);
	assert_false(a.is_url);
	assert_int_equal(a.id, 12);
	assert_int_equal(address_status("es:DB://cluster1/5?flags=utf-8,gzip", &a), TEXT_OK);
	assert_true(a.is_url);
	assert_int_equal(a.url.len, 15);
	assert_int_equal(a.flags, TEXT_FLAG_EXTERNAL | TEXT_FLAG_UTF8 | TEXT_FLAG_GZIP);
	assert_int_equal(address_status("es:DB://c/5?x=y&flags=object&z", &a), TEXT_OK);
	assert_int_equal(a.flags, TEXT_FLAG_EXTERNAL | TEXT_FLAG_OBJECT);
	assert_int_equal(address_status("es:DB://c/5?flags=utf%2D8", &a), TEXT_BROKEN);
	assert_int_equal(address_status("es:", &a), TEXT_BROKEN);
	assert_int_equal(address_status("tt:", &a), TEXT_BROKEN);
	assert_int_equal(address_status("tt:-1", &a), TEXT_BROKEN);
	assert_int_equal(address_status("bad:tt:1?error=x", &a), TEXT_LOST);
	assert_int_equal(address_status("zz:1", &a), TEXT_UNKNOWN);
	assert_int_equal(address_status("", &a), TEXT_UNKNOWN);
}

/* ---- encodings ---- */

static void
test_encoding(void **state)
{
	text_bytes b = {"\xE9\x80", 2, NULL};
	text_error err;

	(void) state;
	assert_int_equal(text_decode(&b, "no such encoding", LIMIT, &err), TEXT_UNKNOWN);
	assert_int_equal(text_decode(&b, "windows-1252", 4, &err), TEXT_LARGE);
	assert_int_equal(text_decode(&b, "windows-1252", 5, &err), TEXT_OK);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "\xC3\xA9\xE2\x82\xAC", 5);
	text_bytes_free(&b);
	b = (text_bytes){"a\xA4", 2, NULL};
	assert_int_equal(text_decode(&b, "EUC-JP", LIMIT, &err), TEXT_BROKEN);
	assert_int_equal(b.len, 2);
}

static void
test_as_php_converts(void **state)
{
	char line[2000];
	FILE *f = fopen(TEST_DATA "/text/encodings.tsv", "r");
	size_t count = 0;

	(void) state;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f) != NULL; count++)
	{
		char *rest = line;
		const char *encoding = word(&rest);
		text_bytes b = {0};
		text_error err;
		char *expected;
		size_t len;

		b.data = b.owned = unhex(word(&rest), &b.len);
		rest[strcspn(rest, "\n")] = '\0';
		if (strcmp(rest, "-") == 0)
			assert_int_equal(text_decode(&b, encoding, LIMIT, &err), TEXT_BROKEN);
		else
		{
			expected = unhex(rest, &len);
			assert_int_equal(text_decode(&b, encoding, LIMIT, &err), TEXT_OK);
			assert_int_equal(b.len, len);
			assert_memory_equal(b.data, expected, len);
			free(expected);
		}
		text_bytes_free(&b);
	}
	fclose(f);
	assert_int_equal(count, 225);
}

static int
compare_file(const char *path)
{
	store *s = store_load(path);
	size_t same = compare(s);

	printf("%zu of %zu texts are the same\n", same, s->answer_count);
	same = s->answer_count - same;
	store_free(s);
	return same > 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_mediawiki_reads),
	                                   cmocka_unit_test(test_damaged),
	                                   cmocka_unit_test(test_inflate_limit),
	                                   cmocka_unit_test(test_binary_diff),
	                                   cmocka_unit_test(test_diff_objects),
	                                   cmocka_unit_test(test_older_diff_objects),
	                                   cmocka_unit_test(test_limit),
	                                   cmocka_unit_test(test_text_objects),
	                                   cmocka_unit_test(test_diff_work),
	                                   cmocka_unit_test(test_damaged_lists),
	                                   cmocka_unit_test(test_parse),
	                                   cmocka_unit_test(test_urls),
	                                   cmocka_unit_test(test_addresses),
	                                   cmocka_unit_test(test_encoding),
	                                   cmocka_unit_test(test_as_php_converts)};

	if (argc == 2)
		return compare_file(argv[1]);
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
