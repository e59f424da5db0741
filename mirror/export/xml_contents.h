/*
 * export/xml_contents.h
 *	  Texts of slots: what content_body has, else what the source has, and an account of those that are not to be had.
 */
#ifndef MWMIRROR_EXPORT_XML_CONTENTS_H
#define MWMIRROR_EXPORT_XML_CONTENTS_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "body/reader.h"
#include "export/xml_text.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "support/config.h"
#include "support/status.h"

/* Zero-initialised is closed. */
typedef struct xml_contents
{
	wiki_list wikis; /* of the source that the configuration has */
	gtid_list since; /* what the source has committed of what is read */
	body_reader *reader;
	const wiki *w; /* of the present part; NULL: of another source, or it is not to be asked */
	/* of the present part */
	uint64_t asked;
	json_t *lacking; /* object: why, and how many */
	json_t *some;    /* array of the first of them */
} xml_contents;

/* conn: idle, in the dump's snapshot. kept_only: the source is not asked. c must outlive it. Errors logged. */
status xml_contents_open(xml_contents *x, PGconn *conn, const config *c, bool kept_only);

void xml_contents_close(xml_contents *x);

/* A part of this wiki begins. */
status xml_contents_begin(xml_contents *x, const char *wiki_id);

/*
 * The text of a slot: kept, if its data is not NULL, else what is at the address. out->data NULL: it is not to be had, and counted. It is good until the
 * next call. Errors as body_reader_read.
 */
status xml_contents_read(xml_contents *x, int64_t revision, xml_bytes role, xml_bytes address,
                         xml_bytes kept, xml_bytes *out);

/* True if texts of the part could not be had. */
bool xml_contents_lack(const xml_contents *x);

/* What the manifest says of the part: an object, the caller's; NULL without memory. */
json_t *xml_contents_tell(const xml_contents *x);

#endif
