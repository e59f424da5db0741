"""Dumps in MediaWiki's XML are what MediaWiki's own dumpBackup.php writes, and importDump.php makes the same pages of them."""

import copy
import json
import os
import re
import time

import chain
import mw
import xml_dumps

ROLE = ("$wgHooks['MediaWikiServices'][] = static function ( $s ) { $s->addServiceManipulator( 'SlotRoleRegistry', static function ( $r ) {"
        " $r->defineRoleWithModel( 'extra', 'wikitext' ); $r->defineRoleWithModel( 'before', 'json' ); } ); };")
TABLES_OF_PEOPLE = ("user", "user_groups", "actor", "content_models", "slot_roles", "interwiki", "site_stats", "updatelog")
HOSTILE = [b"a\0b \x01\x08\x0b\x1f\x7f tab\tline\nreturn\r\n", b"\xef\xbf\xbe \xef\xbf\xbf \xef\xb7\x90 \xf4\x8f\xbf\xbf", b"\xed\xa0\x80 \xc0\x80 \xf5\x80\x80\x80 \xff \xe2\x82 \xe2",
           "e\u0301\u0323 \u212b \u1100\u1161\u11a8 <\u0338 \u0301".encode(), b"]]> <![CDATA[ <!-- &amp; &#0; </text></mediawiki>", b"", b"\xef\xbb\xbfbom", b"0",
           b"caf\xe9", "龘".encode() * 40000 + b"\xe9\xbe", b"x" * (3 << 16)]
PASSWORD = "Str0ng-pass-phrase"


def with_settings(wiki, path, settings, dbname=None):
    """The same MediaWiki with more settings, for its scripts."""
    other = copy.copy(wiki)
    other.config_file = str(path)
    other.dbname = dbname or wiki.dbname
    with open(other.config_file, "w") as file:
        file.write("<?php\nrequire '%s';\n%s\n" % (wiki.config_file, settings))
    os.chmod(other.config_file, 0o644)
    return other


