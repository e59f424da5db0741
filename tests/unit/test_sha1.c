/*
 * tests/unit/test_sha1.c
 *	  The plugin's SHA-1: the examples of RFC 3174, and texts that end before, at and behind the ends of blocks, whose hashes are
 *	  those of Python's hashlib.
 */
#include "plugin/core/sha1.c"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* assert_sha1 hashes a text in pieces of so many bytes. */
static void
assert_sha1(const void *text, size_t len, size_t piece, const char *expected)
{
	uint8 sum[SHA1_BYTES];
	char shown[2 * SHA1_BYTES + 1];

	sha1_begin();
	for (size_t at = 0; at < len; at += piece)
		sha1_add((const char *) text + at, Min(piece, len - at));
	assert_true(sha1_end(sum));
	for (int i = 0; i < SHA1_BYTES; i++)
		sprintf(shown + 2 * i, "%02x", sum[i]);
	assert_string_equal(shown, expected);
}

static void
test_examples(void **state)
{
	static const char letters[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *many = malloc(1000000);

	(void) state;
	assert_sha1("abc", 3, 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_sha1(letters, strlen(letters), 100, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	memset(many, 'a', 1000000);
	assert_sha1(many, 1000000, 999, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	free(many);
}

static void
test_lengths(void **state)
{
	static const struct
	{
		size_t len;
		const char *sum;
	} of[] = {
	    {0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	    {1, "bf8b4530d8d246dd74ac53a13471bba17941dff7"},
	    {54, "7fe50979b12cf9232dda5ca196ac5d968090bc2c"},
	    {55, "63ac9708fb581dd150d3647549f9e0cb51dcf1df"},
	    {56, "5a0c4d0eb2f15e05bbbff6b8dada9ae767fc03f0"},
	    {57, "4e77d3077d2ab5167db3434c31cac3d15a3afc12"},
	    {63, "d94ff3ad53f9b9327704b812ee9c1f3abbba3d48"},
	    {64, "5f55a35e13f1865e7ffc22dca1275b1a49b0ff56"},
	    {65, "d7f8931010f8342a97383e1410a58c47d057708b"},
	    {119, "774001b5ad1f46b40c48e1b94cb092c593ead25b"},
	    {120, "6ebf3111dc761f11b13f29df0484848785385973"},
	    {121, "467945c0e868aaff130a18a6ff44c3963010999f"},
	    {127, "82d007f6e7e5672722c0717b6bea2ba6f17cd35c"},
	    {128, "0a44ac02432f6ead67d86fcb70a4d8ce589e50ec"},
	    {129, "461b146c523c63566b8bf8852dc8462116cf2e3f"},
	    {1000, "7461968a9edb9b418224f1acb305d2feeaa10ba5"},
	};
	uint8 text[1000];

	(void) state;
	for (size_t i = 0; i < lengthof(of); i++)
	{
		for (size_t at = 0; at < of[i].len; at++)
			text[at] = (uint8) (at * 7 + of[i].len);
		for (size_t piece = 1; piece < 70; piece++)
			assert_sha1(text, of[i].len, piece, of[i].sum);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_examples),
	    cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
