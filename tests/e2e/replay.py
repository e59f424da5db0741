"""
Statements that have changed rows of a database, out of MariaDB's binlog, done again on copies of it: what MediaWiki did, under other settings.

Each is done at the time and with the AUTO_INCREMENT value of the first time.
"""

import calendar
import re
import time

import binlog
import workload

GTID = re.compile(rb"^#\d{6} .*\tGTID ")
TIME = re.compile(rb"^#(\d{6} +\d+:\d\d:\d\d) server id")
ROW = re.compile(rb"^### (INSERT INTO|UPDATE|DELETE FROM) `([^`]+)`\.`([^`]+)`")
VALUE = re.compile(rb"^###   @1=(\d+)")
TEXT = b"#Q> "


class Statement:
    """insert_id: the first value of an AUTO_INCREMENT column that it has made; None: it has none, or it is not known yet."""

    def __init__(self, at):
        self.at, self.lines, self.insert_id = at, [], None

    @property
    def sql(self):
        return b"\n".join(self.lines)


def transactions(box, start, database):
    """The statements of each transaction behind a GTID position that has changed rows of a database."""
    counted = {as_text(table) for table, in box.maria_rows("SELECT table_name FROM information_schema.columns WHERE table_schema = %s"
                                                           " AND ordinal_position = 1 AND extra LIKE '%%auto_increment%%'", (database,))}
    found, now, at, concerns, in_text, counts = [], [], 0, False, False, False
    for line in binlog.dump(box, start):
        moment, row = TIME.match(line), ROW.match(line)
        if line.startswith(TEXT):
            if not in_text:
                now.append(Statement(at))
            now[-1].lines.append(line[len(TEXT):].rstrip(b"\n"))
        elif GTID.match(line):
            now, concerns = [], False
        elif row:
            concerns = concerns or row.group(2).decode() == database
            counts = row.group(1) == b"INSERT INTO" and row.group(3).decode() in counted
        elif counts and now and now[-1].insert_id is None and VALUE.match(line):
            now[-1].insert_id = int(VALUE.match(line).group(1))
        elif line.startswith(b"COMMIT") and concerns:
            found.append(now)
        if moment:
            at = calendar.timegm(time.strptime(moment.group(1).decode(), "%y%m%d %H:%M:%S"))
        in_text = line.startswith(TEXT)
    return found


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


def copy_database(box, connection, old, new):
    """With all rows."""
    workload.execute(connection, "DROP DATABASE IF EXISTS %s" % new)
    workload.execute(connection, "CREATE DATABASE %s CHARACTER SET binary" % new)
    workload.execute(connection, "SET SESSION sql_mode = ''")
    for table, in box.maria_rows("SHOW TABLES FROM %s" % old):
        table = as_text(table)
        workload.execute(connection, "CREATE TABLE %s.`%s` LIKE %s.`%s`" % (new, table, old, table))
        workload.execute(connection, "INSERT INTO %s.`%s` SELECT * FROM %s.`%s`" % (new, table, old, table))


def replay(box, statements, database, *settings):
    """Does the transactions again in a session with these settings."""
    connection = box.maria(fresh=True)
    connection.select_db(database)
    for setting in ("NAMES binary", "SESSION sql_mode = ''", *settings):
        workload.execute(connection, "SET " + setting)
    with connection.cursor() as cursor:
        for transaction in statements:
            cursor.execute("SET TIMESTAMP = %d" % transaction[0].at)
            cursor.execute("BEGIN")
            for statement in transaction:
                if statement.insert_id:
                    cursor.execute("SET INSERT_ID = %d" % statement.insert_id)
                cursor.execute(statement.sql)
            cursor.execute("COMMIT")
    connection.close()
