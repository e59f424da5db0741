#define _GNU_SOURCE
/*
 * support/log.c
 *	  Log lines on stderr, as text or as one JSON object a line.
 *
 *	 2026-11-23T04:51:46.123Z INFO  follow: message; hint: what to do gtid=0-1-5 lsn=0/16B3748
 *	 {"time": "...", "level": "info", "component": "follow", "message": "...", "hint": "...",
 *	  "gtid": "0-1-5", "lsn": "0/16B3748"}
 *
 * A line is one write(2), so lines of several threads and processes on one descriptor stay whole.
 */
#include "support/log.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_MESSAGE_SIZE 4096
#define LOG_GTID_SIZE 64

static log_level log_least = LOG_LEVEL_INFO;
static bool log_as_json = false;
static const char *log_component = "mwmirror";

static _Thread_local char log_gtid[LOG_GTID_SIZE];
static _Thread_local uint64_t log_lsn;

static const char *const log_level_names[] = {"debug", "info", "warning", "error"};
static const char *const log_level_labels[] = {"DEBUG", "INFO ", "WARN ", "ERROR"};

void
log_configure(log_level least, bool json)
{
	log_least = least;
	log_as_json = json;
}

bool
log_level_parse(const char *name, log_level *out)
{
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_ERROR; i++)
	{
		if (strcmp(name, log_level_names[i]) == 0)
		{
			*out = (log_level) i;
			return true;
		}
	}
	return false;
}

void
log_set_component(const char *component)
{
	log_component = component;
}

void
log_set_gtid(const char *gtid)
{
	snprintf(log_gtid, sizeof(log_gtid), "%s", gtid != NULL ? gtid : "");
}

void
log_set_lsn(uint64_t lsn)
{
	log_lsn = lsn;
}

/* Makes one line of text: control characters become blanks, trailing ones go. */
static void
log_flatten(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (unsigned char) text[len - 1] <= ' ')
		text[--len] = '\0';
	for (size_t i = 0; i < len; i++)
	{
		if ((unsigned char) text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	}
}

static void
log_format_time(char *out, size_t size)
{
	struct timespec now;
	struct tm utc;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + len, size - len, ".%03dZ", (int) (now.tv_nsec / 1000000));
}

/* jansson takes valid UTF-8 only: text that is not becomes ASCII with question marks. */
static json_t *
log_json_string(const char *text)
{
	json_t *result = json_string(text);

	if (result == NULL)
	{
		char *copy = strdup(text);

		for (char *p = copy; p != NULL && *p != '\0'; p++)
		{
			if ((unsigned char) *p >= 0x80)
				*p = '?';
		}
		result = copy != NULL ? json_string(copy) : NULL;
		free(copy);
	}
	return result;
}

/* Returns the line as JSON with its newline, malloc'd; NULL without memory. */
static char *
log_format_json(const char *time_text, log_level level, const char *message, const char *hint,
                const char *lsn)
{
	json_t *line = json_object();
	char *dumped;
	char *result = NULL;

	json_object_set_new(line, "time", json_string(time_text));
	json_object_set_new(line, "level", json_string(log_level_names[level]));
	json_object_set_new(line, "component", json_string(log_component));
	json_object_set_new(line, "message", log_json_string(message));
	if (hint != NULL)
		json_object_set_new(line, "hint", log_json_string(hint));
	if (log_gtid[0] != '\0')
		json_object_set_new(line, "gtid", log_json_string(log_gtid));
	if (lsn[0] != '\0')
		json_object_set_new(line, "lsn", json_string(lsn));
	dumped = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	if (dumped != NULL && asprintf(&result, "%s\n", dumped) < 0)
		result = NULL;
	free(dumped);
	return result;
}

static char *
log_format_text(const char *time_text, log_level level, const char *message, const char *hint,
                const char *lsn)
{
	char *result = NULL;

	if (asprintf(&result, "%s %s %s: %s%s%s%s%s%s%s\n", time_text, log_level_labels[level],
	             log_component, message, hint != NULL ? "; hint: " : "", hint != NULL ? hint : "",
	             log_gtid[0] != '\0' ? " gtid=" : "", log_gtid, lsn[0] != '\0' ? " lsn=" : "",
	             lsn) < 0)
		return NULL;
	return result;
}

static void
log_write_line(log_level level, const char *hint, const char *format, va_list args)
{
	int saved_errno = errno;
	char message[LOG_MESSAGE_SIZE];
	char hint_text[LOG_MESSAGE_SIZE];
	char time_text[40];
	char lsn[24] = "";
	char *line;

	vsnprintf(message, sizeof(message), format, args);
	log_flatten(message);
	if (hint != NULL)
	{
		snprintf(hint_text, sizeof(hint_text), "%s", hint);
		log_flatten(hint_text);
	}
	log_format_time(time_text, sizeof(time_text));
	if (log_lsn != 0)
		snprintf(lsn, sizeof(lsn), "%X/%X", (unsigned) (log_lsn >> 32), (unsigned) log_lsn);

	line = (log_as_json ? log_format_json : log_format_text)(time_text, level, message,
	                                                         hint != NULL ? hint_text : NULL, lsn);
	if (line != NULL)
	{
		ssize_t written = write(STDERR_FILENO, line, strlen(line));

		(void) written; /* a log that cannot be written is no reason to stop */
		free(line);
	}
	errno = saved_errno;
}

void
log_write(log_level level, const char *format, ...)
{
	va_list args;

	if (level < log_least)
		return;
	va_start(args, format);
	log_write_line(level, NULL, format, args);
	va_end(args);
}

void
log_write_hint(log_level level, const char *hint, const char *format, ...)
{
	va_list args;

	if (level < log_least)
		return;
	va_start(args, format);
	log_write_line(level, hint, format, args);
	va_end(args);
}
