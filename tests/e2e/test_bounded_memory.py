"""A burst of 10,000 edits, one transaction of 100,000 row changes, rows of 16 MiB: memory stays bounded. Prints figures."""

import base64
import contextlib
import random

import pytest

import chain
import compare
import contents
import kafka
import sandbox
import workload

MIB = 1024  # of KiB

# of the process, and of the walsender its own memory (shared buffers are the server's)
FOLLOW_LIMIT = 64 * MIB
RELAY_LIMIT = 64 * MIB
PLUGIN_LIMIT = (64 + 32) * MIB


def reset_peak(pid):
    with open("/proc/%d/clear_refs" % pid, "w") as file:
        file.write("5")


def measured(box, what, action, record_property):
    """Runs action and waits for the stream; asserts the limits of all three processes."""
    for name in ("follow", "relay"):
        reset_peak(box.pid(name))
    with sandbox.MemoryWatch(follow=box.pid("follow"), relay=box.pid("relay"),
                             walsender=sandbox.walsender_pid(box)) as memory:
        action()
        chain.wait_stream(box, 120)
    with sandbox.MemoryWatch(follow=box.pid("follow"), relay=box.pid("relay"), walsender=sandbox.walsender_pid(box)) as after:
        pass
    record_property(what, "peak RSS: follow %.1f MiB, relay %.1f MiB; walsender's own %.1f MiB (with shared buffers %.1f); own of each afterwards: %s" % (
        memory.peak["follow"] / MIB, memory.peak["relay"] / MIB, memory.private["walsender"] / MIB,
        memory.peak["walsender"] / MIB, ", ".join("%.1f" % (after.private[name] / MIB) for name in ("follow", "relay", "walsender"))))
    assert 0 < memory.peak["follow"] <= FOLLOW_LIMIT, memory.peak
    assert 0 < memory.peak["relay"] <= RELAY_LIMIT, memory.peak
    assert 0 < memory.private["walsender"] <= PLUGIN_LIMIT, memory.private


def test_one_transaction_of_100000_rows(live, record_property):
    """25,000 pages with revision, slot and content each: events that one Kafka transaction must carry."""
    connection = live.maria(fresh=True)
    workload.install(connection, "wiki43")
    start = kafka.end_offsets(live)
    measured(live, "one transaction of 100,000 row changes", lambda: workload.prepare(connection, "wiki43", 25000, 10),
             record_property)
    found = kafka.all_events(live, start)
    assert len({e.gtid for e in found}) == 1
    found = [e for e in found if e.stream == kafka.STREAM]
    assert len(found) == 25000 and {e.kind for e in found} == {"create"}
    assert len({e.value["page"]["page_id"] for e in found}) == 25000
    compare.assert_equal(live, "wiki43")


