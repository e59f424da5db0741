/*
 * export/xml_sha1.h
 *	  The SHA-1 of a revision, which MediaWiki computes of its slots where it is not stored (RevisionSlots::computeSha1 of 1.43).
 *
 * In base 36, 31 digits. Of one slot it is the slot's. Of more, ordered by role, it is the hash of what it is of those before and the slot's own,
 * one text behind the other.
 */
#ifndef MWMIRROR_EXPORT_XML_SHA1_H
#define MWMIRROR_EXPORT_XML_SHA1_H

#include <stdbool.h>
#include "export/xml_text.h"

#define XML_SHA1_SIZE 64
#define XML_SHA1_SLOTS 32

typedef struct xml_sha1
{
	char stored[XML_SHA1_SIZE]; /* "": it is to be computed; the result too */
	size_t count;
	struct xml_sha1_slot
	{
		char role[XML_SHA1_SIZE];
		char sha1[XML_SHA1_SIZE];
	} slots[XML_SHA1_SLOTS];
} xml_sha1;

/* The hash of a text, for a slot that none is stored of; "" if OpenSSL refuses. */
void xml_sha1_text(xml_bytes text, char out[XML_SHA1_SIZE]);

/* Begins, with what is stored; longer texts than a hash has are cut. */
void xml_sha1_begin(xml_sha1 *x, xml_bytes stored);

void xml_sha1_add(xml_sha1 *x, xml_bytes role, xml_bytes sha1);

/* The hash, good until the next begin; empty if it cannot be known. */
xml_bytes xml_sha1_end(xml_sha1 *x);

#endif
