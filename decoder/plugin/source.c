/*
 * plugin/source.c
 *	  Gathers the changes of one source transaction.
 *
 * Memory: a page about 200 bytes, a revision 24 to 48, a log row about 150. Of revisions those are kept that were inserted
 * or archived; a statement that only deletes (maintenance/deleteArchivedRevisions.php) keeps none, and one that changes
 * the visibility of every revision of a user (hide-user) only those that are the latest of a page, or may be, until a
 * message brings the row of its page.
 */
#include "plugin/source.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "plugin/lookup.h"
#include "plugin/wiki.h"
#include "utils/memutils.h"

/* One hash table type serves pages, revisions and log rows: all are named by a number within a wiki. */
typedef struct id_key
{
	int64 id;
	int32 wiki;
} pg_attribute_packed() id_key;

typedef struct id_entry
{
	id_key key;
	char status;
	/* of a revision: as in revision_entry */
	uint8 flags;
	uint8 old_bits;
	uint8 new_bits;
	union
	{
		int64 page_id; /* of a revision */
		void *value;   /* of others: page_entry or log_entry */
	};
} id_entry;

static inline uint32
id_key_hash(id_key key)
{
	return hash_combine(murmurhash32((uint32) key.id),
	                    murmurhash32((uint32) ((uint64) key.id >> 32) ^ (uint32) key.wiki));
}

#define SH_PREFIX id_table
#define SH_ELEMENT_TYPE id_entry
#define SH_KEY_TYPE id_key
#define SH_KEY key
#define SH_HASH_KEY(table, k) id_key_hash(k)
#define SH_EQUAL(table, a, b) ((a).id == (b).id && (a).wiki == (b).wiki)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct source_transaction
{
	int wiki_count;
	int wiki_room;
	char **wikis;
	int last_wiki;

	int page_count;
	int page_room;
	page_entry **pages;
	id_table_hash *pages_by_id;

	id_table_hash *revisions;

	int visibility_count;
	int visibility_room;
	int visibility_pruned; /* how many were left when they were looked through last */
	visibility_entry *visibility;

	id_table_hash *logs_by_page;
	id_table_hash *logs_by_title;
};

#define FIRST_ROOM 8
#define PRUNE_AFTER 500 /* changes of visibility */

/* What a log row must say to be kept. */
static const struct
{
	const char *type;
	const char *action; /* a prefix if it ends with '*' */
	log_kind kind;
	bool suppressed;
} log_kinds[] = {
    {"delete", "delete*", LOG_DELETE, false}, /* delete, delete_redir, delete_redir2 */
    {"suppress", "delete", LOG_DELETE, true},
    {"delete", "restore", LOG_RESTORE, false},
    {"move", "move*", LOG_MOVE, false}, /* move, move_redir */
    {"delete", "revision", LOG_VISIBILITY, false},
    {"suppress", "revision", LOG_VISIBILITY, true},
    {"merge", "merge*", LOG_MERGE, false}, /* merge, merge-into */
};

source_transaction *
source_create(plugin_state *state)
{
	return MemoryContextAllocZero(state->source_context, sizeof(source_transaction));
}

/* grow makes room for one more element of an array. */
static void *
grow(void *array, int count, int *room, Size size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? FIRST_ROOM : *room * 2;
	if (array == NULL)
		return palloc(*room * size);
	return repalloc_huge(array, *room * size);
}

/* source_number_wiki gives the wiki of a row its number in this source transaction. */
static int
source_number_wiki(source_transaction *source, const mirror_row *row)
{
	if (source->wiki_count > 0)
	{
		const char *last = source->wikis[source->last_wiki];

		if (mirror_row_text_equals(row, WIKI_ID, last, strlen(last)))
			return source->last_wiki;
	}
	for (int i = 0; i < source->wiki_count; i++)
		if (mirror_row_text_equals(row, WIKI_ID, source->wikis[i], strlen(source->wikis[i])))
			return source->last_wiki = i;
	source->wikis = grow(source->wikis, source->wiki_count, &source->wiki_room, sizeof(char *));
	source->wikis[source->wiki_count] = mirror_row_text(row, WIKI_ID);
	return source->last_wiki = source->wiki_count++;
}

static id_entry *
table_insert(id_table_hash **table, int wiki, int64 id, bool *found)
{
	if (*table == NULL)
		*table = id_table_create(CurrentMemoryContext, FIRST_ROOM, NULL);
	return id_table_insert(*table, (id_key){.id = id, .wiki = wiki}, found);
}

