"""Expressions for generated MySQL and MariaDB scripts, with all forms that can hide a semicolon, a quote, or a word that opens
a block.
"""

from dataclasses import dataclass, field
from random import Random

__all__ = ["Writer"]

_PLAIN = ("a;b", "-- ;", "/* ;", "*/ ;", "# ;", "begin; end", "é;ü", "😀;", "two\nlines;", "", "$$ // ; |", "end if;", "\t;")
# There is no backslash at the end of a line, because the clients change such a text before they send it.
_ESCAPED = ("it\\'s;", "\\\\", "\\\\\\';", '\\";', "\\n;", "\\%;")
_RAW_BACKSLASHES = ("\\", "a;\\", "\\\\;\\")
_ALIASES = ("end", "begin", "`e;nd`", "`it's`", "`b``;`", "`g\\`", "xs", "`case`", "loops", "end_if", "`漢;`", "format", "`1;2`")
_COMMENTS = ("/* ; ' */", "# ; ' \"\n", "-- ; ' `\n", "--\n", "/**/", "/*/ ; */", "/* begin; */", "--\tx;\n")


@dataclass(slots=True)
class Writer:
    """Draws pieces of SQL from one source of chance, under the sql_mode that the script has reached."""

    random: Random
    database: str
    ansi_quotes: bool = False
    backslashes: bool = True
    # Expressions over a table called t, where there is one.
    columns: tuple[str, ...] = ("a", "t.end", "t.begin", "`e;nd`", "t . end", "t.`end`", "t.`if`", "end", "begin")
    labels: list[str] = field(default_factory=list)

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def comment(self) -> str:
        return self.one(*_COMMENTS)

    def gap(self) -> str:
        """Return text that may stand between two words."""
        return f" {self.comment()} " if self.chance(0.08) else self.one(" ", " ", " ", "\n", "\n  ", "\t", "\r\n")

    def string(self) -> str:
        text = self.text()
        # N'...' is of a character set that has no 😀.
        return text if text[0] == '"' or "😀" in text else self.one("", "", "", "", "_utf8mb4", "N", "n") + text

    def text(self) -> str:
        quote = "'" if self.ansi_quotes or self.chance(0.6) else '"'
        kinds = [_PLAIN, _ESCAPED if self.backslashes else _RAW_BACKSLASHES]
        content = self.one(*self.random.choice(kinds))
        if self.chance(0.2):
            content += self.one(quote * 2, '"' if quote == "'" else "'") + ";"
        return quote + content + quote

    def name(self) -> str:
        return '"na;m""e"' if self.ansi_quotes and self.chance(0.3) else self.one(*_ALIASES)

    def expression(self, depth: int = 2) -> str:
        if depth <= 0 or self.chance(0.3):
            return self.one(
                "1", "NULL", "1e3", "x'3B'", ".5", "0x1F", "@v", "@`v;`", "@'v;'", "TRUE", self.string(), self.string()
            )
        e = [self.expression(depth - 1) for _ in range(3)]
        return self.one(
            f"IF({e[0]}, {e[1]}, {e[2]})",
            f"if ({e[0]},{e[1]},{e[2]})",
            f"CASE WHEN {e[0]} THEN {e[1]} ELSE {e[2]} END",
            f"case {e[0]}{self.gap()}when {e[1]} then {e[2]} end",
            f"CASE WHEN CASE {e[0]} WHEN 1 THEN 2 END THEN IF(1,2,3) ELSE CASE WHEN {e[1]} THEN 3 END END",
            f"REPEAT({e[0]}, 2)",
            f"REPLACE({e[0]}, {e[1]}, {e[2]})",
            f"INSERT({e[0]}, 1, 1, {e[1]})",
            f"TRUNCATE({e[0]}, 1)",
            f"COALESCE({e[0]},{self.gap()}{e[1]})",
            f"({e[0]}{self.gap()}= {e[1]})",
            f"1--1 + {e[0]}",
            f"1 /*! + 1 */ + {e[0]}",
            f"1 /*!50001 + 1 */ + {e[0]}",
            f"1 /*M! + ';' */ + {e[0]}",
            f"({e[0]} {self.comment()} IS NULL)",
            f"(SELECT {self.one(*self.columns)} FROM t LIMIT 1)",
            f"(SELECT {e[0]} AS {self.name()})",
            f"EXISTS (SELECT 1 FROM t WHERE {self.one(*self.columns)} = {e[0]})",
            f"DATE_ADD('2025-01-01', INTERVAL {e[0]} DAY)",
            f"(LEFT({e[0]}, 1) LIKE {self.string()})",
            f"(NOT {e[0]} IN ({e[1]}, {e[2]}))",
        )

    def query(self) -> str:
        """A SELECT of any form."""
        column, value = self.one(*self.columns), self.expression()
        return self.one(
            f"SELECT {value}",
            f"SELECT {value} AS {self.name()}{self.gap()}FROM t",
            f"SELECT {value} {self.name()}",
            f"SELECT {column}{self.gap()}FROM t WHERE {column} = {value} FOR UPDATE",
            f"SELECT /*+ MAX_EXECUTION_TIME(1000) */ {value}",
            f"SELECT {column} FROM t ORDER BY CASE WHEN {column} THEN 1 END, IF(a, 1, 2)",
            f"SELECT 1 UNION SELECT {value}",
            f"WITH c AS (SELECT 1 AS end) SELECT end, {value} FROM c",
            f"SELECT x.end FROM t AS x JOIN t AS begin ON x.end = begin.end WHERE {value}",
        )
