"""Contents that are not at hand: clusters of External Storage with a user of their own, behind the binlog, gone; rows that are not committed yet. A small sandbox of its own, without MediaWiki."""

import os

import pytest

import chain
from bare import SOURCE, WIKI, small_sandbox

BLOBS = "es.blobs"


class Clusters:
    """A followed wiki whose contents are kept, and a cluster that another user reads, by a connection of its own."""

    def __init__(self, bare):
        self.bare, self.box = bare, bare.box
        bare.create_wiki(in_the_copy=True)
        self.password_file = os.path.join(bare.directory, "es-password")
        self.write_password("es-secret")
        for sql in ("CREATE DATABASE es CHARACTER SET binary", "CREATE TABLE %s (blob_id int UNSIGNED PRIMARY KEY, blob_text longblob)" % BLOBS,
                    "CREATE USER es_reader IDENTIFIED BY 'es-secret'", "GRANT SELECT ON es.* TO es_reader"):
            self.box.maria_rows(sql)
        self.box.pg_rows("INSERT INTO mwmirror.cluster (source_name, cluster_name, hosts, database_name, user_name, password_file)"
                         " VALUES ('main', 'cluster1', %s, 'es', 'es_reader', %s)", ("127.0.0.1:" + self.box.env["MARIADB_PORT"], self.password_file))
        self.box.pg_rows("UPDATE mwmirror.wiki SET content_policy = 'all'")
        self.follow = bare.daemon("follow")

    def write_password(self, text):
        with open(self.password_file, "w") as file:
            file.write(text + "\n")
        os.chmod(self.password_file, 0o600)

    def store(self, blob):
        self.box.maria_rows("INSERT INTO %s VALUES (%%s, %%s)" % BLOBS, (blob, "text of %d" % blob))

    def name(self, blob, cluster="cluster1"):
        """A content that is in a blob; returns its id."""
        return self.name_address("es:DB://%s/%d?flags=utf-8" % (cluster, blob))

    def name_address(self, address):
        connection = self.box.maria(fresh=True)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO %s.content (content_size, content_sha1, content_model, content_address) VALUES (0, '', 1, %%s)" % WIKI,
                           (address,))
            number = cursor.lastrowid
        connection.close()
        return number

    def body(self, content):
        """(status, body) in the mirror, once it is there."""
        def there():
            assert self.follow.process.poll() is None, self.follow.log()
            return self.box.pg_rows("SELECT body_status, body FROM mediawiki.content_body WHERE content_id = %s", (content,))
        (status, body), = chain.wait_for(there, lambda: "content %d:\n%s" % (content, self.follow.log()), 20)
        return status, body and bytes(body).decode()

    def says(self, text, count=1):
        chain.wait_for(lambda: self.follow.log().count(text) >= count, lambda: "%r in:\n%s" % (text, self.follow.log()), 20)

    def connections(self):
        return [number for number, in self.box.maria_rows("SELECT id FROM information_schema.processlist WHERE user = 'es_reader'")]


@pytest.fixture(scope="module")
def clusters():
    with small_sandbox("clusters") as bare:
        made = Clusters(bare)
        try:
            yield made
        finally:
            made.follow.kill()


def test_a_user_of_its_own(clusters):
    clusters.store(1)
    assert clusters.body(clusters.name(1)) == ("ok", "text of 1")
    assert len(clusters.connections()) == 1


def test_a_cluster_that_lags(clusters):
    """What is not there yet is waited for; what does not come in time is missing, and nothing after it waits as long as the cluster stands still."""
    late = clusters.name(10)
    clusters.says("no blob 10 of wiki %s yet" % WIKI)
    clusters.store(10)
    assert clusters.body(late) == ("ok", "text of 10")
    never, next_one = clusters.name(20), clusters.name(21)
    assert clusters.body(never) == clusters.body(next_one) == ("missing", None)
    log = clusters.follow.log()
    assert "no blob 20 of wiki %s, and none after it: the content counts as missing" % WIKI in log and "blob 21" not in log
    # it has moved: what is before its newest is missing at once, what is after it is waited for again
    clusters.store(22)
    assert clusters.body(clusters.name(21)) == ("missing", None)
    again = clusters.name(23)
    clusters.says("no blob 23 of wiki %s yet" % WIKI)
    clusters.store(23)
    assert clusters.body(again) == ("ok", "text of 23")
    # and what was missing is looked for again when a page has it
    clusters.store(20)
    clusters.box.maria_rows("UPDATE {0}.slots, {0}.page SET slot_content_id = %s WHERE slot_revision_id = page_latest AND page_id = 1".format(WIKI), (never,))
    clusters.box.maria_rows("UPDATE {0}.page SET page_title = 'Moved' WHERE page_id = 1".format(WIKI))
    chain.wait_for(lambda: clusters.body(never) == ("ok", "text of 20"), "the content that was missing", 20)


def test_a_text_that_is_about_to_be_committed(clusters):
    """The binlog names what cannot be seen yet: it is waited for."""
    writer = clusters.box.maria(fresh=True)
    try:
        with writer.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("INSERT INTO %s.text (old_text, old_flags) VALUES ('of a transaction under way', 'utf-8')" % WIKI)
            content = clusters.name_address("tt:%d" % cursor.lastrowid)
            # innodb_lock_waits stays as it was for whoever asks it more often than every 0.1 s
            chain.wait_for(lambda: clusters.box.maria_value("SELECT count(*) FROM information_schema.innodb_lock_waits"), "a read that waits", 20, 0.3)
            cursor.execute("COMMIT")
    finally:
        writer.close()
    assert clusters.body(content) == ("ok", "of a transaction under way")


def test_a_cluster_that_is_gone(clusters):
    clusters.box.maria_rows("RENAME TABLE %s TO es.away" % BLOBS)
    assert clusters.body(clusters.name(1)) == ("missing", None)
    clusters.box.maria_rows("DROP DATABASE es")
    assert clusters.body(clusters.name(1)) == ("missing", None)
    assert clusters.body(clusters.name(1, "cluster9")) == ("unknown", None)


def test_a_cluster_that_refuses(clusters):
    """Another password: follow ends, and says which cluster; with the right one it goes on."""
    clusters.follow.kill()
    clusters.write_password("wrong")
    content = []
    log = clusters.bare.refused("follow", SOURCE, "cluster1", "es_reader", after=lambda: content.append(clusters.name(1)), timeout=40)
    assert "wrong" not in log and "es-secret" not in log
    clusters.write_password("es-secret")
    clusters.follow = clusters.bare.daemon("follow")
    assert clusters.body(content[0]) == ("missing", None)
