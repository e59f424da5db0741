/*
 * source/event.c
 *	  Binlog events other than rows: from bytes to what they mean.
 *
 * All integers are little endian. The header of every event:
 *	  timestamp u32, type u8, server id u32, length u32, end position u32, flags u16
 */
#include "source/event.h"

#include <stdio.h>
#include <string.h>
#include "rows/bytes.h"
#include "rows/compression.h"

/* Status variables of a QUERY event that lie before, or are, those that are read; see read_variables. */
enum
{
	QUERY_FLAGS2 = 0,
	QUERY_SQL_MODE = 1,
	QUERY_AUTO_INCREMENT = 3,
	QUERY_CHARSET = 4,
	QUERY_TIME_ZONE = 5,
	QUERY_CATALOG = 6,
	QUERY_LC_TIME_NAMES = 7,
	QUERY_CHARSET_DATABASE = 8,
	QUERY_TABLE_MAP_FOR_UPDATE = 9,
	QUERY_INVOKER = 11,
	QUERY_HRNOW = 128,
	QUERY_XID = 129
};

typedef struct type_class
{
	const char *name;
	event_class class;
} type_class;

/* Types that are missing are not understood; an event flagged ignorable may then be skipped. */
static const type_class types[256] = {
    [EVENT_START_V3] = {"START_EVENT_V3", EVENT_CLASS_UNKNOWN},
    [EVENT_QUERY] = {"QUERY_EVENT", EVENT_CLASS_QUERY},
    [EVENT_STOP] = {"STOP_EVENT", EVENT_CLASS_STREAM},
    [EVENT_ROTATE] = {"ROTATE_EVENT", EVENT_CLASS_STREAM},
    [EVENT_INTVAR] = {"INTVAR_EVENT", EVENT_CLASS_STATEMENT},
    [6] = {"LOAD_EVENT", EVENT_CLASS_STATEMENT},
    [7] = {"SLAVE_EVENT", EVENT_CLASS_UNKNOWN},
    [8] = {"CREATE_FILE_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_APPEND_BLOCK] = {"APPEND_BLOCK_EVENT", EVENT_CLASS_STATEMENT},
    [10] = {"EXEC_LOAD_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_DELETE_FILE] = {"DELETE_FILE_EVENT", EVENT_CLASS_STATEMENT},
    [12] = {"NEW_LOAD_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_RAND] = {"RAND_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_USER_VAR] = {"USER_VAR_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_FORMAT_DESCRIPTION] = {"FORMAT_DESCRIPTION_EVENT", EVENT_CLASS_STREAM},
    [EVENT_XID] = {"XID_EVENT", EVENT_CLASS_COMMIT},
    [EVENT_BEGIN_LOAD_QUERY] = {"BEGIN_LOAD_QUERY_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_EXECUTE_LOAD_QUERY] = {"EXECUTE_LOAD_QUERY_EVENT", EVENT_CLASS_STATEMENT},
    [EVENT_TABLE_MAP] = {"TABLE_MAP_EVENT", EVENT_CLASS_TABLE_MAP},
    [20] = {"PRE_GA_WRITE_ROWS_EVENT", EVENT_CLASS_UNKNOWN},
    [21] = {"PRE_GA_UPDATE_ROWS_EVENT", EVENT_CLASS_UNKNOWN},
    [22] = {"PRE_GA_DELETE_ROWS_EVENT", EVENT_CLASS_UNKNOWN},
    [23] = {"WRITE_ROWS_EVENT_V1", EVENT_CLASS_ROWS},
    [24] = {"UPDATE_ROWS_EVENT_V1", EVENT_CLASS_ROWS},
    [25] = {"DELETE_ROWS_EVENT_V1", EVENT_CLASS_ROWS},
    [EVENT_INCIDENT] = {"INCIDENT_EVENT", EVENT_CLASS_INCIDENT},
    [EVENT_HEARTBEAT] = {"HEARTBEAT_LOG_EVENT", EVENT_CLASS_STREAM},
    [28] = {"IGNORABLE_LOG_EVENT", EVENT_CLASS_UNKNOWN},
    [29] = {"ROWS_QUERY_LOG_EVENT", EVENT_CLASS_UNKNOWN},
    [30] = {"WRITE_ROWS_EVENT", EVENT_CLASS_ROWS},
    [31] = {"UPDATE_ROWS_EVENT", EVENT_CLASS_ROWS},
    [32] = {"DELETE_ROWS_EVENT", EVENT_CLASS_ROWS},
    [33] = {"GTID_LOG_EVENT", EVENT_CLASS_UNKNOWN},
    [34] = {"ANONYMOUS_GTID_LOG_EVENT", EVENT_CLASS_UNKNOWN},
    [35] = {"PREVIOUS_GTIDS_LOG_EVENT", EVENT_CLASS_UNKNOWN},
    [36] = {"TRANSACTION_CONTEXT_EVENT", EVENT_CLASS_UNKNOWN},
    [37] = {"VIEW_CHANGE_EVENT", EVENT_CLASS_UNKNOWN},
    [EVENT_XA_PREPARE] = {"XA_PREPARE_LOG_EVENT", EVENT_CLASS_XA},
    [39] = {"PARTIAL_UPDATE_ROWS_EVENT", EVENT_CLASS_UNKNOWN},
    [EVENT_ANNOTATE_ROWS] = {"ANNOTATE_ROWS_EVENT", EVENT_CLASS_IGNORABLE},
    [EVENT_BINLOG_CHECKPOINT] = {"BINLOG_CHECKPOINT_EVENT", EVENT_CLASS_STREAM},
    [EVENT_GTID] = {"GTID_EVENT", EVENT_CLASS_GTID},
    [EVENT_GTID_LIST] = {"GTID_LIST_EVENT", EVENT_CLASS_STREAM},
    [EVENT_START_ENCRYPTION] = {"START_ENCRYPTION_EVENT", EVENT_CLASS_STREAM},
    [EVENT_QUERY_COMPRESSED] = {"QUERY_COMPRESSED_EVENT", EVENT_CLASS_QUERY},
    [166] = {"WRITE_ROWS_COMPRESSED_EVENT_V1", EVENT_CLASS_ROWS},
    [167] = {"UPDATE_ROWS_COMPRESSED_EVENT_V1", EVENT_CLASS_ROWS},
    [168] = {"DELETE_ROWS_COMPRESSED_EVENT_V1", EVENT_CLASS_ROWS},
    [169] = {"WRITE_ROWS_COMPRESSED_EVENT", EVENT_CLASS_ROWS},
    [170] = {"UPDATE_ROWS_COMPRESSED_EVENT", EVENT_CLASS_ROWS},
    [171] = {"DELETE_ROWS_COMPRESSED_EVENT", EVENT_CLASS_ROWS},
    [172] = {"PARTIAL_ROW_DATA_EVENT", EVENT_CLASS_UNKNOWN},
};

static bool
fail(decode_error *err, const char *what)
{
	snprintf(err->message, sizeof(err->message), "%s", what);
	err->column = -1;
	return false;
}

event_class
event_classify(uint8_t type, uint16_t flags)
{
	if (types[type].name != NULL && types[type].class != EVENT_CLASS_UNKNOWN)
		return types[type].class;
	return (flags & EVENT_FLAG_IGNORABLE) != 0 ? EVENT_CLASS_IGNORABLE : EVENT_CLASS_UNKNOWN;
}

const char *
event_type_name(uint8_t type)
{
	return types[type].name != NULL ? types[type].name : "unknown";
}

bool
event_parse_header(const uint8_t *data, size_t len, event_header *out)
{
	if (len < EVENT_HEADER_SIZE)
		return false;
	out->timestamp = (uint32_t) bytes_little(data, 4);
	out->type = data[4];
	out->server_id = (uint32_t) bytes_little(data + 5, 4);
	out->length = (uint32_t) bytes_little(data + 9, 4);
	out->end_position = (uint32_t) bytes_little(data + 13, 4);
	out->flags = (uint16_t) bytes_little(data + 17, 2);
	return true;
}

/*
 * FORMAT_DESCRIPTION: binlog version u16, server version 50 bytes padded with NUL, creation time u32, header
 * length u8, a post-header length u8 for each event type, checksum algorithm u8, CRC u32.
 */
bool
event_parse_format(const uint8_t *body, size_t len, uint8_t *checksum, char server_version[51],
                   decode_error *err)
{
	const size_t fixed = 2 + 50 + 4 + 1, last = 1 + 4;

	if (len < fixed + last)
		return fail(err, "format description event too short");
	if (bytes_little(body, 2) != 4)
		return fail(err, "binlog version is not 4");
	if (body[fixed - 1] != EVENT_HEADER_SIZE)
		return fail(err, "event headers are not 19 bytes long");
	memcpy(server_version, body + 2, 50);
	server_version[50] = '\0';
	*checksum = body[len - last];
	if (*checksum != EVENT_CHECKSUM_NONE && *checksum != EVENT_CHECKSUM_CRC32)
		return fail(err, "binlog checksum is neither NONE nor CRC32");
	return true;
}

/*
 * GTID: sequence u64, domain u32, flags u8; then, as the flags say, group commit id u64; XA id: format u32, two
 * lengths u8, bytes; then, from 10.8 on, extra flags u8. Without commit id 6 bytes of padding follow the flags.
 */
bool
event_parse_gtid(const uint8_t *body, size_t len, uint32_t server_id, gtid_event *out,
                 decode_error *err)
{
	enum
	{
		HAS_COMMIT_ID = 0x02
	};
	cursor c = {body, body + len};
	uint64_t domain, flags, extra;
	const uint8_t *lengths;
	const uint8_t *xa;

	*out = (gtid_event){.id.server = server_id};
	if (!cursor_little(&c, 8, &out->id.sequence) || !cursor_little(&c, 4, &domain) ||
	    !cursor_little(&c, 1, &flags))
		return fail(err, "GTID event too short");
	out->id.domain = (uint32_t) domain;
	out->flags = (uint8_t) flags;
	if ((flags & HAS_COMMIT_ID) != 0 && !cursor_little(&c, 8, &out->commit_id))
		return fail(err, "GTID event too short for its commit id");
	if ((flags & (GTID_FLAG_PREPARED_XA | GTID_FLAG_COMPLETED_XA)) != 0)
	{
		if ((xa = cursor_take(&c, 4)) == NULL || (lengths = cursor_take(&c, 2)) == NULL ||
		    cursor_take(&c, (size_t) lengths[0] + lengths[1]) == NULL)
			return fail(err, "GTID event too short for its XA id");
		if (lengths[0] > 64 || lengths[1] > 64)
			return fail(err, "GTID event with an XA id that is too long");
		out->xa = xa;
		out->xa_len = (size_t) (c.next - xa);
	}
	if (cursor_little(&c, 1, &extra))
		out->extra_flags = (uint8_t) extra;
	return true;
}

/* GTID_LIST: count u32, whose upper 4 bits are flags; then domain u32, server u32, sequence u64 of each. */
bool
event_parse_gtid_list(const uint8_t *body, size_t len, gtid_list *out, decode_error *err)
{
	cursor c = {body, body + len};
	gtid_list list = {0};
	uint64_t count;

	if (!cursor_little(&c, 4, &count))
		return fail(err, "GTID list event too short");
	count &= 0x0fffffff;
	if (count > cursor_left(&c) / 16)
		return fail(err, "GTID list event too short for its count");
	for (; count > 0; count--)
	{
		const uint8_t *p = cursor_take(&c, 16);
		gtid g = {(uint32_t) bytes_little(p, 4), (uint32_t) bytes_little(p + 4, 4),
		          bytes_little(p + 8, 8)};

		/* a domain comes once for each server; the last is the newest */
		if (!gtid_list_set(&list, &g))
		{
			gtid_list_free(&list);
			return fail(err, "out of memory for a GTID list");
		}
	}
	*out = list;
	return true;
}

/* Takes a status variable's value; false if its size is not known or it is cut off. */
static bool
skip_query_variable(cursor *c, uint8_t variable)
{
	uint64_t n;

	switch (variable)
	{
		case QUERY_FLAGS2:
		case QUERY_AUTO_INCREMENT:
			return cursor_take(c, 4) != NULL;
		case QUERY_SQL_MODE:
		case QUERY_TABLE_MAP_FOR_UPDATE:
		case QUERY_XID:
			return cursor_take(c, 8) != NULL;
		case QUERY_CHARSET:
			return cursor_take(c, 6) != NULL;
		case QUERY_LC_TIME_NAMES:
		case QUERY_CHARSET_DATABASE:
			return cursor_take(c, 2) != NULL;
		case QUERY_TIME_ZONE:
		case QUERY_CATALOG:
			return cursor_little(c, 1, &n) && cursor_take(c, n) != NULL;
		case QUERY_INVOKER:
			return cursor_little(c, 1, &n) && cursor_take(c, n) != NULL &&
			       cursor_little(c, 1, &n) && cursor_take(c, n) != NULL;
		default:
			return false;
	}
}

/* Reads what is of interest of a statement's status variables; what was not logged stays 0. */
static void
read_variables(const uint8_t *variables, size_t len, query_event *out)
{
	cursor c = {variables, variables + len};

	while (cursor_left(&c) > 0)
	{
		uint8_t variable = *cursor_take(&c, 1);
		const cursor value = c;
		uint64_t v;

		if (variable == QUERY_HRNOW)
		{
			if (cursor_little(&c, 3, &v) && v < 1000000)
				out->microseconds = (uint32_t) v;
			return;
		}
		if (!skip_query_variable(&c, variable))
			return;
		if (variable == QUERY_SQL_MODE)
			out->dialect.mode = bytes_little(value.next, 8);
		if (variable == QUERY_CHARSET)
			out->dialect.charset = (uint16_t) bytes_little(value.next, 2);
	}
}

/*
 * QUERY: thread u32, seconds u32, database length u8, error u16, length of status variables u16, status
 * variables, database and NUL, SQL until the end (QUERY_COMPRESSED: one compressed part). EXECUTE_LOAD_QUERY has, before the
 * status variables, file u32, where its name stands in the SQL u32 and u32, what becomes of duplicates u8.
 */
bool
event_parse_query(uint8_t type, const uint8_t *body, size_t len, arena *a, query_event *out,
                  decode_error *err)
{
	cursor c = {body, body + len};
	uint64_t database_len, error, variables_len;
	const uint8_t *variables, *database, *sql;
	size_t sql_len;
	const char *wrong;

	if (cursor_take(&c, 8) == NULL || !cursor_little(&c, 1, &database_len) ||
	    !cursor_little(&c, 2, &error) || !cursor_little(&c, 2, &variables_len) ||
	    (type == EVENT_EXECUTE_LOAD_QUERY && cursor_take(&c, 13) == NULL) ||
	    (variables = cursor_take(&c, variables_len)) == NULL ||
	    (database = cursor_take(&c, database_len + 1)) == NULL)
		return fail(err, "query event too short");
	sql = c.next;
	sql_len = cursor_left(&c);
	if (type == EVENT_QUERY_COMPRESSED)
	{
		wrong = compression_inflate_event(NULL, 0, c.next, cursor_left(&c), a, &sql, &sql_len);
		if (wrong != NULL)
			return fail(err, wrong);
	}
	*out = (query_event){0};
	out->database = (const char *) database;
	out->database_len = database_len;
	out->sql = (const char *) sql;
	out->sql_len = sql_len;
	out->error_code = (uint16_t) error;
	read_variables(variables, variables_len, out);
	return true;
}

/* INCIDENT: number u16, message length u8, message. */
void
event_parse_incident(const uint8_t *body, size_t len, const char **message, size_t *message_len)
{
	cursor c = {body, body + len};
	uint64_t n;

	*message = "";
	*message_len = 0;
	if (cursor_take(&c, 2) == NULL || !cursor_little(&c, 1, &n) || n > cursor_left(&c))
		return;
	*message = (const char *) cursor_take(&c, n);
	*message_len = n;
}
