/*
 * relay/sink.c
 *	  The choice of a sink by its name in the configuration.
 */
#include "relay/sink.h"

#include <string.h>

const char *
sink_id_name(const sink_event *e)
{
	return mark_id_is_request(e->gtid, strlen(e->gtid)) ? "request" : "gtid";
}

sink *
sink_create(const config *c, sink_format format)
{
	if (strcmp(c->relay_sink, "stdout") == 0)
		return sink_stdout_create(format);
	if (strcmp(c->relay_sink, "file") == 0)
		return sink_file_create(c->relay_file, format);
	return sink_kafka_create(c);
}
