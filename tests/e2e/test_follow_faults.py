"""PostgreSQL as follow meets it on a bad day, and a follow that is dead without its session knowing."""

import contextlib
import os
import random
import signal
import socket
import threading
import time

import pytest

import chain
import compare
from bare import FENCED, WIKI, Edits, small_sandbox
from test_promotion import Standby

FOLLOW = "application_name = 'mwmirror follow'"


@pytest.fixture(scope="module")
def bare():
    """init, one wiki, copied; pages to edit."""
    with small_sandbox("follow") as bare:
        bare.create_wiki()
        yield bare


@pytest.fixture
def follow(bare):
    """A follow that must still run at the end, and have missed nothing."""
    daemon = bare.daemon("follow")
    try:
        yield daemon
        bare.edit()
        await_goal(bare, daemon)
        began = time.monotonic()
        assert daemon.stop() == 0, daemon.log()
        assert time.monotonic() - began < 8, daemon.log()
        compare.assert_equal(bare.box, WIKI)
    finally:
        daemon.kill()


def await_goal(bare, daemon, timeout=60):
    goal = chain.source_position(bare.box)

    def there():
        assert daemon.process.poll() is None, daemon.log()
        return chain.reached(bare.position(), goal)
    chain.wait_for(there, lambda: "at %s, not %s:\n%s" % (bare.position(), goal, daemon.log()[-3000:]), timeout)


def await_said(daemon, text, timeout=30):
    chain.wait_for(lambda: text in daemon.log(), lambda: "%r in:\n%s" % (text, daemon.log()[-3000:]), timeout)


def sessions(box):
    return [pid for pid, in box.pg_rows("SELECT pid FROM pg_stat_activity WHERE " + FOLLOW)]


def edits(bare):
    return Edits(lambda: bare.box.maria(fresh=True))


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_an_operator_ends_what_it_does(bare, follow, function):
    dice = random.Random(1)
    with edits(bare):
        for _ in range(15):
            time.sleep(dice.uniform(0.0, 0.2))  # the random moment
            bare.box.pg_rows("SELECT %s(pid) FROM pg_stat_activity WHERE %s" % (function, FOLLOW))


def test_a_server_that_only_reads(bare, follow):
    """By default_transaction_read_only: as a server that is being replaced."""
    bare.edit()
    await_goal(bare, follow)
    box = bare.box
    box.pg_rows("ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        box.pg_rows("SELECT pg_reload_conf()")
        bare.edit()
        await_said(follow, "read-only")
        box.pg_rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + FOLLOW)
        await_said(follow, "session is read-only")   # a new connection is, too; said once a minute
    finally:
        with box.pg(fresh=True).cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute("ALTER SYSTEM RESET default_transaction_read_only")
            cursor.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("attributes", ["", "any"])
def test_a_demoted_server(bare, attributes):
    """It comes back as a standby, and follow waits until it or another is promoted."""
    box = bare.box
    data = os.path.join(bare.directory, "postgres", "data")
    env = {}
    if attributes:
        env["MWMIRROR_POSTGRES_CONNINFO"] = "host=%s port=%s dbname=%s user=%s target_session_attrs=%s" % (
            tuple(box.env["PG" + name] for name in ("HOST", "PORT", "DATABASE", "USER")) + (attributes,))
    daemon = bare.daemon("follow", env=env)
    try:
        bare.edit()
        await_goal(bare, daemon)
        box.service("stop", "postgres")
        open(os.path.join(data, "standby.signal"), "w").close()
        box.service("start", "postgres")
        bare.edit()
        await_said(daemon, "read-only")
        assert box.pg_value("SELECT pg_promote()")
        await_goal(bare, daemon)
        assert daemon.stop() == 0
    finally:
        daemon.kill()
        with contextlib.suppress(OSError):
            os.remove(os.path.join(data, "standby.signal"))
    bare.catches_up()


def test_the_host_that_writes_is_taken(bare):
    """The first of two only reads, by default and without a word in conninfo; then they change their parts."""
    box = bare.box
    standby = Standby(box)
    standby.create()
    env = {"MWMIRROR_POSTGRES_CONNINFO": "host=%s,%s port=%s,%s dbname=%s user=%s" % (
        standby.directory, box.env["PGHOST"], standby.port, box.env["PGPORT"], box.env["PGDATABASE"], box.env["PGUSER"])}
    daemon = bare.daemon("follow", env=env)
    try:
        bare.edit()
        await_goal(bare, daemon)
        chain.wait_for(lambda: standby.value("SELECT gtid_pos FROM mwmirror.source") == bare.position(), "the standby", 30)
        box.service("stop", "postgres")
        bare.edit()
        goal = chain.source_position(box)
        assert standby.value("SELECT pg_promote()")
        chain.wait_for(lambda: chain.reached(standby.value("SELECT gtid_pos FROM mwmirror.source"), goal), daemon.log, 60)
        assert daemon.stop() == 0
    finally:
        daemon.kill()
        standby.close()
        box.service("start", "postgres")
    bare.catches_up()


def test_stop_while_postgres_hangs(bare):
    """Frozen whole: SIGTERM ends follow within seconds, in the middle of its work and while it connects."""
    daemon = bare.daemon("follow")
    frozen = []
    try:
        with edits(bare):
            await_said(daemon, "reading the binlog")
            postmaster = bare.box.pid("postgres")
            frozen = sessions(bare.box) + [postmaster]
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        assert daemon.stop(10) == 0, daemon.log()
        assert time.monotonic() - began < 8, daemon.log()
        daemon = bare.daemon("follow")
        chain.wait_for(daemon.connects, "follow to connect", 10)
        began = time.monotonic()
        assert daemon.stop(10) == 0, daemon.log()
        assert time.monotonic() - began < 3, daemon.log()
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        daemon.kill()
    bare.catches_up()


