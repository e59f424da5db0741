/*
 * support/queue.c
 *	  A bounded queue of byte records from one producer thread to one consumer thread.
 *
 * Head and tail count bytes since the start; their remainder by the capacity is the place in the ring. Only the
 * producer moves the tail, only the consumer the head. A record is one header and its bytes, in one piece, so
 * the end of the ring may be skipped. Sleeping is announced in an atomic before the other side's counter is
 * looked at again, and the other side moves its counter before it looks at the announcement; all of these are
 * sequentially consistent, so no wake-up is lost.
 */
#include "support/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "support/clock.h"
#include "support/pages.h"

#define LEAST_CAPACITY ((size_t) 64 * 1024)
/* So many bytes wake a waiting consumer even if nobody asks for it. */
#define WAKE_BYTES ((size_t) 32 * 1024)

typedef enum record_kind
{
	RECORD_PLAIN,
	RECORD_SKIP,   /* nothing until the end of the ring */
	RECORD_OUTSIDE /* the bytes are a pointer to the malloc'd record */
} record_kind;

typedef struct record
{
	uint64_t size;
	uint64_t kind;
} record;

struct queue
{
	char *ring;
	size_t capacity;

	/* producer */
	_Alignas(64) _Atomic uint64_t tail;
	uint64_t reserved; /* tail after the next publish */
	uint64_t woken;    /* tail when the consumer was woken last */
	void *outside;     /* reserved, not yet published */
	bool passed;       /* the record published last lies outside */

	/* consumer */
	_Alignas(64) _Atomic uint64_t head;
	uint64_t popped; /* head after the next pop */
	void *popped_outside;

	_Alignas(64) atomic_bool closed;
	atomic_bool consumer_waits;
	_Atomic uint64_t
	    producer_needs; /* free bytes that a sleeping producer waits for, 0 if none sleeps */
	pthread_mutex_t mutex;
	pthread_cond_t consumer_wake;
	pthread_cond_t producer_wake;
};

/* Everything in the ring is a multiple of a header's size, so a header never lies across its end. */
static size_t
round_up(size_t size)
{
	return (size + sizeof(record) - 1) / sizeof(record) * sizeof(record);
}

/* Bytes of the ring that a record takes. */
static size_t
room_of(size_t size)
{
	return sizeof(record) + round_up(size);
}

static record *
record_at(queue *q, uint64_t position)
{
	return (record *) (q->ring + position % q->capacity);
}

queue *
queue_create(size_t capacity)
{
	queue *q = aligned_alloc(64, (sizeof(*q) + 63) / 64 * 64);
	pthread_condattr_t monotonic;

	if (q == NULL)
		return NULL;
	*q = (queue){.capacity = round_up(capacity < LEAST_CAPACITY ? LEAST_CAPACITY : capacity)};
	q->ring = malloc(q->capacity);
	if (q->ring == NULL)
	{
		free(q);
		return NULL;
	}
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->consumer_wake, &monotonic);
	pthread_cond_init(&q->producer_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return q;
}

/* Producer: sleeps until so many bytes are free; false if the queue was closed. */
static bool
wait_for_room(queue *q, size_t needed)
{
	uint64_t tail = atomic_load(&q->tail);

	if (q->capacity - (tail - atomic_load(&q->head)) >= needed)
		return !atomic_load(&q->closed);
	queue_wake(q);
	/* full: let a good part drain, so that the two do not take turns record by record */
	if (needed < q->capacity / 4)
		needed = q->capacity / 4;
	pthread_mutex_lock(&q->mutex);
	atomic_store(&q->producer_needs, needed);
	while (q->capacity - (tail - atomic_load(&q->head)) < needed && !atomic_load(&q->closed))
		pthread_cond_wait(&q->producer_wake, &q->mutex);
	atomic_store(&q->producer_needs, 0);
	pthread_mutex_unlock(&q->mutex);
	return !atomic_load(&q->closed);
}

static void *
reserve_outside(queue *q, size_t size)
{
	if (!wait_for_room(q, q->capacity))
		return NULL;
	pages_drop(q->ring, q->capacity); /* it is empty, and the record is memory enough */
	q->outside = malloc(size);
	if (q->outside == NULL)
		return NULL;
	return q->outside;
}

/* Producer: room for a record in the ring; the header is written, the tail not moved. */
static void *
reserve_inside(queue *q, size_t size, record_kind kind)
{
	size_t needed = room_of(size);
	uint64_t tail = atomic_load(&q->tail);
	size_t to_end = q->capacity - (size_t) (tail % q->capacity);
	size_t skipped = to_end < needed ? to_end : 0;

	if (!wait_for_room(q, needed + skipped))
		return NULL;
	if (skipped > 0)
	{
		*record_at(q, tail) = (record){skipped, RECORD_SKIP};
		tail += skipped;
	}
	*record_at(q, tail) = (record){size, kind};
	q->reserved = tail + needed;
	return record_at(q, tail) + 1;
}

