/*
 * plugin/entity/block.c
 *	  Blocks; see block.h.
 */
#include "plugin/entity/block.h"

#include "plugin/entity/visibility.h"

block_terms
block_read_terms(const mirror_row *row)
{
	return (block_terms){
	    .hides_name = mirror_row_int(row, BL_DELETED) != 0,
	    .email = mirror_row_int(row, BL_BLOCK_EMAIL) != 0,
	    .user_talk = mirror_row_int(row, BL_ALLOW_USERTALK) == 0,
	    .create_account = mirror_row_int(row, BL_CREATE_ACCOUNT) != 0,
	    .sitewide = mirror_row_int(row, BL_SITEWIDE) != 0,
	    .expiry = mirror_row_time(row, BL_EXPIRY),
	};
}

bool
block_is_over(const mirror_row *row)
{
	return mirror_row_is_over(row, BL_EXPIRY, BL_ENDED_AT) && mirror_row_int(row, BL_DELETED) == 0;
}

block_target
block_read_target(const mirror_row *row)
{
	block_target target = {
	    .user_id = mirror_row_int(row, BT_USER),
	    .is_range = !mirror_row_is_null(row, BT_RANGE_START),
	    .is_auto = mirror_row_int(row, BT_AUTO) != 0,
	};

	if (!target.is_auto)
		target.name = mirror_row_text(row, target.user_id != 0 ? BT_USER_TEXT : BT_ADDRESS);
	if (target.name != NULL && target.name[0] == '\0')
		target.name = NULL;
	return target;
}

static void *
load_target(session *s, int wiki, int64 target_id)
{
	mirror_row row;
	block_target *target;

	if (!entity_read(s, TABLE_BLOCK_TARGET, wiki, target_id, &row))
		return NULL;
	target = palloc(sizeof(block_target));
	*target = block_read_target(&row);
	return target;
}

static const entity_kind target_kind = {load_target};

const block_target *
block_find_target(session *s, int wiki, int64 target_id)
{
	return entity_find(s, &target_kind, wiki, target_id);
}

/* ---- restrictions ---- */

char *
block_print_restriction(const mirror_row *row)
{
	return psprintf("%d " INT64_FORMAT, (int) mirror_row_int(row, IR_TYPE),
	                mirror_row_int(row, IR_VALUE));
}

void
block_parse_restriction(const char *text, int *type, int64 *value)
{
	char *rest;

	*type = (int) strtol(text, &rest, 10);
	*value = strtoll(rest, NULL, 10);
}

List *
block_find_restrictions(session *s, int wiki, int64 block_id)
{
	List *found = NIL;
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, TABLE_BLOCK_RESTRICTIONS, RESTRICTIONS_BY_BLOCK, wiki,
	          &(rows_value){.number = block_id});
	while (rows_next(&scan, &row))
		found = lappend(found, block_print_restriction(&row));
	return found;
}

/* ---- all blocks of one target ---- */

/* find_same returns the ids of targets that are the same account or address: before MediaWiki 1.42 each block has its own. */
static List *
find_same(session *s, int wiki, const block_target *target)
{
	rows_value key = {.number = target->user_id};
	List *ids = NIL;
	rows_scan scan;
	mirror_row row;

	if (target->user_id == 0)
		key = (rows_value){.text = target->name, .len = strlen(target->name)};
	rows_find(&scan, s->rows, TABLE_BLOCK_TARGET,
	          target->user_id != 0 ? BLOCK_TARGET_BY_USER : BLOCK_TARGET_BY_ADDRESS, wiki, &key);
	while (rows_next(&scan, &row))
	{
		int64 *id = palloc(sizeof(int64));

		*id = mirror_row_int(&row, BT_ID);
		if (mirror_row_int(&row, BT_AUTO) == 0)
			ids = lappend(ids, id);
	}
	return ids;
}

int64
block_find_other(session *s, int wiki, const block_target *target, int64 block_id)
{
	int64 newest = 0;
	ListCell *cell;

	foreach (cell, find_same(s, wiki, target))
	{
		rows_scan scan;
		mirror_row row;

		rows_find(&scan, s->rows, TABLE_BLOCK, BLOCK_BY_TARGET, wiki,
		          &(rows_value){.number = *(int64 *) lfirst(cell)});
		while (rows_next(&scan, &row))
			if (mirror_row_int(&row, BL_ID) != block_id && !block_is_over(&row))
				newest = Max(newest, mirror_row_int(&row, BL_ID));
	}
	return newest;
}

static void *
load_hidden_bits(session *s, int wiki, int64 user_id)
{
	int *bits = palloc0(sizeof(int));
	ListCell *cell;

	foreach (cell, find_same(s, wiki, &(block_target){.user_id = user_id}))
	{
		rows_scan scan;
		mirror_row row;

		rows_find(&scan, s->rows, TABLE_BLOCK, BLOCK_BY_TARGET, wiki,
		          &(rows_value){.number = *(int64 *) lfirst(cell)});
		while (rows_next(&scan, &row))
			if (block_read_terms(&row).hides_name)
				*bits |= HIDDEN_USER;
	}
	return bits;
}

static const entity_kind hidden_kind = {load_hidden_bits};

int
block_hidden_bits(session *s, int wiki, int64 user_id)
{
	return user_id == 0 ? 0 : *(int *) entity_find(s, &hidden_kind, wiki, user_id);
}
