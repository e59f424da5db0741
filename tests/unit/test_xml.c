/*
 * tests/unit/test_xml.c
 *	  MediaWiki's XML, byte by byte: texts and names as it cleans them (recorded), and whole documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/xml.h"
#include "export/xml_names.h"
#include "export/xml_sha1.h"

#define TEXT(text) ((xml_bytes){(text), sizeof(text) - 1})

static char *written;
static size_t written_len;
static xml_out out;

static status
take(void *arg, const char *data, size_t len)
{
	(void) arg;
	written = realloc(written, written_len + len + 1);
	assert_non_null(written);
	memcpy(written + written_len, data, len);
	written_len += len;
	written[written_len] = '\0';
	return STATUS_OK;
}

static int
set_up(void **state)
{
	(void) state;
	written_len = 0;
	written = NULL;
	xml_out_begin(&out, take, NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	xml_out_end(&out);
	free(written);
	return 0;
}

static void
assert_written(const char *text, size_t len)
{
	assert_int_equal(xml_out_flush(&out), STATUS_OK);
	assert_int_equal(written_len, len);
	if (len > 0)
		assert_memory_equal(written, text, len);
	written_len = 0;
}

static FILE *
open_data(const char *name)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/xml/%s", TEST_DATA, name);
	file = fopen(path, "r");
	assert_non_null(file);
	return file;
}

/* "-" or pairs of hexadecimal digits, into the same place. */
static size_t
from_hex(char *word)
{
	size_t len = strlen(word) / 2;

	if (strcmp(word, "-") == 0)
		return 0;
	for (size_t i = 0; i < len; i++)
	{
		char pair[3] = {word[2 * i], word[2 * i + 1], '\0'};

		word[i] = (char) strtol(pair, NULL, 16);
	}
	return len;
}

static void
test_texts_are_cleaned_as_mediawiki_does(void **state)
{
	static char text[65536];
	static char element[65536];
	static char attribute[65536];
	FILE *file = open_data("cleaned");
	int count = 0;

	(void) state;
	while (fscanf(file, "%65535s %65535s %65535s", text, element, attribute) == 3)
	{
		size_t len = from_hex(text);
		/* at its exact size, so that a read beyond it is seen */
		char *exact = malloc(len + (len == 0));

		memcpy(exact, text, len);
		xml_put_text(&out, (xml_bytes){exact, len});
		assert_written(element, from_hex(element));
		xml_put_attribute(&out, (xml_bytes){exact, len});
		assert_written(attribute, from_hex(attribute));
		free(exact);
		count++;
	}
	fclose(file);
	assert_true(count > 400);
}

static void
test_names_are_what_mediawiki_takes_them_for(void **state)
{
	char kind[32];
	char name[256];
	char answer[256];
	char tag[XML_LANGUAGE_SIZE];
	FILE *file = open_data("names");
	int count = 0;

	(void) state;
	while (fscanf(file, "%31s %255s %255s", kind, name, answer) == 3)
	{
		const xml_bytes bytes = {name, strlen(name)};

		if (strcmp(kind, "address") == 0)
			assert_int_equal(xml_is_address(bytes), strcmp(answer, "yes") == 0);
		else
		{
			xml_language(bytes, tag);
			assert_string_equal(tag, answer);
		}
		count++;
	}
	fclose(file);
	assert_true(count > 80);
	assert_false(xml_is_address(TEXT("")));
}

static void
assert_hash(xml_sha1 *x, const char *hash)
{
	xml_bytes found = xml_sha1_end(x);

	assert_int_equal(found.len, strlen(hash));
	assert_memory_equal(found.data, hash, found.len);
}

static void
test_hash_of_slots(void **state)
{
	char line[1024];
	FILE *file = open_data("hashes");
	int count = 0;

	(void) state;
	while (fgets(line, sizeof(line), file) != NULL)
	{
		static xml_sha1 x;
		char *role = strtok(line, " \n");
		char *sha1;

		xml_sha1_begin(&x, TEXT(""));
		while ((sha1 = strtok(NULL, " \n")) != NULL)
		{
			xml_sha1_add(&x, (xml_bytes){role, strlen(role)}, (xml_bytes){sha1, strlen(sha1)});
			role = strtok(NULL, " \n");
		}
		assert_hash(&x, role);
		count++;
	}
	fclose(file);
	assert_int_equal(count, 4);
}

