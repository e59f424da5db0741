"""
What a broker may do to the relay: stop answering, forget its ids, refuse a right, keep a stranger's transaction open.

The broker is the test's own (kafka_broker.py), so that the sandbox's goes on. The relay that these tests run has a
database and topics of its own (rig.py).
"""

import os
import random
import re
import shutil
import signal
import tempfile
import threading
import time

import pytest
from confluent_kafka import Producer

import chain
import kafka
import kafka_broker
import kafka_proxy
import rig
import sandbox
from kafka_broker import (DESCRIBE, DESCRIBE_CONFIGS, LITERAL, PREFIXED, READ, TOPIC, TRANSACTIONAL_ID, WRITE)
from kafka_proxy import Fault

TRANSACTION_MS = 1000       # the relay's transaction time-out
EXPIRY_MS = 1500            # of transactional ids and producer ids at the broker
STOP_SECONDS = 10           # SIGTERM ends the relay within, whatever Kafka does
SETTINGS = {"kafka.transaction_timeout_ms": TRANSACTION_MS}

POSITION, EVENTS = "{rig}.position", "{rig}." + kafka.STREAM
TRANSACTIONAL = "mwmirror-{rig}"    # how the relay's transactional ids begin
# what the relay needs (README.md), of one of the streams; READ and WRITE imply DESCRIBE
RIGHTS = [(TOPIC, POSITION, READ), (TOPIC, POSITION, WRITE), (TOPIC, POSITION, DESCRIBE_CONFIGS),
          (TOPIC, EVENTS, WRITE), (TOPIC, EVENTS, DESCRIBE_CONFIGS), (TRANSACTIONAL_ID, TRANSACTIONAL, WRITE),
          (TOPIC, EVENTS, READ)]
# user: (what it lacks, what it has instead, what a line of the log must name)
MISSING = {
    "no_read_position": (RIGHTS[0], None, ["READ", POSITION]),
    "no_write_position": (RIGHTS[1], None, ["WRITE", POSITION]),
    "no_describe_configs_position": (RIGHTS[2], None, ["DESCRIBE_CONFIGS", POSITION]),
    "no_write_events": (RIGHTS[3], (TOPIC, EVENTS, DESCRIBE), ["WRITE", EVENTS]),
    "no_read_events": (RIGHTS[6], None, ["READ", EVENTS]),
    "no_describe_configs_events": (RIGHTS[4], None, ["DESCRIBE_CONFIGS", EVENTS]),
    "no_write_id": (RIGHTS[5], (TRANSACTIONAL_ID, TRANSACTIONAL, DESCRIBE), ["WRITE", TRANSACTIONAL]),
    "second_id": (RIGHTS[5], (TRANSACTIONAL_ID, TRANSACTIONAL, "first"), ["WRITE", TRANSACTIONAL + "-2"]),
    "nothing_id": (RIGHTS[5], None, ["DESCRIBE", TRANSACTIONAL]),
}

@pytest.fixture(scope="module")
def broker(box):
    directory = tempfile.mkdtemp(prefix="mwmirror-kafka-", dir="/var/tmp")
    users = ["all", "no_create"] + list(MISSING)
    broker = kafka_broker.Broker(box.env["KAFKA_JARS"], os.path.join(directory, "kafka"), users, {
        "transactional.id.expiration.ms": EXPIRY_MS,
        "transaction.remove.expired.transaction.cleanup.interval.ms": 500,
        "producer.id.expiration.ms": EXPIRY_MS,
        "producer.id.expiration.check.interval.ms": 500,
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
    })
    try:
        yield broker.start()
    finally:
        broker.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def make(box, broker):
    """Makes rigs on the broker; they end with the test."""
    made = []

    def make(name, **arguments):
        arguments.setdefault("settings", SETTINGS)
        made.append(rig.Rig(box, name, broker=broker, **arguments))
        return made[-1]
    yield make
    broker.thaw()
    for one in made:
        one.close()


def assert_all_there(one, timeout=40):
    one.wait_published(timeout)
    difference = one.read()
    assert not difference, str(difference)


