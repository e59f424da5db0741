"""
What a MariaDB may write into its binlog beside plain row changes, and where a wiki may live: each is followed, or
stops the mirror with the position before it, also when it is tried again.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import contextlib
import os
import struct
import time

import pytest

import binlog_file
import chain
import workload
from bare import DATA, SOURCE, WIKI, small_sandbox
from copy_by_hand import wiki_that_is_being_copied

CHECKPOINT = 161  # type of a binlog checkpoint


@pytest.fixture(scope="module")
def edges():
    """init, one wiki, copied; two pages to edit."""
    with small_sandbox("edges") as edges:
        edges.create_wiki()
        edges.edit()
        edges.catches_up()
        yield edges


def run(edges, *statements):
    """Statements of one session in the wiki's database."""
    connection = edges.box.maria(fresh=True)
    connection.select_db(WIKI)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def test_a_first_row_with_empty_texts(edges):
    """Of a statement with parameters, the first that follow sends: empty is not NULL."""
    run(edges, "INSERT INTO user (user_name, user_real_name, user_password, user_newpassword, user_email, user_token)"
               " VALUES ('Empty', '', '', '', '', '')")
    edges.catches_up()


def test_truncate_behind_set_statement(edges):
    """The binlog holds SET STATEMENT ... FOR as it was written, and what it is for counts."""
    run(edges, "INSERT INTO site_stats (ss_row_id) VALUES (1) ON DUPLICATE KEY UPDATE ss_total_edits = 1")
    edges.catches_up()
    run(edges, "SET STATEMENT lock_wait_timeout = 5, max_statement_time = 60 FOR TRUNCATE TABLE site_stats")
    edges.catches_up()
    assert edges.box.pg_value("SELECT count(*) FROM mediawiki.site_stats WHERE wiki_id = %s", (WIKI,)) == 0


def test_xa_of_other_tables(edges):
    """XA transactions that touch nothing that is mirrored are passed over."""
    run(edges, "CREATE TABLE IF NOT EXISTS an_extension (a INT PRIMARY KEY)",
        "XA START 'one'", "INSERT INTO an_extension VALUES (1)", "XA END 'one'", "XA PREPARE 'one'", "XA COMMIT 'one'",
        "XA START 'two'", "INSERT INTO an_extension VALUES (2)", "XA END 'two'", "XA PREPARE 'two'", "XA ROLLBACK 'two'",
        "XA START 'three'", "INSERT INTO an_extension VALUES (3)", "XA END 'three'", "XA COMMIT 'three' ONE PHASE",
        "DROP TABLE an_extension")
    edges.edit()
    edges.catches_up()


def test_create_table_select(edges):
    """Rows inside of a DDL group; also of a table that is mirrored."""
    run(edges, "CREATE TABLE copied AS SELECT * FROM page", "DROP TABLE copied",
        "CREATE TABLE copied LIKE site_stats", "INSERT INTO copied (ss_row_id) VALUES (1)",
        "CREATE OR REPLACE TABLE site_stats (PRIMARY KEY (ss_row_id)) AS SELECT * FROM copied", "DROP TABLE copied")
    edges.edit()
    edges.catches_up()
    assert edges.box.pg_value("SELECT count(*) FROM mediawiki.site_stats WHERE wiki_id = %s", (WIKI,)) == 1


def test_partitions_of_other_tables(edges):
    """Dropping rows with a partition is only of interest where the table is mirrored."""
    run(edges, "CREATE TABLE partitioned (a INT) PARTITION BY RANGE (a) "
               "(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))",
        "INSERT INTO partitioned VALUES (1)", "ALTER TABLE partitioned TRUNCATE PARTITION p0",
        "ALTER TABLE partitioned DROP PARTITION p0", "DROP TABLE partitioned")
    edges.catches_up()


def test_partitions_of_a_mirrored_table(edges):
    run(edges, "ALTER TABLE site_stats PARTITION BY HASH (ss_row_id) PARTITIONS 2",
        "INSERT INTO site_stats (ss_row_id) VALUES (1) ON DUPLICATE KEY UPDATE ss_total_edits = 3")
    edges.catches_up()
    run(edges, "ALTER TABLE site_stats TRUNCATE PARTITION p1")
    assert "copied again: TRUNCATE PARTITION" in edges.catches_up()
    run(edges, "ALTER TABLE site_stats REMOVE PARTITIONING")
    edges.catches_up()


