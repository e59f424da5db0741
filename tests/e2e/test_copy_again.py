"""
Tables that are copied again while follow runs: what differs is found, written and told, and nothing else is.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it. What is told is read by the
plugin's text format.
"""

import random
import re
import threading

import pytest

import chain
import compare
import sandbox
import schemas
import workload
from bare import TARGET, USAGE, WIKI, Edits, small_sandbox

PAGES = 300
SLOT = "again"


@pytest.fixture(scope="module")
def bare():
    """init, one wiki of some pages, copied."""
    with small_sandbox("again") as bare:
        bare.create_wiki(PAGES, in_the_copy=True)
        connection = bare.box.maria(fresh=True)
        connection.select_db(WIKI)
        workload.execute(connection, "INSERT INTO category (cat_title) VALUES ('One'), ('Two')")
        connection.close()
        bare.catches_up()
        bare.box.pg_rows("SELECT pg_create_logical_replication_slot(%s, 'mwmirror')", (SLOT,))
        yield bare


TABLES = ["actor", "comment", "page", "pagelinks", "revision", "revision_comment_temp", "text"]


def again(bare, tables=()):
    """All of the wiki, or some tables."""
    if len(tables) == 0:
        bare.run("snapshot", "--force", WIKI)
    elif len(tables) == 1:
        bare.run("snapshot", "--force", "--table", tables[0], WIKI)
    else:
        bare.box.pg_rows("SELECT mwmirror.copy_again(%s, t, 'a test') FROM unnest(%s) AS t", (WIKI, tables))


def left(bare):
    return bare.box.pg_rows("SELECT source_table, state, rows_done, error FROM mwmirror.copy_table"
                            " WHERE mode <> 'first' AND state <> 'copied' ORDER BY 1")


def told(bare):
    """What the WAL has since the last call: [(id of the transaction, [(stream, event)])], those without an event too."""
    found = []
    for line, in bare.box.pg_rows("SELECT data FROM pg_logical_slot_get_changes(%s, NULL, NULL, 'format', 'text')", (SLOT,)):
        first, rest = line.split(" ", 1)
        if first == "BEGIN":
            found.append((rest.split(" ")[1], []))
        elif first not in ("COMMIT", "REQUEST", "row"):
            stream, _, value = schemas.split_line(line)
            found[-1][1].append((stream, schemas.check_text(value)))
    return found


def pages_told(found):
    """{page: [kinds]} of page_change."""
    pages = {}
    for _, events in found:
        for stream, event in events:
            if stream == "mediawiki.page_change.v1":
                pages.setdefault(event["page"]["page_id"], []).append(event["page_change_kind"])
    return pages


def finish(bare, daemon, timeout=60):
    def done():
        assert daemon.process.poll() is None, "follow ended:\n%s" % daemon.log()
        return "following source" in daemon.log() and not left(bare)
    chain.wait_for(done, lambda: "%r\n%s" % (left(bare), daemon.log()), timeout)


def written(bare):
    """Rows of the mirror that were ever written, by the counters that a session leaves when it ends."""
    return bare.box.pg_value("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE schemaname = 'mediawiki'")


def compare_while(bare, tables=(), act=None, equal=True):
    """Has it copied again by a follow that runs; returns what was told."""
    daemon = bare.daemon("follow")
    try:
        again(bare, tables)
        if act:
            act()
        finish(bare, daemon)
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    if equal:
        compare.assert_equal(bare.box, WIKI)
    return told(bare)