class Made:
    """A wiki with all that pages and revisions can be."""

    def __init__(self, box, wiki, tmp_path):
        self.box, self.wiki = box, wiki
        self.name = "Xml %d" % time.monotonic_ns()
        self.scripts = with_settings(wiki, tmp_path / ("roles-%s.php" % wiki.name), ROLE)
        self.first_page = self.value("SELECT coalesce(max(page_id), 0) + 1 FROM @page")

    def rows(self, sql, args=None):
        return self.box.maria_rows(sql.replace("@", "`%s`." % self.wiki.dbname), args)

    def value(self, sql, args=None):
        return self.rows(sql, args)[0][0]

    def page(self, name):
        return "%s %s" % (self.name, name)

    def edit(self, name, text, *args, **more):
        return self.wiki.edit(self.page(name), text, *args, **more)["newrevid"]

    def edit_as(self, who, name, text, summary=""):
        return who.edit(self.page(name), text, summary)["newrevid"]

    def make(self):
        self.box.make_interwiki(self.wiki, "elsewhere")
        self.edits()
        self.redirects()
        self.hidden()
        self.odd()
        self.slots()
        chain.wait_mirror(self.box)

    def edits(self):
        anybody = self.wiki.as_user()
        self.edit("edits", "a & b < c > \"d\" 'e'\n\n  x", "/* section */ <why> & \"how\"", minor=True)
        self.edit("edits", "second", "")
        self.edit_as(anybody, "edits", "third", "by an address")
        self.wiki.protect(self.page("edits"), reason="a revision without a change")
        self.wiki.move(self.page("edits"), self.page("moved"), "renamed")
        self.edit("deleted", "one")
        self.edit("deleted", "two")
        self.wiki.delete(self.page("deleted"))
        self.wiki.undelete(self.page("deleted"))
        self.edit("gone", "one")
        self.wiki.delete(self.page("gone"))
        for model, text in (("css", "a { b: c }"), ("js", "f();"), ("json", '{ "a": [ 1 ] }')):
            self.wiki.edit("User:Admin/%s.%s" % (self.name, model), text)
        self.wiki.edit("Category talk:" + self.name, "Ünïcode – 𐍈 – ไทย")
        self.wiki.import_xml(mw.export_xml(self.page("imported"), [("2001-01-15T12:00:00Z", "Somebody", "old & gone", "imported text"),
                                                                   ("2002-02-25T15:43:11Z", "Admin", "", "imported again")]))

    def redirects(self):
        for number, target in enumerate(("%s#Section" % self.page("moved"), "elsewhere:Über & mehr", "Special:Userlogout", "Special:RandomPage", "User talk:It's \"<quoted>\"",
                                         ":Category:%s" % self.name, "Media:File.png")):
            self.edit("redirect %d" % number, "#REDIRECT [[%s]]" % target)

    def hidden(self):
        hidden = [self.edit("hidden", "text number %d" % number, "comment number %d" % number) for number in range(8)]
        for bits in range(1, 8):
            fields = [field for bit, field in ((1, "content"), (2, "comment"), (4, "user")) if bits & bit]
            # the latest revision keeps its text
            self.wiki.revision_delete([hidden[bits - 1]], hide="|".join(fields), suppress="yes" if bits == 5 else "no")
        self.somebody = "%s somebody" % self.name
        self.wiki.create_account(self.somebody, PASSWORD)
        self.edit_as(self.wiki.as_user(self.somebody, PASSWORD), "of somebody", "text", "who was not hidden then")
        self.wiki.block(self.somebody)

    def odd(self):
        """What was stored by other means: texts of any bytes, comments with bytes that are no characters, a text that is lost, a namespace that is gone."""
        revisions = [self.edit("hostile", "text %d" % number, "comment %d" % number) for number in range(len(HOSTILE) + 2)]
        for revision, text in zip(revisions, HOSTILE):
            self.rows("UPDATE @text SET old_text = _binary %s WHERE old_id = (SELECT CAST(SUBSTRING(content_address, 4) AS UNSIGNED) FROM @content"
                      " JOIN @slots ON slot_content_id = content_id WHERE slot_revision_id = %s)", (text, revision))
        comment = "(SELECT %s FROM @revision%s WHERE rev_id = %%s)" % (
            ("revcomment_comment_id", " JOIN @revision_comment_temp ON revcomment_rev = rev_id") if self.wiki.name == "39" else ("rev_comment_id", ""))
        for revision, text in zip(revisions, (b"\0 and \x02 and \xef\xbf\xbf", "e\u0301".encode())):
            self.rows("UPDATE @comment SET comment_text = _binary %s WHERE comment_id = " + comment, (text, revision))
        self.rows("DELETE FROM @text WHERE old_id = (SELECT CAST(SUBSTRING(content_address, 4) AS UNSIGNED) FROM @content"
                  " JOIN @slots ON slot_content_id = content_id WHERE slot_revision_id = %s)", (revisions[-2],))
        self.rows("UPDATE @revision SET rev_sha1 = '' WHERE rev_id IN %s", (revisions[:2],))
        self.lacking = revisions[-2]
        self.edit("nowhere", "in a namespace that nobody has")
        self.rows("UPDATE @page SET page_namespace = 1234 WHERE page_title = %s", (self.page("nowhere").replace(" ", "_"),))

    def slots(self):
        updater = ("$a = User::newFromName( '%s' ); $t = Title::newFromText( '%s' ); $save = static function ( $change ) use ( $a, $t ) {"
                   " $u = MediaWiki\\MediaWikiServices::getInstance()->getWikiPageFactory()->newFromTitle( $t )->newPageUpdater( $a ); $change( $u );"
                   " $u->saveRevision( CommentStoreComment::newUnsavedComment( 'slots' ) ); if ( !$u->wasSuccessful() ) { print $u->getStatus(); exit( 1 ); } }; "
                   % (self.wiki.user, self.page("slots")))
        changes = ("$u->setContent( 'main', new WikitextContent( 'one' ) ); $u->setContent( 'extra', new WikitextContent( 'extra & one' ) );",
                   "$u->setContent( 'before', new JsonContent( '{}' ) );", "$u->setContent( 'main', new WikitextContent( 'two' ) );", "$u->removeSlot( 'extra' );")
        self.scripts.maintenance("eval", stdin=(updater + " ".join("$save( static function ( $u ) { %s } );" % change for change in changes) + "\n").encode())
        hidden = self.value("SELECT rev_id FROM @revision JOIN @page ON rev_page = page_id WHERE page_title = %s ORDER BY rev_id LIMIT 1 OFFSET 1",
                            (self.page("slots").replace(" ", "_"),))
        self.wiki.revision_delete([hidden], hide="content")

    def end(self):
        """Other tests are not to meet what no MediaWiki makes."""
        self.rows("UPDATE @page SET page_namespace = 0 WHERE page_namespace = 1234")
        for name in ("nowhere", "hostile"):
            self.wiki.delete(self.page(name))
        self.wiki.unblock(self.somebody)
        chain.wait_mirror(self.box)

    # dumps

    def theirs(self, *options):
        return xml_dumps.dump_backup(self.wiki, "--start=%d" % self.first_page, *options, config_file=self.scripts.config_file)

    def ours(self, folder, *options):
        """Of the same pages; with its manifest."""
        parts = xml_dumps.export(self.box, folder, self.wiki.dbname, *options)[self.wiki.dbname]
        with open(folder / "manifest.json") as file:
            manifest = json.load(file)
        document = xml_dumps.as_one(parts)
        return xml_dumps.without_pages(document, lambda page: int(re.search(rb"<id>(\d+)</id>", page).group(1)) < self.first_page), parts, manifest


