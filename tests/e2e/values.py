"""
Values of every type and charset, by a seed: tables of MariaDB with a mapping made for them, rows of edge values and of random ones, and
what MariaDB's own functions say that the mirror must hold.

A column is mapped once by each of its kinds, to a column of its own.
"""

import datetime as datetime_module
import decimal as decimal_module
import json
import random
import re
import struct

import pymysql

TEXT, BYTES = "text", "bytea"

# charset: bytes of its longest character that a random text is made of. Those that are not here are UTF-8 or binary.
SINGLE = ["armscii8", "cp1250", "cp1251", "cp1256", "cp1257", "cp850", "cp852", "cp866", "dec8", "geostd8", "greek", "hebrew", "hp8",
          "koi8r", "koi8u", "latin1", "latin2", "latin5", "latin7", "macce", "macroman", "swe7", "tis620"]
DOUBLE = ["big5", "cp932", "eucjpms", "euckr", "gb2312", "gbk", "sjis", "ujis"]
WIDE = {"ucs2": "utf-16-be", "utf16": "utf-16-be", "utf16le": "utf-16-le", "utf32": "utf-32-be"}
CHARSETS = SINGLE + DOUBLE + list(WIDE)

WORDS = ["", "a", "MediaWiki", "é", "Ünïcödé", "日本語", "한국어", "Ελληνικά", "עברית", "русский", "😀", "\u200b", "'\"\\", " lead", "trail ",
         "a,b", "{}", "0", "-1", "null", "\t\n", "\u00ad", "\uffff", "ﬀ", "%s", "A" * 60]


def quote(data):
    return "x'%s'" % data.hex() if data else "''"


class Column:
    """make(random) gives an SQL literal; kinds: of each the mirror's type and what MariaDB is asked of the column, or None."""

    def __init__(self, name, sql, make, kinds):
        self.name, self.sql, self.make, self.kinds = name, sql, make, kinds


def integer(bits, unsigned=False):
    low, high = (0, 2 ** bits - 1) if unsigned else (-2 ** (bits - 1), 2 ** (bits - 1) - 1)
    edges = [low, low + 1, -1 if low else 1, 0, 1, 9, 10, high - 1, high]
    return lambda r: str(r.choice(edges) if r.random() < .3 else r.randint(low, high) >> r.randrange(bits))


def decimal(digits, scale, unsigned=False):
    def make(r):
        whole = "".join(r.choice("0123456789") for _ in range(r.randint(0, digits - scale))) or "0"
        text = whole + ("." + "".join(r.choice("0099123456789") for _ in range(r.randint(1, scale))) if scale else "")
        return r.choice(["0", "9" * (digits - scale) + "." + "9" * scale, ".5"]) if r.random() < .1 else (
            "" if unsigned or r.random() < .5 else "-") + text
    return make


def real(narrow, limit=None):
    edges = ["0", "-0e0", "0.1", "1e-5", "1e15", "1e14", "123456.7", "16777216", "-2.5e-3", "1e-15", "1e-14", "5.684341886080802e-14"]
    edges += ["3.4028234663852886e38", "1.1754943508222875e-38", "1e-45"] if narrow else [
        "1.7976931348623157e308", "-1.7976931348623157e308", "2.2250738585072014e-308", "5e-324", "0.30000000000000004", "9007199254740993"]

    def make(r):
        if limit:
            return repr(r.uniform(-limit, limit))
        if r.random() < .2:
            return r.choice(edges)
        if r.random() < .3:
            return repr(2.0 ** r.randint(-126, 127) if narrow else 2.0 ** r.randint(-1022, 1023))
        while True:
            d = (struct.unpack("<f", r.randbytes(4)) if narrow else struct.unpack("<d", r.randbytes(8)))[0]
            if d == d and abs(d) != float("inf"):
                return repr(d)
    return make


def fraction(r, digits):
    return "." + "".join(r.choice("0123456789") for _ in range(digits)) if digits else ""


def date(r):
    return r.choice(["0000-00-00", "0000-01-01", "1000-01-01", "9999-12-31", "2024-02-29", "2000-00-00", "1999-12-00"]) \
        if r.random() < .3 else "%04d-%02d-%02d" % (r.randint(1, 9999), r.randint(1, 12), r.randint(1, 28))


