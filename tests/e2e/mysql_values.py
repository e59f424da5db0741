"""
Values, and expressions over them, to compare mysql_compat with MariaDB: each expression is the same text on both servers, over a table of rows by a seed.
"""

import random

# column: type in MariaDB, in PostgreSQL
COLUMNS = {
    "id": ("int PRIMARY KEY", "integer PRIMARY KEY"),
    "t": ("binary(14)", "timestamptz"),             # as MediaWiki's timestamps, here and in the mirror
    "u": ("binary(14)", "timestamptz"),
    "digits": ("varchar(20) COLLATE utf8mb4_nopad_bin", 'text COLLATE "C"'),
    "said": ("varchar(40) COLLATE utf8mb4_nopad_bin", 'text COLLATE "C"'),    # a time in one form or another
    "s": ("varchar(60) COLLATE utf8mb4_nopad_bin", 'text COLLATE "C"'),
    "p": ("varchar(60) COLLATE utf8mb4_nopad_bin", 'text COLLATE "C"'),
    "i": ("int", "integer"),
    "n": ("bigint", "bigint"),
    "b": ("tinyint(1)", "boolean"),
    "seconds": ("bigint", "bigint"),
}

PIECES = ["a", "b", "A", "B", ",", "_", "-", ".", " ", "ö", "É", "山", "😀", "1", "42", "abc", "Foo", ":", "%", "User:", "|"]


