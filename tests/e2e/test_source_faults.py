"""
Hosts of a source that will not do, passwords that change, and a source whose history is no longer the mirror's.

MariaDB servers of the test's own, with the same server_id: so they give the same GTIDs.
"""

import contextlib
import copy
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

import chain
import compare
import workload
from maria_server import MariaServer, free_port
from bare import CONFIG, SOURCE, small_sandbox

USER, PASSWORD = "follower", "first-word"


class Rig:
    """A source of one MariaDB server with one wiki, and how follow runs for it."""

    def __init__(self, bare, name, wiki, copy=True):
        self.bare, self.box, self.name, self.wiki = bare, bare.box, name, wiki
        self.server = MariaServer(bare.box, name)
        self.server.account(USER, PASSWORD)
        self.password_file = os.path.join(self.server.directory, "password")
        self.set_password(PASSWORD)
        self.prepare(self.server)
        self.siteinfo = workload.write_siteinfo(self.server.directory, wiki)
        self.run("init", "--no-slot")
        self.run("add-wiki", wiki, "--siteinfo", self.siteinfo)
        if copy:
            self.run("snapshot")

    def prepare(self, server):
        connection = server.connect()
        workload.create_tables(connection, self.wiki)
        workload.install(connection, self.wiki, 1000)
        workload.prepare(connection, self.wiki, 5, 2)
        connection.close()

    def edit(self, server=None, count=3):
        connection = (server or self.server).connect()
        workload.edits(connection, self.wiki, 0, count, 5, 2)
        connection.close()

    def set_password(self, password):
        with open(self.password_file + ".new", "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(password + "\n")
        os.rename(self.password_file + ".new", self.password_file)

    def env(self, *hosts):
        return {"MWMIRROR_SOURCE_NAME": self.name, "MWMIRROR_SOURCE_SOCKET": "", "MWMIRROR_SOURCE_USER": USER,
                "MWMIRROR_SOURCE_PASSWORD_FILE": self.password_file, "MWMIRROR_SOURCE_HEARTBEAT_MS": "500",
                "MWMIRROR_SOURCE_HOST": ",".join("127.0.0.1:%d" % port for port in hosts or [self.server.port])}

    def run(self, *command, hosts=(), code=0):
        done = self.box.mwmirror(*command, env=self.env(*hosts))
        assert done.returncode == code, "%s: %d\n%s%s" % (command, done.returncode, done.stderr, done.stdout)
        return done.stderr

    def position(self):
        return self.box.pg_value("SELECT gtid_pos FROM mwmirror.source WHERE source_name = %s", (self.name,))

    @contextlib.contextmanager
    def follow(self, *hosts):
        """A follow that must still run in the end, and stops within seconds."""
        daemon = self.bare.daemon("follow", env=self.env(*hosts))
        try:
            yield daemon
            assert daemon.process.poll() is None, daemon.log()
            began = time.monotonic()
            assert daemon.stop() == 0, daemon.log()
            assert time.monotonic() - began < 8, daemon.log()
        finally:
            daemon.kill()

    def await_goal(self, daemon, server=None, timeout=30):
        goal = (server or self.server).position()

        def there():
            assert daemon.process.poll() is None, daemon.log()
            return chain.reached(self.position(), goal)
        chain.wait_for(there, lambda: "at %s, not %s:\n%s" % (self.position(), goal, daemon.log()[-3000:]), timeout)

    def assert_equal(self, server=None, wiki=None):
        view = copy.copy(self.box)
        view._maria = (server or self.server).connect()
        compare.assert_equal(view, wiki or self.wiki)

    def refused(self, *texts, hosts=(), code=SOURCE, timeout=20):
        before = self.position()
        daemon = self.bare.daemon("follow", env=self.env(*hosts))
        try:
            answer = daemon.wait(timeout)
        finally:
            daemon.kill()
        for text in texts:
            assert text in daemon.log(), daemon.log()
        assert answer == code, daemon.log()
        assert self.position() == before
        return daemon.log()


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("faults") as bare:
        bare.servers = []
        try:
            yield bare
        finally:
            for server in bare.servers:
                server.kill()


@pytest.fixture(scope="module")
def rig(bare):
    rig = Rig(bare, "one", "wikione")
    bare.servers.append(rig.server)
    return rig


def said(daemon, text):
    return lambda: text in daemon.log()


# one bad host of several


class Listener:
    """Takes connections and answers with some bytes, or with nothing at all."""

    def __init__(self, answer):
        self.answer = answer
        self.taken = 0
        self.kept = []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.taken += 1
            self.kept.append(peer)
            if self.answer:
                peer.sendall(self.answer)
                peer.shutdown(socket.SHUT_WR)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.listener.close()
        for peer in self.kept:
            peer.close()


@pytest.fixture(scope="module")
def other(bare, rig):
    """A second server that knows the account, but nothing of the wiki."""
    server = MariaServer(bare.box, "other")
    bare.servers.append(server)
    server.account(USER, PASSWORD)
    return server


@contextlib.contextmanager
def wrong_password(server):
    server.account(USER, "another-word")
    yield "Access denied"
    server.account(USER, PASSWORD)


@contextlib.contextmanager
def no_account(server):
    server.rows("SET STATEMENT sql_log_bin = 0 FOR DROP USER %s@'127.0.0.1'" % USER)
    yield "Access denied"
    server.account(USER, PASSWORD)


@contextlib.contextmanager
def full(server):
    server.rows("SET GLOBAL max_connections = 10")
    kept = []
    with contextlib.suppress(Exception):
        for _ in range(12):
            kept.append(server.connect())
    yield "Too many connections"
    for connection in kept:
        connection.close()
    server.rows("SET GLOBAL max_connections = 200")


@contextlib.contextmanager
def wrong_format(server):
    server.rows("SET GLOBAL binlog_format = 'MIXED'")
    yield "binlog_format = MIXED"
    server.rows("SET GLOBAL binlog_format = 'ROW'")


@contextlib.contextmanager
def without_the_wiki(server):
    yield "no readable table"


@contextlib.contextmanager
def frozen(server):
    os.kill(server.process.pid, signal.SIGSTOP)
    yield "cannot connect"
    os.kill(server.process.pid, signal.SIGCONT)


@pytest.mark.parametrize("fault", [wrong_password, no_account, full, wrong_format, without_the_wiki, frozen])
def test_the_first_host_will_not_do(rig, other, fault):
    with fault(other) as text:
        rig.edit()
        with rig.follow(other.port, rig.server.port) as daemon:
            rig.await_goal(daemon)
            assert text in daemon.log(), daemon.log()
            # the same for a connection that breaks later: the reader's own
            for (number, user) in rig.server.rows("SELECT id, user FROM information_schema.processlist"):
                if user == USER.encode() or user == USER:
                    rig.server.rows("KILL %s", (number,))
            rig.edit()
            rig.await_goal(daemon)
    rig.assert_equal()


def refusal(code):
    """The first packet of a server that will not have us."""
    body = b"\xff" + struct.pack("<H", code) + b"error %d" % code
    return struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x00",
                                    b"\xff\xff\xff\x00\x0a5.5"], ids=["silence", "HTTP", "nothing", "cut"])
