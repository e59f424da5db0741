"""
Expressions, by what they hold: comparisons, conditions, arithmetic, functions whose arguments MariaDB takes as it likes.
"""

import re

from sqlglot import exp

from quarry_kinds import name_of
from quarry_parser import call

TEXT_FIRST = set("left right substr substring mid length char_length character_length lower upper lcase ucase replace reverse lpad rpad substring_index locate instr find_in_set".split())
OF_DIGITS = {"left", "right", "substr", "substring", "mid", "length"}      # mysql_compat has them of timestamptz
RENAMED = {"adddate": "DATE_ADD", "subdate": "DATE_SUB", "std": "STDDEV_POP", "stddev": "STDDEV_POP", "variance": "VAR_POP", "database": "CURRENT_SCHEMA", "schema": "CURRENT_SCHEMA"}
UNKNOWN = set("time timediff sec_to_time match get_lock benchmark found_rows row_count last_insert_id convert_tz json_extract json_value".split())
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)


class Untranslatable(Exception):
    """What has no counterpart; the message says what."""


def as_text(node):
    return exp.Cast(this=node, to=exp.DataType.build("text"))


def marked(node, kind):
    node.meta["kind"] = kind
    return node


def is_string(node):
    return isinstance(node, exp.Literal) and node.is_string


def as_number(node):
    return exp.Cast(this=node, to=exp.DataType.build("numeric"))


