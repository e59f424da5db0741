/*
 * rows/charset.c
 *	  MariaDB's charsets to UTF-8; see charset.h.
 *
 * A table of all characters of a charset is made by iconv when the first text of it comes, and kept: bytes are then looked up,
 * without a state that a bad byte could leave wrong.
 */
#include "rows/charset.h"

#include <iconv.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "rows/charset_table.h"

#define CODES 65536
#define LEADS_THREE 0x8F /* the byte before characters of two more, in ujis and eucjpms */
#define REPLACEMENT 0xFFFD

/* Unicode by the character's bytes; 0: there is no such character. */
typedef struct code_table
{
	uint16_t one[256];
	uint16_t two[CODES];
	uint16_t three[CODES]; /* by the two bytes behind LEADS_THREE */
	bool has_three;
	bool trails[256]; /* bytes that come second in some character */
	uint8_t first_lead;
} code_table;

static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(code_table *) tables[CHARSET_COUNT];

/* ---- making a table ---- */

/* The one character of the Basic Multilingual Plane that iconv makes of these bytes, or 0. */
static uint16_t
ask_iconv(iconv_t cd, const uint8_t *bytes, size_t len)
{
	char copy[3];
	uint8_t made[8];
	char *in = memcpy(copy, bytes, len), *out = (char *) made;
	size_t in_left = len, out_left = sizeof(made);

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &in, &in_left, &out, &out_left) != 0 || out_left != sizeof(made) - 2)
		return 0;
	return (uint16_t) (made[0] << 8 | made[1]);
}

static void
set_code(code_table *t, uint32_t code, uint16_t unicode)
{
	if (code > 0xFFFF)
		t->three[code & 0xFFFF] = unicode;
	else if (code > 0xFF)
		t->two[code] = unicode;
	else
		t->one[code] = unicode;
}

static void
fill_table(code_table *t, const charset *cs, iconv_t cd)
{
	for (unsigned i = 1; i < 256; i++)
		t->one[i] = ask_iconv(cd, &(uint8_t){(uint8_t) i}, 1);
	for (unsigned i = 0x80 << 8; i < CODES; i++)
	{
		const uint8_t bytes[] = {LEADS_THREE, (uint8_t) (i >> 8), (uint8_t) i};

		if (t->one[bytes[1]] == 0)
			t->two[i] = ask_iconv(cd, bytes + 1, 2);
		t->three[i] = ask_iconv(cd, bytes, 3);
		t->has_three = t->has_three || t->three[i] != 0;
	}
	for (unsigned i = 0; i < cs->run_count; i++)
	{
		const charset_run *run = &cs->runs[i];

		for (unsigned j = 0; j < run->count; j++)
			set_code(t, run->code + j, (uint16_t) (run->unicode + j));
	}
}

/* Which bytes come first and second, for two that could be a character but are none. */
static void
find_leads(code_table *t)
{
	for (unsigned i = 0; i < CODES; i++)
	{
		if (t->two[i] == 0)
			continue;
		if (t->first_lead == 0)
			t->first_lead = (uint8_t) (i >> 8);
		t->trails[i & 0xFF] = true;
	}
}

/* NULL if iconv does not know the charset, or without memory. */
static code_table *
make_table(const charset *cs)
{
	iconv_t cd = iconv_open("UTF-16BE", cs->iconv);
	code_table *t;

	if (cd == (iconv_t) -1)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t != NULL)
	{
		fill_table(t, cs, cd);
		find_leads(t);
	}
	iconv_close(cd);
	return t;
}

static const code_table *
get_table(int number)
{
	code_table *t = tables[number];

	if (t != NULL)
		return t;
	pthread_mutex_lock(&tables_lock);
	t = tables[number];
	if (t == NULL)
	{
		t = make_table(charset_get(number));
		tables[number] = t;
	}
	pthread_mutex_unlock(&tables_lock);
	return t;
}

/* ---- reading characters ---- */

/* Takes a character at p, of which left bytes are left, into *unicode, 0 if there is none. Returns the bytes taken. */
static size_t
take_by_table(const code_table *t, const uint8_t *p, size_t left, uint32_t *unicode)
{
	*unicode = t->one[p[0]];
	if (*unicode != 0 || left < 2)
		return 1;
	*unicode = t->two[p[0] << 8 | p[1]];
	if (*unicode != 0)
		return 2;
	if (left >= 3 && p[0] == LEADS_THREE)
		*unicode = t->three[p[1] << 8 | p[2]];
	if (*unicode != 0)
		return 3;
	if (t->first_lead == 0 || p[0] < t->first_lead || !t->trails[p[1]])
		return 1;
	return t->has_three && p[0] == LEADS_THREE && left >= 3 && t->trails[p[2]] ? 3 : 2;
}

