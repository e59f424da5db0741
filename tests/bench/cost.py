"""What the streams cost: CPU of the walsender and of the relay, an edit, with some of them on, as a ratio to page_change alone.

Which streams are on is read as of the WAL that is decoded, so each set has edits of its own: as many, of the same pages. Sets are
measured one after the other, each several times, and page_change alone again and again: what those differ by is noise.
"""

import collections
import os
import re
import resource
import threading
import time

import chain

BASE = "mediawiki.page_change.v1"
AGAIN = 7       # after so many sets page_change alone is measured again
SAMPLE_S = 0.002
STREAM = re.compile(rb'"meta":\{"stream":"([^"]+)"')
Result = collections.namedtuple("Result", "name walsender relay counts bytes")   # us an edit; events and bytes of all edits


class Busy:
    """The CPU time of a process that may end at any moment, in ns."""

    def __init__(self, pid):
        self.path, self.ns, self.ended = "/proc/%d/schedstat" % pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.ended.wait(SAMPLE_S):
                with open(self.path) as file:
                    self.ns = int(file.read().split()[0])
        except (OSError, IndexError):
            pass

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.ns


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Cost:
    """bench: the Bench of `run`, prepared."""

    def __init__(self, bench, edits, rounds):
        self.bench, self.box, self.edits, self.rounds = bench, bench.box, edits, rounds
        self.results = []

    def switch_on(self, names):
        self.box.pg_rows("SELECT mwmirror.stream_switch(name, name = ANY (%s)) FROM mwmirror.streams() WHERE of_table IS NULL OR enabled", (list(names),))

    def make_edits(self):
        """In the mirror, as follow writes them from a full binlog; returns the WAL's end."""
        self.bench.generate(self.edits)
        goal = chain.source_position(self.box)
        follow = self.bench.daemon("follow")
        chain.wait_for(lambda: chain.reached(chain.mirror_position(self.box), goal), follow.log, 120)
        if follow.stop() != 0:
            raise SystemExit("follow did not end cleanly:\n" + follow.log()[-2000:])
        return self.box.pg_value("SELECT pg_current_wal_insert_lsn()::text")

    def relay(self, lsn, path):
        """Relays all edits of the set to a file; returns ns of CPU of walsender and relay, and of time."""
        self.box.pg_rows("SELECT pg_copy_logical_replication_slot('cost', 'cost_once')")
        relay_before, began = children_cpu(), time.monotonic()
        with open(path, "wb") as file:
            relay = self.bench.daemon("relay", "--slot", "cost_once", "--sink", "stdout", "--until-lsn", lsn, stdout=file)
            pid = chain.wait_for(lambda: self.box.pg_value(
                "SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'cost_once'"), relay.log, 20, 0.002)
            walsender = Busy(pid)
            code = relay.wait(120)
        wall_ns = (time.monotonic() - began) * 1e9
        relay_ns = (children_cpu() - relay_before) * 1e9
        if code != 0:
            raise SystemExit("relay ended with %d:\n%s" % (code, relay.log()[-3000:]))
        chain.wait_for(lambda: not os.path.exists("/proc/%d" % pid), "the walsender's end", 20)
        self.box.pg_rows("SELECT pg_drop_replication_slot('cost_once')")
        return walsender.stop(), relay_ns, wall_ns

    def measure(self, name, streams):
        """The least of all rounds: what others do on the machine only adds."""
        self.switch_on(streams)
        self.box.pg_rows("SELECT pg_create_logical_replication_slot('cost', 'mwmirror')")
        lsn = self.make_edits()
        path = os.path.join(self.bench.directory, "cost.events")
        self.relay(lsn, path)
        with open(path, "rb") as file:
            counts = collections.Counter(match.decode() for line in file for match in STREAM.findall(line)[-1:])
        size = os.path.getsize(path)
        rounds = [self.relay(lsn, os.devnull) for _ in range(self.rounds)]
        self.box.pg_rows("SELECT pg_drop_replication_slot('cost')")
        walsender, relay, _ = (min(times) / 1000 / self.edits for times in zip(*rounds))
        self.results.append(Result(name, walsender, relay, counts, size))

    def run(self):
        began = time.monotonic()
        public = [row[0] for row in self.box.pg_rows("SELECT name FROM mwmirror.streams() WHERE NOT private AND of_table IS NULL")]
        sets = [(name, {BASE, name}) for name in public if name != BASE] + [("all", set(public))]
        for at, (name, streams) in enumerate(sets):
            if at % AGAIN == 0:
                self.measure(BASE, {BASE})
            self.measure(name, streams)
        self.measure(BASE, {BASE})
        self.switch_on([])
        self.box.pg_rows("DELETE FROM mwmirror.stream")
        return time.monotonic() - began

    def table(self):
        alone = [result for result in self.results if result.name == BASE]
        base = sum(result.walsender + result.relay for result in alone) / len(alone)
        print("\n| streams on | events an edit | bytes an edit | walsender, us an edit | relay | both, as a ratio to page_change alone |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for result in self.results:
            label = "page_change alone" if result.name == BASE else "all" if result.name == "all" else "and " + result.name
            print("| %s | %.2f | %.0f | %.1f | %.1f | %.2f |" % (
                label, sum(result.counts.values()) / self.edits, result.bytes / self.edits, result.walsender, result.relay,
                (result.walsender + result.relay) / base))
        print("\n%d edits each, the least of %d rounds. How much page_change alone differs from itself is noise." % (self.edits, self.rounds))
        everything = self.results[-2]
        print("Events with all on: " + ", ".join("%d %s" % (n, name) for name, n in sorted(everything.counts.items())))
