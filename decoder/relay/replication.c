/*
 * relay/replication.c
 *	  The streaming replication protocol; see replication.h.
 *
 * Messages inside CopyBoth (PostgreSQL manual, "Streaming Replication Protocol"), integers big endian:
 *
 *	 'w' from the server  start u64, end u64, clock i64, then the plugin's message
 *	 'k' from the server  end of WAL sent u64, clock i64, reply at once u8
 *	 'r' to the server    written u64, flushed u64, applied u64, clock i64, reply at once u8
 *
 * "flushed" becomes the slot's confirmed position, so it is only ever what the sink has committed; "written" is what
 * has been read, which keeps the server from asking again and again. "flushed" 0 confirms nothing, and makes a server
 * that shuts down content with "written" (PostgreSQL's walsender.c, WalSndDone and ProcessStandbyReplyMessage).
 */
#include "relay/replication.h"

#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/position.h"
#include "relay/slot.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"
#include "wire/wire.h"

#define DATA_HEADER 25
#define KEEPALIVE_SIZE 18
#define STATUS_SIZE 34
#define POSTGRES_EPOCH 946684800 /* 2000-01-01 in unix seconds */
#define FINISH_MS 3000
#define SLOT_POLL_MS 100
#define SILENCE_MS 60000
#define START_MS 60000 /* for the server to answer START_REPLICATION */

struct replication
{
	PGconn *conn;
	PGconn *witness; /* asked for a standby's timeline while conn streams; else NULL */
	const config *config;
	slot_facts facts;
	char *message; /* libpq's, of the last receive */
	bool look_only;
	bool streaming;
	uint64_t written;
	uint64_t confirmed;
	int64_t interval_ms;
	int64_t next_status_ms;
	int64_t heard_ms;  /* when the server last sent something */
	int64_t silent_ms; /* of that silence, what has been asked about or reported */
};

static uint64_t
read_u64(const char *in)
{
	uint64_t value;

	memcpy(&value, in, sizeof(value));
	return be64toh(value);
}

static char *
write_u64(char *out, uint64_t value)
{
	value = htobe64(value);
	memcpy(out, &value, sizeof(value));
	return out + sizeof(value);
}

/* The message of libpq without its last newline. */
static void
log_lost(const replication *r, const char *what)
{
	const char *text = PQerrorMessage(r->conn);

	log_warning("%s: %.*s", what, (int) strcspn(text, "\n"), text);
}

static status
connect_server(const replication *r, PGconn **out)
{
	const pg_place place = {
	    .conninfo = r->config->relay_conninfo,
	    .setting = "relay.conninfo",
	    .application = "mwmirror relay",
	    .hint = "relay.conninfo must name a database that has the mirror, and a role with LOGIN, "
	            "REPLICATION "
	            "and membership in mwmirror_relay that pg_hba.conf admits.",
	    .replication = true,
	};

	return pg_open(&place, out);
}

static status
connect_witness(replication *r)
{
	slot_facts facts;
	status s = connect_server(r, &r->witness);

	if (s == STATUS_OK)
		s = slot_identify(r->witness, r->config->relay_slot, &facts);
	if (s != STATUS_OK || strcmp(facts.started, r->facts.started) == 0)
		return s;
	log_warning(
	    "two connections by relay.conninfo lead to two servers; a standby that is read must be its "
	    "first host, or the only one");
	return STATUS_RETRY;
}

/* Checks the slot until it is free, at most wait_ms long. */
static status
claim_slot(replication *r, int wait_ms)
{
	int64_t until = clock_ms() + wait_ms;
	bool told = false;
	status s;

	for (;;)
	{
		s = slot_check(r->conn, r->config->relay_slot, &r->facts);
		if (s != STATUS_OK || r->facts.active_pid == 0)
			return s;
		if (clock_ms() >= until)
			return slot_refuse_active(r->config->relay_slot, r->facts.active_pid);
		if (!told)
			log_info("replication slot %s is in use by PID %d; waiting up to %d ms for it",
			         r->config->relay_slot, r->facts.active_pid, wait_ms);
		told = true;
		if (stop_wait(SLOT_POLL_MS))
			return STATUS_STOPPED;
	}
}

status
replication_look(replication *r)
{
	status s = slot_identify(r->conn, r->config->relay_slot, &r->facts);

	return s == STATUS_OK ? slot_check(r->conn, r->config->relay_slot, &r->facts) : s;
}

