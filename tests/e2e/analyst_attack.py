"""
The attacks of data/analyst_attacks.sql: read, and made.
"""

import collections
import itertools
import os
import re

import analyst_scan

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "analyst_attacks.sql")
ANSWERED = "00000"


# expected: SQLSTATEs, or empty for an answer
class Attack(collections.namedtuple("Attack", "name expected statements")):
    __hash__ = object.__hash__



def read():
    """(statements of the setup, attacks)."""
    setup, attacks, statements = [], [], None
    with open(PATH) as file:
        for line in file:
            line = line.strip()
            head = re.match(r"-- (setup|answered|refused ([0-9A-Z,]+))(?:: (.*))?$", line)
            if head:
                statements = setup if head.group(1) == "setup" else []
                if statements is not setup:
                    attacks.append(Attack(head.group(3), tuple((head.group(2) or "").split(",")) if head.group(2) else (), statements))
            elif line and not line.startswith("--"):
                statements.append(line)
    return setup, [attack._replace(statements=split(attack.statements)) for attack in attacks]


def split(lines):
    """Statements, each of which ends with ; at the end of a line; those of one line that are settings are as many."""
    found, text = [], ""
    for line in lines:
        text = (text + " " + line).strip()
        if text.endswith(";"):
            found += [text[:-1]] if not text.startswith("SET ") else text[:-1].split("; ")
            text = ""
    assert not text, text
    return found


class Places:
    """What stands for {view}, {column}, {table} and other names. columns: {view of a wiki: its columns}."""

    def __init__(self, views, columns, tables, **names):
        self.views, self.columns, self.tables, self.names = views, columns, tables, names

    def of(self, attack):
        """The names of each time that it is made."""
        text = " ".join(attack.statements)
        if "{column}" in text:
            ways = [{"view": view, "column": column} for view, columns in self.columns.items() for column in columns]
        elif "{view}" in text:
            ways = [{"view": view} for view in self.views]
        elif "{table}" in text:
            ways = [{"table": table} for table in self.tables]
        else:
            ways = [{}]
        return [{**self.names, **way} for way in ways]


def fill(statement, names):
    return re.sub(r"\{(\w+)\}", lambda found: str(names[found.group(1)]), statement)


class Outcome:
    """How many attacks were made, as how many sessions and statements; wrong: {(attack, SQLSTATE): errors} of those that did not end as they had to."""

    def __init__(self):
        self.attacks = self.times = self.told = 0
        self.wrong = {}

    def report(self):
        return "\n".join("%s: %s instead of %s, %d times: %s" % (attack.name, state or "an answer", ",".join(attack.expected) or "an answer", len(found), found[0][:300])
                         for (attack, state), found in self.wrong.items())


def make(connect, attacks, places, finds, every=1, first=0):
    """
    Makes the attacks, each in as many places as there are: an Outcome; what they gave is in finds. every: of many places each so-many-th, from the
    first on, which is another for each attack.
    """
    outcome = Outcome()
    for number, attack in enumerate(attacks):
        ways = places.of(attack)
        chosen = ways if len(ways) < every else list(itertools.islice(ways, (first + number) % every, None, every))
        outcome.attacks += 1
        with analyst_scan.Session(connect()) as session:
            for names in chosen:
                rows, notices, error = session.said([fill(statement, names) for statement in attack.statements], fresh=True)
                state = session.state
                outcome.times += 1
                outcome.told += len(notices) > 0
                finds.search("\n".join((rows, notices, error or "")), "%s %s" % (attack.name, names.get("column") or names.get("view") or ""))
                if (state or ANSWERED) not in (attack.expected or (ANSWERED,)):
                    outcome.wrong.setdefault((attack, state), []).append("%s: %s" % (names.get("view") or names.get("table") or "", error))
    return outcome