static id_entry *
table_find(id_table_hash *table, int wiki, int64 id)
{
	return table == NULL ? NULL : id_table_lookup(table, (id_key){.id = id, .wiki = wiki});
}

/* source_get_page returns the entry of a page; a new one is not in the list of changed pages yet. */
static page_entry *
source_get_page(source_transaction *source, int wiki, int64 page_id)
{
	bool found;
	id_entry *entry = table_insert(&source->pages_by_id, wiki, page_id, &found);

	if (!found)
	{
		page_entry *page = palloc0(sizeof(page_entry));

		page->wiki = wiki;
		page->page_id = page_id;
		entry->value = page;
	}
	return entry->value;
}

/* source_known_revision returns what is known of a revision; NULL if nothing is. */
static id_entry *
source_known_revision(const source_transaction *source, int wiki, int64 rev_id)
{
	return table_find(source->revisions, wiki, rev_id);
}

static id_entry *
source_get_revision(source_transaction *source, int wiki, int64 rev_id)
{
	bool found;
	id_entry *entry = table_insert(&source->revisions, wiki, rev_id, &found);

	if (!found)
	{
		entry->flags = entry->old_bits = entry->new_bits = 0;
		entry->page_id = 0;
	}
	return entry;
}

/* source_forget_visibility takes it back that a revision's bits changed. */
static void
source_forget_visibility(source_transaction *source, const visibility_entry *entry)
{
	id_entry *known = source_known_revision(source, entry->wiki, entry->rev_id);

	if (known == NULL)
		return;
	known->flags &= ~REVISION_VISIBILITY;
	if (known->flags == 0)
		id_table_delete_item(source->revisions, known);
}

/* read_page_state reads the state of a page; without a row it does not exist. */
static void
read_page_state(const mirror_row *row, page_state *out)
{
	memset(out, 0, sizeof(*out));
	if (row == NULL)
		return;
	out->latest = mirror_row_int(row, PAGE_LATEST);
	out->exists = out->latest != 0;
	out->namespace_id = (int32) mirror_row_int(row, PAGE_NAMESPACE);
	out->is_redirect = mirror_row_int(row, PAGE_IS_REDIRECT) != 0;
	out->title = mirror_row_text(row, PAGE_TITLE);
	if (out->title == NULL)
		out->title = "";
}

/* page_row_is_same is true if nothing changed that could give an event. */
static bool
page_row_is_same(const mirror_row *a, const mirror_row *b)
{
	char *title;
	bool same;

	if (mirror_row_int(a, PAGE_LATEST) != mirror_row_int(b, PAGE_LATEST) ||
	    mirror_row_int(a, PAGE_NAMESPACE) != mirror_row_int(b, PAGE_NAMESPACE))
		return false;
	title = mirror_row_text(a, PAGE_TITLE);
	same = title == NULL ? mirror_row_is_null(b, PAGE_TITLE)
	                     : mirror_row_text_equals(b, PAGE_TITLE, title, strlen(title));
	if (title != NULL)
		pfree(title);
	return same;
}

/* source_set_page records the change of one page row; either row may be NULL, not both. */
static void
source_set_page(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	source_transaction *source = state->source;
	const mirror_row *any = new_row != NULL ? new_row : old_row;
	int wiki = source_number_wiki(source, any);
	int64 page_id = mirror_row_int(any, PAGE_ID);
	id_entry *known = table_find(source->pages_by_id, wiki, page_id);
	page_entry *page = known == NULL ? NULL : known->value;

	if ((page == NULL || !page->changed) && old_row != NULL && new_row != NULL &&
	    page_row_is_same(old_row, new_row))
		return;
	if (page == NULL)
		page = source_get_page(source, wiki, page_id);
	if (!page->changed)
	{
		page->changed = true;
		read_page_state(old_row, &page->before);
		source->pages =
		    grow(source->pages, source->page_count, &source->page_room, sizeof(page_entry *));
		source->pages[source->page_count++] = page;
	}
	read_page_state(new_row, &page->after);
}

static void
source_add_page(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	if (old_row != NULL && new_row != NULL &&
	    mirror_row_int(old_row, PAGE_ID) != mirror_row_int(new_row, PAGE_ID))
	{
		source_set_page(state, old_row, NULL);
		source_set_page(state, NULL, new_row);
	}
	else
		source_set_page(state, old_row, new_row);
}

/*
 * source_add_visibility
 *	 Records changed bits if the revision is its page's latest at this point. The row of a page that did not change comes in a
 *	 message after this.
 */
