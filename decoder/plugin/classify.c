/*
 * plugin/classify.c
 *	  The classifier: one source transaction's net changes to page events, in order.
 *
 * Order: pages by their first row change, as MediaWiki writes them: the deletion of a move's target, the
 * move, the creation of the redirect that it left. So (namespace, title) is unique after each event.
 * Visibility changes follow.
 */
#include "plugin/classify.h"

#include "plugin/lookup.h"
#include "plugin/revision.h"
#include "plugin/wiki.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static page_event *
events_add(plugin_state *state, page_events *events, page_event_kind kind, int wiki, int64 page_id)
{
	page_event *event;

	if (events->count == events->room)
	{
		events->room = events->room == 0 ? 8 : events->room * 2;
		if (events->list == NULL)
			events->list =
			    MemoryContextAlloc(state->source_context, events->room * sizeof(page_event));
		else
			events->list = repalloc_huge(events->list, events->room * sizeof(page_event));
	}
	event = &events->list[events->count++];
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->wiki = wiki;
	event->page_id = page_id;
	return event;
}

/* event_find_log looks for the log row of an event, by the title that the log knows. */
static void
event_find_log(const source_transaction *source, page_event *event, int kinds,
               const page_state *title)
{
	event->log = source_find_log(source, event->wiki, kinds, event->page_id, title->namespace_id,
	                             title->title);
}

/* is_in_archive is true if the revision still sits in archive, as when its row there goes later. */
static bool
is_in_archive(plugin_state *state, const char *wiki_id, int64 rev_id, int64 *page_id)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	revision_row row;
	bool found = lookup_archived(state, wiki_id, rev_id, &row);

	if (found)
		*page_id = row.page_id;
	MemoryContextSwitchTo(old);
	return found;
}

static void
classify_appeared(plugin_state *state, page_events *events, const page_entry *page)
{
	const source_transaction *source = state->source;
	const char *wiki_id = source_wiki_id(source, page->wiki);
	revision_entry revision;
	int64 archived_page = 0;
	bool restored;
	page_event *event;

	revision = source_find_revision(source, page->wiki, page->after.latest);
	restored = (revision.flags & REVISION_UNARCHIVED) != 0;
	if (restored)
		archived_page = revision.page_id;
	else
		restored = is_in_archive(state, wiki_id, page->after.latest, &archived_page);
	event = events_add(state, events, restored ? PAGE_UNDELETE : PAGE_CREATE, page->wiki,
	                   page->page_id);
	event->page = page;
	event->state = page->after;
	event->rev_id = page->after.latest;
	event->revision_is_new = !restored;
	if (restored)
	{
		if (archived_page != page->page_id)
			event->prior_page_id = archived_page;
		event_find_log(source, event, LOG_RESTORE, &page->after);
	}
}

static void
classify_deleted(plugin_state *state, page_events *events, const page_entry *page)
{
	const source_transaction *source = state->source;
	revision_entry revision;
	page_event *event = events_add(state, events, PAGE_DELETE, page->wiki, page->page_id);

	event->page = page;
	event->state = page->before;
	event->rev_id = page->before.latest;
	event_find_log(source, event, LOG_DELETE, &page->before);
	revision = source_find_revision(source, page->wiki, event->rev_id);
	if ((revision.flags & REVISION_DELETED) != 0)
		event->old_bits = revision.old_bits;
	/* Suppressed: the log says so, or archiving is what put the restriction on the revision. */
	event->suppressed = (event->log != NULL && event->log->suppressed) ||
	                    ((revision.flags & REVISION_ARCHIVED) != 0 &&
	                     (revision.new_bits & ~event->old_bits & HIDDEN_RESTRICTED) != 0);
}

/* find_created_redirect returns the page that a move left at its old title; NULL if it left none. */
static const page_entry *
find_created_redirect(plugin_state *state, const page_entry *moved)
{
	const source_transaction *source = state->source;
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	const page_entry *page = NULL;
	page_row row;

	if (lookup_page_by_title(state, source_wiki_id(source, moved->wiki), moved->before.namespace_id,
	                         moved->before.title, &row))
		page = source_find_page(source, moved->wiki, row.page_id);
	MemoryContextSwitchTo(old);
	return page != NULL && !page->before.exists && page->after.is_redirect ? page : NULL;
}

