/*
 * support/queue.h
 *	  A bounded queue of byte records from one producer thread to one consumer thread.
 *
 * A ring of fixed size that locks only when a side sleeps. A record larger than the ring is passed by itself,
 * once the ring is empty, so memory stays within the capacity plus one such record.
 */
#ifndef MWMIRROR_SUPPORT_QUEUE_H
#define MWMIRROR_SUPPORT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct queue queue;

/* capacity in bytes (at least 64 KiB is used). NULL without memory. */
queue *queue_create(size_t capacity);

/*
 * Producer: returns room for one record of size bytes, waiting while the queue is full. NULL if the queue was
 * closed or there is no memory. The record becomes visible with queue_publish; then, or at the next
 * reserve, the pointer is dead.
 */
void *queue_reserve(queue *q, size_t size);

/*
 * Producer: makes the reserved record visible. wake: also wake a consumer that waits; without it the consumer
 * may see the record only after a later publish that wakes, or when much has gathered.
 */
void queue_publish(queue *q, bool wake);

/*
 * Producer: if the record published last is one that is passed by itself, waits until the consumer is done with it. False if the queue
 * was closed.
 */
bool queue_settle(queue *q);

/* Producer: wakes a consumer that waits, if anything is there for it. */
void queue_wake(queue *q);

/*
 * Consumer: the oldest record, which stays valid until the next queue_pop. Waits for at most timeout_ms
 * (-1: for ever, 0: not at all). NULL: none came, or the queue is closed and empty.
 */
const void *queue_pop(queue *q, int timeout_ms, size_t *size);

/* True if nothing waits behind the record that was popped last. Consumer's side. */
bool queue_drained(const queue *q);

/* Bytes in use, records and their headers. */
size_t queue_bytes(const queue *q);

/* Ends it from either side: waiting calls return, queue_reserve gives NULL; what is inside can still be popped. */
void queue_close(queue *q);

/* True if it was ended. */
bool queue_closed(const queue *q);

void queue_destroy(queue *q);

#endif
