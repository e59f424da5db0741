/*
 * plugin/aggregate/properties.c
 *	  Properties of pages; see properties.h.
 */
#include "plugin/aggregate/properties.h"

static bool properties_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const item_kinds kinds = {
    .of_page = {sizeof(page_items), properties_conclude, &properties_aggregate},
    .of_item = {sizeof(item_fact), NULL, NULL}};

/* note takes a row that appeared, or went. */
static void
note(session *s, int wiki, const mirror_row *row, bool is_there)
{
	char *name = mirror_row_text(row, PP_PROPNAME);
	char *value = mirror_row_text(row, PP_VALUE);

	if (name != NULL)
		page_items_change(s, &kinds, wiki, mirror_row_int(row, PP_PAGE), name,
		                  is_there ? NULL : value, is_there ? value : NULL);
}

static void
add_property(session *s, const change *c)
{
	if (c->old_row != NULL)
		note(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL)
		note(s, c->wiki, c->new_row, true);
}

static bool
properties_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	items_taken *e = palloc(sizeof(items_taken));

	if (!page_items_take(s, &kinds, wiki, page_id, data, out, e))
		return false;
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGE_PROPS, true, add_property},
};

const aggregate properties_aggregate = {
    .name = "properties", .inputs = inputs, .input_count = lengthof(inputs)};
