/*
 * snapshot/job.h
 *	  What the workers of one mwmirror snapshot have to do, and who does what.
 *
 * Between programs it is the dispenser that parts the work (dispenser.h); this spreads workers over tables, keeps tables in order that need it, and
 * knows when all is done.
 */
#ifndef MWMIRROR_SNAPSHOT_JOB_H
#define MWMIRROR_SNAPSHOT_JOB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/wiki.h"
#include "snapshot/plans.h"
#include "snapshot/session.h"
#include "support/status.h"

#define JOB_CONTENTS "content" /* the source table whose rows name contents */

/* A source table that is to be copied. */
typedef struct job_table
{
	char *name;
	bool over;
	bool drained;          /* others have what is left; who reads something of it may be the last */
	unsigned workers;      /* that are at it */
	int64_t due_ms;        /* not to be looked at before, on clock_ms */
	_Atomic uint64_t rows; /* of its next chunk */
	size_t *after;         /* indexes of tables of the wiki that must be over first */
	size_t after_count;
} job_table;

typedef enum job_state
{
	JOB_NEW,
	JOB_BEGINNING,
	JOB_TABLES,
	JOB_ENDING,
	JOB_OVER
} job_state;

typedef struct job_wiki
{
	const wiki *w;
	job_state state;
	char *gtid; /* at which its copy began */
	job_table *tables;
	size_t table_count;
} job_wiki;

typedef struct job
{
	const config *config;
	plans plans;
	job_wiki *wikis;
	size_t wiki_count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	status result; /* the first failure */
	size_t failed; /* wikis */
} job;

typedef enum job_kind
{
	JOB_BEGIN, /* of a wiki */
	JOB_COPY,  /* a table, until there is nothing left of it */
	JOB_END    /* of a wiki */
} job_kind;

typedef struct job_task
{
	job_kind kind;
	job_wiki *wiki;
	job_table *table;
} job_task;

void job_init(job *j, const config *c);

void job_free(job *j);

/* Waits until there is something to do; false: there is nothing any more, or a stop was asked for. */
bool job_take(job *j, job_task *out);

/* The task is to be taken again, by anybody, not before so many milliseconds. */
void job_put_back(job *j, const job_task *t, int wait_ms);

/* After JOB_BEGIN: reads from copy_table which tables there are. STATUS_MEMORY; errors as pg_execute. The task is over then. */
status job_begun(job *j, const job_task *t, session *s);

/* After JOB_COPY: the table is over, or (drained) others have what is left. */
void job_copied(job *j, const job_task *t, bool over);

/* After JOB_END: the wiki is over. */
void job_ended(job *j, const job_task *t);

/* The wiki of the task failed: nothing more of it is done, and others go on. STATUS_STOPPED and STATUS_MEMORY end everything. */
void job_fail(job *j, const job_task *t, status result);

/* True if nothing is to be done any more; waits so many milliseconds for that. */
bool job_is_over(job *j, int wait_ms);

/* False if the task is to be left: everybody is to end, or its wiki has failed. */
bool job_goes_on(job *j, const job_task *t);

#endif
