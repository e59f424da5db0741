"""
The mirror must equal MariaDB, row for row.

An oracle of its own: the rules below are written from the facts about MediaWiki's tables (MediaWiki's own
tables.json and its update scripts), not read from the mirror's mapping. Every table of the wiki is read from
MariaDB, converted to what the mirror must show, and compared with what PostgreSQL has, as multisets of rows in
one canonical text form. A column or table that neither side expects is an error as well.
"""

import collections
import datetime
import re
import struct
import zlib

# Never mirrored: caches, queues and rendered text.
NOT_MIRRORED = {"job", "objectcache", "l10n_cache", "module_deps", "searchindex", "uploadstash",
                "querycache", "querycache_info", "querycachetwo", "watchlist_label", "watchlist_label_member"}

# The mirror's own: whose row it is, and the expiry that was told.
OWN = {"wiki_id", "ended_at"}

# Never leave MariaDB.
PRIVATE = {
    "user": {"user_password", "user_newpassword", "user_newpass_time", "user_email", "user_token",
             "user_email_authenticated", "user_email_token", "user_email_token_expires",
             "user_password_expires", "user_touched"},
    "filearchive": {"fa_storage_key"},
    "bot_passwords": {"bp_password", "bp_token", "bp_restrictions"},
    "recentchanges": {"rc_ip"},
}

# Preferences that are secrets, or may be.
SECRET_PROPERTY = re.compile(rb"token|secret|passw|api.*key|^userjs-", re.IGNORECASE | re.DOTALL)

# The address of an autoblock is that of a registered user.
PRIVATE_IF_AUTOBLOCK = {"bt_address", "bt_range_start", "bt_range_end", "bt_ip_hex"}

# Columns by which rows of tables without a key are told apart.
MATCHED = {"oldimage": {"oi_name", "oi_archive_name"}, "user_newtalk": {"user_ip"}}

# TINYINT that means yes or no; every other integer stays a number (bit masks, three-valued patrol marks...).
FLAGS = {"page_is_redirect", "page_is_new", "rev_minor_edit", "ar_minor_edit", "rc_minor", "rc_bot", "rc_new",
         "pr_cascade", "ctd_user_defined", "iw_local", "iw_trans", "site_forward", "bl_anon_only",
         "bl_create_account", "bl_enable_autoblock", "bl_deleted", "bl_block_email", "bl_allow_usertalk",
         "bl_sitewide", "bt_auto", "user_is_temp", "user_is_system"}

# Newer MediaWiki, or older, has no such columns: new rows have NULL, and those of before keep what they had.
MAY_LACK = {"recentchanges": ("rc_new", "rc_type"), "revision": ("rev_sha1",), "archive": ("ar_sha1",),
            "site_stats": ("ss_temp_users", "ss_active_temp_users")}

# Links: the id of what is linked to, and the titles that were there before, one way or both.
LINKS = {"pagelinks": ("pl_target_id", "pl_namespace", "pl_title"), "templatelinks": ("tl_target_id", "tl_namespace", "tl_title"),
         "imagelinks": ("il_target_id", 6, "il_to"), "categorylinks": ("cl_target_id", 14, "cl_to")}

# 1.39's ipblocks as 1.43's block.
BLOCK_COLUMNS = {
    "bl_id": "ipb_id", "bl_by_actor": "ipb_by_actor", "bl_reason_id": "ipb_reason_id",
    "bl_timestamp": "ipb_timestamp", "bl_anon_only": "ipb_anon_only", "bl_create_account": "ipb_create_account",
    "bl_enable_autoblock": "ipb_enable_autoblock", "bl_expiry": "ipb_expiry", "bl_deleted": "ipb_deleted",
    "bl_block_email": "ipb_block_email", "bl_allow_usertalk": "ipb_allow_usertalk",
    "bl_parent_block_id": "ipb_parent_block_id", "bl_sitewide": "ipb_sitewide",
}

TIMESTAMP = re.compile(rb"^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$")


def lenient(raw):
    """Bytes as the mirror shows them: U+FFFD for every byte that is not UTF-8 and for NUL. (text, was it good)"""
    text = raw.decode("utf-8", "surrogateescape")
    shown = "".join("\ufffd" if "\udc80" <= c <= "\udcff" or c == "\0" else c for c in text)
    return shown, shown == text


def fnv1a(raw):
    value = 0xcbf29ce484222325
    for byte in raw:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def as_bytes(value):
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


