/*
 * apply/applier.c
 *	  Binlog events to PostgreSQL transactions; see applier.h.
 */
#include "apply/applier.h"

#include <stdlib.h>
#include <string.h>
#include "apply/contents.h"
#include "apply/ddl.h"
#include "apply/group.h"
#include "apply/param.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/row_batch.h"
#include "apply/write_cache.h"
#include "apply/table_cache.h"
#include "apply/source_types.h"
#include "apply/take.h"
#include "apply/unmapped.h"
#include "source/event.h"
#include "support/arena.h"
#include "support/clock.h"
#include "support/log.h"

#define STATEMENTS_MAX 2000 /* prepared at a time */
#define SCRATCH_BLOCK (16 << 10)
#define MICROSECONDS INT64_C(1000000)
#define CLOCKS_DIFFER_US MICROSECONDS /* at most, this machine's and the source's */

/* ---- set-up ---- */

static status
create_parts(applier *a, const config *c, PGconn *conn, const gtid_list *position)
{
	status result = group_prepare(conn);

	if (result == STATUS_OK)
		result = pipeline_prepare_apply(conn);
	if (result == STATUS_OK)
		result = copy_watch_prepare(conn);
	if (result == STATUS_OK)
		result = raw_values_load(conn, &a->raws);
	if (result == STATUS_OK)
		result = body_reader_create(conn, c, &a->bodies);
	if (result == STATUS_OK)
		result = contents_prepare(conn, c->source_name);
	if (result == STATUS_OK)
		result = unmapped_load(conn, &a->unmapped);
	if (result == STATUS_OK)
		result = source_types_prepare(conn);
	if (result == STATUS_OK)
		result = xa_load(conn, c->source_name, &a->xa);
	if (result != STATUS_OK)
		return result;
	a->config = c;
	a->conn = conn;
	a->params = param_create(conn);
	a->statements = write_cache_create(STATEMENTS_MAX);
	a->tables = table_cache_create(a->wikis, a->mapping);
	a->defaults = source_defaults_create(c);
	a->sharing = sharing_create(c, a->mapping);
	a->scratch = arena_create(SCRATCH_BLOCK);
	a->items = change_items_create();
	if (a->params == NULL || a->statements == NULL || a->tables == NULL || a->scratch == NULL ||
	    a->items == NULL || a->defaults == NULL || a->sharing == NULL)
	{
		log_error("out of memory for the applier");
		return STATUS_MEMORY;
	}
	a->pipe = pipeline_create(conn);
	if (a->pipe == NULL)
		return STATUS_TARGET;
	result = copy_watch_attach(a->copies, a->pipe, a->params, a->wikis, a->raws);
	if (result != STATUS_OK)
		return result;
	a->batch = row_batch_create(a->pipe);
	if (a->batch != NULL)
		a->contents = contents_create(conn, a->pipe, a->batch, a->params, a->bodies);
	a->again = copy_again_create(c, conn);
	if (a->contents != NULL && a->again != NULL)
		a->group = group_create(c, a->pipe, a->batch, a->params, a->contents, a->copies, position);
	if (a->group == NULL)
	{
		log_error("out of memory for the applier");
		return STATUS_MEMORY;
	}
	requests_init(&a->requests, c->source_name, a->pipe, a->bodies, a->wikis);
	a->changes.batch = a->batch;
	a->changes.items = a->items;
	a->changes.pipe = a->pipe;
	a->changes.params = a->params;
	a->changes.statements = a->statements;
	a->changes.raws = a->raws;
	a->changes.bodies = a->bodies;
	a->changes.sharing = a->sharing;
	a->changes.position = group_position(a->group);
	a->changes.scratch = a->scratch;
	return STATUS_OK;
}

status
applier_create(const config *c, PGconn *conn, mapping *m, wiki_list *wikis, copy_watch *copies,
               const gtid_list *position, undone *known, bool duplicates, applier **out)
{
	applier *a = calloc(1, sizeof(*a));
	status result = STATUS_MEMORY;

	*out = NULL;
	if (a == NULL)
		log_error("out of memory for the applier");
	else
	{
		a->mapping = m;
		a->wikis = wikis;
		a->copies = copies;
		a->undone = known;
		undone_start(known, position);
		a->changes.plain = !duplicates;
		result = create_parts(a, c, conn, position);
	}
	if (result != STATUS_OK)
	{
		applier_destroy(a);
		return result;
	}
	*out = a;
	return STATUS_OK;
}

void
applier_destroy(applier *a)
{
	if (a == NULL)
		return;
	group_destroy(a->group);
	copy_again_destroy(a->again);
	contents_destroy(a->contents);
	row_batch_destroy(a->batch);
	change_items_destroy(a->items);
	pipeline_destroy(a->pipe);
	param_destroy(a->params);
	write_cache_destroy(a->statements);
	raw_values_destroy(a->raws);
	body_reader_destroy(a->bodies);
	table_cache_destroy(a->tables);
	unmapped_destroy(a->unmapped);
	xa_destroy(a->xa);
	source_defaults_destroy(a->defaults);
	sharing_destroy(a->sharing);
	touched_free(&a->touched);
	if (a->scratch != NULL)
		arena_destroy(a->scratch);
	free(a);
}