# each with the pages of which page_change tells, and how
DAMAGE = [
    ("DELETE FROM mediawiki.page WHERE page_id % 50 = 3", {page: ["create"] for page in range(1, PAGES + 1) if page % 50 == 3}),
    ("UPDATE mediawiki.page SET page_len = page_len + 1 WHERE page_id % 50 = 1", {}),
    ("INSERT INTO mediawiki.page SELECT (jsonb_populate_record(p, jsonb_build_object('page_id', page_id + 100000))).*"
     " FROM mediawiki.page AS p WHERE page_id % 50 = 2", {page + 100000: ["delete"] for page in range(1, PAGES + 1) if page % 50 == 2}),
    ("UPDATE mediawiki.page SET page_title = 'Elsewhere_' || page_id WHERE page_id % 50 = 4",
     {page: ["move"] for page in range(1, PAGES + 1) if page % 50 == 4}),
    ("UPDATE mediawiki.comment SET comment_text = 'damaged' WHERE comment_id % 7 = 0", {}),
    ("UPDATE mediawiki.text SET old_text = 'damaged' WHERE old_id % 9 = 0", {}),
    ("DELETE FROM mediawiki.revision WHERE rev_id % 11 = 0", {}),
    ("DELETE FROM mediawiki.pagelinks WHERE pl_from % 2 = 0", {}),
]


def damage(bare):
    """As if changes had been missed. Returns what page_change is to tell."""
    pages = {}
    for statement, expected in DAMAGE:
        bare.box.pg_rows(statement)
        pages.update(expected)
    with pytest.raises(AssertionError):
        compare.assert_equal(bare.box, WIKI)
    told(bare)
    return pages


def test_what_equals_is_not_written(bare):
    before = written(bare)
    compare_while(bare)
    assert written(bare) == before


def test_what_differs_is_written_and_told(bare):
    pages = damage(bare)
    found = compare_while(bare, TABLES)
    assert pages_told(found) == pages
    marks = [name for name, _ in found if name.startswith("Q")]
    assert len(marks) == len(set(marks)) >= 2


def test_under_edits(bare):
    """Live edits of all pages meanwhile: each is told once, by itself or with what differs."""
    pages = damage(bare)
    edits = Edits(lambda: bare.box.maria(fresh=True), pages=PAGES)

    def act():
        edits.__enter__()
        chain.wait_for(lambda: not left(bare) and edits.number > 100, lambda: "%r, %d edits" % (left(bare), edits.number), 60)
        edits.__exit__(None, None, None)
    found = compare_while(bare, TABLES, act)
    kinds = pages_told(found)
    for page, expected in pages.items():
        assert kinds[page][0] == expected[0] and set(kinds[page][1:]) <= {"edit"}, (page, kinds[page])
    ids = [event["meta"]["id"] for _, events in found for _, event in events]
    assert len(ids) == len(set(ids))
    last = dict(bare.box.pg_rows("SELECT page_id, page_latest FROM mediawiki.page WHERE wiki_id = %s", (WIKI,)))
    seen = {}
    for _, events in found:
        for stream, event in events:
            if stream == "mediawiki.page_change.v1":
                seen[event["page"]["page_id"]] = event["revision"]["rev_id"]
    assert {page: last[page] for page in seen if page in last} == {page: seen[page] for page in seen if page in last}


def test_edits_while_revisions_are_compared(bare):
    """What another table merges in rows that are left out meanwhile (revision_comment_temp) is not lost with them."""
    again(bare, ["revision"])
    bare.edit()
    bare.catches_up()


def test_killed(bare, record_property):
    """Whenever follow is killed, a range is done with all that was told of it, or not at all."""
    seed = sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    dice = random.Random(seed)
    pages = damage(bare)
    again(bare)
    kills = 0
    while left(bare) and kills < 6:
        count = len(left(bare))
        daemon = bare.daemon("follow")
        try:
            goal = max(0, count - dice.randrange(1, 15))
            chain.wait_for(lambda: len(left(bare)) <= goal, daemon.log, 60, interval=0.005)
        finally:
            daemon.kill()
        kills += 1
    daemon = bare.daemon("follow")
    try:
        finish(bare, daemon)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    compare.assert_equal(bare.box, WIKI)
    assert pages_told(told(bare)) == pages
    record_property("copied again, seed %d" % seed, "%d kills: 0 lost, 0 told twice" % kills)


