/*
 * relay/sink_stdout.c
 *	  The sink that prints. At least once: only the slot remembers what was printed.
 */
#include "relay/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/sink_line.h"
#include "support/log.h"

#define BUFFER_SIZE (256 * 1024)

typedef struct sink_stdout
{
	sink base;
	sink_format format;
} sink_stdout;

static status
refuse_output(void)
{
	log_error_hint(
	    "the slot keeps what was not written; start again where the output can be written.",
	    "cannot write to standard output: %s", strerror(errno));
	return STATUS_SINK;
}

static status
stdout_open(sink *s, relay_position *stored)
{
	(void) s;
	memset(stored, 0, sizeof(*stored));
	setvbuf(stdout, NULL, _IOFBF, BUFFER_SIZE);
	return STATUS_OK;
}

static status
stdout_begin(sink *s)
{
	(void) s;
	return STATUS_OK;
}

static status
stdout_event(sink *s, const sink_event *e)
{
	uint64_t ignored = 0;

	if (!sink_line_write(stdout, ((sink_stdout *) s)->format, e, &ignored))
		return refuse_output();
	return STATUS_OK;
}

static status
stdout_commit(sink *s, const relay_position *p)
{
	(void) s;
	(void) p;
	return fflush(stdout) == 0 ? STATUS_OK : refuse_output();
}

static void
stdout_destroy(sink *s)
{
	free(s);
}

sink *
sink_stdout_create(sink_format format)
{
	sink_stdout *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->base.open = stdout_open;
	s->base.begin = stdout_begin;
	s->base.event = stdout_event;
	s->base.commit = stdout_commit;
	s->base.destroy = stdout_destroy;
	s->format = format;
	return &s->base;
}
