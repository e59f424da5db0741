"""
Rows of every mirror table, each value of which is found nowhere else, and which of them nobody may read: written down here by what MediaWiki's
bits and Wikimedia's rules mean, and not read from mwmirror.public_column, which is what is tested.

PUBLIC wikis beside one that is PRIVATE, and one whose row in mwmirror.wiki is GONE.
"""

import base64
import collections
import datetime
import random
import re

import canary

PUBLIC, PRIVATE, GONE = ("pubwiki", "otherwiki"), "secretwiki", "gonewiki"

# Tables of which nothing is public, and columns likewise.
HIDDEN_TABLES = {"text", "log_search", "user_newtalk", "watchlist", "watchlist_expiry", "bot_passwords", "user_autocreate_serial"}
HIDDEN_COLUMNS = {"archive.ar_comment_id", "block.ended_at", "page_restrictions.ended_at", "user_groups.ended_at"}

# What the bits of a row hide: columns, and, after *, what is told of rows that it refers to (REFERRED).
FILE = "%s_size %s_width %s_height %s_bits %s_metadata %s_media_type %s_major_mime %s_minor_mime %s_sha1"
BITS = {
    "revision": ("rev_deleted", {1: "rev_len rev_sha1 *slots", 2: "rev_comment_id", 4: "rev_actor *ip_changes"}),
    "archive": ("ar_deleted", {1: "ar_len ar_sha1 *slots", 2: "", 4: "ar_actor", 8: "ar_namespace ar_title"}),
    "logging": ("log_deleted", {1: "log_action log_namespace log_title log_page log_params", 2: "log_comment_id log_params", 4: "log_actor log_params",
                                8: "log_params"}),
    "recentchanges": ("rc_deleted", {1: "rc_namespace rc_title rc_cur_id rc_old_len rc_new_len rc_log_action rc_params", 2: "rc_comment_id rc_params",
                                     4: "rc_actor rc_params", 8: "rc_params"}),
    "oldimage": ("oi_deleted", {1: FILE.replace("%s", "oi"), 2: "oi_description_id", 4: "oi_actor"}),
    "filearchive": ("fa_deleted", {1: FILE.replace("%s", "fa"), 2: "fa_description_id", 4: "fa_actor",
                                   8: "fa_name fa_archive_name fa_deleted_user fa_deleted_reason_id"}),
    "filerevision": ("fr_deleted", {1: "fr_size fr_width fr_height fr_bits fr_metadata fr_sha1", 2: "fr_description_id", 4: "fr_actor", 8: "fr_archive_name"}),
}

# Rows that are hidden whole, or shown: (table, why, values of some columns; {} is a value of its own).
ROWS = [
    ("logging", "of a type that is public", {"log_type": "delete", "log_deleted": 0}, False),
    ("logging", "of the suppression log", {"log_type": "suppress", "log_deleted": 0}, True),
    ("logging", "of a type that is not known", {"log_type": "{}", "log_deleted": 0}, True),
    ("logging", "of no type", {"log_type": None, "log_deleted": 0}, True),
    ("logging", "of tags that are for few", {"log_type": "tag", "log_params": "a:1:{i:0;s:9:\"mw-private-{}\";}", "log_deleted": 0}, True),
    ("recentchanges", "of an edit", {"rc_log_type": None, "rc_deleted": 0}, False),
    ("recentchanges", "of the suppression log", {"rc_log_type": "suppress", "rc_deleted": 0}, True),
    ("recentchanges", "of a type that is not known", {"rc_log_type": "{}", "rc_deleted": 0}, True),
    ("recentchanges", "of tags that are for few", {"rc_log_type": "tag", "rc_params": "mw-private-{}", "rc_deleted": 0}, True),
    ("user_properties", "that wikis show", {"up_property": "nickname"}, False),
    ("user_properties", "of another kind", {"up_property": "{}"}, True),
    ("block", "of an address that is hidden", {"bl_deleted": True, "*bt_user": None}, True),
    ("block", "that is public", {"bl_deleted": False, "*bt_user": None}, False),
    ("block", "whose target is not there", {"bl_deleted": False, "*block_target": None}, True),
    ("change_tag", "that is public", {}, False),
    ("change_tag", "for few", {"*ctd_name": "mw-private-{}"}, True),
    ("change_tag", "whose name is not there", {"*change_tag_def": None}, True),
    ("imagelinks", "that is public", {"*lt_namespace": 6}, False),
    ("categorylinks", "that is public", {"*lt_namespace": 14}, False),
    ("file", "that is there", {"file_deleted": 0}, False),
    ("file", "that is deleted", {"file_deleted": 1}, True),
]
# likewise of what no other row shows
UNSHOWN = ["comment", "actor", "slots", "content", "linktarget", "block_target", "ip_changes", "content_body"]

