/*
 * cli/views.h
 *	  Public views of a wiki, for verbs that make them beside other things.
 */
#ifndef MWMIRROR_CLI_VIEWS_H
#define MWMIRROR_CLI_VIEWS_H

#include <libpq-fe.h>
#include "support/status.h"

/*
 * Makes the public views of a wiki, NULL: those of all wikis, and says so. Waits for tables that are in use, for a minute. conn is the extension's owner's.
 * STATUS_TARGET if they cannot be made (logged), STATUS_STOPPED.
 */
status views_make(PGconn *conn, const char *wiki);

/* Makes all public views that there are, and what hides their rows, as the rules are; *made: schemas that were not so. Waits, and errors, as above. */
status views_refresh(PGconn *conn, int *made);

#endif