def test_the_first_host_is_no_mariadb(rig, answer):
    with Listener(answer) as listener:
        rig.edit()
        with rig.follow(listener.port, rig.server.port) as daemon:
            rig.await_goal(daemon)
        assert listener.taken > 0
        # alone it is waited for, and a stop does not wait with it
        with rig.follow(listener.port) as daemon:
            chain.wait_for(lambda: listener.taken > 3, daemon.log, 30)


@pytest.mark.parametrize("code", [1040, 1041, 1047, 1129, 1135, 1203, 1226])
def test_a_host_that_cannot_now(rig, code):
    """Alone it is waited for: follow need not be started again."""
    with Listener(refusal(code)) as listener:
        with rig.follow(listener.port) as daemon:
            chain.wait_for(lambda: daemon.log().count("error %d" % code) > 1, daemon.log, 20)
            if code == 1129:
                assert "FLUSH HOSTS" in daemon.log()


@pytest.mark.parametrize("code", [1045, 1130])
def test_a_host_that_will_not(rig, code):
    with Listener(refusal(code)) as listener:
        rig.refused("error %d" % code, hosts=[listener.port])
        rig.edit()
        with rig.follow(listener.port, rig.server.port) as daemon:
            rig.await_goal(daemon)


def test_the_first_host_is_down(rig):
    with rig.follow(free_port(), rig.server.port) as daemon:
        rig.edit()
        rig.await_goal(daemon)


def test_stop_while_mariadb_hangs(rig):
    """In the stream, and while it is connected to anew and looked at."""
    with rig.follow() as daemon:
        chain.wait_for(said(daemon, "reading the binlog"), daemon.log, 20)
        os.kill(rig.server.process.pid, signal.SIGSTOP)
    with rig.follow() as daemon:
        chain.wait_for(daemon.connects, "follow to connect", 10)
    os.kill(rig.server.process.pid, signal.SIGCONT)


