"""Circumstances in which statements are written into the binlog, as conformance_forms.py has the forms of statements."""

import os
import threading

CIRCUMSTANCES = {}


def circumstance(name):
    def add(function):
        CIRCUMSTANCES[name] = function
        return function
    return add


@circumstance("savepoints")
def savepoints(stage):
    stage.run("""
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5001, 'Kept_5001')
        SAVEPOINT one
        INSERT INTO category (cat_id, cat_title) VALUES (5002, 'Undone_5002')
        UPDATE category SET cat_pages = 9 WHERE cat_id = 1
        ROLLBACK TO one
        INSERT INTO category (cat_id, cat_title) VALUES (5003, 'Kept_too_5003')
        SAVEPOINT two
        DELETE FROM category WHERE cat_id = 2
        RELEASE SAVEPOINT two
        COMMIT
        """)


@circumstance("savepoints, with a table without transactions")
def savepoints_myisam(stage):
    """ROLLBACK TO is in the binlog then, behind the rows that it undoes."""
    stage.run("""
        CREATE TABLE ext_notes (a INT) ENGINE = MyISAM
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5011, 'Kept_5011')
        SAVEPOINT one
        INSERT INTO category (cat_id, cat_title) VALUES (5012, 'Undone_5012')
        SAVEPOINT two
        UPDATE category SET cat_pages = 77 WHERE cat_id = 3
        INSERT INTO ext_notes VALUES (1)
        ROLLBACK TO two
        UPDATE category SET cat_pages = 78 WHERE cat_id = 4
        INSERT INTO ext_notes VALUES (2)
        ROLLBACK TO one
        INSERT INTO category (cat_id, cat_title) VALUES (5013, 'Kept_too_5013')
        COMMIT
        DROP TABLE ext_notes
        """)


@circumstance("ROLLBACK, with a table without transactions")
def rollback_myisam(stage):
    stage.run("""
        CREATE TABLE ext_notes (a INT) ENGINE = MyISAM
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5021, 'Undone_5021')
        INSERT INTO ext_notes VALUES (1)
        ROLLBACK
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5022, 'Undone_5022')
        CREATE TEMPORARY TABLE ext_own (a INT)
        INSERT INTO category (cat_id, cat_title) VALUES (5023, 'Undone_5023')
        DROP TEMPORARY TABLE ext_own
        ROLLBACK
        DROP TABLE ext_notes
        INSERT INTO category (cat_id, cat_title) VALUES (5024, 'Kept_5024')
        """)


@circumstance("temporary tables")
def temporary(stage):
    stage.run("""
        CREATE TEMPORARY TABLE ext_own LIKE category
        BEGIN
        INSERT INTO ext_own (cat_title) VALUES ('Own')
        INSERT INTO category (cat_title) SELECT cat_title FROM ext_own
        UPDATE ext_own SET cat_pages = 1
        COMMIT
        DROP TEMPORARY TABLE ext_own
        """)


@circumstance("XA COMMIT")
def xa_commit(stage):
    stage.run("""
        XA START 'a'
        INSERT INTO category (cat_id, cat_title) VALUES (5101, 'Prepared_5101')
        UPDATE category SET cat_pages = 55 WHERE cat_id = 5
        XA END 'a'
        XA PREPARE 'a'
        XA COMMIT 'a'
        """)


@circumstance("XA COMMIT behind others")
def xa_between(stage):
    """Transactions that are committed between the preparation and its end."""
    connection = stage.session()
    stage.run("""
        XA START 'b'
        INSERT INTO category (cat_id, cat_title) VALUES (5111, 'Prepared_5111')
        XA END 'b'
        XA PREPARE 'b'
        """, on=connection)
    stage.run("INSERT INTO category (cat_id, cat_title) VALUES (5112, 'Between_5112')")
    stage.run("XA COMMIT 'b'", on=connection)
    stage.run("UPDATE category SET cat_pages = 2 WHERE cat_id IN (5111, 5112)")


@circumstance("XA COMMIT behind the death of the server")
def xa_death(stage):
    """What was prepared is there again, in a new file of the binlog."""
    stage.run("""
        XA START 'f'
        INSERT INTO category (cat_id, cat_title) VALUES (5141, 'Prepared_5141')
        XA END 'f'
        XA PREPARE 'f'
        """, on=stage.session())
    stage.crash()
    stage.run("""
        INSERT INTO category (cat_id, cat_title) VALUES (5142, 'Between_5142')
        XA COMMIT 'f'
        UPDATE category SET cat_pages = 3 WHERE cat_id IN (5141, 5142)
        """)


