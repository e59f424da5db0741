/*
 * tests/fuzz/fuzz_value.c
 *	  Values by every kind and in every charset.
 *
 * Input: kind of the value u8, collation u16, digits u8, then its bytes, the first eight of which are the number of one that is no string.
 */
#include "convert_all.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	const value_kind kind = (value_kind) (fuzz_byte(&in) % (VALUE_BYTES + 1));
	value v = {.kind = kind, .charset = fuzz_word(&in), .digits = fuzz_byte(&in) % 7};
	size_t len;
	char *bytes = fuzz_bytes(&in, in.left, &len);
	arena *a = arena_create(4096);

	if (a == NULL)
		abort();
	if (kind == VALUE_BYTES)
	{
		v.bytes.data = bytes;
		v.bytes.len = len;
	}
	else
		memcpy(&v.u, bytes, len < 8 ? len : 8);
	/* no row holds these */
	if ((kind == VALUE_FLOAT || kind == VALUE_DOUBLE) && !(v.d - v.d == 0))
		v.d = 0;
	if (kind == VALUE_FLOAT)
		v.d = v.d > 3e38 || v.d < -3e38 ? 0 : (float) v.d;
	if (kind == VALUE_TIMESTAMP)
		v.u %= UINT64_C(4294967296) * 1000000;
	convert_all(&v, a);
	arena_destroy(a);
	free(bytes);
	return 0;
}
