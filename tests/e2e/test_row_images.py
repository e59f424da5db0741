"""
binlog_row_image FULL, NOBLOB and MINIMAL: the mirror is the same.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import random

import pytest

import chain
import compare
import hard_rows
import workload
from bare import TARGET, WIKI, small_sandbox

IMAGES = ("FULL", "NOBLOB", "MINIMAL")

# One of them without the others has the row read again, as the mirror does not have these: here all are followed row by row.
TOGETHER = (("old_text", "old_flags"), ("ipb_address", "ipb_user", "ipb_auto", "ipb_range_start", "ipb_range_end"))

# What MediaWiki's migrations move into revision: a row of these never goes or moves alone, and what is moved is never taken back.
TEMPORARY = ("revision_comment_temp", "revision_actor_temp")
MOVED = ("rev_comment_id", "rev_actor")


@pytest.fixture(scope="module")
def imaged():
    with small_sandbox("imaged") as bare:
        bare.create_wiki()
        block_tables(bare)
        yield bare


def session(bare, image, database=WIKI):
    connection = bare.box.maria(fresh=True)
    connection.select_db(database)
    workload.execute(connection, "SET SESSION binlog_row_image = %s" % image)
    return connection


def run(bare, image, *statements):
    connection = session(bare, image)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def block_tables(bare):
    """Of 1.43, beside ipblocks."""
    run(bare, "FULL",
        "CREATE TABLE block_target (bt_id INT UNSIGNED AUTO_INCREMENT NOT NULL, bt_address TINYBLOB, bt_user INT UNSIGNED,"
        " bt_user_text VARBINARY(255), bt_auto TINYINT(1) DEFAULT 0 NOT NULL, bt_range_start TINYBLOB, bt_range_end TINYBLOB,"
        " bt_ip_hex TINYBLOB, bt_count INT DEFAULT 0 NOT NULL, PRIMARY KEY (bt_id))")
    bare.catches_up()


def shown(bare, table, columns, key, value):
    return bare.box.pg_rows('SELECT %s FROM mediawiki."%s" WHERE wiki_id = %%s AND %s = %%s' % (columns, table, key), (WIKI, value))


@pytest.mark.parametrize("image", IMAGES)
def test_what_derived_columns_are_made_of(imaged, image):
    """One input changes, and others are not in the image: hidden or not, system user or not, merged or not."""
    user = "INSERT INTO user (user_name, user_real_name, user_password, user_newpassword, user_email, user_token) VALUES ('%s', '', '%s', '', '%s', '%s')"
    run(imaged, image, user % ("S1" + image, "", "a@example.org", "*** INVALID ***"), user % ("S2" + image, ":pbkdf2:x", "", "token"),
        user % ("S3" + image, ":null:", "", "token"), user % ("S4" + image, "", "", "*** INVALID ***"))
    imaged.catches_up()
    run(imaged, image, "UPDATE user SET user_email = '' WHERE user_name LIKE 'S1%'", "UPDATE user SET user_token = '*** INVALID ***' WHERE user_name LIKE 'S2%'",
        "UPDATE user SET user_token = '*** INVALID ***' WHERE user_name LIKE 'S3%'", "UPDATE user SET user_password = ':pbkdf2:y' WHERE user_name LIKE 'S4%'",
        "INSERT INTO block_target (bt_id, bt_address, bt_ip_hex) VALUES (%(n)d1, '192.0.2.1', 'C0000201')" % {"n": 1 + IMAGES.index(image)},
        "INSERT INTO block_target (bt_id, bt_address, bt_auto) VALUES (%(n)d2, '192.0.2.2', 1)" % {"n": 1 + IMAGES.index(image)},
        "INSERT INTO block_target (bt_id, bt_user, bt_user_text) VALUES (%(n)d3, 5, 'Named')" % {"n": 1 + IMAGES.index(image)})
    imaged.catches_up()
    n = 10 * (1 + IMAGES.index(image))
    run(imaged, image,
        "UPDATE block_target SET bt_address = '192.0.2.7', bt_ip_hex = NULL WHERE bt_id = %d" % (n + 1),   # shown, and stays so
        "UPDATE block_target SET bt_address = '192.0.2.8', bt_ip_hex = 'C0000208' WHERE bt_id = %d" % (n + 2),  # hidden, and stays so
        "UPDATE block_target SET bt_address = '192.0.2.9' WHERE bt_id = %d" % (n + 3),                      # from NULL
        "UPDATE block_target SET bt_auto = 0, bt_count = bt_count + 1 WHERE bt_id = %d" % (n + 1),          # named, and the same
        "UPDATE block_target SET bt_auto = 1 WHERE bt_id = %d" % (n + 3),                                   # hidden from now on
        "UPDATE user SET user_real_name = 'r', user_editcount = 7 WHERE user_name LIKE 'S_%s'" % image)
    imaged.catches_up()
    run(imaged, image,
        "INSERT INTO ipblocks (ipb_id, ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_expiry, ipb_range_start, ipb_range_end)"
        " VALUES (%d, '198.51.%d.0/24', 0, 1, 1, '20260101000000', 'infinity', 'C6336400', 'C63364FF'),"
        " (%d, 'Named', %d, 1, 1, '20260101000000', 'infinity', '', '')" % (900 + n, n, 901 + n, n),
        "UPDATE ipblocks SET ipb_parent_block_id = 0, ipb_expiry = '20300101000000'",
        "INSERT INTO revision_comment_temp VALUES (%d, 1)" % (7000 + n),
        "INSERT INTO revision (rev_id, rev_page, rev_actor, rev_timestamp) VALUES (%d, 1, 1, '20260101000000')" % (7000 + n),
        "UPDATE revision_comment_temp SET revcomment_comment_id = 2 WHERE revcomment_rev = %d" % (7000 + n))
    imaged.catches_up()


@pytest.mark.parametrize("image", IMAGES)
def test_columns_that_an_insert_does_not_name(imaged, image):
    """They get the source's defaults, of the key too, also where these are not MediaWiki's; expressions are in the image."""
    run(imaged, "FULL", "ALTER TABLE site_stats ALTER ss_images SET DEFAULT 41, ALTER ss_users SET DEFAULT 3",
        "ALTER TABLE category ALTER cat_pages SET DEFAULT 12",
        "ALTER TABLE page ALTER page_is_new SET DEFAULT 1, ALTER page_touched SET DEFAULT '20200102030405'",
        "ALTER TABLE interwiki ALTER iw_wikiid SET DEFAULT 'a''b\\\\c', ALTER iw_url SET DEFAULT (uuid())")
    try:
        run(imaged, image, "SET SESSION sql_mode = ''", "DELETE FROM site_stats", "INSERT INTO site_stats (ss_row_id) VALUES (1)",
            "INSERT INTO category (cat_title) VALUES ('Defaults%s')" % image,
            "INSERT INTO pagelinks (pl_from, pl_title) VALUES (77, 'Defaults%s')" % image,
            "INSERT INTO pagelinks (pl_title) VALUES ('Defaults%s')" % image,
            "INSERT INTO page (page_title) VALUES ('Defaults%s')" % image,
            "INSERT INTO interwiki (iw_prefix) VALUES ('d%s')" % image.lower(),
            "INSERT INTO categorylinks (cl_from, cl_to) VALUES (77, 'Defaults%s')" % image,
            "INSERT INTO image (img_name) VALUES ('Defaults%s.png')" % image,
            "INSERT INTO recentchanges (rc_actor) VALUES (1)", "INSERT INTO logging (log_actor) VALUES (1)",
            "DELETE FROM pagelinks WHERE pl_from = 77")
        imaged.catches_up()
        assert shown(imaged, "site_stats", "ss_images, ss_users", "ss_row_id", 1) == [(41, 3)]
        assert shown(imaged, "page", "page_is_new", "page_title", "Defaults" + image) == [(True,)]
    finally:
        run(imaged, "FULL", "ALTER TABLE site_stats ALTER ss_images SET DEFAULT NULL, ALTER ss_users SET DEFAULT NULL",
            "ALTER TABLE category ALTER cat_pages SET DEFAULT 0", "ALTER TABLE interwiki ALTER iw_wikiid DROP DEFAULT, ALTER iw_url DROP DEFAULT",
            "ALTER TABLE page ALTER page_is_new SET DEFAULT 0, ALTER page_touched DROP DEFAULT")


def test_a_default_that_is_another_by_now(imaged):
    """follow is behind the ALTER: what the source would say of the column now is not what the row got."""
    run(imaged, "FULL", "ALTER TABLE category ALTER cat_pages SET DEFAULT 12")
    imaged.catches_up()
    try:
        for number, also in ((12, ""), (13, ", ADD later INT")):
            run(imaged, "MINIMAL", "INSERT INTO category (cat_title) VALUES ('Got%d')" % number,
                "ALTER TABLE category ALTER cat_pages SET DEFAULT %d%s" % (number + 1, also))
            assert "rows of table category of wiki %s are compared with the source: the row image of an INSERT lacks columns" % WIKI in imaged.catches_up(compared=False)
            assert shown(imaged, "category", "cat_pages", "cat_title", "Got%d" % number) == [(number,)]
        run(imaged, "MINIMAL", "ALTER TABLE category DROP later", "INSERT INTO category (cat_title) VALUES ('Still')")
        imaged.catches_up()
    finally:
        run(imaged, "FULL", "ALTER TABLE category ALTER cat_pages SET DEFAULT 0")
    imaged.catches_up()


def opened(bare):
    """Connections to MariaDB so far."""
    return int(bare.box.maria_rows("SHOW GLOBAL STATUS LIKE 'Connections'")[0][1])


def test_many_rows_before_an_alter(imaged):
    """That what they got is not known is asked once; and where too many keys wait, the table is compared."""
    for number, waiting in ((17, 0), (18, 4000)):
        run(imaged, "MINIMAL", *["INSERT INTO category (cat_title) VALUES ('Many%d_%d')" % (number, n) for n in range(80)],
            "ALTER TABLE category ALTER cat_pages SET DEFAULT %d" % number)
        if waiting:
            imaged.box.pg_rows("DELETE FROM mwmirror.copy_table")
            imaged.box.pg_rows("INSERT INTO mwmirror.copy_table (wiki_id, source_table, source_name, mode, state, key_column, key_kind)"
                               " VALUES (%s, 'category', 'main', 'ranges', 'copying', 'cat_id', 'integer')", (WIKI,))
            imaged.box.pg_rows("INSERT INTO mwmirror.copy_range (wiki_id, source_table, number, one_key, lower)"
                               " SELECT %s, 'category', -n, true, (1000000 + n)::text::bytea FROM generate_series(1, %s) AS n", (WIKI, waiting))
        before = opened(imaged)
        log = imaged.catches_up()
        assert opened(imaged) - before < 60, log
        assert ("table category of wiki %s is copied again: the row image of an INSERT" % WIKI in log) == (waiting > 0), log
        assert imaged.box.pg_value("SELECT count(*) FROM mediawiki.category WHERE cat_title LIKE 'Many%%' AND cat_pages NOT IN (0, 17)") == 0
    run(imaged, "FULL", "ALTER TABLE category ALTER cat_pages SET DEFAULT 0")
    imaged.catches_up()


@pytest.mark.parametrize("image", ("NOBLOB", "MINIMAL"))
def test_what_no_image_says(imaged, image):
    """An address that is not hidden any more, and half of a text: neither MariaDB's image nor the mirror has it."""
    n = 60 + IMAGES.index(image)
    run(imaged, image, "INSERT INTO block_target (bt_id, bt_address, bt_auto) VALUES (%d, '192.0.2.3', 1)" % n,
        "INSERT INTO text VALUES (%d, 'body', 'utf-8')" % (9000 + n))
    imaged.catches_up()
    run(imaged, image, "UPDATE block_target SET bt_auto = 0 WHERE bt_id = %d" % n)
    imaged.refused("follow", TARGET, "binlog_row_image = FULL", "row image")
    imaged.recopy()
    run(imaged, image, "UPDATE text SET old_flags = 'utf-8,x' WHERE old_id = %d" % (9000 + n))
    assert "rows of table text of wiki %s are compared with the source: the row image of an UPDATE lacks" % WIKI in imaged.catches_up()
    imaged.recopy()


