"""Contents in the mirror are what MediaWiki reads, however and wherever a wiki stores its texts."""

import json
import time

import pytest

import chain
import contents
import events
import kafka
import stored_text
import xml_dumps
from contents import STREAM

MORE = b"  no character of it"  # stored_text.make_legacy, as MediaWiki reads it


class Mirrored(stored_text.StoredTexts):
    """Such a wiki, followed from its first row on; its contents are kept."""

    def __init__(self, box, name, directory):
        super().__init__(box, name, directory)
        self.database = "wiki%s_content" % name
        self.named = set()

    def add(self, flags, text):
        text_id = super().add(flags, text)
        self.name_content("tt:%d" % text_id)
        self.named.add("tt:%d" % text_id)
        return text_id

    def name_others(self):
        """Addresses that no row of text was made for."""
        for address in self.odd:
            if address not in self.named:
                self.name_content(address)

    def name_content(self, address):
        """A content at an address, as a revision would have it."""
        self.rows("INSERT INTO content (content_size, content_sha1, content_model, content_address) VALUES (0, '', 1, %s)", (address,))

    def make_databases(self):
        """Once: what follows is followed."""

    def begin(self):
        super().make_databases()
        siteinfo = self.wiki.get(action="query", meta="siteinfo", siprop="general|namespaces|usergroups|autopromote")
        siteinfo["query"]["general"]["wikiid"] = self.database
        with open(self.file("siteinfo.json"), "w") as file:
            json.dump(siteinfo, file)
        self.mwmirror("add-wiki", self.database, "--siteinfo", self.file("siteinfo.json"))
        for number in stored_text.CLUSTERS:   # the second by a connection of its own
            self.box.pg_rows("INSERT INTO mwmirror.cluster SELECT source_name, %s, %s, %s FROM mwmirror.source",
                             ("cluster%d" % number, number == 2 and "127.0.0.1:" + self.box.env["MARIADB_PORT"] or None,
                              "%s_cluster%d" % (self.database, number)))
        self.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'all', legacy_encoding = %s WHERE wiki_id = %s",
                         (stored_text.ENCODING, self.database))
        self.copy()

    def mwmirror(self, *args):
        done = self.box.mwmirror(*args)
        assert done.returncode == 0, done.stderr

    def copy(self):
        """From nothing, whatever there was."""
        self.box.service("stop", "follow")
        self.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL WHERE wiki_id = %s", (self.database,))
        self.mwmirror("snapshot", self.database)
        self.box.service("start", "follow")
        chain.wait_copied_again(self.box)

    def end_reader(self):
        """The connection that contents are read by ends, as by a time-out."""
        self.add("utf-8", b"not of the same transaction: read at the source")
        chain.wait_mirror(self.box)
        idle = self.rows("SELECT id FROM information_schema.processlist WHERE user = %s AND command = 'Sleep'",
                         (self.box.env["MARIADB_REPLICATION_USER"],))
        assert idle
        for (number,) in idle:
            self.rows("KILL CONNECTION %d" % number)

    def lose_cluster(self, address):
        """A cluster does not answer: follow waits for it, and has what is there when it does."""
        def say(hosts):
            self.box.pg_rows("UPDATE mwmirror.cluster SET hosts = %s WHERE cluster_name = 'cluster2'", (hosts,))

        hosts = self.box.pg_value("SELECT hosts FROM mwmirror.cluster WHERE cluster_name = 'cluster2'")
        say("127.0.0.1:1")
        self.box.service("restart", "follow")
        count = self.box.pg_value("SELECT count(*) FROM mediawiki.content WHERE wiki_id = %s", (self.database,))
        before = self.box.log("follow").count("cannot connect to MariaDB at 127.0.0.1:1:")
        self.name_content(address)
        chain.wait_for(lambda: self.box.log("follow").count("cannot connect to MariaDB at 127.0.0.1:1:") > before + 1, "two attempts", 20)
        assert self.box.pg_value("SELECT count(*) FROM mediawiki.content WHERE wiki_id = %s", (self.database,)) == count
        say(hosts)
        chain.wait_mirror(self.box)
        found = self.box.pg_rows("SELECT body_status FROM mediawiki.content JOIN mediawiki.content_body USING (wiki_id, content_id)"
                                 " WHERE wiki_id = %s AND content_address = %s", (self.database, address))
        assert len(found) == 2 and {status for status, in found} == {"ok"}

    def walk(self, policy, texts):
        """Each revision becomes the latest of its page, one after the other, as nothing that MediaWiki does would bring all: event and table have its content."""
        with contents.telling(self.box, self.database, policy):
            start = kafka.end_offset(self.box, self.box.topic(STREAM))
            pages = [page for page, in self.rows("SELECT page_id FROM page")]
            while pages:
                for page in list(pages):
                    latest, = self.rows("SELECT rev_id FROM revision JOIN page ON rev_page = page_id WHERE page_id = %s AND rev_id < page_latest"
                                        " ORDER BY rev_id DESC LIMIT 1", (page,)) or ((None,),)
                    if latest[0] is None:
                        pages.remove(page)
                        self.rows("UPDATE page SET page_title = concat(page_title, '_first') WHERE page_id = %s", (page,))
                    else:
                        self.rows("UPDATE page SET page_latest = %s WHERE page_id = %s", (latest[0], page))
                if policy == "latest":
                    chain.wait_mirror(self.box)
                    self.compare_latest(texts)
            for page, last in self.rows("SELECT rev_page, max(rev_id) FROM revision GROUP BY rev_page"):
                self.rows("UPDATE page SET page_latest = %s, page_title = replace(page_title, '_first', '') WHERE page_id = %s", (last, page))
            chain.wait_stream(self.box)
            told = {}
            for event in kafka.events(self.box, start, STREAM):
                if event.wiki == self.database:
                    told[event.value["revision"]["rev_id"]] = contents.told(event)["main"]
            assert told == texts, [rev for rev in texts if told.get(rev) != texts[rev]]
            if policy == "stream":
                assert self.box.pg_value("SELECT count(*) FROM mediawiki.content_body WHERE wiki_id = %s", (self.database,)) == 0

    def compare_latest(self, texts):
        """The table has what the pages' latest revisions have, and nothing else."""
        kept = self.box.pg_rows("SELECT s.slot_revision_id, b.body FROM mediawiki.content_body b JOIN mediawiki.slots s ON s.wiki_id = b.wiki_id"
                                " AND s.slot_content_id = b.content_id WHERE b.wiki_id = %s", (self.database,))
        latest = [rev for rev, in self.rows("SELECT page_latest FROM page")]
        assert {rev: bytes(body).decode() for rev, body in kept} == {rev: texts[rev] for rev in latest}

    def bodies(self):
        """{address: (status, body)} in the mirror."""
        found = {}
        for address, status, body in self.box.pg_rows(
                "SELECT content_address, body_status, body FROM mediawiki.content LEFT JOIN mediawiki.content_body"
                " USING (wiki_id, content_id) WHERE wiki_id = %s", (self.database,)):
            found[address] = (status, None if body is None else bytes(body))
        return found

    def dump(self, folder, contents):
        """A page whose revisions have the odd contents; of it and all others MediaWiki's dump is mwmirror's, with what is kept and with what the source has."""
        def columns(table):
            return [c.decode() if isinstance(c, bytes) else c for c, in self.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position", (self.database, table))]

        def again(table, key, old, **changed):
            """A row like another one."""
            names = columns(table)
            self.rows("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s = %d" % (
                table, ", ".join(names), ", ".join(str(changed.get(name, name)) for name in names), table, key, old))

        (page, model), (last,) = self.rows("SELECT page_latest, max(page_id) OVER () + 1 FROM page LIMIT 1")[0], self.rows("SELECT max(rev_id) FROM revision")[0]
        like, new = page, model
        for number, content in enumerate(contents, last + 1):
            again("revision", "rev_id", like, rev_id=number, rev_page=new, rev_parent_id=0, rev_sha1="''")
            if self.name == "39":
                again("revision_comment_temp", "revcomment_rev", like, revcomment_rev=number)
            again("slots", "slot_revision_id", like, slot_revision_id=number, slot_content_id=content, slot_origin=number)
        again("page", "page_latest", like, page_id=new, page_title="'Odd'", page_latest=last + len(contents))
        chain.wait_mirror(self.box)
        theirs = xml_dumps.without_listed(xml_dumps.dump_backup(self.wiki, "--full", config_file=self.file("LocalSettings.php")))

        def compare(name, *more):
            ours = xml_dumps.export(self.box, folder / name, "--history", *more, self.database)[self.database]
            ours = xml_dumps.without_listed(xml_dumps.as_one(ours))
            assert ours == theirs, xml_dumps.first_difference(ours, theirs)

        compare("kept", "--kept-only")
        self.box.pg_rows("CREATE TEMP TABLE kept AS SELECT * FROM mediawiki.content_body WHERE wiki_id = %s", (self.database,))
        self.box.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (self.database,))
        compare("asked")
        self.box.pg_rows("INSERT INTO mediawiki.content_body SELECT * FROM kept")
        self.box.pg_rows("DROP TABLE kept")
        for table, column, value in (("page", "page_id", new), ("slots", "slot_revision_id > %d AND slot_revision_id" % last, last + 1), ("revision", "rev_page", new)):
            self.rows("DELETE FROM %s WHERE %s %s %d" % (table, column, ">=" if table == "slots" else "=", value))
        chain.wait_mirror(self.box)
        return theirs.count(b"<revision>")

    def remove(self):
        """Not followed any more, and gone."""
        self.box.service("stop", "follow")
        for (table,) in self.box.pg_rows("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace"
                                         " AND relkind = 'r'"):
            self.box.pg_rows("DELETE FROM %s WHERE wiki_id = %%s" % table, (self.database,))
        self.box.pg_rows("DELETE FROM mwmirror.raw_value WHERE wiki_id = %s", (self.database,))
        self.box.pg_rows("DELETE FROM mwmirror.wiki_namespace WHERE wiki_id = %s", (self.database,))
        self.box.pg_rows("DELETE FROM mwmirror.wiki WHERE wiki_id = %s", (self.database,))
        self.box.pg_rows("DELETE FROM mwmirror.cluster")
        self.box.service("start", "follow")
        self.drop_databases()


