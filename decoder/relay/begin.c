/*
 * relay/begin.c
 *	  Facts for the start, and words for the verdict; see begin.h.
 */
#include "relay/begin.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"

#define ANSWER_MS 30000
#define MOST_SWITCHES 256
#define GRANT_HINT                                                                                 \
	"run `mwmirror init` of this version; the role must be a member of mwmirror_relay."

#define ACCEPTED "consumers may miss events, or see some again"
#define ACCEPT_HINT                                                                                \
	"rows are not concerned, only events: some may be missing, or come again. Start the relay "    \
	"once "                                                                                        \
	"with --accept-gap, which goes on where the slot is."

/* What the facts point into. */
typedef struct reading
{
	start_facts facts;
	start_switch switches[MOST_SWITCHES];
	start_source *sources;
	PGresult *slot_row;
	PGresult *source_rows;
} reading;

static void
reading_free(reading *r)
{
	PQclear(r->slot_row);
	PQclear(r->source_rows);
	free(r->sources);
}

static status
ask(PGconn *conn, const char *sql, const char *doing, PGresult **out)
{
	status s = pg_ask(conn, sql, doing, ANSWER_MS, out);

	if (s != STATUS_OK || PQresultStatus(*out) == PGRES_TUPLES_OK)
		return s;
	s = pg_fail(conn, *out, doing, GRANT_HINT);
	PQclear(*out);
	*out = NULL;
	return s;
}

static status
read_history(PGconn *conn, reading *to)
{
	char sql[64];
	PGresult *result;
	status s;

	if (to->facts.timeline <= 1)
		return STATUS_OK;
	snprintf(sql, sizeof(sql), "TIMELINE_HISTORY %" PRIu32, to->facts.timeline);
	s = ask(conn, sql, "read the timeline history", &result);
	if (s != STATUS_OK)
		return s;
	to->facts.switches = to->switches;
	to->facts.switch_count = start_parse_history(
	    PQgetvalue(result, 0, 1), (size_t) PQgetlength(result, 0, 1), to->switches, MOST_SWITCHES);
	PQclear(result);
	return STATUS_OK;
}

static status
read_slot_row(PGconn *conn, const char *slot, reading *to)
{
	static const char select[] =
	    "SELECT made_lsn, coalesce(source_name, ''), coalesce(gtid_pos, '') "
	    "FROM mwmirror.slot WHERE slot_name = ";
	char *name = PQescapeLiteral(conn, slot, strlen(slot));
	char sql[sizeof(select) + 2 * 64 + 8]; /* a slot's name has at most 63 bytes */
	status s;

	to->facts.made_source = to->facts.made_gtid = "";
	if (name == NULL)
		return STATUS_MEMORY;
	snprintf(sql, sizeof(sql), "%s%s", select, name);
	PQfreemem(name);
	s = ask(conn, sql, "read mwmirror.slot", &to->slot_row);
	if (s != STATUS_OK || PQntuples(to->slot_row) == 0)
		return s;
	if (!relay_lsn_parse(PQgetvalue(to->slot_row, 0, 0), &to->facts.made_lsn))
		return STATUS_BUG;
	to->facts.made_source = PQgetvalue(to->slot_row, 0, 1);
	to->facts.made_gtid = PQgetvalue(to->slot_row, 0, 2);
	return STATUS_OK;
}

static status
read_sources(PGconn *conn, reading *to)
{
	status s = ask(conn, "SELECT source_name, gtid_pos FROM mwmirror.source",
	               "read mwmirror.source", &to->source_rows);
	int count;

	if (s != STATUS_OK)
		return s;
	count = PQntuples(to->source_rows);
	to->sources = calloc((size_t) count + 1, sizeof(*to->sources));
	if (to->sources == NULL)
		return STATUS_MEMORY;
	for (int i = 0; i < count; i++)
		to->sources[i] =
		    (start_source){PQgetvalue(to->source_rows, i, 0), PQgetvalue(to->source_rows, i, 1)};
	to->facts.sources = to->sources;
	to->facts.source_count = (size_t) count;
	return STATUS_OK;
}

