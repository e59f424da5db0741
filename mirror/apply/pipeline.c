/*
 * apply/pipeline.c
 *	  libpq's pipeline mode; see pipeline.h.
 */
#include "apply/pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "apply/batch_error.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_error.h"
#include "support/stop.h"
#include "wire/batch.h"

#define OUTSTANDING_MAX 4096 /* statements; a power of two */
#define FLUSH_EVERY 64       /* statements between two looks at the socket */
#define FLUSH_BYTES                                                                                \
	((size_t) 256 << 10) /* of their parameters: libpq keeps what the kernel does not take */
#define STOP_PATIENCE_MS 3000
#define POLL_MS 250
#define REPORT_MS 60000
#define SIGNS_TO_REPORT 12
#define UNIQUE_VIOLATION "23505"
#define OUTDATED "MWC01" /* mwmirror.copy_expect */
#define APPLY "rows_apply"

struct pipeline
{
	PGconn *conn;
	pipeline_op ops[OUTSTANDING_MAX]; /* ring of unanswered statements */
	unsigned head;                    /* oldest */
	unsigned count;
	unsigned unflushed;     /* statements */
	size_t unflushed_bytes; /* of parameters */
	unsigned batches;       /* of the unanswered ones */
	bool answered;          /* the oldest one's result has come, its end not yet */
	bool duplicate;
	bool outdated;
	uint64_t answers; /* results that came */
	uint64_t commits;
	uint64_t signed_at; /* answers at the last sign of life */
	unsigned silent;    /* signs without any answer in between */
	status failed;
};

status
pipeline_prepare_apply(PGconn *conn)
{
	return pg_prepare(conn, APPLY, "SELECT mwmirror.apply($1::bytea)",
	                  "prepare the writing of rows");
}

pipeline *
pipeline_create(PGconn *conn)
{
	pipeline *p = calloc(1, sizeof(*p));

	if (p == NULL)
	{
		log_error("out of memory for the pipeline");
		return NULL;
	}
	p->conn = conn;
	if (PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1)
	{
		log_error("cannot enter pipeline mode: %s", PQerrorMessage(conn));
		free(p);
		return NULL;
	}
	return p;
}

void
pipeline_destroy(pipeline *p)
{
	free(p);
}

bool
pipeline_met_duplicate(const pipeline *p)
{
	return p->duplicate;
}

bool
pipeline_is_outdated(const pipeline *p)
{
	return p->outdated;
}

unsigned
pipeline_outstanding(const pipeline *p)
{
	return p->count;
}

uint64_t
pipeline_commits(const pipeline *p)
{
	return p->commits;
}

bool
pipeline_rests(const pipeline *p)
{
	return p->batches == 0;
}

/* ---- results ---- */

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
fail_duplicate(pipeline *p, const subject *about)
{
	log_info("%s met a row that is there; its group is applied again, and from now on such rows "
	         "are updated",
	         about->what);
	p->duplicate = true;
	p->failed = STATUS_RETRY;
	return p->failed;
}

static status
fail_outdated(pipeline *p)
{
	log_info("what is copied, or the list of wikis, has changed: the group begins anew");
	p->outdated = true;
	p->failed = STATUS_RETRY;
	return p->failed;
}

static status
fail_count(pipeline *p, const subject *about, const char *count)
{
	log_error_hint("the mirror does not equal the source here: copy the wiki again with mwmirror "
	               "snapshot --force, then start follow; the position is before it",
	               "%s changed %s rows of the mirror instead of one", about->what, count);
	p->failed = STATUS_DATA;
	return p->failed;
}

static status
fail_result(pipeline *p, const pipeline_op *op, const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool transient = pg_judge(sqlstate) == PG_RETRY;
	subject about;

	describe(op, res, &about);
	if (about.plain_insert && sqlstate != NULL && strcmp(sqlstate, UNIQUE_VIOLATION) == 0)
		return fail_duplicate(p, &about);
	if (sqlstate != NULL && strcmp(sqlstate, OUTDATED) == 0)
		return fail_outdated(p);
	if (sqlstate != NULL && strcmp(sqlstate, BATCH_STATE_MISSING) == 0)
		return fail_count(p, &about, "0");
	log_write_hint(transient ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	               transient ? pg_meaning(sqlstate)
	                         : "correct the cause and start again: the position is before it",
	               transient ? "%s failed, its group is applied again: %s%s%s (SQLSTATE %s)"
	                         : "PostgreSQL refuses %s: %s%s%s (SQLSTATE %s)",
	               about.what, primary == NULL ? PQresultErrorMessage(res) : primary,
	               detail == NULL ? "" : "; ", detail == NULL ? "" : detail,
	               sqlstate == NULL ? "none" : sqlstate);
	p->failed = transient ? STATUS_RETRY : STATUS_TARGET;
	return p->failed;
}

static status
fail_connection(pipeline *p)
{
	log_warning("the connection to PostgreSQL is lost: %s", PQerrorMessage(p->conn));
	p->failed = STATUS_RETRY;
	return p->failed;
}

