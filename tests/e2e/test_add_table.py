"""
Tables that MediaWiki's core does not have, added by mwmirror add-table or in SQL while follow runs and rows change, and taken out again: of Wikibase, FlaggedRevs
and CentralAuth, whose database is no wiki, without a key, and of every type.

A small sandbox of its own, with MariaDB and PostgreSQL only.
"""

import contextlib
import datetime
import decimal
import itertools
import json
import os
import random
import re
import signal
import subprocess
import threading

import psycopg2
import pytest

import chain
import schemas
import workload
from bare import TARGET, USAGE, WIKI, small_sandbox

CENTRAL = "centralauth"
WRITER = "mwmirror_follow"
SLOT = "tables"
OTHER = "wikitwo"
THIRD = "wikithree"
AGAIN = 75
ROWS = 300
SMALL = {"MWMIRROR_SNAPSHOT_CHUNK_ROWS": "100"}     # so that there are many chunks

# as MediaWiki 1.43's extensions make them
WIKIBASE = {
    "wb_items_per_site": "ips_row_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, ips_item_id INT UNSIGNED NOT NULL, ips_site_id VARBINARY(32) NOT NULL,"
                         " ips_site_page VARBINARY(310) NOT NULL, UNIQUE (ips_site_id, ips_site_page)",
    "wbt_item_terms": "wbit_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, wbit_item_id INT UNSIGNED NOT NULL, wbit_term_in_lang_id INT UNSIGNED NOT NULL",
    "wbt_term_in_lang": "wbtl_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, wbtl_type_id INT UNSIGNED NOT NULL, wbtl_text_in_lang_id INT UNSIGNED NOT NULL",
    "wbt_text_in_lang": "wbxl_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, wbxl_language VARBINARY(20) NOT NULL, wbxl_text_id INT UNSIGNED NOT NULL",
    "wbt_text": "wbx_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, wbx_text VARBINARY(255) NOT NULL UNIQUE",
    "wbt_type": "wby_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, wby_name VARBINARY(45) NOT NULL UNIQUE",
}
FLAGGED = ("fr_rev_id INT UNSIGNED PRIMARY KEY, fr_rev_timestamp BINARY(14) NOT NULL, fr_page_id INT UNSIGNED NOT NULL, fr_user INT UNSIGNED NOT NULL,"
           " fr_timestamp BINARY(14) NOT NULL, fr_quality TINYINT(1) DEFAULT 0 NOT NULL, fr_tags MEDIUMBLOB NOT NULL, fr_flags TINYBLOB NOT NULL")
GLOBAL_USER = ("gu_id INT AUTO_INCREMENT PRIMARY KEY, gu_name VARBINARY(255) UNIQUE, gu_email VARBINARY(255), gu_email_authenticated BINARY(14),"
               " gu_password MEDIUMBLOB NOT NULL, gu_locked TINYINT(1) DEFAULT 0 NOT NULL, gu_hidden_level INT DEFAULT 0 NOT NULL, gu_registration BINARY(14),"
               " gu_password_reset_key VARBINARY(255), gu_password_reset_expiration BINARY(14), gu_auth_token BINARY(32),"
               " gu_cas_token INT UNSIGNED DEFAULT 1 NOT NULL, gu_home_db VARBINARY(255)")
LOCAL_USER = ("lu_wiki VARBINARY(64) NOT NULL, lu_name VARBINARY(255) NOT NULL, lu_attached_timestamp BINARY(14),"
              " lu_attached_method ENUM('primary', 'empty', 'mail', 'password', 'admin', 'new', 'login'), lu_attachment_method TINYINT UNSIGNED,"
              " lu_local_id INT UNSIGNED, lu_global_id INT UNSIGNED, PRIMARY KEY (lu_wiki, lu_name)")
LOG = "kind VARBINARY(20) NOT NULL, number INT NOT NULL, note BLOB"

