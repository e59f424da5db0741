"""Changes one event of a MariaDB binlog file in place, with a right checksum: what a server would never write."""

import os
import struct
import zlib

HEADER = 19
IGNORABLE = 0x80   # of an event's flags
WRITE_ROWS_V1, INCIDENT, TABLE_MAP, GTID = 23, 26, 19, 162


class BinlogFile:
    """Remembers the file as it was; restore() puts that back."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.original = file.read()
        self.data = bytearray(self.original)

    def events(self):
        """(offset, type, length) of each event."""
        offset = 4
        while offset + HEADER <= len(self.data):
            _, kind, _, length, _, _ = struct.unpack_from("<IBIIIH", self.data, offset)
            if length < HEADER:
                return
            yield offset, kind, length
            offset += length

    def rows_event_of(self, table):
        """Offset of the last insert into the table."""
        found = mapped = None
        for offset, kind, length in self.events():
            if kind == TABLE_MAP:
                mapped = b"\0" + bytes([len(table)]) + table.encode() + b"\0" in self.data[offset:offset + length]
            elif kind == WRITE_ROWS_V1 and mapped:
                found = offset
        assert found, "no insert into %s in %s" % (table, self.path)
        return found

    def length_of(self, offset):
        return struct.unpack_from("<I", self.data, offset + 9)[0]

    def set_type(self, offset, kind):
        self.data[offset + 4] = kind

    def add_flag(self, offset, flag):
        self.data[offset + 17] |= flag

    def body(self, offset):
        """Offset of the body."""
        return offset + HEADER

    def write(self, offset, checksum=True):
        """Gives the changed event its checksum and writes the file."""
        end = offset + self.length_of(offset)
        if checksum:
            struct.pack_into("<I", self.data, end - 4, zlib.crc32(bytes(self.data[offset:end - 4])))
        with open(self.path, "r+b") as file:
            file.write(self.data)

    def cut(self, offset):
        """The file ends there, as if the server had got no further."""
        del self.data[offset:]
        os.truncate(self.path, offset)

    def restore(self):
        self.data = bytearray(self.original)
        with open(self.path, "r+b") as file:
            file.write(self.original)
