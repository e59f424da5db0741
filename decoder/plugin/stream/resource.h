/*
 * plugin/stream/resource.h
 *	  What the streams with the schema resource_change 1.0.0 share: what an event is about is its meta.uri.
 */
#ifndef MWMIRROR_STREAM_RESOURCE_H
#define MWMIRROR_STREAM_RESOURCE_H

#include "plugin/core/json.h"

#define RESOURCE_SCHEMA "/resource_change/1.0.0"

/* Writes the one tag that says what happened: all members but $schema and meta. */
static inline void
resource_put_tag(StringInfo out, const char *tag)
{
	json_key(out, "tags");
	json_begin_array(out);
	json_element_string(out, tag);
	json_end_array(out);
}

#endif
