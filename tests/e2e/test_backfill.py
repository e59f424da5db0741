"""
Backfill: a consumer that begins with what a request tells, and goes on with the live events, has neither gap nor overlap.

Joins at random moments while pages are made, edited, moved and deleted, by several requests at once, into live topics and into topics of their own,
while follow, relay and the command itself are killed. The seed is printed, MWMIRROR_SEED repeats its choices; MWMIRROR_JOINS=100 is the long form.
"""

import hashlib
import json
import os
import random
import subprocess
import threading
import time

import pytest

import chain
import kafka
import sandbox
import schemas
import workload
from bare import WIKI, small_sandbox

JOINS = int(os.environ.get("MWMIRROR_JOINS", "6"))
PAGES = 400
STREAM = "mediawiki.page_change.v1"
STATE = "mwmirror.state.page.private.v1"
DEADLINE = 60 + 3 * JOINS


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("backfill") as bare:
        bare.create_wiki(PAGES, in_the_copy=True)
        bare.box.pg_rows("SELECT mwmirror.stream_switch(%s, true)", (STATE,))
        schemas.learn_states(bare.box)
        yield bare


class Turmoil:
    """Pages that are made, edited, moved and deleted, a source transaction each, while the `with` block runs."""

    def __init__(self, connect, pages, seed):
        self.connect, self.pages, self.dice = connect, list(pages), random.Random(seed)
        self.number = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        connection = self.connect()
        connection.select_db(WIKI)
        with connection.cursor() as cursor:
            cursor.execute("SET @load_role = (SELECT role_id FROM slot_roles LIMIT 1), @load_model = (SELECT model_id FROM content_models LIMIT 1)")
            while not self.stop.is_set():
                cursor.execute("START TRANSACTION")
                self.change(cursor)
                cursor.execute("COMMIT")
                self.number += 1
                self.stop.wait(0.004)
        connection.close()

    def change(self, cursor):
        n, what = self.number, self.dice.random()
        page = self.dice.choice(self.pages)
        if what < 0.1:
            cursor.execute("INSERT INTO page (page_namespace, page_title, page_is_new, page_random, page_touched, page_latest, page_len, page_content_model)"
                           " VALUES (0, %s, 1, 0.5, '20260101000000', 0, 0, 'wikitext')", ("Made_%d" % n,))
            page = cursor.lastrowid
            self.pages.append(page)
        if what < 0.2 and what >= 0.1:
            cursor.execute("UPDATE page SET page_title = %s WHERE page_id = %s", ("Moved_%d" % n, page))
        elif what < 0.3 and what >= 0.2 and len(self.pages) > PAGES / 2:
            self.pages.remove(page)
            cursor.execute("INSERT INTO archive (ar_namespace, ar_title, ar_comment_id, ar_actor, ar_timestamp, ar_rev_id, ar_len, ar_page_id, ar_parent_id, ar_sha1)"
                           " SELECT 0, page_title, rev_comment_id, rev_actor, rev_timestamp, rev_id, rev_len, page_id, rev_parent_id, rev_sha1"
                           " FROM revision JOIN page ON page_id = rev_page WHERE page_id = %s", (page,))
            cursor.execute("DELETE FROM revision WHERE rev_page = %s", (page,))
            cursor.execute("DELETE FROM page WHERE page_id = %s", (page,))
        else:
            cursor.execute("CALL %s.%s_edit(%%s, 1, %%s, %%s)" % (workload.LOAD, WIKI), (page, "edit %d" % n, "text %d" % n))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()


class Daemons:
    """follow and relay, which are killed and begin again."""

    def __init__(self, bare):
        self.bare = bare
        self.kills = 0
        self.running = {}

    def start(self, verb):
        self.running[verb] = self.bare.daemon(verb, *(["--format", "envelope"] if verb == "relay" else []))

    def kill(self, verb):
        self.running[verb].kill()
        self.kills += 1
        self.start(verb)

    def __enter__(self):
        for verb in ("follow", "relay"):
            self.start(verb)
        return self

    def __exit__(self, *exc):
        for daemon in self.running.values():
            daemon.kill()


def in_mirror(bare):
    """{page: (title, revision)}"""
    return {page: (title, latest) for page, title, latest in bare.box.pg_rows(
        "SELECT page_id, page_title, page_latest FROM mediawiki.page WHERE wiki_id = %s AND page_latest <> 0", (WIKI,))}


