/*
 * export/format_copy.c
 *	  Rows of tables for COPY ... FROM ... (HEADER MATCH): PostgreSQL's text format, with a line of column names before them.
 */
#define _GNU_SOURCE /* asprintf, memrchr */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/format.h"
#include "export/format_rows.h"
#include "support/log.h"
#include "support/pg_copy.h"

#define PART_ROWS 500000

static status
write_header(output *o, const rows_source *source)
{
	status answer = STATUS_OK;

	for (unsigned i = 0; answer == STATUS_OK && i < source->count; i++)
	{
		const char *name = source->columns[i].name;

		answer = output_write(o, name, strlen(name));
		if (answer == STATUS_OK)
			answer = output_write(o, i + 1 < source->count ? "\t" : "\n", 1);
	}
	return answer;
}

/* A line's last field is the hash, which is no part of the file. */
static status
write_lines(export_session *s, pg_rows *rows, output *o, rows_digest *digest)
{
	const char *line;
	size_t len;
	bool found;
	status answer;

	while ((answer = pg_lines_next(rows, &line, &len, &found)) == STATUS_OK && found)
	{
		const char *tab = memrchr(line, '\t', len);

		if (tab == NULL)
		{
			log_error("PostgreSQL has sent a row without its hash");
			return STATUS_BUG;
		}
		answer = output_write(o, line, (size_t) (tab - line));
		if (answer == STATUS_OK)
			answer = output_write(o, "\n", 1);
		if (answer != STATUS_OK)
			break;
		rows_digest_add(digest, strtoll(tab + 1, NULL, 10));
		s->rows++;
	}
	return answer;
}

static status
copy_write(export_session *s, const part *p, output *o, part_facts *facts)
{
	rows_digest digest = {0};
	rows_source source;
	pg_rows rows = {0};
	char *sql = NULL;
	status answer = rows_as_view(s, p, &source);

	if (answer == STATUS_OK &&
	    asprintf(&sql, "SELECT r.*, %s FROM (%s) r", source.hash, source.query) < 0)
	{
		sql = NULL;
		answer = STATUS_MEMORY;
	}
	if (answer == STATUS_OK)
		answer = write_header(o, &source);
	if (answer == STATUS_OK)
		answer = pg_lines_begin(&rows, s->conn, sql, "read public rows");
	if (answer == STATUS_OK)
		answer = write_lines(s, &rows, o, &digest);
	if (answer == STATUS_OK)
		facts->more = rows_describe(&source);
	pg_rows_end(&rows);
	free(sql);
	rows_source_free(&source);
	facts->rows = digest.rows;
	rows_digest_format(&digest, facts->digest);
	return answer;
}

const export_format format_copy = {
    .name = "copy",
    .suffix = ".copy",
    .has_tables = true,
    .part_rows = PART_ROWS,
    .plan = rows_plan,
    .digest = rows_digest_as_view,
    .write = copy_write,
};