def test_a_column_that_is_mapped_now(bare):
    """One more column of a table is filled, and nothing else is written."""
    bare.box.pg_rows("ALTER TABLE mediawiki.page ADD COLUMN page_size_too bigint")
    bare.box.pg_rows("INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)"
                     " VALUES ('page', 'page', 'page_size_too', '{page_len}', '{int}')")
    told(bare)
    try:
        found = compare_while(bare, ["page"], bare.edit, equal=False)
        assert bare.box.pg_value("SELECT count(*) FROM mediawiki.page WHERE wiki_id = %s AND page_size_too = page_len", (WIKI,)) == PAGES
        assert bare.box.pg_value("SELECT count(*) FROM mediawiki.page WHERE page_size_too IS NULL") == 0
        assert set(pages_told([f for f in found if f[0].startswith("Q")])) <= {1, 2, 3, 4, 5}
    finally:
        bare.box.pg_rows("DELETE FROM mwmirror.column_map WHERE target_column = 'page_size_too'")
        bare.box.pg_rows("ALTER TABLE mediawiki.page DROP COLUMN page_size_too")


def test_a_table_that_cannot_be_read(bare):
    """The others are compared, and it is when it can be."""
    bare.box.pg_rows("ALTER TABLE mediawiki.category ADD COLUMN cat_number bigint")
    bare.box.pg_rows("INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds)"
                     " VALUES ('category', 'category', 'cat_number', '{cat_title}', '{int}')")
    again(bare, ["category", "comment"])
    daemon = bare.daemon("follow")
    try:
        chain.wait_for(lambda: [row[0] for row in left(bare) if row[3]] == ["category"] == [row[0] for row in left(bare)],
                       lambda: "%r %s" % (left(bare), daemon.log()), 60)
        assert "cat_title -> cat_number" in daemon.log()
        bare.edit()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
        bare.box.pg_rows("DELETE FROM mwmirror.column_map WHERE target_column = 'cat_number'")
        bare.box.pg_rows("ALTER TABLE mediawiki.category DROP COLUMN cat_number")
    bare.catches_up()


def test_a_wiki_that_the_source_has_no_more(bare):
    """Its database was dropped, and its rows stay: nothing is compared with what is not there, whoever asks for it."""
    wiki = WIKI + "out"             # behind the other one, for which the source is open already
    connection = bare.box.maria(fresh=True)
    workload.create_tables(connection, wiki)
    workload.install(connection, wiki, 20000)
    workload.prepare(connection, wiki, 5, 2)
    bare.add_wiki(wiki)
    bare.run("snapshot", wiki)
    bare.catches_up()

    def rows():
        return bare.box.pg_rows("SELECT page_id, page_title FROM mediawiki.page WHERE wiki_id = %s ORDER BY 1", (wiki,))
    before = rows()
    assert len(before) > 0
    workload.execute(connection, "DROP DATABASE " + wiki)
    connection.close()
    bare.catches_up()
    bare.run("snapshot", "--force")
    assert {row[0] for row in bare.box.pg_rows("SELECT DISTINCT wiki_id FROM mwmirror.copy_table WHERE mode = 'again'")} == {WIKI}
    named = bare.box.mwmirror("snapshot", "--force", wiki)
    assert named.returncode == USAGE and "no wiki %s that is copied" % wiki in named.stderr, named.stderr
    bare.catches_up()
    bare.box.pg_rows("SELECT mwmirror.copy_again(w, 'page', 'a test') FROM unnest(%s) AS w", ([WIKI, wiki],))
    daemon = bare.daemon("follow")
    try:
        chain.wait_for(lambda: [row[3] is not None for row in left(bare)] == [True], lambda: "%r %s" % (left(bare), daemon.log()), 60)
        assert "shows no table in database %s" % wiki in daemon.log(), daemon.log()
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    assert rows() == before
    bare.run("remove-wiki", wiki)
    bare.catches_up()


def test_tables_that_fail_take_turns(bare):
    """One that always fails does not keep those behind it from being tried."""
    def next_table():
        return bare.box.pg_value("SELECT source_table FROM mwmirror.copy_again_next((SELECT source_name FROM mwmirror.wiki WHERE wiki_id = %s))", (WIKI,))
    again(bare, ["category", "comment", "text"])
    seen = []
    for _ in range(5):
        seen.append(next_table())
        bare.box.pg_rows("SELECT mwmirror.copy_again_failed(%s, %s, 'a test')", (WIKI, seen[-1]))
    assert seen == ["comment", "text", "category", "comment", "text"]
    bare.catches_up()


