/*
 * support/config_write.c
 *	  Showing the settings: the sample file, --help, what is in force.
 */
#include "support/config.h"

#include <libpq-fe.h>
#include <string.h>

#include "support/setting.h"

/* Writes help text with the range, the default and the environment's name, each line begun by prefix. */
static void
setting_write_help(const setting *s, const char *prefix, FILE *out)
{
	char variable[128];

	setting_environment_name(s->section, s->name, variable, sizeof(variable));
	fprintf(out, "%s%s\n", prefix, s->help);
	if (s->type == SETTING_CHOICE)
		fprintf(out, "%sone of: %s\n", prefix, s->choices);
	else if (s->type == SETTING_NAME)
		fprintf(out, "%s1 to 63 letters, digits, \"_\", \".\" and \"-\"\n", prefix);
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
	for (size_t i = 0; i < section_count; i++)
	{
		fprintf(out, "\n[%s]\n# %s\n", config_sections[i].name, config_sections[i].help);
		for (size_t j = 0; j < setting_count; j++)
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
	for (size_t i = 0; i < setting_count; i++)
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

	for (size_t i = 0; i < setting_count; i++)
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
