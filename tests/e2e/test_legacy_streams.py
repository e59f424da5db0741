"""
The older streams beside page_change, for both MediaWiki versions: which events each operation gives, on all streams in
their order, and what they say. The recorded examples are compared in test_page_change.py.
"""

import json
import re

import chain
import mw
import schemas
from test_page_change import all_events_of, of_stream, shape, suppressing_delete

REVISION, PAGE = "mediawiki.revision-create", "mediawiki.page-create"
DELETE, SUPPRESS, UNDELETE = "mediawiki.page-delete", "mediawiki.page-suppress", "mediawiki.page-undelete"
MOVE, VISIBILITY = "mediawiki.page-move", "mediawiki.revision-visibility-change"


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


def test_null_revisions(wiki, box):
    """Protection and a second upload add revisions without a change of the text."""
    def act():
        wiki.edit("Legacy protected", "p", "c")
        wiki.protect("Legacy protected", reason="keep")
        wiki.upload("Legacy_pixel.png", mw.png(1, 2, 3), "first", "a description")
        wiki.upload("Legacy_pixel.png", mw.png(4, 5, 6), "second")
    _, found = all_events_of(box, wiki, act)
    assert shape(found) == (made("Legacy_protected") + edited("Legacy_protected")
                            + made("File:Legacy_pixel.png") + edited("File:Legacy_pixel.png"))
    assert [e.value.get("rev_content_changed") for e in of_stream(found, REVISION)] == [None, False, None, False]


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


def test_undelete_into_a_page(wiki, box):
    """What comes back beneath the latest revision, or becomes it; each is told of as an undeletion."""
    title = "Legacy returning"
    wiki.edit(title, "one", "1")
    box.maria_rows("UPDATE `%s`.revision SET rev_timestamp = '20200101000000' WHERE rev_id = %d" % (wiki.dbname, latest(wiki, title)))
    wiki.edit(title, "two", "2")
    first, second = sorted(r["revid"] for r in wiki.revisions(title))
    stamps = sorted(r["timestamp"] for r in wiki.revisions(title))

    def act():
        wiki.delete(title, "d")
        wiki.undelete(title, "the second", timestamps=stamps[1:])
        wiki.undelete(title, "the first", timestamps=stamps[:1])
    _, found = all_events_of(box, wiki, act)
    name = title.replace(" ", "_")
    appeared = [("revision-create", name)]
    assert shape(found) == deleted(name) + undeleted(name, 1) + appeared + [("page-undelete", name)]
    assert [(e.value["rev_id"], e.value["comment"]) for e in of_stream(found, UNDELETE)] == [
        (second, "the second"), (first, "the first")]

    def again():
        wiki.delete(title, "d")
        wiki.undelete(title, "the first", timestamps=stamps[:1])
        wiki.undelete(title, "the second", timestamps=stamps[1:])
    _, found = all_events_of(box, wiki, again)
    assert shape(found) == (deleted(name) + undeleted(name, 1) + appeared + [("edit", name), ("page-undelete", name)])
    assert [e.value["rev_id"] for e in of_stream(found, UNDELETE)] == [first, second]


def test_suppressed_delete(wiki, box):
    """Neither who nor why, and on a stream of its own."""
    title = "Legacy suppressed"
    wiki.edit(title, "CANARYsuppressed", "CANARYsuppressed comment")
    revision = latest(wiki, title)
    _, found = all_events_of(box, wiki, lambda: suppressing_delete(wiki, title))
    assert shape(found) == [("delete", "Legacy_suppressed"), ("page-suppress", "Legacy_suppressed")]
    value = of_stream(found, SUPPRESS)[0].value
    assert (value["rev_id"], value["rev_count"]) == (revision, 1)
    assert not {"performer", "comment"} & set(value)
    assert not [e for e in found if b"CANARY" in e.value_bytes or wiki.user.encode() in e.value_bytes]


