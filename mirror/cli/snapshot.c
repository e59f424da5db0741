/*
 * cli/snapshot.c
 *	  mwmirror snapshot: the first copy of the wikis that were added.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/copy_progress.h"
#include "snapshot/again.h"
#include "snapshot/snapshot.h"
#include "support/log.h"

#define WORKERS_MOST 64

/* Reads --workers into *c, if it was given. */
static status
read_workers(const cli_call *call, config *c)
{
	const char *text = cli_option_value(call, "workers");
	char *end;
	long count;

	if (text == NULL)
		return STATUS_OK;
	count = strtol(text, &end, 10);
	if (end == text || *end != '\0' || count < 1 || count > WORKERS_MOST)
	{
		log_error("--workers must be a number from 1 to %d, not \"%s\"", WORKERS_MOST, text);
		return STATUS_USAGE;
	}
	c->snapshot_workers = count;
	return STATUS_OK;
}

static status
run_again(const cli_call *call)
{
	progress p = progress_begin();
	const again_call again = {.config = call->config,
	                          .wiki_ids = (const char *const *) call->operands,
	                          .wiki_count = (size_t) call->operand_count,
	                          .table = cli_option_value(call, "table"),
	                          .wait = cli_option_given(call, "wait"),
	                          .show = copy_progress_show,
	                          .context = &p};
	status result = again_run(&again);

	progress_end(&p);
	return result;
}

static status
run_snapshot(const cli_call *call)
{
	progress p = progress_begin();
	config c = *call->config; /* what it points to stays the call's */
	const snapshot_call snapshot = {.config = &c,
	                                .wiki_ids = (const char *const *) call->operands,
	                                .wiki_count = (size_t) call->operand_count,
	                                .show = copy_progress_show,
	                                .context = &p};
	status result = read_workers(call, &c);

	if (result != STATUS_OK)
		return result;
	if (cli_option_given(call, "force"))
		return run_again(call);
	if (cli_option_given(call, "table") || cli_option_given(call, "wait"))
	{
		log_error("--table and --wait go with --force");
		return STATUS_USAGE;
	}
	result = snapshot_run(&snapshot);
	progress_end(&p);
	return result;
}

static const cli_option options[] = {
    {"force", NULL, "have wikis that are copied already compared with the source, by follow"},
    {"table", "TABLE", "with --force: only this table of the source, named without prefix"},
    {"wait", NULL, "with --force: wait until all is compared, and show how far it is"},
    {"workers", "N", "copy so many tables, or parts of a table, at once; default snapshot.workers"},
    {NULL},
};

const cli_verb cli_snapshot = {
    .name = "snapshot",
    .summary = "copy the wikis that were added, while follow runs or not",
    .description =
        "Copies the mirrored tables of every wiki that is not copied yet, or of the WIKIs only, "
        "and "
        "tables that were\n"
        "added to wikis. Each part of a table is read in a short transaction of its own, which "
        "locks "
        "nothing for\n"
        "longer than that, and follow, which may run meanwhile, goes on from where each part is. "
        "What is copied\n"
        "stays: after a stop, or a kill, the next call goes on. Makes no events; those of a wiki "
        "begin when all of\n"
        "it is copied.\n"
        "--force: follow compares what is there with the source, range by range between live "
        "changes, and writes\n"
        "what differs, with events of it; nothing is deleted first, and the position stays. It "
        "leads past an event\n"
        "that follow cannot apply. Without WIKI it is all wikis of the source: then, if the source "
        "was reset or its\n"
        "binlog is gone, the position moves to where the source is.",
    .operands = "[WIKI...]",
    .most_operands = 10000,
    .options = options,
    .sections = "source postgres snapshot log",
    .run = run_snapshot,
};
