/*
 * support/extension.c
 *	  The extension's version; see extension.h.
 */
#include "support/extension.h"

#include <stdio.h>
#include <string.h>
#include "support/log.h"
#include "support/pg.h"
#include "support/version.h"

#define ANSWER_MS 30000

/* Never released, and not to be updated: its events, positions and rows are of another form. */
#define FIRST_VERSION "0.1.0"

#define FIRST_HINT                                                                                 \
	"stop follow and relay; run in database %s: SELECT pg_drop_replication_slot(slot_name) FROM "  \
	"pg_replication_slots WHERE plugin = 'mwmirror' AND database = current_database(); DROP "      \
	"EXTENSION mwmirror; (or leave it and set the conninfos to a new database, and relay.slot to " \
	"a new name); then: mwmirror init, mwmirror add-wiki for each wiki, mwmirror snapshot"

#define OTHER_HINT                                                                                 \
	"stop follow and relay, run make install of mwmirror %s for this server, and in database %s: " \
	"ALTER EXTENSION mwmirror UPDATE TO '%s'; if the extension is the newer one, run the program " \
	"of its version instead"

static status
refuse_version(PGconn *conn, const char *version)
{
	const char *database = PQdb(conn);
	char hint[1024];

	if (strcmp(version, FIRST_VERSION) == 0)
	{
		snprintf(hint, sizeof(hint), FIRST_HINT, database);
		log_error_hint(hint,
		               "the mirror in database %s is of version %s, which cannot be updated to %s: "
		               "all wikis must be copied anew",
		               database, version, MWMIRROR_VERSION);
	}
	else
	{
		snprintf(hint, sizeof(hint), OTHER_HINT, MWMIRROR_VERSION, database, MWMIRROR_VERSION);
		log_error_hint(hint, "the extension mwmirror in database %s is of version %s, this is %s",
		               database, version, MWMIRROR_VERSION);
	}
	return STATUS_TARGET;
}

status
extension_check(PGconn *conn)
{
	PGresult *res;
	status s = pg_execute(conn, "SELECT extversion FROM pg_extension WHERE extname = 'mwmirror'",
	                      "read the extension's version", ANSWER_MS, &res);

	if (s != STATUS_OK)
		return s;
	if (PQntuples(res) == 0)
	{
		log_error_hint("run mwmirror init",
		               "the extension mwmirror is not installed in database %s", PQdb(conn));
		s = STATUS_TARGET;
	}
	else if (strcmp(PQgetvalue(res, 0, 0), MWMIRROR_VERSION) != 0)
		s = refuse_version(conn, PQgetvalue(res, 0, 0));
	PQclear(res);
	return s;
}
