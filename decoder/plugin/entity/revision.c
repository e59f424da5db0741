/*
 * plugin/entity/revision.c
 *	  Revisions and slots; see revision.h.
 */
#include "plugin/entity/revision.h"

#include "plugin/core/missing.h"
#include "plugin/core/errors.h"
#include "plugin/core/sha1.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/content_model.h"
#include "plugin/entity/visibility.h"
#include "wire/content_format.h"

/* ---- SHA-1 of a revision ---- */

#define BASE36_DIGITS 31

/* format_base36 writes a number of big-endian bytes, which are used up, in BASE36_DIGITS digits. */
static char *
format_base36(uint8 number[SHA1_BYTES])
{
	char *out = palloc(BASE36_DIGITS + 1);

	out[BASE36_DIGITS] = '\0';
	for (int digit = BASE36_DIGITS - 1; digit >= 0; digit--)
	{
		unsigned rest = 0;

		for (int i = 0; i < SHA1_BYTES; i++)
		{
			rest = rest << 8 | number[i];
			number[i] = (uint8) (rest / 36);
			rest %= 36;
		}
		out[digit] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest];
	}
	return out;
}

static int
compare_roles(const void *a, const void *b)
{
	return strcmp((*(const slot *const *) a)->role, (*(const slot *const *) b)->role);
}

/* combine_sha1 returns that of two of them, one behind the other. */
static const char *
combine_sha1(const char *one, const char *next)
{
	uint8 sum[SHA1_BYTES];

	sha1_begin();
	sha1_add(one, strlen(one));
	sha1_add(next, strlen(next));
	if (!sha1_end(sum))
		ereport(ERROR, (SHA1_REFUSED));
	return format_base36(sum);
}

/*
 * find_sha1
 *	 What MediaWiki had in rev_sha1, until 1.46 took the column away (1.39 and 1.43 includes/Revision/RevisionSlots.php,
 *	 computeSha1): by the roles' names, of one slot its SHA-1, of further ones that of those so far and of the next. NULL: one is
 *	 not known.
 */
static const char *
find_sha1(const slots *all)
{
	const slot **sorted = palloc((all->count + 1) * sizeof(slot *));
	const char *found = NULL;

	for (int i = 0; i < all->count; i++)
	{
		sorted[i] = &all->list[i];
		if (sorted[i]->role == NULL || sorted[i]->sha1 == NULL)
			return NULL;
	}
	qsort(sorted, all->count, sizeof(slot *), compare_roles);
	for (int i = 0; i < all->count; i++)
	{
		const char *next = sorted[i]->sha1;

		found = found == NULL ? next : combine_sha1(found, next);
	}
	return found;
}

/* ---- revisions ---- */

int
revision_bits(const mirror_row *row)
{
	return (int) mirror_row_int(row, REV_DELETED) & HIDDEN_ALL;
}

int
revision_read_bits(session *s, mirror_table table, int wiki, int64 rev_id, int64 *parent_id)
{
	mirror_row row;

	*parent_id = 0;
	if (!entity_read(s, table, wiki, rev_id, &row))
		return HIDDEN_ALL;
	*parent_id = mirror_row_int(&row, REV_PARENT_ID);
	return revision_bits(&row);
}

/* load_from reads a row of revision or of archive, whose columns have the same numbers. */
static void *
load_from(session *s, mirror_table table, int wiki, int64 rev_id)
{
	mirror_row row;
	revision *r;

	if (!entity_fits(s, table, REV_ID, wiki, rev_id, rev_id) ||
	    !entity_read(s, table, wiki, rev_id, &row))
		return NULL;
	r = palloc(sizeof(revision));
	*r = (revision){.rev_id = rev_id,
	                .page_id = mirror_row_int(&row, REV_PAGE),
	                .parent_id = mirror_row_int(&row, REV_PARENT_ID),
	                .actor_id = mirror_row_int(&row, REV_ACTOR),
	                .comment_id = mirror_row_int(&row, REV_COMMENT_ID),
	                .timestamp = mirror_row_time(&row, REV_TIMESTAMP),
	                .minor = mirror_row_int(&row, REV_MINOR_EDIT) != 0,
	                .bits = revision_bits(&row),
	                .size = mirror_row_int(&row, REV_LEN),
	                .sha1 = mirror_row_text(&row, REV_SHA1)};
	if (r->sha1 == NULL || r->sha1[0] == '\0')
		r->sha1 = find_sha1(revision_slots(s, wiki, rev_id));
	r->has_size =
	    !mirror_row_is_null(&row, REV_LEN) && entity_fits(s, table, REV_LEN, wiki, rev_id, r->size);
	if (!entity_fits(s, table, REV_PARENT_ID, wiki, rev_id, r->parent_id))
		r->parent_id = 0;
	return r;
}

static void *
load_live(session *s, int wiki, int64 rev_id)
{
	return load_from(s, TABLE_REVISION, wiki, rev_id);
}

static void *
load_archived(session *s, int wiki, int64 rev_id)
{
	return load_from(s, TABLE_ARCHIVE, wiki, rev_id);
}

static const entity_kind live_kind = {load_live};
static const entity_kind archived_kind = {load_archived};

const revision *
revision_find(session *s, int wiki, int64 rev_id)
{
	return entity_find(s, &live_kind, wiki, rev_id);
}