# type, literal, type in the mirror, value there
TYPES = [
    ("tinyint(1)", "-3", "smallint", -3),
    ("tinyint unsigned", "255", "smallint", 255),
    ("smallint unsigned", "65535", "integer", 65535),
    ("mediumint", "-8388608", "integer", -8388608),
    ("int unsigned", "4294967295", "bigint", 4294967295),
    ("bigint", "-9223372036854775808", "bigint", -2 ** 63),
    ("bit(1)", "b'1'", "boolean", True),
    ("bit(64)", "~0", "numeric", decimal.Decimal(2 ** 64 - 1)),
    ("year", "2026", "integer", 2026),
    ("decimal(30,10)", "'-12345678901234567890.0123456789'", "numeric", decimal.Decimal("-12345678901234567890.0123456789")),
    ("float", "0.1", "real", 0.1),
    ("double", "1e300", "double precision", 1e300),
    ("date", "'2026-11-30'", "date", datetime.date(2026, 11, 30)),
    ("datetime(3)", "'2026-11-30 10:11:12.345'", "timestamp without time zone", datetime.datetime(2026, 11, 30, 10, 11, 12, 345000)),
    ("timestamp", "'2026-11-30 10:11:12'", "timestamp with time zone", datetime.datetime(2026, 11, 30, 10, 11, 12, tzinfo=datetime.timezone.utc)),
    ("time", "'-100:00:01'", "interval", -datetime.timedelta(hours=100, seconds=1)),
    ("binary(14)", "'20261130101112'", "timestamp with time zone", datetime.datetime(2026, 11, 30, 10, 11, 12, tzinfo=datetime.timezone.utc)),
    ("binary(4)", "x'00ff4100'", "bytea", b"\0\xffA\0"),
    ("varbinary(40)", "'日本'", "text", "日本"),
    ("mediumblob", "repeat('x', 3000)", "text", "x" * 3000),
    ("varchar(40) charset latin1", "'é'", "text", "é"),
    ("longtext", "'a'", "text", "a"),
    ("enum('one','two')", "'two'", "text", "two"),
    ("set('a','b','c')", "'c,a'", "text[]", ["a", "c"]),
    ("json", "'{\"a\": [1, 2]}'", "jsonb", {"a": [1, 2]}),
    ("inet6", "'2001:db8::1'", "inet", "2001:db8::1"),
    ("inet4", "'10.1.2.3'", "inet", "10.1.2.3"),
    ("uuid", "'123e4567-e89b-12d3-a456-426614174000'", "uuid", "123e4567-e89b-12d3-a456-426614174000"),
]


def run(bare, database, *statements):
    connection = bare.box.maria(fresh=True)
    connection.select_db(database)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


class Following:
    """A follow while the with block runs, which must not end."""

    def __init__(self, bare):
        self.bare = bare

    def __enter__(self):
        self.daemon = self.bare.daemon("follow")
        return self

    def catches_up(self, timeout=40):
        goal = chain.source_position(self.bare.box)

        def there():
            assert self.daemon.process.poll() is None, "follow ended:\n%s" % self.daemon.log()
            # what an image lacks, a table is compared with the source for
            return chain.reached(self.bare.position(), goal) and self.bare.copied_again()
        chain.wait_for(there, lambda: "position %s, not %s:\n%s" % (self.bare.position(), goal, self.daemon.log()), timeout)

    def __exit__(self, kind, value, trace):
        if kind is None:
            assert self.daemon.stop() == 0, self.daemon.log()
        self.daemon.kill()


def in_mariadb(bare, database, table, columns):
    """Rows as {column: bytes, number or None}, without order."""
    connection = bare.box.maria(fresh=True)
    connection.select_db(database)
    rows = workload.execute(connection, "SELECT %s FROM `%s`" % (", ".join("`%s`" % column for column in columns), table))
    connection.close()
    return sorted((tuple(text(value) for value in row) for row in rows), key=repr)


def text(value):
    """As both servers say it."""
    if isinstance(value, (bytes, memoryview)):
        value = bytes(value).decode()
    if isinstance(value, bool):
        value = int(value)
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc).strftime("%Y%m%d%H%M%S")
    return None if value is None else str(value)


def assert_same(bare, table, columns, database=WIKI):
    mirror = bare.box.pg_rows("SELECT %s FROM mediawiki.%s WHERE wiki_id = %%s" % (", ".join(columns), table), (database,))
    have = sorted((tuple(text(value) for value in row) for row in mirror), key=repr)
    want = in_mariadb(bare, database, table, columns)
    assert have == want, "%s: %d rows, not %d; %r" % (table, len(have), len(want), list(set(have) ^ set(want))[:6])
    return len(want)


def names(sql):
    """Columns of a CREATE TABLE."""
    parts = (part.split() for part in sql.replace("), ", ",").split(", ") if part[0].islower())
    return [part[0] for part in parts if len(part) > 1 and part[1][0].isupper()]


def unmapped(bare, wiki=WIKI):
    return {row[0] for row in bare.box.pg_rows("SELECT source_table FROM mwmirror.unmapped WHERE wiki_id = %s", (wiki,))}


