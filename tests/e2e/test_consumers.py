"""
Consumers of Wikimedia's streams run unchanged: what change propagation, Lift Wing, the query service's updater, content enrichment, search
and others rely on (consumers/README.md), over the events of one scenario for both MediaWiki versions. Each test says which events a consumer takes, and
what it makes of them.

The sandbox's wikis have other names than the consumers' rules: as_wiki() gives an event the name and the server of another wiki.
"""

import re
import time
import urllib.parse

import confluent_kafka
import pytest

import chain
import events
import kafka
import mw
import scenario
import schemas
from consumers import changeprop, liftwing, rdf_updater, readers
from consumers.another_wiki import as_wiki
from test_page_change import suppressing_delete

SWITCHED = ("resource_change", "resource-purge")
WIKIPEDIA = ("enwiki", "en.wikipedia.org")
WIKIDATA = ("wikidatawiki", "www.wikidata.org")
COMMONS = ("commonswiki", "commons.wikimedia.org")


class Run:
    """The scenario, done: the wiki, titles by the letter that the tests use, and the events of all streams."""

    def __init__(self, box, wiki):
        self.box, self.wiki = box, wiki
        tag = "%x" % (time.time_ns() // 1000000)
        self.titles = {
            "page": "Consumed é & 100% " + tag, "moved": "Talk:Consumed moved/é? " + tag, "item": "Q" + tag, "talk": "Talk:Consumed " + tag,
            "redirect": "Consumed redirect " + tag, "file": "File:Consumed %s.png" % tag, "hidden": "Consumed hidden " + tag}
        self.found = []

    def title(self, letter):
        return self.titles[letter].replace(" ", "_")

    def values(self, letter, *streams, wiki=None):
        """The events of a page, by its title then, on these streams in the order of all; as those of another wiki."""
        found = [e.value for e in self.found if e.title == self.title(letter) and (e.stream in streams or not streams)]
        return [as_wiki(v, wiki, self.wiki.api_url, self.wiki.dbname) for v in found] if wiki else found

    def all_values(self, *streams):
        return [e.value for e in self.found if e.stream in streams]

    def encoded(self, letter):
        return urllib.parse.quote(self.title(letter), safe=changeprop.RELAXED)

    def perform(self):
        wiki, page, moved, item = self.wiki, self.titles["page"], self.titles["moved"], self.titles["item"]
        wiki.edit(page, "one", "first")
        wiki.edit(page, "two", "second")
        wiki.protect(page, "edit=sysop", reason="a revision with the same text")
        first = wiki.revisions(page)[-1]["revid"]
        wiki.revision_delete([first], hide="content", reason="an old revision")
        wiki.revision_delete([wiki.revisions(page)[0]["revid"]], hide="comment", reason="the latest")
        self.set_page_image(page, "One.jpg", "Two.jpg", None)
        wiki.move(page, moved, "away")
        wiki.delete(moved, "rm")
        wiki.undelete(moved, "back")
        suppressing_delete(wiki, moved)
        for comment, text in (("/* wbeditentity-create-item:0| */", "{}"), ("/* wbsetdescription-add:1|en */ words", "{1}"),
                              ("/* wbsetclaim-create:2||1 */ [[Property:P1]]", "{2}")):
            wiki.edit(item, text, comment)
        wiki.delete(item, "rm")
        wiki.undelete(item, "back")
        wiki.edit(item, "{3}", "/* wbsetlabel-set:1|de */")
        suppressing_delete(wiki, item)
        wiki.edit(self.titles["talk"], "talk", "1")
        wiki.as_user().edit(self.titles["talk"], "talk more", "/* wbsetdescription */ on a talk page")
        wiki.edit(self.titles["redirect"], "#REDIRECT [[%s]]" % self.titles["talk"], "to")
        wiki.upload(self.titles["file"][len("File:"):], mw.png(7, 7, time.time_ns() % 256), "a file", "described")
        wiki.edit(self.titles["hidden"], "CANARY", "c")
        wiki.edit(self.titles["hidden"], "public", "c")
        wiki.edit(self.titles["hidden"], "CANARY", "c")
        wiki.revision_delete([wiki.revisions(self.titles["hidden"])[-1]["revid"]], hide="content|comment|user", reason="h")
        self.touch(self.titles["talk"])

    def wait_done(self):
        """Until what MediaWiki does after its last answers is in Kafka: rows of recentchanges, and the touched page."""
        title = self.title("hidden")

        def done():
            return self.box.maria_value(
                "SELECT (SELECT count(*) FROM `{0}`.recentchanges WHERE rc_title = '{1}' AND rc_log_action = 'revision') +"
                " (SELECT count(*) FROM `{0}`.page WHERE page_title = '{2}' AND page_touched > '20200101000000')".format(
                    self.wiki.dbname, title, self.title("talk").partition(":")[2])) == 2
        chain.wait_for(done, "the wiki to be done with its answers", 30)
        self.wiki.run_jobs()
        chain.wait_stream(self.box)

    def set_page_image(self, title, *values):
        """As the extension PageImages does, with the links of an edit."""
        page_id = self.box.maria_value("SELECT page_id FROM `%s`.page WHERE page_title = %%s" % self.wiki.dbname, (title.replace(" ", "_"),))
        sql = "`%s`.page_props WHERE pp_page = %d AND pp_propname = 'page_image'" % (self.wiki.dbname, page_id)
        for value in values:
            self.box.maria_rows("DELETE FROM " + sql if value is None else
                                "REPLACE INTO `%s`.page_props (pp_page, pp_propname, pp_value) VALUES (%d, 'page_image', '%s')"
                                % (self.wiki.dbname, page_id, value))

    def touch(self, title):
        """A null edit, of which rows tell that the page was touched, and a purge."""
        text = self.wiki.get(action="query", prop="revisions", titles=title, rvprop="content", rvslots="main")
        text = text["query"]["pages"][0]["revisions"][0]["slots"]["main"]["content"]
        self.box.maria_rows("UPDATE `%s`.page SET page_touched = '20200101000000' WHERE page_title = '%s'" % (
            self.wiki.dbname, title.partition(":")[2].replace(" ", "_")))
        self.wiki.edit(title, text, "no event")


@pytest.fixture(scope="module", params=["39", "43"], ids=["1.39", "1.43"])
def run(request, box):
    box.restart_daemons()
    wiki = box.wiki(request.param)
    done = box.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in SWITCHED:
        box.pg_rows("SELECT mwmirror.stream_switch(%s, true, %s)", (stream, wiki.dbname))
    try:
        of = Run(box, wiki)
        wiki.run_jobs()
        chain.wait_stream(box)
        start = kafka.end_offsets(box)
        start.update({stream: kafka.end_offset(box, box.topic(stream)) for stream in SWITCHED})
        of.perform()
        of.wait_done()
        of.found = kafka.all_events(box, start)
        strangers = [e for e in of.found if e.wiki not in (wiki.dbname, None)]
        assert not strangers, strangers
        yield of
    finally:
        for stream in SWITCHED:
            box.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, %s)", (stream, wiki.dbname))
        chain.wait_stream(box)


