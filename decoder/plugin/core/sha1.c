/*
 * plugin/core/sha1.c
 *	  SHA-1; see sha1.h.
 */
#include "plugin/core/sha1.h"

#include "common/cryptohash.h"
#include "plugin/core/errors.h"

void
sha1_compute(const void *head, Size head_len, const void *tail, Size tail_len, const char *what,
             uint8 out[SHA1_DIGEST_LENGTH])
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA1);

	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
	    pg_cryptohash_update(hash, head, head_len) < 0 ||
	    pg_cryptohash_update(hash, tail, tail_len) < 0 ||
	    pg_cryptohash_final(hash, out, SHA1_DIGEST_LENGTH) < 0)
		ereport(ERROR, (errcode(MW_BUG),
		                errmsg("could not compute %s: %s", what, pg_cryptohash_error(hash)),
		                errdetail("It is a SHA-1, which the server's OpenSSL may refuse.")));
	pg_cryptohash_free(hash);
}
