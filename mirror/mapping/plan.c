/*
 * mapping/plan.c
 *	  The expressions of a plan; see plan.h.
 */
#include "mapping/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads what is behind a %, the number of a parameter or {the name of its source column}: how long it is, 0 if it is neither. */
static size_t
read_param(const plan_column *column, const char *text, unsigned *out)
{
	const size_t digits = strspn(text, "0123456789");
	const char *end;

	if (digits > 0 && digits < 4)
	{
		*out = (unsigned) strtoul(text, NULL, 10) - 1;
		return *out < column->param_count ? digits : 0;
	}
	end = *text == '{' ? strchr(text, '}') : NULL;
	for (*out = 0; end != NULL && *out < column->param_count; (*out)++)
	{
		const char *name = column->params[*out].name;

		if (strlen(name) == (size_t) (end - text - 1) &&
		    strncasecmp(name, text + 1, strlen(name)) == 0)
			return (size_t) (end - text) + 1;
	}
	return 0;
}

void
plan_write_expression(FILE *out, const plan_column *column,
                      void (*write_param)(FILE *out, const plan_column *column, int i,
                                          void *context),
                      void *context)
{
	if (column->expression == NULL)
	{
		write_param(out, column, 0, context);
		return;
	}
	for (const char *p = column->expression; *p != '\0'; p++)
	{
		unsigned number = 0;
		size_t len;

		if (*p != '%')
			fputc(*p, out);
		else if (p[1] == 'w' && !isalnum((unsigned char) p[2]))
		{
			write_param(out, column, -1, context);
			p++;
		}
		else if ((len = read_param(column, p + 1, &number)) > 0)
		{
			write_param(out, column, (int) number, context);
			p += len;
		}
		else
		{
			fputc('%', out);
			if (p[1] == '%')
				p++;
		}
	}
}
