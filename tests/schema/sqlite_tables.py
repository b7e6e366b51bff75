"""Tables of SQLite made by chance from a number, which use everything that https://sqlite.org/lang_createtable.html has.

The same number gives the same statements.
"""

from random import Random

__all__ = ["statements"]

_WORDS = (
    "order",
    "group",
    "select",
    "straße",
    "数量",
    'say "hi"',
    "it's",
    "a b",
    "end;",
    "back`tick",
    "x.y",
    "-- no",
    "/* no */",
    "Über",
)
_TYPES = (
    "", "INTEGER", "INT", "BIGINT", "SMALLINT", "TINYINT(1)", "UNSIGNED BIG INT", "INT UNSIGNED", "BOOLEAN",
    "VARCHAR(36)", "CHAR(2)", "CHARACTER VARYING(70)", "NVARCHAR(100)", "TEXT", "CLOB", "BLOB", "VARBINARY(16)", "REAL",
    "DOUBLE PRECISION", "FLOAT", "NUMERIC", "DECIMAL(10,2)", "DECIMAL ( 12 , 4 )", "NUMERIC(8)",
    "DATE", "TIME", "TIMESTAMP", "DATETIME", "TIMESTAMP(3)",
    "TIMESTAMP WITH TIME ZONE", "JSON", "UUID", "STRING", "any thing other (3)", "[quoted type]", "POINT",
)  # fmt: skip
_STRICT_TYPES = ("INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY")
_DEFAULTS = (
    "NULL", "0", "1", "-1", "+ 7", "1.5", "-2.5e-3", "0x1F", "'it''s'", "''", '"text"', "word", "TRUE", "false", "x'CAFE'",
    "CURRENT_TIMESTAMP", "current_date", "Current_Time", "(datetime('now'))", "(1 + 2)", "('a' || ',)')", "(NULL)",
    "(lower(hex(randomblob(16))))",
)  # fmt: skip
_CONFLICTS = (
    "",
    "",
    "",
    " ON CONFLICT ROLLBACK",
    " ON CONFLICT ABORT",
    " ON CONFLICT FAIL",
    " on conflict ignore",
    " ON CONFLICT REPLACE",
)
_ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
_DEFERRALS = (
    "", "", " DEFERRABLE", " NOT DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED", " DEFERRABLE INITIALLY IMMEDIATE",
    " NOT DEFERRABLE INITIALLY DEFERRED",
)  # fmt: skip
_COLLATIONS = ("BINARY", "NOCASE", "RTRIM", "nocase")


def statements(count: int, seed: int = 0) -> list[str]:
    """Return the statements that make `count` tables with their indexes, triggers and views."""
    found: list[str] = []
    makers: list[_Table] = []
    for number in range(count):
        makers.append(_Table(number, Random(seed * 100_000 + number), [maker.name for maker in makers]))
        found += makers[-1].statements()
    return found + _VIRTUAL


_VIRTUAL = [
    "CREATE VIRTUAL TABLE pages USING fts5(title, body, tokenize = 'porter ascii')",
    'CREATE VIRTUAL TABLE "old pages" USING fts4(title, "a body", notindexed=title)',
    "CREATE VIRTUAL TABLE boxes USING rtree(id, min_x, max_x, min_y, max_y, +label TEXT)",
]


