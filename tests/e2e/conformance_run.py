"""
The stage of tests/conformance: a MariaDB of some version, a mirror of one wiki in a database of its own, and a follow that runs.

A cell is what one form of statements, or one circumstance, came to in one configuration: equal, if every row of the mirror is as
MariaDB's and the events are, but for what is made of the GTID, those of the other configurations; or why follow stopped.
"""

import contextlib
import os
import re
import signal

import psycopg2
import pymysql

import chain
import compare
import sandbox
import workload
from conformance_circumstances import CIRCUMSTANCES
from conformance_forms import FORMS, seed
from maria_server import MariaServer

WIKI = "wikiconform"
SLOT = "conformance"
TIMEOUT = 30
TABLES = ("category", "page", "revision", "revision_comment_temp", "comment", "content", "slots", "text", "actor", "user", "user_groups",
          "page_props", "pagelinks", "recentchanges", "site_stats", "slot_roles", "content_models")
TEXTS = {"$WIKI": WIKI, "$LONG": "repeat('compressible ', 400)",
         "$DENSE": "(SELECT group_concat(unhex(sha2(seq, 512)) SEPARATOR '') FROM seq_1_to_100)"}
AGAIN = re.compile(r"table (\S+) of wiki \S+ (?:is copied again|are compared with the source): [^;\n]*")
FIRST_TIME = 1830297600     # 2028-01-01: behind the making of any table, for a default is known of rows that are written later
IN_ANY_ORDER = ("group commit", "TRUNCATE")
GTID = re.compile(r"\b\d+-\d+-\d+\b")
# of an event, what is made of the transaction's GTID
IDENTITY = re.compile(r'"(id|request_id)":"[0-9a-f-]{36}",?')


class Configuration:
    """What the binlog is written with."""

    def __init__(self, image, compress=False, checksum=True):
        self.image, self.compress, self.checksum = image, compress, checksum
        self.globals = {"binlog_row_image": image, "log_bin_compress": "ON" if compress else "OFF", "binlog_checksum": "CRC32" if checksum else "NONE"}
        self.path = "%s/%s/%s" % (image, "compressed" if compress else "plain", "CRC32" if checksum else "NONE")

    def __str__(self):
        return self.image + ("+c" if self.compress else "") + ("-s" if not self.checksum else "")


QUICK = [("FULL",), ("NOBLOB", True), ("MINIMAL", False, False), ("MINIMAL", True)]


def configurations(programs):
    """All of a version."""
    return [Configuration(image, compress, checksum) for image in programs.images for checksum in (True, False) for compress in (False, True)]


class NotThere(Exception):
    """This build of MariaDB lacks what a cell needs."""


class Cell:
    """What came of it: equal, again (equal once a table had been compared with the source), stop, or differs, and why."""

    def __init__(self, version, configuration, name, outcome, why=""):
        self.column = (version, configuration.image)
        self.path = "%s/%s/%s" % (version, configuration.path, name)
        self.name, self.outcome, self.why = name, outcome, why


