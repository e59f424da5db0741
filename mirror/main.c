/*
 * main.c
 *	  mwmirror: finds the verb, reads its arguments and the configuration, runs it.
 *
 * Only this file knows exit codes from statuses, and only here the program ends.
 */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "support/log.h"
#include "support/stop.h"
#include "support/version.h"

/* Larger blocks go back to the system at once; else glibc learns from each that is freed to keep those of its size. */
#define GIVEN_BACK_BYTES (1 << 20)

/* In the order in which they are used first. */
static const cli_verb *const verbs[] = {
    &cli_init,      &cli_add_wiki,     &cli_snapshot,    &cli_follow, &cli_topics,
    &cli_relay,     &cli_backfill,     &cli_status,      &cli_export, &cli_check_config,
    &cli_add_table, &cli_remove_table, &cli_remove_wiki, &cli_views,  &cli_indexes,
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* Values of getopt_long that no option of a verb has: those count from 0. */
enum
{
	OPTION_CONFIG = 1000,
	OPTION_HELP
};

static const char usage_hint[] = "Try \"mwmirror --help\".\n";

static void
main_write_exit_codes(FILE *out)
{
	fprintf(out, "\nExit codes:\n");
	for (const status_text *t = status_texts; t->text != NULL; t++)
		fprintf(out, "  %3d  %s\n", (int) t->code, t->text);
}

static void
main_write_help(FILE *out)
{
	fprintf(out,
	        "mwmirror keeps a PostgreSQL mirror of MediaWiki databases and makes domain events "
	        "from it.\n\n"
	        "Usage: mwmirror [-c FILE] VERB [OPTIONS]\n\n"
	        "Verbs:\n");
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(out, "  %-14s %s\n", verbs[i]->name, verbs[i]->summary);
	fprintf(out, "\nOptions:\n"
	             "  -c, --config FILE  configuration file, before the verb or after it\n"
	             "                     (default $MWMIRROR_CONF, then /etc/mwmirror.conf)\n"
	             "  -h, --help         this text; after a verb, that verb's\n"
	             "  -V, --version      the version\n");
	main_write_exit_codes(out);
}

static void
main_write_verb_help(const cli_verb *verb, FILE *out)
{
	fprintf(out, "%s\n\nUsage: mwmirror %s%s%s [OPTIONS]\n\n%s\n\nOptions:\n", verb->summary,
	        verb->name, verb->operands[0] != '\0' ? " " : "", verb->operands, verb->description);
	for (const cli_option *o = verb->options; o != NULL && o->name != NULL; o++)
	{
		char name[64];

		snprintf(name, sizeof(name), "--%s%s%s", o->name, o->argument != NULL ? " " : "",
		         o->argument != NULL ? o->argument : "");
		fprintf(out, "  %-26s %s\n", name, o->help);
	}
	fprintf(out, "  %-26s %s\n  %-26s %s\n", "-c, --config FILE", "configuration file",
	        "-h, --help", "this text");
	if (verb->sections[0] != '\0')
	{
		fprintf(out, "\nSettings that it reads (default), also from the environment as "
		             "MWMIRROR_SECTION_NAME:\n");
		config_write_help(verb->sections, out);
	}
	main_write_exit_codes(out);
}

static const cli_verb *
main_find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
	{
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	}
	return NULL;
}

/*
 * Reads what comes before the verb. Returns true with the verb's index in *verb_index; false with the exit code
 * in *result if there is nothing more to do.
 */
static bool
main_read_globals(int argc, char **argv, const char **config_path, int *verb_index, status *result)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
	                                        {"help", no_argument, NULL, 'h'},
	                                        {"version", no_argument, NULL, 'V'},
	                                        {NULL, 0, NULL, 0}};
	int c;

	/* '+': stop at the verb, whose options are its own */
	while ((c = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1)
	{
		switch (c)
		{
			case 'c':
				*config_path = optarg;
				break;
			case 'h':
				main_write_help(stdout);
				*result = STATUS_OK;
				return false;
			case 'V':
				printf("mwmirror %s\n", MWMIRROR_VERSION);
				*result = STATUS_OK;
				return false;
			default:
				fputs(usage_hint, stderr);
				*result = STATUS_USAGE;
				return false;
		}
	}
	if (optind >= argc)
	{
		main_write_help(stderr);
		*result = STATUS_USAGE;
		return false;
	}
	*verb_index = optind;
	return true;
}

