"""
deploy/examples/spark: the job is killed in the middle of its batches, over and over, while the wikis change; then its tables are what SQL on the
mirror gives. tests/engine runs this.
"""

import datetime
import json
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

import chain
import kafka
import mw
import sandbox
from test_examples import EXAMPLES, STREAM, Changes, keep_contents, switch

ENGINE = os.environ.get("MWMIRROR_ENGINE")
pytestmark = pytest.mark.skipif(not ENGINE, reason="tests/engine runs it")
JOB = os.path.join(EXAMPLES, "spark", "history.py")

# reads the job's tables: rows as JSON, one a line
READ = """
import sys
from pyspark.sql import SparkSession
spark = (SparkSession.builder.config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog").config("spark.sql.catalog.lake.type", "hadoop")
         .config("spark.sql.catalog.lake.warehouse", sys.argv[1] + "/tables").config("spark.sql.session.timeZone", "UTC").getOrCreate())
for table in ("content_history", "daily_history"):
    for row in spark.table("lake." + table).toJSON().collect():
        print(table, row)
"""

REVISIONS = """
WITH reverted AS (
    SELECT ct.wiki_id, ct_rev_id FROM mediawiki.change_tag ct JOIN mediawiki.change_tag_def ON ctd_id = ct_tag_id AND change_tag_def.wiki_id = ct.wiki_id
    WHERE ctd_name = 'mw-reverted'),
bodies AS (
    SELECT s.wiki_id, slot_revision_id, convert_from(body, 'UTF8') AS body FROM mediawiki.slots s
    JOIN mediawiki.content_body b ON b.wiki_id = s.wiki_id AND content_id = slot_content_id WHERE body_status = 'ok')
SELECT r.wiki_id, rev_id, rev_page, rev_timestamp, rev_parent_id, false AS is_deleted,
    CASE WHEN rev_deleted & 4 = 0 THEN actor_name END AS user_text, CASE WHEN rev_deleted & 2 = 0 THEN nullif(comment_text, '') END AS comment,
    CASE WHEN rev_deleted & 1 = 0 THEN rev_len END AS len, CASE WHEN rev_deleted & 1 = 0 THEN body END AS body, ct_rev_id IS NOT NULL AS is_reverted
FROM mediawiki.revision r JOIN mediawiki.actor a ON a.wiki_id = r.wiki_id AND actor_id = rev_actor
JOIN mediawiki.comment c ON c.wiki_id = r.wiki_id AND comment_id = rev_comment_id
LEFT JOIN bodies ON bodies.wiki_id = r.wiki_id AND slot_revision_id = rev_id
LEFT JOIN reverted ON reverted.wiki_id = r.wiki_id AND ct_rev_id = rev_id
UNION ALL
SELECT a.wiki_id, ar_rev_id, ar_page_id, ar_timestamp, ar_parent_id, true, NULL, NULL, NULL, NULL, ct_rev_id IS NOT NULL
FROM mediawiki.archive a LEFT JOIN reverted ON reverted.wiki_id = a.wiki_id AND ct_rev_id = ar_rev_id
"""

DAILY = """
SELECT wiki_id, (rev_timestamp AT TIME ZONE 'UTC')::date::text, count(*), count(*) FILTER (WHERE coalesce(rev_parent_id, 0) = 0), count(*) FILTER (WHERE is_reverted),
    count(*) FILTER (WHERE is_deleted), count(DISTINCT user_text)
FROM (%s) r WHERE rev_id > (%%s::jsonb ->> wiki_id)::bigint GROUP BY 1, 2
""" % REVISIONS


