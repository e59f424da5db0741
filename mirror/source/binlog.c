/*
 * source/binlog.c
 *	  The dump stream: events of a MariaDB binlog from a GTID position on.
 *
 * The library connects, asks for the dump and frames packets; events are taken as the server sent them. Its own
 * event parser (mariadb_rpl_fetch) is not used: it copies each event, refuses some that are right, and its
 * errors look like the end of the stream.
 *
 * A packet: u8 0, then the event: 19 bytes of header, body, and a CRC32 if the stream has checksums.
 */
#include "source/binlog.h"

#include <errmsg.h>
#include <inttypes.h>
#include <mariadb_rpl.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "rows/bytes.h"
#include "source/history.h"
#include "source/mariadb_error.h"
#include "support/log.h"
#include "support/pages.h"

#define CHECKSUM_SIZE 4
#define REMEDY_SIZE 2000
#define END_OF_STREAM 0xfe
/*
 * How long the server tries to send to a consumer that does not read. One that only waits for PostgreSQL reconnects later; but
 * a dead one's stream keeps the next stream of the same server id from beginning.
 */
#define WRITE_TAKEOVERS 2
/* The library's buffer grows with the largest event and stays so; of such a one its memory is given back. */
#define LARGE_EVENT ((size_t) 1 << 20)
#define DUMP_START 4          /* behind the magic number; the GTID position decides */
#define SEND_ANNOTATE_ROWS 2u /* of the dump's flags */

struct binlog
{
	MYSQL *mysql;
	MARIADB_RPL *dump;
	uint8_t checksum;
	char server[300];
	char lost[600]; /* why the stream was lost */
	bool lacks_position;
};

/*
 * What a replica tells the server: that it understands GTIDs, wants checksums as they are, heartbeats when there
 * is nothing, and from where.
 */
static status
set_session(MYSQL *mysql, const config *c, const gtid_list *position)
{
	static const char *const settings[] = {
	    "SET @mariadb_slave_capability = 4",
	    "SET @master_binlog_checksum = @@global.binlog_checksum",
	    "SET @slave_gtid_strict_mode = 1",
	    "SET @slave_gtid_ignore_duplicates = 0",
	    "SET net_read_timeout = 31536000, wait_timeout = 31536000",
	};
	char *list = gtid_list_format(position);
	size_t size = (list != NULL ? strlen(list) : 0) + 100;
	char *sql = malloc(size);
	status answer = STATUS_OK;

	if (list == NULL || sql == NULL)
	{
		free(list);
		free(sql);
		log_error("out of memory for a GTID position");
		return STATUS_MEMORY;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings) && answer == STATUS_OK; i++)
		answer = mariadb_execute(mysql, settings[i]);
	/* nanoseconds */
	snprintf(sql, size, "SET @master_heartbeat_period = %" PRId64,
	         c->source_heartbeat_ms * INT64_C(1000000));
	if (answer == STATUS_OK)
		answer = mariadb_execute(mysql, sql);
	snprintf(sql, size, "SET net_write_timeout = %" PRId64, WRITE_TAKEOVERS * c->source_takeover_s);
	if (answer == STATUS_OK)
		answer = mariadb_execute(mysql, sql);
	snprintf(sql, size, "SET @slave_connect_state = '%s'", list);
	if (answer == STATUS_OK)
		answer = mariadb_execute(mysql, sql);
	free(list);
	free(sql);
	return answer;
}

/* The algorithm of the events until the first FORMAT_DESCRIPTION names it. */
static status
query_checksum(binlog *b)
{
	char *name;
	status answer = mariadb_query_value(b->mysql, "SELECT @master_binlog_checksum", &name);

	if (answer != STATUS_OK)
		return answer;
	b->checksum =
	    name != NULL && strcmp(name, "NONE") != 0 ? EVENT_CHECKSUM_CRC32 : EVENT_CHECKSUM_NONE;
	free(name);
	return STATUS_OK;
}

static status
start_dump(binlog *b, const config *c, bool annotate)
{
	b->dump = mariadb_rpl_init(b->mysql);
	if (b->dump == NULL)
	{
		log_error("MariaDB at %s: cannot prepare the dump: %s", b->server, mysql_error(b->mysql));
		return mariadb_error_status(b->mysql);
	}
	mariadb_rpl_optionsv(b->dump, MARIADB_RPL_SERVER_ID, (unsigned int) c->source_server_id);
	mariadb_rpl_optionsv(b->dump, MARIADB_RPL_START, (unsigned long) DUMP_START);
	mariadb_rpl_optionsv(b->dump, MARIADB_RPL_FLAGS, annotate ? SEND_ANNOTATE_ROWS : 0u);
	if (mariadb_rpl_open(b->dump) == 0)
		return STATUS_OK;
	log_error("MariaDB at %s: cannot start the dump: %s", b->server, mysql_error(b->mysql));
	return mariadb_error_status(b->mysql);
}

