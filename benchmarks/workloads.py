"""The folders of migrations that are applied: many small files, and large ones. The same text runs on all four databases.

Each statement ends with a semicolon at the end of a line, and no other line does, so a tool without a splitter can cut there.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import scripts

# The parts of a large file's kind: the number of INSERTs, with one row each.
SMALL_ROWS, LARGE_ROWS = 10_000, 500_000
_ROWS = "CREATE TABLE readings (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL, amount INTEGER, note VARCHAR(80));\n"
_LONG = "CREATE TABLE documents (id INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL);\n"


def small(folder: Path, count: int) -> Path:
    """Write that many small migrations: half make a table, the others an index, rows or a column."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name, text = _small(number)
        (folder / f"V{number + 1:04}__{name}.sql").write_text(text)
    return folder


def rows(folder: Path, count: int = SMALL_ROWS) -> Path:
    """Write a migration for a table, and one with that many INSERTs of a row each: 1 MB for 10,000."""
    return _two(folder, _ROWS, _inserts(count))


def long_literals(folder: Path) -> Path:
    """Write a migration for a table, and one of 5 MB: 250 INSERTs of a text of 20,000 characters."""
    return _two(folder, _LONG, iter([scripts.long_literals(250)]))


def _two(folder: Path, table: str, rest: Iterator[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "V0001__table.sql").write_text(table)
    with (folder / "V0002__rows.sql").open("w") as file:
        file.writelines(rest)
    return folder


def _inserts(count: int) -> Iterator[str]:
    for number in range(count):
        yield (
            "INSERT INTO readings (id, name, amount, note) VALUES "
            f"({number}, 'reading {number}', {number * 3 % 1_000}, 'it''s as read; no. {number}');\n"
        )


def _small(number: int) -> tuple[str, str]:
    last = f"t{number // 2 * 2:04}"
    if number % 2 == 0:
        return "table", (
            f"-- What there is of {last}.\n"
            f"CREATE TABLE {last} (\n"
            "    id INTEGER NOT NULL PRIMARY KEY,\n"
            "    name VARCHAR(100) NOT NULL,\n"
            "    amount INTEGER NOT NULL DEFAULT 0,\n"
            "    created_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n"
            ");\n"
        )
    if number % 6 == 1:
        return "index", f"CREATE INDEX {last}_name ON {last} (name);\n"
    if number % 6 == 3:
        values = [f"INSERT INTO {last} (id, name, amount) VALUES ({row}, 'row {row}; it''s one', {row});\n" for row in range(3)]
        return "rows", "".join(values)
    return "column", f"ALTER TABLE {last} ADD COLUMN remark VARCHAR(200);\nUPDATE {last} SET remark = name WHERE amount > 0;\n"
