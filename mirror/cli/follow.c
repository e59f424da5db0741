/*
 * cli/follow.c
 *	  mwmirror follow: from the binlog into the mirror, until told to stop.
 */
#include "cli/cli.h"

#include "apply/follow.h"

static status
run_follow(const cli_call *call)
{
	return follow_run(call->config);
}

const cli_verb cli_follow = {
    .name = "follow",
    .summary = "apply MariaDB's binlog to the mirror until stopped",
    .description = "Starts at the GTID position that the mirror holds, and commits rows and "
                   "position together, so it\n"
                   "may be stopped or killed at any time. Reconnects by itself; ends only when "
                   "told to (SIGTERM,\n"
                   "SIGINT), or at something that needs a person: the last line of its log says "
                   "what that is and what\n"
                   "to do.",
    .operands = "",
    .sections = "source postgres apply log",
    .run = run_follow,
};
