"""
MariaDB's SQL as a tree in which functions keep their names: what they mean is in schema mysql_compat, not in sqlglot's own translation, which takes them for
PostgreSQL's. Only what has a syntax of its own is a node of its own: CAST, CONVERT, EXTRACT, GROUP_CONCAT, TRIM, SUBSTRING ... FROM, IF, intervals.
"""

from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.parsers.mysql import MySQLParser


def call(name, *arguments):
    """A function by its name."""
    return exp.Anonymous(this=name, expressions=list(arguments))


class Parser(MySQLParser):
    FUNCTIONS = {name: exp.Count for name in ("COUNT",)}
    FUNCTIONS["COUNT"] = lambda args: exp.Count(this=args[0] if args else None, expressions=args[1:])
    FUNCTIONS.update({"ROW_NUMBER": lambda args: exp.RowNumber(), "GREATEST": lambda args: exp.Greatest(this=args[0], expressions=args[1:], ignore_nulls=False),
                      "LEAST": lambda args: exp.Least(this=args[0], expressions=args[1:], ignore_nulls=False), "COALESCE": lambda args: exp.Coalesce(this=args[0], expressions=args[1:]),
                      "IFNULL": lambda args: exp.Coalesce(this=args[0], expressions=args[1:]), "NVL": lambda args: exp.Coalesce(this=args[0], expressions=args[1:])})
    FUNCTION_PARSERS = {
        **{name: MySQLParser.FUNCTION_PARSERS[name] for name in ("CAST", "CONVERT", "EXTRACT", "TRIM", "POSITION", "SUBSTRING")},
        "GROUP_CONCAT": lambda self: self._parse_quarry_group_concat(),
        "SUBSTR": MySQLParser.FUNCTION_PARSERS["SUBSTRING"],
    }

    def _parse_quarry_group_concat(self):
        """GROUP_CONCAT([DISTINCT] a, b [ORDER BY ...] [SEPARATOR ';']) as a call whose one argument has all of it."""
        distinct = self._match_text_seq("DISTINCT")
        values = self._parse_csv(self._parse_disjunction)
        separator = exp.Literal.string(",")
        order = self._parse_order()
        if self._match_text_seq("SEPARATOR"):
            separator = self._parse_primary()
        limit = self._parse_limit()
        if limit:
            self.raise_error("LIMIT in GROUP_CONCAT has no counterpart")
        values = [separator, *values]
        if not distinct and not order:
            return call("group_concat_with", *values)
        argument = exp.Distinct(expressions=values) if distinct else exp.Tuple(expressions=values)
        return call("group_concat_with", exp.Order(this=argument, expressions=order.expressions) if order else argument)


class Quarry(MySQL):
    Parser = Parser
