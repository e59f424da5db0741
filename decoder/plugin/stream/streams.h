/*
 * plugin/stream/streams.h
 *	  The streams, one in each file of that name.
 */
#ifndef MWMIRROR_STREAM_STREAMS_H
#define MWMIRROR_STREAM_STREAMS_H

#include "plugin/core/registry.h"

#define STREAM_WEEK_MS "604800000" /* retention.ms */
#define STREAM_DAY_MS "86400000" /* max.compaction.lag.ms: what was hidden since is gone by then */

extern const stream page_change_stream;
extern const stream page_change_private_stream;
extern const stream page_content_change_stream;
extern const stream page_content_change_private_stream;
extern const stream page_state_stream;
extern const stream page_state_private_stream;
extern const stream user_change_stream;
extern const stream revision_create_stream;
extern const stream page_create_stream;
extern const stream page_delete_stream;
extern const stream page_suppress_stream;
extern const stream page_undelete_stream;
extern const stream page_move_stream;
extern const stream revision_visibility_change_stream;
extern const stream revision_tags_change_stream;
extern const stream user_blocks_change_stream;
extern const stream resource_change_stream;
extern const stream resource_purge_stream;
extern const stream recentchange_stream;
extern const stream file_change_stream;
extern const stream wiki_change_stream;
extern const stream page_properties_change_stream;
extern const stream page_links_change_stream;
extern const stream page_restrictions_change_stream;

#endif
