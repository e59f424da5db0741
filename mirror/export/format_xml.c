/*
 * export/format_xml.c
 *	  MediaWiki's XML: pages with their revisions, as dumpBackup.php writes them. Each file is a document of its own.
 *
 * mwmirror.xml_rows_query() gives a row a slot, ordered as they are written, without what is hidden. Rows are sorted without contents, which are then
 * read one by one.
 */
#define _GNU_SOURCE /* asprintf */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/format.h"
#include "export/format_rows.h"
#include "export/xml.h"
#include "export/xml_contents.h"
#include "export/xml_site.h"
#include "export/xml_sha1.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/pg_copy.h"

#define PART_REVISIONS 200000
#define NOTHING INT64_MIN /* no id, though rows may have 0 */

/* The columns of a row, of mwmirror.xml_rows_query() and two more. */
enum
{
	PAGE_ID,
	PAGE_NAMESPACE,
	PAGE_TITLE,
	REDIRECT_INTERWIKI,
	REDIRECT_NAMESPACE,
	REDIRECT_TITLE,
	REVISION_ID,
	PARENT_ID,
	TIMESTAMP,
	MINOR,
	USER_HIDDEN,
	USER_KNOWN,
	COMMENT_HIDDEN,
	TEXT_HIDDEN,
	USER_ID,
	USER_NAME,
	COMMENT,
	REVISION_SHA1,
	ROLE,
	ORIGIN,
	MODEL,
	SIZE,
	SHA1,
	ADDRESS,
	HASH,
	BODY,
	FIELDS
};

#define COLUMNS                                                                                    \
	"q.page_id, q.page_namespace, q.page_title, q.rd_interwiki, q.rd_namespace, q.rd_title, "      \
	"q.rev_id, q.rev_parent_id, q.rev_timestamp, q.rev_minor_edit, q.user_hidden, q.user_known, "  \
	"q.comment_hidden, q.text_hidden, q.user_id, q.user_name, q.comment_text, q.rev_sha1, "        \
	"q.role_name, q.slot_origin, q.model_name, q.content_size, q.content_sha1, q.content_address"

static const char body_sql[] =
    "(SELECT b.body FROM mediawiki.content_body b WHERE b.wiki_id = q.wiki_id AND "
    "b.content_id = q.content_id AND b.body_status = 'ok')";

typedef struct xml_state
{
	xml_contents contents;
	xml_site_data site;
	xml_out out;
	/* of the part that is written */
	pg_field row[FIELDS];
	int64_t page;     /* NOTHING: none is open */
	int64_t revision; /* likewise */
	xml_revision r;   /* without what points into a row that is gone */
	xml_sha1 sha1;    /* of that revision */
} xml_state;

/* ---- sessions and parts ---- */

static status
xml_open(export_session *s)
{
	xml_state *x = calloc(1, sizeof(*x));

	s->state = x;
	if (x == NULL)
	{
		log_error("out of memory for the writer of a dump");
		return STATUS_MEMORY;
	}
	return xml_contents_open(&x->contents, s->conn, s->call->config, s->call->kept_only);
}

static void
xml_close(export_session *s)
{
	xml_state *x = s->state;

	if (x == NULL)
		return;
	xml_contents_close(&x->contents);
	xml_site_free(&x->site);
	free(x);
	s->state = NULL;
}

static status
xml_plan(planner *p, const char *wiki_id)
{
	return p->call->history ? planner_add(p, wiki_id, "pages", "revision", "rev_page")
	                        : planner_add(p, wiki_id, "pages", "page", "page_id");
}

/* The rows of a part, in the order in which they are written, for free(). */
static status
part_query(export_session *s, const part *p, char **out)
{
	const char *params[] = {s->call->history ? "false" : "true"};
	char of_page[PLANNER_CONDITION_SIZE];
	char of_revision
	    [PLANNER_CONDITION_SIZE]; /* says nothing new, but by what index they are found */
	char *of_wiki = PQescapeLiteral(s->conn, p->wiki_id, strlen(p->wiki_id));
	PGresult *res = NULL;
	status answer = of_wiki == NULL
	                    ? STATUS_MEMORY
	                    : pg_execute_params(s->conn, "SELECT mwmirror.xml_rows_query($1)", 1,
	                                        params, "see what of pages is public", NULL, 0, &res);

	*out = NULL;
	planner_condition(&p->range, "q.page_id", of_page);
	planner_condition(&p->range, "q.rev_page", of_revision);
	if (answer == STATUS_OK &&
	    asprintf(out,
	             "SELECT * FROM (%s) q WHERE q.wiki_id = %s%s%s ORDER BY q.page_id, q.rev_id, "
	             "q.role_name <> 'main', q.role_name OFFSET 0",
	             PQgetvalue(res, 0, 0), of_wiki, of_page, of_revision) < 0)
	{
		*out = NULL;
		answer = STATUS_MEMORY;
	}
	PQclear(res);
	PQfreemem(of_wiki);
	return answer;
}

