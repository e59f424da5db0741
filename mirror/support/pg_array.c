/*
 * support/pg_array.c
 *	  Arrays of text as PostgreSQL reads them.
 */
#include "support/pg_array.h"

#include <string.h>
#include <stdlib.h>

char *
pg_array_format(const char *const *items, size_t count)
{
	size_t size = 3;
	char *text, *out;

	for (size_t i = 0; i < count; i++)
		size += 2 * strlen(items[i]) + 3;
	text = out = malloc(size);
	if (text == NULL)
		return NULL;
	*out++ = '{';
	for (size_t i = 0; i < count; i++)
	{
		if (i > 0)
			*out++ = ',';
		*out++ = '"';
		for (const char *c = items[i]; *c != '\0'; c++)
		{
			if (*c == '"' || *c == '\\')
				*out++ = '\\';
			*out++ = *c;
		}
		*out++ = '"';
	}
	*out++ = '}';
	*out = '\0';
	return text;
}
