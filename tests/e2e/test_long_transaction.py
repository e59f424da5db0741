"""A source transaction that takes longer than Kafka's time-out of a transaction: published in parts, once, whatever is killed."""

import os
import re
import signal
import threading

import chain
import kafka
import sandbox
import workload

# A third of it is the time that a transaction may be open; so many pages take longer, also where the relay is slowed less than it should be.
PAGES = 12000
TIMEOUT = {"MWMIRROR_KAFKA_TRANSACTION_TIMEOUT_MS": "1000"}


class Slowed:
    """A process that runs a tenth of the time, so that a machine of any speed takes long enough."""

    def __init__(self, pid):
        self.pid = pid
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.stop.wait(0.01):
                os.kill(self.pid, signal.SIGSTOP)
                self.stop.wait(0.09)
                os.kill(self.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()


def parts(log):
    return [int(n) for n in re.findall(r"is published in parts: (\d+) of its events so far", log)]


def test_published_in_parts(live, tmp_path, record_property):
    """The relay is killed whenever it has published another part, and goes on inside of the source transaction."""
    connection = live.maria(fresh=True)
    workload.install(connection, "wiki39")
    chain.wait_stream(live)
    start = kafka.end_offsets(live)
    live.service("stop", "relay")
    workload.prepare(connection, "wiki39", PAGES, 10)
    chain.wait_mirror(live)
    goal = chain.source_position(live)
    seen, kills, begun_inside = 0, 0, 0
    try:
        for number in range(50):
            relay = sandbox.Daemon(live, "relay", str(tmp_path / ("relay%d.log" % number)), env=TIMEOUT)
            try:
                with Slowed(relay.pid):
                    chain.wait_for(lambda: parts(relay.log()) or relay.process.poll() is not None or
                                   chain.reached(chain.stream_position(live).get("gtid"), goal), "a part", 60)
                assert relay.process.poll() is None, relay.log()[-3000:]
            finally:
                relay.kill()
            now = chain.stream_position(live)
            if chain.reached(now.get("gtid"), goal):
                break
            kills += 1
            begun_inside += now["index"] > 0
            seen = max(seen, now["index"])
            assert now["index"] <= PAGES * len(start), now
    finally:
        live.service("start", "relay")
    chain.wait_stream(live, 120)
    found = kafka.all_events(live, start)
    assert len({e.gtid for e in found}) == 1
    assert len({e.value["meta"]["id"] for e in found}) == len(found)
    assert len([e for e in found if e.stream == kafka.STREAM]) == PAGES
    assert begun_inside > 0 and seen > 0, "the transaction was not published in parts"
    record_property("a source transaction of %d events" % len(found),
                    "killed %d times, %d of them inside of it: each event once, in order" % (kills, begun_inside))
