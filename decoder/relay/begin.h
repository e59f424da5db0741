/*
 * relay/begin.h
 *	  Where the relay begins: asks PostgreSQL for what start.h decides by, and says what came of it.
 */
#ifndef MWMIRROR_RELAY_BEGIN_H
#define MWMIRROR_RELAY_BEGIN_H

#include <stdbool.h>
#include "relay/position.h"
#include "relay/replication.h"
#include "relay/start.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Decides where to go on, after the sink's position was read and before replication_start. flaw is the sink's own
 * doubt about what it holds, "" for none. STATUS_TARGET: there is a
 * gap and accept_gap is false; it is logged with what is lost. Else as replication_open.
 */
status begin_choose(replication *r, const config *c, const char *flaw, bool accept_gap,
                    const relay_position *stored, start_verdict *out);

/* Logs that the stream is of another history than the position; STATUS_TARGET, or STATUS_RETRY if that is accepted. */
status begin_refuse_history(const config *c, const relay_position *stored, const char *reason,
                            bool accept_gap);

#endif
