/*
 * plugin/core/compat.h
 *	  All that differs between the PostgreSQL versions that the plugin is built for (15 to 19).
 */
#ifndef MWMIRROR_CORE_COMPAT_H
#define MWMIRROR_CORE_COMPAT_H

#include "postgres.h"

#include "replication/logical.h"
#include "replication/origin.h"
#include "replication/output_plugin.h"
#include "replication/reorderbuffer.h"

/* What postgres.h had before 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 200000
#error "mwmirror is written for PostgreSQL 15 to 19"
#endif

/* Tuples of a change: wrapped in a ReorderBufferTupleBuf before 17. NULL if the change has none. */
#if PG_VERSION_NUM >= 170000
#define compat_change_new_tuple(change) ((change)->data.tp.newtuple)
#define compat_change_old_tuple(change) ((change)->data.tp.oldtuple)
#else
#define compat_change_new_tuple(change)                                                            \
	((change)->data.tp.newtuple == NULL ? NULL : &(change)->data.tp.newtuple->tuple)
#define compat_change_old_tuple(change)                                                            \
	((change)->data.tp.oldtuple == NULL ? NULL : &(change)->data.tp.oldtuple->tuple)
#endif

/* Before a declaration, from 18 on. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/* Renamed in 19. */
#if PG_VERSION_NUM < 190000
#define ReplOriginId RepOriginId
#define InvalidReplOriginId InvalidRepOriginId
#endif

/* Declared by the server's headers from 16 on. */
#if PG_VERSION_NUM < 160000
extern PGDLLEXPORT void _PG_output_plugin_init(OutputPluginCallbacks *cb);
#endif

#endif
