"""
What follow does with rows of tables that are being copied while it runs (mirror/copy): a worker by hand, step by step, and the source's rows written between
any two steps. At the end the mirror equals MariaDB.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import contextlib
import random as randoms
import signal
import threading

import psycopg2
import pytest

import chain
import compare
import sandbox
import workload
from bare import WIKI, small_sandbox
from copy_by_hand import uncopy, wiki_that_is_being_copied, worker


@pytest.fixture(scope="module")
def copied():
    """init, one wiki, copied."""
    with small_sandbox("copies") as copied:
        copied.create_wiki()
        yield copied


@pytest.fixture
def follow(copied):
    """A follow that runs; what a test has begun to copy is copied at its end, and all is equal."""
    daemon = copied.daemon("follow")
    running = Running(copied, daemon)
    try:
        yield running
        running.catches_up()
        assert running.daemon.stop() == 0, running.log()
        compare.assert_equal(copied.box, WIKI)
    finally:
        running.daemon.kill()


class Running:
    def __init__(self, bare, daemon):
        self.bare, self.box, self.daemon = bare, bare.box, daemon

    def log(self):
        return self.daemon.log()

    def restart(self):
        self.daemon = self.bare.daemon("follow")

    def reached(self, goal):
        assert self.daemon.process.poll() is None, "follow ended:\n" + self.log()
        return chain.reached(self.bare.position(), goal)

    def catches_up(self):
        goal = chain.source_position(self.box)
        chain.wait_for(lambda: self.reached(goal), lambda: "position %s, not %s:\n%s" % (self.bare.position(), goal, self.log()), 20)

    def waits(self):
        """Until follow waits for a chunk, with a group open."""
        chain.wait_for(lambda: self.box.pg_value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mwmirror follow' AND wait_event = 'advisory' AND query LIKE '%copy_wait%'"),
            lambda: "follow does not wait:\n" + self.log(), 10)

    def run(self, *statements):
        connection = self.box.maria(fresh=True)
        connection.select_db(WIKI)
        for statement in statements:
            workload.execute(connection, statement)
        connection.close()

    def mirrored(self, table, column):
        return [value for value, in self.box.pg_rows("SELECT %s FROM mediawiki.%s WHERE wiki_id = '%s' ORDER BY 1" % (column, table, WIKI))]


def categories(first, last):
    return "INSERT INTO category (cat_id, cat_title) VALUES " + ", ".join("(%d, 'Category %d')" % (n, n) for n in range(first, last))


def test_what_is_in_no_chunk_is_left_out(follow):
    follow.run(categories(1, 31))
    follow.catches_up()
    uncopy(follow.box, "category", "cat_id", "integer")
    follow.run("UPDATE category SET cat_pages = 1 WHERE cat_id < 5", "DELETE FROM category WHERE cat_id = 5", "INSERT INTO category (cat_id, cat_title) VALUES (0, 'x')")
    follow.catches_up()
    assert follow.mirrored("category", "cat_id") == []
    with worker(follow.box) as one:
        one.copy("category", "cat_id", None, 10, 1)
        copied = follow.mirrored("category", "cat_id")
        # of the chunk what comes is applied, of the rest it is not
        follow.run("UPDATE category SET cat_pages = 2", "DELETE FROM category WHERE cat_id IN (6, 20)")
        follow.catches_up()
        assert follow.mirrored("category", "cat_id") == [n for n in copied if n != 6]
        assert set(follow.mirrored("category", "cat_pages")) == {2}
        one.copy("category", "cat_id", 10, 20, 2)
        one.copy("category", "cat_id", 20, None, 3)
        one.all_copied("category")


def test_a_chunk_that_is_read_is_waited_for(follow):
    """Its rows are of before or behind what follow has at hand: nobody knows before it is copied."""
    uncopy(follow.box, "category", "cat_id", "integer")
    follow.run("REPLACE INTO category (cat_id, cat_title) VALUES (50, 'fifty'), (51, 'fifty-one'), (60, 'sixty')")
    follow.catches_up()
    with worker(follow.box) as one:
        one.announce("category", None, 60, 1)
        gtid = one.read("category", "cat_id", None, 60)
        follow.run("DELETE FROM category WHERE cat_id = 60")    # of no chunk: passed
        follow.catches_up()
        follow.run("UPDATE category SET cat_title = 'changed' WHERE cat_id = 50", "DELETE FROM category WHERE cat_id = 51")
        follow.waits()
        one.write("category", 1, gtid)
        assert not chain.reached(follow.bare.position(), chain.source_position(follow.box))
        one.commit("category", 1)
        follow.catches_up()
        assert "changed" in follow.mirrored("category", "cat_title") and 51 not in follow.mirrored("category", "cat_id")
        # read behind them: left out
        one.announce("category", 60, None, 2)
        follow.run("INSERT INTO category (cat_id, cat_title) VALUES (70, 'seventy')")
        follow.waits()
        one.write("category", 2, one.read("category", "cat_id", 60, None))
        one.commit("category", 2)
        one.all_copied("category")


def test_a_reader_that_dies(follow):
    """Its chunk is left out, and another one reads it."""
    uncopy(follow.box, "category", "cat_id", "integer")
    with worker(follow.box) as dies, worker(follow.box) as other:
        dies.announce("category", None, None, 1)
        gtid = dies.read("category")
        follow.run("UPDATE category SET cat_files = 7", categories(100, 103))
        follow.waits()
        dies.write("category", 1, gtid)
        dies.close()
        follow.catches_up()
        assert follow.mirrored("category", "cat_id") == []
        other.announce("category", None, None, 1)
        follow.run("UPDATE category SET cat_files = 8 WHERE cat_id = 100")
        follow.waits()
        other.write("category", 1, other.read("category"))
        other.commit("category", 1)
        other.all_copied("category")


@pytest.mark.parametrize("image", ["FULL", "MINIMAL"])
def test_a_row_that_moves_between_ranges(follow, image):
    follow.run("DELETE FROM category", categories(1, 30))
    follow.catches_up()
    uncopy(follow.box, "category", "cat_id", "integer")
    with worker(follow.box) as one:
        one.copy("category", "cat_id", None, 10, 1)
        set_image = "SET SESSION binlog_row_image = '%s'" % image
        follow.run(set_image, "UPDATE category SET cat_id = 105 WHERE cat_id = 5", "UPDATE category SET cat_id = 106 WHERE cat_id = 20")
        follow.catches_up()
        assert follow.mirrored("category", "cat_id") == [1, 2, 3, 4, 6, 7, 8, 9]
        follow.run(set_image, "UPDATE category SET cat_id = 5 WHERE cat_id = 21")
        follow.catches_up()
        # where nothing says what the row is, it is read, and the copy goes on
        chain.wait_for(lambda: follow.mirrored("category", "cat_id") == list(range(1, 10)), follow.log, 10)
        mode, reason = follow.box.pg_rows("SELECT mode, reason FROM mwmirror.copy_table WHERE source_table = 'category'")[0]
        assert (mode, reason) == ("first", None if image == "FULL" else "a row got another key, and its image has not all columns")
        one.copy("category", "cat_id", 10, None, 2)
        one.all_copied("category")


def test_a_key_of_bytes(follow):
    """Also rows of one event on both sides of a bound, and keys that are the beginning of others."""
    keys = ["", "a", "a\x01", "a\x01\x01", "b", "\\'", "z"]
    rows = ", ".join("('%s', '', '', '', 0, 0)" % key for key in keys)
    follow.run("DELETE FROM interwiki", "INSERT INTO interwiki VALUES " + rows)
    follow.catches_up()
    uncopy(follow.box, "interwiki", "iw_prefix", "bytes")
    with worker(follow.box) as one:
        one.copy("interwiki", "iw_prefix", None, b"a\x01", 1)
        follow.run("UPDATE interwiki SET iw_url = 'one'", "DELETE FROM interwiki WHERE iw_prefix IN ('', 'z')")
        follow.catches_up()
        assert follow.mirrored("interwiki", "iw_url") == ["one"] * 2
        one.copy("interwiki", "iw_prefix", b"a\x01", b"a\x01\x01", 2)
        one.copy("interwiki", "iw_prefix", b"a\x01\x01", None, 3)
        one.all_copied("interwiki")
        follow.run("UPDATE interwiki SET iw_url = 'two'")
        follow.catches_up()
    assert len(follow.mirrored("interwiki", "iw_url")) == 5


def test_a_table_without_a_key_is_one_chunk(follow):
    follow.run("INSERT INTO user_newtalk (user_id, user_ip) VALUES (1, ''), (1, ''), (0, '192.0.2.1')")
    follow.catches_up()
    uncopy(follow.box, "user_newtalk")
    follow.run("DELETE FROM user_newtalk WHERE user_ip <> ''")
    with worker(follow.box) as one:
        one.announce("user_newtalk", None, None, 1)
        gtid = one.read("user_newtalk")
        follow.run("DELETE FROM user_newtalk WHERE user_id = 1 LIMIT 1")
        follow.waits()
        one.write("user_newtalk", 1, gtid)
        one.commit("user_newtalk", 1)
        one.all_copied("user_newtalk")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_follow_ends_while_it_waits(follow, how):
    """Nothing of its group is there, and it begins again before it; a stop does not wait for the chunk."""
    follow.run("INSERT IGNORE INTO category (cat_id, cat_title) VALUES (500, 'five hundred')")
    follow.catches_up()
    uncopy(follow.box, "category", "cat_id", "integer")
    with worker(follow.box) as one:
        one.announce("category", None, None, 1)
        gtid = one.read("category")
        follow.run("INSERT INTO interwiki VALUES ('%s', '', '', '', 0, 0)" % how.name, "UPDATE category SET cat_files = cat_files + 1")
        follow.waits()
        before = follow.bare.position()
        follow.daemon.process.send_signal(how)
        assert follow.daemon.wait(10) == (0 if how == signal.SIGTERM else -how), follow.log()
        assert follow.bare.position() == before
        one.write("category", 1, gtid)
        one.commit("category", 1)
        follow.restart()
        follow.catches_up()
        one.all_copied("category")


def test_a_deadlock_of_follow_and_the_reader(follow):
    """follow waits for the chunk with a row in its group that the reader's transaction wants as well: both go on."""
    follow.run("INSERT IGNORE INTO category (cat_id, cat_title) VALUES (500, 'five hundred')")
    follow.catches_up()
    uncopy(follow.box, "category", "cat_id", "integer")
    with worker(follow.box) as one:
        one.announce("category", None, None, 1)
        gtid = one.read("category")
        connection = follow.box.maria(fresh=True)
        connection.select_db(WIKI)
        connection.begin()
        workload.execute(connection, "INSERT INTO interwiki VALUES ('dead', '', '', '', 0, 0)")
        # the batch with the first row goes when it has 128 changes
        workload.execute(connection, "INSERT INTO site_identifiers (si_type, si_key, si_site) SELECT 'dead', seq, 1 FROM seq_1_to_1000")
        workload.execute(connection, "UPDATE category SET cat_files = 9")
        connection.commit()
        connection.close()
        follow.waits()
        one.write("category", 1, gtid)
        try:
            one.ask("INSERT INTO mediawiki.interwiki (wiki_id, iw_prefix) VALUES (%s, 'dead')", WIKI)
            chain.wait_for(lambda: "deadlock detected" in follow.log(), lambda: "there was none:\n" + follow.log(), 10)
        except psycopg2.errors.DeadlockDetected:
            pass
        one.ask("ROLLBACK")
        one.unlock("category", 1)
        one.copy("category", None, None, None, 1)
        one.all_copied("category")


