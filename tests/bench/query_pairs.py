"""
Queries as pairs, MariaDB's text and PostgreSQL's (queries/README.md): read, run, compared, and timed side by side. MariaDB answers from MediaWiki's tables, and from
views as Wikimedia's replicas have them (replica_views.py); PostgreSQL from the public views.
"""

import collections
import ctypes
import datetime
import decimal
import glob
import json
import os
import re
import statistics
import time

import psycopg2

import large_wiki
import replica_views

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "queries")
ANALYST = "bench_analyst"
Pair = collections.namedtuple("Pair", "name tables replica postgres")      # MariaDB's text for the tables, and for the views of a replica
Timed = collections.namedtuple("Timed", "name rows tables replica postgres again planning nodes")
Wall = collections.namedtuple("Wall", "name tables replica alone workers again")
ANOTHER_VIEW = r"\b(\w+)_(?:userindex|logindex)\b|\b(actor|comment)_(?:revision|logging|image|block)\b"     # of a replica, beside that of the table


def pairs(names):
    """All pairs of the folder; names: what {name} stands for."""
    found = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.sql"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for part in re.split(r"^-- query: ", text, flags=re.M)[1:]:
            name, rest = part.split("\n", 1)
            mariadb, postgres = rest.split("-- mariadb:\n", 1)[1].split("-- postgres:\n")
            replica = filled(mariadb, names, True)
            found.append(Pair(name, re.sub(ANOTHER_VIEW, lambda m: m.group(1) or m.group(2), replica), replica, filled(postgres, names, False)))
    return found


def filled(text, names, mariadb):
    def literal(match):
        value = names[match.group(1)].replace("'", "''")
        return "'%s'" % (value.replace("\\", "\\\\") if mariadb else value)
    return re.sub(r"\{(\w+)\}", literal, text).strip()


def run_sql(box, sql):
    """As superuser, for as long as it takes."""
    with box.pg(fresh=True).cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(sql)


def prepare(box, wiki):
    """The views, and a login that may read these alone. box: a sandbox whose mirror has the wiki."""
    for attempt in range(60):       # the tables may be in use, by autovacuum
        try:
            box.pg_rows("SELECT mwmirror.create_views(%s)", (wiki,))
            break
        except psycopg2.errors.LockNotAvailable:
            if attempt == 59:
                raise
    if not box.pg_value("SELECT 1 FROM pg_roles WHERE rolname = %s", (ANALYST,)):
        box.pg_rows("CREATE ROLE %s LOGIN IN ROLE mwmirror_analyst" % ANALYST)


class Both:
    """An analyst's connection to the mirror and root's to the source, its tables and its views, for one wiki."""

    def __init__(self, box, wiki, settings=()):
        self.pg = psycopg2.connect(host=box.env["PGHOST"], port=box.env["PGPORT"], dbname=box.env["PGDATABASE"], user=ANALYST, options="-c timezone=UTC")
        self.pg.autocommit = True
        self.cursor = self.pg.cursor()
        self.backend = self.pg.get_backend_pid(), self.pg.get_backend_pid()
        self.cursor.execute("SET search_path = %s" % psycopg2.extensions.quote_ident(wiki + "_p", self.pg))
        for setting in settings:
            self.cursor.execute(setting)
        self.maria = box.maria(fresh=True)
        self.wiki = wiki
        self.tables, self.replica = Client(box, wiki), Client(box, wiki + "_p")

    def answers(self, pair):
        """What MariaDB's tables, its views and the mirror say, as lists of rows that can be compared."""
        self.cursor.execute(pair.postgres)
        return self.on_mariadb(self.wiki, pair.tables), self.on_mariadb(self.wiki + "_p", pair.replica), plain_rows(self.cursor.fetchall())

    def on_mariadb(self, schema, sql):
        self.maria.select_db(schema)
        with self.maria.cursor() as cursor:
            cursor.execute(sql)
            return plain_rows(cursor.fetchall())

    def plan(self, pair, *options):
        self.cursor.execute("EXPLAIN (%s) %s" % (", ".join(options), pair.postgres))
        return self.cursor.fetchall()

    def nodes(self, pair):
        """The scans of the plan: what of the views is read, and by which index; not what policies ask, whose tables have no short alias."""
        found = []

        def walk(plan):
            by = plan.get("Index Name") or (plan["Node Type"] == "Bitmap Heap Scan" and plan["Plans"][0].get("Index Name"))
            if re.fullmatch(r"t(_\d+)?", plan.get("Alias", "")) and plan["Node Type"].endswith("Scan"):
                found.append((plan["Node Type"], plan.get("Relation Name") or plan.get("CTE Name") or "", by))
            for child in plan.get("Plans", []):
                walk(child)
        walk(self.plan(pair, "FORMAT JSON")[0][0][0]["Plan"])
        return list(dict.fromkeys(found))

    def prepare(self, pair):
        """The servers get it as a prepared statement, as clients do with what they ask often: PostgreSQL's policies take longer to plan than a small query to run."""
        self.cursor.execute("DEALLOCATE ALL")
        self.cursor.execute("PREPARE asked AS " + pair.postgres)
        for client, text in ((self.tables, pair.tables), (self.replica, pair.replica)):
            client.run("SET @asked = '%s'" % text.replace("\\", "\\\\").replace("'", "''"))
            client.run("PREPARE asked FROM @asked")

    def milliseconds(self):
        """One run of each, in PostgreSQL twice: CPU of the process or thread that answers, which is the time that it takes on a machine that does nothing else."""
        return self.cpu_of("EXECUTE asked"), self.tables.cpu_of("EXECUTE asked"), self.replica.cpu_of("EXECUTE asked"), self.cpu_of("EXECUTE asked")

    def wall(self, pair, rounds):
        """Time that passes, of PostgreSQL with one process and with as many as it takes by default; None if it takes no more than one."""
        alone, more = "SET max_parallel_workers_per_gather = 0", "RESET max_parallel_workers_per_gather"
        self.cursor.execute(more)
        is_parallel = any("Gather" in row[0] for row in self.plan(pair, "COSTS OFF"))
        self.cursor.execute(alone)
        if not is_parallel:
            return None
        self.prepare(pair)

        def passes(execute):
            since = time.monotonic()
            execute("EXECUTE asked")
            return 1000 * (time.monotonic() - since)

        def one():
            found = [passes(self.tables.run), passes(self.replica.run)]
            for setting in (alone, more, more):
                self.cursor.execute("DEALLOCATE asked; %s; PREPARE asked AS %s" % (setting, pair.postgres))
                self.cursor.execute("EXECUTE asked")
                found.append(passes(self.cursor.execute))
            return found
        one()
        figures = [statistics.median(each) for each in zip(*(one() for _ in range(rounds)))]
        self.cursor.execute(alone)
        return Wall(pair.name, *figures)

    def cpu_of(self, sql):
        before = on_cpu(*self.backend)
        self.cursor.execute(sql)
        return on_cpu(*self.backend) - before

    def planning(self, pair):
        """Milliseconds that PostgreSQL takes to plan it, which who asks once pays as well."""
        found = [float(re.search(r"[\d.]+", row[0]).group(0)) for _ in range(5) for row in self.plan(pair, "SUMMARY") if row[0].startswith("Planning Time")]
        return statistics.median(found)

    def timed(self, pair, rounds):
        self.prepare(pair)
        self.milliseconds()
        postgres, tables, replica, again = (statistics.median(each) for each in zip(*(self.milliseconds() for _ in range(rounds))))
        return Timed(pair.name, len(self.answers(pair)[2]), tables, replica, postgres, again, self.planning(pair), self.nodes(pair))


