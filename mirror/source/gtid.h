/*
 * source/gtid.h
 *	  MariaDB GTIDs (domain-server-sequence) and GTID lists, one position a domain.
 */
#ifndef MWMIRROR_SOURCE_GTID_H
#define MWMIRROR_SOURCE_GTID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GTID_TEXT_SIZE 43 /* two 10-digit and one 20-digit number, two dashes, NUL */

typedef struct gtid
{
	uint32_t domain;
	uint32_t server;
	uint64_t sequence;
} gtid;

/* The last GTID of each domain, ordered by domain. Zero-initialised is empty. */
typedef struct gtid_list
{
	gtid *items;
	size_t count;
	size_t capacity;
} gtid_list;

/* Writes 'd-s-n' and a NUL. */
void gtid_format(const gtid *g, char out[GTID_TEXT_SIZE]);

/* Parses exactly one GTID; false if text is anything else. */
bool gtid_parse(const char *text, gtid *out);

/* True if both are the same GTID. */
bool gtid_equals(const gtid *a, const gtid *b);

/* Parses 'd-s-n[,d-s-n...]' (blanks allowed, empty allowed); false if malformed, a domain comes twice, or no memory. */
bool gtid_list_parse(const char *text, gtid_list *out);

/* Returns the list as text, malloc'd for the caller; NULL without memory. */
char *gtid_list_format(const gtid_list *l);

/* Replaces the position of g's domain, or adds it; false without memory. */
bool gtid_list_set(gtid_list *l, const gtid *g);

/* The list's GTID of a domain; sequence 0 if it has none. */
gtid gtid_list_find(const gtid_list *l, uint32_t domain);

/* True if g's sequence is at or before the list's position in g's domain. */
bool gtid_list_covers(const gtid_list *l, const gtid *g);

/* True if l covers every position of another list. */
bool gtid_list_covers_all(const gtid_list *l, const gtid_list *other);

/* Copies a list; *out is freed by the caller. False without memory. */
bool gtid_list_copy(const gtid_list *l, gtid_list *out);

void gtid_list_free(gtid_list *l);

#endif
