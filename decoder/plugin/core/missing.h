/*
 * plugin/core/missing.h
 *	  What an event needs and does not get: rows that are not known, values that it cannot hold. Each is counted, and said in
 *	  the log once a minute for each table.
 */
#ifndef MWMIRROR_CORE_MISSING_H
#define MWMIRROR_CORE_MISSING_H

#include "plugin/core/session.h"

extern missing *missing_create(MemoryContext parent);

/* A row was looked for in vain; the event goes out without it. */
extern void missing_report(session *s, mirror_table table, int wiki, int64 key);

/*
 * missing_report_value
 *	 A column's value, in the row with the key (0: not said), is none that an event can hold; the event goes out without it, or,
 *	 where that names what the event is about, not at all.
 */
extern void missing_report_value(session *s, mirror_table table, int column, int wiki, int64 key);

#endif
