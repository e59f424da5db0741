/*
 * plugin/state/public.c
 *	  What everyone may read of a row; see public.h.
 *
 * In the form of the query that mwmirror.public_rows_query() gives: the fold of a state topic is what it finds.
 */
#include "plugin/state/public.h"

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "plugin/core/json.h"
#include "plugin/entity/block.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/public_rules.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/tables.h"
#include "plugin/state/value.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* ---- values ---- */

/* read_number returns a number in a column, or a boolean; 0 of NULL and of others. */
static int64
read_number(const whole_row *row, int column)
{
	if (row->nulls[column])
		return 0;
	switch (row->table->columns[column].type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return mirror_row_number(row->table->columns[column].type, row->values[column]);
	}
	return 0;
}

/* read_text returns a column as SQL casts it to text; "" of NULL. */
static char *
read_text(const whole_row *row, int column)
{
	Oid type = row->table->columns[column].type;
	Oid function;
	bool is_varlena;

	if (row->nulls[column])
		return "";
	if (type == TEXTOID)
		return TextDatumGetCString(row->values[column]);
	if (type == BOOLOID)
		return DatumGetBool(row->values[column]) ? "true" : "false";
	getTypeOutputInfo(type, &function, &is_varlena);
	return OidOutputFunctionCall(function, row->values[column]);
}

static void
put_null(StringInfo out)
{
	json_raw(out, "null", strlen("null"));
}

static void
put_text_or_null(StringInfo out, const char *key, const char *text)
{
	json_key(out, key);
	if (text == NULL)
		put_null(out);
	else
		json_string(out, text);
}

/* put_column writes a column of a known row as a member. */
static void
put_column(StringInfo out, const char *key, const mirror_row *row, int column)
{
	json_key(out, key);
	if (mirror_row_is_null(row, column))
		put_null(out);
	else if (mirror_table_column_is_text(row->relation->table, column))
		json_string(out, mirror_row_text(row, column));
	else
		json_int(out, mirror_row_int(row, column));
}

/* ---- what is in other rows ---- */

static void
put_user(session *s, int wiki, int64 actor_id, StringInfo out)
{
	mirror_row row;

	if (!entity_read(s, TABLE_ACTOR, wiki, actor_id, &row))
	{
		put_null(out);
		return;
	}
	json_begin_object(out);
	put_column(out, "actor_id", &row, ACTOR_ID);
	put_column(out, "user_id", &row, ACTOR_USER);
	put_column(out, "user_name", &row, ACTOR_NAME);
	json_end_object(out);
}

static void
put_slot(const slot *of, StringInfo out)
{
	json_key_escaped(out, of->role);
	json_begin_object(out);
	json_put_int(out, "slot_content_id", of->content_id);
	json_put_int(out, "slot_origin", of->origin);
	json_key(out, "content_size");
	if (of->has_size)
		json_int(out, of->size);
	else
		put_null(out);
	put_text_or_null(out, "content_sha1", of->sha1);
	put_text_or_null(out, "content_model", of->model);
	json_end_object(out);
}

static void
put_slots(session *s, int wiki, int64 rev_id, StringInfo out)
{
	const slots *all = revision_slots(s, wiki, rev_id);

	json_begin_object(out);
	for (int i = 0; i < all->count; i++)
		if (all->list[i].role != NULL)
			put_slot(&all->list[i], out);
	json_end_object(out);
}

static void
put_target(session *s, int wiki, int64 target_id, StringInfo out)
{
	mirror_row row;

	if (!entity_read(s, TABLE_LINKTARGET, wiki, target_id, &row))
	{
		put_null(out);
		return;
	}
	json_begin_object(out);
	put_column(out, "namespace", &row, LT_NAMESPACE);
	put_column(out, "title", &row, LT_TITLE);
	json_end_object(out);
}

static void
put_blocked(session *s, int wiki, int64 target_id, StringInfo out)
{
	mirror_row row;

	if (!entity_read(s, TABLE_BLOCK_TARGET, wiki, target_id, &row))
	{
		put_null(out);
		return;
	}
	json_begin_object(out);
	put_column(out, "bt_id", &row, BT_ID);
	put_column(out, "bt_address", &row, BT_ADDRESS);
	put_column(out, "bt_user", &row, BT_USER);
	put_column(out, "bt_user_text", &row, BT_USER_TEXT);
	json_key(out, "bt_auto");
	if (mirror_row_is_null(&row, BT_AUTO))
		put_null(out);
	else
		json_raw(out, mirror_row_int(&row, BT_AUTO) != 0 ? "true" : "false",
		         mirror_row_int(&row, BT_AUTO) != 0 ? 4 : 5);
	put_column(out, "bt_range_start", &row, BT_RANGE_START);
	put_column(out, "bt_range_end", &row, BT_RANGE_END);
	json_end_object(out);
}

