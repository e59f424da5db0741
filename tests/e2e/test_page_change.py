"""page_change, for both MediaWiki versions: the examples' operations, then what events say. Which events there are is in test_flows.py."""

import json
import uuid

import pytest

import chain
import events
import kafka
import scenario


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


# redaction


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
                    " bp_grants) VALUES (99, 'app', %%s, %%s, %%s, '[]')" % wiki.dbname, (canary, canary, canary))
    live.maria_rows("INSERT INTO `%s`.user_properties VALUES (99, 'watchlisttoken', %%s)" % wiki.dbname, (canary,))
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
