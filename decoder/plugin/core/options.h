/*
 * plugin/core/options.h
 *	  Options that a client gives when it starts decoding.
 */
#ifndef MWMIRROR_CORE_OPTIONS_H
#define MWMIRROR_CORE_OPTIONS_H

#include "plugin/core/session.h"

/* Reads the list of DefElem; ERROR names what is unknown or wrong. */
extern void options_parse(List *list, plugin_options *out);

#endif
