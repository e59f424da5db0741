/*
 * apply/pipeline.h
 *	  libpq's pipeline mode: statements go out without waiting, results are checked as they come.
 *
 * What is outstanding is bounded, in statements and in bytes, and sending never blocks while results wait to be read.
 * After any failure the connection is of no more use: close it, its transaction was never committed.
 */
#ifndef MWMIRROR_APPLY_PIPELINE_H
#define MWMIRROR_APPLY_PIPELINE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/param.h"
#include "source/gtid.h"
#include "support/status.h"

#define PIPELINE_KEY_SIZE 72

typedef struct pipeline pipeline;

/* How many rows a statement must have changed. */
typedef enum pipeline_expect
{
	EXPECT_ANY,
	EXPECT_ONE,
	EXPECT_ANSWER, /* mwmirror.apply: its answer is between least and most */
	EXPECT_COMMIT  /* the transaction was committed: see pipeline_commits */
} pipeline_expect;

/* What a statement is for: checks its result and explains its failure. */
typedef struct pipeline_op
{
	const char *verb;  /* static: INSERT, UPDATE, COMMIT... */
	const char *table; /* lives as long as the pipeline; NULL if there is none */
	pipeline_expect expect;
	uint64_t least;
	uint64_t most;
	bool plain; /* INSERTs that could update a row that is there: see pipeline_met_duplicate */
	gtid id;    /* source transaction; sequence 0 if none */
	char wiki[32];
	char key[PIPELINE_KEY_SIZE]; /* cut if longer */
} pipeline_op;

/* Prepares what pipeline_apply needs; before pipeline mode. Errors as pg_prepare. */
status pipeline_prepare_apply(PGconn *conn);

/* Enters pipeline mode on an idle connection, which the pipeline does not own. NULL on failure (logged). */
pipeline *pipeline_create(PGconn *conn);

void pipeline_destroy(pipeline *p);

/* Sends a prepared statement with the parameters in set (NULL: none). *op is copied. */
status pipeline_send(pipeline *p, param_set *set, const char *statement, const pipeline_op *op);

/*
 * Sends a batch of row changes (wire/batch.h) to mwmirror.apply, in parts if the kernel takes no more, and has it answered at
 * once. An error is logged with the change that it is about.
 */
status pipeline_apply(pipeline *p, const char *batch, size_t len, const pipeline_op *op);

/* True if no batch is without an answer: as far as is known the server has nothing to do. */
bool pipeline_rests(const pipeline *p);

/* Sends a command without parameters. */
status pipeline_command(pipeline *p, const char *sql, const pipeline_op *op);

/* Prepares a statement; its SQL must outlive the call only. */
status pipeline_prepare(pipeline *p, const char *name, const char *sql, int type_count,
                        const Oid *types);

/* Ends a unit of work: the server answers all of it at once. Does not wait. */
status pipeline_sync(pipeline *p);

/* Shows the server that this program lives, also if there is nothing to do: see lock.h. Does not wait. */
status pipeline_sign(pipeline *p);

/* Hands everything to the kernel and takes the results that are there. Never waits. STATUS_RETRY: the link is lost. */
status pipeline_poll(pipeline *p);

/* Waits until everything sent so far is answered. STATUS_STOPPED: a stop was asked for and no answer came for 3 s. */
status pipeline_wait(pipeline *p);

/*
 * Asks one statement with text parameters outside of pipeline mode, after everything sent so far is answered; waits for as
 * long as it takes. *out, for PQclear, is whatever the server answers; NULL if there is none: STATUS_RETRY, STATUS_STOPPED (logged).
 */
status pipeline_ask(pipeline *p, const char *sql, int count, const char *const *params,
                    const char *doing, PGresult **out);

/*
 * Waits as pipeline_wait and leaves pipeline mode: until pipeline_resume the connection is the caller's, and blocks. Neither is called twice.
 */
status pipeline_suspend(pipeline *p);
status pipeline_resume(pipeline *p);

/* True if an INSERT marked plain failed because its row is there: STATUS_RETRY, as an update it can succeed. */
bool pipeline_met_duplicate(const pipeline *p);

/* Transactions that the server says are committed. */
uint64_t pipeline_commits(const pipeline *p);

/* True if a statement failed because what is copied is not what was expected (copy_watch.h): STATUS_RETRY. */
bool pipeline_is_outdated(const pipeline *p);

/* Statements without an answer yet. */
unsigned pipeline_outstanding(const pipeline *p);

#endif
