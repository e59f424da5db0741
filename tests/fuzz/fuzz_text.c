/*
 * tests/fuzz/fuzz_text.c
 *	  Stored texts: PHP's serialization, the objects in it, differences, flags and addresses.
 *
 * Input: flags u8, length of the address u8, address, length of what is referred to u16, that, the text.
 */
#include "fuzz.h"
#include "text/binary_diff.h"
#include "text/expand.h"
#include "text/history_blob.h"

#define LIMIT (1 << 16)

/* Where all that is fetched comes from. */
typedef struct store
{
	const char *data;
	size_t len;
	unsigned flags;
	int left;
} store;

static text_status
fetch(void *context, const text_place *place, text_bytes *out, unsigned *flags, text_error *err)
{
	store *s = context;
	char *copy = malloc(s->len + 1);

	fuzz_touch(place->cluster.at, place->kind == TEXT_PLACE_BLOB ? place->cluster.len : 0);
	if (copy == NULL)
		abort();
	if (s->left-- <= 0)
	{
		free(copy);
		return text_fail(err, TEXT_MISSING, "no more");
	}
	memcpy(copy, s->data, s->len);
	text_bytes_replace(out, copy, s->len);
	*flags = s->flags;
	return TEXT_OK;
}

static void
use_php(const char *data, size_t len)
{
	php_reader r = {data, data + len};
	php_span found;

	php_skip(&r, 20);
	if (php_find_text((php_span){data, len}, "5::newuser", &found))
		fuzz_touch(found.at, found.len);
}

static void
use_difference(const char *data, size_t len, const char *difference, size_t difference_len)
{
	char *copy = malloc(len + 1);
	text_bytes b = {0};
	text_error err;

	if (copy == NULL)
		abort();
	memcpy(copy, data, len);
	text_bytes_replace(&b, copy, len);
	if (binary_diff_apply(&b, (php_span){difference, difference_len}, LIMIT, &err) == TEXT_OK)
		fuzz_touch(b.data, b.len);
	text_bytes_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	const uint8_t flags = fuzz_byte(&in);
	size_t address_len, other_len, len;
	char *address, *other, *text;
	store s;
	text_source source = {
	    .fetch = fetch, .context = &s, .legacy_encoding = "windows-1252", .limit = LIMIT};
	text_bytes b = {0};
	text_error err;

	address = fuzz_bytes(&in, fuzz_byte(&in), &address_len);
	other = fuzz_bytes(&in, fuzz_word(&in), &other_len);
	text = fuzz_bytes(&in, in.left, &len);
	s = (store){text, len, flags & 0xF, 4};
	use_php(text, len);
	use_difference(other, other_len, text, len);
	if (text_read(&source, address, address_len, &b, &err) == TEXT_OK)
		fuzz_touch(b.data, b.len);
	text_bytes_free(&b);
	s = (store){other, other_len, flags >> 4, 4};
	b = (text_bytes){text, len, NULL};
	if (text_expand(&source, &b, flags & 0xF, &err) == TEXT_OK)
		fuzz_touch(b.data, b.len);
	text_bytes_free(&b);
	free(address);
	free(other);
	free(text);
	return 0;
}
