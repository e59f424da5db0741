"""A running sandbox (deploy/sandbox): its settings, connections, services and daemons."""

import configparser
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time

import psycopg2
import pymysql

import mw

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SCRIPT = os.path.join(ROOT, "deploy", "sandbox")


def seed_from_environment():
    """What MWMIRROR_SEED repeats, or a new seed."""
    return int(os.environ.get("MWMIRROR_SEED", time.time_ns() % 1000000))


class SandboxError(Exception):
    """deploy/sandbox or a service failed."""


def run_sandbox(*args, timeout=300):
    """Runs deploy/sandbox; its output on failure is the exception."""
    done = subprocess.run([SCRIPT] + list(args), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    if done.returncode != 0:
        raise SandboxError("deploy/sandbox %s: exit code %d\n%s"
                           % (" ".join(args), done.returncode, done.stdout.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


class Sandbox:
    """deploy/sandbox up has made it; this only uses it."""

    def __init__(self, directory):
        self.directory = directory
        self.env = {}
        for line in run_sandbox("env", directory).splitlines():
            if line.startswith("export "):
                for word in shlex.split(line)[1:]:
                    name, _, value = word.partition("=")
                    self.env[name] = value
        self.binary = self.env["MWMIRROR_BIN"]
        self.conf = self.env["MWMIRROR_CONF"]
        self.bootstrap = self.env.get("KAFKA_BOOTSTRAP")
        self.config = configparser.ConfigParser(interpolation=None)
        self.config.read(self.conf)
        self.topic_prefix = self.config.get("kafka", "topic_prefix", fallback="")
        self.position_topic = self.config.get("kafka", "position_topic", fallback="mwmirror.position")
        self._maria = None
        self._pg = None
        self._wikis = {}
        self.expect_dead = set()

    def topic(self, stream):
        return self.topic_prefix + stream

    # MariaDB

    def maria(self, fresh=False):
        """A connection as root: binary strings as bytes, autocommit, UTC."""
        if fresh:
            return pymysql.connect(unix_socket=self.env["MARIADB_SOCKET"], user=self.env["MARIADB_ROOT_USER"],
                                   charset="utf8mb4", autocommit=True,
                                   init_command="SET time_zone = '+00:00', sql_mode = ''")
        if self._maria is None:
            self._maria = self.maria(fresh=True)
        try:
            self._maria.ping(reconnect=False)
        except (pymysql.Error, OSError):
            self._maria = self.maria(fresh=True)
        return self._maria

    def maria_rows(self, sql, args=None):
        with self.maria().cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall()

    def make_interwiki(self, wiki, *prefixes):
        """
        Prefixes of other sites that a wiki knows: two languages and one that is none. MediaWiki remembers for hours that there is none: a test that a page
        with a link may come before needs one of its own.
        """
        for prefix in prefixes or ("de", "cs", "wikt"):
            self.maria_rows("INSERT IGNORE INTO `%s`.interwiki (iw_prefix, iw_url, iw_api, iw_wikiid, iw_local, iw_trans)"
                            " VALUES (%%s, %%s, '', '', 1, 0)" % wiki.dbname, (prefix, "https://%s.example.org/$1" % prefix))

    def maria_value(self, sql, args=None):
        value = self.maria_rows(sql, args)[0][0]
        return value.decode() if isinstance(value, bytes) else value

    # PostgreSQL

    def pg(self, fresh=False):
        """A connection as superuser: autocommit, UTC."""
        def connect():
            connection = psycopg2.connect(host=self.env["PGHOST"], port=self.env["PGPORT"],
                                          dbname=self.env["PGDATABASE"], user=self.env["PGUSER"],
                                          options="-c timezone=UTC -c statement_timeout=60s")
            connection.autocommit = True
            return connection
        if fresh:
            return connect()
        if self._pg is not None and not self._pg.closed:
            try:
                with self._pg.cursor() as cursor:
                    cursor.execute("SELECT 1")
                return self._pg
            except psycopg2.Error:
                self._pg.close()
        self._pg = connect()
        return self._pg

    def pg_rows(self, sql, args=None):
        with self.pg().cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall() if cursor.description else None

    def pg_value(self, sql, args=None):
        rows = self.pg_rows(sql, args)
        return rows[0][0] if rows else None

    # wikis

    def wiki(self, name):
        """'39' or '43': a client logged in as the wiki's administrator."""
        if name not in self._wikis:
            self._wikis[name] = self.new_wiki(name)
        return self._wikis[name]

    def new_wiki(self, name):
        """The same with a session of its own, for a thread."""
        get = lambda key: self.env["MW%s_%s" % (name, key)]
        return mw.Wiki(name, "1." + name, get("API_URL"), get("DBNAME"), get("TREE"), get("CONFIG_FILE"), get("ADMIN_USER"), get("ADMIN_PASSWORD"))

    # services

    def service(self, verb, name):
        """start, stop, restart or kill one service."""
        run_sandbox(verb, name, self.directory, timeout=120)

    def pid(self, name):
        """The process id of a service that runs, else None."""
        try:
            with open(os.path.join(self.directory, "run", name)) as file:
                pid = int(file.read().split()[0])
            os.kill(pid, 0)
            with open("/proc/%d/stat" % pid) as file:
                return None if file.read().rpartition(")")[2].split()[0] == "Z" else pid
        except (OSError, ValueError, IndexError):
            return None

    def log(self, name):
        with open(os.path.join(self.directory, "log", name + ".log"), errors="replace") as file:
            return file.read()

    def log_tail(self, name, lines=30):
        try:
            return "\n".join(self.log(name).splitlines()[-lines:])
        except OSError:
            return "(no log)"

    def daemons_alive(self, name):
        """Fails at once, with the log, when a daemon that should run does not."""
        if name not in self.expect_dead and self.pid(name) is None:
            raise SandboxError("%s does not run:\n%s" % (name, self.log_tail(name)))

    def restart_daemons(self):
        for name in ("follow", "relay"):
            if self.pid(name) is None:
                self.service("start", name)

    def mwmirror(self, *args, env=None, conf=True, timeout=60):
        """Runs one verb of mwmirror to its end: a CompletedProcess with text."""
        command = [self.binary] + (["-c", self.conf] if conf else []) + list(args)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                              env=dict(os.environ, **(env or {})), text=True, errors="replace")


class Daemon:
    """A follow or relay that a test runs itself, with its output in a file."""

    def __init__(self, box, verb, log, *args, env=None, stdout=None):
        self.log_path = log
        with open(log, "ab") as file:
            self.process = subprocess.Popen([box.binary, "-c", box.conf, verb] + list(args),
                                            stdout=stdout or file, stderr=file, stdin=subprocess.DEVNULL,
                                            env=dict(os.environ, **(env or {})), start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def connects(self):
        """Has it a socket?"""
        folder = "/proc/%d/fd" % self.pid
        return any("socket:" in os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder))

    def stop(self, timeout=20):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise SandboxError("process %d ignored SIGTERM for %g s:\n%s" % (self.pid, timeout, self.log()[-3000:]))

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def wait(self, timeout=30):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise SandboxError("process %d did not end in %g s:\n%s" % (self.pid, timeout, self.log()[-3000:]))


class MemoryWatch:
    """Looks at the memory of processes while a test works; pids are asked for again each time."""

    def __init__(self, **pids):
        self.pids = pids
        self.peak = {name: 0 for name in pids}      # VmHWM, KiB: all pages, shared ones too
        self.private = {name: 0 for name in pids}   # RssAnon, KiB: the process's own
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _look(self):
        for name, pid in self.pids.items():
            try:
                number = pid() if callable(pid) else pid
                with open("/proc/%d/status" % number) as file:
                    fields = dict(line.split(":", 1) for line in file if ":" in line)
                self.peak[name] = max(self.peak[name], int(fields["VmHWM"].split()[0]))
                self.private[name] = max(self.private[name], int(fields["RssAnon"].split()[0]))
            except (OSError, KeyError, TypeError, ValueError):
                continue

    def _run(self):
        while not self._stop.wait(0.03):
            self._look()

    def __enter__(self):
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()
        self._look()


class Cgroup:
    """A memory cgroup with a limit; does nothing where there is none to be had."""

    def __init__(self, megabytes):
        self.path = None
        for base, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
            path = os.path.join(base, "mwmirror-%d" % os.getpid())
            try:
                os.mkdir(path)
                with open(os.path.join(path, limit), "w") as file:
                    file.write(str(megabytes << 20))
                self.path = path
                return
            except OSError:
                shutil.rmtree(path, ignore_errors=True)

    def add(self, pid):
        if self.path:
            with open(os.path.join(self.path, "cgroup.procs"), "w") as file:
                file.write(str(pid))

    def close(self):
        """Removes it, once the last process in it has ended."""
        until = time.monotonic() + 20
        while self.path:
            try:
                os.rmdir(self.path)
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def walsender_pid(box, slot="mwmirror"):
    """A callable for MemoryWatch, with a connection of its own; the answer is kept for a second."""
    connection = box.pg(fresh=True)
    known = [None, 0.0]

    def pid():
        if known[0] is None or time.monotonic() - known[1] > 1.0:
            with connection.cursor() as cursor:
                cursor.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (slot,))
                row = cursor.fetchone()
            known[:] = [row[0] if row else None, time.monotonic()]
        return known[0]
    return pid
