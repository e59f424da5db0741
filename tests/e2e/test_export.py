"""
mwmirror export: what is in the files is what everybody may read, as of one position; and whatever happens to a run, the next one makes a whole dump of
its own moment, in whose folder nothing is that was hidden before.

A small sandbox of its own, with the tables of MediaWiki 1.39 and rows that no wiki has.
"""

import contextlib
import glob
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import xml.etree.ElementTree

import pytest

import chain
import compare
import dumps
import hard_rows
from bare import CONFIG, FENCED, RETRY, SINK, TARGET, USAGE, WIKI, small_sandbox

PAGES = 500
OTHER = "odd/wiki %.."
FOLDER_OF_OTHER = "odd%2Fwiki%20%25%2E%2E"
TOLD = "MarkerOfWhatIsHiddenLater"


@pytest.fixture(scope="module")
def bare():
    """One wiki, copied, with hard rows in all tables and some that are hidden; another one, small; views of both."""
    with small_sandbox("export") as bare:
        def fill():
            connection = bare.box.maria(fresh=True)
            connection.query("SET sql_mode = ''")
            for table, columns in hard_rows.table_columns(bare.box, WIKI).items():
                if table not in compare.NOT_MIRRORED and table not in hard_rows.LEFT_OUT:
                    hard_rows.insert(connection, WIKI, table, columns, hard_rows.rows(columns, 12))
            connection.close()
        bare.create_wiki(PAGES, in_the_copy=True, before_copy=fill)
        hide(bare, "rev_id % 7 = 0", "rev_id % 15 + 1")
        bare.box.pg_rows("SELECT mwmirror.partition_by_wiki('logging')")
        bare.box.pg_rows("INSERT INTO mediawiki.logging (wiki_id, log_id, log_type, log_action, log_timestamp, log_actor, log_namespace, log_title, log_comment_id,"
                         " log_params, log_deleted) SELECT %s, n, CASE WHEN n %% 9 = 0 THEN 'suppress' ELSE 'move' END, 'move', CASE WHEN n %% 5 = 0 THEN 'infinity'"
                         " WHEN n %% 5 = 1 THEN '-infinity' ELSE now() END, 1, 0, 'T' || n, 1, '', n %% 16 FROM generate_series(100000, 100300) n", (WIKI,))
        bare.box.pg_rows("INSERT INTO mwmirror.wiki SELECT (jsonb_populate_record(w, jsonb_build_object('wiki_id', %s::text))).* FROM mwmirror.wiki w", (OTHER,))
        bare.box.pg_rows("INSERT INTO mediawiki.page SELECT (jsonb_populate_record(p, jsonb_build_object('wiki_id', %s::text))).* FROM mediawiki.page p"
                         " WHERE page_id <= 20", (OTHER,))
        bare.box.pg_rows("SELECT mwmirror.create_views(%s)", (WIKI,))
        yield bare


@pytest.fixture
def folder():
    directory = tempfile.mkdtemp(prefix="mwmirror-dump-", dir="/var/tmp")
    yield os.path.join(directory, "dump")
    shutil.rmtree(directory, ignore_errors=True)


def hide(bare, which, bits):
    bare.box.pg_rows("UPDATE mediawiki.revision SET rev_deleted = %s WHERE wiki_id = '%s' AND %s" % (bits, WIKI, which))


def arguments(folder, form="jsonl", *more):
    return ["export", "--format", form, "--output", folder, *more]


def export(bare, folder, form="jsonl", *more, env=None):
    """Runs it to its good end; the dump, and what was logged."""
    env = dict(env or {}, MWMIRROR_EXPORT_PYTHON=dumps.parquet_python()) if form == "parquet" else env
    log = bare.run(*arguments(folder, form, *more), env=env)
    return dumps.Dump(folder), log


def refused(bare, code, said, *command, env=None):
    done = bare.box.mwmirror(*command, env=env)
    assert (done.returncode, said in done.stderr) == (code, True), "%d\n%s" % (done.returncode, done.stderr)


def kept(log):
    """(parts, kept ones) of the last line of a run."""
    return tuple(int(n) for n in re.search(r"is complete: (\d+) parts, (\d+) of them kept", log).groups())


