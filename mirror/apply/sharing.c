/*
 * apply/sharing.c
 *	  Whether a wiki has rows of one mirror table in several source tables; see sharing.h.
 */
#include "apply/sharing.h"

#include <stdlib.h>
#include <string.h>
#include "apply/again_table.h"
#include "source/mariadb.h"
#include "support/log.h"

#define READ_TIMEOUT 30 /* seconds */

/* Of a wiki and a mirror table. */
typedef struct entry
{
	const wiki *w;
	const char *target; /* the mapping's */
	const char *source_table;
	bool alone;   /* the wiki has one source table for it */
	bool reached; /* the mirror is where the source was when it was asked */
	gtid_list asked_at;
	struct entry *next;
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
free_entry(entry *e)
{
	gtid_list_free(&e->asked_at);
	free(e);
}

void
sharing_destroy(sharing *s)
{
	while (s != NULL && s->entries != NULL)
	{
		entry *e = s->entries;

		s->entries = e->next;
		free_entry(e);
	}
	free(s);
}

void
sharing_forget(sharing *s, const wiki *w)
{
	entry **at = &s->entries;

	while (*at != NULL)
	{
		entry *e = *at;

		if (e->w != w)
		{
			at = &e->next;
			continue;
		}
		*at = e->next;
		free_entry(e);
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
	result = ask_tables(s, mysql, e->w, source_table, e->target, &e->alone);
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
add_entry(sharing *s, const wiki *w, const char *source_table, const plan_target *t,
          const gtid_list *position)
{
	entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->w = w;
	e->target = t->table;
	e->source_table = source_table;
	if (ask_source(s, e, source_table, position) != STATUS_OK)
		e->alone = false;
	e->next = s->entries;
	s->entries = e;
	return e;
}

bool
sharing_is(sharing *s, const wiki *w, const char *source_table, const plan_target *t,
           const gtid_list *position)
{
	entry *e = s->entries;

	while (e != NULL && (e->w != w || strcmp(e->target, t->table) != 0))
		e = e->next;
	if (e == NULL)
		e = add_entry(s, w, source_table, t, position);
	if (e == NULL || !e->alone || strcmp(e->source_table, source_table) != 0)
		return true;
	e->reached = e->reached || gtid_list_covers_all(position, &e->asked_at);
	return !e->reached;
}
