"""
Queries as they are written for Quarry (data/quarry), on a wiki of large_wiki.py: on MariaDB through views as Wikimedia's replicas have them, on the mirror through its
public views, as they are and translated (deploy/examples/quarry).
"""

import fcntl
import glob
import hashlib
import json
import os
import re
import subprocess
import sys

import psycopg2
import psycopg2.extensions
import pymysql

import large_wiki
import replica_views
import sandbox

WIKI = "quarrywiki"
REVISIONS = 6000
DATA = os.path.join(os.path.dirname(__file__), "data", "quarry")
EXAMPLE = os.path.join(sandbox.ROOT, "deploy", "examples", "quarry")
CACHE = os.environ.get("MWMIRROR_CACHE", os.path.expanduser("~/.cache/mwmirror"))

# times as PostgreSQL prints them, infinity too
TIME_AS_TEXT = psycopg2.extensions.new_type((1184,), "TIME_AS_TEXT", lambda value, cursor: value)


def fetch_sqlglot():
    """A folder with sqlglot, as requirements.txt says; fetched once, into the cache."""
    requirements = os.path.join(EXAMPLE, "requirements.txt")
    with open(requirements, "rb") as file:
        folder = os.path.join(CACHE, "sqlglot-%s-%d.%d" % (hashlib.sha256(file.read()).hexdigest()[:12], *sys.version_info[:2]))
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "sqlglot.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, "whole")):
            subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", folder], check=True)
            subprocess.run([os.path.join(folder, "bin", "pip"), "install", "--quiet", "-r", requirements], check=True)
            open(os.path.join(folder, "whole"), "w").close()
    return folder


class Quarry:
    """The wiki on both servers."""

    def __init__(self, bare):
        self.box = bare.box
        self.wiki = large_wiki.LargeWiki(REVISIONS)
        connection = self.box.maria(fresh=True)
        self.wiki.fill(connection, WIKI)
        # what MediaWiki has from 1.44 and 1.46 on, and the mirror of all
        self._run(connection, "INSERT IGNORE INTO linktarget (lt_namespace, lt_title) SELECT DISTINCT 14, cl_to FROM categorylinks UNION SELECT DISTINCT 6, il_to FROM imagelinks")
        self._make_replica(connection)
        # as CONVERT(x USING utf8mb4) compares on Wikimedia's servers; from 11.5 on there is another default
        if self._run(connection, "SHOW VARIABLES LIKE 'character_set_collations'"):
            self._run(connection, "SET character_set_collations = 'utf8mb4=utf8mb4_general_ci'")
        self.maria = connection
        path = os.path.join(bare.directory, "siteinfo-%s.json" % WIKI)
        with open(path, "w") as file:
            json.dump(large_wiki.siteinfo(WIKI), file)
        bare.run("init")
        bare.run("add-wiki", WIKI, "--siteinfo", path)
        bare.run("snapshot")
        bare.run("indexes", "replica")
        self.box.pg_rows("SELECT mwmirror.create_views(%s)", (WIKI,))
        self.box.pg_rows("CREATE ROLE quarry_user LOGIN IN ROLE mwmirror_analyst")
        self.postgres = psycopg2.connect(host=self.box.env["PGHOST"], port=self.box.env["PGPORT"], dbname=self.box.env["PGDATABASE"], user="quarry_user")
        self.postgres.autocommit = True
        psycopg2.extensions.register_type(TIME_AS_TEXT, self.postgres)
        self.tables = {}
        for table, column, kind in self.box.pg_rows("SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                                                    " WHERE c.relnamespace = %s::regnamespace AND a.attnum > 0 ORDER BY c.relname, a.attnum", (WIKI + "_p",)):
            self.tables.setdefault(table, {})[column] = kind

    @staticmethod
    def _run(connection, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def _make_replica(self, connection):
        """Schema quarrywiki_p: views as a replica's, but for those of replica.sql."""
        replica_views.create(connection, WIKI)
        connection.select_db(WIKI + "_p")
        with open(os.path.join(DATA, "replica.sql")) as file:
            statements = [s.strip() for s in re.sub(r"^--.*$", "", file.read(), flags=re.M).replace("source.", WIKI + ".").split(";") if s.strip()]
        for statement in statements:
            self._run(connection, statement)

    def queries(self):
        """{name: text}, with the names of things that the wiki has."""
        found = {}
        for path in sorted(glob.glob(os.path.join(DATA, "[0-9]*.sql"))):
            with open(path) as file:
                found[os.path.basename(path)[:-len(".sql")]] = re.sub(r"\{(\w+)\}", lambda m: WIKI if m.group(1) == "wiki" else self.wiki.names[m.group(1)], file.read())
        return found

    def on_mariadb(self, text):
        self.maria.select_db(WIKI + "_p")
        return self._run(self.maria, without_use(text))

    def on_mirror(self, statements):
        """The rows of the last one, by the analyst."""
        self._run(self.postgres, "SET search_path = %s_p, mysql_compat, pg_catalog; SET timezone = 'UTC'" % WIKI)
        return [self._run(self.postgres, statement) for statement in statements][-1]


def without_use(text):
    return re.sub(r"USE \w+;", "", text).strip().rstrip(";")


def printed(rows):
    """As a client prints them."""
    def one(value):
        return value.decode(errors="replace") if isinstance(value, bytes) else "%.9g" % value if isinstance(value, float) else None if value is None else str(value)
    return [tuple(map(one, row)) for row in rows]


def same_meaning(mirror, maria):
    """Is a value of the mirror that is not translated MariaDB's? Flags are t and f, times have their own form."""
    if maria is None or mirror is None:
        return mirror is maria
    if isinstance(mirror, bool):
        return str(int(mirror)) == maria
    if isinstance(mirror, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00", mirror):
        return mirror[:-3] == maria or re.sub(r"\D", "", mirror[:-3]) == maria
    return printed([(mirror,)])[0][0] == maria


def ordered(text):
    """Is the order of the rows said?"""
    return "order by" in text.lower().rpartition(")")[2]


ERRORS = (psycopg2.Error, pymysql.Error)
