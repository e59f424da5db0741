"""Where a relay begins: takeover by another relay, a lost position, a slot that was moved or made anew, a mere look."""

import os
import time

import pytest

import chain
import kafka
import sandbox
import schemas
from test_exactly_once import Load, assert_once, begin

TARGET = 5


def slot_position(box):
    return kafka.parse_lsn(box.pg_value("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'mwmirror'"))


@pytest.fixture
def marked(live):
    """The sandbox, with the place in binlog and topic from which everything must come once."""
    live.start = begin(live)
    yield live
    live.expect_dead.discard("relay")
    live.service("start", "relay")
    chain.wait_stream(live)


def edit(box, title):
    box.wiki("39").edit(title, "text of %d" % time.time_ns(), title)


def refused(box, *parts, args=()):
    done = box.mwmirror("relay", *args)
    assert done.returncode == TARGET, "exit code %d\n%s" % (done.returncode, done.stderr)
    for part in parts + ("--accept-gap",):
        assert part in done.stderr, done.stderr
    status = box.mwmirror("status")
    assert status.returncode == 1 and parts[0] in status.stdout and "All is well" not in status.stdout, status.stdout
    return done.stderr


def stop_relay(box):
    box.expect_dead.add("relay")
    box.service("stop", "relay")


def start_relay(box, *args):
    """Starts the relay; with --accept-gap only for the moment until it has published something."""
    if args:
        log = os.path.join(box.directory, "log", "relay-once.log")
        relay = sandbox.Daemon(box, "relay", log, *args)
        try:
            chain.wait_stream(box)
        finally:
            assert relay.stop() == 0
    box.expect_dead.discard("relay")
    box.service("start", "relay")
    chain.wait_stream(box)


def titles(box, offsets):
    """Of the page changes."""
    return [e.title for e in kafka.events(box, offsets[kafka.STREAM])]


def test_takeover(marked, tmp_path):
    """A second relay that waits for the slot takes over when the first one goes, whatever was published meanwhile."""
    box = marked
    with Load(box) as load:
        for number in range(3):
            second = sandbox.Daemon(box, "relay", str(tmp_path / ("relay%d" % number)))
            chain.wait_for(lambda: "waiting up to" in second.log(), "the second relay to wait", 10)
            before = load.done["sql"]
            chain.wait_for(lambda: load.done["sql"] > before + 20, "edits", 20)
            stop_relay(box)
            chain.wait_for(lambda: "continues mwmirror" in second.log(), second.log, 20)
            before = load.done["sql"]
            chain.wait_for(lambda: load.done["sql"] > before + 20, "edits", 20)
            assert second.process.poll() is None, second.log()
            second.kill()
            box.expect_dead.discard("relay")
            length = len(box.log("relay"))
            box.service("start", "relay")
            chain.wait_for(lambda: "continues mwmirror" in box.log("relay")[length:], "the first relay", 20)
    chain.wait_stream(box)
    assert assert_once(box, *box.start) > 20


@pytest.mark.parametrize("loss", ["tombstone", "topic"])
def test_lost_position(marked, loss):
    """What the sink has forgotten was published all the same: to go on is a person's decision."""
    box = marked
    edit(box, "Before the position was lost, " + loss)
    chain.wait_stream(box)
    stop_relay(box)
    if loss == "tombstone":
        kafka.produce(box, box.position_topic, b"mwmirror", None)
    else:
        kafka.delete_topics(box, [box.position_topic])
        assert box.mwmirror("topics").returncode == 0
    edit(box, "While the position was lost, " + loss)
    chain.wait_mirror(box)
    said = refused(box, "was read since it was made", "no position is published")
    assert "snapshot" not in said, said
    start_relay(box, "--accept-gap")
    assert titles(box, box.start[1])[-1:] == ["While_the_position_was_lost,_" + loss]
    edit(box, "After the position was lost, " + loss)
    chain.wait_stream(box)
    assert assert_once(box, *box.start) == 3


def make_slot(box):
    box.pg_rows("SELECT pg_drop_replication_slot('mwmirror')")
    done = box.mwmirror("init", "--no-source")
    assert done.returncode == 0 and "created        replication slot mwmirror" in done.stdout, done.stdout + done.stderr