@pytest.fixture(scope="module")
def bare():
    """A wiki with tables of extensions, which are not mirrored, copied; and CentralAuth's database."""
    with small_sandbox("tables") as bare:
        def extensions():
            run(bare, WIKI, *("CREATE TABLE %s (%s)" % item for item in WIKIBASE.items()),
                "CREATE TABLE flaggedrevs (%s)" % FLAGGED, "CREATE TABLE some_log (%s)" % LOG,
                "INSERT INTO wb_items_per_site (ips_item_id, ips_site_id, ips_site_page) SELECT seq, 'enwiki', concat('Page ', seq) FROM seq_1_to_%d" % ROWS,
                "INSERT INTO wbt_item_terms (wbit_item_id, wbit_term_in_lang_id) SELECT seq, seq FROM seq_1_to_%d" % ROWS,
                "INSERT INTO wbt_term_in_lang SELECT seq, 1 + seq %% 3, seq FROM seq_1_to_%d" % ROWS,
                "INSERT INTO wbt_text_in_lang SELECT seq, 'en', seq FROM seq_1_to_%d" % ROWS,
                "INSERT INTO wbt_text SELECT seq, concat('Überschrift ', seq) FROM seq_1_to_%d" % ROWS,
                "INSERT INTO wbt_type (wby_name) VALUES ('label'), ('description'), ('alias')",
                "INSERT INTO flaggedrevs SELECT seq, '20260101000000', seq, 1, '20260102030405', cast(seq %% 3 AS INT) - 1, 'accuracy:1', 'dynamic' FROM seq_1_to_%d" % ROWS,
                "INSERT INTO some_log SELECT concat('kind', seq % 3), seq % 5, if(seq % 2, NULL, 'x') FROM seq_1_to_30")
            run(bare, WIKI, "CREATE DATABASE " + CENTRAL)
            run(bare, CENTRAL, "CREATE TABLE globaluser (%s)" % GLOBAL_USER, "CREATE TABLE localuser (%s)" % LOCAL_USER,
                "CREATE TABLE page (page_id INT PRIMARY KEY)", "CREATE TABLE global_block_whitelist (gbw_id INT PRIMARY KEY)", "INSERT INTO page VALUES (77777)",
                "INSERT INTO globaluser (gu_name, gu_email, gu_password, gu_auth_token, gu_registration) SELECT concat('User ', seq),"
                " concat('canary', seq, '@example.org'), ':pbkdf2:canary', 'canary', '20200101000000' FROM seq_1_to_%d" % ROWS,
                "INSERT INTO localuser SELECT '%s', concat('User ', seq), NULL, 'login', 3, seq, seq FROM seq_1_to_%d" % (WIKI, ROWS))
        bare.create_wiki(pages=2, before_copy=extensions)
        # those that run are no superusers
        bare.run("init", "--writer-role", WRITER)
        with open(bare.box.conf) as file:
            conf = file.read()
        conninfo = re.search(r"conninfo = (.*)", conf).group(1)
        with open(bare.box.conf, "w") as file:
            file.write(conf.replace("[postgres]\nconninfo = ", "[postgres]\nadmin_conninfo = ", 1)
                       .replace("[relay]", "conninfo = %s\n[relay]" % re.sub("user=\\S+", "user=" + WRITER, conninfo)))
        bare.box.pg_rows("SELECT pg_create_logical_replication_slot(%s, 'mwmirror')", (SLOT,))
        yield bare


class Changes:
    """Rows of a table are inserted, changed and deleted while the with block runs; n is one of the first, new another one each time."""

    first = itertools.count()

    def __init__(self, bare, *statements, database=WIKI):
        self.bare, self.statements, self.database = bare, statements, database
        self.dice, self.number, self.failure = random.Random(7), next(self.first) * 10000, None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            connection = self.bare.box.maria(fresh=True)
            connection.select_db(self.database)
            while not self.stop.is_set():
                self.number += 1
                for statement in self.statements:
                    workload.execute(connection, statement.format(n=self.dice.randint(1, ROWS), new=ROWS + self.number))
                self.stop.wait(0.01)
            connection.close()
        except Exception as error:
            self.failure = error

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()
        assert self.failure is None, self.failure


ITEMS = ("UPDATE wb_items_per_site SET ips_site_page = concat('Moved {new}') WHERE ips_row_id = {n}",
         "DELETE FROM wb_items_per_site WHERE ips_row_id = {n} + 1",
         "INSERT INTO wb_items_per_site (ips_item_id, ips_site_id, ips_site_page) VALUES ({new}, 'dewiki', 'Seite {new}')")


