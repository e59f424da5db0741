/*
 * text/expand.c
 *	  Stored texts as MediaWiki reads them (SqlBlobStore, ExternalStoreDB, HistoryBlobStub; 1.39 to 1.43); see expand.h.
 *
 * The flags count in this order, however they are written: error, external, gzip, object, utf-8. An object leads to at most
 * one more row of text and one more blob.
 */
#include "text/expand.h"

#include "text/address.h"
#include "text/encoding.h"
#include "text/flags.h"
#include "text/history_blob.h"
#include "text/inflate.h"

static text_status
fetch(const text_source *source, const text_place *place, text_bytes *out, unsigned *flags,
      text_error *err)
{
	*out = (text_bytes){NULL, 0, NULL};
	*flags = 0;
	return source->fetch(source->context, place, out, flags, err);
}

/* take_item puts an item of the object that the bytes are in their place. */
static text_status
take_item(text_bytes *b, bool twice, const php_span *key, size_t limit, text_error *err)
{
	history_blob object;
	text_status status = history_blob_parse(b->data, b->len, twice, &object, err);

	return status != TEXT_OK ? status : history_blob_take(b, &object, key, limit, err);
}

/* fetch_external puts in the place of an address the blob, or the item of it. */
static text_status
fetch_external(const text_source *source, text_bytes *b, text_error *err)
{
	text_bytes blob;
	text_url url;
	text_status status = text_url_parse(b->data, b->len, &url, err);
	unsigned none;

	if (status != TEXT_OK)
		return status;
	status = fetch(source, &(text_place){TEXT_PLACE_BLOB, url.id, url.cluster}, &blob, &none, err);
	if (status == TEXT_OK && url.has_item)
		status = take_item(&blob, false, &url.item, source->limit, err);
	if (status != TEXT_OK)
	{
		text_bytes_free(&blob);
		return status;
	}
	text_bytes_free(b);
	*b = blob;
	return TEXT_OK;
}

/* unpack does what external and gzip say. */
static text_status
unpack(const text_source *source, text_bytes *b, unsigned flags, text_error *err)
{
	text_status status = TEXT_OK;

	if (flags & TEXT_FLAG_EXTERNAL)
		status = fetch_external(source, b, err);
	if (status == TEXT_OK && (flags & TEXT_FLAG_GZIP))
		status = text_inflate(b, source->limit, err);
	return status;
}

/* follow_stub puts in the place of a stub the item of another row's object. */
static text_status
follow_stub(const text_source *source, text_bytes *b, const history_blob *stub, text_error *err)
{
	text_bytes row;
	unsigned flags;
	text_status status =
	    fetch(source, &(text_place){.kind = TEXT_PLACE_ROW, .id = stub->id}, &row, &flags, err);

	if (status == TEXT_OK && !(flags & TEXT_FLAG_OBJECT))
		status = text_fail(err, TEXT_BROKEN, "text %llu, which a stub names, is no object",
		                   (unsigned long long) stub->id);
	if (status == TEXT_OK)
		status = unpack(source, &row, flags, err);
	if (status == TEXT_OK)
		status = take_item(&row, true, &stub->key, source->limit, err);
	if (status != TEXT_OK)
	{
		text_bytes_free(&row);
		return status;
	}
	text_bytes_free(b);
	*b = row;
	return TEXT_OK;
}

/* open_object puts in the place of an object the text that it is or names. */
static text_status
open_object(const text_source *source, text_bytes *b, text_error *err)
{
	history_blob object;
	text_status status = history_blob_parse(b->data, b->len, false, &object, err);
	text_place cur = {.kind = TEXT_PLACE_CUR, .id = object.id};
	text_bytes text;
	unsigned none;

	if (status != TEXT_OK)
		return status;
	if (object.kind == HISTORY_STUB)
		return follow_stub(source, b, &object, err);
	if (object.kind != HISTORY_CUR_STUB)
		return history_blob_take(b, &object, NULL, source->limit, err);
	status = fetch(source, &cur, &text, &none, err);
	if (status != TEXT_OK)
	{
		text_bytes_free(&text);
		return status;
	}
	text_bytes_free(b);
	*b = text;
	return TEXT_OK;
}

static text_status
expand(const text_source *source, text_bytes *b, unsigned flags, text_error *err)
{
	text_status status;

	if (flags & TEXT_FLAG_ERROR)
		return text_fail(err, TEXT_LOST, "the flag error says that the text is lost");
	status = unpack(source, b, flags, err);
	if (status == TEXT_OK && (flags & TEXT_FLAG_OBJECT))
		status = open_object(source, b, err);
	if (status == TEXT_OK && source->legacy_encoding != NULL && !(flags & TEXT_FLAG_UTF8))
		status = text_decode(b, source->legacy_encoding, source->limit, err);
	if (status == TEXT_OK && b->len > source->limit)
		status = text_fail(err, TEXT_LARGE, "the text has %zu bytes, of at most %zu", b->len,
		                   source->limit);
	return status;
}

text_status
text_expand(const text_source *source, text_bytes *b, unsigned flags, text_error *err)
{
	text_status status = expand(source, b, flags, err);

	if (status != TEXT_OK)
		text_bytes_free(b);
	return status;
}

text_status
text_read(const text_source *source, const char *address, size_t len, text_bytes *out,
          text_error *err)
{
	text_address where;
	text_status status = text_address_parse(address, len, &where, err);
	unsigned flags = where.flags;

	*out = (text_bytes){where.url.at, where.url.len, NULL};
	if (status == TEXT_OK && !where.is_url)
		status =
		    fetch(source, &(text_place){.kind = TEXT_PLACE_ROW, .id = where.id}, out, &flags, err);
	if (status == TEXT_OK)
		return text_expand(source, out, flags, err);
	text_bytes_free(out);
	return status;
}