class Expressions:
    """What changes of an expression; kinds: a Kinds."""

    def visit(self, node):
        for value in list(node.args.values()):
            if isinstance(value, exp.Expression):
                self.visit(value)
            elif isinstance(value, list):
                for item in list(value):
                    if isinstance(item, exp.Expression):
                        self.visit(item)
        changed = self.change(node)
        if changed is not node:
            node.replace(changed)
        return changed

    def change(self, node):
        if isinstance(node, COMPARISONS):
            return self.comparison(node)
        if isinstance(node, (exp.And, exp.Or)):
            node.set("this", self.condition(node.left))
            node.set("expression", self.condition(node.right))
            return node
        if isinstance(node, (exp.Not, exp.Where, exp.Having)):
            node.set("this", self.condition(node.this))
            return node
        if isinstance(node, exp.Join) and node.args.get("on"):
            node.set("on", self.condition(node.args["on"]))
            return node
        if isinstance(node, exp.If) and not (node.arg_key == "ifs" and node.parent.this):
            node.set("this", self.condition(node.this))
        if isinstance(node, (exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least)):
            return self.branches(node)
        if isinstance(node, exp.In):
            return self.one_of(node)
        if isinstance(node, exp.Between):
            for side in ("low", "high"):
                node.set(side, self.beside(self.kinds.of(node.this), node.args[side]))
            return node
        if isinstance(node, exp.Like):
            return self.like(node)
        if isinstance(node, exp.RegexpLike):
            return self.regexp(node)
        if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.Neg)):
            return self.arithmetic(node)
        if isinstance(node, exp.Interval):
            return self.interval(node)
        if isinstance(node, exp.Cast):
            return self.cast(node)
        if isinstance(node, exp.Collate):
            return marked(exp.paren(node.this), "bytes" if re.search(r"_bin$|^binary$", node.expression.name, re.I) else "chars")
        if isinstance(node, exp.Extract):
            return self.extract(node)
        if isinstance(node, exp.Substring):
            return self.function(call("SUBSTR", *[a for a in (node.this, node.args.get("start"), node.args.get("length")) if a is not None]))
        if isinstance(node, exp.StrPosition):
            return call("LOCATE", node.args["substr"], node.this)
        if isinstance(node, exp.Introducer):
            return node.expression
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
            values = node.this.expressions
            missing = exp.or_(*[exp.Is(this=value.copy(), expression=exp.Null()) for value in values])
            node.this.set("expressions", [exp.Case(ifs=[exp.If(this=missing, true=exp.Null())], default=exp.Tuple(expressions=values))])
            return node
        if isinstance(node, exp.Anonymous):
            return self.function(node)
        return node

    def condition(self, node):
        """What is true or false, of what may be a number."""
        kind = self.kinds.of(node)
        if kind in ("number", "bytes", "chars"):
            return exp.NEQ(this=exp.paren(self.number(node)) if isinstance(node, exp.Binary) else self.number(node), expression=exp.Literal.number(0))
        return node

    def number(self, node):
        kind = self.kinds.of(node)
        if kind == "flag":
            return exp.Cast(this=node, to=exp.DataType.build("int"))
        if kind in ("time", "datetime"):
            return exp.Cast(this=call("timestamp14", node), to=exp.DataType.build("bigint"))
        if kind in ("bytes", "chars") and not is_string(node):
            return call("to_number", node)
        return node

    def time(self, node):
        kind = self.kinds.of(node)
        return call("to_datetime", as_text(node) if kind == "number" else node) if kind in ("bytes", "chars", "number") else node

    def text(self, node):
        """As MariaDB prints it."""
        kind = self.kinds.of(node)
        if kind == "time":
            return call("timestamp14", node)
        if kind == "datetime":
            return call("DATE_FORMAT", node, exp.Literal.string("%Y-%m-%d %H:%i:%S"))
        if kind == "flag":
            return as_text(self.number(node))
        if kind in ("number", "date"):
            return as_text(node)
        return node

    def beside(self, kind, node):
        """A value that is compared with one of that kind."""
        own = self.kinds.of(node)
        if kind == "time" and is_string(node):
            return marked(as_text(node), "chars")
        if kind in ("datetime", "date") and own in ("chars", "bytes"):
            return self.time(node)
        if kind == "number" and own == "bytes":
            return self.number(node)
        if kind == "number" and own == "flag":
            return self.number(node)
        return node

    def comparison(self, node):
        left, right = self.kinds.of(node.left), self.kinds.of(node.right)
        if left == "chars" and right == "chars" and not (is_string(node.left) and is_string(node.right)):
            for side in ("this", "expression"):
                node.set(side, call("fold", call("RTRIM", node.args[side])))
            return node
        if "flag" in (left, right) and (isinstance(node.left, exp.Literal) or isinstance(node.right, exp.Literal)):
            return node
        node.set("this", self.beside(right, node.left))
        node.set("expression", self.beside(left, node.right))
        return node

    def one_of(self, node):
        kind = self.kinds.of(node.this)
        if kind == "chars" and not node.args.get("query"):
            node.set("this", call("fold", node.this))
            node.set("expressions", [call("fold", item) for item in node.expressions])
        else:
            node.set("expressions", [self.beside(kind, item) for item in node.expressions])
        return node

    def like(self, node):
        if self.kinds.of(node.this) != "time":
            node.set("this", self.text(node.this))
        if self.kinds.of(node.this) == "chars" and self.kinds.of(node.expression) != "bytes":
            node.set("this", call("fold", node.this))
            node.set("expression", call("fold", node.expression))
        return node

    def regexp(self, node):
        pattern = node.expression
        if isinstance(pattern, exp.Cast):   # REGEXP BINARY
            pattern = pattern.this
        elif self.kinds.of(node.this) == "chars":
            node = exp.RegexpILike(this=node.this, expression=pattern)
        if is_string(pattern):
            pattern = exp.Literal.string(re.sub(r"(\\\\)|\\([bB])", lambda m: m.group(1) or {"b": "\\y", "B": "\\Y"}[m.group(2)], pattern.this))
        node.set("this", self.text(node.this))
        node.set("expression", pattern)
        return node

    def branches(self, node):
        branches = self.kinds.branches(node)
        kinds = {self.kinds.of(branch) for branch in branches} - {None}
        if len(kinds) > 1:
            change = self.text if kinds & {"bytes", "chars"} else self.number if "number" in kinds else None
            for branch in branches if change else []:
                if not isinstance(branch, exp.Literal) or (change == self.text and not branch.is_string):
                    replaced = branch.copy()
                    branch.replace(change(replaced))
        if isinstance(node, (exp.Greatest, exp.Least)):
            return exp.Case(ifs=[exp.If(this=exp.or_(*[exp.Is(this=b.copy(), expression=exp.Null()) for b in self.kinds.branches(node)]), true=exp.Null())], default=node.copy())
        return node

    def arithmetic(self, node):
        if isinstance(node, exp.Neg):
            node.set("this", self.number(node.this))
            return node
        if isinstance(node, (exp.Add, exp.Sub)) and self.kinds.with_interval(node):
            days = self.kinds.is_of_days(node)
            for side in ("this", "expression"):
                node.set(side, self.time(node.args[side]))
            return call("DATE", node.copy()) if days else node
        for side in ("this", "expression"):
            node.set(side, self.number(node.args[side]))
        if isinstance(node, exp.Div):
            return node if self.kinds.is_inexact(node) else call("quotient", node.left, node.right)
        if isinstance(node, exp.IntDiv):
            return call("trunc", exp.Div(this=as_number(node.left), expression=call("nullif", node.right, exp.Literal.number(0))))
        return node

    def interval(self, node):
        unit = (node.args.get("unit") or exp.var("second")).name.lower()
        count = {"quarter": 3}.get(unit, 1)
        unit = {"quarter": "month"}.get(unit, unit)
        if "_" in unit:
            raise Untranslatable("INTERVAL of unit %s" % unit.upper())
        if isinstance(node.this, exp.Literal):
            return exp.Interval(this=exp.Literal.string("%s %s" % (node.this.this if count == 1 else int(node.this.this) * count, unit)))
        return exp.paren(exp.Mul(this=exp.paren(node.this), expression=exp.Interval(this=exp.Literal.string("%d %s" % (count, unit)))))

    def cast(self, node):
        to = node.to.sql("mysql").upper()
        if to.startswith("BINARY") or to.startswith("VARBINARY"):
            return marked(exp.paren(self.text(node.this)), "bytes")
        if to.startswith(("CHAR", "VARCHAR", "NCHAR", "TEXT")):
            binary = re.search(r"CHARACTER SET (binary|latin1)", to, re.I)
            length = re.match(r"\w+\((\d+)\)", to)
            value = self.text(node.this)
            if length:
                value = call("LEFT", value, exp.Literal.number(length.group(1)))
            return marked(exp.paren(value), "bytes" if binary else "chars")
        if re.match(r"SIGNED|UNSIGNED|BIGINT|INT|UBIGINT", to):
            kind = self.kinds.of(node.this)
            if kind in ("bytes", "chars"):
                return call("to_integer", node.this)
            return exp.Cast(this=self.number(node.this), to=exp.DataType.build("bigint"))
        if to in ("DATE", "DATETIME"):
            return call("DATE", node.this) if to == "DATE" else self.time(node.this)
        if to.startswith("DECIMAL") or to.startswith("DOUBLE") or to.startswith("FLOAT"):
            node.set("this", self.number(node.this))
            return node
        raise Untranslatable("CAST to %s" % to)

    def extract(self, node):
        unit = node.this.name.lower()
        if unit == "year_month":
            return call("to_integer", call("DATE_FORMAT", node.expression, exp.Literal.string("%Y%m")))
        if "_" in unit:
            raise Untranslatable("EXTRACT of unit %s" % unit.upper())
        return call(unit.upper(), node.expression)

    def function(self, node):
        name, arguments = name_of(node), node.expressions
        if name in UNKNOWN:
            raise Untranslatable("%s()" % name.upper())
        if name in RENAMED:
            node = call(RENAMED[name], *arguments)
            name = name_of(node)
        if name in ("lower", "upper", "lcase", "ucase") and self.kinds.of(arguments[0]) == "bytes":
            return arguments[0]     # bytes have no case
        if name in ("char_length", "character_length") and self.kinds.of(arguments[0]) in ("bytes", "time"):
            name = "length"
            node = call("LENGTH", *arguments)
        if name in TEXT_FIRST:
            node.set("expressions", [argument if isinstance(argument, exp.Literal) or (self.kinds.of(argument) == "time" and name in OF_DIGITS) or
                                     (number > 0 and self.kinds.of(argument) == "number") else self.text(argument) for number, argument in enumerate(arguments)])
        if name in ("concat", "concat_ws", "group_concat_with"):
            for column in [c for argument in arguments for c in argument.find_all(exp.Column) if self.kinds.of(c) == "datetime" and c.parent in (node, argument)]:
                column.replace(self.text(column.copy()))
        if name in ("timestampdiff", "timestampadd"):
            return self.units(name, arguments)
        if name in ("date_add", "date_sub"):
            step = arguments[1] if arguments[1].find(exp.Interval) else exp.paren(exp.Mul(this=arguments[1], expression=exp.Interval(this=exp.Literal.string("1 day"))))
            node.set("expressions", [arguments[0], step])
            return call("DATE", node.copy()) if self.kinds.is_of_days(node) else node
        if name == "timestamp":
            return self.time(arguments[0])
        if name == "isnull":
            return exp.paren(exp.Is(this=arguments[0], expression=exp.Null()))
        if name in ("sum", "avg") and self.kinds.of(arguments[0]) in ("bytes", "chars"):
            node.set("expressions", [self.number(arguments[0])])
        if name == "avg" and not isinstance(node.parent, exp.Window):
            value = node.expressions[0]
            return call("quotient", call("SUM", value), exp.Count(this=value.copy()))
        if name in ("current_date", "current_timestamp"):
            return exp.CurrentDate() if name == "current_date" else exp.CurrentTimestamp()
        return node

    def units(self, name, arguments):
        unit = arguments[0].name.lower().replace("sql_tsi_", "")
        if name == "timestampdiff":
            return call("TIMESTAMPDIFF", exp.Literal.string(unit), self.time(arguments[1]), self.time(arguments[2]))
        return call("DATE_ADD", arguments[2], self.interval(exp.Interval(this=arguments[1], unit=exp.var(unit))))
