"""
What MariaDB's own tool says is in the binlog: the third witness beside the mirror and the topic.

mariadb-binlog decodes the rows; from them follows which page_change events a load of creates and edits must
give: one for each page whose latest revision a transaction changed, in commit order.
"""

import os
import re
import subprocess

GTID = re.compile(rb"^#\d{6} .*\tGTID (\d+-\d+-\d+)")
ROW = re.compile(rb"^### (INSERT INTO|UPDATE|DELETE FROM) `([^`]+)`\.`page`")
VALUE = re.compile(rb"^###   @(\d+)=(-?\d+)")


def dump(box, start):
    """The lines of mariadb-binlog after a GTID position."""
    folder = os.path.dirname(box.maria_value("SELECT @@log_bin_basename"))
    names = [name.decode() if isinstance(name, bytes) else name for name, *_ in box.maria_rows("SHOW BINARY LOGS")]
    # the files, not by --read-from-remote-server: 11.8's tool takes the second file for the first and misses what was before
    command = ["mariadb-binlog", "--no-defaults", "--base64-output=decode-rows", "--verbose", "--start-position=" + start] + [
        os.path.join(folder, name) for name in names]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in process.stdout:
        yield line
    error = process.stderr.read().decode(errors="replace")
    assert process.wait() == 0, error


class Rows:
    """Collects the row images of `page` of one transaction; columns by number, as in MediaWiki's table."""

    # position of page_id and page_latest in the table: 1 and 9 in 1.39 and 1.43
    ID, LATEST = 1, 9

    def __init__(self):
        self.net = {}
        self.images = []

    def begin_row(self, statement, wiki):
        self.close_row()
        self.statement, self.wiki, self.images = statement, wiki, []

    def close_row(self):
        if not self.images:
            return
        before = self.images[0] if self.statement != b"INSERT INTO" else None
        after = self.images[-1] if self.statement != b"DELETE FROM" else None
        key = (self.wiki, (after or before)[self.ID])
        known = self.net.get(key)
        self.net[key] = (known[0] if known else before, after)
        self.images = []


def expected_events(box, start, wikis):
    """[(gtid, wiki, kind, page id, revision id)] of creates and edits after a position, in commit order."""
    found = []
    rows = Rows()
    gtid = None
    in_page = False

    def close():
        rows.close_row()
        for (wiki, page), (before, after) in rows.net.items():
            if wiki not in wikis or after is None:
                continue
            if before is None:
                found.append((gtid, wiki, "create", page, after[rows.LATEST]))
            elif before[rows.LATEST] != after[rows.LATEST]:
                found.append((gtid, wiki, "edit", page, after[rows.LATEST]))
        rows.net = {}

    for line in dump(box, start):
        if line.startswith(b"###"):
            match = VALUE.match(line)
            if match:
                if in_page and rows.images:
                    rows.images[-1][int(match.group(1))] = int(match.group(2))
            elif line.startswith(b"### SET") or line.startswith(b"### WHERE"):
                if in_page:
                    rows.images.append({})
            elif line[4:5] in b"IUD":
                match = ROW.match(line)
                in_page = bool(match)
                if match:
                    rows.begin_row(match.group(1), match.group(2).decode())
            continue
        match = GTID.match(line)
        if match:
            close()
            gtid = match.group(1).decode()
            in_page = False
    close()
    return found
