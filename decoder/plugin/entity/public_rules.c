/*
 * plugin/entity/public_rules.c
 *	  Reads what everyone may read; see public_rules.h. What is not said is not public.
 */
#include "plugin/entity/public_rules.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/pg_type_d.h"
#include "plugin/entity/tables.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* A name and what it stands for. */
typedef struct word
{
	const char *name;
	int value;
} word;

static int
find_word(const word *words, int count, const char *name, int otherwise)
{
	for (int i = 0; name != NULL && i < count; i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].value;
	return otherwise;
}

static public_shown
find_shown(const char *name)
{
	static const word words[] = {
	    {"value", SHOWN_VALUE}, {"null", SHOWN_NULL},       {"comment", SHOWN_COMMENT},
	    {"user", SHOWN_USER},   {"slots", SHOWN_SLOTS},     {"target", SHOWN_TARGET},
	    {"tag", SHOWN_TAG},     {"blocked", SHOWN_BLOCKED},
	};

	return find_word(words, lengthof(words), name, SHOWN_UNKNOWN);
}

static public_row_rule
find_rule(const char *name)
{
	static const word words[] = {
	    {"zero", ROWS_ZERO},
	    {"one_of", ROWS_ONE_OF},
	    {"none_like", ROWS_NONE_LIKE},
	};

	return name == NULL ? ROWS_ALL : find_word(words, lengthof(words), name, ROWS_NONE);
}

/* find_column returns the column that is named in one of a row; -1: NULL, or the table has it not. */
static int
find_column(const whole_table *t, const char *name)
{
	return name == NULL ? -1 : whole_table_column(t, name, strlen(name));
}

/* ---- scans ---- */

typedef struct public_scan
{
	mirror_relation *relation;
	Relation table;
	SysScanDesc scan;
} public_scan;

static void
scan_begin(session *s, public_scan *scan, mirror_table table, const char *name)
{
	ScanKeyData condition;

	scan->table = relations_open(s->relations, table, &scan->relation);
	/* ScanKeyInit says the collation "C", as the index has. */
	ScanKeyInit(&condition, scan->relation->attno[PUBLIC_TABLE_NAME], BTEqualStrategyNumber,
	            F_TEXTEQ, CStringGetTextDatum(name));
	scan->scan = systable_beginscan(scan->table, scan->relation->index, true, NULL, 1, &condition);
}

static bool
scan_next(public_scan *scan, mirror_row *row)
{
	HeapTuple tuple = systable_getnext(scan->scan);

	if (HeapTupleIsValid(tuple))
		mirror_row_read(row, scan->relation, RelationGetDescr(scan->table), tuple);
	return HeapTupleIsValid(tuple);
}

/* ---- members ---- */

static public_member
read_member(const whole_table *t, const mirror_row *row)
{
	public_member m = {
	    .name = mirror_row_text(row, PUBLIC_COLUMN_NAME),
	    .ordinal = mirror_row_int(row, PUBLIC_ORDINAL),
	    .shown = find_shown(mirror_row_text(row, PUBLIC_SHOWN_AS)),
	    .hidden_by = mirror_row_int(row, PUBLIC_HIDDEN_BY),
	    .hidden_as_zero = !mirror_row_is_null(row, PUBLIC_HIDDEN_AS),
	};

	m.column = m.shown == SHOWN_VALUE || m.shown == SHOWN_NULL
	               ? find_column(t, m.name)
	               : find_column(t, mirror_row_text(row, PUBLIC_SOURCE_COLUMN));
	return m;
}

