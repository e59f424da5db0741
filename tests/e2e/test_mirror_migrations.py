"""
MediaWiki's schema changes on a followed wiki, as DDL and rows, also half done: both columns there and one of them still NULL, both tables
with rows. At each step the mirror is MariaDB's, and a copy that is made then is the same. All that is told of it is valid.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 and 1.43 in it.
"""

import pytest

import chain
import compare
import schemas
import workload
from bare import DATA, WIKI, small_sandbox

OF_139 = pytest.mark.parametrize("migrated", ["1.39"], indirect=True)
OF_BOTH = pytest.mark.parametrize("migrated", ["1.39", "1.43"], indirect=True)


class Wiki:
    def __init__(self, bare, name):
        self.bare, self.name = bare, name
        self.box = bare.box

    def run(self, *statements):
        """Statements of one session in the wiki's database."""
        connection = self.box.maria(fresh=True)
        connection.select_db(self.name)
        for statement in statements:
            workload.execute(connection, statement)
        connection.close()

    def step(self, *statements):
        self.run(*statements)
        return self.catches_up()

    def catches_up(self):
        log = self.bare.catches_up(compared=False)
        compare.assert_equal(self.box, self.name)
        return log

    def recopy(self):
        self.bare.run("snapshot", "--force", self.name)
        self.catches_up()

    def rows(self, sql):
        return self.box.pg_rows(sql, (self.name,))


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("migrated") as bare:
        bare.create_wiki()
        yield bare


@pytest.fixture(scope="module")
def wikis(bare):
    """Of each version one, which goes through all migrations that are left."""
    newer = Wiki(bare, "wiki43migrated")
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, newer.name, "1.43")
    connection.close()
    bare.add_wiki(newer.name)
    bare.run("snapshot", newer.name)
    return {"1.39": Wiki(bare, WIKI), "1.43": newer}


@pytest.fixture
def migrated(request, wikis):
    return wikis[request.param]


LINKS = {
    "pagelinks": ("pl", "pl_namespace, pl_title", "0, '%s'", ("pl_namespace", "pl_title")),
    "imagelinks": ("il", "il_to", "'%s'", ("il_to",)),
}


@pytest.mark.parametrize("migrated,table", [("1.39", "pagelinks"), ("1.39", "imagelinks"), ("1.43", "imagelinks")], indirect=["migrated"])
def test_links_from_titles_to_ids(migrated, table):
    """A row moves from the mirror's own linktarget to the wiki's; pagelinks 1.41 to 1.43, imagelinks 1.46 and 1.47."""
    p, columns, value, old = LINKS[table]
    insert = "INSERT INTO %s (%s_from, %s) VALUES (%%d, %s)" % (table, p, columns, value)
    title = old[-1]
    migrated.step("INSERT INTO linktarget VALUES (77, 0, 'Half'), (78, 6, 'Half'), (79, 0, 'Other'), (80, 6, 'Other')"
                   " ON DUPLICATE KEY UPDATE lt_title = VALUES(lt_title)", insert % (1, "Before"), insert % (1, "Gone"))
    migrated.step("ALTER TABLE %s ADD %s_target_id BIGINT UNSIGNED DEFAULT NULL" % (table, p),
         insert % (1, "Half"), insert % (2, "Half"), insert % (3, "Other"), insert % (4, "Bad"),
         "UPDATE %s SET %s = x'42ff' WHERE %s = 'Bad'" % (table, title, title))
    assert len(migrated.rows("SELECT 1 FROM mediawiki.%s WHERE wiki_id = %%s AND %s_target_id < 0" % (table, p))) == 6
    migrated.step("UPDATE %s SET %s_target_id = 77 WHERE %s = 'Half'" % (table, p, title),
         "UPDATE %s SET %s_from_namespace = 2 WHERE %s IN ('Half', 'Before')" % (table, p, title),
         "DELETE FROM %s WHERE %s = 'Gone'" % (table, title),
         "DELETE FROM %s WHERE %s_from = 2" % (table, p))
    # a copy of what is half done
    migrated.recopy()
    migrated.step("UPDATE %s SET %s_target_id = 79 + %s_from WHERE %s_target_id IS NULL" % (table, p, p, p))
    key = "ALTER TABLE %s DROP PRIMARY KEY, MODIFY %s_target_id BIGINT UNSIGNED NOT NULL, ADD PRIMARY KEY (%s_from, %s_target_id)" % (table, p, p, p)
    migrated.step(key, "UPDATE %s SET %s_from_namespace = 4" % (table, p), "DELETE FROM %s WHERE %s_from IN (3, 4)" % (table, p))
    migrated.step("ALTER TABLE %s %s" % (table, ", ".join("DROP %s" % c for c in old)),
         "INSERT INTO %s (%s_from, %s_target_id) VALUES (9, 77), (9, 78)" % (table, p, p),
         "DELETE FROM %s WHERE %s_from = 9 AND %s_target_id = 77" % (table, p, p))
    assert migrated.rows("SELECT 1 FROM mediawiki.%s WHERE wiki_id = %%s AND %s_target_id < 0" % (table, p)) == []


