/*
 * plugin/entity/purge.c
 *	  Rules of URLs; see purge.h.
 */
#include "plugin/entity/purge.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "plugin/entity/tables.h"
#include "plugin/entity/title.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#define ALL_WIKIS "*" /* in mwmirror.purge_rule.wiki_id */

/* ---- the table ---- */

/* read_texts returns how many texts the array has, 0 for NULL. */
static int
read_texts(const mirror_row *row, int column, char ***texts)
{
	Datum *values;
	bool *nulls;
	int count = 0;
	int n;

	if (mirror_row_is_null(row, column))
		return 0;
	deconstruct_array(DatumGetArrayTypeP(row->values[column]), TEXTOID, -1, false, TYPALIGN_INT,
	                  &values, &nulls, &n);
	*texts = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
		if (!nulls[i])
			(*texts)[count++] = TextDatumGetCString(values[i]);
	return count;
}

static purge_rule *
read_rule(const mirror_row *row)
{
	purge_rule *rule = palloc0(sizeof(purge_rule));

	rule->name = mirror_row_text(row, RULE_NAME);
	rule->pattern = mirror_row_text(row, RULE_PATTERN);
	rule->enabled = mirror_row_int(row, RULE_ENABLED) != 0 && rule->pattern != NULL;
	rule->of_other = mirror_row_int(row, RULE_OF_OTHER) != 0;
	rule->event_count = read_texts(row, RULE_EVENTS, &rule->events);
	rule->namespace_count = read_texts(row, RULE_NAMESPACES, &rule->namespaces);
	rule->title_like = mirror_row_text(row, RULE_TITLE_LIKE);
	return rule;
}

/* put_rule puts a rule in its place by name, or in that of the one with its name. */
static void
put_rule(purge_rule **rules, purge_rule *rule)
{
	int order = -1;

	while (*rules != NULL && (order = strcmp((*rules)->name, rule->name)) < 0)
		rules = &(*rules)->next;
	rule->next = *rules != NULL && order == 0 ? (*rules)->next : *rules;
	*rules = rule;
}

static void
read_rules(session *s, const char *wiki_id, purge_rule **rules)
{
	mirror_relation *relation;
	Relation table = relations_open(s->relations, TABLE_PURGE_RULE, &relation);
	ScanKeyData condition;
	SysScanDesc scan;
	HeapTuple tuple;
	mirror_row row;

	/* ScanKeyInit says the collation "C", as the index has. */
	ScanKeyInit(&condition, relation->attno[WIKI_ID], BTEqualStrategyNumber, F_TEXTEQ,
	            CStringGetTextDatum(wiki_id));
	scan = systable_beginscan(table, relation->index, true, NULL, 1, &condition);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		mirror_row_read(&row, relation, RelationGetDescr(table), tuple);
		put_rule(rules, read_rule(&row));
	}
	systable_endscan(scan);
}

const purge_rule *
purge_rules_get(session *s, wiki *w)
{
	MemoryContext old;

	if (!w->purge_rules_read)
	{
		old = MemoryContextSwitchTo(s->pg_context);
		read_rules(s, ALL_WIKIS, &w->purge_rules);
		read_rules(s, w->wiki_id, &w->purge_rules);
		w->purge_rules_read = true;
		MemoryContextSwitchTo(old);
	}
	return w->purge_rules;
}

/* ---- a rule ---- */

static bool
is_among(const char *text, char **texts, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(texts[i], text) == 0)
			return true;
	return count == 0;
}

bool
purge_rule_applies(const purge_rule *rule, const char *event, int32 namespace_id, const char *title)
{
	char number[12];

	pg_ltoa(namespace_id, number);
	return rule->enabled && is_among(event, rule->events, rule->event_count) &&
	       is_among(number, rule->namespaces, rule->namespace_count) &&
	       (rule->title_like == NULL || DatumGetBool(DirectFunctionCall2Coll(
	                                        textlike, C_COLLATION_OID, CStringGetTextDatum(title),
	                                        CStringGetTextDatum(rule->title_like))));
}

/* append_host_part writes one of the names that dots separate in the wiki's host, from 0. */
static void
append_host_part(StringInfo out, const wiki *w, int number)
{
	const char *p = w->domain;

	for (; number > 0 && p != NULL; number--)
		p = strchr(p, '.') == NULL ? NULL : strchr(p, '.') + 1;
	if (p != NULL)
		appendBinaryStringInfo(out, p, (int) strcspn(p, "."));
}

/* append_word writes what a word in braces stands for; false: there is no such word. */
static bool
append_word(StringInfo out, const char *word, size_t len, const wiki *w, const char *prefixed)
{
	static const char host[] = "host";

#define IS(text) (len == strlen(text) && memcmp(word, text, len) == 0)
	if (IS("url"))
		appendStringInfoString(out, title_canonical_url(w, prefixed));
	else if (IS("server"))
		appendStringInfoString(out, w->canonical_server);
	else if (IS("path"))
		appendStringInfoString(out, title_local_url(w, prefixed));
	else if (IS("script"))
		appendStringInfo(out, "%s/index.php", w->script_path);
	else if (IS("title"))
		title_append_urlencoded(out, prefixed);
	else if (len == strlen(host) + 1 && memcmp(word, host, strlen(host)) == 0)
		append_host_part(out, w, word[len - 1] - '0');
	else
		return false;
#undef IS
	return true;
}

char *
purge_rule_url(const purge_rule *rule, const wiki *w, const char *prefixed)
{
	StringInfoData out;
	const char *p = rule->pattern;
	const char *end;

	initStringInfo(&out);
	while (*p != '\0')
	{
		if (*p == '{' && (end = strchr(p, '}')) != NULL &&
		    append_word(&out, p + 1, end - p - 1, w, prefixed))
			p = end + 1;
		else
			appendStringInfoChar(&out, *p++);
	}
	return out.data;
}