def test_wikibase_and_flaggedrevs(bare):
    """One after the other into a wiki that is followed and written to; follow needs no restart."""
    assert unmapped(bare) >= {*WIKIBASE, "flaggedrevs"}
    with Following(bare) as follow:
        with Changes(bare, *ITEMS) as changes:
            for table in WIKIBASE:
                bare.run("add-table", table, "--all-columns", env=SMALL)
            first = changes.number
            chain.wait_for(lambda: changes.number > first + 20, lambda: "changes: %r" % changes.failure, 20)
        bare.run("add-table", "flaggedrevs", "--columns", ",".join(names(FLAGGED)))
        run(bare, WIKI, "INSERT INTO flaggedrevs VALUES (100000, '20260101000000', 1, 1, '20260102030405', 1, '', '')", "DELETE FROM flaggedrevs WHERE fr_rev_id = 5",
            "UPDATE wbt_text SET wbx_text = 'other' WHERE wbx_id = 9")
        follow.catches_up()
        assert "ERROR" not in follow.daemon.log(), follow.daemon.log()
    for table, columns in WIKIBASE.items():
        assert assert_same(bare, table, names(columns)) > 2
    assert_same(bare, "flaggedrevs", names(FLAGGED))
    assert not unmapped(bare) & {*WIKIBASE, "flaggedrevs"}
    assert bare.box.pg_rows("SELECT * FROM mwmirror.check_mapping()") == []
    assert bare.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE state <> 'copied'") == 0


def state(bare, table):
    """The messages of the table's private state topic since the last call, {key: value}, each as its schema says."""
    found = {}
    for line, in bare.box.pg_rows("SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'format', 'text')", (SLOT,)):
        if line.startswith("mwmirror.state.%s.private.v1 " % table):
            _, key, value = schemas.split_line(line)
            found[key] = None if value == "-" else schemas.check_text(value)
    return found


def test_what_is_told(bare):
    """No event of what is copied; of changes the state topic of the table, once it is on."""
    table, stream = "wbt_type", "mwmirror.state.wbt_type.private.v1"
    state(bare, table)
    bare.box.pg_rows("SELECT mwmirror.stream_switch(%s, true)", (stream,))
    schemas.learn_states(bare.box)
    with Following(bare) as follow:
        run(bare, WIKI, "INSERT INTO wbt_type VALUES (77, 'new')", "UPDATE wbt_type SET wby_name = 'changed' WHERE wby_id = 1", "DELETE FROM wbt_type WHERE wby_id = 2")
        follow.catches_up()
    told = {json.loads(key)["wby_id"]: value for key, value in state(bare, table).items()}
    assert {key: value and value["wby_name"] for key, value in told.items()} == {77: "new", 1: "changed", 2: None}


def test_a_copy_that_begins_and_ends_unseen(bare):
    """follow, which has seen that a table is to be copied, hears of nothing until it is; then its rows count."""
    run(bare, WIKI, "CREATE TABLE unseen (u_id INT PRIMARY KEY)", "INSERT INTO unseen VALUES (1)")
    with Following(bare) as follow:
        follow.catches_up()
        bare.box.pg_rows("SELECT mwmirror.add_table('unseen', '{\"u_id\": \"integer\"}', '{u_id}')")
        chain.wait_for(lambda: follow.daemon.log().count("following source") == 2, follow.daemon.log, 20)
        os.kill(follow.daemon.pid, signal.SIGSTOP)
        try:
            bare.run("snapshot")
        finally:
            os.kill(follow.daemon.pid, signal.SIGCONT)
        run(bare, WIKI, "INSERT INTO unseen VALUES (2)")
        follow.catches_up()
    assert assert_same(bare, "unseen", ["u_id"]) == 2


def test_a_database_that_is_no_wiki(bare):
    """CentralAuth's: only its tables that are added, and of them nothing that is private."""
    bare.run("add-wiki", CENTRAL, "--not-a-wiki")
    with Following(bare) as follow:
        bare.run("add-table", "globaluser", "--all-columns")
        bare.run("add-table", "localuser", "--all-columns")
        run(bare, CENTRAL, "UPDATE globaluser SET gu_locked = 1, gu_email = 'canary@other' WHERE gu_id = 3", "DELETE FROM localuser WHERE lu_name = 'User 4'",
            "INSERT INTO localuser VALUES ('otherwiki', 'User 3', '20260101000000', 'new', 6, 5, 3)", "INSERT INTO page VALUES (88888)",
            "CREATE TABLE another (a INT)")
        follow.catches_up()
    columns = [name for name in names(GLOBAL_USER) if not any(word in name for word in ("email", "password", "token"))]
    assert columns == ["gu_id", "gu_name", "gu_locked", "gu_hidden_level", "gu_registration", "gu_home_db"]
    assert assert_same(bare, "globaluser", columns, CENTRAL) == ROWS
    assert assert_same(bare, "localuser", names(LOCAL_USER), CENTRAL) == ROWS
    have = bare.box.pg_rows("SELECT attname FROM pg_attribute WHERE attrelid = 'mediawiki.globaluser'::regclass AND attnum > 1")
    assert [row[0] for row in have] == columns
    assert bare.box.pg_value("SELECT count(*) FROM mediawiki.page WHERE wiki_id = %s", (CENTRAL,)) == 0
    assert unmapped(bare, CENTRAL) == set()
    assert bare.box.pg_value("SELECT count(*) FROM mwmirror.raw_value WHERE wiki_id = %s", (CENTRAL,)) == 0
    # a wiki stays one
    done = bare.box.mwmirror("add-wiki", WIKI, "--not-a-wiki")
    assert done.returncode == USAGE and "known as a wiki" in done.stderr, done.stderr
    bare.run("snapshot", "--force", CENTRAL)
    bare.catches_up(compared=False)
    assert assert_same(bare, "globaluser", columns, CENTRAL) == ROWS


