"""
A small sandbox of a test's own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it: it may
be damaged, and the one of the session goes on.
"""

import contextlib
import os
import shutil
import tempfile
import threading

import chain
import compare
import sandbox
import workload

WIKI = "wikibad"
USAGE, CONFIG, SOURCE, TARGET, SINK, DATA, FENCED = 2, 3, 4, 5, 6, 7, 8
RETRY = 75


class Bare:
    """The small sandbox, and how its follow and relay are run to their end."""

    def __init__(self, directory):
        self.directory = directory
        sandbox.run_sandbox("up", "--without", "kafka", "--without", "mediawiki", "--without", "daemons", directory)
        conf = os.path.join(directory, "mwmirror.conf")
        env = dict(line[len("export "):].split("=", 1)
                   for line in sandbox.run_sandbox("env", directory).splitlines() if line.startswith("export "))
        conninfo = "host=%s port=%s dbname=%s user=%s" % (env["PGHOST"], env["PGPORT"], env["PGDATABASE"], env["PGUSER"])
        with open(conf, "w") as file:
            file.write("[source]\nsocket = %s\nuser = root\n[postgres]\nconninfo = %s\n[relay]\nconninfo = %s\n"
                       "sink = file\nfile = %s/events\n" % (env["MARIADB_SOCKET"], conninfo, conninfo, directory))
        self.box = sandbox.Sandbox(directory)
        # locks, open snapshots and statistics are those of the test alone
        self.box.pg_rows("ALTER SYSTEM SET autovacuum = off")
        self.box.pg_rows("SELECT pg_reload_conf()")
        self.number = 0
        self.prepared = False   # there is a position

    def run(self, *command, env=None):
        """A verb that must end well; returns what it has logged."""
        done = self.box.mwmirror(*command, env=env)
        assert done.returncode == 0, "%s: exit code %d\n%s%s" % (command, done.returncode, done.stderr, done.stdout)
        return done.stderr

    def add_wiki(self, database=WIKI, prefix=""):
        siteinfo = workload.write_siteinfo(self.directory, database + ("-" + prefix if prefix else ""))
        self.run("add-wiki", database, "--siteinfo", siteinfo, *(["--prefix", prefix] if prefix else []))

    def create_wiki(self, pages=5, in_the_copy=False, before_copy=None):
        """init, one wiki, copied; pages to edit, which the copy has or follow writes. before_copy(): what else the wiki is to have."""
        connection = self.box.maria(fresh=True)
        workload.create_tables(connection, WIKI)
        workload.install(connection, WIKI, 10000)
        if in_the_copy:
            workload.prepare(connection, WIKI, pages, 2)
        self.run("init")
        self.add_wiki()
        if before_copy:
            before_copy()
        self.copied = self.run("snapshot")
        if not in_the_copy:
            workload.prepare(connection, WIKI, pages, 2)
        connection.close()
        self.prepared = True
        self.catches_up(compared=before_copy is None)

    def recopy(self):
        """What a message of a binlog that cannot be read tells: have it compared with the source."""
        self.run("snapshot", "--force", WIKI)
        self.catches_up()

    def daemon(self, verb, *args, env=None):
        self.number += 1
        return sandbox.Daemon(self.box, verb, os.path.join(self.directory, "log", "%s-%d.log" % (verb, self.number)),
                              *args, env=env)

    def position(self):
        return self.box.pg_value("SELECT gtid_pos FROM mwmirror.source")

    def refused(self, verb, code, *texts, args=(), env=None, after=None, timeout=20, passed=()):
        """
        The verb ends with the code and says all the texts; the position does not move. passed: GTIDs of source transactions
        before the one that is refused, which may be a group of their own.
        """
        before = self.position() if self.prepared else None
        daemon = self.daemon(verb, *args, env=env)
        try:
            if after:
                after()
            answer = daemon.wait(timeout)
        finally:
            daemon.kill()
        log = daemon.log()
        for text in texts:
            assert text in log, "no %r in:\n%s" % (text, log)
        assert answer == code, "exit code %r, not %d:\n%s" % (answer, code, log)
        assert len([line for line in log.splitlines() if "ERROR" in line.upper()]) >= 1, log
        if self.prepared:
            assert self.position() in (before, *passed), "the position moved from %s:\n%s" % (before, log)
        return log

    def copied_again(self):
        """True if nothing is left to be compared with the source."""
        return chain.copied_again(self.box)

    def catches_up(self, goal=None, compared=True, timeout=40):
        """
        follow goes on, to MariaDB's end, compares what is to be, stops cleanly, and the mirror equals MariaDB (compared: of MediaWiki's tables).
        Returns what follow has logged.
        """
        goal = goal or chain.source_position(self.box)
        daemon = self.daemon("follow")
        try:
            def there():
                assert daemon.process.poll() is None, "follow ended:\n%s" % daemon.log()
                return chain.reached(self.position(), goal) and "reading the binlog" in daemon.log() and self.copied_again()
            chain.wait_for(there, lambda: "position %s, not %s:\n%s" % (self.position(), goal, daemon.log()), timeout)
            assert daemon.stop() == 0, daemon.log()
        finally:
            daemon.kill()
        if compared:
            compare.assert_equal(self.box, WIKI)
        return daemon.log()

    def step_over(self):
        """Sets the position behind what follow refused: what a person does who has repaired both sides."""
        self.box.pg_rows("UPDATE mwmirror.source SET gtid_pos = %s", (chain.source_position(self.box),))

    def edit(self):
        connection = self.box.maria(fresh=True)
        workload.edits(connection, WIKI, 0, 3, 5, 2)
        connection.close()


@contextlib.contextmanager
def small_sandbox(name):
    """A Bare that is gone afterwards."""
    directory = tempfile.mkdtemp(prefix="mwmirror-%s-" % name, dir="/var/tmp")
    os.chmod(directory, 0o755)
    bare = Bare(directory)
    try:
        yield bare
    finally:
        sandbox.run_sandbox("down", directory)
        shutil.rmtree(directory, ignore_errors=True)


class Beside:
    """What run() does in a thread while the `with` block runs; it ends when self.stop is set."""

    def __init__(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()


class Edits(Beside):
    """Edits of a few pages in a thread while the `with` block runs; number: how many there were."""

    def __init__(self, connect, wiki=WIKI, pages=5, at_once=5):
        super().__init__()
        self.connect, self.wiki, self.pages, self.at_once = connect, wiki, pages, at_once
        self.number = 0

    def run(self):
        connection = self.connect()
        while not self.stop.is_set():
            workload.edits(connection, self.wiki, self.number, self.at_once, self.pages, 2)
            self.number += self.at_once
            self.stop.wait(0.02)
        connection.close()


@contextlib.contextmanager
def pg_setting(bare, name, value, restart=False):
    bare.box.pg_rows("ALTER SYSTEM SET %s = %s" % (name, value))
    bare.box.service("restart", "postgres") if restart else bare.box.pg_rows("SELECT pg_reload_conf()")
    try:
        if not restart:
            chain.wait_for(lambda: value.replace("'", "") in bare.box.pg_value("SELECT current_setting(%s)", (name,)),
                           "%s = %s" % (name, value), 10)
        yield
    finally:
        bare.box.pg_rows("ALTER SYSTEM RESET " + name)
        bare.box.service("restart", "postgres") if restart else bare.box.pg_rows("SELECT pg_reload_conf()")