/* find_text returns what a member says that is a text; NULL: there is no such row. */
static const char *
find_text(session *s, int wiki, public_shown shown, int64 id)
{
	mirror_row row;

	if (shown == SHOWN_COMMENT)
		return comment_find(s, wiki, id);
	return entity_read(s, TABLE_CHANGE_TAG_DEF, wiki, id, &row) ? mirror_row_text(&row, CTD_NAME)
	                                                            : NULL;
}

/* ---- members ---- */

static void
put_text(session *s, const whole_row *row, const public_member *m, StringInfo out)
{
	const char *text = row->nulls[m->column]
	                       ? NULL
	                       : find_text(s, row->wiki, m->shown, read_number(row, m->column));

	if (text == NULL)
		put_null(out);
	else
		json_string(out, text);
}

static void
put_member(session *s, const whole_row *row, const public_member *m, StringInfo out)
{
	int64 id = read_number(row, m->column);

	switch (m->shown)
	{
		case SHOWN_VALUE:
			state_put_value(s, row, m->column, out);
			break;
		case SHOWN_COMMENT:
		case SHOWN_TAG:
			put_text(s, row, m, out);
			break;
		case SHOWN_USER:
			put_user(s, row->wiki, id, out);
			break;
		case SHOWN_SLOTS:
			put_slots(s, row->wiki, id, out);
			break;
		case SHOWN_TARGET:
			put_target(s, row->wiki, id, out);
			break;
		case SHOWN_BLOCKED:
			put_blocked(s, row->wiki, id, out);
			break;
		case SHOWN_NULL:
		case SHOWN_UNKNOWN:
			put_null(out);
			break;
	}
}

void
public_put_members(session *s, const whole_row *row, StringInfo out)
{
	const public_rules *rules = public_rules_get(s, row->table);
	int64 bits = rules->bits < 0 ? 0 : read_number(row, rules->bits);

	for (int i = 0; i < rules->member_count; i++)
	{
		const public_member *m = &rules->members[i];

		json_key_escaped(out, m->name);
		if ((bits & m->hidden_by) == 0)
			put_member(s, row, m, out);
		else if (m->hidden_as_zero)
			json_int(out, 0);
		else
			put_null(out);
	}
}

/* ---- rows ---- */

static bool
is_like(const char *text, const char *pattern)
{
	return DatumGetBool(DirectFunctionCall2Coll(
	    textlike, C_COLLATION_OID, CStringGetTextDatum(text), CStringGetTextDatum(pattern)));
}

static bool
is_zero(const char *text)
{
	return text[0] == '\0' || strcmp(text, "0") == 0 || strcmp(text, "false") == 0;
}

static bool
fits(session *s, const whole_row *row, const public_condition *c)
{
	const char *text;
	bool is_one = false;

	if (c->rule == ROWS_ALL || c->rule == ROWS_NONE)
		return c->rule == ROWS_ALL;
	text = c->member == NULL
	           ? read_text(row, c->column)
	           : find_text(s, row->wiki, c->member->shown, read_number(row, c->member->column));
	if (text == NULL)
		return false;
	if (c->rule == ROWS_ZERO)
		return is_zero(text);
	for (int i = 0; i < c->count && !is_one; i++)
		is_one =
		    c->rule == ROWS_ONE_OF ? strcmp(text, c->values[i]) == 0 : is_like(text, c->values[i]);
	return is_one == (c->rule == ROWS_ONE_OF);
}

/* is_of_hidden is true if a block hides the account that the row is of. */
static bool
is_of_hidden(session *s, const whole_row *row, const public_rules *rules)
{
	int64 user_id;
	mirror_row target;

	if (rules->blocked == NULL)
		user_id = read_number(row, rules->user);
	else if (entity_read(s, TABLE_BLOCK_TARGET, row->wiki, read_number(row, rules->blocked->column),
	                     &target))
		user_id = mirror_row_int(&target, BT_USER);
	else
		return true; /* what may be hidden and is not known to be shown */
	return block_hidden_bits(s, row->wiki, user_id) != 0;
}

static bool
is_in_key(const whole_table *t, int column)
{
	for (int i = 0; i < t->key_count; i++)
		if (t->key[i] == column)
			return true;
	return false;
}

/* is_by_key is true if the key says which rows are public, before all else. */
static bool
is_by_key(const public_rules *rules)
{
	return rules->row.member == NULL && is_in_key(rules->table, rules->row.column);
}

bool
public_never_was(session *s, const whole_row *row)
{
	const public_rules *rules = public_rules_get(s, row->table);

	return rules != NULL && is_by_key(rules) && !fits(s, row, &rules->row);
}

public_view
public_row_view(session *s, const whole_row *row)
{
	const public_rules *rules = public_rules_get(s, row->table);

	if (rules == NULL)
		return PUBLIC_HIDDEN;
	if (!fits(s, row, &rules->row))
		return is_by_key(rules) ? PUBLIC_NEVER : PUBLIC_HIDDEN;
	if (!fits(s, row, &rules->also) || (rules->of_users && is_of_hidden(s, row, rules)))
		return PUBLIC_HIDDEN;
	return PUBLIC_SHOWN;
}