def digest(state):
    return hashlib.sha256(json.dumps(sorted(state.items())).encode()).hexdigest()[:16]


class Join:
    """A request of a consumer that begins."""

    def __init__(self, bare, number, dice, pages):
        self.topic = "join.%d" % number if number % 2 else None
        self.stream = (STREAM, STATE)[number // 2 % 2]
        self.low, self.high, self.pages = None, None, None
        args = ["--stream", self.stream, "--rows-per-second", str(dice.choice([150, 300, 1000])), "--detach", "--json"]
        kind = dice.choice(["all", "range", "list"])
        if kind == "range":
            first = dice.randrange(len(pages) - 100)     # so wide that not all of them are deleted by then
            self.low, self.high = sorted(pages)[first], sorted(pages)[first + dice.randrange(60, 100)]
            args += ["--from", str(self.low), "--to", str(self.high)]
        elif kind == "list":
            self.pages = set(dice.sample(sorted(pages), 40))
        if self.topic:
            args += ["--topic", self.topic]
        done = bare.box.mwmirror("backfill", WIKI, *(str(page) for page in sorted(self.pages or ())), *args)
        assert done.returncode == 0, done.stderr
        (self.request,) = json.loads(done.stdout)
        self.id = self.request["id"]
        assert self.request["topics"] == (self.topic and [self.topic])

    def covers(self, page):
        if self.pages is not None:
            return page in self.pages
        return (self.low is None or page >= self.low) and (self.high is None or page < self.high)

    def of(self, state):
        return {page: value for page, value in state.items() if self.covers(page)}


def read_events(bare, since):
    """The lines of the relay's file that count, from an LSN on, each with its value checked."""
    path = os.path.join(bare.directory, "events")
    with open(path + ".position") as file:
        size = json.load(file)["bytes"]
    lines = []
    with open(path, "rb") as file:
        for line in file.read(size).decode().splitlines():
            envelope = json.loads(line)
            if envelope["topic"] in (STREAM, STATE) or envelope["topic"].startswith("join."):
                if envelope["value"]:
                    schemas.check(envelope["value"])
                if lsn(envelope) >= since:
                    lines.append(envelope)
    return lines


def lsn(envelope):
    return kafka.parse_lsn(envelope["headers"]["lsn"])


def request_of(envelope):
    """The id of the request that told it; None: it is live."""
    name = envelope["headers"].get("request", "")
    return int(name[1:].split(".")[0]) if name.startswith("Q") else None


def said(envelope):
    """(page, what it is), None if it is no more."""
    event = envelope["value"]
    if not event or event.get("changelog_kind") == "delete":
        return envelope["key"]["page_id"], None
    if "page_latest" in event:
        return event["page_id"], (event["page_title"], event["page_latest"])
    return event["page"]["page_id"], (event["page"]["page_title"], event["revision"]["rev_id"])


def apply(state, envelope):
    page, what = said(envelope)
    if what is None:
        state.pop(page, None)
    else:
        state[page] = what


def states_at(envelopes, before, joins):
    """The mirror's state, by live events alone, at each message of each request: what the request must tell; and at its last one."""
    state, at_end, told = dict(before), {}, {join.id: [] for join in joins}
    for envelope in sorted(envelopes, key=lsn):
        of = request_of(envelope)
        if of is None and envelope["topic"] == STREAM:
            apply(state, envelope)
        if of is None:
            continue
        page, what = said(envelope)
        assert what == state.get(page), "page %d is told as it is not at %s: %s, not %r" % (page, envelope["headers"], what, state.get(page))
        told[of].append(page)
        at_end[of] = dict(state)
    return state, at_end, told


def consume(join, envelopes):
    """A consumer that begins with the first message of the request: its state when it has the last one, and in the end."""
    own = [e for e in envelopes if request_of(e) == join.id]
    begin, end = lsn(own[0]), lsn(own[-1])
    topics = {join.stream, join.topic or join.stream}
    state, joined = {}, None
    for envelope in sorted((e for e in envelopes if e["topic"] in topics and lsn(e) >= begin), key=lsn):
        if joined is None and lsn(envelope) > end:
            joined = join.of(state)
        if request_of(envelope) in (None, join.id):     # others' requests tell nothing that it needs
            if join.covers(envelope["key"]["page_id"]):
                apply(state, envelope)
    return join.of(state) if joined is None else joined, join.of(state)


def backfill_in_backlog(bare, edits):
    """Asks for one while follow has so many edits to apply. (seconds that these took from then on, where it began, where the backlog ended)"""
    box = bare.box
    connection = box.maria(fresh=True)
    workload.edits(connection, WIKI, 0, edits, 50, 2)
    connection.close()
    begin, goal = bare.position(), chain.source_position(box)
    daemon = bare.daemon("follow", env={"MWMIRROR_APPLY_GROUP_ROWS": "1"})
    try:
        chain.wait_for(lambda: bare.position() != begin, daemon.log, 20)
        done = box.mwmirror("backfill", WIKI, "--stream", STREAM, "--rows-per-second", "none", "--detach", "--json")
        began, (request,) = time.monotonic(), json.loads(done.stdout)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 90)
        seconds = time.monotonic() - began
        chain.wait_for(lambda: box.pg_value("SELECT state FROM mwmirror.request WHERE id = %s", (request["id"],)) == "done", daemon.log, 20)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    return seconds, box.pg_value("SELECT first_gtid_pos FROM mwmirror.request WHERE id = %s", (request["id"],)), goal


