/*
 * apply/content_list.c
 *	  Pages, revisions and contents that are to be looked at; see content_list.h.
 */
#include "apply/content_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define LEAST_ROOM 1000
#define KEPT_ROOM 4096

status
things_add(things *t, const wiki *w, thing_kind kind, uint64_t id)
{
	const thing *last = t->count == 0 ? NULL : &t->items[t->count - 1];

	if (last != NULL && last->w == w && last->kind == kind && last->id == id)
		return STATUS_OK;
	if (t->count == t->room)
	{
		const size_t room = t->room == 0 ? LEAST_ROOM : 2 * t->room;
		thing *items = realloc(t->items, room * sizeof(thing));

		if (items == NULL)
		{
			log_error("out of memory for a list of contents");
			return STATUS_MEMORY;
		}
		t->items = items;
		t->room = room;
	}
	t->items[t->count++] = (thing){w, kind, id};
	return STATUS_OK;
}

void
things_empty(things *t)
{
	t->count = 0;
	if (t->room <= KEPT_ROOM)
		return;
	free(t->items);
	t->items = NULL;
	t->room = 0;
}

void
things_free(things *t)
{
	free(t->items);
	memset(t, 0, sizeof(*t));
}

static int
compare_things(const void *a, const void *b)
{
	const thing *x = a;
	const thing *y = b;

	if (x->w != y->w)
		return strcmp(x->w->wiki_id, y->w->wiki_id);
	return x->id < y->id ? -1 : x->id > y->id;
}

void
things_sort(things *t)
{
	if (t->count > 1)
		qsort(t->items, t->count, sizeof(thing), compare_things);
}

size_t
things_of_wiki(const things *t, size_t first, size_t most)
{
	size_t count = 0;

	while (count < most && first + count < t->count &&
	       t->items[first + count].w == t->items[first].w)
		count++;
	return count;
}

char *
things_write(const thing *items, size_t count, thing_kind kind)
{
	bool first = true;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out != NULL)
	{
		fputc('{', out);
		for (size_t i = 0; i < count; i++)
		{
			if (items[i].kind != kind)
				continue;
			fprintf(out, "%s%" PRIu64, first ? "" : ",", items[i].id);
			first = false;
		}
		fputc('}', out);
		if (fclose(out) == 0)
			return text;
		free(text);
	}
	log_error("out of memory for a list of contents");
	return NULL;
}

void
news_add(news *n, const wiki *w, uint64_t id, bool is_older)
{
	unsigned at = n->count++ % NEWS;

	n->items[at].w = w;
	n->items[at].id = id;
	n->items[at].is_older = is_older;
}

bool
news_has(const news *n, const wiki *w, uint64_t id)
{
	for (unsigned i = 0; i < NEWS && i < n->count; i++)
		if (n->items[i].id == id && n->items[i].w == w)
			return true;
	return false;
}

bool
news_has_all_slots(const news *slots, const wiki *w, uint64_t rev_id)
{
	bool found = false;

	for (unsigned i = 0; i < NEWS && i < slots->count; i++)
	{
		if (slots->items[i].id != rev_id || slots->items[i].w != w)
			continue;
		if (slots->items[i].is_older)
			return false;
		found = true;
	}
	return found;
}