def test_a_copy_begins_while_nothing_is_copied(follow):
    """Its first chunk is announced after a group has begun that knows of none: it ends first, or begins anew."""
    follow.run("INSERT IGNORE INTO category (cat_id, cat_title) VALUES (900, 'nine hundred')")
    follow.catches_up()
    with contextlib.closing(follow.box.maria(fresh=True)) as connection:
        connection.select_db(WIKI)
        for n in range(3):
            uncopy(follow.box, "category", "cat_id", "integer")
            with worker(follow.box) as one:
                workload.execute(connection, "UPDATE category SET cat_files = %d" % n)
                one.copy("category", None, None, None, 1)
                workload.execute(connection, "UPDATE category SET cat_pages = %d" % n)
                one.all_copied("category")
            chain.wait_for(lambda: follow.box.pg_value("SELECT count(*) FROM mwmirror.copy_chunk") == 0, lambda: "chunks left:\n" + follow.log(), 10)
    assert "ERROR" not in follow.log()


def test_revisions_wait_for_their_copy(follow):
    """A page that is compared has its latest revision with it; but not before that is copied, or its chunk would find it there."""
    with wiki_that_is_being_copied(follow.box):
        uncopy(follow.box, "revision", "rev_id", "integer")
        follow.box.pg_rows("UPDATE mwmirror.copy_table SET next_ordinal = 2, key_column = 'page_id', key_kind = 'integer' WHERE source_table = 'page'")
        page = follow.mirrored("page", "page_id")[0]
        follow.box.pg_rows("DELETE FROM mediawiki.page WHERE page_id = %s", (page,))
        follow.box.pg_rows("SELECT mwmirror.copy_again_begun(%s, 'a test')", (WIKI,))
        chain.wait_for(lambda: follow.box.pg_value("SELECT count(*) FROM mwmirror.copy_range") == 0, follow.log, 20)
        assert page in follow.mirrored("page", "page_id") and follow.mirrored("revision", "rev_id") == []
    follow.box.pg_rows("SELECT mwmirror.copy_again(%s, 'revision', 'a test')", (WIKI,))
    chain.wait_for(follow.bare.copied_again, follow.log, 20)


