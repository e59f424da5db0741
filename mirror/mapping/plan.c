/*
 * mapping/plan.c
 *	  The expressions of a plan; see plan.h.
 */
#include "mapping/plan.h"

#include <ctype.h>

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
		if (*p != '%')
			fputc(*p, out);
		else if (p[1] == 'w' && !isalnum((unsigned char) p[2]))
		{
			write_param(out, column, -1, context);
			p++;
		}
		else if (p[1] >= '1' && p[1] <= '9' && (unsigned) (p[1] - '1') < column->param_count)
		{
			write_param(out, column, p[1] - '1', context);
			p++;
		}
		else
		{
			fputc('%', out);
			if (p[1] == '%')
				p++;
		}
	}
}
