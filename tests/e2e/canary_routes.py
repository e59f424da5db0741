"""
Every route by which MediaWiki hides something, as generators: canaries are written until the first yield, hidden until
the second, and then the wiki goes on with what is left.
"""

import json
import struct
import tempfile
import zlib

import chain
import mw

PASSWORD = "Str0ng-pass-phrase"
ADMINISTRATOR = ("sysop", "bureaucrat")
ACCOUNTS = {(): 21, ADMINISTRATOR: 10}     # by groups: how many
ALL = "content|comment|user"
# what a deletion names is the page itself, also one that suppresses: consumers must know which
NAMES_WHAT_IS_DELETED = ("mediawiki.page_change.v1", "mediawiki.page_change.private.v1", "mediawiki.page-suppress", "resource-purge",
                         "mwmirror.file_change.v1", "mediawiki.page_content_change.v1")
# Where MediaWiki itself goes on to say what a script has hidden in the latest text: links and more, as long as no other text is there.
STATES_OF_TEXTS = {"mwmirror.state.%s.v1" % table for table in ("page", "pagelinks", "externallinks", "page_props", "redirect")}
# Log entries that MediaWiki does not hide with what they tell of: older ones of titles that are suppressed, and what scripts do not hide.
STATE_OF_LOGS = "mwmirror.state.logging.v1"
STATE_OF_ARCHIVE = "mwmirror.state.archive.v1"
# An account whose edits are hidden has its name still, if no block hides it.
STATE_OF_USERS = "mwmirror.state.user.v1"
# of page $a[0], by $a[1], for reason $a[2]; and something more in its transaction
DELETE = ("$b->begin('e2e'); $p = $s->getWikiPageFactory()->newFromTitle(Title::newFromText($a[0]));"
          " $d = $s->getDeletePageFactory()->newDeletePage($p, $s->getUserFactory()->newFromName($a[1]));"
          " $r = $d->deleteUnsafe($a[2]); if (!$r->isGood()) die($r); %s $b->commit('e2e');")