def public_tables(bare):
    return [row[0] for row in bare.box.pg_rows("SELECT table_name FROM mwmirror.public_table ORDER BY 1")]


def public_rows(bare, table, wiki=WIKI):
    query = bare.box.pg_value("SELECT mwmirror.public_rows_query(%s)", (table,))
    return [row[0] for row in bare.box.pg_rows("SELECT row_to_json(r)::text FROM (%s) r WHERE wiki_id = %%s" % query.replace("%", "%%"), (wiki,))]


def check_state(bare, dump, wiki=WIKI):
    """Each table's lines are the public rows of now. Returns how many rows there are."""
    rows = 0
    for table in public_tables(bare):
        lines = dump.text(wiki, table).decode().split("\n")
        assert lines.pop() == ""
        assert sorted(lines) == sorted(public_rows(bare, table, wiki)), table
        assert len(lines) == sum(f["rows"] for f in dump.of(wiki, table))
        rows += len(lines)
    return rows


def view_of(bare, wiki, table):
    """The public view, which COPY files and Parquet must be equal to."""
    schema = bare.box.pg_value("SELECT quote_ident(mwmirror.views_schema(%s))", (wiki,))
    return "%s.%s" % (schema, bare.box.pg_value("SELECT quote_ident(%s)", (table,)))


# ---- what is in the files ----

def test_jsonl_has_what_state_topics_have(bare, folder):
    dump, _ = export(bare, folder, "jsonl", "--part-rows", "250")
    assert check_state(bare, dump) > 3 * PAGES
    assert check_state(bare, dump, OTHER) >= 20
    assert len(dump.of(WIKI, "page")) == PAGES // 250 and dump.of(OTHER, "page")[0]["path"].startswith(FOLDER_OF_OTHER + "/")
    assert [(p["source_name"], p["gtid"]) for p in dump.manifest["position"]] == bare.box.pg_rows("SELECT source_name, gtid FROM mwmirror.position()")


def test_copy_loads_as_the_views_are(bare, folder):
    dump, _ = export(bare, folder, "copy", "--compress", "gzip", "--part-rows", "250")
    connection = bare.box.pg(fresh=True)
    cursor = connection.cursor()
    for table in public_tables(bare):
        for file in dump.of(WIKI, table):
            names = ", ".join('"%s"' % name for name in file["columns"])
            if file["number"] == 1:
                cursor.execute("CREATE TEMP TABLE loaded (%s)" % ", ".join('"%s" %s' % c for c in file["columns"].items()))
            with open(dump.path(file) + ".plain", "wb") as plain:
                plain.write(dumps.unpack(dump.path(file)))
            with open(plain.name, "rb") as plain:
                cursor.copy_expert("COPY loaded (%s) FROM STDIN (HEADER MATCH)" % names, plain)
            os.unlink(plain.name)
        shown = [name for name in file["columns"] if name != "wiki_id"]
        listed = ", ".join('"%s"::text' % name for name in shown)
        cursor.execute("WITH a AS (SELECT {0} FROM loaded), b AS (SELECT {0} FROM {1}) SELECT (SELECT count(*) FROM b),"
                       " (SELECT count(*) FROM (TABLE a EXCEPT ALL TABLE b) x), (SELECT count(*) FROM (TABLE b EXCEPT ALL TABLE a) x)".format(
                           listed, view_of(bare, WIKI, table)))
        rows, more, less = cursor.fetchone()
        assert (rows, more, less) == (sum(f["rows"] for f in dump.of(WIKI, table)), 0, 0), table
        cursor.execute("DROP TABLE loaded")
    connection.close()


# how a value of a view is in Parquet, by its type there
AS_PARQUET = {
    "timestamp with time zone": "to_jsonb(CASE WHEN {0} = 'infinity' THEN '9999-12-31T23:59:59.999999' WHEN {0} = '-infinity' THEN '0001-01-01T00:00:00'"
                                " ELSE to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || coalesce('.' || nullif(to_char({0}, 'US'), '000000'), '')"
                                " END || '+00:00')",
    "bytea": "jsonb_build_object('bytes', encode({0}, 'hex'))",
    **dict.fromkeys(("smallint", "integer", "bigint", "boolean", "real", "double precision", "text"), "to_jsonb({0})"),
}