def test_system_versioning(edges):
    """History rows have the key of the row: they are not to be mixed up, neither by follow nor by a copy."""
    edges.catches_up()
    run(edges, "ALTER TABLE site_stats ADD SYSTEM VERSIONING",
        "INSERT INTO site_stats (ss_row_id) VALUES (1) ON DUPLICATE KEY UPDATE ss_total_edits = 1",
        "UPDATE site_stats SET ss_total_edits = 2", "DELETE FROM site_stats")
    edges.refused("follow", DATA, "site_stats", "SYSTEM VERSIONING")
    done = edges.box.mwmirror("snapshot", "--force", WIKI)
    assert done.returncode == SOURCE and "DROP SYSTEM VERSIONING" in done.stderr, done.stderr
    run(edges, "ALTER TABLE site_stats DROP SYSTEM VERSIONING")
    edges.recopy()


def test_invisible_columns(edges):
    """SELECT * does not show them; the copy has them all the same."""
    run(edges, "ALTER TABLE site_stats MODIFY ss_images BIGINT DEFAULT 0 INVISIBLE",
        "INSERT INTO site_stats (ss_row_id, ss_images) VALUES (1, 77) ON DUPLICATE KEY UPDATE ss_images = 77")
    try:
        edges.recopy()
        assert edges.box.pg_value("SELECT ss_images FROM mediawiki.site_stats WHERE wiki_id = %s", (WIKI,)) == 77
    finally:
        run(edges, "ALTER TABLE site_stats MODIFY ss_images BIGINT DEFAULT 0")
    edges.catches_up()


def test_tables_without_transactions(edges):
    """A copy of them is of no one moment, so there is none."""
    run(edges, "ALTER TABLE site_stats ENGINE = MyISAM", "UPDATE site_stats SET ss_users = 41")
    assert "%s.site_stats of wiki %s gets a storage engine without transactions" % (WIKI, WIKI) in edges.catches_up()
    try:
        done = edges.box.mwmirror("snapshot", "--force", WIKI)
        assert done.returncode == SOURCE and "site_stats" in done.stderr and "ENGINE = InnoDB" in done.stderr, done.stderr
    finally:
        run(edges, "ALTER TABLE site_stats ENGINE = InnoDB")
    edges.recopy()


def test_statement_timeout_of_the_source(edges):
    """A time limit for everybody's statements does not end a comparison, however long a table takes."""
    edges.box.maria_rows("SET GLOBAL max_statement_time = 0.05")
    run(edges, "SET STATEMENT max_statement_time = 0 FOR INSERT INTO category (cat_title) SELECT concat('t', seq) FROM mwload.numbers a, "
               "(SELECT seq AS other FROM mwload.numbers WHERE seq <= 6) b".replace("'t', seq", "'t', seq, '-', other"))
    try:
        edges.run("snapshot", "--force", WIKI)
        daemon = edges.daemon("follow")
        chain.wait_for(lambda: daemon.process.poll() is not None or edges.copied_again(), daemon.log, 200)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
        edges.box.maria(fresh=True).cursor().execute("SET STATEMENT max_statement_time = 0 FOR SET GLOBAL max_statement_time = 0")
    assert edges.box.pg_value("SELECT count(*) FROM mediawiki.category WHERE wiki_id = %s", (WIKI,)) \
        == edges.box.maria_value("SELECT count(*) FROM %s.category" % WIKI) > 50000
    run(edges, "TRUNCATE category")     # the others compare every row
    edges.catches_up()


def test_no_values_in_the_log(edges):
    """A statement that is refused may hold what must not leave MariaDB."""
    edges.catches_up()
    run(edges, "SET SESSION binlog_format = 'STATEMENT'",
        "UPDATE user SET user_token = 'the-token', user_password = \"the-password\" WHERE user_name = 'nobody'")
    log = edges.refused("follow", DATA, "UPDATE user SET user_token")
    assert "the-token" not in log and "the-password" not in log
    edges.step_over()


def rewrite(edges, name, wanted, kind, body):
    """Turns the one event of a binlog file that wanted picks into another."""
    file = binlog_file.BinlogFile(os.path.join(edges.directory, "mariadb", "data", name))
    offset = wanted(list(file.events()))
    file.set_type(offset, kind)
    room = file.length_of(offset) - binlog_file.HEADER - 4
    file.data[file.body(offset):file.body(offset) + room] = body[:room].ljust(room, b"\0")
    file.write(offset)
    return file


