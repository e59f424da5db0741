/*
 * plugin/core/identity.h
 *	  meta.id: the same for an event whenever it is decoded, and no other event's. meta.request_id: all events' of a source
 *	  transaction.
 *
 * Version 5 UUIDs (RFC 9562) in the namespace IDENTITY_NAMESPACE of the texts
 *
 *	 source ' ' GTID ' ' stream ' ' number ' ' wiki		of an event
 *	 source ' ' GTID									of a source transaction
 *
 * Source and GTID name the source transaction. Of what a request made that is "source ' ' id ' ' time": the mark's time in unix microseconds, for a
 * mirror that is put back to an earlier state counts its requests from there. number counts from 1 the events of that wiki on that stream in
 * it: what else the transaction holds, and which other streams there are, changes no id.
 */
#ifndef MWMIRROR_CORE_IDENTITY_H
#define MWMIRROR_CORE_IDENTITY_H

#include "postgres.h"

#include "wire/mark.h"

/* 9c4bd3fb-5e42-5e0f-9a52-2f3ab1e0f8d6; never change it. */
#define IDENTITY_NAMESPACE                                                                         \
	{                                                                                              \
		0x9c, 0x4b, 0xd3, 0xfb, 0x5e, 0x42, 0x5e, 0x0f, 0x9a, 0x52, 0x2f, 0x3a, 0xb1, 0xe0, 0xf8,  \
		    0xd6                                                                                   \
	}

#define IDENTITY_TEXT_SIZE 37

/* Both write the id's text form. */
extern void identity_format_source(const mark *m, char out[IDENTITY_TEXT_SIZE]);
extern void identity_format(const mark *m, const char *stream, uint32 number, const char *wiki_id,
                            char out[IDENTITY_TEXT_SIZE]);

#endif
