/*
 * apply/undone.c
 *	  Which row events of source transactions the source has undone; see undone.h.
 */
#include "apply/undone.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 8

/* Row events from the first on, up to end, which is not one of them; counted from the transaction's first. */
typedef struct range
{
	uint64_t first;
	uint64_t end;
} range;

/* A transaction of which a part is undone. cut: so many of this GTID were cut off before it. */
typedef struct undone_part
{
	gtid id;
	unsigned cut;
	range *ranges; /* in order, apart from each other */
	size_t count;
} undone_part;

struct undone
{
	undone_part *lessons;
	size_t lesson_count;
	size_t lesson_size;

	/* the source transaction */
	gtid id;
	unsigned cut;
	uint64_t rows;      /* row events so far */
	undone_part *known; /* NULL: none of them */
	size_t at;          /* range of known that is not over */
	range *found;       /* what it is really, as known.ranges */
	size_t found_count;
	size_t found_size;
	bool no_memory;
	savepoints savepoints;
};

undone *
undone_create(void)
{
	return calloc(1, sizeof(undone));
}

void
undone_destroy(undone *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->lesson_count; i++)
		free(u->lessons[i].ranges);
	free(u->lessons);
	free(u->found);
	savepoints_free(&u->savepoints);
	free(u);
}

void
undone_start(undone *u, const gtid_list *position)
{
	size_t kept = 0;

	for (size_t i = 0; i < u->lesson_count; i++)
	{
		if (gtid_list_covers(position, &u->lessons[i].id))
			free(u->lessons[i].ranges);
		else
			u->lessons[kept++] = u->lessons[i];
	}
	u->lesson_count = kept;
	u->id = (gtid){0};
	u->cut = 0;
}

static undone_part *
find_lesson(const undone *u)
{
	for (size_t i = 0; i < u->lesson_count; i++)
	{
		if (gtid_equals(&u->lessons[i].id, &u->id) && u->lessons[i].cut == u->cut)
			return &u->lessons[i];
	}
	return NULL;
}

void
undone_begin(undone *u, const gtid *id)
{
	if (!gtid_equals(&u->id, id))
		u->cut = 0;
	u->id = *id;
	u->rows = 0;
	u->known = find_lesson(u);
	u->at = 0;
	u->found_count = 0;
	u->no_memory = false;
	savepoints_reset(&u->savepoints);
}

bool
undone_row(undone *u)
{
	const undone_part *k = u->known;
	uint64_t n = u->rows++;

	if (k == NULL)
		return false;
	while (u->at < k->count && k->ranges[u->at].end <= n)
		u->at++;
	return u->at < k->count && k->ranges[u->at].first <= n;
}

bool
undone_savepoint(undone *u, const char *name)
{
	return savepoints_add(&u->savepoints, name, u->rows);
}

/* Notes that what came from there on is undone. */
static void
note(undone *u, uint64_t first)
{
	range *grown;

	while (u->found_count > 0 && u->found[u->found_count - 1].first >= first)
		u->found_count--;
	if (first == u->rows)
		return;
	if (u->found_count > 0 && u->found[u->found_count - 1].end >= first)
	{
		u->found[u->found_count - 1].end = u->rows;
		return;
	}
	if (u->found_count == u->found_size)
	{
		size_t size = u->found_size == 0 ? FIRST_SIZE : u->found_size * 2;

		grown = realloc(u->found, size * sizeof(*grown));
		if (grown == NULL)
		{
			u->no_memory = true;
			return;
		}
		u->found = grown;
		u->found_size = size;
	}
	u->found[u->found_count++] = (range){first, u->rows};
}

bool
undone_to_savepoint(undone *u, const char *name)
{
	uint64_t place;

	if (!savepoints_find(&u->savepoints, name, &place))
		return false;
	note(u, place);
	return true;
}

void
undone_all(undone *u)
{
	note(u, 0);
}

void
undone_cut(undone *u)
{
	u->cut++;
}

static bool
is_known(const undone *u)
{
	size_t count = u->known == NULL ? 0 : u->known->count;

	return count == u->found_count &&
	       (count == 0 || memcmp(u->known->ranges, u->found, count * sizeof(range)) == 0);
}

/* The undone_part of this transaction, a new one if there is none; NULL without memory. */
static undone_part *
get_lesson(undone *u)
{
	if (u->known != NULL)
		return u->known;
	if (u->lesson_count == u->lesson_size)
	{
		size_t size = u->lesson_size == 0 ? FIRST_SIZE : u->lesson_size * 2;
		undone_part *grown = realloc(u->lessons, size * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		u->lessons = grown;
		u->lesson_size = size;
	}
	u->lessons[u->lesson_count] = (undone_part){.id = u->id, .cut = u->cut};
	return &u->lessons[u->lesson_count++];
}

undone_answer
undone_end(undone *u)
{
	undone_part *l;

	if (u->no_memory)
		return UNDONE_NO_MEMORY;
	if (is_known(u))
		return UNDONE_RIGHT;
	l = get_lesson(u);
	if (l == NULL)
		return UNDONE_NO_MEMORY;
	free(l->ranges);
	l->ranges = u->found;
	l->count = u->found_count;
	u->found = NULL;
	u->found_count = 0;
	u->found_size = 0;
	return UNDONE_LEARNT;
}