def test_a_replica_without_a_binlog_of_its_own(rig, other):
    other.rows("SET GLOBAL gtid_slave_pos = %s", ("9-9-1",))
    with rig.follow(other.port, rig.server.port) as daemon:
        chain.wait_for(said(daemon, "log_slave_updates = OFF"), daemon.log, 20)
        rig.edit()
        rig.await_goal(daemon)


def test_a_server_that_is_not_fit(bare, rig):
    """All that is wrong with it is told at once, and what may hurt one day."""
    server = MariaServer(bare.box, "unfit", lower_case_table_names=1, gtid_strict_mode="OFF")
    bare.servers.append(server)
    server.account(USER, "first-word")
    server.rows("SET GLOBAL gtid_slave_pos = '9-9-1'")
    server.rows("CHANGE MASTER TO master_host='127.0.0.1', master_port=1, master_user='nobody', master_use_gtid=slave_pos")
    server.rows("GRANT SLAVE MONITOR ON *.* TO %s@'127.0.0.1'" % USER)
    rig.refused("lower_case_table_names = 1", "is a replica and has log_slave_updates = OFF", hosts=(server.port,))


def test_what_may_hurt_one_day(rig):
    rig.server.rows("SET GLOBAL gtid_strict_mode = 0")
    try:
        with rig.follow() as daemon:
            chain.wait_for(said(daemon, "reading the binlog"), daemon.log, 20)
            for name in ("gtid_strict_mode", "sync_binlog", "innodb_flush_log_at_trx_commit"):
                assert "WARN  follow: MariaDB has %s = " % name in daemon.log(), daemon.log()
    finally:
        rig.server.rows("SET GLOBAL gtid_strict_mode = 1")


def test_all_hosts_refuse(rig, other):
    with wrong_password(other), wrong_password(rig.server):
        rig.refused("Access denied", "none of the hosts", hosts=(other.port, rig.server.port))


# the password


def test_password_rotation(rig):
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
        rig.server.account(USER, "second-word")
        connections(rig, kill=True)
        chain.wait_for(said(daemon, "Access denied"), daemon.log, 20)
        rig.set_password("second-word")
        rig.edit()
        rig.await_goal(daemon)
        assert "-word" not in daemon.log()
    rig.server.account(USER, PASSWORD)
    rig.set_password(PASSWORD)


def connections(rig, kill=False):
    found = [number for number, user in rig.server.rows("SELECT id, user FROM information_schema.processlist")
             if user in (USER, USER.encode())]
    for number in found:
        if kill:
            rig.server.rows("KILL %s", (number,))
    return found


# an option file of MariaDB's clients