/* A statement must have changed one row. */
static status
check_count(pipeline *p, const pipeline_op *op, const PGresult *res)
{
	const char *count = PQcmdTuples((PGresult *) res);
	subject about;

	if (op->expect != EXPECT_ONE || strcmp(count, "1") == 0)
		return STATUS_OK;
	describe_statement(op, &about);
	return fail_count(p, &about, count);
}

/* PostgreSQL answers COMMIT with ROLLBACK where the transaction had failed. */
static status
check_commit(pipeline *p, const PGresult *res)
{
	const char *done = PQcmdStatus((PGresult *) res);

	if (strcmp(done, "COMMIT") == 0)
	{
		p->commits++;
		return STATUS_OK;
	}
	log_warning("PostgreSQL answers COMMIT with %s: the group is applied again", done);
	p->failed = STATUS_RETRY;
	return p->failed;
}

/* mwmirror.apply says how many rows changed; it has failed already if one was not there. */
static status
check_answer(pipeline *p, const pipeline_op *op, const PGresult *res)
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
	p->failed = STATUS_TARGET;
	return p->failed;
}

static status
check_result(pipeline *p, const pipeline_op *op, const PGresult *res)
{
	switch (PQresultStatus(res))
	{
		case PGRES_COMMAND_OK:
			return op->expect == EXPECT_COMMIT ? check_commit(p, res) : check_count(p, op, res);
		case PGRES_TUPLES_OK:
			return op->expect == EXPECT_ANSWER ? check_answer(p, op, res) : check_count(p, op, res);
		case PGRES_PIPELINE_SYNC:
			return STATUS_OK;
		case PGRES_PIPELINE_ABORTED:
			return p->failed == STATUS_OK ? fail_connection(p) : p->failed;
		default:
			return fail_result(p, op, res);
	}
}

static void
pop_op(pipeline *p)
{
	if (p->ops[p->head].expect == EXPECT_ANSWER)
		p->batches--;
	p->head = (p->head + 1) % OUTSTANDING_MAX;
	p->count--;
	p->answered = false;
}

/* Takes the results that have arrived; the first failure is remembered. */
static status
take_results(pipeline *p)
{
	while (p->count > 0 && p->failed == STATUS_OK && !PQisBusy(p->conn))
	{
		PGresult *res = PQgetResult(p->conn);
		bool is_sync;

		if (res == NULL)
		{
			if (p->answered)
				pop_op(p);
			else if (PQstatus(p->conn) == CONNECTION_BAD)
				return fail_connection(p);
			continue;
		}
		is_sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		p->answers++;
		check_result(p, &p->ops[p->head], res);
		PQclear(res);
		p->answered = true;
		if (is_sync)
			pop_op(p);
	}
	return p->failed;
}

static status
read_results(pipeline *p)
{
	if (PQconsumeInput(p->conn) != 1)
	{
		/* a FATAL message that explains the end may be there */
		take_results(p);
		return p->failed != STATUS_OK ? p->failed : fail_connection(p);
	}
	return take_results(p);
}

/* Waits until the socket is readable (or writable, if there is something to send). */
static status
wait_socket(pipeline *p, bool want_write, int *waited_ms)
{
	struct pollfd fd = {.fd = PQsocket(p->conn),
	                    .events = (short) (POLLIN | (want_write ? POLLOUT : 0))};
	int ready = poll(&fd, 1, POLL_MS);

	if (ready < 0 && errno != EINTR)
		return fail_connection(p);
	if (ready == 0)
	{
		*waited_ms += POLL_MS;
		if (*waited_ms % REPORT_MS == 0)
			log_warning("waiting for PostgreSQL's answer to %s since %d s",
			            p->count > 0 ? p->ops[p->head].verb : "nothing", *waited_ms / 1000);
	}
	if (stop_requested() && *waited_ms >= STOP_PATIENCE_MS)
	{
		log_warning("PostgreSQL does not answer; stopping without it");
		p->failed = STATUS_STOPPED;
	}
	return p->failed;
}

/* Sends what libpq holds, reading results meanwhile; returns once the rest fits into the kernel. */
static status
flush(pipeline *p)
{
	int waited_ms = 0;

	p->unflushed = 0;
	p->unflushed_bytes = 0;
	while (p->failed == STATUS_OK)
	{
		int rc = PQflush(p->conn);

		if (rc < 0)
			return fail_connection(p);
		if (rc == 0)
			break;
		if (wait_socket(p, true, &waited_ms) == STATUS_OK)
			read_results(p);
	}
	return p->failed;
}

status
pipeline_poll(pipeline *p)
{
	if (flush(p) != STATUS_OK)
		return p->failed;
	/* also with nothing outstanding: a server that went away while all is quiet is seen only so */
	if (read_results(p) == STATUS_OK && PQstatus(p->conn) == CONNECTION_BAD)
		return fail_connection(p);
	return p->failed;
}

