/*
 * plugin/stream/fragment.c
 *	  JSON of entities; see fragment.h.
 */
#include "plugin/stream/fragment.h"

#include "plugin/core/json.h"
#include "plugin/entity/content_body.h"
#include "plugin/entity/title.h"
#include "plugin/entity/user.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/parity.h"
#include "wire/wire.h"

/* ---- users ---- */

static void
put_groups(StringInfo out, const user *u)
{
	json_key(out, "groups");
	json_begin_array(out);
	for (int i = 0; i < u->group_count; i++)
		json_element_string(out, u->groups[i]);
	json_end_array(out);
}

/* render_user writes the entity; of a user without a row only who it is. has_central_id: it is the user's id. */
static void
render_user(StringInfo out, const user *u, bool has_central_id)
{
	json_begin_object(out);
	json_put_string(out, "user_text", u->name);
	if (u->has_row)
	{
		put_groups(out, u);
		json_put_bool(out, "is_bot", u->is_bot);
		json_put_bool(out, "is_system", u->is_system);
		json_put_bool(out, "is_temp", u->is_temp);
	}
	if (u->user_id != 0)
		json_put_int(out, "user_id", u->user_id);
	if (json_time_is_writable(u->registration))
		json_put_time(out, "registration_dt", u->registration);
	if (u->has_edit_count)
		json_put_int(out, "edit_count", u->edit_count);
	if (has_central_id && u->user_id != 0)
		json_put_int(out, "user_central_id", u->user_id);
	json_end_object(out);
}

void
fragment_put_user(session *s, StringInfo out, const char *key, int wiki, int64 actor_id)
{
	user *u = user_find(s, wiki, actor_id);
	StringInfoData json;

	if (u == NULL)
		return;
	/* editor and performer are mostly the same, and so are those of the next event */
	if (u->json == NULL)
	{
		initStringInfo(&json);
		render_user(&json, u,
		            wiki_get(s, wiki)->local_central_ids &&
		                parity_find_page_change_schema(s) >= SCHEMA_1_3_0);
		u->json = MemoryContextStrdup(entities_memory(s), json.data);
	}
	json_put_raw(out, key, u->json);
}

/* ---- visibility ---- */

void
fragment_put_visibility(StringInfo out, int bits)
{
	for (int i = 0; i < VISIBILITY_ASPECTS; i++)
		json_put_bool(out, visibility_aspects[i].key, (bits & visibility_aspects[i].bit) == 0);
}

void
fragment_put_changed_visibility(StringInfo out, int bits, int other)
{
	for (int i = 0; i < VISIBILITY_ASPECTS; i++)
		if (((bits ^ other) & visibility_aspects[i].bit) != 0)
			json_put_bool(out, visibility_aspects[i].key, (bits & visibility_aspects[i].bit) == 0);
}

/* ---- revisions ---- */

/* put_content_body leaves out what would make the message too large, and notes what is left out. */
static void
put_content_body(session *s, StringInfo out, int wiki, const slot *of)
{
	const content_body *body = content_body_find(s, wiki, of->content_id);
	int start = out->len;

	if (body == NULL || body->text == NULL)
	{
		s->lacks |= body != NULL && body->is_too_large ? WIRE_CONTENT_LARGE : WIRE_CONTENT_ABSENT;
		return;
	}
	json_put_string(out, "content_body", body->text);
	if ((uint64) out->len <= s->options.content)
		return;
	s->lacks |= WIRE_CONTENT_LARGE;
	out->len = start;
	out->data[start] = '\0';
}

static void
put_slot(session *s, StringInfo out, int wiki, const slot *of, int bits, bool with_body)
{
	json_key_escaped(out, of->role);
	json_begin_object(out);
	json_put_string(out, "slot_role", of->role);
	if (of->model != NULL)
		json_put_string(out, "content_model", of->model);
	if (of->sha1 != NULL && visibility_shows(FIELD_CONTENT, bits))
		json_put_string(out, "content_sha1", of->sha1);
	if (of->has_size && visibility_shows(FIELD_CONTENT, bits))
		json_put_int(out, "content_size", of->size);
	if (of->format != NULL)
		json_put_string(out, "content_format", of->format);
	if (of->origin > 0)
		json_put_int(out, "origin_rev_id", of->origin);
	if (with_body && visibility_shows(FIELD_CONTENT, bits))
		put_content_body(s, out, wiki, of);
	json_end_object(out);
}

/* put_slots leaves the member out if there is no slot: the schema wants one at least. */
static void
put_slots(session *s, StringInfo out, int wiki, const revision *r, bool with_bodies)
{
	const slots *all = revision_slots(s, wiki, r->rev_id);
	int n = 0;

	for (int i = 0; i < all->count; i++)
	{
		if (all->list[i].role == NULL)
			continue;
		if (n++ == 0)
		{
			json_key(out, "content_slots");
			json_begin_object(out);
		}
		put_slot(s, out, wiki, &all->list[i], r->bits, with_bodies);
	}
	if (n > 0)
		json_end_object(out);
}

static void
put_identity(StringInfo out, const char *key, const revision *r, TimestampTz dt)
{
	json_key(out, key);
	json_begin_object(out);
	json_put_int(out, "rev_id", r->rev_id);
	json_put_time(out, "rev_dt", json_time_is_writable(r->timestamp) ? r->timestamp : dt);
	json_put_bool(out, "is_minor_edit", r->minor);
}

static void
put_parent(StringInfo out, const revision *r)
{
	if (r->parent_id > 0)
		json_put_int(out, "rev_parent_id", r->parent_id);
}

static void
put_comment(session *s, StringInfo out, int wiki, const revision *r)
{
	const char *comment = revision_comment(s, wiki, r);

	if (comment != NULL)
		json_put_string(out, "comment", comment);
}

void
fragment_put_revision(session *s, StringInfo out, const char *key, int wiki, const revision *r,
                      TimestampTz dt, bool with_bodies)
{
	put_identity(out, key, r, dt);
	if (r->sha1 != NULL && visibility_shows(FIELD_REVISION_SHA1, r->bits))
		json_put_string(out, "rev_sha1", r->sha1);
	if (r->has_size && visibility_shows(FIELD_REVISION_SIZE, r->bits))
		json_put_int(out, "rev_size", r->size);
	put_parent(out, r);
	put_comment(s, out, wiki, r);
	if (visibility_shows(FIELD_EDITOR, r->bits))
		fragment_put_user(s, out, "editor", wiki, r->actor_id);
	fragment_put_visibility(out, r->bits);
	put_slots(s, out, wiki, r, with_bodies);
	json_end_object(out);
}

void
fragment_put_suppressed_revision(StringInfo out, const char *key, const revision *r, TimestampTz dt)
{
	put_identity(out, key, r, dt);
	put_parent(out, r);
	fragment_put_visibility(out, HIDDEN_TEXT | HIDDEN_COMMENT | HIDDEN_USER);
	json_end_object(out);
}

/* ---- titles ---- */

void
fragment_put_title(session *s, StringInfo out, int wiki, const char *interwiki, int32 namespace_id,
                   const char *title)
{
	struct wiki *w = wiki_get(s, wiki);

	json_put_string(out, "page_title", title_prefixed(s, w, interwiki, namespace_id, title));
	if (namespace_id >= 0) /* the schema has no Special and Media pages */
		json_put_int(out, "namespace_id", namespace_id);
}
