"""
How fast a wiki is copied: mwmirror snapshot beside a bare COPY ... BINARY of the same rows, from memory, into the same empty tables. The bare COPY is measured
twice in each round: what those differ by is noise. And what a chunk costs beside its rows, of a table that has few chunks behind it and of one that has
many.
"""

import collections
import io
import statistics
import time

import workload

WIKI = "wikicopied"
TABLES = ("revision", "text", "page_props")     # numbers, long values, a key of which several rows are in a range
CHUNKS = (10, 5000, 100000)     # of 20,000 rows: the second is a table of 10^8 rows
Result = collections.namedtuple("Result", "name rates")


class FirstCopy:
    """bench: the Bench of `run`; the rows of its wikis are gone afterwards."""

    def __init__(self, bench, rows, rounds):
        self.bench, self.box, self.rows, self.rounds = bench, bench.box, rows, rounds
        self.results, self.costs = [], []

    def fill(self):
        connection = self.box.maria(fresh=True)
        workload.create_tables(connection, WIKI)
        connection.select_db(WIKI)
        for statement in (
                "INSERT INTO revision (rev_id, rev_page, rev_timestamp, rev_actor, rev_comment_id, rev_len, rev_sha1) SELECT seq, 1 + seq %% 9999, "
                "'20260102030405', 1 + seq %% 99, seq, 400, repeat('a', 31) FROM seq_1_to_%d",
                "INSERT INTO text (old_id, old_text, old_flags) SELECT seq, repeat(md5(seq), 12), 'utf-8' FROM seq_1_to_%d",
                "INSERT INTO page_props (pp_page, pp_propname, pp_value, pp_sortkey) SELECT seq DIV 4, concat('property', seq %% 4), md5(seq), NULL FROM seq_1_to_%d"):
            workload.execute(connection, statement % self.rows)
        connection.close()
        path = workload.write_siteinfo(self.bench.directory, WIKI)
        for args in (["init", "--no-slot"], ["add-wiki", WIKI, "--siteinfo", path]):
            self.bench.verb(*args)

    def empty(self):
        """Nothing of earlier rounds is in the way of the next."""
        self.box.pg_rows("TRUNCATE " + ", ".join("mediawiki.%s" % t for t in TABLES))
        self.box.pg_rows("DELETE FROM mwmirror.copy_table")
        self.box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL WHERE wiki_id = %s", (WIKI,))
        self.box.pg_rows("CHECKPOINT")

    def copied(self, workers):
        self.empty()
        began = time.monotonic()
        self.bench.verb("snapshot", "--workers", str(workers), WIKI)
        return len(TABLES) * self.rows / (time.monotonic() - began)

    def take(self):
        """What COPY gives of the tables, in memory."""
        self.images = {}
        with self.box.pg(fresh=True).cursor() as cursor:
            for table in TABLES:
                out = io.BytesIO()
                cursor.copy_expert("COPY mediawiki.%s TO STDOUT (FORMAT binary)" % table, out)
                self.images[table] = out.getvalue()

    def bare(self):
        self.empty()
        with self.box.pg(fresh=True).cursor() as cursor:
            cursor.execute("SET synchronous_commit = off; SET statement_timeout = 0")
            began = time.monotonic()
            for table in TABLES:
                cursor.copy_expert("COPY mediawiki.%s FROM STDIN (FORMAT binary)" % table, io.BytesIO(self.images[table]), 1 << 20)
            return len(TABLES) * self.rows / (time.monotonic() - began)

    def chunk_cost(self, behind, settled):
        """Milliseconds to take, announce and end a chunk of a table with so many chunks behind it, that follow is behind (settled) or is not."""
        self.empty()
        self.box.pg_rows("INSERT INTO mwmirror.copy_table (wiki_id, source_table, source_name, mode, begin_gtid_pos, key_column, key_kind, state, next_lower, next_ordinal)"
                         " VALUES (%s, 'text', 'main', 'first', '0-1-1', 'old_id', 'integer', 'copying', '1', 2)", (WIKI,))
        self.box.pg_rows("INSERT INTO mwmirror.copy_chunk (wiki_id, source_table, ordinal, lower, upper, state, gtid_pos, version) SELECT %s, 'text', n, "
                         "(n * 20000)::text::bytea, ((n + 1) * 20000)::text::bytea, 'copied', %s, n FROM generate_series(1, %s) AS n",
                         (WIKI, "0-1-1" if settled else "0-1-99999999999", behind))
        self.box.pg_rows("UPDATE mwmirror.copy_table SET next_ordinal = %s, next_lower = (%s * 20000)::text::bytea", (behind + 1, behind + 1))
        self.box.pg_rows("ANALYZE mwmirror.copy_chunk")
        with self.box.pg(fresh=True) as connection, connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            took = []
            for n in range(behind + 1, behind + 301):
                began = time.monotonic()
                cursor.execute("BEGIN")
                cursor.execute("SELECT what, ordinal FROM mwmirror.copy_dispense(%s, 'text')", (WIKI,))
                what, ordinal = cursor.fetchone()
                assert (what, ordinal) == ("new", n), (what, ordinal, n)
                cursor.execute("SELECT mwmirror.copy_announce(%s, 'text', %s, %s, %s)",
                               (WIKI, str(n * 20000).encode(), str((n + 1) * 20000).encode(), n))
                assert cursor.fetchone()[0] is not None
                cursor.execute("COMMIT")
                cursor.execute("SELECT mwmirror.copy_copied(%s, 'text', %s, '0-1-1', 20000), pg_advisory_unlock_all()", (WIKI, n))
                took.append((time.monotonic() - began) * 1000)
        return statistics.median(took)

    def run(self):
        self.fill()
        names = ["mwmirror snapshot, 1 worker", "mwmirror snapshot, 2 workers", "bare COPY ... BINARY", "bare COPY ... BINARY again"]
        rates = {name: [] for name in names}
        self.copied(2)
        self.take()
        for _ in range(self.rounds):
            for name, measure in zip(names, (lambda: self.copied(1), lambda: self.copied(2), self.bare, self.bare)):
                rates[name].append(measure())
        self.results = [Result(name, rates[name]) for name in names]
        self.costs = [("%d chunks behind, follow is %s them" % (behind, "behind" if settled else "before"), self.chunk_cost(behind, settled))
                      for behind in CHUNKS for settled in (True, False)]
        self.empty()

    def table(self):
        bare = statistics.median(self.results[2].rates)
        print("\n%-40s %14s %10s   each" % ("first copy", "rows/s", "of COPY"))
        for name, rates in self.results:
            print("%-40s %14s %9.2f    %s" % (name, "{:,.0f}".format(statistics.median(rates)), statistics.median(rates) / bare,
                                             " ".join("{:,.0f}".format(r) for r in rates)))
        print("\n%-60s %8s" % ("a chunk beside its rows", "ms"))
        for name, ms in self.costs:
            print("%-60s %8.2f" % (name, ms))
