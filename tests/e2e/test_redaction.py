"""
Nothing that a wiki hides is said by any stream after it was hidden: canaries in every field that can be hidden, by every
route (canary_routes.py), with events in flight; and how soon after a hiding the correcting event can be read.

What was public before may be in the events of that time, whenever they are written.
MWMIRROR_CANARIES=N: N rounds of every state of the daemons with both MediaWikis.
"""

import itertools
import math
import os
import signal
import threading
import time

import pytest
from confluent_kafka import TopicPartition

import canary
import canary_fields
import canary_routes
import canary_routes_logs
import canary_views
import chain
import compaction
import contents
import kafka

ROUNDS = int(os.environ.get("MWMIRROR_CANARIES", "0"))
MODES = ("complete", "parity-1.43", "parity-1.45", "parity-1.47")
PRIVATE = "mediawiki.page_change.private.v1"
# Fields that no event says, hidden or not.
UNTOLD = {"reason of a suppression", "restricted tag"}
HIDINGS, PAGES, PACE = (240, 40, 25.0) if ROUNDS else (100, 20, 25.0)     # a second
CONTENT_LIMIT = 16 << 20
BITS = (2, 4, 1, 6, 9, 14)     # each hides what the one before did not


class Live:
    """All is read as it happens."""
    def enter(self, box, phase):
        pass

    leave = enter


class Stopped:
    """A daemon does not run while the phases go on, and has them all before it then."""

    def __init__(self, daemon, first, last):
        self.daemon, self.first, self.last = daemon, first, last

    def enter(self, box, phase):
        if phase == self.first:
            box.service("stop", self.daemon)

    def leave(self, box, phase):
        if phase == self.last:
            box.service("start", self.daemon)


class Frozen(Stopped):
    """Likewise, but it has events in its hands."""

    def enter(self, box, phase):
        if phase == self.first:
            os.kill(box.pid(self.daemon), signal.SIGSTOP)

    def leave(self, box, phase):
        if phase == self.last:
            os.kill(box.pid(self.daemon), signal.SIGCONT)


PLANT, HIDE, AFTER = range(3)
STATES = {"live": Live(), "relay stopped": Stopped("relay", PLANT, AFTER), "relay frozen": Frozen("relay", HIDE, HIDE),
          "follow stopped": Stopped("follow", PLANT, AFTER), "follow frozen": Frozen("follow", HIDE, HIDE)}


def plan():
    """(state, version, ways, content_policy) of each run."""
    if ROUNDS:
        policies = itertools.cycle(("latest", "stream", "all"))
        return [(state, version, (False, True), next(policies)) for _ in range(ROUNDS) for state in STATES for version in ("39", "43")]
    return [("relay stopped", "39", (True,), "latest"), ("follow stopped", "43", (False,), "stream")]


def perform(box, stage, state, ways):
    routes = canary_routes.routes(stage, ways, canary_routes_logs.ROUTES)
    for phase in (PLANT, HIDE, AFTER):
        STATES[state].enter(box, phase)
        try:
            for route in routes:
                next(route, None)
            if phase == AFTER:
                stage.wiki.run_jobs()
        finally:
            STATES[state].leave(box, phase)
    assert not [route for route in routes if next(route, "through") != "through"]


def privately(box, stage_of, wiki, canaries, title):
    """
    The wiki becomes private while follow has an edit in its hands and the relay is stopped, goes on, and is public again. (begin, end): what it
    committed after and up to these places is for the streams of private wikis.
    """
    def declare(option):
        done = box.mwmirror("add-wiki", wiki.dbname, "--siteinfo", wiki.api_url, option)
        assert done.returncode == 0, done.stderr
    box.service("stop", "relay")
    wiki.edit(title, "public", "c")
    canaries.quiet()
    chain.wait_mirror(box)
    begin = canaries.place()
    os.kill(box.pid("follow"), signal.SIGSTOP)
    try:
        wiki.edit(title, "private", "c")
        canaries.quiet()
        declare("--private")
    finally:
        os.kill(box.pid("follow"), signal.SIGCONT)
    routes = canary_routes.few_routes(stage_of())
    for _ in (PLANT, HIDE, AFTER):
        for route in routes:
            next(route, None)
    wiki.edit(title, "private still", "c")
    canaries.quiet()
    chain.wait_mirror(box)
    end = canaries.place()
    declare("--public")
    wiki.edit(title, "public again", "c")
    box.service("start", "relay")
    return begin, end


def check_private(messages, times):
    """Of the times when a wiki was private: all events are on the one stream, and no others are."""
    of_events = [m for m in messages if m.place is not None and not m.is_asked and canary.is_event(m)]
    inside = [m for m in of_events if any(begin < m.place <= end for begin, end in times)]
    assert {m.topic for m in inside} == {PRIVATE}, {m.topic: m.value[:2000] for m in inside if m.topic != PRIVATE}
    assert len(inside) == len([m for m in of_events if m.topic == PRIVATE])


