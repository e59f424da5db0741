/*
 * copy/map.c
 *	  What follow does with a row of a table that is being copied; see map.h.
 */
#include "copy/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "support/log.h"

#define NUMBER_SIZE 32 /* of a decimal number of 64 bits */

struct copy_map
{
	copy_entry **entries; /* by wiki and table */
	size_t count;
	size_t room;
};

static status
out_of_memory(void)
{
	log_error("out of memory for what is copied");
	return STATUS_MEMORY;
}

static status
fail_row(const char *wiki_id, const char *table, const char *what)
{
	log_error_hint("run mwmirror snapshot --force for this wiki",
	               "what is copied of table %s of wiki %s makes no sense: %s", table, wiki_id,
	               what);
	return STATUS_TARGET;
}

/* ---- keys ---- */

/* A decimal number of at most 64 bits, signed or not. */
static bool
parse_number(const char *text, size_t len, copy_key *out)
{
	char digits[NUMBER_SIZE];
	char *end;

	if (len == 0 || len >= sizeof(digits) || strchr("-0123456789", text[0]) == NULL)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	errno = 0;
	out->negative = digits[0] == '-';
	out->number = out->negative ? (uint64_t) strtoll(digits, &end, 10) : strtoull(digits, &end, 10);
	/* '-0' is no negative number */
	out->negative = out->negative && out->number != 0;
	return errno == 0 && end == digits + len && end > digits && end[-1] != '-';
}

static bool
parse_bound(copy_key_kind kind, const char *text, size_t len, copy_key *out)
{
	if (kind == COPY_KEY_INTEGER)
		return parse_number(text, len, out);
	out->data = text;
	out->len = len;
	return kind == COPY_KEY_BYTES;
}

