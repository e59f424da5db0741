/*
 * plugin/core/missing.h
 *	  Rows that an event needs and that are not known: counted, and said in the log once a minute for each table.
 */
#ifndef MWMIRROR_CORE_MISSING_H
#define MWMIRROR_CORE_MISSING_H

#include "plugin/core/session.h"

extern missing *missing_create(MemoryContext parent);

/* A row was looked for in vain; the event goes out without it. */
extern void missing_report(session *s, mirror_table table, const char *wiki_id, int64 key);

#endif
