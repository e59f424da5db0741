/*
 * apply/again_stage.h
 *	  Rows of the source as the mirror would have them, in temporary tables of follow's session, to be compared with what the mirror has.
 *
 * For each target there are pg_temp.mwmirror_staged_<id>, values of the source as kinds convert them, and pg_temp.mwmirror_want_<id>, the rows with what SQL computes: the
 * target's mapped columns and raw_key, the key as in mwmirror.raw_value. pg_temp.mwmirror_want_raw has raw values. All are empty when a transaction begins.
 */
#ifndef MWMIRROR_APPLY_AGAIN_STAGE_H
#define MWMIRROR_APPLY_AGAIN_STAGE_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/again_table.h"
#include "mapping/mapping.h"
#include "snapshot/key_range.h"
#include "support/arena.h"
#include "support/status.h"

#define AGAIN_RAW "pg_temp.mwmirror_want_raw"

typedef struct again_stage again_stage;

/* conn must outlive it, and is used outside of pipeline mode and blocking. NULL without memory. */
again_stage *again_stage_create(PGconn *conn);

void again_stage_destroy(again_stage *s);

/* A transaction was rolled back, and with it tables may be gone. */
void again_stage_forget(again_stage *s);

/* Makes the target's tables if the session does not have them. Errors as target_execute; STATUS_MEMORY (logged). */
status again_stage_prepare(again_stage *s, const plan_target *t);

/*
 * Reads the rows of a range of a source table that a condition selects, too, and adds them to the target's temporary tables; a transaction is open. also: " AND ..." for
 * MariaDB, or empty. Without a row no table need be there. *rows is raised by the rows read, *any_raw set if one has a raw value. Errors as mariadb_query and pg_execute; STATUS_DATA if a value cannot be converted, STATUS_MEMORY
 * (all logged).
 */
status again_stage_fill(again_stage *s, MYSQL *mysql, const again_table *table,
                        const plan_target *t, const key_range *range, const char *also,
                        uint64_t *rows, bool *any_raw);

#endif
