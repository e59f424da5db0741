"""
mwmirror.position(), lag() and wait_for(): which state of its sources the mirror shows, and how old it is.

Two sources are followed under load, and what any snapshot shows of their tables is what it says of their positions, over several queries and
several sessions. Lag is none while a source is quiet, and some while anything stands still. A small sandbox of its own, without MediaWiki and Kafka.
"""

import contextlib
import os
import signal

import psycopg2
import pytest

import chain
import workload
from bare import WIKI, Edits, small_sandbox

OTHER = "wikiother"
DOMAINS = {"main": 0, "other": 7}
WIKIS = {"main": WIKI, "other": OTHER}
ENV = {"main": {}, "other": {"MWMIRROR_SOURCE_NAME": "other", "MWMIRROR_SOURCE_SERVER_ID": "7397"}}
SNAPSHOTS = 40


def connect(bare, source):
    connection = bare.box.maria(fresh=True)
    workload.execute(connection, "SET gtid_domain_id = %d" % DOMAINS[source])
    return connection


@pytest.fixture(scope="module")
def bare():
    """Two sources with a wiki each; the sandbox's MariaDB is both, and writes them in domains of their own."""
    with small_sandbox("freshness") as bare:
        with contextlib.closing(connect(bare, "other")) as connection:
            workload.create_tables(connection, OTHER)
            workload.install(connection, OTHER, 10000)
            workload.prepare(connection, OTHER, 5, 2)
        bare.create_wiki()
        bare.run("init", env=ENV["other"])
        bare.run("add-wiki", OTHER, "--siteinfo", workload.write_siteinfo(bare.directory, OTHER), env=ENV["other"])
        bare.run("snapshot", env=ENV["other"])
        bare.box.pg_rows("DO $$ BEGIN CREATE ROLE reader LOGIN IN ROLE mwmirror_reader; END $$")
        yield bare


@pytest.fixture
def follows(bare):
    """Both sources are followed, and nothing is left to apply."""
    follows = {name: bare.daemon("follow", env=env) for name, env in ENV.items()}
    try:
        for name, follow in follows.items():
            reaches(bare, name, follow)
        yield follows
        assert [follow.stop() for follow in follows.values()] == [0, 0]
    finally:
        for follow in follows.values():
            follow.kill()


def reaches(bare, name, follow):
    goal = chain.source_position(bare.box)
    chain.wait_for(lambda: chain.reached(bare.box.pg_value("SELECT gtid FROM mwmirror.position() WHERE source_name = %s", (name,)), goal), follow.log, 40)


def lag(bare, name="main"):
    """Seconds."""
    return bare.box.pg_value("SELECT extract(epoch FROM lag)::float8 FROM mwmirror.lag() WHERE source_name = %s", (name,))


def as_reader(bare):
    return psycopg2.connect(host=bare.box.env["PGHOST"], port=bare.box.env["PGPORT"], dbname=bare.box.env["PGDATABASE"], user="reader")