def grouped(messages, canaries):
    """How many canaries have events from before and from after their hiding in one transaction of PostgreSQL."""
    by_lsn = {}
    for message in messages:
        if message.lsn and message.place is not None:
            low, high = by_lsn.get(message.lsn, (message.place, message.place))
            by_lsn[message.lsn] = min(low, message.place), max(high, message.place)
    return sum(any(low <= canary.hidden[0][0] < high for low, high in by_lsn.values()) for canary in canaries)


def kafka_messages(box, offsets):
    """Of all topics; of aborted transactions too, whose messages are there for who wants to see them."""
    messages = [canary.of_kafka(topic, box.topic_prefix, message) for topic in kafka.topics(box)
                for message in kafka.messages(box, topic, offsets.get(topic, 0), "read_uncommitted")]
    place = None    # what requests have told is of what was there by then
    for message in sorted((m for m in messages if m.lsn), key=lambda m: (kafka.parse_lsn(m.lsn), m.place is None)):
        place = message.place = place if message.place is None else message.place
    return messages


def decoded(box, slot):
    """What the plugin says of all that is in the slot, in each mode."""
    connection, messages = box.pg(fresh=True), []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '10min'")   # of much WAL
        for mode in MODES:
            cursor.execute("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format', 'text', 'mode', %s)", (slot, mode))
            messages += canary.of_lines(line for line, in cursor.fetchall())
    connection.close()
    return messages


def compacted_topics(box):
    """Of what everyone may read: {topic: its table, or NULL}."""
    return dict(box.pg_rows("SELECT name, of_table FROM mwmirror.streams() WHERE enabled AND NOT private AND cleanup = 'compact'"))


def search_compacted(box, canaries):
    """What is left in compacted topics, and what of it a wiki hides now."""
    for wiki in (box.wiki("39"), box.wiki("43")):   # no route hides the entries of pages that it makes
        box.maria_rows("UPDATE `%s`.logging SET log_deleted = 7 WHERE log_type = 'create'" % wiki.dbname)
    chain.wait_stream(box)
    place, streams = canaries.place(), compacted_topics(box)
    left = compaction.compact(box, [box.topic(name) for name in streams])
    messages = [canary.of_kafka(topic, box.topic_prefix, message) for topic, of_topic in left.items() for message in of_topic]
    for message in messages:
        message.place = place
    return messages, canary.Search(messages, canaries.all).finds


@pytest.fixture
def all_streams(live):
    """The sandbox with every stream on that tells of public wikis."""
    off = [name for name, in live.pg_rows("SELECT name FROM mwmirror.streams() WHERE NOT enabled AND NOT private")]

    def switch(on):
        for name in off:
            live.pg_rows("SELECT mwmirror.stream_switch(%s, %s)", (name, on))
    if off:
        live.service("stop", "relay")
        switch(True)
        made = live.mwmirror("topics")
        assert made.returncode == 0, made.stderr
        live.service("start", "relay")
    try:
        yield live
    finally:
        for version in ("39", "43"):
            contents.keep(live, live.wiki(version).dbname, "none", CONTENT_LIMIT)
        live.pg_rows("DELETE FROM mediawiki.content_body")
        compacted = [live.topic(name) for name in compacted_topics(live)]
        live.service("stop", "relay")
        switch(None)
        if compacted:
            kafka.delete_topics(live, compacted)    # their settings are those of compaction.py
        live.service("start", "relay")


