"""A wiki whose texts are stored in every way that MediaWiki has, beside a wiki of the sandbox; and what MediaWiki reads of them.

    row ID FLAGS HEX          a row of text
    blob CLUSTER ID HEX       a row of a cluster of External Storage
    cur ID HEX                a row of cur
    encoding NAME             $wgLegacyEncoding
    text ADDRESS HEX          what MediaWiki reads at a content address
    none ADDRESS              it reads nothing there

is what write() writes, with tabs, and ../unit/test_text.c reads.
"""

import base64
import os
import random
import re
import subprocess
import zlib
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.realpath(__file__))
COPIED = ("user", "user_groups", "actor", "content_models", "slot_roles", "change_tag_def", "updatelog", "site_stats")
CLUSTERS = (1, 2, 3)
ENCODING = "windows-1252"


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


class Texts:
    """What a page's revisions say: lines that come, change, go, and come back."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def line(self):
        words = ("Ærø", "naïve", "Straße", "cost 5 €", "“quoted”", "plain", "[[link]]", "{{template|1=x}}", "o", "Žižek")
        return " ".join(self.random.choice(words) + str(self.random.randrange(1000))
                        for _ in range(self.random.choice((2, 3, 6, 32)))) + "\n"

    def revisions(self, count):
        lines = [self.line() for _ in range(4)]
        for number in range(count):
            if number % 5 == 4:  # much is taken away, and brought back by the next
                yield "".join(lines[:2]).strip()
            else:
                lines[self.random.randrange(len(lines))] = self.line()
                lines.insert(self.random.randrange(len(lines)), self.line())
                yield "".join(lines).strip()


class StoredTexts:
    def __init__(self, box, name, directory):
        self.box = box
        self.wiki = box.wiki(name)
        self.name = name
        self.directory = str(directory)
        self.database = "wiki%s_text" % name
        self.texts = Texts(int(name))
        self.pages = {}
        self.revisions = 0
        self.odd = []
        self.connection = box.maria(fresh=True)

    def rows(self, sql, args=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall()

    def make_databases(self):
        self.drop_databases()
        self.rows("CREATE DATABASE %s CHARACTER SET binary" % self.database)
        self.rows("USE " + self.database)
        for (table,) in self.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
                                  (self.wiki.dbname,)):
            table = table.decode() if isinstance(table, bytes) else table
            self.rows("CREATE TABLE %s LIKE %s.%s" % (table, self.wiki.dbname, table))
        for table in COPIED:
            self.rows("INSERT INTO %s SELECT * FROM %s.%s" % (table, self.wiki.dbname, table))
        self.rows("CREATE TABLE cur (cur_id int PRIMARY KEY, cur_text mediumblob)")
        for cluster in CLUSTERS:
            self.rows("CREATE DATABASE %s_cluster%d CHARACTER SET binary" % (self.database, cluster))
            self.rows("CREATE TABLE %s_cluster%d.blobs (blob_id int UNSIGNED AUTO_INCREMENT PRIMARY KEY, blob_text longblob)"
                      % (self.database, cluster))
        with open(self.file("LocalSettings.php"), "w") as file:
            file.write("<?php\nrequire '%s';\n$wgDBname = '%s';\nrequire '%s/stored_text_settings.php';\n"
                       % (self.wiki.config_file, self.database, HERE))

    def drop_databases(self):
        for suffix in [""] + ["_cluster%d" % cluster for cluster in CLUSTERS]:
            self.rows("DROP DATABASE IF EXISTS %s%s" % (self.database, suffix))

    def file(self, name):
        return os.path.join(self.directory, "%s-%s" % (self.name, name))

    def php(self, script, *args, **more):
        env = dict(os.environ, MW_CONFIG_FILE=self.file("LocalSettings.php"), MW_INSTALL_PATH=self.wiki.root, **more)
        done = subprocess.run(self.wiki.php + [script] + [str(a) for a in args], env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if done.returncode != 0:
            raise RuntimeError("%s: exit code %d\n%s%s" % (script, done.returncode, done.stdout.decode(), done.stderr.decode()))
        return done.stdout.decode()

    def maintenance(self, script, *args, **more):
        """One of MediaWiki's scripts."""
        return self.php(os.path.join(self.wiki.root, "maintenance", script + ".php"), *args, **more)

    def write_pages(self, pages, **more):
        """Imports pages with so many revisions each, stored as the settings in more say."""
        dump = ['<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">']
        for title, count in pages.items():
            dump.append("<page><title>%s</title><ns>0</ns>" % title)
            for text in self.texts.revisions(count):
                self.revisions += 1
                dump.append("<revision><timestamp>2020-01-%02dT%02d:00:00Z</timestamp><contributor><ip>127.0.0.1</ip>"
                            "</contributor><model>wikitext</model><format>text/x-wiki</format><text xml:space=\"preserve\">"
                            "%s</text></revision>" % (self.revisions // 24 + 1, self.revisions % 24, escape(text)))
            dump.append("</page>")
        dump.append("</mediawiki>")
        with open(self.file("dump.xml"), "w", encoding="utf-8") as file:
            file.write("\n".join(dump))
        self.maintenance("importDump", "--no-updates", self.file("dump.xml"), **more)
        for title in pages:
            self.pages[title] = self.rows("SELECT page_id FROM page WHERE page_title = %s", (title,))[0][0]

    def text_ids(self, title):
        """The rows of text of a page's revisions, in order."""
        return [row[0] for row in self.rows(
            "SELECT CAST(SUBSTRING(content_address, 4) AS UNSIGNED) FROM revision JOIN slots ON slot_revision_id = rev_id "
            "JOIN content ON content_id = slot_content_id WHERE rev_page = %s ORDER BY rev_id", (self.pages[title],))]

    def make_legacy(self, title):
        for (text_id, text) in self.rows("SELECT old_id, old_text FROM text WHERE old_id IN %s", (self.text_ids(title),)):
            old = text.decode().encode("cp1252") + b" \x81 no character of it"
            self.rows("UPDATE text SET old_flags = '', old_text = _binary %s WHERE old_id = %s", (old, text_id))

    def compress(self, first, last, *args):
        self.maintenance("storage/compressOld", "-t", "concat", "-s", self.pages[first], "-n", self.pages[last], *args)

    def recompress(self, cluster, **classes):
        """Puts each page's texts into one object of a class, as recompressTracked does: in both releases that script fails."""
        words = [word for title, name in classes.items() for word in (name, " ".join(map(str, self.text_ids(title))))]
        self.php(os.path.join(HERE, "stored_text.php"), "recompress", cluster, *words)

    def make(self):
        """Everything that MediaWiki's own scripts store."""
        self.make_databases()
        self.write_pages({"Objects": 12, "Old_objects": 5, "Items": 7, "Plain": 2, "Old": 3, "Packed": 3})
        self.make_legacy("Old")
        self.make_legacy("Old_objects")
        self.maintenance("storage/compressOld", "-t", "gzip", "-s", min(self.text_ids("Old")[1:]))
        self.write_pages({"Moved": 12, "Moved_items": 4, "Old_moved": 3})
        self.make_legacy("Old_moved")
        # 1.39 moves what follows, too
        self.maintenance("storage/moveToExternal", "-s", min(self.text_ids("Moved")), "DB", "cluster1")
        self.recompress("cluster2", Moved="DiffHistoryBlob", Moved_items="ConcatenatedGzipHistoryBlob")
        self.compress("Objects", "Old_objects")
        self.compress("Items", "Items", "--extdb", "cluster3")
        self.write_pages({"Gzip": 3}, STORED_TEXT_GZIP="1")
        self.write_pages({"External": 3}, STORED_TEXT_EXTERNAL="1")
        self.write_pages({"External_gzip": 3}, STORED_TEXT_EXTERNAL="1", STORED_TEXT_GZIP="1")

    def add(self, flags, text):
        with self.connection.cursor() as cursor:
            cursor.execute("INSERT INTO text (old_flags, old_text) VALUES (%s, _binary %s)", (flags, text))
            self.odd.append("tt:%d" % cursor.lastrowid)
            return cursor.lastrowid

    def objects(self, beginning):
        return [row[0] for row in self.rows("SELECT old_text FROM text WHERE old_flags LIKE '%%object%%' AND old_text LIKE %s",
                                            ("O:%%:\"%s\"%%" % beginning,))]

    def make_odd(self):
        """What older versions and bugs have left in databases, and what is lost. Real objects, changed."""
        whole, stub = self.objects("ConcatenatedGzipHistoryBlob")[0], self.objects("HistoryBlobStub")[0]
        key = stub.split(b'mHash";s:32:"')[1][:32]
        old_whole = whole.replace(b"ConcatenatedGzipHistoryBlob", b"concatenatedgziphistoryblob")

        def stub_of(text_id, name=b"HistoryBlobStub"):
            return b'O:15:"%s":2:{s:6:"mOldId";s:%d:"%d";s:5:"mHash";s:32:"%s";}' % (name, len(str(text_id)), text_id, key)

        plain = b'O:27:"ConcatenatedGzipHistoryBlob":3:{s:11:"mCompressed";b:0;s:6:"mItems";a:2:{s:1:"a";s:3:"one";' \
                b's:1:"b";s:3:"two";}s:12:"mDefaultHash";s:1:"b";}'
        self.add("utf-8", stub_of(1))
        self.add("object,utf-8", stub_of(self.add("object", old_whole), b"historyblobstub"))
        self.add("object,utf-8", stub_of(self.add("object,gzip", deflate(whole))))
        self.add("object,utf-8", stub_of(self.add("object", b's:%d:"%s";' % (len(whole), whole))))
        self.add("object,utf-8", stub_of(self.add("utf-8", whole)))  # which is no object
        self.add("object,utf-8", stub_of(999999))
        self.add("object,utf-8", stub_of(self.add("object,utf-8", stub)))
        self.add("object,utf-8", plain + b"and more")
        self.add("object", plain.replace(b"two", b"tw\xe9"))
        self.add("object,utf-8", plain.replace(b's:1:"b";}', b's:1:"c";}'))
        self.add("object,utf-8", b'O:8:"stdClass":0:{}')
        self.add("object,utf-8", whole[:-40])
        self.rows("INSERT INTO cur VALUES (8, _binary 'caf\xe9')".encode("latin-1"))
        self.add("object", b'O:18:"historyblobcurstub":1:{s:6:"mCurId";i:8;}')
        self.add("object", b'O:18:"HistoryBlobCurStub":1:{s:6:"mCurId";i:9;}')
        self.add("error", b"")
        self.add("utf-8,error,gzip", deflate(b"not to be read"))
        self.add("", b"caf\xe9 \x80 \x81\x8d\x8f\x90\x9d \xa0")
        self.add("utf8", "Straße".encode())
        self.add("gzip", deflate(b"\x93old\x94"))
        self.add("utf-8,gzip", deflate(b"") [:-1])
        self.add("utf-8,gzip", deflate(b"text") + b"behind it")
        self.add("utf-8,gzip", deflate(b"text, of which the end is missing")[:-4])
        self.add("utf-8,gzip", b"no deflate")
        self.add("gzip, utf-8", deflate("Straße".encode()))
        self.add("utf-8,0,strange", b"words that mean nothing")
        self.add_external()

    def add_external(self):
        """Blobs of External Storage, and addresses that lead nowhere."""
        differences = self.rows("SELECT blob_id, blob_text FROM %s_cluster2.blobs WHERE blob_text LIKE 'O:15:%%'" % self.database)
        with self.connection.cursor() as cursor:
            def blob(text):
                cursor.execute("INSERT INTO %s_cluster1.blobs (blob_text) VALUES (_binary %%s)" % self.database, (text,))
                return cursor.lastrowid

            older = b'a:2:{s:5:"diffs";a:1:{i:0;s:8:"\0\0\0\0\0\0\0\0";}s:4:"base";s:4:"base";}'
            older = blob(b'O:15:"DiffHistoryBlob":1:{s:11:"mCompressed";s:%d:"%s";}' % (len(deflate(older)), deflate(older)))
            for address in (b"DB://cluster1/%d" % blob(deflate(b"deflated")), b"db://cluster1/%d" % blob(b"plain"),
                            b"DB://cluster1/%d/0" % older, b"DB://cluster1/%d/1" % older,
                            b"DB://cluster2/%d/3/more" % differences[0][0], b"DB://cluster2/%d/900" % differences[0][0],
                            b"DB://cluster1/999999", b"DB://", b"DB://cluster1", b"DB://nowhere/1",
                            b"http://cluster1/1", b"no address"):
                self.add("external,utf-8", address)
                self.add("external,utf-8,gzip", address)
                if self.name != "39":
                    self.odd += ["es:" + address.decode(), "es:" + address.decode() + "?flags=utf-8,gzip"]
        self.add("external,object,utf-8", b"DB://cluster2/%d" % differences[0][0])
        self.odd += ["tt:0", "tt:999999", "tt:01", "tt:1?flags=x", "TT:1", "xx:1"]
        if self.name != "39":  # which reads no bytes there
            self.odd.append("bad:1")

    def ways(self):
        """The ways in which the revisions' texts are stored."""
        ways = set()
        for address, flags, text in self.rows(
                "SELECT content_address, old_flags, old_text FROM slots JOIN content ON content_id = slot_content_id "
                "LEFT JOIN text ON content_address = CONCAT('tt:', old_id)"):
            where = address if flags is None else text
            way = re.sub(rb":.*/\d+", b":", address) if flags is None else b",".join(sorted(flags.split(b",")))
            if way.startswith(b"external"):
                way += b" an item" if where.count(b"/") > 3 else b""
            if b"object" in way:
                way += b" " + text.split(b'"')[1]
            ways.add(way.decode())
        for cluster in CLUSTERS:
            for (text,) in self.rows("SELECT blob_text FROM %s_cluster%d.blobs WHERE blob_text LIKE 'O:%%'" % (self.database, cluster)):
                ways.add(text.split(b'"')[1].decode())
        return ways

    def ask(self):
        """{revision: (address, text)} of the API, and {address: text or None} of the odd ones."""
        odd = " ".join(a for a in self.odd if " " not in a)
        revisions, addresses = {}, {}
        for line in self.php(os.path.join(HERE, "stored_text.php"), "read", 50, odd).splitlines():
            kind, *words = line.split(" ")
            if kind == "revision":
                revisions[int(words[0])] = (words[1], base64.b64decode(words[2]))
            elif kind == "address":
                addresses[words[0]] = base64.b64decode(words[1]) if len(words) > 1 else None
        return revisions, addresses

    def write(self, path, revisions, addresses):
        """Writes MariaDB's rows, and what MediaWiki reads at each address."""
        with open(path, "w") as file:
            def put(*words):
                file.write("\t".join(word.hex() if isinstance(word, bytes) else str(word) for word in words) + "\n")

            for text_id, flags, text in self.rows("SELECT old_id, old_flags, old_text FROM text ORDER BY old_id"):
                put("row", text_id, flags.decode(), text)
            for cluster in CLUSTERS:
                for blob_id, text in self.rows("SELECT blob_id, blob_text FROM %s_cluster%d.blobs ORDER BY 1"
                                               % (self.database, cluster)):
                    put("blob", "cluster%d" % cluster, blob_id, text)
            for cur_id, text in self.rows("SELECT cur_id, cur_text FROM cur ORDER BY 1"):
                put("cur", cur_id, text)
            put("encoding", ENCODING)
            for address, text in list(revisions.values()) + list(addresses.items()):
                put(*(("none", address) if text is None else ("text", address, text)))
