/*
 * support/log.h
 *	  Log lines on stderr, as text or as one JSON object a line.
 *
 * Every line carries the GTID and LSN that the calling thread last set, so
 * that a message says where in the stream it happened.
 */
#ifndef MWMIRROR_SUPPORT_LOG_H
#define MWMIRROR_SUPPORT_LOG_H

#include <stdbool.h>
#include <stdint.h>

typedef enum log_level
{
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
} log_level;

/* Sets the least level that is written, and whether lines are JSON. */
void log_configure(log_level least, bool json);

/* Reads debug, info, warning or error; false if name is anything else. */
bool log_level_parse(const char *name, log_level *out);

/* Names the part of the program that speaks ("follow", "relay"); a static string. */
void log_set_component(const char *component);

/* Remembers where the calling thread is; NULL and 0 forget. The GTID is copied. */
void log_set_gtid(const char *gtid);
void log_set_lsn(uint64_t lsn);

/* Writes one line; never fails, keeps errno. No newline at the end of format. */
void log_write(log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like log_write, with a second sentence that tells the operator what to do. */
void log_write_hint(log_level level, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
/* log_error_hint(hint, format, ...): an error and its remedy. */
#define log_error_hint(...) log_write_hint(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
