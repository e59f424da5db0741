/*
 * apply/again_sql.c
 *	  The SQL of the comparison; see again_sql.h.
 */
#include "apply/again_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- ranges ---- */

/* A range of a target. */
typedef struct ranged
{
	const again_table *t;
	const plan_target *target;
	const plan_column *column; /* that is the source's key; NULL: none is */
	bool negated;              /* it is the key's negative */
	const key_range *r;
} ranged;

static bool
is_key(const again_table *t, const plan_column *c, bool *negated)
{
	const convert_kind kind = c->param_count == 1 ? c->params[0].kind : CONVERT_CONSTANT;

	if (c->expression != NULL || c->param_count != 1 || c->null_when_count > 0 ||
	    c->null_unless_count > 0 || c->params[0].source_count != 1 ||
	    c->params[0].sources[0] != t->key_source)
		return false;
	*negated = kind == CONVERT_NEGATED;
	if (t->kind == KEY_INTEGER)
		return *negated || kind == CONVERT_INT;
	/* ordered by their bytes, as the source's are */
	return c->type == MAPPING_TEXT && (kind == CONVERT_KEY_TEXT || kind == CONVERT_TEXT);
}

static const plan_column *
find_key(const again_table *t, const plan_target *target, bool *negated)
{
	*negated = false;
	for (unsigned i = 0; i < target->column_count; i++)
	{
		if (is_key(t, &target->columns[i], negated))
			return &target->columns[i];
	}
	return NULL;
}

bool
again_sql_has_key(const again_table *t, const plan_target *target)
{
	bool negated;

	return find_key(t, target, &negated) != NULL;
}

static void
write_text(FILE *out, const key_bound *b)
{
	fputs("E'", out);
	for (size_t i = 0; i < b->len; i++)
	{
		if (b->data[i] == '\'' || b->data[i] == '\\')
			fputc(b->data[i], out);
		fputc(b->data[i], out);
	}
	fputs("' COLLATE \"C\"", out);
}

static void
write_bytes(FILE *out, const key_bound *b)
{
	fputs("'\\x", out);
	for (size_t i = 0; i < b->len; i++)
		fprintf(out, "%02x", (unsigned char) b->data[i]);
	fputc('\'', out);
}

static void
write_value_of_key(FILE *out, const ranged *x, const key_bound *b)
{
	const bool minus = b->data[0] == '-';

	if (x->t->kind == KEY_BYTES)
		write_text(out, b);
	else if (x->negated)
		fprintf(out, "%s%s", minus ? "" : "-", minus ? b->data + 1 : b->data);
	else
		fputs(b->data, out);
}

static void
write_limit(FILE *out, const ranged *x, const key_bound *b, bool lower)
{
	if (b->data == NULL)
		return;
	fprintf(out, " AND %s %s ", x->column->quoted,
	        lower ? (x->negated ? "<=" : ">=") : (x->negated ? ">" : "<"));
	write_value_of_key(out, x, b);
}

static void
write_limits(FILE *out, const ranged *x)
{
	key_bound zero = {"0", 1};

	write_limit(out, x,
	            x->r->lower.data == NULL && x->r->keys == NULL && x->t->is_unsigned ? &zero
	                                                                                : &x->r->lower,
	            true);
	write_limit(out, x, &x->r->upper, false);
	for (size_t i = 0; i < x->r->key_count; i++)
	{
		if (i == 0)
			fprintf(out, " AND %s IN (", x->column->quoted);
		else
			fputs(", ", out);
		write_value_of_key(out, x, &x->r->keys[i]);
	}
	if (x->r->key_count > 0)
		fputc(')', out);
}

/* The column's value in the keys of raw_value. */
static unsigned
key_place(const ranged *x)
{
	unsigned place = 1;

	for (const plan_column *c = x->target->columns; c != x->column; c++)
		place += plan_column_identifies(x->target, c) ? c->param_count : 0;
	return place;
}

/* What the mirror has for keys that are no text; between the bounds, or all. */
static void
write_raw_keys(FILE *out, const ranged *x, const char *wiki_id, bool bounded)
{
	fprintf(
	    out,
	    "%s = ANY (ARRAY(SELECT split_part(x.row_key, E'\\x1F', %u) FROM mwmirror.raw_value AS x "
	    "WHERE x.wiki_id = %s AND x.table_name = '%s' AND x.column_name = '%s'",
	    x->column->quoted, key_place(x), wiki_id, x->target->table, x->column->name);
	if (bounded && x->r->lower.data != NULL)
	{
		fputs(" AND x.raw >= ", out);
		write_bytes(out, &x->r->lower);
	}
	if (bounded && x->r->upper.data != NULL)
	{
		fputs(" AND x.raw < ", out);
		write_bytes(out, &x->r->upper);
	}
	fputs("))", out);
}

