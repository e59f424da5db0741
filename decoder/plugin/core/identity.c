/*
 * plugin/core/identity.c
 *	  meta.id and meta.request_id; see identity.h.
 */
#include "plugin/core/identity.h"

#include "lib/stringinfo.h"
#include "plugin/core/sha1.h"

#define UUID_BYTES 16
#define UUID_VERSION 5

/* format_uuid writes the id that a text has; the text is freed. */
static void
format_uuid(StringInfo name, char out[IDENTITY_TEXT_SIZE])
{
	static const uint8 space[UUID_BYTES] = IDENTITY_NAMESPACE;
	static const char digits[] = "0123456789abcdef";
	uint8 id[SHA1_DIGEST_LENGTH];

	sha1_compute(space, sizeof(space), name->data, name->len, "the id of an event", id);
	pfree(name->data);
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

void
identity_format_source(const mark *m, char out[IDENTITY_TEXT_SIZE])
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s %s", m->source, m->gtid);
	format_uuid(&name, out);
}

void
identity_format(const mark *m, const char *stream, uint32 number, const char *wiki_id,
                char out[IDENTITY_TEXT_SIZE])
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfo(&name, "%s %s %s %u %s", m->source, m->gtid, stream, number, wiki_id);
	format_uuid(&name, out);
}