def differences(have, want):
    """Contents that differ; where MediaWiki reads nothing there is none."""
    wrong = []
    for address, text in want.items():
        status, body = have.get(address, ("no row", None))
        if text is None:
            right = status in ("lost", "missing", "broken", "unknown") and body is None
        else:
            right = status == "ok" and body == text
        if not right:
            wrong.append((address, status, body and body[:60], text and text[:60]))
    return wrong


@pytest.mark.parametrize("name", ["39", "43"])
def test_bodies(live, name, tmp_path, record_property):
    stored = Mirrored(live, name, tmp_path)
    try:
        stored.begin()
        stored.make()
        stored.end_reader()
        stored.make_odd()
        stored.add("utf-8", b"larger than the texts that are kept " * (5 << 15))
        stored.name_others()
        chain.wait_mirror(live)
        revisions, addresses = stored.ask()
        want = dict(revisions.values())
        assert len(revisions) == stored.revisions
        have = stored.bodies()
        # a text that was given a legacy encoding was given more words as well
        odd = {a: t for a, t in addresses.items() if a in have}
        assert set(odd) >= {a for a in stored.odd if " " not in a}
        followed = {a: t[:-len(MORE)] if t.endswith(MORE) else t for a, t in want.items()}
        assert not differences(have, dict(odd, **followed))
        # the copy reads what there is now
        stored.copy()
        want.update(odd)
        assert not differences(stored.bodies(), want)
        # MediaWiki's dump ends at some of what it cannot read
        readable = sorted(a for a, t in odd.items() if t is not None) + ["tt:999999"]
        odd_contents = [number for number, in stored.rows("SELECT max(content_id) FROM content WHERE content_address IN %s GROUP BY content_address", (readable,))]
        record_property("revisions of MediaWiki 1.%s in a dump as dumpBackup.php's" % name, stored.dump(tmp_path, odd_contents))
        blobs = [a for a in want if a.startswith("es:DB://cluster2/") and want[a] is not None]
        assert bool(blobs) == (name == "43"), "1.39 has no such addresses"
        if blobs:
            stored.lose_cluster(blobs[0])
        record_property("contents of MediaWiki 1.%s, followed and copied" % name, len(want))
        texts = {revision: text.decode() for revision, (_, text) in revisions.items()}
        stored.walk("stream", texts)
        stored.walk("latest", texts)
        record_property("revisions of MediaWiki 1.%s that were the latest of their page: contents in events, and in the table" % name,
                        "%d of %d, %d of %d" % (len(texts), len(texts), len(texts), len(texts)))
    finally:
        stored.remove()


