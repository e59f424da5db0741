/*
 * tests/fuzz/fuzz.h
 *	  What the targets share: bytes off the front of the input, and use of what was read.
 */
#ifndef MWMIRROR_TESTS_FUZZ_H
#define MWMIRROR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The one function of a target, which libFuzzer calls; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input. */
typedef struct fuzz_input
{
	const uint8_t *next;
	size_t left;
} fuzz_input;

/* The next byte, 0 behind the end. */
static inline uint8_t
fuzz_byte(fuzz_input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->next++;
}

static inline uint16_t
fuzz_word(fuzz_input *in)
{
	const uint8_t low = fuzz_byte(in);

	return (uint16_t) (low | fuzz_byte(in) << 8);
}

/* A copy, from malloc, of the next bytes, or of what is left; so a read behind it is seen. */
static inline void *
fuzz_bytes(fuzz_input *in, size_t most, size_t *len)
{
	void *copy;

	*len = most < in->left ? most : in->left;
	copy = malloc(*len);
	if (copy == NULL && *len > 0)
		abort();
	if (*len > 0)
		memcpy(copy, in->next, *len);
	in->next += *len;
	in->left -= *len;
	return copy;
}

/* Reads all of the bytes, so that those that may not be read are seen. */
static inline void
fuzz_touch(const void *data, size_t len)
{
	static volatile uint8_t sum;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t) (sum + ((const uint8_t *) data)[i]);
}

static inline void
fuzz_touch_text(const char *text)
{
	if (text != NULL)
		fuzz_touch(text, strlen(text));
}

#endif
