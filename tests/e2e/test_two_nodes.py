"""
deploy/examples/two-nodes: two PostgreSQL with a mirror of some wikis each, and a database that shows both.

What it shows is what each node has; joins and aggregates run on the nodes; a wiki is found though the other node is away.
"""

import contextlib
import os
import subprocess

import psycopg2
import pytest

import chain
import sandbox
import workload
from bare import Edits, small_sandbox
from postgres_server import PostgresServer

EXAMPLE = os.path.join(sandbox.ROOT, "deploy", "examples", "two-nodes", "wikis.sql")
SETTINGS = """
wal_level = logical
output_plugin_libraries = 'pgoutput, test_decoding, mwmirror'
"""
WIKIS = {"a": "wikia", "b": "wikib"}


class Nodes:
    """Node a is the sandbox's server; the other one has node b and the database wikis."""

    def __init__(self, bare):
        self.bare, self.box = bare, bare.box
        bindir = subprocess.run(["pg_config", "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.server = PostgresServer(os.path.join(bare.directory, "b"), int(self.box.env["PGPORT"]) + 1, "wikis", bindir)
        self.server.run("initdb", "--pgdata=" + self.server.data, "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust",
                        "--no-sync", "--no-instructions")
        self.server.configure(SETTINGS)
        self.server.start()
        self.server.value("CREATE DATABASE mwmirror", "postgres")
        self.server.value("CREATE DATABASE wikis TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", "postgres")
        other = "host=%s port=%s dbname=mwmirror user=postgres" % (self.server.directory, self.server.port)
        self.env = {"a": {}, "b": {"MWMIRROR_POSTGRES_CONNINFO": other, "MWMIRROR_SOURCE_SERVER_ID": "7398"}}
        self.places = {
            "a": {"host": self.box.env["PGHOST"], "port": self.box.env["PGPORT"], "dbname": self.box.env["PGDATABASE"]},
            "b": {"host": self.server.directory, "port": str(self.server.port), "dbname": "mwmirror"}}

    def add(self, node, wiki):
        """A wiki of the MariaDB, copied to a node."""
        connection = self.box.maria(fresh=True)
        workload.create_tables(connection, wiki)
        workload.install(connection, wiki, 1000)
        workload.prepare(connection, wiki, 7, 3)
        workload.edits(connection, wiki, 0, 20, 7, 3)
        connection.close()
        self.bare.run("add-wiki", wiki, "--siteinfo", workload.write_siteinfo(self.bare.directory, wiki), env=self.env[node])
        self.bare.run("snapshot", env=self.env[node])

    def rows(self, sql, node=None):
        """Of a node, or of the database that shows both."""
        place = self.places[node] if node else {"host": self.server.directory, "port": self.server.port, "dbname": "wikis"}
        with contextlib.closing(psycopg2.connect(user="postgres", **place)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None

    def plan(self, sql):
        return "\n".join(line for line, in self.rows("EXPLAIN (VERBOSE, COSTS OFF) " + sql))

    def node_add(self, node):
        self.rows("SELECT wikis.node_add('%s', '{%s}', '{\"user\": \"postgres\"}')" % (
            node, ", ".join('"%s": "%s"' % item for item in self.places[node].items())))


@pytest.fixture(scope="module")
def nodes():
    with small_sandbox("nodes") as bare:
        nodes = Nodes(bare)
        try:
            for node in nodes.env:
                bare.run("init", "--no-slot", env=nodes.env[node])
                nodes.add(node, WIKIS[node])
            done = subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", nodes.server.directory, "-p", str(nodes.server.port), "-U", "postgres",
                                   "-f", EXAMPLE, "wikis"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0 and not done.stdout, done.stdout
            for node in nodes.env:
                nodes.node_add(node)
            yield nodes
        finally:
            nodes.server.close()


def maria(nodes, sql):
    """The answer for each wiki, put together."""
    return sorted((wiki, *row) for wiki in WIKIS.values() for row in nodes.box.maria_rows(sql.replace("{wiki}", wiki)))


EDITORS = ("SELECT r.wiki_id, a.actor_name, count(*), max(r.rev_id) FROM mediawiki.revision AS r"
           " JOIN mediawiki.actor AS a ON a.wiki_id = r.wiki_id AND a.actor_id = r.rev_actor GROUP BY 1, 2")
SOURCE_EDITORS = ("SELECT CONVERT(actor_name USING utf8mb4), count(*), max(rev_id) FROM {wiki}.revision JOIN {wiki}.actor ON actor_id = rev_actor GROUP BY 1")
SIZES = "SELECT wiki_id, count(*), sum(page_len) FROM mediawiki.page GROUP BY 1"


def test_both_are_shown_as_they_are(nodes):
    """Every table, row for row, while and after the wikis are edited and both nodes follow."""
    follows = [nodes.bare.daemon("follow", env=env) for env in nodes.env.values()]
    try:
        with contextlib.ExitStack() as edits:
            counts = [edits.enter_context(Edits(lambda: nodes.box.maria(fresh=True), wiki, pages=7)) for wiki in WIKIS.values()]
            before = dict(nodes.rows("SELECT wiki_id, count(*) FROM mediawiki.revision GROUP BY 1"))
            assert sorted(before) == sorted(WIKIS.values())
            chain.wait_for(lambda: min(edits.number for edits in counts) >= 30, "edits of both", 20)
        goal = chain.source_position(nodes.box)
        for node, follow in zip(nodes.env, follows):
            chain.wait_for(lambda node=node: chain.reached(nodes.rows("SELECT gtid_pos FROM mwmirror.source", node)[0][0], goal), follow.log, 30)
            assert follow.stop() == 0, follow.log()
    finally:
        for follow in follows:
            follow.kill()
    after = dict(nodes.rows("SELECT wiki_id, count(*) FROM mediawiki.revision GROUP BY 1"))
    assert all(after[wiki] >= before[wiki] + 30 for wiki in after)
    tables = [name for name, in nodes.rows("SELECT relname FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'p'")]
    assert set(tables) == {name for name, in nodes.rows("SELECT relname FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind IN ('r', 'p')"
                                                        " AND NOT relispartition", "a")}
    digest = " UNION ALL ".join("SELECT '%s', t.wiki_id, count(*), md5(string_agg(to_jsonb(t)::text, ' ' ORDER BY to_jsonb(t)::text)) FROM mediawiki.\"%s\" AS t GROUP BY 2"
                                % (table, table) for table in tables)
    shown = sorted(nodes.rows(digest))
    assert shown == sorted(nodes.rows(digest, "a") + nodes.rows(digest, "b")) and len(shown) >= 20
    assert sorted(nodes.rows(EDITORS)) == maria(nodes, SOURCE_EDITORS)
    assert sorted(nodes.rows(SIZES)) == maria(nodes, "SELECT count(*), sum(page_len) FROM {wiki}.page")
    assert nodes.rows("SELECT count(*), min(domain) FROM wikis.wiki") == [(2, "bench.example")]


def test_the_nodes_do_the_work(nodes):
    """A join with its aggregate is one statement a node; both nodes work at once; a wiki is asked of its node alone."""
    plan = nodes.plan(EDITORS)
    assert plan.count("Foreign Scan") == plan.count("Async Foreign Scan") == plan.count("Relations: Aggregate on ((") == 2, plan
    assert not any(word in plan for word in ("HashAggregate", "GroupAggregate", "Hash Join", "Merge Join", "Nested Loop")), plan
    one = nodes.plan(SIZES.replace("GROUP BY", "WHERE wiki_id = 'wikib' GROUP BY"))
    assert one.startswith("Foreign Scan") and "Relations: Aggregate on (b.page" in one and "wiki_id = 'wikib'" in one, one
    # what joins is fetched if one wiki is asked for, but from its node's schema
    one = nodes.plan(EDITORS.replace("mediawiki.", "b.").replace("GROUP BY", "WHERE r.wiki_id = 'wikib' GROUP BY"))
    assert one.startswith("Foreign Scan") and "Relations: Aggregate on ((" in one, one


def test_a_node_is_away(nodes):
    """Its wikis cannot be asked for, and the others can."""
    b = [row for row in maria(nodes, "SELECT count(*), sum(page_len) FROM {wiki}.page") if row[0] == "wikib"]
    nodes.box.service("stop", "postgres")
    try:
        assert nodes.rows(SIZES.replace("GROUP BY", "WHERE wiki_id = 'wikib' GROUP BY")) == b
        with pytest.raises(psycopg2.OperationalError, match='server "a"'):
            nodes.rows(SIZES)
    finally:
        nodes.box.service("start", "postgres")
    assert len(nodes.rows(SIZES)) == 2


def test_wikis_come_and_go(nodes):
    wiki = ("INSERT INTO mwmirror.wiki SELECT (w).* FROM (SELECT jsonb_populate_record(w, '{\"wiki_id\": \"wikic\"}') AS w FROM mwmirror.wiki AS w) AS x LIMIT 1",
            "INSERT INTO mediawiki.page (wiki_id, page_id, page_len) VALUES ('wikic', 1, 9)")
    for sql in wiki:
        nodes.rows(sql, "b")
    nodes.rows("CREATE VIEW pages AS SELECT wiki_id, max(page_len) AS most FROM mediawiki.page GROUP BY 1")
    nodes.rows("SELECT wikis.refresh()")
    assert nodes.rows("SELECT * FROM pages WHERE wiki_id = 'wikic'") == [("wikic", 9)]
    assert nodes.rows("SELECT wiki_id FROM wikis.node WHERE node = 'b'") == [(["wikib", "wikic"],)]
    # on two nodes, it would be counted twice
    nodes.rows(wiki[0], "a")
    with pytest.raises(psycopg2.Error, match="would overlap"):
        nodes.rows("SELECT wikis.refresh()")
    nodes.rows("DELETE FROM mwmirror.wiki WHERE wiki_id = 'wikic'", "a")
    nodes.bare.run("remove-wiki", "wikic", env=nodes.env["b"])
    # a table of a newer version
    for node in nodes.env:
        nodes.rows("ALTER TABLE mediawiki.page ADD own_column text COLLATE \"C\" DEFAULT '%s'" % node, node)
    nodes.rows("SELECT wikis.refresh()")
    assert nodes.rows("SELECT wiki_id, min(own_column) FROM mediawiki.page GROUP BY 1 ORDER BY 1") == [("wikia", "a"), ("wikib", "b")]
    assert len(nodes.rows("SELECT * FROM pages")) == 2
