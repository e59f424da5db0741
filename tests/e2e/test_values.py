"""
Values of every type and charset: a copy and the binlog make the same of them, byte for byte, in each row image, and both what MariaDB's own
functions say. MWMIRROR_VALUES says how many at least (20,000).
"""

import os

import pytest

import chain
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

        def fill():
            for table in tables:
                table.create(maria, WIKI)
                table.fill(maria, WIKI, seed, 1, rows)
                table.map(bare.box)
        bare.create_wiki(pages=1, before_copy=fill)
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


def test_a_second_copy_finds_no_difference(made):
    """Copied again all that is there is what the source has: no row is written but one that was made wrong."""
    def versions():
        return {table.name: made.box.pg_value("SELECT md5(string_agg(xmin::text, ',' ORDER BY id)) FROM mediawiki.%s WHERE id > 1" % table.name) for table in made.tables}
    before = versions()
    right = made.box.pg_rows("SELECT * FROM mediawiki.val_number WHERE id = 1")
    made.box.pg_rows("UPDATE mediawiki.val_number SET float__text = 'wrong' WHERE id = 1")
    for table in made.tables:
        made.box.pg_rows("SELECT mwmirror.copy_again(%s, %s, 'a test')", (WIKI, table.name))
    daemon = made.daemon("follow")
    try:
        chain.wait_for(lambda: made.box.pg_value("SELECT count(*) FROM mwmirror.copy_table WHERE wiki_id = %s AND state <> 'copied'", (WIKI,)) == 0,
                       daemon.log, 60)
        assert daemon.stop() == 0, daemon.log()
    finally:
        daemon.kill()
    assert versions() == before, daemon.log()
    assert made.box.pg_rows("SELECT * FROM mediawiki.val_number WHERE id = 1") == right


def test_values_of_state_topics(made):
    """mwmirror.state_value() gives JSON of the type that state_type_schema() says, for each type of column."""
    seen = set()
    for table in made.tables:
        for column, kind, target in table.targets:
            type_name = column.kinds[kind][0]
            if type_name in seen:
                continue
            seen.add(type_name)
            says = made.box.pg_value("SELECT mwmirror.state_type_schema(%s, false)->'type'", (type_name,))
            sql = made.box.pg_value("SELECT mwmirror.state_value('r', %s, %s)", (target, type_name))
            rows = made.box.pg_rows("SELECT DISTINCT jsonb_typeof(to_jsonb(%s)) FROM mediawiki.%s r WHERE r.\"%s\" IS NOT NULL" % (
                sql, table.name, target))
            allowed = [says] if isinstance(says, str) else says
            assert {"number" if name == "integer" else name for name in allowed} >= {row[0] for row in rows}, (type_name, says, rows)
    assert {"numeric", "jsonb", "text[]", "bigint[]", "interval", "date", "inet", "uuid"} <= seen, seen


def test_what_mariadb_says(made):
    compared = 0
    for table in made.tables:
        number, wrong = table.against_oracle(made.box, made.maria_connection, WIKI, made.rows)
        assert not wrong, "%s: %d of %d values: %s" % (table.name, len(wrong), number, wrong[:8])
        compared += number
    print("%d values by copy and binlog, %d of them told by MariaDB" % (
        made.rows * sum(len(table.targets) for table in made.tables), compared))
    assert compared > 0