const revision *
revision_find_archived(session *s, int wiki, int64 rev_id)
{
	return entity_find(s, &archived_kind, wiki, rev_id);
}

const char *
revision_comment(session *s, int wiki, const revision *r)
{
	if (!visibility_shows(FIELD_REVISION_COMMENT, r->bits))
		return NULL;
	return comment_find(s, wiki, r->comment_id);
}

const revision *
revision_find_anywhere(session *s, int wiki, int64 rev_id, bool archive_first)
{
	const revision *r = archive_first ? revision_find_archived(s, wiki, rev_id) : NULL;

	if (r == NULL)
		r = revision_find(s, wiki, rev_id);
	if (r == NULL && !archive_first)
		r = revision_find_archived(s, wiki, rev_id);
	return r;
}

int64
revision_count_archived(session *s, int wiki, int64 page_id, int32 namespace_id, const char *title)
{
	size_t len = strlen(title);
	rows_scan scan;
	mirror_row row;
	int64 n = 0;

	rows_find(&scan, s->rows, TABLE_ARCHIVE, ARCHIVE_BY_PAGE, wiki,
	          &(rows_value){.number = page_id});
	while (rows_next(&scan, &row))
		if (mirror_row_int(&row, AR_NAMESPACE) == namespace_id &&
		    mirror_row_text_equals(&row, AR_TITLE, title, len))
			n++;
	return n;
}

/* ---- slots ---- */

static void
load_content(session *s, int wiki, slot *out)
{
	mirror_row row;

	if (!entity_read(s, TABLE_CONTENT, wiki, out->content_id, &row))
	{
		missing_report(s, TABLE_CONTENT, wiki, out->content_id);
		return;
	}
	out->size = mirror_row_int(&row, CONTENT_SIZE);
	out->has_size = !mirror_row_is_null(&row, CONTENT_SIZE) &&
	                entity_fits(s, TABLE_CONTENT, CONTENT_SIZE, wiki, out->content_id, out->size);
	out->sha1 = mirror_row_text(&row, CONTENT_SHA1);
	if (out->sha1 != NULL && out->sha1[0] == '\0')
		out->sha1 = NULL;
	out->model = content_model_find(s, wiki, mirror_row_int(&row, CONTENT_MODEL));
	out->format = out->model == NULL ? NULL : content_format(out->model, strlen(out->model));
}

static int
compare_slots(const void *a, const void *b)
{
	int64 left = ((const slot *) a)->role_id;
	int64 right = ((const slot *) b)->role_id;

	return (left > right) - (left < right);
}

/* read_slots reads the rows of slots of a revision, without what they refer to. */
static slots *
read_slots(session *s, int wiki, int64 rev_id)
{
	slots *all = palloc0(sizeof(slots));
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_SLOTS, SLOTS_BY_REVISION, wiki,
	          &(rows_value){.number = rev_id});
	while (rows_next(&scan, &row))
	{
		if (all->count == 0)
			all->list = palloc(sizeof(slot));
		else
			all->list = repalloc(all->list, (all->count + 1) * sizeof(slot));
		all->list[all->count++] = (slot){.role_id = mirror_row_int(&row, SLOT_ROLE_ID),
		                                 .content_id = mirror_row_int(&row, SLOT_CONTENT_ID),
		                                 .origin = mirror_row_int(&row, SLOT_ORIGIN)};
	}
	if (all->count > 1)
		qsort(all->list, all->count, sizeof(slot), compare_slots);
	return all;
}

/* load_slot loads what a slot refers to. A role that an earlier one has, by name, is not known: an event has each once. */
static void
load_slot(session *s, int wiki, int64 rev_id, const slots *all, slot *out)
{
	out->role = slot_role_find(s, wiki, out->role_id);
	for (const slot *earlier = all->list; out->role != NULL && earlier < out; earlier++)
		if (earlier->role != NULL && strcmp(earlier->role, out->role) == 0)
		{
			missing_report_value(s, TABLE_SLOT_ROLES, ROLE_NAME, wiki, out->role_id);
			out->role = NULL;
		}
	if (!entity_fits(s, TABLE_SLOTS, SLOT_ORIGIN, wiki, rev_id, out->origin))
		out->origin = 0;
	load_content(s, wiki, out);
}

static void *
load_slots(session *s, int wiki, int64 rev_id)
{
	slots *all = read_slots(s, wiki, rev_id);

	if (all->count == 0)
		missing_report(s, TABLE_SLOTS, wiki, rev_id);
	for (int i = 0; i < all->count; i++)
		load_slot(s, wiki, rev_id, all, &all->list[i]);
	return all;
}

static const entity_kind slots_kind = {load_slots};

const slots *
revision_slots(session *s, int wiki, int64 rev_id)
{
	return entity_find(s, &slots_kind, wiki, rev_id);
}

bool
revision_is_null(session *s, int wiki, int64 rev_id, int64 parent_id)
{
	const slots *mine = read_slots(s, wiki, rev_id);
	const slots *parents = parent_id == 0 ? NULL : read_slots(s, wiki, parent_id);

	if (parents == NULL || mine->count == 0 || mine->count != parents->count)
		return false;
	for (int i = 0; i < mine->count; i++)
		if (mine->list[i].role_id != parents->list[i].role_id ||
		    mine->list[i].content_id != parents->list[i].content_id)
			return false;
	return true;
}
