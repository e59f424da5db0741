/*
 * plugin/aggregate/file.c
 *	  Changes of files; see file.h.
 *
 * MediaWiki (1.39 and 1.43 LocalFile.php, LocalFileDeleteBatch.php, LocalFileRestoreBatch.php) uploads over a file by copying its row to
 * oldimage and updating it, deletes by copying rows to filearchive, and restores from there. An image's row is updated for other
 * reasons too, which change no file.
 */
#include "plugin/aggregate/file.h"

#include "common/hashfn.h"
#include "plugin/core/missing.h"

/* Of a file of which rows came or went, by the hash of its name. */
typedef struct file_fact
{
	uint64 name;         /* texts of the facts; 0: none */
	uint64 old_name;     /* it was moved from */
	uint64 archive_name; /* of the version that came last into oldimage */
	int64
	    archived_id; /* of the row that came into filearchive: that of the current version, or the last */
	bool archived_current;
	bool is_new;   /* its row in image was not there before */
	bool inserted; /* that row */
	bool updated;
	bool deleted;
	int32 old_added; /* rows of oldimage, likewise below */
	int32 old_removed;
	int32 archived;
	int32 unarchived;
} file_fact;

/* Of a version of which something was hidden or shown, by the hash of its names, or by fa_id. */
typedef struct version_fact
{
	uint64 name;
	uint64 archive_name;
	uint8 old_bits; /* before the first change */
} version_fact;

static bool file_conclude(session *s, int wiki, int64 hash, const void *fact, event *out);
static bool old_conclude(session *s, int wiki, int64 hash, const void *fact, event *out);
static bool archived_conclude(session *s, int wiki, int64 fa_id, const void *fact, event *out);

static const fact_kind file_kind = {sizeof(file_fact), file_conclude, &file_aggregate};
static const fact_kind old_kind = {sizeof(version_fact), old_conclude, &file_aggregate};
static const fact_kind archived_kind = {sizeof(version_fact), archived_conclude, &file_aggregate};

/* ---- facts ---- */

static char *
read_text(const mirror_row *row, int column)
{
	char *text = mirror_row_text(row, column);

	return text == NULL ? pstrdup("") : text;
}

static int64
hash_text(const char *text, uint64 seed)
{
	return (int64) hash_bytes_extended((const unsigned char *) text, (int) strlen(text), seed);
}

/* get_file returns the fact of the file whose name is in the row. */
static file_fact *
get_file(session *s, int wiki, const mirror_row *row)
{
	char *name = read_text(row, FILE_NAME);
	int64 hash = hash_text(name, 0);
	const file_fact *known = gather_find(s->gather, &file_kind, wiki, hash);
	uint64 text = known == NULL ? gather_put_text(s->gather, name) : known->name;
	file_fact *fact = gather_get(s->gather, &file_kind, wiki, hash);

	fact->name = text;
	return fact;
}

/* put_text keeps a column's text for a fact; ask for the fact after it. */
static uint64
put_text(session *s, const mirror_row *row, int column)
{
	return gather_put_text(s->gather, read_text(row, column));
}

static bool
has_name(const mirror_row *row, const mirror_row *other)
{
	char *name = read_text(other, FILE_NAME);

	return mirror_row_text_equals(row, FILE_NAME, name, strlen(name));
}

static void
add_image(session *s, const change *c)
{
	uint64 old_name;
	file_fact *fact;

	if (c->new_row == NULL)
		get_file(s, c->wiki, c->old_row)->deleted = true;
	else if (c->is_insert)
	{
		fact = get_file(s, c->wiki, c->new_row);
		fact->is_new |= !fact->deleted;
		fact->inserted = true;
	}
	else if (c->old_row == NULL || has_name(c->new_row, c->old_row))
		get_file(s, c->wiki, c->new_row)->updated = true;
	else
	{
		old_name = put_text(s, c->old_row, FILE_NAME);
		fact = get_file(s, c->wiki, c->new_row);
		if (fact->old_name == 0)
			fact->old_name = old_name;
	}
}

/* add_bits notes what was hidden of a version before. */
static void
add_bits(session *s, const change *c, const fact_kind *kind, int64 id)
{
	uint64 name;
	uint64 archive_name;
	version_fact *fact;

	if (file_bits(c->old_row) == file_bits(c->new_row) ||
	    gather_find(s->gather, kind, c->wiki, id) != NULL)
		return;
	name = put_text(s, c->new_row, FILE_NAME);
	archive_name = put_text(s, c->new_row, FILE_ARCHIVE_NAME);
	fact = gather_get(s->gather, kind, c->wiki, id);
	*fact = (version_fact){
	    .name = name, .archive_name = archive_name, .old_bits = (uint8) file_bits(c->old_row)};
}

static void
add_oldimage(session *s, const change *c)
{
	uint64 archive_name;
	file_fact *fact;
	int64 hash;

	if (c->new_row == NULL)
		get_file(s, c->wiki, c->old_row)->old_removed++;
	else if (c->old_row == NULL)
	{
		archive_name = put_text(s, c->new_row, FILE_ARCHIVE_NAME);
		fact = get_file(s, c->wiki, c->new_row);
		fact->archive_name = archive_name;
		fact->old_added++;
	}
	else
	{
		hash = hash_text(read_text(c->new_row, FILE_NAME), 0);
		hash = hash_text(read_text(c->new_row, FILE_ARCHIVE_NAME), (uint64) hash);
		add_bits(s, c, &old_kind, hash);
	}
}

