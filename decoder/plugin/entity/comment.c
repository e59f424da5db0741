/*
 * plugin/entity/comment.c
 *	  Texts of comments.
 */
#include "plugin/entity/comment.h"

#include "plugin/core/missing.h"

static void *
load_comment(session *s, int wiki, int64 comment_id)
{
	mirror_row row;
	char *text = NULL;

	if (entity_read(s, TABLE_COMMENT, wiki, comment_id, &row))
		text = mirror_row_text(&row, COMMENT_TEXT);
	if (text == NULL)
		missing_report(s, TABLE_COMMENT, wiki, comment_id);
	return text;
}

static const entity_kind comment_kind = {load_comment};

const char *
comment_find(session *s, int wiki, int64 comment_id)
{
	return entity_find(s, &comment_kind, wiki, comment_id);
}