/* Reads the verb's arguments into *call; false with *result as main_read_globals. argv[0] is the verb. */
static bool
main_read_arguments(int argc, char **argv, cli_call *call, status *result)
{
	const cli_verb *verb = call->verb;
	struct option options[CLI_OPTIONS_MAX + 3] = {{0}};
	int count = 0;
	int c;

	for (; verb->options != NULL && verb->options[count].name != NULL; count++)
	{
		options[count].name = verb->options[count].name;
		options[count].has_arg =
		    verb->options[count].argument != NULL ? required_argument : no_argument;
		options[count].val = count;
	}
	options[count] = (struct option){"config", required_argument, NULL, OPTION_CONFIG};
	options[count + 1] = (struct option){"help", no_argument, NULL, OPTION_HELP};

	*result = STATUS_USAGE;
	optind = 0; /* GNU: start anew */
	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
	{
		if (c == 'c' || c == OPTION_CONFIG)
			call->config_path = optarg;
		else if (c == 'h' || c == OPTION_HELP)
		{
			main_write_verb_help(verb, stdout);
			*result = STATUS_OK;
			return false;
		}
		else if (c >= 0 && c < count)
			call->values[c] = optarg != NULL ? optarg : "";
		else
		{
			fprintf(stderr, "Try \"mwmirror %s --help\".\n", verb->name);
			return false;
		}
	}
	call->operands = argv + optind;
	call->operand_count = argc - optind;
	if (call->operand_count < verb->least_operands || call->operand_count > verb->most_operands)
	{
		if (call->operand_count > verb->most_operands)
			fprintf(stderr, "mwmirror %s: unexpected argument \"%s\"\n", verb->name,
			        call->operands[verb->most_operands]);
		else
			fprintf(stderr, "mwmirror %s: needs %s\n", verb->name, verb->operands);
		fprintf(stderr, "Try \"mwmirror %s --help\".\n", verb->name);
		return false;
	}
	return true;
}

/* Loads the configuration unless the verb does that itself, and runs it. */
static status
main_run(cli_call *call)
{
	config settings;
	log_level level = LOG_LEVEL_INFO;
	status result;

	log_set_component(call->verb->name);
	result = stop_install();
	if (result != STATUS_OK)
		return result;
	if (call->verb->loads_config)
		return call->verb->run(call);

	result = config_load(call->config_path, &settings);
	if (result != STATUS_OK)
		return result;
	log_level_parse(settings.log_level, &level);
	log_configure(level, strcmp(settings.log_format, "json") == 0);
	call->config = &settings;
	result = call->verb->run(call);
	config_free(&settings);
	return result;
}

int
main(int argc, char **argv)
{
	cli_call call = {0};
	int verb_index = 0;
	status result = STATUS_OK;

	mallopt(M_MMAP_THRESHOLD, GIVEN_BACK_BYTES);
	if (!main_read_globals(argc, argv, &call.config_path, &verb_index, &result))
		return (int) result;
	call.verb = main_find_verb(argv[verb_index]);
	if (call.verb == NULL)
	{
		fprintf(stderr, "mwmirror: there is no verb \"%s\"\n%s", argv[verb_index], usage_hint);
		return STATUS_USAGE;
	}
	if (main_read_arguments(argc - verb_index, argv + verb_index, &call, &result))
		result = main_run(&call);

	if (result == STATUS_MEMORY)
		log_error("ended for lack of memory");
	/* what was asked for, then not written, is not done */
	if (fflush(stdout) != 0 && result == STATUS_OK)
	{
		log_error("cannot write to standard output");
		result = STATUS_SINK;
	}
	return result == STATUS_STOPPED ? STATUS_OK : (int) result;
}
