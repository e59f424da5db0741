"""Every mirrored table equals MariaDB's, row for row, whatever was done to it. Both MediaWiki versions."""

import json
import os
import threading
import zlib

import pytest

import binlog_file
import chain
import compare
import hard_rows
import kafka
import mw
import workload


def test_after_everything_a_wiki_does(wiki, box):
    """Links, categories, templates, files, blocks, groups, tags, watchlists, protections, jobs."""
    wiki.edit("Rows A", "[[Rows B]] [[Talk:Rows B]] {{Rows template}} [[Category:Rows]] [[File:Rows.png]]"
              " https://example.org/a?b=c#d http://user@example.org:8080 //example.net/x mailto:a@example.org"
              " [[de:Zeile]] [http://[2001:db8::1]/ six] __NOTOC__ {{DEFAULTSORT:Zz}}", "links")
    wiki.edit("Template:Rows template", "a template [[Rows C]]", "t")
    wiki.edit("Category:Rows", "[[Category:Above]]", "c")
    wiki.edit("Rows B", "#REDIRECT [[Rows A]]", "r")
    wiki.upload("Rows.png", mw.png(9, 8, 7), "up")
    wiki.upload("Rows.png", mw.png(9, 8, 6), "again")
    wiki.edit("Rows A", "[[Rows C]] [[Category:Other]] https://example.com/", "fewer links")
    wiki.create_user("Rows user", "Str0ng-pass-phrase")
    user = wiki.as_user("Rows user", "Str0ng-pass-phrase")
    user.edit("Rows by user", "x", "y")
    user.watch("Rows A")
    user.edit("User talk:Admin", "a message", "hello")
    wiki.as_user().edit("User talk:Rows user", "hello", "from an address")
    wiki.user_rights("Rows user", add="bot", expiry="2030-01-01T00:00:00Z")
    wiki.block("192.0.2.0/24", "range", expiry="2030-01-01T00:00:00Z", anononly=True)
    wiki.block("192.0.2.77", "one address")
    wiki.block("Rows user", "autoblock", autoblock=True, expiry="1 week")
    with pytest.raises(mw.ApiError):
        user.edit("Rows blocked", "x", "y")
    wiki.block("Rows user", "partial", partial=True, allowusertalk=True, pagerestrictions="Rows A", namespacerestrictions="4")
    wiki.unblock("192.0.2.77", "free")
    wiki.protect("Rows A", "edit=autoconfirmed|move=sysop", "2030-01-01T00:00:00Z", "p")
    wiki.protect("Rows never made", "create=sysop", "infinite", "salt")
    wiki.import_xml(mw.export_xml("Rows imported", [("2003-01-02T03:04:05Z", "Past", "c", "t")]), "imp")
    wiki.delete("File:Rows.png", "away")
    wiki.undelete("File:Rows.png", "back")
    wiki.move("File:Rows.png", "File:Rows moved.png", "mv")
    wiki.purge("Rows A")
    wiki.run_jobs()
    chain.wait_mirror(box)
    sizes = compare.counts(box.maria(), wiki.dbname)
    empty = sorted(t for t, n in sizes.items() if n == 0)
    assert len(sizes) - len(empty) >= 35, "too little was done to prove anything: empty are %s" % empty
    compare.assert_equal(box, wiki.dbname)


@pytest.mark.parametrize("image", ["FULL", "NOBLOB", "MINIMAL"])
def test_hard_values(wiki, box, image):
    """Insert, update and delete of rows with every type's hardest values, under every row image."""
    connection = box.maria(fresh=True)
    tables = hard_rows.table_columns(box, wiki.dbname)
    count = 16
    done = []
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION binlog_row_image = %s" % image)
    try:
        for table, columns in tables.items():
            if table in compare.NOT_MIRRORED or table in hard_rows.LEFT_OUT:
                continue
            done.append((table, columns, hard_rows.rows(columns, count)))
            hard_rows.insert(connection, wiki.dbname, table, columns, done[-1][2])
        assert len(done) > 40
        chain.wait_mirror(box)
        compare.assert_equal(box, wiki.dbname)
        assert box.pg_value("SELECT count(*) FROM mwmirror.raw_value WHERE wiki_id = %s", (wiki.dbname,)) > 300
        changed = []
        for table, columns, made in done:
            changed.append((table, columns, hard_rows.rows(columns, count, salt=3)))
            hard_rows.update(connection, wiki.dbname, table, columns, made, changed[-1][2])
        chain.wait_mirror(box)
        compare.assert_equal(box, wiki.dbname)
    finally:
        for table, columns, made in done:
            hard_rows.delete(connection, wiki.dbname, table, columns, made)
            hard_rows.delete(connection, wiki.dbname, table, columns, hard_rows.rows(columns, count, salt=3))
        connection.close()
    chain.wait_stream(box)
    compare.assert_equal(box, wiki.dbname)


