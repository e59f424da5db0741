/*
 * export/xml_text.c
 *	  Text in XML, byte for byte as MediaWiki writes it.
 *
 * As Xml::elementClean and Sanitizer::encodeAttribute do (MediaWiki 1.39 and 1.43), which go by UtfNormal\Validator::cleanUp:
 *
 *	 each of these becomes U+FFFD
 *	   00-08 0b 0c 0e-1f        what XML 1.0 does not have
 *	   ef bf be, ef bf bf       U+FFFE and U+FFFF
 *	   head with its tails      of too few bytes for its number (overlong), of a surrogate, or beyond U+10FFFF: once
 *	   head with fewer tails    than it says (c2-df 1, e0-ef 2, f0-f7 3, f8-fb 4, fc-fd 5): once, and what ends it is read anew
 *	   80-bf without a head, fe, ff
 *	 then the whole is normalized to NFC
 *	 then & < > are escaped, in attributes " ' too, and tab, line feed and carriage return as numbers
 *
 * A code point is stable if it stays as it is and takes no part in what stands before it: NFC changes only runs of a stable one and
 * unstable ones after it. Nearly all text is stable and is copied.
 */
#include "export/xml_text.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "support/log.h"

#define POINTS 0x110000
#define NO_POINT (-1)
#define REPLACEMENT "\xEF\xBF\xBD"

/* ---- output ---- */

void
xml_out_begin(xml_out *o, xml_sink sink, void *arg)
{
	o->sink = sink;
	o->arg = arg;
	o->failed = STATUS_OK;
	o->len = 0;
	o->points = NULL;
	o->classes = NULL;
	o->points_room = 0;
}

status
xml_out_flush(xml_out *o)
{
	if (o->failed == STATUS_OK && o->len > 0)
		o->failed = o->sink(o->arg, o->room, o->len);
	o->len = 0;
	return o->failed;
}

void
xml_out_end(xml_out *o)
{
	free(o->points);
	free(o->classes);
	o->points = NULL;
	o->classes = NULL;
	o->points_room = 0;
}

void
xml_put(xml_out *o, const char *data, size_t len)
{
	if (len > XML_OUT_ROOM - o->len)
	{
		if (xml_out_flush(o) != STATUS_OK)
			return;
		if (len > XML_OUT_ROOM)
		{
			o->failed = o->sink(o->arg, data, len);
			return;
		}
	}
	if (len > 0)
		memcpy(o->room + o->len, data, len);
	o->len += len;
}

void
xml_put_string(xml_out *o, const char *text)
{
	xml_put(o, text, strlen(text));
}

void
xml_put_integer(xml_out *o, int64_t number)
{
	char text[24];

	xml_put(o, text, (size_t) snprintf(text, sizeof(text), "%" PRId64, number));
}

/* ---- code points ---- */

static uint8_t stable_points[POINTS / 8];

static bool
is_stable(int32_t point)
{
	return (stable_points[point >> 3] >> (point & 7)) & 1;
}

static void
set_stable(int32_t point, bool stable)
{
	if (stable)
		stable_points[point >> 3] |= (uint8_t) (1 << (point & 7));
	else
		stable_points[point >> 3] &= (uint8_t) ~(1 << (point & 7));
}

/* The canonical decomposition of a code point; at most four. */
static int
decompose(int32_t point, int32_t *out, int room)
{
	int last_class = 0;

	return (int) utf8proc_decompose_char(point, out, room, UTF8PROC_DECOMPOSE | UTF8PROC_STABLE,
	                                     &last_class);
}

static void
find_stable_points(void)
{
	memset(stable_points, 0xff, sizeof(stable_points));
	for (int32_t point = 0x80; point < POINTS; point++)
	{
		const utf8proc_property_t *p = utf8proc_get_property(point);
		int32_t parts[8];
		int32_t again[8];
		int count = decompose(point, parts, 8);

		if (p->combining_class != 0)
			set_stable(point, false);
		if (count == 1 && parts[0] == point)
			continue;
		memcpy(again, parts, sizeof(parts));
		if (utf8proc_normalize_utf32(again, count, UTF8PROC_COMPOSE | UTF8PROC_STABLE) != 1 ||
		    again[0] != point)
			set_stable(point, false);
		/* what composes with something before it */
		for (int i = 1; i < count; i++)
			set_stable(parts[i], false);
	}
}

/*
 * Decodes what begins at a byte from 80 on. *used: its bytes. NO_POINT: they are replaced by U+FFFD.
 */
