"""
LIKE of mysql_compat: on random texts and patterns it says what MariaDB says, it raises no error, and under row level security indexes serve it.

A small sandbox of its own, with MariaDB and PostgreSQL only.
"""

import random

import psycopg2
import pytest

from bare import small_sandbox
from sandbox import seed_from_environment

PATH = "SET search_path = mysql_compat, pg_catalog"
PAIRS = 20000
ALPHABET = ["a", "b", "%", "_", "\\", "é", "€", "𝄞", " "]


@pytest.fixture(scope="module")
def bare():
    with small_sandbox("like") as bare:
        bare.run("init")
        bare.box.pg_rows("CREATE EXTENSION mwmirror_mysql_compat CASCADE")
        yield bare


def text(dice, longest):
    return "".join(dice.choices(ALPHABET, weights=[6, 4, 3, 3, 2, 1, 1, 1, 1], k=dice.randrange(longest)))


def test_as_mariadb(bare):
    """By characters, as MariaDB compares texts of utf8mb4_bin; in a column of bytes it takes one byte for a _."""
    dice = random.Random(seed_from_environment())
    pairs = [(text(dice, 9).replace("%", "a"), text(dice, 7)) for _ in range(PAIRS)]
    pairs += [("a" * 40, "%" + "a%" * 15 + "b"), ("", ""), ("", "%"), ("x", ""), ("x\\", "x\\"), ("x%", "x\\%"), ("x\\y", "x\\\\y"), ("x\\", "x\\\\")]
    connection = bare.box.maria(fresh=True)
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS likes")
        cursor.execute("CREATE TABLE likes.pair (id INT PRIMARY KEY, v VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, p VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)")
        cursor.executemany("INSERT INTO likes.pair VALUES (%s, %s, %s)", [(i, v, p) for i, (v, p) in enumerate(pairs)])
        cursor.execute("SELECT id FROM likes.pair WHERE v LIKE p ORDER BY id")
        said = [row[0] for row in cursor.fetchall()]
    connection.close()
    assert PAIRS // 50 < len(said) < PAIRS // 2, len(said)
    bare.box.pg_rows(PATH)
    bare.box.pg_rows("CREATE TABLE public.pair (id integer, v text, p text)")
    with bare.box.pg().cursor() as cursor:
        for first in range(0, len(pairs), 1000):
            chunk = list(enumerate(pairs))[first:first + 1000]
            cursor.execute("INSERT INTO public.pair VALUES " + ", ".join(["(%s, %s, %s)"] * len(chunk)), [value for i, (v, p) in chunk for value in (i, v, p)])
    got = [row[0] for row in bare.box.pg_rows("SELECT id FROM public.pair WHERE v LIKE p ORDER BY id")]
    assert got == said, [pairs[i] for i in set(got) ^ set(said)][:5]
    others = bare.box.pg_value("SELECT count(*) FROM public.pair WHERE v NOT LIKE p")
    assert others == len(pairs) - len(said)


def test_an_index_finds_the_same(bare):
    """Each pattern as a constant: by a btree index, by trigrams, and without an index, which a table without one has to read."""
    bare.box.pg_rows(PATH)
    dice = random.Random(seed_from_environment() + 1)
    words = ["Foo", "Foo_bar", "Foo\\", "foo", "Talk:Foo", "Föö_Foo", "100%_sure", "List_of_things", "A"]
    bare.box.pg_rows("CREATE TABLE public.title (t text COLLATE \"C\")")
    bare.box.pg_rows("INSERT INTO public.title SELECT w || CASE WHEN i % 3 = 0 THEN '' ELSE '_' || i END FROM unnest(%s) AS w, generate_series(1, 300) AS i".replace("% 3", "%% 3"), (words,))
    bare.box.pg_rows("CREATE INDEX title_order ON public.title (t)")
    bare.box.pg_rows("CREATE INDEX title_part ON public.title USING gin (t title_trgm_ops)")
    bare.box.pg_rows("ANALYZE public.title")
    patterns = ["Foo%", "Foo", "Foo\\", "Foo\\\\", "%bar%", "%things%", "100\\%%", "List\\_of%", "%", "", "%_Foo_1", "Föö%", "Foo\\_b%"] + [text(dice, 6) for _ in range(20)]
    used = set()
    for pattern in patterns:
        answers = []
        for off in ("enable_indexscan, enable_indexonlyscan, enable_bitmapscan", "enable_seqscan, enable_bitmapscan", "enable_seqscan, enable_indexscan, enable_indexonlyscan"):
            for setting in off.split(", "):
                bare.box.pg_rows("SET %s = off" % setting)
            answers.append(sorted(bare.box.pg_rows("SELECT t FROM public.title WHERE t LIKE %s", (pattern,))))
            used.update(word for row in bare.box.pg_rows("EXPLAIN SELECT t FROM public.title WHERE t LIKE %s", (pattern,))
                        for word in ("title_order", "title_part", "Seq Scan") if word in row[0])
            bare.box.pg_rows("RESET ALL")
            bare.box.pg_rows(PATH)
        assert answers[0] == answers[1] == answers[2], pattern
    assert used == {"title_order", "title_part", "Seq Scan"}


