"""Drives flows on wikis, decodes what they wrote in each mode, and compares; see __init__.py."""

import copy
import difflib
import hashlib
import os
import threading
import time
import traceback

import chain
import events
import kafka
import mw
import sandbox
import schemas
from flows import describe

MODES = ("complete", "parity-1.43", "parity-1.45")
FLOWS = []
SLOT = "e2e_flows"

# all jobs of all kinds, in an order that does not change: MediaWiki shuffles the kinds. One that fails stays, and is not tried again.
RUN_JOBS = ("$s = MediaWiki\\MediaWikiServices::getInstance(); do { $done = 0; $types = $s->getJobQueueGroup()->getQueuesWithJobs(); "
            "sort( $types ); foreach ( $types as $t ) { $done += count( $s->getJobRunner()->run( [ 'type' => $t ] )['jobs'] ); } "
            "} while ( $done );\n")


class Flow:
    """One way to do something; number as in the list of flows, events as notation.py reads them."""

    def __init__(self, drive, title, events, route, before, versions):
        self.drive = drive
        self.name = drive.__name__
        self.title = title
        self.events = events
        self.route = route
        self.before = before
        self.versions = versions


def flow(title, events, route="api", before=None, versions=("39", "43")):
    def register(drive):
        assert drive.__name__ not in [f.name for f in FLOWS], "two flows are called %s" % drive.__name__
        FLOWS.append(Flow(drive, title, events, route, before, versions))
        return drive
    return register


class SettledWiki(mw.Wiki):
    """A client whose requests are over, with all that MediaWiki does after its answer, when they return."""

    def __init__(self, settle, *args):
        self.settle = settle
        super().__init__(*args)

    def post(self, *args, **params):
        try:
            return super().post(*args, **params)
        finally:
            self.settle()

    def as_user(self, user=None, password=None):
        return SettledWiki(self.settle, self.name, self.version, self.api_url, self.dbname, self.root, self.config_file, user, password)


class Scene:
    """What a flow's functions get: see __init__.py. Of one flow on one wiki."""

    def __init__(self, stage, prefix):
        self.box = stage.box
        self.wiki = stage.wiki
        self.settle = stage.settle
        self.prefix = prefix
        self.pictures = 0

    def __call__(self, name):
        space, colon, rest = name.rpartition(":")
        return space + colon + self.prefix + rest

    def edit(self, name, text="text", summary="why", **more):
        return self.wiki.edit(self(name), text, summary, **more)

    def sql(self, statement, *values):
        """In the wiki's database."""
        self.box.maria_rows("USE `%s`" % self.wiki.dbname)
        return self.box.maria_rows(statement, values or None)

    def php(self, code, *config):
        """Runs PHP as a maintenance script; it prints what is wrong. config: lines that follow the wiki's settings."""
        wiki = self.wiki
        if config:
            path = os.path.join(self.box.directory, "flows%s.php" % wiki.name)
            with open(path, "w") as file:
                file.write("<?php\nrequire '%s';\n%s\n" % (wiki.config_file, "\n".join(config)))
            wiki = copy.copy(wiki)
            wiki.config_file = path
        said = wiki.maintenance("eval", stdin=(" ".join(code.split("\n")) + "\n").encode()).strip()
        assert not said, said
        self.settle()

    def php_round(self, code, *config):
        """The same in one transaction, as what a request does."""
        self.php("$round = MediaWiki\\MediaWikiServices::getInstance()->getDBLoadBalancerFactory(); $round->beginPrimaryChanges( 'flows' ); %s"
                 " $round->commitPrimaryChanges( 'flows' ); DeferredUpdates::doUpdates();" % code, *config)

    def png(self):
        """A picture that no other flow has."""
        self.pictures += 1
        return mw.png(*hashlib.sha1(("%s %d" % (self.prefix, self.pictures)).encode()).digest()[:3])

    def jobs(self):
        if self.sql("SELECT 1 FROM job WHERE job_token = '' LIMIT 1"):
            self.wiki.maintenance("eval", stdin=RUN_JOBS.encode())
        self.settle()

    def revision(self, name, age=0):
        return self.wiki.revisions(self(name))[age]["revid"]

    def rewind(self, name):
        """The revisions of a page become years older, each of another year from 2001 on; and it is untouched."""
        namespace, title = self.place(name)
        page, = self.sql("SELECT page_id FROM page WHERE page_namespace = %s AND page_title = %s", namespace, title)[0]
        for year, (revision,) in enumerate(self.sql("SELECT rev_id FROM revision WHERE rev_page = %s ORDER BY rev_id", page), 2001):
            self.sql("UPDATE revision SET rev_timestamp = %s WHERE rev_id = %s", "%d0101000000" % year, revision)
        self.untouch(name)

    def ended(self):
        """Waits until all ends of blocks, protection and groups of this wiki are told that have come."""
        def waiting():
            return sum(self.box.pg_value("SELECT count(*) FROM mediawiki.%s WHERE wiki_id = %%s AND %s < now() AND (ended_at IS NULL OR ended_at < %s)"
                                         % (table, column, column), (self.wiki.dbname,))
                       for table, column in (("block", "bl_expiry"), ("page_restrictions", "pr_expiry"), ("user_groups", "ug_expiry")))
        chain.wait_mirror(self.box)
        chain.wait_for(lambda: not waiting(), lambda: "%d rows to end" % waiting(), 30)

    def untouch(self, name):
        """A page is as if it was not touched since 2020: the next touch is a change."""
        self.sql("UPDATE page SET page_touched = '20200101000000' WHERE page_namespace = %s AND page_title = %s", *self.place(name))

    def place(self, name):
        page = self.wiki.get(action="query", titles=self(name))["query"]["pages"][0]
        return page["ns"], page["title"].partition(":")[2].replace(" ", "_") if page["ns"] else page["title"].replace(" ", "_")


