"""
What is told does not depend on binlog_row_image: all that people do to a real MediaWiki, done again statement by statement on copies of its
database, each under another image, gives the same mirror and the same messages of all streams, byte for byte but for ids that are made of the GTID, and the mirror's own ids of link targets and collations.

MWMIRROR_ACTIONS is how many actions. State topics may say again what they said last of a key: where an image lacks a column that is hidden, whether the row is another is not known.
"""

import json
import os
import random
import re
import threading

import pytest

import chain
import compare
import random_wiki
import replay
import sandbox
import schemas
import states_on
import workload

ACTIONS = int(os.environ.get("MWMIRROR_ACTIONS", 40))
SLOT = "images"
MODES = ("complete", "parity")
IMAGES = ("FULL", "NOBLOB", "MINIMAL")

# meta.id and meta.request_id are made of source and GTID (decoder/plugin/core/identity.h)
IDS = re.compile(r'"(id|request_id)":"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"')

# numbered over all wikis
OWN = re.compile(r'("(?:lt|.l_target|(?:cl_)?(collation))_id"):(-\d+)')


def wiki_of(image):
    return "wiki43" + image.lower()


def act(wiki, dice):
    """What people do to the wiki, so many times."""
    stop = threading.Event()
    worker = random_wiki.RandomWiki(wiki, dice, "images%d" % dice.randrange(1 << 30), stop).prepare()
    worker.thread.start()
    chain.wait_for(lambda: worker.number >= ACTIONS or worker.error, "%d actions" % ACTIONS, 60 + ACTIONS)
    stop.set()
    worker.thread.join()
    assert not worker.error, worker.error
    return worker.done


@pytest.fixture
def copies(live, tmp_path):
    """A copy of a wiki's database for each image, mirrored; they are gone at the end."""
    box = live
    connection = box.maria(fresh=True)
    siteinfo = box.wiki("43").get(action="query", meta="siteinfo", siprop="general|namespaces|usergroups|autopromote")
    path = tmp_path / "siteinfo.json"
    try:
        for image in IMAGES:
            replay.copy_database(box, connection, "wiki43", wiki_of(image))
            siteinfo["query"]["general"]["wikiid"] = wiki_of(image)
            path.write_text(json.dumps(siteinfo))
            for command in (("add-wiki", wiki_of(image), "--siteinfo", str(path)), ("snapshot", wiki_of(image))):
                done = box.mwmirror(*command)
                assert done.returncode == 0, done.stderr
        # a row of the second in which its table was made may be of the table as it was before, and would be compared with the source
        made = "SELECT max(CREATE_TIME) < now() FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ('%s')" % "', '".join(map(wiki_of, IMAGES))
        chain.wait_for(lambda: workload.execute(connection, made)[0][0], "the tables' next second", 10)
        yield box
    finally:
        for image in IMAGES:
            box.mwmirror("remove-wiki", wiki_of(image))
            workload.execute(connection, "DROP DATABASE IF EXISTS %s" % wiki_of(image))
        connection.close()


def messages(box, mode, image):
    """What the plugin tells of the copy, all streams in order."""
    name = wiki_of(image)
    lines = [line for line, in box.pg_rows("SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format', 'text', 'mode', %s)", (SLOT, mode))
             if '"%s"' % name in line]
    number, wrong = schemas.check_lines(lines)
    assert number and not wrong, wrong[:5]
    own = {}
    number = lambda found: '%s:"own %d"' % (found.group(1), own.setdefault(found.groups()[1:], len(own)))
    return without_repetitions([OWN.sub(number, IDS.sub(r'"\1":"-"', line.replace('"%s"' % name, '"WIKI"'))) for line in lines])


def without_repetitions(lines):
    """Without messages of state topics that say what the last one of their key did."""
    last, kept = {}, []
    for line in lines:
        stream, key, value = schemas.split_line(line)
        if ".state." in stream:
            value = re.sub(r',?"meta":.*', "", value)
            if last.get((stream, key)) == value:
                continue
            last[stream, key] = value
        kept.append(line)
    return kept


def test_what_is_told_under_each_image(copies, record_property):
    box, seed = copies, sandbox.seed_from_environment()
    print("MWMIRROR_SEED=%d" % seed)
    start = chain.source_position(box)
    done = act(box.new_wiki("43"), random.Random(seed))
    statements = replay.transactions(box, start, "wiki43")
    chain.wait_stream(box)
    with states_on.states_on(box):
        schemas.learn_states(box)
        box.pg_value("SELECT mwmirror.slot_create(%s)", (SLOT,))
        try:
            for image in IMAGES:
                replay.replay(box, statements, wiki_of(image), "SESSION binlog_row_image = %s" % image)
            chain.wait_mirror(box)
            for image in IMAGES:
                compare.assert_equal(box, wiki_of(image))
            for mode in MODES:
                told = {image: messages(box, mode, image) for image in IMAGES}
                for image in IMAGES[1:]:
                    wrong = [(a, b) for a, b in zip(told["FULL"], told[image]) if a != b]
                    assert not wrong and len(told["FULL"]) == len(told[image]), "%s, %s, %d and %d lines:\n%s\n%s" % (
                        mode, image, len(told["FULL"]), len(told[image]), *(wrong or [("", "")])[0])
                record_property("the same under FULL, NOBLOB and MINIMAL, mode %s" % mode, "%d messages of %d actions, %d statements" % (
                    len(told["FULL"]), sum(done.values()), sum(map(len, statements))))
        finally:
            box.pg_value("SELECT pg_drop_replication_slot(%s)", (SLOT,))