status
binlog_connect(const config *c, unsigned host_index, unsigned read_timeout, binlog **out)
{
	binlog *b = calloc(1, sizeof(*b));
	status answer;

	*out = NULL;
	if (b == NULL)
	{
		log_error("out of memory for a binlog stream");
		return STATUS_MEMORY;
	}
	answer = mariadb_open_host(c, host_index, read_timeout, &b->mysql);
	if (answer != STATUS_OK)
	{
		free(b);
		return answer;
	}
	if (c->source_socket != NULL && *c->source_socket != '\0')
		snprintf(b->server, sizeof(b->server), "%s", c->source_socket);
	else
		snprintf(b->server, sizeof(b->server), "%s:%u", b->mysql->host, b->mysql->port);
	*out = b;
	return STATUS_OK;
}

/* The position without the domains of which the server's binlog knows nothing; false if it has fewer of the others, too. */
static bool
without_unknown_domains(const gtid_list *position, const gtid_list *newest, gtid_list *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < position->count; i++)
	{
		const gtid *g = &position->items[i];

		if (gtid_list_find(newest, g->domain).sequence == 0)
			continue;
		if (!gtid_list_covers(newest, g) || !gtid_list_set(out, g))
			return false;
	}
	return out->count > 0;
}

/* What to do: a domain may have been taken away, and all else is there. */
static void
write_remedy(const config *c, const gtid_list *position, const gtid_list *newest,
             char out[REMEDY_SIZE])
{
	gtid_list rest;
	char *kept = without_unknown_domains(position, newest, &rest) ? gtid_list_format(&rest) : NULL;

	if (kept == NULL ||
	    snprintf(
	        out, REMEDY_SIZE,
	        "It knows nothing of some domains. If they were taken away there (FLUSH BINARY LOGS "
	        "DELETE_DOMAIN_ID), take them out of the position, too: UPDATE mwmirror.source SET "
	        "gtid_pos = '%s' WHERE source_name = '%s'. " HISTORY_REMEDY,
	        kept, c->source_name) >= REMEDY_SIZE)
		snprintf(out, REMEDY_SIZE, "%s", HISTORY_REMEDY);
	free(kept);
	gtid_list_free(&rest);
}

/* The server's binlog ends before the position: is that a replica that lags, or has it lost what the mirror holds? */
static status
report_behind(const binlog *b, const config *c, const gtid_list *position, const gtid_list *newest)
{
	char *replica;
	char *has = gtid_list_format(newest);
	char *wanted = gtid_list_format(position);
	status answer = mariadb_query_value(b->mysql, "SELECT @@global.gtid_slave_pos", &replica);

	if (answer == STATUS_OK && replica != NULL && *replica != '\0')
	{
		log_warning("MariaDB at %s is at GTID '%s', behind the mirror's position '%s': it is "
		            "waited for, or another host",
		            b->server, has, wanted);
		answer = STATUS_RETRY;
	}
	else if (answer == STATUS_OK)
	{
		char remedy[REMEDY_SIZE];

		write_remedy(c, position, newest, remedy);
		log_error_hint(
		    remedy,
		    "MariaDB at %s ends at GTID '%s', before the mirror's position '%s': it has "
		    "lost what the mirror holds (RESET MASTER, a crash with sync_binlog=0, an "
		    "older copy), has GTIDs out of order (gtid_strict_mode=0), or is another server",
		    b->server, has, wanted);
		answer = STATUS_SOURCE;
	}
	free(replica);
	free(has);
	free(wanted);
	return answer;
}

static status
check_reach(const binlog *b, const config *c, const gtid_list *position)
{
	gtid_list newest = {0};
	status answer = mariadb_binlog_position(b->mysql, &newest);

	if (answer != STATUS_OK)
		return answer;
	if (!gtid_list_covers_all(&newest, position))
		answer = report_behind(b, c, position, &newest);
	gtid_list_free(&newest);
	return answer;
}

status
binlog_start(binlog *b, const config *c, const gtid_list *position, const gtid_list *from,
             bool annotate)
{
	status answer = mariadb_check_settings(b->mysql);

	if (answer == STATUS_OK)
		answer = check_reach(b, c, position);
	if (answer == STATUS_OK)
		answer = set_session(b->mysql, c, from);
	if (answer == STATUS_OK)
		answer = query_checksum(b);
	if (answer == STATUS_OK)
		answer = start_dump(b, c, annotate);
	return answer;
}

