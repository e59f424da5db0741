/*
 * support/extension.h
 *	  Is the extension in this database the one that this program was made for?
 */
#ifndef MWMIRROR_SUPPORT_EXTENSION_H
#define MWMIRROR_SUPPORT_EXTENSION_H

#include <libpq-fe.h>
#include "support/status.h"

/* STATUS_TARGET if it is missing or of another version, logged with what to run; others as pg_execute. */
status extension_check(PGconn *conn);

#endif
