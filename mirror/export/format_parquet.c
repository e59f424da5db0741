/*
 * export/format_parquet.c
 *	  Parquet, by a Python with pyarrow beside each thread: it is sent columns as Arrow has them (columns.h), which it writes without looking at them.
 *
 * The program for it is parquet.py, which says what is sent; it is within this one, so that nothing has to be found.
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/columns.h"
#include "export/format.h"
#include "export/format_rows.h"
#include "export/helper.h"
#include "support/log.h"
#include "support/pg_copy.h"

#define PART_ROWS 1000000
#define GROUP_ROWS 131072
#define GROUP_BYTES (64 * 1024 * 1024) /* of a column; a value may be as large again */

__asm__(".pushsection .rodata\n"
        ".global parquet_script\n"
        "parquet_script:\n"
        ".incbin \"mirror/export/parquet.py\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char parquet_script[];

/* A file that is being written. */
typedef struct parquet_file
{
	helper *helper;
	column_buffers *columns;
	unsigned count;
	size_t rows; /* of the present group */
} parquet_file;

static status
parquet_open(export_session *s)
{
	const char *arguments[] = {s->call->config->export_python, "-c", parquet_script, NULL};
	helper *h = calloc(1, sizeof(*h));

	s->state = h;
	return h == NULL ? STATUS_MEMORY : helper_start(h, arguments);
}

static void
parquet_close(export_session *s)
{
	if (s->state != NULL)
		helper_end(s->state);
	free(s->state);
}

/* ---- what is sent ---- */

static const char *
compression_of(output_packing packing)
{
	return packing == OUTPUT_ZSTD ? "zstd" : packing == OUTPUT_GZIP ? "gzip" : "none";
}

static status
send_header(parquet_file *f, const rows_source *source, const output *o, output_packing packing)
{
	json_t *columns = json_array();
	json_t *header;
	char *text;
	uint32_t len;
	status s;

	for (unsigned i = 0; i < source->count; i++)
		json_array_append_new(columns, json_pack("[s, s]", source->columns[i].name,
		                                         column_kind_names[f->columns[i].kind]));
	header = json_pack("{s:s, s:s, s:o}", "path", output_name(o), "compression",
	                   compression_of(packing), "columns", columns);
	text = header == NULL ? NULL : json_dumps(header, JSON_COMPACT);
	json_decref(header);
	if (text == NULL)
		return STATUS_MEMORY;
	len = (uint32_t) strlen(text);
	s = helper_send(f->helper, &len, sizeof(len));
	if (s == STATUS_OK)
		s = helper_send(f->helper, text, len);
	free(text);
	return s;
}

static status
send_buffer(helper *h, const column_bytes *b)
{
	const uint64_t len = b->len;
	status s = helper_send(h, &len, sizeof(len));

	return s == STATUS_OK && len > 0 ? helper_send(h, b->data, b->len) : s;
}

/* Sends the rows that have gathered, and empties them; without rows it is the end. */
static status
send_group(parquet_file *f)
{
	const uint64_t rows = f->rows;
	status s = helper_send(f->helper, &rows, sizeof(rows));

	for (unsigned i = 0; rows > 0 && s == STATUS_OK && i < f->count; i++)
	{
		column_buffers *c = &f->columns[i];

		s = send_buffer(f->helper, &c->validity);
		if (s == STATUS_OK)
			s = send_buffer(f->helper, &c->offsets);
		if (s == STATUS_OK)
			s = send_buffer(f->helper, &c->data);
		column_clear(c);
	}
	f->rows = 0;
	return s;
}

static status
read_answer(helper *h)
{
	char line[HELPER_LINE_SIZE];
	status s = helper_read_line(h, line);

	if (s != STATUS_OK || strcmp(line, "ok") == 0)
		return s;
	log_error("%s says \"%s\" where \"ok\" is meant", h->name, line);
	return STATUS_BUG;
}

/* ---- rows ---- */

static status
add_row(parquet_file *f, const pg_field *fields)
{
	bool full = f->rows + 1 >= GROUP_ROWS;
	status s = STATUS_OK;

	for (unsigned i = 0; s == STATUS_OK && i < f->count; i++)
	{
		s = column_add(&f->columns[i], f->rows, &fields[i]);
		full = full || f->columns[i].data.len >= GROUP_BYTES;
	}
	f->rows++;
	if (s == STATUS_MEMORY)
		log_error("out of memory for a group of rows");
	return s == STATUS_OK && full ? send_group(f) : s;
}

static status
write_rows(export_session *s, parquet_file *f, pg_rows *rows, pg_field *fields, rows_digest *digest)
{
	bool found;
	status answer;

	while ((answer = pg_rows_next(rows, fields, f->count + 1, &found)) == STATUS_OK && found)
	{
		answer = add_row(f, fields);
		if (answer != STATUS_OK)
			break;
		rows_digest_add(digest, pg_field_integer(&fields[f->count]));
		s->rows++;
	}
	return answer;
}

/* The SELECT of the columns and the hash; sets the columns' kinds. */
static status
make_sql(export_session *s, const rows_source *source, parquet_file *f, char **out)
{
	size_t size;
	FILE *to = open_memstream(out, &size);

	if (to == NULL)
		return STATUS_MEMORY;
	fputs("SELECT ", to);
	for (unsigned i = 0; i < source->count; i++)
	{
		char *name =
		    PQescapeIdentifier(s->conn, source->columns[i].name, strlen(source->columns[i].name));
		bool as_text;

		f->columns[i].kind = column_kind_of(source->columns[i].type, &as_text);
		fprintf(to, "r.%s%s, ", name != NULL ? name : "", as_text ? "::text" : "");
		PQfreemem(name);
	}
	fprintf(to, "%s FROM (%s) r", source->hash, source->query);
	return fclose(to) == 0 ? STATUS_OK : STATUS_MEMORY;
}

static status
write_file(export_session *s, const rows_source *source, output *o, rows_digest *digest)
{
	parquet_file f = {.helper = s->state, .count = source->count};
	pg_field *fields = calloc(source->count + 1, sizeof(*fields));
	pg_rows rows = {0};
	char *sql = NULL;
	status answer;

	f.columns = calloc(source->count, sizeof(*f.columns));
	answer = f.columns == NULL || fields == NULL ? STATUS_MEMORY : make_sql(s, source, &f, &sql);
	if (answer == STATUS_OK)
		answer = send_header(&f, source, o, s->call->packing);
	if (answer == STATUS_OK)
		answer = pg_rows_begin(&rows, s->conn, sql, "read public rows");
	if (answer == STATUS_OK)
		answer = write_rows(s, &f, &rows, fields, digest);
	if (answer == STATUS_OK && f.rows > 0)
		answer = send_group(&f);
	if (answer == STATUS_OK)
		answer = send_group(&f);
	if (answer == STATUS_OK)
		answer = read_answer(f.helper);
	pg_rows_end(&rows);
	for (unsigned i = 0; f.columns != NULL && i < f.count; i++)
		column_free(&f.columns[i]);
	free(f.columns);
	free(fields);
	free(sql);
	return answer;
}

static status
parquet_write(export_session *s, const part *p, output *o, part_facts *facts)
{
	rows_digest digest = {0};
	rows_source source;
	status answer = rows_as_view(s, p, &source);

	if (answer == STATUS_OK)
		answer = write_file(s, &source, o, &digest);
	if (answer == STATUS_OK)
		facts->more = rows_describe(&source);
	rows_source_free(&source);
	facts->rows = digest.rows;
	rows_digest_format(&digest, facts->digest);
	return answer;
}

const export_format format_parquet = {
    .name = "parquet",
    .suffix = ".parquet",
    .packs_itself = true,
    .has_tables = true,
    .part_rows = PART_ROWS,
    .open = parquet_open,
    .close = parquet_close,
    .plan = rows_plan,
    .digest = rows_digest_as_view,
    .write = parquet_write,
};