def test_a_table_without_key(bare):
    """Rows repeat; each that is changed or deleted is one of them."""
    with Following(bare) as follow:
        bare.run("add-table", "some_log", "--all-columns")
        run(bare, WIKI, "DELETE FROM some_log WHERE kind = 'kind1' AND number = 1 LIMIT 1", "UPDATE some_log SET note = 'y' WHERE number = 2 LIMIT 1",
            "INSERT INTO some_log VALUES ('kind1', 1, NULL), ('kind1', 1, NULL)", "DELETE FROM some_log WHERE note IS NULL LIMIT 3")
        follow.catches_up()
    assert assert_same(bare, "some_log", ["kind", "number", "note"]) == 28
    index = bare.box.pg_value("SELECT pg_get_indexdef('mediawiki.some_log_match'::regclass)")
    assert "(wiki_id, kind, number)" in index, index


def test_every_type(bare):
    """The type that is proposed holds the value, by a copy and from the binlog, in each row image."""
    columns = ", ".join("c%d %s" % (n, column[0]) for n, column in enumerate(TYPES))
    values = ", ".join(column[1] for column in TYPES)
    run(bare, WIKI, "CREATE TABLE typed (id INT PRIMARY KEY, wiki_id VARBINARY(10), made INT AS (id + 1), %s)" % columns,
        "INSERT INTO typed (id, wiki_id, %s) VALUES (1, 'a', %s)" % (", ".join("c%d" % n for n in range(len(TYPES))), values))
    with Following(bare) as follow:
        bare.run("add-table", "typed", "--all-columns")
        for number, image in enumerate(("FULL", "NOBLOB", "MINIMAL")):
            run(bare, WIKI, "SET SESSION binlog_row_image = %s" % image,
                "INSERT INTO typed (id, wiki_id, %s) VALUES (%d, 'a', %s)" % (", ".join("c%d" % n for n in range(len(TYPES))), 2 + number, values),
                "INSERT INTO typed (id) VALUES (%d)" % (12 + number),
                "UPDATE typed SET %s WHERE id = %d" % (", ".join("c%d = %s" % (n, column[1]) for n, column in enumerate(TYPES)), 12 + number))
        follow.catches_up()
    made = dict(bare.box.pg_rows("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'mediawiki.typed'::regclass"
                                 " AND attnum > 0"))
    assert made.pop("source_wiki_id") == "text" and made.pop("wiki_id") == "text" and made.pop("id") == "integer"
    assert made == {"c%d" % n: column[2] for n, column in enumerate(TYPES)}
    rows = bare.box.pg_rows("SELECT %s FROM mediawiki.typed ORDER BY id" % ", ".join("c%d" % n for n in range(len(TYPES))))
    assert len(rows) == 7, follow.daemon.log()
    for row in rows:
        for value, (kind, _, _, expected) in zip(row, TYPES):
            value = bytes(value) if isinstance(value, memoryview) else value
            assert value == expected or (isinstance(value, float) and abs(value - expected) < 1e-6 * abs(expected)), (kind, value, expected)


def test_killed(bare):
    """add-table and follow are killed while it copies and rows change; the same call goes on."""
    run(bare, WIKI, "CREATE TABLE large (l_id INT AUTO_INCREMENT PRIMARY KEY, l_number INT, l_text VARBINARY(100))",
        "INSERT INTO large (l_number, l_text) SELECT seq, concat('row ', seq) FROM seq_1_to_5000")
    dice = random.Random(5)
    with Changes(bare, "UPDATE large SET l_number = l_number + 1 WHERE l_id % 300 = {n}", "DELETE FROM large WHERE l_id = 10 * {n}",
                 "INSERT INTO large (l_number) VALUES ({new})"):
        for kill in range(3):
            follow, adder = bare.daemon("follow"), bare.daemon("add-table", "large", "--all-columns", env=SMALL)
            before = copied(bare, "large")
            chain.wait_for(lambda: adder.process.poll() is not None or copied(bare, "large") > before + dice.randint(0, 5),
                           lambda: adder.log(), 30)
            for daemon in dice.sample([follow, adder], 2):
                if daemon.process.poll() is None:
                    daemon.process.send_signal(signal.SIGKILL)
            adder.wait()
            follow.wait()
        with Following(bare) as follow:
            done = bare.box.mwmirror("add-table", "large", "--all-columns", env=SMALL)
            assert done.returncode == 0 or "mirrored already" in done.stderr, done.stderr
            follow.catches_up()
    bare.catches_up(compared=False)
    assert assert_same(bare, "large", ["l_id", "l_number", "l_text"]) > 3000


