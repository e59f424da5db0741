/*
 * support/setting.c
 *	  The table of settings, and finding one in it.
 */
#include "support/setting.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The member of config that holds section.name is <section>_<name>. */
#define TEXT(s, n, initial_, help_)                                                                \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_TEXT,      \
		.initial = initial_, .help = help_                                                         \
	}
#define SECRET(s, n, help_)                                                                        \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_SECRET,    \
		.initial = "", .help = help_                                                               \
	}
#define CONNINFO(s, n, initial_, help_)                                                            \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_CONNINFO,  \
		.initial = initial_, .help = help_                                                         \
	}
#define NAME(s, n, initial_, help_)                                                                \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_NAME,      \
		.initial = initial_, .help = help_                                                         \
	}
#define CHOICE(s, n, initial_, choices_, help_)                                                    \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_CHOICE,    \
		.initial = initial_, .choices = choices_, .help = help_                                    \
	}
#define INTEGER(s, n, initial_, least_, most_, help_)                                              \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_INTEGER,   \
		.initial = initial_, .least = least_, .most = most_, .help = help_                         \
	}
#define BYTES(s, n, initial_, least_, most_, help_)                                                \
	{                                                                                              \
		.section = #s, .name = #n, .offset = offsetof(config, s##_##n), .type = SETTING_BYTES,     \
		.initial = initial_, .least = least_, .most = most_, .help = help_                         \
	}

/* clang-format off */
const setting settings[] = {
	NAME(source, name, "main",
		 "name of this MariaDB source in the mirror, in events and in their ids"),
	TEXT(source, host, "127.0.0.1",
		 "MariaDB server; several as host[:port],host[:port]: the next one is tried when one fails"),
	INTEGER(source, port, "3306", 1, 65535, "port for hosts that name none"),
	TEXT(source, socket, "", "Unix socket of the server, used instead of host if set"),
	TEXT(source, user, "mwmirror", "MariaDB user, with REPLICATION SLAVE, BINLOG MONITOR and SELECT; empty: as option_file says"),
	SECRET(source, password, "its password; password_file keeps it out of this file"),
	TEXT(source, password_file, "", "file that holds the password and nothing else, read at each connection; used if password is empty"),
	TEXT(source, tls_ca, "", "file with the certificate authority of the server; empty: no TLS"),
	TEXT(source, option_file, "", "option file of MariaDB's clients, read at each connection: of its groups [client], [client-mariadb] and [mwmirror] user, password, ssl-ca, ssl-cert, ssl-key and more; its ssl-ca goes before tls_ca"),
	INTEGER(source, server_id, "7301", 1, UINT32_MAX,
			"id as a replica; must differ from that of every other replica and server"),
	INTEGER(source, heartbeat_ms, "1000", 100, 600000,
			"the server says every so many ms that it is alive; after four silent ones mwmirror reconnects"),
	BYTES(source, queue_bytes, "8MiB", 64 * KIB, GIB,
		  "binlog events that may wait between reader and applier"),
	INTEGER(source, takeover_s, "30", 3, 3600,
	        "a follow without a sign of life for so many seconds is replaced by another one; next to one that lives the other ends after them"),

	CONNINFO(postgres, conninfo, "dbname=mwmirror",
			 "libpq connection string for follow, snapshot and status: a member of mwmirror_writer"),
	CONNINFO(postgres, admin_conninfo, "",
			 "for init and add-wiki: a superuser; empty: the same as conninfo"),

	INTEGER(apply, group_rows, "20000", 1, 10000000, "rows at most in one PostgreSQL transaction"),
	BYTES(apply, group_bytes, "8MiB", KIB, GIB, "bytes of rows at most in one PostgreSQL transaction"),
	INTEGER(apply, group_ms, "200", 1, 60000, "ms that a PostgreSQL transaction stays open at most"),

	INTEGER(snapshot, workers, "2", 1, 64, "tables, or parts of a table, that are copied at once"),
	INTEGER(snapshot, chunk_rows, "100000", 1, 10000000, "rows at most that are copied in one transaction, of a table with a key; about 0.3 s worth of them are taken"),

	TEXT(export, python, "python3", "Python that has pyarrow, for export --format parquet: a name in $PATH or a path"),

	CONNINFO(relay, conninfo, "",
			 "for relay: a role with REPLICATION and mwmirror_relay; empty: as [postgres] conninfo"),
	TEXT(relay, slot, "mwmirror", "logical replication slot, made by mwmirror init"),
	CHOICE(relay, sink, "kafka", "kafka file stdout", "where the events go"),
	TEXT(relay, file, "", "path for sink = file"),
	CHOICE(relay, mode, "complete", "complete parity parity-1.43 parity-1.45 parity-1.47",
		   "complete: all that the mirror knows; parity-N: what EventBus of MediaWiki N would send; parity: the same as parity-1.43"),
	CHOICE(relay, page_change_schema, "auto", "auto 1.2.0 1.3.0",
		   "version of mediawiki/page/change; auto: 1.2.0, or 1.3.0 with mode parity-1.45 and parity-1.47"),
	INTEGER(relay, batch_events, "10000", 1, 1000000,
			"events in one Kafka transaction at most, unless one source transaction has more"),
	BYTES(relay, batch_bytes, "8MiB", KIB, GIB, "bytes in one Kafka transaction at most, likewise"),
	INTEGER(relay, status_interval_ms, "1000", 10, 60000, "PostgreSQL is told the confirmed position every so many ms"),

	TEXT(kafka, bootstrap, "127.0.0.1:9092", "brokers to start from, host:port[,host:port]"),
	TEXT(kafka, topic_prefix, "", "put before the name of every stream; Wikimedia uses 'eqiad.'"),
	TEXT(kafka, position_topic, "mwmirror.position", "compacted topic that holds the relay's position"),
	TEXT(kafka, transactional_id, "", "fences a second relay; empty: mwmirror- and the slot's name"),
	CHOICE(kafka, compression, "zstd", "zstd lz4 snappy gzip none", "of the messages"),
	INTEGER(kafka, replication_factor, "-1", -1, 100, "of topics that mwmirror topics makes; -1: the broker's default"),
	BYTES(kafka, max_message_bytes, "10MiB", 16 * KIB, GIB, "largest message; topics are made with it"),
	BYTES(kafka, queue_bytes, "16MiB", MIB, GIB, "messages that may wait in librdkafka"),
	INTEGER(kafka, transaction_timeout_ms, "10000", 1000, 900000, "after which the broker aborts a silent relay's transaction"),
	TEXT(kafka, properties_file, "", "further librdkafka properties, name=value a line: TLS, SASL"),

	CHOICE(log, level, "info", "debug info warning error", "least level that is written, on stderr"),
	CHOICE(log, format, "text", "text json", "lines of text, or one JSON object a line"),
};
/* clang-format on */

