"""Further MariaDB servers beside the sandbox's, and accounts, ports and mistakes of their own."""

import os
import re
import signal
import socket
import subprocess

import pymysql

import chain


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Programs:
    """How MariaDB is installed and started: this Debian's."""

    install = ["mariadb-install-db", "--no-defaults"]
    server = ["mariadbd"]
    options = []    # of both
    lacks = ()      # plugins
    images = ("FULL", "NOBLOB", "MINIMAL")


class MariaServer:
    """A server like the sandbox's, with the same server_id unless settings say otherwise: so its GTIDs are the same too."""

    def __init__(self, box, name, programs=Programs, **settings):
        self.programs = programs
        self.directory = os.path.join(box.directory, name)
        self.socket = os.path.join(self.directory, "m.sock")
        self.port = free_port()
        self.process = None
        os.makedirs(os.path.join(self.directory, "tmp"))
        with open(os.path.join(box.directory, "mariadb", "my.cnf")) as file:
            text = file.read().replace(os.path.join(box.directory, "mariadb"), self.directory)
        settings = dict({"port": self.port, "socket": self.socket, "innodb_buffer_pool_size": "32M",
                         "innodb_log_file_size": "16M"}, **settings)
        for key, value in settings.items():
            line = "%s = %s" % (key, value)
            text, count = re.subn(r"(?m)^%s\s*=.*$" % key, line, text)
            text += "" if count else "\n%s\n" % line
        self.conf = os.path.join(self.directory, "my.cnf")
        with open(self.conf, "w") as file:
            file.write(text)
        subprocess.run([*programs.install, *programs.options, "--user=root", "--datadir=%s/data" % self.directory,
                        "--tmpdir=%s/tmp" % self.directory,
                        "--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen([*self.programs.server, "--defaults-file=" + self.conf, *self.programs.options, "--user=root"],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        chain.wait_for(self.answers, lambda: open(os.path.join(self.directory, "log")).read()[-3000:], 60, 0.05)

    def answers(self):
        try:
            self.connect().close()
            return True
        except (pymysql.Error, OSError):
            return False

    def connect(self):
        return pymysql.connect(unix_socket=self.socket, user="root", charset="utf8mb4", autocommit=True,
                               init_command="SET time_zone = '+00:00', sql_mode = ''")

    def rows(self, sql, args=None):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, args)
                return cursor.fetchall()
        finally:
            connection.close()

    def value(self, sql, args=None):
        value = self.rows(sql, args)[0][0]
        return value.decode() if isinstance(value, bytes) else value

    def position(self):
        return self.value("SELECT @@global.gtid_binlog_pos")

    def account(self, name, password):
        """An account for follow, kept out of the binlog: each server may have its own."""
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute("SET sql_log_bin = 0")
            cursor.execute("CREATE OR REPLACE USER %s@'127.0.0.1' IDENTIFIED BY %s", (name, password))
            cursor.execute("GRANT SELECT, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO %s@'127.0.0.1'", (name,))
        connection.close()

    def stop(self, sig=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(sig)
            self.process.wait(60)
            self.process = None

    def kill(self):
        self.stop(signal.SIGKILL)
