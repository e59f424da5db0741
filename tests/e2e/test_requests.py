"""
Requests: the rows of a table written into the WAL between live edits, while follow is killed.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it. What is in the
WAL is read by the plugin's text format; the relay reads it too, and must not mind.
"""

import json

import pytest

import chain
import schemas
from bare import WIKI, Edits, small_sandbox

PAGES = 3000
BUSY = 40       # pages that are edited
SLOT = "requests"
USERS = 70001   # the first of the accounts that groups are lent to
LENT = 3500


@pytest.fixture(scope="module")
def bare():
    """init, one wiki of some thousand pages, copied."""
    with small_sandbox("requests") as bare:
        bare.create_wiki(PAGES, in_the_copy=True)
        yield bare


def latest(bare):
    return dict(bare.box.pg_rows("SELECT page_id, page_latest FROM mediawiki.page WHERE wiki_id = %s", (WIKI,)))


def request(bare, number, column):
    return bare.box.pg_value("SELECT %s FROM mwmirror.request WHERE id = %%s" % column, (number,))


def kill_while(bare, number, goals):
    """Kills follow each time the request has come to a goal, and lets it end; returns the last follow, which runs."""
    for goal in goals:
        daemon = bare.daemon("follow")
        try:
            chain.wait_for(lambda: request(bare, number, "rows_done") > goal,
                           lambda: "%s of %d rows:\n%s" % (request(bare, number, "rows_done"), goal, daemon.log()), 30)
        finally:
            daemon.kill()
        assert request(bare, number, "state") == "running"
    daemon = bare.daemon("follow")
    chain.wait_for(lambda: request(bare, number, "state") == "done",
                   lambda: "the request is %s:\n%s" % (request(bare, number, "state"), daemon.log()), 30)
    return daemon


def fold(lines, state):
    """Follows events and rows from a state on. Returns the rows in order, each checked, and the pages that were edited behind their row."""
    rows, edited_after = [], set()
    for line in lines:
        first, rest = line.split(" ", 1)
        if first == "REQUEST":
            number = int(rest.split(" ")[1])
            assert number == len(rows) + 1, "%s follows %d rows" % (line, len(rows))
        elif first == "row":
            row = json.loads(rest.split(" ", 1)[1])
            page = row["page_id"]
            assert row["page_latest"] == state[page], "row of page %d is not as of its place: %r, not %d" % (page, row, state[page])
            rows.append(page)
        elif first not in ("BEGIN", "COMMIT"):
            stream, _, value = schemas.split_line(line)
            event = schemas.check_text(value)
            if stream != "mediawiki.page_change.v1":
                continue
            page = event["page"]["page_id"]
            state[page] = event["revision"]["rev_id"]
            if page in rows:
                edited_after.add(page)
    return rows, edited_after


def test_backfill_under_edits_and_kills(bare):
    before = latest(bare)
    low, high = min(before) + 5, max(before) - 5
    bare.box.pg_value("SELECT mwmirror.slot_create(%s)", (SLOT,))
    relay = bare.daemon("relay")
    try:
        number = bare.box.pg_value("SELECT mwmirror.request_backfill(%s, 'page', ARRAY[%s], ARRAY[%s], 500)",
                                   (WIKI, str(low), str(high)))
        with Edits(lambda: bare.box.maria(fresh=True), pages=BUSY, at_once=2) as load:
            daemon = kill_while(bare, number, (100, 900, 1800))
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), "follow to catch up", 30)
        assert daemon.stop() == 0, daemon.log()
        assert "request %d is done" % number in daemon.log()
        end = bare.box.pg_value("SELECT pg_current_wal_lsn()")
        chain.wait_for(lambda: bare.box.pg_value("SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots "
                                                 "WHERE slot_name = 'mwmirror'", (end,)), relay.log, 30)
        assert relay.stop() == 0, relay.log()
    finally:
        relay.kill()
    lines = [row[0] for row in bare.box.pg_rows("SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'format', 'text')",
                                                (SLOT,))]
    state = dict(before)
    rows, edited_after = fold(lines, state)
    assert rows == [page for page in sorted(before) if low <= page < high], "not each row of the range once, in order"
    assert state == latest(bare), "rows and the changes that follow them do not give the mirror"
    # the test has seen what it is about
    assert len(edited_after) > 10, "%d edits, of %d pages behind their row" % (load.number, len(edited_after))
    assert request(bare, number, "rows_done") == len(rows)


