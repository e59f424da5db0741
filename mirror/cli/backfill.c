#define _GNU_SOURCE /* asprintf */
/*
 * cli/backfill.c
 *	  mwmirror backfill: asks for requests that tell streams what is there, and shows how far they are.
 *
 * follow and relay do the work, by rows of mwmirror.request: this program may end, and come back with --resume, at any time.
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/postgres.h"
#include "cli/progress.h"
#include "cli/requests.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define LOOK_MS 500
#define LOST_MS 2000
#define TITLES_MOST 1000000

/* clang-format off */
static const char sql_pages[] =
    "SELECT json_agg(DISTINCT p.page_id) FILTER (WHERE p.page_id IS NOT NULL), "
    "count(*) FILTER (WHERE p.page_id IS NULL), min(p.title) FILTER (WHERE p.page_id IS NULL) "
    "FROM mwmirror.backfill_pages($1, ARRAY(SELECT json_array_elements_text($2::json))) AS p";

#define LIST(n) "coalesce(string_to_array(nullif($" n ", ''), ','), '{}')"
#define KEY(n) "CASE WHEN $" n " LIKE '{%' THEN $" n "::text[] ELSE string_to_array($" n ", ',') END"

static const char sql_backfill[] =
    "SELECT json_agg(b.id) FROM mwmirror.backfill($1, " LIST("2") ", " LIST("3") ", $4, "
    KEY("5") ", " KEY("6") ", $7::timestamptz, "
    "CASE WHEN $8::text IS NOT NULL THEN ARRAY(SELECT json_array_elements_text($8::json)::bigint) END, "
    "$9::boolean, $10::integer) AS b(id)";
/* clang-format on */

static const char hint_ask[] = "see mwmirror backfill --help, and SELECT * FROM mwmirror.streams()";

/* ---- which pages ---- */

/* Adds the lines of a file, "-" for standard input, as titles. */
static status
read_titles(const char *path, json_t *titles)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	status s = STATUS_OK;

	if (file == NULL)
	{
		log_error("cannot read %s: %s", path, strerror(errno));
		return STATUS_USAGE;
	}
	while (s == STATUS_OK && (len = getline(&line, &room, file)) > 0)
	{
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (len > 0 && json_array_append_new(titles, json_stringn(line, (size_t) len)) != 0)
		{
			log_error("%s: not UTF-8: \"%s\"", path, line);
			s = STATUS_USAGE;
		}
	}
	if (s == STATUS_OK && ferror(file))
	{
		log_error("cannot read %s: %s", path, strerror(errno));
		s = STATUS_USAGE;
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return s;
}

/* Pages that arguments and --pages name: titles or ids. *out: NULL if none are asked for; the caller's. */
static status
gather_titles(const cli_call *call, json_t **out)
{
	const char *path = cli_option_value(call, "pages");
	status s = STATUS_OK;

	*out = NULL;
	if (path == NULL && call->operand_count < 2)
		return STATUS_OK;
	*out = json_array();
	for (int i = 1; i < call->operand_count && s == STATUS_OK; i++)
		if (json_array_append_new(*out, json_string(call->operands[i])) != 0)
		{
			log_error("not UTF-8: \"%s\"", call->operands[i]);
			s = STATUS_USAGE;
		}
	if (s == STATUS_OK && path != NULL)
		s = read_titles(path, *out);
	if (s == STATUS_OK && json_array_size(*out) > TITLES_MOST)
	{
		log_error("%zu pages are more than the %d that a list may have: give a key range",
		          json_array_size(*out), TITLES_MOST);
		s = STATUS_USAGE;
	}
	return s;
}

/* Finds their ids: *ids is a JSON text for free(), NULL if none are asked for. */
static status
find_pages(PGconn *conn, const cli_call *call, char **ids)
{
	const char *params[] = {call->operands[0], NULL};
	json_t *titles = NULL;
	char *text = NULL;
	PGresult *found = NULL;
	status s = gather_titles(call, &titles);

	*ids = NULL;
	if (s == STATUS_OK && titles != NULL)
	{
		params[1] = text = json_dumps(titles, JSON_COMPACT);
		s = text == NULL
		        ? STATUS_MEMORY
		        : postgres_run(conn, "find the pages", hint_ask, sql_pages, 2, params, &found);
	}
	if (s == STATUS_OK && found != NULL)
	{
		if (strcmp(PQgetvalue(found, 0, 1), "0") != 0)
			log_warning("%s of these are no pages, \"%s\" for one", PQgetvalue(found, 0, 1),
			            PQgetvalue(found, 0, 2));
		*ids = strdup(PQgetisnull(found, 0, 0) ? "[]" : PQgetvalue(found, 0, 0));
		if (*ids == NULL)
			s = STATUS_MEMORY;
		else if (strcmp(*ids, "[]") == 0)
		{
			log_error("none of these is a page of %s", call->operands[0]);
			s = STATUS_FAILED;
		}
	}
	PQclear(found);
	free(text);
	json_decref(titles);
	return s;
}