def test_a_compared_table_is_replaced_before_its_wiki_is_copied(follow):
    """It has no chunks, so it does not begin anew: it is compared once more."""
    follow.run("DELETE FROM category", categories(1, 11))
    follow.catches_up()
    with wiki_that_is_being_copied(follow.box):
        follow.box.pg_rows("SELECT mwmirror.copy_again(%s, 'category', 'a test')", (WIKI,))
        chain.wait_for(follow.bare.copied_again, follow.log, 20)
        follow.box.pg_rows("SELECT mwmirror.copy_again_range(%s, 'category', 'cat_id', 'integer', '5', 'a test')", (WIKI,))
        chain.wait_for(lambda: follow.box.pg_value("SELECT count(*) FROM mwmirror.copy_range") == 0, follow.log, 20)
        follow.run("CREATE TABLE newer LIKE category", "INSERT INTO newer SELECT * FROM category WHERE cat_id > 2",
                   "RENAME TABLE category TO older, newer TO category", "DROP TABLE older")
        follow.catches_up()
        chain.wait_for(follow.bare.copied_again, lambda: "%r %s" % (follow.box.pg_rows("SELECT source_table, mode, state FROM mwmirror.copy_table"
                                                                                       " WHERE mode <> 'first'"), follow.log()), 20)
        assert follow.mirrored("category", "cat_id") == list(range(3, 11))


