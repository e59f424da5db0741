/*
 * plugin/entity/wiki.c
 *	  Settings and names of wikis, read once per PG transaction.
 */
#include "plugin/entity/wiki.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "plugin/core/errors.h"
#include "plugin/entity/choice.h"
#include "plugin/entity/tables.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

/* A scan of one of the tables. */
typedef struct wiki_scan
{
	mirror_relation *relation;
	Relation table;
	SysScanDesc scan;
} wiki_scan;

/* scan_next reads the next row of a scan. */
static bool
scan_next(wiki_scan *scan, mirror_row *row)
{
	HeapTuple tuple = systable_getnext(scan->scan);

	if (HeapTupleIsValid(tuple))
		mirror_row_read(row, scan->relation, RelationGetDescr(scan->table), tuple);
	return HeapTupleIsValid(tuple);
}

/* scan_first begins a scan by wiki_id, and by the namespace's number unless that is NULL; reads the first row. */
static bool
scan_first(wiki_scan *scan, session *s, mirror_table table, const char *wiki_id,
           const int32 *namespace_id, mirror_row *row)
{
	ScanKeyData conditions[2];
	int n = 1;

	scan->table = relations_open(s->relations, table, &scan->relation);
	/* ScanKeyInit says the collation "C", as the index has. */
	ScanKeyInit(&conditions[0], scan->relation->attno[WIKI_ID], BTEqualStrategyNumber, F_TEXTEQ,
	            CStringGetTextDatum(wiki_id));
	if (table == TABLE_WIKI_NAMESPACE && scan->relation->type[NAMESPACE_ID] != INT4OID)
		mirror_table_report_type(table, NAMESPACE_ID, scan->relation->type[NAMESPACE_ID]);
	if (namespace_id != NULL)
		ScanKeyInit(&conditions[n++], scan->relation->attno[NAMESPACE_ID], BTEqualStrategyNumber,
		            F_INT4EQ, Int32GetDatum(*namespace_id));
	scan->scan = systable_beginscan(scan->table, scan->relation->index, true, NULL, n, conditions);
	return scan_next(scan, row);
}

static char *
text_or_empty(const mirror_row *row, int column)
{
	char *text = mirror_row_text(row, column);

	return text == NULL ? pstrdup("") : text;
}

static void
read_bot_groups(wiki *w, const mirror_row *row)
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

/* load_wiki reads the wiki's row into the context of the PG transaction; NULL: there is none. */
static wiki *
load_wiki(session *s, int number)
{
	const char *wiki_id = wiki_ids_text(s->wiki_ids, number);
	MemoryContext old = MemoryContextSwitchTo(s->pg_context);
	wiki_scan scan;
	mirror_row row;
	wiki *w;

	if (!scan_first(&scan, s, TABLE_WIKI, wiki_id, NULL, &row))
	{
		systable_endscan(scan.scan);
		MemoryContextSwitchTo(old);
		return NULL;
	}
	w = palloc0(sizeof(wiki));
	w->number = number;
	w->wiki_id = wiki_id;
	w->domain = text_or_empty(&row, WIKI_DOMAIN);
	w->canonical_server = text_or_empty(&row, WIKI_CANONICAL_SERVER);
	w->article_path = text_or_empty(&row, WIKI_ARTICLE_PATH);
	w->script_path = text_or_empty(&row, WIKI_SCRIPT_PATH);
	w->language = text_or_empty(&row, WIKI_LANGUAGE);
	w->generator = mirror_row_text(&row, WIKI_GENERATOR);
	w->autoconfirm_age = mirror_row_int(&row, WIKI_AUTOCONFIRM_AGE);
	w->autoconfirm_count = mirror_row_int(&row, WIKI_AUTOCONFIRM_COUNT);
	w->temp_accounts = mirror_row_int(&row, WIKI_TEMP_ACCOUNTS) != 0;
	w->local_central_ids = mirror_row_int(&row, WIKI_LOCAL_CENTRAL_IDS) != 0;
	read_bot_groups(w, &row);
	/* while it is being copied the mirror has rows of it, but not all that they refer to */
	if (!mirror_row_is_null(&row, WIKI_SNAPSHOT_GTID))
		choice_of_wiki(s, &row, w);
	w->aggregates = choice_aggregates(s, w->streams);
	systable_endscan(scan.scan);
	MemoryContextSwitchTo(old);
	return w;
}

