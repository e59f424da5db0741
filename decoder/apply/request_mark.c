/*
 * apply/request_mark.c
 *	  SQL function mwmirror.request_mark(): ends what a request made of rows of the mirror with a mark (wire/mark.h), as a source
 *	  transaction ends.
 *
 * It is a batch without changes: rows that statements wrote before and noted (apply/noted.h) bring what they refer to.
 */
#include "postgres.h"

#include "apply/caller.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "wire/batch.h"
#include "wire/mark.h"

PG_FUNCTION_INFO_V1(mwmirror_request_mark);

extern Datum mwmirror_apply(PG_FUNCTION_ARGS);

#define UNIX_EPOCH_USECS                                                                           \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * USECS_PER_SEC)
#define WIKI_TEXT_SIZE (MARK_WIKI_MOST + 8)

static void
fail_value(const char *what)
{
	ereport(ERROR,
	        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("not of a request: %s", what)));
}

/* In whole seconds, as events say it. A mark has no time before 1970: what is older is said to be of then. */
static int64
unix_time(TimestampTz at)
{
	if (TIMESTAMP_NOT_FINITE(at))
		fail_value("its time");
	at = Max(at + UNIX_EPOCH_USECS, 0);
	return at - at % USECS_PER_SEC;
}

/* The batch that holds the mark alone. */
static bytea *
make_batch(const mark *m, const char *text, size_t len)
{
	const size_t size = batch_write_begin(NULL, true, 0) +
	                    batch_write_text(NULL, BATCH_SOURCE, m->gtid, strlen(m->gtid)) +
	                    batch_write_text(NULL, BATCH_END, text, len) + batch_write_done(NULL, 0);
	bytea *batch = palloc(VARHDRSZ + size);
	char *p = VARDATA(batch);

	SET_VARSIZE(batch, VARHDRSZ + size);
	p += batch_write_begin(p, true, 0);
	p += batch_write_text(p, BATCH_SOURCE, m->gtid, strlen(m->gtid));
	p += batch_write_text(p, BATCH_END, text, len);
	batch_write_done(p, 0);
	return batch;
}

/* mwmirror.request_mark(id bigint, number bigint, at timestamptz, wiki text) returns void */
Datum
mwmirror_request_mark(PG_FUNCTION_ARGS)
{
	const int64 id = PG_GETARG_INT64(0);
	const int64 number = PG_GETARG_INT64(1);
	const char *wiki = text_to_cstring(PG_GETARG_TEXT_PP(3));
	const origin caller = caller_origin();
	mark m = {.commit_time = unix_time(PG_GETARG_TIMESTAMPTZ(2))};
	char wikis[WIKI_TEXT_SIZE];
	char text[MARK_HEAD_SIZE + WIKI_TEXT_SIZE];

	if (id < 1 || number < 1)
		fail_value("a number below 1");
	if (wiki[0] == '\0' || strlen(wiki) > MARK_WIKI_MOST)
		fail_value("its wiki");
	snprintf(m.gtid, sizeof(m.gtid), "Q" INT64_FORMAT "." INT64_FORMAT, id, number);
	snprintf(m.source, sizeof(m.source), "%s", caller.source);
	m.wikis.data = wikis;
	m.wikis.len = mark_put_wiki(wiki, wikis, sizeof(wikis));
	DirectFunctionCall1(mwmirror_apply,
	                    PointerGetDatum(make_batch(&m, text, mark_format(&m, text))));
	PG_RETURN_VOID();
}
