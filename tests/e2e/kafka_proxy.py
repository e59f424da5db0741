"""
A TCP proxy that understands Kafka's framing, between one client program and a broker.

It counts requests by kind and does to chosen ones what a network can do to bytes: hold them while the client gives up
its connection and tries again on another, and deliver them later; cut before or after them; lose the answer; delay,
double or crumble them; stall everything; refuse connections. What it does is said by Fault objects, which contain no
chance: whoever makes them from a seed can repeat them.

The broker must advertise the proxy's address on the listener that the proxy forwards to (KAFKA_PROXIED and
KAFKA_PROXY_LISTEN of deploy/sandbox).

Request frame:  int32 size, int16 api key, int16 api version, int32 correlation id, int16 length + client id, body
Answer frame:   int32 size, int32 correlation id, body; in the order of the requests of the connection
"""

import asyncio
import collections
import dataclasses
import socket
import struct
import threading
import time

NAMES = {0: "Produce", 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 10: "FindCoordinator", 18: "ApiVersions",
         22: "InitProducerId", 24: "AddPartitions", 32: "DescribeConfigs"}
END_TXN = 26
# the version from which strings are compact and headers have tags, for the requests that begin with a transactional id
FLEXIBLE = {0: 9, 22: 2, 24: 3, END_TXN: 3}
PATIENCE = 1.5      # seconds after which held bytes are delivered though what they wait for did not happen
ANSWER = 0.5        # seconds for the broker to answer held bytes, where something waits for that


class Request:
    """One request: what of it the rules look at, and its bytes."""

    def __init__(self, frame):
        self.frame = frame
        self.key, self.version, self.correlation = struct.unpack_from(">hhi", frame, 4)
        self.kind = NAMES.get(self.key, "Api%d" % self.key)
        body = 14 + max(0, struct.unpack_from(">h", frame, 12)[0])
        flexible = self.key in FLEXIBLE and self.version >= FLEXIBLE[self.key]
        self.transactional_id = self._transactional_id(body, flexible) if self.key in FLEXIBLE else None
        if self.key == END_TXN:     # its last field is the boolean "committed", before the tags if there are any
            self.kind = "Commit" if frame[-2 if flexible else -1] else "Abort"

    def _transactional_id(self, at, flexible):
        if flexible:
            at += 1     # no tags in the header
            length = self.frame[at] - 1
            at += 1
        else:
            length = struct.unpack_from(">h", self.frame, at)[0]
            at += 2
        return self.frame[at:at + length].decode(errors="replace") if length > 0 else None

    def is_kind(self, kind):
        return self.kind == kind or (kind == "EndTxn" and self.key == END_TXN)


@dataclasses.dataclass
class Fault:
    """
    What happens to the nth request (from 1, counted from arm()) of a kind, or of those that contain some bytes.

    action      hold            keep the bytes, cut the client after cut_ms, deliver by `release`
                cut_before      cut, the request never gets to the broker
                cut_after       forward, and cut at once
                drop_answer     forward, wait for the answer, cut instead of giving it
                delay           forward after ms
                double          forward twice, give the first answer
                crumble         forward byte by byte
                stall           nothing passes on any connection for ms
                refuse          cut all connections, refuse new ones for ms; the request is lost
                call            call what the proxy's `calls` has under the name `call`, then forward
    release     with_retry      before the same kind of request, coming again on another connection, is forwarded
                after_retry     when that one has been answered
                next            ms after the first AddPartitions of the next transaction was forwarded
                next_produce    ms after the first Produce of the next transaction was forwarded
                between         before the second Produce of the next transaction is forwarded, which waits ms for it
                next_end        before the end of the next transaction is forwarded
    same_id     "next" and the retry are those of the same transactional id
    reset       cut by RST instead of FIN
    """
    kind: str
    nth: int = 1
    action: str = "hold"
    release: str = "next"
    ms: int = 0
    cut_ms: int = 0
    same_id: bool = True
    reset: bool = False
    containing: bytes = b""
    call: str = ""

    def __str__(self):
        text = "%s %s %d" % (self.call or self.action, self.kind, self.nth)
        if self.containing:
            text += " with %s" % self.containing.decode(errors="replace")
        if self.action == "hold":
            text += ", cut after %d ms%s, deliver %s + %d ms%s" % (
                self.cut_ms, " by RST" if self.reset else "", self.release, self.ms, "" if self.same_id else ", any id")
        elif self.ms:
            text += ", %d ms" % self.ms
        return text

    def steps(self):
        """What has to be seen, in order, before held bytes are delivered: (kind, arrives | passed | answered)."""
        retry = [(self.kind, "answered")]
        if self.kind not in ("Commit", "Abort"):
            ended = retry + [("EndTxn", "answered")]
        else:
            ended = retry
        return {
            "with_retry": [(self.kind, "arrives")],
            "after_retry": retry,
            "next": ended + [("AddPartitions", "passed")],
            "next_produce": ended + [("AddPartitions", "passed"), ("Produce", "passed")],
            "between": ended + [("AddPartitions", "passed"), ("Produce", "passed"), ("Produce", "arrives")],
            "next_end": ended + [("AddPartitions", "passed"), ("EndTxn", "arrives")],
        }[self.release]


