/*
 * cli/add_table.c
 *	  mwmirror add-table: a table that MediaWiki's core does not have is mirrored.
 *
 * All is done by one call of mwmirror.add_table(), which this writes from what the source says of the table; then the table is copied.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/copy_progress.h"
#include "cli/postgres.h"
#include "cli/source_columns.h"
#include "cli/table_call.h"
#include "mapping/row_filter.h"
#include "snapshot/snapshot.h"
#include "support/extension.h"
#include "support/log.h"
#include "support/pg_array.h"

#define MEMORY_BLOCK 65536

/* What is known of the table, and what is to become of each of its columns. */
typedef struct addition
{
	const cli_call *call;
	const char *table;
	PGconn *conn;
	arena *memory;
	wiki_list wikis;
	source_columns columns;
	bool *taken;
	bool *said_harmless;
	const char **names; /* room for as many as there are columns */
} addition;

static status
out_of_memory(void)
{
	log_error("out of memory for a table");
	return STATUS_MEMORY;
}

/* ---- options ---- */

/* Calls back for each part of a comma list, which is cut up in the addition's memory. */
static status
each_part(addition *a, const char *option, status (*callback)(addition *a, char *part))
{
	const char *list = cli_option_value(a->call, option);
	char *copy = list == NULL ? NULL : arena_copy(a->memory, list, strlen(list));
	char *save = NULL;
	status result = STATUS_OK;

	if (list == NULL)
		return STATUS_OK;
	if (copy == NULL)
		return out_of_memory();
	for (char *part = strtok_r(copy, ",", &save); result == STATUS_OK && part != NULL;
	     part = strtok_r(NULL, ",", &save))
		result = callback(a, part);
	return result;
}

static status
find_column(addition *a, const char *name, size_t *out)
{
	const source_column *c = source_columns_find(&a->columns, name);

	if (c == NULL)
	{
		log_error("table %s has no column %s", a->table, name);
		return STATUS_USAGE;
	}
	*out = (size_t) (c - a->columns.items);
	return STATUS_OK;
}

static status
take_column(addition *a, char *part)
{
	size_t place;
	status result = find_column(a, part, &place);

	if (result == STATUS_OK)
		a->taken[place] = true;
	return result;
}

/* Though its name is like that of a private one. */
static status
take_harmless(addition *a, char *part)
{
	size_t place;
	status result = find_column(a, part, &place);

	if (result == STATUS_OK)
		a->taken[place] = a->said_harmless[place] = true;
	return result;
}

/* follow would end with what is none. */
static status
check_filter(addition *a)
{
	const char *text = cli_option_value(a->call, "row-filter");
	row_filter filter;
	convert_error err;
	size_t place;
	status result = STATUS_OK;

	if (text == NULL)
		return STATUS_OK;
	if (!row_filter_parse(text, a->memory, &filter, &err))
	{
		log_error("--row-filter: %s", err.message);
		return STATUS_USAGE;
	}
	for (unsigned i = 0; result == STATUS_OK && i < filter.count; i++)
		result = find_column(a, filter.conditions[i].column, &place);
	return result;
}

/* column=type or column=type:kind */
static status
take_type(addition *a, char *part)
{
	char *type = strchr(part, '=');
	char *kind = type == NULL ? NULL : strchr(type, ':');
	size_t place;
	status result;

	if (type == NULL)
	{
		log_error("--types wants COLUMN=TYPE,..., not \"%s\"", part);
		return STATUS_USAGE;
	}
	*type++ = '\0';
	if (kind != NULL)
		*kind++ = '\0';
	result = find_column(a, part, &place);
	if (result == STATUS_OK)
		a->columns.items[place].proposal = (column_proposal){.type = type, .kind = kind};
	return result;
}

/* The key is the source's; or these columns, of a table that has none. */
static status
take_key(addition *a, char *part)
{
	source_column *c;
	size_t place;
	status result = find_column(a, part, &place);

	if (result != STATUS_OK)
		return result;
	c = &a->columns.items[place];
	c->facts.key_place = a->columns.has_key ? c->facts.key_place : (unsigned) place + 1;
	c->proposal = column_propose(&c->facts, true);
	return STATUS_OK;
}

/* ---- which columns ---- */

/* All but those whose name says that they are private. */
static status
take_all(addition *a)
{
	const char *params[] = {a->table, NULL};
	PGresult *res = NULL;
	status result;

	for (size_t i = 0; i < a->columns.count; i++)
		a->names[i] = a->columns.items[i].facts.name;
	params[1] = pg_array_format(a->names, a->columns.count);
	if (params[1] == NULL)
		return out_of_memory();
	result = postgres_run(a->conn, "look at the names of columns", NULL,
	                      "SELECT mwmirror.private_reason($1, name) FROM unnest($2::text[]) WITH "
	                      "ORDINALITY AS c (name, n) ORDER BY n",
	                      2, params, &res);
	for (size_t i = 0; result == STATUS_OK && i < a->columns.count; i++)
		a->taken[i] = PQgetisnull(res, (int) i, 0) && (a->columns.items[i].proposal.type != NULL ||
		                                               !a->columns.items[i].facts.is_generated);
	PQclear(res);
	free((char *) params[1]);
	return result;
}

