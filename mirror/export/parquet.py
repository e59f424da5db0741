"""
export/parquet.py: writes Parquet files of what format_parquet.c sends on standard input, by pyarrow; part of the program mwmirror.

  file    length u32, then JSON: path, compression, columns [[name, kind]...]; batches until one without rows; answered by a line "ok"
  batch   rows u64; for each column three buffers of Arrow, validity, offsets and data: length u64 and so many bytes each
  All integers are in the machine's order.
"""

import sys

sys.path[:] = [folder for folder in sys.path if folder]     # -c has the current folder there, which may be anybody's

import json
import struct

try:
    import pyarrow as arrow
    import pyarrow.parquet as parquet
except ImportError as error:
    sys.exit("no pyarrow for %s: %s" % (sys.executable, error))

KINDS = {
    "int16": arrow.int16(), "int32": arrow.int32(), "int64": arrow.int64(), "bool": arrow.bool_(), "float32": arrow.float32(),
    "float64": arrow.float64(), "timestamp": arrow.timestamp("us", tz="UTC"), "string": arrow.string(), "binary": arrow.binary(),
}


def take(count):
    data = sys.stdin.buffer.read(count)
    if len(data) != count:
        raise EOFError
    return data


def number(form):
    return struct.unpack(form, take(struct.calcsize(form)))[0]


def column(kind, rows):
    validity, offsets, data = (arrow.py_buffer(take(number("=Q"))) for _ in range(3))
    buffers = [validity, offsets, data] if kind in ("string", "binary") else [validity, data]
    return arrow.Array.from_buffers(KINDS[kind], rows, buffers)


def write_file():
    asked = json.loads(take(number("=I")))
    schema = arrow.schema([(name, KINDS[kind]) for name, kind in asked["columns"]])
    with parquet.ParquetWriter(asked["path"], schema, compression=asked["compression"]) as writer:
        while (rows := number("=Q")) > 0:
            arrays = [column(kind, rows) for _, kind in asked["columns"]]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), row_group_size=rows)
    print("ok", flush=True)


while sys.stdin.buffer.peek(1):
    write_file()
