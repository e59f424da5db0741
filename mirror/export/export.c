/*
 * export/export.c
 *	  mwmirror export; see export.h.
 *
 * Threads write (exporter.h); this one plans, shows how far they are, and ends the dump.
 */
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "export/dump.h"
#include "export/exporter.h"
#include "export/format.h"
#include "export/holder.h"
#include "export/planner.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define SHOW_MS 1000
#define LOOK_MS 50
#define SUFFIX_SIZE 64

static const export_format *const formats[] = {&format_jsonl, &format_copy, &format_parquet,
                                               &format_xml};

const char export_format_names[] = "jsonl, copy, parquet, xml";

const export_format *
export_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* Takes into the parts what an earlier run has written of them. */
static void
take_earlier(part_list *parts, part_list *before)
{
	for (size_t i = 0; i < before->count; i++)
	{
		part *earlier = before->items[i];
		part *p = earlier->written ? part_list_find(parts, earlier->path) : NULL;

		if (p == NULL)
			continue;
		part_set_facts(p, &earlier->facts);
		p->earlier = true;
	}
}

static status
plan(export_work *w, holder *h)
{
	char suffix[SUFFIX_SIZE];
	planner p = {.call = w->call,
	             .conn = h->conn,
	             .before = &w->dump->before,
	             .parts = w->parts,
	             .suffix = suffix};
	status s = STATUS_OK;

	snprintf(suffix, sizeof(suffix), "%s%s", w->call->format->suffix,
	         w->call->format->packs_itself ? "" : output_suffix(w->call->packing));
	for (size_t i = 0; s == STATUS_OK && i < h->wiki_count; i++)
		s = stop_requested() ? STATUS_STOPPED : w->call->format->plan(&p, h->wiki_ids[i]);
	if (s == STATUS_OK)
		take_earlier(w->parts, &w->dump->before);
	return s;
}

static export_progress
sum_up(export_work *w, exporter *all, unsigned count)
{
	export_progress p = {.rows_done = w->rows,
	                     .bytes = w->bytes,
	                     .parts_done = w->done,
	                     .parts_kept = w->kept,
	                     .parts_total = w->parts->count};

	for (unsigned i = 0; i < count; i++)
		p.rows_done += all[i].session.rows;
	for (size_t i = 0; i < w->parts->count; i++)
		p.rows_total += w->parts->items[i]->planned;
	return p;
}

static status
write_parts(export_work *w, export_progress *last)
{
	exporter *all = calloc(w->call->workers, sizeof(*all));
	unsigned started = 0;
	int64_t shown = clock_ms();
	status s = all != NULL ? STATUS_OK : STATUS_MEMORY;

	while (s == STATUS_OK && started < w->call->workers)
	{
		s = exporter_start(&all[started], w);
		started += s == STATUS_OK ? 1 : 0;
	}
	if (s != STATUS_OK)
		w->result = s;
	while (w->running > 0)
	{
		stop_wait(LOOK_MS);
		if (w->call->show == NULL || clock_ms() - shown < SHOW_MS)
			continue;
		*last = sum_up(w, all, started);
		w->call->show(w->call->context, last);
		shown = clock_ms();
	}
	for (unsigned i = 0; i < started; i++)
		exporter_join(&all[i]);
	*last = sum_up(w, NULL, 0);
	free(all);
	return (status) w->result;
}

/* Takes out what belongs to a wiki that nobody is to read any more. */
static status
withdraw(export_work *w, const char *wiki_id)
{
	status s = STATUS_OK;

	log_warning("wiki %s was removed or made private meanwhile: its files are removed", wiki_id);
	for (size_t i = 0; s == STATUS_OK && i < w->parts->count; i++)
	{
		part *p = w->parts->items[i];

		if (strcmp(p->wiki_id, wiki_id) != 0)
			continue;
		s = dump_remove(w->dump, p);
		p->written = false;
	}
	return s;
}

static status
end(export_work *w, holder *h)
{
	bool *gone = NULL;
	status s = holder_end(h, &gone);

	for (size_t i = 0; s == STATUS_OK && i < h->wiki_count; i++)
		if (gone[i])
			s = withdraw(w, h->wiki_ids[i]);
	free(gone);
	return s == STATUS_OK ? dump_end(w->dump, w->parts, h->position) : s;
}

status
export_run(const export_call *call, export_progress *last)
{
	dump d;
	holder h = {0};
	part_list parts = {0};
	export_work work = {.call = call, .holder = &h, .dump = &d, .parts = &parts};
	status s = dump_open(&d, call);

	*last = (export_progress){0};
	if (s == STATUS_OK)
		s = holder_open(&h, call);
	if (s == STATUS_OK)
		s = plan(&work, &h);
	if (s == STATUS_OK)
		s = dump_begin(&d, &parts);
	if (s == STATUS_OK)
		s = write_parts(&work, last);
	if (s == STATUS_OK)
		s = end(&work, &h);
	if (s == STATUS_RETRY || s == STATUS_SINK || s == STATUS_STOPPED)
		log_info("the same command with --resume goes on with the dump");
	holder_close(&h);
	part_list_free(&parts);
	dump_close(&d);
	return s;
}
