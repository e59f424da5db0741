/*
 * support/config.c
 *	  The table of settings, and what follows from it: reading, checking, showing, the sample file.
 */
#define _GNU_SOURCE
#include "support/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/log.h"

#define CONFIG_DEFAULT_PATH "/etc/mwmirror.conf"
#define CONFIG_LINE_MAX 8192
#define KIB ((int64_t) 1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

typedef enum setting_type
{
	SETTING_TEXT,
	SETTING_SECRET,   /* text that is never shown */
	SETTING_CONNINFO, /* libpq connection string; its password is never shown */
	SETTING_CHOICE,   /* one of the words of .choices */
	SETTING_INTEGER,
	SETTING_BYTES /* integer that takes KiB, MiB and GiB */
} setting_type;

typedef struct setting
{
	const char *section;
	const char *name;
	size_t offset; /* of the member of config */
	setting_type type;
	const char *initial; /* default, in the notation of the file */
	int64_t least;
	int64_t most;
	const char *choices; /* words separated by blanks */
	const char *help;
} setting;

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
static const setting settings[] = {
	TEXT(source, name, "main",
		 "name of this MariaDB source in the mirror (mwmirror.source)"),
	TEXT(source, host, "127.0.0.1",
		 "MariaDB server; several as host[:port],host[:port]: the next one is tried when one fails"),
	INTEGER(source, port, "3306", 1, 65535, "port for hosts that name none"),
	TEXT(source, socket, "", "Unix socket of the server, used instead of host if set"),
	TEXT(source, user, "mwmirror", "MariaDB user, with REPLICATION SLAVE, BINLOG MONITOR and SELECT"),
	SECRET(source, password, "its password; password_file keeps it out of this file"),
	TEXT(source, password_file, "", "file that holds the password and nothing else; used if password is empty"),
	TEXT(source, tls_ca, "", "file with the certificate authority of the server; empty: no TLS"),
	INTEGER(source, server_id, "7301", 1, UINT32_MAX,
			"id as a replica; must differ from that of every other replica and server"),
	INTEGER(source, heartbeat_ms, "1000", 100, 600000,
			"the server says every so many ms that it is alive; after three silent ones mwmirror reconnects"),
	BYTES(source, queue_bytes, "8MiB", 64 * KIB, GIB,
		  "binlog events that may wait between reader and applier"),

	CONNINFO(postgres, conninfo, "dbname=mwmirror",
			 "libpq connection string for follow, snapshot and status: a member of mwmirror_writer"),
	CONNINFO(postgres, admin_conninfo, "",
			 "for init and add-wiki: a superuser; empty: the same as conninfo"),

	INTEGER(apply, group_rows, "20000", 1, 10000000, "rows at most in one PostgreSQL transaction"),
	BYTES(apply, group_bytes, "8MiB", KIB, GIB, "bytes of rows at most in one PostgreSQL transaction"),
	INTEGER(apply, group_ms, "200", 1, 60000, "ms that a PostgreSQL transaction stays open at most"),
	INTEGER(apply, standby_snapshot_commits, "500", 1, 1000000,
			"log the running transactions every so many commits; keeps decoding cheap"),

	CONNINFO(relay, conninfo, "",
			 "for relay: a role with REPLICATION and mwmirror_relay; empty: as [postgres] conninfo"),
	TEXT(relay, slot, "mwmirror", "logical replication slot, made by mwmirror init"),
	CHOICE(relay, sink, "kafka", "kafka file stdout", "where the events go"),
	TEXT(relay, file, "", "path for sink = file"),
	CHOICE(relay, mode, "complete", "complete parity",
		   "complete: all that the mirror knows; parity: what MediaWiki's own hooks would send"),
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
	INTEGER(kafka, transaction_timeout_ms, "60000", 1000, 900000, "after which the broker aborts a silent relay's transaction"),
	TEXT(kafka, properties_file, "", "further librdkafka properties, name=value a line: TLS, SASL"),

	CHOICE(log, level, "info", "debug info warning error", "least level that is written, on stderr"),
	CHOICE(log, format, "text", "text json", "lines of text, or one JSON object a line"),
};
/* clang-format on */

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

typedef struct config_section
{
	const char *name;
	const char *help;
} config_section;

