"""
State topics against the mirror: what the messages of a topic amount to, up to a place, is the mirror's table in a snapshot of that place.

Rows are compared by hashes that PostgreSQL makes of their JSON, on both sides: a snapshot of all tables is one statement, of which
each row is 16 bytes.
"""

import collections
import json
import re
import struct
import time

import chain
import kafka

NAME = re.compile(r"mwmirror\.state\.(.+?)(\.private)?\.v1")
PAIR = struct.Struct(">qq")     # hashes of a key and of a value
HASH = "hashtextextended((%s)::text, 0)"
MESSAGES = 2000     # hashed at once
# What a document of a page says of its editor is as of the page's last change.
VALUE = "m.value::jsonb - '$schema' - 'meta'" + "".join(" #- '{revision,editor,%s}'" % name for name in ("groups", "is_bot", "edit_count"))


class Topic:
    """A state topic: its table, whether it has the rows as they are, and the query that gives what it should amount to."""

    def __init__(self, box, stream):
        found = NAME.fullmatch(stream)
        self.stream, self.name = stream, box.topic(stream)
        self.table, self.is_private = found[1], bool(found[2])
        self.query = box.pg_value("SELECT mwmirror.%s_rows_query(%%s)" % ("private" if self.is_private else "public"), (self.table,))
        columns = [name for name, in box.pg_rows(
            "SELECT a.attname FROM pg_index i, unnest(i.indkey::int[]) WITH ORDINALITY k(attnum, n), pg_attribute a"
            " WHERE i.indrelid = to_regclass(format('mediawiki.%%I', %s::text)) AND i.indisprimary AND a.attrelid = i.indrelid"
            " AND a.attnum = k.attnum ORDER BY k.n", (self.table,))]
        self.key = "jsonb_build_object(%s)" % ", ".join("'%s', r.%s" % (name, name) for name in columns)

    def rows(self, select):
        return "SELECT %s FROM (%s) r" % (select, self.query)


def topics(box):
    """Those of the state streams that are on."""
    return [Topic(box, name) for name in kafka.streams(box) if NAME.fullmatch(name)]


# ---- snapshots ----

class Place:
    """How far a snapshot is: the source's GTID, and how many rows each request has told."""

    def __init__(self, gtid, requests):
        self.gtid, self.requests = gtid, requests
        self.sequence = max(chain.parse_gtid_list(gtid).values())

    def has(self, message):
        if message.request is not None:
            request, row = message.request
            return self.requests.get(request, 0) >= row
        return message.sequence <= self.sequence


