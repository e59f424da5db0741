/*
 * support/version.h
 *	  The version of all parts; sql/mwmirror.control and the path of sql/updates/ end with the same.
 */
#ifndef MWMIRROR_SUPPORT_VERSION_H
#define MWMIRROR_SUPPORT_VERSION_H

#define MWMIRROR_VERSION "0.2.0"

#endif
