"""A PostgreSQL of another version under chroot, with a physical standby: ../postgres says which and where."""

import json
import os
import shutil
import time

import pytest

import binlog
import chain
import events
import sandbox
from postgres_server import PostgresServer

TREE = os.environ.get("TEST_POSTGRES_TREE")

SETTINGS = """
wal_level = logical
output_plugin_libraries = 'pgoutput, test_decoding, mwmirror'
hot_standby_feedback = on
primary_slot_name = 'standby'
wal_receiver_status_interval = 1s
"""


class Pair:
    """Primary and standby, with daemons that know both."""

    def __init__(self, box, directory):
        self.box, self.directory, self.daemons = box, directory, []
        self.slot, self.relay_reads = "mwmirror", None
        port = int(box.env["PGPORT"])
        self.primary, self.standby = (
            PostgresServer(os.path.join(directory, name), port + n, "mwmirror", os.environ["TEST_POSTGRES_BIN"], TREE)
            for name, n in (("a", 2), ("b", 3)))

    def create(self):
        self.primary.run("initdb", "--pgdata=" + self.primary.data, "--username=postgres", "--encoding=UTF8",
                         "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions")
        self.primary.configure(SETTINGS)
        self.primary.start()
        self.primary.value("CREATE DATABASE mwmirror", "postgres")
        self.primary.value("SELECT pg_create_physical_replication_slot('standby', true)", "postgres")
        self.primary.run("pg_basebackup", "--pgdata=" + self.standby.data, "--checkpoint=fast", "--write-recovery-conf",
                         "--slot=standby", "--dbname=host=%s port=%s user=postgres dbname=mwmirror" % (
                             self.primary.directory, self.primary.port))
        self.standby.configure(SETTINGS)
        self.standby.start()

    def environment(self):
        """The relay reads from where there is a primary, unless relay_reads says from which server."""
        both = "host=%s,%s port=%s,%s dbname=mwmirror target_session_attrs=read-write user=" % (
            self.primary.directory, self.standby.directory, self.primary.port, self.standby.port)
        one = self.relay_reads
        relay = "host=%s port=%s dbname=mwmirror user=" % (one.directory, one.port) if one else both
        return {"MWMIRROR_POSTGRES_CONNINFO": both + "mwmirror_follow", "MWMIRROR_POSTGRES_ADMIN_CONNINFO": both + "postgres",
                "MWMIRROR_RELAY_CONNINFO": relay + "mwmirror_relay_login", "MWMIRROR_RELAY_SINK": "file",
                "MWMIRROR_RELAY_SLOT": self.slot, "MWMIRROR_RELAY_FILE": os.path.join(self.directory, "events"), "MWMIRROR_SOURCE_SERVER_ID": "7398"}

    def mwmirror(self, *args):
        done = self.box.mwmirror(*args, env=self.environment())
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def daemon(self, verb, *args):
        daemon = sandbox.Daemon(self.box, verb, os.path.join(self.directory, verb + ".log"), *args, env=self.environment())
        self.daemons.append(daemon)
        return daemon

    def events(self):
        found = events.envelopes(os.path.join(self.directory, "events"))
        return [events.in_short(event["headers"]["gtid"], event["value"]) for event in found]

    def position(self):
        with open(os.path.join(self.directory, "events.position")) as file:
            return json.load(file)["position"]

    def begin(self):
        """The mirror, copied and followed from here on."""
        made = self.mwmirror("init", "--no-source", "--writer-role", "mwmirror_follow", "--relay-role", "mwmirror_relay_login")
        assert "created        replication slot mwmirror" in made
        self.mwmirror("add-wiki", "wiki39", "--siteinfo", self.box.env["MW39_API_URL"])
        self.mwmirror("snapshot")
        self.start_gtid = self.primary.value("SELECT gtid_pos FROM mwmirror.source")
        return self.daemon("follow")

    def wait_replayed(self):
        """Until the standby has all that the primary has committed."""
        lsn = self.primary.value("SELECT pg_current_wal_flush_lsn()::text")
        chain.wait_for(lambda: self.standby.value("SELECT pg_last_wal_replay_lsn() >= '%s'" % lsn),
                       lambda: "the standby at %s: %s" % (lsn, self.standby.log()[-1000:]), 30)

    def wait_file(self, relay):
        """Until the file has the events of all edits, each once, in order, and the position is theirs. Returns how many."""
        want = binlog.expected_events(self.box, self.start_gtid, {"wiki39"})
        chain.wait_for(lambda: len(self.events()) >= len(want) and
                       self.position().get("gtid") == chain.source_position(self.box),
                       lambda: "file %r, binlog %r\n%s" % (self.events()[-3:], want[-3:], relay.log()[-2000:]), 60)
        assert self.events() == want
        return len(want)

    def close(self):
        for daemon in self.daemons:
            daemon.kill()
        for server in (self.primary, self.standby):
            server.close()
        shutil.rmtree(self.directory, ignore_errors=True)


@pytest.fixture
def pair(live):
    directory = os.path.join(live.directory, "pair")
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory, 0o755)
    pair = Pair(live, directory)
    try:
        pair.create()
        yield pair
    finally:
        pair.close()


def edit(box, title):
    box.wiki("39").edit(title, "text of %d" % time.time_ns(), title)
