/*
 * apply/pipeline_result.c
 *	  What the answer to a pipelined statement says; see pipeline_result.h.
 */
#include "apply/pipeline_result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/batch_error.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_error.h"
#include "wire/batch.h"

#define UNIQUE_VIOLATION "23505"
#define OUTDATED "MWC01" /* mwmirror.copy_expect */

#define WHAT_SIZE 512

/* What an answer is about: a statement, or the change of a batch that an error names. */
typedef struct subject
{
	char what[WHAT_SIZE];
	bool plain_insert; /* an INSERT that could update the row that is there */
} subject;

/* 'INSERT of actor (testwiki, 12)' into out. Sets the GTID of what is logged next. */
static void
describe_statement(const pipeline_op *op, subject *out)
{
	char text[GTID_TEXT_SIZE];

	out->plain_insert = op->plain;
	if (op->table == NULL)
		snprintf(out->what, WHAT_SIZE, "%s", op->verb);
	else
		snprintf(out->what, WHAT_SIZE, "%s of %s (wiki %s, key %s)", op->verb, op->table, op->wiki,
		         op->key);
	if (op->id.sequence == 0)
		return;
	gtid_format(&op->id, text);
	log_set_gtid(text);
}

static void
describe(const pipeline_op *op, const PGresult *res, subject *out)
{
	batch_guilty guilty;

	if (op->expect != EXPECT_ANSWER ||
	    !batch_error_parse(PQresultErrorField(res, PG_DIAG_CONTEXT), &guilty))
	{
		describe_statement(op, out);
		return;
	}
	snprintf(out->what, WHAT_SIZE, "%s of %s (wiki %s, key %s%s)", guilty.verb, guilty.table,
	         guilty.wiki, guilty.key, guilty.column);
	out->plain_insert = op->plain && strcmp(guilty.verb, "INSERT") == 0;
	log_set_gtid(guilty.gtid);
}

static status
fail_duplicate(pipeline_answers *a, const subject *about)
{
	log_info("%s met a row that is there; its group is applied again, and from now on such rows "
	         "are updated",
	         about->what);
	a->duplicate = true;
	a->failed = STATUS_RETRY;
	return a->failed;
}

static status
fail_outdated(pipeline_answers *a)
{
	log_info("what is copied, or the list of wikis, has changed: the group begins anew");
	a->outdated = true;
	a->failed = STATUS_RETRY;
	return a->failed;
}

static status
fail_count(pipeline_answers *a, const subject *about, const char *count)
{
	log_error_hint("the mirror does not equal the source here: copy the wiki again with mwmirror "
	               "snapshot --force, then start follow; the position is before it",
	               "%s changed %s rows of the mirror instead of one", about->what, count);
	a->failed = STATUS_DATA;
	return a->failed;
}

static status
fail_result(pipeline_answers *a, const pipeline_op *op, const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool transient = pg_judge(sqlstate) == PG_RETRY;
	subject about;

	describe(op, res, &about);
	if (about.plain_insert && sqlstate != NULL && strcmp(sqlstate, UNIQUE_VIOLATION) == 0)
		return fail_duplicate(a, &about);
	if (sqlstate != NULL && strcmp(sqlstate, OUTDATED) == 0)
		return fail_outdated(a);
	if (sqlstate != NULL && strcmp(sqlstate, BATCH_STATE_MISSING) == 0)
		return fail_count(a, &about, "0");
	log_write_hint(transient ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	               transient ? pg_meaning(sqlstate)
	                         : "correct the cause and start again: the position is before it",
	               transient ? "%s failed, its group is applied again: %s%s%s (SQLSTATE %s)"
	                         : "PostgreSQL refuses %s: %s%s%s (SQLSTATE %s)",
	               about.what, primary == NULL ? PQresultErrorMessage(res) : primary,
	               detail == NULL ? "" : "; ", detail == NULL ? "" : detail,
	               sqlstate == NULL ? "none" : sqlstate);
	a->failed = transient ? STATUS_RETRY : STATUS_TARGET;
	return a->failed;
}

status
pipeline_fail_connection(pipeline_answers *a)
{
	log_warning("the connection to PostgreSQL is lost: %s", PQerrorMessage(a->conn));
	a->failed = STATUS_RETRY;
	return a->failed;
}

/* A statement must have changed one row. */
static status
check_count(pipeline_answers *a, const pipeline_op *op, const PGresult *res)
{
	const char *count = PQcmdTuples((PGresult *) res);
	subject about;

	if (op->expect != EXPECT_ONE || strcmp(count, "1") == 0)
		return STATUS_OK;
	describe_statement(op, &about);
	return fail_count(a, &about, count);
}

/* PostgreSQL answers COMMIT with ROLLBACK where the transaction had failed. */
static status
check_commit(pipeline_answers *a, const PGresult *res)
{
	const char *done = PQcmdStatus((PGresult *) res);

	if (strcmp(done, "COMMIT") == 0)
	{
		a->commits++;
		return STATUS_OK;
	}
	log_warning("PostgreSQL answers COMMIT with %s: the group is applied again", done);
	a->failed = STATUS_RETRY;
	return a->failed;
}

/* mwmirror.apply says how many rows changed; it has failed already if one was not there. */
static status
check_answer(pipeline_answers *a, const pipeline_op *op, const PGresult *res)
{
	const char *answer = PQntuples(res) == 1 ? PQgetvalue(res, 0, 0) : "no";
	const uint64_t changed = strtoull(answer, NULL, 10);
	subject about;

	if (PQntuples(res) == 1 && changed >= op->least && changed <= op->most)
		return STATUS_OK;
	describe_statement(op, &about);
	log_error_hint("the extension must be of this program's version: install both; the position is "
	               "before it",
	               "%s changed %s rows instead of %" PRIu64 " to %" PRIu64, about.what, answer,
	               op->least, op->most);
	a->failed = STATUS_TARGET;
	return a->failed;
}

status
pipeline_check_result(pipeline_answers *a, const pipeline_op *op, const PGresult *res)
{
	switch (PQresultStatus(res))
	{
		case PGRES_COMMAND_OK:
			return op->expect == EXPECT_COMMIT ? check_commit(a, res) : check_count(a, op, res);
		case PGRES_TUPLES_OK:
			return op->expect == EXPECT_ANSWER ? check_answer(a, op, res) : check_count(a, op, res);
		case PGRES_PIPELINE_SYNC:
			return STATUS_OK;
		case PGRES_PIPELINE_ABORTED:
			return a->failed == STATUS_OK ? pipeline_fail_connection(a) : a->failed;
		default:
			return fail_result(a, op, res);
	}
}
