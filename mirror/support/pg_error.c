/*
 * support/pg_error.c
 *	  SQLSTATEs and what to do after them; see pg_error.h.
 *
 * Codes: PostgreSQL's errcodes.txt. A passing fault that is taken for a refusal ends a daemon for good; a refusal
 * that is taken for a passing fault only costs attempts, and each of them is logged. So where one code stands for
 * both, the answer is "retry".
 */
#include "support/pg_error.h"

#include <string.h>

/* clang-format off */
const pg_error pg_errors[] = {
    /* code    answer     meaning */
    {"08",    PG_RETRY,  "the connection failed"},
    {"25006", PG_RETRY,  "this server is read-only: waiting for one that is not"},
    {"25P03", PG_RETRY,  "idle_in_transaction_session_timeout"},
    {"25P04", PG_RETRY,  "transaction_timeout"},
    {"28",    PG_REFUSE, "role, password or pg_hba.conf"},
    {"3D000", PG_REFUSE, "there is no such database"},
    {"40",    PG_RETRY,  "the transaction was rolled back: serialization, deadlock"},
    {"42",    PG_REFUSE, "a right, a name or the syntax"},
    {"53",    PG_RETRY,  "memory, disk, connections or walsenders are used up"},
    {"55000", PG_REFUSE, "an object is not in the state that is needed"},
    {"55006", PG_RETRY,  "an object is in use"},
    {"55P03", PG_RETRY,  "lock_timeout"},
    {"57",    PG_RETRY,  "an operator intervened"},
    {"57014", PG_RETRY,  "statement_timeout, or an operator cancelled it"},
    {"57P01", PG_RETRY,  "the server shuts down, or an operator ended the session"},
    {"57P02", PG_RETRY,  "a process of the server crashed"},
    {"57P03", PG_RETRY,  "the server starts, recovers or shuts down"},
    {"57P04", PG_REFUSE, "the database was dropped"},
    {"57P05", PG_RETRY,  "idle_session_timeout"},
    {"58000", PG_RETRY,  "the server's system failed"},
    {"58030", PG_RETRY,  "the server's disk failed"},
    {"58P01", PG_REFUSE, "a file is missing: WAL or a module"},
    {"72000", PG_RETRY,  "old_snapshot_threshold"},
    {"MWC01", PG_RETRY,  "what is copied of the source has changed"},
    {"MW",    PG_REFUSE, "the output plugin cannot go on; it says why and what to do"},
    {"XX",    PG_REFUSE, "the server found a bug or damaged data"},
    {NULL,    PG_REFUSE, NULL},
};
/* clang-format on */

#define CLASS_LEN 2
#define STATE_LEN (PG_STATE_SIZE - 1)

/* Returns the line whose code is the first len characters of the SQLSTATE, NULL if there is none. */
static const pg_error *
find(const char *sqlstate, size_t len)
{
	for (const pg_error *e = pg_errors; e->code != NULL; e++)
		if (strlen(e->code) == len && strncmp(e->code, sqlstate, len) == 0)
			return e;
	return NULL;
}

/* Returns the line of the SQLSTATE or else of its class, NULL if there is none. */
static const pg_error *
find_closest(const char *sqlstate)
{
	const pg_error *e = find(sqlstate, STATE_LEN);

	return e != NULL ? e : find(sqlstate, CLASS_LEN);
}

pg_answer
pg_judge(const char *sqlstate)
{
	const pg_error *e;

	if (sqlstate == NULL || sqlstate[0] == '\0')
		return PG_RETRY;
	e = find_closest(sqlstate);
	return e != NULL ? e->answer : PG_REFUSE;
}

const char *
pg_meaning(const char *sqlstate)
{
	const pg_error *e =
	    sqlstate != NULL && sqlstate[0] != '\0' ? find_closest(sqlstate) : find("08", CLASS_LEN);

	return e != NULL ? e->meaning : "an error of the server";
}

/* Returns where "57P03: " begins behind ":  " in the message, NULL if nowhere. */
static const char *
find_state(const char *message)
{
	static const char before[] = ":  ";
	const char *p = message;

	while ((p = strstr(p, before)) != NULL)
	{
		p += strlen(before);
		if (strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == STATE_LEN &&
		    strncmp(p + STATE_LEN, ": ", 2) == 0)
			return p;
	}
	return NULL;
}

bool
pg_message_state(const char *message, char out[PG_STATE_SIZE])
{
	const char *next = find_state(message);

	out[0] = '\0';
	while (next != NULL)
	{
		memcpy(out, next, STATE_LEN);
		out[STATE_LEN] = '\0';
		next = find_state(next);
	}
	return out[0] != '\0';
}

void
pg_message_line(const char *message, char *out, size_t size)
{
	static const char location[] =
	    "LOCATION:  "; /* of the server's source, with PQERRORS_VERBOSE */
	const char *state = find_state(message);
	size_t used = 0;

	while (*message != '\0' && used + 1 < size)
	{
		bool fresh = used == 0 || message[-1] == '\n';

		if (fresh && strncmp(message, location, strlen(location)) == 0)
			message += strcspn(message, "\n");
		else if (message == state)
		{
			message += STATE_LEN + 2;
			state = find_state(message);
		}
		else if (*message == '\n' || *message == '\t')
		{
			message += strspn(message, "\n\t");
			if (used > 0 && out[used - 1] != ' ' && used + 2 < size)
			{
				out[used++] = ';';
				out[used++] = ' ';
			}
		}
		else
			out[used++] = *message++;
	}
	while (used > 0 && strchr("; ", out[used - 1]) != NULL)
		used--;
	out[used] = '\0';
}