def test_a_backlog_does_not_starve_it(bare):
    """While follow has more to apply than it can, a request gets a part in every second or two."""
    for edits in (3000, 12000, 40000):   # as many as take long enough on this machine
        seconds, first, goal = backfill_in_backlog(bare, edits)
        if seconds > 3:
            break
    assert seconds > 3 and not chain.reached(first, goal), "%.1f s of backlog, and it began at %s of %s" % (seconds, first, goal)


def test_joins_under_load_and_kills(bare, record_property):
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    before, since = in_mirror(bare), kafka.parse_lsn(bare.box.pg_value("SELECT pg_current_wal_lsn()::text"))
    joins = []
    watchers = 0
    with Daemons(bare) as daemons, Turmoil(lambda: bare.box.maria(fresh=True), before, seed) as load:
        for number in range(JOINS):
            goal = load.number + dice.randrange(5, 120)
            chain.wait_for(lambda: load.number >= goal, "the load", 30)
            joins.append(Join(bare, number, dice, before))
            what = dice.choice(["follow", "relay", "command", "nothing"])
            if what in daemons.running:
                daemons.kill(what)
            elif what == "command":
                watcher = bare.daemon("backfill", "--resume", str(joins[-1].id))
                chain.wait_for(lambda: "rows" in watcher.log() or watcher.process.poll() is not None, watcher.log, 20)
                watcher.kill()
                watchers += 1
        done = bare.daemon("backfill", "--resume", ",".join(str(join.id) for join in joins[-3:]), "--rows-per-second", "none")
        assert done.wait(DEADLINE) == 0, done.log()
        chain.wait_for(lambda: bare.box.pg_value("SELECT count(*) FROM mwmirror.request WHERE kind = 'backfill' AND state <> 'done'") == 0,
                       lambda: bare.box.pg_rows("SELECT id, state, error FROM mwmirror.request"), DEADLINE)
        goal = load.number + 20
        chain.wait_for(lambda: load.number >= goal, "the load", 30)
        load.stop.set()
        load.thread.join()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), "follow to catch up", 60)
        end = bare.box.pg_value("SELECT pg_current_wal_lsn()")
        chain.wait_for(lambda: bare.box.pg_value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots", (end,)),
                       daemons.running["relay"].log, 60)
        assert daemons.running["relay"].stop() == 0 and daemons.running["follow"].stop() == 0
    envelopes = read_events(bare, since)
    ids = [e["value"]["meta"]["id"] for e in envelopes if e["value"]]
    assert len(ids) == len(set(ids)), "an event is there twice"
    for envelope in envelopes:
        of = request_of(envelope)
        assert envelope["topic"].startswith("join.") == (of is not None and next(j for j in joins if j.id == of).topic is not None)
        assert ("position" in envelope["headers"]) == (of is not None)
    state, at_end, told = states_at(envelopes, before, joins)
    mirror = in_mirror(bare)
    assert state == mirror, "live events alone do not give the mirror"
    behind = 0
    for join in joins:
        assert len(told[join.id]) == len(set(told[join.id])), "request %d tells a page twice" % join.id
        joined, last = consume(join, envelopes)
        assert digest(joined) == digest(join.of(at_end[join.id])), "request %d: at the end of the join" % join.id
        assert digest(last) == digest(join.of(mirror)), "request %d: in the end" % join.id
        behind += sum(joined.get(page) != join.of(mirror).get(page) for page in joined)
    # the test has seen what it is about
    assert behind > 0, [join.request for join in joins]
    record_property("backfill, seed %d" % seed, "%d joins under %d changes, %d rows told, %d kills of follow and relay, %d of the command: digests equal, of the mirror %s"
                    % (len(joins), load.number, sum(len(pages) for pages in told.values()), daemons.kills, watchers, digest(mirror)))