def run(bare, *statements):
    """Statements of one session in the wiki's database."""
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    for statement in statements:
        workload.execute(connection, statement)
    connection.close()


def test_rights_that_are_lost(bare):
    """What may not be read is not gone: neither tables nor columns."""
    user = "narrow"
    run(bare, "CREATE USER %s@localhost" % user, "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO %s@localhost" % user,
        "GRANT SELECT (cat_id, cat_title) ON category TO %s@localhost" % user, "UPDATE category SET cat_pages = 7")
    bare.catches_up()
    again(bare, ["category", "comment"])
    daemon = bare.daemon("follow", env={"MWMIRROR_SOURCE_USER": user})
    try:
        chain.wait_for(lambda: [row[0] for row in left(bare) if row[3]] == ["category", "comment"], lambda: "%r %s" % (left(bare), daemon.log()), 30)
        assert "GRANT SELECT" in daemon.log()
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
        run(bare, "DROP USER %s@localhost" % user)
    compare.assert_equal(bare.box, WIKI)
    bare.catches_up()


@pytest.mark.parametrize("change,text", [
    ("ALTER TABLE another ADD SYSTEM VERSIONING", "has SYSTEM VERSIONING"),
    ("ALTER TABLE another ADD FOREIGN KEY (cat_pages) REFERENCES parent (id) ON DELETE CASCADE", "a foreign key that changes rows by itself"),
    ("ALTER TABLE another ENGINE = MyISAM", "an engine without transactions"),
], ids=["system versioning", "cascading key", "engine"])
def test_a_table_put_in_place_that_cannot_be_followed(bare, change, text):
    """As one that is so from the start: it is refused, others go on."""
    run(bare, "CREATE TABLE parent (id INT PRIMARY KEY)", "INSERT INTO parent SELECT DISTINCT cat_pages FROM category",
        "CREATE TABLE another LIKE category", "INSERT INTO another SELECT * FROM category", change)
    daemon = bare.daemon("follow")
    try:
        run(bare, "RENAME TABLE category TO former, another TO category")
        chain.wait_for(lambda: [row[0] for row in left(bare) if row[3]] == ["category"], lambda: "%r %s" % (left(bare), daemon.log()), 30)
        assert text in daemon.log(), daemon.log()
        bare.edit()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    run(bare, "RENAME TABLE category TO another, former TO category", "DROP TABLE another, parent")
    bare.catches_up()


def test_raw_values_of_tables_without_key(bare):
    """A row that differs goes and comes, and its raw values stay."""
    run(bare, "INSERT INTO oldimage (oi_name, oi_archive_name, oi_size, oi_description_id, oi_actor, oi_timestamp, oi_metadata, oi_minor_mime)"
              " VALUES ('Old.png', '', 1, 1, 1, '20260101000000', '', x'ff'), ('Older.png', '', 1, 1, 1, '20260101000000', '', x'fe')")
    bare.catches_up()

    def raws():
        return bare.box.pg_rows("SELECT row_key, column_name, raw FROM mwmirror.raw_value WHERE wiki_id = %s AND table_name = 'oldimage' ORDER BY 1", (WIKI,))
    before = [(key, column, bytes(raw)) for key, column, raw in raws()]
    assert [raw for _, _, raw in before] == [b"\xff", b"\xfe"]
    bare.box.pg_rows("UPDATE mediawiki.oldimage SET oi_size = 2 WHERE oi_name = 'Old.png'")
    bare.box.pg_rows("INSERT INTO mediawiki.oldimage SELECT (jsonb_populate_record(o, '{\"oi_name\": \"Oldest.png\"}')).* FROM mediawiki.oldimage AS o"
                     " WHERE oi_name = 'Old.png'")
    bare.box.pg_rows("INSERT INTO mwmirror.raw_value SELECT wiki_id, table_name, replace(row_key, 'Old.', 'Oldest.'), column_name, raw FROM mwmirror.raw_value"
                     " WHERE table_name = 'oldimage' AND row_key LIKE 'Old.png%%'")
    compare_while(bare, ["oldimage"])
    assert [(key, column, bytes(raw)) for key, column, raw in raws()] == before
    run(bare, "DELETE FROM oldimage")
    bare.catches_up()
    assert raws() == []


