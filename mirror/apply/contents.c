/*
 * apply/contents.c
 *	  Contents beyond those that are written; see contents.h.
 */
#include "apply/contents.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "apply/content_list.h"
#include "support/log.h"
#include "support/pg.h"

#define ASK_MOST 1000  /* pages and revisions that are asked for at a time */
#define SEND_MOST 4096 /* at the end of a source transaction: what is more is looked at then */
#define HOLD_MOST (1u << 18) /* inside of one likewise */
#define COLUMNS 4
#define KEY_COLUMNS 2
#define DOING "look for contents that are lacking"

struct content_watch
{
	PGconn *conn;
	pipeline *pipe;
	row_batch *batch;
	param_set *params;
	body_reader *bodies;
	row_shape *shape;

	/* the source transaction */
	news contents;
	news slots;
	things wanted; /* pages and revisions */

	/* the PostgreSQL transaction */
	things changed; /* pages and contents of wikis that keep the latest only */

	content_have read; /* by contents_compare_body; body_reader's */
};

static const char *const column_names[COLUMNS] = {"wiki_id", "content_id", "body", "body_status"};

/* ---- set-up ---- */

status
contents_prepare(PGconn *conn, const char *source_name)
{
	const char *params[] = {source_name};
	PGresult *res;
	status result =
	    pg_execute_params(conn, "SELECT mwmirror.content_begin($1)", 1, params,
	                      "bring mwmirror.content_latest up to date",
	                      "run mwmirror init, and grant mwmirror_writer to this role", 0, &res);

	if (result != STATUS_OK)
		return result;
	PQclear(res);
	return pg_prepare(conn, "contents_latest",
	                  "SELECT mwmirror.content_keep_latest($1::text, $2::text::bigint[], "
	                  "$3::text::bigint[])",
	                  "prepare a statement on mwmirror.content_latest");
}

content_watch *
contents_create(PGconn *conn, pipeline *p, row_batch *b, param_set *params, body_reader *bodies)
{
	content_watch *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->conn = conn;
	c->pipe = p;
	c->batch = b;
	c->params = params;
	c->bodies = bodies;
	c->shape = row_shape_create("mediawiki", "content_body", KEY_COLUMNS, COLUMNS, column_names);
	if (c->shape != NULL)
		return c;
	contents_destroy(c);
	return NULL;
}

void
contents_destroy(content_watch *c)
{
	if (c == NULL)
		return;
	row_shape_destroy(c->shape);
	things_free(&c->wanted);
	things_free(&c->changed);
	free(c);
}

/* ---- rows ---- */

/* A column of both images; false if the table has none of that name. */
static bool
find_column(const source_table *t, const char *name, const value **before, const value **after)
{
	for (unsigned i = 0; i < t->map.column_count; i++)
	{
		if (strcasecmp(t->map.columns[i].name, name) != 0)
			continue;
		*before = &t->before[i];
		*after = &t->after[i];
		return true;
	}
	return false;
}

/* The number that a column has, or had if only that is known; 0: none. */
static uint64_t
find_number(const source_table *t, row_kind kind, const char *name)
{
	const value *before;
	const value *after;
	const value *v;

	if (!find_column(t, name, &before, &after))
		return 0;
	v = kind == ROW_DELETE || (kind == ROW_UPDATE && after->kind == VALUE_ABSENT) ? before : after;
	if (v->kind == VALUE_UINT)
		return v->u;
	return v->kind == VALUE_INT && v->i > 0 ? (uint64_t) v->i : 0;
}

static bool
values_differ(const value *a, const value *b)
{
	if (b->kind == VALUE_ABSENT)
		return false;
	if (a->kind != b->kind)
		return true;
	if (a->kind == VALUE_BYTES)
		return a->bytes.len != b->bytes.len ||
		       memcmp(a->bytes.data, b->bytes.data, a->bytes.len) != 0;
	return a->kind != VALUE_NULL && a->u != b->u;
}