/* Waits until at most most statements are outstanding. */
static status
wait_outstanding(pipeline *p, unsigned most)
{
	int waited_ms = 0;

	if (p->failed == STATUS_OK && p->count > most && PQsendFlushRequest(p->conn) != 1)
		return fail_connection(p);
	if (flush(p) != STATUS_OK || take_results(p) != STATUS_OK)
		return p->failed;
	while (p->failed == STATUS_OK && p->count > most)
	{
		if (wait_socket(p, false, &waited_ms) == STATUS_OK)
			read_results(p);
	}
	return p->failed;
}

status
pipeline_wait(pipeline *p)
{
	return wait_outstanding(p, 0);
}

status
pipeline_ask(pipeline *p, const char *sql, int count, const char *const *params, const char *doing,
             PGresult **out)
{
	*out = NULL;
	if (pipeline_wait(p) != STATUS_OK)
		return p->failed;
	if (PQexitPipelineMode(p->conn) != 1)
		return fail_connection(p);
	p->failed = pg_ask_params(p->conn, sql, count, params, doing, 0, out);
	if (p->failed == STATUS_OK && PQenterPipelineMode(p->conn) != 1)
	{
		PQclear(*out);
		*out = NULL;
		fail_connection(p);
	}
	return p->failed;
}

status
pipeline_suspend(pipeline *p)
{
	if (pipeline_wait(p) == STATUS_OK &&
	    (PQexitPipelineMode(p->conn) != 1 || PQsetnonblocking(p->conn, 0) != 0))
		return fail_connection(p);
	return p->failed;
}

status
pipeline_resume(pipeline *p)
{
	if (p->failed == STATUS_OK &&
	    (PQsetnonblocking(p->conn, 1) != 0 || PQenterPipelineMode(p->conn) != 1))
		return fail_connection(p);
	return p->failed;
}

/* ---- sending ---- */

/* Room for one more statement. */
static status
reserve(pipeline *p)
{
	if (p->failed == STATUS_OK && p->count >= OUTSTANDING_MAX - 1)
		wait_outstanding(p, OUTSTANDING_MAX / 2);
	return p->failed;
}

/* Remembers what was sent; looks at the socket now and then. */
static status
push_op(pipeline *p, int sent, const pipeline_op *op)
{
	if (sent != 1)
		return fail_connection(p);
	p->ops[(p->head + p->count) % OUTSTANDING_MAX] = *op;
	p->count++;
	if (++p->unflushed >= FLUSH_EVERY || p->unflushed_bytes >= FLUSH_BYTES)
		return pipeline_poll(p);
	return STATUS_OK;
}

status
pipeline_send(pipeline *p, param_set *set, const char *statement, const pipeline_op *op)
{
	int sent;

	if (reserve(p) != STATUS_OK)
		return p->failed;
	if (set != NULL)
	{
		sent = param_send(set, statement);
		p->unflushed_bytes += param_bytes(set);
	}
	else
		sent = PQsendQueryPrepared(p->conn, statement, 0, NULL, NULL, NULL, 0);
	return push_op(p, sent, op);
}

status
pipeline_apply(pipeline *p, const char *batch, size_t len, const pipeline_op *op)
{
	const int length = (int) len;
	const int binary = 1;

	if (reserve(p) != STATUS_OK)
		return p->failed;
	p->batches++;
	if (push_op(p, PQsendQueryPrepared(p->conn, APPLY, 1, &batch, &length, &binary, 0), op) !=
	    STATUS_OK)
		return p->failed;
	if (PQsendFlushRequest(p->conn) != 1)
		return fail_connection(p);
	return flush(p);
}

status
pipeline_command(pipeline *p, const char *sql, const pipeline_op *op)
{
	if (reserve(p) != STATUS_OK)
		return p->failed;
	return push_op(p, PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0), op);
}

status
pipeline_prepare(pipeline *p, const char *name, const char *sql, int type_count, const Oid *types)
{
	pipeline_op op = {.verb = "PREPARE"};

	if (reserve(p) != STATUS_OK)
		return p->failed;
	return push_op(p, PQsendPrepare(p->conn, name, sql, type_count, types), &op);
}

status
pipeline_sync(pipeline *p)
{
	pipeline_op op = {.verb = "the end of a group"};

	if (reserve(p) != STATUS_OK)
		return p->failed;
	if (push_op(p, PQpipelineSync(p->conn), &op) != STATUS_OK)
		return p->failed;
	return flush(p);
}

status
pipeline_sign(pipeline *p)
{
	bool answered = p->count == 0 || p->answers > p->signed_at;

	p->signed_at = p->answers;
	if (answered)
	{
		p->silent = 0;
		return pipeline_sync(p);
	}
	if (++p->silent % SIGNS_TO_REPORT == 0)
		log_warning("PostgreSQL has not answered %s for %u signs of life", p->ops[p->head].verb,
		            p->silent);
	return pipeline_poll(p);
}
