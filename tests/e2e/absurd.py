"""
Absurd states of MediaWiki's tables, from a seed: source transactions as no wiki would write them, within what the mirror's
tables enforce. Ids come from small ranges, so that rows meet, refer to each other, to others of the kind, or to nothing.

What is hidden carries CANARY or CANARY_NUMBER, and is nowhere else: see hide().
"""

import batch
from batch import KEEP

SOURCE = "absurd"
CANARY, CANARY_NUMBER = "CANARY", 987654321098765
WIKIS = ("plain", "tëmp \"w\"\\ {x} $1 %", "odd")
SETTINGS = """
INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ('{source}', '');
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language,
		autoconfirm_age, autoconfirm_count, temp_accounts, private) VALUES
	($${0}$$, '{source}', 'plain.example.org', 'https://plain.example.org', '/wiki/$1', 'en', 345600, 10, false, false),
	($${1}$$, '{source}', '', 'https://temp.example.org', '/index.php?title=$1&x=$1', 'en', 0, 0, true, false),
	($${2}$$, '{source}', 'odd.example.org', '', '/nothing', 'xx', 2147483647, -1, true, false);
INSERT INTO mwmirror.wiki_namespace SELECT w, n, t FROM unnest(ARRAY[$${0}$$, $${1}$$, $${2}$$]) w, (VALUES
	(-2, 'Media'), (-1, 'Special'), (0, ''), (1, 'Talk'), (2, 'User'), (4, ''), (6, 'Fi"le\\'), (10, repeat('é', 300))) v(n, t);
UPDATE mwmirror.wiki_namespace SET male_name = 'Male', female_name = CASE wiki_id WHEN 'odd' THEN '' ELSE 'Female' END
	WHERE namespace_id IN (2, 6);
UPDATE mwmirror.wiki SET local_central_ids = true WHERE wiki_id = 'plain';
""".format(*WIKIS, source=SOURCE)

# what a person may change meanwhile, of one wiki
CHANGES = ("temp_accounts = NOT temp_accounts", "local_central_ids = NOT local_central_ids", "bot_groups = '{}'",
           "bot_groups = '{NULL, \"\", sysop}'", "bot_groups = '{{bot, sysop}, {user, *}}'", "article_path = '$1$1'",
           "article_path = '/wiki/$1'", "domain = domain || 'x'", "canonical_server = ''",
           "canonical_server = 'https://plain.example.org'", "autoconfirm_age = -autoconfirm_age")

BIG = (0, -1, 2 ** 53 - 1, 2 ** 53, 2 ** 63 - 1, -2 ** 63)
EPOCH = 946684800   # PostgreSQL's, in unix seconds
TIMES = (None, 2 ** 63 - 1, -2 ** 63, 0, 1, -1,
         -63113904000000000, -63145440000000000, -211813488000000000,   # years 0, -1, 4714 BC
         252455615999999999, 252455616000000000, 9223371331199999999)               # 9999, 10000, 294276
BITS = (None, 16, 17, 31, 255, 256, 257, -1, 32767, -32768)
HIDDEN_REVISIONS = (901, 902)   # their text always is
HIDDEN_IDS = (901, 902)         # of comments, actors, contents and users that only hidden things have

LOGS = (("delete", "delete"), ("delete", "delete_redir"), ("suppress", "delete"), ("delete", "restore"), ("move", "move"),
        ("move", "move_redir"), ("delete", "revision"), ("suppress", "revision"), ("merge", "merge"), ("merge", "merge-into"),
        ("import", "upload"), ("import", ""), ("import", None), ("protect", "protect"),
        ("", ""), (None, None), ("delete", None), ("delete", "deletedelete"), ("suppress", "x" * 300))