status
replication_open(const config *c, int wait_ms, bool look_only, replication **out)
{
	replication *r = calloc(1, sizeof(*r));
	status s;

	if (r == NULL)
		return STATUS_MEMORY;
	r->config = c;
	r->look_only = look_only;
	r->interval_ms = c->relay_status_interval_ms;
	s = connect_server(r, &r->conn);
	if (s == STATUS_OK)
		s = slot_identify(r->conn, c->relay_slot, &r->facts);
	if (s == STATUS_OK)
		s = claim_slot(r, wait_ms);
	if (s == STATUS_OK && r->facts.in_recovery)
		s = connect_witness(r);
	if (s != STATUS_OK)
	{
		replication_close(r);
		return s;
	}
	/* Several statuses must fit into the server's patience. */
	if (r->facts.timeout_ms > 0 && r->interval_ms > r->facts.timeout_ms / 4)
		r->interval_ms = r->facts.timeout_ms / 4 > 0 ? r->facts.timeout_ms / 4 : 1;
	*out = r;
	return STATUS_OK;
}

const char *
replication_system(const replication *r)
{
	return r->facts.system;
}

uint32_t
replication_timeline(const replication *r)
{
	return r->facts.timeline;
}

status
replication_same_timeline(replication *r)
{
	return r->witness != NULL ? slot_same_timeline(r->witness, r->config->relay_slot, &r->facts)
	                          : STATUS_OK;
}

PGconn *
replication_connection(replication *r)
{
	return r->conn;
}

uint64_t
replication_server_lsn(const replication *r)
{
	return r->facts.server_lsn;
}

uint64_t
replication_slot_confirmed(const replication *r)
{
	return r->facts.confirmed;
}

int
replication_timeout_ms(const replication *r)
{
	return r->facts.timeout_ms;
}

/* Returns the command, to be freed by PQfreemem; NULL without memory. */
static char *
start_command(replication *r, uint64_t lsn)
{
	char at[RELAY_LSN_SIZE];
	char *slot = PQescapeIdentifier(r->conn, r->config->relay_slot, strlen(r->config->relay_slot));
	/* words of a choice */
	const char *mode = r->config->relay_mode;
	const char *schema = r->config->relay_page_change_schema;
	/* the rest of a message has room as well, and is never as large */
	const int64_t content_kb = r->config->kafka_max_message_bytes / 8 * 7 / 1024;
	size_t size = 240;
	char *command = NULL;

	if (slot != NULL)
	{
		size += strlen(slot) + strlen(mode) + strlen(schema);
		command = malloc(size);
	}
	relay_lsn_format(lsn, at);
	if (command != NULL)
		snprintf(command, size,
		         "START_REPLICATION SLOT %s LOGICAL %s (protocol '" WIRE_PROTOCOL
		         "', format 'binary', mode '%s', page_change_schema '%s', content '%" PRId64 "')",
		         slot, at, mode, schema, content_kb);
	PQfreemem(slot);
	return command;
}

status
replication_start(replication *r, uint64_t lsn)
{
	char *command = start_command(r, lsn);
	PGresult *result = NULL;
	status s;

	if (command == NULL)
		return STATUS_MEMORY;
	s = pg_ask(r->conn, command, "start streaming from the replication slot", START_MS, &result);
	free(command);
	if (s == STATUS_OK && PQresultStatus(result) != PGRES_COPY_BOTH)
		s = slot_fail(r->conn, result, r->config->relay_slot, SLOT_START);
	PQclear(result);
	if (s != STATUS_OK)
		return s;
	if (PQsetnonblocking(r->conn, 1) != 0)
		return STATUS_MEMORY;
	r->streaming = true;
	r->written = r->confirmed = lsn;
	r->heard_ms = clock_ms();
	r->next_status_ms = r->heard_ms + r->interval_ms;
	return STATUS_OK;
}

/* Queues a status and sends what the socket takes. */
static status
send_status(replication *r, bool ask)
{
	char packet[STATUS_SIZE] = {'r'};
	char *p = packet + 1;
	uint64_t written = r->written > r->confirmed ? r->written : r->confirmed;
	uint64_t flushed = r->look_only ? 0 : r->confirmed;
	int64_t now = relay_time_now() - (int64_t) POSTGRES_EPOCH * 1000000;

	p = write_u64(p, written);
	p = write_u64(p, flushed);
	p = write_u64(p, flushed);
	p = write_u64(p, (uint64_t) now);
	*p = ask ? 1 : 0;
	r->next_status_ms = clock_ms() + r->interval_ms;
	if (PQputCopyData(r->conn, packet, sizeof(packet)) < 0 || PQflush(r->conn) < 0)
	{
		log_lost(r, "lost the replication connection to PostgreSQL");
		return STATUS_RETRY;
	}
	return STATUS_OK;
}

/*
 * True if the server is to be asked for a sign of life. A server may say nothing while nothing happens, but answers when
 * it is asked, unless it decodes a large transaction or hangs: which of both cannot be told, so that is only reported.
 */
