/*
 * support/pg_copy.c
 *	  Rows of a query as they come; see pg_copy.h.
 */
#include "support/pg_copy.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define HEADER "PGCOPY\n\377\r\n\0"
#define HEADER_SIZE (sizeof(HEADER) - 1)
#define FLAGS_SIZE 8 /* and the length of the extension */
#define TRAILER 0xffff
#define POLL_MS 60000

static uint32_t
read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *) p;

	return (uint32_t) u[0] << 24 | (uint32_t) u[1] << 16 | (uint32_t) u[2] << 8 | u[3];
}

static uint32_t
read_u16(const char *p)
{
	const unsigned char *u = (const unsigned char *) p;

	return (uint32_t) u[0] << 8 | u[1];
}

static status
begin(pg_rows *r, PGconn *conn, const char *query, const char *format, const char *doing)
{
	const size_t size = strlen(query) + 64;
	char *sql = malloc(size);
	PGresult *res = NULL;
	status s;

	*r = (pg_rows){.conn = conn, .doing = doing};
	if (sql == NULL)
		return STATUS_MEMORY;
	snprintf(sql, size, "COPY (%s) TO STDOUT (FORMAT %s)", query, format);
	s = pg_execute(conn, sql, doing, 0, &res);
	PQclear(res);
	free(sql);
	return s;
}

status
pg_rows_begin(pg_rows *r, PGconn *conn, const char *query, const char *doing)
{
	return begin(r, conn, query, "binary", doing);
}

status
pg_lines_begin(pg_rows *r, PGconn *conn, const char *query, const char *doing)
{
	return begin(r, conn, query, "text", doing);
}

/* Waits until PQgetCopyData has something: *len bytes, or -1 at the end. */
static status
await_message(pg_rows *r, int *len)
{
	PQfreemem(r->message);
	r->message = NULL;
	while ((*len = PQgetCopyData(r->conn, &r->message, 1)) == 0)
	{
		struct pollfd fds[2] = {{.fd = PQsocket(r->conn), .events = POLLIN},
		                        {.fd = stop_fd(), .events = POLLIN}};

		poll(fds, 2, POLL_MS); /* a signal only means to look again */
		if (stop_requested())
			return STATUS_STOPPED;
		if (PQconsumeInput(r->conn) == 0)
			return pg_fail(r->conn, NULL, r->doing, NULL);
	}
	return *len == -2 ? pg_fail(r->conn, NULL, r->doing, NULL) : STATUS_OK;
}

/* What COPY itself answers behind its rows. */
static status
read_end(pg_rows *r)
{
	PGresult *res;
	status s = STATUS_OK;

	while ((res = PQgetResult(r->conn)) != NULL)
	{
		if (s == STATUS_OK && PQresultStatus(res) != PGRES_COMMAND_OK)
			s = pg_fail(r->conn, res, r->doing, NULL);
		PQclear(res);
	}
	return s;
}

static status
refuse(const pg_rows *r)
{
	log_error("cannot %s: PostgreSQL has sent what is no row of COPY", r->doing);
	return STATUS_BUG;
}

/* Takes a row apart, of len bytes from p on; false if it is none. */
static bool
split(const char *p, size_t len, pg_field *fields, unsigned count)
{
	const char *end = p + len;

	if (len < 2 || read_u16(p) != count)
		return false;
	p += 2;
	for (unsigned i = 0; i < count; i++)
	{
		uint32_t size;

		if (end - p < 4)
			return false;
		size = read_u32(p);
		p += 4;
		fields[i] = (pg_field){NULL, 0};
		if (size == UINT32_MAX)
			continue;
		if ((size_t) (end - p) < size)
			return false;
		fields[i] = (pg_field){p, size};
		p += size;
	}
	return p == end;
}

/* Leaves the header out, if it is the first message. */
static bool
skip_header(pg_rows *r, const char **p, size_t *len)
{
	size_t size = HEADER_SIZE + FLAGS_SIZE;

	if (r->begun)
		return true;
	if (*len < size || memcmp(*p, HEADER, HEADER_SIZE) != 0)
		return false;
	size += read_u32(*p + HEADER_SIZE + 4);
	if (*len < size)
		return false;
	*p += size;
	*len -= size;
	r->begun = true;
	return true;
}

status
pg_rows_next(pg_rows *r, pg_field *fields, unsigned count, bool *found)
{
	*found = false;
	for (;;)
	{
		const char *p;
		size_t len;
		int got;
		status s = await_message(r, &got);

		if (s != STATUS_OK)
			return s;
		if (got < 0)
			return read_end(r);
		p = r->message;
		len = (size_t) got;
		if (!skip_header(r, &p, &len))
			return refuse(r);
		if (len == 0 || (len == 2 && read_u16(p) == TRAILER))
			continue;
		if (!split(p, len, fields, count))
			return refuse(r);
		*found = true;
		return STATUS_OK;
	}
}

status
pg_lines_next(pg_rows *r, const char **line, size_t *len, bool *found)
{
	int got;
	status s = await_message(r, &got);

	*found = s == STATUS_OK && got >= 0;
	if (s == STATUS_OK && got < 0)
		return read_end(r);
	if (s == STATUS_OK && (got == 0 || r->message[got - 1] != '\n'))
		return refuse(r);
	*line = r->message;
	*len = *found ? (size_t) got - 1 : 0;
	return s;
}

void
pg_rows_end(pg_rows *r)
{
	PQfreemem(r->message);
	*r = (pg_rows){0};
}

int64_t
pg_field_integer(const pg_field *f)
{
	switch (f->len)
	{
		case 2:
			return (int16_t) read_u16(f->data);
		case 4:
			return (int32_t) read_u32(f->data);
		case 8:
			return (int64_t) ((uint64_t) read_u32(f->data) << 32 | read_u32(f->data + 4));
		default:
			return 0;
	}
}
