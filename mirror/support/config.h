/*
 * support/config.h
 *	  All settings, from one INI file, overridden by the environment.
 *
 * The table in setting.c is the one source of names, defaults, ranges and help
 * texts: parsing, check-config, --help and deploy/mwmirror.conf all follow it.
 * Setting `host` of section `source` is MWMIRROR_SOURCE_HOST in the environment.
 */
#ifndef MWMIRROR_SUPPORT_CONFIG_H
#define MWMIRROR_SUPPORT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "support/status.h"

typedef struct config
{
	/* [source] the MariaDB server that is followed */
	char *source_name;   /* key of mwmirror.source */
	char *source_host;   /* one or more host[:port], separated by commas */
	int64_t source_port; /* for hosts without a port */
	char *source_socket; /* instead of hosts, if set */
	char *source_user;
	char *source_password; /* better: source_password_file */
	char *source_password_file;
	char *source_tls_ca;      /* empty: no TLS */
	char *source_option_file; /* of MariaDB's clients; empty: none */
	int64_t source_server_id; /* as a replica; unique among the server's replicas */
	int64_t source_heartbeat_ms;
	int64_t source_queue_bytes; /* between reader and applier */
	int64_t source_takeover_s;  /* a follow without a sign of life for so long is replaced */

	/* [postgres] the mirror */
	char *postgres_conninfo;       /* follow, snapshot, status: a member of mwmirror_writer */
	char *postgres_admin_conninfo; /* init, add-wiki: a superuser or the owner */

	/* [apply] */
	int64_t apply_group_rows; /* group commit: rows, bytes and ms at most */
	int64_t apply_group_bytes;
	int64_t apply_group_ms;

	/* [snapshot] */
	int64_t snapshot_workers;
	int64_t snapshot_chunk_rows; /* at most */

	/* [export] */
	char *export_python; /* with pyarrow */

	/* [relay] */
	char *relay_conninfo; /* a role with REPLICATION */
	char *relay_slot;
	char *relay_sink; /* stdout, file or kafka */
	char *relay_file; /* path of sink file */
	char *relay_mode; /* complete or parity-... */
	char *relay_page_change_schema;
	/* per Kafka transaction at most, unless one source transaction has more */
	int64_t relay_batch_events;
	int64_t relay_batch_bytes;
	int64_t relay_status_interval_ms;

	/* [kafka] */
	char *kafka_bootstrap;
	char *kafka_topic_prefix;
	char *kafka_position_topic;
	char *kafka_transactional_id; /* empty: mwmirror-<slot> */
	char *kafka_compression;      /* zstd, lz4, snappy, gzip or none */
	int64_t kafka_replication_factor;
	int64_t kafka_max_message_bytes;
	int64_t kafka_queue_bytes; /* librdkafka's own queue */
	int64_t kafka_transaction_timeout_ms;
	char *kafka_properties_file; /* further librdkafka properties, name=value a line (TLS, SASL) */

	/* [log] */
	char *log_level;  /* debug, info, warning, error */
	char *log_format; /* text or json */
} config;

/*
 * Reads the file (NULL: $MWMIRROR_CONF, else /etc/mwmirror.conf if it is there), then the environment.
 * Logs every unknown name and bad value with its line, and returns STATUS_CONFIG if there was any.
 * On STATUS_OK the caller owns *out and frees it with config_free.
 */
status config_load(const char *path, config *out);

void config_free(config *c);

/* Writes every setting with help text, default and environment name, as a sample file. */
void config_write_sample(FILE *out);

/* Writes one line for each setting of the named sections (separated by blanks), for --help of a verb. */
void config_write_help(const char *sections, FILE *out);

/* Writes the settings in force, secrets as ***. */
void config_write(const config *c, FILE *out);

#endif
