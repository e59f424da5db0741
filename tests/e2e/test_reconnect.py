"""Servers that go away while nothing happens: the daemons notice, and are back without a change at the source."""

import pytest

import chain


def healthy(box):
    done = box.mwmirror("status", "--json")
    return done.returncode == 0


@pytest.mark.parametrize("service", ["postgres", "mariadb", "kafka"])
def test_quiet_restart(live, service):
    chain.wait_for(lambda: healthy(live), "status before", 30)
    follow, relay = live.pid("follow"), live.pid("relay")
    live.service("restart", service)
    chain.wait_for(lambda: healthy(live), lambda: live.mwmirror("status").stdout, 30, interval=0.2)
    assert (live.pid("follow"), live.pid("relay")) == (follow, relay), "a daemon was started anew"
    live.wiki("39").edit("After a restart", "of " + service, "still here")
    chain.wait_stream(live)
