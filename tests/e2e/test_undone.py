"""
What the source takes back: transactions that were rolled back, parts of them to savepoints, and what a crash cut off. Their rows
are in the binlog, but neither in the mirror nor in an event.
"""

import os
import random

import pytest

import binlog_file
import chain
import compare
import events
import sandbox
import workload
from bare import WIKI, small_sandbox

LARGE = 300000   # bytes: more than the reader holds back
XID = 16   # type of an event


@pytest.fixture(scope="module")
def bare():
    """init, one wiki, copied; a table beside it, after changes of which MariaDB writes what it takes back."""
    with small_sandbox("undone") as bare:
        bare.create_wiki()
        bare.edit()
        bare.number_of_edits = 0
        run(bare, "CREATE DATABASE beside", "CREATE TABLE beside.plain (a INT) ENGINE = MyISAM")
        yield bare


def run(bare, *statements):
    """Statements of one session, which knows who edits what."""
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    workload.execute(connection, "SELECT role_id, model_id INTO @load_role, @load_model FROM slot_roles, content_models LIMIT 1")
    workload.execute(connection, "SELECT min(page_id) INTO @page FROM page")
    workload.execute(connection, "SELECT min(actor_id) INTO @actor FROM actor WHERE actor_name LIKE 'Load user %%'")
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def edit(bare, word, size=100):
    """An edit whose comment is the word and a number."""
    bare.number_of_edits += 1
    return "CALL mwload.%s_edit(@page + %d, @actor, '%s %d;', repeat('x', %d))" % (
        WIKI, bare.number_of_edits % 5, word, bare.number_of_edits, size)


UNSAFE = ("INSERT INTO beside.plain VALUES (1)", "CREATE TEMPORARY TABLE passing (a INT)", "DROP TEMPORARY TABLE passing")


def rolled_back(bare, *more, size=100):
    return ("BEGIN", edit(bare, "undone", size), *UNSAFE, *more, "ROLLBACK")


def kept(bare, size=100):
    return ("BEGIN", edit(bare, "kept", size), "COMMIT")


def assert_told(bare):
    """Each edit that was kept is told, and no other."""
    path = os.path.join(bare.directory, "events")
    relay = bare.daemon("relay", "--format", "envelope")
    wanted = {text.decode() for text, in bare.box.maria_rows(
        "SELECT comment_text FROM %s.revision_comment_temp JOIN %s.comment ON comment_id = revcomment_comment_id"
        " WHERE comment_text LIKE 'kept %%;'" % (WIKI, WIKI))}

    def told():
        return {e["value"]["revision"].get("comment") for e in events.envelopes(path)}
    try:
        assert relay.process.poll() is None
        chain.wait_for(lambda: wanted <= told(), lambda: "%s are not told\n%s" % (wanted - told(), relay.log()), 30)
        assert relay.stop() == 0, relay.log()
    finally:
        relay.kill()
    with open(path, "rb") as file:
        assert b"undone" not in file.read()


def test_many_that_were_rolled_back(bare):
    """In one group, among others: small ones are left out as they come, large ones once their end is known."""
    statements = []
    for _ in range(20):
        statements += rolled_back(bare) + kept(bare)
    for _ in range(4):
        statements += rolled_back(bare, size=LARGE) + kept(bare, LARGE) + rolled_back(bare)
    run(bare, *statements)
    bare.catches_up()
    # the last is one that was rolled back: the position is behind it
    run(bare, *kept(bare), *rolled_back(bare))
    bare.catches_up()
    assert bare.position() == chain.source_position(bare.box)
    assert_told(bare)


def test_rolled_back_while_follow_waits(bare):
    daemon = bare.daemon("follow")
    try:
        for size in (100, LARGE):
            run(bare, *rolled_back(bare, size=size))
            goal = chain.source_position(bare.box)
            chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 10)
            run(bare, *kept(bare))
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    bare.catches_up()
    assert_told(bare)