static status
refuse_columns(const addition *a)
{
	printf("table %s has the columns\n", a->table);
	for (size_t i = 0; i < a->columns.count; i++)
	{
		const source_column *c = &a->columns.items[i];

		printf("  %-32s %-24s %s%s\n", c->facts.name, c->facts.column_type,
		       c->proposal.type != NULL ? c->proposal.type : c->proposal.why,
		       a->taken[i] ? "" : "   (may be private)");
	}
	log_error_hint("the mirror must not have what is private: --columns names those that it may "
	               "have, --all-columns is all but those whose name says that they may be private",
	               "which columns of %s are to be mirrored?", a->table);
	return STATUS_USAGE;
}

static status
choose_columns(addition *a)
{
	const bool all = cli_option_given(a->call, "all-columns");
	const bool some = cli_option_given(a->call, "columns");
	status result = some ? STATUS_OK : take_all(a);

	if (result == STATUS_OK && !some && !all)
		return refuse_columns(a);
	if (some && all)
	{
		log_error("either --columns or --all-columns");
		return STATUS_USAGE;
	}
	if (result == STATUS_OK)
		result = each_part(a, "columns", take_column);
	if (result == STATUS_OK)
		result = each_part(a, "harmless", take_harmless);
	if (result == STATUS_OK)
		result = each_part(a, "key", take_key);
	if (result == STATUS_OK)
		result = each_part(a, "types", take_type);
	for (size_t i = 0; result == STATUS_OK && i < a->columns.count; i++)
	{
		const source_column *c = &a->columns.items[i];

		if (!a->taken[i] && c->facts.key_place > 0)
		{
			log_error_hint("name it in --columns", "column %s is of the key of %s and left out",
			               c->facts.name, a->table);
			return STATUS_USAGE;
		}
		if (a->taken[i] && c->proposal.type == NULL)
		{
			log_error("column %s of %s cannot be mirrored: %s", c->facts.name, a->table,
			          c->proposal.why);
			return STATUS_USAGE;
		}
	}
	return result;
}

/* ---- the call ---- */

static status
add(addition *a)
{
	const cli_call *call = a->call;
	table_call made = {.table = a->table,
	                   .name = cli_option_value(call, "name"),
	                   .row_filter = cli_option_value(call, "row-filter")};
	status result = source_columns_read(call->config, &a->wikis, cli_option_value(call, "wiki"),
	                                    a->table, a->memory, &a->columns);

	if (result != STATUS_OK)
		return result;
	a->taken = arena_alloc_zero(a->memory, a->columns.count * sizeof(bool));
	a->said_harmless = arena_alloc_zero(a->memory, a->columns.count * sizeof(bool));
	a->names = arena_alloc_zero(a->memory, a->columns.count * sizeof(char *));
	if (a->taken == NULL || a->said_harmless == NULL || a->names == NULL)
		return out_of_memory();
	result = choose_columns(a);
	if (result == STATUS_OK)
		result = check_filter(a);
	if (result == STATUS_OK)
		result = table_call_make(&made, &a->columns, a->taken, a->said_harmless);
	if (result == STATUS_OK)
		result = cli_option_given(call, "dry-run") ? table_call_print(&made, a->conn)
		                                           : table_call_run(&made, a->conn);
	table_call_free(&made);
	return result;
}

/* ---- the copy ---- */

/* *out: what waits for a copy of the table: copied wikis; and databases that are no wiki and have no other tables than those that were added. */
static status
find_waiting(const addition *a, PGresult **out)
{
	const char *params[] = {a->call->config->source_name, a->table};

	return postgres_run(a->conn, "read mwmirror.copy_table", NULL,
	                    "SELECT w.wiki_id FROM mwmirror.wiki AS w WHERE w.source_name = $1 AND "
	                    "w.gone_gtid IS NULL AND CASE WHEN w.snapshot_gtid IS NULL THEN NOT "
	                    "w.is_wiki ELSE EXISTS (SELECT FROM mwmirror.copy_table AS t WHERE "
	                    "t.wiki_id = w.wiki_id AND t.source_table = $2 AND t.mode = 'first' AND "
	                    "t.state <> 'copied') END ORDER BY 1",
	                    2, params, out);
}