SHAPES = {shape.table: shape for shape in (
    batch.Shape("page", 2, (
        ("wiki_id", "text"), ("page_id", "int8"), ("page_namespace", "int4"), ("page_title", "text"),
        ("page_is_redirect", "bool"), ("page_latest", "int8"), ("page_len", "int8"))),
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
    batch.Shape("content_models", 2, (("wiki_id", "text"), ("model_id", "int4"), ("model_name", "text"))),
    batch.Shape("slot_roles", 2, (("wiki_id", "text"), ("role_id", "int4"), ("role_name", "text"))),
    batch.Shape("comment", 2, (("wiki_id", "text"), ("comment_id", "int8"), ("comment_text", "text"))),
    batch.Shape("actor", 2, (("wiki_id", "text"), ("actor_id", "int8"), ("actor_user", "int8"), ("actor_name", "text"))),
    batch.Shape("user", 2, (
        ("wiki_id", "text"), ("user_id", "int8"), ("user_name", "text"), ("user_registration", "time"),
        ("user_editcount", "int8"), ("user_is_temp", "bool"), ("user_is_system", "bool"))),
    batch.Shape("user_groups", 3, (("wiki_id", "text"), ("ug_user", "int8"), ("ug_group", "text"), ("ug_expiry", "time"))),
    batch.Shape("user_properties", 3, (
        ("wiki_id", "text"), ("up_user", "int8"), ("up_property", "text"), ("up_value", "text"))),
    batch.Shape("redirect", 2, (
        ("wiki_id", "text"), ("rd_from", "int8"), ("rd_namespace", "int4"), ("rd_title", "text"), ("rd_interwiki", "text"))),
    batch.Shape("logging", 2, (
        ("wiki_id", "text"), ("log_id", "int8"), ("log_type", "text"), ("log_action", "text"), ("log_timestamp", "time"),
        ("log_actor", "int8"), ("log_namespace", "int4"), ("log_title", "text"), ("log_page", "int8"),
        ("log_comment_id", "int8"), ("log_deleted", "int2"))),
    batch.Shape("change_tag", 2, (("wiki_id", "text"), ("ct_id", "int8"), ("ct_rev_id", "int8"), ("ct_tag_id", "int8"))),
    batch.Shape("change_tag_def", 2, (("wiki_id", "text"), ("ctd_id", "int8"), ("ctd_name", "text"), ("ctd_count", "int8"))),
    batch.Shape("recentchanges", 2, (
        ("wiki_id", "text"), ("rc_id", "int8"), ("rc_timestamp", "time"), ("rc_actor", "int8"), ("rc_namespace", "int4"),
        ("rc_title", "text"), ("rc_comment_id", "int8"), ("rc_bot", "bool"), ("rc_this_oldid", "int8"), ("rc_last_oldid", "int8"),
        ("rc_type", "int2"), ("rc_source", "text"), ("rc_patrolled", "int2"), ("rc_old_len", "int4"), ("rc_new_len", "int4"),
        ("rc_deleted", "int2"), ("rc_logid", "int8"), ("rc_log_type", "text"), ("rc_log_action", "text"), ("rc_params", "text"))),
)}
AT = {table: {name: at for at, name in enumerate(shape.names)} for table, shape in SHAPES.items()}


class Source:
    """
    What one source transaction was, and what must come of it: expected, the events of pages, (wiki, page, kind) in order; revisions,
    (wiki, revision) of those that appeared on a page.
    """

    def __init__(self, gtid):
        self.gtid, self.wikis = gtid, set()
        self.pages = {}     # (wiki, page_id): row before, None if there was none; in the order of the first change
        self.expected = []
        self.inserted, self.revisions = set(), set()