def test_no_chunk_of_a_table_that_is_copied_again(copied):
    """Between being handed out and announced it may have become that."""
    connection = copied.box.pg(fresh=True)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT mwmirror.copy_again(%s, 'category', 'a test')", (WIKI,))
        cursor.execute("SELECT mwmirror.copy_announce(%s, 'category', NULL, NULL, 1)", (WIKI,))
        assert cursor.fetchall() == [(None,)]
    connection.rollback()
    connection.close()


def test_what_is_copied_is_doubtful(follow):
    """As after an incident: what the copy has by then is left out and compared, once nobody reads a part of it; and the copy goes on."""
    follow.run("DELETE FROM category", categories(1, 31))
    follow.catches_up()
    with wiki_that_is_being_copied(follow.box), worker(follow.box) as one:
        uncopy(follow.box, "category", "cat_id", "integer")
        one.copy("category", "cat_id", None, 10, 1)
        follow.box.pg_rows("DELETE FROM mediawiki.category WHERE cat_id = 5")
        one.announce("category", 10, 20, 2)
        gtid = one.read("category", "cat_id", 10, 20)
        follow.box.pg_rows("SELECT mwmirror.copy_again_begun(%s, 'a test')", (WIKI,))
        follow.run("UPDATE category SET cat_pages = 3 WHERE cat_id IN (5, 6, 15, 25)")
        follow.catches_up()
        assert 5 not in follow.mirrored("category", "cat_id") and 3 not in follow.mirrored("category", "cat_pages")
        one.write("category", 2, gtid)
        one.commit("category", 2)
        chain.wait_for(lambda: follow.box.pg_value("SELECT count(*) FROM mwmirror.copy_range") == 0, follow.log, 20)
        assert follow.mirrored("category", "cat_id") == list(range(1, 20))
        assert follow.mirrored("category", "cat_pages").count(3) == 3
        follow.run("UPDATE category SET cat_pages = 4 WHERE cat_id IN (7, 17, 27)")
        follow.catches_up()
        assert follow.mirrored("category", "cat_pages").count(4) == 2
        one.copy("category", "cat_id", 20, None, 3)
        one.all_copied("category")


