"""
A wiki of any size as years of editing leave it, from a seed: people, pages and their history here, all around them in large_wiki_around.py.

Few people make most edits and few pages get most of them (each edit is of a page and by a person of an earlier edit, or of a new one), namespaces, lengths,
summaries, reverts and hidden fields are in the proportions of a large Wikipedia, names hold what names may hold. The rows are those of MediaWiki 1.43.
Texts are not made: content names texts that are not there. The last edit is at END, whenever that is: nothing depends on the clock.

	wiki = large_wiki.LargeWiki(20000)              the number of revisions; about a minute for each million
	wiki.fill(connection, "wikilarge")              tables and rows, not in the binlog
	wiki.names["page"]                              what to ask for, see LargeWiki.names
"""

import array
import calendar
import datetime
import itertools
import os
import random
import shutil
import tempfile
import zlib

import large_wiki_around
import workload

START, END = calendar.timegm((2016, 1, 1, 0, 0, 0)), calendar.timegm((2026, 1, 1, 0, 0, 0))
RECENT = 90 * 86400     # seconds that recentchanges goes back
NAMESPACES = {0: 44, 1: 14, 2: 6, 3: 14, 4: 3, 5: 1, 6: 6, 10: 4, 11: 1, 14: 6, 15: 1}
BOTS = 8
SYLLABLES = "an ar ba bel ca dor el fi gan ho in ka lo mar mi na or pa qui ra sa ta tor u ver vi wa xi yo zen ö é ñ ı ł 山 中 да ро".split()
WORDS = ("added ref fixed typo cleanup copyedit category image removed vandalism per talk expanded updated infobox link moved section wording date "
         "formatting source reverted clarified grammar new stub merged").split()
PHRASES = ["fixed typo", "ce", "cleanup", "added reference", "rv", "+cat", "Reverted edits by vandal", "update", "→", "tidy up", "/* External links */", "minor fix"]