class Stage:
    """
    A wiki with accounts whose names are canaries. number: no other stage of it has the same. thorough: the wiki goes on
    for longer.
    """

    def __init__(self, wiki, canaries, number, thorough):
        self.wiki, self.canaries, self.thorough = wiki, canaries, thorough
        self.prefix = "Routes %d " % number
        self.titles = 0
        self.free = {groups: [canaries.new("user name") for _ in range(count)] for groups, count in ACCOUNTS.items()}
        for name in sum(self.free.values(), []):
            name.elsewhere = {STATE_OF_USERS}
        self.script("foreach ($a as $u) { $n = $s->getUserFactory()->newFromName($u[0]); $n->addToDatabase();"
                    " $n->changeAuthenticationData(['username' => $n->getName(), 'password' => $u[2], 'retype' => $u[2]]);"
                    " foreach ($u[1] as $g) $s->getUserGroupManager()->addUserToGroup($n, $g); }",
                    [(name.value, groups, PASSWORD) for groups, names in self.free.items() for name in names])
        # what it does is never public; its name is, where it did not suppress
        self.suppressor_name, self.suppressor = self.account(ADMINISTRATOR)
        self.suppressor_name.elsewhere |= {STATE_OF_LOGS}
        self.tag = "routes-%d" % number
        wiki.do("managetags", operation="create", tag=self.tag, reason="r")

    def account(self, groups=()):
        """(canary, client) of an account that nobody else has."""
        name = self.free[groups].pop()
        return name, self.wiki.as_user(name.value, PASSWORD)

    def title(self):
        self.titles += 1
        return self.prefix + str(self.titles)

    def script(self, code, arguments):
        """PHP in a maintenance script: $a are the arguments, $s MediaWiki's services, $b a connection for writing."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(arguments, file)
            file.flush()
            text = ("$a = json_decode(file_get_contents('%s'), true); $s = MediaWiki\\MediaWikiServices::getInstance();"
                    " $b = $s->getDBLoadBalancer()->getConnection(DB_PRIMARY); %s print 'DONE';" % (file.name, code))
            output = self.wiki.maintenance("eval", stdin=text.encode())
        assert "DONE" in output, output

    def rows(self, sql, args=None):
        return self.canaries.box.maria_rows(sql.replace("@", "`%s`." % self.wiki.dbname), args)

    def numbers(self, sql, args=None):
        return [row[0] for row in self.rows(sql, args)]

    def latest(self, title):
        return self.wiki.revisions(title)[0]["revid"]

    def purge(self, title):
        """So that it is another touch: MediaWiki knows them by the second."""
        touched = lambda: self.numbers("SELECT page_touched FROM @page WHERE page_title = %s", (title.replace(" ", "_"),))
        before = touched()
        chain.wait_for(lambda: self.wiki.purge(title) and touched() != before, "the page to be touched", 30, 0.2)

    # hiding, by MediaWiki's own ways

    def suppress(self, action, *canaries, elsewhere=()):
        """What hides with restriction: action(reason). Neither the reason nor who did it is public then, but elsewhere."""
        reason = self.canaries.new("reason of a suppression")
        reason.elsewhere = set(elsewhere)
        place = self.canaries.place()
        self.canaries.hide(lambda: action(reason.value), reason, *canaries)
        self.suppressor_name.hidden.append([place, self.canaries.place(), ()])

    def revision_delete(self, ids, what, suppress, *canaries, **more):
        def by(client, reason):
            client.revision_delete(ids, hide=what, suppress="yes" if suppress else "nochange", reason=reason, **more)
        if suppress:
            self.suppress(lambda reason: by(self.suppressor, reason), *canaries)
        else:
            self.canaries.hide(lambda: by(self.wiki, "public"), *canaries)

    def cover(self, name, suppress, *canaries):
        """Every revision and every log entry that an account has made, as an administrator would, one after the other."""
        actor = self.numbers("SELECT actor_id FROM @actor WHERE actor_name = %s", (name.value,))[0]
        pages = {}
        for revision, page in self.rows("SELECT rev_id, rev_page FROM @revision WHERE rev_actor = %s", (actor,)):
            pages.setdefault(page, []).append(revision)
        for revisions in pages.values():
            self.revision_delete(revisions, "comment|user", suppress)
        entries = self.numbers("SELECT log_id FROM @logging WHERE log_actor = %s", (actor,))
        self.revision_delete(entries, ALL, suppress, name, *canaries, type="logging")


def aftermath(s, title, whole=False):
    """What may be done with a page later: each event looks at what is there."""
    w, moved = s.wiki, title + " moved"
    w.edit(title, "after", "a")
    w.move(title, moved, "m")
    if whole or s.thorough:
        w.protect(moved)
    w.delete(moved, "d")
    w.undelete(moved, "u")
    if whole or s.thorough:
        w.edit(moved, "after the undeletion", "z")
        w.purge(moved)


def text_of(s, beside=""):
    """A text, and in it a link, an external link and a page property that give it away."""
    text = s.canaries.text()
    word = next(word for word in text.words if word.startswith("cnry"))
    text.value = "%s[[%s]] https://%s.example/ {{DEFAULTSORT:%s}} %s" % (beside, word, word, word, text.value)
    text.hashes.clear(), text.sizes.clear()
    return text.add_content(text.value.encode())


def write(s, title):
    """A page whose second revision of three is to be hidden: (revision, text, comment, name)."""
    name, author = s.account()
    text, comment = text_of(s), s.canaries.new("comment")
    s.wiki.edit(title, "first", "1")
    author.edit(title, text.value, comment.value)
    revision = s.latest(title)
    text.add_revision(s.wiki.dbname, revision)
    return revision, text, comment, name


def older_revision(suppress):
    """Of a page's history; then a tag, the page's further life, and the fields shown again one by one."""
    def route(s):
        title = s.title()
        revision, *fields = write(s, title)
        s.wiki.edit(title, "third", "3")
        yield
        s.revision_delete([revision], ALL, suppress, *fields)
        yield
        s.wiki.do("tag", revid=revision, add=s.tag)
        aftermath(s, title, whole=True)
        show = lambda what, field: s.canaries.show(
            lambda: s.wiki.revision_delete([revision], show=what, suppress="no" if suppress else "nochange"), field)
        show("content", fields[0])
        show("comment", fields[1])
        show("user", fields[2])
    return route


def each_field(s):
    """One bit at a time: the others stay."""
    title = s.title()
    hidden = []
    for what, place in (("content", 0), ("comment", 1), ("user", 2)):
        revision, *fields = write(s, title)
        hidden.append((revision, what, fields[place]))
    s.wiki.edit(title, "last", "l")
    yield
    for revision, what, field in hidden:
        s.revision_delete([revision], what, False, field)
    yield
    aftermath(s, title)
    s.wiki.edit(title + " elsewhere", "here", "e")
    s.wiki.merge_history(title + " moved", title + " elsewhere", "merged")


def latest_revision(suppress):
    """The one that page_change tells of; its text cannot be hidden by MediaWiki's own means."""
    def route(s):
        title = s.title()
        revision, _, comment, name = write(s, title)
        yield
        s.revision_delete([revision], "comment|user", suppress, comment, name)
        yield
        aftermath(s, title)
    return route


