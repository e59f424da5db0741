"""Streams and wikis that are switched while a relay runs, topics that follow, and private wikis, which are kept apart."""

import json
import os
import subprocess

import psycopg2
import pytest

import kafka
import rig

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
SINK = 6
PAGE_CREATE = "mediawiki.page-create"
PRIVATE = "mediawiki.page_change.private.v1"
PRIVATE_CONTENT = "mediawiki.page_content_change.private.v1"
PRIVATE_STATE = "mediawiki.page.state.private.v1"
GADGET = "mwmirror.state.gadget.private.v1"


@pytest.fixture
def chosen(box):
    """A rig without topics, whose page-create is off."""
    with_relay = rig.Rig(box, "choose", topics=False)
    try:
        sql(with_relay, "SELECT mwmirror.stream_switch(%s, false)", PAGE_CREATE)
        yield with_relay
    finally:
        with_relay.close()


def sql(of, statement, *values):
    with of.connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def topic(of, name):
    return "%s.%s" % (of.name, name)


def topics(of):
    """Those of the rig, without its prefix and the position's."""
    prefix = of.name + "."
    return {name[len(prefix):] for name in kafka.topics(of.broker) if name.startswith(prefix)} - {"position"}


def enabled(of):
    return {name for name, in sql(of, "SELECT topic FROM mwmirror.streams() WHERE enabled")}


def events(of):
    """All events of all topics, in order; each source transaction is complete, and no event is there twice."""
    found = []
    for name in topics(of):
        found += [(name, kafka.Event(m)) for m in kafka.messages(of.broker, topic(of, name))]
    found.sort(key=lambda e: (e[1].lsn, e[1].sequence, e[1].ordinal))
    kafka.assert_complete([e for _, e in found])
    ids = [e.value["meta"]["id"] for _, e in found]
    assert len(ids) == len(set(ids))
    return found


def told(of, sequence):
    """Topics of a source transaction's events, in order."""
    return [name for name, e in events(of) if e.sequence == sequence]


def test_topics_follow(chosen):
    """Of what is on, no more and no less; --all those of all; a topic's settings are the table's."""
    assert PAGE_CREATE not in enabled(chosen)
    dry = chosen.run("topics", "--dry-run").stdout
    assert "would be made" in dry and PAGE_CREATE not in dry and not topics(chosen)
    chosen.run("topics")
    assert topics(chosen) == enabled(chosen)
    sql(chosen, "SELECT mwmirror.stream_switch(%s, true)", PAGE_CREATE)
    assert "%s: missing, would be made" % topic(chosen, PAGE_CREATE) in chosen.run("topics", "--dry-run").stdout
    sql(chosen, "UPDATE mwmirror.stream SET topic = 'made', partitions = 3, retention_ms = 1000, key = 'wiki'")
    chosen.run("topics")
    assert topics(chosen) == enabled(chosen) and "made" in topics(chosen)
    reader = kafka.consumer(chosen.broker)
    assert len(reader.list_topics(timeout=10).topics[topic(chosen, "made")].partitions) == 3
    reader.close()
    sql(chosen, "UPDATE mwmirror.stream SET partitions = 4")
    wrong = chosen.run("topics", check=False)
    assert wrong.returncode == 1 and "has 3 partitions, needs 4" in wrong.stdout
    sql(chosen, "UPDATE mwmirror.stream SET enabled = false, topic = NULL, partitions = NULL")
    chosen.run("topics", "--all")
    assert PAGE_CREATE in topics(chosen)


def test_switched_while_the_relay_runs(chosen):
    """What is switched on or off counts from its commit on, in the order of the WAL, without a restart."""
    chosen.run("topics")
    chosen.start()
    chosen.write(1)
    chosen.wait_published()
    sql(chosen, "SELECT mwmirror.stream_switch(%s, true)", PAGE_CREATE)
    chosen.run("topics")
    chosen.write(1)
    chosen.wait_published()
    assert "stream %s has events, and was off" % PAGE_CREATE in chosen.log()
    sql(chosen, "SELECT mwmirror.stream_switch(%s, false)", PAGE_CREATE)
    chosen.write(2)
    chosen.wait_published()
    sql(chosen, "UPDATE mwmirror.wiki SET streams_off = '{*}'")
    chosen.write(1)
    sql(chosen, "UPDATE mwmirror.wiki SET streams_off = '{}'")
    chosen.write(1)
    chosen.wait_published()
    assert chosen.alive()
    both = [kafka.STREAM, "mediawiki.revision-create"]
    assert told(chosen, 1) == both
    assert told(chosen, 2) == [kafka.STREAM, PAGE_CREATE, "mediawiki.revision-create"]
    assert sorted(told(chosen, 3)) == sorted(both * 2)
    assert told(chosen, 4) == []
    assert told(chosen, 5) == both


@pytest.mark.parametrize("later", [True, False], ids=["on", "off again"])
def test_topic_is_missing(chosen, later):
    """The relay refuses to go on with the command to run; also for a stream that is off by then, but was on in the WAL."""
    chosen.run("topics")
    chosen.start()
    chosen.write(1)
    chosen.wait_published()
    if not later:
        assert chosen.stop() == 0
    sql(chosen, "SELECT mwmirror.stream_switch(%s, true)", PAGE_CREATE)
    chosen.write(1)
    if not later:
        sql(chosen, "SELECT mwmirror.stream_switch(%s, false)", PAGE_CREATE)
        chosen.write(1)
        chosen.start()
    assert chosen.wait() == SINK, chosen.log()
    command = ["topics"] if later else ["topics", "--all"]
    said = "`mwmirror %s`" % " ".join(command)
    assert "topic %s must not be published to: it is not there" % topic(chosen, PAGE_CREATE) in chosen.log()
    assert said in chosen.log(), chosen.log()
    chosen.run(*command)
    chosen.start()
    chosen.wait_published()
    assert [name for name, _ in events(chosen)].count(PAGE_CREATE) == 1
    assert len(told(chosen, 2)) == 3


