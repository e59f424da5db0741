/*
 * tests/fuzz/fuzz_xml.c
 *	  Texts of any bytes in MediaWiki's XML: what comes of them is characters that XML has, escaped, and stays as it is when it is cleaned again.
 *
 * Input: the text.
 */
#include "fuzz.h"
#include "export/xml.h"
#include "export/xml_names.h"
#include "export/xml_text.h"

typedef struct written
{
	char *data;
	size_t len;
} written;

static status
take(void *arg, const char *data, size_t len)
{
	written *w = arg;

	w->data = realloc(w->data, w->len + len + 1);
	if (w->data == NULL)
		abort();
	memcpy(w->data + w->len, data, len);
	w->len += len;
	return STATUS_OK;
}

static written
clean(const char *text, size_t len, bool in_attribute)
{
	static xml_out o;
	written w = {NULL, 0};

	xml_out_begin(&o, take, &w);
	if (in_attribute)
		xml_put_attribute(&o, (xml_bytes){text, len});
	else
		xml_put_text(&o, (xml_bytes){text, len});
	if (xml_out_flush(&o) != STATUS_OK)
		abort();
	xml_out_end(&o);
	return w;
}

/* Puts characters in the place of what stands for them; aborts at what must not be there. */
static size_t
unescape(char *data, size_t len)
{
	static const struct
	{
		const char *text;
		char c;
	} entities[] = {{"&amp;", '&'},   {"&lt;", '<'},  {"&gt;", '>'},   {"&quot;", '"'},
	                {"&#039;", '\''}, {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'}};
	size_t to = 0;

	for (size_t i = 0; i < len;)
	{
		size_t found = 0;
		unsigned char c = (unsigned char) data[i];

		if (c == '<' || c == '>' || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			abort();
		for (size_t e = 0; c == '&' && e < sizeof(entities) / sizeof(entities[0]); e++)
			if (len - i >= strlen(entities[e].text) &&
			    memcmp(data + i, entities[e].text, strlen(entities[e].text)) == 0)
			{
				found = strlen(entities[e].text);
				c = (unsigned char) entities[e].c;
				break;
			}
		if (found == 0 && c == '&')
			abort();
		data[to++] = (char) c;
		i += found > 0 ? found : 1;
	}
	return to;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const xml_bytes bytes = {(const char *) data, size};
	char language[XML_LANGUAGE_SIZE];

	for (int in_attribute = 0; in_attribute < 2; in_attribute++)
	{
		written once = clean(bytes.data, size, in_attribute != 0);
		written again;
		char *copy = malloc(once.len + 1);
		size_t len;

		if (copy == NULL)
			abort();
		if (once.len > 0)
			memcpy(copy, once.data, once.len);
		len = unescape(copy, once.len);
		again = clean(copy, len, in_attribute != 0);
		if (again.len != once.len || (once.len > 0 && memcmp(again.data, once.data, once.len) != 0))
			abort();
		free(copy);
		free(once.data);
		free(again.data);
	}
	xml_language(bytes, language);
	(void) xml_is_address(bytes);
	if (size > 0)
		(void) xml_is_no_target(bytes);
	return 0;
}
