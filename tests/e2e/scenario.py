"""
The operations that produced data/page_change.v1.jsonl: the same titles, texts, comments and order.

perform() does them on a wiki and returns what must come out of it, written down before anything is read back:
one Step per page_change event, in order. Two texts of the recording are unknown (only their SHA-1 is in the
examples); there the SHA-1 of what is written here is what an event must carry.
"""

import hashlib

import chain

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

ZURICH = 'Zürich 東京 & (q) "x" é C'
ZURICH_COMMENT = "create ünïcode — 東京 'q' \"dq\" \\ <script>"


class Step:
    """One expected event; example is the line number of the same operation in the examples' file, from 0."""

    def __init__(self, kind, title, example=None, **facts):
        self.kind = kind
        self.title = title.replace(" ", "_")
        self.example = example
        self.facts = facts

    def __repr__(self):
        return "%s %s" % (self.kind, self.title)


def sha1_base36(data):
    number = int(hashlib.sha1(data).hexdigest(), 16)
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits.rjust(31, "0")


class EditCount:
    """The user's edit count. It grows after the answer, in a transaction of its own: so wait for it."""

    def __init__(self, box, wiki):
        self.box = box
        self.wiki = wiki
        self.value = self.read()

    def read(self):
        return int(self.box.maria_value("SELECT user_editcount FROM `%s`.user WHERE user_name = %%s"
                                        % self.wiki.dbname, (self.wiki.user,)))

    def grow(self, by):
        self.value += by
        chain.wait_for(lambda: self.read() == self.value,
                       lambda: "edit count %d, found %d" % (self.value, self.read()), 10, 0.01)


def perform(box, wiki):
    """Runs the operations; returns the list of Steps."""
    assert not wiki.revisions("Alpha C"), "the scenario was done before in this sandbox: it needs a new one"
    steps = []
    count = EditCount(box, wiki)

    def step(kind, title, example=None, **facts):
        steps.append(Step(kind, title, example, edit_count=count.value, **facts))

    def save(kind, title, text, comment, example=None, **more):
        step(kind, title, example, text=text.encode(), comment=comment)
        wiki.edit(title, text, comment, **more)
        count.grow(1)

    def move(old, new, reason, edits, **more):
        wiki.move(old, new, reason, **more)
        count.grow(edits)

    save("create", ZURICH, "Grüezi = 東京 & <b>\"quoted\"</b>.", ZURICH_COMMENT, 0)
    save("create", "Alpha C", "one", "create", 1)
    save("edit", "Alpha C", "two", "edit", 2)
    save("edit", "Alpha C", "two and three", "minor", 3, minor=True)
    wiki.edit("Alpha C", "two and three", "a null edit gives no event")

    save("create", "Mover C", "m1", "c")
    step("move", "Moved C", 4)
    step("create", "Mover C")
    move("Mover C", "Moved C", "mv", 2)
    step("move", "Moved again C", 5)
    move("Moved C", "Moved again C", "mv2", 1, noredirect=True)
    step("move", "Moved thrice C")
    step("create", "Moved again C")
    move("Moved again C", "Moved thrice C", "mv3", 2)
    step("delete", "Moved again C", 6)
    step("move", "Moved again C")
    step("create", "Moved thrice C")
    move("Moved thrice C", "Moved again C", "mv4", 2)

    save("create", "Doomed C", "d1", "c")
    save("edit", "Doomed C", "d2", "e")
    save("edit", "Doomed C", "d3", "e")
    stamps = [r["timestamp"] for r in wiki.revisions("Doomed C")]
    step("delete", "Doomed C", 7)
    wiki.delete("Doomed C", "rm")
    step("undelete", "Doomed C", 8, revisions=3)
    wiki.undelete("Doomed C", "back")
    step("delete", "Doomed C")
    wiki.delete("Doomed C", "again")
    step("undelete", "Doomed C", 9, revisions=3)
    wiki.undelete("Doomed C", "some", timestamps=sorted(set(stamps)))

    save("create", "Secret C", "fine", "c")
    save("edit", "Secret C", "SECRET-TEXT-C-16", "SECRET-COMMENT-C")
    hidden = wiki.revisions("Secret C")[0]["revid"]
    save("edit", "Secret C", "clean", "c3")
    current = wiki.revisions("Secret C")[0]["revid"]
    # an old revision: no page_change
    wiki.revision_delete([hidden], hide="content|comment", reason="r")
    wiki.revision_delete([hidden], hide="content|comment|user", suppress="yes", reason="s")
    step("visibility_change", "Secret C", 10, others=2)
    wiki.revision_delete([current], hide="comment|user", reason="v")
    return steps