@circumstance("XA ROLLBACK")
def xa_rollback(stage):
    stage.run("""
        XA START 'c'
        INSERT INTO category (cat_id, cat_title) VALUES (5121, 'Undone_5121')
        XA END 'c'
        XA PREPARE 'c'
        XA ROLLBACK 'c'
        INSERT INTO category (cat_id, cat_title) VALUES (5121, 'Kept_5121')
        """)


@circumstance("XA COMMIT ... ONE PHASE")
def xa_one_phase(stage):
    stage.run("""
        XA START 'd'
        INSERT INTO category (cat_id, cat_title) VALUES (5131, 'Kept_5131')
        XA END 'd'
        XA COMMIT 'd' ONE PHASE
        XA START 'e'
        INSERT INTO category (cat_id, cat_title) VALUES (5132, 'Undone_5132')
        XA END 'e'
        XA ROLLBACK 'e'
        """)


@circumstance("several GTID domains")
def domains(stage):
    for n in range(3):
        stage.run("""
            SET gtid_domain_id = $DOMAIN
            INSERT INTO category (cat_id, cat_title) VALUES (520$N, 'Domain_520$N')
            INSERT INTO text (old_id, old_text, old_flags) VALUES (520$N, $LONG, '')
            """.replace("$DOMAIN", str(n * 7)).replace("$N", str(n)))
    for n in range(9):
        stage.run("""
            SET gtid_domain_id = $DOMAIN
            UPDATE category SET cat_pages = cat_pages * 2 + 1 WHERE cat_id = 520$N
            """.replace("$DOMAIN", str(n % 3 * 7)).replace("$N", str(n % 3)))


@circumstance("a MyISAM table")
def myisam(stage):
    without_transactions(stage, "MyISAM")


@circumstance("an Aria table")
def aria(stage):
    without_transactions(stage, "Aria")


def without_transactions(stage, engine):
    """Also with a statement that fails behind its first rows: they stay, there and here."""
    quiet = "SET STATEMENT sql_log_bin = 0 FOR ALTER TABLE category ENGINE = %s"
    stage.run(quiet % engine)
    try:
        stage.run("""
            INSERT INTO category (cat_id, cat_title) VALUES (5301, 'One_5301'), (5302, 'Two_5302')
            FAILS INSERT INTO category (cat_id, cat_title) VALUES (5303, 'Stays_5303'), (5301, 'Twice_5301')
            UPDATE category SET cat_pages = 3 WHERE cat_id > 5300
            BEGIN
            INSERT INTO category (cat_id, cat_title) VALUES (5304, 'Stays_too_5304')
            UPDATE site_stats SET ss_images = 44
            ROLLBACK
            DELETE FROM category WHERE cat_id = 5302
            """)
    finally:
        stage.run("DELETE FROM category WHERE cat_id > 5300")
        stage.run(quiet % "InnoDB")


@circumstance("events over 16 MiB")
def large(stage):
    """A row of the largest text that MediaWiki's table can have; an UPDATE with both images of 9 MiB."""
    stage.run("""
        INSERT INTO text (old_id, old_text, old_flags) VALUES (7001, repeat('x', 16777215), '')
        INSERT INTO text (old_id, old_text, old_flags) VALUES (7002, repeat('y', 9000000), ''), (7003, repeat('z', 9000000), '')
        UPDATE text SET old_text = concat('changed ', old_text), old_flags = 'x' WHERE old_id IN (7002, 7003)
        UPDATE text SET old_text = concat(old_text, '.'), old_flags = 'utf-8' WHERE old_id = 7002
        DELETE FROM text WHERE old_id > 7000
        """)


@circumstance("an event cache that spills")
def spill(stage):
    with stage.globals(binlog_cache_size=4096, binlog_stmt_cache_size=4096):
        stage.run("BEGIN\n" + "INSERT INTO text (old_text, old_flags) VALUES ($DENSE, '')\n" * 40 + """
            SAVEPOINT s
            INSERT INTO text (old_text, old_flags) VALUES ($LONG, ''), ($DENSE, '')
            ROLLBACK TO s
            COMMIT
            """)


