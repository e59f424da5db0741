#define _GNU_SOURCE /* open_memstream */
/*
 * apply/request_contents.c
 *	  Contents that a request is to tell; see request_contents.h.
 */
#include "apply/request_contents.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

/* The three texts while they are written. */
typedef struct arrays
{
	FILE *ids;
	FILE *bodies;
	FILE *statuses;
	size_t sizes[3];
} arrays;

/* An element of an array of bytea. */
static void
put_body(FILE *out, const char *body, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	fputs("\"\\\\x", out);
	for (size_t i = 0; i < len; i++)
	{
		const unsigned char byte = (unsigned char) body[i];

		putc_unlocked(digits[byte >> 4], out);
		putc_unlocked(digits[byte & 15], out);
	}
	putc('"', out);
}

static status
put_content(arrays *a, body_reader *bodies, const wiki *w, const json_t *item, bool first)
{
	const json_t *address = json_array_get(item, 1);
	const char *comma = first ? "" : ",";
	const char *body;
	const char *said;
	size_t len;
	status s = body_reader_read(bodies, w, NULL, json_string_value(address),
	                            json_string_length(address), &body, &len, &said);

	if (s != STATUS_OK)
		return s;
	fprintf(a->ids, "%s%" JSON_INTEGER_FORMAT, comma, json_integer_value(json_array_get(item, 0)));
	fprintf(a->statuses, "%s\"%s\"", comma, said);
	fputs(comma, a->bodies);
	if (body != NULL)
		put_body(a->bodies, body, len);
	else
		fputs("NULL", a->bodies);
	return STATUS_OK;
}

static status
put_contents(arrays *a, body_reader *bodies, const wiki *w, const json_t *contents)
{
	status s = STATUS_OK;
	const json_t *item;
	size_t i;

	fputc('{', a->ids);
	fputc('{', a->bodies);
	fputc('{', a->statuses);
	json_array_foreach(contents, i, item)
	{
		s = put_content(a, bodies, w, item, i == 0);
		if (s != STATUS_OK)
			break;
	}
	fputc('}', a->ids);
	fputc('}', a->bodies);
	fputc('}', a->statuses);
	return s;
}

/* Ends a text; false without memory for all of it. */
static bool
end_text(FILE *out)
{
	return out != NULL && fclose(out) == 0;
}

static status
write_arrays(body_reader *bodies, const wiki *w, const json_t *contents, request_contents *out)
{
	arrays a = {0};
	status s = STATUS_MEMORY;

	a.ids = open_memstream(&out->ids, &a.sizes[0]);
	a.bodies = open_memstream(&out->bodies, &a.sizes[1]);
	a.statuses = open_memstream(&out->statuses, &a.sizes[2]);
	if (a.ids != NULL && a.bodies != NULL && a.statuses != NULL)
		s = put_contents(&a, bodies, w, contents);
	/* all of them, whatever the first says */
	if (!end_text(a.ids) | !end_text(a.bodies) | !end_text(a.statuses))
		s = s == STATUS_OK ? STATUS_MEMORY : s;
	if (s == STATUS_MEMORY)
		log_error("out of memory for contents of a request");
	return s;
}

status
request_contents_read(body_reader *bodies, const wiki_list *wikis, const char *asked,
                      request_contents *out)
{
	json_t *json = json_loads(asked, 0, NULL);
	const char *wiki_id = json_string_value(json_object_get(json, "wiki_id"));
	const wiki *w = wiki_id != NULL ? wiki_list_by_id(wikis, wiki_id) : NULL;
	status s = STATUS_BUG;

	memset(out, 0, sizeof(*out));
	if (w == NULL)
		log_error("BUG: a request asks for contents of no wiki of this source: %.200s", asked);
	else
	{
		snprintf(out->rows, sizeof(out->rows), "%" JSON_INTEGER_FORMAT,
		         json_integer_value(json_object_get(json, "rows")));
		s = write_arrays(bodies, w, json_object_get(json, "contents"), out);
	}
	json_decref(json);
	return s;
}

void
request_contents_free(request_contents *c)
{
	free(c->ids);
	free(c->bodies);
	free(c->statuses);
	memset(c, 0, sizeof(*c));
}
