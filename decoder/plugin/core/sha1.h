/*
 * plugin/core/sha1.h
 *	  SHA-1 by the server.
 */
#ifndef MWMIRROR_CORE_SHA1_H
#define MWMIRROR_CORE_SHA1_H

#include "postgres.h"

#include "common/sha1.h"

/* Writes the SHA-1 of two pieces, one behind the other. ERROR, which names what it is for, if the server's fails. */
extern void sha1_compute(const void *head, Size head_len, const void *tail, Size tail_len,
                         const char *what, uint8 out[SHA1_DIGEST_LENGTH]);

#endif
