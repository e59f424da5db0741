/*
 * relay/published.c
 *	  See published.h.
 */
#include "relay/published.h"

#include <inttypes.h>
#include <string.h>

#include "support/log.h"

/* times in a row without a commit */
#define FENCED_MOST 10  /* before another publisher is believed in */
#define DOUBTFUL_MOST 5 /* before an error is taken for one that stays */

void
published_commit(published *p, const relay_position *position)
{
	p->events += position->events - p->committed.events;
	p->committed = *position;
	memset(p->troubles, 0, sizeof(p->troubles));
}

static bool
is_at(const relay_position *a, const relay_position *b)
{
	const relay_point one = relay_position_point(a);
	const relay_point other = relay_position_point(b);

	return relay_point_compare(&one, &other) == 0;
}

status
published_take_stored(published *p, const sink *s, const char *slot, const relay_position *stored)
{
	char at[RELAY_LSN_SIZE];
	char known[RELAY_LSN_SIZE];

	relay_lsn_format(stored->lsn, at);
	relay_lsn_format(p->committed.lsn, known);
	if (!p->attached || !s->keeps_position || is_at(stored, &p->committed))
		;
	else if (is_at(stored, &p->attempted))
		p->events += stored->events - p->committed.events;
	else if (stored->events < p->committed.events)
	{
		log_error_hint("acknowledged records are gone: was a topic made anew, or a replica elected "
		               "that was behind? Events may be missing in Kafka; see its logs, then start "
		               "the relay once with --accept-gap.",
		               "the position in the sink went back from %s to %s", known, at);
		return STATUS_SINK;
	}
	else
		log_write_hint(LOG_LEVEL_WARNING, "only one relay should publish for a slot.",
		               "another relay has published for slot %s meanwhile: it is at %s, this one "
		               "was at %s",
		               slot, at, known);
	p->attached = true;
	p->committed = *stored;
	return STATUS_OK;
}

status
published_weigh(published *p, const sink *s, const config *c)
{
	if (s == NULL || s->trouble == SINK_PASSING)
		return STATUS_RETRY;
	p->troubles[s->trouble]++;
	if (s->trouble == SINK_FENCED && p->troubles[SINK_FENCED] >= FENCED_MOST)
	{
		log_error_hint("stop the other relay, or give each its own kafka.transactional_id; or is "
		               "kafka.transaction_timeout_ms too short for this broker?",
		               "fenced %d times in a row: another producer uses transactional.id %s",
		               FENCED_MOST, c->kafka_transactional_id);
		return STATUS_FENCED;
	}
	if (s->trouble == SINK_DOUBTFUL && p->troubles[SINK_DOUBTFUL] >= DOUBTFUL_MOST)
	{
		log_error_hint("the warnings above say what was refused; put it right, then start again. "
		               "Nothing was lost.",
		               "the sink failed %d times in a row at the same position", DOUBTFUL_MOST);
		return STATUS_SINK;
	}
	return STATUS_RETRY;
}