def wait_log(one, pattern, timeout, since=0):
    """Until the relay's log has a match; returns what was logged. An end of the relay without it fails at once."""
    def found():
        alive = one.alive()
        text = one.log(since)
        if re.search(pattern, text):
            return text
        assert alive, "the relay ended without saying %r:\n%s" % (pattern, text[-3000:])
        return None
    return chain.wait_for(found, lambda: "%r in the relay's log:\n%s" % (pattern, one.log(since)[-3000:]), timeout)


def warnings(one, since):
    return "\n".join(line for line in one.log(since).splitlines() if "ERROR" in line or "WARN" in line)


# A broker that stops for a while


def test_broker_stopped_at_random(broker, make, record_property):
    """SIGSTOP for shorter and for longer than the transaction time-out: the relay goes on by itself, exactly once."""
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    one = make("frozen").start()
    one.write(1)
    assert_all_there(one)
    with rig.Writer(one, dice):
        for pause in [dice.uniform(0.05, 0.5) for _ in range(4)] + [TRANSACTION_MS / 1000 + 1]:
            time.sleep(dice.uniform(0.05, 0.3))     # the random moment
            broker.freeze()
            time.sleep(pause)
            broker.thaw()
    assert_all_there(one, 60)
    record_property("broker stopped 5 times, seed %d" % seed,
                    "%d events: 0 lost, 0 doubled, 0 reordered" % one.compared)


@pytest.mark.parametrize("kind", ["Commit", "Produce", "AddPartitions", "InitProducerId"])
def test_broker_stopped_in_a_transaction(broker, make, kind):
    """It stops just when a request of this kind comes, for longer than the transaction time-out."""
    with kafka_proxy.Proxy(broker.proxy_listen, broker.proxied) as proxy:
        one = make("frozen_" + kind.lower(), bootstrap=broker.proxy_listen)
        proxy.calls["freeze"] = broker.freeze
        if kind != "InitProducerId":
            one.start()
            one.write(1)
            assert_all_there(one)
        proxy.arm([Fault(kind, 1, "call", call="freeze")])
        if kind == "InitProducerId":
            one.start()
        one.write(3, 100)
        chain.wait_for(proxy.idle, "a request %s" % kind, 20)
        one.write(1, 20)
        timer = threading.Timer(TRANSACTION_MS / 1000 + 0.7, broker.thaw)
        timer.start()
        assert_all_there(one)
        timer.join()
        one.write(2)
        assert_all_there(one)


def test_sigterm_while_the_broker_is_stopped(broker, make, record_property):
    """Idle, in the middle of a transaction, during a commit, at the start, and a relay that waits already."""
    with kafka_proxy.Proxy(broker.proxy_listen, broker.proxied) as proxy:
        idle, starting, busy, waiting = (make("sigterm_" + name) for name in ("idle", "starting", "busy", "waiting"))
        committing = make("sigterm_commit", bootstrap=broker.proxy_listen)
        relays = {"idle": idle, "busy": busy, "waiting": waiting, "committing": committing}
        for one in relays.values():
            one.start()
            one.write(1)
        for one in relays.values():
            assert_all_there(one)
        proxy.calls["freeze"] = broker.freeze
        proxy.arm([Fault("Commit", 1, "call", call="freeze")])
        committing.write(10)
        chain.wait_for(proxy.idle, "a commit", 20)
        busy.write(100)
        waiting.write(1)
        relays["starting"] = starting.start()
        # its messages time out, so that it tries to begin anew; by then the other one has begun to wait, too
        wait_log(waiting, r"Kafka (at \S+ )?(could|did|does) not", 20)
        begun = time.monotonic()
        for one in relays.values():
            one.relay.process.terminate()
        took = {}
        for name, one in relays.items():
            left = begun + STOP_SECONDS + 5 - time.monotonic()
            one.wait(max(0.1, left))
            took[name] = time.monotonic() - begun
        assert max(took.values()) < STOP_SECONDS, took
        record_property("SIGTERM while the broker is stopped", "ends after at most %.1f s" % max(took.values()))
        broker.thaw()
        for one in relays.values():
            one.start()
        for one in relays.values():
            assert_all_there(one)