# change propagation


def rules(values):
    return [[name for name, _ in fired] for fired in map(changeprop.fired, values) if fired]


def uris(values):
    return [(name, uri) for value in values for name, found in changeprop.fired(value) for uri in found]


EDIT, VISIBLE, IMAGE = ["pcs_rerender_native_on_edit", "page_edit"], ["pcs_rerender_native_on_visibility_change"], [
    "pcs_rerender_native_page_images_summary"]
DELETED = ["pcs_rerender_native_on_page_delete", "page_delete"]


def test_rules_of_a_page(run):
    """Made, edited, protected, hidden, with another image, moved, deleted, restored, suppressed: no more and no less is fired."""
    assert rules(run.values("page", wiki=WIKIPEDIA)) == [["page_create"], EDIT, VISIBLE, VISIBLE, IMAGE, IMAGE, IMAGE, ["page_create"]]
    assert rules(run.values("moved", wiki=WIKIPEDIA)) == [["pcs_rerender_native_on_page_move"], DELETED, ["page_restore"], DELETED]
    assert rules(run.values("talk", wiki=WIKIPEDIA)) == [["page_create"], EDIT]
    assert rules(run.values("redirect", wiki=WIKIPEDIA)) == [["page_create"]]
    assert rules(run.values("file", wiki=COMMONS)) == [["page_create"]]


