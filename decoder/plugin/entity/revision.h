/*
 * plugin/entity/revision.h
 *	  Revisions, live or archived, with their slots, as of the mark.
 */
#ifndef MWMIRROR_ENTITY_REVISION_H
#define MWMIRROR_ENTITY_REVISION_H

#include "plugin/entity/entities.h"

typedef struct slot
{
	int64 role_id;
	const char *role; /* NULL: not known */
	int64 content_id;
	int64 origin; /* revision that the content came with; 0: not said */
	bool has_size;
	int64 size;         /* of the content */
	const char *sha1;   /* likewise; NULL: not said */
	const char *model;  /* likewise */
	const char *format; /* the model's default; NULL: not known */
} slot;

typedef struct slots
{
	int count;
	slot *list; /* in the order of their roles' ids */
} slots;

typedef struct revision
{
	int64 rev_id;
	int64 page_id;
	int64 parent_id; /* 0: none */
	int64 actor_id;
	int64 comment_id;
	TimestampTz timestamp; /* DT_NOEND: unknown */
	bool minor;
	int bits; /* what is hidden, see visibility.h */
	bool has_size;
	int64 size;
	const char *sha1; /* by the row, or by its slots; NULL: not known */
} revision;

/* What is hidden of a revision, from a row of revision or archive. */
extern int revision_bits(const mirror_row *row);

/*
 * revision_read_bits
 *	 What is hidden of a revision, and its parent (0: none), of its row in table revision or archive alone: all, if that is not known.
 */
extern int revision_read_bits(session *s, mirror_table table, int wiki, int64 rev_id,
                              int64 *parent_id);

/* Each returns NULL if there is no such row, in revision, in archive, or no event can hold the id. */
extern const revision *revision_find(session *s, int wiki, int64 rev_id);
extern const revision *revision_find_archived(session *s, int wiki, int64 rev_id);
/* The same, from where it should be, or else from where it is. */
extern const revision *revision_find_anywhere(session *s, int wiki, int64 rev_id,
                                              bool archive_first);

/* The revision's comment; NULL if it is hidden, or missing, which is reported. */
extern const char *revision_comment(session *s, int wiki, const revision *r);

/* The slots of a revision; what is missing of them is reported. Never NULL. */
extern const slots *revision_slots(session *s, int wiki, int64 rev_id);

/* True if every slot holds the same content as in its parent: nothing was edited. */
extern bool revision_is_null(session *s, int wiki, int64 rev_id, int64 parent_id);

/* How many archived revisions are of the page when it had that title (MediaWiki DeletePage.php). */
extern int64 revision_count_archived(session *s, int wiki, int64 page_id, int32 namespace_id,
                                     const char *title);

#endif
