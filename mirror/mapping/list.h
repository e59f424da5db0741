/*
 * mapping/list.h
 *	  Comma lists, as SETs are, in the binary form of PostgreSQL's arrays.
 */
#ifndef MWMIRROR_MAPPING_LIST_H
#define MWMIRROR_MAPPING_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include "support/arena.h"

typedef enum list_answer
{
	LIST_MADE,
	LIST_MALFORMED, /* an item of a list of integers is none */
	LIST_NO_MEMORY
} list_answer;

/*
 * The array of the items between commas: text[], or with integers bigint[], whose items are integers of 64 bits. The empty text is the empty
 * array. *out is in the arena.
 *
 *	 dimensions		i32, 1, or 0 of the empty array
 *	 flags			i32, 0
 *	 type			u32, oid of the items' type; the empty array ends here
 *	 items			i32
 *	 first			i32, 1: the number of the first item
 *	 items times	i32 length, so many bytes
 */
list_answer list_make(const char *text, size_t len, bool integers, arena *a, const char **out,
                      size_t *out_len);

#endif