def test_rows_of_16_mib(live, record_property):
    """The largest rows that MediaWiki's text can have, many in one transaction: written, and taken away with all that they held."""
    connection = live.maria(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("USE wiki43")
        cursor.execute("SELECT max(old_id) FROM text")
        last = cursor.fetchone()[0]

    def run(statement, *args):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            for _ in range(4 if statement.startswith("INSERT") else 1):
                cursor.execute(statement, args)
            cursor.execute("COMMIT")
    measured(live, "four rows of 16 MiB in one transaction", lambda: run(
        "INSERT INTO text (old_text, old_flags) VALUES (repeat('x', 16777215), 'utf-8')"), record_property)
    measured(live, "the same deleted", lambda: run("DELETE FROM text WHERE old_id > %s", last), record_property)
    compare.assert_equal(live, "wiki43")


def write_pages(connection, pages, size):
    """Edits with texts of that size, of which compression spares little; returns them by page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_id FROM wiki43.page WHERE page_title LIKE 'Load\\_%%' ORDER BY page_id LIMIT %s", (pages,))
        ids = [number for number, in cursor.fetchall()]
        cursor.execute("SELECT min(actor_id) FROM wiki43.actor WHERE actor_name LIKE 'Load user %'")
        actor = cursor.fetchone()[0]
        cursor.execute("SELECT role_id, model_id INTO @load_role, @load_model FROM wiki43.slot_roles, wiki43.content_models"
                       " WHERE role_name = 'main' AND model_name = 'wikitext'")
        texts = {}
        for page in ids:
            texts[page] = base64.encodebytes(random.Random(page).randbytes(size // 4 * 3)).decode()[:size]
            cursor.execute("BEGIN")
            cursor.execute("CALL %s.wiki43_edit(%%s, %%s, 'large', %%s)" % workload.LOAD, (page, actor, texts[page]))
            cursor.execute("COMMIT")
    return texts


@contextlib.contextmanager
def largest_message(box, size):
    """kafka.max_message_bytes; None: as it is."""
    with open(box.conf) as file:
        before = file.read()

    def configure(text, limit):
        box.service("stop", "relay")
        with open(box.conf, "w") as file:
            file.write(text)
        kafka.set_topics(box, kafka.topics(box), "max.message.bytes", limit)
        box.service("start", "relay")
    if size is None:
        yield
        return
    try:
        configure(before + "max_message_bytes = %d\n" % size, size)    # [kafka] is the last section
        yield
    finally:
        configure(before, 10 << 20)


@pytest.mark.parametrize("size, policy, message", [(8 << 20, "latest", None), (10 << 20, "latest", None), (10 << 20, "latest", 16 << 20), (10 << 20, "stream", 16 << 20)],
                         ids=["8 MiB", "10 MiB, too large", "10 MiB, told", "10 MiB, stream"])
def test_large_pages(live, record_property, size, policy, message):
    """Pages with as much as a message may have, and with more: then the event goes without it, unless messages may be larger."""
    connection = live.maria(fresh=True)
    workload.install(connection, "wiki43")
    workload.prepare(connection, "wiki43", 4, 1)
    with largest_message(live, message), contents.telling(live, "wiki43", policy, 16 << 20):
        start, texts = kafka.end_offset(live, live.topic(contents.STREAM)), {}
        measured(live, "pages of %d MiB, %s, messages of %d MiB" % (size >> 20, policy, (message or 10 << 20) >> 20), lambda: texts.update(write_pages(connection, 4, size)), record_property)
        found = [e for e in kafka.events(live, start, contents.STREAM) if e.wiki == "wiki43"]
        assert len(found) == 4
        for event in found:
            told, why = contents.told(event)["main"], contents.why(event)
            assert (told, why) == ((None, "too large") if size > 8 << 20 and message is None else (texts[event.value["page"]["page_id"]], None)), (event, why)
        kept = live.pg_rows("SELECT page_id, body FROM mediawiki.page p JOIN mediawiki.slots s ON s.wiki_id = p.wiki_id AND slot_revision_id = page_latest"
                            " JOIN mediawiki.content_body b ON b.wiki_id = p.wiki_id AND content_id = slot_content_id WHERE length(body) >= %s", (size,))
        assert {page: bytes(body).decode() for page, body in kept} == ({} if policy == "stream" else texts)


def test_burst_of_10000_edits(live, record_property):
    connection = live.maria(fresh=True)
    workload.install(connection, "wiki39")
    workload.prepare(connection, "wiki39", 1000, 10)
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    measured(live, "burst of 10,000 edits",
             lambda: workload.edits(connection, "wiki39", 0, 10000, 1000, 10, 1000), record_property)
    found = kafka.events(live, start)
    assert [e.kind for e in found] == 10000 * ["edit"]
    assert len({e.value["revision"]["rev_id"] for e in found}) == 10000
    assert all(e.value["prior_state"]["revision"]["rev_id"] == e.value["revision"]["rev_parent_id"] for e in found)
    compare.assert_equal(live, "wiki39")


def test_backlog_while_the_relay_is_away(live, record_property):
    """The slot keeps a backlog; drained at once, memory is bounded just the same."""
    connection = live.maria(fresh=True)
    workload.install(connection, "wiki43")
    workload.prepare(connection, "wiki43", 500, 10)
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    live.service("stop", "relay")
    workload.edits(connection, "wiki43", 0, 5000, 500, 10, 1000)
    chain.wait_mirror(live)
    live.service("start", "relay")
    measured(live, "backlog of 5,000 edits", lambda: None, record_property)
    assert len(kafka.events(live, start)) == 5000