def latest_revision_by_hand(s):
    """But it is by scripts: its text, and so where a redirect leads to; the log says it as of an ordinary deletion."""
    title, target = s.title(), s.canaries.new("target of a redirect")
    name, author = s.account()
    comment, text = s.canaries.new("comment"), text_of(s, "#REDIRECT [[%s]]\n" % target.value)
    author.edit(title, text.value, comment.value)
    revision = s.latest(title)
    text.add_revision(s.wiki.dbname, revision)
    text.elsewhere = target.elsewhere = STATES_OF_TEXTS
    yield
    s.suppress(lambda reason: s.script(
        "$b->begin('e2e'); $b->update('revision', ['rev_deleted' => 15], ['rev_id' => $a[0]], 'e2e');"
        " $l = new ManualLogEntry('delete', 'revision'); $l->setTarget(Title::newFromText($a[1])); $l->setComment($a[3]);"
        " $l->setPerformer($s->getUserFactory()->newFromName($a[2])); $l->insert($b); $b->commit('e2e');",
        [revision, title, s.suppressor.user, reason]), text, comment, name, target, elsewhere=[STATE_OF_LOGS])
    yield
    # what copies a text makes it public again: so no moves and protections
    s.wiki.edit(title, "no redirect", "a")
    aftermath(s, title)


def hidden_revision_becomes_latest(s):
    """By scripts: a page goes back to a revision that is hidden, is moved, and goes on. Contents that are not at hand are read for that, and not these."""
    title = s.title()
    revision, *fields = write(s, title)
    s.wiki.edit(title, "third", "3")
    yield
    s.revision_delete([revision], ALL, True, *fields)
    yield
    update = "$b->update('page', ['%s' => $a[0]], ['page_title' => $a[1]], 'e2e');"
    name = title.replace(" ", "_")
    s.script(update % "page_latest", [revision, name])
    s.script(update % "page_title", [name + "_by_hand", name])
    s.script("$b->update('revision', ['rev_deleted' => 7], ['rev_id' => $a[0]], 'e2e');", [revision])
    s.wiki.edit(title + " by hand", "fourth", "4")


def archived_revision(s):
    """Imported, so with times of their own; deleted, and hidden in the archive."""
    title = s.title()
    name, comment, text = s.canaries.new("user name"), s.canaries.new("comment"), s.canaries.text()
    stamps = ["2010-01-0%dT00:00:00Z" % day for day in (1, 2, 3)]
    s.wiki.import_xml(mw.export_xml(title, [
        (stamps[0], "Somebody", "1", "first"), (stamps[1], name.value, comment.value, text.value),
        (stamps[2], "Somebody", "3", "third")]))
    s.wiki.delete(title, "d")
    yield
    s.revision_delete(["20100102000000"], ALL, True, text, comment, name, type="archive", target=title)
    yield
    s.wiki.undelete(title, "u")
    aftermath(s, title)


