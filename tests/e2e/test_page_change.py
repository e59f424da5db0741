"""page_change, for both MediaWiki versions: the examples' operations, then every variant of the six kinds."""

import json
import uuid

import pytest

import chain
import events
import kafka
import mw
import scenario
import schemas


# of page_change, and what tells of the same rows
STREAMS = [kafka.STREAM] + ["mediawiki." + name for name in (
    "revision-create", "page-create", "page-delete", "page-suppress", "page-undelete", "page-move", "revision-visibility-change")]


def all_events_of(box, wiki, action, streams=STREAMS):
    """The events of one wiki that an action gives, on these streams in order: (what it returned, events)."""
    chain.wait_stream(box)
    start = kafka.end_offsets(box)
    result = action()
    chain.wait_stream(box)
    # of others it may be what MediaWiki does after it has answered, for an earlier test
    found = [e for e in kafka.all_events(box, start) if e.stream in streams]
    strangers = [e for e in found if e.wiki != wiki.dbname]
    assert not strangers, strangers
    for event in found:
        events.check(event, wiki.api_url)
    return result, found


def of_stream(found, stream=kafka.STREAM):
    return [e for e in found if e.stream == stream]


def events_of(box, wiki, action):
    """Those of page_change."""
    result, found = all_events_of(box, wiki, action)
    return result, of_stream(found)


def shape(found):
    return [(e.kind, e.title) for e in found]


# the examples


@pytest.fixture(scope="module", params=["39", "43"], ids=["1.39", "1.43"])
def whole_run(request, box):
    """The same with the events of all streams."""
    wiki = box.wiki(request.param)
    steps, found = all_events_of(box, wiki, lambda: scenario.perform(box, wiki))
    return wiki, steps, found


@pytest.fixture(scope="module")
def run(whole_run):
    """The scenario, done once a version: wiki, steps and events of page_change."""
    wiki, steps, found = whole_run
    return wiki, steps, of_stream(found)


def test_examples_in_order(run):
    wiki, steps, found = run
    assert shape(found) == [(s.kind, s.title) for s in steps]
    assert len(steps) == 24 and {s.kind for s in steps} == set(events.CHANGELOG)


def test_examples_field_for_field(run):
    wiki, steps, found = run
    ours = events.Normaliser(wiki.api_url[:-len("/api.php")] + "/wiki/")
    theirs = events.Normaliser("http://127.0.0.1:8043/index.php/")
    compared = 0
    for step, event in zip(steps, found):
        if step.example is None:
            continue
        example = events.EXAMPLES[step.example]
        unknown = events.has_unknown_text(example)
        assert ours(event.value, unknown) == theirs(example, unknown), \
            "%r differs from the example\nours:   %s\ntheirs: %s" % (
                step, json.dumps(event.value, ensure_ascii=False), json.dumps(example, ensure_ascii=False))
        compared += 1
    assert compared == len(events.EXAMPLES) == 11


def test_examples_order_of_fields(run):
    wiki, steps, found = run
    for step, event in zip(steps, found):
        if step.example is not None:
            assert events.key_order(event.value) == events.key_order(events.EXAMPLES[step.example]), step


def test_examples_facts(run, box):
    """Ids, hashes and counters are MediaWiki's own."""
    wiki, steps, found = run
    for step, event in zip(steps, found):
        value, revision = event.value, event.value["revision"]
        if "performer" in value:
            assert value["performer"]["edit_count"] == step.facts["edit_count"], event
        if "text" in step.facts:
            sha1 = scenario.sha1_base36(step.facts["text"])
            assert revision["rev_sha1"] == revision["content_slots"]["main"]["content_sha1"] == sha1
            assert revision["rev_size"] == len(step.facts["text"])
            assert revision["comment"] == step.facts["comment"]
        row = box.maria_rows("SELECT rev_page, coalesce(rev_parent_id, 0), rev_len, rev_timestamp FROM `{0}`.revision"
                             " WHERE rev_id = %s UNION ALL SELECT ar_page_id, coalesce(ar_parent_id, 0), ar_len,"
                             " ar_timestamp FROM `{0}`.archive WHERE ar_rev_id = %s".format(wiki.dbname),
                             (revision["rev_id"], revision["rev_id"]))
        assert len(row) == 1, (event, row)
        page, parent, size, timestamp = row[0]
        assert value["page"]["page_id"] == page
        assert revision.get("rev_parent_id", 0) == parent
        assert revision["rev_size"] == size
        assert revision["rev_dt"].translate(str.maketrans("", "", "-:TZ")) == timestamp.decode()


