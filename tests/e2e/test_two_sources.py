"""
Two MariaDB servers that give the same GTIDs, in one PostgreSQL, through one relay.

Both are copied at the same time and followed by a follow each. Under load both follows are killed at random; every
event of either source comes once, in its order, and none is taken for one of the other.
"""

import os
import random
import time
import types

import pytest

import binlog
import chain
import events
import sandbox
from bare import Edits, small_sandbox
from test_source_faults import Rig

KILLS = 12  # of each follow
NAMES = ("a", "b")


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("two") as bare:
        bare.rigs = {}
        bare.run("init")
        try:
            for name in NAMES:
                bare.rigs[name] = Rig(bare, name, "wiki" + name, copy=False)
            yield bare
        finally:
            for rig in bare.rigs.values():
                rig.server.kill()


def copy_both(bare):
    """Neither copy can end before both have begun."""
    daemons = []
    blocker = bare.box.pg(fresh=True)
    blocker.autocommit = False
    with blocker.cursor() as cursor:
        cursor.execute("LOCK TABLE mediawiki.page IN EXCLUSIVE MODE")
        for name in NAMES:
            daemons.append(bare.daemon("snapshot", env=bare.rigs[name].env()))
        chain.wait_for(lambda: bare.box.pg_value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mwmirror snapshot'"
            " AND wait_event_type = 'Lock'") == 2, lambda: "\n".join(d.log() for d in daemons), 30)
    blocker.rollback()
    blocker.close()
    for daemon in daemons:
        assert daemon.wait(60) == 0, daemon.log()


def published(bare):
    """The events of the relay's file, each a line."""
    return events.envelopes(os.path.join(bare.directory, "events"))


def expected(rig, start):
    view = types.SimpleNamespace(env={"MARIADB_SOCKET": rig.server.socket, "MARIADB_ROOT_USER": "root"},
                                 maria_rows=rig.server.rows, maria_value=lambda sql: rig.server.rows(sql)[0][0])
    return binlog.expected_events(view, start, {rig.wiki})


def test_equal_gtids(bare, record_property):
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    rigs = [bare.rigs[name] for name in NAMES]
    copy_both(bare)
    start = [rig.position() for rig in rigs]
    assert start[0] == start[1], "the servers should have the same GTIDs"
    follows = [bare.daemon("follow", env=rig.env()) for rig in rigs]
    relay = bare.daemon("relay", "--format", "envelope")
    kills = [0, 0]
    try:
        with Edits(rigs[0].server.connect, rigs[0].wiki), Edits(rigs[1].server.connect, rigs[1].wiki):
            while min(kills) < KILLS:
                time.sleep(dice.uniform(0.02, 0.4))  # the random moment
                n = dice.randrange(2)
                assert follows[n].process.poll() is None, follows[n].log()
                follows[n].kill()
                kills[n] += 1
                follows[n] = bare.daemon("follow", env=rigs[n].env())
        for follow, rig in zip(follows, rigs):
            rig.await_goal(follow)
            rig.assert_equal()
        want = {rig.name: expected(rig, start[0]) for rig in rigs}
        total = sum(map(len, want.values()))
        chain.wait_for(lambda: len(published(bare)) >= total or relay.process.poll() is not None,
                       lambda: "%d of %d events:\n%s" % (len(published(bare)), total, relay.log()), 60)
        for daemon in follows + [relay]:
            assert daemon.stop() == 0, daemon.log()
    finally:
        for daemon in follows + [relay]:
            daemon.kill()
    have = {name: [] for name in NAMES}
    for event in published(bare):
        value, headers = event["value"], event["headers"]
        assert value["wiki_id"] == "wiki" + headers["source"], event
        have[headers["source"]].append(events.in_short(headers["gtid"], value))
    assert have == want
    ids = [event["value"]["meta"]["id"] for event in published(bare)]
    assert len(set(ids)) == len(ids) == total
    shared = {e[0] for e in have["a"]} & {e[0] for e in have["b"]}
    assert len(shared) > 100, "too few GTIDs were given by both servers: %d" % len(shared)
    assert [rig.position() for rig in rigs] == [rig.server.position() for rig in rigs]
    record_property("two sources, seed %d" % seed, "%d and %d kills of follow, %d events, %d GTIDs given twice: 0 lost,"
                    " 0 twice, 0 mixed up" % (kills[0], kills[1], total, len(shared)))


def test_a_source_that_was_reset(bare):
    """Compared as the message says, its events come again through the same relay, and the other source's go on."""
    a, b = (bare.rigs[name] for name in NAMES)
    before = len(published(bare))
    relay = bare.daemon("relay", "--format", "envelope")
    follow = bare.daemon("follow", env=b.env())
    again = None
    try:
        a.server.rows("RESET MASTER")
        a.edit()
        log = a.refused("before the mirror's position")
        assert "mwmirror snapshot --force" in log
        a.run("snapshot", "--force")
        start = {a: a.position(), b: b.position()}
        again = bare.daemon("follow", env=a.env())
        chain.wait_for(lambda: bare.copied_again() or again.process.poll() is not None, again.log, 40)
        for rig, daemon in ((a, again), (b, follow)):
            rig.edit()
            rig.await_goal(daemon)
            rig.assert_equal()
        # one that starts now finds the source before what it has published
        assert relay.stop() == 0, relay.log()
        relay = bare.daemon("relay", "--format", "envelope")
        want = {rig.name: expected(rig, start[rig]) for rig in (a, b)}
        total = sum(map(len, want.values()))

        def live():
            """Of source transactions; what was different after the reset is of none."""
            return [e for e in published(bare)[before:] if "gtid" in e["headers"]]
        chain.wait_for(lambda: len(live()) >= total or relay.process.poll() is not None,
                       lambda: "%d of %d events:\n%s" % (len(live()), total, relay.log()), 60)
        for daemon in (again, follow, relay):
            assert daemon.stop() == 0, daemon.log()
    finally:
        for daemon in (again, follow, relay):
            if daemon:
                daemon.kill()
    found = live()
    assert len(published(bare)) > before + total, "what was edited between the reset and the comparison"
    assert {name: [e["headers"]["gtid"] for e in found if e["headers"]["source"] == name] for name in NAMES} \
        == {name: [e[0] for e in want[name]] for name in NAMES}
