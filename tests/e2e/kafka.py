"""Reading topics as a consumer does: read_committed, from an offset to the end of what is committed."""

import json
import re
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, NewTopic

import schemas

STREAM = "mediawiki.page_change.v1"     # of the tests that look at one


class Event:
    """One message of any stream, which is as its schema says: value as JSON, None of a tombstone, headers as numbers and text."""

    def __init__(self, message, stream=None):
        self.topic_stream = stream
        self.offset = message.offset()
        self.key_bytes = message.key()
        self.value_bytes = message.value()
        self.timestamp = message.timestamp()[1]
        self.header_list = [(name, value) for name, value in message.headers() or []]
        headers = dict(self.header_list)
        self.source = headers.get("source", b"").decode()
        self.gtid = headers.get("gtid", headers.get("request", b"")).decode()     # or of what a request made
        self.lsn = parse_lsn(headers.get("lsn", b"").decode())
        self.ordinal = int(headers.get("ordinal", b"0"))
        self.last = headers.get("last") == b"true"
        self.value = None if self.value_bytes is None else schemas.check_text(self.value_bytes.decode("utf-8"))

    @property
    def key(self):
        return json.loads(self.key_bytes)

    @property
    def sequence(self):
        return int(re.split("[-.]", self.gtid)[-1])

    @property
    def stream(self):
        return self.topic_stream if self.value is None else self.value["meta"]["stream"]

    @property
    def page(self):
        """What is said of the page: the older schemas say it without an object of its own."""
        return self.key if self.value is None else self.value.get("page", self.value)

    @property
    def kind(self):
        """That of a page's, a file's or a user's change; of another stream its name."""
        if self.value is None:
            return "tombstone"
        kinds = [self.value[name] for name in ("page_change_kind", "file_change_kind", "user_change_kind") if name in self.value]
        return kinds[0] if kinds else self.stream.replace("mediawiki.", "")

    @property
    def user(self):
        """The name of the account, address or range that it is about; None: it is about a page, or that is hidden."""
        about = (self.value or {}).get("user")
        return (about if isinstance(about, dict) else self.value or {}).get("user_text")

    @property
    def title(self):
        """The page's, as in its URL, or the user's page; None if that is hidden; a file's name; the URL of what is about an URL."""
        if self.value is None:
            return None
        if "file" in self.value:
            return self.value["file"]["file_name"]
        if "title" in self.value:
            return self.value["title"].replace(" ", "_")
        if "page_title" in self.page:
            return self.page["page_title"]
        if "user" in self.stream:
            return self.user and "User:" + self.user.replace(" ", "_")
        return self.value["meta"].get("uri")

    @property
    def wiki(self):
        if self.value is None:
            return self.key["wiki_id"]
        return self.value.get("wiki_id", self.value.get("database", self.value.get("wiki")))

    def __repr__(self):
        return "<%s %s %s at %d, %s>" % (self.wiki, self.kind, self.title, self.offset, self.gtid)


def parse_lsn(text):
    """'1/A0' as a number; 0 for an empty text."""
    if not text:
        return 0
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def consumer(box, isolation="read_committed"):
    return Consumer({
        "bootstrap.servers": box.bootstrap,
        "group.id": "mwmirror-tests",
        "enable.auto.commit": False,
        "isolation.level": isolation,
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 10,
        "socket.timeout.ms": 10000,
        "error_cb": lambda error: None,
    })


def messages(box, topic, offset=0, isolation="read_committed", timeout=30.0):
    """All messages of the topic's one partition from offset to the end, as they are."""
    reader = consumer(box, isolation)
    try:
        reader.assign([TopicPartition(topic, 0, offset)])
        found = []
        deadline = time.monotonic() + timeout
        while True:
            # consume waits for all that it was asked for: so ask for little, and do not wait long
            for message in reader.consume(1000, 0.02):
                deadline = time.monotonic() + timeout
                error = message.error()
                if error is None:
                    found.append(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    return found
                elif error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION):
                    return found
                elif error.fatal():
                    raise KafkaException(error)
            if time.monotonic() > deadline:
                raise AssertionError("Kafka did not answer for topic %s in %g s" % (topic, timeout))
    finally:
        reader.close()