static void
write_range(FILE *out, const ranged *x, const char *wiki_id, bool any_raw)
{
	if (x->t->kind != KEY_BYTES || !any_raw || x->r->keys != NULL ||
	    !plan_column_identifies(x->target, x->column))
	{
		write_limits(out, x);
		return;
	}
	fputs(" AND ((true", out);
	write_limits(out, x);
	fputs(" AND NOT ", out);
	write_raw_keys(out, x, wiki_id, false);
	fputs(") OR ", out);
	write_raw_keys(out, x, wiki_id, true);
	fputc(')', out);
}

bool
again_sql_range(const again_table *t, const plan_target *target, const key_range *r,
                const char *wiki_id, bool any_raw, char **out)
{
	ranged x = {.t = t, .target = target, .r = r};
	size_t size;
	FILE *text;

	*out = NULL;
	if (t->key != NULL && (x.column = find_key(t, target, &x.negated)) == NULL)
		return false;
	text = open_memstream(out, &size);
	if (text == NULL)
		return true;
	if (x.column != NULL)
		write_range(text, &x, wiki_id, any_raw);
	if (fclose(text) != 0)
	{
		free(*out);
		*out = NULL;
	}
	return true;
}

/* ---- columns ---- */

unsigned
again_sql_order(const plan_target *t, uint8_t *order)
{
	unsigned count = 0;
	unsigned finds = 0;

	for (unsigned finding = 0; finding < 2; finding++)
	{
		for (unsigned i = 0; i < t->column_count; i++)
		{
			if (plan_column_finds(t, &t->columns[i]) == (finding == 0))
				order[count++] = (uint8_t) i;
		}
		if (finding == 0)
			finds = count;
	}
	return finds;
}

/* What makes a value comparable: json has no equality, and that of numeric and jsonb does not tell 1.0 from 1.00. */
static const char *
comparable(const plan_column *c)
{
	return c->type == MAPPING_JSON || c->type == MAPPING_JSONB || c->type == MAPPING_NUMERIC
	           ? "::text"
	           : "";
}

static void
write_columns(FILE *out, const plan_target *t, const char *before)
{
	uint8_t order[MAPPING_COLUMNS_MAX];

	again_sql_order(t, order);
	for (unsigned i = 0; i < t->column_count; i++)
		fprintf(out, "%s%s%s", i == 0 ? "" : ", ", before, t->columns[order[i]].quoted);
}

/* One value of it. Times are numbers, of days or microseconds. */
static void
write_raw_part(FILE *out, const plan_column *c, const char *row)
{
	switch (c->type)
	{
		case MAPPING_BOOL:
			fprintf(out, "left(%s%s::text, 1)", row, c->quoted);
			break;
		case MAPPING_TIMESTAMPTZ:
		case MAPPING_TIMESTAMP:
			fprintf(out,
			        "CASE %s%s WHEN 'infinity' THEN 9223372036854775807 ELSE (extract(epoch FROM "
			        "%s%s) * 1000000)::bigint - 946684800000000 END",
			        row, c->quoted, row, c->quoted);
			break;
		case MAPPING_TIME:
		case MAPPING_INTERVAL:
			fprintf(out, "(extract(epoch FROM %s%s) * 1000000)::bigint", row, c->quoted);
			break;
		case MAPPING_DATE:
			fprintf(out, "%s%s - date '2000-01-01'", row, c->quoted);
			break;
		case MAPPING_INET:
			fprintf(out, "host(%s%s)", row, c->quoted);
			break;
		default:
			fprintf(out, "%s%s::text", row, c->quoted);
			break;
	}
}

/* The key of a mirror row as in raw_value: as change_write_key writes it. */
static void
write_raw_key(FILE *out, const plan_target *t, const char *row)
{
	bool first = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (plan_column_identifies(t, &t->columns[i]) && t->columns[i].expression != NULL)
		{
			fputs("NULL", out);
			return;
		}
	}
	fputs("concat_ws(E'\\x1F', ", out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[i];

		if (!plan_column_identifies(t, c))
			continue;
		fputs(first ? "" : ", ", out);
		first = false;
		write_raw_part(out, c, row);
	}
	fputc(')', out);
}

/* ---- tables with a key ---- */

/* What the row is to have: of a column that another source table merges in it stays where this one has none. */
static void
write_wanted(FILE *out, const plan_column *c)
{
	if (c->merged)
		fprintf(out, "(CASE WHEN h.here AND coalesce(w.%s, 0) = 0 THEN h.%s ELSE w.%s END)",
		        c->quoted, c->quoted, c->quoted);
	else
		fprintf(out, "w.%s", c->quoted);
}

static void
write_same_key(FILE *out, const plan_target *t, const char *a, const char *b)
{
	bool first = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->columns[i].key)
			continue;
		fprintf(out, "%s%s.%s = %s.%s", first ? "" : " AND ", a, t->columns[i].quoted, b,
		        t->columns[i].quoted);
		first = false;
	}
}

static void
write_keys(FILE *out, const plan_target *t)
{
	bool first = true;

	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->columns[i].key)
			continue;
		fprintf(out, "%s%s", first ? "" : ", ", t->columns[i].quoted);
		first = false;
	}
}

