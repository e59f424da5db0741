"""
Forms of statements, of which tests/conformance looks how they arrive in the mirror.

Each is a function of a Stage (conformance_run.py). In every configuration they run in the same order on tables that were emptied
before, so that ids are the same and events can be compared byte for byte. A line of Stage.run is a statement; $LONG and $DENSE are
texts above what log_bin_compress leaves alone, of which compression spares much and little.
"""

import os

FORMS = {}


def form(name):
    def add(function):
        FORMS[name] = function
        return function
    return add


def seed(stage):
    """Rows that the statements of all cells meet."""
    stage.run("""
        CALL mwload.$WIKI_prepare(6, 2)
        INSERT INTO category (cat_id, cat_title, cat_pages, cat_files) SELECT seq, concat('Seed_', seq), seq, 1 FROM seq_1_to_40
        INSERT INTO user (user_id, user_name, user_real_name, user_password, user_newpassword, user_email, user_token) SELECT seq, concat('Account ', seq), 'A name', '', '', 'a@example.org', repeat('t', 32) FROM seq_1_to_4
        INSERT INTO page_props (pp_page, pp_propname, pp_value, pp_sortkey) SELECT seq, 'seed', 'value', 0.5 FROM seq_1_to_6
        INSERT INTO pagelinks (pl_from, pl_from_namespace, pl_namespace, pl_title) SELECT 1, 0, seq MOD 3, concat('To_', seq) FROM seq_1_to_9
        INSERT INTO text (old_id, old_text, old_flags) SELECT 500 + seq, $LONG, 'utf-8' FROM seq_1_to_6
        INSERT INTO ipblocks (ipb_id, ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_auto, ipb_expiry, ipb_range_start, ipb_range_end) SELECT seq, concat('192.0.2.', seq), 0, 1, 1, '20260101000000', 0, 'infinity', concat('C000020', seq), concat('C000020', seq) FROM seq_1_to_6
        INSERT INTO site_stats (ss_row_id, ss_total_edits) VALUES (1, 0)
        """)


# forms of statements


@form("edit")
def edit(stage):
    """As MediaWiki writes it, by a stored procedure, and more than one in a transaction."""
    stage.run("""
        CALL mwload.$WIKI_edits(0, 3, 6, 2, 100)
        CALL mwload.$WIKI_edits(3, 3, 6, 2, 3000)
        BEGIN
        CALL mwload.$WIKI_edit(1, 1, 'first', 'a text')
        CALL mwload.$WIKI_edit(2, 2, 'second', $LONG)
        COMMIT
        """)


@form("INSERT")
def insert(stage):
    stage.run("""
        INSERT INTO category (cat_title) VALUES ('Alone')
        INSERT INTO category (cat_title, cat_pages) VALUES ('One', 1), ('Two', 2), ('Three', DEFAULT)
        INSERT INTO text (old_text, old_flags) VALUES ('', ''), ($LONG, 'utf-8'), ($DENSE, 'utf-8')
        INSERT INTO page_props VALUES (1, 'no sortkey', $DENSE, NULL), (1, 'binary', unhex('00ff80fe'), -1.5)
        INSERT INTO user_groups (ug_user, ug_group, ug_expiry) VALUES (1, 'sysop', NULL), (2, 'bot', '20300101000000')
        """)


@form("INSERT IGNORE")
def insert_ignore(stage):
    stage.run("""
        INSERT IGNORE INTO category (cat_id, cat_title) VALUES (1, 'Seed_1'), (201, 'New_201'), (2, 'Other'), (202, 'Seed_3'), (203, 'New_203')
        INSERT IGNORE INTO category (cat_id, cat_title) VALUES (1, 'Nothing_new')
        INSERT IGNORE INTO text (old_id, old_text, old_flags) VALUES (501, 'kept', ''), (601, $LONG, '')
        INSERT IGNORE INTO category (cat_id, cat_title, cat_pages) VALUES (204, NULL, 'no number')
        """)


@form("REPLACE")
def replace(stage):
    """Of one row, of a row and another by a second unique key, of a row that is not there; with all columns."""
    stage.run("""
        REPLACE INTO category VALUES (3, 'Replaced_3', 7, 8, 9)
        REPLACE INTO category VALUES (4, 'Seed_5', 7, 8, 9)
        REPLACE INTO category VALUES (301, 'Seed_6', 1, 2, 3)
        REPLACE INTO category VALUES (302, 'New_302', 1, 2, 3), (302, 'New_302_again', 4, 5, 6)
        REPLACE INTO text VALUES (502, $DENSE, 'utf-8'), (503, 'short', '')
        REPLACE INTO page_props VALUES (2, 'seed', 'other', NULL)
        """)


