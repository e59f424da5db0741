"""
Rows that MediaWiki would never write, for every mirrored table: the ends of every integer type, bytes that are
not text, dates that are none, large values. Made from the table's own definition, so for both versions alike.
"""

# not UTF-8, NUL, cut off, overlong, a surrogate, beyond Unicode; and good text that is easily broken
TEXTS = [b"", b"\xff\xfe bad", b"nul\x00inside", b"cut \xe2\x82", b"overlong \xc0\x80", b"surrogate \xed\xa0\x80",
         b"beyond \xf4\x90\x80\x80", "äöü € 東京 \U0001f600 \U0010ffff".encode(), b"\\N \\. tab\t newline\n quote' \" $1",
         b"\xef\xbf\xbd", b"\xef\xbb\xbfbom", bytes(range(1, 32)), bytes(range(128, 256)), b"trailing \x00\x00", b" "]
STAMPS = [b"20260102030405", b"00000000000000", b"19700101000000", b"99991231235959", b"20260231000000", b"infinity",
          b"2026", b"not a timestam", b"\x00" * 14, b"00010101000000", b"20161231235960"]
FLOATS = ["0", "1.5", "-0.1", "3.4e38", "1e-38", "123456.789", "0.333333333333333333", "-1e300", "5e-324"]
FLOATS_IN_FLOAT = 7
DATETIMES = ["2026-01-02 03:04:05", "1970-01-01 00:00:01", "2038-01-19 03:14:07", "0000-00-00 00:00:00"]

SIGNED = {"tinyint": 7, "smallint": 15, "mediumint": 23, "int": 31, "bigint": 63}

# page: a page without a revision is no page; its hard values come with whole edits instead
# the text table's flags decide what the content is: test_text_flags
LEFT_OUT = {"page", "text"}


def table_columns(box, dbname):
    """{table: [(column, data type, length, full type, nullable, in a unique key, first number)]}"""
    rows = box.maria_rows(
        "SELECT c.table_name, c.column_name, c.data_type, c.character_maximum_length, c.column_type, c.is_nullable,"
        " EXISTS (SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = c.table_schema AND"
        " s.table_name = c.table_name AND s.column_name = c.column_name AND s.non_unique = 0), c.extra"
        " FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = %s AND t.table_type = 'BASE TABLE' ORDER BY c.table_name, c.ordinal_position", (dbname,))
    tables = {}
    for row in rows:
        table, column, kind, length, full, nullable, unique, extra = (
            v.decode() if isinstance(v, bytes) else v for v in row)
        # a table without any key: rows that can be told apart all the same
        unique = unique or column in ("oi_name", "user_ip")
        start = None
        if "auto_increment" in extra:
            start = box.maria_value("SELECT COALESCE(MAX(`%s`), 0) + 1000 FROM `%s`.`%s`" % (column, dbname, table))
        tables.setdefault(table, []).append((column, kind, length, full, nullable == "YES",
                                            bool(unique) and kind != "float", start))
    return tables


def integer(kind, full, unique, number, start):
    if start is not None:
        # MediaWiki goes on from here, so not at the end of the type
        return start + number
    unsigned = "unsigned" in full
    bits = SIGNED[kind] + (1 if unsigned and kind != "bigint" else 0)
    least, most = (0 if unsigned else -(1 << SIGNED[kind])), (1 << bits) - 1
    if unique:
        # unique, and at the upper end of the type
        return most - number
    return [0, 1, most, least, most - 1, 2][number % 6]


def value(column, number, salt):
    name, kind, length, full, nullable, unique, start = column
    if nullable and not unique and number % 7 == 6:
        return None
    if kind in SIGNED:
        return integer(kind, full, unique, number, start)
    if kind in ("float", "double"):
        chosen = FLOATS[(number + salt) % (FLOATS_IN_FLOAT if kind == "float" else len(FLOATS))]
        return chosen.lstrip("-") if "unsigned" in full else chosen
    if kind == "enum":
        labels = full[full.index("(") + 1:full.rindex(")")].replace("'", "").split(",")
        return labels[(number + salt) % len(labels)]
    if kind == "timestamp":
        return DATETIMES[(number + salt) % len(DATETIMES)]
    if kind in ("binary", "varbinary") and length == 14:
        return STAMPS[(number + salt) % len(STAMPS)]
    text = TEXTS[(number + salt) % len(TEXTS)]
    if unique:
        # short and unique, with the hard bytes in front
        tail = b"~%d" % number
        return text[:max(0, min(length, 200) - len(tail))] + tail
    return text[:length]


def rows(columns, count, salt=0):
    """count rows as lists of values; salt moves the non-unique columns to other values."""
    return [[value(c, n, 0 if c[5] else salt + i) for i, c in enumerate(columns)] for n in range(count)]


def insert(connection, dbname, table, columns, made):
    names = ", ".join("`%s`" % c[0] for c in columns)
    with connection.cursor() as cursor:
        for row in made:
            cursor.execute("INSERT INTO `%s`.`%s` (%s) VALUES (%s)" % (
                dbname, table, names, ", ".join(["%s"] * len(row))), row)


def found_by(columns):
    """Numbers of the columns by which a row is found again: the unique ones; else all that are stored as they are given."""
    return ([i for i, c in enumerate(columns) if c[5]]
            or [i for i, c in enumerate(columns) if c[1] not in ("binary", "float", "double")])


def update(connection, dbname, table, columns, made, changed):
    """Every row of made gets the values of changed, in columns that are in no unique key."""
    plain = [i for i, c in enumerate(columns) if not c[5]]
    unique = found_by(columns)
    if not plain:
        return
    with connection.cursor() as cursor:
        for old, new in zip(made, changed):
            cursor.execute("UPDATE `%s`.`%s` SET %s WHERE %s LIMIT 1" % (
                dbname, table, ", ".join("`%s` = %%s" % columns[i][0] for i in plain),
                " AND ".join("`%s` <=> %%s" % columns[i][0] for i in unique)),
                [new[i] for i in plain] + [old[i] for i in unique])


def delete(connection, dbname, table, columns, made):
    unique = found_by(columns)
    with connection.cursor() as cursor:
        for row in made:
            cursor.execute("DELETE FROM `%s`.`%s` WHERE %s LIMIT 1" % (
                dbname, table, " AND ".join("`%s` <=> %%s" % columns[i][0] for i in unique)),
                [row[i] for i in unique])