def test_a_table_is_emptied_while_it_is_copied(follow):
    """What is copied goes, and what comes then is applied; the rest is copied as it is then."""
    follow.run("DELETE FROM category", categories(1, 31))
    follow.catches_up()
    with wiki_that_is_being_copied(follow.box):
        uncopy(follow.box, "category", "cat_id", "integer")
        with worker(follow.box) as one:
            one.copy("category", "cat_id", None, 10, 1)
            assert len(follow.mirrored("category", "cat_id")) == 9
            follow.run("TRUNCATE TABLE category", categories(5, 15))
            follow.catches_up()
            assert follow.mirrored("category", "cat_id") == list(range(5, 10))
            one.copy("category", "cat_id", 10, None, 2)
            one.all_copied("category")


@pytest.mark.parametrize("statement", ["TRUNCATE TABLE category", "CREATE OR REPLACE TABLE category LIKE elsewhere.category"])
@pytest.mark.parametrize("told", [False, True], ids=["first", "told"])
def test_some_chunks_are_of_before_a_table_was_emptied(follow, statement, told):
    """Its copy begins anew. If the wiki has events, as one that is compared: what is copied first is told by none."""
    follow.run("DELETE FROM category", categories(1, 31), "CREATE DATABASE IF NOT EXISTS elsewhere",
               "CREATE TABLE IF NOT EXISTS elsewhere.category LIKE category")
    follow.catches_up()
    with contextlib.nullcontext() if told else wiki_that_is_being_copied(follow.box):
        uncopy(follow.box, "category", "cat_id", "integer")
        with worker(follow.box) as one:
            one.copy("category", "cat_id", None, 10, 1)
            assert follow.daemon.stop() == 0
            follow.run(statement, categories(5, 15))
            one.copy("category", "cat_id", 10, None, 2)
            one.all_copied("category")
            follow.restart()
            follow.catches_up()
            if told:
                assert follow.box.pg_rows("SELECT mode, reason FROM mwmirror.copy_table WHERE source_table = 'category'") in (
                    [], [("again", "its rows went while it was copied")])
                uncopy(follow.box, "category", "cat_id", "integer")
            else:
                key = "cat_id" if statement.startswith("TRUNCATE") else None
                assert follow.mirrored("category", "cat_id") == []
                assert follow.box.pg_rows("SELECT state, next_ordinal, next_settled, key_column FROM mwmirror.copy_table WHERE source_table = 'category'") == \
                    [("waiting", 1, 1, key)]
            one.copy("category", None, None, None, 1)
            one.all_copied("category")


def test_all_chunks_are_of_behind_a_table_was_emptied(follow):
    """They have what came then, and nothing goes."""
    follow.run("DELETE FROM category", categories(1, 4))
    follow.catches_up()
    uncopy(follow.box, "category", "cat_id", "integer")
    assert follow.daemon.stop() == 0
    follow.run("TRUNCATE TABLE category", categories(7, 9))
    with worker(follow.box) as one:
        one.copy("category", "cat_id", None, None, 1)
        one.all_copied("category")
    follow.restart()
    follow.catches_up()
    assert follow.mirrored("category", "cat_id") == [7, 8]


def test_another_wiki_comes(follow):
    """Who follows one goes on while others are added and their copies end: the attempt begins anew once, when there is more to be followed."""
    follow.run(categories(1000, 1001))
    follow.catches_up()
    attempts = follow.log().count("following source")
    assert attempts == 1, follow.log()
    connection = follow.box.maria(fresh=True)
    for wiki in ("wikinewone", "wikinewtwo"):
        workload.create_tables(connection, wiki)
        workload.execute(connection, "INSERT INTO %s.category (cat_title) VALUES ('copied')" % wiki)
    connection.close()
    for wiki in ("wikinewone", "wikinewtwo"):
        follow.bare.add_wiki(wiki)
        follow.run(categories(*((1001, 1010) if wiki == "wikinewone" else (1010, 1020))))
        follow.catches_up()
    assert follow.log().count("following source") == attempts
    follow.bare.run("snapshot", "wikinewone")
    follow.run("INSERT INTO wikinewone.category (cat_title) VALUES ('followed')", "INSERT INTO wikinewtwo.category (cat_title) VALUES ('to be copied')")
    follow.catches_up()
    assert follow.log().count("following source") == attempts + 1
    follow.bare.run("snapshot", "wikinewtwo")
    follow.run("INSERT INTO wikinewtwo.category (cat_title) VALUES ('followed')", "DELETE FROM category WHERE cat_id >= 1000")
    follow.catches_up()
    assert follow.log().count("following source") == attempts + 2
    for wiki in ("wikinewone", "wikinewtwo"):
        compare.assert_equal(follow.box, wiki)
        follow.bare.run("remove-wiki", wiki)