def test_replace_that_names_some_columns(imaged):
    """MINIMAL writes an UPDATE that looks like one of ON DUPLICATE KEY UPDATE; one resets the other columns. Where it names all, there is no doubt."""
    run(imaged, "FULL", "REPLACE INTO site_stats (ss_row_id, ss_users, ss_images) VALUES (1, 5, 6)",
        "INSERT INTO category (cat_id, cat_title, cat_pages, cat_files) VALUES (4000, 'Replaced', 5, 6), (4001, 'Updated', 5, 6)")
    imaged.catches_up()
    run(imaged, "MINIMAL",
        "REPLACE INTO site_stats (ss_row_id, ss_total_edits, ss_good_articles, ss_total_pages, ss_users, ss_active_users, ss_images) VALUES (1, 1, 2, 3, 4, 5, 6)",
        "REPLACE INTO category (cat_id, cat_title) VALUES (4000, 'Replaced')",  # of two unique keys: a DELETE and an INSERT
        "INSERT INTO category (cat_title, cat_pages, cat_subcats, cat_files) VALUES ('Updated', 1, 1, 1) ON DUPLICATE KEY UPDATE cat_pages = 9, cat_files = 4",
        "UPDATE category SET cat_files = 11 WHERE cat_id = 4001")
    imaged.catches_up()
    run(imaged, "MINIMAL", "REPLACE INTO site_stats (ss_row_id, ss_users) VALUES (1, 5)")
    assert "rows of table site_stats of wiki %s are compared with the source: a REPLACE" % WIKI in imaged.catches_up()
    assert shown(imaged, "site_stats", "ss_users, ss_images", "ss_row_id", 1) == [(5, None)]


