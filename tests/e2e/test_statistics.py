"""
What PostgreSQL's planner knows of the mirror's tables: right after a copy, and when follow has made a table ten times as large.

A small sandbox of its own, with MariaDB and PostgreSQL only. Copies run as the writer's role, which owns no table.
"""


import psycopg2
import pytest

import chain
import workload
from bare import WIKI, pg_setting, small_sandbox

WRITER = "mwmirror_follow"
FEW, MANY, PAGES = 1, 3000, 300
BY_KEY = "UPDATE mediawiki.revision SET rev_sha1 = 'x' WHERE wiki_id = '%s' AND rev_id = 1" % WIKI


@pytest.fixture(scope="module")
def bare():
    """init, one wiki of one revision, copied; nothing in PostgreSQL makes statistics by itself."""
    with small_sandbox("statistics") as bare:
        connection = bare.box.maria(fresh=True)
        workload.create_tables(connection, WIKI)
        connection.close()
        add_revisions(bare, 1, FEW)
        with pg_setting(bare, "autovacuum", "off"):
            bare.run("init", "--writer-role", WRITER)
            bare.add_wiki()
            copy(bare)
            bare.prepared = True
            yield bare


def conninfo(bare, user):
    return "host=%s port=%s dbname=%s user=%s" % (bare.box.env["PGHOST"], bare.box.env["PGPORT"],
                                                  bare.box.env["PGDATABASE"], user)


def copy(bare):
    """The first copy of the wiki, whatever there is of it."""
    bare.box.pg_rows("DELETE FROM mwmirror.copy_table")
    bare.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL")
    return bare.run("snapshot", env={"MWMIRROR_POSTGRES_CONNINFO": conninfo(bare, WRITER)})


def add_revisions(bare, first, last):
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    workload.execute(connection, "INSERT INTO revision (rev_id, rev_page, rev_timestamp, rev_actor, rev_comment_id) "
                     "SELECT seq, 1 + seq %% 7, '20260102030405', 1, 1 FROM seq_%d_to_%d" % (first, last))
    connection.close()


def known_rows(bare):
    return bare.box.pg_value("SELECT reltuples FROM pg_class WHERE oid = 'mediawiki.revision'::regclass")


def plan(bare, sql):
    return "\n".join(row[0] for row in bare.box.pg_rows("EXPLAIN " + sql))


def test_after_a_copy(bare):
    """The planner knew a small table, or a wiki that has become large since: the copy tells it."""
    bare.box.pg_rows("VACUUM ANALYZE mediawiki.revision")
    assert known_rows(bare) == FEW
    add_revisions(bare, FEW + 1, MANY)
    log = copy(bare)
    assert known_rows(bare) == MANY, log
    assert "mediawiki.\"revision\": %d rows, done, analyzed" % MANY in log, log
    assert "revision_pkey" in plan(bare, BY_KEY)
    assert bare.box.pg_value("SELECT n_distinct FROM pg_stats WHERE schemaname = 'mediawiki' AND tablename = 'revision' "
                             "AND attname = 'rev_page'") == 7


def test_a_small_wiki_beside_large_ones_costs_nothing(bare):
    """Of a table that a copy has hardly changed the statistics stay."""
    assert bare.box.pg_value("SELECT mwmirror.analyze('mediawiki.revision', %s)", (MANY // 20,)) is False
    assert bare.box.pg_value("SELECT mwmirror.analyze('mediawiki.revision', %s)", (MANY // 5,)) is True


def test_only_tables_of_the_mirror(bare):
    """The function runs with its owner's rights."""
    bare.box.pg_rows("CREATE TABLE public.own (a integer)")
    connection = psycopg2.connect(conninfo(bare, WRITER))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for name in ("public.own", "pg_catalog.pg_class", "mediawiki.revision_pkey"):
                with pytest.raises(psycopg2.Error) as refused:
                    cursor.execute("SELECT mwmirror.analyze(%s, 1)", (name,))
                assert refused.value.pgcode == "22023", refused.value
    finally:
        connection.close()


def test_growth_by_follow(bare):
    """PostgreSQL counts the rows that follow writes, so that its autovacuum makes statistics; without it check-config warns."""
    add_revisions(bare, MANY + 1, 10 * MANY)
    bare.catches_up()
    assert known_rows(bare) == MANY
    done = bare.box.mwmirror("check-config", "--connect")
    assert "autovacuum" in done.stderr and "ALTER SYSTEM SET autovacuum" in done.stderr, done.stderr
    bare.box.pg_rows("ALTER SYSTEM SET autovacuum_naptime = '1s'")
    with pg_setting(bare, "autovacuum", "on"):
        chain.wait_for(lambda: known_rows(bare) == 10 * MANY, lambda: "autovacuum's statistics: %s" % known_rows(bare), 30)
        assert "autovacuum" not in bare.box.mwmirror("check-config", "--connect").stderr
    bare.box.pg_rows("ALTER SYSTEM RESET autovacuum_naptime")
    assert "revision_pkey" in plan(bare, BY_KEY)


def test_contents_of_a_wiki_that_was_empty(bare):
    """
    The statistics are of a wiki of one page, and it has hundreds. What a page's contents are is asked of each that is moved; the worst of it is to look at all
    rows of a table, and not at those of one for each of another.
    """
    tables = ("page", "revision", "slots", "content", "content_body")
    connection = bare.box.maria(fresh=True)
    workload.execute(connection, "TRUNCATE %s.revision" % WIKI)
    workload.install(connection, WIKI, 1000)
    first = int(workload.prepare(connection, WIKI, 1, 1))
    bare.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'latest'")
    bare.catches_up(compared=False)
    for table in tables:
        bare.box.pg_rows("ANALYZE mediawiki.%s" % table)
    workload.prepare(connection, WIKI, PAGES, 1)
    bare.catches_up(compared=False)

    def read():
        """Rows so far; a session says what it has read as it ends."""
        chain.wait_for(lambda: not bare.box.pg_value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mwmirror%'"), "the end of follow's sessions", 20)
        return bare.box.pg_value("SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables"
                                 " WHERE schemaname = 'mediawiki' AND relname = ANY (%s)", (list(tables),))
    before = read()
    connection.select_db(WIKI)
    for page in range(first + 1, first + 1 + PAGES):
        workload.execute(connection, "UPDATE page SET page_title = concat(page_title, '_moved') WHERE page_id = %d" % page)
    connection.close()
    bare.catches_up(compared=False)
    rows = read() - before
    assert PAGES <= rows < 10 * PAGES * PAGES, rows
