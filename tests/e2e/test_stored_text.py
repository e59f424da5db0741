"""Every text of a wiki that stores its texts in every way is read as MediaWiki reads it, from MariaDB's rows."""

import os
import subprocess

import pytest

import sandbox
import stored_text

WAYS = {"", "gzip", "utf-8", "gzip,utf-8", "external,utf-8 an item", "DiffHistoryBlob", "ConcatenatedGzipHistoryBlob",
        "object,utf-8 ConcatenatedGzipHistoryBlob", "object,utf-8 HistoryBlobStub"}
# moveToExternal of 1.43 compresses; and it writes revisions without rows of text
WAYS_OF = {"39": {"external", "external,utf-8", "external,gzip,utf-8"},
           "43": {"external,gzip", "es:?flags=utf-8", "es:?flags=utf-8,gzip"}}


@pytest.fixture(scope="module")
def reader():
    done = subprocess.run(["make", "-C", sandbox.ROOT, "build/unit/test_text"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode()
    return os.path.join(sandbox.ROOT, "build", "unit", "test_text")


@pytest.mark.parametrize("name", ["39", "43"])
def test_as_mediawiki_reads(box, name, tmp_path, reader, record_property):
    stored = stored_text.StoredTexts(box, name, tmp_path)
    try:
        stored.make()
        assert stored.ways() == WAYS | WAYS_OF[name]
        stored.make_odd()
        revisions, addresses = stored.ask()
        assert len(revisions) == stored.revisions == stored.rows("SELECT count(*) FROM slots")[0][0]
        stored.write(tmp_path / "store", revisions, addresses)
    finally:
        stored.drop_databases()
    done = subprocess.run([reader, str(tmp_path / "store")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    count = len(revisions) + len(addresses)
    assert (done.returncode, done.stdout.decode()) == (0, "%d of %d texts are the same\n" % (count, count))
    record_property("texts read as MediaWiki 1.%s reads them" % name,
                    "%d of its API, %d odd ones of its blob store" % (len(revisions), len(addresses)))
