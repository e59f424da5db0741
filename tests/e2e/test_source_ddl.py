"""
DDL and statements at the source while the mirror is followed: what changes no mirrored row is passed over, what does is
followed, and nothing is taken for one that is the other. After each the mirror equals MariaDB.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import json
import os
import random

import pytest

import chain
import ddl_dice
import workload
from bare import DATA, TARGET, WIKI, small_sandbox


@pytest.fixture(scope="module")
def ddl():
    """init, one wiki, copied; two pages to edit."""
    with small_sandbox("ddl") as ddl:
        ddl.create_wiki()
        yield ddl


def run(ddl, *statements, database=WIKI):
    """Statements of one session in a database."""
    connection = ddl.box.maria(fresh=True)
    if database:
        connection.select_db(database)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def pages(ddl):
    return ddl.box.pg_value("SELECT count(*) FROM mediawiki.page WHERE wiki_id = %s", (WIKI,))


def read_again(ddl, table, *texts):
    """follow has a table compared with the source, and goes on."""
    log = ddl.catches_up()
    for text in ("table %s of wiki %s is copied again" % (table, WIKI), *texts):
        assert text in log, "no %r in:\n%s" % (text, log)


def stops(ddl, *texts, code=DATA):
    """follow ends at what it cannot follow, which may be behind other transactions, and says the texts."""
    daemon = ddl.daemon("follow")
    try:
        assert daemon.wait(20) == code, daemon.log()
    finally:
        daemon.kill()
    for text in texts:
        assert text in daemon.log(), "no %r in:\n%s" % (text, daemon.log())


# statements that concern nothing that is mirrored


def test_statements_of_other_tables(ddl):
    """Heartbeats, checksums, tables in memory, sequences, what is no table: in STATEMENT format too, whatever their text mentions."""
    ddl.catches_up()
    run(ddl, "CREATE DATABASE IF NOT EXISTS monitor", "CREATE TABLE monitor.beat (id INT PRIMARY KEY, value INT)",
        "CREATE TABLE monitor.checksums (db VARCHAR(64), n INT, note VARCHAR(90))", "CREATE TABLE ext_mem (a INT) ENGINE=MEMORY",
        "CREATE TABLE ext_b (a INT PRIMARY KEY)", "CREATE SEQUENCE ext_seq")
    run(ddl, "SET SESSION binlog_format = STATEMENT", "INSERT INTO monitor.beat VALUES (1, 1) ON DUPLICATE KEY UPDATE value = 1",
        database=None)
    run(ddl, "SET SESSION binlog_format = STATEMENT",
        "REPLACE INTO monitor.checksums (db, n) SELECT '%s', count(*) FROM %s.page" % (WIKI, WIKI),
        "INSERT INTO ext_mem VALUES (1), (2)", "INSERT INTO ext_b SELECT DISTINCT a FROM ext_mem",
        "UPDATE ext_b JOIN ext_mem USING (a) SET ext_b.a = ext_b.a + 10", "DELETE ext_b FROM ext_b JOIN ext_mem ON ext_b.a = ext_mem.a + 10",
        "DELETE FROM ext_mem WHERE a = 2")
    run(ddl, "SET SESSION binlog_format = STATEMENT", "INSERT INTO checksums (note) VALUES ('the %s wikis are fine')" % WIKI,
        database="monitor")
    run(ddl, "SET SESSION binlog_format = STATEMENT", "SELECT 70 UNION SELECT 71 INTO OUTFILE 'ext_lines'",
        "LOAD DATA INFILE 'ext_lines' INTO TABLE ext_b")
    ddl.box.service("restart", "mariadb")
    run(ddl, "SELECT SETVAL(ext_seq, 100), NEXTVAL(ext_seq)", "SELECT * FROM ext_mem",       # now MariaDB says in the binlog that it is empty
        "CREATE VIEW ext_v AS SELECT page_id FROM page", "CREATE PROCEDURE ext_p() DROP TABLE page", "DROP PROCEDURE ext_p",
        "CREATE TRIGGER ext_t AFTER INSERT ON ext_b FOR EACH ROW SET @x = 1", "DROP TRIGGER ext_t",
        "CREATE EVENT ext_e ON SCHEDULE EVERY 1 YEAR DO TRUNCATE page", "DROP EVENT ext_e", "DROP VIEW ext_v",
        "ALTER TABLE ext_b ADD IF NOT EXISTS x INT NOT NULL DEFAULT 3",
        "ALTER TABLE ext_b ADD SYSTEM VERSIONING", "DROP TABLE ext_b, ext_mem", "DROP SEQUENCE ext_seq", "DROP DATABASE monitor")
    ddl.edit()
    ddl.catches_up()


def test_statements_of_mirrored_tables(ddl):
    """The same of a mirrored table is refused, however it is named."""
    ddl.catches_up()
    for statement in ("UPDATE ext_c AS page JOIN (category AS c, ext_c AS d) ON page.a = d.a SET c.cat_pages = 9",
                      "REPLACE INTO `%s`.category (cat_title) VALUES ('s')" % WIKI, "DELETE FROM c USING category AS c"):
        run(ddl, "CREATE TABLE ext_c (a INT)", "SET SESSION binlog_format = STATEMENT", statement)
        stops(ddl, "STATEMENT format", statement[:20])
        run(ddl, "DROP TABLE ext_c", "SET SESSION binlog_format = STATEMENT", "DELETE FROM category")
        ddl.step_over()
    ddl.catches_up()


# DDL that changes no row and no value


def test_harmless_alters(ddl):
    """Indexes, options, new columns, in every algorithm, with rows before and after: nothing is read again, no stop."""
    ddl.catches_up()
    for statement in (
            "ALTER TABLE category ADD INDEX ext_i (cat_pages), ADD UNIQUE KEY ext_u (cat_id, cat_pages), ALGORITHM=INPLACE, LOCK=NONE",
            "ALTER TABLE category RENAME INDEX ext_i TO ext_j, DROP INDEX ext_u, COMMENT='RENAME TO x', ALGORITHM=NOCOPY",
            "ALTER ONLINE TABLE category ENGINE=InnoDB ROW_FORMAT=DYNAMIC, FORCE",
            "ALTER TABLE category ADD COLUMN ext_a VARBINARY(20) DEFAULT 'x' FIRST, ADD ext_b INT NOT NULL AFTER cat_title",
            "ALTER TABLE category MODIFY ext_a VARBINARY(30), CHANGE ext_b ext_c BIGINT",
            "ALTER TABLE category DROP ext_a, DROP COLUMN ext_c",
            "ALTER TABLE category ADD row_start INT, ADD row_end INT", "ALTER TABLE category DROP row_start, DROP row_end",
            "ALTER TABLE category PARTITION BY HASH (cat_id) PARTITIONS 3", "ALTER TABLE category COALESCE PARTITION 1",
            "ALTER TABLE category REMOVE PARTITIONING", "ALTER TABLE category DROP INDEX ext_j", "OPTIMIZE TABLE category",
            "ALTER TABLE category ALTER cat_pages SET DEFAULT 5", "ALTER TABLE category ALTER cat_pages SET DEFAULT 0"):
        # one key of the table has to go before it can be cut by another
        if "PARTITION BY" in statement:
            run(ddl, "ALTER TABLE category DROP INDEX cat_title")
        run(ddl, statement, "INSERT INTO category (cat_title) VALUES (concat('ddl', uuid_short()))",
            "UPDATE category SET cat_subcats = cat_subcats + 1 WHERE cat_title LIKE 'ddl%'")
    run(ddl, "ALTER TABLE category ADD UNIQUE KEY cat_title (cat_title)", "DELETE FROM category WHERE cat_title LIKE 'ddl%'")
    ddl.catches_up()


def test_column_whose_name_changes_case(ddl):
    """MariaDB compares names of columns without case: rows that come later have it all the same."""
    ddl.catches_up()
    run(ddl, "ALTER TABLE page CHANGE page_title Page_Title VARBINARY(255) NOT NULL")
    assert "is copied again" not in ddl.catches_up()
    try:
        run(ddl, "INSERT INTO page (page_namespace, page_title, page_is_redirect, page_is_new, page_random, page_touched, page_latest, page_len)"
                 " VALUES (0, 'In_Another_Case', 0, 0, 0.5, '20200101000000', 1, 1)")
        ddl.catches_up()
        assert ddl.box.pg_value("SELECT count(*) FROM mediawiki.page WHERE wiki_id = %s AND page_title = 'In_Another_Case'", (WIKI,)) == 1
    finally:
        run(ddl, "DELETE FROM page WHERE page_title = 'In_Another_Case'",
            "ALTER TABLE page CHANGE Page_Title page_title VARBINARY(255) NOT NULL")
    assert "is copied again" not in ddl.catches_up()


# DDL that changes rows or values


def test_rows_that_a_unique_key_deletes(ddl):
    ddl.catches_up()
    run(ddl, "INSERT INTO langlinks VALUES (1, 'de', 'A'), (1, 'fr', 'A')",
        "ALTER IGNORE TABLE langlinks ADD UNIQUE KEY ext_u (ll_from, ll_title)")
    read_again(ddl, "langlinks", "IGNORE")
    run(ddl, "ALTER TABLE langlinks DROP INDEX ext_u", "DELETE FROM langlinks")
    ddl.catches_up()


def test_values_that_a_new_type_cuts(ddl):
    ddl.catches_up()
    run(ddl, "INSERT INTO page_props (pp_page, pp_propname, pp_value) VALUES (1, 'ext', 'abcdef')")
    ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "ALTER TABLE page_props MODIFY pp_value VARBINARY(3) NOT NULL")
    read_again(ddl, "page_props", "CHANGE COLUMN")
    assert ddl.box.pg_value("SELECT pp_value FROM mediawiki.page_props WHERE wiki_id = %s AND pp_propname = 'ext'", (WIKI,)) == "abc"
    run(ddl, "ALTER TABLE page_props MODIFY pp_value BLOB NOT NULL", "DELETE FROM page_props WHERE pp_propname = 'ext'")
    ddl.catches_up()


def test_types_that_hold_what_is_there(ddl):
    """As MediaWiki's upgrades change types: the table is not read again, neither before its first row is followed nor after a restart."""
    ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "ALTER TABLE archive CHANGE ar_id ar_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT",     # no row of it has been followed
        "ALTER TABLE category MODIFY cat_title VARBINARY(300) NOT NULL, MODIFY COLUMN CAT_FILES BIGINT DEFAULT '0' NOT NULL AFTER cat_pages",
        "INSERT INTO category (cat_id, cat_title, cat_pages) VALUES (700, 'Types', 200)",
        "ALTER TABLE page CHANGE page_links_updated page_links_updated BINARY(14) DEFAULT NULL, CHANGE page_touched page_touched BINARY(14) NOT NULL",
        "ALTER TABLE image MODIFY img_major_mime ENUM('chemical', 'multipart', 'model', 'message', 'video', 'text', 'image', 'audio', 'application',"
        " 'unknown', 'ext') NOT NULL DEFAULT 'unknown'",
        # no value is negative
        "ALTER TABLE category MODIFY cat_pages INT UNSIGNED NOT NULL DEFAULT 0, MODIFY cat_id INT UNSIGNED AUTO_INCREMENT",
        "ALTER TABLE category DROP PRIMARY KEY, MODIFY cat_id INT UNSIGNED NOT NULL, ADD PRIMARY KEY (cat_id, cat_title)",
        "ALTER TABLE category DROP PRIMARY KEY, ADD PRIMARY KEY (cat_id), MODIFY cat_id INT UNSIGNED NOT NULL AUTO_INCREMENT")
    assert "is copied again" not in ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "ALTER TABLE category MODIFY cat_pages SMALLINT UNSIGNED NOT NULL DEFAULT 0",
        "ALTER TABLE category MODIFY cat_title VARBINARY(255) NOT NULL")
    read_again(ddl, "category", "CHANGE COLUMN")