def comparable(rows, columns):
    """Rows as sorted texts; floats by their bits, as there is more than one text for a number."""
    forms = {name: {"real": "f", "double precision": "d"}.get(kind) for name, kind in columns}
    return sorted(json.dumps({name: struct.pack(forms[name], value).hex() if forms[name] and value is not None else value for name, value in row.items()},
                             sort_keys=True) for row in rows)


def test_parquet_has_the_rows_and_types_of_the_views(bare, folder):
    dump, _ = export(bare, folder, "parquet", "--part-rows", "700")
    rows = dumps.read_parquet(dump)
    for table in public_tables(bare):
        files = dump.of(WIKI, table)
        have = [row for f in files for row in rows[f["path"]]]
        assert {row.pop("wiki_id") for row in have} <= {WIKI}
        columns = [(name, kind) for name, kind in files[0]["columns"].items() if name != "wiki_id"]
        listed = ", ".join("%s, %s" % ("'%s'" % name, "CASE WHEN v.\"{1}\" IS NULL THEN NULL ELSE {0} END".format(
            AS_PARQUET.get(kind, "to_jsonb({0}::text)").format('v."%s"' % name), name)) for name, kind in columns)
        want = [row[0] for row in bare.box.pg_rows("SELECT jsonb_build_object(%s) FROM %s v" % (listed, view_of(bare, WIKI, table)))]
        assert comparable(have, columns) == comparable(want, columns), table


def test_xml_of_rows_that_no_wiki_has(bare, folder):
    """It is well-formed, and has each revision in its page."""
    pages = [(0, "zero"), (1 << 62, None), (8000001, "a\x01b & <c>"), (8000002, "")]
    for number, (page, title) in enumerate(pages):
        bare.box.pg_rows("INSERT INTO mediawiki.page (wiki_id, page_id, page_title, page_is_redirect) VALUES (%s, %s, %s, true)", (WIKI, page, title))
        bare.box.pg_rows("INSERT INTO mediawiki.redirect (wiki_id, rd_from, rd_namespace, rd_title, rd_interwiki) VALUES (%s, %s, -2147483648, %s, %s)", (WIKI, page, title, title))
        for revision in (number - 1, 8000000 + number):
            bare.box.pg_rows("INSERT INTO mediawiki.revision (wiki_id, rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_deleted, rev_parent_id) VALUES (%s, %s, %s,"
                             " NULL, NULL, %s, %s, -1) ON CONFLICT (wiki_id, rev_id) DO UPDATE SET rev_page = EXCLUDED.rev_page", (WIKI, revision, page, "infinity" if number else None, number))
    want = bare.box.pg_rows("SELECT p.page_id, array_agg(rev_id ORDER BY rev_id) FROM mediawiki.page p JOIN mediawiki.revision r ON r.wiki_id = p.wiki_id AND rev_page = page_id"
                            " WHERE p.wiki_id = %s GROUP BY 1 ORDER BY 1", (WIKI,))
    dump, _ = export(bare, folder, "xml", "--history", "--kept-only", "--part-rows", "500", WIKI)
    name = lambda tag: "{http://www.mediawiki.org/xml/export-0.11/}" + tag
    have = [(int(page.find(name("id")).text), [int(revision.find(name("id")).text) for revision in page.iter(name("revision"))])
            for file in dump.of(WIKI, "pages") for page in xml.etree.ElementTree.fromstring(dumps.unpack(dump.path(file))).iter(name("page"))]
    assert have == want and {0, 1 << 62} < {page for page, _ in have}


