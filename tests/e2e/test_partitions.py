"""
Mirror tables that are partitioned by wiki: copied, followed, compared and removed as others are.

A small sandbox of its own, with MariaDB and PostgreSQL only: one wiki with partitions of its own, and one without.
"""

import pytest

import chain
import compare
import workload
from bare import WIKI, Edits, small_sandbox
from test_copy import SMALL, fill

OTHER = "wikiother"
TABLES = ["page", "revision", "pagelinks", "image", "user_newtalk", "category"]     # keys of all kinds, computed ones, none
ROWS = 300


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("parts") as bare:
        connection = bare.box.maria(fresh=True)
        for wiki in (WIKI, OTHER):
            workload.create_tables(connection, wiki)
            workload.install(connection, wiki, 1000)
            workload.prepare(connection, wiki, 5, 2)
            fill(connection, wiki, ROWS)
        connection.close()
        bare.run("init")
        for wiki in (WIKI, OTHER):
            bare.add_wiki(wiki)
        for table in TABLES:
            bare.box.pg_rows("SELECT mwmirror.partition_by_wiki(%s)", (table,))
            bare.box.pg_rows("SELECT mwmirror.partition_add(%s, %s)", (table, WIKI))
        bare.run("snapshot", env=SMALL)
        yield bare


def change(bare, *statements):
    connection = bare.box.maria(fresh=True)
    for wiki in (WIKI, OTHER):
        connection.select_db(wiki)
        for statement in statements:
            workload.execute(connection, statement)
    connection.close()


def test_copied_and_followed(bare):
    """Of rows without a key that are there twice, at the same place of either partition, one goes."""
    assert bare.box.pg_value("SELECT count(*) FROM mediawiki_partition.page_%s" % WIKI) > 0
    assert bare.box.pg_value("SELECT count(DISTINCT wiki_id) FROM mediawiki_partition.page") == 1
    follow = bare.daemon("follow")
    try:
        with Edits(lambda: bare.box.maria(fresh=True)), Edits(lambda: bare.box.maria(fresh=True), OTHER):
            change(bare, "INSERT INTO user_newtalk (user_id, user_ip) VALUES (1, 'twice'), (1, 'twice')", "UPDATE user_newtalk SET user_id = 2 WHERE user_ip = 'twice' LIMIT 1",
                   "DELETE FROM user_newtalk WHERE user_id = 3 LIMIT 1", "UPDATE image SET img_size = 7 LIMIT 20", "DELETE FROM pagelinks LIMIT 20",
                   "UPDATE category SET cat_pages = 9 WHERE cat_id < 50", "REPLACE INTO category (cat_id, cat_title) VALUES (5, 'again')")
            # another one is given a partition meanwhile
            assert bare.box.pg_value("SELECT mwmirror.partition_add('category', %s)", (OTHER,)) == ROWS
            change(bare, "DELETE FROM category WHERE cat_id BETWEEN 10 AND 20", "INSERT INTO category (cat_title) VALUES ('new')")
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal) or follow.process.poll() is not None, follow.log, 30)
        assert follow.stop() == 0, follow.log()
    finally:
        follow.kill()
    for wiki in (WIKI, OTHER):
        compare.assert_equal(bare.box, wiki)


def test_compared(bare):
    """What differs in either partition is put right."""
    for table, column in (("category", "cat_pages"), ("revision", "rev_len"), ("user_newtalk", "user_id")):
        bare.box.pg_rows("UPDATE mediawiki.%s SET %s = 77" % (table, column))
        for wiki in (WIKI, OTHER):
            bare.box.pg_rows("SELECT mwmirror.copy_again(%s, %s, 'a test')", (wiki, table))
    bare.catches_up()
    compare.assert_equal(bare.box, OTHER)


def test_a_wiki_goes(bare):
    bare.run("remove-wiki", OTHER)
    for table in TABLES:
        assert bare.box.pg_rows("SELECT DISTINCT wiki_id FROM mediawiki.%s" % table) == [(WIKI,)]
    compare.assert_equal(bare.box, WIKI)
