/*
 * plugin/stream/log_params.h
 *	  Parameters of log entries as JSON.
 */
#ifndef MWMIRROR_STREAM_LOG_PARAMS_H
#define MWMIRROR_STREAM_LOG_PARAMS_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * log_params_put
 *	 Writes the member log_params of what MediaWiki has in rc_params and log_params, valid UTF-8: a serialized PHP array, or lines
 *	 in old entries. Nothing, and returns false, if there are none, or they are no array of plain values, or beyond the limits.
 *	 Allocates in the current memory.
 */
extern bool log_params_put(StringInfo out, const char *params);

#endif