@OF_BOTH
def test_category_links_from_titles_to_ids(migrated):
    """1.44 adds ids of targets and collations, 1.45 makes them the key and takes titles and names away."""
    insert = "INSERT INTO categorylinks (cl_from, cl_to, cl_sortkey, cl_sortkey_prefix, cl_collation, cl_timestamp, cl_type) VALUES "
    migrated.step(insert + "(1, 'A', 'X\\nA', 'x', 'uppercase', '2026-01-01', 'page'), (1, 'B', 'B', '', 'uppercase', '2026-01-01', 'page'),"
                            " (2, 'A', 'C', '', 'uca-default', '2026-01-01', 'subcat')")
    migrated.step("CREATE TABLE collation (collation_id SMALLINT UNSIGNED AUTO_INCREMENT NOT NULL, collation_name VARBINARY(64) NOT NULL,"
                   " UNIQUE INDEX collation_name (collation_name), PRIMARY KEY (collation_id))",
         "ALTER TABLE categorylinks ADD cl_collation_id SMALLINT UNSIGNED DEFAULT 0 NOT NULL, ADD cl_target_id BIGINT UNSIGNED DEFAULT NULL",
         insert + "(3, 'A', 'D', '', 'uppercase', '2026-01-02', 'file')",
         "UPDATE categorylinks SET cl_sortkey = 'changed' WHERE cl_from = 1 AND cl_to = 'B'")
    migrated.step("INSERT INTO linktarget VALUES (501, 14, 'A'), (502, 14, 'B')",
         "INSERT INTO collation VALUES (1, 'uppercase'), (2, 'uca-default')",
         "UPDATE categorylinks SET cl_target_id = 501, cl_collation_id = 1 WHERE cl_to = 'A' AND cl_from <> 2")
    migrated.recopy()
    migrated.step("UPDATE categorylinks SET cl_target_id = 500 + IF(cl_to = 'A', 1, 2)",
         "UPDATE categorylinks SET cl_collation_id = IF(cl_collation = 'uppercase', 1, 2)",
         "DROP INDEX `primary` ON categorylinks", "UPDATE categorylinks SET cl_sortkey_prefix = 'no key' WHERE cl_from = 2",
         "ALTER TABLE categorylinks CHANGE cl_target_id cl_target_id BIGINT UNSIGNED NOT NULL",
         "ALTER TABLE categorylinks ADD PRIMARY KEY (cl_from, cl_target_id)")
    migrated.step("ALTER TABLE categorylinks DROP cl_to, DROP cl_collation",
         "INSERT INTO categorylinks (cl_from, cl_target_id, cl_sortkey, cl_type) VALUES (4, 501, 'a', 'page'), (4, 502, 'a', 'page')",
         "DELETE FROM categorylinks WHERE cl_from = 4 AND cl_target_id = 501")
    assert migrated.rows("SELECT 1 FROM mediawiki.categorylinks WHERE wiki_id = %s AND (cl_target_id < 0 OR cl_collation_id < 0)") == []


