"""
Rows reach PostgreSQL in batches: one bad row among many is named and leaves nothing, a row that is there is updated,
what SQL computes keeps its place among the rest, a transaction may need many batches.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import os
import re

import pytest

import workload
from bare import DATA, TARGET, WIKI, small_sandbox


@pytest.fixture(scope="module")
def bare():
    """init, one wiki, copied; pages to edit."""
    with small_sandbox("batches") as bare:
        bare.create_wiki()
        yield bare


def transaction(bare, *statements):
    """One source transaction; returns its GTID."""
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    workload.execute(connection, "BEGIN")
    for statement in statements:
        workload.execute(connection, statement)
    workload.execute(connection, "COMMIT")
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@last_gtid")
        gtid = cursor.fetchone()[0]
    connection.close()
    return gtid if isinstance(gtid, str) else gtid.decode()


def last_log(bare):
    with open(os.path.join(bare.directory, "log", "follow-%d.log" % bare.number)) as file:
        return file.read()


def counts(bare):
    """Rows, commits, batches and statements of the follow that ran last."""
    found = re.search(r"applied \d+ source transactions, (\d+) rows, in (\d+) commits, by (\d+) batches and (\d+) statements\b",
                      last_log(bare))
    assert found, last_log(bare)
    return tuple(map(int, found.groups()))


def random_page(bare):
    return bare.box.pg_value("SELECT page_id FROM mediawiki.page WHERE wiki_id = %s ORDER BY page_id OFFSET 2 LIMIT 1", (WIKI,))


def test_edits_need_no_statements(bare):
    bare.edit()
    bare.catches_up()
    rows, commits, batches, statements = counts(bare)
    assert rows >= 3 * 7 and statements == 0
    # nothing but a commit's own batch: there is no other reason to send so few rows
    assert 1 <= batches <= commits


def pages(bare, longer):
    """The mirror's pages, as if they were so many bytes shorter."""
    return bare.box.pg_rows("SELECT page_len - %s, to_jsonb(p) - 'page_len' FROM mediawiki.page AS p WHERE wiki_id = %s "
                            "ORDER BY page_id", (longer, WIKI))


def test_missing_row(bare):
    """One of many rows is not there: it is named, and of its neighbours nothing is written."""
    page = random_page(bare)
    bare.box.pg_rows("CREATE TABLE public.kept AS SELECT * FROM mediawiki.page WHERE wiki_id = %s AND page_id = %s", (WIKI, page))
    bare.box.pg_rows("DELETE FROM mediawiki.page WHERE wiki_id = %s AND page_id = %s", (WIKI, page))
    before = pages(bare, 0)
    first = transaction(bare, "UPDATE page SET page_len = page_len + 1 WHERE page_id <> %d" % page)
    gtid = transaction(bare, "UPDATE page SET page_len = page_len + 1")
    transaction(bare, "UPDATE page SET page_len = page_len + 2 WHERE page_id <> %d" % page)
    log = bare.refused("follow", DATA, "UPDATE of mediawiki.page (wiki %s, key %d) changed 0 rows" % (WIKI, page), gtid,
                       "snapshot --force", passed=[first])
    assert log.count("instead of one") == 1
    assert pages(bare, 1 if bare.position() == first else 0) == before
    bare.box.pg_rows("INSERT INTO mediawiki.page SELECT * FROM public.kept")
    bare.box.pg_rows("DROP TABLE public.kept")
    bare.catches_up()


def test_missing_row_to_delete(bare):
    transaction(bare, "INSERT INTO watchlist (wl_id, wl_user, wl_namespace, wl_title) VALUES (7001, 1, 0, 'A'), (7002, 1, 0, 'B')")
    bare.catches_up()
    bare.box.pg_rows("DELETE FROM mediawiki.watchlist WHERE wiki_id = %s AND wl_id = 7002", (WIKI,))
    gtid = transaction(bare, "DELETE FROM watchlist")
    bare.refused("follow", DATA, "DELETE of mediawiki.watchlist (wiki %s, key 7002) changed 0 rows" % WIKI, gtid)
    bare.box.pg_rows("INSERT INTO mediawiki.watchlist (wiki_id, wl_id, wl_user, wl_namespace, wl_title) VALUES (%s, 7002, 1, 0, 'B')",
                     (WIKI,))
    bare.catches_up()


