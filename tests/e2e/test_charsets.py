"""
Every code of every charset of MariaDB, alone in a column, through a copy and through the binlog: what MariaDB's CONVERT(... USING utf8mb4)
gives. Where MariaDB has no character, iconv's is taken, or U+FFFD, and the bytes are kept.
"""

import pytest

import values
from bare import DATA, WIKI, small_sandbox

TABLE = "every_code"


def codes(charset):
    if charset in values.WIDE:
        encoding = values.WIDE[charset]
        planes = [] if charset == "ucs2" else list(range(0x10000, 0x110000, 997)) + [0x10ffff]
        # nothing is looked up for these, so not all
        return [chr(c).encode(encoding) for c in list(range(0x300)) + list(range(0x300, 0xd800, 7)) + list(range(0xe000, 0x10000, 7)) + planes]
    found = [bytes([i]) for i in range(256)]
    if charset in values.DOUBLE:
        found += [bytes([i, j]) for i in range(0x80, 256) for j in range(0x30, 256)]
    if charset in ("ujis", "eucjpms"):
        found = found[:256] + [bytes([i, j]) for i in [0x8e] + list(range(0xa1, 255)) for j in range(0xa1, 255)]
        found += [bytes([0x8f, i, j]) for i in range(0xa1, 255) for j in range(0xa1, 255)]
    return found


@pytest.fixture(scope="module")
def written():
    """Row n of a table has code n of each charset; copied, and written once more behind the copy."""
    columns = {charset: codes(charset) for charset in values.CHARSETS}
    rows = max(len(made) for made in columns.values())
    with small_sandbox("charsets") as bare:
        maria = bare.box.maria(fresh=True)
        table = values.Table(TABLE, [values.Column(c, "varchar(4) character set %s" % c, str, {"text": ("text", None)}) for c in columns])

        def fill():
            table.create(maria, WIKI)
            table.map(bare.box)
            with maria.cursor() as cursor:
                for start in range(0, rows, 2000):
                    cursor.execute("INSERT IGNORE INTO `%s`.%s VALUES %s" % (WIKI, TABLE, ",".join(
                        "(%d,%s)" % (n + 1, ",".join(values.quote(made[n]) if n < len(made) else "NULL" for made in columns.values()))
                        for n in range(start, min(start + 2000, rows)))))
        bare.create_wiki(pages=1, before_copy=fill)
        warned = [line for line in bare.copied.splitlines() if "declared latin1" in line]
        assert len(warned) == 1 and TABLE in warned[0], warned
        with maria.cursor() as cursor:
            cursor.execute("INSERT INTO `%s`.%s SELECT id + %d, %s FROM `%s`.%s" % (WIKI, TABLE, rows, ",".join(columns), WIKI, TABLE))
        bare.catches_up(compared=False, timeout=60)
        bare.table, bare.rows, bare.maria_connection = table, rows, maria
        yield bare
        maria.close()


def test_every_code(written):
    box, rows = written.box, written.rows
    assert written.table.differing(box, rows, rows) == {}
    with written.maria_connection.cursor() as cursor:
        cursor.execute("SELECT %s FROM `%s`.%s WHERE id <= %d ORDER BY id" % (
            ", ".join("hex(convert({0} using utf8mb4)), hex({0})".format(c) for c in values.CHARSETS), WIKI, TABLE, rows))
        theirs = cursor.fetchall()
    ours = box.pg_rows("SELECT %s FROM mediawiki.%s WHERE id <= %d ORDER BY id" % (
        ", ".join('"%s__text"' % c for c in values.CHARSETS), TABLE, rows))
    kept = {(column, key): bytes(raw) for key, column, raw in box.pg_rows(
        "SELECT row_key::bigint, column_name, raw FROM mwmirror.raw_value WHERE table_name = %s", (TABLE,))}
    wrong, told, lost = [], {}, 0
    for number, (their, our) in enumerate(zip(theirs, ours)):
        for column, charset in enumerate(values.CHARSETS):
            said, stored, has = their[2 * column], their[2 * column + 1], our[column]
            if said is None or not stored:
                assert has == (None if said is None else ""), (charset, number, has)
                continue
            text, raw = values.decoded(said).decode(), values.decoded(stored)
            if text in "?\ufffd\0" and raw != b"?":
                lost += 1
            elif text != has:
                wrong.append((charset, raw.hex(), text, has))
            else:
                told[charset] = told.get(charset, 0) + 1
            if "\ufffd" in has and raw.hex() not in ("fffd", "fdff", "0000fffd"):
                assert kept[charset + "__text", number + 1] == raw, (charset, raw)
    assert not wrong, "%d: %s" % (len(wrong), wrong[:10])
    assert set(told) == set(values.CHARSETS) and min(told.values()) > 120, told
    print("%d characters of %d charsets as MariaDB has them, %d that it has not" % (sum(told.values()), len(told), lost))


def refused_by_copy(bare, table, row, *texts):
    """A wiki that has nothing but the table is not copied, and what is said has these texts."""
    database = "wiki" + table.name
    with bare.maria_connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE `%s`" % database)
        table.create(bare.maria_connection, database)
        cursor.execute("INSERT INTO `%s`.%s VALUES %s" % (database, table.name, row))
    bare.add_wiki(database)
    done = bare.box.mwmirror("snapshot", database)
    assert done.returncode == DATA and table.name in done.stderr, done.stderr
    for text in texts:
        assert text in done.stderr, done.stderr
    bare.box.pg_rows("DELETE FROM mwmirror.wiki WHERE wiki_id = %s", (database,))


def test_a_charset_that_nothing_converts(written):
    """Refused when the first text of it comes, by a copy and by follow, with what to do."""
    maria = written.maria_connection
    table = values.Table("kamenicky", [values.Column("k", "varchar(4) character set keybcs2", str, {"text": ("text", None)})])
    table.map(written.box)
    refused_by_copy(written, table, "(1, x'8081')", "keybcs2", "utf8mb4", "kind bytes")
    table.create(maria, WIKI)
    with maria.cursor() as cursor:
        cursor.execute("INSERT INTO `%s`.kamenicky VALUES (1, x'8081')" % WIKI)
    written.refused("follow", DATA, "keybcs2", "kamenicky", "utf8mb4", "kind bytes")


def test_types_that_the_binlog_does_not_tell(written):
    """A copy refuses kinds that would show bytes as text, and columns of which the binlog has not what a SELECT has."""
    for name, sql, kind, row, remedy in (("identified", "uuid", "text", "(1, uuid())", "kind uuid"),
                                         ("computed", "int as (id + 1) stored", "int", "(1, DEFAULT)", "made of")):
        table = values.Table(name, [values.Column("c", sql, str, {kind: ("bigint" if kind == "int" else "text", None)})])
        table.map(written.box)
        refused_by_copy(written, table, row, remedy)
