/*
 * export/xml_site.h
 *	  What XML says of a wiki, by mwmirror.wiki, wiki_site and wiki_namespace.
 */
#ifndef MWMIRROR_EXPORT_XML_SITE_H
#define MWMIRROR_EXPORT_XML_SITE_H

#include <libpq-fe.h>
#include <stdint.h>
#include "export/xml.h"
#include "support/status.h"

/* Zero-initialised is none. */
typedef struct xml_site_data
{
	char *wiki_id;
	xml_site site;
	int64_t hash; /* of all that is said */
	/* what site points to */
	PGresult *about;
	PGresult *names;
	xml_namespace *namespaces;
} xml_site_data;

/* Reads it, in place of what is there; nothing if it is of that wiki already. Errors as pg_execute; STATUS_MEMORY. */
status xml_site_load(xml_site_data *d, PGconn *conn, const char *wiki_id, int64_t seed);

void xml_site_free(xml_site_data *d);

#endif