static const config_section config_sections[] = {
    {"source", "the MariaDB server that is followed"},
    {"postgres", "the mirror"},
    {"apply",
     "group commit: source transactions that wait are put into one PostgreSQL transaction"},
    {"relay", "from the replication slot to the sink"},
    {"kafka", "the sink 'kafka'"},
    {"log", "log lines"},
};

#define SECTION_COUNT (sizeof(config_sections) / sizeof(config_sections[0]))

/* State while a file and the environment are read. */
typedef struct config_reader
{
	config *config;
	const char *path;
	FILE *file;
	int line;
	bool line_too_long;
	bool line_indented;
	int errors;
	bool out_of_memory;
	int seen[SETTING_COUNT]; /* line on which a setting was set */
} config_reader;

static bool
setting_is_number(const setting *s)
{
	return s->type == SETTING_INTEGER || s->type == SETTING_BYTES;
}

static char **
setting_text(config *c, const setting *s)
{
	return (char **) ((char *) c + s->offset);
}

static int64_t *
setting_number(config *c, const setting *s)
{
	return (int64_t *) ((char *) c + s->offset);
}

static const setting *
setting_find(const char *section, const char *name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
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

/* Returns the setting that an unknown name was probably meant to be, or NULL. */
static const setting *
setting_suggest(const char *section, const char *name)
{
	const setting *nearest = NULL;
	unsigned least = 64;

	for (size_t i = 0; i < SETTING_COUNT; i++)
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

/* Writes where a message is about: 'file:line', or the environment variable. */
static const char *
config_reader_place(const config_reader *r, const char *variable, char *out, size_t size)
{
	if (variable != NULL)
		snprintf(out, size, "environment variable %s", variable);
	else
		snprintf(out, size, "%s:%d", r->path, r->line);
	return out;
}

static void
config_report_unknown(config_reader *r, const char *place, const char *section, const char *name)
{
	const setting *near = setting_suggest(section, name);
	char hint[256];

	r->errors++;
	if (near != NULL)
		snprintf(hint, sizeof(hint), "did you mean %s in section [%s]?", near->name, near->section);
	else
		snprintf(hint, sizeof(hint), "mwmirror check-config --sample shows every setting");
	if (section[0] == '\0')
		log_error_hint(hint, "%s: setting \"%s\" stands before any [section]", place, name);
	else
		log_error_hint(hint, "%s: unknown setting \"%s\" in section [%s]", place, name, section);
}

static void
config_report_unknown_section(config_reader *r, const char *place, const char *section)
{
	char known[256] = "";

	for (size_t i = 0; i < SECTION_COUNT; i++)
	{
		strncat(known, i > 0 ? " " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, config_sections[i].name, sizeof(known) - strlen(known) - 1);
	}
	r->errors++;
	log_error("%s: unknown section [%s]; there are: %s", place, section, known);
}

static bool
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

/* Reads a number with an optional unit; false if value is anything else or out of int64's range. */
static bool
number_parse(const char *value, bool bytes, int64_t *out)
{
	char *end;
	long long number;
	int64_t factor = 1;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (end == value || errno != 0)
		return false;
	end += strspn(end, " ");
	if (bytes && strcmp(end, "KiB") == 0)
		factor = KIB;
	else if (bytes && strcmp(end, "MiB") == 0)
		factor = MIB;
	else if (bytes && strcmp(end, "GiB") == 0)
		factor = GIB;
	else if (*end != '\0')
		return false;
	return !__builtin_mul_overflow((int64_t) number, factor, out);
}

/* Checks and stores one value; reports at place what is wrong with it. */
static void
setting_store(config_reader *r, const setting *s, const char *place, const char *value)
{
	char *copy;

	if (setting_is_number(s))
	{
		int64_t number;

		if (number_parse(value, s->type == SETTING_BYTES, &number) && number >= s->least &&
		    number <= s->most)
		{
			*setting_number(r->config, s) = number;
			return;
		}
		r->errors++;
		log_error("%s: %s.%s = \"%s\" must be a whole number from %lld to %lld%s", place,
		          s->section, s->name, value, (long long) s->least, (long long) s->most,
		          s->type == SETTING_BYTES ? " bytes; KiB, MiB and GiB may follow it" : "");
		return;
	}
	if (s->type == SETTING_CHOICE && !choice_allows(s->choices, value))
	{
		r->errors++;
		log_error("%s: %s.%s = \"%s\" must be one of: %s", place, s->section, s->name, value,
		          s->choices);
		return;
	}
	if (s->type == SETTING_CONNINFO)
	{
		char *message = NULL;
		PQconninfoOption *options = PQconninfoParse(value, &message);

		if (options == NULL)
		{
			/* libpq's message may quote part of a password: say only where it is */
			r->errors++;
			log_error("%s: %s.%s is not a libpq connection string; write it as "
			          "\"host=... port=... dbname=... user=...\" or as postgresql://...",
			          place, s->section, s->name);
			PQfreemem(message);
			return;
		}
		PQconninfoFree(options);
	}
	copy = strdup(value);
	if (copy == NULL)
	{
		r->out_of_memory = true;
		return;
	}
	free(*setting_text(r->config, s));
	*setting_text(r->config, s) = copy;
}

static bool
section_is_known(const char *section)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
	{
		if (strcmp(config_sections[i].name, section) == 0)
			return true;
	}
	return false;
}

/* Called by inih for each name=value; value is NULL for a line that is neither that nor a section. */
static int
config_on_value(void *user, const char *section, const char *name, const char *value)
{
	config_reader *r = user;
	const setting *s = setting_find(section, name);
	char place[512];

	config_reader_place(r, NULL, place, sizeof(place));
	if (value == NULL)
	{
		r->errors++;
		log_error("%s: \"%s\" is neither a [section], a name = value nor a # comment", place, name);
	}
	else if (section[0] != '\0' && !section_is_known(section))
		config_report_unknown_section(r, place, section);
	else if (s == NULL)
		config_report_unknown(r, place, section, name);
	else if (r->seen[s - settings] != 0 && r->line_indented)
	{
		r->errors++;
		log_error("%s: an indented line continues the one before, but %s.%s takes a single line",
		          place, section, name);
	}
	else if (r->seen[s - settings] != 0)
	{
		r->errors++;
		log_error("%s: %s.%s was already set on line %d", place, section, name,
		          r->seen[s - settings]);
	}
	else
	{
		r->seen[s - settings] = r->line;
		setting_store(r, s, place, value);
	}
	return 1;
}

/* fgets that counts lines, for inih, which does not tell its handler where it is. */
static char *
config_read_line(char *out, int size, void *stream)
{
	config_reader *r = stream;
	char *line = fgets(out, size, r->file);
	size_t len;

	if (line == NULL)
		return NULL;
	len = strlen(line);
	if (!r->line_too_long)
	{
		r->line++;
		r->line_indented = line[0] == ' ' || line[0] == '\t';
	}
	if (len > 0 && line[len - 1] != '\n' && !feof(r->file))
	{
		char place[512];

		if (!r->line_too_long)
		{
			r->errors++;
			log_error("%s: line has more than %d characters",
			          config_reader_place(r, NULL, place, sizeof(place)), CONFIG_LINE_MAX - 2);
		}
		r->line_too_long = true;
		line[0] = '\0';
	}
	else if (r->line_too_long)
	{
		r->line_too_long = false;
		line[0] = '\0';
	}
	return line;
}

static status
config_read_file(config_reader *r)
{
	int bad_line;

	r->file = fopen(r->path, "re");
	if (r->file == NULL)
	{
		log_error_hint("give the file with -c, or in MWMIRROR_CONF",
		               "cannot read configuration file %s: %s", r->path, strerror(errno));
		return STATUS_CONFIG;
	}

	ini_max_line = CONFIG_LINE_MAX;
	ini_allow_multiline = true;        /* continued lines are seen, and refused */
	ini_allow_inline_comments = false; /* passwords may hold any character */
	ini_allow_no_value = true;
	bad_line = ini_parse_stream(config_read_line, r, config_on_value, r);
	fclose(r->file);
	if (bad_line != 0)
	{
		/* all else that inih could refuse has reached the handler */
		r->errors++;
		log_error("%s:%d: the name of a [section] is not closed", r->path, bad_line);
	}
	return STATUS_OK;
}

/* Writes MWMIRROR_<SECTION>_<NAME>; name NULL: only the prefix up to and with the second underscore. */
static void
config_environment_name(const char *section, const char *name, char *out, size_t size)
{
	snprintf(out, size, "MWMIRROR_%s_%s", section, name != NULL ? name : "");
	for (char *p = out; *p != '\0'; p++)
		*p = (char) toupper((unsigned char) *p);
}

/* Reports a variable that begins like ours in a known section but is no setting: a slip of the pen. */
static void
config_check_variable(config_reader *r, const char *variable)
{
	char expected[128];
	char name[128];
	char place[512];
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < SECTION_COUNT; i++)
	{
		size_t prefix_len;

		config_environment_name(config_sections[i].name, NULL, expected, sizeof(expected));
		prefix_len = strlen(expected);
		if (strncmp(variable, expected, prefix_len) != 0 || len - prefix_len >= sizeof(name))
			continue;
		for (size_t j = 0; j < len - prefix_len; j++)
			name[j] = (char) tolower((unsigned char) variable[prefix_len + j]);
		name[len - prefix_len] = '\0';
		if (setting_find(config_sections[i].name, name) == NULL)
		{
			snprintf(place, sizeof(place), "environment variable %.*s", (int) len, variable);
			config_report_unknown(r, place, config_sections[i].name, name);
		}
	}
}