/* ---- what is asked ---- */

/* A topic that is the relay's own would be written by nobody else; all others are the server's to judge. */
static status
check_topic(const config *c, const char *topic)
{
	const size_t prefix = strlen(c->kafka_topic_prefix);

	if (topic == NULL || strncmp(c->kafka_position_topic, c->kafka_topic_prefix, prefix) != 0 ||
	    strcmp(c->kafka_position_topic + prefix, topic) != 0)
		return STATUS_OK;
	log_error("topic %s is kafka.position_topic", topic);
	return STATUS_USAGE;
}

/* Makes the requests; *ids is a JSON array of their ids, for free(). */
static status
ask(PGconn *conn, const cli_call *call, char **ids)
{
	const char *rate = cli_option_value(call, "rows-per-second");
	char *pages = NULL;
	PGresult *made = NULL;
	status s = check_topic(call->config, cli_option_value(call, "topic"));

	*ids = NULL;
	if (s == STATUS_OK)
		s = find_pages(conn, call, &pages);
	if (s == STATUS_OK)
	{
		const char *params[] = {call->operands[0],
		                        cli_option_value(call, "stream"),
		                        cli_option_value(call, "table"),
		                        cli_option_value(call, "topic"),
		                        cli_option_value(call, "from"),
		                        cli_option_value(call, "to"),
		                        cli_option_value(call, "since"),
		                        pages,
		                        cli_option_given(call, "history") ? "true" : "false",
		                        rate == NULL                ? "1000"
		                        : strcmp(rate, "none") == 0 ? NULL
		                                                    : rate};

		s = postgres_run(conn, "make the request", hint_ask, sql_backfill, 10, params, &made);
	}
	if (s == STATUS_OK)
	{
		*ids = strdup(PQgetvalue(made, 0, 0));
		s = *ids != NULL ? STATUS_OK : STATUS_MEMORY;
	}
	PQclear(made);
	free(pages);
	return s;
}

/* Ids of the options --cancel and --resume, "7,8", as a JSON array; for free(). NULL, logged: they are none. */
static char *
read_ids(const char *text)
{
	char *out;

	if (text[0] == '\0' || strspn(text, "0123456789,") != strlen(text) || text[0] == ',' ||
	    text[strlen(text) - 1] == ',' || strstr(text, ",,") != NULL || strlen(text) > 1000)
	{
		log_error("not the ids of requests: \"%s\"", text);
		return NULL;
	}
	if (asprintf(&out, "[%s]", text) < 0)
		return NULL;
	return out;
}

/* Calls a function of one request for each of them; false of one of them is an error. */
static status
call_each(PGconn *conn, const char *ids, const char *rate, bool resume)
{
	const char *params[] = {ids, rate != NULL && strcmp(rate, "none") == 0 ? "0" : rate};
	PGresult *result;
	status s =
	    postgres_run(conn, resume ? "go on with the request" : "cancel the request", hint_ask,
	                 resume ? "SELECT i, mwmirror.request_resume(i::bigint, $2::integer) FROM "
	                          "json_array_elements_text($1::json) AS i"
	                        : "SELECT i, mwmirror.request_cancel(i::bigint) FROM "
	                          "json_array_elements_text($1::json) AS i",
	                 resume ? 2 : 1, params, &result);

	for (int i = 0; s == STATUS_OK && i < PQntuples(result); i++)
		if (PQgetvalue(result, i, 1)[0] != 't')
		{
			log_error_hint("mwmirror backfill --list",
			               "request %s is none that can be %s: it is over, or there is none",
			               PQgetvalue(result, i, 0), resume ? "gone on with" : "cancelled");
			s = STATUS_FAILED;
		}
	PQclear(result);
	return s;
}

/* ---- how far it is ---- */