/* Whether an UPDATE has made a column another, as far as its images say. */
static bool
has_changed(const source_table *t, const char *name)
{
	const value *before;
	const value *after;

	return find_column(t, name, &before, &after) && values_differ(before, after);
}

/* Contents of what changed go no later than this, so that a source transaction of any size takes no more memory. */
static status
bound(content_watch *c, const gtid *id)
{
	status result = STATUS_OK;

	if (c->wanted.count >= HOLD_MOST)
		result = contents_end_source(c, id);
	if (result == STATUS_OK && c->changed.count >= HOLD_MOST)
	{
		/* what goes now may be wanted again, so nothing that came counts as there */
		contents_begin_source(c);
		result = row_batch_send(c->batch);
		if (result == STATUS_OK)
			result = contents_end_group(c);
	}
	return result;
}

/* A page that changes is of interest with what its latest revision has, unless that was just written. */
static status
take_page(content_watch *c, const source_table *t, row_kind kind)
{
	const wiki *w = t->wiki;
	const uint64_t id = find_number(t, kind, "page_id");
	const uint64_t latest = find_number(t, kind, "page_latest");
	const bool matters = kind != ROW_UPDATE || has_changed(t, "page_latest") ||
	                     has_changed(t, "page_title") || has_changed(t, "page_namespace") ||
	                     has_changed(t, "page_id");
	status result = STATUS_OK;

	if (!matters)
		return STATUS_OK;
	if (w->policy == CONTENT_LATEST)
	{
		result = things_add(&c->changed, w, THING_PAGE, id);
		if (result == STATUS_OK && kind == ROW_UPDATE && has_changed(t, "page_id"))
			result = things_add(&c->changed, w, THING_PAGE, find_number(t, ROW_DELETE, "page_id"));
	}
	if (result != STATUS_OK || kind == ROW_DELETE || (kind == ROW_INSERT && latest == 0) ||
	    news_has_all_slots(&c->slots, w, latest))
		return result;
	return things_add(&c->wanted, w, THING_PAGE, id);
}

status
contents_take_row(content_watch *c, const source_table *t, row_kind kind, const gtid *id)
{
	const wiki *w = t->wiki;
	status result = STATUS_OK;

	if (strcmp(t->bare, "content") == 0 && kind == ROW_INSERT)
	{
		const uint64_t content = find_number(t, kind, "content_id");

		news_add(&c->contents, w, content, false);
		if (w->policy == CONTENT_LATEST)
			result = things_add(&c->changed, w, THING_CONTENT, content);
	}
	else if (strcmp(t->bare, "slots") == 0 && kind != ROW_DELETE)
		news_add(&c->slots, w, find_number(t, kind, "slot_revision_id"),
		         !news_has(&c->contents, w, find_number(t, kind, "slot_content_id")));
	else if (strcmp(t->bare, "page") == 0)
		result = take_page(c, t, kind);
	else if (strcmp(t->bare, "revision") == 0 && kind == ROW_UPDATE &&
	         has_changed(t, "rev_deleted"))
		result = things_add(&c->wanted, w, THING_REVISION, find_number(t, kind, "rev_id"));
	return result == STATUS_OK ? bound(c, id) : result;
}

status
contents_take_page(content_watch *c, const wiki *w, uint64_t page_id, bool gone, const gtid *id)
{
	status result = STATUS_OK;

	if (w->policy == CONTENT_NONE)
		return STATUS_OK;
	if (w->policy == CONTENT_LATEST)
		result = things_add(&c->changed, w, THING_PAGE, page_id);
	if (result == STATUS_OK && !gone)
		result = things_add(&c->wanted, w, THING_PAGE, page_id);
	return result == STATUS_OK ? bound(c, id) : result;
}

status
contents_take_revision(content_watch *c, const wiki *w, uint64_t rev_id, const gtid *id)
{
	status result = STATUS_OK;

	if (w->policy != CONTENT_NONE)
		result = things_add(&c->wanted, w, THING_REVISION, rev_id);
	return result == STATUS_OK ? bound(c, id) : result;
}

