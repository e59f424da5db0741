"""mediawiki.page.state.v1: of each page the last document says what MediaWiki's own API says of it."""

import ipaddress
import time
import urllib.parse

import pytest

import chain
import events
import kafka
import mw

STREAM = "mediawiki.page.state.v1"
MANY = 2500     # links of a page: more than MediaWiki writes at once


@pytest.fixture
def told(live, wiki):
    """A wiki whose pages are told of whole."""
    def keep(policy):
        live.service("stop", "follow")
        live.pg_rows("UPDATE mwmirror.wiki SET content_policy = %s WHERE wiki_id = %s", (policy, wiki.dbname))
        live.service("start", "follow")

    done = live.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    live.make_interwiki(wiki)
    keep("all")
    live.pg_rows("SELECT mwmirror.stream_switch(%s, true, %s)", (STREAM, wiki.dbname))
    chain.wait_stream(live)
    yield wiki
    live.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, %s)", (STREAM, wiki.dbname))
    keep("none")
    live.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (wiki.dbname,))
    chain.wait_stream(live)


# ---- what is done ----

def yielding(name):
    """A text that yields something for each list."""
    return ("{{DISPLAYTITLE:%s}}{{DEFAULTSORT:\u00e9sort %s}} __NOINDEX__ [[Link of %s]] [[link_of %s#part|again]] [[User:Admin/\u00c6 \"x\"]] [[Talk:%s]] [[:Category:Linked]] [[:File:No.png]]"
            " [[Category:State %s]] [[Category:Sorted|*k\"ey]] [[Category:\u00c6ther]] {{State box}} {{No such \"box\"}} {{User:Admin/included}}"
            " [[File:No such.png]] [[File:%s.png|thumb]] [[de:%s da]] [[cs:Tam & \"tam\"]] [[wikt:Slovo %s]] [[:de:Odkaz]]"
            " https://www.Example.org/Path?q=1&r=%%20#frag [http://example.org x] [//rel.example.org/p q] mailto:some.one@example.org"
            " http://192.0.2.1/v4 http://[2001:db8::1]:8080/v6 https://example.org:8443/ https://\u00fcber.example/\u00e9 https://example.org/again https://example.org/again"
            % ((name,) * 9))


def do_everything(wiki, name):
    """What wikis do with pages, all of it in pages whose titles begin with the name; returns the titles of those that are deleted."""
    wiki.edit("Template:State box", "[[From the box]] {{State inner}} [[Category:Of box]] https://box.example/", "t")
    wiki.edit("Template:State inner", "inner", "t")
    wiki.upload(name + ".png", mw.png(1, 2, int(name[-2:])), "u", "[[Category:State files]] text")
    for title, text in (
            ("", yielding(name)), (" plain", "text \u00c6 \"quoted\" \\ \t"), (" blank", "x"), ("/sub page", "[[../]] {{:%s plain}}" % name),
            (" redirect", "#REDIRECT [[%s#The part]] [[Category:Redirects]]" % name), (" double", "#REDIRECT [[%s redirect]]" % name),
            (" elsewhere", "#REDIRECT [[wikt:There]]"), (" nowhere", "#REDIRECT [[No such %s]]" % name), (" to user", "#REDIRECT [[User talk:Admin]]"),
            (" protected", "p"), (" cascading", "{{%s plain}}" % name), (" semi", "s"), (" moved", yielding(name + " m")), (" over", "#REDIRECT [[%s plain]]" % name),
            (" deleted", yielding("d")), (" restored", yielding("r")), (" model", '{"a": [1, "\u00e9"]}'), (" emptied", yielding("e")),
            (" many", "\n".join("[[Many %d]]" % n for n in range(MANY)))):
        wiki.edit(name + title, text, "made")
    wiki.edit("Talk:" + name, "[[%s]] --~~~~" % name, "talk")
    wiki.edit("Category:State " + name, "__HIDDENCAT__ [[Category:State]]", "c")
    wiki.edit("User:Admin/State %s.js" % name, "mw.log('[[x]]');", "script")
    wiki.edit("MediaWiki:State %s.css" % name, "a { color: red; }", "style")
    wiki.edit(name + " blank", "", "blanked")
    wiki.edit(name + " emptied", "nothing any more", "e", minor=True)
    wiki.edit(name, yielding(name).replace("State box", "Another box").replace("[[de:", "[[:de:") + "\n[[More]]", "changed")
    wiki.edit(name + " nowhere", "no redirect any more [[Here]]", "e")
    wiki.edit(name + " many", "\n".join("[[Many %d]]" % n for n in range(5, MANY + 5)), "e")
    wiki.protect(name + " protected", "edit=sysop|move=sysop", "2035-01-02T03:04:05Z|infinite")
    wiki.do("protect", title=name + " cascading", protections="edit=sysop", expiry="infinite", cascade=True)
    wiki.protect(name + " semi", "edit=autoconfirmed", "infinite")
    wiki.protect(name + " semi", "edit=all|move=autoconfirmed", "infinite")
    wiki.change_content_model(name + " model", "json")
    wiki.move(name + " moved", "Talk:%s arrived" % name, "m")
    wiki.move(name + " plain", name + " over", "m", noredirect=True)
    wiki.delete(name + " deleted", "d")
    wiki.delete(name + " restored", "d")
    wiki.undelete(name + " restored", "u")
    wiki.edit("Template:State box", "[[From the new box]] [[Category:Of new box]]", "t")
    wiki.purge(name + "/sub page")
    wiki.run_jobs()
    return {name + " deleted"}


