/*
 * plugin/stream/user_blocks_change.c
 *	  Stream mediawiki.user-blocks-change, schema mediawiki/user/blocks-change 1.1.0: what accounts, addresses and ranges may not
 *	  do. The order of members is EventBus's (1.43 EventFactory.php).
 *
 * The schema wants the name, so of an account that is hidden there is no event; of one that is shown again, none of what it was before,
 * for nobody was told of that.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/block.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/title.h"
#include "plugin/entity/user.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/legacy.h"
#include "plugin/stream/parity.h"

static bool
accepts(session *s, const event *e)
{
	const block_event *of = e->what;

	return visibility_shows(FIELD_ACCOUNT, of->hidden) && parity_tells_block(s, of->kind);
}

/* put_groups: an address has the group of all; a range is nobody, and an account that is not known has none. */
static void
put_groups(StringInfo out, const block_target *target, const user *account)
{
	if (target->user_id != 0 ? account == NULL : target->is_range)
		return;
	json_key(out, "user_groups");
	json_begin_array(out);
	if (account == NULL)
		json_element_string(out, "*");
	else
		for (int i = 0; i < account->group_count; i++)
			json_element_string(out, account->groups[i]);
	json_end_array(out);
}

static void
put_target(session *s, StringInfo out, int wiki, const block_target *target)
{
	const user *account =
	    target->user_id == 0 ? NULL : user_find_registered(s, wiki, target->user_id);

	json_put_string(out, "user_text", target->name);
	if (target->user_id != 0 &&
	    entity_fits(s, TABLE_BLOCK_TARGET, BT_USER, wiki, target->user_id, target->user_id))
		json_put_int(out, "user_id", target->user_id);
	put_groups(out, target, account);
}

/* has_restriction is true if the schema has the type, which it has not of actions, and can hold the number. */
static bool
has_restriction(session *s, int wiki, int type, int64 value)
{
	if (type == RESTRICTION_PAGE || type == RESTRICTION_NAMESPACE)
		return entity_fits(s, TABLE_BLOCK_RESTRICTIONS, IR_VALUE, wiki, 0, value);
	if (type != RESTRICTION_ACTION)
		missing_report_value(s, TABLE_BLOCK_RESTRICTIONS, IR_TYPE, wiki, 0);
	return false;
}

static void
put_restrictions(session *s, StringInfo out, int wiki, List *restrictions)
{
	ListCell *cell;

	json_key(out, "restrictions");
	json_begin_array(out);
	foreach (cell, restrictions)
	{
		int64 value;
		int type;

		block_parse_restriction(lfirst(cell), &type, &value);
		if (!has_restriction(s, wiki, type, value))
			continue;
		json_begin_element(out);
		json_put_string(out, "type", type == RESTRICTION_PAGE ? "page" : "ns");
		json_put_int(out, "value", value);
		json_end_object(out);
	}
	json_end_array(out);
}

static void
put_blocks(session *s, StringInfo out, int wiki, const block_state *state)
{
	const block_terms *terms = &state->terms;

	json_key(out, "blocks");
	json_begin_object(out);
	json_put_bool(out, "name", terms->hides_name);
	json_put_bool(out, "email", terms->email);
	json_put_bool(out, "user_talk", terms->user_talk);
	json_put_bool(out, "account_create", terms->create_account);
	json_put_bool(out, "sitewide", terms->sitewide);
	put_restrictions(s, out, wiki, state->restrictions);
	if (json_time_is_writable(terms->expiry))
		json_put_time(out, "expiry_dt", terms->expiry);
	json_end_object(out);
}

/* put_performer: the schema wants groups, which only the user's row gives. */
static void
put_performer(session *s, StringInfo out, int wiki, int64 actor_id)
{
	const user *u = actor_id == 0 ? NULL : user_find(s, wiki, actor_id);

	if (u != NULL && u->has_row)
		legacy_put_performer(s, out, wiki, actor_id);
}

/* put_cause writes who acted and why. */
static void
put_cause(session *s, StringInfo out, int wiki, const log_entry *log)
{
	int64 comment_id = log_find_comment(log);
	const char *comment = comment_id == 0 ? NULL : comment_find(s, wiki, comment_id);

	put_performer(s, out, wiki, log_find_performer(log));
	if (comment != NULL)
		json_put_string(out, "comment", comment);
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const block_event *of = e->what;
	struct wiki *w = wiki_get(s, e->wiki);

	json_put_string(out, "database", w->wiki_id);
	put_cause(s, out, e->wiki, of->log);
	put_target(s, out, e->wiki, of->target);
	put_blocks(s, out, e->wiki, &of->after);
	if (of->kind != BLOCK_SET && visibility_shows(FIELD_ACCOUNT, of->old_hidden))
	{
		json_key(out, "prior_state");
		json_begin_object(out);
		put_blocks(s, out, e->wiki, &of->before);
		json_end_object(out);
	}
	*uri = title_user_url(s, w, of->target->name);
}

const stream user_blocks_change_stream = {
    .name = "mediawiki.user-blocks-change",
    .schema = "/mediawiki/user/blocks-change/1.1.0",
    .is_on = true,
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&block_aggregate},
    .accepts = accepts,
    .put_body = put_body,
};