HIDDEN = "hidden-away-%s" * 2


@pytest.fixture
def told(live, wiki):
    """A wiki whose contents are kept and told."""
    wiki.before = "Before contents %d" % time.time_ns()
    wiki.edit(wiki.before, "from before they were kept", "")
    with contents.telling(live, wiki.dbname, "all"):
        yield wiki


def test_events_have_contents(live, told, record_property):
    """content_body of every event is what MediaWiki's API gives for the revision; where there is none the header says why."""
    wiki, mark = told, "%s %s" % (told.name, stored_text.Texts(int(told.name)).line().strip())
    start = kafka.end_offsets(live)
    number = time.time_ns()
    title, large, before = "Contents %d" % number, "Large contents %d" % number, wiki.before

    def text_of(size):
        line = "line of %s\n" % mark
        return line * (size // len(line.encode()))
    wiki.edit(title, "one \u00c6 \"quoted\" \\ \t tab " + mark, "c")
    wiki.edit(title, "two " + mark, "c")
    wiki.edit(title, "", "blank")
    wiki.edit(title, "three [[Other]] " + mark, "c")
    wiki.edit("MediaWiki:Contents %d.css" % number, "a { color: red; }\n/* %s */" % mark, "another model")
    wiki.protect(title)
    wiki.move(title, title + " moved")
    wiki.move(before, before + " moved")
    wiki.edit(large, text_of(1400000), "c")
    wiki.edit(large, text_of(1800000), "c")
    wiki.delete(title + " moved")
    wiki.undelete(title + " moved")
    wiki.edit(title + " moved", HIDDEN % (wiki.name, wiki.name), "to be hidden")
    rev_id = wiki.revisions(title + " moved")[0]["revid"]
    wiki.edit(title + " moved", "four " + mark, "c")
    wiki.revision_delete([rev_id], hide="content")
    chain.wait_stream(live)
    compared, lacking = 0, {}
    for event in kafka.all_events(live, start):
        events.check(event, wiki.api_url)
        if event.stream != STREAM or event.wiki != wiki.dbname:
            continue
        rev = event.value["revision"]
        bodies, why = contents.told(event), contents.why(event)
        assert all("content_body" not in s for s in event.value.get("prior_state", {}).get("revision", {}).get("content_slots", {}).values())
        if event.kind == "delete":
            assert set(bodies.values()) == {None} and why is None
        elif why is not None:
            lacking.setdefault(why, []).append(event.title)
            assert None in bodies.values()
        elif rev["rev_id"] != rev_id:
            compared += 1
            assert bodies == contents.of_api(wiki, [rev["rev_id"]])[rev["rev_id"]], event
    assert lacking == {"too large": [large.replace(" ", "_")]}
    assert compared >= 11
    record_property("events with contents, MediaWiki 1." + wiki.name, compared)


def test_hidden_contents_are_not_told(live, told):
    """Content that is hidden when the event is made is in no byte of it; when it is shown again, it is there."""
    wiki, title = told, "Hidden contents %d" % time.time_ns()
    secret = HIDDEN % (wiki.name, wiki.name)
    wiki.edit(title, "first", "c")
    wiki.edit(title, secret, "c")
    rev_id = wiki.revisions(title)[0]["revid"]
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(STREAM))
    wiki.edit(title, "latest", "c")
    latest = wiki.revisions(title)[0]["revid"]
    wiki.revision_delete([rev_id], hide="content")
    wiki.delete(title)
    wiki.undelete(title)
    wiki.move(title, title + " moved")
    chain.wait_stream(live)
    found = kafka.events(live, start, STREAM)
    assert [e.kind for e in found] == ["edit", "delete", "undelete", "move", "create"][:len(found)] and len(found) >= 4
    assert not [e for e in found if secret.encode() in e.value_bytes]
    assert [contents.told(e)["main"] for e in found[:3]] == ["latest", None, "latest"] and latest


