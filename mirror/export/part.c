/*
 * export/part.c
 *	  Parts of a dump; see part.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "export/part.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/hash.h"

typedef struct part_entry
{
	part *part;
	UT_hash_handle hh;
} part_entry;

static const char *const own_members[] = {"path", "wiki_id", "name",  "number", "from",
                                          "to",   "rows",    "bytes", "sha256", "digest"};
#define OWN_MEMBERS (sizeof(own_members) / sizeof(own_members[0]))

char *
part_path(const char *wiki_id, const char *name, unsigned number, const char *suffix)
{
	char *folder = malloc(3 * strlen(wiki_id) + 1);
	char *to = folder;
	char *out = NULL;

	if (folder == NULL)
		return NULL;
	for (const char *c = wiki_id; *c != '\0'; c++)
		if (isalnum((unsigned char) *c) || *c == '_' || *c == '-')
			*to++ = *c;
		else
			to += sprintf(to, "%%%02X", (unsigned) (unsigned char) *c);
	*to = '\0';
	if (asprintf(&out, "%s/%s-%05u%s", folder, name, number, suffix) < 0)
		out = NULL;
	free(folder);
	return out;
}

void
part_facts_free(part_facts *facts)
{
	json_decref(facts->more);
	*facts = (part_facts){0};
}

void
part_set_facts(part *p, part_facts *facts)
{
	part_facts_free(&p->facts);
	p->facts = *facts;
	p->written = true;
	*facts = (part_facts){0};
}

static void
part_free(part *p)
{
	if (p == NULL)
		return;
	part_facts_free(&p->facts);
	free(p->wiki_id);
	free(p->name);
	free(p->path);
	free(p);
}

/* Takes the part, also if there is no memory. */
static status
list_take(part_list *list, part *p)
{
	part_entry *entry = calloc(1, sizeof(*entry));

	if (list->count == list->capacity)
	{
		const size_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
		part **items = realloc(list->items, capacity * sizeof(*items));

		if (items != NULL)
		{
			list->items = items;
			list->capacity = capacity;
		}
	}
	if (entry != NULL && list->count < list->capacity)
	{
		entry->part = p;
		HASH_ADD_KEYPTR(hh, list->by_path, p->path, strlen(p->path), entry);
		if (hash_added(entry))
		{
			list->items[list->count++] = p;
			return STATUS_OK;
		}
	}
	free(entry);
	part_free(p);
	return STATUS_MEMORY;
}

status
part_list_add(part_list *list, const char *wiki_id, const char *name, unsigned number,
              const part_range *range, const char *suffix, part **out)
{
	part *p = calloc(1, sizeof(*p));
	status s;

	if (p == NULL)
		return STATUS_MEMORY;
	p->wiki_id = strdup(wiki_id);
	p->name = strdup(name);
	p->number = number;
	p->range = *range;
	p->path = part_path(wiki_id, name, number, suffix);
	if (p->wiki_id == NULL || p->name == NULL || p->path == NULL)
	{
		part_free(p);
		return STATUS_MEMORY;
	}
	s = list_take(list, p);
	if (s == STATUS_OK)
		*out = p;
	return s;
}

part *
part_list_find(const part_list *list, const char *path)
{
	part_entry *entry;

	HASH_FIND(hh, list->by_path, path, strlen(path), entry);
	return entry != NULL ? entry->part : NULL;
}

void
part_list_free(part_list *list)
{
	part_entry *entry, *next;

	HASH_ITER(hh, list->by_path, entry, next)
	{
		HASH_DEL(list->by_path, entry);
		free(entry);
	}
	for (size_t i = 0; i < list->count; i++)
		part_free(list->items[i]);
	free(list->items);
	*list = (part_list){0};
}

/* ---- JSON ---- */

