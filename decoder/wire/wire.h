/*
 * wire/wire.h
 *	  What the plugin sends and the relay reads: frames in a replication message.
 *
 * Integers are big endian. A message is one or more frames:
 *
 *	 type     u8
 *	 length   u32, bytes of payload
 *	 payload
 *
 * 'D'  a stream, once a session and before its first event
 *	 number       u16  names it in the events of this session
 *	 name         u16 length, bytes; its topic is said by mwmirror.streams()
 *	 topic        u16 length, bytes; another one, of a request alone, to which nothing else goes; else empty
 * 'B'  begin of a source transaction that has events
 *	 commit_lsn   u64  start of the PostgreSQL commit record
 *	 ordinal      u32  1-based number of the source transaction in the PostgreSQL transaction
 *	 commit_time  i64  at the source, unix microseconds
 *	 source       u16 length, bytes; the source's name
 *	 gtid         u16 length, bytes
 *	 at           u16 length, bytes; of what a request told again, the source's position up to which it is the state; else empty
 * 'E'  event
 *	 index        u32  1-based within the source transaction
 *	 timestamp    i64  unix milliseconds, meta.dt of the event
 *	 stream       u16  number of a 'D'
 *	 flags        u8   bit 0: the last one of its source transaction; of contents that the event lacks one is, bit 1: too large,
 *					   bit 2: not kept, lost or no text; the others are 0
 *	 key          u32 length, bytes; length 0xFFFFFFFF: null
 *	 value        u32 length, bytes; length 0xFFFFFFFF: null, a tombstone
 * 'S'  end of the source transaction; no payload
 * 'C'  end of the PostgreSQL transaction
 *	 commit_lsn   u64
 *	 end_lsn      u64  end of the commit record: where decoding may restart
 *	 commit_time  i64  of the last mark, unix microseconds; 0 without a mark
 *	 source       u16 length, bytes; of the last mark; empty without a mark
 *	 gtid         u16 length, bytes; likewise
 *
 * How many events a source transaction has is known only when it ends, so the last one says that it is the last: 'S' comes
 * right behind it. A 'D' may come anywhere. A source transaction may span messages; a frame may not.
 */
#ifndef MWMIRROR_WIRE_WIRE_H
#define MWMIRROR_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_PROTOCOL "4"
#define WIRE_NULL UINT32_MAX
#define WIRE_HEADER_SIZE 5
#define WIRE_MESSAGE_TARGET (64 * 1024) /* the plugin sends once this much is gathered */

/* flags of an event */
#define WIRE_LAST 0x01
#define WIRE_CONTENT_LARGE 0x02
#define WIRE_CONTENT_ABSENT 0x04
#define WIRE_FLAGS (WIRE_LAST | WIRE_CONTENT_LARGE | WIRE_CONTENT_ABSENT)

typedef enum wire_type
{
	WIRE_STREAM = 'D',
	WIRE_BEGIN = 'B',
	WIRE_EVENT = 'E',
	WIRE_SOURCE_END = 'S',
	WIRE_COMMIT = 'C'
} wire_type;

/* Bytes inside a frame; data NULL is null. */
typedef struct wire_bytes
{
	const char *data;
	uint32_t len;
} wire_bytes;

typedef struct wire_frame
{
	wire_type type;
	uint64_t commit_lsn; /* B, C */
	uint64_t end_lsn;    /* C */
	uint32_t ordinal;    /* B */
	int64_t commit_time; /* B, C */
	wire_bytes source;   /* B, C */
	wire_bytes gtid;     /* B, C */
	wire_bytes at;       /* B */
	uint32_t index;      /* E */
	int64_t timestamp;   /* E */
	uint16_t stream;     /* D, E: its number */
	uint8_t flags;       /* E */
	wire_bytes key;      /* E */
	wire_bytes value;    /* E */
	wire_bytes name;     /* D */
	wire_bytes topic;    /* D */
} wire_frame;

/* Bytes that wire_frame_write needs for the frame, header included. */
size_t wire_frame_size(const wire_frame *f);

/* Writes the frame to out, which has wire_frame_size bytes; returns the end. */
char *wire_frame_write(const wire_frame *f, char *out);

/* Sets WIRE_LAST in an event that was written at frame. */
void wire_event_set_last(char *frame);

/*
 * Reads the frame at *cursor, which must lie before end, and moves *cursor past it. The frame's bytes stay
 * inside the message. False: not a well-formed frame; *cursor stays.
 */
bool wire_frame_read(const char **cursor, const char *end, wire_frame *out);

#endif
