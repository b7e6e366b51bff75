"""Which statements SQLite refuses whatever the schema is; asking changes nothing in this process."""

import sqlite3
from contextlib import closing

import pytest

from whimbrel.dialects.sqlite.dialect import Sqlite
from whimbrel.dialects.sqlite.syntax import find_syntax_error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("CREATE TABLE t (id INTEGER)", ""),
        ("CREATE TABLE t (id INTEGER, id TEXT)", "duplicate column name: id"),
        ("CREATE TABLE IF NOT EXISTS t (id INTEGER, id TEXT)", ""),
        ("CREATE TABLE t (id SERIAL) ENGINE = InnoDB", 'near "=": syntax error'),
        ("SELECT 1 FROM missing", ""),
        ("ALTER TABLE missing ADD COLUMN a INTEGER", ""),
        ("ALTER TABLE missing ALTER COLUMN a TYPE TEXT", 'near "ALTER": syntax error'),
        ("INSERT INTO missing VALUES (:a)", ""),
        ("DROP TABLE missing CASCADE", 'near "CASCADE": syntax error'),
    ],
)
def test_the_parser_of_the_library_tells_a_syntax_error(text: str, error: str) -> None:
    assert find_syntax_error(tuple(text.upper().split()), text) == error


def test_a_pragma_is_not_compiled_since_it_would_take_effect() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        before = connection.execute("PRAGMA soft_heap_limit").fetchone()
        assert find_syntax_error(("PRAGMA", "SOFT_HEAP_LIMIT"), f"PRAGMA soft_heap_limit = {before[0] + 1_000_000_000}") == ""
        assert connection.execute("PRAGMA soft_heap_limit").fetchone() == before


@pytest.mark.parametrize(
    ("words", "beyond"),
    [
        (("PRAGMA", "HARD_HEAP_LIMIT", "="), True),
        (("PRAGMA", "TEMP_STORE_DIRECTORY", "="), True),
        (("PRAGMA", "FOREIGN_KEYS", "="), False),
        (("VACUUM", "INTO"), True),
        (("VACUUM",), False),
    ],
)
def test_a_pragma_of_the_process_reaches_beyond_the_database(words: tuple[str, ...], beyond: bool) -> None:
    assert Sqlite().reaches_beyond(words) is beyond
