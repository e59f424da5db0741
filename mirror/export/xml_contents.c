/*
 * export/xml_contents.c
 *	  Texts of slots; see xml_contents.h.
 */
#include "export/xml_contents.h"

#include <string.h>

#include "support/log.h"
#include "support/pg.h"

#define LARGEST_BODY (64u << 20) /* the most that mwmirror.wiki.content_limit may be */
#define SOME 100

static status
load(xml_contents *x, PGconn *conn, const config *c)
{
	const char *params[] = {c->source_name};
	PGresult *res = NULL;
	status s = wiki_list_load(conn, c->source_name, &x->wikis);

	if (s == STATUS_OK)
		s = pg_execute_params(conn, "SELECT gtid_pos FROM mwmirror.source WHERE source_name = $1",
		                      1, params, "read mwmirror.source", NULL, 0, &res);
	if (s == STATUS_OK && PQntuples(res) == 1 && !gtid_list_parse(PQgetvalue(res, 0, 0), &x->since))
	{
		log_error("the position of source %s is no GTID list", c->source_name);
		s = STATUS_TARGET;
	}
	PQclear(res);
	/* a text that is too large to be kept is written all the same */
	for (size_t i = 0; s == STATUS_OK && i < x->wikis.count; i++)
		x->wikis.items[i].body_limit = LARGEST_BODY;
	return s == STATUS_OK ? body_reader_create(conn, c, &x->reader) : s;
}

status
xml_contents_open(xml_contents *x, PGconn *conn, const config *c, bool kept_only)
{
	*x = (xml_contents){0};
	return kept_only ? STATUS_OK : load(x, conn, c);
}

static void
forget_part(xml_contents *x)
{
	json_decref(x->lacking);
	json_decref(x->some);
	x->lacking = NULL;
	x->some = NULL;
	x->asked = 0;
}

void
xml_contents_close(xml_contents *x)
{
	forget_part(x);
	body_reader_destroy(x->reader);
	gtid_list_free(&x->since);
	wiki_list_free(&x->wikis);
	*x = (xml_contents){0};
}

status
xml_contents_begin(xml_contents *x, const char *wiki_id)
{
	forget_part(x);
	x->w = x->reader != NULL ? wiki_list_by_id(&x->wikis, wiki_id) : NULL;
	x->lacking = json_object();
	x->some = json_array();
	return x->lacking != NULL && x->some != NULL ? STATUS_OK : STATUS_MEMORY;
}

static status
count_lacking(xml_contents *x, int64_t revision, xml_bytes role, const char *why)
{
	const json_int_t before = json_integer_value(json_object_get(x->lacking, why));

	if (json_object_set_new(x->lacking, why, json_integer(before + 1)) != 0)
		return STATUS_MEMORY;
	if (json_array_size(x->some) >= SOME)
		return STATUS_OK;
	return json_array_append_new(x->some, json_pack("{sIss%ss}", "revision", (json_int_t) revision,
	                                                "slot", role.data, role.len, "why", why)) == 0
	           ? STATUS_OK
	           : STATUS_MEMORY;
}

status
xml_contents_read(xml_contents *x, int64_t revision, xml_bytes role, xml_bytes address,
                  xml_bytes kept, xml_bytes *out)
{
	const char *said = "not kept";
	status s;

	*out = kept;
	if (kept.data != NULL)
		return STATUS_OK;
	if (address.data == NULL)
		said = "missing";
	else if (x->w != NULL)
	{
		x->asked++;
		s = body_reader_read(x->reader, x->w, &x->since, address.data, address.len, &out->data,
		                     &out->len, &said);
		if (s != STATUS_OK || out->data != NULL)
			return s;
	}
	return count_lacking(x, revision, role, said);
}

bool
xml_contents_lack(const xml_contents *x)
{
	return json_object_size(x->lacking) > 0;
}

json_t *
xml_contents_tell(const xml_contents *x)
{
	return json_pack("{sIsOsO}", "texts_of_source", (json_int_t) x->asked, "texts_lacking",
	                 x->lacking, "lacking", x->some);
}