def test_slot_made_anew(marked):
    """Nothing is lost if the mirror stood still meanwhile; else it says what."""
    box = marked
    edit(box, "Before the slot was made anew")
    chain.wait_stream(box)
    stop_relay(box)
    make_slot(box)
    edit(box, "After the slot was made anew")
    start_relay(box)
    assert assert_once(box, *box.start) == 2

    stop_relay(box)
    published = chain.stream_position(box)
    edit(box, "In no slot")
    chain.wait_mirror(box)
    make_slot(box)
    lost = chain.mirror_position(box)
    edit(box, "In the next slot")
    chain.wait_mirror(box)
    refused(box, "the slot was made after it", published["lsn"], published["gtid"], lost)
    start_relay(box, "--accept-gap")
    assert titles(box, box.start[1])[2:] == ["In_the_next_slot"]
    # the gap was accepted, and is not asked about again
    box.service("restart", "relay")
    edit(box, "After the gap")
    chain.wait_stream(box)
    assert titles(box, box.start[1])[2:] == ["In_the_next_slot", "After_the_gap"]


def test_slot_moved(marked):
    box = marked
    stop_relay(box)
    edit(box, "Stepped over")
    chain.wait_mirror(box)
    box.pg_value("SELECT pg_replication_slot_advance('mwmirror', pg_current_wal_flush_lsn())")
    refused(box, "the slot was moved past it", chain.stream_position(box)["lsn"])
    start_relay(box, "--accept-gap")
    edit(box, "After the step")
    chain.wait_stream(box)
    assert titles(box, box.start[1]) == ["After_the_step"]


def test_look_at_the_slot(marked, tmp_path):
    """Another sink than the configured one sees the events and leaves them where they are."""
    box = marked
    stop_relay(box)
    edit(box, "Looked at")
    chain.wait_mirror(box)
    lsn = box.pg_value("SELECT pg_current_wal_flush_lsn()::text")
    confirmed = slot_position(box)
    for sink in (["stdout"], ["file", "--file", str(tmp_path / "a")], ["stdout"]):
        done = box.mwmirror("relay", "--until-lsn", lsn, "--sink", *sink)
        assert done.returncode == 0, done.stderr
        text = done.stdout if sink == ["stdout"] else (tmp_path / "a").read_text()
        found = [schemas.check_text(line) for line in text.splitlines()]
        assert [e["page"]["page_title"] for e in found if "page_change_kind" in e] == ["Looked_at"], done.stderr
        assert "only looked at" in done.stderr
        assert slot_position(box) == confirmed
    start_relay(box)
    assert titles(box, box.start[1]) == ["Looked_at"]


def test_look_does_not_hold_up_a_shutdown(marked):
    """PostgreSQL stops while somebody only looks, although nothing is ever confirmed."""
    box = marked
    stop_relay(box)
    edit(box, "Looked at during a shutdown")
    chain.wait_mirror(box)
    look = sandbox.Daemon(box, "relay", os.path.join(box.directory, "log", "look.log"), "--sink", "stdout")
    try:
        chain.wait_for(lambda: "Looked_at_during" in look.log(), look.log, 20)
        box.service("restart", "postgres")  # SIGINT, then SIGKILL after 30 s, which the log would show
        assert "was not properly shut down" not in box.log("postgres").rpartition("starting PostgreSQL")[2]
    finally:
        assert look.stop() == 0
    start_relay(box)


def test_hints_of_the_plugin_are_its_own(marked):
    """What stops decoding says what to do; the relay does not put a general advice in its place."""
    box = marked
    edit(box, "Without its old row")
    chain.wait_stream(box)
    box.expect_dead.add("relay")
    box.pg_rows("ALTER TABLE mediawiki.page REPLICA IDENTITY NOTHING")
    try:
        edit(box, "Without its old row")
        chain.wait_for(lambda: box.pid("relay") is None, "the relay's end", 30)
        done = box.mwmirror("relay")
        assert done.returncode == TARGET and "SQLSTATE MW024" in done.stderr, done.stderr
        assert "REPLICA IDENTITY FULL" in done.stderr and "pg_drop_replication_slot" not in done.stderr, done.stderr
    finally:
        box.pg_rows("ALTER TABLE mediawiki.page REPLICA IDENTITY FULL")
        chain.wait_mirror(box)
        box.pg_value("SELECT pg_replication_slot_advance('mwmirror', pg_current_wal_flush_lsn())")
        start_relay(box, "--accept-gap")
        # a crash must not bring back a slot from before what cannot be decoded
        box.pg_rows("CHECKPOINT")
