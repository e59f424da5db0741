/*
 * relay/position_record.c
 *	  See position_record.h.
 */
#include "relay/position_record.h"

char *
relay_position_record_encode(const relay_position *p, const receipt *messages)
{
	json_t *json = relay_position_to_json(p);
	char *text = NULL;

	if (json != NULL && json_object_set_new(json, "messages", receipt_to_json(messages)) == 0)
		text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

bool
relay_position_record_decode(const char *text, size_t len, relay_position *out, receipt *messages)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *lines = json_object_get(json, "messages");
	bool ok = relay_position_from_json(json, out) &&
	          (lines == NULL || receipt_from_json(lines, messages));

	json_decref(json);
	return ok;
}