bool
applier_at_boundary(const applier *a)
{
	return !a->in_transaction;
}

bool
applier_met_duplicate(const applier *a)
{
	return pipeline_met_duplicate(a->pipe);
}

bool
applier_learnt(const applier *a)
{
	return a->learnt;
}

void
applier_get_counts(const applier *a, applier_counts *out)
{
	*out = a->counts;
	row_batch_counts(a->batch, &out->batches, &out->statements);
	out->commits = pipeline_commits(a->pipe);
}

status
applier_finish(applier *a)
{
	return group_finish(a->group);
}

status
applier_sign(applier *a)
{
	return pipeline_sign(a->pipe);
}

int
applier_idle_due(const applier *a)
{
	int position;
	int due;

	if (a->in_transaction)
		return -1;
	position = group_idle_due(a->group);
	due = requests_due(&a->requests);
	if (copy_watch_due(a->copies) < due)
		due = copy_watch_due(a->copies);
	if (copy_again_due(a->again) < due)
		due = copy_again_due(a->again);
	return position >= 0 && position < due ? position : due;
}

/*
 * Up to when all changes of the source are applied: the time of its last one, or, as it has said that it has no more, that time by this machine's
 * clock, which may be ahead of the source's. A source may set any time for a change (SET TIMESTAMP), but none that is still to come counts.
 */
static int64_t
known_until(const applier *a, int64_t quiet_time)
{
	const int64_t now = clock_unix_us();
	const int64_t applied = a->applied_time < now ? a->applied_time : now;
	const int64_t quiet = quiet_time - CLOCKS_DIFFER_US;

	return applied > quiet ? applied : quiet;
}

bool
applier_overdue(const applier *a)
{
	return !a->in_transaction && (requests_overdue(&a->requests) || copy_again_overdue(a->again));
}

status
applier_idle(applier *a, int64_t quiet_time)
{
	status result;

	if (a->in_transaction)
		return pipeline_poll(a->pipe);
	result = group_idle(a->group);
	/* what is not written yet might be read again */
	if (result == STATUS_OK && group_idle_due(a->group) < 0)
		result = copy_watch_idle(a->copies, group_position(a->group));
	if (result == STATUS_OK)
		result = group_known(a->group, quiet_time);
	if (result == STATUS_OK && requests_due(&a->requests) == 0)
		result = requests_step(&a->requests, known_until(a, quiet_time));
	if (result == STATUS_OK && copy_again_due(a->again) == 0)
		result = copy_again_step(a);
	return result;
}

/* ---- source transactions ---- */

static status
take_gtid(applier *a, const reader_item *item)
{
	gtid_event event;
	decode_error err;
	char text[GTID_TEXT_SIZE];

	if (a->in_transaction)
	{
		log_error_hint(TAKE_REMEDY, "a source transaction begins before the last one has ended");
		return STATUS_DATA;
	}
	if (!event_parse_gtid(item->body, item->len, item->server_id, &event, &err))
	{
		log_error_hint(TAKE_REMEDY, "a GTID event cannot be read: %s", err.message);
		return STATUS_DATA;
	}
	gtid_format(&event.id, text);
	log_set_gtid(text);
	if (gtid_list_covers(group_position(a->group), &event.id))
	{
		log_error_hint("set gtid_strict_mode=1 at the source, and copy the wikis again with "
		               "mwmirror snapshot --force",
		               "GTID %s is not after the mirror's position in its domain: the source's "
		               "binlog is out of order",
		               text);
		return STATUS_DATA;
	}
	table_cache_trim(a->tables);
	a->in_transaction = true;
	a->id = event.id;
	a->rows = 0;
	touched_reset(&a->touched);
	body_reader_forget(a->bodies);
	contents_begin_source(a->contents);
	undone_begin(a->undone, &event.id);
	xa_begin(a->xa, &event);
	a->unmade = (event.extra_flags & (GTID_EXTRA_START_ALTER | GTID_EXTRA_ROLLBACK_ALTER)) != 0;
	return STATUS_OK;
}

/* What of the source transaction was applied must be what stays: STATUS_RETRY if it is not. */
static status
check_undone(applier *a)
{
	switch (undone_end(a->undone))
	{
		case UNDONE_RIGHT:
			return STATUS_OK;
		case UNDONE_LEARNT:
			log_info("the source has undone rows of this transaction; its group is applied again "
			         "without them");
			a->learnt = true;
			return STATUS_RETRY;
		case UNDONE_NO_MEMORY:
			break;
	}
	log_error("out of memory for what the source has undone");
	return STATUS_MEMORY;
}

/* The source transaction is complete. */
static status
end_transaction(applier *a, int64_t commit_time)
{
	status result = check_undone(a);

	if (result == STATUS_OK)
		result = contents_end_source(a->contents, &a->id);
	if (result != STATUS_OK)
		return result;
	a->in_transaction = false;
	a->counts.transactions++;
	a->applied_time = commit_time;
	return group_end_transaction(a->group, &a->id, commit_time, a->rows > 0 ? &a->touched : NULL);
}