json_t *
part_to_json(const part *p)
{
	json_t *out = json_pack("{s:s, s:s, s:s, s:i}", "path", p->path, "wiki_id", p->wiki_id, "name",
	                        p->name, "number", (int) p->number);
	bool good = out != NULL;

	if (good && p->range.has_from)
		good = json_object_set_new(out, "from", json_integer(p->range.from)) == 0;
	if (good && p->range.has_to)
		good = json_object_set_new(out, "to", json_integer(p->range.to)) == 0;
	if (good && p->written)
	{
		good = json_object_set_new(out, "rows", json_integer((json_int_t) p->facts.rows)) == 0 &&
		       json_object_set_new(out, "bytes", json_integer((json_int_t) p->facts.bytes)) == 0 &&
		       json_object_set_new(out, "sha256", json_string(p->facts.sha256)) == 0 &&
		       json_object_set_new(out, "digest", json_string(p->facts.digest)) == 0 &&
		       (p->facts.more == NULL || json_object_update(out, p->facts.more) == 0);
	}
	if (good)
		return out;
	json_decref(out);
	return NULL;
}

static part_range
range_from_json(const json_t *from)
{
	const json_t *low = json_object_get(from, "from");
	const json_t *high = json_object_get(from, "to");

	return (part_range){.has_from = json_is_integer(low),
	                    .has_to = json_is_integer(high),
	                    .from = json_integer_value(low),
	                    .to = json_integer_value(high)};
}

/* Members that are the format's. *out NULL: there are none. */
static status
read_more(const json_t *from, json_t **out)
{
	*out = json_copy((json_t *) from);
	if (*out == NULL)
		return STATUS_MEMORY;
	for (size_t i = 0; i < OWN_MEMBERS; i++)
		json_object_del(*out, own_members[i]);
	if (json_object_size(*out) == 0)
	{
		json_decref(*out);
		*out = NULL;
	}
	return STATUS_OK;
}

/* False: it has none, or they are not as they should be. */
static bool
read_facts(const json_t *from, part_facts *out)
{
	const char *sha256 = json_string_value(json_object_get(from, "sha256"));
	const char *digest = json_string_value(json_object_get(from, "digest"));

	if (sha256 == NULL || digest == NULL || strlen(sha256) >= sizeof(out->sha256) ||
	    strlen(digest) >= sizeof(out->digest))
		return false;
	*out = (part_facts){.rows = (uint64_t) json_integer_value(json_object_get(from, "rows")),
	                    .bytes = (uint64_t) json_integer_value(json_object_get(from, "bytes"))};
	strcpy(out->sha256, sha256);
	strcpy(out->digest, digest);
	return true;
}

/* A path must lead into the dump's folder. */
static bool
path_is_ours(const char *path, const char *wiki_id, const char *name, unsigned number)
{
	char *own = part_path(wiki_id, name, number, "");
	const bool good = own != NULL && strncmp(own, path, strlen(own)) == 0 &&
	                  strchr(path + strlen(own), '/') == NULL && strchr(name, '/') == NULL;

	free(own);
	return good;
}

status
part_from_json(part_list *list, const json_t *from)
{
	const char *path = json_string_value(json_object_get(from, "path"));
	const char *wiki_id = json_string_value(json_object_get(from, "wiki_id"));
	const char *name = json_string_value(json_object_get(from, "name"));
	const unsigned number = (unsigned) json_integer_value(json_object_get(from, "number"));
	const part_range range = range_from_json(from);
	part_facts facts;
	part *p;
	status s = STATUS_OK;

	if (path == NULL || wiki_id == NULL || name == NULL ||
	    !path_is_ours(path, wiki_id, name, number))
		return STATUS_DATA;
	p = part_list_find(list, path);
	if (p == NULL)
	{
		char *own = part_path(wiki_id, name, number, "");

		s = own == NULL
		        ? STATUS_MEMORY
		        : part_list_add(list, wiki_id, name, number, &range, path + strlen(own), &p);
		free(own);
	}
	if (s != STATUS_OK || !read_facts(from, &facts))
		return s;
	s = read_more(from, &facts.more);
	if (s != STATUS_OK)
		return s;
	p->range = range;
	part_set_facts(p, &facts);
	return STATUS_OK;
}
