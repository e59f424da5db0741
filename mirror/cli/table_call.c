/*
 * cli/table_call.c
 *	  The call of mwmirror.add_table(); see table_call.h.
 */
#include "cli/table_call.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/postgres.h"
#include "support/log.h"
#include "support/pg_array.h"

#define INDEX_BYTES 2000 /* of a row in an index, at most; PostgreSQL's limit is 2,700 */

typedef struct making
{
	table_call *call;
	const source_columns *columns;
	const bool *taken;
	const char **names; /* room for as many as there are columns */
} making;

static status
out_of_memory(void)
{
	log_error("out of memory for the columns of a table");
	return STATUS_MEMORY;
}

/* What the mirror has columns of its own of. */
static const char *
mirror_name(const source_column *c)
{
	if (strcasecmp(c->facts.name, "wiki_id") == 0)
		return "source_wiki_id";
	return strcasecmp(c->facts.name, "ended_at") == 0 ? "source_ended_at" : c->facts.name;
}

static json_t *
describe_column(const source_column *c)
{
	const char *name = mirror_name(c);
	json_t *out;

	if (name == c->facts.name && c->proposal.kind == NULL)
		return json_string(c->proposal.type);
	out = json_array();
	json_array_append_new(out, json_string(c->proposal.type));
	json_array_append_new(out,
	                      c->proposal.kind == NULL ? json_null() : json_string(c->proposal.kind));
	if (name != c->facts.name)
		json_array_append_new(out, json_string(name));
	return out;
}

static bool
write_column(const source_column *c, FILE *out)
{
	json_t *name = json_string(c->facts.name);
	json_t *described = describe_column(c);
	char *texts[] = {json_dumps(name, JSON_ENCODE_ANY), json_dumps(described, JSON_ENCODE_ANY)};
	const bool right = texts[0] != NULL && texts[1] != NULL;

	if (right)
		fprintf(out, "\t%s: %s", texts[0], texts[1]);
	free(texts[0]);
	free(texts[1]);
	json_decref(name);
	json_decref(described);
	return right;
}

/* The columns as JSON, each on a line of its own. */
static status
write_columns(making *m)
{
	size_t size;
	FILE *out = open_memstream(&m->call->columns, &size);
	const char *before = "{\n";
	bool right = out != NULL;

	for (size_t i = 0; right && i < m->columns->count; i++)
	{
		if (!m->taken[i])
			continue;
		fputs(before, out);
		right = write_column(&m->columns->items[i], out);
		before = ",\n";
	}
	if (out != NULL)
		fputs("\n}", out);
	return out != NULL && fclose(out) == 0 && right ? STATUS_OK : out_of_memory();
}

/* The columns of the key in its order, or NULL. */
static status
write_key(making *m)
{
	size_t count = 0;

	for (unsigned place = 1; place <= m->columns->count; place++)
		for (size_t i = 0; i < m->columns->count; i++)
			if (m->columns->items[i].facts.key_place == place)
				m->names[count++] = m->columns->items[i].facts.name;
	if (count == 0)
		return STATUS_OK;
	m->call->key = pg_array_format(m->names, count);
	return m->call->key == NULL ? out_of_memory() : STATUS_OK;
}

/* Those by which rows of a table without key are found: as many as an index has room for. */
static status
write_match(making *m)
{
	size_t count = 0;
	unsigned bytes = 0;

	for (size_t i = 0; m->call->key == NULL && i < m->columns->count; i++)
	{
		source_column *c = &m->columns->items[i];
		const unsigned takes = column_index_bytes(&c->facts);
		const column_proposal p = column_propose(&c->facts, true);

		/* one whose type somebody has said may become NULL */
		if (!m->taken[i] || takes == 0 || bytes + takes > INDEX_BYTES ||
		    strcmp(p.type, c->proposal.type) != 0)
			continue;
		bytes += takes;
		m->names[count++] = c->facts.name;
	}
	m->call->match = pg_array_format(m->names, count);
	return m->call->match == NULL ? out_of_memory() : STATUS_OK;
}

/* The columns of which chosen is as it is wanted. */
static status
write_list(making *m, const bool *chosen, bool wanted, char **out)
{
	size_t count = 0;

	for (size_t i = 0; i < m->columns->count; i++)
		if (chosen[i] == wanted)
			m->names[count++] = m->columns->items[i].facts.name;
	*out = pg_array_format(m->names, count);
	return *out == NULL ? out_of_memory() : STATUS_OK;
}

status
table_call_make(table_call *c, const source_columns *columns, const bool *taken,
                const bool *said_harmless)
{
	making m = {.call = c,
	            .columns = columns,
	            .taken = taken,
	            .names = calloc(columns->count + 1, sizeof(char *))};
	status result = m.names == NULL ? out_of_memory() : write_columns(&m);

	if (result == STATUS_OK)
		result = write_key(&m);
	if (result == STATUS_OK)
		result = write_match(&m);
	if (result == STATUS_OK)
		result = write_list(&m, taken, false, &c->left_out);
	if (result == STATUS_OK)
		result = write_list(&m, said_harmless, true, &c->harmless);
	free(m.names);
	return result;
}

void
table_call_free(table_call *c)
{
	free(c->columns);
	free(c->key);
	free(c->match);
	free(c->left_out);
	free(c->harmless);
}

/* An argument of the call as SQL, behind its name. */
static status
print_argument(PGconn *conn, const char *before, const char *text)
{
	char *quoted;

	if (text == NULL || strcmp(text, "{}") == 0)
		return STATUS_OK;
	quoted = PQescapeLiteral(conn, text, strlen(text));
	if (quoted == NULL)
		return out_of_memory();
	printf("%s%s", before, quoted);
	PQfreemem(quoted);
	return STATUS_OK;
}

status
table_call_print(const table_call *c, PGconn *conn)
{
	status result = print_argument(conn, "SELECT mwmirror.add_table(", c->table);

	if (result == STATUS_OK)
		result = print_argument(conn, ", ", c->columns);
	if (result == STATUS_OK)
		result = print_argument(conn, ", key => ", c->key);
	if (result == STATUS_OK)
		result = print_argument(conn, ", target_table => ", c->name);
	if (result == STATUS_OK)
		result = print_argument(conn, ", match_columns => ", c->match);
	if (result == STATUS_OK)
		result = print_argument(conn, ", left_out => ", c->left_out);
	if (result == STATUS_OK)
		result = print_argument(conn, ", harmless => ", c->harmless);
	if (result == STATUS_OK)
		result = print_argument(conn, ", row_filter => ", c->row_filter);
	printf(");\n");
	return result;
}

status
table_call_run(const table_call *c, PGconn *conn)
{
	const char *params[] = {c->table, c->columns,  c->key,      c->name,
	                        c->match, c->left_out, c->harmless, c->row_filter};
	PGresult *res = NULL;
	status result =
	    postgres_run(conn, "add the table", NULL,
	                 "SELECT mwmirror.add_table($1, $2, $3, $4, $5, $6, $7, $8)", 8, params, &res);

	if (result == STATUS_OK)
		printf("%s: added as mediawiki.%s, to be copied into %s wikis\n", c->table,
		       c->name == NULL ? c->table : c->name, PQgetvalue(res, 0, 0));
	if (result == STATUS_OK && strcmp(c->left_out, "{}") != 0)
		printf("left out: %s\n", c->left_out);
	if (result == STATUS_OK && c->key == NULL)
		printf("it has no key: rows are found by %s\n",
		       strcmp(c->match, "{}") == 0 ? "looking through all of a wiki's" : c->match);
	PQclear(res);
	return result;
}