def assert_same(ours, theirs):
    ours, theirs = xml_dumps.without_listed(ours), xml_dumps.without_listed(theirs)
    assert ours == theirs, xml_dumps.first_difference(ours, theirs)


def lacking_of(manifest):
    return [item for part in manifest["files"] for item in part.get("lacking", ())]


def test_same_as_mediawiki(live, wiki, tmp_path, record_property):
    made = Made(live, wiki, tmp_path)
    try:
        made.make()
        compare(made, tmp_path, record_property)
        hide_meanwhile(made, tmp_path / "full")
        import_again(made, tmp_path)
    finally:
        made.end()


def compare(made, tmp_path, record_property):
    theirs = made.theirs("--full")
    ours, parts, manifest = made.ours(tmp_path / "full", "--history", "--part-rows", "5", "--workers", "2")
    assert_same(ours, theirs)
    assert len(parts) > 1
    for kind in (b"<minor/>", b"<ip>", b"<redirect title=\"elsewhere:\xc3\x9cber &amp; mehr\" />", b"<contributor deleted=\"deleted\" />", b"<comment deleted=\"deleted\" />",
                 b"deleted=\"deleted\" />\n      <sha1/>", b"<role>extra</role>", b"<role>before</role>", b"<model>javascript</model>", b"<parentid>", b"2001-01-15T12:00:00Z",
                 b"<title>%s nowhere</title>\n    <ns>1234</ns>" % made.name.encode(), b"\xef\xbf\xbd"):
        assert kind in ours, kind
    assert "text number 0" not in ours.decode() and "comment number 1" not in ours.decode() and ours.count(b"<revision>") > 40
    assert {item["revision"]: (item["slot"], item["why"]) for item in lacking_of(manifest)}[made.lacking] == ("main", "missing")
    current, _, _ = made.ours(tmp_path / "current", "--current")
    assert_same(current, made.theirs("--current"))
    record_property("figure", "%s: %d pages with %d revisions, %d bytes: as dumpBackup.php" % (
        made.wiki.version, ours.count(b"<page>"), ours.count(b"<revision>"), len(ours)))


def hide_meanwhile(made, folder):
    """An account and a text are hidden: a dump that is brought up to now has them no more, and files that they are not in are kept."""
    box, wiki = made.box, made.wiki
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.xml")}
    shown = made.edit("edits", "a word that is hidden later", "later")
    made.edit("edits", "another one", "later")
    chain.wait_mirror(box)
    ours, _, _ = made.ours(folder, "--history", "--part-rows", "5", "--resume")
    assert b"a word that is hidden later" in ours and made.somebody.encode() in ours
    wiki.revision_delete([shown], hide="content")
    # by the block alone; MediaWiki would hide it in the revisions too
    table, column = ("ipblocks", "ipb_deleted") if wiki.name == "39" else ("block", "bl_deleted")
    made.rows("UPDATE @%s SET %s = 1 WHERE %s" % (table, column, "ipb_address = %s" if wiki.name == "39" else
                                                 "bl_target = (SELECT bt_id FROM @block_target WHERE bt_user_text = %s)"), (made.somebody,))
    chain.wait_mirror(box)
    hidden, parts, _ = made.ours(folder, "--history", "--part-rows", "5", "--resume")
    for part in parts:
        assert b"a word that is hidden later" not in part and b"<username>%s<" % made.somebody.encode() not in part
    assert hidden.count(b"<revision>") == ours.count(b"<revision>")
    same = [path.name for path in folder.glob("*/*.xml") if kept.get(path.name) == path.stat().st_mtime_ns]
    assert same and len(same) < len(kept)


