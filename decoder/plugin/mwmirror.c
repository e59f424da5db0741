/*
 * plugin/mwmirror.c
 *	  The output plugin "mwmirror": callbacks of logical decoding.
 *
 * Changes of a PG transaction arrive in order; a mark (wire/mark.h) ends a source transaction, whose events
 * are sent then, by what is known there (rows.h). There are no stream and no prepare
 * callbacks: a PG transaction is decoded once, at its commit, and spills to disk in the server if it is large.
 */
#include "plugin/state.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "plugin/emit.h"
#include "plugin/errors.h"
#include "plugin/options.h"
#include "plugin/referred.h"
#include "plugin/request.h"
#include "plugin/source.h"
#include "plugin/user.h"
#include "plugin/wiki.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "wire/reference.h"
#include "wire/request.h"

PG_MODULE_MAGIC;

/* Changes after which the client must hear of us, or the walsender thinks it gone. */
#define SILENT_CHANGES_LIMIT 256

#define UNIX_EPOCH_USECS                                                                           \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * USECS_PER_SEC)

TimestampTz
state_commit_time(const plugin_state *state)
{
	return state->mark.commit_time - UNIX_EPOCH_USECS;
}

void
state_report_missing(plugin_state *state, mirror_table table, const char *wiki_id, int64 key)
{
	if (state->reported_missing[table])
		return;
	state->reported_missing[table] = true;
	ereport(LOG, (errmsg("no row of table %s for wiki \"%s\" and key " INT64_FORMAT,
	                     catalog_table_name(table), wiki_id, key),
	              errdetail("The event goes out without it; further ones are not logged."),
	              errhint("Compare the mirror with MariaDB.")));
}

/* source_reset makes room for the next source transaction. */
static void
source_reset(plugin_state *state)
{
	user_forget_all(state);
	MemoryContextReset(state->source_context);
	MemoryContextReset(state->event_context);
	state->source = source_create(state);
}

static void
plugin_startup(LogicalDecodingContext *ctx, OutputPluginOptions *options, bool is_init)
{
	plugin_state *state = MemoryContextAllocZero(ctx->context, sizeof(plugin_state));
	MemoryContext old;

	state->ctx = ctx;
	ctx->output_plugin_private = state;
	options->output_type = OUTPUT_PLUGIN_BINARY_OUTPUT;
	options->receive_rewrites = false;
	if (is_init) /* the slot is being made: no options, no output */
		return;
	options_parse(ctx->output_plugin_options, &state->options);
	if (state->options.format == FORMAT_TEXT)
		options->output_type = OUTPUT_PLUGIN_TEXTUAL_OUTPUT;
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR, (errcode(MW_ENCODING),
		                errmsg("output plugin \"mwmirror\" needs a database with encoding UTF8"),
		                errdetail("This one has %s.", GetDatabaseEncodingName()),
		                errhint("Create the mirror in a database with ENCODING 'UTF8'.")));
	state->context =
	    AllocSetContextCreate(ctx->context, "mwmirror session", ALLOCSET_DEFAULT_SIZES);
	state->pg_context =
	    AllocSetContextCreate(state->context, "mwmirror PG transaction", ALLOCSET_DEFAULT_SIZES);
	state->source_context = AllocSetContextCreate(state->context, "mwmirror source transaction",
	                                              ALLOCSET_DEFAULT_SIZES);
	state->event_context =
	    AllocSetContextCreate(state->context, "mwmirror event", ALLOCSET_DEFAULT_SIZES);
	state->catalog = catalog_create(state->context);
	state->rows = rows_create(state->context);
	state->referred = referred_create(state->context);
	origin_watch();
	old = MemoryContextSwitchTo(state->context);
	initStringInfo(&state->frames);
	MemoryContextSwitchTo(old);
	source_reset(state);
}