def ask(connection, sql, args=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return cursor.fetchall()


def looks(connection):
    """What a transaction sees: for each source the last transaction of its domain, in one query and revisions of its wiki in others."""
    at = {name: chain.parse_gtid_list(gtid)[DOMAINS[name]] for name, gtid, *_ in ask(connection, "SELECT * FROM mwmirror.position()")}
    return {name: (at[name], ask(connection, "SELECT count(*) FROM mediawiki.revision WHERE wiki_id = %s", (wiki,))[0][0])
            for name, wiki in WIKIS.items()}


def test_a_snapshot_is_of_one_gtid(bare, follows, record_property):
    """Each edit is a transaction and a revision: any snapshot has as many as its GTID says, in each session that takes it over."""
    first, second = bare.box.pg(fresh=True), bare.box.pg(fresh=True)
    first.autocommit = second.autocommit = False
    for connection in (first, second):
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    begin = looks(first)
    first.rollback()
    now = bare.box.pg(fresh=True)
    with Edits(lambda: connect(bare, "main"), WIKI, at_once=3), Edits(lambda: connect(bare, "other"), OTHER, at_once=3) as edits:
        for _ in range(SNAPSHOTS):
            at = looks(first)
            name = ask(first, "SELECT pg_export_snapshot()")[0][0]
            chain.wait_for(lambda at=at: all(sequence > at[source][0] for source, (sequence, _) in looks(now).items()),
                           lambda: "edits of both:\n" + "\n".join(follow.log() for follow in follows.values()), 60)
            ask(second, "SET TRANSACTION SNAPSHOT '%s'; SELECT 1" % name)
            assert looks(second) == at == looks(first)
            for source, (sequence, revisions) in at.items():
                assert sequence - begin[source][0] == revisions - begin[source][1], (source, at, begin)
            first.rollback()
            second.rollback()
            # in one statement there is no need of a transaction
            sequence, revisions = bare.box.pg_rows("SELECT (SELECT gtid FROM mwmirror.position() WHERE source_name = 'main'), count(*)"
                                                   " FROM mediawiki.revision WHERE wiki_id = %s", (WIKI,))[0]
            assert chain.parse_gtid_list(sequence)[0] - begin["main"][0] == revisions - begin["main"][1]
    for connection in (first, second, now):
        connection.close()
    for name, follow in follows.items():
        reaches(bare, name, follow)
    record_property("consistent reads", "%d different snapshots of two sources in two sessions, under %d edits" % (SNAPSHOTS, edits.number * 2))


def test_a_quiet_source_is_no_lag(bare, follows):
    """Time goes on, the position stays, and there is no lag; it is not what others write that tells so."""
    at = bare.box.pg_rows("SELECT s.gtid_pos, s.applied_at FROM mwmirror.source AS s WHERE source_name = 'main'")
    since = bare.box.pg_value("SELECT clock_timestamp()")
    for seconds in (0.5, 1.5, 2.5):
        chain.wait_for(lambda seconds=seconds: bare.box.pg_value("SELECT known_at > %s::timestamptz + %s * interval '1 second' AND lag = '0' FROM mwmirror.lag()"
                       " WHERE source_name = 'main'", (since, seconds)), follows["main"].log, 60)
        assert bare.box.pg_value("SELECT known_at <= clock_timestamp() FROM mwmirror.lag() WHERE source_name = 'main'")
    assert bare.box.pg_rows("SELECT s.gtid_pos, s.applied_at FROM mwmirror.source AS s WHERE source_name = 'main'") == at


def test_what_stands_still_is_lag(bare, follows):
    """follow, then the source; the other source's lag is its own."""
    os.kill(follows["main"].pid, signal.SIGSTOP)
    try:
        chain.wait_for(lambda: lag(bare) > 1.5 and lag(bare, "other") < 1, "lag of a follow that stands still, and of no other", 60)
        bare.edit()
        assert lag(bare) > 1.5
    finally:
        os.kill(follows["main"].pid, signal.SIGCONT)
    chain.wait_for(lambda: lag(bare) == 0, follows["main"].log, 60)
    reaches(bare, "main", follows["main"])
    bare.box.service("stop", "mariadb")
    try:
        chain.wait_for(lambda: lag(bare) > 1.5 and lag(bare, "other") > 1.5, "lag of a source that stands still", 60)
    finally:
        bare.box.service("start", "mariadb")
    chain.wait_for(lambda: lag(bare) == lag(bare, "other") == 0, follows["main"].log, 60)


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_clocks_differ(bare, follows, seconds):
    """A source whose clock is wrong by an hour: known_at neither goes back nor is in the future, and there is no lag once it is quiet."""
    before = bare.box.pg_value("SELECT known_at FROM mwmirror.source WHERE source_name = 'main'")
    with contextlib.closing(connect(bare, "main")) as connection:
        workload.execute(connection, "SET timestamp = UNIX_TIMESTAMP() + %d" % seconds)
        workload.edits(connection, WIKI, 0, 1, 5, 2)
    reaches(bare, "main", follows["main"])
    off, known_at, future = bare.box.pg_rows("SELECT extract(epoch FROM source_commit_time - applied_at)::float8, known_at, known_at > clock_timestamp()"
                                             " FROM mwmirror.source WHERE source_name = 'main'")[0]
    assert abs(off - seconds) < 60 and known_at >= before and not future
    chain.wait_for(lambda: lag(bare) == 0, follows["main"].log, 60)


def test_wait_for(bare, follows):
    """From the write at the source to the row in the mirror, by its GTID."""
    with contextlib.closing(connect(bare, "main")) as connection, contextlib.closing(as_reader(bare)) as reader:
        reader.autocommit = True

        def edit():
            workload.edits(connection, WIKI, 0, 1, 5, 2)
            return workload.execute(connection, "SELECT @@last_gtid")[0][0]

        for _ in range(20):
            gtid = edit()
            assert ask(reader, "SELECT mwmirror.wait_for(%s, '30 s', 'main')", (gtid,)) == [(True,)]
            assert bare.box.pg_value("SELECT mwmirror.gtid_covers(gtid, %s) FROM mwmirror.position() WHERE source_name = 'main'", (gtid,))
        os.kill(follows["main"].pid, signal.SIGSTOP)
        try:
            gtid = edit()
            assert ask(reader, "SELECT mwmirror.wait_for(%s, '0.3 s', 'main')", (gtid,)) == [(False,)]
            refusals = [("SELECT mwmirror.wait_for(%s)", (gtid,), "which source is meant"),
                        ("SELECT mwmirror.wait_for(%s, '1 s', 'nobody')", (gtid,), "no source"),
                        ("SELECT mwmirror.wait_for('0-1', '1 s', 'main')", None, "not a GTID"),
                        ("SELECT mwmirror.wait_for(NULL, '1 s', 'main')", None, "not a GTID")]
            for sql, args, message in refusals:
                with pytest.raises(psycopg2.Error, match=message):
                    ask(reader, sql, args)
            reader.autocommit = False
            reader.set_session(isolation_level="REPEATABLE READ")
            with pytest.raises(psycopg2.Error, match="will always see"):
                ask(reader, "SELECT mwmirror.wait_for(%s, '10 s', 'main')", (gtid,))
            reader.rollback()
        finally:
            os.kill(follows["main"].pid, signal.SIGCONT)
        reaches(bare, "main", follows["main"])
        assert ask(reader, "SELECT mwmirror.wait_for(%s, '10 s', 'main')", (gtid,)) == [(True,)]