/* ---- rows ---- */

static xml_bytes
text_of(const xml_state *x, int column)
{
	return (xml_bytes){x->row[column].data, x->row[column].len};
}

static int64_t
number_of(const xml_state *x, int column)
{
	return x->row[column].data != NULL ? pg_field_integer(&x->row[column]) : 0;
}

static bool
flag_of(const xml_state *x, int column)
{
	return x->row[column].len == 1 && x->row[column].data[0] != 0;
}

static void
end_revision(xml_state *x)
{
	if (x->revision == NOTHING)
		return;
	x->r.sha1 = xml_sha1_end(&x->sha1);
	xml_revision_end(&x->out, &x->r);
	x->revision = NOTHING;
}

static void
end_page(xml_state *x)
{
	end_revision(x);
	if (x->page != NOTHING)
		xml_page_end(&x->out);
	x->page = NOTHING;
}

static void
begin_page(xml_state *x)
{
	const xml_page page = {.id = number_of(x, PAGE_ID),
	                       .namespace_id = (int) number_of(x, PAGE_NAMESPACE),
	                       .title = text_of(x, PAGE_TITLE),
	                       .redirect = {.interwiki = text_of(x, REDIRECT_INTERWIKI),
	                                    .namespace_id = (int) number_of(x, REDIRECT_NAMESPACE),
	                                    .title = text_of(x, REDIRECT_TITLE)}};

	xml_page_begin(&x->out, &x->site.site, &page);
	x->page = page.id;
}

/* A slot that the mirror has no content of: what is written so has no text, as with MediaWiki. */
static status
put_slot(xml_state *x, xml_slot *slot, xml_bytes address)
{
	char hash[XML_SHA1_SIZE];
	status s = STATUS_OK;

	if (!x->r.text_hidden)
	{
		s = xml_contents_read(&x->contents, x->r.id, slot->role, address, text_of(x, BODY),
		                      &slot->text);
		if (s == STATUS_OK && slot->sha1.len == 0 && slot->text.data != NULL)
		{
			xml_sha1_text(slot->text, hash);
			slot->sha1 = (xml_bytes){hash, strlen(hash)};
		}
		xml_sha1_add(&x->sha1, slot->role, slot->sha1);
	}
	if (s == STATUS_OK)
		xml_slot_put(&x->out, &x->r, slot);
	return s;
}

/* The main slot comes first, so if the first one of a revision is another, or none, there is none. */
static status
begin_revision(xml_state *x)
{
	static const xml_bytes main_role = {"main", 4};
	const xml_bytes role = text_of(x, ROLE);
	xml_slot lacking = {.role = main_role, .model = text_of(x, MODEL)};
	xml_bytes sha1 = text_of(x, REVISION_SHA1);

	x->r = (xml_revision){.id = number_of(x, REVISION_ID),
	                      .parent_id = number_of(x, PARENT_ID),
	                      .timestamp = text_of(x, TIMESTAMP),
	                      .minor = flag_of(x, MINOR),
	                      .user_hidden = flag_of(x, USER_HIDDEN) ||
	                                     (flag_of(x, USER_KNOWN) && x->row[USER_NAME].data == NULL),
	                      .comment_hidden = flag_of(x, COMMENT_HIDDEN),
	                      .text_hidden = flag_of(x, TEXT_HIDDEN),
	                      .user_id = number_of(x, USER_ID),
	                      .user_name = text_of(x, USER_NAME),
	                      .comment = text_of(x, COMMENT)};
	x->revision = lacking.origin = x->r.id;
	xml_sha1_begin(&x->sha1, sha1);
	xml_revision_begin(&x->out, &x->r);
	if (role.len == main_role.len && memcmp(role.data, main_role.data, role.len) == 0)
		return STATUS_OK;
	return put_slot(x, &lacking, (xml_bytes){NULL, 0});
}

