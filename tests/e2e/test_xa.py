"""XA transactions: their rows hold from XA COMMIT on, whatever comes between, and not at all after XA ROLLBACK."""

import pytest

import chain
import compare
import workload
from bare import WIKI, small_sandbox

# number: how a branch is named, in all its parts
BRANCHES = {1: "'one'", 2: "'two', 'second part'", 3: "'three', '', 7", 4: "X'00ff27', X'5c', 12345678"}


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("xa") as bare:
        bare.create_wiki()
        bare.edit()
        yield bare


def run(bare, *statements):
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def prepare(bare, number, *statements):
    """The session ends, as MariaDB lets no other end its branch."""
    run(bare, "XA START " + BRANCHES[number], *statements, "XA END " + BRANCHES[number], "XA PREPARE " + BRANCHES[number])


def prepared(bare):
    return bare.box.pg_rows("SELECT source_table FROM mwmirror.xa_prepared ORDER BY 1")


def finish(bare, number, how):
    run(bare, "XA %s %s" % (how, BRANCHES[number]))


def catches_up(bare):
    """Until what is copied again is, too."""
    daemon = bare.daemon("follow")
    goal = chain.source_position(bare.box)

    def there():
        assert daemon.process.poll() is None, daemon.log()
        return chain.reached(bare.position(), goal) and not bare.box.pg_value(
            "SELECT count(*) FROM mwmirror.copy_table WHERE state <> 'copied'")
    try:
        chain.wait_for(there, daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    compare.assert_equal(bare.box, WIKI)


@pytest.mark.parametrize("number", BRANCHES)
def test_commit_and_rollback(bare, number):
    """Follow sees them prepared, is stopped, and sees their end later; or all at once."""
    category = "INSERT INTO category (cat_title) VALUES ('%s-%d')"
    for at_once in (True, False) if number == 1 else (False,):
        for how in ("COMMIT", "ROLLBACK") if number == 1 else ("COMMIT",):
            prepare(bare, number, category % (how + str(at_once), number), "UPDATE page SET page_random = page_random / 2")
            if not at_once:
                goal = chain.source_position(bare.box)
                daemon = bare.daemon("follow")
                try:
                    chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 20)
                    assert daemon.stop() == 0
                finally:
                    daemon.kill()
                assert prepared(bare) == [("category",), ("page",)]
            run(bare, category % ("between" + how + str(at_once), number))
            finish(bare, number, how)
            catches_up(bare)
            assert prepared(bare) == []


def test_an_update_behind_the_commit(bare):
    """Of a row that only the branch made."""
    prepare(bare, 1, "INSERT INTO category (cat_title) VALUES ('of-the-branch')")
    prepare(bare, 2, "INSERT INTO site_stats (ss_row_id, ss_images) VALUES (7, 7)")
    finish(bare, 1, "COMMIT")
    run(bare, "UPDATE category SET cat_pages = 5 WHERE cat_title = 'of-the-branch'", "DELETE FROM category WHERE cat_title LIKE 'between%%'")
    finish(bare, 2, "ROLLBACK")
    catches_up(bare)


def test_one_phase_and_nothing_prepared(bare):
    """MariaDB writes what is committed in one phase, or rolled back before XA PREPARE, like any transaction."""
    run(bare, "XA START 'a'", "INSERT INTO category (cat_title) VALUES ('one-phase')", "XA END 'a'", "XA COMMIT 'a' ONE PHASE",
        "XA START 'b'", "INSERT INTO category (cat_title) VALUES ('rolled back')", "XA END 'b'", "XA ROLLBACK 'b'",
        "XA START 'c'", "SELECT * FROM category", "XA END 'c'", "XA PREPARE 'c'", "XA COMMIT 'c'")
    bare.catches_up()
    assert prepared(bare) == []


def test_a_copy_waits_for_them(bare):
    """Its rows would be in neither: the binlog has them before it, the tables after."""
    prepare(bare, 1, "INSERT INTO category (cat_title) VALUES ('neither')")
    bare.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL")
    bare.box.pg_rows("DELETE FROM mwmirror.copy_table")
    done = bare.box.mwmirror("snapshot")
    assert done.returncode != 0 and "XA" in done.stderr, done.stderr
    finish(bare, 1, "COMMIT")
    assert bare.box.mwmirror("snapshot").returncode == 0
    catches_up(bare)
