"""
What follow cannot apply stops it, and `snapshot --force` leads past: what happened to pages meanwhile is found by comparing with the wiki, and told.
"""

import time

import pytest

import chain
import compare
import events
import kafka

STREAM = kafka.STREAM


def stop_it(box, wiki):
    """A change in STATEMENT format, of which the binlog does not say what it changed."""
    connection = box.maria(fresh=True)
    connection.select_db(wiki.dbname)
    cursor = connection.cursor()
    cursor.execute("SET SESSION binlog_format = 'STATEMENT'")
    cursor.execute("UPDATE site_stats SET ss_images = ss_images + 1")
    connection.commit()
    connection.close()
    chain.wait_for(lambda: box.pid("follow") is None, "follow to stop", 20)
    assert "snapshot --force" in box.log_tail("follow")


@pytest.fixture
def expected_stop(live):
    live.expect_dead.add("follow")
    yield live
    live.expect_dead.discard("follow")
    live.restart_daemons()


def test_pages_of_a_gap_are_told(expected_stop, wiki):
    box, prefix = expected_stop, "Gap %d" % time.time_ns()
    title = lambda name: "%s %s" % (prefix, name)
    for name in ("edited", "deleted", "moved", "hidden", "suppressed", "same"):
        wiki.edit(title(name), "old text of %s" % name, "made before")
    chain.wait_stream(box)
    start = kafka.end_offset(box, box.topic(STREAM))
    whole = kafka.end_offsets(box)

    stop_it(box, wiki)
    wiki.edit(title("edited"), "one", "first in the gap")
    edited = wiki.edit(title("edited"), "two", "last in the gap")
    created = wiki.edit(title("created"), "made", "in the gap")
    wiki.delete(title("deleted"), "in the gap")
    wiki.move(title("moved"), title("moved on"), "in the gap")
    hidden = wiki.edit(title("hidden"), "the secret", "a secret")
    wiki.edit(title("hidden"), "clean", "")
    wiki.revision_delete([hidden["newrevid"]], hide="content|comment|user", reason="in the gap")
    wiki.delete(title("suppressed"), "in the gap", suppress=True) if wiki.name == "43" else wiki.delete(title("suppressed"), "in the gap")

    done = box.mwmirror("snapshot", "--force", wiki.dbname)
    assert done.returncode == 0, done.stderr
    box.service("start", "follow")
    chain.wait_copied_again(box)
    chain.wait_stream(box)
    wiki.edit(title("after"), "live again", "")
    chain.wait_stream(box)

    found = [e for e in kafka.events(box, start) if e.wiki == wiki.dbname]
    told = {}
    for event in found:
        events.check(event, wiki.api_url)
        if event.title.replace("_", " ").startswith(prefix):
            told.setdefault(event.title.replace("_", " ")[len(prefix) + 1:], []).append(event)
    shapes = {name: [e.kind for e in list_] for name, list_ in told.items()}
    assert shapes.pop("after") == ["create"]
    assert shapes.pop("moved") == ["create"]    # the redirect that it left
    assert shapes == {"edited": ["edit"], "created": ["create"], "deleted": ["delete"], "moved on": ["move"], "hidden": ["edit"], "suppressed": ["delete"]}, shapes
    assert told["edited"][0].value["revision"]["rev_id"] == edited["newrevid"]
    assert told["created"][0].value["revision"]["rev_id"] == created["newrevid"]
    assert "the secret" not in str([e.value for e in found]) and "a secret" not in str([e.value for e in found])
    ids = [e.value["meta"]["id"] for e in kafka.all_events(box, whole, whole=False) if e.value]
    assert len(ids) == len(set(ids))
    compare.assert_equal(box, wiki.dbname)
