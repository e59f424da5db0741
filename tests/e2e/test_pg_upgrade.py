"""
PostgreSQL's data by pg_upgrade in a new cluster: `mwmirror init` makes what that leaves behind, and with the roles that a person would give
them follow, snapshot and relay go on, each event once; public views show what they showed.

A small sandbox of its own, with MariaDB and PostgreSQL only.
"""

import os
import shutil
import subprocess

import pytest

import chain
import events
from bare import TARGET, WIKI, small_sandbox

WRITER, RELAY = "mwmirror_follow", "mwmirror_relay_login"


def conninfo(box, user):
    return "host=%s port=%s dbname=%s user=%s" % (box.env["PGHOST"], box.env["PGPORT"], box.env["PGDATABASE"], user)


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("upgrade") as bare:
        bare.create_wiki()
        bare.run("init", "--writer-role", WRITER, "--relay-role", RELAY)
        with open(bare.box.conf) as file:
            source = file.read().partition("[postgres]")[0]
        with open(bare.box.conf, "w") as file:
            file.write(source + "[postgres]\nconninfo = %s\nadmin_conninfo = %s\n[relay]\nconninfo = %s\nsink = file\nfile = %s/events\n" % (
                conninfo(bare.box, WRITER), conninfo(bare.box, "postgres"), conninfo(bare.box, RELAY), bare.directory))
        yield bare


class Upgrade:
    """The sandbox's data in a new cluster of the same version, which PostgreSQL's tool does as it does between versions."""

    def __init__(self, bare):
        self.bindir = subprocess.run(["pg_config", "--bindir"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        self.folder = os.path.join(bare.directory, "postgres")
        self.old, self.new = os.path.join(self.folder, "data"), os.path.join(self.folder, "new")
        self.account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []

    def run(self, program, *args):
        done = subprocess.run(self.account + [os.path.join(self.bindir, program), *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=300, cwd=self.folder)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def go(self, box):
        self.run("initdb", "--pgdata=" + self.new, "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        for name in ("postgresql.conf", "pg_hba.conf"):
            shutil.copy(os.path.join(self.old, name), os.path.join(self.new, name))     # into the file that is there: its owner stays
        box.service("stop", "postgres")
        self.run("pg_upgrade", "--old-bindir=" + self.bindir, "--new-bindir=" + self.bindir, "--old-datadir=" + self.old, "--new-datadir=" + self.new,
                 "--username=postgres")
        os.rename(self.old, self.old + "-before")
        os.rename(self.new, self.old)
        box.service("start", "postgres")


def published(bare):
    path = os.path.join(bare.directory, "events")
    return [e["value"]["meta"]["id"] for e in events.envelopes(path)] if os.path.exists(path) else []


def relay_to_the_end(bare, *args):
    """The relay publishes all that the mirror has; returns the ids of events."""
    relay = bare.daemon("relay", "--format", "envelope", *args)
    lsn = bare.box.pg_value("SELECT pg_current_wal_flush_lsn()")
    try:
        chain.wait_for(lambda: relay.process.poll() is not None or bare.box.pg_value(
            "SELECT bool_and(confirmed_flush_lsn >= %s::pg_lsn) FROM pg_replication_slots WHERE slot_name = 'mwmirror'", (lsn,)), relay.log, 30)
        assert relay.stop() == 0, relay.log()
    finally:
        relay.kill()
    return published(bare)


def views(bare):
    """How much public views show, which have policies of their own in the new cluster."""
    return bare.box.pg_rows("SELECT (SELECT count(*) FROM %s_p.revision), (SELECT count(*) FROM mediawiki_p.comment), (SELECT count(*) FROM mediawiki_p.page)" % WIKI)[0]


def test_daemons_go_on(bare):
    bare.edit()
    bare.catches_up()
    before = relay_to_the_end(bare)
    assert before
    bare.box.pg_rows("UPDATE mwmirror.wiki SET private = false")
    bare.run("views", WIKI, "--all-wikis")
    shown = views(bare)
    Upgrade(bare).go(bare.box)
    assert views(bare) == shown and shown[0] > 0
    done = bare.box.mwmirror("init", "--writer-role", WRITER, "--relay-role", RELAY)
    assert done.returncode == 0, done.stderr
    assert views(bare) == shown and bare.box.pg_value("SELECT bool_and(mwmirror.guard_stands(table_name, sign)) FROM mwmirror.guard_wanted()")
    bare.edit()
    bare.catches_up()
    # LSNs of two clusters cannot be compared: that nothing was written between, the relay does not know
    bare.refused("relay", TARGET, "another PostgreSQL cluster", "--accept-gap")
    after = relay_to_the_end(bare, "--accept-gap")
    assert after[:len(before)] == before and len(after) == len(before) + 3 == len(set(after)), (before, after)
    bare.box.pg_rows("DELETE FROM mediawiki.category WHERE wiki_id = %s", (WIKI,))
    bare.recopy()
    assert bare.box.mwmirror("check-config", "--connect").returncode == 0
