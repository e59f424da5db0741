/*
 * plugin/stream/page_lists.c
 *	  What a page has many of; see page_lists.h.
 *
 * Each row becomes the JSON of an element; these are sorted by their bytes. A list is collected no further than to what the message has room for,
 * so memory is bounded by the option content, however many rows there are.
 */
#include "plugin/stream/page_lists.h"

#include "miscadmin.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/external_url.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/title.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/fragment.h"
#include "utils/memutils.h"

typedef struct page_list
{
	const char *name;
	mirror_table table;
	int key;          /* by which the rows of a page are found */
	bool is_parsed;   /* the text yields it */
	bool is_of_names; /* an object, of which an element is a key with its value; else an array */
	/* Writes the element of a row; nothing: the row does not count, or is not known. */
	void (*put)(session *s, StringInfo out, int wiki, const mirror_row *row);
} page_list;

/* ---- elements ---- */

/* find_target reads the linktarget of a link. False: it is not known, which is reported. */
static bool
find_target(session *s, int wiki, int64 target, mirror_row *row)
{
	if (entity_read(s, TABLE_LINKTARGET, wiki, target, row) && !mirror_row_is_null(row, LT_TITLE))
		return true;
	missing_report(s, TABLE_LINKTARGET, wiki, target);
	return false;
}

static void
put_title(session *s, StringInfo out, int wiki, const mirror_row *target)
{
	fragment_put_title(s, out, wiki, NULL, (int32) mirror_row_int(target, LT_NAMESPACE),
	                   mirror_row_text(target, LT_TITLE));
}

static void
put_category(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	char *prefix = mirror_row_text(row, CL_SORTKEY_PREFIX);
	size_t len = 0;
	const char *sortkey = mirror_row_bytes(row, CL_SORTKEY, &len);
	mirror_row target;

	if (!find_target(s, wiki, mirror_row_int(row, CL_TARGET_ID), &target))
		return;
	json_begin_object(out);
	put_title(s, out, wiki, &target);
	json_key(out, "sortkey");
	appendStringInfoChar(out, '"');
	for (size_t i = 0; i < len; i++)
		appendStringInfo(out, "%02x", (unsigned char) sortkey[i]);
	appendStringInfoChar(out, '"');
	json_put_string(out, "sortkey_prefix", prefix == NULL ? "" : prefix);
	if (json_time_is_writable(mirror_row_time(row, CL_TIMESTAMP)))
		json_put_time(out, "dt", mirror_row_time(row, CL_TIMESTAMP));
	json_end_object(out);
}

static void
put_target(session *s, StringInfo out, int wiki, int64 target)
{
	mirror_row row;

	if (!find_target(s, wiki, target, &row))
		return;
	json_begin_object(out);
	put_title(s, out, wiki, &row);
	json_end_object(out);
}

static void
put_link(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	put_target(s, out, wiki, mirror_row_int(row, PL_TARGET_ID));
}

static void
put_template(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	put_target(s, out, wiki, mirror_row_int(row, TL_TARGET_ID));
}

static void
put_file(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	put_target(s, out, wiki, mirror_row_int(row, IL_TARGET_ID));
}

static void
put_externallink(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	const char *domain = mirror_row_text(row, EL_TO_DOMAIN_INDEX);
	const char *path = mirror_row_text(row, EL_TO_PATH);

	json_string(out, external_url(domain == NULL ? "" : domain, path == NULL ? "" : path));
}

/* put_elsewhere: the row's column after the page names where, the next one the page there. */
static void
put_elsewhere(StringInfo out, const char *where, const mirror_row *row, int column)
{
	const char *title = mirror_row_text(row, column + 1);

	json_begin_object(out);
	json_put_string(out, where, mirror_row_text(row, column));
	json_put_string(out, "page_title", title == NULL ? "" : title);
	json_end_object(out);
}

static void
put_langlink(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	put_elsewhere(out, "lang", row, LL_LANG);
}

static void
put_iwlink(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	put_elsewhere(out, "interwiki_prefix", row, IWL_PREFIX);
}

static void
put_property(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	const char *value = mirror_row_text(row, PP_VALUE);

	json_string(out, mirror_row_text(row, PP_PROPNAME));
	appendStringInfoChar(out, ':');
	json_string(out, value == NULL ? "" : value);
}

/* put_restriction: what is over restricts nothing (decoder/README.md, "What ends by itself"). */
static void
put_restriction(session *s, StringInfo out, int wiki, const mirror_row *row)
{
	TimestampTz expiry = mirror_row_time(row, PR_EXPIRY);

	if (mirror_row_is_over(row, PR_EXPIRY, PR_ENDED_AT) || mirror_row_is_null(row, PR_TYPE) ||
	    mirror_row_is_null(row, PR_LEVEL))
		return;
	json_begin_object(out);
	json_put_string(out, "type", mirror_row_text(row, PR_TYPE));
	json_put_string(out, "level", mirror_row_text(row, PR_LEVEL));
	json_put_bool(out, "is_cascading", mirror_row_int(row, PR_CASCADE) != 0);
	if (json_time_is_writable(expiry))
		json_put_time(out, "expiry_dt", expiry);
	json_end_object(out);
}

