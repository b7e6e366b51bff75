"""SQLite's own functions (sqlite3_complete and its parser) and the splitter find the same statements."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files import write_set
from tests.oracles.generate_sqlite import TABLE, SqliteScript
from whimbrel import DatabaseManager, migrate
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.parsing.splitter import split

SCRIPTS = 1_000
CHUNK = 100


def complete(script: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each piece that SQLite calls complete, and of the rest, without surrounding blanks and comments."""
    begin = 0
    for end in (index + 1 for index, character in enumerate(script) if character == ";"):
        if sqlite3.complete_statement(script[begin:end]):
            yield from span(script, begin, end - 1)
            begin = end
    yield from span(script, begin, len(script))


def span(script: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    found = list(tokens(script[begin:end], SQLITE))
    if found:
        yield begin + found[0].start, begin + found[-1].end


def ours(script: str) -> list[tuple[int, int]]:
    return [place for one in split(script, "sqlite") for place in span(script, one.offset, one.offset + len(one.text))]


def refused(statement: str) -> str:
    """Return the error of SQLite's parser for a piece that is not one whole statement; EXPLAIN, so that nothing runs."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(TABLE)
        connection.execute(statement if statement[:7].upper() == "EXPLAIN" else f"EXPLAIN {statement}")
    except (sqlite3.Error, sqlite3.Warning) as error:
        return str(error)
    finally:
        connection.close()
    return ""


@pytest.mark.parametrize("first", range(0, SCRIPTS, CHUNK))
def test_sqlite_calls_the_same_statements_complete(first: int) -> None:
    scripts = {seed: SqliteScript(seed).text() for seed in range(first, first + CHUNK)}
    assert [seed for seed, script in scripts.items() if ours(script) != list(complete(script))] == []


@pytest.mark.parametrize("first", range(0, SCRIPTS, CHUNK))
def test_sqlite_takes_every_piece_as_one_statement(first: int) -> None:
    scripts = {seed: SqliteScript(seed).text() for seed in range(first, first + CHUNK)}
    said = {seed: [refused(one.text) for one in split(script, "sqlite")] for seed, script in scripts.items()}
    assert {seed: found for seed, found in said.items() if any(found)} == {}


@pytest.mark.asyncio(loop_scope="function")
async def test_a_dump_of_a_database_with_such_names_applies_unchanged(tmp_path: Path) -> None:
    source = sqlite3.connect(":memory:", isolation_level=None)
    source.execute(TABLE)
    source.execute("INSERT INTO t (a, end, [b;c]) VALUES ('it''s; END;', '--', '/*')")
    source.execute("CREATE VIEW [v;w] AS SELECT end, CASE WHEN a THEN 1 END AS `x;` /* END; */ FROM t")
    source.execute(
        "CREATE TRIGGER `end;` AFTER UPDATE OF end ON t WHEN CASE WHEN new.end THEN 1 END BEGIN\n"
        "  UPDATE t SET [b;c] = CASE new.end WHEN 1 THEN CASE WHEN 1 THEN end END ELSE 'END;' END; -- END;\n"
        "  SELECT end FROM t; /* END; */\nEND"
    )
    source.execute('CREATE INDEX "i;" ON t (end) WHERE end > 1')
    dump = list(source.iterdump())
    source.close()
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    await migrate(url, write_set(tmp_path / "dump", {"V1__dump.sql": "\n".join(dump) + "\n"}))
    made = "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'whimbrel%' AND name NOT LIKE 'sqlite%'"
    async with DatabaseManager(url) as db_manager:
        copied = {str(row["sql"]) for row in await db_manager.fetch_all(made)}
        rows = await db_manager.fetch_all("SELECT a, end FROM t")
    assert copied == {line.rstrip(";") for line in dump if line.startswith("CREATE")}
    assert rows == [{"a": "it's; END;", "end": "--"}]
