/*
 * mapping/plan_compile.c
 *	  Compiles the plan of a source table's shape; see plan_compile.h.
 */
#include "mapping/plan_compile.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "support/log.h"

/* Of all mappings that are read: a session's temporary tables are named by it. */
static atomic_uint next_target_id;

/* MariaDB compares names of columns without case, and may change it. */
static int
shape_find(const shape *s, const char *column)
{
	for (unsigned i = 0; i < s->count; i++)
	{
		if (strcasecmp(s->columns[i], column) == 0)
			return (int) i;
	}
	return -1;
}

static bool
shape_has_all(const shape *s, const name_list *l)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (shape_find(s, l->names[i]) < 0)
			return false;
	}
	return true;
}

static bool
alternative_fits(const shape *s, const map_column *c)
{
	return shape_has_all(s, &c->sources) && shape_has_all(s, &c->null_when) &&
	       shape_has_all(s, &c->null_unless) && shape_has_all(s, &c->requires);
}

/* True of the alternative that says: this version has no such column. The mirror's has no default, so it is NULL. */
static bool
is_none(const map_column *c)
{
	return c->sources.count == 0 && c->expression != NULL && strcmp(c->expression, "NULL") == 0;
}

static const map_column *
find_alternative(const map_table *t, const shape *s, const char *target_column)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (strcmp(t->columns[i].target_column, target_column) == 0 &&
		    alternative_fits(s, &t->columns[i]))
			return &t->columns[i];
	}
	return NULL;
}

/* True if the mapping gives the target column of some source columns. */
static bool
any_way(const map_table *t, const char *target_column)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (strcmp(t->columns[i].target_column, target_column) == 0)
			return true;
	}
	return false;
}

/* The named source columns, in the mapping's arena; NULL without memory. */
static plan_guard *
compile_guards(mapping *m, const shape *s, const name_list *l)
{
	plan_guard *guards = arena_alloc(m->memory, (l->count + 1) * sizeof(plan_guard));

	for (unsigned i = 0; guards != NULL && i < l->count; i++)
		guards[i] = (plan_guard){(uint16_t) shape_find(s, l->names[i]), PLAN_NO_STAND_IN};
	return guards;
}

static bool
parse_kind(const map_table *t, const map_column *c, unsigned i, convert_kind *out)
{
	const char *name = i < c->kinds.count ? c->kinds.names[i] : "";

	if (convert_kind_parse(name, out))
		return true;
	log_error_hint(
	    "correct the row of column_map",
	    "mwmirror.column_map: source column %u of %s -> %s.%s has the unknown kind \"%s\"", i + 1,
	    t->source_table, t->target->name, c->target_column, name);
	return false;
}

/* A kind such as content makes one parameter of all source columns; others one of each. */
static status
compile_params(mapping *m, const map_table *t, const map_column *c, const shape *s,
               plan_column *out)
{
	convert_kind kind = CONVERT_CONSTANT;
	unsigned per_param = 1;

	if (c->sources.count == 0 && c->expression != NULL)
		return STATUS_OK;
	if (!parse_kind(t, c, 0, &kind))
		return STATUS_TARGET;
	if (convert_kind_gathers(kind))
		per_param = c->sources.count;
	if (per_param == 0 || per_param > CONVERT_SOURCES_MAX ||
	    (c->expression == NULL && per_param != c->sources.count))
	{
		log_error_hint("correct the row of column_map",
		               "mwmirror.column_map: %s -> %s.%s has %u source columns and %s",
		               t->source_table, t->target->name, c->target_column, c->sources.count,
		               c->expression == NULL ? "no expression" : "an expression");
		return STATUS_TARGET;
	}
	out->param_count = c->sources.count / per_param;
	out->params = arena_alloc_zero(m->memory, out->param_count * sizeof(plan_param));
	if (out->params == NULL)
		return mapping_out_of_memory();
	for (unsigned i = 0; i < c->sources.count; i++)
	{
		plan_param *p = &out->params[i / per_param];

		if (per_param == 1 && !parse_kind(t, c, i, &kind))
			return STATUS_TARGET;
		p->kind = kind;
		p->name = p->name == NULL ? c->sources.names[i] : p->name;
		p->stand_in = PLAN_NO_STAND_IN;
		p->type = c->expression == NULL ? out->type : mapping_type_of_kind(kind);
		p->sources[p->source_count++] = (uint16_t) shape_find(s, c->sources.names[i]);
	}
	return STATUS_OK;
}

/* True if a merge of another source table gives the column as well. */
static bool
column_is_merged(const mapping *m, const map_table *t, const mirror_column *target)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *other = &m->tables[i];

		for (unsigned j = 0;
		     other->merge && !t->merge && other->target == t->target && j < other->column_count;
		     j++)
		{
			if (strcmp(other->columns[j].target_column, target->name) == 0)
				return !target->key;
		}
	}
	return false;
}