# What a row refers to, which is shown as its column is: column: (table, key there, by which column or * it is shown)
REFERRED = {
    "revision": [("rev_comment_id", "comment", "comment_id", "rev_comment_id"), ("rev_actor", "actor", "actor_id", "rev_actor"),
                 ("rev_id", "slots", "slot_revision_id", "*slots"), ("rev_id", "ip_changes", "ipc_rev_id", "*ip_changes")],
    "archive": [("ar_comment_id", "comment", "comment_id", "ar_comment_id"), ("ar_actor", "actor", "actor_id", "ar_actor"),
                ("ar_rev_id", "slots", "slot_revision_id", "*slots")],
    "slots": [("slot_content_id", "content", "content_id", "slot_content_id")],
    "content": [("content_id", "content_body", "content_id", "*body")],
    "logging": [("log_comment_id", "comment", "comment_id", "log_comment_id"), ("log_actor", "actor", "actor_id", "log_actor")],
    "recentchanges": [("rc_comment_id", "comment", "comment_id", "rc_comment_id"), ("rc_actor", "actor", "actor_id", "rc_actor")],
    "protected_titles": [("pt_reason_id", "comment", "comment_id", "pt_reason_id")],
    "block": [("bl_reason_id", "comment", "comment_id", "bl_reason_id"), ("bl_target", "block_target", "bt_id", "bl_target")],
    "image": [("img_description_id", "comment", "comment_id", "img_description_id")],
    "oldimage": [("oi_description_id", "comment", "comment_id", "oi_description_id"), ("oi_actor", "actor", "actor_id", "oi_actor")],
    "filearchive": [("fa_description_id", "comment", "comment_id", "fa_description_id"), ("fa_actor", "actor", "actor_id", "fa_actor"),
                    ("fa_deleted_reason_id", "comment", "comment_id", "fa_deleted_reason_id")],
    "filerevision": [("fr_description_id", "comment", "comment_id", "fr_description_id"), ("fr_actor", "actor", "actor_id", "fr_actor")],
    "pagelinks": [("pl_target_id", "linktarget", "lt_id", "pl_target_id")],
    "templatelinks": [("tl_target_id", "linktarget", "lt_id", "tl_target_id")],
    "imagelinks": [("il_target_id", "linktarget", "lt_id", "il_target_id")],
    "categorylinks": [("cl_target_id", "linktarget", "lt_id", "cl_target_id")],
    "existencelinks": [("exl_target_id", "linktarget", "lt_id", "exl_target_id")],
    "change_tag": [("ct_tag_id", "change_tag_def", "ctd_id", "ct_tag_id")],
}
# what a row is of that is public by itself, where nothing else says so
NEUTRAL = {"revision": {"rev_deleted": 0}, "archive": {"ar_deleted": 0}, "logging": {"log_type": "delete", "log_deleted": 0},
           "recentchanges": {"rc_log_type": "delete", "rc_deleted": 0}, "oldimage": {"oi_deleted": 0}, "filearchive": {"fa_deleted": 0},
           "filerevision": {"fr_deleted": 0}, "block": {"bl_deleted": False, "*bt_user": None}, "file": {"file_deleted": 0},
           "user_properties": {"up_property": "nickname"}}

Field = collections.namedtuple("Field", "table column why")
LOOSE = 10 ** 8     # smaller numbers are looked for in whole cells of tables alone