def import_again(made, tmp_path):
    """Into a MediaWiki without pages: what it then dumps is what was imported, but for its own numbers, and for what was hidden or lost."""
    name = "%s_import" % made.wiki.dbname
    box, wiki = made.box, made.wiki
    fresh = with_settings(wiki, tmp_path / ("import-%s.php" % wiki.name), ROLE + "$wgDBname = '%s';" % name, name)
    box.maria_rows("DROP DATABASE IF EXISTS %s" % name)
    box.maria_rows("CREATE DATABASE %s CHARACTER SET binary" % name)
    try:
        for table, in box.maria_rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (wiki.dbname,)):
            table = table.decode() if isinstance(table, bytes) else table
            box.maria_rows("CREATE TABLE %s.`%s` LIKE %s.`%s`" % (name, table, wiki.dbname, table))
        for table in TABLES_OF_PEOPLE:
            box.maria_rows("INSERT INTO %s.`%s` SELECT * FROM %s.`%s`" % (name, table, wiki.dbname, table))
        document, _, _ = made.ours(tmp_path / "import", "--history")
        # a namespace that the wiki does not have is no place for a page
        document = xml_dumps.without_pages(document, lambda page: b"<ns>1234</ns>" in page)
        path = tmp_path / "import.xml"
        path.write_bytes(document)
        fresh.maintenance("importDump", str(path))
        assert_imported(document, xml_dumps.dump_backup(fresh, "--full"))
    finally:
        box.maria_rows("DROP DATABASE %s" % name)


def assert_imported(document, imported):
    want, have = xml_dumps.pages(as_imported(document)), xml_dumps.pages(without_numbers(imported))
    assert set(want) == set(have) and len(want) > 10
    for title in want:
        assert want[title] == have[title], xml_dumps.first_difference(want[title], have[title])


def without_numbers(document):
    """
    Without ids, which the importing wiki gives anew, and which revision a text is from; without sizes and hashes, which are those of the text as it came
    through XML. The texts themselves are there.
    """
    document = re.sub(rb" *<(id|parentid|origin)>\d+</\1>\n| *<sha1>\w*</sha1>\n", b"", document)
    return re.sub(rb' bytes="\d+" sha1="\w*"', b"", document)


def as_imported(document):
    """What importDump.php makes of what is hidden or lost; a revision with second and hash of one that is there it takes for that one."""
    def once(page):
        seen = set()

        def revision(found):
            hashed = re.search(rb"<sha1>(\w+)</sha1>", found.group(0))
            key = hashed and (hashed.group(1), re.search(rb"<timestamp>(.*?)</timestamp>", found.group(0)).group(1))
            new = key not in seen
            seen.add(key or found.group(0))
            return found.group(0) if new else b""
        return re.sub(rb"    <revision>\n.*?    </revision>\n", revision, page.group(0), flags=re.DOTALL)

    document = re.sub(rb"  <page>\n.*?  </page>\n", once, document, flags=re.DOTALL).replace(b"      <sha1/>\n", b"")
    document = document.replace(b'<contributor deleted="deleted" />', b"<contributor>\n        <username>imported&gt;Unknown user</username>\n      </contributor>")
    document = without_numbers(document.replace(b'      <comment deleted="deleted" />\n', b""))
    document = document.replace(b"\r\n", b"\n").replace(b"\r", b"\n")   # as XML has it
    return re.sub(rb'<text( deleted="deleted")? />', b'<text xml:space="preserve" />', document)
