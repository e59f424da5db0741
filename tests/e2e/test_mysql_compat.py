"""
Queries written for MariaDB on the mirror: the functions and operators of mysql_compat, each over the same rows on both servers; and whole queries (quarry.py).
MWMIRROR_SEED repeats the rows, MWMIRROR_MYSQL_VALUES says how many (300).
"""

import glob
import os
import re
import subprocess
import sys

import pytest

import mysql_values
import quarry
from bare import small_sandbox
from sandbox import seed_from_environment


def run(connection, sql):
    """The rows of a query, as they are compared."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(map(mysql_values.plain, row)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def servers():
    """MariaDB and PostgreSQL, each with the extension's session settings."""
    with small_sandbox("mysql") as bare:
        maria, postgres = bare.box.maria(), bare.box.pg()
        bare.box.pg_rows("CREATE EXTENSION mwmirror_mysql_compat CASCADE")
        bare.maria, bare.postgres = maria, postgres
        yield bare


@pytest.fixture(scope="module")
def values(servers):
    seed = seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    rows = mysql_values.Values(seed, int(os.environ.get("MWMIRROR_MYSQL_VALUES", "300")))
    for statement in ("CREATE DATABASE compared", "USE compared", "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin", "SET group_concat_max_len = 1000000"):
        servers.box.maria_rows(statement)
    servers.box.pg_rows("CREATE SCHEMA compared; SET search_path = compared, mysql_compat, pg_catalog")
    rows.load(servers.maria, servers.postgres, "val")
    yield servers
    servers.box.pg_rows("RESET search_path")


def compare(servers, expressions, query):
    """Each expression, or pair of MariaDB's and ours, in a query of its own; what differs, by expression."""
    differing, compared = {}, 0
    for expression in expressions:
        theirs, ours = expression if isinstance(expression, tuple) else (expression, expression)
        expected, found = run(servers.maria, query % theirs), run(servers.postgres, query % ours)
        compared += len(expected)
        if found != expected:
            differing[expression] = next((e, f) for e, f in zip(expected + [None], found + [None]) if e != f)
    assert differing == {}
    return compared


def test_expressions(values, record_property):
    """Every function and operator, over all rows: what MariaDB says."""
    expressions = mysql_values.split(mysql_values.EXPRESSIONS)
    compared = compare(values, expressions, "SELECT id, %s FROM val ORDER BY id")
    record_property("mysql_compat", "%d expressions, %d values are MariaDB's" % (len(expressions), compared))


def test_what_has_another_form(values):
    pairs = [tuple(line.split(" | ")) for line in mysql_values.PAIRS.strip().splitlines()]
    compare(values, pairs, "SELECT %s FROM val GROUP BY id, s, p, t, u, i, b, said, seconds ORDER BY id")


def test_aggregates(values):
    expressions = mysql_values.split(mysql_values.AGGREGATES)
    compare(values, expressions, "SELECT %s FROM val")
    compare(values, expressions, "SELECT LEFT(s, 1), %s FROM val GROUP BY LEFT(s, 1) ORDER BY LEFT(s, 1) IS NULL, 1")
    compare(values, expressions, "SELECT %s FROM val WHERE id < 0")


def test_comparisons_with_digits_use_an_index(values):
    """A constant text becomes a range of timestamps; so does what is known when the query begins."""
    values.box.pg_rows("CREATE INDEX ON val (t); ANALYZE val; SET enable_seqscan = off")
    try:
        for condition in ("t > CONCAT('2024', '01')", "t >= 20240101000000", "t LIKE '2024%'", "t BETWEEN CONCAT('2010', '') AND CONCAT('2011', '')",
                          "t > DATE_FORMAT(DATE_SUB(NOW(), interval '1 day'), '%Y%m%d%H%i%s')", "t = CONCAT('20240101', '000000')"):
            plan = "\n".join(row[0] for row in values.box.pg_rows("EXPLAIN SELECT * FROM val WHERE " + condition))
            assert "Index Cond: ((t " in plan or "Index Cond: (t " in plan, condition + "\n" + plan
    finally:
        values.box.pg_rows("RESET enable_seqscan")


# ---- queries ----

@pytest.fixture(scope="module")
def queries(servers):
    folder = quarry.fetch_sqlglot()
    sys.path[:0] = [quarry.EXAMPLE, glob.glob(os.path.join(folder, "lib", "python3*", "site-packages"))[0]]
    return quarry.Quarry(servers)


def differs(found, expected, text, same):
    """The first row that is not as MariaDB's."""
    if not quarry.ordered(text):
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    if len(found) != len(expected):
        return "%d rows, not %d" % (len(found), len(expected))
    return next(("%r, not %r" % pair for pair in zip(found, expected) if not all(map(same, *pair))), None)