static void
config_read_environment(config_reader *r)
{
	char variable[128];
	char place[512];

	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		const char *value;

		config_environment_name(settings[i].section, settings[i].name, variable, sizeof(variable));
		value = getenv(variable);
		if (value != NULL)
			setting_store(r, &settings[i], config_reader_place(r, variable, place, sizeof(place)),
			              value);
	}
	for (char **p = environ; *p != NULL; p++)
		config_check_variable(r, *p);
}

/* Reads source.password_file into source.password, without the newline at its end. */
static void
config_read_password(config_reader *r)
{
	config *c = r->config;
	char buffer[1024];
	struct stat info;
	size_t len;
	FILE *file;

	if (c->source_password_file[0] == '\0' || c->source_password[0] != '\0')
		return;
	file = fopen(c->source_password_file, "re");
	if (file == NULL)
	{
		r->errors++;
		log_error("cannot read source.password_file %s: %s", c->source_password_file,
		          strerror(errno));
		return;
	}
	if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IROTH) != 0)
		log_warning("%s can be read by everyone; run: chmod o-r %s", c->source_password_file,
		            c->source_password_file);
	len = fread(buffer, 1, sizeof(buffer) - 1, file);
	fclose(file);
	while (len > 0 && (buffer[len - 1] == '\n' || buffer[len - 1] == '\r'))
		len--;
	buffer[len] = '\0';
	free(c->source_password);
	c->source_password = strdup(buffer);
	explicit_bzero(buffer, sizeof(buffer));
	if (c->source_password == NULL)
		r->out_of_memory = true;
}

