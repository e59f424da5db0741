"""
What a column or expression holds, as far as the two servers differ about it.

	time      MediaWiki's 14 digits in MariaDB, timestamptz in the mirror
	datetime  a time in both: NOW(), cl_timestamp, what is made of a time and an interval
	date      a day in both
	flag      0 and 1 in MariaDB, boolean in the mirror
	bytes     text of a column, which MariaDB compares byte by byte
	chars     a literal, or text that was converted: MariaDB compares it without regard to case
	number
	None      not known, or of no matter
"""

import re

from sqlglot import exp

TYPES = {"timestamp with time zone": "time", "boolean": "flag", "text": "bytes", "bigint": "number", "integer": "number", "smallint": "number",
         "double precision": "number", "real": "number", "numeric": "number"}
DATETIMES = {"cl_timestamp"}    # TIMESTAMP in MariaDB, too

NUMBERS = set("""char_length character_length octet_length length locate instr position field find_in_set strcmp ascii ord year quarter month day dayofmonth dayofyear dayofweek
weekday week weekofyear yearweek hour minute second to_days unix_timestamp datediff timestampdiff abs sign floor ceil ceiling round truncate pow power sqrt mod rand log ln log2
log10 exp sum avg std stddev stddev_pop var_pop variance bit_and bit_or to_number to_integer quotient trunc count interval""".split())
TEXTS = set("""concat concat_ws left right substr substring mid substring_index lower upper lcase ucase replace reverse repeat lpad rpad trim ltrim rtrim regexp_replace regexp_substr
group_concat_with""".split())
CHARS = set("fold date_format dayname monthname md5 hex format space elt database current_schema timestamp14 user".split())
FLAGS = {"isnull"}
DATETIME = set("now sysdate utc_timestamp current_timestamp localtime from_unixtime str_to_date date_add date_sub timestamp timestampadd to_datetime".split())
DATE = set("date curdate current_date utc_date last_day from_days makedate".split())
FIRST = {"min", "max", "any_value", "if", "nullif", "least", "greatest", "first_value", "last_value", "lag", "lead"}

# of binary digits, which are divided as they are
INEXACT = set("pow power sqrt rand log ln log2 log10 exp std stddev stddev_pop var_pop variance".split())
INEXACT_COLUMNS = {"page_random", "pp_sortkey"}

AGGREGATES = set("sum avg min max count group_concat_with std stddev stddev_pop var_pop variance bit_and bit_or bit_xor any_value".split())


