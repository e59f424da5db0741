/*
 * plugin/entity/states.h
 *	  State streams: of each table of the mirror one of all its rows, and one of what everyone may read of them.
 *
 *	 mwmirror.state.TABLE.v1			of public wikis, what mwmirror.public_table says
 *	 mwmirror.state.TABLE.private.v1	of all wikis, as the rows are
 *
 * There are as many as tables, so they are not in the table of streams: one is known as soon as mwmirror.stream or mwmirror.wiki names it, and mwmirror.streams()
 * says which can be named. None is on at first.
 */
#ifndef MWMIRROR_ENTITY_STATES_H
#define MWMIRROR_ENTITY_STATES_H

#include "plugin/core/session.h"

typedef struct state_stream
{
	char *name;
	char *schema; /* $schema */
	char *table;  /* in schema mediawiki */
	bool is_private;
	int number; /* in frames: behind those of the table of streams */
} state_stream;

/* Place in s->state_streams of the stream of that name; -1: it is no state stream's. */
extern int states_find(session *s, const char *name);

extern const state_stream *states_get(const session *s, int place);

/* Which of a table's two streams. */
typedef enum state_side
{
	STATE_PUBLIC,
	STATE_PRIVATE
} state_side;

/* Place of a table's stream; -1: none has named it. */
extern int states_of_table(session *s, whole_table *t, state_side side);

#endif
