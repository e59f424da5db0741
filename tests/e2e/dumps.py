"""Folders that mwmirror export writes: what their files say, whatever the format."""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys

import sandbox

REQUIREMENTS = os.path.join(sandbox.ROOT, "deploy", "parquet.txt")
CACHE = os.environ.get("MWMIRROR_CACHE", os.path.expanduser("~/.cache/mwmirror"))

READ_PARQUET = """
import json, sys
import pyarrow.parquet as parquet
for path in sys.argv[1:]:
    for batch in parquet.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            print(path, json.dumps({name: {"bytes": value.hex()} if isinstance(value, bytes) else value if value is None or isinstance(value, (bool, int, float, str))
                              else value.isoformat() for name, value in row.items()}))
"""


def parquet_python():
    """A Python that has pyarrow, as deploy/parquet.txt says; fetched once, into the cache."""
    with open(REQUIREMENTS, "rb") as file:
        folder = os.path.join(CACHE, "parquet-%s-%d.%d" % (hashlib.sha256(file.read()).hexdigest()[:12], *sys.version_info[:2]))
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "parquet.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(folder, "whole")):
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run(["/usr/bin/python3", "-m", "venv", folder], check=True)
            subprocess.run([os.path.join(folder, "bin", "pip"), "install", "--quiet", "-r", REQUIREMENTS], check=True)
            open(os.path.join(folder, "whole"), "w").close()
    return os.path.join(folder, "bin", "python")


def read_parquet(dump):
    """The rows of each file of a dump."""
    rows = {f["path"]: [] for f in dump.files}
    done = subprocess.run([parquet_python(), "-c", READ_PARQUET, *rows], stdout=subprocess.PIPE, check=True, text=True, cwd=dump.folder)
    for line in done.stdout.split("\n")[:-1]:
        path, _, row = line.partition(" ")
        rows[path].append(json.loads(row))
    return rows


def unpack(path):
    with open(path, "rb") as file:
        data = file.read()
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True).stdout
    return gzip.decompress(data) if path.endswith(".gz") else data


class Dump:
    """A folder, as its manifest says it is; each file is looked at."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "manifest.json")) as file:
            self.manifest = json.load(file)
        assert self.manifest["complete"] is True
        self.files = self.manifest["files"]
        there = {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}
        assert there == {f["path"] for f in self.files} | {"manifest.json"}
        for f in self.files:
            with open(os.path.join(folder, f["path"]), "rb") as file:
                data = file.read()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (f["bytes"], f["sha256"]), f

    def of(self, wiki, name):
        """Its files of a table, in order."""
        return sorted((f for f in self.files if (f["wiki_id"], f["name"]) == (wiki, name)), key=lambda f: f["number"])

    def path(self, file):
        return os.path.join(self.folder, file["path"])

    def text(self, wiki, name):
        return b"".join(unpack(self.path(f)) for f in self.of(wiki, name))

    def everything(self):
        """All bytes, unpacked."""
        return b"".join(unpack(self.path(f)) for f in self.files)
