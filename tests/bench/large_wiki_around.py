"""What stands around the history of a large wiki (large_wiki.py): logs, recent changes, tags, links, categories, files, accounts, blocks, deleted pages."""

import bisect
import ipaddress

import large_wiki

# of tables whose other columns have their defaults
COLUMNS = {"user": "user_id, user_name, user_registration, user_editcount, user_touched, user_token"}
LOGS = {("patrol", "patrol"): 30, ("newusers", "create"): 0, ("upload", "upload"): 0, ("delete", "delete"): 10, ("move", "move"): 9, ("block", "block"): 5,
        ("block", "unblock"): 1, ("protect", "protect"): 2, ("rights", "rights"): 1, ("renameuser", "renameuser"): 1, ("thanks", "thank"): 4, ("delete", "revision"): 2,
        ("suppress", "delete"): 1, ("abusefilter", "hit"): 2, ("import", "interwiki"): 1}
TAGS = ["mw-reverted", "mw-undo", "mw-rollback", "mw-manual-revert", "visualeditor", "mobile edit", "mobile web edit", "mw-new-redirect", "mw-blank", "wikieditor",
        "mw-private-filter"]


def ip_hex(name):
    """As MediaWiki's IPUtils::toHex."""
    address = ipaddress.ip_address(name)
    return "%08X" % int(address) if address.version == 4 else "v6-%032X" % int(address)


