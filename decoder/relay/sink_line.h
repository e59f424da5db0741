/*
 * relay/sink_line.h
 *	  An event as one line of text, for the sinks stdout and file.
 *
 * Keys and values are JSON already and hold no newline, so an envelope puts them in as they are:
 *
 *	 {"topic":"...","key":...,"timestamp":1763871234000,
 *	  "headers":{"source":"main","gtid":"0-1-1","lsn":"0/1","ordinal":1,"last":true},"value":...}
 */
#ifndef MWMIRROR_RELAY_SINK_LINE_H
#define MWMIRROR_RELAY_SINK_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "relay/sink.h"

/* Writes the line; adds its bytes to *bytes. False: writing failed, errno says why. */
bool sink_line_write(FILE *out, sink_format format, const sink_event *e, uint64_t *bytes);

#endif