def in_streams(step):
    """What a step gives on all streams: a page's row is written before its revisions', but when it was there before."""
    revision = [("revision-create", step.title)]
    change = [(step.kind, step.title)]
    page = change + [("page-" + step.kind, step.title)]
    hidden = [("revision-visibility-change", step.title)]
    return {"create": page + revision, "edit": revision + change, "move": page + revision, "delete": page,
            "undelete": page + revision * step.facts.get("revisions", 0),
            "visibility_change": hidden * step.facts.get("others", 0) + change + hidden}[step.kind]


def test_all_streams_in_order(whole_run):
    wiki, steps, found = whole_run
    assert shape(found) == [one for step in steps for one in in_streams(step)]


# of the recorded events the first two of each stream were kept
@pytest.mark.parametrize("stream", ["revision-create", "page-create", "page-delete", "page-undelete", "page-move",
                                    "revision-visibility-change"])
def test_examples_of_other_streams(whole_run, stream):
    """As recorded, and no more than decoder/README.md says besides."""
    wiki, steps, found = whole_run
    ours = events.Normaliser(wiki.api_url[:-len("/api.php")] + "/wiki/")
    theirs = events.Normaliser("http://127.0.0.1:8043/index.php/")
    recorded = events.examples(stream)
    assert len(recorded) == 2
    for event, example in zip(of_stream(found, "mediawiki." + stream), recorded):
        value, unknown = dict(event.value), events.has_unknown_text(example)
        if stream == "page-delete" and example is recorded[0]:      # a redirect: EventBus asks the title of what is gone
            assert value.pop("page_is_redirect") and not example.pop("page_is_redirect")
        if stream == "page-move":       # of 1.43's EventBus no event says it
            assert ("new_redirect_page" in value) == (example is recorded[0])
            value.pop("new_redirect_page", None)
        if stream == "revision-visibility-change":      # the text is hidden in both
            del example["rev_sha1"], example["rev_len"]
        assert ours(value, unknown) == theirs(example, unknown)
        # but for $schema and meta, which EventBus puts first, and for the performer, where that is at another place in each
        if stream not in ("page-undelete", "page-move"):
            assert events.key_order(body(value)) == events.key_order(body(example))


def body(value):
    return {name: item for name, item in value.items() if name not in ("$schema", "meta")}


def test_headers(whole_run):
    """source, gtid, lsn, ordinal, last: each topic's order, and completeness of every source transaction over all of them."""
    wiki, steps, found = whole_run
    positions, streams = {}, {}
    for event in found:
        names = ["gtid", "last", "lsn", "ordinal", "source"]
        assert sorted(n for n, v in event.header_list) == [n for n in names if n != "last" or event.last]
        assert event.offset > positions.get(event.stream, -1), "%r goes back" % event
        positions[event.stream] = event.offset
        of_wiki = streams.setdefault((event.source, event.gtid, event.wiki, event.stream), [])
        of_wiki.append(event)
        assert event.value["meta"]["id"] == str(uuid.uuid5(events.ID_NAMESPACE, "%s %s %s %d %s" % (
            event.source, event.gtid, event.stream, len(of_wiki), event.wiki)))
        assert event.timestamp // 1000 * 1000 == event.timestamp or event.timestamp > 0
    assert len({(e.gtid, e.lsn) for e in found}) < len(of_stream(found)), "a move and its redirect are one source transaction"
    ids = [e.value["meta"]["id"] for e in found]
    assert len(set(ids)) == len(ids)


def test_kafka_timestamp_is_meta_dt(whole_run):
    import datetime
    for event in whole_run[2]:
        text = event.value["meta"]["dt"]
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")
        unix_ms = moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000
        assert abs(event.timestamp - unix_ms) < 1, event


# variants