static void
add_filearchive(session *s, const change *c)
{
	file_fact *fact;

	if (c->new_row == NULL)
		get_file(s, c->wiki, c->old_row)->unarchived++;
	else if (c->old_row != NULL)
		add_bits(s, c, &archived_kind, mirror_row_int(c->new_row, FILE_ID));
	else
	{
		fact = get_file(s, c->wiki, c->new_row);
		fact->archived++;
		if (fact->archived_current)
			return;
		fact->archived_id = mirror_row_int(c->new_row, FILE_ID);
		fact->archived_current = mirror_row_is_null(c->new_row, FILE_ARCHIVE_NAME) ||
		                         read_text(c->new_row, FILE_ARCHIVE_NAME)[0] == '\0';
	}
}

/* ---- what happened ---- */

/* choose_kind says what the rows amount to; false: nothing, or nothing that is seen of the file. */
static bool
choose_kind(const file_fact *f, bool is_there, file_event *e)
{
	e->is_whole = true;
	if (f->old_name != 0)
		e->kind = FILE_MOVE;
	else if (f->inserted && is_there)
		e->kind = f->unarchived > 0 ? FILE_RESTORE : FILE_UPLOAD;
	else if (f->updated && is_there && f->old_added > 0)
		e->kind = FILE_REUPLOAD;
	else if (f->deleted && !is_there)
	{
		e->kind = FILE_DELETE;
		return !f->is_new;
	}
	else
	{
		e->is_whole = false;
		if (f->archived > 0 && f->old_removed > 0)
			e->kind = FILE_DELETE;
		else if (f->old_added > 0)
			e->kind = f->unarchived > 0 ? FILE_RESTORE : FILE_UPLOAD;
		else
			return false;
	}
	return true;
}

static const file_version *
find_old(session *s, int wiki, const file_event *e, uint64 archive_name)
{
	return archive_name == 0
	           ? NULL
	           : file_find_old(s, wiki, e->name, gather_text(s->gather, archive_name));
}

static void
find_versions(session *s, int wiki, const file_fact *f, const file_version *current, file_event *e)
{
	e->version = e->is_whole ? current : find_old(s, wiki, e, f->archive_name);
	if (e->kind == FILE_DELETE)
	{
		e->version = f->archived > 0 ? file_find_archived(s, wiki, f->archived_id) : NULL;
		e->version_count = f->archived;
	}
	else if (e->kind == FILE_RESTORE)
		e->version_count = f->unarchived;
	else if (e->kind == FILE_REUPLOAD)
		e->prior = find_old(s, wiki, e, f->archive_name);
}

static void
find_log(session *s, int wiki, file_event *e)
{
	static const int kinds[] = {
	    [FILE_UPLOAD] = LOG_UPLOAD,   [FILE_REUPLOAD] = LOG_UPLOAD | LOG_REVERT,
	    [FILE_MOVE] = LOG_MOVE,       [FILE_DELETE] = LOG_DELETE,
	    [FILE_RESTORE] = LOG_RESTORE, [FILE_VISIBILITY_CHANGE] = LOG_VISIBILITY,
	};

	e->log = log_find(s, wiki, kinds[e->kind], 0, FILE_NAMESPACE,
	                  e->old_name != NULL ? e->old_name : e->name);
	if (e->kind == FILE_REUPLOAD && e->log != NULL && e->log->kind == LOG_REVERT)
		e->kind = FILE_REVERT;
}

/* find_name returns the name that a fact keeps; NULL: it keeps none, or one that no event can hold. */
static const char *
find_name(session *s, int wiki, uint64 text)
{
	const char *name = gather_text(s->gather, text);

	if (name == NULL || name[0] != '\0')
		return name;
	missing_report_value(s, TABLE_IMAGE, FILE_NAME, wiki, 0);
	return NULL;
}

static bool
file_conclude(session *s, int wiki, int64 hash, const void *data, event *out)
{
	const file_fact *f = data;
	file_event *e = palloc0(sizeof(file_event));
	const file_version *current;

	e->name = find_name(s, wiki, f->name);
	if (e->name == NULL)
		return false;
	current = file_find_current(s, wiki, e->name);
	if (!choose_kind(f, current != NULL, e))
		return false;
	e->old_name = find_name(s, wiki, f->old_name);
	find_versions(s, wiki, f, current, e);
	find_log(s, wiki, e);
	out->what = e;
	return true;
}

/* conclude_bits says that something was hidden or shown, if the version is there and it still is. */
static bool
conclude_bits(session *s, int wiki, const version_fact *f, const file_version *v, event *out)
{
	file_event *e = palloc0(sizeof(file_event));

	if (v == NULL || v->bits == f->old_bits || (e->name = find_name(s, wiki, f->name)) == NULL)
		return false;
	e->kind = FILE_VISIBILITY_CHANGE;
	e->version = v;
	e->old_bits = f->old_bits;
	find_log(s, wiki, e);
	out->what = e;
	return true;
}

static bool
old_conclude(session *s, int wiki, int64 hash, const void *data, event *out)
{
	const version_fact *f = data;
	char *name = gather_text(s->gather, f->name);
	char *archive_name = gather_text(s->gather, f->archive_name);

	return conclude_bits(s, wiki, f, file_find_old(s, wiki, name, archive_name), out);
}

static bool
archived_conclude(session *s, int wiki, int64 fa_id, const void *data, event *out)
{
	return conclude_bits(s, wiki, data, file_find_archived(s, wiki, fa_id), out);
}

static const aggregate_input inputs[] = {
    {TABLE_IMAGE, false, add_image},
    {TABLE_OLDIMAGE, true, add_oldimage},
    {TABLE_FILEARCHIVE, true, add_filearchive},
};

const aggregate file_aggregate = {
    .name = "file", .inputs = inputs, .input_count = lengthof(inputs)};