# ---- what the API says ----

def ask(wiki, pages):
    """{page_id: all that the API says of it}."""
    found = {}
    for at in range(0, len(pages), 10):
        more = {}
        while more is not None:
            answer = wiki.get(
                action="query", pageids="|".join(map(str, pages[at:at + 10])),
                prop="info|revisions|categories|links|templates|images|extlinks|langlinks|iwlinks|pageprops", inprop="protection",
                rvprop="ids|timestamp|flags|user|comment|size|sha1|content|contentmodel|slotsize|slotsha1", rvslots="*", clprop="sortkey|timestamp",
                cllimit="max", pllimit="max", tllimit="max", imlimit="max", ellimit="max", lllimit="max", iwlimit="max", **more)
            for page in answer["query"]["pages"]:
                merge(found.setdefault(page["pageid"], {}), page)
            more = answer.get("continue")
    return found


def merge(into, page):
    for name, value in page.items():
        if isinstance(value, list) and name != "revisions":
            into.setdefault(name, []).extend(v for v in value if v not in into[name])
        else:
            into[name] = value


def base36(hexadecimal):
    number, digits = int(hexadecimal, 16), ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(31, "0")


def link(item):
    return {"page_title": item["title"].replace(" ", "_"), **({"namespace_id": item["ns"]} if item["ns"] >= 0 else {})}


def url_of_index(url):
    """URLs that 1.39's el_index has of one in a text: host as it is compared, a path at least, both schemes of none."""
    parts = urllib.parse.urlsplit(url)
    if parts.netloc:
        host = urllib.parse.unquote(parts.netloc).lower()
        if host.startswith("["):
            groups = ipaddress.ip_address(parts.hostname).exploded.upper().split(":")
            host = "[%s]%s" % (":".join("%X" % int(group, 16) for group in groups), host.partition("]")[2])
        parts = parts._replace(netloc=host, path=parts.path or "/")
    return ["%s:%s" % (scheme, urllib.parse.urlunsplit(parts)) for scheme in ("http", "https")] if url.startswith("//") else [urllib.parse.urlunsplit(parts)]


def redirect_of(wiki, title):
    """Where the API says that a redirect leads to."""
    answer = wiki.get(action="query", titles=title, redirects=True)["query"]
    of, = [r for r in answer["redirects"] if r["from"] == title]
    found = {"page_title": of["to"].replace(" ", "_")}
    if "tofragment" in of:
        found["fragment"] = of["tofragment"]
    if "tointerwiki" in of:
        found["interwiki_prefix"] = of["tointerwiki"]
    return found


def as_document(wiki, page):
    """What the document of a page must say, of what the API says; each list by elements that can be compared."""
    revision, = page["revisions"]
    urls = [item["url"] for item in page.get("extlinks", [])]
    if wiki.version.startswith("1.39"):
        urls = [url for one in urls for url in url_of_index(one)]
    return {
        "page": {"page_id": page["pageid"], **link(page), "is_redirect": page.get("redirect", False), "content_model": page["contentmodel"],
                 **({"redirect_page_link": redirect_of(wiki, page["title"])} if page.get("redirect") else {})},
        "revision": {
            "rev_id": revision["revid"], "rev_parent_id": revision["parentid"], "rev_dt": revision["timestamp"], "rev_size": revision["size"],
            "rev_sha1": base36(revision["sha1"]), "comment": revision["comment"], "is_minor_edit": revision["minor"], "editor": revision["user"],
            "slots": {role: (slot["contentmodel"], slot["contentformat"], slot["size"], base36(slot["sha1"]), slot["content"])
                      for role, slot in revision["slots"].items()}},
        "restrictions": [{"type": p["type"], "level": p["level"], "is_cascading": p.get("cascade", False),
                          **({"expiry_dt": p["expiry"]} if p["expiry"] != "infinity" else {})} for p in page["protection"] if "source" not in p],
        "page_properties": [{"name": name, "value": value} for name, value in page.get("pageprops", {}).items()],
        "categories": [{**link(item), "sortkey": item["sortkey"], "sortkey_prefix": item["sortkeyprefix"], "dt": item["timestamp"]}
                       for item in page.get("categories", [])],
        "language_links": [{"lang": item["lang"], "page_title": item["title"]} for item in page.get("langlinks", [])],
        "interwiki_links": [{"interwiki_prefix": item["prefix"], "page_title": item["title"]} for item in page.get("iwlinks", [])],
        "templates": [link(item) for item in page.get("templates", [])],
        "files": [link(item) for item in page.get("images", [])],
        "links": [link(item) for item in page.get("links", [])],
        "external_links": [{"url": url} for url in urls],
    }


