/*
 * plugin/aggregate/page.c
 *	  The net effect of changes of each page, and its classification; see page.h.
 *
 * A page's place in the order is its first row change, as MediaWiki writes them: the deletion of a move's target, the move, the
 * creation of the redirect that it left. So (namespace, title) is unique after each event.
 */
#include "plugin/aggregate/page.h"

#include "common/hashfn.h"
#include "plugin/aggregate/cause.h"
#include "plugin/aggregate/revision.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/visibility.h"

/* ---- facts ---- */

/* A page's row; titles are texts of the facts. */
typedef struct page_state
{
	bool exists; /* the row is there and its page_latest is not 0: MediaWiki inserts pages with 0 */
	bool is_redirect;
	int32 namespace_id;
	int64 latest;
	uint64 title;
} page_state;

/* Of a page whose row changed. */
typedef struct page_fact
{
	page_state before;
	page_state after;
	int64 latest_deleted; /* page_latest of the row that was deleted, if it was */
} page_fact;

/* Of a title that a page had before, and gave up: by the title's hash, the page. */
typedef struct title_fact
{
	int64 page_id;
} title_fact;

static bool page_conclude(session *s, int wiki, int64 page_id, const void *fact, event *out);

static const fact_kind page_kind = {sizeof(page_fact), page_conclude, &page_aggregate};
static const fact_kind title_kind = {.size = sizeof(title_fact)};

static int64
hash_title(int32 namespace_id, const char *title)
{
	return (int64) hash_bytes_extended((const unsigned char *) title, (int) strlen(title),
	                                   (uint64) namespace_id);
}

/* read_title returns a title, palloc'd. */
static char *
read_title(const mirror_row *row)
{
	char *title = mirror_row_text(row, PAGE_TITLE);

	return title == NULL ? pstrdup("") : title;
}

/* read_state reads the state of a page; without a row it does not exist. */
static page_state
read_state(session *s, const mirror_row *row)
{
	page_state state = {0};
	char *title;

	if (row == NULL)
		return state;
	state.latest = mirror_row_int(row, PAGE_LATEST);
	state.exists = state.latest != 0;
	state.namespace_id = (int32) mirror_row_int(row, PAGE_NAMESPACE);
	state.is_redirect = mirror_row_int(row, PAGE_IS_REDIRECT) != 0;
	title = read_title(row);
	state.title = gather_put_text(s->gather, title);
	pfree(title);
	return state;
}

static bool
same_title(const mirror_row *a, const mirror_row *b)
{
	char *title = read_title(a);
	bool same = mirror_row_int(a, PAGE_NAMESPACE) == mirror_row_int(b, PAGE_NAMESPACE) &&
	            (mirror_row_is_null(b, PAGE_TITLE)
	                 ? title[0] == '\0'
	                 : mirror_row_text_equals(b, PAGE_TITLE, title, strlen(title)));

	pfree(title);
	return same;
}

/* note_title notes that a page gives up its title. */
static void
note_title(session *s, int wiki, int64 page_id, const mirror_row *old_row)
{
	char *title = read_title(old_row);
	int64 hash = hash_title((int32) mirror_row_int(old_row, PAGE_NAMESPACE), title);
	title_fact *fact = gather_get(s->gather, &title_kind, wiki, hash);

	if (fact->page_id == 0)
		fact->page_id = page_id;
	pfree(title);
}

/*
 * set_page records the change of one page row; either row may be NULL, not both. sql/mapping/references.sql relies on the columns without
 * whose change an update is nothing.
 */
static void
set_page(session *s, int wiki, const mirror_row *old_row, const mirror_row *new_row)
{
	const mirror_row *any = new_row != NULL ? new_row : old_row;
	int64 page_id = mirror_row_int(any, PAGE_ID);
	bool known = gather_find(s->gather, &page_kind, wiki, page_id) != NULL;
	bool renamed = old_row != NULL && (new_row == NULL || !same_title(old_row, new_row));
	page_state before = {0};
	page_state after;
	page_fact *fact;

	if (!known && old_row != NULL && new_row != NULL && !renamed &&
	    mirror_row_int(old_row, PAGE_LATEST) == mirror_row_int(new_row, PAGE_LATEST))
		return;
	if (!known)
		before = read_state(s, old_row);
	after = read_state(s, new_row);
	fact = gather_get(s->gather, &page_kind, wiki, page_id);
	if (!known)
		fact->before = before;
	fact->after = after;
	if (new_row == NULL)
		fact->latest_deleted = mirror_row_int(old_row, PAGE_LATEST);
	if (renamed)
		note_title(s, wiki, page_id, old_row);
}