class Held:
    """A request that is held: whose, until when."""

    def __init__(self, fault, request, link):
        self.fault, self.request, self.link = fault, request, link
        self.steps = collections.deque(fault.steps())
        self.answered = asyncio.Event()
        self.sent = False

    def sees(self, request, link, phase):
        """True if this was the last thing waited for."""
        if not self.steps or link is self.link:
            return False
        kind, wanted = self.steps[0]
        if phase != wanted or not request.is_kind(kind):
            return False
        if self.fault.same_id and request.transactional_id != self.request.transactional_id:
            return False
        self.steps.popleft()
        return not self.steps


class Link:
    """A client's connection and the one to the broker that belongs to it."""

    def __init__(self, proxy, client, broker):
        self.proxy = proxy
        self.client_reader, self.client = client
        self.broker_reader, self.broker = broker
        self.pending = collections.deque()      # (request, what to do with its answer: pass, swallow, cut)
        self.held = 0                           # requests held on it
        self.cut_off = False

    def send_broker(self, request, answer="pass"):
        self.pending.append((request, answer))
        self.broker.write(request.frame)

    def cut(self, reset=False):
        """Ends the client's side; the broker's goes with it unless bytes are held there."""
        if not self.cut_off:
            self.cut_off = True
            if reset:
                linger = struct.pack("ii", 1, 0)
                self.client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.client.transport.abort()
        if not self.held:
            self.broker.close()

    async def from_client(self):
        try:
            while True:
                frame = await self.client_reader.readexactly(4)
                frame += await self.client_reader.readexactly(struct.unpack(">i", frame)[0])
                await self.proxy.open_gate()
                if self.cut_off:
                    break
                await self.proxy.take_request(self, Request(frame))
                await self.broker.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        self.cut()

    async def from_broker(self):
        try:
            while True:
                frame = await self.broker_reader.readexactly(4)
                frame += await self.broker_reader.readexactly(struct.unpack(">i", frame)[0])
                await self.proxy.open_gate()
                request, answer = self.pending.popleft()
                if answer == "cut":
                    self.cut()
                elif answer == "pass" and not self.cut_off:
                    self.client.write(frame)
                    await self.client.drain()
                await self.proxy.take_answer(self, request, frame)
        except (OSError, asyncio.IncompleteReadError, IndexError):
            pass
        self.held = 0
        self.cut()


