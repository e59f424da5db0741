/*
 * cli/cli.h
 *	  The verbs of mwmirror: one file and one cli_verb each, listed in main.c.
 *
 * What a verb says about itself here drives the parsing of its arguments and its --help.
 */
#ifndef MWMIRROR_CLI_CLI_H
#define MWMIRROR_CLI_CLI_H

#include <stdbool.h>
#include "support/config.h"
#include "support/status.h"

/* Written as --name, or --name=ARGUMENT and --name ARGUMENT. */
typedef struct cli_option
{
	const char *name;
	const char *argument; /* how help calls the argument; NULL: a flag */
	const char *help;
} cli_option;

#define CLI_OPTIONS_MAX 16

struct cli_verb;

/* One use of a verb; everything is owned by main and outlives run. */
typedef struct cli_call
{
	const struct cli_verb *verb;
	const char *config_path; /* as given with -c, or NULL */
	const config *config;    /* NULL if the verb loads it itself */
	const char *values[CLI_OPTIONS_MAX];
	char **operands;
	int operand_count; /* within the verb's least and most */
} cli_call;

typedef struct cli_verb
{
	const char *name;
	const char *summary;     /* one line, for mwmirror --help */
	const char *description; /* lines for mwmirror VERB --help */
	const char *operands;    /* how help calls them; "" for none */
	int least_operands;
	int most_operands;
	const cli_option *options; /* ended by a NULL name; or NULL */
	const char *sections;      /* of the configuration that it reads, separated by blanks */
	bool loads_config;         /* calls config_load itself */
	status (*run)(const cli_call *call);
} cli_verb;

/* Returns the option's argument, "" for a flag that was given, NULL if the option was not given. */
const char *cli_option_value(const cli_call *call, const char *name);

/* True if the option was given. */
bool cli_option_given(const cli_call *call, const char *name);

extern const cli_verb cli_add_table;
extern const cli_verb cli_add_wiki;
extern const cli_verb cli_backfill;
extern const cli_verb cli_check_config;
extern const cli_verb cli_export;
extern const cli_verb cli_follow;
extern const cli_verb cli_indexes;
extern const cli_verb cli_init;
extern const cli_verb cli_relay;
extern const cli_verb cli_remove_table;
extern const cli_verb cli_remove_wiki;
extern const cli_verb cli_snapshot;
extern const cli_verb cli_status;
extern const cli_verb cli_topics;
extern const cli_verb cli_views;

#endif
