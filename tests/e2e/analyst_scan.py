"""
What a role can read, all of it, and what of Rows is in it.
"""

import collections
import io

import psycopg2

import analyst_rows

# What may be read: the role's own way of asking, so that a right which was given by mistake is found as well.
RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname), n.nspname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND has_schema_privilege(n.oid, 'USAGE')
	AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_any_column_privilege(c.oid, 'SELECT') END
ORDER BY 1
"""
# What is not the mirror's: some of it is for superusers in spite of rights to read it.
OTHERS = ("pg_catalog", "information_schema", "public")


class Notices(list):
    """What a session was told, all of it: psycopg2 itself keeps fifty."""

    def append(self, text):
        if isinstance(text, str):
            super().append(text)


class Session:
    """A connection of the role."""

    def __init__(self, connection):
        self.connection = connection
        self.connection.autocommit = True
        self.connection.notices = self.notices = Notices()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connection.close()

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def copy(self, query):
        """What COPY gives of a query."""
        out = io.StringIO()
        with self.connection.cursor() as cursor:
            cursor.copy_expert("COPY (%s) TO STDOUT" % query, out)
        return out.getvalue()

    def said(self, statements, fresh=False):
        """All that the statements give: rows, notices and the first error, after which the others are not run. fresh: as a session begins."""
        if fresh:
            self.rows("ROLLBACK")
            self.rows("DISCARD ALL")
        del self.notices[:]
        found, self.state = [], None
        try:
            with self.connection.cursor() as cursor:
                for statement in statements:
                    if statement.upper().startswith("COPY") and statement.upper().endswith("TO STDOUT"):
                        out = io.StringIO()
                        cursor.copy_expert(statement, out)
                        found.append(out.getvalue())
                    else:
                        cursor.execute(statement)
                        found += map(str, cursor.fetchall() if cursor.description else ())
            error = None
        except psycopg2.Error as problem:
            error, self.state = str(problem), problem.pgcode
        return "\n".join(found), "\n".join(self.notices), error

    def relations(self):
        return self.rows(RELATIONS)


class Finds:
    """Of rows: which hidden fields were found and where, and which of those that are shown."""

    def __init__(self, rows):
        self.rows = rows
        self.hidden, self.shown = collections.defaultdict(set), set()
        self.searched = 0

    def search(self, text, where, of_cells=False):
        """of_cells: small numbers are whole values here, and not parts of a sentence."""
        found = analyst_rows.tokens(text)
        self.searched += len(text)
        for key in found & self.rows.hidden.keys():
            if of_cells or not analyst_rows.is_loose(key):
                self.hidden[key].add(where)
        self.shown |= found & self.rows.shown.keys()

    def fields(self):
        """Found, and not to be."""
        return {self.rows.hidden[key] for key in self.hidden}

    def unseen(self):
        """Not found, though everyone may read it."""
        return {field for key, field in self.rows.shown.items() if key not in self.shown}

    def report(self, limit=40):
        lines = sorted("%s.%s (%s): %s" % (*self.rows.hidden[key], ", ".join(sorted(where)[:3])) for key, where in self.hidden.items())
        return "\n".join(lines[:limit] + ["... %d more" % (len(lines) - limit)] * (len(lines) > limit))


def dump(session, finds, with_others=True, in_all_ways=True):
    """Everything that the role can read, whole and column by column; returns how many relations and columns there were."""
    relations = columns = 0
    for name, schema in session.relations():
        if schema in OTHERS and not with_others:
            continue
        relations += 1
        if schema in OTHERS:
            text, _, _ = session.said(["COPY (SELECT * FROM %s) TO STDOUT" % name])
            finds.search(text, name)
            continue
        finds.search(session.copy("SELECT * FROM %s" % name), name, of_cells=True)
        if in_all_ways:
            finds.search(session.copy("SELECT r, to_jsonb(r) FROM %s r" % name), name + " as rows", of_cells=True)
            for column, in session.rows("SELECT attname FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped" % name):
                columns += 1
                finds.search(session.copy('SELECT "%s" FROM %s' % (column, name)), "%s.%s" % (name, column), of_cells=True)
    return relations, columns
