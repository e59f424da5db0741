"""
Rows of MediaWiki's tables as no wiki has them, within what the mirror's tables enforce: the tables' columns, and random values and
keys of them. Ids come from small ranges, so that rows meet, refer to each other, to others of the kind, or to nothing.
"""

import batch

BIG = (0, -1, 2 ** 53 - 1, 2 ** 53, 2 ** 63 - 1, -2 ** 63)
BIG4 = (0, -1, 2 ** 31 - 1, -2 ** 31)
EPOCH = 946684800   # PostgreSQL's, in unix seconds
TIMES = (None, 2 ** 63 - 1, -2 ** 63, 0, 1, -1,
         -63113904000000000, -63145440000000000, -211813488000000000,   # years 0, -1, 4714 BC
         252455615999999999, 252455616000000000, 9223371331199999999)               # 9999, 10000, 294276
BITS = (None, 16, 17, 31, 255, 256, 257, -1, 32767, -32768)
HIDDEN_REVISIONS = (901, 902)   # their text always is
HIDDEN_IDS = (901, 902)         # of comments, actors, contents and users that only hidden things have
HIDDEN_PAGE = 903               # it is gone, and the text that it had is hidden

FILE = (("name", "text"), ("size", "int8"), ("width", "int4"), ("height", "int4"), ("media_type", "text"), ("major_mime", "text"),
        ("minor_mime", "text"), ("actor", "int8"), ("timestamp", "time"), ("sha1", "text"), ("metadata", "bytea"))


def file_shape(table, prefix, finds, *more):
    """finds: how many of all columns; those `more` come after wiki_id if it is the key."""
    columns = tuple((prefix + name, kind) for name, kind in FILE)
    return batch.Shape(table, finds, (("wiki_id", "text"),) + (more + columns if finds == 2 and more else columns + more))


