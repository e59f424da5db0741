"""
What hides, broken: statements of the mirror's owner, and which hidden fields must be found then. If none must, the views give nothing at all.
"""

import collections

import analyst_rows

# sees: whether a field, by its table, column and why, must be found; None: the views must be empty, or give what they gave
Mutant = collections.namedtuple("Mutant", "name statements sees")

REFRESH = "SELECT mwmirror.refresh_views()"
RULES = "UPDATE mwmirror.public_table SET row_column = NULL, row_rule = NULL, row_values = NULL, also_column = NULL, also_rule = NULL, also_values = NULL, tells_of = NULL"
# rows that a rule hides, by why they are there, beside those of ROWS
MORE = {"change_tag_def": {"ct_tag_id of change_tag for few"}}
# Targets of hidden accounts are shown by no block, as their blocks are hidden.
HIDDEN_OTHERWISE = {"block_target"}
FOREIGN = ("of a private wiki", "of a wiki that is gone")


def is_public(field):
    return field.table not in analyst_rows.HIDDEN_TABLES and "%s.%s" % field[:2] not in analyst_rows.HIDDEN_COLUMNS


def of_bits(field):
    """Hidden by bits of its own row."""
    column, bits = analyst_rows.BITS.get(field.table, (None, {}))
    return field.why.startswith("bits ") and column and field.column in " ".join(bits.values()).split()


def of_foreign(field):
    """Of a wiki that is not public; what bits hide is hidden all the same."""
    return field.why in FOREIGN and is_public(field)


def broken(mirror):
    """Each kind of what hides, whole. mirror.run reads what there is."""
    tables = [name for name, in mirror.run("SELECT table_name FROM mwmirror.public_table ORDER BY 1")]
    every = lambda statement: [statement % ('mediawiki."%s"' % table) for table in tables]
    yield Mutant("no mask", ["UPDATE mwmirror.public_column SET hidden_by = 0, hidden_as = NULL, hidden_with = NULL WHERE hidden_by <> 0", REFRESH], of_bits)
    yield Mutant("changes say what is hidden in what they tell of", ["UPDATE mwmirror.public_table SET tells_of = NULL", REFRESH],
                 lambda field: field.table == "recentchanges" and field.why.endswith("has not"))
    yield Mutant("no mask that hangs on another row", ["UPDATE mwmirror.public_column SET hidden_with = NULL WHERE hidden_with IS NOT NULL", REFRESH],
                 lambda field: field == ("revision", "rev_len", "before a change"))
    yield Mutant("no bits are known", ["CREATE OR REPLACE FUNCTION mwmirror.has_bits(bits smallint, mask integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'"],
                 lambda field: of_bits(field) and field.table not in ("filerevision",))
    yield Mutant("no policy", every("ALTER POLICY mwmirror_public ON %s USING (true)"), of_foreign)
    yield Mutant("every wiki is public", ["CREATE OR REPLACE FUNCTION mwmirror.is_public_wiki(wiki_id text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'"], of_foreign_page)
    yield Mutant("the private wiki is public", ["UPDATE mwmirror.wiki SET private = false"], lambda field: field.why == FOREIGN[0] and field.table == "page")
    yield Mutant("row rules are gone", [RULES + ", of_hidden_users = NULL", REFRESH], lambda field: field.why in {row[1] for row in analyst_rows.ROWS if row[3]} and is_public(field))
    yield Mutant("accounts are not hidden", ["UPDATE mwmirror.public_table SET of_hidden_users = NULL", REFRESH],
                 lambda field: field.why == "of a hidden account" and field.table in ("user", "actor", "user_properties"))
    yield Mutant("rights on tables", ["GRANT USAGE ON SCHEMA mediawiki TO mwmirror_analyst", "GRANT SELECT ON ALL TABLES IN SCHEMA mediawiki TO mwmirror_analyst"],
                 lambda field: field.table in analyst_rows.HIDDEN_TABLES)     # of the others row security shows nothing
    yield Mutant("a role that reads all", ["GRANT pg_read_all_data TO mwmirror_analyst"], lambda field: True)
    yield Mutant("row security is off, and nobody looks", every("ALTER TABLE %s DISABLE ROW LEVEL SECURITY") + [
        "CREATE OR REPLACE FUNCTION mwmirror.is_guarded(of_table regclass, of_schema text, of_view text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true'"], of_foreign)
    yield Mutant("row security is off", every("ALTER TABLE %s DISABLE ROW LEVEL SECURITY"), None)
    yield Mutant("the views' owner is not subject to it", ["ALTER ROLE mwmirror_views BYPASSRLS"], None)
    yield Mutant("the views' owner is another", ["DO $$ DECLARE v text; BEGIN FOR v IN SELECT c.oid::regclass FROM pg_class c WHERE relkind = 'v'"
                                                " AND relowner = 'mwmirror_views'::regrole LOOP EXECUTE format('ALTER VIEW %s OWNER TO postgres', v); END LOOP; END $$"], None)
    yield Mutant("policies are gone", every("DROP POLICY mwmirror_public ON %s"), None)
    yield Mutant("policies of somebody for everybody", every("CREATE POLICY somebodys ON %s USING (true)"), None)


def of_foreign_page(field):
    return field.why in FOREIGN and field.table == "page"


def each_rule(mirror):
    """Each mask and each rule of rows by itself."""
    for table, column in mirror.run("SELECT table_name, column_name FROM mwmirror.public_column WHERE hidden_by <> 0 AND shown = 'value' ORDER BY 1, 2"):
        where = " WHERE table_name = '%s' AND column_name = '%s'" % (table, column)
        yield Mutant("mask of %s.%s" % (table, column), ["UPDATE mwmirror.public_column SET hidden_by = 0, hidden_as = NULL, hidden_with = NULL" + where, REFRESH],
                     lambda field, table=table, column=column: field[:2] == (table, column) and of_bits(field))
    for table, rule, also, users in mirror.run("SELECT table_name, row_rule, also_rule, of_hidden_users FROM mwmirror.public_table ORDER BY 1"):
        where = " WHERE table_name = '%s'" % table
        hidden = {row[1] for row in analyst_rows.ROWS if row[0] == table and row[3] and "*block_target" not in row[2]}
        hidden |= MORE.get(table, {"that nothing shows"} if table in analyst_rows.UNSHOWN else set())
        if rule or also:
            yield Mutant("rows of %s" % table, [RULES + where, REFRESH], lambda field, table=table, hidden=hidden: field.table == table and field.why in hidden and is_public(field))
        if users and table not in HIDDEN_OTHERWISE:
            yield Mutant("accounts of %s" % table, ["UPDATE mwmirror.public_table SET of_hidden_users = NULL" + where, REFRESH],
                         lambda field, table=table: field.table == table and field.why.startswith("of a hidden account") and is_public(field))
    for table, in mirror.run("SELECT table_name FROM mwmirror.public_table ORDER BY 1"):
        yield Mutant("policy of %s" % table, ['ALTER POLICY mwmirror_public ON mediawiki."%s" USING (true)' % table],
                     lambda field, table=table: field.table == table and of_foreign(field))
        yield Mutant("row security of %s" % table, ['ALTER TABLE mediawiki."%s" DISABLE ROW LEVEL SECURITY' % table], None)