/* ---- what is lacking ---- */

static batch_value
text_value(const char *data, size_t len)
{
	return (batch_value){.form = BATCH_VALUE, .data = data, .len = (uint32_t) len};
}

/* A content's body, as if its row came now. */
static status
put_body(content_watch *c, const wiki *w, const gtid *id, const char *content_id, const char *body,
         size_t len, const char *said)
{
	const uint64_t number = strtoull(content_id, NULL, 10);
	char bytes[8];
	batch_value values[COLUMNS];
	batch_item item = {.kind = BATCH_INSERT,
	                   .flags = w->policy == CONTENT_STREAM ? BATCH_TELL : BATCH_UPSERT,
	                   .set = values};

	for (int i = 0; i < 8; i++)
		bytes[i] = (char) (number >> 8 * (7 - i));
	values[0] = text_value(w->wiki_id, strlen(w->wiki_id));
	values[1] = text_value(bytes, sizeof(bytes));
	values[2] = body == NULL ? (batch_value){.form = BATCH_NULL} : text_value(body, len);
	values[3] = text_value(said, strlen(said));
	return row_batch_add(c->batch, id, c->shape, &item, false);
}

static status
read_body(content_watch *c, const wiki *w, const gtid *id, const char *address, const char **body,
          size_t *len, const char **said)
{
	const gtid since = *id;
	const gtid_list list = {.items = (gtid *) &since, .count = 1};

	return body_reader_read(c->bodies, w, &list, address, strlen(address), body, len, said);
}

/* A content of the latest revision of a page. */
static status
add_body(content_watch *c, const wiki *w, const gtid *id, const char *content_id,
         const char *address)
{
	const char *body;
	const char *said;
	size_t len;
	status result = read_body(c, w, id, address, &body, &len, &said);

	return result == STATUS_OK ? put_body(c, w, id, content_id, body, len, said) : result;
}

status
contents_compare_body(content_watch *c, const wiki *w, const gtid *id, const char *address,
                      content_have *have)
{
	status result = read_body(c, w, id, address, &c->read.body, &c->read.len, &c->read.said);

	have->differs = result == STATUS_OK &&
	                (have->said == NULL || strcmp(have->said, c->read.said) != 0 ||
	                 (have->body == NULL) != (c->read.body == NULL) ||
	                 (have->body != NULL && (have->len != c->read.len ||
	                                         memcmp(have->body, c->read.body, have->len) != 0)));
	return result;
}

status
contents_add_compared(content_watch *c, const wiki *w, const gtid *id, const char *content_id)
{
	return put_body(c, w, id, content_id, c->read.body, c->read.len, c->read.said);
}

/*
 * Contents of the latest revision of pages, or of revisions that are it, which content_body has not. One that was not found is looked for again: it may be
 * there now. Each row is looked up by its key, in this order (OFFSET 0 keeps it): by statistics of a time when the wiki was small, tables would be joined by
 * wiki_id alone.
 */
static const char lacking_sql[] =
    "SELECT DISTINCT c.content_id, c.content_address "
    "FROM (SELECT page_id FROM unnest($2::bigint[]) AS p (page_id) "
    "UNION SELECT r.rev_page FROM unnest($3::bigint[]) AS v (rev_id) CROSS JOIN LATERAL "
    "(SELECT rev_page FROM mediawiki.revision WHERE wiki_id = $1 AND rev_id = v.rev_id OFFSET 0) "
    "AS r) AS changed "
    "CROSS JOIN LATERAL (SELECT page_latest FROM mediawiki.page WHERE wiki_id = $1 "
    "AND page_id = changed.page_id OFFSET 0) AS p "
    "CROSS JOIN LATERAL (SELECT rev_id FROM mediawiki.revision WHERE wiki_id = $1 "
    "AND rev_id = p.page_latest AND coalesce(rev_deleted, 0) & 1 = 0 OFFSET 0) AS r "
    "CROSS JOIN LATERAL (SELECT slot_content_id FROM mediawiki.slots WHERE wiki_id = $1 "
    "AND slot_revision_id = r.rev_id OFFSET 0) AS s "
    "CROSS JOIN LATERAL (SELECT content_id, content_address FROM mediawiki.content "
    "WHERE wiki_id = $1 AND content_id = s.slot_content_id AND content_address IS NOT NULL "
    "OFFSET 0) AS c "
    "WHERE (SELECT true FROM mediawiki.content_body AS b WHERE b.wiki_id = $1 "
    "AND b.content_id = c.content_id AND b.body_status NOT IN ('missing', 'unknown') LIMIT 1) "
    "IS NULL ORDER BY 1";

