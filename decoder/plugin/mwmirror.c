/*
 * plugin/mwmirror.c
 *	  The output plugin "mwmirror": callbacks of logical decoding.
 *
 * Changes of a PG transaction arrive in order; a mark (wire/mark.h) ends a source transaction, whose events
 * are sent then, by what is known there (rows.h). There are no stream and no prepare
 * callbacks: a PG transaction is decoded once, at its commit, and spills to disk in the server if it is large.
 */
#include "plugin/core/session.h"

#include <malloc.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "plugin/change.h"
#include "plugin/core/errors.h"
#include "plugin/core/missing.h"
#include "plugin/core/options.h"
#include "plugin/core/output.h"
#include "plugin/core/referred.h"
#include "plugin/core/request.h"
#include "plugin/emit.h"
#include "plugin/entity/choice.h"
#include "plugin/entity/entities.h"
#include "plugin/entity/wiki.h"
#include "plugin/state/again.h"
#include "plugin/state/state.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "wire/reference.h"
#include "wire/request.h"

PG_MODULE_MAGIC;

#define GIVEN_BACK_BYTES (1 << 20)

/* forget_source makes room for the next source transaction. */
static void
forget_source(session *s)
{
	entities_forget(s);
	gather_reset(s->gather);
	MemoryContextReset(s->source_context);
	MemoryContextReset(s->event_context);
}

/* forget_settings forgets what depends on the settings of wikis: they changed. */
static void
forget_settings(session *s)
{
	wiki_forget_all(s);
	s->public_rules = NIL;
	entities_forget(s);
}

/* make_parts makes what the session holds. */
static void
make_parts(session *s, MemoryContext parent)
{
	MemoryContext old;

	s->context = AllocSetContextCreate(parent, "mwmirror session", ALLOCSET_DEFAULT_SIZES);
	s->pg_context =
	    AllocSetContextCreate(s->context, "mwmirror PG transaction", ALLOCSET_DEFAULT_SIZES);
	s->source_context =
	    AllocSetContextCreate(s->context, "mwmirror source transaction", ALLOCSET_DEFAULT_SIZES);
	s->event_context = AllocSetContextCreate(s->context, "mwmirror event", ALLOCSET_DEFAULT_SIZES);
	s->relations = relations_create(s->context);
	s->wiki_ids = wiki_ids_create(s->context);
	s->rows = rows_create(s->context, s->options.memory / 2);
	s->referred = referred_create(s->context);
	s->gather = gather_create(s->context, s->options.memory / 4);
	s->whole_rows = whole_rows_create(s->context, s->options.memory / 4);
	s->again = again_create(s->context, s->options.memory / 16);
	s->find_state = state_find;
	s->wants_row = state_wants_row;
	s->take_row = state_take_row;
	s->missing = missing_create(s->context);
	s->choice = choice_create(s->context);
	s->entities = entities_create(s->context);
	old = MemoryContextSwitchTo(s->context);
	initStringInfo(&s->frames);
	initStringInfo(&s->key);
	initStringInfo(&s->value);
	MemoryContextSwitchTo(old);
}

/*
 * give_back_large
 *	 Large blocks go back to the system when they are freed: else glibc learns from each to keep those of its size, and a walsender that has once
 *	 decoded large rows has their memory until it ends.
 */
static void
give_back_large(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, GIVEN_BACK_BYTES);
#endif
}

static void
plugin_startup(LogicalDecodingContext *ctx, OutputPluginOptions *options, bool is_init)
{
	session *s = MemoryContextAllocZero(ctx->context, sizeof(session));

	s->ctx = ctx;
	ctx->output_plugin_private = s;
	options->output_type = OUTPUT_PLUGIN_BINARY_OUTPUT;
	options->receive_rewrites = false;
	if (is_init) /* the slot is being made: no options, no output */
		return;
	options_parse(ctx->output_plugin_options, &s->options);
	if (s->options.format == FORMAT_TEXT)
		options->output_type = OUTPUT_PLUGIN_TEXTUAL_OUTPUT;
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR, (errcode(MW_ENCODING),
		                errmsg("output plugin \"mwmirror\" needs a database with encoding UTF8"),
		                errdetail("This one has %s.", GetDatabaseEncodingName()),
		                errhint("Create the mirror in a database with ENCODING 'UTF8'.")));
	make_parts(s, ctx->context);
	origin_watch();
	give_back_large();
}

