/*
 * export/xml.h
 *	  MediaWiki's export format 0.11, as dumpBackup.php writes it (includes/export/XmlDumpWriter.php of 1.39 and 1.43). Pure.
 *
 * Functions are called in the order of the document. What is hidden must not be in what they are given, but for the bits that say
 * that it is.
 */
#ifndef MWMIRROR_EXPORT_XML_H
#define MWMIRROR_EXPORT_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "export/xml_text.h"

#define XML_VERSION "0.11"

typedef struct xml_namespace
{
	int id;
	xml_bytes name; /* "": the main one */
	bool first_letter;
} xml_namespace;

/* A wiki; ordered by id, as the list of namespaces is written. */
typedef struct xml_site
{
	xml_bytes name;
	xml_bytes database;
	xml_bytes base; /* URL of the main page */
	xml_bytes generator;
	xml_bytes language; /* MediaWiki's code */
	bool first_letter;  /* titles begin with a capital */
	const xml_namespace *namespaces;
	size_t namespace_count;
} xml_site;

/* Where a redirect leads to; title.data NULL: it is none, or leads nowhere. */
typedef struct xml_target
{
	xml_bytes interwiki;
	int namespace_id;
	xml_bytes title;
} xml_target;

typedef struct xml_page
{
	int64_t id;
	int namespace_id;
	xml_bytes title; /* underscores for spaces, without namespace */
	xml_target redirect;
} xml_page;

typedef struct xml_revision
{
	int64_t id;
	int64_t parent_id;   /* 0: none, or not known */
	xml_bytes timestamp; /* 2026-11-30T12:00:00Z */
	bool minor;
	bool user_hidden;
	bool comment_hidden;
	bool text_hidden;
	int64_t user_id; /* 0: no account */
	xml_bytes user_name;
	xml_bytes comment;
	xml_bytes sha1;
} xml_revision;

typedef struct xml_slot
{
	xml_bytes
	    role; /* "main" is the first of each revision, the others are ordered by their bytes */
	int64_t origin; /* id of the revision that brought it */
	xml_bytes model;
	int64_t size; /* as the wiki says; what is written counts if there is a text */
	xml_bytes sha1;
	xml_bytes text; /* data NULL: it cannot be had */
} xml_slot;

void xml_begin(xml_out *o, const xml_site *site);
void xml_end(xml_out *o);

void xml_page_begin(xml_out *o, const xml_site *site, const xml_page *page);
void xml_page_end(xml_out *o);

/* Up to before the first slot. */
void xml_revision_begin(xml_out *o, const xml_revision *r);

/* One slot; of a revision whose text is hidden only model is looked at, and nothing of the others is told. */
void xml_slot_put(xml_out *o, const xml_revision *r, const xml_slot *slot);

void xml_revision_end(xml_out *o, const xml_revision *r);

#endif
