#!/usr/bin/python3
"""
deploy/examples/pages.py: keeps a SQLite table of all pages with their content, from mediawiki.page_content_change.v1.

    pages.py pages.db                                   follows the stream until it is stopped
    pages.py --until-end pages.db                       ends when it has what there is by now
    pages.py --until-end --topic TOPIC pages.db         what `mwmirror backfill --topic TOPIC` told, before the live topic is followed
    sqlite3 pages.db "SELECT page_title, length(content) FROM pages"

Exactly once: what an event changes and the offset after it are committed in one SQLite transaction. So it may be killed at any time, and
several may run with one database: Kafka divides the partitions among those of a group, and when one dies another goes on.
"""

import argparse
import json
import os
import signal
import sqlite3

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    id            integer PRIMARY KEY,  -- stays as long as the page does
    wiki_id       text    NOT NULL,
    page_id       integer NOT NULL,
    page_title    text    NOT NULL,     -- as in an URL: Talk:A_page
    namespace_id  integer NOT NULL,
    is_redirect   boolean NOT NULL,
    rev_id        integer NOT NULL,     -- the latest revision
    rev_dt        text    NOT NULL,
    content_model text,
    content_sha1  text,
    content       text,                 -- of the main slot
    no_content    text,                 -- why there is none: hidden, too large, absent
    lsn           text    NOT NULL,     -- the place in the mirror's WAL that this is from
    UNIQUE (wiki_id, page_id)
);
CREATE TABLE IF NOT EXISTS progress (
    topic         text    NOT NULL,
    partition     integer NOT NULL,
    next_offset   integer NOT NULL,     -- of the message to read next
    events        integer NOT NULL,     -- that were applied so far
    PRIMARY KEY (topic, partition)
);
"""


def apply(db, event, headers):
    """
    What one event does to the table. Each tells the whole state of its page, so most kinds are the same here, and so is what a backfill
    tells. What is older than what the row is from changes nothing: that is met when a live topic is read behind the topic of a backfill.
    """
    page, revision = event["page"], event["revision"]
    key, lsn = (event["wiki_id"], page["page_id"]), "%8s/%8s" % tuple(headers["lsn"].decode().split("/"))
    if event["page_change_kind"] == "delete":
        db.execute("DELETE FROM pages WHERE wiki_id = ? AND page_id = ? AND lsn <= ?", key + (lsn,))
        return
    # create, edit, move, undelete, visibility_change
    slot = revision.get("content_slots", {}).get("main", {})
    sha1, content, why = slot.get("content_sha1"), slot.get("content_body"), None
    if content is None:
        why = headers.get("content", b"absent").decode()
        if not revision["is_content_visible"]:
            why = "hidden"
        elif sha1 is not None:      # a move, or a protection, has the content that the page had before
            known = db.execute("SELECT content FROM pages WHERE wiki_id = ? AND page_id = ? AND content_sha1 = ?", key + (sha1,)).fetchone()
            if known and known[0] is not None:
                content, why = known[0], None
    db.execute("INSERT INTO pages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (wiki_id, page_id) DO UPDATE SET"
               " page_title = excluded.page_title, namespace_id = excluded.namespace_id, is_redirect = excluded.is_redirect,"
               " rev_id = excluded.rev_id, rev_dt = excluded.rev_dt, content_model = excluded.content_model,"
               " content_sha1 = excluded.content_sha1, content = excluded.content, no_content = excluded.no_content, lsn = excluded.lsn"
               " WHERE excluded.lsn >= pages.lsn",
               key + (page["page_title"], page["namespace_id"], page["is_redirect"], revision["rev_id"], revision["rev_dt"],
                      slot.get("content_model"), sha1, content, why, lsn))


def next_offset(db, topic, partition):
    found = db.execute("SELECT next_offset FROM progress WHERE topic = ? AND partition = ?", (topic, partition)).fetchone()
    return found[0] if found else OFFSET_BEGINNING


def apply_messages(db, messages):
    """One SQLite transaction: the messages, and the offsets after them."""
    db.execute("BEGIN IMMEDIATE")
    for message in messages:
        place = (message.topic(), message.partition())
        # one that lost its partition without knowing it yet: another has done this
        if message.offset() < next_offset(db, *place):
            continue
        if message.value() is not None:
            apply(db, json.loads(message.value()), dict(message.headers()))
        db.execute("INSERT INTO progress VALUES (?, ?, ?, 1) ON CONFLICT (topic, partition)"
                   " DO UPDATE SET next_offset = excluded.next_offset, events = events + 1", place + (message.offset() + 1,))
    db.execute("COMMIT")


def main():
    parser = argparse.ArgumentParser(description="Keeps a SQLite table of all pages with their content.")
    parser.add_argument("database")
    parser.add_argument("--bootstrap", default=os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092"))
    parser.add_argument("--topic", default="mediawiki.page_content_change.v1")
    parser.add_argument("--group", default="pages", help="those with one group share the partitions; they need one database")
    parser.add_argument("--member", help="a name in the group: what is started again under it gets its partitions back at once")
    parser.add_argument("--until-end", action="store_true", help="end when all that is there by now was read")
    options = parser.parse_args()

    db = sqlite3.connect(options.database, isolation_level=None, timeout=60)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA)

    settings = {"bootstrap.servers": options.bootstrap, "group.id": options.group, "isolation.level": "read_committed",
                "enable.auto.commit": False, "auto.offset.reset": "error", "enable.partition.eof": True, "session.timeout.ms": 6000}
    if options.member:
        settings["group.instance.id"] = options.member
    consumer = Consumer(settings)
    at_end = set()

    def assigned(consumer, partitions):
        # at the offsets in the database; Kafka keeps none of ours
        at_end.clear()
        consumer.assign([TopicPartition(p.topic, p.partition, next_offset(db, p.topic, p.partition)) for p in partitions])

    consumer.subscribe([options.topic], on_assign=assigned)
    stopped = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.append(True))
    while not stopped:
        messages = []
        for message in consumer.consume(100, 0.2):
            if message.error() is None:
                messages.append(message)
                at_end.discard(message.partition())
            elif message.error().code() == KafkaError._PARTITION_EOF:
                at_end.add(message.partition())
            else:
                raise KafkaException(message.error())
        if messages:
            apply_messages(db, messages)
        assignment = {p.partition for p in consumer.assignment()}
        if options.until_end and assignment and at_end >= assignment:
            break
    consumer.close()
    events, = db.execute("SELECT coalesce(sum(events), 0) FROM progress").fetchone()
    print("%d events; %d pages" % (events, db.execute("SELECT count(*) FROM pages").fetchone()[0]))


if __name__ == "__main__":
    main()
