/*
 * plugin/stream/legacy.c
 *	  JSON of entities for the older schemas; see legacy.h. The order of members is EventBus's (1.43 EventFactory.php).
 */
#include "plugin/stream/legacy.h"

#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/title.h"
#include "plugin/entity/user.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/action.h"

#define MAIN_ROLE "main"

/* ---- users ---- */

/* render_performer writes the user; of one without a row only who it is. */
static void
render_performer(StringInfo out, const user *u)
{
	json_begin_object(out);
	json_put_string(out, "user_text", u->name);
	if (u->has_row)
	{
		json_key(out, "user_groups");
		json_begin_array(out);
		for (int i = 0; i < u->group_count; i++)
			json_element_string(out, u->groups[i]);
		json_end_array(out);
		json_put_bool(out, "user_is_bot", u->is_bot);
	}
	if (u->user_id != 0)
		json_put_int(out, "user_id", u->user_id);
	if (json_time_is_writable(u->registration))
		json_put_time(out, "user_registration_dt", u->registration);
	if (u->has_edit_count)
		json_put_int(out, "user_edit_count", u->edit_count);
	json_end_object(out);
}

/* put_performer writes the user; NULL: nothing. */
static void
put_performer(session *s, StringInfo out, user *u)
{
	StringInfoData json;

	if (u == NULL)
		return;
	if (u->legacy_json == NULL)
	{
		initStringInfo(&json);
		render_performer(&json, u);
		u->legacy_json = MemoryContextStrdup(entities_memory(s), json.data);
	}
	json_put_raw(out, "performer", u->legacy_json);
}

/* find_acting: who acted, as the log says. All schemas but revision/create want groups, which only the user's row gives. */
static user *
find_acting(session *s, int wiki, const page_event *of, int bits)
{
	int64 actor_id = action_find_actor(of, bits);
	user *u = actor_id == 0 ? NULL : user_find(s, wiki, actor_id);

	return u == NULL || !u->has_row ? NULL : u;
}

void
legacy_put_performer(session *s, StringInfo out, int wiki, int64 actor_id)
{
	put_performer(s, out, user_find(s, wiki, actor_id));
}

/* ---- slots ---- */

static const slot *
find_main(const slots *all)
{
	for (int i = 0; i < all->count; i++)
		if (all->list[i].role != NULL && strcmp(all->list[i].role, MAIN_ROLE) == 0)
			return &all->list[i];
	return NULL;
}

static void
put_model(StringInfo out, const slots *all)
{
	const slot *main_slot = find_main(all);

	if (main_slot == NULL || main_slot->model == NULL)
		return;
	json_put_string(out, "rev_content_model", main_slot->model);
	if (main_slot->format != NULL)
		json_put_string(out, "rev_content_format", main_slot->format);
}

/* is_complete: the schema wants all of a slot or nothing of it. */
static bool
is_complete(const slot *of, int bits)
{
	return of->role != NULL && of->model != NULL && of->sha1 != NULL && of->has_size &&
	       visibility_shows(FIELD_CONTENT, bits);
}

/* put_slots leaves the member out without the main slot: the schema wants that one at least. */
static void
put_slots(StringInfo out, const slots *all, int bits)
{
	const slot *main_slot = find_main(all);

	if (main_slot == NULL || !is_complete(main_slot, bits))
		return;
	json_key(out, "rev_slots");
	json_begin_object(out);
	for (int i = 0; i < all->count; i++)
	{
		const slot *of = &all->list[i];

		if (!is_complete(of, bits))
			continue;
		json_key_escaped(out, of->role);
		json_begin_object(out);
		json_put_string(out, "rev_slot_content_model", of->model);
		json_put_string(out, "rev_slot_sha1", of->sha1);
		json_put_int(out, "rev_slot_size", of->size);
		if (of->origin > 0)
			json_put_int(out, "rev_slot_origin_rev_id", of->origin);
		json_end_object(out);
	}
	json_end_object(out);
}

/* ---- pages and revisions ---- */

bool
legacy_has_page(session *s, int wiki, const page *of)
{
	if (of->page_id > 0)
		return true;
	missing_report_value(s, TABLE_PAGE, PAGE_ID, wiki, of->page_id);
	return false;
}

void
legacy_put_page(session *s, StringInfo out, int wiki, const page *of, const char **uri)
{
	struct wiki *w = wiki_get(s, wiki);
	const char *prefixed = title_prefixed(s, w, NULL, of->namespace_id, of->title);

	json_put_string(out, "database", w->wiki_id);
	json_put_int(out, "page_id", of->page_id);
	json_put_string(out, "page_title", prefixed);
	json_put_int(out, "page_namespace", of->namespace_id);
	*uri = title_canonical_url(w, prefixed);
}

/* put_comment leaves out one that is empty, as EventBus does. */
static void
put_comment(session *s, StringInfo out, int wiki, const revision *r)
{
	const char *comment = revision_comment(s, wiki, r);

	if (comment != NULL && comment[0] != '\0')
		json_put_string(out, "comment", comment);
}

/* put_content_changed compares with the parent, if that is live. */
static void
put_content_changed(session *s, StringInfo out, int wiki, const revision *r)
{
	const revision *parent = r->parent_id > 0 ? revision_find(s, wiki, r->parent_id) : NULL;

	if (parent == NULL || parent->sha1 == NULL || r->sha1 == NULL ||
	    !visibility_shows(FIELD_CONTENT_CHANGED, r->bits | parent->bits))
		return;
	json_put_bool(out, "rev_content_changed", strcmp(parent->sha1, r->sha1) != 0);
}