class Rows:
    """
    All rows, and their values: hidden and shown are {what gives a value away: Field}. columns: {table: {column: type}}.
    """

    def __init__(self, columns, seed=None):
        self.columns = columns
        self.dice = random.Random(seed)
        self.rows, self.hidden, self.shown, self.used = [], {}, {}, set()
        for wiki in PUBLIC:
            self._fill(wiki)
        for wiki, why in ((PRIVATE, "of a private wiki"), (GONE, "of a wiki that is gone")):
            for table in columns:
                self._row(wiki, table, why, NEUTRAL.get(table, {}), True)

    def _fill(self, wiki):
        for table in self.columns:
            if table not in BITS and table not in UNSHOWN and not any(row[0] == table for row in ROWS) and table not in ("user", "change_tag_def"):
                self._row(wiki, table, "that is public", {}, table in HIDDEN_TABLES)
        for table, (column, bits) in BITS.items():
            for value in (0, *bits, 15):
                hides = " ".join(names for bit, names in bits.items() if value & bit).split()
                self._row(wiki, table, "bits %d" % value, {**NEUTRAL[table], column: value}, False, hides)
        for row in ROWS:
            self._row(wiki, *row)
        for table in UNSHOWN:
            self._row(wiki, table, "that nothing shows", {}, True)
        self._accounts(wiki)
        self._lengths(wiki)
        self._repeated(wiki)

    def _accounts(self, wiki):
        """One that is public, one that a block hides, and what is said of it elsewhere."""
        user = self._row(wiki, "user", "that is public", {}, False)["user_id"]
        self._row(wiki, "actor", "of a public account", {"actor_user": user}, False)
        why, user = "of a hidden account", self._number()
        self._row(wiki, "user", why, {"user_id": user}, True)
        actor = self._number()
        self._row(wiki, "actor", why, {"actor_id": actor, "actor_user": user}, True)
        self._row(wiki, "user_properties", why, {"up_user": user, "up_property": "nickname"}, True)
        target = self._row(wiki, "block_target", why, {"bt_user": user}, True)["bt_id"]
        self._row(wiki, "block", "that hides an account", {"bl_target": target, "bl_deleted": True, "*block_target": None}, True)
        again = self._row(wiki, "block_target", why + " that is blocked otherwise", {"bt_user": user}, True)["bt_id"]
        self._row(wiki, "block", why + " that is blocked otherwise", {"bl_target": again, "bl_deleted": False, "*block_target": None}, True)
        # an upload of its own names it by its number alone, and so does an edit that was not covered
        self._row(wiki, "image", why, {"img_actor": actor}, False)
        self._row(wiki, "revision", why, {"rev_actor": actor, "rev_deleted": 0, "*actor": None}, False)

    def _lengths(self, wiki):
        """What a change says of the revision before it, whose text is hidden."""
        revision = self._row(wiki, "revision", "before a change", {"rev_deleted": 1}, False, ["rev_len", "rev_sha1", "*slots"])
        self._row(wiki, "recentchanges", "of what came after a hidden text", {"rc_log_type": None, "rc_deleted": 0, "rc_last_oldid": revision["rev_id"],
                                                                           "rc_old_len": revision["rev_len"]}, False, ["rc_old_len"])

    def _repeated(self, wiki):
        """Changes that say what their log entry or revision hides, in their own rows or not."""
        for table, key, column, bits, change in (("logging", "log_id", "rc_logid", 1, {"rc_log_type": "delete"}), ("revision", "rev_id", "rc_this_oldid", 4, {"rc_log_type": None})):
            for repeated in (bits, 0):
                row_id = self._number()
                why = "of a hidden row of %s%s" % (table, "" if repeated else ", whose bits it has not")
                self._row(wiki, table, why, {**NEUTRAL[table], key: row_id, BITS[table][0]: bits}, False, BITS[table][1][bits].split())
                self._row(wiki, "recentchanges", why, {**change, column: row_id, "rc_deleted": repeated}, not repeated,
                          BITS["recentchanges"][1][bits].split() if repeated else ())

    def _row(self, wiki, table, why, values, hidden, hides=()):
        """
        Plants a row, and what it refers to. values: of some columns; a name with * is of the row that it refers to, and if it is None of that
        row's table there is none. hides: what of a row that is shown is hidden.
        """
        row = {"wiki_id": wiki}
        given = {name[1:]: value for name, value in values.items() if name.startswith("*")}
        for column, kind in self.columns[table].items():
            if column == "wiki_id":
                continue
            is_hidden = hidden or column in hides or "%s.%s" % (table, column) in HIDDEN_COLUMNS or table in HIDDEN_TABLES
            row[column] = self._value(Field(table, column, why), kind, values.get(column, "{}"), is_hidden)
        self.rows.append((table, row))
        for column, other, key, by in REFERRED.get(table, ()):
            if other not in given and row[column] is not None:
                # what a deleted page said is for few
                is_hidden = hidden or by in hides or "%s.%s" % (table, by) in HIDDEN_COLUMNS or (by == "*body" and " of archive " in why)
                self._row(wiki, other, "%s of %s %s" % (column, table, why), {key: row[column], **{n: v for n, v in given.items() if n in self.columns[other]}},
                          is_hidden)
        return row

    def _value(self, field, kind, value, is_hidden):
        """A value, noted where it belongs if it is the row's own: what is given without {} says nothing."""
        if not isinstance(value, str) or "{}" not in value:
            return value
        if kind in ("text", "bytea"):
            key = "cnry" + "".join(self.dice.choices(canary.LETTERS, k=10))
            made = value.replace("{}", key)
            made = made.encode() if kind == "bytea" else made
        elif kind in ("bigint", "integer"):
            made = self._number()
            key = str(made)
        elif kind == "smallint":
            made = self._number(10001, 32767)
            key = str(made)
        elif kind == "real":
            made = self._number(100001, 999999)
            key = str(made)
        elif kind == "double precision":
            key = str(self._number())
            made = float("0." + key)
        elif kind == "timestamp with time zone":
            made = datetime.datetime(2031, 1, 1) + datetime.timedelta(seconds=self._number(0, 2 * 10 ** 9))
            key = made.strftime("%Y-%m-%d %H:%M:%S")
        else:
            assert kind == "boolean", "%s has a type that is not known here" % (field,)
            return self.dice.random() < 0.5
        (self.hidden if is_hidden else self.shown)[key] = field
        return made

    def _number(self, low=LOOSE, high=2 ** 31 - 1):
        while True:
            number = self.dice.randrange(low, high)
            if number % 10 and number not in self.used:     # a fraction keeps all its digits
                self.used.add(number)
                return number

    def insert(self, connection):
        with connection.cursor() as cursor:
            for table, row in self.rows:
                cursor.execute('INSERT INTO mediawiki."%s" (%s) VALUES (%s)' % (table, ", ".join(row), ", ".join(["%s"] * len(row))), list(row.values()))


