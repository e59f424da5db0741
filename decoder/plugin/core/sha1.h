/*
 * plugin/core/sha1.h
 *	  SHA-1 (RFC 3174) of pieces, one behind the other. Not by the server: OpenSSL looks for its algorithm at each hash, which takes
 *	  longer than the hash of the text that an event's id is, and may refuse it.
 */
#ifndef MWMIRROR_CORE_SHA1_H
#define MWMIRROR_CORE_SHA1_H

#include "postgres.h"

#define SHA1_BYTES 20
#define SHA1_BLOCK 64

/* What is being hashed. */
typedef struct sha1
{
	uint32 state[5];
	uint64 len; /* bytes so far */
	uint8 block[SHA1_BLOCK];
} sha1;

extern void sha1_begin(sha1 *h);
extern void sha1_add(sha1 *h, const void *data, size_t len);
extern void sha1_end(sha1 *h, uint8 out[SHA1_BYTES]);

#endif