def test_duplicate_rows_without_a_key(wiki, box):
    """Tables without a key may hold equal rows: one delete or update in MariaDB changes one row here."""
    connection = box.maria(fresh=True)
    insert = ("INSERT INTO `%s`.oldimage (oi_name, oi_archive_name, oi_description_id, oi_actor, oi_timestamp,"
              " oi_metadata) VALUES ('Twin.png', 'a', 1, 1, '20260101000000', 'meta')" % wiki.dbname)
    newtalk = "INSERT INTO `%s`.user_newtalk (user_id, user_ip) VALUES (77, '')" % wiki.dbname
    for statement in 3 * [insert] + 3 * [newtalk]:
        workload.execute(connection, statement)
    workload.execute(connection, "UPDATE `%s`.oldimage SET oi_size = 5 WHERE oi_name = 'Twin.png' LIMIT 1" % wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.oldimage WHERE oi_name = 'Twin.png' AND oi_size = 0 LIMIT 1" % wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.user_newtalk WHERE user_id = 77 LIMIT 1" % wiki.dbname)
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    assert box.pg_value("SELECT count(*) FROM mediawiki.oldimage WHERE wiki_id = %s AND oi_name = 'Twin.png'",
                        (wiki.dbname,)) == 2
    workload.execute(connection, "DELETE FROM `%s`.oldimage WHERE oi_name = 'Twin.png'" % wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.user_newtalk WHERE user_id = 77" % wiki.dbname)
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)


def test_insert_of_a_row_that_is_there(wiki, box):
    """It updates the row, alone and among rows that go as one statement, and its group is applied exactly once."""
    connection = box.maria(fresh=True)
    chain.wait_mirror(box)
    box.service("restart", "follow")
    box.pg_rows("INSERT INTO mediawiki.langlinks (wiki_id, ll_from, ll_lang, ll_title) VALUES"
                " (%s, 990007, 'there', 'Else'), (%s, 990099, 'there', 'Else')", 2 * (wiki.dbname,))
    workload.execute(connection, "INSERT INTO `%s`.langlinks (ll_from, ll_lang) SELECT 990000 + seq, 'there'"
                                 " FROM `%s`.seq_1_to_40" % (wiki.dbname, wiki.dbname))
    workload.execute(connection, "INSERT INTO `%s`.langlinks (ll_from, ll_lang) VALUES (990099, 'there')" % wiki.dbname)
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.langlinks WHERE ll_lang = 'there'" % wiki.dbname)
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    # what follow has learnt ends with it
    box.service("restart", "follow")


def test_bad_text_in_rows_without_a_key(wiki, box):
    """Rows that become alike in name and time: nothing stops, and what is shown is right."""
    connection = box.maria(fresh=True)
    with connection.cursor() as cursor:
        for name, archive in ((b"Tw\xffn.png", b"a\xfe"), (b"Other.png", b"c\xfe")):
            cursor.execute("INSERT INTO `%s`.oldimage (oi_name, oi_archive_name, oi_description_id, oi_actor, oi_timestamp,"
                           " oi_metadata) VALUES (%%s, %%s, 1, 1, '20260101000000', 'meta')" % wiki.dbname, (name, archive))
        chain.wait_mirror(box)
        compare.assert_equal(box, wiki.dbname)
        cursor.execute("UPDATE `%s`.oldimage SET oi_name = %%s WHERE oi_name = 'Other.png'" % wiki.dbname, (b"Tw\xffn.png",))
        chain.wait_mirror(box)
        rows = [f for f in compare.differences(box.maria(), box.pg(), wiki.dbname) if not f.startswith("raw_value")]
        assert not rows, rows
        cursor.execute("DELETE FROM `%s`.oldimage WHERE oi_name = %%s" % wiki.dbname, (b"Tw\xffn.png",))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)


