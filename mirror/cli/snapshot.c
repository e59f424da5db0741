/*
 * cli/snapshot.c
 *	  mwmirror snapshot: the first copy of the wikis that were added.
 */
#include "cli/cli.h"

#include "snapshot/snapshot.h"

static status
run_snapshot(const cli_call *call)
{
	return snapshot_run(call->config, call->operand_count > 0 ? call->operands[0] : NULL,
	                    cli_option_given(call, "force"));
}

static const cli_option options[] = {
    {"force", NULL, "copy wikis again that are copied already: their rows are deleted first"},
    {NULL},
};

const cli_verb cli_snapshot = {
    .name = "snapshot",
    .summary = "copy the wikis that were added, consistent at one GTID",
    .description =
        "Copies the mirrored tables of every wiki without a snapshot, or of WIKI only, out of one "
        "consistent\n"
        "transaction that locks nothing, and records the GTID at which the copy is consistent. "
        "Makes no\n"
        "events. follow goes on from there; it must not run for the same source meanwhile. --force "
        "without WIKI\n"
        "copies all wikis of the source again and forgets its position: the way on after the "
        "source "
        "was reset.",
    .operands = "[WIKI]",
    .most_operands = 1,
    .options = options,
    .sections = "source postgres log",
    .run = run_snapshot,
};
