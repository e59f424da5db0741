"""What belongs to one source: its replication origins, its wikis, its position."""

import contextlib

import psycopg2
import pytest

import chain
import workload
from bare import SOURCE, TARGET, USAGE, WIKI, small_sandbox

WRITER = "mwmirror_follow"


@pytest.fixture(scope="module")
def bare():
    """MariaDB and PostgreSQL, and init with a role for follow."""
    with small_sandbox("sources") as bare:
        bare.run("init", "--writer-role", WRITER)
        yield bare


@contextlib.contextmanager
def writer(bare):
    """A session as follow's role."""
    env = bare.box.env
    connection = psycopg2.connect(host=env["PGHOST"], port=env["PGPORT"], dbname=env["PGDATABASE"], user=WRITER)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def refused(cursor, sqlstate, sql, *args):
    with pytest.raises(psycopg2.Error) as error:
        cursor.execute(sql, args)
    assert error.value.pgcode == sqlstate, error.value


def origins(bare, source):
    return [name.rsplit("/", 1)[1] for name, in bare.box.pg_rows(
        "SELECT roname FROM pg_replication_origin WHERE roname LIKE 'mwmirror/%%/' || %s || '/%%' ORDER BY 1", (source,))]


def test_a_worker_is_one_session(bare):
    """Two sources, and two workers of one, at the same time; the same worker only one after the other."""
    with writer(bare) as first, writer(bare) as second:
        first.execute("SELECT mwmirror.origin_setup('a', 'copy1')")
        assert first.fetchone()[0] == "mwmirror/%s/a/copy1" % bare.box.pg_value(
            "SELECT oid FROM pg_database WHERE datname = current_database()")
        refused(second, "55006", "SELECT mwmirror.origin_setup('a', 'copy1')")
        second.execute("SELECT mwmirror.origin_setup('a', 'follow')")
        with writer(bare) as third:
            third.execute("SELECT mwmirror.origin_setup('b', 'copy1')")
    assert (origins(bare, "a"), origins(bare, "b")) == (["copy1", "follow"], ["copy1"])
    with writer(bare) as again:
        chain.wait_for(lambda: free(again, "a", "copy1"), "the origin of a session that has ended", 10)


def free(cursor, source, worker):
    try:
        cursor.execute("SELECT mwmirror.origin_setup(%s, %s)", (source, worker))
        return True
    except psycopg2.errors.ObjectInUse:
        return False


def test_nobody_makes_or_takes_an_origin_otherwise(bare):
    with writer(bare) as cursor:
        for sql in ("SELECT pg_replication_origin_create('mwmirror/1/a/follow')",
                    "SELECT pg_replication_origin_session_setup(mwmirror.origin_name('a', 'follow'))",
                    "SELECT pg_replication_origin_drop(mwmirror.origin_name('a', 'follow'))",
                    "SELECT mwmirror.source_remove('a')"):
            refused(cursor, "42501", sql)
        for source, worker in (("", "follow"), ("a/b", "follow"), ("ä", "follow"), ("a\n", "follow"), ("x" * 64, "follow"),
                               ("a", ""), ("a", "copy"), ("a", "copy0"), ("a", "copy1/x"), ("a", "relay")):
            refused(cursor, "22023", "SELECT mwmirror.origin_setup(%s, %s)", source, worker)
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE has_schema_privilege('public', oid, 'USAGE')"
                       " AND nspname = 'mwmirror'")
        assert cursor.fetchone()[0] == 0