static status
put_row(export_session *s)
{
	xml_state *x = s->state;
	xml_slot slot = {.role = text_of(x, ROLE),
	                 .origin = number_of(x, ORIGIN),
	                 .model = text_of(x, MODEL),
	                 .size = number_of(x, SIZE),
	                 .sha1 = text_of(x, SHA1)};
	status answer = STATUS_OK;

	if (number_of(x, PAGE_ID) != x->page)
	{
		end_page(x);
		begin_page(x);
	}
	if (number_of(x, REVISION_ID) != x->revision)
	{
		end_revision(x);
		answer = begin_revision(x);
		s->rows++;
	}
	if (answer == STATUS_OK && slot.role.data != NULL)
		answer = put_slot(x, &slot, text_of(x, ADDRESS));
	return answer != STATUS_OK ? answer : x->out.failed;
}

/* ---- a part ---- */

static status
sink(void *arg, const char *data, size_t len)
{
	return output_write(arg, data, len);
}

static status
write_rows(export_session *s, const char *sql, rows_digest *digest)
{
	xml_state *x = s->state;
	pg_rows rows = {0};
	bool found = true;
	status answer = pg_rows_begin(&rows, s->conn, sql, "read public pages");

	x->page = x->revision = NOTHING;
	while (answer == STATUS_OK && found)
	{
		answer = pg_rows_next(&rows, x->row, FIELDS, &found);
		if (answer != STATUS_OK || !found)
			break;
		answer = put_row(s);
		rows_digest_add(digest, pg_field_integer(&x->row[HASH]));
	}
	end_page(x);
	pg_rows_end(&rows);
	return answer;
}

/* What says more than rows: of the wiki, and that texts were lacking, which a later run looks for again. */
static status
finish(export_session *s, rows_digest *digest, part_facts *facts)
{
	xml_state *x = s->state;

	facts->rows = digest->rows;
	rows_digest_add(digest, x->site.hash);
	rows_digest_format(digest, facts->digest);
	if (xml_contents_lack(&x->contents))
		snprintf(facts->digest, sizeof(facts->digest), "texts are lacking");
	facts->more = xml_contents_tell(&x->contents);
	return facts->more != NULL ? STATUS_OK : STATUS_MEMORY;
}

static status
xml_write(export_session *s, const part *p, output *o, part_facts *facts)
{
	xml_state *x = s->state;
	rows_digest digest = {0};
	char *query = NULL;
	char *sql = NULL;
	status answer = part_query(s, p, &query);

	if (answer == STATUS_OK)
		answer = xml_site_load(&x->site, s->conn, p->wiki_id, s->seed);
	if (answer == STATUS_OK)
		answer = xml_contents_begin(&x->contents, p->wiki_id);
	if (answer == STATUS_OK &&
	    asprintf(&sql, "SELECT " COLUMNS ", hash_record_extended(q, %" PRId64 "), %s FROM (%s) q",
	             s->seed, body_sql, query) < 0)
	{
		sql = NULL;
		answer = STATUS_MEMORY;
	}
	if (answer == STATUS_OK)
	{
		xml_out_begin(&x->out, sink, o);
		xml_begin(&x->out, &x->site.site);
		answer = write_rows(s, sql, &digest);
		xml_end(&x->out);
		if (answer == STATUS_OK)
			answer = xml_out_flush(&x->out);
		xml_out_end(&x->out);
	}
	free(sql);
	free(query);
	return answer == STATUS_OK ? finish(s, &digest, facts) : answer;
}

static status
xml_digest(export_session *s, const part *p, char out[PART_DIGEST_SIZE])
{
	xml_state *x = s->state;
	rows_digest digest = {0};
	char *query = NULL;
	status answer = part_query(s, p, &query);

	if (answer == STATUS_OK)
		answer = xml_site_load(&x->site, s->conn, p->wiki_id, s->seed);
	if (answer == STATUS_OK)
		answer = rows_ask_digest(s, query, NULL, &digest);
	if (answer == STATUS_OK)
	{
		rows_digest_add(&digest, x->site.hash);
		rows_digest_format(&digest, out);
	}
	free(query);
	return answer;
}

const export_format format_xml = {
    .name = "xml",
    .suffix = ".xml",
    .has_history = true,
    .part_rows = PART_REVISIONS,
    .open = xml_open,
    .close = xml_close,
    .plan = xml_plan,
    .digest = xml_digest,
    .write = xml_write,
};
