/*
 * plugin/entity/block.h
 *	  Blocks, whom they block, and which accounts they hide.
 */
#ifndef MWMIRROR_ENTITY_BLOCK_H
#define MWMIRROR_ENTITY_BLOCK_H

#include "plugin/entity/entities.h"

#include "nodes/pg_list.h"

/* What a block forbids, but its restrictions. */
typedef struct block_terms
{
	bool hides_name; /* of the account, everywhere */
	bool email;
	bool user_talk; /* to edit the own talk page */
	bool create_account;
	bool sitewide;
	TimestampTz expiry; /* DT_NOEND: never */
} block_terms;

typedef struct block_target
{
	int64 user_id; /* 0: no account */
	/* of the account, or the address, or the range; NULL: not known, or an autoblock's, which is private */
	const char *name;
	bool is_range;
	bool is_auto; /* an autoblock: of an address that a blocked account used */
} block_target;

/* The terms in a row of block; the target in a row of block_target: its name is palloc'd. */
extern block_terms block_read_terms(const mirror_row *row);
extern block_target block_read_target(const mirror_row *row);

/*
 * True if a block is over though its row is there: its end was told. Not of one that hides an account, which does so, in MediaWiki too, as long as
 * the row is there.
 */
extern bool block_is_over(const mirror_row *row);

/* A target as of the mark; NULL: it is not there. Stays until the end of the event. */
extern const block_target *block_find_target(session *s, int wiki, int64 target_id);

/* The restrictions of a block as of the mark, as texts: type, space and value as block_parse_restriction reads them. */
extern List *block_find_restrictions(session *s, int wiki, int64 block_id);

/* The text of a row of ipblocks_restrictions, palloc'd; and what it says. */
extern char *block_print_restriction(const mirror_row *row);
extern void block_parse_restriction(const char *text, int *type, int64 *value);

/* Types of restrictions; there are others. */
#define RESTRICTION_PAGE 1
#define RESTRICTION_NAMESPACE 2
#define RESTRICTION_ACTION 3

/* Another block in force of the same account or address as of the mark, but autoblocks, the newest; 0: none. */
extern int64 block_find_other(session *s, int wiki, const block_target *target, int64 block_id);

/* What the blocks of an account hide of it as of the mark: bits of visibility.h. 0 of no account, 0. */
extern int block_hidden_bits(session *s, int wiki, int64 user_id);

#endif
