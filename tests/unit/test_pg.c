/*
 * tests/unit/test_pg.c
 *	  What errors of PostgreSQL mean, from the table and from a server that says them: one that is played here, with
 *	  PostgreSQL's ErrorResponse bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

static void
codes_have_their_answers(void **state)
{
	static const struct
	{
		const char *sqlstate;
		pg_answer answer;
	} cases[] = {
	    {NULL, PG_RETRY},     {"", PG_RETRY},       {"08006", PG_RETRY},  {"08P01", PG_RETRY},
	    {"25006", PG_RETRY},  {"25P03", PG_RETRY},  {"25P02", PG_REFUSE}, {"28000", PG_REFUSE},
	    {"28P01", PG_REFUSE}, {"3D000", PG_REFUSE}, {"40001", PG_RETRY},  {"40P01", PG_RETRY},
	    {"42501", PG_REFUSE}, {"42704", PG_REFUSE}, {"42P01", PG_REFUSE}, {"53100", PG_RETRY},
	    {"53200", PG_RETRY},  {"53300", PG_RETRY},  {"55000", PG_REFUSE}, {"55006", PG_RETRY},
	    {"55P03", PG_RETRY},  {"57014", PG_RETRY},  {"57P01", PG_RETRY},  {"57P02", PG_RETRY},
	    {"57P03", PG_RETRY},  {"57P04", PG_REFUSE}, {"57P05", PG_RETRY},  {"58030", PG_RETRY},
	    {"58000", PG_RETRY},  {"57000", PG_RETRY},  {"58P01", PG_REFUSE}, {"22023", PG_REFUSE},
	    {"23505", PG_REFUSE}, {"0A000", PG_REFUSE}, {"MW001", PG_REFUSE}, {"MWC01", PG_RETRY},
	    {"XX000", PG_REFUSE}, {"XX001", PG_REFUSE}, {"99999", PG_REFUSE},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		if (pg_judge(cases[i].sqlstate) != cases[i].answer)
			fail_msg("SQLSTATE %s", cases[i].sqlstate);
	}
}

/* Codes or classes, each once, each with its meaning. */
static void
table_is_well_formed(void **state)
{
	(void) state;
	for (const pg_error *e = pg_errors; e->code != NULL; e++)
	{
		assert_true(strlen(e->code) == 2 || strlen(e->code) == 5);
		assert_true(strlen(e->meaning) > 0);
		for (const pg_error *other = pg_errors; other != e; other++)
			assert_string_not_equal(other->code, e->code);
	}
}

static void
state_is_found_in_messages(void **state)
{
	static const char several[] =
	    "connection to server at \"a\" (10.0.0.1), port 5432 failed: Connection refused\n"
	    "\tIs the server running on that host and accepting TCP/IP connections?\n"
	    "connection to server at \"b\" (10.0.0.2), port 5432 failed: FATAL:  57P03: the database "
	    "system is "
	    "starting up\nLOCATION:  ProcessStartupPacket, postmaster.c:2414\n";
	char code[PG_STATE_SIZE];
	char line[PG_MESSAGE_SIZE];

	(void) state;
	assert_false(pg_message_state("could not translate host name \"nowhere\" to address", code));
	assert_false(pg_message_state("FATAL:  time 12345: no", code));
	assert_true(pg_message_state("SCHWERWIEGEND:  28P01: Passwort falsch", code));
	assert_string_equal(code, "28P01");
	assert_true(pg_message_state("FATAL:  28P01: no\nFATAL:  57P03: not yet\n", code));
	assert_string_equal(code, "57P03");
	assert_true(pg_message_state(several, code));
	assert_string_equal(code, "57P03");
	pg_message_line(several, line, sizeof(line));
	assert_string_equal(
	    line, "connection to server at \"a\" (10.0.0.1), port 5432 failed: Connection refused; "
	          "Is the server running on that host and accepting TCP/IP connections?; "
	          "connection to server at \"b\" (10.0.0.2), port 5432 failed: FATAL:  the database "
	          "system is "
	          "starting up");
	pg_message_line(several, line, 11);
	assert_string_equal(line, "connection");
	pg_message_line("", line, sizeof(line));
	assert_string_equal(line, "");
}

/* A server that answers every connection with one error, or with nothing. */
typedef struct fake_server
{
	char folder[32];
	int listener;
	const char
	    *answers[4]; /* SQLSTATE of each connection in turn; the last one stays; NULL: silence */
	int connections;
	int open[8]; /* connections that got silence */
	pthread_t thread;
} fake_server;

/* ErrorResponse: 'E', length, then fields (type u8, text, 0), then 0. */
static void
send_error(int fd, const char *sqlstate)
{
	char body[128];
	int len = snprintf(body, sizeof(body), "SFATAL%cVFATAL%cC%s%cMdas geht nicht%c", 0, 0, sqlstate,
	                   0, 0) +
	          1;
	uint32_t size = htonl((uint32_t) len + 4);
	char packet[160] = {'E'};

	memcpy(packet + 1, &size, 4);
	memcpy(packet + 5, body, (size_t) len);
	assert_int_equal(write(fd, packet, (size_t) len + 5), len + 5);
}

static void *
serve(void *arg)
{
	fake_server *f = arg;
	int turn = 0;
	int fd;

	while ((fd = accept(f->listener, NULL, NULL)) >= 0)
	{
		char startup[1024];

		if (f->answers[turn] != NULL && read(fd, startup, sizeof(startup)) > 0)
			send_error(fd, f->answers[turn]);
		if (f->answers[turn] != NULL)
			close(fd);
		else
			f->open[f->connections] = fd;
		f->connections++;
		if (turn < 3 && f->answers[turn + 1] != NULL)
			turn++;
	}
	return NULL;
}

