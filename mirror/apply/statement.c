/*
 * apply/statement.c
 *	  SQL of writes and the cache of prepared statements; see statement.h.
 */
#include "apply/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

/* ---- building ---- */

typedef struct builder
{
	FILE *out;
	const write_form *form;
	write_slot *slots;
	unsigned count;
	slot_image image; /* of the parameters that are being written */
	unsigned column;
} builder;

static bool
in_set(uint64_t set, unsigned column)
{
	return (set >> column & 1) != 0;
}

/* True if the column of the target stands for a source column that the image lacks. */
static bool
stands_in(const write_form *form, int16_t column)
{
	return column != PLAN_NO_STAND_IN && in_set(form->read_back, (unsigned) column);
}

static void
write_param(FILE *out, const plan_column *column, int i, void *context)
{
	builder *b = context;
	write_slot *slot = &b->slots[b->count];

	if (i < 0)
	{
		fputs("$1", out);
		return;
	}
	if (in_set(b->form->asked, b->column) && stands_in(b->form, column->params[i].stand_in))
	{
		fprintf(out, "t.%s", b->form->target->columns[column->params[i].stand_in].quoted);
		return;
	}
	slot->image = b->image;
	slot->column = b->column;
	slot->param = column->first_param + (unsigned) i;
	slot->type = column->params[i].type;
	b->count++;
	fprintf(out, "$%u", b->count);
}

/* A column's value; of a key it is computed once, not for each row that is looked at. */
static void
write_value(builder *b, unsigned i, slot_image image, bool subselect)
{
	const plan_column *column = &b->form->target->columns[i];
	bool wrap = column->expression != NULL;

	b->image = image;
	b->column = i;
	if (wrap)
		fputs(subselect ? "(SELECT " : "(", b->out);
	plan_write_expression(b->out, column, write_param, b);
	if (wrap)
		fputc(')', b->out);
}

static void
write_insert(builder *b)
{
	const plan_target *t = b->form->target;
	bool first = true;

	fprintf(b->out, "INSERT INTO %s AS t (wiki_id", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (in_set(b->form->set, i))
			fprintf(b->out, ", %s", t->columns[i].quoted);
	}
	fputs(") VALUES ($1", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!in_set(b->form->set, i))
			continue;
		fputs(", ", b->out);
		if (in_set(b->form->null, i))
			fputs("NULL", b->out);
		else
			write_value(b, i, SLOT_AFTER, false);
	}
	fputc(')', b->out);
	if (t->keyless || b->form->plain)
		return;
	fputs(" ON CONFLICT (wiki_id", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			fprintf(b->out, ", %s", t->columns[i].quoted);
	}
	fputs(") DO ", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fprintf(b->out, "%s%s = excluded.%s", first ? "UPDATE SET " : ", ", t->columns[i].quoted,
		        t->columns[i].quoted);
		first = false;
	}
	if (first)
		fputs("NOTHING", b->out);
}

/* What the row refers to goes into the WAL with the mark, as it does of rows in batches. */
static void
write_returning(builder *b)
{
	fprintf(b->out, " RETURNING mwmirror.note_row(t, %s)",
	        b->form->op == WRITE_DELETE ? "true" : "false");
}

static void
write_condition(builder *b)
{
	const plan_target *t = b->form->target;

	fputs("wiki_id = $1", b->out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *column = &t->columns[i];

		if (!in_set(b->form->where, i))
			continue;
		fprintf(b->out, " AND %s ", column->quoted);
		if (in_set(b->form->where_null, i))
		{
			fputs("IS NULL", b->out);
			continue;
		}
		fputs(column->key || column->match ? "= " : "IS NOT DISTINCT FROM ", b->out);
		write_value(b, i, SLOT_BEFORE, true);
	}
}

/* Rows of a table without key may repeat: one source row is one of them. */
static void
write_where(builder *b)
{
	fputs(" WHERE ", b->out);
	if (b->form->target->keyless)
	{
		fprintf(b->out, "ctid = (SELECT ctid FROM %s WHERE ", b->form->target->quoted);
		write_condition(b);
		fputs(" LIMIT 1)", b->out);
	}
	else
		write_condition(b);
}

