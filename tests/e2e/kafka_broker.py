"""
A Kafka broker of a test's own, for what the sandbox's must not have: an authorizer, ids that expire within seconds, a
process that is stopped.

Listeners: PLAINTEXT for the tests, who may do all; PROXIED, the same but advertised at the proxy's address; SASL for
users with a name (PLAIN, password = name), who may do what create_acls() has said.
"""

import glob
import os
import signal
import socket
import struct
import subprocess
import uuid

import chain
import kafka

JAVA = ["java", "-XX:+UseSerialGC", "-Xshare:auto", "-Djava.awt.headless=true", "-XX:TieredStopAtLevel=1", "-Xmx256m",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dlog4j2.disable.jmx=true"]

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{proxied},SASL://127.0.0.1:{sasl},\
CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},PROXIED://127.0.0.1:{proxy},SASL://127.0.0.1:{sasl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
log.dirs={directory}/data
auto.create.topics.enable=false
message.max.bytes=10485760
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=8388608
"""

# numbers of the protocol
TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID = 2, 3, 4, 5
READ, WRITE, CREATE, DESCRIBE, DESCRIBE_CONFIGS = 3, 4, 5, 8, 10
LITERAL, PREFIXED = 3, 4
ALLOW = 3
CREATE_ACLS = 30


def free_ports(count):
    """Ports that nobody listens on, below those that the kernel takes for clients."""
    found = []
    for port in range(15000 + os.getpid() % 10000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                continue
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


class Broker:
    def __init__(self, jars, directory, users=(), settings=None):
        self.jars, self.directory = jars, directory
        os.makedirs(directory)
        plain, proxied, proxy, sasl, controller = free_ports(5)
        self.bootstrap, self.proxied, self.proxy_listen, self.sasl = (
            "127.0.0.1:%d" % port for port in (plain, proxied, proxy, sasl))
        self.properties = os.path.join(directory, "server.properties")
        with open(self.properties, "w") as file:
            file.write(PROPERTIES.format(
                plain=plain, proxied=proxied, proxy=proxy, sasl=sasl, controller=controller, directory=directory,
                users=" ".join('user_%s="%s"' % (user, user) for user in list(users) or ["nobody"])))
            file.writelines("%s=%s\n" % pair for pair in (settings or {}).items())
        self.process = None

    def _java(self, *args):
        return JAVA + ["-cp", os.path.join(self.jars, "*")] + list(args)

    def start(self):
        log = open(os.path.join(self.directory, "log"), "ab")
        if not glob.glob(os.path.join(self.directory, "data", "meta.properties")):
            subprocess.run(self._java("kafka.tools.StorageTool", "format", "--cluster-id", uuid.uuid4().hex[:22],
                                      "--config", self.properties), stdout=log, stderr=log, check=True, timeout=60)
        self.process = subprocess.Popen(self._java("kafka.Kafka", self.properties), stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        log.close()
        chain.wait_for(self._answers, "the broker in %s" % self.directory, 60, 0.1)
        return self

    def _answers(self):
        assert self.process.poll() is None, "the broker ended: %s" % self.log()[-3000:]
        return kafka.brokers(self) == 1

    def log(self):
        with open(os.path.join(self.directory, "log"), errors="replace") as file:
            return file.read()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process:
            self.thaw()
            self.process.kill()
            self.process.wait()

    def create_acls(self, rules):
        """rules: (user, resource type, name, pattern, operation), all ALLOW from everywhere."""
        def text(value):
            return struct.pack(">h", len(value)) + value.encode()
        body = struct.pack(">i", len(rules))
        for user, resource, name, pattern, operation in rules:
            body += struct.pack(">b", resource) + text(name) + struct.pack(">b", pattern)
            body += text("User:" + user) + text("*") + struct.pack(">bb", operation, ALLOW)
        request = struct.pack(">hhi", CREATE_ACLS, 1, 1) + text("tests") + body
        host, port = self.bootstrap.split(":")
        with socket.create_connection((host, int(port)), 10) as connection, connection.makefile("rb") as answer:
            connection.sendall(struct.pack(">i", len(request)) + request)
            data = answer.read(struct.unpack(">i", answer.read(4))[0])
        # int32 correlation, int32 throttle, int32 count, then for each int16 error, nullable string message
        at = 12
        for rule in rules:
            error, length = struct.unpack_from(">hh", data, at)
            assert error == 0, "the broker refuses %r: error %d" % (rule, error)
            at += 4 + max(0, length)
