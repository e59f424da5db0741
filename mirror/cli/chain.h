/*
 * cli/chain.h
 *	  Where each hop of the chain is right now: the facts behind mwmirror status.
 */
#ifndef MWMIRROR_CLI_CHAIN_H
#define MWMIRROR_CLI_CHAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "relay/position.h"
#include "support/arena.h"
#include "support/config.h"
#include "support/status.h"

#define CHAIN_UNKNOWN (-1.0) /* a lag that cannot be told */

/* A row of mwmirror.wiki; texts may be NULL where PostgreSQL says NULL. */
typedef struct chain_wiki
{
	const char *wiki_id;
	const char *generator;
	const char *snapshot_gtid;
	const char *snapshot_at;
	const char *gone_gtid;
} chain_wiki;

/* A row of mwmirror.source, and for the configured source MariaDB's own word. */
typedef struct chain_source
{
	const char *name;
	bool configured;         /* the one of source.name: only of it MariaDB is asked */
	const char *source_gtid; /* @@gtid_binlog_pos; NULL: unreachable or not asked */
	const char *mirror_gtid; /* "" before the first snapshot; NULL without PostgreSQL */
	const char *last_gtid;
	const char *commit_time; /* of last_gtid at the source, ISO 8601 */
	int64_t commit_time_us;  /* the same, unix microseconds; 0: unknown */
	const char *applied_at;
	int follow_pid;          /* PostgreSQL's process of the session that writes; 0: none */
	const char *follow_name; /* its application_name */
	double lag;              /* seconds from source to mirror, or CHAIN_UNKNOWN */
	chain_wiki *wikis;
	size_t wiki_count;
} chain_source;

typedef struct chain_slot
{
	bool exists;
	int active_pid; /* of the walsender; 0: no relay */
	const char *restart_lsn;
	const char *confirmed_lsn;
	const char *wal_status;
	int64_t behind_bytes;    /* WAL flushed and not confirmed */
	bool failover;           /* standbys keep a copy of it */
	bool synced;             /* it is such a copy */
	const char *made_lsn;    /* as in mwmirror.slot; NULL: not made by init */
	const char *made_source; /* NULL where that table says so */
	const char *made_gtid;
} chain_slot;

/* A row of mwmirror.streams(). */
typedef struct chain_stream
{
	const char *name;
	const char *topic; /* with the prefix */
	bool is_private;   /* it tells of private wikis, and of no other */
	bool enabled;      /* of one wiki at least, or of those that come */
	int64_t wikis;     /* of how many it tells */
} chain_stream;

typedef struct chain
{
	bool postgres_reachable;
	bool in_recovery;      /* it is a standby: flush_lsn is what it has received */
	const char *flush_lsn; /* pg_current_wal_flush_lsn */
	const char *system;    /* system identifier */
	uint32_t timeline;
	chain_source *sources;
	size_t source_count;
	chain_slot slot;
	chain_stream *streams;
	size_t stream_count;
	json_t *requests;     /* as requests_read gives them, for json_decref; NULL: not known */
	json_t *unmapped;     /* as unmapped_read gives it, likewise */
	json_t *copies;       /* as copies_read, likewise */
	int unguarded;        /* public tables whose views show nothing, if there are views */
	bool kafka_asked;     /* relay.sink is kafka */
	bool kafka_reachable; /* the position topic was read */
	bool published;       /* it has a record of this slot */
	relay_position position;
	double relay_lag; /* seconds from mirror to Kafka, or CHAIN_UNKNOWN */
	const char
	    *gap; /* why the relay, which does not run, would refuse to start; NULL: it would not */
} chain;

/*
 * Asks all three servers; what cannot be reached is said in *out, and logged. A mirror or relay that is about to
 * reach the position of the hop before it gets a moment to do so. Everything in *out but requests, unmapped and copies belongs to the arena.
 * STATUS_MEMORY, STATUS_STOPPED, or STATUS_OK whatever was found.
 */
status chain_look(const config *c, arena *a, chain *out);

#endif