def first_text(box, wiki):
    """An id that is free, with room for MediaWiki's next ones before it."""
    return int(box.maria_value("SELECT MAX(old_id) + 1000 FROM `%s`.text" % wiki.dbname))


def deflate(data):
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def test_text_flags(wiki, box):
    """utf-8 and gzip are resolved, also when an update changes one of the two columns; others are kept."""
    connection = box.maria(fresh=True)
    body = "Käse & Brot \U0001f9c0 ".encode() * 500
    rows = [(body, b"utf-8"), (deflate(body), b"utf-8,gzip"), (deflate(body), b"gzip"), (b"DB://cluster/1", b"external,utf-8"),
            (b"O:4:\"Test\":0:{}", b"object"), (b"", b""), (b"latin \xe9", b""), (deflate(b"\xff\x00"), b"gzip,utf-8"),
            (b"not deflate", b"utf-8,error")]
    first = first_text(box, wiki)
    with connection.cursor() as cursor:
        for number, (content, flags) in enumerate(rows):
            cursor.execute("INSERT INTO `%s`.text VALUES (%%s, %%s, %%s)" % wiki.dbname, (first + number, content, flags))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    shown = box.pg_rows("SELECT old_text, old_flags FROM mediawiki.text WHERE wiki_id = %s AND old_id IN (%s, %s)",
                        (wiki.dbname, first + 1, first + 2))
    assert {t for t, f in shown} == {body.decode()} and {f for t, f in shown} == {"utf-8", ""}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE `%s`.text SET old_text = %%s, old_flags = 'utf-8,gzip' WHERE old_id = %%s" % wiki.dbname,
                       (deflate(b"recompressed"), first))
        cursor.execute("UPDATE `%s`.text SET old_text = 'moved away', old_flags = 'utf-8' WHERE old_id = %%s"
                       % wiki.dbname, (first + 1,))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.text WHERE old_id >= %d" % (wiki.dbname, first))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)


def test_huge_values(wiki, box):
    """Texts near MEDIUMBLOB's limit, and one row event of many rows; follow stays small."""
    connection = box.maria(fresh=True)
    workload.install(connection, wiki.dbname)
    first = first_text(box, wiki)
    body = os.urandom(3 << 20).hex().encode()
    big = body + body + body[:3 << 20] + b"\xff\x00"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO `%s`.text VALUES (%%s, %%s, 'utf-8')" % wiki.dbname, (first, body))
        cursor.execute("INSERT INTO `%s`.text VALUES (%%s, %%s, 'utf-8')" % wiki.dbname, (first + 1, big))
        cursor.execute("INSERT INTO `%s`.text SELECT %d + seq, REPEAT(CHAR(64 + seq), 100000), 'utf-8' FROM"
                       " mwload.numbers WHERE seq <= 50" % (wiki.dbname, first + 1))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)
    workload.execute(connection, "DELETE FROM `%s`.text WHERE old_id >= %d" % (wiki.dbname, first))
    chain.wait_mirror(box)
    compare.assert_equal(box, wiki.dbname)


def test_compressed_binlog(wiki, box):
    """log_bin_compress = ON: compressed row events and queries are read like the others."""
    box.maria_rows("SET GLOBAL log_bin_compress_min_len = 10")
    box.maria_rows("SET GLOBAL log_bin_compress = ON")
    try:
        connection = box.maria(fresh=True)
        first = first_text(box, wiki)
        wiki.edit("Compressed rows", "compressible " * 2000, "squeezed")
        wiki.move("Compressed rows", "Compressed rows moved", "mv")
        workload.execute(connection, "INSERT INTO `%s`.text VALUES (%d, REPEAT('abc', 2000000), 'utf-8')"
                         % (wiki.dbname, first))
        name = box.maria_rows("SHOW MASTER STATUS")[0][0]
        file = binlog_file.BinlogFile(os.path.join(box.directory, "mariadb", "data", name))
        assert {166, 167} & {kind for offset, kind, length in file.events()}, "no row event is compressed"
        chain.wait_mirror(box)
        compare.assert_equal(box, wiki.dbname)
        workload.execute(connection, "DELETE FROM `%s`.text WHERE old_id = %d" % (wiki.dbname, first))
        chain.wait_mirror(box)
        compare.assert_equal(box, wiki.dbname)
    finally:
        box.maria_rows("SET GLOBAL log_bin_compress = OFF")
        box.maria_rows("SET GLOBAL log_bin_compress_min_len = 256")