def test_requests_of_a_page(run):
    """Titles in URLs are those of the page, before a move and after it, and lead to it."""
    page, moved = run.encoded("page"), run.encoded("moved")
    found = uris(run.values("page", wiki=WIKIPEDIA))
    pcs = "https://mobileapps/en.wikipedia.org/v1/page/"
    old, latest = (v["rev_id"] for v in run.values("page", "mediawiki.revision-visibility-change"))

    def requested(rule, of=found):
        return [uri for name, uri in of if name == rule]
    assert requested(EDIT[0]) == [pcs + name + "/" + page for name in changeprop.ENDPOINTS]
    assert requested(VISIBLE[0]) == [
        pcs + name + "/" + page + rev for number in (old, latest) for name in changeprop.ENDPOINTS for rev in ("/%d" % number, "")]
    assert requested(IMAGE[0]) == 3 * [pcs + "summary/" + page]
    assert requested("page_edit") == ["/sys/links/transcludes/" + page]
    assert requested("pcs_rerender_native_on_page_move", uris(run.values("moved", wiki=WIKIPEDIA))) == [
        pcs + name + "/" + title for name in changeprop.ENDPOINTS for title in (moved, page)]


def test_rules_of_wikidata(run):
    """Pages that use an entity are not looked for; its descriptions go to other wikis by the comments of edits, and when it comes back."""
    described, edit, deleted = ["wikidata_description_on_edit"], EDIT[:1], DELETED[:1]
    assert rules(run.values("item", wiki=WIKIDATA)) == [
        edit + described, edit, deleted, ["wikidata_description_on_undelete"],
        edit + described, edit,         # restored revisions appear again
        edit, deleted]
    assert rules(run.values("talk", wiki=WIKIDATA)) == [["page_create"], EDIT]


def test_rules_of_touches(run):
    """A null edit is rendered anew, with the page's title as MediaWiki encodes it; none takes it for a purge, nor for RESTBase's."""
    touched = [as_wiki(e.value, WIKIPEDIA, run.wiki.api_url, run.wiki.dbname) for e in run.found
               if e.stream == "resource_change" and e.title == events.page_url(run.wiki.api_url, run.title("talk"))]
    assert touched
    for value in touched:
        at = value["meta"]["dt"]
        assert changeprop.fired(value) == [
            ("pcs_rerender_native_on_null", ["https://mobileapps/en.wikipedia.org/v1/page/%s/%s" % (name, run.encoded("talk"))
                                             for name in changeprop.ENDPOINTS]),
            ("null_edit", ["https://en.wikipedia.org/api/rest_v1/page/%s/%s" % (name, run.encoded("talk"))
                           for name in ("html", "summary", "mobile-sections")])]
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", changeprop.http_date(at))
        assert rules([as_wiki(value, WIKIDATA, "https://en.wikipedia.org/api.php", "")]) == [["pcs_rerender_native_on_null"]]


def test_events_of_change_propagation(run):
    """What it makes of an event, for the pages that use its page, is an event again."""
    made = 0
    for event in run.found:
        for name, _ in changeprop.fired(event.value):
            schemas.check(changeprop.resource_change(event.value, run.title("talk"), ["transcludes", "templates"]))
            made += 1
    assert made > 20
    assert not [e for e in run.found if e.value["meta"]["domain"] == "canary"]


# Lift Wing

EVERYWHERE = {"outlink-topic-model", "article-country", "revertrisk-language-agnostic"}