static status
read_facts(replication *r, const config *c, reading *to)
{
	PGconn *conn = replication_connection(r);
	status s = replication_look(r); /* again: meanwhile another relay may have published */

	if (s != STATUS_OK)
		return s;
	to->facts = (start_facts){.system = replication_system(r),
	                          .timeline = replication_timeline(r),
	                          .server_lsn = replication_server_lsn(r),
	                          .confirmed = replication_slot_confirmed(r)};
	s = read_history(conn, to);
	if (s == STATUS_OK)
		s = read_slot_row(conn, c->relay_slot, to);
	if (s == STATUS_OK)
		s = read_sources(conn, to);
	return s;
}

static const char *
text_or(const char *text, const char *otherwise)
{
	return text[0] != '\0' ? text : otherwise;
}

static void
log_gap(const config *c, const start_verdict *v, const relay_position *stored, const start_facts *f,
        bool accepted)
{
	char at[RELAY_LSN_SIZE];
	char slot_at[RELAY_LSN_SIZE];
	char from[RELAY_LSN_SIZE];
	char to[RELAY_LSN_SIZE];
	char position[160] = "no position is published, and this is not the beginning of";
	char wal[80] = "";
	char gtids[160] = "";

	relay_lsn_format(stored->lsn, at);
	relay_lsn_format(f->confirmed, slot_at);
	relay_lsn_format(v->gap_from, from);
	relay_lsn_format(v->gap_to, to);
	if (stored->lsn != 0)
		snprintf(position, sizeof(position),
		         "the last published position %s (timeline %" PRIu32 ", GTID %s) does not fit", at,
		         stored->timeline, text_or(stored->gtid, "none yet"));
	if (v->gap_to != 0)
		snprintf(wal, sizeof(wal), "; in question is WAL from %s to %s",
		         v->gap_from != 0 ? from : "the beginning", to);
	if (stored->gtid[0] != '\0' && v->gap_gtid[0] != '\0')
		snprintf(gtids, sizeof(gtids), ", and source transactions between %s and %s", stored->gtid,
		         v->gap_gtid);
	log_write_hint(accepted ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	               accepted ? ACCEPTED : ACCEPT_HINT,
	               "%s replication slot %s at %s of timeline %" PRIu32 ": %s%s%s", position,
	               c->relay_slot, slot_at, f->timeline, v->reason, wal, gtids);
}

status
begin_choose(replication *r, const config *c, const char *flaw, bool accept_gap,
             const relay_position *stored, start_verdict *out)
{
	reading from = {0};
	char at[RELAY_LSN_SIZE];
	status s = read_facts(r, c, &from);

	from.facts.flaw = flaw;
	if (s == STATUS_OK)
	{
		start_decide(stored, &from.facts, out);
		relay_lsn_format(out->from.lsn, at);
		if (out->kind == START_GAP)
			log_gap(c, out, stored, &from.facts, accept_gap);
		else if (out->kind == START_FIRST)
			log_info("begins at %s, the position of slot %s", at, c->relay_slot);
		else
			log_info("continues %s after %s, ordinal %" PRIu32 ", GTID %s", c->relay_slot, at,
			         out->from.ordinal, text_or(out->from.gtid, "none yet"));
		if (out->kind == START_GAP && !accept_gap)
			s = STATUS_TARGET;
	}
	out->gap_gtid = ""; /* it may point into what is freed here */
	reading_free(&from);
	return s;
}

status
begin_refuse_history(const config *c, const relay_position *stored, const char *reason,
                     bool accept_gap)
{
	char at[RELAY_LSN_SIZE];

	relay_lsn_format(stored->lsn, at);
	log_write_hint(accept_gap ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
	               accept_gap ? ACCEPTED : ACCEPT_HINT,
	               "the last published position %s (timeline %" PRIu32
	               ", GTID %s) is not of the history that replication slot %s has, but of another "
	               "copy of the cluster: %s",
	               at, stored->timeline, text_or(stored->gtid, "none yet"), c->relay_slot, reason);
	return accept_gap ? STATUS_RETRY : STATUS_TARGET;
}
