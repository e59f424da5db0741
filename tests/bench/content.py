"""
What contents of pages cost: the rate of mediawiki.page_content_change.v1 at a sink, live and told again by a backfill, beside page_change of the same
edits and beside a bare COPY of the same bytes. page_change is measured twice: what those differ by is noise.
"""

import collections
import json
import os
import time

import chain
import cost

CONTENT = "mediawiki.page_content_change.v1"
SLOT = "cost"
Result = collections.namedtuple("Result", "name events bytes walsender relay seconds")     # bytes of all events; us an event; of all


class Content:
    """bench: the Bench of `run`, prepared. Each edit is of a page of its own, so that the mirror keeps what each wrote."""

    def __init__(self, bench, edits, size, rounds, wiki):
        self.bench, self.box, self.wiki = bench, bench.box, wiki
        self.edits, self.size = min(edits, bench.options.pages), size
        self.cost = cost.Cost(bench, self.edits, rounds)
        self.results, self.copies = [], []

    def follow(self, done):
        """Until a condition holds; returns the WAL's end."""
        follow = self.bench.daemon("follow")
        chain.wait_for(done, follow.log, 300)
        if follow.stop() != 0:
            raise SystemExit("follow did not end cleanly:\n" + follow.log()[-2000:])
        return self.box.pg_value("SELECT pg_current_wal_insert_lsn()::text")

    def measure(self, name, stream, write):
        """write(): has follow write what is to be told, and returns the WAL's end. The least of all rounds."""
        self.cost.switch_on({stream})
        self.box.pg_rows("SELECT pg_create_logical_replication_slot(%s, 'mwmirror')", (SLOT,))
        lsn = write()
        path = os.path.join(self.bench.directory, "content.events")
        self.cost.relay(lsn, path)
        with open(path, "rb") as file:
            events = sum(stream.encode() in line for line in file)
        if events != self.edits:
            raise SystemExit("%s: %d events, not %d" % (name, events, self.edits))
        rounds = [self.cost.relay(lsn, os.devnull) for _ in range(self.cost.rounds)]
        self.box.pg_rows("SELECT pg_drop_replication_slot(%s)", (SLOT,))
        walsender, relay, wall = (min(times) / 1000 / self.edits for times in zip(*rounds))
        self.results.append(Result(name, events, os.path.getsize(path), walsender, relay, wall * self.edits / 1e6))
        os.remove(path)
        self.copies.append(self.bench.copy_out("SELECT body FROM mediawiki.content_body WHERE wiki_id = '%s' AND length(body) >= %d" % (self.wiki, self.size), "binary"))

    def live(self):
        self.bench.generate(self.edits, self.size)
        goal = chain.source_position(self.box)
        return self.follow(lambda: chain.reached(chain.mirror_position(self.box), goal))

    def backfill(self, stream):
        """Of the pages that were edited; says how fast it is written, too."""
        low, = self.box.pg_rows("SELECT min(page_id) FROM mediawiki.page WHERE wiki_id = %s AND page_title LIKE 'Load\\_%%'", (self.wiki,))[0]
        asked = self.bench.verb("backfill", self.wiki, "--stream", stream, "--from", str(low), "--to", str(low + self.edits),
                                "--rows-per-second", "none", "--detach", "--json").stdout
        request = json.loads(asked)[0]["id"]
        began = time.monotonic()
        lsn = self.follow(lambda: self.box.pg_value("SELECT state = 'done' FROM mwmirror.request WHERE id = %s", (request,)))
        self.bench.result("backfill of %s written, %d pages" % (stream, self.edits), "%.0f pages/s" % (self.edits / (time.monotonic() - began)))
        return lsn

    def run(self):
        self.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'latest' WHERE wiki_id = %s", (self.wiki,))
        for name, stream in (("page_change", cost.BASE), ("page_content_change", CONTENT), ("page_change again", cost.BASE)):
            self.measure(name, stream, self.live)
        for name, stream in (("backfill of page_change", cost.BASE), ("backfill of page_content_change", CONTENT)):
            self.measure(name, stream, lambda: self.backfill(stream))
        self.cost.switch_on([])
        self.box.pg_rows("DELETE FROM mwmirror.stream")
        self.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'none' WHERE wiki_id = %s", (self.wiki,))

    def table(self):
        base, copy = self.results[0], min(self.copies)
        print("\n| stream | bytes an event | events/s | MB/s | walsender, us an event | relay | CPU beside page_change | time beside a bare COPY |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for r in self.results:
            print("| %s | %.0f | %.0f | %.0f | %.1f | %.1f | %.2f | %.1f |" % (
                r.name, r.bytes / r.events, r.events / r.seconds, r.bytes / r.seconds / 1e6, r.walsender, r.relay,
                (r.walsender + r.relay) / (base.walsender + base.relay), r.seconds / copy))
        print("\n%d pages of %d bytes; a bare COPY of their contents takes %.0f ms, %.0f MB/s. The least of %d rounds; of the COPY %s ms." % (
            self.edits, self.size, copy * 1000, self.edits * self.size / copy / 1e6, self.cost.rounds, ", ".join("%.0f" % (c * 1000) for c in self.copies)))
