/*
 * plugin/core/wiki_ids.c
 *	  Wikis as numbers; see wiki_ids.h.
 */
#include "plugin/core/wiki_ids.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

typedef struct wiki_id
{
	char *text;
	size_t len;
} wiki_id;

struct wiki_ids
{
	MemoryContext context;
	wiki_id *list;
	int count;
	int last; /* that was asked for */
};

wiki_ids *
wiki_ids_create(MemoryContext parent)
{
	wiki_ids *ids = MemoryContextAllocZero(parent, sizeof(wiki_ids));

	ids->context = AllocSetContextCreate(parent, "mwmirror wikis", ALLOCSET_SMALL_SIZES);
	return ids;
}

void
wiki_ids_reset(wiki_ids *ids)
{
	MemoryContextReset(ids->context);
	ids->list = NULL;
	ids->count = ids->last = 0;
}

static int
add(wiki_ids *ids, const char *text, size_t len)
{
	MemoryContext old = MemoryContextSwitchTo(ids->context);

	if (ids->count == 0)
		ids->list = palloc(sizeof(wiki_id));
	else if ((ids->count & (ids->count - 1)) == 0) /* a power of 2: it is full */
		ids->list = repalloc(ids->list, 2 * ids->count * sizeof(wiki_id));
	ids->list[ids->count] = (wiki_id){.text = pnstrdup(text, len), .len = len};
	MemoryContextSwitchTo(old);
	return ids->count++;
}

int
wiki_ids_number(wiki_ids *ids, const char *text, size_t len)
{
	for (int n = 0; n < ids->count; n++)
	{
		int i = ids->last + n < ids->count ? ids->last + n : ids->last + n - ids->count;

		if (ids->list[i].len == len && memcmp(ids->list[i].text, text, len) == 0)
			return ids->last = i;
	}
	return ids->last = add(ids, text, len);
}

int
wiki_ids_number_of(wiki_ids *ids, const mirror_row *row)
{
	const struct varlena *text = PG_DETOAST_DATUM_PACKED(row->values[WIKI_ID]);

	return wiki_ids_number(ids, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

int
wiki_ids_count(const wiki_ids *ids)
{
	return ids->count;
}

const char *
wiki_ids_text(const wiki_ids *ids, int wiki)
{
	return ids->list[wiki].text;
}
