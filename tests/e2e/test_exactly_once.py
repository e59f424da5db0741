"""
Kill everything at random under load, and count.

Three witnesses must agree: MariaDB's binlog (by MariaDB's own tool), a read_committed consumer of the topic, and
the mirror. The seed is printed; MWMIRROR_SEED repeats a run's choices.
"""

import os
import random
import signal
import threading
import time

import pymysql

import binlog
import chain
import compare
import events
import kafka
import sandbox
import workload

KILLS = 22          # of follow and of relay, each
PAGES, ACTORS = 40, 5


class Load:
    """Edits in both wikis by SQL at speed, and by the API like people; goes on when servers go away."""

    def __init__(self, box):
        self.box = box
        self.stop = threading.Event()
        self.failures = 0
        self.done = {"sql": 0, "api": 0}
        self.threads = [threading.Thread(target=self.sql, args=(wiki,)) for wiki in ("wiki39", "wiki43")]
        self.threads += [threading.Thread(target=self.api, args=(wiki,)) for wiki in ("39", "43")]

    def sql(self, wiki):
        connection, number = None, 0
        while not self.stop.is_set():
            try:
                connection = connection or self.box.maria(fresh=True)
                workload.edits(connection, wiki, number, 10, PAGES, ACTORS)
                number += 10
                self.done["sql"] += 10
                # a rate that leaves the machine something: 10 edits, then a breath
                self.stop.wait(0.02)
            except (pymysql.Error, OSError):
                connection = None
                self.failures += 1
                self.stop.wait(0.05)

    def api(self, name):
        wiki, number = None, 0
        while not self.stop.is_set():
            number += 1
            try:
                wiki = wiki or self.box.wiki(name)
                wiki.edit("Storm %d" % (number % 7), "text %d" % number, "edit %d" % number)
                self.done["api"] += 1
            except Exception:  # whatever MediaWiki says while its database is away
                self.failures += 1
                self.stop.wait(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def prepare(box):
    for wiki in ("wiki39", "wiki43"):
        connection = box.maria(fresh=True)
        workload.install(connection, wiki)
        workload.prepare(connection, wiki, PAGES, ACTORS)
        connection.close()


def begin(box):
    """Prepares the load and waits until all is quiet; returns the place in binlog and topics, as assert_once takes it."""
    prepare(box)
    chain.wait_stream(box)
    return chain.source_position(box), kafka.end_offsets(box)


def kill(box, name):
    pid = box.pid(name)
    assert pid, "%s does not run:\n%s" % (name, box.log_tail(name))
    os.kill(pid, signal.SIGKILL)
    chain.wait_for(lambda: box.pid(name) is None, "end of %s" % name, 10, 0.005)
    box.service("start", name)


def assert_once(box, start_gtid, start_offsets):
    """
    The topics from their offsets have what the binlog has from a GTID: each once, in order, and nothing else. What the
    binlog says is known of page_change; that the other streams lack nothing is told by the numbers in the headers.
    """
    want = binlog.expected_events(box, start_gtid, {"wiki39", "wiki43"})
    have = kafka.all_events(box, start_offsets)
    got = [events.in_short(e.gtid, e.value) for e in have if e.stream == kafka.STREAM]
    if got != want:
        lost, more = set(want) - set(got), set(got) - set(want)
        first = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
        raise AssertionError("binlog %d, topic %d, lost %d %s, twice %d, not in the binlog %d %s; first difference at"
                             " %d: topic %s, binlog %s" % (
                                 len(want), len(got), len(lost), sorted(lost)[:3], len(got) - len(set(got)), len(more),
                                 sorted(more)[:3], first, got[first:first + 3], want[first:first + 3]))
    assert len({e.value["meta"]["id"] for e in have}) == len(have)
    offsets = {}
    for event in have:
        assert event.offset > offsets.get(event.stream, -1), "%r is not in its topic's order" % event
        offsets[event.stream] = event.offset
    return len(want)


def test_fault_storm(live, record_property):
    """SIGKILL of follow and relay, restarts and SIGKILLs of PostgreSQL, MariaDB and Kafka, all under load."""
    box = live
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    start = begin(box)
    faults = KILLS * ["follow", "relay"] + [
        "restart postgres", "restart mariadb", "restart kafka", "kill postgres", "kill mariadb", "kill kafka"]
    dice.shuffle(faults)
    done = []
    began = time.monotonic()
    with Load(box) as load:
        for fault in faults:
            time.sleep(dice.uniform(0.02, 0.35))  # the random moment
            if " " not in fault:
                kill(box, fault)
            else:
                verb, name = fault.split()
                daemons = [(d, box.pid(d)) for d in ("follow", "relay")]
                box.service(verb, name)
                if verb == "kill":
                    box.service("start", name)
                for daemon, pid in daemons:
                    assert box.pid(daemon) == pid, "%s ended when %s went away:\n%s" % (
                        daemon, name, box.log_tail(daemon))
            done.append(fault)
        chain.wait_for(lambda: load.done["api"] > 20, "some edits by the API", 30)
    chain.wait_stream(box, 120)
    count = assert_once(box, *start)
    record_property("fault storm, seed %d" % seed, "%d kills of follow, %d of relay, %d faults of servers in %.0f s: %d"
                    " events, 0 lost, 0 twice, 0 out of order" % (
                        done.count("follow"), done.count("relay"), len(done) - 2 * KILLS,
                        time.monotonic() - began, count))
    assert count > 500, "too little load: %d events, %r" % (count, load.done)
    assert min(load.done.values()) > 0
    for wiki in ("wiki39", "wiki43"):
        compare.assert_equal(box, wiki)


def test_clean_restarts_under_load(live):
    """SIGTERM, exit code 0 and no loss either; the position is where the work stopped."""
    box = live
    start = begin(box)
    with Load(box) as load:
        for name in 3 * ["follow", "relay"]:
            box.service("restart", name)
            reached = load.done["sql"]
            chain.wait_for(lambda: load.done["sql"] > reached, "the load to go on", 20)
    chain.wait_stream(box)
    assert assert_once(box, *start) > 20
