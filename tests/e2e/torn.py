"""
Faults of the network at chosen requests of a Kafka transaction, from a seed: the variations of
test_torn_transactions.py and of tests/torn.

One relay, behind the proxy, serves all of them. In each a writer goes on writing until the fault is over; then the
topic is compared with what was written, and the position record with both.
"""

import collections
import random
import time

import chain
import kafka_proxy
import rig
import sandbox
from kafka_proxy import Fault

REQUESTS = ["Commit"] * 6 + ["AddPartitions"] * 3 + ["Produce"] * 3 + ["InitProducerId", "Metadata", "FindCoordinator"]
RELEASES = ["with_retry", "after_retry"] + ["next"] * 3 + ["next_produce"] * 2 + ["between"] * 4 + ["next_end"]
EVENTS = b"page_change"     # in requests about the topic of events, not the position's
LARGE = 2000                # events of a source transaction that is cut in the middle
FAULT_SECONDS = 4       # for all faults of a variation to happen, then what is left counts as not met
PUBLISH_SECONDS = 60    # for the relay to be through afterwards


def choose_hold(dice, kind):
    return Fault(kind, dice.randint(1, 4), "hold", dice.choice(RELEASES), ms=dice.choice([0, 0, 1, 3, 10, 30, 100]),
                 cut_ms=dice.choice([0, 0, 0, 5, 50]), same_id=dice.random() < 0.8, reset=dice.random() < 0.5)


def choose_fault(dice):
    """One fault. Half of them hold a request and deliver it later: the kind that tears transactions."""
    kind = dice.choice(REQUESTS)
    # these come by themselves only when a connection or a producer is new
    if kind in ("InitProducerId", "Metadata", "FindCoordinator"):
        return Fault(kind, 1, dice.choice(["hold", "cut_before", "drop_answer", "delay"]), "after_retry", ms=20)
    if dice.random() < 0.5:
        return choose_hold(dice, kind)
    action = dice.choice(["cut_before", "cut_after", "drop_answer", "delay", "double", "crumble", "stall", "refuse"])
    return Fault(kind, dice.randint(1, 4), action, ms=dice.choice([1, 10, 50, 200]) if action in (
        "delay", "stall", "refuse") else 0, reset=dice.random() < 0.5)


def choose_abort(dice):
    """The replication connection is lost in the middle of a large source transaction, so the relay aborts it."""
    action = dice.choice(["hold", "hold", "hold", "cut_before", "cut_after", "drop_answer", "double", "delay"])
    return [Fault("Produce", 1, "call", call="lose replication at", containing=EVENTS),
            Fault("Abort", 1, action, dice.choice(RELEASES), ms=dice.choice([0, 1, 10, 30]),
                  same_id=dice.random() < 0.8, reset=dice.random() < 0.5)]


def choose_kill(dice):
    """The relay is killed while the network holds something of it."""
    kind = dice.choice(["Commit", "Commit", "AddPartitions", "Produce"])
    first = choose_hold(dice, kind)
    return [first, Fault(kind, first.nth + 1, "call", call="kill the relay at")]


def choose_variation(dice):
    """One to three faults."""
    chance = dice.random()
    if chance < 0.08:
        return choose_abort(dice)
    if chance < 0.14:
        return choose_kill(dice)
    first = choose_fault(dice)
    faults = [first]
    if first.kind in ("InitProducerId", "Metadata", "FindCoordinator"):
        faults.insert(0, Fault(dice.choice(["Commit", "Produce"]), 1, "cut_after"))
    if chance < 0.3:
        # the retry is held too: two ghosts of one request
        faults.append(choose_hold(dice, first.kind))
    elif chance < 0.45:
        faults.append(choose_fault(dice))
    return faults