def timestamp(raw):
    """MediaWiki's 14 digits as PostgreSQL prints them. (text or None, was it good)"""
    raw = raw.rstrip(b"\0")
    if raw in (b"", b"00000000000000"):
        return None, True
    if raw == b"infinity":
        return "infinity", True
    match = TIMESTAMP.match(raw)
    if match:
        try:
            moment = datetime.datetime(*map(int, match.groups()))
            return moment.strftime("%Y-%m-%d %H:%M:%S+00").rjust(22, "0"), True
        except ValueError:
            pass
    return None, False


class Source:
    """The tables of one wiki in MariaDB."""

    def __init__(self, connection, dbname):
        self.connection = connection
        self.dbname = dbname
        self.columns = collections.OrderedDict()
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name, column_name, data_type, character_maximum_length"
                           " FROM information_schema.columns WHERE table_schema = %s"
                           " ORDER BY table_name, ordinal_position", (dbname,))
            for table, column, data_type, length in cursor.fetchall():
                table, column, data_type = (as_bytes(v).decode() for v in (table, column, data_type))
                # MariaDB compares names of columns without case
                self.columns.setdefault(table, collections.OrderedDict())[column.lower()] = (data_type, length)

    def rows(self, table, columns=None):
        """Every row as a dict of raw values; FLOAT in full precision."""
        columns = columns or list(self.columns[table])
        selected = ["`%s`%s" % (c, " + 0e0" if self.columns[table][c][0] == "float" else "") for c in columns]
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT %s FROM `%s`.`%s`" % (", ".join(selected), self.dbname, table))
            return [dict(zip(columns, row)) for row in cursor.fetchall()]

    def kind(self, table, column):
        data_type, length = self.columns[table][column]
        if data_type in ("binary", "varbinary") and length == 14:
            return "timestamp"
        if data_type == "timestamp":
            return "datetime"
        if data_type == "enum":
            return "text"
        if data_type.endswith("int"):
            return "int"
        if data_type in ("float", "double"):
            return data_type
        if data_type.endswith(("binary", "blob", "char", "text")):
            return "text"
        raise AssertionError("no rule for type %s of %s.%s" % (data_type, table, column))


class Target:
    """The mirror's tables in PostgreSQL."""

    def __init__(self, connection):
        self.connection = connection
        self.types = collections.OrderedDict()
        self.keys = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT c.relname, a.attname, format_type(a.atttypid, -1) FROM pg_class c"
                           " JOIN pg_attribute a ON a.attrelid = c.oid"
                           " WHERE c.relnamespace = 'mediawiki'::regnamespace AND c.relkind IN ('r', 'p')"
                           " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum")
            for table, column, type_name in cursor.fetchall():
                self.types.setdefault(table, collections.OrderedDict())[column] = type_name
            cursor.execute("SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                           " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, position)"
                           " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
                           " WHERE i.indisprimary AND c.relnamespace = 'mediawiki'::regnamespace"
                           " ORDER BY c.relname, k.position")
            for table, column in cursor.fetchall():
                if column != "wiki_id":
                    self.keys.setdefault(table, []).append(column)

    def rows(self, table, wiki):
        columns = [c for c in self.types[table] if c not in OWN]
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT %s FROM mediawiki.\"%s\" WHERE wiki_id = %%s"
                           % (", ".join('"%s"' % c if self.types[table][c] == "bytea" else '"%s"::text' % c
                                        for c in columns), table), (wiki,))
            return [dict(zip(columns, (v.tobytes() if isinstance(v, memoryview) else v for v in row)))
                    for row in cursor.fetchall()]

    def raw_values(self, wiki):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT table_name, row_key, column_name, raw FROM mwmirror.raw_value"
                           " WHERE wiki_id = %s", (wiki,))
            return [(t, k, c, r.tobytes()) for t, k, c, r in cursor.fetchall()]


