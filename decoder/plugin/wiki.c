/*
 * plugin/wiki.c
 *	  Settings and names of wikis, read once per PG transaction.
 */
#include "plugin/wiki.h"

#include "catalog/pg_type_d.h"
#include "plugin/errors.h"
#include "plugin/lookup.h"
#include "utils/array.h"
#include "utils/builtins.h"

static char *
text_or_empty(const mirror_row *row, int column)
{
	char *text = mirror_row_text(row, column);

	return text == NULL ? pstrdup("") : text;
}

static void
wiki_read_bot_groups(wiki *w, const mirror_row *row)
{
	Datum *values;
	bool *nulls;
	int n;

	if (mirror_row_is_null(row, WIKI_BOT_GROUPS))
		return;
	deconstruct_array(DatumGetArrayTypeP(row->values[WIKI_BOT_GROUPS]), TEXTOID, -1, false,
	                  TYPALIGN_INT, &values, &nulls, &n);
	w->bot_groups = palloc(n * sizeof(char *));
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			w->bot_groups[w->bot_group_count++] = TextDatumGetCString(values[i]);
}

/* wiki_load reads the wiki's row into the context of the PG transaction. */
static wiki *
wiki_load(plugin_state *state, const char *wiki_id)
{
	MemoryContext old = MemoryContextSwitchTo(state->pg_context);
	lookup_scan scan;
	mirror_row row;
	wiki *w = palloc0(sizeof(wiki));

	lookup_begin(&scan, state, TABLE_WIKI, 0, wiki_id, NULL);
	if (!lookup_next(&scan, &row))
		ereport(
		    ERROR,
		    (errcode(MW_UNKNOWN_WIKI),
		     errmsg("wiki \"%s\" is not in mwmirror.wiki at this point of the WAL", wiki_id),
		     errdetail("Its pages changed, but without its domain and namespaces there can be "
		               "no event."),
		     errhint(
		         "Rows of a wiki may be written only after \"mwmirror add-wiki %s\". " MW_GIVE_UP,
		         wiki_id)));
	w->wiki_id = pstrdup(wiki_id);
	w->domain = text_or_empty(&row, WIKI_DOMAIN);
	w->canonical_server = text_or_empty(&row, WIKI_CANONICAL_SERVER);
	w->article_path = text_or_empty(&row, WIKI_ARTICLE_PATH);
	w->autoconfirm_age = mirror_row_int(&row, WIKI_AUTOCONFIRM_AGE);
	w->autoconfirm_count = mirror_row_int(&row, WIKI_AUTOCONFIRM_COUNT);
	w->temp_accounts = mirror_row_int(&row, WIKI_TEMP_ACCOUNTS) != 0;
	wiki_read_bot_groups(w, &row);
	lookup_end(&scan);
	MemoryContextSwitchTo(old);
	return w;
}

wiki *
wiki_get(plugin_state *state, const char *wiki_id)
{
	wiki *w;

	for (w = state->wikis; w != NULL; w = w->next)
		if (strcmp(w->wiki_id, wiki_id) == 0)
			return w;
	w = wiki_load(state, wiki_id);
	w->next = state->wikis;
	state->wikis = w;
	return w;
}

/* wiki_load_name reads one name; NULL if there is no row. */
static char *
wiki_load_name(plugin_state *state, const wiki *w, mirror_table table, int64 id)
{
	/* In each of these tables the key is column 1 and the name column 2. */
	lookup_scan scan;
	mirror_row row;
	char *name = NULL;

	lookup_begin(&scan, state, table, 0, w->wiki_id, &(lookup_key){.number = id});
	if (lookup_next(&scan, &row))
		name = mirror_row_text(&row, 2);
	lookup_end(&scan);
	return name;
}

const char *
wiki_get_name(plugin_state *state, wiki *w, mirror_table table, int64 id)
{
	MemoryContext old;
	wiki_name *entry;
	char *name;

	for (entry = w->names; entry != NULL; entry = entry->next)
		if (entry->id == id && entry->table == table)
			return entry->name;
	old = MemoryContextSwitchTo(state->pg_context);
	name = wiki_load_name(state, w, table, id);
	if (name != NULL)
	{
		entry = palloc(sizeof(wiki_name));
		*entry = (wiki_name){.table = table, .id = id, .name = name, .next = w->names};
		w->names = entry;
	}
	MemoryContextSwitchTo(old);
	return name;
}

void
wiki_forget_all(plugin_state *state)
{
	state->wikis = NULL;
}
