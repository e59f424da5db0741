/*
 * export/exporter.c
 *	  A thread that writes parts; see exporter.h.
 */
#include "export/exporter.h"

#include <string.h>

#include "export/output.h"
#include "support/log.h"
#include "support/stop.h"

/* *kept: the file that is there is what would be written now. One that is not goes at once: it may show what is hidden since. */
static status
look_at_earlier(exporter *e, part *p, bool *kept)
{
	export_work *w = e->work;
	char digest[PART_DIGEST_SIZE] = "";
	part_facts found = {0};
	status s = w->call->format->digest(&e->session, p, digest);

	*kept = s == STATUS_OK && strcmp(digest, p->facts.digest) == 0;
	if (*kept)
		s = output_look(w->call->folder, p->path, &found, kept);
	*kept = *kept && found.bytes == p->facts.bytes && strcmp(found.sha256, p->facts.sha256) == 0;
	if (s == STATUS_OK && !*kept)
	{
		p->written = false;
		s = dump_remove(w->dump, p);
	}
	return s;
}

static status
write_part(exporter *e, part *p)
{
	export_work *w = e->work;
	const export_format *f = w->call->format;
	part_facts facts = {0};
	output *o;
	status s = output_open(w->call->folder, p->path,
	                       f->packs_itself ? OUTPUT_PLAIN : w->call->packing, &o);

	if (s != STATUS_OK)
		return s;
	s = f->write(&e->session, p, o, &facts);
	if (s == STATUS_OK)
		s = output_close(o, &facts);
	else
		output_discard(o);
	if (s != STATUS_OK)
	{
		part_facts_free(&facts);
		return s;
	}
	part_set_facts(p, &facts);
	return dump_written(w->dump, p);
}

static status
do_part(exporter *e, part *p)
{
	export_work *w = e->work;
	bool kept = false;
	status s = p->earlier ? look_at_earlier(e, p, &kept) : STATUS_OK;

	if (s == STATUS_OK && !kept)
		s = write_part(e, p);
	e->session.rows = 0;
	if (s != STATUS_OK)
		return s;
	w->rows += p->planned;
	w->bytes += p->facts.bytes;
	w->kept += kept ? 1 : 0;
	w->done++;
	return STATUS_OK;
}

/* The next part: first those with a file, so that none that is not right any more outlives the begin of a run. NULL: there is none. */
static part *
take_part(export_work *w)
{
	const size_t count = w->parts->count;
	size_t i;

	while ((i = w->next++) < 2 * count)
	{
		part *p = w->parts->items[i % count];

		if (p->earlier == (i < count))
			return p;
	}
	return NULL;
}

static status
do_parts(exporter *e)
{
	export_work *w = e->work;
	const export_format *f = w->call->format;
	part *p;
	status s = holder_join(w->holder, w->call, &e->session.conn);

	if (s == STATUS_OK && f->open != NULL)
		s = f->open(&e->session);
	while (s == STATUS_OK && w->result == STATUS_OK && (p = take_part(w)) != NULL)
		s = stop_requested() ? STATUS_STOPPED : do_part(e, p);
	if (f->close != NULL)
		f->close(&e->session);
	PQfinish(e->session.conn);
	return s;
}

static void *
run(void *arg)
{
	exporter *e = arg;
	int none = STATUS_OK;

	atomic_compare_exchange_strong(&e->work->result, &none, (int) do_parts(e));
	e->work->running--;
	return NULL;
}

status
exporter_start(exporter *e, export_work *work)
{
	int error;

	*e = (exporter){.work = work, .session = {.call = work->call, .seed = work->dump->seed}};
	work->running++;
	error = pthread_create(&e->thread, NULL, run, e);
	if (error == 0)
		return STATUS_OK;
	work->running--;
	log_error("cannot start a thread: %s", strerror(error));
	return STATUS_FAILED;
}

void
exporter_join(exporter *e)
{
	pthread_join(e->thread, NULL);
}
