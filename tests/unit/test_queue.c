/*
 * tests/unit/test_queue.c
 *	  The byte queue: order, bounds, sleeping on either side, records larger than the ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>
#include "support/queue.h"

#define CAPACITY 65536
#define RECORDS 200000

static size_t
size_of(uint32_t n)
{
	/* now and then one larger than the ring */
	return n % 20011 == 0 ? CAPACITY * 3 : sizeof(n) + n * 2654435761u % 1500;
}

static void *
produce(void *argument)
{
	queue *q = argument;

	for (uint32_t n = 0; n < RECORDS; n++)
	{
		size_t size = size_of(n);
		char *room = queue_reserve(q, size);

		if (room == NULL)
			return NULL;
		memcpy(room, &n, sizeof(n));
		room[size - 1] = (char) (size > sizeof(n) ? n : (uint32_t) room[size - 1]);
		queue_publish(q, n % 7 == 0);
	}
	queue_close(q);
	return NULL;
}

static void
records_come_in_order(void **state)
{
	queue *q = queue_create(CAPACITY);
	pthread_t thread;
	uint32_t n, expected = 0;
	const char *record;
	size_t size;

	(void) state;
	pthread_create(&thread, NULL, produce, q);
	while ((record = queue_pop(q, 10000, &size)) != NULL)
	{
		memcpy(&n, record, sizeof(n));
		assert_int_equal(n, expected);
		assert_int_equal(size, size_of(n));
		if (size > sizeof(n))
			assert_int_equal(record[size - 1], (char) n);
		assert_true(queue_bytes(q) <= CAPACITY);
		expected++;
	}
	assert_int_equal(expected, RECORDS);
	assert_true(queue_drained(q));
	pthread_join(thread, NULL);
	queue_destroy(q);
}

static void
drained_means_nothing_behind(void **state)
{
	queue *q = queue_create(CAPACITY);
	size_t size;

	(void) state;
	assert_true(queue_drained(q));
	assert_null(queue_pop(q, 0, &size));
	assert_null(queue_pop(q, 20, &size));
	memcpy(queue_reserve(q, 3), "one", 3);
	assert_true(queue_drained(q));
	queue_publish(q, false);
	assert_false(queue_drained(q));
	memcpy(queue_reserve(q, 3), "two", 3);
	queue_publish(q, true);
	assert_memory_equal(queue_pop(q, 0, &size), "one", 3);
	assert_false(queue_drained(q));
	assert_memory_equal(queue_pop(q, 0, &size), "two", 3);
	assert_true(queue_drained(q));
	queue_destroy(q);
}

static void *
fill(void *argument)
{
	queue *q = argument;

	while (queue_reserve(q, 1000) != NULL)
		queue_publish(q, true);
	return NULL;
}

static void
closing_wakes_a_full_producer(void **state)
{
	queue *q = queue_create(CAPACITY);
	pthread_t thread;

	(void) state;
	pthread_create(&thread, NULL, fill, q);
	while (queue_bytes(q) < CAPACITY - 2000)
		usleep(1000);
	queue_close(q);
	pthread_join(thread, NULL);
	assert_null(queue_reserve(q, 1));
	queue_destroy(q);
}

static void
unpopped_large_records_are_freed(void **state)
{
	queue *q = queue_create(CAPACITY);

	(void) state;
	assert_non_null(queue_reserve(q, CAPACITY * 2));
	queue_publish(q, true);
	queue_destroy(q);
	q = queue_create(CAPACITY);
	assert_non_null(queue_reserve(q, CAPACITY * 2));
	queue_destroy(q);
}

typedef struct settling
{
	queue *q;
	atomic_bool settled;
	bool answer;
} settling;

static void *
publish_and_settle(void *argument)
{
	settling *s = argument;

	if (queue_reserve(s->q, CAPACITY * 2) != NULL)
		queue_publish(s->q, true);
	s->answer = queue_settle(s->q);
	atomic_store(&s->settled, true);
	return NULL;
}

static void
large_record_settles_when_it_is_done_with(void **state)
{
	settling s = {.q = queue_create(CAPACITY)};
	pthread_t thread;
	size_t size;

	(void) state;
	assert_true(queue_settle(s.q));
	pthread_create(&thread, NULL, publish_and_settle, &s);
	assert_non_null(queue_pop(s.q, -1, &size));
	usleep(20000); /* it has no way to be done, however long that is */
	assert_false(atomic_load(&s.settled));
	assert_null(queue_pop(s.q, 0, &size));
	pthread_join(thread, NULL);
	assert_true(s.answer);
	assert_non_null(queue_reserve(s.q, 1));
	queue_publish(s.q, true);
	assert_true(queue_settle(s.q)); /* small ones are not waited for */
	queue_destroy(s.q);
}

static void
closing_ends_settling(void **state)
{
	settling s = {.q = queue_create(CAPACITY)};
	pthread_t thread;
	size_t size;

	(void) state;
	pthread_create(&thread, NULL, publish_and_settle, &s);
	assert_non_null(queue_pop(s.q, -1, &size));
	queue_close(s.q);
	pthread_join(thread, NULL);
	assert_false(s.answer);
	queue_destroy(s.q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_come_in_order),
	    cmocka_unit_test(drained_means_nothing_behind),
	    cmocka_unit_test(closing_wakes_a_full_producer),
	    cmocka_unit_test(unpopped_large_records_are_freed),
	    cmocka_unit_test(large_record_settles_when_it_is_done_with),
	    cmocka_unit_test(closing_ends_settling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