static void
plugin_shutdown(LogicalDecodingContext *ctx)
{
	session *s = ctx->output_plugin_private;

	if (s != NULL && s->context != NULL)
		MemoryContextDelete(s->context);
	ctx->output_plugin_private = NULL;
}

static void
plugin_begin(LogicalDecodingContext *ctx, ReorderBufferTXN *txn)
{
	session *s = ctx->output_plugin_private;

	relations_forget_open(s->relations);
	wiki_forget_all(s);
	s->public_rules = NIL;
	gather_abandon(s->gather);
	forget_source(s);
	wiki_ids_reset(s->wiki_ids);
	rows_begin(s->rows);
	whole_rows_begin(s->whole_rows);
	again_abandon(s);
	referred_forget(s->referred);
	s->txn = txn;
	s->origin = origin_of_transaction(txn);
	s->foreign_rows = false;
	s->ordinal = 0;
	s->lacking = 0;
	s->lacking_states = NULL;
	s->lacks_all_states = false;
	request_forget(s);
	memset(&s->mark, 0, sizeof(s->mark));
}

/* take_change takes a change that the writer of a source made. */
static void
take_change(session *s, mirror_relation *described, Relation relation, ReorderBufferChange *change)
{
	bool is_insert = change->action == REORDER_BUFFER_CHANGE_INSERT;
	HeapTuple old_tuple = compat_change_old_tuple(change);
	HeapTuple new_tuple = compat_change_new_tuple(change);

	if (described->table != TABLE_NONE)
		change_add(s, described, RelationGetDescr(relation), is_insert, old_tuple, new_tuple);
	if (described->wiki != 0)
		state_change(s, described, relation, is_insert, old_tuple, new_tuple);
}

static void
plugin_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation,
              ReorderBufferChange *change)
{
	session *s = ctx->output_plugin_private;
	mirror_relation *described = relations_describe(s->relations, relation);

	output_keep_alive(s);
	if (described->table != TABLE_NONE && mirror_tables[described->table].is_read)
		forget_settings(s);
	else if (s->origin.worker == ORIGIN_FOLLOW)
		take_change(s, described, relation, change);
	else if (described->table != TABLE_NONE)
		s->foreign_rows |= s->origin.worker == ORIGIN_NONE;
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
	forget_settings(ctx->output_plugin_private);
}