def definition(bare, table):
    """All that the mirror has of a table."""
    return bare.box.pg_rows("SELECT attname, format_type(atttypid, atttypmod), attnotnull, attcollation FROM pg_attribute WHERE attnum > 0 AND"
                            " attrelid = to_regclass('mediawiki.' || %s) ORDER BY attnum", (table,)) + bare.box.pg_rows(
        "SELECT relreplident, relacl::text, obj_description(oid) FROM pg_class WHERE oid = to_regclass('mediawiki.' || %s)", (table,)) + bare.box.pg_rows(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = to_regclass('mediawiki.' || %s)", (table,)) + bare.box.pg_rows(
        "SELECT to_jsonb(c) FROM mwmirror.column_map AS c WHERE source_table = %s ORDER BY target_column", (table,)) + bare.box.pg_rows(
        "SELECT to_jsonb(p) FROM mwmirror.column_private AS p WHERE source_table = %s ORDER BY source_column", (table,))


def test_removed_and_added_again(bare):
    """While follow runs and rows change; a reader of the table does not hold it up. The SQL that is printed does what the command does."""
    before = definition(bare, "wb_items_per_site")
    bare.box.pg_rows("SELECT mwmirror.stream_switch('mwmirror.state.wb_items_per_site.private.v1', true, %s)", (WIKI,))
    reader = bare.box.pg(fresh=True)
    reader.autocommit = False
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mediawiki.wb_items_per_site")
    with Following(bare) as follow, Changes(bare, *ITEMS):
        follow.catches_up()
        done = bare.box.mwmirror("remove-table", "wb_items_per_site")
        assert done.returncode == AGAIN and "lock timeout" in done.stderr, done.stderr
        follow.catches_up()
        assert definition(bare, "wb_items_per_site") == before
        reader.close()
        bare.run("remove-table", "wb_items_per_site")
        follow.catches_up()
        assert definition(bare, "wb_items_per_site") == []
        assert bare.box.pg_value("SELECT count(*) FROM mwmirror.wiki WHERE cardinality(streams_on) > 0") == 0
        sql = bare.box.mwmirror("add-table", "wb_items_per_site", "--all-columns", "--dry-run").stdout
        bare.box.pg_rows(sql.replace("%", "%%"))
        bare.run("snapshot", env=SMALL)
        follow.catches_up()
    assert definition(bare, "wb_items_per_site") == before
    bare.catches_up(compared=False)
    assert_same(bare, "wb_items_per_site", names(WIKIBASE["wb_items_per_site"]))


def test_one_more_column(bare):
    """Of a table that was added: follow fills it in where it is, and rows that change meanwhile have it."""
    run(bare, WIKI, "CREATE TABLE growing (g_id INT PRIMARY KEY, g_number INT, g_hash_token VARBINARY(9))",
        "INSERT INTO growing SELECT seq, seq, concat('t', seq) FROM seq_1_to_%d" % ROWS)
    bare.run("add-table", "growing", "--columns", "g_id", "--no-copy")
    problems = json.loads(bare.box.mwmirror("status", "--json").stdout)["problems"]
    assert any("1 tables that were added are not copied yet of wiki %s" % WIKI in problem for problem in problems), problems
    bare.run("snapshot")
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match="private column g_hash_token"):
        bare.box.pg_rows("SELECT mwmirror.add_column('growing', 'g_hash_token', 'text')")
    with pytest.raises(psycopg2.errors.InvalidParameterValue, match="unknown kind"):
        bare.box.pg_rows("SELECT mwmirror.add_column('growing', 'g_number', 'varchar')")
    with Following(bare) as follow, Changes(bare, "UPDATE growing SET g_number = {new} WHERE g_id = {n}"):
        bare.box.pg_rows("SELECT mwmirror.add_column('growing', 'g_number', 'bigint')")
        bare.box.pg_rows("SELECT mwmirror.add_column('growing', 'g_hash_token', 'text', harmless => true)")
        chain.wait_for(bare.copied_again, follow.daemon.log, 30)
    bare.catches_up(compared=False)
    assert assert_same(bare, "growing", ["g_id", "g_number", "g_hash_token"]) == ROWS


