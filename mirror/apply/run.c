/*
 * apply/run.c
 *	  Rows of one form as one statement; see run.h.
 */
#include "apply/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define LEAST 4           /* rows; unnest() of fewer costs more than it saves */
#define MOST 256          /* rows */
#define MOST_BYTES 262144 /* of values */

struct run
{
	param_set *values;      /* of the rows, one row after the other */
	write_form form;        /* of each */
	pipeline_op ops[LEAST]; /* of the first rows */
	const char *wiki_id;
	unsigned slots; /* values of a row */
	unsigned count;
};

run *
run_create(void)
{
	run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->values = param_create_store();
	if (r->values == NULL)
	{
		free(r);
		return NULL;
	}
	return r;
}

void
run_destroy(run *r)
{
	if (r == NULL)
		return;
	param_destroy(r->values);
	free(r);
}

unsigned
run_count(const run *r)
{
	return r->count;
}

bool
run_allows(const write_form *form)
{
	const plan_target *t = form->target;

	if (form->op != WRITE_INSERT)
		return false;
	if (t->keyless || t->catalog || form->plain)
		return true;
	/* one statement with ON CONFLICT must not meet a key twice: the source's rows differ, what is computed may not */
	if (t->shared)
		return false;
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key && t->columns[i].expression != NULL)
			return false;
	}
	return true;
}

bool
run_differs(const run *r, const write_form *form)
{
	return r->count > 0 && !statement_same_form(&r->form, form);
}

bool
run_full(const run *r)
{
	return r->count >= MOST || param_bytes(r->values) >= MOST_BYTES;
}

param_set *
run_values(run *r)
{
	return r->values;
}

void
run_add(run *r, const write_form *form, const write_statement *s, const char *wiki_id,
        const pipeline_op *op)
{
	r->form = *form;
	r->slots = s->slot_count - 1;
	r->wiki_id = wiki_id;
	if (r->count < LEAST)
		r->ops[r->count] = *op;
	r->count++;
}

static status
fail_values(const convert_error *err)
{
	log_error("BUG: rows cannot be sent together: %s", err->message);
	return STATUS_BUG;
}

static status
send_rows(run *r, const write_statement *s, pipeline *p, param_set *params)
{
	status result = STATUS_OK;
	convert_error err;

	for (unsigned i = 0; result == STATUS_OK && i < r->count; i++)
	{
		param_reset(params);
		if (!param_put_text(params, r->wiki_id, strlen(r->wiki_id), &err) ||
		    !param_put_copies(params, r->values, i * r->slots, r->slots, &err))
			return fail_values(&err);
		result = pipeline_send(p, params, s->name, &r->ops[i]);
	}
	return result;
}

static status
send_arrays(run *r, const write_statement *s, pipeline *p, param_set *params)
{
	pipeline_op *op = &r->ops[0];
	size_t used = strlen(op->key);
	convert_error err;

	snprintf(op->key + used, sizeof(op->key) - used, " and %u more", r->count - 1);
	param_reset(params);
	if (!param_put_text(params, r->wiki_id, strlen(r->wiki_id), &err))
		return fail_values(&err);
	for (unsigned i = 0; i < r->slots; i++)
	{
		if (!param_put_array(params, s->slots[i + 1].type, r->values, i, r->slots, r->count, &err))
			return fail_values(&err);
	}
	return pipeline_send(p, params, s->name, op);
}

status
run_send(run *r, statement_cache *statements, pipeline *p, param_set *params)
{
	const write_statement *s;
	status result;

	if (r->count == 0)
		return STATUS_OK;
	r->form.run = r->count >= LEAST;
	result = statement_cache_get(statements, p, &r->form, &s);
	if (result == STATUS_OK)
		result = r->form.run ? send_arrays(r, s, p, params) : send_rows(r, s, p, params);
	param_reset(r->values);
	r->count = 0;
	return result;
}
