"""
Queries written for MariaDB, as Quarry and Toolforge have them, as PostgreSQL runs them on a mirror's public views with schema mysql_compat on the search path.

	Translator(tables).translate(text)      the statements; tables: {view: {column: type}}, columns in their order

sqlglot reads and writes; functions keep their names, which mysql_compat has. What is done is what needs to know what columns hold (quarry_kinds.py), and what the two
take differently: of expressions in quarry_expressions.py, of whole selects here, such as names of results in HAVING, columns beside GROUP BY, and what the answer looks like.
"""

import re

import sqlglot
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.generators.postgres import PostgresGenerator

from quarry_expressions import Expressions, Untranslatable, is_string
from quarry_kinds import DATETIMES, TYPES, Kinds, is_aggregate, name_of
from quarry_parser import Quarry, call

NEVER_NULL = re.compile(r"(page|rev|rc|log|ar|actor|comment|user|cat|lt|ct|ctd|bl|bt|el|content|pr)_id|(rev|rc|log|ar|img|bl|cl|ipc_rev)_timestamp"
                        r"|page_(title|namespace|len|touched|latest)|cat_(title|pages)|rev_page|user_name|img_name|(pl|cl|tl|il|ll|el)_from")
RESERVED = set("""all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog current_date current_role current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
localtime localtimestamp not null offset on only or order placing primary references returning select session_user some symmetric table then to trailing true union unique user using
variadic when where window with""".split())


class Generator(PostgresGenerator):
    MULTI_ARG_DISTINCT = True

    def div_sql(self, node):
        return self.binary(node, "/")

    def tuple_sql(self, node):
        # the arguments of an aggregate that has an order
        if isinstance(node.parent, exp.Order) and isinstance(node.parent.parent, exp.Anonymous):
            return self.expressions(node, flat=True)
        return super().tuple_sql(node)


class Target(Postgres):
    Generator = Generator