static void
test_stored_hash_counts(void **state)
{
	static xml_sha1 x;
	char role[16];

	(void) state;
	xml_sha1_begin(&x, TEXT("stored"));
	xml_sha1_add(&x, TEXT("main"), TEXT("other"));
	assert_hash(&x, "stored");
	xml_sha1_begin(&x, (xml_bytes){NULL, 0});
	assert_hash(&x, "");
	/* more slots and longer texts than there is room for */
	for (int i = 0; i < 2 * XML_SHA1_SLOTS; i++)
	{
		snprintf(role, sizeof(role), "r%d", i);
		xml_sha1_add(
		    &x, (xml_bytes){role, strlen(role)},
		    TEXT("0123456789012345678901234567890123456789012345678901234567890123456789"));
	}
	assert_int_equal(xml_sha1_end(&x).len, 31);
	xml_sha1_text(TEXT("text of main"), x.stored);
	assert_string_equal(x.stored, "ntea0foq50sx1ny9h96bht4ajfjpbpm");
}

/* 16 MiB of marks on one letter, in the worst order: sorted in time, and no byte of memory beyond. */
static void
test_millions_of_marks_are_sorted(void **state)
{
	const size_t count = 1024 * 1024;
	char *text = malloc(1 + 4 * count);

	(void) state;
	text[0] = 'x';
	for (size_t i = 0; i < count; i++)
		memcpy(text + 1 + 4 * i, "\xCD\x9C\xCC\xB1", 4); /* class 233 before 220 */
	xml_put_text(&out, (xml_bytes){text, 1 + 4 * count});
	assert_int_equal(xml_out_flush(&out), STATUS_OK);
	assert_int_equal(written_len, 1 + 4 * count);
	for (size_t i = 0; i < count; i++)
	{
		assert_memory_equal(written + 1 + 2 * i, "\xCC\xB1", 2);
		assert_memory_equal(written + 1 + 2 * (count + i), "\xCD\x9C", 2);
	}
	free(text);
}

static status
refuse(void *arg, const char *data, size_t len)
{
	(void) data;
	(void) len;
	++*(int *) arg;
	return STATUS_SINK;
}

static void
test_nothing_is_written_after_a_failure(void **state)
{
	int calls = 0;
	char *large = calloc(1, XML_OUT_ROOM + 1);

	(void) state;
	memset(large, 'x', XML_OUT_ROOM);
	xml_out_begin(&out, refuse, &calls);
	for (int i = 0; i < 5; i++)
		xml_put_text(&out, (xml_bytes){large, XML_OUT_ROOM + 1});
	assert_int_equal(xml_out_flush(&out), STATUS_SINK);
	assert_int_equal(calls, 1);
	free(large);
}

/* ---- documents ---- */

static const xml_namespace namespaces[] = {
    {-1, {"Spezial", 7}, true},
    {0, {"", 0}, false},
    {3, {"Benutzer_Diskussion", 19}, true},
    {6, {"Datei", 5}, true},
};

static const xml_site site = {
    .name = {"A & B", 5},
    .database = {"dewiki", 6},
    .base = {"http://x/wiki/M", 15},
    .generator = {"mwmirror 1", 10},
    .language = {"de-formal", 9},
    .first_letter = false,
    .namespaces = namespaces,
    .namespace_count = 4,
};

static void
assert_document(const char *expected)
{
	assert_int_equal(xml_out_flush(&out), STATUS_OK);
	assert_string_equal(written, expected);
	written_len = 0;
}

static void
test_siteinfo(void **state)
{
	(void) state;
	xml_begin(&out, &site);
	xml_end(&out);
	assert_document(
	    "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.11/\""
	    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	    " xsi:schemaLocation=\"http://www.mediawiki.org/xml/export-0.11/"
	    " http://www.mediawiki.org/xml/export-0.11.xsd\" version=\"0.11\""
	    " xml:lang=\"de-x-formal\">\n"
	    "  <siteinfo>\n"
	    "    <sitename>A &amp; B</sitename>\n"
	    "    <dbname>dewiki</dbname>\n"
	    "    <base>http://x/wiki/M</base>\n"
	    "    <generator>mwmirror 1</generator>\n"
	    "    <case>case-sensitive</case>\n"
	    "    <namespaces>\n"
	    "      <namespace key=\"-1\" case=\"first-letter\">Spezial</namespace>\n"
	    "      <namespace key=\"0\" case=\"case-sensitive\" />\n"
	    "      <namespace key=\"3\" case=\"first-letter\">Benutzer Diskussion</namespace>\n"
	    "      <namespace key=\"6\" case=\"first-letter\">Datei</namespace>\n"
	    "    </namespaces>\n"
	    "  </siteinfo>\n"
	    "</mediawiki>\n");
}

