/*
 * plugin/stream/message.h
 *	  A stream's message of an event: key, and value with what all values have in common: $schema and meta.
 */
#ifndef MWMIRROR_STREAM_MESSAGE_H
#define MWMIRROR_STREAM_MESSAGE_H

#include "plugin/core/registry.h"

#define MESSAGE_URI_MOST 8192 /* bytes of meta.uri in fragment/common */

/*
 * Appends key and value, of the stream by its number in streams; no value is a tombstone. number: of the event on it, see
 * core/identity.h.
 */
extern void message_render(session *s, int stream_number, const event *e, uint32 number,
                           StringInfo key, StringInfo value);

/* Appends the member meta. uri: NULL if there is none. number: as above. */
extern void message_put_meta(session *s, const char *stream_name, const struct wiki *w,
                             const char *uri, uint32 number, StringInfo out);

#endif
