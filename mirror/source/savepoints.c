/*
 * source/savepoints.c
 *	  The savepoints of a source transaction, by name; see savepoints.h.
 */
#include "source/savepoints.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_NAMES 256
#define FIRST_ITEMS 8

struct savepoint
{
	uint64_t place;
	size_t name; /* offset in names */
};

void
savepoints_reset(savepoints *s)
{
	s->names_len = 0;
	s->count = 0;
	s->unclear = false;
}

void
savepoints_free(savepoints *s)
{
	free(s->names);
	free(s->items);
	*s = (savepoints){0};
}

static bool
is_ascii(const char *name)
{
	while (*name != '\0' && (unsigned char) *name < 0x80)
		name++;
	return *name == '\0';
}

/* Makes room for so many more elements; false without memory. */
static bool
make_room(void **base, size_t *size, size_t used, size_t more, size_t element, size_t first)
{
	size_t wanted = *size == 0 ? first : *size;
	void *grown;

	while (wanted < used + more)
		wanted *= 2;
	if (wanted == *size)
		return true;
	grown = realloc(*base, wanted * element);
	if (grown == NULL)
		return false;
	*base = grown;
	*size = wanted;
	return true;
}

bool
savepoints_add(savepoints *s, const char *name, uint64_t place)
{
	size_t len;

	if (name == NULL || !is_ascii(name))
	{
		s->unclear = true;
		return true;
	}
	len = strlen(name) + 1;
	if (!make_room((void **) &s->names, &s->names_size, s->names_len, len, 1, FIRST_NAMES) ||
	    !make_room((void **) &s->items, &s->size, s->count, 1, sizeof(*s->items), FIRST_ITEMS))
		return false;
	memcpy(s->names + s->names_len, name, len);
	s->items[s->count++] = (struct savepoint){place, s->names_len};
	s->names_len += len;
	return true;
}

bool
savepoints_find(savepoints *s, const char *name, uint64_t *place)
{
	size_t n = s->count;

	if (s->unclear || name == NULL)
		return false;
	while (n > 0 && strcasecmp(s->names + s->items[n - 1].name, name) != 0)
		n--;
	if (n == 0)
		return false;
	s->count = n;
	s->names_len = s->items[n - 1].name + strlen(s->names + s->items[n - 1].name) + 1;
	*place = s->items[n - 1].place;
	return true;
}