def backfill(live, wiki, *args):
    """Runs it to its end, when all is published; the request."""
    done = live.mwmirror("backfill", wiki.dbname, "--stream", STREAM, "--json", *args)
    assert done.returncode == 0, done.stderr
    request, = json.loads(done.stdout)
    assert request["state"] == "done" and request["published"], request
    return request


def test_what_is_there_is_told_again(live, told, record_property):
    """Into a topic of its own, which the relay makes: each page as it is, with what the API gives; each revision of one; nothing of it goes elsewhere."""
    wiki, number = told, time.time_ns()
    title, topic = "Told again %d" % number, "again.%d" % number
    for text in ("one", "two \u00c6", "secret", "four"):
        wiki.edit(title, text, text[:3])
    revisions = {r["revid"]: r["comment"] for r in wiki.revisions(title)}
    hidden, = (rev for rev, comment in revisions.items() if comment == "sec")
    wiki.revision_delete([hidden], hide="content|comment|user")
    chain.wait_stream(live)
    start = kafka.end_offsets(live)
    request = backfill(live, wiki, "--topic", topic, "--rows-per-second", "none")
    found = kafka.events(live, 0, topic)
    pages = dict(live.pg_rows("SELECT page_id, page_latest FROM mediawiki.page WHERE wiki_id = %s AND page_latest <> 0", (wiki.dbname,)))
    assert {e.page["page_id"]: e.value["revision"]["rev_id"] for e in found} == pages and len(found) == len(pages) == request["rows_done"]
    assert {e.value["meta"]["stream"] for e in found} == {STREAM}
    for event in found:
        headers = dict(event.header_list)
        assert headers["request"].startswith(b"Q%d." % request["id"]) and "gtid" not in headers
        assert headers["position"].decode() in (request["first_gtid_pos"], request["last_gtid_pos"])
        events.check(event, wiki.api_url)
    # from before contents were kept, too: follow reads them from the source
    # but what is no text
    no_text = [e.value["revision"]["rev_id"] for e in found if contents.why(e) == "absent"]
    assert all("\ufffd" in slots["main"] for slots in contents.of_api(wiki, no_text).values()), no_text
    compared = [event for event in found if event.page["page_id"] >= max(pages) - 40 and contents.why(event) is None]
    assert len(compared) > min(len(pages), 40) / 4
    for event in compared:
        rev_id = event.value["revision"]["rev_id"]
        assert contents.told(event) == contents.of_api(wiki, [rev_id])[rev_id], event
    # each revision of one page, the oldest first, from a live topic
    page_id = wiki.revisions(title) and live.pg_value("SELECT page_id FROM mediawiki.page WHERE wiki_id = %s AND page_title = %s",
                                                      (wiki.dbname, title.replace(" ", "_")))
    assert not [e for e in kafka.all_events(live, start) if dict(e.header_list).get("request")], "what has a topic of its own goes elsewhere"
    start = kafka.end_offset(live, live.topic(STREAM))
    backfill(live, wiki, title, "--history")
    told_again = kafka.events(live, start, STREAM)
    assert [e.value["revision"]["rev_id"] for e in told_again] == sorted(revisions) and {e.page["page_id"] for e in told_again} == {page_id}
    assert [(e.kind, contents.told(e).get("main"), e.value["revision"].get("comment")) for e in told_again] == [
        ("create", "one", "one"), ("edit", "two \u00c6", "two"), ("edit", None, None), ("edit", "four", "fou")]
    record_property("pages told again with their contents, MediaWiki 1." + wiki.name, "%d, %d compared with the API" % (len(found), len(compared)))


