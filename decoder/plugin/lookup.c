/*
 * plugin/lookup.c
 *	  Readers of known rows.
 */
#include "plugin/lookup.h"

#include "utils/timestamp.h"

/* find_one reads the row with a key of one number after wiki_id. */
static bool
find_one(plugin_state *state, mirror_table table, const char *wiki_id, int64 number,
         mirror_row *row)
{
	rows_scan scan;

	rows_find(&scan, state->rows, table, 0, wiki_id, &(rows_value){.number = number});
	return rows_next(&scan, row);
}

static void
read_page(const mirror_row *row, page_row *out)
{
	out->page_id = mirror_row_int(row, PAGE_ID);
	out->namespace_id = (int32) mirror_row_int(row, PAGE_NAMESPACE);
	out->title = mirror_row_text(row, PAGE_TITLE);
	if (out->title == NULL)
		out->title = pstrdup("");
	out->is_redirect = mirror_row_int(row, PAGE_IS_REDIRECT) != 0;
	out->latest = mirror_row_int(row, PAGE_LATEST);
}

bool
lookup_page(plugin_state *state, const char *wiki_id, int64 page_id, page_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_PAGE, wiki_id, page_id, &row);

	if (found)
		read_page(&row, out);
	return found;
}

bool
lookup_page_by_title(plugin_state *state, const char *wiki_id, int32 namespace_id,
                     const char *title, page_row *out)
{
	rows_value key[2] = {{.number = namespace_id}, {.text = title, .len = strlen(title)}};
	rows_scan scan;
	mirror_row row;
	bool found;

	rows_find(&scan, state->rows, TABLE_PAGE, PAGE_BY_TITLE, wiki_id, key);
	found = rows_next(&scan, &row);
	if (found)
		read_page(&row, out);
	return found;
}

/* lookup_revision_in reads a row of revision or of archive, whose columns have the same numbers. */
static bool
lookup_revision_in(plugin_state *state, mirror_table table, const char *wiki_id, int64 rev_id,
                   revision_row *out)
{
	mirror_row row;
	bool found = find_one(state, table, wiki_id, rev_id, &row);

	if (found)
	{
		out->rev_id = rev_id;
		out->page_id = mirror_row_int(&row, REV_PAGE);
		out->parent_id = mirror_row_int(&row, REV_PARENT_ID);
		out->actor_id = mirror_row_int(&row, REV_ACTOR);
		out->comment_id = mirror_row_int(&row, REV_COMMENT_ID);
		out->timestamp = mirror_row_time(&row, REV_TIMESTAMP);
		out->minor = mirror_row_int(&row, REV_MINOR_EDIT) != 0;
		out->bits = (int) mirror_row_int(&row, REV_DELETED);
		out->has_size = !mirror_row_is_null(&row, REV_LEN);
		out->size = mirror_row_int(&row, REV_LEN);
		out->sha1 = mirror_row_text(&row, REV_SHA1);
	}
	return found;
}

bool
lookup_revision(plugin_state *state, const char *wiki_id, int64 rev_id, revision_row *out)
{
	return lookup_revision_in(state, TABLE_REVISION, wiki_id, rev_id, out);
}

bool
lookup_archived(plugin_state *state, const char *wiki_id, int64 rev_id, revision_row *out)
{
	return lookup_revision_in(state, TABLE_ARCHIVE, wiki_id, rev_id, out);
}

bool
lookup_actor(plugin_state *state, const char *wiki_id, int64 actor_id, actor_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_ACTOR, wiki_id, actor_id, &row) &&
	             !mirror_row_is_null(&row, ACTOR_NAME);

	if (found)
	{
		out->user_id = mirror_row_int(&row, ACTOR_USER);
		out->name = mirror_row_text(&row, ACTOR_NAME);
	}
	return found;
}

bool
lookup_user(plugin_state *state, const char *wiki_id, int64 user_id, user_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_USER, wiki_id, user_id, &row);

	if (found)
	{
		out->registration = mirror_row_time(&row, USER_REGISTRATION);
		out->has_edit_count = !mirror_row_is_null(&row, USER_EDITCOUNT);
		out->edit_count = mirror_row_int(&row, USER_EDITCOUNT);
		out->is_temp = mirror_row_int(&row, USER_IS_TEMP) != 0;
		out->is_system = mirror_row_int(&row, USER_IS_SYSTEM) != 0;
	}
	return found;
}

bool
lookup_content(plugin_state *state, const char *wiki_id, int64 content_id, content_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_CONTENT, wiki_id, content_id, &row);

	if (found)
	{
		out->size = mirror_row_int(&row, CONTENT_SIZE);
		out->sha1 = mirror_row_text(&row, CONTENT_SHA1);
		out->model_id = mirror_row_int(&row, CONTENT_MODEL);
	}
	return found;
}