@circumstance("rotation and purge")
def rotation(stage):
    other = stage.session()
    stage.run("""
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5401, 'Over_two_files_5401')
        """, on=other)
    stage.run("""
        FLUSH BINARY LOGS
        INSERT INTO category (cat_id, cat_title) VALUES (5402, 'New_file_5402')
        FLUSH BINARY LOGS
        """)
    stage.run("""
        UPDATE category SET cat_pages = 1 WHERE cat_id = 5401
        COMMIT
        """, on=other)
    newest = stage.server.value("SHOW MASTER STATUS")
    stage.run("""
        FLUSH BINARY LOGS
        PURGE BINARY LOGS TO '$FILE'
        INSERT INTO category (cat_id, cat_title) VALUES (5403, 'Behind_5403')
        """.replace("$FILE", newest))


@circumstance("files of 4 KiB")
def automatic_rotation(stage):
    """A new file behind each transaction, and one transaction larger than all of them."""
    with stage.globals(max_binlog_size=4096):
        stage.run("\n".join("INSERT INTO text (old_text, old_flags) VALUES ($DENSE, '%d')" % n for n in range(5)) + """
            INSERT INTO category (cat_id, cat_title) SELECT 5410 + seq, concat('Many_files_', seq) FROM seq_1_to_80
            DELETE FROM category WHERE cat_id > 5410
            """)


@circumstance("a GTID domain that is taken away")
def domain_deleted(stage):
    """The position of the mirror still has it when follow comes back."""
    stage.run("""
        SET gtid_domain_id = 99
        INSERT INTO category (cat_id, cat_title) VALUES (5421, 'Domain_5421')
        """)
    stage.why_stopped()
    stage.stop()
    stage.run("FLUSH BINARY LOGS")
    newest = stage.server.value("SHOW MASTER STATUS")
    stage.purge(newest)
    stage.run("""
        FLUSH BINARY LOGS DELETE_DOMAIN_ID = (99)
        INSERT INTO category (cat_id, cat_title) VALUES (5422, 'Behind_5422')
        """)
    stage.start()


@circumstance("binlog_annotate_row_events off")
def annotate(stage):
    stage.run("""
        SET binlog_annotate_row_events = OFF
        INSERT INTO category (cat_id, cat_title) VALUES (5501, 'Bare_5501')
        UPDATE category SET cat_pages = 6 WHERE cat_id = 5501
        INSERT INTO text (old_text, old_flags) VALUES ($LONG, '')
        """)


@circumstance("transactions that only read")
def read_only(stage):
    stage.run("""
        START TRANSACTION READ ONLY
        SELECT count(*) FROM category
        COMMIT
        START TRANSACTION WITH CONSISTENT SNAPSHOT
        SELECT count(*) FROM category
        COMMIT
        BEGIN
        COMMIT
        BEGIN
        ROLLBACK
        """)


@circumstance("DDL between")
def ddl(stage):
    """Of tables that are not mirrored, ending a transaction that is open; with rows of its own."""
    stage.run("""
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5601, 'Ended_by_DDL_5601')
        CREATE TABLE ext_made (a INT PRIMARY KEY, b BLOB)
        INSERT INTO category (cat_id, cat_title) VALUES (5602, 'Behind_5602')
        INSERT INTO ext_made VALUES (1, $LONG)
        ALTER TABLE ext_made ADD COLUMN c INT
        CREATE TABLE ext_copied AS SELECT * FROM category
        RENAME TABLE ext_made TO ext_named
        DROP TABLE ext_named, ext_copied
        UPDATE category SET cat_pages = 4 WHERE cat_id = 5602
        CREATE DATABASE ext
        DROP DATABASE ext
        ANALYZE TABLE category
        OPTIMIZE TABLE category
        """)


