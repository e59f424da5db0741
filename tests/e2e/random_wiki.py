"""
All that people do to a wiki, at random from a seed: on few pages, files and accounts, so that most of it meets something. What
MediaWiki refuses is counted, and is no failure.
"""

import threading

import mw

PASSWORD = "Str0ng-pass-phrase"
PAGES, FILES, ACCOUNTS = 9, 2, 4
ADDRESSES = ["192.0.2.%d" % number for number in range(3)]
FIELDS = ("content", "comment", "user")


class RandomWiki:
    """One worker on a wiki, whose session nobody else has; stop: an event. label: begins the names of all that is its own."""

    def __init__(self, wiki, dice, label, stop):
        self.admin, self.dice, self.label, self.stop = wiki, dice, label, stop
        self.number, self.done, self.refused = 0, {}, {}
        self.there, self.deleted, self.blocked = set(), set(), set()    # titles, and names: most of what is tried may be done
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.error = None
        self.names = [("%s user %d" % (label, number)).capitalize() for number in range(ACCOUNTS)]
        self.people = []

    def prepare(self):
        """The accounts, of which one has a gender."""
        for name in self.names:
            self.admin.create_account(name, PASSWORD)
            self.people.append(self.admin.as_user(name, PASSWORD))
        self.admin.do("managetags", operation="create", tag=self.tag, reason="r", ignorewarnings=True)
        self.people[0].do("options", change="gender=female|nickname=A signature of %s" % self.names[0])
        return self

    @property
    def tag(self):
        return "%s tag" % self.label

    def _run(self):
        actions = [(getattr(self, name), weight) for name, weight in WEIGHTS.items()]
        try:
            while not self.stop.is_set():
                action = self.dice.choices([a for a, _ in actions], [w for _, w in actions])[0]
                self.number += 1
                try:
                    action()
                    self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
                except (mw.ApiError, LookupError):
                    self.refused[action.__name__] = self.refused.get(action.__name__, 0) + 1
        except Exception as error:  # told by whoever waits
            self.error = error

    # what there is

    def any_page(self):
        number = self.dice.randrange(PAGES)
        return ("Template:" if number < 2 else "User talk:" if number == 2 else "") + "%s %d" % (self.label, number)

    def page(self):
        return self.one_of(title for title in self.there if not title.startswith("File:"))

    def file(self):
        return "%s %d.png" % (self.label, self.dice.randrange(FILES))

    def one_of(self, things):
        return self.dice.choice(sorted(things))

    def who(self):
        return self.dice.choice([self.admin, *self.people])

    def reason(self):
        return "reason %d %s" % (self.number, self.dice.choice(["", "é", "龘" * 3, "x" * 200]))

    def text(self):
        parts = ["text %d" % self.number]
        if self.dice.random() < 0.15:
            parts.insert(0, "#REDIRECT [[%s]]" % self.any_page())
        for form in ("[[%s]]", "{{%s}}", "[[Category:%s]]", "[[:%s]]", "https://example.org/%s"):
            if self.dice.random() < 0.5:
                parts.append(form % self.any_page().replace("Template:", "").replace(" ", "_"))
        if self.dice.random() < 0.3:
            parts.append("[[File:%s]] {{DEFAULTSORT:%d}}" % (self.file(), self.number))
        return "\n".join(parts)

    # pages

    def edit(self):
        title = self.any_page()
        self.who().edit(title, self.text(), self.reason(), minor=self.dice.random() < 0.3)
        self.there.add(title)

    def edit_tagged(self):
        self.admin.edit(self.page(), self.text(), self.reason(), tags=self.tag)

    def move(self):
        old, new, silent = self.page(), self.any_page(), self.dice.random() < 0.5
        self.admin.move(old, new, self.reason(), noredirect=silent)
        self.there.add(new)
        if silent:
            self.there.discard(old)

    def delete(self, title=None):
        title = title or self.page()
        self.admin.delete(title, self.reason())
        self.there.discard(title)
        self.deleted.add(title)

    def undelete(self):
        title = self.one_of(self.deleted)
        self.admin.undelete(title, self.reason())
        self.deleted.discard(title)
        self.there.add(title)

    def protect(self):
        title = self.any_page()
        ways = ["edit=sysop|move=sysop", "edit=all|move=all", "edit=autoconfirmed"] if title in self.there else ["create=sysop", "create=all"]
        self.admin.protect(title, self.dice.choice(ways), expiry=self.dice.choice(["infinite", "2 hours"]), reason=self.reason())

    def merge(self):
        self.admin.merge_history(self.page(), self.page(), self.reason())

    def rollback(self):
        title = self.page()
        self.admin.rollback(title, self.admin.revisions(title)[0]["user"])

    def watch(self):
        self.who().watch(self.page())

    def tag_revision(self):
        which = self.dice.choice(["add", "remove"])
        self.admin.do("tag", revid=self.dice.choice(self.admin.revisions(self.page()))["revid"], **{which: self.tag})

    # what is hidden and shown

    def hide(self, ids, kind="revision", target=None):
        bits = [field for field in FIELDS if self.dice.random() < 0.6] or ["comment"]
        which, suppress = ("hide", self.dice.choice(["yes", "nochange"])) if self.dice.random() < 0.6 else ("show", "no")
        self.admin.revision_delete(ids, suppress=suppress, reason=self.reason(), type=kind, target=target, **{which: "|".join(bits)})

    def hide_revision(self):
        self.hide([self.dice.choice(self.admin.revisions(self.page())[1:])["revid"]])

    def hide_log(self):
        events = self.admin.get(action="query", list="logevents", leprop="ids", lelimit="30")["query"]["logevents"]
        self.hide([self.dice.choice(events)["logid"]], "logging")

    def hide_archived(self):
        title = self.one_of(t for t in self.deleted if not t.startswith("File:"))
        pages = self.admin.get(action="query", prop="deletedrevisions", titles=title, drvprop="timestamp", drvlimit="20")["query"]["pages"]
        stamp = self.dice.choice(pages[0].get("deletedrevisions", []))["timestamp"]
        self.hide(["".join(c for c in stamp if c.isdigit())], "archive", title)

    def hide_file(self):
        name = self.file()
        versions = [v for v in self.admin.file_versions(name) if "archivename" in v]
        self.hide([self.dice.choice(versions)["archivename"].split("!")[0]], "oldimage", "File:" + name)

    def hide_deleted_file(self):
        found = self.admin.get(action="query", list="filearchive", falimit="30")["query"]["filearchive"]
        one = self.dice.choice(found)
        self.hide([one["id"]], "filearchive", "File:" + one["name"])

    # accounts

    def block(self, **more):
        name = self.dice.choice([*self.names[1:], *ADDRESSES])
        self.admin.block(name, self.reason(), expiry=self.dice.choice(["infinite", "2 hours"]), allowusertalk=self.dice.random() < 0.5)
        self.blocked.add(name)

    def hide_account(self):
        name = self.dice.choice(self.names[1:])
        self.admin.block(name, self.reason(), hidename=True)
        self.blocked.add(name)

    def unblock(self):
        name = self.one_of(self.blocked)
        self.blocked.discard(name)
        self.admin.unblock(name, self.reason())

    def rights(self):
        change = self.dice.choice(["add", "remove"])
        self.admin.user_rights(self.dice.choice(self.names), reason=self.reason(), **{change: self.dice.choice(["bot", "sysop", "bureaucrat"])})

    def rename(self):
        """The account that is never blocked, and has an edit."""
        self.people[0].edit("%s of one to be renamed" % self.label, self.text(), self.reason())
        new = ("%s renamed %d" % (self.label, self.number)).capitalize()
        self.admin.rename_user(self.names[0], new, "renamed")
        self.names[0] = new

    def options(self):
        self.dice.choice(self.people).do("options", change="gender=%s|nickname=%s|language=%s" % (
            self.dice.choice(["male", "female", "unknown"]), self.reason(), self.dice.choice(["en", "de"])))

    # files

    def upload(self):
        name, number = self.file(), self.number
        self.dice.choice([self.admin, self.people[0]]).upload(name, mw.png(number % 256, number // 256 % 256, self.dice.randrange(256)),
                                                              self.reason(), self.text())
        self.there.add("File:" + name)

    def delete_file(self):
        self.delete(self.one_of(title for title in self.there if title.startswith("File:")))


# How often, of all. What says the name of a renamed account is told in time, not at once: tests do that by themselves.
WEIGHTS = {
    "edit": 40, "edit_tagged": 5, "move": 6, "delete": 5, "undelete": 8, "protect": 4, "hide_revision": 12, "hide_log": 5, "hide_archived": 5, "upload": 6,
    "hide_file": 4, "hide_deleted_file": 4, "delete_file": 3, "block": 3, "hide_account": 3, "unblock": 7, "rights": 3, "options": 3,
    "tag_revision": 5, "merge": 2, "rollback": 3, "watch": 2,
}
