/*
 * mapping/inet_uuid.c
 *	  Internet addresses and UUIDs as text and as bytes; see inet_uuid.h.
 */
#include "mapping/inet_uuid.h"

#include <arpa/inet.h>
#include <string.h>

size_t
inet_read(const char *text, size_t len, char out[INET_UUID_SIZE])
{
	char copy[INET_UUID_TEXT_SIZE];

	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET, copy, out) == 1)
		return INET4_SIZE;
	return inet_pton(AF_INET6, copy, out) == 1 ? INET6_SIZE : 0;
}

size_t
inet_write(const char *bytes, size_t len, char out[INET_UUID_TEXT_SIZE])
{
	inet_ntop(len == INET4_SIZE ? AF_INET : AF_INET6, bytes, out, INET_UUID_TEXT_SIZE);
	return strlen(out);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* True if a hyphen stands before this byte. */
static bool
follows_hyphen(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

size_t
uuid_read(const char *text, size_t len, char out[INET_UUID_SIZE])
{
	if (len != 2 * UUID_SIZE && len != 2 * UUID_SIZE + 4)
		return 0;
	for (size_t i = 0; i < UUID_SIZE; i++)
	{
		int high, low;

		if (len > 2 * UUID_SIZE && follows_hyphen(i) && *text++ != '-')
			return 0;
		high = hex_digit(*text++);
		low = hex_digit(*text++);
		if (high < 0 || low < 0)
			return 0;
		out[i] = (char) (high << 4 | low);
	}
	return UUID_SIZE;
}

size_t
uuid_write(const char bytes[UUID_SIZE], char out[INET_UUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	char *o = out;

	for (size_t i = 0; i < UUID_SIZE; i++)
	{
		if (follows_hyphen(i))
			*o++ = '-';
		*o++ = digits[(unsigned char) bytes[i] >> 4];
		*o++ = digits[bytes[i] & 15];
	}
	*o = '\0';
	return (size_t) (o - out);
}
