"""
MediaWiki's own update.php from 1.39 to 1.43 on a wiki that is followed and written to: nothing stops, the mirror is MariaDB's at moments of it
and at the end, tables whose values stay are not read again, events are valid and say nothing that is hidden.
"""

import contextlib
import json
import os
import re
import subprocess
import time

import pytest

import chain
import compare
import events
import kafka
import workload
from bare import Beside

WIKI = "wiki39up"

# What has them is hidden, or never leaves MariaDB.
HIDDEN = "canaryofupgrade"
HIDDEN_ADDRESS = "198.51.100.77"

# Each for a reason: links and URLs that the old MediaWiki has written meanwhile get no id, and lose what they were; ids of blocks make two columns.
READ_AGAIN = {"pagelinks", "externallinks", "ipblocks"}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def tables_of(box, database):
    return [text(row[0]) for row in box.maria_rows("SHOW TABLES FROM %s" % database)]


def copy_database(box, connection):
    """A wiki of 1.39 with all that is in the sandbox's."""
    workload.execute(connection, "DROP DATABASE IF EXISTS %s" % WIKI)
    workload.execute(connection, "CREATE DATABASE %s CHARACTER SET binary" % WIKI)
    for table in tables_of(box, "wiki39"):
        workload.execute(connection, "CREATE TABLE %s.`%s` LIKE wiki39.`%s`" % (WIKI, table, table))
        workload.execute(connection, "INSERT INTO %s.`%s` SELECT * FROM wiki39.`%s`" % (WIKI, table, table))
    connection.select_db(WIKI)


def add_rows(connection):
    """Of each kind that an upgrade moves, also such as no page of the sandbox's yields; some hidden. Addresses are such as no other test blocks."""
    for n in range(40):
        for statement in (
                "INSERT INTO pagelinks (pl_from, pl_namespace, pl_title) VALUES (%(p)d, %(ns)d, 'Linked_%(n)d')",
                "INSERT INTO externallinks (el_from, el_to, el_index, el_index_60) VALUES"
                " (%(p)d, 'https://example.org/%(n)d', 'https://org.example./%(n)d', 'https://org.example./%(n)d')",
                "INSERT INTO ipblocks (ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_expiry, ipb_range_start, ipb_range_end)"
                " VALUES ('198.18.0.%(n)d', 0, 1, 1, '20260101000000', 'infinity', 'C61200%(n)02X', 'C61200%(n)02X')",
                "INSERT INTO categorylinks (cl_from, cl_to, cl_sortkey, cl_collation, cl_timestamp) VALUES"
                " (%(p)d, 'Category_%(n)d', 'x', 'uppercase', '2026-01-01')"):
            workload.execute(connection, statement % {"n": n, "p": n % 7, "ns": n % 3})
    for statement in (
            "INSERT INTO user (user_id, user_name, user_email, user_token, user_password, user_newpassword) VALUES"
            " (9000, 'Upgraded', '%(c)s@example.org', '%(c)s', '%(c)s', '%(c)s')",
            "INSERT INTO actor (actor_id, actor_user, actor_name) VALUES (9000, 9000, 'Upgraded'), (9001, NULL, '%(c)s actor')",
            "INSERT INTO comment (comment_id, comment_hash, comment_text) VALUES (9000, 0, '%(c)s comment')",
            # an address that an autoblock hides, and an account that a block does
            "INSERT INTO ipblocks (ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_auto, ipb_expiry, ipb_range_start, ipb_range_end)"
            " VALUES ('%(a)s', 0, 1, 1, '20260101000000', 1, 'infinity', 'C633644D', 'C633644D')",
            "INSERT INTO user (user_id, user_name, user_password, user_newpassword, user_email) VALUES (9001, '%(c)s account', '', '', '')",
            "INSERT INTO ipblocks (ipb_address, ipb_user, ipb_by_actor, ipb_reason_id, ipb_timestamp, ipb_deleted, ipb_expiry, ipb_range_start, ipb_range_end)"
            " VALUES ('%(c)s account', 9001, 1, 9000, '20260101000000', 1, 'infinity', '', '')",
            # of a revision all is hidden
            "INSERT INTO revision (rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_deleted, rev_len, rev_parent_id, rev_sha1) VALUES"
            " (900000, 1, 0, 9001, '20200101000000', 15, 5, 0, '')",
            "INSERT INTO revision_comment_temp VALUES (900000, 9000)"):
        workload.execute(connection, statement % {"c": HIDDEN, "a": HIDDEN_ADDRESS})


