"""
mwmirror indexes: the sets are what mwmirror.mirror_index says, whatever was there before and however a run ended.

A small sandbox of its own, with MariaDB and PostgreSQL only.
"""

import contextlib
import os
import signal
import subprocess

import psycopg2
import pytest

import chain
import workload
from bare import TARGET, USAGE, WIKI, small_sandbox


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("indexes") as bare:
        connection = bare.box.maria(fresh=True)
        workload.create_tables(connection, WIKI)
        workload.install(connection, WIKI, 1000)
        workload.prepare(connection, WIKI, 300, 5)
        connection.close()
        bare.run("init")
        bare.add_wiki()
        bare.run("snapshot")
        yield bare


def made(bare):
    """The indexes that the command has made, valid ones."""
    return {row[0] for row in bare.box.pg_rows(
        "SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE c.relnamespace = 'mediawiki'::regnamespace AND i.indisvalid "
        "AND obj_description(c.oid, 'pg_class') LIKE 'mwmirror indexes: %%'", ())}


def invalid(bare):
    return [row[0] for row in bare.box.pg_rows("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")]


def there(bare):
    """All indexes of mirror tables. A session that has just ended may still have temporary ones."""
    return bare.box.pg_rows("SELECT indexrelid, indisvalid FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid WHERE t.relnamespace = 'mediawiki'::regnamespace ORDER BY 1")


def wanted(bare, needing=None):
    return {row[0] for row in bare.box.pg_rows("SELECT index_name FROM mwmirror.mirror_index WHERE index_set = 'replica' AND needs_extension IS NOT DISTINCT FROM %s", (needing,))}


def indexes(bare, *args):
    done = bare.box.mwmirror("indexes", *args)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def state(bare, name, of_set="replica"):
    return bare.box.pg_rows("SELECT state, command FROM mwmirror.index_plan(%s) WHERE index_name = %s ORDER BY place", (of_set, name))


def state_of_all(bare):
    return bare.box.pg_rows("SELECT DISTINCT index_name FROM mwmirror.index_plan('replica') WHERE state = 'there'", ())


def test_a_set_is_made_and_goes(bare):
    """Without what operators need an index is left out, and said so; it comes once they are there. What nobody made by the command stays."""
    before = there(bare)
    out, _ = indexes(bare, "replica", "--dry-run")
    assert out.count("CREATE INDEX CONCURRENTLY") == len(wanted(bare)), out
    assert there(bare) == before
    bare.box.pg_rows("CREATE INDEX by_hand ON mediawiki.revision (wiki_id, rev_timestamp)")
    out, log = indexes(bare, "replica")
    assert made(bare) == wanted(bare) - {"rev_timestamp"} and not invalid(bare)
    assert "page_title_part" in log and "needs extension mwmirror_mysql_compat" in log, log
    assert state(bare, "rev_timestamp") == [("there as by_hand", None)]
    bare.box.pg_rows("CREATE EXTENSION mwmirror_mysql_compat CASCADE")
    out, log = indexes(bare, "replica")
    assert made(bare) == (wanted(bare) | wanted(bare, "mwmirror_mysql_compat")) - {"rev_timestamp"} and "left out" not in log, log
    assert ": 2 made, 0 dropped" in out, out
    out, _ = indexes(bare, "replica")
    assert ": 0 made, 0 dropped" in out, out
    out, _ = indexes(bare)
    assert "rev_actor_timestamp" in out and "edits of somebody, in order" in out
    out, _ = indexes(bare, "minimal")
    assert made(bare) == set() and bare.box.pg_value("SELECT to_regclass('mediawiki.by_hand')") is not None
    bare.box.pg_rows("DROP INDEX mediawiki.by_hand")
    bare.box.pg_rows("DROP EXTENSION mwmirror_mysql_compat CASCADE")
    assert there(bare) == before
    assert bare.box.mwmirror("indexes", "all").returncode == USAGE
    # a few will do from here on
    bare.box.pg_rows("DELETE FROM mwmirror.mirror_index WHERE index_set = 'replica' AND table_name <> ALL ('{revision,actor,category,change_tag}')")


def test_expressions_have_statistics(bare):
    """The planner knows how many edits of a person there are: there is an index on what is shown of him, and ANALYZE was run."""
    indexes(bare, "replica")
    assert bare.box.pg_value("SELECT count(*) FROM pg_stats WHERE schemaname = 'mediawiki' AND tablename = 'rev_actor_timestamp'") > 0