@OF_139
def test_blocks_in_tables_of_their_own(migrated):
    """1.43 fills block and block_target from ipblocks, and drops that: of what the mirror made of it nothing is left."""
    migrated.step(*["INSERT INTO ipblocks (ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_auto, ipb_expiry,"
                     " ipb_range_start, ipb_range_end) VALUES %s" % row for row in (
                         "('192.0.2.0/24', 0, 1, 1, '20260101000000', 0, 'infinity', 'C0000200', 'C00002FF')",
                         "('Named', 7, 1, 1, '20260101000000', 0, 'infinity', '', '')",
                         "('192.0.2.9', 0, 1, 1, '20260101000000', 1, '20260101000000', 'C0000209', 'C0000209')")])
    migrated.step("CREATE TABLE block_target (bt_id INT UNSIGNED AUTO_INCREMENT NOT NULL, bt_address TINYBLOB, bt_user INT UNSIGNED,"
                   " bt_user_text VARBINARY(255), bt_auto TINYINT(1) DEFAULT 0 NOT NULL, bt_range_start TINYBLOB, bt_range_end TINYBLOB,"
                   " bt_ip_hex TINYBLOB, bt_count INT DEFAULT 0 NOT NULL, PRIMARY KEY (bt_id))",
         "CREATE TABLE block (bl_id INT UNSIGNED AUTO_INCREMENT NOT NULL, bl_target INT UNSIGNED NOT NULL, bl_by_actor BIGINT UNSIGNED NOT NULL,"
         " bl_reason_id BIGINT UNSIGNED NOT NULL, bl_timestamp BINARY(14) NOT NULL, bl_anon_only TINYINT(1) DEFAULT 0 NOT NULL,"
         " bl_create_account TINYINT(1) DEFAULT 1 NOT NULL, bl_enable_autoblock TINYINT(1) DEFAULT 1 NOT NULL, bl_expiry VARBINARY(14) NOT NULL,"
         " bl_deleted TINYINT(1) DEFAULT 0 NOT NULL, bl_block_email TINYINT(1) DEFAULT 0 NOT NULL, bl_allow_usertalk TINYINT(1) DEFAULT 0 NOT NULL,"
         " bl_parent_block_id INT UNSIGNED, bl_sitewide TINYINT(1) DEFAULT 1 NOT NULL, PRIMARY KEY (bl_id))")
    move = ("INSERT INTO block SELECT ipb_id, ipb_id + 10, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_anon_only, ipb_create_account,"
            " ipb_enable_autoblock, ipb_expiry, ipb_deleted, ipb_block_email, ipb_allow_usertalk, nullif(ipb_parent_block_id, 0), ipb_sitewide"
            " FROM ipblocks WHERE ipb_id %s 2")
    target = ("INSERT INTO block_target SELECT ipb_id + 10, if(ipb_user = 0, ipb_address, NULL), nullif(ipb_user, 0),"
              " if(ipb_user, ipb_address, NULL), ipb_auto, nullif(ipb_range_start, ''), nullif(ipb_range_end, ''), NULL, 1 FROM ipblocks WHERE ipb_id %s 2")
    migrated.step(target % "<", move % "<")
    migrated.recopy()
    migrated.step(target % ">=", move % ">=")
    assert len(migrated.rows("SELECT 1 FROM mediawiki.block_target WHERE wiki_id = %s")) == 6
    migrated.step("DROP TABLE ipblocks", "DELETE FROM block WHERE bl_id = 1", "DELETE FROM block_target WHERE bt_id = 11")
    assert sorted(migrated.rows("SELECT bt_id FROM mediawiki.block_target WHERE wiki_id = %s")) == [(12,), (13,)]
    assert sorted(migrated.rows("SELECT bl_id, bl_target FROM mediawiki.block WHERE wiki_id = %s")) == [(2, 12), (3, 13)]
    # with one table for them a row that is not there is a fault again, from where it was seen on that there is one
    migrated.rows("DELETE FROM mediawiki.block WHERE wiki_id = %s AND bl_id = 2 RETURNING 1")
    passed = []

    def change():
        migrated.run("UPDATE block SET bl_deleted = 1 WHERE bl_id = 3")
        goal = chain.source_position(migrated.box)
        chain.wait_for(lambda: chain.reached(migrated.bare.position(), goal), "position %s" % goal, 30)
        passed.append(migrated.bare.position())
        migrated.run("UPDATE block SET bl_deleted = 1 WHERE bl_id = 2")
    migrated.bare.refused("follow", DATA, "UPDATE of mediawiki.block (wiki %s, key 2) changed 0 rows" % WIKI, after=change, passed=passed)
    migrated.recopy()


