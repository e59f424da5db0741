/*
 * export/xml_names.h
 *	  What MediaWiki knows of names: addresses, languages, special pages that nothing is redirected to. Pure.
 */
#ifndef MWMIRROR_EXPORT_XML_NAMES_H
#define MWMIRROR_EXPORT_XML_NAMES_H

#include <stdbool.h>
#include "export/xml_text.h"

#define XML_LANGUAGE_SIZE 64

/* The IANA tag of one of MediaWiki's language codes (LanguageCode::bcp47), cut to the size. */
void xml_language(xml_bytes code, char out[XML_LANGUAGE_SIZE]);

/* True for an IPv4 or IPv6 address (IPUtils::isValid); ranges are none. */
bool xml_is_address(xml_bytes name);

/* True for the title of a special page that no page is redirected to. */
bool xml_is_no_target(xml_bytes title);

#endif