def plain_rows(rows):
    return sorted([tuple(map(plain, row)) for row in rows], key=repr)


def plain(value):
    """The same for what the two servers hold differently."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y%m%d%H%M%S") if value.tzinfo else value.strftime("%Y%m%d%H%M%S")
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode(errors="replace")
    if isinstance(value, (bool, decimal.Decimal, float, int)):
        return round(float(value), 3)
    return value


class Client:
    """
    MariaDB's C client: PyMySQL is so slow to read an answer that the server waits for it.
    """

    def __init__(self, box, wiki):
        self.library = library = ctypes.CDLL("libmariadb.so.3")
        for name, result, arguments in (("mysql_init", "p", "p"), ("mysql_real_connect", "p", "pssssIsL"), ("mysql_real_query", "i", "psL"),
                                        ("mysql_store_result", "p", "p"), ("mysql_free_result", None, "p"), ("mysql_error", "s", "p"),
                                        ("mysql_thread_id", "L", "p")):
            kinds = {"p": ctypes.c_void_p, "s": ctypes.c_char_p, "I": ctypes.c_uint, "L": ctypes.c_ulong, "i": ctypes.c_int, None: None}
            function = getattr(library, name)
            function.restype, function.argtypes = kinds[result], [kinds[kind] for kind in arguments]
        self.handle = library.mysql_init(None)
        if not library.mysql_real_connect(self.handle, None, b"root", None, wiki.encode(), 0, box.env["MARIADB_SOCKET"].encode(), 0):
            raise RuntimeError(library.mysql_error(self.handle).decode())
        self.run("SET NAMES utf8mb4")
        self.run("SET time_zone = '+00:00', sql_mode = ''")
        connection = library.mysql_thread_id(self.handle)
        self.thread = box.pid("mariadb"), int(box.maria_value("SELECT tid FROM information_schema.processlist WHERE id = %s", (connection,)))

    def run(self, sql):
        """All of the answer is here, and gone, when it returns."""
        text = sql.encode()
        if self.library.mysql_real_query(self.handle, text, len(text)):
            raise RuntimeError(self.library.mysql_error(self.handle).decode())
        answer = self.library.mysql_store_result(self.handle)
        if answer:
            self.library.mysql_free_result(answer)

    def cpu_of(self, sql):
        before = on_cpu(*self.thread)
        self.run(sql)
        return on_cpu(*self.thread) - before


def on_cpu(process, thread):
    """Milliseconds that it has been on a CPU; it sleeps when it is looked at, or the last slice is missing."""
    with open("/proc/%d/task/%d/schedstat" % (process, thread)) as file:
        return int(file.read().split()[0]) / 1e6


def fill(box, wiki, revisions, seed=1):
    """A large wiki in the sandbox's MariaDB and mirror, with views and all indexes in both. Returns its names."""
    made = large_wiki.LargeWiki(revisions, seed)
    connection = box.maria(fresh=True)
    made.fill(connection, wiki)
    replica_views.create(connection, wiki)
    connection.close()
    path = os.path.join(box.directory, "siteinfo-%s.json" % wiki)
    with open(path, "w") as file:
        json.dump(large_wiki.siteinfo(wiki), file)
    for verb in (["init", "--no-slot"], ["add-wiki", wiki, "--siteinfo", path], ["snapshot", wiki]):
        run(box, *verb)
    box.pg_rows("CREATE EXTENSION IF NOT EXISTS mwmirror_mysql_compat CASCADE")      # with titles by their parts
    run(box, "indexes", "replica")
    prepare(box, wiki)
    return made.names


def run(box, *verb):
    """A verb that must end well."""
    done = box.mwmirror(*verb, timeout=1800)
    if done.returncode != 0:
        raise RuntimeError("mwmirror %s: exit code %d\n%s" % (" ".join(verb), done.returncode, done.stderr))