def test_nothing_hidden_is_said(all_streams, record_property):
    live = all_streams
    canaries = canary.Canaries(live)
    first = time.time_ns() // 1000000 % 1000000
    offsets = {topic: kafka.end_offset(live, topic) for topic in kafka.topics(live)}
    slot = "e2e_canaries"
    live.pg_value("SELECT mwmirror.slot_create(%s)", (slot,))
    try:
        for number, (state, version, ways, policy) in enumerate(plan(), first):
            contents.keep(live, live.wiki(version).dbname, policy, CONTENT_LIMIT)
            perform(live, canary_routes.Stage(live.wiki(version), canaries, number, bool(ROUNDS)), state, ways)
        times = []
        for number, version in enumerate(("39", "43") if ROUNDS else ("43",), number + 1):
            wiki = live.wiki(version)
            times.append(privately(live, lambda: canary_routes.Stage(wiki, canaries, number, False), wiki, canaries, "Private %d" % number))
        canaries.quiet()
        chain.wait_stream(live, 120)
        messages = kafka_messages(live, offsets)
        topics = {message.topic for message in messages}
        messages += decoded(live, slot)
    finally:
        live.pg_rows("SELECT pg_drop_replication_slot(%s)", (slot,))
    search = canary.Search(messages, canaries.all)
    assert not search.finds, "%d finds\n%s" % (len(search.finds), canary.report(search.finds))
    untested = canary_fields.complaints(search.said, search.told) + canary_fields.state_complaints(live, search.said, search.told)
    assert not untested, "\n".join(untested)
    assert {name for name in kafka.streams(live) if not name.startswith("mwmirror.state.")} <= topics
    check_private(messages, times)
    hidden = [c for c in canaries.all if c.hidden]
    untold = {c.field for c in hidden} - {c.field for c in hidden if c.told_before} - UNTOLD
    assert not untold, "what no event says cannot be found: %s" % untold
    together = grouped(messages, hidden)
    assert together > 0
    left, finds = search_compacted(live, canaries)
    assert not finds, "%d finds after compaction\n%s" % (len(finds), canary.report(finds))
    rows, finds = canary_views.search(live, [live.wiki("39"), live.wiki("43")], canaries)
    assert not finds, "%d finds in views\n%s" % (len(finds), canary.report(finds))
    record_property("rows of public views", "%d: 0 finds" % rows)
    record_property("messages of %d topics after compaction" % len({message.topic for message in left}), "%d: 0 finds" % len(left))
    record_property("canaries hidden; told while public; both in one transaction of PostgreSQL", "%d, %d, %d" % (
        len(hidden), sum(1 for c in hidden if c.told_before), together))
    record_property("messages searched, of which after the first hiding", "%d, %d: 0 finds" % (len(messages), search.later))


class Arrivals:
    """When each source transaction could first be read on each stream: {(stream, gtid): time}, by a thread."""

    def __init__(self, box):
        self.found, self.stopped = {}, threading.Event()
        self.streams = {box.topic(name): name for name in kafka.streams(box)}
        self.reader = kafka.consumer(box)
        self.reader.assign([TopicPartition(topic, 0, kafka.end_offset(box, topic)) for topic in self.streams])
        self.thread = threading.Thread(target=self._read, daemon=True)

    def _read(self):
        while not self.stopped.is_set():
            message = self.reader.poll(0.1)
            if message is not None and message.error() is None:
                headers = dict(message.headers())
                gtid = headers.get("gtid", headers.get("request")).decode()
                self.found.setdefault((self.streams[message.topic()], gtid), time.monotonic())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stopped.set()
        self.thread.join()
        self.reader.close()


def percentile(values, percent):
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def test_time_to_the_correcting_event(all_streams, record_property):
    """From the COMMIT of a hiding, written as MediaWiki writes it, until a consumer of committed messages has its events."""
    box, wiki = all_streams, all_streams.wiki("43")
    pages = []
    for number in range(PAGES):
        edit = wiki.edit("Timed %d" % number, "text %d" % time.time_ns(), "comment")
        pages.append((edit["title"], edit["pageid"], edit["newrevid"]))
    chain.wait_stream(box)
    connection = box.maria(fresh=True)
    connection.select_db(wiki.dbname)
    committed = {}
    with Arrivals(box) as arrivals, connection.cursor() as cursor:
        begin = time.monotonic() + 1
        for number in range(HIDINGS):
            title, page, revision = pages[number % PAGES]
            time.sleep(max(0, begin + number / PACE - time.monotonic()))    # the pace
            cursor.execute("BEGIN")
            # something else in each round
            cursor.execute("UPDATE revision SET rev_deleted = %s WHERE rev_id = %s", (BITS[number // PAGES], revision))
            cursor.execute("UPDATE recentchanges SET rc_deleted = rc_deleted | 2 WHERE rc_this_oldid = %s", (revision,))
            cursor.execute("INSERT INTO logging (log_type, log_action, log_timestamp, log_actor, log_namespace, log_title, log_page,"
                           " log_comment_id, log_params) SELECT 'delete', 'revision', '20260101000000', rev_actor, 0, %s, %s,"
                           " rev_comment_id, '' FROM revision WHERE rev_id = %s", (title.replace(" ", "_"), page, revision))
            before = time.monotonic()
            cursor.execute("COMMIT")
            cursor.execute("SELECT @@last_gtid")
            committed[cursor.fetchone()[0]] = before
        chain.wait_for(lambda: all((kafka.STREAM, gtid) in arrivals.found for gtid in committed),
                       lambda: "%d of %d hidings told" % (len(arrivals.found), HIDINGS), 60)
    chain.wait_stream(box)
    assert len(committed) == HIDINGS
    for stream in sorted({stream for stream, _ in arrivals.found}):
        delays = [(arrivals.found[stream, gtid] - before) * 1000 for gtid, before in committed.items() if (stream, gtid) in arrivals.found]
        record_property("hiding to %s" % stream, "p50 %.1f ms, p99 %.1f ms, longest %.1f ms of %d at %d a second" % (
            percentile(delays, 50), percentile(delays, 99), max(delays), len(delays), PACE))
