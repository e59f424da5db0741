"""
PostgreSQL 16 and newer decode on a standby, with a slot of its own: the same bytes as the primary's, whatever is done to the mirror's
tables while the slot is behind; and the relay reads there, exactly once over the standby's promotion. tests/postgres runs this.
"""

import os
import random
import threading

import psycopg2
import pytest

import chain
import compare
import sandbox
from pair import TREE, edit, pair  # noqa: F401
from test_exactly_once import prepare

pytestmark = pytest.mark.skipif(not TREE, reason="tests/postgres runs it")

SETUP = os.path.join(sandbox.ROOT, "decoder", "sql", "setup.sql")
HERE, THERE = "regression_slot", "standby_slot"
SOURCES = {"test": range(100, 105), "second": range(105, 110)}     # pages that each writes
SEED = int(os.environ.get("MWMIRROR_SEED", "618"))


def make_slot(pair, slot):  # noqa: F811
    """A slot of the standby begins where the primary logs which transactions run."""
    failure = []

    def make():
        try:
            pair.standby.value("SELECT pg_create_logical_replication_slot('%s', 'mwmirror')" % slot)
        except psycopg2.Error as error:
            failure.append(error)
    thread = threading.Thread(target=make)
    thread.start()

    def is_made():
        pair.primary.value("SELECT pg_log_standby_snapshot()")
        thread.join(0.1)
        return not thread.is_alive()
    chain.wait_for(is_made, "the slot of the standby", 30)
    assert not failure, failure[0]


def events(server, slot, count=None, verb="get"):
    """What SQL reads from a slot, at least count lines of it; each call begins decoding anew."""
    connection = server.pg()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM pg_logical_slot_%s_changes(%%s, NULL, %%s, 'format', 'text')" % verb, (slot, count))
            return [row[0] for row in cursor.fetchall()]
    finally:
        connection.close()


class Writer:
    """Writes source transactions under a source's origin through mwmirror.apply(), several of them in a PostgreSQL transaction."""

    def __init__(self, server, source, pages):
        self.source, self.pages = source, pages
        self.connection = server.pg()
        self.call("SELECT t.follow(%s)", source)
        for page in pages:
            self.call("SELECT t.page(%s, 0, %s, %s, 1, 'new', 1)", page, "Page_%d" % page, page)
        self.call("SELECT t.mark(1, source => %s)", source)
        self.connection.autocommit = False

    def call(self, sql, *args):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args)

    def write(self, dice, number):
        page = dice.choice(self.pages)
        if dice.random() < 0.2:
            self.call("UPDATE mediawiki.revision SET rev_deleted = 7 - rev_deleted WHERE wiki_id = 'testwiki' AND rev_id ="
                      " (SELECT page_latest FROM mediawiki.page WHERE wiki_id = 'testwiki' AND page_id = %s)", page)
        else:
            comment = "edit %d " % number * dice.choice((1, 1, 500))
            self.call("SELECT t.edit(%s, %s, %s, %s, %s)", page, 1000 + number, dice.randint(1, 4), comment, number)
        self.call("SELECT t.mark(%s, source => %s)", number, self.source)
        if dice.random() < 0.3:
            self.connection.commit()

    def close(self):
        self.connection.commit()
        self.connection.close()


def write_history(pair, dice, numbers):  # noqa: F811
    """Groups of two sources that are open at the same time, and at checkpoints: decoding begins anew in the middle of them."""
    writers = [Writer(pair.primary, *item) for item in SOURCES.items()]
    for number in numbers:
        dice.choice(writers).write(dice, number)
        if number % 7 == 0:
            pair.primary.value("CHECKPOINT")
        if number % 60 == 0:
            pair.standby.stop(dice.choice(("fast", "immediate")))
            pair.standby.start()
    for writer in writers:
        writer.close()


def read_pieces(pair, dice):  # noqa: F811
    """
    All that the standby's slot has, and in how many pieces: each begins decoding anew. The standby restarts among them; a slot
    may go back to an earlier piece in a crash, and then says the same again.
    """
    at = "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = '%s'" % THERE
    have, pieces, known = [], 0, {pair.standby.value(at): 0}
    while True:
        part = events(pair.standby, THERE, dice.randint(1, 10))
        if not part:
            return have, pieces
        have += part
        pieces += 1
        known[pair.standby.value(at)] = len(have)
        if pieces % 10 == 0:
            pair.standby.stop(dice.choice(("fast", "immediate")))
            pair.standby.start()
            pair.wait_replayed()
            del have[known[pair.standby.value(at)]:]


# while the slots are far behind
DEMANDS = """
UPDATE mediawiki.actor SET actor_name = 'Another'
UPDATE mediawiki."user" SET user_editcount = user_editcount + 1
UPDATE mediawiki.comment SET comment_text = 'another'
VACUUM (FREEZE) mediawiki.actor, mediawiki."user", mediawiki.comment, mediawiki.page, mediawiki.revision
REINDEX TABLE mediawiki.page
REINDEX TABLE CONCURRENTLY mediawiki.revision
VACUUM FULL mediawiki.page, mediawiki.revision, mediawiki.comment, mediawiki.slots
VACUUM FULL pg_class, pg_attribute, pg_index
CLUSTER mediawiki.actor USING actor_pkey
ALTER TABLE mediawiki.revision ALTER COLUMN rev_len TYPE integer
ALTER TABLE mediawiki.content DROP COLUMN content_sha1
DROP INDEX mediawiki.ar_revid
TRUNCATE mediawiki.comment
""".strip().splitlines()

