/*
 * apply/sharing.h
 *	  Whether a wiki has rows of one mirror table in several source tables: ipblocks beside block, while MediaWiki is upgraded.
 *
 * Then a row may be there already, or be gone, and nothing of that is a fault. A wiki that has only one of the tables is checked as all others are. Which it has is
 * asked of the source when it first matters, and holds from where the source was then on, until DDL of one of them comes.
 */
#ifndef MWMIRROR_APPLY_SHARING_H
#define MWMIRROR_APPLY_SHARING_H

#include <stdbool.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "support/config.h"

typedef struct sharing sharing;

/* The arguments must outlive it, and so must wikis and plans. NULL without memory. */
sharing *sharing_create(const config *c, const mapping *m);

void sharing_destroy(sharing *s);

/*
 * False if the wiki has the source table alone for the target, from the position on, which is the mirror's. True also if that cannot be told (logged where the
 * source does not answer).
 */
bool sharing_is(sharing *s, const wiki *w, const char *source_table, const plan_target *t,
                const gtid_list *position);

/* DDL of a wiki's tables has come: what was known of it is not. */
void sharing_forget(sharing *s, const wiki *w);

#endif
