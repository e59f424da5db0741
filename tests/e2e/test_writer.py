"""Only follow writes what the decoder heeds; and PostgreSQL knows how far behind the relay is."""

import chain
import kafka


def test_forged_marks(live):
    """Messages and rows of others set no position and make no event; what follow wrote in between does."""
    wiki = live.wiki("39")
    wiki.edit("Before the forger", "text", "c")
    chain.wait_stream(live)
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    source, gtid = (chain.stream_position(live)[name] for name in ("source", "gtid"))
    for message in ("U 9-9-999999999 1800000000 %s\n" % source, "T 9-9-999999999 1800000000", "K 3000", "nonsense"):
        for transactional in (True, False):
            live.pg_rows("SELECT pg_logical_emit_message(%s, 'mwmirror', %s)", (transactional, message))
    live.pg_rows("UPDATE mediawiki.page SET page_title = 'By_hand' WHERE wiki_id = %s AND page_title = 'Before_the_forger';"
                 " SELECT pg_logical_emit_message(true, 'mwmirror', %s)",
                 (wiki.dbname, "U 9-9-999999999 1800000000 %s %d:%s\n" % (source, len(wiki.dbname), wiki.dbname)))
    lsn = kafka.parse_lsn(live.pg_value("SELECT pg_current_wal_flush_lsn()::text"))
    chain.wait_for(lambda: kafka.parse_lsn(chain.stream_position(live)["lsn"]) >= lsn, "the relay to pass it all", 20)
    position = chain.stream_position(live)
    assert (position["source"], position["gtid"].split("-")[:2]) == (source, gtid.split("-")[:2]), position
    assert kafka.events(live, start) == []
    live.pg_rows("UPDATE mediawiki.page SET page_title = 'Before_the_forger' WHERE wiki_id = %s AND page_title = 'By_hand'",
                 (wiki.dbname,))
    wiki.edit("Behind the forger", "text", "c")
    chain.wait_stream(live)
    assert [(e.kind, e.title) for e in kafka.events(live, start)] == [("create", "Behind_the_forger")]


def test_lag_is_known(live):
    """pg_stat_replication has the relay's lag while events flow."""
    wiki = live.wiki("39")
    numbers = iter(range(10000))

    def lags():
        wiki.edit("Lag", "text %d" % next(numbers), "c")
        rows = live.pg_rows("SELECT write_lag, flush_lag, replay_lag FROM pg_stat_replication"
                            " WHERE application_name = 'mwmirror relay'")
        return rows and None not in rows[0] and rows[0]
    assert all(lag.total_seconds() < 10 for lag in chain.wait_for(lags, "lag of the relay in pg_stat_replication", 30))