def current_file(edges):
    name = edges.box.maria_rows("SHOW MASTER STATUS")[0][0]
    return name.decode() if isinstance(name, bytes) else name


INCIDENT_BODY = struct.pack("<HB", 1, 4) + b"lost"


def test_unknown_event_between_transactions(edges):
    """The first event after the position, without a GTID of its own: refused each time, not only the first."""
    edges.catches_up()
    edges.box.maria_rows("FLUSH BINARY LOGS")
    edges.edit()
    file = rewrite(edges, current_file(edges), lambda events: [o for o, kind, _ in events if kind == CHECKPOINT][0], 200, b"")
    try:
        for _ in range(3):
            edges.refused("follow", DATA, "event type 200")
    finally:
        file.restore()
    edges.catches_up()


@pytest.mark.parametrize("copied", [True, False], ids=["copied", "being copied"])
def test_incident_between_transactions(edges, copied):
    """MariaDB writes it at the end of a file; asked again after the GTID before it, it begins with the next file. Every table is compared, or what is copied of it."""
    edges.catches_up()
    edges.edit()
    edges.catches_up()
    edges.box.pg_rows("DELETE FROM mediawiki.revision WHERE wiki_id = %s AND rev_id = 1", (WIKI,))
    edges.edit()
    name = current_file(edges)
    edges.box.maria_rows("FLUSH BINARY LOGS")
    file = rewrite(edges, name, lambda events: events[-1][0], binlog_file.INCIDENT, INCIDENT_BODY)
    with contextlib.nullcontext() if copied else wiki_that_is_being_copied(edges.box):
        edges.box.pg_rows("UPDATE mwmirror.copy_table SET next_ordinal = 2")
        try:
            daemon = edges.daemon("follow")
            chain.wait_for(lambda: "the source reported an incident" in daemon.log() and edges.copied_again() and
                           edges.box.pg_value("SELECT count(*) FROM mwmirror.copy_range") == 0, daemon.log, 60)
            assert daemon.stop() == 0, daemon.log()
        finally:
            daemon.kill()
            file.restore()
    edges.catches_up()


def test_rows_outside_of_a_transaction(edges):
    """Rows whose GTID is not there would count for the one before."""
    edges.catches_up()
    edges.box.maria_rows("FLUSH BINARY LOGS")
    edges.edit()
    file = binlog_file.BinlogFile(os.path.join(edges.directory, "mariadb", "data", current_file(edges)))
    offset = [o for o, kind, _ in file.events() if kind == binlog_file.GTID][0]
    file.set_type(offset, 200)
    file.add_flag(offset, binlog_file.IGNORABLE)
    file.write(offset)
    try:
        edges.refused("follow", DATA, "outside of a source transaction")
    finally:
        file.restore()
    edges.catches_up()


@pytest.mark.parametrize("database,prefix", [
    ("wiki-with-dash", ""), ("wiki_x%", ""), ("wik'i\"`x", ""), ("wikishared", "mw_"), ("wikishared", "mw_2")])
def test_names_of_wikis(edges, database, prefix):
    """Every name that MariaDB takes; several wikis in one database."""
    quoted = "`%s`" % database.replace("`", "``")
    wiki = database + ("-" + prefix if prefix else "")
    connection = edges.box.maria(fresh=True)
    workload.execute(connection, "CREATE DATABASE IF NOT EXISTS %s CHARACTER SET binary" % quoted)
    for table in ("page", "actor", "site_stats"):
        workload.execute(connection, "CREATE TABLE %s.`%s%s` LIKE %s.%s" % (quoted, prefix, table, WIKI, table))
    insert = "INSERT INTO %s.%sactor (actor_name) VALUES (%%s)" % (quoted.replace("%", "%%"), prefix)
    workload.execute(connection, insert, ("copied",))
    edges.add_wiki(database, prefix)
    try:
        edges.run("snapshot", wiki)
        workload.execute(connection, insert, ("followed",))
        edges.catches_up()
        assert edges.box.pg_rows("SELECT actor_name FROM mediawiki.actor WHERE wiki_id = %s ORDER BY 1", (wiki,)) == \
            [("copied",), ("followed",)]
    finally:
        for table in ("wiki_namespace", "wiki"):
            edges.box.pg_rows("DELETE FROM mwmirror.%s WHERE wiki_id = %%s" % table, (wiki,))