class Run:
    """Counts over all variations, and what was wrong."""

    def __init__(self, relay_rig, proxy, seed, say=print):
        self.rig, self.proxy, self.seed, self.say = relay_rig, proxy, seed, say
        self.total = rig.Difference()
        self.variations, self.unmet, self.ended = 0, 0, 0
        self.violations = []
        self.dead = False       # the relay cannot go on
        self.met = collections.Counter()
        proxy.calls["lose replication at"] = relay_rig.lose_replication
        proxy.calls["kill the relay at"] = relay_rig.kill

    def one(self, number, faults=None):
        """One variation. It depends on seed and number alone, so it can be repeated without the others."""
        dice = random.Random("%d/%d" % (self.seed, number))
        faults = faults or choose_variation(dice)
        begun = time.monotonic()
        log_at = self.rig.log_size()
        plan = "; ".join(map(str, faults))
        self.proxy.arm(faults)
        if any(fault.kind == "Abort" for fault in faults):
            self.rig.write(LARGE)
        with rig.Writer(self.rig, dice):
            deadline = begun + FAULT_SECONDS
            while time.monotonic() < deadline and not self.proxy.idle():
                if self.rig.killed():
                    self.rig.start()
                time.sleep(0.005)
            time.sleep(0.02)    # some transactions behind the fault
        if self.rig.killed():
            self.rig.start()
        unmet = self.proxy.unfired()
        self.unmet += len(unmet)
        self.met.update("%s %s" % (fault.call or fault.action, fault.kind) for fault in faults if fault not in unmet)
        fault_seconds = time.monotonic() - begun
        history = list(self.proxy.history)
        self.proxy.disarm()
        trouble = self._publish()
        difference = self.rig.read()
        self.variations += 1
        self.total.add(difference)
        if difference or trouble:
            self.violations.append(number)
            self.say("VIOLATION in variation %d of seed %d: %s: %s%s\n%s\nposition: %r\nlog:\n%s" % (
                number, self.seed, plan, difference, "; " + trouble if trouble else "",
                "\n".join("    " + line for line in history), self.rig.position, self.rig.log(log_at)[-4000:]))
        return plan, "%5.2f s + %5.2f s" % (fault_seconds, time.monotonic() - begun - fault_seconds)

    def _publish(self):
        """Waits for the relay to be through; starts it again if it ended. Returns what went wrong, or ''."""
        trouble = ""
        try:
            self.rig.wait_published(PUBLISH_SECONDS)
        except (sandbox.SandboxError, chain.Timeout) as failure:
            trouble = str(failure).splitlines()[0]
            self.ended += 1
            self.rig.kill()
            self.rig.start()
            try:
                self.rig.wait_published(PUBLISH_SECONDS)
            except (sandbox.SandboxError, chain.Timeout):
                self.dead = True
        return trouble

    def faults_line(self):
        """What happened how often."""
        return "faults: " + ", ".join("%d %s" % (count, name) for name, count in sorted(self.met.items()))

    def closing_line(self):
        text = "torn transactions: %d variations, seed %d, %s events: %d lost, %d doubled, %d reordered" % (
            self.variations, self.seed, format(self.rig.compared, ","), self.total.lost, self.total.doubled,
            self.total.reordered)
        if self.total.wrong:
            text += ", %d headers or positions wrong" % len(self.total.wrong)
        if self.ended:
            text += ", the relay ended or hung %d times%s" % (self.ended, ", at last for good" if self.dead else "")
        if self.unmet:
            text += "; %d faults met no request" % self.unmet
        return text


class Stage:
    """Proxy and relay for a Run, while the `with` block runs."""

    SETTINGS = {"kafka.transaction_timeout_ms": 5000, "relay.batch_events": 150}
    # the back-off doubles with each cut, up to 10 s: after hundreds of cuts the test would only wait
    PROPERTIES = {"reconnect.backoff.max.ms": 200}

    def __init__(self, box, binary=None):
        self.box, self.binary = box, binary
        self.rig = None
        self.proxy = kafka_proxy.Proxy(box.env["KAFKA_PROXY_LISTEN"], box.env["KAFKA_PROXIED"])

    def __enter__(self):
        self.proxy.start()
        try:
            self.rig = rig.Rig(self.box, "torn", bootstrap=self.box.env["KAFKA_PROXY_LISTEN"], binary=self.binary,
                               settings=self.SETTINGS, properties=self.PROPERTIES).start()
            self.rig.write(1)
            self.rig.wait_published()
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        if self.rig:
            self.rig.close()
        self.proxy.stop()