def test_parquet_takes_no_modules_from_where_it_runs(bare, folder, tmp_path):
    """Whoever writes the current folder, such as /tmp, runs nothing as who dumps."""
    for name in ("json.py", "pyarrow.py"):
        (tmp_path / name).write_text("raise SystemExit('not this one')")
    env = dict(os.environ, MWMIRROR_EXPORT_PYTHON=dumps.parquet_python())
    done = subprocess.run([bare.box.binary, "-c", bare.box.conf, *arguments(folder, "parquet", "--tables", "site_stats", WIKI)], cwd=tmp_path, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_a_writer_that_policies_apply_to_gets_the_same(bare, folder):
    bare.box.pg_rows("CREATE ROLE exporter LOGIN IN ROLE mwmirror_writer")
    try:
        conninfo = bare.box.config.get("postgres", "conninfo").replace("user=postgres", "user=exporter")
        dump, _ = export(bare, folder, "jsonl", WIKI, env={"MWMIRROR_POSTGRES_CONNINFO": conninfo})
        check_state(bare, dump)
    finally:
        bare.box.pg_rows("DROP ROLE exporter")


def test_a_role_that_policies_do_not_know_is_refused(bare, folder):
    """Its rights came after the views: row level security would leave out all rows, and the dump would be whole and empty."""
    bare.box.pg_rows("CREATE ROLE dumper LOGIN IN ROLE mwmirror_reader")
    bare.box.pg_rows("GRANT USAGE ON SCHEMA mediawiki TO dumper; GRANT SELECT ON ALL TABLES IN SCHEMA mediawiki TO dumper; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mwmirror TO dumper")
    env = {"MWMIRROR_POSTGRES_CONNINFO": bare.box.config.get("postgres", "conninfo").replace("user=postgres", "user=dumper")}
    try:
        for form in (("jsonl",), ("xml", "--current", "--kept-only")):
            refused(bare, TARGET, "row level security hides", *arguments(folder, *form, WIKI), env=env)
            shutil.rmtree(folder, ignore_errors=True)
        bare.box.pg_rows("SELECT mwmirror.refresh_views()")
        dump, _ = export(bare, folder, "jsonl", WIKI, env=env)
        check_state(bare, dump)
    finally:
        bare.box.pg_rows("DROP OWNED BY dumper; DROP ROLE dumper; SELECT mwmirror.refresh_views()")


def test_all_files_are_of_one_position(bare, folder):
    """Rows that come and go together while it writes are in all of its files or in none."""
    written = 0

    def write():
        nonlocal written
        written += 1
        bare.box.pg_rows("BEGIN; UPDATE mediawiki.page SET page_len = %s WHERE wiki_id = %s AND page_id = %s;"
                         "UPDATE mediawiki.site_stats SET ss_total_edits = %s WHERE wiki_id = %s; COMMIT", (written, WIKI, PAGES - 20, written, WIKI))

    write()
    with stopped_midway(bare, folder, "--workers", "3") as process:
        before = written
        while written < before + 5:
            write()
        process.send_signal(signal.SIGCONT)
        while process.poll() is None and written < 1000:
            write()
        assert process.wait(60) == 0
    dump = dumps.Dump(folder)
    pages = {row["page_id"]: row for row in map(json.loads, dump.text(WIKI, "page").splitlines())}
    totals = {row["ss_total_edits"] for row in map(json.loads, dump.text(WIKI, "site_stats").splitlines())}
    assert totals == {pages[PAGES - 20]["page_len"]}


# ---- runs that end before their end ----

def begin(bare, folder, *more, env=None):
    return subprocess.Popen([bare.box.binary, "-c", bare.box.conf, *arguments(folder, "jsonl", *more)], stderr=subprocess.PIPE, text=True, env=dict(os.environ, **env or {}))


def finished(folder):
    """How many parts the journal says are written."""
    with contextlib.suppress(OSError), open(os.path.join(folder, "parts.jsonl")) as file:
        return file.read().count('"sha256"')
    return 0


def written_midway(folder, start, parts):
    """The process that start() gives once it has written more than so many parts: one that ends meanwhile, as this program had to wait, is begun anew."""
    for _ in range(10):
        process = start()
        try:
            chain.wait_for(lambda: finished(folder) > parts or process.poll() is not None, "no part is written", 60, interval=0.005)
            process.send_signal(signal.SIGSTOP)
            # it may be just about to end: what it has still to do takes longer than what it has done
            if process.poll() is None and finished(folder) < 10 * parts:
                return process
        except BaseException:
            process.kill()
            raise
        process.kill()
        said = process.communicate()[1]
        assert process.returncode in (0, -signal.SIGKILL), said
        shutil.rmtree(folder)
    raise AssertionError("it always ends before it is stopped")


@contextlib.contextmanager
def stopped_midway(bare, folder, *more, env=None):
    """A run that has written some parts, and stands still while the block runs."""
    process = written_midway(folder, lambda: begin(bare, folder, "--part-rows", "15", *more, env=env), 5)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()


def test_killed_at_any_moment_it_goes_on(bare, folder):
    """SIGKILL after SIGKILL, rows hidden, added and removed between: then whole, of the last moment, and nothing hidden is in any file."""
    dice = random.Random()
    bare.box.pg_rows("INSERT INTO mediawiki.comment (wiki_id, comment_id, comment_text) VALUES (%s, 777777, %s)", (WIKI, TOLD))
    bare.box.pg_rows("UPDATE mediawiki.revision SET rev_comment_id = 777777 WHERE wiki_id = %s AND rev_id %% 5 = 0", (WIKI,))
    kills, turn, longest = 0, 0, 0.8
    while (kills < 5 or not finished(folder)) and turn < 50:
        process = begin(bare, folder, "--resume", "--part-rows", "60")
        try:
            process.wait(dice.uniform(0, longest))
            longest *= 0.8      # it was done before
        except subprocess.TimeoutExpired:
            kills += 1
        process.kill()
        longest *= 1 if finished(folder) or process.wait() == 0 else 1.5    # it had not begun to write
        said = process.communicate()[1]
        assert "ERROR" not in said, said
        turn += 1
        bare.box.pg_rows("UPDATE mediawiki.page SET page_len = page_len + 1 WHERE wiki_id = %s AND page_id %% 200 = %s", (WIKI, turn))
        bare.box.pg_rows("DELETE FROM mediawiki.logging WHERE wiki_id = %s AND log_id = %s", (WIKI, 100050 + turn))
        bare.box.pg_rows("INSERT INTO mediawiki.page SELECT (jsonb_populate_record(p, jsonb_build_object('page_id', 900000 + %s, 'page_title', 'New' || %s))).*"
                         " FROM mediawiki.page p WHERE wiki_id = %s AND page_id = 5", (turn, turn, WIKI))
    assert kills >= 5 and finished(folder)
    bare.box.pg_rows("UPDATE mediawiki.revision SET rev_deleted = rev_deleted | 2 WHERE wiki_id = %s", (WIKI,))
    dump, log = export(bare, folder, "jsonl", "--resume", "--part-rows", "60")
    check_state(bare, dump)
    assert TOLD.encode() not in dump.everything()
    parts, same = kept(log)
    assert 0 < same < parts
    # nothing has changed since: all files are kept, and one that was damaged is not
    with open(dump.path(dump.of(WIKI, "page")[1]), "r+b") as file:
        file.seek(20)
        file.write(b"x")
    again, log = export(bare, folder, "jsonl", "--resume", "--part-rows", "60")
    assert kept(log) == (parts, parts - 1)
    check_state(bare, again)


def test_a_value_hidden_before_the_next_start_is_in_no_file(bare, folder):
    bare.box.pg_rows("UPDATE mediawiki.page SET page_title = %s WHERE wiki_id = %s AND page_id = 3", (TOLD, WIKI))
    with stopped_midway(bare, folder, "--tables", "page,revision,slots") as process:
        process.kill()
    assert finished(folder) > 0
    bare.box.pg_rows("UPDATE mediawiki.page SET page_title = 'Other' WHERE wiki_id = %s AND page_id = 3", (WIKI,))
    before = finished(folder)
    process = begin(bare, folder, "--resume", "--part-rows", "15", "--tables", "page,revision,slots", "--workers", "1")
    try:    # files are looked at before anything is written that was not there
        chain.wait_for(lambda: finished(folder) > before + 1 or process.poll() is not None, "no part is written", 60)
        process.send_signal(signal.SIGSTOP)
        for path in glob.glob(os.path.join(folder, "*", "*.zst")):
            assert TOLD.encode() not in dumps.unpack(path), path
    finally:
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0, process.stderr.read()
    assert TOLD.encode() not in dumps.Dump(folder).everything()


def test_limits_of_queries_are_none_of_dumps(bare, folder):
    """Each that this version of PostgreSQL has."""
    limits = [name for name, in bare.box.pg_rows("SELECT name FROM pg_settings WHERE name ~ '_timeout$' AND name !~ '^tcp_' AND context = 'user'", ())]
    assert len(limits) >= 4
    with stopped_midway(bare, folder, env={"PGOPTIONS": " ".join("-c %s=1s" % name for name in limits)}) as process:
        chain.wait_for(lambda: bare.box.pg_value("SELECT min(clock_timestamp() - xact_start) > '1.5 s' FROM pg_stat_activity WHERE application_name = 'mwmirror export'"),
                       "sessions of the dump, for longer than the limit", 60)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said


def test_postgres_goes_away(bare, folder):
    with stopped_midway(bare, folder) as process:
        bare.box.service("kill", "postgres")
        bare.box.service("start", "postgres")
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == RETRY
        assert "--resume" in process.stderr.read()
    assert not os.path.exists(os.path.join(folder, "manifest.json"))
    assert kept(export(bare, folder, "jsonl", "--resume", "--part-rows", "15")[1])[1] > 0


def test_stopped_by_a_signal(bare, folder):
    with stopped_midway(bare, folder) as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0 and "with --resume" in process.stderr.read()
    assert not os.path.exists(os.path.join(folder, "manifest.json"))
    assert not [name for _, _, names in os.walk(folder) for name in names if name.endswith(".tmp")]


def test_stopped_at_a_terminal(bare, folder):
    """Ctrl-C is for all processes of a terminal: those that write Parquet are ended without a word."""
    command = [bare.box.binary, "-c", bare.box.conf, *arguments(folder, "parquet", "--part-rows", "15")]
    env = dict(os.environ, MWMIRROR_EXPORT_PYTHON=dumps.parquet_python())
    process = written_midway(folder, lambda: subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True), 2)
    try:
        os.killpg(process.pid, signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 0 and "Traceback" not in said and "has ended" not in said and "with --resume" in said, said


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a file system")
def test_disk_that_is_full(bare):
    """It says so and leaves no half file; with room again it goes on."""
    mount = tempfile.mkdtemp(prefix="mwmirror-full-", dir="/var/tmp")
    folder = os.path.join(mount, "dump")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", mount], check=True)
    try:
        refused(bare, SINK, "No space left on device", *arguments(folder, "jsonl", "--compress", "none", "--part-rows", "100"))
        assert not [name for _, _, names in os.walk(folder) for name in names if name.endswith(".tmp") or name == "manifest.json"]
        subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
        assert kept(export(bare, folder, "jsonl", "--resume", "--compress", "none", "--part-rows", "100")[1])[1] > 0
    finally:
        subprocess.run(["umount", mount], check=True)
        os.rmdir(mount)


# ---- wikis that are not to be read any more ----

@contextlib.contextmanager
def private(bare, wiki):
    bare.box.pg_rows("UPDATE mwmirror.wiki SET private = true WHERE wiki_id = %s", (wiki,))
    try:
        yield
    finally:
        bare.box.pg_rows("UPDATE mwmirror.wiki SET private = false WHERE wiki_id = %s", (wiki,))


def test_wiki_made_private_between_runs(bare, folder):
    with stopped_midway(bare, folder) as process:
        process.kill()
    assert os.path.exists(os.path.join(folder, FOLDER_OF_OTHER)), "wikis are written in order: the other one first"
    with private(bare, OTHER):
        dump, log = export(bare, folder, "jsonl", "--resume", "--part-rows", "15")
        assert "is left out: it is private" in log
        assert {f["wiki_id"] for f in dump.files} == {WIKI} and not os.path.exists(os.path.join(folder, FOLDER_OF_OTHER))
    with private(bare, WIKI):       # of a dump that was complete, all of one wiki goes, and the other one comes back
        dump, _ = export(bare, folder, "jsonl", "--resume", "--part-rows", "15")
        assert {f["wiki_id"] for f in dump.files} == {OTHER}


def test_wiki_made_private_while_it_writes(bare, folder):
    with stopped_midway(bare, folder) as process, private(bare, OTHER):
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0 and "made private meanwhile" in said, said
        assert {f["wiki_id"] for f in dumps.Dump(folder).files} == {WIKI}


def test_what_is_not_of_the_dump_stays(bare, folder):
    """A run that goes on removes files of dumps, and nothing that somebody else keeps beside them."""
    dump, _ = export(bare, folder, "jsonl", OTHER)
    stray = [os.path.join(folder, FOLDER_OF_OTHER, name) for name in ("page-00099.jsonl.zst", "page-00001.jsonl.zst.tmp")]
    foreign = [os.path.join(folder, *path) for path in (("notes", "read-me.txt"), ("notes", "old-12345"), (FOLDER_OF_OTHER, "checked-by.txt"))]
    os.mkdir(os.path.join(folder, "notes"))
    for path in stray + foreign:
        open(path, "w").close()
    assert kept(bare.run(*arguments(folder, "jsonl", OTHER, "--resume"))) == (len(dump.files), len(dump.files))
    assert [path for path in stray + foreign if os.path.exists(path)] == foreign


# ---- what is refused ----

def test_what_is_refused(bare, folder):
    refused(bare, USAGE, "give --format", "export", "--output", folder)
    refused(bare, USAGE, "give --format", *arguments(folder, "csv"))
    refused(bare, USAGE, "nothing of table", *arguments(folder, "jsonl", "--tables", "page,watchlist"))
    refused(bare, USAGE, "--tables names none", *arguments(folder, "jsonl", "--tables", ""))
    refused(bare, USAGE, "are not for --format", *arguments(folder, "jsonl", "--history"))
    refused(bare, USAGE, "--part-rows must be", *arguments(folder, "jsonl", "--part-rows", "0"))
    refused(bare, USAGE, "cannot be exported: there is none", *arguments(folder, "jsonl", "nowiki"))
    with private(bare, OTHER):
        refused(bare, USAGE, "cannot be exported: it is private", *arguments(folder, "jsonl", OTHER))
    refused(bare, SINK, "cannot make the folder", *arguments(os.path.join(folder, "below", "nothing"), "jsonl"))
    refused(bare, CONFIG, "no pyarrow", *arguments(folder, "parquet"), env={"MWMIRROR_EXPORT_PYTHON": "/usr/bin/python3"})
    shutil.rmtree(folder)
    export(bare, folder, "jsonl", OTHER)
    refused(bare, USAGE, "is not empty", *arguments(folder, "jsonl"))
    refused(bare, USAGE, "has a dump of format jsonl", *arguments(folder, "copy", "--resume"))
    refused(bare, USAGE, "has a dump of format jsonl", *arguments(folder, "jsonl", "--resume", "--compress", "gzip"))
    os.rename(os.path.join(folder, "manifest.json"), os.path.join(folder, "mine.json"))
    refused(bare, USAGE, "not of a dump", *arguments(folder, "jsonl", "--resume"))


def test_one_program_at_a_time(bare, folder):
    with stopped_midway(bare, folder):
        refused(bare, FENCED, "another mwmirror export", *arguments(folder, "jsonl", "--resume"))


def test_progress_as_json(bare, folder):
    process = subprocess.run([bare.box.binary, "-c", bare.box.conf, *arguments(folder, "jsonl", "--json", "--part-rows", "100")], stdout=subprocess.PIPE, check=True)
    last = json.loads(process.stdout.splitlines()[-1])
    assert last["complete"] is True and last["parts"] == last["parts_total"] and last["rows"] == last["rows_total"] > PAGES


def test_wiki_removed_while_it_writes(bare, folder):
    with stopped_midway(bare, folder) as process:
        assert os.path.exists(os.path.join(folder, FOLDER_OF_OTHER))
        bare.run("remove-wiki", OTHER)
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0 and "was removed" in said, said
        assert {f["wiki_id"] for f in dumps.Dump(folder).files} == {WIKI}
