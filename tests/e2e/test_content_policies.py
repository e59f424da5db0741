"""What is kept of contents: each content_policy, and from one to another, under all by which the latest revision of a page becomes another."""

import time

import pytest

import chain
import contents
import kafka
import mw
from contents import STREAM

PASSWORD = "Str0ng-pass-phrase"
# contents of pages' latest revisions, and those that are kept
LATEST = ("SELECT DISTINCT slot_content_id FROM mediawiki.page p JOIN mediawiki.slots s ON s.wiki_id = p.wiki_id AND slot_revision_id = page_latest"
          " WHERE p.wiki_id = %s")
KEPT = "SELECT content_id FROM mediawiki.content_body WHERE wiki_id = %s AND body_status IN ('ok', 'too large')"


def ids(box, sql, wiki):
    return {number for number, in box.pg_rows(sql, (wiki.dbname,))}


def check_latest(box, wiki, what):
    """The table has the contents of all latest revisions, and no others."""
    chain.wait_mirror(box)
    kept, latest = ids(box, KEPT, wiki), ids(box, LATEST, wiki)
    assert kept == latest, (what, kept ^ latest)
    assert box.pg_value("SELECT count(*) FROM mediawiki.content_body WHERE wiki_id = %s", (wiki.dbname,)) == len(kept)


def compare_kept(box, wiki):
    """All that is kept of latest revisions is what the API gives; how many contents."""
    kept = {}
    for revision, role, body in box.pg_rows(
            "SELECT page_latest, role_name, body FROM mediawiki.page p JOIN mediawiki.slots s ON s.wiki_id = p.wiki_id AND slot_revision_id = page_latest"
            " JOIN mediawiki.slot_roles r ON r.wiki_id = p.wiki_id AND role_id = slot_role_id"
            " JOIN mediawiki.content_body b ON b.wiki_id = p.wiki_id AND content_id = slot_content_id WHERE p.wiki_id = %s AND body IS NOT NULL", (wiki.dbname,)):
        kept.setdefault(revision, {})[role] = bytes(body)
    given = contents.of_api(wiki, sorted(kept))
    # the API mends what is not UTF-8, and other tests leave such
    shown = {revision: slots for revision, slots in given.items() if not any(text is None or "\ufffd" in text for text in slots.values())}
    assert {revision: {role: body.decode() for role, body in kept[revision].items()} for revision in shown} == shown
    assert len(shown) >= 5
    return len(shown)


def compare_told(box, wiki, start):
    """Events since, with the contents of revisions that the API still shows; how many."""
    found = [e for e in kafka.events(box, start, STREAM) if e.wiki == wiki.dbname and e.kind != "delete"]
    assert not [e for e in found if contents.why(e)], [(e, contents.why(e)) for e in found if contents.why(e)]
    given = contents.of_api(wiki, sorted({e.value["revision"]["rev_id"] for e in found}))
    count = 0
    for event in found:
        if event.value["revision"]["rev_id"] in given:
            assert contents.told(event) == given[event.value["revision"]["rev_id"]], event
            count += 1
    return count