NAMES = ["File %d.png" % n for n in range(1600)] + ["", "It's", "back\\slash", "\u00c4 \u4e2d", "\U0001f600", "z\\'"]
BYTES = [b"File 5\xc3\x28.png", b"\xff", b"File 5\xc3", b"\xed\xa0\x80"]


def ranges_compared(daemon, table):
    """The rows of each, of a follow that tells all."""
    return [int(rows) for rows in re.findall("copied again: %s of %s: ([0-9]+) rows" % (table, WIKI), daemon.log())]


def test_keys_of_bytes(bare):
    """Names, by ranges; among them such that are no text."""
    connection = bare.box.maria(fresh=True)
    connection.select_db(WIKI)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO image (img_name, img_metadata, img_description_id, img_actor, img_timestamp) VALUES (%s, '', 1, 1, '20260101000000')",
                           NAMES + BYTES)
    connection.commit()
    connection.close()
    bare.catches_up()
    # one that the source has no more
    bare.box.pg_rows("CREATE TABLE gone AS SELECT * FROM mediawiki.image WHERE img_name LIKE '%%(%%'")
    bare.box.pg_rows("CREATE TABLE gone_raw AS SELECT * FROM mwmirror.raw_value WHERE table_name = 'image' AND row_key LIKE '%%(%%'")
    run(bare, "DELETE FROM image WHERE img_name = x'%s'" % BYTES[0].hex())
    bare.catches_up()
    for table, rows in (("mediawiki.image", "gone"), ("mwmirror.raw_value", "gone_raw")):
        assert len(bare.box.pg_rows("WITH put AS (INSERT INTO %s SELECT * FROM %s RETURNING 1) SELECT * FROM put" % (table, rows))) == 1
        bare.box.pg_rows("DROP TABLE %s" % rows)
    raws = bare.box.pg_rows("SELECT row_key FROM mwmirror.raw_value WHERE table_name = 'image' AND row_key NOT LIKE '%%(%%' ORDER BY 1")
    assert len(raws) == len(BYTES) - 1
    bare.box.pg_rows("DELETE FROM mediawiki.image WHERE img_name LIKE '%%7.png' OR img_name IN ('', %s, %s)", (NAMES[-1], raws[0][0]))
    bare.box.pg_rows("UPDATE mediawiki.image SET img_size = 9 WHERE img_name LIKE '%%8.png' OR img_name = %s", (raws[1][0],))
    bare.box.pg_rows("INSERT INTO mediawiki.image SELECT (jsonb_populate_record(i, jsonb_build_object('img_name', 'More ' || img_name))).* FROM mediawiki.image AS i"
                     " WHERE img_name LIKE '%%9.png'")
    daemon = bare.daemon("follow", env={"MWMIRROR_LOG_LEVEL": "debug"})
    try:
        again(bare, ["image"])
        finish(bare, daemon)
        assert daemon.stop() == 0, daemon.log()
        assert len(ranges_compared(daemon, "image")) >= 3 and sum(ranges_compared(daemon, "image")) == len(NAMES + BYTES) - 1, daemon.log()
    finally:
        daemon.kill()
    compare.assert_equal(bare.box, WIKI)
    assert len(bare.box.pg_rows("SELECT row_key FROM mwmirror.raw_value WHERE table_name = 'image'")) == len(BYTES) - 1
    run(bare, "DELETE FROM image")
    bare.catches_up()


