/*
 * mapping/convert.c
 *	  One or more source values to one target value; see convert.h.
 */
#include "mapping/convert.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define UNIX_TO_POSTGRES_SECONDS INT64_C(946684800)
#define MICROSECONDS INT64_C(1000000)
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define REPLACEMENT_LENGTH 3
#define NUMBER_TEXT_SIZE 32

/* MediaWiki 1.39 User.php: INVALID_TOKEN, what newSystemUser() leaves in user_token. */
#define INVALID_TOKEN "*** INVALID ***"

static const struct
{
	const char *name;
	convert_kind kind;
	bool gathers;
} kinds[] = {
    {"int", CONVERT_INT, false},
    {"bool", CONVERT_BOOL, false},
    {"float", CONVERT_FLOAT, false},
    {"text", CONVERT_TEXT, false},
    {"key_text", CONVERT_KEY_TEXT, false},
    {"bytes", CONVERT_BYTES, false},
    {"timestamp", CONVERT_TIMESTAMP, false},
    {"enum", CONVERT_ENUM, false},
    {"content", CONVERT_CONTENT, true},
    {"content_flags", CONVERT_CONTENT_FLAGS, true},
    {"negated", CONVERT_NEGATED, false},
    {"constant", CONVERT_CONSTANT, true},
    {"system_user", CONVERT_SYSTEM_USER, true},
};

bool
convert_kind_parse(const char *name, convert_kind *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
		{
			*out = kinds[i].kind;
			return true;
		}
	}
	return false;
}

const char *
convert_kind_name(convert_kind kind)
{
	return kinds[kind].name;
}

bool
convert_kind_gathers(convert_kind kind)
{
	return kinds[kind].gathers;
}

static bool fail(convert_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool
fail(convert_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return false;
}

static bool
fail_memory(convert_error *err, size_t size)
{
	return fail(err, "out of memory for %zu bytes", size);
}

/* ---- UTF-8 ---- */

/* Length of the valid sequence at p (p < end, *p >= 0x80), or 0. */
static inline size_t
utf8_sequence(const uint8_t *p, const uint8_t *end)
{
	uint8_t first = p[0];
	size_t left = (size_t) (end - p);

	if (first < 0xC2 || first > 0xF4)
		return 0;
	if (left < 2 || (p[1] & 0xC0) != 0x80)
		return 0;
	if (first < 0xE0)
		return 2;
	if (left < 3 || (p[2] & 0xC0) != 0x80)
		return 0;
	if (first < 0xF0)
	{
		if ((first == 0xE0 && p[1] < 0xA0) || (first == 0xED && p[1] > 0x9F))
			return 0; /* overlong, surrogate */
		return 3;
	}
	if (left < 4 || (p[3] & 0xC0) != 0x80)
		return 0;
	if ((first == 0xF0 && p[1] < 0x90) || (first == 0xF4 && p[1] > 0x8F))
		return 0; /* overlong, beyond U+10FFFF */
	return 4;
}

/* True if none of the 8 bytes is NUL or has its high bit set. */
static inline bool
plain_ascii_word(uint64_t w)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const uint64_t ones = UINT64_C(0x0101010101010101);

	return ((w | ((w - ones) & ~w)) & high) == 0;
}

size_t
convert_utf8_valid_prefix(const char *data, size_t len)
{
	const uint8_t *start = (const uint8_t *) data;
	const uint8_t *end = start + len;
	const uint8_t *p = start;

	while (p < end)
	{
		uint64_t w;
		size_t n;

		while ((size_t) (end - p) >= sizeof(w))
		{
			memcpy(&w, p, sizeof(w));
			if (!plain_ascii_word(w))
				break;
			p += sizeof(w);
		}
		if (p == end)
			break;
		if (*p != 0 && *p < 0x80)
		{
			p++;
			continue;
		}
		n = *p == 0 ? 0 : utf8_sequence(p, end);
		if (n == 0)
			break;
		p += n;
	}
	return (size_t) (p - start);
}