def log_entries(suppress):
    """Entries of an administrator, whose reasons, names and titles are hidden in the log, and what they left in histories."""
    def route(s):
        w, page, victim = s.wiki, s.title(), s.account()[0]
        name, admin = s.account(ADMINISTRATOR)
        reasons = [s.canaries.new("reason in the log") for _ in range(8)]
        moved_to, deleted = s.canaries.new("title in a log parameter"), s.canaries.new("title in the log")
        w.edit(page, "text", "c")
        admin.protect(page, reason=reasons[0].value)
        admin.move(page, moved_to.value, reasons[1].value, noredirect=True)
        admin.move(moved_to.value, page, reasons[2].value, noredirect=True)
        # a title that every stream of pages names; of the page, which is deleted in the end, only the log is hidden
        deleted.elsewhere, name.elsewhere = {STATE_OF_ARCHIVE}, name.elsewhere | {STATE_OF_ARCHIVE}
        admin.edit(deleted.value, "{{DEFAULTSORT:text}} [[text]]", "c")
        admin.edit(deleted.value, "text", "c")
        admin.protect(deleted.value, reason=reasons[6].value)
        admin.do("tag", revid=s.latest(deleted.value), add=s.tag)
        admin.revision_delete([w.revisions(deleted.value)[-1]["revid"]], hide="comment")
        s.purge(deleted.value)
        admin.delete(deleted.value, reasons[3].value)
        admin.undelete(deleted.value, reasons[7].value)
        admin.delete(deleted.value, "again")
        admin.block(victim.value, reasons[4].value)
        w.unblock(victim.value, "mistaken")
        admin.user_rights(victim.value, add="bot", reason=reasons[5].value)
        yield
        s.cover(name, suppress, moved_to, deleted, *reasons)
        yield
        aftermath(s, page)
        w.user_rights(victim.value, remove="bot", reason="r")
        w.block(victim.value, "again")
    return route


def png(word, noise):
    """A PNG image of one pixel with a word in its metadata, and so much more in it."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    image = mw.png(1, 2, 3)
    return image[:-12] + chunk(b"tEXt", b"Comment\0" + word) + chunk(b"noIs", noise) + image[-12:]


def upload_twice(s):
    """A file whose first version is to be hidden: (name of the file, fields)."""
    filename = s.title() + ".png"
    name, author = s.account()
    file, comment, text = s.canaries.file(png), s.canaries.new("comment of a file"), s.canaries.text("file description")
    author.upload(filename, file.value, comment.value, text.value)
    s.wiki.upload(filename, mw.png(len(filename), s.titles % 256, 7), "another")
    s.wiki.edit("File:" + filename, "a better description", "d")
    return filename, (name, file, comment, text)


def hide_description(s, filename, *fields):
    """The history of a file's page, and the log, as far as the first upload is concerned; the second copied its text."""
    revisions = [revision["revid"] for revision in s.wiki.revisions("File:" + filename)[1:]]
    entry = s.numbers("SELECT min(log_id) FROM @logging WHERE log_type = 'upload' AND log_title = %s", (filename.replace(" ", "_"),))
    s.revision_delete(revisions, ALL, False)
    s.revision_delete(entry, "comment|user", False, *fields, type="logging")


def old_file(s):
    """A version of a file that another replaced."""
    filename, fields = upload_twice(s)
    yield
    archived = s.numbers("SELECT oi_archive_name FROM @oldimage WHERE oi_name = %s", (filename.replace(" ", "_"),))[0]
    s.revision_delete([archived.decode().split("!")[0]], ALL, False, type="oldimage", target="File:" + filename)
    hide_description(s, filename, *fields)
    yield
    s.wiki.upload(filename, mw.png(9, s.titles % 256, len(filename)), "a third one")
    s.wiki.move("File:" + filename, "File:Moved " + filename, "m")
    s.wiki.delete("File:Moved " + filename, "d")
    s.wiki.undelete("File:Moved " + filename, "u")


