/*
 * plugin/core/missing.c
 *	  What is not there; see missing.h.
 */
#include "plugin/core/missing.h"

#include "utils/timestamp.h"

#define LOG_INTERVAL_MS (60 * 1000)

typedef struct table_missing
{
	TimestampTz logged; /* 0: never */
	int64 since;        /* rows since then */
} table_missing;

struct missing
{
	table_missing *tables;
};

missing *
missing_create(MemoryContext parent)
{
	missing *m = MemoryContextAllocZero(parent, sizeof(missing));

	m->tables = MemoryContextAllocZero(parent, mirror_table_count * sizeof(table_missing));
	return m;
}

void
missing_report(session *s, mirror_table table, const char *wiki_id, int64 key)
{
	table_missing *t = &s->missing->tables[table];
	TimestampTz now;

	t->since++;
	now = GetCurrentTimestamp();
	if (t->logged != 0 && !TimestampDifferenceExceeds(t->logged, now, LOG_INTERVAL_MS))
		return;
	ereport(LOG, (errmsg("no row of table %s for wiki \"%s\" and key " INT64_FORMAT,
	                     mirror_table_name(table), wiki_id, key),
	              errdetail("Events go out without it; " INT64_FORMAT
	                        " rows of that table were missing since it was last said.",
	                        t->since),
	              errhint("Compare the mirror with MariaDB.")));
	t->logged = now;
	t->since = 0;
}