def test_added_while_another_wiki_is_copied(bare):
    """The copy that runs has the table as well; where the tables differ, what one has not is NULL."""
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, OTHER)
    workload.install(connection, OTHER, 10000)
    workload.prepare(connection, OTHER, 10, 2)
    connection.close()
    run(bare, WIKI, "CREATE TABLE mixed (b_id INT PRIMARY KEY, b_old INT, b_kind INT)", "INSERT INTO mixed VALUES (1, 2, 3)")
    run(bare, OTHER, "CREATE TABLE mixed (b_id INT PRIMARY KEY, b_new INT UNSIGNED, b_kind VARBINARY(9))", "INSERT INTO mixed VALUES (1, 4, 'x')")
    bare.add_wiki(OTHER)
    snapshot = bare.daemon("snapshot", env=dict(SMALL, MWMIRROR_SNAPSHOT_WORKERS="1"))
    try:
        chain.wait_for(lambda: bare.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE wiki_id = %s AND state = 'copied'", (OTHER,)) > 2,
                       snapshot.log, 30)
        os.kill(snapshot.pid, signal.SIGSTOP)
        done = bare.box.mwmirror("add-table", "mixed", "--all-columns", "--no-copy")
        assert done.returncode == USAGE and "it is int(11) in %s and varbinary(9) in %s" % (WIKI, OTHER) in done.stderr, done.stderr
        bare.run("add-table", "mixed", "--all-columns", "--types", "b_kind=text", "--no-copy")
        assert bare.box.pg_value("SELECT snapshot_gtid FROM mwmirror.wiki WHERE wiki_id = %s", (OTHER,)) is None
        os.kill(snapshot.pid, signal.SIGCONT)
        assert snapshot.wait(60) == 0, snapshot.log()
    finally:
        snapshot.kill()
    bare.run("snapshot")
    rows = bare.box.pg_rows("SELECT wiki_id, b_id, b_old, b_new, b_kind FROM mediawiki.mixed ORDER BY wiki_id")
    assert sorted(rows) == sorted([(WIKI, 1, 2, None, "3"), (OTHER, 1, None, 4, "x")]), rows
    run(bare, OTHER, "UPDATE mixed SET b_new = 5")
    run(bare, WIKI, "UPDATE mixed SET b_kind = 6", "TRUNCATE TABLE wbt_text", "RENAME TABLE wbt_item_terms TO gone")
    bare.catches_up(compared=False)
    assert set(bare.box.pg_rows("SELECT b_new, b_kind FROM mediawiki.mixed")) == {(None, "6"), (5, "x")}
    assert bare.box.pg_value("SELECT (SELECT count(*) FROM mediawiki.wbt_text) + (SELECT count(*) FROM mediawiki.wbt_item_terms)") == 0


@contextlib.contextmanager
def held_snapshot(bare, *args):
    """A copy that has read the mapping and waits to say what it will copy, until the with block ends; the cursor of who holds it. It must end well."""
    connection = bare.box.pg(fresh=True)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT mwmirror.copy_version('main')")  # as a group of follow's
        snapshot = bare.daemon("snapshot", *args)
        try:
            chain.wait_for(lambda: bare.box.pg_value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mwmirror snapshot' AND wait_event = 'advisory'") > 0,
                           snapshot.log, 30)
            yield cursor
            connection.commit()
            assert snapshot.wait(60) == 0, snapshot.log()
        finally:
            connection.close()
            snapshot.kill()


def test_added_while_a_copy_begins(bare):
    """It is none of the tables that the copy knows of, and the wiki is none that is copied or being so."""
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, THIRD)
    workload.install(connection, THIRD, 10000)
    connection.close()
    run(bare, THIRD, "CREATE TABLE late (l_id INT PRIMARY KEY)", "INSERT INTO late VALUES (1), (2)")
    bare.add_wiki(THIRD)
    with held_snapshot(bare, THIRD) as cursor:
        cursor.execute("SELECT mwmirror.add_table('late', '{\"l_id\": \"integer\"}', '{l_id}')")
    assert sorted(bare.box.pg_rows("SELECT wiki_id, l_id FROM mediawiki.late")) == [(THIRD, 1), (THIRD, 2)]
    run(bare, THIRD, "UPDATE late SET l_id = 3 WHERE l_id = 2")
    bare.run("snapshot")
    bare.catches_up(compared=False)
    assert sorted(bare.box.pg_rows("SELECT wiki_id, l_id FROM mediawiki.late")) == [(THIRD, 1), (THIRD, 3)]