class Load(Beside):
    """Statements of a wiki that is in use, some of which fail while a table changes: as MediaWiki's do."""

    STATEMENTS = ("INSERT INTO pagelinks (pl_from, pl_namespace, pl_title) VALUES (%(n)d, 0, 'Under_load')",
                  "INSERT INTO linktarget (lt_namespace, lt_title) VALUES (0, 'Load_%(n)d')",
                  "INSERT INTO pagelinks (pl_from, pl_target_id) SELECT %(n)d, max(lt_id) FROM linktarget",
                  "INSERT INTO externallinks (el_from, el_to, el_index, el_index_60) VALUES (1, 'https://load.org/%(n)d', 'https://org.load./%(n)d', '')",
                  "INSERT INTO revision_comment_temp VALUES (%(n)d, 1)",
                  "UPDATE page SET page_touched = '20270101000000', page_links_updated = '20270101000000' WHERE page_id %% 5 = %(n)d %% 5",
                  "UPDATE externallinks SET el_from = el_from + 1 ORDER BY el_id LIMIT 3", "DELETE FROM pagelinks ORDER BY pl_from DESC LIMIT 1",
                  "UPDATE user SET user_editcount = user_editcount + 1", "INSERT INTO langlinks (ll_from, ll_lang, ll_title) VALUES (%(n)d, 'de', 'x')",
                  "UPDATE categorylinks SET cl_sortkey_prefix = '%(n)d' ORDER BY cl_from LIMIT 5")
    # an edit with the content of the revision before
    EDIT = ("BEGIN",
            "INSERT INTO revision (rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_len, rev_parent_id, rev_sha1)"
            " SELECT %(n)d, page_id, 1, 1, '20260601000000', rev_len, rev_id, rev_sha1 FROM page JOIN revision ON rev_id = page_latest WHERE page_id = 1",
            "INSERT INTO slots SELECT %(n)d, slot_role_id, slot_content_id, slot_origin FROM slots JOIN page ON slot_revision_id = page_latest WHERE page_id = 1",
            "UPDATE page SET page_latest = %(n)d, page_touched = '20260601000000' WHERE page_id = 1", "COMMIT")

    def __init__(self, box):
        super().__init__()
        self.box = box
        self.done = self.failed = 0
        self.edits = []
        self.failure = None

    def one(self, connection, statement, number):
        try:
            workload.execute(connection, statement % {"n": number})
            self.done += 1
            return True
        except Exception:       # a column that is not there yet, or not any more
            self.failed += 1
            return False

    def run(self):
        connection = self.box.maria(fresh=True)
        connection.select_db(WIKI)
        number = 500000
        while not self.stop.is_set():
            number += len(self.STATEMENTS) + 1
            for n, statement in enumerate(self.STATEMENTS):
                self.one(connection, statement, number + n + 1)
            # in order: one that fails in the midst is undone by the next BEGIN or ROLLBACK
            if all([self.one(connection, statement, number) for statement in self.EDIT]):
                self.edits.append(number)
            else:
                connection.rollback()
            self.stop.wait(0.01)
        connection.close()


