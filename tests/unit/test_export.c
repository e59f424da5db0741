/*
 * tests/unit/test_export.c
 *	  Parts of dumps and their files: paths, the journal's lines, columns for Parquet, compression, what is left of a file that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "export/columns.h"
#include "export/output.h"
#include "export/part.h"
#include "export/planner.h"

static char folder[] = "/tmp/mwmirror-test-XXXXXX";

static int
set_up(void **state)
{
	(void) state;
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	char command[64];

	(void) state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* ---- parts ---- */

static part *
add(part_list *list, const char *wiki, const char *name, unsigned number, part_range range)
{
	part *p = NULL;

	assert_int_equal(part_list_add(list, wiki, name, number, &range, ".jsonl.zst", &p), STATUS_OK);
	return p;
}

static void
test_a_path_stays_in_the_folder(void **state)
{
	part_list list = {0};

	(void) state;
	assert_string_equal(add(&list, "enwiki", "page", 7, (part_range){0})->path,
	                    "enwiki/page-00007.jsonl.zst");
	assert_string_equal(add(&list, "../é", "page", 123456, (part_range){0})->path,
	                    "%2E%2E%2F%C3%A9/page-123456.jsonl.zst");
	assert_ptr_equal(part_list_find(&list, "enwiki/page-00007.jsonl.zst"), list.items[0]);
	assert_null(part_list_find(&list, "enwiki/page-00008.jsonl.zst"));
	part_list_free(&list);
}

static void
test_a_part_comes_back_from_json(void **state)
{
	part_list list = {0};
	part_list back = {0};
	part *p = add(&list, "enwiki", "page", 2, (part_range){true, true, -5, INT64_MAX});
	part_facts facts = {.rows = 3,
	                    .bytes = 99,
	                    .sha256 = "ab",
	                    .digest = "3 -1 2",
	                    .more = json_pack("{s:[s]}", "missing", "x")};
	json_t *json = part_to_json(p);

	(void) state;
	assert_null(json_object_get(json, "rows"));
	assert_int_equal(part_from_json(&back, json), STATUS_OK);
	assert_false(back.items[0]->written);
	json_decref(json);

	part_set_facts(p, &facts);
	json = part_to_json(p);
	assert_int_equal(part_from_json(&back, json), STATUS_OK);
	json_decref(json);
	assert_int_equal(back.count, 1);
	assert_true(back.items[0]->written);
	assert_memory_equal(&back.items[0]->range.from, &p->range.from, 2 * sizeof(int64_t));
	assert_int_equal(back.items[0]->facts.rows, 3);
	assert_string_equal(back.items[0]->facts.digest, "3 -1 2");
	assert_int_equal(json_object_size(back.items[0]->facts.more), 1);
	part_list_free(&list);
	part_list_free(&back);
}

static void
test_json_of_another_file_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "{}",
	    "{\"path\": \"/etc/passwd\", \"wiki_id\": \"a\", \"name\": \"page\", \"number\": 1}",
	    "{\"path\": \"b/page-00001.x\", \"wiki_id\": \"a\", \"name\": \"page\", \"number\": 1}",
	    "{\"path\": \"a/page-00001/../x\", \"wiki_id\": \"a\", \"name\": \"page\", \"number\": 1}",
	    "{\"path\": \"a/../b-00001.x\", \"wiki_id\": \"a\", \"name\": \"../b\", \"number\": 1}",
	};
	part_list list = {0};

	(void) state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		json_t *json = json_loads(wrong[i], 0, NULL);

		assert_int_equal(part_from_json(&list, json), STATUS_DATA);
		json_decref(json);
	}
	assert_int_equal(list.count, 0);
	part_list_free(&list);
}

static void
test_conditions(void **state)
{
	char out[PLANNER_CONDITION_SIZE];

	(void) state;
	planner_condition(&(part_range){0}, "k", out);
	assert_string_equal(out, "");
	planner_condition(&(part_range){.has_to = true, .to = INT64_MIN}, "k", out);
	assert_string_equal(out, " AND k < -9223372036854775808");
	planner_condition(&(part_range){true, true, 1, 2}, "k", out);
	assert_string_equal(out, " AND k >= 1 AND k < 2");
}

/* ---- columns ---- */

static void
add_value(column_buffers *c, size_t row, const char *data, size_t len)
{
	assert_int_equal(column_add(c, row, &(pg_field){data, data != NULL ? len : 0}), STATUS_OK);
}

static void
test_columns_are_arrows(void **state)
{
	column_buffers text = {.kind = COLUMN_STRING};
	column_buffers truth = {.kind = COLUMN_BOOL};
	column_buffers number = {.kind = COLUMN_INT32};

	(void) state;
	for (size_t row = 0; row < 9; row++)
	{
		const bool there = row != 1;

		add_value(&text, row, there ? "abc" : NULL, row % 3);
		add_value(&truth, row, there ? "\1" : NULL, 1);
		add_value(&number, row, there ? "\377\377\377\376" : NULL, 4);
	}
	assert_memory_equal(text.validity.data, "\xfd\x01", 2);
	assert_memory_equal(truth.data.data, "\xfd\x01", 2);
	assert_memory_equal(text.offsets.data, ((int32_t[]){0, 0, 0, 2, 2, 3, 5, 5, 6, 8}),
	                    10 * sizeof(int32_t));
	assert_memory_equal(text.data.data, "abaabaab", 8);
	assert_memory_equal(number.data.data, ((int32_t[]){-2, 0, -2}), 3 * sizeof(int32_t));
	column_clear(&text);
	add_value(&text, 0, "z", 1);
	assert_memory_equal(text.offsets.data, ((int32_t[]){0, 1}), 2 * sizeof(int32_t));
	column_free(&text);
	column_free(&truth);
	column_free(&number);
}

