"""
The older streams beside page_change, for both MediaWiki versions: what their events say. Which there are, and in which order, is in
test_flows.py; the recorded examples are compared in test_page_change.py.
"""

import mw
from test_page_change import all_events_of, of_stream, shape

REVISION, PAGE = "mediawiki.revision-create", "mediawiki.page-create"
DELETE, UNDELETE, MOVE = "mediawiki.page-delete", "mediawiki.page-undelete", "mediawiki.page-move"


def made(title):
    return [("create", title), ("page-create", title), ("revision-create", title)]


def edited(title):
    return [("revision-create", title), ("edit", title)]


def moved(title):
    return [("move", title), ("page-move", title), ("revision-create", title)]


def deleted(title):
    return [("delete", title), ("page-delete", title)]


def undeleted(title, revisions):
    return [("undelete", title), ("page-undelete", title)] + revisions * [("revision-create", title)]


def hidden(title, old=0):
    """Some old revisions, then the latest."""
    return old * [("revision-visibility-change", title)] + [("visibility_change", title), ("revision-visibility-change", title)]


def latest(wiki, title):
    return wiki.revisions(title)[0]["revid"]


def test_edits(wiki, box):
    """What the text did; a null edit gives nothing; no account, no comment."""
    def act():
        wiki.edit("Legacy edits", "one", "1")
        wiki.edit("Legacy edits", "two", "2", minor=True)
        wiki.edit("Legacy edits", "two", "no event")
        wiki.as_user().edit("Legacy edits", "three")
    _, found = all_events_of(box, wiki, act)
    assert shape(found) == made("Legacy_edits") + 2 * edited("Legacy_edits")
    first, second, third = (e.value for e in of_stream(found, REVISION))
    page = of_stream(found, PAGE)[0].value
    assert {k: v for k, v in first.items() if k != "meta"} == {k: v for k, v in page.items() if k != "meta"}
    assert "rev_parent_id" not in first and "rev_content_changed" not in first
    assert second["rev_parent_id"] == first["rev_id"] and second["rev_content_changed"] and second["rev_minor_edit"]
    assert third["performer"] == {"user_text": "127.0.0.1", "user_groups": ["*"], "user_is_bot": False}
    assert "comment" not in third
    change = of_stream(found)[2].value
    assert (third["rev_sha1"], third["rev_len"]) == (change["revision"]["rev_sha1"], change["revision"]["rev_size"])


def test_moves(wiki, box):
    """The revision that a move adds has the new title, and the text of the one before; the redirect that it leaves is made."""
    def act():
        wiki.edit("Legacy mover", "m", "c")
        wiki.move("Legacy mover", "Legacy moved", "away")
        wiki.move("Legacy moved", "Legacy mover", "and back")
        wiki.move("Legacy mover", "Talk:Legacy mover", "off", noredirect=True)
    _, found = all_events_of(box, wiki, act)
    assert shape(found) == (made("Legacy_mover") + moved("Legacy_moved") + made("Legacy_mover")
                            + deleted("Legacy_mover") + moved("Legacy_mover") + made("Legacy_moved")
                            + moved("Talk:Legacy_mover"))
    revisions = of_stream(found, REVISION)
    assert [e.value.get("rev_content_changed") for e in revisions] == [None, False, None, False, None, False]
    assert [e.value["page_is_redirect"] for e in revisions] == [False, False, True, False, True, False]
    assert [e.value["page_is_redirect"] for e in of_stream(found, PAGE)] == [False, True, True]
    assert revisions[-1].value["page_namespace"] == 1
    moves = [e.value for e in of_stream(found, MOVE)]
    created = [e.value for e in of_stream(found, PAGE)]
    assert [m.get("comment") for m in moves] == ["away", "and back", "off"]
    assert [m["performer"]["user_text"] for m in moves] == 3 * [wiki.user]
    assert [m["prior_state"]["page_title"] for m in moves] == ["Legacy_mover", "Legacy_moved", "Legacy_mover"]
    assert [m["prior_state"]["rev_id"] for m in moves] == [created[0]["rev_id"]] + [m["rev_id"] for m in moves[:-1]]
    places = [{name: page[name] for name in ("page_id", "page_title", "page_namespace", "rev_id")} for page in created[1:]]
    assert [m.get("new_redirect_page") for m in moves] == places + [None]
    in_the_way = of_stream(found, DELETE)[0].value
    assert (in_the_way["page_id"], in_the_way["rev_count"], in_the_way["page_is_redirect"]) == (places[0]["page_id"], 1, True)