class Proxy:
    """
    Runs in a thread of its own from start() to stop(). listen and upstream are "host:port".

    history: what was done since arm(), as lines with ms since then.
    """

    def __init__(self, listen, upstream):
        self.listen, self.upstream = [(h, int(p)) for h, p in (a.rsplit(":", 1) for a in (listen, upstream))]
        self.history = []
        self.calls = {}
        self._faults, self._held, self._links = [], [], set()
        self._seen = collections.Counter()
        self._armed = time.monotonic()
        self._refusing_until = 0.0
        self._busy = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()
        self._failure = None

    # for the test's thread

    def start(self):
        self._thread.start()
        self._started.wait(10)
        if self._failure:
            raise self._failure
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    def arm(self, faults):
        """Forgets the faults before; what is still held is dropped."""
        self._call(self._arm, list(faults))

    def disarm(self):
        self.arm([])

    def busy(self):
        """True while something is held, delayed or refused."""
        return bool(self._held or self._busy or time.monotonic() < self._refusing_until)

    def idle(self):
        """True once every fault has happened and is over."""
        return not self._faults and not self.busy()

    def unfired(self):
        return list(self._faults)

    def _call(self, function, *args):
        done = threading.Event()

        def run():
            function(*args)
            done.set()
        self._loop.call_soon_threadsafe(run)
        assert done.wait(10), "the proxy's thread does not answer"

    # in the proxy's thread

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._gate = asyncio.Event()
        self._gate.set()
        try:
            server = self._loop.run_until_complete(
                asyncio.start_server(self._accept, self.listen[0], self.listen[1], limit=1 << 20))
        except OSError as failure:
            self._failure = failure
            self._started.set()
            return
        self._started.set()
        self._loop.run_forever()
        server.close()
        for link in list(self._links):
            link.held = 0
            link.cut()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _arm(self, faults):
        for held in self._held:
            held.link.held -= 1
            held.link.cut()
        self._held = []
        self._faults = faults
        self._seen = collections.Counter()
        self.history = []
        self._armed = time.monotonic()

    def note(self, text):
        self.history.append("%6.0f ms  %s" % ((time.monotonic() - self._armed) * 1000, text))

    async def open_gate(self):
        if not self._gate.is_set():
            await self._gate.wait()

    async def _accept(self, reader, writer):
        if time.monotonic() < self._refusing_until:
            writer.transport.abort()
            return
        try:
            broker = await asyncio.open_connection(*self.upstream, limit=1 << 20)
        except OSError:
            writer.transport.abort()
            return
        for stream in (writer, broker[1]):
            stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(self, (reader, writer), broker)
        self._links.add(link)
        await asyncio.gather(link.from_client(), link.from_broker())
        self._links.discard(link)

    def _choose(self, request):
        """The fault that this request meets, which then is no longer armed."""
        chosen = None
        for fault in self._faults:
            if request.is_kind(fault.kind) and fault.containing in request.frame:
                self._seen[id(fault)] += 1
                if self._seen[id(fault)] >= fault.nth and chosen is None:
                    chosen = fault
        if chosen:
            self._busy += 1
            self._faults.remove(chosen)
        return chosen

    async def take_request(self, link, request):
        await self._release(link, request, "arrives")
        fault = self._choose(request)
        if fault:
            try:
                self.note("%s of %s: %s" % (request.kind, request.transactional_id, fault))
                await getattr(self, "_do_" + fault.action)(link, request, fault)
            finally:
                self._busy -= 1
        else:
            link.send_broker(request)
        if not link.cut_off:
            await self._release(link, request, "passed")

    async def take_answer(self, link, request, frame):
        for held in self._held:
            if held.request is request:
                held.answered.set()
        if request.key == END_TXN and self.history:
            self.note("%s of %s answered %d%s" % (request.kind, request.transactional_id,
                                                  struct.unpack_from(">h", frame, 12)[0],
                                                  ", to nobody" if link.cut_off else ""))
        await self._release(link, request, "answered")

    async def _release(self, link, request, phase):
        for held in list(self._held):
            if held.sees(request, link, phase):
                if phase == "arrives":
                    await asyncio.sleep(held.fault.ms / 1000)
                    await self._deliver(held, True)
                else:
                    self._loop.call_later(held.fault.ms / 1000, self._deliver_soon, held)

    def _deliver_soon(self, held):
        if held in self._held:
            self._loop.create_task(self._deliver(held, False))

    async def _deliver(self, held, wait):
        """Sends what was held; waits for the broker's answer if `wait`."""
        if held not in self._held or held.sent:
            return
        held.sent = True
        self.note("held %s delivered%s" % (held.request.kind, " before its time" if held.steps else ""))
        held.link.send_broker(held.request)
        if wait:
            await self._finish(held)
        else:
            self._loop.create_task(self._finish(held))

    async def _finish(self, held):
        try:
            await asyncio.wait_for(held.answered.wait(), ANSWER)
        except asyncio.TimeoutError:
            self.note("held %s was not answered" % held.request.kind)
        if held in self._held:
            self._held.remove(held)
            held.link.held -= 1
            if held.link.cut_off:
                held.link.cut()

    # what faults do

    async def _do_hold(self, link, request, fault):
        held = Held(fault, request, link)
        self._held.append(held)
        link.held += 1
        if fault.cut_ms:
            await asyncio.sleep(fault.cut_ms / 1000)
        link.cut(fault.reset)
        self._loop.call_later(PATIENCE, self._deliver_soon, held)

    async def _do_cut_before(self, link, request, fault):
        link.cut(fault.reset)

    async def _do_cut_after(self, link, request, fault):
        link.send_broker(request)
        await link.broker.drain()
        link.cut(fault.reset)

    async def _do_drop_answer(self, link, request, fault):
        link.send_broker(request, "cut")

    async def _do_delay(self, link, request, fault):
        await asyncio.sleep(fault.ms / 1000)
        link.send_broker(request)

    async def _do_double(self, link, request, fault):
        link.send_broker(request)
        link.send_broker(request, "swallow")

    async def _do_crumble(self, link, request, fault):
        link.pending.append((request, "pass"))
        for at in range(len(request.frame)):
            link.broker.write(request.frame[at:at + 1])
            if at < 64 or at > len(request.frame) - 64:
                await asyncio.sleep(0.0005)

    async def _do_call(self, link, request, fault):
        self.calls[fault.call]()
        link.send_broker(request)

    async def _do_stall(self, link, request, fault):
        self._gate.clear()
        await asyncio.sleep(fault.ms / 1000)
        self._gate.set()
        link.send_broker(request)

    async def _do_refuse(self, link, request, fault):
        self._refusing_until = time.monotonic() + fault.ms / 1000
        for other in list(self._links):
            other.cut(fault.reset)