@pytest.mark.parametrize("table, column, old, new, row, key", [
    ("category", "cat_pages", "INT NOT NULL DEFAULT 0", "INT UNSIGNED NOT NULL DEFAULT 0", "(cat_id, cat_title, cat_pages) VALUES (701, 'Negative', -1)", "cat_id = 701"),
    ("category", "cat_pages", "INT NOT NULL DEFAULT 0", "TINYINT NOT NULL DEFAULT 0", "(cat_id, cat_title, cat_pages) VALUES (702, 'Large', 200)", "cat_id = 702"),
    ("ipblocks_restrictions", "ir_ipb_id", "INT UNSIGNED NOT NULL", "INT UNSIGNED AUTO_INCREMENT NOT NULL", "VALUES (0, 1, 1)", "ir_value = 1"),
    ("site_stats", "ss_users", "BIGINT UNSIGNED DEFAULT NULL", "BIGINT UNSIGNED NOT NULL", "(ss_row_id, ss_users) VALUES (5, NULL)", "ss_row_id = 5"),
    ("page", "page_links_updated", "VARBINARY(14) DEFAULT NULL", "BINARY(14) DEFAULT NULL",
     "(page_id, page_title, page_random, page_touched, page_latest, page_len, page_links_updated) VALUES (701, 'Short', 0, '20260101000000', 0, 0, 'short')",
     "page_id = 701"),
], ids=["negative", "large", "counted", "null", "padded"])
def test_values_that_a_new_type_does_not_hold(ddl, table, column, old, new, row, key):
    """The same types as before, and a row that makes the difference."""
    run(ddl, "SET sql_mode = ''", "ALTER TABLE %s MODIFY %s %s" % (table, column, old), "INSERT INTO %s %s" % (table, row))
    ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "ALTER TABLE %s MODIFY %s %s" % (table, column, new))
    read_again(ddl, table, "CHANGE COLUMN")
    run(ddl, "DELETE FROM %s WHERE %s" % (table, key), "ALTER TABLE %s MODIFY %s %s" % (table, column, old))
    ddl.catches_up()


