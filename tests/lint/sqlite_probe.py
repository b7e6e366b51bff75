"""Record what plain sqlite3 shows of each statement of SQLite's corpus: `python -m tests.lint.sqlite_probe`.

No gauge takes part. The pages that a statement writes are the frames of the write-ahead log, which holds only this statement:
https://sqlite.org/fileformat2.html#the_write_ahead_log.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lint.corpus import CORPUS, Labelled, load
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.parsing.splitter import split

PROBED = CORPUS.parent / "probed" / "sqlite.json"
_ROWS = 2000
_HEADER, _FRAME = 32, 24
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_SERIES = f"WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {_ROWS})"
_FILL = {
    "users": "(id, email, nick, age, spare) {s} SELECT i, i, i, i, 'spare ' || i FROM s",
    "orders": "(id, user_id, total, note) {s} SELECT i, i, i, i FROM s",
    "settings": "{s} SELECT i, 'value ' || i FROM s",
    "pairs": "{s} SELECT i, 'b' || i, 'c' || i FROM s",
    "exact": "{s} SELECT i, 'label ' || i, X'00' FROM s",
    '"Odd Table"': "{s} SELECT i, i FROM s",
    "parents": "{s} SELECT i, i FROM s",
    "children": "{s} SELECT i, i FROM s",
}


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    names = [row[0] for row in connection.execute(_TABLES).fetchall()]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def _columns(connection: sqlite3.Connection) -> dict[str, int]:
    query = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden IN (0, 3)"
    return {name: connection.execute(query, (name,)).fetchone()[0] for name in _count(connection)}


def probe(one: Labelled, folder: Path) -> dict[str, object]:
    """Run one statement in a new file, which the set-up filled."""
    file = folder / f"{one.id}.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript(one.setup)
        for table, values in _FILL.items():
            connection.execute(f"INSERT INTO {table} {values.format(s=_SERIES)}")
        connection.executescript("PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)")
        rows, columns, size = _count(connection), _columns(connection), connection.execute("PRAGMA page_size").fetchone()[0]
        # The last statement is the judged one; those before it prepare new tables, which count for nothing.
        statements = [each.text for each in split(one.sql, SQLITE)]
        changes, sizes = connection.total_changes, []
        try:
            for text in statements:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                connection.execute(text).fetchall()
                sizes.append(max(0, file.with_name(f"{file.name}-wal").stat().st_size - _HEADER) // (size + _FRAME))
        except sqlite3.Error as error:
            return {"refused": error.sqlite_errorname, "message": str(error)}
        then, left = _count(connection), _columns(connection)
        return {
            "pages": sum(sizes),
            "pages_rewritten": max(sizes) > 3 and not _concerns_new(one) and statements[-1].split()[0] in _SHAPING,
            "emptied": [name for name in rows if rows[name] and not then.get(name, 0)],
            "changed": connection.total_changes - changes >= _ROWS,
            "columns_lost": [name for name in columns if left.get(name, columns[name]) < columns[name]],
        }


_SHAPING = ("CREATE", "ALTER", "REINDEX", "VACUUM")


def _concerns_new(one: Labelled) -> bool:
    """Whether the file makes its table itself."""
    return one.sql.startswith(("CREATE TABLE", "CREATE TEMP", "CREATE VIRTUAL"))


def main() -> None:
    """Probe all statements, and write what was seen."""
    with TemporaryDirectory() as folder:
        seen = {one.id: probe(one, Path(folder)) for one in load("sqlite")}
    lines = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps({name: one for name, one in value.items() if one})}" for key, value in seen.items()
    )
    PROBED.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
