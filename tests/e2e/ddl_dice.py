"""
A table of MediaWiki's whose columns, keys and storage change by dice, in every way that MariaDB has, with rows written between.

Only what the mirror can follow: what is mapped keeps its name at the end.
"""

import pymysql

import workload
from bare import WIKI

TABLE = "category"
CREATE = ("CREATE TABLE {name} (cat_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, cat_title VARBINARY(255) NOT NULL,"
          " cat_pages INT NOT NULL DEFAULT 0, cat_subcats INT NOT NULL DEFAULT 0, cat_files INT NOT NULL DEFAULT 0,"
          " UNIQUE KEY cat_title (cat_title), KEY cat_pages (cat_pages)) ENGINE=InnoDB DEFAULT CHARSET=binary")
NUMBERS = ("cat_pages", "cat_subcats", "cat_files")


class Dice:
    """Statements of one session; random decides. What a server of this version does not take is passed over."""

    def __init__(self, connection, random):
        self.connection, self.random = connection, random
        self.extra, self.indexes, self.number = [], [], 0
        self.done = []
        connection.select_db(WIKI)
        self.run("SET sql_mode = ''")

    def run(self, sql):
        self.done.append(sql)
        return workload.execute(self.connection, sql)

    def name(self, kind):
        self.number += 1
        return "%s%d" % (kind, self.number)

    # rows

    def rows(self, table=TABLE):
        n = self.random.randrange(1, 60)
        self.run(self.random.choice([
            "INSERT IGNORE INTO {t} (cat_title, cat_pages) VALUES ('t{n}', {n}), ('t{m}', {m})",
            "INSERT IGNORE INTO {t} (cat_title, cat_files) VALUES ('long {n} {n} {n} {n}', {n})",
            "UPDATE {t} SET cat_pages = cat_pages + 1, cat_subcats = {n} WHERE cat_pages % 7 = {n} % 7",
            "UPDATE IGNORE {t} SET cat_subcats = {n} * 900 - 20000, cat_files = 100 - {n} * 9 WHERE cat_id % 3 = {n} % 3",
            "UPDATE IGNORE {t} SET cat_title = concat(cat_title, 'x') WHERE cat_id % 11 = {n} % 11",
            "DELETE FROM {t} WHERE cat_id % 13 = {n} % 13",
            "REPLACE INTO {t} (cat_title, cat_pages) VALUES ('t{n}', {m})",
        ]).format(t=table, n=n, m=n + 60))

    # DDL

    def how(self):
        return self.random.choice(["", "", ", ALGORITHM=COPY", ", ALGORITHM=INPLACE", ", ALGORITHM=INSTANT", ", LOCK=NONE"])

    def alter(self, *actions):
        self.run("ALTER %sTABLE %s %s%s" % (self.random.choice(["", "", "ONLINE "]), TABLE, ", ".join(actions), self.how()))

    def add(self):
        name = self.name("ext")
        kind = self.random.choice(["INT", "INT NOT NULL DEFAULT 7", "VARBINARY(20) DEFAULT 'x'", "BLOB", "TIMESTAMP NULL"])
        self.alter("ADD COLUMN %s %s%s" % (name, kind, self.random.choice(["", " FIRST", " AFTER cat_title"])))
        self.extra.append(name)

    def drop(self):
        if self.extra:
            self.alter("DROP COLUMN " + self.extra[0])
            self.extra.pop(0)

    def rename_extra(self):
        if self.extra:
            name = self.name("ext")
            self.alter("RENAME COLUMN %s TO %s" % (self.extra[0], name))
            self.extra[0] = name

    def change(self):
        column = self.random.choice(NUMBERS)
        self.alter("MODIFY %s %s NOT NULL DEFAULT 0" % (column, self.random.choice(["INT", "BIGINT", "SMALLINT", "TINYINT", "INT UNSIGNED", "MEDIUMINT", "BIGINT UNSIGNED"])))

    def change_title(self):
        self.run("ALTER IGNORE TABLE %s MODIFY cat_title VARBINARY(%s) NOT NULL" % (TABLE, self.random.choice(["6", "40", "255"])))

    def spell(self):
        column = self.random.choice(NUMBERS)
        self.alter("CHANGE %s %s INT NOT NULL DEFAULT %d" % (column, self.random.choice([column, column.upper()]), self.random.randrange(3)))

    def lose_and_bring_back(self):
        """A column that no event needs: as the server fills it."""
        self.alter("DROP COLUMN cat_files")
        self.rows_without_files()
        self.alter("ADD COLUMN cat_files INT NOT NULL DEFAULT %d" % self.random.randrange(5))

    def rows_without_files(self):
        self.run("INSERT IGNORE INTO %s (cat_title) VALUES ('lost%d')" % (TABLE, self.random.randrange(50)))

    def index(self):
        if self.indexes and self.random.random() < 0.5:
            self.alter("DROP INDEX " + self.indexes[0])
            self.indexes.pop(0)
        else:
            name = self.name("ext_i")
            self.alter("ADD INDEX %s (%s)" % (name, self.random.choice(NUMBERS)))
            self.indexes.append(name)

    def unique(self):
        name = self.name("ext_u")
        self.run("ALTER IGNORE TABLE %s ADD UNIQUE KEY %s (cat_pages, cat_subcats)" % (TABLE, name))
        self.run("ALTER TABLE %s DROP INDEX %s" % (TABLE, name))

    def key(self):
        self.alter("DROP PRIMARY KEY", "ADD PRIMARY KEY (cat_id)")

    def options(self):
        self.run("ALTER TABLE %s %s" % (TABLE, self.random.choice([
            "COMMENT='RENAME TO x'", "ROW_FORMAT=COMPACT", "FORCE", "ENGINE=InnoDB", "AUTO_INCREMENT=5000", "CONVERT TO CHARACTER SET binary",
            "ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ORDER BY cat_title"])))

    def swap(self):
        """As gh-ost and pt-online-schema-change do it; the new one has other rows as well."""
        self.run(CREATE.format(name="_category_new"))
        self.run("INSERT INTO _category_new (cat_id, cat_title, cat_pages) SELECT cat_id, cat_title, cat_pages FROM %s" % TABLE)
        self.rows("_category_new")
        self.run("RENAME TABLE %s TO _category_old, _category_new TO %s" % (TABLE, TABLE))
        self.run("DROP TABLE _category_old")
        self.extra, self.indexes = [], []

    def away_and_back(self):
        self.run("ALTER TABLE %s RENAME TO _category_away" % TABLE)
        self.rows("_category_away")
        self.run("RENAME TABLE _category_away TO %s" % TABLE)

    def replace(self):
        self.run(self.random.choice(["TRUNCATE %s" % TABLE, CREATE.format(name=TABLE).replace("CREATE TABLE", "CREATE OR REPLACE TABLE"),
                                     "DROP TABLE %s" % TABLE]))
        if self.done[-1].startswith("DROP"):
            self.run(CREATE.format(name=TABLE))
        if not self.done[-1].startswith("TRUNCATE"):
            self.extra, self.indexes = [], []

    def step(self):
        """One DDL and some rows. False if the server does not take it."""
        what = self.random.choice([self.add, self.add, self.drop, self.rename_extra, self.change, self.change_title, self.spell,
                                   self.lose_and_bring_back, self.index, self.unique, self.key, self.options, self.swap, self.away_and_back,
                                   self.replace])
        before = len(self.done)
        try:
            what()
        except pymysql.Error:
            # half done is done: what is missing is made again by the next step that needs it
            if not self.there():
                self.run(CREATE.format(name=TABLE))
                self.extra, self.indexes = [], []
            return False
        finally:
            for _ in range(self.random.randrange(1, 4)):
                self.rows_if_possible()
        return len(self.done) > before

    def rows_if_possible(self):
        try:
            self.rows()
        except pymysql.Error:
            pass    # a column is missing for the moment

    def there(self):
        return bool(workload.execute(self.connection, "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s",
                                     (WIKI, TABLE))[0][0])

    def settle(self):
        """All columns that the mirror has are there, of types that hold any of their values."""
        for column in NUMBERS:
            self.run("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s INT NOT NULL DEFAULT 0" % (TABLE, column))
        for name in ("_category_away", "_category_new", "_category_old"):
            self.run("DROP TABLE IF EXISTS " + name)

    def table(self):
        """The mirrored columns of all rows, by key."""
        rows = workload.execute(self.connection, "SELECT cat_id, cat_title, cat_pages, cat_subcats, cat_files FROM %s ORDER BY cat_id" % TABLE)
        return [(row[0], row[1].decode(), *row[2:]) for row in rows]
