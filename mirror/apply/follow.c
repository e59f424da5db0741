/*
 * apply/follow.c
 *	  mwmirror follow: one attempt after the other, each from the position on.
 *
 * Threads: the reader (source/reader.h) talks to MariaDB only; this one to PostgreSQL only.
 */
#include "apply/follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "apply/applier.h"
#include "apply/copy_watch.h"
#include "apply/lock.h"
#include "apply/target.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/source_check.h"
#include "source/mariadb.h"
#include "source/reader.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/retry.h"
#include "support/stop.h"

#define CHECK_TIMEOUT_S 10
#define WAIT_MS 200 /* for the next event, so that a stop is seen */
#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS 10000
#define REPORT_INTERVAL_S 60
#define COPY_LOOK_MS 500 /* while no wiki is copied */

/* One attempt: all of it is made anew after a failure. */
typedef struct follow_attempt
{
	const config *config;
	PGconn *conn;
	copy_watch *copies;
	wiki_list wikis;
	mapping *mapping;
	gtid_list position;
	history history; /* the transaction at its end */
	reader *reader;
	applier *applier;
} follow_attempt;

/* What an attempt has learnt for the next one. */
typedef struct lesson
{
	undone *undone;  /* rows that the source undid */
	bool duplicates; /* an INSERT has met a row that was there */
	bool checked;    /* the source was what it must be */
	bool in_part;    /* its row images lack columns */
	bool waits;      /* it was said that no wiki is copied */
	size_t left_out; /* wikis of which that was said */
} lesson;

/* Called in the reader's thread; wikis and mapping do not change. */
static bool
wants_table(void *context, const char *schema, size_t schema_len, const char *table,
            size_t table_len)
{
	const follow_attempt *s = context;
	const char *bare;
	size_t bare_len;
	const wiki *w =
	    wiki_list_find(&s->wikis, schema, schema_len, table, table_len, &bare, &bare_len);

	return w != NULL && w->followed && mapping_has_table(s->mapping, w, bare, bare_len);
}

/* The source is set up, and the wikis that are followed come with its binlog. */
static status
check_source(const follow_attempt *s)
{
	const char **databases = calloc(s->wikis.count + 1, sizeof(char *));
	MYSQL *mysql = NULL;
	size_t count = 0;
	status result;

	if (databases == NULL)
	{
		log_error("out of memory for the list of databases");
		return STATUS_MEMORY;
	}
	for (size_t i = 0; i < s->wikis.count; i++)
		if (s->wikis.items[i].followed)
			databases[count++] = s->wikis.items[i].database;
	result = mariadb_open_source(s->config, CHECK_TIMEOUT_S, databases, count, &mysql);
	if (result == STATUS_OK)
		result = mariadb_check_wishes(mysql);
	if (result == STATUS_OK)
		result = snapshot_warn_of_empty(mysql, s->mapping, &s->wikis);
	if (mysql != NULL)
		mysql_close(mysql);
	free(databases);
	return result;
}

/* Wikis that are not copied are told once. */
static void
tell_left_out(const follow_attempt *s, lesson *known)
{
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < s->wikis.count; i++)
	{
		if (s->wikis.items[i].followed || s->wikis.items[i].gone)
			continue;
		if (count++ == 0)
			first = s->wikis.items[i].wiki_id;
	}
	if (count > known->left_out)
		log_write_hint(
		    LOG_LEVEL_WARNING, "run mwmirror snapshot: it may be done while follow runs",
		    "%zu wikis of source %s are not copied yet and are left out, the first is %s", count,
		    s->config->source_name, first);
	known->left_out = count;
}

/* STATUS_RETRY when the list of wikis, or what is copied of them, has changed. */
static status
wait_for_wikis(follow_attempt *s, lesson *known)
{
	status result = STATUS_OK;

	if (!known->waits)
		log_write_hint(LOG_LEVEL_WARNING,
		               s->wikis.count == 0 ? "run mwmirror add-wiki, then mwmirror snapshot"
		                                   : "run mwmirror snapshot",
		               "no wiki of source %s is copied: waiting for one", s->config->source_name);
	known->waits = true;
	while (result == STATUS_OK)
	{
		if (stop_wait(COPY_LOOK_MS))
			return STATUS_STOPPED;
		result = copy_watch_look(s->copies);
	}
	return result;
}

static status
load_wikis(follow_attempt *s, lesson *known)
{
	status result = wiki_list_load(s->conn, s->config->source_name, &s->wikis);

	if (result != STATUS_OK)
		return result;
	tell_left_out(s, known);
	for (size_t i = 0; i < s->wikis.count; i++)
		if (s->wikis.items[i].followed)
			return STATUS_OK;
	return wait_for_wikis(s, known);
}

static status
load_position(follow_attempt *s, lesson *known)
{
	bool found;
	status result =
	    target_read_position(s->conn, s->config->source_name, &s->position, &s->history, &found);

	if (result == STATUS_OK && !found)
	{
		if (!known->waits)
			log_write_hint(LOG_LEVEL_WARNING, "mwmirror snapshot writes it",
			               "mwmirror.source has no position of source %s: waiting for one",
			               s->config->source_name);
		known->waits = true;
		result = STATUS_RETRY;
	}
	return result;
}

