/*
 * apply/pipeline.c
 *	  libpq's pipeline mode; see pipeline.h.
 */
#include "apply/pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include "apply/pipeline_result.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define OUTSTANDING_MAX 4096 /* statements; a power of two */
#define FLUSH_EVERY 64       /* statements between two looks at the socket */
#define FLUSH_BYTES                                                                                \
	((size_t) 256 << 10) /* of their parameters: libpq keeps what the kernel does not take */
#define STOP_PATIENCE_MS 3000
#define POLL_MS 250
#define REPORT_MS 60000
#define SIGNS_TO_REPORT 12
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
	uint64_t results;       /* that came */
	pipeline_answers said;
	uint64_t signed_at; /* results at the last sign of life */
	unsigned silent;    /* signs without any answer in between */
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
	p->said.conn = conn;
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
	return p->said.duplicate;
}

bool
pipeline_is_outdated(const pipeline *p)
{
	return p->said.outdated;
}

unsigned
pipeline_outstanding(const pipeline *p)
{
	return p->count;
}

uint64_t
pipeline_commits(const pipeline *p)
{
	return p->said.commits;
}

bool
pipeline_rests(const pipeline *p)
{
	return p->batches == 0;
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
	while (p->count > 0 && p->said.failed == STATUS_OK && !PQisBusy(p->conn))
	{
		PGresult *res = PQgetResult(p->conn);
		bool is_sync;

		if (res == NULL)
		{
			if (p->answered)
				pop_op(p);
			else if (PQstatus(p->conn) == CONNECTION_BAD)
				return pipeline_fail_connection(&p->said);
			continue;
		}
		is_sync = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		p->results++;
		pipeline_check_result(&p->said, &p->ops[p->head], res);
		PQclear(res);
		p->answered = true;
		if (is_sync)
			pop_op(p);
	}
	return p->said.failed;
}

static status
read_results(pipeline *p)
{
	if (PQconsumeInput(p->conn) != 1)
	{
		/* a FATAL message that explains the end may be there */
		take_results(p);
		return p->said.failed != STATUS_OK ? p->said.failed : pipeline_fail_connection(&p->said);
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
		return pipeline_fail_connection(&p->said);
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
		p->said.failed = STATUS_STOPPED;
	}
	return p->said.failed;
}

/* Sends what libpq holds, reading results meanwhile; returns once the rest fits into the kernel. */
static status
flush(pipeline *p)
{
	int waited_ms = 0;

	p->unflushed = 0;
	p->unflushed_bytes = 0;
	while (p->said.failed == STATUS_OK)
	{
		int rc = PQflush(p->conn);

		if (rc < 0)
			return pipeline_fail_connection(&p->said);
		if (rc == 0)
			break;
		if (wait_socket(p, true, &waited_ms) == STATUS_OK)
			read_results(p);
	}
	return p->said.failed;
}

status
pipeline_poll(pipeline *p)
{
	if (flush(p) != STATUS_OK)
		return p->said.failed;
	/* also with nothing outstanding: a server that went away while all is quiet is seen only so */
	if (read_results(p) == STATUS_OK && PQstatus(p->conn) == CONNECTION_BAD)
		return pipeline_fail_connection(&p->said);
	return p->said.failed;
}

/* Waits until at most most statements are outstanding. */
static status
wait_outstanding(pipeline *p, unsigned most)
{
	int waited_ms = 0;

	if (p->said.failed == STATUS_OK && p->count > most && PQsendFlushRequest(p->conn) != 1)
		return pipeline_fail_connection(&p->said);
	if (flush(p) != STATUS_OK || take_results(p) != STATUS_OK)
		return p->said.failed;
	while (p->said.failed == STATUS_OK && p->count > most)
	{
		if (wait_socket(p, false, &waited_ms) == STATUS_OK)
			read_results(p);
	}
	return p->said.failed;
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
		return p->said.failed;
	if (PQexitPipelineMode(p->conn) != 1)
		return pipeline_fail_connection(&p->said);
	p->said.failed = pg_ask_params(p->conn, sql, count, params, doing, 0, out);
	if (p->said.failed == STATUS_OK && PQenterPipelineMode(p->conn) != 1)
	{
		PQclear(*out);
		*out = NULL;
		pipeline_fail_connection(&p->said);
	}
	return p->said.failed;
}

status
pipeline_suspend(pipeline *p)
{
	if (pipeline_wait(p) == STATUS_OK &&
	    (PQexitPipelineMode(p->conn) != 1 || PQsetnonblocking(p->conn, 0) != 0))
		return pipeline_fail_connection(&p->said);
	return p->said.failed;
}

status
pipeline_resume(pipeline *p)
{
	if (p->said.failed == STATUS_OK &&
	    (PQsetnonblocking(p->conn, 1) != 0 || PQenterPipelineMode(p->conn) != 1))
		return pipeline_fail_connection(&p->said);
	return p->said.failed;
}

/* ---- sending ---- */

/* Room for one more statement. */
static status
reserve(pipeline *p)
{
	if (p->said.failed == STATUS_OK && p->count >= OUTSTANDING_MAX - 1)
		wait_outstanding(p, OUTSTANDING_MAX / 2);
	return p->said.failed;
}

/* Remembers what was sent; looks at the socket now and then. */
static status
push_op(pipeline *p, int sent, const pipeline_op *op)
{
	if (sent != 1)
		return pipeline_fail_connection(&p->said);
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
		return p->said.failed;
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
		return p->said.failed;
	p->batches++;
	if (push_op(p, PQsendQueryPrepared(p->conn, APPLY, 1, &batch, &length, &binary, 0), op) !=
	    STATUS_OK)
		return p->said.failed;
	if (PQsendFlushRequest(p->conn) != 1)
		return pipeline_fail_connection(&p->said);
	return flush(p);
}

status
pipeline_command(pipeline *p, const char *sql, const pipeline_op *op)
{
	if (reserve(p) != STATUS_OK)
		return p->said.failed;
	return push_op(p, PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0), op);
}

status
pipeline_prepare(pipeline *p, const char *name, const char *sql, int type_count, const Oid *types)
{
	pipeline_op op = {.verb = "PREPARE"};

	if (reserve(p) != STATUS_OK)
		return p->said.failed;
	return push_op(p, PQsendPrepare(p->conn, name, sql, type_count, types), &op);
}

status
pipeline_sync(pipeline *p)
{
	pipeline_op op = {.verb = "the end of a group"};

	if (reserve(p) != STATUS_OK)
		return p->said.failed;
	if (push_op(p, PQpipelineSync(p->conn), &op) != STATUS_OK)
		return p->said.failed;
	return flush(p);
}

status
pipeline_sign(pipeline *p)
{
	bool answered = p->count == 0 || p->results > p->signed_at;

	p->signed_at = p->results;
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
