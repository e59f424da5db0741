/*
 * source/gtid.c
 *	  MariaDB GTIDs and GTID lists.
 */
#include "source/gtid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
gtid_format(const gtid *g, char out[GTID_TEXT_SIZE])
{
	snprintf(out, GTID_TEXT_SIZE, "%" PRIu32 "-%" PRIu32 "-%" PRIu64, g->domain, g->server,
	         g->sequence);
}

static const char *
skip_blanks(const char *t)
{
	while (*t == ' ' || *t == '\t' || *t == '\n' || *t == '\r')
		t++;
	return t;
}

/* Reads digits up to a largest number; NULL if there are none or they exceed it. */
static const char *
read_number(const char *t, uint64_t most, uint64_t *out)
{
	uint64_t v = 0;

	if (*t < '0' || *t > '9')
		return NULL;
	for (; *t >= '0' && *t <= '9'; t++)
	{
		unsigned digit = (unsigned) (*t - '0');

		if (v > (most - digit) / 10)
			return NULL;
		v = v * 10 + digit;
	}
	*out = v;
	return t;
}

/* Reads one GTID and returns what follows it, NULL if there is none. */
static const char *
read_gtid(const char *t, gtid *out)
{
	uint64_t domain, server, sequence;

	if ((t = read_number(t, UINT32_MAX, &domain)) == NULL || *t++ != '-' ||
	    (t = read_number(t, UINT32_MAX, &server)) == NULL || *t++ != '-' ||
	    (t = read_number(t, UINT64_MAX, &sequence)) == NULL)
		return NULL;
	*out = (gtid){(uint32_t) domain, (uint32_t) server, sequence};
	return t;
}

bool
gtid_parse(const char *text, gtid *out)
{
	const char *end = read_gtid(text, out);

	return end != NULL && *end == '\0';
}

/* Index of the domain's item, or of the first item behind it. */
static size_t
find_domain(const gtid_list *l, uint32_t domain)
{
	size_t low = 0, high = l->count;

	while (low < high)
	{
		size_t middle = low + (high - low) / 2;

		if (l->items[middle].domain < domain)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has_domain(const gtid_list *l, uint32_t domain, size_t *index)
{
	*index = find_domain(l, domain);
	return *index < l->count && l->items[*index].domain == domain;
}

bool
gtid_equals(const gtid *a, const gtid *b)
{
	return a->domain == b->domain && a->server == b->server && a->sequence == b->sequence;
}

bool
gtid_list_parse(const char *text, gtid_list *out)
{
	gtid_list l = {0};
	const char *t = skip_blanks(text);

	while (*t != '\0')
	{
		gtid g;
		size_t index;

		t = read_gtid(t, &g);
		if (t == NULL || has_domain(&l, g.domain, &index) || !gtid_list_set(&l, &g))
			goto bad;
		t = skip_blanks(t);
		if (*t == '\0')
			break;
		if (*t != ',')
			goto bad;
		t = skip_blanks(t + 1);
		if (*t == '\0')
			goto bad;
	}
	*out = l;
	return true;

bad:
	gtid_list_free(&l);
	return false;
}

char *
gtid_list_format(const gtid_list *l)
{
	char *text = malloc(l->count * GTID_TEXT_SIZE + 1), *t = text;

	if (text == NULL)
		return NULL;
	*t = '\0';
	for (size_t i = 0; i < l->count; i++)
	{
		if (i > 0)
			*t++ = ',';
		gtid_format(&l->items[i], t);
		t += strlen(t);
	}
	return text;
}

bool
gtid_list_set(gtid_list *l, const gtid *g)
{
	size_t index;

	if (has_domain(l, g->domain, &index))
	{
		l->items[index] = *g;
		return true;
	}
	if (l->count == l->capacity)
	{
		size_t capacity = l->capacity == 0 ? 4 : l->capacity * 2;
		gtid *items = realloc(l->items, capacity * sizeof(*items));

		if (items == NULL)
			return false;
		l->items = items;
		l->capacity = capacity;
	}
	memmove(l->items + index + 1, l->items + index, (l->count - index) * sizeof(*l->items));
	l->items[index] = *g;
	l->count++;
	return true;
}

gtid
gtid_list_find(const gtid_list *l, uint32_t domain)
{
	for (size_t i = 0; i < l->count; i++)
	{
		if (l->items[i].domain == domain)
			return l->items[i];
	}
	return (gtid){0};
}

bool
gtid_list_covers(const gtid_list *l, const gtid *g)
{
	size_t index;

	return has_domain(l, g->domain, &index) && g->sequence <= l->items[index].sequence;
}

bool
gtid_list_covers_all(const gtid_list *l, const gtid_list *other)
{
	for (size_t i = 0; i < other->count; i++)
	{
		if (!gtid_list_covers(l, &other->items[i]))
			return false;
	}
	return true;
}

bool
gtid_list_copy(const gtid_list *l, gtid_list *out)
{
	gtid_list copy = {0};

	for (size_t i = 0; i < l->count; i++)
	{
		if (!gtid_list_set(&copy, &l->items[i]))
		{
			gtid_list_free(&copy);
			return false;
		}
	}
	*out = copy;
	return true;
}

void
gtid_list_free(gtid_list *l)
{
	free(l->items);
	*l = (gtid_list){0};
}