/* Rows of the mirror: those of the range, or those with a key that is wanted. */
static void
write_have(FILE *out, const plan_target *t, const char *wiki_id, const char *range)
{
	fputs("WITH have AS MATERIALIZED (SELECT true AS here, ", out);
	if (range != NULL)
	{
		write_columns(out, t, "");
		fprintf(out, " FROM %s WHERE wiki_id = %s%s", t->quoted, wiki_id, range);
		/* the others are the mirror's own, for what other tables say */
		if (t->own != NULL && !t->shared)
			fprintf(out, " AND (%s)", t->own);
		fputs(") ", out);
		return;
	}
	write_columns(out, t, "m.");
	fputs(" FROM (SELECT DISTINCT ", out);
	write_keys(out, t);
	fprintf(out,
	        " FROM pg_temp.mwmirror_want_%u) AS k CROSS JOIN LATERAL (SELECT * FROM %s AS t WHERE "
	        "t.wiki_id = %s AND ",
	        t->id, t->quoted, wiki_id);
	write_same_key(out, t, "t", "k");
	fputs(" OFFSET 0) AS m) ", out);
}

static void
write_difference(FILE *out, const plan_target *t)
{
	bool first = true;

	fputs("(ROW(", out);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fprintf(out, "%sh.%s%s", first ? "" : ", ", t->columns[i].quoted,
		        comparable(&t->columns[i]));
		first = false;
	}
	fputs(") IS DISTINCT FROM ROW(", out);
	first = true;
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].key)
			continue;
		fputs(first ? "" : ", ", out);
		write_wanted(out, &t->columns[i]);
		fputs(comparable(&t->columns[i]), out);
		first = false;
	}
	fputs("))", out);
}

static bool
any_beside_key(const plan_target *t)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->columns[i].key)
			return true;
	}
	return false;
}

static void
write_wanted_columns(FILE *out, const plan_target *t)
{
	uint8_t order[MAPPING_COLUMNS_MAX];

	again_sql_order(t, order);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[order[i]];

		fputs(", ", out);
		if (c->key)
			fprintf(out, "coalesce(w.%s, h.%s)", c->quoted, c->quoted);
		else
			write_wanted(out, c);
	}
}

static void
write_keyed(FILE *out, const plan_target *t, const char *wiki_id, const char *range)
{
	write_have(out, t, wiki_id, range);
	fputs("SELECT CASE WHEN w.here IS NULL THEN 'D' WHEN h.here IS NULL THEN 'I' ELSE 'U' END AS "
	      "op, coalesce(w.raw_key, ",
	      out);
	write_raw_key(out, t, "h.");
	fputc(')', out);
	write_wanted_columns(out, t);
	fputs(" FROM have AS h FULL JOIN (SELECT ", out);
	if (t->shared)
	{
		fputs("DISTINCT ON (", out);
		write_keys(out, t);
		fputs(") ", out);
	}
	fprintf(out, "true AS here, v.* FROM pg_temp.mwmirror_want_%u AS v) AS w ON ", t->id);
	write_same_key(out, t, "h", "w");
	fputs(t->merge ? " WHERE h.here AND w.here AND "
	               : " WHERE h.here IS NULL OR w.here IS NULL OR ",
	      out);
	if (any_beside_key(t))
		write_difference(out, t);
	else
		fputs("false", out);
	fputs(" ORDER BY op", out);
}

/* ---- tables without one ---- */

/* The columns, those without equality as text, which is their binary form too. */
static void
write_keyless_columns(FILE *out, const plan_target *t)
{
	uint8_t order[MAPPING_COLUMNS_MAX];

	again_sql_order(t, order);
	for (unsigned i = 0; i < t->column_count; i++)
	{
		const plan_column *c = &t->columns[order[i]];

		fprintf(out, "%s%s%s AS %s", i == 0 ? "" : ", ", c->quoted,
		        c->type == MAPPING_JSON ? "::text" : "", c->quoted);
	}
}

static void
write_keyless(FILE *out, const plan_target *t, const char *wiki_id, const char *range)
{
	fputs("WITH have AS MATERIALIZED (SELECT ", out);
	write_keyless_columns(out, t);
	fprintf(out, " FROM %s WHERE wiki_id = %s%s), want AS (SELECT ", t->quoted, wiki_id, range);
	write_keyless_columns(out, t);
	fprintf(out, " FROM pg_temp.mwmirror_want_%u) SELECT 'D' AS op, ", t->id);
	write_raw_key(out, t, "g.");
	fputs(", g.* FROM (TABLE have EXCEPT ALL TABLE want) AS g UNION ALL SELECT 'I', ", out);
	write_raw_key(out, t, "c.");
	fputs(", c.* FROM (TABLE want EXCEPT ALL TABLE have) AS c", out);
}

char *
again_sql_compare(const plan_target *t, const char *wiki_id, const char *range)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	if (t->keyless)
		write_keyless(out, t, wiki_id, range);
	else
		write_keyed(out, t, wiki_id, range);
	return fclose(out) == 0 ? sql : NULL;
}