def name_of(node):
    """The name of a function that has one, in small letters."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def is_aggregate(node):
    return name_of(node) in AGGREGATES or isinstance(node, (exp.AggFunc, exp.Window))


class Kinds:
    """columns: of the views, the kind by name. MediaWiki's names say which table they are of, so that few are of two kinds."""

    def __init__(self, columns):
        self.columns, self.named, self.asked = columns, {}, set()

    def learn(self, statement):
        """The names that the statement itself gives."""
        self.named = {}
        for alias in statement.find_all(exp.Alias):
            self.named.setdefault(alias.alias.lower(), alias.this)

    def of(self, node):
        if node is None:
            return None
        if "kind" in node.meta:
            return node.meta["kind"]
        if isinstance(node, exp.Column):
            return self.of_column(node)
        if isinstance(node, exp.Literal):
            return "chars" if node.is_string else "number"
        if isinstance(node, (exp.Paren, exp.Alias, exp.Ordered, exp.Distinct, exp.Window, exp.Filter)):
            inner = node.expressions[0] if isinstance(node, exp.Distinct) and node.expressions else node.this
            return self.of(inner)
        if isinstance(node, (exp.Subquery, exp.Select)):
            select = node.find(exp.Select)
            return self.of(select.expressions[0]) if select and select.expressions else None
        if isinstance(node, (exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Exists, exp.In, exp.Between)):
            return "flag"
        if isinstance(node, (exp.Add, exp.Sub)) and self.with_interval(node):
            return "date" if self.is_of_days(node) else "datetime"
        if isinstance(node, (exp.Binary, exp.Neg, exp.BitwiseNot, exp.Count, exp.RowNumber, exp.Extract)) and not isinstance(node, exp.Dot):
            return "number"
        if isinstance(node, exp.Cast):
            return {"text": "chars", "bigint": "number", "date": "date"}.get(node.to.sql("postgres").lower())
        if isinstance(node, (exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least)):
            return self.of_branches(node)
        if isinstance(node, (exp.Trim, exp.Substring)):
            return self.of_texts([node.this])
        if isinstance(node, exp.CurrentDate):
            return "date"
        if isinstance(node, exp.CurrentTimestamp):
            return "datetime"
        return self.of_call(node)

    @staticmethod
    def is_inexact(node):
        return any(name_of(part) in INEXACT or (isinstance(part, exp.Column) and part.name.lower() in INEXACT_COLUMNS) for part in node.walk())

    def is_of_days(self, node):
        """A day and an interval of days, or of more: MariaDB gives a day."""
        base = node.expressions[0] if isinstance(node, exp.Anonymous) else next((side for side in (node.left, node.right) if not side.find(exp.Interval)), None)
        step = node.find(exp.Interval)
        text = step.this.this if step and isinstance(step.this, exp.Literal) else ""
        return bool(re.search(r"(day|week|month|year)s?$", text)) and (self.of(base) == "date" or (
            isinstance(base, exp.Anonymous) and name_of(base) == "to_datetime" and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", base.expressions[0].name)))
            or (isinstance(base, exp.Literal) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", base.this))))

    def with_interval(self, node):
        return any(isinstance(side, exp.Interval) or (isinstance(side, exp.Mul) and side.find(exp.Interval)) for side in (node.left, node.right))

    def digits(self, node):
        """How many digits behind the point MariaDB shows of an exact number; None: not known, or no such number."""
        if isinstance(node, exp.Literal):
            return None if node.is_string or "e" in node.this.lower() else len(node.this.partition(".")[2])
        if isinstance(node, (exp.Paren, exp.Alias, exp.Neg)):
            return self.digits(node.this)
        if isinstance(node, (exp.Count, exp.RowNumber)) or (isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.INTEGER_TYPES)):
            return 0
        if isinstance(node, (exp.Column, exp.Subquery)):
            return 0 if self.of(node) == "number" and not node.find(exp.Anonymous) else None
        if isinstance(node, (exp.Case, exp.If, exp.Coalesce)):
            found = [self.digits(branch) for branch in self.branches(node)]
            return None if None in found else max(found, default=None)
        if isinstance(node, exp.Binary):
            both = [self.digits(node.left), self.digits(node.right)]
            if None in both or not isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
                return None
            return sum(both) if isinstance(node, exp.Mul) else max(both)
        name, arguments = name_of(node), node.expressions
        if name == "quotient":
            return None if self.digits(arguments[0]) is None else self.digits(arguments[0]) + 4
        if name in ("sum", "min", "max", "any_value") and len(arguments) == 1:
            return 0 if self.of(arguments[0]) == "flag" else self.digits(arguments[0])
        return None

    def of_column(self, column):
        name = column.name.lower()
        if name in self.columns and (column.table or name not in self.named):
            return self.columns[name]
        if name in self.named and name not in self.asked:
            self.asked.add(name)
            try:
                return self.of(self.named[name])
            finally:
                self.asked.discard(name)
        return self.columns.get(name)

    def branches(self, node):
        """What a CASE, IF or COALESCE may give."""
        if isinstance(node, exp.Case):
            found = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
        elif isinstance(node, exp.If):
            found = [node.args["true"], node.args.get("false")]
        else:
            found = [node.this, *node.expressions]
        return [branch for branch in found if branch is not None and not isinstance(branch, exp.Null)]

    def of_branches(self, node):
        kinds = [self.of(branch) for branch in self.branches(node)]
        for kind in ("bytes", "chars"):
            if kind in kinds:
                return kind
        if len(set(kinds)) > 1 and "number" in kinds:
            return "number"
        return kinds[0] if kinds else None

    def of_texts(self, nodes):
        """Text made of several: bytes if one of them is of a column as it is."""
        return "bytes" if any(self.of(node) in ("bytes", "time") for node in nodes) else "chars"

    def of_call(self, node):
        name = name_of(node)
        arguments = node.expressions if name else []
        if name in NUMBERS:
            return "number"
        if name in TEXTS:
            return self.of_texts([part for argument in arguments for part in (argument.find_all(exp.Column) if name == "group_concat_with" else [argument])])
        if name in CHARS:
            return "chars"
        if name in FLAGS:
            return "flag"
        if name in ("date_add", "date_sub") and self.is_of_days(node):
            return "date"
        if name in DATETIME:
            return "chars" if name == "from_unixtime" and len(arguments) > 1 else "datetime"
        if name in DATE:
            return "date"
        return self.of(arguments[0]) if name in FIRST and arguments else None