static void
add_page(session *s, const change *c)
{
	if (c->old_row != NULL && c->new_row != NULL &&
	    mirror_row_int(c->old_row, PAGE_ID) != mirror_row_int(c->new_row, PAGE_ID))
	{
		set_page(s, c->wiki, c->old_row, NULL);
		set_page(s, c->wiki, NULL, c->new_row);
	}
	else
		set_page(s, c->wiki, c->old_row, c->new_row);
}

page_latest
page_latest_known(session *s, int wiki, int64 page_id)
{
	const page_fact *fact = gather_find(s->gather, &page_kind, wiki, page_id);

	if (fact == NULL)
		return (page_latest){0};
	return (page_latest){
	    .changed = true, .before = fact->before.latest, .after = fact->after.latest};
}

/* ---- what was ---- */

static page
make_page(session *s, int64 page_id, const page_state *state)
{
	return (page){.page_id = page_id,
	              .namespace_id = state->namespace_id,
	              .title = gather_text(s->gather, state->title),
	              .is_redirect = state->is_redirect,
	              .latest = state->latest};
}

/* had_title is true if a page that changed had the title before the source transaction; *out is what it was. */
static bool
had_title(session *s, int wiki, int64 page_id, int32 namespace_id, const char *title, page *out)
{
	const page_fact *known = gather_find(s->gather, &page_kind, wiki, page_id);
	page_state before;

	if (known == NULL || !known->before.exists ||
	    !entity_fits(s, TABLE_PAGE, PAGE_ID, wiki, page_id, page_id) ||
	    known->before.namespace_id != namespace_id)
		return false;
	before = known->before; /* it stays only until the text is looked for */
	*out = make_page(s, page_id, &before);
	return strcmp(out->title, title) == 0;
}

bool
page_find_prior_by_title(session *s, int wiki, int32 namespace_id, const char *title, page *out)
{
	const title_fact *gone =
	    gather_find(s->gather, &title_kind, wiki, hash_title(namespace_id, title));
	const page *now;

	if (gone != NULL && had_title(s, wiki, gone->page_id, namespace_id, title, out))
		return true;
	now = page_find_by_title(s, wiki, namespace_id, title);
	if (now == NULL || now->latest == 0)
		return false;
	if (page_latest_known(s, wiki, now->page_id).changed)
		return had_title(s, wiki, now->page_id, namespace_id, title, out);
	*out = *now;
	return true;
}

/* ---- what happened ---- */

/* find_log looks for the log row of an event, by the title that the log knows. */
static void
find_log(session *s, int wiki, page_event *e, int kinds, const page *p)
{
	e->log = log_find(s, wiki, kinds, e->page_id, p->namespace_id, p->title);
}

static void
conclude_appeared(session *s, int wiki, page_event *e)
{
	revision_change latest = revision_change_known(s, wiki, e->rev_id);
	int64 archived_page = latest.archived_page_id;
	const revision *archived;

	/* its row in archive may go later */
	if (!latest.unarchived && (archived = revision_find_archived(s, wiki, e->rev_id)) != NULL)
	{
		latest.unarchived = true;
		archived_page = archived->page_id;
	}
	e->kind = latest.unarchived ? PAGE_UNDELETE : PAGE_CREATE;
	e->revision_is_new = !latest.unarchived;
	if (!latest.unarchived)
		return;
	if (archived_page != e->page_id &&
	    entity_fits(s, TABLE_ARCHIVE, AR_PAGE_ID, wiki, e->rev_id, archived_page))
		e->prior_page_id = archived_page;
	find_log(s, wiki, e, LOG_RESTORE, &e->state);
}

