/*
 * source/mariadb_error.h
 *	  What an error of MariaDB or of libmariadb means for a program that wants to go on. Pure.
 */
#ifndef MWMIRROR_SOURCE_MARIADB_ERROR_H
#define MWMIRROR_SOURCE_MARIADB_ERROR_H

#include "support/status.h"

typedef enum mariadb_answer
{
	MARIADB_RETRY,     /* passes: this host or another may answer later */
	MARIADB_NEXT_HOST, /* this host will not do before somebody changes something; another may */
	MARIADB_REFUSE     /* no host will do */
} mariadb_answer;

/* A line of the table. */
typedef struct mariadb_error
{
	unsigned code;
	mariadb_answer answer;
	const char *meaning;
	const char *hint; /* what to do; NULL if waiting is all, or the message says it */
} mariadb_error;

/* All that have an answer of their own, in the order of their codes, ended by code 0. */
extern const mariadb_error mariadb_errors[];

/* What a server says with ER_MASTER_FATAL_ERROR_READING_BINLOG, by a part of its text, which no server translates. */
typedef struct mariadb_binlog_error
{
	const char *text;
	mariadb_error error;
} mariadb_binlog_error;

/* Ended by text NULL. */
extern const mariadb_binlog_error mariadb_binlog_errors[];

/* Returns the line of an error and its text: that of mariadb_binlog_errors if it is there, else mariadb_error_find. */
const mariadb_error *mariadb_error_explain(unsigned code, const char *text);

/* Returns the error's line; the table's end, which says MARIADB_NEXT_HOST, for all others. */
const mariadb_error *mariadb_error_find(unsigned code);

/* Its answer as a status: STATUS_RETRY, STATUS_SOURCE if another host may do, STATUS_MEMORY or STATUS_BUG. */
status mariadb_error_answer(const mariadb_error *e);

/* The same of the error's line in mariadb_errors. */
status mariadb_error_judge(unsigned code);

#endif
