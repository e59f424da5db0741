#!/usr/bin/python3
"""
deploy/examples/search.py: full text search in what pages.py keeps.

    search.py pages.db zürich river             pages whose text has both words, best first
    search.py pages.db '"old town" -river'      with a phrase, without a word
    search.py pages.db 'title:zür*'             words that begin so, in titles

The index is SQLite's FTS5. The first call makes it of all pages that there are; from then on triggers change it in the transactions
in which pages.py changes a page, so index and pages never differ, and what was hidden or deleted is not found.
"""

import argparse
import re
import sqlite3

INDEX = """
CREATE VIEW searched AS     -- titles without their namespace, as words
    SELECT id, replace(CASE WHEN namespace_id = 0 THEN page_title ELSE substr(page_title, instr(page_title, ':') + 1) END, '_', ' ') AS title,
           content
    FROM pages;

CREATE VIRTUAL TABLE search USING fts5 (title, content, content = 'searched', content_rowid = 'id',
                                        tokenize = 'unicode61 remove_diacritics 0');
INSERT INTO search (search) VALUES ('rebuild');

-- FTS5 must be told what was there before: triggers see that
CREATE TRIGGER search_delete BEFORE DELETE ON pages BEGIN
    INSERT INTO search (search, rowid, title, content) SELECT 'delete', id, title, content FROM searched WHERE id = old.id;
END;
CREATE TRIGGER search_before BEFORE UPDATE ON pages BEGIN
    INSERT INTO search (search, rowid, title, content) SELECT 'delete', id, title, content FROM searched WHERE id = old.id;
END;
CREATE TRIGGER search_after AFTER UPDATE ON pages BEGIN
    INSERT INTO search (rowid, title, content) SELECT id, title, content FROM searched WHERE id = new.id;
END;
CREATE TRIGGER search_insert AFTER INSERT ON pages BEGIN
    INSERT INTO search (rowid, title, content) SELECT id, title, content FROM searched WHERE id = new.id;
END;
"""


def make_index(db):
    """Once; in one transaction, so that no change of a page is missed."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'search'").fetchone():
        db.executescript("BEGIN IMMEDIATE;" + INDEX + "COMMIT;")


def match(words):
    """What a person writes, as FTS5 has it: all words and phrases, none that has a minus before it, in title or content."""
    found = re.findall(r'(-?)(title:)?(?:"([^"]*)"|([^\s"]+))', words)
    wanted, unwanted = [], []
    for minus, title, phrase, word in found:
        prefix = "*" if word.endswith("*") else ""
        text = '"%s"%s' % (phrase or word.rstrip("*"), prefix)
        (unwanted if minus else wanted).append(("title : " if title else "content : ") + text)
    return " NOT ".join(["(%s)" % " AND ".join(wanted)] + unwanted)


def search(db, words, limit=-1):
    """Titles and extracts, best first."""
    return db.execute("SELECT wiki_id, page_title, snippet(search, 1, '[', ']', '…', 12) FROM search JOIN pages ON id = search.rowid"
                      " WHERE search MATCH ? ORDER BY rank LIMIT ?", (match(words), limit)).fetchall()


def main():
    parser = argparse.ArgumentParser(description="Full text search in what pages.py keeps.")
    parser.add_argument("database")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--limit", type=int, default=20)
    options = parser.parse_args()
    db = sqlite3.connect(options.database, isolation_level=None, timeout=60)
    make_index(db)
    if options.words:
        for wiki, title, extract in search(db, " ".join(options.words), options.limit):
            print("%s  %s\n    %s" % (wiki, title, (extract or "").replace("\n", " ")))


if __name__ == "__main__":
    main()