TOKEN = re.compile(r"cnry[a-z]{10}|\d{4}-\d\d-\d\d[ t]\d\d:\d\d:\d\d|\d{5,}")
HEX = re.compile(r"(?:[0-9a-f]{2}){14,}")
BASE64 = re.compile(r"[A-Za-z0-9+/]{15,}={0,2}")


def readings(text):
    """The text in every way that somebody might read it: as it is, and what is in hexadecimal and base64."""
    yield text.lower()
    for found in HEX.findall(text.lower()):
        yield bytes.fromhex(found).decode("utf-8", "replace").lower()
    for found in BASE64.findall(text):
        yield base64.b64decode(found + "=" * (-len(found) % 4)).decode("utf-8", "replace").lower() if len(found.rstrip("=")) % 4 != 1 else ""


def tokens(text):
    """All that may be a value of Rows, as its key."""
    found = set()
    for reading in readings(text):
        for token in TOKEN.findall(reading):
            found.add(token.replace("t", " ") if ":" in token else token)
            if len(token) == 14 and token.isdigit():
                found.add("%s-%s-%s %s:%s:%s" % (token[:4], token[4:6], token[6:8], token[8:10], token[10:12], token[12:]))
    return found


def is_loose(key):
    return key.isdigit() and int(key) < LOOSE