class _Table:
    def __init__(self, number: int, random: Random, others: list[str]) -> None:
        self._random, self._any, self._others, self._number = random, random.choice, others, number
        self.name = self._quoted(f"t{number:03} {self._any(_WORDS)}" if self._chance(0.3) else f"t{number:03}")
        self.strict, self.without = self._chance(0.15), self._chance(0.15)
        self.columns = [self._column_name(one) for one in range(random.randint(1, 9))]
        # Two constraints of one column cannot differ in it.
        self.conflict = self._any(_CONFLICTS)
        self.generated: set[str] = set()
        self.form = self._any(("rowid", "auto", "table auto", "desc", "column", "table", "none"))
        if self.without and self.form in ("auto", "table auto", "none"):
            self.form = "table"

    def _column_name(self, number: int) -> str:
        return self._quoted(f"{self._any(_WORDS)}{number}" if self._chance(0.3) else f"c{number}")

    def _chance(self, part: float) -> bool:
        return self._random.random() < part

    def _quoted(self, name: str) -> str:
        marks = ['""', "``", "[]"]
        if name.isidentifier() and name.isascii() and name not in _WORDS:
            marks.append("  ")
        pair = self._any(marks)
        left, right = pair[0], pair[1]
        if left == "[":
            name = name.replace("]", "")
        return f"{left}{name.replace(right, right * 2)}{right}".strip(" ")

    def statements(self) -> list[str]:
        """Return the statements of the table in order."""
        return [self._create(), *self._alter(), *self._indexes(), *self._triggers(), *self._view()]

    def _create(self) -> str:
        inside = [self._column(position, name) for position, name in enumerate(self.columns)]
        inside += self._constraints()
        options = [word for word, used in (("WITHOUT ROWID", self.without), ("strict", self.strict)) if used]
        gap = self._any((" ", "\n    ", " /* a, b) */ ", " -- comment )\n"))
        head = self._any(("CREATE TABLE", "create table if not exists", "CREATE TABLE IF NOT EXISTS main."))
        return f"{head} {self.name}{gap}({gap}{f',{gap}'.join(inside)}{gap}) {', '.join(options)}".replace(". ", ".", 1).strip()

    def _column(self, position: int, name: str) -> str:
        if position == 0 and self.form in ("rowid", "auto", "desc"):
            order = {"rowid": self._any(("", " ASC")), "auto": "", "desc": " DESC"}[self.form]
            return f"{name} INTEGER PRIMARY KEY{order}{self.conflict}{' AUTOINCREMENT' if self.form == 'auto' else ''}"
        kind = self._any(_STRICT_TYPES if self.strict else _TYPES)
        if position == 0 and self.form == "table auto":
            kind = "INTEGER"
        parts = [name, kind]
        if position == 0 and self.form == "column":
            parts.append(f"{self._constraint()}PRIMARY KEY{self.conflict}")
        if position > 1 and self._chance(0.1):
            self.generated.add(name)
            parts.append(
                f"{self._any(('GENERATED ALWAYS AS', 'as'))} ({self.columns[0]} || ', )') {self._any(('', 'STORED', 'VIRTUAL'))}"
            )
        elif self._chance(0.4):
            default = self._any(_DEFAULTS)
            parts.append(f"{self._any(('DEFAULT', 'default'))} {default}")
        return " ".join([*parts, *self._column_constraints(name)]).strip()

    def _column_constraints(self, name: str) -> list[str]:
        found = []
        if self._chance(0.3):
            found.append(f"{self._constraint()}NOT NULL{self._any(_CONFLICTS)}")
        if self._chance(0.1):
            found.append("NULL")
        if self._chance(0.15):
            found.append(f"{self._constraint()}UNIQUE{self.conflict}")
        if self._chance(0.15):
            found.append(f"{self._constraint()}CHECK (length({name}) < 10 AND {name} NOT IN (')', ','))")
        if self._chance(0.2):
            found.append(f"COLLATE {self._any(_COLLATIONS)}")
        if self._others and self._chance(0.1):
            found.append(self._constraint() + self._reference(1))
        self._random.shuffle(found)
        return found

    def _constraint(self) -> str:
        return f"CONSTRAINT {self._quoted(f'k{self._random.randrange(1000)}')} " if self._chance(0.5) else ""

    def _reference(self, columns: int) -> str:
        found = f"REFERENCES {self._any((*self._others, self.name, 'missing'))}"
        if columns > 1 or self._chance(0.5):
            found += f" ({', '.join(self._quoted(f'c{one}') for one in range(columns))})"
        for event in self._any(((), ("DELETE",), ("UPDATE",), ("DELETE", "UPDATE"), ("UPDATE", "DELETE"))):
            found += f" ON {event} {self._any(_ACTIONS)}"
        return found + self._any(("", "", " MATCH FULL")) + self._any(_DEFERRALS)

    def _constraints(self) -> list[str]:
        found, some = [], self._random.sample(self.columns, min(len(self.columns), 2))
        key = [one for one in some if one not in self.generated] or self.columns[:1]
        if self.form == "table auto":
            found.append(f"{self._constraint()}PRIMARY KEY ({self.columns[0]} AUTOINCREMENT)")
        if self.form == "table":
            found.append(f"{self._constraint()}PRIMARY KEY ({', '.join(key)}){self.conflict}")
        if self._chance(0.3):
            found.append(f"{self._constraint()}UNIQUE ({some[0]} COLLATE NOCASE DESC, {some[-1]} ASC){self.conflict}")
        if self._chance(0.3):
            found.append(f"{self._constraint()}CHECK ({some[0]} IS NOT NULL OR (1 = 1 /* ) */) ){self._any(_CONFLICTS)}")
        if self._others and self._chance(0.4):
            found.append(f"{self._constraint()}FOREIGN KEY ({', '.join(some)}) {self._reference(len(some))}")
        return found

    def _alter(self) -> list[str]:
        found = []
        if self._chance(0.2):
            kind = "TEXT" if self.strict else self._any(_TYPES)
            default = self._any(("NULL", "'a, b'", "17", "-1.5", "TRUE"))
            default = "'x'" if self.strict else default
            needed = f" DEFAULT {default}" + (" NOT NULL" if default != "NULL" and self._chance(0.5) else "")
            found.append(f"ALTER TABLE {self.name} ADD COLUMN {self._quoted('added later')} {kind}{needed}")
        if self._chance(0.1):
            new = self._quoted("new name")
            found.append(f"ALTER TABLE {self.name} RENAME COLUMN {self.columns[-1]} TO {new}")
            self.columns[-1] = new
        if self._chance(0.1):
            new = self._quoted(f"t{self._number:03} renamed")
            found.append(f"ALTER TABLE {self.name} RENAME TO {new}")
            self.name = new
        return found

    def _indexes(self) -> list[str]:
        return [self._index(one) for one in range(self._any((0, 0, 1, 1, 2, 3)))]

    def _index(self, one: int) -> str:
        first, second = self._any(self.columns), self._any(self.columns)
        parts = self._any((
            first, f"{first} DESC", f"{first} COLLATE RTRIM, lower({second})", f"{first}, {second} || ',)' DESC",
            f"({first} + 1) ASC", f"json_extract({first}, '$.a, b')",
        ))  # fmt: skip
        where = self._any(("", "", f" WHERE {second} IS NOT NULL", f"\nwhere {first} > 'a;b' -- rest"))
        unique = self._any(("", "", "UNIQUE "))
        return f"CREATE {unique}INDEX {self._quoted(f'i{self._number:03}_{one}')} ON {self.name} ({parts}){where}"

    def _triggers(self) -> list[str]:
        if not self._chance(0.2):
            return []
        event = self._any(("INSERT", "DELETE", "UPDATE", f"UPDATE OF {self.columns[0]}"))
        when = self._any(("", "WHEN 1 = 1 "))
        name = self._quoted(f"on_{self._number:03} {self._any(_WORDS)}")
        body = f"SELECT CASE WHEN 1 THEN 'x; END;' END; DELETE FROM {self.name} WHERE 0;"
        return [f"CREATE TRIGGER {name} {self._any(('BEFORE', 'AFTER', ''))} {event} ON {self.name} {when}BEGIN {body} END"]

    def _view(self) -> list[str]:
        if not self._chance(0.2):
            return []
        name = self._quoted(f"v{self._number:03} {self._any(_WORDS)}")
        columns = self._any(("", " (first)"))
        rest = self._any(("", " -- as it is", " WHERE 1 /* ; */"))
        made = f"CREATE VIEW {name}{columns} AS SELECT {self.columns[0]} FROM {self.name}{rest}"
        instead = f"CREATE TRIGGER {self._quoted(f'w{self._number:03}')} INSTEAD OF INSERT ON {name} BEGIN SELECT 1; END"
        return [made, instead] if self._chance(0.5) else [made]
