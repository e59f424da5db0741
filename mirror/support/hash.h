/*
 * support/hash.h
 *	  uthash, whose tables end the program without memory unless they are told not to.
 *
 * After HASH_ADD hash_added(item) says whether it is there; if not, there was no memory, and the table is as before.
 */
#ifndef MWMIRROR_SUPPORT_HASH_H
#define MWMIRROR_SUPPORT_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define hash_added(item) ((item)->hh.tbl != NULL)

#endif