static status
print(const json_t *requests, bool as_json)
{
	const json_t *request;
	char *text;
	size_t i;

	if (!as_json)
	{
		json_array_foreach(requests, i, request)
		{
			requests_write(request, stdout);
			putchar('\n');
		}
		return STATUS_OK;
	}
	text = json_dumps(requests, JSON_INDENT(2));
	if (text == NULL)
		return STATUS_MEMORY;
	puts(text);
	free(text);
	return STATUS_OK;
}

/* True if something of it is to come: from follow, or, if it is done, from the relay. */
static bool
is_open(const json_t *request)
{
	const char *state = json_string_value(json_object_get(request, "state"));

	return strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0 ||
	       (strcmp(state, "done") == 0 && !json_is_true(json_object_get(request, "published")));
}

/* Logs how it ended, if not well. */
static status
judge_one(const json_t *request)
{
	const char *state = json_string_value(json_object_get(request, "state"));
	const char *error = json_string_value(json_object_get(request, "error"));

	if (strcmp(state, "done") == 0)
		return STATUS_OK;
	log_error_hint("mwmirror backfill --resume goes on where it was",
	               "request %" JSON_INTEGER_FORMAT " %s%s%s",
	               json_integer_value(json_object_get(request, "id")),
	               strcmp(state, "failed") == 0 ? "failed" : "is cancelled",
	               error != NULL ? ": " : "", error != NULL ? error : "");
	return STATUS_FAILED;
}

/* STATUS_OK: all are done; STATUS_FAILED, logged: one is over and not done; STATUS_RETRY: some are not over. */
static status
judge(const json_t *requests)
{
	status s = STATUS_OK;
	const json_t *request;
	size_t i;

	json_array_foreach(requests, i, request) if (is_open(request)) return STATUS_RETRY;
	json_array_foreach(requests, i, request) if (judge_one(request) != STATUS_OK) s = STATUS_FAILED;
	return s;
}

/* Says who is to do what is not done, if nothing has moved for a while. */
static void
warn_of_standstill(progress *bar, patience *waiting, json_int_t *seen, const json_t *requests)
{
	json_int_t rows = 0;
	bool written = true;
	const json_t *request;
	size_t i;

	json_array_foreach(requests, i, request)
	{
		rows += json_integer_value(json_object_get(request, "rows_read"));
		written =
		    written && strcmp(json_string_value(json_object_get(request, "state")), "done") == 0;
	}
	if (rows != *seen)
		*waiting = patience_begin();
	*seen = rows;
	if (!patience_due(waiting))
		return;
	progress_end(bar);
	log_write_hint(LOG_LEVEL_WARNING,
	               "mwmirror status says who runs, and whether the wiki is copied",
	               "nothing has moved for %d s: waiting for mwmirror %s", patience_seconds(waiting),
	               written ? "relay, which publishes" : "follow, which writes");
}

/* Looks again and again until all are over; *out is how they ended, the caller's. A server that is away is waited for. */
static status
watch(const config *c, PGconn *conn, const char *ids, json_t **out)
{
	progress bar = progress_begin();
	patience waiting = patience_begin();
	json_int_t seen = -1;
	status s;

	for (;;)
	{
		json_decref(*out);
		*out = NULL;
		s = conn != NULL ? requests_read(conn, c->relay_slot, ids, out) : STATUS_RETRY;
		if (s == STATUS_OK)
		{
			progress_show(&bar, *out);
			s = judge(*out);
			warn_of_standstill(&bar, &waiting, &seen, *out);
		}
		else if (s == STATUS_RETRY)
		{
			PQfinish(conn);
			conn = NULL;
			if (stop_wait(LOST_MS))
				s = STATUS_STOPPED;
			else if (postgres_connect(c->postgres_conninfo, "postgres.conninfo", &conn) ==
			         STATUS_STOPPED)
				s = STATUS_STOPPED;
		}
		if (s != STATUS_RETRY)
			break;
		if (stop_wait(LOOK_MS))
		{
			s = STATUS_STOPPED;
			break;
		}
	}
	progress_end(&bar);
	PQfinish(conn);
	return s;
}

/* ---- the verb ---- */

