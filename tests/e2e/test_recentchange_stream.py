"""
recentchange and revision-tags-change, for both MediaWiki versions: which events each operation gives, and what they say. MediaWiki commits
most of their rows after its answer, in transactions of their own: so the rows are waited for.
"""

import threading
import time

import chain
import events
import kafka
from test_page_change import all_events_of, body

TAGS = "mediawiki.revision-tags-change"
RECENT = "mediawiki.recentchange"
RUN = int(time.time()) % 0x1000000      # a sandbox is used more than once


def named(text, wiki):
    return "%s %s %06x" % (text, wiki.name, RUN)


def rows(box, wiki, table, where="true"):
    return box.maria_value("SELECT count(*) FROM `%s`.%s WHERE %s" % (wiki.dbname, table, where))


def told(box, wiki, stream, action, table, growth, where="true"):
    """The events of a stream that an action gives, which adds so many rows to a table."""
    goal = rows(box, wiki, table, where) + growth

    def act():
        action()
        chain.wait_for(lambda: rows(box, wiki, table, where) == goal,
                       lambda: "%s has %d rows, must have %d" % (table, rows(box, wiki, table, where), goal), 20, 0.02)
    return [e.value for e in all_events_of(box, wiki, act, [stream])[1]]


def tags_told(box, wiki, action, growth):
    return told(box, wiki, TAGS, action, "change_tag", growth)


def latest(wiki, title):
    return wiki.revisions(title)[0]["revid"]


def in_short(values):
    return [(v["rev_id"], v["prior_state"]["tags"], v["tags"], v.get("performer", {}).get("user_text")) for v in values]


def tag(wiki, rev_id, **more):
    answer = wiki.do("tag", revid=rev_id, **more)["tag"][0]
    assert answer["status"] == "success", answer


def test_tags(wiki, box):
    """By software with an edit, by a user with it, and later by users, who may be told; a tag that is deleted everywhere."""
    title = named("Tags", wiki)
    for name in ("one tag", "another tag"):
        wiki.do("managetags", operation="create", tag=name)
    found = tags_told(box, wiki, lambda: wiki.edit(title, "text", "no tags"), 0)
    assert found == []
    found = tags_told(box, wiki, lambda: wiki.edit(title, "", "blanked"), 1)
    blanked = latest(wiki, title)
    assert in_short(found) == [(blanked, [], ["mw-blank"], None)]
    found = tags_told(box, wiki, lambda: wiki.edit(title, "#REDIRECT [[Elsewhere]]", "tagged", tags="one tag"), 2)
    redirect = latest(wiki, title)
    assert in_short(found) == [(redirect, [], ["mw-new-redirect", "one tag"], None)]
    assert found[0]["page_is_redirect"] and found[0]["rev_parent_id"] == blanked

    found = tags_told(box, wiki, lambda: tag(wiki, redirect, add="another tag", remove="one tag", reason="why"), 0)
    assert in_short(found) == [(redirect, ["mw-new-redirect", "one tag"], ["another tag", "mw-new-redirect"], wiki.user)]
    assert found[0]["comment"] == "tagged"
    found = tags_told(box, wiki, lambda: tag(wiki, redirect, remove="another tag"), -1)
    assert in_short(found) == [(redirect, ["another tag", "mw-new-redirect"], ["mw-new-redirect"], wiki.user)]
    found = tags_told(box, wiki, lambda: tag(wiki, blanked, add="one tag|another tag"), 2)
    assert in_short(found) == [(blanked, ["mw-blank"], ["another tag", "mw-blank", "one tag"], wiki.user)]
    found = tags_told(box, wiki, lambda: wiki.do("managetags", operation="delete", tag="one tag"), -1)
    assert in_short(found) == [(blanked, ["another tag", "mw-blank", "one tag"], ["another tag", "mw-blank"], None)]
    wiki.do("managetags", operation="delete", tag="another tag")


def test_tags_of_a_rollback(wiki, box):
    """Of the revision that reverts; of those that were reverted a job says so later."""
    wiki.run_jobs()
    title = named("Tags rolled back", wiki)
    wiki.edit(title, "good", "good")
    wiki.as_user().edit(title, "bad", "bad")
    bad = latest(wiki, title)
    found = tags_told(box, wiki, lambda: wiki.rollback(title, "127.0.0.1"), 1)
    assert in_short(found) == [(latest(wiki, title), [], ["mw-rollback"], None)]
    found = tags_told(box, wiki, wiki.run_jobs, 1)
    assert in_short(found) == [(bad, [], ["mw-reverted"], None)]


