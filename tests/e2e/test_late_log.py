"""Log rows that MediaWiki's maintenance scripts commit after the change: events wait for them, bounded and exactly once."""

import json
import os
import signal
import time

import chain
import events
import kafka
import sandbox


def shape(found):
    return [(e.kind, e.title) for e in found]


def slot_lsn(box, column="confirmed_flush_lsn", slot="mwmirror"):
    return kafka.parse_lsn(box.pg_value(
        "SELECT %s::text FROM pg_replication_slots WHERE slot_name = %%s" % column, (slot,)))


def sent_all(box):
    """True once the server has sent the relay all WAL that there is, so that its keepalives say so."""
    return box.pg_value("SELECT coalesce(bool_or(write_lsn >= pg_current_wal_flush_lsn()), false) FROM pg_stat_replication"
                        " WHERE application_name = 'mwmirror relay'")


def replay(box, slot, path, log, count, **settings):
    """The events of a slot, published into a file by another relay; its lines."""
    env = {"MWMIRROR_RELAY_SLOT": slot, "MWMIRROR_RELAY_SINK": "file", "MWMIRROR_RELAY_FILE": str(path)}
    env.update(("MWMIRROR_RELAY_" + name.upper(), value) for name, value in settings.items())
    daemon = sandbox.Daemon(box, "relay", str(log), env=env)
    try:
        chain.wait_for(lambda: path.exists() and path.read_bytes().count(b"\n") >= count,
                       lambda: "%d events in the file: %s" % (count, daemon.log()), 20)
    finally:
        assert daemon.stop() == 0
    return path.read_bytes().splitlines()


class Slots:
    """Replication slots that are gone afterwards."""

    def __init__(self, box, *names, plugin="mwmirror"):
        self.box, self.names = box, names
        for name in names:
            box.pg_value("SELECT pg_create_logical_replication_slot(%s, %s)", (name, plugin))

    def __enter__(self):
        return self.names

    def __exit__(self, *exc):
        for name in self.names:
            chain.wait_for(lambda: not self.box.pg_value(
                "SELECT active FROM pg_replication_slots WHERE slot_name = %s", (name,)), "slot %s free" % name, 20)
            self.box.pg_rows("SELECT pg_drop_replication_slot(%s)", (name,))


def test_undelete_script(wiki, live, tmp_path):
    """maintenance/undelete.php: performer, comment and time are those of the row that it commits later."""
    stamp = "%d" % time.time()  # the test may be repeated in a sandbox
    title = "Late_undelete_" + stamp
    wiki.edit(title, "text", "c")
    wiki.delete(title, "gone")
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    with Slots(live, "e2e_late_same", "e2e_late_without") as (same, without):
        wiki.maintenance("undelete", "--user", wiki.user, "--reason", "back by script", title)
        wiki.edit("Late other " + stamp, "text", "behind it")
        chain.wait_stream(live)
        found = kafka.events(live, start)
        assert shape(found) == [("undelete", title), ("create", "Late_other_" + stamp)]
        for event in found:
            events.check(event, wiki.api_url)
        event = found[0]
        assert event.value["performer"]["user_text"] == wiki.user
        assert event.value["comment"] == "back by script"
        log_time = live.maria_value("SELECT log_timestamp FROM `%s`.logging WHERE log_type = 'delete'"
                                    " AND log_action = 'restore' AND log_title = '%s'" % (wiki.dbname, title))
        assert event.value["dt"].translate(str.maketrans("", "", "-:TZ")) == log_time
        # decoded again it is the same; without waiting there is neither, so the row did come later
        want = [e.value for e in found]
        lines = replay(live, same, tmp_path / "same", tmp_path / "same.log", 2)
        assert [json.loads(l) for l in lines] == want
        lines = replay(live, without, tmp_path / "without", tmp_path / "without.log", 2, log_wait_ms="0")
        bare = json.loads(lines[0])
        assert "performer" not in bare and "comment" not in bare
        assert {k: v for k, v in want[0].items() if k not in ("performer", "comment", "dt")} \
            == {k: v for k, v in bare.items() if k != "dt"}