def test_updates_without_their_text(imaged):
    """A session has switched off what tells a REPLACE from an UPDATE; behind another statement of the same transaction, that has it."""
    run(imaged, "MINIMAL", "DELETE FROM site_stats", "INSERT INTO site_stats (ss_row_id, ss_users, ss_images) VALUES (1, 5, 6)",
        "INSERT INTO category (cat_id, cat_title) VALUES (4100, 'Told')")
    imaged.catches_up()
    run(imaged, "MINIMAL", "BEGIN", "UPDATE category SET cat_pages = 9 WHERE cat_id = 4100", "SET SESSION binlog_annotate_row_events = OFF",
        "REPLACE INTO site_stats (ss_row_id, ss_users) VALUES (1, 7)", "COMMIT")
    log = imaged.catches_up()
    assert "rows of table site_stats of wiki %s are compared with the source: the row image of an UPDATE lacks columns, and binlog_annotate" % WIKI in log
    assert "table category" not in log
    assert shown(imaged, "site_stats", "ss_users, ss_images", "ss_row_id", 1) == [(7, None)]


def test_the_same_changes_under_each_image(imaged):
    """
    Seeded random changes of rows of all mirrored tables, in three databases that differ in nothing but their images: the three mirrors are the same.
    """
    seed = random.randrange(1 << 32)
    for image in IMAGES:
        database = "wiki" + image.lower()
        connection = imaged.box.maria(fresh=True)
        workload.create_tables(connection, database)
        connection.close()
        imaged.add_wiki(database)
    imaged.run("snapshot")
    for image in IMAGES:
        change(imaged, image, "wiki" + image.lower(), random.Random(seed))
    imaged.catches_up()
    for image in IMAGES:
        found = compare.differences(imaged.box.maria(), imaged.box.pg(), "wiki" + image.lower())
        assert not found, "seed %d, %s:\n%s" % (seed, image, "\n".join(found))


