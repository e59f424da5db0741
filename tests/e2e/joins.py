"""
Consumers that join by a backfill: they begin with its first message, with nothing, and go on with the live topic. What they have then is
compared with the mirror's tables (state streams), and of documents of pages with what a consumer has that was there before them.
"""

import collections
import contextlib
import json

import chain
import fold
import kafka

PAGE_STATE = "mediawiki.page.state.v1"
DOCUMENTS = 5       # each so many-th join is one of documents
RATES = 20, 60, 200 # rows a second: so slow that the load goes on meanwhile
KILLS = 0.1         # of joins, after which follow or relay is killed
Topic = collections.namedtuple("Topic", "stream name")


@contextlib.contextmanager
def documents_on(box):
    """Documents of pages, with contents, of all wikis."""
    def keep(policy):
        box.service("stop", "follow")
        box.pg_rows("UPDATE mwmirror.wiki SET content_policy = %s WHERE NOT private", (policy,))
        box.service("start", "follow")
    made = box.mwmirror("topics", "--all")
    assert made.returncode == 0, made.stderr
    keep("latest")
    box.pg_rows("SELECT mwmirror.stream_switch(%s, true)", (PAGE_STATE,))
    chain.wait_stream(box)
    try:
        yield
    finally:
        box.pg_rows("SELECT mwmirror.stream_switch(%s, NULL)", (PAGE_STATE,))
        keep("none")
        box.pg_rows("DELETE FROM mediawiki.content_body")


class Join:
    """A consumer of one stream; own: by a topic of its own, else by the live one."""

    def __init__(self, box, stream, number, own, rate):
        self.stream, self.since = stream, kafka.parse_lsn(box.pg_value("SELECT pg_current_wal_insert_lsn()::text"))
        self.own = "join.%x.%d" % (self.since, number) if own else None
        self.requests = {}      # id: rows that it has told in the end, the last GTID before its end
        for wiki, in box.pg_rows("SELECT wiki_id FROM mwmirror.wiki WHERE NOT private ORDER BY 1"):
            done = box.mwmirror("backfill", wiki, "--stream", stream, "--rows-per-second", str(rate), "--detach", "--json", *(["--topic", self.own] if own else []))
            assert done.returncode == 0, done.stderr
            self.requests[str(json.loads(done.stdout)[0]["id"])] = None

    def ends(self, rows):
        """rows: {id: (rows told, GTID position at the end)}."""
        self.requests = {request: rows[request] for request in self.requests}

    def is_over(self, place):
        """A snapshot has all that the backfill told, and something after it if that is nothing."""
        return all(place.requests.get(request, 0) >= rows and (rows > 0 or place.sequence > max(chain.parse_gtid_list(gtid).values()))
                   for request, (rows, gtid) in self.requests.items())

    def told(self, messages):
        return [m for m in messages.get(self.own or self.stream, []) if m.request and m.request[0] in self.requests]

    def consumed(self, messages, all_requests):
        """All that it applies, in order. Not what other backfills tell: that would hide a gap."""
        told = self.told(messages)
        begin = told[0].lsn if all(rows for rows, _ in self.requests.values()) else self.since
        live = [m for m in messages[self.stream] if m.lsn >= begin and not (m.request and m.request[0] in all_requests)]
        return sorted(told + live, key=lambda m: m.lsn)


