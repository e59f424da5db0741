"""The load of tests and benchmarks: edits of MediaWiki's shape, made by stored procedures (workload.sql)."""

import json
import os
import re
import subprocess

LOAD = "mwload"
HERE = os.path.dirname(os.path.abspath(__file__))
SANDBOX = os.path.join(HERE, "..", "..", "deploy", "sandbox")


def write_config(box):
    """mwmirror.conf of a sandbox without daemons: everything as superuser, and only what every version knows."""
    conninfo = "host=%(PGHOST)s port=%(PGPORT)s dbname=%(PGDATABASE)s user=%(PGUSER)s" % box.env
    with open(box.conf, "w") as file:
        file.write("[source]\nsocket = %s\nuser = root\n[postgres]\nconninfo = %s\n[relay]\nconninfo = %s\n"
                   "[kafka]\nbootstrap = %s\n" % (box.env["MARIADB_SOCKET"], conninfo, conninfo, box.bootstrap))


def siteinfo(wiki):
    """What api.php would say of a wiki of this name."""
    return {"query": {
        "general": {"wikiid": wiki, "server": "https://bench.example", "servername": "bench.example",
                    "articlepath": "/wiki/$1", "lang": "en", "generator": "MediaWiki 1.39.17", "sitename": "Bench"},
        "namespaces": {str(n): {"id": n, "name": name, "canonical": name, "case": "first-letter"}
                       for n, name in enumerate(["", "Talk", "User", "User talk"])},
        "usergroups": [{"name": "*", "rights": ["read"]}, {"name": "bot", "rights": ["bot"]}]}}


def write_siteinfo(directory, wiki):
    """siteinfo() as a file of the directory; returns its path."""
    path = os.path.join(directory, "siteinfo-%s.json" % wiki)
    with open(path, "w") as file:
        json.dump(siteinfo(wiki), file)
    return path


def execute(connection, sql, args=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        rows = cursor.fetchall()
        while cursor.nextset():
            cursor.fetchall()
        return rows


def statements(text):
    """Cuts MediaWiki's SQL file; it has no semicolon inside a statement."""
    text = re.sub(r"^\s*--.*$", "", text, flags=re.M)
    return [s.strip() for s in text.split(";") if s.strip()]


def create_tables(connection, wiki, version="1.39"):
    """The real tables of a MediaWiki, of 1.39 siteinfo() tells, in a database of this name."""
    tree = subprocess.run([SANDBOX, "tree", version], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    execute(connection, "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET binary" % wiki)
    connection.select_db(wiki)
    for name in ("tables-generated.sql", "tables.sql"):
        path = os.path.join(tree, "maintenance", name)
        if not os.path.exists(path):
            continue
        with open(path) as file:
            text = file.read()
        text = text.replace("/*_*/", "").replace("/*i*/", "")
        text = text.replace("/*$wgDBTableOptions*/", "ENGINE=InnoDB DEFAULT CHARSET=binary")
        for statement in statements(text):
            execute(connection, statement)


def install(connection, wiki, most=100000, temp=None):
    """The procedures for one wiki; temp says whether comments go through revision_comment_temp (None: if it is there)."""
    if temp is None:
        temp = execute(connection, "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s"
                       " AND table_name = 'revision_comment_temp'", (wiki,))[0][0]
    with open(os.path.join(HERE, "workload.sql")) as file:
        text = re.sub(r"^--.*$", "", file.read(), flags=re.M)
    for name, value in (("{load}", LOAD), ("{wiki}", wiki), ("{temp}", str(int(bool(temp)))),
                        ("{no_temp}", str(int(not temp)))):
        text = text.replace(name, value)
    parts = [p.strip() for p in re.split(r"^\$\$$", text, flags=re.M)]
    execute(connection, parts[0])
    connection.select_db(LOAD)
    execute(connection, "CREATE OR REPLACE VIEW %s.numbers AS SELECT seq FROM seq_1_to_%d" % (LOAD, most))
    for part in parts[1:]:
        execute(connection, part)


def prepare(connection, wiki, pages, actors):
    """Pages and actors for the edits. Returns the first page's id."""
    return execute(connection, "CALL %s.%s_prepare(%%s, %%s)" % (LOAD, wiki), (pages, actors))[0][0]


def edits(connection, wiki, first, count, pages, actors, size=400):
    """count edits, one transaction each."""
    execute(connection, "CALL %s.%s_edits(%%s, %%s, %%s, %%s, %%s)" % (LOAD, wiki),
            (first, count, pages, actors, size))