def change(bare, image, database, dice):
    """Rows of every table: inserted with some of their columns, changed in one or a few, also of the key, and deleted."""
    connection = session(bare, image, database)
    workload.execute(connection, "SET SESSION sql_mode = ''")
    for table, columns in sorted(hard_rows.table_columns(bare.box, database).items()):
        if table in hard_rows.LEFT_OUT or table in compare.NOT_MIRRORED:
            continue
        rows = hard_rows.rows(columns, 12)  # the last are for keys that change: to the same value it would look like a REPLACE
        plain = [c[0] for c in columns if not c[5] and c[0] not in MOVED]
        workload.execute(connection, "START TRANSACTION")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO `%s` VALUES %s" % (table, ", ".join(["(%s)" % ", ".join(["%s"] * len(columns))] * 9)),
                           [v for row in rows[:9] for v in row])
        names = [c[0] for c in columns]
        together = [t for t in TOGETHER if t[0] in names]
        for _ in range(5):
            keys = (dice.random() < 0.2 or not plain) and table not in TEMPORARY
            named = [n for n in names if n not in MOVED] if keys else plain
            if not named:
                break
            chosen = dice.sample(named, min(len(named), dice.choice((1, 1, 2, 3))))
            for group in together:
                if set(group) & set(chosen):
                    chosen = list(dict.fromkeys(chosen + list(group)))
            row = rows[dice.randrange(9, 12) if keys else dice.randrange(9)]
            values = [row[names.index(c)] for c in chosen]
            with connection.cursor() as cursor:
                cursor.execute("UPDATE IGNORE `%s` SET %s ORDER BY %s LIMIT %d" % (
                    table, ", ".join("`%s` = %%s" % c for c in chosen), ", ".join("`%s`" % c for c in names), dice.choice((1, 1, 3))), values)
        if table not in TEMPORARY:
            workload.execute(connection, "DELETE FROM `%s` ORDER BY %s LIMIT 3" % (table, ", ".join("`%s`" % c for c in names)))
        workload.execute(connection, "COMMIT")
    connection.close()