def test_no_row_comes(live, record_property):
    """The wait ends although the source is silent; and then the mirror falls silent too."""
    wiki = live.wiki("39")
    title = "Late_renamed_%d" % time.time()
    wiki.edit(title, "text", "c")
    live.service("restart", "follow")
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    with Slots(live, "e2e_late_ticks", plugin="test_decoding") as (slot,):
        def ticks():
            return [row[0] for row in live.pg_rows(
                "SELECT substring(data FROM 'content:(K .*)') FROM pg_logical_slot_peek_changes(%s, NULL, NULL)"
                " WHERE data LIKE 'message: %%content:K %%'", (slot,))]
        began = time.monotonic()
        live.maria_rows("UPDATE `%s`.page SET page_title = '%s_by_hand' WHERE page_title = '%s'"
                        % (wiki.dbname, title, title))
        chain.wait_mirror(live)
        found = chain.wait_for(lambda: kafka.events(live, start), "the move", 20)
        waited = time.monotonic() - began
        record_property("a move without a log row goes out after", "%.1f s" % waited)
        assert [e.kind for e in found] == ["move"] and "performer" not in found[0].value
        assert 1.9 < waited < 10
        # three ticks behind the last mark; the slot follows, nothing is in flight any more
        chain.wait_for(lambda: len(ticks()) >= 3, lambda: "three ticks: %r" % ticks(), 20)
        lsn = kafka.parse_lsn(live.pg_value("SELECT pg_current_wal_flush_lsn()::text"))
        chain.wait_for(lambda: slot_lsn(live) >= lsn, "the slot to follow", 20)
        idle = [int(t.split()[1]) for t in ticks()]
        assert 1000 <= idle[0] < 2000 <= idle[1] < 3000 <= idle[2], idle
        deadline = time.monotonic() + 2.5
        chain.wait_for(lambda: time.monotonic() > deadline, "silence", 5)
        assert len(ticks()) == 3


def test_killed_during_a_hold(live, tmp_path, record_property):
    """Relay, follow and PostgreSQL die while an event waits: it is published once, whole, and in its place."""
    wiki = live.wiki("43")
    stamp = "%d" % time.time()  # the test may be repeated in a sandbox
    old, new = "Late_killed_" + stamp, "Late_moved_" + stamp
    wiki.edit(old, "text", "c")
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    rename = ("UPDATE `%s`.page SET page_title = '%s' WHERE page_title = '%s'" % (wiki.dbname, new, old))
    log = ("INSERT INTO `{0}`.logging (log_type, log_action, log_timestamp, log_actor, log_namespace, log_title, log_page,"
           " log_comment_id, log_params) SELECT 'move', 'move', date_format(utc_timestamp(), '%Y%m%d%H%i%s'), rev_actor, 0,"
           " '{1}', page_id, rev_comment_id, '' FROM `{0}`.page JOIN `{0}`.revision ON rev_id = page_latest"
           " WHERE page_title = '{2}'".format(wiki.dbname, old, new))
    with Slots(live, "e2e_late_again") as (again,):
        live.expect_dead.add("follow")
        try:
            # applied together: the first source transaction of the commit is published, a later one is held
            live.service("stop", "follow")
            wiki.edit("Late before " + stamp, "text", "a")
            live.maria_rows(rename)
            live.service("start", "follow")
            chain.wait_mirror(live)
            before = kafka.parse_lsn(live.pg_value("SELECT pg_current_wal_flush_lsn()::text"))
            os.kill(live.pid("follow"), signal.SIGKILL)  # no tick, no row
            live.maria_rows(log)
            wiki.edit("Late behind " + stamp, "text", "b")
            # WAL goes on, and the relay knows; but it confirms nothing of it
            live.pg_rows("CREATE TABLE late_noise AS SELECT generate_series(1, 1000) AS n; DROP TABLE late_noise")
            chain.wait_for(lambda: sent_all(live), "the server to have sent all", 20)
            published = [("create", "Late_before_" + stamp)]
            chain.wait_for(lambda: shape(kafka.events(live, start)) == published, "what is not held", 20)
            assert chain.stream_position(live)["ordinal"] > 0, "a position inside of the commit"
            assert slot_lsn(live) <= before
            for _ in range(2):
                os.kill(live.pid("relay"), signal.SIGKILL)
                chain.wait_for(lambda: live.pid("relay") is None, "the relay to be gone", 20)
                live.service("start", "relay")
                chain.wait_for(lambda: sent_all(live), "the server to have sent all again", 30)
                assert shape(kafka.events(live, start)) == published and slot_lsn(live) <= before
            # a server that shuts down does not wait for what the plugin holds
            began = time.monotonic()
            live.service("stop", "postgres")
            record_property("PostgreSQL stops during a hold within", "%.1f s" % (time.monotonic() - began))
            assert time.monotonic() - began < 10
            live.service("start", "postgres")
            chain.wait_for(lambda: sent_all(live), "the relay to be back", 30)
            assert shape(kafka.events(live, start)) == published and slot_lsn(live) <= before
        finally:
            live.expect_dead.discard("follow")
            live.restart_daemons()
        chain.wait_stream(live)
        found = kafka.events(live, start)
        assert shape(found) == published + [("move", new), ("create", "Late_behind_" + stamp)]
        assert found[1].value["performer"]["user_text"] == wiki.user and found[1].value["comment"] == "c"
        lines = replay(live, again, tmp_path / "again", tmp_path / "again.log", 3)
        assert [json.loads(l) for l in lines] == [e.value for e in found]