def test_models_that_are_asked(run):
    """By wiki, kind, namespace, and whether it is a redirect."""
    def asked(letter, wiki):
        return [(v["page_change_kind"], liftwing.asked(v)) for v in run.values(letter, kafka.STREAM, wiki=wiki)]
    wikipedia = EVERYWHERE | {"revertrisk-multilingual"}
    change = wikipedia | {"drafttopic", "revise-tone-task-generator"}
    assert asked("page", WIKIPEDIA) == [
        ("create", wikipedia | {"drafttopic"}), ("edit", change), ("edit", change), ("visibility_change", set()),
        ("create", {"drafttopic"})]     # the last is a redirect
    assert asked("moved", WIKIPEDIA) == [(kind, set()) for kind in ("move", "delete", "undelete", "delete")]     # a talk page
    assert asked("talk", WIKIPEDIA) == [("create", {"drafttopic"}), ("edit", {"drafttopic"})]
    assert asked("item", WIKIDATA)[:5] == [("create", {"revertrisk-wikidata"})] + 2 * [("edit", {"revertrisk-wikidata"})] + [
        ("delete", set()), ("undelete", set())]
    assert asked("page", COMMONS)[:2] == [("create", set()), ("edit", set())]
    assert asked("page", ("dewiktionary", "de.wiktionary.org"))[:2] == [("create", set()), ("edit", set())]
    assert asked("page", ("frwiki", "fr.wikipedia.org"))[1] == ("edit", wikipedia | {"revise-tone-task-generator"})


def test_events_of_models(run):
    """A model that is asked finds all that its own events say."""
    made = 0
    for value in (as_wiki(v, WIKIPEDIA, run.wiki.api_url, run.wiki.dbname) for v in run.all_values(kafka.STREAM)):
        if not liftwing.asked(value):
            continue
        assert liftwing.language(value) == "en" and liftwing.weighted_tags(value)["page"]["namespace_id"] >= 0
        assert liftwing.prediction(value)["revision"]["rev_id"] == value["revision"]["rev_id"]
        score = liftwing.revision_score(value)
        assert score["performer"]["user_groups"] and score["meta"]["request_id"] and score["database"] == "enwiki"
        made += 1
    assert made >= 10
    scores = [liftwing.ores_score(value) for value in run.all_values("mediawiki.revision-create")]
    assert scores and all("performer" in score for score in scores)


# the query service's updater

MODELS = {"wikibase-item", "wikibase-property", "wikibase-lexeme"}


def item_inputs(run, older, models={"wikitext"}):
    values = run.values("item", *(rdf_updater.OLDER if older else [kafka.STREAM]), wiki=WIKIDATA)
    found = [rdf_updater.of_older(v, WIKIDATA[1], {0, 120, 146}) if older else
             rdf_updater.of_page_change(v, WIKIDATA[1], {0, 120, 146}, models) for v in values]
    return [one for one in found if one]


@pytest.mark.parametrize("older", [False, True], ids=["page_change", "older"])
def test_operations_on_an_entity(run, older):
    """
    Imported, changed, deleted, imported, changed, deleted: whether its events come within a window, which sorts them, or each after
    the window of the one before. In the older streams restored revisions appear again, and are ignored.
    """
    inputs = item_inputs(run, older)
    item = run.title("item")
    first, second, third, last = sorted({one.revision for one in inputs})
    done = [("import", item, first), ("diff", item, second), ("diff", item, third), ("delete", item, third), ("import", item, third),
            ("diff", item, last), ("delete", item, last)]
    for arrived in (inputs, rdf_updater.in_order(inputs)):
        found = rdf_updater.operations(arrived)
        assert [one for one in found if one[0] != "ignored"] == done, found
        assert len(found) - len(done) == (3 if older else 0), found
    assert [one.parent for one in inputs if one.what == "revision"][:3] == [None, first, second]
    # the parts of an operation are told by it
    assert not rdf_updater.late(inputs) and all(one.request_id for one in inputs)


def test_entities_by_their_model(run):
    """Pages of another model, namespace or wiki are not taken; of a suppressed deletion the model is not known, and it is taken."""
    assert [one.what for one in item_inputs(run, False, MODELS)] == ["delete"]
    talk = [rdf_updater.of_page_change(v, WIKIDATA[1], {0, 120, 146}, {"wikitext"}) for v in run.values("talk", kafka.STREAM, wiki=WIKIDATA)]
    other = [rdf_updater.of_page_change(v, WIKIDATA[1], {0, 120, 146}, {"wikitext"}) for v in run.values("item", kafka.STREAM, wiki=COMMONS)]
    assert talk and other and not any(talk + other)


# content enrichment, search


