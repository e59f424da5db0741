/*
 * plugin/aggregate/journal.c
 *	  Chains of texts, the newest first; see journal.h. A text is '+' or '-', the number of the one before, a space, the item.
 */
#include "plugin/aggregate/journal.h"

uint64
journal_note(session *s, uint64 head, bool added, const char *item)
{
	char *text = psprintf("%c" UINT64_FORMAT " %s", added ? '+' : '-', head, item);
	uint64 number = gather_put_text(s->gather, text);

	pfree(text);
	return number;
}

static List *
remove_item(List *items, const char *item)
{
	ListCell *cell;

	foreach (cell, items)
		if (strcmp(lfirst(cell), item) == 0)
			return list_delete_cell(items, cell);
	return items;
}

List *
journal_add(List *items, const char *item)
{
	ListCell *cell;

	foreach (cell, items)
		if (strcmp(lfirst(cell), item) == 0)
			return items;
	return lappend(items, (void *) item);
}

List *
journal_undo(session *s, uint64 head, List *items)
{
	List *before = list_copy(items);

	while (head != 0)
	{
		const char *text = gather_text(s->gather, head);
		char *item;

		head = strtoull(text + 1, &item, 10);
		item++;
		before = remove_item(before, item);
		if (text[0] == '-')
			before = lappend(before, item);
	}
	return before;
}

static int
compare(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

void
journal_sort(List *items)
{
	list_sort(items, compare);
}

bool
journal_equals(const List *a, const List *b)
{
	const ListCell *x;
	const ListCell *y;

	if (list_length(a) != list_length(b))
		return false;
	forboth(x, a, y, b) if (strcmp(lfirst(x), lfirst(y)) != 0) return false;
	return true;
}