def test_hidden_revision_is_tagged(wiki, box):
    """Of a hidden text, comment and author nothing is said."""
    title = named("Tags hidden", wiki)
    name = named("CANARYtagged", wiki)
    wiki.create_user(name, "Str0ng-pass-phrase")
    wiki.as_user(name, "Str0ng-pass-phrase").edit(title, "text", "CANARY comment")
    hidden = latest(wiki, title)
    wiki.edit(title, "more", "more")
    wiki.do("managetags", operation="create", tag="hidden tag")
    wiki.revision_delete([hidden], hide="content|comment|user", reason="h")
    found = tags_told(box, wiki, lambda: tag(wiki, hidden, add="hidden tag", reason="CANARY"), 1)
    assert in_short(found) == [(hidden, [], ["hidden tag"], wiki.user)]
    assert not {"comment", "rev_sha1", "rev_len"} & set(found[0]) and "CANARY" not in str(found)
    wiki.do("managetags", operation="delete", tag="hidden tag")


def test_recorded_tags(wiki, box):
    """What EventBus of a MediaWiki 1.43 posted of these two edits."""
    normal = {"of_ours": events.Normaliser(wiki.api_url[:-len("/api.php")] + "/wiki/"),
              "of_theirs": events.Normaliser("http://127.0.0.1:8043/index.php/")}

    if wiki.revisions("Redir C"):
        wiki.delete("Redir C")

    def act():
        wiki.edit("Alpha C", "something", "create")
        wiki.edit("Alpha C", "", "blank")
        wiki.edit("Redir C", "#REDIRECT [[Alpha C]] xxxx", "redirect")
    found = tags_told(box, wiki, act, 2)
    recorded = events.examples("revision-tags-change")
    assert len(found) == len(recorded) == 2
    for ours, theirs in zip(found, recorded):
        assert normal["of_ours"](ours, True) == normal["of_theirs"](theirs, True)
        # but for $schema and meta, which EventBus puts first
        assert events.key_order(body(ours)) == events.key_order(body(theirs))


# recentchange


def recent_told(box, wiki, action, growth, where="true"):
    return told(box, wiki, RECENT, action, "recentchanges", growth, where)


LOGS = "rc_source = 'mw.log'"   # a deletion takes the page's other rows away


def logged(values):
    return [(v["type"], v["log_type"], v["log_action"], v["title"], v["comment"], v["user"]) for v in values]


def test_recent_edits(wiki, box):
    title = named("Recent edits", wiki)
    found = recent_told(box, wiki, lambda: wiki.edit(title, "one", "1"), 1)
    found += recent_told(box, wiki, lambda: wiki.edit(title, "three", "2", minor=True, bot=True), 1)
    found += recent_told(box, wiki, lambda: wiki.as_user().edit("Talk:" + title, "four", ""), 1)
    server = wiki.api_url[:-len("/api.php")]
    rows = box.maria_rows("SELECT rc_id, rc_this_oldid, rc_last_oldid, unix_timestamp(rc_timestamp), rc_patrolled FROM `%s`.recentchanges"
                          " ORDER BY rc_id DESC LIMIT 3" % wiki.dbname)
    for value, kind, where, comment, user, sizes, row in zip(
            found, ("new", "edit", "new"), (title, title, "Talk:" + title), ("1", "2", 'Created page with "four"'), (wiki.user, wiki.user, "127.0.0.1"),
            ((None, 3), (3, 5), (None, 4)), reversed(rows)):
        minor = comment == "2"
        at = value["timestamp"]
        assert at > 0
        del value["meta"]
        assert value == {
            "$schema": "/mediawiki/recentchange/1.0.1", "id": row[0], "type": kind, "namespace": int(where != title), "title": where,
            "title_url": server + "/wiki/" + where.replace(" ", "_"), "comment": comment, "timestamp": at, "user": user,
            "bot": False, "minor": minor, "patrolled": row[4] != 0, "length": {"old": sizes[0], "new": sizes[1]},
            "revision": {"old": row[2] or None, "new": row[1]}, "server_url": server, "server_name": "127.0.0.1",
            "server_script_path": "/", "wiki": wiki.dbname}
    assert [v["patrolled"] for v in found] == [True, True, False]