static void
conclude_deleted(session *s, int wiki, page_event *e)
{
	revision_change latest = revision_change_known(s, wiki, e->rev_id);

	e->kind = PAGE_DELETE;
	find_log(s, wiki, e, LOG_DELETE, &e->state);
	if (latest.deleted)
		e->old_bits = latest.old_bits;
	/* Suppressed: the log says so, or archiving is what put the restriction on the revision. */
	e->suppressed = (e->log != NULL && e->log->suppressed) ||
	                (latest.archived && (latest.new_bits & ~e->old_bits & HIDDEN_RESTRICTED) != 0);
	/* as MediaWiki counts: those of earlier deletions under the same title too (DeletePage.php) */
	e->revision_count =
	    revision_count_archived(s, wiki, e->page_id, e->state.namespace_id, e->state.title);
}

/* find_created_redirect returns the page that a move left at its old title; NULL if it left none. */
static const page *
find_created_redirect(session *s, int wiki, const page *moved)
{
	const page *now = page_find_by_title(s, wiki, moved->namespace_id, moved->title);
	page_latest known;

	if (now == NULL || now->latest == 0 || !now->is_redirect)
		return NULL;
	known = page_latest_known(s, wiki, now->page_id);
	return known.changed && known.before == 0 ? now : NULL;
}

/*
 * follows_latest
 *	 True if the new latest revision was made on top of the one before: maintenance scripts commit the
 *	 revision first and page_latest later. A merged or restored revision has another parent.
 */
static bool
follows_latest(session *s, int wiki, const page_event *e)
{
	const revision *latest;

	if (e->rev_id <= e->prior_rev_id)
		return false;
	latest = revision_find(s, wiki, e->rev_id);
	return latest != NULL && latest->parent_id == e->prior_rev_id;
}

static void
conclude_changed(session *s, int wiki, page_event *e, bool moved)
{
	revision_change latest = revision_change_known(s, wiki, e->rev_id);
	bool new_latest = e->prior_rev_id != 0;

	e->kind = moved ? PAGE_MOVE : PAGE_EDIT;
	e->revision_is_new =
	    !latest.unarchived && (latest.inserted || (new_latest && follows_latest(s, wiki, e)));
	if (moved)
	{
		find_log(s, wiki, e, LOG_MOVE, &e->before);
		e->created_redirect = find_created_redirect(s, wiki, &e->before);
	}
	else if (!e->revision_is_new)
		find_log(s, wiki, e, LOG_RESTORE | LOG_MERGE, &e->state);
}

static bool
page_conclude(session *s, int wiki, int64 page_id, const void *data, event *out)
{
	const page_fact *fact = data;
	page_state state = fact->after.exists ? fact->after : fact->before;
	bool changed = fact->before.exists && fact->after.exists;
	bool moved = false;
	page_event *e;

	/* one that was made in the same source transaction: history merges do, where no redirect may be left (MergeHistory.php) */
	if (!fact->after.exists && fact->latest_deleted != 0 &&
	    entity_fits(s, TABLE_PAGE, PAGE_LATEST, wiki, page_id, fact->latest_deleted))
		state.latest = fact->latest_deleted;
	if (!state.exists || !entity_fits(s, TABLE_PAGE, PAGE_ID, wiki, page_id, page_id) ||
	    !entity_fits(s, TABLE_PAGE, PAGE_LATEST, wiki, page_id, state.latest))
		return false;
	e = palloc0(sizeof(page_event));
	e->page_id = page_id;
	e->state = make_page(s, page_id, &state);
	e->rev_id = state.latest;
	if (changed)
	{
		e->before = make_page(s, page_id, &fact->before);
		moved = e->before.namespace_id != e->state.namespace_id ||
		        strcmp(e->before.title, e->state.title) != 0;
		e->prior_rev_id = e->before.latest != e->state.latest ? e->before.latest : 0;
		if (!moved && e->prior_rev_id == 0)
			return false;
		conclude_changed(s, wiki, e, moved);
	}
	else if (fact->after.exists)
		conclude_appeared(s, wiki, e);
	else
		conclude_deleted(s, wiki, e);
	if (e->state.is_redirect)
		e->link = e->kind == PAGE_DELETE ? redirect_link_find_prior(s, wiki, page_id)
		                                 : redirect_link_find(s, wiki, page_id);
	cause_set(s, wiki, e);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_PAGE, true, add_page},
};

const aggregate page_aggregate = {
    .name = "page",
    .inputs = inputs,
    .input_count = lengthof(inputs),
    .uses = {&redirect_aggregate, &revision_aggregate},
};
