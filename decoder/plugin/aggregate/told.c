/*
 * plugin/aggregate/told.c
 *	  Pages and revisions that a request tells again; see told.h.
 *
 * Of a row of page its latest revision is told, of one of revision that revision: a creation if it has no parent, else an edit, without what
 * was before. Whoever keeps a row a page, or a revision, writes it whatever it had.
 */
#include "plugin/aggregate/told.h"

#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"

/* Of a page, or of a revision. */
typedef struct told_fact
{
	bool is_told;
} told_fact;

static bool page_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);
static bool revision_conclude(session *s, int wiki, int64 rev_id, const void *fact, event *out);

static const fact_kind page_kind = {sizeof(told_fact), page_conclude, &told_aggregate};
static const fact_kind revision_kind = {sizeof(told_fact), revision_conclude, &told_aggregate};

static void
tell(session *s, const change *c)
{
	const fact_kind *kind = c->table == TABLE_PAGE ? &page_kind : &revision_kind;
	const int column = c->table == TABLE_PAGE ? PAGE_ID : REV_ID;
	told_fact *fact;

	if (c->table != TABLE_PAGE && c->table != TABLE_REVISION)
		return;
	fact = gather_get(s->gather, kind, c->wiki, mirror_row_int(c->new_row, column));
	fact->is_told = true;
}

/* Where a page leads to is what its latest revision says, and hidden with that. */
static void
set_event(session *s, int wiki, const page *p, const revision *r, event *out)
{
	page_event *e = palloc0(sizeof(page_event));

	e->kind = r->parent_id == 0 ? PAGE_CREATE : PAGE_EDIT;
	e->page_id = p->page_id;
	e->state = *p;
	e->rev_id = r->rev_id;
	e->revision_is_new = true;
	if (p->is_redirect && p->latest == r->rev_id)
		e->link = redirect_link_find(s, wiki, p->page_id);
	out->what = e;
}

static bool
page_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	const page *p = page_find(s, wiki, page_id);
	const revision *r;

	if (p == NULL || p->latest == 0)
		return false;
	r = revision_find(s, wiki, p->latest);
	if (r == NULL)
	{
		missing_report(s, TABLE_REVISION, wiki, p->latest);
		return false;
	}
	set_event(s, wiki, p, r, out);
	return true;
}

/* A revision without its page is what MediaWiki shows nobody. */
static bool
revision_conclude(session *s, int wiki, int64 rev_id, const void *data, event *out)
{
	const revision *r = revision_find(s, wiki, rev_id);
	const page *p = r == NULL ? NULL : page_find(s, wiki, r->page_id);

	if (p == NULL || p->latest == 0)
		return false;
	set_event(s, wiki, p, r, out);
	return true;
}

const aggregate told_aggregate = {.name = "told", .tell = tell};