def test_recent_log(wiki, box):
    """Actions with their parameters; what a user of the suppression log does is not told."""
    title = named("Recent log", wiki)
    wiki.edit(title, "text", "c")
    found = recent_told(box, wiki, lambda: wiki.protect(title, "edit=sysop", reason="keep"), 1, LOGS)
    assert logged(found) == [("log", "protect", "protect", title, "keep", wiki.user)]
    assert [d["level"] for d in found[0]["log_params"]["details"]] == ["sysop"]
    found = recent_told(box, wiki, lambda: wiki.move(title, title + " moved", "away"), 2, LOGS)
    by_action = {v["log_action"]: v for v in found}
    assert logged([by_action["move"]]) == [("log", "move", "move", title, "away", wiki.user)]
    assert by_action["move"]["log_params"] == {"target": title + " moved", "noredir": "0"}
    assert by_action["move_prot"]["title"] == title + " moved" and by_action["move_prot"]["log_params"] == {"oldtitle": title}
    found = recent_told(box, wiki, lambda: wiki.delete(title + " moved", "rm"), 1, LOGS)
    assert logged(found) == [("log", "delete", "delete", title + " moved", "rm", wiki.user)]
    assert found[0]["log_params"] == []
    found = recent_told(box, wiki, lambda: wiki.undelete(title + " moved", "back"), 1, LOGS)
    assert logged(found) == [("log", "delete", "restore", title + " moved", "back", wiki.user)]
    assert found[0]["log_params"]["count"]["revisions"] >= 2
    hidden = wiki.revisions(title + " moved")[-1]["revid"]
    found = recent_told(box, wiki, lambda: wiki.revision_delete([hidden], hide="content", reason="h"), 1, LOGS)
    assert logged(found) == [("log", "delete", "revision", title + " moved", "h", wiki.user)]
    assert found[0]["log_params"]["ids"] == [hidden]
    name = named("CANARYrecent", wiki)
    found = recent_told(box, wiki, lambda: wiki.create_user(name, "Str0ng-pass-phrase"), 0)
    assert found == []
    assert recent_told(box, wiki, lambda: wiki.block(name, "CANARY", hidename=True), 0) == []


def test_recent_categories(wiki, box):
    """A page that came into a category: by a job."""
    wiki.run_jobs()
    title, category = named("Recent member", wiki), named("Recent kinds", wiki)
    found = recent_told(box, wiki, lambda: wiki.edit(title, "text [[Category:%s]]" % category, "sorted"), 1)
    assert [v["type"] for v in found] == ["new"]
    found = recent_told(box, wiki, wiki.run_jobs, 1, "rc_type = 6")
    assert [(v["type"], v["title"], v["namespace"], v["user"]) for v in found] == [
        ("categorize", "Category:" + category, 14, wiki.user)]


def test_recent_and_hidden(wiki, box):
    """Who is hidden is not told of: neither what became of that account's edits, nor what is restored of them."""
    title, name = named("Recent hidden", wiki), named("CANARYrecenthidden", wiki)
    wiki.create_user(name, "Str0ng-pass-phrase")
    found = recent_told(box, wiki, lambda: wiki.as_user(name, "Str0ng-pass-phrase").edit(title, "text", "c"), 1)
    assert [v["user"] for v in found] == [name]
    found = recent_told(box, wiki, lambda: wiki.block(name, "hide", hidename=True), 0)
    found += recent_told(box, wiki, lambda: wiki.delete(title, "d"), 1, LOGS)
    found += recent_told(box, wiki, lambda: wiki.undelete(title, "u"), 1, LOGS)
    assert [v["log_action"] for v in found] == ["delete", "restore"] and name not in str(found)


def test_switched_under_edits(wiki, box):
    """Switched on and off while follow writes: what is told is whole, as the wiki has it; and what comes after the last switch is told."""
    title, done = named("Recent switched", wiki), threading.Event()
    connection = box.pg(fresh=True)

    def switch():
        with connection.cursor() as cursor:
            on = False
            while not done.is_set():
                cursor.execute("SELECT mwmirror.stream_switch(%s, %s)", (RECENT, on))
                on = not on
                done.wait(0.01)
            cursor.execute("SELECT mwmirror.stream_switch(%s, NULL)", (RECENT,))
    switching = threading.Thread(target=switch)

    def act():
        switching.start()
        try:
            for n in range(12):
                wiki.edit(title, "text %d" % n, "comment %d" % n)
        finally:
            done.set()
            switching.join()
        chain.wait_stream(box)
        wiki.edit(title, "the last", "the last")
    chain.wait_stream(box)
    start = kafka.end_offsets(box)
    goal = rows(box, wiki, "recentchanges") + 13
    act()
    chain.wait_for(lambda: rows(box, wiki, "recentchanges") == goal, "the wiki's rows", 20, 0.02)
    chain.wait_stream(box)
    connection.close()
    found = [e for e in kafka.all_events(box, {RECENT: start[RECENT]}, whole=False) if e.wiki == wiki.dbname]
    known = dict(box.maria_rows("SELECT rc_id, comment_text FROM `{0}`.recentchanges JOIN `{0}`.comment ON comment_id = rc_comment_id".format(wiki.dbname)))
    for event in found:
        events.check(event, wiki.api_url)
        value = event.value
        assert (value["user"], value["comment"]) == (wiki.user, known[value["id"]].decode()) and value["revision"]["new"], value
    assert [e.value["comment"] for e in found][-1] == "the last" and len({e.value["id"] for e in found}) == len(found)
