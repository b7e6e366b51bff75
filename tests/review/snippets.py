"""Everyday statements, and their effect on each database. `python -m tests.review.snippets` writes the page of docs/.

Each statement is a separate set, which `parity` applies to all four databases.
"""

import asyncio
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.files import write_set
from tests.servers import running
from whimbrel import ParityReport, WhimbrelError, parity

__all__ = ["DOCUMENT", "SNIPPETS", "row_of", "shown"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "portable-statements.md"
SERVERS = ("postgresql", "mysql", "mariadb")
DATABASES = (*SERVERS, "sqlite")
_HEAD = """# Everyday statements on four databases

What each database makes of a statement in a shared file. `python -m tests.review.snippets` wrote this page: it applied each
statement by [`parity`](parity.md) to PostgreSQL, MySQL, MariaDB and SQLite, and compared the schemas and their behaviour. Rows
that a statement inserts or changes are not compared. A line that begins with `…` stands in
`CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, …)`; before the others, the tables that they name exist.

*takes it* means that the statement applies, and means the same as on the others that take it. The notes are those of
[parity.md](parity.md#notes).

| statement | PostgreSQL | MySQL | MariaDB | SQLite | notes |
| --- | --- | --- | --- | --- | --- |
"""
_T = "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, {0});"
_COLUMNS = (
    "c INTEGER",
    "c INTEGER NOT NULL",
    "c INT",
    "c SMALLINT NOT NULL",
    "c BIGINT NOT NULL",
    "c TINYINT",
    "c INTEGER UNSIGNED",
    "c SERIAL",
    "c INTEGER GENERATED ALWAYS AS IDENTITY",
    "c NUMERIC(10, 2) NOT NULL",
    "c DECIMAL(12, 4)",
    "c DECIMAL",
    "c REAL",
    "c FLOAT",
    "c DOUBLE PRECISION",
    "c DOUBLE",
    "c BOOLEAN",
    "c BOOLEAN NOT NULL DEFAULT TRUE",
    "c BOOLEAN NOT NULL DEFAULT FALSE",
    "c BOOLEAN DEFAULT 1",
    "c VARCHAR(255) NOT NULL",
    "c VARCHAR(36)",
    "c CHAR(2) NOT NULL",
    "c TEXT",
    "c TEXT NOT NULL",
    "c TEXT DEFAULT 'x'",
    "c TEXT NOT NULL DEFAULT ('x')",
    "c VARCHAR(20) DEFAULT 'x'",
    "c VARCHAR(20) NOT NULL DEFAULT ''",
    "c NVARCHAR(20)",
    "c CLOB",
    "c CITEXT",
    "c DATE",
    "c DATE DEFAULT CURRENT_DATE",
    "c TIME",
    "c TIME(6)",
    "c TIMESTAMP",
    "c TIMESTAMP NULL",
    "c TIMESTAMP NOT NULL",
    "c TIMESTAMP(6) NOT NULL",
    "c DATETIME",
    "c DATETIME(6)",
    "c TIMESTAMP WITH TIME ZONE",
    "c TIMESTAMPTZ",
    "c TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "c TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
    "c TIMESTAMP DEFAULT NOW()",
    "c INTERVAL",
    "c BLOB",
    "c BYTEA",
    "c VARBINARY(16)",
    "c BINARY(16)",
    "c JSON",
    "c JSONB",
    "c UUID",
    "c ENUM('a', 'b')",
    "c INTEGER[]",
    "c VARCHAR(20) UNIQUE",
    "c VARCHAR(20) NOT NULL UNIQUE",
    "c VARCHAR(255) NOT NULL, CONSTRAINT u UNIQUE (c)",
    "c TEXT UNIQUE",
    "c INTEGER CHECK (c > 0)",
    "c INTEGER, CONSTRAINT k CHECK (c BETWEEN 1 AND 5)",
    "c VARCHAR(20), CONSTRAINT k CHECK (c IN ('a', 'b'))",
    "c VARCHAR(20), CONSTRAINT k CHECK (length(c) > 2)",
    "c VARCHAR(20), CONSTRAINT k CHECK (c LIKE 'a%')",
    "c VARCHAR(20), CONSTRAINT k CHECK (c <> '')",
    "c VARCHAR(20), CONSTRAINT k CHECK (lower(c) = c)",
    "c VARCHAR(20) COLLATE NOCASE",
    "c VARCHAR(20) CHARACTER SET utf8mb4",
    "c INTEGER, d INTEGER GENERATED ALWAYS AS (c * 2) STORED",
    "c INTEGER, d INTEGER GENERATED ALWAYS AS (c * 2) VIRTUAL",
    "c INTEGER COMMENT 'x'",
    'c INTEGER, "order" INTEGER',
    "c INTEGER, `order` INTEGER",
    "c VARCHAR(20) DEFAULT 'it''s'",
    "c VARCHAR(20) DEFAULT 'a\\nb'",
    "c INTEGER DEFAULT -1",
    "c DECIMAL(6, 2) DEFAULT 1.50",
    "c VARCHAR(36) DEFAULT (uuid())",
    "c BIGINT DEFAULT (1 + 1)",
)
_PARENT = "CREATE TABLE p (id BIGINT NOT NULL PRIMARY KEY);\n"
_CHILD = _PARENT + "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, p_id BIGINT{0});"
_PLAIN = _T.format("c INTEGER NOT NULL, d VARCHAR(20)") + "\n"
SNIPPETS = (
    *(_T.format(one) for one in _COLUMNS),
    "CREATE TABLE t (id INTEGER PRIMARY KEY);",
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);",
    "CREATE TABLE t (id INTEGER AUTO_INCREMENT PRIMARY KEY);",
    "CREATE TABLE t (id VARCHAR(36) PRIMARY KEY);",
    "CREATE TABLE t (id VARCHAR(36) NOT NULL PRIMARY KEY);",
    "CREATE TABLE t (id TEXT PRIMARY KEY);",
    "CREATE TABLE t (a BIGINT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b));",
    "CREATE TABLE IF NOT EXISTS t (id BIGINT NOT NULL PRIMARY KEY);",
    _CHILD.format(" REFERENCES p (id)"),
    _CHILD.format(", FOREIGN KEY (p_id) REFERENCES p (id)"),
    _CHILD.format(", FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE"),
    _CHILD.format(", FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE SET NULL"),
    _CHILD.format(", FOREIGN KEY (p_id) REFERENCES p (id) ON UPDATE CASCADE"),
    _CHILD.format(", FOREIGN KEY (p_id) REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED"),
    _PLAIN + "CREATE INDEX i ON t (c);",
    _PLAIN + "CREATE INDEX IF NOT EXISTS i ON t (c);",
    _PLAIN + "CREATE UNIQUE INDEX i ON t (c, d);",
    _PLAIN + "CREATE INDEX i ON t (c DESC);",
    _PLAIN + "CREATE INDEX i ON t (c) WHERE c > 0;",
    _PLAIN + "CREATE INDEX i ON t (lower(d));",
    _PLAIN + "CREATE INDEX i ON t ((lower(d)));",
    _PLAIN + "DROP INDEX IF EXISTS i;",
    _PLAIN + "ALTER TABLE t ADD COLUMN e INTEGER;",
    _PLAIN + "ALTER TABLE t ADD COLUMN e INTEGER NOT NULL DEFAULT 0;",
    _PLAIN + "ALTER TABLE t ADD COLUMN IF NOT EXISTS e INTEGER;",
    _PLAIN + "ALTER TABLE t DROP COLUMN d;",
    _PLAIN + "ALTER TABLE t RENAME COLUMN d TO e;",
    _PLAIN + "ALTER TABLE t RENAME TO u;",
    _PLAIN + "ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0);",
    _PLAIN + "ALTER TABLE t ALTER COLUMN d SET NOT NULL;",
    _PLAIN + "CREATE VIEW v AS SELECT c FROM t;",
    _PLAIN + "CREATE OR REPLACE VIEW v AS SELECT c FROM t;",
    _PLAIN + "INSERT INTO t (id, c, d) VALUES (1, 2, 'a'), (2, 3, 'b');",
    _PLAIN + "INSERT INTO t (id, c, d) SELECT 1, 2, 'a' || 'b';",
    _PLAIN + "UPDATE t SET d = CURRENT_TIMESTAMP WHERE c = 1;",
    _PLAIN + "DELETE FROM t WHERE c IN (1, 2);",
    _PLAIN + "INSERT INTO t (id, c) VALUES (1, 2) ON CONFLICT DO NOTHING;",
    _PLAIN + "INSERT IGNORE INTO t (id, c) VALUES (1, 2);",
    _PLAIN + "DROP TABLE IF EXISTS t;",
    _PLAIN + "DROP TABLE t CASCADE;",
    _PLAIN + "TRUNCATE TABLE t;",
)


