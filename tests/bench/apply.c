/*
 * tests/bench/apply.c
 *	  The yardstick of follow: edits of seven rows by pipelined prepared statements from a bare loop.
 *
 * usage: apply -c mwmirror.conf [EDITS [EDITS_A_COMMIT]]; prints rows=N seconds=S. Writes rows of a wiki named
 * bare_loop into the mirror's own tables, with their indexes, under the origin that the plugin leaves out, and deletes
 * them at the end.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "support/config.h"

#define WIKI "bare_loop"
#define PAGES 20000
#define PARAMS_MAX 16
#define OUTSTANDING 4000

/* One statement of an edit. Types: t text, 8 bigint, 4 integer, 2 smallint, b boolean, z timestamptz. */
typedef struct step
{
	const char *name;
	const char *types;
	const char *sql;
} step;

static const step steps[] = {
    {"comment", "t84t",
     "INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_hash, comment_text) VALUES "
     "($1, $2, $3, $4)"},
    {"revision", "t8888zb848t",
     "INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, "
     "rev_timestamp, rev_minor_edit, rev_parent_id, rev_deleted, rev_len, rev_sha1) VALUES ($1, "
     "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"},
    {"text", "t8tt",
     "INSERT INTO mediawiki.text (wiki_id, old_id, old_text, old_flags) VALUES ($1, $2, $3, $4)"},
    {"content", "t88t4t",
     "INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, "
     "content_model, content_address) VALUES ($1, $2, $3, $4, $5, $6)"},
    {"slots", "t8488",
     "INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, "
     "slot_origin) VALUES ($1, $2, $3, $4, $5)"},
    {"page", "t8z84",
     "UPDATE mediawiki.page SET page_touched = $3, page_latest = $4, page_len = $5 WHERE wiki_id = "
     "$1 AND page_id = $2"},
    {"recentchanges", "t8z84t8888t44",
     "INSERT INTO mediawiki.recentchanges (wiki_id, rc_id, rc_timestamp, rc_actor, rc_namespace, "
     "rc_title, rc_comment_id, rc_cur_id, rc_this_oldid, rc_last_oldid, rc_source, rc_old_len, "
     "rc_new_len) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static char filler[401];

static void
stop_if(bool failed, PGconn *conn, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "%s: %s", what, PQerrorMessage(conn));
	exit(1);
}

static void
run(PGconn *conn, const char *sql)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType answer = PQresultStatus(res);

	stop_if(answer != PGRES_COMMAND_OK && answer != PGRES_TUPLES_OK, conn, sql);
	PQclear(res);
}

static Oid
type_oid(char type)
{
	switch (type)
	{
		case 't':
			return 25;
		case '8':
			return 20;
		case '4':
			return 23;
		case '2':
			return 21;
		case 'b':
			return 16;
		default:
			return 1184;
	}
}

static void
prepare(PGconn *conn)
{
	for (size_t i = 0; i < STEPS; i++)
	{
		Oid types[PARAMS_MAX];
		int count = (int) strlen(steps[i].types);
		PGresult *res;

		for (int k = 0; k < count; k++)
			types[k] = type_oid(steps[i].types[k]);
		res = PQprepare(conn, steps[i].name, steps[i].sql, count, types);
		stop_if(PQresultStatus(res) != PGRES_COMMAND_OK, conn, steps[i].name);
		PQclear(res);
	}
	for (int i = 0; i < 2; i++)
	{
		const char *name = i == 0 ? "begin" : "commit";
		PGresult *res = PQprepare(conn, name, name, 0, NULL);

		stop_if(PQresultStatus(res) != PGRES_COMMAND_OK, conn, name);
		PQclear(res);
	}
}

static unsigned outstanding;

/* Sends what is there and takes answers, until at most most are missing. */
static void
drain(PGconn *conn, unsigned most)
{
	for (;;)
	{
		struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};
		int unsent = PQflush(conn);

		stop_if(unsent < 0 || PQconsumeInput(conn) != 1, conn, "connection");
		while (outstanding > 0 && !PQisBusy(conn))
		{
			PGresult *res = PQgetResult(conn);
			ExecStatusType answer = PQresultStatus(res);

			if (res == NULL)
				continue;
			stop_if(answer != PGRES_COMMAND_OK && answer != PGRES_TUPLES_OK &&
			            answer != PGRES_PIPELINE_SYNC,
			        conn, PQresultErrorMessage(res));
			PQclear(res);
			outstanding--;
		}
		if (unsent == 0 && outstanding <= most)
			return;
		if (unsent > 0)
			fd.events |= POLLOUT;
		poll(&fd, 1, -1);
	}
}

