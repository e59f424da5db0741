"""Decoding absurd states (absurd.py), and what must hold for what comes out, whatever the rows say."""

import collections
import json
import os
import re
import subprocess

import psycopg2

import absurd
import events
import kafka
import sandbox
import schemas
from postgres_server import PostgresServer

ROUND = 1000    # source transactions that are decoded at once
MANY = 20000    # of so many each stream tells something
HIDDEN = re.compile("%s|%d" % (absurd.CANARY, absurd.CANARY_NUMBER))
REPEATED = re.compile(r"(.{1,6}?)\1{20,}")
# besides the default; and what is told of all pages in each
MODES = {"schema 1.3.0": ("page_change_schema", "1.3.0"), "parity-1.43": ("mode", "parity-1.43"),
         "parity-1.45": ("mode", "parity-1.45"), "parity-1.47": ("mode", "parity-1.47")}
TOLD = {mode: ("delete", "move") if mode.startswith("parity") else ("appears", "edit", "move", "delete")
        for mode in ["complete", *MODES]}
REVISION_CREATE, PAGE_CREATE = "mediawiki.revision-create", "mediawiki.page-create"
PRIVATE_STREAM = "mediawiki.page_change.private.v1"
PRIVATE_STREAMS = (PRIVATE_STREAM, "mediawiki.page_content_change.private.v1", "mediawiki.page.state.private.v1")
ASKED_FOR = "mwmirror.wiki_change.v1"       # told when a writer asks, which is none here
STATE = ("mediawiki.page.state.v1", "mediawiki.page.state.private.v1")
DELETED = ("mediawiki.page-delete", "mediawiki.page-suppress")
# of the older streams, what names the thing whose events are compared
NAMED_BY = {REVISION_CREATE: "rev_id", PAGE_CREATE: "page_id", **{stream: "page_id" for stream in DELETED}}
CLASSES = {"create": "appears", "undelete": "appears"}
PAGE_CHANGE = (kafka.STREAM, PRIVATE_STREAM)
KINDS = ("page_change_kind", "user_change_kind", "file_change_kind")    # members that say what happened


def wiki_of(value):
    """An event's wiki; None: it says only its URL."""
    return next((value[name] for name in ("wiki_id", "database", "wiki") if name in value), None)


class Stage:
    """A PostgreSQL server with the extension, the wikis, a slot, and a session of the source's writer."""

    def __init__(self, directory):
        bindir = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], stdout=subprocess.PIPE, text=True,
                                check=True).stdout.strip()
        os.chmod(directory, 0o755)
        self.server = PostgresServer(os.path.join(directory, "postgres"), 5432, "states", bindir)
        with open(os.path.join(sandbox.ROOT, "decoder", "logical.conf")) as file:
            self.settings = file.read()

    def __enter__(self):
        server = self.server
        try:
            server.run("initdb", "--pgdata=" + server.data, "--username=postgres", "--auth=trust", "--no-sync",
                       "--encoding=UTF8", "--locale=C.UTF-8")
            server.configure(self.settings)
            server.start()
            server.value("CREATE DATABASE states", "postgres")
            self.reader, self.writer = server.pg(), server.pg()
            with self.reader.cursor() as cursor:
                cursor.execute("CREATE EXTENSION mwmirror")
                cursor.execute(absurd.SETTINGS)
                cursor.execute("SELECT pg_create_logical_replication_slot('states', 'mwmirror')")
                cursor.execute("SELECT name FROM mwmirror.streams() WHERE of_table IS NULL")
                self.streams = [row[0] for row in cursor.fetchall()]
            self.copier = server.pg()
            for connection, worker in ((self.writer, "follow"), (self.copier, "copy1")):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT mwmirror.origin_setup(%s, %s)", (absurd.SOURCE, worker))
                connection.autocommit = False
        except BaseException:
            server.close()
            raise
        return self

    def __exit__(self, *exc):
        self.reader.close()
        self.writer.close()
        self.copier.close()
        self.server.stop("immediate")

    def write(self, batches, writer=None):
        """One PG transaction."""
        with (writer or self.writer).cursor() as cursor:
            for verb, packed in batches:
                cursor.execute("SAVEPOINT before")
                cursor.execute("SELECT mwmirror.apply(%s)", (packed,))
                cursor.execute({"apply": "RELEASE before", "undo": "ROLLBACK TO before"}[verb])
        (writer or self.writer).commit()

    def change_settings(self, change, wiki):
        with self.reader.cursor() as cursor:
            cursor.execute("UPDATE mwmirror.wiki SET %s WHERE wiki_id = %%s" % change, (wiki,))

    def decode(self, verb, *options):
        """Lines of all that was written since the last 'get'."""
        with self.reader.cursor() as cursor:
            cursor.execute("SELECT data FROM pg_logical_slot_%s_changes('states', NULL, NULL, VARIADIC %%s)" % verb,
                           (["format", "text"] + list(options),))
            return [row[0] for row in cursor.fetchall()]