def messages_of(box, topics, offsets=None, timeout=60.0):
    """{topic: its committed messages from its offset, or the first, on to the end} of many topics with one partition, by one consumer."""
    found = {topic: [] for topic in topics}
    reader = consumer(box)
    try:
        reader.assign([TopicPartition(topic, 0, (offsets or {}).get(topic, 0)) for topic in topics])
        ended, deadline = set(), time.monotonic() + timeout
        while len(ended) < len(found):
            assert time.monotonic() < deadline, "Kafka did not answer for %s" % sorted(set(found) - ended)
            for message in reader.consume(1000, 0.05):
                if message.error() is None:
                    found[message.topic()].append(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.topic())
    finally:
        reader.close()
    return found


def end_offset(box, topic, isolation="read_uncommitted"):
    """The offset after the last message, or after the last that is committed or aborted; 0 if there is no such topic."""
    reader = consumer(box, isolation)
    try:
        try:
            return reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]
        except KafkaException:
            return 0
    finally:
        reader.close()


def events(box, offset=0, stream=STREAM):
    """The committed events of a stream from offset to the end."""
    return [Event(m, stream) for m in messages(box, box.topic(stream), offset)]


def streams(box):
    """Names of the streams that are on, and so have a topic, in the order in which one event appears on them."""
    return [name for name, in box.pg_rows("SELECT name FROM mwmirror.streams() WHERE enabled")]


def end_offsets(box):
    """Of every stream's topic: {stream: offset}."""
    return {stream: end_offset(box, box.topic(stream)) for stream in streams(box)}


def all_events(box, offsets, whole=True):
    """The committed events of all streams from these offsets on, of one source, in its order; each source transaction complete, if whole."""
    found = [e for stream, offset in offsets.items() for e in events(box, offset, stream)]
    found.sort(key=lambda e: (e.lsn, e.sequence, e.ordinal))
    if whole:
        assert_complete(found)
    return found


def assert_complete(found):
    """ordinal and last: no event of a source transaction is missing, doubled, or in another's place."""
    transactions = {}
    for event in found:
        transactions.setdefault((event.source, event.gtid, event.lsn), []).append((event.ordinal, event.last))
    for name, numbers in transactions.items():
        assert numbers == [(n, n == len(numbers)) for n in range(1, len(numbers) + 1)], (name, numbers)


class LastValue:
    """Follows a topic and knows the value of its last committed message: the position, for the position topic."""

    def __init__(self, box, topic):
        self.value = None
        self.reader = consumer(box)
        self.reader.assign([TopicPartition(topic, 0, 0)])

    def read(self, timeout=1.0):
        """The value of the last message by now, or None; waits so long for a first answer."""
        while True:
            message = self.reader.poll(timeout)
            if message is None:
                return self.value
            if message.error() is None:
                self.value = message.value()
            elif message.error().code() == KafkaError._PARTITION_EOF:
                return self.value
            timeout = 0.05

    def close(self):
        self.reader.close()


def last_value(box, topic):
    """The value of the last committed message, or None."""
    found = messages(box, topic)
    return found[-1].value() if found else None


def brokers(box):
    """How many brokers answer; 0 if none does within a second."""
    try:
        return len(AdminClient({"bootstrap.servers": box.bootstrap, "error_cb": lambda error: None,
                                "log_level": 0}).list_topics(timeout=1).brokers)
    except KafkaException:
        return 0


def create_topic(box, name, partitions=1, config=None):
    admin = AdminClient({"bootstrap.servers": box.bootstrap})
    admin.create_topics([NewTopic(name, partitions, 1, config=config or {})], operation_timeout=10)[name].result()


def set_topics(box, names, setting, value):
    """One setting of topics; the others stay."""
    admin = AdminClient({"bootstrap.servers": box.bootstrap})
    wanted = []
    for resource, answer in admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]).items():
        own = {name: entry.value for name, entry in answer.result(20).items() if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value}
        wanted.append(ConfigResource(ConfigResource.Type.TOPIC, resource.name, set_config={**own, setting: str(value)}))
    for future in admin.alter_configs(wanted).values():
        future.result(20)


def produce(box, topic, key, value):
    """One message, as a stranger would write it; value None is a tombstone."""
    producer = Producer({"bootstrap.servers": box.bootstrap})
    failed = []
    producer.produce(topic, value, key, on_delivery=lambda error, message: failed.append(error) if error else None)
    assert producer.flush(20) == 0 and not failed, failed


def delete_topics(box, names):
    admin = AdminClient({"bootstrap.servers": box.bootstrap})
    for future in admin.delete_topics(list(names), operation_timeout=10).values():
        future.result()


def topics(box):
    reader = consumer(box)
    try:
        return sorted(t for t in reader.list_topics(timeout=10).topics if not t.startswith("__"))
    finally:
        reader.close()
