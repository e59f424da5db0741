/*
 * plugin/stream/resource_purge.c
 *	  Stream resource-purge, schema resource_change 1.0.0: the URLs that show a page which changed, a message each.
 *
 * As MediaWiki's HTMLCacheUpdater::getUrls and WikiPage::onArticle... (1.39 and 1.43), as far as mwmirror.purge_rule says so.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/aggregate/restore.h"
#include "plugin/aggregate/visibility.h"
#include "plugin/core/missing.h"
#include "plugin/entity/page.h"
#include "plugin/entity/purge.h"
#include "plugin/entity/title.h"
#include "plugin/stream/message.h"
#include "plugin/stream/resource.h"

#include "nodes/pg_list.h"

/* What mwmirror.purge_rule.events calls an event. */
static const char *const event_names[] = {
    [PAGE_CREATE] = "create",     [PAGE_EDIT] = "edit",
    [PAGE_MOVE] = "move",         [PAGE_DELETE] = "delete",
    [PAGE_UNDELETE] = "undelete", [PAGE_VISIBILITY_CHANGE] = "visibility_change",
    [PAGE_RESTORE] = "restore",
};

/* URLs that are being gathered. */
typedef struct gathered
{
	session *s;
	wiki *w;
	const char *event;
	List *urls;
} gathered;

static bool
accepts(session *s, const event *e)
{
	return true;
}

static bool
has_url(const List *urls, const char *url)
{
	const ListCell *cell;

	foreach (cell, urls)
		if (strcmp(lfirst(cell), url) == 0)
			return true;
	return false;
}

static void
add_url(gathered *g, char *url)
{
	if (strlen(url) > MESSAGE_URI_MOST)
		missing_report_value(g->s, TABLE_PAGE, PAGE_TITLE, g->w->number, 0);
	else if (!has_url(g->urls, url))
		g->urls = lappend(g->urls, url);
}

/* other_namespace: of a page's talk page, or of the page that it is the talk page of. */
static int32
other_namespace(int32 namespace_id)
{
	return namespace_id ^ 1;
}

/* add_title gathers the URLs of a page. */
static void
add_title(gathered *g, int32 namespace_id, const char *title)
{
	int32 other = other_namespace(namespace_id);
	const char *own_key;
	const char *other_key = NULL;

	if (namespace_id < 0 || title[0] == '\0')
		return; /* no page can be there */
	own_key = title_prefixed(g->s, g->w, NULL, namespace_id, title);
	if (wiki_get_namespace(g->s, g->w, other) != NULL)
		other_key = title_prefixed(g->s, g->w, NULL, other, title);
	for (const purge_rule *rule = purge_rules_get(g->s, g->w); rule != NULL; rule = rule->next)
	{
		const char *key = rule->of_other ? other_key : own_key;

		if (key != NULL &&
		    purge_rule_applies(rule, g->event, rule->of_other ? other : namespace_id, title))
			add_url(g, purge_rule_url(rule, g->w, key));
	}
}

/* is_replaced: another page has the title of one that was deleted, and the redirects that lead there. */
static bool
is_replaced(session *s, const event *e)
{
	const page_event *of = e->what;

	return of->kind == PAGE_DELETE &&
	       page_find_by_title(s, e->wiki, of->state.namespace_id, of->state.title) != NULL;
}

/* add_redirects gathers those of the pages that are known to lead to a page. */
static void
add_redirects(gathered *g, const page *target)
{
	const rows_value key[] = {{.number = target->namespace_id},
	                          {.text = target->title, .len = strlen(target->title)}};
	List *from = NIL; /* first, for no rows may be looked for meanwhile */
	rows_scan scan;
	mirror_row row;
	const ListCell *cell;

	rows_find(&scan, g->s->rows, TABLE_REDIRECT, REDIRECT_BY_TARGET, g->w->number, key);
	while (rows_next(&scan, &row))
	{
		int64 *page_id = palloc(sizeof(int64));

		*page_id = mirror_row_int(&row, RD_FROM);
		from = lappend(from, page_id);
	}
	foreach (cell, from)
	{
		const page *p = page_find(g->s, g->w->number, *(const int64 *) lfirst(cell));

		if (p != NULL && p->latest != 0)
			add_title(g, p->namespace_id, p->title);
	}
}

static int
count(session *s, event *e)
{
	const page_event *of = e->what;
	gathered g = {.s = s, .w = wiki_get(s, e->wiki), .event = event_names[of->kind]};

	add_title(&g, of->state.namespace_id, of->state.title);
	if (of->kind == PAGE_MOVE)
		add_title(&g, of->before.namespace_id, of->before.title);
	if (!is_replaced(s, e))
		add_redirects(&g, &of->state);
	e->parts = g.urls;
	return list_length(g.urls);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	resource_put_tag(out, "mediawiki");
	*uri = list_nth((const List *) e->parts, e->part);
}

const stream resource_purge_stream = {
    .name = "resource-purge",
    .schema = RESOURCE_SCHEMA,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &visibility_aggregate, &restore_aggregate},
    .accepts = accepts,
    .count = count,
    .put_body = put_body,
};
