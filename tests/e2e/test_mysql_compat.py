"""
Queries written for MariaDB on the mirror: the functions and operators of mysql_compat, each over the same rows on both servers.
MWMIRROR_SEED repeats the rows, MWMIRROR_MYSQL_VALUES says how many (300).
"""

import os

import pytest

import mysql_values
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
    """Each expression in a query of its own; what differs, by expression."""
    differing, compared = {}, 0
    for expression in expressions:
        sql = query % expression
        expected, found = run(servers.maria, sql), run(servers.postgres, sql)
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