static void
fake_start(fake_server *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strcpy(f->folder, "/tmp/test_pg.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.5432", f->folder);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *) &address, sizeof(address)), 0);
	assert_int_equal(listen(f->listener, 10), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void
fake_stop(fake_server *f)
{
	char path[64];

	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->listener);
	for (int i = 0; i < f->connections; i++)
		if (f->open[i] != 0)
			close(f->open[i]);
	snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", f->folder);
	unlink(path);
	rmdir(f->folder);
}

/* Opens with conninfo and counts how long it takes. */
static status
try_open(const char *conninfo, bool once, double *seconds)
{
	pg_place place = {
	    .conninfo = conninfo, .setting = "relay.conninfo", .application = "test", .once = once};
	struct timespec before;
	struct timespec after;
	PGconn *conn;
	status s;

	clock_gettime(CLOCK_MONOTONIC, &before);
	s = pg_open(&place, &conn);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_null(conn);
	if (seconds != NULL)
		*seconds = (double) (after.tv_sec - before.tv_sec) +
		           (double) (after.tv_nsec - before.tv_nsec) / 1e9;
	return s;
}

static status
try_server(fake_server *f, bool once, double *seconds)
{
	char conninfo[128];
	status s;

	fake_start(f);
	snprintf(conninfo, sizeof(conninfo), "host=%s port=5432 user=nobody dbname=x", f->folder);
	s = try_open(conninfo, once, seconds);
	fake_stop(f);
	return s;
}

static void
server_is_judged_by_its_code(void **state)
{
	double seconds;

	(void) state;
	assert_int_equal(try_server(&(fake_server){.answers = {"57P03"}}, false, NULL), STATUS_RETRY);
	assert_int_equal(try_server(&(fake_server){.answers = {"53300"}}, false, NULL), STATUS_RETRY);
	assert_int_equal(try_server(&(fake_server){.answers = {"28000"}}, true, &seconds),
	                 STATUS_TARGET);
	assert_true(seconds < 2);
	assert_int_equal(try_server(&(fake_server){.answers = {"3D000"}}, false, &seconds),
	                 STATUS_TARGET);
	assert_true(seconds > 2.5);
	/* an attempt is two connections: refused, and some seconds later the server is starting up */
	assert_int_equal(
	    try_server(&(fake_server){.answers = {"28000", "28000", "57P03"}}, false, NULL),
	    STATUS_RETRY);
	/* the first of two connections says one thing, the second another: the second counts */
	assert_int_equal(try_server(&(fake_server){.answers = {"28P01", "57P03"}}, true, NULL),
	                 STATUS_RETRY);
}

static void
conninfo_is_judged(void **state)
{
	(void) state;
	assert_int_equal(try_open("host=/nonexistent user=x dbname=x", false, NULL), STATUS_RETRY);
	assert_int_equal(try_open("host=127.0.0.1 port=1 user=x dbname=x", false, NULL), STATUS_RETRY);
	assert_int_equal(try_open("hosst=/nonexistent", false, NULL), STATUS_TARGET);
	assert_int_equal(try_open("host=/nonexistent sslmode=perhaps", false, NULL), STATUS_TARGET);
	assert_int_equal(try_open("host=/nonexistent,/nowhere sslmode=perhaps", false, NULL),
	                 STATUS_TARGET);
}

static void
several_hosts_are_never_refused(void **state)
{
	fake_server f = {.answers = {"28000"}};
	char conninfo[128];

	(void) state;
	fake_start(&f);
	snprintf(conninfo, sizeof(conninfo), "host=/nonexistent,%s user=x dbname=x", f.folder);
	assert_int_equal(try_open(conninfo, true, NULL), STATUS_RETRY);
	fake_stop(&f);
}

static void *
stop_soon(void *arg)
{
	const struct timespec soon = {.tv_nsec = 200000000};

	(void) arg;
	nanosleep(&soon, NULL);
	stop_request();
	return NULL;
}

static int
count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = 0;

	assert_non_null(tasks);
	while (readdir(tasks) != NULL)
		count++;
	closedir(tasks);
	return count - 2; /* "." and ".." */
}

/* The last test: a stop cannot be taken back. */
static void
stop_ends_a_connect_to_a_silent_server(void **state)
{
	fake_server f = {.answers = {NULL}};
	pthread_t thread;
	double seconds;

	(void) state;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	assert_int_equal(try_server(&f, false, &seconds), STATUS_STOPPED);
	pthread_join(thread, NULL);
	assert_true(seconds < 2);
	assert_int_equal(f.connections, 1);
	/* the thread that was left behind ends by itself once the server is gone */
	for (int i = 0; i < 1000 && count_threads() > 1; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	assert_int_equal(count_threads(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(codes_have_their_answers),
	    cmocka_unit_test(table_is_well_formed),
	    cmocka_unit_test(state_is_found_in_messages),
	    cmocka_unit_test(server_is_judged_by_its_code),
	    cmocka_unit_test(conninfo_is_judged),
	    cmocka_unit_test(several_hosts_are_never_refused),
	    cmocka_unit_test(stop_ends_a_connect_to_a_silent_server),
	};

	if (stop_install() != STATUS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
