/*
 * plugin/core/sha1.c
 *	  SHA-1; see sha1.h.
 */
#include "plugin/core/sha1.h"

#include <openssl/evp.h>

/* Of the process. */
static EVP_MD *algorithm;
static EVP_MD_CTX *hash;
static bool done; /* so far */

void
sha1_begin(void)
{
	if (algorithm == NULL)
		algorithm = EVP_MD_fetch(NULL, "SHA1", NULL);
	if (hash == NULL)
		hash = EVP_MD_CTX_new();
	done = algorithm != NULL && hash != NULL && EVP_DigestInit_ex2(hash, algorithm, NULL) == 1;
}

void
sha1_add(const void *data, size_t len)
{
	done = done && EVP_DigestUpdate(hash, data, len) == 1;
}

bool
sha1_end(uint8 out[SHA1_BYTES])
{
	return done && EVP_DigestFinal_ex(hash, out, NULL) == 1;
}
