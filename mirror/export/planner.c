/*
 * export/planner.c
 *	  Parts of a dump; see planner.h.
 */
#include "export/planner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"

#define NUMBER_SIZE 32
#define SQL_SIZE 1024

void
planner_condition(const part_range *range, const char *column, char out[PLANNER_CONDITION_SIZE])
{
	int len = 0;

	out[0] = '\0';
	if (range->has_from)
		len = snprintf(out, PLANNER_CONDITION_SIZE, " AND %s >= %" PRId64, column, range->from);
	if (range->has_to)
		snprintf(out + len, PLANNER_CONDITION_SIZE - (size_t) len, " AND %s < %" PRId64, column,
		         range->to);
}

/* One number that the query says of a wiki; *known false: it is NULL. */
static status
ask_number(planner *p, const char *sql, const char *wiki_id, int64_t *out, bool *known)
{
	const char *params[] = {wiki_id};
	PGresult *res = NULL;
	status s = pg_execute_params(p->conn, sql, 1, params, "cut a table into parts", NULL, 0, &res);

	*known = s == STATUS_OK && PQntuples(res) == 1 && !PQgetisnull(res, 0, 0);
	if (*known)
		*out = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return s;
}

/* Names come from the catalog, or are the program's; quoted all the same. */
static status
quote(planner *p, const char *name, char **out)
{
	*out = PQescapeIdentifier(p->conn, name, strlen(name));
	if (*out != NULL)
		return STATUS_OK;
	log_error("out of memory for the parts of a dump");
	return STATUS_MEMORY;
}

/* How many rows are within the range. column is NULL for the whole table. */
static status
count(planner *p, const char *wiki_id, const char *table, const char *column,
      const part_range *range, int64_t *out)
{
	char condition[PLANNER_CONDITION_SIZE] = "";
	char sql[SQL_SIZE];
	bool known;

	if (column != NULL)
		planner_condition(range, column, condition);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM mediawiki.%s WHERE wiki_id = $1%s", table,
	         condition);
	return ask_number(p, sql, wiki_id, out, &known);
}

/* The key that part_rows rows come before, from the begin of the range on. */
static status
next_cut(planner *p, const char *wiki_id, const char *table, const char *column,
         const part_range *range, int64_t *out, bool *known)
{
	char condition[PLANNER_CONDITION_SIZE] = "";
	char sql[SQL_SIZE];

	/* a key greater than the begin, or a part would be empty when one key has more rows than that */
	if (range->has_from)
		snprintf(condition, sizeof(condition), " AND %s > %" PRId64, column, range->from);
	snprintf(sql, sizeof(sql),
	         "SELECT %s FROM mediawiki.%s WHERE wiki_id = $1%s ORDER BY wiki_id, %s OFFSET %" PRId64
	         " LIMIT 1",
	         column, table, condition, column, p->call->part_rows - (range->has_from ? 1 : 0));
	return ask_number(p, sql, wiki_id, out, known);
}

/* Where the part of this number ended when the dump was begun; *known false: nowhere. */
static status
earlier_cut(planner *p, const char *wiki_id, const char *name, unsigned number, int64_t *out,
            bool *known)
{
	char *path = part_path(wiki_id, name, number, p->suffix);
	const part *earlier;

	*known = false;
	if (path == NULL)
		return STATUS_MEMORY;
	earlier = part_list_find(p->before, path);
	free(path);
	if (earlier != NULL && earlier->range.has_to)
	{
		*known = true;
		*out = earlier->range.to;
	}
	return STATUS_OK;
}

static status
add(planner *p, const char *wiki_id, const char *name, const char *table, const char *column)
{
	part_range range = {0};
	bool whole = false;
	status s = STATUS_OK;

	for (unsigned number = 1; s == STATUS_OK && !whole; number++)
	{
		int64_t cut = 0;
		int64_t rows = 0;
		bool cut_before;
		part *made;

		range.has_to = false;
		if (column != NULL)
			s = earlier_cut(p, wiki_id, name, number, &cut, &range.has_to);
		cut_before = range.has_to;
		if (s == STATUS_OK && column != NULL && !cut_before)
			s = next_cut(p, wiki_id, table, column, &range, &cut, &range.has_to);
		range.to = range.has_to ? cut : 0;
		if (range.has_to && !cut_before)
			rows = p->call->part_rows;
		else if (s == STATUS_OK)
			s = count(p, wiki_id, table, column, &range, &rows);
		if (s == STATUS_OK)
			s = part_list_add(p->parts, wiki_id, name, number, &range, p->suffix, &made);
		if (s != STATUS_OK)
			break;
		made->planned = (uint64_t) rows;
		whole = !range.has_to;
		range.has_from = true;
		range.from = cut;
	}
	return s;
}

status
planner_add(planner *p, const char *wiki_id, const char *name, const char *table,
            const char *column)
{
	char *quoted_table = NULL;
	char *quoted_column = NULL;
	status s = quote(p, table, &quoted_table);

	if (s == STATUS_OK && column != NULL)
		s = quote(p, column, &quoted_column);
	if (s == STATUS_OK)
		s = add(p, wiki_id, name, quoted_table, quoted_column);
	PQfreemem(quoted_table);
	PQfreemem(quoted_column);
	return s;
}