class Around:
    """wiki: a LargeWiki with its history; writes into its tables."""

    def __init__(self, wiki):
        self.wiki, self.dice, self.add, self.names = wiki, wiki.dice, wiki.tables.add, wiki.names
        self.targets = {}
        self.uploads, self.logs = [], []
        self.pages = {}     # ids by namespace; redirects are not among them
        for number, space in enumerate(wiki.namespace, 1):
            if number not in wiki.redirects:
                self.pages.setdefault(space, []).append(number)

    def some(self, things, power):
        """One of a list, of which the first are taken most."""
        return things[int(len(things) * self.dice.random() ** power)]

    def any_time(self):
        return large_wiki.START + int((large_wiki.END - large_wiki.START) * self.dice.random() ** 0.6)

    def person(self):
        """One who does what needs rights: of the hundred busiest, and no bot, nor hidden."""
        return self.some(self.people, 2)

    def reason(self):
        return self.wiki.summary()

    def target(self, space, title):
        """The id in linktarget."""
        found = self.targets.get((space, title))
        if found is None:
            found = self.targets[space, title] = len(self.targets) + 1
            self.add("linktarget", found, space, title)
        return found

    def write(self):
        wiki = self.wiki
        self.people = [a for a in wiki.by_edits if wiki.actors[a - 1][0] and a > large_wiki.BOTS and a not in wiki.hidden][:100]
        self.missing = [self.wiki.new_title() for _ in range(20 + len(wiki.title) // 20)]
        for write in (self.files, self.links, self.categories, self.accounts, self.blocks, self.protections, self.deleted, self.log, self.recent, self.site):
            write()

    # files

    def files(self):
        wiki, kinds = self.wiki, {"jpg": ("BITMAP", "image", "jpeg"), "png": ("BITMAP", "image", "png"), "svg": ("DRAWING", "image", "svg+xml"),
                                  "ogg": ("AUDIO", "audio", "ogg"), "pdf": ("OFFICE", "application", "pdf")}
        self.old, self.file_names = 0, []
        for page in self.pages.get(6, []):
            name = wiki.title[page - 1]
            kind = kinds.get(name.rpartition(".")[2], kinds["jpg"])
            times = sorted(self.any_time() for _ in range(1 + int(self.dice.random() < 0.2)))
            for version, when in enumerate(times):
                width, last = self.dice.choice([0, 320, 640, 800, 1024, 4000]), version == len(times) - 1
                facts = (int(2000 * self.dice.paretovariate(0.7)) % 100000000, width, width * 3 // 4)
                actor, comment, sha1 = self.some(self.people, 1.5), self.reason(), wiki.sha1(self.dice.getrandbits(60))
                if last:
                    self.add("image", name, *facts, "{}", 8, *kind, comment, actor, large_wiki.stamp(when), sha1)
                else:
                    bits = 1 if self.dice.random() < 0.05 else 0
                    self.add("oldimage", name, "%s!%s" % (large_wiki.stamp(when), name), *facts, 8, comment, actor, large_wiki.stamp(when), "{}", *kind, bits, sha1)
                self.logs.append((when, "upload", "overwrite" if version else "upload", actor, 6, name, page, comment))
            self.file_names.append(name)
        for number in range(1, 1 + len(self.file_names) // 10):
            when = self.any_time()
            name = wiki.unique(6, lambda: wiki.new_title() + ".jpg")
            self.add("filearchive", number, name, "", "deleted", "", self.dice.randint(1, wiki.accounts // 2), large_wiki.stamp(when + 99), self.reason(), 1000, 100, 100,
                     "{}", 8, "BITMAP", "image", "jpeg", self.reason(), self.person(), large_wiki.stamp(when),
                     self.dice.choice([0] * 20 + [1, 3, 15]), wiki.sha1(number))
        self.file_names = self.file_names or ["None.jpg"]

    # links

    def links(self):
        wiki, dice, add = self.wiki, self.dice, self.add
        templates = self.pages.get(10, [1])
        self.names["template"], self.names["file"] = wiki.title[templates[len(templates) // 40] - 1], self.file_names[len(self.file_names) // 40]
        self.external = 0
        linked, doubles = {}, sorted(wiki.redirects)
        for page, (space, title) in enumerate(zip(wiki.namespace, wiki.title), 1):
            if page in wiki.redirects:
                goal = self.any_article() if dice.random() < 0.98 else dice.choice(doubles)
                fragment = wiki.word() if dice.random() < 0.1 else ""
                add("redirect", page, 0, wiki.title[goal - 1], "", fragment)
                add("pagelinks", page, self.target(0, wiki.title[goal - 1]), space)
                continue
            if space % 2 and dice.random() < 0.8:
                continue
            number = min(400, int(dice.paretovariate(0.9) * (4 if space == 0 else 1)))
            found = set()
            for _ in range(number):
                if dice.random() < 0.1:
                    found.add((0, self.some(self.missing, 4)))
                else:
                    goal = self.any_page()
                    found.add((wiki.namespace[goal - 1], wiki.title[goal - 1]))
            for goal in sorted(found):
                add("pagelinks", page, self.target(*goal), space)
                linked[goal] = linked.get(goal, 0) + 1
            used = {self.some(templates, 3) for _ in range(int(dice.expovariate(0.25)) if space in (0, 10, 3) else int(dice.random() * 1.5))}
            for template in sorted(used):
                add("templatelinks", page, self.target(10, wiki.title[template - 1]), space)
            if space == 0:
                self.article(page, title)
        self.names["linked"] = sorted(linked, key=lambda t: (t[0], -linked[t], t[1]))[3][1]
        for space in (2, 4, 14):
            for page in self.pages.get(space, []):
                if dice.random() < 0.1:
                    add("page_props", page, dice.choice(["notoc", "noindex", "hiddencat"] if space == 14 else ["notoc", "newsectionlink"]), "", None)

    def any_page(self):
        """One that is edited much is linked much."""
        return self.wiki.rev_page[int(self.dice.random() * self.wiki.revisions)]

    def any_article(self):
        for _ in range(50):
            page = self.any_page()
            if self.wiki.namespace[page - 1] == 0 and page not in self.wiki.redirects:
                return page
        return self.pages[0][0]

    def article(self, page, title):
        """What articles alone have."""
        dice, add = self.dice, self.add
        if dice.random() < 0.35:
            images = {self.some(self.file_names, 2) if dice.random() < 0.95 else self.some(self.missing, 2) + ".jpg" for _ in range(dice.choice([1, 1, 2, 5]))}
            for name in sorted(images):
                add("imagelinks", page, name, 0)
            add("page_props", page, "page_image_free", min(images), None)
        if dice.random() < 0.7:
            add("page_props", page, "wikibase_item", "Q%d" % (page * 7), None)
        if dice.random() < 0.2:
            add("page_props", page, "defaultsort", title.swapcase(), None)
        if "disambiguation" in title:
            add("page_props", page, "disambiguation", "", None)
        for lang in sorted(set(self.some(["de", "fr", "es", "ja", "ru", "it", "zh", "pl", "nl", "pt", "sv", "cs"], 2) for _ in range(dice.choice([0, 0, 1, 3, 8])))):
            add("langlinks", page, lang, title.replace("_", " "))
        if dice.random() < 0.03:
            add("iwlinks", page, dice.choice(["wikt", "commons", "s"]), title)
        for _ in range(dice.choice([0, 0, 1, 2, 4])):
            self.external += 1
            add("externallinks", self.external, page, self.some(["https://org.example.www.", "https://com.news.", "http://com.books.", "https://org.doi.", "https://gov.archive.",
                                                                 "https://net.blog."], 2), "/%s/%d" % (title.lower()[:20], dice.randrange(100000)))

    # categories

    def categories(self):
        wiki, dice = self.wiki, self.dice
        titles = [wiki.title[page - 1] for page in self.pages.get(14, [])] + ["Missing_%d" % n for n in range(5 + wiki.revisions // 20000)]
        dice.shuffle(titles)
        counts = {}
        for space, kind, most in ((0, "page", [1, 2, 3, 4, 6]), (14, "subcat", [0, 1, 1, 2]), (6, "file", [0, 1, 2])):
            for page in self.pages.get(space, []):
                title = wiki.title[page - 1]
                for category in sorted({self.some(titles, 2.5) for _ in range(dice.choice(most))}):
                    prefix = "*" if dice.random() < 0.05 else ""
                    key = ((prefix + "\n" if prefix else "") + title.replace("_", " ").upper())
                    self.add("categorylinks", page, category, key.encode()[:200].decode(errors="ignore"), prefix,
                             "%s-%s-%s %s:%s:%s" % (lambda t: (t[:4], t[4:6], t[6:8], t[8:10], t[10:12], t[12:]))(large_wiki.stamp(self.any_time())), "uppercase", kind)
                    counts.setdefault(category, [0, 0, 0])[("page", "subcat", "file").index(kind)] += 1
        most = sorted(counts, key=lambda c: (-counts[c][0], c))
        self.names["big_category"], self.names["category"] = most[0], most[len(most) // 10]
        for number, title in enumerate(titles, 1):
            pages, subcats, files = counts.get(title, (0, 0, 0))
            self.add("category", number, title, pages + subcats + files, subcats, files)

    # accounts and blocks

    def accounts(self):
        wiki, dice = self.wiki, self.dice
        edits, first = {}, {}
        for actor, when in zip(wiki.rev_actor, wiki.rev_time):
            edits[actor] = edits.get(actor, 0) + 1
            first.setdefault(actor, when)
        place = {actor: number for number, actor in enumerate(self.people)}
        for actor, (user, name) in enumerate(wiki.actors, 1):
            if user is None:
                continue
            when = max(large_wiki.START, first.get(actor, self.any_time()) - 3600)
            self.add("user", user, name, large_wiki.stamp(when), edits.get(actor, 0), large_wiki.stamp(when), "x" * 32)
            if user > large_wiki.BOTS and actor not in wiki.hidden:
                self.logs.append((when, "newusers", "create", actor, 2, name.replace(" ", "_"), 0, wiki.shared_comment("")))
            groups = ["bot"] if user <= large_wiki.BOTS else []
            if actor in place:
                groups += ["autopatrolled", "rollbacker", "sysop"][:1 + (place[actor] % 3)] + (["bureaucrat"] if place[actor] < 3 else [])
            for group in sorted(groups):
                self.add("user_groups", user, group, "20301231000000" if group == "rollbacker" else None)
            if dice.random() < 0.01:
                self.add("user_former_groups", user, "rollbacker")
            for name, value in (("gender", dice.choice(["male", "female"])), ("language", "de"), ("nickname", "~")):
                if dice.random() < 0.1:
                    self.add("user_properties", user, name, value)

    def blocks(self):
        wiki, dice = self.wiki, self.dice
        hidden, plain = sorted(wiki.hidden), [a for a in wiki.by_edits if a > 2 * large_wiki.BOTS and a not in wiki.hidden]
        people = hidden + dice.sample(plain, len(plain) // 40)
        number = 0
        for actor in people + [None] * (5 + len(people) // 20):     # None: a range
            number += 1
            user, name = wiki.actors[actor - 1] if actor else (None, "10.%d.%d.0/24" % (number // 256 % 256, number % 256))
            auto = actor is not None and user is None and dice.random() < 0.1
            low, high = self.bounds(name) if user is None else (None, None)
            self.add("block_target", number, None if user else name, user, name if user else None, int(auto), low, high, low, 1)
            when, by, comment = self.any_time(), self.person(), self.reason()
            self.add("block", number, number, by, comment, large_wiki.stamp(when), int(user is None), 1, 1, self.some(["infinity", "20301231000000"], 2),
                     int(actor in wiki.hidden), 0, 1, None, int(dice.random() < 0.95))
            if actor not in wiki.hidden and not auto:
                self.logs.append((when, "block", "block", by, 2, name.replace(" ", "_"), 0, comment))

    @staticmethod
    def bounds(name):
        network = ipaddress.ip_network(name)
        return ip_hex(str(network[0])), ip_hex(str(network[-1]))

    def protections(self):
        wiki, number = self.wiki, 0
        for page in self.dice.sample(range(1, len(wiki.title) + 1), len(wiki.title) // 100):
            for kind in ("edit", "move"):
                number += 1
                self.add("page_restrictions", number, page, kind, self.dice.choice(["sysop", "autoconfirmed"]), 0, self.dice.choice(["infinity", "20301231000000"]))
        for title in dict.fromkeys(self.missing[:10 + len(wiki.title) // 400]):
            self.add("protected_titles", 0, title, self.wiki.actors[self.person() - 1][0], self.reason(), large_wiki.stamp(self.any_time()), "infinity", "sysop")

    def deleted(self):
        """Pages that are gone, with their revisions."""
        wiki, dice, number, page = self.wiki, self.dice, 0, len(self.wiki.title)
        while number < wiki.revisions // 20:
            page += 1
            space, title = dice.choice([0, 0, 0, 2, 3]), wiki.unique("deleted", wiki.new_title)
            times = sorted(self.any_time() for _ in range(min(50, int(dice.paretovariate(1.1)))))
            parent = 0
            for when in times:
                number += 1
                bits = dice.choice([1, 4, 7, 15]) if dice.random() < 0.01 else 0
                self.add("archive", number, space, title, self.reason(), self.some(self.people, 1), large_wiki.stamp(when), 0, wiki.revisions + number, bits,
                         dice.randint(20, 3000), page, parent, wiki.sha1(wiki.revisions + number))
                parent = wiki.revisions + number
            self.logs.append((min(times[-1] + 3600, large_wiki.END - 1), "delete", "delete", self.person(), space, title, page, self.reason()))

    # logs, recent changes, tags

    def log(self):
        wiki, dice = self.wiki, self.dice
        kinds, weights = zip(*LOGS.items())
        for kind, action in dice.choices(kinds, weights, k=wiki.revisions // 15):
            page = self.any_page()
            space, title = wiki.namespace[page - 1], wiki.title[page - 1]
            if kind in ("rights", "renameuser", "thanks", "block"):
                space, title, page = 2, wiki.actors[self.some(wiki.by_edits, 2) - 1][1].replace(" ", "_"), 0
            self.logs.append((self.any_time(), kind, action, self.person(), space, title, page, self.reason()))
        self.logs.sort(key=lambda row: row[0])
        who = {name.replace(" ", "_") for name in (wiki.actors[actor - 1][1] for actor in wiki.hidden)}
        self.log_bits = []
        for number, (when, kind, action, actor, space, title, page, comment) in enumerate(self.logs, 1):
            bits = 15 if space == 2 and title in who else dice.choice([1, 2, 4, 7, 15]) if dice.random() < 0.003 else 0
            params = 'a:1:{s:9:"4::target";s:%d:"%s";}' % (len(title.encode()) + 4, title + " new") if kind == "move" else "a:0:{}"
            self.log_bits.append(bits)
            self.add("logging", number, kind, action, large_wiki.stamp(when), actor, space, title, page, comment, params, bits)
            if kind == "rights":
                self.add("log_search", "target_author_actor", str(actor), number)

    def recent(self):
        """recentchanges of the last days, and tags, which also name them."""
        wiki, dice = self.wiki, self.dice
        first = bisect.bisect_left(wiki.rev_time, large_wiki.END - large_wiki.RECENT)
        changes = [(wiki.rev_time[n], 0, n) for n in range(first, wiki.revisions)]
        changes += [(row[0], 1, n) for n, row in enumerate(self.logs) if row[0] >= large_wiki.END - large_wiki.RECENT and row[1] not in ("patrol", "suppress")]
        of_revision = {}
        for number, (when, is_log, n) in enumerate(sorted(changes), 1):
            if is_log:
                _, kind, action, actor, space, title, page, comment = self.logs[n]
                values = (actor, space, title, comment, 0, 0, 0, page, 0, 0, 3, "mw.log", 2, "", None, None, self.log_bits[n], n + 1, kind, action, "a:0:{}")
            else:
                actor, page, parent = wiki.rev_actor[n], wiki.rev_page[n], wiki.rev_parent[n]
                of_revision[n + 1] = number
                values = (actor, wiki.namespace[page - 1], wiki.title[page - 1], wiki.rev_comment[n], wiki.rev_minor[n], int(actor <= large_wiki.BOTS), int(not parent),
                          page, n + 1, parent, int(not parent), "mw.edit" if parent else "mw.new", int(dice.random() < 0.4), "",
                          wiki.rev_len[parent - 1] if parent else 0, wiki.rev_len[n], wiki.rev_bits[n], 0, None, "", "")
            self.add("recentchanges", number, large_wiki.stamp(when), *values)
        self.tags(of_revision)

    def tags(self, of_revision):
        wiki, dice, number, counts = self.wiki, self.dice.random, 0, [0] * len(TAGS)
        for revision in range(1, wiki.revisions + 1):
            found = [0] if revision in wiki.reverted else []
            if revision in wiki.reverts:
                found.append(TAGS.index(wiki.reverts[revision]))
            which = dice()
            if which < 0.3:
                found += [4] if which < 0.1 else [5, 6] if which < 0.2 else [9] if which < 0.2995 else [10]
            for tag in found:
                number += 1
                counts[tag] += 1
                self.add("change_tag", number, of_revision.get(revision), None, revision, None, tag + 1)
        for tag, name in enumerate(TAGS):
            self.add("change_tag_def", tag + 1, name, int(name == "wikieditor"), counts[tag])

    def site(self):
        wiki = self.wiki
        self.add("site_stats", 1, wiki.revisions, len(self.pages.get(0, [])), len(wiki.title), wiki.accounts, 100, len(self.pages.get(6, [])))
        for prefix in ("de", "fr", "wikt", "commons", "s"):
            self.add("interwiki", prefix, "https://%s.example.org/$1" % prefix, "", "", 1, 0)