def test_undelete(wiki, box):
    """Each revision that comes back appears, the page was made before; one that is hidden says nothing of its text."""
    wiki.edit("Legacy restored", "CANARYlegacy", "CANARYlegacy comment")
    old = latest(wiki, "Legacy restored")
    wiki.edit("Legacy restored", "two", "2")

    def act():
        wiki.revision_delete([old], hide="content|comment|user", reason="h")
        wiki.delete("Legacy restored", "d")
        wiki.undelete("Legacy restored", "u")
    _, found = all_events_of(box, wiki, act)
    title = "Legacy_restored"
    assert shape(found) == [("revision-visibility-change", title)] + deleted(title) + undeleted(title, 2)
    first, second = (e.value for e in of_stream(found, REVISION))
    assert first["rev_id"] == old and not {"rev_sha1", "rev_len", "rev_slots", "comment", "performer"} & set(first)
    assert second["rev_parent_id"] == old and "rev_content_changed" not in second
    assert second["comment"] == "2" and "rev_sha1" in second
    gone, back = of_stream(found, DELETE)[0].value, of_stream(found, UNDELETE)[0].value
    assert (gone["page_id"], gone["rev_id"]) == (back["page_id"], back["rev_id"]) and gone["rev_id"] == second["rev_id"]
    assert (gone["comment"], gone["rev_count"], back["comment"], "prior_state" in back) == ("d", 2, "u", False)
    assert gone["performer"]["user_text"] == back["performer"]["user_text"] == wiki.user
    assert not [e for e in found if b"CANARY" in e.value_bytes]


def test_imports(wiki, box, tmp_path):
    """Every revision of an import appears, whichever is the latest then."""
    xml = mw.export_xml("Legacy imported", [("2003-01-02T03:04:05Z", "Past Author", "old one", "v1"),
                                            ("2004-01-02T03:04:05Z", "Past Author", "old two", "v2")])
    _, found = all_events_of(box, wiki, lambda: wiki.import_xml(xml, "from elsewhere"))
    assert shape(found) == made("Legacy_imported") + 2 * [("revision-create", "Legacy_imported")]
    revisions = of_stream(found, REVISION)
    assert [e.value["dt"] for e in revisions[:2]] == ["2003-01-02T03:04:05Z", "2004-01-02T03:04:05Z"]
    assert [e.value.get("rev_content_changed") for e in revisions] == [None, True, False]
    assert of_stream(found, PAGE)[0].value["rev_id"] == latest(wiki, "Legacy imported")
    older = tmp_path / "dump.xml"
    older.write_text(mw.export_xml("Legacy imported", [("2002-01-02T03:04:05Z", "Past Author", "oldest", "v0")]))
    _, found = all_events_of(box, wiki, lambda: wiki.maintenance("importDump", "--no-updates", str(older)))
    assert shape(found) == [("revision-create", "Legacy_imported")]
    assert "rev_parent_id" not in found[0].value


def test_hidden_user(wiki, box):
    """What is hidden later is not told again; what the author writes while hidden is told without the name."""
    name = "CANARYlegacyauthor%s" % wiki.name
    wiki.create_user(name, "Str0ng-pass-phrase")
    wiki.as_user(name, "Str0ng-pass-phrase").edit("Legacy authored", "text", "c")
    _, found = all_events_of(box, wiki, lambda: wiki.block(name, "hide", hidename=True))
    assert shape(found) == hidden("Legacy_authored")
    assert "performer" not in found[1].value and not found[1].value["visibility"]["user"]

    def act():
        wiki.delete("Legacy authored", "d")
        wiki.undelete("Legacy authored", "u")
    _, found = all_events_of(box, wiki, act)
    assert shape(found) == deleted("Legacy_authored") + undeleted("Legacy_authored", 1)
    assert not [e for e in found if name.encode() in e.value_bytes]
    assert "performer" not in of_stream(found, REVISION)[0].value
