/*
 * plugin/entity/external_url.h
 *	  URLs of links to other sites, which externallinks has with the host turned round.
 */
#ifndef MWMIRROR_ENTITY_EXTERNAL_URL_H
#define MWMIRROR_ENTITY_EXTERNAL_URL_H

#include "postgres.h"

/* The URL of el_to_domain_index and el_to_path, as MediaWiki's LinkFilter::reverseIndexes makes it; palloc'd. */
extern char *external_url(const char *domain_index, const char *path);

#endif
