/*
 * plugin/core/identity.c
 *	  meta.id; see identity.h.
 */
#include "plugin/core/identity.h"

#include "common/cryptohash.h"
#include "common/sha1.h"
#include "lib/stringinfo.h"
#include "plugin/core/errors.h"

#define UUID_BYTES 16
#define UUID_VERSION 5

/* hash_name writes the SHA-1 of the namespace and the name. */
static void
hash_name(const StringInfoData *name, uint8 out[SHA1_DIGEST_LENGTH])
{
	static const uint8 space[UUID_BYTES] = IDENTITY_NAMESPACE;
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA1);

	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
	    pg_cryptohash_update(hash, space, sizeof(space)) < 0 ||
	    pg_cryptohash_update(hash, (const uint8 *) name->data, name->len) < 0 ||
	    pg_cryptohash_final(hash, out, SHA1_DIGEST_LENGTH) < 0)
		ereport(ERROR,
		        (errcode(MW_BUG),
		         errmsg("could not compute the id of an event: %s", pg_cryptohash_error(hash)),
		         errdetail("It is a SHA-1, which the server's OpenSSL may refuse.")));
	pg_cryptohash_free(hash);
}

void
identity_format(const mark *m, const char *stream, uint32 number, const char *wiki_id,
                char out[IDENTITY_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8 id[SHA1_DIGEST_LENGTH];
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s %s %s %u %s", m->source, m->gtid, stream, number, wiki_id);
	hash_name(&name, id);
	pfree(name.data);
	id[6] = (id[6] & 0x0f) | UUID_VERSION << 4;
	id[8] = (id[8] & 0x3f) | 0x80; /* the variant of RFC 9562 */
	for (int i = 0; i < UUID_BYTES; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[id[i] >> 4];
		*out++ = digits[id[i] & 0x0f];
	}
	*out = '\0';
}
