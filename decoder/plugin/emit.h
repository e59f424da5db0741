/*
 * plugin/emit.h
 *	  Sends the events of a source transaction.
 */
#ifndef MWMIRROR_PLUGIN_EMIT_H
#define MWMIRROR_PLUGIN_EMIT_H

#include "plugin/core/session.h"

/* What the facts of the source transaction amount to, on all streams; s->mark is its mark. */
extern void emit_source(session *s);

#endif
