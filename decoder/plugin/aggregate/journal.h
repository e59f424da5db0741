/*
 * plugin/aggregate/journal.h
 *	  What came into a set and left it in a source transaction, in the texts of its facts: so what was in it before.
 */
#ifndef MWMIRROR_AGGREGATE_JOURNAL_H
#define MWMIRROR_AGGREGATE_JOURNAL_H

#include "plugin/core/session.h"

#include "nodes/pg_list.h"

/* Notes one more; returns the number of the journal that head (0: none yet) becomes by it, for a fact to hold. */
extern uint64 journal_note(session *s, uint64 head, bool added, const char *item);

/* The items before all that was noted; items: those after. Allocates in the current memory. */
extern List *journal_undo(session *s, uint64 head, List *items);

/* The items with one more, if it is not among them. */
extern List *journal_add(List *items, const char *item);

/* Sorts items by their bytes. */
extern void journal_sort(List *items);

/* True if both have the same items in the same order. */
extern bool journal_equals(const List *a, const List *b);

#endif