DROP_TABLES = """
DO $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('ALTER EXTENSION mwmirror DROP TABLE %s', name);
		EXECUTE format('DROP TABLE %s CASCADE', name);
	END LOOP;
END$$"""


def test_same_bytes(pair, record_property):  # noqa: F811
    dice = random.Random(SEED)
    with open(SETUP) as file:
        setup, make, _ = file.read().rpartition("SELECT slot_name FROM pg_create_logical_replication_slot(")
    pair.primary.value("".join(line for line in setup.splitlines(True) if not line.startswith("\\")))
    pair.primary.value(make + "'%s', 'mwmirror')" % HERE)
    make_slot(pair, THERE)
    write_history(pair, dice, range(10, 190))
    want = events(pair.primary, HERE, verb="peek")
    assert len(want) > 300 and sum("prior_state" in line for line in want) > 100
    pair.wait_replayed()
    assert events(pair.standby, THERE, verb="peek") == want, "seed %d" % SEED
    for demand in DEMANDS:
        pair.primary.value(demand)
    pair.wait_replayed()
    assert events(pair.standby, THERE, verb="peek") == want, "seed %d" % SEED
    pair.primary.value(DROP_TABLES)
    pair.primary.value("CHECKPOINT")
    pair.wait_replayed()
    have, pieces = read_pieces(pair, dice)
    assert pieces > 16 and have == want, "seed %d" % SEED
    assert events(pair.primary, HERE) == want
    record_property("decoding on a standby of " + pair.standby.run("postgres", "--version").strip(),
                    "%d lines in %d pieces, the same as the primary's" % (len(have), pieces))


def test_relay(pair, record_property):  # noqa: F811
    """The relay reads from the standby; both die and come back; the standby is promoted under it."""
    box = pair.box
    prepare(box)
    follow = pair.begin()
    pair.wait_replayed()
    pair.slot, pair.relay_reads = THERE, pair.standby
    relay = pair.daemon("relay", "--format", "envelope", "--accept-gap")
    chain.wait_for(lambda: "no such slot of its own" in relay.log(), relay.log, 20)
    make_slot(pair, THERE)
    for number in range(5):
        edit(box, "Read from a standby %d" % number)
    pair.wait_file(relay)
    pair.standby.stop()
    edit(box, "While there was no standby")
    pair.standby.start()
    edit(box, "When the standby was back")
    pair.wait_file(relay)
    relay.kill()
    edit(box, "While there was no relay")
    relay = pair.daemon("relay", "--format", "envelope")
    pair.wait_file(relay)
    assert pair.position()["timeline"] == 1
    edit(box, "The last of the primary")
    goal = chain.source_position(box)
    chain.wait_for(lambda: chain.reached(pair.primary.value("SELECT gtid_pos FROM mwmirror.source"), goal), follow.log, 30)
    pair.wait_replayed()
    pair.primary.stop("immediate")
    pair.standby.promote()
    # the stream goes on without a word, now with WAL of another timeline
    for number in range(5):
        edit(box, "After the promotion %d" % number)
    pair.wait_file(relay)
    assert pair.position()["timeline"] == 2 and "the standby is on timeline 2 now" in relay.log()
    assert (follow.process.poll(), relay.stop()) == (None, 0)
    relay = pair.daemon("relay", "--format", "envelope")
    edit(box, "After a restart")
    count = pair.wait_file(relay)
    assert relay.process.poll() is None and "ERROR" not in relay.log()
    found = compare.differences(box.maria(), pair.standby.pg(), "wiki39")
    assert not found, "\n".join(found)
    record_property("relay on a standby of " + pair.standby.run("postgres", "--version").strip(),
                    "%d events, 0 lost, 0 twice, over its promotion" % count)


def test_slot_lost(pair):  # noqa: F811
    """Without feedback the primary takes rows of the catalog away; the relay says so."""
    pair.begin().stop()
    pair.slot, pair.relay_reads = THERE, pair.standby
    make_slot(pair, THERE)
    pair.standby.value("ALTER SYSTEM SET hot_standby_feedback = off")
    pair.standby.value("SELECT pg_reload_conf()")
    chain.wait_for(lambda: pair.primary.value("SELECT catalog_xmin IS NULL FROM pg_replication_slots WHERE slot_name = 'standby'"),
                   "the primary to know nothing of the standby's slot", 20)
    pair.primary.value("SELECT pg_drop_replication_slot('mwmirror')")
    pair.primary.value("CREATE TABLE gone (a int)")
    pair.primary.value("DROP TABLE gone")
    pair.primary.value("VACUUM FULL pg_class")
    pair.wait_replayed()
    done = pair.box.mwmirror("relay", env=pair.environment())
    assert done.returncode == 5 and "is lost: the primary removed rows" in done.stderr and "hot_standby_feedback" in done.stderr