static void
test_page(void **state)
{
	(void) state;
	xml_page_begin(&out, &site, &(xml_page){.id = 7, .namespace_id = 3, .title = TEXT("A_&_b")});
	xml_page_end(&out);
	assert_document("  <page>\n    <title>Benutzer Diskussion:A &amp; b</title>\n    <ns>3</ns>\n"
	                "    <id>7</id>\n  </page>\n");
	/* a namespace that the wiki no longer has */
	xml_page_begin(&out, &site, &(xml_page){.id = 8, .namespace_id = 99, .title = TEXT("X_y")});
	assert_document("  <page>\n    <title>X y</title>\n    <ns>99</ns>\n    <id>8</id>\n");
}

static void
assert_redirect(xml_target target, const char *line)
{
	char expected[512];

	snprintf(expected, sizeof(expected),
	         "  <page>\n    <title>R</title>\n    <ns>0</ns>\n    <id>1</id>\n%s", line);
	xml_page_begin(&out, &site, &(xml_page){.id = 1, .title = TEXT("R"), .redirect = target});
	assert_document(expected);
}

static void
test_redirects(void **state)
{
	(void) state;
	assert_redirect((xml_target){.title = TEXT("It's_\"<x>\"")},
	                "    <redirect title=\"It&#039;s &quot;&lt;x&gt;&quot;\" />\n");
	assert_redirect((xml_target){.namespace_id = 3, .title = TEXT("A_b")},
	                "    <redirect title=\"Benutzer Diskussion:A b\" />\n");
	assert_redirect((xml_target){.interwiki = TEXT("en"), .title = TEXT("A_b")},
	                "    <redirect title=\"en:A b\" />\n");
	assert_redirect((xml_target){.namespace_id = -1, .title = TEXT("Random")},
	                "    <redirect title=\"Spezial:Random\" />\n");
	assert_redirect((xml_target){.namespace_id = -2, .title = TEXT("A.png")},
	                "    <redirect title=\"Datei:A.png\" />\n");
	/* MediaWiki does not follow these */
	assert_redirect((xml_target){.namespace_id = -1, .title = TEXT("Userlogout")}, "");
	assert_redirect((xml_target){.namespace_id = -1, .title = TEXT("MyPage/x")}, "");
	assert_redirect((xml_target){.title = TEXT("")}, "");
}

static void
test_revision(void **state)
{
	const xml_revision r = {.id = 12,
	                        .parent_id = 11,
	                        .timestamp = TEXT("2026-11-30T12:00:00Z"),
	                        .minor = true,
	                        .user_id = 5,
	                        .user_name = TEXT("A&B"),
	                        .comment = TEXT("/* x */ <y>"),
	                        .sha1 = TEXT("abc")};

	(void) state;
	xml_revision_begin(&out, &r);
	xml_slot_put(&out, &r,
	             &(xml_slot){.role = TEXT("main"),
	                         .origin = 12,
	                         .model = TEXT("wikitext"),
	                         .size = 99,
	                         .sha1 = TEXT("s1"),
	                         .text = TEXT("a\0<\n")});
	xml_slot_put(&out, &r,
	             &(xml_slot){.role = TEXT("mediainfo"),
	                         .origin = 9,
	                         .model = TEXT("wikibase-mediainfo"),
	                         .size = 2,
	                         .sha1 = TEXT("s2"),
	                         .text = TEXT("{}")});
	xml_revision_end(&out, &r);
	assert_document(
	    "    <revision>\n"
	    "      <id>12</id>\n"
	    "      <parentid>11</parentid>\n"
	    "      <timestamp>2026-11-30T12:00:00Z</timestamp>\n"
	    "      <contributor>\n"
	    "        <username>A&amp;B</username>\n"
	    "        <id>5</id>\n"
	    "      </contributor>\n"
	    "      <minor/>\n"
	    "      <comment>/* x */ &lt;y&gt;</comment>\n"
	    "      <origin>12</origin>\n"
	    "      <model>wikitext</model>\n"
	    "      <format>text/x-wiki</format>\n"
	    "      <text bytes=\"4\" sha1=\"s1\" xml:space=\"preserve\">a\xEF\xBF\xBD&lt;\n</text>\n"
	    "      <content>\n"
	    "        <role>mediainfo</role>\n"
	    "        <origin>9</origin>\n"
	    "        <model>wikibase-mediainfo</model>\n"
	    "        <format>application/json</format>\n"
	    "        <text bytes=\"2\" sha1=\"s2\" xml:space=\"preserve\">{}</text>\n"
	    "      </content>\n"
	    "      <sha1>abc</sha1>\n"
	    "    </revision>\n");
}

