"""
What is wrong gets one clear answer: what, where, and what to do; the position stays before it; once it is put
right, the same command goes on and nothing is missing.

A small sandbox of its own, with MariaDB and PostgreSQL only and the tables of MediaWiki 1.39 in it.
"""

import contextlib
import os
import re

import psycopg2
import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

import binlog_file
import chain
import kafka
import workload
from bare import CONFIG, DATA, FENCED, SINK, SOURCE, TARGET, WIKI, pg_setting, small_sandbox


@pytest.fixture(scope="module")
def unprepared():
    """Servers with nothing of mwmirror in them yet."""
    with small_sandbox("bad") as bare:
        yield bare


@contextlib.contextmanager
def maria_global(bare, name, value):
    before = bare.box.maria_value("SELECT @@global." + name)
    bare.box.maria_rows("SET GLOBAL %s = %%s" % name, (value,))
    try:
        yield
    finally:
        bare.box.maria_rows("SET GLOBAL %s = %%s" % name, (before,))


# before init


def test_init_without_logical_wal(unprepared):
    with pg_setting(unprepared, "wal_level", "replica", restart=True):
        unprepared.refused("init", TARGET, "wal_level", "replica", "ALTER SYSTEM SET wal_level")


def test_init_without_the_plugin_allowed(unprepared):
    if not unprepared.box.pg_value("SELECT current_setting('output_plugin_libraries', true)"):
        pytest.skip("this PostgreSQL does not know output_plugin_libraries")
    with pg_setting(unprepared, "output_plugin_libraries", "'pgoutput', 'test_decoding'"):
        unprepared.refused("init", TARGET, "output_plugin_libraries", "mwmirror", "ALTER SYSTEM SET output_plugin_libraries")


def test_init_without_any_gtid(unprepared):
    unprepared.box.maria_rows("RESET MASTER")
    unprepared.refused("init", SOURCE, "GTID")


def test_init_with_a_wrong_format(unprepared):
    with maria_global(unprepared, "binlog_format", "MIXED"):
        unprepared.refused("init", SOURCE, "binlog_format = MIXED", "SET GLOBAL binlog_format = 'ROW'")


