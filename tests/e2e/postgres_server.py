"""A PostgreSQL server of a test's own: a standby, or one of another version that runs under chroot (tests/postgres)."""

import os
import shutil
import subprocess

import psycopg2


class PostgresServer:
    """Data, socket and log are in a folder of its own. tree: where it runs under chroot; /var/tmp is the same folder inside."""

    def __init__(self, directory, port, database, bindir, tree=None):
        self.directory, self.port, self.database, self.bindir = directory, port, database, bindir
        self.data = os.path.join(directory, "data")
        if tree:
            self.as_postgres = ["chroot", "--userspec=postgres:postgres", tree]
        else:
            self.as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
        shutil.rmtree(directory, ignore_errors=True)
        os.mkdir(directory, 0o700)
        self.give(directory)

    def give(self, *paths):
        """To the account that the server runs as."""
        if self.as_postgres:
            for path in paths:
                shutil.chown(path, "postgres", "postgres")

    def run(self, program, *args):
        done = subprocess.run(self.as_postgres + [os.path.join(self.bindir, program)] + list(args), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120, text=True, cwd="/")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def configure(self, settings):
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a") as file:
            file.write("port = %s\nunix_socket_directories = '%s'\nlisten_addresses = ''\nfsync = off\n%s" % (
                self.port, self.directory, settings))

    def start(self):
        # its output goes to the log, so that pg_ctl's own ends
        self.run("pg_ctl", "--pgdata=" + self.data, "--log=" + os.path.join(self.directory, "log"), "--wait", "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "--pgdata=" + self.data, "--mode=" + mode, "--wait", "stop")

    def promote(self):
        self.run("pg_ctl", "--pgdata=" + self.data, "--wait", "promote")

    def pg(self, database=None):
        connection = psycopg2.connect(host=self.directory, port=self.port, dbname=database or self.database, user="postgres",
                                      options="-c timezone=UTC")
        connection.autocommit = True
        return connection

    def value(self, sql, database=None):
        connection = self.pg(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchone()[0] if cursor.description else None
        finally:
            connection.close()

    def log(self):
        with open(os.path.join(self.directory, "log"), errors="replace") as file:
            return file.read()

    def close(self):
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)