def test_time_limits_of_the_database(bare, follow):
    """A DBA limits statements, waits for locks and open transactions for everybody: follow has no limit, as its waits have none."""
    box = bare.box
    limits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    if box.pg_value("SELECT count(*) FROM pg_settings WHERE name = 'transaction_timeout'"):
        limits.append("transaction_timeout")
    for limit in limits:
        box.pg_rows("ALTER DATABASE %s SET %s = '300ms'" % (box.env["PGDATABASE"], limit))
    locker = box.pg(fresh=True)
    locker.autocommit = False
    try:
        with locker.cursor() as cursor:
            # in this one
            for limit in limits:
                cursor.execute("SET %s = 0" % limit)
            box.pg_rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + FOLLOW)
            bare.edit()
            await_goal(bare, follow)
            cursor.execute("LOCK TABLE mediawiki.page IN ACCESS EXCLUSIVE MODE")
            bare.edit()
            chain.wait_for(lambda: waits_since(cursor) > 0.8, follow.log, 20)
        locker.rollback()
        await_goal(bare, follow)
        assert "timeout" not in follow.log(), follow.log()
    finally:
        locker.close()
        with box.pg(fresh=True).cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            for limit in limits:
                cursor.execute("ALTER DATABASE %s RESET %s" % (box.env["PGDATABASE"], limit))


def waits_since(cursor):
    """Seconds that follow has waited for a lock."""
    cursor.execute("SELECT coalesce(extract(epoch FROM max(clock_timestamp() - query_start)), 0) FROM pg_stat_activity"
                   " WHERE wait_event_type = 'Lock' AND " + FOLLOW)
    return cursor.fetchone()[0]


# the lock of a follow that is no more


# sooner than in life
TAKEOVER = {"MWMIRROR_SOURCE_TAKEOVER_S": "6"}


def test_a_frozen_follow_is_replaced(bare):
    """It shows no sign of life, so the second one ends its session; when it wakes it finds itself replaced and ends."""
    first, second = bare.daemon("follow", env=TAKEOVER), None
    try:
        with edits(bare):
            await_said(first, "reading the binlog")
            os.kill(first.pid, signal.SIGSTOP)
            second = bare.daemon("follow", env=TAKEOVER)
            await_said(second, "is being written by another session", 10)
            await_said(second, "no sign of life", 45)
            await_said(second, "reading the binlog", 20)
        # MariaDB begins no second stream of a server id while it still writes to the first
        await_goal(bare, second, 120)
        os.kill(first.pid, signal.SIGCONT)
        with edits(bare):
            assert first.wait(90) == FENCED, first.log()
        await_goal(bare, second)
        assert second.stop() == 0
    finally:
        first.kill()
        if second:
            second.kill()
    compare.assert_equal(bare.box, WIKI)


class Proxy:
    """Passes a Unix socket on to PostgreSQL's; once it is cut it neither passes nor closes anything, like a dead network."""

    def __init__(self, directory, port, server):
        os.makedirs(directory, exist_ok=True)
        self.server = os.path.join(server, ".s.PGSQL." + port)
        self.cut = threading.Event()
        self.kept = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(directory, ".s.PGSQL." + port))
        self.listener.listen(5)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.server)
                self.kept += [client, server]
                for a, b in ((client, server), (server, client)):
                    threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    def pump(self, a, b):
        with contextlib.suppress(OSError):
            while True:
                data = a.recv(65536)
                if self.cut.is_set():
                    return
                if not data:
                    b.shutdown(socket.SHUT_WR)
                    return
                b.sendall(data)

    def close(self):
        self.listener.close()
        for peer in self.kept:
            peer.close()


def test_a_host_that_died_is_replaced(bare):
    """Its session stays at the server, in the middle of a group; nobody starts or stops anything by hand."""
    box = bare.box
    proxy = Proxy(os.path.join(bare.directory, "proxy"), box.env["PGPORT"], box.env["PGHOST"])
    conninfo = "host=%s/proxy port=%s dbname=%s user=%s" % (
        bare.directory, box.env["PGPORT"], box.env["PGDATABASE"], box.env["PGUSER"])
    first, second = bare.daemon("follow", env=dict(TAKEOVER, MWMIRROR_POSTGRES_CONNINFO=conninfo)), None
    try:
        with edits(bare):
            await_said(first, "reading the binlog")
            proxy.cut.set()
            first.kill()
            assert len(sessions(box)) == 1
            second = bare.daemon("follow", env=TAKEOVER)
            await_said(second, "no sign of life", 60)
        await_goal(bare, second)
        assert second.stop() == 0
    finally:
        proxy.close()
        first.kill()
        if second:
            second.kill()
    compare.assert_equal(box, WIKI)


def test_follow_waits_for_a_snapshot(bare):
    """It is said at once for whom, and follow begins when it is done."""
    box = bare.box
    with box.pg(fresh=True).cursor() as other:
        other.execute("SET application_name = 'mwmirror snapshot'")
        other.execute("SELECT pg_advisory_lock(hashtextextended('mwmirror source main', 0))")
        daemon = bare.daemon("follow")
        try:
            await_said(daemon, "mwmirror snapshot", 5)
            other.execute("SELECT pg_advisory_unlock_all()")
            bare.edit()
            await_goal(bare, daemon)
            assert daemon.stop() == 0
        finally:
            daemon.kill()
