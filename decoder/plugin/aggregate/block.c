/*
 * plugin/aggregate/block.c
 *	  Changes of blocks; see block.h.
 *
 * MediaWiki purges a block that has expired some time later, or when it sets the next one of the same target, without a log row
 * (1.39 and 1.43 includes/block/DatabaseBlockStore.php). Its end is told when its row says that it is over (sql/functions/expire.sql), or as it is
 * deleted, whichever comes first.
 */
#include "plugin/aggregate/block.h"

#include "plugin/aggregate/journal.h"
#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/visibility.h"

/* Of a block whose row, or whose restrictions, changed. */
typedef struct block_fact
{
	bool changed; /* its row; what follows is how that was before */
	bool existed;
	block_terms terms;
	int64 target_id;
	uint64 restrictions; /* journal */
} block_fact;

/* Of a target that is gone. */
typedef struct target_fact
{
	int64 user_id;
	uint64 name; /* 0: NULL */
	bool is_range;
	bool is_auto;
} target_fact;

static bool block_conclude(session *s, int wiki, int64 block_id, const void *fact, event *out);

static const fact_kind block_kind = {sizeof(block_fact), block_conclude, &block_aggregate};
static const fact_kind target_kind = {sizeof(target_fact), NULL, NULL};

/* ---- facts ---- */

/* is_same: the update changed no column of interest; that of an account's name does so before MediaWiki 1.42. */
static bool
is_same(const mirror_row *a, const mirror_row *b)
{
	static const int numbers[] = {BL_ID,        BL_TARGET,         BL_BY_ACTOR,
	                              BL_REASON_ID, BL_DELETED,        BL_BLOCK_EMAIL,
	                              BL_SITEWIDE,  BL_ALLOW_USERTALK, BL_CREATE_ACCOUNT};
	static const int times[] = {BL_TIMESTAMP, BL_EXPIRY};

	for (size_t i = 0; i < lengthof(numbers); i++)
		if (mirror_row_int(a, numbers[i]) != mirror_row_int(b, numbers[i]))
			return false;
	for (size_t i = 0; i < lengthof(times); i++)
		if (mirror_row_time(a, times[i]) != mirror_row_time(b, times[i]))
			return false;
	return block_is_over(a) == block_is_over(b);
}

/* set_block records the change of one block's row; either row may be NULL, not both. */
static void
set_block(session *s, int wiki, const mirror_row *old_row, const mirror_row *new_row)
{
	block_fact *fact = gather_get(s->gather, &block_kind, wiki,
	                              mirror_row_int(new_row != NULL ? new_row : old_row, BL_ID));

	if (fact->changed)
		return;
	fact->changed = true;
	fact->existed = old_row != NULL && !block_is_over(old_row);
	if (old_row == NULL)
		return;
	fact->terms = block_read_terms(old_row);
	fact->target_id = mirror_row_int(old_row, BL_TARGET);
}

static void
add_block(session *s, const change *c)
{
	if (c->old_row != NULL && c->new_row != NULL && !rows_same_key(c->old_row, c->new_row))
	{
		set_block(s, c->wiki, c->old_row, NULL);
		set_block(s, c->wiki, NULL, c->new_row);
	}
	else if (c->old_row == NULL || c->new_row == NULL || !is_same(c->old_row, c->new_row))
		set_block(s, c->wiki, c->old_row, c->new_row);
}

static void
add_target(session *s, const change *c)
{
	block_target target;
	target_fact gone = {0};
	int64 id;

	if (c->new_row != NULL)
		return;
	id = mirror_row_int(c->old_row, BT_ID);
	target = block_read_target(c->old_row);
	gone = (target_fact){
	    .user_id = target.user_id, .is_range = target.is_range, .is_auto = target.is_auto};
	if (target.name != NULL)
		gone.name = gather_put_text(s->gather, target.name);
	*(target_fact *) gather_get(s->gather, &target_kind, c->wiki, id) = gone;
}

static void
note_restriction(session *s, int wiki, const mirror_row *row, bool added)
{
	int64 block_id = mirror_row_int(row, IR_IPB_ID);
	const block_fact *known = gather_find(s->gather, &block_kind, wiki, block_id);
	uint64 head = journal_note(s, known == NULL ? 0 : known->restrictions, added,
	                           block_print_restriction(row));
	block_fact *fact = gather_get(s->gather, &block_kind, wiki, block_id);

	fact->restrictions = head;
}

static void
add_restriction(session *s, const change *c)
{
	/* all of its columns are its key: an update is one of the key */
	if (c->old_row != NULL)
		note_restriction(s, c->wiki, c->old_row, false);
	if (c->new_row != NULL)
		note_restriction(s, c->wiki, c->new_row, true);
}

/* ---- what happened ---- */

