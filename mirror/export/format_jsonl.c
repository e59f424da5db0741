/*
 * export/format_jsonl.c
 *	  A JSON object a line: the rows of tables as the state topics of mwmirror.state.<table>.v1 have them.
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>

#include "export/format.h"
#include "export/format_rows.h"
#include "support/pg_copy.h"

#define PART_ROWS 500000

static status
write_rows(export_session *s, pg_rows *rows, output *o, rows_digest *digest)
{
	pg_field fields[2];
	bool found;
	status answer;

	while ((answer = pg_rows_next(rows, fields, 2, &found)) == STATUS_OK && found)
	{
		answer = output_write(o, fields[0].data, fields[0].len);
		if (answer == STATUS_OK)
			answer = output_write(o, "\n", 1);
		if (answer != STATUS_OK)
			break;
		rows_digest_add(digest, pg_field_integer(&fields[1]));
		s->rows++;
	}
	return answer;
}

static status
jsonl_write(export_session *s, const part *p, output *o, part_facts *facts)
{
	rows_digest digest = {0};
	rows_source source;
	pg_rows rows = {0};
	char *sql = NULL;
	status answer = rows_as_state(s, p, &source);

	if (answer == STATUS_OK && asprintf(&sql, "SELECT row_to_json(r)::text, %s FROM (%s) r",
	                                    source.hash, source.query) < 0)
	{
		sql = NULL;
		answer = STATUS_MEMORY;
	}
	if (answer == STATUS_OK)
		answer = pg_rows_begin(&rows, s->conn, sql, "read public rows");
	if (answer == STATUS_OK)
		answer = write_rows(s, &rows, o, &digest);
	pg_rows_end(&rows);
	free(sql);
	rows_source_free(&source);
	facts->rows = digest.rows;
	rows_digest_format(&digest, facts->digest);
	return answer;
}

const export_format format_jsonl = {
    .name = "jsonl",
    .suffix = ".jsonl",
    .has_tables = true,
    .part_rows = PART_ROWS,
    .plan = rows_plan,
    .digest = rows_digest_as_state,
    .write = jsonl_write,
};