static int
compare_numbers(const copy_key *a, const copy_key *b)
{
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* As MariaDB orders BINARY and VARBINARY: of two that begin alike the shorter comes first. */
static int
compare_bytes(const copy_key *a, const copy_key *b)
{
	const size_t len = a->len < b->len ? a->len : b->len;
	const int order = len == 0 ? 0 : memcmp(a->data, b->data, len);

	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

static int
compare(copy_key_kind kind, const copy_key *a, const copy_key *b)
{
	return kind == COPY_KEY_INTEGER ? compare_numbers(a, b) : compare_bytes(a, b);
}

bool
copy_entry_key(const copy_entry *e, const value *v, copy_key *out)
{
	memset(out, 0, sizeof(*out));
	if (e->kind == COPY_KEY_INTEGER && (v->kind == VALUE_INT || v->kind == VALUE_UINT))
	{
		out->negative = v->kind == VALUE_INT && v->i < 0;
		out->number = v->u;
		return true;
	}
	if (e->kind == COPY_KEY_BYTES && v->kind == VALUE_BYTES)
	{
		out->data = v->bytes.data;
		out->len = v->bytes.len;
		return true;
	}
	return false;
}

/* ---- tables ---- */

copy_map *
copy_map_create(void)
{
	return calloc(1, sizeof(copy_map));
}

static void
free_chunk(copy_chunk *c)
{
	gtid_list_free(&c->position);
	free(c->bytes);
	free(c);
}

static void
free_range(copy_range *r)
{
	free(r->bytes);
	free(r);
}

static void
free_entry(copy_entry *e)
{
	for (size_t i = 0; i < e->range_count; i++)
		free_range(e->ranges[i]);
	free(e->ranges);
	for (size_t i = 0; i < e->count; i++)
		free_chunk(e->chunks[i]);
	free(e->chunks);
	free(e->wiki_id);
	free(e->table);
	free(e->key_column);
	free(e->settled_bytes);
	free(e);
}

void
copy_map_destroy(copy_map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++)
		free_entry(m->entries[i]);
	free(m->entries);
	free(m);
}

size_t
copy_map_count(const copy_map *m)
{
	return m->count;
}

copy_entry *
copy_map_at(const copy_map *m, size_t place)
{
	return m->entries[place];
}

/* The place of the first table that is not before this one. */
static size_t
find_place(const copy_map *m, const char *wiki_id, const char *table, bool *found)
{
	size_t low = 0;
	size_t high = m->count;

	*found = false;
	while (low < high)
	{
		const size_t middle = low + (high - low) / 2;
		const copy_entry *e = m->entries[middle];
		int order = strcmp(e->wiki_id, wiki_id);

		if (order == 0)
			order = strcmp(e->table, table);
		*found = *found || order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

copy_entry *
copy_map_find(const copy_map *m, const char *wiki_id, const char *table)
{
	bool found;
	const size_t place = find_place(m, wiki_id, table, &found);

	return found ? m->entries[place] : NULL;
}

void
copy_map_remove(copy_map *m, const char *wiki_id, const char *table)
{
	bool found;
	const size_t place = find_place(m, wiki_id, table, &found);

	if (!found)
		return;
	free_entry(m->entries[place]);
	m->count--;
	memmove(m->entries + place, m->entries + place + 1, (m->count - place) * sizeof(m->entries[0]));
}

/* Chunks of the same copy stay as they are known, but for those that are settled. */
static void
keep_chunks(copy_entry *e, copy_entry *known)
{
	size_t settled = 0;

	if (e->begun != known->begun)
		return;
	while (settled < known->count && known->chunks[settled]->ordinal < e->next_settled)
		free_chunk(known->chunks[settled++]);
	e->chunks = known->chunks;
	e->count = known->count - settled;
	e->room = known->room;
	if (settled > 0)
		memmove(e->chunks, e->chunks + settled, e->count * sizeof(e->chunks[0]));
	known->chunks = NULL;
	known->count = known->room = 0;
}

static status
insert_entry(copy_map *m, copy_entry *e)
{
	bool found;
	const size_t place = find_place(m, e->wiki_id, e->table, &found);

	if (found)
	{
		keep_chunks(e, m->entries[place]);
		free_entry(m->entries[place]);
		m->entries[place] = e;
		return STATUS_OK;
	}
	if (m->count == m->room)
	{
		const size_t room = m->room == 0 ? 64 : 2 * m->room;
		copy_entry **entries = realloc(m->entries, room * sizeof(m->entries[0]));

		if (entries == NULL)
			return out_of_memory();
		m->entries = entries;
		m->room = room;
	}
	memmove(m->entries + place + 1, m->entries + place, (m->count - place) * sizeof(m->entries[0]));
	m->entries[place] = e;
	m->count++;
	return STATUS_OK;
}

static bool
read_kind(const copy_table_row *row, copy_key_kind *out)
{
	*out = COPY_KEY_NONE;
	if (row->key_column == NULL)
		return row->settled_upper == NULL;
	if (row->key_kind == NULL)
		return false;
	*out = strcmp(row->key_kind, "integer") == 0 ? COPY_KEY_INTEGER : COPY_KEY_BYTES;
	return *out == COPY_KEY_INTEGER || strcmp(row->key_kind, "bytes") == 0;
}

static status
fill_entry(copy_entry *e, const copy_table_row *row)
{
	e->wiki_id = strdup(row->wiki_id);
	e->table = strdup(row->table);
	if (row->key_column != NULL)
		e->key_column = strdup(row->key_column);
	if (e->wiki_id == NULL || e->table == NULL ||
	    (row->key_column != NULL && e->key_column == NULL))
		return out_of_memory();
	if (!read_kind(row, &e->kind))
		return fail_row(row->wiki_id, row->table, "its key is of no known kind");
	e->first = strcmp(row->mode, "first") == 0;
	e->again = strcmp(row->mode, "again") == 0;
	e->done = strcmp(row->state, "copied") == 0;
	e->copied = e->done || strcmp(row->mode, "ranges") == 0;
	e->begun = row->begun;
	e->next_settled = row->next_settled;
	if (row->settled_upper == NULL)
		return STATUS_OK;
	e->settled = true;
	e->settled_bytes = malloc(row->settled_len + 1);
	if (e->settled_bytes == NULL)
		return out_of_memory();
	memcpy(e->settled_bytes, row->settled_upper, row->settled_len);
	if (!parse_bound(e->kind, e->settled_bytes, row->settled_len, &e->settled_upper))
		return fail_row(row->wiki_id, row->table, "settled_upper is no key");
	return STATUS_OK;
}

status
copy_map_put(copy_map *m, const copy_table_row *row, copy_entry **out)
{
	copy_entry *e = calloc(1, sizeof(*e));
	status result;

	if (e == NULL)
		return out_of_memory();
	result = fill_entry(e, row);
	if (result == STATUS_OK)
		result = insert_entry(m, e);
	if (result != STATUS_OK)
	{
		free_entry(e);
		return result;
	}
	if (out != NULL)
		*out = e;
	return STATUS_OK;
}

/* ---- chunks ---- */

status
copy_entry_set_copied(copy_entry *e, copy_chunk *c, const char *gtid_pos)
{
	gtid_list_free(&c->position);
	if (!gtid_list_parse(gtid_pos, &c->position))
		return fail_row(e->wiki_id, e->table, "gtid_pos of a chunk is no GTID list");
	c->state = COPY_CHUNK_COPIED;
	return STATUS_OK;
}

/* Copies and reads the bounds of a chunk or a range; *bytes holds them. */
static status
read_bounds(const copy_entry *e, const char *lower, size_t lower_len, const char *upper,
            size_t upper_len, copy_key *lower_key, copy_key *upper_key, char **bytes)
{
	*bytes = malloc(lower_len + upper_len + 1);
	if (*bytes == NULL)
		return out_of_memory();
	if (lower != NULL)
	{
		memcpy(*bytes, lower, lower_len);
		if (!parse_bound(e->kind, *bytes, lower_len, lower_key))
			return fail_row(e->wiki_id, e->table, "a lower bound is no key");
	}
	if (upper != NULL)
	{
		char *at = *bytes + (lower == NULL ? 0 : lower_len);

		memcpy(at, upper, upper_len);
		if (!parse_bound(e->kind, at, upper_len, upper_key))
			return fail_row(e->wiki_id, e->table, "an upper bound is no key");
	}
	return STATUS_OK;
}

static status
fill_chunk(copy_entry *e, copy_chunk *c, const copy_chunk_row *row)
{
	status result;

	c->ordinal = row->ordinal;
	c->from_first = row->lower == NULL;
	c->to_last = row->upper == NULL;
	result = read_bounds(e, row->lower, row->lower_len, row->upper, row->upper_len, &c->lower,
	                     &c->upper, &c->bytes);
	if (result != STATUS_OK)
		return result;
	if (strcmp(row->state, "copied") != 0)
		return STATUS_OK;
	if (row->gtid_pos == NULL)
		return fail_row(e->wiki_id, e->table, "a copied chunk has no gtid_pos");
	return copy_entry_set_copied(e, c, row->gtid_pos);
}

/* Chunks mostly come in their order. */
static status
insert_chunk(copy_entry *e, copy_chunk *c)
{
	size_t place = e->count;

	while (place > 0 && e->chunks[place - 1]->ordinal > c->ordinal)
		place--;
	if (place > 0 && e->chunks[place - 1]->ordinal == c->ordinal)
	{
		free_chunk(e->chunks[place - 1]);
		e->chunks[place - 1] = c;
		return STATUS_OK;
	}
	if (e->count == e->room)
	{
		const size_t room = e->room == 0 ? 8 : 2 * e->room;
		copy_chunk **chunks = realloc(e->chunks, room * sizeof(e->chunks[0]));

		if (chunks == NULL)
			return out_of_memory();
		e->chunks = chunks;
		e->room = room;
	}
	memmove(e->chunks + place + 1, e->chunks + place, (e->count - place) * sizeof(e->chunks[0]));
	e->chunks[place] = c;
	e->count++;
	return STATUS_OK;
}

status
copy_entry_put_chunk(copy_entry *e, const copy_chunk_row *row)
{
	copy_chunk *c = calloc(1, sizeof(*c));
	status result;

	if (c == NULL)
		return out_of_memory();
	result = fill_chunk(e, c, row);
	if (result == STATUS_OK)
		result = insert_chunk(e, c);
	if (result != STATUS_OK)
		free_chunk(c);
	return result;
}

/* ---- ranges ---- */

/* Where a range belongs: of one key behind all others, by the key. */
static size_t
range_place(const copy_entry *e, const copy_range *r)
{
	size_t low = r->one_key ? e->wide : 0;
	size_t high = r->one_key ? e->range_count : e->wide;

	while (r->one_key && low < high)
	{
		const size_t middle = low + (high - low) / 2;

		if (compare(e->kind, &e->ranges[middle]->lower, &r->lower) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static status
insert_range(copy_entry *e, copy_range *r)
{
	const size_t place = range_place(e, r);

	if (e->range_count == e->range_room)
	{
		const size_t room = e->range_room == 0 ? 8 : 2 * e->range_room;
		copy_range **ranges = realloc(e->ranges, room * sizeof(e->ranges[0]));

		if (ranges == NULL)
			return out_of_memory();
		e->ranges = ranges;
		e->range_room = room;
	}
	memmove(e->ranges + place + 1, e->ranges + place,
	        (e->range_count - place) * sizeof(e->ranges[0]));
	e->ranges[place] = r;
	e->range_count++;
	e->wide += r->one_key ? 0 : 1;
	return STATUS_OK;
}

status
copy_entry_put_range(copy_entry *e, const copy_range_row *row)
{
	copy_range *r = calloc(1, sizeof(*r));
	status result;

	if (r == NULL)
		return out_of_memory();
	r->one_key = row->one_key;
	r->from_first = row->lower == NULL;
	r->to_last = row->upper == NULL;
	result = e->kind == COPY_KEY_NONE && row->lower == NULL && row->upper == NULL
	             ? STATUS_OK
	             : read_bounds(e, row->lower, row->lower_len, row->upper, row->upper_len, &r->lower,
	                           &r->upper, &r->bytes);
	if (result == STATUS_OK)
		result = insert_range(e, r);
	if (result != STATUS_OK)
		free_range(r);
	return result;
}

static bool
in_range(const copy_entry *e, const copy_key *key)
{
	size_t low = e->wide;
	size_t high = e->range_count;

	for (size_t i = 0; i < e->wide; i++)
	{
		const copy_range *r = e->ranges[i];

		if ((r->from_first || compare(e->kind, &r->lower, key) <= 0) &&
		    (r->to_last || compare(e->kind, key, &r->upper) < 0))
			return true;
	}
	while (low < high)
	{
		const size_t middle = low + (high - low) / 2;
		const int order = compare(e->kind, &e->ranges[middle]->lower, key);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* ---- answers ---- */

/* The chunk whose range has the key; NULL if none. */
static copy_chunk *
find_chunk(const copy_entry *e, const copy_key *key)
{
	size_t low = 0;
	size_t high = e->count;
	copy_chunk *c;

	if (e->kind == COPY_KEY_NONE)
		return e->count == 0 ? NULL : e->chunks[e->count - 1];
	/* the last that does not begin behind the key */
	while (low < high)
	{
		const size_t middle = low + (high - low) / 2;

		c = e->chunks[middle];
		if (c->from_first || compare(e->kind, &c->lower, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	c = e->chunks[low - 1];
	return c->to_last || compare(e->kind, key, &c->upper) < 0 ? c : NULL;
}

copy_answer
copy_entry_answer(const copy_entry *e, const copy_key *key, const gtid *id, copy_chunk **chunk)
{
	*chunk = NULL;
	if (in_range(e, key))
		return COPY_LEAVE;
	if (e->copied && e->count == 0)
		return COPY_APPLY;
	if (e->settled && compare(e->kind, key, &e->settled_upper) < 0)
		return COPY_APPLY;
	*chunk = find_chunk(e, key);
	if (*chunk == NULL || (*chunk)->state == COPY_CHUNK_DEAD)
		return COPY_LEAVE;
	if ((*chunk)->state == COPY_CHUNK_READING)
		return COPY_WAIT;
	return gtid_list_covers(&(*chunk)->position, id) ? COPY_LEAVE : COPY_APPLY;
}

bool
copy_entry_is_blank(const copy_entry *e)
{
	return !e->copied && !e->settled && e->count == 0;
}

copy_answer
copy_entry_answer_all(const copy_entry *e, const gtid *id)
{
	bool before = e->settled || (e->copied && e->count == 0);
	bool behind = false;

	for (size_t i = 0; i < e->count; i++)
	{
		const copy_chunk *c = e->chunks[i];

		if (c->state == COPY_CHUNK_READING)
			return COPY_WAIT;
		if (c->state == COPY_CHUNK_DEAD)
			continue;
		if (gtid_list_covers(&c->position, id))
			behind = true;
		else
			before = true;
	}
	if (before && behind)
		return COPY_WAIT;
	return before ? COPY_APPLY : COPY_LEAVE;
}

bool
copy_entry_is_behind(const copy_entry *e, const gtid_list *position)
{
	if (!e->done || e->range_count > 0)
		return false;
	for (size_t i = 0; i < e->count; i++)
	{
		const copy_chunk *c = e->chunks[i];

		if (c->state != COPY_CHUNK_COPIED || !gtid_list_covers_all(position, &c->position))
			return false;
	}
	return true;
}
