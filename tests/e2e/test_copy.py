"""
The copy of a wiki by chunks: while the source is written and follow runs, killed at any moment, beside locks and XA transactions.

A small sandbox of its own, with MariaDB and PostgreSQL only; in the end the mirror equals MariaDB. tests/copy_kills is the long form of the kills.
"""

import contextlib
import json
import os
import random
import signal
import threading
import time

import pytest

import chain
import compare
import sandbox
import workload
from bare import SOURCE, USAGE, WIKI, Edits, small_sandbox

KILLS = int(os.environ.get("MWMIRROR_COPY_KILLS", "10"))
ROWS = int(os.environ.get("MWMIRROR_COPY_ROWS", "3000"))    # of each table that is filled
SMALL = {"MWMIRROR_SNAPSHOT_CHUNK_ROWS": "100"}             # so that there are many chunks of few rows


def fill(connection, wiki, rows):
    """Tables whose keys are cut as numbers, as bytes (of fixed length, with zeros and with bytes above 127, too), or not at all."""
    connection.select_db(wiki)
    for statement in (
            "INSERT INTO category (cat_title, cat_pages) SELECT concat('Category ', seq), seq %% 7 FROM seq_1_to_%d",
            "INSERT INTO text (old_id, old_text, old_flags) SELECT 1000000 + 3 * seq, concat('text ', seq), 'utf-8' FROM seq_1_to_%d",
            "INSERT INTO actor (actor_id, actor_name) SELECT 5000000 + seq, concat('Actor ', seq) FROM seq_1_to_%d",
            "INSERT INTO page_props (pp_page, pp_propname, pp_value) SELECT 1 + seq DIV 10, concat('p', seq), 'x' FROM seq_1_to_%d",
            "INSERT INTO pagelinks (pl_from, pl_namespace, pl_title) SELECT 1 + seq DIV 9, 0, concat('To ', seq %% 97) FROM seq_1_to_%d",
            "INSERT INTO image (img_name, img_metadata, img_description_id, img_actor, img_timestamp) SELECT concat(char(seq * 37 %% 256), "
            "char(seq %% 3), seq), '', 1, 1, '20200101000000' FROM seq_1_to_%d",
            "INSERT INTO user_newtalk (user_id, user_ip) SELECT seq, concat('10.0.0.', seq %% 250) FROM seq_1_to_%d"):
        workload.execute(connection, statement % rows)


class Copy:
    """A wiki of a small sandbox, not copied yet."""

    def __init__(self, bare):
        self.bare, self.box = bare, bare.box
        connection = self.box.maria(fresh=True)
        workload.create_tables(connection, WIKI)
        workload.install(connection, WIKI, 10000)
        workload.prepare(connection, WIKI, 20, 3)
        fill(connection, WIKI, ROWS)
        connection.close()
        bare.run("init")
        bare.add_wiki()

    def uncopied(self):
        """The wiki as it is right after add-wiki."""
        self.box.pg_rows("DELETE FROM mwmirror.copy_table")
        self.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL")

    def snapshot(self, *args, env=None):
        return self.bare.daemon("snapshot", *args, env=dict(SMALL, **(env or {})))

    def rows_done(self):
        return self.box.pg_value("SELECT coalesce(sum(rows_done), 0)::bigint FROM mwmirror.copy_table")

    def is_copied(self):
        return self.box.pg_value("SELECT bool_and(snapshot_gtid IS NOT NULL) FROM mwmirror.wiki")

    def ends(self, daemon, timeout=60):
        try:
            assert daemon.wait(timeout) == 0, daemon.log()
        finally:
            daemon.kill()


@pytest.fixture(scope="module")
def copy():
    with small_sandbox("copy") as bare:
        yield Copy(bare)


def await_said(daemon, text, timeout=20):
    def said():
        assert daemon.process.poll() is None or text in daemon.log(), daemon.log()
        return text in daemon.log()
    chain.wait_for(said, lambda: "%r in:\n%s" % (text, daemon.log()), timeout)


