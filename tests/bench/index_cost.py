"""
What each set of indexes costs the mirror: CPU of the sessions that apply the source's rows, their WAL, updates of page that write no index, and bytes on disk.

The sets take turns on one growing mirror, each with as many edits and new pages of its own; minimal is measured twice in each round: what those differ by is noise.
"""

import statistics
import time

import chain
import workload

WIKI = "wikibench"
ROWS = 7            # of an edit
PAGE_ROWS = 4       # of a new page: content, revision, slots, page
# Beside the two what was weighed: trigrams, and an index of a column that each edit changes, with which no update of page is HOT
SETS = (
    ("minimal", "minimal", None),
    ("minimal again", "minimal", None),
    ("minimal, and page_len", "minimal", "CREATE INDEX tried ON mediawiki.page (wiki_id, page_len)"),
    ("replica without trigrams", "replica", "DROP INDEX mediawiki.page_title_part, mediawiki.actor_name_part"),
    ("replica", "replica", None),
    ("replica, and page_len", "replica", "CREATE INDEX tried ON mediawiki.page (wiki_id, page_len)"),
)


def session_cpu(box):
    """ns of the sessions of mwmirror, by pid."""
    used = {}
    for (pid,) in box.pg_rows("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'mwmirror%%'", ()):
        try:
            with open("/proc/%d/schedstat" % pid) as file:
                used[pid] = int(file.read().split()[0])
        except OSError:
            pass
    return used


class IndexCost:
    """bench: the Bench of `run`, prepared."""

    def __init__(self, bench, edits, rounds):
        self.bench, self.box, self.edits, self.rounds = bench, bench.box, edits, rounds
        self.results = {name: [] for name, _, _ in SETS}
        self.sizes = {}
        self.length = 400

    def switch(self, of_set, extra):
        self.box.pg_rows("DROP INDEX IF EXISTS mediawiki.tried")
        self.bench.verb("indexes", of_set)
        if extra:
            self.box.pg_rows(extra)

    def drain(self):
        """What the mirror writes of what waits in the binlog: us of CPU, bytes of WAL, and of the updates of page how many there were and how many wrote no index."""
        def updates():
            return self.box.pg_rows("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = 'mediawiki.page'::regclass")[0]

        goal = chain.source_position(self.box)
        before, lsn = updates(), self.box.pg_value("SELECT pg_current_wal_insert_lsn()::text")
        follow = self.bench.daemon("follow")
        used = {}

        def there():
            used.update(session_cpu(self.box))
            return chain.reached(chain.mirror_position(self.box), goal)
        chain.wait_for(there, follow.log, 300, 0.01)
        used.update(session_cpu(self.box))
        wal = self.box.pg_value("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)::bigint", (lsn,))
        if follow.stop() != 0:
            raise SystemExit("follow did not end cleanly:\n" + follow.log()[-2000:])
        # a session tells its counts before it ends
        chain.wait_for(lambda: not session_cpu(self.box), "the end of follow's sessions", 20)
        after = updates()
        return sum(used.values()) / 1000, wal, after[0] - before[0], after[1] - before[1]

    def measure(self, name, of_set, extra):
        self.switch(of_set, extra)
        self.length += 1
        self.bench.generate(self.edits, self.length)    # page_len changes
        edits = self.drain()
        connection = self.box.maria(fresh=True)
        workload.prepare(connection, WIKI, self.edits, 1)
        connection.close()
        pages = self.drain()
        self.results[name].append((edits[0] / self.edits / ROWS, edits[1] / self.edits / ROWS, edits[3] / max(edits[2], 1),
                                   pages[0] / self.edits / PAGE_ROWS, pages[1] / self.edits / PAGE_ROWS))
        self.sizes[name] = self.box.pg_rows("SELECT sum(pg_table_size(oid))::bigint, sum(pg_indexes_size(oid))::bigint FROM pg_class "
                                            "WHERE relnamespace = 'mediawiki'::regnamespace AND relkind = 'r'")[0]

    def run(self):
        began = time.monotonic()
        self.box.pg_rows("CREATE EXTENSION IF NOT EXISTS mwmirror_mysql_compat CASCADE")
        # how many images of pages are in the WAL is a matter of how often there is a checkpoint
        self.box.pg_rows("ALTER SYSTEM SET full_page_writes = off")
        self.box.pg_rows("SELECT pg_reload_conf()")
        self.bench.generate(self.bench.options.edits)
        self.drain()
        for number in range(self.rounds):
            for at in range(len(SETS)):
                self.measure(*SETS[(at + number) % len(SETS)])
        self.box.pg_rows("ALTER SYSTEM RESET full_page_writes")
        self.box.pg_rows("SELECT pg_reload_conf()")
        return time.monotonic() - began

    def table(self):
        def least(name, column):
            return (max if column == 2 else min)(row[column] for row in self.results[name])

        print("\n| indexes | us a row of an edit | WAL | beside minimal: CPU; WAL | HOT updates of page | us a row of a new page | WAL | beside minimal: CPU; WAL | indexes beside tables on disk |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for name, _, _ in SETS:
            cpu, wal, hot, page_cpu, page_wal = (least(name, column) for column in range(5))
            print("| %s | %.1f | %.0f B | %.2f; %.2f | %.0f %% | %.1f | %.0f B | %.2f; %.2f | %.2f |" % (
                name, cpu, wal, cpu / least("minimal", 0), wal / least("minimal", 1), 100 * hot, page_cpu, page_wal,
                page_cpu / least("minimal", 3), page_wal / least("minimal", 4), self.sizes[name][1] / self.sizes[name][0]))
        print("\n%d edits and as many new pages in each of %d rounds, the least; at the end %.0f MB of tables." % (
            self.edits, self.rounds, statistics.mean(size[0] for size in self.sizes.values()) / 1e6))
