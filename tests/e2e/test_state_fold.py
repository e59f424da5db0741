"""
State topics amount to the mirror's tables: at random moments under all that people do to both wikis, and after compaction; and so they do
for consumers that join at random moments by a backfill.

MWMIRROR_FOLD=N: N moments instead of 100; MWMIRROR_JOINS=N: N joins, of each public state stream and of documents of pages; MWMIRROR_SEED repeats what is done, as far as the moments let it.
"""

import os
import random
import threading
import time

import chain
import compaction
import fold
import joins
import kafka
import random_wiki
import sandbox
import states_on

MOMENTS = int(os.environ.get("MWMIRROR_FOLD", "100"))
JOINS = int(os.environ.get("MWMIRROR_JOINS", "8"))
PACE = 0.1     # between two moments, on average
WORKERS = ("39", "43", "43")


def work(box, dice, stop):
    label = "fold%d" % (time.time_ns() // 1000000 % 100000000)
    return [random_wiki.RandomWiki(box.new_wiki(version), random.Random(dice.random()), "%s%s" % (label, "abc"[n]), stop).prepare()
            for n, version in enumerate(WORKERS)]


def rename_accounts(box, workers):
    """Rows that say their names are told again, by requests; until that is done topics say the older ones."""
    for worker in workers[:2]:
        worker.rename()
    chain.wait_mirror(box)
    unfinished = lambda: box.pg_value("SELECT count(*) FROM mwmirror.request WHERE kind = 'state' AND state IN ('waiting', 'running')")
    chain.wait_for(lambda: unfinished() == 0, lambda: "%d requests to end" % unfinished(), 60)
    return box.pg_value("SELECT count(*) FROM mwmirror.request WHERE kind = 'state' AND state = 'done' AND rows_done > 0")


def test_topics_amount_to_tables_with_joins_under_load(live, record_property):
    box, seed, stop = live, sandbox.seed_from_environment(), threading.Event()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    with states_on.states_on(box), joins.documents_on(box):
        workers = work(box, dice, stop)
        chain.wait_stream(box)
        topics = fold.topics(box)
        snapshots = fold.Snapshots(box, topics)
        begin, offsets = fold.rows_of(snapshots.take()), {topic.stream: kafka.end_offset(box, topic.name) for topic in topics}
        offsets[joins.PAGE_STATE] = kafka.end_offset(box, box.topic(joins.PAGE_STATE))
        joined = joins.Joins(box, [topic.stream for topic in topics if not topic.is_private], dice)
        taken = []
        for worker in workers:
            worker.thread.start()
        while len(taken) < MOMENTS:
            time.sleep(dice.uniform(0, 2 * PACE))   # the random moment
            while (len(joined.all) - 1) * MOMENTS <= len(taken) * JOINS and len(joined.all) <= JOINS:
                joined.one_more()
            taken.append(snapshots.take())
            assert not any(worker.error for worker in workers), [worker.error for worker in workers]
        joined.wait()
        stop.set()
        for worker in workers:
            worker.thread.join()
        chain.wait_stream(box)
        joined.end()
        taken.append(snapshots.take())
        assert rename_accounts(box, workers) > 0
        chain.wait_stream(box)
        taken.append(snapshots.take())
        messages = fold.read(box, topics, offsets)
        finds, compared = fold.compare(box, topics, begin, taken, messages)
        assert not finds.all, finds.report(box, topics)
        wrong, *numbers = joined.compare(topics, taken, {**messages, **joined.read(offsets)})
        assert not wrong, "\n".join(wrong)
        assert numbers[-1] > 0 or JOINS < 50, "nothing changed while a backfill told"
        record_property("joins, kills; comparisons, rows told, joins with live messages within", "%d, %d; %d, %d, %d" % (len(joined.all), joined.kills, *numbers))
        joined.forget()
        began = time.monotonic()
        left = compaction.compact(box, [topic.name for topic in topics])
        compacted = {topic.stream: [fold.Message(topic.stream, m) for m in left[topic.name] if m.offset() >= offsets[topic.stream]] for topic in topics}
        finds, _ = fold.compare(box, topics, fold.untold(begin, messages), taken[-1:], compacted)
        assert not finds.all, "after compaction\n" + finds.report(box, topics)
        record_property("messages left by compaction, after", "%d, %.0f s" % (sum(map(len, compacted.values())), time.monotonic() - began))
        snapshots.close()
    told = [m for of_stream in messages.values() for m in of_stream]
    record_property("what was done, and refused", "%d, %d" % (sum(sum(w.done.values()) for w in workers), sum(sum(w.refused.values()) for w in workers)))
    record_property("moments, of how many places; tables compared; rows", "%d, %d; %d; %d" % (
        len(taken), len({place.gtid for place, _ in taken}), compared, snapshots.rows))
    record_property("messages of state topics, tombstones among them", "%d, %d" % (len(told), sum(m.value is None for m in told)))
    record_property("a snapshot of all tables", "%.0f ms" % (snapshots.seconds * 1000 / len(taken)))
