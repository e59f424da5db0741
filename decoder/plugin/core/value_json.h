/*
 * plugin/core/value_json.h
 *	  Values of any type as JSON, in the form that whole rows have: integers, booleans and finite floats as such; times in RFC 3339, with Z, or
 *	  "infinity"; bytea in base64; texts, and the text of all other types, as strings.
 */
#ifndef MWMIRROR_CORE_VALUE_JSON_H
#define MWMIRROR_CORE_VALUE_JSON_H

#include "postgres.h"

#include "lib/stringinfo.h"

/* Writes a value that is not NULL. Nothing of the session's settings shows in it. */
extern void value_json(StringInfo out, Oid type, Datum value);

#endif