def test_revision_delete(wiki, box):
    """Each revision that is chosen, with what it was before; archived ones have no page."""
    title = "Legacy hidden"
    for n in "123":
        wiki.edit(title, "CANARYhidden " + n, "CANARYhidden %s comment" % n)
    first, second, third = sorted(r["revid"] for r in wiki.revisions(title))

    def act():
        wiki.revision_delete([first, second], hide="content|comment", reason="some")
        wiki.revision_delete([first, second, third], hide="comment|user", reason="all")
        wiki.revision_delete([second], hide="user", suppress="yes", reason="suppressed")
        wiki.revision_delete([second], show="user", suppress="no", reason="lifted")
    _, found = all_events_of(box, wiki, act)
    name, one = "Legacy_hidden", [("revision-visibility-change", "Legacy_hidden")]
    assert shape(found[:2]) == 2 * one and shape(found[-2:]) == 2 * one
    # of all three in the order in which MediaWiki takes them
    assert sorted(shape(found[2:-2])) == sorted(hidden(name, 2))
    values = [e.value for e in of_stream(found, VISIBILITY)]
    assert [sorted(v["rev_id"] for v in part) for part in (values[:2], values[2:5], values[5:6], values[6:])] == [
        [first, second], [first, second, third], [second], [second]]

    def seen(visibility):
        return "".join(name[0] for name in ("text", "user", "comment") if visibility[name])
    assert sorted((seen(v["prior_state"]["visibility"]), seen(v["visibility"])) for v in values) == sorted(
        2 * [("tuc", "u")] + 2 * [("u", "")] + [("tuc", "t")] + [("", "")] + [("", "u")])
    assert [v.get("performer", {}).get("user_text") for v in values] == 5 * [wiki.user] + 2 * [None]
    assert not [e for e in found if b"CANARY" in e.value_bytes]

    gone = "Legacy hidden in the archive"
    wiki.edit(gone, "CANARYhidden", "CANARYhidden comment")
    when = re.sub(r"\D", "", wiki.revisions(gone)[0]["timestamp"])     # by which MediaWiki names them there

    def archived():
        wiki.delete(gone, "d")
        wiki.revision_delete([when], hide="content|comment", reason="archived", type="archive", target=gone)
    _, found = all_events_of(box, wiki, archived)
    assert shape(found) == deleted("Legacy_hidden_in_the_archive")


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


def test_script(wiki, box):
    """A script's statements commit by themselves: the revision appears before its page is told of it."""
    _, found = all_events_of(box, wiki, lambda: wiki.maintenance(
        "edit", "--user", wiki.user, "--summary", "by script", "Legacy scripted", stdin=b"scripted"))
    assert sorted(shape(found)) == sorted(made("Legacy_scripted"))


def test_history_merge(wiki, box):
    """Revisions that go to another page did not appear; the redirect that is left does."""
    def act():
        wiki.edit("Legacy source", "older", "1")
        box.maria_rows("UPDATE `%s`.revision SET rev_timestamp = '20200101000000' WHERE rev_page ="
                       " (SELECT page_id FROM `%s`.page WHERE page_title = 'Legacy_source')" % (wiki.dbname, wiki.dbname))
        wiki.edit("Legacy destination", "newer", "2")
        wiki.merge_history("Legacy source", "Legacy destination", "one history")
    _, found = all_events_of(box, wiki, act)
    assert shape(found)[:6] == made("Legacy_source") + made("Legacy_destination")
    assert shape(found)[6:] in (edited("Legacy_source"), deleted("Legacy_source"))


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


def test_parity_modes(wiki, box):
    """What EventBus of each version tells of MediaWiki's own actions: all but what a block hides."""
    slot = "e2e_legacy_%s" % wiki.name.replace(".", "_")
    name = "Parity hidden%s" % wiki.name
    wiki.create_user(name, "Str0ng-pass-phrase")
    chain.wait_stream(box)
    box.pg_value("SELECT mwmirror.slot_create(%s)", (slot,))
    try:
        wiki.edit("Legacy parity", "1", "c")
        wiki.move("Legacy parity", "Legacy parity moved", "away")
        wiki.move("Legacy parity moved", "Legacy parity", "back")
        wiki.revision_delete([r["revid"] for r in wiki.revisions("Legacy parity")[1:]], hide="comment", reason="h")
        wiki.delete("Legacy parity moved", "d")
        wiki.edit("Legacy parity moved", "2", "c")
        wiki.undelete("Legacy parity moved", "beneath")
        suppressing_delete(wiki, "Legacy parity moved")
        wiki.as_user(name, "Str0ng-pass-phrase").edit("Legacy parity by", "text", "c")
        wiki.block(name, "hide", hidename=True)
        chain.wait_stream(box)
        told = {}
        for mode in ("complete", "parity-1.43", "parity-1.45", "parity-1.47"):
            lines = [row[0].split(" ", 2) for row in box.pg_rows(
                "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format', 'text', 'mode', %s)"
                " WHERE data ~ '^mediawiki.(page-(create|delete|suppress|undelete|move)|revision-visibility-change) '", (slot, mode))]
            for _, _, text in lines:
                schemas.check_text(text)
            told[mode] = [(stream.replace("mediawiki.", ""), json.loads(text)["page_title"].replace("Legacy_parity", ""))
                          for stream, _, text in lines]
        everything = [
            ("page-create", ""), ("page-move", "_moved"), ("page-create", ""),
            ("page-delete", ""), ("page-move", ""), ("page-create", "_moved"),
            ("revision-visibility-change", ""), ("revision-visibility-change", ""),
            ("page-delete", "_moved"), ("page-create", "_moved"), ("page-undelete", "_moved"), ("page-suppress", "_moved"),
            ("page-create", "_by")]
        assert told["complete"] == everything + [("revision-visibility-change", "_by")]
        assert told["parity-1.43"] == told["parity-1.45"] == told["parity-1.47"] == everything
    finally:
        box.pg_rows("SELECT pg_drop_replication_slot(%s)", (slot,))