async def row_of(text: str, folder: Path, addresses: list[str]) -> str:
    """Return the line of the table for a statement."""
    try:
        report = await parity(write_set(folder, {"V1__a.sql": text}), on=addresses)
    except WhimbrelError as error:
        cells, notes = [f"refused: {_short(str(error))}"] * len(DATABASES), ""
    else:
        cells = [_cell(report, database) for database in DATABASES]
        notes = ", ".join(sorted({one.code for one in report.notes}))
    return f"| {' | '.join([f'`{shown(text)}`', *cells, notes])} |".replace("\n", " ")


def shown(text: str) -> str:
    """Return the part of a statement that is its own."""
    before, _, after = _T.partition("{0}")
    if text.startswith(before) and text.endswith(after) and ";" not in text[:-1]:
        text = f"… {text.removeprefix(before).removesuffix(after)}"
    return text.removeprefix(_PLAIN).removeprefix(_PARENT).replace("|", "\\|")


def _cell(report: ParityReport, database: str) -> str:
    """Return the effect of a statement on one database, if another database understands it differently."""
    found = {one.fact: one.values[database] for one in report.differences if database in one.values}
    refused = found.pop("applied", "applied")
    if refused != "applied":
        return f"refused: {_short(refused)}"
    return "; ".join(f"{fact}: {value}" for fact, value in found.items()).replace("|", "\\|") or "takes it"


def _short(message: str) -> str:
    """Return the beginning of an error's message. MySQL and MariaDB precede the place by a long sentence."""
    near = re.search(r"right syntax to use near '(.*)' at line", message, re.DOTALL)
    where = f'at "{near[1]}"' if near and near[1] else "at the end"
    return (f"syntax error {where}" if near else message.splitlines()[0].partition("; hint")[0])[:90].replace("|", "\\|")


async def main() -> None:
    """Write the table of all statements."""
    lines: list[str] = []
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        addresses = [stack.enter_context(running(name)).url for name in SERVERS]
        for number, text in enumerate(SNIPPETS):
            lines.append(await row_of(text, Path(folder) / str(number), addresses))
            print(lines[-1], flush=True)
    DOCUMENT.write_text(_HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
