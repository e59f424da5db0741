/*
 * text/result.c
 *	  What becomes of a stored text; see result.h.
 */
#include "text/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

text_status
text_fail(text_error *err, text_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	for (char *p = err->message; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return status;
}

const char *
text_status_name(text_status status)
{
	switch (status)
	{
		case TEXT_OK:
			return "ok";
		case TEXT_LOST:
			return "lost";
		case TEXT_MISSING:
			return "missing";
		case TEXT_BROKEN:
			return "broken";
		case TEXT_LARGE:
			return "too large";
		case TEXT_UNKNOWN:
			return "unknown";
		case TEXT_FAILED:
			break;
	}
	return "failed";
}

void
text_bytes_free(text_bytes *b)
{
	free(b->owned);
	*b = (text_bytes){NULL, 0, NULL};
}

void
text_bytes_replace(text_bytes *b, char *owned, size_t len)
{
	free(b->owned);
	*b = (text_bytes){owned, len, owned};
}