/* error_context_source adds the source transaction to every message from emitting it. */
static void
error_context_source(void *arg)
{
	const session *s = arg;

	errcontext("events of source transaction %s, number %u of PostgreSQL transaction %u at %X/%X",
	           s->mark.gtid, s->ordinal, s->txn->xid, LSN_FORMAT_ARGS(s->txn->final_lsn));
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
require_named_wikis(const session *s)
{
	for (int i = 0; i < gather_wiki_count(s->gather); i++)
	{
		const char *wiki_id = wiki_ids_text(s->wiki_ids, gather_wiki(s->gather, i));

		if (!mark_names(&s->mark, wiki_id))
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
plugin_mark(session *s, const mark *m)
{
	ErrorContextCallback context = {
	    .previous = error_context_stack, .callback = error_context_source, .arg = s};

	s->mark = *m;
	s->request_id[0] = '\0';
	s->ordinal++;
	error_context_stack = &context;
	require_named_wikis(s);
	if (!gather_is_empty(s->gather) || state_is_told(s))
		emit_source(s);
	forget_source(s);
	rows_begin_source(s->rows);
	whole_rows_begin_source(s->whole_rows);
	again_forget(s);
	s->mark.wikis = (mark_text){0}; /* they are in the message */
	request_forget(s);
	s->lacking = 0;
	s->lacking_states = NULL;
	s->lacks_all_states = false;
	error_context_stack = context.previous;
}

/* ignore_message logs once what somebody else wrote under the mirror's prefix. */
static void
ignore_message(session *s, XLogRecPtr lsn)
{
	if (s->reported_message)
		return;
	s->reported_message = true;
	ereport(LOG, (errmsg("ignoring a logical message with prefix \"%s\" at %X/%X", MARK_PREFIX,
	                     LSN_FORMAT_ARGS(lsn)),
	              errdetail("It is not in a transaction of a source's writer; further ones are not "
	                        "logged.")));
}

/* fail_message: what the writer wrote is neither a mark of its source nor rows. */
static void
fail_message(const session *s, XLogRecPtr lsn, Size size)
{
	ereport(ERROR,
	        (errcode(MW_BAD_MARK),
	         errmsg("the writer of source \"%s\" wrote what is not a mark of it", s->origin.source),
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
	session *s = ctx->output_plugin_private;
	const size_t head = strlen(REFERENCE_HEAD);
	size_t used;
	mark m;

	if (strcmp(prefix, MARK_PREFIX) != 0)
		return;
	output_keep_alive(s);
	if (!transactional || s->origin.worker != ORIGIN_FOLLOW)
		ignore_message(s, lsn);
	else if (size >= head && memcmp(message, REFERENCE_HEAD, head) == 0)
	{
		referred_read(s, message + head, size - head);
	}
	else if (request_is(message, size))
		request_read(s, message, size, change_tell);
	else if (mark_read(message, size, &m, &used) && strcmp(m.source, s->origin.source) == 0)
	{
		referred_read(s, message + used, size - used);
		plugin_mark(s, &m);
	}
	else
		fail_message(s, lsn, size);
}

/*
 * report_without_events
 *	 What no mark follows belongs to no source transaction, and what was not written by a source's writer to no
 *	 source: someone repaired the mirror by hand. That must not stop the slot for ever; it gives no event.
 */
static void
report_without_events(session *s, XLogRecPtr commit_lsn)
{
	if (s->foreign_rows)
		ereport(LOG, (errmsg("changes of the mirror in PostgreSQL transaction %u at %X/%X give no "
		                     "events",
		                     s->txn->xid, LSN_FORMAT_ARGS(commit_lsn)),
		              errdetail("It is not a transaction of a source's writer."),
		              errhint("Only \"mwmirror follow\" should write to schema mediawiki.")));
	if (!gather_is_empty(s->gather) || state_is_told(s))
		ereport(LOG, (errmsg("changes of the mirror without a mark in PostgreSQL transaction %u at "
		                     "%X/%X give no events",
		                     s->txn->xid, LSN_FORMAT_ARGS(commit_lsn)),
		              errdetail("They follow the mark of %s.",
		                        s->mark.gtid[0] == '\0' ? "no source transaction" : s->mark.gtid),
		              errhint("Only \"mwmirror follow\" should write to schema mediawiki.")));
}

static void
plugin_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr commit_lsn)
{
	session *s = ctx->output_plugin_private;

	report_without_events(s, commit_lsn);
	output_commit(s, txn->final_lsn, txn->end_lsn);
	forget_source(s);
	rows_end(s->rows);
	whole_rows_end(s->whole_rows);
	again_forget(s);
	relations_close_all(s->relations);
	wiki_forget_all(s);
	s->public_rules = NIL;
	MemoryContextReset(s->pg_context);
	s->txn = NULL;
	/* from here the server measures how long the client takes: pg_stat_replication.write_lag and so on */
	OutputPluginUpdateProgress(ctx, false);
}

static bool
plugin_filter_by_origin(LogicalDecodingContext *ctx, ReplOriginId origin)
{
	const session *s = ctx->output_plugin_private;

	if (origin == InvalidReplOriginId || s->context == NULL)
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
