/*
 * apply/copy_again.h
 *	  Tables that are copied again: compared with the source, a range of keys at a time, and what differs written as changes that streams tell of
 *	  (sql/functions/copy_again.sql).
 */
#ifndef MWMIRROR_APPLY_COPY_AGAIN_H
#define MWMIRROR_APPLY_COPY_AGAIN_H

#include "apply/applier.h"
#include "mapping/wiki.h"
#include "support/status.h"

/*
 * Has a table of a wiki copied again, from its first row on: for what changes rows or values without saying which (DDL). In the open group, or one
 * that this begins; what follows of the table is left out until it is compared. bare: its name without prefix, of a mirrored table; why: for people. Errors as
 * pipeline_ask; STATUS_TARGET (logged).
 */
status copy_again_table(applier *a, const wiki *w, const char *bare, const char *why);

#endif
