"""
Absurd states of MediaWiki's tables, from a seed: source transactions as no wiki would write them, of rows as no wiki has them
(absurd_rows.py). This file has what is hidden, the changes, pages, and the transactions; absurd_things.py has the other things.

What is hidden carries CANARY or CANARY_NUMBER, and is nowhere else: see hide().
"""

import batch
from absurd_rows import AT, HIDDEN_IDS, HIDDEN_PAGE, HIDDEN_REVISIONS, SHAPES
from absurd_things import Things
from batch import KEEP

SOURCE = "absurd"
CANARY, CANARY_NUMBER = "CANARY", 987654321098765
WIKIS = ("plain", "tëmp \"w\"\\ {x} $1 %", "odd", "closed")
PRIVATE = WIKIS[3]
SETTINGS = """
INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ('{source}', '');
INSERT INTO mwmirror.wiki (wiki_id, source_name, domain, canonical_server, article_path, language,
		autoconfirm_age, autoconfirm_count, temp_accounts, private, snapshot_gtid) VALUES
	($${0}$$, '{source}', 'plain.example.org', 'https://plain.example.org', '/wiki/$1', 'en', 345600, 10, false, false, '0-1-1'),
	($${1}$$, '{source}', '', 'https://temp.example.org', '/index.php?title=$1&x=$1', 'en', 0, 0, true, false, '0-1-1'),
	($${2}$$, '{source}', 'odd.example.org', '', '/nothing', 'xx', 2147483647, -1, true, false, '0-1-1'),
	($${3}$$, '{source}', 'closed.example.org', 'https://closed.example.org', '/wiki/$1', 'en', 0, 0, false, true, '0-1-1');
INSERT INTO mwmirror.wiki_namespace SELECT w, n, t FROM unnest(ARRAY[$${0}$$, $${1}$$, $${2}$$, $${3}$$]) w, (VALUES
	(-2, 'Media'), (-1, 'Special'), (0, ''), (1, 'Talk'), (2, 'User'), (4, ''), (6, 'Fi"le\\'), (10, repeat('é', 300))) v(n, t);
UPDATE mwmirror.wiki_namespace SET male_name = 'Male', female_name = CASE wiki_id WHEN 'odd' THEN '' ELSE 'Female' END
	WHERE namespace_id IN (2, 6);
UPDATE mwmirror.wiki SET local_central_ids = true WHERE wiki_id = 'plain';
SELECT mwmirror.stream_switch(name, true) FROM mwmirror.streams() WHERE of_table IS NULL;
INSERT INTO mwmirror.purge_rule (wiki_id, rule_name, pattern, of_other, events, namespaces, title_like) VALUES
	('*', 'odd', '{{server}}{{path}}/{{host7}}{{title}}', false, NULL, '{{0, 2, x, NULL}}', '_\\\\%'),
	('plain', 'talk', '{{url}}?{{script}}={{host0}}', true, '{{edit,move}}', NULL, '_%');
""".format(*WIKIS, source=SOURCE)

# what a person may change meanwhile, of one wiki
CHANGES = ("temp_accounts = NOT temp_accounts", "local_central_ids = NOT local_central_ids", "bot_groups = '{}'",
           "bot_groups = '{NULL, \"\", sysop}'", "bot_groups = '{{bot, sysop}, {user, *}}'", "article_path = '$1$1'",
           "article_path = '/wiki/$1'", "domain = domain || 'x'", "canonical_server = ''",
           "canonical_server = 'https://plain.example.org'", "autoconfirm_age = -autoconfirm_age")

LOGS = (("delete", "delete"), ("delete", "delete_redir"), ("suppress", "delete"), ("delete", "restore"), ("move", "move"),
        ("move", "move_redir"), ("delete", "revision"), ("suppress", "revision"), ("merge", "merge"), ("merge", "merge-into"),
        ("import", "upload"), ("import", ""), ("import", None), ("protect", "protect"), ("protect", "modify"), ("protect", "unprotect"),
        ("block", "block"), ("block", "reblock"), ("block", "unblock"), ("suppress", "block"), ("newusers", "create"),
        ("newusers", "autocreate"), ("newusers", None), ("renameuser", "renameuser"), ("rights", "rights"), ("rights", "autopromote"),
        ("upload", "upload"), ("upload", "overwrite"), ("upload", "revert"), ("tag", "update"),
        ("", ""), (None, None), ("delete", None), ("delete", "deletedelete"), ("suppress", "x" * 300))


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


