/*
 * export/exporter.h
 *	  A thread that writes parts, until there is none left or one of them has failed.
 */
#ifndef MWMIRROR_EXPORT_EXPORTER_H
#define MWMIRROR_EXPORT_EXPORTER_H

#include <pthread.h>
#include <stdatomic.h>
#include "export/dump.h"
#include "export/format.h"
#include "export/holder.h"
#include "export/part.h"

/* What all of them share. */
typedef struct export_work
{
	const export_call *call;
	const holder *holder;
	dump *dump;
	part_list *parts;
	_Atomic size_t next;
	_Atomic int result; /* the first status that is not STATUS_OK */
	_Atomic size_t done, kept;
	_Atomic uint64_t rows, bytes; /* of parts that are done: the planned rows */
	_Atomic unsigned running;
} export_work;

typedef struct exporter
{
	export_work *work;
	export_session session;
	pthread_t thread;
} exporter;

/* STATUS_FAILED if there is no thread (logged). */
status exporter_start(exporter *e, export_work *work);

void exporter_join(exporter *e);

#endif
