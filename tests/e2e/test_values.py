"""
Values of every type and charset: a copy and the binlog make the same of them, byte for byte, in each row image, and both what MariaDB's own
functions say. MWMIRROR_VALUES says how many at least (20,000).
"""

import os

import pytest

import values
from bare import WIKI, small_sandbox
from sandbox import seed_from_environment

OFFSET = 10_000_000
IMAGES = ["FULL", "NOBLOB", "MINIMAL"]


@pytest.fixture(scope="module")
def made():
    """A wiki whose tables hold them, copied, and then written again under each row image."""
    least = int(os.environ.get("MWMIRROR_VALUES", "20000"))
    seed = seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    tables = values.tables()
    rows = -(-least // sum(len(table.targets) for table in tables))
    with small_sandbox("values") as bare:
        maria = bare.box.maria(fresh=True)
        bare.create_wiki(pages=1)
        for table in tables:
            table.create(maria, WIKI)
            table.fill(maria, WIKI, seed, 1, rows)
            table.map(bare.box)
        bare.run("snapshot", "--force", WIKI)
        for number, image in enumerate(IMAGES):
            for table in tables:
                table.again(maria, WIKI, image, (number + 1) * OFFSET, rows)
        bare.catches_up(compared=False, timeout=30 + least / 2000)
        bare.rows, bare.tables, bare.maria_connection = rows, tables, maria
        yield bare
        maria.close()


@pytest.mark.parametrize("number, image", enumerate(IMAGES), ids=IMAGES)
def test_copy_and_binlog_agree(made, number, image):
    for table in made.tables:
        assert table.differing(made.box, (number + 1) * OFFSET, made.rows) == {}, (table.name, image)


def test_what_mariadb_says(made):
    compared = 0
    for table in made.tables:
        number, wrong = table.against_oracle(made.box, made.maria_connection, WIKI, made.rows)
        assert not wrong, "%s: %d of %d values: %s" % (table.name, len(wrong), number, wrong[:8])
        compared += number
    print("%d values by copy and binlog, %d of them told by MariaDB" % (
        made.rows * sum(len(table.targets) for table in made.tables), compared))
    assert compared > 0
