/*
 * rows/charset_table.h
 *	  MariaDB's charsets: which collations are of which, and what reads them. Inside of rows/ only; others see charset.h.
 */
#ifndef MWMIRROR_ROWS_CHARSET_TABLE_H
#define MWMIRROR_ROWS_CHARSET_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef enum charset_form
{
	FORM_BYTES,   /* binary, and what is UTF-8 or ought to be */
	FORM_TABLE,   /* one to three bytes a character; bytes below 0x80 that stand alone are ASCII */
	FORM_OTHER_7, /* the same, but some of them are not */
	FORM_UTF16,   /* code units of two bytes, big endian: ucs2, utf16 */
	FORM_UTF16LE,
	FORM_UTF32,
	FORM_NONE /* nothing here converts it */
} charset_form;

/* Characters that MariaDB reads otherwise than iconv: count of them, one code after the other on both sides. */
typedef struct charset_run
{
	uint32_t code; /* the character's bytes, as one big endian number */
	uint16_t unicode;
	uint16_t count;
} charset_run;

typedef struct charset
{
	const char *name;
	charset_form form;
	const char *iconv; /* its name there, if form is a table */
	const charset_run *runs;
	unsigned run_count;
} charset;

#define CHARSET_COUNT 40

/* The number of the charset that a collation is of, below CHARSET_COUNT; -1 if the collation is not known. */
int charset_of_collation(unsigned collation);

/* The charset with this number. */
const charset *charset_get(int number);

#endif
