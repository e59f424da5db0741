"""
Public views beside daemons that run: made and dropped by mwmirror views and add-wiki, of a mirror that is written to, by roles that are no superusers; what
they show is what the query of public rows gives, before a dump and after its restore, and nothing where their rows cannot be hidden.

A small sandbox of its own, with MariaDB and PostgreSQL only.
"""

import os
import re
import subprocess

import psycopg2
import pytest

import chain
import workload
from bare import RETRY, TARGET, USAGE, WIKI, Edits, small_sandbox

OTHER, THIRD = "wikiother", "wikithird"
WRITER, ANALYST = "mwmirror_follow", "ada"
COMPARED = ("page", "revision", "actor", "comment", "slots", "content", "logging", "recentchanges", "user", "linktarget", "pagelinks", "change_tag")


def tables(bare, wiki):
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    workload.install(connection, wiki, 10000)
    workload.prepare(connection, wiki, 5, 2)
    connection.close()


def add_wiki(bare, wiki, *args):
    return bare.box.mwmirror("add-wiki", wiki, "--siteinfo", workload.write_siteinfo(bare.directory, wiki), *args)


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("views") as bare:
        bare.create_wiki(in_the_copy=True)
        bare.run("init", "--writer-role", WRITER)
        with open(bare.box.conf) as file:
            conf = file.read()
        conninfo = re.search(r"conninfo = (.*)", conf).group(1)
        with open(bare.box.conf, "w") as file:
            file.write(conf.replace("[postgres]\nconninfo = ", "[postgres]\nadmin_conninfo = ", 1)
                       .replace("[relay]", "conninfo = %s\n[relay]" % re.sub("user=\\S+", "user=" + WRITER, conninfo)))
        bare.box.pg_rows("UPDATE mwmirror.wiki SET private = false")
        bare.box.pg_rows("CREATE ROLE %s LOGIN IN ROLE mwmirror_analyst" % ANALYST)
        for wiki in (OTHER, THIRD):
            tables(bare, wiki)
        yield bare


