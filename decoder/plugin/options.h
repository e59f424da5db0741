/*
 * plugin/options.h
 *	  Options that a client gives when it starts decoding.
 */
#ifndef MWMIRROR_PLUGIN_OPTIONS_H
#define MWMIRROR_PLUGIN_OPTIONS_H

#include "plugin/state.h"

/* Reads the list of DefElem; ERROR names what is unknown or wrong. */
extern void options_parse(List *list, plugin_options *out);

#endif
