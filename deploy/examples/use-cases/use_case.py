"""
What the use cases share: a running sandbox by its environment, topics as a read_committed consumer has them, SQL on the mirror, MediaWiki's API
and database to compare with, and the closing line.

Wiki client, Kafka reader and waiting are those of tests/e2e.
"""

import datetime
import os
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

import chain    # noqa: E402
import kafka    # noqa: E402
import mw       # noqa: E402
import sandbox  # noqa: E402

PAGE_CHANGE = "mediawiki.page_change.v1"
PAGE_STATE = "mediawiki.page.state.v1"
CONTENT_CHANGE = "mediawiki.page_content_change.v1"
ANONYMOUS = None


class UseCase:
    """One use case on one wiki, the first of the sandbox that the environment names (. DIR/env)."""

    def __init__(self):
        missing = [name for name in ("MWMIRROR_CONF", "KAFKA_BOOTSTRAP", "MW_DBNAME") if name not in os.environ]
        if missing:
            sys.exit("%s not set: start a sandbox (deploy/sandbox up DIR), then  . DIR/env" % ", ".join(missing))
        self.box = sandbox.Sandbox(os.path.dirname(os.environ["MWMIRROR_CONF"]))
        self.dbname = os.environ["MW_DBNAME"]
        self.wiki = self.session(os.environ["MW_ADMIN_USER"], os.environ["MW_ADMIN_PASSWORD"])
        self.compared = self.different = 0

    def session(self, user=ANONYMOUS, password=None):
        """The wiki as this user, or as anybody, sees it."""
        tree = os.environ["MW_TREE"]
        version = "1.39" if "define( 'MW_VERSION', '1.39" in open(os.path.join(tree, "includes", "Defines.php")).read() else "1.43"
        return mw.Wiki(self.dbname, version, os.environ["MW_API_URL"], self.dbname, tree, os.environ["MW_CONFIG_FILE"], user, password)

    # what mwmirror gives

    def settle(self, *streams):
        """Until mirror and topics have all that MariaDB has committed by now; returns that GTID."""
        return chain.wait_stream(self.box, streams=streams)

    def events(self, *streams, offsets={}):
        """The events of this wiki on these streams by now, in the order of its commits; from an offset each, or all that the topics have."""
        self.settle(*streams)
        found = [e for name in streams for e in kafka.events(self.box, offsets.get(name, 0), name) if self.is_ours(e)]
        if not found and not offsets:
            sys.exit("no events on %s: has deploy/examples/use-cases/prepare been run?" % ", ".join(streams))
        return sorted(found, key=lambda e: (e.lsn, e.sequence, e.ordinal))

    def is_ours(self, event):
        """Of this wiki, or of an URL; what has no value, for it is deleted, has a key."""
        return (event.wiki if event.value else event.key["wiki_id"]) in (self.dbname, None)

    def documents(self, stream):
        """What holds by a compacted topic: [(key, value)] of what is there, in the order of the keys' first messages, and [key] of what is deleted."""
        last = {event.key_bytes: event for event in self.events(stream)}
        return [(e.key, e.value) for e in last.values() if e.value], [e.key for e in last.values() if not e.value]

    def live(self, stream):
        """A consumer that has come to the end of a topic, and waits there for what follows."""
        reader = kafka.consumer(self.box)
        reader.assign([kafka.TopicPartition(self.box.topic(stream), 0, self.topic_end(stream))])
        chain.wait_for(lambda: (message := reader.poll(0.5)) and message.error() and message.error().code() == kafka.KafkaError._PARTITION_EOF,
                       "the end of " + stream, 20)
        return reader

    def topic_end(self, stream):
        return kafka.end_offset(self.box, self.box.topic(stream), "read_committed")

    def mirror(self, sql, *args):
        """Rows of the mirror; %(w)s in the statement is the wiki."""
        return self.box.pg_rows(sql, dict(zip("abcdef", args), w=self.dbname))

    def mirror_snapshot(self):
        """One state of the mirror, and the GTID that it is of: a cursor in a transaction, to be closed with its connection."""
        connection = self.box.pg(fresh=True)
        connection.autocommit = False
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cursor = connection.cursor()
        cursor.execute("SELECT gtid_pos FROM mwmirror.source JOIN mwmirror.wiki USING (source_name) WHERE wiki_id = %s", (self.dbname,))
        return cursor, cursor.fetchone()[0]

    # what MediaWiki says

    def database(self, sql, *args):
        """Rows of the wiki's own database, bytes as text."""
        with self.box.maria().cursor() as cursor:
            cursor.execute("USE `%s`" % self.dbname)
            cursor.execute(sql, args or None)
            return [tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in row) for row in cursor.fetchall()]

    def query(self, wiki=None, **params):
        """The parts of an answer of action=query, one after the other."""
        more = {}
        while True:
            answer = (wiki or self.wiki).get(action="query", **dict(params, **more))
            yield answer.get("query", {})
            if "continue" not in answer:
                return
            more = answer["continue"]

    def listed(self, name, wiki=None, **params):
        """All items of a list of the API."""
        return [item for part in self.query(wiki, list=name, **params) for item in part.get(name, [])]

    def pages(self, wiki=None, **params):
        """{title: page} of a query for properties of pages, whose parts are put together."""
        found = {}
        for part in self.query(wiki, **params):
            for page in part.get("pages", []):
                known = found.setdefault(page.get("title") or page["pageid"], {})
                for name, value in page.items():
                    known[name] = known.get(name, []) + value if isinstance(value, list) else value
        return found

    def revisions(self, prop):
        """{rev_id: revision with its page's title} of all revisions that there are, and of those that are deleted."""
        found = {}
        for name, prefix in (("allrevisions", "arv"), ("alldeletedrevisions", "adr")):
            params = {prefix + "prop": "ids|" + prop, prefix + "slots": "main", prefix + "limit": "max"}
            for page in self.listed(name, **params):
                found.update((revision["revid"], dict(revision, title=page["title"].replace(" ", "_"))) for revision in page["revisions"])
        return found

    def contents(self, revisions, wiki=None, section=None):
        """{rev_id: text of the main slot, or of one of its sections}, of deleted pages too; without what this user may not see."""
        found = {}
        for prop, prefix in (("revisions", "rv"), ("deletedrevisions", "drv")):
            for batch in batches(rev for rev in revisions if rev not in found):
                params = {prefix + "prop": "ids|content", prefix + "slots": "main", prefix + "section": section}
                params = {name: value for name, value in params.items() if value is not None}
                for page in self.pages(wiki, prop=prop, revids="|".join(map(str, batch)), **params).values():
                    found.update((rev["revid"], rev["slots"]["main"]["content"]) for rev in page.get(prop, [])
                                 if "content" in rev.get("slots", {}).get("main", {}))
        return found

    # the comparison

    def say(self, form="", *args):
        print(form % args if args else form, flush=True)

    def same(self, what, ours, theirs):
        """Compares two dicts, sets or lists, item by item; one that both lack says nothing."""
        if isinstance(ours, (list, tuple)):
            ours, theirs = dict(enumerate(ours)), dict(enumerate(theirs))
        elif not isinstance(ours, dict):
            ours, theirs = dict.fromkeys(ours, "there"), dict.fromkeys(theirs, "there")
        keys = list(dict.fromkeys([*theirs, *ours]))
        wrong = [key for key in keys if ours.get(key, "-") != theirs.get(key, "-")]
        self.compared += len(keys)
        self.different += len(wrong)
        self.say("%s %d %s", "=" if not wrong else "DIFFERENT: %d of" % len(wrong), len(keys), what)
        for key in wrong[:5]:
            self.say("    %s: here %r, MediaWiki %r", key, ours.get(key, "-"), theirs.get(key, "-"))
        if not keys:
            self.different += 1
            self.say("    there is nothing to compare")

    def holds(self, what, truths):
        """The same for things that are to be true."""
        truths = list(truths)
        self.same(what, truths, [True] * len(truths))

    def close(self):
        """The last line, and the exit code."""
        good = self.compared and not self.different
        self.say("%s: %d compared, %d differ", "ok" if good else "FAILED", self.compared, self.different)
        return 0 if good else 1


def run(main, *args):
    """A use case as a program: main(case, ...)."""
    case = UseCase()
    main(case, *args)
    sys.exit(case.close())


def batches(items, size=50):
    items = list(items)
    return [items[i:i + size] for i in range(0, len(items), size)]


def main_slot(revision):
    return revision.get("content_slots", {}).get("main", {})


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