def test_mirror_of_another_version(unprepared):
    """Every verb refuses it with what to do; for 0.1.0, which cannot be updated, doing that word for word helps."""
    box = unprepared.box
    box.pg_rows("CREATE DATABASE first TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    conninfo = "host=%s port=%s user=postgres dbname=first" % (box.env["PGHOST"], box.env["PGPORT"])
    env = {"MWMIRROR_%s_CONNINFO" % place: conninfo for place in ("POSTGRES", "RELAY")}
    env["MWMIRROR_POSTGRES_ADMIN_CONNINFO"] = conninfo

    def init():
        done = box.mwmirror("init", "--no-source", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pass_for(version):
        with psycopg2.connect(conninfo) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE pg_extension SET extversion = %s WHERE extname = 'mwmirror'", (version,))
        connection.close()

    init()
    pass_for("0.1.9")
    for verb, args in (("follow", []), ("relay", []), ("init", ["--no-source"])):
        unprepared.refused(verb, TARGET, "in database first is of version 0.1.9", "ALTER EXTENSION mwmirror UPDATE TO", args=args,
                           env=env)
    pass_for("0.1.0")
    for verb, args, code in (("follow", [], TARGET), ("snapshot", [], TARGET), ("relay", [], TARGET),
                             ("check-config", ["--connect"], 1), ("init", ["--no-source"], TARGET)):
        log = unprepared.refused(verb, code, "database first is of version 0.1.0", "copied anew", "DROP EXTENSION mwmirror",
                                 "mwmirror snapshot", args=args, env=env)
    commands = re.search(r"run in database first: (SELECT.*DROP EXTENSION mwmirror);", log).group(1)
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for command in commands.split("; "):
            cursor.execute(command)
    connection.close()
    made = init()
    assert re.search(r"^created +extension mwmirror", made, re.M) and re.search(r"^created +replication slot", made, re.M), made
    box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = 'first'")
    box.pg_rows("DROP DATABASE first")


@pytest.fixture(scope="module")
def bare(unprepared):
    """init, one wiki, copied; two pages to edit."""
    unprepared.create_wiki()
    return unprepared


# MariaDB


@pytest.mark.parametrize("value", ["STATEMENT", "MIXED"])
def test_binlog_format(bare, value):
    with maria_global(bare, "binlog_format", value):
        bare.refused("follow", SOURCE, "binlog_format = " + value, "SET GLOBAL binlog_format = 'ROW'")
    bare.edit()
    bare.catches_up()


@pytest.mark.parametrize("value", ["NO_LOG", "MINIMAL"])
def test_row_metadata(bare, value):
    with maria_global(bare, "binlog_row_metadata", value):
        bare.refused("follow", SOURCE, "binlog_row_metadata = " + value, "SET GLOBAL binlog_row_metadata = 'FULL'")


@pytest.mark.parametrize("image", ["NOBLOB", "MINIMAL"])
def test_row_images_without_the_texts_of_statements(bare, image):
    with maria_global(bare, "binlog_annotate_row_events", "OFF"), maria_global(bare, "binlog_row_image", image):
        bare.refused("follow", SOURCE, "binlog_annotate_row_events = OFF with binlog_row_image = " + image,
                     "SET GLOBAL binlog_annotate_row_events = ON")


def test_row_metadata_missing_inside_the_binlog(bare):
    """It was off for a while: the rows of that time cannot be read, and follow does not guess."""
    with maria_global(bare, "binlog_row_metadata", "NO_LOG"):
        bare.edit()
    gtid = chain.source_position(bare.box).rsplit("-", 1)[0]
    bare.refused("follow", DATA, gtid, "metadata")
    bare.recopy()


def test_no_binlog(bare):
    conf = os.path.join(bare.directory, "mariadb", "my.cnf")
    with open(conf) as file:
        before = file.read()
    try:
        with open(conf, "w") as file:
            file.write(before.replace("log_bin ", "#log_bin ") + "\nskip_log_bin\n")
        bare.box.service("restart", "mariadb")
        bare.refused("follow", SOURCE, "log_bin", "restart")
    finally:
        with open(conf, "w") as file:
            file.write(before)
        bare.box.service("restart", "mariadb")
    bare.edit()
    bare.catches_up()


def test_missing_grants(bare):
    bare.box.maria_rows("CREATE USER weak@localhost IDENTIFIED BY 'secret-word'")
    try:
        weak = {"MWMIRROR_SOURCE_USER": "weak", "MWMIRROR_SOURCE_PASSWORD": "secret-word"}
        log = bare.refused("init", SOURCE, "weak", "GRANT REPLICATION SLAVE ON *.*", env=weak)
        assert "secret-word" not in log
        bare.refused("follow", SOURCE, "REPLICATION SLAVE", env=weak)
        log = bare.refused("follow", SOURCE, "weak", env=dict(weak, MWMIRROR_SOURCE_PASSWORD="wrong-word"))
        assert "wrong-word" not in log
    finally:
        bare.box.maria_rows("DROP USER weak@localhost")
    bare.catches_up()


def test_a_database_that_is_not_there(bare):
    bare.add_wiki("wikinowhere")
    try:
        done = bare.box.mwmirror("snapshot", "wikinowhere")
        assert done.returncode == SOURCE and "wikinowhere" in done.stderr, done.stderr
    finally:
        bare.box.pg_rows("DELETE FROM mwmirror.wiki_namespace WHERE wiki_id = 'wikinowhere'")
        bare.box.pg_rows("DELETE FROM mwmirror.wiki WHERE wiki_id = 'wikinowhere'")


def test_statement_inside_the_binlog(bare):
    """One session with another format is enough."""
    connection = bare.box.maria(fresh=True)
    workload.execute(connection, "SET SESSION binlog_format = 'STATEMENT'")
    workload.execute(connection, "UPDATE %s.page SET page_touched = page_touched WHERE page_id = 0" % WIKI)
    gtid = chain.source_position(bare.box)
    bare.refused("follow", DATA, gtid, "UPDATE")
    bare.step_over()
    bare.edit()
    bare.catches_up()


def test_harmless_statements(bare):
    """What changes no mirrored row stops nothing: other databases, views, users, comments, a dropped temporary table."""
    connection = bare.box.maria(fresh=True)
    for statement in (
            "CREATE DATABASE elsewhere", "CREATE TABLE elsewhere.t (a INT PRIMARY KEY, b GEOMETRY, c JSON, d SET('x','y'))",
            "INSERT INTO elsewhere.t VALUES (1, POINT(1, 2), '{}', 'x,y')", "ALTER TABLE elsewhere.t ADD e INT",
            "TRUNCATE elsewhere.t", "CREATE VIEW elsewhere.v AS SELECT a FROM elsewhere.t", "DROP VIEW elsewhere.v",
            "CREATE USER passing@localhost", "DROP USER passing@localhost", "ANALYZE TABLE %s.page" % WIKI,
            "CREATE TEMPORARY TABLE %s.scratch (a INT)" % WIKI, "INSERT INTO %s.scratch VALUES (1)" % WIKI,
            "DROP TEMPORARY TABLE %s.scratch" % WIKI, "FLUSH TABLES", "FLUSH BINARY LOGS",
            "CREATE TABLE %s.an_extension (a INT PRIMARY KEY)" % WIKI, "INSERT INTO %s.an_extension VALUES (1)" % WIKI,
            "CREATE INDEX passing ON %s.page (page_len)" % WIKI, "DROP INDEX passing ON %s.page" % WIKI,
            "DROP TABLE %s.an_extension" % WIKI, "DROP DATABASE elsewhere"):
        workload.execute(connection, statement)
    bare.edit()
    bare.catches_up()


@contextlib.contextmanager
def patched(bare, table, change, checksum=True):
    """An insert into the table, changed in the binlog file; put back afterwards."""
    bare.catches_up()
    name = bare.box.maria_rows("SHOW MASTER STATUS")[0][0]
    bare.edit()
    bare.box.maria_rows("FLUSH BINARY LOGS")
    file = binlog_file.BinlogFile(os.path.join(
        bare.directory, "mariadb", "data", name.decode() if isinstance(name, bytes) else name))
    offset = file.rows_event_of(table)
    change(file, offset)
    file.write(offset, checksum)
    try:
        yield chain.source_position(bare.box).rsplit("-", 1)[0]
    finally:
        file.restore()


def make_unknown(file, offset):
    file.set_type(offset, 200)


def make_incident(file, offset):
    file.set_type(offset, binlog_file.INCIDENT)
    text = b"lost something"
    body = file.body(offset)
    file.data[body:body + 3 + len(text)] = b"\x01\x00" + bytes([len(text)]) + text


def make_undecodable(file, offset):
    """The length of comment_text, after 6 bytes table, 2 flags, 1 count, 1 present, 1 NULLs, 8 id, 4 hash."""
    at = file.body(offset) + 6 + 2 + 1 + 1 + 1 + 8 + 4
    file.data[at:at + 2] = b"\xff\xff"


def make_wider(file, offset):
    file.data[file.body(offset) + 8] += 1


def damage(file, offset):
    file.data[file.body(offset) + 20] ^= 0x55


@pytest.mark.parametrize("change,checksum,texts", [
    (make_unknown, True, ("200",)),
    (make_undecodable, True, ("comment", "comment_text")),
    (make_wider, True, ("comment",)),
    (damage, False, ("checksum",)),
], ids=["unknown event", "undecodable row", "other number of columns", "damaged event"])
def test_events_that_are_not_understood(bare, change, checksum, texts):
    with patched(bare, "comment", change, checksum) as gtid:
        before = bare.box.pg_value("SELECT count(*) FROM mediawiki.revision")
        daemon = bare.daemon("follow")
        try:
            code = daemon.wait(20)
        finally:
            daemon.kill()
        log = daemon.log()
        assert code == DATA, "exit code %r:\n%s" % (code, log)
        for text in texts + (gtid,):
            assert text in log, "no %r in:\n%s" % (text, log)
        # what came before it may be applied, it and what follows may not
        assert not chain.reached(bare.position(), chain.source_position(bare.box))
        assert bare.box.pg_value("SELECT count(*) FROM mediawiki.revision") < before + 3
        assert bare.daemon("follow").wait(20) == DATA, "the second attempt ends otherwise"
    bare.catches_up()


def test_an_incident_within_a_transaction(bare):
    """In the place of its rows: every table is compared."""
    with patched(bare, "comment", make_incident):
        daemon = bare.daemon("follow")
        try:
            chain.wait_for(lambda: "lost something" in daemon.log() and bare.copied_again() and
                           chain.reached(bare.position(), chain.source_position(bare.box)), daemon.log, 60)
            assert daemon.stop() == 0, daemon.log()
        finally:
            daemon.kill()
    bare.catches_up()


def test_purged_binlogs(bare):
    bare.edit()
    bare.box.maria_rows("FLUSH BINARY LOGS")
    bare.edit()
    bare.box.maria_rows("FLUSH BINARY LOGS")
    last = bare.box.maria_rows("SHOW MASTER STATUS")[0][0]

    def purged():
        # a log that the connection of a reader that has gone still holds is left, without an error
        bare.box.maria_rows("PURGE BINARY LOGS TO %s", (last,))
        return bare.box.maria_rows("SHOW BINARY LOGS")[0][0] == last
    chain.wait_for(purged, "the binlogs to be purged", 30)
    bare.refused("follow", SOURCE, "purged", "snapshot")
    bare.run("snapshot", "--force")
    bare.catches_up()


# PostgreSQL


def test_source_table_without_the_key_column(bare):
    """An ALTER that takes the mirror's key away from a table: refused there, and named."""
    connection = bare.box.maria(fresh=True)
    workload.execute(connection, "ALTER TABLE %s.comment CHANGE comment_id renamed_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
                     % WIKI)
    bare.refused("follow", DATA, "column_map", "comment_id", "renamed_id", WIKI + ".comment")
    workload.execute(connection, "ALTER TABLE %s.comment CHANGE renamed_id comment_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
                     % WIKI)
    bare.recopy()


def test_follow_without_init(bare):
    env = {"MWMIRROR_POSTGRES_CONNINFO": "host=%s port=%s user=postgres dbname=postgres" % (
        bare.box.env["PGHOST"], bare.box.env["PGPORT"])}
    bare.refused("follow", TARGET, "init", env=env)


def test_plugin_no_longer_allowed(bare):
    if not bare.box.pg_value("SELECT current_setting('output_plugin_libraries', true)"):
        pytest.skip("this PostgreSQL does not know output_plugin_libraries")
    with pg_setting(bare, "output_plugin_libraries", "'pgoutput', 'test_decoding'"):
        bare.refused("relay", TARGET, "output_plugin_libraries")


def test_slot_that_is_not_there(bare):
    bare.refused("relay", TARGET, "no_such_slot", "init", args=["--slot", "no_such_slot"])


def test_slot_of_another_plugin(bare):
    bare.box.pg_value("SELECT pg_create_logical_replication_slot('foreign_slot', 'test_decoding')")
    try:
        bare.refused("relay", TARGET, "foreign_slot", "test_decoding", args=["--slot", "foreign_slot"])
    finally:
        bare.box.pg_rows("SELECT pg_drop_replication_slot('foreign_slot')")


def test_a_slot_waits_for_a_transaction(bare):
    """PostgreSQL makes a slot once all that was open has ended, in any database: init says whose that is, and a stop leaves nothing behind."""
    env = {"MWMIRROR_RELAY_SLOT": "waiting_slot"}
    made = lambda: bare.box.pg_value("SELECT string_agg(coalesce(confirmed_flush_lsn::text, 'unfinished'), '') FROM pg_replication_slots"
                                     " WHERE slot_name = 'waiting_slot'")
    other = psycopg2.connect(host=bare.box.env["PGHOST"], port=bare.box.env["PGPORT"], user="postgres", dbname="postgres")
    with other.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
    process = "waits for process %d (postgres in database postgres" % other.get_backend_pid()
    daemons = [bare.daemon("init", "--no-source", env=env)]
    try:
        chain.wait_for(lambda: process in daemons[0].log(), daemons[0].log, 20)
        daemons[0].stop(5)
        chain.wait_for(lambda: made() is None, "the slot to go", 10)
        # one that was killed leaves a session that goes on with it
        daemons.append(bare.daemon("init", "--no-source", env=env))
        chain.wait_for(lambda: made() == "unfinished", daemons[1].log, 10)
        daemons[1].kill()
        daemons.append(bare.daemon("init", "--no-source", env=env))
        chain.wait_for(lambda: process in daemons[2].log(), daemons[2].log, 20)
        assert daemons[2].process.poll() is None and made() == "unfinished", daemons[2].log()
        other.rollback()
        assert daemons[2].wait(20) == 0, daemons[2].log()
        assert "already there  replication slot waiting_slot" in daemons[2].log() and made() != "unfinished"
    finally:
        other.close()
        for daemon in daemons:
            daemon.kill()
        bare.box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'waiting_slot'")


def test_second_relay_and_second_follow(bare):
    relay = bare.daemon("relay")
    follow = bare.daemon("follow")
    try:
        chain.wait_for(lambda: bare.box.pg_value("SELECT active FROM pg_replication_slots WHERE slot_name = 'mwmirror'"),
                       lambda: "the first relay: " + relay.log(), 20)
        bare.refused("relay", FENCED, "slot mwmirror", env={"MWMIRROR_RELAY_FILE": bare.directory + "/other"})
        bare.edit()
        goal = chain.source_position(bare.box)
        chain.wait_for(lambda: chain.reached(bare.position(), goal), lambda: "the first follow: " + follow.log(), 20)
        # not at once: the first one might be about to end, or dead
        log = bare.refused("follow", FENCED, "is being written by", "mwmirror follow", timeout=60,
                           env={"MWMIRROR_SOURCE_TAKEOVER_S": "12"})
        assert "no sign of life" not in log, log
        assert relay.process.poll() is None and follow.process.poll() is None, "the first ones go on"
    finally:
        assert (relay.stop(), follow.stop()) == (0, 0)


def test_files_of_decoding_that_are_away(bare):
    """PostgreSQL's own folder for them is missing for a while: the relay waits."""
    folder = os.path.join(bare.directory, "postgres", "data", "pg_logical", "snapshots")
    relay = bare.daemon("relay")
    try:
        chain.wait_for(lambda: bare.box.pg_value("SELECT active FROM pg_replication_slots WHERE slot_name = 'mwmirror'"), relay.log, 20)
        os.rename(folder, folder + "-away")
        try:
            # another slot has the server log which transactions run: from there decoding might begin anew
            with contextlib.suppress(psycopg2.Error):
                bare.box.pg_value("SELECT pg_create_logical_replication_slot('passing', 'mwmirror')")
            chain.wait_for(lambda: "for now" in relay.log(), relay.log, 20)
        finally:
            os.rename(folder + "-away", folder)
            bare.box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'passing'")
        bare.catches_up()
        lsn = bare.box.pg_value("SELECT pg_current_wal_flush_lsn()")
        chain.wait_for(lambda: bare.box.pg_value("SELECT bool_and(confirmed_flush_lsn >= %s::pg_lsn) FROM pg_replication_slots"
                                                 " WHERE slot_name = 'mwmirror'", (lsn,)), relay.log, 30)
        assert relay.stop() == 0, relay.log()
    finally:
        relay.kill()


def test_lost_slot(bare):
    """PostgreSQL has removed WAL that the slot needed: final, and said so."""
    bare.catches_up()
    box = bare.box
    box.pg_value("SELECT pg_create_logical_replication_slot('losing_slot', 'mwmirror')")
    with pg_setting(bare, "max_slot_wal_keep_size", "'1MB'"):
        def lost():
            box.pg_rows("SELECT pg_logical_emit_message(false, 'x', repeat('x', 100000)), pg_switch_wal()")
            box.pg_rows("CHECKPOINT")
            return box.pg_value("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'losing_slot'") == "lost"
        chain.wait_for(lost, "the slot to be lost", 30)
        bare.refused("relay", TARGET, "losing_slot", "lost", args=["--slot", "losing_slot"])
    box.pg_rows("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE wal_status = 'lost'")


# Kafka: on the large sandbox


def test_kafka_down(live):
    """The relay waits and says for whom; nothing is confirmed; when Kafka is back everything arrives once."""
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    live.service("stop", "kafka")
    try:
        length = len(live.log("relay"))
        live.wiki("39").edit("While Kafka was down", "x", "y")
        chain.wait_mirror(live)
        confirmed = live.pg_value("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'mwmirror'")
        chain.wait_for(lambda: "afka" in live.log("relay")[length:], "the relay to say that Kafka is away", 40)
        assert live.pid("relay"), live.log_tail("relay")
        assert live.pg_value("SELECT %s::pg_lsn <= pg_current_wal_lsn()", (confirmed,))
    finally:
        live.service("start", "kafka")
    chain.wait_stream(live, 90)
    assert [(e.kind, e.title) for e in kafka.events(live, start)] == [("create", "While_Kafka_was_down")]


def alter_topic(box, topic, **settings):
    admin = AdminClient({"bootstrap.servers": box.bootstrap})
    for future in admin.alter_configs([ConfigResource("topic", topic, set_config=settings)]).values():
        future.result(20)


def test_topic_too_small_for_a_message(live):
    start = kafka.end_offset(live, live.topic(kafka.STREAM))
    topic = live.topic(kafka.STREAM)
    alter_topic(live, topic, **{"max.message.bytes": "100"})
    live.expect_dead.add("relay")
    try:
        live.wiki("43").edit("Too large for the topic", "x", "y" * 400)
        chain.wait_mirror(live)
        chain.wait_for(lambda: live.pid("relay") is None, "the relay's end", 30)
        tail = live.log_tail("relay", 6)
        assert topic in tail and "max.message.bytes" in tail, tail
        done = live.mwmirror("relay")
        assert done.returncode == SINK, "exit code %d\n%s" % (done.returncode, done.stderr)
    finally:
        alter_topic(live, topic, **{"max.message.bytes": str(10 << 20), "retention.ms": "-1"})
        live.expect_dead.discard("relay")
        done = live.mwmirror("topics")
        live.service("start", "relay")
    chain.wait_stream(live)
    assert [(e.kind, e.title) for e in kafka.events(live, start)] == [("create", "Too_large_for_the_topic")]


def test_missing_topic(live):
    live.pg_value("SELECT mwmirror.slot_create('prefixed_slot')")
    try:
        done = live.mwmirror("relay", "--slot", "prefixed_slot", env={"MWMIRROR_KAFKA_TOPIC_PREFIX": "nowhere."})
        assert done.returncode == SINK, done.stderr
        assert "nowhere." in done.stderr and "mwmirror topics" in done.stderr, done.stderr
    finally:
        live.pg_rows("SELECT pg_drop_replication_slot('prefixed_slot')")


def test_second_relay_on_the_slot(live):
    pid = live.pid("relay")
    done = live.mwmirror("relay")
    assert done.returncode == FENCED and "mwmirror" in done.stderr, done.stderr
    assert live.pid("relay") == pid
    live.wiki("39").edit("After a second relay", "x", "y")
    chain.wait_stream(live)


# configuration


@pytest.mark.parametrize("text,parts", [
    ("[source]\nhots = x\n", ("hots", "source", ":2")),
    ("[sauce]\nhost = x\n", ("sauce",)),
    ("[source]\nport = many\n", ("source.port", "many", ":2")),
    ("[source]\nport = 70000\n", ("source.port", "70000")),
    ("[relay]\nsink = carrier-pigeon\n", ("relay.sink", "carrier-pigeon", "kafka")),
    ("[postgres]\nconninfo = host=\n nonsense=1 password=geheim\n", ("postgres.conninfo",)),
    ("[source]\nhost = a\nhost = b\n", ("source.host", "already")),
    ("nonsense\n", (":1",)),
], ids=["unknown name", "unknown section", "not a number", "out of range", "not a choice", "conninfo", "twice", "no setting"])
def test_wrong_configuration(tmp_path, box, text, parts):
    path = tmp_path / "wrong.conf"
    path.write_text(text)
    for verb in ("check-config", "follow", "relay", "status"):
        done = box.mwmirror("-c", str(path), verb, conf=False)
        assert done.returncode == CONFIG, (verb, done.stderr)
        for part in parts:
            assert part in done.stderr, (verb, done.stderr)
        assert "geheim" not in done.stderr


def test_wrong_environment(box):
    done = box.mwmirror("follow", env={"MWMIRROR_SOURCE_PORT": "x"})
    assert done.returncode == CONFIG and "MWMIRROR_SOURCE_PORT" in done.stderr, done.stderr
    done = box.mwmirror("-c", "/nowhere/mwmirror.conf", "follow", conf=False)
    assert done.returncode == CONFIG and "/nowhere/mwmirror.conf" in done.stderr, done.stderr