/* What is hidden is nowhere in it, whatever the writer was given. */
static void
test_hidden(void **state)
{
	const xml_revision r = {.id = 12,
	                        .timestamp = TEXT("2026-11-30T12:00:00Z"),
	                        .user_hidden = true,
	                        .comment_hidden = true,
	                        .text_hidden = true,
	                        .user_id = 5,
	                        .user_name = TEXT("secret"),
	                        .comment = TEXT("secret"),
	                        .sha1 = TEXT("secret")};

	(void) state;
	xml_revision_begin(&out, &r);
	xml_slot_put(&out, &r,
	             &(xml_slot){.role = TEXT("secret"),
	                         .origin = 4711,
	                         .model = TEXT("wikitext"),
	                         .size = 4711,
	                         .sha1 = TEXT("secret"),
	                         .text = TEXT("secret")});
	xml_revision_end(&out, &r);
	assert_document("    <revision>\n"
	                "      <id>12</id>\n"
	                "      <timestamp>2026-11-30T12:00:00Z</timestamp>\n"
	                "      <contributor deleted=\"deleted\" />\n"
	                "      <comment deleted=\"deleted\" />\n"
	                "      <origin>12</origin>\n"
	                "      <model>wikitext</model>\n"
	                "      <format>text/x-wiki</format>\n"
	                "      <text bytes=\"0\" sha1=\"\" deleted=\"deleted\" />\n"
	                "      <sha1/>\n"
	                "    </revision>\n");
}

static void
test_little_of_a_revision(void **state)
{
	const xml_revision r = {
	    .id = 1, .timestamp = TEXT("2026-11-30T12:00:00Z"), .user_name = TEXT("fe80::1")};

	(void) state;
	xml_revision_begin(&out, &r);
	/* the text cannot be had; an empty one is another thing */
	xml_slot_put(&out, &r,
	             &(xml_slot){.role = TEXT("main"), .origin = 1, .model = TEXT("odd"), .size = 9});
	xml_slot_put(&out, &r,
	             &(xml_slot){.role = TEXT("empty"),
	                         .origin = 1,
	                         .model = TEXT("text"),
	                         .size = 9,
	                         .text = TEXT("")});
	xml_revision_end(&out, &r);
	assert_document("    <revision>\n"
	                "      <id>1</id>\n"
	                "      <timestamp>2026-11-30T12:00:00Z</timestamp>\n"
	                "      <contributor>\n"
	                "        <ip>fe80::1</ip>\n"
	                "      </contributor>\n"
	                "      <origin>1</origin>\n"
	                "      <model>odd</model>\n"
	                "      <text bytes=\"9\" sha1=\"\" />\n"
	                "      <content>\n"
	                "        <role>empty</role>\n"
	                "        <origin>1</origin>\n"
	                "        <model>text</model>\n"
	                "        <format>text/plain</format>\n"
	                "        <text bytes=\"0\" sha1=\"\" xml:space=\"preserve\" />\n"
	                "      </content>\n"
	                "      <sha1 />\n"
	                "    </revision>\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_texts_are_cleaned_as_mediawiki_does, set_up,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(test_names_are_what_mediawiki_takes_them_for, set_up,
	                                    tear_down),
	    cmocka_unit_test(test_hash_of_slots),
	    cmocka_unit_test(test_stored_hash_counts),
	    cmocka_unit_test_setup_teardown(test_millions_of_marks_are_sorted, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_nothing_is_written_after_a_failure, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_siteinfo, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_page, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_redirects, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_revision, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hidden, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_little_of_a_revision, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