# Strangers and ids


def hanging_transaction(broker, topic):
    """A transaction of somebody else that is open, with a message in the topic. The caller aborts it."""
    stranger = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "stranger-" + topic,
                         "transaction.timeout.ms": 600000, "log_level": 0})
    stranger.init_transactions(20)
    stranger.begin_transaction()
    stranger.produce(topic, key=b"stranger", value=b"{}")
    stranger.flush(20)
    return stranger


def test_strangers_transaction_on_the_position_topic(broker, make):
    """It hides our own last record from a read_committed reader: the relay must not begin without having seen it."""
    one = make("hanging")
    one.start()
    one.write(5)
    assert_all_there(one)
    assert one.stop() == 0
    stranger = hanging_transaction(broker, one.position_topic)
    log_at = one.log_size()
    try:
        one.start()
        one.write(5)
        # either it can tell its own records from the stranger's, or it says what it waits for and how to end that
        chain.wait_for(lambda: one.position_sequence() >= one.sequence or "find-hanging" in one.log(log_at),
                       lambda: "the relay to go on or to name find-hanging:\n%s" % one.log(log_at)[-3000:], 30)
        if "find-hanging" in one.log(log_at):
            assert one.position_topic in one.log(log_at)
        assert one.alive(), one.log(log_at)
    finally:
        stranger.abort_transaction(20)
    assert_all_there(one)


def test_strangers_transaction_on_an_events_topic(broker, make):
    """Readers wait for it; the relay does not."""
    one = make("hanging_events").start()
    one.write(5)
    assert_all_there(one)
    stranger = hanging_transaction(broker, one.topic)
    try:
        one.write(5)
        one.wait_published()
    finally:
        stranger.abort_transaction(20)
    # the stranger's message was aborted with it
    assert_all_there(one)


def test_ids_that_the_broker_has_forgotten(broker, make):
    """An idle week: the broker has forgotten the transactional id, and the producer id. The relay goes on."""
    one = make("idle_week").start()
    one.write(5)
    assert_all_there(one)
    # the relay writes nothing while nothing moves; two clean-ups later both are forgotten
    time.sleep(EXPIRY_MS / 1000 + 1.2)
    for _ in range(3):
        one.write(5)
        assert_all_there(one)


# Topics and rights


@pytest.mark.parametrize("which, partitions, config, named", [
    ("position", 2, {"cleanup.policy": "compact"}, "partition"),
    ("position", 1, {"cleanup.policy": "delete"}, "cleanup.policy"),
    ("events", 3, {}, "partition"),
    ("events", 1, {"cleanup.policy": "compact"}, "cleanup.policy"),
])
def test_topic_that_is_not_as_planned_is_refused(broker, make, which, partitions, config, named):
    one = make("planned", topics=False)
    name = one.position_topic if which == "position" else one.topic
    kafka.create_topic(broker, name, partitions, config)
    one.run("topics", check=False)      # makes the other one
    one.start()
    code = one.wait(8)
    assert code not in (0, None), one.log()
    line = [line for line in one.log().splitlines() if "ERROR" in line and name in line and named in line]
    assert line, one.log()
    assert "kafka-configs.sh" in line[0] or "delete it" in line[0], line[0]


@pytest.fixture(scope="module")
def guarded(box, broker):
    """A rig whose relay has a name, with the rights of every case."""
    one = rig.Rig(box, "rights", broker=broker, settings=SETTINGS)
    rules = []

    def allow(user, right):
        resource, name, operation = right
        # the relay's transactional ids begin alike
        pattern = PREFIXED if resource == TRANSACTIONAL_ID and operation != "first" else LITERAL
        operation = WRITE if operation == "first" else operation
        rules.append((user, resource, name.format(rig=one.name), pattern, operation))
    rules.append(("no_create", TOPIC, "uncreated", PREFIXED, DESCRIBE))
    for user, (missing, instead, _) in list(MISSING.items()) + [("all", (None, None, None))]:
        for right in RIGHTS:
            if right != missing:
                allow(user, right)
        for stream in set(kafka.streams(box)) - {kafka.STREAM}:
            for operation in (WRITE, READ, DESCRIBE_CONFIGS):
                allow(user, (TOPIC, "%s.%s" % (one.name, stream), operation))
        if instead:
            allow(user, instead)
    broker.create_acls(rules)
    try:
        leave_messages(one)
        yield one
    finally:
        one.close()


