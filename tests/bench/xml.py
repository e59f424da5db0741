#!/usr/bin/python3
"""
tests/bench/xml.py: a wiki's history as MediaWiki's XML, by dumpBackup.php and by mwmirror export, in one run on one machine.

	tests/bench/xml.py --sandbox DIR            of deploy/sandbox up --mediawiki 1.43 DIR
	tests/bench/xml.py --pages 500 --revisions 20 --rounds 3

Revisions of 5 kB each, of words of several alphabets, in a database of its own beside the sandbox's wiki; texts are rows of text. Each way writes a file that is
not compressed; what is written is compared once. "again" is the same once more: what it differs by is noise.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import sandbox      # noqa: E402
import xml_dumps    # noqa: E402

NAME = "wiki43_bench"
COPIED = ("user", "user_groups", "actor", "content_models", "slot_roles", "updatelog", "site_stats")
WORDS = ("the of and a in is [[link]] {{cite|title=x}} '''bold''' == <ref>source</ref> & Ærø naïve Straße “quoted” Москва река история 日本語 テスト ελληνικά").split()
SIZE = 5000


class Bench:
    def __init__(self, directory, dice):
        self.box, self.dice, self.directory = sandbox.Sandbox(directory), dice, tempfile.mkdtemp(prefix="mwmirror-xml-", dir="/var/tmp")
        self.wiki = self.box.wiki("43")
        self.connection = self.box.maria(fresh=True)
        self.settings = os.path.join(self.directory, "LocalSettings.php")
        with open(self.settings, "w") as file:
            file.write("<?php\nrequire '%s';\n$wgDBname = '%s';\n" % (self.wiki.config_file, NAME))
        os.chmod(self.directory, 0o755)

    def rows(self, sql, args=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall()

    def many(self, sql, rows):
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def text(self, parent):
        """A revision as edits make it: its parent's, with some lines written anew."""
        lines = parent or [self.line() for _ in range(SIZE // 100)]
        lines = list(lines)
        for _ in range(3):
            lines[self.dice.randrange(len(lines))] = self.line()
        return lines

    def line(self):
        return " ".join(self.dice.choice(WORDS) for _ in range(12))

    def make(self, pages, revisions):
        self.rows("DROP DATABASE IF EXISTS " + NAME)
        self.rows("CREATE DATABASE %s CHARACTER SET binary" % NAME)
        self.rows("USE " + NAME)
        for table, in self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (self.wiki.dbname,)):
            table = table.decode() if isinstance(table, bytes) else table
            self.rows("CREATE TABLE `%s` LIKE %s.`%s`" % (table, self.wiki.dbname, table))
        for table in COPIED:
            self.rows("INSERT INTO `%s` SELECT * FROM %s.`%s`" % (table, self.wiki.dbname, table))
        models = dict((name, number) for number, name in self.rows("SELECT model_id, model_name FROM content_models"))
        roles = dict((name, number) for number, name in self.rows("SELECT role_id, role_name FROM slot_roles"))
        number = 0
        for page in range(1, pages + 1):
            lines, texts, made = None, [], []
            for _ in range(revisions):
                number += 1
                lines = self.text(lines)
                text = "\n".join(lines).encode()
                texts.append((number, text))
                made.append((number, page, number - 1 if made else 0, len(text), ("%031d" % number).encode()))
            self.many("INSERT INTO text (old_id, old_text, old_flags) VALUES (%s, _binary %s, 'utf-8')", texts)
            self.many("INSERT INTO revision (rev_id, rev_page, rev_parent_id, rev_len, rev_sha1, rev_comment_id, rev_actor, rev_timestamp)"
                      " VALUES (%s, %s, %s, %s, %s, 1, 1, '20260101000000')", made)
            self.many("INSERT INTO content (content_id, content_size, content_sha1, content_model, content_address) VALUES (%s, %s, %s, %s, %s)",
                      [(number, size, sha1, models[b"wikitext"], "tt:%d" % number) for number, _, _, size, sha1 in made])
            self.many("INSERT INTO slots (slot_revision_id, slot_role_id, slot_content_id, slot_origin) VALUES (%s, %s, %s, %s)",
                      [(number, roles[b"main"], number, number) for number, *_ in made])
            self.rows("INSERT INTO page (page_id, page_namespace, page_title, page_is_redirect, page_is_new, page_random, page_touched, page_latest, page_len, page_content_model)"
                      " VALUES (%s, 0, %s, 0, 0, 0, '20260101000000', %s, %s, 'wikitext')", (page, "Page_%d" % page, number, made[-1][3]))
        self.rows("INSERT INTO comment (comment_id, comment_hash, comment_text) VALUES (1, %s, 'a summary')", (zlib.crc32(b"a summary"),))

    def mirror(self):
        siteinfo = self.wiki.get(action="query", meta="siteinfo", siprop="general|namespaces|usergroups")
        siteinfo["query"]["general"]["wikiid"] = NAME
        path = os.path.join(self.directory, "siteinfo.json")
        with open(path, "w") as file:
            json.dump(siteinfo, file)
        self.box.service("stop", "follow")
        self.mwmirror("add-wiki", NAME, "--siteinfo", path)
        self.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'all' WHERE wiki_id = %s", (NAME,))
        self.mwmirror("snapshot", NAME)

    def mwmirror(self, *args):
        done = self.box.mwmirror(*args, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def end(self):
        self.mwmirror("remove-wiki", NAME)
        self.rows("DROP DATABASE IF EXISTS " + NAME)
        self.box.service("start", "follow")
        shutil.rmtree(self.directory, ignore_errors=True)

    # the ways

    def dump_backup(self):
        with open(os.path.join(self.directory, "theirs.xml"), "wb") as file:
            file.write(xml_dumps.dump_backup(self.wiki, "--full", config_file=self.settings))
            return file.tell()

    def export(self, workers, *more):
        folder = os.path.join(self.directory, "ours")
        shutil.rmtree(folder, ignore_errors=True)
        self.mwmirror("export", "--format", "xml", "--history", "--compress", "none", "--output", folder, "--workers", str(workers), "--part-rows", "5000", *more, NAME)
        return sum(os.path.getsize(os.path.join(folder, NAME, name)) for name in os.listdir(os.path.join(folder, NAME)))

    def keep_none(self):
        self.box.pg_rows("DELETE FROM mediawiki.content_body WHERE wiki_id = %s", (NAME,))
        self.box.pg_rows("VACUUM mediawiki.content_body")


def main():
    parser = argparse.ArgumentParser(description="MediaWiki's XML by dumpBackup.php and by mwmirror export.")
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--revisions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    bench = Bench(arguments.sandbox, random.Random(12))
    ways = [("dumpBackup.php", bench.dump_backup), ("again", bench.dump_backup), ("export, 1 worker", lambda: bench.export(1)), ("again", lambda: bench.export(1)),
            ("export, 2 workers", lambda: bench.export(2)), ("export, 1 worker, texts of the source", lambda: bench.export(1))]
    times = [[] for _ in ways]
    sizes = [0 for _ in ways]
    try:
        bench.make(arguments.pages, arguments.revisions)
        bench.mirror()
        turns = [i for _ in range(arguments.rounds) for i in range(len(ways) - 1)] + [None] + [len(ways) - 1] * arguments.rounds
        for i in turns:
            if i is None:
                bench.keep_none()
                continue
            begun = time.monotonic()
            sizes[i] = ways[i][1]()
            times[i].append(time.monotonic() - begun)
    finally:
        bench.end()
    first = statistics.median(times[0])
    print("%d pages, %d revisions, %.0f MB; medians of %d" % (arguments.pages, arguments.pages * arguments.revisions, sizes[0] / 1e6, arguments.rounds))
    print("%-40s %8s %8s %10s %12s %6s" % ("", "s", "MB/s", "pages/s", "revisions/s", "times"))
    for (name, _), size, taken in zip(ways, sizes, times):
        s = statistics.median(taken)
        print("%-40s %8.2f %8.1f %10.0f %12.0f %6.2f" % (name, s, size / s / 1e6, arguments.pages / s, arguments.pages * arguments.revisions / s, first / s))


if __name__ == "__main__":
    main()
