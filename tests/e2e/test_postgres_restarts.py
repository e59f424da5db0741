"""
PostgreSQL goes away in every way it can, under load, and the daemons never end because of it.

MWMIRROR_RESTARTS=100 is the long form. The seed is printed; MWMIRROR_SEED repeats a run's choices.
"""

import os
import random
import signal
import time

import psycopg2
import psycopg2.extras
import pytest

import chain
import sandbox
from test_exactly_once import Load, assert_once, begin

ROUNDS = int(os.environ.get("MWMIRROR_RESTARTS", "10"))
FAULTS = ["restart", "kill", "crash", "crash at once", "terminate", "cancel"]


def backend(box, kind):
    return box.pg_value("SELECT pid FROM pg_stat_activity WHERE backend_type = %s LIMIT 1", (kind,))


def postmaster_is_up(box):
    try:
        box.pg(fresh=True).close()
        return True
    except psycopg2.Error:
        return False


def crash(box):
    """SIGKILL of a process that shares memory: the server ends all sessions and recovers by itself."""
    def is_down():
        try:
            cursor.execute("SELECT 1")
            return False
        except psycopg2.Error:
            return True
    with box.pg(fresh=True).cursor() as cursor:
        os.kill(backend(box, "checkpointer"), signal.SIGKILL)
        chain.wait_for(is_down, "the crash", 30)
    chain.wait_for(lambda: postmaster_is_up(box), "recovery", 30)


def inject(box, fault):
    if fault == "restart":
        box.service("restart", "postgres")
    elif fault == "kill":
        box.service("kill", "postgres")
        box.service("start", "postgres")
    elif fault in ("crash", "crash at once"):
        crash(box)
        if fault == "crash at once":  # while the daemons connect anew
            crash(box)
    else:
        box.pg_rows("SELECT pg_%s_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'mwmirror %%'" % fault)


def test_restarts_and_crashes(live, record_property):
    box = live
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    start = begin(box)
    pids = {name: box.pid(name) for name in ("relay", "follow")}
    faults = [FAULTS[number % len(FAULTS)] for number in range(ROUNDS)]
    dice.shuffle(faults)
    with Load(box):
        for number, fault in enumerate(faults):
            time.sleep(dice.uniform(0.0, 0.5))  # the random moment
            inject(box, fault)
            for name, pid in pids.items():
                assert box.pid(name) == pid, "%s ended in round %d, %s:\n%s" % (name, number, fault, box.log_tail(name))
    chain.wait_stream(box, 120)
    assert {name: box.pid(name) for name in pids} == pids
    count = assert_once(box, *start)
    assert count > 5 * ROUNDS
    record_property("restarts of PostgreSQL, seed %d" % seed,
                    "%d restarts and crashes: relay and follow ended 0 times, %d events, 0 lost, 0 twice" % (ROUNDS, count))


def end_walsender(box):
    """Ends the relay's session once it has one."""
    chain.wait_for(lambda: box.pg_value("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                                        " WHERE slot_name = 'mwmirror'"), "a walsender to end", 20)


class Hog:
    """Takes all walsenders that are left, as pg_receivewal would."""

    def __init__(self, box):
        self.box = box
        self.connections = []

    def __enter__(self):
        while True:
            try:
                self.connections.append(psycopg2.connect(
                    host=self.box.env["PGHOST"], port=self.box.env["PGPORT"], user=self.box.env["PGUSER"],
                    dbname=self.box.env["PGDATABASE"],
                    connection_factory=psycopg2.extras.LogicalReplicationConnection))
            except psycopg2.OperationalError as error:
                assert "max_wal_senders" in str(error)
                return self

    def __exit__(self, *exc):
        for connection in self.connections:
            connection.close()


def test_no_walsender_is_left(live):
    """The relay waits for one instead of ending, and goes on when there is one."""
    box = live
    relay = box.pid("relay")
    length = len(box.log("relay"))
    said = lambda: "max_wal_senders" in box.log("relay")[length:]

    def sent_away():
        """Ends the relay's session and takes its place, unless the relay is quicker and has it again."""
        end_walsender(box)
        with Hog(box):
            deadline = time.monotonic() + 2
            while not said() and time.monotonic() < deadline:
                time.sleep(0.02)
            return said()
    with Hog(box):
        chain.wait_for(sent_away, lambda: "the relay to be sent away: " + box.log("relay")[length:], 60)
        assert box.pid("relay") == relay
    box.wiki("39").edit("After no walsender was left", "x", "y")
    chain.wait_stream(box)
    assert box.pid("relay") == relay


@pytest.mark.parametrize("damage,repair", [
    ("ALTER ROLE mwmirror_relay_login NOLOGIN", "ALTER ROLE mwmirror_relay_login LOGIN"),
    ("ALTER ROLE mwmirror_relay_login NOREPLICATION", "ALTER ROLE mwmirror_relay_login REPLICATION"),
])
def test_refusals_are_final(live, damage, repair):
    """What only a person can change ends the relay, once it has been said twice."""
    box = live
    length = len(box.log("relay"))
    box.expect_dead.add("relay")
    try:
        box.pg_rows(damage)
        end_walsender(box)
        chain.wait_for(lambda: box.pid("relay") is None, lambda: "the relay's end: " + box.log("relay")[length:], 30)
        said = box.log("relay")[length:]
        assert "WARN  relay: PostgreSQL refuses the connection" in said, said
        assert "ERROR relay: PostgreSQL refuses the connection" in said and "REPLICATION" in said, said
    finally:
        box.pg_rows(repair)
        box.expect_dead.discard("relay")
        box.service("start", "relay")
    chain.wait_stream(box)


def test_stop_while_postgres_hangs(live, tmp_path):
    """SIGTERM ends a relay that waits for a server which accepts connections and never answers."""
    box = live
    box.service("stop", "relay")
    postmaster = box.pid("postgres")
    os.kill(postmaster, signal.SIGSTOP)
    try:
        relay = sandbox.Daemon(box, "relay", str(tmp_path / "relay.log"))
        chain.wait_for(relay.connects, "the relay to connect", 10)
        began = time.monotonic()
        assert relay.stop(10) == 0
        assert time.monotonic() - began < 3
    finally:
        os.kill(postmaster, signal.SIGCONT)
        box.service("start", "relay")
    chain.wait_stream(box)
