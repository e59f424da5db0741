/*
 * tests/fuzz/fuzz_event.c
 *	  Binlog events that are not rows, and lists of GTIDs as text. Input: type of the event u8, the body.
 */
#include "fuzz.h"
#include "source/event.h"
#include "source/statement.h"

static void
use_query(uint8_t type, const uint8_t *body, size_t len, arena *a)
{
	query_event query;
	statement s;
	decode_error err;

	if (!event_parse_query(type, body, len, a, &query, &err))
		return;
	fuzz_touch(query.database, query.database_len);
	fuzz_touch(query.sql, query.sql_len);
	statement_parse(query.sql, query.sql_len, query.database, query.database_len, &query.dialect, a,
	                &s);
}

/* A list that was read is written so that it reads the same. */
static void
use_list(gtid_list *list)
{
	char *text = gtid_list_format(list);
	gtid_list again = {0};

	if (text == NULL || !gtid_list_parse(text, &again) || !gtid_list_covers_all(list, &again) ||
	    !gtid_list_covers_all(&again, list))
		abort();
	free(text);
	gtid_list_free(&again);
}

static void
use_text(const uint8_t *body, size_t len)
{
	char *text = malloc(len + 1);
	gtid_list list = {0};
	gtid one;

	if (text == NULL)
		abort();
	memcpy(text, body, len);
	text[len] = '\0';
	gtid_parse(text, &one);
	if (gtid_list_parse(text, &list))
		use_list(&list);
	gtid_list_free(&list);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_input in = {data, size};
	const uint8_t type = fuzz_byte(&in);
	size_t len, message_len;
	uint8_t *body = fuzz_bytes(&in, in.left, &len);
	arena *a = arena_create(4096);
	event_header header;
	uint8_t checksum;
	char version[51];
	gtid_event id;
	gtid_list list = {0};
	const char *message;
	decode_error err;

	if (a == NULL)
		abort();
	event_parse_header(body, len, &header);
	event_classify(type, 0);
	if (type == EVENT_FORMAT_DESCRIPTION && event_parse_format(body, len, &checksum, version, &err))
		fuzz_touch_text(version);
	else if (type == EVENT_GTID)
		event_parse_gtid(body, len, 1, &id, &err);
	else if (type == EVENT_GTID_LIST)
		event_parse_gtid_list(body, len, &list, &err);
	else if (type == EVENT_INCIDENT)
	{
		event_parse_incident(body, len, &message, &message_len);
		fuzz_touch(message, message_len);
	}
	else if (type == EVENT_QUERY || type == EVENT_EXECUTE_LOAD_QUERY ||
	         type == EVENT_QUERY_COMPRESSED)
		use_query(type, body, len, a);
	else
		use_text(body, len);
	gtid_list_free(&list);
	arena_destroy(a);
	free(body);
	return 0;
}
