"""
deploy/examples/read-replica: a physical standby for analysts, made by its script from a sandbox that is followed and written to.

It shows states of one GTID, without what is hidden, says which, waits for a write, says when it stands still; its queries outlast vacuums of the primary, which without
hot_standby_feedback cancel them; its slot keeps WAL; and it goes on when it is promoted.
"""

import contextlib
import os
import re
import subprocess
import time
import types

import psycopg2
import psycopg2.errors
import pytest

import chain
import dumps
import sandbox
import workload
from bare import WIKI, Edits, small_sandbox

STANDBY = os.path.join(sandbox.ROOT, "deploy", "examples", "read-replica", "standby")
SLOT = "mwmirror_standby"
REVISIONS = "SELECT count(*) FROM mediawiki.revision WHERE wiki_id = '%s'" % WIKI
SEQUENCE = "SELECT split_part(gtid, '-', 3)::bigint FROM mwmirror.position()"


def run_standby(bare, verb):
    done = subprocess.run([STANDBY, verb, os.path.join(bare.directory, "standby")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, env=dict(os.environ, PGHOST=bare.box.env["PGHOST"], PGPORT=bare.box.env["PGPORT"]))
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def replica():
    """bare, follow, which runs, and connect() to the standby."""
    with small_sandbox("replica") as bare:
        bare.create_wiki()
        for sql in ("SELECT mwmirror.create_views('%s')" % WIKI, "CREATE ROLE ann LOGIN IN ROLE mwmirror_analyst"):
            bare.box.pg_rows("DO $do$ BEGIN EXECUTE $sql$%s$sql$; END $do$" % sql)
        told = run_standby(bare, "up").splitlines()[-1]
        place = dict(word.split("=") for word in told.split()[1:])
        connections = []

        def connect(user="postgres", **session):
            connection = psycopg2.connect(host=place["PGHOST"], port=place["PGPORT"], dbname=bare.box.env["PGDATABASE"], user=user)
            connection.set_session(**(session or {"autocommit": True}))
            connections.append(connection)
            return connection

        replica = types.SimpleNamespace(bare=bare, box=bare.box, connect=connect, follow=bare.daemon("follow"))
        try:
            yield replica
        finally:
            replica.follow.kill()
            for connection in connections:
                connection.close()
            run_standby(bare, "down")


def test_down_removes_no_folder_of_others(tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = subprocess.run([STANDBY, "down", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 1 and "no folder of a standby" in done.stdout and os.listdir(tmp_path) == ["mine"], done.stdout


def ask(connection, sql, args=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return cursor.fetchone()[0] if cursor.description else None


def edit(replica):
    """An edit; its GTID."""
    with contextlib.closing(replica.box.maria(fresh=True)) as connection:
        workload.edits(connection, WIKI, 0, 1, 5, 2)
        return workload.execute(connection, "SELECT @@last_gtid")[0][0]


def hide(replica, revision):
    """Its user; returns the GTID."""
    with contextlib.closing(replica.box.maria(fresh=True)) as connection:
        workload.execute(connection, "UPDATE %s.revision SET rev_deleted = 4 WHERE rev_id = %d" % (WIKI, revision))
        return workload.execute(connection, "SELECT @@last_gtid")[0][0]


def replayed(replica):
    """All of the primary is on the standby, also what it has not flushed yet."""
    lsn = replica.box.pg_value("SELECT pg_current_wal_insert_lsn()::text")
    with contextlib.closing(replica.connect()) as standby:
        chain.wait_for(lambda: ask(standby, "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", (lsn,)), "replay", 60)


def test_reads_what_was_written(replica, record_property):
    """From the commit at MariaDB to the row on the standby, by its GTID."""
    standby, times = replica.connect(), []
    assert ask(standby, "SELECT pg_is_in_recovery()") and replica.box.pg_value(
        "SELECT active FROM pg_replication_slots WHERE slot_name = %s", (SLOT,))
    before = ask(standby, REVISIONS)
    for number in range(1, 21):
        gtid = edit(replica)
        begin = time.monotonic()
        assert ask(standby, "SELECT mwmirror.wait_for(%s, '30 s')", (gtid,)), replica.follow.log()
        times.append(time.monotonic() - begin)
        assert ask(standby, REVISIONS) == before + number
    record_property("from MariaDB's commit to the row on a standby", "median of 20: %.0f ms" % (sorted(times)[10] * 1000))


def test_what_is_hidden_is_absent(replica):
    """For an analyst on the standby: a user who is hidden, the mirror's own tables, and all of a wiki that becomes private."""
    analyst = replica.connect("ann")
    revision = ask(analyst, "SELECT max(rev_id) FROM %s_p.revision WHERE rev_actor IS NOT NULL" % WIKI)
    assert ask(analyst, "SELECT mwmirror.wait_for(%s, '30 s')", (hide(replica, revision),)), replica.follow.log()
    shown = "SELECT rev_actor IS NULL FROM %s_p.revision WHERE rev_id = %d" % (WIKI, revision)
    assert ask(analyst, shown) is True
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(analyst, REVISIONS)
    for private, rows in ((True, 0), (False, 1)):
        replica.box.pg_rows("UPDATE mwmirror.wiki SET private = %s", (private,))
        replayed(replica)
        assert ask(analyst, "SELECT count(*) FROM %s_p.revision WHERE rev_id = %d" % (WIKI, revision)) == rows


def test_a_snapshot_is_of_one_gtid(replica):
    """Under load, in two sessions of the standby."""
    first, second = (replica.connect(isolation_level="REPEATABLE READ", readonly=True) for _ in range(2))
    begin = ask(first, SEQUENCE) - ask(first, REVISIONS)
    first.rollback()
    now = replica.connect()
    with Edits(lambda: replica.box.maria(fresh=True)):
        for _ in range(20):
            at = ask(first, SEQUENCE), ask(first, REVISIONS)
            name = ask(first, "SELECT pg_export_snapshot()")
            chain.wait_for(lambda at=at: ask(now, SEQUENCE) > at[0], lambda: "more edits:\n" + replica.follow.log(), 60)
            ask(second, "SET TRANSACTION SNAPSHOT '%s'; SELECT 1" % name)
            assert (ask(second, SEQUENCE), ask(second, REVISIONS)) == at == (ask(first, SEQUENCE), ask(first, REVISIONS))
            assert at[0] - at[1] == begin
            first.rollback()
            second.rollback()


def test_replay_that_stands_still_is_lag(replica):
    standby = replica.connect()
    lag = "SELECT extract(epoch FROM lag)::float8 FROM mwmirror.lag()"
    chain.wait_for(lambda: ask(standby, lag) == 0, replica.follow.log, 60)
    superuser = replica.connect()
    ask(superuser, "SELECT pg_wal_replay_pause()")
    try:
        chain.wait_for(lambda: ask(superuser, "SELECT pg_get_wal_replay_pause_state() = 'paused'"), "paused", 30)
        chain.wait_for(lambda: ask(standby, lag) > 1.5 and replica.box.pg_value(lag) < 1, "lag of the standby alone", 60)
        assert ask(standby, "SELECT mwmirror.wait_for(%s, '0.2 s')", (edit(replica),)) is False
    finally:
        ask(superuser, "SELECT pg_wal_replay_resume()")
    chain.wait_for(lambda: ask(standby, lag) == 0, "no lag", 60)


HELD = "SELECT xmin::text FROM pg_replication_slots WHERE slot_name = %s"


def vacuum(replica):
    """Of the primary's revisions: how many dead rows it had to keep, and from which transaction on."""
    notices = replica.box.pg().notices
    notices.clear()
    replica.box.pg_rows("VACUUM (VERBOSE, PROCESS_TOAST FALSE) mediawiki.revision")
    told = "".join(notices)
    return int(re.search(r"(\d+) are dead but not yet removable", told)[1]), re.search(r"removable cutoff: (\d+)", told)[1]


def test_a_query_outlasts_a_vacuum(replica):
    """
    With hot_standby_feedback, as standby.conf has it: the primary keeps dead rows for a reader on the standby. Without it, and little patience, the same vacuum
    cancels this reader. Any other transaction, one of follow as well, makes vacuum keep rows while it is open: so it is run until it is the standby's.
    """
    reader, superuser = replica.connect(isolation_level="REPEATABLE READ", readonly=True), replica.connect()
    assert (ask(superuser, "SHOW hot_standby_feedback"), ask(superuser, "SHOW max_standby_streaming_delay")) == ("on", "1min")
    at = ask(reader, REVISIONS)
    chain.wait_for(lambda: replica.box.pg_value(HELD, (SLOT,)), "feedback", 30)
    replica.box.pg_rows("UPDATE mediawiki.revision SET rev_len = rev_len")

    def kept():
        rows, since = vacuum(replica)
        return rows >= at and since == replica.box.pg_value(HELD, (SLOT,))

    chain.wait_for(kept, "rows that the standby alone holds", 30)
    replayed(replica)
    assert at > 0 and ask(reader, REVISIONS) == at
    log = os.path.join(replica.bare.directory, "standby", "log")
    before = os.path.getsize(log)

    def cancelled():
        vacuum(replica)
        try:
            assert ask(reader, REVISIONS) == at
        except (psycopg2.errors.SerializationFailure, psycopg2.OperationalError):
            return True
        return False

    try:
        for setting in ("hot_standby_feedback = off", "max_standby_streaming_delay = 100"):
            ask(superuser, "ALTER SYSTEM SET " + setting)
        ask(superuser, "SELECT pg_reload_conf()")
        chain.wait_for(cancelled, lambda: "the reader is cancelled; the primary kept %s" % (vacuum(replica),), 30)
        with open(log) as file:
            file.seek(before)
            assert "User query might have needed to see row versions that must be removed." in file.read()
    finally:
        ask(superuser, "ALTER SYSTEM RESET hot_standby_feedback")
        ask(superuser, "ALTER SYSTEM RESET max_standby_streaming_delay")
        ask(superuser, "SELECT pg_reload_conf()")


def test_dump_of_the_standby(replica, tmp_path):
    """mwmirror export is content with it, in a transaction that only reads."""
    standby = replica.connect()
    assert ask(standby, "SELECT mwmirror.wait_for(%s, '30 s')", (edit(replica),))
    done = replica.box.mwmirror("export", "--format", "jsonl", "--tables", "revision", "--output", str(tmp_path / "dump"), WIKI,
                                env={"MWMIRROR_POSTGRES_CONNINFO": conninfo_of(standby)})
    assert done.returncode == 0, done.stderr
    dump = dumps.Dump(str(tmp_path / "dump"))
    assert sum(file["rows"] for file in dump.files) == ask(standby, REVISIONS)
    assert dump.manifest["position"][0]["gtid"] == ask(standby, "SELECT gtid FROM mwmirror.position()")


def conninfo_of(standby):
    return "host=%(host)s port=%(port)s dbname=%(dbname)s user=postgres" % standby.get_dsn_parameters()


def test_promotion(replica):
    """It goes on from the same state, may be written to, and has no slot of the decoder's, before PostgreSQL 17."""
    standby = replica.connect()
    assert ask(standby, "SELECT mwmirror.wait_for(%s, '30 s')", (edit(replica),))
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        ask(standby, "DELETE FROM mediawiki.page")
    at = ask(standby, SEQUENCE), ask(standby, REVISIONS)
    assert replica.follow.stop() == 0, replica.follow.log()
    replica.box.service("kill", "postgres")
    try:
        ask(standby, "SELECT pg_promote()")
        assert (ask(standby, SEQUENCE), ask(standby, REVISIONS)) == at
        assert ask(standby, "SELECT count(*) FROM pg_replication_slots WHERE plugin = 'mwmirror'") == 0
        gtid = edit(replica)
        replica.follow = replica.bare.daemon("follow", env={"MWMIRROR_POSTGRES_CONNINFO": conninfo_of(standby) + " target_session_attrs=read-write"})
        assert ask(standby, "SELECT mwmirror.wait_for(%s, '30 s')", (gtid,)), replica.follow.log()
        assert ask(standby, REVISIONS) == at[1] + 1
        assert replica.follow.stop() == 0
    finally:
        replica.follow.kill()
        replica.box.service("start", "postgres")