def test_content(run):
    """The text of each revision that is visible and not gone is asked for; with it the event is valid, and hash and size are the text's."""
    enriched = 0
    for value in run.all_values(kafka.STREAM):
        wanted = readers.content_wanted(value)
        hidden = not value["revision"]["is_content_visible"]
        assert (wanted is None) == (hidden or value["page_change_kind"] == "delete"), value
        if wanted is None:
            continue
        answer = run.wiki.get(action="query", prop="revisions", revids=wanted[1], rvprop="ids|content", rvslots="*")["query"]
        revisions = answer.get("pages", [{}])[0].get("revisions")
        slots = revisions[0]["slots"] if revisions else {}
        if not slots or any("texthidden" in slot for slot in slots.values()):       # deleted, or hidden, by now
            continue
        made = schemas.check(readers.with_content(value, {role: slot["content"] for role, slot in slots.items()}))
        for slot in made["revision"]["content_slots"].values():
            text = slot["content_body"].encode()
            assert (slot["content_sha1"], slot["content_size"]) == (scenario.sha1_base36(text), len(text)), slot
        enriched += 1
    assert enriched >= 4


def test_search_index(run):
    """The documents that page_change leaves are the wiki's pages: title, namespace, latest revision; redirects are with their targets."""
    index = readers.SearchIndex()
    for value in run.all_values(kafka.STREAM):
        index.take(value)
    pages = run.box.maria_rows("SELECT page_id, page_title, page_namespace, page_latest, page_is_redirect FROM `%s`.page WHERE page_id IN (%s)" % (
        run.wiki.dbname, ",".join(str(v["page"]["page_id"]) for v in run.all_values(kafka.STREAM))))
    names = {0: "", 1: "Talk:", 6: "File:"}
    assert index.documents == {(run.wiki.dbname, page): (names[namespace] + title.decode(), namespace, latest)
                               for page, title, namespace, latest, redirect in pages if not redirect}
    talk, = (page for page, title, namespace, _, _ in pages if names[namespace] + title.decode() == run.title("talk"))
    assert (run.title("redirect"), talk) in index.redirects.values()
    assert {title for title, _ in index.redirects.values()} == {names[n] + title.decode() for _, title, n, _, redirect in pages if redirect}


# EventStreams and its readers


def test_redacted_pages(run):
    """A page whose users EventStreams must not tell is known by its title on every stream, however the stream writes it."""
    titles = [run.titles["page"], run.titles["item"]]
    streams = set()
    for event in run.found:
        if event.stream not in readers.EVENT_STREAMS:
            continue
        found = readers.without_users(event.value, event.value["meta"]["domain"], titles)
        assert (found is not None) == (event.title in (run.title("page"), run.title("item"))), event
        if found:
            streams.add(event.stream)
            assert not [path for path in members(found) if path[-1] == "user_text" or path == ("user",)], event
    assert len(streams) >= 8, streams


def members(node, path=()):
    if isinstance(node, dict):
        for name, item in node.items():
            yield path + (name,)
            yield from members(item, path + (name,))
    if isinstance(node, list):
        for item in node:
            yield from members(item, path)


