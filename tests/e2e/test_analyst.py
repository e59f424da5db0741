"""
Nobody reads what is hidden: a mirror whose every field that can be hidden has a value of its own (analyst_rows.py), and a role that may read the
views. All that it can read is read and searched, and so is all that attacks give (data/analyst_attacks.sql). Then what hides is broken,
one thing after the other: that is seen.

MWMIRROR_ANALYST=1: each attack in each place, and each rule broken by itself.
"""

import os
import random
import subprocess
import tempfile

import psycopg2
import pytest

import analyst_attack
import analyst_mutants
import analyst_rows
import analyst_scan
from postgres_server import PostgresServer

WHOLE = bool(os.environ.get("MWMIRROR_ANALYST"))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATABASE, ANALYST, SLOT = "mirror", "alice", "analyst_slot"
# What an operator may have installed, and what it must not tell.
EXTENSIONS = ("pg_stat_statements", "pageinspect", "pgstattuple", "pgrowlocks", "amcheck", "pg_prewarm", "pg_buffercache", "pg_walinspect", "dblink", "postgres_fdw")
COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
	AND NOT a.attisdropped WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1, a.attnum"""
WIKIS = [(wiki, False) for wiki in analyst_rows.PUBLIC] + [(analyst_rows.PRIVATE, True)]


class Mirror:
    """A server with rows and views of them, and how its roles connect."""

    def __init__(self, directory):
        bindir = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.server = PostgresServer(directory, 5432, DATABASE, bindir)
        self.server.run("initdb", "--pgdata=" + self.server.data, "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        with open(os.path.join(TOP, "decoder", "logical.conf")) as file:
            self.server.configure(file.read() + "shared_preload_libraries = 'pg_stat_statements'\nautovacuum = off\n")
        self.server.start()
        self.server.value("CREATE DATABASE " + DATABASE, "postgres")
        self.owner = self.server.pg()
        for name in EXTENSIONS:
            self.run("CREATE EXTENSION " + name)
        self.run("CREATE EXTENSION mwmirror")
        self.run("CREATE EXTENSION mwmirror_mysql_compat CASCADE")
        columns = {}
        for table, column, kind in self.run(COLUMNS):
            columns.setdefault(table, {})[column] = kind
        self.rows = analyst_rows.Rows(columns)
        self.rows.insert(self.owner)
        for wiki, private in WIKIS:
            self.run("INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language, private)"
                     " VALUES (%s, 'main', %s, '', '', 'en', %s)", (wiki, wiki + ".example", private))
        for wiki in ("pubwiki", "otherwiki", None):
            self.run("SELECT mwmirror.create_views(%s)", (wiki,))
        self.run("ANALYZE")
        self.run("CREATE ROLE %s LOGIN" % ANALYST)
        self.run("GRANT mwmirror_analyst TO " + ANALYST)
        self.run("CREATE SCHEMA own AUTHORIZATION " + ANALYST)

    def run(self, sql, args=None):
        with self.owner.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall() if cursor.description else None

    def connect(self, user=ANALYST, **more):
        return psycopg2.connect(host=self.server.directory, port=5432, dbname=DATABASE, user=user, **more)

    def session(self):
        return analyst_scan.Session(self.connect())

    def finds(self):
        return analyst_scan.Finds(self.rows)


@pytest.fixture(scope="module")
def mirror():
    with tempfile.TemporaryDirectory(prefix="mwmirror-analyst-", dir="/var/tmp") as directory:
        os.chmod(directory, 0o755)
        made = Mirror(os.path.join(directory, "postgres"))
        try:
            yield made
        finally:
            made.owner.close()
            made.server.close()


def test_all_that_may_be_read(mirror, record_property):
    finds = mirror.finds()
    with mirror.session() as session:
        relations, columns = analyst_scan.dump(session, finds)
    assert not finds.hidden, "%d finds\n%s" % (len(finds.hidden), finds.report())
    unseen = finds.unseen()
    assert not unseen, "shown to nobody:\n" + "\n".join(sorted("%s.%s (%s)" % field for field in unseen))
    fields = set(mirror.rows.hidden.values())
    record_property("hidden values planted; fields and ways; columns", "%d, %d, %d: 0 finds" % (
        len(mirror.rows.hidden), len(fields), len({field[:2] for field in fields})))
    record_property("relations, columns and bytes that an analyst reads", "%d, %d, %d; %d values that are public, all found" % (
        relations, columns, finds.searched, len(mirror.rows.shown)))


def test_pg_dump_of_an_analyst(mirror):
    finds = mirror.finds()
    dump = os.path.join(mirror.server.bindir, "pg_dump")
    base = [dump, "--host=" + mirror.server.directory, "--port=5432", "--username=" + ANALYST, "--dbname=" + DATABASE]
    for schema in ("pubwiki_p", "mediawiki_p"):
        done = subprocess.run(base + ["--schema=" + schema], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        finds.search(done.stdout, "pg_dump of %s" % schema)
    done = subprocess.run(base, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode != 0 and "permission denied" in done.stdout, done.stdout[-2000:]
    finds.search(done.stdout, "pg_dump")
    assert not finds.hidden, finds.report()


def places(mirror):
    with mirror.session() as session:
        views = [name for name, schema in session.relations() if schema in ("pubwiki_p", "mediawiki_p")]
        columns = {view: ['"%s"' % name for name, in session.rows("SELECT attname FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0" % view)]
                   for view in views if view.startswith("pubwiki_p.")}
    tables = [name for name, in mirror.run("SELECT oid::regclass::text FROM pg_class WHERE relnamespace IN ('mediawiki'::regnamespace, 'mwmirror'::regnamespace)"
                                           " AND relkind IN ('r', 'p') ORDER BY 1")]
    secret = next(key for key in mirror.rows.hidden if key.startswith("cnry"))
    toast, = mirror.run("SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'mediawiki.content_body'::regclass")[0]
    thing, = mirror.run("SELECT lo_from_bytea(0, %s)", (secret.encode(),))[0]
    return secret, analyst_attack.Places(views, columns, tables, toast=toast, object=thing, slot=SLOT, host=mirror.server.directory, database=DATABASE)


def test_attacks(mirror, record_property):
    """None gives what is hidden in a result, a notice or an error."""
    setup, attacks = analyst_attack.read()
    secret, where = places(mirror)
    mirror.run("SELECT pg_create_logical_replication_slot(%s, 'mwmirror')", (SLOT,))
    finds = mirror.finds()
    try:
        with mirror.session() as session:
            rows, notices, error = session.said(setup)
            assert not error, error
        mirror.run("SELECT %s AS of_the_owner /* %s */ -- its last statement" % ("'%s'" % secret, secret))
        outcome = analyst_attack.make(mirror.connect, attacks, where, finds, 1 if WHOLE else 4, random.randrange(4))
    finally:
        mirror.run("SELECT pg_drop_replication_slot(%s)", (SLOT,))
        mirror.run("DROP OWNED BY %s CASCADE" % ANALYST)
        mirror.run("GRANT mwmirror_analyst TO " + ANALYST)
        mirror.run("CREATE SCHEMA own AUTHORIZATION " + ANALYST)
    assert not outcome.wrong, "these did not end as they had to:\n" + outcome.report()
    assert not finds.hidden, "%d finds\n%s" % (len(finds.hidden), finds.report())
    record_property("attacks, made how often; of these with notices", "%d, %d; %d: 0 finds in %d bytes" % (
        outcome.attacks, outcome.times, outcome.told, finds.searched))


@pytest.mark.parametrize("kind", ["database", "true"])
def test_replication_connections(mirror, kind):
    """Neither decoding nor a backup: the server does not begin to speak."""
    done = subprocess.run(["psql", "-XAt", "host=%s port=5432 dbname=%s user=%s replication=%s" % (mirror.server.directory, DATABASE, ANALYST, kind),
                           "-c", "IDENTIFY_SYSTEM"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 2 and "must be superuser or replication role" in done.stdout, done.stdout


def seen(mirror, mutant):
    """What is wrong with what an analyst finds once that is broken; the mirror is as before then."""
    finds = mirror.finds()
    session = analyst_scan.Session(mirror.server.pg())
    with session:
        session.rows("BEGIN")
        for statement in mutant.statements:
            session.rows(statement)
        session.rows("SET LOCAL ROLE " + ANALYST)
        analyst_scan.dump(session, finds, with_others=False, in_all_ways=False)
        session.rows("ROLLBACK")
    if mutant.sees is None:
        return sorted(finds.fields())
    wanted = {field for field in mirror.rows.hidden.values() if mutant.sees(field)}
    return sorted(wanted - finds.fields()) or ([] if wanted else ["nothing is to be found"])


def test_what_hides_is_broken(mirror, record_property):
    """So that a scan without finds says something: each of these is seen, or the views give nothing."""
    mutants = list(analyst_mutants.broken(mirror)) + (list(analyst_mutants.each_rule(mirror)) if WHOLE else [])
    unseen = {mutant.name: wrong for mutant in mutants for wrong in [seen(mirror, mutant)] if wrong}
    assert not unseen, "\n".join("%s: %d fields, %s" % (name, len(wrong), "; ".join(map(str, wrong[:8]))) for name, wrong in unseen.items())
    record_property("of what hides, broken and seen, or answered by empty views", "%d, %d" % (
        sum(mutant.sees is not None for mutant in mutants), sum(mutant.sees is None for mutant in mutants)))