/* "<the column is not zero> OR " for guards whose columns are asked, with NOT for those that hide when zero. */
static void
write_guards(builder *b, const plan_guard *guards, unsigned count, bool unless)
{
	const plan_target *t = b->form->target;

	for (unsigned i = 0; i < count; i++)
	{
		const plan_column *c;

		if (!in_set(b->form->kept, b->column) && !stands_in(b->form, guards[i].stand_in))
			continue;
		c = &t->columns[guards[i].stand_in];
		fprintf(b->out, "%s(coalesce(t.%s, %s) OR ", unless ? "NOT " : "", c->quoted,
		        c->type == MAPPING_BOOL ? "false)" : "0) <> 0");
	}
}

/* A value that the row itself helps to say. */
static void
write_asked(builder *b, unsigned i)
{
	const plan_target *t = b->form->target;
	const plan_column *column = &t->columns[i];

	b->column = i;
	fputs("CASE WHEN ", b->out);
	write_guards(b, column->null_when, column->null_when_count, false);
	write_guards(b, column->null_unless, column->null_unless_count, true);
	fputs("false THEN ", b->out);
	if (in_set(b->form->kept, i))
		fprintf(b->out, "mwmirror.image_lacks(t.%s, $1) ELSE t.%s", column->quoted, column->quoted);
	else
	{
		fputs("NULL ELSE ", b->out);
		write_value(b, i, SLOT_AFTER, false);
	}
	fputs(" END", b->out);
}

static void
write_update(builder *b)
{
	const plan_target *t = b->form->target;
	bool first = true;

	fprintf(b->out, "UPDATE %s AS t SET ", t->quoted);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const char *name = t->columns[i].quoted;

		if (!in_set(b->form->set, i))
			continue;
		fprintf(b->out, "%s%s = ", first ? "" : ", ", name);
		first = false;
		if (in_set(b->form->null, i))
			fputs("NULL", b->out);
		else if (in_set(b->form->asked, i))
			write_asked(b, i);
		else
			write_value(b, i, SLOT_AFTER, false);
	}
	write_where(b);
}

bool
statement_build(const write_form *form, char **sql, write_slot **slots, unsigned *slot_count)
{
	const plan_target *t = form->target;
	builder b = {.form = form};
	size_t expression_uses = 0;
	size_t size;

	/* an expression may use a parameter more than once, each time as another $n */
	for (unsigned i = 0; i < t->column_count; i++)
		expression_uses += t->columns[i].expression == NULL ? 1 : strlen(t->columns[i].expression);
	b.slots = calloc(1 + 2 * expression_uses, sizeof(write_slot));
	b.out = open_memstream(sql, &size);
	if (b.slots == NULL || b.out == NULL)
	{
		if (b.out != NULL)
		{
			fclose(b.out);
			free(*sql);
		}
		free(b.slots);
		return false;
	}
	b.slots[b.count++] = (write_slot){.image = SLOT_WIKI, .type = MAPPING_TEXT};
	if (form->op == WRITE_INSERT)
		write_insert(&b);
	else if (form->op == WRITE_UPDATE)
		write_update(&b);
	else
	{
		fprintf(b.out, "DELETE FROM %s AS t", t->quoted);
		if (form->op != WRITE_EMPTY)
			write_where(&b);
		else if (t->own != NULL)
			fprintf(b.out, " WHERE wiki_id = $1 AND (%s)", t->own);
		else
			fputs(" WHERE wiki_id = $1", b.out);
	}
	if (form->op != WRITE_EMPTY)
		write_returning(&b);
	if (fclose(b.out) != 0)
	{
		free(*sql);
		free(b.slots);
		return false;
	}
	*slots = b.slots;
	*slot_count = b.count;
	return true;
}

/* ---- cache ---- */

#define BUCKETS 1024

typedef struct cache_entry
{
	write_form form;
	write_statement statement;
	uint64_t used; /* clock of the last use */
	struct cache_entry *next;
} cache_entry;

struct statement_cache
{
	cache_entry *buckets[BUCKETS];
	unsigned count;
	unsigned capacity;
	uint64_t clock;
	uint64_t prepared;
};