SHAPES = {shape.table: shape for shape in (
    batch.Shape("page", 2, (
        ("wiki_id", "text"), ("page_id", "int8"), ("page_namespace", "int4"), ("page_title", "text"),
        ("page_is_redirect", "bool"), ("page_latest", "int8"), ("page_len", "int8"), ("page_touched", "time"))),
    batch.Shape("revision", 2, (
        ("wiki_id", "text"), ("rev_id", "int8"), ("rev_page", "int8"), ("rev_comment_id", "int8"), ("rev_actor", "int8"),
        ("rev_timestamp", "time"), ("rev_minor_edit", "bool"), ("rev_deleted", "int2"), ("rev_len", "int8"),
        ("rev_parent_id", "int8"), ("rev_sha1", "text"))),
    batch.Shape("archive", 2, (
        ("wiki_id", "text"), ("ar_id", "int8"), ("ar_page_id", "int8"), ("ar_comment_id", "int8"), ("ar_actor", "int8"),
        ("ar_timestamp", "time"), ("ar_minor_edit", "bool"), ("ar_deleted", "int2"), ("ar_len", "int8"),
        ("ar_parent_id", "int8"), ("ar_sha1", "text"), ("ar_rev_id", "int8"), ("ar_namespace", "int4"), ("ar_title", "text"))),
    batch.Shape("slots", 3, (
        ("wiki_id", "text"), ("slot_revision_id", "int8"), ("slot_role_id", "int4"), ("slot_content_id", "int8"),
        ("slot_origin", "int8"))),
    batch.Shape("content", 2, (
        ("wiki_id", "text"), ("content_id", "int8"), ("content_size", "int8"), ("content_sha1", "text"),
        ("content_model", "int4"))),
    batch.Shape("content_body", 2, (("wiki_id", "text"), ("content_id", "int8"), ("body", "bytea"), ("body_status", "text"))),
    batch.Shape("content_models", 2, (("wiki_id", "text"), ("model_id", "int4"), ("model_name", "text"))),
    batch.Shape("slot_roles", 2, (("wiki_id", "text"), ("role_id", "int4"), ("role_name", "text"))),
    batch.Shape("comment", 2, (("wiki_id", "text"), ("comment_id", "int8"), ("comment_text", "text"))),
    batch.Shape("actor", 2, (("wiki_id", "text"), ("actor_id", "int8"), ("actor_user", "int8"), ("actor_name", "text"))),
    batch.Shape("user", 2, (
        ("wiki_id", "text"), ("user_id", "int8"), ("user_name", "text"), ("user_registration", "time"),
        ("user_editcount", "int8"), ("user_is_temp", "bool"), ("user_is_system", "bool"))),
    batch.Shape("user_groups", 3, (("wiki_id", "text"), ("ug_user", "int8"), ("ug_group", "text"), ("ug_expiry", "time"),
                                    ("ended_at", "time"))),
    batch.Shape("user_properties", 3, (
        ("wiki_id", "text"), ("up_user", "int8"), ("up_property", "text"), ("up_value", "text"))),
    batch.Shape("block_target", 2, (
        ("wiki_id", "text"), ("bt_id", "int8"), ("bt_address", "text"), ("bt_user", "int8"), ("bt_user_text", "text"),
        ("bt_auto", "bool"), ("bt_range_start", "text"), ("bt_range_end", "text"), ("bt_ip_hex", "text"), ("bt_count", "int4"))),
    batch.Shape("block", 2, (
        ("wiki_id", "text"), ("bl_id", "int8"), ("bl_target", "int8"), ("bl_by_actor", "int8"), ("bl_reason_id", "int8"),
        ("bl_timestamp", "time"), ("bl_expiry", "time"), ("bl_deleted", "bool"), ("bl_block_email", "bool"),
        ("bl_allow_usertalk", "bool"), ("bl_create_account", "bool"), ("bl_sitewide", "bool"), ("ended_at", "time"))),
    batch.Shape("ipblocks_restrictions", 4, (
        ("wiki_id", "text"), ("ir_ipb_id", "int8"), ("ir_type", "int2"), ("ir_value", "int8"))),
    batch.Shape("redirect", 2, (
        ("wiki_id", "text"), ("rd_from", "int8"), ("rd_namespace", "int4"), ("rd_title", "text"), ("rd_interwiki", "text"))),
    batch.Shape("linktarget", 2, (("wiki_id", "text"), ("lt_id", "int8"), ("lt_namespace", "int4"), ("lt_title", "text"))),
    batch.Shape("pagelinks", 3, (
        ("wiki_id", "text"), ("pl_from", "int8"), ("pl_target_id", "int8"), ("pl_from_namespace", "int4"))),
    batch.Shape("externallinks", 2, (
        ("wiki_id", "text"), ("el_id", "int8"), ("el_from", "int8"), ("el_to_domain_index", "text"), ("el_to_path", "text"))),
    batch.Shape("page_props", 3, (
        ("wiki_id", "text"), ("pp_page", "int8"), ("pp_propname", "text"), ("pp_value", "text"), ("pp_sortkey", "real"))),
    batch.Shape("page_restrictions", 2, (
        ("wiki_id", "text"), ("pr_id", "int8"), ("pr_page", "int8"), ("pr_type", "text"), ("pr_level", "text"),
        ("pr_cascade", "bool"), ("pr_expiry", "time"), ("ended_at", "time"))),
    batch.Shape("logging", 2, (
        ("wiki_id", "text"), ("log_id", "int8"), ("log_type", "text"), ("log_action", "text"), ("log_timestamp", "time"),
        ("log_actor", "int8"), ("log_namespace", "int4"), ("log_title", "text"), ("log_page", "int8"),
        ("log_comment_id", "int8"), ("log_deleted", "int2"), ("log_params", "text"))),
    batch.Shape("change_tag", 2, (("wiki_id", "text"), ("ct_id", "int8"), ("ct_rev_id", "int8"), ("ct_tag_id", "int8"))),
    batch.Shape("change_tag_def", 2, (("wiki_id", "text"), ("ctd_id", "int8"), ("ctd_name", "text"), ("ctd_count", "int8"))),
    batch.Shape("recentchanges", 2, (
        ("wiki_id", "text"), ("rc_id", "int8"), ("rc_timestamp", "time"), ("rc_actor", "int8"), ("rc_namespace", "int4"),
        ("rc_title", "text"), ("rc_comment_id", "int8"), ("rc_minor", "bool"), ("rc_bot", "bool"), ("rc_this_oldid", "int8"),
        ("rc_last_oldid", "int8"), ("rc_type", "int2"), ("rc_source", "text"), ("rc_patrolled", "int2"), ("rc_old_len", "int4"),
        ("rc_new_len", "int4"), ("rc_deleted", "int2"), ("rc_logid", "int8"), ("rc_log_type", "text"), ("rc_log_action", "text"),
        ("rc_params", "text"))),
    file_shape("image", "img_", 2),
    file_shape("oldimage", "oi_", 14, ("oi_archive_name", "text"), ("oi_deleted", "int2")),
    file_shape("filearchive", "fa_", 2, ("fa_id", "int8"), ("fa_archive_name", "text"), ("fa_deleted", "int2")),
)}
AT = {table: {name: at for at, name in enumerate(shape.names)} for table, shape in SHAPES.items()}

