"""Golden pairs for the splitter: split/DIALECT/NAME.sql and the statements it holds, split/DIALECT/NAME.golden.

A golden file has, for each statement, a line `-- LINE:COLUMN` with the place where it begins, then its text and a newline.
The text is that of the script, byte for byte, up to the delimiter, or without one up to the last token.

A new case is two files and no code. WRITE_GOLDEN=1 writes the golden files that are missing, for reading before committing:
they must have the statements that the database's own client would send, even if the splitter finds others.
"""

import os
from pathlib import Path

import pytest

from whimbrel.parsing.splitter import split

SCRIPTS = sorted((Path(__file__).parent / "split").glob("*/*.sql"))


def golden(script: str, dialect: str) -> str:
    return "".join(f"-- {one.line}:{one.column}\n{one.text}\n" for one in split(script, dialect))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_script_is_cut_as_the_databases_own_client_cuts_it(path: Path) -> None:
    script, expected = path.read_bytes().decode(), path.with_suffix(".golden")
    if os.environ.get("WRITE_GOLDEN") and not expected.exists():
        expected.write_bytes(golden(script, path.parent.name).encode())
    assert golden(script, path.parent.name) == expected.read_bytes().decode()


def test_every_database_has_cases_and_no_golden_is_left_alone() -> None:
    assert {path.parent.name for path in SCRIPTS} == {"postgresql", "mysql", "mariadb", "sqlite"}
    assert [path.with_suffix(".golden") for path in SCRIPTS] == sorted((Path(__file__).parent / "split").glob("*/*.golden"))
