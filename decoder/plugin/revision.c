/*
 * plugin/revision.c
 *	  The revision entity and its content slots.
 *
 * Redaction is strict: with hidden text neither hash nor size is said, of the revision or of a slot
 * (EventBus says them; mediawiki-facts 1 #8), for a hash of a short text gives the text away.
 */
#include "plugin/revision.h"

#include "plugin/json.h"
#include "plugin/user.h"
#include "plugin/wiki.h"

/* Default format of a content model; MediaWiki does not store it. Models not named here have none. */
static const struct
{
	const char *model;
	const char *format;
} model_formats[] = {
    {"wikitext", "text/x-wiki"},
    {"javascript", "text/javascript"},
    {"css", "text/css"},
    {"text", "text/plain"},
    {"unknown", "text/plain"},
    {"json", "application/json"},
    {"vue", "text/x-vue"},
    {"Scribunto", "text/plain"},
    {"sanitized-css", "text/css"},
    {"wikibase-item", "application/json"},
    {"wikibase-property", "application/json"},
    {"wikibase-lexeme", "application/json"},
    {"wikibase-mediainfo", "application/json"},
    {"EntitySchema", "application/json"},
    {"GadgetDefinition", "application/json"},
    {"GeoJSON", "application/json"},
    {"JsonSchema", "application/json"},
    {"MassMessageListContent", "application/json"},
    {"NewsletterContent", "application/json"},
    {"SecurePoll", "application/json"},
    {"Json.JsonConfig", "application/json"},
    {"JsonConfig.Dashiki", "application/json"},
    {"JsonZeroConfig", "application/json"},
    {"Map.JsonConfig", "application/json"},
    {"Tabular.JsonConfig", "application/json"},
    {"flow-board", "application/json"},
    {"proofread-page", "text/x-wiki"},
    {"proofread-index", "text/x-wiki"},
    {"translate-messagebundle", "application/json"},
};

static const char *
content_format(const char *model)
{
	for (size_t i = 0; i < lengthof(model_formats); i++)
		if (strcmp(model, model_formats[i].model) == 0)
			return model_formats[i].format;
	return NULL;
}

bool
revision_hides_editor(int bits)
{
	return (bits & HIDDEN_USER) != 0;
}

bool
revision_visibility_differs(int bits, int other)
{
	return ((bits ^ other) & (HIDDEN_TEXT | HIDDEN_COMMENT | HIDDEN_USER)) != 0;
}

static const struct
{
	const char *key;
	int bit;
} visibilities[] = {
    {"is_content_visible", HIDDEN_TEXT},
    {"is_editor_visible", HIDDEN_USER},
    {"is_comment_visible", HIDDEN_COMMENT},
};

void
revision_put_visibility(StringInfo out, int bits)
{
	for (size_t i = 0; i < lengthof(visibilities); i++)
		json_put_bool(out, visibilities[i].key, (bits & visibilities[i].bit) == 0);
}

void
revision_put_changed_visibility(StringInfo out, int bits, int other)
{
	for (size_t i = 0; i < lengthof(visibilities); i++)
		if (((bits ^ other) & visibilities[i].bit) != 0)
			json_put_bool(out, visibilities[i].key, (bits & visibilities[i].bit) == 0);
}

/* put_slot writes one slot; the content row may be missing. */
static void
put_slot(plugin_state *state, StringInfo out, const wiki *w, const char *role, const slot_row *slot,
         bool text_hidden)
{
	content_row content;
	const char *model = NULL;
	const char *format;

	json_key_escaped(out, role);
	json_begin_object(out);
	json_put_string(out, "slot_role", role);
	if (lookup_content(state, w->wiki_id, slot->content_id, &content))
	{
		model = lookup_model_name(state, w->wiki_id, content.model_id);
		if (model != NULL)
			json_put_string(out, "content_model", model);
		else
			state_report_missing(state, TABLE_CONTENT_MODELS, w->wiki_id, content.model_id);
		if (!text_hidden && content.sha1 != NULL && content.sha1[0] != '\0')
			json_put_string(out, "content_sha1", content.sha1);
		if (!text_hidden)
			json_put_int(out, "content_size", content.size);
	}
	else
		state_report_missing(state, TABLE_CONTENT, w->wiki_id, slot->content_id);
	format = model == NULL ? NULL : content_format(model);
	if (format != NULL)
		json_put_string(out, "content_format", format);
	if (slot->origin > 0)
		json_put_int(out, "origin_rev_id", slot->origin);
	json_end_object(out);
}