class Absurd:
    def __init__(self, dice):
        self.dice = dice
        self.rows = {table: {} for table in SHAPES}     # key: row; what PostgreSQL has
        self.sequence = 0
        self.batch = self.source = None
        self.wild = True        # names are odd in this source transaction
        # UTF-8 of one byte to four
        self.alphabet = [chr(dice.randint(*span)) for span in ((1, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF),
                                                               (0x10000, 0x10FFFF)) for _ in range(100)]

    # ---- values ----

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
        return self.dice.choice((0, -1, 2 ** 31 - 1, -2 ** 31)) if self.dice.random() < 0.04 else self.dice.randint(1, most)

    def model(self):
        return self.dice.choice(("wikitext", "wikitext", "json", "main", "mediainfo", "unknown", self.text()))

    def sha1(self):
        return self.dice.choice(("phoiac9h4m842xq45sp7s6u21eteeq1", "phoiac9h4m842xq45sp7s6u21eteeq1", "", None, self.text()))

    def params(self):
        """Of a log entry: what PHP serializes, with some bytes changed."""
        odds = self.dice.random()
        if odds < 0.3:
            return self.text()
        good = self.dice.choice(('a:2:{s:9:"4::target";s:1:"A";s:10:"5::noredir";s:1:"1";}', "a:0:{}", "one\ntwo",
                                 'a:2:{s:1:"k";a:2:{i:0;i:1;i:1;d:1.5;}s:7:"3:x:\"\u00e9\"";N;}'))
        if odds < 0.6:
            return good
        at = self.dice.randrange(len(good))
        return good[:at] + self.dice.choice(("", "9", "\"", ";", "O:", "{", "é")) + good[at + self.dice.choice((0, 1, 2)):]

    def value(self, table, column):
        """A random value of a column that is no key."""
        kinds = {"page_title": lambda: self.text(True), "rd_title": lambda: self.text(True),
                 "actor_name": lambda: self.text(True), "user_name": lambda: self.text(True), "model_name": self.model,
                 "role_name": self.model, "content_sha1": self.sha1, "rev_sha1": self.sha1, "ar_sha1": self.sha1, "rev_deleted": self.bits, "ar_deleted": self.bits, "log_deleted": self.bits,
                 "page_namespace": self.namespace, "ar_namespace": self.namespace, "rd_namespace": self.namespace,
                 "log_namespace": self.namespace, "content_model": lambda: self.maybe(self.number4(3)),
                 "rd_interwiki": lambda: self.dice.choice((None, None, None, "", "wikt", self.text())),
                 "page_latest": lambda: self.dice.choice((0, None)) if self.dice.random() < 0.06 else self.revision_id(),
                 "ar_rev_id": lambda: self.maybe(self.revision_id()), "rev_parent_id": lambda: self.maybe(self.revision_id()),
                 "ar_parent_id": lambda: self.maybe(self.revision_id()), "slot_origin": lambda: self.maybe(self.revision_id()),
                 "rev_page": lambda: self.maybe(self.id(9)), "ar_page_id": lambda: self.maybe(self.id(9)),
                 "log_page": lambda: self.maybe(self.id(9), 0.3), "slot_content_id": lambda: self.maybe(self.id(12)),
                 "up_value": lambda: self.dice.choice(("male", "female", "unknown", self.text())),
                 "actor_user": lambda: self.maybe(self.id(6), 0.2),
                 "ct_rev_id": lambda: self.maybe(self.revision_id()), "ct_tag_id": lambda: self.maybe(self.id(8)),
                 "rc_this_oldid": lambda: self.maybe(self.revision_id()), "rc_logid": lambda: self.maybe(self.id(8), 0.5),
                 "rc_namespace": self.namespace, "rc_title": lambda: self.text(True), "rc_deleted": self.bits, "rc_params": self.params,
                 "rc_type": lambda: self.dice.choice((0, 0, 1, 3, 3, 5, 6, 142, -1, None)),
                 "rc_source": lambda: self.dice.choice(("mw.edit", "mw.new", "mw.log", "mw.external", "mw.categorize", "wb", "", self.text())),
                 "rc_patrolled": lambda: self.dice.choice((0, 1, 2, None)), "rc_old_len": lambda: self.maybe(self.number4(5000)),
                 "rc_new_len": lambda: self.maybe(self.number4(5000)),
                 "rc_log_type": lambda: self.dice.choice(("move", "suppress", "", None, self.text()))}
        if column in kinds:
            return kinds[column]()
        kind = SHAPES[table].kinds[AT[table][column]]
        if column.endswith(("_actor", "_comment_id")):
            return self.maybe(self.id(8))
        return {"text": self.text, "time": self.time, "int8": self.size,
                "bool": lambda: self.dice.choice((True, False, False, None))}[kind]()

    def revision_id(self):
        return self.dice.choice(HIDDEN_REVISIONS) if self.dice.random() < 0.06 else self.id(24)

    def key(self, table, wiki):
        """A random key of a table."""
        if table in ("revision", "slots"):
            ids = (self.revision_id(), self.number4(4)) if table == "slots" else (self.revision_id(),)
        elif table in ("content_models", "slot_roles"):
            ids = (self.number4(4),)
        elif table == "user_properties":
            ids = (self.id(6), self.dice.choice(("gender", "gender", "gender", "x", "Gender ")))
        elif table == "user_groups":
            ids = (self.id(6), self.dice.choice(("bot", "sysop", "", "*", "user", self.text(True) or "x")))
        else:
            odds = table in ("comment", "actor", "content", "user", "change_tag_def") and self.dice.random() < 0.1
            ids = (self.id({"page": 9, "redirect": 9, "archive": 24, "content": 12, "user": 6}.get(table, 8), odds),)
        return (wiki,) + ids

    # ---- what is hidden ----

    CANARIES = {"change_tag_def": (("ctd_name", "mw-private-" + CANARY),), "comment": (("comment_text", CANARY),), "actor": (("actor_name", CANARY),), "user": (("user_name", CANARY),),
                "content": (("content_sha1", CANARY), ("content_size", CANARY_NUMBER))}

    def hide(self, table, row):
        """Gives a row that hides something what must never be seen, and takes that from the others."""
        at = AT[table]

        def set_ids(columns, hidden):
            for column in columns:
                if hidden or row[at[column]] in HIDDEN_IDS:
                    row[at[column]] = self.dice.choice(HIDDEN_IDS) if hidden else self.dice.randint(1, 8)

        if table in ("revision", "archive"):
            prefix = "rev_" if table == "revision" else "ar_"
            if row[at["rev_id" if table == "revision" else "ar_rev_id"]] in HIDDEN_REVISIONS:
                row[at[prefix + "deleted"]] = (row[at[prefix + "deleted"]] or 0) | 1
            bits = row[at[prefix + "deleted"]] or 0
            set_ids([prefix + "comment_id"], bits & 2)
            set_ids([prefix + "actor"], bits & 4)
            if bits & 1:
                row[at[prefix + "sha1"]], row[at[prefix + "len"]] = CANARY, CANARY_NUMBER
            elif row[at[prefix + "sha1"]] == CANARY:
                row[at[prefix + "sha1"]], row[at[prefix + "len"]] = None, None
        elif table == "logging":
            bits = row[at["log_deleted"]] or 0
            secret = row[at["log_type"]] == "suppress" and row[at["log_action"]] in ("delete", "revision")
            set_ids(["log_comment_id"], secret or bits & 3)
            set_ids(["log_actor"], secret or bits & 5)
        elif table == "slots":
            set_ids(["slot_content_id"], row[at["slot_revision_id"]] in HIDDEN_REVISIONS)
        elif table == "recentchanges":
            set_ids(["rc_comment_id", "rc_actor"], row[at["rc_deleted"]] or row[at["rc_log_type"]] == "suppress")
        elif table == "actor":
            set_ids(["actor_user"], row[1] in HIDDEN_IDS)
        for column, canary in self.CANARIES.get(table, ()):
            if row[1] in HIDDEN_IDS:
                row[at[column]] = canary
            elif row[at[column]] == canary:     # it came from another key
                row[at[column]] = None
        return row

    # ---- changes ----

    def touch(self, table, key, after):
        """Keeps what a page was before the source transaction, from the first change that counts."""
        self.source.wikis.add(key[0])
        if table != "page" or key in self.source.pages:
            return
        before = self.rows["page"].get(key)
        if before and after and state(before) == state(after):
            return
        self.source.pages[key] = before

    def put(self, table, row, updating=None):
        """Inserts a row, or updates the one with that key, or the one of `updating`, which gets the row's key."""
        shape, rows = SHAPES[table], self.rows[table]
        row = self.hide(table, list(row))
        key = tuple(row[:shape.finds])
        old_key = updating or (key if key in rows else None)
        if old_key is None or (old_key == key and self.dice.random() < 0.1):
            self.touch(table, key, row)
            if table == "revision" and old_key is None:
                self.source.inserted.add(key)
            self.batch.insert(shape, row, batch.UPSERT if old_key else 0)
        else:
            if old_key != key and key in rows:
                return
            old = rows[old_key]
            if old_key != key:
                self.touch(table, old_key, None)
            self.touch(table, key, row)
            same = self.dice.random() < 0.5
            self.batch.update(shape, old_key, [KEEP if same and a == b else b for a, b in zip(old, row)])
            del rows[old_key]
        rows[key] = row

    def delete(self, table, key):
        if key in self.rows[table]:
            self.touch(table, key, None)
            self.batch.delete(SHAPES[table], key)
            del self.rows[table][key]
        elif self.dice.random() < 0.1:
            self.batch.delete(SHAPES[table], key, batch.MAY_MISS)

    def random_row(self, table, wiki):
        key = self.key(table, wiki)
        return list(key) + [self.value(table, name) for name in SHAPES[table].names[len(key):]]

    def some_key(self, table, wiki):
        """A key that is there, mostly."""
        keys = [key for key in self.rows[table] if key[0] == wiki]
        return self.dice.choice(keys) if keys and self.dice.random() < 0.95 else self.key(table, wiki)

    def change(self, table, key, **values):
        """Updates columns of a row that is there."""
        row = self.rows[table].get(key)
        if row is not None:
            row = list(row)
            for name, value in values.items():
                row[AT[table][name]] = value
            self.put(table, row, key)

    # ---- what a wiki does, more or less ----

    def any_change(self, wiki):
        table = self.dice.choice(list(SHAPES))
        odds = self.dice.random()
        key = self.some_key(table, wiki)
        if odds < 0.5 or key not in self.rows[table]:
            self.put(table, self.random_row(table, wiki))
        elif odds < 0.75:
            names = self.dice.sample(SHAPES[table].names[SHAPES[table].finds:], 1)
            self.change(table, key, **{name: self.value(table, name) for name in names})
        elif odds < 0.8:
            self.put(table, list(self.key(table, wiki)) + self.rows[table][key][SHAPES[table].finds:], key)
        else:
            self.delete(table, key)

    def new_revision(self, wiki, page, parent):
        rev = self.dice.choice(HIDDEN_REVISIONS) if self.dice.random() < 0.05 else self.dice.randint(1, 40)
        row = self.random_row("revision", wiki)
        row[1], row[2], row[AT["revision"]["rev_parent_id"]] = rev, page, parent
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            slot = self.random_row("slots", wiki)
            self.put("slots", [wiki, rev] + slot[2:])
        self.put("revision", row)
        return rev

    def create(self, wiki):
        page = self.random_row("page", wiki)
        latest = AT["page"]["page_latest"]
        if self.dice.random() < 0.7:
            page[latest] = 0
            self.put("page", page)
        page[latest] = self.new_revision(wiki, page[1], self.dice.choice((0, None)))
        self.put("page", page)
        if self.dice.random() < 0.1:
            self.log(wiki, "import", page)

    def edit(self, wiki):
        key = self.some_key("page", wiki)
        page = self.rows["page"].get(key)
        if page:
            parent = page[AT["page"]["page_latest"]]
            self.change("page", key, page_latest=self.new_revision(wiki, key[1], self.dice.choice((parent, parent, None))))

    def move(self, wiki):
        key = self.some_key("page", wiki)
        page = self.rows["page"].get(key)
        if not page:
            return
        self.log(wiki, "move", page)
        self.change("page", key, page_namespace=self.namespace(), page_title=self.text(True))
        if self.dice.random() < 0.5:    # the redirect that is left
            left = self.random_row("page", wiki)
            left[2:5] = page[2], page[3], True
            self.put("page", left)
            self.put("redirect", [wiki, left[1], self.namespace(), self.text(True), None])

    def swap(self, wiki):
        one, other = self.some_key("page", wiki), self.some_key("page", wiki)
        if one != other and one in self.rows["page"] and other in self.rows["page"]:
            titles = [self.rows["page"][key][2:4] for key in (one, other)]
            for key, (namespace, title) in zip((one, other), reversed(titles)):
                self.change("page", key, page_namespace=namespace, page_title=title)

    def log(self, wiki, kind, page):
        for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
            row = self.random_row("logging", wiki)
            named = [names for names in LOGS if kind in (names[0], names[1])]
            row[2], row[3] = self.dice.choice(named if self.dice.random() < 0.9 else LOGS)
            if self.dice.random() < 0.9:
                row[AT["logging"]["log_namespace"]], row[AT["logging"]["log_title"]] = page[2:4]
            if self.dice.random() < 0.7:
                row[AT["logging"]["log_page"]] = page[1]
            row[1] = self.dice.randint(1, 60)
            self.put("logging", row)

    def remove(self, wiki):
        """Deletes a page as MediaWiki does: revisions to archive, then the page; any of it may not happen."""
        key = self.some_key("page", wiki)
        page = self.rows["page"].get(key)
        if not page:
            return
        for rev_key, rev in list(self.rows["revision"].items()):
            if rev_key[0] == wiki and rev[2] == key[1] and self.dice.random() < 0.9:
                bits = rev[7] if self.dice.random() < 0.7 else self.bits()
                archived = [wiki, self.dice.randint(1, 40), key[1]] + rev[3:7] + [bits] + rev[8:] + [rev_key[1]] + page[2:4]
                self.put("archive", archived)
                if self.dice.random() < 0.9:
                    self.delete("revision", rev_key)
        if self.dice.random() < 0.95:
            self.delete("page", key)
        if self.dice.random() < 0.5:
            self.delete("redirect", key)
        self.log(wiki, "delete", page)

    def restore(self, wiki):
        archived = [row for key, row in self.rows["archive"].items() if key[0] == wiki]
        if not archived:
            return
        row = self.dice.choice(archived)
        page = self.random_row("page", wiki)
        if self.dice.random() < 0.8 and row[2] is not None:
            page[1] = row[2]
        rev_id = row[11]
        if rev_id is not None:
            self.put("revision", [wiki, rev_id, page[1]] + row[3:11])
            page[AT["page"]["page_latest"]] = rev_id
        self.put("page", page)
        if self.dice.random() < 0.9:
            self.delete("archive", tuple(row[:2]))
        self.log(wiki, "restore", page)

    def merge(self, wiki):
        """Revisions of one page become another's."""
        source, target = self.some_key("page", wiki), self.some_key("page", wiki)
        if source not in self.rows["page"] or target not in self.rows["page"]:
            return
        for key, row in list(self.rows["revision"].items()):
            if key[0] == wiki and row[2] == source[1] and self.dice.random() < 0.5:
                self.change("revision", key, rev_page=target[1])
                if self.dice.random() < 0.3:
                    self.change("page", target, page_latest=key[1])
        self.log(wiki, "merge", self.rows["page"][source])

    def long_text(self, wiki):
        """A text that is stored apart from its row, which other changes of the row leave alone."""
        table, column = self.dice.choice((
            ("content", "content_sha1"), ("content_models", "model_name"), ("slot_roles", "role_name"), ("comment", "comment_text"),
            ("revision", "rev_sha1"), ("archive", "ar_title"), ("redirect", "rd_interwiki"), ("logging", "log_title"),
            ("user_properties", "up_value")))
        key = self.some_key(table, wiki)
        others = [name for name in SHAPES[table].names[SHAPES[table].finds:] if name != column]
        if self.dice.random() < 0.5:
            self.change(table, key, **{column: "".join(self.dice.choices(self.alphabet, k=3000))})
        if others and self.dice.random() < 0.5:
            name = self.dice.choice(others)
            self.change(table, key, **{name: self.value(table, name)})

    def hide_revision(self, wiki):
        key = self.some_key("page", wiki)
        page = self.rows["page"].get(key)
        if page:
            self.change("revision", (wiki, page[AT["page"]["page_latest"]]), rev_deleted=self.bits())
            self.log(wiki, "revision", page)

    # ---- transactions ----

    def names(self, wiki):
        """What events are made of, so that most references lead somewhere."""
        for table, number in (("actor", 6), ("user", 5), ("comment", 6), ("content", 10), ("slot_roles", 3), ("content_models", 3)):
            for id in tuple(range(1, number + 1)) + (HIDDEN_IDS if table in ("actor", "user", "comment", "content") else ()):
                row = self.random_row(table, wiki)
                self.put(table, [wiki, id] + row[2:])

    def one_source(self):
        """The changes of one source transaction; those of the first are what others refer to."""
        dice = self.dice
        self.sequence += 1
        self.source = Source("0-1-%d" % self.sequence)
        self.batch.source(self.source.gtid)
        self.wild = dice.random() < 0.7
        if self.sequence <= 3:
            self.names(WIKIS[self.sequence - 1])
        doing = (self.create, self.create, self.edit, self.edit, self.edit, self.move, self.swap, self.remove, self.restore,
                 self.hide_revision, self.merge, self.any_change, self.any_change) + (
                     (self.long_text,) if dice.random() < 0.2 else ())
        for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
            dice.choice(doing)(dice.choice(WIKIS if dice.random() < 0.3 else WIKIS[:1]))

    def mark(self):
        source, dice = self.source, self.dice
        time = str(1700000000 + self.sequence) if dice.random() < 0.97 else dice.choice(("0", "253402300800", "9223372036853"))
        wikis = sorted(source.wikis | set(dice.sample(WIKIS, 1)))
        dice.shuffle(wikis)
        self.batch.end(source.gtid, time + dice.choice(("", ".123456")), SOURCE, wikis)
        for key, before in source.pages.items():
            kind = page_kind(before, self.rows["page"].get(key))
            if kind:
                source.expected.append(key + (kind,))
        for key in source.inserted:
            page = self.rows["page"].get((key[0], self.rows["revision"].get(key, (None, None, None))[2]))
            if page and in_schema(key[1]) and in_schema(page[1]) and page[1] > 0:
                source.revisions.add(key)

    def transaction(self, sources):
        """
        One PG transaction with so many source transactions: batches as pairs of "apply", or "undo" where a savepoint takes it
        back, and bytes; and the Sources.
        """
        batches, done = [], []
        self.batch = batch.Batch()
        for _ in range(sources):
            self.one_source()
            if self.dice.random() < 0.06:   # the rest of it in another batch
                batches.append(("apply", bytes(self.batch)))
                if self.dice.random() < 0.5:
                    batches.append(("undo", self.undone()))
                self.batch = batch.Batch()
                self.batch.source(self.source.gtid)
                self.any_change(WIKIS[0])
            self.mark()
            done.append(self.source)
        batches.append(("apply", bytes(self.batch)))
        return batches, done

    def undone(self):
        """A batch that changes nothing in the end."""
        rows = {table: dict(rows) for table, rows in self.rows.items()}
        pages, wikis, inserted = dict(self.source.pages), set(self.source.wikis), set(self.source.inserted)
        packed = self.unmarked(self.source)
        self.rows, self.source.pages, self.source.wikis, self.source.inserted = rows, pages, wikis, inserted
        return packed

    def unmarked(self, source=None):
        """A batch without a mark. If that is all of a PG transaction, or a copy, it gives no events."""
        self.batch, self.source = batch.Batch(), source or Source("0-1-0")
        self.batch.source(self.source.gtid)
        for _ in range(3):
            self.any_change(self.dice.choice(WIKIS))
        return bytes(self.batch)


def state(page):
    """What makes an event of a page if it changes: latest, namespace, title."""
    return page[5] or 0, page[2] or 0, page[3] or ""


def in_schema(number):
    """Ids that JSON's readers can hold, as all schemas want them."""
    return 0 <= number < 2 ** 53


def page_kind(before, after):
    """What became of a page; None: nothing that an event tells."""
    was, now = bool(before and before[5]), bool(after and after[5])
    said = after if now else before
    if not was and not now or not in_schema(said[1]) or not in_schema(said[5]):
        return None
    if was and now:
        return "move" if state(before)[1:] != state(after)[1:] else "edit" if before[5] != after[5] else None
    return "appears" if now else "delete"
