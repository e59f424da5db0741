"""
Two MariaDB servers that give the same GTIDs, in one PostgreSQL, through one relay.

Both are copied at the same time and followed by a follow each. Under load both follows are killed at random; every
event of either source comes once, in its order, and none is taken for one of the other. Then both have another wiki,
which is copied while all are followed, and the copies are killed, too.
"""

import contextlib
import os
import random
import time
import types

import pytest

import binlog
import chain
import events
import sandbox
import workload
from bare import Edits, small_sandbox
from test_copy import SMALL, fill
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


def in_short(bare, start):
    return [events.in_short(event["headers"]["gtid"], event["value"]) for event in published(bare)[start:]]


def expected(rig, start, wiki=None):
    view = types.SimpleNamespace(env={"MARIADB_SOCKET": rig.server.socket, "MARIADB_ROOT_USER": "root"},
                                 maria_rows=rig.server.rows, maria_value=lambda sql: rig.server.rows(sql)[0][0])
    return binlog.expected_events(view, start, {wiki or rig.wiki})


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


MORE_ROWS = 1000        # of each of seven tables
MORE_KILLS = 4          # of each copy and each follow


class More:
    """Another wiki of a source that is followed already; its copy and its follow, as they run and are killed."""

    def __init__(self, bare, rig):
        self.bare, self.rig, self.wiki = bare, rig, "wikimore" + rig.name
        self.copy = self.follow = None
        self.killed = {"snapshot": 0, "follow": 0}
        connection = rig.server.connect()
        workload.create_tables(connection, self.wiki)
        workload.install(connection, self.wiki, 1000)
        workload.prepare(connection, self.wiki, 5, 2)
        fill(connection, self.wiki, MORE_ROWS)
        connection.close()
        rig.run("add-wiki", self.wiki, "--siteinfo", workload.write_siteinfo(rig.server.directory, self.wiki))

    def start_copy(self):
        self.copy = self.bare.daemon("snapshot", "--workers", "2", env=dict(self.rig.env(), **SMALL))

    def start_follow(self):
        self.follow = self.bare.daemon("follow", env=self.rig.env())

    def daemons(self):
        return [daemon for daemon in (self.copy, self.follow) if daemon]

    def copying(self):
        """While its copy runs. One that has ended has done all."""
        code = self.copy.process.poll()
        assert code in (None, 0), self.copy.log()
        return code is None

    def rows_done(self):
        return self.bare.box.pg_value("SELECT coalesce(sum(rows_done), 0)::bigint FROM mwmirror.copy_table WHERE wiki_id = %s", (self.wiki,))

    def kill_one(self, dice):
        """Whichever has been killed less often, when a part of the rows has been copied since. A copy that has ended meanwhile is not killed: another's turn may take long."""
        wanted = self.rows_done() + dice.randint(1, 7 * MORE_ROWS // (4 * MORE_KILLS))
        chain.wait_for(lambda: self.rows_done() >= wanted or not self.copying(), self.copy.log, 30)
        time.sleep(dice.uniform(0, 0.03))
        verb = min(self.killed, key=self.killed.get)
        assert self.follow.process.poll() is None, self.follow.log()
        if verb == "follow":
            self.follow.kill()
            self.start_follow()
        elif self.copying():
            self.copy.kill()
            self.start_copy()
        else:
            return
        self.killed[verb] += 1

    def is_copied(self):
        return self.bare.box.pg_value("SELECT snapshot_gtid IS NOT NULL FROM mwmirror.wiki WHERE wiki_id = %s", (self.wiki,))


def test_copied_while_followed(bare, record_property):
    """The copies and follows of both sources write at the same time and are killed at random: each wiki as its source has it, each event once."""
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    start = {name: bare.rigs[name].position() for name in NAMES}
    before = len(published(bare))
    both = [More(bare, bare.rigs[name]) for name in NAMES]
    relay = bare.daemon("relay", "--format", "envelope")
    try:
        for more in both:
            more.start_follow()
            more.start_copy()
        with contextlib.ExitStack() as edits:
            for more in both:
                for wiki in (more.rig.wiki, more.wiki):
                    edits.enter_context(Edits(more.rig.server.connect, wiki, at_once=2))
            for _ in range(2 * MORE_KILLS):
                for more in both:
                    more.kill_one(dice)
            assert all(min(more.killed.values()) > 1 for more in both), [more.killed for more in both]
            for more in both:
                chain.wait_for(lambda more=more: not more.copying(), more.copy.log, 60)
            edited = {more.wiki: more.rig.server.value("SELECT max(rev_id) FROM %s.revision" % more.wiki) for more in both}
            for more in both:
                chain.wait_for(lambda more=more: more.rig.server.value("SELECT max(rev_id) FROM %s.revision" % more.wiki) > edited[more.wiki] + 10,
                               "edits after the copy", 20)
        assert all(more.is_copied() for more in both)
        for more in both:
            more.rig.await_goal(more.follow, timeout=60)
            for wiki in (more.rig.wiki, more.wiki):
                more.rig.assert_equal(wiki=wiki)
        want = {wiki: expected(more.rig, start[more.rig.name], wiki) for more in both for wiki in (more.rig.wiki, more.wiki)}
        chain.wait_for(lambda: {told[-1] for told in want.values()} <= set(in_short(bare, before)) or relay.process.poll() is not None, relay.log, 60)
        for daemon in [more.follow for more in both] + [relay]:
            assert daemon.stop() == 0, daemon.log()
    finally:
        for daemon in [relay] + [daemon for more in both for daemon in more.daemons()]:
            daemon.kill()
    found = published(bare)[before:]
    assert all(event["value"]["wiki_id"].endswith(event["headers"]["source"]) for event in found)
    for more in both:
        assert [told for told in in_short(bare, before) if told[1] == more.rig.wiki] == want[more.rig.wiki]
        # of the other wiki what came after it was copied
        have = [told for told in in_short(bare, before) if told[1] == more.wiki]
        assert len(have) >= 10 and have == want[more.wiki][-len(have):]
    ids = [event["value"]["meta"]["id"] for event in found]
    assert len(set(ids)) == len(ids)
    record_property("two sources copied while followed, seed %d" % seed, "%s: all wikis equal, %d events, 0 lost, 0 twice, 0 mixed up" % (
        "; ".join("%(snapshot)d kills of the copy and %(follow)d of follow" % more.killed for more in both), len(found)))
