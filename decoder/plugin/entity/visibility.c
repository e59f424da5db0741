/*
 * plugin/entity/visibility.c
 *	  The rules of redaction; see visibility.h.
 *
 * They are strict: with hidden text neither hash nor size is said, of the revision or of a slot (EventBus says them),
 * for a hash of a short text gives the text away.
 */
#include "plugin/entity/visibility.h"

/* A field is said if none of its bits is set. */
/* clang-format off */
static const int hiding_bits[] = {
	[FIELD_REVISION_SHA1] = HIDDEN_TEXT,
	[FIELD_REVISION_SIZE] = HIDDEN_TEXT,
	[FIELD_CONTENT] = HIDDEN_TEXT,
	[FIELD_IS_REDIRECT] = HIDDEN_TEXT,
	[FIELD_CONTENT_CHANGED] = HIDDEN_TEXT,
	[FIELD_REDIRECT_TARGET] = HIDDEN_TEXT,
	[FIELD_PARSED] = HIDDEN_TEXT,
	[FIELD_PARSED_BEFORE] = HIDDEN_TEXT,
	[FIELD_REVISION_COMMENT] = HIDDEN_COMMENT,
	[FIELD_EDITOR] = HIDDEN_USER,
	[FIELD_FILE_CONTENT] = HIDDEN_TEXT,
	[FIELD_LOG_ACTION] = HIDDEN_ACTION,
	[FIELD_LOG_COMMENT] = HIDDEN_COMMENT,
	[FIELD_LOG_PERFORMER] = HIDDEN_USER,
	[FIELD_RECENT_CHANGE] = HIDDEN_ALL,
	[FIELD_RESTRICTED_ACTION] = HIDDEN_RESTRICTED,
	[FIELD_ACCOUNT] = HIDDEN_USER,
};
/* clang-format on */

bool
visibility_shows(visible_field field, int bits)
{
	return (bits & hiding_bits[field]) == 0;
}

/* From MediaWiki 1.46 on only some users may see tags of such names. */
#define PRIVATE_TAG "mw-private-"

/* is_of_tags: such a log's entries name tags in their parameters. */
static bool
is_of_tags(const char *type)
{
	return strcmp(type, "managetags") == 0 || strcmp(type, "tag") == 0;
}

bool
visibility_shows_log(const char *type, const char *params)
{
	return strcmp(type, "suppress") != 0 &&
	       !(is_of_tags(type) && strstr(params, PRIVATE_TAG) != NULL);
}

bool
visibility_shows_tag(const char *name)
{
	return strncmp(name, PRIVATE_TAG, strlen(PRIVATE_TAG)) != 0;
}

const visibility_aspect visibility_aspects[VISIBILITY_ASPECTS] = {
    {"is_content_visible", HIDDEN_TEXT, "text"},
    {"is_editor_visible", HIDDEN_USER, "user"},
    {"is_comment_visible", HIDDEN_COMMENT, "comment"},
};

bool
visibility_differs(int bits, int other)
{
	for (int i = 0; i < VISIBILITY_ASPECTS; i++)
		if (((bits ^ other) & visibility_aspects[i].bit) != 0)
			return true;
	return false;
}