def test_rows_that_an_image_does_not_say(bare):
    """They alone are compared, whatever else the table has, and live changes of the others go on."""
    count = 10
    run(bare, "INSERT INTO text (old_id, old_text, old_flags) VALUES " + ", ".join("(%d, 'body', 'utf-8')" % n for n in range(8000, 8400)))
    bare.catches_up()
    daemon = bare.daemon("follow", env={"MWMIRROR_LOG_LEVEL": "debug"})
    try:
        run(bare, "SET SESSION binlog_row_image = MINIMAL", "UPDATE text SET old_flags = 'utf-8,other' WHERE old_id >= 8000 AND old_id % 40 = 1")
        bare.edit()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal) and bare.copied_again() and sum(ranges_compared(daemon, "text")) >= count, daemon.log, 30)
        assert daemon.stop() == 0, daemon.log()
        assert sum(ranges_compared(daemon, "text")) == count and "table text of wiki" in daemon.log(), daemon.log()
    finally:
        daemon.kill()
    compare.assert_equal(bare.box, WIKI)
    run(bare, "DELETE FROM text WHERE old_id >= 8000")
    bare.catches_up()


def test_keys_while_their_table_is_compared(bare):
    """What was compared is compared again by its key, and the table does not begin anew."""
    bare.box.pg_rows("UPDATE mediawiki.page SET page_title = 'Elsewhere_' || page_id WHERE page_id IN (3, 7, 9)")
    told(bare)
    for key in (3, 7):
        bare.box.pg_rows("SELECT mwmirror.copy_again_range(%s, 'page', 'page_id', 'integer', convert_to(%s, 'UTF8'), 'a test')", (WIKI, str(key)))
    assert pages_told(compare_while(bare, ["category"], equal=False)) == {3: ["move"], 7: ["move"]}
    # pages up to 150 were compared when these are found out
    bare.box.pg_rows("UPDATE mediawiki.page SET page_title = 'Elsewhere_' || page_id WHERE page_id IN (3, 200)")
    told(bare)
    again(bare, ["page"])
    bare.box.pg_rows("UPDATE mwmirror.copy_table SET state = 'copying', key_column = 'page_id', key_kind = 'integer', settled_upper = '150', next_lower = '150',"
                     " next_ordinal = 2, started_at = now() WHERE source_table = 'page'")
    for key in (1, 9, 99999):
        bare.box.pg_rows("SELECT mwmirror.copy_again_range(%s, 'page', 'page_id', 'integer', convert_to(%s, 'UTF8'), 'a test')", (WIKI, str(key)))
    assert pages_told(compare_while(bare, ["category"], bare.edit, equal=False)) == {1: ["edit"], 2: ["edit"], 3: ["edit"], 9: ["move"], 200: ["move"]}
    assert pages_told(compare_while(bare, ["page"])) == {3: ["move"]}


def test_tables_and_wikis_that_there_are_not(bare):
    for arguments, text in ((("nowiki",), "no wiki nowiki"), ((WIKI, "--table", "nothing"), "not mirrored")):
        done = bare.box.mwmirror("snapshot", "--force", *arguments)
        assert done.returncode in (USAGE, TARGET) and text in done.stderr, done.stderr


def test_a_group_has_a_table_copied_again(bare):
    """follow, whose group keeps what is copied as it is, changes it itself, also when somebody waits to change it."""
    source = bare.box.pg_value("SELECT source_name FROM mwmirror.wiki WHERE wiki_id = %s", (WIKI,))
    group, other = bare.box.pg(fresh=True), bare.box.pg(fresh=True)
    group.autocommit = False
    with group.cursor() as ours, other.cursor() as theirs:
        ours.execute("SELECT mwmirror.copy_version(%s)", (source,))
        waiter = threading.Thread(target=theirs.execute, args=("SELECT mwmirror.copy_change(%s)", (source,)))
        waiter.start()
        chain.wait_for(lambda: bare.box.pg_value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), "the other to wait", 20)
        ours.execute("SET LOCAL statement_timeout = '20s'")
        ours.execute("SELECT mwmirror.copy_again(%s, 'page', 'a test')", (WIKI,))
        assert waiter.is_alive()
        group.commit()
        waiter.join(20)
        assert not waiter.is_alive()
    group.close()
    other.close()
    bare.catches_up()