static int32_t
decode(const unsigned char *s, size_t len, size_t *used)
{
	static const int32_t least[4] = {0, 0x80, 0x800, 0x10000};
	const unsigned char head = s[0];
	const size_t tails = head < 0xc0   ? 0
	                     : head < 0xe0 ? 1
	                     : head < 0xf0 ? 2
	                     : head < 0xf8 ? 3
	                     : head < 0xfc ? 4
	                     : head < 0xfe ? 5
	                                   : 0;
	int32_t point;

	*used = 1;
	if (tails == 0)
		return NO_POINT;
	while (*used <= tails && *used < len && (s[*used] & 0xc0) == 0x80)
		(*used)++;
	if (*used <= tails || tails > 3)
		return NO_POINT;
	point = head & (0x3f >> tails);
	for (size_t i = 1; i <= tails; i++)
		point = (point << 6) | (s[i] & 0x3f);
	if (point < least[tails] || point >= POINTS || (point >= 0xd800 && point <= 0xdfff) ||
	    point == 0xfffe || point == 0xffff)
		return NO_POINT;
	return point;
}

/* ---- escaping ---- */

enum
{
	PLAIN,
	ESCAPED,
	ESCAPED_IN_ATTRIBUTE,
	REPLACED
};

/* What becomes of each ASCII character. */
static const uint8_t ascii_kinds[128] = {
    [0x00 ... 0x08] = REPLACED,
    [0x0b ... 0x0c] = REPLACED,
    [0x0e ... 0x1f] = REPLACED,
    ['\t'] = ESCAPED_IN_ATTRIBUTE,
    ['\n'] = ESCAPED_IN_ATTRIBUTE,
    ['\r'] = ESCAPED_IN_ATTRIBUTE,
    ['"'] = ESCAPED_IN_ATTRIBUTE,
    ['\''] = ESCAPED_IN_ATTRIBUTE,
    ['&'] = ESCAPED,
    ['<'] = ESCAPED,
    ['>'] = ESCAPED,
};

static bool
is_plain(unsigned char c, bool in_attribute)
{
	return ascii_kinds[c] == PLAIN || (ascii_kinds[c] == ESCAPED_IN_ATTRIBUTE && !in_attribute);
}

/* Writes an ASCII character that is not plain. */
static void
put_special(xml_out *o, unsigned char c)
{
	const char *text = REPLACEMENT;

	switch (c)
	{
		case '&':
			text = "&amp;";
			break;
		case '<':
			text = "&lt;";
			break;
		case '>':
			text = "&gt;";
			break;
		case '"':
			text = "&quot;";
			break;
		case '\'':
			text = "&#039;";
			break;
		case '\t':
			text = "&#9;";
			break;
		case '\n':
			text = "&#10;";
			break;
		case '\r':
			text = "&#13;";
			break;
		default:
			break;
	}
	xml_put_string(o, text);
}

static void
put_point(xml_out *o, int32_t point, bool in_attribute)
{
	utf8proc_uint8_t bytes[4];

	if (point < 0x80 && !is_plain((unsigned char) point, in_attribute))
		put_special(o, (unsigned char) point);
	else
		xml_put(o, (const char *) bytes, (size_t) utf8proc_encode_char(point, bytes));
}

/* ---- composing ---- */

static bool
points_reserve(xml_out *o, size_t count)
{
	size_t room = o->points_room == 0 ? 256 : o->points_room;
	void *grown;

	if (count <= o->points_room)
		return true;
	while (room < count)
		room *= 2;
	grown = realloc(o->points, room * sizeof(o->points[0]));
	if (grown != NULL)
	{
		o->points = grown;
		grown = realloc(o->classes, room);
	}
	if (grown == NULL)
	{
		log_error("out of memory: a text has %zu combining characters in a row", count);
		o->failed = STATUS_MEMORY;
		return false;
	}
	o->classes = grown;
	o->points_room = room;
	return true;
}

/* Adds a code point's decomposition to the count that are there; returns how many then are. */
static size_t
points_add(xml_out *o, size_t count, int32_t point)
{
	int32_t parts[8];
	int added = decompose(point, parts, 8);

	if (!points_reserve(o, count + (size_t) added))
		return count;
	for (int i = 0; i < added; i++)
	{
		o->points[count + (size_t) i] = parts[i];
		o->classes[count + (size_t) i] = (uint8_t) utf8proc_get_property(parts[i])->combining_class;
	}
	return count + (size_t) added;
}

