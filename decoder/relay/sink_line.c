#define _GNU_SOURCE
/*
 * relay/sink_line.c
 *	  An event as one line; see sink_line.h.
 */
#include "relay/sink_line.h"

#include <inttypes.h>

static bool
put(FILE *out, wire_bytes bytes, uint64_t *total)
{
	if (bytes.data == NULL)
	{
		*total += 4;
		return fputs_unlocked("null", out) >= 0;
	}
	*total += bytes.len;
	return fwrite_unlocked(bytes.data, 1, bytes.len, out) == bytes.len;
}

static bool
put_head(FILE *out, const sink_event *e, uint64_t *total)
{
	int n = fprintf(out, "{\"topic\":\"%s\",\"key\":", e->stream->topic);

	if (n < 0 || !put(out, e->key, total))
		return false;
	*total += (uint64_t) n;
	n = fprintf(
	    out,
	    ",\"timestamp\":%" PRId64
	    ",\"headers\":{\"source\":\"%s\",\"%s\":\"%s\"%s%s%s,\"lsn\":\"%s\",\"ordinal\":%" PRIu32
	    ",\"last\":%s%s%s%s},\"value\":",
	    e->timestamp, e->source, sink_id_name(e), e->gtid, e->at == NULL ? "" : ",\"position\":\"",
	    e->at == NULL ? "" : e->at, e->at == NULL ? "" : "\"", e->lsn, e->ordinal,
	    e->last ? "true" : "false", e->content == NULL ? "" : ",\"content\":\"",
	    e->content == NULL ? "" : e->content, e->content == NULL ? "" : "\"");
	if (n < 0)
		return false;
	*total += (uint64_t) n;
	return true;
}

bool
sink_line_write(FILE *out, sink_format format, const sink_event *e, uint64_t *bytes)
{
	if (format == SINK_ENVELOPE && !put_head(out, e, bytes))
		return false;
	if (!put(out, e->value, bytes))
		return false;
	if (format == SINK_ENVELOPE)
	{
		*bytes += 1;
		if (putc_unlocked('}', out) == EOF)
			return false;
	}
	*bytes += 1;
	return putc_unlocked('\n', out) != EOF;
}
