/*
 * snapshot/worker.h
 *	  A thread that copies: it takes tasks of the job until there are none, and tries again what failed for now.
 */
#ifndef MWMIRROR_SNAPSHOT_WORKER_H
#define MWMIRROR_SNAPSHOT_WORKER_H

#include <pthread.h>
#include "snapshot/job.h"
#include "snapshot/session.h"
#include "snapshot/table.h"
#include "support/clock.h"

typedef struct worker
{
	job *job;
	session session;
	table_copy table;
	patience waited; /* for the end of a wiki */
	pthread_t thread;
} worker;

/* number: as session_init. STATUS_FAILED if there is no thread (logged). */
status worker_start(worker *w, job *j, unsigned number);

/* Makes it end soon; after a stop was asked for. */
void worker_interrupt(worker *w);

/* Waits for its end. */
void worker_join(worker *w);

#endif