static bool
is_too_silent(replication *r, int64_t now)
{
	int64_t silent_ms = now - r->heard_ms;

	if (silent_ms < r->silent_ms + SILENCE_MS)
		return false;
	if (r->silent_ms > 0)
		log_warning(
		    "PostgreSQL has sent nothing for %" PRId64
		    " s: it decodes a large transaction, or hangs (its log, and pg_stat_replication)",
		    silent_ms / 1000);
	r->silent_ms = silent_ms;
	return true;
}

status
replication_service(replication *r)
{
	int64_t now = clock_ms();

	if (!r->streaming)
		return STATUS_OK;
	if (is_too_silent(r, now))
		return send_status(r, true);
	if (now >= r->next_status_ms)
		return send_status(r, false);
	return STATUS_OK;
}

status
replication_ask(replication *r)
{
	return send_status(r, true);
}

void
replication_confirm(replication *r, uint64_t lsn)
{
	if (lsn > r->confirmed)
		r->confirmed = lsn;
}

/* The server ended the stream: by shutting down, or because decoding failed. */
static status
explain_end(replication *r)
{
	PGresult *result = PQgetResult(r->conn);
	status s = STATUS_RETRY;

	r->streaming = false;
	if (PQresultStatus(result) == PGRES_FATAL_ERROR)
		s = slot_fail(r->conn, result, r->config->relay_slot, SLOT_READ);
	else
		log_warning("PostgreSQL ended the replication stream");
	PQclear(result);
	return s;
}

static status
read_message(replication *r, int len, replication_message *out)
{
	const char *in = r->message;

	r->heard_ms = clock_ms();
	r->silent_ms = 0;
	if (in[0] == 'w' && len >= DATA_HEADER)
	{
		uint64_t start = read_u64(in + 1);

		if (start > r->written)
			r->written = start;
		out->kind = REPLICATION_DATA;
		out->data = in + DATA_HEADER;
		out->len = (size_t) len - DATA_HEADER;
		return STATUS_OK;
	}
	if (in[0] == 'k' && len >= KEEPALIVE_SIZE)
	{
		out->kind = REPLICATION_KEEPALIVE;
		out->lsn = read_u64(in + 1);
		if (out->lsn > r->written)
			r->written = out->lsn;
		return in[KEEPALIVE_SIZE - 1] != 0 ? send_status(r, false) : STATUS_OK;
	}
	log_error_hint("please report this with the version of PostgreSQL.",
	               "BUG: replication message of type 0x%02x and %d bytes is not understood",
	               (unsigned char) in[0], len);
	return STATUS_BUG;
}

status
replication_receive(replication *r, replication_message *out)
{
	int len;

	memset(out, 0, sizeof(*out));
	PQfreemem(r->message);
	r->message = NULL;
	len = PQgetCopyData(r->conn, &r->message, 1);
	if (len == 0)
	{
		if (PQconsumeInput(r->conn) == 0)
		{
			log_lost(r, "lost the replication connection to PostgreSQL");
			return STATUS_RETRY;
		}
		len = PQgetCopyData(r->conn, &r->message, 1);
	}
	if (len > 0)
		return read_message(r, len, out);
	if (len == 0)
		return STATUS_OK;
	if (len == -1)
		return explain_end(r);
	log_lost(r, "lost the replication connection to PostgreSQL");
	return STATUS_RETRY;
}

status
replication_wait(replication *r, int milliseconds)
{
	struct pollfd fds[2] = {{.fd = PQsocket(r->conn), .events = POLLIN},
	                        {.fd = stop_fd(), .events = POLLIN}};
	int64_t due = r->next_status_ms - clock_ms();
	int unsent = PQflush(r->conn);

	if (unsent < 0)
	{
		log_lost(r, "lost the replication connection to PostgreSQL");
		return STATUS_RETRY;
	}
	if (unsent > 0)
		fds[0].events |= POLLOUT;
	if (due < milliseconds)
		milliseconds = due > 0 ? (int) due : 0;
	poll(fds, 2, milliseconds); /* a signal only means to look again */
	return replication_service(r);
}

void
replication_finish(replication *r)
{
	int64_t until = clock_ms() + FINISH_MS;
	char *ignored;
	int len;

	if (!r->streaming)
		return;
	if (send_status(r, false) != STATUS_OK || PQputCopyEnd(r->conn, NULL) < 0)
		return;
	r->streaming = false;
	while (clock_ms() < until && PQflush(r->conn) >= 0)
	{
		struct pollfd fd = {.fd = PQsocket(r->conn), .events = POLLIN};

		while ((len = PQgetCopyData(r->conn, &ignored, 1)) > 0)
			PQfreemem(ignored);
		if (len < 0)
			return;
		poll(&fd, 1, 100);
		if (PQconsumeInput(r->conn) == 0)
			return;
	}
}

void
replication_close(replication *r)
{
	if (r == NULL)
		return;
	PQfreemem(r->message);
	PQfinish(r->witness);
	PQfinish(r->conn);
	free(r);
}