static void
log_refusal(const binlog *b)
{
	const char *hint = mariadb_error_explain(mysql_errno(b->mysql), mysql_error(b->mysql))->hint;

	log_write_hint(LOG_LEVEL_ERROR, hint != NULL ? hint : "see the error log of the source",
	               "MariaDB at %s ends the binlog stream: %s", b->server, b->lost);
}

bool
binlog_lacks_position(const binlog *b)
{
	return b->lacks_position;
}

void
binlog_report_position(const binlog *b)
{
	log_refusal(b);
}

/* The server ended the dump with an error: is it lost, fenced or refused, and what is to do? */
static status
report_refusal(binlog *b)
{
	unsigned error = mysql_errno(b->mysql);
	const char *text = mysql_error(b->mysql);
	status answer = mariadb_error_answer(mariadb_error_explain(error, text));

	snprintf(b->lost, sizeof(b->lost), "%s (error %u)", text, error);
	if (strstr(text, "same server_uuid/server_id") != NULL || error == ER_SLAVE_SAME_ID)
	{
		log_error_hint("stop the other one, or give each its own source.server_id",
		               "another replica took server id of this one at MariaDB %s: %s", b->server,
		               text);
		return STATUS_FENCED;
	}
	b->lacks_position =
	    (answer == STATUS_SOURCE && error == ER_MASTER_FATAL_ERROR_READING_BINLOG) ||
	    error == ER_GTID_POSITION_NOT_FOUND_IN_BINLOG ||
	    error == ER_GTID_POSITION_NOT_FOUND_IN_BINLOG2;
	if (answer == STATUS_SOURCE && !b->lacks_position)
		log_refusal(b);
	return answer;
}

static status
report_malformed(const binlog *b, const char *what)
{
	log_error_hint(
	    "run mariadb-binlog --verify-binlog-checksum on the source's binlog files; if they "
	    "are sound, please report this",
	    "MariaDB at %s sent bytes that are no binlog event: %s", b->server, what);
	return STATUS_DATA;
}

/* Cuts off the checksum and compares it. */
static bool
verify_checksum(const binlog *b, const uint8_t *event, size_t *len)
{
	if (b->checksum == EVENT_CHECKSUM_NONE)
		return true;
	if (*len < EVENT_HEADER_SIZE + CHECKSUM_SIZE)
		return false;
	*len -= CHECKSUM_SIZE;
	return crc32_z(0, event, *len) == bytes_little(event + *len, CHECKSUM_SIZE);
}

/*
 * The FORMAT_DESCRIPTION says how all events behind it are checked. It has room for its own checksum at the end
 * even if the stream has none.
 */
static status
read_format(binlog *b, const uint8_t *event, size_t len)
{
	char version[51];
	decode_error err;

	if (!event_parse_format(event + EVENT_HEADER_SIZE, len - EVENT_HEADER_SIZE, &b->checksum,
	                        version, &err))
		return report_malformed(b, err.message);
	return STATUS_OK;
}

status
binlog_next(binlog *b, binlog_event *out)
{
	unsigned long packet = mysql_net_read_packet(b->mysql);
	const uint8_t *event = b->mysql->net.read_pos;
	size_t len;

	if (packet == packet_error)
		return report_refusal(b);
	if (packet == 0 || (packet < 9 && event[0] == END_OF_STREAM))
	{
		snprintf(b->lost, sizeof(b->lost), "the server ended it");
		return STATUS_RETRY;
	}
	if (event[0] != 0)
		return report_malformed(b, "the packet's first byte is not 0");
	event++;
	len = packet - 1;
	if (!event_parse_header(event, len, &out->header) || out->header.length != len)
		return report_malformed(b, "its length is not that of its packet");
	if (out->header.type == EVENT_FORMAT_DESCRIPTION)
	{
		status answer = read_format(b, event, len);

		if (answer != STATUS_OK)
			return answer;
	}
	if (!verify_checksum(b, event, &len))
		return report_malformed(b, "its CRC32 is wrong");
	out->body = event + EVENT_HEADER_SIZE;
	out->len = len - EVENT_HEADER_SIZE;
	return STATUS_OK;
}

void
binlog_drop(const binlog_event *e)
{
	if (e->len >= LARGE_EVENT)
		pages_drop((void *) (uintptr_t) e->body, e->len);
}

int
binlog_fd(const binlog *b)
{
	return (int) mysql_get_socket(b->mysql);
}

const char *
binlog_server(const binlog *b)
{
	return b->server;
}

const char *
binlog_lost_reason(const binlog *b)
{
	return b->lost;
}

void
binlog_close(binlog *b)
{
	if (b == NULL)
		return;
	if (b->dump != NULL)
		mariadb_rpl_close(b->dump);
	mysql_close(b->mysql);
	free(b);
}