static void
plugin_shutdown(LogicalDecodingContext *ctx)
{
	plugin_state *state = ctx->output_plugin_private;

	if (state != NULL && state->context != NULL)
		MemoryContextDelete(state->context);
	ctx->output_plugin_private = NULL;
}

/* keep_alive lets the walsender answer its client while nothing is sent. */
static void
keep_alive(plugin_state *state)
{
	if (++state->silent_changes < SILENT_CHANGES_LIMIT)
		return;
	state->silent_changes = 0;
	OutputPluginUpdateProgress(state->ctx, false);
}

static void
plugin_begin(LogicalDecodingContext *ctx, ReorderBufferTXN *txn)
{
	plugin_state *state = ctx->output_plugin_private;

	catalog_forget_open(state->catalog);
	wiki_forget_all(state);
	source_reset(state);
	rows_begin(state->rows);
	referred_forget(state->referred);
	state->txn = txn;
	state->origin = origin_of_transaction(txn);
	state->foreign_rows = false;
	state->ordinal = 0;
	memset(&state->mark, 0, sizeof(state->mark));
}

/* require_old checks that a changed row came with its row before. */
static void
require_old(mirror_table table, HeapTuple old_tuple)
{
	if (old_tuple == NULL)
		ereport(ERROR,
		        (errcode(MW_NO_OLD_ROW),
		         errmsg("a change of table %s came without its old row", catalog_table_name(table)),
		         errdetail("Events need the state before the change."),
		         errhint("ALTER TABLE %s REPLICA IDENTITY FULL. " MW_GIVE_UP,
		                 catalog_table_name(table))));
}

/* complete_row takes from the old row what the new one does not hold: large values that an UPDATE leaves as they are. */
static void
complete_row(mirror_row *row, const mirror_row *old_row)
{
	mirror_table table = row->relation->table;
	int count = catalog_column_count(table);

	for (int i = 0; i < count; i++)
	{
		if (row->nulls[i] || !catalog_column_is_text(table, i) ||
		    !VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(row->values[i])))
			continue;
		if (old_row == NULL || old_row->nulls[i])
			require_old(table, NULL);
		row->values[i] = old_row->values[i];
	}
}

/* add_change takes a change of a mirrored table. */
static void
add_change(plugin_state *state, mirror_relation *described, TupleDesc desc, bool is_insert,
           HeapTuple old_tuple, HeapTuple new_tuple)
{
	mirror_table table = described->table;
	mirror_row old_row;
	mirror_row new_row;

	if (new_tuple == NULL || (source_needs_old(table) && !is_insert))
		require_old(table, old_tuple);
	if (old_tuple != NULL)
		mirror_row_read(&old_row, described, desc, old_tuple);
	if (new_tuple != NULL)
	{
		mirror_row_read(&new_row, described, desc, new_tuple);
		complete_row(&new_row, old_tuple == NULL ? NULL : &old_row);
	}
	source_add_change(state, table, old_tuple == NULL ? NULL : &old_row,
	                  new_tuple == NULL ? NULL : &new_row);
	if (old_tuple != NULL && (new_tuple == NULL || !rows_same_key(&old_row, &new_row)))
		rows_remove(state->rows, &old_row);
	if (new_tuple != NULL)
		rows_put(state->rows, &new_row);
}

static void
plugin_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation,
              ReorderBufferChange *change)
{
	plugin_state *state = ctx->output_plugin_private;
	mirror_relation *described = catalog_describe(state->catalog, relation);

	keep_alive(state);
	switch (described->table)
	{
		case TABLE_NONE:
			return;
		case TABLE_WIKI:
		case TABLE_WIKI_NAMESPACE:
			wiki_forget_all(state);
			user_forget_all(state);
			return;
		default:
			if (state->origin.worker != ORIGIN_FOLLOW)
			{
				state->foreign_rows |= state->origin.worker == ORIGIN_NONE;
				return;
			}
			add_change(state, described, RelationGetDescr(relation),
			           change->action == REORDER_BUFFER_CHANGE_INSERT,
			           compat_change_old_tuple(change), compat_change_new_tuple(change));
	}
}

