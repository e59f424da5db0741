/*
 * tests/unit/test_siteinfo.c
 *	  Siteinfo of real wikis in both format versions, and answers that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/siteinfo.h"

static arena *memory;
static siteinfo info;
static char error[512];

static int
set_up(void **state)
{
	(void) state;
	memory = arena_create(4096);
	return memory == NULL;
}

static int
tear_down(void **state)
{
	(void) state;
	arena_destroy(memory);
	return 0;
}

static bool
parse(const char *json)
{
	error[0] = '\0';
	return siteinfo_parse(json, strlen(json), memory, &info, error, sizeof(error));
}

static void
parse_file(const char *name)
{
	char path[1024];
	char json[65536];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/siteinfo/%s", TEST_DATA, name);
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(json, 1, sizeof(json), file);
	fclose(file);
	if (!siteinfo_parse(json, len, memory, &info, error, sizeof(error)))
		fail_msg("%s: %s", name, error);
}

static const siteinfo_namespace *
find_namespace(int id)
{
	for (size_t i = 0; i < info.namespace_count; i++)
	{
		if (info.namespaces[i].id == id)
			return &info.namespaces[i];
	}
	fail_msg("no namespace %d", id);
	return NULL;
}

static const char *
namespace_name(int id)
{
	return find_namespace(id)->name;
}

static void
test_real_wikis(void **state)
{
	static const struct
	{
		const char *file;
		const char *wiki_id;
		const char *generator;
		const char *server;
	} cases[] = {
	    {"mediawiki-1.39-formatversion1.json", "wiki39", "MediaWiki 1.39.17",
	     "http://127.0.0.1:25439"},
	    {"mediawiki-1.39-formatversion2.json", "wiki39", "MediaWiki 1.39.17",
	     "http://127.0.0.1:25439"},
	    {"mediawiki-1.43-formatversion1.json", "wiki43", "MediaWiki 1.43.9",
	     "http://127.0.0.1:25443"},
	    {"mediawiki-1.43-formatversion2.json", "wiki43", "MediaWiki 1.43.9",
	     "http://127.0.0.1:25443"},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		parse_file(cases[i].file);
		assert_string_equal(info.wiki_id, cases[i].wiki_id);
		assert_string_equal(info.generator, cases[i].generator);
		assert_string_equal(info.canonical_server, cases[i].server);
		assert_string_equal(info.domain, "127.0.0.1");
		assert_string_equal(info.article_path, "/index.php/$1");
		assert_string_equal(info.script_path, "");
		assert_string_equal(info.language, "en");
		assert_false(info.is_private);
		assert_false(info.temp_accounts);
		assert_true(info.local_central_ids);
		assert_int_equal(info.bot_group_count, 1);
		assert_string_equal(info.bot_groups[0], "bot");
		assert_int_equal(info.namespace_count, 18);
		assert_int_equal(info.namespaces[0].id, -2);
		assert_string_equal(namespace_name(0), "");
		assert_string_equal(namespace_name(4), "Testwiki");
		assert_string_equal(namespace_name(3), "User_talk");
		assert_string_equal(info.site_name, "Testwiki");
		assert_ptr_equal(strstr(info.main_page, info.canonical_server), info.main_page);
		assert_non_null(strstr(info.main_page, "/index.php/Main_Page"));
		assert_true(info.first_letter);
		assert_true(find_namespace(-2)->first_letter);
	}
}

#define ANSWER(general, rest) "{\"query\":{\"general\":{" general "}" rest "}}"
#define GENERAL                                                                                    \
	"\"generator\":\"MediaWiki 1.43.0\",\"lang\":\"de\",\"articlepath\":\"/wiki/$1\",\"server\":"
#define NAMESPACES                                                                                 \
	",\"namespaces\":{\"0\":{\"id\":0,\"name\":\"\"},\"2\":{\"id\":2,\"*\":\"Benutzer in\"}}"
#define GROUPS                                                                                     \
	",\"usergroups\":[{\"name\":\"bot\",\"rights\":[\"bot\"]},{\"name\":\"sysop\",\"rights\":[]}," \
	"{\"name\":\"copyviobot\",\"rights\":[\"read\",\"bot\"]}]"

static void
test_server_relative_to_protocol(void **state)
{
	(void) state;
	assert_true(
	    parse(ANSWER(GENERAL "\"//de.example.org\",\"scriptpath\":\"/w\"", NAMESPACES GROUPS)));
	assert_string_equal(info.script_path, "/w");
	assert_string_equal(info.canonical_server, "https://de.example.org");
	assert_string_equal(info.domain, "de.example.org");
	assert_true(
	    parse(ANSWER(GENERAL "\"//de.example.org:8080\",\"base\":\"http://de.example.org:8080/w\"",
	                 NAMESPACES GROUPS)));
	assert_string_equal(info.canonical_server, "http://de.example.org:8080");
	assert_string_equal(info.domain, "de.example.org");
}

static void
test_case_of_titles(void **state)
{
	(void) state;
	assert_true(
	    parse(ANSWER(GENERAL "\"//x\",\"case\":\"case-sensitive\"",
	                 ",\"namespaces\":{\"0\":{\"id\":0,\"name\":\"\",\"case\":\"case-sensitive\"},"
	                 "\"2\":{\"id\":2,\"name\":\"U\",\"case\":\"first-letter\"}}" GROUPS)));
	assert_false(info.first_letter);
	assert_false(find_namespace(0)->first_letter);
	assert_true(find_namespace(2)->first_letter);
	/* what is not said */
	assert_true(parse(ANSWER(GENERAL "\"//x\"", NAMESPACES GROUPS)));
	assert_true(info.first_letter);
	assert_true(find_namespace(0)->first_letter);
	assert_null(info.site_name);
	assert_null(info.main_page);
}