static void
source_add_visibility(plugin_state *state, int wiki, const mirror_row *old_row,
                      const mirror_row *new_row)
{
	source_transaction *source = state->source;
	int64 rev_id = mirror_row_int(new_row, REV_ID);
	int64 page_id = mirror_row_int(new_row, REV_PAGE);
	const page_entry *page = source_find_page(source, wiki, page_id);
	id_entry *known = source_known_revision(source, wiki, rev_id);
	id_entry *revision;

	if (known != NULL && (known->flags & (REVISION_VISIBILITY | REVISION_INSERTED)) != 0)
		return; /* the first bits are known, or nobody saw any before */
	if (page != NULL && page->after.latest != rev_id)
		return;
	revision = source_get_revision(source, wiki, rev_id);
	revision->flags |= REVISION_VISIBILITY;
	revision->old_bits = (uint8) mirror_row_int(old_row, REV_DELETED);
	source->visibility = grow(source->visibility, source->visibility_count,
	                          &source->visibility_room, sizeof(visibility_entry));
	source->visibility[source->visibility_count++] = (visibility_entry){
	    .wiki = wiki, .is_latest = page != NULL, .rev_id = rev_id, .page_id = page_id};
}

/* was_latest is false if the revision was not its page's latest when its bits changed. */
static bool
was_latest(plugin_state *state, const visibility_entry *entry)
{
	const source_transaction *source = state->source;
	const page_entry *page = source_find_page(source, entry->wiki, entry->page_id);
	page_row row;

	if (entry->is_latest)
		return true;
	if (page != NULL)
		return page->before.latest == entry->rev_id;
	return !lookup_page(state, source->wikis[entry->wiki], entry->page_id, &row) ||
	       row.latest == entry->rev_id;
}

void
source_prune(plugin_state *state, bool all)
{
	source_transaction *source = state->source;
	MemoryContext old;
	int kept = 0;

	if (!all && source->visibility_count / 2 < source->visibility_pruned + PRUNE_AFTER)
		return;
	old = MemoryContextSwitchTo(state->event_context);
	for (int i = 0; i < source->visibility_count; i++)
	{
		const visibility_entry *entry = &source->visibility[i];

		CHECK_FOR_INTERRUPTS();
		if (was_latest(state, entry))
			source->visibility[kept++] = *entry;
		else
			source_forget_visibility(source, entry);
		MemoryContextReset(state->event_context);
	}
	source->visibility_count = source->visibility_pruned = kept;
	MemoryContextSwitchTo(old);
}

static void
source_add_revision(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	source_transaction *source = state->source;
	int wiki = source_number_wiki(source, new_row != NULL ? new_row : old_row);
	id_entry *revision;

	if (old_row == NULL)
	{
		revision = source_get_revision(source, wiki, mirror_row_int(new_row, REV_ID));
		revision->flags |= REVISION_INSERTED;
	}
	else if (new_row == NULL)
	{
		/* Only of a revision that was archived it matters, and the row in archive comes first. */
		revision = source_known_revision(source, wiki, mirror_row_int(old_row, REV_ID));
		if (revision == NULL)
			return;
		revision->flags |= REVISION_DELETED;
		if ((revision->flags & REVISION_VISIBILITY) == 0)
			revision->old_bits = (uint8) mirror_row_int(old_row, REV_DELETED);
	}
	else if (mirror_row_int(old_row, REV_DELETED) != mirror_row_int(new_row, REV_DELETED))
		source_add_visibility(state, wiki, old_row, new_row);
}

static void
source_add_archive(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	source_transaction *source = state->source;
	int wiki = source_number_wiki(source, new_row != NULL ? new_row : old_row);
	id_entry *revision;

	if (old_row == NULL)
	{
		revision = source_get_revision(source, wiki, mirror_row_int(new_row, AR_REV_ID));
		revision->flags |= REVISION_ARCHIVED;
		revision->new_bits = (uint8) mirror_row_int(new_row, AR_DELETED);
	}
	else if (new_row == NULL)
	{
		/* Only of a revision that was restored it matters, and the row in revision comes first. */
		revision = source_known_revision(source, wiki, mirror_row_int(old_row, AR_REV_ID));
		if (revision == NULL)
			return;
		revision->flags |= REVISION_UNARCHIVED;
		revision->page_id = mirror_row_int(old_row, AR_PAGE_ID);
	}
}

