/*
 * cli/status.c
 *	  mwmirror status: how far each hop is, and which streams are on, for people and for scripts.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/chain.h"
#include "cli/copies.h"
#include "cli/requests.h"
#include "cli/unmapped.h"
#include "support/arena.h"
#include "support/log.h"

#define PROBLEM_SIZE 640
#define UNMAPPED_SHOWN 20 /* lines */

/* Adds a sentence to the list of what is wrong. */
static void __attribute__((format(printf, 2, 3)))
problem_add(json_t *problems, const char *format, ...)
{
	char text[PROBLEM_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(problems, json_string(text));
}

static void
problems_of_source(const chain *found, const chain_source *source, double most_lag,
                   json_t *problems)
{
	if (source->configured && source->source_gtid == NULL)
		problem_add(problems, "MariaDB of source %s is unreachable", source->name);
	if (!found->postgres_reachable)
		return;
	if (source->configured && source->follow_pid == 0)
		problem_add(problems, "mwmirror follow does not run for source %s", source->name);
	if (source->wiki_count == 0)
		problem_add(problems, "source %s has no wiki: run mwmirror add-wiki", source->name);
	for (size_t i = 0; i < source->wiki_count; i++)
	{
		const char *wiki_id = source->wikis[i].wiki_id;
		const json_t *copy = copies_find(found->copies, wiki_id);

		if (source->wikis[i].gone_gtid != NULL)
			problem_add(problems,
			            "the database of wiki %s was dropped at GTID %s: run mwmirror remove-wiki, "
			            "or, if it is there again, mwmirror add-wiki and snapshot",
			            wiki_id, source->wikis[i].gone_gtid);
		else if (source->wikis[i].snapshot_gtid == NULL && copy == NULL)
			problem_add(problems, "wiki %s is not copied: run mwmirror snapshot", wiki_id);
		else if (source->wikis[i].snapshot_gtid == NULL)
			problem_add(
			    problems,
			    "wiki %s is not copied yet: %d %% of its rows are (mwmirror snapshot goes on "
			    "with it)",
			    wiki_id, copies_percent(copy));
		else if (copy != NULL && copies_added(copy) > 0)
			problem_add(problems,
			            "%d tables that were added are not copied yet of wiki %s: run mwmirror "
			            "snapshot",
			            copies_added(copy), wiki_id);
	}
	if (most_lag >= 0 && source->lag > most_lag)
		problem_add(problems, "source %s is %.1f s ahead of the mirror", source->name, source->lag);
}

static void
problems_of_relay(const config *c, const chain *found, double most_lag, json_t *problems)
{
	const bool primary = found->postgres_reachable && !found->in_recovery;

	if (found->slot.wal_status != NULL && strcmp(found->slot.wal_status, "lost") == 0)
		problem_add(problems, "replication slot %s is lost: PostgreSQL removed WAL that it needs",
		            c->relay_slot);
	if (found->in_recovery)
		problem_add(problems, "this PostgreSQL is a standby: %s for its promotion",
		            found->slot.active_pid != 0 ? "follow waits" : "follow and relay wait");
	if (!found->kafka_asked)
		return;
	if (found->gap != NULL)
		problem_add(
		    problems,
		    "what is published does not fit replication slot %s, so the relay would not start: %s",
		    c->relay_slot, found->gap);
	if (primary && !found->slot.exists)
		problem_add(problems, "there is no replication slot %s: run mwmirror init", c->relay_slot);
	else if (primary && found->slot.active_pid == 0)
		problem_add(problems, "mwmirror relay does not run for slot %s", c->relay_slot);
	if (!found->kafka_reachable)
		problem_add(problems, "Kafka's position topic cannot be read");
	if (most_lag >= 0 && found->relay_lag > most_lag)
		problem_add(problems, "the mirror is %.1f s ahead of Kafka", found->relay_lag);
}

/* Returns a new array of sentences, empty if all is well. */
static json_t *
problems_find(const config *c, const chain *found, double most_lag)
{
	json_t *problems = json_array();
	bool has_source = false;

	if (!found->postgres_reachable)
		problem_add(problems, "PostgreSQL is unreachable, or not set up by mwmirror init");
	for (size_t i = 0; i < found->source_count; i++)
	{
		has_source |= found->sources[i].configured;
		problems_of_source(found, &found->sources[i], most_lag, problems);
	}
	if (found->postgres_reachable && !has_source)
		problem_add(problems, "there is no source %s: run mwmirror init", c->source_name);
	problems_of_relay(c, found, most_lag, problems);
	if (found->unguarded > 0)
		problem_add(
		    problems,
		    "public views of %d tables show nothing, as these have no row level security, or "
		    "policies of others: run mwmirror views --refresh",
		    found->unguarded);
	return problems;
}

static json_t *
json_text(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *
json_lag(double lag)
{
	return lag < 0 ? json_null() : json_real(lag);
}

static json_t *
json_pid(int pid)
{
	return pid != 0 ? json_integer(pid) : json_null();
}

static json_t *
source_to_json(const chain_source *source)
{
	json_t *wikis = json_array();

	for (size_t i = 0; i < source->wiki_count; i++)
	{
		const chain_wiki *w = &source->wikis[i];

		json_array_append_new(wikis, json_pack("{so so so so so}", "wiki_id", json_text(w->wiki_id),
		                                       "generator", json_text(w->generator),
		                                       "snapshot_gtid", json_text(w->snapshot_gtid),
		                                       "snapshot_at", json_text(w->snapshot_at),
		                                       "gone_gtid", json_text(w->gone_gtid)));
	}
	return json_pack("{so so so so so so so so so so}", "source_name", json_text(source->name),
	                 "configured", json_boolean(source->configured), "source_gtid",
	                 json_text(source->source_gtid), "mirror_gtid", json_text(source->mirror_gtid),
	                 "last_gtid", json_text(source->last_gtid), "source_commit_time",
	                 json_text(source->commit_time), "applied_at", json_text(source->applied_at),
	                 "lag_seconds", json_lag(source->lag), "follow_pid",
	                 json_pid(source->follow_pid), "wikis", wikis);
}

static json_t *
postgres_to_json(const config *c, const chain *found)
{
	const chain_slot *slot = &found->slot;
	json_t *slot_json = json_null();

	if (slot->exists)
		slot_json =
		    json_pack("{so so so so so so sb sb}", "slot_name", json_text(c->relay_slot),
		              "active_pid", json_pid(slot->active_pid), "restart_lsn",
		              json_text(slot->restart_lsn), "confirmed_flush_lsn",
		              json_text(slot->confirmed_lsn), "wal_status", json_text(slot->wal_status),
		              "behind_bytes", json_integer((json_int_t) slot->behind_bytes), "failover",
		              slot->failover, "synced", slot->synced);
	return json_pack("{so sb sI so so}", "reachable", json_boolean(found->postgres_reachable),
	                 "in_recovery", found->in_recovery, "timeline", (json_int_t) found->timeline,
	                 "wal_flush_lsn", json_text(found->flush_lsn), "slot", slot_json);
}

static json_t *
streams_to_json(const chain *found)
{
	json_t *streams = json_array();

	for (size_t i = 0; i < found->stream_count; i++)
	{
		const chain_stream *of = &found->streams[i];

		json_array_append_new(streams,
		                      json_pack("{so so sb sb sI}", "name", json_text(of->name), "topic",
		                                json_text(of->topic), "private", of->is_private, "enabled",
		                                of->enabled, "wikis", (json_int_t) of->wikis));
	}
	return streams;
}

static json_t *
kafka_to_json(const chain *found)
{
	json_t *json;

	if (!found->kafka_asked)
		return json_null();
	json = found->published ? relay_position_to_json(&found->position) : json_object();
	json_object_set_new(json, "reachable", json_boolean(found->kafka_reachable));
	if (!found->published)
		json_object_set_new(json, "events", json_integer(0));
	json_object_set_new(json, "lag_seconds", json_lag(found->relay_lag));
	return json;
}

static status
status_write_json(const config *c, const chain *found, json_t *problems)
{
	json_t *sources = json_array();
	json_t *root;
	char *text;

	for (size_t i = 0; i < found->source_count; i++)
		json_array_append_new(sources, source_to_json(&found->sources[i]));
	root = json_pack(
	    "{so sO so so so so so so so}", "healthy", json_boolean(json_array_size(problems) == 0),
	    "problems", problems, "sources", sources, "postgres", postgres_to_json(c, found), "kafka",
	    kafka_to_json(found), "streams", streams_to_json(found), "requests",
	    found->requests != NULL ? json_incref(found->requests) : json_null(), "unmapped",
	    found->unmapped != NULL ? json_incref(found->unmapped) : json_null(), "copies",
	    found->copies != NULL ? json_incref(found->copies) : json_null());
	text = root != NULL ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
	json_decref(root);
	if (text == NULL)
	{
		log_error("out of memory");
		return STATUS_MEMORY;
	}
	puts(text);
	free(text);
	return STATUS_OK;
}

static const char *
text_or(const char *text, const char *otherwise)
{
	return text != NULL && text[0] != '\0' ? text : otherwise;
}

/* One line of the table: name, value, and what belongs to it. */
static void __attribute__((format(printf, 2, 3)))
line_write(const char *name, const char *format, ...)
{
	va_list args;

	printf("  %-14s ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

static void
lag_write(const char *name, double lag)
{
	if (lag < 0)
		line_write(name, "unknown");
	else
		line_write(name, "%.1f s", lag);
}

static void
process_write(const char *name, int pid, const char *application)
{
	if (pid == 0)
		line_write(name, "does not run");
	else
		line_write(name, "runs (PostgreSQL process %d%s%s)", pid, application != NULL ? ", " : "",
		           application != NULL ? application : "");
}

static void
source_write(const chain_source *source)
{
	printf("Source %s\n", source->name);
	line_write("MariaDB at", "%s",
	           text_or(source->source_gtid,
	                   source->configured ? "unreachable" : "not in this configuration"));
	if (source->mirror_gtid == NULL)
	{
		line_write("mirror at", "unreachable");
		return;
	}
	line_write("mirror at", "%s", text_or(source->mirror_gtid, "no position yet"));
	if (source->last_gtid != NULL)
		line_write("last applied", "%s, committed %s", source->last_gtid,
		           text_or(source->commit_time, "at an unknown time"));
	lag_write("lag", source->lag);
	process_write("follow", source->follow_pid, source->follow_name);
	for (size_t i = 0; i < source->wiki_count; i++)
		line_write(i == 0 ? "wikis" : "", "%s (%s), copied at %s%s%s", source->wikis[i].wiki_id,
		           text_or(source->wikis[i].generator, "unknown version"),
		           text_or(source->wikis[i].snapshot_gtid, "no GTID yet"),
		           source->wikis[i].gone_gtid == NULL ? "" : ", dropped at ",
		           text_or(source->wikis[i].gone_gtid, ""));
}

static void
relay_write(const config *c, const chain *found)
{
	const chain_slot *slot = &found->slot;

	printf("Relay of slot %s\n", c->relay_slot);
	if (!found->postgres_reachable)
		line_write("slot", "unknown");
	else if (!slot->exists)
		line_write("slot", "there is none");
	else
	{
		line_write("WAL flushed", "%s", text_or(found->flush_lsn, "unknown"));
		line_write("slot", "confirmed %s, restart %s, WAL %s", text_or(slot->confirmed_lsn, "none"),
		           text_or(slot->restart_lsn, "none"), text_or(slot->wal_status, "unknown"));
		line_write("behind", "%" PRId64 " bytes of WAL", slot->behind_bytes);
		if (slot->failover)
			line_write("failover", "%s",
			           slot->synced ? "this is a standby's copy" : "standbys keep a copy");
		process_write("relay", slot->active_pid, NULL);
	}
	if (!found->kafka_asked)
	{
		line_write("sink", "%s", c->relay_sink);
		return;
	}
	if (!found->kafka_reachable)
		line_write("Kafka at", "unreachable, or without position topic");
	else if (!found->published)
		line_write("Kafka at", "nothing published yet");
	else
	{
		char lsn[RELAY_LSN_SIZE];

		relay_lsn_format(found->position.lsn, lsn);
		line_write("Kafka at", "%s, LSN %s", text_or(found->position.gtid, "no GTID"), lsn);
		line_write("events", "%" PRIu64 " published", found->position.events);
		lag_write("lag", found->relay_lag);
	}
}

/* Those that are on, each with its topic, and the others in one line. */
static void
streams_write(const chain *found)
{
	const char *comma = "";
	bool first = true;

	printf("Streams\n");
	for (size_t i = 0; i < found->stream_count; i++)
	{
		const chain_stream *of = &found->streams[i];

		if (!of->enabled)
			continue;
		line_write(first ? "on" : "", "%s of %" PRId64 " %swiki%s, topic %s", text_or(of->name, ""),
		           of->wikis, of->is_private ? "private " : "", of->wikis == 1 ? "" : "s",
		           text_or(of->topic, ""));
		first = false;
	}
	printf("  %-14s ", "off");
	for (size_t i = 0; i < found->stream_count; i++)
	{
		if (found->streams[i].enabled)
			continue;
		printf("%s%s", comma, text_or(found->streams[i].name, ""));
		comma = ", ";
	}
	printf("%s\n", comma[0] == '\0' ? "none" : "");
}

/* One a line, and how many more there are than most; nothing if there are none. */
static void
list_show(const char *title, const json_t *list, void (*write)(const json_t *, FILE *), size_t most)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) > 0)
		printf("%s\n", title);
	json_array_foreach(list, i, one)
	{
		if (i == most)
		{
			printf("  and %zu more, see --json\n", json_array_size(list) - i);
			break;
		}
		printf("  ");
		write(one, stdout);
		printf("\n");
	}
}

static void
status_write_text(const config *c, const chain *found, const json_t *problems)
{
	for (size_t i = 0; i < found->source_count; i++)
		source_write(&found->sources[i]);
	relay_write(c, found);
	if (found->postgres_reachable)
		streams_write(found);
	list_show("Copies", found->copies, copies_write, SIZE_MAX);
	list_show("Requests", found->requests, requests_write, SIZE_MAX);
	list_show("Not mirrored", found->unmapped, unmapped_write, UNMAPPED_SHOWN);
	printf("%s\n", json_array_size(problems) == 0 ? "All is well." : "Problems");
	for (size_t i = 0; i < json_array_size(problems); i++)
		printf("  - %s\n", json_string_value(json_array_get(problems, i)));
}

/* Reads --max-lag into *out, -1 if it was not given. */
static status
status_read_most_lag(const cli_call *call, double *out)
{
	const char *value = cli_option_value(call, "max-lag");
	char *end;

	*out = -1;
	if (value == NULL)
		return STATUS_OK;
	*out = strtod(value, &end);
	if (end == value || *end != '\0' || !(*out >= 0))
	{
		log_error("--max-lag must be a number of seconds, not \"%s\"", value);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static status
run_status(const cli_call *call)
{
	double most_lag;
	chain found;
	json_t *problems;
	arena *a;
	status s = status_read_most_lag(call, &most_lag);

	if (s != STATUS_OK)
		return s;
	a = arena_create(64 * 1024);
	if (a == NULL)
	{
		log_error("out of memory");
		return STATUS_MEMORY;
	}
	s = chain_look(call->config, a, &found);
	if (s == STATUS_OK)
	{
		problems = problems_find(call->config, &found, most_lag);
		if (cli_option_given(call, "json"))
			s = status_write_json(call->config, &found, problems);
		else
			status_write_text(call->config, &found, problems);
		if (s == STATUS_OK && json_array_size(problems) > 0)
			s = STATUS_FAILED;
		json_decref(problems);
		json_decref(found.requests);
		json_decref(found.unmapped);
		json_decref(found.copies);
	}
	arena_destroy(a);
	return s;
}

static const cli_option options[] = {
    {"json", NULL, "write one JSON object instead of a table"},
    {"max-lag", "SECONDS", "call a larger lag at any hop a problem"},
    {NULL},
};

const cli_verb cli_status = {
    .name = "status",
    .summary = "show how far MariaDB, mirror and Kafka are",
    .description = "Asks all three. The lag of the mirror is 0 if it has all that MariaDB has, "
                   "else the age of the last\n"
                   "source transaction that it applied; that of Kafka is the time between the "
                   "source commits that are\n"
                   "in the mirror and in Kafka last. The exit code is 0 if all is well, and 1 if "
                   "something does not\n"
                   "run, cannot be reached, is not copied yet or lags more than --max-lag.",
    .operands = "",
    .options = options,
    .sections = "source postgres relay kafka log",
    .run = run_status,
};