def test_what_the_command_says(bare):
    """Exit codes, --list, --cancel, --resume, status; a list from a file."""
    box = bare.box
    known = sorted(in_mirror(bare))[:3]
    path = os.path.join(bare.directory, "pages")
    with open(path, "w") as file:
        file.write("%d\n#%d\nNo such page\n" % (known[0], known[1]))
    done = box.mwmirror("backfill", WIKI, "--pages", path, "--stream", STREAM, "--rows-per-second", "1", "--detach", "--json")
    assert done.returncode == 0 and "1 of these are no pages" in done.stderr, done.stderr
    (request,) = json.loads(done.stdout)
    number = str(request["id"])
    assert (request["state"], request["rows_total"], request["listed"]) == ("waiting", 2, True)
    assert "%s of %s, table page: waiting, 0 of about 2 rows, to %s" % (number, WIKI, STREAM) in box.mwmirror("backfill", "--list").stdout
    assert number + " of " in box.mwmirror("status").stdout
    assert int(number) in [r["id"] for r in json.loads(box.mwmirror("status", "--json").stdout)["requests"]]
    renamed = box.pg_rows("INSERT INTO mwmirror.request (kind, source_name, wiki_id, table_name, state, error) SELECT 'state', source_name, wiki_id, 'revision', x, y"
                          " FROM mwmirror.wiki, (VALUES ('failed', 'it is off'), ('done', NULL)) AS v (x, y) WHERE wiki_id = '%s' RETURNING id" % WIKI)
    shown = box.mwmirror("status").stdout
    assert "%d of %s, table revision: failed, 0 rows: it is off" % (renamed[0][0], WIKI) in shown and "%d of %s, table revision" % (renamed[1][0], WIKI) not in shown
    assert box.mwmirror("backfill", "--cancel", number).returncode == 0
    again = box.mwmirror("backfill", "--cancel", number)
    assert again.returncode == 1 and "none that can be cancelled" in again.stderr
    over = subprocess.run([box.binary, "-c", box.conf, "backfill", "--resume", number, "--detach"], capture_output=True, text=True)
    assert over.returncode == 0 and ": waiting" in over.stdout
    with Daemons(bare):
        done = box.mwmirror("backfill", "--resume", number, "--json")
        assert done.returncode == 0, done.stderr
        (request,) = json.loads(done.stdout)
        assert (request["state"], request["rows_done"], request["published"]) == ("done", 2, True)
        assert request["first_gtid_pos"] == request["last_gtid_pos"] == bare.position()
    assert box.mwmirror("backfill", "--resume", number).returncode == 0
    assert box.mwmirror("backfill", "--resume", number + ",99999").returncode == 1
    for code, args in ((2, ()), (2, (WIKI, "--list")), (2, ("--cancel", "x")), (2, (WIKI, "--rows-per-second", "0")), (2, (WIKI, "--pages", "/nowhere")),
                       (5, ("nowiki",)), (5, (WIKI, "--stream", "mediawiki.page-move")), (5, (WIKI, "--topic", "a b")), (5, (WIKI, "--since", "tomorrow-ish")),
                       (5, (WIKI, "--from", "x")), (1, (WIKI, "No such page"))):
        done = box.mwmirror("backfill", *args, "--detach") if args[:1] != ("--cancel",) else box.mwmirror("backfill", *args)
        assert done.returncode == code, "%s: exit code %d\n%s" % (args, done.returncode, done.stderr)
