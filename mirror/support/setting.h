/*
 * support/setting.h
 *	  The table of settings itself; only config.c and config_write.c look at it.
 */
#ifndef MWMIRROR_SUPPORT_SETTING_H
#define MWMIRROR_SUPPORT_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/config.h"

#define KIB ((int64_t) 1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

typedef enum setting_type
{
	SETTING_TEXT,
	SETTING_NAME,     /* text of 1 to 63 letters, digits, '_', '.' and '-' */
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

typedef struct config_section
{
	const char *name;
	const char *help;
} config_section;

#define SETTINGS_MAX 64

/* In the order of the sample file; setting_count and section_count of them. */
extern const setting settings[];
extern const size_t setting_count;
extern const config_section config_sections[];
extern const size_t section_count;

/* True if the member is an int64_t, false if it is a char pointer. */
bool setting_is_number(const setting *s);

/* The member of c that holds the setting. */
char **setting_text(config *c, const setting *s);
int64_t *setting_number(config *c, const setting *s);

/* Returns the setting, or NULL. */
const setting *setting_find(const char *section, const char *name);

/* Returns the setting that an unknown name was probably meant to be, or NULL. */
const setting *setting_suggest(const char *section, const char *name);

/* True if there is such a section. */
bool section_is_known(const char *section);

/* True if value is one of the words of choices, which are separated by blanks. */
bool choice_allows(const char *choices, const char *value);

/* Writes MWMIRROR_<SECTION>_<NAME>; name NULL: only the prefix up to and with the second underscore. */
void setting_environment_name(const char *section, const char *name, char *out, size_t size);

#endif
