/*
 * apply/change_image.c
 *	  Columns of a mirror table out of row images; see change_image.h.
 */
#include "apply/change_image.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "mapping/inet_uuid.h"

/* ---- values ---- */

/* Applies null_when and null_unless. True: the column is NULL. *absent: how many guards the image lacks. */
static bool
guards_say_null(const plan_column *column, const value *row, unsigned *absent)
{
	for (unsigned i = 0; i < column->null_when_count; i++)
	{
		const value *v = &row[column->null_when[i].source];

		if (v->kind == VALUE_ABSENT)
			(*absent)++;
		else if (!convert_is_zero(v))
			return true;
	}
	for (unsigned i = 0; i < column->null_unless_count; i++)
	{
		const value *v = &row[column->null_unless[i].source];

		if (v->kind == VALUE_ABSENT)
			(*absent)++;
		else if (convert_is_zero(v))
			return true;
	}
	return false;
}

bool
change_convert_column(const plan_column *column, const value *row, arena *a, target_value *values,
                      column_state *state, unsigned *source_column, convert_error *err)
{
	memset(state, 0, sizeof(*state));
	state->null = guards_say_null(column, row, &state->absent_guards);
	if (state->null)
	{
		for (unsigned i = 0; i < column->param_count; i++)
			values[column->first_param + i].kind = TARGET_NULL;
		return true;
	}
	for (unsigned i = 0; i < column->param_count; i++)
	{
		const plan_param *p = &column->params[i];
		target_value *out = &values[column->first_param + i];
		const value *sources[CONVERT_SOURCES_MAX];
		bool absent = false;

		for (unsigned j = 0; j < p->source_count; j++)
		{
			sources[j] = &row[p->sources[j]];
			absent = absent || sources[j]->kind == VALUE_ABSENT;
		}
		*source_column = p->sources[0];
		if (absent)
		{
			out->kind = TARGET_ABSENT;
			state->absent++;
		}
		else if (!convert_value(p->kind, sources, p->source_count, p->type == MAPPING_BYTEA, a, out,
		                        err))
			return false;
	}
	return true;
}

/* Appends len bytes as far as there is room. */
static void
append(char *out, size_t size, size_t *used, const char *data, size_t len)
{
	if (*used < size - 1)
	{
		size_t room = size - 1 - *used;

		memcpy(out + *used, data, len < room ? len : room);
	}
	*used += len;
}

static size_t
print_integer(int64_t i, char out[24])
{
	uint64_t n = i < 0 ? 0 - (uint64_t) i : (uint64_t) i;
	char reversed[24];
	size_t digits = 0;
	size_t len = 0;

	do
		reversed[digits++] = (char) ('0' + n % 10);
	while ((n /= 10) > 0);
	if (i < 0)
		out[len++] = '-';
	while (digits > 0)
		out[len++] = reversed[--digits];
	return len;
}

static void
append_value(char *out, size_t size, size_t *used, const target_value *v)
{
	char number[INET_UUID_TEXT_SIZE];

	switch (v->kind)
	{
		case TARGET_TEXT:
		case TARGET_BYTES:
		case TARGET_NUMERIC:
		case TARGET_JSON:
		case TARGET_TEXT_ARRAY:
		case TARGET_INT_ARRAY:
			append(out, size, used, v->bytes.data, v->bytes.len);
			break;
		case TARGET_INET:
			append(out, size, used, number, inet_write(v->bytes.data, v->bytes.len, number));
			break;
		case TARGET_UUID:
			append(out, size, used, number, uuid_write(v->bytes.data, number));
			break;
		case TARGET_INT:
		case TARGET_DATE:
		case TARGET_TIME:
		case TARGET_TIMESTAMPTZ:
			append(out, size, used, number, print_integer(v->i, number));
			break;
		case TARGET_BOOL:
			append(out, size, used, v->b ? "t" : "f", 1);
			break;
		case TARGET_DOUBLE:
			append(out, size, used, number,
			       (size_t) snprintf(number, sizeof(number), "%.16g", v->d));
			break;
		default:
			break;
	}
}

size_t
change_write_key(const plan_target *t, const target_value *values, char separator, char *out,
                 size_t size)
{
	size_t used = 0;
	bool first = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *column = &t->columns[i];

		if (!plan_column_identifies(t, column))
			continue;
		for (unsigned j = 0; j < column->param_count; j++)
		{
			if (!first)
				append(out, size, &used, &separator, 1);
			first = false;
			append_value(out, size, &used, &values[column->first_param + j]);
		}
	}
	out[used < size ? used : size - 1] = '\0';
	return used;
}

/* ---- differences ---- */

static bool
source_changed(unsigned source, const value *before, const value *after)
{
	return after[source].kind != VALUE_ABSENT && !convert_same(&before[source], &after[source]);
}

bool
change_params_differ(const plan_column *column, const value *before, const value *after)
{
	for (unsigned i = 0; i < column->param_count; i++)
	{
		const plan_param *p = &column->params[i];

		for (unsigned j = 0; j < p->source_count; j++)
		{
			if (source_changed(p->sources[j], before, after))
				return true;
		}
	}
	return false;
}

bool
change_column_differs(const plan_column *column, const value *before, const value *after)
{
	for (unsigned i = 0; i < column->null_when_count; i++)
	{
		if (source_changed(column->null_when[i].source, before, after))
			return true;
	}
	for (unsigned i = 0; i < column->null_unless_count; i++)
	{
		if (source_changed(column->null_unless[i].source, before, after))
			return true;
	}
	return change_params_differ(column, before, after);
}

bool
change_leaves_merged(const plan_column *column, const value *after)
{
	return column->merged && column->param_count == 1 &&
	       convert_is_zero(&after[column->params[0].sources[0]]);
}

bool
change_key_differs(const plan_target *t, const value *before, const value *after)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key && change_column_differs(&t->columns[i], before, after))
			return true;
	}
	return false;
}
