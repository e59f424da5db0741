/*
 * plugin/entity/file.h
 *	  Versions of files, as of the mark: current ones, earlier ones, deleted ones.
 */
#ifndef MWMIRROR_ENTITY_FILE_H
#define MWMIRROR_ENTITY_FILE_H

#include "plugin/entity/entities.h"

typedef enum file_place
{
	FILE_CURRENT,
	FILE_OLD,
	FILE_ARCHIVED /* deleted */
} file_place;

typedef struct file_version
{
	file_place place;
	const char *archive_name; /* of one that is not, or was not, current; else NULL */
	TimestampTz timestamp;    /* of its upload; DT_NOEND: unknown */
	int64 size;               /* bytes; these three: -1 if no event can hold it */
	int64 width;              /* pixels */
	int64 height;
	const char *media_type; /* NULL: not known, likewise */
	const char *mime;
	const char *sha1; /* base 36 */
	int64 actor_id;   /* who uploaded it */
	int bits;         /* what is hidden */
} file_version;

/* The namespace of the pages of files. */
#define FILE_NAMESPACE 6

/* What is hidden of a version, from a row of oldimage or filearchive. */
extern int file_bits(const mirror_row *row);

/* Each returns NULL if there is no such row, or it is not known. Allocates in the current memory. */
extern const file_version *file_find_current(session *s, int wiki, const char *name);
extern const file_version *file_find_old(session *s, int wiki, const char *name,
                                         const char *archive_name);
extern const file_version *file_find_archived(session *s, int wiki, int64 fa_id);

#endif
