"""Waiting until the chain has caught up: conditions with a deadline, never a blind sleep."""

import json
import time

import kafka


class Timeout(Exception):
    """A condition did not come true before its deadline."""


def wait_for(condition, what, timeout=60.0, interval=0.02):
    """Asks condition() until it answers something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Timeout("%s: not within %g s" % (what() if callable(what) else what, timeout))
        time.sleep(interval)


def parse_gtid_list(text):
    """'0-1-5,1-1-7' as {domain: sequence}."""
    positions = {}
    for part in (text or "").split(","):
        if part.strip():
            domain, _, sequence = part.strip().split("-")
            positions[int(domain)] = int(sequence)
    return positions


def reached(position, goal):
    """True if the GTID list position is at or after goal in every domain of goal."""
    position, goal = parse_gtid_list(position), parse_gtid_list(goal)
    return all(position.get(domain, -1) >= sequence for domain, sequence in goal.items())


def source_position(box):
    return box.maria_value("SELECT @@global.gtid_binlog_pos")


def mirror_position(box):
    return box.pg_value("SELECT string_agg(gtid_pos, ',') FROM mwmirror.source")


def stream_position(box):
    """The value of the position topic: a dict, or {} if there is none yet."""
    value = kafka.last_value(box, box.position_topic)
    return json.loads(value) if value else {}


def wait_mirror(box, timeout=60.0, goal=None):
    """Until the mirror holds everything that MariaDB has committed by now, tables that are copied again too. Returns that position."""
    goal = goal or source_position(box)
    box_alive = box.daemons_alive

    def caught_up():
        box_alive("follow")
        return reached(mirror_position(box), goal) and copied_again(box)
    wait_for(caught_up, lambda: "mirror at %s, MariaDB at %s" % (mirror_position(box), goal), timeout)
    return goal


def copied_again(box):
    """True if nothing is left that is compared with the source."""
    return box.pg_value("SELECT (SELECT count(*) FROM mwmirror.copy_table JOIN mwmirror.wiki USING (wiki_id) WHERE mode <> 'first' AND state <> 'copied')"
                        " + (SELECT count(*) FROM mwmirror.copy_range JOIN mwmirror.wiki USING (wiki_id))") == 0


def wait_copied_again(box, timeout=60.0):
    """Until follow has compared all that it was asked to (snapshot --force)."""
    def done():
        box.daemons_alive("follow")
        return copied_again(box)
    wait_for(done, lambda: "tables to be compared:\n%s" % box.log_tail("follow"), timeout)


def wait_decided(box, topic, timeout=30.0):
    """Until all that the topic has by now is committed or aborted: a transaction ends in one topic after the other."""
    end = kafka.end_offset(box, topic)
    wait_for(lambda: kafka.end_offset(box, topic, "read_committed") >= end, "a transaction to end in topic %s" % topic, timeout)


def wait_stream(box, timeout=60.0, goal=None, streams=None):
    """Until Kafka holds the events of everything that MariaDB has committed by now; streams: all, or those whose messages matter."""
    goal = wait_mirror(box, timeout, goal)
    lsn = kafka.parse_lsn(box.pg_value("SELECT pg_current_wal_insert_lsn()::text"))
    position = kafka.LastValue(box, box.position_topic)

    def caught_up():
        box.daemons_alive("relay")
        value = json.loads(position.read(0.02) or "{}")
        # a mirror that was copied just now has no GTID in the stream yet, but a place in the WAL
        return reached(value.get("gtid"), goal) or kafka.parse_lsn(value.get("lsn")) >= lsn
    try:
        wait_for(caught_up, lambda: "stream at %s, MariaDB at %s" % (position.value, goal), timeout)
    finally:
        position.close()
    for stream in kafka.streams(box) if streams is None else streams:
        wait_decided(box, box.topic(stream))
    return goal
