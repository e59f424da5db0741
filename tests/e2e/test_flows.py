"""Every flow of folder flows/, on both MediaWikis: its exact events on all streams, in order, in each mode."""

import collections
import importlib
import pkgutil

import pytest

import flows
from flows import frame, notation

for _, name, _ in pkgutil.iter_modules(flows.__path__):
    importlib.import_module("flows." + name)

TOTALS = collections.Counter(events=0, missing=0, extra=0, displaced=0)
CASES = [(flow, version) for flow in frame.FLOWS for version in flow.versions]


@pytest.fixture(scope="module")
def played(request, box):
    """All flows that are asked for, played and decoded once."""
    if box.bootstrap:
        box.restart_daemons()
    wanted = [item.callspec.params["case"] for item in request.session.items if item.module.__name__ == __name__ and hasattr(item, "callspec")]
    return frame.play_all(box, wanted)


@pytest.mark.parametrize("case", CASES, ids=["%s-1.%s" % (flow.name, version) for flow, version in CASES])
def test_flow(played, box, case, record_property):
    flow, version = case
    found = played[flow.name, version]
    assert not found.failure, found.failure
    wrong, counts = [], []
    for mode in frame.MODES:
        told = frame.shape(found, mode, box.wiki(version))
        difference = frame.Difference(notation.expand(flow.events, mode, version), told)
        counts.append("%3d" % len(told))
        TOTALS.update(events=len(told), missing=difference.missing, extra=difference.extra, displaced=difference.displaced)
        if difference:
            wrong.append("%s: %s" % (mode, difference))
    record_property("%-48s 1.%s %-6s" % (flow.title, version, flow.route), "%s  %s" % (" ".join(counts), "ok" if not wrong else "WRONG"))
    assert not wrong, "\n".join(wrong)


def test_totals(played, record_property):
    """Of all that ran: nothing is missing, extra or at another place, and every event is as its schema says."""
    record_property("flows on both versions, complete, parity-1.43, parity-1.45",
                    "%(events)d events, valid: %(missing)d missing, %(extra)d extra, %(displaced)d out of order" % TOTALS)
    assert TOTALS["events"] and not TOTALS["missing"] + TOTALS["extra"] + TOTALS["displaced"]
