"""
What ends by itself, for both MediaWiki versions: blocks, protection and groups that are given for some seconds are told as they end, by
nobody, once: not again when MediaWiki removes them, nor when follow was dead meanwhile.
"""

import datetime
import uuid

import chain
import events
import kafka

BLOCKS, PROTECTION, USERS = "mediawiki.user-blocks-change", "mediawiki.page-restrictions-change", "mediawiki.user_change.v1"
PASSWORD = "Str0ng-pass-phrase"
ADDRESS, ACCOUNT, TITLE = "203.0.113.77", "Lent to", "Guarded_for_seconds"
TABLES = (("block", "bl_expiry"), ("page_restrictions", "pr_expiry"), ("user_groups", "ug_expiry"))


def waiting(box, wiki):
    """How many rows of a wiki end within a minute, or have ended, and nobody was told."""
    return sum(box.pg_value("SELECT count(*) FROM mediawiki.%s WHERE wiki_id = %%s AND %s < now() + interval '1 minute' "
                            "AND (ended_at IS NULL OR ended_at < %s)" % (table, column, column), (wiki.dbname,))
               for table, column in TABLES)


def wait_ended(box, wiki):
    chain.wait_for(lambda: waiting(box, wiki) == 0, lambda: "%d rows to end:\n%s" % (waiting(box, wiki), box.log_tail("follow")), 30)
    lsn = kafka.parse_lsn(box.pg_value("SELECT pg_current_wal_insert_lsn()::text"))
    chain.wait_for(lambda: kafka.parse_lsn(chain.stream_position(box).get("lsn")) >= lsn,
                   lambda: "the relay to come to %x: %r" % (lsn, chain.stream_position(box)), 30)
    for stream in kafka.streams(box):
        chain.wait_decided(box, box.topic(stream))


def read(box, wiki, start):
    found = [e for e in kafka.all_events(box, start) if e.stream in (BLOCKS, PROTECTION, USERS)]
    assert not [e for e in found if e.wiki != wiki.dbname], found
    for event in found:
        events.check(event, wiki.api_url)
    return found


def lend(wiki, seconds):
    """A block, protection and a group, in this order."""
    expiry = "%d seconds" % seconds
    wiki.block(ADDRESS, "for seconds", expiry=expiry)
    wiki.protect(TITLE, "edit=sysop", expiry=expiry, reason="for seconds")
    wiki.user_rights(ACCOUNT, add="bot", reason="for seconds", expiry=expiry)


def identity(event, number):
    """meta.id of what a request made."""
    return str(uuid.uuid5(events.ID_NAMESPACE, "%s %s %d %s" % (
        events.transaction_name(event), event.stream, number, event.wiki)))


def check_ends(found, expiries):
    """One event of each, by a request, in the order of their times, which are its own."""
    assert sorted(e.stream for e in found) == sorted((BLOCKS, PROTECTION, USERS)), found
    assert [e.value["meta"]["dt"] for e in found] == sorted(e.value["meta"]["dt"] for e in found)
    for event in found:
        headers = dict(event.header_list)
        assert "gtid" not in headers and headers["request"].startswith(b"Q") and headers["source"], headers
        assert not {"performer", "comment"} & set(event.value) and not event.value.get("reason")
        assert event.value["meta"]["dt"] == expiries[event.stream] and event.timestamp == round(
            datetime.datetime.fromisoformat(expiries[event.stream].replace("Z", "+00:00")).timestamp() * 1000)
        assert event.value["meta"]["id"] == identity(event, 1)
    by_stream = {e.stream: e.value for e in found}
    assert not any(by_stream[BLOCKS]["blocks"][name] for name in ("email", "user_talk", "account_create", "sitewide"))
    assert by_stream[BLOCKS]["prior_state"]["blocks"]["expiry_dt"] == expiries[BLOCKS] and by_stream[BLOCKS]["user_text"] == ADDRESS
    assert by_stream[PROTECTION]["page_restrictions"] == {"edit": "", "move": ""}
    groups, before = by_stream[USERS]["user"]["groups"], by_stream[USERS]["prior_state"]["user"]["groups"]
    assert set(before) - set(groups) == {"bot"} and set(groups) < set(before)
    assert by_stream[USERS]["dt"] == expiries[USERS]


