"""
mwmirror.wiki_change.v1: what add-wiki and people change of a wiki's settings is told between two source transactions, also when follow is dead
as they do, and to those who read the topic from its beginning all that holds.
"""

import json

import chain
import events
import kafka

STREAM = "mwmirror.wiki_change.v1"
NAMESPACE = 4000


def wait_told(box, wiki):
    """Until follow has looked at the wiki's settings, and the relay has published what came of it."""
    chain.wait_for(lambda: box.pg_value("SELECT state FROM mwmirror.request WHERE kind = 'wiki' AND wiki_id = %s", (wiki.dbname,)) == "done",
                   lambda: "follow to look at the settings:\n" + box.log_tail("follow"), 30)
    lsn = kafka.parse_lsn(box.pg_value("SELECT pg_current_wal_insert_lsn()::text"))
    chain.wait_for(lambda: kafka.parse_lsn(chain.stream_position(box).get("lsn")) >= lsn,
                   lambda: "the relay to come to %x: %r" % (lsn, chain.stream_position(box)), 30)
    chain.wait_decided(box, box.topic(STREAM))


def told(box, wiki, action):
    start = kafka.end_offset(box, box.topic(STREAM))
    action()
    wait_told(box, wiki)
    found = kafka.events(box, start, STREAM)
    for event in found:
        assert event.wiki == wiki.dbname
        events.check(event, wiki.api_url)
    return found


def in_mirror(box, wiki):
    """The settings as the mirror's tables have them."""
    row, = box.pg_rows("SELECT to_jsonb(w) FROM mwmirror.wiki AS w WHERE wiki_id = %s", (wiki.dbname,))[0]
    names = [name for name, in box.pg_rows("SELECT to_jsonb(n) FROM mwmirror.wiki_namespace AS n WHERE wiki_id = %s ORDER BY namespace_id", (wiki.dbname,))]
    row, names = [json.loads(v) if isinstance(v, str) else v for v in (row, json.dumps(names))]
    found = {key: row[key] for key in ("domain", "canonical_server", "article_path", "script_path", "language", "generator", "temp_accounts",
                                       "local_central_ids", "autoconfirm_age", "autoconfirm_count", "bot_groups")}
    found["namespaces"] = [{k: v for k, v in name.items() if k != "wiki_id" and v is not None} for name in names]
    return found


def test_settings_are_told(live):
    box, wiki = live, live.wiki("39")
    done = box.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    chain.wait_stream(box)
    count = box.pg_value("SELECT autoconfirm_count FROM mwmirror.wiki WHERE wiki_id = %s", (wiki.dbname,))
    try:
        found = told(box, wiki, lambda: box.pg_rows("SELECT mwmirror.stream_switch(%s, true, %s)", (STREAM, wiki.dbname)))
        assert len(found) == 1
        settings = dict(found[0].value["wiki"])
        assert STREAM in settings.pop("streams") and settings == in_mirror(box, wiki)

        # a namespace more; add-wiki reads the siteinfo again, which has it not
        found = told(box, wiki, lambda: box.pg_rows("INSERT INTO mwmirror.wiki_namespace VALUES (%s, %s, 'Extra')", (wiki.dbname, NAMESPACE)))
        assert [e.value["wiki"]["namespaces"][-1] for e in found] == [{"namespace_id": NAMESPACE, "namespace_name": "Extra"}]

        def read_again():
            done = box.mwmirror("add-wiki", wiki.dbname, "--siteinfo", wiki.api_url)
            assert done.returncode == 0, done.stderr
        found = told(box, wiki, read_again)
        assert len(found) == 1 and found[0].value["changelog_kind"] == "update"
        again = dict(found[0].value["wiki"])
        assert STREAM in again.pop("streams") and again == settings
        # what is read again and the same is nothing
        assert not told(box, wiki, read_again)

        # follow is dead as it changes, twice
        box.expect_dead.add("follow")
        box.service("kill", "follow")
        try:
            box.pg_rows("UPDATE mwmirror.wiki SET autoconfirm_count = autoconfirm_count + 1 WHERE wiki_id = %s", (wiki.dbname,))
            box.pg_rows("UPDATE mwmirror.wiki SET autoconfirm_count = autoconfirm_count + 1 WHERE wiki_id = %s", (wiki.dbname,))
            found = told(box, wiki, lambda: box.service("start", "follow"))
        finally:
            box.expect_dead.discard("follow")
        assert [e.value["wiki"]["autoconfirm_count"] for e in found] == [count + 2]
    finally:
        box.pg_rows("UPDATE mwmirror.wiki SET autoconfirm_count = %s WHERE wiki_id = %s", (count, wiki.dbname))
        box.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, %s)", (STREAM, wiki.dbname))
        wait_told(box, wiki)
