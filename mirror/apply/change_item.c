/*
 * apply/change_item.c
 *	  A row change as an item of a batch; see change_item.h.
 */
#include "apply/change_item.h"

#include <stdlib.h>
#include <string.h>
#include "mapping/mapping.h"
#include "mapping/target_binary.h"

#define VALUES_MAX (MAPPING_COLUMNS_MAX + 1) /* the wiki first */

/* A target's columns in the order of its shape. */
typedef struct item_shape
{
	row_shape *rows;
	unsigned count;                     /* of columns, without the wiki */
	unsigned finds;                     /* of those */
	uint8_t order[MAPPING_COLUMNS_MAX]; /* number in the target */
	uint64_t computed;                  /* by SQL; a bit for each column of the target */
	uint64_t needed;                    /* to find a row: the key, or what the match index has */
} item_shape;

/* Values of an item, with the bytes of those that are numbers. */
typedef struct item_values
{
	batch_value values[VALUES_MAX];
	char numbers[VALUES_MAX][TARGET_BINARY_NUMBER];
} item_values;

struct change_items
{
	item_shape **shapes; /* by the target's id; NULL: not yet made */
	unsigned room;
	batch_item item;
	item_values find;
	item_values set;
};

change_items *
change_items_create(void)
{
	return calloc(1, sizeof(change_items));
}

void
change_items_destroy(change_items *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->room; i++)
	{
		if (c->shapes[i] == NULL)
			continue;
		row_shape_destroy(c->shapes[i]->rows);
		free(c->shapes[i]);
	}
	free(c->shapes);
	free(c);
}

/* ---- shapes ---- */

static void
order_columns(item_shape *s, const plan_target *t)
{
	for (unsigned finding = 0; finding < 2; finding++)
	{
		for (unsigned i = 0; i < t->column_count; i++)
		{
			if (plan_column_finds(t, &t->columns[i]) == (finding == 0))
				s->order[s->count++] = (uint8_t) i;
		}
		if (finding == 0)
			s->finds = s->count;
	}
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *column = &t->columns[i];

		if (column->expression != NULL)
			s->computed |= UINT64_C(1) << i;
		if (plan_column_identifies(t, column))
			s->needed |= UINT64_C(1) << i;
	}
}

static item_shape *
make_shape(const plan_target *t)
{
	item_shape *s = calloc(1, sizeof(*s));
	const char *names[VALUES_MAX] = {"wiki_id"};

	if (s == NULL)
		return NULL;
	order_columns(s, t);
	for (unsigned i = 0; i < s->count; i++)
		names[i + 1] = t->columns[s->order[i]].name;
	s->rows = row_shape_create(MAPPING_SCHEMA, t->table, s->finds + 1, s->count + 1, names);
	if (s->rows != NULL)
		return s;
	free(s);
	return NULL;
}

/* The target's shape; NULL without memory. */
static item_shape *
find_shape(change_items *c, const plan_target *t)
{
	if (t->id >= c->room)
	{
		unsigned room = 2 * t->id + 64;
		item_shape **shapes = realloc(c->shapes, room * sizeof(*shapes));

		if (shapes == NULL)
			return NULL;
		memset(shapes + c->room, 0, (room - c->room) * sizeof(*shapes));
		c->shapes = shapes;
		c->room = room;
	}
	if (c->shapes[t->id] == NULL)
		c->shapes[t->id] = make_shape(t);
	return c->shapes[t->id];
}

/* ---- values ---- */

static bool
needs_sql(const item_shape *s, const write_form *form, uint8_t flags, const target_value *after)
{
	const plan_target *t = form->target;

	if (form->op == WRITE_EMPTY || form->asked != 0 ||
	    (((form->set & ~form->null) | form->where) & s->computed) != 0)
		return true;
	if (form->op != WRITE_INSERT)
		return (s->needed & ~form->where) != 0;
	if ((flags & BATCH_UPSERT) == 0)
		return false;
	if ((s->needed & ~form->set) != 0 || (s->needed & form->null) != 0)
		return true;
	for (unsigned i = 0; i < s->finds; i++)
	{
		if (after[t->columns[s->order[i]].first_param].kind == TARGET_NULL)
			return true;
	}
	return false;
}

static void
put_wiki(item_values *to, const char *wiki_id)
{
	to->values[0].form = BATCH_VALUE;
	to->values[0].data = wiki_id;
	to->values[0].len = (uint32_t) strlen(wiki_id);
}

static void
put_none(item_values *to, unsigned at, batch_form form)
{
	to->values[at].form = form;
	to->values[at].len = 0;
	to->values[at].data = NULL;
}

static bool
put_value(item_values *to, unsigned at, const plan_column *column, const target_value *values,
          convert_error *err)
{
	target_binary binary;

	if (!target_binary_make(column->params[0].type, &values[column->first_param], to->numbers[at],
	                        &binary, err))
		return false;
	if (binary.data == NULL)
	{
		put_none(to, at, BATCH_NULL);
		return true;
	}
	to->values[at].form = BATCH_VALUE;
	to->values[at].data = binary.data;
	to->values[at].len = (uint32_t) binary.len;
	return true;
}

static bool
put_find(change_items *c, const item_shape *s, const write_form *form, const target_value *before,
         unsigned *column, convert_error *err)
{
	for (unsigned i = 0; i < s->finds; i++)
	{
		*column = s->order[i];
		if ((form->where >> *column & 1) == 0)
			put_none(&c->find, i + 1, BATCH_ABSENT);
		else if (!put_value(&c->find, i + 1, &form->target->columns[*column], before, err))
			return false;
	}
	return true;
}

static bool
put_set(change_items *c, const item_shape *s, const write_form *form, const target_value *after,
        unsigned *column, convert_error *err)
{
	for (unsigned i = 0; i < s->count; i++)
	{
		const uint64_t bit = UINT64_C(1) << s->order[i];

		*column = s->order[i];
		if ((form->set & bit) == 0)
			put_none(&c->set, i + 1, BATCH_ABSENT);
		else if ((form->null & bit) != 0)
			put_none(&c->set, i + 1, BATCH_NULL);
		else if (!put_value(&c->set, i + 1, &form->target->columns[*column], after, err))
			return false;
	}
	return true;
}

change_item_answer
change_items_make(change_items *c, const char *wiki_id, const write_form *form, uint8_t flags,
                  const target_value *before, const target_value *after, batch_item **item,
                  row_shape **shape, unsigned *column, convert_error *err)
{
	item_shape *s = find_shape(c, form->target);

	if (s == NULL)
		return CHANGE_ITEM_NO_MEMORY;
	if (needs_sql(s, form, flags, after))
		return CHANGE_ITEM_NEEDS_SQL;
	c->item.kind = form->op == WRITE_INSERT   ? BATCH_INSERT
	               : form->op == WRITE_UPDATE ? BATCH_UPDATE
	                                          : BATCH_DELETE;
	c->item.flags = flags;
	c->item.find = c->find.values;
	c->item.set = c->set.values;
	if (form->op == WRITE_INSERT)
		put_wiki(&c->set, wiki_id);
	else
	{
		put_wiki(&c->find, wiki_id);
		put_none(&c->set, 0, BATCH_ABSENT);
		if (!put_find(c, s, form, before, column, err))
			return CHANGE_ITEM_MISFIT;
	}
	if (form->op != WRITE_DELETE && !put_set(c, s, form, after, column, err))
		return CHANGE_ITEM_MISFIT;
	*item = &c->item;
	*shape = s->rows;
	return CHANGE_ITEM_MADE;
}
