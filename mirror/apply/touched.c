/*
 * apply/touched.c
 *	  The wikis of which a source transaction changes rows; see touched.h.
 */
#include "apply/touched.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define FIRST_ROOM 256

void
touched_reset(touched *t)
{
	t->len = 0;
	t->last = NULL;
}

void
touched_free(touched *t)
{
	free(t->text);
	memset(t, 0, sizeof(*t));
}

mark_text
touched_text(const touched *t)
{
	return (mark_text){t->text, t->len};
}

static bool
is_in(const touched *t, const char *wiki_id)
{
	size_t len = strlen(wiki_id);
	mark_text rest = touched_text(t);
	mark_text other;

	while (mark_next_wiki(&rest, &other))
		if (other.len == len && memcmp(other.data, wiki_id, len) == 0)
			return true;
	return false;
}

status
touched_add(touched *t, const char *wiki_id)
{
	size_t size;

	/* a row event after the other is mostly of the same wiki */
	if (t->last == wiki_id)
		return STATUS_OK;
	t->last = wiki_id;
	if (is_in(t, wiki_id))
		return STATUS_OK;
	size = mark_put_wiki(wiki_id, t->text + t->len, t->room - t->len);
	if (size > t->room - t->len)
	{
		size_t room = 2 * t->room + size + FIRST_ROOM;
		char *larger = realloc(t->text, room);

		if (larger == NULL)
		{
			log_error("out of memory for the wikis of a source transaction");
			return STATUS_MEMORY;
		}
		t->text = larger;
		t->room = room;
		mark_put_wiki(wiki_id, t->text + t->len, t->room - t->len);
	}
	t->len += size;
	return STATUS_OK;
}
