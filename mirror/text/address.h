/*
 * text/address.h
 *	  Where a text is: content.content_address, and the addresses of External Storage.
 */
#ifndef MWMIRROR_TEXT_ADDRESS_H
#define MWMIRROR_TEXT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "php/serialized.h"
#include "text/result.h"

/* A blob of External Storage, or an item of the object in it. */
typedef struct text_url
{
	php_span cluster;
	uint64_t id; /* blob_id */
	bool has_item;
	php_span item;
} text_url;

typedef struct text_address
{
	bool is_url; /* else it is a row of text */
	uint64_t id; /* old_id */
	php_span url;
	unsigned flags; /* of the blob at the url, with TEXT_FLAG_EXTERNAL */
} text_address;

/* Parses a content address. TEXT_LOST: it says so. TEXT_UNKNOWN: another kind of address. Points into the text. */
text_status text_address_parse(const char *text, size_t len, text_address *out, text_error *err);

/* Parses DB://CLUSTER/ID or DB://CLUSTER/ID/ITEM. TEXT_UNKNOWN: another kind of storage. Points into the text. */
text_status text_url_parse(const char *text, size_t len, text_url *out, text_error *err);

/* Parses digits, a number above 0 without a zero before it; false: they are none, or it has more than 63 bits. */
bool text_id_parse(php_span text, uint64_t *out);

#endif
