/*
 * plugin/aggregate/revision.c
 *	  Changes of revisions; see revision.h.
 *
 * A statement that only deletes (maintenance/deleteArchivedRevisions.php) leaves nothing: a deletion matters only of a revision that
 * was archived before, and the row in archive comes first; one from archive only of a revision that was restored, and the row in
 * revision comes first.
 */
#include "plugin/aggregate/revision.h"

#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"

static bool revision_conclude(session *s, int wiki, int64 rev_id, const void *fact, event *out);

static const fact_kind revision_kind = {sizeof(revision_change), revision_conclude,
                                        &revision_aggregate};

static revision_change *
get(session *s, int wiki, int64 rev_id)
{
	return gather_get(s->gather, &revision_kind, wiki, rev_id);
}

static bool
is_known(session *s, int wiki, int64 rev_id)
{
	return gather_find(s->gather, &revision_kind, wiki, rev_id) != NULL;
}

static void
add_revision(session *s, const change *c)
{
	int wiki = c->wiki;
	revision_change *known;

	if (c->old_row == NULL)
		get(s, wiki, mirror_row_int(c->new_row, REV_ID))->inserted = true;
	else if (c->new_row == NULL && is_known(s, wiki, mirror_row_int(c->old_row, REV_ID)))
	{
		known = get(s, wiki, mirror_row_int(c->old_row, REV_ID));
		known->deleted = true;
		known->old_bits = (uint8) revision_bits(c->old_row);
	}
	else if (c->new_row != NULL &&
	         mirror_row_int(c->old_row, REV_PAGE) != mirror_row_int(c->new_row, REV_PAGE))
		get(s, wiki, mirror_row_int(c->new_row, REV_ID))->merged = true;
}

static void
add_archive(session *s, const change *c)
{
	int wiki = c->wiki;
	revision_change *known;

	if (c->old_row == NULL)
	{
		known = get(s, wiki, mirror_row_int(c->new_row, AR_REV_ID));
		known->archived = true;
		known->new_bits = (uint8) revision_bits(c->new_row);
	}
	else if (c->new_row == NULL && is_known(s, wiki, mirror_row_int(c->old_row, AR_REV_ID)))
	{
		known = get(s, wiki, mirror_row_int(c->old_row, AR_REV_ID));
		known->unarchived = true;
		known->archived_page_id = mirror_row_int(c->old_row, AR_PAGE_ID);
	}
}

revision_change
revision_change_known(session *s, int wiki, int64 rev_id)
{
	const revision_change *known = gather_find(s->gather, &revision_kind, wiki, rev_id);

	return known == NULL ? (revision_change){0} : *known;
}

static bool
revision_conclude(session *s, int wiki, int64 rev_id, const void *data, event *out)
{
	const revision_change *known = data;
	const revision *r;
	const page *p;
	revision_event *e;

	if (!known->inserted || (r = revision_find(s, wiki, rev_id)) == NULL)
		return false;
	p = page_find(s, wiki, r->page_id);
	if (p == NULL)
	{
		missing_report(s, TABLE_PAGE, wiki, r->page_id);
		return false;
	}
	e = palloc(sizeof(revision_event));
	*e = (revision_event){.rev_id = rev_id, .page = p};
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_REVISION, true, add_revision},
    {TABLE_ARCHIVE, true, add_archive},
};

const aggregate revision_aggregate = {
    .name = "revision", .inputs = inputs, .input_count = lengthof(inputs)};
