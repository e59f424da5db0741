"""
Views in MariaDB as Wikimedia's public replicas have them, of the tables of one wiki: columns masked, rows left out, as ../data/wmf-sanitization says.

	replica_views.create(connection, "wikilarge")       schema wikilarge_p, and the indexes that Wikimedia adds to its replicas

Views by other names are among them that MariaDB needs where a mask keeps it from an index (revision_userindex), or where fewer tables need to be asked whether
they show a row (actor_revision).
"""

import csv
import os
import re

import workload

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "wmf-sanitization")
# of views that are made of more than their table: what follows FROM, and what is true if a bit of a row is set
SOURCES = {
    "ip_changes": ("ip_changes, revision", None),
    "slots": ("slots LEFT JOIN revision ON rev_id = slot_revision_id LEFT JOIN archive ON ar_rev_id = slot_revision_id", "rev_deleted & {0} OR ar_deleted & {0}"),
}
BITS = {"revision": "rev_deleted", "archive": "ar_deleted", "logging": "log_deleted", "recentchanges": "rc_deleted", "oldimage": "oi_deleted", "filearchive": "fa_deleted"}
KEYS = {"actor": "actor_id", "comment": "comment_id", "linktarget": "lt_id"}    # by which others refer to a row
# index-conf.yaml of operations-puppet
INDEXES = {
    "page_props": ["pp_value(767)"], "logging": ["log_comment_id, log_type, log_deleted", "log_actor, log_deleted"], "protected_titles": ["pt_reason_id"],
    "oldimage": ["oi_description_id, oi_deleted", "oi_actor, oi_deleted"], "block": ["bl_reason_id, bl_deleted", "bl_by_actor, bl_deleted"],
    "recentchanges": ["rc_comment_id, rc_deleted", "rc_actor, rc_deleted"], "filearchive": ["fa_description_id, fa_deleted", "fa_deleted_reason_id", "fa_actor, fa_deleted"],
    "revision": ["rev_comment_id"], "image": ["img_description_id"], "slots": ["slot_content_id"], "archive": ["ar_actor, ar_deleted"],
}


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def facts():
    """{table: [(column, how it is shown)]}, and the log types that are shown, as SQL."""
    tables = {}
    for fact in read("views.tsv"):
        tables.setdefault(fact["table"], []).append((fact["column"], fact["shown"]))
    types = dict(tables["logging"])["log types"].split()
    return tables, "log_type IN (%s)" % ", ".join("'%s'" % name for name in types)


def masked(table, column, shown, unmasked=None):
    """A column as its view has it; unmasked: the bit that the view's rows have not."""
    found = re.fullmatch(r"(null|0) if (\w+)", shown)
    if shown == "null" or shown == "blanked":
        return "NULL AS %s" % column
    if not found or found.group(2) == unmasked:
        return "%s.%s" % (table, column)
    value, bits = found.groups()
    hidden = "%s <> 0" % bits if bits.startswith("bt_") else (SOURCES.get(table, (None, None))[1] or "%s & {0}" % BITS[table]).format(bits)
    return "IF(%s, %s, %s.%s) AS %s" % (hidden, value, table, column, column)


def shown_by(table, reference, allowed):
    """What is true of a row that a row of another table shows: TABLE.COLUMN, or TABLE.COLUMN unless BIT."""
    other, column, _, bit = re.fullmatch(r"(\w+)\.(\w+)( unless (\d+))?", reference).groups()
    conditions = ["%s = %s" % (column, KEYS[table])] + (["%s & %s = 0" % (BITS[other], bit)] if bit else [])
    conditions += {"block": ["bl_deleted = 0"], "logging": [allowed]}.get(other, [])
    return "EXISTS (SELECT 1 FROM %s WHERE %s)" % (other, " AND ".join(conditions))


def views(has):
    """{view: its query}. has: {table: its columns}."""
    tables, allowed = facts()
    made = {}
    for table, rules in tables.items():
        columns = [masked(table, column, shown) for column, shown in rules if column in has.get(table, ())]
        if not columns:
            continue
        rows = [shown.replace("$INSERTED_EXPR$", allowed) for column, shown in rules if column == "rows"]
        rows += [shown_by(table, shown, allowed) for column, shown in rules if column == "referred"]
        made[table] = select(columns, SOURCES.get(table, (table,))[0], " OR ".join(rows))
    for row in read("alternatives.tsv"):
        table, condition = row["source"], re.sub(r" and$", " AND " + allowed, row["rows"].replace("log_type is allowed", allowed))
        if not re.fullmatch(r"\w+_(userindex|logindex)|(actor|comment)_\w+", row["view"]) or table not in made:
            continue
        bit = re.search(r"&(\d)\)=0", condition)
        columns = [masked(table, column, shown, bit and bit.group(1)) for column, shown in tables[table] if column in has[table] and column in row["columns"].split()]
        made[row["view"]] = select(columns, table, condition)
    return made


def select(columns, source, rows):
    return "SELECT %s FROM %s%s" % (", ".join(columns), source, " WHERE " + rows if rows else "")


def create(connection, wiki):
    """Schema WIKI_p with the views, of all tables that they show."""
    connection.select_db(wiki)      # what views name are tables of it
    has = {}
    for table, column in workload.execute(connection, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s", (wiki,)):
        has.setdefault(text(table), set()).add(text(column))
    for table, indexes in INDEXES.items():
        for number, columns in enumerate(indexes):
            workload.execute(connection, "ALTER TABLE `%s` ADD INDEX replica_%d (%s)" % (table, number, columns))
    workload.execute(connection, "CREATE DATABASE %s_p" % wiki)
    for view, query in views(has).items():
        workload.execute(connection, "CREATE VIEW %s_p.`%s` AS %s" % (wiki, view, query))


def text(value):
    return value.decode() if isinstance(value, bytes) else value