/* put_slots writes the slots in the order of their roles' ids: main is first in every wiki. */
static void
put_slots(plugin_state *state, StringInfo out, const wiki *w, const revision_row *revision)
{
	int count;
	slot_row *slots = lookup_slots(state, w->wiki_id, revision->rev_id, &count);
	int n = 0;

	for (int i = 0; i < count; i++)
	{
		const char *role = lookup_role_name(state, w->wiki_id, slots[i].role_id);

		if (role == NULL)
		{
			state_report_missing(state, TABLE_SLOT_ROLES, w->wiki_id, slots[i].role_id);
			continue;
		}
		if (n++ == 0)
		{
			json_key(out, "content_slots");
			json_begin_object(out);
		}
		put_slot(state, out, w, role, &slots[i], (revision->bits & HIDDEN_TEXT) != 0);
	}
	if (n > 0)
		json_end_object(out);
	else
		state_report_missing(state, TABLE_SLOTS, w->wiki_id, revision->rev_id);
}

static void
put_identity(StringInfo out, const char *key, const revision_row *revision, TimestampTz dt)
{
	json_key(out, key);
	json_begin_object(out);
	json_put_int(out, "rev_id", revision->rev_id);
	json_put_time(out, "rev_dt",
	              json_time_is_writable(revision->timestamp) ? revision->timestamp : dt);
	json_put_bool(out, "is_minor_edit", revision->minor);
}

static void
put_parent(StringInfo out, const revision_row *revision)
{
	if (revision->parent_id > 0)
		json_put_int(out, "rev_parent_id", revision->parent_id);
}

static void
put_comment(plugin_state *state, StringInfo out, const wiki *w, const revision_row *revision)
{
	char *comment;

	if ((revision->bits & HIDDEN_COMMENT) != 0)
		return;
	comment = lookup_comment(state, w->wiki_id, revision->comment_id);
	if (comment != NULL)
		json_put_string(out, "comment", comment);
	else
		state_report_missing(state, TABLE_COMMENT, w->wiki_id, revision->comment_id);
}

void
revision_put(plugin_state *state, StringInfo out, const char *key, const wiki *w,
             const revision_row *revision, TimestampTz dt)
{
	bool text_hidden = (revision->bits & HIDDEN_TEXT) != 0;
	const char *editor = NULL;

	put_identity(out, key, revision, dt);
	if (!text_hidden && revision->sha1 != NULL && revision->sha1[0] != '\0')
		json_put_string(out, "rev_sha1", revision->sha1);
	if (!text_hidden && revision->has_size)
		json_put_int(out, "rev_size", revision->size);
	put_parent(out, revision);
	put_comment(state, out, w, revision);
	if (!revision_hides_editor(revision->bits))
		editor = user_entity(state, w, revision->actor_id);
	if (editor != NULL)
		json_put_raw(out, "editor", editor);
	revision_put_visibility(out, revision->bits);
	put_slots(state, out, w, revision);
	json_end_object(out);
}

void
revision_put_suppressed(StringInfo out, const char *key, const revision_row *revision,
                        TimestampTz dt)
{
	put_identity(out, key, revision, dt);
	put_parent(out, revision);
	revision_put_visibility(out, HIDDEN_TEXT | HIDDEN_COMMENT | HIDDEN_USER);
	json_end_object(out);
}

/* collect_contents returns "role=content" of each slot of a revision. */
static char *
collect_contents(plugin_state *state, const char *wiki_id, int64 rev_id)
{
	StringInfoData out;
	slot_row *slots;
	int n;

	initStringInfo(&out);
	slots = lookup_slots(state, wiki_id, rev_id, &n);
	for (int i = 0; i < n; i++)
		appendStringInfo(&out, INT64_FORMAT "=" INT64_FORMAT " ", slots[i].role_id,
		                 slots[i].content_id);
	if (slots != NULL)
		pfree(slots);
	return out.data;
}

bool
revision_is_null(plugin_state *state, const char *wiki_id, int64 rev_id, int64 parent_id)
{
	char *mine;
	char *parents;
	bool same;

	if (parent_id == 0)
		return false;
	mine = collect_contents(state, wiki_id, rev_id);
	parents = collect_contents(state, wiki_id, parent_id);
	same = mine[0] != '\0' && strcmp(mine, parents) == 0;
	pfree(mine);
	pfree(parents);
	return same;
}
