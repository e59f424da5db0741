/*
 * snapshot/key_range.c
 *	  A chunk's range of keys; see key_range.h.
 */
#include "snapshot/key_range.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "source/sql_name.h"
#include "support/log.h"

static const char *const kind_names[] = {[KEY_INTEGER] = "integer", [KEY_BYTES] = "bytes"};

static status
out_of_memory(void)
{
	log_error("out of memory for the bounds of a chunk");
	return STATUS_MEMORY;
}

const char *
key_kind_name(key_kind kind)
{
	return kind_names[kind];
}

key_kind
key_kind_parse(const char *name)
{
	for (key_kind k = KEY_INTEGER; name != NULL && k <= KEY_BYTES; k++)
		if (strcmp(name, kind_names[k]) == 0)
			return k;
	return KEY_NONE;
}

key_kind
key_kind_of(const char *data_type)
{
	static const char *const integers[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};

	for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		if (strcmp(data_type, integers[i]) == 0)
			return KEY_INTEGER;
	/* others have an order of their own: collations, calendars */
	return strcmp(data_type, "binary") == 0 || strcmp(data_type, "varbinary") == 0 ? KEY_BYTES
	                                                                               : KEY_NONE;
}

bool
key_bound_set(key_bound *b, const char *data, size_t len)
{
	char *copied = malloc(len + 1);

	if (copied == NULL)
		return false;
	memcpy(copied, data, len);
	copied[len] = '\0';
	free(b->data);
	b->data = copied;
	b->len = len;
	return true;
}

bool
key_bound_write(const key_bound *b, char **out)
{
	*out = NULL;
	if (b->data == NULL)
		return true;
	*out = malloc(2 * b->len + 3);
	if (*out == NULL)
		return false;
	strcpy(*out, "\\x");
	for (size_t i = 0; i < b->len; i++)
		sprintf(*out + 2 + 2 * i, "%02x", (unsigned char) b->data[i]);
	return true;
}

bool
key_bound_read(key_bound *b, const char *digits)
{
	const size_t len = strlen(digits) / 2;
	char *data = malloc(len + 1);

	if (data == NULL)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		const char pair[] = {digits[2 * i], digits[2 * i + 1], '\0'};

		data[i] = (char) strtol(pair, NULL, 16);
	}
	data[len] = '\0';
	free(b->data);
	b->data = data;
	b->len = len;
	return true;
}

void
key_range_free(key_range *r)
{
	free(r->column);
	free(r->lower.data);
	free(r->upper.data);
	for (size_t i = 0; i < r->key_count; i++)
		free(r->keys[i].data);
	free(r->keys);
	memset(r, 0, sizeof(*r));
}

static void
write_key(FILE *out, const key_range *r, const key_bound *b)
{
	if (r->kind == KEY_INTEGER)
	{
		fputs(b->data, out);
		return;
	}
	fputs("x'", out);
	for (size_t i = 0; i < b->len; i++)
		fprintf(out, "%02x", (unsigned char) b->data[i]);
	fputc('\'', out);
}

static void
write_bound(FILE *out, const key_range *r, const char *operator, const key_bound * b)
{
	if (b->data == NULL || r->kind == KEY_NONE)
		return;
	fputs(" AND ", out);
	sql_name_write(out, r->column);
	fprintf(out, " %s ", operator);
	write_key(out, r, b);
}

void
key_range_write(FILE *out, const key_range *r)
{
	write_bound(out, r, ">=", &r->lower);
	write_bound(out, r, "<", &r->upper);
	if (r->keys == NULL)
		return;
	fputs(" AND ", out);
	sql_name_write(out, r->column);
	for (size_t i = 0; i < r->key_count; i++)
	{
		fputs(i == 0 ? " IN (" : ", ", out);
		write_key(out, r, &r->keys[i]);
	}
	fputc(')', out);
}

static char *
build_upper(const wiki *w, const char *table, uint64_t rows, const key_bound *limit,
            const key_range *r)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fputs("SELECT ", out);
	sql_name_write(out, r->column);
	fputs(" FROM ", out);
	sql_name_write_table(out, w->database, w->table_prefix, table);
	fputs(" FORCE INDEX (PRIMARY) WHERE 1", out);
	/* above the first key, so that there is something between the bounds */
	write_bound(out, r, ">", &r->lower);
	write_bound(out, r, "<", limit);
	fputs(" ORDER BY ", out);
	sql_name_write(out, r->column);
	fprintf(out, " LIMIT 1 OFFSET %" PRIu64, rows);
	return fclose(out) == 0 ? sql : NULL;
}

static bool
is_above(const char *data, size_t len, const key_bound *b)
{
	int order = b->data == NULL ? 1 : memcmp(data, b->data, len < b->len ? len : b->len);

	return order > 0 || (order == 0 && len > b->len);
}

/* A BINARY column is padded with zeros, which the binlog lacks: a bound without them parts the same keys. */
static size_t
trimmed_len(const key_range *r, const char *data, size_t len)
{
	size_t trimmed = len;

	while (r->kind == KEY_BYTES && trimmed > 0 && data[trimmed - 1] == '\0')
		trimmed--;
	return is_above(data, trimmed, &r->lower) ? trimmed : len;
}

status
key_range_find_upper(MYSQL *mysql, const wiki *w, const char *table, uint64_t rows,
                     const key_bound *limit, key_range *r, bool *found)
{
	char *sql;
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result;

	*found = false;
	free(r->upper.data);
	r->upper = (key_bound){0};
	if (r->kind == KEY_NONE)
		return STATUS_OK;
	sql = build_upper(w, table, rows, limit, r);
	if (sql == NULL)
		return out_of_memory();
	result = mariadb_query(mysql, sql, true, &res);
	free(sql);
	if (result != STATUS_OK)
		return result;
	row = mysql_fetch_row(res);
	if (row != NULL && row[0] != NULL)
	{
		size_t len = trimmed_len(r, row[0], mysql_fetch_lengths(res)[0]);

		*found = true;
		if (!key_bound_set(&r->upper, row[0], len))
			result = out_of_memory();
	}
	else if (limit->data != NULL && !key_bound_set(&r->upper, limit->data, limit->len))
		result = out_of_memory();
	mysql_free_result(res);
	return result;
}
