"""
Files, and the URLs and touches of pages, for both MediaWiki versions: mwmirror.file_change.v1, resource-purge and resource_change are
switched on for the wiki; each operation's events on these streams, exactly.
"""

import pytest

import chain
import events
import kafka
import mw

FILE, PURGE, TOUCH = "mwmirror.file_change.v1", "resource-purge", "resource_change"
STREAMS = (FILE, PURGE, TOUCH)


@pytest.fixture
def switched(live, wiki):
    """A wiki that has these streams on, with their topics."""
    done = live.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in STREAMS:
        live.pg_rows("SELECT mwmirror.stream_switch(%s, true, %s)", (stream, wiki.dbname))
    yield wiki
    for stream in STREAMS:
        live.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, %s)", (stream, wiki.dbname))
    chain.wait_stream(live)


def told(box, wiki, action, *streams):
    """The events of these streams that an action gives; those of all streams are as they must be."""
    chain.wait_stream(box)
    start = kafka.end_offsets(box)
    action()
    chain.wait_stream(box)
    found = kafka.all_events(box, start)
    for event in found:
        events.check(event, wiki.api_url)
    return [e for e in found if e.stream in streams]


def file_shape(found):
    return [(e.value["changelog_kind"], e.kind, e.title) for e in found]


def test_versions(live, switched):
    """Uploaded, uploaded over, reverted; each says what it was before."""
    wiki, name = switched, "Versions_%s.png" % switched.name
    first, second = mw.png(1, 2, 3), mw.png(9, 8, 7)

    def act():
        wiki.upload(name, first, "one", "a description")
        wiki.upload(name, second, "two")
        archived = wiki.file_versions(name)[1]["archivename"]
        chain.wait_for(lambda: wiki.revert_file(name, archived, "back"), "the revert", interval=0.2)
    found = told(live, wiki, act, FILE)
    assert file_shape(found) == [("insert", "upload", name), ("update", "reupload", name), ("update", "revert", name)]
    upload, over, back = (e.value for e in found)
    assert (upload["file"]["size"], over["file"]["size"]) == (len(first), len(second))
    assert upload["file"]["mime"] == "image/png" and upload["file"]["media_type"] == "BITMAP"
    assert (upload["file"]["width"], upload["file"]["height"]) == (1, 1)
    assert [e.value["comment"] for e in found] == ["one", "two", "back"]
    assert {e.value["performer"]["user_text"] for e in found} == {wiki.user}
    assert "prior_state" not in upload
    for now, before in ((over, upload), (back, over)):
        prior = now["prior_state"]["file"]
        assert prior.pop("version") == "old" and prior.pop("archive_name").endswith("!" + name)
        assert prior == {k: v for k, v in before["file"].items() if k not in ("file_name", "version")}
    assert back["file"]["sha1"] == upload["file"]["sha1"] != over["file"]["sha1"]
    assert all(e.value["dt"] == e.value["file"]["upload_dt"] for e in found)


def test_moved_hidden_deleted_restored(live, switched):
    """A file with an earlier version: moved; the version hidden and shown; the file deleted and restored; the version alone, too."""
    wiki, name, moved = switched, "Whole_%s.png" % switched.name, "Moved_%s.png" % switched.name
    wiki.upload(name, mw.png(11, 2, 3), "one", "d")
    wiki.upload(name, mw.png(12, 2, 3), "two")

    old = wiki.file_versions(name)[1]["archivename"].replace(name, moved)

    def hide(**how):
        wiki.revision_delete([old.split("!")[0]], type="oldimage", target="File:" + moved, **how)

    def act():
        wiki.move("File:" + name, "File:" + moved, "away")
        hide(hide="content|comment", reason="h")
        hide(show="comment", suppress="yes", reason="CANARYsuppressed")
        hide(show="content", suppress="no", reason="CANARYshown")
        wiki.delete("File:" + moved, "rm")
        wiki.undelete("File:" + moved, "un")
        wiki.delete("File:" + moved, "only the old one", oldimage=old)
    found = told(live, wiki, act, FILE)
    assert file_shape(found) == [("update", "move", moved)] + 3 * [("update", "visibility_change", moved)] + [
        ("delete", "delete", moved), ("insert", "restore", moved), ("update", "delete", moved)]
    move, hidden, suppressed, shown, deleted, restored, old_deleted = (e.value for e in found)
    assert move["prior_state"] == {"file": {"file_name": name}} and move["comment"] == "away"
    assert hidden["prior_state"]["file"] == {"is_content_visible": True, "is_comment_visible": True}
    assert hidden["comment"] == "h" and hidden["file"]["version"] == "old" and "sha1" not in hidden["file"]
    assert suppressed["prior_state"]["file"] == {"is_comment_visible": False}
    assert shown["prior_state"]["file"] == {"is_content_visible": False} and "sha1" in shown["file"]
    assert not [e for e in (suppressed, shown) if {"performer", "comment"} & set(e)]
    assert [(e["version_count"], e["comment"], e["file"]["version"]) for e in (deleted, restored, old_deleted)] == [
        (2, "rm", "deleted"), (2, "un", "current"), (1, "Deleted old revision %s: only the old one" % old, "deleted")]
    assert deleted["file"]["sha1"] == restored["file"]["sha1"] == move["file"]["sha1"] != old_deleted["file"]["sha1"]
    assert not [e for e in found if b"CANARY" in e.value_bytes]