@OF_139
def test_external_links_that_are_split(migrated):
    """1.40 adds the halves of a URL, '' until they are filled, and 1.41 takes the whole away."""
    insert = "INSERT INTO externallinks (el_from, el_to, el_index, el_index_60) VALUES (1, 'https://example.org/%s', 'https://org.example./%s', 'h')"
    migrated.step(insert % ("a", "a"), insert % ("b", "b"))
    migrated.step("ALTER TABLE externallinks ADD el_to_domain_index VARBINARY(255) DEFAULT '' NOT NULL, ADD el_to_path BLOB DEFAULT NULL",
         insert % ("c", "c"), "UPDATE externallinks SET el_to_domain_index = 'https://org.example.', el_to_path = '/a' WHERE el_index LIKE '%a'")
    migrated.recopy()
    migrated.step("UPDATE externallinks SET el_to_domain_index = 'https://org.example.', el_to_path = substr(el_index, 21)",
         "ALTER TABLE externallinks DROP el_to, DROP el_index, DROP el_index_60",
         "INSERT INTO externallinks (el_from, el_to_domain_index, el_to_path) VALUES (2, 'https://org.example.', '/d')")


@OF_BOTH
def test_columns_that_newer_versions_have_not(migrated):
    """1.45 to 1.46: what has no column any more is NULL from then on, whatever the mirror's was before."""
    migrated.step("ALTER TABLE recentchanges DROP rc_new", "ALTER TABLE recentchanges DROP rc_type",
         "ALTER TABLE archive DROP ar_sha1", "ALTER TABLE revision DROP rev_sha1",
         "INSERT INTO recentchanges (rc_timestamp, rc_actor, rc_comment_id, rc_title, rc_source) VALUES ('20260101000000', 1, 1, 'New', 'mw.new')")
    assert migrated.rows("SELECT rc_type, rc_new, rc_source FROM mediawiki.recentchanges WHERE wiki_id = %s AND rc_title = 'New'") == \
        [(None, None, "mw.new")]