class Values:
    def __init__(self, seed, count):
        self.dice = random.Random(seed)
        self.rows = [self.row(number) for number in range(1, count + 1)]

    def maybe(self, value):
        return None if self.dice.random() < 0.05 else value

    def time(self):
        """The parts of a time; ends of months and years more often than others."""
        dice = self.dice
        year, month = dice.choice([dice.randint(2001, 2026), 2000, 2004, 2023, 2024, 1999]), dice.choice([1, 2, 3, 12, dice.randint(1, 12)])
        last = [31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (year, month, dice.choice([1, last, dice.randint(1, last)]), dice.choice([0, 12, 23, dice.randint(0, 23)]), dice.choice([0, 59, dice.randint(0, 59)]),
                dice.choice([0, 59, dice.randint(0, 59)]))

    def text(self, most):
        return "".join(self.dice.choice(PIECES) for _ in range(self.dice.randint(0, most)))

    def near(self, digits):
        """Text near the 14 digits: cut, with another end, with more, or nonsense."""
        dice = self.dice
        return dice.choice([digits, digits[:dice.randint(0, 14)], digits[:dice.randint(4, 13)] + str(dice.randint(0, 99)), digits + "0", self.text(3), digits[:8], digits[:6]])

    def said(self, parts):
        year, month, day, hour, minute, second = parts
        return self.dice.choice(["%04d-%02d-%02d %02d:%02d:%02d", "%04d%02d%02d%02d%02d%02d", "%d/%d/%d %d:%d:%d"]) % parts if self.dice.random() < 0.7 else \
            self.dice.choice(["%04d-%02d-%02d", "%04d%02d%02d"]) % (year, month, day)

    def row(self, number):
        dice = self.dice
        t, u = "%04d%02d%02d%02d%02d%02d" % self.time(), "%04d%02d%02d%02d%02d%02d" % self.time()
        return {
            "id": number, "t": self.maybe(t), "u": self.maybe(dice.choice([t, u, u])), "digits": self.maybe(self.near(dice.choice([t, u]))),
            "said": self.maybe(self.said(self.time())), "s": self.maybe(self.text(8)), "p": self.maybe(self.text(2)),
            "i": self.maybe(dice.choice([0, 1, 2, -1, -3, dice.randint(-9, 9)])), "n": self.maybe(dice.choice([0, 1, 7, dice.randint(-10 ** 6, 10 ** 12)])),
            "b": self.maybe(dice.randint(0, 1)), "seconds": self.maybe(dice.randint(0, 2 * 10 ** 9)),
        }

    def load(self, maria, postgres, table):
        names = list(COLUMNS)
        with maria.cursor() as cursor:
            cursor.execute("CREATE OR REPLACE TABLE %s (%s)" % (table, ", ".join("%s %s" % (name, types[0]) for name, types in COLUMNS.items())))
            cursor.executemany("INSERT INTO %s VALUES (%s)" % (table, ", ".join(["%s"] * len(names))), [[row[name] for name in names] for row in self.rows])
        with postgres.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS %s; CREATE TABLE %s (%s)" % (table, table, ", ".join("%s %s" % (name, types[1]) for name, types in COLUMNS.items())))
            for row in self.rows:
                cursor.execute("INSERT INTO %s VALUES (%s)" % (table, ", ".join(
                    "mysql_compat.to_datetime(%s)" if name in "tu" else "%s::boolean" if name == "b" else "%s" for name in names)),
                    [bool(row[name]) if name == "b" and row[name] is not None else row[name] for name in names])


# each is one column of a query over all rows
EXPRESSIONS = """
t = digits | t <> digits | t < digits | t <= digits | t > digits | t >= digits | digits = t | digits < t | digits <= t | digits > t | digits >= t
t BETWEEN digits AND u
t > 20100315120000 | t <= 20240229000000 | t = 20240101000000 | t < 20240101 | 20100101000000 < t | t < 202401010000000 | t >= 202401010000000 | t = 201003151200009 | t <> 20100315120000999 | t > -20240101000000 | 201003151200000 >= t
t > CONCAT('2010', '03') | t LIKE CONCAT('20', '24%') | t LIKE '2024%' | t LIKE '20__02%' | t NOT LIKE '2024%' | t LIKE '%5959' | t LIKE '' | t LIKE '%'
t > DATE_FORMAT(u, '%Y%m%d%H%i%s') | t LIKE CONCAT(digits, '%')
LEFT(t, 4) | LEFT(t, 6) | LEFT(t, 0) | LEFT(t, -2) | RIGHT(t, 6) | SUBSTR(t, 5, 2) | SUBSTRING(t, 1, 8) | SUBSTRING(t, 9) | MID(t, 5, 2) | LENGTH(t) | SUBSTR(t, -6, 2)
CONCAT(LEFT(t, 4), '-', SUBSTR(t, 5, 2)) | CONCAT(t, '') | CONCAT(t, '/', u)
t + 0 | t - 0
b = 1 | b = 0 | b <> 1 | b != 0 | b = i | b > i | b <= i | i = b | i < b | i >= b | b IN (0, 1) | b IN (1) | b = 2 | b < 1 | b >= 1 | CONCAT(b, '') | IF(b, 'y', 'n') | IF(b = 1, 'y', 'n')
IF(i > 0, s, p) | IF(i, s, 'none') | IF(s = p, 1, 0) | IF(i > 0, n, 0) | IF(i > 0, n, NULL) | IF(i IS NULL, 'null', s)
IFNULL(s, '') | IFNULL(s, p) | IFNULL(i, 0) | IFNULL(i, n) | NVL(s, 'x') | ISNULL(s) | ISNULL(i) | COALESCE(s, p, 'z') | NULLIF(s, p) | NULLIF(i, 0)
s <=> p | i <=> NULL | i <=> n
CONCAT(s, p) | CONCAT(s, i) | CONCAT(s, ' ', n, '.') | CONCAT('x') | CONCAT(i, '') | CONCAT_WS(',', s, p) | CONCAT_WS('', s, i, NULL, p) | CONCAT_WS(NULL, s, p) | CONCAT_WS('-', i, n, b, t)
LENGTH(s) | CHAR_LENGTH(s) | CHARACTER_LENGTH(s) | OCTET_LENGTH(s) | LEFT(s, 3) | LEFT(s, i) | RIGHT(s, 2) | RIGHT(s, i) | LEFT(s, 0)
SUBSTR(s, 2) | SUBSTR(s, i) | SUBSTR(s, i, 2) | SUBSTR(s, 2, i) | SUBSTRING(s, i, i) | SUBSTRING(s, -3) | SUBSTRING(s, -3, 2) | SUBSTRING(s, 0) | MID(s, 2, 3)
SUBSTRING_INDEX(s, ',', 1) | SUBSTRING_INDEX(s, ',', -1) | SUBSTRING_INDEX(s, p, i) | SUBSTRING_INDEX(s, 'a', 2) | SUBSTRING_INDEX(s, 'User:', -1) | SUBSTRING_INDEX(s, '', 1) | SUBSTRING_INDEX(s, ',', 0)
LOCATE('a', s) | LOCATE(p, s) | LOCATE('b', s, i) | LOCATE('b', s, 2) | INSTR(s, 'a') | INSTR(s, p)
FIELD(s, 'a', 'b', 'abc', '') | FIELD(s, p, 'Foo') | FIELD(i, 3, 2, 1) | ELT(i, 'one', 'two') | FIND_IN_SET(p, s) | FIND_IN_SET('a', s) | FIND_IN_SET('a', 'b,a,c')
LCASE(s) | UCASE(s) | LOWER(s) | UPPER(s) | REVERSE(s) | REPEAT(s, 2) | REPEAT(s, i) | REPLACE(s, 'a', 'x') | REPLACE(s, p, '') | REPLACE(s, '_', ' ') | LPAD(s, 5, '.') | RPAD(s, 5, 'xy')
TRIM(s) | LTRIM(s) | RTRIM(s) | SPACE(3) | STRCMP(s, p) | ASCII(s) | HEX(s) | HEX(255) | MD5(s)
REGEXP_REPLACE(s, '[a-b]', 'X') | REGEXP_SUBSTR(s, '[0-9]+') | REGEXP_SUBSTR(s, 'a.')
s LIKE 'a%' | s LIKE '%a%' | s LIKE CONCAT('%', p, '%') | s LIKE '_' | s LIKE '%\\_%' | s LIKE '%\\%%' | s NOT LIKE '%a%'
i / 2 | i / n | n / i | i / i | i * 100 / 7 | 1 / 3 | 100.0 * i / 7 | i / 0 | ROUND(i / 7, 2) | ROUND(100 * i / 7) | n % 7 | i % 3 | MOD(n, 5) | MOD(i, 0) | i % 0
ROUND(n / 1000) | ROUND(i / 2) | FLOOR(i / 2) | CEIL(i / 2) | CEILING(n / 7) | ABS(i) | SIGN(i) | POW(i, 2) | SQRT(n) | LOG(n) | LN(n) | LOG10(n) | LOG2(n) | EXP(i) | TRUNCATE(i / 7, 1) | TRUNCATE(i / 7, 0) | FORMAT(n, 0) | FORMAT(i / 7, 2)
INET_ATON('10.0.255.7') | INET_ATON('1.2.3.256') | INET_NTOA(n) | INET_NTOA(INET_ATON('192.0.2.1'))
DATE_FORMAT(t, '%Y-%m-%d') | DATE_FORMAT(t, '%Y%m%d%H%i%s') | DATE_FORMAT(t, '%W %M %D %y %e %c %b %a') | DATE_FORMAT(t, '%H:%k %h:%I:%l %p %r %T %f %s %S')
DATE_FORMAT(t, '%j %w %U %u %V %v %X %x') | DATE_FORMAT(t, '%%Y %q %') | DATE_FORMAT(said, '%Y/%m') | DATE_FORMAT(t, 'week %x-%v')
YEAR(t) | QUARTER(t) | MONTH(t) | DAY(t) | DAYOFMONTH(t) | DAYOFYEAR(t) | DAYOFWEEK(t) | WEEKDAY(t) | WEEKOFYEAR(t) | HOUR(t) | MINUTE(t) | SECOND(t) | DAYNAME(t) | MONTHNAME(t)
YEAR(said) | MONTH(said) | DAY(said) | DATE(said) | DATE(t) | LAST_DAY(t) | TO_DAYS(t) | FROM_DAYS(TO_DAYS(t))
WEEK(t) | WEEK(t, 0) | WEEK(t, 1) | WEEK(t, 2) | WEEK(t, 3) | WEEK(t, 4) | WEEK(t, 5) | WEEK(t, 6) | WEEK(t, 7) | YEARWEEK(t) | YEARWEEK(t, 1) | YEARWEEK(t, 3) | WEEK(said, 3)
UNIX_TIMESTAMP(t) | UNIX_TIMESTAMP(said) | FROM_UNIXTIME(seconds) | FROM_UNIXTIME(seconds, '%Y-%m') | UNIX_TIMESTAMP(t) - UNIX_TIMESTAMP(u) | FLOOR(UNIX_TIMESTAMP(t) / 86400)
DATEDIFF(t, u) | DATEDIFF(t, said) | DATEDIFF(said, '2020-02-29')
STR_TO_DATE(t, '%Y%m%d%H%i%s') | STR_TO_DATE(CONCAT(LEFT(t, 8), ''), '%Y%m%d') | STR_TO_DATE(said, '%Y-%m-%d %H:%i:%s') | STR_TO_DATE('March 5, 2024', '%M %e, %Y') | STR_TO_DATE('5 Mar 24 03:04 PM', '%d %b %y %h:%i %p')
STR_TO_DATE('24/12/31 23', '%y/%m/%d %H') | STR_TO_DATE('1st Jan 2020', '%D %b %Y')
t > NOW() | UNIX_TIMESTAMP() > 1600000000 | CURDATE() > '2020-01-01' | t < CURDATE() | UTC_TIMESTAMP() > t | NOW() + 0 > 20200101000000 | t < NOW() + 0
"""

# what is added up, over all rows and by groups of them
AGGREGATES = """
COUNT(*) | COUNT(s) | COUNT(DISTINCT i) | SUM(i) | SUM(b) | SUM(b = 1) | SUM(i > 0) | SUM(IF(i > 0, 1, 0)) | SUM(s LIKE '%a%') | MIN(b) | MAX(b) | AVG(i) | AVG(n) | AVG(b) | SUM(i) / COUNT(*) | COUNT(*) / 7
ROUND(AVG(i), 1) | ROUND(SUM(b) / COUNT(*) * 100, 2) | AVG(i > 0) | MIN(s) | MAX(s) | MIN(n) | MAX(i) | COUNT(i > 0 OR NULL) | LEFT(MIN(t), 8) | LEFT(MAX(t), 8)
GROUP_CONCAT(id ORDER BY id) | GROUP_CONCAT(s ORDER BY id) | GROUP_CONCAT(DISTINCT i ORDER BY i) | GROUP_CONCAT(DISTINCT i ORDER BY i DESC) | GROUP_CONCAT(t ORDER BY id) | GROUP_CONCAT(s, ':', i ORDER BY id DESC) | GROUP_CONCAT(b ORDER BY id) | GROUP_CONCAT(DISTINCT LEFT(t, 4) ORDER BY LEFT(t, 4))
"""


# what has another form here: in MariaDB, here
PAIRS = """
s COLLATE utf8mb4_general_ci = p | fold(RTRIM(s)) = fold(RTRIM(p))
s COLLATE utf8mb4_general_ci LIKE CONCAT('%', p, '%') | fold(s) LIKE fold(CONCAT('%', p, '%'))
s COLLATE utf8mb4_general_ci LIKE 'É%' | fold(s) LIKE fold('é%')
CAST(s AS SIGNED) | to_integer(s)
CAST('9223372036854775807 and more' AS SIGNED) | to_integer('9223372036854775807 and more')
CAST('9223372036854775808' AS SIGNED) | to_integer('9223372036854775808')
CAST('18446744073709551615' AS SIGNED) | to_integer('18446744073709551615')
CAST('18446744073709551616' AS SIGNED) | to_integer('18446744073709551616')
CAST('10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' AS SIGNED) | to_integer('10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000')
CAST('-9223372036854775808' AS SIGNED) | to_integer('-9223372036854775808')
CAST('-9223372036854775809' AS SIGNED) | to_integer('-9223372036854775809')
CAST('-1000000000000000000000000000000' AS SIGNED) | to_integer('-1000000000000000000000000000000')
s + 0 | to_number(s)
TIMESTAMPDIFF(MONTH, t, u) | TIMESTAMPDIFF('month', t, u)
TIMESTAMPDIFF(YEAR, t, u) | TIMESTAMPDIFF('year', t, u)
TIMESTAMPDIFF(QUARTER, t, u) | TIMESTAMPDIFF('quarter', t, u)
TIMESTAMPDIFF(WEEK, t, u) | TIMESTAMPDIFF('week', t, u)
TIMESTAMPDIFF(DAY, t, u) | TIMESTAMPDIFF('day', t, u)
TIMESTAMPDIFF(HOUR, t, u) | TIMESTAMPDIFF('hour', t, u)
TIMESTAMPDIFF(SECOND, t, said) | TIMESTAMPDIFF('second', t, to_datetime(said))
DATE_SUB(FROM_UNIXTIME(seconds), INTERVAL 3 HOUR) | DATE_SUB(FROM_UNIXTIME(seconds), INTERVAL '3 hours')
DATE_ADD(STR_TO_DATE(t, '%Y%m%d%H%i%s'), INTERVAL 13 MONTH) | DATE_ADD(t, INTERVAL '13 months')
GROUP_CONCAT(s ORDER BY id SEPARATOR '; ') | group_concat_with('; ', s ORDER BY id)
GROUP_CONCAT(DISTINCT i, '/', b ORDER BY i, b SEPARATOR '') | group_concat_with(DISTINCT '', i, '/', b ORDER BY i, b)
"""


def split(text):
    return [expression.strip() for line in text.strip().splitlines() for expression in line.split(" | ")]


def plain(value):
    """What both servers' values are compared by: MariaDB has 0 and 1, texts of times, and exact numbers."""
    if value is None:
        return None
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else "%.9g" % value
    if hasattr(value, "hour") and hasattr(value, "year"):
        value = value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value).replace(" 00:00:00", "") if hasattr(value, "year") or str(value).endswith(" 00:00:00") else str(value)
