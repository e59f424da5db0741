#!/usr/bin/python3
"""
deploy/examples/since.py: all events since a time, of one stream or many, in the order in which the wikis' databases committed.

    since.py 2026-11-29T12:00:00Z mediawiki.page_change.v1
    since.py 2026-11-29T12:00:00Z mediawiki.page_change.v1 mediawiki.revision-create
    since.py --whole 2026-11-29T12:00:00Z $(kcat -L -b $KAFKA_BOOTSTRAP -J | jq -r '.topics[].topic' | grep -v '^__\\|^mwmirror.position$')

Prints a line for each event: the source's transaction, the event's number in it, and the event; and ends at what there is by now.

A message's time is that of its transaction in the source. Kafka finds the first message of that time or later; after it a few may be older,
for a transaction that took long has the time when it began to commit: they are left out. As all events of a transaction have one time, each
transaction is there whole or not at all. With --whole, which needs all streams, a last one that is still being published is left out too.
"""

import argparse
import datetime
import heapq
import itertools
import os
import sys

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition


def place(message):
    """(position in the mirror's WAL, transaction, number in it): grows along every partition of every stream."""
    headers = dict(message.headers())
    high, low = headers["lsn"].decode().split("/")
    transaction = headers.get("gtid") or headers["request"]     # what no change of the source made: an expiry, a backfill
    number = int(transaction.decode().replace(".", "-").split("-")[-1])
    return int(high, 16) << 32 | int(low, 16), number, int(headers["ordinal"])


def new_consumer(bootstrap):
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "since", "isolation.level": "read_committed", "enable.auto.commit": False,
                     "enable.partition.eof": True, "auto.offset.reset": "error", "queued.max.messages.kbytes": 4096})


def starts(bootstrap, topics, since):
    """Of each partition the offset of its first message of that time or later, for those that have one."""
    consumer = new_consumer(bootstrap)
    partitions = [TopicPartition(topic, partition, since)
                  for topic in topics for partition in consumer.list_topics(topic, 10).topics[topic].partitions]
    found = [start for start in consumer.offsets_for_times(partitions, 10) if start.offset >= 0]
    consumer.close()
    return found


def read(bootstrap, start, since):
    """The messages of a partition since a time, up to its end."""
    consumer = new_consumer(bootstrap)
    consumer.assign([start])
    try:
        while True:
            message = consumer.poll(60)
            if message is None:
                raise TimeoutError("Kafka does not answer")
            if message.error() is None:
                if message.timestamp()[1] >= since:
                    yield message
            elif message.error().code() == KafkaError._PARTITION_EOF:
                return
            else:
                raise KafkaException(message.error())
    finally:
        consumer.close()


def transactions(messages):
    """Groups of messages in the order of places: one a transaction of the source."""
    for _, group in itertools.groupby(messages, key=lambda message: place(message)[:2]):
        yield list(group)


def is_whole(group):
    """Is there each event from the first to the one that says it is the last?"""
    return [int(dict(m.headers())["ordinal"]) for m in group] == list(range(1, len(group) + 1)) and "last" in dict(group[-1].headers())


def main():
    parser = argparse.ArgumentParser(description="All events since a time.")
    parser.add_argument("since", help="such as 2026-11-29T12:00:00Z")
    parser.add_argument("topics", nargs="+", metavar="topic")
    parser.add_argument("--bootstrap", default=os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092"))
    parser.add_argument("--whole", action="store_true", help="only transactions of which all events are there")
    options = parser.parse_args()
    since = round(datetime.datetime.fromisoformat(options.since.replace("Z", "+00:00")).timestamp() * 1000)
    streams = [read(options.bootstrap, start, since) for start in starts(options.bootstrap, options.topics, since)]
    partial = 0
    for group in transactions(heapq.merge(*streams, key=place)):
        if options.whole and not is_whole(group):
            partial += 1
            continue
        for message in group:
            headers = dict(message.headers())
            print((headers.get("gtid") or headers["request"]).decode(), headers["ordinal"].decode(),
                  "null" if message.value() is None else message.value().decode())
    if partial:
        print("%d transactions are not whole: still being published, or not all streams were read" % partial, file=sys.stderr)


if __name__ == "__main__":
    main()