def in_same_form(value):
    """A document likewise."""
    revision = value["revision"]
    found = {name: value[name] for name in events.LISTS}
    found["page_properties"] = [{"name": name, "value": text} for name, text in value["page_properties"].items()]
    found["external_links"] = [{"url": url} for url in value["external_links"]]
    page = {**value["page"]}
    if "redirect_page_link" in page:
        page["redirect_page_link"] = {name: text for name, text in page["redirect_page_link"].items() if name != "namespace_id"}
    found["page"] = page
    found["revision"] = {
        "rev_id": revision["rev_id"], "rev_parent_id": revision.get("rev_parent_id", 0), "rev_dt": revision["rev_dt"], "rev_size": revision["rev_size"],
        "rev_sha1": revision["rev_sha1"], "comment": revision.get("comment", ""), "is_minor_edit": revision["is_minor_edit"],
        "editor": revision["editor"]["user_text"],
        "slots": {role: tuple(slot.get(name) for name in ("content_model", "content_format", "content_size", "content_sha1", "content_body"))
                  for role, slot in revision["content_slots"].items()}}
    return found


def compare(have, want):
    """How many members were compared, and those that differ."""
    number, wrong = 0, []
    for name in want:
        if isinstance(want[name], list):
            pairs = {tuple(sorted(item.items())) for item in have[name]}, {tuple(sorted(item.items())) for item in want[name]}
            number += len(pairs[1]) + 1
            if pairs[0] != pairs[1]:
                wrong.append((name, "document alone", pairs[0] - pairs[1], "API alone", pairs[1] - pairs[0]))
        else:
            number += len(want[name])
            wrong += [(name, member, have[name].get(member), want[name].get(member)) for member in want[name].keys() | have[name].keys()
                      if have[name].get(member) != want[name].get(member)]
    return number, wrong


def fold(box, wiki, start):
    """{page_id: the last document, None: it is gone} of the topic, and its events."""
    found = [e for e in kafka.events(box, start, STREAM) if e.wiki == wiki.dbname]
    for event in found:
        events.check(event, wiki.api_url)
    return {event.page["page_id"]: event.value for event in found}, found


def test_documents_are_what_the_api_says(live, told, record_property):
    wiki, name = told, "State %d" % (time.time_ns() // 1000 % 10 ** 9)
    start = kafka.end_offset(live, live.topic(STREAM))
    before = live.pg_value("SELECT max(page_id) FROM mediawiki.page WHERE wiki_id = %s", (wiki.dbname,))
    deleted = do_everything(wiki, name)
    chain.wait_stream(live)
    state, found = fold(live, wiki, start)
    # of older pages, whose links jobs of other tests may still renew, contents are not kept
    state = {page: value for page, value in state.items() if page > before}
    there = {page: value for page, value in state.items() if value is not None}
    answers = ask(wiki, sorted(there))
    members = 0
    differences = {}
    for page, value in there.items():
        assert value["left_out"] == [] and "missing" not in answers[page], value["page"]
        number, wrong = compare(in_same_form(value), as_document(wiki, answers[page]))
        members += number
        if wrong:
            differences[value["page"]["page_title"]] = wrong
    assert not differences, "\n".join("%s: %s" % item for item in differences.items())
    # those that are gone, and no others, are gone
    gone = {page for page, value in state.items() if value is None}
    assert len(gone) >= len(deleted)
    assert all("missing" in page for page in wiki.get(action="query", pageids="|".join(map(str, gone)))["query"]["pages"])
    titles = {value["page"]["page_title"] for value in there.values()}
    assert not titles & {title.replace(" ", "_") for title in deleted} and len(titles) == len(there) >= 24
    record_property("documents compared with the API of MediaWiki 1.%s" % wiki.name, "%d pages, %d members, of %d messages" % (len(there), members, len(found)))
