"""The program as an operator meets it."""

import json
import re
import signal

import pytest

import chain
import kafka
import sandbox

VERBS = ["init", "add-wiki", "snapshot", "follow", "relay", "topics", "backfill", "status", "check-config", "add-table", "remove-table", "remove-wiki", "views", "indexes", "export"]


def test_help(box):
    done = box.mwmirror("--help", conf=False)
    assert done.returncode == 0 and done.stderr == ""
    for verb in VERBS:
        assert re.search(r"^  %s\s" % verb, done.stdout, re.M), "no %s in --help" % verb
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 8):
        assert re.search(r"^\s+%d  " % code, done.stdout, re.M), "no exit code %d in --help" % code
    assert box.mwmirror("--version", conf=False).stdout.strip()


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb(box, verb):
    done = box.mwmirror(verb, "--help", conf=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: mwmirror " + verb in done.stdout and len(done.stdout.splitlines()) > 5
    wrong = box.mwmirror(verb, "--no-such-option")
    assert wrong.returncode == 2 and "no-such-option" in wrong.stderr, wrong.stderr


def test_usage_errors(box):
    for args in ([], ["no-such-verb"], ["follow", "operand"], ["add-wiki"]):
        done = box.mwmirror(*args, conf=False)
        assert done.returncode == 2 and done.stderr, (args, done.returncode, done.stderr)


def test_check_config(live):
    done = live.mwmirror("check-config")
    assert done.returncode == 0, done.stderr + done.stdout
    with open(live.config.get("source", "password_file")) as file:
        assert file.read().strip() not in done.stdout + done.stderr


def test_status(live):
    """Every hop: MariaDB's GTID, the mirror's, LSNs, lag in seconds, events published."""
    live.wiki("39").edit("Status page", "x", "y")
    chain.wait_stream(live)
    done = live.mwmirror("status", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    report = json.loads(done.stdout)
    text = json.dumps(report)
    flat = dict(flatten(report))
    position = chain.mirror_position(live)
    assert any(position in str(v) for v in flat.values()), (position, text)
    assert [k for k in flat if "lag" in k], text
    assert [k for k in flat if "lsn" in k], text
    published = [v for k, v in flat.items() if k.split(".")[-1] in ("events", "events_published", "published")]
    assert published and max(p for p in published if isinstance(p, int)) == kafka_count(live), (published, text)
    human = live.mwmirror("status")
    assert human.returncode == 0 and position in human.stdout, human.stdout
    assert not human.stdout.lstrip().startswith("{")


def test_status_of_streams(live):
    """Which are on, of how many wikis, and their topics; which are off."""
    tags, file = "mediawiki.revision-tags-change", "mwmirror.file_change.v1"

    def told():
        return {of["name"]: of for of in json.loads(live.mwmirror("status", "--json").stdout)["streams"]}
    wikis = live.pg_value("SELECT count(*) FROM mwmirror.wiki WHERE NOT private")
    before = told()
    assert list(before) == [name for name, in live.pg_rows("SELECT name FROM mwmirror.streams() WHERE enabled OR of_table IS NULL")]
    assert before[tags] == {"name": tags, "topic": live.topic(tags), "private": False, "enabled": True, "wikis": wikis}
    assert before[file] == {"name": file, "topic": live.topic(file), "private": False, "enabled": False, "wikis": 0}
    assert {of["wikis"] for of in before.values() if of["private"]} == {0}
    live.pg_rows("SELECT mwmirror.stream_switch(%s, false, 'wiki39'), mwmirror.stream_switch(%s, true, 'wiki39')", (tags, file))
    try:
        after = told()
        assert (after[tags]["wikis"], after[file]["wikis"], after[file]["enabled"]) == (wikis - 1, 1, True)
        text = live.mwmirror("status").stdout
        assert "%s of 1 wiki, topic %s\n" % (file, live.topic(file)) in text
        assert re.search(r"\n  off +resource_change, resource-purge, mwmirror.wiki_change.v1,\s+mediawiki.page_content_change.v1,\s+mediawiki.page_content_change.private.v1,\s+mediawiki.page.state.v1,\s+mediawiki.page.state.private.v1\n", text), text
    finally:
        live.pg_rows("SELECT mwmirror.stream_switch(%s, NULL, 'wiki39'), mwmirror.stream_switch(%s, NULL, 'wiki39')", (tags, file))
    assert told() == before


def flatten(node, path=""):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from flatten(value, path + "." + key if path else key)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from flatten(value, "%s[%d]" % (path, number))
    else:
        yield path, node


def kafka_count(box):
    """Of all streams: one that is off now may have been on."""
    names = {box.topic(stream) for stream, in box.pg_rows("SELECT name FROM mwmirror.streams()")}
    return sum(len(kafka.messages(box, topic)) for topic in names & set(kafka.topics(box)))


def test_status_when_a_daemon_is_away(live):
    """Lag shows; a script can tell by the exit code or the fields."""
    live.service("stop", "follow")
    try:
        live.wiki("39").edit("While follow is away", "x", "y")
        report = live.mwmirror("status", "--json")
        assert report.returncode in (0, 1), report.stderr
        assert chain.source_position(live) in report.stdout
        assert not chain.reached(chain.mirror_position(live), chain.source_position(live))
    finally:
        live.service("start", "follow")
    chain.wait_stream(live)


def test_topics_are_as_consumers_need_them(live):
    """One partition, room for large messages; the position topic is compacted; a second run changes nothing."""
    first = live.mwmirror("topics")
    assert first.returncode == 0, first.stderr
    reader = kafka.consumer(live)
    found = reader.list_topics(timeout=10).topics
    reader.close()
    streams = live.pg_rows("SELECT topic, partitions, cleanup FROM mwmirror.streams() WHERE enabled")
    assert kafka.STREAM in [row[0] for row in streams]
    for topic, partitions in [(live.position_topic, 1)] + [(live.topic(row[0]), row[1]) for row in streams]:
        assert len(found[topic].partitions) == partitions, topic
    from confluent_kafka.admin import AdminClient, ConfigResource
    admin = AdminClient({"bootstrap.servers": live.bootstrap})

    def setting(topic, name):
        future = list(admin.describe_configs([ConfigResource("topic", topic)]).values())[0]
        return future.result(10)[name].value
    assert setting(live.position_topic, "cleanup.policy") == "compact"
    for name, _, cleanup in streams:
        assert setting(live.topic(name), "cleanup.policy") == cleanup
    assert int(setting(live.topic(kafka.STREAM), "max.message.bytes")) >= 10 << 20


def test_topics_of_state_streams(live):
    """Compacted, and what was replaced is gone after a day; a topic that may keep it for longer is refused."""
    from confluent_kafka.admin import AdminClient, ConfigResource
    stream = "mwmirror.state.category.v1"
    topic = live.topic(stream)
    admin = AdminClient({"bootstrap.servers": live.bootstrap})
    wanted = {"cleanup.policy": "compact", "max.compaction.lag.ms": "86400000", "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "604800000"}
    live.pg_rows("SELECT mwmirror.stream_switch(%s, true)", (stream,))
    try:
        made = live.mwmirror("topics")
        assert made.returncode == 0, made.stderr
        found = list(admin.describe_configs([ConfigResource("topic", topic)]).values())[0].result(10)
        assert {name: found[name].value for name in wanted} == wanted
        live.pg_rows("UPDATE mwmirror.stream SET compaction_lag_ms = 3600000 WHERE stream_name = %s", (stream,))
        refused = live.mwmirror("topics")
        assert refused.returncode != 0 and "has max.compaction.lag.ms 86400000, needs at most 3600000" in refused.stdout, refused.stdout
    finally:
        live.pg_rows("DELETE FROM mwmirror.stream WHERE stream_name = %s", (stream,))
        if topic in kafka.topics(live):
            kafka.delete_topics(live, [topic])


@pytest.mark.parametrize("name", ["follow", "relay"])
def test_sigterm(live, name, tmp_path):
    """A clean end with exit code 0, soon, and the work goes on where it stopped."""
    live.service("stop", name)
    daemon = sandbox.Daemon(live, name, str(tmp_path / "log"))
    live.expect_dead.add(name)
    try:
        live.wiki("39").edit("Terminated %s" % name, "x", "y")
        chain.wait_stream(live)
        assert daemon.stop(10) == 0, daemon.log()
        daemon = sandbox.Daemon(live, name, str(tmp_path / "log2"))
        live.wiki("39").edit("Interrupted %s" % name, "x", "y")
        chain.wait_stream(live)
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.wait(10) == 0, daemon.log()
    finally:
        daemon.kill()
        live.expect_dead.discard(name)
        live.service("start", name)
    chain.wait_stream(live)


def test_json_logs(live, tmp_path):
    live.service("stop", "follow")
    daemon = sandbox.Daemon(live, "follow", str(tmp_path / "log"), env={"MWMIRROR_LOG_FORMAT": "json",
                                                                     "MWMIRROR_LOG_LEVEL": "debug"})
    live.expect_dead.add("follow")
    try:
        live.wiki("39").edit("Logged", "x", "y")
        chain.wait_stream(live)
        assert daemon.stop() == 0
    finally:
        daemon.kill()
        live.expect_dead.discard("follow")
        live.service("start", "follow")
    lines = [json.loads(line) for line in daemon.log().splitlines()]
    assert lines and all({"level", "message"} <= set(line) for line in lines), lines[:3]
    chain.wait_stream(live)