static uint32_t
code_unit(const uint8_t *p, bool little)
{
	return little ? (uint32_t) (p[1] << 8 | p[0]) : (uint32_t) (p[0] << 8 | p[1]);
}

static size_t
take_utf16(const uint8_t *p, size_t left, bool little, uint32_t *unicode)
{
	uint32_t low;

	*unicode = 0;
	if (left < 2)
		return left;
	*unicode = code_unit(p, little);
	if (*unicode < 0xD800 || *unicode > 0xDFFF)
		return 2;
	low = left < 4 ? 0 : code_unit(p + 2, little);
	if (*unicode > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
	{
		*unicode = 0;
		return 2;
	}
	*unicode = 0x10000 + ((*unicode - 0xD800) << 10) + (low - 0xDC00);
	return 4;
}

static size_t
take_utf32(const uint8_t *p, size_t left, uint32_t *unicode)
{
	*unicode = 0;
	if (left < 4)
		return left;
	*unicode =
	    (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | (uint32_t) p[3];
	if (*unicode > 0x10FFFF || (*unicode >= 0xD800 && *unicode <= 0xDFFF))
		*unicode = 0;
	return 4;
}

static size_t
take_character(charset_form form, const code_table *t, const uint8_t *p, size_t left,
               uint32_t *unicode)
{
	switch (form)
	{
		case FORM_UTF16:
		case FORM_UTF16LE:
			return take_utf16(p, left, form == FORM_UTF16LE, unicode);
		case FORM_UTF32:
			return take_utf32(p, left, unicode);
		default:
			return take_by_table(t, p, left, unicode);
	}
}

static char *
put_utf8(char *out, uint32_t c)
{
	if (c < 0x80)
		*out++ = (char) c;
	else if (c < 0x800)
		*out++ = (char) (0xC0 | c >> 6);
	else if (c < 0x10000)
		*out++ = (char) (0xE0 | c >> 12);
	else
	{
		*out++ = (char) (0xF0 | c >> 18);
		*out++ = (char) (0x80 | (c >> 12 & 0x3F));
	}
	if (c >= 0x800)
		*out++ = (char) (0x80 | (c >> 6 & 0x3F));
	if (c >= 0x80)
		*out++ = (char) (0x80 | (c & 0x3F));
	return out;
}

static bool
is_ascii(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if ((signed char) data[i] <= 0)
			return false;
	}
	return true;
}

charset_answer
charset_decode(unsigned collation, const char *data, size_t len, arena *a, const char **text,
               size_t *text_len)
{
	const int number = collation == 0 ? -1 : charset_of_collation(collation);
	const charset_form form = number < 0 ? FORM_NONE : charset_get(number)->form;
	const bool by_table = form == FORM_TABLE || form == FORM_OTHER_7;
	const code_table *t = by_table ? get_table(number) : NULL;
	const uint8_t *p = (const uint8_t *) data, *const end = p + len;
	charset_answer answer = CHARSET_DECODED;
	char *out;

	*text = data;
	*text_len = len;
	if (collation == 0 || form == FORM_BYTES)
		return CHARSET_AS_IT_IS;
	if (form == FORM_NONE || (by_table && t == NULL))
		return CHARSET_UNKNOWN;
	if (len == 0 || (form == FORM_TABLE && is_ascii(data, len)))
		return CHARSET_AS_IT_IS;
	/* at most three bytes of each, but four of the four of a character of utf32 */
	out = len > SIZE_MAX / 3 - 1 ? NULL : arena_alloc(a, 3 * len + 1);
	if (out == NULL)
		return CHARSET_NO_MEMORY;
	*text = out;
	while (p < end)
	{
		uint32_t unicode;

		p += take_character(form, t, p, (size_t) (end - p), &unicode);
		if (unicode == 0)
			answer = CHARSET_DAMAGED;
		out = put_utf8(out, unicode == 0 ? REPLACEMENT : unicode);
	}
	*text_len = (size_t) (out - *text);
	return answer;
}

const char *
charset_comma(unsigned collation, size_t *len)
{
	const int number = charset_of_collation(collation);

	*len = 1;
	switch (number < 0 ? FORM_BYTES : charset_get(number)->form)
	{
		case FORM_UTF16:
			*len = 2;
			return "\0,";
		case FORM_UTF16LE:
			*len = 2;
			return ",\0";
		case FORM_UTF32:
			*len = 4;
			return "\0\0\0,";
		default:
			return ",";
	}
}

const char *
charset_name(unsigned collation)
{
	const int number = charset_of_collation(collation);

	return number < 0 ? "unknown" : charset_get(number)->name;
}