def make_certificates(directory):
    """A certificate authority, and one for server and client; as openssl makes them."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=directory, check=True, capture_output=True, timeout=30)
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for name in "ca", "other-ca":
        openssl(*new, "-subj", "/CN=" + name, "-keyout", name + "-key.pem", "-out", name + ".pem")
    for name in "server", "client":
        openssl(*new, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
                "-keyout", name + "-key.pem", "-out", name + ".pem")


@pytest.fixture
def option_file(rig, monkeypatch):
    """The server of the rig with TLS, an account that wants a certificate, and the file that says all of it: a function of the authority."""
    directory, path = rig.server.directory, os.path.join(rig.server.directory, "client.cnf")
    make_certificates(directory)
    rig.server.stop()
    with open(rig.server.conf, "a") as file:
        file.write("\n[mysqld]\nssl_ca = %s/ca.pem\nssl_cert = %s/server.pem\nssl_key = %s/server-key.pem\n" % ((directory,) * 3))
    rig.server.start()
    rig.server.account("certified", "third-word")
    rig.server.rows("SET STATEMENT sql_log_bin = 0 FOR ALTER USER certified@'127.0.0.1' REQUIRE X509")
    env = rig.env
    monkeypatch.setattr(rig, "env", lambda *hosts: dict(
        env(*hosts), MWMIRROR_SOURCE_USER="", MWMIRROR_SOURCE_PASSWORD_FILE="", MWMIRROR_SOURCE_OPTION_FILE=path))

    def write(authority):
        with open(path, "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write("[client]\nuser = certified\nssl-ca = %s/%s.pem\n[mwmirror]\npassword = third-word\nssl-cert = %s/client.pem\n"
                       "ssl-key = %s/client-key.pem\nreconnect\n" % (directory, authority, directory, directory))
    return write


def test_an_option_file_has_account_and_certificates(rig, other, option_file):
    rig.refused("cannot read source.option_file", code=CONFIG)
    option_file("ca")
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
        assert "-word" not in daemon.log()
    rig.assert_equal()
    option_file("other-ca")
    rig.refused("refuses the user of source.option_file", "(error 2026)")
    # the password does not go to a server without TLS
    option_file("ca")
    other.account("certified", "third-word")
    rig.refused("refuses the user of source.option_file", "(error 2026)", hosts=(other.port,))


# another history


def test_a_restart_is_the_same_history(rig):
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
        rig.server.kill()
        rig.server.start()
        rig.edit()
        rig.await_goal(daemon)
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
        assert "cannot be told" not in daemon.log()
    rig.assert_equal()


def test_what_is_needed_to_tell_was_purged(rig):
    """The source has the position, but no longer the transaction before it: a warning, and on it goes."""
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
    rig.server.rows("FLUSH BINARY LOGS")
    newest = rig.server.rows("SHOW MASTER STATUS")[0][0]

    def purged():
        """Not while the dump of the follow that has just ended holds the file."""
        rig.server.rows("PURGE BINARY LOGS TO %s", (newest,))
        return len(rig.server.rows("SHOW BINARY LOGS")) == 1
    chain.wait_for(purged, "the purge", 20)
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
        assert "cannot be told" in daemon.log()
    rig.assert_equal()


def leads_past(rig, log, server=None):
    """What the message says to do, to the letter."""
    verb = re.search(r"mwmirror (snapshot --force)\b", log).group(1)
    rig.run(*verb.split(), hosts=[server.port] if server else [])
    with rig.follow(*([server.port] if server else [])) as daemon:
        rig.edit(server)
        rig.await_goal(daemon, server)
        chain.wait_for(lambda: rig.bare.copied_again() or daemon.process.poll() is not None, daemon.log, 40)
    rig.assert_equal(server)


def test_reset_while_follow_runs(rig):
    daemon = rig.bare.daemon("follow", env=rig.env())
    rig.edit()
    rig.await_goal(daemon)
    rig.server.rows("RESET MASTER")
    rig.edit(count=1)
    assert daemon.wait(30) == SOURCE, daemon.log()
    leads_past(rig, daemon.log())


def test_reset_and_the_same_numbers_again(rig):
    """Longer than the mirror's position by now, with another transaction under the same GTID."""
    with rig.follow() as daemon:
        rig.edit()
        rig.await_goal(daemon)
    position = rig.position()
    # the time that tells them apart has whole seconds
    last = rig.server.value("SELECT UNIX_TIMESTAMP()")
    chain.wait_for(lambda: rig.server.value("SELECT UNIX_TIMESTAMP()") > last, "the next second", 5)
    rig.server.rows("RESET MASTER")
    chain.wait_for(lambda: rig.edit() or chain.reached(rig.server.position(), position), "the GTIDs to come again", 60)
    rig.edit()
    log = rig.refused("where the mirror's last was", position.split(",")[0].rsplit("-", 1)[1])
    leads_past(rig, log)


def test_a_domain_that_was_taken_away(rig):
    """The source forgets a GTID domain that nobody writes to any more; the mirror's position still has it, until a person takes it out as the message says."""
    with rig.follow() as daemon:
        rig.edit()
        rig.server.rows("SET STATEMENT gtid_domain_id = 99 FOR CREATE DATABASE IF NOT EXISTS passing")
        rig.await_goal(daemon)
    rig.server.rows("FLUSH BINARY LOGS")
    newest = rig.server.rows("SHOW MASTER STATUS")[0][0]

    def purged():
        rig.server.rows("PURGE BINARY LOGS TO %s", (newest,))
        return len(rig.server.rows("SHOW BINARY LOGS")) == 1
    chain.wait_for(purged, "the purge", 20)
    rig.server.rows("FLUSH BINARY LOGS DELETE_DOMAIN_ID = (99)")
    rig.edit()
    log = rig.refused("before the mirror's position", "DELETE_DOMAIN_ID")
    rig.box.pg_rows(re.search(r"UPDATE mwmirror.source SET gtid_pos = '[^']*' WHERE source_name = '[^']*'", log).group(0))
    with rig.follow() as daemon:
        rig.await_goal(daemon)
    rig.assert_equal()


