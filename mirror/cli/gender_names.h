/*
 * cli/gender_names.h
 *	  Languages that have names of their own for the pages and talk pages of male and female users.
 */
#ifndef MWMIRROR_CLI_GENDER_NAMES_H
#define MWMIRROR_CLI_GENDER_NAMES_H

typedef struct gender_names
{
	const char *language;
	int namespace_id;
	const char *neutral;
	const char *male; /* NULL: as the neutral one */
	const char *female;
} gender_names;

/* NULL if the language has none for the namespace, or the wiki calls that otherwise than the language does. */
const gender_names *gender_names_find(const char *language, int namespace_id, const char *neutral);

#endif