wiki *
wiki_find(session *s, int number)
{
	wiki *w = NULL;

	for (wiki **at = &s->wikis; *at != NULL; at = &(*at)->next)
		if ((*at)->number == number)
		{
			w = *at;
			*at = w->next;
			break;
		}
	if (w == NULL)
		w = load_wiki(s, number);
	if (w != NULL)
	{
		w->next = s->wikis; /* the first of the list: changes and events of a wiki come in runs */
		s->wikis = w;
	}
	return w;
}

wiki *
wiki_get(session *s, int number)
{
	wiki *w = wiki_find(s, number);
	const char *wiki_id = wiki_ids_text(s->wiki_ids, number);

	if (w == NULL)
		ereport(
		    ERROR,
		    (errcode(MW_UNKNOWN_WIKI),
		     errmsg("wiki \"%s\" is not in mwmirror.wiki at this point of the WAL", wiki_id),
		     errdetail("Its pages changed, but without its domain and namespaces there can be "
		               "no event."),
		     errhint(
		         "Rows of a wiki may be written only after \"mwmirror add-wiki %s\". " MW_GIVE_UP,
		         wiki_id)));
	return w;
}

/* read_namespace returns the names in a row; NULL: it has none. */
static wiki_name *
read_namespace(const mirror_row *row)
{
	wiki_name *entry;

	if (mirror_row_is_null(row, NAMESPACE_NAME))
		return NULL;
	entry = palloc(sizeof(wiki_name));
	*entry = (wiki_name){.id = mirror_row_int(row, NAMESPACE_ID),
	                     .name = mirror_row_text(row, NAMESPACE_NAME),
	                     .male_name = mirror_row_text(row, NAMESPACE_MALE_NAME),
	                     .female_name = mirror_row_text(row, NAMESPACE_FEMALE_NAME)};
	return entry;
}

/* load_namespace reads the names of one; NULL if there is no row. */
static wiki_name *
load_namespace(session *s, const wiki *w, int32 namespace_id)
{
	wiki_scan scan;
	mirror_row row;
	wiki_name *entry = NULL;

	if (scan_first(&scan, s, TABLE_WIKI_NAMESPACE, w->wiki_id, &namespace_id, &row))
		entry = read_namespace(&row);
	systable_endscan(scan.scan);
	return entry;
}

static int
compare_ids(const ListCell *a, const ListCell *b)
{
	const wiki_name *x = lfirst(a);
	const wiki_name *y = lfirst(b);

	return x->id < y->id ? -1 : x->id > y->id;
}

List *
wiki_list_namespaces(session *s, const wiki *w)
{
	List *found = NIL;
	wiki_scan scan;
	mirror_row row;

	for (bool more = scan_first(&scan, s, TABLE_WIKI_NAMESPACE, w->wiki_id, NULL, &row); more;
	     more = scan_next(&scan, &row))
	{
		wiki_name *entry = read_namespace(&row);

		if (entry != NULL)
			found = lappend(found, entry);
	}
	systable_endscan(scan.scan);
	list_sort(found, compare_ids);
	return found;
}

const wiki_name *
wiki_get_namespace(session *s, wiki *w, int32 namespace_id)
{
	MemoryContext old;
	wiki_name *entry;

	for (entry = w->names; entry != NULL; entry = entry->next)
		if (entry->id == namespace_id)
			return entry;
	old = MemoryContextSwitchTo(s->pg_context);
	entry = load_namespace(s, w, namespace_id);
	if (entry != NULL)
	{
		entry->next = w->names;
		w->names = entry;
	}
	MemoryContextSwitchTo(old);
	return entry;
}

void
wiki_forget_all(session *s)
{
	s->wikis = NULL;
	choice_forget(s);
}