/* Executes a step; numbers are taken for the types that are not text, texts for those that are. */
static void
execute(PGconn *conn, const step *s, const int64_t *numbers, const char *const *texts)
{
	uint64_t binary[PARAMS_MAX];
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	int count = (int) strlen(s->types);

	for (int i = 0; i < count; i++)
	{
		int size = s->types[i] == '4' ? 4 : s->types[i] == '2' ? 2 : s->types[i] == 'b' ? 1 : 8;

		formats[i] = 1;
		if (s->types[i] == 't')
		{
			values[i] = *texts++;
			lengths[i] = (int) strlen(values[i]);
			continue;
		}
		binary[i] = htobe64((uint64_t) *numbers++ << (64 - 8 * size));
		values[i] = (const char *) &binary[i];
		lengths[i] = size;
	}
	stop_if(PQsendQueryPrepared(conn, s->name, count, values, lengths, formats, 1) != 1, conn,
	        s->name);
	outstanding++;
}

static void
send_command(PGconn *conn, const char *name)
{
	stop_if(PQsendQueryPrepared(conn, name, 0, NULL, NULL, NULL, 0) != 1, conn, name);
	outstanding++;
}

static void
edit(PGconn *conn, int64_t n)
{
	const int64_t page = n % PAGES + 1, stamp = 800000000000000 + n * 1000000;
	const char *sha1 = "abcdefghijklmnopqrstuvwxyz01234";
	char summary[32], title[32], address[32];

	snprintf(summary, sizeof(summary), "load edit %d", (int) n);
	snprintf(title, sizeof(title), "Load_%d", (int) page);
	snprintf(address, sizeof(address), "tt:%d", (int) n);
	execute(conn, &steps[0], (int64_t[]){n, n & 0xFFFF}, (const char *[]){WIKI, summary});
	execute(conn, &steps[1], (int64_t[]){n, page, n, n % 2000, stamp, n & 1, n - PAGES, 0, 400},
	        (const char *[]){WIKI, sha1});
	execute(conn, &steps[2], (int64_t[]){n}, (const char *[]){WIKI, filler, "utf-8"});
	execute(conn, &steps[3], (int64_t[]){n, 400, 1}, (const char *[]){WIKI, sha1, address});
	execute(conn, &steps[4], (int64_t[]){n, 1, n, n}, (const char *[]){WIKI});
	execute(conn, &steps[5], (int64_t[]){page, stamp, n, 400}, (const char *[]){WIKI});
	execute(conn, &steps[6], (int64_t[]){n, stamp, n % 2000, 0, n, page, n, n - PAGES, 400, 400},
	        (const char *[]){WIKI, title, "mw.edit"});
}

static void
clean(PGconn *conn)
{
	for (size_t i = 0; i < STEPS; i++)
	{
		char sql[128];

		snprintf(sql, sizeof(sql), "DELETE FROM mediawiki.%s WHERE wiki_id = '" WIKI "'",
		         steps[i].name);
		run(conn, sql);
	}
}

static PGconn *
open_mirror(const char *conf)
{
	config c;
	PGconn *conn;

	if (config_load(conf, &c) != STATUS_OK)
		exit(3);
	conn = PQconnectdb(c.postgres_conninfo);
	stop_if(PQstatus(conn) != CONNECTION_OK, conn, "cannot connect");
	config_free(&c);
	run(conn, "SELECT mwmirror.origin_setup('bench', 'copy1')");
	run(conn, "SET synchronous_commit = off");
	run(conn, "SET plan_cache_mode = force_generic_plan");
	clean(conn);
	run(conn,
	    "INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title) SELECT '" WIKI
	    "', g, 0, 'Load_' || g FROM generate_series(1, 20000) g");
	return conn;
}

int
main(int argc, char **argv)
{
	int64_t edits = argc > 3 ? atoll(argv[3]) : 100000;
	int64_t group = argc > 4 ? atoll(argv[4]) : 100;
	struct timespec begin, end;
	double seconds;
	PGconn *conn;

	if (argc < 3 || strcmp(argv[1], "-c") != 0 || edits < 1 || group < 1)
	{
		fprintf(stderr, "usage: apply -c mwmirror.conf [EDITS [EDITS_A_COMMIT]]\n");
		return 2;
	}
	memset(filler, 'x', sizeof(filler) - 1);
	conn = open_mirror(argv[2]);
	prepare(conn);
	stop_if(PQsetnonblocking(conn, 1) != 0 || PQenterPipelineMode(conn) != 1, conn, "pipeline");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int64_t n = 1; n <= edits; n++)
	{
		if ((n - 1) % group == 0)
			send_command(conn, "begin");
		edit(conn, n);
		if (n % group == 0 || n == edits)
		{
			send_command(conn, "commit");
			stop_if(PQpipelineSync(conn) != 1, conn, "sync");
			outstanding++;
		}
		if (n % 10 == 0 || n == edits)
			drain(conn, n == edits ? 0 : OUTSTANDING);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double) (end.tv_sec - begin.tv_sec) + (double) (end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("rows=%lld seconds=%.3f\n", (long long) edits * (long long) STEPS, seconds);
	stop_if(PQexitPipelineMode(conn) != 1 || PQsetnonblocking(conn, 0) != 0, conn, "pipeline");
	clean(conn);
	PQfinish(conn);
	return 0;
}
