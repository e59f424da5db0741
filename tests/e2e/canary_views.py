"""
What public views show, as messages for canary.Search: each row is one, of the state topic of the table that it is of.
"""

import json

import psycopg2

import canary
import chain

SCHEMA = "view"     # makes a row an event, so that numbers in it are looked at as well
# A row is shown for what shows it: any topic that may say the canary.
SHOWN_BY_OTHERS = """SELECT table_name FROM mwmirror.public_table WHERE row_rule = 'referred'"""
TEXTS = "revision_text"     # what public texts say of others' titles stays there
CHANGES = "mwmirror.state.recentchanges.v1"
REPEATED = {"mwmirror.state.logging.v1", "mwmirror.state.revision.v1"}
ROWS = """SELECT v.relname, coalesce(p.of_view, v.relname) FROM pg_class v LEFT JOIN mwmirror.public_view p ON p.view_name = v.relname
	WHERE v.relnamespace = %s::regnamespace AND v.relkind = 'v' ORDER BY 1"""


def make(box, wikis):
    """Views of the wikis, and of all. Their tables are locked for it, which waits for who uses them."""
    for wiki in [*(wiki.dbname for wiki in wikis), None]:
        def made():
            try:
                return box.pg_value("SELECT mwmirror.create_views(%s)", (wiki,))
            except psycopg2.errors.LockNotAvailable:
                return None
        chain.wait_for(made, "views of %s" % (wiki or "all wikis"), 60)


def drop(box, wikis):
    for wiki in [*(wiki.dbname for wiki in wikis), None]:
        box.pg_value("SELECT mwmirror.drop_views(%s)", (wiki,))


def messages(box, schemas, place):
    """Yields every row of the views as an analyst reads it."""
    referred = {name for name, in box.pg_rows(SHOWN_BY_OTHERS)}
    for schema in schemas:
        for view, table in box.pg_rows(ROWS, (schema,)):
            connection = box.pg(fresh=True)
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET ROLE mwmirror_analyst")
                    cursor.execute('SELECT to_jsonb(r)::text FROM %s."%s" r' % (schema, view))
                    for row, in cursor:
                        message = canary.Message("mwmirror.state.%s.v1" % table, row, place=place)
                        message.json["$schema"] = SCHEMA
                        message.view, message.is_shown_by_others = "%s.%s" % (schema, view), table in referred or view == TEXTS
                        yield message
            finally:
                connection.close()


def is_shown_elsewhere(canary_found, what, message):
    """By what a state topic may say: the row that shows it, or the log entry or revision that a change repeats."""
    return message.is_shown_by_others and canary_found.elsewhere or message.topic == CHANGES and canary_found.elsewhere & REPEATED


def search(box, wikis, canaries):
    """(how many rows, finds): of what a wiki hides now."""
    make(box, wikis)
    try:
        found = list(messages(box, [*("%s_p" % wiki.dbname for wiki in wikis), "mediawiki_p"], canaries.place()))
    finally:
        drop(box, wikis)
    finds = canary.Search(found, canaries.all).finds
    return len(found), [find for find in finds if not is_shown_elsewhere(*find)]
