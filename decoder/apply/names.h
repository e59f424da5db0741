/*
 * apply/names.h
 *	  Names by which the mirror's tables are found.
 */
#ifndef MWMIRROR_APPLY_NAMES_H
#define MWMIRROR_APPLY_NAMES_H

#define MIRROR_SCHEMA "mediawiki"
#define OWN_SCHEMA "mwmirror"
#define WIKI_COLUMN "wiki_id"

#endif
