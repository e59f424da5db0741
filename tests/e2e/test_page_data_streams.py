"""
page-properties-change and page-links-change, for both MediaWiki versions: the exact events of what users do, in their
order.
"""

import time

import chain
import events
import kafka

PROPERTIES, LINKS = ("mediawiki.page-%s-change" % name for name in ("properties", "links"))


def in_short(event):
    """What an event of these streams tells, without who and where."""
    value = event.value
    if event.stream == PROPERTIES:
        return "properties", event.title, value.get("added_properties", {}), value.get("removed_properties", {})
    return ("links", event.title, *(sorted((link["link"], link["external"]) for link in value.get(name, []))
                                    for name in ("added_links", "removed_links")))


def as_committed(wiki, event):
    """
    An event as MediaWiki's transactions make it. 1.39 commits what it deletes from a table and what it inserts by itself,
    externallinks before pagelinks; 1.43 does so only for more than 100 rows.
    """
    if not wiki.version.startswith("1.39"):
        return [event]
    what, title, added, removed = event
    if what == "properties":
        parts = [({}, removed), (added, {})]
    else:
        parts = [part for external in (True, False)
                 for part in (([], [link for link in removed if link[1] is external]),
                              ([link for link in added if link[1] is external], []))]
    return [(what, title, *part) for part in parts if part[0] or part[1]]


def told(box, wiki, action, want):
    """
    Does it, and waits until as many events are there as are wanted: MediaWiki updates links after it has answered. They are
    the wanted ones, in this order; returns them.
    """
    want = [part for event in want for part in as_committed(wiki, event)]
    chain.wait_stream(box)
    start = kafka.end_offsets(box)
    action()
    found = []

    def all_there():
        chain.wait_stream(box)
        found[:] = [e for e in kafka.all_events(box, start) if e.stream in (PROPERTIES, LINKS)]
        return len(found) >= len(want)
    chain.wait_for(all_there, lambda: "events %s" % [in_short(e) for e in found], 30)
    for event in found:
        assert event.wiki == wiki.dbname, event
        events.check(event, wiki.api_url)
    assert [in_short(e) for e in found] == want
    return found


def fresh(name):
    """A title that no earlier run in this sandbox has used."""
    return "%s_%x" % (name, time.time_ns() // 1000000)


def page_of(title):
    return "/wiki/" + title, False


def site(url):
    return url, True


def test_edits(wiki, box):
    """Links and properties that a text has, has no more, or has otherwise."""
    title = fresh("Data_edited")
    text = ("[[Data target]] [[User:Nobody/a&b?]] [[Talk:Zürich]] [https://www.Example.org:8080/a%%20b?c=d&e#f site] "
            "mailto:someone@example.org http://192.0.2.1 {{DEFAULTSORT:%s}}")
    gone = [page_of("Talk:Z%C3%BCrich"), page_of("User:Nobody/a%26b%3F"), site("https://www.example.org:8080/a%20b?c=d&e#f"),
            site("mailto:someone@example.org")]
    stay = [page_of("Data_target"), site("http://192.0.2.1/")]
    told(box, wiki, lambda: wiki.edit(title, text % "key" + " __NOINDEX__"), [
        ("links", title, sorted(gone + stay), []), ("properties", title, {"defaultsort": "key", "noindex": ""}, {})])
    told(box, wiki, lambda: wiki.edit(title, "[[Data target]] [[Data other]] http://192.0.2.1 {{DEFAULTSORT:other}}"), [
        ("links", title, [page_of("Data_other")], sorted(gone)),
        ("properties", title, {"defaultsort": "other"}, {"defaultsort": "key", "noindex": ""})])
    told(box, wiki, lambda: wiki.edit(title, "nothing"), [
        ("links", title, [], sorted(stay + [page_of("Data_other")])), ("properties", title, {}, {"defaultsort": "other"})])


def test_deletion(wiki, box):
    """The rows of a page that is gone are told of by its last title; restored, its text yields them anew."""
    title = fresh("Talk:Data_deleted")
    wiki.run_jobs() # of pages of other tests
    links, properties = [page_of("Data_target"), site("https://example.org/")], {"defaultsort": "key"}
    told(box, wiki, lambda: wiki.edit(title, "[[Data target]] https://example.org/ {{DEFAULTSORT:key}}"), [
        ("links", title, links, []), ("properties", title, properties, {})])
    found = told(box, wiki, lambda: (wiki.delete(title, "rm"), wiki.run_jobs()), [
        ("links", title, [], links), ("properties", title, {}, properties)])
    assert {e.value["page_is_redirect"] for e in found} == {False}
    told(box, wiki, lambda: (wiki.undelete(title, "back"), wiki.run_jobs()), [
        ("links", title, links, []), ("properties", title, properties, {})])


def test_many_links(wiki, box):
    """More than MediaWiki writes at once: each of its transactions is an event, and each link is in one of them."""
    title = fresh("Data_many")
    chain.wait_stream(box)
    start = kafka.end_offsets(box)
    wiki.edit(title, "".join("[[Data many %d]] " % n for n in range(450)))
    found = []

    def all_there():
        chain.wait_stream(box)
        found[:] = [e for e in kafka.all_events(box, start) if e.stream == LINKS]
        return sum(len(e.value["added_links"]) for e in found) >= 450
    chain.wait_for(all_there, lambda: "events %s" % [len(e.value["added_links"]) for e in found], 60)
    links = [link["link"] for e in found for link in e.value["added_links"]]
    assert sorted(links) == sorted("/wiki/Data_many_%d" % n for n in range(450))
    assert len(found) == len({e.gtid for e in found}) and {e.title for e in found} == {title}
    assert [len(e.value["added_links"]) for e in found] == [100, 100, 100, 100, 50]