@form("REPLACE of some columns")
def replace_some(stage):
    """Those that are not named get their defaults, whatever the row had."""
    stage.run("""
        REPLACE INTO category (cat_id, cat_title) VALUES (7, 'Seed_7'), (8, 'Replaced_8')
        REPLACE INTO category (cat_title) VALUES ('Seed_9')
        REPLACE INTO page_props (pp_page, pp_propname, pp_value) VALUES (3, 'seed', '')
        REPLACE INTO category SET cat_id = 10, cat_title = 'Seed_11'
        REPLACE INTO pagelinks (pl_from, pl_namespace, pl_title) VALUES (1, 1, 'To_7')
        REPLACE INTO category (cat_id, cat_title) SELECT cat_id, cat_title FROM category WHERE cat_id BETWEEN 12 AND 14
        """)


@form("REPLACE of an account")
def replace_account(stage):
    """Columns that are private are among those that get their defaults, and what the mirror makes of them."""
    stage.run("""
        REPLACE INTO user (user_name, user_password, user_newpassword, user_email) VALUES ('Account 3', '', '', '')
        """)


@form("ON DUPLICATE KEY UPDATE")
def upsert(stage):
    stage.run("""
        INSERT INTO category (cat_id, cat_title, cat_pages) VALUES (15, 'Seed_15', 5), (401, 'New_401', 5) ON DUPLICATE KEY UPDATE cat_pages = cat_pages + VALUES(cat_pages)
        INSERT INTO category (cat_title) VALUES ('Seed_16') ON DUPLICATE KEY UPDATE cat_title = 'Renamed_16', cat_files = cat_files + 1
        INSERT INTO category (cat_title) VALUES ('Seed_17') ON DUPLICATE KEY UPDATE cat_pages = cat_pages
        INSERT INTO text VALUES (504, 'a', '') ON DUPLICATE KEY UPDATE old_text = concat(old_text, VALUES(old_text))
        INSERT INTO site_stats (ss_row_id) VALUES (1) ON DUPLICATE KEY UPDATE ss_total_edits = ss_total_edits + 1
        """)


@form("INSERT ... SELECT")
def insert_select(stage):
    stage.run("""
        INSERT INTO category (cat_id, cat_title, cat_pages) SELECT 500 + seq, concat('Selected_', seq), seq FROM seq_1_to_300
        INSERT INTO text (old_text, old_flags) SELECT old_text, old_flags FROM text WHERE old_id > 500
        INSERT IGNORE INTO category (cat_title) SELECT cat_title FROM category
        INSERT INTO category (cat_title) SELECT concat(cat_title, '_copy') FROM category WHERE cat_id < 5 ON DUPLICATE KEY UPDATE cat_pages = 0
        """)


@form("UPDATE")
def update(stage):
    """To and from NULL, empty and long values, of one row and many, of none and to the same value."""
    stage.run("""
        UPDATE category SET cat_pages = cat_pages * -1 WHERE cat_id > 500
        UPDATE category SET cat_pages = 0 WHERE cat_id = 999999
        UPDATE category SET cat_pages = cat_pages
        UPDATE page_props SET pp_sortkey = NULL WHERE pp_page = 4
        UPDATE page_props SET pp_sortkey = 0.25, pp_value = '' WHERE pp_page = 4
        UPDATE page_props SET pp_value = $DENSE WHERE pp_propname = 'seed'
        UPDATE user SET user_real_name = 'A name' WHERE user_id = 1
        UPDATE user SET user_email = '', user_token = '*** INVALID ***' WHERE user_id = 2
        UPDATE user SET user_editcount = 5, user_touched = '20260101000000'
        UPDATE text SET old_text = $DENSE, old_flags = 'utf-8' WHERE old_id = 505
        UPDATE page SET page_touched = '20260102030405', page_len = 7 ORDER BY page_id DESC LIMIT 3
        UPDATE page SET page_title = 'Moved', page_namespace = 1 WHERE page_id = 3
        UPDATE revision SET rev_deleted = 15 WHERE rev_page = 4
        """)


@form("UPDATE of several tables")
def update_several(stage):
    stage.run("""
        UPDATE page, revision SET page_len = 99, rev_len = 98, page_touched = '20260103030405' WHERE rev_page = page_id AND page_id IN (1, 2)
        UPDATE category c JOIN page_props ON pp_page = cat_id LEFT JOIN text ON old_id = 500 + pp_page SET cat_pages = 1000 + cat_id, pp_value = cat_title, old_text = cat_title, old_flags = 'joined'
        UPDATE category a JOIN category b ON a.cat_id = b.cat_id + 1 SET a.cat_files = b.cat_pages WHERE a.cat_id BETWEEN 20 AND 25
        """)


