/*
 * plugin/aggregate/restore.c
 *	  Restored revisions; see restore.h.
 *
 * MediaWiki inserts them into revision before it deletes them from archive (1.39 and 1.43 includes/page/UndeletePage.php).
 */
#include "plugin/aggregate/restore.h"

#include "plugin/aggregate/revision.h"

/* Of a page: the newest revision that was restored into it. */
typedef struct restore_fact
{
	int64 rev_id;
	TimestampTz timestamp;
} restore_fact;

static bool restore_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const fact_kind restore_kind = {sizeof(restore_fact), restore_conclude, &restore_aggregate};

static void
add_archive(session *s, const change *c)
{
	mirror_row row;
	restore_fact *fact;
	TimestampTz timestamp;
	int64 rev_id;
	int wiki;

	if (c->new_row != NULL)
		return;
	wiki = c->wiki;
	rev_id = mirror_row_int(c->old_row, AR_REV_ID);
	if (!revision_change_known(s, wiki, rev_id).inserted ||
	    !entity_read(s, TABLE_REVISION, wiki, rev_id, &row))
		return;
	timestamp = mirror_row_time(&row, REV_TIMESTAMP);
	fact = gather_get(s->gather, &restore_kind, wiki, mirror_row_int(&row, REV_PAGE));
	if (fact->rev_id == 0 || timestamp > fact->timestamp ||
	    (timestamp == fact->timestamp && rev_id > fact->rev_id))
		*fact = (restore_fact){.rev_id = rev_id, .timestamp = timestamp};
}

static bool
restore_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	const restore_fact *fact = data;
	page_latest latest = page_latest_known(s, wiki, page_id);
	const page *p;
	page_event *e;

	if (latest.changed && latest.before != latest.after)
		return false; /* that is told by aggregate/page.c */
	p = page_find(s, wiki, page_id);
	if (p == NULL || p->latest == 0)
		return false;
	e = palloc0(sizeof(page_event));
	e->kind = PAGE_RESTORE;
	e->cause = CAUSE_RESTORE_OLDER;
	e->page_id = page_id;
	e->state = *p;
	e->rev_id = fact->rev_id;
	e->log = log_find(s, wiki, LOG_RESTORE, page_id, p->namespace_id, p->title);
	if (p->is_redirect)
		e->link = redirect_link_find(s, wiki, page_id);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_ARCHIVE, true, add_archive},
};

const aggregate restore_aggregate = {
    .name = "restore",
    .inputs = inputs,
    .input_count = lengthof(inputs),
    .uses = {&page_aggregate, &revision_aggregate},
};