static status
ask(content_watch *c, const thing *items, size_t count, PGresult **out)
{
	char *pages = things_write(items, count, THING_PAGE);
	char *revisions = pages == NULL ? NULL : things_write(items, count, THING_REVISION);
	const char *params[] = {items[0].w->wiki_id, pages, revisions};
	status result = STATUS_MEMORY;

	*out = NULL;
	if (revisions != NULL)
		result = row_batch_send(c->batch);
	if (result == STATUS_OK)
		result = pipeline_ask(c->pipe, lacking_sql, 3, params, DOING, out);
	free(pages);
	free(revisions);
	if (result != STATUS_OK || PQresultStatus(*out) == PGRES_TUPLES_OK)
		return result;
	result =
	    pg_fail(c->conn, *out, DOING, "run mwmirror init, and grant mwmirror_writer to this role");
	PQclear(*out);
	*out = NULL;
	return result;
}

status
contents_end_source(content_watch *c, const gtid *id)
{
	status result = STATUS_OK;
	size_t count;

	things_sort(&c->wanted);
	for (size_t i = 0; result == STATUS_OK && i < c->wanted.count; i += count)
	{
		const wiki *w = c->wanted.items[i].w;
		PGresult *res;

		count = things_of_wiki(&c->wanted, i, ASK_MOST);
		result = ask(c, &c->wanted.items[i], count, &res);
		for (int row = 0; result == STATUS_OK && row < PQntuples(res); row++)
			result = add_body(c, w, id, PQgetvalue(res, row, 0), PQgetvalue(res, row, 1));
		PQclear(res);
	}
	things_empty(&c->wanted);
	if (result == STATUS_OK && c->changed.count >= SEND_MOST)
		result = contents_end_group(c);
	return result;
}

void
contents_begin_source(content_watch *c)
{
	c->contents.count = 0;
	c->slots.count = 0;
}

void
contents_discard(content_watch *c)
{
	contents_begin_source(c);
	things_empty(&c->wanted);
	things_empty(&c->changed);
}

/* ---- what is kept no longer ---- */

static status
send_changed(content_watch *c, const thing *items, size_t count)
{
	const pipeline_op op = {.verb = "SELECT", .table = "mwmirror.content_latest"};
	const char *wiki_id = items[0].w->wiki_id;
	char *pages = things_write(items, count, THING_PAGE);
	char *bodies = pages == NULL ? NULL : things_write(items, count, THING_CONTENT);
	status result = STATUS_MEMORY;
	convert_error err;

	param_reset(c->params);
	if (bodies != NULL && param_put_text(c->params, wiki_id, strlen(wiki_id), &err) &&
	    param_put_text(c->params, pages, strlen(pages), &err) &&
	    param_put_text(c->params, bodies, strlen(bodies), &err))
		result = row_batch_statement(c->batch, c->params, "contents_latest", &op);
	else
		log_error("out of memory for a list of contents");
	free(pages);
	free(bodies);
	return result;
}

status
contents_end_group(content_watch *c)
{
	status result = STATUS_OK;
	size_t count;

	things_sort(&c->changed);
	for (size_t i = 0; result == STATUS_OK && i < c->changed.count; i += count)
	{
		count = things_of_wiki(&c->changed, i, c->changed.count);
		result = send_changed(c, &c->changed.items[i], count);
	}
	things_empty(&c->changed);
	return result;
}
