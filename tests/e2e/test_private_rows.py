"""
What must not leave MariaDB: rows that row_filter leaves out, by each way into the mirror, and private columns that somebody maps.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import os
import subprocess

import pytest

import chain
import compare
import workload
from bare import TARGET, USAGE, WIKI, small_sandbox
from copy_by_hand import wiki_that_is_being_copied

IMAGES = ("FULL", "NOBLOB", "MINIMAL")
SECRET = "hidden5ecret"
SHOWN = "nothing5ecret"
PROPERTIES = ("watchlisttoken", "Ext-TOKEN", "oauth_secret", "mailPassword", "some-api-key", "userjs-notes")


@pytest.fixture(scope="module")
def private():
    with small_sandbox("private") as bare:
        bare.create_wiki(before_copy=lambda: plant(bare, "FULL", 500))
        bare.catches_up()
        yield bare


def run(bare, image, *statements):
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    workload.execute(connection, "SET SESSION binlog_row_image = %s" % image)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def plant(bare, image, user):
    """Secrets, one of them not UTF-8, which raw_value would keep; and what is no secret."""
    run(bare, image, *["INSERT INTO user_properties VALUES (%d, '%s', CONCAT(x'ff', '%s'))" % (user, name, SECRET) for name in PROPERTIES],
        "INSERT INTO user_properties VALUES (%d, 'gender', '%s'), (%d, 'skin', x'ff41')" % (user, SHOWN, user))


def shown(bare, user):
    return sorted(row[0] for row in bare.box.pg_rows(
        "SELECT up_property FROM mediawiki.user_properties WHERE wiki_id = %s AND up_user = %s", (WIKI, user)))


def files_with(directory, text):
    """Files below a directory that hold the bytes."""
    found = subprocess.run(["grep", "-rlaF", text, directory], stdout=subprocess.PIPE)
    assert found.returncode in (0, 1)
    return found.stdout.decode().splitlines()


@pytest.mark.parametrize("image", IMAGES)
def test_tokens_are_left_out_of_the_binlog(private, image):
    """Inserted, changed, deleted; a row that becomes a secret goes, and one that is none any more comes."""
    user = 600 + IMAGES.index(image)
    plant(private, image, user)
    run(private, image, "UPDATE user_properties SET up_value = '%s2' WHERE up_user = %d AND up_property = 'watchlisttoken'" % (SECRET, user),
        "UPDATE user_properties SET up_value = 'male' WHERE up_user = %d AND up_property = 'gender'" % user,
        "DELETE FROM user_properties WHERE up_user = %d AND up_property = 'oauth_secret'" % user)
    private.catches_up()
    assert shown(private, user) == ["gender", "skin"]
    run(private, image, "UPDATE user_properties SET up_property = 'a-token', up_value = '%s' WHERE up_user = %d AND up_property = 'skin'" % (SECRET, user))
    private.catches_up()
    assert shown(private, user) == ["gender"]
    run(private, image, "UPDATE user_properties SET up_property = 'language', up_value = 'de' WHERE up_user = %d AND up_property = 'a-token'" % user,
        "DELETE FROM user_properties WHERE up_user = %d AND up_property = 'gender'" % user)
    private.catches_up()
    assert shown(private, user) == ["language"]


def test_no_token_is_in_any_file_of_postgres(private):
    """Neither the first copy, nor follow, nor a table that is copied again writes one: not in the mirror, the WAL, raw_value, events or a log."""
    assert shown(private, 500) == ["gender", "skin"]
    private.box.pg_rows("SELECT mwmirror.copy_again(%s, 'user_properties', 'a test')", (WIKI,))
    private.catches_up()
    private.box.pg_rows("CHECKPOINT")
    maria = os.path.join(private.directory, "mariadb")
    found = [f for f in files_with(private.directory, SECRET) if not f.startswith(maria + os.sep)]
    assert not found
    # the search sees what is there
    assert files_with(maria, SECRET)
    assert [f for f in files_with(private.directory, SHOWN) if not f.startswith(maria + os.sep)]


# Filters of a table with columns of several types, none of them of the key.
FILTERS = (
    ("img_size NOT IN (3, 5) AND img_media_type <> 'AUDIO'", ("img_size", "img_media_type", "img_minor_mime"),
     "img_size NOT IN (3, 5) AND img_media_type <> 'AUDIO'"),
    ("img_minor_mime LIKE '%p\\_g%' AND img_sha1 NOT LIKE 'A%'", ("img_minor_mime", "img_sha1", "img_width"),
     "LOWER(CONVERT(img_minor_mime USING latin1)) LIKE '%p\\_g%' AND HEX(LEFT(img_sha1, 1)) NOT IN ('41', '61')"),
    ("img_media_type IS NOT NULL AND img_minor_mime NOT IN ('', 'it''s', '\u00fc', 'x-p_g')", ("img_media_type", "img_minor_mime", "img_width"),
     "img_media_type IS NOT NULL AND HEX(img_minor_mime) NOT IN ('', '69742773', 'C3BC', '782D705F67')"),
)
VALUES = {
    "img_size": ["0", "3", "5", "50"],
    "img_width": ["1", "2"],
    "img_media_type": ["NULL", "'AUDIO'", "'BITMAP'"],
    "img_minor_mime": ["''", "'x-P_G'", "'x-p_g'", "'xpng'", "'it''s'", "x'c3bc'", "x'fc'", "'p%g'"],
    "img_sha1": ["''", "'a1'", "'A1'", "'ba'", "x'ff61'"],
}


@pytest.mark.parametrize("text, columns, mine", FILTERS, ids=("in", "like", "null"))
def test_copy_and_binlog_agree(private, text, columns, mine):
    """Rows come and go as the filter says, which MariaDB is asked here by a condition of its own; a copy finds nothing to mend."""
    private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = %s WHERE source_table = 'image'", (text,))
    try:
        rows = [(a, b, c) for a in VALUES[columns[0]] for b in VALUES[columns[1]] for c in VALUES[columns[2]]]
        run(private, "FULL", "DELETE FROM image")
        for image in IMAGES:
            run(private, image, "INSERT INTO image (img_name, %s, img_metadata, img_description_id, img_actor, img_timestamp) VALUES " % ", ".join(columns) +
                ", ".join("('%s%d', %s, 'm', 1, 1, '20260101000000')" % (image, i, ", ".join(row)) for i, row in enumerate(rows)))
        same(private, mine)
        for image in IMAGES:
            # of each other row a column by which is filtered or not, which may bring it in or take it out
            run(private, image, *["UPDATE image SET %s = %s WHERE img_name = '%s%d'" % (columns[i % 3], VALUES[columns[i % 3]][i % 2], image, i)
                                  for i in range(0, len(rows), 2)],
                "UPDATE image SET img_metadata = 'n' WHERE img_name LIKE '%s%%'" % image,
                "DELETE FROM image WHERE img_name LIKE '%s%%7'" % image)
        same(private, mine)
        versions = "SELECT img_name, xmin::text, ctid::text FROM mediawiki.image ORDER BY 1"
        before = private.box.pg_rows(versions)
        private.box.pg_rows("SELECT mwmirror.copy_again(%s, 'image', 'a test')", (WIKI,))
        same(private, mine)
        assert private.box.pg_rows(versions) == before
    finally:
        private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = NULL WHERE source_table = 'image'")
    private.catches_up()


def same(bare, condition):
    bare.catches_up(compared=False)
    connection = bare.box.maria(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT img_name, img_metadata FROM `%s`.image WHERE %s" % (WIKI, condition))
        want = cursor.fetchall()
    connection.close()
    have = bare.box.pg_rows("SELECT img_name, convert_from(img_metadata, 'UTF8') FROM mediawiki.image WHERE wiki_id = %s", (WIKI,))
    assert sorted(have) == sorted(tuple(compare.as_bytes(v).decode() for v in row) for row in want)
    assert want


def test_filter_that_is_changed_while_follow_runs(private):
    """Rows that it leaves out now go, and those that it lets in come."""
    daemon = private.daemon("follow")
    try:
        for text, mine in (("img_size <> 50", "img_size <> 50"), ("img_size <> 3", "img_size <> 3"), (None, "1")):
            run(private, "FULL", "REPLACE INTO image (img_name, img_size, img_metadata, img_description_id, img_actor, img_timestamp)"
                " VALUES ('s50', 50, 'm', 1, 1, ''), ('s3', 3, 'm', 1, 1, '')")
            private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = %s WHERE source_table = 'image'", (text,))
            run(private, "FULL", "UPDATE image SET img_metadata = 'z' WHERE img_name IN ('s3', 's50')")
            want = sorted(name for name, size in (("s50", 50), ("s3", 3)) if "<> %d" % size not in (text or ""))
            chain.wait_for(lambda: private.copied_again() and chain.reached(private.position(), chain.source_position(private.box)) and
                           [r[0] for r in private.box.pg_rows("SELECT img_name FROM mediawiki.image WHERE img_name IN ('s3', 's50') ORDER BY 1")] == want,
                           lambda: "%r %s" % (text, daemon.log()), 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
        private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = NULL WHERE row_filter IS NOT NULL AND source_table = 'image'")
    private.catches_up()


def test_filter_that_is_changed_while_a_wiki_is_copied(private):
    """What was copied before it is compared by it, too."""
    run(private, "FULL", "REPLACE INTO image (img_name, img_size, img_metadata, img_description_id, img_actor, img_timestamp)"
        " VALUES ('s50', 50, 'm', 1, 1, ''), ('s3', 3, 'm', 1, 1, '')")
    private.catches_up()
    daemon = private.daemon("follow")
    try:
        with wiki_that_is_being_copied(private.box):
            private.box.pg_rows("UPDATE mwmirror.copy_table SET next_ordinal = 2 WHERE source_table = 'image'")
            private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = 'img_size <> 50' WHERE source_table = 'image'")
            chain.wait_for(lambda: private.copied_again() and private.box.pg_rows(
                "SELECT img_name FROM mediawiki.image WHERE img_name IN ('s3', 's50')") == [("s3",)], daemon.log, 20)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
        private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = NULL WHERE row_filter IS NOT NULL AND source_table = 'image'")
    private.catches_up()


def test_rows_of_a_table_that_is_added(private):
    """Its filter is there before its first row is copied."""
    run(private, "FULL", "CREATE TABLE ext_note (n_id INT PRIMARY KEY, n_kind VARBINARY(20), n_text BLOB)",
        "INSERT INTO ext_note VALUES (1, 'open', 'a'), (2, 'closed', '%s3'), (3, NULL, '%s3')" % (SECRET, SECRET))
    wrong = private.box.mwmirror("add-table", "ext_note", "--all-columns", "--row-filter", "n_kind = open")
    assert wrong.returncode == USAGE and "a text in '' or an integer expected" in wrong.stderr
    wrong = private.box.mwmirror("add-table", "ext_note", "--all-columns", "--row-filter", "n_what = 'open'")
    assert wrong.returncode == USAGE and "no column n_what" in wrong.stderr
    private.run("add-table", "ext_note", "--all-columns", "--row-filter", "n_kind = 'open'")
    run(private, "MINIMAL", "INSERT INTO ext_note VALUES (4, 'closed', '%s3'), (5, 'open', 'b')" % SECRET,
        "UPDATE ext_note SET n_kind = 'closed', n_text = '%s3' WHERE n_id = 1" % SECRET)
    private.catches_up(compared=False)
    assert private.box.pg_rows("SELECT n_id FROM mediawiki.ext_note") == [(5,)]
    private.box.pg_rows("CHECKPOINT")
    assert not [f for f in files_with(private.directory, SECRET) if not f.startswith(os.path.join(private.directory, "mariadb") + os.sep)]
    private.run("remove-table", "ext_note")
    run(private, "FULL", "DROP TABLE ext_note")
    private.catches_up()


@pytest.mark.parametrize("statement, texts", (
    # a private column of MediaWiki, in another case
    ("INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds, priority)"
     " VALUES ('user', 'user', 'user_real_name', '{USER_Token}', '{text}', 0)", ("USER_Token", "user_real_name", "secret of the login cookie")),
    # one of nobody's list, by its name
    ("INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds, priority)"
     " VALUES ('page', 'page', 'page_lang', '{page_ext_secret}', '{text}', 0)", ("page_ext_secret", "secret")),
    ("UPDATE mwmirror.table_map SET row_filter = 'cat_id <> 1 OR 1' WHERE source_table = 'category'", ("row_filter", "category", "AND or the end")),
), ids=("private", "named", "malformed"))
def test_mappings_that_are_refused(private, statement, texts):
    """follow and snapshot do not begin, and say what to correct."""
    run(private, "FULL", "INSERT INTO category (cat_title) VALUES ('Refused') ON DUPLICATE KEY UPDATE cat_pages = cat_pages + 1")
    private.box.pg_rows(statement)
    try:
        private.refused("follow", TARGET, *texts)
        done = private.box.mwmirror("snapshot")
        assert done.returncode == TARGET, done.stderr
        for text in texts:
            assert text in done.stderr
    finally:
        private.box.pg_rows("DELETE FROM mwmirror.column_map WHERE priority = 0 AND NOT shipped")
        private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = NULL WHERE source_table = 'category'")
    private.catches_up()


def test_name_that_is_private_from_now_on(private):
    """follow, which runs, mirrors columns with such a name no more."""
    daemon = private.daemon("follow")
    try:
        chain.wait_for(lambda: "following source" in daemon.log(), daemon.log, 20)
        private.box.pg_rows("INSERT INTO mwmirror.private_name (pattern, reason) VALUES (%s, 'a test')", ("%\\_metadata",))
        run(private, "FULL", "UPDATE image SET img_metadata = 'unseen'")
        assert daemon.wait(20) == TARGET and "img_metadata" in daemon.log(), daemon.log()
        assert private.box.pg_value("SELECT count(*) FROM mediawiki.image WHERE img_metadata = 'unseen'") == 0
    finally:
        daemon.kill()
        private.box.pg_rows("DELETE FROM mwmirror.private_name WHERE NOT shipped")
    private.catches_up()


def test_filter_by_a_column_that_is_not_there(private):
    """The table waits until the filter is right, its rows stay, and all else goes on."""
    before = private.box.pg_rows("SELECT * FROM mediawiki.category ORDER BY cat_id")
    private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = 'cat_kind <> 1' WHERE source_table = 'category'")
    daemon = private.daemon("follow")
    try:
        run(private, "FULL", "INSERT INTO category (cat_title) VALUES ('Waits')")
        private.edit()
        goal = chain.source_position(private.box)
        chain.wait_for(lambda: chain.reached(private.position(), goal) and "names column cat_kind, which the table has not" in daemon.log(), daemon.log, 30)
        assert private.box.pg_rows("SELECT * FROM mediawiki.category ORDER BY cat_id") == before
        private.box.pg_rows("UPDATE mwmirror.table_map SET row_filter = NULL WHERE source_table = 'category'")
        chain.wait_for(private.copied_again, daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    private.catches_up()