def test_hidden_uploader(live, switched):
    """Who uploaded an earlier version is hidden: that is told, and the name is in no event afterwards."""
    wiki, file, name = switched, "Uploaded_%s.png" % switched.name, "CANARYuploader%s" % switched.name
    wiki.create_user(name, "Str0ng-pass-phrase")
    found = told(live, wiki, lambda: wiki.as_user(name, "Str0ng-pass-phrase").upload(file, mw.png(31, 2, 3), "one", "d"), FILE)
    assert [e.value["performer"]["user_text"] for e in found] == [name]
    wiki.upload(file, mw.png(32, 2, 3), "two")

    def act():
        wiki.block(name, "hide", hidename=True)
        wiki.delete("File:" + file, "rm")
        wiki.undelete("File:" + file, "un")
    found = told(live, wiki, act, FILE)
    assert file_shape(found) == [("update", "visibility_change", file), ("delete", "delete", file), ("insert", "restore", file)]
    assert found[0].value["prior_state"] == {"file": {"is_editor_visible": True}}
    assert not {"performer", "comment"} & set(found[0].value)
    assert not [e for e in found if b"CANARY" in e.value_bytes]


def urls(wiki, *titles):
    """The URLs of pages, as the rules that come with the extension have them."""
    server = wiki.api_url[:-len("/api.php")]
    return [url for title in titles for url in (events.page_url(wiki.api_url, title),
                                                "%s/index.php?title=%s&action=history" % (server, title))]


def test_purges(live, switched):
    """URLs of a page that is made, edited, moved, hidden, deleted and restored; those of its talk page when it comes or goes."""
    wiki, old, new = switched, "Purge_%s" % switched.name, "Purged_%s" % switched.name

    def uris(action):
        return [e.value["meta"]["uri"] for e in told(live, wiki, action, PURGE)]
    assert uris(lambda: wiki.edit(old, "1", "c")) == urls(wiki, old, "Talk:" + old)
    assert uris(lambda: wiki.edit(old, "2", "c")) == urls(wiki, old)
    assert uris(lambda: wiki.move(old, new, "mv", noredirect=True)) == urls(wiki, new, "Talk:" + new, old, "Talk:" + old)
    hidden = wiki.revisions(new)[-1]["revid"]
    assert uris(lambda: wiki.revision_delete([hidden], hide="content", reason="h")) == urls(wiki, new)
    assert uris(lambda: wiki.delete(new, "rm")) == urls(wiki, new, "Talk:" + new)
    assert uris(lambda: wiki.undelete(new, "un")) == urls(wiki, new, "Talk:" + new)
    script = "User:%s/%s.js" % (wiki.user, old)
    assert uris(lambda: wiki.edit(script, "var a;", "c"))[:3] == urls(wiki, script) + [
        urls(wiki, script)[1].replace("action=history", "action=raw&ctype=text/javascript")]


def test_touches(live, switched):
    """A null edit and a purge of a page that is there touch it; an edit is no touch."""
    wiki, title = switched, "Touched_%s" % switched.name
    wiki.edit(title, "1", "c")
    wiki.run_jobs()
    expected = [events.page_url(wiki.api_url, title)]
    for action in (lambda: wiki.edit(title, "1", "no event"), lambda: wiki.purge(title)):
        live.maria_rows("UPDATE `%s`.page SET page_touched = '20200101000000' WHERE page_title = '%s'" % (wiki.dbname, title))
        found = told(live, wiki, action, TOUCH)
        assert [e.value["meta"]["uri"] for e in found] == expected * len(found) and found
    found = told(live, wiki, lambda: wiki.edit(title, "2", "edited"), TOUCH, kafka.STREAM)
    edits = [e.gtid for e in found if e.stream == kafka.STREAM]
    assert len(edits) == 1 and edits[0] not in [e.gtid for e in found if e.stream == TOUCH]