def test_added_anew_with_a_filter_while_it_is_copied(bare):
    """The mapping that the copy has read has no filter: no row is copied by that."""
    columns = "'{\"s_id\": \"integer\", \"s_kind\": \"text\"}', '{s_id}'"
    run(bare, WIKI, "CREATE TABLE secrets (s_id INT PRIMARY KEY, s_kind VARBINARY(9))", "INSERT INTO secrets VALUES (1, 'public'), (2, 'secret')")
    bare.box.pg_rows("SELECT mwmirror.add_table('secrets', %s)" % columns)
    with held_snapshot(bare) as cursor:
        cursor.execute("SELECT mwmirror.remove_table('secrets')")
        cursor.execute("SELECT mwmirror.add_table('secrets', %s, row_filter => $$s_kind <> 'secret'$$)" % columns)
    assert bare.box.pg_rows("SELECT s_id, s_kind FROM mediawiki.secrets") == [(1, "public")]
    bare.catches_up(compared=False)


def test_a_dump_has_them(bare):
    """pg_dump has the tables, and their mapping, and they are none of the extension's."""
    run(bare, WIKI, "CREATE TABLE dumped (d_id INT PRIMARY KEY, d_text BLOB, d_token INT)", "INSERT INTO dumped VALUES (1, 'x', 2)")
    bare.run("add-table", "dumped", "--all-columns")
    assert bare.box.pg_value("SELECT count(*) FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = 'mediawiki.dumped'::regclass AND deptype = 'e'") == 0
    bare.box.pg_rows("SELECT mwmirror.stream_switch('mwmirror.state.dumped.private.v1', true)")
    server = dict(os.environ, **bare.box.env)
    dump = subprocess.run(["pg_dump", "-d", bare.box.env["PGDATABASE"]], env=server, check=True, stdout=subprocess.PIPE).stdout
    bare.box.pg_rows("CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'")
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "restored"], env=server, input=dump, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode()

    def ask(database):
        sql = ("SELECT t.source_table, to_jsonb(t), to_jsonb(c) FROM mwmirror.table_map t JOIN mwmirror.column_map c USING (source_table) WHERE NOT t.shipped ORDER BY 1, 3;"
               "SELECT to_jsonb(p) FROM mwmirror.column_private p WHERE NOT shipped ORDER BY 1;"
               "SELECT c.relname, c.relreplident, c.relacl, i.indexrelid::regclass FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid"
               " WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'r' ORDER BY 1, 4;"
               "SELECT md5(string_agg(g::text, ',' ORDER BY d_id)) FROM mediawiki.dumped g; SELECT * FROM mwmirror.check_mapping();"
               "SELECT * FROM mwmirror.stream")
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-d", database, "-c", sql], env=server, check=True, stdout=subprocess.PIPE, text=True).stdout
    there = ask("restored")
    assert "dumped" in there and there == ask(bare.box.env["PGDATABASE"])
    bare.box.pg_rows("DROP DATABASE restored")


@pytest.mark.parametrize("args, code, says", [
    (("typed2",), USAGE, "which columns of typed2 are to be mirrored"),
    (("nothing", "--all-columns"), USAGE, "no wiki of source main has a table nothing"),
    (("typed2", "--columns", "t_id,t_token"), TARGET, "private column t_token"),
    (("typed2", "--columns", "t_other"), USAGE, "of the key of typed2 and left out"),
    (("typed2", "--columns", "t_id,nothing"), USAGE, "no column nothing"),
    (("typed2", "--columns", "t_id", "--types", "t_id=varchar(9)"), TARGET, "cannot be mirrored as character varying"),
    (("typed2", "--columns", "t_id", "--types", "t_id=bigint:date"), TARGET, "cannot be mirrored as bigint"),
    (("typed2", "--columns", "t_id", "--name", "page"), TARGET, "cannot have a table mediawiki"),
    (("typed2", "--columns", "t_id", "--name", "typed2.private"), TARGET, "cannot have a table mediawiki"),
    (("page", "--all-columns"), USAGE, "mirrored already"),
    (("objectcache", "--all-columns"), TARGET, "not to be mirrored"),
], ids=lambda value: value if isinstance(value, str) else None)
def test_refused(bare, args, code, says):
    run(bare, WIKI, "CREATE TABLE IF NOT EXISTS typed2 (t_id INT PRIMARY KEY, t_token VARBINARY(9), t_other INT)")
    done = bare.box.mwmirror("add-table", *args)
    assert done.returncode == code and says in done.stderr, (done.returncode, done.stderr)
    assert bare.box.pg_value("SELECT to_regclass('mediawiki.typed2')") is None


def copied(bare, table):
    return bare.box.pg_value("SELECT coalesce(sum(next_ordinal), 0) FROM mwmirror.copy_table WHERE source_table = %s", (table,))
