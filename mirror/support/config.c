/*
 * support/config.c
 *	  Reading the settings: the file, the environment, and what is wrong with them.
 */
#define _GNU_SOURCE
#include "support/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/log.h"
#include "support/setting.h"

#define CONFIG_DEFAULT_PATH "/etc/mwmirror.conf"
#define CONFIG_LINE_MAX 8192
#define NAME_MOST 63

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
	int seen[SETTINGS_MAX]; /* line on which a setting was set */
} config_reader;

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

	for (size_t i = 0; i < section_count; i++)
	{
		strncat(known, i > 0 ? " " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, config_sections[i].name, sizeof(known) - strlen(known) - 1);
	}
	r->errors++;
	log_error("%s: unknown section [%s]; there are: %s", place, section, known);
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

static bool
name_is_valid(const char *value)
{
	size_t len = strlen(value);

	return len > 0 && len <= NAME_MOST &&
	       strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") ==
	           len;
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
	if (s->type == SETTING_NAME && !name_is_valid(value))
	{
		r->errors++;
		log_error("%s: %s.%s = \"%s\" must be 1 to %d letters, digits, \"_\", \".\" and \"-\"",
		          place, s->section, s->name, value, NAME_MOST);
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

/* Reports a variable that begins like ours in a known section but is no setting: a slip of the pen. */
static void
config_check_variable(config_reader *r, const char *variable)
{
	char expected[128];
	char name[128];
	char place[512];
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < section_count; i++)
	{
		size_t prefix_len;

		setting_environment_name(config_sections[i].name, NULL, expected, sizeof(expected));
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

	for (size_t i = 0; i < setting_count; i++)
	{
		const char *value;

		setting_environment_name(settings[i].section, settings[i].name, variable, sizeof(variable));
		value = getenv(variable);
		if (value != NULL)
			setting_store(r, &settings[i], config_reader_place(r, variable, place, sizeof(place)),
			              value);
	}
	for (char **p = environ; *p != NULL; p++)
		config_check_variable(r, *p);
}

/* A file with a password is read at each connection; here it is only looked at. */
static void
config_check_secret_file(const char *path)
{
	struct stat info;

	if (path[0] != '\0' && stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	    (info.st_mode & S_IROTH) != 0)
		log_warning("%s can be read by everyone; run: chmod o-r %s", path, path);
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

	config_check_secret_file(c->source_password_file);
	config_check_secret_file(c->source_option_file);
	config_fill_empty(r, &c->postgres_admin_conninfo, c->postgres_conninfo);
	config_fill_empty(r, &c->relay_conninfo, c->postgres_conninfo);
	snprintf(id, sizeof(id), "mwmirror-%s", c->relay_slot);
	config_fill_empty(r, &c->kafka_transactional_id, id);
	if (strcmp(c->relay_sink, "file") == 0 && c->relay_file[0] == '\0')
	{
		r->errors++;
		log_error("relay.sink = file needs relay.file, the path to write to");
	}
}

status
config_load(const char *path, config *out)
{
	config_reader reader = {.config = out};
	status result = STATUS_OK;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < setting_count; i++)
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
	for (size_t i = 0; i < setting_count; i++)
	{
		if (setting_is_number(&settings[i]))
			continue;
		if (settings[i].type == SETTING_SECRET && *setting_text(c, &settings[i]) != NULL)
			explicit_bzero(*setting_text(c, &settings[i]), strlen(*setting_text(c, &settings[i])));
		free(*setting_text(c, &settings[i]));
	}
	memset(c, 0, sizeof(*c));
}