def test_new_column_with_a_value(ddl):
    """page_lang is NULL in the mirror as long as the source has no such column."""
    ddl.catches_up()
    run(ddl, "ALTER TABLE page DROP page_lang")
    stops(ddl, "page_lang", "column_map")
    run(ddl, "ALTER TABLE page ADD page_lang VARBINARY(35) DEFAULT 'de'")
    ddl.recopy()
    assert ddl.box.pg_rows("SELECT DISTINCT page_lang FROM mediawiki.page WHERE wiki_id = %s", (WIKI,)) == [("de",)]
    run(ddl, "ALTER TABLE page MODIFY page_lang VARBINARY(35) DEFAULT NULL", "UPDATE page SET page_lang = NULL")
    read_again(ddl, "page")
    run(ddl, "SET sql_mode = ''", "ALTER TABLE page MODIFY page_lang VARBINARY(35) NOT NULL DEFAULT ''")
    read_again(ddl, "page")
    assert ddl.box.pg_rows("SELECT DISTINCT page_lang FROM mediawiki.page WHERE wiki_id = %s", (WIKI,)) == [("",)]
    run(ddl, "ALTER TABLE page MODIFY page_lang VARBINARY(35) DEFAULT NULL", "UPDATE page SET page_lang = NULL, page_len = 77",
        "ALTER TABLE page DROP page_len, ADD page_len INT UNSIGNED NOT NULL DEFAULT 0")
    read_again(ddl, "page")
    assert ddl.box.pg_rows("SELECT DISTINCT page_lang, page_len FROM mediawiki.page WHERE wiki_id = %s", (WIKI,)) == [(None, 0)]


