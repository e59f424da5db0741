/*
 * plugin/core/spool.c
 *	  Records in memory, then in a file; see spool.h.
 */
#include "plugin/core/spool.h"

#include "storage/buffile.h"
#include "utils/memutils.h"

#define BUFFER_FIRST ((uint64) 8 << 10)
#define PIECE_KEPT ((uint64) 1 << 20) /* of what is loaded, after the transaction */

/* A piece of memory that grows. */
typedef struct piece
{
	char *data;
	uint64 room;
} piece;

struct spool
{
	MemoryContext context;
	uint64 most;
	piece buffer; /* the last records */
	uint64 start; /* place of the first of them */
	uint64 end;
	BufFile *file; /* those before; NULL: none */
	piece loaded[SPOOL_LOADS];
};

spool *
spool_create(MemoryContext parent, uint64 most)
{
	MemoryContext context = AllocSetContextCreate(parent, "mwmirror spool", ALLOCSET_DEFAULT_SIZES);
	spool *s = MemoryContextAllocZero(context, sizeof(spool));

	s->context = context;
	s->most = most;
	spool_abandon(s);
	return s;
}

void
spool_abandon(spool *s)
{
	s->start = s->end = SPOOL_FIRST_PLACE;
	s->file = NULL;
}

/* give_back frees a piece that has grown beyond that. */
static void
give_back(piece *p, uint64 most)
{
	if (p->room <= most)
		return;
	pfree(p->data);
	*p = (piece){0};
}

void
spool_reset(spool *s)
{
	if (s->file != NULL)
		BufFileClose(s->file);
	give_back(&s->buffer, s->most);
	for (int i = 0; i < SPOOL_LOADS; i++)
		give_back(&s->loaded[i], PIECE_KEPT);
	spool_abandon(s);
}

uint64
spool_end(const spool *s)
{
	return s->end;
}

static void
make_room(spool *s, piece *p, uint64 room)
{
	uint64 more = Max(p->room, BUFFER_FIRST);

	if (room <= p->room)
		return;
	while (more < room)
		more *= 2;
	if (p->data == NULL)
		p->data = MemoryContextAllocHuge(s->context, more);
	else
		p->data = repalloc_huge(p->data, more);
	p->room = more;
}

static void
seek(spool *s, uint64 place)
{
	if (BufFileSeek(s->file, 0, (off_t) (place - SPOOL_FIRST_PLACE), SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
		                errmsg("could not seek in the temporary file of a transaction's rows")));
}

/* write_out makes the buffer empty. */
static void
write_out(spool *s)
{
	MemoryContext old = MemoryContextSwitchTo(s->context);

	if (s->file == NULL)
		s->file = BufFileCreateTemp(false);
	seek(s, s->start);
	BufFileWrite(s->file, s->buffer.data, s->end - s->start);
	s->start = s->end;
	MemoryContextSwitchTo(old);
}

uint64
spool_append(spool *s, const void *record)
{
	uint32 size = *(const uint32 *) record;
	uint64 used = s->end - s->start;
	uint64 place = s->end;

	if (used + size > s->most && used > 0)
	{
		write_out(s);
		used = 0;
	}
	make_room(s, &s->buffer, used + size);
	memcpy(s->buffer.data + used, record, size);
	s->end += size;
	return place;
}

static void
read_file(spool *s, char *to, size_t size)
{
	if (BufFileRead(s->file, to, size) != size)
		ereport(ERROR, (errcode_for_file_access(),
		                errmsg("could not read the temporary file of a transaction's rows")));
}

const void *
spool_load(spool *s, uint64 place, int number)
{
	const void *record = spool_writable(s, place);
	piece *p = &s->loaded[number];
	uint32 size;

	if (record != NULL)
		return record;
	make_room(s, p, sizeof(size));
	seek(s, place);
	read_file(s, p->data, sizeof(size));
	size = *(uint32 *) p->data;
	make_room(s, p, size);
	read_file(s, p->data + sizeof(size), size - sizeof(size));
	return p->data;
}

void *
spool_writable(spool *s, uint64 place)
{
	return place < s->start ? NULL : s->buffer.data + (place - s->start);
}
