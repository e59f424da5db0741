"""How long an edit takes from its COMMIT in MariaDB until a read_committed consumer has its event, at a steady rate.

Whoever edits and whoever reads are processes of their own, so that none of them waits for another's Python; their
clock (CLOCK_MONOTONIC) is one. Each edit has its moment, whether the ones before it were quick or not: sessions that
do not keep up show in `achieved`.
"""

import math
import multiprocessing
import time
import traceback

from confluent_kafka import Consumer, TopicPartition

import kafka
import workload

SESSION_RATE = 125   # edits a second that one session surely makes
WARM_S = 1.0         # of each measurement, not counted
PATIENCE_S = 60      # for the last event
START_S = 0.5        # until all sessions are ready

processes = multiprocessing.get_context("fork")


class Timing:
    """delays: ms, in order of size; achieved: edits a second."""

    def __init__(self, delays, achieved):
        self.delays = sorted(delays)
        self.achieved = achieved

    def percentile(self, percent):
        return self.delays[max(0, math.ceil(len(self.delays) * percent / 100) - 1)]


def merge(timings):
    """Several measurements as one."""
    return Timing([d for t in timings for d in t.delays], sum(t.achieved for t in timings) / len(timings))


def reports(task):
    """Runs task(pipe, ...) and sends what it returns, or how it failed."""
    def run(pipe, *args):
        try:
            pipe.send((task(pipe, *args), None))
        except BaseException:
            pipe.send((None, traceback.format_exc()))
    return run


@reports
def edit(pipe, box, wiki, pages, actors, first, step, count, rate, begin):
    """One session: edits number first, first + step, ...; edit n is due at begin + n / rate. [(n, gtid, before COMMIT)]"""
    connection = box.maria(fresh=True)
    execute = workload.execute
    execute(connection, "CALL %s.%s_edits(%d, 1, %d, %d, 10)" % (workload.LOAD, wiki, first, pages, actors))
    made = []
    for n in range(first, count, step):
        time.sleep(max(0, begin + n / rate - time.monotonic()))
        execute(connection, "START TRANSACTION")
        execute(connection, "CALL %s.%s_edit(@first_page + %d, @first_actor + %d, 'latency', REPEAT('x', 400))" % (
            workload.LOAD, wiki, n % pages, n % actors))
        before = time.monotonic()
        execute(connection, "COMMIT")
        gtid = execute(connection, "SELECT @@last_gtid")[0][0]
        made.append((n, gtid.decode() if isinstance(gtid, bytes) else gtid, before))
    connection.close()
    return made


@reports
def read(pipe, box, topic):
    """Says that it reads, is sent the GTIDs to wait for, returns {gtid: when it was there}."""
    reader = Consumer({"bootstrap.servers": box.bootstrap, "group.id": "bench", "enable.auto.commit": False,
                       "isolation.level": "read_committed", "fetch.wait.max.ms": 5})
    partitions = reader.list_topics(topic, 10).topics[topic].partitions
    reader.assign([TopicPartition(topic, p, reader.get_watermark_offsets(TopicPartition(topic, p), 10)[1])
                   for p in partitions])
    reader.poll(0.2)
    pipe.send(None)
    seen, wanted, until = {}, None, None
    while wanted is None or not wanted <= seen.keys():
        message = reader.poll(0.1)
        if message is not None and message.error() is None:
            seen.setdefault(dict(message.headers())["gtid"].decode(), time.monotonic())
        if wanted is None and pipe.poll():
            wanted, until = pipe.recv(), time.monotonic() + PATIENCE_S
        if until is not None and time.monotonic() > until:
            raise SystemExit("%d of %d events did not come within %d s" % (
                len(wanted - seen.keys()), len(wanted), PATIENCE_S))
    reader.close()
    return seen


def start(task, *args):
    here, there = processes.Pipe()
    process = processes.Process(target=task, args=(there,) + args, daemon=True)
    process.start()
    there.close()
    return process, here


def answer(process, pipe):
    try:
        value, failure = pipe.recv()
    except EOFError:
        value, failure = None, "a process of the measurement ended without a word"
    process.join()
    if failure:
        raise SystemExit(failure)
    return value


def measure(box, wiki, rate, seconds, pages, actors):
    """Edits a second for so many seconds; a Timing of all but the first of them."""
    reader, reader_pipe = start(read, box, box.topic(kafka.STREAM))
    first = reader_pipe.recv()
    if first is not None:
        raise SystemExit(first[1])
    count = int(rate * (seconds + WARM_S))
    sessions = math.ceil(rate / SESSION_RATE)
    begin = time.monotonic() + START_S
    editing = [start(edit, box, wiki, pages, actors, n, sessions, count, rate, begin) for n in range(sessions)]
    made = [e for session in editing for e in answer(*session)]
    reader_pipe.send({gtid for n, gtid, before in made})
    seen = answer(reader, reader_pipe)
    counted = sorted((n, before, seen[gtid]) for n, gtid, before in made if n >= rate * WARM_S)
    befores = [before for n, before, there in counted]
    return Timing([(there - before) * 1000 for n, before, there in counted],
                  (len(counted) - 1) / (max(befores) - min(befores)))
