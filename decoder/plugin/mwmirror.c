/*
 * plugin/mwmirror.c
 *	  The output plugin "mwmirror": callbacks of logical decoding.
 *
 * Changes of a PG transaction arrive in order; a mark (wire/mark.h) ends a source transaction, whose events
 * are sent then, while the historic snapshot shows exactly its end. There are no stream and no prepare
 * callbacks: a PG transaction is decoded once, at its commit, and spills to disk in the server if it is large.
 */
#include "plugin/state.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "plugin/emit.h"
#include "plugin/errors.h"
#include "plugin/options.h"
#include "plugin/source.h"
#include "plugin/stream.h"
#include "plugin/user.h"
#include "plugin/wiki.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

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
	memset(&state->mark, 0, sizeof(state->mark));
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
	state->keep = keep_create(state->context, ctx, state->catalog);
	stream_check_all();
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
	keep_begin(state->keep, txn);
	state->txn = txn;
	state->origin = origin_of_transaction(txn);
	state->foreign_rows = false;
	state->ordinal = 0;
	memset(&state->last_mark, 0, sizeof(state->last_mark));
}

static void
plugin_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation,
              ReorderBufferChange *change)
{
	plugin_state *state = ctx->output_plugin_private;
	mirror_relation *described = catalog_describe(state->catalog, relation);

	keep_alive(state);
	if (described->table == TABLE_NONE)
		return;
	keep_add_change(state->keep, described, RelationGetDescr(relation),
	                change->action == REORDER_BUFFER_CHANGE_INSERT, compat_change_old_tuple(change),
	                compat_change_new_tuple(change));
	switch (described->table)
	{
		case TABLE_WIKI:
		case TABLE_WIKI_NAMESPACE:
		case TABLE_CONTENT_MODELS:
		case TABLE_SLOT_ROLES:
			wiki_forget_all(state);
			user_forget_all(state);
			return;
		default:
			if (state->origin.worker != ORIGIN_FOLLOW)
			{
				state->foreign_rows |= state->origin.worker == ORIGIN_NONE;
				return;
			}
			source_add_change(state, described, RelationGetDescr(relation),
			                  change->action != REORDER_BUFFER_CHANGE_INSERT,
			                  compat_change_old_tuple(change), compat_change_new_tuple(change));
	}
}

/*
 * plugin_truncate
 *	 Nobody truncates a table of MediaWiki while it is in use; the mirror does before it copies a wiki again.
 *	 Neither is a change of a page, so there is no event; names that were kept are read again.
 */
static void
plugin_truncate(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, int nrelations,
                Relation relations[], ReorderBufferChange *change)
{
	plugin_state *state = ctx->output_plugin_private;

	wiki_forget_all(state);
	user_forget_all(state);
	keep_forget_all(state->keep);
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
	state->last_mark = *m;
	state->last_mark.wikis = (mark_text){0}; /* they are in the message */
	state->ordinal++;
	error_context_stack = &context;
	require_named_wikis(state);
	if (!source_is_empty(state->source))
		emit_source(state);
	if (source_has_rows(state->source))
		source_reset(state);
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

/*
 * plugin_message
 *	 A message counts if it is the writer's of a source, by the origin of its transaction: anyone may write messages,
 *	 and none of theirs may stop the slot. In a writer's transaction there is nothing but marks of its source, and a
 *	 mark that was passed over would make two source transactions one.
 */
static void
plugin_message(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr lsn,
               bool transactional, const char *prefix, Size size, const char *message)
{
	plugin_state *state = ctx->output_plugin_private;
	mark m;

	if (strcmp(prefix, MARK_PREFIX) != 0)
		return;
	keep_alive(state);
	if (!transactional || state->origin.worker != ORIGIN_FOLLOW)
		ignore_message(state, lsn);
	else if (mark_parse(message, size, &m) && strcmp(m.source, state->origin.source) == 0)
		plugin_mark(state, &m);
	else
		ereport(ERROR,
		        (errcode(MW_BAD_MARK),
		         errmsg("the writer of source \"%s\" wrote what is not a mark of it",
		                state->origin.source),
		         errdetail("It is the logical message with prefix \"%s\" and %zu bytes at %X/%X.",
		                   prefix, size, LSN_FORMAT_ARGS(lsn)),
		         errhint("Install the server's module and \"mwmirror follow\" from one "
		                 "build. " MW_GIVE_UP)));
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
		              errdetail("They follow the mark of %s.", state->last_mark.gtid[0] == '\0'
		                                                           ? "no source transaction"
		                                                           : state->last_mark.gtid),
		              errhint("Only \"mwmirror follow\" should write to schema mediawiki.")));
}

static void
plugin_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr commit_lsn)
{
	plugin_state *state = ctx->output_plugin_private;

	report_without_events(state, commit_lsn);
	emit_commit(state, txn->final_lsn, txn->end_lsn);
	source_reset(state);
	keep_end(state->keep, txn);
	catalog_close_all(state->catalog);
	wiki_forget_all(state);
	MemoryContextReset(state->pg_context);
	state->txn = NULL;
	/* from here the server measures how long the client takes: pg_stat_replication.write_lag and so on */
	OutputPluginUpdateProgress(ctx, false);
}

static bool
plugin_filter_by_origin(LogicalDecodingContext *ctx, RepOriginId origin)
{
	const plugin_state *state = ctx->output_plugin_private;

	if (origin == InvalidRepOriginId || state->context == NULL)
		return false; /* while the slot is made nothing is sent, and no catalog may be read */
	if (!origin_is_copy(origin))
		return false;
	/* Asked for each of its records and, before its rows can be seen, for its commit. */
	keep_forget_all(state->keep);
	return true;
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
