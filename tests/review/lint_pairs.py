"""Pairs of statements for each rule of lint: one that the rule finds on a server, and one like it that is none.

`{t}` is a table of its own for each statement, with the columns id (the key), a INTEGER, s VARCHAR(50) and u VARCHAR(50) UNIQUE;
`{p}` is a table whose rows `{t}` may refer to.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["PAIRS", "Pair", "base"]

_LIMITED = "-- whimbrel: lock_timeout=5s\n"
_LONG = "n" * 65


class Pair(NamedTuple):
    """A rule, its databases, a file that it finds, and one that it does not find."""

    code: str
    databases: str
    bad: str
    good: str


PAIRS = (
    Pair("P01", "postgresql", "CREATE TABLE {t}_x (a DATETIME);", "CREATE TABLE {t}_x (a TIMESTAMP);"),
    Pair("P01", "mysql mariadb", "CREATE TABLE {t}_x (a JSONB);", "CREATE TABLE {t}_x (a JSON);"),
    Pair("P01", "sqlite", "CREATE TABLE {t}_x (a ENUM('a'));", "CREATE TABLE {t}_x (a TEXT CHECK (a IN ('a')));"),
    Pair("P02", "mysql mariadb", "CREATE TABLE {t}_x (a TEXT, PRIMARY KEY (a));", "CREATE TABLE {t}_x (a TEXT, KEY (a(20)));"),
    Pair("P03", "mysql mariadb", "CREATE TABLE {t}_x (a VARCHAR(999), KEY (a));", "CREATE TABLE {t}_x (a VARCHAR(99), KEY (a));"),
    Pair("P04", "postgresql mysql mariadb", f"CREATE TABLE {_LONG} (a INTEGER);", "CREATE TABLE {t}_x (a INTEGER);"),
    Pair("P05", "postgresql", "CREATE TABLE {t}_x (user TEXT);", 'CREATE TABLE {t}_x ("user" TEXT);'),
    Pair("P05", "mysql", "CREATE TABLE {t}_x (rank INTEGER);", "CREATE TABLE {t}_x (`rank` INTEGER);"),
    Pair("P05", "sqlite", "CREATE TABLE {t}_x (order INTEGER);", "CREATE TABLE {t}_x (user INTEGER);"),
    Pair(
        "P06",
        "postgresql mysql mariadb sqlite",
        # SQLite would complain of this key after each later file.
        "CREATE TABLE {t}_x (p INTEGER, FOREIGN KEY (p) REFERENCES {p} (a)); DROP TABLE {t}_x;",
        "CREATE TABLE {t}_x (p INTEGER, FOREIGN KEY (p) REFERENCES {p} (id));",
    ),
    Pair("P07", "postgresql sqlite", "CREATE INDEX of_p ON {t} (a);", "CREATE INDEX {t}_a ON {t} (a);"),
    Pair("P08", "sqlite", "ALTER TABLE {t} ADD COLUMN b TEXT UNIQUE;", "ALTER TABLE {t} ADD COLUMN b TEXT;"),
    Pair("M01", "mysql mariadb", "CREATE TABLE {t}_x (a DATETIME);", "CREATE TABLE {t}_x (a DATETIME(6));"),
    Pair("M02", "mysql mariadb", "CREATE TABLE {t}_x (a TIMESTAMP(6) NULL);", "CREATE TABLE {t}_x (a DATETIME(6));"),
    Pair("M03", "mysql mariadb", "CREATE TABLE {t}_x (a VARCHAR(9) UNIQUE);", "CREATE TABLE {t}_x (a INTEGER UNIQUE);"),
    Pair("M04", "sqlite", "CREATE TABLE {t}_x (a TEXT PRIMARY KEY);", "CREATE TABLE {t}_x (a TEXT NOT NULL PRIMARY KEY);"),
    Pair("M05", "sqlite", "CREATE TABLE {t}_x (a VARCHAR(3));", "CREATE TABLE {t}_x (a VARCHAR(3), CHECK (length(a) <= 3));"),
    Pair("M06", "sqlite", "CREATE TABLE {t}_x (a SERIAL);", "CREATE TABLE {t}_x (a INTEGER);"),
    Pair("M07", "postgresql", "CREATE TABLE {t}_x (a REAL);", "CREATE TABLE {t}_x (a DOUBLE PRECISION);"),
    Pair("M07", "mysql mariadb", "CREATE TABLE {t}_x (a FLOAT);", "CREATE TABLE {t}_x (a DOUBLE);"),
    Pair("M08", "postgresql", "CREATE TABLE {t}_x (a JSONB);", "CREATE TABLE {t}_x (a JSON);"),
    Pair("M08", "mysql mariadb sqlite", "CREATE TABLE {t}_x (a JSON);", "CREATE TABLE {t}_x (a TEXT);"),
    Pair("M09", "mysql mariadb", "ALTER TABLE {t} ADD b INTEGER NOT NULL;", "ALTER TABLE {t} ADD b INTEGER NOT NULL DEFAULT 7;"),
    Pair("M10", "mysql mariadb", "DELETE FROM {t} WHERE s = 'a' || u;", "DELETE FROM {t} WHERE s = CONCAT('a', u);"),
    Pair("M11", "mysql mariadb", "UPDATE {t} SET s = u, u = s WHERE id = -7;", "UPDATE {t} SET s = u, a = id WHERE id = -7;"),
    Pair(
        "M12",
        "postgresql sqlite",
        "CREATE TABLE {t}_x (p INTEGER REFERENCES {p} (id));",
        "CREATE TABLE {t}_x (p INTEGER REFERENCES {p} (id)); CREATE INDEX {t}_xp ON {t}_x (p);",
    ),
    Pair("M13", "sqlite", "ALTER TABLE {t} ADD COLUMN b INT AFTER a;", "ALTER TABLE {t} ADD COLUMN b INT;"),
    Pair("D01", "postgresql mysql mariadb sqlite", "ALTER TABLE {t} DROP COLUMN s;", "ALTER TABLE {t} RENAME COLUMN s TO r;"),
    Pair("D01", "postgresql mysql mariadb sqlite", "DROP TABLE {t};", "CREATE TABLE {t}_x (a INTEGER); DROP TABLE {t}_x;"),
    Pair("D02", "postgresql mysql mariadb sqlite", "DELETE FROM {t};", "DELETE FROM {t} WHERE id = 1;"),
    Pair("D03", "postgresql", "ALTER TABLE {t} ALTER s TYPE VARCHAR(9);", "ALTER TABLE {t} ALTER s TYPE VARCHAR(90);"),
    Pair("D03", "mysql mariadb", "ALTER TABLE {t} MODIFY a SMALLINT;", "ALTER TABLE {t} MODIFY a BIGINT;"),
    Pair(
        "D05",
        "mysql mariadb",
        "ALTER TABLE {t} MODIFY u VARCHAR(50) COLLATE utf8mb4_general_ci;",
        "ALTER TABLE {t} MODIFY s VARCHAR(50) COLLATE utf8mb4_general_ci;",
    ),
    Pair("L01", "postgresql", "CREATE INDEX {t}_i ON {t} (a);", "CREATE INDEX CONCURRENTLY {t}_i ON {t} (a);"),
    Pair("L02", "postgresql", "ALTER TABLE {t} ALTER a TYPE BIGINT;", "ALTER TABLE {t} ALTER s TYPE TEXT;"),
    Pair("L03", "postgresql", "ALTER TABLE {t} ADD CHECK (id = id);", "ALTER TABLE {t} ADD CHECK (id = id) NOT VALID;"),
    Pair(
        "L04",
        "postgresql",
        "ALTER TABLE {t} ADD b INTEGER; UPDATE {t} SET b = 1 WHERE a = a;",
        "ALTER TABLE {t} ADD b INTEGER; ALTER TABLE {t} ADD c INTEGER;",
    ),
    Pair("L05", "postgresql mysql mariadb", "ALTER TABLE {t} ADD b INTEGER;", f"{_LIMITED}ALTER TABLE {{t}} ADD b INTEGER;"),
    Pair("L06", "mysql mariadb", "ALTER TABLE {t} ADD CHECK (id = id);", "ALTER TABLE {t} ADD b INTEGER;"),
    # Of 4 bytes a character: 256 bytes need a longer length.
    Pair("L06", "mysql mariadb", "ALTER TABLE {t} MODIFY s VARCHAR(64);", "ALTER TABLE {t} MODIFY s VARCHAR(63);"),
    Pair("L07", "mysql mariadb", "ALTER TABLE {t} ENGINE = InnoDB;", "ALTER TABLE {t} ADD b INTEGER;"),
    Pair("L08", "sqlite", "CREATE INDEX {t}_i ON {t} (a);", "ALTER TABLE {t} ADD b INTEGER;"),
    Pair("L09", "postgresql mysql mariadb sqlite", "UPDATE {t} SET s = 'x';", "UPDATE {t} SET s = 'x' WHERE id = 1;"),
    Pair(
        "T01",
        "mysql mariadb",
        "ALTER TABLE {t} ADD b INTEGER; DELETE FROM {p} WHERE id = 9;",
        "ALTER TABLE {t} ADD b INTEGER;",
    ),
    Pair(
        "T02",
        "postgresql",
        "ALTER TABLE {t} ADD b INTEGER; CREATE INDEX CONCURRENTLY {t}_i ON {t} (a);",
        "CREATE INDEX CONCURRENTLY {t}_i ON {t} (a);",
    ),
    Pair("T03", "postgresql", "UPDATE {t} SET s = random() WHERE id = 1;", "UPDATE {t} SET s = 'random()' WHERE id = 1;"),
    Pair("C01", "postgresql mysql mariadb sqlite", "ALTER TABLE {t} RENAME COLUMN s TO r;", "ALTER TABLE {t} ADD b INTEGER;"),
)
_TABLE = "(id INTEGER NOT NULL PRIMARY KEY, a INTEGER, s VARCHAR(50), u VARCHAR(50) {bin} UNIQUE);"


def base(database: str, texts: Sequence[str]) -> str:
    """Return the file that makes the tables of these texts: t0, t1, ... where one uses it, and p, with an index of_p."""
    binary = "COLLATE utf8mb4_bin" if database in ("mysql", "mariadb") else ""
    # Each table costs time, since it gets rows before each file.
    names = ["p", *(f"t{number}" for number, text in enumerate(texts) if re.search(r"\{t\}(?!_)", text))]
    tables = [f"CREATE TABLE {name} {_TABLE.replace('{bin}', binary)}" for name in names]
    tables.append("CREATE INDEX of_p ON p (s);")
    return "\n".join(tables)