def pages(*names, text="text"):
    """For `before`: pages with one revision each."""
    def make(on):
        for name in names:
            on.wiki.edit(on(name), text, "made before")
    return make


class Decoded(kafka.Event):
    """An event in the plugin's text format, of a source transaction."""

    def __init__(self, source, gtid, line):
        stream, key, value = schemas.split_line(line)
        self.key_bytes = None if key == "-" else key.encode()
        self.value_bytes = None if value == "-" else value.encode()
        self.value = None if value == "-" else schemas.check_text(value)
        self.topic_stream, self.source, self.gtid, self.offset = stream, source, gtid, 0
        assert self.stream == stream, value


class Played:
    """A flow as it was played on a wiki."""

    def __init__(self, prefix, first_revision):
        self.prefix = prefix
        self.first_revision = first_revision
        self.start = self.end = 0
        self.failure = None
        self.told = {}      # by mode: (source, GTID, line)


class Stage:
    """One wiki with a client and connections of its own, so that two wikis can be played at once."""

    def __init__(self, box, version, run):
        self.box = sandbox.Sandbox(box.directory)
        self.version = version
        self.run = run
        get = lambda key: self.box.env["MW%s_%s" % (version, key)]
        self.wiki = SettledWiki(self.settle, version, "1." + version, get("API_URL"), get("DBNAME"), get("TREE"), get("CONFIG_FILE"),
                                get("ADMIN_USER"), get("ADMIN_PASSWORD"))

    def settle(self):
        """Until no request or script is connected to the wiki's database: MediaWiki closes its connections when it is done."""
        dbname = self.box.env["MW%s_DBNAME" % self.version]
        chain.wait_for(lambda: self.box.maria_value(
            "SELECT count(*) FROM information_schema.processlist WHERE db = %s AND user <> 'root'", (dbname,)) == 0,
            "%s has ended its requests" % dbname, 30, 0.003)

    def position(self):
        return kafka_sequence(chain.source_position(self.box))

    def play(self, number, flow):
        next_revision = self.box.maria_value("SELECT auto_increment FROM information_schema.tables"
                                             " WHERE table_schema = %s AND table_name = 'revision'", (self.wiki.dbname,))
        played = Played("Fl%xx%d" % (self.run, number), int(next_revision))
        scene = Scene(self, played.prefix)
        try:
            if flow.before:
                flow.before(scene)
                scene.sql("DELETE FROM job")
            played.start = self.position()
            flow.drive(scene)
            scene.jobs()
            played.end = self.position()
        except Exception:
            played.failure = traceback.format_exc()
        return played


def kafka_sequence(gtid):
    return int(gtid.split("-")[2])


def play_all(box, wanted):
    """Plays (flow, version) pairs, the wikis at the same time, and decodes; returns {(flow name, version): Played}."""
    run = time.time_ns() // 1000000 % 0x10000000
    found = {}

    def play_wiki(version):
        try:
            stage = Stage(box, version, run)
            stage.settle()
            for number, (flow, of) in enumerate(wanted):
                if of == version:
                    found[flow.name, version] = stage.play(number, flow)
        except Exception:
            found["", version] = traceback.format_exc()
    with on_all_streams(box):
        chain.wait_mirror(box)
        box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (SLOT,))
        box.pg_value("SELECT mwmirror.slot_create(%s)", (SLOT,))
        try:
            threads = [threading.Thread(target=play_wiki, args=(version,)) for version in sorted({of for _, of in wanted})]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            broken = [failure for (name, _), failure in found.items() if not name]
            assert not broken, broken[0]
            chain.wait_mirror(box)
            for mode in MODES:
                deal(found, mode, decode(box, mode))
        finally:
            box.pg_rows("SELECT pg_drop_replication_slot(%s)", (SLOT,))
    return found


ASKED_FOR = "mwmirror.wiki_change.v1"   # told as streams are switched, whenever follow comes to it: no flow


