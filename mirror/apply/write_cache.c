/*
 * apply/write_cache.c
 *	  Prepared statements by the form of what they write; see write_cache.h.
 */
#include "apply/write_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "support/hash.h"
#include "support/log.h"

/* A form as bytes of which none is padding. */
typedef struct form_key
{
	uint64_t parts[9];
} form_key;

typedef struct cached_statement
{
	form_key key;
	write_statement statement;
	UT_hash_handle hh;
} cached_statement;

struct write_cache
{
	cached_statement *statements; /* that used last at the end */
	unsigned capacity;
	uint64_t prepared;
};

write_cache *
write_cache_create(unsigned capacity)
{
	write_cache *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->capacity = capacity;
	return c;
}

static void
free_statement(cached_statement *e)
{
	free(e->statement.slots);
	free(e);
}

void
write_cache_destroy(write_cache *c)
{
	if (c == NULL)
		return;
	while (c->statements != NULL)
	{
		cached_statement *e = c->statements;

		HASH_DEL(c->statements, e);
		free_statement(e);
	}
	free(c);
}

/* Equal for forms that one statement serves. */
static form_key
make_key(const write_form *f)
{
	return (form_key){{(uintptr_t) f->target, (uint64_t) f->op * 2 + f->plain, f->set, f->null,
	                   f->asked, f->kept, f->read_back, f->where, f->where_null}};
}

/* Forgets the statement that was not used for the longest time. */
static status
evict(write_cache *c, pipeline *p)
{
	cached_statement *oldest = c->statements;
	pipeline_op op = {.verb = "DEALLOCATE"};
	char sql[64];

	HASH_DEL(c->statements, oldest);
	snprintf(sql, sizeof(sql), "DEALLOCATE %s", oldest->statement.name);
	free_statement(oldest);
	return pipeline_command(p, sql, &op);
}

static status
prepare(write_cache *c, pipeline *p, const write_form *form, write_statement *s)
{
	char *sql;
	Oid *types;
	status result;

	if (!write_sql_build(form, &sql, &s->slots, &s->slot_count))
		return STATUS_MEMORY;
	types = malloc(s->slot_count * sizeof(Oid));
	if (types == NULL)
	{
		free(sql);
		return STATUS_MEMORY;
	}
	for (unsigned i = 0; i < s->slot_count; i++)
		types[i] = mapping_type_oid(s->slots[i].type);
	snprintf(s->name, sizeof(s->name), "w%" PRIu64, ++c->prepared);
	log_debug("statement %s: %s", s->name, sql);
	result = pipeline_prepare(p, s->name, sql, (int) s->slot_count, types);
	free(types);
	free(sql);
	return result;
}

/* Puts the statement behind all others. False without memory: then it is gone. */
static bool
add_last(write_cache *c, cached_statement *e)
{
	HASH_ADD(hh, c->statements, key, sizeof(e->key), e);
	if (hash_added(e))
		return true;
	free_statement(e);
	return false;
}

/* Makes the statement of a form that has none. */
static status
add(write_cache *c, pipeline *p, const write_form *form, cached_statement **out)
{
	cached_statement *e;
	status result = STATUS_OK;

	if (HASH_COUNT(c->statements) >= c->capacity)
		result = evict(c, p);
	if (result != STATUS_OK)
		return result;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return STATUS_MEMORY;
	e->key = make_key(form);
	result = prepare(c, p, form, &e->statement);
	if (result != STATUS_OK)
	{
		free_statement(e);
		return result;
	}
	*out = e;
	return add_last(c, e) ? STATUS_OK : STATUS_MEMORY;
}

status
write_cache_get(write_cache *c, pipeline *p, const write_form *form, const write_statement **out)
{
	const form_key key = make_key(form);
	cached_statement *e;
	status result = STATUS_OK;

	HASH_FIND(hh, c->statements, &key, sizeof(key), e);
	if (e == NULL)
		result = add(c, p, form, &e);
	else if (e->hh.next != NULL)
	{
		HASH_DEL(c->statements, e);
		result = add_last(c, e) ? STATUS_OK : STATUS_MEMORY;
	}
	if (result == STATUS_MEMORY)
		log_error("out of memory for a prepared statement");
	if (result == STATUS_OK)
		*out = &e->statement;
	return result;
}
