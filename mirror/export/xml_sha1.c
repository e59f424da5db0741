/*
 * export/xml_sha1.c
 *	  The SHA-1 of a revision.
 */
#include "export/xml_sha1.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 20
#define DIGITS 31

static void
copy(char out[XML_SHA1_SIZE], xml_bytes text)
{
	const size_t len = text.len < XML_SHA1_SIZE ? text.len : XML_SHA1_SIZE - 1;

	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

void
xml_sha1_begin(xml_sha1 *x, xml_bytes stored)
{
	copy(x->stored, stored);
	x->count = 0;
}

void
xml_sha1_add(xml_sha1 *x, xml_bytes role, xml_bytes sha1)
{
	if (x->stored[0] != '\0' || x->count == XML_SHA1_SLOTS)
		return;
	copy(x->slots[x->count].role, role);
	copy(x->slots[x->count].sha1, sha1);
	x->count++;
}

static int
compare_roles(const void *a, const void *b)
{
	return strcmp(((const struct xml_sha1_slot *) a)->role,
	              ((const struct xml_sha1_slot *) b)->role);
}

/* The number that the bytes are, in base 36. */
static void
to_base_36(unsigned char number[BYTES], char out[XML_SHA1_SIZE])
{
	for (int digit = DIGITS - 1; digit >= 0; digit--)
	{
		unsigned rest = 0;

		for (int i = 0; i < BYTES; i++)
		{
			rest = rest << 8 | number[i];
			number[i] = (unsigned char) (rest / 36);
			rest %= 36;
		}
		out[digit] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest];
	}
	out[DIGITS] = '\0';
}

void
xml_sha1_text(xml_bytes text, char out[XML_SHA1_SIZE])
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	out[0] = '\0';
	if (EVP_Digest(text.data, text.len, hash, NULL, EVP_sha1(), NULL) == 1)
		to_base_36(hash, out);
}

xml_bytes
xml_sha1_end(xml_sha1 *x)
{
	char both[2 * XML_SHA1_SIZE];

	if (x->stored[0] == '\0' && x->count > 0)
	{
		qsort(x->slots, x->count, sizeof(x->slots[0]), compare_roles);
		strcpy(x->stored, x->slots[0].sha1);
		for (size_t i = 1; i < x->count; i++)
		{
			strcpy(both, x->stored);
			strcat(both, x->slots[i].sha1);
			xml_sha1_text((xml_bytes){both, strlen(both)}, x->stored);
		}
	}
	return (xml_bytes){x->stored, strlen(x->stored)};
}
