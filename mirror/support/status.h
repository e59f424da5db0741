/*
 * support/status.h
 *	  What a function below main answers, and the exit code it becomes.
 *
 * A function that fails logs once, where the cause is known, and returns a
 * status other than STATUS_OK; its callers pass that up without logging again.
 */
#ifndef MWMIRROR_SUPPORT_STATUS_H
#define MWMIRROR_SUPPORT_STATUS_H

/* The numbers are the documented exit codes of every verb. */
typedef enum status
{
	STATUS_OK = 0,
	STATUS_FAILED = 1,   /* a check answered no (status, check-config, topics) */
	STATUS_USAGE = 2,    /* wrong arguments */
	STATUS_CONFIG = 3,   /* configuration file or environment is wrong */
	STATUS_SOURCE = 4,   /* MariaDB refuses, or is not set up as needed */
	STATUS_TARGET = 5,   /* PostgreSQL refuses, or is not set up as needed */
	STATUS_SINK = 6,     /* Kafka or another sink refuses */
	STATUS_DATA = 7,     /* the binlog holds something not understood */
	STATUS_FENCED = 8,   /* another instance does this work */
	STATUS_MEMORY = 9,   /* out of memory */
	STATUS_STOPPED = 10, /* asked to stop; main turns it into exit code 0 */
	STATUS_RETRY = 75,   /* a connection was lost: the same call may work later */
	STATUS_BUG = 70      /* an impossible state; please report it */
} status;

/* All of them but STATUS_STOPPED, with what they mean, ended by an entry whose text is NULL. */
typedef struct status_text
{
	status code;
	const char *text;
} status_text;

extern const status_text status_texts[];

#endif