/*
 * plugin_truncate
 *	 Nobody truncates a table of MediaWiki while it is in use, and the mirror's hold several wikis. It is no change of a page,
 *	 so there is no event.
 */
static void
plugin_truncate(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, int nrelations,
                Relation relations[], ReorderBufferChange *change)
{
	plugin_state *state = ctx->output_plugin_private;

	wiki_forget_all(state);
	user_forget_all(state);
}

/* error_context_source adds the source transaction to every message from emitting it. */
static void
error_context_source(void *arg)
{
	const plugin_state *state = arg;

	errcontext("events of source transaction %s, number %u of PostgreSQL transaction %u at %X/%X",
	           state->mark.gtid, state->ordinal, state->txn->xid,
	           LSN_FORMAT_ARGS(state->txn->final_lsn));
}

/* mark_names is true if the mark names the wiki. */
static bool
mark_names(const mark *m, const char *wiki_id)
{
	size_t len = strlen(wiki_id);
	mark_text rest = m->wikis;
	mark_text named;

	while (mark_next_wiki(&rest, &named))
		if (named.len == len && memcmp(named.data, wiki_id, len) == 0)
			return true;
	return false;
}

/* require_named_wikis checks that the mark belongs to the rows before it. */
static void
require_named_wikis(const plugin_state *state)
{
	for (int i = 0; i < source_wiki_count(state->source); i++)
	{
		const char *wiki_id = source_wiki_id(state->source, i);

		if (!mark_names(&state->mark, wiki_id))
			ereport(
			    ERROR,
			    (errcode(MW_UNNAMED_WIKI),
			     errmsg("rows of wiki \"%s\" come before a mark that does not name it", wiki_id),
			     errdetail("A mark names each wiki of which its source transaction changed "
			               "rows."),
			     errhint("Install the server's module and \"mwmirror follow\" from one "
			             "build. " MW_GIVE_UP)));
	}
}

/* plugin_mark ends the source transaction that was gathered. */
static void
plugin_mark(plugin_state *state, const mark *m)
{
	ErrorContextCallback context = {
	    .previous = error_context_stack, .callback = error_context_source, .arg = state};

	state->mark = *m;
	state->ordinal++;
	error_context_stack = &context;
	require_named_wikis(state);
	if (!source_is_empty(state->source))
		emit_source(state);
	if (source_has_rows(state->source))
		source_reset(state);
	rows_begin_source(state->rows);
	state->mark.wikis = (mark_text){0}; /* they are in the message */
	error_context_stack = context.previous;
}

/* ignore_message logs once what somebody else wrote under the mirror's prefix. */
static void
ignore_message(plugin_state *state, XLogRecPtr lsn)
{
	if (state->reported_message)
		return;
	state->reported_message = true;
	ereport(LOG, (errmsg("ignoring a logical message with prefix \"%s\" at %X/%X", MARK_PREFIX,
	                     LSN_FORMAT_ARGS(lsn)),
	              errdetail("It is not in a transaction of a source's writer; further ones are not "
	                        "logged.")));
}

/* fail_message: what the writer wrote is neither a mark of its source nor rows. */
static void
fail_message(const plugin_state *state, XLogRecPtr lsn, Size size)
{
	ereport(
	    ERROR,
	    (errcode(MW_BAD_MARK),
	     errmsg("the writer of source \"%s\" wrote what is not a mark of it", state->origin.source),
	     errdetail("It is the logical message with prefix \"%s\" and %zu bytes at %X/%X.",
	               MARK_PREFIX, size, LSN_FORMAT_ARGS(lsn)),
	     errhint("Install the server's module and \"mwmirror follow\" from one "
	             "build. " MW_GIVE_UP)));
}

