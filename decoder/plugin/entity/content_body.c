/*
 * plugin/entity/content_body.c
 *	  Contents; see content_body.h.
 */
#include "plugin/entity/content_body.h"

#include "mb/pg_wchar.h"

#define TOO_LARGE "too large" /* content_body.body_status */

static void *
load_content_body(session *s, int wiki, int64 content_id)
{
	content_body *out;
	mirror_row row;
	char *text;
	size_t len = 0;

	if (!entity_read(s, TABLE_CONTENT_BODY, wiki, content_id, &row))
		return NULL;
	out = palloc0(sizeof(content_body));
	out->is_too_large = mirror_row_text_equals(&row, BODY_STATUS, TOO_LARGE, strlen(TOO_LARGE));
	if (mirror_row_size(&row, BODY_BODY) > s->options.content)
	{
		out->is_too_large = true;
		return out;
	}
	text = mirror_row_bytes(&row, BODY_BODY, &len);
	if (text != NULL && pg_verify_mbstr(PG_UTF8, text, (int) len, true))
		out->text = text;
	return out;
}

static const entity_kind content_body_kind = {load_content_body};

const content_body *
content_body_find(session *s, int wiki, int64 content_id)
{
	return entity_find(s, &content_body_kind, wiki, content_id);
}
