/*
 * plugin/core/sha1.c
 *	  SHA-1; see sha1.h.
 */
#include "plugin/core/sha1.h"

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

#define ROUNDS 80
#define LENGTH_BYTES 8 /* at the end of the last block: the length in bits */

/* One round; the names of the five words go round from one to the next. */
#define ROUND(f, k, a, b, c, d, e, word)                                                           \
	(e += pg_rotate_left32(a, 5) + f(b, c, d) + (k) + (word), b = pg_rotate_left32(b, 30))

#define FIVE_ROUNDS(f, k, w)                                                                       \
	(ROUND(f, k, a, b, c, d, e, (w)[0]), ROUND(f, k, e, a, b, c, d, (w)[1]),                       \
	 ROUND(f, k, d, e, a, b, c, (w)[2]), ROUND(f, k, c, d, e, a, b, (w)[3]),                       \
	 ROUND(f, k, b, c, d, e, a, (w)[4]))

#define CHOOSE(x, y, z) (((x) & ((y) ^ (z))) ^ (z))
#define PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

static void
take_block(sha1 *h, const uint8 *block)
{
	uint32 a = h->state[0];
	uint32 b = h->state[1];
	uint32 c = h->state[2];
	uint32 d = h->state[3];
	uint32 e = h->state[4];
	uint32 w[ROUNDS];

	memcpy(w, block, SHA1_BLOCK);
	for (int i = 0; i < 16; i++)
		w[i] = pg_ntoh32(w[i]);
	for (int i = 16; i < ROUNDS; i++)
		w[i] = pg_rotate_left32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 20; i += 5)
		FIVE_ROUNDS(CHOOSE, 0x5a827999, w + i);
	for (int i = 20; i < 40; i += 5)
		FIVE_ROUNDS(PARITY, 0x6ed9eba1, w + i);
	for (int i = 40; i < 60; i += 5)
		FIVE_ROUNDS(MAJORITY, 0x8f1bbcdc, w + i);
	for (int i = 60; i < ROUNDS; i += 5)
		FIVE_ROUNDS(PARITY, 0xca62c1d6, w + i);
	h->state[0] += a;
	h->state[1] += b;
	h->state[2] += c;
	h->state[3] += d;
	h->state[4] += e;
}

void
sha1_begin(sha1 *h)
{
	static const uint32 first[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

	memcpy(h->state, first, sizeof(first));
	h->len = 0;
}

void
sha1_add(sha1 *h, const void *data, size_t len)
{
	const uint8 *next = data;

	while (len > 0)
	{
		size_t used = h->len % SHA1_BLOCK;
		size_t n = Min(len, SHA1_BLOCK - used);

		memcpy(h->block + used, next, n);
		h->len += n;
		next += n;
		len -= n;
		if (used + n == SHA1_BLOCK)
			take_block(h, h->block);
	}
}

void
sha1_end(sha1 *h, uint8 out[SHA1_BYTES])
{
	static const uint8 padding[SHA1_BLOCK] = {0x80};
	uint64 bits = pg_hton64(h->len * 8);
	size_t used = h->len % SHA1_BLOCK;

	sha1_add(h, padding,
	         (used < SHA1_BLOCK - LENGTH_BYTES ? SHA1_BLOCK : 2 * SHA1_BLOCK) - LENGTH_BYTES -
	             used);
	sha1_add(h, &bits, sizeof(bits));
	for (int i = 0; i < 5; i++)
		h->state[i] = pg_hton32(h->state[i]);
	memcpy(out, h->state, SHA1_BYTES);
}