bool
lookup_log(plugin_state *state, const char *wiki_id, int64 log_id, log_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_LOGGING, wiki_id, log_id, &row);

	if (found)
	{
		out->type = mirror_row_text(&row, LOG_TYPE);
		if (out->type == NULL)
			out->type = pstrdup("");
		out->timestamp = mirror_row_time(&row, LOG_TIMESTAMP);
		out->actor_id = mirror_row_int(&row, LOG_ACTOR);
		out->comment_id = mirror_row_int(&row, LOG_COMMENT_ID);
		out->hidden = (int) mirror_row_int(&row, LOG_DELETED);
	}
	return found;
}

bool
lookup_redirect(plugin_state *state, const char *wiki_id, int64 page_id, redirect_row *out)
{
	mirror_row row;
	bool found = find_one(state, TABLE_REDIRECT, wiki_id, page_id, &row) &&
	             !mirror_row_is_null(&row, RD_TITLE);

	if (found)
	{
		out->namespace_id = (int32) mirror_row_int(&row, RD_NAMESPACE);
		out->title = mirror_row_text(&row, RD_TITLE);
		out->interwiki = mirror_row_text(&row, RD_INTERWIKI);
		if (out->interwiki != NULL && out->interwiki[0] == '\0')
			out->interwiki = NULL;
	}
	return found;
}

char *
lookup_comment(plugin_state *state, const char *wiki_id, int64 comment_id)
{
	mirror_row row;

	if (!find_one(state, TABLE_COMMENT, wiki_id, comment_id, &row))
		return NULL;
	return mirror_row_text(&row, COMMENT_TEXT);
}

static int
compare_groups(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

List *
lookup_groups(plugin_state *state, const char *wiki_id, int64 user_id, TimestampTz at)
{
	rows_scan scan;
	mirror_row row;
	List *groups = NIL;

	rows_find(&scan, state->rows, TABLE_USER_GROUPS, GROUPS_BY_USER, wiki_id,
	          &(rows_value){.number = user_id});
	while (rows_next(&scan, &row))
		if (!mirror_row_text_equals(&row, UG_GROUP, "", 0) && mirror_row_time(&row, UG_EXPIRY) > at)
			groups = lappend(groups, mirror_row_text(&row, UG_GROUP));
	list_sort(groups, compare_groups);
	return groups;
}

static int
compare_slots(const void *a, const void *b)
{
	int64 left = ((const slot_row *) a)->role_id;
	int64 right = ((const slot_row *) b)->role_id;

	return (left > right) - (left < right);
}

slot_row *
lookup_slots(plugin_state *state, const char *wiki_id, int64 rev_id, int *count)
{
	slot_row *slots = NULL;
	rows_scan scan;
	mirror_row row;
	int n = 0;

	rows_find(&scan, state->rows, TABLE_SLOTS, SLOTS_BY_REVISION, wiki_id,
	          &(rows_value){.number = rev_id});
	while (rows_next(&scan, &row))
	{
		slots =
		    slots == NULL ? palloc(sizeof(slot_row)) : repalloc(slots, (n + 1) * sizeof(slot_row));
		slots[n].role_id = mirror_row_int(&row, SLOT_ROLE_ID);
		slots[n].content_id = mirror_row_int(&row, SLOT_CONTENT_ID);
		slots[n++].origin = mirror_row_int(&row, SLOT_ORIGIN);
	}
	if (n > 1)
		qsort(slots, n, sizeof(slot_row), compare_slots);
	*count = n;
	return slots;
}

static char *
find_name(plugin_state *state, mirror_table table, const char *wiki_id, int64 id, int column)
{
	mirror_row row;

	if (!find_one(state, table, wiki_id, id, &row))
		return NULL;
	return mirror_row_text(&row, column);
}

char *
lookup_model_name(plugin_state *state, const char *wiki_id, int64 model_id)
{
	return find_name(state, TABLE_CONTENT_MODELS, wiki_id, model_id, MODEL_NAME);
}

char *
lookup_role_name(plugin_state *state, const char *wiki_id, int64 role_id)
{
	return find_name(state, TABLE_SLOT_ROLES, wiki_id, role_id, ROLE_NAME);
}

int64
lookup_count_archived(plugin_state *state, const char *wiki_id, int64 page_id, int32 namespace_id,
                      const char *title)
{
	size_t len = strlen(title);
	rows_scan scan;
	mirror_row row;
	int64 n = 0;

	rows_find(&scan, state->rows, TABLE_ARCHIVE, ARCHIVE_BY_PAGE, wiki_id,
	          &(rows_value){.number = page_id});
	while (rows_next(&scan, &row))
		if (mirror_row_int(&row, AR_NAMESPACE) == namespace_id &&
		    mirror_row_text_equals(&row, AR_TITLE, title, len))
			n++;
	return n;
}
