/*
 * source/event.h
 *	  Binlog events other than rows: from bytes to what they mean.
 *
 * Pure functions on bytes. A body is what follows the 19-byte header, without
 * the checksum; the binlog stream has already cut both off.
 */
#ifndef MWMIRROR_SOURCE_EVENT_H
#define MWMIRROR_SOURCE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rows/table_map.h"
#include "source/gtid.h"
#include "source/sql_token.h"
#include "support/arena.h"

#define EVENT_HEADER_SIZE 19

/* Types as in the server's Log_event_type; only those that are told apart. */
typedef enum event_type
{
	EVENT_UNKNOWN = 0,
	EVENT_START_V3 = 1,
	EVENT_QUERY = 2,
	EVENT_STOP = 3,
	EVENT_ROTATE = 4,
	EVENT_INTVAR = 5,
	EVENT_APPEND_BLOCK = 9,
	EVENT_DELETE_FILE = 11,
	EVENT_RAND = 13,
	EVENT_USER_VAR = 14,
	EVENT_FORMAT_DESCRIPTION = 15,
	EVENT_XID = 16,
	EVENT_BEGIN_LOAD_QUERY = 17,
	EVENT_EXECUTE_LOAD_QUERY = 18,
	EVENT_TABLE_MAP = 19,
	EVENT_INCIDENT = 26,
	EVENT_HEARTBEAT = 27,
	EVENT_XA_PREPARE = 38,
	EVENT_ANNOTATE_ROWS = 160,
	EVENT_BINLOG_CHECKPOINT = 161,
	EVENT_GTID = 162,
	EVENT_GTID_LIST = 163,
	EVENT_START_ENCRYPTION = 164,
	EVENT_QUERY_COMPRESSED = 165
} event_type;

/* Bits of event_header.flags. */
#define EVENT_FLAG_ARTIFICIAL 0x20
#define EVENT_FLAG_IGNORABLE 0x80

typedef struct event_header
{
	uint32_t timestamp; /* seconds since 1970 */
	uint8_t type;
	uint32_t server_id;
	uint32_t length; /* whole event: header, body, checksum */
	uint32_t end_position;
	uint16_t flags;
} event_header;

/* What the consumer of the stream must do with an event. */
typedef enum event_class
{
	EVENT_CLASS_GTID,      /* a source transaction begins */
	EVENT_CLASS_TABLE_MAP, /* table_map_parse */
	EVENT_CLASS_ROWS,      /* row_reader_open */
	EVENT_CLASS_COMMIT,    /* XID: the transaction is over */
	EVENT_CLASS_QUERY,     /* event_parse_query, then statement_parse */
	EVENT_CLASS_STATEMENT, /* part of a change in STATEMENT format: not understood */
	EVENT_CLASS_XA,        /* XA PREPARE */
	EVENT_CLASS_INCIDENT,  /* the server says that changes may be missing */
	EVENT_CLASS_STREAM,    /* of the stream itself: rotate, format, heartbeat, checkpoint... */
	EVENT_CLASS_IGNORABLE, /* says nothing of the data: annotations, events flagged ignorable */
	EVENT_CLASS_UNKNOWN    /* not understood: stop before it */
} event_class;

event_class event_classify(uint8_t type, uint16_t flags);

/* The server's name of an event type, or "unknown". Static string. */
const char *event_type_name(uint8_t type);

/* Parses the 19-byte header at the start of data. False: too short. */
bool event_parse_header(const uint8_t *data, size_t len, event_header *out);

/* Checksum algorithms of a FORMAT_DESCRIPTION event. */
#define EVENT_CHECKSUM_NONE 0
#define EVENT_CHECKSUM_CRC32 1

/* body here includes the 5 bytes at the end (algorithm and its own CRC). server_version gets up to 50 bytes and a NUL. */
bool event_parse_format(const uint8_t *body, size_t len, uint8_t *checksum, char server_version[51],
                        decode_error *err);

/* Bits of gtid_event.flags. */
#define GTID_FLAG_STANDALONE 0x01 /* one statement, no commit event follows */
#define GTID_FLAG_TRANSACTIONAL 0x04
#define GTID_FLAG_DDL 0x20
#define GTID_FLAG_PREPARED_XA 0x40
#define GTID_FLAG_COMPLETED_XA 0x80
/* Bits of gtid_event.extra_flags: the phases of ALTER TABLE with binlog_alter_two_phase. */
#define GTID_EXTRA_START_ALTER 0x02
#define GTID_EXTRA_COMMIT_ALTER 0x04
#define GTID_EXTRA_ROLLBACK_ALTER 0x08

#define GTID_XA_MOST (4 + 2 + 64 + 64) /* bytes of an XA transaction's id */

typedef struct gtid_event
{
	gtid id;
	uint8_t flags;
	uint8_t extra_flags;
	uint64_t commit_id; /* of the group commit, 0 if none */
	/* Of an XA transaction that is prepared or ended: format u32, length u8 of each of two parts, and these; in the body. */
	const uint8_t *xa;
	size_t xa_len; /* 0: it is none */
} gtid_event;

/* server_id is that of the event's header. */
bool event_parse_gtid(const uint8_t *body, size_t len, uint32_t server_id, gtid_event *out,
                      decode_error *err);

/* Parses a GTID_LIST event; *out is freed by the caller with gtid_list_free. */
bool event_parse_gtid_list(const uint8_t *body, size_t len, gtid_list *out, decode_error *err);

typedef struct query_event
{
	const char *database; /* default database, inside the body or the arena, not NUL-terminated */
	size_t database_len;
	const char *sql; /* not NUL-terminated */
	size_t sql_len;
	uint16_t error_code;   /* error the statement ended with on the source, 0 if none */
	uint32_t microseconds; /* of the event's time, if the server logged them */
	sql_dialect dialect;   /* in which sql is to be read */
} query_event;

/* Parses QUERY, EXECUTE_LOAD_QUERY and QUERY_COMPRESSED (inflated into the arena). */
bool event_parse_query(uint8_t type, const uint8_t *body, size_t len, arena *a, query_event *out,
                       decode_error *err);

/* The message of an INCIDENT event, inside the body; empty if there is none. */
void event_parse_incident(const uint8_t *body, size_t len, const char **message,
                          size_t *message_len);

#endif