@pytest.mark.parametrize("statements", [
    ["ALTER TABLE category CONVERT TO CHARACTER SET binary"],
    # as gh-ost and pt-online-schema-change do it
    ["CREATE TABLE _category_gho LIKE category", "INSERT INTO _category_gho SELECT * FROM category",
     "INSERT INTO _category_gho (cat_title) VALUES ('swapped')",
     "RENAME TABLE category TO _category_del, _category_gho TO category", "DROP TABLE _category_del"],
    ["CREATE TABLE _category LIKE category", "ALTER TABLE category RENAME TO _category_old", "ALTER TABLE _category RENAME category",
     "DROP TABLE _category_old"],
    ["CREATE TABLE ext_category LIKE category",
     "INSERT INTO ext_category (cat_title) VALUES ('exchanged')", "ALTER TABLE category DROP INDEX cat_title",
     "ALTER TABLE ext_category DROP INDEX cat_title",
     "ALTER TABLE category PARTITION BY HASH (cat_id) PARTITIONS 1", "ALTER TABLE category EXCHANGE PARTITION p0 WITH TABLE ext_category",
     "DROP TABLE ext_category", "ALTER TABLE category REMOVE PARTITIONING", "ALTER TABLE category ADD UNIQUE KEY cat_title (cat_title)"],
], ids=["convert", "swap", "swap-by-alter", "exchange"])
def test_tables_that_are_read_again(ddl, statements):
    run(ddl, "INSERT INTO category (cat_title) VALUES ('first'), ('second')")
    ddl.catches_up()
    run(ddl, *statements)
    read_again(ddl, "category")
    run(ddl, "DELETE FROM category")
    ddl.catches_up()


