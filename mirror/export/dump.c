/*
 * export/dump.c
 *	  The folder of a dump; see dump.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "export/dump.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "export/format.h"
#include "export/output.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/version.h"

#define JOURNAL "parts.jsonl"
#define MANIFEST "manifest.json"
#define FOLDER_MODE 0755
#define TIME_SIZE 32
#define LAYOUT 1      /* of manifest and journal */
#define PART_DIGITS 5 /* of a number, at least */

static const char *const packings[] = {
    [OUTPUT_PLAIN] = "none", [OUTPUT_GZIP] = "gzip", [OUTPUT_ZSTD] = "zstd"};

static status
fail(const char *doing, const char *folder, const char *name)
{
	log_error_hint("is there room, and may the folder be written?", "cannot %s %s/%s: %s", doing,
	               folder, name, strerror(errno));
	return STATUS_SINK;
}

static status
without_memory(void)
{
	log_error("out of memory for the list of parts");
	return STATUS_MEMORY;
}

static void
format_now(char out[TIME_SIZE])
{
	const time_t now = (time_t) (clock_unix_us() / 1000000);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(out, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* ---- what is there ---- */

static status
take_folder(dump *d)
{
	const char *name = d->call->folder;

	if (mkdir(name, FOLDER_MODE) != 0 && errno != EEXIST)
		return fail("make the folder", name, "");
	d->folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->folder < 0)
		return fail("open the folder", name, "");
	if (flock(d->folder, LOCK_EX | LOCK_NB) == 0)
		return STATUS_OK;
	if (errno != EWOULDBLOCK)
		return fail("lock the folder", name, "");
	log_error("another mwmirror export writes into %s", name);
	return STATUS_FENCED;
}

/* Opens a file of the folder to read; *out NULL: there is none. */
static status
open_file(dump *d, const char *name, FILE **out)
{
	const int fd = openat(d->folder, name, O_RDONLY | O_CLOEXEC);

	*out = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (*out != NULL || (fd < 0 && errno == ENOENT))
		return STATUS_OK;
	if (fd >= 0)
		close(fd);
	return fail("read", d->call->folder, name);
}

static status
refuse_content(const dump *d, const char *name)
{
	log_error_hint("give a folder that is empty or does not exist",
	               "%s/%s is not of a dump that can be gone on with", d->call->folder, name);
	return STATUS_USAGE;
}

/* Keeps what the dump is; whoever goes on with it must ask for the same. */
static status
take_header(dump *d, json_t *header, const char *name)
{
	const export_call *c = d->call;
	const char *format = json_string_value(json_object_get(header, "format"));
	const char *packing = json_string_value(json_object_get(header, "compression"));

	d->header = header;
	if (json_integer_value(json_object_get(header, "layout")) != LAYOUT || format == NULL ||
	    packing == NULL)
		return refuse_content(d, name);
	d->seed = json_integer_value(json_object_get(header, "seed"));
	if (strcmp(format, c->format->name) == 0 && strcmp(packing, packings[c->packing]) == 0 &&
	    json_is_true(json_object_get(header, "history")) == c->history)
		return STATUS_OK;
	log_error_hint("give the options that it was begun with, or another folder",
	               "%s has a dump of format %s, compression %s, %s history", c->folder, format,
	               packing, json_is_true(json_object_get(header, "history")) ? "with" : "without");
	return STATUS_USAGE;
}

static status
read_manifest(dump *d, FILE *file)
{
	json_t *all = json_loadf(file, 0, NULL);
	const json_t *files = json_object_get(all, "files");
	const json_t *item;
	size_t i;
	status s = STATUS_OK;

	if (!json_is_array(files))
		s = refuse_content(d, MANIFEST);
	if (s == STATUS_OK)
		s = take_header(d, json_incref(json_object_get(all, "dump")), MANIFEST);
	json_array_foreach(files, i, item) if (s == STATUS_OK) s = part_from_json(&d->before, item);
	json_decref(all);
	return s == STATUS_DATA ? refuse_content(d, MANIFEST) : s;
}

static status
read_journal(dump *d, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	status s = STATUS_OK;

	while (s == STATUS_OK && getline(&line, &room, file) > 0)
	{
		json_t *said = json_loads(line, 0, NULL);

		if (said == NULL)
			continue; /* the program ended as it wrote this */
		if (d->header == NULL)
		{
			s = take_header(d, said, JOURNAL);
			continue;
		}
		s = part_from_json(&d->before, said);
		json_decref(said);
	}
	free(line);
	return s == STATUS_DATA ? refuse_content(d, JOURNAL) : s;
}

/* True if the folder has nothing in it, or what a run left that had not begun yet. */
static bool
is_empty(const dump *d)
{
	DIR *all = fdopendir(dup(d->folder));
	const struct dirent *entry;
	bool empty = true;

	if (all != NULL)
		rewinddir(all);
	while (all != NULL && empty && (entry = readdir(all)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		        strcmp(entry->d_name, JOURNAL ".tmp") == 0;
	if (all != NULL)
		closedir(all);
	return empty;
}

static status
read_before(dump *d)
{
	FILE *journal = NULL;
	FILE *manifest = NULL;
	status s = open_file(d, JOURNAL, &journal);

	/* both: it ended between the two */
	if (s == STATUS_OK && journal == NULL)
		s = open_file(d, MANIFEST, &manifest);
	if (s == STATUS_OK && journal != NULL)
		s = read_journal(d, journal);
	else if (s == STATUS_OK && manifest != NULL)
		s = read_manifest(d, manifest);
	else if (s == STATUS_OK && !is_empty(d))
		s = refuse_content(d, "");
	if (journal != NULL)
		fclose(journal);
	if (manifest != NULL)
		fclose(manifest);
	return s;
}

static status
make_header(dump *d)
{
	const export_call *c = d->call;
	char now[TIME_SIZE];
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t) sizeof(seed))
		return fail("get random bytes for", c->folder, "");
	d->seed = (int64_t) (seed >> 1);
	format_now(now);
	d->header =
	    json_pack("{s:i, s:s, s:s, s:b, s:s, s:I, s:s}", "layout", LAYOUT, "mwmirror",
	              MWMIRROR_VERSION, "format", c->format->name, "history", c->history, "compression",
	              packings[c->packing], "seed", (json_int_t) d->seed, "begun_at", now);
	return d->header != NULL ? STATUS_OK : without_memory();
}

status
dump_open(dump *d, const export_call *call)
{
	status s;

	*d = (dump){.call = call, .folder = -1};
	pthread_mutex_init(&d->lock, NULL);
	s = take_folder(d);
	if (s == STATUS_OK && !call->resume && !is_empty(d))
	{
		log_error_hint("--resume goes on with a dump; or give another folder",
		               "the folder %s is not empty", call->folder);
		return STATUS_USAGE;
	}
	if (s == STATUS_OK)
		s = read_before(d);
	if (s == STATUS_OK && d->header == NULL)
		s = make_header(d);
	return s;
}

void
dump_close(dump *d)
{
	if (d->journal != NULL)
		fclose(d->journal);
	if (d->folder >= 0)
		close(d->folder);
	part_list_free(&d->before);
	json_decref(d->header);
	pthread_mutex_destroy(&d->lock);
}

/* ---- files that are no part of it ---- */

static status
remove_file(dump *d, const char *path)
{
	if (unlinkat(d->folder, path, 0) == 0 || errno == ENOENT)
		return STATUS_OK;
	return fail("remove", d->call->folder, path);
}

status
dump_remove(dump *d, const part *p)
{
	return remove_file(d, p->path);
}

/* True of the names that part_path() makes, and of files that were not finished. What else is there is somebody else's. */
static bool
is_of_part(const char *name)
{
	const char *number = strrchr(name, '-');
	const size_t digits = number == NULL ? 0 : strspn(number + 1, "0123456789");

	return digits >= PART_DIGITS && number[1 + digits] == '.';
}

/* Removes what is in a folder of a wiki and is the file of a part, but of none that was written. */
static status
clean_wiki(dump *d, const char *name, const part_list *parts)
{
	const int fd = openat(d->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *all = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	status s = STATUS_OK;

	if (all == NULL && fd >= 0)
		close(fd);
	if (all == NULL)
		return errno == ENOTDIR || errno == ELOOP ? STATUS_OK : fail("read", d->call->folder, name);
	while (s == STATUS_OK && (entry = readdir(all)) != NULL)
	{
		const part *p;
		char *path;

		if (!is_of_part(entry->d_name))
			continue;
		if (asprintf(&path, "%s/%s", name, entry->d_name) < 0)
			s = without_memory();
		else
		{
			p = part_list_find(parts, path);
			if (p == NULL || !p->written)
				s = remove_file(d, path);
			free(path);
		}
	}
	closedir(all);
	unlinkat(d->folder, name, AT_REMOVEDIR); /* unless something is in it */
	return s;
}

static status
clean(dump *d, const part_list *parts)
{
	DIR *all = fdopendir(dup(d->folder));
	const struct dirent *entry;
	status s = all != NULL ? STATUS_OK : fail("read the folder", d->call->folder, "");

	if (s == STATUS_OK)
		rewinddir(all);
	while (s == STATUS_OK && (entry = readdir(all)) != NULL)
		if (entry->d_name[0] != '.')
			s = clean_wiki(d, entry->d_name, parts);
	if (all != NULL)
		closedir(all);
	return s;
}

/* ---- journal and manifest ---- */

/* Adds a line; takes the object, which is NULL without memory. */
static status
write_line(dump *d, FILE *to, json_t *said)
{
	const bool good =
	    said != NULL && json_dumpf(said, to, JSON_COMPACT) == 0 && fputc('\n', to) > 0;

	json_decref(said);
	if (good)
		return STATUS_OK;
	return said == NULL ? without_memory() : fail("write", d->call->folder, JOURNAL);
}

static status
flush(dump *d, FILE *file)
{
	return fflush(file) == 0 && fsync(fileno(file)) == 0 ? STATUS_OK
	                                                     : fail("flush", d->call->folder, JOURNAL);
}

status
dump_begin(dump *d, part_list *parts)
{
	const int fd =
	    openat(d->folder, JOURNAL ".tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	status s;

	d->journal = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (d->journal == NULL)
		return fail("write", d->call->folder, JOURNAL);
	s = write_line(d, d->journal, json_incref(d->header));
	for (size_t i = 0; s == STATUS_OK && i < parts->count; i++)
		s = write_line(d, d->journal, part_to_json(parts->items[i]));
	if (s == STATUS_OK)
		s = flush(d, d->journal);
	if (s == STATUS_OK && renameat(d->folder, JOURNAL ".tmp", d->folder, JOURNAL) != 0)
		s = fail("put in its place", d->call->folder, JOURNAL);
	if (s == STATUS_OK)
		s = output_sync_folder(d->call->folder);
	if (s == STATUS_OK)
		s = remove_file(d, MANIFEST);
	return s == STATUS_OK ? clean(d, parts) : s;
}

status
dump_written(dump *d, const part *p)
{
	status s;

	pthread_mutex_lock(&d->lock);
	s = write_line(d, d->journal, part_to_json(p));
	if (s == STATUS_OK)
		s = flush(d, d->journal);
	pthread_mutex_unlock(&d->lock);
	return s;
}

status
dump_end(dump *d, const part_list *parts, json_t *position)
{
	char now[TIME_SIZE];
	json_t *files = json_array();
	json_t *all;
	char *text;
	status s;

	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i]->written)
			json_array_append_new(files, part_to_json(parts->items[i]));
	format_now(now);
	all = json_pack("{s:O, s:b, s:s, s:O, s:o}", "dump", d->header, "complete", 1, "ended_at", now,
	                "position", position, "files", files);
	text = all == NULL ? NULL : json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	if (text == NULL)
		return without_memory();
	s = output_replace(d->call->folder, MANIFEST, text, strlen(text));
	free(text);
	return s == STATUS_OK ? remove_file(d, JOURNAL) : s;
}
