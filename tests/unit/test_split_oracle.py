"""sqlite3_complete and the splitter agree on the end of every statement in the SQLite cases."""

import sqlite3
from pathlib import Path

import pytest

from whimbrel.parsing.splitter import split

SCRIPTS = sorted((Path(__file__).parent / "split" / "sqlite").glob("*.sql"))


def cuts(script: str) -> list[str]:
    """Cut after the first semicolon at which SQLite calls what was read so far complete."""
    found, begin = [], 0
    for end in (index + 1 for index, character in enumerate(script) if character == ";"):
        if sqlite3.complete_statement(script[begin:end]):
            found.append(script[begin:end])
            begin = end
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_sqlite_calls_the_same_statements_complete(path: Path) -> None:
    script = path.read_bytes().decode()
    statements = list(split(script, "sqlite"))
    judged = [piece for piece in cuts(script) if list(split(piece, "sqlite"))]
    finished = [one.text for one in statements if script.startswith(";", one.offset + len(one.text))]
    assert [piece[:-1] for piece in judged] == [
        piece[: -1 - len(text)] + text for piece, text in zip(judged, finished, strict=True)
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_statement_is_complete_before_its_end(path: Path) -> None:
    for one in split(path.read_bytes().decode(), "sqlite"):
        assert not any(sqlite3.complete_statement(one.text[:end]) for end in range(len(one.text)))
