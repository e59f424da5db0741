/*
 * mapping/inet_uuid.h
 *	  Internet addresses and UUIDs: between their text and their bytes, as the binlog has them.
 */
#ifndef MWMIRROR_MAPPING_INET_UUID_H
#define MWMIRROR_MAPPING_INET_UUID_H

#include <stdbool.h>
#include <stddef.h>

#define INET4_SIZE 4
#define INET6_SIZE 16
#define UUID_SIZE 16
#define INET_UUID_SIZE 16      /* bytes of the longest */
#define INET_UUID_TEXT_SIZE 48 /* of the longest text, with its NUL */

/* Reads an address of IPv4 or IPv6. Returns 4 or 16, the bytes written to out; 0: it is neither. */
size_t inet_read(const char *text, size_t len, char out[INET_UUID_SIZE]);

/* Writes the text of an address of 4 or 16 bytes. Returns its length. */
size_t inet_write(const char *bytes, size_t len, char out[INET_UUID_TEXT_SIZE]);

/* Reads 36 characters with four hyphens, or 32 without, of upper or lower case. Returns 16, or 0: it is none. */
size_t uuid_read(const char *text, size_t len, char out[INET_UUID_SIZE]);

/* Writes the text in lower case with its hyphens. Returns its length. */
size_t uuid_write(const char bytes[UUID_SIZE], char out[INET_UUID_TEXT_SIZE]);

#endif