/*
 * follows_latest
 *	 True if the new latest revision was made on top of the one before: maintenance scripts commit the
 *	 revision first and page_latest later. A merged or restored revision has another parent.
 */
static bool
follows_latest(plugin_state *state, const page_entry *page)
{
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	const char *wiki_id = source_wiki_id(state->source, page->wiki);
	revision_row row;
	bool follows = page->after.latest > page->before.latest &&
	               lookup_revision(state, wiki_id, page->after.latest, &row) &&
	               row.parent_id == page->before.latest;

	MemoryContextSwitchTo(old);
	return follows;
}

static void
classify_changed(plugin_state *state, page_events *events, const page_entry *page)
{
	const source_transaction *source = state->source;
	bool moved = page->before.namespace_id != page->after.namespace_id ||
	             strcmp(page->before.title, page->after.title) != 0;
	bool new_latest = page->before.latest != page->after.latest;
	revision_entry revision;
	page_event *event;

	if (!moved && !new_latest)
		return;
	event = events_add(state, events, moved ? PAGE_MOVE : PAGE_EDIT, page->wiki, page->page_id);
	event->page = page;
	event->state = page->after;
	event->rev_id = page->after.latest;
	event->prior_rev_id = new_latest ? page->before.latest : 0;
	revision = source_find_revision(source, page->wiki, event->rev_id);
	event->revision_is_new =
	    (revision.flags & REVISION_UNARCHIVED) == 0 &&
	    ((revision.flags & REVISION_INSERTED) != 0 || (new_latest && follows_latest(state, page)));
	if (moved)
	{
		event_find_log(source, event, LOG_MOVE, &page->before);
		event->created_redirect = find_created_redirect(state, page);
	}
	else if (!event->revision_is_new)
		event_find_log(source, event, LOG_RESTORE | LOG_MERGE, &page->after);
	else if (state->options.mode == MODE_PARITY)
		event->null_revision = revision_is_null(state, source_wiki_id(source, page->wiki),
		                                        event->rev_id, event->prior_rev_id);
}

static void
classify_visibility(plugin_state *state, page_events *events, const visibility_entry *entry)
{
	const source_transaction *source = state->source;
	const char *wiki_id = source_wiki_id(source, entry->wiki);
	MemoryContext old = MemoryContextSwitchTo(state->event_context);
	revision_entry known;
	revision_row revision;
	page_row page;
	page_event *event;

	known = source_find_revision(source, entry->wiki, entry->rev_id);
	if (lookup_revision(state, wiki_id, entry->rev_id, &revision) &&
	    revision.bits != known.old_bits && lookup_page(state, wiki_id, revision.page_id, &page) &&
	    page.latest == entry->rev_id)
	{
		event = events_add(state, events, PAGE_VISIBILITY_CHANGE, entry->wiki, page.page_id);
		event->state =
		    (page_state){.exists = true,
		                 .namespace_id = page.namespace_id,
		                 .is_redirect = page.is_redirect,
		                 .latest = page.latest,
		                 .title = MemoryContextStrdup(state->source_context, page.title)};
		event->page = source_find_page(source, entry->wiki, page.page_id);
		event->rev_id = entry->rev_id;
		event->old_bits = known.old_bits;
		event_find_log(source, event, LOG_VISIBILITY, &event->state);
	}
	MemoryContextSwitchTo(old);
}

void
classify_pages(plugin_state *state, page_events *events)
{
	const source_transaction *source = state->source;

	memset(events, 0, sizeof(*events));
	for (int i = 0; i < source_page_count(source); i++)
	{
		const page_entry *page = source_page(source, i);

		CHECK_FOR_INTERRUPTS();
		if (!page->before.exists && page->after.exists)
			classify_appeared(state, events, page);
		else if (page->before.exists && !page->after.exists)
			classify_deleted(state, events, page);
		else if (page->before.exists)
			classify_changed(state, events, page);
		MemoryContextReset(state->event_context);
	}
	source_prune(state, true);
	for (int i = 0; i < source_visibility_count(source); i++)
	{
		CHECK_FOR_INTERRUPTS();
		classify_visibility(state, events, source_visibility(source, i));
		MemoryContextReset(state->event_context);
	}
}