/* Copies text with U+FFFD for each bad byte into out, or only counts if out is NULL; returns bytes. */
static size_t
replace_bad_bytes(const char *data, size_t len, char *out)
{
	size_t written = 0;

	while (len > 0)
	{
		size_t good = convert_utf8_valid_prefix(data, len);

		if (out != NULL)
			memcpy(out + written, data, good);
		written += good;
		data += good;
		len -= good;
		if (len == 0)
			break;
		if (out != NULL)
			memcpy(out + written, REPLACEMENT, REPLACEMENT_LENGTH);
		written += REPLACEMENT_LENGTH;
		data++;
		len--;
	}
	return written;
}

static uint64_t
fnv1a_64(const char *data, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t) data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Bytes as text. key: bad text gets a suffix that tells it from other bad text (key_text). */
static bool
set_text(const char *data, size_t len, bool key, arena *a, target_value *out, convert_error *err)
{
	const size_t suffix = REPLACEMENT_LENGTH + 16;
	size_t size;
	char *text;

	out->kind = TARGET_TEXT;
	if (convert_utf8_valid_prefix(data, len) == len)
	{
		out->bytes.data = data;
		out->bytes.len = len;
		return true;
	}
	size = replace_bad_bytes(data, len, NULL);
	text = arena_alloc(a, size + suffix + 1);
	if (text == NULL)
		return fail_memory(err, size);
	replace_bad_bytes(data, len, text);
	if (key)
	{
		snprintf(text + size, suffix + 1, REPLACEMENT "%016" PRIx64, fnv1a_64(data, len));
		size += suffix;
	}
	out->bytes.data = text;
	out->bytes.len = size;
	out->raw_needed = true;
	out->raw = data;
	out->raw_len = len;
	return true;
}

/* ---- numbers ---- */

static const char *
kind_of_value(const value *v)
{
	static const char *const names[] = {"absent",   "NULL",      "integer", "unsigned integer",
	                                    "floating", "timestamp", "string"};

	return names[v->kind];
}

static bool
parse_number(const char *data, size_t len, int64_t *out)
{
	uint64_t n = 0;
	bool negative = len > 0 && data[0] == '-';
	size_t i = negative ? 1 : 0;

	if (i == len)
		return false;
	for (; i < len; i++)
	{
		uint8_t digit = (uint8_t) (data[i] - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > (uint64_t) INT64_MAX + (negative ? 1 : 0))
		return false;
	*out = negative ? (int64_t) (0 - n) : (int64_t) n;
	return true;
}

/* Any numeric value as an int64. */
static bool
read_int(const value *v, int64_t *out, convert_error *err)
{
	switch (v->kind)
	{
		case VALUE_INT:
		case VALUE_TIMESTAMP:
			*out = v->i;
			return true;
		case VALUE_UINT:
			if (v->u > INT64_MAX)
				return fail(err, "%" PRIu64 " does not fit into bigint", v->u);
			*out = (int64_t) v->u;
			return true;
		case VALUE_BYTES:
			if (parse_number(v->bytes.data, v->bytes.len, out))
				return true;
			return fail(err, "a string that is not an integer: \"%.*s\"",
			            (int) (v->bytes.len > 40 ? 40 : v->bytes.len), v->bytes.data);
		default:
			return fail(err, "expected an integer, found %s", kind_of_value(v));
	}
}

static bool
read_double(const value *v, double *out, convert_error *err)
{
	char text[64];
	char *end;
	int64_t i;

	if (v->kind == VALUE_DOUBLE)
	{
		*out = v->d;
		return true;
	}
	if (v->kind == VALUE_BYTES && v->bytes.len > 0 && v->bytes.len < sizeof(text))
	{
		memcpy(text, v->bytes.data, v->bytes.len);
		text[v->bytes.len] = '\0';
		*out = strtod(text, &end);
		if (*end == '\0')
			return true;
		return fail(err, "a string that is not a number: \"%s\"", text);
	}
	if (!read_int(v, &i, err))
		return false;
	*out = (double) i;
	return true;
}

/* A number as MariaDB prints it. Returns its length. */
static int
print_number(const value *v, char out[NUMBER_TEXT_SIZE])
{
	if (v->kind == VALUE_UINT)
		return snprintf(out, NUMBER_TEXT_SIZE, "%" PRIu64, v->u);
	if (v->kind == VALUE_DOUBLE)
		return snprintf(out, NUMBER_TEXT_SIZE, "%.17g", v->d);
	return snprintf(out, NUMBER_TEXT_SIZE, "%" PRId64, v->i);
}

bool
convert_is_zero(const value *v)
{
	switch (v->kind)
	{
		case VALUE_INT:
		case VALUE_TIMESTAMP:
			return v->i == 0;
		case VALUE_UINT:
			return v->u == 0;
		case VALUE_DOUBLE:
			return v->d == 0;
		case VALUE_BYTES:
			for (size_t i = 0; i < v->bytes.len; i++)
			{
				if (v->bytes.data[i] != '0' && v->bytes.data[i] != '\0')
					return false;
			}
			return true;
		default:
			return true;
	}
}

bool
convert_same(const value *a, const value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind)
	{
		case VALUE_ABSENT:
		case VALUE_NULL:
			return true;
		case VALUE_DOUBLE:
			return memcmp(&a->d, &b->d, sizeof(a->d)) == 0;
		case VALUE_BYTES:
			return a->bytes.len == b->bytes.len &&
			       memcmp(a->bytes.data, b->bytes.data, a->bytes.len) == 0;
		default:
			return a->u == b->u;
	}
}