def test_a_prefix_that_is_not_the_wikis(edges):
    """It is said, and not taken for a wiki without rows; and again when follow begins, where the tables have gone."""
    run(edges, "CREATE DATABASE spelt CHARACTER SET binary", "CREATE TABLE spelt.mw_page LIKE page", "CREATE TABLE spelt.mw_actor LIKE actor",
        "INSERT INTO spelt.mw_actor (actor_name) VALUES ('copied')")
    edges.add_wiki("spelt")
    done = edges.box.mwmirror("snapshot", "spelt")
    assert done.returncode == SOURCE and "database spelt of wiki spelt shows no table of MediaWiki whose name begins with the prefix ''" in done.stderr
    assert "there is a table mw_page" in done.stderr and "its prefix is 'mw_'" in done.stderr and "remove-wiki spelt" in done.stderr
    edges.run("remove-wiki", "spelt")
    edges.add_wiki("spelt", "mw_")
    edges.run("snapshot", "spelt-mw_")
    assert "shows no table" not in edges.catches_up()
    assert edges.box.pg_value("SELECT count(*) FROM mediawiki.actor WHERE wiki_id = 'spelt-mw_'") == 1
    run(edges, "RENAME TABLE spelt.mw_page TO spelt.page, spelt.mw_actor TO spelt.actor")
    assert "database spelt of wiki spelt-mw_ shows no table of MediaWiki whose name begins with the prefix 'mw_'" in edges.catches_up()
    edges.run("remove-wiki", "spelt-mw_")
    run(edges, "DROP DATABASE spelt")


def test_foreign_keys_that_cascade(edges):
    """InnoDB changes the rows that hang on a key without writing them to the binlog."""
    edges.catches_up()
    run(edges, "UPDATE site_stats SET ss_images = NULL", "ALTER TABLE site_stats MODIFY ss_images BIGINT UNSIGNED DEFAULT 0",
        "CREATE TABLE parent (a BIGINT UNSIGNED PRIMARY KEY)")
    edges.catches_up(compared=False)
    run(edges, "ALTER TABLE site_stats ADD CONSTRAINT hangs FOREIGN KEY (ss_images) REFERENCES parent (a) ON DELETE SET NULL")
    edges.refused("follow", DATA, "site_stats", "foreign key", "snapshot --force")
    done = edges.box.mwmirror("snapshot", "--force", WIKI)
    assert done.returncode == SOURCE and "DROP FOREIGN KEY `hangs`" in done.stderr, done.stderr
    run(edges, "ALTER TABLE site_stats DROP FOREIGN KEY hangs", "ALTER TABLE site_stats DROP INDEX IF EXISTS hangs",
        "DROP TABLE parent")
    edges.recopy()


def test_copy_of_alike_rows_with_bad_bytes(edges):
    """Rows of a table without a key may share the key of their raw values."""
    run(edges, *["INSERT INTO oldimage (oi_name, oi_archive_name, oi_size, oi_width, oi_height, oi_bits, oi_metadata,"
                 " oi_major_mime, oi_minor_mime, oi_sha1, oi_actor, oi_timestamp, oi_deleted, oi_description_id) VALUES"
                 " ('A', '', 1, 1, 1, 8, '', 'image', x'ff', x'fe', %d, '20200101000000', 0, 1)" % n for n in (1, 1, 2)])
    edges.catches_up()
    edges.recopy()
    run(edges, "DELETE FROM oldimage")
    edges.catches_up()


def test_domains_and_copies_of_different_age(edges):
    """Several GTID domains, and a second wiki that is copied later: each wiki's rows count from its own copy on."""
    edges.catches_up()
    run(edges, "SET SESSION gtid_domain_id = 7", "INSERT INTO category (cat_title) VALUES ('seven')")
    connection = edges.box.maria(fresh=True)
    workload.execute(connection, "CREATE DATABASE wikilate CHARACTER SET binary")
    workload.execute(connection, "CREATE TABLE wikilate.category LIKE %s.category" % WIKI)
    workload.execute(connection, "INSERT INTO wikilate.category (cat_title) VALUES ('before')")
    edges.add_wiki("wikilate")
    try:
        run(edges, "SET SESSION gtid_domain_id = 8", "INSERT INTO category (cat_title) VALUES ('eight')")
        edges.run("snapshot", "wikilate")
        workload.execute(connection, "SET SESSION gtid_domain_id = 9")
        workload.execute(connection, "INSERT INTO wikilate.category (cat_title) VALUES ('nine')")
        workload.execute(connection, "SET SESSION gtid_domain_id = 7")
        workload.execute(connection, "UPDATE wikilate.category SET cat_pages = cat_pages + 1")
        goal = edges.catches_up()
        assert {part.split("-")[0] for part in edges.position().split(",")} == {"0", "7", "8", "9"}, goal
        assert edges.box.pg_rows("SELECT cat_title, cat_pages FROM mediawiki.category WHERE wiki_id = 'wikilate' ORDER BY 1") \
            == [("before", 1), ("nine", 1)]
        # copied again, while the other wiki is behind
        edges.edit()
        assert edges.box.mwmirror("snapshot", "--force", "wikilate").returncode == 0
        edges.catches_up()
    finally:
        for table in ("wiki_namespace", "wiki"):
            edges.box.pg_rows("DELETE FROM mwmirror.%s WHERE wiki_id = 'wikilate'" % table)