def test_anonymous_edit(wiki, box):
    """No account: no user_id, no counters; on 1.43 without temporary accounts the same."""
    _, found = events_of(box, wiki, lambda: wiki.as_user().edit("Anonymous edit", "by nobody", "anon"))
    assert shape(found) == [("create", "Anonymous_edit")]
    user = found[0].value["performer"]
    assert user["groups"] == ["*"] and user["user_text"] == "127.0.0.1"
    assert not {"user_id", "edit_count", "registration_dt"} & set(user), user
    assert found[0].value["revision"]["editor"] == user


def test_new_user_and_groups(wiki, box):
    """The groups of the moment: granted, then taken away, then an expiring one."""
    name = "Grouped user"
    wiki.create_user(name, "Str0ng-pass-phrase")
    client = wiki.as_user(name, "Str0ng-pass-phrase")

    def act():
        client.edit("By a new user", "1", "plain")
        wiki.user_rights(name, add="bot|sysop")
        client.edit("By a new user", "2", "with rights")
        wiki.user_rights(name, remove="sysop")
        client.edit("By a new user", "3", "bot only")
    _, found = events_of(box, wiki, act)
    assert [e.value["performer"]["groups"][:-1] if e.value["performer"]["groups"][-1] == "autoconfirmed"
            else e.value["performer"]["groups"] for e in found] == [
        ["*", "user"], ["bot", "sysop", "*", "user"], ["bot", "*", "user"]]
    assert [e.value["performer"]["is_bot"] for e in found] == [False, True, True]


def test_redirects(wiki, box):
    """redirect_page_link: to a page, to a page that is missing, to a section; and a redirect that becomes a page."""
    def act():
        wiki.edit("Redirect target", "target", "t")
        wiki.edit("Redirect source", "#REDIRECT [[Redirect target#Part]]", "r1")
        wiki.edit("Redirect source", "#REDIRECT [[No such page, Talk]]", "r2")
        wiki.edit("Redirect source", "a page now", "r3")
    _, found = events_of(box, wiki, act)
    assert shape(found) == [("create", "Redirect_target"), ("create", "Redirect_source"),
                            ("edit", "Redirect_source"), ("edit", "Redirect_source")]
    target, first, second, third = (e.value["page"] for e in found)
    assert first["is_redirect"] and first["redirect_page_link"] == {
        "page_id": target["page_id"], "page_title": "Redirect_target", "namespace_id": 0, "is_redirect": False}
    assert second["is_redirect"] and second["redirect_page_link"] == {
        "page_title": "No_such_page,_Talk", "namespace_id": 0}
    assert not third["is_redirect"] and "redirect_page_link" not in third


def test_move_to_another_namespace(wiki, box):
    def act():
        wiki.edit("Wandering page", "w", "c")
        wiki.move("Wandering page", "User talk:Admin/Wandering", "off", noredirect=True)
    _, found = events_of(box, wiki, act)
    assert shape(found) == [("create", "Wandering_page"), ("move", "User_talk:Admin/Wandering")]
    move = found[1].value
    assert move["page"]["namespace_id"] == 3 and move["comment"] == "off"
    assert move["prior_state"]["page"] == {"page_title": "Wandering_page", "namespace_id": 0}
    assert "created_redirect_page" not in move


def test_move_of_a_redirect_chain(wiki, box):
    """A move over the redirect that it left: delete of the target, the move, a new redirect; one transaction."""
    def act():
        wiki.edit("Swap one", "s", "c")
        wiki.move("Swap one", "Swap two", "there")
        wiki.move("Swap two", "Swap one", "and back")
    _, found = events_of(box, wiki, act)
    assert shape(found)[3:] == [("delete", "Swap_one"), ("move", "Swap_one"), ("create", "Swap_two")]
    assert len({e.gtid for e in found[3:]}) == 1
    assert found[4].value["created_redirect_page"]["page_id"] == found[5].value["page"]["page_id"]
    assert found[5].value["page"]["redirect_page_link"]["page_id"] == found[4].value["page"]["page_id"]


def test_null_revisions(wiki, box):
    """Protection adds a revision without content change: an edit, as the page's latest revision changes."""
    def act():
        wiki.edit("Protected page", "p", "c")
        wiki.protect("Protected page", reason="keep")
        wiki.protect("Protected page", protections="edit=all|move=all", reason="open")
    _, found = events_of(box, wiki, act)
    assert shape(found) == [("create", "Protected_page"), ("edit", "Protected_page"), ("edit", "Protected_page")]
    first, second = found[0].value["revision"], found[1].value["revision"]
    assert second["rev_parent_id"] == first["rev_id"] and second["rev_sha1"] == first["rev_sha1"]
    assert second["content_slots"]["main"]["origin_rev_id"] == first["rev_id"]
    assert found[1].value["prior_state"]["revision"]["rev_id"] == first["rev_id"]


