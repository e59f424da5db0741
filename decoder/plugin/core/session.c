/*
 * plugin/core/session.c
 *	  What is asked of a session everywhere; see session.h.
 */
#include "plugin/core/session.h"

#include "utils/memutils.h"

#define UNIX_EPOCH_USECS                                                                           \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * USECS_PER_SEC)
#define BUFFER_KEPT (1 << 20)

TimestampTz
session_commit_time(const session *s)
{
	return s->mark.commit_time - UNIX_EPOCH_USECS;
}

void
session_empty_buffer(session *s, StringInfo buffer)
{
	MemoryContext old;

	if (buffer->maxlen <= BUFFER_KEPT)
	{
		resetStringInfo(buffer);
		return;
	}
	pfree(buffer->data);
	old = MemoryContextSwitchTo(s->context);
	initStringInfo(buffer);
	MemoryContextSwitchTo(old);
}