def configure_as(one, user):
    one.configure(one.broker.sasl, SETTINGS, {
        "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": user, "sasl.password": user})


def start_as(one, user):
    one.stop(STOP_SECONDS)
    at = one.log_size()
    configure_as(one, user)
    one.start()
    return at


def leave_messages(one):
    """
    Leaves a position to be read, and messages to be looked for. A stop may store a position that only moves past WAL
    without events, such as that of PostgreSQL tidying a page of the catalog; it does so once.
    """
    for _ in range(5):
        start_as(one, "all")
        one.write(1)
        assert_all_there(one)
        one.stop(STOP_SECONDS)
        if one.read_position()["messages"]:
            return
    raise AssertionError("no record with messages is the last: %r" % one.position)


@pytest.mark.parametrize("user", sorted(MISSING))
def test_missing_right_is_named(guarded, user):
    """Within seconds the log says which right on what is missing. The relay ends or waits; nothing is published."""
    named = [text.format(rig=guarded.name) for text in MISSING[user][2]]
    at = start_as(guarded, user)
    guarded.write(1)
    before = guarded.position_sequence()
    try:
        # the topic may stand in librdkafka's warning, the right in the hint behind it
        chain.wait_for(lambda: all(word in warnings(guarded, at) for word in named),
                       lambda: "a line that names %s:\n%s" % (" and ".join(named), guarded.log(at)[-3000:]), 10)
        assert guarded.position_sequence() == before
    finally:
        assert guarded.stop(STOP_SECONDS) is not None


@pytest.mark.parametrize("user, which", [
    ("no_describe_configs_position", "position"), ("no_describe_configs_events", "events")])
def test_topics_names_the_right_to_describe(guarded, user, which):
    guarded.stop(STOP_SECONDS)
    configure_as(guarded, user)
    done = guarded.run("topics", check=False)
    name = guarded.position_topic if which == "position" else guarded.topic
    assert done.returncode != 0
    assert [line for line in done.stdout.splitlines() if "DESCRIBE_CONFIGS" in line and name in line], done.stdout


def test_topics_names_the_right_to_create(guarded, make):
    one = make("uncreated", topics=False)
    configure_as(one, "no_create")
    done = one.run("topics", check=False)
    assert done.returncode != 0
    assert [line for line in done.stdout.splitlines() if "CREATE" in line and one.position_topic in line], done.stdout


def test_rights_that_are_enough(guarded):
    """The relay works with the rights that the README lists, and what the cases before have held back comes now."""
    at = start_as(guarded, "all")
    guarded.write(3)
    assert_all_there(guarded)
    assert "uthorization" not in guarded.log(at), guarded.log(at)
    assert guarded.stop() == 0


@pytest.mark.parametrize("verb", ["status", "relay"])
def test_broker_stopped_while_the_position_is_read(live, verb, tmp_path):
    """SIGSTOP of the broker at any moment of a start: SIGTERM ends the verb within seconds."""
    box = live
    broker = box.pid("kafka")
    longest = 0.0
    if verb == "relay":
        box.service("stop", "relay")
    try:
        for number in range(10):
            daemon = sandbox.Daemon(box, verb, str(tmp_path / ("%s%d.log" % (verb, number))))
            time.sleep(0.02 * number)  # the moment
            os.kill(broker, signal.SIGSTOP)
            try:
                time.sleep(0.3)
                began = time.monotonic()
                daemon.stop(8)
                longest = max(longest, time.monotonic() - began)
            finally:
                os.kill(broker, signal.SIGCONT)
                daemon.kill()
    finally:
        if verb == "relay":
            box.service("start", "relay")
    chain.wait_stream(box)
