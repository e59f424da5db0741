#!/usr/bin/python3
"""
How fast mwmirror export writes rows: a million revisions with their slots and contents as JSON lines, for COPY and as Parquet, whole and again with nothing
changed (--resume), beside a bare COPY of the same rows, twice, in one run.

	tests/bench/rows.py                    a small sandbox of its own; two minutes on two free cores
	tests/bench/rows.py --revisions 100000
"""

import argparse
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

import bare  # noqa: E402
import dumps  # noqa: E402

TABLES = ("revision", "slots", "content", "actor", "comment")
FILL = """
INSERT INTO mediawiki.actor (wiki_id, actor_id, actor_user, actor_name) SELECT '{w}', n, n, 'User ' || n FROM generate_series(1000, {r} / 50 + 1000) n;
INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) SELECT '{w}', n, 'a comment of some length, number ' || n FROM generate_series(1000, {r} / 3 + 1000) n;
INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit, rev_deleted, rev_len, rev_parent_id, rev_sha1)
	SELECT '{w}', n, n / 10, 1000 + n % ({r} / 3), 1000 + n * 7 % ({r} / 50), now(), false, CASE WHEN n % 50 = 0 THEN 4 ELSE 0 END, 1000, n - 1, md5(n::text)
	FROM generate_series(100000, {r} + 99999) n;
INSERT INTO mediawiki.slots (wiki_id, slot_revision_id, slot_role_id, slot_content_id, slot_origin) SELECT '{w}', n, 1, n, n FROM generate_series(100000, {r} + 99999) n;
INSERT INTO mediawiki.content (wiki_id, content_id, content_size, content_sha1, content_model, content_address)
	SELECT '{w}', n, 1000, md5(n::text), 1, 'tt:' || n FROM generate_series(100000, {r} + 99999) n;
"""


def timed(what):
    began = time.monotonic()
    answer = what()
    return time.monotonic() - began, answer


def bare_copy(box, folder):
    with box.pg(fresh=True).cursor() as cursor, open(os.path.join(folder, "bare"), "wb") as file:
        cursor.execute("SET statement_timeout = 0")
        for table in TABLES:
            cursor.copy_expert("COPY mediawiki.%s TO STDOUT" % table, file)
    return os.path.getsize(file.name)


def main():
    parser = argparse.ArgumentParser(description="How fast mwmirror export writes rows.")
    parser.add_argument("--revisions", type=int, default=1000000)
    revisions = parser.parse_args().revisions
    env = {"MWMIRROR_EXPORT_PYTHON": dumps.parquet_python()}
    folder = tempfile.mkdtemp(prefix="mwmirror-rows-", dir="/var/tmp")
    try:
        with bare.small_sandbox("rows") as small:
            small.create_wiki(20, in_the_copy=True)
            for statement in FILL.format(w=bare.WIKI, r=revisions).split(";\n")[:-1]:
                small.box.pg_rows(statement.replace("%", "%%"), ())
            small.box.pg_rows("VACUUM ANALYZE")
            rows = sum(small.box.pg_value("SELECT count(*) FROM mediawiki.%s" % table) for table in TABLES)
            print("%d rows of %s" % (rows, ", ".join(TABLES)))

            def tell(name, seconds, size):
                print("%-32s %6.1f s %9.0f rows/s %8.1f MiB" % (name, seconds, rows / seconds, size / 2 ** 20), flush=True)

            def export(form, workers, *more):
                done = small.box.mwmirror("export", "--format", form, "--tables", ",".join(TABLES), "--workers", str(workers), "--output",
                                          os.path.join(folder, form + str(workers)), "--part-rows", str(max(revisions // 4, 1)), *more, env=env, timeout=3600)
                assert done.returncode == 0, done.stderr
                return sum(f["bytes"] for f in dumps.Dump(os.path.join(folder, form + str(workers))).files)

            tell("bare COPY, no compression", *timed(lambda: bare_copy(small.box, folder)))
            for form in ("copy", "parquet", "jsonl"):
                for workers in (1, 2):
                    tell("%s, %d worker%s" % (form, workers, "s" * (workers > 1)), *timed(lambda: export(form, workers)))
                tell("%s, 2 workers, nothing new" % form, *timed(lambda: export(form, 2, "--resume")))
            tell("bare COPY again", *timed(lambda: bare_copy(small.box, folder)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
