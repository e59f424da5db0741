/*
 * cli/progress.h
 *	  How far requests and copies are: a bar on a terminal, log lines elsewhere.
 */
#ifndef MWMIRROR_CLI_PROGRESS_H
#define MWMIRROR_CLI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct progress
{
	bool is_terminal; /* of standard error */
	bool shown;       /* there is a bar that is not ended by a newline */
	int64_t begun_ms;
	int64_t begun_rows; /* -1: not known yet */
	int64_t told_ms;    /* the last log line */
} progress;

/* What is shown. */
typedef struct progress_facts
{
	int64_t rows;  /* looked at so far */
	int64_t total; /* about so many; -1: not known */
	int64_t told;  /* of rows, those that are told */
	double per_second;
	int64_t seconds_left; /* -1: not known */
	bool over;            /* all is written, and not all published */
} progress_facts;

progress progress_begin(void);

/* Shows where the requests are, an array as requests_read gives. */
void progress_show(progress *p, const json_t *requests);

/* Shows facts of anything else; after follows the line, "" for nothing. */
void progress_tell(progress *p, const progress_facts *f, const char *after);

/* Ends the bar. */
void progress_end(progress *p);

/* Sums requests up, seen ms milliseconds after there were begun_rows rows. Pure. */
progress_facts progress_sum(const json_t *requests, int64_t ms, int64_t begun_rows);

/* Writes the line into out, of size bytes. Pure. */
void progress_format(const progress_facts *f, bool with_bar, char *out, size_t size);

#endif