def savepoint_script(bare, dice, size):
    """A transaction with savepoints: nested, set anew under the same names, released, undone."""
    yield "BEGIN"
    yield edit(bare, "some", size)
    yield "CREATE TEMPORARY TABLE passing (a INT)"
    open_ones = []
    for _ in range(12):
        what = dice.random()
        if what < 0.4 or not open_ones:
            name = dice.choice(("a", "A", "`b c`", "d", "e"))
            open_ones = [s for s in open_ones if s.lower() != name.lower()] + [name]
            yield "SAVEPOINT " + name
        elif what < 0.5:
            at = dice.randrange(len(open_ones))
            yield "RELEASE SAVEPOINT " + open_ones[at]
            open_ones = open_ones[:at]
        elif what < 0.8:
            at = dice.randrange(len(open_ones))
            name = open_ones[at]
            yield "ROLLBACK TO " + name.upper()
            open_ones = open_ones[:at + 1]
        yield edit(bare, "some", size // 10)
    yield "DROP TEMPORARY TABLE passing"
    yield "COMMIT" if dice.random() < 0.8 else "ROLLBACK"


@pytest.mark.parametrize("image", ["FULL", "MINIMAL"])
def test_savepoints(bare, image):
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    for _ in range(12):
        run(bare, "SET SESSION binlog_row_image = %s" % image, *savepoint_script(bare, dice, dice.choice((100, 100, LARGE))))
    bare.catches_up()


def test_savepoints_in_events(bare):
    for size in (100, LARGE):
        run(bare, "BEGIN", edit(bare, "kept", size), UNSAFE[0], "SAVEPOINT one", edit(bare, "undone", size), "SAVEPOINT two",
            edit(bare, "undone", size), "ROLLBACK TO two", edit(bare, "undone"), "ROLLBACK TO one", edit(bare, "kept"),
            "SAVEPOINT two", edit(bare, "undone"), "ROLLBACK TO SAVEPOINT Two", edit(bare, "kept"), "COMMIT")
    bare.catches_up()
    assert_told(bare)


def test_savepoints_that_cannot_be_told(bare):
    """MariaDB takes é for e; a transaction with such names goes on as long as nothing is undone."""
    run(bare, "SET NAMES utf8mb4", "BEGIN", edit(bare, "kept", LARGE), UNSAFE[0], "SAVEPOINT `é`", edit(bare, "kept"), "COMMIT")
    bare.catches_up()
    run(bare, "SET NAMES utf8mb4", "BEGIN", edit(bare, "some", LARGE), UNSAFE[0], "SAVEPOINT `é`", edit(bare, "some"),
        "ROLLBACK TO e", "COMMIT")
    bare.refused("follow", 7, "savepoint", "snapshot --force")
    bare.recopy()


def test_follow_is_killed_while_it_undoes(bare):
    dice = random.Random(3)
    statements = []
    for _ in range(3):
        statements += rolled_back(bare, size=LARGE) + kept(bare) + tuple(savepoint_script(bare, dice, LARGE)) + rolled_back(bare)
    run(bare, *statements)
    for _ in range(3):
        daemon = bare.daemon("follow")
        chain.wait_for(lambda: "reading the binlog" in daemon.log(), daemon.log, 10)
        chain.wait_for(lambda: "applied again" in daemon.log() or chain.reached(bare.position(), chain.source_position(bare.box)),
                       daemon.log, 10)
        daemon.kill()
    bare.catches_up()
    assert_told(bare)


def crash(bare, title, texts, within=False):
    """
    The server crashes while it writes a transaction into its binlog: a category and some texts, without an end, within: nor all of
    the last event. Started again, it knows nothing of them (which is what the DELETE is for: InnoDB had been told).
    """
    run(bare, "BEGIN", "INSERT INTO category (cat_title) VALUES ('%s')" % title,
        *["INSERT INTO text (old_text, old_flags) VALUES (concat('%s', repeat('x', %d)), 'utf-8')" % (title, size) for size in texts],
        "COMMIT")
    file = binlog_file.BinlogFile(os.path.join(bare.directory, "mariadb", "data", current_binlog(bare)))
    bare.box.service("kill", "mariadb")
    end, kind, _ = list(file.events())[-1]
    assert kind == XID
    file.cut(end - (20 if within else 0))
    bare.box.service("start", "mariadb")
    run(bare, "SET SESSION sql_log_bin = 0", "DELETE FROM category WHERE cat_title = '%s'" % title,
        "DELETE FROM text WHERE old_text LIKE '%s%%%%'" % title)


def current_binlog(bare):
    name = bare.box.maria_rows("SHOW MASTER STATUS")[0][0]
    return name.decode() if isinstance(name, bytes) else name


def test_a_crash_cuts_a_transaction_off(bare):
    """Twice, and then a transaction that stays has the GTID of both."""
    bare.catches_up()
    before = chain.source_position(bare.box)
    for title, size in (("undone-one", LARGE), ("undone-two", 100)):
        crash(bare, title, (size, size))
        assert chain.source_position(bare.box) == before
    run(bare, *kept(bare, LARGE), *rolled_back(bare, size=LARGE), *kept(bare))
    daemon = bare.daemon("follow")
    try:
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 10)
        assert "breaks off" in daemon.log() and "connection to the source broke" not in daemon.log(), daemon.log()
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    bare.catches_up()
    assert_told(bare)


def test_a_crash_within_an_event(bare):
    """MariaDB cannot read it, nor say what follows: refused, with the way past."""
    bare.catches_up()
    crash(bare, "undone-four", (100, 100), within=True)
    run(bare, *kept(bare))
    bare.refused("follow", 4, "error 1236", "is cut or damaged", "PURGE BINARY LOGS TO the next file")
    run(bare, "PURGE BINARY LOGS TO '%s'" % current_binlog(bare))
    bare.catches_up()
    assert_told(bare)