class Joins:
    """All of a test; streams: of state. The first one is of documents, before there is a load."""

    def __init__(self, box, streams, dice):
        self.box, self.dice, self.streams = box, dice, dice.sample(streams, len(streams))
        self.all, self.kills = [], 0
        self.add(PAGE_STATE)
        self.wait()

    def add(self, stream, own=False, rate="none"):
        self.all.append(Join(self.box, stream, len(self.all), own, rate))

    def one_more(self):
        number = len(self.all)
        is_own, rate = self.dice.random() < 0.5, self.dice.choice(RATES)
        if number % DOCUMENTS == 1:
            self.add(PAGE_STATE, is_own, min(RATES))    # pages are what changes most
        else:
            self.add(self.streams[number % len(self.streams)], is_own, rate)
        if self.dice.random() < KILLS:
            victim = self.dice.choice(["follow", "relay"])
            self.box.service("kill", victim)
            self.box.service("start", victim)
            self.kills += 1

    def wait(self):
        """Until all that was asked for is published, without a limit from now on."""
        unfinished = self.box.pg_value("SELECT string_agg(id::text, ',') FROM mwmirror.request WHERE kind = 'backfill' AND state IN ('waiting', 'running')")
        if unfinished:
            self.box.mwmirror("backfill", "--resume", unfinished, "--rows-per-second", "none", "--detach")
        chain.wait_for(lambda: self.box.pg_value(
            "SELECT NOT EXISTS (SELECT FROM mwmirror.request WHERE kind = 'backfill' AND state IN ('waiting', 'running'))"
            " AND (SELECT max(last_lsn) FROM mwmirror.request) <= (SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'mwmirror')"),
            lambda: "backfills to end: %s" % self.box.pg_rows("SELECT id, state, error FROM mwmirror.request WHERE kind = 'backfill' AND state <> 'done'"), 60 + len(self.all))

    def end(self):
        """The last one is of documents: it tells what must be there."""
        self.add(PAGE_STATE)
        self.wait()

    def read(self, offsets):
        """{topic or stream: messages}, of documents and of topics of their own, with their hashes."""
        topics = [Topic(PAGE_STATE, self.box.topic(PAGE_STATE))] + [Topic(name, name) for name in self.own_topics()]
        for topic in topics:
            chain.wait_decided(self.box, topic.name)
        found = fold.read(self.box, topics, offsets)
        fold.hash_messages(self.box, [m for of_topic in found.values() for m in of_topic])
        rows = {str(request): (done, gtid) for request, state, done, gtid in self.box.pg_rows(
            "SELECT id, state, rows_done, last_gtid_pos FROM mwmirror.request WHERE kind = 'backfill'") if state == "done"}
        for join in self.all:
            join.ends(rows)
        return found

    def forget(self):
        kafka.delete_topics(self.box, self.own_topics())

    def own_topics(self):
        """Those that are there: a request that tells nothing makes none."""
        return sorted({join.own for join in self.all} & set(kafka.topics(self.box)))

    def compare(self, of_topics, taken, messages):
        """messages: of all topics. Returns (differences as text, how often a join was compared, rows told, joins that live messages met)."""
        requests = {request for join in self.all for request in join.requests}
        wrong, compared, told, met = [], 0, 0, 0
        reference = self.all[0].consumed(messages, requests)
        for number, join in enumerate(self.all):
            consumed = join.consumed(messages, requests)
            own = join.told(messages)
            told += len(own)
            met += bool(own) and any(not m.request and own[0].lsn < m.lsn < own[-1].lsn for m in consumed)
            if join.stream == PAGE_STATE:
                ends = [own[-1].lsn, self.all[-1].told(messages)[-1].lsn]
                pairs = [(as_of(consumed, lsn), as_of(reference, lsn)) for lsn in ends]
                pairs.append((pairs[-1][0], {m.key: m for m in self.all[-1].told(messages)}))
                for when, (have, want) in zip(("when it has joined", "in the end", "by the last backfill"), pairs):
                    wrong += ["join %d, documents, %s: %s" % (number, when, text) for text in different(have, want)]
                compared += len(pairs)
                continue
            finds, state = fold.Finds({join.stream: consumed}), fold.Fold(join.stream, {}, consumed)
            after = [snapshot for snapshot in taken if join.is_over(snapshot[0])]
            assert after, "join %d of %s is never over" % (number, join.stream)
            for place, tables in after:
                state.up_to(place)
                finds.note(join.stream, place, state.differences(fold.as_dict(tables[join.stream])))
                compared += 1
            if finds.all:
                wrong.append("join %d, from %s:\n%s" % (number, own and own[0].told_by, finds.report(self.box, of_topics)))
        return wrong, compared, told, met


def as_of(messages, lsn):
    """{key: message with the document}."""
    state = {}
    for message in messages:
        if message.lsn > lsn:
            break
        state[message.key] = message
    return {key: message for key, message in state.items() if message.value_hash is not None}


def different(have, want):
    """Documents that differ, as the consumer has them and as they should be; nothing if none does."""
    hashes = [{key: message.value_hash for key, message in of.items()} for of in (have, want)]
    keys = sorted(key for key in have.keys() | want.keys() if hashes[0].get(key) != hashes[1].get(key))
    shown = ("%s:\n\thas    %s\n\twanted %s" % (key, *(
        "%s: %s" % (of[key].told_by, of[key].value) if key in of else "nothing" for of in (have, want))) for key in keys[:3])
    return ["%d differ, such as %s" % (len(keys), "\n".join(shown))] if keys else []