class Work(Changes):
    """Also what is about earlier revisions and several editors."""

    def __init__(self, wiki, prefix, seed):
        super().__init__(wiki, prefix, seed)
        name, password = "Editor %s" % prefix, "password of %s" % prefix
        wiki.create_user(name, password)
        self.other = wiki.as_user(name, password)
        self.anonymous = wiki.as_user()

    def protect(self):
        self.anonymous.edit(self.random.choice(self.there), "%s %d" % (self.text(), time.time_ns()), "by an address")

    def hide(self):
        """Of an earlier revision what MediaWiki can hide, and of the latest its comment."""
        super().hide()
        title = self.random.choice(self.there)
        self.other.edit(title, "%s %d" % (self.text(), time.time_ns()), "to be hidden")
        self.wiki.edit(title, "%s %d" % (self.text(), time.time_ns()), "over it")
        self.wiki.revision_delete([self.wiki.revisions(title)[1]["revid"]], hide="content|user|comment")

    def undelete(self):
        try:
            super().undelete()
        except mw.ApiError as error:    # of two revisions of one second the hidden one may be the newest for MediaWiki
            assert "undeleterevdel" in str(error)
            self.there.pop()

    def roll_back(self):
        """Of a page that stays: what was reverted is tagged by a job."""
        title = self.title()
        self.wiki.edit(title, "%s %d" % (self.text(), time.time_ns()), "new")
        self.other.edit(title, "%s %d" % (self.text(), time.time_ns()), "to be rolled back")
        self.wiki.rollback(title, self.other.user)

    def run(self):
        super().run()
        if self.error is None:
            self.roll_back()


def submit(box, log, script, *args):
    command = [os.path.join(ENGINE, "python/bin/spark-submit"), "--master", "local[2]", "--driver-memory", "1g", "--conf", "spark.ui.enabled=false",
               "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "--conf", "spark.sql.shuffle.partitions=2", "--jars", ",".join(sorted(entry.path for entry in os.scandir(os.path.join(ENGINE, "jars")))),
               script] + list(args)
    python = os.path.join(ENGINE, "python/bin/python")
    with open(log, "ab") as file:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True, start_new_session=True,
                                env=dict(os.environ, KAFKA_BOOTSTRAP=box.bootstrap, PYSPARK_PYTHON=python, SPARK_LOCAL_IP="127.0.0.1"))


def finish(process, log):
    """Its output; it must end well."""
    try:
        out, _ = process.communicate(timeout=600)
    finally:
        kill(process)
    with open(log, errors="replace") as file:
        assert process.returncode == 0, file.read()[-6000:]
    return out


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def commits(directory):
    """How many versions the job's tables have had."""
    return sum(name.endswith(".metadata.json") for _, _, names in os.walk(os.path.join(directory, "tables")) for name in names)


def batches(directory):
    """How many batches are done."""
    folder = os.path.join(directory, "position", "commits")
    return sum(name.isdigit() for name in os.listdir(folder)) if os.path.isdir(folder) else 0


def tables(box, directory, log):
    script = os.path.join(directory, "read.py")
    with open(script, "w") as file:
        file.write(READ)
    found = {"content_history": [], "daily_history": []}
    for line in finish(submit(box, log, script, directory), log).splitlines():
        table, _, row = line.partition(" ")
        if table in found:
            found[table].append(json.loads(row))
    return found


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def api_content(box, dbname, revision):
    """What a wiki's API gives for a revision."""
    wiki = next(wiki for wiki in map(box.wiki, ("39", "43")) if wiki.dbname == dbname)
    page, = wiki.get(action="query", prop="revisions", revids=revision, rvprop="content", rvslots="main")["query"]["pages"]
    return page["revisions"][0]["slots"]["main"]["content"]


def check(box, since, found, before=None):
    """
    The tables against SQL on the mirror, of revisions behind those of `since`. Returns how many contents were compared: also those of up to `before`, which the
    mirror does not keep and a backfill has told, with the wikis' API.
    """
    told = {}       # since their pages were deleted last
    for event in kafka.events(box, 0, STREAM):
        page = event.value["page"]["page_id"]
        if event.kind == "delete":
            told = {key: of_page for key, of_page in told.items() if (key[0], of_page) != (event.wiki, page)}
        else:
            told[(event.wiki, event.value["revision"]["rev_id"])] = page
    have = {(row["wiki_id"], row["rev_id"]): row for row in found["content_history"]}
    want = {(row[0], row[1]): row for row in box.pg_rows(REVISIONS) if row[1] > since[row[0]]}
    assert set(have) == set(want) and len(have) == len(found["content_history"])
    contents = 0
    for key, (_, _, page, at, parent, is_deleted, user, comment, size, body, is_reverted) in want.items():
        row = have[key]
        if before and key[1] <= before[key[0]]:
            body = api_content(box, *key)
        assert (row["page_id"], moment(row["rev_dt"]), row.get("rev_parent_id", 0), row["is_deleted"], row.get("is_reverted", False)) == (
            page, at, parent or 0, is_deleted, is_reverted), (row, want[key])
        assert (row.get("user_text"), row.get("comment") or None, row.get("rev_size")) == (user, comment, size), (row, want[key])
        if row.get("content") != body:      # its page was deleted and restored since: only its latest revision is told with content again
            assert row.get("content") is None and key not in told, (row, want[key])
        else:
            contents += body is not None
    daily = {(row["wiki_id"], row["day"]): tuple(row[name] for name in ("edits", "new_pages", "reverted", "deleted", "editors")) for row in found["daily_history"]}
    assert daily == {(row[0], row[1]): tuple(row[2:]) for row in box.pg_rows(DAILY, (json.dumps(since),))}
    return contents


