/*
 * cli/column_proposal.c
 *	  Which type a column of MariaDB gets; see column_proposal.h.
 */
#define _GNU_SOURCE /* strcasestr */
#include "cli/column_proposal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TIMESTAMP_LEN 14 /* MediaWiki's YYYYMMDDHHMMSS */
#define FINDS_MOST 255   /* characters */
#define CHARACTER 4      /* bytes; a byte that is no text takes three */
#define NUMBER 16        /* whatever is no string */

static const struct
{
	const char *data_type;
	const char *type;
	const char *unsigned_type; /* the next wider one, as in the rest of the mirror */
	const char *kind;
	/* some values of MariaDB's become NULL, or are told apart otherwise: not for a key */
	bool is_loose;
} types[] = {
    {"tinyint", "smallint", "smallint", NULL, false},
    {"smallint", "smallint", "integer", NULL, false},
    {"mediumint", "integer", "integer", NULL, false},
    {"int", "integer", "bigint", NULL, false},
    {"bigint", "bigint", "bigint", NULL, false},
    {"year", "integer", "integer", NULL, false},
    {"decimal", "numeric", "numeric", NULL, false},
    {"float", "real", "real", NULL, true},
    {"double", "double precision", "double precision", NULL, true},
    {"date", "date", NULL, NULL, true},
    {"datetime", "timestamp", NULL, NULL, true},
    {"timestamp", "timestamptz", NULL, NULL, true},
    {"time", "interval", NULL, NULL, true},
    {"enum", "text", NULL, "enum", true},
    {"set", "text[]", NULL, NULL, true},
    {"inet4", "inet", NULL, "inet", false},
    {"inet6", "inet", NULL, "inet", false},
    {"uuid", "uuid", NULL, "uuid", false},
    {"char", "text", NULL, NULL, false},
    {"varchar", "text", NULL, NULL, false},
    {"tinytext", "text", NULL, NULL, false},
    {"text", "text", NULL, NULL, false},
    {"mediumtext", "text", NULL, NULL, false},
    {"longtext", "text", NULL, NULL, false},
    /* MediaWiki has text in them; bytes that are none are kept in mwmirror.raw_value */
    {"varbinary", "text", NULL, NULL, false},
    {"tinyblob", "text", NULL, NULL, false},
    {"blob", "text", NULL, NULL, false},
    {"mediumblob", "text", NULL, NULL, false},
    {"longblob", "text", NULL, NULL, false},
    /* such as UUIDs and digests */
    {"binary", "bytea", NULL, NULL, false},
    {"geometry", "bytea", NULL, NULL, false},
    {"point", "bytea", NULL, NULL, false},
    {"linestring", "bytea", NULL, NULL, false},
    {"polygon", "bytea", NULL, NULL, false},
    {"multipoint", "bytea", NULL, NULL, false},
    {"multilinestring", "bytea", NULL, NULL, false},
    {"multipolygon", "bytea", NULL, NULL, false},
    {"geometrycollection", "bytea", NULL, NULL, false},
};

/* BINARY(14) is nothing else in MediaWiki; of text columns of that length the name must say so. */
static bool
is_timestamp(const column_facts *c)
{
	static const char *const words[] = {"timestamp", "expir", "touched",    "_at",
	                                    "date",      "time",  "registered", "registration"};

	if (c->length != TIMESTAMP_LEN)
		return false;
	if (strcmp(c->data_type, "binary") == 0)
		return true;
	if (strcmp(c->data_type, "varbinary") != 0 && strcmp(c->data_type, "varchar") != 0 &&
	    strcmp(c->data_type, "char") != 0)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(c->name, words[i]) != NULL)
			return true;
	return false;
}

static column_proposal
propose_bit(const column_facts *c)
{
	const char *width = strchr(c->column_type, '(');
	long bits = width == NULL ? 1 : strtol(width + 1, NULL, 10);

	return (column_proposal){.type = bits == 1 ? "boolean" : bits < 64 ? "bigint" : "numeric"};
}

column_proposal
column_propose(const column_facts *c, bool in_key)
{
	if (c->is_generated)
		return (column_proposal){.why = "it is generated, and not in the binlog"};
	if (strcmp(c->data_type, "bit") == 0)
		return propose_bit(c);
	if (is_timestamp(c) || c->is_json)
		return in_key ? (column_proposal){.type = "text", .kind = "key_text"}
		              : (column_proposal){.type = c->is_json ? "jsonb" : "timestamptz"};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
	{
		const bool is_unsigned = strstr(c->column_type, "unsigned") != NULL;

		if (strcmp(types[i].data_type, c->data_type) != 0)
			continue;
		if (in_key && types[i].is_loose)
			return (column_proposal){.type = "text", .kind = "key_text"};
		return (column_proposal){.type = is_unsigned ? types[i].unsigned_type : types[i].type,
		                         .kind = types[i].kind};
	}
	return (column_proposal){.why = "its type is not known"};
}

unsigned
column_index_bytes(const column_facts *c)
{
	const column_proposal p = column_propose(c, true);

	if (p.type == NULL || c->is_nullable || c->length > FINDS_MOST)
		return 0;
	return NUMBER + (unsigned) c->length * CHARACTER;
}
