/*
 * plugin/entity/file.c
 *	  Versions of files; see file.h.
 */
#include "plugin/entity/file.h"

#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "plugin/entity/visibility.h"

int
file_bits(const mirror_row *row)
{
	return (int) mirror_row_int(row, FILE_DELETED) & HIDDEN_ALL;
}

/* read_text returns a text that says something, or NULL. */
static const char *
read_text(const mirror_row *row, int column)
{
	const char *text = mirror_row_text(row, column);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static int64
read_count(session *s, int wiki, const mirror_row *row, int column)
{
	int64 number = mirror_row_int(row, column);

	if (mirror_row_is_null(row, column))
		return -1;
	if (json_count_is_writable(number))
		return number;
	missing_report_value(s, row->relation->table, column, wiki, 0);
	return -1;
}

static const char *
read_mime(const mirror_row *row)
{
	const char *major_type = read_text(row, FILE_MAJOR_MIME);
	const char *minor_type = read_text(row, FILE_MINOR_MIME);

	return major_type == NULL || minor_type == NULL ? NULL
	                                                : psprintf("%s/%s", major_type, minor_type);
}

static const file_version *
read_version(session *s, int wiki, const mirror_row *row, file_place place)
{
	file_version *v = palloc(sizeof(file_version));

	*v = (file_version){.place = place,
	                    .timestamp = mirror_row_time(row, FILE_TIMESTAMP),
	                    .size = read_count(s, wiki, row, FILE_SIZE),
	                    .width = read_count(s, wiki, row, FILE_WIDTH),
	                    .height = read_count(s, wiki, row, FILE_HEIGHT),
	                    .media_type = read_text(row, FILE_MEDIA_TYPE),
	                    .mime = read_mime(row),
	                    .sha1 = read_text(row, FILE_SHA1),
	                    .actor_id = mirror_row_int(row, FILE_ACTOR)};
	if (place != FILE_CURRENT)
	{
		v->archive_name = read_text(row, FILE_ARCHIVE_NAME);
		v->bits = file_bits(row);
	}
	return v;
}

static const file_version *
find(session *s, int wiki, mirror_table table, const rows_value *key, file_place place)
{
	rows_scan scan;
	mirror_row row;

	rows_find(&scan, s->rows, table, 0, wiki, key);
	return rows_next(&scan, &row) ? read_version(s, wiki, &row, place) : NULL;
}

const file_version *
file_find_current(session *s, int wiki, const char *name)
{
	const rows_value key = {.text = name, .len = strlen(name)};

	return find(s, wiki, TABLE_IMAGE, &key, FILE_CURRENT);
}

const file_version *
file_find_old(session *s, int wiki, const char *name, const char *archive_name)
{
	const rows_value key[] = {{.text = name, .len = strlen(name)},
	                          {.text = archive_name, .len = strlen(archive_name)}};

	return find(s, wiki, TABLE_OLDIMAGE, key, FILE_OLD);
}

const file_version *
file_find_archived(session *s, int wiki, int64 fa_id)
{
	const rows_value key = {.number = fa_id};

	return find(s, wiki, TABLE_FILEARCHIVE, &key, FILE_ARCHIVED);
}
