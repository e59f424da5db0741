/*
 * cli/siteinfo.c
 *	  What MediaWiki's action API says about a wiki.
 *
 * Field names: includes/api/ApiQuerySiteinfo.php of 1.39 and 1.43. The same answer comes in two notations:
 *
 *	 formatversion 1   a namespace's name is "*"; a true boolean is "" and a false one is left out
 *	 formatversion 2   a namespace's name is "name"; booleans are booleans
 */
#include "cli/siteinfo.h"

#include <curl/curl.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gender_names.h"

#define EVERYBODY "*" /* the group */

typedef struct siteinfo_reader
{
	arena *arena;
	siteinfo *out;
	char *error;
	size_t error_size;
} siteinfo_reader;

/* Says what is wrong and returns false, for the caller to return. */
static bool __attribute__((format(printf, 2, 3)))
siteinfo_fail(siteinfo_reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->error, r->error_size, format, args);
	va_end(args);
	return false;
}

static const char *
siteinfo_copy(siteinfo_reader *r, const char *text)
{
	return arena_copy(r->arena, text, strlen(text));
}

/* Copies a text member of general that must be there and not be empty. */
static bool
siteinfo_read_text(siteinfo_reader *r, const json_t *general, const char *name, const char **out)
{
	const char *text = json_string_value(json_object_get(general, name));

	if (text == NULL || text[0] == '\0')
		return siteinfo_fail(r, "query.general.%s is missing or is no text", name);
	*out = siteinfo_copy(r, text);
	if (*out == NULL)
		return siteinfo_fail(r, "out of memory");
	return true;
}

/* Copies a text member; NULL if it is not there. */
static bool
siteinfo_read_optional(siteinfo_reader *r, const json_t *general, const char *name,
                       const char **out)
{
	const char *text = json_string_value(json_object_get(general, name));

	*out = NULL;
	if (text == NULL)
		return true;
	*out = siteinfo_copy(r, text);
	if (*out == NULL)
		return siteinfo_fail(r, "out of memory");
	return true;
}

/* What is not told is as MediaWiki has it by default. */
static bool
siteinfo_first_letter(const json_t *of)
{
	const char *kind = json_string_value(json_object_get(of, "case"));

	return kind == NULL || strcmp(kind, "case-sensitive") != 0;
}

/* True for a boolean of either format version. */
static bool
siteinfo_flag(const json_t *value)
{
	return json_is_true(value) || json_is_string(value);
}

/* Takes scheme and host out of a URL with a scheme. */
static bool
siteinfo_split_server(siteinfo_reader *r, const char *url)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL;
	char *host = NULL;
	char *port = NULL;
	char server[1024];
	bool good = parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
	            curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	            curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK;

	if (good)
	{
		(void) curl_url_get(parsed, CURLUPART_PORT, &port, 0);
		snprintf(server, sizeof(server), "%s://%s%s%s", scheme, host, port != NULL ? ":" : "",
		         port != NULL ? port : "");
		r->out->domain = siteinfo_copy(r, host);
		r->out->canonical_server = siteinfo_copy(r, server);
		good = r->out->domain != NULL && r->out->canonical_server != NULL;
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parsed);
	return good;
}

/*
 * Reads server, which may be relative to the protocol ("//en.wikipedia.org"). $wgCanonicalServer itself is not in
 * the answer; then base, the address of the main page, has the scheme by which the wiki was asked.
 */
static bool
siteinfo_read_server(siteinfo_reader *r, const json_t *general)
{
	const char *server = json_string_value(json_object_get(general, "server"));
	const char *base = json_string_value(json_object_get(general, "base"));
	char url[1024];

	if (server == NULL || server[0] == '\0')
		return siteinfo_fail(r, "query.general.server is missing or is no text");
	if (strncmp(server, "//", 2) != 0)
		snprintf(url, sizeof(url), "%s", server);
	else
		snprintf(url, sizeof(url), "%s:%s",
		         base != NULL && strncmp(base, "http://", 7) == 0 ? "http" : "https", server);
	if (!siteinfo_split_server(r, url))
		return siteinfo_fail(r, "query.general.server is no URL: \"%s\"", server);
	return true;
}

static bool
siteinfo_read_general(siteinfo_reader *r, const json_t *general)
{
	const char *provider;

	if (!json_is_object(general))
		return siteinfo_fail(r, "query.general is missing; ask with siprop=general");
	if (!siteinfo_read_text(r, general, "generator", &r->out->generator) ||
	    !siteinfo_read_text(r, general, "lang", &r->out->language) ||
	    !siteinfo_read_text(r, general, "articlepath", &r->out->article_path) ||
	    !siteinfo_read_optional(r, general, "scriptpath", &r->out->script_path) ||
	    !siteinfo_read_optional(r, general, "wikiid", &r->out->wiki_id) ||
	    !siteinfo_read_optional(r, general, "sitename", &r->out->site_name) ||
	    !siteinfo_read_optional(r, general, "base", &r->out->main_page))
		return false;
	if (r->out->script_path == NULL)
		r->out->script_path = "";
	r->out->first_letter = siteinfo_first_letter(general);
	if (strstr(r->out->article_path, "$1") == NULL)
		return siteinfo_fail(r, "query.general.articlepath has no $1: \"%s\"",
		                     r->out->article_path);
	provider = json_string_value(json_object_get(general, "centralidlookupprovider"));
	r->out->local_central_ids = provider != NULL && strcmp(provider, "local") == 0;
	return siteinfo_read_server(r, general);
}