def test_a_source_is_removed(bare):
    """Not while somebody is its worker, and not before its rows are decoded: they would become events."""
    box = bare.box
    with writer(bare) as cursor, box.pg(fresh=True).cursor() as admin:
        cursor.execute("SELECT mwmirror.origin_setup('gone', 'copy1')")
        refused(admin, "55000", "SELECT mwmirror.source_remove('gone')")
        decode(admin)
        refused(admin, "55006", "SELECT mwmirror.source_remove('gone')")
        cursor.execute("INSERT INTO mwmirror.source VALUES ('gone', '')")
    chain.wait_for(lambda: box.pg_value("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (WRITER,)) == 0,
                   "the writer's end", 10)
    with box.pg(fresh=True).cursor() as admin:
        refused(admin, "55000", "SELECT mwmirror.source_remove('gone')")
        decode(admin)
        admin.execute("SELECT mwmirror.source_remove('gone')")
        assert admin.fetchone()[0] == 1
    assert origins(bare, "gone") == []
    assert box.pg_value("SELECT count(*) FROM mwmirror.source WHERE source_name = 'gone'") == 0


def decode(cursor):
    cursor.execute("SELECT pg_replication_slot_advance('mwmirror', pg_current_wal_flush_lsn())")


@pytest.fixture(scope="module")
def wiki(bare):
    """A wiki of source main, copied, and a second source."""
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, WIKI)
    connection.close()
    bare.add_wiki()
    bare.run("snapshot")
    bare.run("init", "--no-slot", env={"MWMIRROR_SOURCE_NAME": "second"})
    return workload.write_siteinfo(bare.directory, WIKI)


def test_a_source_that_is_not_there(bare, wiki):
    done = bare.box.mwmirror("add-wiki", WIKI, "--siteinfo", wiki, "--source", "typo")
    assert done.returncode == USAGE and "no source typo" in done.stderr and "main, second" in done.stderr, done.stderr


def test_a_wiki_keeps_its_source(bare, wiki):
    """Its rows and the GTID of its copy are that source's; not copied yet, it may go where it likes."""
    row = "SELECT source_name, snapshot_gtid IS NOT NULL FROM mwmirror.wiki WHERE wiki_id = '%s'" % WIKI
    done = bare.box.mwmirror("add-wiki", WIKI, "--siteinfo", wiki, "--source", "second")
    assert done.returncode == TARGET, done.stderr
    for text in ("copied from source", "main", "second", "snapshot_gtid", "add-wiki again"):
        assert text in done.stderr, done.stderr
    assert bare.box.pg_rows(row) == [("main", True)]
    done = bare.box.mwmirror("snapshot", WIKI, env={"MWMIRROR_SOURCE_NAME": "second"})
    assert done.returncode == USAGE and "belongs to source main" in done.stderr, done.stderr
    done = bare.box.mwmirror("snapshot", "wikinone")
    assert done.returncode == USAGE and "it has " + WIKI in done.stderr, done.stderr
    # what the message says to do
    bare.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL WHERE wiki_id = %s", (WIKI,))
    for verb in (["add-wiki", WIKI, "--siteinfo", wiki, "--source", "second"], ["snapshot"]):
        done = bare.box.mwmirror(*verb, env={"MWMIRROR_SOURCE_NAME": "second"})
        assert done.returncode == 0, done.stderr
    assert bare.box.pg_rows(row) == [("second", True)]


def test_a_copy_is_not_older_than_the_position(bare, wiki):
    """A replica that lags, or a source that was reset: rows between would be in neither."""
    bare.box.pg_rows("UPDATE mwmirror.source SET gtid_pos = '0-1-99999999' WHERE source_name = 'second'")
    second = {"MWMIRROR_SOURCE_NAME": "second"}
    before = bare.box.pg_rows("SELECT snapshot_gtid FROM mwmirror.wiki")
    done = bare.box.mwmirror("snapshot", "--force", WIKI, env=second)
    assert done.returncode == SOURCE and "cannot be followed from the mirror's position" in done.stderr, done.stderr
    assert bare.box.pg_rows("SELECT snapshot_gtid FROM mwmirror.wiki") == before
    done = bare.box.mwmirror("snapshot", "--force", env=second)
    assert done.returncode == 0, done.stderr
    assert bare.box.pg_value("SELECT gtid_pos FROM mwmirror.source WHERE source_name = 'second'") \
        == chain.source_position(bare.box)
