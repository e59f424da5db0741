/*
 * export/output.c
 *	  A file of a dump; see output.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "support/log.h"

#define BUFFER_SIZE (128 * 1024)
#define FOLDER_MODE 0755
#define FILE_MODE 0644
#define GZIP_WINDOW (15 + 16) /* 16: gzip's frame, not zlib's */
#define ZSTD_LEVEL 3

struct output
{
	char *path;      /* in its place */
	char *temporary; /* meanwhile */
	int fd;
	output_packing packing;
	z_stream gzip;
	bool gzip_begun;
	ZSTD_CCtx *zstd;
	EVP_MD_CTX *hash;
	uint64_t plain;
	uint64_t bytes;
	unsigned char buffer[BUFFER_SIZE];
};

const char *
output_suffix(output_packing packing)
{
	return packing == OUTPUT_GZIP ? ".gz" : packing == OUTPUT_ZSTD ? ".zst" : "";
}

static status
fail(const char *doing, const char *path)
{
	log_error_hint("is there room, and may the folder be written? --resume goes on",
	               "cannot %s %s: %s", doing, path, strerror(errno));
	return STATUS_SINK;
}

static status
without_memory(void)
{
	log_error("out of memory for a file of the dump");
	return STATUS_MEMORY;
}

status
output_sync_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	status s = STATUS_OK;

	if (fd < 0 || fsync(fd) != 0)
		s = fail("flush", path);
	if (fd >= 0)
		close(fd);
	return s;
}

/* As output_sync_folder, of the folder that has a file. */
static status
sync_above(const char *path)
{
	char *copy = strdup(path);
	status s = copy == NULL ? without_memory() : output_sync_folder(dirname(copy));

	free(copy);
	return s;
}

/* Makes the folder that has a file. */
static status
make_above(const char *path)
{
	char *copy = strdup(path);
	const char *folder;
	status s = STATUS_OK;

	if (copy == NULL)
		return without_memory();
	folder = dirname(copy);
	if (mkdir(folder, FOLDER_MODE) == 0)
		s = sync_above(folder);
	else if (errno != EEXIST)
		s = fail("make the folder", folder);
	free(copy);
	return s;
}

static bool
hash_begin(EVP_MD_CTX **hash)
{
	*hash = EVP_MD_CTX_new();
	return *hash != NULL && EVP_DigestInit_ex2(*hash, EVP_sha256(), NULL) == 1;
}

