/*
 * cli/fetch.c
 *	  The bytes of a file or a URL.
 */
#include "cli/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "support/log.h"
#include "support/version.h"

typedef struct fetch_buffer
{
	char *data;
	size_t len;
	bool too_large;
} fetch_buffer;

/* Appends; false without memory or past FETCH_MOST. */
static bool
fetch_append(fetch_buffer *b, const char *data, size_t len)
{
	char *grown;

	if (len > FETCH_MOST - b->len)
	{
		b->too_large = true;
		return false;
	}
	grown = realloc(b->data, b->len + len + 1);
	if (grown == NULL)
		return false;
	memcpy(grown + b->len, data, len);
	b->data = grown;
	b->len += len;
	return true;
}

static size_t
fetch_on_data(char *data, size_t size, size_t count, void *arg)
{
	return fetch_append(arg, data, size * count) ? size * count : 0;
}

bool
fetch_is_url(const char *place)
{
	return strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
}

static status
fetch_url(const char *url, fetch_buffer *out)
{
	char error[CURL_ERROR_SIZE] = "";
	long code = 0;
	CURL *curl = curl_easy_init();
	CURLcode result;

	if (curl == NULL)
	{
		log_error("libcurl cannot start");
		return STATUS_MEMORY;
	}
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "mwmirror/" MWMIRROR_VERSION " (add-wiki)");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, fetch_on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_cleanup(curl);

	if (out->too_large)
	{
		log_error("%s: answer has more than %d bytes", url, FETCH_MOST);
		return STATUS_SOURCE;
	}
	if (result != CURLE_OK)
	{
		log_error_hint("is the wiki up, and reachable from here?", "%s: %s", url,
		               error[0] != '\0' ? error : curl_easy_strerror(result));
		return STATUS_RETRY;
	}
	if (code != 200)
	{
		log_error_hint(
		    "give the URL of the wiki's api.php, or save its siteinfo in a file and give that",
		    "%s: the server answers HTTP %ld", url, code);
		return STATUS_SOURCE;
	}
	return STATUS_OK;
}

static status
fetch_file(const char *path, fetch_buffer *out)
{
	char chunk[8192];
	size_t len;
	FILE *file = fopen(path, "re");
	bool failed;

	if (file == NULL)
	{
		log_error("cannot read %s: %s", path, strerror(errno));
		return STATUS_USAGE;
	}
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0 && fetch_append(out, chunk, len))
		;
	failed = ferror(file) != 0;
	if (failed)
		log_error("cannot read %s: %s", path, strerror(errno));
	else if (len > 0)
	{
		failed = true;
		log_error("%s: %s", path, out->too_large ? "has more than 16 MiB" : "out of memory");
	}
	fclose(file);
	return failed ? STATUS_USAGE : STATUS_OK;
}

status
fetch_read(const char *place, char **out, size_t *len)
{
	fetch_buffer buffer = {0};
	status result = fetch_is_url(place) ? fetch_url(place, &buffer) : fetch_file(place, &buffer);

	if (result != STATUS_OK)
	{
		free(buffer.data);
		return result;
	}
	*out = buffer.data;
	*len = buffer.len;
	return STATUS_OK;
}