@contextlib.contextmanager
def update(box, directory):
    """update.php of 1.43 for the database, running."""
    wiki = box.wiki("43")
    with open(wiki.config_file) as file:
        settings = re.sub(r"\$wgDBname = .*", '$wgDBname = "%s";' % WIKI, file.read())
    config = os.path.join(directory, "LocalSettings.php")
    with open(config, "w") as file:
        file.write(settings)
    with open(os.path.join(directory, "update.log"), "wb") as log:
        process = subprocess.Popen(wiki.php + [os.path.join(wiki.root, "maintenance", "run.php"), "update", "--quick", "--skip-external-dependencies"],
                                   env=dict(os.environ, MW_CONFIG_FILE=config), stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextlib.contextmanager
def still(box):
    """Nobody writes to MariaDB, whatever is under way."""
    connection = box.maria(fresh=True)
    try:
        workload.execute(connection, "FLUSH TABLES WITH READ LOCK")
        yield
    finally:
        connection.close()


@pytest.fixture
def wiki_of_39(live, tmp_path):
    """Copied, and followed; gone at the end."""
    box = live
    connection = box.maria(fresh=True)
    copy_database(box, connection)
    add_rows(connection)
    # so that follow does not meet the CREATE TABLEs while the wiki is being copied, and takes what it knows of types for outdated
    chain.wait_stream(box)
    siteinfo = box.wiki("39").get(action="query", meta="siteinfo", siprop="general|namespaces|usergroups|autopromote")
    siteinfo["query"]["general"]["wikiid"] = WIKI
    path = tmp_path / "siteinfo.json"
    path.write_text(json.dumps(siteinfo))
    for command in (("add-wiki", WIKI, "--siteinfo", str(path)), ("snapshot", WIKI)):
        done = box.mwmirror(*command)
        assert done.returncode == 0, done.stderr
    chain.wait_stream(box)
    try:
        yield box
    finally:
        done = box.mwmirror("remove-wiki", WIKI)
        workload.execute(connection, "DROP DATABASE %s" % WIKI)
        connection.close()
        assert done.returncode == 0, done.stderr


def wait_equal(box):
    with still(box):
        chain.wait_mirror(box)
        compare.assert_equal(box, WIKI)


def check_events(box, offsets, load):
    """Each is valid; each edit is told once, in order; of links that get ids nothing; nothing hidden in any byte."""
    found = [e for e in kafka.all_events(box, offsets) if e.wiki == WIKI]
    for event in found:
        events.check(event)
        said = b"".join([event.value_bytes or b"", event.key_bytes or b"", *[v or b"" for _, v in event.header_list]])
        assert HIDDEN.encode() not in said and HIDDEN_ADDRESS.encode() not in said, said
        assert b"Linked_" not in said, said
    edits = [e.value["revision"]["rev_id"] for e in found if e.stream == kafka.STREAM and e.kind == "edit"]
    assert edits == load.edits
    return len(found)


def test_update_of_a_followed_wiki(wiki_of_39, tmp_path, record_property):
    box = wiki_of_39
    follow, relay = box.pid("follow"), box.pid("relay")
    offsets = kafka.end_offsets(box)
    compared = 0
    with Load(box) as load, update(box, str(tmp_path)) as process:
        while process.poll() is None:
            began = time.monotonic()
            wait_equal(box)
            compared += 1
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3 * (time.monotonic() - began))
        assert process.returncode == 0, (tmp_path / "update.log").read_text(errors="replace")[-3000:]
    assert load.done > 100 and load.edits, (load.done, load.failed)
    tables = tables_of(box, WIKI)
    assert "block_target" in tables and "ipblocks" not in tables and "revision_comment_temp" not in tables
    chain.wait_stream(box)
    compare.assert_equal(box, WIKI)
    assert (box.pid("follow"), box.pid("relay")) == (follow, relay)
    again = {row[0] for row in box.pg_rows("SELECT source_table FROM mwmirror.copy_table WHERE wiki_id = %s AND mode = 'again'", (WIKI,))}
    why = [line for line in box.log("follow").splitlines() if WIKI in line and " is copied again: " in line]
    assert again <= READ_AGAIN, (why, box.pg_rows("SELECT * FROM mwmirror.raw_value WHERE wiki_id = %s AND table_name = ANY (%s)", (WIKI, sorted(again))))
    told = check_events(box, offsets, load)
    record_property("update.php 1.39 to 1.43: compared, statements meanwhile, edits, events", "%d, %d, %d, %d" % (
        compared + 1, load.done, len(load.edits), told))