def test_uploads(wiki, box):
    def act():
        wiki.upload("Pixel_e2e.png", mw.png(1, 2, 3), "first upload", "a description")
        wiki.upload("Pixel_e2e.png", mw.png(4, 5, 6), "second upload")
        wiki.move("File:Pixel e2e.png", "File:Pixel moved e2e.png", "rename", noredirect=True)
    _, found = events_of(box, wiki, act)
    assert shape(found) == [("create", "File:Pixel_e2e.png"), ("edit", "File:Pixel_e2e.png"),
                            ("move", "File:Pixel_moved_e2e.png")]


def test_import(wiki, box):
    """By the API all of an import is one transaction: a create, with the import's own revision as the latest."""
    xml = mw.export_xml("Imported page", [("2003-01-02T03:04:05Z", "Past Author", "old one", "v1"),
                                          ("2004-01-02T03:04:05Z", "Past Author", "old two", "v2")])
    _, found = events_of(box, wiki, lambda: wiki.import_xml(xml, "from elsewhere"))
    assert shape(found) == [("create", "Imported_page")]
    latest = found[0].value["revision"]
    assert latest["rev_id"] == wiki.revisions("Imported page")[0]["revid"]
    assert latest["rev_parent_id"] == wiki.revisions("Imported page")[1]["revid"]
    assert "from elsewhere" in latest["comment"]


def test_import_by_script(wiki, box, tmp_path):
    """A script commits each revision by itself, and what makes it the latest after it."""
    path = tmp_path / "dump.xml"
    path.write_text(mw.export_xml("Script import", [("2003-01-02T03:04:05Z", "Past Author", "old one", "v1"),
                                                    ("2004-01-02T03:04:05Z", "Past Author", "old two", "v2")]))
    _, found = events_of(box, wiki, lambda: wiki.maintenance("importDump", "--no-updates", str(path)))
    assert shape(found) == [("create", "Script_import"), ("edit", "Script_import")]
    assert [e.value["revision"]["rev_dt"] for e in found] == ["2003-01-02T03:04:05Z", "2004-01-02T03:04:05Z"]


def test_undelete_into_an_existing_page(wiki, box):
    """The page is there again when older revisions come back: nothing new on top, so no event."""
    def act():
        wiki.edit("Twice there", "old", "1")
        wiki.delete("Twice there", "gone")
        wiki.edit("Twice there", "new", "2")
        wiki.undelete("Twice there", "history back")
    _, found = events_of(box, wiki, act)
    assert shape(found)[:3] == [("create", "Twice_there"), ("delete", "Twice_there"), ("create", "Twice_there")]
    latest = box.maria_value("SELECT page_latest FROM `%s`.page WHERE page_title = 'Twice_there'" % wiki.dbname)
    assert found[-1].value["revision"]["rev_id"] == int(latest)
    assert all(k == "edit" for k, t in shape(found)[3:])


def test_content_models(wiki, box):
    def act():
        wiki.edit("User:Admin/e2e.css", "b { color: red }", "css")
        wiki.edit("User:Admin/e2e.js", "1;", "js")
        wiki.edit("Model page", "{}", "w")
        wiki.change_content_model("Model page", "json", "to json")
    _, found = events_of(box, wiki, act)
    slots = [e.value["revision"]["content_slots"]["main"] for e in found]
    assert [(s["content_model"], s["content_format"]) for s in slots] == [
        ("css", "text/css"), ("javascript", "text/javascript"), ("wikitext", "text/x-wiki"),
        ("json", "application/json")]
    assert found[3].kind == "edit"
    assert found[3].value["prior_state"]["revision"]["content_slots"]["main"]["content_model"] == "wikitext"