/* Gives an empty text setting another one's value. */
static void
config_fill_empty(config_reader *r, char **text, const char *value)
{
	char *copy;

	if ((*text)[0] != '\0')
		return;
	copy = strdup(value);
	if (copy == NULL)
	{
		r->out_of_memory = true;
		return;
	}
	free(*text);
	*text = copy;
}

/* Defaults that depend on other settings, and settings that need each other. */
static void
config_complete(config_reader *r)
{
	config *c = r->config;
	char id[256];

	config_read_password(r);
	config_fill_empty(r, &c->postgres_admin_conninfo, c->postgres_conninfo);
	config_fill_empty(r, &c->relay_conninfo, c->postgres_conninfo);
	snprintf(id, sizeof(id), "mwmirror-%s", c->relay_slot);
	config_fill_empty(r, &c->kafka_transactional_id, id);
	if (strcmp(c->relay_sink, "file") == 0 && c->relay_file[0] == '\0')
	{
		r->errors++;
		log_error("relay.sink = file needs relay.file, the path to write to");
	}
	if (c->source_name[0] == '\0')
	{
		r->errors++;
		log_error("source.name must not be empty");
	}
}

status
config_load(const char *path, config *out)
{
	config_reader reader = {.config = out};
	status result = STATUS_OK;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		setting_store(&reader, &settings[i], settings[i].name, settings[i].initial);

	if (path == NULL)
		path = getenv("MWMIRROR_CONF");
	if (path == NULL && access(CONFIG_DEFAULT_PATH, F_OK) == 0)
		path = CONFIG_DEFAULT_PATH;
	if (!reader.out_of_memory)
	{
		if (path != NULL)
		{
			reader.path = path;
			result = config_read_file(&reader);
		}
		config_read_environment(&reader);
	}
	if (!reader.out_of_memory)
		config_complete(&reader);

	if (reader.out_of_memory)
	{
		log_error("out of memory while reading the configuration");
		result = STATUS_MEMORY;
	}
	else if (reader.errors > 0)
		result = STATUS_CONFIG;
	if (result != STATUS_OK)
		config_free(out);
	return result;
}