/* log_matches is true if a log row's column is the word, or begins with it where it ends with '*'. */
static bool
log_matches(const char *value, const char *word)
{
	size_t len = strlen(word);

	if (word[len - 1] == '*')
		return strncmp(value, word, len - 1) == 0;
	return strcmp(value, word) == 0;
}

static int64
title_hash(int32 namespace_id, const char *title)
{
	return (int64) hash_bytes_extended((const unsigned char *) title, (int) strlen(title),
	                                   (uint64) namespace_id);
}

/* source_link_log puts a log row at the head of the chains of its page and its title. */
static void
source_link_log(source_transaction *source, log_entry *log)
{
	bool found;
	id_entry *entry;

	if (log->page_id != 0)
	{
		entry = table_insert(&source->logs_by_page, log->wiki, log->page_id, &found);
		log->same_page = found ? entry->value : NULL;
		entry->value = log;
	}
	entry = table_insert(&source->logs_by_title, log->wiki,
	                     title_hash(log->namespace_id, log->title), &found);
	log->same_title = found ? entry->value : NULL;
	entry->value = log;
}

/* source_add_logging: only new log rows tell of this source transaction. */
static void
source_add_logging(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	source_transaction *source = state->source;
	char *type;
	char *action;
	log_entry *log;

	if (old_row != NULL || new_row == NULL)
		return;
	if (mirror_row_is_null(new_row, LOG_TYPE) || mirror_row_is_null(new_row, LOG_ACTION) ||
	    mirror_row_is_null(new_row, LOG_TITLE))
		return;
	type = mirror_row_text(new_row, LOG_TYPE);
	action = mirror_row_text(new_row, LOG_ACTION);
	for (size_t i = 0; i < lengthof(log_kinds); i++)
	{
		if (strcmp(type, log_kinds[i].type) != 0 || !log_matches(action, log_kinds[i].action))
			continue;
		log = palloc0(sizeof(log_entry));
		log->wiki = source_number_wiki(source, new_row);
		log->log_id = mirror_row_int(new_row, LOG_ID);
		log->kind = log_kinds[i].kind;
		log->suppressed = log_kinds[i].suppressed;
		log->page_id = mirror_row_int(new_row, LOG_PAGE);
		log->namespace_id = (int32) mirror_row_int(new_row, LOG_NAMESPACE);
		log->title = mirror_row_text(new_row, LOG_TITLE);
		source_link_log(source, log);
		break;
	}
	pfree(type);
	pfree(action);
}

/* source_add_redirect keeps what a redirect was before the source transaction, if that is known. */
static void
source_add_redirect(plugin_state *state, const mirror_row *old_row, const mirror_row *new_row)
{
	source_transaction *source = state->source;
	page_entry *page;
	int wiki;

	if (old_row == NULL || mirror_row_is_null(old_row, RD_TITLE))
		return;
	wiki = source_number_wiki(source, old_row);
	page = source_get_page(source, wiki, mirror_row_int(old_row, RD_FROM));
	if (page->redirect_title != NULL)
		return;
	page->redirect_namespace = (int32) mirror_row_int(old_row, RD_NAMESPACE);
	page->redirect_title = mirror_row_text(old_row, RD_TITLE);
	page->redirect_interwiki = mirror_row_text(old_row, RD_INTERWIKI);
	if (page->redirect_interwiki != NULL && page->redirect_interwiki[0] == '\0')
		page->redirect_interwiki = NULL;
}

static redirect_link *
make_link(int32 namespace_id, char *title, char *interwiki)
{
	redirect_link *link = palloc0(sizeof(redirect_link));

	link->namespace_id = namespace_id;
	link->title = title;
	link->interwiki = interwiki;
	return link;
}

redirect_link *
source_find_redirect(plugin_state *state, const char *wiki_id, int64 page_id)
{
	redirect_row redirect;
	redirect_link *link;
	page_row target;

	if (!lookup_redirect(state, wiki_id, page_id, &redirect))
		return NULL;
	link = make_link(redirect.namespace_id, redirect.title, redirect.interwiki);
	if (link->interwiki == NULL &&
	    lookup_page_by_title(state, wiki_id, link->namespace_id, link->title, &target) &&
	    target.latest != 0)
	{
		link->page_id = target.page_id;
		link->is_redirect = target.is_redirect;
	}
	return link;
}