def test_rollback(wiki, box):
    name = "Vandal e2e"
    wiki.create_user(name, "Str0ng-pass-phrase")

    def act():
        wiki.edit("Rolled page", "good", "1")
        wiki.as_user(name, "Str0ng-pass-phrase").edit("Rolled page", "bad", "2")
        wiki.rollback("Rolled page", name)
    _, found = events_of(box, wiki, act)
    assert shape(found) == [("create", "Rolled_page")] + 2 * [("edit", "Rolled_page")]
    first, last = found[0].value["revision"], found[2].value["revision"]
    assert last["rev_sha1"] == first["rev_sha1"]
    assert last["editor"]["user_text"] == wiki.user


def test_history_merge(wiki, box):
    """All revisions of a page go to another: the source becomes a redirect or goes; the destination stays newest."""
    def act():
        wiki.edit("Merge source", "older", "1")
        # a merge needs the source to be older, and MediaWiki's clock has whole seconds
        box.maria_rows("UPDATE `%s`.revision SET rev_timestamp = '20200101000000' WHERE rev_page ="
                       " (SELECT page_id FROM `%s`.page WHERE page_title = 'Merge_source')" % (wiki.dbname, wiki.dbname))
        wiki.edit("Merge destination", "newer", "2")
        wiki.merge_history("Merge source", "Merge destination", "one history")
    _, found = events_of(box, wiki, act)
    assert shape(found)[:2] == [("create", "Merge_source"), ("create", "Merge_destination")]
    rest = [(e.kind, e.title) for e in found[2:]]
    assert rest in ([("edit", "Merge_source")], [("delete", "Merge_source")]), rest


def test_maintenance_edit(wiki, box):
    """A script has no transaction around an edit's statements; the event is the same."""
    _, found = events_of(box, wiki, lambda: wiki.maintenance(
        "edit", "--user", wiki.user, "--summary", "by script", "Scripted page", stdin=b"scripted"))
    assert shape(found) == [("create", "Scripted_page")]
    assert found[0].value["revision"]["comment"] == "by script"
    assert found[0].value["performer"]["user_text"] == wiki.user


def test_undelete_by_script(wiki, box):
    """maintenance/undelete.php commits the log row later: the event goes out at its own mark, without what that row says."""
    def act():
        wiki.edit("Undeleted by script", "text", "c")
        wiki.delete("Undeleted by script", "gone")
        wiki.maintenance("undelete", "--user", wiki.user, "--reason", "back by script", "Undeleted by script")
        wiki.edit("After the script", "text", "behind it")
    _, found = events_of(box, wiki, act)
    assert shape(found)[2:] == [("undelete", "Undeleted_by_script"), ("create", "After_the_script")]
    undelete = found[2].value
    assert "performer" not in undelete and "comment" not in undelete
    assert undelete["dt"] == undelete["meta"]["dt"]
    assert undelete["revision"]["comment"] == "c"
    assert box.maria_value("SELECT count(*) FROM `%s`.logging WHERE log_action = 'restore'"
                           " AND log_title = 'Undeleted_by_script'" % wiki.dbname) == 1


def test_deletion_of_a_long_history(wiki, box):
    def act():
        for number in range(1, 12):
            wiki.edit("Long history", "text %d" % number, "edit %d" % number)
        wiki.delete("Long history", "all of it")
    _, found = events_of(box, wiki, act)
    assert shape(found)[-1] == ("delete", "Long_history")
    assert found[-1].value["page"]["revision_count"] == 11


# redaction


def test_visibility_of_the_current_revision(wiki, box):
    """Each bit on and off, and only the bits that changed in prior_state."""
    wiki.edit("Visible page", "v", "c")
    revision = wiki.revisions("Visible page")[0]["revid"]

    def act():
        wiki.revision_delete([revision], hide="user", reason="u")
        wiki.revision_delete([revision], hide="comment", show="user", reason="c")
        wiki.revision_delete([revision], hide="user|comment", suppress="yes", reason="s")
        wiki.revision_delete([revision], show="user|comment", suppress="no", reason="o")
    _, found = events_of(box, wiki, act)
    assert [e.kind for e in found] == 4 * ["visibility_change"]
    assert [e.value["prior_state"]["revision"] for e in found] == [
        {"is_editor_visible": True}, {"is_editor_visible": False, "is_comment_visible": True},
        {"is_editor_visible": True}, {"is_editor_visible": False, "is_comment_visible": False}]
    assert ["performer" in e.value for e in found] == [True, True, False, False], \
        "who suppresses, or lifts a suppression, is not public"
    assert not any("comment" in e.value for e in found)


