/*
 * text/address.c
 *	  Where a text is; see address.h.
 *
 *	content_address	tt:ID				the row of text with that old_id; ?FLAGS may follow and means nothing
 *					es:URL				a blob of External Storage without flags (SqlBlobStore, 1.43)
 *					es:URL?flags=FLAGS	with the flags that old_flags would have
 *					bad:...				known as lost
 *	URL				DB://CLUSTER/ID			the row with that blob_id of the cluster's table blobs
 *					DB://CLUSTER/ID/ITEM	ITEM of the object that is serialized in it; what a further '/' begins means nothing
 *
 * Names of kinds and storages have no case. Lengths of address and URL are those of their columns.
 */
#include "text/address.h"

#include <string.h>
#include <strings.h>
#include "text/flags.h"

#define SHOWN 100 /* bytes of an address in a message */

static bool
span_begins(php_span text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && strncasecmp(text.at, with, len) == 0;
}

/* cut_at takes what is before the character off the text, and the character; all of it if there is none. */
static php_span
cut_at(php_span *text, char character)
{
	const char *p = text->len == 0 ? NULL : memchr(text->at, character, text->len);
	php_span before = *text;

	if (p == NULL)
	{
		text->at += text->len;
		text->len = 0;
		return before;
	}
	before.len = (size_t) (p - text->at);
	text->at += before.len + 1;
	text->len -= before.len + 1;
	return before;
}

static text_status
refuse(text_error *err, text_status status, const char *what, const char *text, size_t len)
{
	return text_fail(err, status, "%s: %.*s", what, (int) (len < SHOWN ? len : SHOWN), text);
}

bool
text_id_parse(php_span text, uint64_t *out)
{
	uint64_t id = 0;

	if (text.len == 0 || text.len > 19 || text.at[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		id = id * 10 + (uint64_t) (text.at[i] - '0');
	}
	*out = id;
	return id <= INT64_MAX;
}

/* parse_flags finds the flags in NAME=VALUE&...; false: they are written in a way that MediaWiki does not write. */
static bool
parse_flags(php_span query, unsigned *flags)
{
	if (query.len > 0 &&
	    (memchr(query.at, '%', query.len) != NULL || memchr(query.at, '+', query.len) != NULL))
		return false;
	while (query.len > 0)
	{
		php_span value = cut_at(&query, '&');
		php_span name = cut_at(&value, '=');

		if (name.len == 5 && memcmp(name.at, "flags", 5) == 0)
			*flags |= text_flags_parse(value.at, value.len);
	}
	return true;
}

text_status
text_address_parse(const char *text, size_t len, text_address *out, text_error *err)
{
	php_span query = {text, len};
	php_span address = cut_at(&query, '?');

	memset(out, 0, sizeof(*out));
	if (span_begins(address, "bad:"))
		return refuse(err, TEXT_LOST, "the address says that the text is lost", text, len);
	if (span_begins(address, "es:"))
	{
		out->is_url = true;
		out->url = (php_span){address.at + 3, address.len - 3};
		out->flags = TEXT_FLAG_EXTERNAL;
		if (out->url.len == 0 || !parse_flags(query, &out->flags))
			return refuse(err, TEXT_BROKEN, "this is no content address", text, len);
		return TEXT_OK;
	}
	if (!span_begins(address, "tt:"))
		return refuse(err, TEXT_UNKNOWN, "this kind of content address is not known", text, len);
	if (!text_id_parse((php_span){address.at + 3, address.len - 3}, &out->id))
		return refuse(err, TEXT_BROKEN, "this is no content address", text, len);
	return TEXT_OK;
}

text_status
text_url_parse(const char *text, size_t len, text_url *out, text_error *err)
{
	php_span rest = {text, len};
	php_span id;

	memset(out, 0, sizeof(*out));
	if (!span_begins(rest, "DB://"))
		return refuse(err, TEXT_UNKNOWN, "this kind of External Storage is not known", text, len);
	rest = (php_span){text + 5, len - 5};
	out->cluster = cut_at(&rest, '/');
	id = cut_at(&rest, '/');
	out->has_item = rest.at > id.at + id.len;
	out->item = cut_at(&rest, '/');
	if (out->cluster.len == 0 || !text_id_parse(id, &out->id))
		return refuse(err, TEXT_BROKEN, "this is no address of External Storage", text, len);
	return TEXT_OK;
}