static int
compare_members(const void *a, const void *b)
{
	const public_member *x = a;
	const public_member *y = b;

	if (x->ordinal != y->ordinal)
		return x->ordinal < y->ordinal ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void
read_members(session *s, public_rules *rules)
{
	int room = 8;
	public_scan scan;
	mirror_row row;

	rules->members = palloc(room * sizeof(public_member));
	scan_begin(s, &scan, TABLE_PUBLIC_COLUMN, rules->table->name);
	while (scan_next(&scan, &row))
	{
		public_member m = read_member(rules->table, &row);

		if (m.shown == SHOWN_UNKNOWN || m.column < 0)
			continue;
		if (rules->member_count == room)
			rules->members = repalloc(rules->members, (room *= 2) * sizeof(public_member));
		rules->members[rules->member_count++] = m;
	}
	systable_endscan(scan.scan);
	qsort(rules->members, rules->member_count, sizeof(public_member), compare_members);
}

/* find_member returns the member of that name, if it is one that says what is in other rows. */
static const public_member *
find_member(const public_rules *rules, const char *name)
{
	for (int i = 0; name != NULL && i < rules->member_count; i++)
		if (rules->members[i].shown > SHOWN_NULL && strcmp(rules->members[i].name, name) == 0)
			return &rules->members[i];
	return NULL;
}

/* ---- rows ---- */

static void
read_values(const mirror_row *row, int column, public_condition *out)
{
	Datum *values;
	bool *nulls;
	int count;

	if (mirror_row_is_null(row, column))
		return;
	deconstruct_array(DatumGetArrayTypeP(row->values[column]), TEXTOID, -1, false, TYPALIGN_INT,
	                  &values, &nulls, &count);
	out->values = palloc(Max(count, 1) * sizeof(char *));
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			out->values[out->count++] = TextDatumGetCString(values[i]);
}

/* read_condition reads a rule, whose column is named before and whose values are after it. */
static public_condition
read_condition(const public_rules *rules, const mirror_row *row, int rule)
{
	char *name = mirror_row_text(row, rule - 1);
	public_condition c = {
	    .rule = find_rule(mirror_row_text(row, rule)),
	    .column = find_column(rules->table, name),
	    .member = find_member(rules, name),
	};

	read_values(row, rule + 1, &c);
	if (c.rule != ROWS_ALL &&
	    (c.member != NULL ? c.member->shown != SHOWN_COMMENT && c.member->shown != SHOWN_TAG
	                      : c.column < 0))
		c.rule = ROWS_NONE; /* by what is no text */
	return c;
}

/* read_rules takes a row of public_table; a column that it names and the table has not hides all. */
static void
read_rules(const mirror_row *row, public_rules *out)
{
	char *bits = mirror_row_text(row, PUBLIC_BITS_COLUMN);
	char *user = mirror_row_text(row, PUBLIC_OF_HIDDEN_USERS);

	out->bits = find_column(out->table, bits);
	out->user = find_column(out->table, user);
	out->blocked = find_member(out, user);
	out->of_users = user != NULL;
	out->row = read_condition(out, row, PUBLIC_ROW_RULE);
	out->also = read_condition(out, row, PUBLIC_ALSO_RULE);
	out->in_stream = mirror_row_int(row, PUBLIC_IN_STREAM) != 0 &&
	                 (bits == NULL || out->bits >= 0) &&
	                 (user == NULL || out->user >= 0 || out->blocked != NULL);
}

static public_rules *
load(session *s, const whole_table *t)
{
	public_rules *rules = palloc0(sizeof(public_rules));
	public_scan scan;
	mirror_row row;

	rules->table = t;
	read_members(s, rules);
	scan_begin(s, &scan, TABLE_PUBLIC_TABLE, t->name);
	if (scan_next(&scan, &row))
		read_rules(&row, rules);
	systable_endscan(scan.scan);
	return rules;
}

const public_rules *
public_rules_get(session *s, const whole_table *t)
{
	public_rules *rules;
	MemoryContext old;
	ListCell *cell;

	foreach (cell, s->public_rules)
	{
		rules = lfirst(cell);
		if (rules->table == t)
			return rules->in_stream ? rules : NULL;
	}
	old = MemoryContextSwitchTo(s->pg_context);
	rules = load(s, t);
	s->public_rules = lappend(s->public_rules, rules);
	MemoryContextSwitchTo(old);
	return rules->in_stream ? rules : NULL;
}