class Stage:
    """Runs cells; references: events by the name of the cell, as they were the first time, whatever version that was."""

    def __init__(self, box, version, programs, references):
        self.box, self.version, self.references = box, version, references
        self.wiki = WIKI
        self.directory = os.path.join(box.directory, version)
        # without TLS, for which 11.4.5 looks for an RSA key of its own at each start, for a minute where much else runs
        self.server = MariaServer(box, version + "/maria", programs, max_allowed_packet="256M", ssl="0")
        self.database = "conformance_" + version.replace(".", "_")
        self.configuration = None
        self.daemon = None
        self.number = 0     # of the cell in its configuration, and its time
        self.follows = 0
        connection = self.server.connect()
        connection.select_db("mysql")
        workload.create_tables(connection, WIKI)
        workload.install(connection, WIKI, 1000)
        connection.close()
        self.siteinfo = workload.write_siteinfo(self.directory, WIKI)
        self.box.conf = os.path.join(self.directory, "mwmirror.conf")
        with open(self.box.conf, "w") as file:
            file.write("[source]\nsocket = %s\nuser = root\n[postgres]\nconninfo = host=%s port=%s dbname=%s user=%s\n" % (
                self.server.socket, box.env["PGHOST"], box.env["PGPORT"], self.database, box.env["PGUSER"]))
        self.begin()

    # the mirror

    def pg(self, sql, args=None, database=None):
        connection = psycopg2.connect(host=self.box.env["PGHOST"], port=self.box.env["PGPORT"], user=self.box.env["PGUSER"],
                                      dbname=database or self.database, options="-c timezone=UTC -c statement_timeout=60s")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, args)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def verb(self, *command):
        done = self.box.mwmirror(*command)
        if done.returncode != 0:
            raise sandbox.SandboxError("%s: exit code %d\n%s" % (command, done.returncode, done.stderr))

    def begin(self):
        """A mirror as of now, and a follow from there on."""
        self.pg("CREATE DATABASE " + self.database, database="postgres")
        self.verb("init", "--no-slot")
        self.verb("add-wiki", WIKI, "--siteinfo", self.siteinfo)
        self.verb("snapshot")
        # so that there is an event of each row that changes
        self.pg("SELECT mwmirror.state_switch(true, false), mwmirror.state_switch(true, true)")
        self.pg("SELECT pg_create_logical_replication_slot(%s, 'mwmirror')", (SLOT,))
        self.target = psycopg2.connect(host=self.box.env["PGHOST"], port=self.box.env["PGPORT"], user=self.box.env["PGUSER"],
                                       dbname=self.database, options="-c timezone=UTC -c statement_timeout=60s")
        self.target.autocommit = True
        self.start()

    def start(self):
        self.follows += 1
        self.daemon = sandbox.Daemon(self.box, "follow", os.path.join(self.directory, "follow-%d.log" % self.follows))

    def stop(self):
        """follow, where it is."""
        self.daemon.stop()

    def ends(self):
        """follow, by itself."""
        chain.wait_for(lambda: self.daemon.process.poll() is not None, self.daemon.log, TIMEOUT)

    def end(self):
        self.daemon.kill()
        self.target.close()
        self.pg("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (SLOT,))
        self.pg("DROP DATABASE %s WITH (FORCE)" % self.database, database="postgres")
        self.pg("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin", database="postgres")

    def anew(self):
        self.end()
        self.begin()

    def close(self):
        self.end()
        self.server.kill()

    def value(self, sql):
        with self.target.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def position(self):
        return self.value("SELECT gtid_pos FROM mwmirror.source")

    def events(self):
        """Lines of the text format since the last time, without what is made of the GTID."""
        self.value("SELECT txid_current()")     # flushes what was committed without waiting for the disk
        with self.target.cursor() as cursor:
            cursor.execute("SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'format', 'text')", (SLOT,))
            return [IDENTITY.sub("", line) for line, in cursor.fetchall() if not line.startswith(("BEGIN ", "COMMIT "))]

    # what cells use

    def session(self):
        """A connection whose clock stands still; in the wiki's database."""
        connection = self.server.connect()
        connection.select_db(WIKI)
        workload.execute(connection, "SET timestamp = %d" % (FIRST_TIME + self.number))
        workload.execute(connection, "SET @load_role = (SELECT role_id FROM slot_roles), @load_model = (SELECT model_id FROM content_models)")
        return connection

    def run(self, text, on=None):
        """Statements, one a line, in a session of their own or that one; those that begin with FAILS must."""
        connection = on or self.session()
        try:
            for line in filter(None, map(str.strip, text.split("\n"))):
                self.execute(connection, line)
        finally:
            if on is None:
                connection.close()

    @staticmethod
    def execute(connection, line):
        for name, value in TEXTS.items():
            line = line.replace(name, value)
        must_fail = line.startswith("FAILS ")
        try:
            workload.execute(connection, line[len("FAILS "):] if must_fail else line)
        except pymysql.Error as error:
            if not must_fail:
                raise sandbox.SandboxError("%s: %s" % (line, error)) from error
        else:
            assert not must_fail, line

    @contextlib.contextmanager
    def globals(self, **values):
        for name, value in values.items():
            before = self.server.value("SELECT @@global." + name)
            self.server.rows("SET GLOBAL %s = %s" % (name, value))
            values[name] = before
        try:
            yield
        finally:
            for name, value in values.items():
                self.server.rows("SET GLOBAL %s = %s" % (name, value))

    def configure(self):
        for name, value in self.configuration.globals.items():
            self.server.rows("SET GLOBAL %s = %s" % (name, value))

    @contextlib.contextmanager
    def restarted(self, *lines):
        """The server with these settings more."""
        with open(self.server.conf) as file:
            before = file.read()
        self.server.stop()
        try:
            with open(self.server.conf, "w") as file:
                file.write(before + "\n[mariadbd]\n" + "\n".join(lines) + "\n")
            self.server.start()
            self.configure()
            yield
        finally:
            self.server.stop()
            with open(self.server.conf, "w") as file:
                file.write(before)
            self.server.start()
            self.configure()

    def purge(self, newest):
        """All files before that one, once the server lets them go: a dump that has just ended may hold one."""
        def purged():
            self.server.rows("PURGE BINARY LOGS TO '%s'" % newest)
            return len(self.server.rows("SHOW BINARY LOGS")) == 1
        chain.wait_for(purged, "the purge", TIMEOUT)

    def needs(self, name):
        if name in self.server.programs.lacks:
            raise NotThere("this build has no " + name)

    def crash(self):
        self.server.stop(signal.SIGKILL)
        self.server.start()
        self.configure()

    # cells

    def why_stopped(self):
        """None if follow has reached MariaDB's end, and tables that it had copied again are as the source's."""
        goal = self.server.position()

        def there():
            return self.daemon.process.poll() is not None or chain.reached(self.position(), goal)
        def compared():
            return self.daemon.process.poll() is not None or not self.value(
                "SELECT EXISTS (SELECT FROM mwmirror.copy_table WHERE mode <> 'first' AND state <> 'copied') OR EXISTS (SELECT FROM mwmirror.copy_range)")
        try:
            chain.wait_for(there, "", TIMEOUT, 0.005)
            chain.wait_for(compared, "", TIMEOUT, 0.01)
        except chain.Timeout:
            return "follow does not reach %s: it is at %s, or copies a table again" % (goal, self.position())
        if self.daemon.process.poll() is None:
            return None
        said = [line for line in self.daemon.log().splitlines() if " ERROR " in line or "\tERROR" in line]
        return said[-1].split("ERROR", 1)[1].strip(" :") if said else "exit code %d without an ERROR" % self.daemon.process.returncode

    def said(self, mark):
        """What follow has logged since: mark is which follow it was, and how much it had logged."""
        return self.daemon.log()[mark[1] if mark[0] == self.follows else 0:]

    def judge(self, name, mark):
        why = self.why_stopped()
        if why:
            self.anew()
            stops = not why.startswith(("follow does not", "exit code"))
            return "stop" if stops else "differs", GTID.sub("GTID", why).replace(self.directory, "DIR")
        maria = self.server.connect()
        found = compare.differences(maria, self.target, WIKI)
        maria.close()
        events = self.events()
        again = AGAIN.findall(self.said(mark))
        if not found and again:
            # what the comparison tells comes behind it, and before the next transaction
            self.run("UPDATE site_stats SET ss_active_users = ss_active_users + 1000\nUPDATE site_stats SET ss_active_users = %d" % self.number)
            self.why_stopped()
            self.events()
            return "again", "copied again, %s" % ", ".join(sorted(set(again)))
        wanted = self.references.setdefault(name, events)
        if not found and name in IN_ANY_ORDER:
            events, wanted = sorted(events), sorted(wanted)
        if not found and events != wanted:
            at = next((n for n, pair in enumerate(zip(events, wanted)) if pair[0] != pair[1]), min(len(events), len(wanted)))
            found = ["%d events, elsewhere %d; number %d is\n%s\nelsewhere\n%s" % (
                len(events), len(wanted), at, *(lines[at][:3000] if at < len(lines) else "not there" for lines in (events, wanted)))]
        if not found:
            return "equal", ""
        self.anew()
        return "differs", "\n".join(found)

    def cell(self, name, function):
        self.number += 1
        mark = self.follows, len(self.daemon.log())
        try:
            function(self)
            self.run("UPDATE site_stats SET ss_active_users = %d" % self.number)
            outcome, why = self.judge(name, mark)
        except NotThere as lacking:
            outcome, why = "none", str(lacking)
        return Cell(self.version, self.configuration, name, outcome, why)

    def cells(self, configuration, circumstances=True):
        """All of a configuration, in order, each as it comes."""
        self.configuration = configuration
        self.configure()
        self.number = 0
        self.run("\n".join("TRUNCATE TABLE " + table for table in TABLES) + "\nDELETE FROM ipblocks")
        why = self.why_stopped()
        if why:
            raise sandbox.SandboxError("tables cannot be emptied: " + why)
        # the mirror's own ids begin anew, too
        self.anew()
        yield self.cell("rows to begin with", seed)
        for name, function in FORMS.items():
            yield self.cell(name, function)
        if circumstances:
            for name, function in CIRCUMSTANCES.items():
                yield self.cell(name, function)