const size_t setting_count = sizeof(settings) / sizeof(settings[0]);
_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX, "raise SETTINGS_MAX");

const config_section config_sections[] = {
    {"source", "the MariaDB server that is followed"},
    {"postgres", "the mirror"},
    {"apply",
     "group commit: source transactions that wait are put into one PostgreSQL transaction"},
    {"snapshot", "the first copy of wikis"},
    {"export", "dumps of what everybody may read"},
    {"relay", "from the replication slot to the sink"},
    {"kafka", "the sink 'kafka'"},
    {"log", "log lines"},
};

const size_t section_count = sizeof(config_sections) / sizeof(config_sections[0]);

bool
setting_is_number(const setting *s)
{
	return s->type == SETTING_INTEGER || s->type == SETTING_BYTES;
}

char **
setting_text(config *c, const setting *s)
{
	return (char **) ((char *) c + s->offset);
}

int64_t *
setting_number(config *c, const setting *s)
{
	return (int64_t *) ((char *) c + s->offset);
}

const setting *
setting_find(const char *section, const char *name)
{
	for (size_t i = 0; i < setting_count; i++)
	{
		if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

/* Edits (insert, delete, replace) between two short names; a large number if they are long. */
static unsigned
name_distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t len = strlen(b);

	if (len >= 64 || strlen(a) >= 64)
		return 64;
	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned) j;
	for (size_t i = 1; a[i - 1] != '\0'; i++)
	{
		unsigned diagonal = row[0];

		row[0] = (unsigned) i;
		for (size_t j = 1; j <= len; j++)
		{
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[len];
}

const setting *
setting_suggest(const char *section, const char *name)
{
	const setting *nearest = NULL;
	unsigned least = 64;

	for (size_t i = 0; i < setting_count; i++)
	{
		unsigned distance =
		    name_distance(name, settings[i].name) + name_distance(section, settings[i].section);

		/* the right name in the wrong section is near, however the sections are called */
		if (strcmp(name, settings[i].name) == 0 && distance > 1)
			distance = 1;
		if (distance < least)
		{
			least = distance;
			nearest = &settings[i];
		}
	}
	return least <= 1 + strlen(name) / 4 ? nearest : NULL;
}

bool
choice_allows(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *word = choices; *word != '\0';)
	{
		size_t word_len = strcspn(word, " ");

		if (word_len == len && strncmp(word, value, len) == 0)
			return true;
		word += word_len;
		word += strspn(word, " ");
	}
	return false;
}

bool
section_is_known(const char *section)
{
	for (size_t i = 0; i < section_count; i++)
	{
		if (strcmp(config_sections[i].name, section) == 0)
			return true;
	}
	return false;
}

void
setting_environment_name(const char *section, const char *name, char *out, size_t size)
{
	snprintf(out, size, "MWMIRROR_%s_%s", section, name != NULL ? name : "");
	for (char *p = out; *p != '\0'; p++)
		*p = (char) toupper((unsigned char) *p);
}
