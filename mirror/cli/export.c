/*
 * cli/export.c
 *	  mwmirror export: what everybody may read of wikis, as files.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "export/export.h"
#include "export/format.h"
#include "support/clock.h"
#include "support/log.h"

#define WORKERS_MOST 64
#define WORKERS_FEW 2
#define PART_ROWS_MOST 1000000000
#define AFTER_SIZE 128
#define MIB (1024.0 * 1024.0)

typedef struct display
{
	progress bar;
	bool as_json;
} display;

/* ---- how far it is ---- */

static void
write_json(const export_progress *now, bool complete)
{
	printf("{\"rows\": %" PRIu64 ", \"rows_total\": %" PRIu64 ", \"bytes\": %" PRIu64
	       ", \"parts\": %zu, \"parts_kept\": %zu, \"parts_total\": %zu, \"complete\": %s}\n",
	       now->rows_done, now->rows_total, now->bytes, now->parts_done, now->parts_kept,
	       now->parts_total, complete ? "true" : "false");
	fflush(stdout);
}

static void
show(void *context, const export_progress *now)
{
	display *d = context;
	const int64_t ms = clock_ms() - d->bar.begun_ms;
	progress_facts f = {
	    .rows = (int64_t) now->rows_done, .total = (int64_t) now->rows_total, .seconds_left = -1};
	char after[AFTER_SIZE];

	if (d->as_json)
	{
		write_json(now, false);
		return;
	}
	if (ms > 0)
		f.per_second = (double) f.rows * 1000 / (double) ms;
	if (f.per_second > 0 && f.total >= f.rows)
		f.seconds_left = (int64_t) ((double) (f.total - f.rows) / f.per_second + 0.5);
	snprintf(after, sizeof(after), "; %zu of %zu parts, %.1f MiB", now->parts_done,
	         now->parts_total, (double) now->bytes / MIB);
	progress_tell(&d->bar, &f, after);
}

/* ---- arguments ---- */

static status
read_number(const cli_call *call, const char *name, int64_t most, int64_t *out)
{
	const char *text = cli_option_value(call, name);
	char *end;

	if (text == NULL)
		return STATUS_OK;
	*out = strtoll(text, &end, 10);
	if (end != text && *end == '\0' && *out >= 1 && *out <= most)
		return STATUS_OK;
	log_error("--%s must be a number from 1 to %" PRId64 ", not \"%s\"", name, most, text);
	return STATUS_USAGE;
}

static status
read_packing(const cli_call *call, output_packing *out)
{
	const char *text = cli_option_value(call, "compress");

	*out = OUTPUT_ZSTD;
	if (text == NULL || strcmp(text, "zstd") == 0)
		return STATUS_OK;
	*out = strcmp(text, "gzip") == 0 ? OUTPUT_GZIP : OUTPUT_PLAIN;
	if (*out == OUTPUT_GZIP || strcmp(text, "none") == 0)
		return STATUS_OK;
	log_error("--compress must be zstd, gzip or none, not \"%s\"", text);
	return STATUS_USAGE;
}

static status
read_format(const cli_call *call, export_call *out)
{
	const char *name = cli_option_value(call, "format");
	const bool history = cli_option_given(call, "history");

	out->format = name != NULL ? export_format_find(name) : NULL;
	out->folder = cli_option_value(call, "output");
	out->tables = cli_option_value(call, "tables");
	out->history = history;
	out->kept_only = cli_option_given(call, "kept-only");
	if (out->format == NULL || out->folder == NULL)
	{
		log_error("give --format, one of %s, and --output", export_format_names);
		return STATUS_USAGE;
	}
	if (!out->format->has_tables && out->tables != NULL)
	{
		log_error("--tables is not for --format %s", name);
		return STATUS_USAGE;
	}
	if (out->tables != NULL && out->tables[0] == '\0')
	{
		log_error("--tables names none");
		return STATUS_USAGE;
	}
	if (out->format->has_history ? history == cli_option_given(call, "current")
	                             : history || cli_option_given(call, "current"))
	{
		log_error(out->format->has_history ? "give one of --current and --history"
		                                   : "--current and --history are not for --format %s",
		          name);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static status
read_arguments(const cli_call *call, export_call *out)
{
	int64_t workers = WORKERS_FEW;
	status s = read_format(call, out);

	if (s == STATUS_OK)
	{
		out->part_rows = out->format->part_rows;
		s = read_number(call, "part-rows", PART_ROWS_MOST, &out->part_rows);
	}
	if (s == STATUS_OK)
		s = read_number(call, "workers", WORKERS_MOST, &workers);
	if (s == STATUS_OK)
		s = read_packing(call, &out->packing);
	out->workers = (unsigned) workers;
	return s;
}

static status
run_export(const cli_call *call)
{
	display d = {.bar = progress_begin(), .as_json = cli_option_given(call, "json")};
	export_progress last;
	export_call export = {.config = call->config,
	                      .wiki_ids = (const char *const *) call->operands,
	                      .wiki_count = (size_t) call->operand_count,
	                      .resume = cli_option_given(call, "resume"),
	                      .show = show,
	                      .context = &d};
	status s = read_arguments(call, &export);

	if (s != STATUS_OK)
		return s;
	s = export_run(&export, &last);
	progress_end(&d.bar);
	if (s == STATUS_OK && d.as_json)
		write_json(&last, true);
	else if (s == STATUS_OK)
		log_info("%s is complete: %zu parts, %zu of them kept, %.1f MiB", export.folder,
		         last.parts_done, last.parts_kept, (double) last.bytes / MIB);
	return s;
}

static const cli_option options[] = {
    {"format", "FORMAT",
     "jsonl: rows as state topics have them; copy, parquet: as views have them; xml: pages as "
     "MediaWiki exports them"},
    {"output", "FOLDER", "the folder of the dump: it must be empty, or not be there"},
    {"tables", "NAME[,NAME]", "tables; default all of which something is public"},
    {"current", NULL, "the latest revision of each page"},
    {"history", NULL, "all revisions"},
    {"kept-only", NULL, "do not ask the source for contents that the mirror does not keep"},
    {"workers", "N", "write so many parts at once (default 2)"},
    {"part-rows", "N", "about so many rows in a part"},
    {"compress", "HOW", "zstd (default), gzip or none"},
    {"resume", NULL, "go on with the dump that is in the folder, or bring it up to now"},
    {"json", NULL, "write how far it is to standard output, a JSON object a line"},
    {NULL, NULL, NULL},
};

const cli_verb cli_export = {
    .name = "export",
    .summary = "write what everybody may read of wikis into files",
    .description =
        "Writes public wikis that are copied, or the WIKIs, as files by parts, all as of one "
        "moment, whose position\n"
        "is in manifest.json of the folder, with size and SHA-256 of each file. What is hidden is "
        "left out as the\n"
        "public streams and views leave it out. While it runs it holds a snapshot and keeps "
        "tables of the mirror\n"
        "from being altered.\n"
        "--resume: a run that was stopped, killed or failed is gone on with. The dump is then of "
        "the moment of the\n"
        "last start: files that are still right are kept, and all others written anew. With a "
        "dump that is complete\n"
        "it is brought up to now.",
    .operands = "[WIKI...]",
    .most_operands = 10000,
    .options = options,
    .sections = "source postgres export log",
    .run = run_export,
};