class Absurd(Things):
    def __init__(self, dice):
        super().__init__(dice)
        self.rows = {table: {} for table in SHAPES}     # key: row; what PostgreSQL has
        self.batch = self.source = None

    # ---- what is hidden ----

    CANARIES = {"change_tag_def": (("ctd_name", "mw-private-" + CANARY),), "comment": (("comment_text", CANARY),),
                "actor": (("actor_name", CANARY),), "user": (("user_name", CANARY),), "block_target": (("bt_user_text", CANARY),),
                "content": (("content_sha1", CANARY), ("content_size", CANARY_NUMBER)), "content_body": (("body", CANARY.encode()),)}
    # which column hides the others of the table with a canary, if it has the bit
    VERSIONS = {"revision": ("rev_", "rev_len"), "archive": ("ar_", "ar_len"),
                "oldimage": ("oi_", "oi_size"), "filearchive": ("fa_", "fa_size")}
    # accounts that are hidden stay so
    KEPT = ("user", "actor", "block", "block_target")

    def hide(self, table, row):
        """Gives a row that hides something what must never be seen, and takes that from the others."""
        at = AT[table]

        def set_ids(columns, hidden):
            for column in columns:
                if hidden or row[at[column]] in HIDDEN_IDS:
                    row[at[column]] = self.dice.choice(HIDDEN_IDS) if hidden else self.dice.randint(1, 8)

        def plant(column, hidden, canary=CANARY):
            if hidden:
                row[at[column]] = canary
            elif row[at[column]] == canary:     # it came from another row
                row[at[column]] = None

        if table in self.VERSIONS:
            prefix, size = self.VERSIONS[table]
            is_hidden = (table == "revision" and row[1] in HIDDEN_REVISIONS or table == "archive" and
                         (row[at["ar_rev_id"]] in HIDDEN_REVISIONS or row[at["ar_page_id"]] == HIDDEN_PAGE))
            bits = (row[at[prefix + "deleted"]] or 0) | is_hidden
            if is_hidden:
                row[at[prefix + "deleted"]] = bits
            if prefix + "comment_id" in at:
                set_ids([prefix + "comment_id"], bits & 2)
            set_ids([prefix + "actor"], bits & 4)
            plant(prefix + "sha1", bits & 1)
            plant(size, bits & 1, CANARY_NUMBER)
        elif table == "logging":
            bits = row[at["log_deleted"]] or 0
            secret = row[at["log_type"]] == "suppress"
            set_ids(["log_comment_id"], secret or bits & 3)
            set_ids(["log_actor"], secret or bits & 5)
        elif table == "slots":
            set_ids(["slot_content_id"], row[at["slot_revision_id"]] in HIDDEN_REVISIONS)
        elif table == "recentchanges":
            secret = (row[at["rc_deleted"]] or 0) & 15 or row[at["rc_log_type"]] == "suppress"
            set_ids(["rc_comment_id", "rc_actor"], secret)
            plant("rc_params", secret)
        elif table == "block":
            row[at["bl_deleted"]] = row[at["bl_deleted"]] or row[1] in HIDDEN_IDS
            if row[1] in HIDDEN_IDS:
                row[at["bl_target"]] = row[1]
        elif table == "block_target" and row[1] in HIDDEN_IDS:
            row[at["bt_user"]], row[at["bt_auto"]] = row[1], False
        elif table == "page_props":
            plant("pp_value", row[1] == HIDDEN_PAGE)
        elif table == "externallinks":
            plant("el_to_path", row[at["el_from"]] == HIDDEN_PAGE)
        elif table == "actor":
            set_ids(["actor_user"], row[1] in HIDDEN_IDS)
        for column, canary in self.CANARIES.get(table, ()):
            plant(column, row[1] in HIDDEN_IDS, canary)
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
        if table == "oldimage" and key in rows or old_key not in (None, key) and self.is_kept(table, old_key):
            return
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

    def is_kept(self, table, key):
        return table in self.KEPT and key[1] in HIDDEN_IDS

    def delete(self, table, key):
        if self.is_kept(table, key):
            return
        if key in self.rows[table]:
            self.touch(table, key, None)
            self.batch.delete(SHAPES[table], key)
            del self.rows[table][key]
        elif self.dice.random() < 0.1:
            self.batch.delete(SHAPES[table], key, batch.MAY_MISS)

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
            name = self.dice.choice(SHAPES[table].names[1 if table == "oldimage" else SHAPES[table].finds:] or (None,))
            if name is not None:
                self.change(table, key, **{name: self.value(name)})
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
        if self.dice.random() < 0.8 and row[2] not in (None, HIDDEN_PAGE):
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
            ("user_properties", "up_value"), ("page_props", "pp_value"), ("externallinks", "el_to_path"), ("filearchive", "fa_sha1"),
            ("recentchanges", "rc_params")))
        key = self.some_key(table, wiki)
        others = [name for name in SHAPES[table].names[SHAPES[table].finds:] if name != column]
        if self.dice.random() < 0.5:
            self.change(table, key, **{column: "".join(self.dice.choices(self.alphabet, k=3000))})
        if others and self.dice.random() < 0.5:
            name = self.dice.choice(others)
            self.change(table, key, **{name: self.value(name)})

    def hide_revision(self, wiki):
        key = self.some_key("page", wiki)
        page = self.rows["page"].get(key)
        if page:
            self.change("revision", (wiki, page[AT["page"]["page_latest"]]), rev_deleted=self.bits())
            self.log(wiki, "revision", page)

    # ---- transactions ----

    def names(self, wiki):
        """What events are made of, so that most references lead somewhere."""
        for table, number in (("block_target", 0), ("block", 0), ("actor", 6), ("user", 5), ("comment", 6), ("content", 10), ("content_body", 10),
                              ("slot_roles", 3), ("content_models", 3), ("change_tag_def", 5)):
            for id in tuple(range(1, number + 1)) + (() if table in ("slot_roles", "content_models") else HIDDEN_IDS):
                row = self.random_row(table, wiki)
                self.put(table, [wiki, id] + row[2:])

    def one_source(self):
        """The changes of one source transaction; those of the first are what others refer to."""
        dice = self.dice
        self.sequence += 1
        self.source = Source("0-1-%d" % self.sequence)
        self.batch.source(self.source.gtid)
        self.wild = dice.random() < 0.7
        if self.sequence == 1:
            for wiki in WIKIS:
                self.names(wiki)
        doing = (self.create, self.create, self.edit, self.edit, self.edit, self.move, self.swap, self.remove, self.restore,
                 self.hide_revision, self.merge, self.any_change, self.any_change) + (
                     (self.long_text,) if dice.random() < 0.2 else ())
        others = tuple(thing.__get__(self) for thing in self.DOING)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
            dice.choice(doing if dice.random() < 0.5 else others)(dice.choice(WIKIS if dice.random() < 0.3 else WIKIS[:1]))

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
            if page and key[0] != PRIVATE and in_schema(key[1]) and in_schema(page[1]) and page[1] > 0:
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
