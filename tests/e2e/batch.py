"""Batches as mwmirror.apply() takes them: decoder/wire/batch.h, written in Python."""

import struct

VERSION, WHOLE = 1, 1
UPSERT, MAY_MISS, EACH = 1, 2, 4


class Keep:
    """A column that an UPDATE leaves as it is."""


KEEP = Keep()

PACK = {"int2": struct.Struct(">h").pack, "int4": struct.Struct(">i").pack, "int8": struct.Struct(">q").pack,
        "time": struct.Struct(">q").pack, "real": struct.Struct(">f").pack,
        "bool": lambda b: b"\1" if b else b"\0", "text": lambda s: s.encode(), "bytea": bytes}


def number(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def string(b):
    return number(len(b)) + b


def value(kind, v):
    if v is None:
        return b"\1"
    if v is KEEP:
        return b"\2"
    packed = PACK[kind](v)
    return number(len(packed) * 4) + packed


class Shape:
    """columns: pairs of name and kind, of which the first `finds` are the table's key."""

    def __init__(self, table, finds, columns):
        self.table, self.finds, self.names = table, finds, [name for name, _ in columns]
        self.kinds = [kind for _, kind in columns]
        self.packed = string(b"mediawiki") + string(table.encode()) + number(finds) + number(len(columns)) + b"".join(
            string(name.encode()) for name in self.names)

    def values(self, row):
        return b"".join(map(value, self.kinds, row))


class Batch:
    """Changes of source transactions, in order; bytes() is what mwmirror.apply takes."""

    def __init__(self):
        self.shapes, self.items, self.changes = [], [], 0

    def _change(self, kind, flags, shape, parts):
        if shape not in self.shapes:
            self.shapes.append(shape)
        self.items.append(kind + bytes([flags]) + number(self.shapes.index(shape)) + parts)
        self.changes += 1

    def source(self, gtid):
        self.items.append(b"G" + string(gtid.encode()))

    def insert(self, shape, row, flags=0):
        self._change(b"I", flags, shape, shape.values(row))

    def update(self, shape, key, row, flags=0):
        self._change(b"U", flags, shape, shape.values(key) + shape.values(row))

    def delete(self, shape, key, flags=0):
        self._change(b"D", flags, shape, shape.values(key))

    def end(self, gtid, time, source, wikis):
        """time: unix seconds, as text."""
        names = b"".join(b" %d:%s" % (len(wiki), wiki) for wiki in (w.encode() for w in wikis))
        self.items.append(b"E" + string(("U %s %s %s" % (gtid, time, source)).encode() + names + b"\n"))

    def __bytes__(self):
        return b"".join([bytes([VERSION, WHOLE]), number(len(self.shapes))] + [s.packed for s in self.shapes] +
                        self.items + [b"Z", number(self.changes)])