class Run:
    """states, events: how many there were; failures: what was wrong, as text."""

    def __init__(self, stage, dice):
        self.stage, self.dice = stage, dice
        self.absurd = absurd.Absurd(dice)
        self.states = self.events = self.checks = 0
        self.kinds = collections.Counter()
        self.ids = {mode: set() for mode in ["complete", *MODES]}
        self.failures = []

    def closing_line(self):
        return "%d states, %d events: %s" % (self.states, self.events, ", ".join(
            "%d %s" % (number, kind) for kind, number in sorted(self.kinds.items())))

    def fail(self, text, line=""):
        """What is wrong; `line` shows it, with what repeats in it cut short."""
        self.failures.append("%s\n%s" % (text, REPEATED.sub(r"\1...", line)[:5000]))

    def round(self, states):
        """Writes and decodes so many source transactions."""
        sources = []
        while len(sources) < states:
            batches, done = self.absurd.transaction(min(self.dice.choice((1, 1, 2, 5, 20)), states - len(sources)))
            self.stage.write(batches)
            sources += done
            if self.dice.random() < 0.02:
                self.stage.write([("apply", self.absurd.unmarked())], self.dice.choice((self.stage.writer, self.stage.copier)))
            if self.dice.random() < 0.01:
                self.stage.change_settings(self.dice.choice(absurd.CHANGES), self.dice.choice(absurd.WIKIS))
        self.states += states
        try:
            others = {mode: self.stage.decode("peek", *options) for mode, options in MODES.items()}
            spilled = self.stage.decode("peek", "memory", "64")
            lines = self.stage.decode("peek")
            again = self.stage.decode("get")
        except psycopg2.Error as error:
            self.fail("decoding failed: %s" % error)
            return
        self.checks += 3
        self.same(lines, again, "decoding again")
        self.same(lines, spilled, "memory 64")
        self.read_lines(lines, sources, "complete")
        for mode, found in others.items():
            self.read_lines(found, sources, mode, set(lines))

    def check_streams(self):
        """Of so many states each stream tells something."""
        self.checks += 1
        silent = set(self.stage.streams) - {kind.split(" ")[0] for kind in self.kinds} - {ASKED_FOR}
        if silent and self.states >= MANY:
            self.fail("no event of %s" % ", ".join(sorted(silent)))

    def check_log(self):
        """What was left out is named in the server's log."""
        log = self.stage.server.log()
        for least, text, tables in (
                (ROUND, "no row of table mediawiki.%s for wiki", ("revision", "linktarget", "change_tag_def")),
                (ROUND, "of table mediawiki.%s has a value that no event can hold, for wiki", ("page", "user", "image")),
                (MANY, "of table mediawiki.%s has a value that no event can hold, for wiki",
                 ("block_target", "ipblocks_restrictions", "user_groups", "recentchanges"))):
            self.checks += 1
            missing = [text % table for table in tables if text % table not in log]
            if missing and self.states >= least:
                self.fail("the server's log does not say: %s" % missing)

    def same(self, lines, others, what):
        if lines == others:
            return
        for at, (one, other) in enumerate(zip(lines, others)):
            if one != other:
                self.fail("%s gives another line %d: %s" % (what, at, one[:3000]), other)
                return
        self.fail("%s gives %d lines, not %d" % (what, len(others), len(lines)))

    def read_lines(self, lines, sources, mode, known=frozenset()):
        """Checks lines source transaction by source transaction. known: lines that have been looked at."""
        by_gtid = {source.gtid: source for source in sources}
        found, gtid, order = collections.defaultdict(list), None, []
        for line in lines:
            if line.startswith(("BEGIN ", "COMMIT ")):
                gtid = line.split(" ")[2]
                if line.startswith("BEGIN "):
                    order.append(gtid)
                continue
            event = self.read_event(line, mode, line in known)
            if event is not None:
                found[gtid].append(event)
        self.checks += 1
        if len(set(order)) != len(order) or order != [source.gtid for source in sources if source.gtid in set(order)]:
            self.fail("source transactions in another order: %s" % order)
        for gtid, source in by_gtid.items():
            self.compare(source, found[gtid], mode)

    def read_event(self, line, mode, known):
        """An event in short: stream, wiki, id of page or revision, kind."""
        stream, key, text = schemas.split_line(line)
        if text == "-":
            return self.read_tombstone(stream, key, line)
        try:
            value = json.loads(text)
        except ValueError as wrong:
            self.fail("%s: %s" % (stream, wrong), line)
            return None
        if value["meta"]["id"] in self.ids[mode]:
            self.fail("meta.id is not unique", line)
        self.ids[mode].add(value["meta"]["id"])
        if not known:
            self.check_event(stream, key, text, value, line)
        if stream in PAGE_CHANGE:
            return kafka.STREAM, value["wiki_id"], value["page"]["page_id"], value["page_change_kind"]
        if stream in NAMED_BY:
            return stream, value["database"], value[NAMED_BY[stream]], None
        if stream in STATE:
            return STATE[0], value["wiki_id"], value["page"]["page_id"], "there"
        return None

    def read_tombstone(self, stream, key, line):
        """Of a page that is gone: its key, and nothing more."""
        of = schemas.parse(key)
        self.kinds[stream + " tombstone"] += 1
        if stream not in STATE or set(of) != {"wiki_id", "page_id"} or (stream in PRIVATE_STREAMS) != (of["wiki_id"] == absurd.PRIVATE):
            self.fail("a tombstone is wrong", line)
        return STATE[0], of["wiki_id"], of["page_id"], "gone"

    def check_event(self, stream, key, text, value, line):
        self.events += 1
        self.checks += 1
        try:
            schemas.check_text(text)
        except schemas.InvalidEvent as wrong:
            self.fail("%s: %s" % (stream, wrong), line)
        self.kinds[" ".join([stream] + [value[name] for name in KINDS if name in value])] += 1
        if HIDDEN.search(line):
            self.fail("a hidden value is said", line)
        if (stream in PRIVATE_STREAMS) != (wiki_of(value) == absurd.PRIVATE):
            self.fail("a private wiki is on a stream of the others, or the contrary", line)
        if value["meta"]["stream"] != stream or not events.UUID5.match(value["meta"]["id"]):
            self.fail("meta is wrong", line)
        if stream in PAGE_CHANGE and schemas.parse(key) != {"wiki_id": value["wiki_id"], "page_id": value["page"]["page_id"]}:
            self.fail("the key is not the event's", line)

    @staticmethod
    def is_told(page):
        """The older streams tell of a page, which is a wiki and an id."""
        return page[1] > 0 and page[0] != absurd.PRIVATE

    def compare(self, source, found, mode):
        """
        Each page whose state changed has its event, in the order of the changes, as far as the mode tells of it; each revision that
        appeared; and each page that was made is told of by the streams that tell of that.
        """
        self.checks += 1
        def told(stream, kind=None):
            return [event[1:3] for event in found if event[0] == stream and kind in (None, event[3])]
        pages = [(wiki, page, CLASSES.get(kind, kind)) for stream, wiki, page, kind in found if stream == kafka.STREAM]
        pairs = [("pages", [event for event in pages if event[2] in TOLD[mode]],
                  [event for event in source.expected if event[2] in TOLD[mode]])]
        if REVISION_CREATE in self.stage.streams:
            pairs.append(("revisions", sorted(told(REVISION_CREATE)), sorted(source.revisions)))
        if PAGE_CREATE in self.stage.streams and not mode.startswith("parity"):     # which tell of imports otherwise
            pairs.append(("new pages", told(PAGE_CREATE), [made for made in told(kafka.STREAM, "create") if self.is_told(made)]))
        if set(DELETED) <= set(self.stage.streams):
            pairs.append(("deleted pages", [event[1:3] for event in found if event[0] in DELETED],
                          [gone for gone in told(kafka.STREAM, "delete") if self.is_told(gone)]))
        if STATE[0] in self.stage.streams:
            state = {(wiki, page): kind for stream, wiki, page, kind in found if stream == STATE[0]}
            last = {(wiki, page): "gone" if kind == "delete" else "there" for wiki, page, kind in source.expected if page != 0}  # which names none
            pairs.append(("documents", {page: state.get(page) for page in last}, last))
        for what, have, want in pairs:
            if have != want:
                self.fail("events of %s are others, %s" % (what, mode), "%s: %s, not %s" % (source.gtid, have, want))