def test_what_is_public_changes(bare):
    """Indexes have what the views show: one of another expression is made anew, one of a column that is no longer shown goes."""
    indexes(bare, "replica")
    was = bare.box.pg_value("SELECT pg_get_indexdef('mediawiki.rev_actor_timestamp'::regclass)")
    bare.box.pg_rows("UPDATE mwmirror.public_column SET hidden_by = 6 WHERE table_name = 'revision' AND column_name = 'rev_actor'")
    try:
        assert [row[0] for row in state(bare, "rev_actor_timestamp")] == ["outdated"] * 3
        out, _ = indexes(bare, "replica")
        assert "1 made, 1 dropped" in out and bare.box.pg_value("SELECT pg_get_indexdef('mediawiki.rev_actor_timestamp'::regclass)") != was, out
        bare.box.pg_rows("DELETE FROM mwmirror.public_column WHERE table_name = 'revision' AND column_name = 'rev_comment_id'")
        out, _ = indexes(bare, "replica")
        assert "0 made, 1 dropped" in out and "rev_comment_id" not in made(bare), out
    finally:
        bare.box.pg_rows("UPDATE mwmirror.public_column SET hidden_by = 4 WHERE table_name = 'revision' AND column_name = 'rev_actor'")
        bare.box.pg_rows("INSERT INTO mwmirror.public_column (table_name, column_name, ordinal, hidden_by, shipped) SELECT 'revision', 'rev_comment_id', 3, 2, true "
                         "WHERE NOT EXISTS (SELECT FROM mwmirror.public_column WHERE column_name = 'rev_comment_id')")
    indexes(bare, "replica")
    assert bare.box.pg_value("SELECT pg_get_indexdef('mediawiki.rev_actor_timestamp'::regclass)") == was


def test_a_name_that_is_taken(bare):
    """An index of the operator's with one of the names, and another definition, stays; the command says so."""
    indexes(bare, "minimal")
    bare.box.pg_rows("CREATE INDEX rev_timestamp ON mediawiki.revision (rev_timestamp)")
    _, log = indexes(bare, "replica")
    assert "rev_timestamp of revision is left out: the name is of another index" in log, log
    assert "wiki_id" not in bare.box.pg_value("SELECT pg_get_indexdef('mediawiki.rev_timestamp'::regclass)")
    indexes(bare, "minimal")
    assert bare.box.pg_value("SELECT to_regclass('mediawiki.rev_timestamp')") is not None
    bare.box.pg_rows("DROP INDEX mediawiki.rev_timestamp")


@contextlib.contextmanager
def held_up(bare):
    """A transaction for whose end each index that is built has to wait."""
    holder = bare.box.pg(fresh=True)
    holder.autocommit = False
    try:
        with holder.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM mediawiki.actor")
        yield holder
    finally:
        holder.close()