def test_suppressed_delete(wiki, box):
    """Nothing of the page's last revision but its id and time, and not who did it."""
    canary = "CANARY-suppressed-%s" % wiki.name
    wiki.edit("Suppressed page", canary + "-text", canary + "-comment")
    _, found = events_of(box, wiki, lambda: suppressing_delete(wiki, "Suppressed page"))
    assert shape(found) == [("delete", "Suppressed_page")]
    value = found[0].value
    revision = value["revision"]
    assert "performer" not in value and "comment" not in value
    assert not {"rev_size", "rev_sha1", "comment", "editor", "content_slots"} & set(revision), revision
    assert not (revision["is_content_visible"] or revision["is_editor_visible"] or revision["is_comment_visible"])
    assert value["prior_state"]["revision"] == {"is_content_visible": True, "is_editor_visible": True,
                                                "is_comment_visible": True}
    assert canary.encode() not in found[0].value_bytes


def suppressing_delete(wiki, title):
    """The API cannot suppress while it deletes: the class that MediaWiki's own form uses can."""
    code = ("$t = Title::newFromText('%s');"
            "$s = MediaWiki\\MediaWikiServices::getInstance();"
            "$p = $s->getWikiPageFactory()->newFromTitle($t);"
            "$u = $s->getUserFactory()->newFromName('%s');"
            "$b = $s->getDBLoadBalancer()->getConnection(DB_PRIMARY); $b->begin('e2e');"
            "$d = $s->getDeletePageFactory()->newDeletePage($p, $u);"
            "$d->setSuppress(true); $r = $d->deleteUnsafe('why'); print $r->isGood() ? 'GOOD' : $r;"
            "$b->commit('e2e');" % (title, wiki.user))
    output = wiki.maintenance("eval", stdin=code.encode())
    assert "GOOD" in output, output


def test_hidden_strings_never_appear(wiki, box):
    """After something is hidden no byte of any event has it, whatever happens to the page then."""
    canary = "CANARYhidden%s" % wiki.name
    name = canary + " user"
    wiki.create_user(name, "Str0ng-pass-phrase")
    wiki.edit("Canary page", "first", "1")
    wiki.as_user(name, "Str0ng-pass-phrase").edit("Canary page", "second " + canary, canary + " comment")
    revision = wiki.revisions("Canary page")[0]

    def act():
        wiki.revision_delete([revision["revid"]], hide="user|comment", suppress="yes", reason=canary + " reason")
        wiki.edit("Canary page", "third", "3")
        wiki.move("Canary page", "Canary page moved", "m", noredirect=True)
        wiki.delete("Canary page moved", "d")
        wiki.undelete("Canary page moved", "u")
        wiki.block(name, canary + " reason", hidename=True)
        wiki.edit("Canary page moved", "fourth", "4")
    _, found = events_of(box, wiki, act)
    assert [e.kind for e in found][:5] == ["visibility_change", "edit", "move", "delete", "undelete"]
    assert found[-1].kind == "edit"
    assert found[1].value["prior_state"]["revision"]["rev_id"] == revision["revid"]
    for event in found:
        assert canary.encode() not in event.value_bytes, "%r shows what is hidden: %s" % (event, event.value_bytes)


def test_hidden_user(wiki, box):
    """Hiding a user hides the author of all revisions: an event for each page whose latest one is touched."""
    name = "CANARYhiddenauthor%s" % wiki.name
    wiki.create_user(name, "Str0ng-pass-phrase")
    author = wiki.as_user(name, "Str0ng-pass-phrase")
    for number in range(3):
        author.edit("Authored %d" % number, "text", "c")
    wiki.edit("Authored 2", "by somebody else", "c")
    _, found = events_of(box, wiki, lambda: wiki.block(name, "hide", hidename=True))
    assert sorted(shape(found)) == [("visibility_change", "Authored_0"), ("visibility_change", "Authored_1")]
    for event in found:
        assert name.encode() not in event.value_bytes
        assert "performer" not in event.value and not event.value["revision"]["is_editor_visible"]
    _, found = events_of(box, wiki, lambda: wiki.unblock(name, "show"))
    assert sorted(shape(found)) == [("visibility_change", "Authored_0"), ("visibility_change", "Authored_1")]
    assert all(e.value["revision"]["editor"]["user_text"] == name for e in found)