static void
test_groups_and_names(void **state)
{
	(void) state;
	assert_true(parse(ANSWER(GENERAL "\"https://x\"", NAMESPACES GROUPS)));
	assert_null(info.wiki_id);
	assert_int_equal(info.bot_group_count, 2);
	assert_string_equal(info.bot_groups[1], "copyviobot");
	assert_string_equal(namespace_name(2), "Benutzer_in");
}

#define EVERYBODY(rights) ",\"usergroups\":[{\"name\":\"*\",\"rights\":[" rights "]}]"

/* Public is only what says so: some group may read every wiki. */
static void
test_private(void **state)
{
	(void) state;
	assert_true(parse(ANSWER(GENERAL "\"https://x\"", NAMESPACES GROUPS)));
	assert_true(info.is_private);
	assert_true(parse(ANSWER(GENERAL "\"https://x\"", NAMESPACES EVERYBODY("\"createaccount\""))));
	assert_true(info.is_private);
	assert_true(
	    parse(ANSWER(GENERAL "\"https://x\"", NAMESPACES EVERYBODY("\"createaccount\",\"read\""))));
	assert_false(info.is_private);
}

static void
test_temp_accounts(void **state)
{
	(void) state;
	assert_true(parse(ANSWER(GENERAL "\"https://x\"",
	                         NAMESPACES GROUPS ",\"autocreatetempuser\":{\"enabled\":true}")));
	assert_true(info.temp_accounts);
	assert_true(parse(ANSWER(GENERAL "\"https://x\"",
	                         NAMESPACES GROUPS ",\"autocreatetempuser\":{\"enabled\":\"\"}")));
	assert_true(info.temp_accounts);
	assert_true(parse(ANSWER(GENERAL "\"https://x\"",
	                         NAMESPACES GROUPS ",\"autocreatetempuser\":{\"enabled\":false}")));
	assert_false(info.temp_accounts);
	assert_true(
	    parse(ANSWER(GENERAL "\"https://x\"", NAMESPACES GROUPS ",\"autocreatetempuser\":[]")));
	assert_false(info.temp_accounts);
}

