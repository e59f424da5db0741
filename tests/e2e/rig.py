"""
A relay with a database, a slot and topics of its own in a sandbox, and source transactions written straight into it.

No MediaWiki and no MariaDB: rig.sql writes the rows as the applier would. What was written is known event by event, so
the topics can be compared with it at any moment (Rig.read).
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

import psycopg2
from confluent_kafka import KafkaError, KafkaException, TopicPartition

import chain
import kafka
import sandbox

SQL = os.path.join(os.path.dirname(__file__), "rig.sql")
# Where a page that rig.sql creates is told, in order: of all pages' rows, then of all revisions' rows.
PAGE_STREAMS = [kafka.STREAM, "mediawiki.page-create"]
REVISION_STREAMS = ["mediawiki.revision-create"]
STREAMS = PAGE_STREAMS + REVISION_STREAMS


class Difference:
    """What the topics have otherwise than it was written. True if there is any."""

    def __init__(self):
        self.lost, self.doubled, self.reordered, self.wrong = 0, 0, 0, []

    def __bool__(self):
        return bool(self.lost or self.doubled or self.reordered or self.wrong)

    def add(self, other):
        self.lost += other.lost
        self.doubled += other.doubled
        self.reordered += other.reordered
        self.wrong += other.wrong

    def __str__(self):
        return "%d lost, %d doubled, %d reordered%s" % (
            self.lost, self.doubled, self.reordered, "".join("; " + text for text in self.wrong[:5]))


def compare(want, have):
    """Of one topic: lists of (page, sequence, ordinal, last). Headers count as wrong only for pages that are there."""
    found = Difference()
    place = {row[0]: at for at, row in enumerate(want)}
    seen, last = set(), -1
    for row in have:
        if row[0] in seen or row[0] not in place:
            found.doubled += 1      # also those that were there before this comparison
            continue
        seen.add(row[0])
        if row != want[place[row[0]]]:
            found.wrong.append("page, sequence, ordinal, last are %r, must be %r" % (row, want[place[row[0]]]))
        if place[row[0]] < last:
            found.reordered += 1
        last = max(last, place[row[0]])
    found.lost = len(place) - len(seen)
    return found


def expected(sequence, first, pages):
    """The events of a source transaction that creates pages: (stream, (page, sequence, ordinal, last)), in order."""
    pages = range(first, first + pages)
    events = [(stream, page) for page in pages for stream in PAGE_STREAMS]
    events += [(stream, page) for page in pages for stream in REVISION_STREAMS]
    return [(stream, (page, sequence, n + 1, n + 1 == len(events))) for n, (stream, page) in enumerate(events)]


class Rig:
    """
    broker: has a member bootstrap, from where the tests read; the sandbox's unless given. bootstrap: where the relay
    finds it, if that is elsewhere. settings: mwmirror's, {"kafka.queue_bytes": 1}; properties: librdkafka's.
    """

    def __init__(self, box, name, broker=None, bootstrap=None, settings=None, properties=None, binary=None,
                 topics=True):
        self.box = box
        self.broker = broker or box
        # a sandbox is used more than once
        self.name = name = "%s_%x" % (name, time.time_ns() // 1000000 % 0x1000000)
        self.binary = binary or box.binary
        self.directory = os.path.join(box.directory, name)
        self.conf = os.path.join(self.directory, "mwmirror.conf")
        self.log_path = os.path.join(box.directory, "log", name + ".log")
        self.slot = name
        self.position_topic = name + ".position"
        self.topics = {stream: name + "." + stream for stream in STREAMS}
        self.topic = self.topics[kafka.STREAM]
        self.relay = None
        self.next_page, self.sequence = 1, 0
        self.written = []           # (stream, (page, sequence, ordinal, last)), all that was committed
        self.events_before = {0: 0} # sequence: events of all transactions up to it
        self.wrong, self.excess = [], 0
        self._ends = {}             # topic: how far it has been read
        self.compared = 0           # how much of written read() has looked at
        os.makedirs(self.directory, exist_ok=True)
        self.configure(bootstrap, settings, properties)
        self._make_database()
        self.connection = self._connect()
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT mwmirror.origin_setup('rig', 'follow')")
            self.origin = cursor.fetchone()[0]
        if topics:
            self.run("topics")
        self.readers = {}
        for stream, topic in self.topics.items():
            self.readers[stream] = kafka.consumer(self.broker)
            self.readers[stream].assign([TopicPartition(topic, 0, 0)])
        self.positions = kafka.consumer(self.broker)
        self.positions.assign([TopicPartition(self.position_topic, 0, 0)])
        self.position = {}

    # set-up

    def configure(self, bootstrap=None, settings=None, properties=None):
        """Writes the configuration that the next start() takes."""
        conninfo = "host=%s port=%s dbname=%s user=postgres" % (
            self.box.env["PGHOST"], self.box.env["PGPORT"], self.name)
        values = {
            "source": {"name": "rig"},
            "postgres": {"conninfo": conninfo, "admin_conninfo": conninfo},
            "relay": {"conninfo": conninfo, "slot": self.slot, "sink": "kafka"},
            "kafka": {"bootstrap": bootstrap or self.broker.bootstrap, "topic_prefix": self.name + ".",
                      "position_topic": self.position_topic},
        }
        if properties:
            path = os.path.join(self.directory, "kafka.properties")
            with open(path, "w") as file:
                file.writelines("%s=%s\n" % item for item in properties.items())
            values["kafka"]["properties_file"] = path
        for key, value in (settings or {}).items():
            section, name = key.split(".")
            values[section][name] = value
        with open(self.conf, "w") as file:
            for section, pairs in values.items():
                file.write("[%s]\n%s\n" % (section, "".join("%s = %s\n" % pair for pair in pairs.items())))

    def _connect(self, database=None):
        connection = psycopg2.connect(host=self.box.env["PGHOST"], port=self.box.env["PGPORT"], user="postgres",
                                      dbname=database or self.name,
                                      options="-c statement_timeout=60s")
        connection.autocommit = True
        return connection

    def _make_database(self):
        server = self._connect("postgres")
        with server.cursor() as cursor:
            cursor.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
                           (self.slot,))
            cursor.execute("DROP DATABASE IF EXISTS \"%s\"" % self.name)
            cursor.execute("CREATE DATABASE \"%s\"" % self.name)
        server.close()
        connection = self._connect()
        with connection.cursor() as cursor, open(SQL) as file:
            cursor.execute(file.read())
            cursor.execute("SELECT mwmirror.slot_create(%s)", (self.slot,))
        connection.close()

    def run(self, *args, check=True, timeout=60):
        done = subprocess.run([self.binary, "-c", self.conf] + list(args), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout, text=True, errors="replace")
        if check and done.returncode != 0:
            raise sandbox.SandboxError("%s: exit code %d\n%s" % (" ".join(args), done.returncode, done.stdout))
        return done

    # the relay

    def start(self):
        self.relay = sandbox.Daemon(self, "relay", self.log_path)
        return self

    def alive(self):
        return self.relay is not None and self.relay.process.poll() is None

    def stop(self, timeout=20):
        """SIGTERM; returns the exit code. A relay that does not end is killed, and that is an error."""
        return self.relay and self.relay.stop(timeout)

    def wait(self, timeout=20):
        return self.relay.wait(timeout)

    def kill(self):
        if self.relay:
            self.relay.kill()

    def killed(self):
        """True if the relay has been killed; one that ended by itself has not."""
        return self.relay is not None and self.relay.process.poll() == -signal.SIGKILL

    def lose_replication(self):
        """Ends the server's side of the relay's replication connection."""
        server = self._connect("postgres")
        with server.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s",
                           (self.slot,))
        server.close()

    def log(self, since=0):
        try:
            with open(self.log_path, "rb") as file:
                file.seek(since)
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def log_size(self):
        return os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0

    def close(self):
        """Ends the relay and takes away what it had."""
        self.kill()
        for reader in self.readers.values():
            reader.close()
        self.positions.close()
        self.connection.close()
        server = self._connect("postgres")
        with server.cursor() as cursor:
            chain.wait_for(lambda: self._drop_slot(cursor), "slot %s to be free" % self.slot, 30)
            cursor.execute("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)" % self.name)
            cursor.execute("SELECT pg_replication_origin_drop(%s)", (self.origin,))
        server.close()
        made = [topic for topic in kafka.topics(self.broker) if topic.startswith(self.name + ".")]
        if made:
            kafka.delete_topics(self.broker, made)
        shutil.rmtree(self.directory)

    def _drop_slot(self, cursor):
        try:
            cursor.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
                           (self.slot,))
            return True
        except psycopg2.Error:
            return False

    # source transactions

    def write(self, *sizes):
        """One commit of so many source transactions, with so many pages each. Used by one thread at a time."""
        sequence, page, rows = self.sequence, self.next_page, []
        with self.connection.cursor() as cursor:
            calls = []
            for pages in sizes:
                sequence += 1
                if pages:
                    calls.append("PERFORM rig.create_pages(%d, %d);" % (page, pages))
                calls.append("PERFORM rig.mark(%d);" % sequence)
                rows.append((sequence, expected(sequence, page, pages)))
                page += pages
            cursor.execute("DO $$BEGIN %s END$$" % " ".join(calls))
        for number, events in rows:
            self.written += events
            self.events_before[number] = len(self.written)
        self.sequence, self.next_page = sequence, page

    # what came out

    def _read_to_end(self, reader, topic, timeout):
        """Messages up to what is the end of what is committed by now."""
        found = []

        def ask_end():
            try:
                return reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=1)
            except KafkaException:      # a topic made just now, or a broker that is stopped
                return None
        end = chain.wait_for(ask_end, "Kafka to tell the end of topic %s" % topic, timeout)[1]

        def at_end():
            done = False
            for message in reader.consume(1000, 0.005):
                if message.error() is None:
                    found.append(message)
                    done = message.offset() + 1 >= end
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    done = message.offset() >= end      # there may be one of before
            return done or end <= self._ends.get(topic, 0)
        chain.wait_for(at_end, "the end of topic %s" % topic, timeout, 0)
        self._ends[topic] = max(end, found[-1].offset() + 1 if found else 0)
        return found

    def read_position(self, timeout=30.0):
        """The last position record as a dict; what is wrong with the new ones is told by the next read()."""
        for message in self._read_to_end(self.positions, self.position_topic, timeout):
            if message.key() != self.slot.encode() or message.value() is None:
                continue
            record = json.loads(message.value())
            before, now = ((kafka.parse_lsn(p.get("lsn")), p.get("ordinal", 0)) for p in (self.position, record))
            if now < before:
                self.wrong.append("the position goes back: %r, then %r" % (self.position, record))
            previous = record.get("previous")
            if previous and self.position and previous != {k: self.position.get(k, 0) for k in previous}:
                self.wrong.append("after %r the position names %r as the one before" % (self.position, previous))
            told = sum(part["count"] for part in record.get("messages", []))
            if told != record.get("events", 0) - self.position.get("events", 0):
                self.wrong.append("after %r the position tells of %d messages: %r" % (self.position, told, record))
            self._check_claim(record)
            self.position = record
        return self.position

    def _check_claim(self, record):
        """
        How many events a position says were published is how many were written up to its GTID and index; each names the
        point of the one before.
        """
        sequence = int(record["gtid"].split("-")[2]) if record.get("gtid") else 0
        excess = record.get("events", 0) - record.get("index", 0) - self.events_before.get(sequence, -1)
        if excess != self.excess:
            self.wrong.append("position %r claims %d events more than were written" % (record, excess))
            self.excess = excess    # told once

    def position_sequence(self):
        gtid = self.read_position().get("gtid")
        return int(gtid.split("-")[2]) if gtid else 0

    def wait_published(self, timeout=30.0):
        """Until the position record covers all that was written; fails at once when the relay ends."""
        def covered():
            if not self.alive():
                raise sandbox.SandboxError("the relay ended with code %s:\n%s" % (
                    self.relay.process.poll(), self.log()[-3000:]))
            return self.position_sequence() >= self.sequence
        chain.wait_for(covered, lambda: "position %r, written up to 0-1-%d; the relay says:\n%s" % (
            self.position, self.sequence, self.log()[-2000:]), timeout, 0.005)

    def read(self, timeout=30.0):
        """Compares what the topics have since the last call with what was written since then: a Difference."""
        found = Difference()
        for stream, reader in self.readers.items():
            chain.wait_decided(self.broker, self.topics[stream], timeout)
            have = [kafka.Event(m) for m in self._read_to_end(reader, self.topics[stream], timeout)]
            found.add(compare([row for of, row in self.written[self.compared:] if of == stream],
                              [(e.page["page_id"], e.sequence, e.ordinal, e.last) for e in have]))
        self.compared = len(self.written)
        found.wrong += self.wrong
        self.wrong = []
        return found


class Writer:
    """Writes steadily in a thread while the `with` block runs: gaps and sizes by dice."""

    SIZES = (1, 1, 1, 1, 2, 2, 3, 5, 10, 100)

    def __init__(self, rig, dice, most_gap=0.03):
        self.rig, self.dice, self.most_gap = rig, dice, most_gap
        self.failure = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self._stop.is_set():
                burst = self.dice.random() < 0.2
                for _ in range(self.dice.randint(2, 6) if burst else 1):
                    self.rig.write(*self.dice.choices(self.SIZES, k=self.dice.choice((1, 1, 1, 3))))
                self._stop.wait(self.dice.uniform(0, self.most_gap))
        except Exception as failure:    # shown by the test's thread
            self.failure = failure

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()
        if self.failure and exc[0] is None:
            raise self.failure