void
config_free(config *c)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		if (setting_is_number(&settings[i]))
			continue;
		if (settings[i].type == SETTING_SECRET && *setting_text(c, &settings[i]) != NULL)
			explicit_bzero(*setting_text(c, &settings[i]), strlen(*setting_text(c, &settings[i])));
		free(*setting_text(c, &settings[i]));
	}
	memset(c, 0, sizeof(*c));
}

/* Writes help text with the range, the default and the environment's name, each line begun by prefix. */
static void
setting_write_help(const setting *s, const char *prefix, FILE *out)
{
	char variable[128];

	config_environment_name(s->section, s->name, variable, sizeof(variable));
	fprintf(out, "%s%s\n", prefix, s->help);
	if (s->type == SETTING_CHOICE)
		fprintf(out, "%sone of: %s\n", prefix, s->choices);
	else if (setting_is_number(s))
		fprintf(out, "%sfrom %lld to %lld\n", prefix, (long long) s->least, (long long) s->most);
	fprintf(out, "%senvironment: %s\n", prefix, variable);
}

void
config_write_sample(FILE *out)
{
	fprintf(out, "# mwmirror: all settings with their defaults. Written by mwmirror check-config "
	             "--sample.\n"
	             "#\n"
	             "# A value is the rest of its line. A line that begins with # or ; is a comment.\n"
	             "# Every setting is also an environment variable, which wins over this file.\n");
	for (size_t i = 0; i < SECTION_COUNT; i++)
	{
		fprintf(out, "\n[%s]\n# %s\n", config_sections[i].name, config_sections[i].help);
		for (size_t j = 0; j < SETTING_COUNT; j++)
		{
			if (strcmp(settings[j].section, config_sections[i].name) != 0)
				continue;
			fprintf(out, "\n");
			setting_write_help(&settings[j], "# ", out);
			fprintf(out, "#%s =%s%s\n", settings[j].name, settings[j].initial[0] ? " " : "",
			        settings[j].initial);
		}
	}
}

void
config_write_help(const char *sections, FILE *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		char name[64];

		if (!choice_allows(sections, settings[i].section))
			continue;
		snprintf(name, sizeof(name), "%s.%s", settings[i].section, settings[i].name);
		fprintf(out, "  %-32s %s%s%s%s\n", name, settings[i].help,
		        settings[i].initial[0] ? " (" : "", settings[i].initial,
		        settings[i].initial[0] ? ")" : "");
	}
}

/* Writes a connection string keyword by keyword, its passwords as ***. */
static void
conninfo_write(const char *conninfo, FILE *out)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	const char *separator = "";

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
	{
		bool secret = o->dispchar[0] == '*' || strstr(o->keyword, "password") != NULL;

		if (o->val == NULL)
			continue;
		fprintf(out, "%s%s=", separator, o->keyword);
		if (secret && strcmp(o->keyword, "passfile") != 0)
			fprintf(out, "***");
		else if (o->val[0] != '\0' && strpbrk(o->val, " '\\") == NULL)
			fprintf(out, "%s", o->val);
		else
		{
			fputc('\'', out);
			for (const char *p = o->val; *p != '\0'; p++)
			{
				if (*p == '\'' || *p == '\\')
					fputc('\\', out);
				fputc(*p, out);
			}
			fputc('\'', out);
		}
		separator = " ";
	}
	PQconninfoFree(options);
}

void
config_write(const config *c, FILE *out)
{
	config *settings_of = (config *) c; /* only read */
	const char *section = "";

	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		const setting *s = &settings[i];

		if (strcmp(section, s->section) != 0)
			fprintf(out, "%s[%s]\n", section[0] != '\0' ? "\n" : "", s->section);
		section = s->section;
		fprintf(out, "%s = ", s->name);
		if (setting_is_number(s))
			fprintf(out, "%lld", (long long) *setting_number(settings_of, s));
		else if (s->type == SETTING_SECRET)
			fprintf(out, "%s", (*setting_text(settings_of, s))[0] != '\0' ? "***" : "");
		else if (s->type == SETTING_CONNINFO)
			conninfo_write(*setting_text(settings_of, s), out);
		else
			fprintf(out, "%s", *setting_text(settings_of, s));
		fprintf(out, "\n");
	}
}
