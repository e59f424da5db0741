"""Has a broker compact topics now, as it would some day: until each key has one message, and no tombstone is left."""

import collections
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, ConfigResource

import kafka

# A message of the test's own, which nothing is made of: a segment ends when another message comes.
MARKER = b"compaction of a test"
SETTINGS = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0", "min.compaction.lag.ms": "0", "max.compaction.lag.ms": "1000",
            "delete.retention.ms": "0"}


def _set(box, topics):
    """In place of the settings that the topics have."""
    admin = AdminClient({"bootstrap.servers": box.bootstrap})
    for future in admin.alter_configs([ConfigResource(ConfigResource.Type.TOPIC, topic, set_config=SETTINGS) for topic in topics]).values():
        future.result(20)


def is_marker(message):
    return message.key() == MARKER


def left_over(messages):
    """How many messages a finished compaction would have removed."""
    by_key = collections.Counter(m.key() for m in messages if not is_marker(m))
    return sum(count - 1 for count in by_key.values()) + sum(m.value() is None for m in messages if not is_marker(m))


def compact(box, topics, timeout=90.0):
    """Topics that must have one partition and be compacted. Returns {topic: its messages then}."""
    _set(box, topics)
    producer = Producer({"bootstrap.servers": box.bootstrap})
    done, deadline = {}, time.monotonic() + timeout
    while len(done) < len(topics):
        rest = [topic for topic in topics if topic not in done]
        assert time.monotonic() < deadline, "not compacted: %s" % rest
        for topic in rest:
            producer.produce(topic, b"", MARKER)
        assert producer.flush(20) == 0
        time.sleep(1.5)     # the broker's cleaner looks once a second
        for topic, messages in kafka.messages_of(box, rest).items():
            if left_over(messages) == 0:
                done[topic] = [m for m in messages if not is_marker(m)]
    return done
