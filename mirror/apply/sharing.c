/*
 * apply/sharing.c
 *	  Whether a wiki has rows of one mirror table in several source tables; see sharing.h.
 */
#include "apply/sharing.h"

#include <stdlib.h>
#include <string.h>
#include "apply/again_table.h"
#include "source/mariadb.h"
#include "support/hash.h"

#define READ_TIMEOUT 30 /* seconds */

/* A wiki and a mirror table, as the list of wikis and the mapping have them. */
typedef struct entry_key
{
	const wiki *w;
	const char *target;
} entry_key;

typedef struct entry
{
	entry_key key;
	const char *source_table;
	bool alone;   /* the wiki has one source table for it */
	bool reached; /* the mirror is where the source was when it was asked */
	gtid_list asked_at;
	UT_hash_handle hh;
} entry;

struct sharing
{
	const config *config;
	const mapping *mapping;
	entry *entries;
};

sharing *
sharing_create(const config *c, const mapping *m)
{
	sharing *s = calloc(1, sizeof(*s));

	if (s != NULL)
		*s = (sharing){.config = c, .mapping = m};
	return s;
}

static void
remove_entry(sharing *s, entry *e)
{
	HASH_DEL(s->entries, e);
	gtid_list_free(&e->asked_at);
	free(e);
}

void
sharing_destroy(sharing *s)
{
	while (s != NULL && s->entries != NULL)
		remove_entry(s, s->entries);
	free(s);
}

void
sharing_forget(sharing *s, const wiki *w)
{
	entry *next;

	for (entry *e = s->entries; e != NULL; e = next)
	{
		next = e->hh.next;
		if (e->key.w == w)
			remove_entry(s, e);
	}
}

/* ---- asking the source ---- */

/* True if of the source tables of the target the wiki has this one, and no other. */
static status
ask_tables(const sharing *s, MYSQL *mysql, const wiki *w, const char *source_table,
           const char *target, bool *alone)
{
	const char *name;
	status result = STATUS_OK;

	*alone = true;
	for (unsigned i = 0; result == STATUS_OK && (name = mapping_source_of(s->mapping, target, i));
	     i++)
	{
		bool there;

		result = again_table_exists(mysql, w, name, &there);
		*alone = *alone && result == STATUS_OK && there == (strcmp(name, source_table) == 0);
	}
	return result;
}

/* Tables first: what changes them meanwhile is behind the position then, and its DDL will come. */
static status
ask_source(const sharing *s, entry *e, const char *source_table, const gtid_list *position)
{
	MYSQL *mysql;
	status result = mariadb_open_source(s->config, READ_TIMEOUT, NULL, 0, &mysql);

	if (result != STATUS_OK)
		return result;
	result = ask_tables(s, mysql, e->key.w, source_table, e->key.target, &e->alone);
	if (result == STATUS_OK)
		result = mariadb_binlog_position(mysql, &e->asked_at);
	/* another server, which is behind */
	if (result == STATUS_OK && !gtid_list_covers_all(&e->asked_at, position))
		e->alone = false;
	mysql_close(mysql);
	return result;
}

/* Without memory NULL: then it is not known. */
static entry *
add_entry(sharing *s, const entry_key *key, const char *source_table, const gtid_list *position)
{
	entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->key = *key;
	e->source_table = source_table;
	HASH_ADD(hh, s->entries, key, sizeof(e->key), e);
	if (!hash_added(e))
	{
		free(e);
		return NULL;
	}
	if (ask_source(s, e, source_table, position) != STATUS_OK)
		e->alone = false;
	return e;
}

bool
sharing_is(sharing *s, const wiki *w, const char *source_table, const plan_target *t,
           const gtid_list *position)
{
	const entry_key key = {w, t->table};
	entry *e;

	HASH_FIND(hh, s->entries, &key, sizeof(key), e);
	if (e == NULL)
		e = add_entry(s, &key, source_table, position);
	if (e == NULL || !e->alone || strcmp(e->source_table, source_table) != 0)
		return true;
	e->reached = e->reached || gtid_list_covers_all(position, &e->asked_at);
	return !e->reached;
}