def test_killed_in_the_midst(bare):
    """A transaction of an analyst holds an index up; the program is killed. PostgreSQL ends the build, and the next run begins it anew, while another waits for its turn."""
    box = bare.box
    indexes(bare, "minimal")
    with held_up(bare):
        process = subprocess.Popen([box.binary, "-c", box.conf, "indexes", "replica"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            chain.wait_for(lambda: invalid(bare), "an index that is being built", 60)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
            chain.wait_for(lambda: not box.pg_rows("SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%%' AND state = 'active'", ()),
                           "the end of the build", 60)
        finally:
            process.kill()
        assert len(invalid(bare)) == 1
    both = [subprocess.Popen([box.binary, "-c", box.conf, "indexes", "replica"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(out.count(": made on") for out, _ in said) == [0, len(wanted(bare))], said
    assert made(bare) == wanted(bare) and not invalid(bare)


def test_killed_before_it_is_said(bare):
    """An index is built, and the program is killed before it has said whose it is: it is one of the command's all the same."""
    box = bare.box
    indexes(bare, "minimal")
    before = there(bare)
    box.pg_rows("CREATE FUNCTION public.hold_up() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); END'")
    box.pg_rows("CREATE EVENT TRIGGER hold_up ON ddl_command_start WHEN TAG IN ('COMMENT') EXECUTE FUNCTION public.hold_up()")
    box.pg_rows("SELECT pg_advisory_lock(4711)")
    waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COMMENT ON INDEX%%'"
    process = subprocess.Popen([box.binary, "-c", box.conf, "indexes", "replica"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        chain.wait_for(lambda: box.pg_value(waits + " AND wait_event = 'advisory'", ()) == 1, "a comment", 20)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        chain.wait_for(lambda: box.pg_value(waits, ()) == 0, "the end of the session", 20)
    finally:
        process.kill()
        box.pg_rows("SELECT pg_advisory_unlock(4711)")
        box.pg_rows("DROP FUNCTION public.hold_up CASCADE")
    assert len(there(bare)) == len(before) + 1 and made(bare) == set() and not invalid(bare)
    indexes(bare, "minimal")
    assert there(bare) == before
    indexes(bare, "replica")
    box.pg_rows("COMMENT ON INDEX mediawiki.rev_actor_timestamp IS NULL")
    out, log = indexes(bare, "replica")
    assert ": 0 made, 0 dropped, %d were there" % len(state_of_all(bare)) in out, out + log
    assert made(bare) == wanted(bare)


def test_a_row_that_is_taken_away(bare):
    """What was made of a row of mirror_index that is there no more goes, and counts for no other one."""
    insert = "INSERT INTO mwmirror.mirror_index (index_name, table_name, definition, reason) VALUES (%s, 'page', 'btree (wiki_id, page_len)', 'the shortest pages')"
    bare.box.pg_rows(insert, ("zz_len",))
    indexes(bare, "replica")
    assert "zz_len" in made(bare)
    bare.box.pg_rows("DELETE FROM mwmirror.mirror_index WHERE index_name = 'zz_len'")
    bare.box.pg_rows(insert, ("zz_len_too",))
    try:
        out, _ = indexes(bare, "replica")
        assert "zz_len: dropped, not wanted" in out and "zz_len_too: made" in out, out
        assert made(bare) == wanted(bare)
    finally:
        bare.box.pg_rows("DELETE FROM mwmirror.mirror_index WHERE index_name = 'zz_len_too'")
    indexes(bare, "minimal")
    assert made(bare) == set()


def test_what_cannot_be_built(bare):
    """The build fails: it is said why, nothing is left of it, and the rest is made by the next run."""
    indexes(bare, "minimal")
    bare.box.pg_rows("INSERT INTO mwmirror.mirror_index (index_name, table_name, definition, reason) VALUES ('aa_divided', 'actor', 'btree ((1 / (actor_id - 1)))', 'a test')")
    try:
        done = bare.box.mwmirror("indexes", "replica")
        assert done.returncode == TARGET and "division by zero" in done.stderr and "aa_divided" in done.stderr, done.stderr
        assert not invalid(bare) and bare.box.pg_value("SELECT to_regclass('mediawiki.aa_divided')") is None
    finally:
        bare.box.pg_rows("DELETE FROM mwmirror.mirror_index WHERE index_name = 'aa_divided'")
    indexes(bare, "replica")
    assert made(bare) == wanted(bare)


def test_limits_of_the_role(bare):
    """Limits that a role has for its queries end no build, which waits for an analyst's transaction here."""
    box = bare.box
    indexes(bare, "minimal")
    box.pg_rows("ALTER ROLE postgres SET statement_timeout = '1s'")
    with held_up(bare) as holder:
        process = subprocess.Popen([box.binary, "-c", box.conf, "indexes", "replica"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            chain.wait_for(lambda: process.poll() is not None or box.pg_value(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%%' AND now() - query_start > '1.5 s' AND state = 'active'", ()), "a long build", 60)
            box.pg_rows("ALTER ROLE postgres RESET statement_timeout")
            holder.rollback()
            _, log = process.communicate(timeout=120)
        finally:
            process.kill()
            box.pg_rows("ALTER ROLE postgres RESET statement_timeout")
    assert process.returncode == 0, log
    assert made(bare) == wanted(bare)


def test_not_the_owner(bare):
    bare.box.pg_rows("CREATE ROLE index_stranger LOGIN")
    done = bare.box.mwmirror("indexes", "replica", env={"MWMIRROR_POSTGRES_ADMIN_CONNINFO": "host=%(PGHOST)s port=%(PGPORT)s dbname=%(PGDATABASE)s user=index_stranger" % bare.box.env})
    assert done.returncode == TARGET and "owner" in done.stderr, done.stderr


def test_rows_that_are_written_meanwhile(bare):
    """follow writes while the set is made and goes; what it has written is found by the indexes."""
    indexes(bare, "minimal")
    follow = bare.daemon("follow")
    try:
        connection = bare.box.maria(fresh=True)
        for number, of_set in enumerate(("replica", "minimal", "replica")):
            workload.edits(connection, WIKI, number * 100, 100, 300, 5)
            indexes(bare, of_set)
        connection.close()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal) or follow.process.poll() is not None, follow.log, 60)
        assert follow.stop() == 0, follow.log()
    finally:
        follow.kill()
    count = "SELECT count(*) FROM mediawiki.revision WHERE wiki_id = '%s' AND rev_timestamp > '2000-01-01'" % WIKI
    bare.box.pg_rows("SET enable_seqscan = off; SET enable_bitmapscan = off")
    by_index = bare.box.pg_value(count)
    assert "using rev_timestamp on" in str(bare.box.pg_rows("EXPLAIN " + count))
    bare.box.pg_rows("RESET enable_seqscan; RESET enable_bitmapscan; SET enable_indexscan = off; SET enable_indexonlyscan = off")
    assert by_index == bare.box.pg_value(count) == 600
    bare.box.pg_rows("RESET enable_indexscan; RESET enable_indexonlyscan")


def test_partitioned(bare):
    """A table that is partitioned by wiki has the set as others do, and its partitions, also those that are made later."""
    indexes(bare, "minimal")
    with held_up(bare), pytest.raises(psycopg2.errors.LockNotAvailable):    # follow, which would wait behind it, goes on
        bare.box.pg_rows("SELECT mwmirror.partition_by_wiki('actor')")
    for table in ("category", "revision"):
        bare.box.pg_rows("SELECT mwmirror.partition_by_wiki(%s)", (table,))
    bare.box.pg_rows("SELECT mwmirror.partition_add('category', %s)", (WIKI,))
    indexes(bare, "replica")
    bare.box.pg_rows("SELECT mwmirror.partition_add('revision', %s)", (WIKI,))
    assert made(bare) == wanted(bare)
    out, _ = indexes(bare, "replica")
    assert ": 0 made, 0 dropped" in out, out
    assert bare.box.pg_value("SELECT count(*) FROM pg_index WHERE indrelid = 'mediawiki_partition.revision_%s'::regclass" % WIKI) == \
        bare.box.pg_value("SELECT count(*) FROM pg_index WHERE indrelid = 'mediawiki.revision'::regclass")
    # one that is partitioned with them keeps them as the command's
    bare.box.pg_rows("SELECT mwmirror.partition_by_wiki('change_tag')")
    assert made(bare) == wanted(bare)
    # while somebody reads one of them the command waits, and those who write do not
    reader = bare.box.pg(fresh=True)
    reader.autocommit = False
    process = None
    try:
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM mediawiki.category")
        process = subprocess.Popen([bare.box.binary, "-c", bare.box.conf, "indexes", "minimal"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        chain.wait_for(lambda: process.poll() is not None or bare.box.pg_value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DROP INDEX mediawiki.%%' AND wait_event_type = 'Lock'", ()),
                       "an index that is to be dropped", 20)
        bare.box.pg_rows("SET lock_timeout = '5s'")
        bare.box.pg_rows("UPDATE mediawiki.category SET cat_pages = cat_pages")
        assert process.poll() is None and "cat_pages" in made(bare)
        reader.rollback()
        said = process.communicate(timeout=60)
        assert process.returncode == 0 and "waiting for" in said[1], said
    finally:
        reader.close()
        if process is not None:
            process.kill()
        bare.box.pg_rows("RESET lock_timeout")
    assert made(bare) == set()


def test_after_a_restore(bare):
    """PostgreSQL does not dump indexes of tables of an extension; rows that an operator has added are dumped, and one run makes all of them."""
    server = dict(os.environ, **{name: bare.box.env[name] for name in ("PGHOST", "PGPORT", "PGUSER")})
    bare.box.pg_rows("INSERT INTO mwmirror.mirror_index (index_name, table_name, definition, reason) VALUES ('own_len', 'page', 'btree (wiki_id, page_len)', 'the shortest pages')")
    indexes(bare, "replica")
    assert "own_len" in made(bare)
    dump = subprocess.run(["pg_dump", "--load-via-partition-root", "-d", bare.box.env["PGDATABASE"]], env=server, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["createdb", "-T", "template0", "restored"], env=server, check=True)
    subprocess.run(["psql", "-q", "-d", "restored"], env=server, input=dump, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    conninfo = "host=%(PGHOST)s port=%(PGPORT)s dbname=restored user=%(PGUSER)s" % bare.box.env
    done = bare.box.mwmirror("indexes", "replica", env={"MWMIRROR_POSTGRES_CONNINFO": conninfo, "MWMIRROR_POSTGRES_ADMIN_CONNINFO": conninfo})
    assert done.returncode == 0 and "own_len: made on page" in done.stdout, done.stderr
    assert "rev_actor_timestamp: made on revision" in done.stdout, done.stdout
