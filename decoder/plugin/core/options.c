/*
 * plugin/core/options.c
 *	  Options: protocol, format, mode, page_change_schema, memory, content.
 */
#include "plugin/core/options.h"

#include "nodes/parsenodes.h"
#include "plugin/core/errors.h"
#include "wire/wire.h"

typedef struct choice
{
	const char *word;
	int value;
} choice;

static const choice formats[] = {{"binary", FORMAT_BINARY}, {"text", FORMAT_TEXT}, {NULL, 0}};
static const choice modes[] = {{"complete", MODE_COMPLETE},       {"parity", MODE_PARITY_1_43},
                               {"parity-1.43", MODE_PARITY_1_43}, {"parity-1.45", MODE_PARITY_1_45},
                               {"parity-1.47", MODE_PARITY_1_47}, {NULL, 0}};
static const choice page_change_schemas[] = {
    {"auto", SCHEMA_OF_MODE}, {"1.2.0", SCHEMA_1_2_0}, {"1.3.0", SCHEMA_1_3_0}, {NULL, 0}};

#define MEMORY_DEFAULT 16384 /* kB */
#define MEMORY_LEAST 64
#define MEMORY_MOST (1024 * 1024)
#define CONTENT_DEFAULT 8192 /* kB */
#define CONTENT_LEAST 1
#define CONTENT_MOST (512 * 1024)

static const char *
option_text(const DefElem *option)
{
	if (option->arg == NULL || !IsA(option->arg, String))
		ereport(ERROR, (errcode(MW_OPTION),
		                errmsg("option \"%s\" of output plugin \"mwmirror\" needs a value",
		                       option->defname)));
	return strVal(option->arg);
}

static int
option_choice(const DefElem *option, const choice *choices)
{
	const char *text = option_text(option);
	StringInfoData valid;

	initStringInfo(&valid);
	for (const choice *c = choices; c->word != NULL; c++)
	{
		if (strcmp(c->word, text) == 0)
			return c->value;
		appendStringInfo(&valid, "%s\"%s\"",
		                 c == choices        ? ""
		                 : c[1].word == NULL ? " and "
		                                     : ", ",
		                 c->word);
	}
	ereport(ERROR, (errcode(MW_OPTION),
	                errmsg("invalid value for option \"%s\" of output plugin \"mwmirror\": \"%s\"",
	                       option->defname, text),
	                errhint("Valid values are %s.", valid.data)));
}

/* option_size returns bytes of a value in kB. */
static uint64
option_size(const DefElem *option, long least, long most)
{
	const char *text = option_text(option);
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < least || value > most)
		ereport(ERROR,
		        (errcode(MW_OPTION),
		         errmsg("invalid value for option \"%s\" of output plugin \"mwmirror\": \"%s\"",
		                option->defname, text),
		         errhint("Give a number of kB from %ld to %ld.", least, most)));
	return (uint64) value * 1024;
}

void
options_parse(List *list, plugin_options *out)
{
	const char *protocol = NULL;
	ListCell *cell;

	out->format = FORMAT_BINARY;
	out->mode = MODE_COMPLETE;
	out->page_change_schema = SCHEMA_OF_MODE;
	out->memory = MEMORY_DEFAULT * 1024;
	out->content = CONTENT_DEFAULT * 1024;
	foreach (cell, list)
	{
		const DefElem *option = lfirst(cell);

		if (strcmp(option->defname, "protocol") == 0)
			protocol = option_text(option);
		else if (strcmp(option->defname, "format") == 0)
			out->format = option_choice(option, formats);
		else if (strcmp(option->defname, "mode") == 0)
			out->mode = option_choice(option, modes);
		else if (strcmp(option->defname, "page_change_schema") == 0)
			out->page_change_schema = option_choice(option, page_change_schemas);
		else if (strcmp(option->defname, "memory") == 0)
			out->memory = option_size(option, MEMORY_LEAST, MEMORY_MOST);
		else if (strcmp(option->defname, "content") == 0)
			out->content = option_size(option, CONTENT_LEAST, CONTENT_MOST);
		else
			ereport(ERROR,
			        (errcode(MW_OPTION),
			         errmsg("output plugin \"mwmirror\" has no option \"%s\"", option->defname),
			         errhint("Its options are \"protocol\", \"format\", \"mode\", "
			                 "\"page_change_schema\", \"memory\" and \"content\".")));
	}
	if (protocol != NULL && strcmp(protocol, WIRE_PROTOCOL) != 0)
		ereport(ERROR,
		        (errcode(MW_PROTOCOL),
		         errmsg("output plugin \"mwmirror\" does not speak protocol \"%s\"", protocol),
		         errdetail("It speaks protocol \"%s\".", WIRE_PROTOCOL),
		         errhint("Install the same version of mwmirror in the server and in the relay.")));
	if (protocol == NULL && out->format == FORMAT_BINARY)
		ereport(ERROR,
		        (errcode(MW_PROTOCOL),
		         errmsg("output plugin \"mwmirror\" needs the option \"protocol\" for format "
		                "\"binary\""),
		         errhint("Give protocol '%s', or format 'text' to read with SQL functions.",
		                 WIRE_PROTOCOL)));
}