def test_rows_that_are_there(bare):
    """The mirror has rows that the source inserts only now: they become what the source says."""
    bare.box.pg_rows("INSERT INTO mediawiki.watchlist (wiki_id, wl_id, wl_user, wl_namespace, wl_title) VALUES (%s, 7103, 9, 9, 'wrong')",
                     (WIKI,))
    bare.box.pg_rows("INSERT INTO mediawiki.page (wiki_id, page_id, page_namespace, page_title) VALUES (%s, 7100, 9, 'wrong')", (WIKI,))
    transaction(bare, *["INSERT INTO watchlist (wl_id, wl_user, wl_namespace, wl_title) VALUES (%d, 1, 0, 'T%d')" % (n, n)
                        for n in range(7101, 7106)])
    transaction(bare, "INSERT INTO page (page_id, page_namespace, page_title, page_random, page_touched, page_latest, page_len) "
                "VALUES (7100, 0, 'Right', 0.5, '20200101000000', 1, 2)")
    bare.catches_up()
    assert "INSERT of mediawiki.watchlist (wiki %s, key 7103) met a row that is there" % WIKI in last_log(bare)
    transaction(bare, "DELETE FROM page WHERE page_id = 7100", "DELETE FROM watchlist")
    bare.catches_up()


def test_value_that_the_mirror_refuses(bare):
    """A constraint of the mirror's: the row is named; without it the same position goes on."""
    page = random_page(bare)
    bare.box.pg_rows("ALTER TABLE mediawiki.page ADD CONSTRAINT a_limit CHECK (page_len <> 424242) NOT VALID")
    try:
        first = transaction(bare, "UPDATE page SET page_len = page_len + 1")
        gtid = transaction(bare, "UPDATE page SET page_len = IF(page_id = %d, 424242, page_len + 1)" % page)
        bare.refused("follow", TARGET, "PostgreSQL refuses UPDATE of mediawiki.page (wiki %s, key %d)" % (WIKI, page), "23514",
                     "a_limit", gtid, passed=[first])
    finally:
        bare.box.pg_rows("ALTER TABLE mediawiki.page DROP CONSTRAINT a_limit")
    bare.catches_up()


def test_order_among_statements(bare):
    """MediaWiki 1.39's links get ids by SQL: changes before and behind them, of the same rows too, keep their order."""
    statements = []
    for n in range(40):
        statements += ["INSERT INTO pagelinks (pl_from, pl_namespace, pl_title, pl_from_namespace) VALUES (%d, 0, 'L%d', 0)" % (1 + n, n),
                       "INSERT INTO watchlist (wl_id, wl_user, wl_namespace, wl_title) VALUES (%d, 1, 0, 'W%d')" % (7201 + n, n),
                       "UPDATE pagelinks SET pl_from_namespace = 2 WHERE pl_title = 'L%d'" % n,
                       "UPDATE pagelinks SET pl_from = pl_from + 1000 WHERE pl_title = 'L%d'" % n]
        if n % 3 == 0:
            statements += ["DELETE FROM pagelinks WHERE pl_title = 'L%d'" % n, "DELETE FROM watchlist WHERE wl_id = %d" % (7201 + n)]
    transaction(bare, *statements)
    bare.catches_up()
    assert counts(bare)[3] >= 80
    transaction(bare, "DELETE FROM pagelinks", "DELETE FROM watchlist")
    bare.catches_up()


def test_transaction_of_many_batches(bare):
    """More than 48,000 changes in one source transaction, some of the same rows: many batches, one PostgreSQL transaction."""
    transaction(bare, "INSERT INTO watchlist (wl_id, wl_user, wl_namespace, wl_title) SELECT 10000 + seq, seq, 0, seq FROM seq_1_to_20000",
                "UPDATE watchlist SET wl_namespace = wl_user % 16 WHERE wl_id > 10000",
                "DELETE FROM watchlist WHERE wl_user % 2 = 0 AND wl_id > 10000")
    bare.catches_up()
    rows, commits, batches, statements = counts(bare)
    assert rows >= 48000 and batches >= rows // 4000 and statements == 0
    assert bare.box.pg_value("SELECT count(DISTINCT xmin::text) FROM mediawiki.watchlist WHERE wiki_id = %s", (WIKI,)) == 1
    transaction(bare, "DELETE FROM watchlist")
    bare.catches_up()


def test_large_rows(bare):
    """Rows that are larger than a batch, and small ones between them."""
    connection = bare.box.maria(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("SET GLOBAL max_allowed_packet = 134217728")
    connection.close()
    transaction(bare, *["INSERT INTO text (old_id, old_text, old_flags) VALUES (%d, REPEAT('%d', %d), 'utf-8')" % (7300 + n, n % 10, size)
                        for n, size in enumerate([10, 15 << 20, 10, 3 << 20, 1 << 20, 10])])
    bare.catches_up()
    transaction(bare, "DELETE FROM text WHERE old_id >= 7300")
    bare.catches_up()