/* In the order of the message; where it has no room for all, the first ones have it. */
static const page_list lists[] = {
    {"restrictions", TABLE_PAGE_RESTRICTIONS, RESTRICTIONS_BY_PAGE, false, false, put_restriction},
    {"page_properties", TABLE_PAGE_PROPS, LINKS_BY_PAGE, true, true, put_property},
    {"categories", TABLE_CATEGORYLINKS, LINKS_BY_PAGE, true, false, put_category},
    {"language_links", TABLE_LANGLINKS, LINKS_BY_PAGE, true, false, put_langlink},
    {"interwiki_links", TABLE_IWLINKS, LINKS_BY_PAGE, true, false, put_iwlink},
    {"templates", TABLE_TEMPLATELINKS, LINKS_BY_PAGE, true, false, put_template},
    {"files", TABLE_IMAGELINKS, LINKS_BY_PAGE, true, false, put_file},
    {"external_links", TABLE_EXTERNALLINKS, LINKS_BY_PAGE, true, false, put_externallink},
    {"links", TABLE_PAGELINKS, LINKS_BY_PAGE, true, false, put_link},
};

/* ---- collecting ---- */

/* An element that was collected. */
typedef struct element
{
	int at; /* in the text of all */
	int len;
	const StringInfoData *text;
} element;

typedef struct collection
{
	StringInfoData text;
	element *list;
	int count;
	int room;
} collection;

static void
add_element(collection *all, int at)
{
	if (all->text.len == at)
		return;
	if (all->count == all->room)
	{
		all->room = Max(16, 2 * all->room);
		all->list = all->list == NULL ? palloc(all->room * sizeof(element))
		                              : repalloc_huge(all->list, all->room * sizeof(element));
	}
	all->list[all->count++] = (element){at, all->text.len - at, &all->text};
}

/* collect reads the elements of a list. False: they are more bytes than there is room for. */
static bool
collect(session *s, int wiki, int64 page_id, const page_list *of, size_t room, collection *all)
{
	MemoryContext rest =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror element", ALLOCSET_DEFAULT_SIZES);
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, of->table, of->key, wiki, &(rows_value){.number = page_id});
	while ((size_t) all->text.len + all->count <= room && rows_next(&scan, &row))
	{
		MemoryContext old = MemoryContextSwitchTo(rest);
		int at = all->text.len;

		CHECK_FOR_INTERRUPTS();
		of->put(s, &all->text, wiki, &row);
		MemoryContextSwitchTo(old);
		MemoryContextReset(rest);
		add_element(all, at);
	}
	MemoryContextDelete(rest);
	return (size_t) all->text.len + all->count <= room;
}

static int
compare_elements(const void *a, const void *b)
{
	const element *left = a;
	const element *right = b;
	int order = memcmp(left->text->data + left->at, right->text->data + right->at,
	                   Min(left->len, right->len));

	return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* put_elements writes each once: two rows may have come to the same. */
static void
put_elements(StringInfo out, const collection *all)
{
	const element *last = NULL;

	for (int i = 0; i < all->count; i++)
	{
		const element *one = &all->list[i];

		if (last != NULL && compare_elements(last, one) == 0)
			continue;
		if (last != NULL)
			appendStringInfoChar(out, ',');
		json_raw(out, all->text.data + one->at, one->len);
		last = one;
	}
}

/* put_list writes a list. False: there is no room for it. */
static bool
put_list(session *s, StringInfo out, int wiki, int64 page_id, const page_list *of)
{
	size_t frame = strlen(of->name) + strlen(",\"\":[]");
	size_t used = (size_t) out->len + frame;
	collection all = {0};

	initStringInfo(&all.text);
	if (used > s->options.content ||
	    !collect(s, wiki, page_id, of, s->options.content - used, &all))
		return false;
	if (all.count > 1)
		qsort(all.list, all.count, sizeof(element), compare_elements);
	json_key(out, of->name);
	appendStringInfoChar(out, of->is_of_names ? '{' : '[');
	put_elements(out, &all);
	appendStringInfoChar(out, of->is_of_names ? '}' : ']');
	return true;
}

void
page_lists_put(session *s, StringInfo out, int wiki, int64 page_id, bool shows_parsed,
               StringInfo left_out)
{
	MemoryContext lists_context =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror page list", ALLOCSET_DEFAULT_SIZES);

	for (size_t i = 0; i < lengthof(lists); i++)
	{
		MemoryContext old = MemoryContextSwitchTo(lists_context);
		bool put =
		    (shows_parsed || !lists[i].is_parsed) && put_list(s, out, wiki, page_id, &lists[i]);

		MemoryContextSwitchTo(old);
		MemoryContextReset(lists_context);
		if (!put)
			json_element_string(left_out, lists[i].name);
	}
	MemoryContextDelete(lists_context);
}