def test_queries(queries, record_property):
    """Each, once it is translated, gives what MariaDB prints; as it is, that, or an ERROR, but never another answer."""
    import quarry_translate
    import sqlglot
    translator = quarry_translate.Translator(queries.tables)
    texts = queries.queries()
    wrong, as_they_are, by_sqlglot, rows = {}, [], [], 0
    for name, text in texts.items():
        expected = quarry.printed(queries.on_mariadb(text))
        if not expected:
            wrong[name] = "no row: it shows nothing"
            continue
        rows += len(expected)
        found = quarry.printed(queries.on_mirror(translator.translate(text)))
        difference = differs(found, expected, text, lambda a, b: a == b)
        if difference:
            wrong[name] = difference
        try:
            found = queries.on_mirror([quarry.without_use(text)])
            difference = differs(found, expected, text, quarry.same_meaning)
            if difference:
                wrong[name + ", as it is"] = difference
            as_they_are.append(name)
        except quarry.ERRORS:
            pass
        try:
            found = queries.on_mirror([s for s in sqlglot.transpile(text, read="mysql", write="postgres") if not s.startswith("USE")])
            by_sqlglot += [name] if not differs(found, expected, text, quarry.same_meaning) else []
        except quarry.ERRORS:
            pass
    assert wrong == {}
    record_property("queries for MariaDB", "%d of %d as they are, %d by sqlglot alone, all translated: MariaDB's %d rows" % (
        len(as_they_are), len(texts), len(by_sqlglot), rows))
    assert len(texts) == 106 and len(as_they_are) >= 53


def test_indexes_serve_the_views(queries):
    """Timestamps beside digits, flags beside numbers and LIKE of a title are looked for in indexes of the mirror, though its rows are hidden by policies."""
    for query, index in (("SELECT rev_id FROM revision WHERE rev_actor = 5 AND rev_timestamp >= CONCAT('2024', '01')", "rev_timestamp >="),
                         ("SELECT rc_id FROM recentchanges WHERE rc_timestamp LIKE '202512%'", "rc_timestamp >="),
                         ("SELECT log_id FROM logging WHERE log_type = 'block' AND log_timestamp < 20240101000000 AND log_timestamp > 20230101000000", "log_timestamp >"),
                         ("SELECT page_id FROM page WHERE page_namespace = 0 AND page_title LIKE 'Ab%'", "page_title >=")):
        plan = "\n".join(row[0] for row in queries.on_mirror(["SET enable_seqscan = off", "EXPLAIN " + query]))
        assert re.search(r"Index Cond: .*" + re.escape(index), plan), query + "\n" + plan
    queries.on_mirror(["RESET enable_seqscan"])


def test_the_command(queries, tmp_path):
    """translate asks the server for the types, or a file that it has written, and names what has no counterpart."""
    python = os.path.join(quarry.fetch_sqlglot(), "bin", "python")
    env = {**os.environ, **queries.box.env, "PGUSER": "quarry_user"}

    def translate(query, *arguments):
        return subprocess.run([python, os.path.join(quarry.EXAMPLE, "translate"), *arguments], input=query, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    query = "SELECT COUNT(*) FROM page WHERE page_touched > '20160101000000' AND `page_is_redirect` = 0 LIMIT 0, 1"
    printed = translate(query, "--wiki", quarry.WIKI)
    answer = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=printed.stdout, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert answer == "%d\n" % queries.on_mariadb(query)[0][0], printed
    columns = str(tmp_path / "columns")
    assert translate("", "--wiki", quarry.WIKI, "--save-columns", columns).returncode == 0
    offline = translate(query, "--columns", columns)
    assert offline.stdout and printed.stdout.endswith(offline.stdout), offline
    refused = translate("SELECT @x := 1", "--columns", columns)
    assert refused.returncode == 1 and "no counterpart for variables (@x)" in refused.stderr, refused
    assert translate(query, "--wiki", "nowiki").returncode == 1
    # a name that SQL does not know without quotes
    queries.box.pg_rows('CREATE SCHEMA "Odd-""wiki_p"; CREATE VIEW "Odd-""wiki_p".page AS SELECT * FROM %s_p.page; '
                        'GRANT USAGE ON SCHEMA "Odd-""wiki_p" TO quarry_user; GRANT SELECT ON "Odd-""wiki_p".page TO quarry_user' % quarry.WIKI)
    odd = translate("USE `Odd-\"wiki_p`; " + query, "--wiki", 'Odd-"wiki')
    found = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=odd.stdout, env=env, stdout=subprocess.PIPE, text=True)
    assert (found.returncode, found.stdout) == (0, answer), odd


@pytest.mark.parametrize("query, said", [
    ("SELECT TIMEDIFF(a, b) FROM page", "TIMEDIFF()"), ("DELETE FROM page", "no query"), ("SELECT FROM WHERE", "cannot be read"),
    ("SELECT a + INTERVAL '1 2' DAY_HOUR FROM page", "INTERVAL of unit DAY_HOUR"), ("SELECT CAST(a AS TIME) FROM page", "CAST to TIME")])
def test_what_has_no_counterpart(queries, query, said):
    import quarry_translate
    with pytest.raises(quarry_translate.Untranslatable, match=re.escape(said)):
        quarry_translate.Translator(queries.tables).translate(query)
