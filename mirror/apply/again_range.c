/*
 * apply/again_range.c
 *	  One range of a table that is copied again; see again_range.h.
 *
 * Reading and comparing need COPY and cursors, which a pipeline does not have: it is suspended meanwhile.
 */
#define _GNU_SOURCE /* asprintf */
#include "apply/again_range.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/again_diff.h"
#include "apply/again_sql.h"
#include "apply/take.h"
#include "apply/target.h"
#include "apply/unmapped.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "wire/mark.h"

#define REFUSED "run mwmirror init, and grant mwmirror_writer to this role"
#define DOING "copy a table again"
#define MICROSECONDS 1000000

/* The transaction. */
typedef struct comparing
{
	applier *a;
	again_stage *stage;
	MYSQL *mysql;
	const again_range *r;
	again_diff diff;
	char name[MARK_GTID_SIZE]; /* of the mark */
	uint64_t rows;             /* of the source, in the range */
	bool resumed;              /* the pipeline is */
	bool still;                /* the range is to be compared */
} comparing;

void
again_range_free(again_range *r)
{
	free(r->wiki_id);
	free(r->table);
	free(r->key);
	free(r->kind);
	free(r->version);
	free(r->numbers);
	free(r->limit.data);
	again_table_free(&r->source);
	key_range_free(&r->keys);
	memset(r, 0, sizeof(*r));
}

static status
out_of_memory(void)
{
	log_error("out of memory for a range that is copied again");
	return STATUS_MEMORY;
}

/* Asks outside of pipeline mode; *out may be NULL: the answer does not matter. */
static status
ask(const comparing *c, const char *sql, int count, const char *const *params, PGresult **out)
{
	PGresult *res = NULL;
	status result = pg_execute_params(c->a->conn, sql, count, params, DOING, REFUSED, 0, &res);

	if (out != NULL)
		*out = res;
	else
		PQclear(res);
	return result;
}

/* ---- beginning ---- */

/* Locks what is copied and sees whether the table is as it was when the range was begun. */
static status
begin_transaction(comparing *c)
{
	const char *source[] = {c->a->config->source_name};
	const char *params[] = {c->r->wiki_id, c->r->table,
	                        c->r->numbers == NULL ? c->r->version : c->r->numbers};
	PGresult *res = NULL;
	/*
	 * A range that is lost with a crash is compared again. But of a table that is said to be copied all is durable: a slot gives nothing that is not,
	 * so who sees that would not see the events yet.
	 */
	status result = target_execute(
	    c->a->conn, c->r->last ? "BEGIN; SET LOCAL jit = off; SET LOCAL synchronous_commit = on"
	                           : "BEGIN; SET LOCAL jit = off; SET LOCAL "
	                             "synchronous_commit = off");

	if (result == STATUS_OK)
		result = ask(c, "SELECT mwmirror.copy_change($1)", 1, source, NULL);
	if (result == STATUS_OK)
		result = ask(c,
		             c->r->numbers == NULL
		                 ? "SELECT FROM mwmirror.copy_table WHERE wiki_id = $1 AND source_table = "
		                   "$2 AND mode = 'again' AND version = $3"
		                 : "SELECT WHERE NOT EXISTS (SELECT FROM unnest($3::bigint[]) AS n WHERE "
		                   "NOT EXISTS (SELECT FROM mwmirror.copy_range AS r WHERE r.wiki_id = $1 "
		                   "AND r.source_table = $2 AND r.number = n))",
		             3, params, &res);
	c->still = result == STATUS_OK && PQntuples(res) == 1;
	PQclear(res);
	return result;
}

