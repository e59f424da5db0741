/*
 * plugin/core/errors.h
 *	  SQLSTATEs of the plugin, so that a client can tell its errors from the server's. README.md has what to do about each.
 *
 *	 options     MW001  an option that there is not, without a value, or with a wrong one
 *	             MW002  the client speaks another protocol, or does not say which
 *	 database    MW003  its encoding is not UTF8
 *	 writer      MW010  a message under the origin of a source's writer that is not a mark of that source, or has malformed rows
 *	             MW011  a mark that does not name the wiki of a row before it
 *	 tables      MW020  a table that is read is missing
 *	             MW021  a column is missing or has another type
 *	             MW022  an index of it is missing
 *	             MW023  it is not a user catalog table
 *	             MW024  a row was changed without its old values in the WAL
 *	 rows        MW030  rows of a wiki that is not in mwmirror.wiki
 *	 program     MW090  what cannot be: a fault of the plugin
 */
#ifndef MWMIRROR_CORE_ERRORS_H
#define MWMIRROR_CORE_ERRORS_H

#include "postgres.h"

#define MW_SQLSTATE(digit2, digit1, digit0) MAKE_SQLSTATE('M', 'W', digit2, digit1, digit0)

#define MW_OPTION MW_SQLSTATE('0', '0', '1')
#define MW_PROTOCOL MW_SQLSTATE('0', '0', '2')
#define MW_ENCODING MW_SQLSTATE('0', '0', '3')
#define MW_BAD_MARK MW_SQLSTATE('0', '1', '0')
#define MW_UNNAMED_WIKI MW_SQLSTATE('0', '1', '1')
#define MW_NO_TABLE MW_SQLSTATE('0', '2', '0')
#define MW_WRONG_COLUMN MW_SQLSTATE('0', '2', '1')
#define MW_NO_INDEX MW_SQLSTATE('0', '2', '2')
#define MW_NOT_CATALOG MW_SQLSTATE('0', '2', '3')
#define MW_NO_OLD_ROW MW_SQLSTATE('0', '2', '4')
#define MW_UNKNOWN_WIKI MW_SQLSTATE('0', '3', '0')
#define MW_BUG MW_SQLSTATE('0', '9', '0')

/* What helps where the WAL itself lacks something: it will always lack it. */
#define MW_GIVE_UP                                                                                 \
	"The WAL from before that cannot be decoded: to give up its events, move the slot past it "    \
	"with pg_replication_slot_advance()."

#endif