def test_table_that_is_renamed_away_and_made_anew(ddl):
    """With quotes that only the statement's own sql_mode tells from others."""
    run(ddl, "INSERT INTO site_stats (ss_row_id) VALUES (1) ON DUPLICATE KEY UPDATE ss_total_edits = 1")
    ddl.catches_up()
    run(ddl, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", "ALTER TABLE site_stats COMMENT='C:\\', RENAME TO ext_stats",
        "CREATE TABLE site_stats LIKE ext_stats", "INSERT INTO site_stats (ss_row_id) VALUES (2)", "DROP TABLE ext_stats")
    ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "ALTER TABLE site_stats COMMENT=\"a\\\" , x\", RENAME TO ext_stats",
        "CREATE TABLE site_stats LIKE ext_stats", "INSERT INTO site_stats (ss_row_id) VALUES (3)", "DROP TABLE ext_stats")
    ddl.catches_up()
    run(ddl, "SET NAMES gbk", b"ALTER TABLE site_stats COMMENT='\xd5\\', RENAME TO ext_stats",
        "CREATE TABLE site_stats LIKE ext_stats", "DROP TABLE ext_stats", "INSERT INTO site_stats (ss_row_id) VALUES (4)",
        # of another database product's versions, which MariaDB passes over
        "ALTER TABLE site_stats COMMENT='' /*!80000 , RENAME TO ext_stats */", "UPDATE site_stats SET ss_total_edits = 5")
    ddl.catches_up()
    assert ddl.box.pg_rows("SELECT ss_row_id FROM mediawiki.site_stats WHERE wiki_id = %s", (WIKI,)) == [(4,)]