def read_expiries(box, wiki):
    """When the three end, as MariaDB has it."""
    ask = {"39": ("ipblocks", "ipb_expiry"), "43": ("block", "bl_expiry")}[wiki.name]
    found = {}
    for stream, table, column in ((BLOCKS,) + ask, (PROTECTION,) + TABLES[1], (USERS,) + TABLES[2]):
        value, = [v for v, in box.maria_rows("SELECT %s FROM `%s`.%s WHERE %s BETWEEN DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 1 MINUTE, '%%Y%%m%%d%%H%%i%%S') "
                                             "AND DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL 1 MINUTE, '%%Y%%m%%d%%H%%i%%S')"
                                             % (column, wiki.dbname, table, column))]
        found[stream] = datetime.datetime.strptime(value.decode(), "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
    return found


def remove(box, wiki):
    """What MediaWiki does with the rows some time later."""
    wiki.maintenance("purgeExpiredBlocks")
    wiki.maintenance("purgeExpiredUserrights")
    box.maria_rows("DELETE FROM `%s`.page_restrictions WHERE pr_expiry < DATE_FORMAT(UTC_TIMESTAMP(), '%%Y%%m%%d%%H%%i%%S')" % wiki.dbname)


def test_ends_are_told_once(wiki, box):
    wiki.create_user(ACCOUNT, PASSWORD)
    wiki.edit(TITLE, "text")
    remove(box, wiki)       # what other tests have left
    chain.wait_stream(box)
    wait_ended(box, wiki)
    start = kafka.end_offsets(box)

    # while all runs
    lend(wiki, 4)
    expiries = read_expiries(box, wiki)
    chain.wait_stream(box)
    wait_ended(box, wiki)
    found = read(box, wiki, start)
    assert [e.stream for e in found[:3]] == [BLOCKS, PROTECTION, USERS] and all("performer" in e.value for e in found[:3])
    assert all(e.value["meta"]["dt"] < expiries[e.stream] for e in found[:3])
    check_ends(found[3:], expiries)
    late = box.pg_value("SELECT max(q.updated_at - last_key[1]::timestamptz) FROM mwmirror.request AS q WHERE kind = 'expire' AND wiki_id = %s",
                        (wiki.dbname,))
    assert late < datetime.timedelta(seconds=10), "the end was told %s later" % late

    # MediaWiki removes the rows: nobody is told
    start = kafka.end_offsets(box)
    remove(box, wiki)
    chain.wait_stream(box)
    assert not read(box, wiki, start)

    if wiki.name == "43":       # once is enough: follow is dead as they end
        ends_while_follow_is_dead(box, wiki)


def ends_while_follow_is_dead(box, wiki):
    put_off = "UPDATE mwmirror.request SET due_at = %s WHERE kind = 'expire' AND wiki_id = %s"
    box.pg_rows(put_off, ("infinity", wiki.dbname))     # until follow is dead
    lend(wiki, 4)
    expiries = read_expiries(box, wiki)
    chain.wait_stream(box)
    box.expect_dead.add("follow")
    box.service("kill", "follow")
    try:
        assert waiting(box, wiki) == 3, "they ended before follow was dead"
        box.pg_rows(put_off, ("now", wiki.dbname))
        start = kafka.end_offsets(box)
        chain.wait_for(lambda: box.maria_value("SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%SZ')") > max(expiries.values()),
                       "the time to pass", 20)
    finally:
        box.service("start", "follow")
        box.expect_dead.discard("follow")
    wait_ended(box, wiki)
    check_ends(read(box, wiki, start), expiries)
    start = kafka.end_offsets(box)
    remove(box, wiki)
    chain.wait_stream(box)
    assert not read(box, wiki, start)