def test_under_a_policy(bare):
    """A role to which a policy applies uses the indexes; of PostgreSQL's own LIKE it could not. What the policy hides is found by no pattern."""
    box = bare.box
    box.pg_rows("RESET ALL")
    box.pg_rows("CREATE ROLE like_reader")
    box.pg_rows("CREATE TABLE public.guarded (wiki_id text COLLATE \"C\", t text COLLATE \"C\", hidden boolean)")
    box.pg_rows("INSERT INTO public.guarded SELECT 'w', CASE WHEN i %% 2 = 0 THEN 'Secret_' ELSE 'Open_' END || i || chr(97 + i %% 26) || chr(97 + i / 26 %% 26) || chr(97 + i / 676), i %% 2 = 0 "
                "FROM generate_series(1, 5000) AS i", ())
    box.pg_rows("CREATE INDEX guarded_order ON public.guarded (wiki_id, t)")
    box.pg_rows("CREATE INDEX guarded_part ON public.guarded USING gin (t mysql_compat.title_trgm_ops)")
    box.pg_rows("ANALYZE public.guarded")
    box.pg_rows("ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY")
    box.pg_rows("CREATE FUNCTION public.shown(hidden boolean) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN NOT hidden; END'")
    box.pg_rows("CREATE POLICY p ON public.guarded USING (public.shown(hidden))")
    box.pg_rows("GRANT SELECT ON public.guarded TO like_reader")

    def plan(condition):
        return "\n".join(row[0] for row in box.pg_rows("EXPLAIN SELECT t FROM public.guarded WHERE wiki_id = 'w' AND " + condition.replace("%", "%%"), ()))

    box.pg_rows("SET ROLE like_reader")
    try:
        assert "guarded_part" not in plan("t LIKE '%9abc%'") and "t >= " not in plan("t LIKE 'Open\\_99%'")     # PostgreSQL's
        box.pg_rows(PATH)
        assert "(t >= 'Open_99'::text)" in plan("t LIKE 'Open\\_99%'"), plan("t LIKE 'Open\\_99%'")
        assert "guarded_part" in plan("t LIKE '%9abc%'"), plan("t LIKE '%9abc%'")
        for pattern in ("Secret%", "%ecret%", "%2%"):
            rows = box.pg_rows("SELECT t FROM public.guarded WHERE t LIKE %s", (pattern,))
            assert all("Secret" not in row[0] for row in rows)
        assert len(box.pg_rows("SELECT t FROM public.guarded WHERE t LIKE 'Open%%'", ())) == 2500
    finally:
        box.pg_rows("RESET ROLE")
        box.pg_rows("RESET ALL")


def test_no_error(bare):
    """PostgreSQL's LIKE refuses a pattern that ends in a backslash: of a row that nobody may see, too."""
    with pytest.raises(psycopg2.Error):
        bare.box.pg_rows("SELECT 'ab' OPERATOR(pg_catalog.~~) ('a' || chr(92))")
    bare.box.pg_rows(PATH)
    assert bare.box.pg_value("SELECT 'ab' LIKE ('a' || chr(92))") is False
    assert bare.box.pg_value("SELECT repeat('a', 100000) LIKE repeat('%%a', 30) || 'b'", ()) is False
    assert bare.box.pg_value("SELECT NULL::text LIKE 'a'") is None
