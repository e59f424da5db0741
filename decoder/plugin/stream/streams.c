/*
 * plugin/stream/streams.c
 *	  The table of streams.
 */
#include "plugin/stream/streams.h"

/* clang-format off */
const stream *const streams[] = {
	&page_change_stream,
	&page_change_private_stream,
	&user_change_stream,
	&revision_create_stream,
	&page_create_stream,
	&page_delete_stream,
	&page_suppress_stream,
	&page_undelete_stream,
	&page_move_stream,
	&page_properties_change_stream,
	&page_links_change_stream,
	&page_restrictions_change_stream,
	&revision_visibility_change_stream,
	&revision_tags_change_stream,
	&user_blocks_change_stream,
	&resource_change_stream,
	&resource_purge_stream,
	&recentchange_stream,
	&file_change_stream,
	&wiki_change_stream,
	&page_content_change_stream,
	&page_content_change_private_stream,
	&page_state_stream,
	&page_state_private_stream,
};
/* clang-format on */

const int stream_count = lengthof(streams);