static void
hash_end(EVP_MD_CTX *hash, char out[PART_SHA256_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(hash, digest, &len);
	for (unsigned i = 0; i < len && 2 * i + 2 < PART_SHA256_SIZE; i++)
		sprintf(out + (size_t) 2 * i, "%02x", digest[i]);
}

status
output_open(const char *folder, const char *path, output_packing packing, output **out)
{
	output *o = calloc(1, sizeof(*o));
	status s = STATUS_OK;

	*out = NULL;
	if (o == NULL)
		return without_memory();
	o->fd = -1;
	o->packing = packing;
	if (asprintf(&o->path, "%s/%s", folder, path) < 0)
		o->path = NULL;
	if (o->path == NULL || asprintf(&o->temporary, "%s.tmp", o->path) < 0)
		o->temporary = NULL;
	if (o->temporary == NULL || !hash_begin(&o->hash))
		s = without_memory();
	if (s == STATUS_OK && packing == OUTPUT_GZIP)
		o->gzip_begun = deflateInit2(&o->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
		                             Z_DEFAULT_STRATEGY) == Z_OK;
	if (packing == OUTPUT_ZSTD)
		o->zstd = ZSTD_createCCtx();
	if (o->zstd != NULL)
	{
		ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(o->zstd, ZSTD_c_checksumFlag, 1);
	}
	if (s == STATUS_OK &&
	    ((packing == OUTPUT_GZIP && !o->gzip_begun) || (packing == OUTPUT_ZSTD && o->zstd == NULL)))
		s = without_memory();
	if (s == STATUS_OK)
		s = make_above(o->path);
	if (s == STATUS_OK)
	{
		o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
		s = o->fd < 0 ? fail("write", o->temporary) : STATUS_OK;
	}
	if (s != STATUS_OK)
		output_discard(o);
	else
		*out = o;
	return s;
}

static status
put(output *o, const void *data, size_t len)
{
	const char *p = data;

	EVP_DigestUpdate(o->hash, data, len);
	o->bytes += len;
	while (len > 0)
	{
		const ssize_t done = write(o->fd, p, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail("write", o->temporary);
		p += done;
		len -= (size_t) done;
	}
	return STATUS_OK;
}

static status
put_gzip(output *o, const void *data, size_t len, bool end)
{
	status s = STATUS_OK;

	o->gzip.next_in = (Bytef *) data;
	o->gzip.avail_in = (uInt) len;
	do
	{
		o->gzip.next_out = o->buffer;
		o->gzip.avail_out = BUFFER_SIZE;
		deflate(&o->gzip, end ? Z_FINISH : Z_NO_FLUSH);
		s = put(o, o->buffer, BUFFER_SIZE - o->gzip.avail_out);
	} while (s == STATUS_OK && o->gzip.avail_out == 0);
	return s;
}

static status
put_zstd(output *o, const void *data, size_t len, bool end)
{
	ZSTD_inBuffer in = {data, len, 0};
	size_t left;
	status s = STATUS_OK;

	do
	{
		ZSTD_outBuffer out = {o->buffer, BUFFER_SIZE, 0};

		left = ZSTD_compressStream2(o->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
		{
			log_error("cannot compress %s: %s", o->temporary, ZSTD_getErrorName(left));
			return STATUS_BUG;
		}
		s = put(o, o->buffer, out.pos);
	} while (s == STATUS_OK && (end ? left != 0 : in.pos < in.size));
	return s;
}

/* Any length: zlib counts in unsigned int. */
static status
put_packed(output *o, const char *data, size_t len, bool end)
{
	status s = STATUS_OK;

	if (o->packing == OUTPUT_PLAIN)
		return put(o, data, len);
	if (o->packing == OUTPUT_ZSTD)
		return put_zstd(o, data, len, end);
	for (; s == STATUS_OK && len > INT32_MAX; data += INT32_MAX, len -= INT32_MAX)
		s = put_gzip(o, data, INT32_MAX, false);
	return s == STATUS_OK ? put_gzip(o, data, len, end) : s;
}

status
output_write(output *o, const void *data, size_t len)
{
	o->plain += len;
	return len == 0 ? STATUS_OK : put_packed(o, data, len, false);
}

uint64_t
output_plain_bytes(const output *o)
{
	return o->plain;
}

const char *
output_name(const output *o)
{
	return o->temporary;
}

static void
output_free(output *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->gzip_begun)
		deflateEnd(&o->gzip);
	ZSTD_freeCCtx(o->zstd);
	EVP_MD_CTX_free(o->hash);
	free(o->path);
	free(o->temporary);
	free(o);
}

void
output_discard(output *o)
{
	if (o == NULL)
		return;
	if (o->fd >= 0)
		unlink(o->temporary);
	output_free(o);
}

/* Hashes a file from its begin on. */
static status
look(int fd, const char *path, part_facts *facts)
{
	EVP_MD_CTX *hash = NULL;
	char *buffer = malloc(BUFFER_SIZE);
	ssize_t got = 0;
	status s = buffer == NULL || !hash_begin(&hash) ? without_memory() : STATUS_OK;

	facts->bytes = 0;
	while (s == STATUS_OK)
	{
		got = read(fd, buffer, BUFFER_SIZE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		EVP_DigestUpdate(hash, buffer, (size_t) got);
		facts->bytes += (uint64_t) got;
	}
	if (s == STATUS_OK && got < 0)
		s = fail("read", path);
	if (s == STATUS_OK)
		hash_end(hash, facts->sha256);
	EVP_MD_CTX_free(hash);
	free(buffer);
	return s;
}

status
output_look(const char *folder, const char *path, part_facts *facts, bool *found)
{
	char *name;
	int fd;
	status s = STATUS_OK;

	*found = false;
	if (asprintf(&name, "%s/%s", folder, path) < 0)
		return without_memory();
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
	{
		s = look(fd, name, facts);
		*found = s == STATUS_OK;
		close(fd);
	}
	free(name);
	return s;
}

/* What another program has written under the name is looked at; what came by output_write was digested as it came. */
static status
settle(output *o, part_facts *facts)
{
	struct stat found;

	if (fstat(o->fd, &found) != 0)
		return fail("look at", o->temporary);
	if (o->plain == 0 && (uint64_t) found.st_size != o->bytes)
	{
		const int fd = open(o->temporary, O_RDONLY | O_CLOEXEC);
		status s;

		if (fd < 0)
			return fail("read", o->temporary);
		s = look(fd, o->temporary, facts);
		close(fd);
		return s;
	}
	facts->bytes = o->bytes;
	hash_end(o->hash, facts->sha256);
	return STATUS_OK;
}

status
output_close(output *o, part_facts *facts)
{
	status s = o->plain > 0 || o->packing != OUTPUT_PLAIN ? put_packed(o, "", 0, true) : STATUS_OK;

	if (s == STATUS_OK && fsync(o->fd) != 0)
		s = fail("flush", o->temporary);
	if (s == STATUS_OK)
		s = settle(o, facts);
	if (s == STATUS_OK && rename(o->temporary, o->path) != 0)
		s = fail("put in its place", o->path);
	if (s != STATUS_OK)
	{
		output_discard(o);
		return s;
	}
	s = sync_above(o->path);
	output_free(o);
	return s;
}

status
output_replace(const char *folder, const char *path, const char *text, size_t len)
{
	output *o;
	part_facts facts;
	status s = output_open(folder, path, OUTPUT_PLAIN, &o);

	if (s != STATUS_OK)
		return s;
	s = output_write(o, text, len);
	if (s == STATUS_OK)
		return output_close(o, &facts);
	output_discard(o);
	return s;
}