def steps(wiki, other, prefix):
    """What makes another revision the latest of its page, old contents among them."""
    page, source, target = prefix + " page", prefix + " source", prefix + " target"
    oldest = "2005-01-01T00:00:00Z"     # of a second in which nothing else is
    yield "create", lambda: wiki.import_xml(mw.export_xml(page, [(oldest, "Somebody", "c", "one")]))
    yield "edit", lambda: wiki.edit(page, "two " * 50000, "")
    yield "edit of another", lambda: other.edit(page, "three", "")
    yield "rollback", lambda: wiki.rollback(page, other.user)
    yield "protection", lambda: wiki.protect(page, "edit=sysop")
    yield "move", lambda: wiki.move(page, page + " moved")
    yield "move over the redirect", lambda: wiki.move(page + " moved", page, noredirect=True)
    yield "model", lambda: wiki.change_content_model(page, "text")
    yield "deletion", lambda: wiki.delete(page)
    yield "restore of the oldest", lambda: wiki.undelete(page, timestamps=[oldest])
    yield "restore of the rest", lambda: wiki.undelete(page)
    yield "made anew beneath", lambda: (wiki.delete(page), wiki.edit(page, "anew", ""), wiki.undelete(page))
    stamps = ["2001-01-0%dT00:00:00Z" % day for day in range(1, 5)]
    yield "import", lambda: wiki.import_xml(mw.export_xml(source, [(stamp, "Somebody", "c", "imported " + stamp) for stamp in stamps]))
    yield "import beneath", lambda: wiki.import_xml(mw.export_xml(page, [(stamp, "Somebody", "c", "beneath " + stamp) for stamp in stamps]))
    yield "target", lambda: wiki.edit(target, "target", "")
    yield "a part of a history", lambda: wiki.merge_history(source, target, timestamp="2001-01-02T00:00:00Z")
    yield "the rest of it", lambda: (wiki.edit(target + " of all", "t", ""), wiki.merge_history(source, target + " of all"))
    yield "upload", lambda: wiki.upload(prefix + ".png", mw.png(1, 2, 3), "c", "description")
    yield "upload again", lambda: wiki.upload(prefix + ".png", mw.png(3, 2, 1), "c")
    # by hand, as of a page that somebody repairs
    yield "an old revision", lambda: wiki.box.maria_rows(
        "UPDATE `%s`.page SET page_latest = (SELECT min(rev_id) FROM `%s`.revision WHERE rev_page = page_id) WHERE page_title = %%s"
        % (wiki.dbname, wiki.dbname), (target.replace(" ", "_"),))
    yield "and back", lambda: wiki.box.maria_rows(
        "UPDATE `%s`.page SET page_latest = (SELECT rev_id FROM `%s`.revision WHERE rev_page = page_id ORDER BY rev_timestamp DESC LIMIT 1)"
        " WHERE page_title = %%s" % (wiki.dbname, wiki.dbname), (target.replace(" ", "_"),))


def test_latest(live, wiki, record_property):
    """content_policy latest: copied, then with each step, and in its events."""
    prefix = "Latest %d" % time.time_ns()
    wiki.box = live
    wiki.create_user(prefix, PASSWORD)
    other = wiki.as_user(prefix, PASSWORD)
    other.user = prefix
    with contents.telling(live, wiki.dbname, "latest"):
        live.service("stop", "follow")
        live.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL WHERE wiki_id = %s", (wiki.dbname,))
        done = live.mwmirror("snapshot", wiki.dbname)
        assert done.returncode == 0, done.stderr
        live.service("start", "follow")
        chain.wait_copied_again(live)
        check_latest(live, wiki, "copy")
        start = kafka.end_offset(live, live.topic(STREAM))
        for what, act in steps(wiki, other, prefix):
            act()
            check_latest(live, wiki, what)
        wiki.run_jobs()
        check_latest(live, wiki, "jobs")
        chain.wait_stream(live)
        told = compare_told(live, wiki, start)
        kept = compare_kept(live, wiki)
        assert told >= 20
        record_property("latest contents of MediaWiki 1.%s: in the table, in events" % wiki.name, "%d, %d" % (kept, told))


def test_from_one_to_another(live, wiki):
    """Each policy counts from follow's next start on; what was kept under another stays as long as this one lets it."""
    prefix, number = "Switched %d" % time.time_ns(), 0
    for page in range(8):
        wiki.edit("%s old %d" % (prefix, page), "old %d" % page, "")
    title = prefix + " page"
    with contents.telling(live, wiki.dbname, "none"):
        for policy in ("none", "stream", "latest", "all", "latest", "all", "stream", "none"):
            before, old = ids(live, KEPT, wiki), "%s old %d" % (prefix, number)
            contents.keep(live, wiki.dbname, policy)
            chain.wait_stream(live)
            start = kafka.end_offset(live, live.topic(STREAM))
            wiki.edit(title, "of policy %s, %d" % (policy, number), "")
            wiki.edit(title, "of policy %s, %d again" % (policy, number), "")
            wiki.move(old, old + " moved", noredirect=True)
            chain.wait_stream(live)
            after, latest = ids(live, KEPT, wiki), ids(live, LATEST, wiki)
            told = [(contents.told(e)["main"], contents.why(e)) for e in kafka.events(live, start, STREAM) if e.title.startswith("Switched_")]
            texts = ["of policy %s, %d" % (policy, number), "of policy %s, %d again" % (policy, number), "old %d" % number]
            assert told == [(None, "absent") if policy == "none" else (text, None) for text in texts], policy
            if policy in ("none", "stream"):
                assert after == before, policy
            elif policy == "latest":
                assert after <= latest and len(after - before) == 2, (policy, before, after)
            else:
                assert after > before and len(after - before) == 3, (policy, before, after)
            assert bool(live.pg_value("SELECT count(*) FROM mwmirror.content_latest WHERE wiki_id = %s", (wiki.dbname,))) == (policy == "latest")
            number += 1
