/*
 * cli/cli.c
 *	  What verbs ask about their arguments.
 */
#include "cli/cli.h"

#include <string.h>

const char *
cli_option_value(const cli_call *call, const char *name)
{
	const cli_option *options = call->verb->options;

	for (int i = 0; options != NULL && options[i].name != NULL; i++)
	{
		if (strcmp(options[i].name, name) == 0)
			return call->values[i];
	}
	return NULL;
}

bool
cli_option_given(const cli_call *call, const char *name)
{
	return cli_option_value(call, name) != NULL;
}
