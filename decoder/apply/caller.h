/*
 * apply/caller.h
 *	  Who calls the functions that write for the decoder.
 */
#ifndef MWMIRROR_APPLY_CALLER_H
#define MWMIRROR_APPLY_CALLER_H

#include "postgres.h"

#include "plugin/core/origin.h"

/* The source and worker that the session is, by its replication origin. Error 55000: it has none of the mirror's. */
origin caller_origin(void);

#endif