@form("UPDATE of half a text")
def update_half(stage):
    """What a text is its flags say: an image may have one without the other."""
    stage.run("""
        UPDATE text SET old_flags = '' WHERE old_id = 505
        UPDATE text SET old_text = concat(old_text, '.') WHERE old_id = 504
        """)


@form("UPDATE of keys")
def update_keys(stage):
    """Of a primary key, in a row of rows each of which takes the place of the last, and to and fro in one transaction."""
    stage.run("""
        UPDATE category SET cat_id = 1000 WHERE cat_id = 20
        UPDATE category SET cat_id = cat_id + 1 WHERE cat_id > 500 ORDER BY cat_id DESC
        UPDATE page_props SET pp_page = pp_page + 10, pp_propname = 'moved' WHERE pp_propname = 'seed'
        UPDATE page_props SET pp_page = pp_page - 10, pp_propname = 'seed' WHERE pp_propname = 'moved'
        BEGIN
        UPDATE text SET old_id = 9999 WHERE old_id = 501
        UPDATE text SET old_id = 501 WHERE old_id = 502
        UPDATE text SET old_id = 502 WHERE old_id = 9999
        COMMIT
        UPDATE user_groups SET ug_group = 'steward' WHERE ug_user = 1
        UPDATE category SET cat_title = 'Kept_key', cat_id = 21 WHERE cat_id = 21
        """)


@form("old links and blocks")
def derived(stage):
    """
    Tables of MediaWiki 1.39 of which the mirror computes columns, or keeps them in another table. Where an UPDATE changes whom a block is of it changes the block,
    too: of a block whose own columns a MINIMAL image lacks nothing is told.
    """
    stage.run("""
        UPDATE pagelinks SET pl_from_namespace = 4 WHERE pl_from = 1
        UPDATE pagelinks SET pl_title = 'To_another' WHERE pl_title = 'To_3'
        UPDATE pagelinks SET pl_namespace = 5 WHERE pl_title = 'To_4'
        DELETE FROM pagelinks WHERE pl_title = 'To_5'
        UPDATE ipblocks SET ipb_expiry = '20300101000000' WHERE ipb_id < 3
        UPDATE ipblocks SET ipb_address = '192.0.2.0/24', ipb_range_start = 'C0000200', ipb_range_end = 'C00002FF', ipb_allow_usertalk = 1 WHERE ipb_id = 3
        UPDATE ipblocks SET ipb_user = 4, ipb_address = 'Account 4', ipb_allow_usertalk = 1 WHERE ipb_id = 4
        DELETE FROM ipblocks WHERE ipb_id = 5
        UPDATE revision_comment_temp SET revcomment_comment_id = 1 WHERE revcomment_rev = (SELECT min(r.revcomment_rev) FROM (SELECT revcomment_rev FROM revision_comment_temp) r)
        """)


@form("LOAD DATA")
def load_data(stage):
    path = os.path.join(stage.directory, "rows")
    with open(path, "wb") as file:
        file.writelines(b"%d\tLoaded_%d\t%d\n" % (2000 + n, n, n) for n in range(300))
        file.write(b"22\tReplaced by LOAD\t\\N\n")
    os.chmod(path, 0o644)
    stage.run("""
        LOAD DATA INFILE '$PATH' REPLACE INTO TABLE category (cat_id, cat_title, cat_pages)
        LOAD DATA INFILE '$PATH' IGNORE INTO TABLE text (old_id, old_text, @n) SET old_flags = @n
        """.replace("$PATH", path))


@form("DELETE")
def delete(stage):
    stage.run("""
        DELETE FROM category WHERE cat_id = 23
        DELETE FROM category WHERE cat_id BETWEEN 2000 AND 2100
        DELETE FROM category WHERE cat_id = 999999
        DELETE FROM text WHERE old_id = 503
        DELETE FROM page_props WHERE pp_page = 5
        DELETE FROM user_groups
        """)


@form("RETURNING")
def returning(stage):
    stage.run("""
        INSERT INTO category (cat_id, cat_title) VALUES (2901, 'Returned_1'), (2902, 'Returned_2') RETURNING cat_id, cat_title
        REPLACE INTO category VALUES (2902, 'Returned_3', 1, 2, 3) RETURNING cat_id
        DELETE FROM category WHERE cat_id = 2901 RETURNING cat_title
        """)