# as MediaWiki serializes parameters and metadata, and as it did before
SERIALIZED = ('a:2:{s:9:"4::target";s:1:"A";s:10:"5::noredir";s:1:"1";}', "a:0:{}", "one\ntwo",
              'a:2:{s:1:"k";a:2:{i:0;i:1;i:1;d:1.5;}s:7:"3:x:\"\u00e9\"";N;}')
DOMAINS = ("https://org.example.www.", "http://V4.192.0.2.1.", "http://V6.2001.DB8.0.0.0.0.0.1.", "https://org.example.:8080",
           "mailto:org.example.@someone", "mailto:", "https://", "http://V4.", "https://V6.:1", ":", "//", "https://...", "")
ADDRESSES = ("192.0.2.1", "2001:DB8::1", "192.0.2.0/24", "192.0.2.0/999", "999.1.1", "0", "")


class Values:
    """Random values; dice: random.Random."""

    def __init__(self, dice):
        self.dice = dice
        self.sequence = 0
        self.wild = True        # names are odd in this source transaction
        # UTF-8 of one byte to four
        self.alphabet = [chr(dice.randint(*span)) for span in ((1, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF),
                                                               (0x10000, 0x10FFFF)) for _ in range(100)]
        self.columns = self.make_columns()

    def id(self, most, hidden=False):
        """An id up to `most`; rarely one that no table of MediaWiki can hold, or nothing."""
        dice = self.dice
        if hidden:
            return dice.choice(HIDDEN_IDS)
        if dice.random() < 0.02:
            return dice.choice(BIG)
        return dice.randint(1, most)

    def maybe(self, value, odds=0.03):
        return None if self.dice.random() < odds else value

    def text(self, indexed=False):
        """A name or title. indexed: no longer than an index takes; it compresses what repeats."""
        dice = self.dice
        odds = dice.random() if self.wild else 0
        if odds < 0.75:
            return dice.choice(("A", "B", "C", "D", "Talk:A", "Hauptseite", "a_b"))
        if odds < 0.85:
            return dice.choice((None, "", " ", "_", "\x01\t\n\r\x1f\x7f", "\"\\/", "$1", "%41", "#a?b&c", "\u2028\u2029",
                                "\ufeff", "\u202e", "\ud7ff\ue000\uffff", "é", "e\u0301", "<b>&amp;", "..", ":", "::A", "[[x]]|{}"))
        if odds < 0.96:
            return "".join(dice.choices(self.alphabet, k=dice.randint(1, 60)))
        if odds < 0.98:
            return dice.choice(("x" * 255, "é" * 127, "x" * 256, "\U0001f600" * 63))
        if indexed or odds < 0.99:
            return dice.choice(("ß", "\x01", "\"", "z")) * dice.choice((2000, 5000, 9000))
        return "".join(dice.choices(self.alphabet, k=dice.choice((1000, 3000))))

    def name(self):
        """A text of a key, which is never NULL."""
        return self.text(True) or ""

    def time(self):
        if self.dice.random() < 0.1:
            return self.dice.choice(TIMES)
        return (1700000000 - EPOCH + self.sequence) * 1000000 + self.dice.choice((0, 0, 123456))

    def bits(self):
        odds = self.dice.random()
        return 0 if odds < 0.6 else self.dice.choice(BITS) if odds < 0.65 else self.dice.randint(0, 15)

    def size(self):
        return self.dice.choice(BIG + (None, -5)) if self.dice.random() < 0.1 else self.dice.randint(0, 5000)

    def namespace(self):
        if self.dice.random() < 0.08:
            return self.dice.choice((None, -1, -2, -3, 77, 2 ** 31 - 1, -2 ** 31))
        return self.dice.choice((0, 0, 0, 1, 2, 4, 6, 10))

    def number4(self, most):
        """An id of a model or role."""
        return self.dice.choice(BIG4) if self.dice.random() < 0.04 else self.dice.randint(1, most)

    def model(self):
        return self.dice.choice(("wikitext", "wikitext", "json", "main", "mediainfo", "unknown", self.text()))

    def sha1(self):
        return self.dice.choice(("phoiac9h4m842xq45sp7s6u21eteeq1", "phoiac9h4m842xq45sp7s6u21eteeq1", "", None, self.text()))

    def revision_id(self):
        return self.dice.choice(HIDDEN_REVISIONS) if self.dice.random() < 0.06 else self.id(24)

    def file_name(self):
        return self.dice.choice(("F.png", "F.png", "G.ogg", "A", self.name()))

    def serialized(self):
        """Of a log entry or a file: what PHP serializes, with some bytes changed."""
        odds = self.dice.random()
        if odds < 0.3:
            return self.text()
        good = self.dice.choice(SERIALIZED)
        if odds < 0.6:
            return good
        at = self.dice.randrange(len(good))
        return good[:at] + self.dice.choice(("", "9", "\"", ";", "O:", "{", "é")) + good[at + self.dice.choice((0, 1, 2)):]

    def make_columns(self):
        """Of columns that are no keys, and that are not as others of their type: what makes a value."""
        dice, choice = self.dice, self.dice.choice
        columns = {
            "content_sha1 rev_sha1 ar_sha1 img_sha1 oi_sha1 fa_sha1": self.sha1,
            "rev_deleted ar_deleted log_deleted rc_deleted oi_deleted fa_deleted": self.bits,
            "page_namespace ar_namespace rd_namespace log_namespace rc_namespace lt_namespace": self.namespace,
            "page_title rd_title actor_name user_name rc_title lt_title bt_user_text pr_type": lambda: self.text(True),
            "model_name role_name": self.model,
            "content_model": lambda: self.maybe(self.number4(3)),
            "body": lambda: choice((None, b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\x01\"\\\n", (self.text() or "").encode() * dice.choice((1, 1, 300)))),
            "body_status": lambda: choice(("ok", "ok", "ok", "too large", "lost", "", self.text() or "")),
            "rd_interwiki": lambda: choice((None, None, None, "", "wikt", self.text())),
            "page_latest": lambda: choice((0, None)) if dice.random() < 0.06 else self.revision_id(),
            "ar_rev_id rev_parent_id ar_parent_id slot_origin ct_rev_id rc_this_oldid rc_last_oldid":
                lambda: self.maybe(self.revision_id()),
            "rev_page el_from pr_page": lambda: self.maybe(self.id(9)),
            "ar_page_id": lambda: HIDDEN_PAGE if dice.random() < 0.05 else self.maybe(self.id(9)),
            "log_page": lambda: self.maybe(self.id(9), 0.3),
            "slot_content_id": lambda: self.maybe(self.id(12)),
            "up_value": lambda: choice(("male", "female", "unknown", self.text())),
            "actor_user": lambda: self.maybe(self.id(6), 0.2),
            "bt_user": lambda: self.maybe(self.id(6), 0.4),
            "bt_address": lambda: choice((None, self.text(True)) + ADDRESSES),
            "bt_range_start bt_range_end bt_ip_hex": lambda: choice((None, None, "C0000200", "v6-2001", "", self.text())),
            "bl_target ct_tag_id": lambda: self.maybe(self.id(8)),
            "ended_at": lambda: choice((None, None, self.time())),
            "bl_deleted bt_auto": lambda: dice.random() < 0.1,
            "el_to_domain_index": lambda: choice((None, self.text()) + DOMAINS),
            "el_to_path": lambda: choice((None, "", "/", "/a b?c=%41#d", self.text())),
            "pp_sortkey": lambda: choice((None, 0, 1.5, float("nan"), float("-inf"))),
            "pr_level": lambda: choice(("sysop", "autoconfirmed", "", None, self.text())),
            "rc_logid": lambda: self.maybe(self.id(8), 0.5),
            "rc_type": lambda: choice((0, 0, 1, 3, 3, 5, 6, 142, -1, None)),
            "rc_source": lambda: choice(("mw.edit", "mw.new", "mw.log", "mw.external", "mw.categorize", "wb", "", self.text())),
            "rc_patrolled": lambda: choice((0, 1, 2, None)),
            "rc_log_type": lambda: choice(("move", "suppress", "", None, self.text())),
            "rc_params log_params": self.serialized,
            "img_metadata oi_metadata fa_metadata": lambda: (self.serialized() or "\0\xff").encode("latin-1", "replace"),
            "img_media_type oi_media_type fa_media_type": lambda: choice(("BITMAP", "AUDIO", "", None, self.text())),
            "img_major_mime oi_major_mime fa_major_mime": lambda: choice(("image", "unknown", "", None, self.text())),
            "oi_name fa_name": lambda: self.maybe(self.file_name()),
            "oi_archive_name fa_archive_name": lambda: choice(("2020!F.png", "2021!F.png", "", None, self.text(True))),
        }
        found = {name: make for names, make in columns.items() for name in names.split()}
        kinds = {"text": self.text, "time": self.time, "int8": self.size, "int4": lambda: self.maybe(self.number4(5000)),
                 "bool": lambda: choice((True, False, False, None))}
        for shape in SHAPES.values():
            for name, kind in zip(shape.names, shape.kinds):
                if name.endswith(("_actor", "_comment_id", "_reason_id")):
                    found.setdefault(name, lambda: self.maybe(self.id(8)))
                elif kind in kinds:
                    found.setdefault(name, kinds[kind])
        return found

    def value(self, column):
        """A random value of a column that is no key."""
        return self.columns[column]()

    KEYS = {"page": 9, "redirect": 9, "archive": 24, "content": 12, "content_body": 12, "user": 6, "linktarget": 12, "externallinks": 16,
            "recentchanges": 200}
    PROPERTIES = ("displaytitle", "defaultsort", "wikibase_item")

    def page_of_items(self):
        """Whose properties and links these are."""
        return HIDDEN_PAGE if self.dice.random() < 0.03 else self.id(9)

    def key(self, table, wiki):
        """A random key of a table."""
        choice = self.dice.choice
        if table in ("revision", "slots"):
            ids = (self.revision_id(), self.number4(4)) if table == "slots" else (self.revision_id(),)
        elif table in ("content_models", "slot_roles"):
            ids = (self.number4(4),)
        elif table == "user_properties":
            ids = (self.id(6), choice(("gender", "gender", "gender", "x", "Gender ")))
        elif table == "user_groups":
            ids = (self.id(6, self.dice.random() < 0.05), choice(("bot", "sysop", "", "*", "user", self.name())))
        elif table == "ipblocks_restrictions":
            ids = (self.id(8), choice((1, 1, 2, 2, 3, 0, -1, 32767)), choice((self.id(9), 0, -2, 4)))
        elif table == "pagelinks":
            ids = (self.page_of_items(), self.id(12))
        elif table == "page_props":
            ids = (self.page_of_items(), choice(self.PROPERTIES + (self.name(),)))
        elif table == "image":
            ids = (self.file_name(),)
        elif table == "oldimage":
            ids = tuple(self.value(name) for name in SHAPES[table].names[1:])
        else:
            odds = table in ("comment", "actor", "content", "content_body", "user", "change_tag_def") and self.dice.random() < 0.1
            ids = (self.id(self.KEYS.get(table, 8), odds),)
        return (wiki,) + ids

    def random_row(self, table, wiki):
        key = self.key(table, wiki)
        return list(key) + [self.value(name) for name in SHAPES[table].names[len(key):]]
