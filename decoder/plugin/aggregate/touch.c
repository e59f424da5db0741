/*
 * plugin/aggregate/touch.c
 *	  Pages that were only touched; see touch.h.
 */
#include "plugin/aggregate/touch.h"

#include "plugin/aggregate/page.h"

/* Of a page that was touched, by its id. */
typedef struct touch_fact
{
	bool is_touched;
} touch_fact;

static bool touch_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const fact_kind touch_kind = {sizeof(touch_fact), touch_conclude, &touch_aggregate};

/* add_page: of a page that is known to have changed no fact is needed; the page's own aggregate has been given the change before. */
static void
add_page(session *s, const change *c)
{
	touch_fact *fact;
	int64 page_id;

	if (c->old_row == NULL || c->new_row == NULL ||
	    mirror_row_time(c->old_row, PAGE_TOUCHED) == mirror_row_time(c->new_row, PAGE_TOUCHED))
		return;
	page_id = mirror_row_int(c->new_row, PAGE_ID);
	if (page_latest_known(s, c->wiki, page_id).changed)
		return;
	fact = gather_get(s->gather, &touch_kind, c->wiki, page_id);
	fact->is_touched = true;
}

/* touch_conclude: a page that changed is touched too, and the page's own events tell of that. */
static bool
touch_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out)
{
	const page *touched;

	if (page_latest_known(s, wiki, page_id).changed)
		return false;
	touched = page_find(s, wiki, page_id);
	out->what = touched;
	return touched != NULL && touched->latest != 0;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGE, true, add_page},
};

const aggregate touch_aggregate = {
    .name = "touch",
    .inputs = inputs,
    .input_count = lengthof(inputs),
    .uses = {&page_aggregate},
};