def stamp(seconds, days={}):
    """As MediaWiki writes it: 14 digits."""
    day, rest = divmod(seconds, 86400)
    text = days.get(day)
    if text is None:
        text = days[day] = datetime.datetime.fromtimestamp(day * 86400, datetime.timezone.utc).strftime("%Y%m%d")
    return "%s%02d%02d%02d" % (text, rest // 3600, rest // 60 % 60, rest % 60)


def plain(text):
    """A value as LOAD DATA reads it; None is NULL."""
    if text is None:
        return "\\N"
    return text.replace("\\", "\\\\").replace("\t", "\\\t").replace("\n", "\\\n") if type(text) is str else text


class Tables:
    """The rows of all tables, each in a file as LOAD DATA reads it."""

    def __init__(self, directory):
        self.directory, self.files = directory, {}

    def add(self, table, *values):
        file = self.files.get(table)
        if file is None:
            file = self.files[table] = open(os.path.join(self.directory, table), "w", encoding="utf-8", newline="", buffering=1 << 20)
        file.write("\t".join([str(plain(value)) for value in values]) + "\n")

    def close(self):
        for file in self.files.values():
            file.close()


class LargeWiki:
    """names, once it is filled: see _names()."""

    def __init__(self, revisions, seed=1):
        self.dice, self.revisions = random.Random(seed), revisions
        self.used, self.names = set(), {}
        # by index, ids are one more: who (user_id or None, name), pages, revisions
        self.actors, self.accounts, self.ips = [], 0, []
        self.namespace, self.title, self.titles = [], [], {}
        self.rev_page, self.rev_actor, self.rev_time, self.rev_comment, self.rev_len, self.rev_parent = (array.array("q") for _ in range(6))
        self.rev_content = array.array("q")             # the revision that had the same content first
        self.rev_bits, self.rev_minor = bytearray(), bytearray()
        self.reverts, self.reverted = {}, set()         # revision: its tag; revisions
        self.latest, self.length, self.edits = array.array("q"), array.array("q"), array.array("q")
        self.comments, self.texts = 0, {}

    # names

    def word(self, most=4):
        return "".join(self.dice.choice(SYLLABLES) for _ in range(self.dice.randint(2, most))).capitalize()

    def unique(self, kind, make):
        """A name that nothing of the kind has."""
        while True:
            name = make()
            if (kind, name) not in self.used:
                self.used.add((kind, name))
                return name

    def new_title(self):
        dice = self.dice.random()
        title = "_".join([self.word()] + [self.dice.choice([self.word(), self.word().lower(), "of", "the"]) for _ in range(self.dice.choice([0, 0, 1, 1, 2]))])
        if dice < 0.05:
            title += "_(%s)" % self.dice.choice(["film", "album", "disambiguation", "river", "footballer"])
        elif dice < 0.08:
            title = "List_of_" + title.lower()
        elif dice < 0.09:
            title += self.dice.choice(["'s", "_%", "\"", "_\\", "!", "?", "_&_co", "/sub"])
        return title

    def new_account(self):
        self.accounts += 1
        bot = self.accounts <= BOTS
        name = self.unique("user", lambda: self.word() + self.dice.choice(["", "", " " + self.word(), str(self.dice.randint(1, 2020))]) + ("Bot" if bot else ""))
        self.actors.append((self.accounts, name))
        return len(self.actors)

    def new_ip(self):
        six = self.dice.random() < 0.3
        self.actors.append((None, self.unique("user", lambda: "2001:DB8:%X:%X:0:0:0:%X" % tuple(self.dice.randrange(65536) for _ in range(3)) if six else
                                              "%d.%d.%d.%d" % tuple(self.dice.randrange(1, 255) for _ in range(4)))))
        self.ips.append(len(self.actors))
        return len(self.actors)

    def new_page(self):
        space = self.dice.choices(self.spaces, self.weights)[0]
        title = None
        if space % 2:       # a talk page is of a page
            for _ in range(4):
                other = int(self.dice.random() * len(self.title)) if self.title else 0
                if self.title and self.namespace[other] == space - 1 and (space, self.title[other]) not in self.used:
                    title = self.title[other]
                    break
            else:
                space -= 1
        elif space == 2 and self.dice.random() < 0.6:
            title = self.actors[int(self.dice.random() * len(self.actors))][1].replace(" ", "_")
            title = title if (2, title) not in self.used else title + "/" + self.word()
            title = None if (2, title) in self.used else title
        if title is None:
            ending = self.dice.choice([".jpg", ".jpg", ".png", ".svg", ".ogg", ".pdf"]) if space == 6 else ""
            title = self.unique(space, lambda: self.new_title() + ending)
        self.used.add((space, title))
        self.namespace.append(space)
        self.title.append(title)
        for row in (self.latest, self.length, self.edits):
            row.append(0)
        return len(self.title)

    def comment(self, text):
        """The id of a new comment."""
        self.comments += 1
        self.tables.add("comment", self.comments, zlib.crc32(text.encode()) - (1 << 31), text, None)
        return self.comments

    def shared_comment(self, text):
        """The id of the comment that all who say this have."""
        if text not in self.texts:
            self.texts[text] = self.comment(text)
        return self.texts[text]

    def summary(self):
        dice = self.dice.random()
        if dice < 0.3:
            return self.shared_comment("")
        if dice < 0.5:
            return self.shared_comment(PHRASES[int(self.dice.paretovariate(0.8)) % len(PHRASES)])
        words = " ".join(self.dice.choice(WORDS) for _ in range(self.dice.choice([2, 4, 6, 12])))
        return self.comment("/* %s */ %s" % (self.word(), words) if dice < 0.7 else "%s [[%s]]" % (words, self.word()))

    # history

    def history(self):
        """Each edit is of a page, and by a person, of an earlier edit, or of one of the last, or of a new one."""
        dice, people = self.dice.random, []
        times = sorted(START + int((END - START - 1) * dice() ** 0.6) for _ in range(self.revisions))
        self.spaces, self.weights = zip(*NAMESPACES.items())
        for _ in range(BOTS):
            self.new_account()
        for place in range(8 + self.revisions // 400):      # those of before, so that nobody has most of all
            people += [self.new_account()] * (1 + 200 // (place + 5))
        for number in range(self.revisions):
            which = dice()
            if which < 0.1 or number < 20 + self.revisions // 500:
                page = self.new_page()
            elif which < 0.3:
                page = self.rev_page[number - 1 - int(dice() * min(number, 300))]
            else:
                page = self.rev_page[int(dice() * number)]
            which = dice()
            if which < 0.12:
                actor = 1 + int(BOTS * dice() ** 3)
            elif which < 0.24:
                actor = self.new_ip() if not self.ips or dice() < 0.5 else self.ips[-1 - int(dice() * min(len(self.ips), 50))]
            else:
                actor = self.new_account() if which < 0.25 else people[int(dice() * len(people))]
                people.append(actor)
            self.edit(number, page, actor, times[number])
        for _ in range(self.accounts):      # half of all accounts have never edited
            self.new_account()

    def edit(self, number, page, actor, when):
        parent, before, dice = self.latest[page - 1], self.length[page - 1], self.dice.random
        grand = self.rev_parent[parent - 1] if parent else 0
        content, comment = number + 1, None
        if grand and dice() < 0.07 and self.rev_actor[parent - 1] != actor:
            content, length = self.rev_content[grand - 1], self.rev_len[grand - 1]
            self.reverts[number + 1] = self.dice.choice(["mw-undo", "mw-undo", "mw-rollback", "mw-manual-revert"])
            self.reverted.add(parent)
            comment = self.comment("Undid revision %d by [[Special:Contributions/%s]]" % (parent, self.actors[self.rev_actor[parent - 1] - 1][1]))
        elif parent:
            length = max(20, before + int(self.dice.gauss(40, 300) if dice() < 0.9 else self.dice.gauss(0, before / 2)))
        else:
            length = min(200000, int(200 * self.dice.paretovariate(0.9)))
        self.rev_page.append(page)
        self.rev_actor.append(actor)
        self.rev_time.append(when)
        self.rev_comment.append(comment or self.summary())
        self.rev_len.append(length)
        self.rev_parent.append(parent)
        self.rev_content.append(content)
        self.rev_minor.append(dice() < 0.25)
        self.rev_bits.append(self.dice.choice([1, 2, 4, 3, 6, 7, 15]) if dice() < 0.003 else 0)
        self.latest[page - 1], self.length[page - 1] = number + 1, length
        self.edits[page - 1] += 1

    def hide_people(self):
        """Some accounts are hidden: nothing they did says who it was. Returns their actors."""
        count = {}
        for actor in self.rev_actor:
            count[actor] = count.get(actor, 0) + 1
        some = [actor for actor in count if count[actor] < 20 and actor > 2 * BOTS and self.actors[actor - 1][0]]
        hidden = set(self.dice.sample(some, min(len(some), 3 + self.revisions // 50000)))
        for number, actor in enumerate(self.rev_actor):
            if actor in hidden:
                self.rev_bits[number] |= 12
        self.by_edits = sorted(count, key=lambda actor: (-count[actor], actor))
        return hidden

    @staticmethod
    def sha1(content):
        return ("%032x" % (content * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)))[:31]

    def write_history(self):
        add = self.tables.add
        for number, (user, name) in enumerate(self.actors, 1):
            add("actor", number, user, name)
        add("content_models", 1, "wikitext")
        add("content_models", 2, "json")
        add("slot_roles", 1, "main")
        rows = zip(itertools.count(1), self.rev_page, self.rev_comment, self.rev_actor, self.rev_time, self.rev_minor, self.rev_bits, self.rev_len, self.rev_parent,
                   self.rev_content)
        for rev, page, comment, actor, when, minor, bits, length, parent, content in rows:
            add("revision", rev, page, comment, actor, stamp(when), minor, bits, length, parent, self.sha1(content))
            add("slots", rev, 1, content, content)
            if content == rev:
                add("content", rev, length, self.sha1(rev), 1, "tt:%d" % rev)
            user, name = self.actors[actor - 1]
            if user is None:
                add("ip_changes", rev, stamp(when), large_wiki_around.ip_hex(name))
        for number, (space, title, latest) in enumerate(zip(self.namespace, self.title, self.latest), 1):
            when = stamp(self.rev_time[latest - 1])
            add("page", number, space, title, int(number in self.redirects), int(self.edits[number - 1] == 1), "%.12f" % self.dice.random(),
                when, when, latest, self.length[number - 1], "wikitext", None)

    def _names(self):
        """What queries may ask for, by what it is."""
        titles, pages = self.title, sorted(range(len(self.title)), key=lambda n: -self.edits[n])
        articles = [n for n in pages if self.namespace[n] == 0 and n + 1 not in self.redirects]
        people = [actor for actor in self.by_edits if self.actors[actor - 1][0] and actor > BOTS and actor not in self.hidden]
        name = lambda actor: self.actors[actor - 1][1]
        self.names.update({
            "bot": name(1), "busy_user": name(people[0]), "user": name(people[min(60, len(people) // 10)]), "other_user": name(people[min(80, len(people) // 8)]),
            "new_user": name(people[-1]), "address": name(next(a for a in self.by_edits if not self.actors[a - 1][0])),
            "busy_page": titles[articles[0]], "page": titles[articles[len(articles) // 50]], "prefix": titles[articles[1]][:2],
        })

    # all of it

    def write(self, directory):
        """A file for each table, as LOAD DATA reads it."""
        self.tables = Tables(directory)
        self.history()
        self.hidden = self.hide_people()
        self.redirects = {number for number, space in enumerate(self.namespace, 1)
                          if space == 0 and number > 20 and self.edits[number - 1] < 4 and self.dice.random() < 0.45}
        self._names()
        large_wiki_around.Around(self).write()
        self.write_history()
        self.tables.close()

    def fill(self, connection, wiki):
        """Makes the database with MediaWiki's tables and loads the rows, which the binlog does not get; the server must be able to read /var/tmp."""
        directory = tempfile.mkdtemp(prefix="mwmirror-large-", dir="/var/tmp")
        try:
            os.chmod(directory, 0o755)
            self.write(directory)
            workload.create_tables(connection, wiki, "1.43")
            connection.select_db(wiki)
            workload.execute(connection, "SET sql_log_bin = 0, unique_checks = 0, foreign_key_checks = 0, time_zone = '+00:00'")
            try:
                for table in sorted(os.listdir(directory)):
                    path = os.path.join(directory, table)
                    os.chmod(path, 0o644)
                    workload.execute(connection, "LOAD DATA INFILE '%s' INTO TABLE `%s` CHARACTER SET binary (%s)" % (
                        path, table, large_wiki_around.COLUMNS.get(table, ", ".join(self.columns(connection, wiki, table)))))
                    workload.execute(connection, "ANALYZE TABLE `%s`" % table)
            finally:
                workload.execute(connection, "SET sql_log_bin = 1, unique_checks = 1, foreign_key_checks = 1")
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    @staticmethod
    def columns(connection, wiki, table):
        rows = workload.execute(connection, "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
                                (wiki, table))
        return [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in rows]


def siteinfo(wiki):
    """What api.php would say of it."""
    info = workload.siteinfo(wiki)
    info["query"]["general"]["generator"] = "MediaWiki 1.43.9"
    names = {0: "", 1: "Talk", 2: "User", 3: "User talk", 4: "Project", 5: "Project talk", 6: "File", 7: "File talk", 8: "MediaWiki", 9: "MediaWiki talk",
             10: "Template", 11: "Template talk", 12: "Help", 13: "Help talk", 14: "Category", 15: "Category talk"}
    info["query"]["namespaces"] = {str(n): {"id": n, "name": name, "canonical": name, "case": "first-letter"} for n, name in names.items()}
    return info