void *
queue_reserve(queue *q, size_t size)
{
	void **pointer;

	free(q->outside);
	q->outside = NULL;
	if (size <= q->capacity / 4)
		return reserve_inside(q, size, RECORD_PLAIN);
	if (reserve_outside(q, size) == NULL)
		return NULL;
	/* the pointer to it travels through the ring, which is empty now */
	pointer = reserve_inside(q, sizeof(void *), RECORD_OUTSIDE);
	if (pointer == NULL)
		return NULL;
	*pointer = q->outside;
	((record *) (void *) pointer)[-1].size = size;
	return q->outside;
}

void
queue_publish(queue *q, bool wake)
{
	q->passed = q->outside != NULL;
	q->outside = NULL;
	atomic_store(&q->tail, q->reserved);
	if (wake || q->reserved - q->woken > WAKE_BYTES)
		queue_wake(q);
}

void
queue_wake(queue *q)
{
	q->woken = atomic_load(&q->tail);
	if (!atomic_load(&q->consumer_waits))
		return;
	pthread_mutex_lock(&q->mutex);
	pthread_cond_signal(&q->consumer_wake);
	pthread_mutex_unlock(&q->mutex);
}

bool
queue_settle(queue *q)
{
	return !q->passed || wait_for_room(q, q->capacity);
}

/* Consumer: gives back what was popped up to a position. */
static void
release(queue *q, uint64_t head)
{
	uint64_t needs;

	atomic_store(&q->head, head);
	needs = atomic_load(&q->producer_needs);
	if (needs == 0 || q->capacity - (atomic_load(&q->tail) - head) < needs)
		return;
	pthread_mutex_lock(&q->mutex);
	pthread_cond_signal(&q->producer_wake);
	pthread_mutex_unlock(&q->mutex);
}

/* Consumer: sleeps until there is something, the queue is closed, or the time is over. */
static void
wait_for_record(queue *q, uint64_t head, int timeout_ms)
{
	struct timespec deadline = {0};
	int timed_out = 0;

	if (timeout_ms >= 0)
		deadline = clock_after(timeout_ms);
	pthread_mutex_lock(&q->mutex);
	atomic_store(&q->consumer_waits, true);
	while (atomic_load(&q->tail) == head && !atomic_load(&q->closed) && timed_out == 0)
	{
		if (timeout_ms < 0)
			pthread_cond_wait(&q->consumer_wake, &q->mutex);
		else
			timed_out = pthread_cond_timedwait(&q->consumer_wake, &q->mutex, &deadline);
	}
	atomic_store(&q->consumer_waits, false);
	pthread_mutex_unlock(&q->mutex);
}

const void *
queue_pop(queue *q, int timeout_ms, size_t *size)
{
	uint64_t head = q->popped;
	record *r;

	free(q->popped_outside);
	q->popped_outside = NULL;
	if (head != atomic_load(&q->head))
		release(q, head);
	if (atomic_load(&q->tail) == head && timeout_ms != 0)
		wait_for_record(q, head, timeout_ms);
	if (atomic_load(&q->tail) == head)
		return NULL;
	r = record_at(q, head);
	if (r->kind == RECORD_SKIP)
	{
		head += r->size;
		r = record_at(q, head);
	}
	*size = r->size;
	if (r->kind == RECORD_OUTSIDE)
	{
		q->popped_outside = *(void **) (r + 1);
		q->popped = head + room_of(sizeof(void *));
		return q->popped_outside;
	}
	q->popped = head + room_of(r->size);
	return r + 1;
}

bool
queue_drained(const queue *q)
{
	return atomic_load(&q->tail) == q->popped;
}

size_t
queue_bytes(const queue *q)
{
	return (size_t) (atomic_load(&q->tail) - atomic_load(&q->head));
}

void
queue_close(queue *q)
{
	pthread_mutex_lock(&q->mutex);
	atomic_store(&q->closed, true);
	pthread_cond_broadcast(&q->consumer_wake);
	pthread_cond_broadcast(&q->producer_wake);
	pthread_mutex_unlock(&q->mutex);
}

bool
queue_closed(const queue *q)
{
	return atomic_load(&q->closed);
}

void
queue_destroy(queue *q)
{
	size_t size;

	if (q == NULL)
		return;
	/* frees records that lie outside the ring */
	while (queue_pop(q, 0, &size) != NULL)
		;
	free(q->outside);
	pthread_cond_destroy(&q->producer_wake);
	pthread_cond_destroy(&q->consumer_wake);
	pthread_mutex_destroy(&q->mutex);
	free(q->ring);
	free(q);
}
