"""
No Kafka transaction is torn: a proxy holds, cuts, delays and doubles requests of a relay's transactions.

This is the short form of tests/torn. The seed is printed; MWMIRROR_SEED repeats a run's choices.
"""

import pytest

import rig
import sandbox
import torn
from kafka_proxy import Fault

VARIATIONS = 20


@pytest.fixture(scope="module")
def stage(box):
    with torn.Stage(box) as stage:
        yield stage


def test_comparison_tells_what_is_wrong():
    """The oracle itself: it must see each kind of difference."""
    want = [(page, page, 1, True) for page in range(1, 6)]
    assert not rig.compare(want, list(want))
    cases = [
        (want[:2] + want[3:], (1, 0, 0)),
        (want[:3] + want[2:], (0, 1, 0)),
        (want + [(0, 9, 1, True)], (0, 1, 0)),     # one of an earlier comparison
        (want[:1] + [want[2], want[1]] + want[3:], (0, 0, 1)),
    ]
    for have, counts in cases:
        found = rig.compare(want, have)
        assert (found.lost, found.doubled, found.reordered) == counts and found
    assert rig.compare(want, want[:4] + [(5, 5, 1, False)]).wrong


def test_commit_that_arrives_in_the_next_transaction(stage):
    """
    The network held a commit request while the client's retry passed; it is delivered between the next transaction's
    events and its position.
    """
    run = torn.Run(stage.rig, stage.proxy, 0)
    for number, (release, ms) in enumerate([("between", 5), ("between", 0), ("next", 3), ("next_produce", 0)], 1):
        run.one(number, [Fault("Commit", 2, "hold", release, ms=ms)])
    assert not run.violations, run.closing_line()
    assert not run.unmet, run.closing_line()


def test_random_faults(stage, record_property):
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    run = torn.Run(stage.rig, stage.proxy, seed)
    for number in range(1, VARIATIONS + 1):
        run.one(number)
        if run.dead:
            break
    record_property("torn transactions, seed %d" % seed, run.closing_line())
    assert not run.violations, run.closing_line()
    # a choice may find nothing to hold (a producer that is not made anew asks for no id), but most must have happened
    assert run.unmet < sum(run.met.values()), run.closing_line()
