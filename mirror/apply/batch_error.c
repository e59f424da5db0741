/*
 * apply/batch_error.c
 *	  The guilty change of a batch; see batch_error.h.
 */
#include "apply/batch_error.h"

#include <stdio.h>
#include <string.h>
#include "wire/batch.h"

#define COLUMN "), column "

/* Copies what is from start to end, as far as there is room. */
static void
copy_part(char *out, size_t size, const char *start, const char *end)
{
	size_t len = (size_t) (end - start);

	if (len > size - 1)
		len = size - 1;
	memcpy(out, start, len);
	out[len] = '\0';
}

/* What follows "key (": the wiki, the rest of the key, and perhaps a column. */
static void
parse_key(const char *text, batch_guilty *out)
{
	const char *end = strrchr(text, ')');
	const char *comma = strstr(text, ", ");

	if (end == NULL)
		end = text + strlen(text);
	if (strncmp(end, COLUMN, strlen(COLUMN)) == 0)
		copy_part(out->column, sizeof(out->column), end + 1, end + 1 + strcspn(end + 1, "\n"));
	if (comma == NULL || comma > end)
		comma = end;
	copy_part(out->wiki, sizeof(out->wiki), text, comma);
	if (comma < end)
		copy_part(out->key, sizeof(out->key), comma + 2, end);
}

/* A line of the context that is the function's. */
static bool
parse_line(const char *line, batch_guilty *out)
{
	const char *table;
	const char *key;
	int used = 0;

	memset(out, 0, sizeof(*out));
	if (sscanf(line, BATCH_CONTEXT " (GTID %42[0-9-]): %7[A-Z] of %n", &out->number, out->gtid,
	           out->verb, &used) != 3 ||
	    used == 0)
		return false;
	table = line + used;
	key = strstr(table, ", key (");
	if (key == NULL)
		return false;
	copy_part(out->table, sizeof(out->table), table, key);
	parse_key(key + strlen(", key ("), out);
	return true;
}

bool
batch_error_parse(const char *context, batch_guilty *out)
{
	while (context != NULL)
	{
		const char *line = context;

		context = strchr(line, '\n');
		if (context != NULL)
			context++;
		if (parse_line(line, out))
			return true;
	}
	return false;
}