def test_events_of_bad_text(wiki, box):
    """A title, a comment and a name that are no UTF-8: the events show U+FFFD, are valid, and go on."""
    connection = box.maria(fresh=True)
    workload.install(connection, wiki.dbname)
    page = workload.prepare(connection, wiki.dbname, 1, 1)
    actor = workload.execute(connection, "SELECT @first_actor")[0][0]
    chain.wait_stream(box)
    start = kafka.end_offset(box, box.topic(kafka.STREAM))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE `%s`.actor SET actor_name = %%s WHERE actor_id = %%s" % wiki.dbname, (b"Br\xc3ken\x00", actor))
        cursor.execute("UPDATE `%s`.page SET page_title = %%s WHERE page_id = %%s" % wiki.dbname, (b"Bad_\xff_title", page))
        cursor.execute("START TRANSACTION")
        cursor.execute("CALL mwload.%s_edit(%%s, %%s, %%s, %%s)" % wiki.dbname, (page, actor, b"comment \xfe\x00.", b"body \xff"))
        cursor.execute("COMMIT")
    chain.wait_stream(box)
    compare.assert_equal(box, wiki.dbname)
    found = kafka.events(box, start)
    edits = [e for e in found if e.kind == "edit"]
    assert [e.title for e in edits] == ["Bad_\ufffd_title"]
    assert edits[0].value["revision"]["comment"] == "comment \ufffd\ufffd."
    assert edits[0].value["performer"]["user_text"] == "Br\ufffdken\ufffd"
    workload.execute(connection, "UPDATE `%s`.page SET page_title = 'Good_again' WHERE page_id = %d" % (wiki.dbname, page))
    workload.execute(connection, "UPDATE `%s`.actor SET actor_name = 'Good again' WHERE actor_id = %d" % (wiki.dbname, actor))
    chain.wait_stream(box)
    compare.assert_equal(box, wiki.dbname)


def test_snapshot_of_a_live_wiki(live, tmp_path):
    """A wiki that is added while it is being written to: the copy and the stream meet without a gap."""
    box = live
    copy = "wiki39copy"
    connection = box.maria(fresh=True)
    workload.execute(connection, "DROP DATABASE IF EXISTS %s" % copy)
    workload.execute(connection, "CREATE DATABASE %s CHARACTER SET binary" % copy)
    tables = [r[0].decode() if isinstance(r[0], bytes) else r[0] for r in box.maria_rows("SHOW TABLES FROM wiki39")]
    for table in tables:
        workload.execute(connection, "CREATE TABLE %s.`%s` LIKE wiki39.`%s`" % (copy, table, table))
        workload.execute(connection, "INSERT INTO %s.`%s` SELECT * FROM wiki39.`%s`" % (copy, table, table))
    for table, columns in hard_rows.table_columns(box, copy).items():
        if table not in hard_rows.LEFT_OUT and table not in compare.NOT_MIRRORED:
            hard_rows.insert(connection, copy, table, columns, hard_rows.rows(columns, 16))
    workload.install(connection, copy)
    workload.prepare(connection, copy, 50, 5)
    siteinfo = box.wiki("39").get(action="query", meta="siteinfo", siprop="general|namespaces|usergroups|autopromote")
    siteinfo["query"]["general"]["wikiid"] = copy
    path = tmp_path / "siteinfo.json"
    path.write_text(json.dumps(siteinfo))
    added = box.mwmirror("add-wiki", copy, "--siteinfo", str(path))
    assert added.returncode == 0, added.stderr
    stop = threading.Event()

    def write():
        writer, number = box.maria(fresh=True), 0
        while not stop.is_set():
            workload.edits(writer, copy, number, 20, 50, 5)
            number += 20
    thread = threading.Thread(target=write)
    thread.start()
    try:
        done = box.mwmirror("snapshot", copy)     # while follow runs
        assert done.returncode == 0, done.stderr
        assert box.pg_value("SELECT snapshot_gtid IS NOT NULL FROM mwmirror.wiki WHERE wiki_id = %s", (copy,))
    finally:
        stop.set()
        thread.join()
    chain.wait_stream(box)
    compare.assert_equal(box, copy)
    compare.assert_equal(box, "wiki39")