def time(digits):
    return lambda r: "'%s%d:%02d:%02d%s'" % (r.choice(["", "-"]), r.choice([0, 1, 23, 838, r.randint(0, 837)]), r.randint(0, 59),
                                             r.randint(0, 58), fraction(r, digits))


def datetime(digits):
    return lambda r: "'%s %02d:%02d:%02d%s'" % (date(r), r.randint(0, 23), r.randint(0, 59), r.randint(0, 59), fraction(r, digits))


def timestamp(digits):
    def make(r):
        if r.random() < .1:
            return "'0000-00-00 00:00:00'"
        seconds = r.choice([1, 2 ** 31 - 1, 951782400]) if r.random() < .2 else r.randint(1, 2 ** 31 - 1)
        return "from_unixtime(%d%s)" % (seconds, fraction(r, digits))
    return make


def binary(most):
    def make(r):
        length = r.choice([0, 1, most, r.randint(0, min(most, 40))])
        return quote(r.choice([b"\0" * length, b"\xff" * length, r.randbytes(length), b"a\0" * (length // 2), b"\xed\xa0\x80\xc3"[:length]]))
    return make


def words(most, encoding="utf-8"):
    def make(r):
        text = "".join(r.choice(WORDS) for _ in range(r.randint(0, 3)))[:most]
        if r.random() < .3:
            text = "".join(chr(r.choice([r.randint(32, 126), r.randint(0xa0, 0x2fff), r.randint(0x3000, 0xd7ff), r.randint(0x10000, 0x1ffff)]))
                           for _ in range(r.randint(0, most)))
        return "convert(%s using utf8mb4)" % quote(text.encode(encoding)) if text else "''"
    return make


def coded(charset, most):
    """Bytes of the charset's own; MariaDB cuts the text where they are no character of it."""
    def character(r):
        if charset in WIDE:
            code = r.choice([r.randint(1, 0x7f), r.randint(0x80, 0xd7ff), 0x20ac] + ([] if charset == "ucs2" else [r.randint(0x10000, 0x10ffff)]))
            return chr(code).encode(WIDE[charset])
        if r.random() < .4:
            return bytes([r.randint(1 if charset == "latin1" else 32, 126)])
        if charset in SINGLE:
            return bytes([r.randint(128, 255)])
        return bytes([r.randint(0xa1, 0xfe), r.randint(0xa1, 0xfe)]) if r.random() < .9 else bytes([r.randint(0x81, 0xfe), r.randint(0x40, 0xfe)])
    return lambda r: quote(b"".join(character(r) for _ in range(r.randint(0, most))))


def label(labels):
    return lambda r: str(r.randint(0 if r.random() < .1 else 1, labels))


def bits(count):
    return lambda r: str(r.choice([0, 1, 2 ** count - 1, r.randrange(2 ** count)]))


def inet6(r):
    return "'%s'" % r.choice(["::", "::1", "::ffff:1.2.3.4", "::1.2.3.4", "2001:db8::1", "fe80::1:0:0:1",
                              ":".join("%x" % (r.randrange(65536) if r.random() < .6 else 0) for _ in range(8))])


def inet4(r):
    return "'%s'" % ".".join(str(r.choice([0, 1, 255, r.randrange(256)])) for _ in range(4))


def uuid(r):
    text = r.choice(["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", None])
    while text is None:
        raw = bytearray(r.randbytes(16))
        if r.random() < .3:
            raw[-r.randint(1, 4):] = b"\0" * 4      # the binlog leaves zeros at the end out
        if not raw[6] & 0x80 or raw[8] & 0x80:
            text = bytes(raw[:16]).hex()
    return "'%s'" % text


def geometry(r):
    x, y = r.randint(-180, 180), r.random() * 100
    text = r.choice(["POINT(%d %f)" % (x, y), "LINESTRING(0 0,%d %f)" % (x, y), "POLYGON((0 0,0 %f,%f %d,0 0))" % (y + 1, y + 1, abs(x) + 1),
                     "GEOMETRYCOLLECTION(POINT(%d %d))" % (x, x)])
    return "st_geomfromtext('%s', %d)" % (text, r.choice([0, 0, 4326]))


def document(r):
    return "'%s'" % r.choice(['{}', '[]', 'null', '{"a": [1, 2.5, "é"]}', '[%d]' % r.randrange(10 ** 9), '"%s"' % ("x" * r.randint(0, 300))])


AS_TEXT = "hex(convert(cast({} as char) using utf8mb4))"
AS_BYTES = "hex({})"
AS_BOOL = "if({0} is null, null, if({0} <> 0, 't', 'f'))"
AS_EWKB = ("if(st_srid({0}) = 0, hex(st_aswkb({0})), concat(left(hex(st_aswkb({0})), 8), '20', 'E6100000', substr(hex(st_aswkb({0})), 11)))")


def integer_columns():
    numbers = [("%s%s" % (name, "_u" if unsigned else ""), "%s%s" % (name, " unsigned" if unsigned else ""), integer(size, unsigned))
               for name, size in (("tinyint", 8), ("smallint", 16), ("mediumint", 24), ("int", 32), ("bigint", 64)) for unsigned in (False, True)]
    numbers += [("int_z", "int(9) unsigned zerofill", integer(32, True))]
    for name, sql, make in numbers:
        kinds = {"text": (TEXT, "hex(cast(cast({} as signed) as char))" if name != "bigint_u" else AS_TEXT)}
        if name == "int_z":
            kinds = {"text": (TEXT, "hex(cast({} + 0 as char))")}
        kinds.update({"int": ("bigint", "{} + 0")} if name != "bigint_u" else {"numeric": ("numeric", "cast({} as char)")})
        yield Column(name, sql, make, kinds)
    for count in (1, 8, 12, 64):
        yield Column("bit_%d" % count, "bit(%d)" % count, bits(count), {"text": (TEXT, "hex(cast({} + 0 as char))")})
    yield Column("year", "year", lambda r: str(r.choice([0, 1901, 2155, r.randint(1901, 2155)])), {
        "text": (TEXT, "hex(cast({} + 0 as char))"), "int": ("integer", "{} + 0")})


def number_columns():
    for digits, scale, more in ((5, 2, ""), (65, 30, ""), (65, 0, ""), (18, 9, ""), (20, 10, " unsigned zerofill"), (4, 4, "")):
        yield Column("decimal_%d_%d" % (digits, scale), "decimal(%d,%d)%s" % (digits, scale, more), decimal(digits, scale, bool(more)), {
            "text": (TEXT, "hex(cast(cast({} as decimal(%d,%d)) as char))" % (digits, scale)),
            "numeric": ("numeric", "cast({} as char)"),
            "bool": ("boolean", AS_BOOL), "float": ("double precision", None)})
    for name, sql, make in (("float", "float", real(True)), ("float_m", "float(9,3)", real(True, 99999)), ("float_z", "float unsigned zerofill", real(True))):
        yield Column(name, sql, make, {"text": (TEXT, None), "float": ("double precision", "{} * 1e0"), "bool": ("boolean", AS_BOOL)})
    for name, sql, make in (("double", "double", real(False)), ("double_m", "double(20,5)", real(False, 1e14))):
        yield Column(name, sql, make, {"text": (TEXT, "hex(cast({} * 1e0 as char))"), "float": ("double precision", "{} * 1e0")})


def time_columns():
    yield Column("date", "date", lambda r: "'%s'" % date(r), {"text": (TEXT, AS_TEXT), "date": ("date", "cast({} as char)")})
    for digits in (0, 1, 2, 3, 4, 5, 6):
        yield Column("time_%d" % digits, "time(%d)" % digits, time(digits), {"text": (TEXT, AS_TEXT), "time": ("interval", "cast({} as char)")})
        yield Column("datetime_%d" % digits, "datetime(%d)" % digits, datetime(digits), {"text": (TEXT, AS_TEXT), "timestamp": ("timestamp", None)})
        yield Column("timestamp_%d" % digits, "timestamp(%d) null" % digits, timestamp(digits), {
            "text": (TEXT, AS_TEXT), "timestamp": ("timestamptz", None)})


def byte_columns():
    for size in (1, 7, 16, 255):
        yield Column("binary_%d" % size, "binary(%d)" % size, binary(size), {"text": (TEXT, None), "bytes": (BYTES, AS_BYTES)})
    for name, sql, most in (("varbinary", "varbinary(300)", 300), ("tinyblob", "tinyblob", 255), ("blob", "blob", 2000),
                            ("mediumblob", "mediumblob", 400), ("longblob", "longblob", 400), ("varbinary_c", "varbinary(900) compressed", 900),
                            ("blob_c", "blob compressed", 2000)):
        yield Column(name, sql, binary(most), {"text": (TEXT, None), "bytes": (BYTES, AS_BYTES)})
    for name, sql, most in (("char", "char(20)", 20), ("char_255", "char(255)", 80), ("varchar", "varchar(60)", 60), ("tinytext", "tinytext", 50),
                            ("text", "text", 200), ("mediumtext", "mediumtext", 200), ("longtext", "longtext", 200),
                            ("varchar_3", "varchar(60) character set utf8mb3", 60), ("text_c", "text compressed", 200),
                            ("latin1_c", "varchar(200) compressed character set latin1", 100)):
        yield Column(name, sql, words(most), {"text": (TEXT, AS_TEXT)})
    yield Column("json", "json", document, {"text": (TEXT, AS_TEXT), "json": ("jsonb", AS_TEXT)})
    yield Column("not_json", "text", lambda r: quote(r.choice([b"{", b"", b"[1,]", b'"\\u0000"', b"[\xff]", b" 5 "])), {"json": ("json", None)})
    yield Column("int_list", "varchar(60) character set ucs2", lambda r: "'%s'" % ",".join(integer(63)(r) for _ in range(r.randint(0, 3))), {
        "int_list": ("bigint[]", AS_TEXT)})


def odd_columns():
    plain, accents = "'one','two','thrée'", ",".join("'ä%d'" % i for i in range(64))
    many = ",".join("'l%d'" % i for i in range(300))
    for charset in ("utf8mb4", "latin1", "ucs2", "gbk", "binary"):
        labels = plain if charset in ("utf8mb4", "latin1", "ucs2") else "'one','two','x'"
        yield Column("enum_" + charset, "enum(%s) character set %s" % (labels, charset), label(3), {"enum": (TEXT, AS_TEXT)})
        yield Column("set_" + charset, "set(%s) character set %s" % (labels, charset), lambda r: str(r.randrange(8)), {"text": (TEXT, AS_TEXT), "list": ("text[]", AS_TEXT)})
    yield Column("enum_300", "enum(%s)" % many, label(300), {"enum": (TEXT, AS_TEXT)})
    yield Column("set_64", "set(%s)" % accents, bits(64), {"text": (TEXT, AS_TEXT)})
    yield Column("inet4", "inet4", inet4, {"inet": ("inet", "cast({} as char)"), "bytes": (BYTES, "hex(cast({} as binary(4)))")})
    yield Column("inet6", "inet6", inet6, {"inet": ("inet", None), "bytes": (BYTES, "hex(cast({} as binary(16)))")})
    yield Column("uuid", "uuid", uuid, {"uuid": ("uuid", "cast({} as char)"), "bytes": (BYTES, "hex(cast({} as binary(16)))")})
    yield Column("uuid_text", "varchar(40) character set ucs2", uuid, {"uuid_text": ("uuid", None)})
    yield Column("inet_text", "varbinary(60)", lambda r: r.choice([inet4, inet6])(r), {"inet_text": ("text", None)})
    yield Column("geometry", "geometry", geometry, {"bytes": (BYTES, AS_EWKB)})
    yield Column("point", "point", lambda r: "point(%d, %f)" % (r.randint(-9, 9), r.random()), {"bytes": (BYTES, "hex(st_aswkb({}))")})


def charset_columns():
    for charset in CHARSETS:
        yield Column("vc_" + charset, "varchar(40) character set %s" % charset, coded(charset, 20), {"text": (TEXT, AS_TEXT)})
    for charset in ("latin1", "ucs2", "gbk", "utf16le", "sjis", "cp1251"):
        yield Column("c_" + charset, "char(20) character set %s" % charset, coded(charset, 20), {"text": (TEXT, AS_TEXT), "bytes": (BYTES, AS_BYTES)})
        yield Column("t_" + charset, "text character set %s" % charset, coded(charset, 60), {"text": (TEXT, AS_TEXT)})


class Table:
    def __init__(self, name, columns):
        self.name, self.columns = name, list(columns)
        self.targets = [(c, kind, "%s__%s" % (c.name, kind)) for c in self.columns for kind in c.kinds]
        assert len(self.targets) < 64, (name, len(self.targets))

    def create(self, maria, wiki):
        with maria.cursor() as cursor:
            cursor.execute("CREATE TABLE `%s`.`%s` (id BIGINT PRIMARY KEY, %s) ENGINE = InnoDB CHARACTER SET utf8mb4" % (
                wiki, self.name, ", ".join("`%s` %s" % (c.name, c.sql) for c in self.columns)))

    def map(self, box):
        """The mirror's table, and its rows of the mapping."""
        box.pg_rows("CREATE TABLE mediawiki.%s (wiki_id text COLLATE \"C\" NOT NULL, id bigint NOT NULL, %s, PRIMARY KEY (wiki_id, id))" % (
            self.name, ", ".join('"%s" %s' % (target, pg_type(c, kind)) for c, kind, target in self.targets)))
        box.pg_rows("INSERT INTO mwmirror.table_map (source_table, target_table, ordinal) VALUES (%s, %s, 9000)", (self.name, self.name))
        for target, source, kind in [("id", "id", "int")] + [(target, c.name, kind) for c, kind, target in self.targets]:
            box.pg_rows("INSERT INTO mwmirror.column_map (source_table, target_table, target_column, source_columns, kinds) "
                        "VALUES (%s, %s, %s, ARRAY[%s], ARRAY[%s])", (self.name, self.name, target, source, kind))

    def fill(self, maria, wiki, seed, first, count):
        made = random.Random("%s %s" % (seed, self.name))
        names = ", ".join("`%s`" % c.name for c in self.columns)
        with maria.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+00:00'")
            for start in range(first, first + count, 100):
                rows = ["(%d, %s)" % (i, ", ".join("NULL" if made.random() < .04 else c.make(made) for c in self.columns))
                        for i in range(start, min(start + 100, first + count))]
                cursor.execute("INSERT IGNORE INTO `%s`.`%s` (id, %s) VALUES %s" % (wiki, self.name, names, ", ".join(rows)))

    def again(self, maria, wiki, image, offset, most):
        """The same values once more, as ids that are offset higher: by INSERT, and by UPDATE of rows without values."""
        names = ", ".join("`%s`" % c.name for c in self.columns)
        with maria.cursor() as cursor:
            cursor.execute("SET SESSION binlog_row_image = '%s', sql_mode = ''" % image)
            source = "`%s`.`%s`" % (wiki, self.name)
            cursor.execute("INSERT INTO %s (id, %s) SELECT id + %d, %s FROM %s WHERE id <= %d AND id %% 2 = 0" % (
                source, names, offset, names, source, most))
            cursor.execute("INSERT INTO %s (id) SELECT id + %d FROM %s WHERE id <= %d AND id %% 2 = 1" % (source, offset, source, most))
            cursor.execute("UPDATE %s AS new JOIN %s AS old ON new.id = old.id + %d SET %s WHERE old.id <= %d AND old.id %% 2 = 1" % (
                source, source, offset, ", ".join("new.`%s` = old.`%s`" % (c.name, c.name) for c in self.columns), most))

    def differing(self, box, offset, most):
        """Columns in which rows that came by the binlog are not what the copy made of the same values, and of how many rows."""
        numbers = box.pg_rows(
            "SELECT %s FROM (SELECT * FROM mediawiki.%s WHERE id <= %d) a FULL JOIN (SELECT * FROM mediawiki.%s WHERE id BETWEEN %d AND %d) b "
            "ON b.id = a.id + %d" % (
                ", ".join('count(*) FILTER (WHERE a."{0}"::text IS DISTINCT FROM b."{0}"::text)'.format(target) for _, _, target in self.targets),
                self.name, most, self.name, offset + 1, offset + most, offset))[0]
        found = {target: number for (_, _, target), number in zip(self.targets, numbers) if number}
        number = box.pg_value(
            "WITH kept AS (SELECT row_key::bigint AS id, column_name, raw FROM mwmirror.raw_value WHERE table_name = '%s') "
            "SELECT count(*) FROM (SELECT * FROM kept WHERE id <= %d) a FULL JOIN (SELECT * FROM kept WHERE id BETWEEN %d AND %d) b "
            "ON b.id = a.id + %d AND b.column_name = a.column_name WHERE a.raw IS DISTINCT FROM b.raw" % (
                self.name, most, offset + 1, offset + most, offset))
        if number:
            found["raw_value"] = number
        return found

    def against_oracle(self, box, maria, wiki, most):
        """(values compared, [(id, target, MariaDB says, the mirror has)])."""
        asked = [(c, kind, target) for c, kind, target in self.targets if c.kinds[kind][1]]
        with maria.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute("SELECT id, %s FROM `%s`.`%s` WHERE id <= %d ORDER BY id" % (
                ", ".join(c.kinds[kind][1].format("`%s`" % c.name) for c, kind, _ in asked), wiki, self.name, most))
            theirs = cursor.fetchall()
        ours = box.pg_rows("SELECT id, %s FROM mediawiki.%s WHERE id <= %d ORDER BY id" % (
            ", ".join('"%s"' % target for _, _, target in asked), self.name, most))
        assert [row[0] for row in theirs] == [row[0] for row in ours], "not the same rows of %s" % self.name
        compared, wrong = 0, []
        for their, our in zip(theirs, ours):
            for (c, kind, target), said, has in zip(asked, their[1:], our[1:]):
                same = agrees(c.kinds[kind][0], said, has)
                compared += same is not None
                if same is False:
                    wrong.append((their[0], target, said, has))
        return compared, wrong


def pg_type(column, kind):
    name = column.kinds[kind][0]
    return name + ' COLLATE "C"' if name == TEXT else name


def decoded(said):
    """MariaDB's answer of hex()."""
    return bytes.fromhex(said.decode() if isinstance(said, bytes) else said)


def as_text(said):
    return said if isinstance(said, str) else said.decode()


def agrees(kind, said, has):
    """None: MariaDB does not say. A NUL, and what MariaDB has no character for, are U+FFFD or what iconv says."""
    if kind == "jsonb" and said is not None and has is None:
        return decoded(said) == b"null"     # as Python has it
    if kind == "date" and said is not None and has is None:
        return as_text(said)[:4] == "0000" or "-00" in as_text(said)
    if said is None or has is None:
        return said is has
    if kind == BYTES:
        return decoded(said) == bytes(has)
    if kind == TEXT:
        text = decoded(said).decode()
        if len(text) != len(has):
            return None if "?" in text or "\0" in text else False
        return all(a == b or a in "?\0\ufffd" for a, b in zip(text, has))
    if kind in ("jsonb", "bigint[]", "text[]"):
        text = decoded(said).decode()
        return has == (json.loads(text) if kind == "jsonb" else [item if kind == "text[]" else int(item) for item in text.split(",") if text])
    if kind == "boolean":
        return as_text(said) == ("t" if has else "f")
    if kind in ("inet", "uuid", "date"):
        return as_text(said) == str(has)
    if kind == "numeric":
        return decimal_module.Decimal(as_text(said)).compare_total(has) == 0 or (has == 0 and float(said) == 0)
    if kind == "interval":
        sign, hours, minutes, seconds = re.fullmatch(r"(-?)(\d+):(\d+):([\d.]+)", as_text(said)).groups()
        micros = (int(hours) * 3600 + int(minutes) * 60) * 10 ** 6 + int(decimal_module.Decimal(seconds) * 10 ** 6)
        return has == datetime_module.timedelta(microseconds=-micros if sign else micros)
    return float(said) == float(has)


def tables():
    return [Table("val_integer", integer_columns()), Table("val_number", number_columns()), Table("val_time", time_columns()), Table("val_bytes", byte_columns()),
            Table("val_odd", odd_columns()), Table("val_charset", charset_columns())]
