/*
 * apply/caller.c
 *	  The caller's replication origin; see caller.h.
 */
#include "apply/caller.h"

#include "apply/compat.h"

origin
caller_origin(void)
{
	origin found = {.worker = ORIGIN_NONE};
	char *name;

	if (compat_session_origin() != InvalidReplOriginId &&
	    replorigin_by_oid(compat_session_origin(), true, &name))
		found = origin_parse(name);
	if (found.worker == ORIGIN_NONE)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("the session has no replication origin of the mirror"),
		                errhint("Call mwmirror.origin_setup() first.")));
	return found;
}
