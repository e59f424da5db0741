/*
 * text/flags.c
 *	  text.old_flags; see flags.h. As MediaWiki takes them (SqlBlobStore::decompressData, 1.39 to 1.43): no blanks, no case.
 */
#include "text/flags.h"

#include <string.h>

static unsigned
parse_word(const char *word, size_t len)
{
	static const struct
	{
		const char *word;
		unsigned flag;
	} known[] = {{"utf-8", TEXT_FLAG_UTF8},        {"utf8", TEXT_FLAG_UTF8},
	             {"gzip", TEXT_FLAG_GZIP},         {"object", TEXT_FLAG_OBJECT},
	             {"external", TEXT_FLAG_EXTERNAL}, {"error", TEXT_FLAG_ERROR}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].word) == len && memcmp(known[i].word, word, len) == 0)
			return known[i].flag;
	return 0;
}

unsigned
text_flags_parse(const char *flags, size_t len)
{
	unsigned found = 0;

	for (;;)
	{
		const char *comma = len == 0 ? NULL : memchr(flags, ',', len);
		size_t word = comma == NULL ? len : (size_t) (comma - flags);

		found |= parse_word(flags, word);
		if (comma == NULL)
			return found;
		flags += word + 1;
		len -= word + 1;
	}
}