static status
compile_column(mapping *m, const map_table *t, const mirror_column *target, const map_column *c,
               const shape *s, plan_target *out)
{
	plan_column *p = &out->columns[out->column_count];
	status result;

	p->name = target->name;
	p->quoted = target->quoted;
	p->type = target->type;
	p->key = target->key;
	p->match = target->match;
	p->merged = column_is_merged(m, t, target);
	p->expression = c->expression;
	result = compile_params(m, t, c, s, p);
	if (result != STATUS_OK)
		return result;
	p->first_param = out->param_count;
	p->null_when = compile_guards(m, s, &c->null_when);
	p->null_when_count = c->null_when.count;
	p->null_unless = compile_guards(m, s, &c->null_unless);
	p->null_unless_count = c->null_unless.count;
	if (p->null_when == NULL || p->null_unless == NULL)
		return mapping_out_of_memory();
	for (unsigned i = 0; i < p->param_count; i++)
		out->bodies = out->bodies || p->params[i].kind == CONVERT_BODY;
	out->param_count += p->param_count;
	out->column_count++;
	return STATUS_OK;
}

/* ---- what stands for source columns that an image lacks ---- */

/* True if the column has what one source column says, and nothing hides it but that this is zero. */
static bool
says_source(const plan_column *c, unsigned source)
{
	const plan_param *p = c->params;

	return c->param_count == 1 && c->expression == NULL && !c->merged && p->source_count == 1 &&
	       p->sources[0] == source && c->null_when_count == 0 &&
	       (c->null_unless_count == 0 ||
	        (c->null_unless_count == 1 && c->null_unless[0].source == source));
}

static bool
is_number(convert_kind kind)
{
	return kind == CONVERT_INT || kind == CONVERT_NEGATED || kind == CONVERT_BOOL;
}

static bool
is_number_or_flag(convert_kind kind)
{
	return is_number(kind) || kind == CONVERT_TOKEN_INVALID || kind == CONVERT_EMAIL_EMPTY ||
	       kind == CONVERT_PASSWORD_UNUSABLE;
}

/* A column whose NULL and zero are the source's. */
static int16_t
find_guard_stand_in(const plan_target *t, unsigned source)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		if (says_source(c, source) && is_number(c->params[0].kind))
			return (int16_t) i;
	}
	return PLAN_NO_STAND_IN;
}

/* A column with the very value: numbers and flags, for text may be shown otherwise than it is. */
static int16_t
find_param_stand_in(const plan_target *t, const plan_param *p)
{
	for (unsigned i = 0; p->source_count == 1 && i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		if (says_source(c, p->sources[0]) && c->null_unless_count == 0 && c->params != p &&
		    c->params[0].kind == p->kind && is_number_or_flag(p->kind))
			return (int16_t) i;
	}
	return PLAN_NO_STAND_IN;
}

static void
find_stand_ins(plan_target *t)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		plan_column *c = &t->columns[i];

		for (unsigned j = 0; j < c->param_count; j++)
			c->params[j].stand_in = find_param_stand_in(t, &c->params[j]);
		for (unsigned j = 0; j < c->null_when_count; j++)
			c->null_when[j].stand_in = find_guard_stand_in(t, c->null_when[j].source);
		for (unsigned j = 0; j < c->null_unless_count; j++)
			c->null_unless[j].stand_in = find_guard_stand_in(t, c->null_unless[j].source);
	}
}

/* The filter with the places of its columns, in the mapping's arena. */
static status
compile_filter(mapping *m, const map_table *t, const shape *s, plan_target *out)
{
	row_filter *filter = arena_alloc(m->memory, sizeof(*filter));
	const size_t size = t->filter->count * sizeof(row_filter_condition);

	if (filter == NULL || (filter->conditions = arena_alloc(m->memory, size)) == NULL)
		return mapping_out_of_memory();
	filter->count = t->filter->count;
	memcpy(filter->conditions, t->filter->conditions, size);
	for (unsigned i = 0; i < filter->count; i++)
	{
		const int place = shape_find(s, filter->conditions[i].column);

		if (place < 0)
		{
			log_error_hint("correct the row of mwmirror.table_map: no row of the table is mirrored "
			               "until then",
			               "row_filter of source table %s in mwmirror.table_map names column %s, "
			               "which the table has not",
			               s->table, filter->conditions[i].column);
			return STATUS_TARGET;
		}
		filter->conditions[i].source = (uint16_t) place;
	}
	out->filter = filter;
	return STATUS_OK;
}

static void
mark_used(const plan_column *c, bool *used)
{
	for (unsigned i = 0; i < c->param_count; i++)
	{
		for (unsigned j = 0; j < c->params[i].source_count; j++)
			used[c->params[i].sources[j]] = true;
	}
	for (unsigned i = 0; i < c->null_when_count; i++)
		used[c->null_when[i].source] = true;
	for (unsigned i = 0; i < c->null_unless_count; i++)
		used[c->null_unless[i].source] = true;
}