def deleted_file(s):
    """A version of a file that is deleted."""
    filename, fields = upload_twice(s)
    yield
    hide_description(s, filename)
    s.wiki.delete("File:" + filename, "d")
    old = s.numbers("SELECT fa_id FROM @filearchive WHERE fa_name = %s AND fa_archive_name <> ''", (filename.replace(" ", "_"),))
    s.revision_delete(old, ALL, True, *fields, type="filearchive", target="File:" + filename)
    yield
    s.wiki.undelete("File:" + filename, "u")
    s.wiki.edit("File:" + filename, "after", "a")


def hidden_user(s):
    """A block that hides a name in all that the account did; other blocks and rights of it meanwhile; and its end."""
    name, user = s.account(ADMINISTRATOR)
    name.elsewhere = {STATE_OF_LOGS}    # of its rights, later: the log names whose they are
    w, titles = s.wiki, [s.title() for _ in range(4)]
    for title in titles[:3]:
        w.edit(title, "by another", "1")
    for title in titles:
        user.edit(title, "by the one to be hidden", "2")
    w.edit(titles[1], "by another again", "3")
    w.delete(titles[2], "d")
    user.protect(titles[0], reason="p")
    user.move(titles[3], titles[3] + " away", "m")
    user.upload(titles[3] + ".png", mw.png(5, s.titles % 256, 5), "mine")
    more = [s.canaries.new(field) for field in ("real name", "signature")]
    s.script("$u = $s->getUserFactory()->newFromName($a[0]); $u->setRealName($a[1]); $u->saveSettings(); $o = $s->getUserOptionsManager();"
             " $o->setOption($u, 'nickname', $a[2]); $o->saveOptions($u);", [name.value, *(canary.value for canary in more)])
    w.block(name.value, "public")
    w.unblock(name.value, "public")
    yield
    # MediaWiki leaves the names that it wrote into summaries
    actor = s.numbers("SELECT actor_id FROM @actor WHERE actor_name = %s", (name.value,))[0]
    for page, in set(s.rows("SELECT rev_page FROM @revision WHERE rev_actor = %s", (actor,))):
        s.revision_delete(s.numbers("SELECT rev_id FROM @revision WHERE rev_actor = %s AND rev_page = %s", (actor, page)),
                          "comment", False)
    s.suppress(lambda reason: s.suppressor.block(name.value, reason, hidename=True), name, *more)
    yield
    w.undelete(titles[2], "u")
    for title in titles[:2]:
        aftermath(s, title)
    w.user_rights(name.value, remove="sysop", reason="public")
    s.suppress(lambda reason: s.suppressor.block(name.value, reason, hidename=True, allowusertalk=True, nomail=True))
    # by an entry of the public log, which says who and why
    s.canaries.show(lambda: s.suppressor.unblock(name.value, "public"), name, *more)
    w.edit(titles[0] + " moved", "after", "a")


def suppressed_page(s):
    """
    Moved, and deleted with suppression with the redirect that it left, by its form's class: the API has no such thing. Then made anew, and
    restored beneath. What others say of its title in public texts stays.
    """
    w, title, moved = s.wiki, s.canaries.new("title of a suppressed page"), s.canaries.new("title of a suppressed page")
    target, comment = s.canaries.new("target of a redirect"), s.canaries.new("comment")
    text = s.canaries.text(beside="#REDIRECT [[%s]]\n" % target.value)
    others = [s.canaries.new("title of another page") for _ in range(2)]
    name, author = s.account()
    author.edit(title.value, text.value, comment.value)
    for other, form in zip(others, ("[[%s]]", "#REDIRECT [[%s]]")):
        w.edit(other.value, form % title.value, "s")    # else the summary says it
        title.beside |= other.words
    title.elsewhere = {STATE_OF_LOGS, "mwmirror.state.redirect.v1", "mwmirror.state.pagelinks.v1"}
    moved.elsewhere = {STATE_OF_LOGS}
    w.move(title.value, moved.value, "m")
    yield
    delete = DELETE.replace("$d->delete", "$d->setSuppress(true)->delete") % ""
    s.canaries.hide(lambda: s.suppress(lambda reason: s.script("foreach ($a as $a) { %s }" % delete,
                                                               [(page.value, s.suppressor.user, reason) for page in (moved, title)]),
                                       text, comment, name, target), title, moved, named_by=NAMES_WHAT_IS_DELETED)
    yield
    w.edit(others[0].value, "no link any more")
    w.move(others[1].value, s.title(), "m")
    s.canaries.show(lambda: w.edit(moved.value, "another text", "made anew"), moved)
    w.undelete(moved.value, "u")
    aftermath(s, moved.value)


