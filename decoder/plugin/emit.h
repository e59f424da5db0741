/*
 * plugin/emit.h
 *	  Sends the events of a source transaction, as frames (wire/wire.h) or as lines of text.
 */
#ifndef MWMIRROR_PLUGIN_EMIT_H
#define MWMIRROR_PLUGIN_EMIT_H

#include "plugin/state.h"

/* Classifies, renders and sends what state->source holds; state->mark is its mark. */
extern void emit_source(plugin_state *state);

/* Sends the end of the PG transaction, and all that is still gathered. */
extern void emit_commit(plugin_state *state, XLogRecPtr commit_lsn, XLogRecPtr end_lsn);

#endif
