/*
 * plugin/stream/parity.h
 *	  Which changes EventBus of a MediaWiki version tells of, as what, and in which schema.
 */
#ifndef MWMIRROR_STREAM_PARITY_H
#define MWMIRROR_STREAM_PARITY_H

#include "plugin/aggregate/block.h"
#include "plugin/aggregate/page.h"

/* On mediawiki.page_change: sets *kind to what the event is called in the session's mode; false: it is not sent. */
extern bool parity_find_kind(const session *s, const page_event *e, page_event_kind *kind);

/* The schema of mediawiki.page_change: what was asked for, or the mode's; never SCHEMA_OF_MODE. And its $schema. */
extern page_change_schema parity_find_page_change_schema(const session *s);
extern const char *parity_choose_page_change_schema(const session *s);

/* On mediawiki.user-blocks-change: true if such an event is sent. */
extern bool parity_tells_block(const session *s, block_event_kind kind);

/* On mediawiki.user_change: true if such a change is sent; is_logged: EventBus is told of it, by the log row or a hook beside it. */
extern bool parity_tells_user(const session *s, bool is_logged);

#endif