TABLES = {
    "category": ("cat_id", "INSERT IGNORE INTO category (cat_id, cat_title, cat_pages) VALUES (%(key)d, '%(name)s', %(n)d)", "cat_pages"),
    "interwiki": ("iw_prefix", "INSERT IGNORE INTO interwiki VALUES ('%(name)s', 'u', 'a', 'w', 0, %(n)d %% 2)", "iw_trans"),
    "site_identifiers": ("si_type", "INSERT IGNORE INTO site_identifiers VALUES ('%(name)s', '%(n)d', %(n)d)", "si_site"),
    "user_newtalk": (None, "INSERT INTO user_newtalk (user_id, user_ip) VALUES (%(key)d, '%(name)s')", "user_id"),
}
KEYS = 400


def change(random):
    """A statement that adds, changes, removes or moves rows of a table that is being copied."""
    table = random.choice(list(TABLES))
    key, insert, other = TABLES[table]
    number = random.randrange(KEYS)
    values = {"key": number, "name": "n%d" % (number * 7919 % KEYS), "n": random.randrange(100)}
    which = "%s = %s" % (key, "'%s'" % values["name"] if key != "cat_id" else number) if key else "user_id = %d" % number
    several = "%s %% 17 = %d" % (other, values["n"] % 17)
    return random.choice([
        insert % values, insert % values, insert % values,
        "UPDATE %s SET %s = %d WHERE %s" % (table, other, values["n"] % 2 if table == "interwiki" else values["n"], which),
        "UPDATE %s SET %s = %s ^ 1 WHERE %s" % (table, other, other, several),
        "DELETE FROM %s WHERE %s" % (table, which),
        "UPDATE IGNORE category SET cat_id = %d, cat_title = '%s' WHERE cat_id = %d" % (random.randrange(KEYS), "m%d" % random.getrandbits(40), number),
    ])