static status
copy(const addition *a, const PGresult *waiting)
{
	const size_t count = (size_t) PQntuples(waiting);
	const char **ids = calloc(count + 1, sizeof(char *));
	progress p = progress_begin();
	const snapshot_call snapshot = {.config = a->call->config,
	                                .wiki_ids = ids,
	                                .wiki_count = count,
	                                .show = copy_progress_show,
	                                .context = &p};
	status result = ids == NULL ? out_of_memory() : STATUS_OK;

	for (size_t i = 0; result == STATUS_OK && i < count; i++)
		ids[i] = PQgetvalue(waiting, (int) i, 0);
	if (result == STATUS_OK && count > 0)
		result = snapshot_run(&snapshot);
	progress_end(&p);
	free(ids);
	return result;
}

/* A call that was ended before all was copied goes on. */
static status
find_known(const addition *a, bool *known)
{
	const char *params[] = {a->table};
	PGresult *res = NULL;
	PGresult *waiting = NULL;
	status result =
	    postgres_run(a->conn, "read mwmirror.table_map", "run mwmirror init, as its owner",
	                 "SELECT FROM mwmirror.table_map WHERE source_table = $1", 1, params, &res);

	*known = result == STATUS_OK && PQntuples(res) > 0;
	PQclear(res);
	if (!*known)
		return result;
	result = find_waiting(a, &waiting);
	if (result == STATUS_OK && (PQntuples(waiting) == 0 || cli_option_given(a->call, "dry-run")))
	{
		log_error_hint("to have it mirrored in another way, run mwmirror remove-table first",
		               "table %s is mirrored already", a->table);
		result = STATUS_USAGE;
	}
	PQclear(waiting);
	return result;
}

static status
add_and_copy(addition *a)
{
	const config *c = a->call->config;
	PGresult *waiting = NULL;
	bool known = false;
	status result =
	    postgres_connect(c->postgres_admin_conninfo, "postgres.admin_conninfo", &a->conn);

	if (result == STATUS_OK)
		result = extension_check(a->conn);
	if (result == STATUS_OK)
		result = find_known(a, &known);
	if (result == STATUS_OK && !known)
		result = wiki_list_load(a->conn, c->source_name, &a->wikis);
	if (result == STATUS_OK && !known)
		result = add(a);
	if (result != STATUS_OK || cli_option_given(a->call, "dry-run"))
		return result;
	if (cli_option_given(a->call, "no-copy"))
	{
		printf("next: mwmirror snapshot\n");
		return STATUS_OK;
	}
	fflush(stdout);
	result = find_waiting(a, &waiting);
	if (result == STATUS_OK)
		result = copy(a, waiting);
	PQclear(waiting);
	return result;
}

static status
run_add_table(const cli_call *call)
{
	addition a = {.call = call, .table = call->operands[0], .memory = arena_create(MEMORY_BLOCK)};
	status result = a.memory == NULL ? out_of_memory() : add_and_copy(&a);

	wiki_list_free(&a.wikis);
	if (a.conn != NULL)
		PQfinish(a.conn);
	if (a.memory != NULL)
		arena_destroy(a.memory);
	return result;
}

static const cli_option options[] = {
    {"columns", "A,B,...", "mirror these columns"},
    {"all-columns", NULL, "mirror all columns but those whose name says that they may be private"},
    {"harmless", "A,B,...", "mirror these as well, whose names are like those of private ones"},
    {"row-filter", "CONDITION",
     "mirror these rows only: \"kind NOT IN ('a', 'b') AND note IS NULL\"; see sql/README.md"},
    {"types", "A=TYPE,...",
     "PostgreSQL's types of columns, if others than are proposed; :KIND may follow"},
    {"key", "A,B,...",
     "of a table without primary key: columns that tell its rows apart all the same"},
    {"name", "TABLE", "name in the mirror, if it is to be another one"},
    {"wiki", "WIKI_ID", "look at the table of this wiki only"},
    {"dry-run", NULL, "print the SQL, and do nothing"},
    {"no-copy", NULL, "leave the copy to mwmirror snapshot"},
    {NULL},
};

const cli_verb cli_add_table = {
    .name = "add-table",
    .summary = "mirror a table of an extension",
    .description =
        "Makes the mirror table with the types that MariaDB's columns have, maps it, grants, and "
        "copies it into the\n"
        "wikis that are copied already. follow may run, and goes on with the table. Each wiki that "
        "has a table of\n"
        "this name has it mirrored. After a stop, or a kill, the same call goes on. The table is "
        "named as at the\n"
        "source, without the wiki's prefix; for databases that are no wikis see add-wiki "
        "--not-a-wiki.",
    .operands = "TABLE",
    .least_operands = 1,
    .most_operands = 1,
    .options = options,
    .sections = "source postgres snapshot log",
    .run = run_add_table,
};
