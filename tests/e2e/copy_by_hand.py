"""
What a worker of the copy does (sql/functions/copy.sql), step by step, so that a test can do something between any two of them.

Only for tables whose columns are mirrored as they are.
"""

import contextlib

import psycopg2

import workload
from bare import WIKI


class Worker:
    """One session; copies chunks of tables of a wiki."""

    def __init__(self, box, wiki=WIKI):
        self.box, self.wiki = box, wiki
        self.pg = box.pg(fresh=True)
        self.pg.autocommit = True
        self.maria = box.maria(fresh=True)
        self.maria.select_db(wiki)
        self.rows = None

    def ask(self, sql, *params):
        with self.pg.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else None

    def lock(self, table, ordinal):
        self.ask("SELECT pg_advisory_lock(mwmirror.copy_chunk_lock(%s, %s, %s))", self.wiki, table, ordinal)

    def unlock(self, table, ordinal):
        self.ask("SELECT pg_advisory_unlock(mwmirror.copy_chunk_lock(%s, %s, %s))", self.wiki, table, ordinal)

    def announce(self, table, lower, upper, ordinal):
        """Bounds as numbers, bytes or None."""
        self.lock(table, ordinal)
        bounds = [None if b is None else psycopg2.Binary(b if isinstance(b, bytes) else str(b).encode()) for b in (lower, upper)]
        self.ask("SELECT mwmirror.copy_announce(%s, %s, %s, %s, %s)", self.wiki, table, *bounds, ordinal)

    def read(self, table, column=None, lower=None, upper=None):
        """The rows of a consistent snapshot, and its GTID."""
        where = [] if column is None else ["%s %s %%s" % (column, sign) for sign, bound in ((">=", lower), ("<", upper)) if bound is not None]
        params = [bound for bound in (lower, upper) if bound is not None]
        workload.execute(self.maria, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
        status = dict(workload.execute(self.maria, "SHOW STATUS LIKE 'binlog_snapshot_%%'"))
        status = {as_text(k).lower(): as_text(v) for k, v in status.items()}
        gtid = workload.execute(self.maria, "SELECT binlog_gtid_pos(%s, %s)",
                                (status["binlog_snapshot_file"], int(status["binlog_snapshot_position"])))[0][0]
        with self.maria.cursor() as cursor:
            cursor.execute("SELECT * FROM `%s`%s" % (table, " WHERE " + " AND ".join(where) if where else ""), params)
            names = [column[0] for column in cursor.description]
            self.rows = names, cursor.fetchall()
        workload.execute(self.maria, "COMMIT")
        return as_text(gtid)

    def write(self, table, ordinal, gtid):
        """The chunk's rows, in an open transaction."""
        self.ask("BEGIN")
        names, rows = self.rows
        flags = {name for name, in self.ask("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'boolean'::regtype",
                                            "mediawiki." + table)}
        for row in rows:
            self.ask("INSERT INTO mediawiki.%s (wiki_id, %s) VALUES (%%s%s)" % (table, ", ".join(names), ", %s" * len(names)),
                     self.wiki, *[bool(value) if name in flags else as_text(value) for name, value in zip(names, row)])
        updated = self.ask("SELECT mwmirror.copy_copied(%s, %s, %s, %s, %s)",
                           self.wiki, table, ordinal, gtid, len(rows))
        assert updated == [(True,)]

    def commit(self, table, ordinal):
        self.ask("COMMIT")
        self.unlock(table, ordinal)

    def copy(self, table, column, lower, upper, ordinal):
        """A chunk, without a pause."""
        self.announce(table, lower, upper, ordinal)
        self.write(table, ordinal, self.read(table, column, lower, upper))
        self.commit(table, ordinal)

    def all_copied(self, table):
        self.ask("UPDATE mwmirror.copy_table SET state = 'copied' WHERE wiki_id = %s AND source_table = %s", self.wiki, table)

    def close(self):
        self.pg.close()
        if self.maria.open:
            self.maria.close()


@contextlib.contextmanager
def worker(box, wiki=WIKI):
    one = Worker(box, wiki)
    try:
        yield one
    finally:
        one.close()


def as_text(value):
    return value.decode() if isinstance(value, (bytes, bytearray)) else value


def uncopy(box, table, key_column=None, key_kind=None, wiki=WIKI, source="main"):
    """The mirror's rows of a table go, and it waits to be copied."""
    with box.pg(fresh=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT mwmirror.copy_change(%s)", (source,))
        cursor.execute("DELETE FROM mediawiki.%s WHERE wiki_id = %%s" % table, (wiki,))
        cursor.execute("DELETE FROM mwmirror.copy_chunk WHERE wiki_id = %s AND source_table = %s", (wiki, table))
        cursor.execute("DELETE FROM mwmirror.copy_table WHERE wiki_id = %s AND source_table = %s", (wiki, table))
        cursor.execute("INSERT INTO mwmirror.copy_table (wiki_id, source_table, source_name, mode, key_column, key_kind)"
                       " VALUES (%s, %s, %s, 'first', %s, %s)", (wiki, table, source, key_column, key_kind))
    connection.close()


@contextlib.contextmanager
def wiki_that_is_being_copied(box):
    """All tables are copied, and those that a test has anew; the wiki as such is not."""
    box.pg_rows("INSERT INTO mwmirror.copy_table (wiki_id, source_table, source_name, mode, state) SELECT DISTINCT %s, source_table, 'main', 'first', 'copied'"
                " FROM mwmirror.table_map ON CONFLICT DO NOTHING", (WIKI,))
    gtid = box.pg_value("SELECT snapshot_gtid FROM mwmirror.wiki WHERE wiki_id = %s", (WIKI,))
    box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = NULL WHERE wiki_id = %s", (WIKI,))
    try:
        yield
    finally:
        box.pg_rows("UPDATE mwmirror.wiki SET snapshot_gtid = %s WHERE wiki_id = %s", (gtid, WIKI))