/* put_known writes what only the revision's row says. */
static void
put_known(session *s, StringInfo out, const revision *r, const slots *all, user *performer)
{
	if (r->sha1 != NULL && visibility_shows(FIELD_REVISION_SHA1, r->bits))
		json_put_string(out, "rev_sha1", r->sha1);
	json_put_bool(out, "rev_minor_edit", r->minor);
	if (r->has_size && visibility_shows(FIELD_REVISION_SIZE, r->bits))
		json_put_int(out, "rev_len", r->size);
	put_model(out, all);
	put_performer(s, out, performer);
}

/* find_time: the commit time stands in for one that the row does not have, for the schemas require it. */
static TimestampTz
find_time(session *s, const revision *r)
{
	return r != NULL && json_time_is_writable(r->timestamp) ? r->timestamp : session_commit_time(s);
}

/* put_revision writes page_id to rev_parent_id; r: NULL if its row is not known. */
static void
put_revision(session *s, StringInfo out, int wiki, int64 rev_id, const revision *r, user *performer,
             const page *of, const char **uri)
{
	legacy_put_page(s, out, wiki, of, uri);
	json_put_int(out, "rev_id", rev_id);
	json_put_time(out, "rev_timestamp", find_time(s, r));
	if (r != NULL)
		put_known(s, out, r, revision_slots(s, wiki, rev_id), performer);
	json_put_bool(out, "page_is_redirect",
	              of->is_redirect && (r == NULL || visibility_shows(FIELD_IS_REDIRECT, r->bits)));
	if (r == NULL)
		return;
	put_comment(s, out, wiki, r);
	if (r->parent_id > 0)
		json_put_int(out, "rev_parent_id", r->parent_id);
}

void
legacy_put_revision(session *s, StringInfo out, int wiki, int64 rev_id, const page *of,
                    const char **uri)
{
	const revision *r = revision_find(s, wiki, rev_id);
	user *author = NULL;

	if (r == NULL)
		missing_report(s, TABLE_REVISION, wiki, rev_id);
	else if (visibility_shows(FIELD_EDITOR, r->bits))
		author = user_find(s, wiki, r->actor_id);
	put_revision(s, out, wiki, rev_id, r, author, of, uri);
	json_put_time(out, "dt", find_time(s, r));
	if (r == NULL)
		return;
	put_slots(out, revision_slots(s, wiki, rev_id), r->bits);
	put_content_changed(s, out, wiki, r);
}

/* find_tagger: who said so of tags; that user may be the editor, who may be hidden. */
static user *
find_tagger(session *s, int wiki, int64 actor_id, const revision *r)
{
	user *u;

	if (actor_id == 0 || (actor_id == r->actor_id && !visibility_shows(FIELD_EDITOR, r->bits)))
		return NULL;
	u = user_find(s, wiki, actor_id);
	return u == NULL || !u->has_row ? NULL : u;
}

void
legacy_put_tagged(session *s, StringInfo out, int wiki, int64 rev_id, int64 actor_id,
                  const page *of, const char **uri)
{
	const revision *r = revision_find(s, wiki, rev_id);

	put_revision(s, out, wiki, rev_id, r, find_tagger(s, wiki, actor_id, r), of, uri);
}

static void
put_visibility(StringInfo out, int bits)
{
	json_key(out, "visibility");
	json_begin_object(out);
	for (int i = 0; i < VISIBILITY_ASPECTS; i++)
		json_put_bool(out, visibility_aspects[i].legacy_key,
		              (bits & visibility_aspects[i].bit) == 0);
	json_end_object(out);
}

void
legacy_put_visibility_change(session *s, StringInfo out, int wiki, const page_event *of,
                             const char **uri)
{
	const revision *r = revision_find(s, wiki, of->rev_id);

	put_revision(s, out, wiki, of->rev_id, r, find_acting(s, wiki, of, r->bits), &of->state, uri);
	put_visibility(out, r->bits);
	json_key(out, "prior_state");
	json_begin_object(out);
	put_visibility(out, of->old_bits);
	json_end_object(out);
}

/* ---- what happened to pages ---- */

/* find_bits: what is hidden of the event's revision, if that is known. */
static int
find_bits(session *s, int wiki, const page_event *of)
{
	const revision *r;

	if (of->suppressed)
		return HIDDEN_ALL;
	r = revision_find_anywhere(s, wiki, of->rev_id, of->kind == PAGE_DELETE);
	return r == NULL ? 0 : r->bits;
}

void
legacy_put_page_event(session *s, StringInfo out, int wiki, const page_event *of, const char **uri)
{
	int bits = find_bits(s, wiki, of);
	const char *comment = action_find_comment(s, wiki, of, bits);

	legacy_put_page(s, out, wiki, &of->state, uri);
	json_put_bool(out, "page_is_redirect",
	              of->state.is_redirect && visibility_shows(FIELD_IS_REDIRECT, bits));
	put_performer(s, out, find_acting(s, wiki, of, bits));
	json_put_int(out, "rev_id", of->rev_id);
	if (of->revision_count > 0) /* of a deletion */
		json_put_int(out, "rev_count", of->revision_count);
	if (comment != NULL && comment[0] != '\0')
		json_put_string(out, "comment", comment);
}