/* The table is begun, and the mark has its name. */
static status
begin_table(comparing *c)
{
	char total[24];
	const char *key = c->r->source.key;
	const char *begin[] = {c->r->wiki_id, c->r->table, key, key_kind_name(c->r->source.kind),
	                       total};
	const char *wiki_id[] = {c->r->wiki_id};
	PGresult *res = NULL;
	status result = STATUS_OK;

	snprintf(total, sizeof(total), "%" PRIu64, c->r->source.rows);
	if (c->r->first && c->r->numbers == NULL)
		result =
		    ask(c, "SELECT mwmirror.copy_again_begin($1, $2, $3, $4, $5::bigint)", 5, begin, NULL);
	/* what was put in the table's place may lack columns, or have others */
	if (result == STATUS_OK && c->r->first && c->r->source.plan != NULL)
		result = unmapped_compared(c->a, c->diff.w, c->r->table, c->r->source.plan);
	if (result == STATUS_OK)
		result = ask(c, "SELECT mwmirror.copy_again_mark($1)", 1, wiki_id, &res);
	if (result == STATUS_OK)
		snprintf(c->name, sizeof(c->name), "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return result;
}

/* ---- comparing ---- */

/* True if no other table of the source has rows in the target, as far as it has them at all. */
static status
is_alone(const comparing *c, const again_table *t, const plan_target *target, bool *alone)
{
	const char *params[] = {target->table, t->name};
	PGresult *res;
	status result;

	*alone = !target->shared;
	if (*alone)
		return STATUS_OK;
	result = ask(c,
	             "SELECT source_table FROM mwmirror.table_map WHERE target_table = $1 AND "
	             "source_table <> $2",
	             2, params, &res);
	*alone = result == STATUS_OK;
	for (int i = 0; result == STATUS_OK && *alone && i < PQntuples(res); i++)
	{
		bool there;

		result = again_table_exists(c->mysql, t->w, PQgetvalue(res, i, 0), &there);
		*alone = !there;
	}
	PQclear(res);
	return result;
}

/* True if the mirror has any row of a range. */
static status
has_rows(const comparing *c, const plan_target *target, const char *range, bool *any)
{
	const char *params[] = {c->r->wiki_id};
	PGresult *res = NULL;
	char *sql;
	status result;

	if (asprintf(&sql, "SELECT FROM %s WHERE wiki_id = $1%s LIMIT 1", target->quoted, range) < 0)
		return out_of_memory();
	result = ask(c, sql, 1, params, &res);
	free(sql);
	*any = result == STATUS_OK && PQntuples(res) > 0;
	PQclear(res);
	return result;
}

/* again_sql_range; *out NULL: it cannot be told. */
static status
write_range(const comparing *c, const again_table *t, const plan_target *target,
            const key_range *keys, char **out)
{
	char *wiki_id = PQescapeLiteral(c->a->conn, c->r->wiki_id, strlen(c->r->wiki_id));
	status result = STATUS_OK;

	*out = NULL;
	if (wiki_id == NULL ||
	    (again_sql_range(t, target, keys, wiki_id,
	                     raw_values_any(c->a->raws, c->r->wiki_id, target->table), out) &&
	     *out == NULL))
		result = out_of_memory();
	PQfreemem(wiki_id);
	return result;
}

/* Compares one target with what was staged. range: NULL: rows that the source lacks stay. */
static status
compare_staged(comparing *c, const again_table *t, const plan_target *target, const char *range,
               uint64_t staged, bool any_raw)
{
	bool any = true;
	status result = STATUS_OK;

	if (staged == 0)
	{
		if (range == NULL)
			return STATUS_OK;
		result = has_rows(c, target, range, &any);
		if (result == STATUS_OK && any)
			result = again_stage_prepare(c->stage, target);
	}
	return result == STATUS_OK && any
	           ? again_diff_write(&c->diff, target, range, t->row_size, any_raw)
	           : result;
}

/*
 * Compares one target with rows of the source: all of a range, or (also) those that a condition selects, of which nothing follows about others. *rows is
 * raised to their number.
 */
static status
compare_target(comparing *c, const again_table *t, const plan_target *target, const key_range *keys,
               const char *also, uint64_t *rows)
{
	char *range = NULL;
	bool any_raw = false;
	bool certain = also[0] == '\0' && !target->merge;
	uint64_t read = 0;
	status result = STATUS_OK;

	if (certain)
		result = is_alone(c, t, target, &certain);
	if (result == STATUS_OK && certain)
		result = write_range(c, t, target, keys, &range);
	if (result == STATUS_OK && (range != NULL || !target->keyless))
	{
		result = again_stage_fill(c->stage, c->mysql, t, target, keys, also, &read, &any_raw);
		if (result == STATUS_OK)
			result = compare_staged(c, t, target, range, read, any_raw);
	}
	if (read > *rows)
		*rows = read;
	free(range);
	return result;
}

/* A merge that sets nothing in this version of the table has nothing to do. */
static bool
has_work(const plan_target *t)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (!t->merge || !t->columns[i].key)
			return true;
	}
	return false;
}