def psql(bare, sql, user=ANALYST, database=None):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database or bare.box.env["PGDATABASE"], "-U", user, "-c", sql],
                          env=dict(os.environ, **bare.box.env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(bare, schema, database=None):
    """Rows of each view, as the analyst gets them, as (count, digest)."""
    return psql(bare, "SELECT " + ", ".join("(SELECT format('%s %%s %%s', count(*), md5(string_agg(v::text, '|' ORDER BY v::text))) FROM %s.%s v)" % (t, schema, t)
                                            for t in COMPARED), database=database)


def differences(bare, wiki):
    """Rows that only one of view and query of public rows has."""
    found = []
    for table in COMPARED:
        columns = bare.box.pg_value("SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal) FROM mwmirror.public_column"
                                    " WHERE table_name = %s AND shown = 'value'", (table,))
        values = bare.box.pg_value("SELECT string_agg(mwmirror.state_value('v', c.column_name, a.atttypid), ', ' ORDER BY ordinal) FROM mwmirror.public_column c"
                                   " JOIN pg_attribute a ON a.attrelid = format('mediawiki.%%I', table_name)::regclass AND a.attname = column_name"
                                   " WHERE table_name = %s AND shown = 'value'", (table,))
        query = bare.box.pg_value("SELECT mwmirror.public_rows_query(%s)", (table,))
        ours, theirs = "SELECT %s FROM \"%s_p\".%s v" % (values, wiki, table), "SELECT %s FROM (%s) r WHERE wiki_id = '%s'" % (columns, query, wiki)
        found += bare.box.pg_rows("SELECT '%s', r::text FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) r" % (table, ours, theirs, theirs, ours))
    return found


def follow_reaches(bare):
    goal = chain.source_position(bare.box)
    chain.wait_for(lambda: chain.reached(bare.position(), goal), lambda: "position %s, not %s" % (bare.position(), goal), 60)


def test_made_while_follow_runs(bare):
    """A writer without BYPASSRLS is named; while a transaction reads a table the verb waits, and follow does not."""
    bare.box.pg_rows("ALTER ROLE %s NOBYPASSRLS" % WRITER)
    done = bare.box.mwmirror("views", WIKI)
    assert done.returncode == TARGET and "ALTER ROLE %s BYPASSRLS" % WRITER in done.stderr, done.stderr
    bare.run("init", "--writer-role", WRITER)
    follow = bare.daemon("follow")
    reader = bare.box.pg(fresh=True)
    reader.autocommit = False
    try:
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM mediawiki.page")
        command = [bare.box.binary, "-c", bare.box.conf, "views", WIKI, "--all-wikis"]
        with Edits(lambda: bare.box.maria(fresh=True)):
            views = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                assert "waiting for tables" in views.stdout.readline()
                for _ in range(3):
                    follow_reaches(bare)
                assert views.poll() is None and bare.box.pg_value("SELECT count(*) FROM pg_policy") == 0
                reader.rollback()
                out, _ = views.communicate(timeout=120)
                assert views.returncode == 0 and "in schema %s_p" % WIKI in out and "in schema mediawiki_p" in out, out
            finally:
                views.kill()
                views.wait()
        follow_reaches(bare)
        assert differences(bare, WIKI) == []
        assert follow.stop() == 0, follow.log()
    finally:
        reader.close()
        follow.kill()


def test_wikis_come_and_go(bare):
    """Copied with views there, by COPY; added with views; private: none; removed: its views go."""
    done = add_wiki(bare, OTHER, "--public", "--views")
    assert done.returncode == 0 and "in schema %s_p" % OTHER in done.stdout, done.stderr + done.stdout
    done = add_wiki(bare, THIRD, "--private", "--views")
    assert done.returncode == TARGET and "is private" in done.stderr, done.stderr
    bare.run("snapshot", OTHER, THIRD)
    listed = bare.box.mwmirror("views").stdout
    assert re.findall(r"\S+_p ", listed) == ["mediawiki_p ", WIKI + "_p ", OTHER + "_p "], listed
    assert "--refresh" not in listed
    bare.box.pg_rows("CREATE ROLE auditor LOGIN")
    bare.box.pg_rows("GRANT USAGE ON SCHEMA mediawiki TO auditor")
    bare.box.pg_rows("GRANT SELECT ON mediawiki.page TO auditor")
    assert re.search("of 1 tables: run mwmirror views --refresh\npage", bare.box.mwmirror("views").stdout)
    bare.run("views", "--refresh")
    assert int(psql(bare, "SELECT count(DISTINCT wiki_id) FROM mediawiki.page", "auditor")) == 3
    assert differences(bare, OTHER) == [] and int(psql(bare, "SELECT count(*) FROM %s_p.revision" % OTHER)) > 0
    assert psql(bare, "SELECT DISTINCT wiki_id FROM mediawiki_p.page ORDER BY 1").split() == [WIKI, OTHER]
    bare.box.pg_rows("UPDATE mwmirror.wiki SET private = true WHERE wiki_id = %s", (OTHER,))
    assert psql(bare, "SELECT count(*) FROM %s_p.revision" % OTHER).strip() == "0" and "they show nothing" in bare.box.mwmirror("views").stdout
    bare.run("remove-wiki", OTHER)
    assert bare.box.pg_value("SELECT to_regnamespace(%s)", (OTHER + "_p",)) is None


def test_rules_change(bare):
    """At the commit of who changes them, or not at all while a view is being read."""
    connection = psycopg2.connect(host=bare.box.env["PGHOST"], port=bare.box.env["PGPORT"], dbname=bare.box.env["PGDATABASE"], user=ANALYST)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(page_len) FROM %s_p.page" % WIKI)
            assert cursor.fetchone()[0] > 0
            with pytest.raises(psycopg2.errors.LockNotAvailable):
                bare.box.pg_rows("DELETE FROM mwmirror.public_column WHERE table_name = 'page' AND column_name = 'page_len'")
            connection.rollback()
            bare.box.pg_rows("DELETE FROM mwmirror.public_column WHERE table_name = 'page' AND column_name = 'page_len'")
            with pytest.raises(psycopg2.errors.UndefinedColumn):
                cursor.execute("SELECT page_len FROM mediawiki_p.page")
        assert bare.run("views", "--refresh") == ""
        assert "show nothing" not in bare.box.mwmirror("status").stdout
        bare.box.pg_rows("ALTER TABLE mediawiki.page DISABLE ROW LEVEL SECURITY")
        assert "public views of 1 tables show nothing" in bare.box.mwmirror("status").stdout
        # who watches may not look at the tables
        bare.box.pg_rows("CREATE ROLE watcher LOGIN IN ROLE mwmirror_reader")
        done = bare.box.mwmirror("status", env={"MWMIRROR_POSTGRES_CONNINFO": "host=%(PGHOST)s port=%(PGPORT)s dbname=%(PGDATABASE)s user=watcher" % bare.box.env})
        assert "public views of 1 tables show nothing" in done.stdout, done.stderr + done.stdout
        bare.run("views", "--refresh")
        assert "show nothing" not in bare.box.mwmirror("status").stdout
        bare.box.pg_rows("CREATE POLICY somebodys ON mediawiki.page USING (true)")
        assert "public views of 1 tables show nothing" in bare.box.mwmirror("status").stdout and psql(bare, "SELECT count(*) FROM mediawiki_p.page").strip() == "0"
        done = bare.box.mwmirror("views", "--refresh")
        assert done.returncode == TARGET and "somebodys of mediawiki.page" in done.stderr, done.stderr
        bare.box.pg_rows("DROP POLICY somebodys ON mediawiki.page")
    finally:
        connection.close()


def test_somebody_else_makes_views(bare):
    """Who waits for another session says at its end who that is; whoever has no patience says so."""
    other = psycopg2.connect(host=bare.box.env["PGHOST"], port=bare.box.env["PGPORT"], dbname=bare.box.env["PGDATABASE"], user=bare.box.env["PGUSER"],
                             application_name="nightly rules")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT mwmirror.refresh_views()")
        for args in ((WIKI,), ("--refresh",)):
            done = bare.box.mwmirror("views", *args, env={"PGOPTIONS": "-c lock_timeout=200ms"})
            assert done.returncode == RETRY and 'pid %d, application "nightly rules"' % other.info.backend_pid in done.stderr, done.stderr
            assert "pg_terminate_backend(%d)" % other.info.backend_pid in done.stderr, done.stderr
        other.rollback()
        bare.run("views", "--refresh")
    finally:
        other.close()


def test_limits_of_queries_are_none_of_views(bare):
    """Views of many wikis take longer than a role's queries may; here the command waits for another session."""
    other = psycopg2.connect(host=bare.box.env["PGHOST"], port=bare.box.env["PGPORT"], dbname=bare.box.env["PGDATABASE"], user=bare.box.env["PGUSER"])
    process = None
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT mwmirror.refresh_views()")
        process = subprocess.Popen([bare.box.binary, "-c", bare.box.conf, "views", WIKI], env=dict(os.environ, PGOPTIONS="-c statement_timeout=500ms"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        chain.wait_for(lambda: process.poll() is not None or bare.box.pg_value(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%%create_views%%' AND wait_event = 'advisory' AND now() - query_start > '1 s'", ()), "a long wait", 20)
        other.rollback()
        said = process.communicate(timeout=60)
        assert process.returncode == 0 and "in schema %s_p" % WIKI in said[0], said
    finally:
        other.close()
        if process is not None:
            process.kill()


def test_dump_and_restore(bare):
    """A dump has views, but not the policies of the extension's tables: init makes them, and until then nothing shows. What was hidden besides is hidden there."""
    server = dict(os.environ, **bare.box.env)
    assert bare.box.pg_value("SELECT count(*) FROM mwmirror.public_withdrawn") == 1
    there = shown(bare, "mediawiki_p") + shown(bare, WIKI + "_p")
    assert not re.search(r"(page|revision|comment) 0 ", there), there

    def refreshed():
        with open(bare.box.conf) as file:
            conf = re.sub("dbname=\\S+", "dbname=restored", file.read())
        with open(bare.directory + "/restored.conf", "w") as file:
            file.write(conf)
        return bare.box.mwmirror("-c", bare.directory + "/restored.conf", "init", "--no-slot", "--no-source", conf=False)

    dump = subprocess.run(["pg_dump", "-d", bare.box.env["PGDATABASE"]], env=server, check=True, stdout=subprocess.PIPE, text=True).stdout
    bare.box.pg_rows("CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'")
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "restored"], env=server, input=dump, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    assert psql(bare, "SELECT (SELECT count(*) FROM mediawiki_p.page) + (SELECT count(*) FROM %s_p.revision)" % WIKI, database="restored") == "0\n"
    done = refreshed()
    assert done.returncode == 0 and "public views, as the rules are now" in done.stdout, done.stderr + done.stdout
    assert shown(bare, "mediawiki_p", "restored") + shown(bare, WIKI + "_p", "restored") == there
    assert re.search("already there +public views", refreshed().stdout)
    bare.box.pg_rows("DROP DATABASE restored")


@pytest.mark.parametrize("args, code, says", [
    (("nowiki",), TARGET, "there is no wiki"),
    ((THIRD,), TARGET, "is private"),
    (("--drop",), USAGE, "wants a WIKI_ID"),
    (("--refresh", WIKI), USAGE, "goes alone"),
])
def test_refused(bare, args, code, says):
    done = bare.box.mwmirror("views", *args)
    assert done.returncode == code and says in done.stderr, done.stderr


def test_a_writer_that_is_held_back_is_told(bare):
    bare.box.pg_rows("ALTER ROLE %s NOBYPASSRLS" % WRITER)
    bare.refused("follow", TARGET, "BYPASSRLS", WRITER)
    bare.refused("snapshot", TARGET, "BYPASSRLS", args=("--force", WIKI))
    bare.box.pg_rows("ALTER ROLE %s BYPASSRLS" % WRITER)
    bare.catches_up()


def test_dropped(bare):
    """Not while views of others hang on them."""
    bare.box.pg_rows("CREATE VIEW public.mine AS SELECT count(*) FROM %s_p.page" % WIKI)
    done = bare.box.mwmirror("views", "--drop", WIKI)
    assert done.returncode == TARGET and "public.mine" in done.stderr + done.stdout or "view mine" in done.stderr, done.stderr
    bare.box.pg_rows("DROP VIEW public.mine")
    done = bare.box.mwmirror("views", "--drop", WIKI, "--all-wikis")
    assert done.returncode == 0 and done.stdout.count("dropped") == 2, done.stderr + done.stdout
    assert "no public views" in bare.box.mwmirror("views").stdout