@circumstance("group commit")
def group_commit(stage):
    """Many sessions at once, whose transactions are written together."""
    def work(connection, first):
        for n in range(first, first + 10):
            stage.run("INSERT INTO category (cat_id, cat_title) VALUES (%d, 'Group_%d')" % (n, n), on=connection)
        stage.run("UPDATE category SET cat_pages = 1 WHERE cat_id >= %d AND cat_id < %d" % (first, first + 10), on=connection)
    with stage.globals(binlog_commit_wait_count=5, binlog_commit_wait_usec=20000):
        threads = [threading.Thread(target=work, args=(stage.session(), 6000 + 100 * n)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@circumstance("row events of 1 KiB")
def small_events(stage):
    """A statement in many events."""
    with stage.restarted("binlog_row_event_max_size = 1024"):
        stage.run("""
            INSERT INTO category (cat_id, cat_title) SELECT 7000 + seq, concat('Many_', seq) FROM seq_1_to_500
            UPDATE category SET cat_pages = cat_id WHERE cat_id > 7000
            DELETE FROM category WHERE cat_id > 7100
            INSERT INTO text (old_text, old_flags) VALUES ($LONG, ''), ($DENSE, ''), ('short', '')
            """)


@circumstance("an encrypted binlog")
def encrypted(stage):
    """Also over the death of the server, which leaves the file open."""
    stage.needs("file_key_management")
    key = os.path.join(stage.directory, "keys")
    with open(key, "w") as file:
        file.write("1;" + "a1" * 32 + "\n")
    with stage.restarted("plugin_load_add = file_key_management", "file_key_management_filename = " + key, "encrypt_binlog = ON"):
        stage.run("""
            INSERT INTO category (cat_id, cat_title) VALUES (5701, 'Secret_5701')
            INSERT INTO text (old_text, old_flags) VALUES ($LONG, ''), ($DENSE, '')
            FLUSH BINARY LOGS
            UPDATE category SET cat_pages = 8 WHERE cat_id = 5701
            """)
        stage.crash()
        stage.run("UPDATE category SET cat_pages = 9 WHERE cat_id = 5701")
        stage.why_stopped()     # what is encrypted must be read before the key is gone


@circumstance("the death of the server")
def death(stage):
    """With a transaction open and one prepared."""
    stage.run("""
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (5801, 'Lost_5801')
        """, on=stage.session())
    stage.run("INSERT INTO category (cat_id, cat_title) VALUES (5802, 'Kept_5802')")
    stage.crash()
    stage.run("INSERT INTO category (cat_id, cat_title) VALUES (5803, 'Behind_5803')")


@circumstance("another image in one transaction")
def mixed_images(stage):
    stage.run("""
        BEGIN
        UPDATE category SET cat_pages = 1 WHERE cat_id = 6
        COMMIT
        SET binlog_row_image = MINIMAL
        BEGIN
        UPDATE category SET cat_pages = 2 WHERE cat_id = 6
        COMMIT
        SET binlog_row_image = FULL
        UPDATE category SET cat_files = 2 WHERE cat_id = 6
        SET binlog_row_image = NOBLOB
        UPDATE page_props SET pp_sortkey = 7 WHERE pp_page = 4
        UPDATE category SET cat_title = 'Images' WHERE cat_id = 6
        """)


@circumstance("a change in STATEMENT format")
def statement_format(stage):
    stage.run("""
        SET binlog_format = STATEMENT
        UPDATE category SET cat_pages = 112 WHERE cat_id = 12
        """)


@circumstance("binlog_row_metadata = MINIMAL")
def metadata(stage):
    with stage.globals(binlog_row_metadata="MINIMAL"):
        stage.run("UPDATE category SET cat_pages = 113 WHERE cat_id = 13")


@circumstance("purged before it was read")
def purged(stage):
    stage.stop()
    stage.run("""
        INSERT INTO category (cat_id, cat_title) VALUES (5901, 'Purged_5901')
        FLUSH BINARY LOGS
        """)
    stage.purge(stage.server.value("SHOW MASTER STATUS"))
    stage.start()


@circumstance("GTIDs that are out of order")
def disorder(stage):
    with stage.globals(gtid_strict_mode=0):
        stage.run("""
            SET gtid_domain_id = 50
            SET gtid_seq_no = 300000
            INSERT INTO category (cat_id, cat_title) VALUES (5911, 'Order_5911')
            SET gtid_seq_no = 299999
            INSERT INTO category (cat_id, cat_title) VALUES (5912, 'Order_5912')
            """)


@circumstance("RESET MASTER")
def reset(stage):
    """Also the end of what the cell before has made of the binlog."""
    stage.stop()
    stage.run("""
        RESET MASTER
        INSERT INTO category (cat_id, cat_title) VALUES (5921, 'Other_history_5921')
        """)
    stage.start()
    stage.ends()