def test_since(run):
    """
    Reading begins at a time: no event of that time or later is before the one that Kafka finds for it. MariaDB's time of a transaction is that
    of its last statement's beginning, so one that was slower may follow with an older time, but not much.
    """
    reader = kafka.consumer(run.box)
    try:
        for stream in sorted({e.stream for e in run.found}):
            of_stream = [e for e in run.found if e.stream == stream]
            times = [e.timestamp for e in of_stream]
            assert all(time > max(times[:n + 1]) - 3000 for n, time in enumerate(times)), stream
            for event in (of_stream[0], of_stream[len(of_stream) // 2], of_stream[-1]):
                at = rdf_updater.moment(event.value["meta"]["dt"]).timestamp() * 1000
                assert abs(event.timestamp - at) < 1, event
                place, = reader.offsets_for_times([confluent_kafka.TopicPartition(run.box.topic(stream), 0, event.timestamp)], 10)
                assert place.offset <= event.offset
                assert all(e.timestamp < event.timestamp for e in of_stream if e.offset < place.offset), event
                assert all(e.timestamp > event.timestamp - 3000 for e in of_stream if e.offset >= place.offset), event
    finally:
        reader.close()


def test_recent_changes(run):
    """A bot finds pages by title and namespace; clients with types find each member of its type; members of a page in a category come from jobs of other tests, too."""
    values = run.all_values("mediawiki.recentchange")
    server = urllib.parse.urlparse(run.wiki.api_url).hostname
    assert len(readers.live_pages(values, server)) == len(values) and not readers.live_pages(values, "elsewhere.example")
    assert {(run.titles["talk"], 1), (run.titles["item"], 0), (run.titles["file"], 6)} <= set(readers.live_pages(values, server))
    kinds = {value["type"] for value in values}
    assert kinds >= {"new", "edit", "log"}, kinds
    for value in values:
        assert readers.has_types(readers.CHANGES[value["type"]], value, strict=True), value


def test_typed_readers(run):
    """Whatever is there has the type of the schema; nothing is null."""
    seen = set()
    for event in run.found:
        if event.stream in readers.TYPED:
            assert readers.has_types(readers.TYPED[event.stream], event.value), event
            seen.add(event.stream)
    assert seen == set(readers.TYPED)


def test_purges(run):
    """Each URL is whole and its time is known; a page's own URL is among them."""
    found = [readers.purge(v) for v in run.all_values("resource-purge")]
    assert {events.page_url(run.wiki.api_url, run.title(letter)) for letter in run.titles} <= {url for url, _ in found}
    times = [at for _, at in found]
    assert times == sorted(times)


# MediaWiki history


def test_history(run):
    """Of each edit a row as history has it: sizes and parents are the wiki's, users have what they had then, what is hidden is said."""
    rows = {}
    for value in run.all_values(kafka.STREAM):
        if value["page_change_kind"] in ("create", "edit"):
            row = readers.history(value)
            assert row["wiki"] == run.wiki.dbname and row["sent"] >= row["at"]
            assert (row["bytes_more"] is None) == (value["page_change_kind"] == "create"), row
            assert row["hidden"] == [] and row["sha1"] and row["groups"] and row["temporary"] is False
            assert row["anonymous"] == (row["edits"] is None), row
            rows[row["revision"]] = row
    known = run.box.maria_rows(
        "SELECT r.rev_id, r.rev_len, cast(r.rev_len AS signed) - p.rev_len, r.rev_parent_id, r.rev_minor_edit, r.rev_page FROM `{0}`.revision r"
        " LEFT JOIN `{0}`.revision p ON p.rev_id = r.rev_parent_id WHERE r.rev_id IN ({1})".format(run.wiki.dbname, ",".join(map(str, rows))))
    assert len(known) >= 5
    for revision, size, more, parent, minor, page in known:
        row = rows[revision]
        assert (row["bytes"], row["bytes_more"], row["parent"] or 0, row["minor"], row["page"]) == (size, more, parent, bool(minor), page)
    anonymous = [row for row in rows.values() if row["anonymous"]]
    assert [row["title"] for row in anonymous] == [run.title("talk")]


# what all of them see of Kafka


def test_messages(run):
    """One partition a topic; prefix and stream are its name; keys as EventBus's, or none; the value is JSON and says its stream."""
    reader = kafka.consumer(run.box)
    try:
        topics = reader.list_topics(timeout=10).topics
    finally:
        reader.close()
    keyed = {kafka.STREAM}
    for event in run.found:
        assert list(topics[run.box.topic_prefix + event.stream].partitions) == [0]
        meta = event.value["meta"]
        assert {"stream", "id", "request_id", "domain", "dt"} <= set(meta), event
        assert event.value_bytes.startswith(b"{") and event.value_bytes.decode("utf-8").endswith("}")
        key = None
        if event.stream in keyed:
            key = ('{"wiki_id":"%s","page_id":%d}' % (event.wiki, event.value["page"]["page_id"])).encode()
        assert event.key_bytes == key, event
    by_request = {}
    for event in run.found:
        by_request.setdefault(event.value["meta"]["request_id"], set()).add(event.gtid)
    assert all(len(gtids) == 1 for gtids in by_request.values()) and len(by_request) == len({e.gtid for e in run.found})