@OF_BOTH
def test_tables_and_columns_of_newer_versions(migrated):
    """1.44 to 1.47: files and their versions, links that ask whether a page is there, counts."""
    migrated.step("CREATE TABLE file (file_id BIGINT UNSIGNED AUTO_INCREMENT NOT NULL, file_name VARBINARY(255) NOT NULL, file_latest BIGINT UNSIGNED NOT NULL,"
                   " file_type SMALLINT UNSIGNED NOT NULL, file_deleted SMALLINT UNSIGNED NOT NULL, PRIMARY KEY (file_id))",
         "CREATE TABLE filerevision (fr_id BIGINT UNSIGNED AUTO_INCREMENT NOT NULL, fr_file BIGINT NOT NULL, fr_size BIGINT UNSIGNED DEFAULT 0 NOT NULL,"
         " fr_width INT UNSIGNED DEFAULT 0 NOT NULL, fr_height INT UNSIGNED DEFAULT 0 NOT NULL, fr_metadata MEDIUMBLOB NOT NULL,"
         " fr_bits INT UNSIGNED DEFAULT 0 NOT NULL, fr_description_id BIGINT UNSIGNED NOT NULL, fr_actor BIGINT UNSIGNED NOT NULL,"
         " fr_timestamp BINARY(14) NOT NULL, fr_sha1 VARBINARY(32) DEFAULT '' NOT NULL, fr_archive_name VARBINARY(255) DEFAULT '' NOT NULL,"
         " fr_deleted SMALLINT UNSIGNED NOT NULL, PRIMARY KEY (fr_id))",
         "CREATE TABLE filetypes (ft_id SMALLINT UNSIGNED AUTO_INCREMENT NOT NULL, ft_media_type VARBINARY(255) NOT NULL,"
         " ft_major_mime VARBINARY(255) NOT NULL, ft_minor_mime VARBINARY(255) NOT NULL, PRIMARY KEY (ft_id))",
         "CREATE TABLE existencelinks (exl_from INT UNSIGNED DEFAULT 0 NOT NULL, exl_target_id BIGINT UNSIGNED NOT NULL, PRIMARY KEY (exl_from, exl_target_id))",
         "ALTER TABLE site_stats ADD ss_temp_users BIGINT UNSIGNED DEFAULT NULL, ADD ss_active_temp_users BIGINT UNSIGNED DEFAULT NULL",
         "INSERT INTO file VALUES (1, 'A.png', 2, 1, 0), (2, 'B.png', 3, 1, 1)",
         "INSERT INTO filerevision (fr_id, fr_file, fr_metadata, fr_description_id, fr_actor, fr_timestamp, fr_deleted)"
         " VALUES (1, 1, x'ff00', 1, 1, '20260101000000', 1), (2, 1, 'm', 1, 1, '20260102000000', 0)",
         "INSERT INTO filetypes VALUES (1, 'BITMAP', 'image', 'png')", "INSERT INTO existencelinks VALUES (1, 77), (2, 78)",
         "INSERT INTO site_stats (ss_row_id, ss_temp_users) VALUES (1, 5) ON DUPLICATE KEY UPDATE ss_temp_users = 5",
         "UPDATE filerevision SET fr_deleted = 5 WHERE fr_id = 2", "DELETE FROM existencelinks WHERE exl_from = 2")
    assert migrated.rows("SELECT ss_temp_users FROM mediawiki.site_stats WHERE wiki_id = %s") == [(5,)]
    shown = migrated.box.pg_rows("SELECT mwmirror.public_rows_query('file')")[0][0]
    assert [r[0]["file_name"] for r in migrated.box.pg_rows("SELECT to_jsonb(r) FROM (%s) r" % shown.replace("%", "%%"))
            if r[0]["wiki_id"] == migrated.name] == ["A.png"]
    migrated.recopy()


@OF_BOTH
def test_private_tables_of_newer_versions(migrated):
    """1.44 and 1.46: who watches what by which label is nobody's business, and what is left behind on purpose is not reported."""
    migrated.step("CREATE TABLE watchlist_label (wll_id INT UNSIGNED AUTO_INCREMENT NOT NULL, wll_user INT UNSIGNED NOT NULL, wll_name VARBINARY(255) NOT NULL,"
                  " PRIMARY KEY (wll_id))",
                  "CREATE TABLE watchlist_label_member (wlm_label INT UNSIGNED NOT NULL, wlm_item INT UNSIGNED NOT NULL, PRIMARY KEY (wlm_label, wlm_item))",
                  "INSERT INTO watchlist_label VALUES (1, 1, 'private')", "INSERT INTO watchlist_label_member VALUES (1, 1)",
                  "DROP TABLE module_deps", "ALTER TABLE objectcache DROP modtoken")
    assert migrated.rows("SELECT source_table, source_column FROM mwmirror.unmapped WHERE wiki_id = %s AND kind = 'unknown'") == []
    lost = {column for _, column in migrated.rows("SELECT source_table, source_column FROM mwmirror.unmapped WHERE wiki_id = %s")}
    assert lost <= {"pl_namespace", "pl_title", "il_to", "cl_to", "cl_collation", "el_index", "rc_new", "rc_type", "ar_sha1", "rev_sha1", ""}, lost


def test_what_is_told_of_migrations(bare):
    """All events of the above are as their schemas say."""
    lines = [row[0] for row in bare.box.pg_rows("SELECT data FROM pg_logical_slot_peek_changes('mwmirror', NULL, NULL, 'format', 'text')")]
    number, wrong = schemas.check_lines(lines)
    assert number and not wrong, "%d events, %d wrong:\n%s" % (number, len(wrong), "\n".join(wrong[:5]))
