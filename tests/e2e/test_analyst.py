"""
Nobody reads what is hidden: a mirror whose every field that can be hidden has a value of its own (analyst_rows.py), and a role that may read the
views. All that it can read is read and searched, and so is all that attacks give (data/analyst_attacks.sql). Then what hides is broken,
one thing after the other: that is seen.

MWMIRROR_ANALYST=1: each attack in each place, and each rule broken by itself.
"""

import os
import random
import re
import subprocess
import tempfile

import psycopg2
import pytest

import analyst_attack
import analyst_mutants
import analyst_rows
import analyst_scan
import chain
from postgres_server import PostgresServer

WHOLE = bool(os.environ.get("MWMIRROR_ANALYST"))
PART = 8        # of the places of an attack every so-many-th, from a random one on
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
        outcome = analyst_attack.make(mirror.connect, attacks, where, finds, 1 if WHOLE else PART, random.randrange(PART))
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
    assert done.returncode == 2 and re.search("must be superuser or replication role|permission denied to start WAL sender", done.stdout), done.stdout


@pytest.mark.parametrize("form", [["jsonl"], ["copy"], ["xml", "--history", "--kept-only"]], ids=lambda form: form[0])
def test_all_that_is_exported(mirror, form, tmp_path, record_property):
    """By the owner, who may read everything. Here no revision is of a page that is there, and no content is kept; for XML all of a wiki are of one, and kept."""
    mirror.run("CREATE TABLE public.before AS SELECT wiki_id, rev_id AS id, rev_page AS page, NULL AS status FROM mediawiki.revision"
               " UNION ALL SELECT wiki_id, content_id, NULL, body_status FROM mediawiki.content_body")
    try:
        if form[0] == "xml":
            mirror.run("UPDATE mediawiki.revision r SET rev_page = (SELECT min(page_id) FROM mediawiki.page p WHERE p.wiki_id = r.wiki_id)")
            mirror.run("UPDATE mediawiki.content_body SET body_status = 'ok'")
        export(mirror, form, tmp_path, record_property)
    finally:
        mirror.run("UPDATE mediawiki.revision r SET rev_page = b.page FROM public.before b WHERE b.page IS NOT NULL AND (r.wiki_id, r.rev_id) = (b.wiki_id, b.id)")
        mirror.run("UPDATE mediawiki.content_body c SET body_status = b.status FROM public.before b WHERE (c.wiki_id, c.content_id) = (b.wiki_id, b.id)"
                   " AND b.status IS NOT NULL")
        mirror.run("DROP TABLE public.before")