def test_key_that_the_mirror_does_not_have(ddl):
    """Two rows of the source, and by what the mirror knows of them one: neither compared nor followed."""
    ddl.catches_up()
    run(ddl, "ALTER TABLE langlinks ADD ext_id BIGINT UNSIGNED NOT NULL DEFAULT 0", "ALTER TABLE langlinks DROP PRIMARY KEY")
    run(ddl, "CREATE UNIQUE INDEX ext_u ON langlinks (ll_from, ll_lang, ext_id)")
    ddl.catches_up()
    run(ddl, "ALTER TABLE langlinks ADD PRIMARY KEY (ll_from, ll_lang, ext_id)",
        "INSERT INTO langlinks (ll_from, ll_lang, ext_id) VALUES (1, 'tw', 1), (1, 'tw', 2)")
    daemon = ddl.daemon("follow")
    try:
        chain.wait_for(lambda: ddl.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE source_table = 'langlinks'"
                                                " AND error IS NOT NULL"), daemon.log, 20)
        assert "column ext_id of its primary key" in daemon.log(), daemon.log()
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    # nothing of the table is taken meanwhile; and a follow that has not seen the ALTER refuses the rows
    ddl.box.pg_rows("DELETE FROM mwmirror.copy_table WHERE source_table = 'langlinks'")
    run(ddl, "INSERT INTO langlinks (ll_from, ll_lang, ext_id) VALUES (1, 'tw', 3)")
    stops(ddl, "langlinks", "column ext_id of its primary key", code=TARGET)
    run(ddl, "DELETE FROM langlinks", "ALTER TABLE langlinks DROP PRIMARY KEY, DROP ext_id, DROP INDEX ext_u, ADD PRIMARY KEY (ll_from, ll_lang)")
    ddl.recopy()


# what has no place in the mirror


def unmapped(ddl):
    """What status says of it: {table or table.column: kind}."""
    status = json.loads(ddl.box.mwmirror("status", "--json").stdout)
    return {u["source_table"] + ("." + u["source_column"] if u["source_column"] else ""): u["kind"]
            for u in status["unmapped"] if u["wiki_id"] == WIKI}


def test_what_has_no_place(ddl):
    """Tables and columns that the mapping does not know, and what is gone: told once, and shown for as long as it is so."""
    ddl.catches_up()
    before = unmapped(ddl)
    run(ddl, "CREATE TABLE ext_one (a INT)", "CREATE TABLE ext_two LIKE ext_one", "CREATE TABLE IF NOT EXISTS job (a INT)", "DROP TABLE job",
        "ALTER TABLE category ADD Ext_Col INT", "INSERT INTO category (cat_title) VALUES ('x')")
    log = ddl.catches_up(compared=False)
    assert log.count("ext_one of wiki") == log.count("Ext_Col of") == 1, log
    assert unmapped(ddl) == dict(before, **{"ext_one": "unknown", "ext_two": "unknown", "category.Ext_Col": "unknown"})
    assert "ext_one of %s" % WIKI in ddl.box.mwmirror("status").stdout
    # it is known by now
    run(ddl, "INSERT INTO category (cat_title) VALUES ('y')")
    assert "Ext_Col" not in ddl.catches_up(compared=False)
    run(ddl, "RENAME TABLE ext_one TO ext_three", "DROP TABLE ext_two", "ALTER TABLE category RENAME COLUMN ext_col TO ext_col2",
        "DROP TABLE updatelog")
    ddl.catches_up(compared=False)
    assert unmapped(ddl) == dict(before, **{"ext_three": "unknown", "category.ext_col2": "unknown", "updatelog": "lost"})
    log = ddl.run("snapshot", "--force", WIKI)
    assert "ext_three, " in log or "ext_three\n" in log or "ext_three;" in log, log
    assert unmapped(ddl) == dict(before, **{"ext_three": "unknown", "category.ext_col2": "unknown", "updatelog": "lost"})
    run(ddl, "DROP TABLE ext_three", "ALTER TABLE category DROP ext_col2", "DELETE FROM category",
        "CREATE TABLE updatelog (ul_key VARBINARY(255) NOT NULL PRIMARY KEY, ul_value BLOB)")
    ddl.catches_up()
    assert unmapped(ddl) == before