class Expected:
    """What the mirror must hold for one wiki."""

    def __init__(self, source, target):
        self.source = source
        self.target = target
        self.tables = {}
        self.raw = []
        self.folded_raw = set()
        self.titled = {t for t, names in LINKS.items() if names[2] in source.columns.get(t, ())}
        folded = self.titled | {"revision_comment_temp", "ipblocks"}
        if "el_index" in source.columns.get("externallinks", ()):
            folded.add("externallinks")
        for table in source.columns:
            if table in NOT_MIRRORED or table in folded or table == "revision":
                continue
            rows = source.rows(table)
            if table == "user_properties":
                rows = [r for r in rows if not SECRET_PROPERTY.search(as_bytes(r["up_property"]))]
            self.add(table, table, rows)
        self.revisions()
        for table in sorted(self.titled):
            self.old_links(table)
        if "externallinks" in folded:
            self.old_externallinks()
        if "ipblocks" in source.columns:
            self.old_blocks()

    # one value

    def convert(self, table, column, kind, value, bad):
        """A MariaDB value as the mirror's canonical text; bad collects (column, bytes) of what cannot be shown."""
        if value is None:
            return None
        type_name = self.target.types[table].get(column)
        if kind == "int":
            if type_name == "boolean":
                assert column in FLAGS, "%s.%s is a boolean in the mirror, and a number in MediaWiki" % (table, column)
                return "true" if int(value) else "false"
            return str(int(value))
        if kind == "float":
            return struct.pack(">f", float(value)).hex()
        if kind == "double":
            return struct.pack(">d", float(value)).hex()
        if kind == "datetime":
            if isinstance(value, (str, bytes)):
                assert as_bytes(value).startswith(b"0000-00-00"), value
                return None
            return value.strftime("%Y-%m-%d %H:%M:%S+00")
        raw = as_bytes(value)
        if kind == "timestamp":
            shown, good = timestamp(raw)
        elif type_name == "bytea":
            return raw
        else:
            shown, good = lenient(raw)
            if not good and (column in self.target.keys.get(table, ()) or column in MATCHED.get(table, ())):
                shown += "\ufffd%016x" % fnv1a(raw)
        if not good:
            bad.append((column, raw))
        return shown

    # rows

    def add(self, name, source_name, rows, extra=None):
        """Rows of a source table, as rows of a mirror table; extra gives {column: (kind, value)} for a raw row."""
        if not self.target.types.get(name):
            raise AssertionError("table %s is not in the mirror" % name)
        private = PRIVATE.get(name, set())
        converted = self.tables.setdefault(name, [])
        known = [c for c in self.source.columns.get(source_name, ())
                 if c not in private] if name == source_name else []
        for row in rows:
            bad = []
            out = {c: self.convert(name, c, self.source.kind(source_name, c), row[c], bad) for c in known}
            for column, (kind, value) in (extra(row) if extra else {}).items():
                out[column] = value if kind == "done" else self.convert(name, column, kind, value, bad)
            if name == "user":
                out.update(self.login(row))
                out.setdefault("user_is_temp", "false")
            if name == "user_autocreate_serial":
                out.setdefault("uas_year", "0")
            if name == "block_target" and int(row["bt_auto"]):
                out.update(dict.fromkeys(PRIVATE_IF_AUTOBLOCK))
                bad = [b for b in bad if b[0] not in PRIVATE_IF_AUTOBLOCK]
            if name == "text":
                self.text_content(row, out, bad)
            converted.append(out)
            key = self.target.keys.get(name)
            for column, raw in bad:
                self.raw.append((name, "\x1f".join(out[k] for k in key) if key else None, column, raw))

    @staticmethod
    def login(row):
        """User::isSystemUser(): no way to log in; and why."""
        flags = {"user_token_is_invalid": as_bytes(row["user_token"]).rstrip(b"\0") == b"*** INVALID ***",
                 "user_email_is_empty": not row["user_email"],
                 "user_password_is_unusable": as_bytes(row["user_password"]) in (b"", b":null:")}
        flags["user_is_system"] = all(flags.values())
        return {name: "true" if flag else "false" for name, flag in flags.items()}

    def text_content(self, row, out, bad):
        """gzip is raw deflate; what is resolved leaves the flags, what is not stays as it is."""
        flags = [f for f in as_bytes(row["old_flags"]).split(b",") if f]
        raw = as_bytes(row["old_text"])
        if b"gzip" in flags and not {b"object", b"external"} & set(flags):
            raw = zlib.decompress(raw, -15)
            flags = [f for f in flags if f != b"gzip"]
        bad[:] = [b for b in bad if b[0] != "old_text"]
        out["old_text"] = self.convert("text", "old_text", "text", raw, bad)
        out["old_flags"] = b",".join(flags).decode()

    # what differs by version

    def revisions(self):
        rows = self.source.rows("revision")
        if "revision_comment_temp" in self.source.columns:
            comments = {r["revcomment_rev"]: r["revcomment_comment_id"]
                        for r in self.source.rows("revision_comment_temp")}
            for row in rows:
                row["rev_comment_id"] = comments.get(row["rev_id"], row["rev_comment_id"])
        self.add("revision", "revision", rows)

    def old_links(self, table):
        """Links by title, all or those whose id is not yet there; the mirror has ids, some of them its own."""
        target, namespace, title = LINKS[table]
        gone = {target, namespace, title, "cl_collation", "cl_collation_id"}
        rows = self.source.rows(table)

        def link(row):
            out = {c: (self.source.kind(table, c), row[c]) for c in self.source.columns[table] if c not in gone}
            if row.get(target) is not None:
                out[target] = ("int", row[target])
            else:
                where = namespace if isinstance(namespace, int) else row[namespace]
                out[target] = ("done", "%d:%s" % (where, key_text(row[title])))
            if table == "categorylinks":
                out["cl_collation_id"] = (("int", row["cl_collation_id"]) if row.get("cl_collation_id")
                                          else ("done", key_text(row["cl_collation"])))
            return out
        self.add(table, table + " by title", rows, link)
        # what the mirror's own columns are made of: which column and key it is kept under is the mirror's choice
        texts = [as_bytes(r[c]) for r in rows for c in (title, "cl_collation") if c in r]
        self.folded_raw |= {(table, text) for text in texts if not lenient(text)[1]}

    def old_externallinks(self):
        """URLs, all or those that are not yet split."""
        rows = self.source.rows("externallinks")

        def link(row):
            split = row.get("el_to_domain_index")
            return {"el_id": ("int", row["el_id"]), "el_from": ("int", row["el_from"]),
                    "el_to_domain_index": ("text", split or split_index(row["el_index"])[0]),
                    "el_to_path": ("text", row["el_to_path"] if split else split_index(row["el_index"])[1])}
        self.add("externallinks", "externallinks by el_index", rows, link)
        self.folded_raw |= {("externallinks", as_bytes(r["el_index"])) for r in rows if not lenient(as_bytes(r["el_index"]))[1]}
        self.raw = [r for r in self.raw if r[0] != "externallinks"]

    def old_blocks(self):
        """1.39: ipblocks; the mirror has 1.43's block, and a block_target of its own for each."""
        rows = self.source.rows("ipblocks")
        moved = {row["bl_id"] for row in self.tables.get("block", ())}

        def block(row):
            out = {new: (self.source.kind("ipblocks", old), row[old]) for new, old in BLOCK_COLUMNS.items()}
            out["bl_parent_block_id"] = ("int", row["ipb_parent_block_id"] or None)
            out["bl_target"] = ("int", -row["ipb_id"])
            return out

        def target(row):
            address, start, end = row["ipb_address"], row["ipb_range_start"], row["ipb_range_end"]
            one = not (b"/" in as_bytes(address) or b"-" in as_bytes(address))
            user, auto = row["ipb_user"], row["ipb_auto"]
            anonymous = not user and not auto
            return {"bt_id": ("int", -row["ipb_id"]), "bt_auto": ("int", auto), "bt_count": ("int", 1),
                    "bt_user": ("int", user or None),
                    "bt_user_text": ("text", address if user and not auto else None),
                    "bt_address": ("text", address if anonymous else None),
                    "bt_range_start": ("text", start if anonymous and not one else None),
                    "bt_range_end": ("text", end if anonymous and not one else None),
                    "bt_ip_hex": ("text", start if anonymous else None)}
        self.add("block", "block_1.39", [r for r in rows if str(r["ipb_id"]) not in moved], block)
        self.add("block_target", "block_target_1.39", [dict(r, bt_auto=0) for r in rows], target)