/* find_target returns a target that is there, or was before the source transaction; NULL: neither is known. */
static const block_target *
find_target(session *s, int wiki, int64 target_id)
{
	const block_target *there = block_find_target(s, wiki, target_id);
	const target_fact *gone;
	block_target *target;
	target_fact copy;

	if (there != NULL)
		return there;
	gone = gather_find(s->gather, &target_kind, wiki, target_id);
	if (gone == NULL)
	{
		missing_report(s, TABLE_BLOCK_TARGET, wiki, target_id);
		return NULL;
	}
	copy = *gone;
	target = palloc(sizeof(block_target));
	*target = (block_target){.user_id = copy.user_id,
	                         .name = gather_text(s->gather, copy.name),
	                         .is_range = copy.is_range,
	                         .is_auto = copy.is_auto};
	return target;
}

static int
compare_restrictions(const ListCell *a, const ListCell *b)
{
	int type[2];
	int64 value[2];

	block_parse_restriction(lfirst(a), &type[0], &value[0]);
	block_parse_restriction(lfirst(b), &type[1], &value[1]);
	if (type[0] != type[1])
		return type[0] < type[1] ? -1 : 1;
	return value[0] == value[1] ? 0 : value[0] < value[1] ? -1 : 1;
}

/* set_states sets what the block's row, if there is one, and its restrictions say now and said before. */
static void
set_states(session *s, int wiki, int64 block_id, const block_fact *fact, const mirror_row *row,
           block_event *e)
{
	block_state now = {.terms = {.expiry = DT_NOEND}};

	if (row != NULL)
		now.terms = block_read_terms(row);
	now.restrictions = block_find_restrictions(s, wiki, block_id);
	e->before.terms = fact->changed ? fact->terms : now.terms;
	e->before.restrictions = journal_undo(s, fact->restrictions, now.restrictions);
	list_sort(now.restrictions, compare_restrictions);
	list_sort(e->before.restrictions, compare_restrictions);
	e->after = now;
	if (e->before.terms.hides_name && e->kind != BLOCK_SET)
		e->old_hidden = HIDDEN_USER;
}

/*
 * set_remaining
 *	 The target of a block that ended may have another: that is what is forbidden now. False: it changed too, and its own event says so.
 */
static bool
set_remaining(session *s, int wiki, int64 block_id, block_event *e)
{
	int64 other = block_find_other(s, wiki, e->target, block_id);
	const block_fact *fact;
	mirror_row row;

	e->after = (block_state){.terms = {.expiry = DT_NOEND}};
	if (other == 0 || !entity_read(s, TABLE_BLOCK, wiki, other, &row))
		return true;
	e->after.terms = block_read_terms(&row);
	fact = gather_find(s->gather, &block_kind, wiki, other);
	if (fact != NULL && fact->changed)
		return false;
	e->after.restrictions = block_find_restrictions(s, wiki, other);
	list_sort(e->after.restrictions, compare_restrictions);
	return true;
}

/* is_nameable: there is no event without a name. That of an autoblock is not read: its address is private. */
static bool
is_nameable(session *s, int wiki, int64 target_id, const block_target *target)
{
	if (target == NULL)
		return false;
	if (target->name == NULL && !target->is_auto)
		missing_report_value(s, TABLE_BLOCK_TARGET,
		                     target->user_id != 0 ? BT_USER_TEXT : BT_ADDRESS, wiki, target_id);
	return target->name != NULL;
}

static bool
block_conclude(session *s, int wiki, int64 block_id, const void *data, event *out)
{
	const block_fact *fact = data;
	block_event *e = palloc0(sizeof(block_event));
	mirror_row row;
	bool exists = entity_read(s, TABLE_BLOCK, wiki, block_id, &row) && !block_is_over(&row);
	bool existed = fact->changed ? fact->existed : exists;
	int64 target_id = exists ? mirror_row_int(&row, BL_TARGET) : fact->target_id;

	if (!exists && !existed)
		return false;
	e->kind = !existed ? BLOCK_SET : exists ? BLOCK_CHANGED : BLOCK_ENDED;
	set_states(s, wiki, block_id, fact, exists ? &row : NULL, e);
	e->target = find_target(s, wiki, target_id);
	if (!is_nameable(s, wiki, target_id, e->target) ||
	    (e->kind == BLOCK_ENDED && !set_remaining(s, wiki, block_id, e)))
		return false;
	e->hidden = block_hidden_bits(s, wiki, e->target->user_id);
	if (e->after.terms.hides_name)
		e->hidden |= HIDDEN_USER;
	e->log = log_find_of_user(s, wiki, e->kind == BLOCK_ENDED ? LOG_UNBLOCK : LOG_BLOCK,
	                          e->target->name);
	out->what = e;
	return true;
}

static const aggregate_input inputs[] = {
    {TABLE_BLOCK, true, add_block},
    {TABLE_BLOCK_TARGET, true, add_target},
    {TABLE_BLOCK_RESTRICTIONS, false, add_restriction},
};

const aggregate block_aggregate = {
    .name = "block", .inputs = inputs, .input_count = lengthof(inputs)};