def quoted(name):
    """The name of a schema, as SQL needs it."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) else exp.to_identifier(name, quoted=True).sql("postgres")


class Translator(Expressions):
    def __init__(self, tables):
        self.tables = tables
        self.kinds = Kinds({name: "datetime" if name in DATETIMES else TYPES.get(kind) for columns in tables.values() for name, kind in columns.items()})

    def translate(self, text):
        text = re.sub(r"\bSET\s+STATEMENT\s+.*?\s+FOR\s+", "", text, flags=re.I | re.S)
        try:
            statements = [statement for statement in sqlglot.parse(text, read=Quarry) if statement is not None]
        except sqlglot.errors.SqlglotError as error:
            raise Untranslatable("cannot be read: %s" % re.sub(r"\x1b\[\d*m", "", str(error))) from error
        return [self.statement(statement) for statement in statements]

    def statement(self, statement):
        if isinstance(statement, exp.Use):
            return "SET search_path = %s, mysql_compat, pg_catalog" % quoted(statement.this.name)
        if not isinstance(statement, exp.Query):
            raise Untranslatable("no query: %s" % statement.sql("mysql")[:60])
        for parameter in statement.find_all(exp.Parameter, exp.SessionParameter):
            raise Untranslatable("variables (%s)" % parameter.sql("mysql"))
        statement = statement.copy()
        for select in self.outermost(statement):
            self.stars(select)
        self.kinds.learn(statement)
        for select in list(statement.find_all(exp.Select)):
            self.names_of_results(select)
        statement = self.visit(statement)
        for select in list(statement.find_all(exp.Select)):
            self.joins(select)
            self.groups(select)
            self.order(select)
        for select in self.outermost(statement):
            self.shown(select)
        self.quote(statement)
        return statement.sql(dialect=Target, pretty=True, comments=False)

    def outermost(self, node):
        """The selects whose columns are the answer."""
        if isinstance(node, exp.SetOperation):
            return self.outermost(node.left) + self.outermost(node.right)
        if isinstance(node, exp.Subquery):
            return self.outermost(node.this)
        return [node]

    def stars(self, select):
        """* and t.* become the columns, if all is read from views, so that each is shown as MariaDB prints it."""
        source = select.args.get("from_") or select.args.get("from")
        sources = [join.this for join in [source, *(select.args.get("joins") or [])] if join]
        if not all(isinstance(table, exp.Table) and table.name.lower() in self.tables for table in sources):
            return
        for expression in list(select.expressions):
            if not expression.is_star:
                continue
            of_one = expression.table if isinstance(expression, exp.Column) else None
            found = [exp.column(column, table=table.alias_or_name) for table in sources if of_one in (None, "", table.alias_or_name)
                     for column in self.tables[table.name.lower()]]
            expression.replace(found[0])
            place = select.expressions.index(found[0])
            select.set("expressions", select.expressions[:place] + found + select.expressions[place + 1:])

    # ---- names of results, which MariaDB knows in HAVING and within ORDER BY ----

    def names_of_results(self, select):
        named = {e.alias.lower(): e.this for e in select.expressions if isinstance(e, exp.Alias)}

        def put(node, inside):
            for column in list(node.find_all(exp.Column)):
                expression = named.get(column.name.lower())
                bare = column.parent is node and isinstance(node, exp.Ordered)
                if expression is None or column.table or (inside and bare) or column.find_ancestor(exp.Select) is not select:
                    continue
                # a column of the table inside of an aggregate is meant as such
                if column.name.lower() in self.kinds.columns and column.find_ancestor(exp.Anonymous, exp.Count):
                    continue
                column.replace(exp.paren(expression.copy()) if isinstance(expression, exp.Binary) else expression.copy())

        having, order = select.args.get("having"), select.args.get("order")
        if having:
            put(having, False)
            if not select.args.get("group") and not any(is_aggregate(node) for node in select.find_all(exp.Anonymous, exp.Count)):
                select.where(having.this, copy=False)
                select.set("having", None)
        for term in order.expressions if order else []:
            put(term, True)
            if isinstance(term.this, exp.Null):
                term.pop()
        if order and not order.expressions:
            select.set("order", None)
        select.set("operation_modifiers", None)
        select.set("hint", None)

    # ---- selects ----

    def joins(self, select):
        for join in select.args.get("joins") or []:
            if join.args.get("kind") == "STRAIGHT":
                join.set("kind", None)
            named = join.args.get("on") or join.args.get("using") or join.args.get("method")
            if not named and join.args.get("kind") in (None, "", "INNER") and not join.args.get("side"):
                join.set("kind", "CROSS")

    def groups(self, select):
        """Columns that are neither grouped nor in an aggregate: MariaDB takes those of any row."""
        group = select.args.get("group")
        if group and group.args.get("rollup"):
            group.set("rollup", None)
            group.set("expressions", [exp.Rollup(expressions=group.expressions)])
            return
        if not group and not any(is_aggregate(node) and node.find_ancestor(exp.Select) is select and not isinstance(node.parent, exp.Window)
                                 for e in select.expressions for node in e.find_all(exp.Anonymous, exp.Count)):
            return
        grouped = set()
        results = {e.alias.lower(): e.this for e in select.expressions if isinstance(e, exp.Alias)}
        for term in group.expressions if group else []:
            if isinstance(term, exp.Literal):
                term = select.expressions[int(term.this) - 1].unalias()
            elif isinstance(term, exp.Column) and not term.table and term.name.lower() in results and term.name.lower() not in self.kinds.columns:
                term = results[term.name.lower()]
            grouped.add(self.plain(term))
        order = select.args.get("order")
        places = [*select.expressions, *([select.args["having"]] if select.args.get("having") else []),
                  *[term for term in (order.expressions if order else []) if not (isinstance(term.this, exp.Column) and term.this.name.lower() in results)]]
        for place in places:
            self.one_of_any(place, grouped)

    @staticmethod
    def plain(node):
        """Text by which an expression is known again: without tables' names."""
        node = node.copy()
        for column in node.find_all(exp.Column):
            column.set("table", None)
        return node.sql("postgres").lower().strip('"')

    def one_of_any(self, node, grouped):
        if isinstance(node, (exp.Query, exp.Literal)) or is_aggregate(node) or self.plain(node) in grouped:
            return
        if isinstance(node, exp.Column):
            if not isinstance(node.this, exp.Star):
                value = call("any_value", node.copy())
                node.replace(exp.alias_(value, node.name) if isinstance(node.parent, exp.Select) else value)
            return
        for value in list(node.args.values()):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, exp.Expression):
                    self.one_of_any(child, grouped)

    def order(self, select):
        """NULL is first in MariaDB; where there is none an index may be used if nothing is said of it."""
        order = select.args.get("order")
        alike = not select.args.get("distinct") and not isinstance(select.parent, exp.SetOperation)
        outer = any(join.side for join in select.args.get("joins") or [])
        for term in order.expressions if order else []:
            value = self.result(select, term.this)
            if alike and self.kinds.of(value) == "chars" and not is_string(value):
                term.set("this", call("fold", value.copy()))
            if isinstance(term.this, exp.Column) and NEVER_NULL.fullmatch(term.this.name.lower()) and not outer:
                term.set("nulls_first", bool(term.args.get("desc")))
            elif isinstance(term.this, exp.Count) or name_of(term.this) == "count":
                term.set("nulls_first", bool(term.args.get("desc")))

    @staticmethod
    def result(select, term):
        """What an order's term is, that may be a result's name or number."""
        if isinstance(term, exp.Literal) and not term.is_string:
            return select.expressions[int(term.this) - 1].unalias()
        if isinstance(term, exp.Column) and not term.table:
            return next((e.this for e in select.expressions if isinstance(e, exp.Alias) and e.alias.lower() == term.name.lower()), term)
        return term

    def shown(self, select):
        """The answer as MariaDB prints it."""
        order = select.args.get("order")
        for number, expression in enumerate(list(select.expressions), 1):
            value = expression.unalias()
            kind = self.kinds.of(value)
            digits = self.kinds.digits(value) if any(name_of(node) == "quotient" for node in value.find_all(exp.Anonymous)) else None
            if digits is not None:
                expression.replace(exp.alias_(call("ROUND", value.copy(), exp.Literal.number(digits)), expression.alias) if expression.alias else
                                   call("ROUND", value.copy(), exp.Literal.number(digits)))
            if kind not in ("time", "datetime", "flag") or isinstance(value, exp.Star):
                continue
            if select.args.get("distinct"):
                for term in order.expressions if order else []:
                    if self.plain(term.this) in (self.plain(value), expression.alias_or_name.lower()):
                        term.set("this", exp.Literal.number(number))
            name = expression.alias_or_name
            shown = self.text(value.copy()) if kind != "flag" else self.number(value.copy())
            expression.replace(exp.alias_(shown, name) if name else shown)

    def quote(self, statement):
        """Names: those of tables and columns in small letters, those that results are given as they are."""
        given = {identifier.name.lower(): identifier.name for alias in statement.find_all(exp.Alias) for identifier in [alias.args["alias"]]}
        for identifier in statement.find_all(exp.Identifier):
            name = identifier.name.lower()
            name = given.get(name, name)
            identifier.set("this", name)
            identifier.set("quoted", name in RESERVED or not re.fullmatch(r"[a-z_][a-z0-9_$]*", name))