static status
open_session(follow_attempt *s, lesson *known)
{
	char *position;
	status result = target_open(s->config, "mwmirror follow", &s->conn);

	if (result == STATUS_OK)
		result = target_check(s->conn);
	/* first, so that any later change is seen; and before the lock, as a wiki may be waited for */
	if (result == STATUS_OK)
		result = copy_watch_create(s->conn, s->config->source_name, &s->copies);
	if (result == STATUS_OK)
		result = load_wikis(s, known);
	if (result == STATUS_OK)
		result = lock_source(s->conn, s->config);
	if (result == STATUS_OK)
		result = target_set_up_origin(s->conn, s->config->source_name, "follow");
	if (result == STATUS_OK)
		result = mapping_load(s->conn, &s->mapping);
	if (result == STATUS_OK)
		result = load_position(s, known);
	/* once: what changes later shows in the stream */
	if (result == STATUS_OK && !known->checked)
		result = check_source(s);
	if (result == STATUS_OK)
		result = applier_create(s->config, s->conn, s->mapping, &s->wikis, s->copies, &s->position,
		                        known->undone, known->duplicates, &s->applier);
	if (result == STATUS_OK)
		result = reader_start(s->config, &s->position, &s->history, known->checked, known->in_part,
		                      wants_table, s, &s->reader);
	if (result != STATUS_OK)
		return result;
	known->waits = false;
	position = gtid_list_format(&s->position);
	log_info("following source %s from GTID %s", s->config->source_name,
	         position == NULL ? "?" : position);
	free(position);
	return STATUS_OK;
}

/* The reader's thread first: it uses the rest. */
static void
close_session(follow_attempt *s)
{
	if (s->reader != NULL)
		reader_destroy(s->reader);
	applier_destroy(s->applier);
	copy_watch_destroy(s->copies);
	mapping_free(s->mapping);
	wiki_list_free(&s->wikis);
	gtid_list_free(&s->position);
	if (s->conn != NULL)
		PQfinish(s->conn);
}

static void
report(const follow_attempt *s, time_t *last)
{
	applier_counts counts;
	time_t now = time(NULL);

	if (now - *last < REPORT_INTERVAL_S)
		return;
	*last = now;
	applier_get_counts(s->applier, &counts);
	log_info("applied %" PRIu64 " source transactions, %" PRIu64 " rows, in %" PRIu64
	         " commits, by %" PRIu64 " batches and %" PRIu64 " statements; %zu bytes wait",
	         counts.transactions, counts.rows, counts.commits, counts.batches, counts.statements,
	         reader_waiting_bytes(s->reader));
}

static status
show_sign(follow_attempt *s, int64_t *last)
{
	int64_t now = clock_ms();

	if (now - *last < lock_sign_ms(s->config))
		return STATUS_OK;
	*last = now;
	return applier_sign(s->applier);
}

/* Applies events until a stop or a failure. */
static status
follow_events(follow_attempt *s)
{
	time_t last_report = time(NULL);
	int64_t last_sign = clock_ms();
	status result = STATUS_OK;
	reader_item item;

	while (result == STATUS_OK)
	{
		int due = applier_idle_due(s->applier);
		int64_t quiet_time = reader_quiet_time(s->reader);
		bool got;
		bool rests;

		if (stop_requested())
			return applier_at_boundary(s->applier) ? applier_finish(s->applier) : STATUS_OK;
		got = reader_next(s->reader, due >= 0 && due < WAIT_MS ? due : WAIT_MS, &item);
		if (got)
			result = applier_take(s->applier, &item);
		rests = !got || reader_drained(s->reader);
		if (result == STATUS_OK && (rests || applier_overdue(s->applier)))
			result = applier_idle(s->applier, rests ? quiet_time : 0);
		if (result == STATUS_OK)
			result = show_sign(s, &last_sign);
		report(s, &last_report);
	}
	return result;
}

/* One attempt. *known: in and out. *progress: something was committed, or learnt. *again: the next begins at once, as nothing has failed. */
static status
follow_once(const config *c, lesson *known, bool *progress, bool *again)
{
	follow_attempt s = {.config = c};
	applier_counts counts = {0};
	status result = open_session(&s, known);

	if (result == STATUS_OK)
		result = follow_events(&s);
	if (s.applier != NULL)
	{
		applier_get_counts(s.applier, &counts);
		log_info("applied %" PRIu64 " source transactions, %" PRIu64 " rows, in %" PRIu64
		         " commits, by %" PRIu64 " batches and %" PRIu64 " statements",
		         counts.transactions, counts.rows, counts.commits, counts.batches,
		         counts.statements);
		*progress = counts.commits > 0 || applier_learnt(s.applier);
		known->duplicates = known->duplicates || applier_met_duplicate(s.applier);
	}
	known->checked = known->checked || s.reader != NULL;
	known->in_part = known->in_part || (s.reader != NULL && reader_met_part(s.reader));
	*again = s.copies != NULL && copy_watch_is_outdated(s.copies);
	close_session(&s);
	log_set_gtid(NULL);
	return result;
}

status
follow_run(const config *c)
{
	lesson known = {.undone = undone_create()};
	retry backoff;
	status result = STATUS_RETRY;

	if (known.undone == NULL)
	{
		log_error("out of memory for what the source undoes");
		return STATUS_MEMORY;
	}
	retry_init(&backoff, RETRY_LEAST_MS, RETRY_MOST_MS);
	while (result == STATUS_RETRY && !stop_requested())
	{
		bool progress = false;
		bool again = false;

		result = follow_once(c, &known, &progress, &again);
		if (result != STATUS_RETRY)
			break;
		if (progress)
			retry_reset(&backoff);
		if (!again)
			stop_wait((int) retry_next(&backoff));
	}
	undone_destroy(known.undone);
	if (stop_requested() && (result == STATUS_OK || result == STATUS_RETRY))
		result = STATUS_STOPPED;
	if (result == STATUS_STOPPED)
		log_info("stopped");
	return result;
}
