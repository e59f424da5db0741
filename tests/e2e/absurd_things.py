"""What a wiki does with accounts, blocks, files, links, tags and feeds, more or less: steps are left out, and rows do not fit."""

from absurd_rows import AT, HIDDEN_IDS, SHAPES, Values

USER, FILE = 2, 6   # namespaces


class Things(Values):
    """A part of Absurd."""

    def here(self, table, wiki, **values):
        """Rows of the table with these values."""
        at = AT[table]
        return [row for key, row in self.rows[table].items()
                if key[0] == wiki and all(row[at[name]] == value for name, value in values.items())]

    def row(self, table, wiki, **values):
        """A random row, but for these values."""
        row = self.random_row(table, wiki)
        for name, value in values.items():
            row[AT[table][name]] = value
        return row

    def often(self, odds=0.8):
        return self.dice.random() < odds

    def log_title(self, wiki, kind, namespace, title):
        """A log entry of what is no page."""
        self.log(wiki, kind, [wiki, self.maybe(0, 0.8), namespace, title])

    # ---- accounts ----

    def account_name(self, wiki, user):
        rows = self.here("user", wiki, user_id=user)
        return rows[0][AT["user"]["user_name"]] if rows else self.text(True)

    def make_account(self, wiki):
        row = self.random_row("user", wiki)
        self.put("user", row)
        if self.often():
            self.put("actor", self.row("actor", wiki, actor_user=row[1], actor_name=row[2]))
        self.log_title(wiki, "newusers", USER, row[2])

    def rename(self, wiki):
        key = self.some_key("actor", wiki)
        if key not in self.rows["actor"]:
            return
        row = self.rows["actor"][key]
        self.log_title(wiki, "renameuser", USER, row[3])
        name = self.text(True)
        if self.often():
            self.change("actor", key, actor_name=name)
        if self.often() and row[2] is not None:
            self.change("user", (wiki, row[2]), user_name=name)

    def promote(self, wiki):
        user = self.some_key("user", wiki)[1]
        for _ in range(self.dice.choice((1, 1, 2, 4))):
            groups = self.here("user_groups", wiki, ug_user=user)
            if groups and self.often(0.4):
                self.delete("user_groups", tuple(self.dice.choice(groups)[:3]))
            else:
                self.put("user_groups", self.row("user_groups", wiki, ug_user=user))
        self.log_title(wiki, "rights", USER, self.account_name(wiki, user))

    # ---- blocks ----

    def block(self, wiki):
        target = self.random_row("block_target", wiki)
        if self.often():
            account = self.some_key("user", wiki)[1]
            if account not in HIDDEN_IDS and self.often(0.6):
                target[AT["block_target"]["bt_user"]] = account
                target[AT["block_target"]["bt_user_text"]] = self.account_name(wiki, account)
            self.put("block_target", target)
        row = self.row("block", wiki, bl_target=target[1])
        self.put("block", row)
        for _ in range(self.dice.choice((0, 0, 1, 3))):
            self.put("ipblocks_restrictions", self.row("ipblocks_restrictions", wiki, ir_ipb_id=row[1]))
        names = [target[AT["block_target"][name]] for name in ("bt_user_text", "bt_address")]
        self.log_title(wiki, "block", USER, self.dice.choice(names))

    def unblock(self, wiki):
        key = self.some_key("block", wiki)
        if key in self.rows["block"]:
            target = self.rows["block"][key][2]
            for row in self.here("ipblocks_restrictions", wiki, ir_ipb_id=key[1]):
                if self.often():
                    self.delete("ipblocks_restrictions", tuple(row))
            self.delete("block", key)
            if self.often(0.7) and target is not None:
                self.delete("block_target", (wiki, target))
            self.log_title(wiki, "block", USER, self.text(True))

    # ---- files ----

    FILE_COLUMNS = SHAPES["image"].names[2:]

    def archived(self, wiki, table, current, **values):
        """A row of oldimage or filearchive that has what the row of image says."""
        prefix = {"oldimage": "oi_", "filearchive": "fa_"}[table]
        copied = {prefix + name[4:]: current[AT["image"][name]] for name in self.FILE_COLUMNS}
        return self.row(table, wiki, **{prefix + "name": current[1], **copied, **values})

    def upload(self, wiki):
        key = self.some_key("image", wiki)
        current = self.rows["image"].get(key)
        if current and self.often():
            self.put("oldimage", self.archived(wiki, "oldimage", current, oi_deleted=self.dice.choice((0, self.bits()))))
            names = self.dice.sample(self.FILE_COLUMNS, 3)
            self.change("image", key, **{name: self.value(name) for name in names})
        else:
            self.put("image", self.row("image", wiki, img_name=key[1]))
        self.log_title(wiki, "upload", FILE, key[1])

    def move_file(self, wiki):
        key = self.some_key("image", wiki)
        if key in self.rows["image"]:
            name = self.file_name()
            for row in self.here("oldimage", wiki, oi_name=key[1]):
                if self.often():
                    self.change("oldimage", tuple(row), oi_name=name)
            self.put("image", [wiki, name] + self.rows["image"][key][2:], key)
            self.log_title(wiki, "move", FILE, key[1])

    def delete_file(self, wiki):
        key = self.some_key("image", wiki)
        current = self.rows["image"].get(key)
        if current:
            if self.often():
                self.put("filearchive", self.archived(wiki, "filearchive", current, fa_archive_name=self.dice.choice((None, "", "x"))))
            for row in self.here("oldimage", wiki, oi_name=key[1]):
                if self.often(0.6):
                    self.put("filearchive", self.archived(wiki, "filearchive", current, fa_deleted=row[AT["oldimage"]["oi_deleted"]]))
                    self.delete("oldimage", tuple(row))
            if self.often():
                self.delete("image", key)
            self.log_title(wiki, "delete", FILE, key[1])

    def restore_file(self, wiki):
        key = self.some_key("filearchive", wiki)
        row = self.rows["filearchive"].get(key)
        if row:
            name = row[AT["filearchive"]["fa_name"]]
            if self.often() and name is not None:
                self.put("image", self.row("image", wiki, img_name=name))
            else:
                self.put("oldimage", self.row("oldimage", wiki, oi_name=name))
            if self.often():
                self.delete("filearchive", key)
            self.log_title(wiki, "restore", FILE, name)

    def hide_file(self, wiki):
        table, column = self.dice.choice((("oldimage", "oi_deleted"), ("filearchive", "fa_deleted")))
        key = self.some_key(table, wiki)
        if key in self.rows[table]:
            name = self.rows[table][key][AT[table][column[:3] + "name"]]
            self.change(table, key, **{column: self.bits()})
            self.log_title(wiki, "revision", FILE, name)

    # ---- what belongs to pages ----

    def links(self, wiki):
        page = self.some_key("page", wiki)[1] if self.often(0.95) else self.page_of_items()
        for _ in range(self.dice.choice((1, 2, 5))):
            table, column = self.dice.choice((("pagelinks", "pl_from"), ("externallinks", "el_from"), ("page_props", "pp_page")))
            rows = self.here(table, wiki, **{column: page})
            if rows and self.often(0.4):
                self.delete(table, tuple(self.dice.choice(rows)[:SHAPES[table].finds]))
                continue
            row = self.row(table, wiki, **{column: page})
            if table == "pagelinks" and self.often(0.6):
                self.put("linktarget", self.row("linktarget", wiki, lt_id=row[2]))
            self.put(table, row)

    def protect(self, wiki):
        key = self.some_key("page", wiki)
        for row in self.here("page_restrictions", wiki, pr_page=key[1]):
            if self.often():
                self.delete("page_restrictions", tuple(row[:2]))
        for _ in range(self.dice.choice((0, 1, 2, 3))):
            row = self.row("page_restrictions", wiki, pr_page=key[1])
            row[3] = self.dice.choice(("edit", "move", "upload", "create", "", None, row[3]))
            self.put("page_restrictions", row)
        if key in self.rows["page"]:
            self.log(wiki, "protect", self.rows["page"][key])

    def tag(self, wiki):
        revision = self.some_key("revision", wiki)[1]
        for _ in range(self.dice.choice((1, 1, 2, 4))):
            rows = self.here("change_tag", wiki, ct_rev_id=revision)
            if rows and self.often(0.4):
                row = self.dice.choice(rows)
                self.delete("change_tag", tuple(row[:2]))
            else:
                row = self.row("change_tag", wiki, ct_rev_id=revision)
                self.put("change_tag", row)
            name = (wiki, row[AT["change_tag"]["ct_tag_id"]])
            if self.often(0.2):
                self.delete("change_tag_def", name)
            elif self.often(0.5) and name[1] is not None:
                self.put("change_tag_def", self.row("change_tag_def", wiki, ctd_id=name[1]))
        if self.often(0.3):
            self.log(wiki, "tag", self.random_row("page", wiki))

    def feed(self, wiki):
        """A recent change, mostly of a revision or a log entry that is there."""
        revision, log = self.some_key("revision", wiki), self.some_key("logging", wiki)
        at = AT["logging"]
        row = self.row("recentchanges", wiki)
        if self.often(0.6):
            row = self.row("recentchanges", wiki, rc_this_oldid=revision[1], rc_type=self.dice.choice((0, 1)), rc_deleted=0)
        elif log in self.rows["logging"]:
            entry = self.rows["logging"][log]
            row = self.row("recentchanges", wiki, rc_logid=log[1], rc_type=3, rc_source="mw.log", rc_log_type=entry[at["log_type"]],
                           rc_log_action=entry[at["log_action"]], rc_deleted=entry[at["log_deleted"]])
        self.put("recentchanges", row)

    def null_edit(self, wiki):
        self.change("page", self.some_key("page", wiki), page_touched=self.time())

    DOING = (make_account, rename, promote, block, block, unblock, upload, upload, move_file, delete_file, restore_file, hide_file, links,
             links, protect, tag, feed, null_edit)