def key_text(value):
    shown, good = lenient(as_bytes(value))
    return shown if good else shown + "\ufffd%016x" % fnv1a(as_bytes(value))


def split_index(index):
    """LinkFilter's reversed URL ('https://org.example./path') as domain index and path."""
    index = as_bytes(index)
    match = re.match(rb"^([a-z][a-z0-9+.-]*:(?://)?[^/?#]*)(.*)$", index, re.S | re.I)
    return (match.group(1), match.group(2)) if match else (index, b"")


def canonical(target, table, rows):
    """The mirror's rows with floats as bits."""
    for column, type_name in target.types[table].items():
        if type_name in ("real", "double precision"):
            form = ">f" if type_name == "real" else ">d"
            for row in rows:
                if row[column] is not None:
                    row[column] = struct.pack(form, float(row[column])).hex()
    return rows


def replace_own_ids(tables):
    """
    Ids that the mirror allocated (negative) become what they stand for. Such rows may be left when no link has the title any more, as
    MediaWiki's own are.
    """
    links = {r["lt_id"]: r for r in tables["linktarget"] if r["lt_id"].startswith("-")}
    names = collections.Counter((r["lt_namespace"], r["lt_title"]) for r in links.values())
    assert all(n == 1 for n in names.values()), "linktarget: two ids of the mirror for one title: %r" % names
    tables["linktarget"] = [r for r in tables["linktarget"] if not r["lt_id"].startswith("-")]
    for table, (column, *_) in LINKS.items():
        for row in tables[table]:
            if row[column].startswith("-"):
                target = links[row[column]]
                row[column] = "%s:%s" % (target["lt_namespace"], target["lt_title"])
    collations = {r["collation_id"]: r["collation_name"] for r in tables["collation"] if r["collation_id"].startswith("-")}
    tables["collation"] = [r for r in tables["collation"] if not r["collation_id"].startswith("-")]
    for row in tables["categorylinks"]:
        row["cl_collation_id"] = collations.get(row["cl_collation_id"], row["cl_collation_id"])


