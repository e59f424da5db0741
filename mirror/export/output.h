/*
 * export/output.h
 *	  A file of a dump: written under another name, compressed, digested, and in its place only when all of it is on the disk.
 */
#ifndef MWMIRROR_EXPORT_OUTPUT_H
#define MWMIRROR_EXPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "export/part.h"
#include "support/status.h"

typedef enum output_packing
{
	OUTPUT_PLAIN,
	OUTPUT_GZIP,
	OUTPUT_ZSTD
} output_packing;

typedef struct output output;

/* "", ".gz" or ".zst". */
const char *output_suffix(output_packing packing);

/*
 * Begins the file path, below the folder, whose own folder is made if it lacks. STATUS_SINK (logged, as all errors here): it cannot be written;
 * STATUS_MEMORY.
 */
status output_open(const char *folder, const char *path, output_packing packing, output **out);

status output_write(output *o, const void *data, size_t len);

/* So many bytes have been given to it. */
uint64_t output_plain_bytes(const output *o);

/* The name under which it is being written, for a program that writes it itself instead of output_write. */
const char *output_name(const output *o);

/* Ends the file: flushed to the disk, in its place, facts->bytes and sha256 set. Frees o, whatever it answers; not ended well, no file is left. */
status output_close(output *o, part_facts *facts);

/* Leaves it, and no file. NULL is nothing. */
void output_discard(output *o);

/* The digest and size of a file below the folder; *found false: there is none that can be read. */
status output_look(const char *folder, const char *path, part_facts *facts, bool *found);

/* Writes a small file as a whole in the place of another one. */
status output_replace(const char *folder, const char *path, const char *text, size_t len);

/* The names in a folder are on the disk. */
status output_sync_folder(const char *path);

#endif