class on_all_streams:
    """All streams are on, also those that are off at first; afterwards as it was."""

    def __init__(self, box):
        self.box = box

    def __enter__(self):
        if self.box.bootstrap:
            done = self.box.mwmirror("topics", "--all")
            assert done.returncode == 0, done.stdout + done.stderr
        self.off = [name for name, in self.box.pg_rows("SELECT name FROM mwmirror.streams() WHERE NOT enabled AND of_table IS NULL")]
        for name in self.off:
            self.box.pg_rows("SELECT mwmirror.stream_switch(%s, true)", (name,))
        # the wikis' settings are told for that, and are no flow's
        chain.wait_for(lambda: not self.box.pg_value("SELECT count(*) FROM mwmirror.request WHERE kind = 'wiki' AND state = 'waiting'"),
                       "the settings of the wikis to be told", 30)

    def __exit__(self, *exc):
        for name in self.off:
            self.box.pg_rows("SELECT mwmirror.stream_switch(%s, NULL)", (name,))


def decode(box, mode):
    """
    {sequence of a source transaction: its events as (source, GTID, line)} of the slot's whole WAL; what ended by itself, which is no source
    transaction, counts to the one before.
    """
    found, source, gtid, sequence = {}, "", "", 0
    for line, in box.pg_rows("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format', 'text', 'mode', %s)", (SLOT, mode)):
        if line.startswith("BEGIN "):
            _, source, gtid = line.split()[:3]
            sequence = kafka_sequence(gtid) if "-" in gtid else sequence
        elif not line.startswith("COMMIT "):
            found.setdefault(sequence, []).append((source, gtid, line))
    return found


def deal(found, mode, told):
    """Gives each played flow the events of its range, of all wikis."""
    for (name, version), played in found.items():
        played.told[mode] = [line for sequence in sorted(told) if played.start < sequence <= played.end for line in told[sequence]]


def wiki_of(value):
    """The database's name, or the URL of an event that says but that."""
    return value.get("wiki_id") or value.get("database") or value.get("wiki") or value["meta"]["uri"]


# the second says what the first says, and what is in the slots, which these wikis do not keep
SAME = ("mediawiki.page_change.v1", "mediawiki.page_content_change.v1")
STATE = "mediawiki.page.state.v1"   # what a flow leaves, not what happens in it


def without_meta(value):
    return {name: member for name, member in value.items() if name != "meta"}


def parse(played, mode, wiki):
    """The events of a played flow, checked."""
    found = []
    for line in played.told[mode]:
        event = Decoded(*line)
        if event.stream == ASKED_FOR:
            continue
        of = event.wiki if event.value is None else wiki_of(event.value)
        if of != wiki.dbname and not of.startswith(wiki.api_url[:-len("api.php")]):
            continue
        events.check(event, wiki.api_url, {name: "/mediawiki/page/change/1.3.0" for name in SAME} if mode == "parity-1.45" else {})
        found.append(event)
    one, other = ([without_meta(e.value) for e in found if e.stream == name] for name in SAME)
    assert one == other
    if mode == "complete":     # others tell of restores beneath a page's latest revision as of a change of it
        check_state(found)
    return [e for e in found if e.stream not in (SAME[1], STATE)]


def check_state(found):
    """What page_change tells of a page its document has at the same time: title and latest revision, or that it is gone."""
    told = {(e.gtid, e.page["page_id"]): e for e in found if e.stream == SAME[0]}
    state = {(e.gtid, e.page["page_id"]): e for e in found if e.stream == STATE}
    for key, event in told.items():
        document = state[key].value
        if event.kind == "delete":
            assert document is None, document
        else:
            assert document["page"]["page_title"] == event.title and document["revision"]["rev_id"] == event.value["revision"]["rev_id"], document


def shape(played, mode, wiki):
    """One line an event."""
    return [describe_without(event, played, mode != "complete") for event in parse(played, mode, wiki)]


def describe_without(event, played, parity):
    return describe.describe(event, played.first_revision, parity).replace(played.prefix, "")


class Difference:
    """Of what is expected and what there is."""

    def __init__(self, expected, found):
        self.wanted = self.drop_optional(expected, found)
        self.found = found
        self.lines = [line for line in difflib.ndiff(self.wanted, found) if not line.startswith("?")]
        missing, extra = list(self.wanted), []
        for line in found:
            missing.remove(line) if line in missing else extra.append(line)
        self.missing, self.extra = len(missing), len(extra)
        self.displaced = 0 if self.missing or self.extra else sum(a != b for a, b in zip(self.wanted, found))

    @staticmethod
    def drop_optional(expected, found):
        """Without those that may be missing where they are."""
        wanted, place = [], 0
        for line, optional in expected:
            if optional and (place >= len(found) or found[place] != line):
                continue
            wanted.append(line)
            place += 1
        return wanted

    def __bool__(self):
        return self.wanted != self.found

    def __str__(self):
        return "%d missing (-), %d extra (+), %d out of order\n%s" % (self.missing, self.extra, self.displaced, "\n".join(self.lines))