def differences(maria, pg, dbname, wiki=None, most=5):
    """A list of texts, empty if the mirror of the wiki equals MariaDB's database."""
    wiki = wiki or dbname
    source, target = Source(maria, dbname), Target(pg)
    expected = Expected(source, target)
    tables = {t: canonical(target, t, target.rows(t, wiki)) for t in target.types}
    replace_own_ids(tables)
    for table, columns in MAY_LACK.items():
        for column in set(columns) - set(source.columns.get(table, columns)):
            for row in tables[table]:
                del row[column]
    found = []
    for table in sorted(set(target.types) | set(expected.tables)):
        want, have = expected.tables.get(table, []), tables.get(table, [])
        columns = sorted(set().union(*(r.keys() for r in want[:1] + have[:1]))) if want or have else []
        if want and have and set(want[0]) != set(have[0]):
            found.append("%s: columns differ: MariaDB's %s, mirror's %s" % (
                table, sorted(set(want[0]) - set(have[0])), sorted(set(have[0]) - set(want[0]))))
            continue
        want = collections.Counter(tuple(r[c] for c in columns) for r in want)
        have = collections.Counter(tuple(r[c] for c in columns) for r in have)
        missing, extra = want - have, have - want
        if missing or extra:
            found.append("%s: %d rows in MariaDB only, %d in the mirror only (%s)\n    MariaDB: %s\n    mirror:  %s" % (
                table, sum(missing.values()), sum(extra.values()), ", ".join(columns),
                "\n             ".join(repr(r)[:1000] for r in sorted(missing, key=repr)[:most]),
                "\n             ".join(repr(r)[:1000] for r in sorted(extra, key=repr)[:most])))
    found.extend(raw_differences(expected, target.raw_values(wiki)))
    return found


def raw_differences(expected, have):
    """Bytes that are not text: kept, once each, and no others."""
    # rows of a table without a key may be equal, and then share what is kept of them
    keyless = {t for t, k, c, r in expected.raw if k is None}
    folded = expected.titled | {"externallinks"}
    want = collections.Counter(set((t, None, None, r) if t in folded else (t, k, c, r) for t, k, c, r in expected.raw)
                               | {(t, None, None, r) for t, r in expected.folded_raw})
    have = [(t, None, None, r) if t in folded else (t, k, c, r) for t, k, c, r in have]
    have = collections.Counter(set((t, None, c, r) if t in keyless else (t, k, c, r) for t, k, c, r in have))
    found = []
    if want - have:
        found.append("raw_value: bytes that were lost: %r" % list((want - have).items())[:5])
    if have - want:
        found.append("raw_value: bytes that are not in MariaDB: %r" % list((have - want).items())[:5])
    return found


def counts(maria, dbname):
    """Rows of every mirrored table in MariaDB: to see that a comparison compared something."""
    source = Source(maria, dbname)
    with maria.cursor() as cursor:
        sizes = {}
        for table in source.columns:
            if table not in NOT_MIRRORED:
                cursor.execute("SELECT count(*) FROM `%s`.`%s`" % (dbname, table))
                sizes[table] = cursor.fetchone()[0]
    return sizes


def assert_equal(box, dbname):
    found = differences(box.maria(), box.pg(), dbname)
    assert not found, "the mirror of %s differs from MariaDB:\n%s" % (dbname, "\n".join(found))