static void
test_refusals(void **state)
{
	static const struct
	{
		const char *json;
		const char *said;
	} cases[] = {
	    {"", "not JSON"},
	    {"<!DOCTYPE html>", "not JSON"},
	    {"[]", "no query object"},
	    {"{\"error\":{\"code\":\"x\",\"info\":\"Go away\"}}", "Go away"},
	    {"{\"query\":{}}", "query.general is missing"},
	    {ANSWER("", ""), "query.general.generator"},
	    {ANSWER("\"generator\":5", ""), "query.general.generator"},
	    {ANSWER(GENERAL "\"\"", NAMESPACES GROUPS), "query.general.server is missing"},
	    {ANSWER(GENERAL "\"x y\"", NAMESPACES GROUPS), "is no URL"},
	    {ANSWER(
	         "\"generator\":\"g\",\"lang\":\"l\",\"articlepath\":\"/w\",\"server\":\"https://x\"",
	         NAMESPACES GROUPS),
	     "has no $1"},
	    {ANSWER(GENERAL "\"https://x\"", GROUPS), "query.namespaces is missing"},
	    {ANSWER(GENERAL "\"https://x\"",
	            ",\"namespaces\":{\"1\":{\"id\":1,\"name\":\"T\"}}" GROUPS),
	     "no main namespace"},
	    {ANSWER(GENERAL "\"https://x\"",
	            ",\"namespaces\":{\"7\":{\"id\":\"7\",\"name\":\"T\"}}" GROUPS),
	     "query.namespaces.7"},
	    {ANSWER(GENERAL "\"https://x\"", NAMESPACES), "query.usergroups is missing"},
	    {ANSWER(GENERAL "\"https://x\"", NAMESPACES ",\"usergroups\":[{}]"), "usergroups[0]"},
	    {ANSWER(GENERAL "\"https://x\\u0000y\"", NAMESPACES GROUPS), "not JSON"},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_false(parse(cases[i].json));
		if (strstr(error, cases[i].said) == NULL)
			fail_msg("case %zu: \"%s\" does not say \"%s\"", i, error, cases[i].said);
	}
}

/* Central ids that an extension keeps are in none of the wiki's tables. */
static void
test_central_ids(void **state)
{
	(void) state;
	assert_true(parse(
	    ANSWER(GENERAL "\"//x\",\"centralidlookupprovider\":\"CentralAuth\"", NAMESPACES GROUPS)));
	assert_false(info.local_central_ids);
	assert_true(parse(ANSWER(GENERAL "\"//x\"", NAMESPACES GROUPS)));
	assert_false(info.local_central_ids);
}

#define LANGUAGE(code)                                                                             \
	"\"generator\":\"MediaWiki 1.43.0\",\"articlepath\":\"/wiki/$1\",\"server\":\"//w.example\","  \
	"\"lang\":\"" code "\""
#define USERS(main, talk)                                                                          \
	",\"namespaces\":{\"0\":{\"id\":0,\"name\":\"\"},\"2\":{\"id\":2,\"name\":\"" main             \
	"\"},\"3\":{\"id\":3,\"name\":\"" talk "\"}}"

/* Names by gender are the language's, unless the wiki calls the namespace otherwise. */
static void
test_gender_names(void **state)
{
	(void) state;
	assert_true(parse(ANSWER(LANGUAGE("cs"), USERS("Uživatel", "Diskuse s uživatelem") GROUPS)));
	assert_null(find_namespace(2)->male_name);
	assert_string_equal(find_namespace(2)->female_name, "Uživatelka");
	assert_null(find_namespace(3)->male_name);
	assert_string_equal(find_namespace(3)->female_name, "Diskuse_s_uživatelkou");
	assert_null(find_namespace(0)->female_name);
	/* by a language that it falls back to */
	assert_true(parse(ANSWER(LANGUAGE("de-at"), USERS("Benutzer", "Benutzer Diskussion") GROUPS)));
	assert_string_equal(find_namespace(2)->female_name, "Benutzerin");
	/* a male form of its own */
	assert_true(parse(ANSWER(LANGUAGE("aln"), USERS("Përdorues", "x") GROUPS)));
	assert_string_equal(find_namespace(2)->male_name, "Përdoruesi");
	assert_null(find_namespace(3)->female_name);
	assert_true(parse(ANSWER(LANGUAGE("en"), USERS("User", "User talk") GROUPS)));
	assert_null(find_namespace(2)->female_name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_real_wikis, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_server_relative_to_protocol, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_groups_and_names, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_case_of_titles, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_private, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_temp_accounts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_gender_names, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_central_ids, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("siteinfo", tests, NULL, NULL);
}