/* ---- events ---- */

static status
fail_event(const reader_item *item, const char *what)
{
	log_error_hint(TAKE_REMEDY, "%s (event type %u, %s)", what, item->type,
	               event_type_name(item->type));
	return STATUS_DATA;
}

/* True if a wiki must follow what the event tells; between transactions the GTID read last is not the event's. */
static bool
any_wiki_follows(const applier *a)
{
	return a->in_transaction ? ddl_any_wiki_follows(a->wikis, &a->id)
	                         : ddl_any_wiki_follows_after(a->wikis, group_position(a->group));
}

/*
 * Changes may be missing in the binlog, of any table: all is compared with the source. An incident between transactions has no GTID, and MariaDB, asked again for
 * what follows the position, begins behind it: what is to be compared is committed here.
 */
static status
take_incident(applier *a, const reader_item *item)
{
	const char *message;
	size_t len;
	status result = a->in_transaction ? STATUS_OK : applier_finish(a);

	event_parse_incident(item->body, item->len, &message, &len);
	log_warning("the source reports an incident: changes may be missing in the binlog, and all "
	            "tables of its wikis are compared: %.*s",
	            (int) len, message);
	for (size_t i = 0; result == STATUS_OK && i < a->wikis->count; i++)
	{
		const wiki *w = &a->wikis->items[i];

		/* of one whose database is gone there is nothing to compare with */
		if (!w->followed)
			continue;
		if (w->snapshot_text != NULL)
			result = copy_again_wiki(a, w, "the source reported an incident");
		else
			result = copy_again_begun(a, w, "the source reported an incident");
	}
	return result;
}

static status
take_event(applier *a, const reader_item *item, uint32_t *microseconds)
{
	switch (item->class)
	{
		case EVENT_CLASS_GTID:
			return take_gtid(a, item);
		case EVENT_CLASS_TABLE_MAP:
			return table_cache_take(a->tables, item->body, item->len);
		case EVENT_CLASS_ROWS:
			return take_rows(a, item);
		case EVENT_CLASS_QUERY:
			return take_query(a, item, microseconds);
		case EVENT_CLASS_COMMIT:
		case EVENT_CLASS_STREAM:
		case EVENT_CLASS_IGNORABLE:
			return STATUS_OK;
		case EVENT_CLASS_XA:
			if (xa_is_prepared(a->xa) || a->rows == 0)
				return xa_prepare(a);
			return fail_event(item, "rows of an XA transaction whose GTID does not say so");
		case EVENT_CLASS_STATEMENT:
			/* variables of statements, and what LOAD DATA reads, come before them; the statement itself decides */
			return item->type == EVENT_EXECUTE_LOAD_QUERY ? take_query(a, item, microseconds)
			                                              : STATUS_OK;
		case EVENT_CLASS_INCIDENT:
			if (!any_wiki_follows(a))
				return STATUS_OK;
			return take_incident(a, item);
		case EVENT_CLASS_UNKNOWN:
			if (!any_wiki_follows(a))
				return STATUS_OK;
			break;
	}
	return fail_event(item, "an event that is not understood");
}

static status
take_reset(applier *a)
{
	if (!a->in_transaction)
		return STATUS_OK;
	a->in_transaction = false;
	if (a->rows == 0)
		return STATUS_OK;
	log_info("the connection to the source broke inside a transaction; its group is applied again");
	return STATUS_RETRY;
}

/* The binlog breaks off inside of the transaction, which the source rolled back. */
static status
take_cut(applier *a)
{
	status result;

	if (!a->in_transaction)
		return STATUS_OK;
	a->in_transaction = false;
	undone_all(a->undone);
	result = check_undone(a);
	undone_cut(a->undone);
	return result;
}

/* What belongs to a source transaction has none: its GTID is missing, or the order of the events. */
static bool
is_astray(const applier *a, const reader_item *item)
{
	return !a->in_transaction &&
	       (item->class == EVENT_CLASS_ROWS || item->class == EVENT_CLASS_QUERY ||
	        item->class == EVENT_CLASS_COMMIT || item->class == EVENT_CLASS_XA);
}

static status
take_item(applier *a, const reader_item *item)
{
	uint32_t microseconds = 0;
	status result = is_astray(a, item)
	                    ? fail_event(item, "an event outside of a source transaction")
	                    : take_event(a, item, &microseconds);

	if (result == STATUS_OK && item->ends_transaction && a->in_transaction)
		result =
		    end_transaction(a, (int64_t) item->timestamp * MICROSECONDS + (int64_t) microseconds);
	if (result == STATUS_OK && !a->in_transaction && copy_again_waits(a->again))
		result = copy_again_reach(a);
	return result;
}

status
applier_take(applier *a, const reader_item *item)
{
	switch (item->kind)
	{
		case READER_RESET:
			return take_reset(a);
		case READER_CUT:
			return take_cut(a);
		case READER_END:
			return item->status;
		case READER_EVENT:
			break;
	}
	return take_item(a, item);
}
