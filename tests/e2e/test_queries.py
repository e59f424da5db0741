"""Analysts' queries (../bench/queries) on a small wiki: the public views answer as MariaDB's tables, and as its views on a replica."""

import contextlib
import os
import shutil
import tempfile

import pytest

import query_pairs
import sandbox
import workload

WIKI = "wikilarge"


@pytest.fixture(scope="module")
def small():
    directory = tempfile.mkdtemp(prefix="mwmirror-queries-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    with contextlib.ExitStack() as ends:
        ends.callback(shutil.rmtree, directory, True)
        ends.callback(sandbox.run_sandbox, "down", directory)
        sandbox.run_sandbox("up", "--without", "kafka", "--without", "mediawiki", "--without", "daemons", directory)
        box = sandbox.Sandbox(directory)
        workload.write_config(box)
        names = query_pairs.fill(box, WIKI, 8000)
        yield box, names


def test_views_answer_as_the_tables(small, record_property):
    """Each query gives what MariaDB gives, of which what is hidden is left out by hand."""
    box, names = small
    both, rows = query_pairs.Both(box, WIKI), 0
    for pair in query_pairs.pairs(names):
        tables, replica, ours = both.answers(pair)
        for what, theirs in ("tables", tables), ("a replica", replica):
            assert ours == theirs, "%s, %s: only here %r, only there %r" % (pair.name, what, [r for r in ours if r not in theirs][:3], [r for r in theirs if r not in ours][:3])
        assert ours, "%s asks for nothing" % pair.name
        rows += len(ours)
    record_property("queries of analysts on views, tables and a replica: rows that are the same", rows)
