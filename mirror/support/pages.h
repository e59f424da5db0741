/*
 * support/pages.h
 *	  Memory whose content is not needed any more, of blocks that stay.
 */
#ifndef MWMIRROR_SUPPORT_PAGES_H
#define MWMIRROR_SUPPORT_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Gives the whole pages in it back to the system; malloc'd memory, which may be written again and has no content until then. */
static inline void
pages_drop(void *start, size_t size)
{
	const uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE);
	const uintptr_t from = ((uintptr_t) start + page - 1) / page * page;
	const uintptr_t to = ((uintptr_t) start + size) / page * page;

	if (from < to)
		(void) madvise((void *) from, to - from, MADV_DONTNEED);
}

#endif
