/*
 * rows/row_image.h
 *	  WRITE, UPDATE and DELETE row events: from bytes to values.
 */
#ifndef MWMIRROR_ROWS_ROW_IMAGE_H
#define MWMIRROR_ROWS_ROW_IMAGE_H

#include "rows/table_map.h"
#include "rows/value.h"

typedef enum row_kind
{
	ROW_INSERT,
	ROW_UPDATE,
	ROW_DELETE
} row_kind;

/* Reads the rows of one event one after the other; holds pointers into the event's bytes. */
typedef struct row_reader
{
	const table_map *map;
	row_kind kind;
	uint64_t table_id;
	bool statement_end; /* STMT_END_F: table maps may be forgotten after this event */
	/* INSERT of rows without a column in their image (MINIMAL), which take no bytes: how many is not told */
	bool uncounted;
	const uint8_t *next;
	const uint8_t *end;
	const uint8_t *present_before; /* columns-present bitmaps */
	const uint8_t *present_after;
} row_reader;

/* True for the event types (v1 and v2, plain and compressed) that hold rows; sets kind, compressed, version. */
bool row_event_type(uint8_t event_type, row_kind *kind, bool *compressed, int *version);

/* Reads only the table id of a row event's body. False: too short. */
bool row_event_table_id(const uint8_t *body, size_t len, uint64_t *table_id);

/* True of the last row event of a statement. False also if that cannot be read. */
bool row_event_ends_statement(const uint8_t *body, size_t len);

/* True of an UPDATE whose new images lack columns; compressed ones too. False also if that cannot be read. */
bool row_event_updates_in_part(uint8_t event_type, const uint8_t *body, size_t len);

/*
 * Opens an (inflated) row event's body. map must be that of its table id. False: *err says why.
 */
bool row_reader_open(row_reader *r, uint8_t event_type, const uint8_t *body, size_t len,
                     const table_map *map, decode_error *err);

/*
 * Decodes the next row: map->column_count values each into before (UPDATE, DELETE) and after (INSERT, UPDATE).
 * 1: a row; 0: no more; -1: *err says why. Converted values (BINARY padding, DECIMAL...) live in the arena,
 * others in the event's bytes.
 */
int row_reader_next(row_reader *r, arena *a, value *before, value *after, decode_error *err);

/*
 * Inflates a compressed row event's body (MariaDB's length header + zlib after the bitmaps) into the arena;
 * *out is then the body of row_event_plain_type(event_type). False: *err says why.
 */
bool row_event_inflate(uint8_t event_type, const uint8_t *body, size_t len, arena *a,
                       const uint8_t **out, size_t *out_len, decode_error *err);

/* The type of the same event uncompressed; other types unchanged. */
uint8_t row_event_plain_type(uint8_t event_type);

#endif