@form("DELETE with LIMIT")
def delete_limit(stage):
    stage.run("""
        DELETE FROM category WHERE cat_id > 2100 ORDER BY cat_id DESC LIMIT 50
        DELETE FROM category WHERE cat_id > 2100 ORDER BY cat_title LIMIT 7
        DELETE FROM text ORDER BY old_id DESC LIMIT 2
        """)


@form("DELETE from several tables")
def delete_several(stage):
    stage.run("""
        DELETE page_props, category FROM category JOIN page_props ON pp_page = cat_id WHERE cat_id < 3
        DELETE FROM a USING category a JOIN category b ON a.cat_id = b.cat_id + 1 WHERE a.cat_id BETWEEN 30 AND 32
        DELETE page, revision FROM page JOIN revision ON rev_page = page_id WHERE page_id = 6
        """)


@form("statements that fail in part")
def failing(stage):
    """What InnoDB has undone of a statement is in no binlog; what came before in the transaction is."""
    stage.run("""
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (3001, 'Before_3001')
        FAILS INSERT INTO category (cat_id, cat_title) VALUES (3002, 'Undone_3002'), (3001, 'Twice_3001')
        UPDATE category SET cat_pages = 1 WHERE cat_id = 3001
        COMMIT
        BEGIN
        INSERT INTO category (cat_id, cat_title) VALUES (3003, 'Rolled_back_3003')
        ROLLBACK
        """)


@form("triggers")
def triggers(stage):
    """Rows of other tables in the same statement."""
    stage.run("""
        CREATE TRIGGER counted AFTER INSERT ON category FOR EACH ROW UPDATE site_stats SET ss_images = coalesce(ss_images, 0) + 1
        CREATE TRIGGER noted BEFORE DELETE ON category FOR EACH ROW INSERT INTO text (old_text, old_flags) VALUES (OLD.cat_title, '')
        """)
    try:
        stage.run("""
            INSERT INTO category (cat_title) VALUES ('Trigger_1'), ('Trigger_2')
            DELETE FROM category WHERE cat_title LIKE 'Trigger%'
            """)
    finally:
        stage.run("""
            DROP TRIGGER counted
            DROP TRIGGER noted
            """)


@form("functions, procedures and prepared statements")
def routines(stage):
    """Rows that a SELECT writes; a statement that ends what its procedure began; parameters."""
    stage.run("""
        CREATE FUNCTION noted(title VARBINARY(255)) RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO category (cat_title) VALUES (title); RETURN last_insert_id(); END
        CREATE PROCEDURE twice(title VARBINARY(255)) BEGIN START TRANSACTION; UPDATE category SET cat_pages = 1 WHERE cat_title = title; COMMIT; UPDATE category SET cat_pages = cat_pages + 1 WHERE cat_title = title; END
        """)
    try:
        stage.run("""
            SELECT noted('Function_1'), noted('Function_2')
            BEGIN
            SELECT noted(concat('Function_', seq)) FROM seq_3_to_4
            CALL twice('Function_2')
            PREPARE s FROM 'INSERT INTO category (cat_title, cat_pages) VALUES (?, ?)'
            EXECUTE s USING 'Prepared', 5
            EXECUTE IMMEDIATE 'DELETE FROM category WHERE cat_title = ?' USING 'Function_3'
            """)
    finally:
        stage.run("""
            DROP FUNCTION noted
            DROP PROCEDURE twice
            """)


@form("autocommit off, COMMIT AND CHAIN")
def chained(stage):
    stage.run("""
        SET autocommit = 0
        INSERT INTO category (cat_title) VALUES ('Chain_1')
        COMMIT AND CHAIN
        INSERT INTO category (cat_title) VALUES ('Undone')
        ROLLBACK AND CHAIN
        INSERT INTO category (cat_title) VALUES ('Chain_2')
        LOCK TABLES category WRITE
        UPDATE category SET cat_pages = 2 WHERE cat_title = 'Chain_2'
        UNLOCK TABLES
        COMMIT
        """)


@form("TRUNCATE")
def truncate(stage):
    stage.run("""
        INSERT INTO category (cat_title) VALUES ('Just before')
        TRUNCATE TABLE category
        INSERT INTO category (cat_title) VALUES ('Just after')
        TRUNCATE category
        INSERT INTO category (cat_id, cat_title, cat_pages, cat_files) SELECT seq, concat('Seed_', seq), seq, 1 FROM seq_1_to_40
        """)
