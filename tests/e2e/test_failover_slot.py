"""
PostgreSQL 17 and newer keep the slot on a standby: the primary dies, the standby is promoted, and relay and follow, which have
both in their connection strings, go on by themselves, exactly once. tests/postgres runs this.
"""

import pytest

import chain
import compare
from pair import TREE, edit, pair  # noqa: F401
from test_exactly_once import prepare

pytestmark = pytest.mark.skipif(not TREE, reason="tests/postgres runs it")


def synchronize(pair):  # noqa: F811
    for server, setting in ((pair.primary, "synchronized_standby_slots = 'standby'"), (pair.standby, "sync_replication_slots = on")):
        server.value("ALTER SYSTEM SET " + setting)
        server.value("SELECT pg_reload_conf()")


def test_failover(pair, record_property):  # noqa: F811
    box = pair.box
    prepare(box)
    synchronize(pair)
    follow = pair.begin()
    assert pair.primary.value("SELECT failover FROM pg_replication_slots WHERE slot_name = 'mwmirror'")
    relay = pair.daemon("relay", "--format", "envelope")
    for number in range(10):
        edit(box, "Before the failover %d" % number)
    pair.wait_file(relay)
    chain.wait_for(lambda: pair.standby.value("SELECT bool_and(synced AND NOT temporary AND invalidation_reason IS NULL)"
                                              " FROM pg_replication_slots WHERE slot_name = 'mwmirror'"),
                   lambda: "the standby's slot: " + pair.standby.log()[-1000:], 60, 0.2)
    pair.relay_reads = pair.standby
    waiting = pair.daemon("relay")
    chain.wait_for(lambda: "where the slot is kept for a failover" in waiting.log(), waiting.log, 20)
    assert waiting.stop() == 0
    pair.relay_reads = None
    for number in range(10):
        edit(box, "After the slot was synchronized %d" % number)
    pair.primary.stop("immediate")
    edit(box, "While there was no primary")
    pair.standby.promote()
    edit(box, "After the failover")
    count = pair.wait_file(relay)
    assert (follow.process.poll(), relay.process.poll()) == (None, None)
    assert pair.position()["timeline"] == 2
    found = compare.differences(box.maria(), pair.standby.pg(), "wiki39")
    assert not found, "\n".join(found)
    record_property("failover of " + pair.standby.run("postgres", "--version").strip(), "%d events, 0 lost, 0 twice, nothing restarted" % count)
