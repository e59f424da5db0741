/*
 * mapping/key_check.h
 *	  Whether rows that the source tells apart are told apart in the mirror.
 */
#ifndef MWMIRROR_MAPPING_KEY_CHECK_H
#define MWMIRROR_MAPPING_KEY_CHECK_H

#include <stdbool.h>
#include "mapping/plan.h"
#include "support/status.h"

/*
 * in_key: of each source column, whether it is in the source's primary key. STATUS_TARGET (logged) if no mirror table that the plan writes rows of has a
 * key that comes of all of them: then two rows would become one. Tables without a key pass, on either side.
 */
status key_check(const plan *p, const bool *in_key, const char *schema, const char *table);

#endif