class Changes:
    """Changes of the rows of fill(), of all kinds and all over the keys, while the with block runs."""

    STATEMENTS = (
        "UPDATE category SET cat_pages = cat_pages + 1 WHERE cat_id = %(n)d",
        "DELETE FROM category WHERE cat_id = %(n)d",
        "INSERT INTO category (cat_title) VALUES ('new %(serial)d')",
        "UPDATE IGNORE text SET old_id = 1000001 + 3 * %(m)d WHERE old_id = 1000000 + 3 * %(n)d",      # from one chunk to another
        "UPDATE IGNORE page_props SET pp_page = %(m)d WHERE pp_page = %(n)d DIV 10 LIMIT 3",
        "DELETE FROM pagelinks WHERE pl_from = %(n)d DIV 9 LIMIT 2",
        "INSERT IGNORE INTO pagelinks (pl_from, pl_namespace, pl_title) VALUES (%(n)d, 0, 'To %(m)d')",
        "UPDATE IGNORE image SET img_name = concat(char(%(m)d %% 256), 'moved', %(serial)d) ORDER BY img_name LIMIT 1",
        "UPDATE image SET img_size = %(serial)d WHERE img_name > char(%(m)d %% 256) LIMIT 2",
        "DELETE FROM image WHERE img_name > char(%(n)d %% 256) LIMIT 1",
        "UPDATE user_newtalk SET user_ip = '10.1.%(serial)d' WHERE user_id = %(n)d",
        "UPDATE IGNORE actor SET actor_name = 'Renamed %(serial)d' WHERE actor_id = 5000000 + %(n)d",
    )

    def __init__(self, box, dice):
        self.box, self.dice, self.serial, self.failure = box, dice, 0, None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            connection = self.box.maria(fresh=True)
            connection.select_db(WIKI)
            while not self.stop.is_set():
                workload.execute(connection, "BEGIN")
                for _ in range(self.dice.randint(1, 5)):
                    self.serial += 1
                    workload.execute(connection, self.dice.choice(self.STATEMENTS) % {
                        "n": self.dice.randint(1, ROWS), "m": self.dice.randint(1, ROWS), "serial": self.serial})
                workload.execute(connection, "COMMIT")
                self.stop.wait(0.005)
            connection.close()
        except Exception as failure:    # shown by the test's thread
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()
        if self.failure and exc[0] is None:
            raise self.failure