static status
check_arguments(const cli_call *call)
{
	const char *rate = cli_option_value(call, "rows-per-second");
	const bool asks = call->operand_count > 0;
	const int others = cli_option_given(call, "list") + cli_option_given(call, "cancel") +
	                   cli_option_given(call, "resume");

	if (others + asks != 1)
	{
		log_error("give WIKI, or one of --list, --cancel and --resume");
		return STATUS_USAGE;
	}
	if (rate != NULL && strcmp(rate, "none") != 0 &&
	    (strspn(rate, "0123456789") != strlen(rate) || strlen(rate) > 9 || atoi(rate) < 1))
	{
		log_error("--rows-per-second must be a number from 1 on, or none, not \"%s\"", rate);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* Does what is asked for and says of which requests more is to be shown; *ids NULL: all of them. */
static status
act(PGconn *conn, const cli_call *call, char **ids)
{
	const char *named = cli_option_given(call, "cancel") ? cli_option_value(call, "cancel")
	                                                     : cli_option_value(call, "resume");
	const char *rate = cli_option_value(call, "rows-per-second");

	*ids = NULL;
	if (cli_option_given(call, "list"))
		return STATUS_OK;
	if (named == NULL)
		return ask(conn, call, ids);
	*ids = read_ids(named);
	if (*ids == NULL)
		return STATUS_USAGE;
	return call_each(conn, *ids, rate, cli_option_given(call, "resume"));
}

static status
run_backfill(const cli_call *call)
{
	const bool as_json = cli_option_given(call, "json");
	const bool watches = !cli_option_given(call, "list") && !cli_option_given(call, "cancel") &&
	                     !cli_option_given(call, "detach");
	json_t *requests = NULL;
	PGconn *conn = NULL;
	char *ids = NULL;
	status written = STATUS_OK;
	status s = check_arguments(call);

	if (s == STATUS_OK)
		s = postgres_connect(call->config->postgres_conninfo, "postgres.conninfo", &conn);
	if (s == STATUS_OK)
		s = act(conn, call, &ids);
	if (s == STATUS_OK && watches)
	{
		log_info("request %.*s", (int) strlen(ids) - 2, ids + 1);
		s = watch(call->config, conn, ids, &requests);
		conn = NULL;
	}
	else if (s == STATUS_OK)
		s = requests_read(conn, call->config->relay_slot, ids, &requests);
	if (s == STATUS_STOPPED && ids != NULL)
		log_info("the request goes on without this program; mwmirror backfill --resume %.*s "
		         "comes back to it",
		         (int) strlen(ids) - 2, ids + 1);
	if (requests != NULL && s != STATUS_STOPPED)
		written = print(requests, as_json);
	PQfinish(conn);
	json_decref(requests);
	free(ids);
	return s == STATUS_OK ? written : s;
}

static const cli_option options[] = {
    {"stream", "NAME[,NAME]", "streams that tell of it (default: all that are on and can)"},
    {"table", "NAME[,NAME]", "tables, for their state streams that are on"},
    {"from", "KEY", "rows from this key on: values of the key behind wiki_id, by commas"},
    {"to", "KEY", "rows up to before this key"},
    {"since", "TIME", "only what changed since: page_touched, rev_timestamp and so on"},
    {"pages", "FILE", "titles or ids of pages, one a line; - is standard input"},
    {"history", NULL, "each revision of the pages, not the latest alone"},
    {"topic", "NAME", "into a topic of its own, which the relay makes"},
    {"rows-per-second", "N", "the most rows a second, or none (default 1000)"},
    {"detach", NULL, "do not wait for the end"},
    {"list", NULL, "show the requests that are not over, or ended within a day"},
    {"cancel", "ID[,ID]", "end requests: what is written stays"},
    {"resume", "ID[,ID]", "go on with requests, watch them, or change their rate"},
    {"json", NULL, "write the requests as JSON when it ends"},
    {NULL, NULL, NULL},
};

const cli_verb cli_backfill = {
    .name = "backfill",
    .summary = "tell streams what is there, for consumers that begin anew",
    .description =
        "Asks follow to write what the mirror has of WIKI into the WAL, between the live changes, "
        "so "
        "that streams\n"
        "tell of it in order with them: state streams of the rows, page streams of the pages. "
        "Shows "
        "how far it is,\n"
        "on a terminal as a bar, and ends when all is published. It may be stopped and killed: the "
        "work goes on.\n"
        "PAGE is a title or an id. Exit code 1: a request failed or was cancelled, or none of the "
        "pages is there.",
    .operands = "WIKI [PAGE]...",
    .most_operands = 10000,
    .options = options,
    .sections = "postgres relay kafka log",
    .run = run_backfill,
};
