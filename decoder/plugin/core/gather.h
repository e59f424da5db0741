/*
 * plugin/core/gather.h
 *	  What the row changes of one source transaction amount to, as facts.
 *
 * An aggregate makes facts of changes: structs of its own, named by kind, wiki and a number such as a page's id. At the mark those
 * that may cause events are gone through in the order in which the changes came that made them: a fact's place is its sequence
 * number, and the order of events is that of their causes.
 *
 * Memory: bounded; the others go to temporary files of the server.
 */
#ifndef MWMIRROR_CORE_GATHER_H
#define MWMIRROR_CORE_GATHER_H

#include "plugin/core/row.h"

typedef struct gather gather;
typedef struct session session;
typedef struct event event;
typedef struct aggregate aggregate;

/* A kind of facts; its address names it. */
typedef struct fact_kind
{
	Size size; /* of its struct */
	/*
	 * What happened, at the mark: sets out->what; false: nothing. The fact is a copy in the event's memory. *out has no more than whose it
	 * is, or, if it was left with has_more, is as it was left. NULL: such a fact causes nothing.
	 */
	bool (*conclude)(session *s, int wiki, int64 id, const void *fact, event *out);
	const aggregate *aggregate; /* whose events these are; NULL likewise */
} fact_kind;

/* A fact that may cause events. */
typedef struct fact
{
	const fact_kind *kind;
	int wiki;
	int64 id;
	const void *data; /* of the kind's size; stays until the next call for any facts */
} fact;

/* Makes an empty one in a child of parent, with about so many bytes in memory. */
extern gather *gather_create(MemoryContext parent, uint64 memory);

/* A source transaction begins: removes all. */
extern void gather_reset(gather *g);

/* The same, after a PG transaction that failed: the server has closed the files itself. */
extern void gather_abandon(gather *g);

/* A row of that wiki changed. */
extern void gather_note_wiki(gather *g, int wiki);
/* The wikis of which rows changed. */
extern int gather_wiki_count(const gather *g);
extern int gather_wiki(const gather *g, int i);

/* A fact; NULL: there is none. Stays until the next call for any facts. */
extern const void *gather_find(gather *g, const fact_kind *kind, int wiki, int64 id);

/* A fact to be changed; a new one is all zero. Stays until the next call for any facts or texts. */
extern void *gather_get(gather *g, const fact_kind *kind, int wiki, int64 id);

/* Keeps a text for facts, which hold the number that is returned; never 0. */
extern uint64 gather_put_text(gather *g, const char *text);

/* That text, palloc'd; NULL if number is 0. */
extern char *gather_text(gather *g, uint64 number);

/* True if no fact may cause an event. */
extern bool gather_is_empty(const gather *g);

/* The next fact that may cause an event, as of the mark. *place: 0 at first. False: no more. */
extern bool gather_next(gather *g, uint64 *place, fact *out);

#endif
