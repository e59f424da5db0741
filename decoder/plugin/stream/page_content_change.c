/*
 * plugin/stream/page_content_change.c
 *	  Stream mediawiki.page_content_change.v1, and mediawiki.page_content_change.private.v1 of private wikis: page_change with what is in the slots.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/page.h"
#include "plugin/aggregate/restore.h"
#include "plugin/aggregate/told.h"
#include "plugin/aggregate/visibility.h"
#include "plugin/entity/tables.h"
#include "plugin/stream/page_change.h"
#include "plugin/stream/parity.h"

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	page_change_put(s, e, out, uri, true);
}

static const mirror_table own_tables[] = {TABLE_CONTENT_BODY, 0};

const stream page_content_change_stream = {
    .name = "mediawiki.page_content_change.v1",
    .schema = "/mediawiki/page/change/1.2.0",
    .choose_schema = parity_choose_page_change_schema,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &visibility_aggregate, &restore_aggregate, &told_aggregate},
    .own_tables = own_tables,
    .accepts = page_change_accepts,
    .put_key = page_change_put_key,
    .put_body = put_body,
};

const stream page_content_change_private_stream = {
    .name = "mediawiki.page_content_change.private.v1",
    .schema = "/mediawiki/page/change/1.2.0",
    .choose_schema = parity_choose_page_change_schema,
    .is_private = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&page_aggregate, &visibility_aggregate, &restore_aggregate, &told_aggregate},
    .own_tables = own_tables,
    .accepts = page_change_accepts,
    .put_key = page_change_put_key,
    .put_body = put_body,
};