/* Puts combining characters into the order of their classes: a stable sort by counting, since there may be millions of them. */
static void
sort_classes(xml_out *o, size_t from, size_t to)
{
	size_t places[257] = {0};
	int32_t *sorted;

	for (size_t i = from + 1; i < to; i++)
		if (o->classes[i] < o->classes[i - 1])
			break;
		else if (i + 1 == to)
			return;
	if (to - from < 2)
		return;
	sorted = malloc((to - from) * sizeof(sorted[0]));
	if (sorted == NULL)
	{
		log_error("out of memory: a text has %zu combining characters in a row", to - from);
		o->failed = STATUS_MEMORY;
		return;
	}
	for (size_t i = from; i < to; i++)
		places[o->classes[i] + 1]++;
	for (size_t i = 1; i < 257; i++)
		places[i] += places[i - 1];
	for (size_t i = from; i < to; i++)
		sorted[places[o->classes[i]]++] = o->points[i];
	memcpy(o->points + from, sorted, (to - from) * sizeof(sorted[0]));
	free(sorted);
}

/* Writes the code points from s on that are normalized together: one, and the unstable ones after it. Returns their bytes. */
static size_t
put_run(xml_out *o, const unsigned char *s, size_t len, bool in_attribute)
{
	size_t at = 0;
	size_t count = 0;
	size_t from = 0;
	utf8proc_ssize_t composed;

	while (at < len && o->failed == STATUS_OK)
	{
		size_t used = 1;
		int32_t point = s[at] < 0x80 ? s[at] : decode(s + at, len - at, &used);

		if (point == NO_POINT || (at > 0 && is_stable(point)))
			break;
		count = points_add(o, count, point);
		at += used;
	}
	for (size_t i = 0; i <= count && o->failed == STATUS_OK; i++)
		if (i == count || o->classes[i] == 0)
		{
			sort_classes(o, from, i);
			from = i + 1;
		}
	if (o->failed != STATUS_OK)
		return len;
	composed = utf8proc_normalize_utf32(o->points, (utf8proc_ssize_t) count,
	                                    UTF8PROC_COMPOSE | UTF8PROC_STABLE);
	for (utf8proc_ssize_t i = 0; i < composed; i++)
		put_point(o, o->points[i], in_attribute);
	return at;
}

/* ---- text ---- */

static void
put_clean(xml_out *o, xml_bytes text, bool in_attribute)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *s = (const unsigned char *) text.data;
	size_t written = 0; /* bytes before it are */
	size_t last = 0;    /* where the code point before at begins, or at if that is done with */
	size_t at = 0;

	pthread_once(&once, find_stable_points);
	while (at < text.len && o->failed == STATUS_OK)
	{
		size_t used = 1;
		int32_t point = s[at];

		if (point < 0x80 && is_plain(s[at], in_attribute))
		{
			last = at++;
			continue;
		}
		if (point >= 0x80)
			point = decode(s + at, text.len - at, &used);
		if (point >= 0x80 && is_stable(point))
		{
			last = at;
			at += used;
			continue;
		}
		if (point >= 0x80) /* with what it changes */
			at = last;
		xml_put(o, text.data + written, at - written);
		if (point == NO_POINT)
			xml_put_string(o, REPLACEMENT);
		else if (point < 0x80 && (ascii_kinds[point] == REPLACED || at + 1 == text.len ||
		                          (unsigned char) text.data[at + 1] < 0x80))
			put_special(o, (unsigned char) point);
		else
			used = put_run(o, s + at, text.len - at, in_attribute);
		at += used;
		written = last = at;
	}
	if (o->failed == STATUS_OK)
		xml_put(o, text.data + written, at - written);
}

void
xml_put_text(xml_out *o, xml_bytes text)
{
	put_clean(o, text, false);
}

void
xml_put_attribute(xml_out *o, xml_bytes text)
{
	put_clean(o, text, true);
}

void
xml_put_title(xml_out *o, xml_bytes title, bool in_attribute)
{
	size_t from = 0;

	/* an underscore is stable: what is between two is normalized alone */
	for (size_t i = 0; i <= title.len; i++)
		if (i == title.len || title.data[i] == '_')
		{
			put_clean(o, (xml_bytes){title.data + from, i - from}, in_attribute);
			if (i < title.len)
				xml_put(o, " ", 1);
			from = i + 1;
		}
}