statement_cache *
statement_cache_create(unsigned capacity)
{
	statement_cache *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->capacity = capacity;
	return c;
}

static void
free_entry(cache_entry *e)
{
	free(e->statement.slots);
	free(e);
}

void
statement_cache_destroy(statement_cache *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
	{
		while (c->buckets[i] != NULL)
		{
			cache_entry *e = c->buckets[i];

			c->buckets[i] = e->next;
			free_entry(e);
		}
	}
	free(c);
}

static unsigned
hash_form(const write_form *f)
{
	uint64_t h = f->target->id * 8 + (uint64_t) f->op * 2 + f->plain;
	const uint64_t parts[] = {f->set,       f->null,  f->asked,     f->kept,
	                          f->read_back, f->where, f->where_null};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		h = (h ^ parts[i]) * UINT64_C(0x9E3779B97F4A7C15) ^ (h >> 29);
	return (unsigned) (h >> 40) % BUCKETS;
}

/* True if one statement serves both. */
static bool
same_form(const write_form *a, const write_form *b)
{
	return a->target == b->target && a->op == b->op && a->set == b->set && a->null == b->null &&
	       a->asked == b->asked && a->kept == b->kept && a->read_back == b->read_back &&
	       a->where == b->where && a->where_null == b->where_null && a->plain == b->plain;
}

/* Forgets the statement that was not used for the longest time. */
static status
evict(statement_cache *c, pipeline *p)
{
	cache_entry **oldest = NULL;
	cache_entry *e;
	pipeline_op op = {.verb = "DEALLOCATE"};
	char sql[64];

	for (unsigned i = 0; i < BUCKETS; i++)
	{
		for (cache_entry **at = &c->buckets[i]; *at != NULL; at = &(*at)->next)
		{
			if (oldest == NULL || (*at)->used < (*oldest)->used)
				oldest = at;
		}
	}
	if (oldest == NULL)
		return STATUS_OK;
	e = *oldest;
	*oldest = e->next;
	c->count--;
	snprintf(sql, sizeof(sql), "DEALLOCATE %s", e->statement.name);
	free_entry(e);
	return pipeline_command(p, sql, &op);
}

static status
prepare(statement_cache *c, pipeline *p, cache_entry *e)
{
	char *sql;
	Oid *types;
	status result;

	if (!statement_build(&e->form, &sql, &e->statement.slots, &e->statement.slot_count))
		return STATUS_MEMORY;
	types = malloc(e->statement.slot_count * sizeof(Oid));
	if (types == NULL)
	{
		free(sql);
		return STATUS_MEMORY;
	}
	for (unsigned i = 0; i < e->statement.slot_count; i++)
		types[i] = mapping_type_oid(e->statement.slots[i].type);
	snprintf(e->statement.name, sizeof(e->statement.name), "w%" PRIu64, ++c->prepared);
	log_debug("statement %s: %s", e->statement.name, sql);
	result = pipeline_prepare(p, e->statement.name, sql, (int) e->statement.slot_count, types);
	free(types);
	free(sql);
	return result;
}

status
statement_cache_get(statement_cache *c, pipeline *p, const write_form *form,
                    const write_statement **out)
{
	cache_entry **bucket = &c->buckets[hash_form(form)];
	cache_entry *e = *bucket;
	status result = STATUS_OK;

	while (e != NULL && !same_form(&e->form, form))
		e = e->next;
	if (e == NULL)
	{
		if (c->count >= c->capacity)
			result = evict(c, p);
		if (result != STATUS_OK)
			return result;
		e = calloc(1, sizeof(*e));
		if (e != NULL)
		{
			e->form = *form;
			result = prepare(c, p, e);
		}
		if (e == NULL || result == STATUS_MEMORY)
		{
			log_error("out of memory for a prepared statement");
			result = STATUS_MEMORY;
		}
		if (result != STATUS_OK)
		{
			if (e != NULL)
				free_entry(e);
			return result;
		}
		e->next = *bucket;
		*bucket = e;
		c->count++;
	}
	e->used = ++c->clock;
	*out = &e->statement;
	return STATUS_OK;
}