def test_a_column_that_is_lost_when_tables_are_swapped(ddl):
    """As gh-ost and pt-online-schema-change do it: no statement says that the column goes, but the table that takes the place has it not."""
    ddl.catches_up()
    before = unmapped(ddl)
    run(ddl, "CREATE TABLE _category_gho LIKE category", "ALTER TABLE _category_gho DROP cat_files, ADD ext_col INT",
        "RENAME TABLE category TO _category_del, _category_gho TO category", "DROP TABLE _category_del")
    assert "cat_files of source table category of wiki %s is gone" % WIKI in ddl.catches_up(compared=False)
    assert unmapped(ddl) == dict(before, **{"category.cat_files": "lost", "category.ext_col": "unknown"})
    assert "category.cat_files" in ddl.box.mwmirror("status").stdout
    run(ddl, "INSERT INTO category (cat_title) VALUES ('Told')")
    assert "is gone" not in ddl.catches_up(compared=False)
    run(ddl, "CREATE TABLE _category_gho LIKE category", "ALTER TABLE _category_gho ADD cat_files INT DEFAULT 0 NOT NULL, DROP ext_col",
        "RENAME TABLE category TO _category_del, _category_gho TO category", "DROP TABLE _category_del")
    ddl.catches_up()
    assert unmapped(ddl) == before


def test_rows_without_a_column(ddl):
    """MINIMAL images of rows that are all defaults take no bytes: how many there are their event does not say."""
    run(ddl, "DELETE FROM site_stats")
    ddl.catches_up()
    run(ddl, "SET sql_mode = ''", "SET SESSION binlog_row_image = MINIMAL", "INSERT INTO site_stats () VALUES ()")
    assert "no column" in ddl.catches_up()
    assert ddl.box.pg_rows("SELECT ss_row_id FROM mediawiki.site_stats WHERE wiki_id = %s", (WIKI,)) == [(0,)]


# all kinds, by dice


def test_ddl_by_dice(ddl):
    """
    Columns, keys and storage of a table change in every way while follow runs, with rows between; after each round the mirror's table is MariaDB's.
    MWMIRROR_DDL_ROUNDS: how many rounds; MWMIRROR_DDL_SEED: another game.
    """
    rounds = int(os.environ.get("MWMIRROR_DDL_ROUNDS", 10))
    seed = int(os.environ.get("MWMIRROR_DDL_SEED", 0)) or random.randrange(1, 1 << 30)
    connection = ddl.box.maria(fresh=True)
    dice = ddl_dice.Dice(connection, random.Random(seed))
    daemon = ddl.daemon("follow")
    taken = 0

    def there():
        assert daemon.process.poll() is None, "seed %d, follow ended:\n%s" % (seed, daemon.log())
        return chain.reached(ddl.position(), chain.source_position(ddl.box)) and ddl.copied_again()
    try:
        for _ in range(rounds):
            begin = len(dice.done)
            taken += sum(dice.step() for _ in range(dice.random.choice((1, 1, 2, 4))))
            dice.settle()
            chain.wait_for(there, lambda: "seed %d, at %s:\n%s" % (seed, ddl.position(), daemon.log()), 60)
            mirrored = ddl.box.pg_rows("SELECT cat_id, cat_title, cat_pages, cat_subcats, cat_files FROM mediawiki.category WHERE wiki_id = %s ORDER BY 1", (WIKI,))
            assert mirrored == dice.table(), "seed %d, after\n%s" % (seed, ";\n".join(dice.done[begin:]))
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    assert taken >= rounds // 2
    run(ddl, "DROP TABLE category", ddl_dice.CREATE.format(name="category"))
    ddl.catches_up()
    connection.close()


# DDL that is refused


@pytest.mark.parametrize("statement,back,text", [
    ("ALTER TABLE page DROP page_is_redirect", "ALTER TABLE page ADD page_is_redirect TINYINT UNSIGNED NOT NULL DEFAULT 0", "page_is_redirect"),
    ("ALTER TABLE actor RENAME COLUMN actor_name TO actor_title", "ALTER TABLE actor RENAME COLUMN actor_title TO actor_name", "actor_title"),
    ("ALTER TABLE category ENGINE=MEMORY", "ALTER TABLE category ENGINE=InnoDB", "storage engine"),
], ids=["dropped", "renamed", "engine"])
def test_what_the_mirror_cannot_do_without(ddl, statement, back, text):
    ddl.catches_up()
    run(ddl, statement)
    stops(ddl, text, "snapshot", "--force")
    run(ddl, back)
    ddl.recopy()
