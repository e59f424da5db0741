/*
 * php/serialized.h
 *	  Values as PHP's serialize() writes them, read one after another.
 *
 * Pure: bytes of any origin may be read. Nothing is allocated; what a value says points into the bytes.
 */
#ifndef MWMIRROR_PHP_SERIALIZED_H
#define MWMIRROR_PHP_SERIALIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is still to be read. A copy of it reads the same again. */
typedef struct php_reader
{
	const char *next;
	const char *end;
} php_reader;

/* Bytes of what is read; no NUL follows. */
typedef struct php_span
{
	const char *at;
	size_t len;
} php_span;

typedef enum php_kind
{
	PHP_NULL,
	PHP_BOOL,
	PHP_INT,
	PHP_DOUBLE,
	PHP_STRING,
	PHP_ARRAY,
	PHP_OBJECT
} php_kind;

typedef struct php_value
{
	php_kind kind;
	int64_t number; /* PHP_BOOL: 0 or 1, PHP_INT */
	php_span
	    text; /* PHP_INT, PHP_DOUBLE: the number as it is written, PHP_STRING, PHP_OBJECT: the class */
	size_t count; /* PHP_ARRAY, PHP_OBJECT: what the bytes claim */
} php_value;

/*
 * Reads a value, or of an array or object its head: then follow count pairs of key and value, each by php_read or
 * php_read_key, and php_read_end. False: the bytes are none, or one that is not known here.
 */
bool php_read(php_reader *r, php_value *out);

/* Reads the key of an entry, a PHP_INT or PHP_STRING. Of an object's member it is the name, see php_member. */
bool php_read_key(php_reader *r, php_value *out);

/* Reads the end of an array or object. */
bool php_read_end(php_reader *r);

/* Reads over a value with all that is in it, arrays and objects in each other up to depth. */
bool php_skip(php_reader *r, int depth);

/*
 * php_find_text
 *	 Finds the text that an array has under a name, which stands for what is the value of that key: "5::newuser" among the parameters of
 *	 MediaWiki's log entries. False: there is none, or the bytes before are none.
 */
bool php_find_text(php_span array, const char *name, php_span *out);

/* True if a member has that name; before those that are not public stands whose they are. */
bool php_member(php_span key, const char *name);

#endif