/* ---- timestamps ---- */

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t
days_from_date(int64_t year, unsigned month, unsigned day)
{
	int64_t era;
	unsigned year_of_era;
	unsigned day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = (unsigned) (year - era * 400);
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
	       719468;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* count digits at p as a number; false if one is not a digit. */
static inline bool
read_digits(const char *p, unsigned count, unsigned *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
	{
		unsigned digit = (unsigned) (uint8_t) p[i] - '0';

		if (digit > 9)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	return true;
}

/* The fraction '.d{1,6}' that may follow a DATETIME. */
static bool
read_fraction(const char *p, size_t len, unsigned *microseconds)
{
	*microseconds = 0;
	if (len == 0)
		return true;
	if (len < 2 || len > 7 || p[0] != '.' || !read_digits(p + 1, (unsigned) len - 1, microseconds))
		return false;
	for (size_t i = len - 1; i < 6; i++)
		*microseconds *= 10;
	return true;
}

/* MediaWiki's YYYYMMDDHHMMSS, or MariaDB's 'YYYY-MM-DD HH:MM:SS[.ffffff]', as PostgreSQL's microseconds. */
static bool
parse_timestamp(const char *p, size_t len, int64_t *out)
{
	static const uint8_t plain[] = {0, 4, 6, 8, 10, 12};
	static const uint8_t punctuated[] = {0, 5, 8, 11, 14, 17};
	const uint8_t *at = len == 14 ? plain : punctuated;
	unsigned part[6];
	unsigned fraction = 0;

	if (len != 14 && (len < 19 || p[4] != '-' || p[7] != '-' || p[10] != ' ' || p[13] != ':' ||
	                  p[16] != ':' || !read_fraction(p + 19, len - 19, &fraction)))
		return false;
	for (int i = 0; i < 6; i++)
	{
		if (!read_digits(p + at[i], i == 0 ? 4 : 2, &part[i]))
			return false;
	}
	if (part[0] < 1 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > days_in_month(part[0], part[1]) || part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*out = (days_from_date(part[0], part[1], part[2]) * 86400 + part[3] * 3600 + part[4] * 60 +
	        part[5] - UNIX_TO_POSTGRES_SECONDS) *
	           MICROSECONDS +
	       fraction;
	return true;
}

/* True for '', '00000000000000', '0000-00-00 00:00:00' and strings of NULs. */
static bool
is_zero_date(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (p[i] != '0' && p[i] != '\0' && strchr("-: .", p[i]) == NULL)
			return false;
	}
	return true;
}

static bool
convert_timestamp(const value *v, target_value *out)
{
	size_t len;

	out->kind = TARGET_TIMESTAMPTZ;
	if (v->kind != VALUE_BYTES)
	{
		/* TIMESTAMP (0 is the zero date); integers do not occur in MediaWiki and read as unix seconds */
		int64_t unix_time = v->kind == VALUE_TIMESTAMP ? v->i : v->i * MICROSECONDS;

		if (unix_time == 0)
			out->kind = TARGET_NULL;
		else
			out->i = unix_time - UNIX_TO_POSTGRES_SECONDS * MICROSECONDS;
		return true;
	}
	len = v->bytes.len;
	while (len > 0 && v->bytes.data[len - 1] == '\0') /* BINARY(14) is padded */
		len--;
	if (len == 8 && memcmp(v->bytes.data, "infinity", 8) == 0)
		out->i = CONVERT_INFINITY;
	else if (!parse_timestamp(v->bytes.data, len, &out->i))
	{
		out->kind = TARGET_NULL;
		if (!is_zero_date(v->bytes.data, len))
		{
			out->raw_needed = true;
			out->raw = v->bytes.data;
			out->raw_len = v->bytes.len;
		}
	}
	return true;
}

/* ---- text with flags (mediawiki-facts §4.3; 1.39 SqlBlobStore::expandBlob) ---- */

/* True if the comma list holds the word. */
static bool
flags_hold(const char *flags, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	while (len > 0)
	{
		const char *comma = memchr(flags, ',', len);
		size_t item = comma == NULL ? len : (size_t) (comma - flags);

		if (item == word_len && memcmp(flags, word, item) == 0)
			return true;
		if (comma == NULL)
			break;
		flags += item + 1;
		len -= item + 1;
	}
	return false;
}

typedef enum inflate_result
{
	INFLATE_OK,
	INFLATE_BAD,
	INFLATE_MEMORY
} inflate_result;

/* Inflates PHP's gzdeflate() (raw deflate), growing by doubling up to CONVERT_CONTENT_MAX. */
static inflate_result
inflate_raw(const char *data, size_t len, arena *a, char **out, size_t *out_len)
{
	z_stream z = {0};
	size_t size = len * 4 + 256;
	inflate_result result = INFLATE_MEMORY;
	char *buffer;
	int rc = Z_OK;

	if (len > CONVERT_CONTENT_MAX || inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return INFLATE_MEMORY;
	buffer = malloc(size);
	z.next_in = (Bytef *) data;
	z.avail_in = (uInt) len;
	while (buffer != NULL)
	{
		char *grown;

		z.next_out = (Bytef *) buffer + z.total_out;
		z.avail_out = (uInt) (size - z.total_out);
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc != Z_OK || z.avail_out > 0)
			break;
		if (size >= CONVERT_CONTENT_MAX)
			break;
		size *= 2;
		grown = realloc(buffer, size);
		if (grown == NULL)
			free(buffer);
		buffer = grown;
	}
	if (buffer != NULL && rc != Z_STREAM_END)
		result = INFLATE_BAD;
	else if (buffer != NULL)
	{
		*out = arena_copy(a, buffer, z.total_out);
		*out_len = z.total_out;
		result = *out == NULL ? INFLATE_MEMORY : INFLATE_OK;
	}
	free(buffer);
	inflateEnd(&z);
	return result;
}

/* Sources: old_text, old_flags. Text that cannot be resolved (external, objects) is kept as it is. */
static bool
convert_content(const value *text, const value *flags, bool as_bytes, arena *a, target_value *out,
                convert_error *err)
{
	const char *data = text->bytes.data;
	size_t len = text->bytes.len;
	char *inflated;

	if (text->kind != VALUE_BYTES)
		return fail(err, "expected a string, found %s", kind_of_value(text));
	if (flags->kind == VALUE_ABSENT)
		return fail(err, "the row image holds a changed text without its flags");
	if (flags->kind == VALUE_BYTES && flags_hold(flags->bytes.data, flags->bytes.len, "gzip") &&
	    !flags_hold(flags->bytes.data, flags->bytes.len, "external"))
	{
		inflate_result result = inflate_raw(data, len, a, &inflated, &len);

		if (result == INFLATE_MEMORY)
			return fail_memory(err, text->bytes.len);
		if (result == INFLATE_OK)
			data = inflated;
		else
			len = text->bytes.len;
	}
	if (!as_bytes)
		return set_text(data, len, false, a, out, err);
	out->kind = TARGET_BYTES;
	out->bytes.data = data;
	out->bytes.len = len;
	return true;
}

/* Sources: [old_text,] old_flags. Drops gzip when convert_content inflates. */
static bool
convert_content_flags(const value *text, const value *flags, arena *a, target_value *out,
                      convert_error *err)
{
	size_t kept = 0;
	const char *item = flags->bytes.data;
	const char *end = item + flags->bytes.len;
	char *list;
	char *inflated;
	size_t inflated_len;

	if (flags->kind != VALUE_BYTES)
		return fail(err, "expected a string, found %s", kind_of_value(flags));
	if (!flags_hold(flags->bytes.data, flags->bytes.len, "gzip") ||
	    flags_hold(flags->bytes.data, flags->bytes.len, "external") ||
	    (text != NULL && text->kind == VALUE_BYTES &&
	     inflate_raw(text->bytes.data, text->bytes.len, a, &inflated, &inflated_len) != INFLATE_OK))
		return set_text(flags->bytes.data, flags->bytes.len, false, a, out, err);
	list = arena_alloc(a, flags->bytes.len + 1);
	if (list == NULL)
		return fail_memory(err, flags->bytes.len);
	while (item < end)
	{
		const char *comma = memchr(item, ',', (size_t) (end - item));
		size_t len = (size_t) ((comma == NULL ? end : comma) - item);

		if (!(len == 4 && memcmp(item, "gzip", 4) == 0))
		{
			if (kept > 0)
				list[kept++] = ',';
			memcpy(list + kept, item, len);
			kept += len;
		}
		item += len + 1;
	}
	return set_text(list, kept, false, a, out, err);
}

/* ---- users ---- */

static bool
bytes_are(const value *v, const char *text)
{
	size_t len = v->bytes.len;

	if (v->kind == VALUE_NULL)
		return *text == '\0';
	if (v->kind != VALUE_BYTES)
		return false;
	while (len > 0 && v->bytes.data[len - 1] == '\0') /* user_token is BINARY(32) */
		len--;
	return len == strlen(text) && memcmp(v->bytes.data, text, len) == 0;
}

/*
 * Sources: user_token, user_email, user_password. A system user (1.39 User::isSystemUser) has the invalid
 * token, no email and no usable password. A MINIMAL image may lack some of them: one that says no decides,
 * the token alone says yes, and without the token nothing is known.
 */
static void
convert_system_user(const value *const *sources, target_value *out)
{
	const value *token = sources[0];
	const value *email = sources[1];
	const value *password = sources[2];

	out->kind = TARGET_BOOL;
	out->b = false;
	if (email->kind != VALUE_ABSENT && !bytes_are(email, ""))
		return;
	if (password->kind != VALUE_ABSENT && !bytes_are(password, "") &&
	    !bytes_are(password, ":null:"))
		return;
	if (token->kind == VALUE_ABSENT)
		out->kind = TARGET_ABSENT;
	else
		out->b = bytes_are(token, INVALID_TOKEN);
}

/* ---- dispatch ---- */

/* Strings and, for columns that were once numbers, numbers as text. */
static bool
convert_text(const value *v, bool key, bool as_bytes, arena *a, target_value *out,
             convert_error *err)
{
	char number[NUMBER_TEXT_SIZE];
	const char *data = v->bytes.data;
	size_t len;

	if (v->kind == VALUE_BYTES)
		len = v->bytes.len;
	else
	{
		len = (size_t) print_number(v, number);
		data = arena_copy(a, number, len);
		if (data == NULL)
			return fail_memory(err, len);
	}
	if (!as_bytes)
		return set_text(data, len, key, a, out, err);
	out->kind = TARGET_BYTES;
	out->bytes.data = data;
	out->bytes.len = len;
	return true;
}

static bool
convert_number(convert_kind kind, const value *v, target_value *out, convert_error *err)
{
	if (kind == CONVERT_FLOAT)
	{
		out->kind = TARGET_DOUBLE;
		return read_double(v, &out->d, err);
	}
	if (kind == CONVERT_BOOL)
	{
		out->kind = TARGET_BOOL;
		out->b = !convert_is_zero(v);
		return true;
	}
	out->kind = TARGET_INT;
	if (!read_int(v, &out->i, err))
		return false;
	if (kind == CONVERT_NEGATED)
	{
		if (out->i == INT64_MIN)
			return fail(err, "%" PRId64 " has no negative in bigint", out->i);
		out->i = -out->i;
	}
	return true;
}

static bool
convert_gathered(convert_kind kind, const value *const *sources, unsigned source_count,
                 bool as_bytes, arena *a, target_value *out, convert_error *err)
{
	const value *last;

	if (kind == CONVERT_SYSTEM_USER)
	{
		if (source_count != 3)
			return fail(err, "kind system_user wants three source columns");
		convert_system_user(sources, out);
		return true;
	}
	if (source_count < 1 || source_count > 2 || (kind == CONVERT_CONTENT && source_count != 2))
		return fail(err, "kind %s has a wrong number of source columns", convert_kind_name(kind));
	last = sources[source_count - 1];
	if (kind == CONVERT_CONTENT)
	{
		out->kind = sources[0]->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
		if (sources[0]->kind == VALUE_NULL || sources[0]->kind == VALUE_ABSENT)
			return true;
		return convert_content(sources[0], last, as_bytes, a, out, err);
	}
	out->kind = last->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
	if (last->kind == VALUE_NULL || last->kind == VALUE_ABSENT)
		return true;
	return convert_content_flags(source_count == 2 ? sources[0] : NULL, last, a, out, err);
}

bool
convert_value(convert_kind kind, const value *const *sources, unsigned source_count, bool as_bytes,
              arena *a, target_value *out, convert_error *err)
{
	const value *v = source_count > 0 ? sources[0] : NULL;

	out->raw_needed = false;
	if (kind == CONVERT_CONSTANT || v == NULL)
		return fail(err, "kind %s takes no source column", convert_kind_name(kind));
	if (convert_kind_gathers(kind))
		return convert_gathered(kind, sources, source_count, as_bytes, a, out, err);
	if (v->kind == VALUE_ABSENT || v->kind == VALUE_NULL)
	{
		out->kind = v->kind == VALUE_NULL ? TARGET_NULL : TARGET_ABSENT;
		return true;
	}
	switch (kind)
	{
		case CONVERT_INT:
		case CONVERT_NEGATED:
		case CONVERT_BOOL:
		case CONVERT_FLOAT:
			return convert_number(kind, v, out, err);
		case CONVERT_TIMESTAMP:
			return convert_timestamp(v, out);
		case CONVERT_BYTES:
			return convert_text(v, false, true, a, out, err);
		default:
			return convert_text(v, kind == CONVERT_KEY_TEXT, as_bytes, a, out, err);
	}
}