def test_private_columns_are_nowhere(wiki, live):
    """Passwords, tokens, e-mail: in no byte of any topic and of no table of PostgreSQL."""
    canary = "CANARYprivate%s" % wiki.name
    wiki.create_user("Private user", "Str0ng-pass-phrase")
    live.maria_rows("UPDATE `%s`.user SET user_email = %%s, user_token = %%s, user_password = %%s,"
                    " user_newpassword = %%s, user_email_token = %%s WHERE user_name = 'Private user'" % wiki.dbname,
                    (canary + "@example.org", canary + "tok", ":pbkdf2:" + canary, canary, canary + "etok"))
    live.maria_rows("INSERT INTO `%s`.bot_passwords (bp_user, bp_app_id, bp_password, bp_token, bp_restrictions,"
                    " bp_grants) VALUES (99, 'app', %%s, %%s, '{}', '[]')" % wiki.dbname, (canary, canary))
    wiki.as_user().edit("Private page", "x", "y")
    chain.wait_stream(live)
    for topic in kafka.topics(live):
        for message in kafka.messages(live, topic, isolation="read_uncommitted"):
            assert canary.encode() not in (message.value() or b"") + (message.key() or b""), topic
    tables = live.pg_rows("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                          " WHERE c.relkind = 'r' AND n.nspname IN ('mediawiki', 'mwmirror')")
    assert len(tables) > 40
    for schema, table in tables:
        found = live.pg_value('SELECT count(*) FROM %s."%s" t WHERE t::text LIKE %%s' % (schema, table),
                              ("%" + canary + "%",))
        assert found == 0, "%s.%s has a private value" % (schema, table)


def test_pages_of_users_by_gender(wiki, box):
    """Titles are MediaWiki's own, whatever gender the user has said, and in whoever's edits."""
    names = [(2, None, "Useress"), (3, "His_talk", "Her_talk")]
    for namespace, male, female in names:
        box.pg_rows("UPDATE mwmirror.wiki_namespace SET male_name = %s, female_name = %s"
                    " WHERE wiki_id = %s AND namespace_id = %s RETURNING 1", (male, female, wiki.dbname, namespace))
    try:
        wiki.create_user("Gendered user", "Str0ng-pass-phrase")
        user = wiki.as_user("Gendered user", "Str0ng-pass-phrase")
        titles = ["User:Gendered user", "User talk:Gendered user/A sub_page", "User:Nobody of that name"]
        told, expected = [], []
        for gender in ("unknown", "female", "male", "female"):
            user.do("options", change="gender=" + gender)

            def act():
                for title in titles:
                    wiki.edit(title, "text of " + gender, "c")
            _, found = events_of(box, wiki, act)
            told += [e.title for e in found]
            pages = wiki.get(action="query", titles="|".join(titles))["query"]["pages"]
            by_namespace = sorted((p["title"].replace(" ", "_") for p in pages), key=lambda t: t.split(":", 1)[1])
            expected += [next(t for t in by_namespace if t.endswith(end))
                         for end in (":Gendered_user", "/A_sub_page", "Nobody_of_that_name")]
        assert told == expected
        assert {t.split(":")[0] for t in told} == {"User", "Useress", "User_talk", "Her_talk", "His_talk"}
    finally:
        for namespace, _, _ in names:
            box.pg_rows("UPDATE mwmirror.wiki_namespace SET male_name = NULL, female_name = NULL"
                        " WHERE wiki_id = %s AND namespace_id = %s RETURNING 1", (wiki.dbname, namespace))


def test_parity_modes(wiki, box):
    """What EventBus of each version tells of MediaWiki's own actions."""
    slot = "e2e_parity_%s" % wiki.name.replace(".", "_")
    chain.wait_stream(box)
    box.pg_value("SELECT mwmirror.slot_create(%s)", (slot,))
    try:
        first = wiki.edit("Parity restored", "1", "c")["newrevid"]
        wiki.delete("Parity restored", "d")
        wiki.edit("Parity restored", "2", "c")
        wiki.undelete("Parity restored", "older ones")
        wiki.edit("Parity source", "s", "c")
        # as test_history_merge does
        box.maria_rows("UPDATE `%s`.revision SET rev_timestamp = '20200101000000' WHERE rev_page ="
                       " (SELECT page_id FROM `%s`.page WHERE page_title = 'Parity_source')" % (wiki.dbname, wiki.dbname))
        wiki.edit("Parity destination", "d", "c")
        wiki.merge_history("Parity source", "Parity destination", "merging")
        wiki.protect("Parity destination")
        wiki.import_xml(mw.export_xml("Parity imported", [("2003-04-05T06:07:08Z", "Somebody", "old", "text")]))
        wiki.edit("Parity imported", "edited", "c")
        chain.wait_stream(box)
        told = {}
        for mode in ("complete", "parity-1.43", "parity-1.45", "parity-1.47"):
            lines = [row[0] for row in box.pg_rows(
                "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format', 'text', 'mode', %s)"
                " WHERE data ~ '^mediawiki.page_change'", (slot, mode))]
            values = [json.loads(line.split(" ", 2)[2]) for line in lines]
            for value in values:
                schemas.check(value)
            told[mode] = [(v["page_change_kind"], v["page"]["page_title"].replace("Parity_", "")) for v in values]
            restored = [v for v in values if v["page_change_kind"] == "undelete"]
            assert [v["revision"]["rev_id"] for v in restored] == ([first] if mode == "parity-1.43" else [])
        saved = [("create", "restored"), ("delete", "restored"), ("create", "restored")]
        pages = [("create", "source"), ("create", "destination")]
        last = [("edit", "imported")]
        assert told["complete"] == saved + pages + [
            ("edit", "source"), ("edit", "destination"), ("create", "imported")] + last
        assert told["parity-1.43"] == saved + [("undelete", "restored")] + pages + last
        assert told["parity-1.45"] == told["parity-1.47"] == saved + pages + [
            ("edit", "source"), ("create", "imported")] + last
    finally:
        box.pg_rows("SELECT pg_drop_replication_slot(%s)", (slot,))


# determinism


def test_replay_is_byte_identical(live, tmp_path):
    """Two more slots, decoded later with other group sizes, give the same bytes as Kafka got."""
    import sandbox
    wiki = live.wiki("43")
    slots = ["e2e_replay_a", "e2e_replay_b"]
    chain.wait_stream(live)
    for slot in slots:
        live.pg_value("SELECT mwmirror.slot_create(%s)", (slot,))
    start = kafka.end_offsets(live)
    try:
        for number in range(5):
            wiki.edit("Replayed %d" % number, "text", "comment")
        wiki.move("Replayed 0", "Replayed zero", "m")
        wiki.delete("Replayed 1", "d")
        wiki.undelete("Replayed 1", "u")
        chain.wait_stream(live)
        found = kafka.all_events(live, start)
        want = [e.value_bytes for e in found]
        assert len(of_stream(found)) == 9
        texts = []
        for slot, batch in zip(slots, ("1", "10000")):
            path = tmp_path / slot
            daemon = sandbox.Daemon(live, "relay", str(tmp_path / (slot + ".log")), env={
                "MWMIRROR_RELAY_SLOT": slot, "MWMIRROR_RELAY_SINK": "file", "MWMIRROR_RELAY_FILE": str(path),
                "MWMIRROR_RELAY_BATCH_EVENTS": batch})
            try:
                chain.wait_for(lambda: path.exists() and path.read_bytes().count(b"\n") >= len(want),
                               lambda: "events in the file: %s" % daemon.log(), 20)
            finally:
                assert daemon.stop() == 0
            texts.append(path.read_bytes())
        assert texts[0] == texts[1]
        lines = texts[0].splitlines()
        assert [json.loads(l) for l in lines] == [json.loads(w) for w in want]
        assert lines == want or [json.dumps(json.loads(l)["value"]) for l in lines if b'"headers"' in l]
    finally:
        for slot in slots:
            chain.wait_for(lambda: not live.pg_value("SELECT active FROM pg_replication_slots WHERE slot_name = %s",
                                                     (slot,)), "slot %s free" % slot, 20)
            live.pg_rows("SELECT pg_drop_replication_slot(%s)", (slot,))
