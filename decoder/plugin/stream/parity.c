/*
 * plugin/stream/parity.c
 *	  Profiles of what is told of; see parity.h.
 *
 * From EventBus: REL1_43 and REL1_44 PageChangeHooks.php, which hears of saves, moves, deletions and restores; REL1_45, REL1_46 and
 * master of 2026-08 (for 1.47) PageChangeEventIngress.php, which hears of new latest revisions of some causes: imports are among
 * them, and since MediaWiki 1.44 the redirect that a merge leaves is an edit; of restores only those that make the page.
 */
#include "plugin/stream/parity.h"

/* How a change is told of. */
typedef enum telling
{
	TOLD,
	TOLD_AS_UNDELETE,
	NOT_TOLD
} telling;

/* Which changes of accounts are told of. */
typedef enum telling_users
{
	TELLS_NO_USERS, /* EventBus before master of 2026-08 */
	TELLS_LOGGED_USERS,
	TELLS_USERS
} telling_users;

typedef struct profile
{
	page_change_schema schema;
	telling by_cause[CAUSE_COUNT];
	telling_users users;
	/* EventBus knows but BlockIpComplete, which says that one was set or changed */
	bool ends_of_blocks;
} profile;

static const char *const page_change_schemas[] = {
    [SCHEMA_1_2_0] = "/mediawiki/page/change/1.2.0",
    [SCHEMA_1_3_0] = "/mediawiki/page/change/1.3.0",
};

static const profile profiles[] = {
    [MODE_COMPLETE] = {.schema = SCHEMA_1_2_0,
                       .users = TELLS_USERS,
                       .ends_of_blocks = true,
                       .by_cause =
                           {
                               [CAUSE_RESTORE_OLDER] =
                                   NOT_TOLD, /* it changes nothing of what page_change tells */
                           }},
    [MODE_PARITY_1_43] = {.schema = SCHEMA_1_2_0,
                          .by_cause =
                              {
                                  [CAUSE_DUMMY] = NOT_TOLD,
                                  [CAUSE_IMPORT] = NOT_TOLD,
                                  [CAUSE_RESTORE] = TOLD_AS_UNDELETE,
                                  [CAUSE_RESTORE_OLDER] = TOLD_AS_UNDELETE,
                                  [CAUSE_MERGE] = NOT_TOLD,
                                  [CAUSE_MERGE_SOURCE] = NOT_TOLD,
                                  [CAUSE_SCRIPT] = NOT_TOLD,
                                  [CAUSE_HIDE_USER] = NOT_TOLD,
                              }},
    [MODE_PARITY_1_45] = {.schema = SCHEMA_1_3_0,
                          .by_cause =
                              {
                                  [CAUSE_DUMMY] = NOT_TOLD,
                                  [CAUSE_RESTORE] = NOT_TOLD,
                                  [CAUSE_RESTORE_OLDER] = NOT_TOLD,
                                  [CAUSE_MERGE] = NOT_TOLD,
                                  [CAUSE_SCRIPT] = NOT_TOLD,
                                  [CAUSE_HIDE_USER] = NOT_TOLD,
                              }},
    [MODE_PARITY_1_47] = {.schema = SCHEMA_1_3_0,
                          .users = TELLS_LOGGED_USERS,
                          .by_cause =
                              {
                                  [CAUSE_DUMMY] = NOT_TOLD,
                                  [CAUSE_RESTORE] = NOT_TOLD,
                                  [CAUSE_RESTORE_OLDER] = NOT_TOLD,
                                  [CAUSE_MERGE] = NOT_TOLD,
                                  [CAUSE_SCRIPT] = NOT_TOLD,
                                  [CAUSE_HIDE_USER] = NOT_TOLD,
                              }},
};

bool
parity_find_kind(const session *s, const page_event *e, page_event_kind *kind)
{
	telling how = profiles[s->options.mode].by_cause[e->cause];

	*kind = how == TOLD_AS_UNDELETE ? PAGE_UNDELETE : e->kind;
	return how != NOT_TOLD;
}

page_change_schema
parity_find_page_change_schema(const session *s)
{
	page_change_schema asked = s->options.page_change_schema;

	return asked != SCHEMA_OF_MODE ? asked : profiles[s->options.mode].schema;
}

const char *
parity_choose_page_change_schema(const session *s)
{
	return page_change_schemas[parity_find_page_change_schema(s)];
}

bool
parity_tells_block(const session *s, block_event_kind kind)
{
	return kind != BLOCK_ENDED || profiles[s->options.mode].ends_of_blocks;
}

bool
parity_tells_user(const session *s, bool is_logged)
{
	telling_users users = profiles[s->options.mode].users;

	return users == TELLS_USERS || (users == TELLS_LOGGED_USERS && is_logged);
}
