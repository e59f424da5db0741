/*
 * tests/unit/capture.h
 *	  What a piece of a test writes to standard error, as text.
 */
#ifndef MWMIRROR_TESTS_UNIT_CAPTURE_H
#define MWMIRROR_TESTS_UNIT_CAPTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct capture
{
	FILE *file;
	int saved;
	char text[65536];
} capture;

static inline void
capture_begin(capture *c)
{
	c->file = tmpfile();
	c->saved = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(fileno(c->file), STDERR_FILENO);
}

/* Ends it; the text is in c->text. */
static inline const char *
capture_end(capture *c)
{
	size_t len;

	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	len = fread(c->text, 1, sizeof(c->text) - 1, c->file);
	c->text[len] = '\0';
	fclose(c->file);
	return c->text;
}

#endif