def replaced_before_its_links(s):
    """A text that is hidden after it was replaced, in one transaction with that; what it linked to goes later."""
    title, (name, author) = s.title(), s.account()
    text, comment = text_of(s), s.canaries.new("comment")
    author.edit(title, text.value, comment.value)
    revision = s.latest(title)
    text.add_revision(s.wiki.dbname, revision)
    text.elsewhere = STATES_OF_TEXTS
    yield
    s.canaries.hide(lambda: s.script(
        "$b->begin('e2e'); $p = $s->getWikiPageFactory()->newFromTitle(Title::newFromText($a[0]));"
        " $u = $p->newPageUpdater($s->getUserFactory()->newFromName($a[1])); $u->setContent('main', new WikitextContent('other'));"
        " $u->saveRevision(CommentStoreComment::newUnsavedComment('reverted'));"
        " $b->update('revision', ['rev_deleted' => 7], ['rev_id' => $a[2]], 'e2e'); $b->commit('e2e');",
        [title, s.wiki.user, revision]), text, comment, name)
    yield
    aftermath(s, title)


def born_hidden(s):
    """Written and hidden in one transaction: it was never public."""
    title, text, comment = s.title(), text_of(s, "#REDIRECT [[Elsewhere]]\n"), s.canaries.new("comment")
    name, _ = s.account()
    text.elsewhere = STATES_OF_TEXTS
    comment.elsewhere, name.elsewhere = {STATE_OF_LOGS}, name.elsewhere | {STATE_OF_LOGS}
    yield
    s.canaries.hide(lambda: s.script(
        "$b->begin('e2e'); $p = $s->getWikiPageFactory()->newFromTitle(Title::newFromText($a[0]));"
        " $u = $p->newPageUpdater($s->getUserFactory()->newFromName($a[3]));"
        " $u->setContent('main', new WikitextContent($a[1]));"
        " $r = $u->saveRevision(CommentStoreComment::newUnsavedComment($a[2]));"
        " $b->update('revision', ['rev_deleted' => 15], ['rev_id' => $r->getId()], 'e2e'); $b->commit('e2e');",
        [title, text.value, comment.value, name.value]), text, comment, name)
    text.add_revision(s.wiki.dbname, s.latest(title))
    yield
    s.wiki.edit(title, "no redirect", "a")
    aftermath(s, title)


def log_entries_born_hidden(s):
    """Deletions whose log entries are hidden in the same transactions, one bit each. A hidden action says nothing at all."""
    pages = [(bit, s.title(), s.account(ADMINISTRATOR)[0], s.canaries.new("reason in the log")) for bit in (1, 2, 4)]
    for bit, title, name, reason in pages:
        s.wiki.edit(title, "text", "c")
        if bit == 1:    # of a hidden action the log still shows by whom and why
            name.elsewhere, reason.elsewhere = name.elsewhere | {STATE_OF_LOGS}, {STATE_OF_LOGS}
    yield
    hidden = [field for bit, _, *fields in pages for field in {1: fields, 2: fields[1:], 4: fields[:1]}[bit]]
    s.canaries.hide(lambda: s.script("foreach ($a as $a) { %s }" % DELETE % (
        "$b->update('logging', ['log_deleted' => $a[3]], ['log_type' => 'delete', 'log_title' => $a[4]], 'e2e');"),
        [(title, name.value, reason.value, bit, title.replace(" ", "_")) for bit, title, name, reason in pages]), *hidden)
    yield
    for _, title, _, _ in pages:
        s.wiki.undelete(title, "u")


