/*
 * export/xml_text.h
 *	  Text in XML, byte for byte as MediaWiki writes it: what is no character replaced, composed (NFC), escaped. Pure.
 */
#ifndef MWMIRROR_EXPORT_XML_TEXT_H
#define MWMIRROR_EXPORT_XML_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/status.h"

/* Takes what is written, in pieces of any size; logs its own errors. */
typedef status (*xml_sink)(void *arg, const char *data, size_t len);

#define XML_OUT_ROOM 65536

/* Where XML is written to. Once something failed, nothing more is written. */
typedef struct xml_out
{
	xml_sink sink;
	void *arg;
	status failed; /* STATUS_OK: nothing has */
	size_t len;    /* of what waits in room */
	char room[XML_OUT_ROOM];
	/* code points that are being composed, and their combining classes */
	int32_t *points;
	uint8_t *classes;
	size_t points_room;
} xml_out;

/* Texts of any bytes; data NULL: there is none. */
typedef struct xml_bytes
{
	const char *data;
	size_t len;
} xml_bytes;

void xml_out_begin(xml_out *o, xml_sink sink, void *arg);

/* Writes what waits; returns what failed since the beginning. */
status xml_out_flush(xml_out *o);

/* Frees what it holds, not itself. */
void xml_out_end(xml_out *o);

/* Bytes as they are. */
void xml_put(xml_out *o, const char *data, size_t len);
void xml_put_string(xml_out *o, const char *text);
void xml_put_integer(xml_out *o, int64_t number);

/* The text of an element, and of an attribute between double quotes. */
void xml_put_text(xml_out *o, xml_bytes text);
void xml_put_attribute(xml_out *o, xml_bytes text);

/* A title or a namespace's name as MediaWiki shows it: spaces for underscores. */
void xml_put_title(xml_out *o, xml_bytes title, bool in_attribute);

#endif
