"""
A physical standby takes over: what the relay and follow make of it.

PostgreSQL up to 16 does not keep logical slots on standbys: `init` makes one after the promotion. A slot that is kept there,
as PostgreSQL 17 does it, is played by a copy of the primary's.
"""

import json
import os
import shutil
import subprocess
import time

import pytest

import binlog
import chain
import compare
import events
import kafka
import sandbox
from postgres_server import PostgresServer
from test_exactly_once import prepare

TARGET = 5
SLOT = "promoted"


class Standby(PostgresServer):
    """A standby of the sandbox's PostgreSQL, in its folder, and daemons that are led to it."""

    def __init__(self, box):
        bindir = subprocess.run(["pg_config", "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        super().__init__(os.path.join(box.directory, "standby"), str(int(box.env["PGPORT"]) + 1), box.env["PGDATABASE"], bindir)
        self.box = box
        self.daemons = []

    def conninfo(self, user):
        return "host=%s port=%s dbname=%s user=%s" % (self.directory, self.port, self.database, user)

    def create(self):
        self.run("pg_basebackup", "--pgdata=" + self.data, "--checkpoint=fast", "--write-recovery-conf",
                 "--host=" + self.box.env["PGHOST"], "--port=" + self.box.env["PGPORT"], "--username=postgres")
        self.backup_lsn = self.box.pg_value("SELECT pg_current_wal_flush_lsn()")
        self.configure("hot_standby_feedback = on\n")
        self.start()

    def catch_up(self):
        lsn = self.box.pg_value("SELECT pg_current_wal_flush_lsn()")
        chain.wait_for(lambda: self.value("SELECT pg_last_wal_replay_lsn() >= '%s'" % lsn), "the standby at " + lsn, 30)

    def cut_off(self):
        """It gets no more from the primary."""
        self.value("ALTER SYSTEM SET primary_conninfo = ''")
        self.value("SELECT pg_reload_conf()")
        chain.wait_for(lambda: self.value("SELECT count(*) FROM pg_stat_wal_receiver") == 0, "no walreceiver", 20)

    def keep_slot(self):
        """A copy of the slot, as it is now at the primary, once it needs no WAL of before the base backup."""
        def is_young():
            self.box.pg_rows("CHECKPOINT")  # writes slots, and what lets them move
            return self.box.pg_value("SELECT restart_lsn > %s FROM pg_replication_slots WHERE slot_name = %s",
                                     (self.backup_lsn, SLOT))
        chain.wait_for(is_young, "the slot to move", 30, 0.2)
        self.stop()
        source = os.path.join(self.box.directory, "postgres", "data", "pg_replslot", SLOT)
        target = os.path.join(self.data, "pg_replslot", SLOT)
        shutil.copytree(source, target)
        self.give(target, os.path.join(target, "state"))
        self.start()

    def environment(self, here=True):
        env = {"MWMIRROR_RELAY_SLOT": SLOT, "MWMIRROR_RELAY_SINK": "file",
               "MWMIRROR_RELAY_FILE": os.path.join(self.directory, "events"), "MWMIRROR_SOURCE_SERVER_ID": "7399"}
        if here:
            env.update(MWMIRROR_POSTGRES_CONNINFO=self.conninfo("mwmirror_follow"),
                       MWMIRROR_POSTGRES_ADMIN_CONNINFO=self.conninfo("postgres"),
                       MWMIRROR_RELAY_CONNINFO=self.conninfo("mwmirror_relay_login"))
        return env

    def mwmirror(self, *args, here=True):
        return self.box.mwmirror(*args, env=self.environment(here))

    def daemon(self, verb, *args, here=True):
        daemon = sandbox.Daemon(self.box, verb, os.path.join(self.directory, verb + ".log"), *args,
                                env=self.environment(here))
        self.daemons.append(daemon)
        return daemon

    def events(self):
        """What the relay has written: (gtid, wiki, kind, page, revision)."""
        found = events.envelopes(os.path.join(self.directory, "events"))
        return [events.in_short(event["headers"]["gtid"], event["value"]) for event in found]

    def position(self):
        with open(os.path.join(self.directory, "events.position")) as file:
            return json.load(file)["position"]

    def close(self):
        for daemon in self.daemons:
            daemon.kill()
        super().close()


@pytest.fixture
def standby(live):
    """A standby that streams; a relay with a file of its own reads from the primary; edits are in both."""
    prepare(live)
    chain.wait_mirror(live)
    standby = Standby(live)
    live.pg_value("SELECT mwmirror.slot_create(%s)", (SLOT,))
    try:
        standby.start_gtid = chain.source_position(live)
        standby.create()
        standby.relay = standby.daemon("relay", "--format", "envelope", here=False)
        edit(live, "Before the promotion")
        wait_file(standby)
        yield standby
    finally:
        standby.close()
        live.expect_dead.discard("follow")
        live.service("start", "follow")
        chain.wait_for(lambda: not live.pg_value("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (SLOT,)),
                       "a free slot", 20)
        live.pg_rows("SELECT pg_drop_replication_slot(%s)", (SLOT,))
        live.pg_rows("DELETE FROM mwmirror.slot WHERE slot_name = %s", (SLOT,))
        chain.wait_stream(live)


def edit(box, title):
    box.wiki("39").edit(title, "text of %d" % time.time_ns(), title)


def expected(standby):
    return binlog.expected_events(standby.box, standby.start_gtid, {"wiki39", "wiki43"})


def wait_file(standby):
    """Until the file has the events of all edits; then they are what they should be, each once, in order."""
    want = expected(standby)
    chain.wait_for(lambda: len(standby.events()) >= len(want) and standby.position()["gtid"] ==
                   chain.source_position(standby.box),
                   lambda: "file %r, binlog %r\n%s" % (standby.events()[-3:], want[-3:], standby.relay.log()[-2000:]), 40)
    assert standby.events() == want


def primary_ends(standby):
    """As far as the daemons are concerned."""
    standby.box.expect_dead.add("follow")
    standby.box.service("stop", "follow")
    assert standby.relay.stop() == 0


def follow_goes_on(standby):
    """A follow that is led to the promoted server continues by its own row there."""
    follow = standby.daemon("follow")
    goal = chain.source_position(standby.box)
    chain.wait_for(lambda: chain.reached(standby.value("SELECT string_agg(gtid_pos, ',') FROM mwmirror.source"), goal),
                   lambda: "follow: " + follow.log()[-2000:], 40)
    assert follow.process.poll() is None
    for wiki in ("wiki39", "wiki43"):
        found = compare.differences(standby.box.maria(), standby.pg(), wiki)
        assert not found, "\n".join(found)


def relay_goes_on(standby, *args):
    standby.relay = standby.daemon("relay", "--format", "envelope", *args)


def test_slot_made_after_the_promotion(standby):
    """Up to PostgreSQL 16: nothing was written that is not published, so nothing is lost and nothing comes twice."""
    primary_ends(standby)
    standby.catch_up()
    standby.cut_off()
    relay_goes_on(standby)
    chain.wait_for(lambda: "in recovery" in standby.relay.log(), "the relay to wait for the promotion", 20)
    standby.promote()
    assert standby.relay.wait(30) == TARGET
    assert "there is no replication slot %s" % SLOT in standby.relay.log() and "mwmirror init" in standby.relay.log()
    made = standby.mwmirror("init", "--no-source")
    assert made.returncode == 0, made.stderr
    relay_goes_on(standby)
    edit(standby.box, "After the promotion")
    follow_goes_on(standby)
    wait_file(standby)
    assert standby.position()["timeline"] == 2


def test_promoted_without_the_last_transactions(standby):
    """What was published and is not in the promoted server is told, and nothing is skipped or doubled by itself."""
    standby.catch_up()
    standby.cut_off()
    end = standby.value("SELECT pg_last_wal_replay_lsn()::text")
    kept = standby.value("SELECT string_agg(gtid_pos, ',') FROM mwmirror.source")
    edit(standby.box, "Lost with the primary")
    wait_file(standby)
    primary_ends(standby)
    published = standby.position()
    standby.promote()
    assert standby.mwmirror("init", "--no-source").returncode == 0
    # follow writes the lost transactions again; the server soon has as much WAL as the old one
    follow_goes_on(standby)
    standby.value("SELECT pg_switch_wal()")
    before = standby.events()
    done = standby.mwmirror("relay")
    assert done.returncode == TARGET, done.stderr
    for part in ("timeline 1, which this server left before that", end, published["lsn"], published["gtid"], "--accept-gap"):
        assert part in done.stderr, "%s\n%s" % (part, done.stderr)
    assert standby.events() == before and kept != published["gtid"]
    relay_goes_on(standby, "--accept-gap")
    chain.wait_for(lambda: len(standby.events()) > len(before), standby.relay.log, 20)
    assert standby.events()[len(before):] == expected(standby)[-1:], "the lost transaction was made again, and so was its event"


def test_kept_slot(standby):
    """As from PostgreSQL 17 on: the slot is there, a little behind, and the relay goes on over the promotion."""
    standby.keep_slot()
    edit(standby.box, "After the slot was kept")
    wait_file(standby)
    primary_ends(standby)
    standby.catch_up()
    standby.cut_off()
    standby.promote()
    relay_goes_on(standby)
    edit(standby.box, "After the promotion")
    follow_goes_on(standby)
    wait_file(standby)
    assert "continues %s" % SLOT in standby.relay.log()
    assert standby.position()["timeline"] == 2


def test_copy_of_the_cluster(standby):
    """An older copy that was started without recovery has the same timeline: the GTID, and the WAL itself, tell it."""
    standby.keep_slot()
    standby.catch_up()
    standby.cut_off()
    edit(standby.box, "Not in the copy")
    wait_file(standby)
    primary_ends(standby)
    standby.stop()
    os.unlink(os.path.join(standby.data, "standby.signal"))
    standby.start()
    assert standby.value("SELECT timeline_id FROM pg_control_checkpoint()") == 1
    # it writes WAL of its own until there is more than the position needs
    published = kafka.parse_lsn(standby.position()["lsn"])

    def outgrown():
        standby.value("SELECT pg_logical_emit_message(false, 'x', repeat('x', 8000)), pg_switch_wal()")
        return kafka.parse_lsn(standby.value("SELECT pg_current_wal_flush_lsn()::text")) > published
    chain.wait_for(outgrown, "more WAL", 30)
    before = standby.events()
    done = standby.mwmirror("relay")
    assert done.returncode == TARGET and "the mirror is behind it" in done.stderr, done.stderr
    follow_goes_on(standby)
    done = standby.mwmirror("relay")
    assert done.returncode == TARGET and "another copy of the cluster" in done.stderr, done.stderr
    assert standby.events() == before
    relay_goes_on(standby, "--accept-gap")
    chain.wait_for(lambda: len(standby.events()) > len(before), standby.relay.log, 20)
    assert standby.relay.process.poll() is None


def test_follow_waits_for_the_promotion(standby):
    """A server that only reads may be promoted: follow waits for that, and goes on by itself."""
    primary_ends(standby)
    standby.catch_up()
    standby.cut_off()
    edit(standby.box, "While nothing could be written")
    follow = standby.daemon("follow")
    chain.wait_for(lambda: "standby" in follow.log() or "recovery" in follow.log() or "read-only" in follow.log(),
                   follow.log, 20)
    assert follow.process.poll() is None, follow.log()
    standby.promote()
    goal = chain.source_position(standby.box)
    chain.wait_for(lambda: chain.reached(standby.value("SELECT string_agg(gtid_pos, ',') FROM mwmirror.source"), goal),
                   lambda: "follow: " + follow.log()[-2000:], 40)