def export(mirror, form, tmp_path, record_property):
    mirror.run("INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ('main', '0-1-1') ON CONFLICT DO NOTHING")
    mirror.run("UPDATE mwmirror.wiki SET snapshot_gtid = '0-1-1', snapshot_at = now() WHERE snapshot_gtid IS NULL")
    conf = tmp_path / "mwmirror.conf"
    conf.write_text("[postgres]\nconninfo = host=%s port=5432 dbname=%s user=postgres\n" % (mirror.server.directory, DATABASE))
    done = subprocess.run([os.path.join(TOP, "build", "mwmirror"), "-c", conf, "export", "--output", tmp_path / "dump", "--compress", "none", "--format", *form],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    finds = mirror.finds()
    finds.search(done.stdout, "what export says")
    for path in (tmp_path / "dump").glob("**/*"):
        if path.is_file() and path.name != "manifest.json":
            finds.search(path.read_text(), path.name)
    assert {path.name for path in (tmp_path / "dump").iterdir() if path.is_dir()} == set(analyst_rows.PUBLIC)
    if form[0] == "jsonl":  # as state topics: what hides an account hides its name in its revisions, too, and these are of MediaWiki's bits alone
        finds.hidden = {key: where for key, where in finds.hidden.items() if mirror.rows.hidden[key] != ("actor", "actor_name", "of a hidden account")}
    assert not finds.hidden, "%d finds\n%s" % (len(finds.hidden), finds.report())
    shown = {mirror.rows.shown[key][:2] for key in finds.shown}
    assert shown > ({("page", "page_title"), ("comment", "comment_text"), ("actor", "actor_name"), ("content_body", "body")} if form[0] == "xml" else {
        ("page", "page_title"), ("revision", "rev_sha1"), ("logging", "log_params"), ("filearchive", "fa_name")}), shown
    record_property("bytes in files of " + " ".join(form), "%d, %d values that are public: 0 finds" % (finds.searched, len(finds.shown)))


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


# Each shows a plan, or has one printed.
PLANS = [
    ["EXPLAIN SELECT * FROM pubwiki_p.page"],
    ["EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM pubwiki_p.page"],
    ["DO $$ DECLARE line text; BEGIN FOR line IN EXECUTE 'EXPLAIN SELECT * FROM pubwiki_p.page' LOOP RAISE NOTICE '%', line; END LOOP; END $$"],
    ["PREPARE p AS SELECT * FROM pubwiki_p.page", "EXPLAIN EXECUTE p"],
    ["CREATE FUNCTION pg_temp.plan() RETURNS SETOF text LANGUAGE plpgsql AS 'BEGIN RETURN QUERY EXECUTE ''EXPLAIN SELECT * FROM pubwiki_p.page''; END'",
     "SELECT * FROM pg_temp.plan()"],
    ["SET client_min_messages = log", "SET debug_print_plan = on", "SELECT * FROM pubwiki_p.page"],
    ["SET client_min_messages = log", "SELECT set_config('debug_print_plan', 'on', false), count(*) FROM pubwiki_p.page", "SELECT count(*) FROM pubwiki_p.page"],
    # switched on while the plan is made
    ["SET client_min_messages = log", "CREATE FUNCTION pg_temp.least() RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM set_config('debug_print_plan', 'on', false); RETURN 0; END$$",
     "SELECT pg_temp.least()", "SELECT count(*) FROM pubwiki_p.page WHERE page_id > pg_temp.least()"],
]
# What would let it see them again.
WAYS_BACK = ["SET mwmirror.explain = on", "SELECT set_config('mwmirror.explain', 'on', false)", "SET session_preload_libraries = ''",
             "ALTER ROLE CURRENT_USER SET mwmirror.explain = on", "ALTER ROLE CURRENT_USER SET session_preload_libraries = ''", "ALTER ROLE CURRENT_USER RESET ALL",
             "ALTER DATABASE %s SET mwmirror.explain = on" % DATABASE, "RESET ALL", "RESET mwmirror.explain", "DISCARD ALL", "SET temp_file_limit = -1"]


def shows_plan(session, statements):
    rows, notices, error = session.said(statements, fresh=True)
    return bool(re.search(r"rows=|Plan Rows|[:.]plan_rows", rows + notices)), error


def documented_role(name):
    """The statements that sql/README.md has for an analyst's role."""
    with open(os.path.join(TOP, "sql", "README.md")) as file:
        block = re.search(r"^### An analyst's role\n\n```\n(.*?)```", file.read(), re.S | re.M).group(1)
    assert "alice" in block
    return block.replace("alice", name).splitlines()


def four_sessions(mirror):
    """As many as the role may have, or none: one that was closed ends in its own time."""
    kept = []
    try:
        for _ in range(4):
            kept.append(mirror.connect("bob"))
        return kept
    except psycopg2.OperationalError as problem:
        for connection in kept:
            connection.close()
        assert "too many connections" in str(problem), problem
        return None


def test_role_that_is_documented(mirror):
    """It reads the views, sees no plan in any way, and can change none of that; others see plans, or these would not be tried."""
    for statement in documented_role("bob"):
        mirror.run(statement)
    try:
        with mirror.session() as session:
            untried = [statements for statements in PLANS if not shows_plan(session, statements)[0]]
        assert not untried, untried
        with analyst_scan.Session(mirror.connect("bob")) as session:
            assert session.rows("SELECT current_setting('statement_timeout'), current_setting('temp_file_limit'), count(*) > 0 FROM pubwiki_p.page") == [("10min", "20GB", True)]
            for way in [None, *WAYS_BACK]:
                session.said([way] if way else [])
                seen = [statements for statements in PLANS if shows_plan(session, statements)[0]]
                assert not seen, "after %s: %s" % (way, seen)
        for options in ("", "-c mwmirror.explain=on", "-c mwmirror.explain=on -c client_min_messages=log"):
            with analyst_scan.Session(mirror.connect("bob", options=options)) as session:
                seen = [statements for statements in PLANS if shows_plan(session, statements)[0]]
                assert not seen, "with %s: %s" % (options, seen)
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            mirror.connect("bob", options="-c session_preload_libraries=")
        kept = chain.wait_for(lambda: four_sessions(mirror), "the end of bob's earlier sessions", 30)
        with pytest.raises(psycopg2.OperationalError, match="too many connections"):
            mirror.connect("bob")
        for connection in kept:
            connection.close()
    finally:
        mirror.run("DROP OWNED BY bob")
        mirror.run("DROP ROLE bob")


def test_plans_tell_what_is_hidden(mirror):
    """Why they are for few: of names that are all hidden, how many there are behind one is estimated."""
    mirror.run("BEGIN")
    try:
        mirror.run("INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_name) SELECT %s, 5e8 + g, 'zz' || g FROM generate_series(1, 5000) g", (analyst_rows.PUBLIC[0],))
        mirror.run("ANALYZE mediawiki.actor")
        mirror.run("SET LOCAL ROLE " + ANALYST)
        of = "SELECT * FROM pubwiki_p.actor WHERE actor_name > '%s'"
        assert mirror.run(of % "zz") == []
        rows = [int(re.search(r"rows=(\d+)", "\n".join(line for line, in mirror.run("EXPLAIN " + of % name))).group(1)) for name in ("zz", "zzz")]
        assert rows[0] > 10 * rows[1], rows
    finally:
        mirror.run("ROLLBACK")


def test_hidden_while_it_is_read(mirror):
    """
    A snapshot that is older than a hiding shows what was public; whatever begins after it does not: a plan that is kept, a view of one's own, another
    statement of the same transaction. Likewise when a wiki becomes private, and when a rule changes.
    """
    wiki, word = analyst_rows.PUBLIC[0], "told, and hidden then"
    mirror.run("INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES (%s, 900, %s)", (wiki, word))
    mirror.run("INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_comment_id, rev_deleted) VALUES (%s, 900, 900, 0)", (wiki,))
    query = "SELECT comment_text FROM pubwiki_p.comment WHERE comment_id = 900"
    hidings = [("UPDATE mediawiki.revision SET rev_deleted = 2 WHERE rev_id = 900", "UPDATE mediawiki.revision SET rev_deleted = 0 WHERE rev_id = 900"),
               ("UPDATE mwmirror.wiki SET private = true WHERE wiki_id = '%s'" % wiki, "UPDATE mwmirror.wiki SET private = false WHERE wiki_id = '%s'" % wiki),
               ("DELETE FROM mediawiki.revision WHERE rev_id = 900", "INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_comment_id, rev_deleted) VALUES ('%s', 900, 900, 0)" % wiki),
               ("ALTER TABLE mediawiki.comment DISABLE ROW LEVEL SECURITY", "ALTER TABLE mediawiki.comment ENABLE ROW LEVEL SECURITY")]
    try:
        for hide, show in hidings:
            with mirror.session() as kept, mirror.session() as old:
                kept.rows("SET plan_cache_mode = force_generic_plan")
                kept.rows("PREPARE p AS " + query)
                kept.rows("CREATE TEMP VIEW v AS " + query)
                read = lambda: [kept.rows(statement) for statement in ("EXECUTE p", "SELECT * FROM v", query)]
                assert read() == [[(word,)]] * 3
                is_ddl = hide.startswith("ALTER")     # which waits for who has read the table
                if not is_ddl:
                    old.rows("BEGIN ISOLATION LEVEL REPEATABLE READ")
                    old.rows("DECLARE c CURSOR FOR " + query)
                    kept.rows("BEGIN")
                    assert kept.rows(query) == [(word,)]
                mirror.run(hide)
                assert read() == [[]] * 3, hide
                if not is_ddl:
                    assert old.rows("FETCH ALL FROM c") == old.rows(query) == [(word,)]
                    old.rows("COMMIT")
                assert old.rows(query) == []
            mirror.run(show)
    finally:
        mirror.run("DELETE FROM mediawiki.revision WHERE rev_id = 900")
        mirror.run("DELETE FROM mediawiki.comment WHERE comment_id = 900")