/* find_prior_title finds the page that had a title before the source transaction. */
static void
find_prior_title(plugin_state *state, int wiki, redirect_link *link)
{
	const source_transaction *source = state->source;
	page_row now;

	/* A source transaction that deletes redirects has few pages. */
	for (int i = 0; i < source->page_count; i++)
	{
		const page_entry *page = source->pages[i];

		if (page->wiki == wiki && page->before.exists &&
		    page->before.namespace_id == link->namespace_id &&
		    strcmp(page->before.title, link->title) == 0)
		{
			link->page_id = page->page_id;
			link->is_redirect = page->before.is_redirect;
			return;
		}
	}
	if (lookup_page_by_title(state, source->wikis[wiki], link->namespace_id, link->title, &now) &&
	    now.latest != 0 && source_find_page(source, wiki, now.page_id) == NULL)
	{
		link->page_id = now.page_id;
		link->is_redirect = now.is_redirect;
	}
}

redirect_link *
source_find_prior_redirect(plugin_state *state, const page_entry *page)
{
	redirect_row now;
	redirect_link *link;

	if (page->redirect_title != NULL)
		link = make_link(page->redirect_namespace, page->redirect_title, page->redirect_interwiki);
	else if (lookup_redirect(state, state->source->wikis[page->wiki], page->page_id, &now))
		link = make_link(now.namespace_id, now.title, now.interwiki);
	else
		return NULL;
	if (link->interwiki == NULL)
		find_prior_title(state, page->wiki, link);
	return link;
}

typedef void (*adder)(plugin_state *, const mirror_row *, const mirror_row *);

static const adder adders[TABLE_COUNT] = {
    [TABLE_PAGE] = source_add_page,         [TABLE_REVISION] = source_add_revision,
    [TABLE_ARCHIVE] = source_add_archive,   [TABLE_LOGGING] = source_add_logging,
    [TABLE_REDIRECT] = source_add_redirect,
};

bool
source_needs_old(mirror_table table)
{
	return adders[table] != NULL && table != TABLE_LOGGING;
}

void
source_add_change(plugin_state *state, mirror_table table, const mirror_row *old_row,
                  const mirror_row *new_row)
{
	adder add = adders[table];
	MemoryContext old_context;

	if (add == NULL)
		return;
	old_context = MemoryContextSwitchTo(state->source_context);
	add(state, old_row, new_row);
	MemoryContextSwitchTo(old_context);
}

bool
source_is_empty(const source_transaction *source)
{
	return source->page_count == 0 && source->visibility_count == 0;
}

bool
source_has_rows(const source_transaction *source)
{
	return source->wiki_count > 0;
}

int
source_wiki_count(const source_transaction *source)
{
	return source->wiki_count;
}

const char *
source_wiki_id(const source_transaction *source, int wiki)
{
	return source->wikis[wiki];
}

int
source_page_count(const source_transaction *source)
{
	return source->page_count;
}

page_entry *
source_page(const source_transaction *source, int i)
{
	return source->pages[i];
}

page_entry *
source_find_page(const source_transaction *source, int wiki, int64 page_id)
{
	id_entry *entry = table_find(source->pages_by_id, wiki, page_id);
	page_entry *page = entry == NULL ? NULL : entry->value;

	return page != NULL && page->changed ? page : NULL;
}

revision_entry
source_find_revision(const source_transaction *source, int wiki, int64 rev_id)
{
	const id_entry *entry = source_known_revision(source, wiki, rev_id);

	if (entry == NULL)
		return (revision_entry){0};
	return (revision_entry){.flags = entry->flags,
	                        .old_bits = entry->old_bits,
	                        .new_bits = entry->new_bits,
	                        .page_id = entry->page_id};
}

int
source_visibility_count(const source_transaction *source)
{
	return source->visibility_count;
}

const visibility_entry *
source_visibility(const source_transaction *source, int i)
{
	return &source->visibility[i];
}

const log_entry *
source_find_log(const source_transaction *source, int wiki, int kinds, int64 page_id,
                int32 namespace_id, const char *title)
{
	id_entry *entry = table_find(source->logs_by_page, wiki, page_id);
	const log_entry *log;

	for (log = entry == NULL ? NULL : entry->value; log != NULL; log = log->same_page)
		if ((log->kind & kinds) != 0)
			return log;
	entry = table_find(source->logs_by_title, wiki, title_hash(namespace_id, title));
	for (log = entry == NULL ? NULL : entry->value; log != NULL; log = log->same_title)
		if ((log->kind & kinds) != 0 && log->namespace_id == namespace_id &&
		    strcmp(log->title, title) == 0)
			return log;
	return NULL;
}
