/*
 * relay/sink_file.c
 *	  The sink that appends to a file, exactly once.
 *
 * Beside FILE lies FILE.position, {"bytes": length, "position": {...}}: how much of FILE is committed, and what it
 * holds. A commit makes FILE's bytes durable first and then replaces FILE.position by rename; open cuts off what a
 * crash left behind that length. One writer at a time: FILE is locked.
 */
#include "relay/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay/sink_line.h"
#include "support/log.h"

#define BUFFER_SIZE (256 * 1024)

typedef struct sink_file
{
	sink base;
	sink_format format;
	FILE *file;
	uint64_t bytes;     /* written, committed or not */
	uint64_t committed; /* of them */
	char path[PATH_MAX];
	char position_path[PATH_MAX + 16];
	char temporary_path[PATH_MAX + 16];
} sink_file;

static status
refuse_file(const char *doing, const char *path)
{
	log_error_hint(
	    "the position stays before what could not be written; repair this, then start again.",
	    "cannot %s %s: %s", doing, path, strerror(errno));
	return STATUS_SINK;
}

/* Makes the rename of a file in the directory of path durable. */
static bool
sync_directory(const char *path)
{
	char copy[PATH_MAX + 16];
	int fd;
	bool ok;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* Writes text to the temporary file, makes it durable and renames it. */
static status
replace_position(const sink_file *f, const char *text)
{
	size_t len = strlen(text);
	int fd = open(f->temporary_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok;

	if (fd < 0)
		return refuse_file("create", f->temporary_path);
	ok = write(fd, text, len) == (ssize_t) len && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || rename(f->temporary_path, f->position_path) != 0 ||
	    !sync_directory(f->position_path))
		return refuse_file("write", f->position_path);
	return STATUS_OK;
}

static status
store_position(const sink_file *f, const relay_position *p)
{
	json_t *json = json_pack("{s:I, s:o}", "bytes", (json_int_t) f->bytes, "position",
	                         relay_position_to_json(p));
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	status s = text != NULL ? replace_position(f, text) : STATUS_MEMORY;

	free(text);
	json_decref(json);
	return s;
}

/* Reads FILE.position; *found is false if there is none. */
static status
load_position(sink_file *f, relay_position *stored, bool *found)
{
	FILE *in = fopen(f->position_path, "re");
	json_t *json;
	const json_t *bytes;

	*found = in != NULL;
	if (in == NULL)
		return errno == ENOENT ? STATUS_OK : refuse_file("open", f->position_path);
	json = json_loadf(in, JSON_REJECT_DUPLICATES, NULL);
	fclose(in);
	bytes = json_object_get(json, "bytes");
	if (!json_is_integer(bytes) || json_integer_value(bytes) < 0 ||
	    !relay_position_from_json(json_object_get(json, "position"), stored))
	{
		json_decref(json);
		log_error_hint(
		    "restore both files from a copy, or move both away to begin at the slot's position.",
		    "%s is not a position written by mwmirror", f->position_path);
		return STATUS_SINK;
	}
	f->bytes = f->committed = (uint64_t) json_integer_value(bytes);
	json_decref(json);
	return STATUS_OK;
}

/* Cuts FILE to the committed length, or refuses a file that is not as recorded. */
static status
settle_length(sink_file *f, bool found)
{
	struct stat st;

	if (fstat(fileno(f->file), &st) != 0)
		return refuse_file("look at", f->path);
	if (!found && st.st_size > 0)
	{
		log_error_hint("choose another relay.file, or move this one away.",
		               "%s has content but there is no %s: it was not written by mwmirror", f->path,
		               f->position_path);
		return STATUS_SINK;
	}
	if ((uint64_t) st.st_size < f->bytes)
	{
		log_error_hint("restore the file, or move both files away to begin at the slot's position.",
		               "%s has %lld bytes but %" PRIu64 " were committed", f->path,
		               (long long) st.st_size, f->bytes);
		return STATUS_SINK;
	}
	if (ftruncate(fileno(f->file), (off_t) f->bytes) != 0)
		return refuse_file("truncate", f->path);
	return STATUS_OK;
}

static status
file_open(sink *s, relay_position *stored)
{
	sink_file *f = (sink_file *) s;
	bool found;
	status result;

	memset(stored, 0, sizeof(*stored));
	f->file = fopen(f->path, "ae");
	if (f->file == NULL)
		return refuse_file("open", f->path);
	if (flock(fileno(f->file), LOCK_EX | LOCK_NB) != 0)
	{
		log_error_hint("stop the other relay, or choose another relay.file.",
		               "%s is in use by another process", f->path);
		return STATUS_FENCED;
	}
	setvbuf(f->file, NULL, _IOFBF, BUFFER_SIZE);
	result = load_position(f, stored, &found);
	if (result == STATUS_OK)
		result = settle_length(f, found);
	if (result == STATUS_OK && !found)
		result = store_position(f, stored);
	return result;
}

static status
file_begin(sink *s)
{
	(void) s;
	return STATUS_OK;
}

static status
file_event(sink *s, const sink_event *e)
{
	sink_file *f = (sink_file *) s;

	if (!sink_line_write(f->file, f->format, e, &f->bytes))
		return refuse_file("write", f->path);
	return STATUS_OK;
}

static status
file_commit(sink *s, const relay_position *p)
{
	sink_file *f = (sink_file *) s;
	status result;

	if (fflush(f->file) != 0 || fdatasync(fileno(f->file)) != 0)
		return refuse_file("write", f->path);
	result = store_position(f, p);
	if (result == STATUS_OK)
		f->committed = f->bytes;
	return result;
}

static void
file_destroy(sink *s)
{
	sink_file *f = (sink_file *) s;

	if (f->file != NULL && f->bytes != f->committed)
	{
		fflush(f->file);
		if (ftruncate(fileno(f->file), (off_t) f->committed) != 0)
			log_warning("cannot truncate %s; the next start does: %s", f->path, strerror(errno));
	}
	if (f->file != NULL)
		fclose(f->file);
	free(f);
}

sink *
sink_file_create(const char *path, sink_format format)
{
	sink_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->base.open = file_open;
	f->base.begin = file_begin;
	f->base.event = file_event;
	f->base.commit = file_commit;
	f->base.destroy = file_destroy;
	f->base.keeps_position = true;
	f->format = format;
	snprintf(f->path, sizeof(f->path), "%s", path);
	snprintf(f->position_path, sizeof(f->position_path), "%s.position", f->path);
	snprintf(f->temporary_path, sizeof(f->temporary_path), "%s.position.tmp", f->path);
	return &f->base;
}