def test_a_request_for_contents_that_cannot_be_read_waits(live, told):
    """A cluster that does not answer holds up the request that needs it, and neither live changes nor other requests."""
    wiki, title = told, "Out of reach %d" % time.time_ns()
    wiki.edit(title, "one", "c")
    chain.wait_stream(live)
    page_id, content_id = live.pg_rows(
        "SELECT page_id, slot_content_id FROM mediawiki.page AS p JOIN mediawiki.slots AS s ON s.wiki_id = p.wiki_id AND slot_revision_id = page_latest"
        " WHERE p.wiki_id = %s AND page_title = %s", (wiki.dbname, title.replace(" ", "_")))[0]
    key = (wiki.dbname, content_id)
    live.service("stop", "follow")
    live.pg_rows("INSERT INTO mwmirror.cluster SELECT source_name, 'gone', '127.0.0.1:1', 'nowhere' FROM mwmirror.source")
    live.pg_rows("UPDATE mediawiki.content SET content_address = 'es:DB://gone/1' WHERE wiki_id = %s AND content_id = %s", key)
    live.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s AND content_id = %s", key)
    live.service("start", "follow")
    try:
        done = live.mwmirror("backfill", wiki.dbname, str(page_id), "--stream", STREAM, "--detach", "--json")
        number = json.loads(done.stdout)[0]["id"]
        chain.wait_for(lambda: live.pg_value("SELECT error FROM mwmirror.request WHERE id = %s", (number,)), lambda: live.log("follow"), 30)
        state, error, rows = live.pg_rows("SELECT state, error, rows_done FROM mwmirror.request WHERE id = %s", (number,))[0]
        assert state in ("waiting", "running") and "cannot be read" in error and rows == 0
        wiki.edit(title + " too", "two", "c")
        chain.wait_stream(live)
        assert backfill(live, wiki, title + " too")["rows_done"] == 1
        assert live.mwmirror("backfill", "--cancel", str(number)).returncode == 0
    finally:
        live.service("stop", "follow")
        live.pg_rows("DELETE FROM mwmirror.cluster WHERE cluster_name = 'gone'")
        live.service("start", "follow")


def test_history_of_contents_that_are_not_kept(live, told):
    """content_policy stream: a request has the contents that the mirror does not store."""
    wiki, title = told, "Told alone %d" % time.time_ns()
    contents.keep(live, wiki.dbname, "stream")
    chain.wait_stream(live)
    before = live.pg_value("SELECT count(*) FROM mediawiki.content_body WHERE wiki_id = %s", (wiki.dbname,))
    wiki.edit(title, "one", "c")
    wiki.edit(title, "two " * 100000, "c")
    wiki.move(title, title + " moved", noredirect=True)
    wiki.edit(title + " moved", "three", "c")
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(STREAM))
    backfill(live, wiki, title + " moved", "--history")
    assert [contents.told(e).get("main") for e in kafka.events(live, start, STREAM)] == ["one", ("two " * 100000).strip(), ("two " * 100000).strip(), "three"]
    assert live.pg_value("SELECT count(*) FROM mediawiki.content_body WHERE wiki_id = %s", (wiki.dbname,)) == before
