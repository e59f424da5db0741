/*
 * relay/relay.h
 *	  From the replication slot to the sink, exactly once if the sink keeps positions.
 */
#ifndef MWMIRROR_RELAY_RELAY_H
#define MWMIRROR_RELAY_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include "relay/sink.h"
#include "support/config.h"
#include "support/status.h"

typedef struct relay_options
{
	sink_format format; /* of the sinks stdout and file */
	uint64_t until_lsn; /* end once all before it is published; 0: never */
	/* never move the slot: what is read stays in it for the relay that it belongs to */
	bool look_only;
	bool accept_gap; /* go on although slot and stored position do not fit together */
} relay_options;

/*
 * Runs until a stop is asked for (STATUS_STOPPED), until_lsn is published (STATUS_OK), or something fails that
 * trying again does not heal; that is logged. Lost connections are made anew with a jittered backoff.
 */
status relay_run(const config *c, const relay_options *options);

#endif
