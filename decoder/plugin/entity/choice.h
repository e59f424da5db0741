/*
 * plugin/entity/choice.h
 *	  Which streams tell of which wiki: of the module's table of streams, mwmirror.stream and mwmirror.wiki.
 *
 * What is off costs nothing: its aggregates get no changes and no fact is concluded for it. Private wikis are kept from the streams of
 * the others here, and nowhere else: whatever the tables say, a stream tells of wikis of one kind only.
 */
#ifndef MWMIRROR_ENTITY_CHOICE_H
#define MWMIRROR_ENTITY_CHOICE_H

#include "plugin/core/registry.h"

/* Makes what a session needs to choose. */
extern choice *choice_create(MemoryContext parent);

/* Sets w->streams and w->states, by the wiki's row of mwmirror.wiki; the latter is in the current memory. */
extern void choice_of_wiki(session *s, const mirror_row *row, struct wiki *w);

/* The aggregates that need the changes of a wiki of which these streams tell; likewise. */
extern uint64 choice_aggregates(const session *s, uint64 streams);

/* True if one of the streams names the table, whose rows only such streams need. */
extern bool choice_needs_rows(mirror_table table, uint64 streams);

/* Those of the streams that tell of an aggregate's events. */
extern uint64 choice_takers(const session *s, const aggregate *of, uint64 streams);

/* The key of a stream's messages. */
extern stream_key choice_key(session *s, int stream_number);

/* Forgets what was read; called when one of the tables above changes. */
extern void choice_forget(session *s);

#endif
