/*
 * apply/message.h
 *	  Puts the items of wire/reference.h together, and writes them into the WAL.
 */
#ifndef MWMIRROR_APPLY_MESSAGE_H
#define MWMIRROR_APPLY_MESSAGE_H

#include "postgres.h"

#include "apply/graph.h"
#include "lib/stringinfo.h"

typedef struct message
{
	StringInfoData items;
	const char *wiki; /* of the rows that come; NULL: not said yet */
	uint32 wiki_len;
} message;

/* An empty message, in the current memory context. */
void message_begin(message *m);

void message_put_forget(message *m);

/* Streams that the source transaction lacks rows for, by number. no_states: no state stream is on, not even one that needs no such rows. */
void message_put_lacking(message *m, uint64 lacking, bool no_states);

/* By which streams rows are told, see reference_write_told. */
void message_put_told(message *m, const char *at, uint32 count, const char *const *names,
                      const char *const *topics);

void message_put_shape(message *m, const graph_target *target);

/* The wiki of the rows that follow, if it is another one. It must last until message_write. */
void message_put_wiki(message *m, const char *wiki, uint32 len);

/* A row of the target's table, in the table's columns. Values are made in the current memory context. */
void message_put_row(message *m, const graph_target *target, const Datum *values,
                     const bool *nulls);

/* Bytes of its items. */
Size message_size(const message *m);

/* Writes head and items as a transactional logical message; the message is empty then. */
void message_write(message *m, const char *head, size_t len);

#endif
