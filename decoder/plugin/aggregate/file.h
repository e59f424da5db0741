/*
 * plugin/aggregate/file.h
 *	  What happened to files: from the rows of image, oldimage and filearchive.
 */
#ifndef MWMIRROR_AGGREGATE_FILE_H
#define MWMIRROR_AGGREGATE_FILE_H

#include "plugin/core/registry.h"
#include "plugin/entity/file.h"
#include "plugin/entity/log.h"

typedef enum file_event_kind
{
	FILE_UPLOAD,
	FILE_REUPLOAD, /* a new version of a file that is there */
	FILE_REVERT,   /* likewise, as an earlier one was */
	FILE_MOVE,
	FILE_DELETE, /* of a file, or of earlier versions of one that stays */
	FILE_RESTORE,
	FILE_VISIBILITY_CHANGE /* of a version that is not current */
} file_event_kind;

typedef struct file_event
{
	file_event_kind kind;
	const char *name;
	const char *old_name; /* of one that was moved */
	/* The version that came, is the file now, or is gone: the current one, if that is among them. NULL: not known. */
	const file_version *version;
	const file_version *prior; /* of a new version: what was current before; NULL: not known */
	bool is_whole;             /* the file itself came or went, not earlier versions only */
	int old_bits;              /* what was hidden before, of a visibility_change */
	int version_count;         /* that were deleted or restored; 0: not known */
	const log_entry *log;      /* NULL: the source transaction has no log row of it */
} file_event;

extern const aggregate file_aggregate;

#endif
