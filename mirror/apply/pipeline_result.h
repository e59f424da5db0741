/*
 * apply/pipeline_result.h
 *	  What the answer to a pipelined statement says; see pipeline.h.
 */
#ifndef MWMIRROR_APPLY_PIPELINE_RESULT_H
#define MWMIRROR_APPLY_PIPELINE_RESULT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/pipeline.h"
#include "support/status.h"

/* What the answers so far have said. */
typedef struct pipeline_answers
{
	PGconn *conn;
	status failed;  /* the first failure; then nothing goes on */
	bool duplicate; /* it was an INSERT of a row that is there and could be updated */
	bool outdated;  /* it was mwmirror.copy_expect */
	uint64_t commits;
} pipeline_answers;

/* Compares a result with what its statement expects. A failure is logged, and remembered. */
status pipeline_check_result(pipeline_answers *a, const pipeline_op *op, const PGresult *res);

/* Remembers, and logs, that the connection is lost: STATUS_RETRY. */
status pipeline_fail_connection(pipeline_answers *a);

#endif