def markup(s):
    """What a text amounts to in other tables, each in a word of its own; another text replaced it before it is hidden."""
    w, title, (name, author), other = s.wiki, s.title(), s.account(), s.title()
    kinds = ["category", "template", "file", "link", "external link", "sort key", "language link", "interwiki link", "redirect", "fragment"]
    words = {kind: s.canaries.new(kind) for kind in kinds}
    plain = {kind: next(word for word in canary.words if word.startswith("cnry")) for kind, canary in words.items()}
    # MediaWiki tells of members that come and go in recentchanges
    words["category"].elsewhere = {"mediawiki.recentchange"}
    w.edit(title, "first", "1")
    author.edit(title, "[[Category:%s]] {{%s}} [[File:%s.png]] [[%s]] https://%s.example/%s {{DEFAULTSORT:%s}}" % (
        words["category"].value, words["template"].value, words["file"].value, words["link"].value, plain["external link"], plain["external link"],
        plain["sort key"]), "2")
    author.edit(other, "#REDIRECT [[%s#%s]]" % (words["redirect"].value, plain["fragment"]), "2")
    page = s.numbers("SELECT page_id FROM @page WHERE page_title = %s", (title.replace(" ", "_"),))[0]
    # no prefix of the sandbox's leads to another wiki
    s.rows("INSERT INTO @langlinks (ll_from, ll_lang, ll_title) VALUES (%s, 'de', %s)", (page, words["language link"].value))
    s.rows("INSERT INTO @iwlinks (iwl_from, iwl_prefix, iwl_title) VALUES (%s, 'de', %s)", (page, words["interwiki link"].value))
    hidden = [s.latest(title), s.latest(other)]
    for page_title in (title, other):
        w.edit(page_title, "third", "3")
    yield
    s.revision_delete(hidden[:1], ALL, False)
    s.revision_delete(hidden[1:], ALL, False, name, *words.values())
    yield
    aftermath(s, title)


def protected_title(s):
    """A title that may not be created, and why: until it may, and the log says nothing of it any more."""
    title, reason = s.canaries.new("protected title"), s.canaries.new("reason of a protection")
    s.wiki.protect(title.value, "create=sysop", reason=reason.value)
    yield
    s.wiki.protect(title.value, "create=all", reason="public")
    entries = s.numbers("SELECT log_id FROM @logging WHERE log_title = %s", (title.value.replace(" ", "_"),))
    s.revision_delete(entries, ALL, False, title, reason, type="logging")
    yield


def deleted_for_a_reason(s):
    """A file that is deleted for a reason that is hidden then, in the log and with the file."""
    filename, reason = s.title() + ".png", s.canaries.new("reason of a deletion")
    s.wiki.upload(filename, mw.png(13, s.titles % 256, 1), "c")
    s.wiki.delete("File:" + filename, reason.value)
    yield
    entry = s.numbers("SELECT max(log_id) FROM @logging WHERE log_type = 'delete' AND log_title = %s", (filename.replace(" ", "_"),))
    s.revision_delete(entry, "comment", False, type="logging")
    files = s.numbers("SELECT fa_id FROM @filearchive WHERE fa_name = %s", (filename.replace(" ", "_"),))
    s.revision_delete(files, "comment", True, reason, type="filearchive", target="File:" + filename)
    yield


ROUTES = [each_field, latest_revision_by_hand, hidden_revision_becomes_latest, archived_revision, old_file, deleted_file, hidden_user,
          suppressed_page, replaced_before_its_links, born_hidden, log_entries_born_hidden, markup, protected_title, deleted_for_a_reason]
# with restriction or without
TWO_WAYS = [older_revision, latest_revision, log_entries]


def routes(stage, ways, more=()):
    """The generators of a stage; ways: with which values of suppress those that have two."""
    return [route(stage) for route in [*ROUTES, *more, *(route(suppress) for route in TWO_WAYS for suppress in ways)]]


def few_routes(stage):
    """Some that fill all that a page's change says."""
    return [route(stage) for route in (older_revision(True), latest_revision_by_hand, suppressed_page, log_entries(False))]