def test_killed_at_any_moment(copy, record_property):
    """kill -9 of the copy and of follow while the source is written: what is copied stays, and nothing is lost or twice."""
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    copy.uncopied()
    snapshot, follow, kills, follow_kills = copy.snapshot("--workers", "3"), None, 0, 0
    try:
        with Changes(copy.box, dice), Edits(lambda: copy.box.maria(fresh=True), pages=20, at_once=2):
            chain.wait_for(lambda: copy.box.pg_value("SELECT count(*) FROM mwmirror.source") or snapshot.process.poll() is not None,
                           lambda: snapshot.log(), 20)
            follow = copy.bare.daemon("follow")
            while kills < KILLS:
                # a part of the rows, and a random moment after it
                wanted = copy.rows_done() + dice.randint(0, 7 * ROWS // KILLS)
                chain.wait_for(lambda: copy.rows_done() >= wanted or snapshot.process.poll() is not None, lambda: snapshot.log(), 30, 0.005)
                time.sleep(dice.uniform(0, 0.03))
                if snapshot.process.poll() is not None:
                    break
                before = copy.rows_done()
                snapshot.kill()
                kills += 1
                assert copy.rows_done() >= before
                if dice.random() < 0.5:
                    assert follow.process.poll() is None, follow.log()
                    follow.kill()
                    follow_kills += 1
                    follow = copy.bare.daemon("follow")
                snapshot = copy.snapshot("--workers", str(dice.randint(1, 3)))
            copy.ends(snapshot)
            assert copy.is_copied()
        goal = chain.source_position(copy.box)
        chain.wait_for(lambda: chain.reached(copy.bare.position(), goal) or follow.process.poll() is not None,
                       lambda: "position %s, not %s:\n%s" % (copy.bare.position(), goal, follow.log()), 60)
        assert follow.stop() == 0, follow.log()
    finally:
        snapshot.kill()
        if follow:
            follow.kill()
    compare.assert_equal(copy.box, WIKI)
    assert kills >= min(KILLS, 3)
    record_property("copy, seed %d" % seed, "%d kills of the copy and %d of follow: the mirror equals MariaDB" % (kills, follow_kills))


@contextlib.contextmanager
def looks_at_its_own_database_alone(box):
    """A source has thousands of them: what is asked of information_schema opens the tables of one. Names alone need no table to be opened."""
    connection = box.maria(fresh=True)
    for statement in ("SET GLOBAL log_output = 'TABLE'", "TRUNCATE mysql.general_log", "SET GLOBAL general_log = ON"):
        workload.execute(connection, statement)
    try:
        yield
        rows = workload.execute(connection, "SELECT argument FROM mysql.general_log WHERE argument LIKE '%FROM information_schema.%'")
    finally:
        for statement in ("SET GLOBAL general_log = OFF", "SET GLOBAL log_output = 'FILE'"):
            workload.execute(connection, statement)
    asked = {sql[sql.index("SELECT "):] for sql, in rows if "general_log" not in sql and "SCHEMATA" not in sql}
    assert len(asked) > 5
    wide = [sql for sql in asked if any("Scanned all databases" in str(row) and "; Open_" in str(row)
                                            for row in workload.execute(connection, "EXPLAIN " + sql))]
    connection.close()
    assert not wide, "\n".join(wide)


def test_several_at_once(copy):
    """Two programs share the work; neither harms the other. Nor do they look at what is not theirs, or follow when it compares."""
    copy.uncopied()
    with looks_at_its_own_database_alone(copy.box):
        both = [copy.snapshot(), copy.snapshot()]
        for daemon in both:
            copy.ends(daemon)
        assert copy.is_copied()
        copy.box.pg_rows("SELECT mwmirror.copy_again(%s, 'category', 'a test')", (WIKI,))
        copy.bare.catches_up()
    assert copy.box.mwmirror("snapshot", WIKI).returncode == USAGE


def test_a_locked_table(copy):
    """The copy says which table it waits for, keeps no lock of another one meanwhile, and a stop ends it."""
    copy.uncopied()
    other = copy.box.maria(fresh=True)
    workload.execute(other, "LOCK TABLES %s.category WRITE" % WIKI)
    snapshot = copy.snapshot()
    try:
        await_said(snapshot, "waiting for a lock of %s.category" % WIKI)
        began = time.monotonic()
        assert snapshot.stop() == 0, snapshot.log()
        assert time.monotonic() - began < 5
        snapshot = copy.snapshot()
        await_said(snapshot, "waiting for a lock of %s.category" % WIKI)
        chain.wait_for(lambda: copy.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE state <> 'copied'") == 1,
                       lambda: "the other tables:\n%s" % snapshot.log(), 30)
        third = copy.box.maria(fresh=True)
        workload.execute(third, "SET lock_wait_timeout = 2")
        workload.execute(third, "ALTER TABLE %s.actor COMMENT 'not locked'" % WIKI)
        other.close()
        copy.ends(snapshot)
    finally:
        snapshot.kill()
    copy.bare.catches_up()


def test_tables_that_may_not_be_read(copy):
    """MariaDB does not show them: they are named, as they would be missing."""
    connection = copy.box.maria(fresh=True)
    tables = [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in copy.box.maria_rows("SHOW TABLES FROM %s" % WIKI)]
    workload.execute(connection, "CREATE OR REPLACE USER narrow@localhost")
    workload.execute(connection, "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO narrow@localhost")
    for table in set(tables) - {"category"}:
        workload.execute(connection, "GRANT SELECT ON %s.`%s` TO narrow@localhost" % (WIKI, table))
    copy.uncopied()
    snapshot = copy.snapshot(env={"MWMIRROR_SOURCE_USER": "narrow"})
    copy.ends(snapshot)
    said = [line for line in snapshot.log().splitlines() if "mirrored tables of wiki %s may not be read" % WIKI in line]
    assert len(said) == 1 and "category" in said[0] and "categorylinks" not in said[0], snapshot.log()
    workload.execute(connection, "DROP USER narrow@localhost")
    connection.close()
    copy.uncopied()
    snapshot = copy.snapshot()
    copy.ends(snapshot)
    assert "may not be read" not in snapshot.log()
    compare.assert_equal(copy.box, WIKI)


def test_altered_meanwhile(copy):
    """A copy that stands still for whatever reason holds up nobody's ALTER of what it has copied, and goes on with a table that has another shape."""
    copy.uncopied()
    snapshot = copy.snapshot("--workers", "1")
    try:
        chain.wait_for(lambda: copy.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE state = 'copied'") >= 3
                       or snapshot.process.poll() is not None, "three tables", 20)
        os.kill(snapshot.pid, signal.SIGSTOP)
        status = json.loads(copy.box.mwmirror("status", "--json").stdout)
        told, = status["copies"]
        assert told["wiki_id"] == WIKI and 0 < told["rows_done"] < told["rows_total"] and 3 <= told["copied"] < told["tables"], told
        assert "wiki %s is not copied yet: %d %% of its rows are" % (WIKI, told["rows_done"] * 100 // told["rows_total"]) in \
            " ".join(status["problems"]), status["problems"]
        assert "%s: %d %%" % (WIKI, told["rows_done"] * 100 // told["rows_total"]) in copy.box.mwmirror("status").stdout
        connection = copy.box.maria(fresh=True)
        workload.execute(connection, "SET lock_wait_timeout = 2")
        ready = [name for name, in copy.box.pg_rows("SELECT source_table FROM mwmirror.copy_table WHERE state IN ('copied', 'waiting')")]
        assert "image" in ready and "comment" in ready, ready
        workload.execute(connection, "ALTER TABLE %s.comment COMMENT 'altered'" % WIKI)
        workload.execute(connection, "ALTER TABLE %s.image ADD img_new INT, ALGORITHM = COPY" % WIKI)
        os.kill(snapshot.pid, signal.SIGCONT)
        copy.ends(snapshot)
        workload.execute(connection, "ALTER TABLE %s.image DROP img_new" % WIKI)
    finally:
        os.kill(snapshot.pid, signal.SIGCONT) if snapshot.process.poll() is None else None
        snapshot.kill()


def test_prepared_transactions(copy):
    """Their rows are in the binlog already and not in the tables yet: a copy would lack them."""
    copy.uncopied()
    other = copy.box.maria(fresh=True)
    other.select_db(WIKI)
    for statement in ("XA START 'b'", "INSERT INTO category (cat_title) VALUES ('prepared')", "XA END 'b'", "XA PREPARE 'b'"):
        workload.execute(other, statement)
    done = copy.box.mwmirror("snapshot")
    assert done.returncode == SOURCE and "XA RECOVER" in done.stderr and "1 XA transactions are prepared" in done.stderr, done.stderr
    assert copy.box.pg_value("SELECT count(*) FROM mwmirror.copy_table") == 0
    snapshot = copy.snapshot()
    try:
        await_said(snapshot, "waiting for XA transactions")
        workload.execute(other, "XA COMMIT 'b'")
        copy.ends(snapshot)
    finally:
        snapshot.kill()
    assert copy.box.pg_value("SELECT count(*) FROM mediawiki.category WHERE cat_title = 'prepared'") == 1


def test_postgres_restarts(copy):
    """And what was copied before is not copied again."""
    copy.uncopied()
    snapshot = copy.snapshot()
    try:
        chain.wait_for(lambda: copy.rows_done() > ROWS, lambda: snapshot.log(), 30)
        copy.box.service("kill", "postgres")
        copy.box.service("start", "postgres")
        copy.ends(snapshot)
    finally:
        snapshot.kill()
    assert copy.is_copied()
    copy.bare.catches_up()