class Snapshots:
    """Takes snapshots of all tables, on a connection of its own: (place, {stream: pairs of hashes})."""

    def __init__(self, box, of_topics):
        self.connection = box.pg(fresh=True)
        self.rows, self.seconds = 0, 0.0
        parts = ["SELECT 'place', convert_to(jsonb_build_object('gtid', (SELECT string_agg(gtid_pos, ',') FROM mwmirror.source),"
                 " 'requests', (SELECT jsonb_object_agg(id, rows_done) FROM mwmirror.request))::text, 'UTF8')"]
        parts += ["SELECT '%s', string_agg(int8send(%s) || int8send(%s), '') FROM (%s) r" % (
            topic.stream, HASH % topic.key, HASH % "to_jsonb(r)", topic.query) for topic in of_topics]
        with self.connection.cursor() as cursor:
            cursor.execute("PREPARE snapshot AS " + " UNION ALL ".join(parts))

    def take(self):
        began = time.monotonic()
        with self.connection.cursor() as cursor:
            cursor.execute("EXECUTE snapshot")      # one statement sees one snapshot
            tables = {stream: bytes(pairs or b"") for stream, pairs in cursor.fetchall()}
        self.seconds += time.monotonic() - began
        place = json.loads(tables.pop("place"))
        self.rows += sum(len(pairs) // PAIR.size for pairs in tables.values())
        return Place(place["gtid"], place["requests"] or {}), tables

    def close(self):
        self.connection.close()


def as_dict(pairs):
    return dict(PAIR.iter_unpack(pairs))


def rows_of(snapshot):
    return {stream: as_dict(pairs) for stream, pairs in snapshot[1].items()}


def untold(rows, messages):
    """Of rows those that no message is of."""
    told = {stream: {m.key_hash for m in of_stream} for stream, of_stream in messages.items()}
    return {stream: {key: value for key, value in of_stream.items() if key not in told[stream]} for stream, of_stream in rows.items()}


# ---- messages ----

class Message:
    """One of a state topic; request: (id, row) of one that a request made, else sequence is that of its GTID."""

    def __init__(self, stream, message):
        headers = {name: value.decode() for name, value in message.headers() or []}
        self.stream, self.offset = stream, message.offset()
        self.lsn = kafka.parse_lsn(headers["lsn"])
        self.key, self.value = message.key().decode(), message.value() and message.value().decode()
        self.request = self.sequence = None
        if "gtid" in headers:
            self.sequence = int(headers["gtid"].split("-")[2])
        else:
            request, row = headers["request"].lstrip("Q").split(".")
            self.request = request, int(row)
        self.key_hash = self.value_hash = None

    @property
    def told_by(self):
        return "Q%s.%d" % self.request if self.request else "GTID %d" % self.sequence


def read(box, of_topics, offsets=None):
    """{stream: its committed messages, from its offset in offsets or the first on}."""
    found = kafka.messages_of(box, [topic.name for topic in of_topics], {topic.name: (offsets or {}).get(topic.stream, 0) for topic in of_topics})
    return {topic.stream: [Message(topic.stream, message) for message in found[topic.name]] for topic in of_topics}


def hash_messages(box, messages):
    """As rows are hashed: PostgreSQL reads their JSON."""
    sql = "SELECT %s, %s FROM unnest(%%s::text[], %%s::text[]) WITH ORDINALITY m(key, value, n) ORDER BY n" % (
        HASH % "m.key::jsonb", HASH % VALUE)
    for first in range(0, len(messages), MESSAGES):
        some = messages[first:first + MESSAGES]
        hashes = box.pg_rows(sql, ([m.key for m in some], [m.value for m in some]))
        for message, found in zip(some, hashes):
            message.key_hash, message.value_hash = found


# ---- the comparison ----

class Fold:
    """The state that a topic amounts to: begins with a table's rows, as nothing says what was there before the stream was on."""

    def __init__(self, stream, rows, messages):
        self.stream, self.rows, self.messages, self.next = stream, dict(rows), messages, 0

    def up_to(self, place):
        """Takes all messages that the place has. They are the next ones of the topic: any other order is a fault of it."""
        while self.next < len(self.messages) and place.has(self.messages[self.next]):
            message = self.messages[self.next]
            if message.value is None:
                self.rows.pop(message.key_hash, None)
            else:
                self.rows[message.key_hash] = message.value_hash
            self.next += 1
        early = [m for m in self.messages[self.next:] if place.has(m)]
        assert not early, "%s: %s at %d is behind %s" % (self.stream, early[0].told_by, early[0].offset, self.messages[self.next].told_by)

    def differences(self, rows):
        """(hash of the key, of the value in the topic or None, in the table or None)."""
        if self.rows == rows:
            return []
        return [(key, self.rows.get(key), rows.get(key)) for key in self.rows.keys() | rows.keys() if self.rows.get(key) != rows.get(key)]


class Finds:
    """Differences, each once as long as it lasts, with what can be said of them."""

    def __init__(self, messages):
        self.messages, self.lasting, self.all = messages, set(), []

    def note(self, stream, place, differences):
        now = {(stream, *difference) for difference in differences}
        self.all += [(find, place) for find in sorted(now - self.lasting, key=str)]
        self.lasting = {find for find in self.lasting if find[0] != stream} | now

    def report(self, box, of_topics, most=10):
        """A line for each key: where it first differs, what the topic says of it, and what is in the table now."""
        lines = []
        for (stream, key, in_topic, in_table), place in self.all[:most]:
            topic = next(t for t in of_topics if t.stream == stream)
            told = [m for m in self.messages[stream] if m.key_hash == key]
            row = box.pg_rows(topic.rows("%s, to_jsonb(r)::text" % topic.key) + " WHERE %s = %d" % (HASH % topic.key, key))
            lines.append("%s at %s: topic %s, table %s; key %s\n\ttable now: %s\n\t%s" % (
                stream, place.gtid, "has another value" if in_topic and in_table else "has it" if in_topic else "lacks it",
                "has it" if in_table else "lacks it", told[0].key if told else row and row[0][0], row and row[0][1],
                "\n\t".join("%s: %s" % (m.told_by, m.value and m.value[:1000]) for m in told[-3:]) or "no message"))
        count = collections.Counter(stream for (stream, *_), _ in self.all)
        return "\n".join(lines + ["%d differences: %s" % (len(self.all), dict(count))])


def compare(box, of_topics, begin, snapshots, messages):
    """
    Folds each topic up to each snapshot. begin: {stream: rows} of before its first message. Returns the finds, and how often a
    topic was compared.
    """
    hash_messages(box, [m for of_stream in messages.values() for m in of_stream])
    finds, compared = Finds(messages), 0
    folds = [Fold(topic.stream, begin[topic.stream], messages[topic.stream]) for topic in of_topics]
    for place, tables in sorted(snapshots, key=lambda snapshot: snapshot[0].sequence):
        for fold in folds:
            fold.up_to(place)
            finds.note(fold.stream, place, fold.differences(as_dict(tables[fold.stream])))
            compared += 1
    return finds, compared
