/*
 * tests/bench/decode.c
 *	  Reads a whole binlog through the reader, decodes every row, and says how fast.
 *
 * usage: decode HOST PORT USER [START_GTIDS]; the password is in MYSQL_PWD. It stops at the position that the
 * source has when it starts. A HOST with a slash in it is a socket.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "rows/row_image.h"
#include "source/mariadb.h"
#include "source/reader.h"
#include "support/log.h"

#define MOST_COLUMNS 4096
#define MAPS 64

typedef struct kept_map
{
	uint64_t id;
	arena *arena;
	table_map map;
	uint8_t *body; /* the event it was parsed from: the same bytes need no second look */
	size_t len;
} kept_map;

typedef struct counts
{
	uint64_t transactions;
	uint64_t rows;
	uint64_t bytes;
	uint64_t values;
	uint64_t checksum; /* of the values, so that nothing is optimized away */
} counts;

static kept_map maps[MAPS];
static value before[MOST_COLUMNS], after[MOST_COLUMNS];

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static bool
keep_map(const reader_item *item)
{
	uint64_t id = 0;
	kept_map *m;
	decode_error err;

	row_event_table_id(item->body, item->len, &id);
	m = &maps[id % MAPS];
	if (m->body != NULL && m->len == item->len && memcmp(m->body, item->body, m->len) == 0)
		return true;
	if (m->arena == NULL)
		m->arena = arena_create(16384);
	arena_reset(m->arena);
	m->id = id;
	m->len = item->len;
	m->body = (uint8_t *) arena_copy(m->arena, item->body, item->len);
	if (table_map_parse(item->body, item->len, m->arena, &m->map, &err) &&
	    m->map.column_count <= MOST_COLUMNS)
		return true;
	log_error("table map: %s", err.message);
	return false;
}

static void
count_values(const value *values, unsigned n, counts *c)
{
	for (unsigned i = 0; i < n; i++)
	{
		c->values += values[i].kind != VALUE_ABSENT;
		c->checksum +=
		    values[i].kind == VALUE_BYTES ? values[i].bytes.len : (uint64_t) values[i].kind;
	}
}

static bool
take_rows(const reader_item *item, arena *a, counts *c)
{
	uint64_t id = 0;
	kept_map *m;
	row_reader r;
	decode_error err;
	int answer;

	row_event_table_id(item->body, item->len, &id);
	m = &maps[id % MAPS];
	if (m->id != id || !row_reader_open(&r, item->type, item->body, item->len, &m->map, &err))
	{
		log_error("rows: %s", m->id != id ? "no table map" : err.message);
		return false;
	}
	while ((answer = row_reader_next(&r, a, before, after, &err)) == 1)
	{
		c->rows++;
		if (r.kind != ROW_INSERT)
			count_values(before, m->map.column_count, c);
		if (r.kind != ROW_DELETE)
			count_values(after, m->map.column_count, c);
	}
	if (answer < 0)
		log_error("rows of %s.%s: %s", m->map.schema, m->map.table, err.message);
	arena_reset(a);
	return answer == 0;
}

static size_t
count_covered(const gtid_list *reached, const gtid_list *until)
{
	size_t count = 0;

	for (size_t i = 0; i < until->count; i++)
		count += gtid_list_covers(reached, &until->items[i]);
	return count;
}

/* Takes items until the position that the source had; false if something did not decode. */
static bool
drain(reader *r, const gtid_list *start, const gtid_list *until, counts *c)
{
	arena *a = arena_create(65536);
	gtid_list reached = {0};
	gtid_event current = {0};
	decode_error err;
	reader_item item;
	bool good = a != NULL && gtid_list_copy(start, &reached);
	size_t done = count_covered(&reached, until);

	while (good && done < until->count && reader_next(r, 60000, &item))
	{
		c->bytes += item.len;
		if (item.kind != READER_EVENT)
		{
			log_error("the reader ended with status %d", item.status);
			good = item.kind == READER_RESET;
		}
		else if (item.class == EVENT_CLASS_GTID)
			good = event_parse_gtid(item.body, item.len, item.server_id, &current, &err);
		else if (item.class == EVENT_CLASS_TABLE_MAP)
			good = keep_map(&item);
		else if (item.class == EVENT_CLASS_ROWS)
			good = take_rows(&item, a, c);
		if (item.kind != READER_EVENT || !item.ends_transaction)
			continue;
		c->transactions++;
		gtid_list_set(&reached, &current.id);
		done = count_covered(&reached, until);
	}
	gtid_list_free(&reached);
	arena_destroy(a);
	return good && done == until->count;
}

static void
print_figures(const counts *c, double elapsed)
{
	struct rusage u;
	double cpu;

	getrusage(RUSAGE_SELF, &u);
	cpu = (double) u.ru_utime.tv_sec + (double) u.ru_stime.tv_sec +
	      (double) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	printf("transactions=%" PRIu64 " rows=%" PRIu64 " values=%" PRIu64 " bytes=%" PRIu64
	       " seconds=%.3f rows_per_s=%.0f cpu_s_per_million_rows=%.3f max_rss_kb=%ld check=%" PRIu64
	       "\n",
	       c->transactions, c->rows, c->values, c->bytes, elapsed, (double) c->rows / elapsed,
	       c->rows > 0 ? cpu * 1e6 / (double) c->rows : 0.0, u.ru_maxrss, c->checksum);
}

int
main(int argc, char **argv)
{
	config c = {0};
	gtid_list start = {0}, until = {0};
	counts n = {0};
	MYSQL *mysql;
	reader *r;
	double began;
	bool good;

	if (argc < 4)
	{
		fprintf(stderr, "usage: %s HOST PORT USER [START_GTIDS], password in MYSQL_PWD\n", argv[0]);
		return 2;
	}
	if (strchr(argv[1], '/') != NULL)
		c.source_socket = argv[1];
	c.source_host = argv[1];
	c.source_port = strtol(argv[2], NULL, 10);
	c.source_user = argv[3];
	c.source_password = getenv("MYSQL_PWD");
	c.source_server_id = 3998;
	c.source_heartbeat_ms = 1000;
	c.source_queue_bytes = 8 * 1024 * 1024;
	if ((argc > 4 && !gtid_list_parse(argv[4], &start)) ||
	    mariadb_open_source(&c, 60, NULL, 0, &mysql) != STATUS_OK)
		return 1;
	if (mariadb_binlog_position(mysql, &until) != STATUS_OK)
		return 1;
	mysql_close(mysql);
	began = seconds();
	if (reader_start(&c, &start, NULL, false, false, NULL, NULL, &r) != STATUS_OK)
		return 1;
	good = drain(r, &start, &until, &n);
	print_figures(&n, seconds() - began);
	reader_destroy(r);
	for (size_t i = 0; i < MAPS; i++)
		if (maps[i].arena != NULL)
			arena_destroy(maps[i].arena);
	gtid_list_free(&start);
	gtid_list_free(&until);
	return good ? 0 : 1;
}