def test_history(box, tmp_path, record_property):
    started, log = time.monotonic(), str(tmp_path / "spark.log")
    box.restart_daemons()
    chain.wait_stream(box)
    done = box.mwmirror("topics", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    keep_contents(box, True)
    switch(box, True)
    wikis = [box.wiki("39"), box.wiki("43")]
    before = {wiki.dbname: box.maria_value("SELECT max(rev_id) FROM `%s`.revision" % wiki.dbname) for wiki in wikis}
    if kafka.messages(box, box.topic("mediawiki.revision-create")):
        pytest.skip("needs a sandbox of which no event was told yet")
    seed = sandbox.seed_from_environment()
    prefix, chance, directory = "History %x" % (time.time_ns() // 1000000), random.Random(seed), str(tmp_path / "lake")
    workers = [Work(wiki, prefix, "%d %s" % (seed, wiki.name)) for wiki in wikis]
    for worker in workers:
        worker.start()
    kills = 0
    for worker in workers:
        worker.join()
        if worker.error:
            raise worker.error
        worker.wiki.run_jobs()      # which tag what was reverted
    chain.wait_stream(box)
    messages = {stream: kafka.events(box, 0, stream) for stream in (STREAM, "mediawiki.revision-create", "mediawiki.revision-tags-change")}
    assert {e.kind for e in messages[STREAM]} >= {"delete", "undelete"}
    assert any("mw-reverted" in e.value["tags"] for e in messages["mediawiki.revision-tags-change"])
    small = str(max(10, sum(map(len, messages.values())) // 3))
    # in the middle of a batch: after each of its statements
    for more in [1, 2, 3] + [chance.randrange(1, 6) for _ in range(int(os.environ.get("MWMIRROR_KILLS", 0)))]:
        job = submit(box, log, JOB, "--until-end", "--batch", small, directory)
        goal = commits(directory) + more
        try:
            chain.wait_for(lambda: job.poll() is not None or commits(directory) >= goal + (3 if kills == 0 else 0),
                           lambda: "a job at %d of %d commits" % (commits(directory), goal), 300)
        finally:
            ended = job.poll() is not None
            kill(job)
        kills += not ended
    half = batches(directory)
    finish(submit(box, log, JOB, "--until-end", "--batch", small, directory), log)
    contents = check(box, before, tables(box, directory, log))
    assert contents > 20 and kills >= 2 and batches(directory) > half
    # all again from the beginning, over tables that are there, and then what a backfill tells of the revisions that were restored
    wikis[1].edit(prefix, "after the first run", "c")
    for wiki in wikis:
        done = box.mwmirror("backfill", wiki.dbname, "--stream", STREAM, "--history")
        assert done.returncode == 0, done.stderr
    chain.wait_stream(box)
    shutil.rmtree(os.path.join(directory, "position"))
    finish(submit(box, log, JOB, "--until-end", directory), log)
    again = tables(box, directory, log)
    whole = check(box, dict.fromkeys(before, 0), again, before)     # it tells the revisions from before, too
    assert whole > contents + 1
    record_property("revisions and contents in Iceberg, as in the mirror", "%d, %d" % (len(again["content_history"]), whole))
    record_property("kills; batches; seconds", "%d; %d; %d" % (kills, batches(directory), time.monotonic() - started))
