/*
 * cli/topics.c
 *	  mwmirror topics: makes or checks the Kafka topics.
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/postgres.h"
#include "relay/streams.h"
#include "relay/topics.h"

static status
run(const cli_call *call)
{
	const config *c = call->config;
	stream_list streams = {0};
	PGconn *conn = NULL;
	status s = postgres_connect(c->relay_conninfo, "relay.conninfo", &conn);

	if (s != STATUS_OK)
		return s;
	s = streams_read(conn, &streams);
	PQfinish(conn);
	if (cli_option_given(call, "all"))
		streams.count = streams.known;
	if (s == STATUS_OK)
		s = topics_ensure(c, &streams, cli_option_given(call, "dry-run"), stdout);
	streams_free(&streams);
	return s;
}

static const cli_option options[] = {
    {"dry-run", NULL, "only tell what is missing or wrong"},
    {"all", NULL, "topics of streams that are off, too"},
    {NULL, NULL, NULL},
};

const cli_verb cli_topics = {
    .name = "topics",
    .summary = "make the Kafka topics, or check those that are there",
    .description =
        "Makes the position topic (one partition, compacted) and the topic of every stream that "
        "is on in\n"
        "PostgreSQL (SELECT * FROM mwmirror.streams(); max.message.bytes = "
        "kafka.max_message_bytes,\n"
        "compression.type = producer). A topic that exists is left alone: what differs is told, "
        "and the exit code\n"
        "is 1 if that would lose, reorder or refuse events.",
    .operands = "",
    .options = options,
    .sections = "relay kafka",
    .run = run,
};
