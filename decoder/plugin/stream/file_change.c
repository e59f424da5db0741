/*
 * plugin/stream/file_change.c
 *	  Stream mwmirror.file_change.v1, schema mwmirror/file/change 1.0.0 (decoder/schemas): what happens to files.
 *
 * Who uploaded a version, and why, is said as performer and comment of its own event only: image has no bits that would say that it
 * was hidden since.
 */
#include "plugin/stream/streams.h"

#include "plugin/aggregate/file.h"
#include "plugin/core/json.h"
#include "plugin/entity/comment.h"
#include "plugin/entity/title.h"
#include "plugin/entity/visibility.h"
#include "plugin/entity/wiki.h"
#include "plugin/stream/fragment.h"

static const char *const kinds[] = {
    [FILE_UPLOAD] = "upload",
    [FILE_REUPLOAD] = "reupload",
    [FILE_REVERT] = "revert",
    [FILE_MOVE] = "move",
    [FILE_DELETE] = "delete",
    [FILE_RESTORE] = "restore",
    [FILE_VISIBILITY_CHANGE] = "visibility_change",
};

static const char *const place_names[] = {
    [FILE_CURRENT] = "current",
    [FILE_OLD] = "old",
    [FILE_ARCHIVED] = "deleted",
};

static bool
accepts(session *s, const event *e)
{
	return true;
}

static void
put_key(session *s, const event *e, StringInfo out)
{
	const file_event *of = e->what;

	json_begin_object(out);
	json_put_string(out, "wiki_id", wiki_ids_text(s->wiki_ids, e->wiki));
	json_put_string(out, "file_name", of->name);
	json_end_object(out);
}

static const char *
changelog_kind(const file_event *of)
{
	if (of->is_whole && (of->kind == FILE_UPLOAD || of->kind == FILE_RESTORE))
		return "insert";
	return of->is_whole && of->kind == FILE_DELETE ? "delete" : "update";
}

/* usable_log returns the log row, if it may be used; suppression, and what is or was restricted, is for few. */
static const log_entry *
usable_log(const file_event *of)
{
	int bits = of->version == NULL ? 0 : of->version->bits;

	return log_is_open(of->log) && visibility_shows(FIELD_RESTRICTED_ACTION, bits | of->old_bits)
	           ? of->log
	           : NULL;
}

/* is_new_version: its upload is what happened. */
static bool
is_new_version(const file_event *of)
{
	return of->kind == FILE_UPLOAD || of->kind == FILE_REUPLOAD || of->kind == FILE_REVERT;
}

static TimestampTz
choose_dt(session *s, const file_event *of, const log_entry *log)
{
	if (is_new_version(of) && of->version != NULL && json_time_is_writable(of->version->timestamp))
		return of->version->timestamp;
	return log != NULL && json_time_is_writable(log->timestamp) ? log->timestamp
	                                                            : session_commit_time(s);
}

static void
put_count(StringInfo out, const char *key, int64 number)
{
	if (number >= 0)
		json_put_int(out, key, number);
}

static void
put_text(StringInfo out, const char *key, const char *text)
{
	if (text != NULL)
		json_put_string(out, key, text);
}

/* put_version writes the members of a version, without what is hidden. */
static void
put_version(StringInfo out, const file_version *v)
{
	json_put_string(out, "version", place_names[v->place]);
	put_text(out, "archive_name", v->archive_name);
	if (json_time_is_writable(v->timestamp))
		json_put_time(out, "upload_dt", v->timestamp);
	fragment_put_visibility(out, v->bits);
	if (!visibility_shows(FIELD_FILE_CONTENT, v->bits))
		return;
	put_count(out, "size", v->size);
	put_count(out, "width", v->width);
	put_count(out, "height", v->height);
	put_text(out, "media_type", v->media_type);
	put_text(out, "mime", v->mime);
	put_text(out, "sha1", v->sha1);
}

static void
put_file(StringInfo out, const char *name, const file_version *v)
{
	json_key(out, "file");
	json_begin_object(out);
	put_text(out, "file_name", name);
	if (v != NULL)
		put_version(out, v);
	json_end_object(out);
}

static void
put_prior_state(const file_event *of, StringInfo out)
{
	bool differs =
	    of->kind == FILE_VISIBILITY_CHANGE && visibility_differs(of->old_bits, of->version->bits);

	if (of->old_name == NULL && of->prior == NULL && !differs)
		return;
	json_key(out, "prior_state");
	json_begin_object(out);
	if (differs)
	{
		json_key(out, "file");
		json_begin_object(out);
		fragment_put_changed_visibility(out, of->old_bits, of->version->bits);
		json_end_object(out);
	}
	else
		put_file(out, of->old_name, of->prior);
	json_end_object(out);
}

static void
put_performer(session *s, StringInfo out, int wiki, const file_event *of, const log_entry *log)
{
	if (log != NULL && visibility_shows(FIELD_LOG_PERFORMER, log->hidden))
		fragment_put_user(s, out, "performer", wiki, log->actor_id);
	else if (of->log == NULL && is_new_version(of) && of->version != NULL &&
	         visibility_shows(FIELD_EDITOR, of->version->bits))
		fragment_put_user(s, out, "performer", wiki, of->version->actor_id);
}

static void
put_comment(session *s, StringInfo out, int wiki, const log_entry *log)
{
	if (log != NULL && visibility_shows(FIELD_LOG_COMMENT, log->hidden))
		put_text(out, "comment", comment_find(s, wiki, log->comment_id));
}

static void
put_body(session *s, const event *e, StringInfo out, const char **uri)
{
	const file_event *of = e->what;
	const log_entry *log = usable_log(of);
	struct wiki *w = wiki_get(s, e->wiki);

	json_put_string(out, "changelog_kind", changelog_kind(of));
	json_put_string(out, "file_change_kind", kinds[of->kind]);
	json_put_time(out, "dt", choose_dt(s, of, log));
	json_put_string(out, "wiki_id", w->wiki_id);
	put_file(out, of->name, of->version);
	if (of->version_count > 0)
		json_put_int(out, "version_count", of->version_count);
	put_performer(s, out, e->wiki, of, log);
	put_comment(s, out, e->wiki, log);
	put_prior_state(of, out);
	*uri = title_canonical_url(w, title_prefixed(s, w, NULL, FILE_NAMESPACE, of->name));
}

const stream file_change_stream = {
    .name = "mwmirror.file_change.v1",
    .schema = "/mwmirror/file/change/1.0.0",
    .partitions = 1,
    .cleanup = "delete",
    .retention_ms = STREAM_WEEK_MS,
    .aggregates = {&file_aggregate},
    .accepts = accepts,
    .put_key = put_key,
    .put_body = put_body,
};