/*
 * plugin_message
 *	 A message counts if it is the writer's of a source, by the origin of its transaction: anyone may write messages,
 *	 and none of theirs may stop the slot. In a writer's transaction there is nothing but marks of its source, the rows that
 *	 it refers to, and requests; and a mark that was passed over would make two source transactions one.
 */
static void
plugin_message(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr lsn,
               bool transactional, const char *prefix, Size size, const char *message)
{
	plugin_state *state = ctx->output_plugin_private;
	const size_t head = strlen(REFERENCE_HEAD);
	size_t used;
	mark m;

	if (strcmp(prefix, MARK_PREFIX) != 0)
		return;
	keep_alive(state);
	if (!transactional || state->origin.worker != ORIGIN_FOLLOW)
		ignore_message(state, lsn);
	else if (size >= head && memcmp(message, REFERENCE_HEAD, head) == 0)
	{
		referred_read(state, message + head, size - head);
		source_prune(state, false);
	}
	else if (request_is(message, size))
		request_read(state, message, size);
	else if (mark_read(message, size, &m, &used) && strcmp(m.source, state->origin.source) == 0)
	{
		referred_read(state, message + used, size - used);
		plugin_mark(state, &m);
	}
	else
		fail_message(state, lsn, size);
}

/*
 * report_without_events
 *	 What no mark follows belongs to no source transaction, and what was not written by a source's writer to no
 *	 source: someone repaired the mirror by hand. That must not stop the slot for ever; it gives no event.
 */
static void
report_without_events(plugin_state *state, XLogRecPtr commit_lsn)
{
	if (state->foreign_rows)
		ereport(LOG, (errmsg("changes of the mirror in PostgreSQL transaction %u at %X/%X give no "
		                     "events",
		                     state->txn->xid, LSN_FORMAT_ARGS(commit_lsn)),
		              errdetail("It is not a transaction of a source's writer."),
		              errhint("Only \"mwmirror follow\" should write to schema mediawiki.")));
	if (!source_is_empty(state->source))
		ereport(LOG, (errmsg("changes of the mirror without a mark in PostgreSQL transaction %u at "
		                     "%X/%X give no events",
		                     state->txn->xid, LSN_FORMAT_ARGS(commit_lsn)),
		              errdetail("They follow the mark of %s.", state->mark.gtid[0] == '\0'
		                                                           ? "no source transaction"
		                                                           : state->mark.gtid),
		              errhint("Only \"mwmirror follow\" should write to schema mediawiki.")));
}

static void
plugin_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr commit_lsn)
{
	plugin_state *state = ctx->output_plugin_private;

	report_without_events(state, commit_lsn);
	emit_commit(state, txn->final_lsn, txn->end_lsn);
	source_reset(state);
	rows_end(state->rows);
	catalog_close_all(state->catalog);
	wiki_forget_all(state);
	MemoryContextReset(state->pg_context);
	state->txn = NULL;
	/* from here the server measures how long the client takes: pg_stat_replication.write_lag and so on */
	OutputPluginUpdateProgress(ctx, false);
}

static bool
plugin_filter_by_origin(LogicalDecodingContext *ctx, ReplOriginId origin)
{
	const plugin_state *state = ctx->output_plugin_private;

	if (origin == InvalidReplOriginId || state->context == NULL)
		return false; /* while the slot is made nothing is sent, and no catalog may be read */
	return origin_is_copy(origin);
}

void
_PG_output_plugin_init(OutputPluginCallbacks *cb)
{
	cb->startup_cb = plugin_startup;
	cb->begin_cb = plugin_begin;
	cb->change_cb = plugin_change;
	cb->truncate_cb = plugin_truncate;
	cb->commit_cb = plugin_commit;
	cb->message_cb = plugin_message;
	cb->filter_by_origin_cb = plugin_filter_by_origin;
	cb->shutdown_cb = plugin_shutdown;
}
