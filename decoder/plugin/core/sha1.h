/*
 * plugin/core/sha1.h
 *	  SHA-1 (RFC 3174) of pieces, one behind the other, by OpenSSL. One hash at a time. Its algorithm is looked for once a process: the server's
 *	  pg_cryptohash does it at each hash, which takes longer than the hash of the text that an event's id is.
 */
#ifndef MWMIRROR_CORE_SHA1_H
#define MWMIRROR_CORE_SHA1_H

#include "postgres.h"

#define SHA1_BYTES 20

extern void sha1_begin(void);
extern void sha1_add(const void *data, size_t len);
/* False: OpenSSL refuses, as with settings that allow no SHA-1. */
extern bool sha1_end(uint8 out[SHA1_BYTES]);

/* For ereport, of what sha1_end has refused. */
#define SHA1_REFUSED                                                                               \
	errcode(MW_BUG), errmsg("could not compute a SHA-1"),                                          \
	    errdetail("Ids of events are made of it, and the server's OpenSSL refuses it."),           \
	    errhint("See whether openssl.cnf, or a FIPS mode, allows no SHA-1.")

#endif
