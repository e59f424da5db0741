/*
 * export/part.h
 *	  Of what parts a dump is made: each is a file, with rows of one wiki between two keys.
 */
#ifndef MWMIRROR_EXPORT_PART_H
#define MWMIRROR_EXPORT_PART_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/status.h"

#define PART_DIGEST_SIZE 80
#define PART_SHA256_SIZE 65

/* Keys from from on, and less than to; a side that is not bounded has none. */
typedef struct part_range
{
	bool has_from, has_to;
	int64_t from, to;
} part_range;

/* What a file is, once it is written. */
typedef struct part_facts
{
	uint64_t rows;
	uint64_t bytes; /* of the file */
	char sha256[PART_SHA256_SIZE];
	char digest[PART_DIGEST_SIZE]; /* of keys and versions of its rows, by the format; NUL-ended */
	json_t *more;                  /* further members for the manifest, an object; or NULL */
} part_facts;

typedef struct part
{
	char *wiki_id;
	char *name;      /* the table, or what the format calls it */
	unsigned number; /* of those of the wiki with this name, from 1 */
	part_range range;
	char *path;       /* below the dump's folder */
	uint64_t planned; /* rows that are there, public or not */
	bool earlier;     /* an earlier run has written it: its file is to be looked at */
	bool written;
	part_facts facts;
} part;

/* Zero-initialised is empty. */
typedef struct part_list
{
	part **items;
	size_t count, capacity;
	struct part_entry *by_path;
} part_list;

/*
 * Adds a part; suffix is that of its file. *out is the list's. STATUS_MEMORY. A path is WIKI/NAME-00001.SUFFIX; what is no letter,
 * digit, '_' or '-' in a wiki's id is %XX in it.
 */
status part_list_add(part_list *list, const char *wiki_id, const char *name, unsigned number,
                     const part_range *range, const char *suffix, part **out);

/* The part with this path, or NULL. */
part *part_list_find(const part_list *list, const char *path);

/* Takes the newer facts, with what they own. */
void part_set_facts(part *p, part_facts *facts);

void part_facts_free(part_facts *facts);

void part_list_free(part_list *list);

/* The path that a part has; for free(). NULL without memory. */
char *part_path(const char *wiki_id, const char *name, unsigned number, const char *suffix);

/* As a JSON object, facts only if they are there; and back: STATUS_DATA if it is none. NULL, STATUS_MEMORY without memory. */
json_t *part_to_json(const part *p);
status part_from_json(part_list *list, const json_t *from);

#endif
