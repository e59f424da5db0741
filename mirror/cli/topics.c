/*
 * cli/topics.c
 *	  mwmirror topics: makes or checks the Kafka topics.
 */
#include "cli/cli.h"

#include <stdio.h>

#include "relay/topics.h"

static status
run(const cli_call *call)
{
	return topics_ensure(call->config, cli_option_given(call, "dry-run"), stdout);
}

static const cli_option options[] = {
    {"dry-run", NULL, "only tell what is missing or wrong"},
    {NULL, NULL, NULL},
};

const cli_verb cli_topics = {
    .name = "topics",
    .summary = "make the Kafka topics, or check those that are there",
    .description = "Makes the position topic (one partition, compacted) and the topic of every "
                   "stream (one partition,\n"
                   "max.message.bytes = kafka.max_message_bytes, compression.type = producer). A "
                   "topic that exists is\n"
                   "left alone: what differs is told, and the exit code is 1 if that would lose, "
                   "reorder or refuse events.",
    .operands = "",
    .options = options,
    .sections = "kafka",
    .run = run,
};