def lend_groups(bare, count):
    """A group for each of so many accounts, all up to the same time a second later; returns the position behind it."""
    connection = bare.box.maria(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("USE `%s`" % WIKI)
        cursor.executemany("INSERT INTO user (user_id, user_name, user_password, user_newpassword, user_email, user_touched, user_token) "
                           "VALUES (%s, %s, '', '', '', '20260101000000', '')",
                           [(USERS + n, "Lent %d" % n) for n in range(count)])
        cursor.execute("SELECT DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL 1 SECOND, '%Y%m%d%H%i%S')")
        expiry, = cursor.fetchone()
        cursor.executemany("INSERT INTO user_groups (ug_user, ug_group, ug_expiry) VALUES (%s, 'lent', %s)",
                           [(USERS + n, expiry) for n in range(count)])
    connection.commit()
    connection.close()
    return chain.source_position(bare.box)


def test_ends_of_many_rows_and_kills(bare):
    """All at the same time, in parts, while follow is killed inside of them: each is told once, and not again as the rows go."""
    box = bare.box
    ended = "SELECT count(*) FROM mediawiki.user_groups WHERE ended_at = ug_expiry"
    box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (SLOT,))
    # what ends is put off until all is there
    box.pg_rows("INSERT INTO mwmirror.request (kind, source_name, wiki_id, state, due_at) SELECT 'expire', source_name, wiki_id, 'running', 'infinity' "
                "FROM mwmirror.wiki WHERE wiki_id = %s", (WIKI,))
    daemon = bare.daemon("follow")
    try:
        goal = lend_groups(bare, LENT)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 20)
    finally:
        daemon.kill()
    assert box.pg_value(ended) == 0, "they ended before the test began"
    box.pg_value("SELECT mwmirror.slot_create(%s)", (SLOT,))
    box.pg_rows("UPDATE mwmirror.request SET due_at = now() WHERE kind = 'expire'")
    waits = "wait_event_type = 'Lock' AND application_name LIKE 'mwmirror follow%'"
    for part in (1, 2):     # while the next one is half written: a row of it is locked
        connection = box.pg(fresh=True)
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM mediawiki.user_groups WHERE ug_user = %s FOR UPDATE", (USERS + 1000 * part + 500,))
        daemon = bare.daemon("follow")
        try:
            chain.wait_for(lambda: box.pg_value("SELECT count(*) FROM pg_stat_activity WHERE " + waits) > 0,
                           lambda: "%s rows have ended:\n%s" % (box.pg_value(ended), daemon.log()), 30)
        finally:
            daemon.kill()
            # a server that does not know that its client is dead would write the part once the row is free
            box.pg_rows("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE " + waits)
            connection.close()
        assert box.pg_value(ended) == 1000 * part
    daemon = bare.daemon("follow")
    try:
        chain.wait_for(lambda: box.pg_value(ended) == LENT, daemon.log, 30)
        box.maria_rows("DELETE FROM `%s`.user_groups WHERE ug_group = 'lent'" % WIKI)
        goal = chain.source_position(box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 20)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    lines = [row[0] for row in box.pg_rows("SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'format', 'text')", (SLOT,))]
    ends = [schemas.check_text(line[line.index("} ") + 2:]) for line in lines if line.startswith("mediawiki.user_change.v1 ")]
    assert sorted(e["user"]["user_id"] for e in ends) == list(range(USERS, USERS + LENT)), "not each end once: %d" % len(ends)
    assert {"lent" in e["user"]["groups"] for e in ends} == {False} and len({e["meta"]["id"] for e in ends}) == LENT
    marks = [line for line in lines if line.startswith("BEGIN ")]
    assert len(marks) >= 4 and len(set(marks)) == len(marks) and all(" Q" in line for line in marks), marks


def test_failed_and_cancelled_requests_do_not_stop_follow(bare):
    box = bare.box
    box.pg_rows("CREATE TABLE mediawiki.extra (wiki_id text COLLATE \"C\", n integer, PRIMARY KEY (wiki_id, n))")
    bad = box.pg_value("SELECT mwmirror.request_backfill(%s, 'extra')", (WIKI,))
    slow = box.pg_value("SELECT mwmirror.request_backfill(%s, 'page', NULL, NULL, 1)", (WIKI,))
    box.pg_rows("DROP TABLE mediawiki.extra")
    daemon = bare.daemon("follow")
    try:
        chain.wait_for(lambda: request(bare, bad, "state") == "failed", daemon.log, 20)
        assert "extra" in request(bare, bad, "error")
        chain.wait_for(lambda: request(bare, slow, "rows_done") >= 1, daemon.log, 20)
        assert box.pg_value("SELECT mwmirror.request_cancel(%s)", (slow,))
        done = request(bare, slow, "rows_done")
        again = box.pg_value("SELECT mwmirror.request_backfill(%s, 'page', NULL, NULL, NULL)", (WIKI,))
        bare.edit()
        goal = chain.source_position(box)
        chain.wait_for(lambda: request(bare, again, "state") == "done" and chain.reached(bare.position(), goal), daemon.log, 20)
        assert daemon.stop() == 0, daemon.log()
        assert "request %d failed" % bad in daemon.log()
        assert (request(bare, slow, "state"), request(bare, slow, "rows_done")) == ("cancelled", done)
    finally:
        daemon.kill()


def test_a_locked_request_is_passed_over(bare):
    """What somebody is about to do with a request's row holds neither live changes nor other requests up."""
    box = bare.box
    locked = box.pg_value("SELECT mwmirror.request_backfill(%s, 'page', NULL, NULL, NULL)", (WIKI,))
    other = box.pg_value("SELECT mwmirror.request_backfill(%s, 'page', NULL, NULL, NULL)", (WIKI,))
    connection = box.pg(fresh=True)
    connection.autocommit = False
    daemon = None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT mwmirror.request_cancel(%s)", (locked,))
        daemon = bare.daemon("follow")
        bare.edit()
        goal = chain.source_position(box)
        chain.wait_for(lambda: request(bare, other, "state") == "done" and chain.reached(bare.position(), goal), daemon.log, 20)
        connection.rollback()
        chain.wait_for(lambda: request(bare, locked, "state") == "done", daemon.log, 20)
        assert daemon.stop() == 0, daemon.log()
    finally:
        connection.close()
        if daemon:
            daemon.kill()