static status
compare_targets(comparing *c, const again_table *t, const key_range *keys, const char *also,
                uint64_t *rows)
{
	status result = STATUS_OK;

	for (unsigned i = 0; result == STATUS_OK && i < t->plan->target_count; i++)
	{
		const plan_target *target = &t->plan->targets[i];

		if (!target->bodies && has_work(target))
			result = compare_target(c, t, target, keys, also, rows);
	}
	return result;
}

/* An event of a page says what its latest revision is: that comes with the same mark. */
static const struct
{
	const char *table;
	const char *key;
} of_latest[] = {
    {"revision", "rev_id"},
    {"revision_comment_temp", "revcomment_rev"}, /* of MediaWiki up to 1.39 */
};

static char *
write_latest(const again_diff *d, const char *key)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, " AND %s IN (", key);
	for (size_t i = 0; i < d->latest_count; i++)
		fprintf(out, "%s%" PRIu64, i == 0 ? "" : ", ", d->latest[i]);
	fputc(')', out);
	return fclose(out) == 0 ? text : NULL;
}

static status
compare_latest(comparing *c)
{
	const key_range all = {0};
	status result = STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < sizeof(of_latest) / sizeof(of_latest[0]); i++)
	{
		again_table t;
		char *also;
		uint64_t rows = 0;

		result =
		    again_table_load(c->mysql, c->a->mapping, c->diff.w, of_latest[i].table, false, &t);
		if (result != STATUS_OK || t.plan == NULL)
			continue;
		also = write_latest(&c->diff, of_latest[i].key);
		result = also == NULL ? out_of_memory() : compare_targets(c, &t, &all, also, &rows);
		free(also);
		again_table_free(&t);
	}
	return result;
}

static status
write_bodies(comparing *c)
{
	const again_table *t = &c->r->source;
	status result = STATUS_OK;

	for (unsigned i = 0; result == STATUS_OK && i < t->plan->target_count; i++)
	{
		const plan_target *target = &t->plan->targets[i];
		char *range = NULL;

		if (!target->bodies)
			continue;
		result = write_range(c, t, target, &c->r->keys, &range);
		if (result == STATUS_OK)
			result = again_diff_write_bodies(&c->diff, range);
		free(range);
	}
	return result;
}

/* ---- what needs the pipeline ---- */

/* A table that the source does not have has no rows. */
static status
empty_table(comparing *c)
{
	const plan *pl;
	status result = mapping_bare_plan(c->a->mapping, c->r->table, &pl);

	c->diff.changes++;
	return result == STATUS_OK ? change_empty(&c->a->changes, c->diff.w, pl, c->diff.id) : result;
}

static status
end_source(comparing *c)
{
	mark m = {.commit_time = clock_unix_us()};
	char wikis[MARK_WIKI_MOST + 8];
	status result;

	if (c->diff.changes == 0)
		return STATUS_OK;
	m.commit_time -= m.commit_time % MICROSECONDS;
	snprintf(m.gtid, sizeof(m.gtid), "%s", c->name);
	snprintf(m.source, sizeof(m.source), "%s", c->a->config->source_name);
	m.wikis.data = wikis;
	m.wikis.len = mark_put_wiki(c->r->wiki_id, wikis, sizeof(wikis));
	result = contents_end_source(c->a->contents, c->diff.id);
	return result == STATUS_OK ? row_batch_end_source(c->a->batch, c->diff.id, &m) : result;
}

/* A statement in pipeline mode; *kind of what it answers. */
static status
tell(comparing *c, const char *sql, int count, const char *const *params, ExecStatusType kind)
{
	PGresult *res = NULL;
	status result = pipeline_ask(c->a->pipe, sql, count, params, DOING, &res);

	if (result == STATUS_OK && PQresultStatus(res) != kind)
		result = pg_fail(c->a->conn, res, DOING, REFUSED);
	PQclear(res);
	return result;
}