static int
siteinfo_compare_namespaces(const void *a, const void *b)
{
	const siteinfo_namespace *x = a;
	const siteinfo_namespace *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* MediaWiki's own form of a namespace's name in titles has underscores. */
static const char *
siteinfo_namespace_name(siteinfo_reader *r, const char *name)
{
	char *copy = arena_copy(r->arena, name, strlen(name));

	for (char *p = copy; p != NULL && *p != '\0'; p++)
	{
		if (*p == ' ')
			*p = '_';
	}
	return copy;
}

static void
siteinfo_set_gender_names(siteinfo_namespace *ns, const char *language)
{
	const gender_names *names = gender_names_find(language, ns->id, ns->name);

	ns->male_name = names == NULL ? NULL : names->male;
	ns->female_name = names == NULL ? NULL : names->female;
}

static bool
siteinfo_read_namespaces(siteinfo_reader *r, json_t *namespaces)
{
	siteinfo *out = r->out;
	const char *key;
	json_t *item;
	bool has_main = false;

	if (!json_is_object(namespaces))
		return siteinfo_fail(r, "query.namespaces is missing; ask with siprop=namespaces");
	out->namespaces =
	    arena_alloc(r->arena, json_object_size(namespaces) * sizeof(siteinfo_namespace));
	if (out->namespaces == NULL)
		return siteinfo_fail(r, "out of memory");
	json_object_foreach(namespaces, key, item)
	{
		const json_t *id = json_object_get(item, "id");
		const char *name = json_string_value(json_object_get(item, "name"));
		siteinfo_namespace *ns = &out->namespaces[out->namespace_count];

		if (name == NULL)
			name = json_string_value(json_object_get(item, "*"));
		if (!json_is_integer(id) || json_integer_value(id) < INT_MIN ||
		    json_integer_value(id) > INT_MAX || name == NULL)
			return siteinfo_fail(r, "query.namespaces.%s has no id or no name", key);
		ns->id = (int) json_integer_value(id);
		ns->name = siteinfo_namespace_name(r, name);
		if (ns->name == NULL)
			return siteinfo_fail(r, "out of memory");
		siteinfo_set_gender_names(ns, out->language);
		ns->first_letter = siteinfo_first_letter(item);
		has_main |= ns->id == 0;
		out->namespace_count++;
	}
	if (!has_main)
		return siteinfo_fail(r, "query.namespaces has no main namespace (0)");
	qsort(out->namespaces, out->namespace_count, sizeof(siteinfo_namespace),
	      siteinfo_compare_namespaces);
	return true;
}

static bool
siteinfo_group_has_right(const json_t *group, const char *right)
{
	json_t *rights = json_object_get(group, "rights");
	json_t *item;
	size_t i;

	json_array_foreach(rights, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), right) == 0)
			return true;
	}
	return false;
}

static bool
siteinfo_read_groups(siteinfo_reader *r, json_t *groups)
{
	siteinfo *out = r->out;
	json_t *group;
	size_t i;

	if (!json_is_array(groups))
		return siteinfo_fail(r, "query.usergroups is missing; ask with siprop=usergroups");
	out->bot_groups = arena_alloc(r->arena, (json_array_size(groups) + 1) * sizeof(char *));
	if (out->bot_groups == NULL)
		return siteinfo_fail(r, "out of memory");
	out->is_private = true;
	json_array_foreach(groups, i, group)
	{
		const char *name = json_string_value(json_object_get(group, "name"));

		if (name == NULL)
			return siteinfo_fail(r, "query.usergroups[%zu] has no name", i);
		if (strcmp(name, EVERYBODY) == 0 && siteinfo_group_has_right(group, "read"))
			out->is_private = false;
		if (!siteinfo_group_has_right(group, "bot"))
			continue;
		out->bot_groups[out->bot_group_count] = siteinfo_copy(r, name);
		if (out->bot_groups[out->bot_group_count] == NULL)
			return siteinfo_fail(r, "out of memory");
		out->bot_group_count++;
	}
	return true;
}

static bool
siteinfo_read(siteinfo_reader *r, const json_t *root)
{
	const json_t *error = json_object_get(root, "error");
	const json_t *query = json_object_get(root, "query");

	if (error != NULL)
	{
		const char *info = json_string_value(json_object_get(error, "info"));

		return siteinfo_fail(r, "the wiki answers an error: %s", info != NULL ? info : "unknown");
	}
	if (!json_is_object(query))
		return siteinfo_fail(r, "there is no query object; ask api.php%s", SITEINFO_QUERY);
	if (!siteinfo_read_general(r, json_object_get(query, "general")) ||
	    !siteinfo_read_namespaces(r, json_object_get(query, "namespaces")) ||
	    !siteinfo_read_groups(r, json_object_get(query, "usergroups")))
		return false;

	/* since 1.41; older wikis have no temporary accounts */
	r->out->temp_accounts =
	    siteinfo_flag(json_object_get(json_object_get(query, "autocreatetempuser"), "enabled"));
	return true;
}

bool
siteinfo_parse(const char *json, size_t len, arena *a, siteinfo *out, char *error,
               size_t error_size)
{
	siteinfo_reader reader = {.arena = a, .out = out, .error = error, .error_size = error_size};
	json_error_t json_error;
	json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &json_error);
	bool good;

	memset(out, 0, sizeof(*out));
	if (root == NULL)
		return siteinfo_fail(&reader, "not JSON: line %d: %s", json_error.line, json_error.text);
	good = siteinfo_read(&reader, root);
	json_decref(root);
	return good;
}
