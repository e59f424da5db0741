"""
deploy/examples, run as they stand: over random changes of both wikis, the consumer of pages being killed meanwhile. What each example has
afterwards is what MediaWiki, or the whole topic, has.
"""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

import chain
import kafka
import sandbox

EXAMPLES = os.path.join(sandbox.ROOT, "deploy", "examples")
sys.path.append(EXAMPLES)

import pages    # noqa: E402
import search   # noqa: E402
import since    # noqa: E402

STREAM = "mediawiki.page_content_change.v1"
STATE = "mwmirror.state.page.v1"        # a compacted one: a message a row, null when it is gone
WORDS = ["harbour", "Zürich", "lantern", "naïve", "Meadow", "granite", "willow", "Ærøskøbing", "juniper", "copper", "ÇA-va", "thistle"]
STEPS = int(os.environ.get("MWMIRROR_STEPS", "12"))
TEXTS = ["the [[%s]] of ''%s''", "== %s ==\n%s", "%s-%s, (%s)", "{{%s|%s}}", "<b>%s</b> %s &amp; %s", "* %s\n* %s"]


def start(box, name, *args, **more):
    return subprocess.Popen([os.path.join(EXAMPLES, name)] + [str(a) for a in args], env=dict(os.environ, KAFKA_BOOTSTRAP=box.bootstrap),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def output(box, name, *args):
    """What an example prints; it must end well."""
    process = start(box, name, *args)
    try:
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0 and not err, (name, args, out[-2000:], err[-2000:])
    return out


class Changes(threading.Thread):
    """Random changes of one wiki's pages, whose titles begin with the prefix."""

    def __init__(self, wiki, prefix, seed):
        super().__init__()
        self.wiki, self.prefix, self.random = wiki, prefix, random.Random(seed)
        self.there, self.gone, self.number, self.error = [], [], 0, None

    def text(self):
        shape = self.random.choice(TEXTS)
        return shape % tuple(self.random.choices(WORDS, k=shape.count("%s")))

    def title(self):
        self.number += 1
        return "%s%s %d" % (self.random.choice(["", "Talk:"]), self.prefix, self.number)

    def create(self):
        self.there.append(self.title())
        self.wiki.edit(self.there[-1], self.text(), "new")

    def edit(self):
        self.wiki.edit(self.random.choice(self.there), "%s\n%s" % (self.text(), self.text()), "edit")

    def move(self):
        old, new, leave = self.there.pop(self.random.randrange(len(self.there))), self.title(), self.random.random() < 0.5
        self.wiki.move(old, new, noredirect=not leave)
        self.there += [new, old] if leave else [new]

    def delete(self):
        self.gone.append(self.there.pop(self.random.randrange(len(self.there))))
        self.wiki.delete(self.gone[-1])

    def undelete(self):
        if self.gone:
            self.there.append(self.gone.pop())
            self.wiki.undelete(self.there[-1])

    def protect(self):
        self.wiki.protect(self.random.choice(self.there))

    def hide(self):
        """The comment of the latest revision: MediaWiki does not let its text be hidden."""
        title = self.random.choice(self.there)
        self.wiki.edit(title, self.text() + " hidden %d" % time.time_ns(), "to be hidden")
        self.wiki.revision_delete([self.wiki.revisions(title)[0]["revid"]], hide="comment")

    def run(self):
        try:
            for _ in range(4):
                self.create()
            self.wiki.edit("%s large" % self.prefix, "more than is kept " * (1 << 16), "large")
            steps = [self.edit, self.move, self.delete, self.undelete, self.protect, self.hide]
            for step in steps + self.random.choices(steps + [self.create, self.edit], k=STEPS) + [self.delete]:
                step()
                while len(self.there) < 3:
                    self.create()
        except Exception as error:      # told by the test
            self.error = error


class Run:
    """What the wikis went through, and the pages that a consumer has of it which was killed now and then."""

    def __init__(self, box, directory):
        self.box, self.database = box, os.path.join(directory, "pages.db")
        self.wikis = [box.wiki("39"), box.wiki("43")]
        self.prefix = "Example %x" % (time.time_ns() // 1000000)
        self.seed = sandbox.seed_from_environment()
        self.kills, self.requests, self.told = 0, [], "told.%s" % self.prefix.split()[1]
        for wiki in self.wikis:
            for number in range(5):
                wiki.edit("%s from before %d" % (self.prefix, number), "there already, %d" % number, "c")
        chain.wait_stream(box)

    def backfill(self):
        """Pages from before the stream was switched on are asked for: those of one wiki into the live topic, of the other into another."""
        for wiki, more in zip(self.wikis, ([], ["--topic", self.told])):
            done = self.box.mwmirror("backfill", wiki.dbname, "--stream", STREAM, "--detach", "--json", *more)
            assert done.returncode == 0, done.stderr
            self.requests += [request["id"] for request in json.loads(done.stdout)]

    def perform(self):
        self.offsets = kafka.end_offsets(self.box)
        threads = [Changes(wiki, self.prefix, "%d %s" % (self.seed, wiki.name)) for wiki in self.wikis]
        for thread in threads:
            thread.start()
        chance = random.Random(self.seed)
        while any(thread.is_alive() for thread in threads):
            consumer = start(self.box, "pages.py", "--member", "one", self.database)
            try:
                consumer.wait(chance.uniform(0.3, 1.5))
            except subprocess.TimeoutExpired:
                pass
            assert consumer.poll() is None, consumer.communicate()
            consumer.kill()
            consumer.communicate()
            self.kills += 1
            if self.kills == 2:
                self.backfill()
        for thread in threads:
            thread.join()
            if thread.error:
                raise thread.error
        chain.wait_for(lambda: self.box.pg_rows("SELECT DISTINCT state FROM mwmirror.request WHERE id = ANY (%s)", (self.requests,)) == [("done",)],
                       lambda: "backfill: %r" % self.box.pg_rows("SELECT * FROM mwmirror.request"), 30)
        chain.wait_stream(self.box)
        output(self.box, "pages.py", "--member", "one", "--until-end", self.database)
        self.events = kafka.all_events(self.box, self.offsets)
        self.contents = kafka.events(self.box, self.offsets[STREAM], STREAM)

    def rows(self, sql, *args):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()


def keep_contents(box, on):
    box.service("stop", "follow")
    for name in ("39", "43"):
        wiki = box.wiki(name).dbname
        box.pg_rows("UPDATE mwmirror.wiki SET content_policy = %s, content_limit = %s WHERE wiki_id = %s", ("all" if on else "none", 1 << 20, wiki))
        if not on:
            box.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (wiki,))
    box.service("start", "follow")
    chain.wait_stream(box)


def switch(box, on, stream=STREAM):
    """For both wikis; None: as it was."""
    for name in ("39", "43"):
        box.pg_rows("SELECT mwmirror.stream_switch(%s, %s, %s)", (stream, on, box.wiki(name).dbname))
    chain.wait_stream(box)


@pytest.fixture(scope="module")
def run(box, tmp_path_factory):
    box.restart_daemons()
    chain.wait_stream(box)
    done = box.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    keep_contents(box, True)
    try:
        run = Run(box, tmp_path_factory.mktemp("examples"))
        switch(box, True)
        run.perform()
        yield run
    finally:
        switch(box, None)
        keep_contents(box, False)


# pages.py


def api_pages(wiki, prefix):
    """{page id: (title, latest revision, redirect, content)} of MediaWiki, of titles with a prefix."""
    found = {}
    for namespace in (0, 1):
        answer = wiki.get(action="query", generator="allpages", gapnamespace=namespace, gapprefix=prefix, gaplimit=500, prop="info|revisions",
                          rvprop="ids|content", rvslots="main")
        assert "continue" not in answer
        for page in answer.get("query", {}).get("pages", []):
            revision, = page["revisions"]
            found[page["pageid"]] = (page["title"].replace(" ", "_"), page["lastrevid"], page.get("redirect", False), revision["slots"]["main"]["content"])
    return found


def kept_pages(db, wiki, prefix):
    return {page: (title, revision, bool(redirect), content) for page, title, revision, redirect, content in db.execute(
        "SELECT page_id, page_title, rev_id, is_redirect, content FROM pages WHERE wiki_id = ? AND page_title LIKE ? ESCAPE '!'",
        (wiki, "%" + prefix.replace(" ", "!_") + "%"))}


def compare_pages(run, database, wiki, known=lambda title: True):
    """A table with MediaWiki's API; returns how many pages were compared."""
    want = {page: row for page, row in api_pages(wiki, run.prefix).items() if known(row[0])}
    with sqlite3.connect(database) as db:
        have = kept_pages(db, wiki.dbname, run.prefix)
    large, = (page for page, row in want.items() if row[0].endswith("_large"))
    assert have[large][3] is None
    want[large] = want[large][:3] + (None,)
    assert have == want, "MWMIRROR_SEED=%d" % run.seed
    return len(want)


def test_pages(run, record_property):
    """
    The table is what MediaWiki's API says, and each event was applied once, however often its consumer was killed. It has the pages from before the
    stream of the wiki whose pages were told in the live topic.
    """
    compared = compare_pages(run, run.database, run.wikis[0])
    compared += compare_pages(run, run.database, run.wikis[1], lambda title: "from_before" not in title)
    assert run.rows("SELECT DISTINCT no_content FROM pages WHERE page_title = ?", run.prefix.replace(" ", "_") + "_large") == [("too large",)]
    (offset, events), = run.rows("SELECT next_offset, events FROM progress WHERE topic = ?", run.box.topic(STREAM))
    messages = kafka.messages(run.box, run.box.topic(STREAM))
    assert (offset, events) == (messages[-1].offset() + 1, len(messages))
    kinds = {e.kind for e in run.contents}
    assert kinds >= {"create", "edit", "move", "delete"} and run.kills >= 2
    record_property("pages kept from a topic, as MediaWiki's API says", compared)
    record_property("events of it; kills meanwhile", "%d; %d" % (events, run.kills))


def test_pages_of_a_topic_of_their_own(run, tmp_path, record_property):
    """A new consumer: first the topic of a backfill, then the live one, which has older events too."""
    database = str(tmp_path / "pages.db")
    output(run.box, "pages.py", "--until-end", "--topic", run.told, "--group", run.told, database)
    with sqlite3.connect(database) as db:
        told = kept_pages(db, run.wikis[1].dbname, run.prefix)
    assert len([row for row in told.values() if "from_before" in row[0]]) == 5
    output(run.box, "pages.py", "--until-end", "--group", run.told, database)
    record_property("pages joined from a backfill and the live topic", sum(compare_pages(run, database, wiki) for wiki in run.wikis))
    kafka.delete_topics(run.box, [run.told])


def test_pages_of_several_consumers(run, tmp_path):
    """Consumers of one group come, go and are killed, over a topic with partitions: the table is the same."""
    box, topic, database = run.box, "examples.%x" % time.time_ns(), str(tmp_path / "pages.db")
    messages = kafka.messages(box, box.topic(STREAM), run.offsets[STREAM])
    kafka.create_topic(box, topic, 4)
    producer = kafka.Producer({"bootstrap.servers": box.bootstrap})
    arguments = ("--topic", topic, "--group", topic, database)
    members = [start(box, "pages.py", *arguments) for _ in range(3)]

    def applied():
        assert [member.poll() for member in members] == [None] * 3
        with sqlite3.connect(database, timeout=20) as db:
            made = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'progress'").fetchone()
            return made and db.execute("SELECT coalesce(sum(events), 0) FROM progress").fetchone()[0]
    try:
        for number, message in enumerate(messages):
            producer.produce(topic, message.value(), message.key(), headers=message.headers())
            if number in (len(messages) // 3, len(messages) // 2):
                assert producer.flush(20) == 0
                chain.wait_for(applied, "a consumer to begin", 20)
                gone = members.pop(0)
                gone.send_signal(signal.SIGKILL if number == len(messages) // 3 else signal.SIGTERM)
                gone.communicate(timeout=20)
                members.append(start(box, "pages.py", *arguments))
        assert producer.flush(20) == 0
        chain.wait_for(lambda: applied() == len(messages), lambda: "%r of %d events to be applied" % (applied(), len(messages)), 40)
        for member in members:
            member.terminate()
            assert member.wait(20) == 0
        for wiki in run.wikis:
            with sqlite3.connect(run.database) as one, sqlite3.connect(database) as other:
                assert kept_pages(other, wiki.dbname, run.prefix) == kept_pages(one, wiki.dbname, run.prefix)
                assert len(other.execute("SELECT * FROM progress").fetchall()) > 1
    finally:
        for member in members:
            member.kill()
            member.communicate()
        kafka.delete_topics(box, [topic])


def test_content_that_is_not_told(run):
    """Hidden content goes; what is absent from an event is kept if it is the same as before, and else said to be absent."""
    event = next(e.value for e in run.contents if e.kind == "create" and not e.title.endswith("large"))
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(pages.SCHEMA)

    def told(body=None, visible=True, sha1=None, lacking=None, lsn="0/A"):
        value = json.loads(json.dumps(event))
        value["revision"]["is_content_visible"] = visible
        slot = value["revision"]["content_slots"]["main"]
        del slot["content_body"]
        if body is not None:
            slot["content_body"] = body
        if not visible:
            del slot["content_sha1"]
        elif sha1 is not None:
            slot["content_sha1"] = sha1
        pages.apply(db, value, {"lsn": lsn.encode(), **({"content": lacking.encode()} if lacking else {})})
        return db.execute("SELECT content, no_content FROM pages").fetchone()

    assert told("one", sha1="1") == ("one", None)
    assert told(sha1="1", lacking="absent") == ("one", None)
    assert told(sha1="2", lacking="absent") == (None, "absent")
    assert told(sha1="2", lacking="too large") == (None, "too large")
    assert told("two", sha1="2") == ("two", None)
    assert told(visible=False) == (None, "hidden")
    assert told(sha1="2", lacking="absent") == (None, "absent")
    assert told("two", sha1="2") == ("two", None)
    assert told("newer", lsn="1/0") == ("newer", None)
    assert told("older", lsn="0/FFFFFFFF") == ("newer", None)


# search.py


def wiki_search(run, wiki, words):
    """What the wiki's own search finds in texts."""
    answer = wiki.get(action="query", list="search", srsearch=words, srnamespace="*", srwhat="text", srlimit=500)
    assert "continue" not in answer
    return {hit["title"].replace(" ", "_") for hit in answer["query"]["search"] if run.prefix in hit["title"]}


def own_search(run, db, wiki, words):
    return {title for name, title, _ in search.search(db, words) if name == wiki.dbname and run.prefix.replace(" ", "_") in title}


QUERIES = [word.lower() for word in WORDS if "-" not in word] + [
    "harbour lantern", "junip*", "copper thistle", '"granite"', '"hidden granite"', "ærøsk*", "willow juniper copper", "absentee"]

# what the two find otherwise in this text: (words, this index, the wiki's search, why)
DIFFERENT_TEXT = 'saffron <span class="quicksilver">amber</span> [https://example.org/bergamot label]'
DIFFERENT = [
    ("quicksilver", True, False, "MediaWiki takes HTML tags out of texts before it indexes them"),
    ("bergamot", True, False, "likewise addresses of external links"),
    ("saffron -amber", False, True, "its search by MariaDB knows no minus: the word is looked for"),
    ("against saffron", False, True, "MariaDB passes over its stopwords in a query"),
]


def test_search(run, record_property):
    """An index of topics only finds what the wiki's own search finds, before and after it follows another change."""
    db = sqlite3.connect(run.database, isolation_level=None)
    search.make_index(db)
    found = {}

    def compare(wiki):
        """What one finds and the other does not, by query."""
        pairs = {words: (own_search(run, db, wiki, words), wiki_search(run, wiki, words)) for words in QUERIES}
        found[wiki.name] = sum(len(own) for own, _ in pairs.values())
        return {words: pair for words, pair in pairs.items() if pair[0] != pair[1]}
    for wiki in run.wikis:
        assert not compare(wiki)
        wiki.edit("%s later" % run.prefix, "harbour lantern meadow", "for the triggers")
        wiki.edit("%s different" % run.prefix, DIFFERENT_TEXT, "c")
    chain.wait_stream(run.box)
    output(run.box, "pages.py", "--member", "one", "--until-end", run.database)
    for wiki in run.wikis:
        assert not compare(wiki)
        assert run.prefix.replace(" ", "_") + "_later" in own_search(run, db, wiki, '"lantern meadow"')
        different = {run.prefix.replace(" ", "_") + "_different"}
        for words, own, theirs, why in DIFFERENT:
            assert own_search(run, db, wiki, words) == (different if own else set()), words
            assert wiki_search(run, wiki, words) == (different if theirs else set()), (words, why)
    db.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
    assert "_later" in output(run.box, "search.py", run.database, "harbour", "lantern")
    record_property("queries compared with the wikis' own search; hits", "%d; %d" % (2 * len(QUERIES), sum(found.values())))


# since.py


def test_since(run, record_property):
    """Since a time: every event of that time or later, in order, whole transactions only; on all streams, and on one."""
    times = sorted({e.timestamp for e in run.events})
    everything = kafka.all_events(run.box, run.offsets), kafka.events(run.box, run.offsets[STREAM], STREAM)
    topics = [run.box.topic(stream) for stream in kafka.streams(run.box)]
    compared = 0
    for at in (times[0] + 1500, times[len(times) // 2], times[-1], times[-1] + 3600000):
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000)) + ".%03dZ" % (at % 1000)
        for chosen, events in zip((topics, [run.box.topic(STREAM)]), everything):
            lines = [line.split(" ", 2) for line in output(run.box, "since.py", *(["--whole"] if chosen is topics else []), text, *chosen).splitlines()]
            have = [(gtid, int(ordinal), json.loads(value)) for gtid, ordinal, value in lines]
            assert have == [(e.gtid, e.ordinal, e.value) for e in events if e.timestamp >= at]
            compared += len(have)
    assert compared > 100
    record_property("events since a time, compared with all", compared)


def test_transactions_that_are_not_whole():
    """What is still being published is told from what is whole."""
    class Message:
        def __init__(self, lsn, gtid, ordinal, last=False):
            self.of = [("source", b"s"), ("gtid", gtid), ("lsn", lsn), ("ordinal", b"%d" % ordinal)] + ([("last", b"true")] if last else [])

        def headers(self):
            return self.of
    messages = [Message(b"0/A", b"0-1-9", 1, True), Message(b"0/A", b"0-1-10", 1), Message(b"0/A", b"0-1-10", 2, True),
                Message(b"0/B", b"0-1-11", 2, True), Message(b"1/0", b"0-1-12", 1)]
    shuffled = sorted(messages, key=since.place)
    assert shuffled == messages
    assert [since.is_whole(group) for group in since.transactions(messages)] == [True, True, False, False]


# kcat.sh


def test_kcat_latest(run):
    """The latest state of a page is what the wiki says; of one that is deleted there is none. One state stream is on, and no other."""
    box, wiki = run.box, run.wikis[1]
    switch(box, True, STATE)
    try:
        pages = [wiki.edit("%s state %d" % (run.prefix, number), "one", "c")["pageid"] for number in range(2)]
        latest = wiki.edit("%s state 0" % run.prefix, "two", "c")["newrevid"]
        wiki.delete("%s state 1" % run.prefix)
        chain.wait_stream(box)
        there, gone = (output(box, "kcat.sh", "latest", box.topic(STATE), '{"wiki_id":"%s","page_id":%d}' % (wiki.dbname, page)) for page in pages)
        assert json.loads(there)["page_latest"] == latest and gone == ""
    finally:
        switch(box, None, STATE)


def test_kcat(run):
    """Each one-liner says what the topics have."""
    box, topic = run.box, run.box.topic(STREAM)
    with open(os.path.join(EXAMPLES, "kcat.sh")) as file:
        commands = set(re.findall(r"^#\tkcat.sh (\w+)", file.read(), re.M))
    assert commands == {"follow", "since", "latest", "count", "headers", "topics"}
    everything = kafka.messages(box, topic)
    assert output(box, "kcat.sh", "count", topic).split() == [str(len(everything)), topic]
    assert set(box.topic(stream) for stream in kafka.streams(box)) <= set(output(box, "kcat.sh", "topics").split())
    headers = output(box, "kcat.sh", "headers", topic).splitlines()
    assert len(headers) == len(everything)
    last = [e for e in kafka.events(box, run.offsets[STREAM], STREAM)][-1]
    assert headers[-1].startswith('%d %s source=%s,gtid=%s,' % (last.offset, last.key_bytes.decode(), last.source, last.gtid))
    at = last.timestamp // 1000
    lines = output(box, "kcat.sh", "since", "@%d" % at, topic).splitlines()
    place = next(number for number, m in enumerate(everything) if m.timestamp()[1] >= at * 1000)
    # or some before: the end of a transaction has the broker's time, which is later than what an event in it has
    assert len(everything) > len(lines) >= len(everything) - place
    assert [json.loads(line)["meta"]["id"] for line in lines] == [json.loads(m.value())["meta"]["id"] for m in everything[-len(lines):]]
    follower = start(box, "kcat.sh", "follow", topic, start_new_session=True)
    lines, ready = [], threading.Event()

    def read():
        for line in follower.stdout:
            lines.append(json.loads(line))
            ready.set()
    threading.Thread(target=read, daemon=True).start()
    try:
        number = 0
        while not ready.is_set():     # it begins at the end as soon as it has asked for it
            number += 1
            assert number < 20
            run.wikis[1].edit("%s followed" % run.prefix, "edit %d" % number, "c")
            ready.wait(2)
        assert lines[0]["page"]["page_title"] == run.prefix.replace(" ", "_") + "_followed"
    finally:
        os.killpg(follower.pid, signal.SIGKILL)
        follower.communicate()
