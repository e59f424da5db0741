"""
revision-tags-change, for both MediaWiki versions: which events each operation gives, and what they say. MediaWiki commits
most of their rows after its answer, in transactions of their own: so the rows are waited for.
"""

import chain
import events
from test_page_change import all_events_of, body

TAGS = "mediawiki.revision-tags-change"


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
    title = "Tags %s" % wiki.name
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
    title = "Tags rolled back %s" % wiki.name
    wiki.edit(title, "good", "good")
    wiki.as_user().edit(title, "bad", "bad")
    bad = latest(wiki, title)
    found = tags_told(box, wiki, lambda: wiki.rollback(title, "127.0.0.1"), 1)
    assert in_short(found) == [(latest(wiki, title), [], ["mw-rollback"], None)]
    found = tags_told(box, wiki, wiki.run_jobs, 1)
    assert in_short(found) == [(bad, [], ["mw-reverted"], None)]


def test_hidden_revision_is_tagged(wiki, box):
    """Of a hidden text, comment and author nothing is said."""
    title = "Tags hidden %s" % wiki.name
    name = "CANARYtagged%s" % wiki.name
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