/* ---- targets ---- */

/* All source columns as one line, for messages. */
static const char *
shape_describe(const shape *s, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (unsigned i = 0; i < s->count && used < size; i++)
		used +=
		    (size_t) snprintf(out + used, size - used, "%s%s", i == 0 ? "" : ", ", s->columns[i]);
	return out;
}

static status
compile_target(mapping *m, const map_table *t, const shape *s, plan_target *out, bool *lost)
{
	char columns[1024];

	out->table = t->target->name;
	out->quoted = t->target->quoted;
	out->id = atomic_fetch_add(&next_target_id, 1);
	out->merge = t->merge;
	out->keyless = !t->target->has_key;
	out->shared = t->shared;
	out->own = t->own;
	out->columns = arena_alloc_zero(m->memory, (t->target->column_count + 1) * sizeof(plan_column));
	if (out->columns == NULL)
		return mapping_out_of_memory();
	for (unsigned i = 0; s->count > 0 && i < t->target->column_count; i++)
	{
		const mirror_column *target = &t->target->columns[i];
		const map_column *c = find_alternative(t, s, target->name);
		status result;

		*lost = *lost || (c == NULL && any_way(t, target->name));
		if (!target->key && (c == NULL || is_none(c)))
			continue;
		if (c == NULL)
		{
			log_error_hint("add a row for this MediaWiki version to mwmirror.column_map",
			               "the key of %s cannot be computed: nothing in mwmirror.column_map gives "
			               "%s from the columns of source table %s (%s)",
			               out->quoted, target->name, s->table,
			               shape_describe(s, columns, sizeof(columns)));
			return STATUS_TARGET;
		}
		result = compile_column(m, t, target, c, s, out);
		if (result != STATUS_OK)
			return result;
	}
	find_stand_ins(out);
	return t->filter == NULL || s->count == 0 ? STATUS_OK : compile_filter(m, t, s, out);
}

static bool
list_holds(const name_list *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
	{
		if (strcasecmp(l->names[i], name) == 0)
			return true;
	}
	return false;
}

static bool
column_is_known(const mapping *m, const char *table, const char *column)
{
	for (unsigned i = 0; i < m->table_count; i++)
	{
		const map_table *t = &m->tables[i];

		if (strcmp(t->source_table, table) == 0 && mapping_filters_by(t, column))
			return true;
		for (unsigned j = 0; strcmp(t->source_table, table) == 0 && j < t->column_count; j++)
		{
			const map_column *c = &t->columns[j];

			if (list_holds(&c->sources, column) || list_holds(&c->null_when, column) ||
			    list_holds(&c->null_unless, column) || list_holds(&c->requires, column))
				return true;
		}
	}
	return mapping_lists(m->private_columns, table, column);
}

/* What is unknown is reported where it is met, for its wiki. */
static bool
any_unknown(const mapping *m, const shape *s)
{
	for (unsigned i = 0; i < s->count; i++)
	{
		if (!column_is_known(m, s->table, s->columns[i]))
			return true;
	}
	return false;
}

static status
copy_shape(mapping *m, const shape *s, plan *out)
{
	const char **names = arena_alloc(m->memory, (s->count + 1) * sizeof(char *));

	out->source_table = arena_copy(m->memory, s->table, strlen(s->table));
	if (names == NULL || out->source_table == NULL)
		return mapping_out_of_memory();
	for (unsigned i = 0; i < s->count; i++)
	{
		names[i] = arena_copy(m->memory, s->columns[i], strlen(s->columns[i]));
		if (names[i] == NULL)
			return mapping_out_of_memory();
	}
	out->source_names = names;
	out->source_count = s->count;
	return STATUS_OK;
}

status
plan_compile(mapping *m, const shape *s, plan *out)
{
	status result;
	bool *used;

	out->targets = arena_alloc_zero(m->memory, (m->table_count + 1) * sizeof(plan_target));
	if (out->targets == NULL)
		return mapping_out_of_memory();
	result = copy_shape(m, s, out);
	for (unsigned i = 0; result == STATUS_OK && i < m->table_count; i++)
	{
		if (strcmp(m->tables[i].source_table, s->table) == 0)
			result =
			    compile_target(m, &m->tables[i], s, &out->targets[out->target_count++], &out->lost);
	}
	if (result != STATUS_OK)
		return result;
	used = arena_alloc_zero(m->memory, (s->count + 1) * sizeof(bool));
	if (used == NULL)
		return mapping_out_of_memory();
	for (unsigned i = 0; i < out->target_count; i++)
	{
		for (unsigned j = 0; j < out->targets[i].column_count; j++)
			mark_used(&out->targets[i].columns[j], used);
		for (unsigned j = 0; out->targets[i].filter != NULL && j < out->targets[i].filter->count;
		     j++)
			used[out->targets[i].filter->conditions[j].source] = true;
	}
	out->used = used;
	out->unknown = any_unknown(m, s);
	return STATUS_OK;
}