static status
end_range(comparing *c)
{
	char count[24];
	char *upper = NULL;
	status result = row_batch_send(c->a->batch);

	snprintf(count, sizeof(count), "%" PRIu64, c->rows);
	if (result == STATUS_OK)
		result = contents_end_group(c->a->contents);
	if (result == STATUS_OK && !c->r->last && !key_bound_write(&c->r->keys.upper, &upper))
		result = out_of_memory();
	if (result == STATUS_OK)
	{
		const char *params[] = {c->r->wiki_id, c->r->table, upper, count, c->r->numbers};

		result = c->r->numbers == NULL
		             ? tell(c, "SELECT mwmirror.copy_again_done($1, $2, $3::bytea, $4::bigint)", 4,
		                    params, PGRES_TUPLES_OK)
		             : tell(c,
		                    "SELECT mwmirror.copy_again_ranges_done($1, $2, $5::bigint[], "
		                    "$3::bytea, $4::bigint)",
		                    5, params, PGRES_TUPLES_OK);
	}
	free(upper);
	/* follow knows of it when it goes on */
	return result == STATUS_OK ? copy_watch_reload(c->a->copies) : result;
}

/* ---- all of it ---- */

static status
compare_range(comparing *c)
{
	const bool there = c->r->source.plan != NULL;
	status result = begin_table(c);

	row_batch_name(c->a->batch, c->name);
	contents_begin_source(c->a->contents);
	if (result == STATUS_OK && there)
		result = compare_targets(c, &c->r->source, &c->r->keys, "", &c->rows);
	/* no event is told of a wiki that is not copied, and what is not copied of revisions yet must not be there before it is */
	if (result == STATUS_OK && c->diff.latest_count > 0 && c->diff.w->snapshot_text != NULL)
		result = compare_latest(c);
	if (result == STATUS_OK && there)
		result = write_bodies(c);
	if (result == STATUS_OK)
	{
		c->resumed = true;
		result = pipeline_resume(c->a->pipe);
	}
	if (result == STATUS_OK && !there)
		result = empty_table(c);
	if (result == STATUS_OK)
		result = end_source(c);
	if (result == STATUS_OK)
		result = end_range(c);
	row_batch_name(c->a->batch, NULL);
	if (result == STATUS_OK)
		log_debug("copied again: %s of %s: %" PRIu64 " rows, %" PRIu64 " changes", c->r->table,
		          c->r->wiki_id, c->rows, c->diff.changes);
	return result;
}

/*
 * What fails while the pipeline is suspended, and leaves the connection in order, is a matter of the table: the transaction is rolled back. Any other failure
 * ends the attempt.
 */
static status
abandon(comparing *c, status why, bool *of_table)
{
	const PGTransactionStatusType now = PQtransactionStatus(c->a->conn);
	status result;

	if (c->resumed || (now != PQTRANS_INTRANS && now != PQTRANS_INERROR))
		return why;
	result = target_execute(c->a->conn, "ROLLBACK");
	again_stage_forget(c->stage);
	row_batch_discard(c->a->batch);
	contents_discard(c->a->contents);
	if (result == STATUS_OK)
		result = pipeline_resume(c->a->pipe);
	*of_table = result == STATUS_OK;
	return result == STATUS_OK ? why : result;
}

status
again_range_compare(applier *a, again_stage *stage, MYSQL *mysql, const gtid_list *at,
                    const again_range *r, bool *of_table, bool *done)
{
	comparing c = {.a = a, .stage = stage, .mysql = mysql, .r = r};
	status result = pipeline_suspend(a->pipe);

	*of_table = false;
	*done = false;
	if (result != STATUS_OK)
		return result;
	c.diff = (again_diff){.conn = a->conn,
	                      .pipe = a->pipe,
	                      .batch = a->batch,
	                      .raws = a->raws,
	                      .contents = a->contents,
	                      .w = r->source.w,
	                      .id = at->count > 0 ? &at->items[0] : &a->id};
	result = begin_transaction(&c);
	if (result == STATUS_OK && c.still)
		result = compare_range(&c);
	else if (result == STATUS_OK)
	{
		c.resumed = true;
		result = pipeline_resume(a->pipe);
	}
	again_diff_free(&c.diff);
	*done = c.still;
	if (result != STATUS_OK)
		return abandon(&c, result, of_table);
	return tell(&c, c.still ? "COMMIT" : "ROLLBACK", 0, NULL, PGRES_COMMAND_OK);
}
