/*
 * plugin/core/identity.c
 *	  meta.id and meta.request_id; see identity.h.
 */
#include "plugin/core/identity.h"

#include "plugin/core/errors.h"
#include "plugin/core/sha1.h"
#include "utils/builtins.h"

#define UUID_BYTES 16
#define UUID_VERSION 5

/* add_word adds a space and a word to the text. */
static void
add_word(const char *word)
{
	sha1_add(" ", 1);
	sha1_add(word, strlen(word));
}

/* begin begins an id whose text is what names the source transaction, so far. */
static void
begin(const mark *m)
{
	static const uint8 space[UUID_BYTES] = IDENTITY_NAMESPACE;
	char time[sizeof("-9223372036854775808")];

	sha1_begin();
	sha1_add(space, sizeof(space));
	sha1_add(m->source, strlen(m->source));
	sha1_add(" ", 1);
	sha1_add(m->gtid, strlen(m->gtid));
	if (!mark_id_is_request(m->gtid, strlen(m->gtid)))
		return;
	time[pg_lltoa(m->commit_time, time)] = '\0';
	add_word(time);
}

/* finish writes the id that the text has. */
static void
finish(char out[IDENTITY_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8 id[SHA1_BYTES];

	if (!sha1_end(id))
		ereport(ERROR, (SHA1_REFUSED));
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
	begin(m);
	finish(out);
}

void
identity_format(const mark *m, const char *stream, uint32 number, const char *wiki_id,
                char out[IDENTITY_TEXT_SIZE])
{
	char digits[sizeof("4294967295")];

	digits[pg_ultoa_n(number, digits)] = '\0';
	begin(m);
	add_word(stream);
	add_word(digits);
	add_word(wiki_id);
	finish(out);
}