def test_another_server_behind_the_address(bare, rig):
    """Its own wiki of the same name, its own transactions, the same GTIDs."""
    with rig.follow() as daemon:
        rig.edit(count=100)
        rig.await_goal(daemon)
    server = MariaServer(bare.box, "impostor")
    bare.servers.append(server)
    server.account(USER, PASSWORD)
    rig.prepare(server)
    rig.refused("before the mirror's position", hosts=[server.port])
    chain.wait_for(lambda: rig.edit(server) or chain.reached(server.position(), rig.position()), "as many GTIDs", 60)
    log = rig.refused("where the mirror's last was", hosts=[server.port])
    leads_past(rig, log, server)
    # and back: the first server is now the one that is refused
    rig.refused("where the mirror's last was" if chain.reached(rig.server.position(), rig.position())
                else "before the mirror's position")
    leads_past(rig, "mwmirror snapshot --force")


def replica_of(bare, rig, name):
    """A replica of the rig's server that has all it has, and runs."""
    replica = MariaServer(bare.box, name, server_id=2, log_slave_updates="ON")
    bare.servers.append(replica)
    rig.server.rows("CREATE OR REPLACE USER repl@'127.0.0.1' IDENTIFIED BY 'r'")
    rig.server.rows("GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'")
    dump = os.path.join(replica.directory, "dump.sql")
    os.system("mariadb-dump --no-defaults --socket=%s --user=root --all-databases --routines --single-transaction "
              ">%s && mariadb --no-defaults --host=localhost --socket=%s --user=root <%s"
              % (rig.server.socket, dump, replica.socket, dump))
    replica.rows("FLUSH PRIVILEGES")
    replica.rows("RESET MASTER")
    replica.rows("SET GLOBAL gtid_slave_pos = %s", (rig.server.position(),))
    replica.rows("CHANGE MASTER TO master_host='127.0.0.1', master_port=%d, master_user='repl', master_password='r',"
                 " master_use_gtid=slave_pos" % rig.server.port)
    replica.rows("START SLAVE")
    rig.edit()
    chain.wait_for(lambda: chain.reached(replica.position(), rig.server.position()),
                   lambda: str(replica.rows("SHOW SLAVE STATUS")), 30)
    return replica


def test_copy_from_a_replica(bare, rig):
    """It lags behind what follow has read of the primary: chunks wait for it, and what is written meanwhile comes by the binlog."""
    wiki = "wikireplica"
    replica = replica_of(bare, rig, "copied")
    connection = rig.server.connect()
    workload.create_tables(connection, wiki)
    workload.install(connection, wiki, 1000)
    workload.prepare(connection, wiki, 20, 2)
    rig.run("add-wiki", wiki, "--siteinfo", workload.write_siteinfo(rig.server.directory, wiki))
    replica.rows("STOP SLAVE")
    with rig.follow() as daemon:
        workload.edits(connection, wiki, 0, 30, 20, 2)
        rig.await_goal(daemon)
        assert "older than the mirror's position" in rig.run("snapshot", wiki, hosts=(replica.port,), code=SOURCE)
        replica.rows("CHANGE MASTER TO master_delay = 1")
        replica.rows("START SLAVE")
        chain.wait_for(lambda: chain.reached(replica.position(), rig.server.position()), lambda: str(replica.rows("SHOW SLAVE STATUS")), 30)
        copying = bare.daemon("snapshot", wiki, env=rig.env(replica.port))
        try:
            for number in range(30, 330, 10):
                workload.edits(connection, wiki, number, 10, 20, 2)
                chain.wait_for(lambda: copying.process.poll() is not None or chain.reached(rig.position(), rig.server.position()), daemon.log, 30)
            assert copying.wait(60) == 0, copying.log()
        finally:
            copying.kill()
        rig.await_goal(daemon)
    connection.close()
    rig.assert_equal(wiki=wiki)
    replica.kill()


def test_failover_to_a_replica(bare, rig):
    """The replica's binlog has the same GTIDs and the same times: it is the same history; one that lags is waited for."""
    replica = replica_of(bare, rig, "replica")
    with rig.follow() as daemon:
        rig.await_goal(daemon)
        replica.rows("STOP SLAVE")
        rig.edit()
        rig.await_goal(daemon)
    rig.server.kill()
    with rig.follow(rig.server.port, replica.port) as daemon:
        chain.wait_for(said(daemon, "is waited for"), daemon.log, 30)
        rig.server.start()
        replica.rows("START SLAVE")
        chain.wait_for(lambda: chain.reached(replica.position(), rig.position()), "the replica", 30)
    rig.server.kill()
    replica.rows("STOP SLAVE")
    with rig.follow(rig.server.port, replica.port) as daemon:
        rig.edit(replica)
        rig.await_goal(daemon, replica)
        assert "cannot be told" not in daemon.log()
    rig.assert_equal(replica)