def test_alter_in_two_phases(edges):
    """binlog_alter_two_phase: the start of an ALTER is not its end, and one that fails has none."""
    edges.catches_up()
    run(edges, "INSERT INTO category (cat_title) VALUES ('same'), ('other')", "SET SESSION binlog_alter_two_phase = 1",
        "ALTER TABLE category ADD COLUMN passing INT, ALGORITHM = COPY")
    connection = edges.box.maria(fresh=True)
    connection.select_db(WIKI)
    workload.execute(connection, "SET SESSION binlog_alter_two_phase = 1")
    with pytest.raises(Exception):
        workload.execute(connection, "ALTER TABLE category ADD UNIQUE KEY passing2 (cat_subcats), RENAME TO cat_renamed, ALGORITHM = COPY")
    workload.execute(connection, "ALTER TABLE category DROP COLUMN IF EXISTS passing")
    edges.edit()
    edges.catches_up()


def test_time_limits_of_postgresql(edges):
    """A session that is idle because the wiki is keeps its place."""
    edges.catches_up()
    edges.box.pg_rows("ALTER SYSTEM SET idle_session_timeout = '300ms'")
    edges.box.pg_rows("SELECT pg_reload_conf()")
    daemon = edges.daemon("follow")
    try:
        chain.wait_for(lambda: "reading the binlog" in daemon.log(), daemon.log, 20)
        since = time.monotonic()
        chain.wait_for(lambda: time.monotonic() - since > 1.5 or "is lost" in daemon.log(), "time to pass", 5)
        assert "is lost" not in daemon.log(), daemon.log()
    finally:
        daemon.kill()
        edges.box.pg_rows("ALTER SYSTEM RESET idle_session_timeout")
        edges.box.pg_rows("SELECT pg_reload_conf()")
    edges.catches_up()


@pytest.mark.parametrize("line", ["binlog_ignore_db = " + WIKI, "binlog_do_db = another"])
def test_databases_that_are_not_in_the_binlog(edges, line):
    edges.catches_up()
    conf = os.path.join(edges.directory, "mariadb", "my.cnf")
    with open(conf) as file:
        before = file.read()
    try:
        with open(conf, "w") as file:
            file.write(before + "\n[mariadbd]\n" + line + "\n")
        edges.box.service("restart", "mariadb")
        edges.refused("follow", SOURCE, line.split()[0], WIKI)
    finally:
        with open(conf, "w") as file:
            file.write(before)
        edges.box.service("restart", "mariadb")
    edges.edit()
    edges.catches_up()


def test_past_what_cannot_be_read_with_two_wikis(edges):
    """A copy moves its wiki past rows that cannot be read, also while another wiki holds the position before them."""
    edges.catches_up()
    connection = edges.box.maria(fresh=True)
    workload.execute(connection, "CREATE DATABASE wikitwo CHARACTER SET binary")
    workload.execute(connection, "CREATE TABLE wikitwo.category LIKE %s.category" % WIKI)
    edges.add_wiki("wikitwo")
    edges.run("snapshot", "wikitwo")
    try:
        edges.box.maria_rows("SET GLOBAL binlog_row_metadata = NO_LOG")
        try:
            run(edges, "INSERT INTO category (cat_title) VALUES ('unreadable')")
        finally:
            edges.box.maria_rows("SET GLOBAL binlog_row_metadata = FULL")
        edges.refused("follow", DATA, "metadata")
        edges.recopy()
    finally:
        for table in ("wiki_namespace", "wiki"):
            edges.box.pg_rows("DELETE FROM mwmirror.%s WHERE wiki_id = 'wikitwo'" % table)