def test_private_wiki(chosen):
    """Its events are in the topics of private wikis and in no other, also when all is switched on; a topic is not shared."""
    sql(chosen, "UPDATE mwmirror.wiki SET private = true, streams_on = (SELECT array_agg(name) FROM mwmirror.streams() WHERE of_table IS NULL)")
    sql(chosen, "SELECT mwmirror.stream_switch(name, true) FROM mwmirror.streams() WHERE of_table IS NULL")
    chosen.run("topics")
    chosen.start()
    chosen.write(1, 2)
    chosen.wait_published()
    private = {name for name, in sql(chosen, "SELECT topic FROM mwmirror.streams() WHERE private")}
    found = events(chosen)
    assert len(found) == 3 * len(private) and {name for name, _ in found} == private == {PRIVATE, PRIVATE_CONTENT, PRIVATE_STATE}
    assert {e.value["meta"]["stream"] for _, e in found} == private
    # past the trigger, by hand: the relay refuses what the table would have
    sql(chosen, "SET session_replication_role = replica")
    sql(chosen, "UPDATE mwmirror.stream SET topic = %s WHERE stream_name = %s", kafka.STREAM, PRIVATE)
    sql(chosen, "RESET session_replication_role")
    assert chosen.stop() == 0
    refused = chosen.run("relay", check=False)
    assert refused.returncode != 0 and "have one topic, %s" % kafka.STREAM in refused.stdout


def test_key_and_topic(chosen):
    """A stream's messages are where and by which key the table says, from the relay's start on."""
    sql(chosen, "INSERT INTO mwmirror.stream (stream_name, topic, key) VALUES (%s, 'changes', 'wiki')", kafka.STREAM)
    chosen.run("topics")
    chosen.start()
    chosen.write(1)
    chosen.wait_published()
    keys = [json.loads(e.key_bytes) for name, e in events(chosen) if name == "changes"]
    assert keys == [{"wiki_id": "rig"}]
    assert kafka.STREAM not in topics(chosen)


def test_private_by_siteinfo(chosen, tmp_path):
    """A wiki is private if not everybody may read it; it stays so until it is said to be public."""
    with open(os.path.join(DATA, "siteinfo", "mediawiki-1.43-formatversion2.json")) as file:
        siteinfo = json.load(file)
    place = str(tmp_path / "siteinfo.json")

    def add(*args, everybody=("read",)):
        siteinfo["query"]["usergroups"][0].update(name="*", rights=list(everybody))
        with open(place, "w") as file:
            json.dump(siteinfo, file)
        said = chosen.run("add-wiki", "wiki43", "--siteinfo", place, *args).stdout
        private = sql(chosen, "SELECT private FROM mwmirror.wiki WHERE wiki_id = 'wiki43'")[0][0]
        assert private == ("it is private" in said), said
        return private
    assert add() is False
    assert add(everybody=("createaccount",)) is True
    assert add() is True
    assert add("--public") is False
    assert add() is False
    assert add("--private") is True
    assert add("--public", everybody=()) is False
    assert chosen.run("add-wiki", "wiki43", "--siteinfo", place, "--public", "--private", check=False).returncode == 2
    sql(chosen, "DELETE FROM mwmirror.wiki WHERE wiki_id = 'wiki43'")
    assert add(everybody=()) is True


def test_choices_are_dumped(chosen):
    """pg_dump keeps what was chosen, and it can be restored: of the table of an extension too, which has its key last."""
    sql(chosen, "CREATE TABLE mediawiki.gadget (wiki_id text COLLATE \"C\", g_id bigint, PRIMARY KEY (wiki_id, g_id))")
    sql(chosen, "INSERT INTO mwmirror.table_map (source_table, target_table, ordinal) VALUES ('gadget', 'gadget', 1000)")
    sql(chosen, "SELECT mwmirror.stream_switch(%s, true)", GADGET)
    sql(chosen, "INSERT INTO mwmirror.stream VALUES (%s, true, 'changes', 'own', 2, 'compact,delete', 5000)", kafka.STREAM)
    sql(chosen, "UPDATE mwmirror.wiki SET private = true, streams_on = %s, streams_off = '{*}'", [PRIVATE, GADGET])
    restored = chosen.name + "_restored"
    server = {**os.environ, **chosen.box.env, "PGUSER": "postgres"}
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(psql + ["-d", "postgres", "-c", 'CREATE DATABASE "%s"' % restored], env=server, check=True)
    try:
        dump = subprocess.run(["pg_dump", "-d", chosen.name], env=server, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(psql + ["-d", restored], env=server, input=dump, check=True, stdout=subprocess.DEVNULL)
        query = ("SELECT * FROM mwmirror.streams()", "SELECT wiki_id, private, streams_on, streams_off FROM mwmirror.wiki")
        there = psycopg2.connect(host=server["PGHOST"], port=server["PGPORT"], user="postgres", dbname=restored)
        with there, there.cursor() as cursor:
            for statement in query:
                cursor.execute(statement)
                assert cursor.fetchall() == sql(chosen, statement)
        there.close()
    finally:
        subprocess.run(psql + ["-d", "postgres", "-c", 'DROP DATABASE "%s" WITH (FORCE)' % restored], env=server, check=True)
