/*
 * plugin/core/missing.c
 *	  What is not there, or not fit; see missing.h.
 */
#include "plugin/core/missing.h"

#include "utils/timestamp.h"

#define LOG_INTERVAL_MS (60 * 1000)

typedef struct tally
{
	TimestampTz logged; /* 0: never */
	int64 since;        /* how many since then */
} tally;

struct missing
{
	tally *rows;   /* of each table */
	tally *values; /* likewise */
};

missing *
missing_create(MemoryContext parent)
{
	missing *m = MemoryContextAllocZero(parent, sizeof(missing));

	m->rows = MemoryContextAllocZero(parent, mirror_table_count * sizeof(tally));
	m->values = MemoryContextAllocZero(parent, mirror_table_count * sizeof(tally));
	return m;
}

/* count counts one more; returns how many are to be said now, 0 if it is too early. */
static int64
count(tally *t)
{
	TimestampTz now = GetCurrentTimestamp();
	int64 since = ++t->since;

	if (t->logged != 0 && !TimestampDifferenceExceeds(t->logged, now, LOG_INTERVAL_MS))
		return 0;
	t->logged = now;
	t->since = 0;
	return since;
}

void
missing_report(session *s, mirror_table table, int wiki, int64 key)
{
	int64 since = count(&s->missing->rows[table]);

	if (since == 0)
		return;
	ereport(LOG, (errmsg("no row of table %s for wiki \"%s\" and key " INT64_FORMAT,
	                     mirror_table_name(table), wiki_ids_text(s->wiki_ids, wiki), key),
	              errdetail("Events go out without it; " INT64_FORMAT
	                        " rows of that table were missing since it was last said.",
	                        since),
	              errhint("Compare the mirror with MariaDB.")));
}

void
missing_report_value(session *s, mirror_table table, int column, int wiki, int64 key)
{
	int64 since = count(&s->missing->values[table]);

	if (since == 0)
		return;
	ereport(
	    LOG,
	    (errmsg("column %s of table %s has a value that no event can hold, for wiki \"%s\" and key "
	            "%s",
	            mirror_table_column_name(table, column), mirror_table_name(table),
	            wiki_ids_text(s->wiki_ids, wiki),
	            key == 0 ? "not known here" : psprintf(INT64_FORMAT, key)),
	     errdetail(
	         "Events go out without it, or not at all if it is what they are about; " INT64_FORMAT
	         " values of that table were left out since it was last said.",
	         since),
	     errhint("Compare the mirror with MariaDB.")));
}