@pytest.mark.parametrize("image", ["FULL", "MINIMAL"])
def test_a_wiki_is_copied_while_it_is_written_and_followed(copied, image):
    """The program's own copy, killed once and begun again; follow killed once, and at the end as MariaDB."""
    random = randoms.Random(sandbox.seed_from_environment())
    wiki = "wikirand%s" % image.lower()
    connection = copied.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    for n in range(KEYS):
        for _, insert, _ in TABLES.values():
            workload.execute(connection, insert % {"key": n, "name": "n%d" % n, "n": n % 100})
    stop = threading.Event()

    def write():
        own = copied.box.maria(fresh=True)
        own.select_db(wiki)
        # a row that moves out of what is not copied is not in a MINIMAL image as a whole: it is read again
        workload.execute(own, "SET SESSION binlog_row_image = '%s'" % image)
        while not stop.is_set():
            own.begin()
            for _ in range(random.randrange(1, 6)):
                workload.execute(own, change(random))
            own.commit()
        own.close()

    def ask():
        """Others that ask for the place of snapshots: MariaDB may answer the program with theirs."""
        own = copied.box.maria(fresh=True)
        while not stop.is_set():
            workload.execute(own, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
            for _ in range(20):
                workload.execute(own, "SHOW STATUS LIKE 'Binlog_snapshot_%'")
            workload.execute(own, "ROLLBACK")
        own.close()

    follow = copied.daemon("follow")
    writer = threading.Thread(target=write)
    asker = threading.Thread(target=ask)
    writer.start()
    asker.start()
    try:
        copied.add_wiki(wiki)
        env = {"MWMIRROR_SNAPSHOT_CHUNK_ROWS": "20"}
        snapshot = copied.daemon("snapshot", wiki, env=env)
        chain.wait_for(lambda: copied.box.pg_value("SELECT sum(rows_done) FROM mwmirror.copy_table WHERE wiki_id = %s", (wiki,)) or snapshot.process.poll() is not None,
                       snapshot.log, 30)
        snapshot.kill()
        follow.kill()
        follow = copied.daemon("follow")
        snapshot = copied.daemon("snapshot", wiki, env=env)
        assert snapshot.wait(90) == 0, snapshot.log()
        stop.set()
        writer.join()
        asker.join()
        goal = chain.source_position(copied.box)

        def there():
            assert follow.process.poll() is None, "follow ended:\n" + follow.log()
            # what an image lacks is compared with the source behind it
            return chain.reached(copied.position(), goal) and chain.copied_again(copied.box)
        chain.wait_for(there, lambda: "position %s, not %s:\n%s" % (copied.position(), goal, follow.log()), 60)
        assert follow.stop() == 0, follow.log()
        compare.assert_equal(copied.box, wiki)
        assert "ERROR" not in follow.log() + snapshot.log(), follow.log() + snapshot.log()
    finally:
        stop.set()
        writer.join()
        asker.join()
        follow.kill()
        snapshot.kill()
        connection.close()


def rows_of(box, wiki):
    tables = box.pg_rows("SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND attname = 'wiki_id'"
                         " WHERE c.relkind = 'r' AND relnamespace IN ('mwmirror'::regnamespace, 'mediawiki'::regnamespace)")
    return {table: count for table, in tables if (count := box.pg_value("SELECT count(*) FROM %s WHERE wiki_id = %%s" % table, (wiki,)))}


def test_a_wiki_is_added_and_removed_while_follow_runs(follow):
    """The others go on, and nothing of it is left, or its rows are as they were."""
    wiki = "wikigoes"
    connection = follow.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    workload.install(connection, wiki, 10000)
    workload.prepare(connection, wiki, 5, 2)
    follow.bare.add_wiki(wiki)
    follow.bare.run("snapshot", wiki)
    workload.edits(connection, wiki, 0, 3, 5, 2)
    follow.catches_up()
    compare.assert_equal(follow.box, wiki)
    before = rows_of(follow.box, wiki)
    kept = follow.box.mwmirror("remove-wiki", wiki, "--keep-rows")
    assert (kept.returncode, kept.stdout) == (0, "%s: removed; its rows stay\n" % wiki), kept.stderr
    workload.edits(connection, wiki, 3, 3, 5, 2)
    follow.bare.edit()
    follow.catches_up()
    assert rows_of(follow.box, wiki) == {table: n for table, n in before.items() if table.startswith("mediawiki.") or table == "mwmirror.raw_value"}
    gone = follow.box.mwmirror("remove-wiki", wiki)
    assert gone.returncode == 0 and "removed, with " in gone.stdout, gone.stderr
    assert rows_of(follow.box, wiki) == {}
    unknown = follow.box.mwmirror("remove-wiki", wiki)
    assert unknown.returncode == 2 and "there is no wiki " + wiki in unknown.stderr
    # and once more, without a pause
    follow.bare.add_wiki(wiki)
    follow.bare.run("snapshot", wiki)
    workload.edits(connection, wiki, 6, 3, 5, 2)
    follow.catches_up()
    compare.assert_equal(follow.box, wiki)
    assert follow.box.mwmirror("remove-wiki", wiki).returncode == 0
    assert rows_of(follow.box, wiki) == {}
    workload.execute(connection, "DROP DATABASE " + wiki)
    connection.close()
    follow.catches_up()
    assert "ERROR" not in follow.log()


def test_a_group_that_waits_for_a_change_of_the_wikis(follow):
    """It begins anew: a wiki that has just been removed gets no more rows."""
    wiki = "wikiwaits"
    connection = follow.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    follow.bare.add_wiki(wiki)
    follow.bare.run("snapshot", wiki)
    uncopy(follow.box, "category", "cat_id", "integer")
    follow.run("INSERT IGNORE INTO interwiki VALUES ('waits', '', '', '', 0, 0)")
    follow.catches_up()
    connection.select_db(wiki)
    with follow.box.pg(fresh=True) as ours, ours.cursor() as cursor:
        cursor.execute("SELECT mwmirror.wiki_remove(%s)", (wiki,))
        workload.execute(connection, categories(1, 3))
        chain.wait_for(lambda: follow.box.pg_value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mwmirror follow' AND wait_event = 'advisory' AND query LIKE '%copy_version%'"),
            lambda: "follow does not wait:\n" + follow.log(), 10)
    follow.catches_up()
    assert follow.box.pg_value("SELECT count(*) FROM mediawiki.category WHERE wiki_id = %s", (wiki,)) == 0
    with worker(follow.box) as one:
        one.copy("category", None, None, None, 1)
        one.all_copied("category")
    workload.execute(connection, "DROP DATABASE " + wiki)
    connection.close()


def test_a_wiki_whose_database_is_dropped(follow):
    """Its rows stay, and the others go on; status says it, and what to do."""
    wiki = "wikidrops"
    connection = follow.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    workload.install(connection, wiki, 10000)
    workload.prepare(connection, wiki, 5, 2)
    follow.bare.add_wiki("wikinowhere")         # a name that is wrong stops nobody
    follow.bare.add_wiki(wiki)
    follow.bare.run("snapshot", wiki)
    workload.edits(connection, wiki, 0, 3, 5, 2)
    follow.catches_up()
    compare.assert_equal(follow.box, wiki)
    before = rows_of(follow.box, wiki)
    workload.execute(connection, "DROP DATABASE " + wiki)
    gtid = chain.source_position(follow.box)
    follow.bare.edit()
    follow.catches_up()
    assert follow.box.pg_value("SELECT gone_gtid FROM mwmirror.wiki WHERE wiki_id = %s", (wiki,)) == gtid
    assert {t: n for t, n in rows_of(follow.box, wiki).items() if t.startswith("mediawiki.")} == \
        {t: n for t, n in before.items() if t.startswith("mediawiki.")}
    status = follow.box.mwmirror("status").stdout
    assert "the database of wiki %s was dropped at GTID %s: run mwmirror remove-wiki" % (wiki, gtid) in " ".join(status.split()), status
    # it is there again: copied anew, also while the first one's rows are there
    workload.create_tables(connection, wiki)
    workload.prepare(connection, wiki, 3, 2)
    follow.bare.add_wiki(wiki)
    follow.bare.run("snapshot", wiki)
    workload.edits(connection, wiki, 3, 3, 3, 2)
    follow.catches_up()
    compare.assert_equal(follow.box, wiki)
    # and gone before follow begins: its binlog has all that there was
    assert follow.daemon.stop() == 0
    workload.edits(connection, wiki, 6, 3, 3, 2)
    workload.execute(connection, "DROP DATABASE " + wiki)
    connection.close()
    follow.bare.edit()
    follow.restart()
    follow.catches_up()
    assert "MariaDB shows no readable table in database '%s'" % wiki in follow.log() and "ERROR" not in follow.log(), follow.log()
    for name in (wiki, "wikinowhere"):
        follow.bare.run("remove-wiki", name)


@pytest.mark.parametrize("statement,key", [
    ("ALTER TABLE category MODIFY cat_title VARBINARY(200) NOT NULL", "cat_id"),
    ("ALTER IGNORE TABLE category ADD UNIQUE KEY ext_u (cat_title(3))", None),
    ("RENAME TABLE category TO ext_category, ext_gho TO category", None)], ids=["modify", "ignore", "swap"])
def test_values_change_while_a_table_is_copied(follow, statement, key):
    """What is copied is of before it: the copy begins anew."""
    follow.run("DELETE FROM category", categories(1, 31))
    follow.catches_up()
    with wiki_that_is_being_copied(follow.box), worker(follow.box) as one:
        uncopy(follow.box, "category", "cat_id", "integer")
        one.copy("category", "cat_id", None, 10, 1)
        one.copy("category", "cat_id", 10, 20, 2)
        follow.run("CREATE TABLE ext_gho LIKE category", "INSERT INTO ext_gho (cat_id, cat_title) VALUES (1, 'swapped'), (15, 'too')", statement,
                   "DROP TABLE IF EXISTS ext_gho, ext_category", "INSERT INTO category (cat_id, cat_title) VALUES (5000, 'new')")
        follow.catches_up()
        assert follow.mirrored("category", "cat_id") == []
        assert follow.box.pg_rows("SELECT state, next_ordinal, key_column FROM mwmirror.copy_table WHERE wiki_id = %s AND source_table = 'category'", (WIKI,)) == [("waiting", 1, key)]
        one.copy("category", None, None, None, 1)
        one.all_copied("category")
    follow.run("ALTER TABLE category DROP INDEX IF EXISTS ext_u", "DELETE FROM category")