static void
test_times_that_are_infinite(void **state)
{
	column_buffers c = {.kind = COLUMN_TIMESTAMP};
	int64_t have[3];

	(void) state;
	add_value(&c, 0, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8);
	add_value(&c, 1, "\x80\0\0\0\0\0\0\0", 8);
	add_value(&c, 2, "\0\0\0\0\0\0\0\1", 8);
	memcpy(have, c.data.data, sizeof(have));
	assert_true(have[0] == 253402300799999999 && have[1] == -62135596800000000 &&
	            have[2] == 946684800000001);
	column_free(&c);
}

static void
test_kinds(void **state)
{
	bool as_text;

	(void) state;
	assert_int_equal(column_kind_of("bigint", &as_text), COLUMN_INT64);
	assert_false(as_text);
	assert_int_equal(column_kind_of("numeric(20,0)", &as_text), COLUMN_STRING);
	assert_true(as_text);
}

/* ---- files ---- */

/* Reads a file of the folder; its length. */
static size_t
slurp(const char *path, char *out, size_t size)
{
	char name[256];
	FILE *file;
	size_t len;

	snprintf(name, sizeof(name), "%s/%s", folder, path);
	file = fopen(name, "rb");
	assert_non_null(file);
	len = fread(out, 1, size, file);
	fclose(file);
	return len;
}

static void
write_file(const char *path, output_packing packing, part_facts *facts)
{
	output *o;

	assert_int_equal(output_open(folder, path, packing, &o), STATUS_OK);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(output_write(o, "some line\n", 10), STATUS_OK);
	assert_int_equal(output_plain_bytes(o), 1000000);
	assert_int_equal(output_close(o, facts), STATUS_OK);
}

static void
check_unpacked(const char *data, size_t len)
{
	assert_int_equal(len, 1000000);
	assert_memory_equal(data + len - 10, "some line\n", 10);
}

static void
test_files_are_packed_and_digested(void **state)
{
	static const char *const names[] = {"w/plain", "w/gzip", "w/zstd"};
	char *packed = malloc(1000001);
	char *data = malloc(1000001);

	(void) state;
	for (int packing = OUTPUT_PLAIN; packing <= OUTPUT_ZSTD; packing++)
	{
		part_facts facts = {0};
		part_facts found = {0};
		bool there;
		size_t len;

		write_file(names[packing], (output_packing) packing, &facts);
		assert_int_equal(output_look(folder, names[packing], &found, &there), STATUS_OK);
		assert_true(there);
		assert_string_equal(found.sha256, facts.sha256);
		assert_int_equal(found.bytes, facts.bytes);
		len = slurp(names[packing], packed, 1000001);
		assert_int_equal(len, facts.bytes);
		if (packing == OUTPUT_PLAIN)
			check_unpacked(packed, len);
		else if (packing == OUTPUT_ZSTD)
			check_unpacked(data, ZSTD_decompress(data, 1000001, packed, len));
		else
		{
			z_stream z = {.next_in = (Bytef *) packed,
			              .avail_in = (uInt) len,
			              .next_out = (Bytef *) data,
			              .avail_out = 1000001};

			assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
			assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
			check_unpacked(data, z.total_out);
			inflateEnd(&z);
		}
	}
	free(packed);
	free(data);
}

/* SHA-256 of nothing, as everybody knows it. */
#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
test_empty_and_foreign_files(void **state)
{
	output *o;
	part_facts facts = {0};
	FILE *file;

	(void) state;
	assert_int_equal(output_open(folder, "empty", OUTPUT_PLAIN, &o), STATUS_OK);
	assert_int_equal(output_close(o, &facts), STATUS_OK);
	assert_string_equal(facts.sha256, SHA256_OF_NOTHING);

	/* another program writes it */
	assert_int_equal(output_open(folder, "foreign", OUTPUT_PLAIN, &o), STATUS_OK);
	file = fopen(output_name(o), "wb");
	assert_non_null(file);
	fputs("abc", file);
	fclose(file);
	assert_int_equal(output_close(o, &facts), STATUS_OK);
	assert_int_equal(facts.bytes, 3);
	assert_string_equal(facts.sha256,
	                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
test_a_file_that_is_left_is_gone(void **state)
{
	output *o;
	part_facts facts = {0};
	char name[256];
	struct stat found;
	bool there;

	(void) state;
	assert_int_equal(output_open(folder, "left", OUTPUT_ZSTD, &o), STATUS_OK);
	assert_int_equal(output_write(o, "x", 1), STATUS_OK);
	snprintf(name, sizeof(name), "%s", output_name(o));
	assert_int_equal(stat(name, &found), 0);
	output_discard(o);
	assert_int_not_equal(stat(name, &found), 0);
	assert_int_equal(output_look(folder, "left", &facts, &there), STATUS_OK);
	assert_false(there);
	assert_int_equal(output_open(folder, "no/such/folder", OUTPUT_PLAIN, &o), STATUS_SINK);
	assert_null(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_path_stays_in_the_folder),
	    cmocka_unit_test(test_a_part_comes_back_from_json),
	    cmocka_unit_test(test_json_of_another_file_is_refused),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_columns_are_arrows),
	    cmocka_unit_test(test_times_that_are_infinite),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_files_are_packed_and_digested),
	    cmocka_unit_test(test_empty_and_foreign_files),
	    cmocka_unit_test(test_a_file_that_is_left_is_gone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
